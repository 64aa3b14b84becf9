"""Imported by the process that workers are forked from: what each of them would load and make for its first instance.

Nothing of that is ever garbage, so none is collected until the workers are there.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

__all__: list[str] = []

NEEDED = ("deid.pipeline.work", "deid.pixels", "deid.pixels.detect", "deid.text", "cv2", "onnxruntime")


def _make_ready() -> None:
    for name in NEEDED:
        with suppress(ImportError):  # whoever needs it will say so
            import_module(name)
    from deid.text import lexicon
    from deid.text.dates import parse_date

    parse_date("20000101")  # compiles the patterns of dates
    lexicon.is_known("")  # reads the lists of words
    lexicon.is_eponym("")


gc.disable()
_make_ready()
gc.freeze()
