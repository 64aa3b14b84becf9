"""The command line as its users meet it: processes, exit statuses, what is said and what is never said."""

import csv
import io
import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import docx
import pydicom
import pytest

from tests.exports import (
    ANAIS,
    REPORT,
    ROOT,
    ZELDA,
    Store,
    deid,
    fast_recipe,
    new_store,
    put_instance,
    put_report,
    seen_in,
)


@dataclass(frozen=True)
class Place:
    """An export of one patient that was run by the command line, and what the command said."""

    store: Store
    recipe: Path
    source: Path
    output: Path
    rows: list[dict]
    said: str

    @property
    def code(self) -> str:
        return next(row["subject"] for row in self.rows if row["status"] == "clean")

    def published(self, suffix: str = ".dcm") -> list[Path]:
        return sorted(self.output.rglob(f"*{suffix}"))

    @property
    def with_recipe(self) -> tuple[str, ...]:
        return (*self.store.options, "--recipe", str(self.recipe))


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    root = tmp_path_factory.mktemp("cli")
    store, recipe = new_store(root / "vault"), fast_recipe(root)
    source = root / "export"
    put_instance(source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm")
    put_instance(source / "QUUXLEY_ZELDABETH" / "MRN7730912_2.dcm", number=2)
    put_report(source / "QUUXLEY_ZELDABETH" / "report.txt")
    (source / "QUUXLEY_ZELDABETH" / "empty").touch()
    output = root / "out"
    done = deid("run", source, output, *store.options, "--recipe", recipe, "--json")
    assert done.returncode == 1, done.stderr  # one input is not clean
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return Place(store, recipe, source, output, rows, done.stdout + done.stderr)


def failed_well(done, code: str, status: int) -> None:
    """One line with the code, the right exit status, no traceback, nothing of the patient's."""
    assert done.returncode == status, done.stderr
    assert code in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert seen_in(done.stdout, done.stderr) == []


# run


def test_run_prints_a_row_for_every_unit(place):
    assert sorted((row["kind"], row["status"], row["code"]) for row in place.rows) == [
        ("instance", "clean", ""),
        ("instance", "clean", ""),
        ("instance", "quarantined", "input-other"),
        ("report", "clean", ""),
    ]
    assert {row["subject"] for row in place.rows if row["status"] == "clean"} == {place.code}
    for row in place.rows:
        assert bool(row["output"]) == (row["status"] == "clean")
        assert not row["output"] or (place.output / row["output"]).is_file()


def test_run_says_nothing_of_the_patient(place):
    assert seen_in(place.said) == []
    assert "3 clean · 1 quarantined · 0 refused" in place.said
    assert "1 quarantined input-other" in place.said
    names = [p.relative_to(place.output).as_posix() for p in place.output.rglob("*")]
    assert seen_in(*names) == []


def test_header_report_and_path_have_one_code_and_one_name(place):
    headers = [pydicom.dcmread(path) for path in place.published()]
    assert {str(h.PatientID) for h in headers} == {place.code}
    family = str(headers[0].PatientName).split("^")[0]
    (report,) = place.published(".txt")
    text = report.read_text("utf-8")
    assert place.code in text
    assert family.casefold() in text.casefold()
    assert "12 mm effusion" in text
    assert "Baker cyst" in text
    assert str(headers[0].AccessionNumber) in text
    assert report.parent.name == str(headers[0].StudyInstanceUID)
    assert seen_in(text) == []


def test_run_of_what_is_clean_ends_with_0_and_a_second_run_changes_nothing(place, tmp_path):
    one = place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm"
    first = deid("run", one, tmp_path / "out", *place.with_recipe)
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    again = deid("run", one, tmp_path / "out", *place.with_recipe)
    assert again.returncode == 0
    manifest = (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()
    assert sum('"output"' in line for line in manifest) == 1


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"--recipe": "reserch"}, "recipe", 2),
        ({"--key": "file:{tmp}/other.key"}, "key", 3),
        ({"--key": "file:{tmp}/nowhere.key"}, "key-file-missing", 3),
        ({"--vault": "{tmp}/nowhere/links.vault"}, "vault-missing", 3),
        ({"--domain": "trial-7"}, "domain", 3),
    ],
    ids=["recipe", "wrong key", "no key", "no vault", "domain"],
)
def test_run_that_cannot_start_says_one_line(place, tmp_path, change, code, status):
    from deid import Key

    Key.generate(tmp_path / "other.key")
    options = {"--vault": str(place.store.vault), "--key": f"file:{place.store.key}", "--recipe": str(place.recipe)}
    options.update({name: value.format(tmp=tmp_path) for name, value in change.items()})
    done = deid("run", place.source, tmp_path / "out", *(part for pair in options.items() for part in pair))
    failed_well(done, code, status)
    assert not list(tmp_path.rglob("*.dcm"))


