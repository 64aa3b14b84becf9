"""PDF pages become pictures in which text is filled; nothing else of the file is left."""

import io
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from deid.errors import EngineError, InputError
from deid.pixels import detect
from deid.pixels.pages import clean_pages
from deid.settings import PixelSettings
from tests.pixel_instances import box


def scanned(pages: int = 2, colour: str = "white") -> bytes:
    pictures = []
    for n in range(pages):
        page = Image.new("RGB", (300, 400), colour)
        ImageDraw.Draw(page).text((30, 40), f"SMITH JOHN {n}", fill="black")
        pictures.append(page)
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], title="SMITH^JOHN", resolution=72)
    return out.getvalue()


def finding(monkeypatch, *regions):
    shown = []

    def look(frames, settings, **options):
        shown.append(np.array(frames[0]))
        return detect.Detection(regions, (), (), len(regions))

    monkeypatch.setattr(detect, "look", look)
    return shown


@pytest.mark.parametrize("colour", ["white", "#ffe0c0"])
def test_regions_are_filled_and_metadata_is_gone(monkeypatch, colour):
    pdfium = pytest.importorskip("pypdfium2")
    shown = finding(monkeypatch, box(50, 70, 250, 110))
    result = clean_pages(scanned(colour=colour), PixelSettings())
    assert [r.frame for r in result.regions] == [0, 1]
    assert b"SMITH" not in result.data
    again = pdfium.PdfDocument(result.data)
    assert len(again) == 2
    assert again.get_metadata_dict(skip_empty=True) == {}
    picture = again[1].render(scale=150 / 72, rev_byteorder=True).to_numpy()[..., :3]
    again.close()
    assert picture.shape == shown[1].shape
    assert picture[75:105, 60:240].max() < 8
    assert np.abs(picture[200:].astype(int) - shown[1][200:]).max() <= 2


def test_the_same_document_gives_the_same_bytes(monkeypatch):
    pytest.importorskip("pypdfium2")
    finding(monkeypatch)
    raw = scanned()
    assert clean_pages(raw, PixelSettings()).data == clean_pages(raw, PixelSettings()).data


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.4 SMITH", b"\0" * 500])
def test_an_unreadable_document_is_quarantined(monkeypatch, raw):
    pytest.importorskip("pypdfium2")
    finding(monkeypatch)
    with pytest.raises(InputError, match="document-unreadable"):
        clean_pages(raw, PixelSettings())


def test_a_page_beyond_the_limit_is_quarantined(monkeypatch):
    pytest.importorskip("pypdfium2")
    finding(monkeypatch)
    with pytest.raises(InputError, match="document-too-large"):
        clean_pages(scanned(1), PixelSettings(), dpi=3000)


def test_without_its_library_it_says_so(monkeypatch):
    finding(monkeypatch)
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(EngineError, match="engine-missing"):
        clean_pages(scanned(1), PixelSettings())
