"""Whatever bytes come: a reader gives units or refuses with a code that quotes nothing."""

from __future__ import annotations

import contextlib
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deid.errors import DeidError, InputError
from deid.sources import discover, read_report_bytes, read_reports
from deid.sources.discover import kind_of_bytes
from deid.sources.readers import READERS
from tests.test_sources_cda import DOCUMENT
from tests.test_sources_documents import TABLE, letter, parquet, sample_pdf, saved
from tests.test_sources_fhir import BUNDLE

READY = Path(__file__).resolve().parents[1] / "sample_data" / "ready" / "export" / "reports"
SAMPLES = {
    "text": (READY / "SMITH_JOHN_A23-004411.txt").read_bytes(),
    "hl7": (READY / "ORU_SMITH_NG_20231021.hl7").read_bytes(),
    "csv": (READY / "addenda_2022_2024.csv").read_bytes(),
    "jsonl": b'{"mrn": "1", "report": "Fine.", "more": [1, {"a": null}]}\n{"mrn": "2"}\n',
    "fhir": json.dumps(BUNDLE).encode(),
    "cda": DOCUMENT.encode(),
    "html": b"<html><body><p>MRN: 1</p><table><tr><td>a</td></tr></table></body></html>",
    "pdf": sample_pdf(),
    "docx": saved(letter()),
    "parquet": parquet(TABLE),
}

EDIT = st.tuples(
    st.sampled_from(["cut", "flip", "insert", "repeat"]), st.floats(0, 1), st.binary(min_size=1, max_size=8)
)


def mutated(data: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    for how, where, piece in edits:
        at = int(where * len(data))
        if how == "cut":
            data = data[:at]
        elif how == "flip":
            data = data[:at] + piece + data[at + len(piece) :]
        elif how == "insert":
            data = data[:at] + piece + data[at:]
        else:
            data = data[:at] + data[at : at + 64] * 3 + data[at:]
    return data


@pytest.mark.parametrize("kind", sorted(READERS))
def test_every_kind_has_a_sample_and_its_units_travel(kind: str) -> None:
    for unit in read_report_bytes(SAMPLES[kind], kind):
        again = pickle.loads(pickle.dumps(unit))
        new = {key: passage.text for key, passage in again.passages.items()}
        assert again.rebuild(new, {key: field.value for key, field in again.fields.items()})
        shown = f"{unit!r}{unit.passages!r}{unit.fields!r}{unit.known!r}{unit.body!r}{unit.key!r}"
        for secret in ("Smith", "SMITH", "40718253", "Hand"):
            assert secret not in shown


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(READERS)), st.lists(EDIT, min_size=1, max_size=3))
def test_damaged_documents_give_units_or_a_code(kind: str, edits: list[tuple[str, float, bytes]]) -> None:
    data = mutated(SAMPLES[kind], edits)
    kind_of_bytes(data)
    try:
        units = read_report_bytes(data, kind)
    except DeidError as error:
        message = str(error)
    else:
        message = ""
        for unit in units:
            unit.rebuild(dict.fromkeys(unit.passages, ""), dict.fromkeys(unit.fields, ""))
    assert "Smith" not in message
    assert "40718253" not in message


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200))
def test_any_bytes_give_units_or_a_code(kind: str, data: bytes) -> None:
    kind_of_bytes(data)
    with contextlib.suppress(DeidError):
        read_report_bytes(data, kind)


def test_an_unreadable_or_missing_file_is_refused_without_its_name(tmp_path: Path) -> None:
    path = tmp_path / "SMITH_JOHN.txt"
    path.write_text("Fine.")
    source = next(discover(path))
    path.unlink()
    with pytest.raises(InputError) as error:
        read_reports(source)
    assert error.value.code == "source-unreadable"
    assert "SMITH" not in str(error.value)
    assert next(discover(path)).kind == "other"


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deid.sources.readers.LIMIT_BYTES", 100)
    with pytest.raises(InputError, match="source-too-large"):
        read_report_bytes(b"a" * 101, "text")


def test_a_date_that_no_calendar_has_makes_a_table_unreadable() -> None:
    import pyarrow as pa

    table = parquet({"mrn": ["1"], "day": pa.array([10**9], pa.int32()).cast(pa.date32())})
    with pytest.raises(InputError, match="parquet-syntax"):
        read_report_bytes(table)


def test_a_part_that_cannot_be_inflated_is_a_damaged_package() -> None:
    data = bytearray(SAMPLES["docx"])
    for at in range(200, 600):
        data[at] = 0xFF
    with pytest.raises(InputError, match="docx-zip"):
        read_report_bytes(bytes(data), "docx")
