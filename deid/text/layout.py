"""Names by where they stand on the page: salutations, closings, who signed and typed, names with an age or an alias."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import fold_text
from deid.text.lexicon import group
from deid.text.words import CREDENTIALS, NOT_NAMES, Words, compiled

__all__ = ["find_by_layout"]

NOT_INITIALS = group("not_initials")
DEPARTMENTS = group("departments")
NO_ONE = NOT_INITIALS | DEPARTMENTS | NOT_NAMES | CREDENTIALS
MODALITIES = frozenset(("pet", "ct", "mr", "xr"))
CAPITALS = r"[~]{2,4}"
POINTS = r"(?:[~]\.[ -]?){2,3}"
SMALL = r"[^\W\d_A-Z]{2,3}"
#: ``Chase, could you look at this``
VOCATIVE = compiled(
    r"(?m)^[ \t]*(?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+)?),[ \t](?=(?i:could|can|please|pls|would|will|thanks|thank|hope|just|i|i'm|i've|we|this|here|per|kindly|see|let|attached|sorry|good|quick|any|do|did|are|have|what|when|where|why|how|fyi)\b)"
)
#: ``Thx`` or ``Kind regards,`` and, on a line of its own, a name
CLOSING = compiled(
    r"(?m)^[ \t]*(?i:thx|thanks|thank\syou|many\sthanks|ty|cheers|(?:kind|best|warm)?\s?(?:regards|wishes)|best|sincerely|yours(?:\s\w+)?|respectfully|faithfully|ta)[,.!]?[ \t]*\n\s*(?P<v>(?:[~][\w'’.-]*[ ]?){1,4}?)[ \t]*(?=\n|$|,)"
)
#: ``Big Jim (as he likes to be called)``
ALIAS = compiled(
    r"(?<![\w'’-])(?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+)?)\s\((?i:as\s(?:he|she|they)|a\.?k\.?a|goes\sby|known\sas|nickname|preferred|call\s(?:him|her|me))"
)
#: ``Kay Ring, 101-year-old``; ``Rich 91yo``
AGED = compiled(
    r"(?<![\w'’.-])(?P<v>[~][\w'’-]+(?:[ ](?:[~]\.?[ ])?[~][\w'’-]+){0,2}),?\s\(?(?:an?\s)?\d{1,3}(?:\s?(?:yo\b|y/o\b|y\.o\b|yom\b|yof\b)|[- ]?(?:years?|yrs?)[- ]?(?:old|of\sage)|\s?[MFmf]\b(?![-/]))"
)
#: initials at the end of a text or alone on a line
PAIR = compiled(
    rf"(?m)(?:(?<=^)|(?<=\n)|(?<=[.!?)]\s))[ \t]*(?P<v>(?:{CAPITALS}|{POINTS})\s?[/:]\s?(?:{CAPITALS}|{POINTS}|{SMALL}))[ \t.]*$"
)
LAST_LINE = compiled(
    rf"(?:\n|[.!?]\s+|[.!?]\n)[ \t]*[-–]{{0,2}}[ \t]?(?P<v>{CAPITALS}|{POINTS}|[^\W\d_]{{2,3}})[ \t.]*\s*$"
)
#: ``Image annotated 'BV'``
MARKED = compiled(
    r"(?i:annotated|initial(?:l)?ed|marked\sby|labell?ed\sby)\s(?:by\s)?['\"‘“(]?(?P<v>[~]{2,3})['\"’”)]?(?!\w)"
)
#: ``communicated to ES via``
GIVEN_TO = compiled(
    r"(?i:communicated|conveyed|relayed|called|given|reported|handed\s(?:over|off)|signed\sout|notified|informed|paged|d/w|discussed\swith)\s(?i:to\s|by\s)?(?P<v>[~]{2,3})(?=\s(?i:via|at|on|by|in|who|and|,)\b|\s?[,.;]|\s\d|\s*$)"
)
#: ``Name HORVÁTH, ERZSÉBET``
NAME_FIRST = compiled(
    r"(?<!\w)(?i:name|patient|pt)\s(?P<v>[~][~'’-]+(?:[ ][~][~'’-]+)?,[ ]?[~][~'’-]+(?:[ ][~][~'’.-]*)?)(?=\s*(?:$|[|\n,;(\d]|\s(?i:id|dob|born|mrn)))"
)
#: a letter that is no initial: ``hepatitis B. The``
TYPED = re.compile(
    r"(?i)\b(?:type|grade|class|stage|vitamin|hepatitis|group|category|weber|level|zone|segment|part|option|plan|density)\s$"
)
#: ``W. Hand``, ``X Ng``
INITIAL = compiled(
    r"(?<![\w.'’/-])(?P<i>[~]\.?(?:(?:[ -]|(?<=\.))[~]\.)*)[ ](?P<v>(?:(?:van|von|de|di|da|del|der|den|la|le|al|el|bin|ibn|ter|ten)\s){0,2}[~][\w'’-]+(?:-[~]\w+)?)(?![\w'’])"
)


def find_by_layout(words: Words, found: list[Finding]) -> None:
    """Add what the page's layout shows; ``words`` are those of the text."""
    text = words.text
    for pattern, certain in ((VOCATIVE, False), (CLOSING, True), (ALIAS, True)):
        for match in pattern.finditer(text):
            _whole(match, found, certain=certain)
    for match in AGED.finditer(text):
        _aged(words, match, found)
    found += (Finding(*m.span("v"), Category.NAME, 0.93, "name:key", Role.PATIENT) for m in NAME_FIRST.finditer(text))
    for pattern in (PAIR, MARKED, GIVEN_TO):
        for match in pattern.finditer(text):
            _initials(match, found)
    if last := LAST_LINE.search(text, max(0, len(text.rstrip()) - 24)):
        _initials(last, found, last=True)
    for match in INITIAL.finditer(text) if not words.lower else ():
        _initialled(words, match, found)


