"""Measure a model, alone or in the union, on the held-out sets: ``python -m training.text.measure [--model FILE]``."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deid.model import Finding, Passage
from deid.settings import TextSettings
from deid.text import Finder, evaluate, ner
from training.text import heldout
from training.text.names import CULTURES

__all__ = ["measure", "union"]

Find = Callable[[Sequence[str]], list[list[Finding]]]


def _rows(raw: list[dict[str, Any]]) -> list[evaluate.Row]:
    return [
        evaluate.Row(
            r["id"],
            r["text"],
            tuple((s["start"], s["end"], s["category"]) for s in r["spans"]),
            tuple((s["start"], s["end"]) for s in r["protected"]),
        )
        for r in raw
    ]


def union(language: str) -> Find:
    """All detectors together, as the engine uses them, without known identifiers."""
    finder = Finder(TextSettings(), language=language)
    return lambda texts: finder.find_many([Passage(text, language=language) for text in texts])


def measure(find_many: Find, raw: list[dict[str, Any]]) -> tuple[evaluate.Report, list[tuple[str, str]]]:
    """Figures and the errors (kind, excerpt) of a detector on held-out rows."""
    gold = _rows(raw)
    found = find_many([g.text for g in gold])
    predicted = {
        g.name: evaluate.Row(g.name, "", tuple((f.start, f.end, f.category) for f in fs))
        for g, fs in zip(gold, found, strict=True)
    }
    errors = []
    for g in gold:
        mine = predicted[g.name].spans
        for a, b, c in g.spans:
            if any(g.text[i].isalnum() and not any(s <= i < e for s, e, _ in mine) for i in range(a, b)):
                errors.append(
                    (f"MISS {c}", f"{g.text[max(0, a - 40) : a]}⟦{g.text[a:b]}⟧{g.text[b : b + 25]}".replace("\n", "⏎"))
                )
        for a, b, c in mine:
            if not any(a < e and s < b for s, e, _ in g.spans):
                errors.append(
                    (
                        f"EXTRA {c}",
                        f"{g.text[max(0, a - 40) : a]}⟦{g.text[a:b]}⟧{g.text[b : b + 25]}".replace("\n", "⏎"),
                    )
                )
    return evaluate.compare(gold, predicted), errors


def _card(languages: list[str], count: int, seed: int) -> list[str]:
    """Tables for the model card."""
    lines: list[str] = []
    for language in languages:
        model = ner.load(language)
        rows = {
            kind: heldout.rows(kind, count * (3 if kind == "cultures" else 1), language=language, seed=seed)
            for kind in (*heldout.KINDS, "cultures", *heldout.BY_HAND)
        }
        rows = {kind: raw for kind, raw in rows.items() if raw}
        lines += [f"### `{language}` (version `{model.version}`)", ""]
        for title, find_many in (("The model alone", model.find_many), ("In the union", union(language))):
            lines += [f"{title}:", "", *_table(find_many, rows), ""]
    return lines


def _table(find_many: Find, rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [
        "| set | documents | recall | names | documents without a leak | precision | damage | untouched |",
        "| --- " * 8 + "|",
    ]
    totals: dict[str, evaluate.Tally] = {}
    for kind, raw in rows.items():
        report, _ = measure(find_many, raw)
        lines.append(_line(kind, report))
        if kind != "cultures":
            for category, tally in report.by_category.items():
                both = totals.setdefault(category, evaluate.Tally())
                both.hits += tally.hits
                both.total += tally.total
    shares = {c: _names_of(find_many, rows["cultures"], c) for c in CULTURES}
    low, high = min(shares, key=lambda c: shares[c]), max(shares, key=lambda c: shares[c])
    cultures = ", ".join(f"{c} {v:.3f}" for c, v in sorted(shares.items()))
    return [
        *lines,
        "",
        "By category (all sets but `cultures`): " + _listed(totals) + ".",
        "",
        f"Names by culture: {low} {shares[low]:.3f} to {high} {shares[high]:.3f}; {cultures}.",
    ]


def _line(kind: str, report: evaluate.Report) -> str:
    d = report.as_dict()
    has = report.recall.total
    names = d["recall"].get("NAME")
    shown = [
        f"{d['recall_all']:.3f}" if has else "",
        f"{names:.3f}" if names is not None else "",
        f"{d['documents_without_leak']:.3f}" if has else "",
        f"{d['token_precision']:.3f}" if has else "",
        f"{d['protected_damaged']:.3f}" if report.damage.total else "",
        f"{d['untouched']:.3f}" if report.untouched.total else "",
    ]
    return f"| {kind} | {report.documents} | " + " | ".join(shown) + " |"


def _names_of(find_many: Find, raw: list[dict[str, Any]], culture: str) -> float:
    report, _ = measure(find_many, [r for r in raw if r["id"].rpartition("-")[0] == culture])
    return report.by_category["NAME"].share


def _listed(totals: dict[str, evaluate.Tally]) -> str:
    ordered = sorted(totals.items(), key=lambda item: -item[1].total)
    return ", ".join(f"{category} {tally.share:.3f} of {tally.total}" for category, tally in ordered)


def _write_card(path: Path, lines: list[str]) -> None:
    text = path.read_text("utf-8")
    before, _, rest = text.partition("<!-- figures -->")
    after = rest.partition("<!-- /figures -->")[2]
    path.write_text(before + "\n".join(["<!-- figures -->", "", *lines, "<!-- /figures -->"]) + after, encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.text.measure", description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--score-min", type=float, default=ner.SCORE_MIN)
    parser.add_argument("--union", action="store_true", help="all detectors, with the shipped model")
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--card", type=Path, help="write the tables of the shipped models into this model card")
    options = parser.parse_args(arguments)
    if options.card:
        _write_card(options.card, _card(["en", "de", "es", "fr"], options.count, options.seed))
        return
    model = ner.load_path(options.model, score_min=options.score_min) if options.model else ner.load(options.language)
    find_many = union(options.language) if options.union else model.find_many
    for kind in (*heldout.KINDS, "cultures", *heldout.BY_HAND):
        count = options.count * (3 if kind == "cultures" else 1)
        raw = heldout.rows(kind, count, language=options.language, seed=options.seed)
        if not raw:
            continue
        report, errors = measure(find_many, raw)
        print(_line(kind, report) if options.brief else f"== {kind}\n{report.table()}\n")
        if kind == "cultures":
            for culture in CULTURES:
                print(f"  {culture:<12} names {_names_of(find_many, raw, culture):.4f}")
        if options.errors:
            for what, n in Counter(e[0] for e in errors).most_common():
                print(f"  {what}: {n}")
                for e in [e for e in errors if e[0] == what][: options.errors]:
                    print(f"      {e[1]}")


if __name__ == "__main__":
    main()
