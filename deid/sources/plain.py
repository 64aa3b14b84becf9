"""Plain text reports: one passage, and what their header lines say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deid.errors import InputError
from deid.model import Category, Edit, Known, Passage, Role, SubjectKey, splice
from deid.sources.columns import Meaning, meaning_of
from deid.sources.encoded import is_encoded
from deid.sources.unit import Body, ReportUnit

__all__ = ["Hints", "decode_text", "header_hints", "join", "read", "text_unit", "texts", "wide_encoding"]

HEADER_CHARACTERS = 4000
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True, repr=False)
class PlainBody:
    """The decoded text and the encoding it came in."""

    text: str
    encoding: str

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:  # noqa: ARG002
        """Splice; UTF-8 is written if a surrogate does not fit the encoding of the original."""
        new = splice(self.text, edits["text"])
        try:
            return new.encode(self.encoding)
        except UnicodeEncodeError:
            return new.encode("utf-8")


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read a text file as one report.

    Raises
    ------
    InputError
        ``text-encoding`` if the bytes are no text, ``text-encoded`` if they hide another document, ``source-empty``
        if there is nothing but space.
    """
    text, encoding = decode_text(data)
    if not text.strip():
        raise InputError("source-empty", "the file holds no report")
    if is_encoded(text):
        raise InputError("text-encoded", "the text holds another document in an encoding that hides its words")
    return [text_unit(text, PlainBody(text, encoding), kind="text", suffix=".txt", language=language, origin="report")]


def text_unit(
    text: str,
    body: Body,
    *,
    kind: str,
    suffix: str,
    language: str,
    origin: str = "document",
    alerts: tuple[str, ...] = (),
) -> ReportUnit:
    """A report that is one passage, ``text``, and whose header lines say whose it is."""
    hints = header_hints(text)
    return ReportUnit(
        index=0,
        kind=kind,
        suffix=suffix,
        passages={"text": Passage(text, origin, language)},
        body=body,
        known=hints.known,
        key=hints.key,
        study_uid=hints.study_uid,
        accession=hints.accession,
        sex=hints.sex,
        alerts=alerts,
    )


def join(documents: list[bytes]) -> bytes:
    """Text files hold one report each."""
    raise InputError("source-single", f"{len(documents)} reports cannot share a text file")


def texts(data: bytes) -> str:
    """The decoded text."""
    return decode_text(data)[0]


def decode_text(data: bytes) -> tuple[str, str]:
    """Text and encoding: by byte order mark, UTF-8, or Windows-1252 in which every byte has a meaning.

    Raises
    ------
    InputError
        ``text-encoding``.
    """
    encoding = next((name for mark, name in BOMS if data.startswith(mark)), "") or wide_encoding(data[:4096])
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, name
    raise InputError("text-encoding", "the bytes are not text in UTF-8, UTF-16 or Windows-1252")


