"""One door for all formats: a file or its bytes in, report units out."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from deid.errors import InputError
from deid.sources.discover import kind_of, kind_of_bytes
from deid.sources.languages import spoken
from deid.sources.plain import decode_text
from deid.sources.unit import ReportUnit, Source

__all__ = ["READERS", "assemble", "printable_text", "read_report_bytes", "read_reports", "visible_text"]

LIMIT_BYTES = 256 << 20
LIMIT_BLANK = 4096  # of a file that may hold nothing but blanks

# Modules are imported when a file of the kind is met: a text file needs no lxml, pypdf or pyarrow.
READERS: dict[str, str] = {
    "text": "deid.sources.plain",
    "hl7": "deid.sources.hl7v2",
    "csv": "deid.sources.table",
    "jsonl": "deid.sources.rows",
    "parquet": "deid.sources.parquet",
    "fhir": "deid.sources.fhir",
    "cda": "deid.sources.cda",
    "pdf": "deid.sources.pdf",
    "html": "deid.sources.webpage",
    "docx": "deid.sources.word",
}


class Reader(Protocol):
    """What a reader module offers."""

    def read(self, data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:
        """Take a document apart."""
        ...

    def join(self, documents: list[bytes]) -> bytes:
        """Put rebuilt documents of one source into one document of the same format."""
        ...

    def texts(self, data: bytes) -> str:
        """Everything that a person or a program could read in a document of this format."""
        ...


@runtime_checkable
class Showing(Protocol):
    """A reader whose documents are not simply text in UTF-8 or Windows-1252."""

    def shown(self, data: bytes) -> str:
        """What a person reads in a written document."""
        ...


def read_reports(
    source: Source | Path, *, mapping: Mapping[str, str] | None = None, language: str = "en"
) -> list[ReportUnit]:
    """Read a file of reports.

    Parameters
    ----------
    source
        What :func:`discover` found, or a path.
    mapping
        Column name to DICOM keyword, ``report``, ``descriptor`` or ``remove``, for tables (CSV, JSON Lines,
        Parquet); it comes before the names that are understood by themselves.
    language
        ISO 639-1, of the passages of a report that neither says nor shows what it is written in.

    Raises
    ------
    InputError
        ``source-kind`` if no reader knows the format, ``source-too-large``, ``source-unreadable``, or the
        code of a reader (``hl7-...``, ``csv-...`` ...).
    """
    found = source if isinstance(source, Source) else Source(source, kind_of(source), source.stat().st_size)
    if found.kind not in READERS and found.size > LIMIT_BLANK:
        raise InputError("source-kind", "no reader of reports knows this format")
    try:
        with found.path.open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise InputError("source-unreadable", "the file cannot be read") from error
    return read_report_bytes(data, found.kind, mapping=mapping, language=language)


def read_report_bytes(
    data: bytes, kind: str = "", *, mapping: Mapping[str, str] | None = None, language: str = "en"
) -> list[ReportUnit]:
    """Read reports from memory; the kind is told from the content if it is not given.

    Raises
    ------
    InputError
        As :func:`read_reports`.
    """
    if len(data) > LIMIT_BYTES:
        raise InputError("source-too-large", f"the file is larger than {LIMIT_BYTES} bytes")
    if not data.strip():
        raise InputError("source-empty", "the file holds no report")
    found = kind or kind_of_bytes(data)
    units = _reader(found).read(data, columns=mapping or {}, language=language)
    if not units:
        raise InputError("source-empty", "the file holds no report")
    return spoken(units)


def assemble(kind: str, documents: list[bytes]) -> bytes:
    """Join rebuilt units of one source into one document of the same format, in the order given.

    Raises
    ------
    InputError
        ``source-single`` if the format holds one report per file.
    """
    return documents[0] if len(documents) == 1 else _reader(kind).join(documents)


def visible_text(kind: str, data: bytes) -> str:
    """Everything readable in a written document, decoded from its format: what a residue search reads.

    ``kind`` is that of the output: what came from a PDF is ``text``.
    """
    return _reader(kind).texts(data)


def printable_text(kind: str, data: bytes) -> str:
    """A written document for a terminal: as it is if it is text, else its words."""
    reader = _reader(kind)
    return reader.shown(data) if isinstance(reader, Showing) else decode_text(data)[0]


def _reader(kind: str) -> Reader:
    if kind not in READERS:
        raise InputError("source-kind", "no reader of reports knows this format")
    return cast("Reader", import_module(READERS[kind]))
