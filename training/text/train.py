"""Train one network on an endless stream of generated documents, for a given time, on one CPU core or a GPU."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from deid.model import Category
from deid.text import network
from training.text import lists
from training.text.corpus import RETOLD, Document, Writer

__all__ = ["LABELS", "MIX", "Batch", "Features", "Tagger", "batch_of", "save", "tagger_of", "train", "vocabulary"]

#: Kinds of documents and their weights; the retold ones are longer and make six sevenths of the words.
MIX = {"radiology": 5.0, "clean_report": 2.5, "query": 2.0, "general": 3.5, "mixed": 5.0, RETOLD: 50.0}

LABELS = ["O", *(c.value for c in Category)]

#: Widths of the word, letter piece and shape vectors, and of everything behind them.
WORD, GRAM, SHAPE, WIDTH = 96, 96, 32, 128

#: How far each convolution looks to the left and to the right.
REACH = (1, 2, 4, 8, 2, 1)

#: Share of known words that a step takes for unknown, so that letters and context learn to do without them.
FORGOTTEN = 0.1

#: Share of tokens that a step does not see at all, and of the changes that a convolution does not make: few written
#: documents told over and over would be learned by heart.
UNSEEN, UNMADE = 0.07, 0.1

#: Added to the scores of labels in the written file. A model that sees only a part of the tokens of each step doubts
#: too much, and an identifier left costs more than a word taken. Chosen on open development rows.
LEAN = {"O": -2.29}

#: Words that get a row of their own at most: the rarest are told by their letters as well.
ROWS = 40_000

BATCH_TOKENS = 6000
SAVE_EVERY_S = 240.0

#: Rows of the word table before those of the vocabulary: a word that nothing knows, a word of the dictionary.
UNKNOWN, SPELLED = 0, 1


class _Pair(nn.Module):
    """Two linear maps with a rectifier between them."""

    def __init__(self, inputs: int, inner: int, outputs: int) -> None:
        super().__init__()
        self.add_module("in", nn.Linear(inputs, inner))
        self.out = nn.Linear(inner, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(functional.relu(self.get_submodule("in")(x)))


class _Around(torch.autograd.Function):
    """Each token beside those ``reach`` to its left and right; slices would cost autograd twice the time."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, reach: int) -> Tensor:
        ctx.reach = reach
        w = hidden.shape[1]
        wide = hidden.new_empty(len(hidden), 3 * w)
        wide[:reach, :w] = 0
        wide[reach:, :w] = hidden[:-reach]
        wide[:, w : 2 * w] = hidden
        wide[:-reach, 2 * w :] = hidden[reach:]
        wide[-reach:, 2 * w :] = 0
        return wide

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        reach, w = ctx.reach, gradient.shape[1] // 3
        out = gradient[:, w : 2 * w].clone()
        out[:-reach] += gradient[reach:, :w]
        out[reach:] += gradient[:-reach, 2 * w :]
        return out, None


class Tagger(nn.Module):
    """The arithmetic of :class:`deid.text.network.Network`, to be trained."""

    def __init__(self, words: Sequence[int], dictionary: Sequence[int]) -> None:
        super().__init__()
        self.spelled = frozenset(dictionary)
        self.words = {key: row for row, key in enumerate(words, SPELLED + 1)}
        self.word = nn.Embedding(len(words) + SPELLED + 1, WORD)
        self.gram = nn.EmbeddingBag(network.GRAM_ROWS, GRAM, mode="mean")
        self.shape = nn.Embedding(network.SHAPE_ROWS, SHAPE)
        self.mix = _Pair(WORD + GRAM + SHAPE, 2 * WIDTH, WIDTH)
        self.blocks = nn.ModuleList([_Pair(3 * WIDTH, WIDTH, WIDTH) for _ in REACH])
        self.head = nn.Linear(WIDTH, len(LABELS))
        for table in (self.word, self.gram, self.shape):
            nn.init.normal_(table.weight, std=0.3)
        for block in self.blocks:
            nn.init.zeros_(block.out.weight)  # a block begins as the identity
            nn.init.zeros_(block.out.bias)

    def forward(self, batch: Batch) -> Tensor:
        """Scores of every token, shape (tokens, labels)."""
        features = torch.cat(
            [self.word(batch.words), self.gram(batch.grams, batch.starts), self.shape(batch.shapes)], 1
        )
        vectors = functional.layer_norm(self.mix(features), (WIDTH,))
        vectors = vectors.to(torch.bfloat16 if self.training else torch.float32)  # in training, half the bytes to move
        hidden = vectors.new_zeros(batch.total, WIDTH).index_copy(0, batch.place, vectors[batch.tokens])
        inside = batch.inside.to(hidden.dtype)
        if self.training:
            hidden = hidden * (torch.rand_like(inside) >= UNSEEN)
        for reach, block in zip(REACH, self.blocks, strict=True):
            change = functional.dropout(block(_Around.apply(hidden, reach)), UNMADE, self.training)
            hidden = hidden + change * inside
        return self.head(hidden[batch.place])


