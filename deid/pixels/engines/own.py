"""The detector that this package trains and ships (``docs/model-card-pixels.md``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.errors import EngineError
from deid.pixels import views
from deid.pixels.engines import Box, Image, Word, letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.views import Plane

__all__ = ["MODEL", "OwnEngine", "boxes_of", "state"]

MODEL = Path(__file__).parent.parent / "model" / "text.onnx"

TILE = 1024  # px; what does not fit is looked at in tiles that overlap by twice the margin
MARGIN = 64
LOW, HIGH = 0.36, 0.6  # a piece of text is what is joined above LOW and reaches HIGH somewhere
EDGE = 0.5  # and ends where it falls below this part of its own height,
REST = 0.3  # but goes on along its line where REST is reached in a third of its height
AGAIN = -2.0  # an answer (log odds) from which on the network looks again
NEAR = 1.25  # how much larger it then sees a picture of at most NEAR_PX a side
NEAR_PX = 1023
BATCH = 16  # crops read at once
WEAK = 0.2  # too little to fill, enough to believe another engine


def state() -> str:
    """Say whether the models are here."""
    return (
        "ok"
        if MODEL.is_file() and letters.MODEL.is_file()
        else "missing: the model is part of the package; install it again"
    )


class OwnEngine:
    """A small segmentation network that finds text in stored values of any depth, and another that reads it.

    Parameters
    ----------
    threads
        Threads of onnxruntime within one call.
    model, reader
        Other files in the place of the shipped ones, for training and comparison.
    """

    name = "ours"
    reads = True

    def __init__(self, threads: int = 1, model: Path = MODEL, reader: Path = letters.MODEL) -> None:
        self._threads, self._model, self._reader = threads, model, reader

    @cached_property
    def _session(self) -> Any:
        return _session(self._model, self._threads)

    @cached_property
    def _letters(self) -> Any:
        return _session(self._reader, self._threads)

    def detect(self, image: Image) -> list[Box]:
        """Return boxes around text in a picture; see :meth:`detect_plane` for stored values."""
        return [b for plane in views.planes(image) for b in self.detect_plane(plane)]

    def detect_plane(self, plane: Plane, *, padding: float | None = None, scale: float = 1.0) -> list[Box]:
        """Return boxes around text in a plane of stored values; see :meth:`look_plane`."""
        return self.look_plane(plane, padding=padding, scale=scale)[0]

    def look_plane(
        self, plane: Plane, *, padding: float | None = None, scale: float = 1.0
    ) -> tuple[list[Box], list[Box]]:
        """Return boxes around text in a plane of stored values, and weaker signs that support another engine.

        Parameters
        ----------
        plane : ndarray of float32, shape (rows, columns)
        padding
            Value that says nothing about the range of the picture.
        scale
            Look at the plane enlarged (2.0) for very small or reduced (0.5) for very large letters.
        """
        import cv2

        rows, columns = plane.shape
        if scale != 1.0:
            kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            plane = np.asarray(cv2.resize(plane, None, fx=scale, fy=scale, interpolation=kind), np.float32)
        if min(plane.shape) < 8 or float(plane.max()) <= float(plane.min()):
            return [], []
        chance = self.chance(plane, padding=padding)
        found = [_finished(b, chance) for b in boxes_of(chance)]
        weak = boxes_of(chance, low=WEAK, high=WEAK, edge=0.0)
        return [_scaled(b, scale, rows, columns) for b in found], [_scaled(b, scale, rows, columns) for b in weak]

    def chance(self, plane: Plane, *, padding: float | None = None) -> NDArray[np.float32]:
        """Return the probability of text per 2x2 block of a plane.

        Where there may be any, the network looks again, upside down and in negative, and, if the plane is not large,
        once more from nearer; the answers are averaged: what is no text looks like it one way only.
        """
        import cv2

        seen = views.stack(plane, padding=padding)
        answers = [self.answer(seen)]
        if answers[0].max() > AGAIN:
            answers.append(self._turned(seen))
            if max(plane.shape) <= NEAR_PX:
                bare = plane if padding is None else _bare(plane, padding)
                near = np.asarray(cv2.resize(bare, None, fx=NEAR, fy=NEAR, interpolation=cv2.INTER_CUBIC), np.float32)
                answer, size = self._turned(views.stack(near)), answers[0].shape[::-1]
                answers.append(np.asarray(cv2.resize(answer, size, interpolation=cv2.INTER_AREA), np.float32))
        return np.asarray(1.0 / (1.0 + np.exp(-np.mean(answers, axis=0))), np.float32)

    def _turned(self, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the network's answer for views that it is shown upside down and in negative."""
        rows, columns = seen.shape[1:]
        even = np.pad(seen, ((0, 0), (0, rows % 2), (0, columns % 2)), mode="edge")
        return self.answer(255 - even[:, ::-1, ::-1])[::-1, ::-1]

    def answer(self, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the network's answer for three views, between -30 and 30, per 2x2 block."""
        rows, columns = seen.shape[1:]
        padded = np.pad(seen, ((0, 0), (0, -rows % 32), (0, -columns % 32)), mode="edge")
        out = np.zeros((padded.shape[1] // 2, padded.shape[2] // 2), np.float32)
        for (top, bottom, up), (left, right, aside) in _tiles(padded.shape[1], padded.shape[2]):
            part = padded[None, :, top:bottom, left:right].astype(np.float32) / 127.5 - 1.0
            answer = self._session.run(None, {"views": part})[0][0, 0]
            out[(top + up) // 2 : bottom // 2, (left + aside) // 2 : right // 2] = answer[up // 2 :, aside // 2 :]
        return np.asarray(np.clip(out[: -(-rows // 2), : -(-columns // 2)], -30, 30), np.float32)

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        """Read each box as one line of upright text, of stored values of any depth; empty if it is none."""
        words = [Word("", 0.0, box) for box in boxes]
        readable = [i for i, box in enumerate(boxes) if min(box.width, box.height) >= 4]
        crops = {
            i: letters.crop_of(_plane(image[b.top : b.bottom, b.left : b.right])) for i in readable for b in [boxes[i]]
        }
        order = sorted(readable, key=lambda i: crops[i].shape[1])
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            answers = self._letters.run(None, {"crops": letters.batch_of([crops[i] for i in some])})[0]
            for i, answer in zip(some, answers, strict=True):
                chances = letters.chances(answer, crops[i].shape[1] + 2 * letters.PAD)
                text, score = letters.decode(chances)
                seen = (text, score) if letters.NOT_TEXT not in text else ("", 0.0)
                words[i] = Word(*seen, boxes[i], answer=chances)
        return words


def _plane(part: Image) -> Plane:
    """Bring a part of a picture to grey: of colours, what differs most between its pixels, as letters and ground do."""
    if part.ndim == 2:
        return views.luma(part)
    colours = part[..., :3].reshape(-1, 3).astype(np.float32)
    if not len(colours):
        return views.luma(part)
    colours -= colours.mean(axis=0)
    axis = np.linalg.eigh(colours.T @ colours)[1][:, -1]
    return np.asarray((colours @ axis).reshape(part.shape[:2]), np.float32)


def _bare(plane: Plane, padding: float) -> Plane:
    """Give padding the least of the other values, so that nothing between the two arises where it is resized."""
    empty = plane == padding
    return plane if empty.all() else np.where(empty, plane[~empty].min(), plane)


def _session(model: Path, threads: int) -> Any:
    import onnxruntime

    if not model.is_file():
        raise EngineError("engine-weights-missing", f"the shipped {model.name} is not here", hint=state())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _tiles(rows: int, columns: int) -> Iterator[tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """Cut into tiles: ``(start, end, how much of the start belongs to the tile before)`` down and across."""
    for down in _cuts(rows):
        for across in _cuts(columns):
            yield down, across


def _cuts(length: int) -> list[tuple[int, int, int]]:
    if length <= TILE:
        return [(0, length, 0)]
    starts = [*range(0, length - TILE, TILE - 2 * MARGIN), length - TILE]
    return [(s, s + TILE, MARGIN if s else 0) for s in starts]


def _scaled(box: Box, scale: float, rows: int, columns: int) -> Box:
    """Bring a box of blocks back to pixels."""
    size = 2 / scale
    return Box(
        int(np.floor(box.left * size)),
        int(np.floor(box.top * size)),
        min(int(np.ceil(box.right * size)), columns),
        min(int(np.ceil(box.bottom * size)), rows),
        box.score,
    )


def boxes_of(chance: NDArray[np.float32], *, low: float = LOW, high: float = HIGH, edge: float = EDGE) -> list[Box]:
    """Cover what is probably text with upright rectangles, in blocks.

    A piece is found where it is joined above ``low``, and its edges are drawn where it falls below ``edge`` times its
    own height: a faint word keeps faint edges, a plain one gets sharp ones. What its bounding rectangle would cover
    badly (two lines that touch, a corner) is cut in parts.
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((chance >= low).astype(np.uint8), connectivity=8)
    boxes: list[Box] = []
    for n in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[n])
        part = chance[top : top + height, left : left + width]
        piece = labels[top : top + height, left : left + width] == n
        values = part[piece]
        score = float(values.max())
        if score < high or area < 3:
            continue
        core = (piece & (part >= edge * float(np.quantile(values, 0.9)))).astype(np.uint8)
        inner_count, inner = cv2.connectedComponents(core, connectivity=8)
        for k in range(1, inner_count):
            boxes += [Box(left + a, top + b, left + c, top + d, score) for a, b, c, d in _cover(inner == k, 0)]
    return boxes


def _finished(box: Box, chance: NDArray[np.float32]) -> Box:
    """Carry a box on along its line, by up to twice its height, over letters that are less surely text."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    wide, high = box.width, box.height
    if wide >= 0.8 * high:
        line = np.sort(chance[top:bottom], axis=0)[-max(3 * high // 10, 1)]
        left, right = left - _goes_on(line[:left][::-1], 2 * high), right + _goes_on(line[right:], 2 * high)
    if high >= 0.8 * wide:
        line = np.sort(chance[:, box.left : box.right], axis=1)[:, -max(3 * wide // 10, 1)]
        top, bottom = top - _goes_on(line[:top][::-1], 2 * wide), bottom + _goes_on(line[bottom:], 2 * wide)
    return Box(left, top, right, bottom, box.score)


def _goes_on(line: NDArray[np.float32], reach: int) -> int:
    """How many blocks text goes on for, with gaps of at most one."""
    end = 0
    for at, value in enumerate(line[:reach]):
        if value >= REST:
            end = at + 1
        elif at > end:
            break
    return end


def _cover(piece: NDArray[np.bool_], depth: int) -> list[tuple[int, int, int, int]]:
    """Cut a shape along rows or columns until rectangles cover it closely: ``(left, top, right, bottom)``."""
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    if not rows.size:
        return []
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    inner = piece[top:bottom, left:right]
    if depth >= 6 or inner.mean() >= 0.7 or inner.size < 24:
        return [(left, top, right, bottom)]
    cut = min((*_best_cut(inner), 0), (*_best_cut(inner.T), 1))
    if cut[0] > 0.85 * inner.size:
        return [(left, top, right, bottom)]
    _, at, axis = cut
    halves = (inner[:at], inner[at:]) if axis == 0 else (inner[:, :at], inner[:, at:])
    result = []
    for half, down, across in ((halves[0], 0, 0), (halves[1], 0 if axis else at, at if axis else 0)):
        for a, b, c, d in _cover(half, depth + 1):
            result.append((left + across + a, top + down + b, left + across + c, top + down + d))
    return result


def _best_cut(inner: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the smallest area of two rectangles that cover the rows above and below a cut, and the cut."""
    columns = inner.shape[1]
    first = np.where(inner.any(1), inner.argmax(1), columns)
    last = np.where(inner.any(1), columns - inner[:, ::-1].argmax(1), 0)
    ahead = np.maximum(np.maximum.accumulate(last) - np.minimum.accumulate(first), 0)
    behind = np.maximum(np.maximum.accumulate(last[::-1]) - np.minimum.accumulate(first[::-1]), 0)[::-1]
    at = np.arange(1, inner.shape[0])
    if not at.size:
        return inner.size, 0
    area = ahead[:-1] * at + behind[1:] * (inner.shape[0] - at)
    best = int(area.argmin())
    return int(area[best]), best + 1
