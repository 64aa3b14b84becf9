"""Headers of which most bytes stood in the instance before: what repeats is not taken apart again.

Where an element starts and which encoding it has decide, with its own bytes, what the scanner makes of it. So a run of
elements whose bytes are found again at the place where an element starts is the same elements, moved. What differs
between the instances of a series is learnt from the first few: a run in which something changed is cut there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from deid.dicom.known import identifying, known_values
from deid.dicom.scan import UNDEFINED, Element, Item, Scan, Scanner
from deid.dicom.values import Charset
from deid.errors import InputError
from deid.model import Category, Known, Role

__all__ = ["Repeats", "Run", "identifiers"]

_KEPT = 4  # headers that are remembered: series may come mixed
_NEW = 48  # runs that one header may add by what differs in it
_PLACES = 16  # of a run that are remembered: lengths before it change by a few bytes


@dataclass(slots=True, eq=False, repr=False)
class Run:
    """Consecutive top level elements as they stood in one header."""

    content: bytes
    elements: list[Element]
    known: dict[Charset, tuple[Known, ...]] = field(default_factory=dict)
    _placed: dict[int, list[Element]] = field(default_factory=dict)

    def placed(self, at: int) -> list[Element]:
        """The elements of the run where it begins at ``at``."""
        by, new = at - self.elements[0].start, tuple.__new__
        if not by:
            return self.elements
        found = self._placed.get(at)
        if found is None:
            found = [
                new(Element, (tag, vr, start + by, value + by, end + by, length, implicit, None))
                if items is None
                else _moved(element, by)
                for element in self.elements
                for tag, vr, start, value, end, length, implicit, items in (element,)
            ]
            if len(self._placed) >= _PLACES:
                self._placed.clear()
            self._placed[at] = found
        return found

    def identifiers(self, charset: Charset) -> tuple[Known, ...]:
        """Identifiers that the run names."""
        found = self.known.get(charset)
        if found is None:
            start, table = self.elements[0].start, identifying()
            telling = [e for e in self.elements if e.tag in table or e.vr == "PN" or e.items is not None]
            found = known_values([_moved(e, -start) for e in telling], self.content, charset)
            self.known[charset] = found
        return found


@dataclass(slots=True, eq=False, repr=False)
class _Header:
    """A header as it was taken apart."""

    implicit: bool
    runs: list[Run]


class Repeats:
    """Scans headers and remembers the last few of them."""

    def __init__(self) -> None:
        self._headers: list[_Header] = []

    def scan(self, scanner: Scanner, begin: int, end: int, *, implicit: bool) -> tuple[Scan, tuple[Run, ...]]:
        """Elements up to the header of Pixel Data, as :meth:`Scanner.dataset` gives them, and the runs they form.

        Raises
        ------
        InputError
            As the scanner.
        """
        data = scanner.data
        alike = [h for h in self._headers if h.implicit == implicit and data.startswith(h.runs[0].content, begin)]
        for header in alike or self._headers[:1]:
            found = _again(header, scanner, begin, end) if header.implicit == implicit else None
            if found is not None:
                self._headers.remove(header)
                self._headers.insert(0, header)
                return found, tuple(header.runs)
        scan = scanner.dataset(begin, end, implicit=implicit)
        runs = [Run(data[begin : scan.elements[-1].end], scan.elements)] if scan.elements else []
        if runs:
            self._headers.insert(0, _Header(implicit, runs))
            del self._headers[_KEPT:]
        return scan, tuple(runs)


def identifiers(runs: Iterable[Run], charset: Charset, after: Iterable[Known] = ()) -> tuple[Known, ...]:
    """Identifiers of a header by its runs and of what follows them, each once."""
    found: dict[tuple[str, Category, Role], Known] = {}
    for run in runs:
        for item in run.identifiers(charset):
            found.setdefault((item.value, item.category, item.role), item)
    for item in after:
        found.setdefault((item.value, item.category, item.role), item)
    return tuple(found.values())


def _again(header: _Header, scanner: Scanner, begin: int, end: int) -> Scan | None:
    """Elements of a header of the same kind; None if it turns out to be none. What differs is cut out of the runs."""
    data, at = scanner.data, begin
    elements: list[Element] = []
    runs: list[Run] = []
    for run in header.runs:
        if data.startswith(run.content, at):
            elements += run.placed(at)
            runs.append(run)
            at += len(run.content)
            continue
        parts = _cut(run, scanner, at, end, implicit=header.implicit)
        if parts is None or len(runs) > 2 * len(header.runs) + _NEW:
            return None
        for part in parts:
            elements += part.elements
        runs += parts
        at = elements[-1].end
    rest = scanner.dataset(at, end, implicit=header.implicit)
    if rest.elements:
        runs.append(Run(data[at : rest.elements[-1].end], rest.elements))
    header.runs = runs
    return Scan(elements + rest.elements, rest.end, rest.pixel)


def _cut(run: Run, scanner: Scanner, at: int, end: int, *, implicit: bool) -> list[Run] | None:
    """The elements of a run in which something changed, where they stand now: what stayed, each that changed, the rest.

    None if other elements stand there.
    """
    data, first = scanner.data, run.elements[0].start
    parts: list[Run] = []
    same: list[Element] = []
    for element in run.elements:
        raw = run.content[element.start - first : element.end - first]
        if data.startswith(raw, at):
            same.append(_moved(element, at - element.start))
            at += len(raw)
            continue
        try:
            changed = scanner.one(at, end, implicit=implicit)
        except InputError:
            return None
        if changed.tag != element.tag or UNDEFINED in (changed.length, element.length):
            return None
        if same:
            parts.append(_run(data, same))
        parts.append(_run(data, [changed]))
        same, at = [], changed.end
    if same:
        parts.append(_run(data, same))
    return parts


def _run(data: bytes, elements: list[Element]) -> Run:
    return Run(data[elements[0].start : elements[-1].end], elements)


def _moved(element: Element, by: int) -> Element:
    items = element.items
    if items is not None:
        items = tuple(
            Item(i.start + by, i.body + by, i.end + by, i.length, i.implicit, [_moved(e, by) for e in i.elements])
            for i in items
        )
    start, value, end = element.start + by, element.value + by, element.end + by
    return element._replace(start=start, value=value, end=end, items=items)
