"""Identifiers that need no cue: long numbers and codes, e-mail and network addresses, paths, initials of typists."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.checks import CODE_BEFORE, MEASURE_AFTER, VERTEBRA
from deid.text.folding import Folded
from deid.text.quantities import is_range
from deid.text.spans import Spans

__all__ = ["email_starts", "find_bare", "find_handles", "find_network", "find_typists", "is_vin"]

BARE = re.compile(r"\d{6,}(?:-\d+)*(?![\w.,]\d)(?!\w)")
GROUPED = re.compile(r"\d{2,5}(?:-\d{2,})+(?![\w.-])")
MIXED = re.compile(r"(?=[a-z0-9-]*[a-z])(?=(?:[a-z-]*\d){4})[a-z0-9]+(?:-[a-z0-9]+){0,12}(?![\w.@])")
PUBLIC = re.compile(
    r"(?:\d{4}h(?:rs?)?$|\d{1,2}h\d\d$|v(?:er)?(?:19|20)\d\d$|g\d{1,2}p\d{1,4}$|0x|nct\d{8}|rpid\d+|rid\d+|[a-z]\d\d\.\d|covid-19|hla-|il-\d|cd\d|ca[- ]?\d|f-?18|tc-?99|i-?131|ga-?68|lu-?177|t[rei]\d{3,5}$|rs\d{4,}$|[aq]9[5-9]\d\d$|g0\d{3}$|[acgt]\d{3,6}[acgt]$|\d{3,6}(?:ins|del|dup)[acgt]*$|(?:177lu|68ga|18f|99mtc|12[345]i|131i|111in|90y|225ac|64cu|89zr)-|(?:19|20)\d0s$|(?:19|20)\d\d-(?:19|20)\d\d$)"
)


def find_bare(start: int, end: int, word: str, folded: Folded, dates: Spans, found: list[Finding]) -> None:
    """Long numbers and codes of letters and digits that nothing else explains."""
    if end - start < 4:
        return
    text = folded.text
    stop = _extent(start, word, text)
    if stop is None:
        return
    start = _leading(start, text)
    before = text[max(0, start - 24) : start]
    value = text[start:stop]
    if (
        MEASURE_AFTER.match(text, stop)
        or CODE_BEFORE.search(before)
        or (before.endswith((".", "+", "/")) and before[-2:-1].isdigit())
        or PUBLIC.match(value)
        or is_range(value)
        or value in lexicon.words("radiology")
    ):
        return
    a, b = folded.span(start, stop)
    if not dates.meet(a, b):
        found.append(Finding(a, b, Category.ID, 0.75, "pattern:number" if value.isdigit() else "pattern:code"))


def _extent(start: int, word: str, text: str) -> int | None:
    """Where a number or code that starts here ends; None if it is too short to be one."""
    if not word.isdigit():
        match = MIXED.match(text, start)
        return match.end() if match and not VERTEBRA.match(match.group()) else None
    if len(word) >= 6:
        match = BARE.match(text, start)
        return match.end() if match else None
    match = GROUPED.match(text, start)
    if not match or sum(c.isdigit() for c in match.group()) < 7 or text[start - 1 : start] in ("-", ".", "/"):
        return None
    return match.end()


PARTS_MAX = 8
PART_BEFORE = re.compile(r"([a-z0-9]+)-\Z")


def _leading(start: int, text: str) -> int:
    """Where a code begins whose parts before a hyphen were read as words of their own."""
    for _ in range(PARTS_MAX):
        match = PART_BEFORE.search(text[max(0, start - 24) : start])
        if match is None or len(match[1]) > 8:
            break
        start -= len(match.group())
    return start


EMAIL_LEFT = re.compile(r"[a-z0-9][\w.+'-]*\s?$")
AT = re.compile(r"@|\(at\)|\[at\]")
HANDLE = re.compile(r"@[a-z_][\w.]{2,30}\b")


def email_starts(text: str) -> list[int]:
    """Where the word before each at sign begins."""
    if "@" not in text and "[at]" not in text and "(at)" not in text:
        return []
    ahead = (EMAIL_LEFT.search(text[max(0, m.start() - 64) : m.start()]) for m in AT.finditer(text))
    return [m.start() - len(left.group()) for m, left in zip(AT.finditer(text), ahead, strict=True) if left]


def find_handles(folded: Folded, found: list[Finding]) -> None:
    """``@name`` with nothing before it."""
    if "@" not in folded.text:
        return
    found += (
        Finding(*folded.span(*m.span()), Category.USERNAME, 0.85, "pattern:handle")
        for m in HANDLE.finditer(folded.text)
        if not EMAIL_LEFT.search(folded.text[max(0, m.start() - 64) : m.start()])
    )


PATH = re.compile(r"(?<!\w)(?:[a-z]:\\|\\\\)[\w.$&+-]+(?:\\(?:[\w.$&+-]+(?:[ ][\w.$&+-]+){1,3}(?=\\)|[\w.$&+-]*\w))*")
ROOTS = tuple(
    f"/{root}/"
    for root in [
        "home",
        "users",
        "mnt",
        "media",
        "data",
        "srv",
        "var",
        "opt",
        "tmp",
        "export",
        "exports",
        "volumes",
        "nas",
        "share",
        "shares",
        "archive",
    ]
)
FOLDER = re.compile(rf"(?<![\w.])~?(?:{'|'.join(ROOTS)})[\w.$@+-]*\w(?:/[\w.$@+-]*\w)*")
DOMAIN = re.compile(
    r"\.(?:com|org|net|edu|gov|mil|info|health|hospital|nhs\.uk|co\.uk|ac\.uk|org\.uk|de|fr|es|it|ch|at|nl|be|ca|au|io|invalid|example|test|local|internal)(?:/[^\s<>\"')]*\w)?(?![\w@])"
)
HOST = re.compile(r"(?<![\w@.-])[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*$")
MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?P<s>[:-])(?:[0-9a-f]{2}(?P=s)){4}[0-9a-f]{2}(?![\w:-])")
#: As a switch writes it.
MAC_DOTTED = re.compile(r"(?<![\w.])(?=[\d.]*[a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w.]*\w)")
HEX_BETWEEN = re.compile(r"\.[0-9a-f]{4}\.")
HEXED = re.compile(r"[:-][0-9a-f]{0,4}[:-]")
IPV6 = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?![\w:])|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,4})?(?![\w:])"
)
FILE_LIKE = re.compile(r"[a-z]{1,3}\.(?:at|de|it|es|ca|be|ch|io)|[\d.]+\w*")
TYPED = re.compile(r"[/:][a-z]{2,3}(?=\s*(?:$|\n|\d))")
VIN = re.compile(r"(?<!\w)(?=[a-z]*\d)(?=\d*[a-z])[a-hj-npr-z0-9]{17}(?!\w)")
SLASH_INITIALS = re.compile(
    r"(?<![\w/])(?:[A-Z]{2,3}[/:][a-z]{2,3}|/[a-z]{2,3}|[A-Z]{2,4}/[A-Z]{2,3}/[a-z]{2,3})(?=\s*(?:$|\n|\d))"
)


def find_network(folded: Folded, found: list[Finding]) -> None:
    """Paths, host names, hardware and IPv6 addresses."""
    text = folded.text
    if "\\" in text:
        found += (Finding(*folded.span(*m.span()), Category.URL, 0.9, "pattern:path") for m in PATH.finditer(text))
    if any(root in text for root in ROOTS):
        found += (Finding(*folded.span(*m.span()), Category.URL, 0.9, "pattern:path") for m in FOLDER.finditer(text))
    for match in DOMAIN.finditer(text):
        host = HOST.search(text[max(0, match.start() - 64) : match.start()])
        if host and not FILE_LIKE.fullmatch(host.group() + match.group()):
            start = match.start() - len(host.group())
            found.append(Finding(*folded.span(start, match.end()), Category.URL, 0.9, "pattern:domain"))
    if HEX_BETWEEN.search(text):
        found += (Finding(*folded.span(*m.span()), Category.IP, 0.97, "pattern:mac") for m in MAC_DOTTED.finditer(text))
    colons, hyphens = text.count(":"), text.count("-")
    if (colons < 3 and hyphens < 5) or HEXED.search(text) is None:
        return
    if colons >= 4 or hyphens >= 5:
        found += (Finding(*folded.span(*m.span()), Category.IP, 0.97, "pattern:mac") for m in MAC.finditer(text))
    if colons >= 3:
        found += (
            Finding(*folded.span(*m.span()), Category.IP, 0.9, "pattern:ipv6")
            for m in IPV6.finditer(text)
            if any(c.isalpha() for c in m.group()) or "::" in m.group()
        )


def is_vin(word: str) -> bool:
    """Whether a word is a vehicle identification number by its alphabet and length."""
    return len(word) == 17 and VIN.fullmatch(word) is not None


def find_typists(text: str, found: list[Finding]) -> None:
    """``JS/ab`` at the end of a line: who dictated and who typed."""
    for tail in TYPED.finditer(text):
        ahead = range(max(0, tail.start() - 8), tail.start() + 1)
        match = next((m for at in ahead if (m := SLASH_INITIALS.match(text, at))), None)
        if match:
            found.append(Finding(*match.span(), Category.NAME, 0.7, "pattern:typist"))
