"""Pixels of one instance: decide from the header, read what has to be read, fill, and write in the same family."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian

from deid.errors import Refusal
from deid.model import Alert, Finding, Passage, Region, Subject
from deid.pixels.catalog import Catalog, Header, Verdict
from deid.pixels.fill import clipped, fill_native, of_frame, outside
from deid.pixels.recode import Changes, Recoded, Work, recode
from deid.pixels.result import PixelDecision, PixelResult
from deid.pixels.source import PixelLimits, PixelSource
from deid.pixels.strip import Stripped, check_decodable, strip, unused_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.settings import PixelSettings

    Array = NDArray[Any]

__all__ = ["Find", "PixelLimits", "clean_pixels", "same_outside"]

Find = Callable[[Passage, Subject | None], list[Finding]]


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
        return _written(dataset, source, stripped, settings, _because(verdict), None)
    found = _looked_at(dataset, source, verdict, settings, find, subject)
    return _written(dataset, source, stripped, settings, _because(verdict), found)


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
        if (old.bits_stored, old.high_bit) == (new.bits_stored, new.high_bit):
            a, b = _value_bits(a, old), _value_bits(b, new)
        if not np.array_equal(a[mask], b[mask]):
            return False
    return True


def _value_bits(frame: Array, source: PixelSource) -> Array:
    """Stored values as words in which only the bits that hold a value count."""
    word = np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("="), copy=False)).view(f"u{frame.itemsize}")
    if source.bits_stored >= source.bits_allocated or source.keyword != "PixelData":
        return word
    unused = word.dtype.type(unused_bits(source))
    used: Array = word & ~unused
    return used


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
    settings: PixelSettings,
    reason: str,
    found: _Look | None,
) -> PixelResult:
    """Fill and strip, and describe the new value."""
    plain = PixelResult(
        "verbatim",
        encapsulated=source.encapsulated,
        transfer_syntax=source.syntax,
        changes={**_frame_count(dataset, source), **({"BurnedInAnnotation": "NO"} if found else {})},
        alerts=found.alerts if found else (),
        words_found=found.words if found else 0,
        read=found is not None,
        reason=reason + (f"; removed: {', '.join(stripped.removed)}" if stripped.removed else ""),
        keyword=source.keyword,
        vr="OB" if source.encapsulated else _vr(source),
    )
    regions = clipped(found.regions if found else (), source)
    if not regions and not stripped.rewrite:
        if stripped.value is None:
            return plain
        return _changed(plain, source, "stripped", Recoded(stripped.value, source.syntax, ()))
    decision: PixelDecision = "cleaned" if regions else "stripped"
    if source.encapsulated:
        padding = _padding(dataset, source)
        work = Work(source, stripped.codestreams, regions, settings.fill, stripped.rewrite, padding)
        return _changed(plain, source, decision, recode(work, dataset))
    value = stripped.value
    base = source if value is None else replace(source, value=value, element_vr="OB", _cache={})
    filled, done = fill_native(base, regions, settings.fill)
    return _changed(plain, source, decision, Recoded(filled, source.syntax, done))


def _changed(plain: PixelResult, source: PixelSource, decision: PixelDecision, new: Recoded) -> PixelResult:
    """Finish a result whose value is new: pad it, turn big endian into little endian, drop offset tables."""
    value, syntax = new.value, new.syntax
    if not source.little_endian:
        value = np.frombuffer(value, source.dtype).byteswap().tobytes() if source.bits_allocated > 8 else value
        syntax = str(ExplicitVRLittleEndian)
    stays = syntax == source.syntax
    changes: Changes = {**plain.changes, **new.changes}
    if source.extended_offsets is not None:
        changes |= {"ExtendedOffsetTable": None, "ExtendedOffsetTableLengths": None}
    return replace(
        plain,
        decision=decision,
        data=value + b"\0" * (len(value) % 2),
        encapsulated=source.encapsulated and stays,
        transfer_syntax=syntax,
        changes=changes,
        regions=tuple(new.regions),
        reason=plain.reason + ("" if stays else "; written uncompressed"),
        vr=plain.vr if stays else "OW" if source.bits_allocated > 8 else "OB",
    )


def _frame_count(dataset: Dataset, source: PixelSource) -> Changes:
    """Number of Frames as it must be, where the header has no number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            int(dataset.get("NumberOfFrames") or 1)
    except (TypeError, ValueError):
        return {"NumberOfFrames": source.frames}
    return {}


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
