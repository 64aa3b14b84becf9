"""Find identifiers in a passage: the union of detectors, each with its authority."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deid.model import Category, Finding, Passage, Subject
from deid.settings import TextSettings
from deid.text.known import KnownMatcher

__all__ = ["Finder"]

QUICK = (
    (re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b"), Category.DATE, "pattern:date"),
    (re.compile(r"\b(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b"), Category.DATE, "pattern:date"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), Category.EMAIL, "pattern:email"),
    (re.compile(r"https?://\S+"), Category.URL, "pattern:url"),
    (re.compile(r"\b(?:\d+\.){4,}\d+\b"), Category.UID, "pattern:uid"),
)


class Finder:
    """Searches passages for identifiers.

    Parameters
    ----------
    settings
        The recipe's ``text`` section.
    language
        ISO 639-1; a passage's own language wins.
    """

    def __init__(self, settings: TextSettings, *, language: str = "en") -> None:
        self.settings = settings
        self.language = language

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.settings, self.language)

    def find(self, passage: Passage, subject: Subject | None = None) -> list[Finding]:
        """Findings of one passage, sorted, not overlapping."""
        found = [
            Finding(m.start(), m.end(), category, 0.9, rule)
            for pattern, category, rule in QUICK
            for m in pattern.finditer(passage.text)
        ]
        if subject is not None:
            found += KnownMatcher.of(subject).search(passage.text)
        found.sort(key=lambda f: (f.start, -f.end))
        out: list[Finding] = []
        for finding in found:
            if not out or finding.start >= out[-1].end:
                out.append(finding)
        return out

    def find_many(
        self, passages: Iterable[Passage], subjects: Sequence[Subject | None] | None = None
    ) -> list[list[Finding]]:
        """Findings of many passages; ``subjects`` runs in step with them or is None."""
        listed = list(passages)
        whose = subjects if subjects is not None else [None] * len(listed)
        return [self.find(p, s) for p, s in zip(listed, whose, strict=True)]


def _rebuild(settings: TextSettings, language: str) -> Finder:
    return Finder(settings, language=language)
