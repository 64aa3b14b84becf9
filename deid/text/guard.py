"""The clinical guard: what looks like an identifier and is medicine.

It speaks against findings that rest on looks alone: a word of the name lexicon, a bare code, the model's
guess. It is never asked about a known identifier, and never overrules a cue (``Dr. Baker``, ``MRN 12345``).
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from functools import lru_cache

from deid.model import Category, Finding
from deid.surrogates import fold, name_pool
from deid.text import lexicon
from deid.text.folding import Folded, fold_text
from deid.text.lexicon import group
from deid.text.words import NO_PERSON_AFTER, NOT_NAMES

__all__ = ["protected_spans", "vetoes"]

SURE = (
    "known:",
    "name:key",
    "name:title",
    "name:credential",
    "name:role",
    "name:initials",
    "name:typist",
    "date:",
    "site:",
)
# What is written with a digit, or with letters that are no word.
NUMBERED = frozenset(
    (
        Category.ID, Category.SSN, Category.PHONE, Category.IP, Category.UID, Category.POSTCODE, Category.DEVICE,
        Category.VEHICLE, Category.ACCOUNT, Category.HEALTH_PLAN, Category.LICENSE,
    )
)  # fmt: skip
TERMS = re.compile(
    r"(?<!\w)(?:"
    r"(?:[ctls]\d{1,2}(?:\s?[-/–]\s?[ctls]?\d{1,2})?(?:-s\d)?|[cls]\d(?:/\d)+)(?!\w)"  # vertebral levels
    r"|(?:bi-?rads|li-?rads|pi-?rads|ti-?rads|lung-?rads|o-?rads|c-?rads|cad-?rads|ni-?rads|vi-?rads|lr|ck-?rads)(?:\s(?:category|score|v\d(?:\.\d)?))?\s?:?\s?(?:tr)?[0-6m](?:[abcx]\b|-\w)?"
    r"|gleason\s(?:score\s|grade\s)?(?:of\s)?\d(?:\s?\+\s?\d)?(?:\s?=\s?\d{1,2})?|\d\s?\+\s?\d\s?=\s?\d{1,2}"
    r"|[cpyra]{0,2}t[0-4x](?:is|[a-d])?(?:\s?,?n[0-3x][a-c]?)?(?:\s?,?m[01x][a-c]?)?(?!\w)"
    r"|(?:who\sgrade|grade|stage|type|class|category|score|level|zone|segment|fazekas|asa|ecog|nyha|tnm|fuhrman|kellgren(?:-lawrence)?|outerbridge|bosniak|salter-harris|garden|schatzker|weber|neer|mason|tile|modic|pfirrmann|meyerding|hinchey|balthazar|child-pugh|meld|agatston|suv(?:max|mean|peak)?|apgar|gcs|nihss|aspects|hunt-hess|hunt\sand\shess|fisher|spetzler-martin|tirads|torg|cobb|crowe|graf|couinaud|rutherford|fontaine|stanford|debakey|iss|ajcc|figo|dukes|clark|breslow|ann\sarbor|lugano|deauville|recist|mrecist|percist|lvef|ef)\s(?:score\s|grade\s|type\s|stage\s|class\s|category\s)?(?:of\s|is\s|=\s|:\s)?(?:[ivx]{1,4}|[0-9]{1,4}(?:\.\d+)?)(?:[a-f]\b|/\d{1,3}|\s?%)?"
    r"|(?:t1|t2|t2\*|pd|dwi|adc|flair|stir|swi|mprage|vibe|haste|ssfp|fiesta)(?:[ -]?(?:w|weighted|fs|fse|tse|fatsat|space))?(?!\w)"
    r"|b\s?[=-]?\s?\d{1,4}(?!\w)"
    r"|\d+(?:\.\d+)?\s?(?:x|×|by)\s?\d+(?:\.\d+)?(?:\s?(?:x|×|by)\s?\d+(?:\.\d+)?)?\s?(?:mm|cm|m)?(?!\w)"
    r"|\d+(?:[.,]\d+)?\s?(?:mm|cm|ml|cc|mg|mcg|kg|g|hu|%|kvp?|mas?|m?gy(?:\s?[x*·-]?\s?cm)?|mci|mbq|msec|ms|sec|bpm|mmhg|cm/s|m/s|mg/dl|ng/ml|iu|units?|degrees?|t|tesla|french|fr|gauge|ga|weeks?|days?|hours?|hrs?|minutes?|mins?|months?|years?|yrs?)(?!\w)"
    r")"
)


def protected_spans(folded: Folded) -> list[tuple[int, int]]:
    """Where scores, levels, stages, sequences and measurements stand, on the original."""
    return [folded.span(*match.span()) for match in TERMS.finditer(folded.text)]


def vetoes(finding: Finding, folded: Folded, protected: list[tuple[int, int]]) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Whether a finding is a clinical term and must go."""
    if _ours(finding, folded):
        return True
    if finding.rule.startswith(SURE) or (finding.rule.startswith("pattern:username") and finding.score >= 0.8):
        return False
    if finding.category is Category.AGE and finding.rule.startswith(GUESSED):
        digits = re.sub(r"\D", "", folded.original[finding.start : finding.end])
        return bool(digits) and int(digits[:4]) < 90  # younger ages stay
    text = folded.original[finding.start : finding.end]
    words = re.findall(r"[^\W\d_]+", fold_text(text).text)
    if finding.rule.startswith("model") and finding.category in NUMBERED and not any(c.isdigit() for c in text):
        return text.islower() or all(map(lexicon.is_word, words))  # a word is no number: "saw him", "the tip"
    following = re.match(r"(['’]s)?[ -]{1,2}([A-Za-z]+)", folded.original[finding.end : finding.end + 26])
    after = following[2].lower() if following else ""
    if following and following[1] and not all(map(lexicon.is_eponym, words)):
        after = ""  # what belongs to somebody: "Yamada's study"
    if finding.category in (
        Category.NAME,
        Category.PLACE,
        Category.INSTITUTION,
        Category.OTHER,
        Category.PROFESSION,
        Category.USERNAME,
    ):
        if not words:
            return finding.rule.startswith("model") and finding.category is not Category.OTHER
        if finding.rule.startswith(
            (
                "name:told",
                "name:subject",
                "name:kin",
                "name:self",
                "name:list",
                "place:institution",
                "place:employer",
                "cue:",
            )
        ):
            return all(lexicon.is_clinical(w) and not lexicon.is_eponym(w) for w in words)
        if after in NO_PERSON_AFTER and all(lexicon.is_eponym(w) or lexicon.is_clinical(w) for w in words):
            return True
        if (
            after in NO_PERSON_AFTER
            and after not in ("mass", "line", "body", "test", "study", "position", "law", "system")
            and finding.score < 0.8
        ):
            return True
        clinical = [_clinical_here(w, text) for w in words]
        named = any((w in lexicon.given_names() or w in lexicon.surnames()) for w in words)
        if finding.rule.startswith("model") and after not in NO_PERSON_AFTER and _is_person(finding, folded, text):
            return False
        if all(clinical) and not (named and len(words) > 1):
            return True
        if finding.rule.startswith(GUESSED) and _is_term(finding, folded, words, after):
            return True
        return all(w in NOT_NAMES or lexicon.is_word(w) for w in words) and not named and finding.score < 0.9
    if finding.rule.startswith(
        (
            "pattern:number",
            "pattern:code",
            "pattern:ward-shape",
            "pattern:ward-compass",
            "pattern:username",
            "pattern:postcode",
            "model",
            "plugin",
        )
    ):
        return any(a <= finding.start and finding.end <= b for a, b in protected)
    return False


