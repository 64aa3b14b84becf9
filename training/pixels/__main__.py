"""Make the shipped detector and reader again: train in stages, export, compare on held-out pictures.

``python -m training.pixels`` on one CPU core; the figures of the model card come from ``compare``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.pixels import reader
from training.pixels.compare import compare
from training.pixels.export import export
from training.pixels.quantise import quantise
from training.pixels.train import train


def main() -> None:
    """Read the command line, train, export and compare."""
    parser = argparse.ArgumentParser(prog="python -m training.pixels", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, nargs=8, default=(25, 33, 23, 85, 110, 80, 50, 45), help="of each stage"
    )
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--out", type=Path, default=Path("deid/pixels/model"))
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--only", choices=("train", "export", "compare"))
    args = parser.parse_args()
    args.build.mkdir(parents=True, exist_ok=True)
    first, second, third, fourth, fifth, sixth = (args.build / f"text{n}.pt" for n in range(1, 7))
    spelling, reading = (args.build / f"read{n}.pt" for n in (1, 2))
    if args.only in (None, "train"):
        train(first, minutes=args.minutes[0], seed=1, start=None, rate=2e-3)
        train(second, minutes=args.minutes[1], seed=2, start=first, rate=1.2e-3, tight=True)
        train(third, minutes=args.minutes[2], seed=3, start=second, rate=6e-4, tight=True)
        train(fourth, minutes=args.minutes[3], seed=4, start=third, rate=1e-3, tight=True)
        train(fifth, minutes=args.minutes[4], seed=6, start=fourth, rate=8e-4, tight=True)
        train(sixth, minutes=args.minutes[5], seed=8, start=fifth, rate=8e-4, tight=True)
        reader.train(spelling, minutes=args.minutes[6], seed=11, rate=3e-3)
        reader.train(reading, minutes=args.minutes[7], seed=13, start=spelling, rate=1.5e-3)
    if args.only in (None, "export"):
        export(sixth, args.build / "text6.onnx")
        quantise(args.build / "text6.onnx", args.out / "text.onnx")
        reader.export(reading, args.out / "read.onnx")
    if args.only in (None, "compare"):
        compare(args.pictures, ("ours",))


if __name__ == "__main__":
    main()
