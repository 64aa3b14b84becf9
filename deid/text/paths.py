"""Another path on the same disk: the drive and the folders that everybody has stay, what names somebody goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from deid.text import lexicon
from deid.text.folding import fold_word
from deid.text.initials import means_something

__all__ = ["is_local_path", "other_path"]

Draw = Callable[[str], str]
LOCAL = re.compile(r"(?:file:/{2,3})?(?:[A-Za-z]:[\\/]|~?/)")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+|\d+")
EXTENSION = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{1,4}){1,2}$|\.gz$")
YEAR = re.compile(r"(?:19|20)\d\d")
GENERIC = lexicon.words("path_words")


def is_local_path(value: str) -> bool:
    """Whether a path lies on the machine itself, not on a server."""
    return LOCAL.match(value) is not None and not value.startswith("//")


def other_path(original: str, avoid: Container[str], draw: Draw, reshape: Draw) -> str:
    """The path with other names and numbers in it.

    Parameters
    ----------
    original
        A local path as written.
    avoid
        Folded words that never stay: known names of the study.
    draw
        A name for a word.
    reshape
        Other digits or letters of the same shape.
    """
    extension = EXTENSION.search(original)
    end = extension.start() if extension else len(original)
    start = LOCAL.match(original)
    at = start.end() if start else 0

    def anew(part: re.Match[str]) -> str:
        word = part.group()
        if word.isdigit():
            return word if len(word) < 3 or YEAR.fullmatch(word) else reshape(word)
        if len(word) == 1 or _is_generic(word, avoid):
            return word
        if len(word) < 4 and word.isupper():
            return reshape(word)
        new = draw(word)
        return new.upper() if word.isupper() else new.lower() if word.islower() else new

    return original[:at] + PART.sub(anew, original[at:end]) + original[end:]


def _is_generic(word: str, avoid: Container[str]) -> bool:
    folded = fold_word(word)
    if folded in avoid:
        return False
    if folded in GENERIC:
        return True
    named = folded in lexicon.surnames() or folded in lexicon.given_names() or folded in lexicon.cities()
    return not named and (means_something(word) if len(word) < 4 else lexicon.is_known(folded))
