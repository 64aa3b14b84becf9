"""Many spans, asked often."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

__all__ = ["Spans"]


class Spans:
    """Half-open spans of a text, in any order.

    Parameters
    ----------
    spans
        They may overlap.
    """

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def meet(self, start: int, end: int) -> bool:
        """Whether one of them shares a character with what stands from ``start`` to ``end``."""
        at = bisect_left(self._starts, end)
        return at > 0 and start < self._ends[at - 1]

    def hold(self, start: int, end: int) -> bool:
        """Whether one of them covers all from ``start`` to ``end``."""
        at = bisect_right(self._starts, start)
        return at > 0 and end <= self._ends[at - 1]
