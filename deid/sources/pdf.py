"""PDF with a text layer: clean text comes out; the PDF itself is never written again."""

from __future__ import annotations

import io
import logging
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from deid.errors import InputError
from deid.sources import plain
from deid.sources.plain import PlainBody, text_unit
from deid.sources.unit import ReportUnit

__all__ = ["PdfText", "join", "pdf_text", "read", "texts"]

NARROW = 0.4  # of the size: no line of prose is narrower, letter by letter
MIN_ROWS = 4  # that have words in both columns
LIMIT_PAGES = 2000
LIMIT_CHARACTERS = 20_000_000
join = plain.join
texts = plain.texts


class PdfText(NamedTuple):
    """The text of all pages, with a form feed between them, how many pages had none, and whether notes were added."""

    text: str
    without: int
    noted: bool = False


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read the text layer as one report.

    Raises
    ------
    InputError
        ``pdf-syntax``, ``pdf-encrypted``, ``pdf-no-text`` for scanned pages, ``pdf-too-large``.
    """
    found = pdf_text(data)
    said = (("pdf-page-without-text", found.without), ("pdf-annotations-added", found.noted))
    alerts = tuple(code for code, so in said if so)
    body = PlainBody(found.text, "utf-8")
    return [text_unit(found.text, body, kind="pdf", suffix=".txt", language=language, alerts=alerts)]


def pdf_text(data: bytes) -> PdfText:
    """Text of the pages, in reading order as far as the file tells it, with their annotations and form fields behind.

    Raises
    ------
    InputError
        As :func:`read`.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its messages quote the file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            pages = _pages(reader)
            notes = [_notes(page) for page in reader.pages]
    except InputError:
        raise
    except Exception:  # noqa: BLE001  (a broken PDF makes pypdf raise anything, and its text quotes the file)
        raise InputError("pdf-syntax", "the PDF cannot be read") from None
    if not "".join(pages).strip():
        raise InputError(
            "pdf-no-text", "the PDF has no text layer", hint="scanned pages need a person or an OCR system"
        )
    text = "\f".join("\n".join([page, *added]) for page, added in zip(pages, notes, strict=True))
    return PdfText(text, sum(not page.strip() for page in pages), any(notes))


def _pages(reader: Any) -> list[str]:
    if reader.is_encrypted and not reader.decrypt(""):  # whoever opens it without a password may read it
        raise InputError("pdf-encrypted", "the PDF is encrypted")
    if len(reader.pages) > LIMIT_PAGES:
        raise InputError("pdf-too-large", f"more than {LIMIT_PAGES} pages")
    pages, total = [], 0
    for page in reader.pages:
        text = _visible(_read(page))
        total += len(text)
        if total > LIMIT_CHARACTERS:
            raise InputError("pdf-too-large", f"more than {LIMIT_CHARACTERS} characters")
        pages.append(text)
    return pages


class Piece(NamedTuple):
    """A run of text, where it begins on its page, and its size."""

    x: float
    y: float
    text: str
    size: float


def _read(page: Any) -> str:
    """The text of a page; of two columns of prose, one after the other."""
    pieces: list[Piece] = []

    def seen(text: str, outer: Sequence[float], own: Sequence[float], _: object, size: float) -> None:
        if text.strip():
            x = own[4] * outer[0] + own[5] * outer[2] + outer[4]
            y = own[4] * outer[1] + own[5] * outer[3] + outer[5]
            pieces.append(Piece(x, y, text.strip(), abs(size * own[0] * outer[0])))

    text: str = page.extract_text(visitor_text=seen)
    parted = _by_columns(pieces)
    return parted if sorted(parted.split()) == sorted(text.split()) else text


def _by_columns(pieces: list[Piece]) -> str:
    """Lines of the left column before those of the right one; empty if there are no two columns of prose."""
    rows: dict[int, list[Piece]] = {}
    for piece in pieces:
        rows.setdefault(round(piece.y), []).append(piece)
    lines = [sorted(row) for _, row in sorted(rows.items(), reverse=True)]
    starts = Counter(round(piece.x) for line in lines for piece in line[1:])
    right, count = next(iter(starts.most_common(1)), (0, 0))
    if count < MIN_ROWS:
        return ""
    places = [i for i, line in enumerate(lines) if any(round(piece.x) == right for piece in line)]
    block = slice(places[0], places[-1] + 1)
    halves = [
        [[piece for piece in line if (round(piece.x) < right) is left] for line in lines[block]]
        for left in (True, False)
    ]
    columns = [[" ".join(piece.text for piece in line) for line in half] for half in halves]
    crossed = any(piece.x + NARROW * piece.size * len(piece.text) > right for line in halves[0] for piece in line)
    if crossed or not all(map(_is_prose, columns)):
        return ""
    around = [" ".join(piece.text for piece in line) for line in (*lines[: block.start], *lines[block.stop :])]
    return "\n".join([*around[: block.start], *columns[0], "", *columns[1], *around[block.start :]])


def _is_prose(column: list[str]) -> bool:
    """Whether lines go on in the next one; labels and cells of a table end where they end."""
    lines = [line for line in column if line]
    long = sum(len(line.split()) > 2 for line in lines)
    return any(line[0].islower() for line in lines[1:]) and 3 * long >= len(lines)


def _visible(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)


def _notes(page: Any) -> list[str]:
    """What the annotations of a page say and the fields of a form hold: a field's value may stand with its parent."""
    notes: dict[str, None] = {}
    for reference in page.get("/Annots") or ():
        note = reference.get_object()
        above = note["/Parent"] if "/Parent" in note and "/V" not in note else note
        for value in (note.get("/Contents"), above.get("/V")):
            text = _visible(value.replace("\r", "\n")).strip() if isinstance(value, str) else ""
            if text and not text.startswith("/"):  # which is the state of a box
                notes[text] = None
    return list(notes)
