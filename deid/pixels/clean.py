"""Pixels of one instance: decide from the header, read what has to be read, fill, and write in the same family."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.uid import ExplicitVRLittleEndian

from deid.errors import InputError
from deid.model import Region, Subject
from deid.pixels.catalog import Verdict
from deid.pixels.fill import clipped, fill_native, of_frame, outside
from deid.pixels.overlay import clean_overlays, groups
from deid.pixels.reading import Find, Reader, Sight, floats
from deid.pixels.recode import Changes, Recoded, Work, recode
from deid.pixels.result import PixelDecision, PixelResult
from deid.pixels.source import PixelLimits, PixelSource, used_bits
from deid.pixels.strip import Stripped, check_decodable, is_bare, strip, unused_bits
from deid.pixels.trust import SeriesMemo, decide, to_check

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.pixels.attributes import Attributes, Scanned
    from deid.settings import PixelSettings

    Array = NDArray[Any]

__all__ = ["Find", "PixelLimits", "clean_pixels", "same_outside"]


def clean_pixels(
    dataset: Dataset | Scanned,
    settings: PixelSettings,
    *,
    find: Find | None = None,
    subject: Subject | None = None,
    limits: PixelLimits | None = None,
    memo: SeriesMemo | None = None,
) -> PixelResult:
    """Make the pixels of one instance free of burned-in text, as the recipe says; the dataset is not changed.

    Parameters
    ----------
    dataset
        With ``file_meta.TransferSyntaxUID``; Pixel Data as read from the file. Of a header that is no Dataset yet, one
        is made only if the pixels have to be looked at or decoded.
    settings
        Section ``pixels`` of the recipe.
    find
        The text room's ``Finder.find``: which of the words that were read are identifiers.
    subject
        Known identifiers of the study: they add regions and never remove one.
    memo
        What this worker has seen of each series; without it every instance of a class that the catalog trusts is
        looked at by itself.

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
    if not isinstance(dataset, pydicom.Dataset):
        copied = _copied(dataset, settings, limits, memo)
        if copied is not None:
            return copied
        dataset = dataset.dataset()
    source = PixelSource.of(dataset, limits)
    if source is None:
        return PixelResult("none", transfer_syntax=_syntax(dataset), reason="no pixel data")
    verdict = decide(dataset, settings)
    stripped = strip(source, _padding(dataset, source))
    reader = Reader(dataset, source, settings, find, subject)
    if to_check(verdict, settings) and (memo is None or memo.due(dataset)) and reader.check():
        # Where text is found, trust ends for the series.
        verdict = replace(verdict, way="read")
        if memo is not None:
            memo.found(str(dataset.get("SeriesInstanceUID", "")))
    if verdict.way in ("verbatim", "data"):
        if source.encapsulated and not stripped.rewrite:
            check_decodable(source)
        sight = None
    else:
        sight = reader.read(verdict)
    result = _written(dataset, source, stripped, settings, _because(verdict), sight)
    return _with_overlays(result, dataset, reader) if settings.remove != "none" else result


def _copied(
    header: Scanned, settings: PixelSettings, limits: PixelLimits | None, memo: SeriesMemo | None
) -> PixelResult | None:
    """The result for pixels that need neither a look nor a decoder; None for all others, broken ones too."""
    known: _Copied | None = header.notes.get("copied")
    if known is None or known.settings is not settings or known.limits != limits:
        known = _described(header, settings, limits)
        if known is None:
            return None
    if to_check(known.verdict, settings) and (memo is None or not memo.passed(header)):
        return None
    if known.result is not None and is_bare(header.pixels(), known.source, known.padding):
        return known.result
    source = PixelSource.of(header, limits)
    if source is None:
        return None
    result = _written(header, source, strip(source, known.padding), settings, _because(known.verdict), None)
    if result.decision == "verbatim":
        header.notes["copied"] = replace(known, result=result)
    return result


@dataclass(frozen=True, slots=True, repr=False)
class _Copied:
    """What holds for the pixels of all instances that are stored alike; ``result`` for those that are copied as are."""

    settings: PixelSettings
    limits: PixelLimits | None
    verdict: Verdict
    source: PixelSource
    padding: int | None
    result: PixelResult | None = None


