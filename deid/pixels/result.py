"""What cleaning the pixels of one instance came to: everything that the writer has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from deid.model import Alert, Region

__all__ = ["PixelDecision", "PixelResult"]

PixelDecision = Literal["none", "verbatim", "stripped", "cleaned"]


@dataclass(frozen=True, slots=True, repr=False)
class PixelResult:
    """The pixel work of one instance, done: nothing here still has to be decided.

    Attributes
    ----------
    decision
        ``none``: no pixel data. ``verbatim``: the value is copied byte for byte. ``stripped``: comments, application
        segments or excess bytes are gone, every pixel is as it was. ``cleaned``: regions were filled.
    data
        The new value of the element named by ``keyword``, already of even length; encapsulated (basic offset table,
        items, sequence delimiter) if ``encapsulated``. None if the value is copied or there is none.
    encapsulated
        Whether the value that goes into the file is encapsulated (undefined length, VR OB).
    transfer_syntax
        UID that the new file has to declare; empty if the dataset declared none.
    changes
        Attributes of the top level that must change with the pixels, by keyword; None removes the attribute.
    overlays
        New Overlay Data of every group (``0x6000``...) that was looked at; None removes all elements of that group.
        Whether overlays may stay at all is the recipe's to say.
    regions
        What was filled, in px of the stored frames.
    kept
        Text that was found and stays, for reviewers.
    words_found
        Pieces of text that were found, kept ones too.
    read
        Whether the pixels were looked at (by an engine or by applying a catalog entry that is made for this device).
    reason
        Why, in words without an original value: a catalog entry, a setting, a count.
    vr
        VR of the new value: ``OB`` or ``OW`` for Pixel Data, ``OF`` and ``OD`` for the float kinds.
    """

    decision: PixelDecision
    data: bytes | None = None
    encapsulated: bool = False
    transfer_syntax: str = ""
    changes: Mapping[str, str | int | float | list[float] | None] = field(default_factory=dict)
    overlays: Mapping[int, bytes | None] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    kept: tuple[Region, ...] = ()
    alerts: tuple[Alert, ...] = ()
    words_found: int = 0
    read: bool = False
    reason: str = ""
    keyword: str = "PixelData"
    vr: str = "OW"

    def __repr__(self) -> str:
        size = "-" if self.data is None else str(len(self.data))
        return f"PixelResult({self.decision}, {size} bytes, {len(self.regions)} regions, {self.reason!r})"

    def summary(self) -> dict[str, object]:
        """Say in a few JSON values what was done, for the manifest; no pixel, no text.

        Returns
        -------
        dict
            ``decision``, ``reason``, ``read``, ``words`` and ``regions``: for each distinct rectangle
            ``[left, top, right, bottom, score in percent, rule, frames]`` where ``frames`` is ``"*"`` for all or runs
            such as ``"0-11,40"``.
        """
        frames: dict[tuple[int, int, int, int, int, str], list[int]] = {}
        for r in self.regions:
            place = (r.left, r.top, r.right, r.bottom, round(100 * r.score), r.rule)
            frames.setdefault(place, []).append(-1 if r.frame is None else r.frame)
        regions = [[*place, "*" if -1 in numbers else _runs(numbers)] for place, numbers in frames.items()]
        return {
            "decision": self.decision,
            "reason": self.reason,
            "read": self.read,
            "words": self.words_found,
            "regions": regions,
        }


def _runs(numbers: list[int]) -> str:
    """Write frame numbers as runs: ``0-11,40``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
