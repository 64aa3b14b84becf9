"""Read one name at a place where a cue says that one stands: where it begins, how far it goes, and who else is listed."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from functools import lru_cache

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.lexicon import group
from deid.text.quantities import is_side_or_level
from deid.text.words import (
    CREDENTIALS,
    NO_PERSON_AFTER,
    NOT_NAMES,
    PARTICLES,
    PLACE_AFTER,
    SUFFIXES,
    Word,
    Words,
    compiled,
)

__all__ = ["WORD_SURNAMES", "initials_after", "is_place", "is_status", "is_term", "read", "read_list"]

#: Words of every day and of medicine that are surnames as well: where a cue announces a person, these may be one.
WORD_SURNAMES = group("word_surnames")
DRUG_BRANDS = group("drug_brands")
#: What a form holds in the place of a person: how things stand, and machines.
FORM_VALUES = group("form_values")
#: Ways in, tests, views, sides: what stands where initials might.
NO_INITIALS = group("no_initials")
#: Eponyms that are said of the method alone, seldom of who has the name.
NEVER_PEOPLE = frozenset(("doppler", "roentgen", "papanicolaou", "valsalva", "coombs", "trendelenburg"))
BELONGINGS = group("belongings")
#: The stems that the nonproprietary names of drugs end with.
DRUG = re.compile(
    r".{3,}(?:[aeiou]mab|[tclfbsd]inib|ciclib|parib|zomib|limus|statin|sartan|olol|azole|cillin|mycin|micin|floxacin|cycline|platin|taxel|rubicin|trexate|prazole|setron|gliptin|gliflozin|glutide|parin|xaban|gatran|triptan|dipine|azepam|azolam|caine|curonium|dronate|oxetine|thiazide|semide|triptyline|barbital|fentanil|codone|morphone|asone|isone|solone|profen|coxib|terol|tropium|vudine|ciclovir|mivir|buvir|asvir|previr|tegravir|gabalin)"
)
#: The endings of medicine's words: diseases, procedures, departments, and how a patient is.
MEDICAL = re.compile(
    r".{3,}(?:..itis|[^f]emia|aemia|penia|uria|algia|plegi[ac]|paresis|path(?:y|ic)|rrho?ea|rrhage|trophy|plasia|plasty|ectomy|otomy|ostomy|scop(?:y|ic)|graphy|gram|log(?:y|ist)|iatry|iatrics?|therapy|pne(?:a|ic)|cardi[ac]c?|tensi(?:ve|on)|emic|febrile|genic|philia|phobi[ac]|phasi[ac]|sclerosis|stenosis|carcinoma|blastoma|sarcoma|adenoma|lymphoma|edema|lysis|pexy|desis|tion)"
)
#: Ways and places: "transgluteal", "micropuncture".
PREFIXED = re.compile(
    r"(?:trans|intra|extra|supra|infra|endo|retro|hyper|hypo|micro|macro|pseudo|poly|multi|thoraco|cardio|neuro|gastro|hepato|uro)[a-z]{3,}(?:al|ar|ous|oid|ure|ated|ion)"
)
TRADES = ("er", "ers")


@lru_cache(maxsize=65536)
def is_term(folded: str) -> bool:
    """Whether a folded word is a drug, medicine's or an ordinary one, and nobody's surname; an eponym is none."""
    if _is_drug(folded) or folded in NEVER_PEOPLE:
        return True
    if folded in WORD_SURNAMES or _is_listed_name(folded) or lexicon.is_eponym(folded):
        return False
    if MEDICAL.fullmatch(folded) or PREFIXED.fullmatch(folded) or folded in FORM_VALUES:
        return True
    if folded in lexicon.words("products") or (folded.endswith(TRADES) and not lexicon.is_word(folded)):
        return False  # a maker's name, or whose trade it was
    if len(folded) == 3:  # many a short name is a word somewhere
        return lexicon.is_anatomy(folded) or folded in lexicon.words("radiology") or folded in lexicon.words("common")
    return len(folded) > 3 and lexicon.is_known(folded)


def _is_drug(folded: str) -> bool:
    listed = lexicon.is_drug(folded) or folded in DRUG_BRANDS
    return listed or (DRUG.fullmatch(folded) is not None and not _is_listed_name(folded))


def is_status(folded: str) -> bool:
    """Whether a folded word is no person where a form asks for one: "declined", "notified", "oncology", "mother"."""
    if _is_listed_name(folded) or folded in WORD_SURNAMES:
        return False
    if folded in SUBJECTS or MEDICAL.fullmatch(folded) or PREFIXED.fullmatch(folded):
        return True
    return folded in FORM_VALUES or (folded.endswith("ed") and len(folded) > 5 and lexicon.is_known(folded))


def _is_listed_name(folded: str) -> bool:
    return any(p in lexicon.given_names() or p in lexicon.surnames() for p in re.split(r"['-]", folded))


def _is_medical(words: Words, i: int, rule: str) -> bool:
    """Whether a term begins where a cue that is none of a form's would have a name: ``followed by Lasix``."""
    word = words.all[i]
    following = words.all[i + 1] if i + 1 < len(words.all) and words.gap(i) in (" ", "-", ", ") else None
    if word.text.isupper() and VOWELLESS.fullmatch(word.folded):
        return True  # "NCCN"
    base = OWNED.sub("", word.folded)
    if following is not None and _is_surname(following, strange=words.gap(i) == " " and not words.caps):
        return _is_drug(base)
    near = following.folded if following is not None and words.gap(i) != ", " else ""
    if (words.language != "en" or not word.text.isascii()) and not lexicon.is_eponym(base):
        return _is_drug(base)  # "Bär" is no bar
    if not lexicon.is_eponym(base) or is_term(base):
        return is_term(base) or (base != word.folded and near in NO_PERSON_AFTER)
    diseased = near in NO_PERSON_AFTER or MEDICAL.fullmatch(near) is not None or near in DISEASES
    if base != word.folded:
        return near not in BELONGINGS and (diseased or not near or not _is_listed_name(base))
    ahead = f"{words.all[i - 1].folded}-{base}" if i and words.gap(i - 1) == " " else ""
    return diseased or ahead in _eponym_heads() or ("-" in base and rule == "self")


