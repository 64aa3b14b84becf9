"""Turn the detector's weights and activations into whole numbers of eight bits, which processors add up twice as fast.

``python -m training.pixels.quantise FLOAT.onnx`` draws pictures as training does, notes the range of every activation
over what the network is shown of them, and writes the model that ``deid`` ships. The first convolution and the last
two stay as they are: they are cheap, and the shape of the boxes hangs on them. Weights use seven of the eight bits:
processors without instructions for it would otherwise clip sums, and find other boxes than those that have them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.preprocess import quant_pre_process

from deid.pixels.detect import Hints, look
from deid.pixels.engines import own
from deid.settings import PixelSettings
from training.pixels.generate import sample
from training.pixels.heldout import SIZES

__all__ = ["quantise"]

PICTURES = 64


class _Shown(CalibrationDataReader):
    """What the network is shown of some pictures, one tile after the other."""

    def __init__(self, tiles: list[NDArray[np.float32]]) -> None:
        self._tiles = iter(tiles)

    def get_next(self) -> dict[str, Any] | None:
        tile = next(self._tiles, None)
        return None if tile is None else {"views": tile}


def shown(pictures: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Tiles as :mod:`deid.pixels` makes them of generated pictures."""
    tiles: list[NDArray[np.float32]] = []
    plain = own.OwnEngine.answer  # each look, also the second

    def noted(engine: own.OwnEngine, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        down, across = -seen.shape[1] % 32, -seen.shape[2] % 32
        padded = np.pad(seen, ((0, 0), (0, down), (0, across)), mode="edge")[:, :768, :768]
        tiles.append(padded[None].astype(np.float32) / 127.5 - 1.0)
        return plain(engine, seen)

    own.OwnEngine.answer = noted  # type: ignore[method-assign]
    try:
        for number in range(pictures):
            rng = np.random.default_rng((seed, number))
            drawn = sample(rng, SIZES[number % len(SIZES)], lines=(0, 12))
            hints = Hints(windows=(drawn.window,) if drawn.window else ())
            look([drawn.frame], PixelSettings(engine="ours"), hints=hints)
            yield from tiles
            tiles.clear()
    finally:
        own.OwnEngine.answer = plain  # type: ignore[method-assign]


def quantise(source: Path, out: Path, *, pictures: int = PICTURES, seed: int = 77) -> None:
    """Write the model in whole numbers."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        quant_pre_process(str(source), str(whole), skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(str(whole)).graph.node if node.op_type == "Conv"]
        quantize_static(
            str(whole),
            str(out),
            _Shown(list(shown(pictures, seed))),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[convolutions[0], *convolutions[-2:]],
        )


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=own.MODEL)
    options = parser.parse_args()
    quantise(options.source, options.out)


if __name__ == "__main__":
    main()
