"""Fill compressed frames: in the DCT domain, or decoded and encoded without loss, or decoded for good.

The first of the three that holds for the whole value wins, so that an instance never mixes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian

from deid.errors import InputError
from deid.model import Region
from deid.pixels import dct, sandbox
from deid.pixels.codestream import Malformed, encapsulated
from deid.pixels.encode import ENCODERS, encode_frame
from deid.pixels.fill import aligned, fill_frame, of_frame
from deid.pixels.strip import LOSSLESS, clear_unused_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.pixels.source import PixelSource

    Array = NDArray[Any]

__all__ = ["LOSSY", "Changes", "Recoded", "Work", "recode"]

Changes = dict[str, str | int | float | list[float] | None]

LOSSY: Final = {
    "jpeg": "ISO_10918_1",
    "jpeg-extended": "ISO_10918_1",
    "jls-near": "ISO_14495_1",
    "j2k-lossy": "ISO_15444_1",
    "htj2k-lossy": "ISO_15444_15",
}
"""Lossy Image Compression Method by family (PS3.3 2026d C.7.6.1.1.5.1)."""


@dataclass(frozen=True, slots=True)
class Work:
    """Frames to fill.

    Attributes
    ----------
    streams
        One codestream per frame, stripped.
    regions
        Inside the frame.
    how
        ``black``, ``constant`` or ``blur``.
    rewrite
        Whether every frame must be decoded, with a region or not.
    padding
        Pixel Padding Value as an unsigned word.
    """

    source: PixelSource
    streams: Sequence[bytes]
    regions: Sequence[Region]
    how: str
    rewrite: bool = False
    padding: int | None = None


@dataclass(frozen=True, slots=True)
class Recoded:
    """A new value, its transfer syntax, what was filled and which attributes change with it."""

    value: bytes
    syntax: str
    regions: Sequence[Region]
    changes: Changes = field(default_factory=dict)


def recode(work: Work, dataset: Dataset) -> Recoded:
    """Fill the frames and write them in their family where that is possible.

    Raises
    ------
    InputError
        ``pixels-undecodable``.
    """
    source = work.source
    truth = lossy_truth(dataset, source)
    if source.family == "jpeg" and not work.rewrite:
        blanked = _blanked(work)
        if blanked is not None:
            return Recoded(blanked[0], source.syntax, blanked[1], truth)
    if source.family in ENCODERS:
        value = _reencoded(work)
        if value is not None:
            return Recoded(value, source.syntax, work.regions, truth)
    return _native(work, truth)


def lossy_truth(dataset: Dataset, source: PixelSource) -> Changes:
    """Say what the header leaves out about lossy compression (PS3.3 2026d C.7.6.1.1.5)."""
    if source.family not in LOSSY or str(dataset.get("LossyImageCompression", "")) == "01" or _reversible(source):
        return {}
    changes: Changes = {"LossyImageCompression": "01"}
    if "LossyImageCompressionMethod" not in dataset:
        changes["LossyImageCompressionMethod"] = LOSSY[source.family]
    if "LossyImageCompressionRatio" not in dataset:
        changes["LossyImageCompressionRatio"] = round(source.frame_bytes * source.frames / max(len(source.value), 1), 2)
    return changes


def _reversible(source: PixelSource) -> bool:
    """Whether JPEG 2000 used the 5/3 wavelet, which need not lose anything: then the header is believed."""
    if not source.family.endswith("j2k-lossy"):
        return False
    stream = source.codestreams()[0]
    at = stream.find(b"\xff\x52")  # COD: length 2, Scod 1, SGcod 4, four of SPcod, then the transformation
    return 0 <= at < len(stream) - 13 and stream[at + 13] == 1


def _blanked(work: Work) -> tuple[bytes, list[Region]] | None:
    """Blank JPEG baseline frames block by block; None if one of them is not what it should be."""
    source = work.source
    try:
        cells = {dct.cell(stream) for stream in work.streams}
        if len(cells) != 1:
            return None
        across, down, margin = cells.pop()
        ybr = source.samples == 3 and source.decode(work.streams[0])[1].startswith("YBR")
        inverted = source.photometric == "MONOCHROME1"
        frames = []
        for index, stream in enumerate(work.streams):
            mine = of_frame(work.regions, index)
            flat = work.how != "black"
            new = sandbox.blank(stream, mine, ybr=ybr, inverted=inverted, flat=flat) if mine else stream
            if new is None:
                return None
            frames.append(new)
    except Malformed:
        return None
    return encapsulated(frames), aligned(work.regions, source, across, down, margin=margin)


def _filled(work: Work, index: int) -> tuple[Array, str]:
    """One frame, decoded, without what its unused bits hold, filled; and its photometric interpretation."""
    source = work.source
    frame, photometric = source.decode(work.streams[index])
    if frame.shape[:2] != (source.rows, source.columns):
        raise InputError("pixels-undecodable", "a decoded frame has another size than the header says")
    if source.bits_stored < source.bits_allocated and frame.dtype.kind in "iu" and source.family in LOSSLESS:
        cleared = clear_unused_bits(frame, source, work.padding)
        frame = frame if cleared is None else cleared
    frame = frame.copy()
    mine = of_frame(work.regions, index)
    if mine:
        fill_frame(frame, mine, source, work.how, photometric)
    return frame, photometric


def _reencoded(work: Work) -> bytes | None:
    """Frames in their own lossless family; those that need nothing keep their codestream."""
    made: list[bytes] = []
    for index, stream in enumerate(work.streams):
        if not work.rewrite and not of_frame(work.regions, index):
            made.append(stream)
            continue
        frame, photometric = _filled(work, index)
        new = encode_frame(frame, work.source, photometric)
        if new is None:
            return None
        made.append(new)
    return encapsulated(made)


def _native(work: Work, truth: Changes) -> Recoded:
    """Decoded frames as Explicit VR Little Endian."""
    source = work.source
    buffer = bytearray()
    kind, wide = "", False
    for index in range(len(work.streams)):
        frame, kind = _filled(work, index)
        wide = wide or _overshoots(frame, source)
        buffer += np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("<"), copy=False)).tobytes()
    if len(buffer) != source.frame_bytes * source.frames:
        raise InputError("pixels-undecodable", "decoded frames have another size than the header says")
    changes = dict(truth)
    if wide:
        changes |= {"BitsStored": source.bits_allocated, "HighBit": source.bits_allocated - 1}
    if source.samples > 1:
        changes["PlanarConfiguration"] = 0
        full = kind.removesuffix("_422").removesuffix("_420")
        if full != source.photometric:
            changes["PhotometricInterpretation"] = full
    return Recoded(bytes(buffer), str(ExplicitVRLittleEndian), work.regions, changes)


def _overshoots(frame: Array, source: PixelSource) -> bool:
    """Whether a lossy codec gave values beyond Bits Stored, which a native reader would cut off."""
    if source.bits_stored >= source.bits_allocated or frame.dtype.kind not in "iu":
        return False
    signed = frame.dtype.kind == "i"
    low = -(1 << (source.bits_stored - 1)) if signed else 0
    high = (1 << (source.bits_stored - signed)) - 1
    return bool(frame.min() < low or frame.max() > high)
