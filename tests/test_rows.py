"""Rows of reports: streamed, in order, each with a status, whoever works on them."""

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections import ChainMap
from concurrent.futures import Future
from random import Random

import hypothesis
import pytest
from hypothesis import strategies as st

from deid.errors import EngineError
from deid.model import SubjectKey
from deid.pipeline import read_rows
from deid.pipeline.pool import Pool
from deid.pipeline.work import Worker
from tests.exports import fast_recipe, new_store, seen_in

ZELDA = {"PatientName": "QUUXLEY^ZELDABETH", "PatientID": "MRN7730912"}
PROSE = "Mrs. Quuxley was seen on 04/17/2023. No effusion of the left knee, 3 mm cyst."


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return fast_recipe(tmp_path_factory.mktemp("recipe"))


def numbered(count):
    """Rows of nine patients in turn."""
    return [
        {"id": i, "text": f"{PROSE} Study {i}.", "known": {**ZELDA, "PatientID": f"MRN{i % 9}77"}} for i in range(count)
    ]


def made(store, recipe, rows, **options):
    with store.deidentifier(recipe) as d:
        return list(d.rows(rows, **options))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "rows-form"),
        ({"id": 1}, "rows-form"),
        ({"text": PROSE}, "rows-form"),
        ({"id": None, "text": PROSE}, "rows-form"),
        ({"id": ["Quuxley"], "text": PROSE}, "rows-form"),
        ({"id": 1, "text": ["Quuxley"]}, "rows-form"),
        ({"id": 1, "text": PROSE, "known": "Quuxley"}, "rows-form"),
        ({"id": 1, "text": "Quuxley \ud800"}, "text-encoding"),
        ({"id": "\udc80", "text": PROSE}, "text-encoding"),
        ({"id": 1, "text": "{\\rtf1 Quuxley}"}, "text-encoded"),
        ({"id": 1, "text": PROSE, "known": {"x": ["Quuxley"] * 5000}}, "source-too-large"),
        ({"id": 1, "text": "Quuxley " * 1_000_000}, "source-too-large"),
        ("Quuxley", "rows-form"),
    ],
)
def test_a_bad_row_has_a_status_and_a_code_and_the_others_come_through(store, recipe, row, code):
    good = {"id": "good", "text": PROSE, "known": ZELDA}
    bad, after = made(store, recipe, [row, good])
    assert (bad["text"], bad["spans"], bad["status"], bad["code"]) == (None, [], "quarantined", code)
    assert after["status"] == "clean"
    assert seen_in(json.dumps([bad, after])) == []


def test_a_row_without_an_id_has_its_line_and_an_id_that_comes_again_an_alert(store, recipe):
    lines = [b'{"text": "Quuxley"}', b"", b'{"id": true, "text": "a"}', b'{"id": 7, "text": "a", "text": "b"}']
    lines += [b'{"id": 7, "text": "Fine."}', b'{"id": "7", "text": "Fine."}', b'{"id": 7, "text": "Fine."}']
    rows = made(store, recipe, list(read_rows(lines)))
    assert [(row["code"], row["line"]) for row in rows[:3]] == [("rows-form", 1), ("rows-form", 3), ("rows-form", 4)]
    assert [[alert["code"] for alert in row.get("alerts", ())] for row in rows[3:]] == [[], [], ["id-repeated"]]
    assert seen_in(json.dumps(rows)) == []


def test_known_values_come_in_any_form(store, recipe):
    known = {"PatientName": ["QUUXLEY^ZELDABETH", None], "PatientID": 7730912, "x": {"a": ["Bluebottle"], "b": True}}
    (row,) = made(store, recipe, [{"id": 1, "text": "Quuxley, 7730912, Bluebottle: no cyst.", "known": known}])
    assert row["status"] == "clean"
    assert not any(word in row["text"] for word in ("Quuxley", "7730912", "Bluebottle"))
    assert row["subject"] in row["text"]


def test_a_number_in_a_header_line_says_whose_a_row_is(store, recipe):
    with store.open() as vault:
        code = vault.subject(SubjectKey("MRN7730912")).code
    (row,) = made(store, recipe, [{"id": 1, "text": f"MRN: MRN7730912\n\n{PROSE}"}])
    assert row["subject"] == code
    assert f"MRN: {code}" in row["text"]


