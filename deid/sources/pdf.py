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
    """The text of all pages, with a form feed between them, and how many pages had none."""

    text: str
    without: int


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read the text layer as one report.

    Raises
    ------
    InputError
        ``pdf-syntax``, ``pdf-encrypted``, ``pdf-no-text`` for scanned pages, ``pdf-too-large``.
    """
    found = pdf_text(data)
    alerts = ("pdf-page-without-text",) if found.without else ()
    body = PlainBody(found.text, "utf-8")
    return [text_unit(found.text, body, kind="pdf", suffix=".txt", language=language, alerts=alerts)]


def pdf_text(data: bytes) -> PdfText:
    """Text of the pages, in reading order as far as the file tells it.

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
            pages = _pages(pypdf.PdfReader(io.BytesIO(data), strict=False))
    except InputError:
        raise
    except Exception:  # noqa: BLE001  (a broken PDF makes pypdf raise anything, and its text quotes the file)
        raise InputError("pdf-syntax", "the PDF cannot be read") from None
    text = "\f".join(pages)
    if not text.strip():
        raise InputError(
            "pdf-no-text", "the PDF has no text layer", hint="scanned pages need a person or an OCR system"
        )
    return PdfText(text, sum(not page.strip() for page in pages))


def _pages(reader: Any) -> list[str]:
    if reader.is_encrypted:
        raise InputError("pdf-encrypted", "the PDF is encrypted")
    if len(reader.pages) > LIMIT_PAGES:
        raise InputError("pdf-too-large", f"more than {LIMIT_PAGES} pages")
    pages, total = [], 0
    for page in reader.pages:
        text = "".join(c for c in page.extract_text() if c in "\n\t" or ord(c) >= 32)
        total += len(text)
        if total > LIMIT_CHARACTERS:
            raise InputError("pdf-too-large", f"more than {LIMIT_CHARACTERS} characters")
        pages.append(text)
    return pages
