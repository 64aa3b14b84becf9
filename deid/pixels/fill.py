"""Fill rectangles of stored values: what black is in each photometric interpretation, and nothing outside changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.model import Region
from deid.pixels.source import depth_used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.source import PixelSource

    Array = NDArray[Any]

__all__ = ["aligned", "black", "clipped", "fill_frame", "fill_native", "outside"]


def clipped(regions: Iterable[Region], source: PixelSource) -> list[Region]:
    """Cut regions to the frame, and drop those that lie outside, are empty or name a frame that is not there."""
    result = []
    for r in regions:
        left, top = max(r.left, 0), max(r.top, 0)
        right, bottom = min(r.right, source.columns), min(r.bottom, source.rows)
        if left < right and top < bottom and (r.frame is None or 0 <= r.frame < source.frames):
            result.append(replace(r, left=left, top=top, right=right, bottom=bottom))
    return result


def aligned(
    regions: Iterable[Region], source: PixelSource, across: int, down: int, *, margin: tuple[int, int]
) -> list[Region]:
    """Widen regions to whole cells of ``across`` by ``down`` px plus a margin, cut to the frame."""
    return clipped(
        [
            replace(
                r,
                left=r.left // across * across - margin[0],
                top=r.top // down * down - margin[1],
                right=-(-r.right // across) * across + margin[0],
                bottom=-(-r.bottom // down) * down + margin[1],
            )
            for r in regions
        ],
        source,
    )


def of_frame(regions: Iterable[Region], index: int) -> list[Region]:
    """Regions that hold for one frame."""
    return [r for r in regions if r.frame is None or r.frame == index]


def outside(shape: tuple[int, ...], regions: Iterable[Region]) -> NDArray[np.bool_]:
    """Mask of the pixels that no region covers, shape (rows, columns)."""
    mask = np.ones(shape[:2], np.bool_)
    for r in regions:
        mask[r.top : r.bottom, r.left : r.right] = False
    return mask


def black(frame: Array, source: PixelSource, photometric: str = "") -> Array:
    """Stored value (one per sample) that is shown black.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns) or (rows, columns, samples)
        Values as stored. Where black is not fixed by the photometric interpretation it is the darkest value that
        occurs in the frame, so that the range of values, and with it automatic windows and the meaning of
        Pixel Padding Value, stays as it was.
    photometric
        Of ``frame``, where decoding changed it.

    Notes
    -----
    Unsigned MONOCHROME2 is filled with 0. Signed and float values use the frame's minimum, MONOCHROME1 its maximum.
    """
    kind = photometric or source.photometric
    if frame.ndim == 3:
        half = 1 << (source.bits_stored - 1)
        if kind.startswith("YBR"):
            half = min(half, 1 << (depth_used(frame) - 1))  # neutral chroma stands where the written values have it
        values = {
            "YBR_FULL": (0, half, half, 0),
            "YBR_PARTIAL": (half >> 3, half, half, 0),  # 16 of 256
            "CMYK": (0, 0, 0, 2 * half - 1),
        }.get(kind.removesuffix("_422").removesuffix("_420"), (0, 0, 0, 0))
        return np.array(values[: frame.shape[2]], dtype=frame.dtype)
    if kind == "PALETTE COLOR" and source.palette is not None:
        return _darkest_index(frame, source.palette)
    if frame.dtype.kind == "f":
        finite = frame[np.isfinite(frame)]
        extreme = np.max if kind == "MONOCHROME1" else np.min
        return np.array(extreme(finite) if finite.size else 0, dtype=frame.dtype)
    if kind == "MONOCHROME1":
        return np.array(frame.max(), dtype=frame.dtype)
    return np.array(frame.min() if frame.dtype.kind == "i" else 0, dtype=frame.dtype)


def _darkest_index(frame: Array, palette: Array) -> Array:
    """The stored value of the darkest entry among those that occur; among equals the smallest index."""
    values = np.unique(frame.astype(frame.dtype.newbyteorder("=")))
    used = values.view(f"u{values.itemsize}").astype(np.intp) % len(palette)
    weight = palette[used].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    darkest: Array = values[np.lexsort((used, weight))[0]].astype(frame.dtype)
    return darkest


def fill_frame(frame: Array, regions: Sequence[Region], source: PixelSource, how: str, photometric: str = "") -> None:
    """Fill regions of one frame in place.

    Parameters
    ----------
    frame : writable ndarray, shape (rows, columns) or (rows, columns, samples)
    how
        ``black``; ``constant``: the median of the pixels around each region; ``blur``: a smooth continuation of the
        pixels around it. Neither of the two looks inside a region.
    """
    indexed = (photometric or source.photometric) == "PALETTE COLOR" or source.bits_allocated == 1
    if how == "black" or indexed:
        value = black(frame, source, photometric)
        for r in regions:
            frame[r.top : r.bottom, r.left : r.right] = value
        return
    safe = outside(frame.shape, regions)
    dark = black(frame, source, photometric)
    values = [(_around if how == "constant" else _continued)(frame, safe, r, dark) for r in regions]
    for r, value in zip(regions, values, strict=True):
        frame[r.top : r.bottom, r.left : r.right] = value


def _ring(r: Region, frame: Array, width: int) -> tuple[slice, slice]:
    return (
        slice(max(r.top - width, 0), min(r.bottom + width, frame.shape[0])),
        slice(max(r.left - width, 0), min(r.right + width, frame.shape[1])),
    )


def _around(frame: Array, safe: NDArray[np.bool_], r: Region, dark: Array) -> Array:
    """Median of the ring of pixels around a region that belongs to no region."""
    place = _ring(r, frame, 4)
    near = frame[place][safe[place]]
    if not len(near):
        return dark
    middle = np.sort(near, axis=0)[len(near) // 2]
    return np.asarray(middle, dtype=frame.dtype)


def _continued(frame: Array, safe: NDArray[np.bool_], r: Region, dark: Array) -> Array:
    """Blend the nearest safe pixels to the left, right, above and below, each weighted by its nearness."""
    rows, columns = r.bottom - r.top, r.right - r.left
    samples = 1 if frame.ndim == 2 else frame.shape[2]
    total = np.zeros((rows, columns, samples), np.float64)
    weight = np.zeros((rows, columns, 1), np.float64)
    x, y = np.arange(columns)[None, :, None] + 1.0, np.arange(rows)[:, None, None] + 1.0
    for line, distance, across in (
        (r.left - 1, x, True),
        (r.right, columns + 1 - x, True),
        (r.top - 1, y, False),
        (r.bottom, rows + 1 - y, False),
    ):
        if not 0 <= line < frame.shape[1 if across else 0]:
            continue
        at = np.s_[r.top : r.bottom, line] if across else np.s_[line, r.left : r.right]
        edge = frame[at].reshape(-1, samples).astype(np.float64)
        good = safe[at].astype(np.float64)[:, None]
        shape = (rows, 1, -1) if across else (1, columns, -1)
        part = good.reshape(shape[0], shape[1], 1) / distance
        total += edge.reshape(shape) * part
        weight += part
    blend = np.where(weight > 0, total / np.maximum(weight, 1e-12), dark.astype(np.float64))
    if frame.dtype.kind != "f":
        blend = np.rint(blend)
    return blend.astype(frame.dtype).reshape(rows, columns) if frame.ndim == 2 else blend.astype(frame.dtype)


def fill_native(source: PixelSource, regions: Sequence[Region], how: str) -> tuple[bytes, list[Region]]:
    """Fill regions in a native value; every bit outside the regions that come back is as it was.

    Returns
    -------
    bytes, list of Region
        The new value without the padding byte, in the byte order and planar configuration of the old one, and what
        was filled: packed 4:2:2 widens regions to pairs of columns.
    """
    if source.packed_422:
        return _fill_packed(source, regions)
    if source.bits_allocated == 1:
        return _fill_bits(source, regions), list(regions)
    buffer = bytearray(source.native_ordered()[: source.native_bytes])
    view = source.native_view(buffer)
    for index in range(source.frames):
        mine = of_frame(regions, index)
        if mine:
            frame = view[index, ..., 0] if source.samples == 1 else view[index]
            fill_frame(frame, mine, source, how)
    return bytes(buffer), list(regions)


def _fill_packed(source: PixelSource, regions: Sequence[Region]) -> tuple[bytes, list[Region]]:
    wide = aligned(regions, source, 2, 1, margin=(0, 0))
    buffer = bytearray(source.native_ordered()[: source.native_bytes])
    view = source.packed_view(buffer)
    dark = 16 if source.photometric.startswith("YBR_PARTIAL") else 0
    for r in wide:
        frames = slice(None) if r.frame is None else slice(r.frame, r.frame + 1)
        view[frames, r.top : r.bottom, r.left // 2 : r.right // 2] = (dark, dark, 128, 128)
    return bytes(buffer), wide


def _fill_bits(source: PixelSource, regions: Sequence[Region]) -> bytes:
    bits = np.stack([source.stored(n) for n in range(source.frames)])
    for r in regions:
        frames = slice(None) if r.frame is None else slice(r.frame, r.frame + 1)
        bits[frames, r.top : r.bottom, r.left : r.right] = int(source.photometric == "MONOCHROME1")
    return np.packbits(bits.ravel(), bitorder="little").tobytes()
