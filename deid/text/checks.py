"""Whether what a rule's pattern matched is the identifier that it looks like, given what stands around it."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from deid.text import lexicon
from deid.text.addresses import is_street
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group
from deid.text.quantities import (
    LESION_CODE,
    is_bed_of_organ,
    is_fever_or_way,
    is_finding_of_study,
    is_lesion_place,
    is_levels,
    is_node_station,
    is_ordinal,
    is_range,
    is_sequence,
    is_serial_study,
)
from deid.text.rules import AUSTRALIAN, Rule

__all__ = ["CODE_BEFORE", "MEASURE_AFTER", "REGISTERED", "VERTEBRA", "is_registered_uid", "is_sensible"]

CODE_BEFORE = re.compile(
    r"(?<![^\W_])(?:(?:cpt|hcpcs)\W{0,3}(?:[\w-]{5,8}[,;/]\s?){1,3}|platelets?|count|cpt|hcpcs|icd(?:-?(?:9|10|o|11))?(?:-cm|-pcs)?|snomed(?:[ -]ct)?|sctid|loinc|radlex|rid|rpid|pmid|doi|nct|drg|ndc|fma|umls|cui|procedure\scode|billing\scode|diagnosis\scode|code|codes|model|version|software|protocol|dlp|ctdi|dose|mas|matrix|rev|revision|isbn|issn|vol|volume|k)\W{0,3}(?:code|codes|no)?\W{0,3}$"
)
MEASURE_AFTER = re.compile(
    r"\s?(?:mm|cm|ml|mg|mcg|kg|hu|cc|%|x\s|×|kvp?\b|mas?\b|[mcd]?gy(?:\b|[.*·]?cm)|mci\b|mbq\b|ms\b|msec|seconds?|sec\b|min\b|hz\b|bpm|/ul|/mm|k/ul|iu|units?|images?|slices?|k?counts?|beads|copies|steps|cells|meters?|feet|pixels?|\^)"
)
LEVEL = r"(?:c[1-8]|t(?:[1-9]|1[0-3])|l[1-6]|s[1-5])"
VERTEBRA = re.compile(rf"{LEVEL}(?:-(?:{LEVEL}|[1-9]\d?))?$")
WARD_WORDS = re.compile(
    r"(?:ward|rooms?|rm|bed|bay|unit|location|loc|suite|pod|cubicle|stretcher|gurney|trolley|recliner|bassinet|pcu|imcu|sdu|hdu|pacu|cvicu|tcu|mau|amu|cdu|zimmer|icu|ccu|micu|sicu|nicu|picu|ed|er|floor|tower|wing|bldg|building)\W*(?:no|number|#|nr)?\W*$"
)
WIDE_WARDS = frozenset("unit floor tower wing building location loc suite ed er pod".split())  # noqa: SIM905
B_VALUES = re.compile(r"b\d{1,2}-\d{1,3}0$|[ivxr]\d-\d$")
GENERIC_LEADS = group("generic_leads")
NO_LOCATION = frozenset(
    "right left upper lower mid middle anterior posterior medial lateral central peripheral unknown none not in at the outpatient inpatient emergency main radiology".split()  # noqa: SIM905
)
NO_HOME = frozenset("home a an his her their my with this that same nursing assisted risk unknown on file".split())  # noqa: SIM905
NOT_WARDS = frozenset("a an is as at to in on of by or if we he round".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule found: its value on the folded text and what stands around it; it was tried at ``head``."""

    rule: Rule
    folded: Folded
    begin: int
    stop: int
    head: int = 0

    @property
    def value(self) -> str:
        """The folded value."""
        return self.folded.text[self.begin : self.stop]

    @property
    def before(self) -> str:
        """What stands shortly before it."""
        return self.folded.text[max(0, self.begin - 24) : self.begin]

    @property
    def after(self) -> str:
        """What stands shortly after it."""
        return self.folded.text[self.stop : self.stop + 16]

    @property
    def original(self) -> str:
        """The value as it is written."""
        return self.folded.original[slice(*self.folded.span(self.begin, self.stop))]

    @property
    def digits(self) -> int:
        """How many digits it has."""
        return sum(c.isdigit() for c in self.value)


def is_sensible(rule: Rule, begin: int, stop: int, folded: Folded, head: int) -> bool:
    """Whether the match of a rule, tried at ``head``, is what the rule looks for."""
    check = CHECKS.get(rule.name)
    return check is None or check(Match(rule, folded, begin, stop, head))


