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
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
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
                table = self._network.table([[text[a:b] for a, b in spans] for _, _, text, spans in batch])
            for index, finding in self._decode(batch, table):
                found[index].append(finding)
        return found

    def _decode(self, batch: Sequence[_Part], table: Any) -> Iterator[tuple[int, Finding]]:
        """Runs of tokens of one category, each with the number of its text, from a table of tokens x labels."""
        starts = [0, *accumulate(len(spans) for _, _, _, spans in batch)]
        personal = 1.0 - table[:, self._outside]
        for i, first, last in _stretches(personal < self.score_none, starts) if self.score_none else ():
            index, offset, _, spans = batch[i]
            yield index, Finding(offset + spans[first][0], offset + spans[last][1], Category.OTHER, 0.0, NONE)
        table[:, self._outside] = -1.0
        best, scores = table.argmax(axis=1), personal.tolist()
        marked = personal >= self.score_min
        for rule, chosen in (("model", marked), (WEAK, (personal >= self.score_weak) & ~marked)):
            places = chosen.nonzero()[0].tolist()
            told = best.copy()
            told[~chosen] = self._outside
            labels = told.tolist()
            for i, start in enumerate(starts[:-1]):
                own = places[bisect_left(places, start) : bisect_left(places, starts[i + 1])]
                if own:
                    index, offset, text, spans = batch[i]
                    low, high = own[0], own[-1] + 1
                    inner = spans[low - start : high - start]
                    for first, last, label in self._runs(text, inner, labels[low:high]):
                        score = round(sum(scores[low + first : low + last + 1]) / (last - first + 1), 4)
                        yield index, Finding(offset + inner[first][0], offset + inner[last][1], label, score, rule)

    def _runs(
        self, text: str, spans: Sequence[tuple[int, int]], labels: list[int]
    ) -> Iterator[tuple[int, int, Category]]:
        """First and last token and category of the runs that labels of tokens make."""
        _bridge(text, spans, labels, self._outside)
        for first, last in _runs(labels, self._outside, [text[a].isalnum() for a, _ in spans]):
            category = self._categories[labels[first]]
            if category is not None:
                yield first, last, category


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


def _stretches(chosen: Any, starts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Number of the part, first and last in it of each run of chosen tokens; ``starts`` of the parts, and the end."""
    changes = (chosen[1:] != chosen[:-1]).nonzero()[0].tolist()
    edges = sorted({*starts, *(at + 1 for at in changes)})
    i = 0
    for first, end in pairwise(edges):
        i += first == starts[i + 1]
        if chosen[first]:
            yield i, first - starts[i], end - 1 - starts[i]


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
