"""The answer key: every planted identifier by file and place, and every clinical word that must stay.

Texts are written with marks, ``[[NAME|Mr. Smith]]`` or ``[[KEEP|Parkinson disease]]``; :func:`plain` takes
them out and gives the spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AnswerKey", "Mark", "plain"]

MARK = re.compile(r"\[\[([A-Z]+)\|([^\]]*)\]\]")
KINDS = {  # mark -> category, role
    "NAME": ("NAME", "patient"),
    "RELATIVE": ("NAME", "relative"),
    "STAFF": ("NAME", "staff"),
    "DATE": ("DATE", "study"),
    "BIRTH": ("DATE", "patient"),
    "AGE": ("AGE", "patient"),
    "ID": ("ID", "patient"),
    "ACC": ("ID", "study"),
    "SSN": ("SSN", "patient"),
    "PHONE": ("PHONE", "patient"),
    "EMAIL": ("EMAIL", "staff"),
    "ADDRESS": ("ADDRESS", "patient"),
    "PLACE": ("PLACE", "patient"),
    "POSTCODE": ("POSTCODE", "patient"),
    "SITE": ("INSTITUTION", "site"),
    "WARD": ("WARD", "site"),
    "DEVICE": ("DEVICE", "site"),
    "UID": ("UID", "study"),
    "PLAN": ("HEALTH_PLAN", "patient"),
    "USER": ("USERNAME", "staff"),
    "JOB": ("PROFESSION", "patient"),
    "IP": ("IP", "site"),
    "URL": ("URL", "site"),
}
# Names that are words, and short ones: a search of the whole output would meet them in innocent places.
WORDS = {"hand", "park", "long", "rich", "grace", "rose", "avery", "bone", "ng"}


ABOUT = (
    "Invented people. Files are named relative to export/. search: anywhere = a leak wherever it occurs in "
    "the output; own = a leak in the outputs of this patient's files; place = a leak only where it was planted "
    "(names that are words, short values, dates that a shift could produce)."
)


@dataclass(frozen=True)
class Mark:
    """A marked stretch of a text; ``kind`` is ``KEEP`` or one of the identifier kinds."""

    kind: str
    value: str
    start: int
    end: int


def plain(marked: str) -> tuple[str, list[Mark]]:
    """Text without marks, and the marks with their places in it (in characters, half-open)."""
    out, marks, at = [], [], 0
    length = 0
    for match in MARK.finditer(marked):
        before = marked[at : match.start()]
        out += [before, match[2]]
        length += len(before)
        marks.append(Mark(match[1], match[2], length, length + len(match[2])))
        length += len(match[2])
        at = match.end()
    out.append(marked[at:])
    return "".join(out), marks


def _search(value: str, category: str) -> str:
    """Where a hit would be a leak: anywhere in the output, in the patient's own files, or in the place itself."""
    letters = [c for c in value if c.isalnum()]
    if category == "DATE" or category == "AGE" or value.casefold() in WORDS:
        return "place"
    if category == "UID" or (len(letters) >= 6 and not all(w.casefold() in WORDS for w in re.findall(r"\w+", value))):
        return "anywhere"
    return "own" if len(letters) >= 4 else "place"


@dataclass
class AnswerKey:
    """Collects what was planted while the export is written."""

    identifiers: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    keep: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    studies: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    patients: list[dict[str, Any]] = field(default_factory=list)

    def plant(self, patient: str, kind: str, value: str, file: str, where: str, **more: object) -> None:
        """Record one identifier in one place."""
        category, role = KINDS[kind]
        entry = self.identifiers.setdefault(
            (patient, category, value),
            {
                "value": value,
                "category": category,
                "role": role,
                "patient": patient,
                "search": _search(value, category),
                "places": [],
            },
        )
        place = {"file": file, "where": where, **more}
        if place not in entry["places"]:
            entry["places"].append(place)

    def mark(self, patient: str, marks: list[Mark], file: str, where: str, *, spans: bool = True) -> None:
        """Record the marks of a text."""
        for mark in marks:
            span = {"span": [mark.start, mark.end]} if spans else {}
            if mark.kind == "KEEP":
                self.keep.append({"value": mark.value, "file": file, "where": where, **span})
            else:
                self.plant(patient, mark.kind, mark.value, file, where, **span)

    def as_json(self) -> dict[str, Any]:
        """Everything, in a fixed order."""
        entries = sorted(self.identifiers.values(), key=lambda e: (e["patient"], e["category"], e["value"]))
        return {
            "version": 1,
            "about": ABOUT,
            "patients": self.patients,
            "files": self.files,
            "identifiers": entries,
            "keep": self.keep,
        }
