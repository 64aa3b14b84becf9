"""What else speaks for a name of which the model is not sure: no list knows the word, or a list of names does."""

from __future__ import annotations

import re

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.words import CREDENTIALS, NOT_NAMES, PARTICLES

__all__ = ["WEAK_MIN", "is_supported"]

#: The model's least score that is worth a second opinion.
WEAK_MIN = 0.1
#: Where case says nothing, or a sentence begins, the model must be surer.
UNSURE_MIN = 0.2
PEOPLE = frozenset((Category.NAME, Category.PLACE, Category.INSTITUTION))
PIECES = re.compile(r"[^\W\d_]+")
HEAD = re.compile(r"(?:^|[.!?:;\n(\-–•*]\s*|^\s*\d+[.)]\s*)$")


def is_supported(finding: Finding, folded: Folded, language: str = "en") -> bool:  # noqa: PLR0911
    """Whether a weak finding of the model is a name by its words.

    Every word must begin with a capital (where the text has both), and one must be on a list of names or on no
    list of words at all.
    """
    if finding.category not in PEOPLE:
        return False
    text = folded.original[finding.start : finding.end]
    caseless = folded.is_caps() or folded.is_lower()
    head = HEAD.search(folded.original[max(0, finding.start - 12) : finding.start]) is not None
    if finding.score < UNSURE_MIN and (caseless or head):
        return False
    words = PIECES.findall(text)
    if not words or any(c.isdigit() for c in text):
        return False
    if not caseless and not all(w[0].isupper() or w in PARTICLES for w in words):
        return False
    told = [fold_word(w) for w in words]
    if language == "de" and not any(w in lexicon.given_names() or w in lexicon.surnames() for w in told):
        return False  # every noun has a capital, and no list has them all
    if language != "en" and all(map(lexicon.is_foreign, told)):
        return False
    return any(map(_tells, told)) and not any(lexicon.is_drug(w) for w in told)


def _tells(word: str) -> bool:
    """Whether a folded word by itself speaks for a name."""
    if len(word) < 2 or word in NOT_NAMES or word in PARTICLES or word in CREDENTIALS:
        return False
    if word in lexicon.given_names() or word in lexicon.surnames():
        return not (lexicon.is_clinical(word) and not lexicon.is_eponym(word))
    return len(word) > 2 and not lexicon.is_known(word)
