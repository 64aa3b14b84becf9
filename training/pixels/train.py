"""Train the detector on generated pictures, on one CPU core, for a given time.

A pool of pictures is renewed a few at a time while batches are drawn from all of it, turned, mirrored and inverted, so
that drawing pictures does not cost more than learning from them.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from deid.pixels import views
from training.pixels.generate import Sample, WordTruth, measure, sample
from training.pixels.network import TextNet

__all__ = ["average", "learn", "target_of", "train"]

PATCH = 256


def target_of(drawn: Sample, *, tight: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return what to learn per 2x2 block: text or not, and how much it counts (0 where nobody could read).

    Parameters
    ----------
    tight
        Let the surroundings of a word count as much as the word, so that its edges are learned without a bias.
    """
    rows, columns = drawn.frame.shape[:2]
    text = np.zeros((rows, columns), np.float32)
    weight = np.ones((rows, columns), np.float32)
    for word in drawn.words:
        left, top, right, bottom = word.box
        if tight and word.visible:
            around = weight[max(top - 5, 0) : bottom + 5, max(left - 5, 0) : right + 5]
            np.maximum(around, _weight(word), out=around)
    for word in drawn.words:
        left, top, right, bottom = word.box
        if word.visible:
            text[top:bottom, left:right] = 1
            weight[top:bottom, left:right] = _weight(word)
        else:
            weight[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2] = 0
    half = (columns // 2, rows // 2)
    share = cv2.resize(text, half, interpolation=cv2.INTER_AREA)
    return (share >= 0.5).astype(np.uint8), (16 * cv2.resize(weight, half, interpolation=cv2.INTER_AREA)).astype(
        np.uint8
    )


def _weight(word: WordTruth) -> float:
    """Return more for small words: a short word is as much of a leak as a long one."""
    return min(max(1500 / word.ink.size, 1.0), 6.0)


class Pool:
    """Drawn pictures as the detector sees them, with their targets."""

    def __init__(self, size: int, seed: int, *, tight: bool) -> None:
        self.tight = tight
        self.views = np.zeros((size, 3, PATCH, PATCH), np.uint8)
        self.text = np.zeros((size, PATCH // 2, PATCH // 2), np.uint8)
        self.weight = np.zeros((size, PATCH // 2, PATCH // 2), np.uint8)
        self.rng = np.random.default_rng(seed)
        self.filled = self.next = 0

    def renew(self, count: int) -> None:
        """Draw some pictures and put them in the place of the oldest."""
        for _ in range(count):
            drawn = sample(self.rng, (PATCH, PATCH), lines=(0, 1) if self.rng.random() < 0.1 else (0, 10))
            planes = views.planes(drawn.frame)
            which = int(self.rng.integers(len(planes)))
            if which:  # a word that has no colour is not there to be found in a difference of colours
                measure(planes[which], drawn.words)
            self.views[self.next] = views.stack(planes[which])
            self.text[self.next], self.weight[self.next] = target_of(drawn, tight=self.tight)
            self.next = (self.next + 1) % len(self.views)
            self.filled = min(self.filled + 1, len(self.views))

    def batch(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Take a batch, each picture turned, mirrored and inverted at random."""
        parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for i in self.rng.integers(self.filled, size=count):
            turn, flip, invert = int(self.rng.integers(4)), self.rng.random() < 0.25, self.rng.random() < 0.3
            part = (self.views[i], self.text[i], self.weight[i])
            if turn and self.rng.random() < 0.5:
                part = tuple(np.rot90(p, turn, axes=(-2, -1)) for p in part)
            if flip:
                part = tuple(p[..., ::-1] for p in part)
            if invert:
                part = (255 - part[0], part[1], part[2])
            parts.append(part)
        x, y, w = (np.ascontiguousarray(np.stack(column)) for column in zip(*parts, strict=True))
        seen = torch.from_numpy(x).float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)
        return seen, torch.from_numpy(y).float()[:, None], torch.from_numpy(w).float().div_(16)[:, None]


def loss_of(logits: Tensor, text: Tensor, weight: Tensor) -> Tensor:
    """Weighted cross entropy where hard blocks count more, plus Dice."""
    plain = functional.binary_cross_entropy_with_logits(logits, text, reduction="none")
    chance = torch.sigmoid(logits)
    miss = torch.where(text > 0.5, 1 - chance, chance)
    entropy = (weight * (0.25 + miss.detach()) * plain).sum() / weight.sum()
    real = (weight > 0).float()
    dice = 1 - (2 * (chance * text * real).sum() + 1) / (((chance + text) * real).sum() + 1)
    return 4 * entropy + dice


def learn(net: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """Go one step down."""
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimiser.step()


def average(mean: dict[str, Tensor], net: nn.Module, step: int) -> None:
    """Let the running mean of the weights follow the network after its ``step``-th step."""
    keep = min(0.998, 1 - 1 / (step + 1))
    for key, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            mean[key].lerp_(value, 1 - keep)
        else:
            mean[key].copy_(value)


def train(
    out: Path, *, minutes: float, seed: int, start: Path | None, rate: float, tight: bool = False, batch: int = 16
) -> None:
    """Train until the time is up; write the averaged weights every few minutes."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    net = TextNet()
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True))
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean = {k: v.detach().clone() for k, v in net.state_dict().items()}
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3)
    pool = Pool(3000, seed, tight=tight)
    pool.renew(200)
    began = last = time.monotonic()
    step, shown = 0, 0.0
    while (elapsed := (time.monotonic() - began) / 60) < minutes:
        share = elapsed / minutes
        ahead = min(1.0, (step + 1) / (200 if start is None else 50))
        now = rate * ahead * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        for group in optimiser.param_groups:
            group["lr"] = now
        pool.renew(6 if pool.filled < 1500 else 4)
        seen, text, weight = pool.batch(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(seen)
        loss = loss_of(logits.float(), text, weight)
        learn(net, optimiser, loss)
        step += 1
        shown = 0.98 * shown + 0.02 * loss.item() if step > 1 else loss.item()
        average(mean, net, step)
        if step % 50 == 0:
            print(
                f"step={step} minutes={elapsed:.1f} drawn={pool.next + 0} loss={shown:.4f} rate={now:.5f}", flush=True
            )
        if time.monotonic() - last > 180:
            torch.save(mean, out)
            last = time.monotonic()
    torch.save(mean, out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/text.pt"))
    parser.add_argument("--start", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tight", action="store_true")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    train(args.out, minutes=args.minutes, seed=args.seed, start=args.start, rate=args.rate, tight=args.tight)


if __name__ == "__main__":
    main()
