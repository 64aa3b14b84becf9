"""The blind known-identifier index: find a subject's identifiers in a text without being able to list them.

What is kept of an identifier are keyed digests of its normalised words and numbers, and for longer words
those of every one-letter deletion, so that one wrong, missing or added letter still meets. A text is searched
by hashing its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deid.model import Category, Finding, Known, Role
from deid.surrogates import fold
from deid.vault.wire import Mac, derive_key

__all__ = ["KnownIndex", "digests_of", "subject_token_key"]

DIGEST_BYTES = 8
MIN_WORD = 2
MIN_NUMBER = 4
MIN_FUZZY = 5
MAX_JOINED = 6

_WORD = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)
_NUMBER_LIKE = re.compile(r"(?<![^\W_])[^\W_]+(?:(?:[-/.]|,? )[^\W_]+)*(?![^\W_])", re.UNICODE)
# Parts of names and addresses that are everyday words; they only ever count inside a longer match.
_COMMON_WORDS = (
    "dr mr mrs ms md prof jr sr phd the of and or de da di du la le van von der den al el bin st street road "
    "hospital clinic centre center medical department dept unknown none"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def subject_token_key(seed: bytes) -> bytes:
    """Key of one subject's digests: it goes with the subject's seed when the subject is erased."""
    return derive_key(seed, "token")


def digests_of(key: bytes, known: Iterable[Known]) -> set[bytes]:
    """Digests to remember for known identifiers."""
    found: set[bytes] = set()
    for item in known:
        for kind, token in _tokens_of(item):
            found.add(_digest(key, kind, token))
            if kind == "w" and len(token) >= MIN_FUZZY:
                found.update(_digest(key, "d", shorter) for shorter in _deletions(token))
    return found


@dataclass(frozen=True, slots=True, repr=False)
class KnownIndex:
    """Digests of one subject and the key to test with."""

    key: bytes
    digests: frozenset[bytes]

    def __repr__(self) -> str:
        return f"KnownIndex({len(self.digests)} digests)"

    def search(self, text: str) -> list[Finding]:
        """Findings in order: words and numbers of ``text`` that are this subject's, exactly or nearly."""
        found: list[Finding] = []
        for match in _WORD.finditer(text):
            word = fold(match.group())
            score = self._word_score(word)
            if score:
                role = Role.PATIENT if self._has("p", word) else None
                found.append(Finding(*match.span(), Category.NAME, score, "known-index:word", role))
        for start, end, core in _numbers(text):
            if self._has("n", core):
                found.append(Finding(start, end, Category.ID, 1.0, "known-index:number"))
        return _apart(found)

    def _word_score(self, word: str) -> float:
        """1.0 for a word of the subject's, 0.8 for one that is a letter away, else 0.0."""
        if len(word) < MIN_WORD or word in _COMMON or word.isdigit():
            return 0.0
        if self._has("w", word):
            return 1.0
        if len(word) >= MIN_FUZZY - 1 and self._has("d", word):  # a letter is missing here
            return 0.8
        near = len(word) >= MIN_FUZZY and any(self._has("w", w) or self._has("d", w) for w in _deletions(word))
        return 0.8 if near else 0.0

    def _has(self, kind: str, token: str) -> bool:
        return _digest(self.key, kind, token) in self.digests


def _apart(found: list[Finding]) -> list[Finding]:
    """In order, without those that lie over an earlier or longer one."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept


def _tokens_of(item: Known) -> Iterator[tuple[str, str]]:
    text = fold(item.value)
    if item.category is Category.DATE:
        digits = "".join(c for c in text if c.isdigit())
        yield from (("n", form) for form in _date_forms(digits))
        return
    for match in _WORD.finditer(text):
        word = match.group()
        if not word.isdigit() and len(word) >= MIN_WORD and word not in _COMMON:
            yield "w", word
            if item.category is Category.NAME and item.role is Role.PATIENT:
                yield "p", word
    core = "".join(c for c in text if c.isalnum())
    if any(c.isdigit() for c in core) and len(core) >= MIN_NUMBER:
        yield "n", core
        bare = core.lstrip("0")
        if len(bare) >= MIN_NUMBER:
            yield "n", bare


def _date_forms(digits: str) -> Iterator[str]:
    if len(digits) != 8:
        return
    year, month, day = digits[:4], digits[4:6], digits[6:]
    yield from (year + month + day, day + month + year, month + day + year)
    short = (day.lstrip("0"), month.lstrip("0"))
    for a, b in (short, short[::-1]):
        yield f"{a}/{b}/{year}"
        yield f"{a}/{b}/{year[2:]}"
    if 1 <= int(month) <= 12:
        yield f"{short[0]}{_MONTHS[int(month) - 1]}{year}"


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Runs that could be a number, id or date, each in the forms under which digests are kept."""
    folded = fold(text)
    source = folded if len(folded) == len(text) else text.casefold() if len(text.casefold()) == len(text) else text
    for match in _NUMBER_LIKE.finditer(source):
        parts = [(m.start() + match.start(), m.group()) for m in re.finditer(r"[^\W_]+", match.group())]
        for first in range(len(parts)):
            joined = ""
            for last in range(first, min(first + MAX_JOINED, len(parts))):
                joined += parts[last][1]
                start, end = parts[first][0], parts[last][0] + len(parts[last][1])
                if len(joined) >= MIN_NUMBER and any(c.isdigit() for c in joined):
                    yield start, end, joined
                    if joined.startswith("0"):
                        yield start, end, joined.lstrip("0")
                if last - first == 2:
                    yield from ((start, end, form) for form in _loose_dates([p[1] for p in parts[first : last + 1]]))


def _loose_dates(parts: list[str]) -> Iterator[str]:
    a, b, c = parts
    if a.isdigit() and b.isdigit() and c.isdigit() and len(a) <= 2 and len(b) <= 2:
        yield f"{a.lstrip('0')}/{b.lstrip('0')}/{c}"
    for day, month in ((a, b), (b, a)):
        if day.isdigit() and month.isalpha() and len(month) >= 3 and len(c) == 4:
            yield f"{day.lstrip('0')}{month[:3]}{c}"


def _deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))


def _digest(key: bytes, kind: str, token: str) -> bytes:
    return Mac(key)(f"{kind}{token}".encode())[:DIGEST_BYTES]
