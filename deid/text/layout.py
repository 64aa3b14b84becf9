"""Names by where they stand on the page: salutations, closings, who signed and typed, names with an age or an alias."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import fold_word
from deid.text.lexicon import group
from deid.text.reading import WORD_SURNAMES, is_term
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER, NOT_NAMES, Word, Words, compiled

__all__ = ["find_by_layout"]

NOT_INITIALS = group("not_initials")
#: Ways in, tests, views, sides: what stands where initials might.
NO_INITIALS = group("no_initials")
#: What stands after a genus or a kind of structure abbreviated to a letter: C. difficile, V. cava, N. facialis.
SPECIES = group("species")
DEPARTMENTS = group("departments")
NO_ONE = NOT_INITIALS | DEPARTMENTS | NOT_NAMES | CREDENTIALS
MODALITIES = frozenset(("pet", "ct", "mr", "xr", "us", "nm"))
CAPITALS = r"[~]{2,4}"
POINTS = r"(?:[~]\.[ -]?){2,3}"
SMALL = r"[^\W\d_A-Z]{2,3}"
#: ``Chase, could you look at this``
VOCATIVE = compiled(
    r"[ \t]*(?P<v>[~][\w'’-]++(?:[ ][~][\w'’-]++)?),[ \t](?=(?i:could|can|please|pls|would|will|thanks|thank|hope|just|i|i'm|i've|we|this|here|per|kindly|see|let|attached|sorry|good|quick|any|do|did|are|have|what|when|where|why|how|fyi)\b)"
)
#: ``Thx`` or ``Kind regards,`` and, on a line of its own, a name
CLOSING = compiled(
    r"[ \t]*(?i:thx|thanks|thank\syou|many\sthanks|ty|cheers|(?:kind|best|warm)?\s?(?:regards|wishes)|best|sincerely|yours(?:\s\w+)?|respectfully|faithfully|ta)[,.!]?[ \t]*\n\s*+(?P<v>[~][\w'’.-]*+(?:[ ][~][\w'’.-]*+){0,3})[ \t]*+(?=\n|$|,)"
)
#: ``Big Jim (as he likes to be called)``
ALIAS = compiled(
    r"(?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+)?)\s\((?i:as\s(?:he|she|they)|a\.?k\.?a|goes\sby|known\sas|nickname|preferred|call\s(?:him|her|me))"
)
#: ``Kay Ring, 101-year-old``; ``Rich 91yo``
AGE = re.compile(
    r"(?<![\d.])(?:1[01]\d|\d\d?)(?:\s?(?:yo\b|y/o\b|y\.o\b|yom\b|yof\b)|[- ]?(?:years?|yrs?)[- ]?(?:old|of\sage)|(?:\s?[MF]|[mf])\b(?![-/]))"
)
#: the size of a catheter, or a young woman
FRENCH = re.compile(r"(?:[1-9]|[12]\d|3[0-6])\s?F")
AGED = compiled(r"(?<![\w'’.-])(?P<v>[~][\w'’-]+(?:[ ](?:[~]\.?[ ])?[~][\w'’-]+){0,2}),?\s\(?(?:an?\s)?$")
#: initials at the end of a text or alone on a line
PAIR = compiled(rf"(?P<v>(?:{CAPITALS}|{POINTS})\s?[/:]\s?(?:{CAPITALS}|{POINTS}|{SMALL}))[ \t.]*(?=\n|$)")
LAST_LINE = compiled(
    rf"(?:\n|[.!?]\s+|[.!?]\n)[ \t]*[-–]{{0,2}}[ \t]?(?P<v>{CAPITALS}|{POINTS}|[^\W\d_]{{2,3}})[ \t.]*\s*$"
)
TECH = compiled(
    r"(?i:diktat|diktiert|dictado|dict[eé]|schreibkraft|tech|technologist|technician|radiographer|typist|scribe|rt|rad)\s(?P<v>[~]{2,3})(?=\s?[.,;\n]|\s*$)"
)
#: ``(signed) Hand``
SIGNED = compiled(r"(?i:\(signed\)|e-?signed:?)\s(?P<v>[~][\w'’.-]*+(?:[ ][~][\w'’.-]*+){0,2})[ \t]*(?=\n|$|,)")
SIGNS = ("(signed)", "e-signed", "esigned")
#: ``- Ivy Rich, Galway`` at the end of a text
DASHED = compiled(r"[-–]{1,2}\s?(?P<v>[~][\w'’.-]+(?:[ ][~][\w'’.-]+){0,2})(?=\s*(?:$|,[ ][~]|\n|\())")
#: ``HAND, ROSEMARY T   MR# 4471902`` at the head of a text
HEADER = compiled(
    r"[ \t*]*(?P<v>[~][\w'’-]++(?:[ ][~][\w'’-]++)?,[ ]?[~][\w'’-]+(?:[ ][~]\w*\.?)?)(?=[ ]{2,}\S|[ ](?:MRN?|DOB|ID|#)|[ ]?\d{4}|\t|[ ]?[|(]|,\s?(?:\*|n\.\s|\d|(?i:geb|né|née|nacid|ne\sle|mrn|id)))"
)
CARET = compiled(r"(?<![\w^])(?P<v>[~][^\W\d_]+(?:['’ -][^\W\d_]+)?\^[~][^\W\d_]*(?:\^[^\W\d_]*){0,3})(?![\w])")
#: ``[14:03] hbarros: was``, ``[9:02] Priyanka V.: who``: who speaks in a chat
SPEAKER = re.compile(
    r"[ \t]*(?:\[(?:[\d/.-]{6,10},?[ ])?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[AaPp][Mm])?\]|[\d/.-]{6,10},[ ]\d{1,2}:\d\d(?:\s?[AaPp][Mm])?[ ][-–])[ \t]*~?[ ]?(?P<v>[^\W\d_][\w.'’-]*(?:[ ][^\W\d_][\w.'’-]*){0,2}):"
)
#: ``née Ide``
BORN = compiled(r"(?<!\w)(?:n[ée]e|N[ÉE]E)[ ](?P<v>(?:(?i:van|von|de|di|da|del|der|la|le|al|el)\s){0,2}[~][\w'’-]+)")
#: ``Chase: can anyone look``: a line that somebody speaks without a time
TALK = compiled(r"(?m)^[ \t]*(?P<v>[~][\w'’-]+(?:[ ][~]\.?)?):[ ](?=\S)")
#: ``On call: Moua #7985, Two Bulls 63937``
ON_CALL = re.compile(r"(?i)\b(?:on[ -]?call|pagers?|bleeps?|bleep\sholders?)\b")
PAGED = compiled(
    r"(?<![\w'’-])(?P<v>[~](?:[^\W\d_]|['’-])+(?:[ ][~](?:[^\W\d_]|['’-])+){0,2})[ ](?:(?:#|x|(?i:ext\.?|pager|bleep|pgr)[ ])\d{4,5}|(?!(?:19|20)\d\d\b)\d{4,5})(?=\s*(?:[,;/|.)\n]|$))"
)
CHAT = re.compile(r"\d, \d{1,2}:\d\d")
#: ``Folasade Nkosi's report``
POSSESSIVE = compiled(r"(?P<v>[~][\w'’-]*[^\W\d_](?:[ ][~][\w'’-]*[^\W\d_]){0,2})['’]s\s(?P<n>[a-z]+)")
#: ``Thomas' knee``
OWNING_S = compiled(r"(?<![\w'’])(?P<v>[~][\w-]*s)['’]\s(?P<n>[a-z]+)")
#: ``Li Wei (李伟)``: the name again, as its bearer writes it
AS_WRITTEN = re.compile(
    r"[(（]\s?(?P<v>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,5}(?:[ ·・][\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,6})?"
    r"|[А-ЯЁІЇЄ][а-яёіїє]+(?:\s[А-ЯЁІЇЄ][а-яёіїє.]*){1,2}|[\u0620-\u06ff]+(?:\s[\u0620-\u06ff]+){1,3})\s?[)）]"
)
#: ``Image annotated 'BV'``
MARKED = compiled(
    r"(?i:annotated|initial(?:l)?ed|marked\sby|labell?ed\sby)\s(?:by\s)?['\"‘“(]?(?P<v>[~]{2,3})['\"’”)]?(?!\w)"
)
#: ``communicated to ES via``
GIVEN_TO = compiled(
    r"(?i:communicated|conveyed|relayed|called|given|reported|handed\s(?:over|off)|signed\sout|notified|informed|paged|d/w|discussed\swith|(?:confirmed|agreed|checked|reviewed|correlated)\s(?:with|by)|ok['’]?d\sby)\s(?i:to\s|by\s)?(?P<v>[~]{2,3})(?=\s(?i:via|at|on|by|in|who|and|,)\b|\s?[,.;]|\s\d|\s*$)"
)
#: ``MR brain OK DB; CT declined BC``, in lists
DECIDED = compiled(r"(?i:ok|declined?|vetted|justified|authori[sz]ed)\s(?P<v>[~]{2})(?=[;\n]|$)")
#: ``Res. Power / Att. Sun``
TEAM = compiled(
    r"(?<!\w)(?i:res(?:ident)?|reg(?:istrar)?|fellow)\.?:?[ ](?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+){0,2})\s?[/;|]\s?(?i:att(?:ending|g)?|cons(?:ultant)?|staff)\.?:?[ ](?P<w>[~][\w'’-]+(?:[ ][~][\w'’-]+){0,2})(?![\w'’])"
)
#: ``chance day / m / 25.07.2004``
LISTED = re.compile(
    r"[ \t]*(?:\d{1,3}[.)][ \t]*)?(?P<v>[^\W\d_][\w'’-]*+(?:,?[ ][^\W\d_][\w'’.-]*+){1,3})[ \t]*+(?P<s>[/|;])[ \t]*(?i:m|f|male|female)[ \t]*(?P=s)[ \t]*(?=\d{1,4}[/.-]\d|\d{4})"
)
SEXED = re.compile(r"[/|;][ \t]*(?:[MmFf]|(?i:fe)?(?i:male))[ \t]*[/|;]")
#: ``hand-off BM -> DY``
HANDS = ("hando", "hand-o", "handed", "signout", "sign-out")
HANDED = compiled(
    r"(?i:hand-?off|hand-?over|sign-?out|handed\s(?:off|over))[ ]?:?[ ](?P<v>[~]{2,3})[ ]?(?:->|→|=>|to)[ ]?(?P<w>[~]{2,3})(?!\w)"
)
#: ``NB October 7`` as the last line
DATED = compiled(
    r"\n[ \t]*[-–]{0,2}[ \t]?(?P<v>[~]{2,3}|(?:[~]\.){2,3}),?[ ](?=(?:\d{1,4}[/.-]|\d{1,2}(?:st|nd|rd|th)?[ -]?(?i:of[ ])?[A-Z][a-z]{2}|[A-Z][a-z]{2,8}[- ]\d)[\w/., -]{1,14}\s*$)"
)
MONTH_FIRST = re.compile(r"(?i)(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}[- ]\d")
#: ``tr: ti, rev: RF``: who typed and who looked it through
HANDLED = compiled(
    r"(?<![\w])(?i:tr|trans|transcr|rev|revd|typ|typed|dict|dictd|appr|approved|verif|verified|prep|entered)\s?:\s?(?P<v>[~]{2,3}|[a-z]{2,3})(?=\s?(?:[,;|/]|\n|$))"
)
#: ``hold how long? /LP`` at the very end
SLASHED = compiled(r"\s/\s?(?P<v>[~]{2,3})\s*$")
#: ``Name HORVÁTH, ERZSÉBET``
NAME_FIRST = compiled(
    r"(?i:name|patient|pt)\s(?P<v>[~][~'’-]+(?:[ ][~][~'’-]+)?,[ ]?[~][~'’-]+(?:[ ](?!(?i:id|dob|born|mrn)\b)[~][~'’.-]*)?)(?=\s*(?:$|[|\n,;(\d]|\s(?i:id|dob|born|mrn)))"
)
#: a letter that is no initial: ``hepatitis B. The``
TYPED = re.compile(
    r"(?i)\b(?:type|grade|class|stage|vitamin|hepatitis|group|category|weber|level|zone|segment|part|option|plan|density)\s$"
)
HEAD = re.compile(r"(?:^|[.!?:;\n(\-–•*]\s*)$")
CONTRACTED = re.compile(r"['’](?:d|ll|m|re|s|t|ve)$")
SIDES = frozenset("LR")
ASKED = re.compile(r"(?:^|\n)$")  # "Q." and "A." in minutes
BELONGINGS = frozenset(("study", "scan", "patient", "films", "report", "chart", "mri", "ct", "note", "images", "bed"))
CHANNEL = re.compile(r"(?i)\s(?:via|on|at|by)\s(?:secure|phone|telephone|chat|pager|\d)")
#: ``W. Hand``, ``X Ng``
INITIAL = compiled(
    r"(?<![\w.'’/&-])(?P<i>[~]\.?(?:(?:[ -]|(?<=\.))[~]\.){0,4})[ ](?P<v>(?:(?i:van|von|de|di|da|del|der|den|la|le|al|el|bin|ibn|ter|ten)\s){0,2}[~][\w'’-]+(?:-[~]\w+)?)(?![\w'’])"
)

#: patterns tried where a line begins, and whether any word may be a name there
AT_LINES = ((VOCATIVE, False), (CLOSING, True), (HEADER, False))
INITIALS_AT = {
    **dict.fromkeys(("annotated", "initialed", "initialled", "marked", "labeled", "labelled"), MARKED),
    **dict.fromkeys(("diktat", "diktiert", "dictado", "dicte", "schreibkraft"), TECH),
    **dict.fromkeys(
        ("tr", "trans", "transcr", "rev", "revd", "typ", "typed", "dict", "dictd", "appr", "approved", "verif"), HANDLED
    ),
    **dict.fromkeys(("verified", "prep", "entered"), HANDLED),
    **dict.fromkeys(("tech", "technologist", "technician", "radiographer", "typist", "scribe", "rt", "rad"), TECH),
    **dict.fromkeys(("ok", "decline", "declined", "vetted", "justified", "authorised", "authorized"), DECIDED),
    **dict.fromkeys(
        "communicated conveyed relayed called given reported handed signed notified informed paged discussed confirmed agreed checked reviewed correlated ok'd".split(),  # noqa: SIM905
        GIVEN_TO,
    ),
}
ANNOUNCING = frozenset((*INITIALS_AT, "name", "patient", "pt"))
OWNING = ("'s", "’s")
ENDS = re.compile(r"[.!?)][ \n]+")
LINES = re.compile(r"\n\n*")


def find_by_layout(words: Words, found: list[Finding]) -> None:
    """Add what the page's layout shows; ``words`` are those of the text."""
    text = words.text
    lines = [0, *(m.end() for m in LINES.finditer(text))]
    for pattern, certain in AT_LINES:
        _whole((pattern.match(text, at) for at in lines), found, certain=certain)
    if SEXED.search(text):
        _whole((LISTED.match(text, at) for at in lines), found, certain=True)
    low = text.casefold()
    _spoken(text, low, lines, found)
    _marked(words, low, found)
    starts = (*lines, *(m.end() for m in ENDS.finditer(text)))
    _whole((DASHED.match(text, at) for at in starts if text.startswith(("-", "–"), at)), found)
    _initials((PAIR.match(text, at) for at in starts), found)
    for age in AGE.finditer(text):
        if match := AGED.search(text, max(0, age.start() - 60), age.start()):
            _aged(words, match, found, sized=FRENCH.fullmatch(age.group()) is not None)
    for i, word in [(i, word) for i, word in enumerate(words.all) if word.cap or word.folded in ANNOUNCING]:
        if word.folded in ANNOUNCING:
            _announced(text, word, found)
        if word.cap and (len(word.text) == 1 or word.text[-2:] in OWNING or text.startswith(" (", word.end)):
            _by_capital(words, i, found)
    tail = max(0, len(text.rstrip()) - 24)
    _initials([LAST_LINE.search(text, tail)], found, last=True)
    _initials([SLASHED.search(text, tail), DATED.search(text, tail)], found)


