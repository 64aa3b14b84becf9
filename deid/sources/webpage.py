"""HTML reports: text is searched, elements stay, attributes, scripts, styles, pictures and links go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deid.errors import InputError
from deid.model import Edit
from deid.sources.attachment import Attachment, open_attachment
from deid.sources.plain import decode_text, text_unit
from deid.sources.unit import ReportUnit

__all__ = ["join", "read", "texts"]

HEAD = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"/></head>'


@dataclass(frozen=True, slots=True, repr=False)
class PageBody:
    """The body of a page."""

    page: Attachment

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:  # noqa: ARG002
        """A page with the same elements in its body and nothing in its head."""
        return f"{HEAD}{self.page.write('', edits['text'])}</html>\n".encode()


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read a page as one report.

    Raises
    ------
    InputError
        ``html-syntax``, ``text-encoding``, ``source-empty``.
    """
    text, _ = decode_text(data)
    page = open_attachment(text, "text/html", base64=False)
    if page is None:
        raise InputError("html-syntax", "the page cannot be read")
    if not page.text.strip():
        raise InputError("source-empty", "the page holds no text")
    return [text_unit(page.text, PageBody(page), kind="html", suffix=".html", language=language)]


def join(documents: list[bytes]) -> bytes:
    """A page holds one report."""
    raise InputError("source-single", f"{len(documents)} reports cannot share a page")


def texts(data: bytes) -> str:
    """The text without markup, and the markup too."""
    text, _ = decode_text(data)
    page = open_attachment(text, "text/html", base64=False)
    return f"{page.text if page else ''}\n{text}"
