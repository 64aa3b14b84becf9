"""Guesses of a model that are a form's shorthand: series and image, sex and age, public codes, nobody."""

from __future__ import annotations

import re

from deid.model import Category
from deid.text import lexicon
from deid.text.catalogues import is_published
from deid.text.folding import fold_word
from deid.text.lexicon import group
from deid.text.trims import MODALITY, STATE_CODES
from deid.text.words import CREDENTIALS

__all__ = ["is_degree", "is_shorthand"]

#: Digits of the shortest number that may be somebody's.
NUMBER_LEAST = 4
#: Series and image, sex and age, a temperature, a code of procedures, somebody's possessive s, nobody.
SHORT_FOR, HIDDEN_WORDS, DOTTED_KEYS = group("short_for"), group("hidden_words"), group("dotted_keys")
IMAGES, IN_TABLE = re.compile(r"\d{1,4}\s?[-–]\s?\d{1,4}"), re.compile(r"[|\t]\s*$")
SEQUENCE_BEFORE = re.compile(
    r"(?i)(?:^|\n)[^\n]*\b(?:ax(?:ial)?|sag(?:ittal)?|cor(?:onal)?|t[12]\w*|flair|dwi|adc|stir|swi|scout|localizer|mip|mpr|series|images?|plain|arterial|venous|delayed)\b[^\n]*$"
)
IMAGE_OF = re.compile(r"(?i)(?:im|img|se|ser|sl|seq)")
SERIES_IMAGE = re.compile(r"(?i)s(?:e|er)?\s?\d{1,3}\s?/\s?i(?:m|mg)?\s?\d{1,4}")
PAIR = re.compile(r"\d{1,2}-\d{1,3}")
SEX_AND_AGE = re.compile(r"(?i)0?\d{1,2}\s?y(?:o|/o|rs?)?\s?/?[mf]?|[mf]/0?\d\d|0?\d\d/[mf]|0?\d\d[mf]")
SEX_AFTER_AGE = re.compile(r"(?i)(?:y\.?/?o\.?|o\.?)?\s?[mf]?\.?")
AGED_BEFORE = re.compile(r"(?i)\d\s?$|\by[./]$")
WARD_BEFORE = re.compile(r"(?i)\b(?:wards?|units?|rooms?|rm|beds?|floor|fl|loc(?:ation)?|bay|to|from|in|on|at)\W*$")
PROCEDURE = re.compile(r"7\d{4}")
#: ``CT HEAD [70450]``, ``Exam code 70450``; what stands between must be medicine, and MR may be a patient's number.
PROCEDURE_BEFORE = re.compile(
    rf"(?i)\b(?:(?P<mr>MR)|{MODALITY}|exam|procedure|cpt)\b(?P<between>(?:\s[a-z&/]+){{0,4}})\W{{0,2}}$"
)
STUDY_AFTER = re.compile(rf"\s{{1,4}}(?:{MODALITY})\b")
BETWEEN = frozenset(("code", "with", "without", "w", "wo", "contrast", "and"))
DEGREES = re.compile(r"(?i)(?:9[5-9]|10\d)(?:\.\d)?\s?°?f")
HEAT = re.compile(r"(?i)\b(?:fevers?|febrile|temp\w*|tmax)\b")
#: Placeholders of texts that were cleaned before: ``XX/XX/XXXX``, ``<PERSON>``, ``**NAME[AAA]``.
HIDDEN = re.compile(r"(?=.*[Xx*]{2})[Xx*][Xx*/.,\s-]+")
#: Letters that stand for a person whom nobody names: ``Dr. X``.
UNNAMED, UNNAMED_BEFORE = (
    ("X", "Y", "Z"),
    re.compile(r"(?i)\b(?:dr|mr|mrs|ms|prof|doctor|patients?|person|nurse)\.?\s$"),
)
HIDDEN_IN = re.compile(r"<$|\[\*\*|\*\*[A-Z]+\[$")
#: Diseases of a trade: ``pigeon breeder's lung``.
OF_TRADE = re.compile(
    r"['’]?s?['’]?\s(?:lung|pneumoconiosis|bunion|bottom|knee|elbow|palsy|wrist|thumb|finger|nodules?|asthma|disease|cramp|foot|toe|heel|fracture|shoulder|ear)\b"
)
LAST_WORD = re.compile(r"([^\W\d_]+)['’]?s?\s$")
FOLLOW_UP = re.compile(r"/[a-z]\b")
KEY_AFTER = re.compile(r"\.?\s?[#:]")
TOLD_BY = re.compile(r"(?i)\b(?:by|thanks|thx|from)\s$")
HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
TIMED = re.compile(rf"(?!MR\s){MODALITY}\s{HOUR.pattern}")
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
    return _is_placeholder(value, before, after) or _is_word(value, before, after, category)


