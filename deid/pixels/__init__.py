"""Burned-in text: find it, fill it, and leave every other pixel as it was."""

from deid.pixels.clean import PixelLimits, clean_pixels, same_outside
from deid.pixels.result import PixelResult
from deid.pixels.trust import SeriesMemo, look_through, looks_together

__all__ = [
    "PixelLimits",
    "PixelResult",
    "SeriesMemo",
    "clean_pixels",
    "look_through",
    "looks_together",
    "same_outside",
]
