"""Short DICOM text elements: what is not on the list of allowed words goes.

PS3.15 E.3.5 recommends an allow list for descriptors. Known identifiers and patterns come first; of what is left
every token must be a radiological or ordinary word, a short number, or a number with its unit.
"""

from __future__ import annotations

import re
from functools import lru_cache

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import Folded
from deid.text.glossary import is_other_script, unlisted_parts
from deid.text.words import NO_PERSON_AFTER

__all__ = ["coded_spans", "find_initials", "find_unlisted", "spelled_apart"]

UNITS = (
    "mm|cm|m|ml|cc|l|mg|mcg|ug|g|kg|hu|kv|kvp|ma|mas|mgy|gy|mci|mbq|ms|msec|s|sec|min|mins|minutes|hr|hrs|h|w|t|x|v|vw|views?|view|fps|hz|mhz|khz|bpm|"
    "deg|degrees?|d|st|nd|rd|th|f|fr|ga|g|p|pt|phase|slices?|images?|frames?|rows?|channel|ch|bit|yr|yrs|y|yo|wk|wks|weeks?|days?|mo|percent|ppm|tr|te|ti|b|nex|iso|i|r|q|k|pct|mhu|cm2|cm3|mm2|mm3|mmhg|cmh2o|inch|in"
)
NUMBER_UNIT = re.compile(rf"\d{{1,5}}(?:{UNITS})?")
DIMENSIONS = re.compile(r"\d{1,4}(?:x\d{1,4}){1,2}(?:mm|cm)?")
WORD_NUMBER = re.compile(r"([a-z]{2,})(\d{1,3})([a-z]{0,2})")
LEVEL = re.compile(
    r"[ctls]\d{1,2}|b\d{1,4}|q\d{1,3}|p\d{1,2}|r\d{1,2}|v\d{1,2}|i\d\d[a-z]?|e\d|te\d{1,3}|tr\d{1,5}|ti\d{1,4}|fa\d{1,2}|n\d|m\d|g\d|h\d\d[a-z]|d\d\d[a-z]|u\d\d[a-z]|a\d{1,2}"
)
LETTERS = re.compile(r"[a-z]+")
LATIN = re.compile(r"[A-Za-z0-9]+")
LONG_NUMBER = re.compile(r"\d{5}")
TERM = re.compile(
    r"[a-z]{3,}(?:gra(?:m|ph|phy|phie|fia)|sco[pb](?:y|ie|ia)|(?:ec|os|o)tom[yi]\w?|plast(?:y|ie|ik)|itis|osis|opathy|[aeo]megal\w{1,2}"
    r"|algia|plegia|phobia|metr(?:y|ic|ie)|uria|emia|ectas[ie][as]|stenos[ie]s|rrh(?:o?ea|age|agic|aphy)|pn(?:o?ea|eic)"
    r"|phagia|phasia|penia|plasia|trophy|trophic|cillin|mycin|prazole|statin|ologic(?:al)?)s?"
)
BY_INITIALS = re.compile(r"(?i:\b(?:by|per|initials))(?:\s?:\s?|\s)(?P<v>[A-Z]{2,3})(?![\w&/-])")
DATE_PARTS = re.compile(r"(?<!\d)(?:\d{4}_\d\d_\d\d|\d\d_\d\d_\d{4})(?!\d)")
DATE_RANGE = re.compile(r"(?<=[/.]\d\d)-(?=\d{1,2}[/.]\d{1,2}[/.]\d\d)|(?<=[/.]\d{4})-(?=\d{1,2}[/.]\d{1,2}[/.]\d\d)")
DATE_TIME = re.compile(r"(?<=(?<!\d)[12]\d{7})_(?=(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?!\d))")
CODE_CUE = r"(?:\s?code)?\s?[:#=]?\s?"
CODED = {
    "cpt": re.compile(rf"\bcpt(?:-?4)?{CODE_CUE}(\d{{5}}(?:-(?:26|tc|50|59))?)(?![\w-])"),
    "loinc": re.compile(rf"\b(?:loinc|ln){CODE_CUE}(\d{{3,5}}-\d)(?![\w-])"),
    "snomed": re.compile(rf"\b(?:snomed(?:[ -]?ct)?|sct|sctid){CODE_CUE}(\d{{6,18}})(?!\w)"),
}
VERHOEFF = "1576283094"
VOWEL = re.compile(r"[aeiouy]")
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
SCORES = frozenset(
    (
        "cobb", "fontaine", "fuhrman", "gleason", "graf", "gustilo", "insall", "kellgren", "kerley", "meary", "modic",
        "neer", "outerbridge", "pauwels", "pfirrmann", "reimers", "risser", "rockwood", "rutherford", "salter",
        "schatzker", "tonnis", "weber",
    )
)  # fmt: skip
DEGREE = re.compile(r"\d{1,3}|[ivx]{1,4}[a-c]?|[a-d]\d?")
#: Arteries and areas that given names are written like: ``LIMA patent``, ``AVA 1.2 cm2``.
#: What surgeons do and call after each other; an examination may well stand behind its patient's name.
OPERATION = re.compile(
    r"[a-z]{2,}(?:[aeo]ct|[^aeiou]|o|e)(?:om(?:y|ies)|plasty|pexy|desis|rrhaphy|stomy)|criteria|fib(?:er|re)s?"
)
ARTERIES = frozenset(("ava", "lima", "rima", "mesa"))
KERNEL = re.compile(r"[a-z]{1,2}\d{2}[a-z]{0,2}|fc\d{2}[a-z]?")


