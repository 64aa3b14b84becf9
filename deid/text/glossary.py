"""Words of radiology in other scripts: what of a descriptor in Cyrillic, Greek, Chinese, Arabic ... may stay.

As in Latin letters an unlisted word goes; but there are no blanks in Chinese and Japanese, no capitals outside
Cyrillic and Greek, and words change their endings and beginnings. The part of a token that no list has is what goes.
"""

# ruff: noqa: SIM905 - lists to read
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from deid.text.folding import fold_word

__all__ = ["is_other_script", "unlisted_parts"]

_SCRIPTS = {
    "characters": "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f",
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "thai": "\u0e01-\u0e4f",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "arabic": "\u0610-\u06ff\ufb50-\ufdff\ufe70-\ufefc",
    "hebrew": "\u0591-\u05ff",
}
RUN = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _SCRIPTS.items()))
KATAKANA = re.compile(r"[ァ-ヿ]+")
DIRECTIONS = frozenset("左右双雙両上下前后後内內外中大小正侧側斜좌우전후상하")
#: Letters that stand before an Arabic or Hebrew word: the, and, in, to, from.
PREFIXES = re.compile(r"(?:[وف]?(?:لل|[بكل]?ال|[بكل])?|ו?[הבלמשכ]{0,2})")
ABBREVIATIONS = frozenset(
    "мра кта мрт мскт скт узи уздг уздс огк обп омт обп пэт экг ээг эхо дса оптг опг ммг гкс шоп гоп поп пкоп жкт "
    "ожп озп онп бца згт ктг рхпг мрхпг оп вт пат αμσσ ομσσ θμσσ ατ μτ".split()
)  # fmt: skip
CONSONANTS = re.compile(r"[бвгджзклмнпрстфхцчшщβγδζθκλμνξπρσςτφχψ]{2,5}")
#: Endings of Slavic and Greek family names and patronymics, and words of medicine that end like them.
FAMILY = re.compile(
    r"\w{2,}(?:(?:ов|ев|ин|ын)(?:а|у|ым|ои|е|ы|ых)?|(?:ск|цк)(?:ии|ая|ого|ои|ому|им|ую)|енко|[чщ]ук|юк|ян|дзе|швили|ович|евич"
    r"|(?:ов|ев)н[ауеы]|οπουλο[σςυ]|οπουλου|[ιαε]δησ?|[ιαε]δης|ακη[σς]?|ιδου)"
)
NO_FAMILY = re.compile(
    r"(?:орган|сосуд|сустав|лимфоузл|узл|проток|позвонк|синус|отдел|сегмент|диск|сло|срез|нерв|бронх|снимк|канал|желудочк"
    r"|пальц|перелом|очаг|метастаз)[ое]в|(?:груд|сп|толщ|глуб|шир|дл|велич|ложб|впад|середин|мед|пелер)ин[аыуе]|инсулин\w*"
    r"|(?:медицин|пояснич|клинич|хирургич|механич|статич|динамич|рентгенологич|магнит\w*|груд|брюш|мозг|бок)\w*"
)
#: Endings that no name has.
NOUN = re.compile(
    r"\w{2,}(?:ци[яию]|ни[еяй]|ност[ьи]|графи[яи]|грамм[аы]|скопи[яи]|метри[яи]|терапи[яи]|логи[яи]|пати[яи]|эктоми[яи]|пластик[аи]"
    r"|[ао]льн(?:ыи|ая|ое|ого|ои|ые|ых)|ичн(?:ыи|ая|ое|ого|ои|ые|ых)|ическ(?:ии|ая|ое|ого|ои|ие|их)|οση[ςσ]?|γραφ(?:ια|ημα|ιας)|σκοπηση|τομη)"
)


