"""The arithmetic of the shipped model, in numpy alone.

The model is a spaCy pipeline and is trained as one (:mod:`deid.text.ner`), but reading it does not need
spaCy: importing that library costs seconds and 150 MB in every worker process, and its per-token
objects cost more time than the network itself. Here the weights are read from spaCy's own file and
applied as spaCy applies them; a test holds both to the same tokens and the same probabilities.

What depends on the token alone (four hashed embeddings and the layer that mixes them) is computed once
per distinct token and kept under a keyed hash of it, never under its text.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FEATURES", "Network", "digest", "norm", "prefix", "shape", "suffix", "tokens"]

#: Features of a token, in the order of their embeddings.
FEATURES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")

#: How many distinct tokens are kept.
LIMIT_KEPT = 20_000

_TOKEN = re.compile(r"[^\W_]+|[\W_]")
_SINGLE = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_MARKS = re.compile(r"[\u0300-\u036f]")
_LONG_NUMBER = 3
_MASK = (1 << 64) - 1


def tokens(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text stand: runs of letters and digits, and every other character alone.

    One blank after a token is no token (it only separates); any further blank is one.
    """
    return [
        (m.start(), m.end())
        for m in _TOKEN.finditer(text)
        if m[0] != " " or m.start() == 0 or text[m.start() - 1].isspace()
    ]


@functools.lru_cache(maxsize=512)
def _folded(text: str) -> str:
    """Lower case without diacritics."""
    text = text.lower()
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_SINGLE)))


def norm(text: str) -> str:
    """The folded form; a number of three digits and more only by length, years apart."""
    text = _folded(text)
    if text.isdigit() and len(text) >= _LONG_NUMBER:
        return text[:2] + "yy" if len(text) == 4 and text[:2] in ("19", "20") else "#" * min(len(text), 13)
    return text


def prefix(text: str) -> str:
    """The first three folded letters."""
    return _folded(text)[:3]


def suffix(text: str) -> str:
    """The last three folded letters."""
    return _folded(text)[-3:]


def shape(text: str) -> str:
    """``Xxxxx`` for ``Meyer``: letters and digits by kind, runs cut at four."""
    if len(text) >= 100:
        return "LONG"
    out: list[str] = []
    run, last = 0, ""
    for char in text:
        kind = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if kind == last else 0
        last = kind
        if run < 4:
            out.append(kind)
    return "".join(out)


