"""Words of the shipped lexicon for the generator, without those that a held-out list tests."""

from __future__ import annotations

import functools
import gzip
import re
from pathlib import Path

from deid.text import lexicon
from training.text.names import fold

__all__ = ["GRAMMARS", "dictionary", "listed", "real_words"]

GRAMMARS = Path(__file__).parent / "grammar"


@functools.cache
def _tested(language: str) -> frozenset[str]:
    """Folded words of the held-out lists of a language."""
    text = fold((GRAMMARS / f"heldout_{language}.txt").read_text("utf-8")).lower()
    lists = [line for line in text.splitlines() if line.startswith("%")]
    return frozenset(re.findall(r"[^\W\d_]{4,}", " ".join(lists)))


@functools.cache
def listed(name: str, language: str) -> list[str]:
    """The words of one list."""
    return sorted(w for w in lexicon.words(name) if w.isalpha() and w not in _tested(language))


@functools.cache
def dictionary(language: str) -> frozenset[str]:
    """Folded words that are known to be words of a language; names may be among them (*park*, *rich*)."""
    lists = ("common", "radiology", "medical") if language == "en" else ("foreign", "radiology", "medical")
    ours = {w for name in lists for w in listed(name, language)}
    return frozenset(ours | _spelled() if language == "en" else ours)


@functools.cache
def _spelled() -> frozenset[str]:
    """The speller's list of English words that the lexicon ships."""
    packed = (Path(lexicon.__file__).parent / "english.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("ascii").split()) - _tested("en")


@functools.cache
def real_words(language: str) -> list[str]:
    """Ordinary and clinical words that are no names; clinical ones count for more."""
    names = lexicon.given_names() | lexicon.surnames()
    words = [w for w in dictionary(language) if len(w) > 3 and w not in names]
    clinical = [
        w for w in (*listed("radiology", language), *listed("medical", language)) if len(w) > 3 and w not in names
    ]
    return sorted(words) + (sorted(clinical) * 5 if language == "en" else [])
