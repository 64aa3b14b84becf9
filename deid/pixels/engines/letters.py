"""How the shipped reader sees a box, and how its answer becomes text.

The reader (``docs/model-card-pixels.md``) is small and reads one line of Latin letters, digits and signs. It answers
``~`` for what is not upright or no text, so that a marker that lies on its side is found by turning it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Crop: TypeAlias = NDArray[np.float32]
    Chances: TypeAlias = NDArray[np.float64]
else:
    Crop: TypeAlias = Any
    Chances: TypeAlias = Any

__all__ = [
    "CHARACTERS",
    "HEIGHT",
    "MODEL",
    "NOT_TEXT",
    "PAD",
    "batch_of",
    "chances",
    "crop_of",
    "decode",
    "folded",
    "likelihood",
]

MODEL = Path(__file__).parent.parent / "model" / "read.onnx"
NOT_TEXT = "~"
HEIGHT = 24
WIDEST = 480
CHARACTERS = f"{NOT_TEXT} 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/.:-+%=,'()#"
PAD = 8  # columns of empty ground at each side of a crop
STEP = 4  # columns of a crop per answer of the network


def folded(text: str) -> str:
    """Write text in the reader's characters: no accents, ``#`` for every other sign."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("Ø", "O").replace("ø", "o"))
    return "".join(c if c in CHARACTERS else "#" for c in plain if not unicodedata.combining(c))


def crop_of(part: NDArray[Any]) -> Crop:
    """Bring a part of a grey plane to the reader's height, bright letters on dark ground, 0..1.

    Parameters
    ----------
    part : ndarray, shape (rows, columns)
        The box with a margin of a few px, upright.
    """
    import cv2

    values = np.asarray(part, np.float32)
    low, high = np.percentile(values, (2, 98))
    values = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    if float(np.median(edge)) > 0.5:
        values = 1 - values
    rows, columns = values.shape
    width = int(np.clip(round(columns * HEIGHT / rows), 8, WIDEST))
    kind = cv2.INTER_AREA if rows > HEIGHT else cv2.INTER_CUBIC
    crop: Crop = np.clip(cv2.resize(values, (width, HEIGHT), interpolation=kind), 0, 1).astype(np.float32)
    return crop


def batch_of(crops: Sequence[Crop]) -> NDArray[np.float32]:
    """Put crops side by side into one array, each with empty ground around it: (n, 1, HEIGHT, width)."""
    width = -(-(max(c.shape[1] for c in crops) + 2 * PAD) // 16) * 16
    out = np.zeros((len(crops), 1, HEIGHT, width), np.float32)
    for row, crop in zip(out, crops, strict=True):
        row[0, :, PAD : PAD + crop.shape[1]] = crop
    return out


def chances(logits: NDArray[np.float32], width: int) -> Chances:
    """Turn the answer for one crop into the chance of each character at each step.

    Parameters
    ----------
    logits : ndarray, shape (steps, 1 + characters)
        The first column is "no character".
    width
        Columns of the crop in the batch, its margins included; what lies beyond is padding.
    """
    part = logits[: max(width // STEP, 1)].astype(np.float64)
    part = np.exp(part - part.max(axis=1, keepdims=True))
    result: Chances = part / part.sum(axis=1, keepdims=True)
    return result


def decode(steps: Chances) -> tuple[str, float]:
    """Return the text of the best path and the mean chance of its characters (CTC)."""
    best, sure = steps.argmax(axis=1), steps.max(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    runs = [(int(best[a]), float(sure[a:b].max())) for a, b in zip(starts, [*starts[1:], len(best)], strict=True)]
    found = [(CHARACTERS[symbol - 1], chance) for symbol, chance in runs if symbol]
    if not found:
        return "", 0.0
    return "".join(c for c, _ in found), float(np.mean([chance for _, chance in found]))


def likelihood(steps: Chances, text: str, *, exact: bool = False, like: Mapping[str, str] | None = None) -> float:
    """Return the chance that this text stands there and nothing else (CTC, all paths).

    Parameters
    ----------
    exact
        Whether capitals count; else a word may be written in any mixture of them.
    like
        What counts for a character besides itself: a nought looks like an O.
    """
    if not text or any(c not in CHARACTERS for c in text):
        return 0.0
    cases = [{char} if exact or len(text) == 1 else {char.upper(), char.lower()} for char in text]
    cases = [case.union(*((like or {}).get(c, "") for c in case)) for case in cases]
    columns = [sorted(CHARACTERS.index(c) + 1 for c in case) for case in cases]
    emitted = np.repeat(steps[:, :1], 2 * len(text) + 1, axis=1)  # before, between and after: no character
    emitted[:, 1::2] = np.stack([steps[:, c].sum(axis=1) for c in columns], axis=1)
    leap = np.zeros(2 * len(text) + 1, bool)  # from one character to the next, unless they are the same
    leap[3::2] = [a != b for a, b in pairwise(columns)]
    reached = np.zeros(2 * len(text) + 1)
    reached[:2] = emitted[0, :2]
    for step in emitted[1:]:
        before = reached.copy()
        before[1:] += reached[:-1]
        before[2:] += np.where(leap[2:], reached[:-2], 0.0)
        reached = before * step
    return float(reached[-2:].sum())
