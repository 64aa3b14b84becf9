"""Word lists of our own: what is an ordinary, a clinical or a radiological word, and what is a name.

Every list is a text file of folded words beside this module (``#`` starts a comment); it is read when it is
first needed. Phrases are joined by underscores.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from deid.text.folding import fold_word

__all__ = [
    "cities",
    "given_names",
    "group",
    "is_anatomy",
    "is_called_so",
    "is_clinical",
    "is_department",
    "is_drug",
    "is_eponym",
    "is_foreign",
    "is_known",
    "is_name",
    "is_pair",
    "is_placeholder",
    "is_region",
    "is_report_word",
    "is_stand_in",
    "is_term_head",
    "is_unmistakable",
    "is_word",
    "is_word_form",
    "nicknames",
    "surnames",
    "words",
]


@lru_cache(maxsize=32)
def words(name: str) -> frozenset[str]:
    """The words of one list, folded; an absent list is empty."""
    source = resources.files("deid.text.lexicon").joinpath(f"{name}.txt")
    if not source.is_file():
        return frozenset()
    text = re.sub(r"#.*", "", source.read_text("utf-8"))
    return frozenset(fold_word(text).split())


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[str]]:
    text = resources.files("deid.text.lexicon").joinpath("groups.txt").read_text("utf-8")
    pieces = re.split(r"(?m)^\[(\w+)\]$", text)
    return {name: frozenset(listed.split()) for name, listed in zip(pieces[1::2], pieces[2::2], strict=True)}


def group(name: str) -> frozenset[str]:
    """A small closed set that rules ask about: titles, credentials, particles, what may follow an eponym."""
    return _groups()[name]


@lru_cache(maxsize=1)
def _clinical() -> frozenset[str]:
    parts = (piece for w in words("radiology") | words("eponyms") for piece in re.split(r"[^\w]+", w) if len(piece) > 1)
    lists = ("radiology", "drugs", "medical", "abbreviations", "products", "terms", "devices")
    return frozenset(parts).union(*map(words, lists))


@lru_cache(maxsize=1)
def _eponyms() -> frozenset[str]:
    pieces = frozenset(p for w in words("eponyms") for p in w.split("-") if len(p) > 2)
    return words("eponyms") | (pieces - words("radiology") - words("common") - _english())


@lru_cache(maxsize=1)
def _ordinary() -> frozenset[str]:
    return words("common") | _clinical() | _eponyms()


def is_word(word: str) -> bool:
    """Whether a folded word is an ordinary English or clinical word, an eponym included."""
    return word in _ordinary()


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    source = resources.files("deid.text.lexicon").joinpath("english.txt.gz")
    return frozenset(gzip.decompress(source.read_bytes()).decode("ascii").split())


def is_known(word: str) -> bool:
    """Whether a folded word is on any list of words: ours with their regular forms, or a speller's for English."""
    return is_word_form(word) or word in _english()


def is_foreign(word: str) -> bool:
    """Whether a folded word is one of German, Spanish or French reports and no name."""
    return word in words("foreign") and word not in given_names() and word not in surnames()


def is_name(word: str) -> bool:
    """Whether a folded word is on a list of given or family names."""
    return word in given_names() or word in surnames()


def is_report_word(word: str) -> bool:
    """Whether a folded word is one of German, Spanish or French reports, be it a name as well."""
    return word in words("foreign")


@lru_cache(maxsize=4096)
def is_confusable(word: str) -> bool:
    """Whether a patient's name must be told from a word of radiology by its context: Hand, Long, not Smith."""
    if is_anatomy(word):
        return True
    return word in _clinical() and not is_eponym(word)


@lru_cache(maxsize=65536)
def is_word_form(word: str) -> bool:
    """Whether a folded word is an ordinary one or a regular form of one (*holding*, *questionable*), and no name."""
    if is_word(word):
        return True
    if word in surnames() or word in given_names():
        return False
    for ending, others in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)]
            if any(is_word(stem + other) for other in others):
                return True
            if len(stem) > 3 and stem[-1] == stem[-2] and is_word(stem[:-1]):
                return True
    return word.startswith(
        ("non", "pre", "post", "re", "un", "in", "sub", "peri", "para", "anti", "micro", "hyper", "hypo")
    ) and any(len(word) - n >= 4 and is_word(word[n:]) for n in (2, 3, 4, 5))