def _described(header: Scanned, settings: PixelSettings, limits: PixelLimits | None) -> _Copied | None:
    try:
        verdict = decide(header, settings)
        source = PixelSource.of(header, limits) if header.plain else None
    except InputError:
        return None
    if source is None or verdict.way not in ("verbatim", "data"):
        return None
    form = replace(source, value=b"", _cache={})  # what is remembered holds no pixels
    found = header.notes["copied"] = _Copied(settings, limits, verdict, form, _padding(header, source))
    return found


def _with_overlays(result: PixelResult, dataset: Dataset, reader: Reader) -> PixelResult:
    """Add what became of the overlays."""
    if not groups(dataset):
        return result
    overlays, seen = clean_overlays(dataset, reader)
    words = sum(s.words for s in seen)
    alerts = dict.fromkeys((*result.alerts, *(a for s in seen for a in s.alerts)))
    return replace(result, overlays=overlays, words_found=result.words_found + words, alerts=tuple(alerts))


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


# --- writing -----------------------------------------------------------------------------------------------------


def _written(
    dataset: Dataset | Scanned,
    source: PixelSource,
    stripped: Stripped,
    settings: PixelSettings,
    reason: str,
    found: Sight | None,
) -> PixelResult:
    """Fill and strip, and describe the new value."""
    plain = PixelResult(
        "verbatim",
        encapsulated=source.encapsulated,
        transfer_syntax=source.syntax,
        changes={**_frame_count(dataset, source), **({"BurnedInAnnotation": "NO"} if found else {})},
        alerts=found.alerts if found else (),
        kept=found.kept if found else (),
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
        whole = dataset if isinstance(dataset, pydicom.Dataset) else dataset.dataset()
        plain = replace(plain, changes={**plain.changes, **_range(dataset)}) if regions else plain
        return _changed(plain, source, decision, recode(work, whole))
    value = stripped.value
    base = source if value is None else replace(source, value=value, element_vr="OB", _cache={})
    filled, done = fill_native(base, regions, settings.fill)
    after = replace(base, value=filled, element_vr="OB", _cache={})
    return _changed(plain, source, decision, Recoded(filled, source.syntax, done, _range(dataset, after)))


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


def _frame_count(dataset: Attributes, source: PixelSource) -> Changes:
    """Number of Frames as it must be, where the header has no number or 0."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            known = "NumberOfFrames" not in dataset or int(dataset.get("NumberOfFrames")) > 0
    except (TypeError, ValueError):
        known = False
    return {} if known else {"NumberOfFrames": source.frames}


def _range(dataset: Attributes, filled: PixelSource | None = None) -> Changes:
    """Smallest and Largest Image Pixel Value after filling, where the header has them; they go if hard to tell."""
    present = [name for name in ("Smallest", "Largest") if f"{name}ImagePixelValue" in dataset]
    if not present:
        return {}
    ends: dict[str, int | None] = {}
    if filled is not None and filled.samples == 1 and filled.bits_allocated in (8, 16) and not filled.signed:
        values = used_bits(filled.native_view(), filled)
        ends = {"Smallest": int(values.min()), "Largest": int(values.max())}
    return {f"{name}ImagePixelValue": ends.get(name) for name in present}


def _vr(source: PixelSource) -> str:
    kinds = {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}
    return kinds.get(source.keyword) or ("OW" if source.bits_allocated > 8 or source.element_vr == "OW" else "OB")


def _padding(dataset: Attributes, source: PixelSource) -> int | None:
    values = floats(dataset, "PixelPaddingValue")
    return int(values[0]) & ((1 << source.bits_allocated) - 1) if values else None


def _because(verdict: Verdict) -> str:
    return f"catalog: {verdict.entry}" if verdict.entry else "catalog: no entry"


def _syntax(dataset: Dataset) -> str:
    meta = getattr(dataset, "file_meta", None)
    return str(meta.get("TransferSyntaxUID", "")) if meta is not None else ""
