"""The shipped model: finds in prose what rules cannot know.

A spaCy pipeline of one trained component: hash embeddings, a small CNN and a softmax over
categories for every token. It is trained by ``training/text`` and lies as spaCy's own folder in
``deid/text/model/<language>``; nothing is downloaded and nothing is unpickled.

Tokens are runs of letters and digits, and every other character stands alone, so that any
identifier ends where a token ends. The features of a token are its folded form (without case and
diacritics, long numbers reduced to their length), its first and last letters and its shape; all are
hashed, so the weights hold no word of the training text.
"""

from __future__ import annotations

import functools
import hashlib
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from deid.errors import EngineError
from deid.model import Category, Finding

__all__ = ["LANGUAGES", "Recogniser", "load"]

MODELS = Path(__file__).with_name("model")

#: Language of a passage -> folder of its weights.
LANGUAGES = {"en": "en", "de": "de-es-fr", "es": "de-es-fr", "fr": "de-es-fr"}

#: Longest run of tokens given to the network at once; longer texts are cut at a blank.
LIMIT_TOKENS = 4000

_PIECE = re.compile(r"[\W_]")
_SINGLE = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_MARKS = re.compile(r"[\u0300-\u036f]")
_LONG_NUMBER = 3


@functools.lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """Lower case without diacritics."""
    text = text.lower()
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_SINGLE)))


def _norm(text: str) -> str:
    """The folded form; a number of three digits and more only by length, years apart."""
    text = _folded(text)
    if text.isdigit() and len(text) >= _LONG_NUMBER:
        return text[:2] + "yy" if len(text) == 4 and text[:2] in ("19", "20") else "#" * min(len(text), 13)
    return text


def _prefix(text: str) -> str:
    return _folded(text)[:3]


def _suffix(text: str) -> str:
    return _folded(text)[-3:]


def _make_tokenizer(nlp: Any) -> Any:
    from spacy.tokenizer import Tokenizer  # noqa: PLC0415

    return Tokenizer(
        nlp.vocab,
        rules={},
        prefix_search=re.compile(r"^[\W_]").search,
        suffix_search=re.compile(r"[\W_]$").search,
        infix_finditer=_PIECE.finditer,
    )


@functools.cache
def _register() -> None:
    """Tell spaCy about the language class and the tokenizer that the pipelines name."""
    from spacy.attrs import NORM, PREFIX, SUFFIX  # noqa: PLC0415
    from spacy.language import BaseDefaults, Language  # noqa: PLC0415
    from spacy.util import registry  # noqa: PLC0415

    class ReportDefaults(BaseDefaults):
        lex_attr_getters = {NORM: _norm, PREFIX: _prefix, SUFFIX: _suffix}  # noqa: RUF012

    class Report(Language):  # type: ignore[no-untyped-call]
        lang = "report"
        Defaults = ReportDefaults

    registry.languages("report", func=Report)
    registry.tokenizers("deid.Pieces.v1", func=lambda: _make_tokenizer)


def config(*, width: int, depth: int, rows: Sequence[int]) -> dict[str, Any]:
    """Configuration of a spaCy pipeline; ``rows`` are those of NORM, PREFIX, SUFFIX and SHAPE."""
    return {
        "nlp": {"lang": "report", "pipeline": ["tagger"], "tokenizer": {"@tokenizers": "deid.Pieces.v1"}},
        "components": {
            "tagger": {
                "factory": "tagger",
                "model": {
                    "@architectures": "spacy.Tagger.v2",
                    "normalize": True,
                    "tok2vec": {
                        "@architectures": "spacy.Tok2Vec.v2",
                        "embed": {
                            "@architectures": "spacy.MultiHashEmbed.v2",
                            "width": width,
                            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
                            "rows": list(rows),
                            "include_static_vectors": False,
                        },
                        "encode": {
                            "@architectures": "spacy.MaxoutWindowEncoder.v2",
                            "width": width,
                            "window_size": 1,
                            "maxout_pieces": 2,
                            "depth": depth,
                        },
                    },
                },
            }
        },
    }


def blank(*, width: int = 96, depth: int = 5, rows: Sequence[int] = (5000, 2000, 3000, 1000)) -> Any:
    """An untrained pipeline, for ``training/text``."""
    _register()
    from spacy import util  # noqa: PLC0415

    return util.load_model_from_config(config(width=width, depth=depth, rows=rows), auto_fill=True, validate=True)


