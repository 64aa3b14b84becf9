"""CDA: header participants, narrative and entries."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from deid.errors import InputError
from deid.sources import ReportUnit, plan_fields, read_report_bytes, visible_text
from deid.surrogates import PersonSurrogate, Surrogates

SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="http://hosp.example/cda.xsl"?>
<!-- written for John Smith -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="US"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.5" extension="2015-08-01"/>
  <id root="2.16.840.1.113883.3.933" extension="DOC-88123"/>
  <code code="18748-4" codeSystem="2.16.840.1.113883.6.1" displayName="Diagnostic imaging report"/>
  <title>CT of John Smith</title>
  <effectiveTime value="20230314104200+0100"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="en-US"/>
  <recordTarget><patientRole>
    <id root="1.2.36.146" extension="40718253" assigningAuthorityName="St. Vincent"/>
    <id root="2.16.840.1.113883.4.1" extension="900-12-3456"/>
    <addr><streetAddressLine>1208 Alder Creek Road</streetAddressLine><city>Millbrook</city></addr>
    <telecom value="tel:555-0142-778"/>
    <patient><name use="L"><prefix>Mr</prefix><given>John</given><given>Alan</given><family>Smith</family></name>
      <administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19480217"/>
      <guardian><guardianPerson><name>Eleanor Smith</name></guardianPerson></guardian></patient>
    <providerOrganization><name>St. Vincent General Hospital</name></providerOrganization>
  </patientRole></recordTarget>
  <author><time value="20230314"/><assignedAuthor><id root="1.2.3.4.5" extension="1184-77"/>
    <assignedPerson><name>Dr. Chidi Okonkwo</name></assignedPerson></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.3.4"/><name>St. Vincent</name>
    </representedCustodianOrganization></assignedCustodian></custodian>
  <inFulfillmentOf><order><id root="1.2.3.4.9" extension="A23-004411"/></order></inFulfillmentOf>
  <component><structuredBody><component><section>
    <code code="59776-5" codeSystem="2.16.840.1.113883.6.1"/><title>Findings</title>
    <text ID="smith1"><paragraph>Mr. <content styleCode="Bold">Smi</content>th has a cyst of 12 mm.</paragraph>
      <table><tr><td colspan="2">seen by</td><td>Brandt</td></tr></table></text>
    <entry><observation classCode="OBS" moodCode="EVN"><code code="X1" codeSystem="9.9.9.9" displayName="Smith size"/>
      <effectiveTime value="20230314"/><value xsi:type="PQ" value="12.5" unit="mm"/></observation></entry>
    <entry><act classCode="ACT" moodCode="EVN"><id root="1.3.6.1.4.1.55555.9.11.20230314"/></act></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>"""


def cleaned(unit: ReportUnit) -> bytes:
    """Fields planned, passages emptied: what remains was kept by the table alone."""
    return unit.rebuild(dict.fromkeys(unit.passages, ""), plan_fields(unit, SUBJECT).values)


def kept(unit: ReportUnit) -> bytes:
    return unit.rebuild({key: [] for key in unit.passages}, {key: field.value for key, field in unit.fields.items()})


def one(text: str = DOCUMENT) -> ReportUnit:
    return read_report_bytes(text.encode())[0]


def test_the_header_says_whose_report_it_is() -> None:
    unit = one()
    assert unit.kind == "cda"
    assert unit.key is not None
    assert (unit.key.patient_id, unit.key.issuer, unit.sex) == ("40718253", "St. Vincent", "M")
    assert (unit.accession, unit.study_uid) == ("A23-004411", "1.3.6.1.4.1.55555.9.11.20230314")
    known = {(known.source, known.value) for known in unit.known}
    assert {("PatientName", "Smith^John"), ("PatientBirthDate", "19480217"), ("AccessionNumber", "A23-004411")} <= known


def test_the_root_of_a_number_says_who_gave_it_where_no_name_does() -> None:
    unit = one(DOCUMENT.replace(' assigningAuthorityName="St. Vincent"', ""))
    assert unit.key is not None
    assert unit.key.issuer == "1.2.36.146"


