"""Put engines and their unions beside each other on the held-out pictures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from deid.model import Region
from deid.pixels.detect import Hints, look
from deid.settings import PixelSettings
from training.pixels.generate import Sample
from training.pixels.heldout import held_out
from training.pixels.judge import Score, add

__all__ = ["breakdown", "compare", "regions_of"]


def regions_of(engine: str | tuple[str, ...], **options: Any) -> Callable[[Sample], Sequence[Region]]:
    """Return a function that finds the regions of a picture with the engines that a recipe would name."""
    settings = PixelSettings(engine=engine, **options)

    def run(drawn: Sample) -> Sequence[Region]:
        hints = Hints(windows=(drawn.window,) if drawn.window else ())
        return look([drawn.frame], settings, hints=hints).regions

    return run


def compare(
    pictures: int, mixes: Sequence[str | tuple[str, ...]], *, first: int = 0, every: int = 50
) -> dict[str, Score]:
    """Run each mix over the same held-out pictures and print a line per mix, and what was missed by the last."""
    runs = {"+".join((m,) if isinstance(m, str) else m): regions_of(m) for m in mixes}
    scores = {name: Score() for name in runs}
    seconds = dict.fromkeys(runs, 0.0)
    for number, drawn in enumerate(held_out(pictures, first=first)):
        for name, run in runs.items():
            began = time.perf_counter()
            regions = run(drawn)
            seconds[name] += time.perf_counter() - began
            add(scores[name], number, drawn, regions)
        if (number + 1) % every == 0 or number + 1 == pictures:
            for name, score in scores.items():
                print(f"{number + 1:5d} {name:18s} {score.row()}, {seconds[name] / (number + 1):.3f} s", flush=True)
    for name, score in scores.items():
        print(name, breakdown(score), flush=True)
    return scores


def breakdown(score: Score) -> str:
    """Say which words leaked: by kind of face, style, size, direction and contrast."""
    missed = [w for _, w in score.missed]
    parts = {
        "kind": Counter(w.kind for w in missed),
        "style": Counter(w.style for w in missed),
        "size": Counter(f"{w.size // 6 * 6:02}" for w in missed),
        "turn": Counter(90 * w.turn for w in missed),
        "contrast": Counter("<3" if w.contrast < 3 else "<6" if w.contrast < 6 else "6+" for w in missed),
        "letters": Counter("1-2" if len(w.text) < 3 else "3+" for w in missed),
    }
    return "; ".join(f"{k}: " + ", ".join(f"{a} {n}" for a, n in sorted(c.items(), key=str)) for k, c in parts.items())
