"""The frozen values that travel between rooms, and the one routine that applies edits.

Every source of identifiers becomes spans in an immutable original; a pure function turns spans plus
a recipe into edits; :func:`splice` puts them in. ``start`` and ``end`` are half-open everywhere.
A type that may hold an original hides it in ``repr``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

__all__ = [
    "Action",
    "Alert",
    "Category",
    "CleanReport",
    "Decision",
    "Edit",
    "Finding",
    "Known",
    "Link",
    "Outcome",
    "Passage",
    "Region",
    "Role",
    "Rule",
    "Status",
    "Subject",
    "SubjectKey",
    "normalise_id",
    "splice",
]

T = TypeVar("T", bytes, str)


class Action(StrEnum):
    """What happens to a data element: the letters of PS3.15 Table E.1-1a plus ours."""

    KEEP = "K"
    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    CLEAN = "C"
    UID = "U"
    SURROGATE = "S"
    SHIFT = "T"
    REFUSE = "R"


class Category(StrEnum):
    """What kind of identifier a value is. The list is closed; engines map onto it."""

    NAME = "NAME"
    DATE = "DATE"
    AGE = "AGE"
    ID = "ID"
    SSN = "SSN"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    URL = "URL"
    IP = "IP"
    UID = "UID"
    ADDRESS = "ADDRESS"
    PLACE = "PLACE"
    POSTCODE = "POSTCODE"
    INSTITUTION = "INSTITUTION"
    WARD = "WARD"
    DEVICE = "DEVICE"
    VEHICLE = "VEHICLE"
    ACCOUNT = "ACCOUNT"
    HEALTH_PLAN = "HEALTH_PLAN"
    LICENSE = "LICENSE"
    USERNAME = "USERNAME"
    PROFESSION = "PROFESSION"
    OTHER = "OTHER"


class Role(StrEnum):
    """Whose value a known identifier is: the patient's own seed or the domain's derives its surrogate."""

    PATIENT = "patient"
    RELATIVE = "relative"
    STAFF = "staff"
    SITE = "site"
    STUDY = "study"


class Status(StrEnum):
    """How a unit ended. There is no fourth."""

    CLEAN = "clean"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, repr=False)
class Edit:
    """``source[start:end]`` becomes ``new``; both are ``bytes`` or both are ``str``."""

    start: int
    end: int
    new: bytes | str

    def __repr__(self) -> str:
        return f"Edit({self.start}, {self.end}, <{len(self.new)}>)"


def normalise_id(value: str, *, case: str = "fold") -> str:
    """Patient ID or issuer as it is compared.

    NFKC; blanks, NULs and control characters at both ends removed, inner runs of blanks made one;
    casefolded unless ``case`` is ``exact``. Leading zeros and punctuation stay: they tell patients apart.
    """
    if value.isascii() and value.isprintable():  # nearly all; the same result in a tenth of the time
        text = value
    else:
        text = "".join(c if unicodedata.category(c) != "Cc" else " " for c in unicodedata.normalize("NFKC", value))
    text = " ".join(text.split())
    return text.casefold() if case == "fold" else text


def splice(source: T, edits: Iterable[Edit]) -> T:
    """Put edits into an original; whatever is not edited is copied verbatim.

    Parameters
    ----------
    source
        The original, never changed.
    edits
        In any order, not overlapping, inside ``source``.

    Raises
    ------
    ValueError
        If two edits overlap or one lies outside: a bug in a planner, never a property of the input.
    """
    parts: list[T] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if not at <= edit.start <= edit.end <= len(source):
            raise ValueError(f"edit {edit.start}:{edit.end} overlaps or lies outside")
        parts.append(source[at : edit.start])
        parts.append(edit.new)  # type: ignore[arg-type]  # bytes with bytes, str with str
        at = edit.end
    parts.append(source[at:])
    return source[:0].join(parts)


PATIENT_ID_SOURCES = frozenset(("PatientID", "PID-3", "PID.3", "patient_id", "mrn", "MRN"))
"""Keywords, fields and columns that hold a Patient ID."""


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """One identifier known before any text is read: a header value, an HL7 field, a CSV column.

    Attributes
    ----------
    value
        As written in the source, decoded, one value (a multi-valued element gives several).
        A name keeps the form of its source (``SMITH^JOHN^^DR``, ``Smith, John``).
    category, role
        What it is and whose.
    source
        Keyword, field or column; safe to log.
    """

    value: str
    category: Category
    role: Role
    source: str

    def __repr__(self) -> str:
        return f"Known({self.category}, {self.role}, {self.source})"

    @property
    def is_patient_id(self) -> bool:
        """Whether this is the patient's own Patient ID, for which the subject's code stands."""
        return self.role is Role.PATIENT and self.source in PATIENT_ID_SOURCES


@dataclass(frozen=True, slots=True, repr=False)
class SubjectKey:
    """The pair by which a patient is found in a domain: Patient ID and its issuer."""

    patient_id: str
    issuer: str = ""

    def __repr__(self) -> str:
        return "SubjectKey(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """The patient as known identifiers of the whole study (``sex`` is M, F, O or empty)."""

    key: SubjectKey
    known: tuple[Known, ...] = ()
    sex: str = ""

    def __repr__(self) -> str:
        return f"Subject({len(self.known)} known)"


@dataclass(frozen=True, slots=True, repr=False)
class Passage:
    """A piece of text to be searched.

    Attributes
    ----------
    origin
        ``report`` (prose), ``descriptor`` (a short DICOM text element), ``sr`` (a TEXT content
        item), ``ocr`` (words read from pixels) or ``document`` (taken out of a PDF, CDA ...).
    language
        ISO 639-1.
    """

    text: str
    origin: str = "report"
    language: str = "en"

    def __repr__(self) -> str:
        return f"Passage({self.origin}, {len(self.text)} characters)"


@dataclass(slots=True, unsafe_hash=True)  # kept from change by its types: freezing would triple what making one costs
class Finding:
    """Where an identifier stands in a passage; never its replacement.

    ``rule`` names the detector and rule (``known:PatientName``, ``pattern:phone``, ``model``); it
    never holds the text itself.
    """

    start: Final[int]
    end: Final[int]
    category: Final[Category]
    score: Final[float]
    rule: Final[str]
    role: Final[Role | None] = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do with an element, and where that is written."""

    action: Action
    argument: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One per element, kept ones too. ``path`` is tags and item numbers: ``(0008,1115)[0](0020,000E)``."""

    path: str
    rule: Rule
    changed: bool


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """An original and its surrogate, for the vault to remember.

    ``kind`` is ``uid``, ``patient-id``, ``name``, ``accession``, ``id``, ``date-offset`` ...
    """

    kind: str
    original: str
    surrogate: str

    def __repr__(self) -> str:
        return f"Link({self.kind}, {self.surrogate})"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should look at; ``detail`` holds no original value."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of pixels to fill, in px, half-open; ``frame`` is None for every frame."""

    left: int
    top: int
    right: int
    bottom: int
    frame: int | None = None
    score: float = 1.0
    rule: str = "detected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one unit ended; safe to log.

    Attributes
    ----------
    unit
        Number of the unit in this run.
    key
        Keyed digest of the input: recognises it in a later run.
    status, code
        ``clean`` or why not (a stable error code).
    subject
        Surrogate code of the patient, empty if none was assigned.
    output
        Path below the output folder, made of surrogates only; empty unless clean.
    digest
        BLAKE3-256 of the output bytes.
    counts, pixels
        What was found and filled, in numbers and rectangles.
    format
        Of a report: ``text``, ``hl7``, ``csv`` ...
    """

    unit: int
    key: str
    kind: str
    status: Status
    code: str = ""
    subject: str = ""
    output: str = ""
    digest: str = ""
    alerts: tuple[Alert, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    pixels: Mapping[str, object] = field(default_factory=dict)
    format: str = ""


@dataclass(frozen=True, slots=True)
class CleanReport:
    """Text that has passed the second look: the only text that the gate to a language model takes.

    Only :mod:`deid.pipeline` makes one. A copy with another text fails the gate, since the
    attestation is a MAC over what it states.

    Attributes
    ----------
    text
        De-identified, free of the subject's known identifiers.
    subject
        Surrogate code of the patient.
    findings
        Number of findings by category.
    recipe
        Digest of the recipe that decided.
    attestation
        See :mod:`deid.attestation`.
    """

    text: str
    subject: str
    recipe: str
    attestation: str
    findings: Mapping[str, int] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