def _announced(text: str, word: Word, found: list[Finding]) -> None:
    """What a word announces: somebody's initials, or a name without a colon."""
    pattern = INITIALS_AT.get(word.folded)
    if pattern is not None:
        _initials([pattern.match(text, word.start)], found)
    elif (match := NAME_FIRST.match(text, word.start)) and (word.folded == "name" or _is_listed_so(match["v"])):
        found.append(Finding(*match.span("v"), Category.NAME, 0.93, "name:key", Role.PATIENT))


def _by_capital(words: Words, i: int, found: list[Finding]) -> None:
    """An initial, a possessive, or an alias in brackets."""
    text, word = words.text, words.all[i]
    if len(word.text) == 1 and (match := INITIAL.match(text, word.start)):
        _initialled(words, match, found)
    if word.text[-2:] in OWNING:
        first = i
        while i - first < 2 and first > 0 and words.all[first - 1].cap and words.gap(first - 1) == " ":
            first -= 1
        if match := POSSESSIVE.match(text, words.all[first].start):
            _owner(words, match, found)
    if text.startswith(" (", word.end):
        first = i - 1 if i > 0 and words.all[i - 1].cap and words.gap(i - 1) == " " else i
        _whole([ALIAS.match(text, words.all[first].start)], found, certain=True)


