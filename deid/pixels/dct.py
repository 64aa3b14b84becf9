"""Blank blocks of a JPEG baseline frame in the DCT domain: what is not blanked keeps its coefficients bit by bit.

Decoding and encoding again would change every pixel of the frame. Here the quantised coefficients are read, those of
the blocks under a region are replaced by a flat block, and all are entropy-coded again, which loses nothing. Frames
pass through memory files where the system has them, so that no original is written to a disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from deid.model import Region
from deid.pixels.codestream import Malformed, Segment, jpeg_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Coefficients = NDArray[np.int16]

__all__ = ["blank_frame", "cell"]

_SOF: Final = frozenset({0xC0, 0xC1})  # baseline, and extended sequential with Huffman coding


@dataclass(frozen=True, slots=True)
class _Header:
    rows: int
    columns: int
    factors: tuple[tuple[int, int], ...]

    @property
    def widest(self) -> tuple[int, int]:
        return max(h for h, _ in self.factors), max(v for _, v in self.factors)

    def block_px(self, component: int) -> tuple[int, int]:
        """How many pixels one block of a component covers, across and down."""
        (h, v), (h_max, v_max) = self.factors[component], self.widest
        return 8 * h_max // h, 8 * v_max // v


def _header(segments: Sequence[Segment]) -> _Header:
    frames = [s for s in segments if 0xC0 <= s.marker <= 0xCF and s.marker not in (0xC4, 0xC8, 0xCC)]
    if len(frames) != 1 or frames[0].marker not in _SOF or frames[0].data[0] != 8:
        raise Malformed("not baseline")
    data = frames[0].data
    rows, columns, count = int.from_bytes(data[1:3]), int.from_bytes(data[3:5]), data[5]
    factors = tuple((data[7 + 3 * n] >> 4, data[7 + 3 * n] & 15) for n in range(count))
    if count not in (1, 3) or not rows or not columns or len(data) != 6 + 3 * count:
        raise Malformed("components")
    h_max, v_max = max(h for h, _ in factors), max(v for _, v in factors)
    if any(h == 0 or v == 0 or h_max % h or v_max % v for h, v in factors):
        raise Malformed("sampling factors")
    return _Header(rows, columns, factors)


def cell(stream: bytes) -> tuple[int, int, tuple[int, int]]:
    """Size of the smallest rectangle that can be blanked without touching others, and the margin around it.

    Returns
    -------
    across, down, margin : int, int, (int, int)
        In px. The margin is what a decoder's smooth chroma up-sampling lets a blanked block reach into the next one.

    Raises
    ------
    Malformed
        If the stream is not 8-bit baseline with one or three components.
    """
    header = _header(jpeg_segments(stream))
    h_max, v_max = header.widest
    if len(header.factors) == 1:
        return 8, 8, (0, 0)
    even = (min(h for h, _ in header.factors), min(v for _, v in header.factors))
    return 8 * h_max, 8 * v_max, (int(h_max > even[0]), int(v_max > even[1]))


def blank_frame(stream: bytes, regions: Sequence[Region], *, ybr: bool, inverted: bool, flat: bool = False) -> bytes:
    """Blank the blocks under regions in one JPEG baseline frame.

    Parameters
    ----------
    stream
        Codestream of one frame.
    ybr
        Whether the second and third component are colour differences (black is then 0, 128, 128).
    inverted
        MONOCHROME1: black is the largest value.
    flat
        Fill with the mean of the blocks around instead of black.

    Raises
    ------
    Malformed
        If the frame is not 8-bit baseline, or the coefficients do not survive the round trip.
    """
    segments = jpeg_segments(stream)
    header = _header(segments)
    planes, tables = _read(stream, header)
    wanted = [plane.copy() for plane in planes]
    for number, plane in enumerate(wanted):
        difference = ybr and number > 0
        level = 0 if difference else (127 if inverted else -128)
        masked = _blocks(plane.shape[:2], regions, header.block_px(number))
        step = int(tables[number])
        direct = -(-level * 8 // step) if level > 0 else level * 8 // step
        if flat:
            around = plane[..., 0, 0][_grown(masked) & ~masked]
            direct = int(np.rint(around.mean())) if around.size else direct
        plane[masked] = 0
        plane[masked, 0, 0] = direct
    if all(np.array_equal(a, b) for a, b in zip(planes, wanted, strict=True)):
        return stream
    new = _rebuilt(segments, _written(stream, header, wanted))
    back, _ = _read(new, header)
    if not all(np.array_equal(a, b) for a, b in zip(back, wanted, strict=True)):
        raise Malformed("coefficients changed on the way")
    return new


def _blocks(shape: tuple[int, ...], regions: Sequence[Region], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Blocks that a region touches."""
    across, down = size
    mask = np.zeros(shape, np.bool_)
    for r in regions:
        mask[r.top // down : -(-r.bottom // down), r.left // across : -(-r.right // across)] = True
    return mask


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wide = np.pad(mask, 1)
    grown: NDArray[np.bool_] = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return grown


def _rebuilt(segments: Sequence[Segment], written: bytes) -> bytes:
    """Put the new entropy-coded data and its tables under the old headers."""
    new = jpeg_segments(written)
    scans = [s for s in new if s.marker == 0xDA]
    old_sof = next(s for s in segments if s.marker in _SOF)
    new_sof = next(s for s in new if s.marker in _SOF)
    if len(scans) != 1 or old_sof.data[:6] != new_sof.data[:6]:
        raise Malformed("frame header changed")
    head = [s for s in segments if s.marker not in (0xC4, 0xDA, 0xDD)]
    head += [s for s in new if s.marker in (0xC4, 0xDD)]
    scan = bytearray(scans[0].data)
    for n in range(old_sof.data[5]):
        scan[1 + 2 * n] = old_sof.data[6 + 3 * n]
    head.append(Segment(0xDA, bytes(scan), scans[0].tail))
    return b"\xff\xd8" + b"".join(bytes(s) for s in head) + b"\xff\xd9"


# libjpeg by way of jpeglib ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _file(content: bytes) -> Iterator[str]:
    """A path at which ``content`` can be read and written: in memory, or in a private directory."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("frame", 0)
        try:
            with os.fdopen(descriptor, "r+b", closefd=False) as file:
                file.write(content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory() as folder:  # 0700
        path = os.path.join(folder, "frame.jpg")  # noqa: PTH118 - jpeglib wants text
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content)
        yield path


def _normal(segments: Sequence[Segment]) -> bytes:
    """Give libjpeg a stream without application segments whose components are numbered 1, 2, 3: plain YCbCr."""
    parts = [b"\xff\xd8"]
    for segment in segments:
        data = bytearray(segment.data)
        if segment.marker in _SOF:
            names = {data[6 + 3 * n]: n + 1 for n in range(data[5])}
            for n in range(data[5]):
                data[6 + 3 * n] = n + 1
        elif segment.marker == 0xDA:
            for n in range(data[0]):
                data[1 + 2 * n] = names[data[1 + 2 * n]]
        elif 0xE0 <= segment.marker <= 0xFE:
            continue
        parts.append(bytes(Segment(segment.marker, bytes(data), segment.tail)))
    return b"".join(parts) + b"\xff\xd9"


def _shapes(header: _Header) -> list[tuple[int, int]]:
    """Blocks down and across of each component, as libjpeg counts them."""
    h_max, v_max = header.widest
    return [(-(-header.rows * v // (8 * v_max)), -(-header.columns * h // (8 * h_max))) for h, v in header.factors]


def _read(stream: bytes, header: _Header) -> tuple[list[Coefficients], list[int]]:
    """Quantised coefficients of each component, shape (blocks down, blocks across, 8, 8), and its DC step."""
    from jpeglib._bind import CJpegLib

    shapes = _shapes(header)
    planes = [((ctypes.c_short * 64) * across * down)() for down, across in shapes]
    tables = ((ctypes.c_ushort * 64) * 4)()
    numbers = (ctypes.c_short * 4)()
    slots = [*planes, None, None, None][:4] if len(planes) == 1 else [*planes, None]
    with _file(_normal(jpeg_segments(stream))) as path:
        done = CJpegLib.get().read_jpeg_dct(path.encode(), *slots, tables, numbers)
    if not done:
        raise Malformed("libjpeg cannot read it")
    arrays = [np.ctypeslib.as_array(p).reshape(*s, 8, 8).copy() for p, s in zip(planes, shapes, strict=True)]
    steps = [int(tables[numbers[n]][0]) for n in range(len(planes))]
    if min(steps) < 1:
        raise Malformed("quantisation")
    return arrays, steps


def _written(stream: bytes, header: _Header, planes: Sequence[Coefficients]) -> bytes:
    """Entropy-code coefficients; frame parameters and tables are taken from ``stream``."""
    from jpeglib._bind import CJpegLib

    flat = [np.ctypeslib.as_ctypes(np.ascontiguousarray(p.reshape(*p.shape[:2], 64))) for p in planes]
    slots = [*flat, None, None, None][:4] if len(flat) == 1 else [*flat, None]
    blocks = [n for shape in _shapes(header) for n in shape]
    factors = np.array([(v, h) for h, v in header.factors], dtype=np.int32)
    with _file(_normal(jpeg_segments(stream))) as source, _file(b"") as target:
        CJpegLib.write_jpeg_dct(
            srcfile=source,
            dstfile=target,
            **dict(zip(("Y", "Cb", "Cr", "K"), slots, strict=True)),
            image_dims=(ctypes.c_int * 2)(header.rows, header.columns),
            block_dims=(ctypes.c_int * 6)(*blocks),
            in_color_space=3 if len(planes) == 3 else 1,
            in_components=len(planes),
            samp_factor=np.ctypeslib.as_ctypes(factors),
            qt=None,
            quality=-1,
            quant_tbl_no=None,
            num_markers=0,
            marker_types=None,
            marker_lengths=None,
            markers=None,
            flags=[],
        )
        return Path(target).read_bytes()
