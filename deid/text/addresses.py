"""Streets, what follows them, and ``City, ST`` in prose."""

from __future__ import annotations

import re

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group
from deid.text.rules import STATE_NAMES, STATES, Rule

__all__ = ["find_cities", "is_street", "with_city"]

ADDRESS_STOP = group("address_stop")
NOT_STREETS = group("not_streets")
CLINICAL_STREET = group("clinical_street")
CREDENTIAL_LIKE = group("credential_like")
SMALL = frozenset("de la of the du des del st nd rd th le les bis ter rue avenue boulevard place chemin".split())  # noqa: SIM905
STREET_VIEWS = frozenset("st ct dr view point ridge row path run loop bend rise green way".split())  # noqa: SIM905
CITY_HEADS = group("city_heads")
TAIL_PLACE = re.compile(
    r"\s?[,\n]?\s?(?P<city>[A-Z][\w.'’-]+(?:[ -][A-Z][\w.'’-]+){0,3}),?\s(?:(?P<state>"
    + "|".join(STATES.upper().split())
    + r"|(?i:"
    + STATE_NAMES
    + r"))\b\.?)?(?:,?\s(?P<zip>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}))?"
)
STATE_AFTER = re.compile(
    r",\s(?:" + "|".join(STATES.upper().split()) + r"|(?i:" + STATE_NAMES + r"))\b(?!\s?\d{1,2}\b(?!\d))"
)
CITY_BEFORE = re.compile(r"(?<![\w])[A-Z][a-z'’.-]+(?:[ ][A-Z][a-z'’.-]+){0,2}$")
CITY_AFTER = re.compile(r",?\s(?:in\s)?(?P<city>[A-Z][a-z][\w'’-]+(?:\s[A-Z][a-z][\w'’-]+)?)(?=[,.;\n]|\s?$|\s\d)")
PLACE_CUE = re.compile(r"(?:\b(?:in|at|from|of|to|near)|\d\w*(?:\s\w+){1,3},)\s$")


def is_street(folded: Folded, begin: int, stop: int) -> bool:
    """Whether a number, some words and a street word are an address: capitals, no unit, no clinical word."""
    value = folded.text[begin:stop]
    words = re.findall(r"[a-z]+", value)
    original = folded.original[slice(*folded.span(begin, stop))]
    line = original if re.match(r"\d+\w?,", original) else original.split(",")[0]
    named = re.findall(r"[^\W\d_]{2,}", line)
    return (
        not re.search(r"[a-z]{3,}\.\s", value)
        and not any(w in NOT_STREETS or w in ADDRESS_STOP for w in words)
        and not re.search(r"[\d./-]$", folded.text[max(0, begin - 1) : begin])
        and (all(w[0].isupper() or w in SMALL for w in named[:-1]) or folded.is_lower())
        and not _is_clinical(words)
    )


#: Clinical words that streets are most often called.
COMMON_STREETS = frozenset(("high", "main", "park", "spring"))


def _is_clinical(words: list[str]) -> bool:
    if any(w in CLINICAL_STREET for w in words):
        return True
    viewed = len(words) >= 2 and words[-1] in STREET_VIEWS and words[0] not in COMMON_STREETS
    return viewed and all(map(lexicon.is_clinical, words[:-1]))


def with_city(rule: Rule, stop: int, folded: Folded, found: list[Finding]) -> None:
    """City, state and postcode that follow a street line become findings of their own."""
    end = folded.span(stop - 1, stop)[1]
    match = TAIL_PLACE.match(folded.original, end)
    if match and (match["state"] or match["zip"]):
        found.append(Finding(*match.span("city"), Category.PLACE, rule.score, "pattern:city"))
        if match["zip"]:
            found.append(Finding(*match.span("zip"), Category.POSTCODE, rule.score, "pattern:zip"))
        return
    city = CITY_AFTER.match(folded.original, end)
    if city and not lexicon.is_word(city["city"].lower().split()[0]):
        found.append(Finding(*city.span("city"), Category.PLACE, 0.8, "pattern:city"))


def find_cities(folded: Folded, found: list[Finding]) -> None:
    """``City, ST`` in prose."""
    for match in STATE_AFTER.finditer(folded.original):
        low = max(0, match.start() - 48)
        before = CITY_BEFORE.search(folded.original[low : match.start()])
        if before is None:
            continue
        city, start = before.group(), low + before.start()
        state = match.group().lstrip(", ")
        if (
            state in ("MD", "DO", "PA", "MA", "ND", "MS", "DC")
            and not (fold_word(city) in lexicon.cities() or (state, city) == ("DC", "Washington"))
            and not PLACE_CUE.search(folded.text[max(0, start - 16) : start])
        ):
            continue  # a credential
        words = city.split()
        while words and (
            lexicon.is_word(words[0].lower()) and len(words) > 1 and words[0].lower().rstrip(".") not in CITY_HEADS
        ):
            start += len(words[0]) + 1
            words = words[1:]
        if words and not (
            len(words) == 1
            and words[0].lower() not in lexicon.cities()
            and (lexicon.is_clinical(words[0].lower()) or words[0].lower() in CREDENTIAL_LIKE)
        ):
            found.append(Finding(start, match.start(), Category.PLACE, 0.85, "pattern:city-state"))
