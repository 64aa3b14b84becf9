"""The same six methods over PostgreSQL, for many machines: psycopg 3 and hand-written SQL.

Writers exclude each other by one advisory lock per database, taken first in every write: there is one order
of locks, so there is no deadlock, and a batch commits as it does in SQLite. Readers wait for nobody.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from deid.errors import VaultError
from deid.vault.store import (
    EVERY,
    TEXT,
    Row,
    Table,
    check_version,
    delete_sql,
    replace_sql,
    scan_sql,
    schema_sql,
    select,
)
from deid.vault.wire import FORMAT, SCHEMA

try:
    import psycopg
except ImportError as missing:
    raise VaultError(
        "vault-no-postgres", "PostgreSQL needs an extra", hint="pip install 'deid-pipeline[postgres]'"
    ) from (missing)

__all__ = ["PostgresStore"]

LOCK: Final = 0x64656964_7661756C  # "deidvaul": the one lock of a database that holds a vault
ROWS_PER_STATEMENT: Final = 1000
_BYTES: Final = frozenset(
    (
        *("uuid", "kek", "root", "reveal_public", "reveal_private", "policy", "mac"),
        *("sealed", "idx", "writer", "digests", "public", "grant_id", "body"),
    )
)


class PostgresStore:
    """A vault in a PostgreSQL database of its own."""

    def __init__(self, address: str, *, create: bool = False, older: bool = False) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._writing = False
        with _postgres_errors():
            self._db = psycopg.connect(address, autocommit=True, application_name="deid-vault")
        try:
            if create:
                self._create()
            else:
                check_version(self._meta(), older=older)
        except BaseException:
            self._db.close()
            raise

    def _create(self) -> None:
        with self.write():
            if self._db.execute("SELECT to_regclass('meta')").fetchone() != (None,):
                raise VaultError("vault-exists", "the database holds a vault already, or something else")
            for statement in schema_sql("postgres"):
                self._db.execute(statement)
            for pair in (("format", FORMAT), ("schema", str(SCHEMA))):
                self._db.execute("INSERT INTO meta VALUES (%s, %s)", pair)

    def _meta(self) -> dict[str, str]:
        with _postgres_errors():
            found = self._db.execute("SELECT to_regclass('meta')").fetchone()
            if found == (None,):
                raise VaultError("vault-missing", "there is no vault in this database", hint="deid vault init")
            return dict(self._db.execute("SELECT name, value FROM meta").fetchall())

    @contextmanager
    def write(self) -> Iterator[None]:
        """See :class:`~deid.vault.store.Store`."""
        with self._lock, _postgres_errors():
            self._check_process()
            if self._writing:
                raise VaultError("vault-nested", "a write inside a write")
            self._writing = True
            try:
                with self._db.transaction():
                    self._db.execute("SET LOCAL synchronous_commit = on")
                    self._db.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                    yield
            finally:
                self._writing = False

    def insert(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        """See :class:`~deid.vault.store.Store`."""
        fresh: list[Row] = []
        with self._reading():
            for start in range(0, len(rows), ROWS_PER_STATEMENT):
                columns = [list(column) for column in zip(*rows[start : start + ROWS_PER_STATEMENT], strict=True)]
                fresh.extend(self._db.execute(_insert_sql(table), columns).fetchall())
        return fresh

    def fetch(
        self, table: Table, domain: int, column: str, values: Sequence[Any], *, states: bool = False
    ) -> list[Row]:
        """See :class:`~deid.vault.store.Store`."""
        if not values:
            return []
        with self._reading():
            return self._db.execute(_fetch_sql(table, column, states), (list(values), domain)).fetchall()

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        """See :class:`~deid.vault.store.Store`."""
        with self._reading(), self._db.cursor() as cursor:
            cursor.executemany(replace_sql(table, "%s"), rows)

    def delete(self, table: Table, rows: Sequence[Row]) -> None:
        """See :class:`~deid.vault.store.Store`."""
        with self._reading(), self._db.cursor() as cursor:
            cursor.executemany(delete_sql(table, "%s"), [table.key_of(row) for row in rows])

    def scan(self, table: Table, domain: int | None = None) -> Iterator[Row]:
        """See :class:`~deid.vault.store.Store`."""
        values = () if domain is None else (domain,)
        with self._reading(), self._db.transaction(), self._db.cursor(name="deid_scan") as cursor:
            cursor.itersize = 1000
            cursor.execute(scan_sql(table, "%s" if values else ""), values)
            yield from cursor

    def checkpoint(self) -> None:
        """Rewrite the tables, so that no dead row is left in their files; the server's own log ages out."""
        with self._lock, _postgres_errors():
            for table in EVERY:
                self._db.execute(f"VACUUM (FULL) {table.name}")
            if (self._db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() or (0,))[0]:
                self._db.execute("CHECKPOINT")

    def schema(self) -> int:
        """See :class:`~deid.vault.store.Store`."""
        return int(self._meta()["schema"])

    def lift(self, schema: int) -> None:
        """See :class:`~deid.vault.store.Store`."""
        with self._reading():
            self._db.execute("UPDATE meta SET value = %s WHERE name = 'schema'", (str(schema),))

    def close(self) -> None:
        """See :class:`~deid.vault.store.Store`."""
        with self._lock:
            if os.getpid() == self._pid:
                self._db.close()

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise VaultError("vault-forked", "an open vault does not survive a fork", hint="open it in the worker")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, _postgres_errors():
            self._check_process()
            yield


def _kind(column: str) -> str:
    return "bytea" if column in _BYTES else "text" if column in TEXT else "bigint"


@lru_cache(maxsize=64)
def _insert_sql(table: Table) -> str:
    arrays = ", ".join(f"%s::{_kind(column)}[]" for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT * FROM unnest({arrays}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(table.key)}) DO NOTHING RETURNING {', '.join(table.key)}"
    )


@lru_cache(maxsize=256)
def _fetch_sql(table: Table, column: str, states: bool) -> str:
    if column not in table.columns:
        raise ValueError(column)
    columns, source = select(table, states=states)
    return f"SELECT {columns} FROM {source} WHERE r.{column} = ANY(%s::{_kind(column)}[]) AND r.{table.scope} = %s"  # noqa: S608


@contextmanager
def _postgres_errors() -> Iterator[None]:
    """Turn the driver's errors, whose text may quote values, into ours."""
    try:
        yield
    except psycopg.OperationalError as error:
        code = {"53100": "vault-disk-full", "57P03": "vault-busy"}.get(error.sqlstate or "", "vault-io")
        raise VaultError(code, f"the database did not do it ({error.sqlstate or 'no connection'})") from None
    except psycopg.Error as error:
        raise VaultError("vault-damaged", f"the database refused a row ({error.sqlstate})") from None
