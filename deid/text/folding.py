"""Text in the form in which values are compared, with the way back to the original's offsets.

A detector searches folded text (lower case, no diacritics, plain quotes and dashes, no invisible
characters) and reports spans of the original. :class:`Folded` carries the map between the two, and a
*squeezed* view in which only letters and digits are left, so that ``12-34 56`` is found as ``123456``.
"""

from __future__ import annotations

import html
import re
import string
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from deid.model import Finding

__all__ = ["Folded", "Legible", "count_capitals", "fold_document", "fold_text", "fold_word", "legible", "squeeze"]

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
#: Characters that look like another one and mean it: blanks of every width, apostrophes, full-width letters.
ALIKE = {
    **dict.fromkeys([0xA0, 0x1680, *range(0x2002, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    **dict.fromkeys(map(ord, "’‘ʼ`´ʹ‛"), "'"),
    **{0xFF01 + i: chr(0x21 + i) for i in range(0x7F - 0x21)},
}  # fmt: skip
INVISIBLE = "\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f"
UNSEEN = re.compile(f"[{INVISIBLE}]")
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
JOINED = re.compile(f"[{INVISIBLE}\u0300-\u036f{''.join(LIGATURES)}]")
ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});")


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
class Legible:
    """A text as a reader sees it: no invisible characters, whole letters, one kind of blank and apostrophe.

    Attributes
    ----------
    text
        What detectors read.
    places
        For each of its characters the half-open span of the original; None where the two run in step.
    """

    text: str
    places: tuple[tuple[int, int], ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of the original for one of :attr:`text`."""
        if self.places is None or start >= end:
            return start, end
        return self.places[start][0], self.places[end - 1][1]

    def placed(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings in :attr:`text` with their places in the original."""
        if self.places is None:
            return tuple(findings)
        spans = ((f, *self.span(f.start, f.end)) for f in findings)
        return tuple(replace(f, start=start, end=end) for f, start, end in spans)

    def inner(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of :attr:`text` for one of the original."""
        if self.places is None:
            return start, end
        return bisect_left(self.places, (start, 0)), bisect_left(self.places, (end, 0))


def legible(text: str) -> Legible:
    """Read a text as a person does: soft hyphens unseen, accents with their letters, O’Brien and O&#39;Brien alike."""
    if text.isascii():
        text = text.replace("`", "'") if "`" in text else text
        joined = "&" in text and ENTITY.search(text) is not None
    else:
        text = text.translate(ALIKE)
        joined = JOINED.search(text) is not None or ENTITY.search(text) is not None
    if not joined:
        return Legible(text)
    seen: list[str] = []
    places: list[tuple[int, int]] = []
    for character, start, end in _characters(text):
        if UNSEEN.match(character):
            continue
        whole = unicodedata.normalize("NFC", seen[-1] + character) if seen and _is_mark(character) else ""
        if len(whole) == 1:
            seen[-1], places[-1] = whole, (places[-1][0], end)
            continue
        for part in LIGATURES.get(character, character):
            seen.append(part)
            places.append((start, end))
    return Legible("".join(seen), tuple(places))


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """Each character with its half-open span; one that is written as an entity of HTML is one."""
    at = 0
    for entity in ENTITY.finditer(text):
        meant = html.unescape(entity.group()).translate(ALIKE)
        if len(meant) == 1:
            yield from ((text[i], i, i + 1) for i in range(at, entity.start()))
            yield meant, *entity.span()
            at = entity.end()
    yield from ((text[i], i, i + 1) for i in range(at, len(text)))


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

    def is_lower(self) -> bool:
        """Whether the text is written in small letters, so that case says nothing."""
        lower: bool | None = self.notes.get("lower")
        if lower is None:
            lower = self.notes["lower"] = self.original.islower()
        return lower

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
