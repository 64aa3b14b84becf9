"""The sample export: what it must hold, and that its answer key tells the truth."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pydicom
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sample_data import make as sample_make  # noqa: E402
from sample_data.key import AnswerKey, plain  # noqa: E402
from sample_data.objects import Writer  # noqa: E402

READY = ROOT / "sample_data" / "ready"
KEY = json.loads((READY / "answer_key.json").read_text("utf-8"))
DICOM = [entry for entry in KEY["files"] if entry["kind"] == "dicom"]


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_committed_set_is_small() -> None:
    assert sum(path.stat().st_size for path in READY.rglob("*") if path.is_file()) < 10_000_000


def test_every_file_of_the_export_is_in_the_key() -> None:
    assert {entry["file"] for entry in KEY["files"]} == set(tree(READY / "export"))


def test_the_script_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        writer = Writer(tmp_path / name, AnswerKey())
        sample_make.portable_chest(writer)
        sample_make.documents(writer)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.slow
def test_the_committed_set_is_what_the_script_writes(tmp_path: Path) -> None:
    sample_make.make(tmp_path)
    assert json.loads((tmp_path / "answer_key.json").read_text("utf-8")) == KEY
    fresh, ready = tree(tmp_path / "export"), tree(READY / "export")
    assert fresh.keys() == ready.keys()
    for name, content in fresh.items():
        if "/reports/" in name or name.startswith("reports/"):
            assert content == ready[name]
            continue
        one, two = (pydicom.dcmread(io.BytesIO(raw)) for raw in (content, ready[name]))
        for dataset in (one, two):  # codecs of another version may code the same picture otherwise
            dataset.pop("PixelData", None)
        assert one == two


def test_modalities_and_encodings_are_there() -> None:
    assert {entry["modality"] for entry in DICOM} >= {"CT", "MR", "CR", "DX", "MG", "US", "OT", "SR", "DOC"}
    syntaxes = {entry["transfer_syntax"] for entry in DICOM}
    assert {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"} <= syntaxes
    assert "1.2.840.10008.1.2.4.90" in syntaxes
    assert len(KEY["patients"]) >= 8


def test_one_patient_has_two_identifiers_at_two_sites() -> None:
    two = [patient for patient in KEY["patients"] if len(patient["keys"]) == 2]
    assert len(two) == 1
    assert len({issuer for _, issuer in two[0]["keys"]}) == 2


def test_intervals_are_those_of_the_study_dates() -> None:
    smith = next(patient for patient in KEY["patients"] if patient["id"] == "P01")
    assert smith["intervals_days"] == [98]


@pytest.mark.parametrize("entry", DICOM, ids=lambda entry: entry["sop_instance_uid"])
def test_planted_header_values_stand_where_the_key_says(entry: dict[str, str]) -> None:
    raw = (READY / "export" / entry["file"]).read_bytes()
    dataset = pydicom.dcmread(io.BytesIO(raw))
    if "PixelData" in dataset:
        assert dataset.pixel_array.size > 0
    for planted in KEY["identifiers"]:
        for place in planted["places"]:
            if place["file"] != entry["file"] or not place["where"].startswith("(") or "text layer" in place["where"]:
                continue
            if "Title" in place["where"] or "words" in place or "[" in place["where"]:
                continue
            group, element = place["where"][1:10].split(",")
            holder = dataset.file_meta if group == "0002" else dataset
            assert planted["value"] in str(holder[int(group + element, 16)].value) or any(
                planted["value"].encode(charset, "replace") in raw for charset in ("utf-8", "latin-1")
            )


def test_spans_of_the_key_cut_the_values_out_of_the_texts() -> None:
    texts = {
        e["file"]: (READY / "export" / e["file"]).read_bytes().decode("utf-8")
        for e in KEY["files"]
        if e["kind"] == "text"
    }
    places = [(entry["value"], place) for entry in KEY["identifiers"] for place in entry["places"]]
    places += [(entry["value"], entry) for entry in KEY["keep"]]
    spans = [(value, place) for value, place in places if "span" in place]
    assert len(spans) > 150
    for value, place in spans:
        start, end = place["span"]
        assert texts[place["file"]][start:end] == value


def test_marks_are_taken_out_and_located() -> None:
    text, marks = plain("Dr. [[STAFF|Berg]] saw [[KEEP|Crohn disease]].")
    assert text == "Dr. Berg saw Crohn disease."
    assert [(mark.kind, text[mark.start : mark.end]) for mark in marks] == [
        ("STAFF", "Berg"),
        ("KEEP", "Crohn disease"),
    ]
