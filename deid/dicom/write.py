"""Write one planned instance: zero preamble, new file meta information, spliced header, pixel bytes, tail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from deid.dicom.read import Instance
from deid.dicom.scan import truncated
from deid.model import Edit, splice

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
    buffer, begin, cut, end = instance.buffer, instance.begin, instance.cut, instance.end
    before = [edit for edit in plan.edits if edit.start < cut or (edit.start == cut and edit.end == cut)]
    after = [edit for edit in plan.edits if edit.start >= cut and edit.end > cut]
    out.write(b"".join((_HEAD, plan.meta, _spliced(buffer, begin, cut, before))))
    if instance.pixel is not None and not plan.pixel_removed:
        if pixels is not None and pixels.data is not None:
            out.write(pixels.data)
        else:
            _copy_pixels(instance, out)
    if cut < end or after:
        out.write(_spliced(buffer, cut, end, after))


def _spliced(buffer: bytes, start: int, end: int, edits: list[Edit]) -> bytes:
    return splice(buffer[start:end], [Edit(e.start - start, e.end - start, e.new) for e in edits])


def _copy_pixels(instance: Instance, out: BinaryIO) -> None:
    value = instance.pixel_value
    assert value is not None  # noqa: S101  # an instance with Pixel Data has its value
    if value.data is not None:
        out.write(value.data)
        return
    assert instance.path is not None  # noqa: S101  # a value out of memory has a source
    with instance.path.open("rb") as source:
        left, offset = value.length, value.offset
        while left:
            done = _copy_range(source, out, offset, min(left, _CHUNK))
            if not done:
                raise truncated()
            left, offset = left - done, offset + done


def _copy_range(source: BinaryIO, out: BinaryIO, offset: int, length: int) -> int:
    data = os.pread(source.fileno(), length, offset)
    out.write(data)
    return len(data)
