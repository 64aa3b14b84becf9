"""What every reader of reports gives: passages to search, fields to replace, and a way back.

A reader takes a document apart into **passages** (text that is searched) and **fields** (values whose
meaning the format itself gives, such as PID-5 or a column ``mrn``). The pipeline plans edits for the
passages and values for the fields; the unit's body puts both back into the document's own format.
Nothing is left over: what a reader's table does not know becomes a passage or a field that is emptied,
and :meth:`ReportUnit.rebuild` refuses to work while any of them is undecided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Protocol

from deid.model import Action, Category, Edit, Known, Passage, Role, SubjectKey

__all__ = ["Body", "Edits", "Field", "ReportUnit", "Source", "changes"]

LIMIT_WORDS = 600  # of a line; comparing is quadratic in the worst case
WORDS = re.compile(r"\w+|\W")

Edits = str | Sequence[Edit]
"""What a passage becomes: edits over its text, or its whole new text."""


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """One file that was found; ``repr`` hides its name, which may name a patient.

    Attributes
    ----------
    kind
        ``dicom``, ``dicomdir``, ``text``, ``hl7``, ``csv``, ``jsonl``, ``fhir``, ``cda``, ``html``,
        ``pdf``, ``docx``, ``parquet`` or ``other``: told from the content, not from the suffix.
    size
        In bytes when it was found.
    """

    path: Path
    kind: str
    size: int = 0

    def __repr__(self) -> str:
        return f"Source({self.kind}, {self.size} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Field:
    """A value whose meaning the format gives: it is replaced by what it is, not searched.

    Attributes
    ----------
    value
        As written, decoded from the format's escapes.
    keyword
        The DICOM keyword it corresponds to (``PatientID``, ``AccessionNumber`` ...), empty if none.
    action
        ``S`` surrogate, ``T`` shift, ``U`` new UID, ``Z`` empty.
    form
        How the value is written: ``text``; ``family``, ``given`` (one part of a name); ``person`` (a
        whole name as people write it); ``pn`` (components with ``^``); ``date`` (any date or date and
        time); ``code`` and ``reference`` (FHIR).
    whole
        The whole name that a part belongs to, so that all parts become one person's.
    source
        Field, column or path; safe to log.
    """

    value: str
    category: Category
    role: Role
    keyword: str = ""
    action: Action = Action.EMPTY
    form: str = "text"
    whole: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return f"Field({self.source}, {self.category}, {self.action})"


class Body(Protocol):
    """The document as its reader took it apart; a frozen, picklable value."""

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """Write the document in its own format, with edits in the passages and new field values."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class ReportUnit:
    """One report (one HL7 message, one row, one document) and what its own structure says of it.

    Attributes
    ----------
    index
        Position in its source, from 0.
    kind, suffix
        Format of the source, and suffix of what :meth:`rebuild` writes (a PDF becomes ``.txt``).
    passages
        Passage id to text that must be searched.
    fields
        Field id to structured value; ids of passages and fields are distinct and hold no original.
    known
        Identifiers that the structure names, for the search of every passage of the subject.
    key
        Patient ID and issuer if the structure gives one that identifies.
    study_uid, accession
        Links to a study, empty if not given.
    sex
        ``M``, ``F``, ``O`` or empty.
    alerts
        Codes of what a person should look at (``signature-removed`` ...).
    """

    index: int
    kind: str
    suffix: str
    passages: Mapping[str, Passage]
    body: Body
    fields: Mapping[str, Field] = field(default_factory=dict)
    known: tuple[Known, ...] = ()
    key: SubjectKey | None = None
    study_uid: str = ""
    accession: str = ""
    sex: str = ""
    alerts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ReportUnit({self.kind}, {len(self.passages)} passages, {len(self.fields)} fields)"

    @property
    def text(self) -> str:
        """All passages, for a reader who wants one string; a blank line stands between them."""
        return "\n\n".join(passage.text for passage in self.passages.values())

    def rebuild(self, passages: Mapping[str, Edits], fields: Mapping[str, str]) -> bytes:
        """Write the cleaned document in its own format.

        Parameters
        ----------
        passages
            For *every* passage id, its edits (an empty sequence keeps the text) or its new text.
        fields
            For *every* field id, its new value; :func:`deid.sources.plan_fields` gives them.

        Raises
        ------
        ValueError
            If a passage or a field is undecided or unknown: a bug in a planner, never a property of
            the input.
        """
        if passages.keys() != self.passages.keys() or fields.keys() != self.fields.keys():
            raise ValueError("every passage and every field must be decided before a report is written")
        return self.body.write({key: _edits(self.passages[key].text, new) for key, new in passages.items()}, fields)


def _edits(text: str, new: Edits) -> Sequence[Edit]:
    return changes(text, new) if isinstance(new, str) else new


def changes(old: str, new: str) -> list[Edit]:
    """Edits that make one text of another, as small as words: what stays keeps its place in the document.

    Lines are compared one by one if there are as many, so that what stood in a line stays in it.

    Examples
    --------
    >>> [(e.start, e.end, e.new) for e in changes("seen by Smith today", "seen by Berg today")]
    [(8, 13, 'Berg')]
    """
    if old == new:
        return []
    before, after = old.split("\n"), new.split("\n")
    if len(before) != len(after):
        return _trimmed(old, new, 0)
    out: list[Edit] = []
    at = 0
    for one, two in zip(before, after, strict=True):
        if one != two:
            out += _by_words(one, two, at)
        at += len(one) + 1
    return out


def _by_words(old: str, new: str, at: int) -> list[Edit]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    if max(len(before), len(after)) > LIMIT_WORDS:
        return _trimmed(old, new, at)
    starts = [0]
    for word in before:
        starts.append(starts[-1] + len(word))
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        Edit(at + starts[i1], at + starts[i2], "".join(after[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _trimmed(old: str, new: str, at: int) -> list[Edit]:
    """One edit without what is the same before and behind it."""
    shortest = min(len(old), len(new))
    left = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    right = next((i for i in range(shortest - left) if old[-1 - i] != new[-1 - i]), shortest - left)
    return [Edit(at + left, at + len(old) - right, new[left : len(new) - right])]
