"""What the common look at a trusted series misses: text in one slice, text in all, and no text at all.

``python -m bench.trusted --stacks 10`` draws stacks of slices that move (pydicom's CT images, 12 bits, noise) and one
piece of writing in faces and styles that training never saw, and looks at the brightest value of each pixel as
:mod:`deid.pixels.trust` does, beside the slice with the text by itself.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

import cv2
import numpy as np

from deid.pixels.detect import look
from deid.settings import PixelSettings
from training.pixels.generate import WordTruth, _draw, measure
from training.pixels.scenes import _anatomy

SIDE = 384
SETTINGS = PixelSettings(engine="ours")


def shows_text(picture: np.ndarray) -> bool:
    """The look of :meth:`deid.pixels.reading.Reader.shows_text`."""
    return bool(look([picture], SETTINGS).words)


def slices(rng: np.random.Generator, count: int) -> Iterator[np.ndarray]:
    """A body that turns, grows and shifts from slice to slice, with something bright that wanders through it."""
    body = cv2.resize(_anatomy()["693_J2KI.dcm" if rng.random() < 0.6 else "CT_small.dcm"], (SIDE, SIDE)).clip(0, 1.3)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    phase, noise = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0.004, 0.02)
    for number in range(count):
        t = number / max(count - 1, 1)
        turned = cv2.getRotationMatrix2D(
            (SIDE / 2, SIDE / 2), 6 * np.sin(phase[0] + 3 * t), 0.75 + 0.25 * np.sin(phase[1] + 3 * t)
        )
        turned[:, 2] += 12 * np.sin(phase[2] + 5 * t), 10 * np.cos(phase[3] + 5 * t)
        bright = (x - 0.3 * np.sin(phase[2] + 9 * t)) ** 2 + (y - 0.2 * np.cos(phase[1] + 7 * t)) ** 2
        moved = cv2.warpAffine(body, turned, (SIDE, SIDE)) + 0.35 * np.exp(-bright / 0.02)
        yield moved + noise * rng.standard_normal((SIDE, SIDE))


def stored(values: np.ndarray) -> np.ndarray:
    """Stored values of 12 bits."""
    kept: np.ndarray = (values * 1400 + 60).clip(0, 4095).astype(np.uint16)
    return kept


def written(rng: np.random.Generator, plain: np.ndarray) -> tuple[np.ndarray, list[WordTruth]]:
    """A slice with a piece of writing that can be seen."""
    while True:
        words: list[WordTruth] = []
        drawn = plain.astype(np.float32).copy()
        _draw(rng, drawn, np.zeros(drawn.shape, bool), words, held_out=True)
        if words and np.abs(drawn - plain).max() > 0.05:
            return drawn, words


def one_stack(rng: np.random.Generator, count: int) -> Counter[str]:
    """Look at one stack without text, with text in one slice and in all."""
    plain = list(slices(rng, count))
    place = int(rng.integers(count))
    drawn, words = written(rng, plain[place])
    frame = stored(drawn)
    measure(frame, words)
    found = Counter({"stacks": 1, "false": shows_text(np.max([stored(s) for s in plain], axis=0))})
    if any(word.legible for word in words):
        ink = np.abs(drawn - plain[place]) > 0.02
        one = [frame if n == place else stored(s) for n, s in enumerate(plain)]
        every = [np.where(ink, frame, stored(s)) for s in plain]
        found += Counter(
            {
                "texts": 1,
                "alone": shows_text(frame),
                "one": shows_text(np.max(one, axis=0)),
                "all": shows_text(np.max(every, axis=0)),
            }
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stacks", type=int, default=10)
    parser.add_argument("--sizes", type=int, nargs="*", default=[4, 8, 16, 32, 190])
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print("| slices | stacks | without text, taken for some | texts | seen alone | seen, in one slice | seen, in all |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in options.sizes:
        found = Counter[str]()
        for number in range(options.stacks):
            found += one_stack(np.random.default_rng((options.seed, number)), size)
        told = (found[key] for key in ("stacks", "false", "texts", "alone", "one", "all"))
        print(f"| {size} | {' | '.join(map(str, told))} |", flush=True)


if __name__ == "__main__":
    main()