def _is_surname(word: Word, *, strange: bool) -> bool:
    """Whether a word is a listed name or, if ``strange`` ones are welcome, on no list at all."""
    unknown = strange and not word.ordinary and len(word.text) > 3
    return word.cap and (word.named or unknown) and not is_term(word.folded)


@lru_cache(maxsize=1)
def _eponym_heads() -> frozenset[str]:
    """The first two names of every eponym that is a chain of them: ``child-pugh``."""
    chains = (word.split("-") for word in lexicon.words("eponyms") if "-" in word)
    return frozenset("-".join(chain[:2]) for chain in chains)


VOWELLESS = re.compile(r"[b-df-hj-np-tv-xz]{4,}")
OWNED = re.compile(r"['’]s?$")
DISEASES = group("disease_words")
#: What an eponym stands before, and no person.
DISEASED = frozenset(
    (
        "angle", "ataxia", "canal", "chorea", "classification", "contracture", "criteria", "cyst", "deformity",
        "dementia", "disease", "dislocation", "duct", "encephalopathy", "esophagus", "fascia", "fossa", "fracture",
        "hernia", "ligament", "lymphoma", "malformation", "neuroma", "node", "nodes", "nodule", "oesophagus", "palsy",
        "paralysis", "pouch", "reflex", "sarcoma", "sign", "syndrome", "tendon", "thyroiditis", "triangle", "ulcer",
    )
)  # fmt: skip

TYPIST = re.compile(
    r"(?i)\b(?:(?:transcribed|typed|typist)(?: by)?|init(?:ials?)?\.?)\s*[:/]\s*$"
)  # whoever types is no side: "typed: rt"
INITIALS = compiled(r"(?:[~]\.[ ]?){2,3}|[~]{2,4}\d?\b|[a-z]{2,3}\b(?=\s*(?:$|\n|[/,;.]))|[~]{2,3}(?=/)")


MEASURED_AFTER = re.compile(r"\s?[:=]?\s?\d{1,4}(?:[.,]\d+)?\s?(?:%|mm|cm|ml|m/s|mmhg)", re.IGNORECASE)


def initials_after(words: Words, at: int, key: str, found: list[Finding], *, role: Role | None = None) -> None:
    """``Dictated by: JS``, ``Tech: AB``: staff initials after a role."""
    match = INITIALS.match(words.text, at)
    if match is None:
        return
    letters = re.sub(r"\W|\d", "", match.group()).lower()
    term = letters in NOT_NAMES or letters in CREDENTIALS or (len(letters) > 2 and lexicon.is_word(letters))
    if (
        key in ("re", "to", "from", "attention", "subject")
        or (term and not TYPIST.search(words.text[max(0, at - 24) : at]))
        or letters in ("na", "no", "us", "ct", "mr", "me", "it", "we", "ge", "nm", "xr", "pet", "iv", "im", "po")
    ):
        return
    if MEASURED_AFTER.match(words.text, match.end()):
        return  # "MD: EF 55%"
    if letters in NO_INITIALS and not TYPIST.search(words.text[max(0, at - 24) : at]):
        return
    if key == "told" or (key == "role" and not match.group()[0].isupper()):
        return
    found.append(
        Finding(
            match.start(),
            match.start() + len(match.group().rstrip()),
            Category.NAME,
            0.85,
            "name:initials",
            role or Role.STAFF,
        )
    )


