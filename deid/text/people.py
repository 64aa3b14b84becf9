"""Which mentions of a passage name one person.

A name lends its surrogate to a mention whose words are some of its own (``Dr. Ruiz`` after ``David Ruiz``),
never to one that merely shares a word with it (``David Chen``).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from deid.model import Category, Finding, Known, Role
from deid.text.folding import fold_word, squeeze
from deid.text.initials import is_initial_group
from deid.text.parts import CREDENTIALS, PARTICLES, TITLES, name_parts

__all__ = ["TITLE_BEFORE", "UNIT", "WORD", "Bearer", "People", "name_words"]

WORD = re.compile(r"[^\W\d_]+")
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
LETTER = rf"(?:[^\W\d_][{MARKS}]*)"  # with its diacritics and the vowel signs of Hebrew, Arabic, Devanagari and Thai
UNIT = re.compile(  # O'Neil, Smith-Jones, Min-jun; not the s of a possessive
    rf"(?!(?<=['’])s\b){LETTER}+(?:['’](?!s\b){LETTER}+|-{LETTER}{{2,}})*", re.IGNORECASE
)
STAFF_BEFORE = re.compile(r"(?i)\b(?:drs?|doctor|prof(?:essor)?|nurse)\b\.?\s*$")
SEXES = {"mr": "M", "herr": "M", "sr": "M", "mrs": "F", "ms": "F", "miss": "F", "frau": "F", "mme": "F", "sra": "F"}
#: Characters of a degree and what leads to it.
LONGEST = 8
STAFF_AFTER = re.compile(r",?\s\(?(?:M\.?D|D\.?O|R\.?N|N\.?P|P\.?A|Ph\.?D|MBBS|FRCR|FACR|RT|DC)\b")
TITLE_BEFORE = re.compile(rf"(?i)\b(?:(?P<sex>{'|'.join(SEXES)})|drs?|doctor|prof(?:essor)?|nurse|mx)\b\.?\s*$")
KIN_BEFORE = re.compile(
    r"(?i)\b(?:mother|father|mom|mum|dad|parents?|wife|husband|spouse|partner|sons?|daughters?|child|brothers?|sisters?|"
    r"siblings?|twins?|aunt|uncle|cousin|niece|nephew|grand(?:mother|father|son|daughter|child)|guardian)"
    r"(?:['’]s\sname)?(?:\sis|\sof)?[,:]?\s*(?:\(\s*)?$"
)
STAFF_RULES = ("name:role", "name:credential")


@lru_cache(maxsize=4096)
def name_words(value: str) -> tuple[str, ...]:
    """The folded words of a name without titles, particles, credentials and initials."""
    words = [w for w in WORD.findall(fold_word(value)) if len(w) > 1]
    return tuple(
        w for w in words if w not in TITLES and w not in PARTICLES and (w not in CREDENTIALS or len(words) == 1)
    )


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """What of a name tells its bearer: words, the letters that stand for words, and which words are the family's."""

    words: frozenset[str]
    initials: str
    family: frozenset[str]

    def fits(self, other: Name) -> bool:
        """Whether everything in this name is in another, a word for an initial included."""
        if not self.words <= other.words:
            return False
        if not self.initials:
            return True
        free = Counter(word[0] for word in other.words - self.words)
        return Counter(self.initials) <= free + Counter(other.initials)


@lru_cache(maxsize=4096)
def _name(value: str) -> Name:
    units = [u.group() for u in UNIT.finditer(value)]
    groups = [u for u in units if is_initial_group(u, value)]
    letters = [u for u in units if len(u) == 1] + [letter for group in groups for letter in group]
    pieces = [piece for unit in units if unit not in groups for piece in unit.split("-")]
    words = frozenset(w for w in map(squeeze, pieces) if name_words(w))  # O'Brien and OBRIEN are one name
    family = name_parts(UNIT.sub(lambda u: "" if u.group() in groups else squeeze(u.group()), value)).family
    return Name(words, fold_word("".join(letters)), frozenset(w for w in words if any(w in part for part in family)))


