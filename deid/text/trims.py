"""Findings without what belongs to the next field, and guesses that are a form's shorthand.

A model and a rule both run on over the border of a column: ``MRN 7712003 CT 2 phases``, ``Name: Hale Gender: F``,
``Dr. Fisher assigned Fisher grade 3``. What stands behind that border is no part of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from deid.model import Category, Finding
from deid.text import lexicon
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
ASKING = frozenset("pls plz please thx thanks call called calls says said asked asks wants assigned".split())  # noqa: SIM905
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
LAST_WORD = re.compile(r"([^\W\d_]+)['’]?s?\s$")
FOLLOW_UP = re.compile(r"/[a-z]\b")
DOTTED, KEY_AFTER = re.compile(r"(?:[A-Z]\.){1,3}[A-Z]\.?"), re.compile(r"\.?\s?[#:]")
TOLD_BY = re.compile(r"(?i)\b(?:by|thanks|thx|from)\s$")
PUBLIC_CODE = re.compile(r"RID\d{3,5}|NCT\d{8}|(?:doi:)?10\.\d{4,5}/\S+")
HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
TIMED = re.compile(rf"{MODALITY}\s{HOUR.pattern}")
ZONE, ZONED = re.compile(r"\d\d:\d\d(?::\d\d)?\s?[+-]?$"), 5
VERSION = re.compile(
    r"(?i)\b(?:pacs|ris|version|ver|v|release|build|software|firmware|sectra|syngo|powerscribe|epic|cerner|python|cuda)\s(?:[a-z]+\s)?$"
)
PUBLIC_HOSTS = group("public_hosts")
AGES = re.compile(r"(?i)\bage[sd]?\s$")
DAYS = 31
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
    if category is Category.URL:
        return PUBLIC_HOSTS.issuperset(re.findall(r"[\w-]+(?:\.[\w-]+)+", value.lower()))
    shorthand = (
        (DOTTED.fullmatch(value) and KEY_AFTER.match(after))  # M.R.#, D.O.S.:
        or (value.upper() == "DR" and after[:1] == ".")
        or (len(value) == 1 and category is not Category.NAME and FOLLOW_UP.match(after))
        or (category is Category.PROFESSION and OF_TRADE.match(after))
        or (value in ("L", "R") and _is_side(before, after))
        or (value == "A" and before.endswith("N/"))
        or (value == "D" and before.endswith("Ph."))
    )
    if shorthand:
        return True
    bare = re.sub(r"\W", "", value.lower())
    if category is Category.PLACE and bare in STATE_CODES:
        return value.isupper()  # a state alone stays
    return bare in SHORT_FOR or (bare in ("md", "rn") and TOLD_BY.search(before) is None)


def _is_side(before: str, after: str) -> bool:
    """Whether a letter says the side of what stands before it: ``Old Perthes L``."""
    word = LAST_WORD.search(before)
    told = fold_word(word[1]) if word else ""
    return after[:1] != "." and (lexicon.is_eponym(told) or lexicon.is_clinical(told))


def is_published(value: str, before: str) -> bool:
    """Whether a number belongs to literature or to a public catalogue of drugs, procedures or terms."""
    return PUBLISHED.search(before[-48:]) is not None or PUBLIC_CODE.fullmatch(value) is not None


def _is_figure(value: str, before: str, after: str, category: Category) -> bool:
    if is_published(value, before) or _is_machine(value, before, category):
        return True
    if category is Category.AGE:
        return DEGREES.fullmatch(value) is not None and bool(HEAT.search(before[-24:]) or HEAT.search(after[:10]))
    if SERIES_IMAGE.fullmatch(value) or (PROCEDURE.fullmatch(value) and PROCEDURE_BEFORE.search(before)):
        return True
    if _is_count(value, before, after, category):
        return True
    if category is Category.PHONE and PAIR.fullmatch(value):
        return before[-1:] == "(" and after[:1] == ")"  # series and image
    return SEX_AND_AGE.fullmatch(value) is not None and WARD_BEFORE.search(before) is None


def _is_machine(value: str, before: str, category: Category) -> bool:
    """Whether a figure is the zone of an e-mail's hour or a program's version."""
    if TIMED.fullmatch(value) or (HOUR.fullmatch(value) and before.endswith("@ ")):
        return True
    if category is Category.PHONE and ZONE.search(before):
        return value.lstrip("+-").isdecimal() and len(value) <= ZONED
    return category is Category.DATE and "." in value and VERSION.search(before) is not None


def _is_count(value: str, before: str, after: str, category: Category) -> bool:
    """Whether a short number is that of an item in a list, some ages, or taken for a day that no month has."""
    if category is Category.DATE and AGES.search(before):
        return True
    if not value.isdecimal() or len(value) >= NUMBER_LEAST:
        return False
    item = after[:1] == ")" and re.search(r"(?:^|[\s;,])$", before) is not None and "(" not in before[-24:]
    alone = not any(map(str.isdecimal, before[-2:] + after[:2]))
    return item or (alone and category is Category.DATE and int(value) > DAYS)


def is_degree(value: str) -> bool:
    """Whether a name is a credential with its points: ``M.D.`` between a name and ``Ph.D.``."""
    return "." in value and value.replace(".", "").lower() in CREDENTIALS