def read(  # noqa: C901
    words: Words, at: int, found: list[Finding], rule: str, score: float, *, strong: bool, role: Role | None = None
) -> None:
    """Read one name that begins at an offset and add it to the findings.

    ``strong`` says that the cue leaves no doubt (a title, ``Patient Name:``), so that an ordinary word may be a name.
    """
    i = words.from_offset(at)
    if i is None:
        return
    listed = words.all
    most = min(i + TITLES_MAX, len(listed) - 1)
    while i < most and listed[i].folded in LEADING_TITLES and TITLE_GAP.fullmatch(words.gap(i)):
        i += 1
    if not _starts(words, i, rule=rule, strong=strong):
        return
    last, comma = i, False
    while last + 1 < len(listed) and last - i < 5:
        gap = words.gap(last)
        if not NAME_GAP.fullmatch(gap) or (gap.startswith(".") and len(gap) > 1 and len(listed[last].text) > 2):
            break
        if comma and len(listed[last].text) == 1 and gap.startswith(". ") and not _goes_on(listed[last + 1]):
            break  # "Beridze, N. Follow-up booked"
        if "," in gap:
            if comma or rule not in ("key", "title") or (rule == "title" and not words.caps):
                break
            comma = True
        if not _continues(words, last + 1, rule=rule, strong=strong):
            break
        last += 1
    trimmed = _trimmed(words, i, last)
    if trimmed is None or (is_place(words, trimmed) and rule != "title"):
        return
    end = _end_of_name(words, trimmed, rule)
    found.append(Finding(listed[i].start, end, Category.NAME, score, f"name:{rule}", role))


def _end_of_name(words: Words, last: int, rule: str) -> int:
    """Where a name ends whose last word is known: with the point of an initial, initials behind, a former name."""
    end = words.all[last].end
    if len(words.all[last].text) == 1 and words.text[end : end + 1] == ".":
        end += 1
    after = INITIALS_LAST.match(words.text, end) if rule == "key" and not words.caps else None
    if after is not None and after["v"].lower() not in CREDENTIALS:
        end = after.end("v")
    formerly = FORMERLY.match(words.text, end)
    return formerly.end("v") if formerly else end


def _goes_on(word: Word) -> bool:
    """Whether what stands behind a surname and an initial is of the name: another initial, a given name."""
    return len(word.text) == 1 or word.named


CONTRACTED = re.compile(r"['’](?:d|ll|m|re|t|ve)$")
SUBJECTS = (group("subjects") | group("departments")) - {"will"}
PRONOUNS = frozenset(("he", "she", "it", "that", "there", "who", "what", "where", "here"))
SAYING = frozenset(("said", "says", "saw", "will", "wants", "told", "asked", "rang", "called"))
SLOTS = ("role", "told", "kin", "title", "key", "list")
LEADING_TITLES = group("leading_titles")
TITLES_MAX = 8  # Univ.-Prof. Dr. med. Dr. h. c.
INITIALS_MAX = 6
TITLE_GAP = re.compile(r"\.?-?[ \t]*")
FORMERLY = re.compile(r"[ \t]?\((?i:n[ée]e|formerly|born|geb\.?)\s(?P<v>[^\W\d_][^)\d\n]{1,30})\)")
#: ``cc: Stathopoulou ER``
INITIALS_LAST = re.compile(r" (?P<v>[A-Z]{2})(?=\s*(?:[.,;)\n]|$))")
KEYED, CLOSED = re.compile(r"[ \t]*:"), re.compile(r"\s*(?:$|[\n,.;)\]/])")
NAME_GAP = re.compile(r"\.?[ \t]{1,2}|[ \t]?,[ \t]?|\.|-|\^|[ \t]?\(?[\"“'‘]|[\"”'’]\)?[ \t]")