def spelled_apart(text: str) -> str:
    """A descriptor with blanks for underscores and between two dates, one for one: ``CT_3/14/2019-3/15/2019_AX``.

    In an address an underscore is a letter.
    """
    if "@" in text:
        return text
    text = DATE_TIME.sub("T", DATE_RANGE.sub(" ", text))
    return DATE_PARTS.sub(lambda date: date[0].replace("_", "-"), text).replace("_", " ")


def coded_spans(folded: Folded) -> list[tuple[int, int]]:
    """Where numbers are codes of a public scheme, by its name before them and by their check digit."""
    found = ((scheme, match) for scheme, pattern in CODED.items() for match in pattern.finditer(folded.text))
    right = {"loinc": _is_loinc, "snomed": _is_snomed}
    return [folded.span(*match.span(1)) for scheme, match in found if scheme not in right or right[scheme](match[1])]


def _is_loinc(code: str) -> bool:
    """Whether the digit behind the hyphen is the check digit (modulus 10) of those before it."""
    total = sum(int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(code[-3::-1]))
    return (10 - total % 10) % 10 == int(code[-1])


def _is_snomed(code: str) -> bool:
    """Whether the last digit is the check digit by Verhoeff's scheme."""
    at = 0
    for i, digit in enumerate(reversed(code)):
        shuffled = int(digit)
        for _ in range(i % 8):
            shuffled = int(VERHOEFF[shuffled])
        at = (at + shuffled if at < 5 else at - shuffled) % 5 + 5 * ((at < 5) != (shuffled < 5))
    return at == 0


def find_initials(folded: Folded) -> list[Finding]:
    """Letters after ``by`` that abbreviate nothing: ``inj by MJ``, never ``by CT``."""
    return [
        Finding(*found.span("v"), Category.NAME, 0.8, "name:initials", Role.STAFF)
        for found in BY_INITIALS.finditer(folded.original)
        if not _abbreviates(found["v"].lower())
    ]


def _abbreviates(letters: str) -> bool:
    groups = ("no_initials", "not_initials", "departments", "credentials", "titles")
    return lexicon.is_known(letters) or any(letters in lexicon.group(name) for name in groups)


def find_unlisted(folded: Folded, taken: list[Finding], language: str = "en") -> list[Finding]:
    """Tokens of a descriptor that no list allows and no finding covers yet."""
    out: list[Finding] = []
    for a, b, word in _unlisted(folded, taken, language):
        category = Category.NAME if _is_named(word) else Category.OTHER
        if out and out[-1].end < a and not folded.original[out[-1].end : a].strip(" ,.'-^_"):
            merged = Category.NAME if Category.NAME in (category, out[-1].category) else Category.OTHER
            out[-1] = Finding(out[-1].start, b, merged, 0.6, "descriptor:unlisted")
        else:
            out.append(Finding(a, b, category, 0.6, "descriptor:unlisted"))
    return out


