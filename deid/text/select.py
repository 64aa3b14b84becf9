"""Which parts of a text the model has to read.

Most sentences of a report consist of ordinary and clinical words in lower case; rules and lists have the
last word there, and the model would only cost time. It reads every line or sentence with a word that no list explains, a capital
inside, a name of the lists, or a word that announces a person.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from deid.model import Finding
from deid.text import lexicon
from deid.text.folding import count_capitals
from deid.text.words import NO_PERSON_AFTER

__all__ = ["read_where_needed", "telling_parts"]

STOP = r"(?=[ \n]|$)[ ]?"
BOUNDARY = re.compile(rf"\.{STOP}|;{STOP}|\n")  # each begins with a character, so that `re` can skip to it
LOOK_BACK = 40
WORD = re.compile(r"[^\W\d_]+")
#: All but letters of ASCII as a blank.
LETTERS_ALONE = {code: " " for code in range(128) if not chr(code).isalpha()}
ANNOUNCING = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "doctor",
        "nurse",
        "by",
        "per",
        "called",
        "aware",
        "concur",
        "concurs",
        "thinks",
        "wants",
        "wanted",
        "confirmed",
        "notified",
        "informed",
        "spoke",
        "discussed",
        "told",
        "asked",
        "ask",
        "await",
        "disagrees",
        "agrees",
        "paged",
        "named",
        "name",
        "mother",
        "father",
        "wife",
        "husband",
        "son",
        "daughter",
        "brother",
        "sister",
        "lives",
        "works",
        "retired",
        "occupation",
        "from",
        "signed",
        "dictated",
        "read",
        "cc",
        "attn",
        "dear",
        "thanks",
        "regards",
        "saw",
        "lives",
        "old",
        "yo",
    ]
)


def telling_parts(text: str) -> list[tuple[int, int]]:
    """Half-open spans, merged where they touch, that may hold what only the model can find."""
    ends = [match.end() for match in BOUNDARY.finditer(text)]
    pieces = [(start, end) for start, end in pairwise((0, *ends, len(text))) if start < end]
    if len(text) < 160:
        return [(0, len(text))]
    words = _words_of(text, pieces)
    if 2 * count_capitals(text) > max(1, sum(map(len, chain.from_iterable(words)))):
        return [(0, len(text))]
    tells = [
        any(map(_announces, listed)) or _capital_inside(text[start:end], listed)
        for (start, end), listed in zip(pieces, words, strict=True)
    ]
    parts: list[tuple[int, int]] = []
    for i, (start, end) in enumerate(pieces):
        if not (tells[i] or (i > 0 and tells[i - 1]) or (i + 1 < len(pieces) and tells[i + 1])):
            continue  # neither this piece nor a neighbour, whose context it is, needs the model
        if parts and start == parts[-1][1]:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    if 2 * sum(end - start for start, end in parts) > len(text):
        return [(0, len(text))]  # one long piece costs no more than many short ones, and leaves nothing out
    return parts


def _words_of(text: str, pieces: Sequence[tuple[int, int]]) -> list[list[str]]:
    """The words of each piece: runs of letters."""
    if not text.isascii():
        return [WORD.findall(text, *piece) for piece in pieces]
    bare = text.translate(LETTERS_ALONE)
    return [bare[start:end].split() for start, end in pieces]


def _capital_inside(piece: str, words: Sequence[str]) -> bool:
    """Whether a capital stands where neither a sentence, a heading nor a clinical term explains it."""
    if piece[1:].islower():
        return False
    at = 0
    for i, word in enumerate(words):
        lower = word.lower()
        at = piece.index(word, at) + len(word)
        if i == 0 or word == lower or len(word) < 2 or word.isupper() or _is_headed(piece, at - len(word)):
            continue
        if lexicon.is_eponym(lower):
            following = words[i + 1].lower() if i + 1 < len(words) else ""
            if following not in NO_PERSON_AFTER:
                return True
        elif not lexicon.is_clinical(lower):
            return True
    return False


def _is_headed(piece: str, start: int) -> bool:
    """Whether a colon stands before the word that starts at an offset."""
    return piece[max(0, start - LOOK_BACK) : start].rstrip().endswith(":")


@lru_cache(maxsize=65536)
def _announces(word: str) -> bool:
    """Whether a word announces a person, or no list explains it."""
    lower = word.lower()
    return len(word) > 1 and (lower in ANNOUNCING or not _explained(lower))


def _explained(word: str) -> bool:
    if word.isascii():
        return lexicon.is_word_form(word) and (word not in lexicon.given_names() or lexicon.is_clinical(word))
    return False


def read_where_needed(
    find_many: Callable[[Sequence[str]], list[list[Finding]]], texts: Sequence[str]
) -> list[list[Finding]]:
    """What a model finds in the telling parts of each text, with offsets of the whole."""
    parts = [telling_parts(text) for text in texts]
    pieces = [text[a:b] for text, spans in zip(texts, parts, strict=True) for a, b in spans]
    read = iter(find_many(pieces) if pieces else [])
    out: list[list[Finding]] = []
    for spans in parts:
        found: list[Finding] = []
        for start, _ in spans:
            part = next(read)
            if start:
                part = [Finding(f.start + start, f.end + start, f.category, f.score, f.rule, f.role) for f in part]
            found += part
        out.append(found)
    return out
