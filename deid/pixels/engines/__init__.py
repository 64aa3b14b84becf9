"""Engines that find text in an image, and may read it, behind one small protocol.

``ours`` is the detector that this package ships, ``rapidocr`` is PP-OCR through onnxruntime with the weights of its
own wheel, ``easyocr`` is CRAFT + CRNN and needs its extra and its own weights. A recipe names one or several of them:
what is filled is the union of what they find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from deid.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deid.settings import PixelSettings

    Image: TypeAlias = NDArray[np.uint8]
else:
    Image: TypeAlias = Any

__all__ = ["ENGINES", "Box", "Engine", "Word", "doctor", "load", "load_all"]

ENGINES = ("ours", "rapidocr", "easyocr")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px of the image that was given, half-open."""

    left: int
    top: int
    right: int
    bottom: int
    score: float = 1.0

    @property
    def width(self) -> int:
        """Columns covered."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows covered."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Pixels covered."""
        return max(self.width, 0) * max(self.height, 0)


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """What stands in a box, as far as an engine can read it; may hold an original, so ``repr`` hides it."""

    text: str
    score: float
    box: Box
    turn: int = 0  # quarter turns (np.rot90) after which it stood upright
    answer: Any = field(default=None, compare=False)  # what ``letters.likelihood`` weighs, of a reader that says it

    def __repr__(self) -> str:
        return f"Word({len(self.text)} characters, {self.score:.2f})"


class Engine(Protocol):
    """Finds text; reads it if it can."""

    @property
    def name(self) -> str:
        """Name used in recipes and in the ``rule`` of a region."""

    @property
    def reads(self) -> bool:
        """Whether :meth:`read` can return anything."""

    def detect(self, image: Image) -> list[Box]:
        """Return boxes around text.

        Parameters
        ----------
        image : ndarray of uint8, shape (rows, columns) or (rows, columns, 3)
        """

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        """Read each box as upright text; one word (perhaps empty) per box, in the same order."""


@lru_cache(maxsize=8)
def _make(name: str, threads: int, models: str) -> Engine:
    if name == "rapidocr":
        from deid.pixels.engines.rapid import RapidEngine

        return RapidEngine(threads)
    if name == "easyocr":
        from deid.pixels.engines.easy import EasyEngine

        return EasyEngine(threads, models)
    if name == "ours":
        from deid.pixels.engines.own import OwnEngine

        return OwnEngine(threads)
    raise EngineError("engine-unknown", f"no pixel engine {name!r}", hint=f"one of {', '.join(ENGINES)}")


def load(name: str, settings: PixelSettings) -> Engine:
    """Return an engine, loaded once per process.

    Raises
    ------
    EngineError
        ``engine-unknown``, ``engine-missing`` (its package is not installed) or ``engine-weights-missing``.
        There is no fallback to another engine.
    """
    return _make(name, settings.threads, settings.easyocr_models)


def load_all(settings: PixelSettings) -> list[Engine]:
    """Return every engine that the recipe names, in its order."""
    names = (settings.engine,) if isinstance(settings.engine, str) else settings.engine
    return [load(name, settings) for name in names]


def doctor(models: str = "") -> dict[str, str]:
    """Say for each engine whether it can work here, and what to do if not.

    Parameters
    ----------
    models
        Directory of EasyOCR's weights as the recipe names it; empty means EasyOCR's own.

    Returns
    -------
    dict
        ``ok ...`` or ``missing ...`` by engine; nothing is loaded and nothing is downloaded.
    """
    from deid.pixels.engines import easy, own, rapid

    return {"ours": own.state(), "rapidocr": rapid.state(), "easyocr": easy.state(models)}
