"""A sheet of frames before and after; of synthetic patients only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image, ImageDraw, ImageFont

from deid.dataset.chat import shown_frame

__all__ = ["before_after"]

CELL, GAP, HEAD = 384, 12, 34
INK, PAPER = (235, 238, 242), (22, 26, 32)


def before_after(pairs: Sequence[tuple[pydicom.Dataset, pydicom.Dataset]], path: Path) -> None:
    """Write a sheet with one column per pair: above the original, below what was published."""
    sheet = Image.new("RGB", (GAP + (CELL + GAP) * len(pairs), 2 * (CELL + HEAD) + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for column, pair in enumerate(pairs):
        for row, (dataset, word) in enumerate(zip(pair, ("before", "after"), strict=True)):
            frame = dataset.pixel_array
            if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
                frame = frame[0]
            image = Image.fromarray(shown_frame(dataset, np.asarray(frame))).convert("RGB")
            image.thumbnail((CELL, CELL))
            left, top = GAP + column * (CELL + GAP), row * (CELL + HEAD) + HEAD
            draw.text((left, top - HEAD + 8), f"{dataset.Modality} {word}", fill=INK, font=font)
            sheet.paste(image, (left + (CELL - image.width) // 2, top + (CELL - image.height) // 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)
