"""FHIR R4 and R5 in JSON, NDJSON and XML."""

from __future__ import annotations

import base64
import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deid.errors import InputError
from deid.model import Edit
from deid.sources import ReportUnit, assemble, plan_fields, read_report_bytes, visible_text
from deid.sources.fhirxml import from_xml, to_xml
from deid.surrogates import PersonSurrogate, Surrogates

SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p-771",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p title="John">John <b>Smi</b>th</p>'
        '<!-- c --><img src="x"/></div>',
    },
    "identifier": [
        {"type": {"coding": [{"system": V2, "code": "MR"}]}, "value": "40718253", "assigner": {"display": "STVINCENT"}},
        {"type": {"coding": [{"system": V2, "code": "SS"}]}, "value": "900-12-3456"},
    ],
    "name": [
        {"use": "official", "family": "Smith", "given": ["John", "Alan"], "prefix": ["Mr"], "text": "Mr John Smith"}
    ],
    "gender": "male",
    "birthDate": "1948-02-17",
    "telecom": [{"system": "phone", "value": "555-0142-778"}],
    "address": [{"line": ["1208 Alder Creek Road"], "city": "Millbrook", "postalCode": "45219"}],
    "contact": [{"name": {"family": "Smith", "given": ["Eleanor"]}}],
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", "valueString": "Kessler"}
    ],
    "generalPractitioner": [{"reference": "Practitioner/d1", "display": "Dr. Helene Brandt"}],
}
REPORT: dict[str, Any] = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "meta": {"lastUpdated": "2023-03-14T10:00:00Z", "source": "http://hosp.example/x"},
    "status": "final",
    "identifier": [{"type": {"coding": [{"system": V2, "code": "ACSN"}]}, "value": "A23-004411"}],
    "code": {
        "coding": [
            {"system": "http://loinc.org", "code": "18748-4", "display": "Diagnostic imaging report"},
            {"system": "http://hosp.example/codes", "code": "SMITHCT", "display": "CT Smith"},
        ],
        "text": "CT abdomen",
    },
    "subject": {"reference": "Patient/p-771", "display": "John Smith"},
    "effectiveDateTime": "2023-03-14T09:15:02Z",
    "performer": [{"reference": "Practitioner/d2", "display": "Okonkwo, Chidi"}],
    "conclusion": "Mr. Smith has a 12 mm cyst.",
    "presentedForm": [
        {
            "contentType": "text/plain",
            "data": b64("Report of John Smith"),
            "title": "Report J Smith",
            "url": "http://hosp.example/1",
            "size": 20,
            "hash": "YWJj",
        },
        {
            "contentType": "text/html",
            "data": b64("<html><body><p onclick='x'>Mr. <i>Smi</i>th</p><script>a</script></body></html>"),
        },
        {"contentType": "application/msword", "data": "AAAA"},
    ],
}
STUDY: dict[str, Any] = {
    "resourceType": "ImagingStudy",
    "id": "i1",
    "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.3.6.1.4.1.55555.9.11"}],
    "status": "available",
    "subject": {"reference": "http://hosp.example/fhir/Patient/p-771/_history/2"},
    "numberOfSeries": 1,
    "series": [
        {
            "uid": "1.3.6.1.4.1.55555.9.11.2",
            "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"},
            "instance": [
                {
                    "uid": "1.3.6.1.4.1.55555.9.11.2.1",
                    "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.2"},
                }
            ],
        }
    ],
}
SIZE: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "Long axis"},
    "subject": {"reference": "Patient/p-771"},
    "valueQuantity": {
        "value": 12.5,
        "comparator": "<",
        "unit": "mm",
        "system": "http://unitsofmeasure.org",
        "code": "mm",
    },
    "note": [{"text": "seen with Smith", "time": "2023-03-14", "authorString": "Brandt"}],
}
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": "http://hosp.example/fhir/Patient/p-771", "resource": PATIENT},
        {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": REPORT},
        {"resource": STUDY},
        {"resource": SIZE},
        {"resource": {"resourceType": "Practitioner", "id": "d2", "name": [{"family": "Okonkwo", "given": ["Chidi"]}]}},
        {"resource": {"resourceType": "Organization", "id": "o", "name": "St. Vincent General Hospital"}},
        {"resource": {"resourceType": "DocumentReference", "id": "dr", "status": "current",
                      "subject": {"reference": "Patient/p-771"},
                      "content": [{"attachment": {"contentType": "text/plain", "data": b64("Letter to John Smith")}}]}},
    ],
}  # fmt: skip


