"""Write one planned instance: zero preamble, new file meta information, spliced header, pixel bytes, tail."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from deid.dicom.read import Instance
from deid.dicom.scan import truncated

if TYPE_CHECKING:
    from deid.dicom.plan import Plan
    from deid.pixels.result import PixelResult

__all__ = ["write_instance"]

_HEAD = bytes(128) + b"DICM"
_CHUNK = 1 << 20


def write_instance(instance: Instance, plan: Plan, out: BinaryIO, pixels: PixelResult | None = None) -> None:
    """Put the planned edits in and copy the rest verbatim.

    Parameters
    ----------
    pixels
        The same result that the plan was made with.

    Raises
    ------
    InputError
        ``input-truncated``, if the source of a large file has shrunk meanwhile.
    """
    cut = instance.cut
    before = [change for change in plan.changes if change[1] <= cut]
    after = plan.changes[len(before) :]
    out.write(b"".join((_HEAD, plan.meta, *_spliced(instance.buffer, instance.begin, cut, before))))
    if instance.pixel is not None and not plan.pixel_removed:
        if pixels is not None and pixels.data is not None:
            out.write(pixels.data)
        elif instance.pixel_value is not None and instance.pixel_value.data is not None:
            out.write(instance.pixel_value.data)
        else:
            _copy_pixels(instance, out)
    out.write(b"".join(_spliced(instance.buffer, cut, instance.end, after)))


def _spliced(buffer: bytes, at: int, end: int, changes: Sequence[tuple[int, int, bytes]]) -> list[bytes]:
    """Pieces of ``buffer[at:end]`` with the changes in it."""
    parts: list[bytes] = []
    for start, stop, new in changes:
        if not at <= start <= stop <= end:
            raise ValueError(f"change {start}:{stop} overlaps or lies outside")
        if at < start:
            parts.append(buffer[at:start])
        if new:
            parts.append(new)
        at = stop
    if at < end:
        parts.append(buffer[at:end])
    return parts


def _copy_pixels(instance: Instance, out: BinaryIO) -> None:
    """Copy Pixel Data from the source of a large file, without holding it."""
    value, path = instance.pixel_value, instance.path
    if value is None or path is None:
        raise ValueError("no source to copy Pixel Data from")
    with path.open("rb", buffering=0) as source:
        left, offset = value.length, value.offset
        while left:
            part = os.pread(source.fileno(), min(left, _CHUNK), offset)
            if not part:
                raise truncated()
            out.write(part)
            left, offset = left - len(part), offset + len(part)