@lru_cache(maxsize=4096)
def _initials(value: str) -> frozenset[str]:
    """The ways to write a name by first letters, given names first."""
    parts = name_parts(UNIT.sub(lambda u: squeeze(u.group()), value))
    given, family = "".join(w[0] for w in parts.given), "".join(w[0] for w in parts.family)
    ways = {given[:1] + family[-1:], given + family[-1:], given + family} if given and family else set()
    return frozenset(way for way in ways if len(way) > 1)


@dataclass(slots=True, repr=False, eq=False)
class Bearer:
    """A person of the passage or of its header: the fullest form of the name, and where it stands."""

    value: str
    name: Name
    places: list[int]
    known: bool = False
    patient: bool = False
    kin: bool = False
    staff: bool = False
    sex: str = ""
    house: Bearer | None = None

    def before(self, at: int) -> tuple[bool, int]:
        """Sorts bearers by how near before a place they were named; those named only after it come last."""
        nearest = max((place for place in self.places if place <= at), default=None)
        return (True, nearest) if nearest is not None else (False, -self.places[0])


class People:
    """Everybody whom the header or the passage names in full.

    Parameters
    ----------
    known
        Of the header, without the patient's own names.
    findings, text
        Names of the passage in order, and the passage.
    patient
        Whether the passage must say who the patient is, since the header does not.
    """

    def __init__(self, known: Iterable[Known], findings: Sequence[Finding], text: str, *, patient: bool) -> None:
        self._text = text
        self._bearers: list[Bearer] = []
        self._first: dict[frozenset[str], Bearer] = {}
        self._with: dict[str, list[Bearer]] = defaultdict(list)
        for one in known:
            if one.category is Category.NAME and name_words(one.value):
                self._add(Bearer(one.value, _name(one.value), [-1], known=True))
        names = [f for f in findings if f.category is Category.NAME and name_words(self._value(f))]
        self.patient = self._first_patient(names) if patient else None
        for finding in names:
            if patient or finding.role is not Role.PATIENT:
                self._meet(finding)
        for bearer in self._bearers:
            if bearer.patient or bearer.known:
                continue
            bearer.house = self._namesake(bearer)
            if bearer.house is None and (bearer.kin or not bearer.staff):
                bearer.house = self._house(bearer)

    def whose(self, finding: Finding) -> Bearer | None:
        """Who is named: of several possible bearers the patient, else the one named last."""
        name = _name(self._text[finding.start : finding.end])
        titled = TITLE_BEFORE.search(self._before(finding)) is not None or finding.rule == "name:title"
        staff, sex = self._is_staff(finding), self._sex(finding)
        fitting = [
            b
            for b in self._sharing(name)
            if (name.fits(b.name) or b.name.fits(name))
            # "Dr. Hale" is neither the patient Hale nor his wife
            and not ((b.patient or b.kin) and staff and len(name.words) == 1)
            and {sex, b.sex} != {"M", "F"}
        ]
        if not fitting:
            return None
        same = [b for b in fitting if b.name.words == name.words]
        family = [b for b in fitting if name.words <= b.name.family] if titled else []
        listed = same or family or fitting
        return max(listed, key=lambda b: (b.patient, *b.before(finding.start)))

    def with_initials(self, letters: str) -> Bearer | None:
        """Whom initials stand for, if it is one person: ``JVDM`` for Johan van der Merwe."""
        folded = fold_word(letters)
        listed = [b for b in self._bearers if folded in _initials(b.value)]
        return listed[0] if len(listed) == 1 else None

    def is_patient(self, finding: Finding) -> bool:
        """Whether a name is that of the patient whom the passage names."""
        if self.patient is None:
            return finding.role is Role.PATIENT
        if finding.role is Role.PATIENT:
            return not self._is_another(finding)
        bearer = self.whose(finding)
        return bearer is not None and bearer.patient

    def _first_patient(self, names: list[Finding]) -> Bearer | None:
        told = [f for f in names if f.role is Role.PATIENT and name_words(self._value(f))]
        if not told:
            return None
        full = [f for f in told if len(name_words(self._value(f))) > 1]
        first = (full or told)[0]
        value = self._value(first)
        return self._add(Bearer(value, _name(value), [first.start], patient=True))

    def _is_another(self, finding: Finding) -> bool:
        """Whether a second patient is named, who shares no word with the first."""
        name = _name(self._value(finding))
        return (
            self.patient is not None
            and len(name.words) > 1
            and len(self.patient.name.words) > 1
            and name.words.isdisjoint(self.patient.name.words)
        )

    def _meet(self, finding: Finding) -> None:
        value = self._value(finding)
        name = _name(value)
        if len(name.words) + len(name.initials) < 2 or not name.words:
            return
        if finding.role is Role.PATIENT and not self._is_another(finding):
            return
        bearer = self._same(name, finding)
        if bearer is None:
            bearer = self._add(Bearer(value, name, []))
        elif len(name.words) > len(bearer.name.words):
            self._remove(bearer)
            told = bearer.known and len(bearer.name.words) > 1  # more than "Dr. Kebede"
            bearer.value, bearer.name = bearer.value if told else value, name
            self._list(bearer)
        bearer.places.append(finding.start)
        bearer.sex = bearer.sex or self._sex(finding)
        bearer.staff = bearer.staff or self._is_staff(finding)
        bearer.kin = bearer.kin or (not bearer.known and self._is_kin(finding))

    def _same(self, name: Name, finding: Finding) -> Bearer | None:
        """Whom another full name names already: one is part of the other."""
        fitting = [
            b
            for b in self._sharing(name)
            if name.fits(b.name)
            or (b.name.fits(name) and not (b.patient and (self._is_staff(finding) or self._is_kin(finding))))
        ]
        return max(fitting, key=lambda b: (b.name.words == name.words, b.known, *b.before(finding.start)), default=None)

    def _namesake(self, bearer: Bearer) -> Bearer | None:
        """Who has the same words with other initials: A. Smith and B. Smith differ in their given names only."""
        first = self._first.setdefault(bearer.name.words, bearer)
        return None if first is bearer else first.house or first

    def _house(self, relative: Bearer) -> Bearer | None:
        """Whose family name a relative bears."""
        near = [b for word in relative.name.family for b in self._with[word]]
        for other in sorted(near, key=lambda b: (not b.patient, b.kin, b.known)):
            if other is relative or (other.staff and not relative.kin):
                continue
            if other.house is None and other.kin >= relative.kin and other.places > relative.places:
                continue  # the one named later takes the house of the other
            if relative.name.family & other.name.family and other.house is not relative:
                return other.house or other
        return None

    def _add(self, bearer: Bearer) -> Bearer:
        self._bearers.append(bearer)
        self._list(bearer)
        return bearer

    def _list(self, bearer: Bearer) -> None:
        for word in bearer.name.words:
            self._with[word].append(bearer)

    def _remove(self, bearer: Bearer) -> None:
        for word in bearer.name.words:
            self._with[word].remove(bearer)

    def _sharing(self, name: Name) -> Iterator[Bearer]:
        seen = {id(b): b for word in name.words for b in self._with.get(word, ())}
        yield from seen.values()

    def _value(self, finding: Finding) -> str:
        return self._text[finding.start : finding.end]

    def _before(self, finding: Finding) -> str:
        return self._text[max(0, finding.start - 24) : finding.start]

    def _sex(self, finding: Finding) -> str:
        title = TITLE_BEFORE.search(self._before(finding))
        return SEXES.get((title["sex"] or "").lower(), "") if title is not None else ""

    def _is_staff(self, finding: Finding) -> bool:
        if finding.role is Role.STAFF or finding.rule in STAFF_RULES or STAFF_BEFORE.search(self._before(finding)):
            return True
        last = max(finding.start, finding.end - LONGEST)
        return STAFF_AFTER.search(self._text, last, finding.end + LONGEST) is not None

    def _is_kin(self, finding: Finding) -> bool:
        return (
            finding.role is Role.RELATIVE
            or finding.rule == "name:kin"
            or KIN_BEFORE.search(self._before(finding)) is not None
        )