def _starts(words: Words, i: int, *, rule: str, strong: bool) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Whether a name may begin with this word."""
    word = words.all[i]
    following = words.all[i + 1] if i + 1 < len(words.all) and NAME_GAP.fullmatch(words.gap(i)) else None
    joined = following is not None and _leads_to_surname(words, i + 1, rule)
    joined = joined and not (len(word.text) > 2 and words.gap(i).startswith(". "))  # "reached MMI. Budi Ong"
    if len(word.text) == 1:
        after = i + 1
        most = min(i + INITIALS_MAX, len(words.all))
        while after < most and len(words.all[after].text) == 1 and NAME_GAP.fullmatch(words.gap(after - 1)):
            after += 1
        if after == len(words.all) or "\n" in words.gap(after - 1) or not (word.cap or words.lower):
            return False
        surname = words.all[after]
        pointed = words.gap(after - 1).startswith(".") and surname.cap and surname.folded not in NOT_NAMES
        return _leads_to_surname(words, after, rule) or (pointed and len(surname.text) > 2)  # "W. Hand"
    if word.folded in NOT_NAMES and not (word.cap and joined and word.folded in MAY_BE_NAMES):
        return (
            word.text.isupper()
            and len(word.text) == 2
            and joined
            and rule in ("key", "title", "role")
            and not words.caps
        )
    if word.folded in PARTICLES and (not word.cap or (words.caps and rule == "title")):
        past = _past_particles(words, i)
        leads = past > i and _surname_like(words, words.all[past], rule)
        if leads or not word.cap:
            return leads
    if word.folded in SUBJECTS and rule in ("told", "role", "kin", "list"):
        return False
    if OWNED.sub("", word.folded) in PRONOUNS or (not word.cap and word.folded in SAYING):
        return False  # "CALLER: He's got", "doctor said"
    if not word.cap and rule == "title" and strong and (word.named or not word.ordinary):
        return True
    if words.lower and not strong and _is_medical(words, i, rule):
        return False
    if not word.cap:
        return (words.lower and (not word.ordinary or word.named or (strong and not word.clinical))) or (
            rule == "key" and strong and (word.named or not word.ordinary)
        )
    if not strong and rule != "title" and _is_medical(words, i, rule):
        return False
    if word.text.isupper() and len(word.text) in (2, 3) and not words.caps and not word.named:
        return joined and not word.clinical  # MJ Aslan
    if word.text.isupper() and not words.caps and not word.named and not strong and rule in ("told", "kin"):
        return joined and not word.ordinary  # "under RIDDOR", "per AJCC"
    if CONTRACTED.search(word.folded):
        return False
    if words.nouns and not strong and not word.named:
        return False
    if strong:
        return not (
            word.clinical
            and not word.named
            and following is not None
            and (following.clinical or following.plain)
            and not following.named
            and (following.cap or rule != "title")
        )
    if word.clinical:
        term = (
            following is not None
            and following.folded not in NOT_NAMES
            and (following.clinical or following.folded in NO_PERSON_AFTER)
        )
        slot = rule in SLOTS and word.text[1:].islower() and not term
        if slot and (rule in ("role", "kin") or words.alone(i)):
            return True  # "Read by Hand", "cc: Lee; Hand"
        return word.named and not words.caps and (joined or slot)
    slot = rule == "role" or (rule in SLOTS and words.alone(i))
    return not word.plain or (not words.caps and (joined or (slot and word.text[1:].islower())))


def _leads_to_surname(words: Words, i: int, rule: str) -> bool:
    """Whether a surname stands here, be it one that is also a particle ("Das"), or after particles."""
    past = _past_particles(words, i)
    return _name_like(words, words.all[i]) or (past > i and _surname_like(words, words.all[past], rule))


def _past_particles(words: Words, i: int) -> int:
    """The first word from this one on that is no particle of a surname: "Berg" of "van der Berg"."""
    while i + 1 < len(words.all) and words.all[i].folded in PARTICLES and NAME_GAP.fullmatch(words.gap(i)):
        i += 1
    return i


def _continues(words: Words, j: int, *, rule: str, strong: bool) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Whether the name goes on with this word."""
    word = words.all[j]
    if KEYED.match(words.text[word.end : word.end + 3]):
        return False
    if len(words.all[j - 1].text) == 1 and word.cap and len(word.text) > 2:
        pointed = words.gap(j - 1).startswith(".")
        if pointed or (rule == "title" and (word.named or not word.ordinary)):
            return word.folded not in NOT_NAMES and word.folded not in CREDENTIALS
    if len(word.text) == 1:
        after = words.text[word.end : word.end + 24].lower()
        return (word.cap or words.lower) and not is_side_or_level(word.folded, after)
    if lexicon.is_eponym(word.folded) and words.gap(j) == " " and words.all[j + 1].folded in DISEASED:
        return False  # "Mr. Hale Crohn disease"
    if word.folded in NOT_NAMES and word.folded not in MAY_BE_NAMES:
        return False
    if word.folded in PARTICLES and (words.caps or not word.cap):
        surname = words.all[_past_particles(words, j)]
        return surname is not word and (words.caps or _surname_like(words, surname, rule))
    if words.caps and words.all[j - 1].folded in PARTICLES and j > 1 and (word.named or not word.clinical):
        return word.folded not in NOT_NAMES
    if not word.cap:
        return (words.lower or (rule == "key" and strong)) and (word.named or not word.ordinary) and not word.clinical
    if word.folded in SUFFIXES:
        return True
    if word.text.isupper() and len(word.text) in (2, 3) and not words.caps and not word.named:
        tail = words.text[word.end : word.end + 2]
        return word.folded not in CREDENTIALS and not word.clinical and CLOSED.match(tail) is not None
    if word.named or not word.ordinary:
        return (word.folded not in NO_PERSON_AFTER and word.folded not in CREDENTIALS) or word.named
    if "," in words.text[words.all[j - 1].end : word.start]:
        return rule == "key" and strong and not word.clinical
    return strong and not words.caps and not word.clinical and word.folded not in PLACE_AFTER