class Batch:
    """Documents one behind the other as the network sees them: distinct tokens, places, labels."""

    def __init__(
        self,
        documents: Sequence[tuple[list[str], np.ndarray[Any, Any]]],
        features: Features,
        *,
        forgotten: float = FORGOTTEN,
    ) -> None:
        distinct: dict[str, int] = {}
        numbers = [distinct.setdefault(t, len(distinct)) for words, _ in documents for t in words]
        rows = [features[word] for word in distinct]
        forget = np.random.default_rng(len(numbers)).random(len(rows)) < forgotten
        self.words = torch.tensor([row[3] if gone else row[0] for row, gone in zip(rows, forget, strict=True)])
        self.grams = torch.from_numpy(np.concatenate([row[1] for row in rows]))
        self.starts = torch.from_numpy(np.cumsum([0, *(len(row[1]) for row in rows[:-1])]))
        self.shapes = torch.tensor([row[2] for row in rows])
        self.tokens = torch.tensor(numbers)
        sizes = [len(words) for words, _ in documents]
        pad = max(REACH)
        self.place = torch.from_numpy(np.arange(sum(sizes)) + np.repeat(np.arange(1, len(sizes) + 1) * pad, sizes))
        self.total = sum(sizes) + pad * (len(sizes) + 1)
        self.inside = torch.zeros(self.total, 1, dtype=torch.bfloat16)
        self.inside[self.place] = 1.0
        self.labels = torch.from_numpy(np.concatenate([labels for _, labels in documents]))

    def to(self, device: torch.device) -> Batch:
        """Move every tensor."""
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, value.to(device))
        return self


class Features(dict[str, tuple[int, np.ndarray[Any, Any], int, int]]):
    """Rows of the three tables for a token, and that of its word when it is forgotten."""

    def __init__(self, model: Tagger) -> None:
        self.words, self.spelled = model.words, model.spelled

    def __missing__(self, token: str) -> tuple[int, np.ndarray[Any, Any], int, int]:
        if len(self) > 300_000:
            self.clear()
        folded = network.norm(token)
        key = network.word_key(folded)
        fallback = SPELLED if key in self.spelled else UNKNOWN
        pieces = np.array(network.grams(folded), dtype="int64")
        found = (self.words.get(key, fallback), pieces, network.shape(token), fallback)
        self[token] = found
        return found


def labels_of(document: Document, spans: Sequence[tuple[int, int]]) -> np.ndarray[Any, Any]:
    """Label number of every token."""
    out = np.zeros(len(spans), dtype="int64")
    at = 0
    for i, (start, end) in enumerate(spans):
        while at < len(document.spans) and document.spans[at][1] <= start:
            at += 1
        if at < len(document.spans) and document.spans[at][0] < end:
            out[i] = LABELS.index(document.spans[at][2])
    return out


def vocabulary(languages: dict[str, float], *, documents: int, often: int = 5, seed: int = 0) -> list[int]:
    """Keys of the folded words that a stream of documents holds often enough to deserve a row."""
    stream = _mixed(languages, seed)
    counts: Counter[str] = Counter()
    for _ in range(documents):
        text = next(stream).text
        counts.update(network.norm(text[a:b]) for a, b in network.tokens(text))
    return sorted({network.word_key(word) for word, count in counts.most_common(ROWS) if count >= often})


