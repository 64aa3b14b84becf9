"""Headers of which most bytes stood in the instance before: what repeats is not taken apart again.

Where an element starts and which encoding it has decide, with its own bytes, what the scanner makes of it. So a run of
elements whose bytes are found again at the place where an element starts is the same elements, moved. What differs
between the instances of a series is learnt from the first few: a run in which something changed is cut there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from deid.dicom.known import identifying, known_values
from deid.dicom.scan import UNDEFINED, Element, Item, Scan, Scanner
from deid.dicom.values import Charset
from deid.errors import InputError
from deid.model import Category, Known, Role

__all__ = ["Repeats", "Run", "identifiers"]

#: Elements by which others are decided about, or the instance as a whole: character set, image type, SOP Class, study
#: date, accession number, modality, conversion, manufacturer, descriptions, model, private data element
#: characteristics, issuer of patient ID, sex, age, body part, software, de-identification before, study, series,
#: document type; protocol, procedures and anatomic region, which tell of a head. Identifiers, Image Pixel attributes,
#: overlays and private creators are added by rule.
_DECIDING = frozenset(
    (
        0x00080005, 0x00080008, 0x00080016, 0x00080020, 0x00080050, 0x00080060, 0x00080064, 0x00080070, 0x00081030,
        0x0008103E, 0x00081090, 0x00080300, 0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x00101010, 0x00180015,
        0x00181020, 0x00120062, 0x0020000D, 0x0020000E, 0x00420012, 0x00082218, 0x00181030, 0x00189423, 0x00321060,
        0x00400254,
    )
)  # fmt: skip
#: Of group 0028, what says nothing of how pixels are stored: smallest and largest values, window, rescaling.
_SHADES = frozenset((*range(0x00280106, 0x0028010C), *range(0x00281050, 0x00281056)))
_SHARED = 64  # kinds of headers whose notes are kept
_KEPT = 4  # headers that are remembered: series may come mixed
_NEW = 48  # runs that one header may add by what differs in it
_PLACES = 16  # of a run that are remembered: lengths before it change by a few bytes


@dataclass(slots=True, eq=False, repr=False)
class Run:
    """Consecutive top level elements as they stood in one header.

    Attributes
    ----------
    varies
        One element that differs from the one in a header before.
    free
        That, and nothing else in the header is decided by it.
    """

    content: bytes
    elements: list[Element]
    varies: bool = False
    free: bool = False
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
        self._notes: dict[Hashable, dict[Any, Any]] = {}
        self._meta: dict[tuple[bytes, bytes], dict[str, str]] = {}

    def notes(self, runs: tuple[Run, ...], *more: Hashable) -> dict[Any, Any]:
        """A place for whatever holds for all headers that differ in free elements only; ``more`` must be equal too."""
        key = (*(-run.elements[0].tag if run.free else run.content if run.varies else run for run in runs), *more)
        found = self._notes.get(key)
        if found is None:
            if len(self._notes) >= _SHARED:
                self._notes.clear()
            found = self._notes[key] = {}
        return found

    def meta(self, data: bytes) -> tuple[dict[str, str], int] | None:
        """File meta information that differs from one before in the SOP Instance UID only, and where it ends."""
        place = _place_of_uid(data)
        known = self._meta.get((data[: place[0]], data[place[1] : place[2]])) if place else None
        if place is None or known is None:
            return None
        return {**known, _INSTANCE: data[place[0] : place[1]].decode("latin-1").strip(" \0")}, place[2]

    def remember_meta(self, data: bytes, meta: dict[str, str], end: int) -> None:
        """Remember file meta information that was read as a whole."""
        place = _place_of_uid(data)
        if place is not None and place[2] == end:
            if len(self._meta) >= _SHARED:
                self._meta.clear()
            self._meta[data[: place[0]], data[place[1] : end]] = meta

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


_INSTANCE = "MediaStorageSOPInstanceUID"


def _place_of_uid(data: bytes) -> tuple[int, int, int] | None:
    """Where the value of (0002,0003) begins and ends and where its group ends; None if it is not written as usual."""
    at = data.find(b"\x02\x00\x03\x00UI", 132, 512) + 8
    if at < 8 or data[132:140] != b"\x02\x00\x00\x00UL\x04\x00":
        return None
    return at, at + int.from_bytes(data[at - 2 : at], "little"), 144 + int.from_bytes(data[140:144], "little")


def identifiers(runs: Iterable[Run], charset: Charset, notes: dict[Any, Any]) -> tuple[Known, ...]:
    """Identifiers of a header by its runs, each once and in order; ``notes`` holds those of the headers like it."""
    telling = [run for run in runs if not run.free or run.elements[0].items is not None]
    own = any(run.free for run in telling)
    known: tuple[Known, ...] | None = None if own else notes.get("known")
    if known is None:
        known = _each_once(run.identifiers(charset) for run in telling)
        if not own:
            notes["known"] = known
    return known


def _each_once(groups: Iterable[tuple[Known, ...]]) -> tuple[Known, ...]:
    found: dict[tuple[str, Category, Role], Known] = {}
    for group in groups:
        for item in group:
            found.setdefault((item.value, item.category, item.role), item)
    return tuple(found.values())


def _again(header: _Header, scanner: Scanner, begin: int, end: int) -> Scan | None:
    """Elements of a header of the same kind; None if it turns out to be none. What differs is cut out of the runs."""
    data, at = scanner.data, begin
    elements: list[Element] = []
    runs: list[Run] = []
    for run in header.runs:
        content = run.content
        if data.startswith(content, at):
            elements += run.placed(at)
            runs.append(run)
            at += len(content)
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
        parts.append(_varying(data, changed))
        same, at = [], changed.end
    if same:
        parts.append(_run(data, same))
    return parts


def _run(data: bytes, elements: list[Element]) -> Run:
    return Run(data[elements[0].start : elements[-1].end], elements)


def _varying(data: bytes, element: Element) -> Run:
    tag = element.tag
    decides = tag in _DECIDING or tag in identifying() or element.vr == "PN" or tag >> 24 in (0x60, 0x7F)
    decides = decides or (tag >> 16 == 0x0028 and tag not in _SHADES) or bool(tag & 0x10000 and tag & 0xFFFF < 0x100)
    return Run(data[element.start : element.end], [element], varies=True, free=not decides)


def _moved(element: Element, by: int) -> Element:
    items = element.items
    if items is not None:
        items = tuple(
            Item(i.start + by, i.body + by, i.end + by, i.length, i.implicit, [_moved(e, by) for e in i.elements])
            for i in items
        )
    start, value, end = element.start + by, element.value + by, element.end + by
    return element._replace(start=start, value=value, end=end, items=items)
