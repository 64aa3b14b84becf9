"""The shipped model as a component of a spaCy pipeline: ``nlp.add_pipe("deid_identifiers")``.

spaCy finds the factory by the package's entry point; the entities of a document are our findings, labelled
with our categories. An identifier ends where a token of the pipeline ends, so that a token is never half kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from deid.text import ner

__all__ = ["Identifiers", "make"]


class Identifiers:
    """Adds what the model finds to the entities of documents; entities that another component set stay.

    Parameters
    ----------
    language
        ISO 639-1; see :data:`deid.text.ner.LANGUAGES`.
    score_min
        Lower for more recall, higher for more precision.
    """

    def __init__(self, language: str, score_min: float) -> None:
        self._model = ner.load(language, score_min=score_min)

    def __call__(self, doc: Doc) -> Doc:
        """One document, with its entities."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Documents in order; the network reads a batch at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            for doc, findings in zip(batch, self._model.find_many([doc.text for doc in batch]), strict=True):
                spans = (doc.char_span(f.start, f.end, f.category.value, alignment_mode="expand") for f in findings)
                doc.ents = filter_spans([*doc.ents, *(span for span in spans if span is not None)])
                yield doc


@Language.factory("deid_identifiers", default_config={"score_min": ner.SCORE_MIN})
def make(nlp: Any, name: str, score_min: float) -> Identifiers:  # noqa: ARG001 - spaCy passes both by name
    """Make the component for the language of a pipeline."""
    return Identifiers(nlp.lang, score_min)
