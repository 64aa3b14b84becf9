"""The words of a text as the rules for names see them, and the closed sets of words that they ask about."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group

__all__ = [
    "CREDENTIALS",
    "NOT_NAMES",
    "NO_PERSON_AFTER",
    "PARTICLES",
    "PLACE_AFTER",
    "SUFFIXES",
    "UPPER",
    "WORD",
    "Word",
    "Words",
    "compiled",
]

#: Every capital of the Latin script, for a character class: ``[A-Z]`` ends before Ł, Ő and Đ.
UPPER = "A-Z" + "".join(chr(c) for c in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)) if chr(c).isupper())
WORD = re.compile(r"[^\W\d_]+(?:['’‐-][^\W\d_]+)*")
WORD_ASCII = re.compile(r"[A-Za-z][A-Za-z]*(?:['-][A-Za-z]+)*")
ALONE = re.compile(r"[ \t]*(?:$|[\n;,.)|/]|[ \t]{2})")
PARTICLES = group("names_particles")
SUFFIXES = group("suffixes")
CREDENTIALS = group("names_credentials")
NOT_NAMES = group("not_names")
NO_PERSON_AFTER = group("no_person_after")
PLACE_AFTER = group("place_after")


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern in which ``~`` in a character class stands for every Latin capital."""
    return re.compile(pattern.replace("~", UPPER))


@lru_cache(maxsize=65536)
def _is_named(folded: str) -> bool:
    """Whether a word, or a half of a double one, is on a list of names."""
    return any(p in lexicon.given_names() or p in lexicon.surnames() for p in re.split(r"['-]", folded))


class Word(NamedTuple):
    """A word of the original with what a name rule asks about it."""

    start: int
    end: int
    text: str
    folded: str
    cap: bool

    @property
    def ordinary(self) -> bool:
        """An ordinary or clinical word, an eponym included; it may be a name as well."""
        return lexicon.is_word_form(self.folded) or self.folded in NOT_NAMES

    @property
    def named(self) -> bool:
        """On the lists of names; every half of a double name counts."""
        return _is_named(self.folded)

    @property
    def plain(self) -> bool:
        """An ordinary word that is on no list of names."""
        return self.ordinary and not self.named

    @property
    def clinical(self) -> bool:
        """One of medicine's words and no eponym."""
        return lexicon.is_clinical(self.folded) and not lexicon.is_eponym(self.folded)


class Words:
    """The words of a text, found by the offset at which they start or end."""

    def __init__(self, text: str) -> None:
        self.text = text
        plain = text.isascii()
        spans = list(map(re.Match.span, (WORD_ASCII if plain else WORD).finditer(text)))
        written = [text[start:end] for start, end in spans]
        folded = map(str.lower if plain else fold_word, written)
        new = tuple.__new__  # a tenth of the time that the class takes
        self.all = [
            new(Word, (start, end, word, low, word[0].isupper()))
            for (start, end), word, low in zip(spans, written, folded, strict=True)
        ]
        self.at = {start: i for i, (start, _) in enumerate(spans)}
        long = [word for word in written if len(word) > 3]
        self.caps = bool(long) and sum(map(str.isupper, long)) > 0.7 * len(long)
        self.lower = text.islower()
        self.language = "en"

    @property
    def nouns(self) -> bool:
        """Whether every noun has a capital, so that one says little."""
        return self.language == "de"

    @staticmethod
    def of(folded: Folded) -> Words:
        """The words of a folded text's original, made once."""
        words: Words | None = folded.notes.get("words")
        if words is None:
            words = folded.notes["words"] = Words(folded.original)
        return words

    def from_offset(self, at: int) -> int | None:
        """Index of the word that starts at an offset, brackets and quotes before it skipped."""
        while at < len(self.text) and self.text[at] in "\"'“(*_ \t":
            at += 1
        return self.at.get(at)

    def ending_at(self, at: int) -> int | None:
        """Index of the word that ends at an offset."""
        i = bisect_left(self.all, at, key=lambda word: word.end)
        return i if i < len(self.all) and self.all[i].end == at else None

    def alone(self, i: int) -> bool:
        """Whether nothing but punctuation or wide space follows word ``i``: it fills its place, in both cases."""
        word = self.all[i]
        return word.text[1:].islower() and ALONE.match(self.text, word.end) is not None

    def gap(self, i: int) -> str:
        """What stands between word ``i`` and the next."""
        return self.text[self.all[i].end : self.all[i + 1].start] if i + 1 < len(self.all) else "\n"