GONE = ["Smith", "John", "40718253", "900-12", "1948", "0142", "Millbrook", "1208", "Eleanor", "Kessler", "Brandt"]
GONE += ["Okonkwo", "hosp.example", "Vincent"]


def one(value: Any) -> ReportUnit:
    return read_report_bytes(json.dumps(value).encode(), "fhir")[0]


def cleaned(unit: ReportUnit) -> bytes:
    return unit.rebuild(dict.fromkeys(unit.passages, ""), plan_fields(unit, SUBJECT).values)


def kept(unit: ReportUnit) -> bytes:
    return unit.rebuild({key: [] for key in unit.passages}, plan_fields(unit, SUBJECT).values)


def test_a_bundle_says_whose_it_is() -> None:
    unit = one(BUNDLE)
    assert unit.key is not None
    assert (unit.key.patient_id, unit.key.issuer, unit.sex) == ("40718253", "STVINCENT", "M")
    assert (unit.accession, unit.study_uid) == ("A23-004411", "1.3.6.1.4.1.55555.9.11")
    known = {(known.source, known.value) for known in unit.known}
    assert {
        ("PatientName", "Smith^John^Alan"),
        ("PatientBirthDate", "1948-02-17"),
        ("AccessionNumber", "A23-004411"),
    } <= known
    assert {("Patient.contact", "Smith^Eleanor"), ("Organization.name", "St. Vincent General Hospital")} <= known


def test_nothing_that_identifies_is_left_by_the_table_alone() -> None:
    out = visible_text("fhir", cleaned(one(BUNDLE)))
    for gone in (*GONE, "A23-004411", "p-771", "55555", "2023-"):
        assert gone not in out


def test_structure_codes_and_measurements_stay() -> None:
    out = json.loads(kept(one(BUNDLE)))
    report = out["entry"][1]["resource"]
    assert report["status"] == "final"
    assert report["code"]["coding"][0] == REPORT["code"]["coding"][0]
    assert report["effectiveDateTime"] == "2022-12-04T09:15:02Z"
    assert out["entry"][3]["resource"]["valueQuantity"] == SIZE["valueQuantity"]
    instance = out["entry"][2]["resource"]["series"][0]["instance"][0]
    assert instance["sopClass"] == STUDY["series"][0]["instance"][0]["sopClass"]
    assert out["entry"][2]["resource"]["identifier"][0]["value"] == "urn:oid:" + SUBJECT.uid("1.3.6.1.4.1.55555.9.11")


def test_references_still_point_to_their_targets() -> None:
    out = json.loads(kept(one(BUNDLE)))
    patient = out["entry"][0]["resource"]["id"]
    references = {entry["resource"]["subject"]["reference"] for entry in out["entry"] if "subject" in entry["resource"]}
    assert references == {f"Patient/{patient}"}
    assert out["entry"][0]["fullUrl"].endswith(f"/Patient/{patient}")
    assert (
        out["entry"][1]["resource"]["performer"][0]["reference"] == f"Practitioner/{out['entry'][4]['resource']['id']}"
    )


def test_narrative_and_attachments_are_written_as_what_they_were() -> None:
    unit = one(BUNDLE)
    edits: dict[str, Any] = {}
    for key, passage in unit.passages.items():
        at = passage.text.find("Smith")
        edits[key] = [Edit(at, at + 5, "Berg")] if at >= 0 else []
    out = json.loads(unit.rebuild(edits, plan_fields(unit, SUBJECT).values))
    assert (
        out["entry"][0]["resource"]["text"]["div"]
        == '<div xmlns="http://www.w3.org/1999/xhtml"><p>John <b>Berg</b></p></div>'
    )
    plain, page = out["entry"][1]["resource"]["presentedForm"]
    assert base64.b64decode(plain["data"]) == b"Report of John Berg"
    assert set(plain) == {"contentType", "data", "title"}
    assert base64.b64decode(page["data"]) == b"<body><p>Mr. <i>Berg</i></p></body>"


def test_an_attachment_that_cannot_be_searched_is_removed_and_reported() -> None:
    unit = one(BUNDLE)
    assert "attachment-removed" in unit.alerts
    assert b"AAAA" not in kept(unit)


def test_xml_comes_back_as_xml() -> None:
    unit = read_report_bytes(to_xml(BUNDLE))[0]
    assert unit.suffix == ".xml"
    assert unit.key is not None
    assert unit.key.patient_id == "40718253"
    again = from_xml(kept(unit))
    assert again["entry"][3]["resource"]["valueQuantity"]["value"] == "12.5"
    assert b"Millbrook" not in kept(unit)


