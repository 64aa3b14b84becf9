"""PDF: its text, cleaned, as a plain PDF of our own making.

References
----------
ISO 32000-1 7.5 (file structure), 9.6.2.2 (standard fonts).
"""

from __future__ import annotations

import io
import logging
import textwrap

from deid.dicom.documents import Cleaned, DocumentCleaner, empty_document
from deid.model import Alert, Link
from deid.pixels.pages import pdf_file

__all__ = ["clean_pdf", "text_pdf"]

_PAGES_MAX = 500
_COLUMNS, _LINES = 95, 60


def clean_pdf(raw: bytes, cleaner: DocumentCleaner) -> Cleaned:
    """A PDF of the cleaned text; an empty one if the text cannot be read."""
    try:
        pages, pictures = _text_of(raw)
    except Exception:  # noqa: BLE001  # a PDF library raises whatever a hostile file makes it raise; we fail closed
        return Cleaned(empty_document("application/pdf"), alerts=(Alert("document-emptied", "an unreadable PDF"),))
    links: list[Link] = []
    cleaned = [cleaner.text(page, links) for page in pages]
    alerts = [Alert("document-rewritten", "a PDF as plain text")]
    if pictures or not any(page.strip() for page in pages):
        alerts.append(Alert("document-pictures-removed"))
    return Cleaned(text_pdf(cleaned or [""]), tuple(links), tuple(alerts))


def _text_of(raw: bytes) -> tuple[list[str], bool]:
    """Text of each page, and whether there are pictures."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the file
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("encrypted")
    pages = reader.pages[:_PAGES_MAX]
    pictures = any("/XObject" in (page.get("/Resources") or {}) for page in pages)
    fields = [str(field.get("/V", "")) for field in (reader.get_fields() or {}).values()]
    return [page.extract_text() for page in pages] + ([" ".join(fields)] if any(fields) else []), pictures


def text_pdf(pages: list[str]) -> bytes:
    """A PDF that shows text in a standard font; the same bytes for the same text."""
    sheets = [sheet for page in pages for sheet in _sheets(page)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier "
               b"/Encoding /WinAnsiEncoding >>"]  # fmt: skip
    kids = []
    for sheet in sheets:
        content = (
            b"BT /F1 9 Tf 11 TL 40 800 Td\n" + b"".join(b"(" + _escaped(line) + b") '\n" for line in sheet) + b"ET"
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return pdf_file(objects)


def _sheets(page: str) -> list[list[str]]:
    lines = [part for line in page.splitlines() for part in (textwrap.wrap(line, _COLUMNS) or [""])] or [""]
    return [lines[at : at + _LINES] for at in range(0, len(lines), _LINES)]


def _escaped(line: str) -> bytes:
    raw = line.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
