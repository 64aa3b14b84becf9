"""Whose a text is where no study says it, and whether it names somebody else."""
# ruff: noqa: E501 - a pattern reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable

from deid.attestation import sha256_hex
from deid.errors import Refusal
from deid.model import Alert, Category, Finding, Known, Passage, Role, Subject, SubjectKey
from deid.pipeline.intake import SINGLE_ISSUER
from deid.recipe import Policy
from deid.surrogates import fold
from deid.vault import KnownIndex, is_placeholder
from deid.verify import WORD

__all__ = ["agreeing", "contradictions", "key_of", "once", "own_key", "strangers", "words_of"]


def key_of(stated: SubjectKey | None, *others: SubjectKey | None, content: str, policy: Policy) -> SubjectKey:
    """The first key that identifies somebody, or one made of the content, which is then a subject of its own.

    Raises
    ------
    Refusal
        ``opt-out`` for a patient whom the recipe leaves out, ``report-unlinked`` where it refuses texts of nobody.
    """
    keys = [key for key in (stated, *others) if key is not None and not is_placeholder(key.patient_id)]
    if any(policy.opted_out(key.patient_id) for key in keys):
        raise Refusal("opt-out", "the recipe leaves this patient out")
    if keys:
        return keys[0]
    if policy.recipe.text.unlinked == "refuse":
        raise Refusal("report-unlinked", "this report belongs to no study and the recipe refuses it")
    return SubjectKey(sha256_hex(content), SINGLE_ISSUER)


def own_key(key: SubjectKey | None, text: str) -> SubjectKey | None:
    """What header lines give as the patient's key, unless it is said to be a relative's or of another place."""
    before = text.partition(key.patient_id)[0][-BEFORE:] if key is not None else ""
    return None if OTHERS.search(before.rpartition("\n")[2]) else key


def words_of(known: Iterable[Known]) -> frozenset[str]:
    """Folded words of known values: what a surrogate that is drawn must not be equal to."""
    return frozenset(word for item in known for word in WORD.findall(fold(item.value)))


def contradictions(
    named: Iterable[Known], key: SubjectKey | None, subject: Subject, index: KnownIndex | None = None
) -> tuple[Alert, ...]:
    """``wrong-patient`` where a text gives its patient a number, a name or a birth date that is not the subject's.

    Parameters
    ----------
    named, key
        What the text's own structure or header lines say.
    subject
        Whose the text is said to be, with identifiers from elsewhere.
    index
        What the vault remembers of the subject.
    """
    if key is not None and _is_strange_number(key.patient_id, subject, index):
        return (Alert("wrong-patient", "patient id"),)
    own = [k for k in named if k.role is Role.PATIENT]
    names = [k.value for k in own if k.category is Category.NAME]
    if names and not any(_is_named(name, subject, index) for name in names):
        return (Alert("wrong-patient", "name"),)
    births = [k.value for k in own if k.category is Category.DATE]
    if births and all(_is_strange_birth(value, subject) for value in births):
        return (Alert("wrong-patient", "birth date"),)
    return ()


def agreeing(named: Iterable[Known], subject: Subject) -> tuple[Known, ...]:
    """What header lines say, without what they say of a patient who is not the subject."""
    return tuple(k for k in named if k.role is not Role.PATIENT or not _is_strange(k, subject))


def strangers(
    passage: Passage, findings: Iterable[Finding], subject: Subject, index: KnownIndex | None = None
) -> tuple[Alert, ...]:
    """``wrong-patient`` where a passage names another patient than the subject, and never the subject, for its patient.

    Parameters
    ----------
    findings
        Of :attr:`passage`, those that the vault's index adds included.
    """
    text = passage.text
    told: dict[str, list[bool]] = {"patient id": [], "name": [], "birth date": []}
    for finding in findings:
        value = text[finding.start : finding.end]
        before = text[max(0, finding.start - BEFORE) : finding.start].rpartition("\n")[2]
        if OTHERS.search(before):
            continue
        if finding.category is Category.ID and NUMBER_CUE.search(before):
            told["patient id"].append(_is_strange_number(value, subject, index))
        elif finding.category is Category.NAME and (finding.rule == "name:key" or NAME_CUE.search(before)):
            if finding.role is Role.PATIENT:
                told["name"].append(_is_nobody_known(value, subject, index))
        elif finding.category is Category.DATE and BIRTH_CUE.search(before):
            told["birth date"].append(_is_strange_birth(value, subject))
    return tuple(Alert("wrong-patient", what) for what, strange in told.items() if strange and all(strange))[:1]


