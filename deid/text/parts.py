"""What of a name is the family's and what the bearer's own, in any order of writing; and what stands behind a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from deid.text import lexicon
from deid.text.folding import fold_text, fold_word
from deid.text.lexicon import group

__all__ = ["CREDENTIALS", "PARTICLES", "TITLES", "NameParts", "as_pn", "name_parts", "without_credentials"]

PARTICLES = group("particles")
TITLES = group("titles")
CREDENTIALS = group("credentials") | group("postnominals")
#: What somebody is called at work, behind the name: ``John Smith, Consultant Radiologist``.
POSTS = group("posts")
LAST_TOKEN = re.compile(
    r"(?P<gap>\s*[,;/]\s*\(?|\s+\(?|(?<=[^\W\d_])\()"
    r"(?P<token>(?:M|D|R|N|P|Ph)\.\s[DONPA]|(?:BM|MB|FFR|FRCR?|FCRad|FRACP)\s(?:BS|BCh|ChB|RCSI|I|SA)(?![^\W\d_])|"
    r"R\.?T\.?(?:\s?\([A-Z]{1,3}\)?)+|[^\W\d_](?:[^\W\d_]|[.&-](?=[^\W\d_]))*(?:\s?\((?:Hons?|Dist|Ed|Glas|UK|D|R)\))*)[.)]{0,2}\s*$"
)
BRACKETED, NOT_LETTERS = re.compile(r"\s?\([^)]*\)?"), re.compile(r"[\W\d_]+")
WORD = re.compile(r"[^\W\d_]{2,}")
#: A degree in two cases, which no list of degrees need hold: MMed, MBBCh, BSc, EDiR.
TWO_CASES = re.compile(
    r"(?!Mc|Mac|De|Di|Du|La|Le|Al|El|Fitz|Van|Von)(?=[A-Z]*[a-z])(?=[A-Za-z]*[A-Z][A-Za-z]*[A-Z])[A-Z][A-Za-z]{2,7}"
)
#: ``Min-jun``, ``Xiao-ming``: two syllables of a given name in the Far East.
SYLLABLES = re.compile(r"[A-Z][a-z]+-[a-z]+")
MIDDLE_OF_VIETNAM = frozenset(("van", "thi"))


@dataclass(frozen=True, slots=True, repr=False)
class NameParts:
    """Family and given words of a name, folded; ``initials`` holds the first letters in order of writing."""

    family: tuple[str, ...]
    given: tuple[str, ...]
    initials: frozenset[str]


@lru_cache(maxsize=4096)
def name_parts(value: str) -> NameParts:
    """Take a name apart: ``SMITH^JOHN^Q^DR``, ``Smith, John Q., MD`` or ``Dr. John van der Berg``."""
    alphabetic = without_credentials(value.split("=", maxsplit=1)[0])
    if "^" in alphabetic:
        pieces = [*alphabetic.split("^"), "", ""]
        family, given = _words(pieces[0]), _words(f"{pieces[1]} {pieces[2]}")
    elif "," in alphabetic:
        head, _, tail = alphabetic.partition(",")
        family, given = _words(head), [w for w in _words(tail) if w not in CREDENTIALS or len(w) == 1]
        if not given:  # "John Smith, MD"
            family, given = _in_order(head)
    else:
        family, given = _in_order(alphabetic)
    family = [w for w in family if w not in TITLES or len(family) == 1]
    given = [
        w
        for w in given
        if (w not in TITLES or "^" in alphabetic)
        and not (w in CREDENTIALS and len(w) > 1 and len(given) > 1 and w != "do")
    ]
    return NameParts(tuple(family), tuple(given), frozenset(w[0] for w in (*family, *given) if w))


@lru_cache(maxsize=4096)
def as_pn(value: str) -> str:
    """A name in any form as ``family^given``, folded, without particles: what surrogates are drawn for."""
    parts = name_parts(value.lstrip("=").replace("'", "").replace("’", ""))  # O'Brien and OBRIEN are one name
    family = [word for word in parts.family if word not in PARTICLES] or parts.family
    return f"{' '.join(family)}^{' '.join(parts.given)}"


def _words(text: str) -> list[str]:
    return [w for _, _, w in fold_text(text).tokens()]


def _in_order(text: str) -> tuple[list[str], list[str]]:
    """Family and given words of a name without a comma; what a hyphen or an apostrophe joins stays together."""
    units = [(unit, [w for w in _words(unit) if w not in TITLES]) for unit in text.split()]
    bare = [(unit, words) for unit, words in units if words]
    while len(bare) > 2 and _is_listed(bare[-1][1]):
        bare.pop()
    if not bare:
        return _words(text), []
    at = _family_at(bare)
    first, last = [w for _, words in bare[:at] for w in words], [w for _, words in bare[at:] for w in words]
    return (first, last) if _leads_with_family(bare) else (last, first)


def _is_listed(words: list[str]) -> bool:
    return len(words) == 1 and words[0] in CREDENTIALS and len(words[0]) > 1


def _family_at(bare: list[tuple[str, list[str]]]) -> int:
    """Where the second part of a name begins: the family's with its particles, or all given ones."""
    if _leads_with_family(bare):
        at = 1
        while at < len(bare) - 1 and bare[at][0].isupper() and bare[0][0].isupper() and len(bare[at][0]) > 2:
            at += 1
        return at
    at = len(bare) - 1
    while at > 1 and _is_particle(bare[at - 1][1]):
        at -= 1
    if at > 1 and at == len(bare) - 1 and _only_family(bare[at][1]) and _only_family(bare[at - 1][1]):
        at -= 1  # "María José García López"
    if all(_is_particle(words) for _, words in bare[:at]):  # "von Hohenfels" alone has no given name
        at = 0
    return at


