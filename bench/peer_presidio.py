"""Runs in another environment, where presidio-image-redactor is: boxes that it would fill, as JSON, one per picture.

``python bench/peer_presidio.py FOLDER`` reads ``*.png``; a spaCy pipeline without a model serves Presidio's
recognisers, since none can be downloaded where this was measured.
"""

import json
import sys
import time
from pathlib import Path

import spacy
from PIL import Image
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_image_redactor import ImageAnalyzerEngine


class Blank(SpacyNlpEngine):
    """A pipeline that needs no download."""

    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}

    def load(self):
        """Nothing to load."""


def main():
    """Analyse every picture of the folder."""
    try:
        model = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_lg"}])
        model.load()
    except (OSError, SystemExit, ImportError):
        model = Blank()
    engine = ImageAnalyzerEngine(AnalyzerEngine(nlp_engine=model))
    for path in sorted(Path(sys.argv[1]).glob("*.png")):
        began = time.perf_counter()
        found = engine.analyze(Image.open(path))
        seconds = time.perf_counter() - began
        boxes = [[b.left, b.top, b.left + b.width, b.top + b.height] for b in found]
        print(json.dumps({"name": path.stem, "boxes": boxes, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