def _number(m: Match) -> bool:
    return m.digits > 0 and not VERTEBRA.match(m.value)


def _record(m: Match) -> bool:
    return _number(m) and not is_ordinal(m.value, m.before) and not is_sequence(m.before, m.digits)


def _accession(m: Match) -> bool:
    return (
        _number(m)
        and not is_ordinal(m.value, m.before)
        and not is_finding_of_study(m.value, m.before, m.after)
        and not (m.folded.text.startswith("study", m.begin - 6) and len(m.value) < 3)
    )


def _phone(m: Match) -> bool:
    return not re.search(r"[\d.]$|\d[-/]$", m.before) and not CODE_BEFORE.search(m.before)


def _short_phone(m: Match) -> bool:
    return (
        _phone(m)
        and not is_range(m.value)
        and not MEASURE_AFTER.match(m.folded.text, m.stop)
        and not re.search(r"(?:[a-z]-|#|mrn|acc|no\.?|id)\W{0,2}$", m.before)
    )


#: A pH, a temperature, a pressure: ``7.40 38 92 24``, ``36.8 / 120 / 80``, ``72 120/80``; a number for calls begins with 0.
MEASURED = re.compile(r"(?!0)\d{1,3}[.,]\d{1,2}(?![\d.])|(?!0)(?:\d{1,3}\s)?\d{2,3}\s?/\s?\d{2,3}(?:[\s/]+\d{1,3})*$")


def _cued_phone(m: Match) -> bool:
    cue = m.before[-14:]
    if MEASURED.match(m.value) or is_range(m.value) or re.fullmatch(r"\d{1,2}-\d{1,2}", m.value):
        return False
    return m.digits >= 7 or (
        m.digits >= 3
        and bool(re.search(r"(?:ext|pager|beeper|bleep|fax|tel|phone|ph|callback|direct|dial|line)\W", cue))
    )


def _paged(m: Match) -> bool:
    """A number at which somebody was paged; a call at 0930 is a time of day."""
    clock = re.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d", m.value) is not None
    return (
        not clock
        or re.search(r"(?:page|paged|bleep|bleeped)\s[^.]{0,40}$", m.folded.text[max(0, m.begin - 60) : m.begin])
        is not None
    )


def _nhs(m: Match) -> bool:
    """Ten digits are an NHS number by their check digit (modulus 11)."""
    digits = [int(c) for c in m.value if c.isdigit()]
    check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == digits[9] and not re.search(r"[\w.-]$", m.before)


#: What DICOM itself registers names a class, not a person.
REGISTERED = re.compile(r"1\.2\.840\.10008(?:\.\d{1,5}){1,8}")


def is_registered_uid(value: str) -> bool:
    """Whether a UID is one of DICOM's own; an instance UID that merely begins with its root is none."""
    return REGISTERED.fullmatch(value) is not None


def _uid(m: Match) -> bool:
    if is_registered_uid(m.value.strip(".")):
        return False
    return m.value.count(".") >= 6 or m.value.startswith(("1.2.8", "2.25.", "1.3.6"))


IMAGE = re.compile(r"(?:[\d(,/#:]|\b(?:series?|ser|se|slice|image|img))\s?im\s$")


def _age(m: Match) -> bool:
    if IMAGE.search(m.before):
        return False  # "ser 3 im 112"
    if is_fever_or_way(m.folded.text[max(0, m.begin - 40) : m.begin], m.folded.text[m.stop : m.stop + 24]):
        return False
    return not re.search(
        r"(?<!\bf)(?<!\bm)[/-]$|[\d.]$|[\d.][/-]$|(?:\b(?:over|under|than|t|sao2|at)|[<>])\s?$", m.before
    ) and not re.match(r"\s?-?m\s?(?:/s|hz)", m.after)


def _decade(m: Match) -> bool:
    return bool(re.search(r"\b(?:in|her|his|their|mid-?|early|late)\s?-?$", m.before)) and not re.search(
        r"the\s(?:early\s|late\s)?$", m.before
    )


ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
THEATRE = re.compile(r"theat(?:re|er)\W*$")
CLOCK = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
FEE_BEFORE = re.compile(r"\b(?:fee|fees|cost|costs|paid|price|bill|total|amount|deposit)\W{1,3}rm\W*$")


