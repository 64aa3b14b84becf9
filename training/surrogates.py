"""Grow the pool of surrogate names: ``python -m training.surrogates`` rewrites ``deid/data/surrogate_names.json``.

Names are put together from syllables, so that none belongs to a culture; a name is kept if it is no word, no eponym, no
common name and no city, is not one letter away from any of these, and differs from every other name of its pool
by three letters or more, so that a misspelt surrogate is never another one.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from deid.surrogates import fold
from deid.text import lexicon

OUT = Path(__file__).parent.parent / "deid" / "data" / "surrogate_names.json"
ONSETS = [
    "b",
    "br",
    "c",
    "cl",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gl",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u"]
CODAS = ["l", "n", "r", "s", "m", "nd", "ld", "rv", "st", "l", "n", "r"]
FAMILY_ENDINGS = [
    "mont",
    "dale",
    "wick",
    "ford",
    "ley",
    "more",
    "stead",
    "holm",
    "ander",
    "ello",
    "ovar",
    "etti",
    "ansen",
    "ek",
    "ura",
    "ique",
    "ovan",
    "aris",
    "aldo",
    "enko",
    "ami",
    "ashi",
    "ezar",
    "ovic",
    "inde",
    "orre",
    "alde",
    "urno",
    "essa",
    "ivan",
    "olar",
    "emont",
    "ader",
    "ellin",
    "arde",
    "asto",
    "umi",
]
GIVEN = {
    "F": ["a", "ia", "elle", "ina", "ora", "ette", "isa", "una", "aya", "eth", "ilde", "ara"],
    "M": ["an", "or", "us", "el", "ic", "ard", "ton", "ald", "im", "evan", "ir", "os"],
    "O": ["in", "ey", "is", "ary", "en", "il", "yn", "ow", "et", "ai"],
}
SIZES = {"family": 1400, "F": 260, "M": 260, "O": 260}


def syllable(rng: random.Random, *, closed: bool) -> str:
    """One syllable, closed by a consonant or open."""
    return rng.choice(ONSETS) + rng.choice(VOWELS) + (rng.choice(CODAS) if closed else "")


def candidate(rng: random.Random, kind: str) -> str:
    """One name of a kind, not yet looked at."""
    if kind == "family":
        stem = syllable(rng, closed=rng.random() < 0.7)
        if rng.random() < 0.35:
            stem = syllable(rng, closed=False) + rng.choice("lnrmvd") + rng.choice(VOWELS)
        ending = rng.choice(FAMILY_ENDINGS)
        if stem[-1] in VOWELS and ending[0] in VOWELS:
            stem += rng.choice("lnrvdm")
        if stem[-1] not in VOWELS and ending[0] not in VOWELS and len(stem) > 3 and stem[-2] not in VOWELS:
            stem = stem[:-1]
        return (stem + ending).capitalize()
    stem = syllable(rng, closed=rng.random() < 0.6)
    if rng.random() < 0.45 and len(stem) < 4:
        stem += syllable(rng, closed=False)[:2]
    ending = rng.choice(GIVEN[kind])
    if stem[-1] in "aeiou" and ending[0] in "aeiou":
        stem += rng.choice("lnrvdm")
    return (stem + ending).capitalize()


def distance(a: str, b: str, limit: int) -> int:
    """Edit distance with transpositions counted as two, cut off at ``limit``."""
    if abs(len(a) - len(b)) >= limit:
        return limit
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)


def near(word: str) -> set[str]:
    """The word and its one-letter deletions: two words share one if they are one edit apart."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def make(seed: int = 20261122) -> dict[str, list[str]]:
    """All pools, mutually distant across kinds as well."""
    rng = random.Random(seed)
    taken: set[str] = set()
    for name in ("common", "radiology", "drugs", "eponyms", "medical", "foreign", "given_names", "surnames"):
        for word in lexicon.words(name):
            taken |= near(word)
    for city in lexicon.cities():
        taken |= near(city.replace(" ", ""))
    pools: dict[str, list[str]] = {}
    everything: list[str] = []
    for kind, size in SIZES.items():
        pool: list[str] = []
        while len(pool) < size:
            name = candidate(rng, kind)
            folded = fold(name)
            if (
                not (6 if kind == "family" else 4) <= len(folded) <= 11
                or near(folded) & taken
                or any(t * 3 in folded for t in "aeiou")
            ):
                continue
            if any(
                distance(folded, other, 3 if kind == "family" else 2) < (3 if kind == "family" else 2)
                for other in everything
            ):
                continue
            pool.append(name)
            everything.append(folded)
        pools[kind] = sorted(pool)
    return pools


def main() -> None:
    """Write the pool."""
    pools = make()
    note = "Invented names, made by training/surrogates.py: no eponym, no word, no common name, mutually distant."
    OUT.write_text(
        json.dumps({"note": note, **pools}, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
