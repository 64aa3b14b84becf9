"""Tables, and the six methods behind which a store hides: SQLite here, PostgreSQL in ``postgres``.

A store knows rows and transactions, nothing of keys: what it holds is blind indexes, sealed bytes and surrogates.
Every write happens inside :meth:`Store.write`, which excludes all other writers of the vault.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Protocol

from deid.errors import VaultError
from deid.vault.wire import FORMAT, SCHEMA, pack

__all__ = [
    "TABLES",
    "TEXT",
    "Row",
    "SqliteStore",
    "Store",
    "Table",
    "check_version",
    "delete_sql",
    "replace_sql",
    "scan_sql",
    "schema_sql",
    "select",
    "table_named",
]

Row = tuple[Any, ...]

BUSY_SECONDS: Final = 120
_NOT_DAMAGE: Final = {
    sqlite3.SQLITE_BUSY: "vault-busy",
    sqlite3.SQLITE_LOCKED: "vault-busy",
    sqlite3.SQLITE_FULL: "vault-disk-full",
    sqlite3.SQLITE_IOERR: "vault-io",
    sqlite3.SQLITE_CANTOPEN: "vault-io",
    sqlite3.SQLITE_READONLY: "vault-io",
    sqlite3.SQLITE_PERM: "vault-io",
    sqlite3.SQLITE_INTERRUPT: "vault-io",
    sqlite3.SQLITE_NOMEM: "vault-io",
}
ROWS_PER_STATEMENT: Final = 1000


TEXT: Final = frozenset(("name", "code", "origin", "kind", "surrogate", "role"))
"""Columns of text, in every table."""


@dataclass(frozen=True, slots=True)
class Table:
    """Name, columns in order (``mac`` is always the last) and the columns of the primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    head: bytes = field(init=False, compare=False)
    """How a row's MAC begins."""
    texts: tuple[int, ...] = field(init=False, compare=False)
    """Positions of columns that hold text: a MAC does not tell text from the bytes that encode it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "head", pack(self.name))
        object.__setattr__(self, "texts", tuple(at for at, name in enumerate(self.columns) if name in TEXT))

    @property
    def scope(self) -> str:
        """Column that names the domain."""
        return "domain" if "domain" in self.columns else "id"

    def at(self, column: str) -> int:
        """Position of a column."""
        return self.columns.index(column)

    def key_of(self, row: Row) -> Row:
        """Values of the primary key of a row."""
        return tuple(row[self.columns.index(column)] for column in self.key)


TABLES: Final = (
    Table(
        "domain",
        ("id", "uuid", "name", "kek", "root", "version", "reveal_public", "reveal_private", "policy", "mac"),
        ("id",),
    ),
    Table("subject", ("id", "domain", "code", "born", "origin", "sealed", "mac"), ("id",)),
    Table("subject_key", ("idx", "domain", "subject", "home", "dek", "sealed", "mac"), ("idx",)),
    Table("dek", ("id", "domain", "subject", "writer", "version", "sealed", "mac"), ("id",)),
    Table(
        "link",
        ("idx", "domain", "subject", "kind", "surrogate", "dek", "sealed", "mac"),
        ("idx", "subject", "surrogate"),
    ),
    Table("token", ("subject", "domain", "digests", "mac"), ("subject",)),
    Table("erased", ("code", "domain", "at", "mac"), ("code", "domain")),
    Table("principal", ("name", "domain", "role", "public", "sealed", "mac"), ("name", "domain")),
    Table("spent", ("grant_id", "domain", "uses", "mac"), ("grant_id",)),
)
"""Tables whose rows carry a MAC and are counted in the ledger of their domain."""

DOMAIN: Final = TABLES[0]
AUDIT: Final = Table("audit", ("domain", "seq", "at", "sealed", "mac"), ("domain", "seq"))
LEDGER: Final = Table("ledger", ("domain", "body"), ("domain",))
EVERY: Final = (*TABLES, AUDIT, LEDGER)


def table_named(name: str) -> Table:
    """The table of that name."""
    return next(table for table in EVERY if table.name == name)


class Store(Protocol):
    """Rows in, rows out, one writer at a time. ``where`` values are always bound, never pasted."""

    def write(self) -> AbstractContextManager[None]:
        """One durable transaction that excludes every other writer; an exception undoes all of it."""
        ...

    def insert(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        """Insert rows whose key is new, in one statement per batch; gives back the keys that were."""
        ...

    def fetch(
        self, table: Table, domain: int, column: str, values: Sequence[Any], *, states: bool = False
    ) -> list[Row]:
        """Rows of a domain in which ``column`` is one of ``values``.

        With ``states``, each is followed by code and sealed state of its subject.
        """
        ...

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows or overwrite those with the same key."""
        ...

    def delete(self, table: Table, rows: Sequence[Row]) -> None:
        """Delete the rows with the keys of these rows."""
        ...

    def scan(self, table: Table, domain: int | None = None) -> Iterator[Row]:
        """Every row in the order of its key, from one snapshot; ``None`` for all domains."""
        ...

    def checkpoint(self) -> None:
        """Leave no deleted byte behind in the files, as far as the store can."""
        ...

    def schema(self) -> int:
        """Number of the schema that the store has."""
        ...

    def lift(self, schema: int) -> None:
        """Note, inside a write, that the store has this schema from now on."""
        ...

    def close(self) -> None:
        """Let go; committed work stays."""
        ...


