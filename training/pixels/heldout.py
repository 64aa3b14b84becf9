"""The held-out set: faces that training never sees, half of the pictures on scenes that it never sees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from training.pixels.generate import Sample, sample

__all__ = ["held_out"]

SEED = 20261122
SIZES = ((256, 256), (320, 320), (384, 512), (480, 640), (512, 512), (512, 512), (600, 800), (768, 768))


def held_out(count: int, *, first: int = 0) -> Iterator[Sample]:
    """Draw the pictures numbered ``first`` to ``first + count``; each depends on its own number only."""
    for number in range(first, first + count):
        rng = np.random.default_rng((SEED, number))
        size = SIZES[int(rng.integers(len(SIZES)))]
        yield sample(rng, size, held_out=True, lines=(0, 12))
