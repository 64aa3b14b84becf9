"""The way back for results, through the vault and its audit."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deid.dicom import peek, read_instance
from deid.dicom.reidentify import Reidentified, reidentify_instance, reidentify_table
from deid.errors import DeidError, InputError, VaultError
from deid.model import Link
from deid.vault import Vault

__all__ = ["Back", "reidentify_files"]


@dataclass(slots=True)
class Back:
    """Counts of what went back."""

    files: int = 0
    restored: int = 0
    ambiguous: int = 0
    failed: int = 0


def reidentify_files(source: Path, output: Path, vault: Vault, *, reason: str, who: str) -> Back:
    """Give instances and CSV tables their original identifiers and UIDs; every subject's reveal is on record.

    Parameters
    ----------
    source
        A file or a folder.
    output
        Made with mode 0700: what lies there names patients.

    Raises
    ------
    VaultError
        As :meth:`deid.vault.Vault.reveal`.
    InputError
        ``result-unknown`` if the source is one file and names no subject of this vault.
    """
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    revealed: dict[str, list[Link]] = {}
    counts = Back()
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    for number, path in enumerate(files, start=1):
        try:
            result = _one(path, vault, revealed, reason=reason, who=who)
        except InputError:
            if source.is_file():
                raise
            counts.failed += 1
            continue
        _write(output / f"{number:06d}{path.suffix}", result.data)
        counts.files += 1
        counts.restored += result.restored
        counts.ambiguous += result.ambiguous
    return counts


def _one(path: Path, vault: Vault, revealed: dict[str, list[Link]], *, reason: str, who: str) -> Reidentified:
    if path.suffix.lower() in (".csv", ".tsv"):
        text = path.read_text("utf-8-sig")
        codes = sorted(_codes(text, vault))
        links = [link for code in codes for link in _links(vault, code, revealed, reason=reason, who=who)]
        if not codes:
            raise InputError("result-unknown", "the table names no subject of this vault")
        return reidentify_table(text, links)
    if not peek(path).is_dicom:
        raise InputError("result-unknown", "neither an instance nor a table")
    instance = read_instance(path)
    code = instance.text(0x00100020)
    links = _links(vault, code, revealed, reason=reason, who=who)
    return reidentify_instance(instance, links, shift_days=vault.surrogates(code).shift_days)


def _codes(text: str, vault: Vault) -> Iterator[str]:
    for cell in {cell.strip() for row in csv.reader(io.StringIO(text)) for cell in row}:
        try:
            vault.surrogates(cell)
        except DeidError:
            continue
        yield cell


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