def _whole(matches: Iterable[re.Match[str] | None], found: list[Finding], *, certain: bool = False) -> None:
    """Names that fill their place, if their words may be a name's."""
    for match in matches:
        if match is not None and match.re is HEADER and not _heads(match):
            continue
        if match is not None and _may_be_whole(match["v"], certain=certain):
            end = match.start("v") + len(match["v"].rstrip())
            found.append(Finding(match.start("v"), end, Category.NAME, 0.9, "name:layout"))


def _spoken(text: str, low: str, lines: Iterable[int], found: list[Finding]) -> None:
    """Who speaks in a chat, a name or a login, and who handed over to whom."""
    for match in TEAM.finditer(text) if "att" in low or "cons" in low or "staff" in low else ():
        told = ((part, [fold_word(w) for w in match[part].split()]) for part in ("v", "w"))
        found += (
            Finding(*match.span(part), Category.NAME, 0.9, "name:layout", Role.STAFF)
            for part, words in told
            if NOT_NAMES.isdisjoint(words)
        )
    for match in HANDED.finditer(text) if any(sign in low for sign in HANDS) else ():
        found += (Finding(*match.span(part), Category.NAME, 0.85, "name:initials", Role.STAFF) for part in ("v", "w"))
    _talked(text, found)
    for born in BORN.finditer(text) if "née" in low or "nee " in low else ():
        found.append(Finding(*born.span("v"), Category.NAME, 0.95, "name:key"))
    for spoken in (SPEAKER.match(text, at) for at in lines) if "[" in text or CHAT.search(text) else ():
        if spoken is None or all(lexicon.is_word(fold_word(w)) for w in spoken["v"].split()):
            continue
        login = spoken["v"].islower() and " " not in spoken["v"]
        category = Category.USERNAME if login else Category.NAME
        found.append(Finding(*spoken.span("v"), category, 0.9, "pattern:username" if login else "name:layout"))


