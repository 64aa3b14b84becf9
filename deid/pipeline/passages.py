"""One passage of text on its way from original to clean: the same for an export's report, a single text and a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deid.errors import ResidueError
from deid.model import Alert, Category, Finding, Passage, Role, Subject, splice
from deid.recipe import Policy
from deid.surrogates import Surrogates, fold
from deid.verify import Residue

if TYPE_CHECKING:
    from deid.text import Finder, TextPlan, Verdict
    from deid.vault import KnownIndex

__all__ = ["Patient", "clean_all", "clean_passage", "find_all"]


@dataclass(frozen=True, slots=True, repr=False)
class Patient:
    """Whose a passage is.

    Attributes
    ----------
    surrogates
        What stands in for the subject's identifiers, with the date offset that the recipe wants.
    residue
        Known identifiers that must be gone.
    index
        What the vault remembers of the subject from earlier runs; None where there is nothing to ask.
    """

    subject: Subject
    surrogates: Surrogates
    residue: Residue
    index: KnownIndex | None = None

    def __repr__(self) -> str:
        return f"Patient({self.surrogates.code})"

    @classmethod
    def of(
        cls, subject: Subject, surrogates: Surrogates, policy: Policy, *, index: KnownIndex | None = None
    ) -> Patient:
        """The patient under a recipe: where that keeps dates they are found all the same, and moved by nothing."""
        person = surrogates.person
        residue = Residue(subject.known, (surrogates.code, person.family, person.given))
        if policy.dates == "keep":
            surrogates = replace(surrogates, shift_days=0)
        return cls(subject, surrogates, residue, index if index is not None and index.digests else None)


def find_all(finder: Finder, passages: Sequence[Passage], patients: Sequence[Patient]) -> list[list[Finding]]:
    """What the text engine and the vault's index of known identifiers find, for many passages at once."""
    found = finder.find_many(passages, [patient.subject for patient in patients])
    return [
        _joined(passage.text, findings, patient.index.search(passage.text)) if patient.index is not None else findings
        for passage, findings, patient in zip(passages, found, patients, strict=True)
    ]


def clean_passage(
    passage: Passage, findings: Sequence[Finding], patient: Patient, policy: Policy
) -> tuple[str, TextPlan]:
    """One of :func:`clean_all`.

    Raises
    ------
    ResidueError
        ``residue-report``, ``second-look`` or ``review``.
    """
    (done,) = clean_all([passage], [findings], [patient], policy)
    if isinstance(done, ResidueError):
        raise done
    return done


def clean_all(
    passages: Sequence[Passage], found: Sequence[Sequence[Finding]], patients: Sequence[Patient], policy: Policy
) -> list[tuple[str, TextPlan] | ResidueError]:
    """Replace what was found and look again: each new text and the plan that made it, or why it is held back.

    Returns
    -------
    list
        An error has code ``residue-report`` for a known identifier, ``second-look`` for what another detector finds,
        ``review`` for what a person should decide.
    """
    from deid.text import plan_text, second_looks  # header-only work loads no engine

    settings = policy.recipe.text
    plans = [
        plan_text(passage, findings, patient.surrogates, settings, patient.subject)
        for passage, findings, patient in zip(passages, found, patients, strict=True)
    ]
    plans = [
        replace(plan, alerts=(*plan.alerts, *_strangers(passage, findings, patient)))
        for plan, passage, findings, patient in zip(plans, passages, found, patients, strict=True)
    ]
    texts = [splice(passage.text, plan.edits) for passage, plan in zip(passages, plans, strict=True)]
    verdicts = second_looks(
        texts,
        [plan.inserted for plan in plans],
        settings,
        [patient.subject for patient in patients],
        languages=[passage.language for passage in passages],
    )
    judged = zip(texts, plans, patients, verdicts, strict=True)
    return [_held_back(text, patient, verdict) or (text, plan) for text, plan, patient, verdict in judged]


def _strangers(passage: Passage, findings: Sequence[Finding], patient: Patient) -> tuple[Alert, ...]:
    from deid.text.strangers import nothing, strangers  # header-only work loads no engine

    remembered = patient.index.search if patient.index is not None else nothing
    return strangers(passage, findings, patient.subject, remembered)


def _held_back(text: str, patient: Patient, verdict: Verdict) -> ResidueError | None:
    if patient.residue.in_text(text):
        return ResidueError("residue-report", "a known identifier stands in the cleaned text")
    if verdict.status == "PASS":
        return None
    seen = [
        {"start": f.start, "end": f.end, "category": f.category, "score": f.score, "rule": f.rule}
        for f in verdict.findings
    ]
    code = "second-look" if verdict.status == "FAIL" else "review"
    return ResidueError(code, f"{len(seen)} findings of the second look", material={"text": text, "findings": seen})


def _joined(text: str, findings: list[Finding], more: list[Finding]) -> list[Finding]:
    """Both, sorted; of ``more`` what overlaps nothing and is no word of the language, which digests cannot tell.

    What overlaps says whose name a finding is, so that the patient's gets the patient's surrogate.
    """
    own = [m for m in more if m.role is Role.PATIENT]
    ids = [m for m in more if m.rule == "known-index:patient-id"]  # more exact than what a pattern says of them
    findings = [f for f in findings if not any(m.start <= f.start and f.end <= m.end for m in ids)]
    findings = [
        replace(f, role=Role.PATIENT)
        if f.category is Category.NAME and any(m.start < f.end and f.start < m.end for m in own)
        else f
        for f in findings
    ]
    taken = [(f.start, f.end) for f in findings]
    fresh = [m for m in more if not any(m.start < end and start < m.end for start, end in taken)]
    fresh = [m for m in fresh if m.category is not Category.NAME or not _is_ordinary(text[m.start : m.end])]
    return sorted([*findings, *fresh], key=lambda f: f.start)


def _is_ordinary(word: str) -> bool:
    from deid.text.lexicon import is_report_word, is_word  # header-only work loads no engine

    return is_word(fold(word)) or (word.islower() and is_report_word(fold(word)))
