"""Kinds of objects that the catalog trusts to carry no text: which are copied unseen, and how they are checked.

The instances of one series that are worked on together are looked at together: text in any of them stands in the
brightest value that each pixel has in all of them (the darkest, where white is 0). Instances of another geometry,
device or image type form another group. What can only be looked at singly (alone of its kind, compressed, very large)
is the first of its kind and then ever fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.errors import DeidError, Refusal
from deid.pixels.catalog import Catalog, Header, Verdict
from deid.pixels.reading import Reader
from deid.pixels.source import PixelSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.attributes import Attributes, Scanned
    from deid.settings import PixelSettings

__all__ = ["SeriesMemo", "decide", "look_through", "looks_together", "to_check"]

TOGETHER = 256  # instances in one look
SINGLY = 12  # of so many, in which a common look sees text, each is looked at by itself; of more, each half
Kind = tuple[str, Header]


class SeriesMemo:
    """What a worker knows of series that the catalog trusts: what was looked at, and where text was found.

    It holds no text and no identifier but UIDs.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._seen: dict[Kind, int] = {}
        self._passed: frozenset[str] = frozenset()
        self._doubted: frozenset[str] = frozenset()
        self._dirty: set[str] = set()
        self._limit = limit

    def passed(self, header: Attributes) -> bool:
        """Whether an instance was part of a common look in which nothing was found."""
        return _instance(header) in self._passed and _series(header) not in self._dirty

    def due(self, header: Attributes) -> bool:
        """Whether an instance has to be looked at by itself: the 1st, 2nd, 4th, 8th ... of those not looked at yet."""
        series = _series(header)
        if not series or series in self._dirty or _instance(header) in self._doubted:
            return True
        if self.passed(header):
            return False
        kind = series, Header.of(header)
        if len(self._seen) >= self._limit and kind not in self._seen:
            self._seen.clear()
        count = self._seen[kind] = self._seen.get(kind, 0) + 1
        return count & (count - 1) == 0

    def knows(self, kind: Kind) -> bool:
        """Whether an instance of this kind has been looked at by itself."""
        return kind in self._seen

    def found(self, series: str) -> None:
        """Remember that an instance of this series carries text: all that follow are read."""
        self._dirty.add(series)

    def looked(self, passed: Iterable[str], doubted: Iterable[str]) -> None:
        """Remember, until the next time, in which instances a common look found nothing, and in which something."""
        self._passed, self._doubted = frozenset(passed) - {""}, frozenset(doubted)


def decide(header: Attributes, settings: PixelSettings) -> Verdict:
    """Say from the header and the catalog what has to be done; costs microseconds and decodes nothing.

    Raises
    ------
    Refusal
        ``pixels-unmatched-device``, ``pixels-refused``.
    """
    known = Header.of(header)
    verdict = Catalog.load(settings.catalog).verdict(known)
    if verdict.way == "refuse":
        if not verdict.entry:
            raise Refusal("pixels-unmatched-device", "no catalog entry matches this device", hint="add one")
        raise Refusal("pixels-refused", f"catalog entry {verdict.entry} refuses this kind of image")
    burned_in = known.burned_in.upper() == "YES"
    if verdict.way == "data" and not burned_in:
        return verdict
    if settings.remove == "none":
        return replace(verdict, way="verbatim", entry="remove: none")
    if verdict.way in ("data", "verbatim") and (burned_in or settings.read == "all"):
        return replace(verdict, way="read")
    return verdict


def to_check(verdict: Verdict, settings: PixelSettings) -> bool:
    """Whether the catalog's trust in this kind is checked at all."""
    return verdict.way == "verbatim" and settings.remove != "none" and settings.check != "none"


def looks_together(settings: PixelSettings) -> bool:
    """Whether the recipe wants trusted series looked at at all."""
    return settings.remove != "none" and settings.check != "none" and settings.read != "all"


def look_through(headers: Sequence[Scanned], settings: PixelSettings, memo: SeriesMemo) -> None:
    """Look at the instances of trusted series together, before any of them is decided.

    Parameters
    ----------
    headers
        Of the piece of work at hand. What cannot be looked at together is left to be looked at singly.
    """
    memo.looked((), ())
    groups: dict[Kind, list[Scanned]] = {}
    for header in headers:
        kind = _trusted(header, settings) if header.plain else None
        if kind is not None:
            groups.setdefault((_series(header), kind), []).append(header)
    passed: list[str] = []
    doubted: list[str] = []
    for (series, known), group in groups.items():
        # The first of its kind is looked at by itself.
        rest = group if memo.knows((series, known)) else group[1:]
        for start in range(0, len(rest) if series else 0, TOGETHER):
            clean, suspect = _sorted(rest[start : start + TOGETHER], settings)
            passed += clean
            doubted += suspect
    memo.looked(passed, doubted)


def _sorted(headers: Sequence[Scanned], settings: PixelSettings) -> tuple[list[str], list[str]]:
    """Instances in which a common look found nothing, and those that have to be looked at singly."""
    picture = _extreme(headers) if len(headers) > 1 else None
    if picture is None:
        return [], []
    names = [_instance(header) for header in headers]
    dataset = headers[0].dataset()
    source = PixelSource.of(dataset)
    if source is not None and not Reader(dataset, source, settings).shows_text(picture):
        return names, []
    if len(headers) <= SINGLY:
        return [], names
    half = len(headers) // 2
    (clean, suspect), (more, others) = _sorted(headers[:half], settings), _sorted(headers[half:], settings)
    return clean + more, suspect + others


def _trusted(header: Scanned, settings: PixelSettings) -> Header | None:
    """The kind of a header if the catalog trusts it; found out once for all headers that are like it."""
    known: tuple[PixelSettings, Header | None] | None = header.notes.get("trusted")
    if known is None or known[0] is not settings:
        try:
            kind = Header.of(header) if to_check(decide(header, settings), settings) else None
        except DeidError:
            kind = None
        known = header.notes["trusted"] = settings, kind
    return known[1]


def _extreme(headers: Sequence[Scanned]) -> NDArray[Any] | None:
    """The value nearest to white that each pixel has in single grey frames of one layout; None if they are not that."""
    found: NDArray[Any] | None = None
    for header in headers:
        try:
            source = _source(header)
        except DeidError:
            return None
        if source is None or source.encapsulated or source.frames != 1 or source.samples != 1:
            return None
        frame = source.seen(0)
        if found is None:
            found = frame.copy()
        elif (frame.shape, frame.dtype) != (found.shape, found.dtype):
            return None
        else:
            (np.minimum if source.photometric == "MONOCHROME1" else np.maximum)(found, frame, out=found)
    return found


def _source(header: Scanned) -> PixelSource | None:
    """The pixels of a header; how they are stored is worked out once for all headers that are like it."""
    value = bytes(header.pixels())
    known: PixelSource | None = header.notes.get("stored")
    if known is not None and len(value) == known.native_bytes + known.native_bytes % 2:
        return replace(known, value=value, _cache={})
    found = PixelSource.of(header)
    if found is not None:
        header.notes["stored"] = replace(found, value=b"", _cache={})  # what is remembered holds no pixels
    return found


def _instance(header: Attributes) -> str:
    return str(header.get("SOPInstanceUID") or "")


def _series(header: Attributes) -> str:
    return str(header.get("SeriesInstanceUID") or "")
