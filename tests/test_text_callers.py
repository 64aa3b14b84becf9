"""Who speaks, who is on call, and who only looks like somebody who acts."""

import pytest

from deid.model import Passage
from deid.settings import TextSettings
from deid.text import Finder, second_look

RULES = Finder(TextSettings(model="none"))


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in RULES.find(Passage(text), None)]


def test_speakers_of_a_chat_are_names_though_they_are_words() -> None:
    chat = "Chase: can anyone look at this\nAgron: on my way\nFrank: thanks"
    assert {"Chase", "Agron", "Frank"} <= set(found(chat))


@pytest.mark.parametrize(
    "text", ["Findings: normal\nImpression: no change", "Technique: axial\nGadovist: 7 ml\nPlan: none"]
)
def test_headings_do_not_speak(text: str) -> None:
    assert found(text) == []


def test_whose_pager_a_line_lists_is_somebody() -> None:
    assert {"Hand", "STONE", "Low"} <= set(found("On call: Hand #8951, STONE 5469, Low 5531."))
    assert "Radiology" not in found("On call: Radiology 4512")


@pytest.mark.parametrize(
    "text",
    [
        "Operators scrubbed.",
        "Urologist wants 12 cores.",
        "HR wants a form.",
        "See your doctor. Zometa can go ahead.",
        'The doctor said "rest".',
        "CALLER: He's got a stent",
        "NOT STAGED BY MR. FIB-4 2.9",
        "Clinic Mon, Thu.",
    ],
)
def test_roles_and_weekdays_are_nobody(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("reached MMI. Budi Kusumawardhani, MD", "Budi Kusumawardhani"),
        ("Signed: Beridze, N. Follow-up booked.", "Beridze, N."),
        ("Signed: Beridze, N. M. and filed", "Beridze, N. M."),
        ("Spanish Dr Said called back", "Said"),
    ],
)
def test_a_name_ends_with_its_sentence(text: str, name: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize(
    "text",
    ["pain 4/10 at rest", "Snellen 6/9.", "swabs 10/10;", "ER 8/8, PR 6/8", "Tazocin for 5/7.", "| SAG T1 | 1-22 |"],
)
def test_shares_and_scales_are_no_leftover_dates(text: str) -> None:
    assert second_look(text, [], TextSettings(model="none"), language="en").status == "PASS"


def test_a_day_and_month_that_was_left_is_seen() -> None:
    assert second_look("Seen 3/14, better.", [], TextSettings(model="none"), language="en").status != "PASS"
