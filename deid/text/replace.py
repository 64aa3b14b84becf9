"""What every finding becomes: a surrogate in the form of the original, a label, or nothing.

Pure: the same passage, findings and surrogates give the same plan. Names keep order, case and
initials; dates keep their form; numbers keep their shape; contacts become reserved, unreachable ones.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import datetime as dt
import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from deid.model import Alert, Category, Edit, Finding, Known, Link, Passage, Role, Subject
from deid.settings import TextSettings
from deid.surrogates import PersonSurrogate, Surrogates, draw_person, fold
from deid.text import lexicon
from deid.text.apart import LABEL, apart, paired
from deid.text.checks import is_registered_uid
from deid.text.dates import (
    DateMention,
    day_first,
    find_dates,
    ordinal_suffix,
    parse_date,
    reference_date,
    shift_mention,
)
from deid.text.folding import Folded, fold_document, fold_word, legible, squeeze
from deid.text.initials import drawn_letters, is_initial_group, is_initials, means_something
from deid.text.known import KnownMatcher
from deid.text.parts import CREDENTIALS, PARTICLES, TITLES, as_pn, name_parts, without_credentials
from deid.text.paths import is_local_path, other_path
from deid.text.people import TITLE_BEFORE, UNIT, WORD, Bearer, People, name_words
from deid.text.result import TextPlan
from deid.text.rules import STATE_RULE, STREET
from deid.text.sites import is_state, is_state_code, other_institution, other_place, other_ward

__all__ = ["LABELS", "in_case", "plan_text"]

LABELS = {
    Category.NAME: "NAME", Category.DATE: "DATE", Category.AGE: "AGE", Category.PLACE: "PLACE", Category.INSTITUTION: "INSTITUTION",
}  # fmt: skip
BIRTH = "[DATE OF BIRTH]"
KINDS = {
    Category.ID: "id", Category.SSN: "ssn", Category.ACCOUNT: "account", Category.HEALTH_PLAN: "health-plan", Category.LICENSE: "license",
    Category.DEVICE: "device", Category.VEHICLE: "vehicle", Category.WARD: "ward", Category.POSTCODE: "postcode",
}  # fmt: skip


@dataclass(slots=True, repr=False)
class Desk:
    """Everything that the replacement of one passage's findings looks at, and what it collects."""

    passage: Passage
    surrogates: Surrogates
    settings: TextSettings
    matcher: KnownMatcher | None
    known: tuple[Known, ...]
    sex: str
    folded: Folded
    people: People | None = None
    mentions: list[DateMention] = field(default_factory=list)
    births: frozenset[tuple[int, int, int]] = frozenset()
    reference: dt.date | None = None
    dmy: bool = False
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)

    def link(self, kind: str, original: str, surrogate: str) -> str:
        """Remember a link and give its surrogate."""
        self.links.setdefault((kind, original), Link(kind, original, surrogate))
        return surrogate

    @property
    def avoid(self) -> frozenset[str]:
        return self.matcher.words() if self.matcher else frozenset()


def plan_text(
    passage: Passage,
    findings: Iterable[Finding],
    surrogates: Surrogates,
    settings: TextSettings,
    subject: Subject | None = None,
) -> TextPlan:
    """Edits, links and alerts for the findings of a passage.

    Parameters
    ----------
    passage, findings
        What :meth:`Finder.find` read and gave.
    surrogates
        Of the passage's subject.
    settings
        ``replace`` chooses surrogates, labels or nothing.
    subject
        Whose known identifiers say which word is a family name and which number the patient's.
    """
    read = legible(passage.text)
    if read.places is not None:
        passage = replace(passage, text=read.text)
        findings = [replace(f, start=start, end=end) for f in findings for start, end in [read.inner(f.start, f.end)]]
    ordered = sorted((f for found in findings for f in apart(found, passage)), key=lambda f: (f.start, f.end))
    ordered = paired(ordered, passage.text)
    desk = _desk(passage, ordered, surrogates, settings, subject)
    edits: list[Edit] = []
    inserted: list[tuple[int, int]] = []
    moved = 0
    for finding in ordered:
        original = passage.text[finding.start : finding.end]
        new = _replacement(original, finding, desk)
        if new == original and finding.category not in UNCHANGED and finding.rule != LABEL:
            continue
        start, end = finding.start, finding.end
        if not new and passage.origin == "descriptor":
            start, end = _with_space(passage.text, start, end, edits)
        start, end = read.span(start, end)
        edits.append(Edit(start, end, new))
        inserted.append((start + moved, start + moved + len(new)))
        moved += len(new) - (end - start)
    _collisions(edits, desk)
    return TextPlan(tuple(edits), tuple(inserted), tuple(desk.links.values()), tuple(desk.alerts))


