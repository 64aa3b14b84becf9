"""Whose picture it is: what labels, lone names and dates that are burned in say against the header."""

from __future__ import annotations

import pytest

from deid.model import Category, Finding, Known, Passage, Role, Subject, SubjectKey
from deid.pixels.engines import Box, Word
from deid.pixels.whose import contradictions

NAMES = ("GIULIA", "SZABO", "PETROVMAX", "Nakamura", "Levy", "Kidney", "Park", "Jones")


def subject() -> Subject:
    return Subject(
        SubjectKey("4711778"),
        (
            Known("GARCIA^ANA", Category.NAME, Role.PATIENT, "PatientName"),
            Known("4711778", Category.ID, Role.PATIENT, "PatientID"),
            Known("19601008", Category.DATE, Role.PATIENT, "PatientBirthDate"),
            Known("JONES^MARY", Category.NAME, Role.STAFF, "OperatorsName"),
        ),
    )


def find(passage: Passage, who: Subject | None) -> list[Finding]:
    """Takes every word of the list for a name, as a model does."""
    found = [(passage.text.find(n), n) for n in NAMES]
    return [Finding(at, at + len(n), Category.NAME, 0.95, "model") for at, n in found if at >= 0]


def alerts(*lines: str) -> list[str]:
    """The words of each line side by side, given in another order than they stand in."""
    words: list[Word] = []
    for row, line in enumerate(lines):
        left = 10
        for text in line.split():
            top = 20 + 30 * row + len(words) % 2
            words.append(Word(text, 0.95, Box(left, top, left + 9 * len(text), top + 14)))
            left += 9 * len(text) + 8
    words.reverse()
    return [a.code for a in contradictions(words, [w.box for w in words], find, subject())]


@pytest.mark.parametrize("line", [
    "Name: SZABO, GIULIA", "NAME =Rosa Tupou", "Pt: Rosa Tupou", "Patient ID: 9900331", "MRN 9900331",
    "Pat.ID% 9900331", "DOB 12 MAR 1985", "Born: 12.03.1985", "BornA 12.03.1985", "*12.03.1985", "DOB: 198503-12",
    "SZABO, GIULIA", "PETROVMAX",
])  # fmt: skip
def test_another_patients_name_number_or_birth_date_raises_an_alert(line: str) -> None:
    assert alerts(line, "14:37:53") == ["wrong-patient"]


@pytest.mark.parametrize("line", [
    "Dr. Levy", "Operator: Nakamura", "0peratorm Nakamura", "RefB Levy", "Sonographer Park",
    "Ref. Physician: Rosa Tupou",
    "Performed by: Rosa Tupou", "Operator ID: 9900331", "Study ID: 9900331", "Right Kidney", "Harborview Radiology",
    "14/07/2023", "Tel 415.555.2427", "Room 418", "Name: Jones Mary", "Name: Garcia, Ana", "NAME GARCLA", "ID: 47II778",
    "DOB 08 OCT 1960", "DOB 08 0CT1960", "Born: 10/8/60", "DOB 08 OCT 1950", "SZABO",
])  # fmt: skip
def test_staff_places_examinations_and_the_patients_own_raise_none(line: str) -> None:
    assert alerts(line, "14:37:53") == []


def test_a_value_may_stand_below_its_label() -> None:
    assert alerts("Patient Name", "Rosa Tupou") == ["wrong-patient"]
    assert alerts("Operator", "SZABO GIULIA") == []


def test_a_picture_that_names_its_own_patient_is_that_patients() -> None:
    assert alerts("Name: GARCIA ANA", "SZABO, GIULIA") == []
