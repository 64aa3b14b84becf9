"""PP-OCR through RapidOCR and onnxruntime, with the weights that lie in RapidOCR's wheel."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deid.errors import EngineError
from deid.pixels.engines import Box, Image, Word

__all__ = ["RapidEngine", "state"]

_WEIGHTS = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")


def state() -> str:
    """Say whether the package and its weights are here."""
    found = find_spec("rapidocr")
    if found is None or found.origin is None:
        return "missing: pip install rapidocr"
    folder = Path(found.origin).parent / "models"
    absent = [name for name in _WEIGHTS if not (folder / name).is_file()]
    return f"missing: {', '.join(absent)}; reinstall rapidocr>=3.10" if absent else "ok"


class RapidEngine:
    """One RapidOCR object per mode, since its ``use_*`` flags stick to the object.

    Parameters
    ----------
    threads
        Threads of onnxruntime within one call.
    """

    name = "rapidocr"
    reads = True

    def __init__(self, threads: int = 1) -> None:
        if not state().startswith("ok"):
            raise EngineError("engine-weights-missing", "RapidOCR cannot work here", hint=state())
        # RapidOCR logs what it reads and would fetch absent weights; the check above leaves it nothing to fetch.
        logging.getLogger("RapidOCR").disabled = True
        self._finder = _rapid(threads, det=True)
        self._reader = _rapid(threads, det=False)

    def detect(self, image: Image) -> list[Box]:
        """Return upright boxes around the quadrilaterals that PP-OCR finds."""
        from rapidocr.ch_ppocr_det.utils import TextDetOutput

        found = self._finder(_colour(image), use_det=True, use_cls=False, use_rec=False)
        if len(found) == 0:
            return []
        if not isinstance(found, TextDetOutput) or found.boxes is None or found.scores is None:
            raise EngineError("engine-answer", "RapidOCR answered with something else than boxes")
        rows, columns = image.shape[:2]
        boxes = []
        for corners, score in zip(found.boxes, found.scores, strict=True):
            left, top = (int(v) for v in corners.min(axis=0))
            right, bottom = (int(v) + 1 for v in corners.max(axis=0))
            boxes.append(Box(max(left, 0), max(top, 0), min(right, columns), min(bottom, rows), float(score)))
        return boxes

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        """Read each box as one line of upright text."""
        words = []
        for box in boxes:
            crop = _colour(image[box.top : box.bottom, box.left : box.right])
            found = self._reader(crop, use_det=False, use_cls=False, use_rec=True)
            texts, scores = getattr(found, "txts", None), getattr(found, "scores", None)
            if texts and scores:
                words.append(Word(str(texts[0]), float(scores[0]), box))
            else:
                words.append(Word("", 0.0, box))
        return words


def _rapid(threads: int, *, det: bool) -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_det": det,
            "Global.use_cls": False,
            "Global.use_rec": not det,
            "Global.max_side_len": 4096,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _colour(image: Image) -> Image:
    import numpy as np

    return np.ascontiguousarray(image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2))
