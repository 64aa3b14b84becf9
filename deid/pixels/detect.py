"""Find burned-in text: a union over engines and views, gated by size; recognition only keeps.

:func:`look` is the whole answer, :func:`detect` its regions. Nothing here changes a pixel, reads a file or knows
DICOM: frames come in as arrays of stored values, rectangles go out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.model import Alert, Region, Subject
from deid.pixels import engines, views
from deid.pixels.engines import Box, Engine, Word
from deid.pixels.engines.own import OwnEngine
from deid.pixels.stay import Find, Pictures, part, read, share, upright
from deid.pixels.views import Hints, Picture, project
from deid.pixels.whose import contradictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.views import Plane
    from deid.settings import PixelSettings

__all__ = ["Detection", "Find", "Hints", "detect", "look", "project"]

TILES = 6  # closer looks per frame at what is too large for a line of text
SECOND_PX = 1280  # an engine beside ours looks at a picture of at most this many px a side
SECOND_SURE = 0.8  # and adds only boxes of at least this score, or where ours saw weak signs
TINY_PX = 64  # a picture of less a side is looked at enlarged too,
ROOM = 24  # with so many px of ground around it
HUGE = 128  # px from which on letters are seen at a quarter of their size alone
FAR_PX = 1024  # from this size on a picture is also looked at from afar: smaller ones gain nothing by it and
LARGE_PX = 44  # fill 0.4% more of what is no text; what is found from afar must be at least so high
FURTHER_PX = 480  # from this size on also from further, for letters that are at least
GIANT_PX = 64  # px high and seen from afar as well, as one line: from further a paragraph is one too


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in the frames given.

    Attributes
    ----------
    regions
        What to fill. ``frame`` is None (fill every frame) unless ``per_frame`` was asked for.
    kept
        Words that stay, with the rule that lets them.
    alerts
        ``wrong-patient``: burned-in identifiers contradict the subject's. ``pixel-oversized``: a large box in which
        no text was found at a closer look was dropped.
    words
        How many pieces of text were found, kept ones too.
    """

    regions: tuple[Region, ...] = ()
    kept: tuple[Region, ...] = ()
    alerts: tuple[Alert, ...] = ()
    words: int = 0


def detect(
    frames: Sequence[NDArray[Any]],
    settings: PixelSettings,
    *,
    find: Find | None = None,
    subject: Subject | None = None,
    hints: Hints | None = None,
) -> list[Region]:
    """Return the rectangles to fill; see :func:`look`."""
    return list(look(frames, settings, find=find, subject=subject, hints=hints).regions)


def look(
    frames: Sequence[NDArray[Any]],
    settings: PixelSettings,
    *,
    find: Find | None = None,
    subject: Subject | None = None,
    hints: Hints | None = None,
    per_frame: bool = False,
) -> Detection:
    """Find text in frames and say what must be filled and what may stay.

    Parameters
    ----------
    frames : sequence of ndarray, each of shape (rows, columns) or (rows, columns, 3)
        Stored values, or RGB. For a loop: what :func:`project` returns, or every frame with ``per_frame``.
    settings
        Engines, what to remove, what to keep.
    find
        Text search; its findings protect words that would be kept and raise alerts. With
        ``remove: identifiers`` it decides what of the *read* text is removed; unread text always is.
    subject
        Whose known identifiers ``find`` uses.
    per_frame
        Whether each region holds for its own frame (an index into ``frames``) or for all of them.

    Raises
    ------
    EngineError
        ``engine-unknown``, ``engine-missing``, ``engine-weights-missing``, ``engine-answer``.
    """
    if settings.remove == "none":
        return Detection()
    loaded = engines.load_all(settings)
    hints = hints or Hints()
    shots = [_frame(np.asarray(f), settings, loaded, hints, find, subject) for f in frames]
    if per_frame:
        regions = tuple(_region(b, i) for i, s in enumerate(shots) for b in s.boxes)
        kept = tuple(_region(b, i, "kept") for i, s in enumerate(shots) for b in s.kept)
    else:
        rows, columns = np.asarray(frames[0]).shape[:2] if len(frames) else (0, 0)
        merged = merge([b for s in shots for b in s.boxes], rows, columns)
        # A word kept in one projection but found as part of something else in another does not stay.
        stay = [b for s in shots for b in s.kept if not any(share(b, m) > 0.2 for m in merged)]
        kept_boxes = merge(stay, rows, columns)
        regions = tuple(_region(b, None) for b in merged)
        kept = tuple(_region(b, None, "kept") for b in kept_boxes)
    alerts = tuple(dict.fromkeys(a for s in shots for a in s.alerts))
    return Detection(regions, kept, alerts, len(regions) + len(kept))


