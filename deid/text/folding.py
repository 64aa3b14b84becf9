"""Text in the form in which values are compared, with the way back to the original's offsets.

A detector searches folded text (lower case, no diacritics, plain quotes and dashes, no invisible
characters) and reports spans of the original. :class:`Folded` carries the map between the two, and a
*squeezed* view in which only letters and digits are left, so that ``12-34 56`` is found as ``123456``.
"""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

__all__ = ["Folded", "count_capitals", "fold_document", "fold_text", "fold_word", "squeeze"]

SPECIAL = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l",
    "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i", "İ": "i", "ħ": "h", "Ħ": "h",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ʹ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-", "―": "-",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u200e": "", "\u200f": "",
    "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2009": " ", "\u2002": " ", "\u2003": " ",
}  # fmt: skip
ALNUM = re.compile(r"[^\W_]+")
ALNUM_ASCII = re.compile(r"[a-z0-9][a-z0-9]*")  # a third of the time; `re` skips to a class, not to a repeat
NOT_LETTERS = re.compile(r"[\W\d_]+")
CAPITALS = string.ascii_uppercase.encode()
NOT_ALNUM = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if not character.isalnum() and not _is_mark(character):
        return " " if character.isspace() and character not in "\n\r" else character
    bare = (c for c in unicodedata.normalize("NFKD", character) if not _is_mark(c))
    return "".join(SPECIAL.get(c, c) for c in bare).lower()


def _is_mark(character: str) -> bool:
    """Whether a character belongs to the letter before it: a diacritic, and a vowel sign of Thai or Devanagari."""
    return unicodedata.category(character)[0] == "M"


@dataclass(frozen=True, slots=True, repr=False)
class Folded:
    """Folded text and where each of its characters comes from.

    Attributes
    ----------
    original, text
        As given, and folded.
    notes
        What detectors have worked out about the text and share (tokens, whether it is in capitals).
    origins
        Index in ``original`` of every folded character; None where the two run in step.
    """

    original: str
    text: str
    origins: tuple[int, ...] | None
    notes: dict[str, Any] = field(default_factory=dict, compare=False)

    def tokens(self) -> list[tuple[int, int, str]]:
        """Runs of letters and digits with their place in the folded text; made once, shared by detectors."""
        tokens: list[tuple[int, int, str]] | None = self.notes.get("tokens")
        if tokens is None:
            text = self.text
            pattern = ALNUM_ASCII if text.isascii() else ALNUM
            spans = map(re.Match.span, pattern.finditer(text))
            tokens = self.notes["tokens"] = [(start, end, text[start:end]) for start, end in spans]
        return tokens

    def words(self) -> frozenset[str]:
        """The distinct ones of :meth:`tokens`."""
        words: frozenset[str] | None = self.notes.get("distinct")
        if words is None:
            words = self.notes["distinct"] = frozenset([word for _, _, word in self.tokens()])
        return words

    def is_caps(self) -> bool:
        """Whether the text is written in capitals, so that case says nothing."""
        caps: bool | None = self.notes.get("caps")
        if caps is None:
            text = self.original
            if text.isascii():
                upper = count_capitals(text)
                letters = upper + count_capitals(text.swapcase())
            else:
                bare = NOT_LETTERS.sub("", text)
                upper = count_capitals(bare) if bare.isascii() else sum(map(str.isupper, bare))
                letters = len(bare)
            caps = self.notes["caps"] = 4 * upper > 3 * letters
        return caps

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of the original for one of the folded text, combining marks included."""
        if self.origins is None:
            return start, end
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else len(self.original)
            return at, at
        last = self.origins[end - 1] + 1
        while last < len(self.original) and not _fold_character(self.original[last]):
            last += 1
        return self.origins[start], last


def count_capitals(text: str) -> int:
    """How many of the letters A to Z a text has in capitals."""
    written = text.encode("utf-8", "surrogatepass")
    return len(written) - len(written.translate(None, CAPITALS))


def fold_text(text: str) -> Folded:
    """Fold a text and remember the offsets."""
    if text.isascii() and "`" not in text:
        return Folded(text, text.lower(), None)
    parts = [_fold_character(c) for c in text]
    folded = "".join(parts)
    if len(folded) == len(text) and all(map(len, parts)):
        return Folded(text, folded, None)
    return Folded(text, folded, tuple(i for i, part in enumerate(parts) for _ in part))


def fold_word(text: str) -> str:
    """What a word or a short value is when folded, without the way back."""
    return text.lower() if text.isascii() and "`" not in text else fold_text(text).text


@lru_cache(maxsize=64)
def fold_document(text: str) -> Folded:
    """Fold a whole text; the last few are kept, so that finding and replacing share what each works out."""
    return fold_text(text)


@lru_cache(maxsize=8192)
def squeeze(text: str) -> str:
    """Letters and digits of a value only, folded."""
    return NOT_ALNUM.sub("", fold_word(text))
