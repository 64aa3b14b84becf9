"""Text that is scattered over the nodes of a document: searched as one passage, written back node by node.

A name may begin in one run of a paragraph and end in another. The passage joins runs of a line without anything, lines
with a line end, cells and parts with more; edits are mapped back to the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deid.model import Edit

__all__ = ["CELL", "LINE", "PART", "Slots"]

LINE, CELL, PART = "\n", " |\n", "\n\n"  # what stands before a line, a cell of a row, a row or a part of the document
LINE_END = re.compile(r"(?: \|)?\n+")


@dataclass(frozen=True, slots=True, repr=False)
class Slots:
    """Texts of nodes in document order, and what stands before each: nothing, or what ends with a line end."""

    texts: tuple[str, ...]
    joints: tuple[str, ...]

    @property
    def text(self) -> str:
        """The passage."""
        return "".join((joint if i else "") + text for i, (text, joint) in enumerate(self._each()))

    def _each(self) -> Iterable[tuple[str, str]]:
        return zip(self.texts, self.joints, strict=True)

    def apply(self, edits: Sequence[Edit]) -> list[str]:
        """New texts of the nodes.

        Notes
        -----
        The new text of an edit goes into the first node that it touches and is taken out of the others. If
        it crosses as many line ends as its new text has, each line goes into its own node.
        """
        starts, at = [], 0
        for i, (text, joint) in enumerate(self._each()):
            at += len(joint) if i else 0
            starts.append(at)
            at += len(text)
        out: list[list[tuple[int, int, str]]] = [[] for _ in self.texts]
        for edit in edits:
            self._place(edit, starts, out)
        return [_spliced(text, changes) for text, changes in zip(self.texts, out, strict=True)]

    def _place(self, edit: Edit, starts: list[int], out: list[list[tuple[int, int, str]]]) -> None:
        touched = [
            i
            for i, (start, text) in enumerate(zip(starts, self.texts, strict=True))
            if (start < edit.end and start + len(text) > edit.start)
            or (edit.start == edit.end and start <= edit.start <= start + len(text))
        ]
        if edit.start == edit.end:
            touched = touched[:1]
        if not touched:
            return
        firsts = [i for n, i in enumerate(touched) if n == 0 or any(self.joints[touched[n - 1] + 1 : i + 1])]
        lines = LINE_END.split(str(edit.new))
        if len(lines) != len(firsts):
            lines = [" ".join(lines) if len(self.texts) > 1 else str(edit.new)] + [""] * (len(firsts) - 1)
        new = dict(zip(firsts, lines, strict=True))
        for i in touched:
            start, end = max(edit.start - starts[i], 0), min(edit.end - starts[i], len(self.texts[i]))
            out[i].append((start, end, new.get(i, "")))


def _spliced(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
