"""Damage to a store's file: every bit of every page, every row taken away or mixed with another, every state put back.

What is read from a damaged file must be refused, found wrong, or be exactly what was written. Reading goes through
SQLite itself, from a copy in memory; whether the rows that come out are found wrong is judged with the functions of
``deid.vault`` that ``verify`` uses, applied to the rows that differ.
"""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
from deid.vault.act import Ledger, check_audit_row, check_row, read_audit, read_ledger
from deid.vault.anchors import check_anchor
from deid.vault.domain import Domain
from deid.vault.lifecycle import verify
from deid.vault.rows import SUBJECT, open_rows
from deid.vault.store import AUDIT, EVERY, LEDGER, TABLES, Row, Table
from tests.campaign.figures import Figures

HEADER_BYTES = 100
COUNTED = {table.name: table for table in TABLES}


def flipped_bits(key: Key, *, rows: int, share: float = 1.0, seed: int = 3) -> Figures:
    """Flip bits, one at a time.

    Every bit of every value of every row, as the row is checked; and in the file, read by SQLite, one bit of every byte
    of a long value and of free space, all bits of every other byte (headers, pointers, lengths, numbers).
    ``share`` of them for a quick look.
    """
    figures, draw = Figures("bit flips"), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="deid-flips-") as name:
        path = Path(name) / "v" / "links.vault"
        truth = small_store(path, key, rows)
        data = bytearray(path.read_bytes())
        counts = {"found": 0, "refused": 0, "without effect": 0, "changed": 0}
        with Vault.open(path, key) as vault, Page.of(path, vault) as page:
            values = sum(_flip_values(vault, table, share, draw, figures) for table in EVERY)
            places = [place for place in _places(data, page.values(), draw) if share == 1 or draw.random() < share]
            for place in places:
                if place < HEADER_BYTES * 8:  # SQLite reads the header when it opens a file, not from memory
                    counts[_opened(Path(name) / "w" / "links.vault", flipped(data, place), key, truth)] += 1
                else:
                    counts[page.read(data, place)] += 1
        changed = counts.pop("changed")
        figures.numbers = {
            "rows": rows,
            "bits of values": values,
            "bytes of the file": len(data),
            "bits of them": len(places),
            **counts,
            "missed": changed,
        }
        figures.wrong += [f"{changed} flips changed the content unnoticed"] * bool(changed)
    return figures


def _places(data: bytes, values: set[bytes], draw: random.Random) -> Iterator[int]:
    """Bits of a file to flip: one in a byte of a long value or of a run of zeros, all in every other."""
    held = bytearray(len(data))
    for run in re.finditer(rb"\0{16,}", data):
        held[run.start() : run.end()] = b"\1" * (run.end() - run.start())
    for value in values:
        at = data.find(value)
        while at >= 0:
            held[at : at + len(value)] = b"\1" * len(value)
            at = data.find(value, at + 1)
    for at, in_value in enumerate(held):
        yield from (at * 8 + bit for bit in ((draw.randrange(8),) if in_value else range(8)))


def _flip_values(vault: Vault, table: Table, share: float, draw: random.Random, figures: Figures) -> int:
    """Each bit of each value of each row of a table."""
    count = 0
    rows = list(vault.store.scan(table))
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            for other in _with_one_bit_flipped(value):
                if share < 1 and draw.random() >= share:
                    continue
                count += 1
                changed = (*row[:at], other, *row[at + 1 :])
                if not _is_refused(vault.domain, table, changed, [*rows[:number], changed, *rows[number + 1 :]]):
                    figures.wrong.append(f"a flipped bit of {table.name}.{table.columns[at]} was not found")
    return count


def _with_one_bit_flipped(value: Any) -> Iterator[Any]:
    raw = value.to_bytes(8, "big", signed=True) if isinstance(value, int) else value
    raw = raw.encode() if isinstance(raw, str) else raw
    for place in range(len(raw) * 8):
        other = bytes(flipped(bytearray(raw), place))
        if isinstance(value, int):
            yield int.from_bytes(other, "big", signed=True)
        elif isinstance(value, bytes):
            yield other
        else:
            with contextlib.suppress(UnicodeDecodeError):  # SQLite's driver refuses these
                yield other.decode()


