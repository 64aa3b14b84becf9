"""PDF with a text layer: clean text comes out; the PDF itself is never written again."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from deid.errors import InputError
from deid.sources import plain
from deid.sources.plain import PlainBody, text_unit
from deid.sources.unit import ReportUnit

__all__ = ["PdfText", "join", "pdf_text", "read", "texts"]

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
        text = _visible(page.extract_text())
        total += len(text)
        if total > LIMIT_CHARACTERS:
            raise InputError("pdf-too-large", f"more than {LIMIT_CHARACTERS} characters")
        pages.append(text)
    return pages


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
