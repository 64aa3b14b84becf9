"""Write trained weights as an ONNX file; what ``deid`` ships is made of it by :mod:`training.pixels.quantise`."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from training.pixels.network import TextNet

__all__ = ["export", "halve"]


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
    halve(out)


def halve(path: Path) -> None:
    """Store the weights in half precision; a cast that onnxruntime folds at load makes them whole again."""
    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or len(weight.dims) < 2:
            continue
        values = numpy_helper.to_array(weight).astype(np.float16)
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values, f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=Path("build/text4.onnx"))
    args = parser.parse_args()
    export(args.weights, args.out)


if __name__ == "__main__":
    main()
