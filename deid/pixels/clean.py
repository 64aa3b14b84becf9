"""Pixels of one instance: decide from the header, read what has to be read, fill, and write in the same family."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian

from deid.errors import InputError, Refusal
from deid.model import Alert, Finding, Passage, Region, Subject
from deid.pixels import dct
from deid.pixels.catalog import Catalog, Header, Verdict
from deid.pixels.codestream import Malformed, encapsulated
from deid.pixels.encode import ENCODERS, encode_frame
from deid.pixels.fill import aligned, clipped, fill_frame, fill_native, of_frame, outside
from deid.pixels.result import PixelDecision, PixelResult
from deid.pixels.source import PixelLimits, PixelSource
from deid.pixels.strip import Stripped, check_decodable, clear_unused_bits, strip

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.settings import PixelSettings

    Array = NDArray[Any]

__all__ = ["Find", "PixelLimits", "clean_pixels", "same_outside"]

Find = Callable[[Passage, Subject | None], list[Finding]]
Changes = dict[str, str | int | float | list[float] | None]

_LOSSY: Final = {
    "jpeg": "ISO_10918_1",
    "jpeg-extended": "ISO_10918_1",
    "jls-near": "ISO_14495_1",
    "j2k-lossy": "ISO_15444_1",
    "htj2k-lossy": "ISO_15444_15",
}


def clean_pixels(
    dataset: Dataset,
    settings: PixelSettings,
    *,
    find: Find | None = None,
    subject: Subject | None = None,
    limits: PixelLimits | None = None,
) -> PixelResult:
    """Make the pixels of one instance free of burned-in text, as the recipe says; the dataset is not changed.

    Parameters
    ----------
    dataset
        With ``file_meta.TransferSyntaxUID``; Pixel Data as read from the file.
    settings
        Section ``pixels`` of the recipe.
    find
        The text room's ``Finder.find``: which of the words that were read are identifiers.
    subject
        Known identifiers of the study: they add regions and never remove one.

    Raises
    ------
    InputError
        ``pixels-undecodable``, ``pixels-inconsistent``, ``pixels-too-large``, ``pixels-syntax``,
        ``codestream-malformed``.
    Refusal
        ``pixels-video``, ``pixels-unmatched-device``, ``pixels-refused``.
    EngineError
        If an engine that the recipe names is not there.
    """
    source = PixelSource.of(dataset, limits)
    if source is None:
        return PixelResult("none", transfer_syntax=_syntax(dataset), reason="no pixel data")
    verdict = decide(dataset, settings)
    stripped = strip(source, _padding(dataset, source))
    if verdict.way in ("verbatim", "data"):
        if source.encapsulated and not stripped.rewrite:
            check_decodable(source)
        return _written(dataset, source, stripped, (), settings, _because(verdict))
    found = _looked_at(dataset, source, verdict, settings, find, subject)
    return _written(dataset, source, stripped, found.regions, settings, _because(verdict), found)


def decide(dataset: Dataset, settings: PixelSettings) -> Verdict:
    """Say from the header and the catalog what has to be done; costs microseconds and decodes nothing.

    Raises
    ------
    Refusal
        ``pixels-unmatched-device``, ``pixels-refused``.
    """
    header = Header.of(dataset)
    verdict = Catalog.load(settings.catalog).verdict(header)
    if verdict.way == "refuse":
        if not verdict.entry:
            raise Refusal("pixels-unmatched-device", "no catalog entry matches this device", hint="add one")
        raise Refusal("pixels-refused", f"catalog entry {verdict.entry} refuses this kind of image")
    if verdict.way == "data":
        return verdict
    if settings.remove == "none":
        return replace(verdict, way="verbatim", entry="remove: none")
    if verdict.way == "verbatim" and (header.burned_in.upper() == "YES" or settings.read == "all"):
        return replace(verdict, way="read")
    return verdict


def same_outside(before: Dataset, after: Dataset, regions: Sequence[Region]) -> bool:
    """Say whether two instances show the same stored values in every pixel that no region covers.

    Both are decoded by pydicom. Colour spaces may differ only where decoding already changed one: a codestream of
    YBR_RCT and native RGB hold the same values.

    Raises
    ------
    InputError
        If one of the two cannot be read.
    """
    old, new = PixelSource.of(before), PixelSource.of(after)
    if old is None or new is None:
        return old is None and new is None
    if (old.frames, old.rows, old.columns, old.samples) != (new.frames, new.rows, new.columns, new.samples):
        return False
    for index in range(old.frames):
        a, b = old.stored(index), new.stored(index)
        if a.shape != b.shape or a.dtype.kind != b.dtype.kind or a.dtype.itemsize != b.dtype.itemsize:
            return False
        mask = outside(a.shape, of_frame(regions, index))
        a, b = _value_bits(a, old), _value_bits(b, new)
        if not np.array_equal(a[mask], b[mask]):
            return False
    return True


def _value_bits(frame: Array, source: PixelSource) -> Array:
    """Stored values as words in which only the bits that hold a value count."""
    word = np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("="), copy=False)).view(f"u{frame.itemsize}")
    if source.encapsulated or source.bits_stored >= source.bits_allocated or source.keyword != "PixelData":
        return word
    shifted: Array = word << word.dtype.type(source.bits_allocated - 1 - source.high_bit)
    return shifted


# --- looking -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    regions: tuple[Region, ...] = ()
    alerts: tuple[Alert, ...] = ()
    words: int = 0


class _Seen(Sequence["Array"]):
    """Frames of a source as the eye sees them, decoded when asked for."""

    def __init__(self, source: PixelSource, indices: Sequence[int]) -> None:
        self.source, self.indices = source, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, slice):
            return _Seen(self.source, self.indices[item])
        return self.source.seen(self.indices[item])


def _looked_at(
    dataset: Dataset,
    source: PixelSource,
    verdict: Verdict,
    settings: PixelSettings,
    find: Find | None,
    subject: Subject | None,
) -> _Look:
    """Find text in all frames: projections for what stands still, single frames for what moves."""
    from deid.pixels.detect import look  # noqa: PLC0415 - imports engines

    hints = _hints(dataset, source)
    options: dict[str, Any] = {"find": find, "subject": subject, "hints": hints}
    frames = _Seen(source, range(source.frames))
    if source.frames <= 2:
        static, moving = look(frames, settings, per_frame=source.frames == 2, **options), None
    else:
        from deid.pixels.detect import project  # noqa: PLC0415

        low_high = project(frames, samples=0)[:3]
        static = look(low_high, settings, **options)
        moving = _moving(frames, static.regions, settings, options)
    regions = [*verdict.blank, *static.regions, *(moving.regions if moving else ())]
    alerts = (*static.alerts, *(moving.alerts if moving else ()))
    words = static.words + (moving.words if moving else 0)
    kept = [r for r in clipped(regions, source) if not _spared(r, verdict.keep)]
    return _Look(tuple(kept), tuple(dict.fromkeys(alerts)), words)


def _moving(frames: _Seen, static: Sequence[Region], settings: PixelSettings, options: dict[str, Any]) -> _Look | None:
    """Look at sampled frames, and at every frame where a sample shows text that the projections did not."""
    from deid.pixels.detect import look  # noqa: PLC0415

    count = len(frames)
    picks = sorted({round(i * (count - 1) / 5) for i in range(6)})
    sampled = look(_Seen(frames.source, picks), settings, per_frame=True, **options)
    shape = (frames.source.rows, frames.source.columns)
    if all(_covered(r, static, shape) for r in sampled.regions):
        return None
    every = look(frames, settings, per_frame=True, **options)
    fresh = tuple(r for r in every.regions if not _covered(r, static, shape))
    return _Look(fresh, every.alerts, len(fresh))


def _covered(region: Region, others: Sequence[Region], shape: tuple[int, int]) -> bool:
    """Whether nearly all of a region lies inside others."""
    left = outside(shape, others)[region.top : region.bottom, region.left : region.right]
    return bool(left.mean() <= 0.1) if left.size else True


def _spared(region: Region, keep: Sequence[Region]) -> bool:
    """Whether a region lies in a box that the catalog keeps; never one that a known identifier or the catalog made."""
    if region.rule.startswith(("known", "catalog")):
        return False
    return any(
        k.left <= region.left and k.top <= region.top and region.right <= k.right and region.bottom <= k.bottom
        for k in keep
    )


def _hints(dataset: Dataset, source: PixelSource) -> Any:
    """Windows in stored values, Pixel Padding Value and MONOCHROME1, for the views."""
    from deid.pixels.detect import Hints  # noqa: PLC0415

    holder = _voi(dataset)
    slope = _floats(holder, "RescaleSlope") or _floats(dataset, "RescaleSlope") or [1.0]
    intercept = _floats(holder, "RescaleIntercept") or _floats(dataset, "RescaleIntercept") or [0.0]
    centres, widths = _floats(holder, "WindowCenter"), _floats(holder, "WindowWidth")
    scale = slope[0] or 1.0
    windows = tuple(
        ((c - intercept[0]) / scale, abs(w / scale)) for c, w in zip(centres, widths, strict=False) if w > 0
    )
    padding = _floats(dataset, "PixelPaddingValue")
    return Hints(windows, padding[0] if padding else None, source.photometric == "MONOCHROME1")


def _voi(dataset: Dataset) -> Dataset:
    """Where the window stands: the dataset itself, or the first functional group that has one (PS3.3 C.7.6.16.2.10)."""
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in dataset.get(name) or ():
            for inner in group.get("FrameVOILUTSequence") or ():
                return inner  # type: ignore[no-any-return]
            break
    return dataset


def _floats(dataset: Dataset, keyword: str) -> list[float]:
    try:
        value = dataset.get(keyword)
        values = [] if value is None or value == "" else value if isinstance(value, list) else None
        if values is None:
            values = list(value) if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else [value]
        numbers = [float(v) for v in values]
    except (TypeError, ValueError):
        return []
    return [n for n in numbers if math.isfinite(n)]


# --- writing -----------------------------------------------------------------------------------------------------


def _written(
    dataset: Dataset,
    source: PixelSource,
    stripped: Stripped,
    regions: Sequence[Region],
    settings: PixelSettings,
    reason: str,
    found: _Look | None = None,
) -> PixelResult:
    """Fill and strip, and describe the new value."""
    read = found is not None
    changes: Changes = {"BurnedInAnnotation": "NO"} if read else {}
    plain = PixelResult(
        "verbatim",
        encapsulated=source.encapsulated,
        transfer_syntax=source.syntax,
        changes=changes,
        alerts=found.alerts if found else (),
        words_found=found.words if found else 0,
        read=read,
        reason=reason,
        keyword=source.keyword,
        vr="OB" if source.encapsulated else _vr(source),
    )
    if not regions and not stripped.rewrite:
        if stripped.value is None:
            return plain
        return _with_value(plain, source, "stripped", stripped.value, changes, (), stripped)
    if not source.encapsulated:
        base = source if stripped.value is None else replace(source, value=stripped.value, _cache={})
        value, done = fill_native(base, clipped(regions, source), settings.fill)
        return _with_value(plain, source, "cleaned", value, changes, done, stripped)
    return _recoded(dataset, plain, source, stripped, clipped(regions, source), settings)


def _with_value(
    plain: PixelResult,
    source: PixelSource,
    decision: PixelDecision,
    value: bytes,
    changes: Changes,
    regions: Sequence[Region],
    stripped: Stripped,
) -> PixelResult:
    """Finish a result whose family stays: pad, and turn big endian into little endian."""
    syntax = source.syntax
    if not source.encapsulated and not source.little_endian:
        value = np.frombuffer(value, source.dtype).byteswap().tobytes() if source.bits_allocated > 8 else value
        syntax = str(ExplicitVRLittleEndian)
    if source.encapsulated:
        changes = {**changes, **_no_offsets(source)}
    reason = plain.reason + (f"; removed: {', '.join(stripped.removed)}" if stripped.removed else "")
    return replace(
        plain,
        decision=decision,
        data=value + b"\0" * (len(value) % 2),
        transfer_syntax=syntax,
        changes=changes,
        regions=tuple(regions),
        reason=reason,
    )


def _recoded(
    dataset: Dataset,
    plain: PixelResult,
    source: PixelSource,
    stripped: Stripped,
    regions: Sequence[Region],
    settings: PixelSettings,
) -> PixelResult:
    """Fill compressed frames: in the DCT domain, or decoded and encoded without loss, or decoded for good."""
    decision: PixelDecision = "cleaned" if regions else "stripped"
    if source.family in _LOSSY:
        changes: Changes = {**plain.changes, **_lossy(dataset, source)}
    else:
        changes = dict(plain.changes)
    streams = stripped.codestreams
    if source.family == "jpeg" and regions and not stripped.rewrite:
        made = _blanked(source, streams, regions, settings.fill)
        if made is not None:
            value, done = made
            return _with_value(plain, source, decision, value, changes, done, stripped)
    if source.family in ENCODERS:
        value_or_none = _reencoded(source, streams, regions, settings.fill)
        if value_or_none is not None:
            return _with_value(plain, source, decision, value_or_none, changes, regions, stripped)
    return _native(plain, source, streams, regions, settings.fill, decision, changes)


def _blanked(
    source: PixelSource, streams: Sequence[bytes], regions: Sequence[Region], how: str
) -> tuple[bytes, list[Region]] | None:
    """Blank JPEG baseline frames block by block; None if one of them is not what it should be."""
    try:
        cells = {dct.cell(stream) for stream in streams}
        if len(cells) != 1:
            return None
        across, down, margin = cells.pop()
        photometric = source.decode(streams[0])[1]
        inverted = source.photometric == "MONOCHROME1"
        frames = []
        for index, stream in enumerate(streams):
            mine = of_frame(regions, index)
            ybr = photometric.startswith("YBR")
            frames.append(dct.blank_frame(stream, mine, ybr=ybr, inverted=inverted, flat=how != "black"))
    except Malformed:
        return None
    return encapsulated(frames), aligned(regions, source, across, down, margin=margin)


def _filled(source: PixelSource, stream: bytes, index: int, regions: Sequence[Region], how: str) -> tuple[Array, str]:
    """One frame, decoded, without what its unused bits hold, filled."""
    frame, photometric = source.decode(stream)
    if frame.shape[:2] != (source.rows, source.columns):
        raise InputError("pixels-undecodable", "a decoded frame has another size than the header says")
    if source.bits_stored < source.bits_allocated and frame.dtype.kind in "iu" and source.family == "rle":
        cleared = clear_unused_bits(frame, source)
        frame = frame if cleared is None else cleared
    frame = frame.copy()
    mine = of_frame(regions, index)
    if mine:
        fill_frame(frame, mine, source, how, photometric)
    return frame, photometric


def _reencoded(source: PixelSource, streams: Sequence[bytes], regions: Sequence[Region], how: str) -> bytes | None:
    """Frames in their own lossless family; those without a region keep their codestream."""
    made: list[bytes] = []
    for index, stream in enumerate(streams):
        frame, photometric = _filled(source, stream, index, regions, how)
        new = encode_frame(frame, source, photometric)
        if new is None:
            return None
        made.append(new)
    return encapsulated(made)


def _native(
    plain: PixelResult,
    source: PixelSource,
    streams: Sequence[bytes],
    regions: Sequence[Region],
    how: str,
    decision: Literal["cleaned", "stripped"] | PixelDecision,
    changes: Changes,
) -> PixelResult:
    """Decoded frames as Explicit VR Little Endian."""
    buffer = bytearray()
    kind = ""
    for index, stream in enumerate(streams):
        frame, kind = _filled(source, stream, index, regions, how)
        buffer += np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("<"), copy=False)).tobytes()
    if len(buffer) != source.frame_bytes * source.frames:
        raise InputError("pixels-undecodable", "decoded frames have another size than the header says")
    changes = {**changes, **_no_offsets(source)}
    if source.samples > 1:
        changes["PlanarConfiguration"] = 0
        full = kind.removesuffix("_422").removesuffix("_420")
        if full != source.photometric:
            changes["PhotometricInterpretation"] = full
    return replace(
        plain,
        decision=decision,
        data=bytes(buffer) + b"\0" * (len(buffer) % 2),
        encapsulated=False,
        transfer_syntax=str(ExplicitVRLittleEndian),
        changes=changes,
        regions=tuple(regions),
        reason=plain.reason + "; written uncompressed",
        vr="OW" if source.bits_allocated > 8 else "OB",
    )


def _lossy(dataset: Dataset, source: PixelSource) -> Changes:
    """Keep the truth about lossy compression where the header lacks it (PS3.3 2026d C.7.6.1.1.5)."""
    changes: Changes = {}
    if str(dataset.get("LossyImageCompression", "")) != "01" and not _reversible(source):
        changes["LossyImageCompression"] = "01"
        if "LossyImageCompressionMethod" not in dataset:
            changes["LossyImageCompressionMethod"] = _LOSSY[source.family]
        if "LossyImageCompressionRatio" not in dataset:
            ratio = source.frame_bytes * source.frames / max(len(source.value), 1)
            changes["LossyImageCompressionRatio"] = round(ratio, 2)
    return changes


def _reversible(source: PixelSource) -> bool:
    """Whether JPEG 2000 used the 5/3 wavelet, which need not lose anything: then the header is believed."""
    if not source.family.endswith("j2k-lossy"):
        return False
    stream = source.codestreams()[0]
    at = stream.find(b"\xff\x52")  # COD: Scod, SGcod (4), then five bytes of which the last is the transformation
    return at >= 0 and at + 13 < len(stream) and stream[at + 13] == 1


def _no_offsets(source: PixelSource) -> Changes:
    if source.extended_offsets is None:
        return {}
    return {"ExtendedOffsetTable": None, "ExtendedOffsetTableLengths": None}


def _vr(source: PixelSource) -> str:
    kinds = {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}
    return kinds.get(source.keyword) or ("OW" if source.bits_allocated > 8 or source.element_vr == "OW" else "OB")


def _padding(dataset: Dataset, source: PixelSource) -> int | None:
    values = _floats(dataset, "PixelPaddingValue")
    return int(values[0]) & ((1 << source.bits_allocated) - 1) if values else None


def _because(verdict: Verdict) -> str:
    return f"catalog: {verdict.entry}" if verdict.entry else "catalog: no entry"


def _syntax(dataset: Dataset) -> str:
    meta = getattr(dataset, "file_meta", None)
    return str(meta.get("TransferSyntaxUID", "")) if meta is not None else ""
