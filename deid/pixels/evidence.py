"""Before and after, side by side, for reviewers: one contact sheet per series.

A sheet shows originals, so it may lie only where originals may: a folder that nobody but its owner can enter, never
below the output. Its name is given by the caller and is a keyed digest.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from deid.errors import InputError
from deid.model import Region
from deid.pixels.fill import of_frame
from deid.pixels.source import PixelSource, depth_used

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from pydicom import Dataset

    from deid.pixels.result import PixelResult

    Rgb = NDArray[np.uint8]

__all__ = ["Pair", "pair", "sheet", "write_sheet"]

CELL: Final = 320  # px, the longer side of one picture
PAIRS_MAX: Final = 40
FILLED, KEPT = (255, 64, 64), (64, 220, 64)


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """One frame before and after, small enough to hold many.

    Attributes
    ----------
    before, after : ndarray of uint8, shape (rows, columns, 3)
    caption
        What was decided, how many regions; no original value.
    """

    before: Rgb
    after: Rgb
    caption: str

    def __repr__(self) -> str:
        return f"Pair({self.before.shape}, {self.caption!r})"


def pair(before: Dataset, after: Dataset, result: PixelResult, *, unit: int | str = "") -> Pair:
    """Show the frame with most regions before and after, with what was filled (red) and kept (green) and scores.

    Raises
    ------
    InputError
        ``pixels-undecodable``, or ``evidence-none`` if there are no pixels.
    """
    old, new = PixelSource.of(before), PixelSource.of(after)
    if old is None or new is None:
        raise InputError("evidence-none", "there are no pixels to show")
    index = _telling_frame(result.regions, old.frames)
    first, second = _eight_bits(old.seen(index)), _eight_bits(new.seen(index), like=old.seen(index))
    marks = [(r, FILLED) for r in of_frame(result.regions, index)] + [(r, KEPT) for r in of_frame(result.kept, index)]
    caption = f"{unit} {result.decision} frame {index + 1}/{old.frames} regions {len(result.regions)}".strip()
    return Pair(_small(first, marks), _small(second, ()), caption)


def sheet(pairs: Sequence[Pair], title: str = "") -> Image:
    """Draw pairs below one another, two to a row."""
    from PIL import Image as Images
    from PIL import ImageDraw

    shown = list(pairs[:PAIRS_MAX])
    across, down = 2, -(-len(shown) // 2)
    width, height = across * (2 * CELL + 12), 20 + max(down, 1) * (CELL + 18)
    picture = Images.new("RGB", (width, height), (24, 24, 24))
    draw = ImageDraw.Draw(picture)
    left_out = f"  ({len(pairs) - len(shown)} more)" if len(pairs) > len(shown) else ""
    draw.text((4, 4), f"{title}  before | after{left_out}", fill=(230, 230, 230))
    for n, item in enumerate(shown):
        x, y = n % across * (2 * CELL + 12) + 4, 20 + n // across * (CELL + 18)
        picture.paste(Images.fromarray(item.before), (x, y))
        picture.paste(Images.fromarray(item.after), (x + CELL + 2, y))
        draw.text((x, y + CELL + 2), item.caption, fill=(230, 230, 230))
    return picture


def write_sheet(folder: Path, name: str, pairs: Sequence[Pair], *, output: Path | None = None) -> Path:
    """Write a contact sheet into restricted data, readable by its owner only.

    Parameters
    ----------
    folder
        An existing folder of mode 0700.
    name
        Without suffix; keyed digests. It is not drawn: a sheet shows originals, and nothing on it says whose code they
        belong to.
    output
        The output folder of the run, which must not contain ``folder``.

    Raises
    ------
    InputError
        ``evidence-open`` if others may enter the folder or it lies inside the output.
    """
    folder = folder.resolve()
    if folder.stat().st_mode & 0o077 or (output is not None and folder.is_relative_to(output.resolve())):
        raise InputError("evidence-open", "evidence shows originals: its folder must be closed to others (0700)")
    path = folder / f"{name}.png"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sheet(pairs).save(file, "PNG")
    return path


def _telling_frame(regions: Sequence[Region], frames: int) -> int:
    """The frame that most regions name; the middle one if they hold for all."""
    named = [r.frame for r in regions if r.frame is not None]
    return max(set(named), key=named.count) if named else frames // 2


def _eight_bits(frame: NDArray[Any], like: NDArray[Any] | None = None) -> Rgb:
    """A frame as RGB; grey values between the percentiles of ``like``, so that both sides look alike."""
    if frame.ndim == 3:
        excess = depth_used(frame if like is None else like) - 8
        return np.ascontiguousarray(np.minimum(frame >> excess, 255), dtype=np.uint8)
    reference = np.asarray(frame if like is None else like, dtype=np.float64)
    finite = reference[np.isfinite(reference)]
    low, high = (float(v) for v in np.percentile(finite, (0.5, 99.8))) if finite.size else (0.0, 1.0)
    if frame.dtype == np.uint8:
        low, high = 0.0, 255.0
    grey = np.nan_to_num((frame.astype(np.float64) - low) / max(high - low, 1e-9), nan=0.0, posinf=1.0, neginf=0.0)
    eight = np.clip(grey * 255, 0, 255).astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=-1)


def _small(picture: Rgb, marks: Sequence[tuple[Region, tuple[int, int, int]]]) -> Rgb:
    from PIL import Image as Images
    from PIL import ImageDraw

    rows, columns = picture.shape[:2]
    scale = min(CELL / max(rows, columns), 4.0)
    size = max(round(columns * scale), 1), max(round(rows * scale), 1)
    image = Images.fromarray(picture).resize(size, Images.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for r, colour in marks:
        corner = r.left * scale, r.top * scale
        draw.rectangle(
            (*corner, max(r.right * scale - 1, corner[0]), max(r.bottom * scale - 1, corner[1])), None, colour
        )
        draw.text((corner[0] + 1, corner[1] - 11), f"{100 * r.score:.0f}", fill=colour)
    return np.asarray(image)
