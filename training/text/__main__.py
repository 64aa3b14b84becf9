"""``python -m training.text [LANGUAGE ...]``: make the shipped models again, on one CPU thread."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from deid.text.ner import MODELS
from training.text.train import train

#: Folder -> share of each language and number of steps.
RECIPES = {
    "en": ({"en": 1.0}, 4800),
    "de-es-fr": ({"de": 1.0, "es": 1.0, "fr": 1.0}, 3600),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.text", description=__doc__)
    parser.add_argument("models", nargs="*", choices=[*RECIPES, []], help="which models (default: all)")
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual number of steps")
    options = parser.parse_args()
    for name in options.models or RECIPES:
        languages, steps = RECIPES[name]
        done = train(
            options.out / name, languages=languages, steps=max(1, int(steps * options.scale)), seed=options.seed
        )
        print(json.dumps({"model": name, **done}))


if __name__ == "__main__":
    main()
