"""Codes: every two of them are far apart."""

from __future__ import annotations

import itertools
import random

from deid.vault.codes import ALPHABET, CODE_CHARACTERS, check_characters, draw_code, is_well_formed


def test_drawn_code_is_well_formed_and_starts_with_a_letter() -> None:
    for _ in range(300):
        code = draw_code("S-")
        assert len(code) == 2 + CODE_CHARACTERS
        assert code[2] in "ABCDFGHJKMNPQRSTVWXYZ"
        assert is_well_formed(code, "S-")
        assert not is_well_formed(code, "T-")


def test_no_one_or_two_wrong_characters_make_another_code() -> None:
    body = draw_code("")
    for i, j in itertools.combinations(range(CODE_CHARACTERS), 2):
        for a, b in itertools.product(ALPHABET, ALPHABET):
            wrong = list(body)
            wrong[i], wrong[j] = a, b
            text = "".join(wrong)
            assert text == body or not is_well_formed(text, "")


def test_check_characters_are_linear_so_the_distance_of_any_two_codes_is_three() -> None:
    draw = random.Random(7)
    for _ in range(2000):
        data = [draw.choice(ALPHABET) for _ in range(8)]
        places = draw.sample(range(8), draw.choice((1, 2)))
        other = list(data)
        for place in places:
            other[place] = draw.choice([c for c in ALPHABET if c != data[place]])
        first, second = ("".join(d) + check_characters("".join(d)) for d in (data, other))
        assert sum(a != b for a, b in zip(first, second, strict=True)) >= 3


def test_other_alphabets_are_not_well_formed() -> None:
    assert not is_well_formed("S-ILOU234567", "S-")
    assert not is_well_formed("S-", "S-")
    assert not is_well_formed("s-d7sf8y2nm6", "S-")