def _mixed(languages: dict[str, float], seed: int) -> Iterator[Document]:
    rng = random.Random(seed)
    writers = {Writer(seed, language=k): v for k, v in languages.items()}
    streams = [w.stream({k: v for k, v in MIX.items() if k in w.kinds()}) for w in writers]
    while True:
        yield next(rng.choices(streams, list(writers.values()))[0])


def batch_of(stream: Iterator[Document], features: Features, size: int) -> Batch:
    """The next documents of a stream, about so many tokens."""
    documents, count = [], 0
    while count < size:
        document = next(stream)
        spans = network.tokens(document.text)
        if 0 < len(spans) < 1500:
            documents.append(([document.text[a:b] for a, b in spans], labels_of(document, spans)))
            count += len(spans)
    return Batch(documents, features)


class Batches(IterableDataset[Batch]):
    """An endless stream of batches, to be written in a process beside the one that learns."""

    def __init__(self, languages: dict[str, float], features: Features, seed: int) -> None:
        self.languages, self.features, self.seed = languages, features, seed

    def __iter__(self) -> Iterator[Batch]:
        stream = _mixed(self.languages, self.seed)
        while True:
            yield batch_of(stream, self.features, BATCH_TOKENS)


def train(
    out: Path,
    *,
    languages: dict[str, float],
    minutes: float,
    seed: int = 7,
    rate: float = 0.002,
    start: Path | None = None,
    sample: int = 100_000,
) -> dict[str, Any]:
    """Train for so many minutes and write the averaged weights, now and then and at the end.

    Parameters
    ----------
    start
        A model whose weights are the beginning, where its vocabulary knows a word; a file of the same name is trained
        further with its vocabulary.
    sample
        How many documents the vocabulary is counted in.
    """
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    spelled = {network.word_key(w) for language in languages for w in lists.dictionary(language)}
    goes_on = start is not None and start.name == out.name  # the same model, trained further
    words = _words_of(start) if start and goes_on else vocabulary(languages, documents=sample, seed=seed)
    model = Tagger(words, sorted(spelled))
    if start:
        _begin_with(model, start)
        _lean(model.state_dict(), -1.0)
    model.to(device)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    batches = DataLoader(Batches(languages, Features(model), seed), batch_size=None, num_workers=1, prefetch_factor=4)
    begun = saved = time.monotonic()
    seen, step, losses = 0, 0, [0.0]
    for made in batches:
        share = (time.monotonic() - begun) / (60 * minutes)
        if step and share >= 1.0:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 200) * max(0.01, 1.0 - share)
        batch = made.to(device)
        loss = _step(model, optimizer, batch)
        step += 1
        seen += len(batch.labels)
        if step % 10 == 0:
            losses.append(float(loss.detach()))
            _follow(average, model, min(0.98, step / (step + 100)))
        if step % 500 == 0:
            pace = seen / (time.monotonic() - begun)
            print(f"step {step} loss {np.mean(losses[-50:]):.4f} words {seen} {pace:.0f}/s", flush=True)
        if time.monotonic() - saved > SAVE_EVERY_S:
            save(average, model, out)
            saved = time.monotonic()
    save(average, model, out)
    return {
        "languages": sorted(languages),
        "steps": step,
        "words": seen,
        "seed": seed,
        "loss": round(float(np.mean(losses[-50:])), 5),
    }


def _step(model: Tagger, optimizer: torch.optim.Optimizer, batch: Batch) -> Tensor:
    with torch.autocast(batch.words.device.type, dtype=torch.bfloat16):
        scores = model(batch)
    loss = functional.cross_entropy(scores.float(), batch.labels)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss


@torch.no_grad()
def _follow(average: dict[str, Tensor], model: Tagger, keep: float) -> None:
    for name, value in model.state_dict().items():
        average[name].lerp_(value, 1.0 - keep)


