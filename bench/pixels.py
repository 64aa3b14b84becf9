"""Burned-in text: leak, over-redaction and time of our mixes and of peers, side by side in one run.

``python -m bench.pixels --pictures 200 --presidio PYTHON`` where PYTHON is an interpreter with
presidio-image-redactor; Tesseract is used if it is on the path. Every tool sees the same held-out pictures
(``training/pixels/heldout.py``), peers as the 8-bit rendering that a viewer shows.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from deid.model import Region
from deid.pixels import views
from deid.pixels.engines.rapid import RapidEngine
from training.pixels.compare import breakdown, regions_of
from training.pixels.generate import Sample
from training.pixels.heldout import held_out
from training.pixels.judge import Score, add

Finder = Callable[[Sample], Sequence[Region]]


def picture(drawn: Sample) -> np.ndarray:
    """Return what a viewer shows: the window if there is one, the values themselves if they are 8 bit."""
    if drawn.frame.dtype == np.uint8:
        return drawn.frame
    plane = views.planes(drawn.frame)[0]
    return views.windowed(plane, *drawn.window) if drawn.window else views.percentile(plane)


def rapid_full() -> Finder:
    """One plain pass of RapidOCR: detection, direction, recognition; everything it reads is filled."""
    from rapidocr import RapidOCR

    quiet = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    engine = RapidOCR(params={**quiet, "EngineConfig.onnxruntime.inter_op_num_threads": 1})

    def run(drawn: Sample) -> list[Region]:
        shown = picture(drawn)
        shown = shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2)
        found = engine(shown, use_det=True, use_cls=True, use_rec=True)
        corners = [] if found.boxes is None else found.boxes
        return [Region(*(int(v) for v in (*c.min(axis=0), *(c.max(axis=0) + 1)))) for c in corners]

    return run


def rapid_detection() -> Finder:
    """Detection of RapidOCR alone on one view, without a size gate."""
    engine = RapidEngine(1)
    return lambda drawn: [Region(b.left, b.top, b.right, b.bottom) for b in engine.detect(picture(drawn))]


def tesseract() -> Finder:
    """Tesseract looking for sparse text; every word that it finds is filled."""

    def run(drawn: Sample) -> list[Region]:
        ok, data = cv2.imencode(".png", picture(drawn))
        assert ok
        command = ["tesseract", "stdin", "stdout", "--psm", "11", "tsv"]
        env = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        out = subprocess.run(command, input=data.tobytes(), capture_output=True, check=True, env=env).stdout
        rows = csv.DictReader(io.StringIO(out.decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
        words = [r for r in rows if r["level"] == "5" and r["text"].strip()]
        boxes = [tuple(int(r[k]) for k in ("left", "top", "width", "height")) for r in words]
        return [Region(a, b, a + w, b + h) for a, b, w, h in boxes]

    return run


def presidio(python: str, samples: Sequence[Sample]) -> tuple[list[list[Region]], float]:
    """Let Presidio's image redactor, in its own environment, say what it would fill."""
    with tempfile.TemporaryDirectory() as folder:
        for number, drawn in enumerate(samples):
            cv2.imwrite(str(Path(folder, f"{number:05}.png")), picture(drawn))
        script = Path(__file__).with_name("peer_presidio.py")
        env = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        out = subprocess.run([python, str(script), folder], capture_output=True, text=True, check=True, env=env).stdout
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    regions = [[Region(*box) for box in line["boxes"]] for line in sorted(lines, key=lambda x: x["name"])]
    return regions, sum(line["seconds"] for line in lines)


def main() -> None:
    """Read the command line, run everything, print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--presidio", default="", help="Python of an environment with presidio-image-redactor")
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    cv2.setNumThreads(1)
    samples = list(held_out(args.pictures, first=args.first))
    finders: dict[str, Callable[[], Finder]] = {
        "ours (default)": lambda: regions_of("ours"),
        "ours, nothing kept": lambda: regions_of("ours", keep=()),
        "ours + RapidOCR": lambda: regions_of(("ours", "rapidocr")),
        "RapidOCR in all our views": lambda: regions_of("rapidocr"),
        "RapidOCR, one full pass": rapid_full,
        "RapidOCR, detection only": rapid_detection,
    }
    if shutil.which("tesseract"):
        finders["Tesseract 5 (sparse)"] = tesseract
    print("| tool | leak | 95% bound | names, numbers | non-text altered | markers kept | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for name, make in finders.items():
        if args.only and not any(key in name for key in args.only):
            continue
        if not args.only and "all our views" in name:
            continue  # ten seconds a picture; ask for it with --only
        run, score = make(), Score()
        run(samples[0])  # models are loaded before the clock starts
        began = sum(os.times()[:4])
        found = [run(drawn) for drawn in samples]
        seconds = sum(os.times()[:4]) - began
        report(name, score, samples, found, seconds)
    if args.presidio:
        found, seconds = presidio(args.presidio, samples)
        report("Presidio image redactor", Score(), samples, found, seconds)


def report(
    name: str, score: Score, samples: Sequence[Sample], found: Sequence[Sequence[Region]], seconds: float
) -> None:
    """Judge and print one row."""
    for number, (drawn, regions) in enumerate(zip(samples, found, strict=True)):
        add(score, number, drawn, regions)
    telling = score.telling_leaks / max(score.telling, 1)
    print(
        f"| {name} | {score.leak:.2%} of {sum(score.words)} | {score.bound():.2%} | {telling:.2%} "
        f"| {score.over_redaction:.3%} | {score.markers_kept} of {score.markers} | {seconds / len(samples):.3f} |",
        flush=True,
    )
    if name.startswith("ours"):
        print(f"<!-- missed: {breakdown(score)} -->", flush=True)


if __name__ == "__main__":
    main()
