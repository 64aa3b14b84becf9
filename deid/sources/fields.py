"""What a structured field becomes: a pure function of the field and the subject's surrogates."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from deid.model import Action, Category, Link, Role
from deid.sources.unit import Field, ReportUnit
from deid.surrogates import PersonSurrogate, Surrogates, fold

__all__ = ["FieldPlan", "plan_fields", "shift_date"]

# Year first, as HL7, DICOM and ISO 8601 write it; day and month first, as people write it. Then a time or nothing.
YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d\d)\2(\d\d)(.*)", re.DOTALL)
YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(.*)", re.DOTALL)
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=\D|$|\d\d(?!\d)|\d{4}(?!\d)|\d{8}(?!\d)|\d{10}(?!\d))")
CLOCK = re.compile(r"[T ]?[\d:.+\-Zz ]*(?:[AaPp]\.?[Mm]\.?)?")
AGE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)(\s?(?:[YMWD]|years?(?: old)?|months?|weeks?|days?|yo|y/o)?)", re.IGNORECASE)
REGISTERED = "1.2.840.10008."
SERVER = "http://fhir.invalid"  # relative references resolve against it; nobody can own it (RFC 2606)
TARGET = re.compile(r"(?:^|/)([A-Z][A-Za-z]{2,40})/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]*)?$")
# The number spaces of the header's rules, so that a number has one surrogate in both.
KINDS = {
    "AccessionNumber": "accession",
    "StudyID": "study-id",
    "PatientID": "patient-id",
    "OtherPatientIDs": "patient-id",
}


@dataclass(frozen=True, slots=True, repr=False)
class FieldPlan:
    """New values by field id, and the links for the vault to remember."""

    values: Mapping[str, str]
    links: tuple[Link, ...] = ()

    def __repr__(self) -> str:
        return f"FieldPlan({len(self.values)} values)"


def plan_fields(
    unit: ReportUnit,
    surrogates: Surrogates,
    *,
    dates: str = "shift",
    name_style: str = "realistic",
    avoid: frozenset[str] = frozenset(),
) -> FieldPlan:
    """Decide every structured field of a unit.

    Parameters
    ----------
    unit
        What a reader gave.
    surrogates
        Of the unit's subject.
    dates
        ``shift`` moves dates by the subject's offset, ``year`` leaves the year, ``keep`` the whole date,
        ``remove`` nothing. Birth dates are emptied always.
    name_style
        ``code`` puts the subject's code in place of the patient's name.
    avoid
        Folded words that no surrogate of another person may be: names of the subject's study.
    """
    day_first = any(passage.language != "en" for passage in unit.passages.values())
    desk = _Desk(surrogates, dates, name_style, avoid, day_first)
    values: dict[str, str] = {}
    links: dict[tuple[str, str], Link] = {}
    for key, field in unit.fields.items():
        new, kind = _decide(field, desk)
        values[key] = new
        if kind and field.value and new:
            links.setdefault((kind, field.value), Link(kind, field.value, new))
    return FieldPlan(values, tuple(links.values()))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every decision needs."""

    surrogates: Surrogates
    dates: str
    name_style: str
    avoid: frozenset[str]
    day_first: bool


def shift_date(value: str, days: int, *, day_first: bool = False) -> str:
    """A date moved by whole days and written as it was, or empty if it is no full date.

    ``day_first`` decides what ``03/04/2024`` means if nothing else does. A time and an offset from UTC stay; a
    month or a year alone cannot be shifted by days and is emptied.

    Examples
    --------
    >>> shift_date("20240131", 1), shift_date("2024-01-31T08:15:00+01:00", -31), shift_date("2024", 5)
    ('20240201', '2023-12-31T08:15:00+01:00', '')
    """
    year_first = YEAR_FIRST.fullmatch(value.strip())
    if year_first:
        year, mark, month, day, tail = year_first.groups()
        moved = _moved(year, month, day, days)
        if moved is None or not CLOCK.fullmatch(tail):
            return ""
        return f"{moved.year:04d}{mark}{moved.month:02d}{mark}{moved.day:02d}{tail}"
    year_last = YEAR_LAST.fullmatch(value.strip())
    return _shift_written(year_last, days, day_first) if year_last else ""


def _shift_written(written: re.Match[str], days: int, day_first: bool) -> str:
    """Day first with dots, month first otherwise, unless the number says that it cannot be."""
    first, second, month_first = written[1], written[3], written[2] != "." and not day_first
    if int(first) > 12:
        month_first = False
    elif int(second) > 12:
        month_first = True
    month, day = (first, second) if month_first else (second, first)
    moved = _moved(written[4], month, day, days)
    if moved is None or not CLOCK.fullmatch(written[5]):
        return ""
    a, b = (moved.month, moved.day) if month_first else (moved.day, moved.month)
    width = 2 if first.startswith("0") or second.startswith("0") or len(first) == len(second) == 2 else 1
    return f"{a:0{width}d}{written[2]}{b:0{width}d}{written[2]}{moved.year:04d}{written[5]}"


