"""Loops: leak and over-redaction by kind of text, pixels outside identical, and time per loop, through `clean_pixels`.

``python -m bench.cine --loops 60`` draws loops whose ground moves, with words that stand still, words that move and
words that are shown in a few frames only, in faces that training never saw (``training/pixels/fonts.py``). A word
leaks if more than a fifth of its ink remains in any frame in which it is shown and can be read: its ink differs from
what is between by at least 40 of 255.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from deid.pixels import clean_pixels
from deid.pixels.fill import of_frame, outside
from deid.settings import PixelSettings
from tests.pixel_instances import applied, instance
from training.pixels.generate import _ink, pick_text
from training.pixels.scenes import scene

KINDS = ("static", "moving", "brief")


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    ink: np.ndarray  # of float32, shape (rows, columns)
    places: dict[int, tuple[int, int]]  # frame -> top, left
    bright: bool


def draw(number: int) -> tuple[np.ndarray, list[Word]]:
    """Draw a loop of 8-bit grey or RGB frames, and say what stands where."""
    rng = np.random.default_rng((20261122, number))
    count, size = int(rng.integers(8, 33)), ((240, 320), (300, 400), (480, 640))[int(rng.integers(3))]
    ground = scene(rng, size, held_out=True)[1]
    ground = ground[..., 0] if ground.ndim == 3 else ground
    ground = 20 + 170 * (ground - ground.min()) / max(float(np.ptp(ground)), 1e-6)
    drift = rng.uniform(-2, 2, 2)
    frames = np.stack(
        [np.roll(ground, tuple(np.rint(n * drift).astype(int)), (0, 1)) + rng.normal(0, 4, size) for n in range(count)]
    )
    words: list[Word] = []
    for kind in ("static", *rng.choice(KINDS, int(rng.integers(1, 4)))):
        ink, *_ = _ink(rng, pick_text(rng), int(rng.integers(10, 30)), True)
        rows, columns = ink.shape
        if not ink.size or rows + 8 >= size[0] or columns + 8 >= size[1]:
            continue
        top, left = int(rng.integers(2, size[0] - rows - 2)), int(rng.integers(2, size[1] - columns - 2))
        shown = range(count)
        if kind == "brief":
            first = int(rng.integers(count))
            shown = range(first, min(first + int(rng.integers(1, 4)), count))
        step = rng.uniform(-4, 4, 2) if kind == "moving" else np.zeros(2)
        places = {}
        for n in shown:
            y, x = (np.array([top, left]) + np.rint(n * step)).astype(int)
            if 0 <= y < size[0] - rows and 0 <= x < size[1] - columns:
                places[n] = (int(y), int(x))
        bright = bool(rng.random() < 0.8)
        words.append(Word(kind, ink, places, bright))
        for n, (y, x) in places.items():
            part = frames[n, y : y + rows, x : x + columns]
            part += ink * ((250 if bright else 5) - part)
    frames = np.clip(frames, 0, 255).astype(np.uint8)
    return (np.repeat(frames[..., None], 3, axis=-1) if rng.random() < 0.3 else frames), words


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loops", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    total, leaked, over, seconds, frames_seen = Counter[str](), Counter[str](), [], 0.0, 0
    for number in range(options.first, options.first + options.loops):
        frames, words = draw(number)
        ds = instance(frames, "RGB" if frames.ndim == 4 else "MONOCHROME2", Modality="US")
        start = time.process_time()
        result = clean_pixels(ds, PixelSettings(keep=()))
        seconds += time.process_time() - start
        frames_seen += len(frames)
        before, after = ds.pixel_array, applied(ds, result).pixel_array
        kept = [outside(frames.shape[1:], of_frame(result.regions, n)) for n in range(len(frames))]
        assert all(np.array_equal(a[m], b[m]) for a, b, m in zip(before, after, kept, strict=True))
        text = np.zeros(frames.shape[:3], bool)
        for word in words:
            ink = word.ink > 0.4
            worst, legible = 0.0, False
            for n, (y, x) in word.places.items():
                place = np.s_[y : y + ink.shape[0], x : x + ink.shape[1]]
                text[n][max(y - 2, 0) : y + ink.shape[0] + 2, max(x - 2, 0) : x + ink.shape[1] + 2] = True
                grey = (frames[n] if frames.ndim == 3 else frames[n][..., 0])[place].astype(float)
                if abs(grey[ink].mean() - grey[~ink].mean()) >= 40:
                    legible = True
                    worst = max(worst, float(kept[n][place][ink].mean()))
            if legible:
                total[word.kind] += 1
                leaked[word.kind] += worst > 0.2
        over.append(float((~np.stack(kept) & ~text).sum() / max((~text).sum(), 1)))
    for kind in KINDS:
        print(f"{kind:7} leak {100 * leaked[kind] / max(total[kind], 1):5.1f}% of {total[kind]} words")
    print(f"all     leak {100 * leaked.total() / max(total.total(), 1):5.1f}% of {total.total()} words")
    print(f"over-redaction {100 * np.mean(over):.3f}% of the pixels that are no text")
    print(f"{seconds / options.loops:.2f} s of one core per loop of {frames_seen / options.loops:.0f} frames")


if __name__ == "__main__":
    main()
