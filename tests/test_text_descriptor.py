"""Descriptors keep the words of protocols and lose the names between them."""

import pytest

from deid.model import Passage
from deid.settings import TextSettings
from deid.text import Finder

FINDER = Finder(TextSettings())


def left_of(text: str) -> str:
    for finding in reversed(FINDER.find(Passage(text, "descriptor"))):
        text = text[: finding.start] + text[finding.end :]
    return " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Cycle 2 Day 1",
        "Day -7",
        "Page 1 of 2",
        "Gleason 4+3",
        "Osgood-Schlatter knee",
        "DYN eTHRIVE BH",
        "MPR-R; GradWarp; B1 Correction",
        "HeartFreeze tra",
        "VolumeShuttle 2",
        "Lungenperfusion",
        "Nachresorption",
        "TIMEPOINT_1",
        "Thorax routine 5.0",
        "matrix_512x512",
        "PET_Brain_Dynamic_4x300",
        "DWI_b1500",
        "fMRI run2 TR2000 TE30",
        "SHORT^TAU IR",
        "CHEST X-RAY",
        "HEAD W/O & W/DYE",
        "LIMA patent, AVA 1.2 cm2",
        "Cobb 23",
        "Child-Pugh B, Kellgren-Lawrence 3",
        "Charcot-Marie-Tooth",
        "Musc_Sclmast_R",
        "LVIDd 4.8cm mTICI 2b",
        "Station 4R",
    ],
)
def test_words_of_protocols_stay(text):
    assert left_of(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dr Day 3", "Day"),
        ("Ref Dr. J. de Vries MRI knee", "de Vries"),
        ("CT CHEST DR JAN DE VRIES", "DE VRIES"),
        ("CT chest per Dr. van der Berg", "van"),
        ("DR S DAS ABDOMEN", "DAS"),
        ("CT CHEST DR VON STEIN", "STEIN"),
        ("Day, Anna 3", "Day"),
        ("AVA SMITH", "AVA"),
        ("Cobb, Anna knee", "Cobb"),
        ("CT Boston Medical Center", "Boston"),
        ("CR 123 Main St, Troy", "Main"),
        ("CD from OHSU", "OHSU"),
        ("MR Gleason", "Gleason"),
        ("Hodgkin^Anna pelvis", "Hodgkin"),
        ("CHEST Pemberton 3", "Pemberton"),
        ("T2 Smith-Jones sag", "Smith"),
        ("Grossetete face", "Grossetete"),
        ("Clearwater 4", "Clearwater"),
        ("Beckenbauer Knie", "Beckenbauer"),
        ("BrainOkonkwo", "Okonkwo"),
        ("ThoraxLindqvist", "Lindqvist"),
        ("CT_03/14/2019_AX", "2019"),
        ("10/16/59_AX FLAIR", "59"),
        ("RT 11/12/2017-12/12/2017", "2017"),
        ("RT 14.03.19-2.4.19", ".19"),
        ("tech Freezer knee", "Freezer"),
        ("head_2019_03_14_t2", "2019"),
        ("617-555-0188_chest", "0188"),
        ("SSN_123-45-6789_knee", "6789"),
        ("john_quuxley@mail.org_ct", "quuxley"),
    ],
)
def test_names_between_them_go(text, name):
    assert name not in left_of(text)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Lives in Boston, MA", ["Boston"]),
        ("Pt from Denver, CO", ["Denver"]),
        ("resident of Tulsa", ["Tulsa"]),
        ("Boston brace", []),
        ("Denver shunt", []),
        ("performed by KLW", ["KLW"]),
        ("Tech: KLW", ["KLW"]),
        ("inj by MJ", ["MJ"]),
        ("initials: KLW", ["KLW"]),
        ("inj by CT", []),
        ("dose by wt", []),
        ("per ACR", []),
        ("as per MD", []),
        ("L by R", []),
    ],
)
def test_towns_and_initials_go_where_a_word_announces_them(text, gone):
    assert [text[f.start : f.end] for f in FINDER.find(Passage(text, "descriptor"))] == gone


@pytest.mark.parametrize(
    "text",
    [
        "Heller myotomy",
        "Milan criteria",
        "St Jude valve",
        "Kaplan fibers",
        "Child Pugh B",
        "Black blood",
        "Young adult hip",
        "POWER DOPPLER",
        "LOINC 24627-2",
        "CPT 71260",
        "CPT:71260-26",
        "SNOMED CT 16310003",
    ],
)
def test_terms_with_a_name_and_public_codes_stay(text):
    assert left_of(text) == text


@pytest.mark.parametrize("text", ["SNOMED 16310004", "LOINC 24627-3", "CPT 4455667", "code 4455667"])
def test_a_number_that_is_no_code_goes(text):
    assert left_of(text) != text