class Recogniser:
    """One loaded model; threads take turns.

    Attributes
    ----------
    version
        Digest of the weights, for the manifest.
    score_min
        A token is personal if the probabilities of all categories add up to this.
    """

    def __init__(self, nlp: Any, version: str, *, score_min: float = 0.5) -> None:
        self.nlp = nlp
        self.version = version
        self.score_min = score_min
        self._turn = threading.Lock()  # a vocabulary has one memory zone at a time
        self._model = nlp.get_pipe("tagger").model
        self._labels: tuple[str, ...] = tuple(nlp.get_pipe("tagger").labels)
        self._outside = self._labels.index("O")

    def find(self, text: str) -> list[Finding]:
        """Findings of one text, sorted and not overlapping."""
        return self.find_many([text])[0]

    def find_many(self, texts: Sequence[str], *, batch_tokens: int = 6000) -> list[list[Finding]]:
        """Findings of many texts, in order; the network sees batches of about ``batch_tokens`` tokens."""
        found: list[list[Finding]] = [[] for _ in texts]
        with self._turn, self.nlp.memory_zone():  # what the vocabulary learns of these texts is forgotten again
            for batch in self._batches(texts, batch_tokens):
                scores = self._model.predict([doc for _, _, doc in batch])
                for (index, offset, doc), rows in zip(batch, scores, strict=True):
                    found[index].extend(self._decode(doc, rows, offset))
        return found

    def _batches(self, texts: Sequence[str], batch_tokens: int) -> Iterator[list[tuple[int, int, Any]]]:
        batch: list[tuple[int, int, Any]] = []
        size = 0
        for index, text in enumerate(texts):
            for offset, part in _cut(text):
                doc = self.nlp.tokenizer(part)
                if not len(doc):
                    continue
                batch.append((index, offset, doc))
                size += len(doc)
                if size >= batch_tokens:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    def _decode(self, doc: Any, rows: Any, offset: int) -> Iterable[Finding]:
        """Runs of tokens with one label, from the table of probabilities (tokens x labels)."""
        import numpy as np  # noqa: PLC0415

        rows = np.asarray(rows)
        personal = 1.0 - rows[:, self._outside]
        marked = personal >= self.score_min
        if not marked.any():
            return []
        inside = rows.copy()
        inside[:, self._outside] = -1.0
        best = np.where(marked, inside.argmax(axis=1), self._outside).tolist()
        self._bridge(doc, best)
        return self._runs(doc, best, personal, offset)

    def _bridge(self, doc: Any, best: list[int]) -> None:
        """Take in a punctuation mark that stands without blanks between two tokens of one label."""
        for i in range(1, len(best) - 1):
            if (
                best[i] == self._outside != best[i - 1] == best[i + 1]
                and not doc[i - 1].whitespace_
                and not doc[i].whitespace_
                and _PIECE.fullmatch(doc[i].text)
                and not doc[i].is_space
            ):
                best[i] = best[i - 1]

    def _runs(self, doc: Any, best: list[int], personal: Any, offset: int) -> list[Finding]:
        out: list[Finding] = []
        i, end = 0, len(best)
        while i < end:
            label = best[i]
            if label == self._outside:
                i += 1
                continue
            j = i
            while j < end and best[j] == label:
                j += 1
            first, last = i, j - 1
            while first < last and not doc[first].text[0].isalnum():
                first += 1
            while last > first and not doc[last].text[0].isalnum():
                last -= 1
            if doc[first].text[0].isalnum():
                start = doc[first].idx
                stop = doc[last].idx + len(doc[last])
                score = float(personal[first : last + 1].mean())
                category = Category(self._labels[label])
                out.append(Finding(offset + start, offset + stop, category, round(score, 4), "model"))
            i = j
        return out


def _cut(text: str) -> Iterator[tuple[int, str]]:
    """Parts of a very long text, each cut at a blank, with their offsets."""
    size = LIMIT_TOKENS * 5
    start = 0
    while len(text) - start > size:
        stop = text.rfind(" ", start + size // 2, start + size)
        stop = start + size if stop < 0 else stop
        yield start, text[start:stop]
        start = stop
    yield start, text[start:]


def _digest(folder: Path) -> str:
    """SHA-256 over the files of a model, the first 16 digits."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def load_path(folder: Path, *, score_min: float = 0.5) -> Recogniser:
    """Load a model from a folder that ``training/text`` wrote."""
    _register()
    from spacy import util  # noqa: PLC0415
    from spacy.attrs import NORM, PREFIX, SHAPE, SUFFIX  # noqa: PLC0415

    nlp: Any = util.load_model_from_path(folder, exclude=["vocab"])
    getters = nlp.vocab.lex_attr_getters
    nlp.vocab.lex_attr_getters = {key: getters[key] for key in (NORM, PREFIX, SHAPE, SUFFIX)}  # the rest costs time
    return Recogniser(nlp, _digest(folder), score_min=score_min)


@functools.cache
def _load_folder(folder: Path) -> Recogniser:
    return load_path(folder)


def load(language: str = "en") -> Recogniser:
    """The shipped model of a language, loaded once.

    Parameters
    ----------
    language
        ISO 639-1; see :data:`LANGUAGES`.

    Raises
    ------
    EngineError
        ``text-model-missing`` if there is no model for the language.
    """
    folder = MODELS / LANGUAGES.get(language, "")
    if language not in LANGUAGES or not (folder / "config.cfg").is_file():
        raise EngineError(
            "text-model-missing",
            f"there is no text model for language {language!r}",
            hint=f"shipped: {', '.join(sorted(LANGUAGES))}",
        )
    return _load_folder(folder)
