"""Findings without what belongs to the next field.

A model and a rule both run on over the border of a column: ``MRN 7712003 CT 2 phases``, ``Name: Hale Gender: F``,
``Dr. Fisher assigned Fisher grade 3``. What stands behind that border is no part of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group
from deid.text.quantities import is_side_or_level
from deid.text.reading import DISEASED
from deid.text.rules import STATES
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER

__all__ = [
    "MODALITY",
    "STATE_CODES",
    "TOKEN",
    "WRITTEN",
    "before_terms",
    "is_measured",
    "is_term",
    "trimmed",
    "unmeasured",
    "within",
]

STATE_CODES = frozenset(STATES.split())
MODALITY = r"(?:CTA?|MR[IA]?|US|XR|CR|DX|NM|PET|MG|XA|RF|DXA|CXR|KUB)"
#: A study or sex and age after a number.
NEXT_FIELD = re.compile(rf"(?:\s+{MODALITY}\b|[\s/]+[MFmf](?=[\s/]*0?\d{{1,3}}\s?[Yy]?\b|\s*$)).*", re.DOTALL)
NUMBER_LEAST = 4
CODES = frozenset((Category.ID, Category.SSN, Category.ACCOUNT, Category.HEALTH_PLAN, Category.DEVICE, Category.PHONE))
WHERE = re.compile(r"(?:at|on|in)\s+(?=[A-Z])")
ZIP_AFTER = re.compile(r"\s+\d{5}\b")
AGE_AFTER = re.compile(r"/\d{1,3}\b|\s{1,2}\d{1,3}\s?[Yy]")
NEXT_KEYS = group("next_keys")
#: ``Called Tanya, NP``, ``prev. 12 mm Feb '24``
CALLING = frozenset(("called", "paged", "notified", "informed", "phoned", "texted"))
SIZE_FIRST = re.compile(r"\d[\d.,x×\s]*(?:mm|cm|ml|cc|mg|hu)\b[\s,;(]*(?=\S)")
AUXILIARY, BASE_VERBS = group("auxiliaries"), group("base_verbs")
#: ``Amy Lake, Neuroradiologist``, ``Faith Appleby GP``, ``Amy Lake, DO``
DEGREE_LAST = re.compile(
    r",\s[A-Z][a-z]*(?:ologist|iatrist|iatrician|surgeon|physician)$|(?<=[a-z]),?\s(?:GP|CNP|NPI|FCPS)$|(?<=[a-z]{2}),\s(?:DO|ND)$"
)
ASKING = group("asking")
CREDENTIALED = re.compile(r"\s(?:OR|AND|or|and)\s+([A-Z]{2,4})$")
#: A size or a dose: ``3.0mm``, ``2.5 x 3.1 cm``; by its decimals alone where no unit stands.
SIZE = r"\d{1,4}(?:[.,]\d{1,3})?"
MEASURED = re.compile(
    rf"(?i:{SIZE}(?:\s?[x×]\s?{SIZE}){{0,2}}\s?(?P<unit>mm|cm|ml|mc?g|hu|kvp?|mas|m?gy|mci|mbq|%)(?!\w))|\d{{1,4}}[.,]\d{{1,3}}(?![\d/]|[.,-]\d)"
)
NEXT_NUMBER = re.compile(r"(?<=[\w)])[\s,;:(]{1,3}(?=\d)")
#: What may be days or rooms, and stand before a measure by chance: ``Mar 3 cm``.
COUNTED = frozenset((Category.AGE, Category.DATE, Category.WARD))
#: A vertebral level, the weight of a sequence: ``L5``, ``T2``.
LEVEL = re.compile(r"[ctls]\d{1,2}")
TOKEN, FOLLOWING = re.compile(r"[^\W_]+"), re.compile(r" ([^\W\d_]+)")
BORDER = " \t\n,;:."
#: What is written in one piece.
WRITTEN = frozenset((Category.EMAIL, Category.IP, Category.URL, Category.USERNAME))
INSTITUTION_WORDS = group("generic_place") | group("institution_words")


def trimmed(finding: Finding, folded: Folded) -> Finding:
    """The finding without what follows its value; the same one where nothing does."""
    if finding.rule.startswith("known:"):
        return finding
    trim = TRIMS.get(finding.category)
    finding = unmeasured(finding, folded)
    return finding if trim is None else trim(finding, folded)


def unmeasured(finding: Finding, folded: Folded) -> Finding:
    """A finding without the measure that begins in it and reaches beyond: ``MR5 031 4810 2.5 x 3.1 cm``."""
    if finding.category in COUNTED or finding.rule.startswith("known:"):
        return finding
    text, end = folded.original, finding.end
    for gap in NEXT_NUMBER.finditer(text, finding.start, end):
        size = MEASURED.match(text, gap.end())
        if size is not None and (size.end() > end or (size["unit"] and size.end() == end)):
            return replace(finding, end=gap.start())
    return finding


def is_measured(finding: Finding, folded: Folded) -> bool:
    """Whether a finding lies inside a measure that begins where it does: the 3 of ``3.0mm``."""
    text = folded.original
    if not text[finding.start].isdecimal() or text[max(0, finding.start - 1) : finding.start].isalnum():
        return False
    size = MEASURED.match(text, finding.start)
    return size is not None and size.end() > finding.end


def within(finding: Finding, sure: Sequence[Finding], folded: Folded) -> Finding:
    """A finding around surer ones, without the terms that stand before the first and behind the last of them.

    ``L SHOULDER Larkspur Medical Center`` is an institution that the header spells out, and a view before it.
    """
    first, last = _reach(finding, sure)
    if first == last:
        return finding
    small = finding.category is Category.NAME and not folded.is_lower()
    start = first if _are_terms(finding.start, first, folded, small=small) else finding.start
    end = last if _are_terms(last, finding.end, folded, small=small) else finding.end
    return finding if (start, end) == (finding.start, finding.end) else replace(finding, start=start, end=end)


def before_terms(finding: Finding, sure: Sequence[Finding], folded: Folded) -> Finding:
    """A finding around names that a title leads to or a key, without the sides, levels and views behind the last.

    A title does not say how far a name goes: only what is written as no name is goes from it.
    """
    first, last = _reach(finding, sure)
    tokens = list(TOKEN.finditer(folded.original, last, finding.end))
    written = all(len(m[0]) == 1 or m[0].isupper() or lexicon.is_eponym(fold_word(m[0])) for m in tokens)
    listed = folded.original[last : finding.end].lstrip().startswith(",")  # "SHEPPARD-OYAMA, LIV"
    told = first < last and written and not listed and not folded.is_caps()
    return replace(finding, end=last) if told and _are_terms(last, finding.end, folded) else finding


def _reach(finding: Finding, sure: Sequence[Finding]) -> tuple[int, int]:
    """From where to where surer findings stand in a finding; nothing if it has borders of its own."""
    inside = [f for f in sure if f.start < finding.end and finding.start < f.end]
    if not inside or finding.category in WRITTEN or finding.rule.startswith("known:"):
        return 0, 0
    return min(f.start for f in inside), max(f.end for f in inside)


def _are_terms(start: int, end: int, folded: Folded, *, small: bool = False) -> bool:
    """Whether a stretch beside a finding holds nothing but terms, and with ``small`` words in small letters."""
    text = folded.original
    tokens = list(TOKEN.finditer(text, start, end))
    apart = text[max(0, start - 1) : start + 1].strip(BORDER), text[end - 1 : end + 1].strip(BORDER)
    return (
        bool(tokens)
        and all(len(edge) < 2 for edge in apart)
        and all(is_term(m[0], text[m.end() : m.end() + 24].lower(), small=small) for m in tokens)
    )


def is_term(word: str, after: str = "", *, small: bool = False) -> bool:
    """Whether a word is medicine's, a side, a level or a measure, and on no list of names.

    Parameters
    ----------
    word
        As written.
    after
        What follows it, folded: a letter alone is a side before an organ only.
    small
        Whether a word in small letters, or one of another language, counts as well.
    """
    folded = fold_word(word)
    if len(word) == 1 and not word.isdecimal():
        return is_side_or_level(folded, after)
    if LEVEL.fullmatch(folded) or MEASURED.fullmatch(folded):
        return True
    if lexicon.is_eponym(folded):
        return (following := FOLLOWING.match(after)) is not None and following[1] in DISEASED
    if lexicon.is_name(folded) or folded in INSTITUTION_WORDS:
        return False
    return lexicon.is_clinical(folded) or (small and (word.islower() or lexicon.is_foreign(folded)))


def _institution(finding: Finding, folded: Folded) -> Finding:
    """Without the point that ends the sentence."""
    text, last = folded.original, finding.end - 1
    ended = text[last] == "." and text[last - 4 : last].islower()
    return replace(finding, end=last) if ended else finding


def _date(finding: Finding, folded: Folded) -> Finding:
    """Without the size before it: ``12 mm Feb '24``."""
    size = SIZE_FIRST.match(folded.original, finding.start, finding.end)
    return replace(finding, start=size.end()) if size else finding


