"""Mappings in and out: CSV as other tools have it, and a sealed file for one recipient.

The CSV form is that of the MIDI-B validator: ``id_old,id_new``, one file for Patient IDs and one for UIDs.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.surrogates import Surrogates
from deid.vault.domain import Domain, RevealKey
from deid.vault.grants import Grant
from deid.vault.keys import decode_secret, encode_secret
from deid.vault.rows import SUBJECT, key_index, keyed_bytes, open_rows
from deid.vault.sealing import draw_surrogates
from deid.vault.vault import Vault
from deid.vault.wire import hpke_open, hpke_seal, pack, unpack

__all__ = [
    "KeyedSubjects",
    "export_csv",
    "export_sealed",
    "import_csv",
    "import_uids",
    "open_export",
    "public_bytes",
    "public_text",
]

HEADER: Final = ("id_old", "id_new")
MAX_CELL: Final = 1024
_RELEASE: Final = "deid-release/1"


def export_csv(  # noqa: PLR0913 - the fields of a form, all of them named
    vault: Vault,
    *,
    patients: str | os.PathLike[str] | None,
    uids: str | os.PathLike[str] | None,
    who: str,
    reason: str,
    codes: Sequence[str] = (),
    grant: Grant | None = None,
    totp: str = "",
) -> int:
    """Write originals and surrogates into new CSV files of mode 0600; on record like a reveal.

    Parameters
    ----------
    codes
        The cohort; empty for the whole domain.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    VaultError
        ``export-exists`` and those of :meth:`~deid.vault.Vault.reveal`.
    """
    found = _export(vault, codes, who=who, reason=reason, grant=grant, totp=totp)
    count = 0
    for path, kind in ((patients, "patient-id"), (uids, "uid")):
        if path is not None:
            rows = sorted(
                {(link.original, link.surrogate) for _, links in found for link in links if link.kind == kind}
            )
            _write_new(Path(path), _csv_text(rows))
            count += len(rows)
    return count


def export_sealed(  # noqa: PLR0913 - the fields of a form, all of them named
    vault: Vault,
    path: str | os.PathLike[str],
    recipient: bytes,
    *,
    codes: Sequence[str],
    who: str,
    reason: str,
    grant: Grant | None = None,
    totp: str = "",
) -> int:
    """Write one cohort's links into a new file that only the recipient opens (HPKE).

    Parameters
    ----------
    recipient
        Public half of the recipient's key pair (see :func:`public_text`).

    Returns
    -------
    int
        Subjects in the file.
    """
    if not codes:
        raise VaultError("export-cohort", "a release names its subjects")
    found = _export(vault, codes, who=who, reason=reason, grant=grant, totp=totp)
    body = json.dumps({code: [[link.kind, link.original, link.surrogate] for link in links] for code, links in found})
    purpose = pack(_RELEASE, vault.domain.name, who, reason)
    sealed = hpke_seal(recipient, body.encode("utf-8"), purpose)
    _write_new(Path(path), pack(_RELEASE, purpose, sealed))
    return len(found)


def open_export(path: str | os.PathLike[str], key: RevealKey) -> dict[str, list[Link]]:
    """Links by code from a file of :func:`export_sealed`, with the recipient's private key.

    Raises
    ------
    VaultError
        ``export-malformed``, ``vault-reveal-key``.
    """
    try:
        label, purpose, sealed = unpack(Path(path).read_bytes(), 3)
    except (OSError, VaultError):
        raise VaultError("export-malformed", "this is not a sealed export") from None
    if label != _RELEASE.encode():
        raise VaultError("export-malformed", "this is not a sealed export")
    raw = json.loads(hpke_open(key.secret, sealed, purpose))
    return {code: [Link(*fields) for fields in links] for code, links in raw.items()}


def public_text(public: bytes) -> str:
    """Public half of a key pair as text, to be sent to whoever seals for its holder."""
    return encode_secret("deid-public-1", public)


def public_bytes(text: str) -> bytes:
    """Undo :func:`public_text`."""
    return decode_secret("deid-public-1", text)


def import_csv(vault: Vault, path: str | os.PathLike[str], *, who: str, issuer: str = "") -> int:
    """Take over codes that a trial, a trusted third party or an earlier tool gave to Patient IDs.

    All or nothing is not promised: an import that stops is called again; rows already there are left alone.

    Returns
    -------
    int
        Patients of the file.

    Raises
    ------
    VaultError
        ``import-malformed`` (with the line number), ``code-malformed``, ``code-taken``, ``subject-exists``,
        ``subject-placeholder``.
    """
    rows = _read_csv(Path(path))
    with vault.acting() as act:
        vault.admit(act, "import", who=who)
        act.record("import", who=who, detail={"rows": len(rows)})
    vault.assign_many([(SubjectKey(old, issuer), new) for old, new in rows])
    return len(rows)


def import_uids(vault: Vault, path: str | os.PathLike[str], code: str, *, who: str) -> int:
    """Remember UIDs that an earlier tool replaced, under one subject: for the way back only.

    New UIDs go on being derived from the domain's seed.

    Returns
    -------
    int
        Links that were new.
    """
    rows = _read_csv(Path(path))
    with vault.acting() as act:
        vault.admit(act, "import", who=who)
        act.record("import-uids", who=who, code=code, detail={"rows": len(rows)})
    return vault.remember(code, [Link("uid", old, new) for old, new in rows])


@dataclass(frozen=True, slots=True, repr=False)
class KeyedSubjects:
    """Surrogates without a store, for workers of a ``keyed`` domain that share nothing but keys.

    What is drawn equals what the vault of the domain gives for the same patient. Since the code is derived from the
    Patient ID, HIPAA 164.514(c) is not met: see ``docs/vault.md``.
    """

    domain: Domain

    def __repr__(self) -> str:
        return "KeyedSubjects(…)"

    @classmethod
    def of(cls, vault: Vault) -> KeyedSubjects:
        """Those of an open vault.

        Raises
        ------
        VaultError
            ``policy-pseudonyms`` if the domain draws at random.
        """
        if vault.policy.pseudonyms != "keyed":
            raise VaultError("policy-pseudonyms", "this domain draws its pseudonyms at random")
        return cls(vault.domain)

    def subject(self, key: SubjectKey, *, sex: str = "", avoid: Iterable[str] = frozenset()) -> Surrogates:
        """Surrogates of one patient."""
        source: Callable[[int], bytes] = keyed_bytes(self.domain.root, key_index(self.domain, key))
        return draw_surrogates(self.domain, source, code=None, sex=sex, avoid=frozenset(avoid))


def _export(
    vault: Vault, codes: Sequence[str], *, who: str, reason: str, grant: Grant | None, totp: str
) -> list[tuple[str, list[Link]]]:
    """Links by code, opened after the act is on record."""
    if not reason.strip() or not who.strip():
        raise VaultError("reveal-reason", "an export needs a reason and a name")
    private = vault.private_key()
    with vault.refusals("export", who=who, reason=reason), vault.acting() as act:
        wanted = list(codes) or [row[SUBJECT.at("code")] for row in vault.store.scan(SUBJECT, vault.domain.number)]
        sealed = [vault.sealed_rows(code) for code in wanted]
        leave = vault.admit(act, "export", who=who, codes=wanted, grant=grant, totp=totp)
        act.record("export", who=who, reason=reason, detail={"subjects": len(wanted), "cohort": list(codes)[:1000]})
    kinds = leave.kinds if leave else ()
    opened = ((code, open_rows(vault.domain, private, rows)) for code, rows in zip(wanted, sealed, strict=True))
    return [(code, [link for link in links if not kinds or link.kind in kinds]) for code, links in opened]


def _csv_text(rows: Iterable[tuple[str, str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def _write_new(path: Path, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        raise VaultError("export-exists", "the export needs a new file in a folder that can be written") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read_csv(path: Path) -> list[tuple[str, str]]:
    """Pairs of a CSV with the header ``id_old,id_new``; no line of it is ever quoted."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, ValueError, csv.Error):
        raise VaultError("import-malformed", "the file cannot be read as CSV in UTF-8") from None
    if not lines or tuple(cell.strip() for cell in lines[0]) != HEADER:
        raise VaultError("import-malformed", f"the first line is {','.join(HEADER)}")
    rows: dict[str, str] = {}
    for number, cells in enumerate(lines[1:], 2):
        if not cells:
            continue
        if len(cells) != 2 or not all(cell.strip() and len(cell) <= MAX_CELL for cell in cells):
            raise VaultError("import-malformed", f"line {number} does not have two values")
        old, new = cells[0].strip(), cells[1].strip()
        if rows.setdefault(old, new) != new:
            raise VaultError("import-malformed", f"line {number} gives a second value to one that has one")
    if len(set(rows.values())) != len(rows):
        raise VaultError("import-malformed", "two values are mapped to one")
    return list(rows.items())
