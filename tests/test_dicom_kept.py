"""What stays because it is technical loses days; what only the device's log knows goes; VRs are the file's own."""

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from deid.model import Action
from deid.recipe import Recipe
from deid.verify import InstanceVerifier, Residue
from tests.dicom_corpus import code, item
from tests.test_dicom_plan import POLICY, dataset, deidentify, encode, read

SHIFTED = {"2024-03-01": "2023-11-22", "01-Mar-2024": "22-Nov-2023", "20240301": "20231122"}


@pytest.mark.parametrize(
    ("keyword", "value", "day"),
    [
        ("LUTExplanation", "FDG PET on 2024-03-01", "2024-03-01"),
        ("ConvolutionKernel", "01-Mar-2024", "01-Mar-2024"),
        ("DetectorMode", "Discussed with 20240301.", "20240301"),
        ("FractionPattern", "2024-03-01: T12-L5 spine", "2024-03-01"),
    ],
)
def test_a_day_in_technical_text_moves_like_any_other(keyword, value, day):
    after = read(deidentify(encode(dataset(**{keyword: value})))[2])
    assert after.get(keyword) == value.replace(day, SHIFTED[day])


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("SoftwareVersions", "syngo 2012B 20120305"),
        ("ManufacturerModelName", "Discovery 2019-03-14"),
        ("AlgorithmVersion", "1.2.2015"),
        ("ConvolutionKernel", "B30f"),
        ("LensDescription", "1.5.12 and 3/8"),
        ("ImplantPartNumber", "12345678"),
    ],
)
def test_versions_and_products_keep_what_looks_like_a_day(keyword, value):
    assert read(deidentify(encode(dataset(**{keyword: value})))[2]).get(keyword) == value


@pytest.mark.parametrize(
    ("value", "scheme", "meaning"),
    [
        ("113723", "DCM", "Calibration DateTime"),
        ("4711", "99ACME", "Date of last calibration"),
        ("4712", "99ACME", "Installation date"),
    ],
)
def test_dates_of_a_device_in_structured_reports_are_no_shifted_ones(value, scheme, meaning):
    content = item(
        RelationshipType="CONTAINS",
        ValueType="DATETIME",
        ConceptNameCodeSequence=[code(value, scheme, meaning)],
        DateTime="20231231101010",
    )
    made = dataset(ValueType="CONTAINER", ContentSequence=[content])
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    assert read(deidentify(encode(made))[2]).ContentSequence[0].DateTime == "20000101000000"


def test_the_date_of_an_examination_in_a_structured_report_moves():
    assert POLICY.content_item("126201", "DCM", "DATE").action is Action.SHIFT
    assert POLICY.content_item("113723", "DCM", "DATETIME").action is Action.DUMMY


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize(("number", "vr", "value"), [(0x26, "LO", "FDG PET"), (0x41, "DS", "183"), (0x33, "US", 5)])
def test_a_private_element_is_judged_by_the_files_vr_and_no_dictionarys(syntax, number, vr, value):
    made = dataset()
    made.private_block(0x19, "LORAD Selenia", create=True).add_new(number, vr, value)
    written = deidentify(encode(made, syntax))[2]
    InstanceVerifier(Residue([]), POLICY).check(written)
    assert read(written).private_block(0x19, "LORAD Selenia")[number].value


def test_a_private_group_among_the_overlays_is_none():
    made = dataset()
    made.private_block(0x6001, "SECTRA_OverlayInfo_01", create=True).add_new(1, "LO", "FDG PET")
    assert read(deidentify(encode(made))[2]).private_block(0x6001, "SECTRA_OverlayInfo_01")[1].value == "FDG PET"


def test_an_ethics_committee_goes_with_the_number_of_its_approval():
    name, number = "ClinicalTrialProtocolEthicsCommitteeName", "ClinicalTrialProtocolEthicsCommitteeApprovalNumber"
    after = read(deidentify(encode(dataset(**{name: "IRB Ravensmoor", number: "77/12"})))[2])
    assert name not in after
    assert number not in after
    keeping = Recipe.load(
        "research", overrides={"tags": [{"match": number, "action": "keep", "because": "asked for"}]}
    ).compile()
    kept = read(deidentify(encode(dataset(**{name: "IRB Ravensmoor", number: "77/12"})), policy=keeping)[2])
    assert kept.get(name) not in (None, "", "IRB Ravensmoor")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("R breast MLO Ravensmoor General Infirmary", "R breast MLO "),
        ("Ravensmoor General Infirmary RIGHT KNEE 3 VIEWS", " RIGHT KNEE 3 VIEWS"),
    ],
)
def test_a_comment_keeps_the_view_beside_an_institution(text, left):
    after = read(deidentify(encode(dataset(InstitutionName="Ravensmoor General Infirmary", PatientComments=text)))[2])
    assert left in after.PatientComments
    assert "Ravensmoor" not in after.PatientComments