RESERVED = re.compile(r"(?i)\S*[@/\\.]?deid\.invalid\S*")


PERSON_BEFORE = re.compile(
    r"(?i)\b(?:by|dr\.?|mr\.?|mrs\.?|ms\.?|prof\.?|nurse|ask|asked|await|awaiting|told|called|paged|notified|informed|(?:pt|patient)\sof|niece|nephew|uncle|aunt|mother|father|wife|husband|son|daughter|brother|sister|named|name\sis|dear|signed)\s$"
)
PERSON_AFTER = re.compile(
    r",?\s(?:aged?\s\d|\(?\d{1,3}[\s-]?(?:years?|yo\b|y/o|[mf]\b)|who\b|wants?\b|thinks?\b|disagrees?\b|agrees?\b|concurs?\b|to\s(?:biopsy|follow|review|see)\b|called\b|confirmed\b|(?:the|our)\s(?:tech|nurse)\b|from\s(?:the\sfront|neuro|ortho|surgery)|"
    r"(?:is|was|are|were)\s(?:aware|notified|informed|told|paged|called|worried|in\sthe\sroom|seen)|and\s[A-Z][\w'’-]+\s(?:are|were|saw|concur|agree|scrubbed)|saw\s(?:the|this|him|her)|got\sthis|scrubbed)"
)


