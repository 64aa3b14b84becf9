"""XML and XHTML read safely: no entities, no network, no comments, bounded depth; text nodes as slots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from deid.errors import InputError
from deid.sources.slots import LINE, Slots

__all__ = ["local", "parse_html", "parse_xml", "set_slots", "text_slots", "xml_text"]

LIMIT_DEPTH = 200
LIMIT_NODES = 500_000
FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdo",
        "big",
        "cite",
        "code",
        "content",
        "em",
        "font",
        "i",
        "kbd",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "var",
        "footnoteRef",
    ]
)
HIDDEN = frozenset(["script", "style", "head", "title", "object", "embed", "iframe", "svg"])
Node = Any


def parse_xml(data: bytes, *, code: str) -> Node:
    """The root element, without comments and processing instructions.

    Raises
    ------
    InputError
        ``CODE-xml`` if the bytes are no XML or hold a document type, ``CODE-too-large`` if it is nested too
        deeply or has too many nodes.
    """
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data[:65536].replace(b"\0", b""), re.IGNORECASE):
        raise InputError(f"{code}-xml", "a document type or entity is not accepted")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise InputError(f"{code}-xml", "the bytes are not well-formed XML") from None
    if root.getroottree().docinfo.doctype:
        raise InputError(f"{code}-xml", "a document type or entity is not accepted")
    _bounded(root, code)
    return root


def parse_html(text: str, *, code: str) -> Node:
    """The root of an HTML page or fragment, however broken.

    Raises
    ------
    InputError
        ``CODE-html``, ``CODE-too-large``.
    """
    try:
        root = html.document_fromstring(
            xml_text(text).encode("utf-8"),
            parser=html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True),
        )
    except (etree.ParserError, ValueError):
        raise InputError(f"{code}-html", "the text is not HTML") from None
    _bounded(root, code)
    return root


def _bounded(root: Node, code: str) -> None:
    count = 0
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > LIMIT_DEPTH or count > LIMIT_NODES:
            raise InputError(f"{code}-too-large", "the document is nested too deeply or has too many nodes")
        stack += [(child, depth + 1) for child in node]


def local(node: Node) -> str:
    """Name without namespace."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_slots(root: Node) -> Slots:
    """All text below an element, in document order; only inline elements do not start a line."""
    texts, joints = [], []
    fresh = True
    for _, _, text, new in _walk(root):
        fresh = fresh or new
        if text is None:
            continue
        texts.append(text)
        joints.append(LINE if fresh else "")
        fresh = False
    return Slots(tuple(texts), tuple(joints))


def set_slots(root: Node, texts: list[str]) -> None:
    """Put new texts where :func:`text_slots` took the old ones from."""
    places = [(node, part) for node, part, text, _ in _walk(root) if text is not None]
    for (node, part), text in zip(places, texts, strict=True):
        setattr(node, part, xml_text(text))


def xml_text(text: str) -> str:
    """Without the characters that XML cannot hold (XML 1.0 2.2); HTML and attachments may bring them."""
    return FORBIDDEN.sub("", text)


def _walk(root: Node) -> Iterator[tuple[Node, str, str | None, bool]]:
    """Text and tails with whether a line begins there; None stands for a line end without text."""
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        block = local(node) not in INLINE
        if leaving:
            if block:
                yield node, "", None, True
            if node is not root and node.tail:
                yield node, "tail", node.tail, False
            continue
        if block:
            yield node, "", None, True
        if node.text:
            yield node, "text", node.text, False
        stack.append((node, True))
        stack += [(child, False) for child in reversed(node)]