def test_names_of_an_earlier_row_are_found_in_a_later_run(store, recipe):
    made(store, recipe, [{"id": 1, "text": "No fracture.", "known": ZELDA}])
    text = "seen with quuxley; no fracture."
    with_index, without = made(
        store, recipe, [{"id": 1, "text": text, "known": {"PatientID": "MRN7730912"}}, {"id": 2, "text": text}]
    )
    assert with_index["text"] is None or "quuxley" not in with_index["text"]
    assert any(text[s["start"] : s["end"]] == "quuxley" for s in with_index["spans"])
    assert with_index["subject"] != without["subject"]


@pytest.mark.parametrize(("name", "alerts"), [("row 7", 0), ("GARCIA_0048291_ct", 1), ("0048291", 1)])
def test_an_id_that_identifies_raises_an_alert(store, recipe, name, alerts):
    rows = [{"id": name, "text": "Clear lungs.", "known": {"PatientName": "Garcia^Ana", "PatientID": "0048291"}}]
    (row,) = made(store, recipe, rows)
    assert [a["code"] for a in row.get("alerts", [])].count("id-identifies") == alerts


@pytest.mark.parametrize(
    ("header", "alerts"),
    [
        ("MRN: MRN5550143", 1),
        ("Patient Name: HARKONBY, MARIGOLDA", 1),
        ("Patient Name: QUUXLEY, MARIGOLDA", 1),
        ("MRN: 7730912", 1),
        ("MRN: mrn 7730912", 0),
        ("Patient Name: Quuxley, Zeldabeth", 0),
        ("Patient Name: Quuxly, Z.", 0),
        ("Requested by: Dr. Marigolda Harkonby", 0),
    ],
)
def test_a_row_that_names_another_patient_raises_an_alert(store, recipe, header, alerts):
    (row,) = made(store, recipe, [{"id": 1, "text": f"{header}\n\nNo fracture.", "known": ZELDA}])
    assert [a["code"] for a in row.get("alerts", [])].count("wrong-patient") == alerts


BORN = {**ZELDA, "PatientBirthDate": "19470312"}


@pytest.mark.parametrize(
    ("known", "text", "alerts"),
    [
        (ZELDA, "Patient: Marigolda Harkonby MRN 5561230. Right lung clear.", 1),
        (ZELDA, "CT head of MARIGOLDA HARKONBY MRN 99120034 DOB 01/02/1933", 1),
        (ZELDA, "Dear Dr Ashgrove,\nRe: Mrs Marigolda HARKONBY  DOB: 19/07/1962\nNormal.", 1),
        (BORN, "Patient Name: Zeldabeth Quuxley\nDOB: 19/07/1962\nNormal", 1),
        (BORN, "Patient Name: Zeldabeth Quuxley\nDOB: 12/03/1947\nNormal", 0),
        ({**BORN, "PatientBirthDate": "19300509"}, "CT chest. DOB 09-May-30. Clear.", 0),
        (BORN, "CT chest. DOB 12/03/47. Mother's DOB: 19/07/1922.", 0),
        ({**ZELDA, "AccessionNumber": "ACC88231907"}, "Accession: ACC999\nNormal", 1),
        ({**ZELDA, "AccessionNumber": "ACC88231907"}, "Accession: ACC 88231907\nNormal", 0),
        ({**ZELDA, "AccessionNumber": "ACC88231907"}, "Accession: ACC999\nZeldabeth Quuxley. Normal", 0),
        ({**ZELDA, "AccessionNumber": "ACC88231907"}, "Compared with accession ACC999. Normal", 0),
        (ZELDA, "Mother Marigolda Harkonby, MRN 5561230. Normal.", 0),
        (ZELDA, "Compared with outside MRN 5561230; MRN MRN7730912 is clear.", 0),
        ({"PatientName": "Quuxley^Zeldabeth", "serial": "88321"}, "Zeldabeth Quuxley. MRN 44-71-982. Clear.", 0),
    ],
)
def test_a_text_that_names_another_patient_anywhere_raises_an_alert(store, recipe, known, text, alerts):
    (row,) = made(store, recipe, [{"id": 1, "text": text, "known": known}])
    assert [a["code"] for a in row.get("alerts", [])].count("wrong-patient") == alerts


