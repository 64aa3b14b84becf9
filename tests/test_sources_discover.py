"""Files are found and told apart by what they hold; plain text gives hints; fields become surrogates."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deid.errors import InputError
from deid.model import Action, Category, Edit, Role, SubjectKey
from deid.sources import Field, ReportUnit, Source, discover, plan_fields, read_report_bytes, read_reports, shift_date
from deid.sources.discover import kind_of_bytes
from deid.sources.plain import header_hints
from deid.surrogates import PersonSurrogate, Surrogates

READY = Path(__file__).resolve().parents[1] / "sample_data" / "ready" / "export"
SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))


def docx() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0" * 128 + b"DICM\x02\x00", "dicom"),
        (b"\0" * 128 + b"DICM" + b"1.2.840.10008.1.3.10\0", "dicomdir"),
        (b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", "dicom"),
        (b"\x08\x00\x00\x00\x04\x00\x00\x00\x10\x00\x00\x00", "dicom"),
        (b"%PDF-1.7\n", "pdf"),
        (b"PAR1\0\0", "parquet"),
        (docx(), "docx"),
        (b"PK\x03\x04broken", "other"),
        (docx()[:-20], "docx"),
        (b"MSH|^~\\&|RIS\r", "hl7"),
        (b"\x0bMSH|^~\\&|RIS\r", "hl7"),
        (b"\xef\xbb\xbfMSH|^~\\&|RIS\r", "hl7"),
        (b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>', "cda"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "fhir"),
        (b'<?xml version="1.0"?><other/>', "other"),
        (b'{"resourceType": "Bundle"}', "fhir"),
        (b'{\n  "resourceType": "Bundle"\n}', "fhir"),
        (b'{"text": "a"}\n{"text": "b"}\n', "jsonl"),
        (b'[{"text": "a"}]', "jsonl"),
        (b"mrn,report\n1,a\n", "csv"),
        (b"mrn,report,report\n1,a,b\n", "csv"),
        (b"Report; Report\nNo nodule; no effusion\n", "text"),
        (b"PatientID\tReport Text\n1\ta\n", "csv"),
        (b"CT CHEST\nNo nodule, no effusion.\n", "text"),
        ("Größe 3 cm".encode("cp1252"), "text"),
        ("Größe 3 cm".encode("utf-16"), "text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "other"),
        (b"", "other"),
        (b"   \n", "other"),
        (b"{\\rtf1\\ansi Sm\\'edth}", "other"),
        (b"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nAAAA\n", "other"),
        (b"<!DOCTYPE html><html><body>Report</body></html>", "html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "other"),
        (b"<50 % stenosis of the left ICA", "text"),
        (b"<non-specific> finding", "text"),
    ],
)
def test_kinds_are_told_from_the_content(data: bytes, kind: str) -> None:
    assert kind_of_bytes(data) == kind


def test_the_sample_export_is_recognised_whatever_the_names() -> None:
    kinds = Counter(source.kind for source in discover(READY))
    assert kinds == {"dicom": 27, "text": 10, "hl7": 1, "csv": 1, "fhir": 1, "cda": 1}


def test_links_and_pipes_are_reported_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("Doe")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("Fine.")
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    found = [(source.path.name, source.kind) for source in discover(root)]
    assert found == [
        ("a.txt", "text"),
        ("folder", "irregular"),
        ("link.txt", "irregular"),
        ("loop", "irregular"),
        ("pipe", "irregular"),
    ]


def test_a_source_does_not_show_its_name() -> None:
    assert "SMITH" not in repr(Source(Path("SMITH_JOHN.txt"), "text"))


def test_header_lines_give_hints() -> None:
    hints = header_hints(
        "RADIOLOGY REPORT\nPatient Name: SMITH, JOHN A.   MRN: 1234567  DOB: 01/02/1950\n"
        "Accession No: A-12345 | Sex: F\n"
        "Referring Physician: Dr. Anna Berg\nPatient: comfortable throughout\n"
    )
    assert hints.key is not None
    assert hints.key.patient_id == "1234567"
    assert (hints.accession, hints.sex) == ("A-12345", "F")
    assert {known.value for known in hints.known} >= {"SMITH, JOHN A.", "1234567", "01/02/1950", "Dr. Anna Berg"}
    assert not any("comfortable" in known.value for known in hints.known)


@pytest.mark.parametrize(
    "line",
    [
        "Patient: comfortable throughout",
        "Requested by: Emergency Department",
        "Mother: Breast Cancer",
        "Site: left breast",
        "Location: right lower lobe",
        "Unit: mm",
        "DOB: unknown",
        "Phone: none",
        "MRN: see above",
        "Radiologist: same",
    ],
)
def test_a_clinical_word_after_a_label_is_no_identifier(line: str) -> None:
    assert header_hints(line).known == ()


@pytest.mark.parametrize(
    "line", ["MRN: 943 476 5919", "Scan of Ann (MRN 943 476 5919; SSN 472-88-4450)", "our ID 943 476 5919, seen"]
)
def test_a_number_in_groups_is_one_number(line: str) -> None:
    key = header_hints(line).key
    assert key is not None
    assert key.patient_id == "943 476 5919"
    assert header_hints(line.replace("943 476 5919", "1234 2020")).key == SubjectKey("1234")


def test_two_patient_numbers_make_no_key() -> None:
    assert header_hints("MRN: 111111\nMRN: 222222\n").key is None


def test_a_letter_names_its_patient_in_a_sentence() -> None:
    unit = read_reports(READY / "reports" / "us_ob_61002377.txt")[0]
    assert unit.key is not None
    assert (unit.key.patient_id, unit.accession) == ("61002377", "A23-077120")


def test_the_sample_reports_name_their_patient_and_study() -> None:
    unit = read_reports(READY / "reports" / "SMITH_JOHN_A23-004411.txt")[0]
    assert unit.key is not None
    assert (unit.key.patient_id, unit.accession) == ("40718253", "A23-004411")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip))
def test_text_is_rebuilt_as_it_was(text: str) -> None:
    data = text.encode()
    assert read_report_bytes(data, "text")[0].rebuild({"text": []}, {}) == data


def test_a_surrogate_that_the_encoding_lacks_makes_it_utf8() -> None:
    unit = read_report_bytes("Größe".encode("cp1252"), "text")[0]
    assert unit.rebuild({"text": [Edit(0, 1, "山")]}, {}).decode() == "山röße"


def test_an_undecided_passage_is_an_error() -> None:
    unit = read_report_bytes(b"Fine.", "text")[0]
    with pytest.raises(ValueError, match="decided"):
        unit.rebuild({}, {})


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "source-empty"), (b"\x81\x8d", "text-encoding"), (b"a\0b", "text-encoding")]
)
def test_what_is_no_text_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "text")
    assert error.value.code == code


@pytest.mark.parametrize(
    "hidden",
    [
        "{\\rtf1 Sm\\'edth}",
        "JVBERi0xLjQK" * 3,
        "QUJD" * 100,
        "\n".join(["QUJDREVGR0hJ" * 6] * 5),
        "Content-Transfer-Encoding: quoted-printable\nSm=69th",
    ],
)
def test_text_that_hides_another_document_does_not_pass(hidden: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(hidden.encode(), "text")
    assert error.value.code == "text-encoded"
    row = read_report_bytes(json.dumps({"mrn": "1", "report": hidden, "other": hidden}).encode())[0]
    assert row.alerts == ("attachment-removed", "attachment-removed")
    assert not row.passages
    escaped = hidden.replace("\\", "\\E\\").replace("\n", "\\.br\\")
    message = read_report_bytes(f"MSH|^~\\&|R|H|||2023||ORU|1|P|2.5\rOBX|1|TX|R||{escaped}\r".encode())[0]
    assert "attachment-removed" in message.alerts
    assert escaped.encode() not in message.rebuild(
        {key: [] for key in message.passages}, dict.fromkeys(message.fields, "")
    )


def test_a_page_keeps_its_elements_and_loses_the_rest() -> None:
    page = "<html><head><title>Smith</title></head><body onload='x'><p>MRN: 40718253</p>"
    page += "<p>Mr. <b>Smi</b>th<img src='smith.png'></p></body></html>"
    unit = read_report_bytes(page.encode())[0]
    assert unit.key is not None
    at = unit.text.index("Smith")
    out = unit.rebuild({"text": [Edit(at, at + 5, "Berg")]}, {}).decode()
    assert "<p>Mr. <b>Berg</b></p>" in out
    assert "smith" not in out.lower()


@pytest.mark.parametrize("content", [b"", b"  \n\n "])
def test_a_file_of_nothing_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="source-empty"):
        read_reports(path)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="source-kind"):
        read_report_bytes(b"\x89PNG\0")


@pytest.mark.parametrize(
    ("value", "days", "expected"),
    [
        ("20240131", 1, "20240201"),
        ("20240131081500.000+0100", -31, "20231231081500.000+0100"),
        ("2024-01-31T08:15:00Z", 1, "2024-02-01T08:15:00Z"),
        ("1/31/2024", 1, "2/1/2024"),
        ("01/31/2024", 1, "02/01/2024"),
        ("31.01.2024 08:15", 1, "01.02.2024 08:15"),
        ("2024", 1, ""),
        ("202401", 1, ""),
        ("20241340", 1, ""),
        ("Doe", 1, ""),
        ("20240131 Doe", 1, ""),
    ],
)
def test_dates_are_shifted_as_they_were_written(value: str, days: int, expected: str) -> None:
    assert shift_date(value, days) == expected


def test_the_language_says_which_number_is_the_day() -> None:
    assert shift_date("03/04/2024", 1) == "03/05/2024"
    assert shift_date("03/04/2024", 1, day_first=True) == "04/04/2024"
    rows = b"mrn,report,Untersuchungsdatum\n1,Kein Befund.,03/04/2024\n"
    unit = read_report_bytes(rows, "csv", language="de")[0]
    assert "25/12/2023" in plan_fields(unit, SUBJECT).values.values()


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("20240131", "2024"),
        ("202401310815+0100", "2024"),
        ("2024-01-31T08:15:00Z", "2024"),
        ("31.01.2024", "2024"),
        ("2024", "2024"),
        ("Doe", ""),
    ],
)
def test_a_recipe_of_years_keeps_the_year_alone(value: str, year: str) -> None:
    body = read_report_bytes(b"x", "text")[0].body
    field = Field(value, Category.DATE, Role.STUDY, action=Action.SHIFT, form="date")
    birth = Field(value, Category.DATE, Role.PATIENT, keyword="PatientBirthDate")
    unit = ReportUnit(0, "text", ".txt", {}, body, {"a": field, "b": birth})
    assert plan_fields(unit, SUBJECT, dates="year").values == {"a": year, "b": ""}


def test_parts_of_a_name_become_parts_of_one_person() -> None:
    def field(value: str, form: str) -> Field:
        return Field(value, Category.NAME, Role.STAFF, action=Action.SURROGATE, form=form, whole="BERG^ANNA")

    body = read_report_bytes(b"x", "text")[0].body
    unit = ReportUnit(0, "text", ".txt", {}, body, {"a": field("BERG", "family"), "b": field("ANNA", "given")})
    values = plan_fields(unit, SUBJECT).values
    person = SUBJECT.other_person("Berg^Anna")
    assert (values["a"], values["b"]) == (person.family.upper(), person.given.upper())


def test_a_surrogate_is_never_a_name_of_the_study() -> None:
    staff = Field("BERG", Category.NAME, Role.STAFF, action=Action.SURROGATE, form="family", whole="BERG^ANNA")
    unit = ReportUnit(0, "text", ".txt", {}, read_report_bytes(b"x", "text")[0].body, {"a": staff})
    drawn = plan_fields(unit, SUBJECT).values["a"]
    assert plan_fields(unit, SUBJECT, avoid=frozenset([drawn.casefold()])).values["a"] != drawn


def test_a_name_may_be_the_code() -> None:
    def part(value: str, form: str) -> Field:
        return Field(value, Category.NAME, Role.PATIENT, action=Action.SURROGATE, form=form, whole="DOE^JANE")

    body = read_report_bytes(b"x", "text")[0].body
    unit = ReportUnit(0, "text", ".txt", {}, body, {"a": part("DOE", "family"), "b": part("JANE", "given")})
    assert plan_fields(unit, SUBJECT, name_style="code").values == {"a": "S-TEST01", "b": ""}


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_text_and_stays_what_it_was(name: str) -> None:
    text = "MRN: BT4471902\nNo fracture of the left hand. 37 °C.\n"
    (unit,) = read_report_bytes(text.encode(name))
    assert (unit.kind, unit.text, unit.key) == ("text", text, SubjectKey("BT4471902"))
    assert unit.rebuild({"text": []}, {}) == text.encode(name)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"mrn": "BT44", "report": "x"\n{"mrn"', "json-syntax"),
        (b'{ "patient_name": "Thwaite", ', "json-syntax"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"><Thwaite', "cda-xml"),
        (b'{"resourceType": "Thwaite", "text": "x"}', "fhir-resource"),
        (b'{"resourceType": "DiagnosticReport", "contained": [{"resourceType": "Thwaite"}]}', "fhir-resource"),
        (b"MSH|^~\\&|RIS|Thwaite|EHR|WMH|2021", "hl7-header"),
    ],
)
def test_a_document_that_breaks_off_is_refused_and_not_taken_for_text(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_report_bytes(data)
    assert caught.value.code == code
    assert "Thwaite" not in str(caught.value)
