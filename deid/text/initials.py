"""Initials: what they look like, and letters that stand in for them and mean nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from deid.surrogates import PersonSurrogate
from deid.text import lexicon
from deid.text.folding import fold_word
from deid.text.parts import CREDENTIALS, TITLES
from deid.text.rules import STATES

__all__ = ["drawn_letters", "is_initial_group", "is_initials", "means_something"]

#: Shorthand of wards and reports that no list of words holds.
SHORTHAND = lexicon.group("ward_shorthand")
LABELS = lexicon.group("label_words") | lexicon.group("form_words")
TELLING = TITLES | CREDENTIALS | SHORTHAND | LABELS | frozenset(STATES.split())
PIECE = re.compile(r"[^/:;&\\]+")
LETTERS = re.compile(r"[^\W\d_]+")
SEPARATOR = re.compile(r"[/:;&\\]")
NO_VOWEL = re.compile(r"[^AEIOUYaeiouy]+")


def is_initials(original: str, *, told: bool = False, caps: bool = False) -> bool:
    """Whether a name is nothing but initials: ``AW/tk``, ``S.B.``, ``jkp``.

    Parameters
    ----------
    original
        As written.
    told
        The rule that found it says so.
    caps
        The text has capitals only, where ``LEE`` is a name.
    """
    pieces = [p for p in PIECE.findall(original.strip()) if LETTERS.search(p)]
    several = len(pieces) > 1
    return bool(pieces) and all(_is_piece(p, told=told or several, caps=caps) for p in pieces)


def _is_piece(piece: str, *, told: bool, caps: bool) -> bool:
    letters = "".join(LETTERS.findall(piece))
    if len(letters) > 4 or not (letters.isupper() or letters.islower()):
        return False
    if len(letters) > 1 and all(len(run) == 1 for run in LETTERS.findall(piece)):  # S.B.
        return True
    if told or len(letters) == 1 or " " in piece.strip():
        return told and " " not in piece.strip()
    if NO_VOWEL.fullmatch(letters):
        return fold_word(letters) not in lexicon.surnames()
    return len(letters) < 4 and not (lexicon.is_name(letters) if letters.islower() else caps)


def is_initial_group(word: str, whole: str) -> bool:
    """Whether a word of a longer name stands for given names by their first letters: ``JP O'Brien``, ``OBRIEN JP``."""
    folded = fold_word(word)
    if not (2 <= len(word) <= 3 and word.isupper() and word != whole.strip()) or folded in TITLES | CREDENTIALS:
        return False
    if whole.isupper():
        return NO_VOWEL.fullmatch(word) is not None and folded not in lexicon.surnames()
    return folded not in lexicon.given_names()


def drawn_letters(original: str, person: PersonSurrogate, middle: str) -> str:
    """The initials of another person in the form of some: as many letters, in their case and with their stops."""
    count = sum(map(str.isalpha, original))
    bare = "".join(filter(str.isalpha, original))
    for letters in _draws(count, person, middle):
        if letters.casefold() != bare.casefold() and not means_something(letters):
            return _in_form(original, letters)
    return _in_form(original, next(_draws(count, person, middle)))


def _draws(count: int, person: PersonSurrogate, middle: str) -> Iterator[str]:
    """First letters, then ever later ones of the names, until some mean nothing."""
    between = (middle + person.family + middle)[: max(0, count - 2)]
    for first, last in product(person.given + "wv", person.family + "xz"):
        yield first if count == 1 else first + between + last


def means_something(letters: str) -> bool:
    """Whether letters are a word, an abbreviation, a credential or a state."""
    folded = fold_word(letters)
    return len(folded) > 1 and (folded in TELLING or lexicon.is_known(folded) or lexicon.is_clinical(folded))


def _in_form(original: str, letters: str) -> str:
    left = iter(letters)
    return "".join((next(left).upper() if c.isupper() else next(left).lower()) if c.isalpha() else c for c in original)
