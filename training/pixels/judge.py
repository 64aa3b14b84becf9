"""Judge what a detector would fill against the truth about every word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from deid.model import Region
from deid.pixels.keep import allowed, tokens
from training.pixels.generate import Sample, WordTruth

__all__ = ["Score", "judge"]

MARGIN = 2  # px around a word's ink that count as text


@dataclass(slots=True)
class Score:
    """Counts over pictures; ``leaks`` and ``words`` by picture, so that a bound can be drawn by picture."""

    words: list[int] = field(default_factory=list)
    leaks: list[int] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    markers: int = 0
    markers_kept: int = 0
    missed: list[tuple[int, WordTruth]] = field(default_factory=list)
    telling: int = 0
    telling_leaks: int = 0

    @property
    def leak(self) -> float:
        """Share of legible words of which more than a fifth of the ink remains."""
        return sum(self.leaks) / max(sum(self.words), 1)

    @property
    def over_redaction(self) -> float:
        """Mean share of the non-text pixels that were filled."""
        return float(np.mean(self.over)) if self.over else 0.0

    def bound(self, level: float = 0.95, rounds: int = 4000) -> float:
        """Upper bound of the leak: bootstrap over pictures, at least what zero or few leaks allow (rule of three)."""
        words, leaks = np.array(self.words), np.array(self.leaks)
        rng = np.random.default_rng(0)
        picks = rng.integers(len(words), size=(rounds, len(words)))
        drawn = leaks[picks].sum(1) / np.maximum(words[picks].sum(1), 1)
        return max(float(np.quantile(drawn, level)), 3.0 / max(int((words > 0).sum()), 1) * self._per_leak())

    def _per_leak(self) -> float:
        hit = [k for k in self.leaks if k]
        return (float(np.mean(hit)) if hit else 1.0) / max(float(np.mean([w for w in self.words if w] or [1])), 1.0)

    def row(self) -> str:
        """Return the figures in one line."""
        kept = f"{self.markers_kept}/{self.markers}"
        return (
            f"leak {100 * self.leak:5.2f}% (<= {100 * self.bound():5.2f}%) of {sum(self.words)} words, "
            f"{100 * self.telling_leaks / max(self.telling, 1):5.2f}% of {self.telling} names and numbers, "
            f"over {100 * self.over_redaction:6.3f}%, markers kept {kept}"
        )


def judge(samples: Sequence[Sample], regions: Callable[[Sample], Sequence[Region]]) -> Score:
    """Run a detector over pictures and count."""
    score = Score()
    for number, drawn in enumerate(samples):
        add(score, number, drawn, regions(drawn))
    return score


def add(score: Score, number: int, drawn: Sample, regions: Sequence[Region]) -> None:
    """Count one picture."""
    rows, columns = drawn.frame.shape[:2]
    filled = np.zeros((rows, columns), bool)
    for r in regions:
        filled[r.top : r.bottom, r.left : r.right] = True
    text = np.zeros((rows, columns), bool)
    words = leaks = 0
    for word in drawn.words:
        left, top, right, bottom = word.box
        text[max(top - MARGIN, 0) : bottom + MARGIN, max(left - MARGIN, 0) : right + MARGIN] = True
        remains = 1 - float(filled[top:bottom, left:right][word.ink].mean())
        if not word.legible:
            continue
        if not word.marker and all(allowed([t for _, _, t in tokens(word.text)], ("laterality", "technique"))):
            continue  # the recipe lets it stay; whether it does is neither a leak nor a marker kept
        if word.marker:
            score.markers += 1
            score.markers_kept += remains > 0.8
            continue
        words += 1
        score.telling += word.telling
        if remains > 0.2:
            leaks += 1
            score.telling_leaks += word.telling
            score.missed.append((number, word))
    score.words.append(words)
    score.leaks.append(leaks)
    score.over.append(float((filled & ~text).sum()) / max(int((~text).sum()), 1))