def wide_encoding(head: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` for text without a mark in which nearly every other byte is zero, else empty."""
    for name, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(head) > 7 and zeros.count(0) * 10 > 9 * len(zeros) and letters.count(0) * 50 < len(letters):
            return name
    return ""


@dataclass(frozen=True, slots=True, repr=False)
class Hints:
    """What the header lines of a report say about its patient and study."""

    known: tuple[Known, ...] = ()
    key: SubjectKey | None = None
    study_uid: str = ""
    accession: str = ""
    sex: str = ""


COLUMN = re.compile(r" {2,}|[\t|;()\[\]]")
PAIR = re.compile(r"[ *>\-]{0,8}([^\W\d_][^:=#\r\n]{0,40}?) ?[:=#]+ ?(\S.*)")
NUMBERED = re.compile(r"[ *>\-]{0,8}([^\W\d_][A-Za-z .]{1,30}) #?([A-Z]{0,4}-?\d\S*(?: \d{2,4}\b)*)")
NUMBER_OF = re.compile(r"[ .]*\b(?:no|nr|num|number|id)\b[ .]*$", re.IGNORECASE)
TITLE = re.compile(r"\b(?:Dr|Prof|Mr|Mrs|Ms|MD|M\.D|DO|RN|RT|FRCR|PhD)\b")
# What a value must look like to be what its label says.
_GROUPS = r"(?:\d{2,3}|\d{4}(?! (?:19|20)\d\d\b))(?: \d{2,4}){1,3}(?![\w/-]|\.\d)"  # 943 476 5919
_NUMBER = re.compile(rf"{_GROUPS}|[A-Za-z]{{0,6}}[-_/. ]?\d[\dA-Za-z]*(?:[-_/.][\dA-Za-z]+)*")
_ANY = re.compile(r".+")
SHAPES = {
    Category.ID: _NUMBER,
    Category.SSN: re.compile(r"\d[\d -]{6,14}"),
    Category.UID: re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){4,}"),
    Category.NAME: re.compile(r"(?=.{1,60}$)[^\W\d_][^\W\d_'’.\-]*(?:[ ,^'’.\-]+[^\W\d_]+\.?){1,5}$"),
    Category.DATE: _ANY,
    Category.PHONE: re.compile(r"[+(\d][\d ()./+x-]{5,24}"),
    Category.EMAIL: re.compile(r"\S+@\S+"),
    Category.ADDRESS: _ANY,
    Category.POSTCODE: re.compile(r"[A-Z\d][A-Z\d -]{2,9}"),
    Category.HEALTH_PLAN: _NUMBER,
    Category.INSTITUTION: re.compile(
        r"(?i:(?=.*(?:hospital|clinic|cent(?:er|re)|medical|institut|imaging|radiolog|klinik|krankenhaus|praxis)).+)"
    ),
    Category.OTHER: re.compile(r"(?i:[MFO]\b|male|female|other)"),  # sex
}
NUMBERED_KINDS = {  # and how many digits it must have
    Category.ID: 3,
    Category.SSN: 7,
    Category.DATE: 4,
    Category.PHONE: 6,
    Category.ADDRESS: 1,
    Category.POSTCODE: 3,
    Category.HEALTH_PLAN: 4,
}
MENTIONS = {
    "PatientID": re.compile(
        r"\b(?:MRN|UHID|our ID|patient ID|(?:hospital|patient|medical record) (?:no|number|nr)\.?)[ :#.]{1,3}"
        rf"({_GROUPS}|[A-Z]{{0,4}}-?\d[\dA-Z-]{{3,14}}\b)",
        re.IGNORECASE,
    ),
    "AccessionNumber": re.compile(
        r"\b(?:accession|acc)(?: (?:no|number|nr))?[ :#.]{1,3}([A-Z]{0,4}-?\d[\dA-Z-]{3,14})\b", re.IGNORECASE
    ),
}
UID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){4,}")
PERSON = re.compile(r"[^\W\d_][^\W\d_'’.\-]*(?:[ ,^'’.\-]+[^\W\d_]+\.?){1,5}")


def header_hints(text: str) -> Hints:
    """Read ``label: value`` lines at the head of a report.

    Two different numbers for one patient make no key: the caller must say whose report it is.
    """
    found: dict[str, list[str]] = {}
    known: dict[tuple[str, str], Known] = {}
    for label, given in _labelled(text[:HEADER_CHARACTERS]):
        meaning = meaning_of(label) or meaning_of(NUMBER_OF.sub("", label))
        value = _checked(meaning, given) if meaning else ""
        if meaning is None or not value:
            continue
        found.setdefault(meaning.keyword, []).append(value)
        if meaning.use == "field" and meaning.category not in (Category.UID, Category.AGE) and not _event(meaning):
            known[meaning.keyword, value] = Known(value, meaning.category, meaning.role, meaning.keyword)
    _mentioned(text, found, known)
    ids = set(found.get("PatientID", ()))
    sex = next(iter(found.get("PatientSex", ())), "")
    return Hints(
        known=tuple(known.values()),
        key=SubjectKey(ids.pop()) if len(ids) == 1 else None,
        study_uid=_only(found.get("StudyInstanceUID")),
        accession=_only(found.get("AccessionNumber")),
        sex=sex[:1].upper() if sex[:1].upper() in ("M", "F", "O") else "",
    )


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    """``label: value`` or ``label 123``, one per line or column of a line."""
    for line in text.splitlines():
        for chunk in COLUMN.split(line):
            pair = PAIR.match(chunk) or NUMBERED.match(chunk)
            if pair:
                yield pair[1].strip(), pair[2].strip()[:80]


def _mentioned(text: str, found: dict[str, list[str]], known: dict[tuple[str, str], Known]) -> None:
    """What no header line gives may be said in a sentence: ``our ID 61002377, accession A23-077120``."""
    for keyword, pattern in MENTIONS.items():
        if keyword in found:
            continue
        for match in pattern.finditer(text[:HEADER_CHARACTERS]):
            role = Role.PATIENT if keyword == "PatientID" else Role.STUDY
            found.setdefault(keyword, []).append(match[1])
            known[keyword, match[1]] = Known(match[1], Category.ID, role, keyword)


def _event(meaning: Meaning) -> bool:
    """Dates of events are shifted where they stand; they are no identifiers to be deleted."""
    return meaning.category is Category.DATE and meaning.role is Role.STUDY


def _only(values: list[str] | None) -> str:
    return values[0] if values and len(set(values)) == 1 else ""


def _checked(meaning: Meaning, value: str) -> str:
    """The value, or what of it can be what the label says; empty if it is something else.

    A sentence after ``Patient:`` is no name, and ``Requested by: Emergency Department`` no person: what is taken for
    an identifier here is searched in the whole report, and would take clinical words with it.
    """
    match = SHAPES[meaning.category].match(value) if meaning.category in SHAPES else None
    if match is None or (meaning.use != "field" and meaning.keyword != "PatientSex"):
        return ""
    found = match[0].strip() if meaning.category is Category.NAME else match[0].rstrip("-_/. ")
    digits = sum(c.isdigit() for c in found)
    if meaning.category is Category.NAME:
        formal = meaning.role is Role.PATIENT or "," in found or TITLE.search(found)
        return found if formal and not found.islower() else ""
    if meaning.category in NUMBERED_KINDS:
        return found if digits >= NUMBERED_KINDS[meaning.category] else ""
    return found
