"""The detector that this package trains and ships (``docs/model-card-pixels.md``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deid.errors import EngineError
from deid.pixels.engines import Box, Image, Word

__all__ = ["MODEL", "OwnEngine", "state"]

MODEL = Path(__file__).parent.parent / "model" / "text.onnx"


def state() -> str:
    """Say whether the model is here."""
    return "ok" if MODEL.is_file() else "missing: the model is part of the package; install it again"


class OwnEngine:
    """A small segmentation network; it finds text and cannot read."""

    name = "ours"
    reads = False

    def __init__(self, threads: int = 1) -> None:
        if not MODEL.is_file():
            raise EngineError("engine-weights-missing", "the shipped detector is not here", hint=state())
        self._threads = threads

    def detect(self, image: Image) -> list[Box]:
        """Return boxes around text."""
        raise NotImplementedError

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:  # noqa: ARG002
        """Return empty words: this engine does not read."""
        return [Word("", 0.0, box) for box in boxes]