def test_a_missing_input_is_wrong_usage(place, tmp_path):
    done = deid("run", tmp_path / "nowhere", tmp_path / "out", *place.with_recipe)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_output_inside_the_input_is_refused(place):
    done = deid("run", place.source, place.source / "out", *place.with_recipe)
    failed_well(done, "output-inside", 1)
    assert not (place.source / "out").exists()


def test_the_key_never_stands_in_what_is_said_and_may_come_from_the_environment(place, tmp_path):
    secret = place.store.key.read_text().strip()
    one = place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm"
    arguments = ("run", one, tmp_path / "out", "--recipe", place.recipe, "--vault", place.store.vault, "--key", "env")
    done = deid(*arguments, DEID_VAULT_KEY=secret)
    assert done.returncode == 0, done.stderr
    assert secret not in done.stdout + done.stderr


# plan


def test_plan_writes_nothing_and_accounts_for_every_element(place, tmp_path):
    source = place.published()[0].parent  # any folder that must stay as it is
    before = sorted(p.as_posix() for p in source.rglob("*"))
    path = place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm"
    done = deid("plan", path, "--json", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    planned = {row["path"] for row in rows}
    for element in pydicom.dcmread(path):
        assert any(f"({element.tag.group:04X},{element.tag.element:04X})" in p for p in planned), element.tag
    assert all(row["rule"]["source"] for row in rows)
    assert next(r for r in rows if r["path"] == "(0010,0010)")["changed"]
    assert next(r for r in rows if r["path"] == "(0028,0010)")["rule"]["action"] == "K"
    assert any("[0]" in p for p in planned)  # items of sequences too
    assert seen_in(done.stdout, done.stderr) == []
    assert list(tmp_path.iterdir()) == []
    assert sorted(p.as_posix() for p in source.rglob("*")) == before


def test_plan_for_people_marks_what_changes(place):
    done = deid("plan", place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm")
    assert re.search(r"^\* . \(0010,0010\) +\S", done.stdout, re.MULTILINE)
    assert re.search(r"^  K \(0028,0010\) +\S", done.stdout, re.MULTILINE)
    assert seen_in(done.stdout) == []


def test_plan_of_something_else_says_one_line(place):
    failed_well(deid("plan", place.source / "QUUXLEY_ZELDABETH" / "report.txt"), "input-", 1)


# verify


@pytest.fixture
def copy(place, tmp_path) -> Path:
    import shutil

    shutil.copytree(place.output, tmp_path / "copy")
    return tmp_path / "copy"


def test_verify_finds_a_published_folder_as_published(place, copy):
    done = deid("verify", copy, *place.store.options)
    assert (done.returncode, done.stdout.strip()) == (0, "as published")


def test_verify_counts_what_is_changed_missing_and_added(place, copy):
    one, two = sorted(copy.rglob("*.dcm"))
    one.write_bytes(one.read_bytes()[:-1] + b"\x01")
    two.unlink()
    (copy / "extra.txt").write_text("x")
    (copy / "more").mkdir()
    (copy / "more" / "extra.dcm").write_text("x")
    done = deid("verify", copy, *place.store.options)
    assert (done.returncode, done.stdout.strip()) == (1, "broken")
    assert done.stderr.split() == ["1", "output-changed", "1", "output-missing", "2", "output-unknown"]


def test_verify_finds_a_manifest_that_was_edited(place, copy):
    manifest = copy / "manifest.jsonl"
    manifest.write_text(manifest.read_text().replace('"status":"quarantined"', '"status":"clean"'))
    failed_well(deid("verify", copy, *place.store.options), "manifest-broken", 1)


def test_verify_with_another_vault_trusts_nothing(place, copy, tmp_path):
    other = new_store(tmp_path / "other")
    failed_well(deid("verify", copy, *other.options), "manifest-broken", 1)


def test_verify_without_a_manifest_says_so(place, tmp_path):
    failed_well(deid("verify", tmp_path, *place.store.options), "manifest-missing", 1)


# report


def test_report_of_a_known_subject_gets_the_name_and_the_offset_of_the_header(place):
    header = pydicom.dcmread(place.published()[0])
    text = "Mrs. Quuxley (MRN7730912) was seen on 04/17/2023. No effusion of the left knee, 3 mm cyst."
    done = deid("report", "--subject", place.code, *place.with_recipe, stdin=text)
    assert done.returncode == 0, done.stderr
    assert str(header.PatientName).split("^")[0] in done.stdout
    day = f"{header.StudyDate[4:6]}/{header.StudyDate[6:]}/{header.StudyDate[:4]}"
    assert day in done.stdout
    assert "left knee, 3 mm cyst" in done.stdout
    assert seen_in(done.stdout, done.stderr) == []


def test_report_as_json_states_the_attestation(place, tmp_path):
    path = put_report(tmp_path / "quuxley.txt")
    done = deid("report", path, "--json", "--subject", place.code, *place.with_recipe)
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert row["subject"] == place.code
    assert row["attestation"]
    assert row["findings"]["PHONE"] == 1
    assert seen_in(done.stdout, done.stderr) == []


def test_report_goes_on_after_what_cannot_be_read(place, tmp_path):
    good = put_report(tmp_path / "good.txt", "No fracture of the left hand.")
    latin = tmp_path / "QUUXLEY.txt"
    latin.write_bytes(b"Fr\xfchere Aufnahme von Quuxley\x81")
    done = deid("report", tmp_path / "ZELDABETH-nowhere.txt", latin, good, *place.with_recipe)
    assert done.returncode == 1
    assert "No fracture of the left hand." in done.stdout
    assert "report 1: input-unreadable" in done.stderr
    assert "report 2: text-encoding" in done.stderr
    assert "Traceback" not in done.stderr
    assert seen_in(done.stdout, done.stderr) == []


def test_report_of_an_unknown_subject_says_so(place):
    done = deid("report", "--subject", "S-0000000000", *place.with_recipe, stdin="x")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_rows_come_back_with_spans_on_the_original_and_withheld_text_is_null(place, tmp_path):
    rows = [
        {"id": "a", "text": REPORT, "known": {"PatientName": "QUUXLEY^ZELDABETH", "PatientID": "MRN7730912"}},
        {"id": "b", "text": "Project Bluebottle: no effusion.", "known": {"codename": "Bluebottle"}},
        {"id": "c", "text": "No acute finding.", "known": {}},
        {"id": "Jabberwock 1", "text": "No fracture.", "known": {"PatientName": "Jabberwock^Jim"}},
    ]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = deid("report", source, "--out", out, *place.with_recipe)
    assert done.stdout == ""
    assert seen_in(done.stderr) == []
    assert "     1 alert id-identifies" in done.stderr
    made = {row["id"]: row for row in map(json.loads, out.read_text("utf-8").splitlines())}
    assert list(made) == [row["id"] for row in rows]
    for row in rows:
        for span in made[row["id"]]["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(row["text"])
    found = [REPORT[s["start"] : s["end"]] for s in made["a"]["spans"]]
    assert {"MRN7730912", "617-555-0188"} <= set(found)
    assert any("Bluebottle" in rows[1]["text"][s["start"] : s["end"]] for s in made["b"]["spans"])
    assert made["c"] == {**made["c"], "text": "No acute finding.", "spans": [], "status": "clean"}
    for row in made.values():
        assert (row["text"] is None) == (row["status"] != "clean")
        assert row["text"] is None or (seen_in(row["text"]) == [] and "Bluebottle" not in row["text"])
    assert done.returncode == (0 if all(row["status"] == "clean" for row in made.values()) else 1)
    # A patient whom the vault knows keeps the code, whoever asks.
    assert made["a"]["subject"] != made["c"]["subject"]


def test_a_row_that_does_not_pass_is_withheld(place, monkeypatch):
    """An engine that finds nothing: the second look alone must keep the text back."""
    from deid.text import Finder

    monkeypatch.setattr(Finder, "find_many", lambda self, passages, subjects: [[] for _ in passages])
    row = {"id": 1, "text": "Quuxley has a cyst.", "known": {"PatientName": "Quuxley^Zelda"}}
    with place.store.deidentifier(place.recipe) as d:
        (made,) = d.rows([row])
    assert (made["text"], made["status"], made["code"]) == (None, "quarantined", "residue-report")


def test_a_word_that_the_recipe_protects_is_removed_where_it_is_the_patients_name(place, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    never = tmp_path / "never.yaml"
    never.write_text(f"recipe: never\nextends: {place.recipe}\ntext: {{never: [Quuxley]}}\n")
    source.write_text(json.dumps({"id": 1, "text": "Quuxley has a cyst.", "known": {"PatientName": "Quuxley^Zelda"}}))
    done = deid("report", source, "--out", out, *place.store.options, "--recipe", never)
    (row,) = map(json.loads, out.read_text("utf-8").splitlines())
    assert (done.returncode, row["status"]) == (0, "clean")
    assert "Quuxley" not in row["text"]
    assert row["text"].endswith(" has a cyst.")


def test_a_line_that_is_no_row_becomes_a_row_that_says_so(place, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "o.jsonl"
    source.write_bytes(
        b'{"id": 1, "text": "No fracture."}\n{"id": 2, "txt": "Quuxley"}\nQuuxley\n\xff{\n' + b"[" * 99999
    )
    done = deid("report", source, "--out", out, *place.with_recipe)
    first, *rest = map(json.loads, out.read_text("utf-8").splitlines())
    assert (done.returncode, first["status"]) == (1, "clean")
    assert [(r["text"], r["status"], r["code"]) for r in rest] == [(None, "quarantined", "rows-form")] * 4
    assert [(r["id"], r.get("line")) for r in rest] == [(2, None), (None, 3), (None, 4), (None, 5)]
    assert seen_in(out.read_text("utf-8"), done.stderr) == []


def test_rows_that_cannot_be_read_leave_no_output(place, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "No fracture."}\n')
    sources = (tmp_path / "in.jsonl", tmp_path / "QUUXLEY.jsonl")
    failed_well(deid("report", *sources, "--out", tmp_path / "o.jsonl", *place.with_recipe), "input-unreadable", 1)
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]


def test_rows_that_are_withheld_wait_in_the_restricted_area(place, tmp_path):
    out = tmp_path / "o.jsonl"
    row = {"id": "q", "text": "Findings reviewed with Xanthippe Vorbrodt-Quillfeather at noon.", "known": {}}
    done = deid("report", "--out", out, *place.with_recipe, stdin=json.dumps(row))
    (made,) = map(json.loads, out.read_text("utf-8").splitlines())
    kept = sorted((tmp_path / "o.jsonl.restricted" / "review").glob("*.json")) if made["status"] != "clean" else []
    assert (done.returncode == 0) == (made["status"] == "clean") == (not kept)


def test_report_reads_every_format_and_whole_folders(place, tmp_path):
    folder = tmp_path / "QUUXLEY"
    folder.mkdir()
    pid = "PID|1||MRN7730912^^^BARTOLPH||QUUXLEY^ZELDABETH||19610203|F"
    obx = "OBX|1|TX|1^Findings||Mrs. Quuxley has a 3 mm cyst.||||||F"
    (folder / "a.hl7").write_text(f"MSH|^~\\&|RIS|X|||20230417||ORU^R01|1|P|2.5\r{pid}\rZPI|1\r{obx}\r")
    (folder / "b.csv").write_text("mrn,patient_name,report\nMRN7730912,Quuxley Zeldabeth,Quuxley: no fracture.\n")
    (folder / "c.txt").write_bytes("MRN: MRN7730912\nNo fracture. Table at 37 °C.".encode("latin-1"))
    (folder / "d.pdf").write_bytes(b"%PDF-1.4 nothing")
    declared = f"MSH|^~\\&|RIS|X|||20230417||ORU^R01|1|P|2.5||||||8859/7\r{pid}\rOBX|1|TX|1||β-blocker given||||||F\r"
    (folder / "e.hl7").write_bytes(declared.encode("iso8859-7"))
    letter = docx.Document()
    letter.add_paragraph("MRN: MRN7730912")
    letter.add_paragraph("Mrs. Quuxley walks again.")
    letter.save(str(folder / "f.docx"))
    (folder / "g.parquet").write_bytes(b"PAR1 and so on")
    done = deid("report", folder, *place.with_recipe)
    assert done.returncode == 1
    assert "report 4: pdf-" in done.stderr
    assert "report 7: source-binary" in done.stderr
    assert "     1 alert hl7-segment-dropped\n" in done.stderr
    for kept in ("has a 3 mm cyst.", "OBX|1|TX|1^Findings", "no fracture.", "mrn,", "No fracture. Table at 37 °C."):
        assert kept in done.stdout
    assert "|UNICODE UTF-8" in done.stdout
    assert "β-blocker given" in done.stdout
    assert "walks again." in done.stdout
    assert "word/document.xml" not in done.stdout
    assert seen_in(done.stdout, done.stderr) == []
    assert done.stdout.count(place.code) >= 1  # the number names the patient of the images, whatever the format


# export and gate


def test_export_passes_the_gate_and_a_changed_row_does_not(place, tmp_path):
    chat = tmp_path / "chat.jsonl"
    done = deid("export", place.output, chat, "--instruction", "Summarise.", *place.with_recipe)
    assert done.returncode == 0, done.stderr
    (row,) = map(json.loads, chat.read_text("utf-8").splitlines())
    assert [m["role"] for m in row["messages"]] == ["system", "user"]
    assert row["deid"]["subject"] == place.code
    assert seen_in(chat.read_text("utf-8")) == []
    assert "1 reports may be sent" in deid("gate", "check", chat, *place.store.options).stderr
    row["messages"][1]["content"] += " Call Mrs. Quuxley."
    chat.write_text(json.dumps(row) + "\n")
    failed_well(deid("gate", "check", chat, *place.store.options), "gate-", 3)


def test_export_with_frames_writes_pictures_named_by_surrogates(place, tmp_path):
    done = deid("export", place.output, tmp_path / "chat.jsonl", "--frames", *place.with_recipe)
    assert done.returncode == 0, done.stderr
    pictures = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.png"))
    assert len(pictures) == 2
    (row,) = map(json.loads, (tmp_path / "chat.jsonl").read_text("utf-8").splitlines())
    assert sorted(row["images"]) == pictures
    assert all(name.startswith(f"frames/{place.code}/2.25.") for name in pictures)


def test_export_of_a_changed_report_is_refused(place, copy, tmp_path):
    (report,) = copy.rglob("*.txt")
    report.write_text(report.read_text("utf-8") + "Mrs. Quuxley")
    failed_well(deid("export", copy, tmp_path / "chat.jsonl", *place.with_recipe), "output-changed", 1)
    assert not (tmp_path / "chat.jsonl").exists()


# quarantine


def test_quarantine_list_names_sources_only_if_asked(place):
    plain = deid("quarantine", "list", place.output, "--json")
    (row,) = map(json.loads, plain.stdout.splitlines())
    assert (row["status"], row["code"]) == ("quarantined", "input-other")
    assert "source" not in row
    assert seen_in(plain.stdout, plain.stderr) == []
    told = deid("quarantine", "list", place.output, "--sources", "--json")
    assert json.loads(told.stdout)["source"].endswith("/QUUXLEY_ZELDABETH/empty")


def test_the_restricted_folder_is_its_owners_alone(place):
    restricted = place.output.with_name("out.restricted")
    assert stat.S_IMODE(restricted.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) & 0o077 for p in restricted.rglob("*")} == {0}


def test_quarantine_retry_publishes_what_a_changed_recipe_lets_through(tmp_path):
    store = new_store(tmp_path / "vault")
    strict = fast_recipe(tmp_path, text="{unlinked: refuse}")
    put_report(tmp_path / "in" / "draft.txt", "CT head. No haemorrhage. Old infarct, 14 mm.")
    first = deid("run", tmp_path / "in", tmp_path / "out", *store.options, "--recipe", strict)
    assert first.returncode == 1
    assert "report-unlinked" in first.stderr
    same = deid("quarantine", "retry", tmp_path / "out", *store.options, "--recipe", strict)
    assert same.returncode == 1
    (tmp_path / "lenient").mkdir()
    lenient = fast_recipe(tmp_path / "lenient")
    retried = deid("quarantine", "retry", tmp_path / "out", *store.options, "--recipe", lenient)
    assert (retried.returncode, retried.stderr.strip()) == (0, "1 clean")
    (report,) = (tmp_path / "out").rglob("*.txt")
    assert "Old infarct, 14 mm." in report.read_text("utf-8")
    assert deid("quarantine", "list", tmp_path / "out").stdout == ""


# recipe


def test_recipe_show_prints_the_legal_basis_and_what_is_not_covered():
    done = deid("recipe", "show", "safe-harbor")
    assert done.returncode == 0
    assert "164.514(b)(2)" in done.stdout


def test_recipe_conformance_lists_elements():
    done = deid("recipe", "conformance", "research")
    assert done.returncode == 0
    assert "PatientName" in done.stdout
    assert "113100" in done.stdout


def test_recipe_check_names_the_line_and_the_nearest_key(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("recipe: site\nextends: research\ntags:\n  - {match: PatientNmae, action: remove}\n")
    done = deid("recipe", "check", path)
    assert done.returncode == 2
    assert "site.yaml:4" in done.stdout
    assert "PatientName" in done.stdout
    assert deid("recipe", "check", "research").returncode == 0


def test_recipe_import_converts_and_says_what_it_could_not(tmp_path):
    script = tmp_path / "site.script"
    script.write_text(
        '<script><e en="T" t="00100010" n="PatientName">@empty()</e>'
        '<e en="T" t="00081030" n="StudyDescription">@keep()</e>'
        '<e en="T" t="00100020" n="PatientID">@lookup(this,ptid)</e></script>'
    )
    done = deid("recipe", "import", script, "--from", "ctp")
    assert done.returncode == 0, done.stderr
    (tmp_path / "converted.yaml").write_text(done.stdout)
    assert "StudyDescription" in done.stdout
    assert done.stderr.strip()
    checked = deid("recipe", "check", tmp_path / "converted.yaml")
    assert checked.returncode == 0, checked.stdout
    assert deid("recipe", "import", script, "--from", "word").returncode == 2


# vault


def test_the_vault_says_who_a_code_is_to_whoever_gives_a_reason(place):
    looked = deid("vault", "lookup", place.code, "--json", *place.store.options)
    assert looked.returncode == 0, looked.stderr
    assert seen_in(looked.stdout, looked.stderr) == []
    assert deid("vault", "reveal", place.code, *place.store.options).returncode == 2  # no reason
    reveal = ("vault", "reveal", place.code, "--reason", "ticket 812", "--who", "anna", "--json")
    told = deid(*reveal, *place.store.options)
    assert told.returncode == 0, told.stderr
    originals = {row["original"] for row in map(json.loads, told.stdout.splitlines())}
    assert {"MRN7730912", "ACX5520917"} <= originals
    assert any("Quuxley" in original for original in originals)
    with place.store.open() as vault:
        assert [(r.act, r.code) for r in vault.audit() if r.act == "reveal"][-1] == ("reveal", place.code)
    unknown = deid("vault", "reveal", "S-0000000000", "--reason", "x", "--who", "anna", *place.store.options)
    assert unknown.returncode == 3
    assert "Traceback" not in unknown.stderr


# the way back


def test_a_result_and_a_table_get_their_originals_back(place, tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    made = pydicom.dcmread(place.published()[0])
    original = pydicom.dcmread(place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm")
    made.save_as(results / "mask.dcm")
    with (results / "volumes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["patient", "study", "volume_ml"], [place.code, made.StudyInstanceUID, "12.5"]])
    back = tmp_path / "back"
    done = deid("reidentify", results, back, "--reason", "clinic", "--who", "anna", *place.store.options)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("2 files")
    assert stat.S_IMODE(back.stat().st_mode) == 0o700
    (instance,) = back.glob("*.dcm")
    restored = pydicom.dcmread(instance)
    assert restored.PatientID == ZELDA.mrn
    assert str(restored.PatientName) == ZELDA.pn
    assert restored.StudyInstanceUID == original.StudyInstanceUID
    assert restored.StudyDate == original.StudyDate
    (table,) = back.glob("*.csv")
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8"))))
    assert rows[1] == [ZELDA.mrn, str(original.StudyInstanceUID), "12.5"]
    with place.store.open() as vault:
        assert any(r.act == "reveal" and r.code == place.code for r in vault.audit())
    names = [p.name for p in back.iterdir()]
    assert seen_in(*names, done.stdout, done.stderr) == []


def test_a_result_of_another_project_does_not_go_back(place, tmp_path):
    other = new_store(tmp_path / "other")
    arguments = ("reidentify", place.published()[0], tmp_path / "back", "--reason", "x", "--who", "anna")
    failed_well(deid(*arguments, *other.options), "result-unknown", 1)
    assert not list((tmp_path / "back").glob("*"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A private key and the certificate of whoever may open sealed originals."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    folder = tmp_path_factory.mktemp("officer")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "officer")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private, public = folder / "key.pem", folder / "certificate.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return private, public


def test_sealed_originals_are_restored_with_the_private_key_and_on_record(place, certificate, tmp_path):
    private, public = certificate
    recipe = fast_recipe(tmp_path, store=f"{{seal_for: [{public}]}}")
    source = place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm"
    done = deid("run", source, tmp_path / "out", *place.store.options, "--recipe", recipe)
    assert done.returncode == 0, done.stderr
    (sealed,) = (tmp_path / "out").rglob("*.dcm")
    assert seen_in(sealed.read_bytes().decode("latin-1")) == []
    code = str(pydicom.dcmread(sealed).PatientID)
    keys = ("--private-key", private, "--certificate", public, *place.store.options)
    reveal = ("vault", "reveal", code, "--reason", "ticket 913", *keys)
    opened = deid(*reveal, "--dicom", sealed, "--out", tmp_path / "opened.dcm")
    assert opened.returncode == 0, opened.stderr
    assert stat.S_IMODE((tmp_path / "opened.dcm").stat().st_mode) == 0o600
    restored, original = pydicom.dcmread(tmp_path / "opened.dcm"), pydicom.dcmread(source)
    for keyword in ("PatientName", "PatientID", "StudyDate", "AccessionNumber", "SOPInstanceUID"):
        assert restored[keyword].value == original[keyword].value
    plain = place.published()[0]
    failed_well(deid(*reveal, "--dicom", plain, "--out", tmp_path / "none.dcm"), "input-not-sealed", 1)
    assert not (tmp_path / "none.dcm").exists()
    assert deid("vault", "audit", *place.store.options, "--json").stdout.count("ticket 913") == 2


def test_a_missing_certificate_stops_the_run_before_it_publishes(place, tmp_path):
    recipe = fast_recipe(tmp_path, store=f"{{seal_for: [{tmp_path}/nobody.pem]}}")
    source = place.source / "QUUXLEY_ZELDABETH" / "MRN7730912_1.dcm"
    done = deid("run", source, tmp_path / "out", *place.store.options, "--recipe", recipe)
    failed_well(done, "seal-certificate", 2)
    assert not list((tmp_path / "out").rglob("*.dcm"))


# the rest


def test_doctor_says_what_is_there_and_what_is_missing():
    done = deid("doctor")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok +pydicom: \d", done.stdout, re.MULTILINE)
    assert re.search(r"^ok +text model:", done.stdout, re.MULTILINE)


def test_eval_scores_a_perfect_and_a_blind_prediction(tmp_path):
    text = "Mrs. Quuxley has a Baker cyst."
    span = {"start": 5, "end": 12, "category": "NAME"}
    gold, good, blind = tmp_path / "gold.jsonl", tmp_path / "good.jsonl", tmp_path / "blind.jsonl"
    gold.write_text(json.dumps({"id": "1", "text": text, "spans": [span], "protected": []}) + "\n")
    good.write_text(json.dumps({"id": "1", "spans": [span]}) + "\n")
    blind.write_text(json.dumps({"id": "1", "spans": []}) + "\n")
    perfect = deid("eval", gold, good, "--json")
    assert perfect.returncode == 0, perfect.stderr
    assert json.loads(perfect.stdout) != json.loads(deid("eval", gold, blind, "--json").stdout)
    assert "NAME" in deid("eval", gold, good).stdout


def test_no_arguments_print_help_and_an_unknown_command_is_wrong_usage():
    assert "Usage" in deid().stdout + deid().stderr
    assert deid("anonymize").returncode == 2


def test_two_patients_of_one_export_do_not_share_anything(place, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    put_instance(tmp_path / "in" / "b.dcm", person=ANAIS, study=1)
    done = deid("run", tmp_path / "in", tmp_path / "out", *place.with_recipe, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert len({row["subject"] for row in rows}) == 2
    assert place.code in {row["subject"] for row in rows}
