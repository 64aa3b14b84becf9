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

__all__ = ["contradictions", "key_of", "words_of"]


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


def words_of(known: Iterable[Known]) -> frozenset[str]:
    """Folded words of known values: what a surrogate that is drawn must not be equal to."""
    return frozenset(word for item in known for word in WORD.findall(fold(item.value)))


def contradictions(
    named: Iterable[Known], key: SubjectKey | None, subject: Subject, index: KnownIndex | None = None
) -> tuple[Alert, ...]:
    """``wrong-patient`` where a text gives its patient a number or a name that is not the subject's.

    Parameters
    ----------
    named, key
        What the text's own structure or header lines say.
    subject
        Whose the text is said to be, with identifiers from elsewhere.
    index
        What the vault remembers of the subject.
    """
    numbers = {_core(k.value) for k in subject.known if k.category is Category.ID and k.role is Role.PATIENT}
    if key is not None and not is_placeholder(key.patient_id):
        strange = numbers and _core(key.patient_id) not in numbers
        if strange and not (index is not None and index.search(key.patient_id)):
            return (Alert("wrong-patient", "patient id"),)
    names = [k.value for k in named if k.category is Category.NAME and k.role is Role.PATIENT]
    if names and not any(_is_named(name, subject, index) for name in names):
        return (Alert("wrong-patient", "name"),)
    return ()


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
