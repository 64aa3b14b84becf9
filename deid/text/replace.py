"""What a finding becomes."""

from __future__ import annotations

from collections.abc import Iterable

from deid.model import Category, Edit, Finding, Link, Passage, Subject
from deid.settings import TextSettings
from deid.surrogates import Surrogates
from deid.text.result import TextPlan

__all__ = ["plan_text"]


def plan_text(
    passage: Passage,
    findings: Iterable[Finding],
    surrogates: Surrogates,
    settings: TextSettings,
    subject: Subject | None = None,
) -> TextPlan:
    """Edits, links and alerts for the findings of a passage; pure."""
    edits, links, inserted, moved = [], [], [], 0
    for finding in sorted(findings, key=lambda f: f.start):
        original = passage.text[finding.start : finding.end]
        if settings.replace == "blank":
            new = ""
        elif settings.replace == "label":
            new = f"[{finding.category}]"
        elif finding.category is Category.UID:
            new = surrogates.uid(original)
            links.append(Link("uid", original, new))
        elif finding.category is Category.NAME:
            new = surrogates.person.family
        else:
            new = surrogates.identifier(original, finding.category.lower())
            links.append(Link("id", original, new))
        edits.append(Edit(finding.start, finding.end, new))
        inserted.append((finding.start + moved, finding.start + moved + len(new)))
        moved += len(new) - (finding.end - finding.start)
    return TextPlan(tuple(edits), tuple(inserted), tuple(links))
