"""From a passage back to its source: edits on decoded text become edits on the escaped original.

A passage is woven from pieces of its source: runs that stand there verbatim, escapes that stand for
other characters, and joints (line ends between HL7 segments) that have no source at all. Edits are
mapped back piece by piece; whatever they do not touch is copied verbatim, escapes included.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from deid.model import Edit

__all__ = ["Piece", "Weave", "weave"]


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """``text`` stands at ``source[start:end]``: verbatim, or escaped if the lengths or characters differ.

    A joint has ``start == end``; nothing can be written there and its text cannot be removed.
    """

    text: str
    start: int
    end: int
    verbatim: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Weave:
    """Pieces in the order of the passage, and where each begins in it."""

    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]

    @property
    def text(self) -> str:
        """The passage, decoded."""
        return "".join(piece.text for piece in self.pieces)

    def back(self, edits: Iterable[Edit], encode: Callable[[str], str] = str) -> list[Edit]:
        """Edits over the source for edits over the passage.

        Parameters
        ----------
        edits
            Over the passage, in any order, not overlapping.
        encode
            Escapes new text as the source's format wants it.

        Notes
        -----
        An edit that crosses joints puts as many lines as it crosses into the lines it touches; if the
        new text has another number of lines, all of it goes where the edit begins. Of an escape that an
        edit touches, the whole escape is replaced; its characters outside the edit are written again.
        """
        out: list[Edit] = []
        for edit in edits:
            out += self._one(edit, encode)
        return out

    def _one(self, edit: Edit, encode: Callable[[str], str]) -> list[Edit]:
        spans = self._lines(edit.start, edit.end)
        new = str(edit.new)
        lines = new.split("\n")
        if len(lines) != len(spans):
            lines = [new.replace("\n", " ") if len(spans) > 1 else new] + [""] * (len(spans) - 1)
        out: list[Edit] = []
        for span, line in zip(spans, lines, strict=True):
            mapped = self._map(span, line, encode)
            if mapped is not None:
                out.append(mapped)
        return out

    def _touched(self, start: int, end: int) -> range:
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = first
        while last + 1 < len(self.pieces) and self.starts[last + 1] < end:
            last += 1
        return range(first, last + 1)

    def _lines(self, start: int, end: int) -> list[tuple[int, int]]:
        """The edit's span cut at the joints it crosses."""
        spans, at = [], start
        for i in self._touched(start, end):
            piece, begin = self.pieces[i], self.starts[i]
            if piece.start == piece.end and piece.text and begin >= start and begin + len(piece.text) <= end:
                spans.append((at, begin))
                at = begin + len(piece.text)
        return [*spans, (at, end)]

    def _map(self, span: tuple[int, int], new: str, encode: Callable[[str], str]) -> Edit | None:
        start, end = span
        places = [i for i in self._touched(start, end) if self._solid(i, start, end)]
        if not places:
            return None
        first, last = self.pieces[places[0]], self.pieces[places[-1]]
        ahead, behind = start - self.starts[places[0]], end - self.starts[places[-1]]
        left = first.start + ahead if first.verbatim else first.start
        right = last.start + behind if last.verbatim else last.end
        before = "" if first.verbatim else encode(first.text[:ahead])
        after = "" if last.verbatim else encode(last.text[behind:])
        return Edit(left, right, before + encode(new) + after)

    def _solid(self, i: int, start: int, end: int) -> bool:
        piece, begin = self.pieces[i], self.starts[i]
        if piece.start == piece.end and piece.text:
            return False
        if start == end:
            return begin <= start <= begin + len(piece.text)
        return begin < end and begin + len(piece.text) > start


def weave(pieces: Sequence[Piece]) -> Weave:
    """Pieces with the place of each in the passage."""
    starts, at = [], 0
    for piece in pieces:
        starts.append(at)
        at += len(piece.text)
    return Weave(tuple(pieces), tuple(starts))
