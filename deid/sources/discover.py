"""Finds the files of a folder and tells what each one is from its first bytes, never from its name."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from deid.sources.columns import column_meaning
from deid.sources.encoded import MAIL, START
from deid.sources.plain import wide_encoding
from deid.sources.unit import Source

__all__ = ["discover", "kind_of", "kind_of_bytes"]

HEAD_BYTES = 1 << 16
DICOM_BYTES = 1 << 10
DICOMDIR = b"1.2.840.10008.1.3.10"
VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
DOCUMENT = b"word/document.xml"
XML_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)([^>]*)")
HL7_START = re.compile(r"(?:MSH|FHS|BHS)[^\w\s]")


def discover(root: Path) -> Iterator[Source]:
    """Every file below a folder, in a fixed order, with what it is.

    Parameters
    ----------
    root
        A folder, or one file.

    Notes
    -----
    No symbolic link is followed: what it points to inside the folder is found in its own place, and what
    lies outside was not given to us. Links, pipes and devices come with kind ``irregular``, files that
    cannot be read or recognised with kind ``other``, so that nothing disappears without a record.
    """
    if not root.is_dir():
        yield _source(root)
        return
    for folder, folders, files in os.walk(root, followlinks=False):
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in linked)
        for name in sorted([*files, *linked]):
            yield _source(Path(folder, name))


def _source(path: Path) -> Source:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return Source(path, "irregular")
        return Source(path, kind_of(path), status.st_size)
    except OSError:
        return Source(path, "other")


def kind_of(path: Path) -> str:
    """What a file is, told from its content: one of the kinds of :class:`Source`."""
    with path.open("rb") as file:
        head = file.read(DICOM_BYTES)
        if head[128:132] != b"DICM":
            head += file.read(HEAD_BYTES - len(head))
        if head.startswith(b"PK\x03\x04"):
            return _zip_kind(path)
    return kind_of_bytes(head, whole=len(head) < HEAD_BYTES)


def kind_of_bytes(head: bytes, *, whole: bool = True) -> str:
    """What the first bytes of a file say it is; ``whole`` if there are no more."""
    if head[128:132] == b"DICM" or _bare_dicom(head):
        return "dicomdir" if DICOMDIR in head[:DICOM_BYTES] else "dicom"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(io.BytesIO(head))
    if head.startswith(b"PAR1"):
        return "parquet"
    text = _decoded(head, whole=whole)
    return _text_kind(text, whole=whole) if text and text.strip() else "other"


def _bare_dicom(head: bytes) -> bool:
    """A dataset without preamble: group 0002 or 0008 first, with a VR or a believable length."""
    if len(head) < 8 or head[:2] not in (b"\x02\x00", b"\x08\x00") or head[3] != 0:
        return False
    return head[4:6] in VRS or 0 < int.from_bytes(head[4:8], "little") <= 256


def _zip_kind(file: Path | io.BytesIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "docx" if DOCUMENT in _head(file) else "other"  # if it is damaged its reader says so
    return "docx" if {"[Content_Types].xml", "word/document.xml"} <= names else "other"


def _head(file: Path | io.BytesIO) -> bytes:
    if isinstance(file, io.BytesIO):
        return file.getvalue()
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES)


def _decoded(head: bytes, *, whole: bool) -> str | None:
    """The head as text, or None if it is binary."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[: len(head) & ~1].decode("utf-16", "replace")
    if wide := wide_encoding(head):
        return head[: len(head) & ~1].decode(wide, "replace")
    if b"\0" in head:
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not whole and error.start > len(head) - 4:
            return head[: error.start].decode("utf-8-sig")
    controls = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1c\x1b" for byte in head)
    return head.decode("cp1252", "replace") if controls * 100 < len(head) else None


def _text_kind(text: str, *, whole: bool) -> str:
    start = text.lstrip("\ufeff\x0b\r\n\t ")
    if START.match(start) or MAIL.search(start[:8192]):
        return "other"
    if HL7_START.match(start):
        return "hl7"
    if start.startswith("<"):
        return _xml_kind(start)
    if start.startswith(("{", "[")):
        return _json_kind(start, whole=whole)
    return "csv" if _is_table(text) else "text"


def _xml_kind(start: str) -> str:
    """By the root; a text that merely begins with a less-than sign is a text."""
    root = XML_ROOT.search(start.encode("utf-8", "replace"))
    markup = start.startswith(("<?", "<!")) or (
        root is not None and not root.start() and ("</" in start or "/>" in start or b"xmlns" in root[2])
    )
    if root is None or not markup:
        return "other" if markup else "text"
    name, attributes = root[1], root[2]
    if name == b"ClinicalDocument":
        return "cda"
    if b"http://hl7.org/fhir" in attributes:
        return "fhir"
    return "html" if name.lower() in (b"html", b"body", b"div", b"p", b"table") else "other"


def _json_kind(start: str, *, whole: bool) -> str:
    if re.match(r"\[\s*\{", start):
        return "jsonl"
    first = start.split("\n", 1)[0]
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return "fhir" if "resourceType" in row else "jsonl"
    if re.match(r"\{[^{}\[\]]{0,2000}\"resourceType\"\s*:", start) or '"resourceType"' in start[:HEAD_BYTES]:
        return "fhir"
    if re.match(r"\{\s*\"", start) or (start.startswith("{") and (not whole or _is_json(start))):
        return "jsonl"  # if it is broken its reader says so
    return "text" if row is None else "other"


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_table(text: str) -> bool:
    """A first line of column names, of which two that differ have a meaning, and at least one row."""
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) < 2:
        return False
    for delimiter in ",;\t|":
        names = next(csv.reader(lines[:1], delimiter=delimiter), [])
        if len(names) < 2 or any(len(name) > 64 for name in names):
            continue
        if sum(column_meaning(name) is not None for name in {name.strip() for name in names}) >= 2:
            return True
    return False
