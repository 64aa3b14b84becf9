"""What the text room hands out besides findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deid.model import Alert, Edit, Finding, Link

__all__ = ["TextPlan", "Verdict"]


@dataclass(frozen=True, slots=True, repr=False)
class TextPlan:
    """What every finding of a passage becomes.

    Attributes
    ----------
    edits
        For :func:`deid.model.splice` on the passage's text, sorted, not overlapping.
    inserted
        Where the replacements stand in the *new* text, for :func:`deid.text.second_look`.
    links
        Originals and surrogates for the vault.
    alerts
        Collisions of a surrogate with a known identifier, dates that could not be shifted.
    """

    edits: tuple[Edit, ...]
    inserted: tuple[tuple[int, int], ...] = ()
    links: tuple[Link, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def __repr__(self) -> str:
        return f"TextPlan({len(self.edits)} edits, {len(self.links)} links, {len(self.alerts)} alerts)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a second, different look at cleaned text came to.

    ``PASS``: nothing outside what we inserted. ``REVIEW``: something that a person should see.
    ``FAIL``: an identifier; nothing is handed over. ``findings`` holds what was seen, as spans.
    """

    status: Literal["PASS", "REVIEW", "FAIL"]
    findings: tuple[Finding, ...] = ()
