"""EasyOCR (CRAFT and a CRNN), an extra whose weights a site brings along.

Nothing is downloaded from here: the weights come from EasyOCR's own directory or from the one that the recipe names,
their checksums are compared by EasyOCR, and if one is missing the engine does not start.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deid.errors import EngineError
from deid.pixels.engines import Box, Image, Word

__all__ = ["EasyEngine", "state"]

WEIGHTS = ("craft_mlt_25k.pth", "english_g2.pth")
_HOW = (
    "on a machine with internet: python -c \"import easyocr; easyocr.Reader(['en'], gpu=False)\", "
    "then copy ~/.EasyOCR/model and name the copy in pixels.easyocr_models"
)


def state(models: str = "") -> str:
    """Say whether the package and its weights are here, and how to get what is not.

    Parameters
    ----------
    models
        Directory of the weights; empty means EasyOCR's own, ``~/.EasyOCR/model``.
    """
    if find_spec("easyocr") is None or find_spec("torch") is None:
        return "missing: pip install 'deid-pipeline[easyocr]'"
    folder = _folder(models)
    absent = [name for name in WEIGHTS if not (folder / name).is_file()]
    return f"missing: {', '.join(absent)}; {_HOW}" if absent else "ok"


class EasyEngine:
    """CRAFT finds, a CRNN reads.

    Parameters
    ----------
    threads
        Threads of torch in this process.
    models
        Directory of the weights; empty means EasyOCR's own.

    Raises
    ------
    EngineError
        ``engine-missing`` if the package is not installed, ``engine-weights-missing`` if a weight file is not there,
        ``engine-weights-wrong`` if one has another checksum than EasyOCR's.
    """

    name = "easyocr"
    reads = True

    def __init__(self, threads: int = 1, models: str = "") -> None:
        here = state(models)
        if here.startswith("missing: pip"):
            raise EngineError("engine-missing", "EasyOCR is not installed", hint=here)
        if here != "ok":
            raise EngineError("engine-weights-missing", "EasyOCR has no weights", hint=here)
        import torch

        _let_torchvision_import()
        torch.set_num_threads(threads)
        logging.getLogger("easyocr").disabled = True
        import easyocr

        folder = str(_folder(models))
        try:
            self._reader: Any = easyocr.Reader(
                ["en"],
                gpu=False,
                model_storage_directory=folder,
                user_network_directory=folder,
                download_enabled=False,
                verbose=False,
                quantize=False,
            )
        except FileNotFoundError as error:  # raised for a wrong checksum too; the message names the path
            raise EngineError("engine-weights-wrong", "EasyOCR does not accept its weights", hint=_HOW) from error

    def detect(self, image: Image) -> list[Box]:
        """Return upright boxes around what CRAFT finds, also around text that stands on end."""
        flat, free = self._reader.detect(_colour(image), min_size=4, text_threshold=0.5, low_text=0.3, add_margin=0.05)
        rows, columns = image.shape[:2]
        boxes = [(int(left), int(top), int(right), int(bottom)) for left, right, top, bottom in flat[0]]
        for corners in free[0]:
            across, down = [int(c[0]) for c in corners], [int(c[1]) for c in corners]
            boxes.append((min(across), min(down), max(across) + 1, max(down) + 1))
        clipped = (Box(max(a, 0), max(b, 0), min(c, columns), min(d, rows)) for a, b, c, d in boxes)
        return [box for box in clipped if box.width > 0 and box.height > 0]

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        """Read each box as one line of upright text."""
        words = []
        for box in boxes:
            crop = _colour(image[box.top : box.bottom, box.left : box.right])
            found = self._reader.recognize(crop, reformat=True, detail=1)
            text = " ".join(str(part[1]) for part in found)
            words.append(Word(text, min((float(part[2]) for part in found), default=0.0), box))
        return words


def _folder(models: str) -> Path:
    return Path(models).expanduser() if models else Path("~/.EasyOCR/model").expanduser()


def _let_torchvision_import() -> None:
    """Declare two operators that a torchvision built for another torch expects; EasyOCR's CRAFT uses neither."""
    torch: Any = importlib.import_module("torch")
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _DECLARED.append(library)  # a declaration lives as long as its library object
        importlib.import_module("torchvision")


_DECLARED: list[Any] = []


def _colour(image: Image) -> Image:
    import numpy as np

    return np.ascontiguousarray(image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2))
