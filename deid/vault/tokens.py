"""The blind known-identifier index: find a subject's identifiers in a text without being able to list them.

What is kept of an identifier are keyed digests of its normalised words and numbers, and for longer words
those of every one-letter deletion, so that one wrong, missing or added letter still meets. A text is searched
by hashing its own words, neighbours joined, and in scripts without blanks every short run of characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations

from deid.model import Category, Finding, Known, Role
from deid.surrogates import fold
from deid.vault.wire import Mac, derive_key

__all__ = ["KnownIndex", "digests_of", "subject_token_key"]

DIGEST_BYTES = 8
MIN_WORD = 2
MIN_NUMBER = 4
MIN_FUZZY = 5
MAX_JOINED = 6
MAX_WORDS = 3
MAX_RUN = 6
COUNTRY_DIGITS = (1, 2, 3)

_WORD = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)
_BETWEEN = re.compile(r"[ '’\u2010\u2011-]")  # what may stand between two parts of one name
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f]")  # scripts without blanks
_NUMBER_LIKE = re.compile(r"(?<![^\W_])[^\W_]+(?:(?:\)?[-/. ]|, |\))[^\W_]+)*(?![^\W_])", re.UNICODE)
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
    digest, found = _digester(key), set[bytes]()
    for item in known:
        for kind, token in _tokens_of(item):
            found.add(digest(kind, token))
            if kind == "w" and len(token) >= MIN_FUZZY:
                found.update(digest("d", shorter) for shorter in _deletions(token))
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
        digest = _digester(self.key)
        return _apart([*_names(text, self._test(digest)), *_identifiers(text, self._test(digest))])

    def _test(self, digest: Callable[[str, str], bytes]) -> Callable[[str, str], bool]:
        return lambda kind, token: digest(kind, token) in self.digests


def _names(text: str, has: Callable[[str, str], bool]) -> Iterator[Finding]:
    """Words of the subject's, alone, joined with their neighbours, or inside a script without blanks."""
    words = [(match, fold(match.group())) for match in _WORD.finditer(text)]
    for match, word in words:
        start, end = match.span()
        score = _word_score(word, has)
        if score:
            yield _name(start, end, word, score, has)
        elif _UNSPACED.search(word) and len(word) == end - start:
            for a in range(len(word) - 1):
                for b in range(a + 2, min(a + MAX_RUN, len(word)) + 1):
                    if has("w", word[a:b]):
                        yield _name(start + a, start + b, word[a:b], 1.0, has)
    for part in _neighbours(text, words):
        joined = "".join(word for _, word in part)
        if len(joined) >= MIN_FUZZY and has("w", joined):
            yield _name(part[0][0].start(), part[-1][0].end(), joined, 1.0, has)


def _name(start: int, end: int, word: str, score: float, has: Callable[[str, str], bool]) -> Finding:
    role = Role.PATIENT if has("p", word) else None
    return Finding(start, end, Category.NAME, score, "known-index:word", role)


def _neighbours(text: str, words: list[tuple[re.Match[str], str]]) -> Iterator[list[tuple[re.Match[str], str]]]:
    """Two and three words with one blank, hyphen or apostrophe between them."""
    near = [b[0].start() - a[0].end() == 1 and _BETWEEN.match(text, a[0].end()) for a, b in pairwise(words)]
    for first in range(len(words)):
        for last in range(first + 1, min(first + MAX_WORDS, len(words))):
            if not near[last - 1]:
                break
            yield words[first : last + 1]


def _word_score(word: str, has: Callable[[str, str], bool]) -> float:
    """1.0 for a word of the subject's, 0.8 for one that is a letter away, else 0.0."""
    if len(word) < MIN_WORD or word in _COMMON or word.isdigit():
        return 0.0
    if has("w", word):
        return 1.0
    if len(word) >= MIN_FUZZY - 1 and has("d", word):  # a letter is missing here
        return 0.8
    near = len(word) >= MIN_FUZZY and any(has("w", w) or has("d", w) for w in _deletions(word))
    return 0.8 if near else 0.0


def _identifiers(text: str, has: Callable[[str, str], bool]) -> Iterator[Finding]:
    for start, end, core in _numbers(text):
        if has("n", core):
            rule = "known-index:patient-id" if has("i", core) else "known-index:number"
            yield Finding(start, end, Category.ID, 1.0, rule)


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
    own = item.category is Category.NAME and item.role is Role.PATIENT
    for word in _words_of(text):
        yield "w", word
        if own:
            yield "p", word
    core = "".join(c for c in text if c.isalnum())
    if any(c.isdigit() for c in core) and len(core) >= MIN_NUMBER:
        abroad = {core[n:] for n in COUNTRY_DIGITS} if text.startswith(("+", "00")) else set[str]()
        for number in {core, core.lstrip("0"), *abroad}:
            if len(number) >= MIN_NUMBER:
                yield "n", number
                if item.is_patient_id:
                    yield "i", number


def _words_of(text: str) -> Iterator[str]:
    """Words of a folded value; those of one component joined too, as others write them."""
    for group in text.split("="):
        every = _letters(group)
        yield from (word for word in every if len(word) >= MIN_WORD and word not in _COMMON)
        if every and all(_UNSPACED.search(word) for word in every):
            yield "".join(every)
        elif len(every) <= MAX_WORDS:
            yield from ("".join(pair) for pair in permutations(every, 2) if len("".join(pair)) >= MIN_FUZZY)
        for component in group.split("^"):
            words = _letters(component)
            runs = (words[a:b] for a in range(len(words)) for b in range(a + 2, min(a + MAX_WORDS, len(words)) + 1))
            yield from ("".join(run) for run in runs if len("".join(run)) >= MIN_FUZZY)


def _letters(text: str) -> list[str]:
    return [match.group() for match in _WORD.finditer(text) if not match.group().isdigit()]


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
        yield f"{short[0]}{_MONTHS[int(month) - 1]}{year[2:]}"


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
                    if source[start - 1 : start] == "+":
                        yield from ((start, end, joined[n:]) for n in COUNTRY_DIGITS)
                if last - first == 2:
                    yield from ((start, end, form) for form in _loose_dates([p[1] for p in parts[first : last + 1]]))


def _loose_dates(parts: list[str]) -> Iterator[str]:
    a, b, c = parts
    if a.isdigit() and b.isdigit() and c.isdigit() and len(a) <= 2 and len(b) <= 2:
        yield f"{a.lstrip('0')}/{b.lstrip('0')}/{c}"
    for day, month in ((a, b), (b, a)):
        if day.isdigit() and month.isalpha() and len(month) >= 3 and len(c) in (2, 4):
            yield f"{day.lstrip('0')}{month[:3]}{c}"


def _deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))


def _digester(key: bytes) -> Callable[[str, str], bytes]:
    """Digest of a token of a kind under a subject's key."""
    mac = Mac(key)
    return lambda kind, token: mac(f"{kind}{token}".encode())[:DIGEST_BYTES]
