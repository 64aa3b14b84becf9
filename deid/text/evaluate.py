"""Compare predicted spans with a gold standard, whoever made them.

Both sides are JSONL files with one row per document: ``{id, text, spans: [{start, end, category}]}``;
a gold row may add ``protected: [{start, end}]``, clinical terms that must survive. Only gold text is
read: predicted spans count on the original. The measures are strict where it matters:

recall
    A gold span counts only if *every* letter and digit of it is covered by predicted spans.
leak
    A document leaks if one of its gold spans is not fully covered.
precision
    Of the words (runs of letters and digits) touched by a prediction, those that touch a gold span.
damage
    Of the protected terms, those of which a letter or digit is covered by a prediction.
untouched
    Of the documents without any gold span, those without a prediction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deid.errors import InputError

__all__ = ["Report", "Row", "Tally", "compare", "evaluate", "read_rows"]

_WORD = re.compile(r"[^\W_]+")
#: Statuses with which a tool says that a document is not handed over.
_WITHHELD = frozenset({"quarantined", "refused", "review", "fail", "withheld"})

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One document of a gold or a predicted file, with its line there; half-open spans on the original text."""

    name: str
    text: str
    spans: tuple[tuple[int, int, str], ...] = ()
    protected: tuple[Span, ...] = ()
    status: str = ""
    line: int = 0

    def __repr__(self) -> str:
        return f"Row({len(self.spans)} spans)"


@dataclass(slots=True)
class Tally:
    """So many of so many."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        """Count one case."""
        self.hits += hit
        self.total += 1

    @property
    def share(self) -> float:
        """Hits by total; 1.0 where there was nothing to count."""
        return self.hits / self.total if self.total else 1.0


@dataclass(slots=True)
class Report:
    """What a comparison measured; holds numbers only, no text.

    Attributes
    ----------
    by_category
        Span recall of each gold category.
    recall, precision, untouched
        As defined in the module's text; precision counts words.
    damage
        Protected terms hit, by protected terms.
    clean_documents
        Documents with gold spans and without a leak.
    released_clean
        The same, of the documents that the tool did not withhold.
    withheld, missing
        Documents that the tool withheld (by ``status``), and gold rows without a predicted row.
    """

    by_category: dict[str, Tally] = field(default_factory=dict)
    recall: Tally = field(default_factory=Tally)
    precision: Tally = field(default_factory=Tally)
    damage: Tally = field(default_factory=Tally)
    untouched: Tally = field(default_factory=Tally)
    clean_documents: Tally = field(default_factory=Tally)
    released_clean: Tally = field(default_factory=Tally)
    documents: int = 0
    withheld: int = 0
    missing: int = 0

    @property
    def leak(self) -> float:
        """Share of the documents with identifiers in which one is left."""
        return 1.0 - self.clean_documents.share

    def table(self) -> str:
        """The figures as plain text, one line per category."""
        width = max([12, *(len(c) for c in self.by_category)])
        lines = [f"{'category':<{width}} {'recall':>7} {'found':>7} {'gold':>7}"]
        for category, tally in sorted(self.by_category.items(), key=lambda item: (-item[1].total, item[0])):
            lines.append(f"{category:<{width}} {tally.share:7.4f} {tally.hits:7d} {tally.total:7d}")
        lines.append(f"{'all':<{width}} {self.recall.share:7.4f} {self.recall.hits:7d} {self.recall.total:7d}")
        lines.append("")
        named = [
            ("documents without a leak", self.clean_documents),
            ("released without a leak", self.released_clean),
            ("token precision", self.precision),
            ("protected terms damaged", Tally(self.damage.hits, self.damage.total)),
            ("PHI-free documents untouched", self.untouched),
        ]
        for title, tally in named:
            share = f"{tally.share:7.4f}" if tally.total else "      -"
            lines.append(f"{title:<29} {share} {tally.hits:7d} of {tally.total}")
        lines.append(f"{'documents':<29} {self.documents:7d}, withheld {self.withheld}, missing {self.missing}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The figures for machines."""
        return {
            "recall": {c: round(t.share, 5) for c, t in sorted(self.by_category.items())},
            "recall_all": round(self.recall.share, 5),
            "documents_without_leak": round(self.clean_documents.share, 5),
            "released_without_leak": round(self.released_clean.share, 5),
            "token_precision": round(self.precision.share, 5),
            "protected_damaged": round(self.damage.hits / self.damage.total, 5) if self.damage.total else 0.0,
            "untouched": round(self.untouched.share, 5),
            "documents": self.documents,
            "withheld": self.withheld,
            "missing": self.missing,
        }


