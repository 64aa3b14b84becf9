"""Write trained weights as the ONNX file that ``deid`` ships."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import torch

from training.pixels.network import TextNet

__all__ = ["export"]


def export(weights: Path, out: Path) -> None:
    """Fold the normalisation into the convolutions and write the graph with free batch and picture sizes."""
    net = TextNet()
    net.load_state_dict(torch.load(weights, weights_only=True))
    net.eval()
    names = {0: "pictures", 2: "rows", 3: "columns"}
    halves = {0: "pictures", 2: "half_rows", 3: "half_columns"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(1, 3, 256, 256),),
            str(out),
            input_names=["views"],
            output_names=["logits"],
            dynamic_axes={"views": names, "logits": halves},
            opset_version=17,
            dynamo=False,
        )


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=Path("deid/pixels/model/text.onnx"))
    args = parser.parse_args()
    export(args.weights, args.out)


if __name__ == "__main__":
    main()
