"""What becomes of the value of one element: bytes in, bytes out, by its rule, its VR and its character set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from deid.dicom.change import clip_age, dummy, shift_date, shift_datetime
from deid.dicom.scan import Element
from deid.dicom.values import (
    MAX_LENGTH,
    MULTI_VRS,
    TEXT_VRS,
    Charset,
    is_date,
    is_datetime,
    is_number,
    is_time,
    valid_uid,
)
from deid.model import Action, Alert, Category, Finding, Known, Link, Passage, Role, Rule, Subject, splice
from deid.standard import keyword_of, never_remap, tag_of
from deid.surrogates import Surrogates, fold

if TYPE_CHECKING:
    from deid.recipe import Policy
    from deid.settings import TextSettings

__all__ = ["Find", "Gone", "Outcome", "ValueCleaner"]

Find = Callable[[Passage, Subject | None], list[Finding]]


class Gone:
    """The element is removed."""


GONE: Final = Gone()


class Outcome(NamedTuple):
    """The new value, None if it stays, or that the element goes; what the vault shall know; what to look at."""

    new: bytes | Gone | None
    links: tuple[Link, ...] = ()
    alerts: tuple[Alert, ...] = ()


_SAME: Final = Outcome(None)
_PATIENT_NAME, _PATIENT_ID, _TIMEZONE, _DOCUMENT = 0x00100010, 0x00100020, 0x00080201, 0x00420011
_BLOBS = frozenset(["OB", "OW", "UN"])
_PADDING = " \0\r\n\t"
_CODE_CHARACTERS = re.compile(r"[A-Z0-9_ ]{0,16}")
_ZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d")
_UID_IN_TEXT = re.compile(r"(?<![\w.])\d+(?:\.\d+){4,}(?![\w.])")
_PRINTABLE = re.compile(rb"[\x20-\x7e\r\n\t\f]*[\x20\0]*")
_URI_KEPT = re.compile(
    r"urn:(?:oid|ietf|lex|iso)[:\w./-]*|https?://(?:snomed\.info|loinc\.org|purl\.\w+\.org|www\.w3\.org)/[\w/.#-]*"
)
#: Of a value that stays as it is, findings of these kinds go all the same, besides known identifiers.
_NEVER_KEPT = frozenset((Category.EMAIL, Category.SSN, Category.UID, Category.URL))


class ValueCleaner:
    """Applies rules to values for one subject.

    Parameters
    ----------
    policy
        Its recipe's sections say how text is searched and how surrogates look.
    find
        The text room's ``Finder.find``.
    """

    def __init__(self, policy: Policy, surrogates: Surrogates, subject: Subject, find: Find) -> None:
        self.surrogates = surrogates
        self.subject = _without_kept(subject, policy)
        self.find = find
        self.settings: TextSettings = policy.recipe.text
        self.name_style: str = policy.recipe.surrogates.name_style
        self.patient_names = frozenset(
            _name_core(k.value) for k in subject.known if k.category is Category.NAME and k.role is Role.PATIENT
        ) - {""}
        # A long number of the patient's that stands alone in a numeric element is no measurement.
        self.numbers = frozenset(k.value for k in self.subject.known if k.value.isdecimal() and len(k.value) >= 6)
        self._bytes = tuple(
            {v for k in self.subject.known for v in _as_bytes(k) if len(v) >= 5}
        )  # searched in bytes that stay
        self.shift = policy.dates == "shift"
        self.document_type = ""

    # -- the way of one value -------------------------------------------------------------------------------

    def value(self, raw: bytes, element: Element, charset: Charset, rule: Rule, args: Mapping[str, str]) -> Outcome:
        """What a value becomes under its rule."""
        action, tag = rule.action, element.tag
        vr = args.get("vr") or element.vr
        if not raw.strip(b" \0") and action is not Action.EMPTY:
            return _SAME if raw.isascii() else Outcome(b"")
        match action:
            case Action.KEEP:
                return self._kept(raw, tag, vr, charset, args)
            case Action.EMPTY:
                return Outcome(b"") if raw else _SAME
            case Action.DUMMY:
                return self._dummy(raw, tag, vr, charset, args)
            case Action.CLEAN:
                return self._cleaned(raw, tag, vr, charset, args)
            case Action.UID:
                return self._uids(raw, tag, vr, charset, args)
            case Action.SURROGATE:
                return self._surrogate(raw, tag, vr, charset, args)
            case Action.SHIFT:
                return self._shifted(raw, vr, charset, args)
            case _:
                return Outcome(GONE)

    def names_somebody(self, text: str) -> bool:
        """Whether a known identifier stands in a text."""
        return any(f.rule.startswith("known") for f in self.find(Passage(text, "descriptor"), self.subject))

    # -- keep ---------------------------------------------------------------------------------------------

    def _kept(self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        if vr in ("DS", "IS"):
            return self._numbers(raw, vr, args)
        if vr == "CS":
            return self._codes(raw, vr, charset, args)
        if vr in ("DA", "DT", "TM"):
            valid = {"DA": is_date, "DT": is_datetime, "TM": is_time}[vr]
            text = charset.decode(raw, vr)
            if all(not part.strip(_PADDING) or valid(part.strip(_PADDING)) for part in text.split("\\")):
                return _SAME
            return self._otherwise(vr, raw, args, "Z")
        if vr == "UI":
            text = raw.decode("latin-1")
            if all(not part.strip(_PADDING) or valid_uid(part.strip(_PADDING)) for part in text.split("\\")):
                return _SAME
            return self._uids(raw, tag, vr, charset, args)
        if vr == "AS":
            return self._age(raw, vr, charset, args)
        if vr in TEXT_VRS:
            if args.get("search") == "known":
                return self._text(raw, tag, vr, charset, args, known_only=True)
            return _SAME
        if vr == "UN":
            return Outcome(GONE)
        if vr in ("OB", "OW") and any(known in raw for known in self._bytes):
            return self._otherwise(vr, raw, args, "D")
        return _SAME

    def _numbers(self, raw: bytes, vr: str, args: Mapping[str, str]) -> Outcome:
        """DS and IS: what is not a number is text in disguise, and goes."""
        values = [part.strip(_PADDING) for part in raw.decode("latin-1").split("\\")]
        if not all(not value or is_number(value, vr) for value in values):
            return self._otherwise(vr, raw, args, "Z")
        if self.numbers.isdisjoint(values):
            return _SAME
        return self._otherwise(vr, raw, args, "Z")

    def _codes(self, raw: bytes, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        """CS: a code of the standard stays; an identifier in its place, or text, goes value by value."""
        text = charset.decode(raw, vr)
        values = text.split("\\")
        kept = [value for value in values if self._is_code(value.strip(_PADDING))]
        if len(kept) == len(values):
            return _SAME
        if not any(value.strip(_PADDING) for value in kept):
            return self._otherwise(vr, raw, args, "D")
        clean = [value if self._is_code(value.strip(_PADDING)) else "REMOVED" for value in values]
        return Outcome(charset.encode("\\".join(clean), vr, raw))

    def _is_code(self, value: str) -> bool:
        if not value or value in code_terms():
            return True
        findings = self.find(Passage(value, "descriptor"), self.subject)
        if _CODE_CHARACTERS.fullmatch(value) is None:
            return not findings
        return not any(
            finding.rule.startswith("known") or (finding.rule.startswith("pattern") and finding.end - finding.start > 7)
            for finding in findings
        )

    # -- dummy --------------------------------------------------------------------------------------------

    def _dummy(self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        if args.get("icc") == "standard":
            return Outcome(standard_profile())
        if "text" in args:
            return Outcome(charset.encode(args["text"], vr, raw))
        if tag == _DOCUMENT:
            from deid.dicom.documents import empty_document  # noqa: PLC0415  # needs a PDF library

            return Outcome(empty_document(self.document_type))
        if vr == "UI":
            return self._uids(raw, tag, vr, charset, args)
        if vr == "PN":
            return self._person(raw, tag, charset)
        return Outcome(dummy(vr, len(raw)))

    def _otherwise(self, vr: str, raw: bytes, args: Mapping[str, str], default: str) -> Outcome:
        """What is written when nothing safe is left of a value."""
        letter = args.get("else", default)
        if letter == "X":
            return Outcome(GONE)
        return Outcome(dummy(vr, len(raw)) if letter == "D" else b"")

    # -- clean --------------------------------------------------------------------------------------------

    def _cleaned(self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        if args.get("document") == "clean":
            return self._document(raw)
        if vr == "AS":
            return self._age(raw, vr, charset, args)
        if vr == "PN":
            return self._person(raw, tag, charset)
        if vr == "UI":
            return self._uids(raw, tag, vr, charset, args)
        if vr == "CS":
            return self._codes(raw, vr, charset, args)
        if vr in ("DS", "IS"):
            return self._numbers(raw, vr, args)
        if vr in ("DA", "DT", "TM"):
            return self._shifted(raw, vr, charset, args)
        if vr == "UR":
            return self._uri(raw, vr, charset, args)
        if vr in TEXT_VRS:
            if tag == _TIMEZONE and _ZONE.fullmatch(raw.decode("latin-1").strip(_PADDING)):
                return _SAME
            return self._text(raw, tag, vr, charset, args)
        if vr == "UN" and _PRINTABLE.fullmatch(raw):
            return self._text(raw, tag, "UT", charset, args)
        if vr in _BLOBS or tag >> 24 == 0x60:
            return self._otherwise(vr, raw, args, "X")
        return _SAME  # numbers

    def _text(
        self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str], *, known_only: bool = False
    ) -> Outcome:
        """Text: every value is searched, what is found is replaced, the rest stays as it is."""
        from deid.text import plan_text  # noqa: PLC0415  # loads dictionaries

        whole = charset.decode(raw, vr)
        values = whole.split("\\") if vr in MULTI_VRS else [whole]
        origin = "sr" if tag == 0x0040A160 else "descriptor"
        cleaned: list[str] = []
        links: list[Link] = []
        alerts: list[Alert] = []
        for value in values:
            if not value.strip(_PADDING) or (tag == 0x00080104 and is_standard_meaning(value.strip(_PADDING))):
                cleaned.append(value)
                continue
            passage = Passage(value, origin, self.settings.language)
            findings = self.find(passage, self.subject)
            if known_only:
                findings = [f for f in findings if f.rule.startswith("known") or f.category in _NEVER_KEPT]
            if not findings:
                cleaned.append(value)
                continue
            plan = plan_text(passage, findings, self.surrogates, self.settings, self.subject)
            cleaned.append(_fitting(splice(value, plan.edits), vr))
            links += plan.links
            alerts += plan.alerts
        text = "\\".join(cleaned)
        if text == whole:
            return Outcome(None, tuple(links), tuple(alerts))
        if not text.strip(_PADDING + "\\"):
            return self._otherwise(vr, raw, args, "Z")._replace(links=tuple(links), alerts=tuple(alerts))
        return Outcome(charset.encode(text.rstrip("\0"), vr, raw), tuple(links), tuple(alerts))

    def _uri(self, raw: bytes, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        """A URI stays only if it names a public vocabulary; a path or a host can name a patient or a site."""
        text = charset.decode(raw, vr).strip(_PADDING)
        if _URI_KEPT.fullmatch(text) and not self.find(Passage(text, "descriptor"), self.subject):
            return _SAME
        return self._otherwise(vr, raw, args, "Z")

    def _age(self, raw: bytes, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        text = charset.decode(raw, vr)
        clipped = []
        for value in text.split("\\"):
            stripped = value.strip(_PADDING)
            new = clip_age(stripped, above=args.get("above", "089Y"), to=args.get("to", "090Y")) if stripped else ""
            if new is None:
                return self._otherwise(vr, raw, args, "Z")
            clipped.append(value if new == stripped else new)
        return _as_edit(text, "\\".join(clipped))

    def _document(self, raw: bytes) -> Outcome:
        from deid.dicom.documents import DocumentCleaner, clean_document  # noqa: PLC0415  # seldom needed

        cleaner = DocumentCleaner(self.find, self.surrogates, self.settings, self.subject, self.shift)
        return Outcome(*clean_document(raw, self.document_type, cleaner))

    # -- UIDs ---------------------------------------------------------------------------------------------

    def _uids(self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        if vr != "UI":
            return self._text(raw, tag, vr, charset, args) if vr in TEXT_VRS else self._otherwise(vr, raw, args, "X")
        keyword = keyword_of(tag)
        text = raw.decode("latin-1")
        links: list[Link] = []
        new = "\\".join([self._uid(value.strip(_PADDING), keyword, links) for value in text.split("\\")])
        if not links:
            return _SAME
        return Outcome(new.encode("ascii"), tuple(links))

    def _uid(self, original: str, keyword: str, links: list[Link]) -> str:
        if not original or (valid_uid(original) and never_remap(original, keyword)):
            return original
        surrogate = self.surrogates.uid(original)
        links.append(Link("uid", original, surrogate))
        return surrogate

    # -- surrogates ---------------------------------------------------------------------------------------

    def _surrogate(self, raw: bytes, tag: int, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        if vr == "UI":
            return self._uids(raw, tag, vr, charset, args)
        kind = args.get("kind", "id")
        if vr == "PN" or kind in ("person", "patient-name"):
            return self._person(raw, tag, charset)
        if vr not in TEXT_VRS:
            return self._otherwise(vr, raw, args, "Z")
        text = charset.decode(raw, vr)
        values = text.split("\\") if vr in MULTI_VRS else [text]
        links: list[Link] = []
        new = "\\".join([self._identifier(value.strip(_PADDING), kind, args, links) for value in values])
        return Outcome(charset.encode(new, vr, raw), tuple(links))

    def _identifier(self, original: str, kind: str, args: Mapping[str, str], links: list[Link]) -> str:
        if not original:
            return ""
        patient_id = self.subject.key.patient_id.strip(_PADDING)
        if kind == "patient-id" and (original == patient_id or not patient_id):
            surrogate = self.surrogates.code
        else:
            role = Role(args["role"]) if args.get("role") in _ROLES else Role.STUDY
            surrogate = self.surrogates.identifier(original, kind, role=role)
            if not any(c.isalnum() for c in original):
                surrogate = "REMOVED"
        links.append(Link(kind if kind in ("patient-id", "accession") else "id", original, surrogate))
        return surrogate

    def _person(self, raw: bytes, tag: int, charset: Charset) -> Outcome:
        """Whole PN values: every component group goes, one alphabetic surrogate comes."""
        links: list[Link] = []
        new = []
        for value in charset.decode(raw, "PN").split("\\"):
            original = value.strip(_PADDING)
            if not original.strip("^= "):
                new.append("")
                continue
            surrogate = self.name_of(original, patient=tag == _PATIENT_NAME)
            links.append(Link("name", original, surrogate))
            new.append(surrogate)
        return Outcome("\\".join(new).encode("ascii"), tuple(links))

    def name_of(self, original: str, *, patient: bool = False) -> str:
        """The PN value that stands in for a name, the patient's or somebody else's."""
        core = _name_core(original)
        if core in self.patient_names or (patient and not self.patient_names):
            return self.surrogates.code if self.name_style == "code" else self.surrogates.person.pn
        if not core:
            return "REMOVED"
        return self.surrogates.other_person(core, avoid=()).pn

    # -- dates --------------------------------------------------------------------------------------------

    def _shifted(self, raw: bytes, vr: str, charset: Charset, args: Mapping[str, str]) -> Outcome:
        text = charset.decode(raw, vr)
        new = []
        for value in text.split("\\"):
            stripped = value.strip(_PADDING)
            moved = self._moved(stripped, vr, args) if stripped else ""
            if moved is None:
                return self._otherwise(vr, raw, args, "Z")
            new.append(value if moved == stripped else moved)
        return _as_edit(text, "\\".join(new))

    def _moved(self, value: str, vr: str, args: Mapping[str, str]) -> str | None:
        days = self.surrogates.shift_days
        if args.get("mode") == "year":
            year = value[:4]
            if vr == "TM" or not (is_date(value) or is_datetime(value)):
                return None
            return f"{year}0101"
        if vr == "DA" or (vr in ("LO", "SH", "ST", "LT", "UT", "UN") and is_date(value)):
            return shift_date(value, days)
        if vr == "TM":
            return value if is_time(value) else None
        return shift_datetime(value, days)


_ROLES = frozenset(role.value for role in Role)


def _as_edit(text: str, new: str) -> Outcome:
    return _SAME if new == text else Outcome(new.encode("latin-1", "replace"))


def _fitting(text: str, vr: str) -> str:
    """At most as long as the VR allows: surrogates can be longer than what they stand for."""
    limit = MAX_LENGTH.get(vr)
    return text if limit is None or len(text) <= limit else text[:limit].rstrip()


def _name_core(name: str) -> str:
    """Family, given and middle name of the first component group that has one, folded, one blank between."""
    for group in name.split("="):
        words = " ".join(group.split("^")[:3]) if "^" in group else group.replace(",", " ")
        core = " ".join(fold(words).split())
        if core:
            return core
    return ""


def _as_bytes(known: Known) -> set[bytes]:
    forms = {known.value, known.value.replace("^", " ").strip()}
    forms |= {part for part in re.split(r"[\^=]", known.value) if len(part) >= 5}
    return {form.encode("utf-8") for form in forms} | {form.encode("utf-16-le") for form in forms}


def _without_kept(subject: Subject, policy: Policy) -> Subject:
    """The subject without identifiers that the recipe keeps where they stand: an institution, a station."""
    rules = policy.for_instance("")

    def kept(source: str) -> bool:
        tag = tag_of(source) if source else None
        return tag is not None and rules.rule((tag,), "LO").action is Action.KEEP

    sources = {known.source for known in subject.known}
    kept_sources = {source for source in sources if kept(source)}
    if not kept_sources:
        return subject
    return Subject(subject.key, tuple(k for k in subject.known if k.source not in kept_sources), subject.sex)


@lru_cache(maxsize=1)
def code_terms() -> frozenset[str]:
    """Defined terms of CS attributes: some are also words or names, and stay all the same."""
    return frozenset(resources.files("deid.dicom").joinpath("code_terms.txt").read_text("ascii").splitlines())


@lru_cache(maxsize=1)
def standard_profile() -> bytes:
    """An sRGB colour profile that names no device."""
    return resources.files("deid.dicom").joinpath("srgb.icc").read_bytes()


@lru_cache(maxsize=1)
def _standard_meanings() -> frozenset[str]:
    """Code meanings of PS3.16, folded; made from pydicom's tables, whose import takes a second."""
    return frozenset(resources.files("deid.dicom").joinpath("meanings.txt").read_text("utf-8").splitlines())


@lru_cache(maxsize=65536)
def is_standard_meaning(text: str) -> bool:
    """Whether a Code Meaning is one of PS3.16's own."""
    return fold(text) in _standard_meanings()
