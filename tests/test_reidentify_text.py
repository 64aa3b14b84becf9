"""The way back for tables and for what a model answered."""

import csv
import json

import pytest

from deid import InputError
from deid.dicom.reidentify import reidentify_json, reidentify_table, reidentify_text
from deid.model import Link
from deid.pipeline.back import reidentify_files
from tests.exports import ZELDA, deid, fast_recipe, new_store, put_instance, put_report, run

LINKS = [
    Link("patient-id", "MRN1", "S-AAAA000011"),
    Link("uid", "1.2.3", "2.25.90000001"),
    Link("uid", "1.2.3.4", "2.25.90000001.4"),
    Link("name", "Müller, Anna", "Horvaris, Kuvina"),
    Link("name", "Müller", "Horvaris"),
    Link("accession", "A-7", "N43-262988"),
    Link("id", "12345", "77"),
    Link("id", "x", "TWO-000001"),
    Link("id", "y", "TWO-000001"),
    Link("date-offset", "-56", ""),
    Link("issuer", "HOSP", ""),
    Link("output", "ab" * 32, "output of S-AAAA000011"),
]


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("Patient S-AAAA000011.", "Patient MRN1."),
        ("See 2.25.90000001.4, not 2.25.90000001.", "See 1.2.3.4, not 1.2.3."),
        ("Horvaris, Kuvina: cyst. Mr. Horvaris's knee.", "Müller, Anna: cyst. Mr. Müller's knee."),
        ("(N43-262988)", "(A-7)"),
        ("S-AAAA000011/N43-262988, MRN:S-AAAA000011", "MRN1/A-7, MRN:MRN1"),
        ("urn:oid:2.25.90000001", "urn:oid:1.2.3"),
        ("77 mm, output of 3 l, Horvariss", "77 mm, output of 3 l, Horvariss"),
        ("TWO-000001", "TWO-000001"),
        ("", ""),
    ],
)
def test_surrogates_that_stand_by_themselves_go_back(text, back):
    assert reidentify_text(text, LINKS).data.decode() == back


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_go_back_whole_and_inside(delimiter):
    rows = [["id", "answer", "n"], ["S-AAAA000011", "S-AAAA000011 has a cyst", ""], ["77", "Horvaris", "3"]]
    table = "".join(delimiter.join(row) + "\n" for row in rows)
    found = reidentify_table(table, LINKS)
    back = list(csv.reader(found.data.decode().splitlines(), delimiter=delimiter))
    assert back == [["id", "answer", "n"], ["MRN1", "MRN1 has a cyst", ""], ["12345", "Müller", "3"]]
    assert (found.restored, found.ambiguous) == (4, 0)


def test_a_table_of_one_column_goes_back():
    assert reidentify_table("subject\nS-AAAA000011\n", LINKS).data.decode().split() == ["subject", "MRN1"]


def test_strings_of_json_go_back_and_stay_json():
    links = [*LINKS, Link("name", 'O"Brien', "Valetar")]
    row = {"subject": "S-AAAA000011", "answer": ["Valetar has 2.25.90000001", 77, None]}
    (back,) = map(json.loads, reidentify_json(json.dumps(row) + "\n", links).data.decode().splitlines())
    assert back == {"subject": "MRN1", "answer": ['O"Brien has 1.2.3', 77, None]}
    two = reidentify_json(json.dumps(row) + "\n" + json.dumps(row), links).data.decode().splitlines()
    assert [json.loads(line) for line in two] == [back, back]
    with pytest.raises(ValueError, match="Expecting"):
        reidentify_json("{nonsense", links)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("back")
    store, recipe = new_store(root / "vault"), fast_recipe(root)
    put_instance(root / "in" / "a.dcm")
    put_report(root / "in" / "r.txt")
    outcomes = run(store, recipe, root / "in", root / "out")
    return store, outcomes[0].subject


def test_a_folder_of_answers_goes_back_and_failures_are_counted(place, tmp_path):
    store, code = place
    results = tmp_path / "results"
    results.mkdir()
    (results / "a.csv").write_bytes(f"patient;Größe\n{code};1,5 µm\n".encode("latin-1"))
    (results / "b.txt").write_text(f"The knee of {code} has a cyst.")
    (results / "c.jsonl").write_text(json.dumps({"subject": code, "answer": "cyst"}) + "\n")
    (results / "d.txt").write_text("Nobody has a cyst.")
    (results / "e.json").write_text(f'{{"{code}')
    (results / "f.txt").symlink_to(results / "b.txt")
    options = ("--reason", "clinic", "--who", "anna", *store.options)
    done = deid("reidentify", results, tmp_path / "back", *options)
    assert done.returncode == 1, done.stderr
    assert "3 files · 3 values went back" in done.stderr
    assert "3 files failed" in done.stderr
    for said in ("1 input-irregular", "1 result-unknown", "1 result-unreadable"):
        assert said in done.stderr
    texts = sorted(path.read_text("utf-8") for path in (tmp_path / "back").iterdir())
    assert all(ZELDA.mrn in text for text in texts)
    assert any("Größe" in text for text in texts)


def test_a_text_that_names_nobody_goes_back_for_the_subject_given(place, tmp_path):
    store, code = place
    (tmp_path / "answer.txt").write_text("A cyst.")
    with store.open() as vault:
        with pytest.raises(InputError, match="--subject"):
            reidentify_files(tmp_path / "answer.txt", tmp_path / "back", vault, reason="x", who="y")
        given = {"reason": "x", "who": "y", "subject": code}
        assert reidentify_files(tmp_path / "answer.txt", tmp_path / "back", vault, **given).files == 1
        given["subject"] = "S-0000000000"
        with pytest.raises(InputError, match="result-unknown"):
            reidentify_files(tmp_path / "answer.txt", tmp_path / "back", vault, **given)