def _address(finding: Finding, folded: Folded) -> Finding:
    if folded.is_lower():
        return finding
    text = folded.original
    start = finding.start
    while first := WHERE.match(text, start, finding.end):
        start = first.end()
    return finding if start == finding.start else replace(finding, start=start)


def _code(finding: Finding, folded: Folded) -> Finding:
    text = folded.original
    value = text[finding.start : finding.end]
    following = NEXT_FIELD.search(value + text[finding.end : finding.end + 6])
    if following is None or sum(map(str.isdigit, value[: following.start()])) < NUMBER_LEAST:
        return finding
    return replace(finding, end=min(finding.end, finding.start + following.start()))


def _profession(finding: Finding, folded: Folded) -> Finding:
    """A profession without the code that stands before it: G2P1 teacher."""
    first, _, rest = folded.original[finding.start : finding.end].partition(" ")
    coded = rest and any(c.isdigit() for c in first)
    return replace(finding, start=finding.end - len(rest)) if coded else finding


def _name(finding: Finding, folded: Folded) -> Finding:
    text = folded.original
    value = kept = text[finding.start : finding.end]
    if " " not in value:
        return finding
    after = text[finding.end : finding.end + 24]
    final = value.rpartition(" ")[2]
    if (value.endswith((" M", " F")) and AGE_AFTER.match(after)) or (
        value.endswith(("(M", "(F")) and after.startswith(")")
    ):
        kept = value[:-2].rstrip()
    elif value[-4:-2] == ", " and value[-2:].isupper() and value[-2:].lower() in STATE_CODES and ZIP_AFTER.match(after):
        kept = value[:-4]
    elif (first := value.partition(" ")[0]).endswith(("'s", "’s")) and first != value and _is_called_after(after):
        kept = first[:-2]
    elif final.isupper() and (other := CREDENTIALED.search(value)) and other[1].lower() in CREDENTIALS:
        kept = value[: other.start()]
    kept = _without_side(kept, finding, folded)
    caseless = folded.is_lower() or folded.is_caps()
    if caseless and kept.rpartition(" ")[2].lower() in AUXILIARY and _first(after) in BASE_VERBS:
        kept = kept.rpartition(" ")[0] or kept  # HIS WIFE JUNE WILL COME
    if ("," in kept or final.isupper()) and (behind := DEGREE_LAST.search(kept)):
        kept = kept[: behind.start()]
    following = after.lstrip(" ")
    lead, _, rest = kept.partition(" ")
    if rest and (lead.lower() in CALLING or lead in ("RT", "RN", "NP", "MD", "CRNA")):
        return replace(finding, start=finding.end - len(value) + len(lead) + 1, end=finding.start + len(kept))
    kept = _without_keys(kept, colon=following[:1] == ":" and not following[1:2].isdigit())
    return finding if kept is value else replace(finding, end=finding.start + len(kept))