def test_a_stranger_in_the_text_never_becomes_the_subject(store, recipe):
    own = "Zeldabeth Quuxley, MRN MRN7730912."
    strange = "Patient: Marigolda Harkonby\nMRN: 5561230\nClear lungs of Marigolda Harkonby."
    rows = [{"id": i, "text": text, "known": ZELDA} for i, text in enumerate((own, strange))]
    mine, other = made(store, recipe, rows)
    assert mine["status"] == other["status"] == "clean"
    assert mine["subject"] in mine["text"]
    assert mine["subject"] not in other["text"]
    assert not any(word in other["text"] for word in mine["text"].split(",")[0].split())


def test_rows_of_nobody_are_refused_where_the_recipe_says_so(store, tmp_path):
    strict = fast_recipe(tmp_path, text="{unlinked: refuse}")
    one, two = made(store, strict, [{"id": 1, "text": PROSE}, {"id": 2, "text": PROSE, "known": ZELDA}])
    assert (one["status"], one["code"], one["text"]) == ("refused", "report-unlinked", None)
    assert two["status"] == "clean"


def test_one_row_on_which_the_engine_breaks_is_withheld_alone(store, recipe, monkeypatch):
    from deid.text import Finder

    find_many = Finder.find_many

    def breaking(self, passages, subjects=None):
        if any("sarcoidosis" in p.text for p in passages):
            raise ZeroDivisionError("Quuxley")
        return find_many(self, passages, subjects)

    monkeypatch.setattr(Finder, "find_many", breaking)
    rows = [{"id": i, "text": t} for i, t in enumerate(("No fracture.", "Quuxley: sarcoidosis.", "No cyst."))]
    done = made(store, recipe, rows)
    assert [r["status"] for r in done] == ["clean", "quarantined", "clean"]
    assert done[1]["code"] == "internal"
    assert seen_in(json.dumps(done)) == []


def test_processes_give_the_same_rows_in_the_same_order(tmp_path, recipe):
    rows = numbered(70)
    rows[65] = {"line": 65}
    store = new_store(tmp_path / "one")
    alone = made(store, recipe, rows)
    assert [r["id"] for r in alone] == [*range(65), None, *range(66, 70)]
    # Another vault draws other surrogates, so only what was found is compared.
    others = made(new_store(tmp_path / "two"), recipe, rows, workers=2)
    assert [(r["id"], r["spans"], r["status"]) for r in others] == [(r["id"], r["spans"], r["status"]) for r in alone]


def _whose(_worker, job):
    return job, os.getpid()