def _talked(text: str, found: list[Finding]) -> None:
    """Who speaks in a chat without times, and whose pagers a line lists: names that may be words."""
    talk = list(TALK.finditer(text)) if text.count(": ") > 1 else []
    speakers = [m for m in talk if _may_speak(fold_word(m["v"].split()[0]), m["v"])]
    strange = [m for m in speakers if not lexicon.is_known(fold_word(m["v"].split()[0]))]
    if len({m["v"] for m in speakers}) > 1 and len(speakers) == len(talk) and len(strange) < len(speakers):
        found += (Finding(*m.span("v"), Category.NAME, 0.85, "name:layout") for m in speakers)
    for line in ON_CALL.finditer(text):
        end = text.find("\n", line.end())
        for paged in PAGED.finditer(text, line.end(), end if end >= 0 else len(text)):
            words = [fold_word(w) for w in paged["v"].split()]
            if NO_ONE_PAGED.isdisjoint(words) and not any(map(is_term, words[1:])):
                found.append(Finding(*paged.span("v"), Category.NAME, 0.9, "name:layout", Role.STAFF))


NO_ONE_PAGED = NOT_NAMES | group("subjects") | group("departments")


def _may_speak(folded: str, written: str) -> bool:
    """Whether a word before a colon is a given name or on no list: no heading of a report."""
    return written[1:2].islower() and (folded in lexicon.given_names() or not lexicon.is_known(folded))


