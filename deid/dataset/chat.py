"""Chat-style JSONL of clean reports, each row with the attestation that the gate will ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deid.errors import GateError
from deid.model import CleanReport
from deid.pipeline import written_whole

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier

__all__ = ["read_chat", "shown_frame", "write_chat"]

FRAMES_MAX = 16  # of one instance, evenly spaced


def write_chat(
    deidentifier: Deidentifier, folder: Path, output: Path, *, instruction: str = "", frames: bool = False
) -> int:
    """Write the clean reports of an output folder as rows of messages.

    Parameters
    ----------
    folder
        Output of a run under the same vault domain; every report is checked against the signed manifest.
    output
        JSONL to write; frames go to a folder ``frames`` beside it, named by surrogates.
    instruction
        System message of every row.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        ``manifest-broken`` or ``output-changed``.
    """
    images: dict[str, list[str]] = {}
    if frames:
        for subject, content in deidentifier.clean_instances(folder):
            images.setdefault(subject, []).extend(_write_frames(content, subject, output.parent))
    count = 0
    with written_whole(output) as file:
        for report in deidentifier.clean_reports(folder):
            file.write(json.dumps(_row(report, instruction, images.get(report.subject, [])), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_chat(path: Path) -> Iterator[CleanReport]:
    """Reports of a file that :func:`write_chat` wrote; whether they may be sent is the gate's question.

    Raises
    ------
    GateError
        ``gate-form`` for a row that is not of that form.
    """
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                text = next(m["content"] for m in row["messages"] if m["role"] == "user")
                mark = row["deid"]
                yield CleanReport(text, mark["subject"], mark["recipe"], mark["attestation"])
            except (ValueError, KeyError, TypeError, StopIteration):
                raise GateError("gate-form", f"row {number} is not one of our rows") from None


def _row(report: CleanReport, instruction: str, images: list[str]) -> dict[str, Any]:
    messages = [{"role": "system", "content": instruction}] if instruction else []
    messages.append({"role": "user", "content": report.text})
    row: dict[str, Any] = {
        "messages": messages,
        "deid": {"subject": report.subject, "recipe": report.recipe, "attestation": report.attestation},
    }
    if images:
        row["images"] = images
    return row


def _write_frames(content: bytes, subject: str, folder: Path) -> list[str]:
    """PNG of the frames of a clean instance as a viewer would show them; none if it has no image."""
    import io

    import numpy as np
    import pydicom
    from PIL import Image

    dataset = pydicom.dcmread(io.BytesIO(content))
    if "PixelData" not in dataset or dataset.get("SamplesPerPixel") is None or dataset.get("BitsAllocated") == 1:
        return []
    frames = dataset.pixel_array
    if int(dataset.get("NumberOfFrames", 1) or 1) == 1:
        frames = frames[None]
    names = []
    for number in np.unique(np.linspace(0, len(frames) - 1, min(len(frames), FRAMES_MAX)).astype(int)):
        name = f"frames/{subject}/{dataset.SOPInstanceUID}-{number + 1}.png"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(shown_frame(dataset, frames[number])).save(path)
        names.append(name)
    return names


def shown_frame(dataset: Any, frame: Any) -> Any:
    """One frame as uint8, windowed as the header says or by its 1st and 99th percentile."""
    import numpy as np
    from pydicom.pixels.processing import (
        apply_color_lut,
        apply_rescale,
        apply_windowing,
        convert_color_space,
    )

    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        rgb = apply_color_lut(frame, dataset)
        return (rgb >> 8).astype(np.uint8) if rgb.dtype.itemsize > 1 else rgb
    if frame.ndim == 3:
        return (
            convert_color_space(frame, kind, "RGB").astype(np.uint8)
            if kind.startswith("YBR")
            else frame.astype(np.uint8)
        )
    if "WindowWidth" not in dataset and dataset.BitsStored <= 8 and frame.dtype == np.uint8:
        return 255 - frame if kind == "MONOCHROME1" else frame
    values = apply_rescale(frame, dataset).astype(np.float64)
    if "WindowWidth" in dataset:
        values = apply_windowing(values, dataset).astype(np.float64)
        low, high = values.min(), values.max()
    else:
        low, high = np.percentile(values, (1, 99))
    grey = np.clip((values - low) / max(high - low, 1e-9), 0, 1) * 255
    return (255 - grey if kind == "MONOCHROME1" else grey).astype(np.uint8)
