"""``python -m training.text [MODEL ...]``: make the shipped models again, on one CPU thread."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from deid.text.ner import MODELS
from training.text.train import train

__all__ = ["RECIPES", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One run of training; ``start`` names the model whose weights it begins with."""

    languages: dict[str, float]
    steps: int
    rate: float
    seed: int
    start: str = ""


#: Folder -> stages. Second stages were added with a wider grammar; the other languages begin with
#: the English weights, for which shapes and contexts of identifiers are no news.
RECIPES = {
    "en": [Stage({"en": 1.0}, 4800, 0.0025, 7), Stage({"en": 1.0}, 1200, 0.0012, 8, "en")],
    "de-es-fr": [
        Stage({"de": 1.0, "es": 1.0, "fr": 1.0}, 1000, 0.002, 9, "en"),
        Stage({"de": 1.0, "es": 1.0, "fr": 1.0}, 800, 0.0015, 10, "de-es-fr"),
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.text", description=__doc__)
    parser.add_argument("models", nargs="*", help=f"which of {', '.join(RECIPES)} (default: all)")
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual number of steps")
    options = parser.parse_args()
    unknown = set(options.models) - set(RECIPES)
    if unknown:
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    for name in options.models or RECIPES:
        for stage in RECIPES[name]:
            done = train(
                options.out / name,
                languages=stage.languages,
                steps=max(1, int(stage.steps * options.scale)),
                seed=stage.seed,
                rate=stage.rate,
                start=options.out / stage.start if stage.start else None,
            )
            print(json.dumps({"model": name, **done}))


if __name__ == "__main__":
    main()
