"""A second look at cleaned text, with a different mix of detectors."""

from __future__ import annotations

from collections.abc import Sequence

from deid.model import Passage, Subject
from deid.settings import TextSettings
from deid.text.finder import Finder
from deid.text.result import Verdict

__all__ = ["second_look"]


def second_look(
    text: str,
    inserted: Sequence[tuple[int, int]],
    settings: TextSettings,
    subject: Subject | None = None,
) -> Verdict:
    """Verdict on a cleaned text; ``inserted`` are the spans that we put in."""
    found = Finder(settings).find(Passage(text), subject)
    outside = tuple(f for f in found if not any(a <= f.start and f.end <= b for a, b in inserted))
    if any(f.rule.startswith("known:") for f in outside):
        return Verdict("FAIL", outside)
    return Verdict("REVIEW" if outside else "PASS", outside)
