"""PDF pages as pictures: rasterised, looked at, filled, and put together as a PDF that holds nothing but pictures.

For documents whose pages are scans, where text cannot be extracted and cleaned. Needs ``pypdfium2``.
"""

from __future__ import annotations

import importlib
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from deid.errors import EngineError, InputError
from deid.model import Alert, Region, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from deid.pixels.reading import Find
    from deid.settings import PixelSettings

    Picture = NDArray[np.uint8]

__all__ = ["PAGES_MAX", "Pages", "clean_pages", "pdf_file"]

PAGES_MAX = 200
PIXELS_MAX = 40_000_000  # of one page: A2 at 200 dpi


@dataclass(frozen=True, slots=True, repr=False)
class Pages:
    """A document made of filled pictures.

    Attributes
    ----------
    data
        The new PDF: one picture per page, no text, no metadata; the same bytes for the same input.
    regions
        What was filled; ``frame`` is the number of the page, from 0.
    """

    data: bytes
    regions: tuple[Region, ...]
    alerts: tuple[Alert, ...]
    words_found: int

    def __repr__(self) -> str:
        return f"Pages({len(self.data)} bytes, {len(self.regions)} regions)"


def clean_pages(
    raw: bytes, settings: PixelSettings, *, find: Find | None = None, subject: Subject | None = None, dpi: int = 150
) -> Pages:
    """Rasterise a PDF and fill what its pages show as text that may not stay.

    Raises
    ------
    EngineError
        ``engine-missing`` if pypdfium2 is not installed.
    InputError
        ``document-unreadable``, ``document-too-large``.
    """
    from deid.pixels.detect import look

    pages: list[bytes] = []
    regions: list[Region] = []
    alerts: dict[Alert, None] = {}
    words = 0
    for number, (page, size) in enumerate(_rendered(raw, dpi)):
        seen = look([page], settings, find=find, subject=subject)
        for r in seen.regions:
            page[r.top : r.bottom, r.left : r.right] = 0
            regions.append(replace(r, frame=number))
        alerts.update(dict.fromkeys(seen.alerts))
        words += seen.words
        pages += _page_objects(page, size, 3 + 3 * number)
    return Pages(_pdf(pages), tuple(regions), tuple(alerts), words)


def _rendered(raw: bytes, dpi: int) -> Iterator[tuple[Picture, tuple[float, float]]]:
    """Pages as RGB and their sizes in points."""
    try:
        pypdfium2 = importlib.import_module("pypdfium2")
    except ImportError:
        raise EngineError(
            "engine-missing", "pypdfium2 is not installed", hint="pip install deid-pipeline[pdf]"
        ) from None
    try:
        document = pypdfium2.PdfDocument(raw)
        count = len(document)
    except Exception:  # noqa: BLE001 - whatever a hostile file makes it raise
        raise InputError("document-unreadable", "a PDF cannot be opened") from None
    try:
        if count > PAGES_MAX:
            raise InputError("document-too-large", "a PDF has more pages than the limit")
        for number in range(count):
            page = document[number]
            width, height = page.get_size()
            if width * height * (dpi / 72) ** 2 > PIXELS_MAX:
                raise InputError("document-too-large", "a page of a PDF is larger than the limit")
            picture = page.render(scale=dpi / 72, may_draw_forms=True, rev_byteorder=True).to_numpy()
            yield np.ascontiguousarray(picture[..., :3]), (width, height)
    finally:
        document.close()


def _page_objects(page: Picture, size: tuple[float, float], first: int) -> list[bytes]:
    """Page, content and picture as the PDF objects ``first``, ``first + 1`` and ``first + 2``."""
    grey = bool((page[..., :1] == page).all())
    rows, columns = page.shape[:2]
    packed = zlib.compress((page[..., 0] if grey else page).tobytes(), 6)
    content = b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % size
    return [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R /Resources << /XObject "
        b"<< /P %d 0 R >> >> >>" % (*size, first + 1, first + 2),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
        % (columns, rows, b"DeviceGray" if grey else b"DeviceRGB", len(packed), packed),
    ]


def _pdf(pages: list[bytes]) -> bytes:
    """A file of catalog, page tree, and three objects for each page."""
    kids = b" ".join(b"%d 0 R" % n for n in range(3, 3 + len(pages), 3))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages) // 3, kids),
        *pages,
    ]
    return pdf_file(objects)


def pdf_file(objects: list[bytes]) -> bytes:
    """A PDF of numbered objects, of which the first is its catalog (ISO 32000-1 7.5); it says nothing of its making."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
