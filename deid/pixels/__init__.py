"""Burned-in text: find it, fill it, and leave every other pixel as it was."""

from deid.pixels.clean import PixelLimits, SeriesMemo, clean_pixels, same_outside
from deid.pixels.result import PixelResult

__all__ = ["PixelLimits", "PixelResult", "SeriesMemo", "clean_pixels", "same_outside"]