def _is_person(finding: Finding, folded: Folded, text: str) -> bool:
    """Whether what stands around a guessed name is said of people only."""
    if text.islower() and not folded.original.islower():
        return False
    before = folded.original[max(0, finding.start - 24) : finding.start]
    tail = folded.original[finding.end : finding.end + 48]
    return PERSON_BEFORE.search(before) is not None or PERSON_AFTER.match(tail) is not None


def _clinical_here(word: str, text: str) -> bool:
    """Whether a word is clinical as it is written: ``HU`` is a unit, ``Hu`` a person."""
    if len(word) <= 4 and not text.isupper() and (word in lexicon.surnames() or word in lexicon.given_names()):
        return not re.search(rf"\b{word.capitalize()}\b", text)
    return lexicon.is_clinical(word)


GUESSED = ("model", "plugin", "name:lexicon-bare", "name:propagated")
DIAGNOSIS_BEFORE = re.compile(
    r"(?i)\b(?:suggest(?:s|ive\sof|ing)?|favou?rs?|favou?ring|fits?|questionable|incidental|classic|typical|background\sof|history\sof|h/o|known|rule\sout|r/o|possible|probable|suspected|query|"
    r"likely|represents?|consistent\swith|compatible\swith|criteria\sthis\sis|such\sas|concerning\sfor|grade|modified|according\sto\sthe|early|abscess|syndrome\sor)\s\(?$"
)
DRUG_BEFORE = re.compile(
    r"(?i)\b(?:takes?|taking|holding|received|receiving|given|started(?:\son)?|premedicated\swith|on\shome|prescribed|interact\swith|continue|discontinued?|stopped|dose\sof|mg\sof|ml\sof|cc\sof|tolerated)\s(?:[\w-]+(?:,\s|\s(?:and|with|or)\s+)){0,3}$"
)
DRUG_AFTER = re.compile(
    r"(?i)\s{1,2}\d+(?:\.\d+)?\s?(?:mg|mcg|units?|iu|ml|g|tablets?|puffs?)\b|\s(?:tablets?|capsules?|infusion|drip|injection|inhaler|patch|cream)\b"
)


def _is_term(finding: Finding, folded: Folded, words: list[str], after: str) -> bool:
    """Whether the place of a guessed name is one where medicine stands: a diagnosis, a drug, a sentence's ordinary head."""
    before = folded.original[max(0, finding.start - 60) : finding.start]
    tail = folded.original[finding.end : finding.end + 24]
    given = any(w in lexicon.given_names() for w in words)
    if finding.category is Category.NAME and (
        after in NO_PERSON_AFTER or (DIAGNOSIS_BEFORE.search(before) and not given)
    ):
        return True
    if DRUG_AFTER.match(tail) or DRUG_BEFORE.search(before):
        return not given
    near = (
        re.findall(r"[^\W\d_]+", fold_text(before[-24:]).text)[-2:] + re.findall(r"[^\W\d_]+", fold_text(tail).text)[:2]
    )
    if any(lexicon.is_drug(w) for w in near) and re.search(r"(?:,|\band|\bor)\s+$", before) and not given:
        return True
    head = re.search(r"(?:^|[.!?:;\n(\-–]\s*|^\s*\d+[.)]\s*)$", before) is not None
    plain = all(
        w in NOT_NAMES or (lexicon.is_word_form(w) and w not in lexicon.given_names() and w not in lexicon.surnames())
        for w in words
    )
    text = folded.original[finding.start : finding.end]
    return plain and (head or (text.islower() and not folded.original.islower()))


@lru_cache(maxsize=1)
def _pool() -> frozenset[str]:
    return frozenset(fold(name) for names in name_pool().values() for name in names)


def _ours(finding: Finding, folded: Folded) -> bool:
    """Whether this is what we put in ourselves: an invented name or a contact under our own reserved domain."""
    text = folded.original[finding.start : finding.end]
    if finding.category in (Category.EMAIL, Category.URL):
        return RESERVED.fullmatch(text) is not None
    if finding.category in (Category.NAME, Category.PLACE, Category.INSTITUTION):
        words = [w for w in re.findall(r"[^\W\d_]+", fold(text)) if len(w) > 1 and w not in INSTITUTION_WORDS]
        return bool(words) and all(w in _pool() for w in words)
    return False


INSTITUTION_WORDS = group("guard_institution_words")
