"""Parquet tables: one unit per row, columns by name or by the recipe's mapping (extra ``dataset``)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deid.errors import EngineError, InputError
from deid.model import Edit
from deid.sources.columns import meaning_of
from deid.sources.record import Record, safe_name
from deid.sources.rows import rewrite, take_apart
from deid.sources.unit import ReportUnit

__all__ = ["join", "read", "texts"]

LIMIT_ROWS = 1_000_000
LIMIT_UNPACKED = 2 << 30


@dataclass(frozen=True, slots=True, repr=False)
class ParquetBody:
    """One row as plain values, and the types of its columns."""

    row: dict[str, Any]
    schema: Any

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """A table of one row; a column whose value is no longer of its type becomes text."""
        return _write([rewrite(self.row, edits, values)], self.schema)


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:
    """Read a table.

    Raises
    ------
    InputError
        ``parquet-syntax``, ``parquet-too-large``, ``parquet-header`` if no column has a meaning.
    EngineError
        ``extra-missing`` if pyarrow is not installed.
    """
    table, alerts = _table(data)
    names = table.schema.names
    if not any(name in columns or meaning_of(name) is not None for name in names):
        raise InputError("parquet-header", "no column has a known name", hint="map the columns in the recipe")
    types = {safe_name(name, i): table.schema.field(i).type for i, name in enumerate(names)}
    units: list[ReportUnit] = []
    for raw in _rows(table):
        record = Record(language, columns)
        record.alerts += alerts
        row = take_apart(record, {name: _plain(value) for name, value in raw.items() if name != "known"})
        units.append(record.unit(len(units), "parquet", ".parquet", ParquetBody(row, types)))
    return units


def join(documents: list[bytes]) -> bytes:
    """Rows of one table; a column that is text in one row is text in all."""
    tables = [_table(document)[0] for document in documents]
    types: dict[str, Any] = {}
    for table in tables:
        for name, kind in zip(table.schema.names, table.schema.types, strict=True):
            types[name] = kind if types.get(name, kind) == kind else None
    return _write([row for table in tables for row in _rows(table)], types)


def texts(data: bytes) -> str:
    """All names and values."""
    table, _ = _table(data)
    out = [*table.schema.names, str(table.schema.metadata or "")]
    return "\n".join(out + [str(value) for row in _rows(table) for value in row.values()])


def _table(data: bytes) -> tuple[Any, list[str]]:
    """The table without binary columns and without the metadata that other programs put beside the schema."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise EngineError("extra-missing", "Parquet needs pyarrow", hint="pip install deid-pipeline[dataset]") from None
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(i).total_byte_size for i in groups)
        if file.metadata.num_rows > LIMIT_ROWS or size > LIMIT_UNPACKED:
            raise InputError("parquet-too-large", f"more than {LIMIT_ROWS} rows or {LIMIT_UNPACKED} bytes")
        table = file.read(use_threads=False)
        if len(set(table.schema.names)) != table.num_columns:
            raise InputError("parquet-header", "two columns have one name")
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise InputError("parquet-syntax", "the table cannot be read") from None
    binary = [f.name for f in table.schema if pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type)]
    table = table.drop_columns(binary).replace_schema_metadata(None)
    return table, ["binary-column-removed"] if binary else []


def _rows(table: Any) -> list[dict[str, Any]]:
    """The rows as Python values; a date that no calendar has makes the table unreadable."""
    import pyarrow as pa

    try:
        rows: list[dict[str, Any]] = table.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        raise InputError("parquet-syntax", "the table cannot be read") from None
    return rows


def _plain(value: Any) -> Any:
    """Dates and times as ISO text, bytes and other things as nothing."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if isinstance(value, bytes) else str(value)


def _write(rows: list[dict[str, Any]], types: Mapping[str, Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, fields = [], []
    for name in rows[0]:
        column = _column([row[name] for row in rows], types.get(name))
        columns.append(column)
        fields.append(pa.field(name, column.type))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), buffer)
    return buffer.getvalue()


def _column(values: list[Any], kind: Any) -> Any:
    """In the type that the column had if every value still fits, as text otherwise."""
    import pyarrow as pa

    if kind is not None:
        temporal = pa.types.is_temporal(kind)
        try:
            typed = [_moment(value, kind) if temporal else value for value in values]
            return pa.array(typed, kind)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            pass
    return pa.array([value if value is None or isinstance(value, str) else str(value) for value in values], pa.string())


def _moment(value: Any, kind: Any) -> Any:
    """A date or time from the text that stands for it; an emptied one is null."""
    import pyarrow as pa

    if not isinstance(value, str):
        return value
    if not value:
        return None
    return dt.date.fromisoformat(value[:10]) if pa.types.is_date(kind) else dt.datetime.fromisoformat(value)
