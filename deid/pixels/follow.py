"""Follow what moves in a loop: a word found in one frame is looked for in the frames around it by its picture.

A detector misses a word in one frame of many, or finds a part of it. What it found before and after shows where the
word stands, so each find is carried a few frames to each side, to the place where the picture is most alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from deid.model import Region
from deid.pixels.fill import outside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

__all__ = ["covered", "followed", "standing"]

REACH = 3  # frames to each side
FINE = 9  # px
ALIKE = 0.5  # normalised correlation of two pictures of one word
SURE = 0.9  # what is less surely text is filled where it was found, and not looked for around
SHOWN, ABSENT = 0.4, 0.25  # a frame so much like a projection shows the word; one less alike does not
STEP = 12  # px that a word moves from one frame to the next, or its height if that is more


def followed(
    plane: Callable[[int], Plane], frames: int, found: Sequence[Region], static: Sequence[Region]
) -> tuple[Region, ...]:
    """Return what was found in single frames, and where the same stands in the frames around.

    Parameters
    ----------
    plane
        Gives the grey plane of a frame.
    frames
        How many frames the loop has.
    found
        Regions, each of one frame.
    static
        Regions that are filled in every frame anyway.
    """
    if not found:
        return ()
    here: dict[int, list[Region]] = {}
    for region in found:
        here.setdefault(region.frame or 0, []).append(region)
    shape = plane(0).shape
    added: dict[int, list[Region]] = {}
    for order in (range(frames), range(frames - 1, -1, -1)):
        for region in _carried(plane, order, here):
            number = region.frame or 0
            if not covered(region, (*static, *here.get(number, ()), *added.get(number, ())), shape):
                added.setdefault(number, []).append(region)
    return (*found, *(region for number in sorted(added) for region in added[number]))


def standing(
    plane: Callable[[int], Plane], shown: Sequence[tuple[Sequence[int], Plane]], static: Sequence[Region]
) -> tuple[Region, ...]:
    """Tell what stands through a loop from what shows in a few frames only: those regions are given for their frames.

    A word that is there for a moment leaves its picture in a projection of all frames. Where most frames do not show
    it and some do beyond doubt, only these need it filled; in doubt every frame does.

    Parameters
    ----------
    plane
        Gives the grey plane of a frame.
    shown
        Projections in which the regions were found: the numbers of the frames, and the grey plane.
    static
        Regions that would be filled in every frame.

    Returns
    -------
    tuple of Region
        With ``frame`` None where the region stands.
    """
    if not static:
        return ()
    alike = []
    for frames, projection in shown:
        words = [_cut(_strokes(projection), r) for r in static]
        for n in frames:
            picture = _strokes(plane(n))
            alike.append([_alike(_cut(picture, r), word) for r, word in zip(static, words, strict=True)])
    numbers = [n for frames, _ in shown for n in frames]
    regions: list[Region] = []
    for region, score in zip(static, np.array(alike).T, strict=True):
        shows = score >= ABSENT
        if score.max() < SHOWN or shows.mean() >= 0.5:
            regions.append(region)
            continue
        regions += [replace(region, frame=n) for n, there in zip(numbers, shows, strict=True) if there]
    return tuple(regions)


def _cut(picture: Plane, region: Region) -> Plane:
    return picture[region.top : region.bottom, region.left : region.right]


def _alike(one: Plane, other: Plane) -> float:
    """Normalised correlation; 1 where one of the two shows nothing that could be compared."""
    if not one.size:
        return 1.0
    a, b = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 1.0


def _carried(plane: Callable[[int], Plane], order: Iterable[int], here: dict[int, list[Region]]) -> Iterator[Region]:
    """Carry finds along a sequence of frames, and say where they are in each."""
    under_way: list[tuple[Region, int]] = []
    before = np.zeros((0, 0), np.float32)
    for number in order:
        fresh = here.get(number, ())
        if not under_way and not fresh:
            continue
        picture = _strokes(plane(number))
        places = [(_same(before, picture, region, number), age + 1) for region, age in under_way]
        carried = [(place, age) for place, age in places if place is not None]
        yield from (place for place, _ in carried)
        under_way = [*((region, 0) for region in fresh if region.score >= SURE), *(c for c in carried if c[1] < REACH)]
        before = picture


def _strokes(plane: Plane) -> Plane:
    """What is finer than a letter: a slope of the ground is alike everywhere."""
    import cv2

    return plane - np.asarray(cv2.blur(plane, (FINE, FINE)), np.float32)


def _same(before: Plane, picture: Plane, region: Region, number: int) -> Region | None:
    """Find in a picture what a region of the one before it shows; None if nothing is like it."""
    import cv2

    reach = max(STEP, min(region.bottom - region.top, region.right - region.left))
    top, left = max(region.top - reach, 0), max(region.left - reach, 0)
    window = picture[top : region.bottom + reach, left : region.right + reach]
    word = before[region.top : region.bottom, region.left : region.right]
    if word.size < 16 or float(word.max()) <= float(word.min()):
        return None
    _, score, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(window, word, cv2.TM_CCOEFF_NORMED))
    if not score >= ALIKE:  # also where it is no number
        return None
    right, bottom = left + x + region.right - region.left, top + y + region.bottom - region.top
    return replace(region, left=left + x, top=top + y, right=right, bottom=bottom, frame=number, rule="followed")


def covered(region: Region, others: Sequence[Region], shape: tuple[int, ...], uncovered: float = 0.05) -> bool:
    """Whether all of a region but for a share lies inside others; a pixel at its edge may not."""
    inner = np.s_[region.top + 1 : region.bottom - 1, region.left + 1 : region.right - 1]
    left = outside(shape, others)[inner]
    return bool(left.mean() <= uncovered) if left.size else True
