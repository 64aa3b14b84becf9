"""What a hospital's export and an attacker do to a run: nothing hangs, nothing is lost, nothing is said."""

import errno
import json
import logging
import os
import resource
import subprocess
import time
import warnings
from pathlib import Path

import pytest

from deid import Deidentifier, DeidError, InputError, Key, Recipe, Status
from deid.manifest import PURPOSE, read_manifest
from deid.pipeline import Quarantine, verify_output
from deid.pipeline.intake import take_in
from deid.vault import Policy
from tests.exports import (
    REPORT,
    ZELDA,
    deid,
    fast_recipe,
    new_store,
    put_instance,
    put_report,
    run,
    seen_in,
)


def ended(outcomes) -> list[tuple[str, str]]:
    return [(str(o.status), o.code) for o in sorted(outcomes, key=lambda o: o.unit)]


def instance_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.dcm"))


# What is said while it works


def test_nothing_of_the_patient_is_logged_or_warned_at_the_lowest_level(store, recipe, tmp_path, caplog, capfd):
    """Bad values make libraries talk, and libraries quote."""
    source = tmp_path / "in" / "QUUXLEY"
    put_instance(source / "good.dcm")
    bad = put_instance(source / "bad.dcm", number=2)
    content = bad.read_bytes().replace(b"19310228", b"QUUXLEY1").replace(b"092Y", b"ZELD")
    bad.write_bytes(content.replace(b"ISO_IR 6", b"QUUXLEY "))
    cut = put_instance(source / "cut.dcm", number=3)
    cut.write_bytes(cut.read_bytes()[:900])
    put_report(source / "report.txt")
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("deid", "pydicom", "presidio-analyzer", "presidio_analyzer"):
            caplog.set_level(logging.DEBUG, name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert len(outcomes) == 4
    assert {o.code for o in outcomes if o.status is not Status.CLEAN} <= {"input-truncated", "verify-unreadable"}
    said = [record.getMessage() + str(record.exc_info or "") for record in caplog.records]
    said += [str(w.message) for w in caught]
    streams = capfd.readouterr()
    assert seen_in(*said, streams.out, streams.err) == []
    assert seen_in(*map(repr, outcomes), (tmp_path / "out" / "manifest.jsonl").read_text()) == []


def test_no_published_byte_holds_a_secret(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    put_instance(tmp_path / "in" / "b.dcm", "SR", number=2)
    put_report(tmp_path / "in" / "r.txt")
    outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert {str(o.status) for o in outcomes} == {"clean"}
    for path in (tmp_path / "out").rglob("*"):
        assert seen_in(path.name) == []
        assert path.is_dir() or seen_in(path.read_bytes().decode("latin-1")) == []


# Odd exports


def test_links_pipes_and_sockets_are_recorded_and_never_followed(store, recipe, tmp_path):
    """A pipe that nobody writes to would be waited for without end."""
    source = tmp_path / "in"
    outside = put_instance(tmp_path / "elsewhere" / "secret.dcm", number=9)
    put_instance(source / "a.dcm")
    (source / "b-link.dcm").symlink_to(outside)
    (source / "c-folder").symlink_to(outside.parent)
    (source / "d-loop").symlink_to(source)
    (source / "e-nowhere").symlink_to(tmp_path / "nowhere")
    os.mkfifo(source / "f-pipe")
    done = deid("run", source, tmp_path / "out", *store.options, "--recipe", recipe, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted((row["status"], row["code"]) for row in rows) == [
        ("clean", ""),
        *[("quarantined", "input-irregular")] * 5,
    ]
    assert len(instance_files(tmp_path / "out")) == 1


def test_an_export_that_is_itself_a_link_to_a_folder_works(store, recipe, tmp_path):
    put_instance(tmp_path / "real" / "a.dcm")
    (tmp_path / "in").symlink_to(tmp_path / "real")
    assert ended(run(store, recipe, tmp_path / "in", tmp_path / "out")) == [("clean", "")]


def test_an_output_inside_the_input_is_refused_through_a_link_too(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    (tmp_path / "in" / "sub").mkdir()
    (tmp_path / "door").symlink_to(tmp_path / "in" / "sub")
    with pytest.raises(InputError, match="output-inside"):
        run(store, recipe, tmp_path / "in", tmp_path / "door" / "out")
    assert not (tmp_path / "in" / "sub" / "out").exists()


def test_names_that_are_no_utf8_and_odd_characters_go_through(store, recipe, tmp_path):
    source = tmp_path / "in"
    put_instance(source / "a.dcm")
    content = (source / "a.dcm").read_bytes()
    put_report(source / "new\nline \t'quote'.txt", REPORT)
    odd = os.fsencode(source) + b"/M\xfcller \xff.txt"
    with open(odd, "wb") as file:  # noqa: PTH123  # bytes for a name
        file.write(b"")
    with open(os.fsencode(source) + b"/\xe9t\xe9.dcm", "wb") as file:  # noqa: PTH123
        file.write(content)
    outcomes = run(store, recipe, source, tmp_path / "out")
    assert sorted({(str(o.status), o.code) for o in outcomes}) == [("clean", ""), ("quarantined", "input-other")]
    sources = {os.fsencode(r.source) for r in Quarantine.beside(tmp_path / "out").records()}
    assert sources == {odd}
    done = deid("quarantine", "list", tmp_path / "out", "--sources", "--json")
    assert done.returncode == 0, done.stderr


def test_empty_and_short_files_end_with_a_reason(store, recipe, tmp_path):
    whole = b"\0" * 128 + put_instance(tmp_path / "a.dcm").read_bytes()[128:]
    (tmp_path / "in").mkdir()
    for size in (0, 4, 128, 132, 140, 400, len(whole) - 1):
        (tmp_path / "in" / f"{size:06d}.dcm").write_bytes(whole[:size])
    outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert len(outcomes) == 7
    assert all(o.code and o.code != "internal" for o in outcomes if o.status is not Status.CLEAN)
    assert sum(o.status is Status.CLEAN for o in outcomes) == 0


def test_a_header_of_very_many_elements_takes_bounded_time(store, recipe, tmp_path):
    made = bytearray(put_instance(tmp_path / "a.dcm").read_bytes())
    at = made.index(b"\xe0\x7f\x10\x00")
    many = b"".join(
        (0x0011 + 2 * (n >> 16)).to_bytes(2, "little") + (n & 0xFFFF).to_bytes(2, "little") + b"LO\0\0"
        for n in range(0x1000, 0x1000 + 400_000)
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "many.dcm").write_bytes(bytes(made[:at]) + many + bytes(made[at:]))
    began = time.monotonic()
    (outcome,) = run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert outcome.status is Status.CLEAN or outcome.code.startswith("input-")
    published = instance_files(tmp_path / "out")
    assert all(path.stat().st_size < 100_000 for path in published)  # nobody's elements are not carried over
    assert time.monotonic() - began < 60


def test_an_unreadable_file_is_recorded_and_the_rest_goes_on(tmp_path):
    """As another user, since root may read everything; in a fork, since nobody may not read the interpreter."""
    put_instance(tmp_path / "in" / "a.dcm")
    put_instance(tmp_path / "in" / "b.dcm", number=2).chmod(0)
    put_instance(tmp_path / "warm" / "a.dcm")
    policy = Recipe.load("research").compile()
    take_in(tmp_path / "warm", policy)  # so that the fork has nothing left to load
    for folder in (tmp_path / "in", tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            taken = take_in(tmp_path / "in", policy)
            seen = [[error.code for _, error in taken.rejected], sum(len(g.units) for g in taken.groups)]
            os.write(writing, json.dumps(seen).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert json.loads(answer.read()) == [["input-unreadable"], 1]
    os.waitpid(child, 0)


# Inputs that change while they are worked on


def test_a_file_that_vanishes_or_changes_after_the_first_pass_harms_nobody_else(store, recipe, tmp_path):
    source = tmp_path / "in"
    for number, name in enumerate(("a.dcm", "b.dcm", "c.dcm"), start=1):
        put_instance(source / name, number=number)
    put_report(source / "r.txt")
    put_report(source / "s.txt", REPORT.replace("12 mm", "13 mm"))
    with store.deidentifier(recipe) as d, d.run(source, into=tmp_path / "out") as work:
        (source / "b.dcm").unlink()
        (source / "c.dcm").write_bytes(b"something else")
        (source / "r.txt").unlink()
        outcomes = list(work.outcomes())
    assert ended(outcomes) == [
        ("clean", ""),
        ("quarantined", "input-unreadable"),
        ("quarantined", "input-not-dicom"),
        ("quarantined", "input-unreadable"),
        ("clean", ""),
    ]
    again = run(store, recipe, source, tmp_path / "out")  # nothing of what vanished stands in the way
    assert Status.CLEAN in {o.status for o in again}


def test_an_instance_that_becomes_another_patients_between_the_passes_is_not_published_under_the_first(
    store, recipe, tmp_path
):
    source = tmp_path / "in"
    put_instance(source / "a.dcm", number=1)
    put_instance(source / "b.dcm", number=2)
    with store.deidentifier(recipe) as d, d.run(source, into=tmp_path / "out") as work:
        put_instance(source / "b.dcm", number=2, PatientID="STRANGER99", PatientName="Otherwise^Olga")
        a, b = sorted(work.outcomes(), key=lambda o: o.unit)
    assert a.status is Status.CLEAN
    assert b.status is not Status.CLEAN
    assert len(instance_files(tmp_path / "out")) == 1


# Outputs that cannot be written


def test_a_full_disk_stops_the_run_and_blames_no_input(store, recipe, tmp_path, monkeypatch):
    """What was recorded stays true: after room is made the same command finishes the work."""
    from deid.pipeline import work as room

    source = tmp_path / "in"
    for number in range(3):
        put_instance(source / f"{number}.dcm", number=number + 1)
    real, calls = room.write_instance, []

    def full(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "QUUXLEY"))
        return real(*arguments, **options)

    monkeypatch.setattr(room, "write_instance", full)
    with pytest.raises(OSError, match="No space left"):
        run(store, recipe, source, tmp_path / "out")
    with store.open() as vault:
        recorded = list(read_manifest(tmp_path / "out" / "manifest.jsonl", vault.derive(PURPOSE)))
    assert [o for o in recorded if o.status is not Status.CLEAN] == []
    assert not (tmp_path / "out" / ".incoming").exists()
    assert {status for status, _ in ended(run(store, recipe, source, tmp_path / "out"))} == {"clean"}
    assert len(instance_files(tmp_path / "out")) == 3


def test_a_really_full_disk_ends_in_one_line(store, recipe, tmp_path):
    """On a file system of its own, where one may be made."""
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", small], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        for number in range(30):
            put_instance(tmp_path / "in" / f"{number}.dcm", number=number + 1)
        done = deid("run", tmp_path / "in", small / "out", *store.options, "--recipe", recipe)
        assert done.returncode == 2
        assert done.stderr.strip() == "deid: system: No space left on device"
        assert not instance_files(small / "out")
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_an_output_that_cannot_be_made_ends_in_one_line_without_its_path(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    (tmp_path / "QUUXLEY").write_text("a file stands where the folder should be")
    done = deid("run", tmp_path / "in", tmp_path / "QUUXLEY" / "out", *store.options, "--recipe", recipe)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert seen_in(done.stderr) == []


def test_a_restricted_folder_that_others_may_read_stops_the_run(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    (tmp_path / "out.restricted").mkdir(mode=0o755)
    (tmp_path / "out.restricted").chmod(0o755)
    with pytest.raises(InputError, match="restricted-open"):
        run(store, recipe, tmp_path / "in", tmp_path / "out")


def test_two_runs_into_one_output_do_not_meet(store, recipe, tmp_path):
    """The second would remove the first one's temporary files and write into its manifest."""
    put_instance(tmp_path / "in" / "a.dcm")
    with store.deidentifier(recipe) as d, d.run(tmp_path / "in", into=tmp_path / "out") as work:
        done = deid("run", tmp_path / "in", tmp_path / "out", *store.options, "--recipe", recipe)
        assert done.returncode == 1
        assert "output-busy" in done.stderr
        assert ended(work.outcomes()) == [("clean", "")]
    assert ended(run(store, recipe, tmp_path / "in", tmp_path / "out")) == [("clean", "")]


# The record


def test_a_manifest_with_a_torn_tail_is_mended_and_an_edited_one_refused(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    run(store, recipe, tmp_path / "in", tmp_path / "out")
    manifest = tmp_path / "out" / "manifest.jsonl"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole + whole.splitlines(keepends=True)[-1][:40])
    assert ended(run(store, recipe, tmp_path / "in", tmp_path / "out")) == [("clean", "")]
    assert manifest.read_bytes() == whole
    manifest.write_bytes(whole[: len(whole) - 30])  # the last record was never acknowledged
    assert ended(run(store, recipe, tmp_path / "in", tmp_path / "out")) == [("clean", "")]
    with store.open() as vault:
        assert verify_output(tmp_path / "out", vault) == []
    manifest.write_bytes(manifest.read_bytes().replace(b'"kind":"instance"', b'"kind":"instancE"', 1))
    with pytest.raises(InputError, match="manifest-broken"):
        run(store, recipe, tmp_path / "in", tmp_path / "out")


def test_the_manifest_says_which_catalog_decided_and_what_the_vault_warns_of(store, recipe, tmp_path):
    key = Key.from_file(store.key)
    put_instance(tmp_path / "in" / "a.dcm")
    with store.open() as vault:
        vault.add_domain("keyed", key, policy=Policy(pseudonyms="keyed"))
    for domain, looked_at in (("default", "all-text"), ("keyed", "none")):
        made = Recipe.load(fast_recipe(tmp_path, pixels=f"{{remove: {looked_at}}}"))
        with Deidentifier(made, vault=store.vault, key=key, domain=domain) as d:
            with d.run(tmp_path / "in", into=tmp_path / domain) as work:
                list(work.outcomes())
            stated = json.loads((tmp_path / domain / "manifest.jsonl").read_text("utf-8").splitlines()[0])["versions"]
        assert ("vault-keyed-pseudonyms" in stated) is (domain == "keyed")
        assert ("devices" in stated) is (looked_at != "none")
        assert len(stated.get("devices", "x" * 64).split()[-1]) == 64


def test_the_manifest_of_another_domain_is_not_trusted(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    run(store, recipe, tmp_path / "in", tmp_path / "out")
    other = new_store(tmp_path / "other")
    with pytest.raises(DeidError, match="manifest-broken"):
        run(other, recipe, tmp_path / "in", tmp_path / "out")


def test_a_report_tried_again_alone_is_still_its_patients(store, tmp_path):
    """Only the whole export tells whose a report without a number is."""
    (tmp_path / "strict").mkdir()
    source = tmp_path / "in"
    put_instance(source / "a.dcm")
    path = put_report(source / "r.txt", f"Accession: {ZELDA.accession}\n\nMrs. Quuxley: no fracture, 3 mm cyst.\n")
    recipe = fast_recipe(tmp_path)
    with store.deidentifier(recipe) as d, d.run(source, into=tmp_path / "out") as work:
        content = path.read_bytes()
        path.unlink()
        first = list(work.outcomes())
    assert ended(first)[-1] == ("quarantined", "input-unreadable")
    path.write_bytes(content)
    with store.deidentifier(recipe) as d:
        (again,) = [o for o in d.folder(source, into=tmp_path / "out") if o.kind == "report"]
    assert (again.status, again.subject) == (Status.CLEAN, first[0].subject)


# Much


def test_memory_stays_flat_over_two_thousand_small_files(store, recipe, tmp_path):
    """The second thousand costs no more than a list of names."""
    source = tmp_path / "in"
    content = put_instance(tmp_path / "a.dcm", PixelData=b"\0" * 8192).read_bytes()
    assert content.count(b".7000.2.1") == 2  # in the meta information and in the dataset
    source.mkdir()
    for number in range(2000):
        new = content.replace(b".7000.2.1", b".7%05d.1" % number)
        (source / f"{number:05d}.dcm").write_bytes(new)
    with store.deidentifier(recipe) as d, d.run(source, into=tmp_path / "out") as work:
        counts, peaks = {}, []
        for outcome in work.outcomes():
            counts[outcome.code] = counts.get(outcome.code, 0) + 1
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert counts == {"": 2000}
    assert peaks[-1] - peaks[len(peaks) // 2] < 32 << 10  # KiB


def test_what_pydicom_logs_stays_inside_even_if_its_level_is_set_again(caplog):
    from deid.pipeline.work import hushed

    logger = logging.getLogger("pydicom")
    level = logger.level
    try:
        with hushed():
            logger.setLevel(logging.DEBUG)
            logging.getLogger("pydicom.pixels.decoders").error("QUUXLEY")
        assert "QUUXLEY" not in caplog.text
        logging.getLogger("pydicom.pixels.decoders").error("heard again")
        assert "heard again" in caplog.text
    finally:
        logger.setLevel(level)