def _words_of(path: Path) -> list[int]:
    with np.load(path, allow_pickle=False) as stored:
        words: list[int] = stored["words"].tolist()
        return words


def tagger_of(path: Path) -> Tagger:
    """The network of a file, ready to be applied."""
    with np.load(path, allow_pickle=False) as stored:
        model = Tagger(stored["words"].tolist(), stored["spelled"].tolist())
    _begin_with(model, path)
    return model.eval()


def _begin_with(model: Tagger, path: Path) -> None:
    """Take over the weights of another model; a word that it does not know keeps its random row."""
    with np.load(path, allow_pickle=False) as stored:
        blocks = _places(stored["reach"].tolist())
        first = len(stored["word.weight"]) - len(stored["words"])
        theirs = {key: row for row, key in enumerate(stored["words"].tolist(), first)}
        weights, state = network.weights_of(stored), model.state_dict()
        for name in state:
            theirs_name = _renamed(name, blocks)
            if theirs_name is None:
                continue
            value = torch.from_numpy(weights[theirs_name])
            value = value.T if _is_map(name) else value
            if name == "word.weight":
                pairs = [
                    *((row, row) for row in range(first)),
                    *((row, theirs[key]) for key, row in model.words.items() if key in theirs),
                ]
                mine, other = (list(side) for side in zip(*pairs, strict=True))
                state[name][mine] = value[other]
            else:
                state[name] = value
        model.load_state_dict(state)


def _places(reach: Sequence[int]) -> dict[int, int]:
    """Which convolution takes over which of a model that has fewer: those of one reach, in order."""
    wanted = iter(enumerate(REACH))
    places = [next((i for i, mine in wanted if mine == theirs), -1) for theirs in reach]
    if -1 in places:
        raise ValueError(f"a network whose convolutions reach {tuple(reach)} cannot go on in one of {REACH}")
    return {place: n for n, place in enumerate(places)}


def _renamed(name: str, blocks: dict[int, int]) -> str | None:
    """What a weight is called in the other model; None for one of a convolution that it has not."""
    kind, _, rest = name.partition(".")
    if kind != "blocks":
        return name
    number, _, rest = rest.partition(".")
    return f"blocks.{blocks[int(number)]}.{rest}" if int(number) in blocks else None


def _lean(state: dict[str, Tensor], sign: float) -> dict[str, Tensor]:
    """Add or take away what the written scores of labels have on top of the trained ones."""
    for label, value in LEAN.items():
        state["head.bias"][LABELS.index(label)] += sign * value
    return state


def save(state: dict[str, Tensor], model: Tagger, out: Path) -> None:
    """Write weights in half precision, tables in eight bits, and the keys of the words: no training text is shipped."""
    arrays: dict[str, Any] = {}
    for name, value in _lean({k: v.detach().clone() for k, v in state.items()}, 1.0).items():
        array = value.cpu().numpy().astype("float32")
        if _is_table(name):
            scale = (np.abs(array).max(axis=1) / 127).astype("float16")
            arrays[f"{name}.scale"] = np.maximum(scale, np.finfo("float16").tiny)
            arrays[name] = (
                np.rint(array / arrays[f"{name}.scale"].astype("float32")[:, None]).clip(-127, 127).astype("int8")
            )
        else:
            arrays[name] = (array.T.copy() if _is_map(name) else array).astype("float16")
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out.with_suffix(".part.npz"),
        labels=np.array(LABELS),
        reach=np.array(REACH),
        words=np.array(sorted(model.words, key=model.words.__getitem__), dtype="uint32"),
        spelled=np.array(sorted(model.spelled), dtype="uint32"),
        **arrays,
    )
    out.with_suffix(".part.npz").replace(out)


def _is_map(name: str) -> bool:
    """Whether a weight is a linear map; those lie as (inputs, outputs) for numpy."""
    return name.endswith("weight") and not _is_table(name)


def _is_table(name: str) -> bool:
    """Whether a weight holds a vector for each word, letter piece or shape."""
    return name.partition(".")[0] in ("word", "gram", "shape")
