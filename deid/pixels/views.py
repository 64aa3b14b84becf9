"""Views of stored values: 8-bit pictures in which an engine can see what a viewer could be made to show.

Text that is burned in can lie outside the display window, in one colour channel only, or a few values above its
background. No single picture shows all of it, so detection looks at several; each is a pure function of the stored
values and never changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane: TypeAlias = NDArray[np.float32]
    Picture: TypeAlias = NDArray[np.uint8]
else:
    Plane: TypeAlias = Any
    Picture: TypeAlias = Any

__all__ = [
    "Hints",
    "Picture",
    "Plane",
    "equalised",
    "extremes",
    "full",
    "local",
    "luma",
    "narrow",
    "percentile",
    "planes",
    "project",
    "signature",
    "specks",
    "stack",
    "windowed",
]


COLOURED = 0.001  # the share of coloured pixels from which on the differences are looked at everywhere
SPECKS = 8  # so many of 9x9 pixels are part of a letter
AROUND = 32  # px to each side of letters that are looked at by themselves
NARROW = 20  # text that is a tenth of such a part of a picture's range is seen in the whole of it no more


@dataclass(frozen=True, slots=True)
class Hints:
    """What the header says about how the stored values are shown.

    Attributes
    ----------
    windows
        Pairs of centre and width in *stored* values (rescale undone by the caller).
    padding
        Pixel Padding Value, or None: it says nothing about the range of the picture.
    inverted
        MONOCHROME1.
    """

    windows: tuple[tuple[float, float], ...] = ()
    padding: float | None = None
    inverted: bool = False


def planes(frame: NDArray[Any]) -> list[Plane]:
    """Split a frame into grey planes in which text can stand.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns) or (rows, columns, 3)
        Stored values, or RGB (YBR and palette already converted).

    Returns
    -------
    list of ndarray of float32
        The grey plane; for a picture that is really coloured also the difference of red and blue and of green and
        the other two, since text of another hue can have the luminance of its background.
    """
    if frame.ndim == 2:
        return [luma(frame)]
    grey, first, second, coloured = _hues(frame)
    return [grey, first, second] if float(coloured.mean()) > COLOURED else [grey]


def specks(frame: NDArray[Any], seen: NDArray[np.bool_]) -> tuple[int, int, list[Plane]] | None:
    """Return the differences of :func:`planes` around the few coloured pixels of a grey picture that nobody saw yet.

    Parameters
    ----------
    seen : ndarray of bool, shape (rows, columns)
        Where text was found already.

    Returns
    -------
    tuple or None
        Where they stand in the frame (left, top) and what is to be looked at there; None if nothing is.
    """
    import cv2

    if frame.ndim == 2:
        return None
    _, first, second, coloured = _hues(frame)
    fresh = coloured & ~seen
    if float(coloured.mean()) > COLOURED or not fresh.any():
        return None  # they were looked at
    crowd = cv2.blur(fresh.astype(np.float32), (9, 9)) > SPECKS / 81
    if not crowd.any():
        return None
    rows, columns = np.flatnonzero(crowd.any(axis=1)), np.flatnonzero(crowd.any(axis=0))
    top, left = max(int(rows[0]) - AROUND, 0), max(int(columns[0]) - AROUND, 0)
    place = np.s_[top : int(rows[-1]) + 1 + AROUND, left : int(columns[-1]) + 1 + AROUND]
    return left, top, [np.ascontiguousarray(first[place]), np.ascontiguousarray(second[place])]


def _hues(frame: NDArray[Any]) -> tuple[Plane, Plane, Plane, NDArray[np.bool_]]:
    """Return luminance, the difference of red and blue, that of green and the other two, and where it is coloured."""
    red, green, blue = (np.asarray(frame[..., i], dtype=np.float32) for i in range(3))
    span = 255.0 if frame.dtype == np.uint8 else float(frame.max()) or 1.0
    first: Plane = red - blue
    second: Plane = (green - (red + blue) / 2).astype(np.float32)
    # A fifth of the range between two channels: a coloured word, not chroma noise.
    return luma(frame), first, second, (np.abs(first) > span / 5) | (np.abs(second) > span / 5)


def luma(frame: NDArray[Any]) -> Plane:
    """Return the grey plane of a frame of grey or RGB values."""
    if frame.ndim == 2:
        return np.ascontiguousarray(frame, dtype=np.float32)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.ascontiguousarray(frame[..., :3].astype(np.float32) @ weights)


def windowed(plane: Plane, centre: float, width: float) -> Picture:
    """Map the window to 0..255 as a viewer does, linearly."""
    low = centre - max(width, 1.0) / 2
    return _stretch(plane, low, low + max(width, 1.0))


def percentile(plane: Plane, low: float = 0.5, high: float = 99.5, *, padding: float | None = None) -> Picture:
    """Map the range between two percentiles to 0..255."""
    values = _values(plane, padding)
    bottom, top = np.percentile(values, (low, high)) if values.size else (0.0, 1.0)
    return _stretch(plane, float(bottom), float(top))


def full(plane: Plane, *, padding: float | None = None) -> Picture:
    """Map everything that occurs to 0..255."""
    values = _values(plane, padding)
    bottom, top = (values.min(), values.max()) if values.size else (0.0, 1.0)
    return _stretch(plane, float(bottom), float(top))


def equalised(plane: Plane) -> Picture:
    """Replace each value by its rank, so that every difference that exists shows, in any range."""
    low, high = float(plane.min()), float(plane.max())
    if high <= low:
        return np.zeros(plane.shape, np.uint8)
    index = ((plane - low) * (4095.0 / (high - low))).astype(np.int32)
    counts = np.bincount(index.ravel(), minlength=4096).astype(np.float64)
    counts = np.minimum(counts, 0.05 * plane.size)  # an empty background must not use up the range
    rank = np.cumsum(counts) - counts / 2
    table = np.round(255.0 * (rank - rank.min()) / max(float(np.ptp(rank)), 1.0)).astype(np.uint8)
    picture: Picture = table[index]
    return picture


def local(plane: Plane, radius: int = 16) -> Picture:
    """Divide the difference from the local mean by the local deviation: low contrast becomes plain contrast.

    What is below 0.8% of the picture's range stays low, so that quantisation noise of empty parts does not shout.
    """
    import cv2

    size = (2 * radius + 1, 2 * radius + 1)
    low, high = np.percentile(plane[::2, ::2], (0.5, 99.5))
    values = plane.astype(np.float64) - float(low)  # squares of 16-bit values need more than float32
    mean = cv2.blur(values, size)
    spread = np.sqrt(np.maximum(cv2.blur(values * values, size) - mean * mean, 0.0))
    floor = 0.008 * max(float(high - low), 0.05 * float(plane.max() - plane.min())) + 1e-6
    picture: Picture = np.clip(128.0 + 40.0 * (values - mean) / (spread + floor), 0, 255).astype(np.uint8)
    return picture


def narrow(plane: Plane, hints: Hints) -> list[Plane]:
    """Return the plane cut to ranges of values that are a small part of the range that :func:`local` measures by.

    A few values far above or below all others (a saturated field, padding, an outlier) widen the range until text in
    the rest is no more than its noise: then the header's windows show that rest, and so does either side of a gap
    between the values. Of ordinary planes nothing comes back.
    """
    values = np.sort(plane[::4, ::4], axis=None)
    ends = float(plane.min()), float(plane.max())
    low, high = np.percentile(values, (0.5, 99.5))
    span = max(float(high - low), 0.05 * (ends[1] - ends[0]))
    ranges = [(centre - width / 2, centre + width / 2) for centre, width in hints.windows[:1]]
    ranges = [(a, b) for a, b in ranges if NARROW * (b - a) < span] or _beside_gap(values, ends, span)
    cut = [np.clip(plane, a, b) for a, b in ranges]
    return [c for c in cut if float(c.max()) > float(c.min())]


def _beside_gap(values: Plane, ends: tuple[float, float], span: float) -> list[tuple[float, float]]:
    """Sides of the widest gap in sorted values that hold a twentieth of them in a small part of a span."""
    every = np.concatenate(([ends[0]], values, [ends[1]]))
    skip = 1 + len(values) // 500  # so many values in between are no crowd
    at = int(np.argmax(every[skip:] - every[:-skip]))
    sides = (every[: at + 1], every[at + skip :])
    crowds = [s for s in sides if len(s) >= max(len(every) / 20, 64)]
    return [(float(s[0]), float(s[-1])) for s in crowds if NARROW * float(s[-1] - s[0]) < span]


def stack(plane: Plane, *, padding: float | None = None) -> Picture:
    """Return what the shipped detector sees: the percentile view and two local views.

    Returns
    -------
    ndarray of uint8, shape (3, rows, columns)
    """
    return np.stack([percentile(plane, padding=padding), local(plane, 16), local(plane, 5)])


def signature(picture: Picture) -> bytes:
    """Return a coarse print of a picture: two views with the same print show the same."""
    import cv2

    small = np.asarray(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
    return (small >> 3).tobytes()


def project(frames: Sequence[NDArray[Any]] | NDArray[Any], *, samples: int = 4) -> list[NDArray[Any]]:
    """Reduce a loop to a few frames in which text that stands still, or stands long, can be seen.

    Parameters
    ----------
    frames : sequence of ndarray or ndarray, shape (frames, rows, columns[, 3])
    samples
        How many single frames to add, spread evenly, for text that moves.

    Returns
    -------
    list of ndarray
        Mean, minimum and maximum (of the frames' dtype) followed by the samples; a single frame is returned alone.
    """
    count = len(frames)
    if count <= 2:
        return [np.asarray(f) for f in frames]
    picks = sorted({round(i * (count - 1) / max(samples - 1, 1)) for i in range(samples)})
    return [*extremes(frames), *(np.asarray(frames[i]) for i in picks)]


def extremes(frames: Sequence[NDArray[Any]] | NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return mean, minimum and maximum over frames, of the frames' dtype."""
    first = np.asarray(frames[0])
    total, low, high = first.astype(np.float64), first.copy(), first.copy()
    for frame in frames[1:]:
        value = np.asarray(frame)
        total += value
        np.minimum(low, value, out=low)
        np.maximum(high, value, out=high)
    mean = total / len(frames)
    mean = np.rint(mean).astype(first.dtype) if np.issubdtype(first.dtype, np.integer) else mean.astype(first.dtype)
    return mean, low, high


def _values(plane: Plane, padding: float | None) -> Plane:
    return plane if padding is None else plane[plane != padding]


def _stretch(plane: Plane, low: float, high: float) -> Picture:
    scale = 255.0 / max(high - low, 1e-6)
    picture: Picture = np.clip((plane - low) * scale, 0, 255).astype(np.uint8)
    return picture
