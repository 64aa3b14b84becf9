"""Encapsulated documents: read, searched and written anew; nothing of the original file is carried over unread.

A PDF becomes a plain PDF of its cleaned text: pictures, fonts, attachments and metadata do not survive. A CDA keeps
its structure. Surface models keep their geometry and lose their comments and names.

References
----------
PS3.15 2026d E.1.1 (Encapsulated Document), PS3.3 A.45.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from deid.model import Alert, Finding, Link, Passage, Subject, splice
from deid.surrogates import Surrogates

if TYPE_CHECKING:
    from deid.settings import TextSettings

__all__ = ["Cleaned", "DocumentCleaner", "clean_document", "empty_document"]

Find = Callable[[Passage, Subject | None], list[Finding]]

_STL_HEADER, _STL_FACET = 84, 50
_NUMBERS = re.compile(rb"[\s\d.eE+/-]*")
_GEOMETRY = frozenset((b"v", b"vn", b"vt", b"vp", b"f", b"l", b"p", b"s"))
_MATERIAL = frozenset((b"Ka", b"Kd", b"Ks", b"Ke", b"Ns", b"Ni", b"d", b"Tr", b"Tf", b"illum"))


class Cleaned(NamedTuple):
    """A document that may go out, what the vault shall know, and what to look at."""

    data: bytes
    links: tuple[Link, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class DocumentCleaner:
    """What cleaning a document needs: how to search, what to put in place of a finding."""

    find: Find
    surrogates: Surrogates
    settings: TextSettings
    subject: Subject
    shift: bool

    def text(self, original: str, links: list[Link], origin: str = "document") -> str:
        """A piece of text, cleaned."""
        from deid.text import plan_text  # loads dictionaries

        if not original.strip():
            return original
        passage = Passage(original, origin, self.settings.language)
        findings = self.find(passage, self.subject)
        if not findings:
            return original
        plan = plan_text(passage, findings, self.surrogates, self.settings, self.subject)
        links += plan.links
        return splice(original, plan.edits)


def clean_document(raw: bytes, mime: str, cleaner: DocumentCleaner) -> Cleaned:
    """The document, cleaned, of even length; an empty one where it cannot be read.

    Parameters
    ----------
    mime
        MIME Type of Encapsulated Document; what the bytes show comes first.
    """
    cleaned = _cleaned(raw, mime, cleaner)
    return cleaned._replace(data=_even(cleaned.data))


def _even(data: bytes) -> bytes:
    """What is text gets a line end for a pad byte, so that its length is that of its value; surface models are even."""
    return data if len(data) % 2 == 0 else data + b"\n"


def _cleaned(raw: bytes, mime: str, cleaner: DocumentCleaner) -> Cleaned:
    start = raw[:1024].lstrip(b"\xef\xbb\xbf \r\n\t")
    if b"%PDF-" in raw[:1024]:
        from deid.dicom.pdf import clean_pdf  # imports a PDF library

        return clean_pdf(raw, cleaner)
    if start.startswith(b"<"):
        from deid.dicom.cda import clean_cda  # imports an XML library

        return clean_cda(raw.rstrip(b"\0 "), cleaner)
    kind = mime.lower()
    if "stl" in kind:
        return _stl(raw)
    if "obj" in kind:
        return _lines(raw, _GEOMETRY, b"usemtl", cleaner.surrogates)
    if "mtl" in kind:
        return _lines(raw, _MATERIAL, b"newmtl", cleaner.surrogates)
    return Cleaned(empty_document(mime), alerts=(Alert("document-emptied", "of a kind that cannot be searched"),))


def empty_document(mime: str) -> bytes:
    """A document without content, of the same kind and of even length."""
    kind = mime.lower()
    if "xml" in kind or "cda" in kind:
        return _even(b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    if "stl" in kind:
        return bytes(_STL_HEADER)
    if "obj" in kind or "mtl" in kind:
        return b"# \n"
    from deid.dicom.pdf import text_pdf  # with the rest of its kind

    return _even(text_pdf(["This document has been removed."]))


def _stl(raw: bytes) -> Cleaned:
    """A binary surface model: the comment of its header and the free words of its facets go."""
    if len(raw) >= _STL_HEADER:
        count = struct.unpack_from("<I", raw, 80)[0]
        size = _STL_HEADER + count * _STL_FACET
        if size <= len(raw) <= size + 1:
            data = bytearray(raw[:size])
            data[:80] = bytes(80)
            data[_STL_HEADER + 48 :: _STL_FACET] = bytes(count)
            data[_STL_HEADER + 49 :: _STL_FACET] = bytes(count)
            return Cleaned(bytes(data))
    return Cleaned(empty_document("model/stl"), alerts=(Alert("document-emptied", "no binary surface model"),))


def _lines(raw: bytes, kept: frozenset[bytes], named: bytes, surrogates: Surrogates) -> Cleaned:
    """A surface model or its materials, line by line: numbers stay, names are replaced, the rest goes."""
    out = []
    for line in raw.rstrip(b"\0").splitlines():
        word, _, rest = line.strip().partition(b" ")
        if word in kept and _NUMBERS.fullmatch(rest):
            out.append(line.strip())
        elif word == named:
            name = surrogates.identifier(rest.decode("latin-1").strip(), "material")
            out.append(word + b" " + re.sub(rb"[^\w]", b"_", name.encode("ascii", "replace")))
    return Cleaned(b"\n".join(out) + b"\n")