ENDINGS = (
    ("ies", ("y",)), ("es", ("", "e", "is")), ("s", ("",)), ("ied", ("y",)), ("ed", ("", "e")), ("ing", ("", "e")), ("ly", ("", "le")), ("able", ("", "e", "ate")), ("ible", ("", "e")),
    ("er", ("", "e")), ("ers", ("", "e")), ("est", ("", "e")), ("ness", ("",)), ("ment", ("",)), ("ments", ("",)), ("ful", ("",)), ("less", ("",)), ("al", ("", "e")), ("ally", ("", "al")),
    ("ation", ("e", "ate", "")), ("ations", ("e", "ate", "")), ("ion", ("e", "")), ("ions", ("e", "")), ("ity", ("", "e")), ("ic", ("", "e", "y", "is")), ("ous", ("", "e")), ("ive", ("", "e", "ion")), ("y", ("", "e")), ("ish", ("",)), ("um", ("",)),
)  # fmt: skip


def is_clinical(word: str) -> bool:
    """Whether a folded word is one of medicine's: radiology, anatomy, drugs, eponyms."""
    return word in _clinical()


def is_called_so(name: str, following: str) -> bool:
    """Whether two folded words are a term together of which the first is a name or a town: ``wells``, ``score``."""
    return f"{name}_{following}" in words("eponym_pairs")


@lru_cache(maxsize=1)
def _term_heads() -> frozenset[str]:
    return frozenset(pair.partition("_")[0] for pair in words("eponym_pairs")) - given_names() - surnames()


def is_term_head(word: str) -> bool:
    """Whether a folded word, on no list of names, begins a term that is called after somebody: ``rivermead``."""
    return word in _term_heads()


def is_unmistakable(word: str) -> bool:
    """Whether a folded word of medicine is nobody's name and no place: an organism, a test, a device."""
    return len(word) > 3 and (word in words("terms") or word in words("devices"))


def is_eponym(word: str) -> bool:
    """Whether a folded name stands for a disease, sign, score, structure or device."""
    return word in _eponyms()


def is_drug(word: str) -> bool:
    """Whether a folded word is a drug or a contrast agent."""
    return word in words("drugs")


def is_anatomy(word: str) -> bool:
    """Whether a folded word names a part of the body or says how one looks."""
    return word in group("anatomy")


def is_region(word: str) -> bool:
    """Whether a folded word is a state or a country, which alone identifies nobody."""
    return word in group("regions")


def is_placeholder(value: str) -> bool:
    """Whether a value stands for no value."""
    folded = fold_word(value).strip(" ^.-*?_")
    return folded in group("placeholders") or not folded


def is_stand_in(name: str) -> bool:
    """Whether a name stands for nobody: ``Test^Patient``, ``Phantom^ACR``."""
    return words("stand_ins").issuperset(word for word in re.split(r"[\W\d_]+", fold_word(name)) if len(word) > 1)


#: Family names that are ordinary words where a number counts them.
COUNTED = frozenset(("case", "day", "page"))


def is_department(words: Sequence[str]) -> bool:
    """Whether folded words say what is done somewhere and not where: *Breast Imaging*, not *Breast Imaging Center*."""
    plain = all(is_clinical(word) or word in group("generic_place") for word in words)
    return plain and (len(words) == 1 or group("place_nouns").isdisjoint(words))


def is_pair(word: str, following: str) -> bool:
    """Whether two folded words are one term of which the first is a name as well: *black blood*, *day 7*."""
    return f"{word}_{following}" in words("pairs") or (word in COUNTED and following.isdigit())


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Common given names of many cultures, folded."""
    return words("given_names")


@lru_cache(maxsize=1)
def surnames() -> frozenset[str]:
    """Common family names of many cultures, folded."""
    return words("surnames")


@lru_cache(maxsize=1)
def cities() -> frozenset[str]:
    """Large and often named cities, folded, words joined by spaces."""
    return frozenset(w.replace("_", " ") for w in words("cities"))


@lru_cache(maxsize=1)
def nicknames() -> dict[str, tuple[str, ...]]:
    """Short forms of a given name, and the given names of a short form."""
    source = resources.files("deid.text.lexicon").joinpath("nicknames.txt")
    table: dict[str, set[str]] = {}
    for line in source.read_text("utf-8").splitlines():
        names = line.split("#")[0].split()
        for name in names[:1]:
            table.setdefault(name, set()).update(names[1:])
        for nick in names[1:]:
            table.setdefault(nick, set()).add(names[0])
    return {name: tuple(sorted(others - {name})) for name, others in table.items()}
