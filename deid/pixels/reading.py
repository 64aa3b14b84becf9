"""Look at the frames of one instance: projections for text that stands still, single frames for text that moves.

What an engine sees is never stored: frames are decoded when asked for, and only projections of a loop are held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.model import Alert, Finding, Passage, Region, Subject
from deid.pixels.fill import clipped
from deid.pixels.follow import covered, followed, standing
from deid.pixels.source import LARGEST
from deid.pixels.views import luma

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.pixels.attributes import Attributes
    from deid.pixels.catalog import Verdict
    from deid.pixels.source import PixelSource
    from deid.settings import PixelSettings

    Array = NDArray[Any]

__all__ = ["Find", "Reader", "Sight", "floats"]

Find = Callable[[Passage, Subject | None], list[Finding]]

SAMPLES = 12  # single frames of a loop that are looked at besides its projections
HALF = 0.5
RIM, THIRD = 4, 3  # a word that stays is found again with so many px around it, or a third of its height


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen.

    Attributes
    ----------
    regions
        What to fill.
    kept
        Text that stays, for reviewers.
    """

    regions: tuple[Region, ...] = ()
    kept: tuple[Region, ...] = ()
    alerts: tuple[Alert, ...] = ()
    words: int = 0

    def __add__(self, other: Sight) -> Sight:
        alerts = tuple(dict.fromkeys((*self.alerts, *other.alerts)))
        return Sight((*self.regions, *other.regions), (*self.kept, *other.kept), alerts, self.words + other.words)


class _Frames(Sequence["Array"]):
    """Frames of a source as the eye sees them, decoded when asked for; regions can be painted over."""

    def __init__(self, source: PixelSource, indices: Sequence[int], hidden: Sequence[Region] = ()) -> None:
        self.source, self.indices, self.hidden = source, indices, hidden

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, slice):
            return _Frames(self.source, self.indices[item], self.hidden)
        frame = self.source.seen(self.indices[item])
        return _painted(frame, self.hidden) if self.hidden else frame