def once(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Alerts without repetitions; ``wrong-patient`` is said once, for whichever reason."""
    return tuple({(a.code, "" if a.code == "wrong-patient" else a.detail): a for a in reversed([*alerts])}.values())[
        ::-1
    ]


#: How far before a value what it is stands, and who else it may be of.
BEFORE = 60
OTHERS = re.compile(
    r"(?i)\b(?:mother|father|mum|mom|dad|parent|wife|husband|partner|spouse|son|daughter|child|baby|infant|newborn|twin|sibling|brother|sister|donor|recipient|maternal|next of kin|nok|"
    r"outside|prior|previous|old|former|other|mutter|vater|kind|sohn|tochter|madre|padre|hij[oa]|m[eè]re|p[eè]re|fils|fille)\b"
)
NUMBER_CUE = re.compile(
    r"(?i)\b(?:mrn|uhid|nhc|ipp|pat(?:ient(?:en)?)?\.?[ -]?(?:id|nr|no|number|nummer)|hosp(?:ital)?\.? (?:no|number|id)|medical record (?:no|number))\b[ .:#]{0,4}$"
)
NAME_CUE = re.compile(
    r"(?i)\b(?:re|regarding|betr|betreff|asunto|objet|patient(?:in)?|paciente|name)\s?[:.]\s?(?:\w{1,5}\.?\s)?$"
)
BIRTH_CUE = re.compile(
    r"(?i)(?:\bd\.?o\.?b|date of birth|birth ?date|geburtsdatum|\bgeb|fecha de nacimiento|date de naissance)[ .:]{0,4}$"
)


def _is_strange(known: Known, subject: Subject) -> bool:
    if known.category is Category.ID:
        return known.is_patient_id and _is_strange_number(known.value, subject, None)
    if known.category is Category.NAME:
        return not _is_named(known.value, subject, None)
    return known.category is Category.DATE and _is_strange_birth(known.value, subject)


def _is_strange_number(number: str, subject: Subject, index: KnownIndex | None) -> bool:
    listed = [k for k in subject.known if k.category is Category.ID and k.role is Role.PATIENT]
    core = _core(number)
    stated = any(k.is_patient_id or k.value == subject.key.patient_id for k in listed)
    if is_placeholder(number) or not core or not stated:
        return False
    return core not in map(_core, (k.value for k in listed)) and not (index is not None and index.search(number))


def _is_strange_birth(value: str, subject: Subject) -> bool:
    from deid.text.dates import parse_date  # header-only work loads no engine

    own = [parse_date(k.value) for k in subject.known if k.category is Category.DATE and k.role is Role.PATIENT]
    told = parse_date(value)
    days = {day for mention in own if mention is not None and mention.full for day in mention.readings()}
    return bool(days) and told is not None and told.full and days.isdisjoint(told.readings())


def _is_nobody_known(name: str, subject: Subject, index: KnownIndex | None) -> bool:
    """Whether a full name shares no word with the subject's."""
    from deid.text import KnownMatcher  # header-only work loads no engine

    known = any(k.category is Category.NAME and k.role is Role.PATIENT for k in subject.known)
    words = [word for word in WORD.findall(fold(name)) if len(word) > 1]
    matcher = KnownMatcher.of(subject)
    if not known or len(words) < 2 or any(matcher.part_of(word, Role.PATIENT)[0] for word in words):
        return False
    return index is None or not any(m.role is Role.PATIENT for m in index.search(name))


def _core(number: str) -> str:
    return "".join(c for c in fold(number) if c.isalnum()).lstrip("0")


def _is_named(name: str, subject: Subject, index: KnownIndex | None) -> bool:
    """Whether a name may be the subject's: a family name and a given name of it agree, as far as both are known."""
    from deid.text import KnownMatcher  # header-only work loads no engine
    from deid.text.known import name_parts

    own = [k for k in subject.known if k.category is Category.NAME and k.role is Role.PATIENT]
    remembered = index is not None and any(m.role is Role.PATIENT for m in index.search(name.replace("^", " ")))
    if not own or remembered:
        return remembered or index is None or not index.digests
    matcher, parts = KnownMatcher.of(subject), name_parts(name)
    agreeing = [
        any(matcher.part_of(word, Role.PATIENT)[0] for word in words)
        for words in (parts.family, parts.given)
        if any(len(word) > 1 for word in words)
    ]
    return all(agreeing)
