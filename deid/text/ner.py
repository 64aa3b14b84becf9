"""The shipped model: finds in prose what rules cannot know.

A small convolutional network gives the probability of every category for every token (:mod:`deid.text.network`,
``docs/decisions/0010-token-classifier.md``). It is trained by ``training/text`` and lies as one file of arrays in
``deid/text/model``; nothing is downloaded and nothing is unpickled. As a spaCy pipeline it is
``spacy.blank("en").add_pipe("deid_identifiers")`` (:mod:`deid.text.component`).

Tokens are runs of letters and digits, and every other character stands alone, so that any
identifier ends where a token ends.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deid.errors import EngineError
from deid.model import Category, Finding
from deid.text import network

__all__ = ["LANGUAGES", "MODELS", "NONE", "WEAK", "Recogniser", "load", "load_path"]

MODELS = Path(__file__).with_name("model")

#: Language of a passage -> file of its weights.
LANGUAGES = {"en": "en", "de": "de-es-fr", "es": "de-es-fr", "fr": "de-es-fr"}

#: Longest piece of text given to the network at once; longer texts are cut at a blank.
LIMIT_CHARACTERS = 20_000

#: A token is personal if the probabilities of all categories add up to this. In the union, on 250 development rows, 0.4
#: gives 0.3 points less recall in reports and 0.15 gives 0.1 more; the precision of the three is the same.
SCORE_MIN = 0.25

#: The rule of findings below that score.
WEAK = "model:weak"

#: The rule of a stretch of text in which the model sees no identifier; found only where ``score_none`` is set.
NONE = "model:none"


class Recogniser:
    """One loaded model; threads take turns.

    Attributes
    ----------
    version
        Digest of the weights, for the manifest.
    score_min
        A token is personal if the probabilities of all categories add up to this.
    score_weak
        From here to ``score_min`` it may be; the finding's rule is then ``model:weak`` and wants other evidence.
    score_none
        Stretches of tokens below this are findings of the rule ``model:none``.
    """

    def __init__(self, path: Path, *, score_min: float = SCORE_MIN) -> None:
        self.version = network.digest(path)
        self.score_min = score_min
        self.score_weak = score_min
        self.score_none = 0.0
        self._network = network.Network(path)
        self._categories = [None if label == "O" else Category(label) for label in self._network.labels]
        self._outside = self._categories.index(None)
        self._turn = threading.Lock()

    def find(self, text: str) -> list[Finding]:
        """Findings of one text, sorted and not overlapping."""
        return self.find_many([text])[0]

    def find_many(self, texts: Sequence[str], *, batch_tokens: int = 1000) -> list[list[Finding]]:
        """Findings of many texts, in order; the network sees about ``batch_tokens`` tokens at a time."""
        found: list[list[Finding]] = [[] for _ in texts]
        for batch in _batches(texts, min(batch_tokens, network.LIMIT_KEPT // 4)):
            with self._turn:
                tables = self._network.probabilities([[text[a:b] for a, b in spans] for _, _, text, spans in batch])
            for (index, offset, text, spans), table in zip(batch, tables, strict=True):
                found[index].extend(self._decode(text, spans, table, offset))
        return found

    def _decode(self, text: str, spans: list[tuple[int, int]], table: Any, offset: int) -> Iterator[Finding]:
        """Runs of tokens of one category, from the table of probabilities (tokens x labels)."""
        personal = 1.0 - table[:, self._outside]
        for first, last in _stretches(personal < self.score_none) if self.score_none else ():
            yield Finding(offset + spans[first][0], offset + spans[last][1], Category.OTHER, 0.0, NONE)
        seen = personal >= min(self.score_min, self.score_weak)
        places = seen.nonzero()[0]
        if not len(places):
            return
        inner = slice(int(places[0]), int(places[-1]) + 1)
        personal, seen, spans = personal[inner], seen[inner], spans[inner]
        table[:, self._outside] = -1.0
        best = table[inner].argmax(axis=1)
        words = [text[a].isalnum() for a, _ in spans]
        marked = personal >= self.score_min
        for rule, chosen in (("model", marked), (WEAK, seen & ~marked)):
            if not chosen.any():
                continue
            labels: list[int] = [b if c else self._outside for b, c in zip(best.tolist(), chosen.tolist(), strict=True)]
            _bridge(text, spans, labels, self._outside)
            for first, last in _runs(labels, self._outside, words):
                start, end = spans[first][0], spans[last][1]
                category = self._categories[labels[first]]
                if category is not None:
                    score = round(float(personal[first : last + 1].mean()), 4)
                    yield Finding(offset + start, offset + end, category, score, rule)


def _bridge(text: str, spans: Sequence[tuple[int, int]], labels: list[int], outside: int) -> None:
    """Take in a punctuation mark that stands without blanks between two tokens of one category."""
    for i in range(1, len(labels) - 1):
        start, end = spans[i]
        if (
            labels[i] == outside != labels[i - 1] == labels[i + 1]
            and spans[i - 1][1] == start
            and end == spans[i + 1][0]
            and not text[start].isalnum()
            and not text[start].isspace()
        ):
            labels[i] = labels[i - 1]


def _runs(labels: Sequence[int], outside: int, word: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last word of each run of one category; punctuation at its ends is left out."""
    i = 0
    while i < len(labels):
        j = i
        while j + 1 < len(labels) and labels[j + 1] == labels[i]:
            j += 1
        words = [k for k in range(i, j + 1) if word[k]] if labels[i] != outside else []
        if words:
            yield words[0], words[-1]
        i = j + 1


