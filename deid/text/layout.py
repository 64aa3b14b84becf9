"""Names by where they stand on the page: salutations, closings, who signed and typed, names with an age or an alias."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import fold_text
from deid.text.lexicon import group
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER, NOT_NAMES, Words, compiled

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
TECH = compiled(
    r"(?i:tech|technologist|technician|radiographer|typist|scribe|rt|rad)\s(?P<v>[~]{2,3})(?=\s?[.,;\n]|\s*$)"
)
#: ``(signed) Hand``
SIGNED = compiled(r"(?i:\(signed\)|e-?signed:?)\s(?P<v>(?:[~][\w'’.-]*[ ]?){1,3}?)[ \t]*(?=\n|$|,)")
#: ``- Ivy Rich, Galway`` at the end of a text
DASHED = compiled(
    r"(?:(?<=[.?!]\s)|(?<=\n))[-–]{1,2}\s?(?P<v>[~][\w'’.-]+(?:[ ][~][\w'’.-]+){0,2})(?=\s*(?:$|,[ ][~]|\n|\())"
)
#: ``HAND, ROSEMARY T   MR# 4471902`` at the head of a text
HEADER = compiled(
    r"(?m)^[ \t*]*(?P<v>[~][\w'’-]+(?:[ -][~][\w'’-]+)?,[ ]?[~][\w'’-]+(?:[ ][~]\w*\.?)?)(?=[ ]{2,}\S|[ ](?:MRN?|DOB|ID|#)|[ ]?\d{4}|\t|[ ]?[|(])"
)
CARET = compiled(r"(?<![\w^])(?P<v>[~][^\W\d_]+(?:['’ -][^\W\d_]+)?\^[~][^\W\d_]*(?:\^[^\W\d_]*){0,3})(?![\w])")
#: ``Folasade Nkosi's report``
POSSESSIVE = compiled(r"(?<![\w'’-])(?P<v>[~][\w'’-]*[^\W\d_](?:[ ][~][\w'’-]*[^\W\d_]){0,2})['’]s\s(?P<n>[a-z]+)")
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
HEAD = re.compile(r"(?:^|[.!?:;\n(\-–•*]\s*)$")
BELONGINGS = frozenset(("study", "scan", "patient", "films", "report", "chart", "mri", "ct", "note", "images", "bed"))
CHANNEL = re.compile(r"(?i)\s(?:via|on|at|by)\s(?:secure|phone|telephone|chat|pager|\d)")
#: ``W. Hand``, ``X Ng``
INITIAL = compiled(
    r"(?<![\w.'’/-])(?P<i>[~]\.?(?:(?:[ -]|(?<=\.))[~]\.)*)[ ](?P<v>(?:(?i:van|von|de|di|da|del|der|den|la|le|al|el|bin|ibn|ter|ten)\s){0,2}[~][\w'’-]+(?:-[~]\w+)?)(?![\w'’])"
)

#: patterns whose value is a name as a whole, and whether any word may be one there
WHOLE = (
    (VOCATIVE, False),
    (CLOSING, True),
    (ALIAS, True),
    (SIGNED, True),
    (DASHED, False),
    (HEADER, False),
    (CARET, False),
)


def find_by_layout(words: Words, found: list[Finding]) -> None:
    """Add what the page's layout shows; ``words`` are those of the text."""
    text = words.text
    for pattern, certain in WHOLE:
        for match in pattern.finditer(text):
            _whole(match, found, certain=certain)
    for match in AGED.finditer(text):
        _aged(words, match, found)
    found += (Finding(*m.span("v"), Category.NAME, 0.93, "name:key", Role.PATIENT) for m in NAME_FIRST.finditer(text))
    for match in POSSESSIVE.finditer(text):
        _owner(words, match, found)
    for pattern in (PAIR, MARKED, TECH, GIVEN_TO):
        for match in pattern.finditer(text):
            _initials(match, found)
    if last := LAST_LINE.search(text, max(0, len(text.rstrip()) - 24)):
        _initials(last, found, last=True)
    for match in INITIAL.finditer(text) if not words.lower else ():
        _initialled(words, match, found)