def _die(worker, job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_blanks_of_any_kind_separate_words(store, recipe):
    text = "Seen by Dr.\u00a0Quillon\u00a0Marchbanks on\u202f04/17/2023, 3\u00a0mm cyst."
    (row,) = made(store, recipe, [{"id": 1, "text": text}])
    assert row["status"] == "clean"
    assert not any(word in row["text"] for word in ("Quillon", "Marchbanks", "04/17/2023"))
    assert row["text"].endswith("3\u00a0mm cyst.")


def test_a_process_that_is_killed_ends_the_work_with_a_code(store, recipe):
    with store.deidentifier(recipe) as d:
        pool = Pool(d.worker, 2)
        with pytest.raises(EngineError) as caught:
            list(pool.do(_die, range(3)))
        pool.close()
    assert caught.value.code == "worker-died"


def test_a_process_gets_the_jobs_that_are_kin_and_results_keep_their_order(store, recipe):
    jobs = [(kin, number) for kin in "abcde" for number in range(3)]
    with store.deidentifier(recipe) as d:
        pool = Pool(d.worker, 2)
        done = list(pool.do(_whose, jobs, kin=lambda job: job[0]))
        pool.close()
    assert [job for job, _ in done] == jobs
    processes = {kin: {process for (one, _), process in done if one == kin} for kin in "ab"}
    assert len(processes["a"]) == len(processes["b"]) == 1
    assert processes["a"] != processes["b"]


class _WhenWaitedFor:
    """Does what it is given when somebody waits, not at once."""

    def __init__(self):
        self.todo = {}

    def submit(self, do, task, job):
        future = Future()
        self.todo[future] = (do, task, job)
        return future

    def shutdown(self, **_):
        pass


@hypothesis.given(kin=st.lists(st.sampled_from("abc"), max_size=60), order=st.randoms(use_true_random=False))
@hypothesis.example(kin=list("abc" + 20 * "ab"), order=Random(1))
def test_no_job_waits_for_ever_for_a_process_that_has_its_kin(kin, order):
    executors = [_WhenWaitedFor() for _ in range(2)]
    todo = ChainMap(*(e.todo for e in executors))

    def waited(futures, **_):
        held = [future for future in futures if not future.done()]
        assert held, "nothing is under way, and something is waited for"
        for future in order.sample(held, order.randint(1, len(held))):
            do, task, job = todo[future]
            future.set_result(do(task, job))

    jobs = list(enumerate(kin))
    pool = Pool(None, 2)
    pool._executors = executors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deid.pipeline.pool.wait", waited)
        patch.setattr("deid.pipeline.pool._do", lambda _, job: job)
        assert list(pool.do(None, jobs, kin=lambda job: job[1])) == jobs


def test_rows_are_streamed(store, recipe, monkeypatch):
    """Fifty thousand rows pass without being held, and the first come out before the last were read."""
    from deid.pipeline import rows as module

    def pass_on(worker, chunk):
        return [module._Done({"id": row.name, "subject": ""}) for row in chunk]

    monkeypatch.setattr(module, "_clean_chunk", pass_on)
    read = 0

    def source():
        nonlocal read
        for read in range(50_000):
            yield {"line": read}

    with store.deidentifier(recipe) as d:
        stream = d.rows(source())
        next(stream)
        assert read < 1000
        tracemalloc.start()
        count = sum(1 for _ in stream)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 49_999
    assert peak < 4 << 20


def test_lines_are_read_as_utf_8_with_or_without_a_mark():
    lines = ['\ufeff{"id": 1, "text": "ä\u2028b"}\r\n'.encode(), b"\n", b'{"id": 2}']
    assert list(read_rows(lines)) == [{"id": 1, "text": "ä\u2028b", "line": 1}, {"id": 2, "line": 3}]


def test_rows_that_are_killed_leave_no_output_and_run_again_to_the_same(tmp_path, store, recipe):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = numbered(200)
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code = "from deid.cli import main; main()"
    command = [sys.executable, "-c", code, "report", source, "--out", out, "--recipe", recipe, *store.options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        part = out.with_name("out.jsonl.part")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        running.kill()
    assert part.exists()
    assert not out.exists()
    assert subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
    first = out.read_bytes()
    assert not part.exists()
    assert [json.loads(line)["id"] for line in first.splitlines()] == list(range(200))
    subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
    assert out.read_bytes() == first


def test_a_worker_that_has_worked_can_be_sent_to_a_process(store, recipe):
    with store.deidentifier(recipe) as d:
        assert isinstance(d.worker, Worker)
        list(d.rows([{"id": 1, "text": PROSE}]))
        assert len(list(d.rows([{"id": 1, "text": PROSE}], workers=2))) == 1


def test_our_own_output_given_again_comes_out_as_it_came_in(store, recipe):
    rows = [{"id": i, "text": f"{PROSE} Study {i}.", "known": {**ZELDA, "PatientID": f"MRN{i}77"}} for i in range(3)]
    first = made(store, recipe, rows)
    bare = [{"id": row["id"], "text": f"{row['text']}\n"} for row in first]
    named = [{"id": row["id"], "text": row["text"], "known": {"PatientID": row["subject"]}} for row in first]
    for given in (bare, named):
        second = made(store, recipe, given)
        assert [row["text"] for row in second] == [row["text"] for row in given]
        assert [row["subject"] for row in second] == [row["subject"] for row in first]
        assert all(row["alerts"][0]["code"] == "own-output" for row in second)
    with store.deidentifier(recipe) as d:
        again = d.report(first[0]["text"])
        assert (again.text, again.subject) == (first[0]["text"], first[0]["subject"])


def test_an_output_said_to_be_another_patients_is_read_like_any_text(store, recipe):
    (first,) = made(store, recipe, [{"id": 1, "text": PROSE, "known": ZELDA}])
    other = {"PatientName": "HARKONBY^MARIGOLDA", "PatientID": "MRN5550143"}
    (second,) = made(store, recipe, [{"id": 1, "text": first["text"], "known": other}])
    assert second["subject"] != first["subject"]
    assert not [a for a in second.get("alerts", []) if a["code"] == "own-output"]


def test_a_text_without_identifiers_belongs_to_whoever_gives_it(store, recipe):
    text = "No fracture. No effusion."
    one, two = (
        made(store, recipe, [{"id": 1, "text": text, "known": {"PatientID": n}}])[0] for n in ("MRN11", "MRN12")
    )
    assert one["text"] == two["text"] == text
    assert one["subject"] != two["subject"]
