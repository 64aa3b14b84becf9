"""Known identifiers of a subject, found in every form in which people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from deid.model import Finding, Known, Subject
from deid.text.folding import fold_text

__all__ = ["KnownMatcher"]

WORD = re.compile(r"[^\W_]+")


class KnownMatcher:
    """Known identifiers compiled for searching."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._words: dict[str, Known] = {}
        for one in known:
            for word in WORD.findall(fold_text(one.value).text):
                if len(word) > 2:
                    self._words.setdefault(word, one)

    @staticmethod
    def of(subject: Subject) -> KnownMatcher:
        """The matcher of a subject, cached."""
        return _matcher(subject.known)

    def search(self, text: str) -> list[Finding]:
        """Findings, sorted, not overlapping."""
        folded = fold_text(text)
        out = []
        for match in WORD.finditer(folded.text):
            known = self._words.get(match.group())
            if known is not None:
                start, end = folded.span(match.start(), match.end())
                out.append(Finding(start, end, known.category, 1.0, f"known:{known.source}", known.role))
        return out


@lru_cache(maxsize=256)
def _matcher(known: tuple[Known, ...]) -> KnownMatcher:
    return KnownMatcher(known)


