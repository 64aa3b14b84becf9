"""Short DICOM text elements: what is not on the list of allowed words goes.

PS3.15 E.3.5 recommends an allow list for descriptors. Known identifiers and patterns come first; of what is left
every token must be a radiological or ordinary word, a short number, or a number with its unit.
"""

from __future__ import annotations

import re

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded
from deid.text.words import NO_PERSON_AFTER

__all__ = ["find_unlisted"]

UNITS = (
    "mm|cm|m|ml|cc|l|mg|mcg|ug|g|kg|hu|kv|kvp|ma|mas|mgy|gy|mci|mbq|ms|msec|s|sec|min|mins|minutes|hr|hrs|h|w|t|x|v|vw|views?|view|fps|hz|mhz|khz|bpm|"
    "deg|degrees?|d|st|nd|rd|th|f|fr|ga|g|p|pt|phase|slices?|images?|frames?|rows?|channel|ch|bit|yr|yrs|y|yo|wk|wks|weeks?|days?|mo|percent|ppm|tr|te|ti|b|nex|iso|i|r|q|k|pct|mhu|cm2|cm3|mm2|mm3|mmhg|cmh2o|inch|in"
)
NUMBER_UNIT = re.compile(rf"\d{{1,5}}(?:{UNITS})?")
DIMENSIONS = re.compile(r"\d{1,4}(?:x\d{1,4}){1,2}(?:mm|cm)?")
WORD_NUMBER = re.compile(r"([a-z]{2,})(\d{1,3})([a-z]{0,2})")
LEVEL = re.compile(
    r"[ctls]\d{1,2}|b\d{1,4}|q\d{1,3}|p\d{1,2}|r\d{1,2}|v\d{1,2}|i\d\d[a-z]?|e\d|te\d{1,3}|tr\d{1,5}|ti\d{1,4}|fa\d{1,2}|n\d|m\d|g\d|h\d\d[a-z]|d\d\d[a-z]|u\d\d[a-z]|a\d{1,2}"
)
KERNEL = re.compile(r"[a-z]{1,2}\d{2}[a-z]{0,2}|fc\d{2}[a-z]?")


def find_unlisted(folded: Folded, taken: list[Finding], language: str = "en") -> list[Finding]:
    """Tokens of a descriptor that no list allows and no finding covers yet."""
    spans = [(f.start, f.end) for f in taken]
    tokens = folded.tokens()
    out: list[Finding] = []
    for i, (start, end, word) in enumerate(tokens):
        following = tokens[i + 1][2] if i + 1 < len(tokens) else ""
        if _allowed(word, following, language):
            continue
        if (
            i + 1 < len(tokens)
            and tokens[i + 1][0] - end <= 1
            and _allowed(f"{word}{following}", "", language)
            and not word.isdigit()
        ):
            continue
        a, b = folded.span(start, end)
        if any(x < b and a < y for x, y in spans):
            continue
        category = Category.NAME if word in lexicon.given_names() or word in lexicon.surnames() else Category.OTHER
        if out and out[-1].end < a and not folded.original[out[-1].end : a].strip(" ,.'-^_"):
            merged = Category.NAME if Category.NAME in (category, out[-1].category) else Category.OTHER
            out[-1] = Finding(out[-1].start, b, merged, 0.6, "descriptor:unlisted")
        else:
            out.append(Finding(a, b, category, 0.6, "descriptor:unlisted"))
    return out


def _allowed(word: str, following: str, language: str) -> bool:  # noqa: C901, PLR0911
    if len(word) == 1 or (not word.isascii() and not word.isalpha()):
        return len(word) == 1 and (word.isascii() or not word.isalpha())
    if word[0].isdigit():
        if word.isdigit():
            return len(word) <= 4
        return bool(NUMBER_UNIT.fullmatch(word) or DIMENSIONS.fullmatch(word)) or word in lexicon.words("radiology")
    if word in lexicon.words("radiology") or lexicon.is_drug(word) or word in lexicon.words("medical"):
        return True
    named = word in lexicon.given_names() or word in lexicon.surnames()
    if lexicon.is_eponym(word):
        return not named or following in NO_PERSON_AFTER
    if word in lexicon.words("common"):
        return not named
    if lexicon.is_clinical(word):
        return not named
    if word in lexicon.words("foreign") or word in lexicon.words(language):
        return not named or len(word) <= 3
    if any(c.isdigit() for c in word):
        if LEVEL.fullmatch(word) or KERNEL.fullmatch(word):
            return True
        match = WORD_NUMBER.fullmatch(word)
        return match is not None and _allowed(match[1], "", language)
    return False
