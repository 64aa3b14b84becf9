"""Public codes, placeholders and enumerations: what looks like an identifier and belongs to nobody."""

import re
from importlib import resources

import pytest

from deid.model import Category, Passage
from deid.settings import TextSettings
from deid.text import Finder, lexicon, second_look


@pytest.fixture(scope="module")
def rules() -> Finder:
    return Finder(TextSettings(model="none"))


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(TextSettings())


def found(finder: Finder, text: str) -> list[str]:
    return [text[f.start : f.end] for f in finder.find(Passage(text), None)]


@pytest.mark.parametrize(
    "line",
    [
        "44054006|Diabetes mellitus type 2",
        "22298006 | Myocardial infarction",
        "195967001: asthma",
        "24627-2|CT Chest",
        "30746-2  XR Chest portable",
        "SNOMED CT 363346000 malignant neoplasm",
        "71250 CT thorax without contrast",
        "JAMA 2016;315(8):801-810, Radiology 2020;296(2):E32-E40",
    ],
)
def test_numbers_of_code_systems_stay_where_they_prove_themselves(finder: Finder, line: str) -> None:
    assert found(finder, line) == []


@pytest.mark.parametrize("line", ["44054006 Baker, John", "MRN 44054006", "44054007|Diabetes mellitus", "44054006"])
def test_a_number_without_a_meaning_or_a_true_check_digit_goes(finder: Finder, line: str) -> None:
    assert any(value.startswith("4405400") for value in found(finder, line))


def test_lettered_lines_are_no_initials(rules: Finder) -> None:
    question = "Which organism?\nA. Rickettsia conorii\nB. Orientia tsutsugamushi\nC. Francisella tularensis\n"
    assert found(rules, question) == []
    assert "A. Ramsbottom" in found(rules, "Seen by\nA. Ramsbottom\nRegistrar")[0]


@pytest.mark.parametrize(
    "text",
    ["Endoscopist: XX. Nurse: XX.", "Read by: Dr. [ANON]", "Dear [Title] [Surname],", "Dr. X spoke with Mrs. Y."],
)
def test_placeholders_name_nobody(finder: Finder, text: str) -> None:
    assert found(finder, text) == []


@pytest.mark.parametrize(
    "text", ["OBS 1 seg VI 24 mm", "obs 15 min after the dose", "Blood: go to A&E. Coblation was used"]
)
def test_observations_are_no_bays(rules: Finder, text: str) -> None:
    assert found(rules, text) == []


def test_the_bay_stays_a_bay(rules: Finder) -> None:
    hits = rules.find(Passage("Moved to obs 4 for the night"), None)
    assert [f.category for f in hits] == [Category.WARD]


def test_a_value_for_no_value_is_a_placeholder() -> None:
    assert all(map(lexicon.is_placeholder, ("ANONYMOUS", "Unknown", "n/a", "none", "XXXX")))
    assert not lexicon.is_placeholder("Whitfield")


def test_every_group_of_words_has_a_name_of_its_own() -> None:
    names = re.findall(
        r"(?m)^\[(\w+)\]$", resources.files("deid.text.lexicon").joinpath("groups.txt").read_text("utf-8")
    )
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text", ["Physio: Berg 41, Rivermead 12.", "Grocott positive", "Congo red negative", "NICE NG158", "GA 24w3d."]
)
def test_scales_and_stains_are_no_leftover_names(text: str) -> None:
    assert second_look(text, [], TextSettings(model="none"), language="en").status == "PASS"


@pytest.mark.parametrize(
    "text", ["Wells score 3", "plated on Stuart medium", "Fugl-Meyer 40", "Kabiven changed at 17:00"]
)
def test_what_is_called_after_somebody_stays(finder: Finder, text: str) -> None:
    assert found(finder, text) == []


def test_somebody_of_that_name_goes(finder: Finder) -> None:
    assert "Wells" in found(finder, "Reviewed by Dr. Wells, score 3.")
