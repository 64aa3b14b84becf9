"""``python -m training.text [MODEL ...]``: make the shipped models again, on one CPU core or a GPU."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from deid.text.ner import MODELS
from training.text.train import train

__all__ = ["RECIPES", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """What one model learns; ``start`` names the model whose weights it begins with."""

    languages: dict[str, float]
    minutes: float
    rate: float = 0.002
    seed: int = 7
    start: str = ""


#: The other languages begin with the English weights, for which shapes and contexts of identifiers are no news.
RECIPES = {
    "en": Recipe({"en": 1.0}, 60),
    "de-es-fr": Recipe({"de": 1.0, "es": 1.0, "fr": 1.0}, 25, seed=9, start="en"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.text", description=__doc__)
    parser.add_argument("models", nargs="*", help=f"which of {', '.join(RECIPES)} (default: all)")
    parser.add_argument(
        "--out",
        type=Path,
        default=MODELS,
        help="folder of the models; the averaged weights are written every few minutes",
    )
    parser.add_argument("--minutes", type=float, help="time for each model instead of its usual one")
    parser.add_argument("--start", type=Path, help="begin with the weights of this model")
    options = parser.parse_args()
    unknown = set(options.models) - set(RECIPES)
    if unknown:
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    for name in options.models or RECIPES:
        recipe = RECIPES[name]
        start = options.start or (options.out / f"{recipe.start}.npz" if recipe.start else None)
        done = train(
            options.out / f"{name}.npz",
            languages=recipe.languages,
            minutes=options.minutes or recipe.minutes,
            seed=recipe.seed,
            rate=recipe.rate,
            start=start,
        )
        print(json.dumps({"model": name, **done}))


if __name__ == "__main__":
    main()
