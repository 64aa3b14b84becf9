"""Write held-out test sets: template families, names, towns, eponyms and drugs that training never saw.

``python -m training.text.heldout --out DIR`` writes ``radiology.jsonl``, ``names.jsonl``, ``queries.jsonl``,
``general.jsonl`` and ``clean.jsonl`` with rows ``{id, text, known, spans, protected}``; ``cultures.jsonl`` holds the
same number of radiology rows for every naming culture (the culture stands in ``id``), ``written.jsonl``,
``fresh.jsonl``, ``unseen.jsonl`` and ``stranger.jsonl`` texts written by hand (English only).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from training.text.corpus import Document, Writer, joined
from training.text.names import CULTURES
from training.text.retold import WRITTEN, read

__all__ = ["BY_HAND", "KINDS", "rows"]

KINDS = {
    "radiology": "h_radiology",
    "names": "h_names",
    "queries": "h_query",
    "general": "h_general",
    "clean": "h_clean",
}


#: Texts written by hand, by nobody's grammar; training never reads them. ``unseen`` and ``stranger`` were never read
#: while the model was made; of the hand that wrote ``stranger`` the model has seen nothing else.
BY_HAND = ("written", "fresh", "unseen", "stranger")


def written(language: str = "en", *, kind: str = "written") -> list[dict[str, Any]]:
    """Texts written by hand; spans are marked in the file."""
    name = language if kind == "written" else f"{kind}_{language}"
    return [row(f"{kind}-{i}", joined(pieces)) for i, pieces in enumerate(read(WRITTEN / f"{name}.txt"))]


def row(name: str, document: Document) -> dict[str, Any]:
    """One row in the format of the gold files."""
    return {
        "id": name,
        "text": document.text,
        "known": document.known,
        "spans": [{"start": a, "end": b, "category": c} for a, b, c in document.spans],
        "protected": [{"start": a, "end": b} for a, b in document.protected],
    }


def rows(kind: str, count: int, *, language: str = "en", seed: int = 1, rough: bool = True) -> list[dict[str, Any]]:
    """Held-out rows of one kind, or of ``cultures``."""
    if kind in BY_HAND:
        return written(language, kind=kind)
    writer = Writer(seed, language=language, evaluation=True)
    if kind == "cultures":
        share = max(1, count // len(CULTURES))
        return [
            row(f"{c}-{i}", writer.document("h_radiology", rough=False, culture=c))
            for c in CULTURES
            for i in range(share)
        ]
    return [row(f"{kind}-{i}", writer.document(KINDS[kind], rough=rough)) for i in range(count)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.text.heldout", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", default="en")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for kind in (*KINDS, "cultures", *BY_HAND):
        count = options.count * (3 if kind == "cultures" else 1)
        made = rows(kind, count, language=options.language, seed=options.seed)
        with (options.out / f"{kind}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in made)


if __name__ == "__main__":
    main()
