"""Two files for two shelves: data without keys, keys without data; and the way back.

The data file may be kept for years: without the keys file of the same vault it opens for nobody. The keys file is
small, is written again at every backup, and is the one to destroy. A subject that was erased after the data file was
written is gone all the same, because its data key is not in the keys file any more; older pairs are put right by the
log of erasures.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deid.errors import VaultError
from deid.vault.act import Ledger, act_within, check_audit_row, check_row, read_ledger, write_ledger
from deid.vault.domain import Domain
from deid.vault.grants import permit
from deid.vault.keys import Key
from deid.vault.lifecycle import ErasureLog
from deid.vault.opening import open_store
from deid.vault.rows import DEK, ERASED, KEY, LINK, SUBJECT, TOKEN
from deid.vault.store import AUDIT, DOMAIN, EVERY, LEDGER, TABLES, SqliteStore, Store, Table
from deid.vault.vault import Vault

__all__ = ["Restored", "backup", "copy_rows", "domain_names", "migrate", "restore"]

KEY_TABLES: Final = (DOMAIN, SUBJECT, DEK, ERASED, LEDGER)
DATA_TABLES: Final = tuple(table for table in EVERY if table not in KEY_TABLES)
ROWS_PER_COPY: Final = 2000


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    Attributes
    ----------
    rows
        Rows restored.
    orphans
        Rows of the data file whose subject or data key was not in the keys file: erased or younger.
    erased
        Subjects that the log of erasures took away again.
    """

    rows: int
    orphans: int
    erased: int


def backup(vault: Vault, data: str | os.PathLike[str], keys: str | os.PathLike[str], *, who: str) -> int:
    """Write every domain of a vault into two new files of mode 0600, as of one moment.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    VaultError
        ``vault-exists``, ``vault-parent-open``, ``role-missing``.
    """
    with vault.acting() as act:
        vault.admit(act, "backup", who=who)
        act.record("backup", who=who)
    count = 0
    with vault.store.write():
        for path, tables in ((Path(data), DATA_TABLES), (Path(keys), KEY_TABLES)):
            with _new_store(path) as target, target.write():
                count += copy_rows(vault.store, target, tables)
    return count


def migrate(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> int:
    """Copy a vault, every row as it is, into an empty store of either kind.

    Returns
    -------
    int
        Rows copied. Verify the target before the source is destroyed.

    Raises
    ------
    VaultError
        ``vault-exists``.
    """
    with closing(open_store(source)) as old, old.write(), _new_store(target) as new, new.write():
        return copy_rows(old, new, EVERY)


def restore(
    data: str | os.PathLike[str],
    keys: str | os.PathLike[str],
    target: str | os.PathLike[str],
    key: Key,
    *,
    who: str,
    erasures: ErasureLog | None = None,
) -> Restored:
    """Make a vault from the two files of :func:`backup`; they need not be of the same day.

    Every row is authenticated. Rows without subject or data key are left out, erasures since then are done again,
    the ledger is counted anew, and the restoration goes on record in each domain.

    Raises
    ------
    VaultError
        ``vault-exists``, ``key-wrong``, ``vault-damaged``, ``audit-broken``, ``role-missing``.
    """
    with _new_store(target) as store, store.write():
        for path, tables in ((keys, KEY_TABLES), (data, DATA_TABLES)):
            with closing(open_store(path, older=True)) as source:  # the ledger is counted anew below
                copy_rows(source, store, tables)
        results = [_settle(store, Domain.load(row, key), who, erasures) for row in list(store.scan(DOMAIN))]
    return Restored(*(sum(column) for column in zip(*results, strict=True)))


def domain_names(place: str | os.PathLike[str]) -> list[str]:
    """Names of the domains of a vault."""
    with closing(open_store(place)) as store:
        return [row[DOMAIN.at("name")] for row in store.scan(DOMAIN)]


@contextmanager
def _new_store(place: str | os.PathLike[str]) -> Iterator[Store]:
    """A store that was not there before; a failure takes its files away again."""
    store = open_store(place, create=True)
    try:
        yield store
        store.checkpoint()
    except BaseException:
        store.close()
        for path in store.files() if isinstance(store, SqliteStore) else ():
            path.unlink()
        raise
    store.close()


def copy_rows(source: Store, target: Store, tables: Sequence[Table]) -> int:
    """Copy rows as they are, inside a write of the target; gives their number."""
    count = 0
    for table in tables:
        rows = source.scan(table)
        while batch := list(itertools.islice(rows, ROWS_PER_COPY)):
            count += len(target.insert(table, batch))
    return count


def _settle(store: Store, domain: Domain, who: str, erasures: ErasureLog | None) -> tuple[int, int, int]:
    """Authenticate and reconcile one domain: rows kept, orphans dropped, subjects erased again."""
    before = read_ledger(store, domain)
    erased = _erase_again(store, domain, erasures)
    subjects = {row[0] for row in store.scan(SUBJECT, domain.number)}
    deks = {row[0] for row in store.scan(DEK, domain.number)}
    orphans = 0
    for table in (KEY, LINK, TOKEN, DEK):
        lost = [row for row in store.scan(table, domain.number) if not _held(table, row, subjects, deks)]
        store.delete(table, lost)
        orphans += len(lost)
    ledger = Ledger(epoch=before.epoch, restored=int(time.time()))
    for table in TABLES:
        for row in store.scan(table, domain.number):
            ledger.count(table, check_row(domain, table, row), 1)
    for row in store.scan(AUDIT, domain.number):
        ledger.audit_seq, ledger.audit_mac = check_audit_row(domain, row, ledger.audit_seq, ledger.audit_mac)
    if ledger.audit_seq < 1:
        raise VaultError("audit-broken", "the data file has no audit chain")
    write_ledger(store, domain, ledger)
    with act_within(store, domain) as act:
        permit(store, domain, who, "restore", act.ledger)
        act.insert(ERASED, [(code, domain.number, 0) for code in erased])
        detail = {"orphans": orphans, "erased": len(erased)}
        act.record("restore", who=who, detail=detail)
    return sum(ledger.counts.values()), orphans, len(erased)


def _held(table: Table, row: tuple[object, ...], subjects: set[int], deks: set[int]) -> bool:
    """Whether what a row points to is there."""
    held = row[table.at("subject")] in subjects
    if table is KEY:
        held = held and row[table.at("home")] in subjects
    return held and (table not in (KEY, LINK) or row[table.at("dek")] in deks)


def _erase_again(store: Store, domain: Domain, erasures: ErasureLog | None) -> list[str]:
    codes = erasures.codes(domain) if erasures else []
    rows = store.fetch(SUBJECT, domain.number, "code", codes)
    numbers = [row[0] for row in rows]
    store.delete(DEK, store.fetch(DEK, domain.number, "subject", numbers))
    store.delete(SUBJECT, rows)
    known = {row[0] for row in store.fetch(ERASED, domain.number, "code", codes)}
    return [code for code in dict.fromkeys(codes) if code not in known]