def _is_refused(domain: Domain, table: Table, row: Row, rows: list[Row]) -> bool:
    """Whether a row that was changed is found by its own seal."""
    try:
        if table is LEDGER:
            return read_ledger(Held({LEDGER.name: rows}), domain) is None  # type: ignore[arg-type]
        if table is AUDIT:
            read_audit_rows(domain, rows)
            return False
        check_row(domain, table, row)
    except VaultError:
        return True
    return False


def read_audit_rows(domain: Domain, rows: list[Row]) -> None:
    """The chain of an audit, row by row."""
    seq, link = 0, b""
    for row in (row for row in rows if row[0] == domain.number):
        seq, link = check_audit_row(domain, row, seq, link)
    if seq != len(rows):
        raise VaultError("audit-broken", "a row went to another domain")


def flipped(data: bytearray, place: int) -> bytearray:
    copy = bytearray(data)
    copy[place // 8] ^= 1 << place % 8
    return copy


def _opened(copy: Path, data: bytes, key: Key, truth: dict[str, Any]) -> str:
    """What becomes of a file that is opened as a vault."""
    fresh_copy(copy, data).close()
    try:
        with Vault.open(copy, key) as vault:
            if not verify(vault).ok:
                return "found"
            return "without effect" if content(vault) == truth else "changed"
    except VaultError:
        return "refused"


class Page:
    """Reads what a damaged page belongs to, through the connection ``db``, and judges the rows that come out."""

    def __init__(self, db: sqlite3.Connection, owners: list[str], vault: Vault) -> None:
        self.db, self._owners, self._domain = db, owners, vault.domain
        self._truth = {table.name: list(vault.store.scan(table)) for table in EVERY}
        self._questions = {
            table.name: f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}"
            for table in EVERY
        }
        self._meta = db.execute("SELECT * FROM meta").fetchall()
        self._ledger = read_ledger(vault.store, vault.domain)
        self._digests = {
            (name, row): check_row(vault.domain, table, row)
            for name, table in COUNTED.items()
            for row in self._truth[name]
        }
        self.size = db.execute("PRAGMA page_size").fetchone()[0]

    @classmethod
    @contextlib.contextmanager
    def of(cls, path: Path, vault: Vault) -> Iterator[Page]:
        """For a file, read from a copy in memory."""
        memory = sqlite3.connect(":memory:")
        memory.deserialize(_in_memory(bytearray(path.read_bytes())))
        yield cls(memory, owners(path), vault)
        memory.close()

    def values(self) -> set[bytes]:
        """Long values of all rows, as they stand in the file."""
        every = (v for rows in self._truth.values() for row in rows for v in row if isinstance(v, (bytes, str)))
        return {v.encode() if isinstance(v, str) else v for v in every if len(v) >= 8}

    def read(self, data: bytearray, place: int) -> str:
        """What becomes of the file with one bit flipped."""
        try:
            self.db.deserialize(_in_memory(flipped(data, place)))
        except sqlite3.Error:
            return "refused"
        return self.judge(place // 8 // self.size)

    def judge(self, number: int) -> str:
        """What becomes of what a page, counted from 0, belongs to."""
        owner = self._owners[number]
        try:
            names = [owner] if owner in self._truth else list(self._truth)  # the schema's page: everything
            check = f"PRAGMA integrity_check({owner})" if owner in self._truth else "PRAGMA integrity_check(1)"
            verdicts = {self._verdict(name) for name in names} - {""}
            if "found" in verdicts:
                return "found"
            if owner not in self._truth and self.db.execute("SELECT * FROM meta").fetchall() != self._meta:
                return "refused"
            if self.db.execute(check).fetchone()[0] != "ok":  # as verify does
                return "found"
        except (sqlite3.Error, UnicodeError, OverflowError):
            return "refused"
        return "changed" if verdicts else "without effect"

    def _verdict(self, name: str) -> str:
        """``found`` if what is read from a table is found wrong, ``changed`` if not; empty if it was so written."""
        cursor, truth, at = self.db.execute(self._questions[name]), self._truth[name], 0
        while rows := cursor.fetchmany(64):
            if rows != truth[at : at + len(rows)]:
                break
            at += len(rows)
        if not rows and at == len(truth):
            return ""
        if name in COUNTED and not all(self._is_sound(name, row) for row in rows):
            return "found"  # one row whose MAC does not fit is enough
        return "found" if self._is_wrong(name, [*truth[:at], *rows, *cursor.fetchall()]) else "changed"

    def _is_sound(self, name: str, row: Row) -> bool:
        try:
            return (name, row) in self._digests or bool(check_row(self._domain, COUNTED[name], row))
        except VaultError:
            return False

    def _is_wrong(self, name: str, found: list[Row]) -> bool:
        """Whether ``verify`` finds rows wrong: by a seal, the chain, or the ledger's counts and sums."""
        store = Held({**self._truth, name: found})
        try:
            if name == LEDGER.name:
                return read_ledger(store, self._domain) != self._ledger  # type: ignore[arg-type]
            if name == AUDIT.name:
                return len(list(read_audit(store, self._domain))) != self._ledger.audit_seq  # type: ignore[arg-type]
            seen = Ledger()
            for row in found:
                known = self._digests.get((name, row))
                seen.count(COUNTED[name], known or check_row(self._domain, COUNTED[name], row), 1)
        except (VaultError, ValueError):
            return True
        return seen.of(COUNTED[name]) != self._ledger.of(COUNTED[name])


def owners(path: Path) -> list[str]:
    """The table or index that each page belongs to, as SQLite says."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        pages = dict(db.execute("SELECT pageno, name FROM dbstat"))
        tables = dict(db.execute("SELECT name, tbl_name FROM sqlite_master"))
        count = db.execute("PRAGMA page_count").fetchone()[0]
    return [tables.get(pages.get(number + 1, ""), "") for number in range(count)]


class Held:
    """Rows as a store would give them."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self._rows = rows

    def fetch(self, table: Table, domain: int, column: str, values: list[Any]) -> list[Row]:
        at = table.at(column)
        return [row for row in self._rows[table.name] if row[at] in values]

    def scan(self, table: Table, domain: int | None = None) -> Iterator[Row]:
        at = table.at(table.scope)
        return (row for row in self._rows[table.name] if domain is None or row[at] == domain)


def _in_memory(data: bytearray) -> bytearray:
    """The same file without its write-ahead log, which a copy in memory cannot have."""
    data[18] = data[19] = 1
    return data


def mixed_rows(key: Key, *, rows: int, states: int) -> Figures:
    """Take away every row; give every row a value of every other row; put back every earlier state."""
    figures = Figures("rows deleted, mixed, rolled back")
    with tempfile.TemporaryDirectory(prefix="deid-mixed-") as name:
        path = Path(name) / "v" / "links.vault"
        small_store(path, key, rows)
        copy = Path(name) / "w" / "links.vault"
        with Vault.open(path, key) as vault:
            deletions = _delete_each(vault, path.read_bytes(), copy, key, figures)
            mixtures = sum(_mix(vault.domain, table, list(vault.store.scan(table)), figures) for table in TABLES)
        rollbacks = _roll_back(path, copy, key, states, figures)
        figures.numbers = {
            "rows": rows,
            "deletions": deletions,
            "mixtures of two rows": mixtures,
            "states put back": rollbacks,
            "missed": len(figures.wrong),
        }
    return figures


def _delete_each(vault: Vault, base: bytes, copy: Path, key: Key, figures: Figures) -> int:
    """Each row that the ledger counts, the record's and the ledger itself."""
    count = 0
    for table in EVERY:
        for row in list(vault.store.scan(table)):
            with contextlib.closing(fresh_copy(copy, base)) as db, db:
                where = " AND ".join(f"{column} = ?" for column in table.key)
                db.execute(f"DELETE FROM {table.name} WHERE {where}", table.key_of(row))
            count += 1
            if _opened(copy, copy.read_bytes(), key, {}) not in ("found", "refused"):
                figures.wrong.append(f"a deleted row of {table.name} was not found")
    return count


def _mix(domain: Domain, table: Table, rows: list[Row], figures: Figures) -> int:
    """Each row with one column of each other row; those whose columns are equal are no change."""
    count = 0
    for row in rows:
        for other in rows:
            for at in range(len(row)):
                if row[at] == other[at]:
                    continue
                count += 1
                try:
                    check_row(domain, table, (*row[:at], other[at], *row[at + 1 :]))
                    figures.wrong.append(f"a mixture of two rows of {table.name} was not found")
                except VaultError:
                    pass
    return count


def _roll_back(path: Path, copy: Path, key: Key, states: int, figures: Figures) -> int:
    """Every earlier state against every later anchor; and no state against its own."""
    kept: list[tuple[bytes, str]] = []
    for number in range(states):
        with Vault.open(path, key) as vault:
            code = vault.subject(SubjectKey(f"R-{number}")).code
            vault.remember(code, [Link("uid", f"7.{number}", "2.25.7")])
            line = vault.anchor()
            vault.store.checkpoint()
            kept.append((path.read_bytes(), line))
    count = 0
    for at, (data, own) in enumerate(kept):
        fresh_copy(copy, data).close()
        with Vault.open(copy, key) as vault:
            check_anchor(vault, own)
            for _, line in kept[at + 1 :]:
                count += 1
                with contextlib.suppress(VaultError):
                    check_anchor(vault, line)
                    figures.wrong.append(f"state {at} passed for a later one")
    return count


def two_domains(key: Key, *, patients: int) -> Figures:
    """The same patients, originals and names in two domains of one store: no run of eight bytes in common."""
    figures = Figures("two domains of one store")
    window, kinds = 8, {table.name for table in TABLES} - {"domain"}
    with tempfile.TemporaryDirectory(prefix="deid-domains-") as name:
        path = Path(name) / "v" / "links.vault"
        Vault.create(path, key, domain="one").close()
        with Vault.open(path, key, domain="one") as vault:
            vault.add_domain("two", key)
        parts: list[set[bytes]] = []
        drawn: list[list[Any]] = []
        compared = 0
        for domain in ("one", "two"):
            with Vault.open(path, key, domain=domain) as vault:
                found = vault.subjects([(SubjectKey(f"P-{n}", "S"), "", frozenset()) for n in range(patients)])
                for n, s in enumerate(found):
                    vault.remember(s.code, [Link("uid", f"1.{n}.{j}", s.uid(f"1.{n}.{j}")) for j in range(3)])
                drawn.append(found)
                values = [
                    _plain(v)
                    for table in TABLES if table.name in kinds
                    for row in vault.store.scan(table, vault.domain.number)
                    for v in row
                ]  # fmt: skip
                parts.append({v[i : i + window] for v in values for i in range(len(v) - window + 1)})
                compared += sum(map(len, values))
        common = parts[0] & parts[1]
        same = {
            "codes": sum(a.code == b.code for a, b in zip(*drawn, strict=True)),
            "seeds": sum(a.seed == b.seed for a, b in zip(*drawn, strict=True)),
        }
        figures.numbers = {
            "patients": patients,
            "bytes compared": compared,
            "runs of 8 bytes in common": len(common),
            **{f"equal {what}": count for what, count in same.items()},
            "equal offsets (chance)": sum(a.shift_days == b.shift_days for a, b in zip(*drawn, strict=True)),
        }
        figures.wrong = [f"common: {sorted(common)[:3]}"] * bool(common) + [w for w, c in same.items() if c]
    return figures


def _plain(value: Any) -> bytes:
    """Bytes that a value carries: of a UID its random part, of numbers those that are drawn, not days and versions."""
    if isinstance(value, str) and value.startswith("2.25."):
        return int(value[5:]).to_bytes(17, "big").lstrip(b"\0")
    if isinstance(value, int):
        return value.to_bytes(8, "big") if value > 1 << 32 else b""
    return value.encode() if isinstance(value, str) else bytes(value)


def fresh_copy(copy: Path, data: bytes) -> sqlite3.Connection:
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    for stale in copy.parent.iterdir():
        stale.unlink()
    copy.write_bytes(data)
    copy.chmod(0o600)
    return sqlite3.connect(copy)


def small_store(path: Path, key: Key, rows: int) -> dict[str, Any]:
    subjects = max(rows // 10, 2)
    with Vault.create(path, key) as vault:
        found = vault.subjects([(SubjectKey(f"P-{n}"), "", frozenset()) for n in range(subjects)])
        vault.remember_many(
            [(s.code, [Link("uid", f"1.{n}.{j}", s.uid(f"1.{n}.{j}")) for j in range(7)]) for n, s in enumerate(found)]
        )
        vault.store.checkpoint()
        return content(vault)


def content(vault: Vault) -> dict[str, Any]:
    """Everything that can be read, without leaving a trace."""
    private = vault.private_key()
    found: dict[str, Any] = {}
    for row in vault.store.scan(SUBJECT, vault.domain.number):
        links = open_rows(vault.domain, private, vault.sealed_rows(row[2]))
        state = vault.surrogates(row[2])
        found[row[2]] = (state.seed, state.person, sorted((x.kind, x.original, x.surrogate) for x in links))
    return found
