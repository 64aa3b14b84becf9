"""What becomes of the value of one element: bytes in, bytes out, by its rule, its VR and its character set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from deid.dicom.change import clip_age, dummy, seconds_of, shift_date, shift_datetime, shift_time
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
from deid.model import Action, Alert, Category, Edit, Finding, Known, Link, Passage, Role, Rule, Subject, splice
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
_CODE_MEANING, _TEXT_VALUE = 0x00080104, 0x0040A160
_NUMBERS: Final = {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}  # bytes of one
#: Of a value that stays, findings by these rules go: known identifiers, and what its form or context gives away.
_SURE = (
    "known", "name:title", "name:key", "name:credential", "pattern:phone", "pattern:mrn", "pattern:accession",
    "pattern:address", "date:birth", "descriptor:cut-off",
)  # fmt: skip
#: Forms of a date with its day, month and year; ``1.5.12`` may be a version, so the year has four digits.
_DAYS = frozenset(
    f"date:{form}" for form in ("birth", "cjk", "compact", "dmy", "iso", "mdy", "numeric", "roman", "ymd")
)
_FULL_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d|(?:19|20)\d\d(?!\d)")
#: Shorter strings stand in numbers by chance.
_BYTES_MIN = 6
_PADDING = " \0\r\n\t"
PATIENT_ID = 0x00100020
_CODE_CHARACTERS = re.compile(r"[A-Z0-9_ ]{0,16}")
_LONG_NUMBER = re.compile(r"\d{6}")
_ZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d")
_UID_IN_TEXT = re.compile(r"(?<![\d.])(?<![vV])(?:2\.25\.\d{9,39}|\d+(?:\.\d+){4,})(?!\w|\.\d)")
_PRINTABLE = re.compile(rb"[\x20-\x7e\r\n\t\f]*[\x20\0]*")
_URI_KEPT = re.compile(
    r"urn:(?:oid|ietf|lex|iso)[:\w./-]*|https?://(?:snomed\.info|loinc\.org|purl\.\w+\.org|www\.w3\.org)/[\w/.#-]*"
)
_VOCABULARIES = "2.16.840.1.113883.6."  # code systems registered with HL7
_WIDE = re.compile(r"(?:[^\0]\0){3,}[^\0]?")
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"[^\W\d_]+(?=[\W\d_]*$)")
_CUT_MIN = 4
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
#: Technique written as one word: a volume with its dose in cGy (``PTV7000``), a dose, a b-value, parameters in a row.
_TECHNIQUE = re.compile(
    r"[a-z]{0,2}(?:PTV|CTV|GTV|ITV|PRV)[a-z]{0,2}_?\d{2,4}(?:c?Gy)?|\d{2,5}c?Gy|b[0-2]?\d?\d[05]0[a-z]?"
    r"|(?:(?:TR|TE|TI|FA|BW|FOV|WW|WL|WC|W|L|C)-?\d{1,5}){2,}",
    re.IGNORECASE,
)
_PROSE_VRS = frozenset(("LT", "ST", "UC", "UT"))
_PROSE_LENGTH = 24
_DEVICE_WORDS = frozenset(
    (
        "thor", "abd", "abdo", "pel", "pelv", "routine", "adult", "child", "neuro", "spiral", "sequence", "comp", "min",
        "jpeg", "jpg", "jpegls", "rle", "rgb", "ybr", "lossy", "lossless", "irreversible", "reversible",
        "uncompressed", "compressed", "decompressed", "resampled", "resample", "rescaled", "scaled", "cropped",
        "isocenter", "isocentre", "lut", "dicom", "dicomdir", "pacs", "mip", "mpr", "minip", "vrt", "csa", "gsps",
        "roi", "rois", "hu", "wl", "ww", "obl", "obli", "smartscore", "calcium", "scoring", "investigational",
        "demonstration", "anonymized", "deidentified", "phantom", "localizer", "scout", "topogram", "scanogram",
        "surview", "smartprep", "asir", "safire", "admire", "idose", "mbir", "dlir", "tof", "swi", "dwi", "adc",
        "flair", "stir", "haste", "truefisp", "vibe", "mprage", "blade", "propeller", "grappa", "sense", "epi", "tse",
        "fse", "gre", "dixon", "fatsat", "dyn", "bh", "fb", "ax", "sag", "cor", "tra", "post", "pre", "venous",
        "arterial", "delayed", "ptv", "ctv", "gtv", "oar", "imrt", "vmat", "drr", "epid", "cbct",
    )
)  # fmt: skip
#: Of a value that stays as it is, findings of these kinds go all the same, besides known identifiers.
_NEVER_KEPT = frozenset((Category.EMAIL, Category.SSN, Category.UID, Category.URL))


#: What names a place or a line of somebody: its surrogate has no word of it.
_TELLING = frozenset((Category.ADDRESS, Category.INSTITUTION, Category.PHONE, Category.PLACE, Category.WARD))


class _Given(NamedTuple):
    """One value and what decides about it."""

    raw: bytes
    tag: int
    vr: str
    charset: Charset
    args: Mapping[str, str]

    @property
    def text(self) -> str:
        return _without_nul(self.charset.decode(self.raw, self.vr))

    @property
    def values(self) -> list[str]:
        """The values of a multi-valued element, one for the others; padding included."""
        return self.text.split("\\") if self.vr in MULTI_VRS else [self.text]

    def otherwise(self, default: str) -> Outcome:
        """What is written when nothing safe is left of a value."""
        letter = self.args.get("else", default)
        if letter == "X":
            return Outcome(GONE)
        return Outcome(dummy(self.vr, len(self.raw)) if letter == "D" else b"")


class ValueCleaner:
    """Applies rules to values for one subject.

    Parameters
    ----------
    policy
        Its recipe's sections say how text is searched and how surrogates look.
    find
        The text room's ``Finder.find``.

    Attributes
    ----------
    document_type
        MIME type of the document in the instance at hand; the caller sets it.
    """

    def __init__(self, policy: Policy, surrogates: Surrogates, subject: Subject, find: Find) -> None:
        self.surrogates = surrogates
        self.subject = _with_eponyms(_without_kept(subject, policy))
        self.find = find
        self.settings: TextSettings = policy.recipe.text
        self.name_style: str = policy.recipe.surrogates.name_style
        self.patient_names = frozenset(
            _name_core(k.value) for k in subject.known if k.category is Category.NAME and k.role is Role.PATIENT
        ) - {""}
        # A long number of the patient's that stands alone in a numeric element is no measurement.
        known = (k.value for k in self.subject.known if k.value.isdecimal() and len(k.value) >= 6)
        self.numbers = frozenset(map(_bare, known))
        self._bytes = frozenset(
            v for k in self.subject.known for v in _as_bytes(k) if len(v) >= _BYTES_MIN
        )  # searched in bytes that stay
        self._bytes_by_charset: dict[Charset, frozenset[bytes]] = {}
        self.shift = policy.dates == "shift"
        self.seconds = seconds_of(surrogates.seed)
        self.document_type = ""
        self._actions: dict[Action, Callable[[_Given], Outcome]] = {
            Action.KEEP: self._kept,
            Action.DUMMY: self._dummy,
            Action.CLEAN: self._cleaned,
            Action.UID: self._uids,
            Action.SURROGATE: self._surrogate,
            Action.SHIFT: self._shifted,
        }
        self._keepers: dict[str, Callable[[_Given], Outcome]] = {
            **dict.fromkeys(("DS", "IS"), self._numbers),
            **dict.fromkeys(("DA", "DT", "TM"), self._valid_dates),
            **dict.fromkeys(("OB", "OW"), self._kept_bytes),
            "AS": self._age,
            "CS": self._codes,
            "UI": self._valid_uids,
            "UN": lambda _: Outcome(GONE),
        }
        self._cleaners: dict[str, Callable[[_Given], Outcome]] = {
            **dict.fromkeys(("DS", "IS"), self._numbers),
            **dict.fromkeys(("DA", "DT", "TM"), self._shifted),
            **dict.fromkeys(("OB", "OW"), lambda given: given.otherwise("X")),
            "AS": self._age,
            "CS": self._codes,
            "PN": self._person,
            "UI": self._uids,
            "UN": self._printable,
            "UR": self._uri,
        }

    def value(self, raw: bytes, element: Element, charset: Charset, rule: Rule, args: Mapping[str, str]) -> Outcome:
        """What a value becomes under its rule."""
        if rule.action is Action.EMPTY:
            return Outcome(b"") if raw else _SAME
        if not raw.strip(b" \0"):
            return _SAME
        act = self._actions.get(rule.action)
        if act is None:
            return Outcome(GONE)
        return act(_Given(raw, element.tag, args.get("vr") or element.vr, charset, args))

    def names_somebody(self, text: str) -> bool:
        """Whether a known identifier stands in a text."""
        return any(f.rule.startswith("known") for f in self.find(Passage(text, "descriptor"), self.subject))

    # -- keep ---------------------------------------------------------------------------------------------

    def _kept(self, given: _Given) -> Outcome:
        keeper = self._keepers.get(given.vr)
        if keeper is not None:
            return keeper(given)
        if given.vr not in TEXT_VRS:
            return self._kept_bytes(given)
        return self._text(given, known_only=True) if given.args.get("search") == "known" else _SAME

    def _valid_dates(self, given: _Given) -> Outcome:
        valid = {"DA": is_date, "DT": is_datetime, "TM": is_time}[given.vr]
        if all(not value.strip(_PADDING) or valid(value.strip(_PADDING)) for value in given.values):
            return _SAME
        return given.otherwise("Z")

    def _valid_uids(self, given: _Given) -> Outcome:
        if all(not value.strip(_PADDING) or valid_uid(value.strip(_PADDING)) for value in given.values):
            return _SAME
        return self._uids(given)

    def _kept_bytes(self, given: _Given) -> Outcome:
        """Binary values stay, unless text stands there in disguise: implicit VR takes any bytes for numbers."""
        if len(given.raw) % _NUMBERS.get(given.vr, 1):
            return Outcome(dummy(given.vr, 0))
        if len(given.raw) < _BYTES_MIN:
            return _SAME
        searched = self._bytes if given.raw.isascii() else self._bytes_in(given.charset)
        return given.otherwise("D") if any(known in given.raw for known in searched) else _SAME

    def _bytes_in(self, charset: Charset) -> frozenset[bytes]:
        """Known identifiers in Unicode and as this character set writes them."""
        found = self._bytes_by_charset.get(charset)
        if found is None:
            written = (charset.encode(form, "LO", b"") for known in self.subject.known for form in _forms(known))
            found = self._bytes | {form for form in written if len(form) >= _BYTES_MIN and b"?" not in form}
            self._bytes_by_charset[charset] = found
        return found

    def _numbers(self, given: _Given) -> Outcome:
        """DS and IS: what is not a number is text in disguise, and goes."""
        values = [value.strip(_PADDING) for value in given.values]
        limit = given.args.get("limit")
        if limit and all(is_number(value, "DS") for value in values):
            return Outcome(limit.encode()) if float(values[0]) >= float(limit) else _SAME
        valid = all(not value or is_number(value, given.vr) for value in values)
        if valid and self.numbers.isdisjoint(map(_bare, values)):
            return _SAME
        return given.otherwise("Z")

    def _codes(self, given: _Given) -> Outcome:
        """CS: a code of the standard stays; an identifier in its place, or text, goes value by value."""
        values = given.values
        kept = [self._is_code(value.strip(_PADDING)) for value in values]
        if all(kept):
            return _SAME
        if not any(fine and value.strip(_PADDING) for fine, value in zip(kept, values, strict=True)):
            return given.otherwise("D")
        clean = [value if fine else "REMOVED" for fine, value in zip(kept, values, strict=True)]
        return Outcome(given.charset.encode("\\".join(clean), given.vr, given.raw))

    def _is_code(self, value: str) -> bool:
        if not value or value in code_terms():
            return True
        findings = self.find(Passage(value, "descriptor"), self.subject)
        if _CODE_CHARACTERS.fullmatch(value) is None:
            return not findings
        return not _LONG_NUMBER.search(value) and not any(
            finding.rule.startswith("known")
            or (finding.rule.startswith(("pattern", "date")) and finding.end - finding.start > 7)
            or _is_full_name(finding, value)
            for finding in findings
        )

    # -- dummy --------------------------------------------------------------------------------------------

    def _dummy(self, given: _Given) -> Outcome:
        if given.args.get("icc") == "standard":
            return Outcome(standard_profile())
        if "text" in given.args:
            return Outcome(given.charset.encode(given.args["text"], given.vr, given.raw))
        if given.tag == _DOCUMENT:
            from deid.dicom.documents import empty_document  # seldom needed

            return Outcome(empty_document(self.document_type))
        if given.vr == "UI":
            return self._uids(given)
        if given.vr == "PN":
            return self._person(given)
        return Outcome(dummy(given.vr, len(given.raw)))

    # -- clean --------------------------------------------------------------------------------------------

    def _cleaned(self, given: _Given) -> Outcome:
        if given.args.get("document") == "clean":
            return self._document(given)
        if given.tag == _TIMEZONE and _ZONE.fullmatch(given.text.strip(_PADDING)):
            return _SAME
        if given.tag >> 24 == 0x60 and not given.tag & 0x10000 and given.vr not in TEXT_VRS:
            return _SAME if given.vr in _NUMBERS else given.otherwise("X")
        cleaner = self._cleaners.get(given.vr)
        if cleaner is not None:
            return cleaner(given)
        return self._text(given) if given.vr in TEXT_VRS else _SAME

    def _printable(self, given: _Given) -> Outcome:
        """UN: printable text is searched, bytes go."""
        if _PRINTABLE.fullmatch(given.raw) is None:
            return given.otherwise("X")
        return self._text(given._replace(vr="UT"))

    def _text(self, given: _Given, *, known_only: bool = False) -> Outcome:
        """Text: every value is searched, what is found is replaced, the rest stays as it is."""
        links: list[Link] = []
        alerts: list[Alert] = []
        values = given.values
        cleaned = [self._searched(value, given, known_only, links, alerts) for value in values]
        noted = Outcome(None, tuple(links), tuple(alerts))
        if cleaned == values:
            return noted
        text = "\\".join(cleaned)
        if not text.strip(_PADDING + "\\"):
            return noted._replace(new=given.otherwise("Z").new)
        return noted._replace(new=given.charset.encode(text.rstrip("\0"), given.vr, given.raw))

    def _searched(
        self,
        value: str,
        given: _Given,
        known_only: bool,  # one of two ways that the rule chose
        links: list[Link],
        alerts: list[Alert],
    ) -> str:
        from deid.text import plan_text  # loads dictionaries
        from deid.text.strangers import strangers

        stripped = value.strip(_PADDING)
        if not stripped or (given.tag == _CODE_MEANING and is_standard_meaning(stripped)):
            return value
        prose = given.tag == _TEXT_VALUE and given.args.get("as") != "label"
        passage = Passage(value, "sr" if prose else "descriptor", self.settings.language)
        findings = self.find(passage, self.subject)
        if len(stripped) >= MAX_LENGTH.get(given.vr, len(stripped) + 1):
            findings = _joined(self._cut_off(value), findings)
        if known_only:
            full = given.args.get("dates") == "full"
            findings = [
                f
                for f in findings
                if f.rule.startswith(_SURE)
                or f.category in _NEVER_KEPT
                or _is_full_name(f, value)
                or (full and f.rule in _DAYS and _FULL_YEAR.search(value, f.start, f.end))
                or (full and f.rule == "descriptor:surname")
            ]
        else:
            findings = [part for finding in findings for part in _unlisted(finding, value)]
            if given.vr in _PROSE_VRS and len(stripped) > _PROSE_LENGTH and " " in stripped:
                # Comments are sentences as often as labels: what only prose shows (an institution, a place) goes too.
                findings = _joined(findings, _sites(value, findings))
        if given.args.get("search") == "names":
            findings = [f for f in findings if f.category is not Category.OTHER or f.end - f.start > 7]
        if not findings:
            return value
        plan = plan_text(passage, findings, self.surrogates, self.settings, self.subject)
        links += plan.links
        alerts += (*plan.alerts, *(strangers(passage, findings, self.subject) if prose else ()))
        told = [f for f in findings if f.category in _TELLING]
        edits = [_stranger(edit, value) if _covers(told, edit) else edit for edit in plan.edits]
        return _fitting(value, edits, given.vr)

    def _cut_off(self, value: str) -> list[Finding]:
        """The beginning of a known name at the end of a value that is as long as it may be: ``CT Featherstoneh``."""
        from deid.text import lexicon  # loads dictionaries

        last = _LAST_WORD.search(value)
        word = fold(last[0]) if last else ""
        if last is None or len(word) < _CUT_MIN or lexicon.is_known(word):
            return []
        if not any(known.startswith(word) for known in self._known_words):
            return []
        return [Finding(*last.span(), Category.NAME, 0.9, "descriptor:cut-off")]

    def _uri(self, given: _Given) -> Outcome:
        """A URI stays only if it names a public vocabulary; a path or a host can name a patient or a site."""
        text = given.text.strip(_PADDING)
        uid = text.removeprefix("urn:oid:")
        if uid != text and valid_uid(uid) and not uid.startswith(_VOCABULARIES):
            links: list[Link] = []
            new = self._uid(uid, keyword_of(given.tag), links)
            return Outcome(f"urn:oid:{new}".encode("ascii"), tuple(links)) if links else _SAME
        words = " ".join(_WORD.findall(text))
        own = uid == text and _UID_IN_TEXT.search(text) is not None
        if _URI_KEPT.fullmatch(text) and not own and not self.names_somebody(words):
            return _SAME
        return given.otherwise("Z")

    def _age(self, given: _Given) -> Outcome:
        above, to = given.args.get("above", "089Y"), given.args.get("to", "090Y")
        clipped = []
        for value in given.values:
            stripped = value.strip(_PADDING)
            new = clip_age(stripped, above=above, to=to) if stripped else ""
            if new is None:
                return given.otherwise("Z")
            clipped.append(value if new == stripped else new)
        return _as_edit(given.text, "\\".join(clipped))

    def _document(self, given: _Given) -> Outcome:
        from deid.dicom.documents import DocumentCleaner, clean_document  # seldom needed

        cleaner = DocumentCleaner(self.find, self.surrogates, self.settings, self.subject, self.shift)
        return Outcome(*clean_document(given.raw, self.document_type, cleaner))

    # -- UIDs ---------------------------------------------------------------------------------------------

    def _uids(self, given: _Given) -> Outcome:
        if given.vr != "UI":
            return self._text(given) if given.vr in TEXT_VRS else given.otherwise("X")
        keyword = keyword_of(given.tag)
        links: list[Link] = []
        new = "\\".join([self._uid(value.strip(_PADDING), keyword, links) for value in given.values])
        return Outcome(new.encode("ascii"), tuple(links)) if links else _SAME

    def _uid(self, original: str, keyword: str, links: list[Link]) -> str:
        if not original or (valid_uid(original) and never_remap(original, keyword)):
            return original
        surrogate = self.surrogates.uid(original)
        links.append(Link("uid", original, surrogate))
        return surrogate

    # -- surrogates ---------------------------------------------------------------------------------------

    def _surrogate(self, given: _Given) -> Outcome:
        if given.vr == "UI":
            return self._uids(given)
        kind = given.args.get("kind", "id")
        if given.vr == "PN" or kind in ("person", "patient-name"):
            return self._person(given)
        if given.vr not in TEXT_VRS:
            return given.otherwise("Z")
        links: list[Link] = []
        new = "\\".join([self._identifier(value.strip(_PADDING), kind, given.args, links) for value in given.values])
        return Outcome(given.charset.encode(new, given.vr, given.raw), tuple(links))

    def _identifier(self, original: str, kind: str, args: Mapping[str, str], links: list[Link]) -> str:
        if not original:
            return ""
        patient_id = self.subject.key.patient_id.strip(_PADDING)
        if kind == "patient-id" and (original == patient_id or not patient_id):
            surrogate = self.surrogates.code
        elif not any(c.isalnum() for c in original):
            surrogate = "REMOVED"
        else:
            role = Role(args["role"]) if args.get("role") in _ROLES else Role.STUDY
            surrogate = self.surrogates.identifier(original, kind, role=role)
        links.append(Link(kind if kind in ("patient-id", "accession") else "id", original, surrogate))
        return surrogate

    def _person(self, given: _Given) -> Outcome:
        """Whole PN values: every component group goes, one alphabetic surrogate comes."""
        links: list[Link] = []
        new = []
        for value in given.charset.decode(given.raw, "PN").split("\\"):
            original = value.strip(_PADDING)
            if not original.strip("^= "):
                new.append("")
                continue
            surrogate = self.name_of(original, patient=given.tag == _PATIENT_NAME)
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
        from deid.text.parts import as_pn  # loads dictionaries

        core = as_pn(original)
        person = self.surrogates.other_person(core)
        if not self._known_words.isdisjoint((fold(person.family), fold(person.given))):
            # As in text: a surrogate is never the real name of somebody else in the study.
            person = self.surrogates.other_person(core, avoid=self._known_words)
        return person.pn

    @cached_property
    def _known_words(self) -> frozenset[str]:
        from deid.text import KnownMatcher  # loads dictionaries

        return KnownMatcher.of(self.subject).words()

    # -- dates --------------------------------------------------------------------------------------------

    def _shifted(self, given: _Given) -> Outcome:
        new = []
        for value in given.values:
            stripped = value.strip(_PADDING)
            moved = self._moved(stripped, given.vr, given.args) if stripped else ""
            if moved is None:
                return given.otherwise("Z")
            new.append(value if moved == stripped else moved)
        return _as_edit(given.text, "\\".join(new))

    def _moved(self, value: str, vr: str, args: Mapping[str, str]) -> str | None:
        days = self.surrogates.shift_days
        if args.get("mode") == "year":
            if vr == "TM" or not (is_date(value) or is_datetime(value)):
                return None
            return f"{value[:4]}0101"
        seconds = self.seconds if args.get("time") == "shift" else 0
        if vr == "TM":
            moved = shift_time(value, seconds)
            return None if moved is None else moved[0] if seconds else value
        if vr == "DA" or (vr != "DT" and is_date(value)):
            return shift_date(value, days + ("carry" in args))
        return shift_datetime(value, days, seconds)

    def passes_midnight(self, text: str) -> bool:
        """Whether a time of day, moved, belongs to the next day."""
        moved = shift_time(text.strip(_PADDING), self.seconds)
        return moved is not None and moved[1]


_ROLES = frozenset(role.value for role in Role)


def _bare(number: str) -> str:
    """A number without its sign, leading zeros and empty decimals."""
    return number.lstrip("+0").removesuffix(".0")


def _sites(text: str, found: list[Finding]) -> list[Finding]:
    """Institutions, places, occupations by rule; the model costs a thousand times as much, takes JPEG for a person.

    Beside a known identifier that was found, terms are no part of them.
    """
    from deid.text.folding import fold_text  # loads dictionaries
    from deid.text.occupations import find_occupations
    from deid.text.places import find_institutions, find_places
    from deid.text.trims import within

    folded = fold_text(text)
    known = [f for f in found if f.rule.startswith("known:")]
    sites = (*find_institutions(folded), *find_places(folded), *find_occupations(folded))
    return [within(site, known, folded) for site in sites]


def _is_full_name(finding: Finding, text: str) -> bool:
    """Whether a finding is a given and a family name that stand together: no product is called so."""
    from deid.text import lexicon  # loads dictionaries

    words = [fold(word) for word in _WORD.findall(text[finding.start : finding.end])]
    return (
        finding.category is Category.NAME
        and len(words) > 1
        and not lexicon.given_names().isdisjoint(words)
        and any(word in lexicon.surnames() for word in words if word not in lexicon.given_names() or len(words) > 2)
    )


def _covers(findings: list[Finding], edit: Edit) -> bool:
    return any(finding.start < edit.end and edit.start < finding.end for finding in findings)


def _stranger(edit: Edit, text: str) -> Edit:
    """The edit without words of what it replaces: ``12 Oak Lane`` must not become ``71 Elm Lane``."""
    original = {fold(word) for word in _WORD.findall(text[edit.start : edit.end])}
    new = _WORD.sub(lambda found: "" if fold(found[0]) in original else found[0], str(edit.new))
    return edit if new == edit.new else replace(edit, new=" ".join(new.split()).strip(" ()-,.&") or "REMOVED")


def _joined(first: list[Finding], second: list[Finding]) -> list[Finding]:
    """Findings of both, the longer one where two overlap."""
    out: list[Finding] = []
    for finding in sorted((*first, *second), key=lambda f: (f.start - f.end, f.start)):
        if all(finding.end <= other.start or other.end <= finding.start for other in out):
            out.append(finding)
    return sorted(out, key=lambda f: f.start)


def _unlisted(finding: Finding, text: str) -> list[Finding]:
    """A finding that rests on no list's having a word: what is left of it beside the words of the standard itself."""
    if finding.rule == "pattern:code" and _TECHNIQUE.fullmatch(text, finding.start, finding.end):
        return []
    if finding.rule != "descriptor:unlisted" or finding.category is not Category.OTHER:
        return [finding]
    return [
        replace(finding, start=finding.start + found.start(), end=finding.start + found.end())
        for found in _WORD.finditer(text[finding.start : finding.end])
        if not _is_standard_word(found[0])
    ]


