"""CSV and its relatives (semicolon, tab, bar): one unit per row, columns by name or by the recipe's mapping."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deid.errors import InputError
from deid.model import Edit, splice
from deid.sources.columns import column_meaning
from deid.sources.plain import decode_text
from deid.sources.record import Record, safe_name
from deid.sources.unit import ReportUnit

__all__ = ["join", "read", "texts"]

LIMIT_CELLS = 5_000_000
QUOTED = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """A value, and where it stands in its row with its quotes."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A record as it was written, with its line end."""

    raw: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, repr=False)
class RowBody:
    """Header and one row."""

    header: str
    row: Row
    encoding: str
    delimiter: str

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """Header and row; a cell that changes is quoted where it must be, the others are copied."""
        changed = []
        for i, cell in enumerate(self.row.cells):
            key = f"c{i}"
            new = splice(cell.text, edits[key]) if key in edits else values.get(key, cell.text)
            if new != cell.text:
                changed.append(Edit(cell.start, cell.end, self._quote(new, cell.quoted)))
        text = self.header + splice(self.row.raw, changed)
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.encode("utf-8")

    def _quote(self, text: str, quoted: bool) -> str:
        needs = quoted or any(c in text for c in (self.delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs else text


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:
    """Read a table whose first row names the columns.

    Raises
    ------
    InputError
        ``csv-header`` if no column has a meaning, ``csv-width`` if a row has another number of cells than the
        header, ``csv-quoting`` if two readers disagree about it, ``csv-too-large``, ``text-encoding``.
    """
    text, encoding = decode_text(data)
    encoding = "utf-8" if encoding.startswith("utf") else encoding  # no byte order mark between rows
    delimiter = _delimiter(text, columns)
    rows = _checked(text, delimiter)
    header, body = rows[0], rows[1:]
    names = [cell.text for cell in header.cells]
    safe = [
        Edit(cell.start, cell.end, safe_name(cell.text, i))
        for i, cell in enumerate(header.cells)
        if safe_name(cell.text, i) != cell.text
    ]
    head = splice(header.raw, safe)
    units: list[ReportUnit] = []
    for row in body:
        if len(row.cells) != len(names):
            raise InputError("csv-width", "a row has another number of cells than the header")
        record = Record(language, columns)
        for i, (name, cell) in enumerate(zip(names, row.cells, strict=True)):
            record.add(f"c{i}", name, cell.text)
        units.append(record.unit(len(units), "csv", ".csv", RowBody(head, row, encoding, delimiter)))
    return units


def join(documents: list[bytes]) -> bytes:
    """Rows under one header."""
    decoded = [decode_text(document)[0] for document in documents]
    delimiter = _delimiter(decoded[0], {})
    rows = [_checked(text, delimiter) for text in decoded]
    lines = [rows[0][0].raw, *(row.raw if row.raw.endswith(("\n", "\r")) else row.raw + "\r\n" for _, row in rows)]
    return "".join(lines).encode("utf-8")


def texts(data: bytes) -> str:
    """All cells, read by the standard library."""
    text, _ = decode_text(data)
    delimiter = _delimiter(text, {})
    return "\n".join(cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row)


def _delimiter(text: str, columns: Mapping[str, str]) -> str:
    """The one under which most names of the first row have a meaning."""
    line = text.lstrip("\ufeff\r\n").split("\n", 1)[0].rstrip("\r")

    def meanings(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return sum(name in columns or column_meaning(name) is not None for name in names), len(names)

    best = max(",;\t|", key=meanings)
    if meanings(best)[0] < 1:
        raise InputError(
            "csv-header", "no column of the first row has a known name", hint="map the columns in the recipe"
        )
    return best


def _checked(text: str, delimiter: str) -> list[Row]:
    """Rows with the place of every cell; the standard library must have read the same cells."""
    try:
        expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise InputError("csv-quoting", "the quotes of the table do not match, or a cell is too large") from error
    if sum(map(len, expected)) > LIMIT_CELLS:
        raise InputError("csv-too-large", f"more than {LIMIT_CELLS} cells")
    rows = [row for row in _rows(text, delimiter) if row.raw.strip("\r\n")]
    if [[cell.text for cell in row.cells] for row in rows] != expected:
        raise InputError("csv-quoting", "two readers disagree about the cells of the table")
    return rows


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    at = 0
    while at < len(text):
        start, cells = at, []
        while True:
            quoted = QUOTED.match(text, at)
            cell = quoted or plain.match(text, at)
            if cell is None:
                raise InputError("csv-quoting", "the quotes of the table do not match")
            value = quoted[1].replace('""', '"') if quoted else cell[0]
            cells.append(Cell(value, cell.start() - start, cell.end() - start, quoted is not None))
            at = cell.end()
            if text[at : at + 1] != delimiter:
                break
            at += 1
        ending = re.compile(r"\r\n|\r|\n").match(text, at)
        if ending is None and at < len(text):
            raise InputError("csv-quoting", "a quoted cell does not end where its quote does")
        at = ending.end() if ending else at
        yield Row(text[start:at], tuple(cells))