def _ward(m: Match) -> bool:
    cued = WARD_WORDS.search(m.before)
    cue = re.sub(r"\W.*", "", cued.group()) if cued else ""
    if cue in WIDE_WARDS:
        marked = ":" in m.before[-3:] or "#" in m.before[-3:]
        if not marked and not re.search(r"[a-z]", m.value) and m.digits < 3:
            return False
    return not (
        re.match(r":\d|\s?d\b", m.after)
        or (ORDINAL.fullmatch(m.value) and not re.match(r"\s(?:floor|level|stor)", m.after))  # "in ED 20th July"
        or (THEATRE.search(m.before) and CLOCK.fullmatch(m.value))  # "theatre 1130"
        or (cue == "rm" and FEE_BEFORE.search(m.before))  # ringgit
        or (cue == "pod" and m.before.endswith("#") and m.value.isdigit())  # the third day after an operation
        or (cue == "bed" and is_bed_of_organ(m.before))
        or (cue in ("building", "hybrid") and re.fullmatch("[1-4]d", m.value))
        or (cue == "unit" and re.match(r"\s?(?:of|prbc|blood|dose)", m.after))
        or (cue in ("location", "loc", "unit") and (VERTEBRA.match(m.value) or LESION_CODE.fullmatch(m.value)))
        or (cue in ("location", "loc") and re.match(r"(?:st|nd|rd|th)?\s(?:rib|segment|o['’]?\s?clock)", m.after))
        or is_node_station(m.value, m.before)
    )


def _ward_shape(m: Match) -> bool:
    return not is_levels(m.value) and not re.search(r"[\w.-]$", m.before) and not CODE_BEFORE.search(m.before)


def _location(m: Match) -> bool:
    first = m.value.split()[0]
    if m.before.rstrip(" \t").endswith(".") and not m.digits:
        return False  # "on Nightingale Ward. Sir"
    if is_lesion_place(m.value, m.before):
        return False
    return not VERTEBRA.match(m.value) and first not in NO_LOCATION and not lexicon.is_anatomy(first)


#: ``T: 03/02/2024 08:40``
STAMP = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?:\s|$)")


def _named_ward(m: Match) -> bool:
    """Words with capitals that are neither medicine's nor general: *Maple Unit*."""
    words = m.original.split()
    told = [w.lower() for w in words if w.lower() not in ("unit", "ward", "wing", "pavilion")]
    return (
        not m.folded.is_caps()
        and all(w[0].isupper() and not w.isupper() for w in words)
        and not any(lexicon.is_clinical(w) or w in GENERIC_LEADS for w in told)
    )


def _house(m: Match) -> bool:
    words = [w for w in re.findall(r"[^\W\d_]+", m.original) if w.lower() not in ("the", "of")]
    return m.folded.is_lower() or all(w[0].isupper() for w in words)


def _home(m: Match) -> bool:
    first = m.value.split()[0]
    return first not in NO_HOME and (m.digits > 0 or m.folded.is_lower() or m.original[0].isupper())


def _folder(m: Match) -> bool:
    """A number of four digits and more behind a folder or slide, with at most some capitals before it; no date."""
    prefix = re.match(r"[^\W\d_]*", m.original)
    date = re.fullmatch(r"\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|(?:19|20)\d\d|0\d{3}", m.value)
    lead = prefix.group() if prefix else ""
    return (
        m.digits >= 4 and not date and lead.isupper() is bool(lead) and lead not in ("ID", "CT", "MR", "NO", "ON", "US")
    )


def _ward_place(m: Match) -> bool:
    """A unit with its number or letter, written as a name (``Pod C``, ``OT 5``), not *or 5*, *clinic a*."""
    words = m.original.split()
    caps = m.folded.is_caps()
    if re.fullmatch(r"(?:or|lab|trauma|hybrid|proc(?:edure)?)\s(?:\d{1,3}\.\d+|[1-4]d|[a-h])", m.value):
        return False  # the odds ratio
    if caps and (m.value.startswith(("or ", "ot ")) or not any(c.isdigit() for c in m.value)):
        return False
    if re.fullmatch(r"[a-z]", re.split(r"[\s-]", m.value)[-1]) and not (
        words[0][0].isupper() and words[-1][-1].isupper()
    ):
        return False
    if m.value.startswith(("or", "ot")) and not words[0].isupper():
        return False
    if m.original.startswith(("POD", "pod")) or re.match(r"\.\d", m.after) or "." in m.value:
        return False  # post-operative day; a dose of fluoroscopy
    return words[0][0].isupper() or m.folded.is_lower() or (m.digits > 0 and m.value.split()[0] in LOWER_UNITS)