def _unlisted(folded: Folded, taken: list[Finding], language: str) -> list[tuple[int, int, str]]:
    """Place and word of each token that goes; from the right, since a name says what stands before it."""
    names = {f.start for f in taken if f.category is Category.NAME}
    tokens = folded.tokens()
    words = [word for _, _, word in tokens]
    found = []
    for i, (start, end, word) in reversed(list(enumerate(tokens))):
        a, b = folded.span(start, end)
        if is_other_script(word):
            found += [
                (i, j, word) for i, j in _foreign_parts(folded.original, a, b, language) if not _meets(i, j, taken)
            ]
            continue
        if _stays(folded.original[a:b], words, i, language) and not _is_surname(folded, b, word, names):
            continue
        if _is_linked(folded.text, tokens, i, language) or (i and lexicon.is_eponym(f"{words[i - 1]}-{word}")):
            continue
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        if (
            following is not None
            and following[0] - end <= 1
            and not word.isdigit()
            and _allowed(word + following[2], "", language)
        ):
            continue
        if _meets(a, b, taken):
            continue
        found.append((a, b, word))
        if _is_named(word):
            names.add(a)
    return found[::-1]


def _meets(start: int, end: int, taken: list[Finding]) -> bool:
    return any(f.start < end and start < f.end for f in taken)