def _desk(
    passage: Passage, findings: list[Finding], surrogates: Surrogates, settings: TextSettings, subject: Subject | None
) -> Desk:
    matcher = KnownMatcher.of(subject) if subject is not None else None
    desk = Desk(
        passage,
        surrogates,
        settings,
        matcher,
        subject.known if subject else (),
        subject.sex if subject else "",
        fold_document(passage.text),
    )
    if settings.replace == "surrogate":
        if any(f.category is Category.DATE for f in findings):
            mentions = desk.mentions = find_dates(desk.folded, passage.language)
            dates = [k.value for k in desk.known if k.category is Category.DATE]
            desk.births = frozenset(r for date in dates if (m := parse_date(date)) for r in m.readings())
            desk.reference = reference_date(mentions)
            desk.dmy = day_first(mentions, passage.language, dates)
        others = [k for k in desk.known if k.role is not Role.PATIENT]
        desk.people = People(others, findings, passage.text, patient=not _known_patient(desk))
    return desk


def _with_space(text: str, start: int, end: int, edits: list[Edit]) -> tuple[int, int]:
    """A token that leaves a descriptor takes one neighbouring blank with it."""
    if end < len(text) and text[end] == " " and (start == 0 or text[start - 1] == " "):
        return start, end + 1
    floor = edits[-1].end if edits else 0
    if end == len(text) and start > floor and text[start - 1] == " ":
        return start - 1, end
    return start, end


def _replacement(original: str, finding: Finding, desk: Desk) -> str:
    if finding.category is Category.UID and is_registered_uid(original.strip(".")):
        return original
    if (
        finding.rule == LABEL
        or original == desk.surrogates.code
        or (finding.category is Category.NAME and _is_own(original, desk))
    ):
        return original
    if desk.settings.replace == "blank" or (finding.category is Category.OTHER and desk.passage.origin == "descriptor"):
        return ""
    if desk.settings.replace == "label":
        return f"[{finding.category.value.replace('_', ' ')}]"
    maker = MAKERS.get(finding.category)
    if maker is not None:
        return maker(original, finding, desk)
    return f"[{finding.category.value.replace('_', ' ')}]"


def _is_own(original: str, desk: Desk) -> bool:
    """Whether a name is this subject's surrogate already."""
    own = (fold(desk.surrogates.person.family), fold(desk.surrogates.person.given))
    words = name_words(original)
    return bool(words) and all(w in own for w in words)


# Names


def _name(original: str, finding: Finding, desk: Desk) -> str:
    if (bare := without_credentials(original)) != original:
        return _name(bare, finding, desk) + original[len(bare) :]
    words = name_words(original)
    patient = _is_patient(words, finding, desk)
    if _is_initials(original, finding, desk):
        return _initials(original, desk, patient=patient)
    bearer = desk.people.whose(finding) if desk.people is not None and not patient else None
    source = bearer.value if bearer else _patient_name(desk) if patient else _known_name(words, desk) or original
    person, middle = _patient(words, desk) if patient else _other_person(source, bearer, desk)
    new = _rename(original, person, middle, _parts(original, source, finding, desk, patient=patient))
    return desk.link("name", original, new)


def _is_patient(words: Sequence[str], finding: Finding, desk: Desk) -> bool:
    """Whether a name is the patient's: the header says so, or there is no header and the text does."""
    matcher = desk.matcher
    if matcher is None or not _known_patient(desk):
        return desk.people.is_patient(finding) if desk.people is not None else finding.role is Role.PATIENT
    own = [matcher.part_of(w, Role.PATIENT)[0] for w in words]
    if finding.role is Role.PATIENT:
        namesake = "given" in own and "" in own and "family" not in own  # of the same given name only
        stranger = not any(own) and sum(len(w) > 1 and w.isascii() for w in words) > 1
        return (finding.rule.startswith("name:key") and not stranger) or (any(own) and not namesake) or not words
    before = desk.passage.text[max(0, finding.start - 12) : finding.start]
    return bool(own) and all(own) and finding.role is None and not STAFF_BEFORE.search(before)


#: What may stay as it is and yet be ours: a day outside any shift, a state, a student.
UNCHANGED = frozenset((Category.DATE, Category.PLACE, Category.PROFESSION))
#: How often letters are drawn until they mean nothing.
TURNS = 20
INITIALS_RULES = ("pattern:typist", "name:typist", "name:initials")
STAFF_BEFORE = re.compile(r"(?i)\b(?:dr|prof)\w*\.?\s*$")


def _is_initials(original: str, finding: Finding, desk: Desk) -> bool:
    if finding.rule == "name:title" and not original.isupper():
        return False
    letters = "".join(filter(str.isalpha, original))
    if desk.matcher is not None and desk.matcher.part_of(fold_word(letters))[0]:
        return False
    return is_initials(original, told=finding.rule in INITIALS_RULES, caps=desk.folded.is_caps())