def _stretches(chosen: Any) -> Iterator[tuple[int, int]]:
    """First and last of each run of chosen tokens."""
    changes = (chosen[1:] != chosen[:-1]).nonzero()[0].tolist()
    for first, last in zip([0, *(at + 1 for at in changes)], [*changes, len(chosen) - 1], strict=True):
        if chosen[first]:
            yield first, last


_Part = tuple[int, int, str, list[tuple[int, int]]]


def _batches(texts: Sequence[str], batch_tokens: int) -> Iterator[list[_Part]]:
    """Index of the text, offset in it, text and tokens of each part, so many at a time."""
    batch: list[_Part] = []
    size = 0
    for index, text in enumerate(texts):
        for offset, part in _cut(text):
            spans = network.tokens(part)
            if spans:
                batch.append((index, offset, part, spans))
                size += len(spans)
            if size >= batch_tokens:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _cut(text: str) -> Iterator[tuple[int, str]]:
    """Parts of a very long text, each cut at a blank, with their offsets."""
    start = 0
    while len(text) - start > LIMIT_CHARACTERS:
        stop = text.rfind(" ", start + LIMIT_CHARACTERS // 2, start + LIMIT_CHARACTERS)
        stop = start + LIMIT_CHARACTERS if stop < 0 else stop
        yield start, text[start:stop]
        start = stop
    yield start, text[start:]


@functools.cache
def load_path(path: Path, *, score_min: float = SCORE_MIN) -> Recogniser:
    """Load a model from a file that ``training/text`` wrote, once."""
    return Recogniser(path, score_min=score_min)


def load(language: str = "en", *, score_min: float = SCORE_MIN) -> Recogniser:
    """The shipped model of a language, loaded once.

    Parameters
    ----------
    language
        ISO 639-1; see :data:`LANGUAGES`.
    score_min
        Lower for more recall, higher for more precision.

    Raises
    ------
    EngineError
        ``text-model-missing`` if there is no model for the language.
    """
    path = MODELS / f"{LANGUAGES.get(language, '')}.npz"
    if language not in LANGUAGES or not path.is_file():
        raise EngineError(
            "text-model-missing",
            f"there is no text model for language {language!r}",
            hint=f"shipped: {', '.join(sorted(LANGUAGES))}",
        )
    return load_path(path, score_min=score_min)