def _is_listed_so(value: str) -> bool:
    """Whether ``SMITH, JOHN`` may be a surname and a given name, not two findings: ``ALERT, ORIENTED``."""
    family, _, given = value.partition(",")
    first, second = NAME_WORD.findall(family), NAME_WORD.findall(given)
    if not first or not second or any(len(w) > 1 and fold_word(w) in NOT_NAMES for w in (*first, *second)):
        return False
    surname, forename = fold_word(first[0]), fold_word(second[0])
    if _is_no_one(second[0]):
        return (surname in lexicon.surnames() or surname in lexicon.given_names()) and not lexicon.is_word(surname)
    return forename in lexicon.given_names() or not any(w.isascii() and is_term(fold_word(w)) for w in first)


def _is_no_one(word: str) -> bool:
    """Whether what stands for a given name is a term, a product or an abbreviation: ``TR``, ``Hb``."""
    folded = fold_word(word)
    if not word.isascii() or folded in lexicon.given_names() or folded in lexicon.surnames() or folded in WORD_SURNAMES:
        return False
    clinical = lexicon.is_clinical(folded) and not lexicon.is_eponym(folded)
    return clinical or is_term(folded) or (len(folded) < 4 and folded in NO_INITIALS)


NUMBERED = re.compile(r"\s*(?:MRN?|DOB|#|\d{5})")