def _moved(year: str, month: str, day: str, days: int) -> date | None:
    try:
        return date(int(year), int(month), int(day)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def _decide(field: Field, desk: _Desk) -> tuple[str, str]:
    """New value and the kind of its link, empty if there is none."""
    if not field.value.strip() or field.action in (Action.EMPTY, Action.REMOVE):
        return "", ""
    if field.action is Action.KEEP:
        return field.value, ""
    if field.action is Action.UID:
        return _uid(field, desk.surrogates)
    if field.action is Action.CLEAN and field.category is Category.AGE:
        return _age(field.value), ""
    if field.action is Action.SHIFT:
        return _shifted(field, desk), ""
    if field.action is Action.SURROGATE:
        return _surrogate(field, desk)
    raise ValueError(f"no rule for action {field.action} in a field")


def _shifted(field: Field, desk: _Desk) -> str:
    if desk.dates == "keep":
        return field.value
    if desk.dates == "year":
        found = YEAR.search(field.value)
        return found[0] if found else ""
    if desk.dates != "shift":
        return ""
    return shift_date(field.value, desk.surrogates.shift_days, day_first=desk.day_first)


def _uid(field: Field, surrogates: Surrogates) -> tuple[str, str]:
    """A DICOM UID, an OID in FHIR's writing, an id of a FHIR resource, or a reference to one."""
    value = field.value.strip()
    if field.form == "fhir-id":
        return _resource_id(value, surrogates), "id"
    if field.form in ("reference", "full-url"):
        new = _reference(value, surrogates)
        relative = field.form == "full-url" and new and not new.startswith("urn:")
        return (f"{SERVER}/{new}" if relative else new), ""
    mark = "urn:oid:" if value.startswith("urn:oid:") else ""
    bare = value.removeprefix(mark)
    return (value, "") if bare.startswith(REGISTERED) else (mark + surrogates.uid(bare), "uid")


def _resource_id(value: str, surrogates: Surrogates) -> str:
    return str(uuid.UUID(int=int(surrogates.uid(f"fhir:{value}").rpartition(".")[2])))


def _reference(value: str, surrogates: Surrogates) -> str:
    """``Patient/12``, ``#p1``, ``urn:uuid:...``, or an address of a server, of which only type and id stay."""
    if value.startswith("#"):
        return "#" + _resource_id(value[1:], surrogates) if len(value) > 1 else value
    if value.startswith("urn:uuid:"):
        return "urn:uuid:" + _resource_id(value[9:], surrogates)
    if value.startswith("urn:oid:"):
        return "urn:oid:" + surrogates.uid(value[8:])
    parts = TARGET.search(value)
    return f"{parts[1]}/{_resource_id(parts[2], surrogates)}" if parts else ""


def _age(value: str) -> str:
    """Ages over 89 become 90 in the same form; what is no age is emptied."""
    match = AGE.fullmatch(value.strip())
    if match is None:
        return ""
    years = match[2].strip().casefold()[:1] in ("", "y")
    return f"{'90'.zfill(len(match[1]))}{match[2]}" if years and float(match[1]) > 89 else value


def _surrogate(field: Field, desk: _Desk) -> tuple[str, str]:
    if field.category is Category.NAME:
        return _name(field, desk), "name" if field.form in ("person", "pn") else ""
    if field.keyword == "PatientID" and field.role is Role.PATIENT:
        return desk.surrogates.code, "patient-id"
    kind = KINDS.get(field.keyword, "id")
    link = kind if kind in ("accession", "patient-id") else "id"
    return desk.surrogates.identifier(field.value, kind, role=field.role), link


def _name(field: Field, desk: _Desk) -> str:
    """The surrogate in the form and case of the original."""
    if field.role is Role.PATIENT and desk.name_style == "code":
        return "" if field.form == "given" else desk.surrogates.code
    person = _person(field, desk)
    if field.form == "family":
        new = person.family
    elif field.form == "given":
        new = person.given
    elif field.form == "pn":
        new = person.pn
    else:
        new = f"{person.family}, {person.given}" if "," in field.value else f"{person.given} {person.family}"
    return new.upper() if field.value.isupper() and len(field.value) > 1 else new


def _person(field: Field, desk: _Desk) -> PersonSurrogate:
    if field.role is Role.PATIENT:
        return desk.surrogates.person
    from deid.text.parts import as_pn  # header-only work loads no engine

    whole = as_pn(field.whole or field.value)
    person = desk.surrogates.other_person(whole)
    if desk.avoid.isdisjoint((fold(person.family), fold(person.given))):
        return person
    return desk.surrogates.other_person(whole, avoid=desk.avoid)