def _whole(match: re.Match[str], found: list[Finding], *, certain: bool = False) -> None:
    """A name that fills its place, if its words may be a name's."""
    parts = [fold_text(w).text for w in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", match["v"])]
    if not parts or any(p in NOT_NAMES for p in parts if len(p) > 1) or all(p in CREDENTIALS for p in parts):
        return
    if certain or any(_may_be_name(p) for p in parts):
        end = match.start("v") + len(match["v"].rstrip())
        found.append(Finding(match.start("v"), end, Category.NAME, 0.9, "name:layout"))


def _owner(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """Whose something is: words that no list knows, or a given name first; no eponym, drug or ordinary word."""
    told = [fold_text(w).text for w in match["v"].split()]
    last = told[-1]
    if words.caps or last in NOT_NAMES or lexicon.is_drug(last):
        return
    if match["n"] in NO_PERSON_AFTER or lexicon.is_anatomy(match["n"]):
        return
    if match["n"] in BELONGINGS and not HEAD.search(words.text, max(0, match.start() - 12), match.start()):
        found.append(Finding(*match.span("v"), Category.NAME, 0.8, "name:layout"))
        return
    first = next((k for k, w in enumerate(told) if w in lexicon.given_names() or not lexicon.is_known(w)), None)
    if first is not None and (not lexicon.is_eponym(last) or first < len(told) - 1):
        start = match.start("v") + sum(len(w) + 1 for w in match["v"].split()[:first])
        found.append(Finding(start, match.end("v"), Category.NAME, 0.75, "name:subject"))


def _may_be_name(folded: str) -> bool:
    return folded in lexicon.given_names() or folded in lexicon.surnames() or not lexicon.is_known(folded)


def _aged(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """The words before an age, from the first that may be one of a name."""
    i = words.at.get(match.start("v"))
    end = match.end("v")
    while i is not None and i < len(words.all) and words.all[i].end <= end:
        word = words.all[i]
        last = words.all[i].end == end
        if word.folded not in NOT_NAMES and (_may_be_name(word.folded) if last else word.named):
            if not word.clinical or word.named:
                found.append(Finding(word.start, end, Category.NAME, 0.85, "name:layout"))
            return
        i += 1


def _initials(match: re.Match[str], found: list[Finding], *, last: bool = False) -> None:
    """Initials, unless they are a term, a department or an ordinary word."""
    value = match["v"]
    pieces = [re.sub(r"\W", "", p) for p in re.split(r"[/:]", value)]
    told = [fold_text(p).text for p in pieces]
    if len(told) == 1:
        one = told[0]
        sure = "." in value or match.re in (TECH, MARKED)
        sure = sure or (len(one) == 2 and CHANNEL.match(match.string, match.end()) is not None)
        if one in NO_ONE or (lexicon.is_known(one) and not sure):
            return
        if last and not pieces[0].isupper() and len(one) != 3:
            return
    elif not MODALITIES.isdisjoint(told) or (
        all(lexicon.is_clinical(p) or p in DEPARTMENTS for p in told) and match.string[match.end() :].strip()
    ):
        return  # only the last line of a text is initials whatever they may mean
    end = match.start("v") + len(value.rstrip())
    found.append(Finding(match.start("v"), end, Category.NAME, 0.8, "name:initials", Role.STAFF))


def _initialled(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """An initial and a surname: with a point any capitalised word that is not medicine's, without one a name's."""
    i = words.ending_at(match.end("v"))
    if i is None:
        return
    word = words.all[i]
    if word.folded in NOT_NAMES or word.folded in CREDENTIALS:
        return
    if word.clinical and not (word.named and word.text[1:].islower()):
        return
    pointed = "." in match["i"]
    if TYPED.search(words.text, max(0, match.start() - 14), match.start()):
        return
    if pointed and word.text[1:].islower():
        fits = _may_be_name(word.folded) or not lexicon.is_word(word.folded)
    else:
        fits = _may_be_name(word.folded) and (word.named or not lexicon.is_eponym(word.folded)) and len(word.text) > 1
    inside = words.text[max(0, match.start() - 2) : match.start() - 1].islower()
    if fits and not (match["i"] in ("A", "I") and not word.named and not (inside and not words.caps)):
        found.append(Finding(match.start(), match.end(), Category.NAME, 0.8, "name:layout"))