LOWER_UNITS = frozenset(("chair", "cot", "bay", "theatre", "resus", "linac", "pod", "hallway", "side", "ward"))


def _ward_compass(m: Match) -> bool:
    return _ward_shape(m) and _original(m.folded, m.begin + len(m.value.split()[0]) + 1).isupper()


#: First digit of the ZIP codes of the states whose letters also name a modality, a view or a finding.
ZIP_FIRST = {
    "ct": "0",
    "pa": "1",
    "nm": "8",
    "mi": "4",
    "ms": "3",
    "co": "8",
    "al": "3",
    "la": "7",
    "ma": "0",
    "md": "2",
}
CITY_LAST = re.compile(r"(?:,|[a-z]{3})\s+[A-Za-z]{2}\.?,?\s+$")


def _zip(m: Match) -> bool:
    if "s" not in m.rule.pattern.groupindex:
        return True
    if not _state_before(m.folded, m.begin):
        return False
    before = m.folded.original[max(0, m.begin - 14) : m.begin]
    own = ZIP_FIRST.get(re.sub(r"\W", "", m.folded.text[max(0, m.begin - 5) : m.begin])[-2:], m.value[0])
    return m.value[0] == own or CITY_LAST.search(before) is not None


TOWN_BEFORE = re.compile(r"([^\W\d_][\w.'’-]+(?: [^\W\d_][\w.'’-]+){0,2}),?\s+$")
STATE = re.compile(r"[a-z]+(?: [a-z]+)*")
SURE_STATES = frozenset(name for name in AUSTRALIAN if len(name) > 3) | {"nsw", "qld", "vic", "tas"}


def _zip_named(m: Match) -> bool:
    """A postcode behind a state that a town stands before; a state that people are called like needs a known town."""
    original, at = m.folded.original, m.folded.span(m.head, m.head + 1)[0]
    town = TOWN_BEFORE.search(original, max(0, at - 48), at)
    if town is None:
        return False
    words = town[1].split()
    if any(fold_word(" ".join(words[-n:])) in lexicon.cities() for n in (1, 2, 3)):
        return True
    return not lexicon.is_name(_state(m)) and (words[-1][0].isupper() or m.folded.is_lower())


def _zip_australian(m: Match) -> bool:
    """Four digits that begin as they do in the state before them, which is no ordinary word in small letters."""
    state = _state(m)
    sure = state in SURE_STATES or _original(m.folded, m.head).isupper()
    return sure and m.value[0] in AUSTRALIAN[state] and _zip_named(m)


def _state(m: Match) -> str:
    found = STATE.match(m.folded.text, m.head)
    return found.group() if found else ""


def _postcode(m: Match) -> bool:
    return m.original.isupper() or m.folded.is_lower()


NO_LOGIN = frozenset(("yes", "no", "none", "unknown", "login", "user", "from"))
#: Who else speaks where ``User:`` begins a turn, and the turn that goes on behind its first word.
TURN = re.compile(r"(?m)^[\W\d_]{0,24}(?:assistant|system|model|bot|chatbot|ai|agent|chatgpt|gpt|claude)\W{0,3}:")
SPOKEN_ON = re.compile(r"[^\S\n]*[^\w\n]?[^\S\n]+[^\s]")


def _is_turn(m: Match) -> bool:
    """Whether ``User:`` begins a line of a dialogue, and no login follows but what the user says."""
    text = m.folded.text
    line = text.rfind("\n", 0, m.head) + 1
    if (
        not text.startswith("user", m.head)
        or re.search(r"[^\W\d_]", text[line : m.head])
        or ":" not in text[m.head : m.begin]
    ):
        return False
    if not any(map(str.isalpha, m.value)) and m.digits < 3:
        return True  # "User: 1.9. also needs tacro"
    if any(map(str.isdigit, m.value)):
        return False
    words = re.findall(r"[^\W\d_]+", m.value)
    known = all((lexicon.is_known(w) or lexicon.is_clinical(w)) and not lexicon.is_name(w) for w in words)
    return (known or SPOKEN_ON.match(text, m.stop) is not None) and (known or TURN.search(text) is not None)


