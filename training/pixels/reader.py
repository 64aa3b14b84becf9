"""Train the reader that decides which markers and technique words may stay: crops of one line, CTC, one CPU core."""

from __future__ import annotations

import argparse
import math
import string
import time
import warnings
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from deid.pixels.engines.letters import CHARACTERS, HEIGHT, MODEL, NOT_TEXT, batch_of, crop_of, folded
from deid.pixels.keep import vocabulary
from training.pixels.export import halve
from training.pixels.fonts import ink_of
from training.pixels.generate import hand, paint, pick_face, pick_text
from training.pixels.scenes import Rng, clutter, scene
from training.pixels.train import average, learn

__all__ = ["Reader", "crop", "export", "train"]

_SAME_UPSIDE_DOWN = frozenset("HINOSXZosxzl0816+-=.:/%~ ")
_UNITS = ("kVp", "kV", "mAs", "mA", "ms", "cm", "mm", "Hz", "kHz", "MHz", "dB", "fps", "%", "HU", "bpm", "px", "cm/s")
_LABELS = ("W:", "L:", "WL", "WW", "C", "ST", "TR", "TE", "TI", "FA", "MI", "TIS", "FR", "DR", "Z", "MI:", "ST:", "W=")


class Reader(nn.Module):
    """Columns of a line of HEIGHT px in, a character or none per four columns out."""

    def __init__(self, widths: tuple[int, int, int, int] = (24, 48, 96, 128)) -> None:
        super().__init__()
        a, b, c, d = widths

        def conv(into: int, out: int, size: tuple[int, int] = (3, 3)) -> nn.Sequential:
            pad = (size[0] // 2, size[1] // 2)
            return nn.Sequential(nn.Conv2d(into, out, size, 1, pad, bias=False), nn.BatchNorm2d(out), nn.ReLU())

        self.body = nn.Sequential(
            conv(1, a), nn.MaxPool2d(2), conv(a, b), conv(b, b), nn.MaxPool2d(2), conv(b, c), conv(c, c),
            nn.MaxPool2d((2, 1)), conv(c, d),
        )  # fmt: skip
        self.join = nn.Sequential(
            nn.Conv2d(d, d, (HEIGHT // 8, 1), bias=False),
            nn.BatchNorm2d(d),
            nn.ReLU(),
            conv(d, d, (1, 5)),
            conv(d, d, (1, 5)),
        )
        self.head = nn.Conv2d(d, 1 + len(CHARACTERS), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, 1, HEIGHT, width) to (n, width / 4, 1 + characters)."""
        return self.head(self.join(self.body(x)))[:, :, 0].transpose(1, 2)


def _words(rng: Rng) -> str:
    """Pick what to write: words that may stay, words that look like them, what else is burned in."""
    draw = rng.random()
    known = vocabulary()
    if draw < 0.14:
        sides = [word for word in known if word[0] in "LR" and word not in ("LONG", "LATERAL")]
        return str(rng.choice(["L", "R"] if rng.random() < 0.4 else sides))
    if draw < 0.34:
        word = str(rng.choice(known))
        return word.lower() if rng.random() < 0.15 else word.title() if rng.random() < 0.15 else word
    if draw < 0.42:  # near misses: a letter changed, added or lost
        word = list(str(rng.choice(known)))
        at = int(rng.integers(len(word)))
        letter = str(rng.choice(list(string.ascii_letters + string.digits)))
        word[at : at + int(rng.integers(0, 2))] = [letter]
        return "".join(word)
    if draw < 0.50:
        number = f"{rng.integers(0, 1500)}" if rng.random() < 0.6 else f"{rng.uniform(0, 99):.{rng.integers(1, 3)}f}"
        gap = " " if rng.random() < 0.4 else ""
        pair = (number, str(rng.choice(_UNITS))) if rng.random() < 0.6 else (str(rng.choice(_LABELS)), number)
        return gap.join(pair)
    if draw < 0.60:  # one or two characters of any kind
        return "".join(rng.choice(list(string.ascii_letters + string.digits), int(rng.integers(1, 3))))
    return pick_text(rng) if rng.random() < 0.9 else f"{pick_text(rng)} {pick_text(rng)}"


class Grounds:
    """Scenes of which crops are cut, a few of them drawn anew now and then."""

    def __init__(self, rng: Rng, count: int = 60) -> None:
        self.rng, self.count = rng, count
        self.scenes: list[np.ndarray] = []

    def cut(self, rows: int, columns: int) -> np.ndarray:
        """Return a copy of a part of some scene."""
        if len(self.scenes) < self.count or self.rng.random() < 0.02:
            drawn = scene(self.rng, (320, 896), held_out=False)[1]
            if self.rng.random() < 0.3:
                clutter(self.rng, drawn)
            self.scenes = [*self.scenes[-self.count + 1 :], drawn]
        picture = self.scenes[int(self.rng.integers(len(self.scenes)))]
        y = int(self.rng.integers(picture.shape[0] - rows + 1))
        x = int(self.rng.integers(picture.shape[1] - columns + 1))
        return picture[y : y + rows, x : x + columns].copy()


def crop(rng: Rng, grounds: Grounds, *, held_out: bool = False) -> tuple[np.ndarray, str] | None:
    """Draw one crop as the detector would cut it, and what stands there."""
    text = _words(rng)
    size = int(np.exp(rng.uniform(np.log(7), np.log(14 if rng.random() < 0.4 else 42))))
    face = pick_face(rng, held_out)
    ink = hand(rng, face, size, held_out)(text)
    if not ink.size or not 5 <= ink.shape[0] <= 60 or not 3 * len(text) <= ink.shape[1] <= 500:
        return None
    margin = 12
    rows, columns = ink.shape[0] + 2 * margin, ink.shape[1] + 2 * margin
    picture = grounds.cut(rows, columns)
    alpha = np.pad(ink, margin)
    style = str(rng.choice(["plain", "outlined", "banner", "shadow", "faint"], p=[0.55, 0.13, 0.12, 0.06, 0.14]))
    inner = picture[4:-4, 4:-4]
    before = inner.copy()
    letters = paint(rng, inner, alpha[4:-4, 4:-4], style if size >= 9 else "plain")
    if rng.random() < 0.25:  # a neighbour looks in
        other = ink_of(face, pick_text(rng), size, rng)[:, :columns]
        if other.size:
            y = -int(other.shape[0] * 0.6) if rng.random() < 0.5 else rows - int(other.shape[0] * 0.4)
            part = picture[max(y, 0) : y + other.shape[0], : other.shape[1]]
            part[:] = np.maximum(part, 0.9 * other[max(-y, 0) : max(-y, 0) + part.shape[0]])
    seen = inner[letters > 0.5]
    if seen.size and abs(float(seen.mean()) - float(before.mean())) < 1.5 * float(before.std()) * (style == "faint"):
        return None
    if rng.random() < 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 0.8)))
    if rng.random() < 0.35:
        picture = picture + float(rng.uniform(0.005, 0.05)) * rng.standard_normal(picture.shape).astype(np.float32)
    if rng.random() < 0.3:
        data = np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)
        ok, coded = cv2.imencode(".jpg", data, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))])
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) if ok else picture
    top, left, bottom, right = (int(v) for v in rng.integers(-1, 5, 4))
    part = picture[margin - top : rows - margin + bottom, margin - left : columns - margin + right]
    short = len(text) <= 3  # a short word is read in every direction
    turn = int(rng.choice([0, 1, 2, 3], p=[0.6, 0.13, 0.14, 0.13] if short else [0.84, 0.04, 0.08, 0.04]))
    if turn == 2 and set(text) <= _SAME_UPSIDE_DOWN:
        turn = 0
    if turn % 2 and part.shape[1] > 6 * part.shape[0]:
        turn = 2
    return crop_of(np.rot90(part, turn)), NOT_TEXT if turn else folded(text)


def train(out: Path, *, minutes: float, seed: int, rate: float = 2e-3, start: Path | None = None) -> None:
    """Train until the time is up; write averaged weights every minute."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    grounds, pool = Grounds(rng), list[tuple[np.ndarray, str]]()
    net = Reader()
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True))
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean = {k: v.detach().clone() for k, v in net.state_dict().items()}
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3)
    began = last = time.monotonic()
    step, shown, index = 0, 0.0, {c: i + 1 for i, c in enumerate(CHARACTERS)}
    while (elapsed := (time.monotonic() - began) / 60) < minutes:
        for _ in range(400 if not pool else 12):
            drawn = crop(rng, grounds)
            if drawn is not None:
                pool.append(drawn)
        pool = pool[-8000:]
        taken = sorted((pool[i] for i in rng.integers(len(pool), size=192)), key=lambda p: p[0].shape[1])
        first = int(rng.integers(len(taken) - 63))
        some = [(p, t) for p, t in taken[first : first + 64] if p.shape[1] / 4 + 4 >= 2 * len(t)]
        now = rate * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * elapsed / minutes)) + 1e-6
        for group in optimiser.param_groups:
            group["lr"] = now
        x = torch.from_numpy(batch_of([p for p, _ in some])).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(x)
        chances = functional.log_softmax(logits.float(), -1).transpose(0, 1)
        wanted = torch.tensor([index[c] for _, t in some for c in t])
        lengths = torch.tensor([len(t) for _, t in some])
        steps = torch.tensor([min((p.shape[1] + 16) // 4, chances.shape[0]) for p, _ in some])
        loss = functional.ctc_loss(chances, wanted, steps, lengths, zero_infinity=True)
        learn(net, optimiser, loss)
        step += 1
        shown = 0.98 * shown + 0.02 * loss.item() if step > 1 else loss.item()
        average(mean, net, step)
        if step % 100 == 0:
            print(f"step={step} minutes={elapsed:.1f} loss={shown:.4f} rate={now:.5f}", flush=True)
        if time.monotonic() - last > 60:
            torch.save(mean, out)
            last = time.monotonic()
    torch.save(mean, out)


def export(weights: Path, out: Path) -> None:
    """Write the graph with free batch size and width."""
    net = Reader()
    net.load_state_dict(torch.load(weights, weights_only=True))
    net.eval()
    axes = {"crops": {0: "crops", 3: "width"}, "logits": {0: "crops", 1: "steps"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, (torch.zeros(1, 1, HEIGHT, 64),), str(out), input_names=["crops"], output_names=["logits"],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    halve(out)
    onnx.checker.check_model(onnx.load(str(out)))


def main() -> None:
    """Read the command line and train or export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/read.pt"))
    parser.add_argument("--start", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--out", type=Path, default=MODEL)
    args = parser.parse_args()
    if args.minutes:
        train(args.build, minutes=args.minutes, seed=args.seed, rate=args.rate, start=args.start)
    export(args.build, args.out)


if __name__ == "__main__":
    main()
