"""Which burned-in words may stay: whole tokens of the recipe's allow-list, and what they measure.

Recognition never decides what is removed. It can only save a word, and only if it read the whole of it with
confidence as laterality, view or technique.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

__all__ = [
    "CAPITALS",
    "DIGITS",
    "NAMESAKES",
    "alike",
    "allowed",
    "digits",
    "measures",
    "possible",
    "tokens",
    "units",
    "vocabulary",
]

_SIDES = "L R LT RT LEFT RIGHT"
_MAMMO = "CC MLO ML LM XCCL XCCM AT CV ISO LMO SIO FB"
_PLAIN = "LCC RCC MLO LMLO RMLO XCCL XCCM LXCCL RXCCL LXCCM RXCCM"  # of mammography, but nobody's initials
_VIEWS = (
    "AP PA LAT LATERAL LAO RAO OBL OBLIQUE SUPINE PRONE ERECT UPRIGHT PORTABLE INSP EXP SAG COR AX AXIAL SAGITTAL "
    "CORONAL TRANS LONG STANDING WEIGHT BEARING A P H F S"
)
_WORDS = "KVP KV MAS MA MS SEC SID SOD FOV ST TR TE TI FA NEX ETL WL WW ZOOM MI TIS TIB TIC GAIN DR PRF FR HZ DEPTH MAG"
_UNITS = "KVP KV MAS MA MS S SEC CM MM UM HZ KHZ MHZ DB FPS % HU MGY UGY DGY CM/S M/S MMHG BPM PX DEG T IN X"

_MIXED = frozenset(("kVp", "kV", "mAs", "mA", "kHz", "MHz", "dB", "mGy", "uGy", "dGy", "mmHg", "TIs", "TIb", "TIc"))
_WRITTEN = {word.upper(): word for word in (*_MIXED, "Hz", "FPS", "HU", "SEC", "IN")}

#: Words that are names as well, unless they are written in capitals.
NAMESAKES = frozenset("RAO LAO LONG MA MAS SID TI TR TE DR AT MAG COR SEC FR ST IN".split())  # noqa: SIM905

#: Views that nobody writes but in capitals: ``Rcc`` is another word, misread.
CAPITALS = frozenset([*_MAMMO.split(), *(s + v for s in "LR" for v in _MAMMO.split()), *"AP PA AX".split()])  # noqa: SIM905

#: What a reader takes a digit for.
DIGITS = {"0": "OoQD", "1": "Il", "2": "Zz", "5": "Ss", "8": "B"}
_DIGIT_OF = str.maketrans({letter: digit for digit, letters in DIGITS.items() for letter in letters})

# Four digits may be a year, a ward, the end of a number: they stay only where label and value are one token.
# A sign before a number may be the hyphen of a date that was cut.
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?")
_NUMBER_UNIT = re.compile(r"([-+]?\d{1,4}(?:[.,]\d{1,3})?)([A-Z%/]+)")
# What stands with its value in one token: W:400, MI1.2, ST=3.0. One letter needs a sign between: Z0 may be a name.
_LABELLED = re.compile(
    r"(WL|WW|W|L|C|ST|TR|TE|TI|FA|MI|TIS|TIB|TIC|FR|DR|MAG|Z)[:=][-+]?\d{1,4}(?:[.,]\d{1,2})?"
    r"|(WL|WW|ST|TR|TE|TI|FA|MI|TIS|TIB|TIC|FR|DR|MAG)[-+]?\d{1,2}(?:[.,]\d{1,2})?"
)


@lru_cache(maxsize=8)
def _lists(keep: tuple[str, ...], extra: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str], bool]:
    words: set[str] = {e.upper() for e in extra}
    technique = "technique" in keep
    if "laterality" in keep:
        views = _MAMMO.split()
        words.update(views, (side + view for side in "LR" for view in views))
    if "laterality" in keep or "sides" in keep:
        words.update(_SIDES.split(), _VIEWS.split(), _PLAIN.split())
    if technique:
        words.update(_WORDS.split())
    return frozenset(words), frozenset(_UNITS.split()) if technique else frozenset(), technique


def possible(word: str, keep: tuple[str, ...], extra: tuple[str, ...] = ()) -> bool:
    """Say whether a folded token may stay in some line: by itself, or as a number or unit beside another."""
    known, units, technique = _lists(tuple(keep), tuple(extra))
    return word in known or (technique and (word in units or bool(_NUMBER.fullmatch(word)) or _measures(word, units)))


def _measures(word: str, units: frozenset[str]) -> bool:
    """Whether a token holds a value and what it is: ``120KVP``, ``W:400``."""
    joined = _NUMBER_UNIT.fullmatch(word)
    unit = joined.group(2) if joined else ""
    return _LABELLED.fullmatch(word) is not None or (unit in units and (len(unit) > 1 or unit == "%"))


def digits(text: str) -> str:
    """Return the number that a reading may be: ``12O`` is 120; empty if it is none."""
    number = text.strip("()[]:;_|*").translate(_DIGIT_OF)
    return number if _NUMBER.fullmatch(number) else ""


def units(text: str, keep: tuple[str, ...]) -> list[str]:
    """Return the units of two letters and more that a reading may be, as they are written: ``cR`` may be ``cm``."""
    word = text.strip("()[].:;,-_|*").upper()
    near = [u for u in _lists(tuple(keep), ())[1] if len(u) > 1 and _one_off(word, u)]
    return sorted(_WRITTEN.get(u, u.lower()) for u in near)


def _one_off(word: str, unit: str) -> bool:
    """Whether a reading is a unit but for one letter; of two letters one must be right."""
    return alike(word, unit) or (len(word) == len(unit) == 2 and (word[0] == unit[0] or word[1] == unit[1]))


@lru_cache(maxsize=1024)
def measures(text: str, keep: tuple[str, ...]) -> frozenset[str]:
    """Return what a reading may be that measures something: a number and a unit, apart or in one token."""
    parts = text.split()
    if not 1 <= len(parts) <= 2 or len(text) > 12:
        return frozenset()
    gap, whole = (" " if len(parts) == 2 else ""), "".join(parts)
    cuts = [len(parts[0])] if gap else range(1, min(len(whole), 7))
    pairs = [(digits(whole[:cut]), units(whole[cut:], keep)) for cut in cuts]
    return frozenset(number + gap + unit for number, near in pairs if number for unit in near)


def vocabulary(keep: tuple[str, ...] = ("laterality", "technique"), extra: tuple[str, ...] = ()) -> list[str]:
    """Return every word that may stay by itself."""
    return sorted(_lists(keep, extra)[0])


def alike(word: str, other: str) -> bool:
    """Say whether two readings may be of the same word: equal, or from three letters on with one letter different."""
    if word == other:
        return True
    short, long = sorted((word, other), key=len)
    if len(short) < 3 or len(long) - len(short) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def tokens(text: str) -> list[tuple[int, int, str]]:
    """Split at white space; ``(start, end, folded)``, where folding drops what surrounds a marker: ``(L)``, ``R.``.

    A nought at the end of a mammography view is the letter that engines take it for: ``RML0``. What nobody writes so is
    not folded: ``RcC`` and ``Rcc`` were misread, one small letter is no side, ``Rao`` is a name as often as a view.
    """
    found = []
    for m in re.finditer(r"\S+", text):
        word = m.group().strip("()[]<>.:;,-_|*'\"")
        written = word.isupper() or word.islower() or word.istitle() or word.lstrip("+-.,0123456789") in _MIXED
        written = written and (len(word) > 1 or not word.islower())
        written = written and (word.isupper() or word in _MIXED or word.upper() not in NAMESAKES)
        written = written and not (word.istitle() and len(word) > 1 and word.upper() in CAPITALS)
        folded = re.sub(r"(?<=ML)0$", "O", word.upper()) if written else word
        found.append((m.start(), m.end(), folded))
    return found


def allowed(words: Sequence[str], keep: tuple[str, ...], extra: tuple[str, ...] = ()) -> list[bool]:
    """Say for each folded token of one line whether it may stay.

    A number stays only if a unit follows it or a technique word stands before it: a bare number may be an identifier.
    One or two letters, and a number without its unit in one token, stay only if the whole line stays: ``R SMITH``
    holds an initial, no side, ``R S`` two of them, and ``4711 303 cm`` may be one number in two parts. What is a name
    as well goes with any other word that goes (``RAO 30`` is an angle, ``RAO PRIYA`` is not) and with an initial, and
    technique of two letters measures something or is two initials, and a unit goes with its number.

    Parameters
    ----------
    words
        Tokens of one line, in reading order.
    keep
        Groups named by the recipe: ``laterality`` (with views), ``technique``; ``sides`` is laterality without those
        views of mammography that are initials elsewhere.
    extra
        Further words that the recipe allows.
    """
    known, units, technique = _lists(tuple(keep), tuple(extra))
    number = [_NUMBER.fullmatch(w) is not None for w in words]
    measured = any(number) or any(_measures(w, units) for w in words)
    result = []
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        ok = word in known and (measured or (word not in _SHORT and not (i and word in units)))
        if not ok and technique:
            ok = _measures(word, units) or (word in units and i > 0 and number[i - 1])
            # In "120 KVP 4711" the unit belongs to the number before it and lets no other stay.
            leads = before in _TECHNIQUE and not (i > 1 and number[i - 2])
            ok = ok or (number[i] and ((i + 1 < len(words) and words[i + 1] in units) or leads))
        result.append(bool(word) and ok)
    # One or two letters beside a word that goes may be initials: they stay only in a line that stays whole.
    letters = [len(word) == 1 and word.isalpha() for word in words]
    whole = all(result) and sum(letters) <= 1
    named = any(not ok and not digits for ok, digits in zip(result, number, strict=True))
    named = named or any(letters[i] and word not in "LR" and not (i and number[i - 1]) for i, word in enumerate(words))

    def stays(word: str) -> bool:
        if word in NAMESAKES and len(word) > 2:
            return not named
        return whole or word in ("LT", "RT") or (len(word) > 2 and not word[-1].isdigit())

    return [ok and stays(word) for ok, word in zip(result, words, strict=True)]


_TECHNIQUE = frozenset(_WORDS.split())
_SHORT = frozenset(word for word in _TECHNIQUE if len(word) == 2)