def _patient_name(desk: Desk) -> str:
    """The patient's name as the header writes it, else as the passage does; empty if neither does."""
    known = next((k.value for k in desk.known if k.category is Category.NAME and k.role is Role.PATIENT), "")
    told = desk.people.patient if desk.people is not None else None
    return known or (told.value if told is not None else "")


def _known_name(words: Sequence[str], desk: Desk) -> str:
    """The name of the header that one word misspells."""
    meant = desk.matcher.part_of(words[0])[1] if desk.matcher is not None and len(words) == 1 else None
    listed = [k.value for k in desk.known if k.category is Category.NAME and name_parts(k.value) == meant]
    return listed[0] if meant is not None and listed else ""


def _patient(words: Sequence[str], desk: Desk) -> tuple[PersonSurrogate, str]:
    """The patient's surrogate and middle name; a relative shares the family name."""
    person = desk.surrogates.person
    middle = draw_person(desk.surrogates.seed, "patient:middle", sex=desk.sex, avoid=desk.avoid).given
    if desk.matcher is not None and _is_relative(words, desk.matcher):
        other = desk.surrogates.other_person(" ".join(words), avoid=desk.avoid)
        person = replace(person, given=other.given)
    return person, middle


def _other_person(source: str, bearer: Bearer | None, desk: Desk) -> tuple[PersonSurrogate, str]:
    """Who stands in for somebody else, and a middle name; relatives share their family name."""
    source = source if source.startswith("initials ") else as_pn(source)
    person = desk.surrogates.other_person(source)
    if fold(person.family) in desk.avoid or fold(person.given) in desk.avoid:
        person = desk.surrogates.other_person(source, avoid=desk.avoid)
    if bearer is not None and bearer.house is not None:
        head = bearer.house
        house = desk.surrogates.person if head.patient else _other_person(head.value, head, desk)[0]
        if person.given == house.given:
            person = desk.surrogates.other_person(f"{source} relative{bearer.name.initials}", avoid=desk.avoid)
        person = replace(person, family=house.family)
    return person, draw_person(desk.surrogates.domain_seed, f"middle:{fold(source)}", avoid=desk.avoid).given


def _is_relative(words: Sequence[str], matcher: KnownMatcher) -> bool:
    """Whether only the family name is the patient's and the given name is somebody else's."""
    parts = [matcher.part_of(w, Role.PATIENT)[0] for w in words]
    return "family" in parts and "" in parts and "given" not in parts


def _known_patient(desk: Desk) -> bool:
    return any(k.category is Category.NAME and k.role is Role.PATIENT for k in desk.known)


def _parts(original: str, source: str, finding: Finding, desk: Desk, *, patient: bool) -> dict[str, str]:
    """Which unit of a name, squeezed, is what: ``family``, ``given`` or ``middle``."""
    told: dict[str, str] = {}
    if desk.matcher is not None:
        for word in name_words(original):
            part, _ = desk.matcher.part_of(word, Role.PATIENT if patient else None)
            if part in ("family", "given"):
                told[word] = part
    if source != original and set(name_words(source)) >= set(name_words(original)):
        told = {**_parts_of(source), **told}
    units = [u.group() for u in UNIT.finditer(original)]
    parts: dict[str, str] = {}
    for unit in units:
        found = next((told[w] for w in (squeeze(unit), *name_words(unit)) if w in told), None)
        if found:
            parts[squeeze(unit)] = found
    if "given" not in parts.values() and _is_titled(finding, desk):  # "Sra. García", "Mr. Two Bulls"
        parts = dict.fromkeys(parts, "family")
    groups = {squeeze(u) for u in units if is_initial_group(u, original)} - parts.keys()
    parts |= dict.fromkeys(groups, "initials")
    names = [
        u for u in map(squeeze, units) if u not in groups and len(u) > 1 and u not in TITLES and u not in PARTICLES
    ]
    if len(names) == 1:
        first = next((w for w in name_words(original) if w not in groups), names[0])
        kin = finding.rule == "name:kin"  # "her son Luis"
        given = first in lexicon.given_names() and (kin or first not in lexicon.surnames())
        given = given and finding.rule != "name:title"
        parts.setdefault(names[0], "given" if given else "family")
    own = name_parts(UNIT.sub(lambda u: "" if squeeze(u.group()) in groups else squeeze(u.group()), original))
    guessed = _listed(own.family, own.given)
    if "family" in parts.values():  # "Ma Bo", where Ma is known to be the family
        guessed = {word: "given" if part == "family" else part for word, part in guessed.items()}
    return {**guessed, **parts}