@dataclass(slots=True)
class _Shot:
    boxes: list[Box] = field(default_factory=list)
    kept: list[Box] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


def _region(box: Box, frame: int | None, rule: str = "detected") -> Region:
    return Region(box.left, box.top, box.right, box.bottom, frame, round(box.score, 3), rule)


def _frame(
    frame: NDArray[Any],
    settings: PixelSettings,
    loaded: Sequence[Engine],
    hints: Hints,
    find: Find | None,
    subject: Subject | None,
) -> _Shot:
    shot = _Shot()
    rows, columns = frame.shape[:2]
    if min(rows, columns) < 5:
        return shot  # no room for a letter
    own = [e for e in loaded if isinstance(e, OwnEngine)]
    others = [e for e in loaded if not isinstance(e, OwnEngine)]
    boxes: list[Box] = []
    signs: list[Box] = []
    dropped = 0
    for network in own:
        found, signs, dropped = _own(network, frame, hints)
        boxes = merge(found, rows, columns)
    reads = bool(settings.keep or settings.allow or find)
    pictures = pictures_of(frame, hints) if others or reads else []
    for engine in others:
        if own:
            boxes += _missing(_second(engine, pictures[:1]), boxes, signs)
            continue
        found, lost = _union(engine, pictures)
        boxes, dropped = boxes + found, dropped + lost
    if dropped:
        shot.alerts.append(Alert("pixel-oversized", f"boxes: {dropped}"))
    merged = merge(boxes, rows, columns)
    words = _words(loaded, frame, pictures, merged, settings) if reads else []
    shot.kept, shot.boxes = part(merged, words, frame.shape, settings, find, subject)
    if find is not None and subject is not None and words:
        shot.alerts += contradictions(words, upright(words, frame.shape), find, subject)
    return shot


def _words(
    loaded: Sequence[Engine],
    frame: NDArray[Any],
    pictures: Sequence[Picture],
    boxes: Sequence[Box],
    settings: PixelSettings,
) -> list[Word]:
    """Read with the first engine that reads; ours reads the stored values themselves."""
    reader = next((e for e in loaded if e.reads), None)
    if reader is None or not pictures:
        return []
    return read(reader, Pictures(frame, pictures[0]), boxes, settings)


# --- where text may be ------------------------------------------------------------------------------------------


def pictures_of(frame: NDArray[Any], hints: Hints) -> list[Picture]:
    """Return the views of one frame, best first, without those that would show the same again."""
    result: list[Picture] = []
    seen: set[bytes] = set()

    def add(picture: Picture) -> None:
        print_ = views.signature(picture)
        if print_ not in seen and int(picture.max()) > int(picture.min()):
            seen.add(print_)
            result.append(picture)

    for number, plane in enumerate(views.planes(frame)):
        plain = number == 0 and frame.dtype == np.uint8
        add(plane.astype(np.uint8) if plain else views.percentile(plane, padding=hints.padding))
        if number == 0 and not plain:
            for centre, width in hints.windows[:2]:
                add(views.windowed(plane, centre, width))
        add(views.equalised(plane))
        if number == 0 and not plain:
            add(views.full(plane, padding=hints.padding))
    return result


def _own(engine: OwnEngine, frame: NDArray[Any], hints: Hints) -> tuple[list[Box], list[Box], int]:
    """Detect in the stored values themselves: boxes, weaker signs, and how many oversized boxes were dropped.

    A large picture is also looked at from afar, for letters that are too large to be seen from near.
    """
    rows, columns = frame.shape[:2]
    good: list[Box] = []
    signs: list[Box] = []
    dropped = 0
    seen = views.planes(frame)
    if frame.dtype != np.uint8:
        seen += views.narrow(seen[0], hints)
    for plane in seen:
        found, weak = engine.look_plane(plane, padding=hints.padding)
        signs += weak
        found += _from_afar(engine, plane, hints)
        if min(rows, columns) < TINY_PX:
            good += _with_room(engine, plane)
        for box in found:
            if not too_large(box, rows, columns):
                good.append(box)
                continue
            # Large letters stay visible from afar, a bone does not become text.
            part = plane[box.top : box.bottom, box.left : box.right]
            scales = [0.5, 0.25] if min(box.width, box.height) >= HUGE else [0.5]
            again = merge([b for s in scales for b in engine.detect_plane(part, scale=s)], rows, columns)
            if sum(b.area for b in again) > 0.3 * box.area:
                good += [_moved(b, box.left, box.top) for b in again]
            else:
                dropped += 1
    return good + _specks(engine, frame, good), signs, dropped


