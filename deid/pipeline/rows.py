"""Reports as rows of JSON Lines: ``{id, text, known}`` in, ``{id, text, spans, subject, status}`` out.

``known`` maps DICOM keywords to values; a key that is no keyword stands for a literal value to find. Spans
are half-open and in characters of the original text. The text of a row that did not pass is withheld.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from deid.attestation import sha256_hex
from deid.errors import DeidError, InputError
from deid.model import Finding, Link, Passage, Subject, SubjectKey, splice
from deid.surrogates import Surrogates, fold
from deid.vault import is_placeholder
from deid.verify import WORD, Residue

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier
    from deid.settings import TextSettings
    from deid.text import Finder

__all__ = ["clean_rows", "read_rows"]

CHUNK = 64  # rows whose prose the model reads in one batch
SINGLE_ISSUER = "deid:single"


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    id: str
    passage: Passage
    subject: Subject


def read_rows(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of JSON Lines.

    Raises
    ------
    InputError
        ``rows-form`` with the number of the line that is not a row.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
            raise InputError("rows-form", f"line {number} is not a row with id and text")
        yield row


def clean_rows(owner: Deidentifier, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Clean rows in batches, each with the surrogates of its patient; links are durable before a row comes out.

    Yields
    ------
    dict
        ``id``; ``text`` (None unless clean); ``spans`` of the original: start, end, category, score, rule;
        ``subject``: surrogate code; ``status``: ``clean``, ``review`` or ``quarantined``; ``code`` why.
    """
    from deid.text import Finder  # noqa: PLC0415

    settings = owner.recipe.text
    finder = Finder(settings, language=settings.language)
    listed = iter(rows)
    while chunk := [_row(row, settings) for row in islice(listed, CHUNK)]:
        drawn = owner.vault.subjects([(r.subject.key, r.subject.sex, _words(r.subject)) for r in chunk])
        if owner.policy.dates == "keep":
            drawn = [replace(surrogates, shift_days=0) for surrogates in drawn]
        yield from _clean_chunk(owner, finder, chunk, drawn)


def _clean_chunk(
    owner: Deidentifier, finder: Finder, chunk: Sequence[_Row], drawn: Sequence[Surrogates]
) -> list[dict[str, Any]]:
    found = finder.find_many([r.passage for r in chunk], [r.subject for r in chunk])
    cleaned, links = [], []
    for row, surrogates, findings in zip(chunk, drawn, found, strict=True):
        result, more = _clean(row, findings, surrogates, owner.recipe.text)
        cleaned.append(result)
        links.append((surrogates.code, more))
    owner.vault.remember_many(links)
    return cleaned


def _clean(
    row: _Row, findings: list[Finding], surrogates: Surrogates, settings: TextSettings
) -> tuple[dict[str, Any], Sequence[Link]]:
    from deid.text import plan_text, second_look  # noqa: PLC0415

    spans = [
        {"start": f.start, "end": f.end, "category": str(f.category), "score": round(f.score, 3), "rule": f.rule}
        for f in findings
    ]
    result = {"id": row.id, "text": None, "spans": spans, "subject": surrogates.code, "status": "quarantined"}
    try:
        plan = plan_text(row.passage, findings, surrogates, settings, row.subject)
        text = splice(row.passage.text, plan.edits)
        verdict = second_look(text, plan.inserted, settings, row.subject, language=row.passage.language)
        residue = Residue(row.subject.known, (surrogates.code, surrogates.person.family, surrogates.person.given))
    except DeidError as error:
        return {**result, "code": error.code}, ()
    if residue.in_text(text):
        return {**result, "code": "residue-report"}, ()
    if verdict.status == "FAIL":
        return {**result, "code": "second-look"}, ()
    if verdict.status == "REVIEW":
        return {**result, "status": "review", "code": "review"}, ()
    return {**result, "text": text, "status": "clean"}, plan.links


def _row(row: Mapping[str, Any], settings: TextSettings) -> _Row:
    from deid.text.subject import subject_from  # noqa: PLC0415

    known = row.get("known") or {}
    if not isinstance(known, dict):
        raise InputError("rows-form", "known is not a mapping of keywords to values")
    subject = subject_from(known, issuer=str(known.get("IssuerOfPatientID", "")))
    if is_placeholder(subject.key.patient_id):
        subject = Subject(
            SubjectKey(sha256_hex(f"{row['id']}\0{row['text']}"), SINGLE_ISSUER), subject.known, subject.sex
        )
    passage = Passage(row["text"], "report", str(row.get("language", settings.language)))
    return _Row(str(row["id"]), passage, subject)


def _words(subject: Subject) -> frozenset[str]:
    return frozenset(word for item in subject.known for word in WORD.findall(fold(item.value)))
