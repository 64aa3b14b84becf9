"""One write to the vault: rows with their MACs, the ledger that counts them, and the audit row.

The ledger of a domain holds, sealed, the number of rows of each table and a keyed sum over them. It
changes in the transaction that changes the rows, so a row that was altered, swapped, added or taken
away behind the vault's back no longer adds up. Its epoch counts transactions: an anchored copy
elsewhere shows a rollback.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from deid.errors import VaultError
from deid.vault.domain import Domain
from deid.vault.store import AUDIT, DOMAIN, LEDGER, Row, Store, Table
from deid.vault.wire import FORMAT, open_box, pack, seal_box

__all__ = [
    "Act",
    "AuditRow",
    "Ledger",
    "act_within",
    "acting",
    "check_audit_row",
    "check_row",
    "read_audit",
    "read_ledger",
    "row_digest",
    "settled_rows",
    "stored_domain",
    "write_ledger",
]

_SUM_MODULUS = 1 << 128
TRIES: Final = 3  # a writer between two questions looks like damage, but not again and again


@dataclass(slots=True)
class Ledger:
    """Epoch, counts and sums by table, and the head of the audit chain."""

    epoch: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    audit_seq: int = 0
    audit_mac: bytes = b""
    restored: int = 0
    """When the domain came back from a backup; a grant from before that is void."""

    def dump(self) -> bytes:
        """Canonical JSON."""
        body = {
            "epoch": self.epoch,
            "counts": self.counts,
            "sums": {name: f"{value:032x}" for name, value in self.sums.items()},
            "audit": [self.audit_seq, self.audit_mac.hex()],
            "restored": self.restored,
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Ledger:
        """Undo :meth:`dump`."""
        raw = json.loads(data)
        sums = {name: int(value, 16) for name, value in raw["sums"].items()}
        seq, link = raw["audit"]
        return cls(raw["epoch"], raw["counts"], sums, seq, bytes.fromhex(link), raw.get("restored", 0))

    def count(self, table: Table, digest: bytes, sign: int) -> None:
        """Take one row in (+1) or out (-1)."""
        name = table.name
        self.counts[name] = self.counts.get(name, 0) + sign
        self.sums[name] = (self.sums.get(name, 0) + sign * int.from_bytes(digest[16:], "big")) % _SUM_MODULUS

    def of(self, table: Table) -> tuple[int, int]:
        """Count and sum of a table."""
        return self.counts.get(table.name, 0), self.sums.get(table.name, 0)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act on record. Holds no original value; ``reason`` is what a person wrote."""

    seq: int
    at: int
    act: str
    who: str
    reason: str
    code: str
    detail: dict[str, Any]


