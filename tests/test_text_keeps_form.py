"""What is replaced loses every word that names somebody; what is medicine beside it stays as it was."""
# ruff: noqa: E501 - rows of a table read better whole

import re

import pytest

from deid.model import Category, Finding, Passage, splice
from deid.settings import TextSettings
from deid.surrogates import Surrogates, draw_person
from deid.text import Finder, plan_text

SETTINGS = TextSettings(model="none")
FINDER = Finder(SETTINGS)
SURROGATES = Surrogates("S-7K2M9Q", -40, b"a" * 32, b"b" * 32, draw_person(b"a" * 32, "patient", sex="F"))


def clean(text: str) -> str:
    """The text with what the rules find in it replaced."""
    passage = Passage(text)
    return splice(text, plan_text(passage, FINDER.find(passage, None), SURROGATES, SETTINGS, None).edits)


def replaced(text: str, category: Category) -> str:
    """What one finding over the part of a text between bars becomes."""
    before, original, after = text.split("|")
    passage = Passage(before + original + after)
    finding = Finding(len(before), len(before) + len(original), category, 1.0, "model")
    return splice(passage.text, plan_text(passage, [finding], SURROGATES, SETTINGS, None).edits)


def found(text: str) -> list[tuple[str, Category]]:
    return [(text[f.start : f.end], f.category) for f in FINDER.find(Passage(text))]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("pt on |nightingale ward bed 2|", r"pt on [a-z]+ ward bed \d"), ("bleep |keats ward side room 3|", r"bleep [a-z]+ ward side room \d"),
        ("on |rosewood unit bay c bed 11|", r"on [a-z]+ unit bay [a-z] bed \d\d"), ("LOCATION: |WILLOW WARD BED 12|", r"LOCATION: [A-Z]+ WARD BED \d\d"),
        ("on |Martin Luther King Ward, Room 7|", r"on [A-Z][\w ]+ Ward, Room \d"), ("to |Acute Medical Unit bed 12|", r"to Acute Medical Unit bed \d\d"),
        ("to |the stroke unit, room 4|", r"to the stroke unit, room \d"), ("|1 gebremariam bed 7|", r"\d [a-z]+ bed \d"), ("and |later Elgar ward bed c|", r"and later [A-Z][a-z]+ ward bed [a-z]"), ("on |ward 4th floor|", r"on ward \d(?:st|nd|rd|th) floor"), ("at |St Mary's Ward|", r"at St [A-Z][a-z]+ Ward"),
    ],
)  # fmt: skip
def test_only_words_for_wards_stay_in_a_ward(text: str, form: str) -> None:
    new = replaced(text, Category.WARD)
    assert re.fullmatch(form, new), new
    named = {"nightingale", "keats", "rosewood", "willow", "martin", "luther", "king", "gebremariam", "mary's"}
    assert not named & set(new.lower().split())
    assert new != text.replace("|", "")


@pytest.mark.parametrize(
    "address", ["12/2019 Kingfisher Close", "4/1999 Harbour View Terrace", "10/11/12 Harbour View Terrace"]
)
def test_the_number_of_a_flat_and_a_house_is_no_date(address: str) -> None:
    new = replaced(f"lives at |{address}|.", Category.ADDRESS)
    assert re.fullmatch(r"lives at [\d/]+ [A-Z][a-z]+ (?:Close|Terrace)\.", new), new
    assert not {"Kingfisher", "Harbour", "View", address.partition(" ")[0]} & set(new.split())
    dated = replaced("at |12 Oak Street 03/14/2020| and", Category.ADDRESS)
    assert re.fullmatch(r"at \d\d [A-Z][a-z]+ Street 02/03/2020 and", dated), dated


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("12 Oak St, Tulsa, OK 74117", "OK"), ("in Tulsa, Oklahoma 74117", "Oklahoma"), ("8 Wattle Rd, Box Hill, VIC 3129", "VIC"),
        ("in Cairns, Queensland 4870", "Queensland"), ("44 Bay Street, Toronto, ON M5V 2T6", "ON"),
    ],
)  # fmt: skip
def test_a_state_between_a_town_and_a_postcode_belongs_to_the_address_and_stays(text: str, state: str) -> None:
    assert (state, Category.PLACE) in found(text)
    assert state in clean(text).split()


@pytest.mark.parametrize("text", ["given 2000 units, ACT 260", "we should act 2000 times", "Smith, Virginia 48213"])
def test_no_state_stands_without_a_town(text: str) -> None:
    assert not any(c is Category.PLACE for _, c in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "ABG: pH 7.40 pCO2 38", "pH: 7.21 / 55 / 60 / 22", "ABG pH 7.40 38 92 24", "T: 36.8 / 120 / 80 / 18", "P: 72 120/80",
        "MoCA 23. Addenbrooke's 82. Rey figure copied.", "Urine ph 5.5, ph 4.5-5.5", "User: 1.9. also needs tacro", "User: tacro 3 bid\nAssistant: fine", "[10:22] User: tacro 3 bid\n[10:23] Assistant: fine",
    ],
)  # fmt: skip
def test_a_result_is_no_phone_and_a_turn_of_a_dialogue_no_login(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ph 4471", "4471"), ("T: 030/123 456", "030/123 456"), ("tel 021 44 55 66", "021 44 55 66"), ("User: jsmith", "jsmith"), ("User: brown", "brown"),
        ("User: mchoi exported 3 files", "mchoi"), ("GET /api/v2/users/choi.s/orders", "choi.s"), ("GET /api/patients/88213/studies", "88213"), ("tel 020 7946 0018 - 3/12 hx", "020 7946 0018"), ("phone 020 7946 0018 10:30 today", "020 7946 0018"),
    ],
)  # fmt: skip
def test_a_number_for_calls_and_a_login_end_where_something_else_begins(text: str, value: str) -> None:
    assert [v for v, _ in found(text)] == [value]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lives in Coimbra\nEF 35%", "Coimbra"), ("lives in Coimbra EF 35%", "Coimbra"), ("works at Tesco\nBP 140/80", "Tesco"),
        ("Klinikum Weserland. How worried should I be", "Klinikum Weserland"), ("Klinikum St. Georg Leipzig, dann", "Klinikum St. Georg Leipzig"),
    ],
)  # fmt: skip
def test_a_place_ends_with_its_line_and_its_sentence(text: str, place: str) -> None:
    assert [v for v, _ in found(text)] == [place]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Admission Date: 2150-02-03", "Admission Date: 2149-12-25"), ("seen 02/03/2187 and", "seen 12/25/2186 and"), ("on 3-Feb-2187.", "on 25-Dec-2186."),
        ("on February 3, 2150.", "on December 25, 2149."), ("seen in ed 20th July 2021", "seen in ed 10th June 2021"), ("card exp 12/28, ", "card exp 11/28, "),
    ],
)  # fmt: skip
def test_a_date_of_any_century_is_shifted_in_its_form(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_an_hour_behind_a_day_is_no_year() -> None:
    assert ("Feb 3", Category.DATE) in found("called Feb 3 2150")


def test_a_number_of_one_digit_is_never_drawn_again() -> None:
    passage = Passage("Seen on ward 3, bed 7.")
    found = FINDER.find(passage, None)
    for seed in (bytes([n]) * 32 for n in range(120)):
        surrogates = Surrogates("S-7K2M9Q", -40, seed, seed, draw_person(seed, "patient"))
        told = splice(passage.text, plan_text(passage, found, surrogates, SETTINGS, None).edits)
        assert "ward 3" not in told
        assert "bed 7" not in told