def _user(m: Match) -> bool:
    if m.rule.score >= 0.9:
        return m.value not in NO_LOGIN and not _is_turn(m)
    return (
        not lexicon.is_word(m.value)
        and not re.match(r"(?:t|l|c|s)\d", m.value)
        and not lexicon.is_word(m.value.split(".")[0])
    )


def _social(m: Match) -> bool:
    return len(m.value) != 4 or bool(
        re.search(r"(?:ssn|ss\s?#|social|security|ending|four|4)\W*(?:in\s|is\s|:\s?|\)\s?)?$|ssn|social", m.before)
    )


def _original(folded: Folded, at: int) -> str:
    return folded.original[folded.span(at, at + 1)[0]] if at < len(folded.text) else ""


def _state_before(folded: Folded, begin: int) -> bool:
    """Whether the two letters before a ZIP stand in capitals, as a state does."""
    match = re.search(r"[a-z]{2}\.?,?\s+$", folded.text[max(0, begin - 8) : begin])
    if not match:
        return False
    at = begin - len(match.group())
    return folded.original[slice(*folded.span(at, at + 2))].isupper() or folded.is_lower()


CHECKS: dict[str, Callable[[Match], bool]] = {
    "mrn": _record,
    "accession": _accession,
    "account": _number,
    "cue-id": _number,
    "folder": _folder,
    "code-slash": lambda m: m.digits >= 4 and m.original[0].isupper() and not CODE_BEFORE.search(m.before),
    "license": lambda m: not VERTEBRA.match(m.value),
    "staff-id": lambda m: not VERTEBRA.match(m.value),
    "phone-us": _phone,
    "phone-international": _phone,
    "phone-short": _short_phone,
    "phone-national": _short_phone,
    "phone-paged": _paged,
    "phone-letter": lambda m: m.digits >= 5 and not STAMP.match(m.value) and not MEASURED.match(m.value),
    "phone-me": lambda m: m.digits >= 4,
    "phone-cue": _cued_phone,
    "nhs": _nhs,
    "ip": lambda m: not re.search(r"(?:v|version|ver|software|sw|[\d.])\W?$", m.before),
    "ssn-shape": lambda m: not re.search(r"[\w-]$", m.before),
    "ssn": _social,
    "uid": _uid,
    "age": _age,
    "age-decade": _decade,
    "ward": _ward,
    "ward-shape": _ward_shape,
    "ward-compass": _ward_compass,
    "ward-place": _ward_place,
    "ward-location": _location,
    "ward-after": lambda m: not m.original.startswith("pod"),
    "ward-letter": lambda m: _ward_shape(m) and m.original[0].isupper() and not B_VALUES.match(m.value),
    "ward-side": lambda m: _ward_shape(m) and m.original[0].isupper(),
    "ward-code": _ward_shape,
    "code-shape": _ward_shape,
    "device-machine": lambda m: not CODE_BEFORE.search(m.before) and not lexicon.is_known(m.value),
    "national-id": lambda m: m.digits >= 5,
    "postcode-pl": lambda m: _ward_shape(m) and _original(m.folded, m.stop + 1).isupper(),
    "address-key": _home,
    "address-house": _house,
    "ward-cap": _named_ward,
    "ward-named": lambda m: m.value not in NOT_WARDS,
    "address": lambda m: is_street(m.folded, m.begin, m.stop),
    "address-fr": lambda m: is_street(m.folded, m.begin, m.stop),
    "zip": _zip,
    "zip-named": _zip_named,
    "zip-au": _zip_australian,
    "zip-ca": _zip_named,
    "zip-plus-four": _ward_shape,
    "postcode-uk": _postcode,
    "postcode-ca": _postcode,
    "username": _user,
    "username-path": lambda m: (
        not all(lexicon.is_known(w) and not lexicon.is_name(w) for w in re.findall(r"[^\W\d_]{2,}", m.value))
    ),
    "vehicle": lambda m: m.digits > 0 and len(m.value) >= 4,
    "device-serial": lambda m: not re.search(r"series\W*$", m.before) and not is_serial_study(m.value, m.before),
    "device-aet": lambda m: not re.search(r"series\W*$", m.before),
    "health-plan": lambda m: m.digits >= 4,
}
