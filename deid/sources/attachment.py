"""Documents inside documents: a base64 attachment or a narrative is decoded, searched, and written again.

Plain text and HTML are written as what they were; a PDF comes back as the plain text of its pages. Whatever else
there is cannot be searched and is taken out by the caller.
"""

from __future__ import annotations

import base64 as b64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deid.errors import InputError
from deid.model import Edit, splice
from deid.sources.encoded import is_encoded
from deid.sources.markup import local, parse_html, parse_xml, set_slots, text_slots
from deid.sources.plain import decode_text

__all__ = ["Attachment", "open_attachment"]

LIMIT_BYTES = 64 << 20
XHTML = "http://www.w3.org/1999/xhtml"
TAGS = frozenset(
    [
        "html",
        "body",
        "div",
        "p",
        "br",
        "span",
        "b",
        "i",
        "u",
        "em",
        "strong",
        "small",
        "big",
        "sub",
        "sup",
        "tt",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "hr",
        "blockquote",
        "q",
        "code",
        "cite",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "font",
        "center",
        "address",
        "abbr",
    ]
)
DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "object",
        "embed",
        "iframe",
        "svg",
        "img",
        "link",
        "meta",
        "form",
        "input",
        "button",
        "map",
        "area",
        "audio",
        "video",
        "math",
    ]
)
ATTRIBUTES = frozenset(("colspan", "rowspan"))


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """Decoded content.

    Attributes
    ----------
    text
        What is searched.
    written_as
        MIME type of what :meth:`write` gives.
    source
        The decoded original.
    base64
        Whether the value is written as base64.
    """

    text: str
    written_as: str
    source: str
    base64: bool

    @staticmethod
    def splice(text: str, edits: Sequence[Edit]) -> str:
        """Edits over plain text."""
        return splice(text, edits)

    def write(self, original: object, edits: Sequence[Edit]) -> str:  # noqa: ARG002
        """The new value, in the encoding of the old one."""
        new = splice(self.text, edits) if self.written_as == "text/plain" else self._markup(edits)
        return b64.b64encode(new.encode("utf-8")).decode("ascii") if self.base64 else new

    def _markup(self, edits: Sequence[Edit]) -> str:
        from lxml import etree

        root = _root(self.source, self.written_as)
        set_slots(root, text_slots(root).apply(edits))
        if not self.base64:
            root.tail = None
            return str(etree.tostring(_in_namespace(root), encoding="unicode", method="xml"))
        return str(etree.tostring(root, encoding="unicode", method="html"))


def open_attachment(value: str, content_type: str, *, base64: bool) -> Attachment | None:
    """Decode content; None if nobody here can read it.

    Parameters
    ----------
    value
        As it stands in the document.
    content_type
        What it says it is; a PDF is recognised by its first bytes too.
    """
    kind = content_type.partition(";")[0].strip().casefold()
    try:
        data = b64.b64decode("".join(value.split()), validate=True) if base64 else value.encode("utf-8")
        if len(data) > LIMIT_BYTES:
            return None
        return _opened(data, kind, base64=base64)
    except (InputError, binascii.Error, ValueError):
        return None


def _opened(data: bytes, kind: str, *, base64: bool) -> Attachment | None:
    if kind == "application/pdf" or data.startswith(b"%PDF-"):
        from deid.sources.pdf import pdf_text

        text = pdf_text(data).text
        return Attachment(text, "text/plain", text, base64)
    if kind in ("text/plain", ""):
        text, _ = decode_text(data)
        markup = text.lstrip()[:1] == "<"
        return None if (markup and not kind) or is_encoded(text) else Attachment(text, "text/plain", text, base64)
    if kind in ("text/html", "application/xhtml+xml"):
        text, _ = decode_text(data)
        return Attachment(text_slots(_root(text, kind)).text, kind, text, base64)
    return None


def _root(text: str, kind: str) -> Any:
    """The cleaned tree: known elements without attributes; the root is the body or the narrative's div."""
    if kind == "application/xhtml+xml":
        try:
            root = parse_xml(text.encode("utf-8"), code="xhtml")
        except InputError:
            root = parse_html(text, code="xhtml")
    else:
        root = parse_html(text, code="html")
    body = next((node for node in root.iter() if local(node) == "body"), root)
    if kind == "application/xhtml+xml" and len(body) == 1 and local(body[0]) == "div" and not (body.text or "").strip():
        body = body[0]
    _plain(body)
    return body


def _plain(root: Any) -> None:
    """Take out what is not text, and every attribute that is not about a table's shape."""
    for node in list(root.iter()):
        if local(node) in DROPPED and node is not root:
            _remove(node)
    for node in root.iter():
        if local(node) not in TAGS:
            node.tag = "span"
        for name in list(node.attrib):
            if name not in ATTRIBUTES or not node.attrib[name].isdigit():
                del node.attrib[name]


def _remove(node: Any) -> None:
    """An element without its tail, which is text of the parent."""
    parent, before = node.getparent(), node.getprevious()
    if parent is None:
        return
    if node.tail:
        if before is not None:
            before.tail = (before.tail or "") + node.tail
        else:
            parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def _in_namespace(root: Any) -> Any:
    """The same tree with every element in the XHTML namespace."""
    from lxml import etree

    new = etree.Element(f"{{{XHTML}}}{local(root)}", nsmap={None: XHTML})
    stack = [(root, new)]
    while stack:
        old, made = stack.pop()
        made.text = old.text
        for name, value in old.attrib.items():
            made.set(name, value)
        for child in old:
            copy = etree.SubElement(made, f"{{{XHTML}}}{local(child)}")
            copy.tail = child.tail
            stack.append((child, copy))
    return new