class SqliteStore:
    """One file of mode 0600: WAL, synchronous FULL, secure_delete, STRICT tables."""

    def __init__(self, path: Path, *, create: bool = False, older: bool = False) -> None:
        self._path = path
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._depth = 0
        if create:
            _make_file(path)
        else:
            _check_file(path)
        self._db = _connect(path)
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
            for statement in schema_sql("sqlite"):
                self._db.execute(statement)
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("schema", str(SCHEMA))])
        _sync_directory(self._path.parent)

    def _meta(self) -> dict[str, str]:
        try:
            with _sqlite_errors():
                return dict(self._db.execute("SELECT name, value FROM meta"))
        except VaultError as error:
            if error.code != "vault-damaged":
                raise
            raise VaultError("vault-not-a-vault", "the file is not a vault") from None

    @contextmanager
    def write(self) -> Iterator[None]:
        """See :class:`Store`. ``BEGIN IMMEDIATE``: a second writer waits, it does not fail later."""
        with self._lock, _sqlite_errors():
            self._check_process()
            if self._depth:
                raise VaultError("vault-nested", "a write inside a write")
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def insert(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        """See :class:`Store`."""
        fresh: list[Row] = []
        with self._reading():
            for start in range(0, len(rows), ROWS_PER_STATEMENT):
                part = rows[start : start + ROWS_PER_STATEMENT]
                values = [value for row in part for value in row]
                fresh.extend(self._db.execute(_insert_sql(table, len(part)), values).fetchall())
        return fresh

    def fetch(
        self, table: Table, domain: int, column: str, values: Sequence[Any], *, states: bool = False
    ) -> list[Row]:
        """See :class:`Store`."""
        found: list[Row] = []
        with self._reading():
            for start in range(0, len(values), ROWS_PER_STATEMENT):
                part = values[start : start + ROWS_PER_STATEMENT]
                found.extend(self._db.execute(_fetch_sql(table, column, len(part), states), [*part, domain]).fetchall())
        return found

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        """See :class:`Store`."""
        with self._reading():
            self._db.executemany(replace_sql(table, "?"), rows)

    def delete(self, table: Table, rows: Sequence[Row]) -> None:
        """See :class:`Store`."""
        with self._reading():
            self._db.executemany(delete_sql(table, "?"), [table.key_of(row) for row in rows])

    def scan(self, table: Table, domain: int | None = None) -> Iterator[Row]:
        """See :class:`Store`."""
        values = () if domain is None else (domain,)
        with self._reading():
            cursor = self._db.execute(scan_sql(table, "?" if values else ""), values)
            while rows := cursor.fetchmany(1000):
                yield from rows

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and truncate it: deleted bytes are gone from both."""
        with self._lock, _sqlite_errors():
            busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise VaultError("vault-busy", "another process is reading: old bytes stay in the log for now")

    def rewrite(self) -> None:
        """Write the file anew: a row that was deleted after its page had been put in order can leave bytes behind."""
        with self._lock, _sqlite_errors():
            self._db.execute("VACUUM")
        self.checkpoint()

    def schema(self) -> int:
        """See :class:`Store`."""
        return int(self._meta()["schema"])

    def lift(self, schema: int) -> None:
        """See :class:`Store`."""
        with self._reading():
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (str(schema),))

    def files(self) -> list[Path]:
        """The file, its write-ahead log and the index of that."""
        paths = [self._path, *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))]
        return [path for path in paths if path.exists()]

    def integrity(self) -> list[str]:
        """What SQLite itself finds wrong with its pages; empty if nothing."""
        with self._reading():
            lines = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check(100)")]
        return [] if lines == ["ok"] else [line.splitlines()[0][:200] for line in lines]

    def close(self) -> None:
        """See :class:`Store`."""
        with self._lock:
            if os.getpid() == self._pid:
                self._db.close()

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise VaultError("vault-forked", "an open vault does not survive a fork", hint="open it in the worker")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, _sqlite_errors():
            self._check_process()
            yield


def check_version(meta: Mapping[str, str], *, older: bool) -> None:
    """Refuse a store that this version does not read; ``older`` lets earlier schemas pass.

    Raises
    ------
    VaultError
        ``vault-format``, ``vault-schema``.
    """
    if meta.get("format") != FORMAT:
        raise VaultError("vault-format", "the vault has a format that this version does not know")
    found = meta.get("schema", "")
    schema = int(found) if found.isdecimal() else 0
    if 0 < schema < SCHEMA and not older:
        raise VaultError("vault-schema", "the vault has an older schema", hint="deid vault migrate lifts it")
    if not 0 < schema <= SCHEMA:
        raise VaultError("vault-schema", "the vault has a schema that only a newer version of deid knows")


def schema_sql(dialect: str) -> list[str]:
    """Statements that make an empty store of the current schema."""
    text = resources.files("deid.vault").joinpath(f"{dialect}.sql").read_text("utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]


def select(table: Table, *, states: bool) -> tuple[str, str]:
    """Columns and source of a query for rows ``r``; with ``states`` those of subject ``s``, NULL where it is gone."""
    columns, source = [f"r.{c}" for c in table.columns], f"{table.name} r"
    if states:
        columns += ["s.code", "s.sealed"]
        source += " LEFT JOIN subject s ON s.id = r.subject"
    return ", ".join(columns), source


@lru_cache(maxsize=2048)
def _insert_sql(table: Table, count: int) -> str:
    row = f"({', '.join('?' * len(table.columns))})"
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {', '.join([row] * count)} "  # noqa: S608
        f"ON CONFLICT ({', '.join(table.key)}) DO NOTHING RETURNING {', '.join(table.key)}"
    )


@lru_cache(maxsize=2048)
def _fetch_sql(table: Table, column: str, count: int, states: bool) -> str:
    if column not in table.columns:
        raise ValueError(column)
    columns, source = select(table, states=states)
    marks = ", ".join("?" * count)
    return f"SELECT {columns} FROM {source} WHERE r.{column} IN ({marks}) AND +r.{table.scope} = ?"  # noqa: S608


@lru_cache(maxsize=64)
def replace_sql(table: Table, mark: str) -> str:
    """Insert a row or overwrite the one with its key; ``mark`` is how the dialect marks a value."""
    changed = ", ".join(f"{c} = excluded.{c}" for c in table.columns if c not in table.key)
    marks = ", ".join([mark] * len(table.columns))
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changed}"
    )


def delete_sql(table: Table, mark: str) -> str:
    """Delete the row of a key."""
    return f"DELETE FROM {table.name} WHERE {' AND '.join(f'{column} = {mark}' for column in table.key)}"  # noqa: S608


def scan_sql(table: Table, mark: str) -> str:
    """Every row in the order of its key, of one domain if there is a mark for it."""
    where = f"WHERE {table.scope} = {mark}" if mark else ""
    return f"SELECT {', '.join(table.columns)} FROM {table.name} {where} ORDER BY {', '.join(table.key)}"  # noqa: S608


_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    "cache_size = -65536",
)


def _connect(path: Path) -> sqlite3.Connection:
    with _sqlite_errors():
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        with _sqlite_errors():
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
    except VaultError as error:
        db.close()
        if error.code == "vault-damaged":
            raise VaultError("vault-not-a-vault", "the file is not a vault, or it is damaged") from None
        raise
    return db


def _make_file(path: Path) -> None:
    parent = path.parent
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if parent.stat().st_mode & 0o007:
            raise VaultError(
                "vault-parent-open",
                "everybody can look into the folder of the vault",
                hint="name one of its own, such as vault/links.vault: a missing folder is made with mode 0700",
            )
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise VaultError("vault-exists", "there is a file already where the vault should go") from None
    except OSError:
        raise VaultError("vault-unwritable", "the vault cannot be made there") from None
    path.chmod(0o600)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except OSError:
        raise VaultError("vault-missing", "there is no vault there", hint="deid vault init") from None
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        raise VaultError("vault-not-a-vault", "the file is not a vault")
    if status.st_mode & 0o077:
        raise VaultError("vault-open", "others can read the file of the vault", hint="chmod 600 it")


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    """Turn the driver's errors, whose text may quote values, into ours."""
    try:
        yield
    except UnicodeError:  # a damaged schema makes the driver's own message undecodable
        raise VaultError("vault-damaged", "the store holds text that is no text") from None
    except sqlite3.Error as error:
        number = (
            getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        )  # without one: bytes that are no text
        name = getattr(error, "sqlite_errorname", "not text")
        if isinstance(error, sqlite3.OperationalError) and number in _NOT_DAMAGE:
            raise VaultError(_NOT_DAMAGE[number], f"the store did not do it ({name})") from None
        raise VaultError("vault-damaged", f"the store is damaged or refused a row ({name})") from None
