"""Findings without what belongs to the next field, and guesses that are a form's shorthand.

A model and a rule both run on over the border of a column: ``MRN 7712003 CT 2 phases``, ``Name: Hale Gender: F``,
``Dr. Fisher assigned Fisher grade 3``. What stands behind that border is no part of the value.
"""

from __future__ import annotations

import re
from dataclasses import replace

from deid.model import Category, Finding
from deid.text.folding import Folded, fold_word
from deid.text.lexicon import group
from deid.text.rules import STATES
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER

__all__ = ["is_degree", "is_published", "is_shorthand", "trimmed"]

STATE_CODES = frozenset(STATES.split())
MODALITY = r"(?:CTA?|MR[IA]?|US|XR|CR|DX|NM|PET|MG|XA|RF|DXA|CXR|KUB)"
#: A study or sex and age after a number.
NEXT_FIELD = re.compile(rf"(?:\s+{MODALITY}\b|[\s/]+[MFmf](?=[\s/]*0?\d{{1,3}}\s?[Yy]?\b|\s*$)).*", re.DOTALL)
NUMBER_LEAST = 4
CODES = frozenset((Category.ID, Category.SSN, Category.ACCOUNT, Category.HEALTH_PLAN, Category.DEVICE, Category.PHONE))
PLACED = frozenset((Category.INSTITUTION, Category.PLACE, Category.ADDRESS))
WHERE = re.compile(r"(?:at|on|in|from|to)\s+(?=\S)")
#: ``Reno, NV 89501`` is no Mr. Reno.
STATE_LAST = re.compile(r",\s([A-Z]{2})$")
ZIP_AFTER = re.compile(r"\s+\d{5}\b")
#: A name with the sex that follows it: ``LOPEZ,MARIA F/56``.
SEX_LAST = re.compile(r"\s+[MF]$")
AGE_AFTER = re.compile(r"/\d{1,3}\b|\s{1,2}\d{1,3}\s?[Yy]")
COLON = re.compile(r"\s?:(?!\d)")
#: ``Thomas' Wilson disease``: what is named after somebody follows whose it is.
OWNER = re.compile(r"['’]s\s")
NEXT_KEYS = group("next_keys")
ASKING = frozenset("pls plz please thx thanks call called calls says said asked asks wants assigned".split())  # noqa: SIM905
CREDENTIALED = re.compile(r"\s+(?:OR|AND|or|and)\s+([A-Z]{2,4})$")
LAST_WORD = re.compile(r"[\s,]+([^\W\d_]+)$")


def trimmed(finding: Finding, folded: Folded) -> Finding:
    """The finding without what follows its value; the same one where nothing does."""
    text = folded.original
    if finding.category in CODES:
        return _code(finding, text)
    if finding.category is Category.NAME:
        return _name(finding, text)
    if finding.category in PLACED:
        return finding if folded.is_lower() else _place(finding, text)
    return finding


def _place(finding: Finding, text: str) -> Finding:
    start = finding.start
    while first := WHERE.match(text, start, finding.end):
        start = first.end()
    return finding if start == finding.start else replace(finding, start=start)


def _code(finding: Finding, text: str) -> Finding:
    value = text[finding.start : finding.end]
    following = NEXT_FIELD.search(value + text[finding.end : finding.end + 6])
    if following is None or sum(map(str.isdigit, value[: following.start()])) < NUMBER_LEAST:
        return finding
    return replace(finding, end=min(finding.end, finding.start + following.start()))


def _name(finding: Finding, text: str) -> Finding:
    start, end = finding.start, finding.end
    if (sex := SEX_LAST.search(text, start, end)) and AGE_AFTER.match(text, end):
        end = sex.start()
    if (
        (state := STATE_LAST.search(text, start, end))
        and state[1].lower() in STATE_CODES
        and ZIP_AFTER.match(text, end)
    ):
        end = state.start()
    if other := CREDENTIALED.search(text, start, end):
        end = other.start() if other[1].lower() in CREDENTIALS else end
    if (owner := OWNER.search(text, start, end)) and _is_called_after(text, end):
        end = owner.start()
    while last := LAST_WORD.search(text, start, end):
        if not _follows(last[1], colon=COLON.match(text, end) is not None):
            break
        end = last.start()
    return finding if end == finding.end else replace(finding, end=end)


def _is_called_after(text: str, end: int) -> bool:
    following = re.match(r"\s([a-z]+)", text[end : end + 24])
    return following is not None and following[1] in NO_PERSON_AFTER


def _follows(word: str, *, colon: bool) -> bool:
    """Whether the last word of a name is the key of the next field, or what the person does."""
    folded = fold_word(word)
    return (colon and folded in NEXT_KEYS) or (word.islower() and folded in ASKING)


