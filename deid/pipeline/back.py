"""The way back for results, through the vault and its audit."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deid.dicom import peek, read_instance
from deid.dicom.reidentify import (
    Reidentified,
    reidentify_instance,
    reidentify_json,
    reidentify_table,
    reidentify_text,
    table_dialect,
)
from deid.errors import DeidError, InputError, VaultError
from deid.model import Link
from deid.sources import Source, decode_text, discover
from deid.vault import Vault

__all__ = ["Back", "reidentify_files"]


TABLES = frozenset((".csv", ".tsv"))
JSON = frozenset((".json", ".jsonl", ".ndjson"))
TEXTS = frozenset((".txt", ".md"))
BLANK = re.compile(r"[^\w.-]")
WORD = re.compile(r"\w(?:[\w.-]*\w)?")


@dataclass(slots=True)
class Back:
    """Counts of what went back; ``codes`` says why files did not."""

    files: int = 0
    restored: int = 0
    ambiguous: int = 0
    failed: int = 0
    codes: Counter[str] = field(default_factory=Counter)


def reidentify_files(source: Path, output: Path, vault: Vault, *, reason: str, who: str, subject: str = "") -> Back:
    """Give instances, tables and texts their original identifiers and UIDs; every subject's reveal is on record.

    Parameters
    ----------
    source
        A file or a folder: instances, tables (CSV, TSV), JSON and JSON Lines, texts.
    output
        Made with mode 0700: what lies there names patients.
    subject
        Code of the patient whose all of it is; otherwise each file has to name its subjects.

    Raises
    ------
    VaultError
        As :meth:`deid.vault.Vault.reveal`.
    InputError
        ``input-empty``. If the source is one file: ``result-unknown`` if it names no subject of this vault or is
        nothing of these, ``result-unreadable`` if it is not what its name says.
    """
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    revealed: dict[str, list[Link]] = {}
    counts = Back()
    for number, found in enumerate(discover(source.resolve()), start=1):
        try:
            result = _one(found, vault, revealed, subject=subject, reason=reason, who=who)
        except InputError as error:
            if not source.is_dir():
                raise
            counts.failed += 1
            counts.codes[error.code] += 1
            continue
        _write(output / f"{number:06d}{found.path.suffix}", result.data)
        counts.files += 1
        counts.restored += result.restored
        counts.ambiguous += result.ambiguous
    if not counts.files and not counts.failed:
        raise InputError("input-empty", "there is no file below the folder of results")
    return counts


def _one(
    source: Source, vault: Vault, revealed: dict[str, list[Link]], *, subject: str, reason: str, who: str
) -> Reidentified:
    if source.kind == "irregular":
        raise InputError("input-irregular", "a link, a pipe or a device: what it leads to was not given to us")
    path, suffix = source.path, source.path.suffix.lower()
    if suffix not in TABLES | JSON | TEXTS:
        if not peek(path).is_dicom:
            raise InputError("result-unknown", "neither an instance nor a table, JSON or text")
        instance = read_instance(path)
        code = instance.text(0x00100020)
        links = _links(vault, code, revealed, reason=reason, who=who)
        return reidentify_instance(instance, links, shift_days=vault.surrogates(code).shift_days)
    text, _ = decode_text(path.read_bytes())
    codes = {subject} if subject else set(_codes(text, vault))
    if suffix in TABLES:
        codes |= set() if subject else set(_codes_of_cells(text, vault))
    if not codes:
        raise InputError(
            "result-unknown", "the result names no subject of this vault", hint="--subject CODE says whose it is"
        )
    links = [link for code in sorted(codes) for link in _links(vault, code, revealed, reason=reason, who=who)]
    try:
        return (reidentify_table if suffix in TABLES else reidentify_json if suffix in JSON else reidentify_text)(
            text, links
        )
    except (ValueError, csv.Error, RecursionError):
        raise InputError("result-unreadable", "the result is not what its name says") from None


def _codes(text: str, vault: Vault) -> Iterator[str]:
    """Codes of subjects that stand in a text."""
    return _known({match[0] for match in WORD.finditer(text)}, vault)


def _codes_of_cells(text: str, vault: Vault) -> Iterator[str]:
    """Codes that are whole cells: those that came from elsewhere may hold blanks."""
    try:
        rows = list(csv.reader(io.StringIO(text), table_dialect(text)))
    except csv.Error:
        raise InputError("result-unreadable", "the result is not what its name says") from None
    return _known({cell.strip() for row in rows for cell in row if BLANK.search(cell.strip())}, vault)


def _known(words: Iterable[str], vault: Vault) -> Iterator[str]:
    for word in words:
        try:
            vault.surrogates(word)
        except DeidError:
            continue
        yield word


def _links(vault: Vault, code: str, revealed: dict[str, list[Link]], *, reason: str, who: str) -> list[Link]:
    if code not in revealed:
        try:
            vault.surrogates(code)
        except VaultError:
            raise InputError("result-unknown", "the result names no subject of this vault") from None
        revealed[code] = vault.reveal(code, reason=reason, who=who)
    return revealed[code]


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
