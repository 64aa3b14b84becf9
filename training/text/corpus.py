# ruff: noqa: E501, SIM905 - lists of syllables
"""Documents from the grammar: assembled, roughened, and cut into labelled spans."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from training.text.engine import Grammar, Pieces
from training.text.names import fold
from training.text.slots import Scene

__all__ = ["Document", "Writer"]

GRAMMARS = Path(__file__).parent / "grammar"

#: Later files add to the rules of earlier ones.
_ORDER = ("words", "common", "general", "radiology", "medical")

_OCR = {
    "l": "1",
    "1": "l",
    "O": "0",
    "0": "O",
    "I": "l",
    "S": "5",
    "5": "S",
    "B": "8",
    "e": "c",
    "c": "e",
    "a": "o",
    "n": "u",
    "h": "b",
    "t": "f",
    "i": "j",
    "g": "q",
    "Z": "2",
    "G": "6",
}


_HEADS = "peri endo sub trans hyper inter para supra intra extra pre post micro macro re un de dis over under out cor ver tal mon ser lib pan dor gra sti blo cra fle tro pla spe cli".split()
_ROOTS = "cran oste duct vascul plas ston mark lor bend cyst arth fibr neur scler tub graft lum sept tort mand vert rad cort port clav plex furn draw list pack turn hold rung lid nap sil dob gron tash mib pell".split()
_TAILS = "al ic ous ation itis oma ing ed s ly ment ness er ity ive able osis ectomy graphy ion es ure age ance ent ible ism ist or le en et".split()
_LOWER = re.compile(r"\b[a-z]{5,}\b")
_TITLE = re.compile(r"\b[A-Z][a-z]{4,}\b")


@dataclass
class Document:
    """Text and its spans ``(start, end, label)``; ``protected`` holds spans that must survive."""

    text: str
    spans: list[tuple[int, int, str]]
    kind: str = ""
    known: dict[str, str] = field(default_factory=dict)
    protected: list[tuple[int, int]] = field(default_factory=list)


def _upper(text: str) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


class Writer:
    """Writes documents of one language; ``evaluation`` loads the held-out families and names."""

    def __init__(self, seed: int, *, language: str = "en", evaluation: bool = False) -> None:
        self.rng = random.Random(f"{seed}-{language}-{evaluation}")
        self.grammar = Grammar(self.rng)
        files = sorted(p for p in GRAMMARS.glob(f"{language}_*.txt") if "heldout" not in p.name)
        files.sort(key=lambda p: _ORDER.index(p.stem.partition("_")[2]))
        if language != "en":
            files = [GRAMMARS / "en_words.txt", *files]
        for path in files:
            self.grammar.load(path)
        if evaluation:
            self.grammar.load(GRAMMARS / f"heldout_{language}.txt")
        self.scene = Scene(self.rng, self.grammar, language=language, evaluation=evaluation)
        missing = self.grammar.check()
        if missing:
            raise ValueError(f"undefined in the grammar: {missing}")

    def document(self, kind: str, *, rough: bool = True, culture: str | None = None) -> Document:
        """One document of a kind (the name of a start rule)."""
        self.scene.renew(culture)
        self.scene.culture = culture
        pieces = self.grammar.expand(kind)
        if rough and self.rng.random() < 0.35:
            pieces = self._strange(pieces)
        text, spans, protected = self._join(pieces)
        text = text.replace("\\.br\\", "\\.br\\")
        if rough:
            text = self._roughen(text, spans)
        return Document(text, spans, kind, dict(self.scene.known), protected)

    def _pseudo(self, _match: object = None) -> str:
        rng = self.rng
        head = rng.choice(_HEADS) if rng.random() < 0.7 else ""
        return head + rng.choice(_ROOTS) + rng.choice(_TAILS)

    def _strange(self, pieces: Pieces) -> Pieces:
        """Put made-up words in place of some ordinary ones: an unknown word is not a name for being unknown."""
        rng = self.rng
        rate, titles = rng.choice([0.03, 0.08, 0.15]), rng.choice([0.0, 0.03, 0.08])

        def lower(match: re.Match[str]) -> str:
            return self._pseudo() if rng.random() < rate else match[0]

        def title(match: re.Match[str]) -> str:
            return self._pseudo().capitalize() if rng.random() < titles else match[0]

        out: Pieces = []
        for text, label in pieces:
            plain = not label and len(text) > 5
            out.append((_TITLE.sub(title, _LOWER.sub(lower, text)) if plain else text, label))
        return out

    @staticmethod
    def _join(pieces: Pieces) -> tuple[str, list[tuple[int, int, str]], list[tuple[int, int]]]:
        out: list[str] = []
        spans: list[tuple[int, int, str]] = []
        protected: list[tuple[int, int]] = []
        at = 0
        for text, label in pieces:
            if label == "KEEP":
                protected.append((at, at + len(text)))
            elif label:
                spans.append((at, at + len(text), label))
            out.append(text)
            at += len(text)
        return "".join(out), spans, protected

    def _roughen(self, text: str, spans: list[tuple[int, int, str]]) -> str:  # noqa: C901
        """Changes that keep the length: case, missing diacritics, line breaks, OCR mistakes."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.09:
            text = _upper(text)
        elif roll < 0.17:
            text = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        elif roll < 0.20:  # only the names in capitals, or only in small letters
            chars = list(text)
            change = rng.choice([_upper, lambda t: "".join(c.lower() if len(c.lower()) == 1 else c for c in t)])
            for start, end, label in spans:
                if label in ("NAME", "PLACE", "INSTITUTION"):
                    chars[start:end] = change(text[start:end])
            text = "".join(chars)
        if rng.random() < 0.25:
            text = "".join(f if len(f := fold(c)) == 1 else c for c in text)
        if rng.random() < 0.12:  # hard-wrapped
            width = rng.randint(30, 90)
            chars, column = list(text), 0
            for i, char in enumerate(chars):
                column = 0 if char == "\n" else column + 1
                if char == " " and column > width:
                    chars[i] = "\n"
                    column = 0
            text = "".join(chars)
        elif rng.random() < 0.12:  # one long line
            text = re.sub(r"[\n\r\t]", " ", text)
        if rng.random() < 0.05:
            rate = rng.choice([0.01, 0.03, 0.06])
            text = "".join(_OCR.get(c, c) if rng.random() < rate else c for c in text)
        if rng.random() < 0.03:
            text = text.replace("\n", "\r")
        return text

    def stream(self, mix: dict[str, float]) -> Iterator[Document]:
        """Documents without end, kinds drawn by weight."""
        kinds, weights = list(mix), list(mix.values())
        while True:
            yield self.document(self.rng.choices(kinds, weights)[0])
