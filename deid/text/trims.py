"""Findings without what belongs to the next field.

A model and a rule both run on over the border of a column: ``MRN 7712003 CT 2 phases``, ``Name: Hale Gender: F``,
``Dr. Fisher assigned Fisher grade 3``. What stands behind that border is no part of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from deid.model import Category, Finding
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group
from deid.text.rules import STATES
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER

__all__ = ["MODALITY", "STATE_CODES", "trimmed"]

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


def trimmed(finding: Finding, folded: Folded) -> Finding:
    """The finding without what follows its value; the same one where nothing does."""
    trim = TRIMS.get(finding.category)
    return finding if trim is None else trim(finding, folded)


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
