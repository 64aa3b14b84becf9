"""HTML in a field of a table or an object: searched without its tags, written back with them but without attributes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deid.model import Edit
from deid.sources.unit import Body
from deid.sources.weave import Piece, Weave, weave

__all__ = ["Fragment", "WovenBody", "fragment"]

MARK = re.compile(
    r"<!--.*?-->"
    r"|<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?)>"
    r"|&(?:#\d{1,7}|#[xX][\dA-Fa-f]{1,6}|[A-Za-z]{2,8});",
    re.DOTALL,
)
_BLOCKS = """address article blockquote body br caption center col dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr html
img li ol p pre section table tbody td tfoot th thead tr ul"""
_INLINE = "a abbr b big code em font i mark q s small span strike strong sub sup tt u"
BLOCKS, INLINE = frozenset(_BLOCKS.split()), frozenset(_INLINE.split())


@dataclass(frozen=True, slots=True, repr=False)
class Fragment:
    """The text of a fragment with its way back, and what goes in any case: attributes, pictures, comments."""

    source: str
    text: Weave
    dropped: tuple[Edit, ...]

    def back(self, edits: Sequence[Edit]) -> list[Edit]:
        """Edits over the fragment for edits over its text; tags inside what is replaced come after it."""
        new = [Edit(e.start, e.end, str(e.new) + self._tags(e)) for e in self.text.back(edits, html.escape)]
        return [*new, *(d for d in self.dropped if not any(e.start <= d.start and d.end <= e.end for e in new))]

    def _tags(self, edit: Edit) -> str:
        marks = MARK.finditer(self.source, edit.start, edit.end)
        return "".join(f"<{m[1]}{m[2]}>" for m in marks if m[2] and m[2].lower() in BLOCKS | INLINE)


@dataclass(frozen=True, slots=True, repr=False)
class WovenBody:
    """A document some of whose passages are fragments."""

    body: Body
    fragments: Mapping[str, Fragment]

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """The document with the edits of fragments taken back to their source."""
        mapped = {key: self.fragments[key].back(es) if key in self.fragments else es for key, es in edits.items()}
        return self.body.write(mapped, values)


def fragment(source: str) -> Fragment | None:
    r"""Take HTML apart; None for a value that holds none.

    Examples
    --------
    >>> fragment("nodule < 5 mm & stable"), fragment("<p>Dr.&nbsp;<b>Ng</b></p>").text.text
    (None, '\nDr.\xa0Ng\n')
    """
    pieces: list[Piece] = []
    dropped: list[Edit] = []
    at, found = 0, False
    for mark in MARK.finditer(source):
        start, end = mark.span()
        name = (mark[2] or "").lower()
        if name and name not in BLOCKS | INLINE:
            continue
        found = True
        if start > at:
            pieces.append(Piece(source[at:start], at, start))
        at = end
        if source[start] == "&":
            pieces.append(Piece(html.unescape(mark[0]), start, end, verbatim=False))
        elif not name or name == "img":
            dropped.append(Edit(start, end, ""))
        else:
            if name in BLOCKS:
                pieces.append(Piece("\n", start, start))
            if mark[3].strip(" /"):
                dropped.append(Edit(start, end, f"<{mark[1]}{mark[2]}>"))
    if not found:
        return None
    pieces.append(Piece(source[at:], at, len(source)))
    return Fragment(source, weave(pieces), tuple(dropped))
