"""Train one pipeline on an endless stream of generated documents, on one CPU thread."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from spacy.lang.norm_exceptions import BASE_NORMS
from spacy.symbols import IDS as SYMBOLS
from spacy.training import Example
from thinc.api import Adam, fix_random_seed, set_dropout_rate

from deid.model import Category
from deid.text import ner
from training.text.corpus import Document, Writer

__all__ = ["LABELS", "MIX", "save", "train"]

#: Kinds of documents and their weights.
MIX = {"radiology": 5.0, "clean_report": 1.2, "query": 1.5, "general": 2.0, "mixed": 5.0}

LABELS = ["O", *(c.value for c in Category if c.value != "OTHER"), "OTHER"]


def labels_of(doc: Any, document: Document, index: dict[str, int]) -> np.ndarray[Any, Any]:
    """Label number of every token."""
    out = np.full(len(doc), index["O"], dtype="i")
    spans = document.spans
    at = 0
    for i, token in enumerate(doc):
        start, end = token.idx, token.idx + len(token)
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at < len(spans) and spans[at][0] < end:
            out[i] = index[spans[at][2]]
    return out


def _mixed(writers: dict[Writer, float], mix: dict[str, float], rng: random.Random) -> Iterator[Document]:
    streams = [w.stream({k: v for k, v in mix.items() if k in w.grammar.rules}) for w in writers]
    while True:
        yield next(rng.choices(streams, list(writers.values()))[0])


def train(
    out: Path,
    *,
    languages: dict[str, float],
    steps: int,
    seed: int = 7,
    batch_words: int = 1800,
    rate: float = 0.0025,
    budget_s: float = 1e9,
    start: Path | None = None,
) -> dict[str, Any]:
    """Train for a number of steps and write the pipeline to a folder; the averaged weights are kept.

    ``start`` is a folder whose weights are the beginning (they were made by the same recipe of labels).
    """
    fix_random_seed(seed)
    rng = random.Random(seed)
    nlp = ner.blank()
    tagger = nlp.get_pipe("tagger")
    stream = _mixed({Writer(seed, language=k): v for k, v in languages.items()}, MIX, rng)

    def example() -> Example:
        doc = nlp.make_doc("Seen by Ng.")
        return Example.from_dict(doc, {"tags": ["O", "O", "NAME", "O"]})

    tagger.initialize(lambda: [example()], nlp=nlp, labels=sorted(LABELS))
    index = {label: i for i, label in enumerate(tagger.labels)}
    model = tagger.model
    if start:
        model.from_bytes((start / "tagger" / "model").read_bytes())
    set_dropout_rate(model, 0.0)  # no document comes twice
    optimizer = Adam(rate, beta1=0.9, beta2=0.999, L2=0.0, grad_clip=1.0, use_averages=True)
    begun, words, losses = time.time(), 0, []
    step = 0
    while step < steps and time.time() - begun < budget_s:
        with nlp.memory_zone():  # forget the words of the last steps
            for _ in range(20):
                optimizer.learn_rate = rate * min(1.0, (step + 1) / 100) * max(0.02, 1.0 - step / steps)
                size, loss = _step(nlp, model, optimizer, stream, index, batch_words)
                step += 1
                words += size
                losses.append(loss)
        if step % 200 == 0:
            pace = words / (time.time() - begun)
            print(f"step {step} loss {np.mean(losses[-200:]):.4f} words {words} {pace:.0f}/s", flush=True)
    with model.use_params(optimizer.averages):
        save(nlp, out)
    return {
        "languages": sorted(languages),
        "steps": step,
        "words": words,
        "seed": seed,
        "loss": round(float(np.mean(losses[-200:])), 5),
    }


def _step(
    nlp: Any, model: Any, optimizer: Adam, stream: Iterator[Document], index: dict[str, int], batch_words: int
) -> tuple[int, float]:
    """One update; gives the number of tokens and the mean loss."""
    docs, golds, size = [], [], 0
    while size < batch_words:
        document = next(stream)
        doc = nlp.make_doc(document.text)
        if 0 < len(doc) < 1500:
            docs.append(doc)
            golds.append(labels_of(doc, document, index))
            size += len(doc)
    scores, backprop = model.begin_update(docs)
    gradients, loss = [], 0.0
    for probs, gold in zip(scores, golds, strict=True):
        rows = np.arange(len(gold))
        loss -= float(np.log(np.maximum(probs[rows, gold], 1e-8)).sum())
        change = probs.copy()
        change[rows, gold] -= 1.0
        gradients.append(change * (8.0 / size))
    backprop(gradients)
    model.finish_update(optimizer)
    return size, loss / size


def save(nlp: Any, out: Path) -> None:
    """Write the pipeline without vocabulary: the hashes suffice, and no training word is shipped."""
    if out.exists():
        shutil.rmtree(out)
    model = nlp.get_pipe("tagger").model
    for node in model.walk():  # half precision: same figures, and the files compress to half
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name).astype("float16").astype("float32"))
    nlp.meta.update(
        {
            "name": "deid_text",
            "version": "1.0.0",
            "description": "Identifiers in clinical text",
            "license": "Apache-2.0",
        }
    )
    nlp.to_disk(out, exclude=["vocab"])
    ids = {
        "symbols": {k: v for k, v in SYMBOLS.items() if k},
        "norms": BASE_NORMS,
    }  # numbers that spaCy gives to some strings
    (out / "features.json").write_text(json.dumps(ids, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    meta = json.loads((out / "meta.json").read_text())
    (out / "meta.json").write_text(json.dumps(meta, indent=1, sort_keys=True))
