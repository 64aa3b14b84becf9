"""Write held-out test sets: template families, names, towns, eponyms and drugs that training never saw.

``python -m training.text.heldout --out DIR`` writes ``radiology.jsonl``, ``names.jsonl``, ``queries.jsonl``,
``general.jsonl`` and ``clean.jsonl`` with rows ``{id, text, known, spans, protected}``; ``cultures.jsonl`` holds the
same number of radiology rows for every naming culture (the culture stands in ``id``), ``written.jsonl`` and
``fresh.jsonl`` texts written by hand (English only).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from training.text.corpus import Document, Writer
from training.text.names import CULTURES

__all__ = ["KINDS", "rows"]

KINDS = {
    "radiology": "h_radiology",
    "names": "h_names",
    "queries": "h_query",
    "general": "h_general",
    "clean": "h_clean",
}


_MARK = re.compile("⟦([A-Z_]+|\\+)\\|([^⟧]*)⟧")


def written(language: str = "en", *, kind: str = "written") -> list[dict[str, Any]]:
    """Texts written by hand, by nobody's grammar; spans are marked in the file."""
    name = language if kind == "written" else f"{kind}_{language}"
    path = Path(__file__).parent / "written" / f"{name}.txt"
    texts = path.read_text("utf-8").split("\n====\n") if path.exists() else []
    return [row(f"{kind}-{i}", _marked(text.strip("\n"))) for i, text in enumerate(texts)]


def _marked(text: str) -> Document:
    out, at, size = [], 0, 0
    document = Document("", [], "written")
    for mark in _MARK.finditer(text):
        out += [text[at : mark.start()], mark[2]]
        size += mark.start() - at
        if mark[1] == "+":
            document.protected.append((size, size + len(mark[2])))
        else:
            document.spans.append((size, size + len(mark[2]), mark[1]))
        size += len(mark[2])
        at = mark.end()
    document.text = "".join([*out, text[at:]])
    return document


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
    if kind in ("written", "fresh"):
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
    for kind in (*KINDS, "cultures", "written", "fresh"):
        count = options.count * (3 if kind == "cultures" else 1)
        made = rows(kind, count, language=options.language, seed=options.seed)
        with (options.out / f"{kind}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in made)


if __name__ == "__main__":
    main()
