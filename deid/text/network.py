"""The arithmetic of the shipped model, in numpy alone.

A token is its folded word (a row of its own if training met it often, else one row for all words of a dictionary and
one for what nobody knows), the pieces of three and four letters that it is made of, and its shape. What depends on
the token alone is computed once per distinct token and kept under a keyed hash of it, never under its text. Residual
convolutions of growing reach then mix each token with its neighbours, and a softmax gives the probability of every
category (``docs/decisions/0010-token-classifier.md``). ``training/text/train.py`` holds the same arithmetic for torch;
a test holds both to the same probabilities.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

__all__ = ["Network", "digest", "grams", "norm", "shape", "tokens", "weights_of", "word_key"]

#: Rows of the table of letter pieces and of the table of shapes; powers of two.
GRAM_ROWS = 1 << 14
SHAPE_ROWS = 1 << 11

#: How many distinct tokens are kept.
LIMIT_KEPT = 20_000

#: Letters of a token that count; what is longer is no word.
LIMIT_LETTERS = 24

_TOKEN = re.compile(r"[^\W_]+|[^ ]|(?<!\S) ")
_TOKEN_ASCII = re.compile(r"[A-Za-z0-9]+|[^ ]|(?<!\S) ")  # the same, faster
_SINGLE = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_MARKS = re.compile(r"[\u0300-\u036f]")
_LONG_NUMBER = 3


def tokens(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text stand: runs of letters and digits, and every other character alone.

    One blank after a token is no token (it only separates); any further blank is one.
    """
    return list(map(re.Match.span, (_TOKEN_ASCII if text.isascii() else _TOKEN).finditer(text)))


@functools.lru_cache(maxsize=512)
def _folded(text: str) -> str:
    """Lower case without diacritics."""
    text = text.lower()
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_SINGLE)))


def norm(text: str) -> str:
    """The folded form; a number of three digits and more only by length, years apart."""
    text = _folded(text[:LIMIT_LETTERS])
    if text.isdigit() and len(text) >= _LONG_NUMBER:
        return text[:2] + "yy" if len(text) == 4 and text[:2] in ("19", "20") else "#" * min(len(text), 13)
    return text


def _alike(token: str) -> str:
    """The number that stands for all numbers of one folded form and shape: to the network they are the same."""
    if not token.isascii():
        return token
    folded = norm(token)
    return folded[:2] + "00" if folded.endswith("yy") else folded.replace("#", "1")


def word_key(folded: str) -> int:
    """The number under which the vocabulary holds a folded word."""
    return crc32(folded.encode("utf-8", "surrogatepass"))


def grams(folded: str) -> list[int]:
    """Rows of the pieces of three and four letters of a folded word, its ends marked."""
    text = f"<{folded}>"
    pieces = [text[i : i + 3] for i in range(len(text) - 2)] + [text[i : i + 4] for i in range(len(text) - 3)]
    return [crc32(piece.encode("utf-8", "surrogatepass")) % GRAM_ROWS for piece in pieces or [text]]


def shape(text: str) -> int:
    """Row of the shape: ``Xxxxx`` for ``Meyer``; kinds of characters, runs cut at four, diacritics told."""
    out: list[str] = []
    run, last = 0, ""
    for char in text[:LIMIT_LETTERS]:
        kind = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if kind == last else 0
        last = kind
        if run < 4:
            out.append(kind)
    return crc32(("".join(out) + ("" if text.isascii() else "~")).encode("utf-8", "surrogatepass")) % SHAPE_ROWS


