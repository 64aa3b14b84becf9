"""What becomes of one instance: a pure function of its spans, the compiled recipe and the subject's surrogates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deid.model import Alert, Decision, Edit, Finding, Link, Passage, Subject
from deid.surrogates import Surrogates

if TYPE_CHECKING:
    from deid.dicom.read import Instance
    from deid.pixels.result import PixelResult
    from deid.recipe import Policy

__all__ = ["Find", "NewUIDs", "Plan", "Planner", "plan_instance"]

Find = Callable[[Passage, Subject | None], list[Finding]]


@dataclass(frozen=True, slots=True)
class NewUIDs:
    """Surrogate UIDs that name the output path."""

    study: str
    series: str
    instance: str


@dataclass(frozen=True, repr=False, eq=False)
class Plan:
    """The whole truth about one instance.

    Attributes
    ----------
    edits
        On ``instance.buffer``.
    meta
        File meta information of the output, from ``(0002,0000)`` on.
    refusal
        Code of the reason why this instance may not be written; None if it may.
    """

    edits: tuple[Edit, ...]
    decisions: tuple[Decision, ...]
    links: tuple[Link, ...]
    alerts: tuple[Alert, ...]
    refusal: str | None
    new_uids: NewUIDs
    transfer_syntax: str
    meta: bytes

    def __repr__(self) -> str:
        return f"Plan({len(self.edits)} edits)"


class Planner:
    """Plans the instances of one subject; remembers what it did for values that repeat within a series."""

    def __init__(self, policy: Policy, surrogates: Surrogates, subject: Subject, find: Find) -> None:
        self.policy, self.surrogates, self.subject, self.find = policy, surrogates, subject, find

    def plan(self, instance: Instance, pixels: PixelResult | None = None) -> Plan:
        """The plan of one instance."""
        raise NotImplementedError


def plan_instance(
    instance: Instance,
    policy: Policy,
    surrogates: Surrogates,
    subject: Subject,
    find: Find,
    pixels: PixelResult | None = None,
) -> Plan:
    """The plan of one instance; for several of one subject, a :class:`Planner` is faster."""
    return Planner(policy, surrogates, subject, find).plan(instance, pixels)
