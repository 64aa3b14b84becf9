"""Chat-style JSONL of clean reports, each row with the attestation that the gate will ask for."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from deid.attestation import INSTRUCTION, attest, sha256_hex
from deid.errors import GateError, RecipeError
from deid.model import CleanReport
from deid.pipeline import written_whole
from deid.pipeline.rows import unambiguous

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier, PublishedReport

__all__ = ["chat_rows", "read_chat", "shown_frame", "write_chat"]

FRAMES_MAX = 16  # of one instance, evenly spaced

# What a row of ours may say besides its texts: surrogates and codes.
UID = re.compile(r"[0-9.]{1,64}")
CODE = re.compile(r"[a-z0-9-]{1,64}")
FRAME = re.compile(rf"frames/[A-Za-z0-9-]{{1,64}}/{UID.pattern}-[0-9]+\.png")


def write_chat(
    deidentifier: Deidentifier,
    folder: Path,
    output: Path,
    *,
    instruction: str = "",
    frames: bool = False,
    recipe: str = "",
    alerts: Counter[str] | None = None,
) -> int:
    """Write the clean reports of an output folder as rows of messages.

    Parameters
    ----------
    folder
        Output of a run under the same vault domain; every report is checked against the signed manifest.
    output
        JSONL to write; frames go to a folder ``frames`` beside it, named by surrogates. A row has those of its
        report's own study; a report that names no study has none.
    instruction
        System message of every row; each row attests it, so that a change is found.
    recipe
        Digest of the recipe that must have made every report; empty takes whichever the manifest states.
    alerts
        Gets the number of reports by alert.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        ``manifest-missing``, ``manifest-broken`` or ``output-changed``.
    RecipeError
        ``output-recipe``.
    """
    images: dict[tuple[str, str], list[str]] = {}
    if frames:
        for subject, content in deidentifier.clean_instances(folder):
            study, names = _write_frames(content, subject, output.parent)
            images.setdefault((subject, study), []).extend(names)
    count = 0
    key = deidentifier.vault.derive(INSTRUCTION)
    mark = attest(key, digest=sha256_hex(instruction), subject="", recipe="") if instruction else ""
    with written_whole(output) as file:
        for published in deidentifier.published_reports(folder):
            if recipe and published.report.recipe != recipe:
                raise RecipeError("output-recipe", "a report was made by another recipe", hint="leave --recipe out")
            if alerts is not None:
                alerts.update({alert.code.partition(":")[0] for alert in published.report.alerts})
            shown = images.get((published.report.subject, published.study), []) if published.study else []
            file.write(json.dumps(_row(published, instruction, mark, shown), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_chat(path: Path) -> Iterator[CleanReport]:
    """Reports of a file that :func:`write_chat` wrote; whether they may be sent is the gate's question.

    Raises
    ------
    GateError
        ``gate-form`` for a row that is not of that form.
    """
    return (row.report for row in chat_rows(path))


class ChatRow(NamedTuple):
    """A row's report, all of its messages, its system message and what attests that; the gate checks what they say."""

    report: CleanReport
    messages: list[dict[str, str]]
    instruction: str
    attestation: str


def chat_rows(path: Path) -> Iterator[ChatRow]:
    """All that the rows of a file say.

    Raises
    ------
    GateError
        ``gate-form`` for a row that says anything but what :func:`write_chat` writes.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield _read(json.loads(line, object_pairs_hook=unambiguous))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise GateError("gate-form", f"row {number} is not one of our rows") from None


def _read(row: dict[str, Any]) -> ChatRow:
    messages, mark = row["messages"], row["deid"]
    subject, names, told = mark["subject"], row.get("images", []), mark.get("alerts", [])
    (text,) = (message["content"] for message in messages if message["role"] == "user")
    system = [message["content"] for message in messages if message["role"] == "system"]
    told_by = mark.get("instruction", "")
    ours = (
        row.keys() <= {"messages", "deid", "images"}
        and mark.keys() <= {"subject", "study", "recipe", "attestation", "instruction", "alerts"}
        and len(system) <= 1
        and isinstance(names, list)
        and isinstance(told, list)
        and all(isinstance(value, str) for value in (text, subject, mark["recipe"], mark["attestation"], told_by))
        and all(FRAME.fullmatch(name) for name in names)
        and all(CODE.fullmatch(code) for code in told)
        and UID.fullmatch(mark.get("study", "0"))
    )
    if not ours:
        raise ValueError
    report = CleanReport(text, subject, mark["recipe"], mark["attestation"])
    return ChatRow(report, messages, str(system[0]) if system else "", told_by)


def _row(published: PublishedReport, instruction: str, told_by: str, images: list[str]) -> dict[str, Any]:
    report = published.report
    messages = [{"role": "system", "content": instruction}] if instruction else []
    messages.append({"role": "user", "content": report.text})
    mark: dict[str, Any] = {"subject": report.subject, "recipe": report.recipe, "attestation": report.attestation}
    if instruction:
        mark["instruction"] = told_by
    if published.study:
        mark["study"] = published.study
    if report.alerts:
        mark["alerts"] = sorted({alert.code.partition(":")[0] for alert in report.alerts})
    row: dict[str, Any] = {"messages": messages, "deid": mark}
    if images:
        row["images"] = images
    return row


def _write_frames(content: bytes, subject: str, folder: Path) -> tuple[str, list[str]]:
    """The study of a clean instance, and PNG of its frames as a viewer would show them; none if it has no image."""
    import io

    import numpy as np
    import pydicom
    from PIL import Image

    dataset = pydicom.dcmread(io.BytesIO(content))
    study = str(dataset.get("StudyInstanceUID", ""))
    if "PixelData" not in dataset or dataset.get("SamplesPerPixel") is None or dataset.get("BitsAllocated") == 1:
        return study, []
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
    return study, names


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