class Act:
    """What a transaction may do; made by :func:`acting`."""

    def __init__(self, store: Store, domain: Domain, ledger: Ledger) -> None:
        self._store = store
        self._domain = domain
        self.ledger = ledger

    def insert(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        """Insert rows (without ``mac``) whose key is new; gives back the keys that were."""
        if not rows:
            return []
        digests = [row_digest(self._domain, table, row) for row in rows]
        fresh = self._store.insert(table, [(*row, d[:16]) for row, d in zip(rows, digests, strict=True)])
        if len(fresh) == len(rows):
            for digest in digests:
                self.ledger.count(table, digest, 1)
            return fresh
        waiting = {tuple(key) for key in fresh}
        for row, digest in zip(rows, digests, strict=True):
            key = table.key_of(row)
            if key in waiting:
                waiting.remove(key)
                self.ledger.count(table, digest, 1)
        return fresh

    def change(self, table: Table, before: Row | None, after: Row) -> None:
        """Put ``after`` (without ``mac``) in the place of ``before`` (a full row, or nothing)."""
        if before is not None:
            self.ledger.count(table, check_row(self._domain, table, before), -1)
        digest = row_digest(self._domain, table, after)
        self._store.replace(table, [(*after, digest[:16])])
        self.ledger.count(table, digest, 1)

    def delete(self, table: Table, rows: Sequence[Row]) -> None:
        """Delete full rows as they were read."""
        for row in rows:
            self.ledger.count(table, check_row(self._domain, table, row), -1)
        self._store.delete(table, rows)

    def record(
        self, act: str, *, who: str, reason: str = "", code: str = "", detail: dict[str, Any] | None = None
    ) -> AuditRow:
        """Add a row to the audit chain, in this transaction."""
        row = AuditRow(self.ledger.audit_seq + 1, int(time.time()), act, who, reason, code, detail or {})
        body = json.dumps([act, who, reason, code, row.detail], separators=(",", ":"), ensure_ascii=False).encode()
        domain = self._domain
        sealed = seal_box(domain.seal_key, body, pack(FORMAT, "audit", domain.uuid, row.seq, row.at))
        link = domain.audit_mac(pack("audit", domain.uuid, row.seq, row.at, sealed, self.ledger.audit_mac))
        if not self._store.insert(AUDIT, [(domain.number, row.seq, row.at, sealed, link)]):
            raise VaultError("vault-damaged", "the audit chain has a row where the next one goes")
        self.ledger.audit_seq, self.ledger.audit_mac = row.seq, link
        return row


@contextmanager
def acting(store: Store, domain: Domain) -> Iterator[Act]:
    """One transaction: exclusive, durable, counted; an exception leaves nothing behind."""
    with store.write(), act_within(store, domain) as act:
        yield act


@contextmanager
def act_within(store: Store, domain: Domain) -> Iterator[Act]:
    """An act inside a transaction that is open already."""
    ledger = read_ledger(store, domain)
    yield Act(store, domain, ledger)
    ledger.epoch += 1
    write_ledger(store, domain, ledger)


def write_ledger(store: Store, domain: Domain, ledger: Ledger) -> None:
    """Seal and store a ledger."""
    body = seal_box(domain.seal_key, ledger.dump(), pack(FORMAT, "ledger", domain.uuid))
    store.replace(LEDGER, [(domain.number, body)])


def read_ledger(store: Store, domain: Domain) -> Ledger:
    """The ledger of a domain.

    Raises
    ------
    VaultError
        ``vault-damaged`` if it is missing or was changed.
    """
    rows = store.fetch(LEDGER, domain.number, "domain", [domain.number])
    if not rows:
        raise VaultError("vault-damaged", "the ledger of the domain is gone")
    return Ledger.load(open_box(domain.seal_key, rows[0][1], pack(FORMAT, "ledger", domain.uuid)))


def settled_rows(store: Store, domain: Domain, table: Table, ledger: Ledger | None = None) -> list[Row]:
    """Every row of a small table, each as it was written last and none missing.

    Parameters
    ----------
    ledger
        That of the act under way; None reads the stored one.

    Raises
    ------
    VaultError
        ``vault-damaged``.
    """
    for _ in range(TRIES):
        wanted, seen = ledger or read_ledger(store, domain), Ledger()
        rows = list(store.scan(table, domain.number))
        for row in rows:
            seen.count(table, check_row(domain, table, row), 1)
        if seen.of(table) == wanted.of(table):
            return rows
    raise VaultError("vault-damaged", f"rows of {table.name} are not those that the ledger counts")


def stored_domain(store: Store, number: int, load: Callable[[Row], Domain]) -> Domain:
    """The domain as it was written last: an older row of it, put back alone, is refused.

    Raises
    ------
    VaultError
        ``domain-missing``, ``vault-damaged``, and those of ``load``.
    """
    for _ in range(TRIES):
        rows = store.fetch(DOMAIN, number, "id", [number])
        if not rows:
            raise VaultError("domain-missing", "the domain is gone")
        domain, seen = load(rows[0]), Ledger()
        seen.count(DOMAIN, check_row(domain, DOMAIN, rows[0]), 1)
        if seen.of(DOMAIN) == read_ledger(store, domain).of(DOMAIN):
            return domain
    raise VaultError("vault-damaged", "the row of the domain is not the one that was written last")


def row_digest(domain: Domain, table: Table, row: Row) -> bytes:
    """HMAC of a row without its ``mac``: the first half is stored as ``mac``, the other half is summed."""
    return domain.row_mac(table.head + pack(*row))


def check_row(domain: Domain, table: Table, row: Row) -> bytes:
    """Digest of a full row.

    Raises
    ------
    VaultError
        ``vault-damaged`` if its MAC does not fit.
    """
    digest = row_digest(domain, table, row[:-1])
    if digest[:16] != row[-1] or any(not isinstance(row[at], str) for at in table.texts):
        raise VaultError("vault-damaged", f"a row of {table.name} was changed")
    return digest


def read_audit(store: Store, domain: Domain) -> Iterator[AuditRow]:
    """Every audit row in order, the chain checked on the way and its head against the ledger.

    Raises
    ------
    VaultError
        ``audit-broken`` where the chain breaks or ends too early.
    """
    head, seq, previous = read_ledger(store, domain), 0, b""
    for row in store.scan(AUDIT, domain.number):
        seq, previous = check_audit_row(domain, row, seq, previous)
        body = open_box(domain.seal_key, row[3], pack(FORMAT, "audit", domain.uuid, seq, row[2]))
        act, who, reason, code, detail = json.loads(body)
        if seq == head.audit_seq and previous != head.audit_mac:
            raise VaultError("audit-broken", "the audit chain is not the one that the ledger knows")
        yield AuditRow(seq, row[2], act, who, reason, code, detail)
    if seq < head.audit_seq:
        raise VaultError("audit-broken", "the audit chain is shorter than the ledger says")


def check_audit_row(domain: Domain, row: Row, seq: int, previous: bytes) -> tuple[int, bytes]:
    """Check that a row follows the one before it; gives its number and MAC.

    Raises
    ------
    VaultError
        ``audit-broken``.
    """
    _, number, at, sealed, link = row
    if number != seq + 1 or link != domain.audit_mac(pack("audit", domain.uuid, number, at, sealed, previous)):
        raise VaultError("audit-broken", f"the audit chain breaks at row {seq + 1}")
    return number, link
