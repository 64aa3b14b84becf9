"""Names of other scripts in Latin letters: Cyrillic, Greek, kana and Hangul, in the spellings that people use.

Chinese characters, Arabic and Hebrew are not here: how they sound cannot be told from how they are written.
"""

# ruff: noqa: SIM905 - sounds in rows read better
from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["is_latin", "is_romanisable", "kana", "romanised"]

_CYRILLIC = dict(
    zip(
        "абвгґдђеёєжзиіїйјклљмнњопрстћуўфхцчџшщыэюя",
        "a b v g g d dj e e ye zh z i i yi y j k l lj m n nj o p r s t c u u f kh ts ch dz sh shch y e yu ya".split(),
        strict=True,
    )
) | {"ъ": "", "ь": ""}
#: Passports write iu and ia, Germans w, ch and j, and most people plain h and c.
_CYRILLIC_TABLES = (
    _CYRILLIC,
    {**_CYRILLIC, "ё": "yo", "ц": "c", "х": "h"},
    {**_CYRILLIC, "й": "i", "ю": "iu", "я": "ia", "ъ": "ie"},
    {
        **_CYRILLIC, "в": "w", "ж": "sch", "з": "s", "й": "j", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch",
        "щ": "schtsch", "ю": "ju", "я": "ja", "ё": "jo",
    },
    {**_CYRILLIC, "г": "h", "и": "y", "й": "i", "ю": "iu", "я": "ia", "ї": "i", "є": "ie"},
)  # fmt: skip
_GREEK = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True)
)
_GREEK_PAIRS = (
    ("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("μπ", "b"), ("ντ", "nt"), ("γκ", "gk"), ("τζ", "tz"),
)  # fmt: skip
_GREEK_TABLES = (_GREEK, {**_GREEK, "φ": "ph", "β": "b", "χ": "h", "υ": "i", "ξ": "ks"})
_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと", "n": "なにぬねの", "h": "はひふへほ",
    "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど", "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}  # fmt: skip
_KANA = {kana: row + vowel for row, listed in _ROWS.items() for kana, vowel in zip(listed, "aiueo", strict=True)} | {
    "し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu", "や": "ya", "ゆ": "yu",
    "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "ゔ": "vu",
}  # fmt: skip
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo", "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o"}
_INITIALS = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_FINALS = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")
#: Family names as their bearers write them, beside the rule.
_FAMILIES = {
    "김": "kim", "이": "lee yi rhee", "박": "park pak", "최": "choi", "정": "jung chung", "강": "kang", "조": "cho",
    "윤": "yoon yun", "장": "chang", "임": "lim", "오": "oh", "서": "suh", "신": "shin", "권": "kwon", "안": "ahn",
    "류": "ryu", "유": "yoo you", "전": "jun chun", "고": "ko", "문": "moon", "손": "sohn", "백": "paik", "허": "hur",
    "노": "noh roh", "구": "koo", "우": "woo", "주": "joo", "진": "chin",
}  # fmt: skip
_HANGUL = range(0xAC00, 0xD7A4)


def is_romanisable(word: str) -> bool:
    """Whether a word has a letter of these scripts."""
    return not word.isascii() and any(
        "\u0370" <= c <= "\u052f" or "\u3041" <= c <= "\u30ff" or "\uff66" <= c <= "\uff9d" or ord(c) in _HANGUL
        for c in word
    )


def is_latin(word: str) -> bool:
    """Whether all letters of a word are Latin, with whatever marks."""
    return word.isascii() or all("LATIN" in unicodedata.name(c, "") for c in word if c.isalpha())


def kana(word: str) -> tuple[str, ...]:
    """A word in hiragana and in katakana, if it has any of them, else itself."""
    word = unicodedata.normalize("NFKC", word)
    soft = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in word)
    hard = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in word)
    return (soft,) if soft == hard else (soft, hard)


@lru_cache(maxsize=8192)
def romanised(word: str) -> frozenset[str]:
    """A word in Latin letters, in each of its spellings; none if a letter of it is of another script."""
    word = unicodedata.normalize("NFKC", word).lower()
    if not is_romanisable(word):
        return frozenset()
    if all(ord(c) in _HANGUL for c in word):
        return frozenset((*_FAMILIES.get(word, "").split(), "".join(map(_syllable, word))))
    if (read := _read_kana(kana(word)[0])) is not None:
        short = read.replace("ou", "o").replace("oo", "o").replace("uu", "u")
        return frozenset((read, short, short.replace("mb", "nb"), short.replace("nb", "mb").replace("np", "mp")))
    return frozenset({*_spelt(word, _CYRILLIC_TABLES), *_spelt(_paired(word), _GREEK_TABLES)})


def _spelt(word: str, tables: Iterable[dict[str, str]]) -> list[str]:
    """What each table makes of a word that has all of its letters."""
    bare = "".join(c if c in _CYRILLIC else unicodedata.normalize("NFD", c)[0] for c in word)
    spelt = ["".join(c if c.isascii() else table.get(c, "\0") for c in bare).replace(".", "") for table in tables]
    return [form for form in spelt if form and "\0" not in form]


def _paired(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    for pair, letters in _GREEK_PAIRS:
        bare = bare.replace(pair, letters)
    return bare


def _read_kana(word: str) -> str | None:
    """Hepburn's reading of kana; None if something else stands among them."""
    out: list[str] = []
    for kana in word:
        if kana in _SMALL and out:
            sound = _SMALL[kana]
            stem = out.pop()[:-1]
            out.append(stem + (sound.removeprefix("y") if stem.endswith(("sh", "ch", "j")) else sound))
        elif kana in _KANA:
            doubled = bool(out) and out[-1] == "っ"
            if doubled:
                out.pop()
            out.append((_KANA[kana][0].replace("c", "t") if doubled else "") + _KANA[kana])
        elif kana == "っ":
            out.append(kana)
        elif kana != "ー":
            return None
    return "".join(out).replace("っ", "")


def _syllable(character: str) -> str:
    at = ord(character) - _HANGUL.start
    return _INITIALS[at // 588] + _VOWELS[at % 588 // 28] + _FINALS[at % 28]