YEAR = re.compile(r"[ ]?\(?(?:19|20)\d\d(?![\w/-])")


def _heads(match: re.Match[str]) -> bool:
    """Whether a head line names a person, no parameters, drugs or authorities: ``Dixon, TR 4000``."""
    value = match["v"]
    if NUMBERED.match(match.string, match.end("v")):
        return True
    parts = [fold_word(w) for w in NAME_WORD.findall(value)]
    if any(c.isdigit() for c in value) or not _is_listed_so(value):
        return False
    if value.split(",")[1].strip().isupper() and not value.isupper() and parts[-1] not in lexicon.given_names():
        return False
    cited = YEAR.match(match.string, match.end("v")) is not None
    return not all(map(lexicon.is_eponym, parts)) or (parts[-1] in lexicon.given_names() and not cited)


NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _may_be_whole(value: str, *, certain: bool) -> bool:
    parts = [fold_word(w) for w in NAME_WORD.findall(value)]
    if not parts or any(p in NOT_NAMES for p in parts if len(p) > 1) or all(p in CREDENTIALS for p in parts):
        return False
    return certain or any(map(_may_be_name, parts))


def _owner(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """Whose something is: words that no list knows, or a given name first; no eponym, drug or ordinary word."""
    told = [fold_word(w) for w in match["v"].split()]
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


def _marked(words: Words, low: str, found: list[Finding]) -> None:
    """Names that a sign tells: an electronic signature, carets, an apostrophe behind an s, another script in brackets."""
    text = words.text
    if any(sign in low for sign in SIGNS):
        _whole(SIGNED.finditer(text), found, certain=True)
    if "^" in text:
        _whole(CARET.finditer(text), found)
    if "s' " in low or "s’ " in low:
        _owners(words, found)
    if not text.isascii():
        found += (Finding(*m.span("v"), Category.NAME, 0.85, "name:layout") for m in AS_WRITTEN.finditer(text))


def _owners(words: Words, found: list[Finding]) -> None:
    """Whose something is, where the name itself ends in an s: no plural, and nothing called after somebody."""
    for match in OWNING_S.finditer(words.text):
        owner = fold_word(match["v"])
        named = owner in lexicon.given_names() or (owner in lexicon.surnames() and not lexicon.is_word_form(owner))
        if named and match["n"] not in NO_PERSON_AFTER:
            found.append(Finding(*match.span("v"), Category.NAME, 0.8, "name:subject"))


def _may_be_name(folded: str) -> bool:
    return folded in lexicon.given_names() or folded in lexicon.surnames() or not lexicon.is_known(folded)


def _aged(words: Words, match: re.Match[str], found: list[Finding], *, sized: bool = False) -> None:
    """The words before an age, from the first that may be one of a name; what is ``sized`` may be a catheter."""
    i = words.at.get(match.start("v"))
    end = match.end("v")
    while i is not None and i < len(words.all) and words.all[i].end <= end:
        word = words.all[i]
        last = words.all[i].end == end
        if last and sized and (not word.named or lexicon.is_eponym(word.folded)):
            return
        if word.folded not in NOT_NAMES and (_may_be_name(word.folded) if last else word.named):
            if not word.clinical or word.named:
                found.append(Finding(word.start, end, Category.NAME, 0.85, "name:layout"))
            return
        i += 1


def _initials(matches: Iterable[re.Match[str] | None], found: list[Finding], *, last: bool = False) -> None:
    """Initials, unless they are a term, a department or an ordinary word."""
    for match in matches:
        if match is not None and _are_initials(match, last=last):
            end = match.start("v") + len(match["v"].rstrip())
            found.append(Finding(match.start("v"), end, Category.NAME, 0.8, "name:initials", Role.STAFF))


TITLED = frozenset(("mr", "mrs", "ms", "prof"))


def _are_initials(match: re.Match[str], *, last: bool) -> bool:
    value = match["v"]
    pieces = [re.sub(r"\W", "", p) for p in re.split(r"[/:]", value)]
    told = [fold_word(p) for p in pieces]
    if len(told) > 1:
        return _are_two(match, told)
    one = told[0]
    titled = one in ("dr", "drs") or (one in TITLED and match.string.startswith(".", match.end("v")))
    if titled or (one in NO_INITIALS and _may_be_a_term(match)):
        return False  # "discussed with DR. PAGE"
    sure = "." in value or match.re in (TECH, MARKED, HANDLED, SLASHED, DATED)
    if match.re is HANDLED and value.isupper() and not match.string.isupper():
        return one not in MODALITIES
    if match.re is DATED:
        return _dates_a_line(match, one)
    sure = sure or (match.re is GIVEN_TO and len(one) == 2 and one not in NO_ONE and not lexicon.is_word(one))
    sure = sure or (len(one) == 2 and CHANNEL.match(match.string, match.end()) is not None)
    if one in NO_ONE or (lexicon.is_known(one) and not sure):
        return False
    return not last or pieces[0].isupper() or len(one) == 3


def _are_two(match: re.Match[str], told: list[str]) -> bool:
    """Whether a pair is two people's initials: on the last line whatever they may mean, but no views: ``AP/LAT``."""
    if not MODALITIES.isdisjoint(told) or NO_INITIALS.issuperset(told):
        return False
    return not match.string[match.end() :].strip() or not all(p in DEPARTMENTS or lexicon.is_clinical(p) for p in told)


def _may_be_a_term(match: re.Match[str]) -> bool:
    """Whether a test, a side or a way in may stand here: ``given IV``, ``RT AC``, ``prep: NPO``; none is told to."""
    cue = match.group().lower()
    told = match.re in (GIVEN_TO, MARKED, LAST_LINE) and " to " not in cue and "." not in match["v"]
    return told or cue.startswith(("rt ", "prep", "entered"))


def _dates_a_line(match: re.Match[str], one: str) -> bool:
    """Whether what stands before a day in the last line is somebody's initials: no test, no modality, no "to"."""
    if one in NOT_INITIALS or one in MODALITIES or len(one) != 2:
        return False
    month_first = MONTH_FIRST.match(match.string, match.end()) is not None
    return month_first or not (one in NO_ONE or lexicon.is_clinical(one) or match.string.isupper())


def _ends_a_term(words: Words, match: re.Match[str]) -> bool:
    """Whether the letter belongs to what stands before it: ``Barcelona B. The``, ``Okuda I. No``."""
    ahead = words.ending_at(match.start() - 1)
    if ahead is None or not words.all[ahead].cap or words.gap(ahead) != " ":
        return False
    word = words.all[ahead].folded
    if word in lexicon.given_names():
        return False
    if words.all[ahead].text.isupper() and len(word) > 2 and not words.caps:
        return True  # "TASC C. The"
    return match["i"] == "I." or word in lexicon.cities() or lexicon.is_eponym(word) or lexicon.is_clinical(word)


def _is_no_initial(words: Words, match: re.Match[str], word: Word) -> bool:
    """Whether the letter is a side, who asks or answers in minutes, or the word after it no noun at all."""
    if CONTRACTED.search(word.folded):
        return True
    if match["i"] in SIDES and (lexicon.is_eponym(word.folded) or not word.named):
        return True
    if match["i"][0] in SIDES and len(word.text) < 5 and word.text.isupper() and not words.caps and not word.named:
        return True  # "R. CCA"
    return match["i"] in ("Q.", "A.") and ASKED.search(words.text, max(0, match.start() - 2), match.start()) is not None


AUXILIARY = group("auxiliaries")


def _is_no_letter(match: re.Match[str], word: Word) -> bool:
    """Whether the letter is a pronoun or a unit: ``I WILL``, ``walked 380 M. BORG 4``."""
    before = match.string[max(0, match.start() - 2) : match.start()]
    return (match["i"] == "I" and word.folded in AUXILIARY) or (before[-1:] == " " and before[:1].isdecimal())


def _is_called_after(words: Words, i: int) -> bool:
    """Whether a thing follows that is called after somebody: a Hickman catheter."""
    further = words.all[i + 1].folded if i + 1 < len(words.all) and words.gap(i) == " " else ""
    return further in NO_PERSON_AFTER and lexicon.is_eponym(words.all[i].folded)


def _is_listed(text: str, match: re.Match[str]) -> bool:
    """Whether a letter at the beginning of a line is one of several that number the lines: ``A. Rickettsia conorii``."""
    letter, at = match["i"][0], match.start()
    if match["i"][1:] != "." or text[text.rfind("\n", 0, at) + 1 : at].strip():
        return False
    beside = "".join(chr(ord(letter) + step) for step in (-1, 1))
    return re.search(rf"(?m)^[ \t]*[{re.escape(beside)}][.)][ \t]", text) is not None


def _initialled(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """An initial and a surname: with a point any capitalised word that is not medicine's, without one a name's."""
    i = words.ending_at(match.end("v"))
    if i is None:
        return
    word = words.all[i]
    if word.folded in NOT_NAMES or word.folded in CREDENTIALS or _is_no_initial(words, match, word):
        return
    if (word.folded in SPECIES and len(match["i"]) < 3) or _is_called_after(words, i) or _is_no_letter(match, word):
        return
    if word.clinical and not (word.named and word.text[1:].islower()):
        return
    if _ends_a_term(words, match):
        return
    pointed = "." in match["i"]
    if TYPED.search(words.text, max(0, match.start() - 14), match.start()) or _is_listed(words.text, match):
        return
    if pointed and word.text[1:].islower():
        fits = _may_be_name(word.folded) or not lexicon.is_word(word.folded)
    else:
        fits = _may_be_name(word.folded) and (word.named or words.caps or len(word.text) > 4 or word.text[1:].islower())
        fits = fits and (word.named or not lexicon.is_eponym(word.folded)) and len(word.text) > 1
    inside = words.text[max(0, match.start() - 2) : match.start() - 1].islower()
    if fits and not (match["i"] in ("A", "I") and not word.named and not (inside and not words.caps)):
        found.append(Finding(match.start(), match.end(), Category.NAME, 0.8, "name:layout"))