def _with_room(engine: OwnEngine, plane: Plane) -> list[Box]:
    """Look at a tiny picture enlarged, with empty ground around it: letters that touch its edge are shapes to see."""
    import cv2

    room = cv2.copyMakeBorder(plane, ROOM, ROOM, ROOM, ROOM, cv2.BORDER_CONSTANT, value=float(np.median(plane)))
    return [_moved(b, -ROOM, -ROOM) for b in engine.detect_plane(np.asarray(room, np.float32), scale=2.0)]


def _from_afar(engine: OwnEngine, plane: Plane, hints: Hints) -> list[Box]:
    """Look for letters that are too large to be seen from near."""

    def sure(scale: float, high: int) -> list[Box]:
        boxes = engine.detect_plane(plane, padding=hints.padding, scale=scale)
        return [b for b in boxes if min(b.width, b.height) >= high and b.score >= 0.95]

    size = min(plane.shape)
    giants = sure(0.25, GIANT_PX) if size >= FURTHER_PX else []
    lines = sure(0.5, LARGE_PX) if giants or size >= FAR_PX else []
    giants = [b for b in giants if any(share(b, line) > 0.6 and _alike(b, line) for line in lines)]
    return giants + (lines if size >= FAR_PX else [])


def _alike(a: Box, b: Box) -> bool:
    low, high = sorted((min(a.width, a.height), min(b.width, b.height)))
    return high <= 1.6 * low


def _specks(engine: OwnEngine, frame: NDArray[Any], found: Sequence[Box]) -> list[Box]:
    """Look at the few coloured words of a grey picture, which can have the luminance of their ground."""
    rows, columns = frame.shape[:2]
    seen = np.zeros((rows, columns), np.bool_)
    for b in found:
        seen[b.top : b.bottom, b.left : b.right] = True
    around = views.specks(frame, seen)
    if around is None:
        return []
    left, top, planes = around
    boxes = [_moved(b, left, top) for plane in planes for b in engine.detect_plane(plane)]
    return [b for b in boxes if not too_large(b, rows, columns)]


def _second(engine: Engine, pictures: Sequence[Picture]) -> list[Box]:
    """Take a second opinion from one upright view of at most SECOND_PX a side.

    An oversized box needs no closer look here: our own detector has looked at every pixel of it already.
    """
    import cv2

    boxes: list[Box] = []
    for picture in pictures:
        rows, columns = picture.shape[:2]
        scale = min(1.0, SECOND_PX / max(rows, columns))
        small = picture if scale == 1.0 else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for b in engine.detect(np.asarray(small, np.uint8)):
            right, bottom = int(np.ceil(b.right / scale)), int(np.ceil(b.bottom / scale))
            box = Box(int(b.left / scale), int(b.top / scale), right, bottom, b.score)
            if not too_large(box, rows, columns):
                boxes.append(box)
    return boxes


