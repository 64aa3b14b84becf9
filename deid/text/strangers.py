"""Whether a passage names another patient than the one whom its source says it is of."""
# ruff: noqa: E501 - a pattern reads better whole

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from deid.model import Alert, Category, Finding, Passage, Role, Subject
from deid.text.cues import PATIENT_ID
from deid.text.dates import DateMention, parse_date
from deid.text.folding import fold_word, squeeze
from deid.text.known import KnownMatcher
from deid.text.lexicon import is_placeholder

__all__ = ["BEFORE", "OTHERS", "is_strange_accession", "is_strange_birth", "is_strange_number", "nothing", "strangers"]

Remembered = Callable[[str], Iterable[Finding]]


def nothing(_: str) -> Iterable[Finding]:
    """What is remembered of nobody."""
    return ()


#: How far before a value what it is stands, and who else it may be of.
BEFORE = 60
OTHERS = re.compile(
    r"(?i)\b(?:mother|father|mum|mom|dad|parent|wife|husband|partner|spouse|son|daughter|child|baby|infant|newborn|twin|sibling|brother|sister|donor|recipient|maternal|next of kin|nok|"
    r"outside|prior|previous|old|former|other|mutter|vater|kind|sohn|tochter|madre|padre|hij[oa]|m[eè]re|p[eè]re|fils|fille)\b"
)
ACCESSION_CUE = re.compile(r"(?i)\s*(?:accession|acc)\b\.?\s?(?:no|number|nr|#)?\.?\s?[:#]\s?")
NAME_CUE = re.compile(
    r"(?i)\b(?:re|regarding|betr|betreff|asunto|objet|patient(?:in)?|paciente|name)\s?[:.]\s?(?:\w{1,5}\.?\s)?$"
)


def strangers(
    passage: Passage, findings: Iterable[Finding], subject: Subject, remembered: Remembered = nothing
) -> tuple[Alert, ...]:
    """``wrong-patient`` where a passage names another patient than the subject, and never the subject, for its patient.

    Parameters
    ----------
    findings
        Of the passage.
    remembered
        Finds in a text what is known of the subject from earlier.
    """
    text, findings = passage.text, tuple(findings)
    told: dict[str, list[bool]] = {"patient id": [], "name": [], "birth date": [], "accession": []}
    named = any(f.rule.startswith("known:") and f.role is Role.PATIENT for f in findings)
    for finding in findings:
        value = text[finding.start : finding.end]
        before = text[max(0, finding.start - BEFORE) : finding.start].rpartition("\n")[2]
        if OTHERS.search(before):
            continue
        if finding.category is Category.ID and not named and ACCESSION_CUE.fullmatch(before):
            told["accession"].append(is_strange_accession(value, subject))
        elif finding.category is Category.ID and PATIENT_ID.search(before):
            told["patient id"].append(is_strange_number(value, subject, remembered))
        elif finding.category is Category.NAME and (finding.rule == "name:key" or NAME_CUE.search(before)):
            if finding.role is Role.PATIENT:
                told["name"].append(_is_nobody_known(value, subject, remembered))
        elif finding.rule == "date:birth":
            told["birth date"].append(is_strange_birth(value, subject))
    return tuple(Alert("wrong-patient", what) for what, strange in told.items() if strange and all(strange))[:1]


def is_strange_number(number: str, subject: Subject, remembered: Remembered = nothing) -> bool:
    """Whether a Patient ID is another than the subject's, where that is known."""
    listed = [k for k in subject.known if k.category is Category.ID and k.role is Role.PATIENT]
    core = _core(number)
    stated = any(k.is_patient_id or k.value == subject.key.patient_id for k in listed)
    if is_placeholder(number) or not core or not stated:
        return False
    return core not in map(_core, (k.value for k in listed)) and not list(remembered(number))


def is_strange_accession(number: str, subject: Subject) -> bool:
    """Whether an accession number is another than the study's, where that is known."""
    own = {_core(k.value) for k in subject.known if k.source == "AccessionNumber"}
    return bool(own) and _core(number) not in own


def is_strange_birth(value: str, subject: Subject) -> bool:
    """Whether a birth date is another than the subject's, where that is known."""
    own = [parse_date(k.value) for k in subject.known if k.category is Category.DATE and k.role is Role.PATIENT]
    told = parse_date(value)
    days = {day for mention in own if mention is not None and mention.full for day in _days(mention)}
    return bool(days) and told is not None and told.full and days.isdisjoint(_days(told))


def _days(mention: DateMention) -> set[tuple[int, int, int]]:
    """What days a date may say; of the year two figures, which is all that some write."""
    return {(year % 100, month, day) for year, month, day in mention.readings()}


def _is_nobody_known(name: str, subject: Subject, remembered: Remembered = nothing) -> bool:
    """Whether a full name shares no word with the subject's."""
    known = any(k.category is Category.NAME and k.role is Role.PATIENT for k in subject.known)
    words = [word for word in re.findall(r"[^\W_]+", fold_word(name)) if len(word) > 1]
    matcher = KnownMatcher.of(subject)
    if not known or len(words) < 2 or any(matcher.part_of(word, Role.PATIENT)[0] for word in words):
        return False
    return not any(m.role is Role.PATIENT for m in remembered(name))


def _core(number: str) -> str:
    return squeeze(number).lstrip("0")