def _whole(match: re.Match[str], found: list[Finding], *, certain: bool = False) -> None:
    """A name that fills its place, if its words may be a name's."""
    parts = [fold_text(w).text for w in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", match["v"])]
    if not parts or any(p in NOT_NAMES for p in parts) or all(p in CREDENTIALS for p in parts):
        return
    if certain or any(_may_be_name(p) for p in parts):
        end = match.start("v") + len(match["v"].rstrip())
        found.append(Finding(match.start("v"), end, Category.NAME, 0.9, "name:self"))


def _may_be_name(folded: str) -> bool:
    return folded in lexicon.given_names() or folded in lexicon.surnames() or not lexicon.is_known(folded)


def _aged(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """The words before an age, from the first that may be one of a name."""
    i = words.at.get(match.start("v"))
    end = match.end("v")
    while i is not None and i < len(words.all) and words.all[i].end <= end:
        word = words.all[i]
        last = words.all[i].end == end
        if word.folded not in NOT_NAMES and (_may_be_name(word.folded) if last else word.named) and not word.clinical:
            found.append(Finding(word.start, end, Category.NAME, 0.85, "name:self"))
            return
        i += 1


def _initials(match: re.Match[str], found: list[Finding], *, last: bool = False) -> None:
    """Initials, unless they are a term, a department or an ordinary word."""
    value = match["v"]
    pieces = [re.sub(r"\W", "", p) for p in re.split(r"[/:]", value)]
    told = [fold_text(p).text for p in pieces]
    if len(told) == 1:
        one = told[0]
        if one in NOT_INITIALS or one in DEPARTMENTS or one in NOT_NAMES or one in CREDENTIALS:
            return
        if ("." not in value and lexicon.is_known(one)) or (last and not pieces[0].isupper() and len(one) != 3):
            return
    elif all(lexicon.is_clinical(p) or p in DEPARTMENTS for p in told) or any(
        p in ("pet", "ct", "mr", "xr") for p in told
    ):
        return
    end = match.start("v") + len(value.rstrip())
    found.append(Finding(match.start("v"), end, Category.NAME, 0.8, "name:initials", Role.STAFF))


def _initialled(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """An initial and a surname: with a point any capitalised word that is not medicine's, without one a name's."""
    i = words.ending_at(match.end("v"))
    if i is None:
        return
    word = words.all[i]
    if word.folded in NOT_NAMES or word.clinical or word.folded in CREDENTIALS:
        return
    pointed = "." in match["i"]
    if TYPED.search(words.text, max(0, match.start() - 14), match.start()):
        return
    if pointed and word.text[1:].islower():
        fits = _may_be_name(word.folded) or not lexicon.is_word(word.folded)
    else:
        fits = _may_be_name(word.folded) and (word.named or not lexicon.is_eponym(word.folded)) and len(word.text) > 1
    if fits and not (match["i"] in ("A", "I") and not word.named):
        found.append(Finding(match.start(), match.end(), Category.NAME, 0.8, "name:told"))