def _is_standard_word(token: str) -> bool:
    """Whether a token is a word of the standard, or several written as one (``ThorRoutine``, ``t1_vibe``)."""
    words = standard_words()
    if fold(token) in words:
        return True
    parts = _PARTS.findall(token)
    return len(parts) > 1 and all(fold(part) in words or (part.isdigit() and len(part) < 4) for part in parts)


def _without_nul(text: str) -> str:
    """Text as a reader sees it: NULs between letters hide a name, as where UTF-16 stands in the wrong place."""
    if "\0" not in text.rstrip(_PADDING):
        return text
    return _WIDE.sub(lambda found: found[0].replace("\0", ""), text).replace("\0", " ")


def _as_edit(text: str, new: str) -> Outcome:
    return _SAME if new == text else Outcome(new.encode("latin-1", "replace"))


def _fitting(value: str, edits: list[Edit], vr: str) -> str:
    """At most as long as the VR allows: a surrogate that is longer than what it stands for is cut, not what follows."""
    text, limit = splice(value, edits), MAX_LENGTH.get(vr)
    if limit is None or len(text) <= limit:
        return text
    excess, shorter = len(text) - limit, []
    for edit in sorted(edits, key=lambda e: len(e.new), reverse=True):
        cut = min(excess, max(0, len(edit.new) - 1))
        shorter.append(replace(edit, new=edit.new[: len(edit.new) - cut]))
        excess -= cut
    return splice(value, shorter)[:limit].rstrip()