@lru_cache(maxsize=1)
def _listed() -> dict[str, frozenset[str]]:
    """The words of each script; Cyrillic and Greek ones are beginnings."""
    text = resources.files("deid.text.lexicon").joinpath("glossary.txt").read_text("utf-8")
    words = re.sub(r"#.*", "", text).split()
    table: dict[str, set[str]] = {name: set() for name in _SCRIPTS}
    for word in words:
        if (run := RUN.match(word)) is not None:
            table[str(run.lastgroup)].add(_spelled(word, str(run.lastgroup)))
    return {name: frozenset(listed) for name, listed in table.items()}


def _spelled(word: str, script: str) -> str:
    """As words are compared: composed where a mark makes another letter, else folded."""
    return unicodedata.normalize("NFKC", word) if script in ("characters", "hangul", "thai") else fold_word(word)


def is_other_script(word: str) -> bool:
    """Whether a word has a letter of another script than Latin."""
    return not word.isascii() and RUN.search(word) is not None


@lru_cache(maxsize=65536)
def unlisted_parts(written: str) -> tuple[tuple[int, int], ...]:
    """Half-open spans of what no list has in a token as it is written; Latin letters and digits are not asked for."""
    return tuple(
        (run.start() + start, run.start() + end)
        for run in RUN.finditer(written)
        for start, end in _unlisted(run[0], str(run.lastgroup))
    )


def _unlisted(run: str, script: str) -> Iterator[tuple[int, int]]:
    listed = _listed()[script]
    word = _spelled(run, script)
    if script in ("cyrillic", "greek"):
        if not (run.islower() or _is_inflected(run, word, listed)):
            yield 0, len(run)
    elif script in ("arabic", "hebrew"):
        ends = {found.end() for n in range(4) if (found := PREFIXES.fullmatch(word, 0, n))}
        if not any(word[end:] in listed for end in ends | {0}):
            yield 0, len(run)
    else:
        gaps = list(_gaps(word, listed))
        yield from [(0, len(run))] if gaps and len(word) != len(run) else gaps


def _is_inflected(run: str, word: str, stems: frozenset[str]) -> bool:
    """Whether a capitalised word of Russian or Greek is one of medicine, whatever its ending."""
    if word in ABBREVIATIONS or len(word) == 1 or (run.isupper() and (len(run) == 2 or CONSONANTS.fullmatch(word))):
        return True
    if FAMILY.fullmatch(word) and not NO_FAMILY.fullmatch(word):
        return False
    if NOUN.fullmatch(word):
        return True
    return (len(run) > 4 or not run.isupper() or word in stems) and any(
        word[:n] in stems for n in range(3, len(word) + 1)
    )


def _gaps(run: str, listed: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Stretches of a run without blanks that words do not cover; one character counts only beside a longer word."""
    sure = _covered(run, listed)
    for katakana in KATAKANA.finditer(run):  # a foreign word is a word as a whole or none
        if not all(sure[katakana.start() : katakana.end()]):
            sure[katakana.start() : katakana.end()] = [False] * len(katakana[0])
    for gap in re.finditer("0+", "".join("01"[s] for s in sure)):
        characters = run[gap.start() : gap.end()]
        single = all(c in listed for c in characters)
        beside = len(characters) < len(run) and len(characters) <= 3
        if not (single and (beside or len(characters) == 1 or DIRECTIONS.issuperset(characters))):
            yield gap.span()


def _covered(run: str, listed: frozenset[str]) -> list[bool]:
    """Which characters belong to words of two characters and more, so chosen that the most do."""
    best: list[tuple[int, int]] = [(0, 0)]  # characters covered up to here, and the length of the word that ends here
    for end in range(1, len(run) + 1):
        words = (n for n in range(2, min(end, 12) + 1) if run[end - n : end] in listed)
        best.append(max([(best[end - 1][0], 0), *((best[end - n][0] + n, n) for n in words)]))
    sure = [False] * len(run)
    end = len(run)
    while end:
        size = best[end][1]
        sure[end - size : end] = [True] * size
        end -= size or 1
    return sure
