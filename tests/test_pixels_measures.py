"""What measures something stays whole: numbers, units and what a reader takes them for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from deid.pixels.detect import look
from deid.pixels.engines import Box, Image, Word, letters
from deid.pixels.keep import allowed, digits, measures, tokens, units
from deid.settings import PixelSettings
from tests.test_pixels_detect import ALONE, FRAME, GROUPS, Scripted, scripted, spaced


@pytest.mark.parametrize(("read", "number"), [
    ("12O", "120"), ("I2", "12"), ("IO", "10"), ("2.5", "2.5"), ("B5", "85"), ("Smith", ""), ("1975", ""), ("7A", ""),
])  # fmt: skip
def test_letters_that_look_like_digits_may_be_a_number(read: str, number: str) -> None:
    assert digits(read) == number


def test_a_unit_of_which_one_letter_was_misread_may_be_that_unit() -> None:
    assert "cm" in units("cR", GROUPS)
    assert "mAs" in units("AAs", GROUPS)
    assert units("JAN", GROUPS) == []
    assert units("cR", ("laterality",)) == []


@pytest.mark.parametrize(("read", "may_be"), [("5 tm", "5 cm"), ("1Oom", "10cm"), ("12O kVp", "120 kVp")])
def test_a_number_and_its_unit_are_read_together(read: str, may_be: str) -> None:
    assert may_be in measures(read, GROUPS)


@pytest.mark.parametrize("text", ["SMITH", "12/03/1975", "Ward 12 cm", "4711 303"])
def test_other_words_measure_nothing(text: str) -> None:
    assert not measures(text, GROUPS)


def answer(text: str) -> np.ndarray:
    """What a reader says that is sure of each character."""
    steps = np.full((3 * len(text) + 2, 1 + len(letters.CHARACTERS)), 1e-6)
    steps[:, 0] = 1.0
    for at, character in enumerate(text):
        steps[3 * at + 1] = 1e-6
        steps[3 * at + 1, 1 + letters.CHARACTERS.index(character)] = 1.0
    return steps


def test_an_o_counts_for_a_nought_where_a_number_may_stand() -> None:
    assert letters.likelihood(answer("12O"), "120") < 0.01
    assert letters.likelihood(answer("12O"), "120", like={"0": "O"}) > 0.9


class Spelt(Scripted):
    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        return [replace(w, answer=answer(w.text)) for w in super().read(image, boxes)]


@pytest.mark.parametrize("number", ["12O", "I2", "120"])
def test_a_number_misread_stays_beside_its_unit(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    engine = Spelt({Box(10, 10, 50, 30): number, Box(56, 10, 96, 30): "kVp"})
    monkeypatch.setattr("deid.pixels.detect.engines.load_all", lambda settings: [engine])
    assert len(look([FRAME], ALONE).kept) == 2


@pytest.mark.parametrize("beside", ["SMITH", "12/03/1975", "DOB"])
def test_what_is_no_number_goes_and_the_unit_beside_it_too(monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    scripted(monkeypatch, {Box(10, 10, 60, 30): beside, Box(66, 10, 106, 30): "kVp"})
    assert not look([FRAME], ALONE).kept


def test_a_number_in_which_no_digit_was_read_needs_the_second_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """SO MA is a name; 50 mA is none."""
    found = {Box(10, 10, 40, 30): "SO", Box(46, 10, 76, 30): "MA"}
    monkeypatch.setattr("deid.pixels.detect.engines.load_all", lambda settings: [Spelt(found)])
    other = Scripted(found)
    other.shape = FRAME.shape
    monkeypatch.setattr("deid.pixels.engines.load", lambda name, settings: other)
    assert not look([FRAME], PixelSettings()).kept


def test_a_part_of_a_measure_that_was_found_again_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twice(Scripted):
        def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
            read = super().read(image, boxes)
            return [replace(w, text="10 cm") if w.box.width > 70 else w for w in read]

    found = {Box(10, 12, 90, 30): "10 cm", Box(10, 10, 70, 30): "10 cr"}
    monkeypatch.setattr("deid.pixels.detect.engines.load_all", lambda settings: [Twice(found)])
    seen = look([FRAME], ALONE)
    assert [k.right for k in seen.kept] == [90]
    assert not seen.regions


@pytest.mark.parametrize(("word", "stays"), [("RCC", True), ("Rcc", False), ("Acc", False), ("Left", True)])
def test_views_of_mammography_are_written_in_capitals(word: str, stays: bool) -> None:
    assert allowed([t for _, _, t in tokens(word)], GROUPS) == [stays]


@pytest.mark.parametrize(("letters_", "pitch", "kept"), [("RR", 3.5, 2), ("RR", 1.2, 0), ("RS", 3.5, 0)])
def test_a_side_that_is_said_twice_is_no_name(
    monkeypatch: pytest.MonkeyPatch, letters_: str, pitch: float, kept: int
) -> None:
    scripted(monkeypatch, spaced(letters_, pitch, stacked=True))
    assert len(look([FRAME], ALONE).kept) == kept
