# ruff: noqa: E501, SIM905 - lists of syllables
"""Documents from the grammar: assembled, roughened, and cut into labelled spans."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from training.text.engine import Grammar, Pieces
from training.text.lists import GRAMMARS, real_words
from training.text.names import fold
from training.text.retold import KEEP, WRITTEN, Teller, read
from training.text.slots import Scene

__all__ = ["RETOLD", "Document", "Writer", "joined"]

#: The kind of documents that are told again from written ones.
RETOLD = "retold"

#: Later files add to the rules of earlier ones.
_ORDER = ("words", "common", "general", "radiology", "medical", "more")

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
_TAILS = {
    "en": "al ic ous ation itis oma ing ed s ly ment ness er ity ive able osis ectomy graphy ion es ure age ance ent ible ism ist or le en et".split(),
    "es": "al ico osa oso ción itis oma ado ando idad ivo able osis ectomía grafía ura aje ante ible ismo ista encia iento mente ería uela".split(),
    "fr": "al ique euse eux tion ite ome é ant ité if able ose ectomie graphie ure age ance ible isme iste ement erie elle ée oire".split(),
}
_LOWER = re.compile(r"\b[a-z]{4,}\b")
_TITLE = re.compile(r"\b[A-Z][a-z]{3,}\b")
_INITIAL = re.compile(r"(?<![\w'’])[^\W\d_]")
_BOUNDARY = re.compile(r"\n+|(?<=[.;]) ")
_SPACING = (
    (": ", ":"),
    (": ", " : "),
    (". ", "."),
    (". ", ".  "),
    (", ", ","),
    ("\n", "\n\n"),
    ("\n", "  "),
    (" ", "  "),
    ("/", " / "),
)


@dataclass
class Document:
    """Text and its spans ``(start, end, label)``; ``protected`` holds spans that must survive."""

    text: str
    spans: list[tuple[int, int, str]]
    kind: str = ""
    known: dict[str, str] = field(default_factory=dict)
    protected: list[tuple[int, int]] = field(default_factory=list)


def joined(pieces: Pieces) -> Document:
    """The document that pieces make."""
    document, at = Document("".join(text for text, _ in pieces), []), 0
    for text, label in pieces:
        if label == KEEP:
            document.protected.append((at, at + len(text)))
        elif label:
            document.spans.append((at, at + len(text), label))
        at += len(text)
    return document


def _upper(text: str) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def _lower(text: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


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
        told = [] if evaluation else read(WRITTEN / f"learned_{language}.txt")
        self.teller = Teller(self.scene, told) if told else None

    def kinds(self) -> set[str]:
        """What :meth:`document` can write."""
        return {*self.grammar.rules, *([RETOLD] if self.teller else [])}

    def document(self, kind: str, *, rough: bool = True, culture: str | None = None) -> Document:
        """One document of a kind (the name of a start rule)."""
        self.scene.renew(culture)
        self.scene.culture = culture
        pieces = self._pieces(kind)
        if rough and (kind == RETOLD or self.rng.random() < 0.5):
            pieces = self._strange(pieces)
        if rough and self.rng.random() < 0.15:
            pieces = self._respaced(pieces)
        document = joined(pieces)
        document.kind, document.known = kind, dict(self.scene.known)
        if rough:
            document.text = self._roughen(document.text, document.spans)
        return document

    def _pieces(self, kind: str) -> Pieces:
        if self.teller is None:
            return self.grammar.expand(kind)
        return self.teller.pieces() if kind == RETOLD else self.teller.lent(self.grammar.expand(kind))

    def _other_word(self) -> str:
        """A word of the lexicon, or one that nobody ever wrote."""
        rng, language = self.rng, self.scene.language
        if rng.random() < 0.7 and language != "de":
            return rng.choice(real_words(language))
        if language == "de":
            return self._compound()
        head = rng.choice(_HEADS) if rng.random() < 0.7 else ""
        return head + rng.choice(_ROOTS) + rng.choice(_TAILS[language])

    def _compound(self) -> str:
        """Two or three German words written as one, in small letters."""
        parts = [
            "".join(t for t, _ in self.grammar.expand(self.rng.choice(["nomen", "mednomen", "mednomen"])))
            for _ in range(self.rng.choice([2, 2, 3]))
        ]
        return self.rng.choice(["", "", "s", "n"]).join(part.split()[0] for part in parts).lower()

    def _strange(self, pieces: Pieces) -> Pieces:
        """Put other words in place of some ordinary ones: an unknown word is not a name for being unknown."""
        rng = self.rng
        rate, titles = rng.choice([0.03, 0.08, 0.15]), rng.choice([0.0, 0.03, 0.08])

        def lower(match: re.Match[str]) -> str:
            return self._other_word() if rng.random() < rate else match[0]

        def title(match: re.Match[str]) -> str:
            return self._other_word().capitalize() if rng.random() < titles else match[0]

        out: Pieces = []
        for text, label in pieces:
            plain = not label and len(text) > 5
            out.append((_TITLE.sub(title, _LOWER.sub(lower, text)) if plain else text, label))
        return out

    def _respaced(self, pieces: Pieces) -> Pieces:
        """Blanks and breaks as careless typing and broken exports leave them."""
        old, new = self.rng.choice(_SPACING)
        rate = self.rng.choice([0.2, 1.0])
        return [(t.replace(old, new) if not label and self.rng.random() < rate else t, label) for t, label in pieces]

    def _roughen(self, text: str, spans: list[tuple[int, int, str]]) -> str:  # noqa: C901
        """Changes that keep the length: case, missing diacritics, line breaks, OCR mistakes."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.09:
            text = _upper(text)
        elif roll < 0.17:
            text = _lower(text)
        elif roll < 0.20:  # every word begins with a capital
            text = _INITIAL.sub(lambda m: _upper(m[0]), text)
        elif roll < 0.24:  # only the names in capitals, or only in small letters
            chars = list(text)
            change = rng.choice([_upper, _lower])
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
        """Documents without end, kinds drawn by weight; some are cut out of a longer one, some glued together."""
        kinds, weights = list(mix), list(mix.values())
        rng = self.rng
        while True:
            document = self.document(rng.choices(kinds, weights)[0])
            while rng.random() < 0.2:
                document = _glued(
                    document, self.document(rng.choices(kinds, weights)[0]), rng.choice(["\n\n", "\n", " "])
                )
            yield self._cut(document) if len(document.text) > 300 and rng.random() < 0.3 else document

    def _cut(self, document: Document) -> Document:
        """A run of sentences of a document, as the engine gives the model to read."""
        breaks = [0, *(m.end() for m in _BOUNDARY.finditer(document.text)), len(document.text)]
        places = [at for at in breaks if not any(a < at < b for a, b, _ in document.spans)]
        start, end = sorted(self.rng.sample(range(len(places)), 2))
        start, end = places[start], places[end]
        spans = [(a - start, b - start, c) for a, b, c in document.spans if start <= a and b <= end]
        return Document(document.text[start:end], spans, document.kind)


def _glued(one: Document, two: Document, between: str) -> Document:
    shift = len(one.text) + len(between)
    spans = one.spans + [(a + shift, b + shift, c) for a, b, c in two.spans]
    return Document(one.text + between + two.text, spans, one.kind)
