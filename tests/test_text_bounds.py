"""A finding ends where medicine begins: sides, levels, measures and views beside identifiers stay."""

import pytest

from deid.model import Category, Known, Passage, Role, Subject, SubjectKey, splice
from deid.settings import TextSettings
from deid.surrogates import Surrogates, draw_person
from deid.text import Finder, plan_text

SETTINGS = TextSettings()
FINDER = Finder(SETTINGS)
SEED = b"s" * 32
SURROGATES = Surrogates("S-7K2M9Q", -100, SEED, SEED, draw_person(SEED, "patient"))
KNOWN = (
    Known("Wetherspoon^Ignatius", Category.NAME, Role.PATIENT, "PatientName"),
    Known("40718253", Category.ID, Role.PATIENT, "PatientID"),
    Known("MR5-031-4810", Category.ID, Role.PATIENT, "OtherPatientIDs"),
    Known("A97680902", Category.ID, Role.STUDY, "AccessionNumber"),
    Known("Lindquistberg^Hjalmar", Category.NAME, Role.STAFF, "ReferringPhysicianName"),
    Known("Larkspur Valley Medical Center", Category.INSTITUTION, Role.SITE, "InstitutionName"),
    Known("508 Hawksworth Road", Category.ADDRESS, Role.SITE, "InstitutionAddress"),
)


def left_of(text: str, origin: str, known: tuple[Known, ...] = KNOWN) -> str:
    """What no finding covers, with a bar for each."""
    for finding in reversed(FINDER.find(Passage(text, origin), Subject(SubjectKey("40718253"), known, "M"))):
        text = f"{text[: finding.start]}|{text[finding.end :]}"
    return text


@pytest.mark.parametrize("origin", ["sr", "descriptor"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reviewed with Dr. Lindquistberg L5-S1 disc protrusion", "Reviewed with Dr. | L5-S1 disc protrusion"),
        ("Dr. Lindquistberg R lower lobe nodule", "Dr. | R lower lobe nodule"),
        ("Mr. Wetherspoon L SHOULDER", "Mr. | L SHOULDER"),
        ("Mr. Wetherspoon L CC", "Mr. | L CC"),
        ("Dr. Pemberthwaite T1 MPRAGE", "Dr. | T1 MPRAGE"),
        ("Dr. Lindquistberg T12-L5", "Dr. | T12-L5"),
        ("Dr. Lindquistberg C-spine MRI", "Dr. | C-spine MRI"),
        ("Mr. Wetherspoon Crohn disease", "Mr. | Crohn disease"),
        ("Dr. Lindquistberg Chiari malformation", "Dr. | Chiari malformation"),
        ("Dr. Lindquistberg Achilles tendon", "Dr. | Achilles tendon"),
        ("Dr. Octavia Grimaldison BONE", "Dr. | BONE"),
        ("Dr. Hjalmar K. Lindquistberg", "Dr. |"),
        ("Wetherspoon, Ignatius Q", "|"),
    ],
)
def test_a_side_a_level_or_an_eponym_behind_a_name_is_none_of_its_initials(text, expected, origin):
    assert left_of(text, origin).replace("| Q", "|") == expected


@pytest.mark.parametrize("origin", ["sr", "descriptor"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acc# A97680902 3.0mm", "acc# | 3.0mm"),
        ("5 mm nodule, acc# A97680902 2.5 x 3.1 cm", "5 mm nodule, acc# | 2.5 x 3.1 cm"),
        ("AP portable MRN 40718253 3.0mm", "AP portable MRN | 3.0mm"),
        ("MR5 031 4810 2.5 x 3.1 cm mass", "| 2.5 x 3.1 cm mass"),
        ("Dr. Philippa Montgomerison 3.0mm", "Dr. | 3.0mm"),
        ("L SHOULDER 1.2.826.0.1.3680043.8.498.339781678.415487675.9017897 3.0mm", "L SHOULDER | 3.0mm"),
        ("acc# A97680902 LUNG WINDOW", "acc# | LUNG WINDOW"),
        ("L SHOULDER Larkspur Valley Medical Center", "L SHOULDER |"),
        ("R breast MLO Larkspur Valley Medical Center T1", "R breast MLO | T1"),
        ("Larkspur Valley Medical Center LUNG WINDOW", "| LUNG WINDOW"),
        ("508 Hawksworth Road Ax T2 FLAIR", "| Ax T2 FLAIR"),
        ("not enlarged - wether731@ravensmail.org", "not enlarged - |"),
    ],
)
def test_a_measure_or_a_view_beside_an_identifier_stays(text, expected, origin):
    assert left_of(text, origin) == expected


@pytest.mark.parametrize(
    "label", ["L CC", "follow-up, L CC", "LOCALIZER, L CC", "BONE", "LUNG WINDOW", "rule out PE", "R breast MLO"]
)
def test_a_label_among_content_items_is_no_name(label):
    assert left_of(label, "sr") == label


def test_a_name_among_the_terms_of_a_label_goes():
    assert left_of("Thornebury, Araminta L CC", "sr", ()).endswith("L CC")
    assert "Thornebury" not in left_of("Thornebury, Araminta L CC", "sr", ())


def institution(value: str) -> tuple[Known, ...]:
    return (Known(value, Category.INSTITUTION, Role.SITE, "InstitutionName"),)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Breast Imaging Center", "CT CHEST Breast Imaging Center, breast imaging", "CT CHEST |, breast imaging"),
        ("Head and Neck Clinic", "Head & Neck Clinic MRI head and neck", "| MRI head and neck"),
        ("Head & Neck Clinic", "CT NECK (HEAD AND NECK CLINIC)", "CT NECK (|)"),
        ("Contrast Imaging Portal GmbH", "Contrast Imaging Portal GmbH contrast", "| contrast"),
        ("Radiology", "Radiology CT", "Radiology CT"),
        ("Breast Imaging", "Breast imaging", "Breast imaging"),
    ],
)
def test_an_institution_of_plain_words_goes_as_a_phrase(name, text, expected):
    assert left_of(text, "descriptor", institution(name)) == expected


@pytest.mark.parametrize(
    ("family", "text", "found"),
    [
        ("Ng", "MRI KNEE R NG 3MM", True),
        ("Ng", "w/o contrast - NG", True),
        ("Ng", "arterial phase - ng", True),
        ("Ng", "units: ng", False),
        ("Ng", "NG TUBE POSITION", False),
        ("Ng", "ABD NG PLACEMENT", False),
        ("Hu", "CT HU CHEST", True),
        ("Hu", "LIVER 45 HU", False),
        ("Hu", "HU", False),
        ("Li", "CHEST PA LI", True),
        ("Li", "LI-RADS 4", False),
        ("Li", "KNIE LI AP", False),
        ("Ma", "200 MA", False),
        ("Le", "US LE VENOUS", False),
    ],
)
def test_a_name_of_two_letters_is_told_from_what_they_abbreviate(family, text, found):
    known = (Known(f"{family}^Meixiuwen", Category.NAME, Role.PATIENT, "PatientName"),)
    assert ("|" in left_of(text, "descriptor", known)) is found


def test_a_side_is_never_replaced_by_another():
    for text in ("Mr. Wetherspoon L CC", "Mr. Wetherspoon R breast MLO", "Dr. Lindquistberg L knee"):
        passage = Passage(text, "sr")
        subject = Subject(SubjectKey("40718253"), KNOWN, "M")
        edits = plan_text(passage, FINDER.find(passage, subject), SURROGATES, SETTINGS, subject).edits
        assert splice(text, edits).split()[2:] == text.split()[2:]
