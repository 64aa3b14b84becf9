"""What somebody does for a living, where a sentence says so."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Sequence

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group

__all__ = ["find_occupations", "is_occupation"]

HEADS = group("employed") | {
    "year",
    "years",
    "yr",
    "yrs",
    "y",
    "lady",
    "gentleman",
    "man",
    "woman",
    "pleasant",
    "delightful",
    "as",
    *"he she they i who dad mum mom father mother husband wife son daughter brother sister partner patient pt".split(),  # noqa: SIM905
    *"hes shes whos once been became used trained ex".split(),  # noqa: SIM905
} - {"employer"}
NO_OCCUPATION = frozenset(
    (
        "patient",
        "patientin",
        "mann",
        "frau",
        "junge",
        "madchen",
        "paciente",
        "varon",
        "mujer",
        "hombre",
        "homme",
        "femme",
        "patiente",
        "kind",
        "herr",
        "dame",
    )
)
NOT_DONE = frozenset(("result", "consequence", "precaution", "whole", "part", "normal"))
CUES = (
    (
        re.compile(
            r"(?i:\b(?:occupation|profession|job(?:\stitle)?)\s?:\s?)(?P<v>[A-Za-z][A-Za-z-]+(?:[ \t/][A-Za-z-]+){0,3})"
        ),
        "cue:profession",
    ),
    (
        re.compile(
            r"(?i:\b(?:works?|worked|working|employed|employment)\sas\s(?:an?|the)\s)(?P<v>(?:[A-Za-z-]+\s){0,3}?[A-Za-z-]+?)(?=\s?[.,;)]|\s*$|\s(?i:and|who|with|at|for|in|by|since|presents?|on|but|he|she)\b)"
        ),
        "cue:profession",
    ),
    (
        re.compile(
            r"(?i:\b(?:he|she|they|i|who|dad|mum|mom|father|mother|husband|wife|son|daughter|brother|sister|partner|patient|pt)(?:['’]?s|['’]m)?(?:\sis|\swas|\sam|\sare)?(?:,|\snow|\sonce|\sformerly)?\san?|\b(?:once|been|became)\san?|\bused\sto\sbe(?:\san?)?|\btrained\sas\san?|\bex|(?:year|yr)s?[- ]old|\b(?:retired|former|pleasant|delightful)|\bis\san?|\byo|\by\.o\.|\by/o|\b(?:lady|gentleman|man|woman),\san?|\bas(?:\san?)?)\s(?i:(?:retired|former)\s)?(?P<v>(?:(?!(?:from|with|who|was|and|the|of|in|for)\b)[A-Za-z-]+\s){0,3}?[A-Za-z-]+)(?=[.,;)]|\s*$|\s(?i:and|who|with|at|for|in|by|from|was|is|seen|brought|since|presents?|presenting|on|but|he|she|has|had|referred|admitted)\b)"
        ),
        "cue:age-profession",
    ),
)


#: ``44F shearer's cook``, ``22M shortstop``, ``(tax preparer)``, ``Occupation ..... carpenter``
AFTER_SEX = re.compile(  # begins with a digit, to which `re` skips, and only then looks what stands before it
    r"\d(?<!\w\d)\d{1,2}\s?(?:[MFmf]|yo|y/o|male|female)\b,?\s(?P<v>(?:[A-Za-z'’-]+\s){0,2}?[A-Za-z'’-]+)(?=[.,;)\n]|\s*$|\s(?:w/|(?:with|from|who|and|for|at|in)\b))"
)
BRACKETED = re.compile(r"\((?P<v>(?:[A-Za-z'’-]+\s){0,3}?[A-Za-z'’-]+)(?=[),;]|\s(?:for|from|at|in)\b)")
TRADE = re.compile(
    r"(?i:\b(?:occup(?:ation)?|job|trade|profession|employment|work)[ .]*[:=.]+[ .]*)(?P<v>[a-z][A-Za-z'’-]+(?:\s[A-Za-z'’-]+){0,3}?)(?=[.,;)\n(]|\s*$|\s{2}|\s(?:with|from|who|and|for|at|in|since)\b)"
)
TRADES = frozenset(("occup", "occupation", "job", "trade", "profession", "employment", "work"))
#: ``Guadalupe Diez, escultor de 49 años``, ``Der 49-jährige Glaser``
BEFORE_AGE = re.compile(r"(?<=,\s)(?P<v>[^\W\d_]+(?:\s[^\W\d_]+)?)\s(?:de\s\d{1,3}\s(?:años|ans))")
AFTER_AGE = re.compile(r"\d{1,3}[- ]?j[äa]hrige[rn]?\s(?P<v>[^\W\d_]+)")


def find_occupations(folded: Folded) -> list[Finding]:
    """Occupations by key, by ``works as``, and after an age where the last word is one of the list."""
    found: list[Finding] = []
    for start, _, word in folded.tokens():
        if word not in HEADS:
            continue
        at, _ = folded.span(start, start + 1)
        for pattern, rule in CUES:
            match = pattern.match(folded.original, at)
            if match is not None and _is_one(match["v"], rule):
                found.append(Finding(*_without_lead(match), Category.PROFESSION, 0.8, rule))
    text = folded.original
    shown = [*AFTER_SEX.finditer(text), *BRACKETED.finditer(text)]
    if not TRADES.isdisjoint(folded.words()) and (shown or ":" in text or ".." in text or "(" in text):
        shown += TRADE.finditer(text)
    found += (Finding(*_without_lead(m), Category.PROFESSION, 0.8, "cue:profession") for m in shown if _is_sure(m["v"]))
    for pattern, sign in ((BEFORE_AGE, " de "), (AFTER_AGE, "hrige")):
        if sign in text.lower():
            found += (
                Finding(*m.span("v"), Category.PROFESSION, 0.8, "cue:profession")
                for m in pattern.finditer(text)
                if fold_word(m["v"].split()[0]) not in NO_OCCUPATION
            )
    return found


LEADS = re.compile(r"(?i:(?:semi-?|\d*-?year-old|yr|years?|old|retired|former|ex|once|young|male|female)[\s-]+)+")


def _without_lead(match: re.Match[str]) -> tuple[int, int]:
    """The span of the occupation without *retired* or *former*."""
    start, end = match.span("v")
    lead = LEADS.match(match.string, start, end)
    return (lead.end() if lead else start), end


def _is_one(value: str, rule: str) -> bool:
    words = [fold_word(word) for word in value.split()]
    if words[0] in NOT_DONE:
        return False
    return rule != "cue:age-profession" or is_occupation(words)


def _is_sure(value: str) -> bool:
    """Whether words name an occupation and nothing of medicine or of the department."""
    words = [fold_word(word) for word in value.split()]
    return is_occupation(words) and not any(map(lexicon.is_clinical, words)) and words[-1] not in STAFF


STAFF = frozenset(
    "radiographer radiologist surgeon technician nurse midwife physicist physiotherapist registrar pharmacist porter clerk receptionist secretary orderly".split()  # noqa: SIM905
)


def is_occupation(words: Sequence[str]) -> bool:
    """Whether folded words name an occupation: the last one does, or both together (*tree surgeon*)."""
    listed = lexicon.words("occupations")
    return words[-1] in listed or words[-1].rstrip("s") in listed or "_".join(words[-2:]) in listed