def test_resources_one_per_line_are_units() -> None:
    lines = b"\n".join(json.dumps({**REPORT, "id": f"r{i}"}).encode() for i in range(3))
    units = read_report_bytes(lines)
    assert [unit.index for unit in units] == [0, 1, 2]
    assert len(assemble("fhir", [kept(unit) for unit in units]).splitlines()) == 3


def test_a_bundle_of_two_patients_is_refused() -> None:
    other = {**PATIENT, "id": "p-2"}
    with pytest.raises(InputError) as error:
        one({**BUNDLE, "entry": [*BUNDLE["entry"], {"resource": other}]})
    assert error.value.code == "fhir-several-patients"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"resourceType": "Bundle"', "json-syntax"),
        (b'{"resourceType": "smith"}', "fhir-resource"),
        (b"[1]", "fhir-resource"),
        (b'{"resourceType": "Observation", "a": ' + b'{"a":' * 70 + b"1" + b"}" * 71, "fhir-too-deep"),
        (b'<!DOCTYPE x [<!ENTITY a "aa">]><Bundle xmlns="http://hl7.org/fhir">&a;</Bundle>', "fhir-xml"),
        (b'<Bundle xmlns="http://hl7.org/fhir">', "fhir-xml"),
        (b'<Bundle xmlns="urn:other"/>', "fhir-resource"),
    ],
)
def test_malformed_input_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "fhir")
    assert error.value.code == code


def test_a_broken_narrative_is_read_as_html() -> None:
    unit = one({**PATIENT, "text": {"status": "generated", "div": "<div><p>John &nbsp; Smith<br></div>"}})
    assert any("Smith" in passage.text for passage in unit.passages.values())
    assert b"Smith" not in cleaned(unit)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, inner in enumerate(value) for leaf in leaves(inner, (*path, i))]
    return [path]


LEAVES = [path for path in leaves(BUNDLE) if path[-1] != "resourceType"]


@settings(max_examples=400)
@given(st.sampled_from(LEAVES), st.sampled_from(["Quillfeather", "quillfeather", 904177520]))
def test_a_value_planted_in_any_element_vanishes(path: tuple[Any, ...], planted: Any) -> None:
    value = copy.deepcopy(BUNDLE)
    inner: Any = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = planted
    try:
        out = visible_text("fhir", cleaned(one(value)))
    except InputError as error:
        out = error.code  # a reference to somebody else
    assert str(planted) not in out


@given(
    st.sampled_from(LEAVES),
    st.sampled_from(["unheardOf", "Quillfeather Jane", "valueString", "_birthDate", "name", "url"]),
)
def test_an_unknown_element_does_not_pass(path: tuple[Any, ...], name: str) -> None:
    value = copy.deepcopy(BUNDLE)
    inner: Any = value
    for step in path[:-1]:
        inner = inner[step]
    if isinstance(inner, dict):
        inner[name] = "Quillfeather"
    assert "Quillfeather" not in visible_text("fhir", cleaned(one(value)))


def test_what_points_to_no_type_of_resource_and_names_of_files_go() -> None:
    document = {
        "resourceType": "DocumentReference",
        "subject": {"reference": "Thwaite/12"},
        "author": [{"reference": "Practitioner/9"}],
        "content": [{"attachment": {"contentType": "text/plain", "data": "Tm8gY3lzdC4=", "title": "Thwaite Os.txt"}}],
    }
    (unit,) = read_report_bytes(json.dumps(document).encode())
    fields = plan_fields(unit, Surrogates.preview()).values
    new = unit.rebuild({key: [] for key in unit.passages}, fields).decode()
    assert "Thwaite" not in new
    assert '"Practitioner/' in new
    assert "Tm8gY3lzdC4=" in new


def test_an_identifier_that_is_a_uri_stays_one_and_agrees_with_references() -> None:
    uuid = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    uri = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid}"}
    related = [{"reference": f"urn:uuid:{uuid}"}]
    document = {"resourceType": "DocumentReference", "masterIdentifier": uri, "context": {"related": related}}
    new = json.loads(cleaned(one(document)))
    value = new["masterIdentifier"]["value"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)
    assert uuid not in value
    assert new["context"]["related"][0]["reference"] == value


def test_the_language_that_a_resource_says_is_that_of_its_texts() -> None:
    unit = one({"resourceType": "DiagnosticReport", "language": "de-DE", "conclusion": "MRT der LWS vom Mai"})
    assert {p.language for p in unit.passages.values()} == {"de"}