#: Series and image, sex and age, a temperature, a code of procedures, somebody's possessive s, nobody.
SHORT_FOR = group("short_for")
IMAGE_OF = re.compile(r"(?i)(?:im|img|se|ser|sl|seq)")
SERIES_IMAGE = re.compile(r"(?i)s(?:e|er)?\s?\d{1,3}\s?/\s?i(?:m|mg)?\s?\d{1,4}")
PAIR = re.compile(r"\d{1,2}-\d{1,3}")
SEX_AND_AGE = re.compile(r"(?i)0?\d{1,2}\s?y(?:o|/o|rs?)?\s?/?[mf]?|[mf]/0?\d\d|0?\d\d/[mf]|0?\d\d[mf]")
WARD_BEFORE = re.compile(r"(?i)\b(?:wards?|units?|rooms?|rm|beds?|floor|fl|loc(?:ation)?|bay|to|from|in|on|at)\W*$")
PROCEDURE = re.compile(r"7\d{4}")
PROCEDURE_BEFORE = re.compile(rf"(?i)\b(?:{MODALITY}|exam|procedure|code|cpt)\b(?:\s[a-z&/]+){{0,4}}\W{{0,2}}$")
DEGREES = re.compile(r"(?i)(?:9[5-9]|10\d)(?:\.\d)?\s?°?f")
HEAT = re.compile(r"(?i)\b(?:fevers?|febrile|temp\w*|tmax)\b")
#: Placeholders of texts that were cleaned before: ``XX/XX/XXXX``, ``<PERSON>``, ``**NAME[AAA]``.
HIDDEN = re.compile(r"(?=.*[Xx*]{2})[Xx*][Xx*/.,\s-]+")
HIDDEN_IN = re.compile(r"<$|\[\*\*|\*\*[A-Z]+\[$")
#: Diseases of a trade: ``pigeon breeder's lung``.
OF_TRADE = re.compile(
    r"['’]?s?['’]?\s(?:lung|pneumoconiosis|bunion|bottom|knee|elbow|palsy|wrist|thumb|finger|nodules?|asthma|disease|cramp|foot|toe|heel|fracture|shoulder|ear)\b"
)
#: Literature and public catalogues.
PUBLISHED = re.compile(
    r"(?i)\b(?:doi|pmid|pmcid|ndc|hcpcs|radlex|rid|arxiv|isbn|nct)\b(?:\s?(?:no\.?|code|#|:))?\s?\S{0,40}$"
)
TOLD_BY = re.compile(r"(?i)\b(?:by|thanks|thx|from)\s$")
PUBLIC_CODE = re.compile(r"RID\d{3,5}|NCT\d{8}|(?:doi:)?10\.\d{4,5}/\S+")
OWNED = re.compile(rf"(?i:s)(?:\s{MODALITY})?")
OWNED_AFTER = re.compile(rf"\s(?:[a-z]|{MODALITY}\b)|[.,]|$")


def is_shorthand(value: str, before: str, after: str, category: Category) -> bool:
    """Whether a guess is a form's shorthand and says nothing of a person, asked of a model's guess.

    Parameters
    ----------
    value, before, after
        The guess and what stands around it, as written.
    """
    if before.endswith(("'", "’")) and OWNED.fullmatch(value) and OWNED_AFTER.match(after):
        return category is not Category.NAME  # "Whitfield's knee MRI": the s is no institution
    if IMAGE_OF.fullmatch(value):
        return re.match(r"\s?[:#]?\s?\d", after) is not None
    if any(c.isdigit() for c in value):
        return _is_figure(value, before, after, category)
    if HIDDEN.fullmatch(value) or (value.isupper() and HIDDEN_IN.search(before) and after[:1] in (">", "]")):
        return True
    return _is_word(value, before, after, category)


def _is_word(value: str, before: str, after: str, category: Category) -> bool:
    """Whether letters alone stand for nobody: half of an abbreviation, a state, a trade's disease, ``self``."""
    if category is Category.PROFESSION and OF_TRADE.match(after):
        return True
    if (value == "A" and before.endswith("N/")) or (value == "D" and before.endswith("Ph.")):
        return True
    bare = re.sub(r"\W", "", value.lower())
    if category is Category.PLACE and bare in STATE_CODES:
        return value.isupper()  # a state alone stays
    return bare in SHORT_FOR or (bare in ("md", "rn") and TOLD_BY.search(before) is None)


def is_published(value: str, before: str) -> bool:
    """Whether a number belongs to literature or to a public catalogue of drugs, procedures or terms."""
    return PUBLISHED.search(before[-48:]) is not None or PUBLIC_CODE.fullmatch(value) is not None


def _is_figure(value: str, before: str, after: str, category: Category) -> bool:
    if is_published(value, before):
        return True
    if category is Category.AGE:
        return DEGREES.fullmatch(value) is not None and bool(HEAT.search(before[-24:]) or HEAT.search(after[:10]))
    if SERIES_IMAGE.fullmatch(value) or (PROCEDURE.fullmatch(value) and PROCEDURE_BEFORE.search(before)):
        return True
    if category is Category.PHONE and PAIR.fullmatch(value):
        return before[-1:] == "(" and after[:1] == ")"  # series and image
    return SEX_AND_AGE.fullmatch(value) is not None and WARD_BEFORE.search(before) is None


def is_degree(value: str) -> bool:
    """Whether a name is a credential with its points: ``M.D.`` between a name and ``Ph.D.``."""
    return "." in value and value.replace(".", "").lower() in CREDENTIALS