def _painted(frame: Array, regions: Sequence[Region]) -> Array:
    """A copy in which regions show the middle value of the frame: what was found need not be found again."""
    copy = frame.copy()
    middle = np.median(frame.reshape(-1, *frame.shape[2:])[:: max(frame.size // 65536, 1)], axis=0)
    for r in regions:
        copy[r.top : r.bottom, r.left : r.right] = middle.astype(frame.dtype)
    return copy


@dataclass(frozen=True, slots=True)
class Reader:
    """Engines, text search and header of one instance: everything that looking needs besides frames."""

    dataset: Dataset
    source: PixelSource
    settings: PixelSettings
    find: Find | None = None
    subject: Subject | None = None

    def read(self, verdict: Verdict) -> Sight:
        """Find text in all frames, with the boxes of the catalog and what stands around calibrated regions."""
        source = self.source
        sight = Sight(verdict.blank)
        if source.frames <= 2:
            sight += self._look(_Frames(source, range(source.frames)), per_frame=source.frames == 2)
        else:
            sight += self._loop()
        if verdict.outside_regions == "blank":
            sight += Sight(tuple(replace(r, rule=f"catalog:{verdict.entry}") for r in self.margins()))
        elif self.margins():
            sight += self._in_margins(sight)
        regions = clipped(sight.regions, source)
        return replace(sight, regions=tuple(r for r in regions if not _spared(r, verdict.keep)))

    def check(self) -> bool:
        """Say by one cheap look whether there may be text in an instance of a class that the catalog trusts."""
        frames = _Frames(self.source, range(self.source.frames))
        return any(self.shows_text(picture) for picture in _few(frames))

    def shows_text(self, picture: Array) -> bool:
        """Say by one cheap look whether there may be text in a picture of this kind."""
        return bool(self._glance([picture]).words)

    def _loop(self) -> Sight:
        """Read the darkest projection, then what both halves of the loop show more, then single frames.

        Text that stands still and is brighter than its surroundings stays in the minimum, where what moves behind it
        is gone; dark text stays in the maximum, faint text in the mean. What a word leaves there that moves, or shows
        for a while, is in another place in the other half: then every frame is searched, and none of it stays.
        """
        from deid.pixels.views import extremes

        source = self.source
        middle = source.frames // 2
        every = (range(middle), range(middle, source.frames))
        halves = [extremes(_Frames(source, part)) for part in every]
        darkest = np.minimum(halves[0][1], halves[1][1])
        static, brief = self._standing(self._look([darkest]), [(range(source.frames), darkest)])
        moves = False
        for which in (2, 0):  # maximum, mean
            shown = [_painted(half[which], (*static.regions, *static.kept)) for half in halves]
            still, restless = self._still(shown, static.kept)
            still, short = self._standing(still, list(zip(every, shown, strict=True)))
            static, brief, moves = static + still, brief + short, moves or restless
        last = source.frames - 1
        picks = sorted({round(n * last / (SAMPLES - 1)) for n in range(SAMPLES)})
        fresh = self._fresh(picks, static)
        if not fresh and not brief and not moves:
            return static
        rest = sorted(set(range(source.frames)) - set(picks))
        found = (*fresh, *self._fresh(rest, static))
        moving = (*brief, *followed(self._plane, source.frames, found, (*static.regions, *static.kept)))
        return static + Sight(moving, words=len(moving))

    def _standing(self, sight: Sight, shown: Sequence[tuple[Sequence[int], Array]]) -> tuple[Sight, tuple[Region, ...]]:
        """Divide what projections show: what stands through the loop, and what shows in a few frames of it."""
        regions = standing(self._plane, [(frames, luma(picture)) for frames, picture in shown], sight.regions)
        still = tuple(r for r in regions if r.frame is None)
        return replace(sight, regions=still), tuple(r for r in regions if r.frame is not None)

    def _plane(self, frame: int) -> NDArray[np.float32]:
        return luma(self.source.seen(frame))

    def _still(self, halves: Sequence[Array], kept: Sequence[Region]) -> tuple[Sight, bool]:
        """Return the text that two pictures have in common, and whether one of them shows more."""
        shape = (self.source.rows, self.source.columns)
        later = self._new(self._glance(halves[1:]), kept)
        if not later.regions:
            return Sight(), bool(self._new(self._glance(halves[:1]), kept).regions)
        sooner = self._new(self._look(halves[:1]), kept)
        found = (*sooner.regions, *sooner.kept)
        common = tuple(r for r in sooner.regions if covered(r, later.regions, shape, HALF))
        stays = tuple(r for r in sooner.kept if covered(r, later.regions, shape, HALF))
        again = tuple(r for r in later.regions if covered(r, found, shape, HALF) and not covered(r, stays, shape, HALF))
        more = len(common) + len(stays) < len(found) or not all(covered(r, found, shape, HALF) for r in later.regions)
        return Sight((*common, *again), stays, sooner.alerts, len(common) + len(stays)), more

    def _fresh(self, indices: Sequence[int], static: Sight) -> tuple[Region, ...]:
        """Glance at frames as they are, and leave out what lies inside text that is known to stand still.

        Nothing is painted over: a word that moves through a place that is filled anyway would be cut in two and missed.
        """
        if not indices:
            return ()
        seen = self._new(self._glance(_Frames(self.source, indices), per_frame=True), static.kept)
        shape = (self.source.rows, self.source.columns)
        return tuple(r for r in seen.regions if not covered(r, (*static.regions, *static.kept), shape))

    def _new(self, sight: Sight, kept: Sequence[Region]) -> Sight:
        """What was seen, without the rim and the parts of words that stay: they were read where they showed best."""
        shape = (self.source.rows, self.source.columns)
        around = [_rim(k, shape) for k in kept]
        fresh = tuple(r for r in sight.regions if not any(covered(r, [a], shape, 0.0) for a in around))
        return replace(sight, regions=fresh)

    def margins(self) -> tuple[Region, ...]:
        """Strips around the calibrated regions of an ultrasound frame, where banners stand (PS3.3 2026d C.8.5.5)."""
        boxes = []
        for item in self.dataset.get("SequenceOfUltrasoundRegions") or ():
            values = [floats(item, f"RegionLocation{n}") for n in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
            if all(values):
                boxes.append([int(v[0]) for v in values])
        rows, columns = self.source.rows, self.source.columns
        if not boxes:
            return ()
        left, top = max(min(b[0] for b in boxes), 0), max(min(b[1] for b in boxes), 0)
        right, bottom = min(max(b[2] for b in boxes) + 1, columns), min(max(b[3] for b in boxes) + 1, rows)
        if left >= right or top >= bottom:
            return ()
        strips = (
            Region(0, 0, columns, top),
            Region(0, bottom, columns, rows),
            Region(0, top, left, bottom),
            Region(right, top, columns, bottom),
        )
        return tuple(r for r in strips if r.right - r.left >= 8 and r.bottom - r.top >= 8)

    def _in_margins(self, found: Sight) -> Sight:
        """Glance at each strip by itself: its own range of values shows what the whole frame drowns."""
        source = self.source
        known = (*found.regions, *found.kept)
        frames = [_painted(source.seen(n), known) for n in sorted({0, source.frames // 2})]
        sight = Sight()
        for strip in self.margins():
            seen = self._glance([f[strip.top : strip.bottom, strip.left : strip.right] for f in frames])
            sight += self._new(
                Sight(tuple(_moved(r, strip) for r in seen.regions), (), (), len(seen.regions)), found.kept
            )
        return sight

    def look_at(self, picture: Array) -> Sight:
        """Look at one picture that is no frame, such as a rendered overlay."""
        return self._look([picture])

    def _glance(self, frames: Sequence[Array], *, per_frame: bool = False) -> Sight:
        """Look with our own detector alone where the recipe has it; nothing is read, so nothing is kept."""
        engine = self.settings.engine
        names = (engine,) if isinstance(engine, str) else engine
        ours = {"engine": "ours"} if "ours" in names else {}
        quick = self.settings.model_copy(update={**ours, "keep": (), "allow": ()})
        return self._look(frames, per_frame=per_frame, settings=quick, find=None)

    def _look(self, frames: Sequence[Array], *, per_frame: bool = False, **options: Any) -> Sight:
        from deid.pixels.detect import look

        settings: PixelSettings = _kept(options.pop("settings", self.settings), self.dataset)
        find = options.pop("find", self.find)
        seen = look(
            frames,
            settings,
            find=find,
            subject=self.subject,
            hints=hints(self.dataset, self.source),
            per_frame=per_frame,
        )
        regions, kept = seen.regions, seen.kept
        if per_frame and isinstance(frames, _Frames):
            regions = tuple(replace(r, frame=frames.indices[r.frame or 0]) for r in regions)
            kept = tuple(replace(r, frame=frames.indices[r.frame or 0]) for r in kept)
        return Sight(tuple(regions), tuple(kept), tuple(seen.alerts), seen.words)


def _kept(settings: PixelSettings, dataset: Dataset) -> PixelSettings:
    """Keep the views of mammography in mammograms alone: LM, AT or CV are initials elsewhere."""
    breast = "BREAST" in str(dataset.get("BodyPartExamined") or "").upper()
    if breast or str(dataset.get("Modality") or "") == "MG" or "laterality" not in settings.keep:
        return settings
    groups = tuple("sides" if group == "laterality" else group for group in settings.keep)
    return settings.model_copy(update={"keep": groups})


def _few(frames: _Frames) -> list[Array]:
    """A single frame, or the darkest and brightest that each pixel of a loop ever was and some frames of it."""
    from deid.pixels.detect import project

    if len(frames) <= 2:
        return list(frames)
    return project(frames, samples=SAMPLES)[1:]


def _moved(region: Region, strip: Region) -> Region:
    return replace(
        region,
        left=region.left + strip.left,
        right=region.right + strip.left,
        top=region.top + strip.top,
        bottom=region.bottom + strip.top,
    )


def _rim(region: Region, shape: tuple[int, ...]) -> Region:
    """A word with the px around it that a second look takes for text: the edge of what was painted over, a glow."""
    wider = max(RIM, min(region.right - region.left, region.bottom - region.top) // THIRD)
    left, top = max(region.left - wider, 0), max(region.top - wider, 0)
    right, bottom = min(region.right + wider, shape[1]), min(region.bottom + wider, shape[0])
    return replace(region, left=left, top=top, right=right, bottom=bottom)


def _spared(region: Region, keep: Sequence[Region]) -> bool:
    """Whether a region lies in a box that the catalog keeps; never one that a known identifier or the catalog made."""
    if region.rule.startswith(("known", "catalog")):
        return False
    return any(
        k.left <= region.left and k.top <= region.top and region.right <= k.right and region.bottom <= k.bottom
        for k in keep
    )


def hints(dataset: Dataset, source: PixelSource) -> Any:
    """Windows in stored values, Pixel Padding Value and MONOCHROME1, for the views."""
    from deid.pixels.detect import Hints

    voi, modality = _group(dataset, "FrameVOILUTSequence"), _group(dataset, "PixelValueTransformationSequence")
    slope = (floats(modality, "RescaleSlope") or [1.0])[0] or 1.0
    intercept = (floats(modality, "RescaleIntercept") or [0.0])[0]
    centres, widths = floats(voi, "WindowCenter"), floats(voi, "WindowWidth")
    pairs = [(c, w) for c, w in zip(centres, widths, strict=False) if w > 0]
    windows = tuple(((c - intercept) / slope, abs(w / slope)) for c, w in pairs)
    padding = floats(dataset, source.keyword.replace("Data", "PaddingValue"))
    empty = max(-LARGEST, min(padding[0], LARGEST)) if padding else None
    return Hints(windows, empty, source.photometric == "MONOCHROME1")


def _group(dataset: Dataset, macro: str) -> Dataset:
    """Where a macro's attributes stand: the first functional group that has it, or the dataset itself."""
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = dataset.get(name) or ()
        for group in list(groups)[:1]:
            for inner in group.get(macro) or ():
                found: Dataset = inner
                return found
    return dataset


def floats(dataset: Attributes, keyword: str) -> list[float]:
    """Values of an element as finite numbers; empty if it is missing or holds anything else."""
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return []
        many = hasattr(value, "__iter__") and not isinstance(value, str | bytes)
        numbers = [float(v) for v in (value if many else [value])]
    except (TypeError, ValueError):
        return []
    return [n for n in numbers if math.isfinite(n)]
