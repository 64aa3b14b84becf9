"""Propose a catalog entry from a series: where text stands in most of its instances.

The proposal is for a person to look at: it names boxes and the device, and no word that was read.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.errors import InputError
from deid.model import Region
from deid.pixels.catalog import Area, Entry, Header, ImageTypeMatch, Match
from deid.pixels.reading import Reader
from deid.pixels.source import PixelSource

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.settings import PixelSettings

__all__ = ["entry_yaml", "learn"]

INSTANCES_MAX = 64
SHARE = 0.6  # of the instances in which a pixel must belong to text
GROW = 2  # px around what was found


def learn(
    datasets: Iterable[Dataset], settings: PixelSettings, *, today: dt.date, least: int = 3, share: float = SHARE
) -> Entry:
    """Find text that stands still over the instances of a series and propose to blank it for this device.

    Parameters
    ----------
    datasets
        Instances of one device with frames of one size; the first 64 are used, one frame of each.
    today
        Date of the entry.
    least
        How many instances are needed at least.
    share
        In what part of the instances a place must be text.

    Returns
    -------
    Entry
        ``pixels: blank`` with boxes in px, or ``pixels: read`` if no place is text often enough.

    Raises
    ------
    InputError
        ``learn-mixed`` if devices or sizes differ, ``learn-few`` if there are too few instances.
    """
    first: Header | None = None
    votes: NDArray[np.int32] | None = None
    count = 0
    for dataset in datasets:
        source = PixelSource.of(dataset)
        if source is None:
            continue
        header = Header.of(dataset)
        first = first or header
        if _device(header) != _device(first):
            raise InputError("learn-mixed", "the instances come from more than one device or have several sizes")
        votes = np.zeros((source.rows, source.columns), np.int32) if votes is None else votes
        seen = Reader(dataset, source, settings).look_at(source.seen(source.frames // 2))
        for r in (*seen.regions, *seen.kept):
            votes[r.top : r.bottom, r.left : r.right] |= 1 << 30
        votes = (votes & ~(1 << 30)) + (votes >> 30)
        count += 1
        if count == INSTANCES_MAX:
            break
    if first is None or votes is None or count < least:
        raise InputError("learn-few", f"at least {least} instances with pixels are needed")
    boxes = _boxes(votes >= np.ceil(share * count), first)
    return _entry(first, boxes, count, today)


def _device(header: Header) -> tuple[Any, ...]:
    return header.manufacturer, header.model, header.software, header.modality, header.rows, header.columns


def _boxes(mask: NDArray[np.bool_], header: Header) -> list[Region]:
    """Bounding boxes of the connected parts of a mask, grown a little and joined where they touch."""
    import cv2

    wide = cv2.dilate(mask.astype(np.uint8), np.ones((2 * GROW + 1, 2 * GROW + 1), np.uint8))
    number, _, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    boxes = [Region(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:number]]
    return [
        replace(b, right=min(b.right, header.columns), bottom=min(b.bottom, header.rows))
        for b in sorted(boxes, key=lambda b: (b.top, b.left))
    ]


def _entry(header: Header, boxes: Sequence[Region], count: int, today: dt.date) -> Entry:
    name = "-".join(p for p in (header.manufacturer, header.model, f"{header.columns}x{header.rows}") if p)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "device"
    kinds = [(v,) if v else () for v in (*header.image_type, "", "")[:2]]
    return Entry(
        id=slug,
        match=Match(
            modality=_exactly(header.modality),
            sop_class=_exactly(header.sop_class),
            manufacturer=_exactly(header.manufacturer),
            model=_exactly(header.model),
            software=_exactly(header.software),
            image_type=ImageTypeMatch(first=kinds[0], second=kinds[1]),
            rows=header.rows,
            columns=header.columns,
        ),
        pixels="blank" if boxes else "read",
        blank=tuple(Area(box=(b.left, b.top, b.right, b.bottom)) for b in boxes),
        provenance=f"learnt: text at the same place in most of {count} instances of one series; not yet reviewed",
        date=today,
    )


def _exactly(value: str) -> tuple[str, ...]:
    """A glob that matches this value alone."""
    return (re.sub(r"([*?[])", r"[\1]", value),) if value else ("",)


def entry_yaml(entry: Entry) -> str:
    """Write an entry as an item of ``entries`` in a catalog."""
    from ruamel.yaml import YAML

    content = entry.model_dump(mode="python", exclude_defaults=True)
    plain = _plain(content)
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    out = io.StringIO()
    yaml.dump([plain], out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