def _foreign_parts(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """What goes of a token in another script, the last part first; Latin letters in it are words of their own."""
    written = text[start:end]
    latin = ((m.span(), m[0].lower()) for m in LATIN.finditer(written))
    parts = [*unlisted_parts(written), *(span for span, word in latin if not _allowed(word, "", language))]
    return [(start + a, start + b) for a, b in sorted(parts, reverse=True)]


def _is_linked(text: str, tokens: list[tuple[int, int, str]], at: int, language: str) -> bool:
    """Whether hyphens make a term of a token and its neighbours: ``X-RAY``, ``Charcot-Marie-Tooth``."""
    first = last = at
    while first > 0 and text[tokens[first - 1][1] : tokens[first][0]] == "-":
        first -= 1
    while last + 1 < len(tokens) and text[tokens[last][1] : tokens[last + 1][0]] == "-":
        last += 1
    for a in range(first, at + 1):
        for b in range(max(at, a + 1), last + 1):
            parts = [word for _, _, word in tokens[a : b + 1]]
            if lexicon.is_eponym("-".join(parts)) or (len(parts[0]) == 1 and _allowed("".join(parts), "", language)):
                return True
    return False


def _stays(written: str, words: list[str], at: int, language: str) -> bool:
    """Whether a token may stay: on a list, or of a shape that no name has."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    introduced = at > 0 and words[at - 1] in lexicon.group("before_names")
    # ``tech Freezer``: behind a title or a role, a word that only spellers list is a name.
    named = introduced and written.istitle()
    if _allowed(word, following, language) or (not named and _no_name(written, word, language)):
        return True
    listed = lexicon.is_word(word) or word in lexicon.words("descriptors") or _is_foreign(word, language)
    if written.islower() and listed and not lexicon.is_eponym(word):
        return True  # ``day``, ``long`` and ``mano`` are surnames too; written small they are the words
    if introduced:
        return False
    if _is_measured(written, word, following, words[at - 1] if at else "") or (len(word) == 2 and written.isupper()):
        return True
    if _is_named(word):
        beside = (w for w in words[max(0, at - 2) : at + 3] if w != word and not _is_named(w))
        return _is_foreign(word, language) and any(_is_foreign(w, language) for w in beside)
    return written.islower()


def _is_measured(written: str, word: str, following: str, before: str) -> bool:
    """Whether what stands beside a word shows that it is no name: ``LIMA patent``, ``w/dye``."""
    if written.isupper() and word in ARTERIES:
        return following.isdigit() or (lexicon.is_clinical(following) and not _is_named(following))
    return word == "dye" and before in ("w", "wo", "o", "with", "without", "contrast")


def _is_surname(folded: Folded, end: int, word: str, names: set[int]) -> bool:
    """Whether a word that is also a family name stands before a comma or caret and a name: ``Hodgkin, Anna``."""
    before = re.match(r"[,^] ?", folded.original[end : end + 2])
    return (
        before is not None
        and end + before.end() in names
        and (word in lexicon.surnames() or lexicon.is_eponym(word))
        and not lexicon.is_anatomy(word)
    )


def _is_named(word: str) -> bool:
    return word in lexicon.given_names() or word in lexicon.surnames()


def _is_foreign(word: str, language: str) -> bool:
    return word in lexicon.words("foreign") or word in lexicon.words(language)


def _no_name(written: str, word: str, language: str) -> bool:
    """Whether a token looks like a protocol's code, as do ``sT2W``, ``2i24s``, ``zPTV``, ``RXCCL``, ``MoCoSeries``."""
    if not written.isascii() or _is_named(word):
        return False
    if any(c.isdigit() for c in word):
        letters = LETTERS.findall(word)
        return (
            len(word) <= 8 and not LONG_NUMBER.search(word) and all(len(w) <= 4 and not _is_named(w) for w in letters)
        )
    if not written.islower() and (len(word) <= 3 or (len(word) == 4 and not written.istitle())):
        return True
    if (len(word) <= 8 and not VOWEL.search(word)) or TERM.fullmatch(word) or lexicon.is_known(word):
        return True
    parts = [part.lower() for part in PARTS.findall(written)]
    if len(parts) < 2 or (len(parts[0]) > 1 and parts[0] in lexicon.group("particles")):
        return False  # one word, or LaRue and McDonald
    listed = [part for part in parts if _allowed(part, "", language)]
    return bool(listed) and all(
        part in listed or len(part) <= 2 or ((len(part) == 3 or lexicon.is_known(part)) and not _is_named(part))
        for part in parts
    )


@lru_cache(maxsize=65536)
def _is_compound(word: str, language: str) -> bool:
    """Whether a long word is one of German, say, and one of medicine in one; two English ones make a Clearwater."""
    for i in range(4, len(word) - 3) if 10 <= len(word) <= 64 else ():
        # A linking sound may stand between: Lunge-n-perfusion, Resorption-s-phase.
        for sound in ("", "s", "n", "en", "es"):
            left, right = word[:i], word[i + len(sound) :]
            if word.startswith(sound, i) and (
                (_is_medical(left) and _is_other(right, language)) or (_is_other(left, language) and _is_medical(right))
            ):
                return True
    return False


def _is_medical(word: str) -> bool:
    listed = word in lexicon.words("radiology") or word in lexicon.words("medical") or TERM.fullmatch(word) is not None
    return listed and not _is_named(word) and not lexicon.is_eponym(word)


def _is_other(word: str, language: str) -> bool:
    return len(word) >= 4 and _is_foreign(word, language) and not _is_named(word)


def _is_scored(word: str, following: str) -> bool:
    """Whether a score or a second name makes a disease of a name: ``Gleason 4+3``, ``Osgood-Schlatter``."""
    return (word in SCORES and DEGREE.fullmatch(following) is not None) or lexicon.is_eponym(f"{word}-{following}")


def _allowed(word: str, following: str, language: str) -> bool:  # noqa: C901, PLR0911
    if lexicon.is_pair(word, following) or f"{word}_{following}" in lexicon.words("eponym_pairs"):
        return True
    if len(word) == 1 or (not word.isascii() and not word.isalpha()):
        return len(word) == 1 and (word.isascii() or not word.isalpha())
    if word[0].isdigit():
        if word.isdigit():
            return len(word) <= 4
        return bool(NUMBER_UNIT.fullmatch(word) or DIMENSIONS.fullmatch(word)) or word in lexicon.words("radiology")
    if word in lexicon.words("radiology") or lexicon.is_drug(word) or word in lexicon.words("medical"):
        return True
    named = _is_named(word)
    if lexicon.is_eponym(word):
        follows = following in NO_PERSON_AFTER or OPERATION.fullmatch(following) is not None
        return not named or follows or _is_scored(word, following)
    if word in lexicon.words("common") or word in lexicon.words("descriptors"):
        return not named
    if lexicon.is_clinical(word):
        return not named
    if _is_foreign(word, language):
        return not named or len(word) <= 3
    if not named and _is_compound(word, language):
        return True
    if any(c.isdigit() for c in word):
        if LEVEL.fullmatch(word) or KERNEL.fullmatch(word):
            return True
        match = WORD_NUMBER.fullmatch(word)
        return match is not None and _allowed(match[1], "", language)
    return False
