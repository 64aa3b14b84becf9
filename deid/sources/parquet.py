"""Parquet tables: one unit per row, columns by name or by the recipe's mapping (extra ``dataset``)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deid.errors import EngineError, InputError
from deid.model import Action, Edit
from deid.sources.columns import column_meaning
from deid.sources.record import Record, meaning_in, safe_name
from deid.sources.rows import rewrite, take_apart, without_words
from deid.sources.unit import ReportUnit

__all__ = ["join", "read", "texts"]

LIMIT_ROWS = 1_000_000
LIMIT_UNPACKED = 2 << 30


@dataclass(frozen=True, slots=True, repr=False)
class ParquetBody:
    """One row as plain values, and the schema in which every row of the table is written."""

    row: dict[str, Any]
    schema: Any

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """A table of one row; a value that is no longer of its column's type is null."""
        import pyarrow as pa

        new = rewrite(self.row, edits, values)
        columns = [_column(value, field.type) for value, field in zip(new.values(), self.schema, strict=True)]
        return _saved(pa.Table.from_arrays(columns, schema=self.schema))


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:
    """Read a table.

    Raises
    ------
    InputError
        ``parquet-syntax``, ``parquet-too-large``, ``parquet-header`` if no column has a meaning.
    EngineError
        ``extra-missing`` if pyarrow is not installed.
    """
    table, alerts = _table(data)  # says so if pyarrow is not there
    import pyarrow as pa

    if not any(name in columns or column_meaning(name) is not None for name in table.schema.names):
        raise InputError("parquet-header", "no column has a known name", hint="map the columns in the recipe")
    records, rows = [], []
    for raw in _rows(table):
        record = Record(language, columns)
        record.alerts += alerts
        row = {name: _plain(value) for name, value in raw.items() if name != "known"}
        take_apart(record, row)
        records.append(record)
        rows.append(row)
    words = frozenset[str]().union(*(record.words() for record in records))
    fields = [field for field in table.schema if field.name != "known"]
    schema = pa.schema(_renamed(fields, "", columns, words))
    return [
        record.unit(i, "parquet", ".parquet", ParquetBody(row, schema))
        for i, (record, row) in enumerate(zip(records, rows, strict=True))
    ]


def join(documents: list[bytes]) -> bytes:
    """Rows of one table."""
    import pyarrow as pa

    return _saved(pa.concat_tables([_table(document)[0] for document in documents]))


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
    """Dates and times as ISO text, durations as seconds, bytes as nothing, other things as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if isinstance(value, bytes) else str(value)


def _renamed(fields: Sequence[Any], outer: str, columns: Mapping[str, str], words: frozenset[str]) -> list[Any]:
    """The fields as they are written: no name says more than what it is called."""
    import pyarrow as pa

    return [
        pa.field(without_words(safe_name(f.name, i), i, words), _written(f.type, f.name, outer, columns, words))
        for i, f in enumerate(fields)
    ]


def _written(kind: Any, name: str, outer: str, columns: Mapping[str, str], words: frozenset[str]) -> Any:
    """The type of a column in which surrogates fit: one for all rows."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return _written(kind.value_type, name, outer, columns, words)
    if types.is_struct(kind):
        return pa.struct(_renamed(list(kind), name, columns, words))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(_written(kind.value_type, name, outer, columns, words))
    if types.is_map(kind):
        return pa.map_(*(_written(part, name, outer, columns, words) for part in (kind.key_type, kind.item_type)))
    meaning = meaning_in(columns, name) or meaning_in(columns, f"{outer} {name}")
    named = meaning is not None and meaning.action in (Action.SURROGATE, Action.UID) and not types.is_temporal(kind)
    return pa.string() if named or types.is_large_string(kind) else kind


def _column(value: Any, kind: Any) -> Any:
    """A column of one value."""
    import pyarrow as pa

    try:
        return pa.array([_typed(value, kind)], kind)
    except (pa.ArrowException, ValueError, TypeError, ArithmeticError):
        return pa.nulls(1, kind)


def _typed(value: Any, kind: Any) -> Any:
    """A plain value as one of its type, null where it is none of that type any more."""
    import pyarrow as pa

    types = pa.types
    if value is None:
        return None
    if types.is_struct(kind):
        return {f.name: _typed(inner, f.type) for f, inner in zip(kind, value.values(), strict=True)}
    if types.is_map(kind):
        return [(_typed(key, kind.key_type), _typed(inner, kind.item_type)) for key, inner in value]
    if types.is_list(kind):
        return [_typed(inner, kind.value_type) for inner in value]
    return str(value) if types.is_string(kind) else _read_as(value, kind)


def _read_as(value: Any, kind: Any) -> Any:
    import pyarrow as pa

    types = pa.types
    if not isinstance(value, str) and not types.is_duration(kind):
        return value
    readers = (
        (types.is_date, lambda text: dt.date.fromisoformat(text[:10])),
        (types.is_timestamp, dt.datetime.fromisoformat),
        (types.is_time, dt.time.fromisoformat),
        (types.is_duration, lambda seconds: dt.timedelta(seconds=float(seconds))),
        (types.is_integer, int),
        (types.is_floating, float),
        (types.is_decimal, Decimal),
    )
    try:
        return next((reader(value) for fits, reader in readers if fits(kind)), None)
    except (ValueError, ArithmeticError):
        return None


def _saved(table: Any) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