def _missing(found: Sequence[Box], have: Sequence[Box], signs: Sequence[Box]) -> list[Box]:
    """Return the parts of boxes, along their line, that other boxes do not cover yet.

    A box counts if its engine is very sure or our detector saw weak signs in the same place: RapidOCR alone fills 6%
    of what is no text, so seconded it adds 0.02%.
    A line that is covered but for less than half its height at the ends is covered.
    """
    result = []
    for box in found:
        if box.score < SECOND_SURE and not any(_overlap(box, sign) for sign in signs):
            continue
        flat = box.width >= box.height
        start, end = (box.left, box.right) if flat else (box.top, box.bottom)
        high = box.height if flat else box.width
        free = np.ones(end - start, bool)
        for other in have:
            if _overlap(box, other) == 0:
                continue
            a, b = (other.left, other.right) if flat else (other.top, other.bottom)
            gap = int(0.6 * high)  # the space between two words is no text
            free[max(a - start - gap, 0) : max(b - start + gap, 0)] = False
        for a, b in _runs(free):
            if b - a < max(4, 0.4 * high):
                continue
            inset = int(0.08 * high)
            if flat:
                result.append(Box(start + a, box.top + inset, start + b, box.bottom - inset, box.score))
            else:
                result.append(Box(box.left + inset, start + a, box.right - inset, start + b, box.score))
    return result


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _union(engine: Engine, pictures: Sequence[Picture]) -> tuple[list[Box], int]:
    """Detect in every view, upright and turned, with an engine that stands alone."""
    boxes: list[Box] = []
    dropped, tiles = 0, TILES
    for picture in pictures:
        for turned, back in _turns(picture):
            rows, columns = turned.shape[:2]
            for box in engine.detect(turned):
                if not too_large(box, rows, columns):
                    boxes.append(back(box))
                    continue
                cuts = _cut(box)[:tiles]
                tiles -= len(cuts)
                inner = [b for cut in cuts for b in _closer(engine, turned, cut)]
                boxes += [back(b) for b in inner]
                dropped += not inner
    return boxes, dropped


def _turns(picture: Picture) -> list[tuple[Picture, Callable[[Box], Box]]]:
    rows = picture.shape[0]

    def from_quarter(box: Box) -> Box:  # np.rot90(k=-1): row r, column c -> row c, column rows - 1 - r
        return Box(box.top, rows - box.right, box.bottom, rows - box.left, box.score)

    return [(picture, lambda b: b), (np.ascontiguousarray(np.rot90(picture, -1)), from_quarter)]


def too_large(box: Box, rows: int, columns: int) -> bool:
    """Say whether a box is larger than a line of burned-in text is in a picture of this size."""
    return min(box.width, box.height) > max(56, 0.09 * min(rows, columns)) or box.area > 0.2 * rows * columns


def _cut(box: Box) -> list[Box]:
    """Cut an oversized box into tiles of at least 256 px that overlap by 64, at most four across and down."""
    down, across = max(256, box.height // 3), max(256, box.width // 3)
    return [
        Box(left, top, min(left + across, box.right), min(top + down, box.bottom), box.score)
        for top in range(box.top, max(box.bottom - 64, box.top + 1), down - 64)
        for left in range(box.left, max(box.right - 64, box.left + 1), across - 64)
    ]


def _closer(engine: Engine, picture: Picture, tile: Box) -> list[Box]:
    """Look at one tile, twice as large; what is still too large in it is no line of text."""
    import cv2

    rows, columns = picture.shape[:2]
    part = np.ascontiguousarray(picture[tile.top : tile.bottom, tile.left : tile.right])
    if min(part.shape[:2]) < 16:
        return []
    large = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found = [
        Box(b.left // 2, b.top // 2, -(-b.right // 2), -(-b.bottom // 2), b.score)
        for b in engine.detect(large.astype(np.uint8, copy=False))
    ]
    return [_moved(b, tile.left, tile.top) for b in found if not too_large(b, rows, columns)]


# --- geometry ---------------------------------------------------------------------------------------------------


def _overlap(a: Box, b: Box) -> int:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return width * height if width > 0 and height > 0 else 0


def _moved(box: Box, across: int, down: int) -> Box:
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down, box.score)


def _hull(a: Box, b: Box) -> Box:
    return Box(
        min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom), max(a.score, b.score)
    )


def merge(boxes: Sequence[Box], rows: int, columns: int) -> list[Box]:
    """Join boxes that say the same: overlapping ones whose hull adds little that neither covered."""
    todo = [
        Box(max(b.left, 0), max(b.top, 0), min(b.right, columns), min(b.bottom, rows), b.score)
        for b in boxes
        if min(b.right, columns) > max(b.left, 0) and min(b.bottom, rows) > max(b.top, 0)
    ]
    todo.sort(key=lambda b: -b.area)
    changed = True
    while changed:
        changed = False
        result: list[Box] = []
        for box in todo:
            for i, other in enumerate(result):
                common = _overlap(box, other)
                if common == 0:
                    continue
                hull = _hull(box, other)
                if common == box.area or hull.area <= 1.02 * (box.area + other.area - common):
                    result[i] = hull
                    changed = True
                    break
            else:
                result.append(box)
        todo = result
    return sorted(todo, key=lambda b: (b.top, b.left))