def _is_titled(finding: Finding, desk: Desk) -> bool:
    """Whether a title stands before a name, which then begins with the family's or with all of the given names."""
    before = desk.passage.text[max(0, finding.start - 12) : finding.start]
    return finding.rule == "name:title" or TITLE_BEFORE.search(before) is not None


def _parts_of(source: str) -> dict[str, str]:
    """Which word of a full name is what; the halves of a double name are what the whole is."""
    whole = name_parts(UNIT.sub(lambda u: squeeze(u.group()), source))
    parts = _listed(whole.family, whole.given)
    for unit in UNIT.findall(source):
        for word in name_words(unit):
            parts.setdefault(word, parts.get(squeeze(unit), "family"))
    return parts


def _listed(family: tuple[str, ...], given: tuple[str, ...]) -> dict[str, str]:
    rows = {word: "given" if i == 0 else "middle" for i, word in enumerate(given)}
    return {**rows, **dict.fromkeys(family, "family")}


def _rename(original: str, person: PersonSurrogate, middle: str, parts: dict[str, str]) -> str:
    """The name of another person in the form of the original: order, commas, initials, case."""
    units = list(UNIT.finditer(original))
    caps = original.isupper()
    out, gaps, at = "", [""], 0
    done: set[str] = set()
    for i, unit in enumerate(units):
        gaps.append(original[at : unit.start()])
        at = unit.end()
        word, folded = unit.group(), squeeze(unit.group())
        part = parts.get(folded, "family" if "given" in done else "given")
        if (folded in TITLES or folded in CREDENTIALS) and folded not in parts and len(word) > 1:
            new = word
        elif part == "initials":
            done |= {"given", "middle"}
            new = drawn_letters(word, replace(person, family=middle[::-1]), middle)
        elif OF_THE.match(original, unit.start() - 1):
            gaps[-1] = gaps[-1].rstrip("'’")
            continue
        elif len(word) == 1:
            part = _part_of_initial(i, units, done, parts)
            initial = {"family": person.family, "given": person.given}.get(part, middle)[0]
            done.add(part)
            new = initial.upper() if word.isupper() else initial.lower()
        elif part in done or (folded in PARTICLES and _leads(i, units, parts)):
            continue
        else:
            done.add(part)
            value = {"family": person.family, "given": person.given}.get(part, middle)
            new = in_case(value, word, caps=caps)
        out += (max(gaps, key=lambda gap: (bool(gap.strip(" -'’")), len(gap))) if out else gaps[1]) + new
        gaps = [""]
    return out + original[at:] if out else in_case(person.family, original, caps=caps)


#: ``van 't Hoff``
OF_THE = re.compile(r"['’][tTsS]\s")


def _leads(i: int, units: list[re.Match[str]], parts: dict[str, str]) -> bool:
    """Whether a particle leads a family name that follows."""
    return any(parts.get(squeeze(u.group())) == "family" for u in units[i + 1 :])


def _part_of_initial(i: int, units: list[re.Match[str]], done: set[str], parts: dict[str, str]) -> str:
    """What an initial stands for: ``Smith, J.``, ``J. Smith``, ``John S.``, ``John Q. Smith``."""
    if parts.get(squeeze(units[i].group())) == "family" and "given" in done and "family" not in done:
        return "family"
    if "given" not in done:
        return "given"
    last = i == len(units) - 1
    return "family" if last and "family" not in done else "middle"


def in_case(value: str, like: str, *, caps: bool = False) -> str:
    """A value in capitals or small letters as another is written."""
    if caps or (like.isupper() and len(like) > 1):
        return value.upper()
    return value.lower() if like.islower() else value


def _initials(original: str, desk: Desk, *, patient: bool) -> str:
    """Other initials for each person's, those of the person's surrogate where the passage names the person."""

    def anew(piece: re.Match[str]) -> str:
        letters = "".join(filter(str.isalpha, piece.group()))
        bearer = desk.people.with_initials(letters) if desk.people is not None and letters else None
        if patient or (bearer is not None and bearer.patient):
            person, middle = _patient((), desk)
        else:
            person, middle = _other_person(bearer.value if bearer else f"initials {letters}", bearer, desk)
        return drawn_letters(piece.group(), person, middle)

    return re.sub(r"[^/:;&\\]+", anew, original)


# Dates and ages


NUMBERS = re.compile(r"\d+(?:[-/.:]\d+)*")
#: The number of an entry, a page or an image, or an hour, before a date: ``Addendum #1 27 April 2021``.
LEAD = re.compile(r"\d{1,2}(?:[.)]?\s+|:\d\d(?::\d\d)?,?\s+(?:on\s)?)")
CLOCK = re.compile(r"(?i)[\s,]*(?:at\s)?\d{1,2}:\d\d(?::\d\d)?\s?(?:[ap]\.?m\.?)?")


