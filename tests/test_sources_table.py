"""CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deid.errors import InputError, RecipeError
from deid.sources import ReportUnit, assemble, plan_fields, read_report_bytes, read_reports, visible_text
from deid.surrogates import PersonSurrogate, Surrogates

READY = Path(__file__).resolve().parents[1] / "sample_data" / "ready" / "export" / "reports"
SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))


def kept(unit: ReportUnit) -> bytes:
    return unit.rebuild({key: [] for key in unit.passages}, {key: field.value for key, field in unit.fields.items()})


def emptied(unit: ReportUnit) -> bytes:
    return unit.rebuild(dict.fromkeys(unit.passages, ""), plan_fields(unit, SUBJECT).values)


def test_columns_are_handled_by_what_they_are() -> None:
    unit = read_report_bytes(
        b'mrn,Patient Name,DOB,age,Exam Date,report\n123,"Doe, Jane",1931-01-01,93,2023-03-14,Fine.\n'
    )[0]
    assert unit.key.patient_id == "123"
    assert kept(unit).startswith(b"mrn,Patient Name")
    values = plan_fields(unit, SUBJECT).values
    assert list(values.values()) == ["S-TEST01", "Aldermont, Kim", "", "90", "2022-12-04"]


def test_a_mapping_comes_before_the_names() -> None:
    unit = read_report_bytes(
        b"a,b,c\n1,Doe,free text here\n", "csv", mapping={"a": "PatientID", "b": "PatientName", "c": "report"}
    )[0]
    assert unit.key.patient_id == "1"
    assert [passage.origin for passage in unit.passages.values()] == ["report"]


def test_a_mapping_to_nothing_that_exists_is_an_error() -> None:
    with pytest.raises(RecipeError, match="recipe-column"):
        read_report_bytes(b"a,b\n1,2\n", "csv", mapping={"a": "PatientIDs"})


def test_columns_without_a_meaning_are_searched() -> None:
    unit = read_report_bytes(b"mrn,report,zzz\n1,Fine.,Doe\n")[0]
    assert [passage.text for passage in unit.passages.values()] == ["Fine.", "Doe"]


def test_rows_are_joined_under_one_header() -> None:
    path = READY / "addenda_2022_2024.csv"
    units = read_reports(path)
    assert assemble("csv", [kept(unit) for unit in units]) == path.read_bytes()


def test_two_columns_of_one_name_are_both_read() -> None:
    unit = read_report_bytes(b"mrn\treport\treport\n1\tfirst of Doe\tsecond of Doe\n")[0]
    assert [passage.text for passage in unit.passages.values()] == ["first of Doe", "second of Doe"]
    assert emptied(unit) == b"mrn\treport\treport\nS-TEST01\t\t\n"


def test_a_byte_order_mark_does_not_come_between_rows() -> None:
    units = read_report_bytes("mrn,report\n1,Größe\n2,b\n".encode("utf-8-sig"))
    assert [unit.key.patient_id for unit in units if unit.key] == ["1", "2"]
    assert assemble("csv", [kept(unit) for unit in units]) == "mrn,report\n1,Größe\n2,b\n".encode()


def test_a_changed_cell_is_quoted_where_it_must_be() -> None:
    unit = read_report_bytes(b"mrn;report\n1;plain\n")[0]
    out = unit.rebuild({"c1": 'a;"b"\nc'}, plan_fields(unit, SUBJECT).values)
    assert next(iter(list(csv.reader(io.StringIO(out.decode(), newline=""), delimiter=";"))[1:])) == [
        "S-TEST01",
        'a;"b"\nc',
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"mrn,report\n1,a,b\n", "csv-width"),
        (b'mrn,report\n1,"a\n', "csv-quoting"),
        (b'mrn,report\n1,"a"b\n', "csv-quoting"),
        (b"x,y\n1,2\n", "csv-header"),
        (b"mrn,report\n" + b"1," + b"a" * 200_000 + b"\n", "csv-quoting"),
        (b"mrn,report\n", "source-empty"),
        (b"mrn,report\n1,\x81\n", "text-encoding"),
    ],
)
def test_malformed_tables_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "csv")
    assert error.value.code == code


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_is_rebuilt_as_it_was(rows: list[tuple[str, str, str]], delimiter: str, ending: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=ending)
    writer.writerow(["mrn", "report", "other"])
    writer.writerows(rows)
    data = buffer.getvalue().encode()
    assert assemble("csv", [kept(unit) for unit in read_report_bytes(data, "csv")]) == data


@given(st.integers(0, 5), CELL.filter(str.strip))
def test_a_value_planted_in_any_column_vanishes(column: int, other: str) -> None:
    row = [other.replace("Quillfeather", "")] * 6
    row[column] = "Quillfeather"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["mrn", "name", "dob", "study date", "report", "strange"], row])
    assert b"Quillfeather" not in emptied(read_report_bytes(buffer.getvalue().encode(), "csv")[0])


def test_objects_are_taken_apart_at_any_depth() -> None:
    row = {
        "patient": {"mrn": 40718253, "name": "Doe, Jane"},
        "studies": [{"accession": "A-1234", "report": "Ms. Doe."}],
    }
    unit = read_report_bytes(json.dumps(row).encode())[0]
    assert (unit.key.patient_id, unit.accession) == ("40718253", "A-1234")
    out = json.loads(emptied(unit))
    assert out["patient"] == {"mrn": "S-TEST01", "name": "Aldermont, Kim"}
    assert out["studies"][0]["report"] == ""


def test_known_values_beside_a_text_are_known_and_not_written() -> None:
    row = {"text": "Fine.", "known": {"PatientName": "Doe^Jane", "whatever": "Zed"}}
    unit = read_report_bytes(json.dumps(row).encode())[0]
    assert {(known.source, known.value) for known in unit.known} == {("PatientName", "Doe^Jane"), ("whatever", "Zed")}
    assert json.loads(kept(unit)) == {"text": "Fine."}


def test_a_key_that_holds_a_value_is_renamed() -> None:
    out = kept(read_report_bytes(b'{"text": "a", "Doe, Jane 40718253": "b"}')[0])
    assert json.loads(out) == {"text": "a", "column_1": "b"}


def test_an_array_of_objects_becomes_lines() -> None:
    units = read_report_bytes(b'[\n {"text": "a"},\n {"text": "b"}\n]')
    assert assemble("jsonl", [kept(unit) for unit in units]) == b'{"text": "a"}\n{"text": "b"}\n'
    assert "a" in visible_text("jsonl", kept(units[0]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"text": "a"}\n{broken\n', "json-syntax"),
        (b'{"text": NaN}', "json-syntax"),
        (b'{"mrn": 1, "more": {"text": "a", "text": "b"}}', "json-key-twice"),
        (b'{"text": "a"}\n[1]\n', "json-not-an-object"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "json-too-deep"),
        (b'{"a":' * 100_000, "json-too-deep"),
        (b'{"mrn": ' + b"9" * 5000 + b"}", "json-syntax"),
    ],
)
def test_malformed_objects_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "jsonl")
    assert error.value.code == code


LEAF = st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text(max_size=10))


@given(
    st.recursive(
        LEAF,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
        max_leaves=8,
    )
)
def test_an_object_is_rebuilt_as_it_was(value: object) -> None:
    row = {"text": "x", "more": value}
    assert json.loads(kept(read_report_bytes(json.dumps(row).encode(), "jsonl")[0])) == row
