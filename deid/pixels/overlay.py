"""Overlays (60xx): drawn as the eye would see them, looked at, and cleared where text stands.

An overlay whose bits lie in the cells of Pixel Data loses them when unused bits are cleared; its group goes. What
cannot be drawn goes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.tag import Tag

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.pixels.reading import Reader, Sight

    Bits = NDArray[np.uint8]

__all__ = ["clean_overlays", "groups", "planes"]

_CELLS_MAX = 1 << 30


def groups(dataset: Dataset) -> list[int]:
    """Overlay groups that are present (PS3.3 2026d C.9.2: even numbers 6000 to 601E)."""
    found = {int(tag) >> 16 for tag in dataset.keys() if int(tag) >> 24 == 0x60}  # noqa: SIM118 - keys decode nothing
    return sorted(found)


def planes(dataset: Dataset, group: int) -> Bits | None:
    """Bits of one overlay, shape (frames, rows, columns); None if there are none or they contradict the header."""
    rows, columns = _number(dataset, group, 0x0010), _number(dataset, group, 0x0011)
    frames = _number(dataset, group, 0x0015) or 1
    element = dataset.get(Tag(group, 0x3000))
    value = element.value if element is not None else None
    count = rows * columns * frames
    if not isinstance(value, bytes) or not 0 < count <= _CELLS_MAX or len(value) < -(-count // 8):
        return None
    if _number(dataset, group, 0x0100) not in (0, 1) or _number(dataset, group, 0x0102) != 0:
        return None
    return np.unpackbits(np.frombuffer(value, np.uint8), bitorder="little", count=count).reshape(frames, rows, columns)


def clean_overlays(dataset: Dataset, reader: Reader) -> tuple[dict[int, bytes | None], list[Sight]]:
    """Look at every overlay and clear the bits under text.

    Returns
    -------
    dict, list of Sight
        New Overlay Data of even length by group, or None for a group that has to go; what was seen in each.
    """
    result: dict[int, bytes | None] = {}
    seen: list[Sight] = []
    for group in groups(dataset):
        bits = planes(dataset, group)
        if bits is None:
            result[group] = None
            continue
        # All frames of an overlay drawn over one another: text that stands in any of them shows.
        for picture in _pictures(bits):
            sight = reader.look_at(picture)
            for r in sight.regions:
                bits[:, r.top : r.bottom, r.left : r.right] = 0
            seen.append(sight)
        value = np.packbits(bits.ravel(), bitorder="little").tobytes()
        result[group] = value + b"\0" * (len(value) % 2)
    return result, seen


def _pictures(bits: Bits) -> Iterator[Bits]:
    """The overlay as white strokes on black, once for all frames."""
    yield bits.max(axis=0) * np.uint8(255)


def _number(dataset: Dataset, group: int, element: int) -> int:
    found: Any = dataset.get(Tag(group, element))
    try:
        return int(found.value or 0) if found is not None else 0
    except (TypeError, ValueError):
        return 0