def _date(original: str, finding: Finding, desk: Desk) -> str:
    birth = finding.rule.startswith("known:") or finding.rule == "date:birth"
    first = bisect_left(desk.mentions, finding.start, key=lambda m: m.start)
    last = bisect_left(desk.mentions, finding.end, key=lambda m: m.start)
    inside = [m for m in desk.mentions[first:last] if m.end <= finding.end]
    if birth and len(inside) <= 1:
        return BIRTH  # PS3.15: a birth date is emptied, never shifted, since a shifted one gives the exact age
    source, base = desk.passage.text, 0
    if not inside:
        single = parse_date(original, desk.passage.language)
        if single is None:
            desk.alerts.append(Alert("date-not-understood", finding.rule))
            return "[DATE]"
        inside, source, base = [single], original, finding.start
    out, at = [], finding.start - base
    for mention in inside:
        if _is_birth(mention, desk):
            out += [source[at : mention.start], BIRTH]
            at = mention.end
            continue
        shifted = shift_mention(source, mention, desk.surrogates.shift_days, reference=desk.reference, dmy=desk.dmy)
        if shifted is None:
            desk.alerts.append(Alert("date-not-understood", finding.rule))
            shifted = "[DATE]"
        lead = source[at : mention.start]
        out += [lead if LEAD.fullmatch(lead) else NUMBERS.sub("[DATE]", lead), shifted]
        at = mention.end
    rest = source[at : finding.end - base]
    out.append(rest if CLOCK.fullmatch(rest) else NUMBERS.sub("[DATE]", rest))
    return "".join(out)


def _is_birth(mention: DateMention, desk: Desk) -> bool:
    """Whether a date is one that the header gives of the patient."""
    return mention.full and not desk.births.isdisjoint(mention.readings())