def digest(path: Path) -> str:
    """SHA-256 of a model's file, the first 16 digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def weights_of(stored: Any) -> dict[str, Any]:
    """The weights of an open file as float32; tables lie as whole numbers of eight bits and a scale per row."""
    weights = {}
    for name in stored.files:
        if name in ("labels", "reach", "words", "spelled") or name.endswith(".scale"):
            continue
        weights[name] = stored[name].astype("float32")
        if f"{name}.scale" in stored.files:
            weights[name] *= stored[f"{name}.scale"].astype("float32")[:, None]
    return weights


class Network:
    """The weights of one model, and what they say of a sequence of tokens.

    Attributes
    ----------
    labels
        Categories in the order of the columns of :meth:`probabilities`.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np

        self._np = np
        with np.load(path, allow_pickle=False) as stored:
            self.labels: tuple[str, ...] = tuple(str(label) for label in stored["labels"])
            self._reach: list[int] = stored["reach"].tolist()
            # Row 0 is for what nothing knows, row 1 for a word that only the dictionary knows.
            self._words: dict[int, int] = dict.fromkeys(stored["spelled"].tolist(), 1)
            self._words.update((key, row) for row, key in enumerate(stored["words"].tolist(), 2))
            weights = weights_of(stored)
        self._word, self._gram, self._shape = (weights[f"{name}.weight"] for name in ("word", "gram", "shape"))
        self._mix = [weights[f"mix.{name}"] for name in ("in.weight", "in.bias", "out.weight", "out.bias")]
        self._blocks = [
            [weights[f"blocks.{i}.{name}"] for name in ("in.weight", "in.bias", "out.weight", "out.bias")]
            for i in range(len(self._reach))
        ]
        for block in self._blocks:
            # What a token gives to those before it, to itself and to those after it: one matrix product for all three.
            block[0] = np.ascontiguousarray(np.concatenate(np.split(block[0], 3), axis=1))
            # max(x + bias, 0) is max(x, -bias) + bias, and what that last addend becomes is known beforehand.
            block[3] = block[3] + block[1] @ block[2]
            block[1] = -block[1]
        head, (outer, shift) = weights["head.weight"], self._blocks[-1][2:]
        # What the last block adds is asked for by the head alone: one small product instead of two.
        self._head = head, outer @ head, shift @ head + weights["head.bias"]
        self._width = len(head)
        self._kept: dict[int, int] = {}
        # Each token's vector, and what it gives in the first block.
        self._vectors = np.empty((LIMIT_KEPT, self._width), dtype="float32")
        self._given = np.empty((LIMIT_KEPT, 3 * self._width), dtype="float32")

    def probabilities(self, documents: Sequence[Sequence[str]]) -> list[Any]:
        """For each document an array of float32, shape (tokens, labels); rows sum to one."""
        ends = list(itertools.accumulate(map(len, documents)))
        table = self.table(documents)
        return [table[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def table(self, documents: Sequence[Sequence[str]]) -> Any:
        """The probabilities of all documents in one array, one below the other."""
        np = self._np
        rows = self._rows([token for document in documents for token in document])
        lengths = np.fromiter(map(len, documents), dtype="int64", count=len(documents))
        before = np.arange(len(rows)) - np.repeat(lengths.cumsum() - lengths, lengths)
        left = np.repeat(lengths, lengths) - before
        hidden = self._vectors[rows]
        change = self._change(0, self._given[rows], before, left)
        for i in range(1, len(self._blocks)):
            hidden += change @ self._blocks[i - 1][2]
            hidden += self._blocks[i - 1][3]
            change = self._change(i, hidden @ self._blocks[i][0], before, left)
        scores = hidden @ self._head[0]
        scores += change @ self._head[1]
        scores += self._head[2]
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def _change(self, i: int, given: Any, before: Any, left: Any) -> Any:
        """What each token gets in block ``i`` from itself and from those some way to its left and right.

        The last tokens of a document give nothing to their right, the first ones nothing to their left: as many
        stand ``before`` each in its document and are ``left``, itself included.
        """
        w, reach = self._width, self._reach[i]
        given[left <= reach, :w] = 0.0
        given[before < reach, 2 * w :] = 0.0
        change = given[:, w : 2 * w].copy()
        change[reach:] += given[:-reach, :w]
        change[:-reach] += given[reach:, 2 * w :]
        return self._np.maximum(change, self._blocks[i][1], out=change)

    # ------------------------------------------------------------------ what depends on the token alone

    def _rows(self, words: Sequence[str]) -> Any:
        """Rows of ``_vectors`` for tokens; computes those that are not kept yet."""
        keys = [hash(_alike(w) if w.isdigit() else w) for w in words]
        rows = list(map(self._kept.get, keys))
        if None in rows:
            new = {k: w for k, w, row in zip(keys, words, rows, strict=True) if row is None}
            if len(self._kept) + len(new) > LIMIT_KEPT:
                self._kept.clear()
                new = dict(zip(keys, words, strict=True))
            at = len(self._kept)
            vectors = self._embed(list(new.values()))
            self._vectors[at : at + len(new)] = vectors
            self._given[at : at + len(new)] = vectors @ self._blocks[0][0]
            self._kept.update((key, at + i) for i, key in enumerate(new))
            rows = list(map(self._kept.get, keys))
        return self._np.array(rows, dtype="int64")

    def _embed(self, words: Sequence[str]) -> Any:
        np = self._np
        folded = [norm(w) for w in words]
        pieces = [grams(f) for f in folded]
        counts = [len(p) for p in pieces]
        starts = np.cumsum([0, *counts[:-1]])
        features = np.concatenate(
            [
                self._word[[self._words.get(word_key(f), 0) for f in folded]],
                np.add.reduceat(self._gram[[row for p in pieces for row in p]], starts) / np.array(counts)[:, None],
                self._shape[[shape(w) for w in words]],
            ],
            axis=1,
            dtype="float32",
        )
        inner, bias, outer, shift = self._mix
        out = np.maximum(features @ inner + bias, 0.0) @ outer + shift
        out -= out.mean(axis=1, keepdims=True)
        out /= np.sqrt(np.square(out).mean(axis=1, keepdims=True) + 1e-5)
        return out