def digest(folder: Path) -> str:
    """SHA-256 over the files of a model, the first 16 digits."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


class Network:
    """The weights of one model folder, and what they say of a sequence of tokens.

    Attributes
    ----------
    labels
        Categories in the order of the columns of :meth:`probabilities`.
    """

    def __init__(self, folder: Path) -> None:
        import numpy as np  # noqa: PLC0415
        import srsly  # type: ignore[import-untyped]  # noqa: PLC0415

        self._np = np
        self.labels: tuple[str, ...] = tuple(json.loads((folder / "tagger" / "cfg").read_text("utf-8"))["labels"])
        self._ids: Mapping[str, Any] = json.loads((folder / "features.json").read_text("utf-8"))
        stored = srsly.read_msgpack(folder / "tagger" / "model")
        named = [
            (node["name"], attributes, {k: v for k, v in values.items() if v is not None})
            for node, attributes, values in zip(stored["nodes"], stored["attrs"], stored["params"], strict=True)
        ]
        self._tables = [(srsly.msgpack_loads(a["seed"]), p["E"]) for n, a, p in named if n == "hashembed"]
        layers = [(self._pieces(p["W"], p["b"])) for n, _, p in named if n == "maxout"]
        scales = [(p["G"], p["b"]) for n, _, p in named if n == "layernorm"]
        (self._mix, *self._layers) = [(*layer, *scale) for layer, scale in zip(layers, scales, strict=True)]
        self._pad = len(self._layers)  # each layer sees one token to the left and one to the right
        (self._out,) = [(p["W"].T.copy(), p["b"]) for n, _, p in named if n == "softmax"]
        self._width = self._out[0].shape[0]
        self._kept: dict[int, int] = {}
        self._vectors = np.empty((LIMIT_KEPT, self._width), dtype="float32")

    def _pieces(self, weights: Any, bias: Any) -> tuple[Any, Any, int]:
        """Weights of a maxout layer, the pieces side by side: ``(inputs, pieces * width)``."""
        width, pieces, inputs = weights.shape
        return (
            self._np.ascontiguousarray(weights.transpose(1, 0, 2).reshape(pieces * width, inputs).T),
            self._np.ascontiguousarray(bias.T.reshape(-1)),
            pieces,
        )

    def probabilities(self, documents: Sequence[Sequence[str]]) -> list[Any]:
        """For each document an array of float32, shape (tokens, labels); rows sum to one."""
        np = self._np
        rows = self._rows([t for document in documents for t in document])
        total = len(rows) + self._pad * (len(documents) + 1)
        place = np.concatenate(
            [np.arange(start, stop) for start, stop in self._places(documents)] or [np.zeros(0, dtype="int64")]
        )
        hidden = np.zeros((total, self._width), dtype="float32")
        hidden[place] = self._vectors[rows]
        wide = np.zeros((total, 3 * self._width), dtype="float32")
        w = self._width
        for layer in self._layers:
            wide[1:, :w] = hidden[:-1]
            wide[:, w : 2 * w] = hidden
            wide[:-1, 2 * w :] = hidden[1:]
            hidden += self._maxout(wide, layer)
        scores = hidden[place] @ self._out[0] + self._out[1]
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        ends = np.cumsum([len(d) for d in documents])[:-1]
        return list(np.split(scores, ends))

    def _places(self, documents: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
        """Where each document lies in the padded sequence."""
        at = self._pad
        for document in documents:
            yield at, at + len(document)
            at += len(document) + self._pad

    def _maxout(self, inputs: Any, layer: tuple[Any, Any, int, Any, Any]) -> Any:
        """Maxout and layer normalisation."""
        np = self._np
        weights, bias, pieces, gain, shift = layer
        out = inputs @ weights
        out += bias
        best = out[:, : self._width]
        for piece in range(1, pieces):
            best = np.maximum(best, out[:, piece * self._width : (piece + 1) * self._width])
        best -= best.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", best, best)[:, None] / self._width + 1e-8
        best *= spread**-0.5
        best *= gain
        best += shift
        return best

    # ------------------------------------------------------------------ what depends on the token alone

    def _rows(self, words: Sequence[str]) -> Any:
        """Rows of ``_vectors`` for tokens; computes those that are not kept yet."""
        keys = [hash(w) for w in words]
        new = {k: w for k, w in zip(keys, words, strict=True) if k not in self._kept}
        if new:
            if len(self._kept) + len(new) > LIMIT_KEPT:
                self._kept.clear()
                new = dict(zip(keys, words, strict=True))
            at = len(self._kept)
            self._vectors[at : at + len(new)] = self._embed(list(new.values()))
            self._kept.update((key, at + i) for i, key in enumerate(new))
        return self._np.fromiter((self._kept[k] for k in keys), dtype="int64", count=len(keys))

    def _embed(self, words: Sequence[str]) -> Any:
        np = self._np
        columns = []
        for (seed, table), feature in zip(self._tables, (self._norm, prefix, suffix, shape), strict=True):
            ids = np.array([self._id(feature(w)) for w in words], dtype="uint64")
            columns.append(table[_buckets(np, ids, seed) % np.uint64(len(table))].sum(axis=1))
        return self._maxout(np.concatenate(columns, axis=1), self._mix)

    def _norm(self, text: str) -> str:
        known: str | None = self._ids["norms"].get(text)
        return norm(text) if known is None else known

    def _id(self, text: str) -> int:
        """The number under which spaCy stores a string."""
        if not text:
            return 0
        known: int | None = self._ids["symbols"].get(text)
        return _murmur(text.encode()) if known is None else known


def _murmur(data: bytes, seed: int = 1) -> int:
    """MurmurHash64A, as spaCy uses it for strings."""
    factor = 0xC6A4A7935BD1E995
    total = seed ^ (len(data) * factor & _MASK)
    whole = len(data) // 8 * 8
    for i in range(0, whole, 8):
        part = int.from_bytes(data[i : i + 8], "little") * factor & _MASK
        total = (total ^ ((part ^ (part >> 47)) * factor & _MASK)) * factor & _MASK
    if whole < len(data):
        total = (total ^ int.from_bytes(data[whole:], "little")) * factor & _MASK
    total = (total ^ (total >> 47)) * factor & _MASK
    return total ^ (total >> 47)


def _buckets(np: Any, ids: Any, seed: int) -> Any:
    """MurmurHash3 (x64, 128 bits) of 64-bit numbers as four 32-bit numbers, as thinc's HashEmbed uses it."""
    u = np.uint64

    def mixed(x: Any) -> Any:
        x = (x ^ (x >> u(33))) * u(0xFF51AFD7ED558CCD)
        x = (x ^ (x >> u(33))) * u(0xC4CEB9FE1A85EC53)
        return x ^ (x >> u(33))

    with np.errstate(over="ignore"):
        key = ids * u(0x87C37B91114253D5)
        key = ((key << u(31)) | (key >> u(33))) * u(0x4CF5AD432745937F)
        one = (key ^ u(seed)) ^ u(8)
        two = np.full(ids.shape, seed ^ 8, dtype="uint64")
        one = one + two
        two = two + one
        one, two = mixed(one), mixed(two)
        one = one + two
        two = two + one
    low = u(0xFFFFFFFF)
    return np.stack([one & low, one >> u(32), two & low, two >> u(32)], axis=1)