def _without_side(value: str, finding: Finding, folded: Folded) -> str:
    """A name without a side or level and the terms behind it: ``Thornebury, Araminta L CC``."""
    end = finding.start + len(value)
    tokens = list(TOKEN.finditer(folded.original, finding.start, end))
    terms = [is_term(m[0], folded.original[m.end() : m.end() + 24].lower()) for m in tokens]
    for i, token in enumerate(tokens[1:], 1):
        sided = len(token[0]) == 1 or LEVEL.fullmatch(fold_word(token[0])) is not None
        if sided and token[0][0].isupper() and all(terms[i:]):
            return folded.original[finding.start : token.start()].rstrip(" ,;:-")
    return value


def _without_keys(value: str, *, colon: bool) -> str:
    """A name without the key of the next field, or what the person does, behind it."""
    while True:
        before, gap, word = value.rpartition(" ")
        folded = fold_word(word)
        if not gap or not ((colon and folded in NEXT_KEYS) or (word.islower() and folded in ASKING)):
            return value
        value = before.rstrip(" ,")


def _first(text: str) -> str:
    word = re.match(r"\s+([^\W\d_]+)", text)
    return word[1].lower() if word else ""


def _is_called_after(after: str) -> bool:
    following = re.match(r"\s([a-z]+)", after)
    return following is not None and following[1] in NO_PERSON_AFTER


TRIMS: dict[Category, Callable[[Finding, Folded], Finding]] = {
    **dict.fromkeys(CODES, _code),
    Category.NAME: _name,
    Category.ADDRESS: _address,
    Category.PROFESSION: _profession,
    Category.INSTITUTION: _institution,
    Category.DATE: _date,
}
