"""Other names for places, institutions and wards, whose kind stays: ``Eastgate Imaging``, ``Reno, NV``, ``bed 3``."""

from __future__ import annotations

import re
from collections.abc import Callable

from deid.text import lexicon
from deid.text.folding import fold_word
from deid.text.rules import AUSTRALIAN, CANADIAN, STATE_NAMES, STATES

__all__ = ["is_state", "is_state_code", "other_institution", "other_place", "other_ward"]

Draw = Callable[[str], str]
HEADS = lexicon.words("site_heads")
#: Kept before a head only.
KINDS = lexicon.words("site_kinds")
#: What a number stands beside that is no name.
NUMBERED = frozenset(("room", "suite", "floor", "building", "campus", "clinic", "station", "unit", "ward"))
#: Heads that a name may follow: Hotel Paradiso, Klinikum Nord.
LEADS = NUMBERED | lexicon.group("leading_heads")
SMALL = lexicon.group("small_words_of_names")
AREAS = lexicon.group("areas")
TOKEN = re.compile(r"[^\W_][^\s,;()/]*[^\W_]|[^\W_]|&")
#: What says which kind of a ward, room or bed it is; any other word names it, in whatever case it is written.
WARD_KINDS = lexicon.words("ward_kinds")
WARD_TOKEN = re.compile(r"(?=[^\W_]*(?:-[^\W_]+)*?\d)[^\W_]+(?:-[^\W_]+)*|[^\W_]+(?:['’][^\W_]+)*")
POSSESSIVE = re.compile(r"['’]s?$")
CODES = frozenset(map(str.upper, (*STATES.split(), *lexicon.group("provinces"))))
NAMED_STATES = frozenset((*STATE_NAMES.split("|"), *AUSTRALIAN, *CANADIAN.split()))


def is_state_code(word: str) -> bool:
    """Whether a word is a state or a province in capitals, which alone identifies nobody."""
    return word in CODES


def is_state(words: str) -> bool:
    """Whether words are a state or a province and nothing else, in letters or in full, in any case."""
    return words.upper() in CODES or fold_word(words) in NAMED_STATES


def other_institution(original: str, draw: Draw, reshape: Draw) -> str:
    """An institution of the same kind under another name; one whose kind is not written gets a name alone.

    Parameters
    ----------
    original
        As written, without the s of a possessive.
    draw
        The name that stands in for some words.
    reshape
        Other digits for a number.
    """
    parts = re.split(r"(\s*[,;(]\s*)", original)
    return "".join(part if i % 2 else _renamed(part, draw, reshape, first=i == 0) for i, part in enumerate(parts))


def _renamed(part: str, draw: Draw, reshape: Draw, *, first: bool) -> str:
    """One stretch between commas: the first run of telling words becomes the name, any other goes."""
    tokens = TOKEN.findall(part)
    kinds = _kinds(tokens)
    if "name" not in kinds and first and part[:1].isupper() and NUMBERED.isdisjoint(map(str.lower, tokens)):
        kinds = ["name" if kind == "number" else kind for kind in kinds]  # Motel 6
    if "name" not in kinds and (not first or "number" in kinds):
        return re.sub(r"\w*\d\w*", lambda number: reshape(number.group()), part)
    run = _first_run(tokens, kinds) or tokens
    name = _like(draw(" ".join(POSSESSIVE.sub("", word) for word in run)), run[0], part)
    out, pending, used = [], "", "name" not in kinds
    if used:
        out.append(name)
    for token, kind in zip(tokens, kinds, strict=True):
        if kind == "small":
            pending = pending or token
            continue
        if kind == "name" and used:
            continue
        out += [pending] if pending and (kind == "name" or (out and out[-1] != name) or not out) else []
        out.append(name if kind == "name" else reshape(token) if kind == "number" else token)
        used, pending = used or kind == "name", ""
    return " ".join(out)


