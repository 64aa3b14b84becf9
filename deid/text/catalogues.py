"""Numbers of public catalogues: literature, trials, and code systems whose numbers prove themselves by a check digit.

A SNOMED CT identifier ends in a partition and a Verhoeff digit, a LOINC number in a digit of modulus 10. A number that
passes by chance (one in 170, one in 10) must have an ordinary word behind it as well.
"""

from __future__ import annotations

import re

from deid.text import lexicon
from deid.text.folding import fold_word

__all__ = ["is_published"]

#: Literature and public catalogues.
PUBLISHED = re.compile(
    r"(?i)\b(?:doi|pmid|pmcid|ndc|hcpcs|radlex|rid|arxiv|isbn|nct|snomed(?:[ -]?ct)?|sctid|loinc"
    r"|rxnorm|rxcui|umls|cui)\b(?:\s?(?:no\.?|code|id|#|:))?\s?\S{0,40}$"
)
PUBLIC_CODE = re.compile(
    r"RID\d{3,5}|NCT\d{8}|ISRCTN\d{8}|(?:doi:)?10\.\d{4,5}/\S+|(?:NG|CG|TA|QS|DG|IPG|HST|MTG)\d{1,4}"  # NICE's guidance
)
#: ``JAMA 2016;315(8):801-810``
CITED = re.compile(r"(?:19|20)\d\d;\s?\d{1,4}(?:\(\w{1,6}\))?:\s?[A-Za-z]?\d+(?:[-–][A-Za-z]?\d+)?")
SNOMED, LOINC = re.compile(r"[1-9]\d{3,14}[01][012]\d"), re.compile(r"(?:LP|LA)?(\d{3,6})-(\d)")
#: What stands between a code and what it means.
MEANING = re.compile(
    r"\s?[|,;:=\t(–-]\s?[|\"'(]?\s?([^\W\d_]+)(?:[ -]([^\W\d_]+))?|\s{1,4}([^\W\d_]+)(?:[ -]([^\W\d_]+))?"
)
TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
FIRST = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def is_published(value: str, before: str, after: str = "") -> bool:
    """Whether a number belongs to literature, or to a public catalogue of drugs, procedures or terms.

    Parameters
    ----------
    value, before, after
        The number and what stands around it, as written.
    """
    if PUBLISHED.search(before[-48:]) is not None or PUBLIC_CODE.fullmatch(value) is not None:
        return True
    if ";" in before[-24:] + after[:1]:
        around, start = before[-24:] + value + after[:24], len(before[-24:])
        if any(m.start() <= start and start + len(value) <= m.end() for m in CITED.finditer(around)):
            return True
    return (_is_snomed(value) or _is_loinc(value)) and _means_something(after)


def _is_snomed(value: str) -> bool:
    """Whether a number has the partition and the check digit of a SNOMED CT identifier."""
    if SNOMED.fullmatch(value) is None:
        return False
    check = 0
    turned = list(range(10))
    for digit in map(int, reversed(value)):
        check = TIMES[check][turned[digit]]
        turned = [FIRST[n] for n in turned]
    return check == 0


def _is_loinc(value: str) -> bool:
    """Whether a number has the check digit of a LOINC number: Luhn's."""
    match = LOINC.fullmatch(value)
    if match is None:
        return False
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(match[1]))]
    return (sum(n // 10 + n % 10 for n in doubled) + int(match[2])) % 10 == 0


def _means_something(after: str) -> bool:
    """Whether an ordinary word and nobody's name stands behind a code."""
    match = MEANING.match(after)
    words = [fold_word(w) for w in match.groups() if w] if match else []
    known = [w for w in words if len(w) > 1 and (lexicon.is_clinical(w) or lexicon.is_known(w))]
    return bool(known) and not any(map(lexicon.is_name, words))
