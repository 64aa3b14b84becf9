"""Remove without loss what a value of Pixel Data holds besides pixels; decide too when nothing is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from deid.errors import InputError
from deid.pixels.codestream import Malformed, encapsulated, frames_of, precision, strip_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.source import PixelSource

    Array = NDArray[Any]

__all__ = ["Stripped", "clear_unused_bits", "is_bare", "strip", "unused_bits"]


STROKE: Final = 9  # px; letters are drawn with thinner lines
LOSSLESS: Final = frozenset({"rle", "jls", "j2k", "jpeg-lossless", "htj2k"})


@dataclass(frozen=True, slots=True)
class Stripped:
    """The same pixels without company.

    Attributes
    ----------
    codestreams
        One per frame, if the value is encapsulated.
    value
        The new value (native, not padded), or None if the old one can be copied as it is.
    rewrite
        Whether the codestreams cannot be shown to be clean: the frames have to be decoded and written anew.
    removed
        What was removed, for the record.
    """

    codestreams: tuple[bytes, ...] = ()
    value: bytes | None = None
    rewrite: bool = False
    removed: tuple[str, ...] = ()


def strip(source: PixelSource, padding: int | None = None) -> Stripped:
    """Strip a whole value.

    Parameters
    ----------
    padding
        Pixel Padding Value as an unsigned word: cells that hold exactly it are no overlay, whatever their high bits.

    Raises
    ------
    InputError
        ``codestream-malformed`` if frames cannot be told apart.
    """
    return _strip_items(source, padding) if source.encapsulated else _strip_native(source, padding)


def _strip_items(source: PixelSource, padding: int | None) -> Stripped:
    found = frames_of(source.value, source.frames, source.extended_offsets)
    old = source.codestreams()
    removed: list[str] = [] if found.plain else ["items"]
    new: list[bytes] = []
    segment = source.rows * source.columns
    for stream in old:
        try:
            new.append(strip_frame(stream, source.family, segment_bytes=segment))
        except Malformed:
            return Stripped(rewrite=True, codestreams=tuple(old), removed=("codestream",))
    if any(a is not b for a, b in zip(old, new, strict=True)):
        removed.append("codestream")
    if _hides_bits(source, new, padding):
        return Stripped(rewrite=True, codestreams=tuple(new), removed=(*removed, "unused bits"))
    return Stripped(tuple(new), encapsulated(new) if removed else None, removed=tuple(removed))


def _hides_bits(source: PixelSource, streams: list[bytes], padding: int | None) -> bool:
    """Whether frames of a lossless family hold something in bits that no pixel value uses."""
    if source.bits_stored >= source.bits_allocated or source.family not in LOSSLESS:
        return False
    for stream in streams:
        if precision(stream, source.family, source.bits_allocated) > source.bits_stored:
            cells, _ = source.decode(stream)
            if cells.dtype.kind in "iu" and clear_unused_bits(cells, source, padding) is not None:
                return True
    return False


def _strip_native(source: PixelSource, padding: int | None) -> Stripped:
    length = source.native_bytes
    ordered = source.native_ordered()
    removed: list[str] = []
    if any(ordered[length : length + 64]) or len(ordered) > length + length % 2:
        removed.append("excess bytes")
    cleared = None
    if source.keyword == "PixelData" and 1 < source.bits_stored < source.bits_allocated and not source.packed_422:
        cleared = clear_unused_bits(source.native_view(), source, padding)
    if cleared is not None:
        removed.append("unused bits")
        if source.planar == 1 and source.samples > 1:
            cleared = cleared.transpose(0, 3, 1, 2)
        return Stripped(value=np.ascontiguousarray(cleared).tobytes(), removed=tuple(removed))
    return Stripped(value=ordered[:length] if removed else None, removed=tuple(removed))


def is_bare(value: bytes | memoryview, source: PixelSource, padding: int | None) -> bool:
    """Whether a native little endian value holds nothing but pixels.

    Parameters
    ----------
    source
        Of an instance that is stored alike; its own value is not looked at.
    """
    length = source.native_bytes
    if not length <= len(value) <= length + length % 2 or any(value[length:]):
        return False
    if source.keyword != "PixelData" or not 1 < source.bits_stored < source.bits_allocated or source.packed_422:
        return True
    cells = np.frombuffer(value, source.dtype, source.native_bytes // source.dtype.itemsize)
    return clear_unused_bits(cells, source, padding) is None


def unused_bits(source: PixelSource) -> int:
    """Mask of the bits of a cell that hold no pixel value (PS3.5 2026d 8.1.1)."""
    used = ((1 << source.bits_stored) - 1) << (source.high_bit + 1 - source.bits_stored)
    return ((1 << source.bits_allocated) - 1) & ~used


def clear_unused_bits(cells: Array, source: PixelSource, padding: int | None = None) -> Array | None:
    """Clear bits that hold no pixel value, where overlays used to be embedded; None if there are none.

    Signed values keep the extension of their sign, and cells that equal Pixel Padding Value stay where they fill areas:
    an overlay on black has one value as well, but in strokes.
    """
    word = np.dtype(f"u{source.bits_allocated // 8}")
    mask = unused_bits(source)
    plain = cells.astype(cells.dtype.newbyteorder("="), copy=False).view(word)
    if not source.signed and not int(np.bitwise_or.reduce(plain, axis=None)) & mask:
        return None
    values = plain & word.type(~mask & ((1 << source.bits_allocated) - 1))
    if source.signed:
        sign = word.type(1 << source.high_bit)
        above = word.type(mask & ~((1 << (source.high_bit + 1)) - 1))
        values = np.where(values & sign, values | above, values)
    empty = None if padding is None else plain == word.type(padding & ((1 << source.bits_allocated) - 1))
    if empty is not None and _fills_areas(empty, source):
        values = np.where(empty, plain, values)
    if np.array_equal(values, plain):
        return None
    result: Array = values.view(cells.dtype.newbyteorder("=")).astype(cells.dtype)
    return result


def _fills_areas(cells: NDArray[np.bool_], source: PixelSource) -> bool:
    """Whether most of these cells lie within areas that are thicker than the strokes of letters."""
    import cv2

    frames = cells.reshape(-1, source.rows, source.columns * source.samples).astype(np.uint8)
    thick = np.ones((STROKE, STROKE), np.uint8)
    total = inner = 0
    for frame in frames:
        total += int(frame.sum())
        inner += int(cv2.erode(frame, thick, borderType=cv2.BORDER_REPLICATE).sum())
    return 2 * inner > total


def check_decodable(source: PixelSource) -> None:
    """Decode the first and last frame: what nobody can open must not pass as clean.

    Raises
    ------
    InputError
        ``pixels-undecodable``.
    """
    if not source.encapsulated:
        return
    for index in {0, source.frames - 1}:
        if source.stored(index).shape[:2] != (source.rows, source.columns):
            raise InputError("pixels-undecodable", "a decoded frame has another size than the header says")
