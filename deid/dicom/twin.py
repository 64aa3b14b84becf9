"""The plan of an instance whose header is another's but for a few values: only what those become is found out anew.

Two headers of one series differ in a handful of elements (:mod:`deid.dicom.repeat` tells which). What becomes of an
element depends on its own bytes and on what is said elsewhere in the header. As long as nothing differs that has such
a say, the changes to all other elements are those of the instance before, moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from deid.dicom.rewrite import Result, Rewriter, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deid.dicom.read import Instance
    from deid.dicom.scan import Element
    from deid.model import Alert, Link

__all__ = ["Decided", "Twin", "told"]

Change = tuple[int, int, bytes]


@dataclass(slots=True, eq=False, repr=False)
class Decided:
    """What becomes of the elements of one instance.

    Attributes
    ----------
    changes
        What replaces which span of the buffer.
    results
        One per top level element, and one of each that was put in.
    links, alerts
        Of all of them, at every level.
    stated
        Tags of what we write of our own.
    """

    changes: list[Change]
    results: list[Result]
    links: list[Link]
    alerts: list[Alert]
    stated: frozenset[int]
    pixel_removed: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Twin:
    """What was decided about a header, for those like it.

    Attributes
    ----------
    fixed
        Changes to elements that do not vary and what is put in before the elements of a run, relative to the start
        of each run; the last for what stands behind all of them.
    results
        One per top level element, and those of elements that were put in.
    links, alerts
        Of the elements that do not vary.
    varying
        Number of the run, number of the element, creator of the private block.
    stated
        Tags of what we write of our own.
    placed
        By number of a run: where it began last, and its fixed changes there.
    """

    fixed: tuple[tuple[Change, ...], ...]
    results: tuple[Result, ...]
    links: list[Link]
    alerts: list[Alert]
    varying: tuple[tuple[int, int, str], ...]
    stated: frozenset[int]
    placed: dict[int, tuple[int, list[Change]]] = field(default_factory=dict)

    @classmethod
    def of(cls, instance: Instance, decided: Decided) -> Twin | None:
        """What may serve the next instance; None if Pixel Data is changed, or a value of our own that varies."""
        runs, elements = instance.runs, instance.elements
        numbers = list(accumulate((len(run.elements) for run in runs), initial=0))
        varying = tuple(
            (at, number, _creator(instance, elements[number]))
            for at, (run, number) in enumerate(zip(runs, numbers, strict=False))
            if run.free
        )
        if any(elements[number].tag in decided.stated for _, number, _ in varying):
            return None
        at_varying = {elements[number].start for _, number, _ in varying}
        starts = [elements[number].start for number in numbers[:-1]]
        end = elements[numbers[-1] - 1].end
        fixed: list[list[Change]] = [[] for _ in range(len(runs) + 1)]
        place = 0
        for start, stop, new in sorted(decided.changes):
            while place < len(runs) and start >= (starts[place + 1] if place + 1 < len(runs) else end):
                place += 1
            if place == len(runs) and stop > start:
                return None
            if start in at_varying and stop > start:
                continue
            base = starts[place] if place < len(runs) else end
            fixed[place].append((start - base, stop - base, new))
        own = {number for _, number, _ in varying}
        links, alerts = told(result for number, result in enumerate(decided.results) if number not in own)
        return cls(tuple(map(tuple, fixed)), tuple(decided.results), links, alerts, varying, decided.stated)

    def decide(self, instance: Instance, rewriter: Rewriter, scope: Scope) -> Decided | None:
        """What becomes of an instance of the same kind; None if it is not so like it."""
        elements, data = instance.elements, instance.buffer
        results = list(self.results)
        new: dict[int, Result] = {}
        for at, number, creator in self.varying:
            result = rewriter.one(elements[number], data, scope, creator)
            before = results[number]
            if creator and (result.new == b"") != (before.new == b""):
                return None  # whether a creator stays is decided by the elements of its block
            new[at] = results[number] = result
        links, alerts = told(new.values())
        return Decided(
            self._moved(instance, new), results, self.links + links, self.alerts + alerts, stated=self.stated
        )

    def _moved(self, instance: Instance, new: dict[int, Result]) -> list[Change]:
        """The changes where the runs of this instance lie."""
        at = instance.begin
        changes: list[Change] = []
        for number, run in enumerate(instance.runs):
            changes += self._placed(number, at)
            size = len(run.content)
            own = new[number].new if number in new else None
            if own is not None:
                changes.append((at, at + size, own))
            at += size
        return changes + self._placed(len(instance.runs), at)

    def _placed(self, number: int, at: int) -> list[Change]:
        """Fixed changes of a run that begins at ``at``, which is where it began in the instance before as a rule."""
        before, found = self.placed.get(number, (-1, []))
        if before != at:
            found = [(start + at, stop + at, content) for start, stop, content in self.fixed[number]]
            self.placed[number] = at, found
        return found


def told(results: Iterable[Result]) -> tuple[list[Link], list[Alert]]:
    """Links and alerts of results and of everything below them."""
    telling = [result for result in results if result.telling]
    links = [link for result in telling for link in result.all_links()]
    return links, [alert for result in telling for alert in result.all_alerts()]


def _creator(instance: Instance, element: Element) -> str:
    """The creator of the block that an element belongs to; empty for a standard element or one without."""
    tag = element.tag
    return instance.text(tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8) if tag & 0x10000 else ""