def evaluate(gold: str | Path, predicted: str | Path) -> Report:
    """Compare two JSONL files.

    Raises
    ------
    InputError
        ``eval-row-invalid``, ``eval-row-twice`` or ``eval-row-unknown``, with the line's number; ``eval-empty``.
    """
    documents = read_rows(Path(gold))
    texts = {row.name: row.text for row in documents}
    answers = read_rows(Path(predicted), need_text=False)
    if not documents or not answers:
        raise InputError("eval-empty", f"the {'predictions hold' if documents else 'gold standard holds'} no row")
    for row in answers:
        if row.name in texts and not _is_inside(row, len(texts[row.name])):
            raise InputError("eval-row-invalid", f"line {row.line} of the predictions: a span lies outside its text")
    return compare(documents, {row.name: row for row in answers})


def compare(gold: Sequence[Row], predicted: Mapping[str, Row]) -> Report:
    """Compare rows with the predicted rows of the same names; a missing one has found nothing."""
    strange = predicted.keys() - {row.name for row in gold}
    if strange:
        first = min(predicted[name].line for name in strange)
        raise InputError(
            "eval-row-unknown",
            f"the predictions hold {len(strange)} rows that the gold standard does not, the first on line {first}",
        )
    report = Report(documents=len(gold))
    for row in gold:
        answer = predicted.get(row.name)
        report.missing += answer is None
        spans = answer.spans if answer else ()
        withheld = answer is not None and answer.status.casefold() in _WITHHELD
        report.withheld += withheld
        _count(report, row, spans, withheld)
    return report


def _count(report: Report, row: Row, spans: Sequence[tuple[int, int, str]], withheld: bool) -> None:
    covered = _cover(len(row.text), ((a, b) for a, b, _ in spans))
    wanted = _cover(len(row.text), ((a, b) for a, b, _ in row.spans))
    leaks = False
    for start, end, category in row.spans:
        found = all(covered[i] for i in range(start, end) if row.text[i].isalnum())
        leaks |= not found
        report.recall.add(found)
        report.by_category.setdefault(category, Tally()).add(found)
    for word in _WORD.finditer(row.text):
        if any(covered[word.start() : word.end()]):
            report.precision.add(any(wanted[word.start() : word.end()]))
    for start, end in row.protected:
        report.damage.add(any(covered[i] and not wanted[i] for i in range(start, end) if row.text[i].isalnum()))
    if row.spans:
        report.clean_documents.add(not leaks)
        if not withheld:
            report.released_clean.add(not leaks)
    else:
        report.untouched.add(not any(covered))


def _cover(length: int, spans: Iterable[Span]) -> bytearray:
    cover = bytearray(length)
    for start, end in spans:
        start, end = max(start, 0), min(end, length)  # noqa: PLW2901 - clipped to the text
        if end > start:
            cover[start:end] = b"\x01" * (end - start)
    return cover


def read_rows(path: Path, *, need_text: bool = True) -> list[Row]:
    """Rows of one JSONL file, in order.

    Raises
    ------
    InputError
        ``eval-row-invalid`` or ``eval-row-twice``.
    """
    rows: list[Row] = []
    seen: set[str] = set()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = _row(line, number, need_text=need_text)
            if row.name in seen:
                raise InputError("eval-row-twice", f"line {number}: an id occurs twice")
            seen.add(row.name)
            rows.append(row)
    return rows


def _row(line: str, number: int, *, need_text: bool) -> Row:
    try:
        value = json.loads(line)
        text = value["text"] if need_text else value.get("text") or ""
        row = Row(
            name=str(value["id"]),
            text=text,
            spans=tuple((int(s["start"]), int(s["end"]), str(s.get("category", "OTHER"))) for s in value["spans"]),
            protected=tuple((int(s["start"]), int(s["end"])) for s in value.get("protected") or ()),
            status=str(value.get("status") or ""),
            line=number,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            "eval-row-invalid",
            f"line {number} is not a row {{id, text, spans: [{{start, end, category}}]}}",
        ) from None
    if not isinstance(text, str) or (need_text and not _is_inside(row, len(text))):
        raise InputError("eval-row-invalid", f"line {number}: a span lies outside its text")
    return row


def _is_inside(row: Row, length: int) -> bool:
    bounds = [(start, end) for start, end, _ in row.spans] + list(row.protected)
    return all(0 <= start < end <= length for start, end in bounds)