def _is_particle(words: list[str]) -> bool:
    return len(words) == 1 and ((words[0] in PARTICLES and len(words[0]) > 1) or words[0] == "t")  # van 't Hoff


def _leads_with_family(bare: list[tuple[str, list[str]]]) -> bool:
    """Whether the family's name stands first: ``DUPONT Jean``, ``Kim Min-jun``, ``Nguyễn Văn An``, ``Nagy Péter``."""
    if len(bare) < 2:
        return False
    (first, words), (last, end) = bare[0], bare[-1]
    if first.isupper() and len(words[0]) > 2 and not last.isupper() and len(last) > 2:
        return True
    if len(bare) == 2 and SYLLABLES.fullmatch(last):
        return True
    if not _only_family(words):
        return False
    return _only_given(end) or (len(bare) > 2 and bare[1][1][0] in MIDDLE_OF_VIETNAM)


def _only_family(words: list[str]) -> bool:
    return len(words) == 1 and words[0] in lexicon.surnames() and words[0] not in lexicon.given_names()


def _only_given(words: list[str]) -> bool:
    return len(words) == 1 and words[0] in lexicon.given_names() and words[0] not in lexicon.surnames()


@lru_cache(maxsize=4096)
def without_credentials(value: str) -> str:
    """A name without the degrees, fellowships and posts behind it: ``John Smith, MBBS, FRCR (Hons)``."""
    kept = left = value.rstrip()
    while last := LAST_TOKEN.search(left):
        left, token = left[: last.start()], last["token"]
        gap = last["gap"].strip()
        full = len(WORD.findall(left)) > 1
        if _is_degree(token, left, full=full, parted=bool(gap)):
            kept = left
        elif full and (_is_post(token) or TWO_CASES.fullmatch(token)):
            kept = left if gap else kept  # a post goes as far as the comma before it
        else:
            break
    return kept.rstrip(" ,;/(")


def _is_degree(token: str, head: str, *, full: bool, parted: bool) -> bool:
    """Whether a token behind a name, perhaps a ``full`` one and ``parted`` from it by a comma, is a listed degree."""
    bare = BRACKETED.sub("", token)
    folded = fold_word(NOT_LETTERS.sub("", bare))
    if len(folded) < 2 or folded not in CREDENTIALS:
        return False
    if "." in bare or "(" in token:
        return True
    if bare.istitle() or (head + bare).islower() or (head + bare).isupper():  # Ma, DO and Ba are names too
        short = bare.istitle() and len(bare) < 4
        return full and not short and (parted or not lexicon.is_name(folded))
    return True


def _is_post(token: str) -> bool:
    folded = fold_word(token)
    return folded in POSTS or folded.endswith(("ologist", "iatrist", "iatrician", "ographer", "surgeon"))
