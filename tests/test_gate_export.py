"""What `deid gate check` and an export's rows hold: every text of every row, frames of the report's own study."""

import json

import pydicom
import pytest

from deid import Gate, GateError
from deid.dataset import read_chat, write_chat
from tests.exports import REPORT, deid, fast_recipe, new_store, put_instance, put_report, run, seen_in


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One patient, two studies with a report each, and a third report of no study."""
    root = tmp_path_factory.mktemp("rows")
    store, recipe = new_store(root / "vault"), fast_recipe(root)
    for study, accession in enumerate(("ACX5520917", "ACX5520918")):
        number = study + 1
        put_instance(root / "in" / f"{study}.dcm", study=study, number=number, AccessionNumber=accession)
        put_report(root / "in" / f"{study}.txt", REPORT.replace("ACX5520917", accession))
    put_report(root / "in" / "old.txt", REPORT.replace("Accession: ACX5520917\n", ""))
    assert {str(o.status) for o in run(store, recipe, root / "in", root / "out")} == {"clean"}
    return store, recipe, root / "out"


@pytest.fixture
def chat(place, tmp_path):
    store, recipe, output = place
    with store.deidentifier(recipe) as d:
        assert write_chat(d, output, tmp_path / "chat.jsonl", instruction="Summarise.", frames=True) == 3
    return tmp_path / "chat.jsonl"


def rows_of(chat):
    return [json.loads(line) for line in chat.read_text("utf-8").splitlines()]


def check(chat, store, *options):
    return deid("gate", "check", chat, *options, *store.options)


def test_a_row_has_the_frames_of_its_reports_own_study(place, chat):
    _, _, output = place
    studies = {str(h.SOPInstanceUID): str(h.StudyInstanceUID) for h in map(pydicom.dcmread, output.rglob("*.dcm"))}
    rows = rows_of(chat)
    assert sorted(len(row.get("images", [])) for row in rows) == [0, 1, 1]
    for row in rows:
        for name in row.get("images", []):
            instance = name.rpartition("/")[2].rpartition("-")[0]
            assert row["deid"]["study"] == studies[instance]
            assert (chat.parent / name).is_file()
    assert {row["deid"].get("study") for row in rows if "images" not in row} == {None}
    assert seen_in(chat.read_text("utf-8")) == []


def test_the_export_as_it_was_written_may_be_sent(place, chat, tmp_path):
    store, _, _ = place
    assert "3 reports may be sent" in check(chat, store).stderr
    assert "3 reports may be sent" in check(chat, store, "--instruction", "Summarise.").stderr
    (tmp_path / "llm.yaml").write_text("models: [m]\ninstructions: [Summarise.]\n")
    assert "3 reports may be sent" in check(chat, store, "--policy", tmp_path / "llm.yaml").stderr


def test_a_policy_that_does_not_list_the_instruction_does_not_let_it_leave(place, chat, tmp_path):
    store, _, _ = place
    (tmp_path / "llm.yaml").write_text("models: [m]\n")
    done = check(chat, store, "--policy", tmp_path / "llm.yaml")
    assert done.returncode == 3
    assert "gate-text: row 1" in done.stderr
    assert "--instruction" in done.stderr


def say(text, role="user", **more):
    return {"role": role, "content": text, **more}


CHANGES = {
    "system": lambda row: row["messages"][0].update(content="Patient John Smith MRN 40718253"),
    "second user": lambda row: row["messages"].append(say("John Smith 40718253")),
    "assistant": lambda row: row["messages"].append(say("John Smith 40718253", "assistant")),
    "second system": lambda row: row["messages"].append(say("Summarise.", "system")),
    "name": lambda row: row["messages"][1].update(name="John Smith"),
    "key": lambda row: row.update(patient="John Smith"),
    "mark": lambda row: row["deid"].update(patient="John Smith"),
    "images": lambda row: row.update(images=["../export/SMITH_JOHN.png"]),
    "study": lambda row: row["deid"].update(study="SMITH"),
    "alerts": lambda row: row["deid"].update(alerts=["John Smith"]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_no_row_says_anything_that_was_not_checked(place, chat, change):
    store, _, _ = place
    lines = chat.read_text("utf-8").splitlines()
    row = json.loads(lines[2])
    change(row)
    lines[2] = json.dumps(row)
    chat.write_text("\n".join(lines) + "\n", "utf-8")
    done = check(chat, store)
    assert done.returncode == 3
    assert "row 3" in done.stderr
    assert "Smith" not in done.stderr


def test_a_key_that_a_row_says_twice_is_refused(place, chat):
    store, _, _ = place
    twice = '{"messages": [{"role": "user", "content": "John Smith"}], ' + chat.read_text("utf-8")[1:]
    chat.write_text(twice, "utf-8")
    assert "row 1 is not one of our rows" in check(chat, store).stderr


def test_an_empty_file_is_no_export(place, tmp_path):
    store, _, _ = place
    (tmp_path / "empty.jsonl").touch()
    assert "gate-empty" in check(tmp_path / "empty.jsonl", store).stderr


def test_an_attested_instruction_is_no_report(place, chat):
    from dataclasses import replace

    store, _, _ = place
    mark = rows_of(chat)[0]["deid"]["instruction"]
    (report, *_) = read_chat(chat)
    with store.open() as vault, pytest.raises(GateError, match="gate-attestation"):
        Gate(vault=vault).admit(replace(report, text="Summarise.", attestation=mark))
