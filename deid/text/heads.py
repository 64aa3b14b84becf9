"""The words with which a pattern may begin, so that it need be tried nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _parser  # type: ignore[attr-defined]  # what `re` itself compiles from
from typing import Any

from deid.text.folding import fold_word

__all__ = ["first_words"]

#: A class of more characters than this is no spelling of a letter; whatever word it begins is unknown.
LIMIT_CLASS = 10


def first_words(pattern: re.Pattern[str], *, digits: bool = True) -> frozenset[str]:
    """Folded words, one of which stands first in whatever the pattern matches; digits and letters only.

    Parameters
    ----------
    pattern
        Begins with literal words, in whichever alternative.
    digits
        Whether words with digits are wanted too: of codes there are hundreds of thousands.
    """
    beginnings = _grown({""}, list(_parser.parse(pattern.pattern)), digits)
    return frozenset(
        word
        for text in beginnings
        if (word := re.match(r"[^\W_]*", fold_word(text))[0]) and (digits or word.isalpha())  # type: ignore[index]
    )


def _grown(texts: set[str], steps: Sequence[tuple[Any, Any]], digits: bool) -> set[str]:
    """Every beginning with what the steps add; one that holds its first word whole grows no more."""
    for op, value in steps:
        done = {text for text in texts if text and not (text[-1].isalnum() if digits else text[-1].isalpha())}
        if done == texts:
            break
        texts = done | _after(texts - done, str(op), value, digits)
    return texts


def _after(texts: set[str], op: str, value: Any, digits: bool) -> set[str]:
    if op == "LITERAL":
        return {text + chr(value) for text in texts}
    if op == "IN":
        return {text + char for text in texts for char in _class(value)}
    if op == "BRANCH":
        return {grown for steps in value[1] for grown in _grown(texts, list(steps), digits)}
    if op == "SUBPATTERN":
        return _grown(texts, list(value[-1]), digits)
    if op.endswith("REPEAT"):
        least, most, steps = value
        for time in range(min(most, 2)):
            grown = _grown(texts, list(steps), digits)
            texts = grown if time < least else grown | texts
        return texts
    return texts if op.startswith(("AT", "ASSERT")) else {text + " " for text in texts}


def _class(members: Iterable[tuple[Any, Any]]) -> list[str]:
    """The characters of a small class of letters; a blank for any other, which ends the word."""
    codes: list[int] = []
    for op, value in members:
        if str(op) not in ("LITERAL", "RANGE"):
            return [" "]
        codes += range(value[0], value[1] + 1) if str(op) == "RANGE" else [value]
    return [chr(code) if chr(code).isalnum() else " " for code in codes] if len(codes) <= LIMIT_CLASS else [" "]