def _age(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    if re.fullmatch(r"0\d\d[Yy]", original):
        return "090Y" if original.endswith("Y") else "090y"
    if re.search(r"\d", original):
        return re.sub(r"\d+", "90+", original, count=1)
    return "over ninety"


# Numbers and contacts


def _identifier(original: str, finding: Finding, desk: Desk) -> str:
    known = _known_value(original, finding, desk)
    if known is not None and known.is_patient_id:
        return desk.link("patient-id", known.value, desk.surrogates.code)
    if finding.rule == "known-index:patient-id":
        return desk.link("patient-id", original, desk.surrogates.code)
    kind = KINDS.get(finding.category, "id")
    value = known.value if known is not None and squeeze(known.value) != squeeze(original) else original
    if "accession" in finding.rule.lower():
        kind = "accession"
    elif finding.rule == "pattern:mrn":
        kind = "patient-id"
    role = known.role if known is not None else Role.STUDY
    if known is None and finding.category in (Category.DEVICE, Category.WARD, Category.LICENSE):
        role = Role.SITE
    new = desk.surrogates.identifier(value, kind, role=role)
    if value is not original and (part := _part_of(original, value, new)):
        value, new = original, part
    if fold(new) == fold(original):
        new = desk.surrogates.identifier(original, f"{kind}:again", role=role)
    if finding.category is Category.SSN and re.search(r"\d{3}\D?\d\d\D?\d{4}", new):
        new = re.sub(r"\d{3}", "000", new, count=1)  # area 000 is never issued
    if finding.category is Category.POSTCODE and re.fullmatch(r"\d{5}(?:-\d{4})?", new):
        new = "00" + new[2:]  # no ZIP begins with 00 0..4
    return desk.link("accession" if kind == "accession" else "id", value, new)


def _known_value(original: str, finding: Finding, desk: Desk) -> Known | None:
    if finding.rule.startswith("known:"):
        source = finding.rule.removeprefix("known:")
        listed = [k for k in desk.known if k.source == source]
        core = squeeze(original).lstrip("0")
        same = (k for k in listed if squeeze(k.value).lstrip("0") == core)
        parts = (k for k in listed if core in squeeze(k.value))
        return next((k for found in (same, parts, listed) for k in found), None)
    core = squeeze(original)
    return next((k for k in desk.known if k.category is finding.category and squeeze(k.value) == core), None)


def _part_of(original: str, value: str, surrogate: str) -> str:
    """Of a value's surrogate what stands for a part of the value, as that is written; empty if it is no part of it."""
    whole, bare = squeeze(value), squeeze(original).lstrip("0")
    drawn = [c for c in surrogate if c.isalnum()]
    at = whole.find(bare)
    places = [i for i, c in enumerate(original) if c.isalnum()][-len(bare) :]
    if at < 0 or not bare or len(drawn) != len(whole) or len(places) != len(bare):
        return ""
    out = list(original)
    for place, character in zip(places, drawn[at:], strict=False):
        out[place] = in_case(character, original[place], caps=original[place].isupper())
    return "".join(out)


def _digest(original: str, desk: Desk) -> int:
    shaped = desk.surrogates.identifier("0000000000000000", f"contact:{squeeze(original)}", role=Role.STAFF)
    return int(hashlib.sha256(shaped.encode()).hexdigest()[:8], 16)


TWO_NUMBERS = re.compile(r"(\s*(?:/|,|;|\bor\b|\band\b)\s*)(?=(?:\D{0,3}\d){7})")
EXTENSION = re.compile(r"\b(x|ext\.?|extension|opt(?:ion)?\.?)\s?\d+$", re.IGNORECASE)
COUNTRY = re.compile(r"\s*(?:\+|00)\d{1,3}(?=[^\d])")
LETTERED = re.compile(r"1-\d{3}-[A-Za-z]{4,}")


def _phone(original: str, finding: Finding, desk: Desk) -> str:
    two = TWO_NUMBERS.search(original)
    if two and sum(map(str.isdigit, original[: two.start()])) >= 7:
        return (
            _phone(original[: two.start()], finding, desk) + two.group() + _phone(original[two.end() :], finding, desk)
        )
    extension = EXTENSION.search(original)
    main = original[: extension.start()] if extension else original
    rest = original[len(main) :]
    if extension and not extension[1].lower().startswith("opt"):
        rest = re.sub(r"\d", "0", rest)
    return desk.link("phone", original, _fictional(main, desk) + rest)


def _fictional(original: str, desk: Desk) -> str:
    """A number that rings nowhere: 555-0100 to 555-0199 in America, noughts behind any other country's code."""
    country = COUNTRY.match(original)
    digits = [i for i, c in enumerate(original) if c.isdigit()]
    # The last seven digits are the same with and without the codes of area and country.
    tail = f"{_digest(''.join(original[i] for i in digits[-7:]), desk) % 100:02d}"
    if LETTERED.fullmatch(original):
        return f"1-555-555-01{_digest(original, desk) % 100:02d}"
    first = original[digits[0]] if digits else ""
    if len(digits) == 7 or (len(digits) == 10 and first not in "01") or (len(digits) == 11 and first == "1"):
        pattern = "15555550100"[-len(digits) :][:-2] + tail
    else:
        kept = "".join(filter(str.isdigit, country.group())) if country else ""
        pattern = kept + "0" * (len(digits) - len(kept) - 2) + tail[-min(2, len(digits)) :]
    out = list(original)
    for i, c in zip(digits, pattern, strict=False):
        out[i] = c
    return "".join(out)


def _email(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    person = desk.surrogates.other_person(f"email {original}", avoid=desk.avoid)
    return desk.link("email", original, f"{person.given}.{person.family}@deid.invalid".lower())


def _url(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    if is_local_path(original):
        new = other_path(
            original,
            desk.avoid,
            lambda word: _path_name(word, desk),
            lambda part: _path_number(part, desk),
        )
        return desk.link("url", original, new)
    tail = f"{_digest(original, desk):08x}"
    if "\\" in original:
        return desk.link("url", original, f"\\\\deid.invalid\\{tail}")
    scheme = re.match(r"[A-Za-z]+://", original)
    host = "deid.invalid" if scheme or not original.lower().startswith("www.") else "www.deid.invalid"
    path = f"/{tail}" if "/" in original.rsplit("://", maxsplit=1)[-1] else ""
    return desk.link("url", original, f"{scheme.group() if scheme else ''}{host}{path}")


MAC = re.compile(r"\b(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})\b")


def _path_name(word: str, desk: Desk) -> str:
    """The patient's surrogate for a word of the patient's name, somebody's for any other."""
    part = desk.matcher.part_of(fold_word(word), Role.PATIENT)[0] if desk.matcher is not None else ""
    own = {"family": desk.surrogates.person.family, "given": desk.surrogates.person.given}
    return own.get(part) or desk.surrogates.other_person(f"user {word}", avoid=desk.avoid).family


def _path_number(number: str, desk: Desk) -> str:
    if any(k.is_patient_id and squeeze(k.value).lstrip("0") == number.lstrip("0") for k in desk.known):
        return desk.surrogates.code
    return desk.surrogates.identifier(number, "id", role=Role.STUDY)


def _ip(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    if MAC.search(original):
        return MAC.sub(lambda address: _hardware(address.group(), desk), original)
    low = _digest(original, desk) % 254 + 1
    if ":" in original and original.count(":") > 1:
        return desk.link("ip", original, f"2001:db8::{low:x}")
    return desk.link("ip", original, f"192.0.2.{low}" + (":0" if ":" in original else ""))


def _hardware(original: str, desk: Desk) -> str:
    """A locally administered address in the form of the original."""
    low = _digest(original, desk) % 254 + 1
    signs = iter(f"02{low:010X}" if original.upper() == original else f"02{low:010x}")
    return desk.link("ip", original, "".join(next(signs) if c.isalnum() else c for c in original))


def _uid(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    return desk.link("uid", original, desk.surrogates.uid(original))


def _username(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    if not original.removeprefix("@").isalpha():  # of a staff number the shape tells what it is
        return desk.link("username", original, desk.surrogates.identifier(original, "user", role=Role.STAFF))
    person = desk.surrogates.other_person(f"user {original}", avoid=desk.avoid)
    name = in_case(f"{person.given[0]}{person.family.lower()}", original)
    return desk.link("username", original, f"{'@' if original.startswith('@') else ''}{name}")


# Places


def _ward(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    """The number of a ward in the same shape and another name for one that has a name; the word *ward* stays."""
    new = other_ward(
        original,
        lambda words: _place_name(words, desk),
        lambda number: _ward_number(number, squeeze(original), desk),
    )
    return desk.link("ward", original, new)


def _ward_number(number: str, ward: str, desk: Desk) -> str:
    """Another number of a ward in the same shape: of one digit every tenth draw is the same again."""
    for kind in (f"ward:{ward}", *(f"ward:{ward}:{n}" for n in range(1, 9))):
        new = _ordinal(number, desk.surrogates.identifier(number, kind, role=Role.SITE))
        if new.casefold() != number.casefold():
            break
    return new


def _place_name(original: str, desk: Desk) -> str:
    return desk.surrogates.other_person(f"place {original}", avoid=desk.avoid).family


def _place(original: str, finding: Finding, desk: Desk) -> str:
    if finding.rule == STATE_RULE and is_state(original):
        return original
    if finding.rule == "pattern:coordinates":
        return "[PLACE]"  # other degrees would be a place, too
    owner = re.search(r"(?<=\w)['’]s$", original)
    core = original[: owner.start()] if owner else original
    if re.fullmatch(r"[A-Z]{2,3}", core) and not is_state_code(core) and not desk.folded.is_caps():
        return desk.link("place", core, _acronym(core, desk)) + original[len(core) :]
    new = other_place(core, lambda words: _place_name(words, desk), lambda n: _house_number(n, core, desk))
    return desk.link("place", core, new) + original[len(core) :]


LAST_OF_STREET = re.compile(rf"(?i){STREET}\b\.?(?=\s*(?:[,\n]|$))")
STREET_WORD = re.compile(
    r"(?i)\b(?:street|str|st|avenue|ave|av|road|rd|boulevard|blvd|bd|lane|ln|drive|dr|court|ct|place|pl|way|terrace|ter|circle|cir|highway|hwy|parkway|pkwy|square|sq|close|crescent|rue|calle|avenida|plaza|paseo|weg|platz|allee|gasse|ring|apt|apartment|suite|ste|unit|flat|floor|fl|box|po|p\.o|de|la|du|des|north|south|east|west|[nsew]|[ns][ew])\b\.?"
)


def _address(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    """Numbers, postcodes and names anew, one name for each part between commas; the kinds of streets stay."""
    compound = re.search(
        r"(?i)(strasse|straße|str\.?|weg|platz|allee|gasse|ring|damm|ufer)\b(?=\.?\s*(?:\d|,|\n|$))", original
    )
    used = False
    names = 0
    out, at = "", 0
    for match in re.finditer(r"[^\W_]*\d[^\W_]*|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?", original):
        token, gap = match.group(), original[at : match.start()]
        at = match.end()
        used = used and "," not in gap and "\n" not in gap
        if any(c.isdigit() for c in token):
            new = _house_number(token, original, desk)
        elif (
            STREET_WORD.fullmatch(token)
            or is_state_code(token)
            or (used and LAST_OF_STREET.match(original, match.start()))
        ):
            new = token
        elif used:
            out += gap if gap.strip() else ""
            continue
        else:
            used = True
            within = compound and match.start() < compound.start() and compound.end() <= match.end()
            suffix = compound.group().lower() if compound and within else ""
            name = _place_name(original + " town" * names, desk)
            names += 1
            new = in_case(f"{name}{suffix}", token, caps=token.isupper() and len(token) > 1)
        out += gap + new
    return desk.link("address", original, re.sub(r"\s{2,}", " ", out + original[at:]).strip())


ORDINAL = re.compile(r"(\d+)(st|nd|rd|th)", re.IGNORECASE)


def _ordinal(token: str, shaped: str) -> str:
    """The shaped number with the ending that it has in English where the original has one: ``4th``, ``22nd``."""
    match = ORDINAL.fullmatch(token)
    if match is None:
        return shaped
    number = int(shaped[: match.end(1)]) or 1
    return f"{number}{in_case(ordinal_suffix(number), match[2])}"


def _house_number(token: str, original: str, desk: Desk) -> str:
    shaped = desk.surrogates.identifier(token, f"address:{squeeze(original)}", role=Role.PATIENT)
    if ORDINAL.fullmatch(token):
        return _ordinal(token, shaped)
    if re.fullmatch(r"\d{5}", token):
        return f"00{shaped[2:]}"  # no ZIP begins with 00 0..4
    return f"1{shaped[1:]}" if shaped.startswith("0") else shaped


def _institution(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    owner = re.search(r"(?<=\w)['’]s$", original)
    core = original[: owner.start()] if owner else original
    if re.fullmatch(r"[A-Z]{2,6}", core) and (not desk.folded.is_caps() or not re.search("[AEIOUY]", core)):
        new = _acronym(core, desk)
    else:
        new = other_institution(core, lambda words: _place_name(words, desk), lambda n: _house_number(n, core, desk))
    return desk.link("institution", core, new) + original[len(core) :]


def _acronym(original: str, desk: Desk) -> str:
    """Other letters, as many, that mean nothing else."""
    draws = (desk.surrogates.identifier(original, f"institution{'+' * turn}", role=Role.SITE) for turn in range(TURNS))
    return next(
        (new for new in draws if not means_something(new)),
        desk.surrogates.identifier(original, "institution", role=Role.SITE),
    )


STATUS = re.compile(
    r"(?i)(?:(?:semi-?)?retired|former(?:ly)?|ex|previous(?:ly)?|current(?:ly)?|unemployed|self-employed|(?:part|full)[- ]time|an?|the)\b[\s-]*"
)
#: What somebody is without telling the work: the last word, kept.
STANDING = re.compile(r"(?i)\b(?:veteran|student|pupil|retiree|pensioner|apprentice|volunteer)s?$")
PLURAL = re.compile(r"[^s]s$|men$|women$", re.IGNORECASE)
SENTENCE_START = re.compile(r"(?:^|[.!?:;\n|]|[-–—•])\s*$")


def _profession(original: str, finding: Finding, desk: Desk) -> str:
    """Somebody who works, with what says whether still: ``retired worker``, ``an employee``, ``veteran``."""
    at = 0
    while status := STATUS.match(original, at):
        at = status.end()
    lead, rest = original[:at], original[at:]
    before = desk.passage.text[: finding.start] + lead
    if not rest:
        return original
    standing = STANDING.search(rest)
    an = re.search(r"(?i)\ban\s+$", before[-6:]) is not None
    new = standing.group() if standing and not (an and standing.start()) else "employee" if an else "worker"
    if standing is None and PLURAL.search(rest.split()[-1]) and not an:
        new += "s"
    if rest.isupper() and (len(rest) > 4 or desk.folded.is_caps()):
        return lead + new.upper()
    starts = rest[0].isupper() and SENTENCE_START.search(before[-4:]) is not None
    return lead + (new[0].upper() if starts else new[0].lower()) + new[1:]


def _other(original: str, finding: Finding, desk: Desk) -> str:  # noqa: ARG001
    return "[REMOVED]"


Maker = Callable[[str, Finding, Desk], str]
MAKERS: dict[Category, Maker] = {
    Category.NAME: _name, Category.DATE: _date, Category.AGE: _age, Category.UID: _uid, Category.PHONE: _phone, Category.EMAIL: _email,
    Category.URL: _url, Category.IP: _ip, Category.USERNAME: _username, Category.PLACE: _place, Category.ADDRESS: _address,
    Category.INSTITUTION: _institution, Category.PROFESSION: _profession, Category.OTHER: _other,
    **dict.fromkeys(KINDS, _identifier), Category.WARD: _ward,
}  # fmt: skip


def _collisions(edits: list[Edit], desk: Desk) -> None:
    """Alert where a surrogate holds a word that is a known identifier of this subject."""
    if desk.matcher is None:
        return
    avoid = desk.avoid
    own = {fold(desk.surrogates.person.family), fold(desk.surrogates.person.given)}
    clash = {w for w in own if w in avoid}
    if clash:
        desk.alerts.append(Alert("surrogate-collision", "PatientName"))
    for edit in edits:
        words = {w for w in WORD.findall(fold_word(str(edit.new))) if len(w) > 2}
        if (words - own) & avoid and not lexicon.is_word(next(iter((words - own) & avoid))):
            desk.alerts.append(Alert("surrogate-collision"))
            return