def _kinds(tokens: list[str]) -> list[str]:
    kinds = []
    for i, token in enumerate(tokens):
        folded = fold_word(token)
        after = fold_word(tokens[i + 1]) if i + 1 < len(tokens) else ""
        leads = i == 0 and after and after not in HEADS | KINDS | SMALL and folded not in LEADS  # Home Depot
        if (folded in HEADS and not leads) or (folded in KINDS and (after in HEADS or after in KINDS)):
            kinds.append("head")
        elif any(map(str.isdigit, token)):
            kinds.append("number")
        else:
            kinds.append("small" if folded in SMALL else "name")
    return kinds


def _first_run(tokens: list[str], kinds: list[str]) -> list[str]:
    """The first telling words, a small word between two of them included."""
    run: list[str] = []
    for token, kind in zip(tokens, kinds, strict=True):
        if kind == "name":
            run.append(token)
        elif run and kind == "head":
            break
    return run


def other_place(original: str, draw: Draw, reshape: Draw) -> str:
    """Another place: each part between commas anew, while a state and the word county stay."""
    parts = re.split(r"(\s*[,;\n]\s*)", original)
    return "".join(part if i % 2 else _place(part, draw, reshape) for i, part in enumerate(parts))


def _place(part: str, draw: Draw, reshape: Draw) -> str:
    out, run = [], list[str]()
    for token in part.split():
        core = token.strip(".")
        if is_state_code(core) or lexicon.is_region(fold_word(core)) or (run and core.lower() in AREAS):
            out += [*_drawn(run, draw, part), token]
            run = []
        elif any(map(str.isdigit, token)):
            out += [*_drawn(run, draw, part), reshape(token)]
            run = []
        elif core.lower() == "the" and not run:
            out.append(token)
        else:
            run.append(token)
    return " ".join(out + _drawn(run, draw, part))


def _drawn(run: list[str], draw: Draw, part: str) -> list[str]:
    return [_like(draw(" ".join(run)), run[0], part)] if run else []


def other_ward(original: str, draw: Draw, reshape: Draw) -> str:
    """Another ward, room or bed of the same kind: ``keats ward side room 3`` gets another name and another number.

    Parameters
    ----------
    original
        As written, in any case.
    draw
        The name that stands in for some words.
    reshape
        Other digits or letters for a number.
    """
    out, at = "", 0
    run: list[str] = []
    named = any(w[0].isupper() and _ward_kind(w, "") == "name" for w in WARD_TOKEN.findall(original))
    for token in WARD_TOKEN.finditer(original):
        word, gap = token.group(), original[at : token.start()]
        kind = _ward_kind(word, original[token.end() :])
        if kind == "name" and word.islower() and named and _is_ordinary(word):
            kind = "kind"  # "later Elgar ward"
        if kind == "name":
            out += "" if run else gap
            run.append(word)
        else:
            out += _ward_name(run, draw, original) + gap + (word if kind == "kind" else reshape(word))
            run = []
        at = token.end()
    return out + _ward_name(run, draw, original) + original[at:]


def _ward_name(run: list[str], draw: Draw, original: str) -> str:
    return _like(draw(" ".join(POSSESSIVE.sub("", word) for word in run)), run[0], original) if run else ""


def _ward_kind(word: str, after: str) -> str:
    """Whether a word is a number, says what kind of a place this is, or is a part of a name."""
    folded = fold_word(word)
    if any(map(str.isdigit, word)):
        return "number"
    if len(word) == 1:
        return "kind" if folded == "a" and word.islower() and after.lstrip()[:1].isalpha() else "number"
    if folded in WARD_KINDS:
        return "kind"
    return "kind" if lexicon.is_clinical(folded) and not _may_be_called(folded) else "name"


def _is_ordinary(word: str) -> bool:
    """Whether a word in small letters is no name beside one with a capital."""
    return lexicon.is_known(word) and not _may_be_called(word)


def _may_be_called(folded: str) -> bool:
    """Whether wards are called like that: Lister, Nightingale, Willow."""
    return lexicon.is_eponym(folded) or lexicon.is_name(folded) or folded in lexicon.cities()


def _like(name: str, word: str, whole: str) -> str:
    """A name in capitals or small letters as its word is, or as all of the words are."""
    if whole.isupper() and len(whole) > 1:
        return name.upper()
    return name.lower() if word.islower() else name