def test_a_number_that_is_taken_away_leaves_a_null_flavor() -> None:
    text = DOCUMENT.replace('"2015-08-01"/>', '"2015-08-01"/><templateId root="9.9.9"/>')
    root = etree.fromstring(cleaned(one(text)))
    numbers = list(root.iter("{*}id", "{*}templateId"))
    assert len(numbers) == 9
    for node in numbers:
        assert set(node.attrib) in ({"root", "extension"}, {"root"}, {"nullFlavor"})
    staff = root.find(".//{*}assignedAuthor/{*}id")
    assert dict(staff.attrib) == {"nullFlavor": "MSK"}


def test_participants_become_surrogates_and_the_rest_is_masked() -> None:
    out = cleaned(one()).decode()
    assert "<given>Kim</given>" in out
    assert "<family>Aldermont</family>" in out
    assert 'extension="S-TEST01"' in out
    assert '<birthTime nullFlavor="MSK"/>' in out
    assert '<effectiveTime value="20221204104200+0100"/>' in out
    for gone in (
        "John",
        "Smith",
        "Okonkwo",
        "Millbrook",
        "900-12",
        "0142",
        "Vincent",
        "DOC-88123",
        "1184",
        "hosp.example",
    ):
        assert gone not in out


def test_structure_codes_and_measurements_stay() -> None:
    out = cleaned(one()).decode()
    for stays in (
        'code="18748-4"',
        'code="US"',
        "POCD_HD000040",
        'extension="2015-08-01"',
        'value="12.5" unit="mm"',
        'colspan="2"',
        'classCode="OBS"',
    ):
        assert stays in out


def test_narrative_is_one_passage_and_keeps_its_elements() -> None:
    unit = one()
    place, passage = next((k, p) for k, p in unit.passages.items() if "cyst" in p.text)
    assert passage.text.split()[:3] == ["Mr.", "Smith", "has"]
    start = passage.text.index("Smith")
    from deid.model import Edit

    edits = {key: [] for key in unit.passages} | {place: [Edit(start, start + 5, "Aldermont")]}
    out = unit.rebuild(edits, plan_fields(unit, SUBJECT).values).decode()
    assert "Mr. <content>Aldermont</content> has a cyst" in out


@pytest.mark.parametrize(
    ("media", "data", "there"),
    [("text/plain", b"Report of John Smith", True), ("application/msword", b"\xd0\xcf", False)],
)
def test_embedded_files_are_searched_or_removed(media: str, data: bytes, there: bool) -> None:
    coded = base64.b64encode(data).decode()
    body = f'<nonXMLBody><text mediaType="{media}" representation="B64">{coded}</text></nonXMLBody>'
    unit = one(re.sub(r"<structuredBody>.*</structuredBody>", body, DOCUMENT, flags=re.DOTALL))
    assert any("Report of John Smith" in p.text for p in unit.passages.values()) is there
    assert ("attachment-removed" in unit.alerts) is not there
    assert base64.b64encode(data) not in cleaned(unit)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'>", "cda-xml"),
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><ClinicalDocument>&b;</ClinicalDocument>", "cda-xml"),
        ("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><ClinicalDocument/>", "cda-xml"),
        ("<other/>", "cda-root"),
        ("<ClinicalDocument>" + "<a>" * 220 + "</a>" * 220 + "</ClinicalDocument>", "cda-too-large"),
    ],
)
def test_hostile_documents_are_refused_with_a_code(data: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data.encode(), "cda")
    assert error.value.code == code


PLACES = ["text", "tail", "value", "extension", "root", "code", "displayName", "ID", "use", "unknown", "codeSystem"]
PLACES += ["unit", "classCode", "nullFlavor", "codeSystemName"]
TREE = etree.fromstring(DOCUMENT.encode())
COUNT = len([node for node in TREE.iter() if isinstance(node.tag, str)])


@given(
    st.integers(1, COUNT - 1),
    st.sampled_from(PLACES),
)
def test_a_value_planted_anywhere_vanishes(number: int, place: str) -> None:
    root = etree.fromstring(DOCUMENT.encode())
    node = [node for node in root.iter() if isinstance(node.tag, str)][number]
    if place in ("text", "tail"):
        setattr(node, place, "Quillfeather")
    else:
        node.set(place, "Quillfeather")
    assert b"Quillfeather" not in cleaned(read_report_bytes(etree.tostring(root), "cda")[0])


def test_a_rebuilt_document_reads_the_same() -> None:
    again = read_report_bytes(kept(one()), "cda")[0]
    assert [p.text for p in again.passages.values()] == [p.text for p in one().passages.values()]
    assert "cyst" in visible_text("cda", kept(one()))
