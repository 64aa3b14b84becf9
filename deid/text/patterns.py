"""Identifiers that have a shape or a cue: numbers, contacts, addresses, wards, ages over 89.

A rule is tried where its head word stands (``mrn``, ``room``, ``street``), or where a digit or one of a few
signs does, never over the whole text: a kilobyte costs some tenths of a millisecond. Rules run on
folded text and report spans of the original.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from deid.model import Category, Finding
from deid.text.addresses import find_cities, with_city
from deid.text.checks import is_sensible
from deid.text.codes import email_starts, find_bare, find_handles, find_network, find_typists, is_vin
from deid.text.dates import DateMention
from deid.text.folding import Folded
from deid.text.rules import STATE_RULE, Rule, rules
from deid.text.spans import Spans

__all__ = ["find_patterns"]

POSTCODE_HEAD = re.compile(r"[a-z]{1,2}\d[a-z\d]?$|[a-z]\d[a-z]$|[a-z]\d{9}$")
DIGITS = frozenset("0123456789")
UID_HEAD = re.compile(r"(?!v)[a-z]+[0-2]")
STRASSE = re.compile(r".*(?:strasse|str|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|promenade|pfad)$")
#: No identifier is followed by a unit.
MEASURED = re.compile(r"(?:[.,]\d{1,2})?\s?(?:mm|cm|ml|mgy?|mcg|hu|kvp?|msec|ms|%|x\s?\d)(?!\w)|(?:[.,]\d{1,2})?\s?%")
SLASH = re.compile("/")
EXTENSION = re.compile(r"(?<!\w)(?:x|ext\.?|ext:)$")
STRASSE_BEFORE = re.compile(
    r"(?:(?:am|an der|an dem|im|in der|zum|zur|auf der|unter den|alte|alter|neue|neuer|grosse|kleine|obere|untere|lange|breite|hohe)\s)$"
)


@lru_cache(maxsize=8)
def _by_head(language: str) -> dict[str, tuple[Rule, ...]]:
    table: dict[str, list[Rule]] = {}
    for rule in rules(language):
        for head in rule.heads:
            table.setdefault(head, []).append(rule)
    return {head: tuple(listed) for head, listed in table.items()}


@lru_cache(maxsize=8)
def _at_digits(language: str) -> re.Pattern[str]:
    """Whether any of the many rules for digits may match at a place, asked at once."""
    joined = "|".join(rule.pattern.pattern for rule in _by_head(language)["0"])
    return re.compile(re.sub(r"\(\?P=\w+\)", r"\\W?", re.sub(r"\?P<\w+>", "?:", joined)))


WEB = frozenset(("http", "https", "www", "ftp", "sftp", "file", "dicom"))


def find_patterns(  # noqa: C901
    folded: Folded, language: str = "en", dates: Iterable[DateMention] = ()
) -> list[Finding]:
    """Findings of all pattern rules; they may overlap, the finder settles that.

    Parameters
    ----------
    folded
        The text.
    language
        Which further rules join the English ones.
    dates
        The text's dates: a bare number inside one is no identifier of its own.
    """
    table = _by_head(language)
    spans = Spans((m.start, m.end) for m in dates)
    found: list[Finding] = []
    digit_rules, shape_rules, strasse_rules = table["0"], table["~uk"], table.get("~strasse", ())
    at_digits = _at_digits(language)
    slashes = {match.start() for match in SLASH.finditer(folded.text)}
    for start, end, word in [
        (start, end, word)
        for start, end, word in folded.tokens()
        if word in table or end in slashes or strasse_rules or not word.isalpha()
    ]:
        if word.isalpha():
            if word in table and not (
                word in WEB
                and found
                and found[-1].category is Category.URL
                and folded.span(start, end)[0] < found[-1].end
            ):
                _try(table[word], start, folded, found)
            if end in slashes and end - start < 6:
                _try(table["~slash"], start, folded, found)
            if strasse_rules and STRASSE.match(word):
                _try(strasse_rules, _phrase_start(folded.text, start), folded, found)
            continue
        if word[0] in DIGITS:
            if end - start < 4 and MEASURED.match(folded.text, end):
                continue
            if not _goes_on(folded.text, start) and at_digits.match(folded.text, start):
                _try(digit_rules, start, folded, found)
            _try(table.get(word, ()), start, folded, found)
        else:
            _try(table.get(word, ()), start, folded, found)
            _try(digit_rules if UID_HEAD.fullmatch(word) else (), end - 1, folded, found)  # IM1.2.840...
            if len(word) <= 10 and POSTCODE_HEAD.match(word):
                _try(shape_rules, start, folded, found)
        find_bare(start, end, word, folded, spans, found)
        if end - start == 17 and is_vin(word):
            found.append(Finding(*folded.span(start, end), Category.VEHICLE, 0.9, "pattern:vin"))
    for start in email_starts(folded.text):
        _try(table["@"], start, folded, found)
    find_handles(folded, found)
    find_network(folded, found)
    find_typists(folded.original, found)
    find_cities(folded, found)
    return found


def _goes_on(text: str, start: int) -> bool:
    """Whether digits here are a later part of a number with points."""
    return start > 1 and text[start - 1] in "._" and text[start - 2].isdigit()


def _try(listed: Sequence[Rule], start: int, folded: Folded, found: list[Finding]) -> None:
    text = folded.text
    for rule in listed:
        match = rule.pattern.match(text, start)
        if match is None:
            continue
        begin, stop = match.span("v") if rule.valued else match.span()
        if not is_sensible(rule, begin, stop, folded, start):
            continue
        if rule.name == "ward" and not re.search(r"[:#]", folded.text[match.start() : begin]):
            begin = match.start()  # "Ward 6E" is a name as a whole; after "Ward:" only the value is
        if rule.category is Category.POSTCODE and "s" in rule.pattern.groupindex:
            found.append(Finding(*folded.span(*match.span("s")), Category.PLACE, rule.score, STATE_RULE))
        if rule.category is Category.ADDRESS:
            with_city(rule, stop, folded, found)
        if rule.category is Category.PHONE:
            begin = _opening(folded.text, begin, stop)
        found.append(Finding(*folded.span(begin, stop), rule.category, rule.score, f"pattern:{rule.name}"))


def _phrase_start(text: str, start: int) -> int:
    """Where a German street begins whose type word starts here: ``Am Alten Markt``, ``Lange Strasse``."""
    match = STRASSE_BEFORE.search(text[max(0, start - 12) : start])
    return start - len(match.group()) if match else start


def _opening(text: str, begin: int, stop: int) -> int:
    """A phone's plus sign, country code, bracket or joined ``x`` that stands before its first digits."""
    if joined := EXTENSION.search(text, max(0, begin - 5), begin):
        return joined.start()
    bracket = r"\(?" if ")" in text[begin:stop] else ""
    match = re.search(rf"(?:(?<![\w.-])\+?\d{{1,3}}[-. ]{{1,2}})?{bracket}\+?$", text[max(0, begin - 7) : begin])
    return begin - len(match.group()) if match else begin