def _trimmed(words: Words, first: int, last: int) -> int | None:
    """The last word of the name once what cannot end one is taken off; None if nothing is left."""
    listed = words.all
    while (
        last > first
        and listed[last].folded in NO_END
        and len(listed[last].text) > 1
        and not (listed[last].named and listed[last].cap and listed[last].folded in PARTICLES)
    ):
        last -= 1
    only = listed[first]
    if last == first and (
        len(only.text) == 1 or only.folded in NOT_NAMES or (only.folded in CREDENTIALS and not only.named)
    ):
        return None
    return last


MAY_BE_NAMES = group("may_be_names")
NO_END = CREDENTIALS | PARTICLES


def _name_like(words: Words, word: Word) -> bool:
    """Whether a word looks like one of a name by itself: capital (or all is lower case) and not an ordinary word."""
    if word.folded in NOT_NAMES or not (word.cap or words.lower) or len(word.text) < 2:
        return False
    return (word.named and not word.clinical) or not word.ordinary


def _surname_like(words: Words, word: Word, rule: str) -> bool:
    """Whether a word is a surname where a title, an initial or a particle leads to it."""
    titled = rule == "title" and word.cap and len(word.text) > 2
    return _name_like(words, word) or (titled and not word.clinical and word.folded not in NOT_NAMES)


def is_place(words: Words, last: int) -> bool:
    """``Smith Street``, ``Johnson Hospital``: a place or an institution, which other rules take."""
    if last + 1 >= len(words.all):
        return False
    return words.all[last + 1].cap and words.all[last + 1].folded in PLACE_AFTER and words.gap(last) == " "


JOINT = r"(?:,?\s?\(?(?:MD|M\.D\.|DO|RN|PhD)\b\)?\.?)?(?:\s?/\s?|,?\s(?:and|AND|&|und|y|et)\s(?:(?:Drs?|Prof|Mrs?|Ms|Nurse|PA)\b\.?\s)?"
#: What stands between two names of an enumeration, where a comma alone or a semicolon does not or does.
LISTED = {
    (careful, semicolons): re.compile(JOINT + r"|;\s?" * semicolons + r"|,\s" * (not careful) + ")")
    for careful in (False, True)
    for semicolons in (False, True)
}


def read_list(words: Words, found: list[Finding], *, careful: bool = False, semicolons: bool = False) -> None:
    """Further names of an enumeration: ``Drs. Smith, Jones and Lee``; ``Smith/Jones``."""
    for _ in range(4):
        if not found or found[-1].category is not Category.NAME:
            return
        tail = words.text[found[-1].end : found[-1].end + 24]
        match = LISTED[careful, semicolons].match(tail)
        if match is None:
            return
        i = words.from_offset(found[-1].end + match.end())
        if (
            i is None
            or not (words.all[i].cap or words.lower)
            or (careful and words.all[i].plain and not words.alone(i))
        ):
            return
        before = len(found)
        read(words, words.all[i].start, found, "list", 0.85, strong=not careful, role=found[-1].role)
        if len(found) == before:
            return