def _name_core(name: str) -> str:
    """Family, given and middle name of the first component group that has one, folded, one blank between."""
    for group in name.split("="):
        words = " ".join(group.split("^")[:3]) if "^" in group else group.replace(",", " ")
        core = " ".join(fold(words).split())
        if core:
            return core
    return ""


def _forms(known: Known) -> set[str]:
    return {known.value, known.value.replace("^", " ").strip(), *re.split(r"[\^=]", known.value)}


def _as_bytes(known: Known) -> set[bytes]:
    forms = _forms(known)
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


def _with_eponyms(subject: Subject) -> Subject:
    """The subject whose staff count as its family where they are called like a disease: theirs is no eponym here."""
    from deid.text import lexicon  # loads dictionaries

    def named(known: Known) -> Known:
        staff = known.category is Category.NAME and known.role is Role.STAFF
        words = _WORD.findall(known.value.partition("=")[0]) if staff else ()
        return replace(known, role=Role.RELATIVE) if any(lexicon.is_eponym(fold(w)) for w in words) else known

    return Subject(subject.key, tuple(map(named, subject.known)), subject.sex)


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


@lru_cache(maxsize=1)
def standard_words() -> frozenset[str]:
    """Words of PS3.6 attribute names and of PS3.16 code meanings, and a few that devices write: no person's."""
    from pydicom._dicom_dict import DicomDictionary  # with the rest of what a first text loads

    names = " ".join(entry[2] for entry in DicomDictionary.values())
    words = (fold(word) for text in (*_standard_meanings(), names) for word in _WORD.findall(text))
    return frozenset(word for word in words if len(word) > 1 and not word.isdigit()) | _DEVICE_WORDS


@lru_cache(maxsize=65536)
def is_standard_meaning(text: str) -> bool:
    """Whether a Code Meaning is one of PS3.16's own."""
    return fold(text) in _standard_meanings()
