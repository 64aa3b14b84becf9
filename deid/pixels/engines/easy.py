"""EasyOCR (CRAFT and CRNN), an extra whose weights a site brings along."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from deid.errors import EngineError
from deid.pixels.engines import Box, Image, Word

__all__ = ["EasyEngine", "state"]


def state(models: str = "") -> str:
    """Say whether the package and its weights are here."""
    if find_spec("easyocr") is None:
        return "missing: pip install 'deid-pipeline[easyocr]'"
    return "missing: weights" if not models else "ok"


class EasyEngine:
    """CRAFT finds, a CRNN reads."""

    name = "easyocr"
    reads = True

    def __init__(self, threads: int = 1, models: str = "") -> None:  # noqa: ARG002
        raise EngineError("engine-missing", "EasyOCR cannot work here", hint=state(models))

    def detect(self, image: Image) -> list[Box]:
        """Return boxes around text."""
        raise NotImplementedError

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        """Read each box as one line of upright text."""
        raise NotImplementedError