def _is_placeholder(value: str, before: str, after: str) -> bool:
    """Whether a text was cleaned before and this is what stands there: no name that somebody put in brackets."""
    if HIDDEN.fullmatch(value) or (value in UNNAMED and UNNAMED_BEFORE.search(before)):
        return True
    if before.endswith("[") and after[:1] == "]" and value.lower() in HIDDEN_WORDS:
        return True
    empty = value.isupper() and (value.lower() in HIDDEN_WORDS or len(set(value)) == 1)
    return empty and HIDDEN_IN.search(before) is not None and after[:1] in (">", "]")


def _is_word(value: str, before: str, after: str, category: Category) -> bool:
    """Whether letters alone stand for nobody: half of an abbreviation, a state, a trade's disease, ``self``."""
    if category is Category.URL:
        return PUBLIC_HOSTS.issuperset(re.findall(r"[\w-]+(?:\.[\w-]+)+", value.lower()))
    shorthand = (
        (value.replace(".", "").lower() in DOTTED_KEYS and "." in value and KEY_AFTER.match(after))  # M.R.#, D.O.S.:
        or (value.upper() == "DR" and after[:1] == ".")
        or (len(value) == 1 and category is not Category.NAME and FOLLOW_UP.match(after))
        or (category is Category.PROFESSION and OF_TRADE.match(after))
        or (value in ("L", "R") and _is_side(before, after))
        or (value == "A" and before.endswith("N/"))
        or (SEX_AFTER_AGE.fullmatch(value) and AGED_BEFORE.search(before))
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


def _is_figure(value: str, before: str, after: str, category: Category) -> bool:
    if is_published(value, before, after) or _is_machine(value, before, category) or _is_images(value, before):
        return True
    if category is Category.AGE:
        return DEGREES.fullmatch(value) is not None and bool(HEAT.search(before[-24:]) or HEAT.search(after[:10]))
    study = PROCEDURE.fullmatch(value) and (_is_procedure(before) or _is_named_study(before, after))
    if SERIES_IMAGE.fullmatch(value) or study:
        return True
    if _is_count(value, before, after, category):
        return True
    if category is Category.PHONE and PAIR.fullmatch(value):
        return before[-1:] == "(" and after[:1] == ")"  # series and image
    return SEX_AND_AGE.fullmatch(value) is not None and WARD_BEFORE.search(before) is None


def _is_images(value: str, before: str) -> bool:
    """Whether the images of a sequence stand in the cell of a table: ``| AX T2 FS | 1-48 |``."""
    return bool(IN_TABLE.search(before) and IMAGES.fullmatch(value) and SEQUENCE_BEFORE.search(before))


def _is_named_study(before: str, after: str) -> bool:
    """Whether a number of five digits opens a line and a study's name follows: ``71250 CT thorax``."""
    return re.search(r"(?:^|\n)[ \t]*$", before) is not None and STUDY_AFTER.match(after) is not None


def _is_procedure(before: str) -> bool:
    """Whether a study's name, or a word for one, leads to a number of five digits."""
    told = PROCEDURE_BEFORE.search(before)
    words = re.findall(r"[a-z]+", told["between"].lower()) if told else []
    return (
        told is not None
        and bool(words or not told["mr"])
        and all(w in BETWEEN or lexicon.is_clinical(w) for w in words)
    )


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
