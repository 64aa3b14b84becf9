"""Files that go through the whole pipeline, and how many of them are not published.

``python -m bench.withheld --files 140`` writes held-out pictures with burned-in text (``training/pixels/heldout.py``)
as DICOM files, each in one codec family after the other, adds the files of pydicom's wheel whose pixels pydicom
decodes, runs the ``research`` recipe over both and prints what was withheld, and why.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.dicom_corpus import CHARSETS, build
from tests.exports import new_store, run
from tests.scenarios.test_pydicom_files import files as bundled
from training.pixels.generate import Sample
from training.pixels.heldout import held_out

KINDS = ("DX", "US", "SC")


def _picture(drawn: Sample, made: Dataset) -> None:
    frame = drawn.frame
    for keyword in ("NumberOfFrames", "PlanarConfiguration", "IconImageSequence", "SequenceOfUltrasoundRegions"):
        made.pop(keyword, None)
    for element in [e for e in made if e.tag.group == 0x6000]:
        del made[element.tag]
    made.Rows, made.Columns = frame.shape[:2]
    made.SamplesPerPixel = 1 if frame.ndim == 2 else 3
    made.PhotometricInterpretation = "MONOCHROME2" if frame.ndim == 2 else "RGB"
    if frame.ndim == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * frame.dtype.itemsize
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(frame.dtype.kind == "i")
    made.PixelData = frame.tobytes() + b"\0" * (frame.nbytes % 2)
    made["PixelData"].VR = "OB" if frame.dtype.itemsize == 1 else "OW"


def _native(syntax: UID) -> Callable[[Dataset, Sample], None]:
    def write(made: Dataset, _: Sample) -> None:
        made.file_meta.TransferSyntaxUID = syntax

    return write


def _compressed(syntax: UID, **options: object) -> Callable[[Dataset, Sample], None]:
    def write(made: Dataset, _: Sample) -> None:
        made.compress(syntax, generate_instance_uid=False, **options)

    return write


def _lossy(syntax: UID, form: str, **options: object) -> Callable[[Dataset, Sample], None]:
    """Pillow's encoder, 8 bits."""

    def write(made: Dataset, drawn: Sample) -> None:
        frame = drawn.frame
        if frame.dtype != np.uint8:
            low, high = np.percentile(frame, (0.1, 99.9))
            frame = np.clip(255 * (frame - low) / max(high - low, 1), 0, 255).astype(np.uint8)
            _picture(Sample(frame, [], drawn.scene, drawn.encoding), made)
        out = io.BytesIO()
        Image.fromarray(frame).save(out, form, **options)
        made.PixelData = encapsulate([out.getvalue()])
        made["PixelData"].is_undefined_length = True
        made.file_meta.TransferSyntaxUID = syntax
        made.LossyImageCompression, made.LossyImageCompressionRatio = "01", "8"
        if frame.ndim == 3:
            made.PhotometricInterpretation = "YBR_FULL_422" if form == "JPEG" else "YBR_ICT"

    return write


FAMILIES: dict[str, Callable[[Dataset, Sample], None]] = {
    "explicit": _native(ExplicitVRLittleEndian),
    "implicit": _native(ImplicitVRLittleEndian),
    "RLE": _compressed(RLELossless, encoding_plugin="pylibjpeg"),
    "JPEG-LS": _compressed(JPEGLSLossless, encoding_plugin="pyjpegls"),
    "JPEG-LS near": _compressed(JPEGLSNearLossless, jls_error=2, encoding_plugin="pyjpegls"),
    "J2K lossless": _compressed(JPEG2000Lossless, encoding_plugin="pylibjpeg"),
    "J2K lossy": _lossy(JPEG2000, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[8]),
    "JPEG baseline": _lossy(JPEGBaseline8Bit, "JPEG", quality=88, subsampling="4:2:2"),
}


def write(folder: Path, count: int, first: int) -> dict[str, str]:
    """Write files and say of each of which family it is."""
    person = next(iter(CHARSETS.values()))
    families = {}
    for number, drawn in enumerate(held_out(count, first=first)):
        family = list(FAMILIES)[number % len(FAMILIES)]
        made = build(KINDS[number % len(KINDS)], person, study=number, number=1)
        made.file_meta = pydicom.dataset.FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        _picture(drawn, made)
        FAMILIES[family](made, drawn)
        name = f"{number:05}.dcm"
        made.save_as(folder / name, enforce_file_format=True)
        families[name] = family
    return families


def decodable() -> list[Path]:
    """The files of pydicom's wheel whose pixels pydicom decodes, the first of each SOP Instance UID."""
    found: dict[str, Path] = {}
    for path in bundled():
        try:
            dataset = pydicom.dcmread(path)
            if dataset.pixel_array.size:
                found.setdefault(str(dataset.get("SOPInstanceUID", path)), path)
        except Exception:  # noqa: BLE001 - whatever a decoder does with a broken file
            continue
    return list(found.values())


def main() -> None:
    """Read the command line, write, run, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=140)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as place:
        warnings.simplefilter("ignore")
        root = Path(place)
        (root / "in").mkdir()
        kinds = write(root / "in", args.files, args.first)
        for number, path in enumerate(decodable()):
            name = f"b{number:04}{path.suffix}"
            (root / "in" / name).write_bytes(path.read_bytes())
            kinds[name] = "pydicom's files"
        outcomes = run(new_store(root / "vault"), "research", root / "in", root / "out")
    names = sorted(kinds)
    total, withheld, codes = Counter(kinds.values()), Counter[str](), Counter[str]()
    for outcome in outcomes:
        kind = kinds[names[outcome.unit - 1]] if 0 < outcome.unit <= len(names) else ""
        if kind and str(outcome.status) != "clean":
            withheld[kind] += 1
            codes[f"{kind}: {outcome.code}"] += 1
    print("| files | written | withheld |\n|---|---|---|")
    for kind, count in total.items():
        print(f"| {kind} | {count} | {withheld[kind]} |")
    print(f"| all | {total.total()} | {withheld.total()} ({withheld.total() / total.total():.1%}) |")
    print("; ".join(f"{code} {count}" for code, count in codes.most_common()))


if __name__ == "__main__":
    main()
