"""Files of reports outside an export: each unit cleaned in its own format, as a run does, and nothing written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deid.attestation import sha256_hex
from deid.errors import DeidError, InputError, VaultError
from deid.model import Alert, CleanReport, Known, Subject, SubjectKey
from deid.pipeline.own import handed_over, recognised
from deid.pipeline.passages import Patient
from deid.pipeline.whose import contradictions, key_of, once, words_of

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier
    from deid.pipeline.work import Document
    from deid.sources import ReportUnit

__all__ = ["CleanFile", "clean_file"]


@dataclass(frozen=True, slots=True, repr=False)
class CleanFile:
    """What a file of reports became.

    Attributes
    ----------
    reports
        One per unit that came through: the text of the cleaned document with its attestation.
    failed
        Position and error of each unit that did not.
    text
        The units that came through as one document of the file's format; the words alone where that is binary.
    """

    reports: tuple[CleanReport, ...]
    failed: tuple[tuple[int, DeidError], ...]
    text: str

    def __repr__(self) -> str:
        return f"CleanFile({len(self.reports)} clean, {len(self.failed)} failed)"


def clean_file(owner: Deidentifier, data: bytes, *, subject: str = "") -> CleanFile:
    """Clean every report of a file's content.

    Parameters
    ----------
    subject
        Code of the subject whose all of it is; otherwise the structure or the header lines say whose a unit is.

    Raises
    ------
    InputError
        If the file as a whole cannot be read; the code of its reader. ``source-binary`` for a table in Parquet, which
        is neither text nor a document with words.
    VaultError
        ``code-unknown``.
    """
    from deid.sources import assemble, kind_of_bytes, printable_text, read_report_bytes

    kind = kind_of_bytes(data)
    if kind == "parquet":
        raise InputError("source-binary", "a table in Parquet cannot be printed", hint="clean it with `deid run`")
    (own,) = recognised([data], owner.vault)
    if own and own == (subject or own):
        shown = printable_text(kind, data)
        return CleanFile((replace(owner.attested(shown, own), alerts=(Alert("own-output"),)),), (), shown)
    settings = owner.recipe.text
    units = read_report_bytes(data, kind, mapping=owner.recipe.sources.columns, language=settings.language)
    known: dict[SubjectKey | None, dict[Known, None]] = {}
    for unit in units:
        known.setdefault(unit.key, {}).update(dict.fromkeys(unit.known))
    failed: list[tuple[int, DeidError]] = []
    clean: list[tuple[Document, CleanReport]] = []
    for unit in units:
        try:
            key = key_of(unit.key, content=f"{sha256_hex(data)}#{unit.index}", policy=owner.policy)
            patient, alerts = _patient(owner, unit, Subject(key, tuple(known[unit.key]), unit.sex), subject)
            document = owner.worker.document(unit, patient)
        except VaultError:
            raise
        except DeidError as error:
            failed.append((unit.index, error))
            continue
        owner.vault.remember(patient.surrogates.code, document.links)
        shown = printable_text(document.form, document.content)
        report = owner.attested(shown, patient.surrogates.code, counts=document.counts)
        clean.append((document, replace(report, alerts=once((*alerts, *document.alerts)))))
    if not clean:
        return CleanFile((), tuple(failed), "")
    first, code = clean[0][0], clean[0][1].subject
    text = printable_text(first.form, assemble(first.form, [document.content for document, _ in clean]))
    owner.vault.remember(code, handed_over(text, code, first.links))
    return CleanFile(tuple(report for _, report in clean), tuple(failed), text)


def _patient(owner: Deidentifier, unit: ReportUnit, subject: Subject, code: str) -> tuple[Patient, tuple[Alert, ...]]:
    """Whose a unit is, by the caller's word or its own, and what contradicts the caller."""
    alerts = tuple(Alert(alert) for alert in unit.alerts)
    if code:
        surrogates = owner.vault.surrogates(code)
    else:
        surrogates = owner.vault.subject(subject.key, sex=subject.sex, avoid=words_of(subject.known))
    index = owner.vault.known_index(surrogates.code)
    if code:
        alerts += contradictions(unit.known, unit.key, Subject(subject.key), index)
    return Patient.of(subject, surrogates, owner.policy, index=index), alerts
