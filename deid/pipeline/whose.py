"""Whose a text is where no study says it, and whether it names somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from deid.attestation import sha256_hex
from deid.errors import Refusal
from deid.model import Alert, Category, Known, Role, Subject, SubjectKey
from deid.pipeline.intake import SINGLE_ISSUER
from deid.recipe import Policy
from deid.surrogates import fold
from deid.vault import KnownIndex, is_placeholder
from deid.verify import WORD

__all__ = ["agreeing", "contradictions", "key_of", "once", "own_key", "words_of"]


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
    from deid.text.strangers import BEFORE, OTHERS  # header-only work loads no engine

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
    from deid.text.strangers import is_strange_birth, is_strange_number, nothing  # header-only work loads no engine

    if key is not None and is_strange_number(key.patient_id, subject, index.search if index is not None else nothing):
        return (Alert("wrong-patient", "patient id"),)
    own = [k for k in named if k.role is Role.PATIENT]
    names = [k.value for k in own if k.category is Category.NAME]
    if names and not any(_is_named(name, subject, index) for name in names):
        return (Alert("wrong-patient", "name"),)
    births = [k.value for k in own if k.category is Category.DATE]
    if births and all(is_strange_birth(value, subject) for value in births):
        return (Alert("wrong-patient", "birth date"),)
    return ()


def agreeing(named: Iterable[Known], subject: Subject) -> tuple[Known, ...]:
    """What header lines say, without what they say of a patient or a study that is not the subject's."""
    return tuple(k for k in named if not _is_strange(k, subject))


def once(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Alerts without repetitions; ``wrong-patient`` is said once, for whichever reason."""
    told: dict[tuple[str, str], Alert] = {}
    for alert in alerts:
        told.setdefault((alert.code, "" if alert.code == "wrong-patient" else alert.detail), alert)
    return tuple(told.values())


def _is_strange(known: Known, subject: Subject) -> bool:
    from deid.text.strangers import is_strange_accession, is_strange_birth, is_strange_number

    if known.source == "AccessionNumber":
        return is_strange_accession(known.value, subject)
    if known.role is not Role.PATIENT:
        return False
    if known.category is Category.ID:
        return known.is_patient_id and is_strange_number(known.value, subject)
    if known.category is Category.NAME:
        return not _is_named(known.value, subject, None)
    return known.category is Category.DATE and is_strange_birth(known.value, subject)


def _is_named(name: str, subject: Subject, index: KnownIndex | None) -> bool:
    """Whether a name may be the subject's: a family name and a given name of it agree, as far as both are known."""
    from deid.text import KnownMatcher  # header-only work loads no engine
    from deid.text.parts import name_parts

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
