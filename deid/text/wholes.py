"""What was found in part becomes whole: the words of an institution, the letters of a code, the number of a bed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.lexicon import group
from deid.text.words import CREDENTIALS, NOT_NAMES, Word, Words

__all__ = ["wholes"]

#: A name is at most so many words longer on either side.
REACH = 4
LOOK_BACK = 40
LINKS = frozenset(("of", "the", "for", "and", "de", "del", "la", "du", "des", "on", "in", "y"))
LEADS = frozenset("st sts saint saints mt mount ft fort camp lake santa san santo sainte our".split())  # noqa: SIM905  # a list to read
TAILS = group("institution_words") | group("institution_tails")
#: What begins "the Office of the …", "Rheumatology of the …" and is no act or finding.
OFFICES = group("generic_leads") | group("institution_words") | group("institution_offices")
WARD_WORDS = group("ward_words")
SIDES = frozenset("lrb")
STOPS = CREDENTIALS | group("titles") | group("weak_titles")
NAMED = frozenset((Category.INSTITUTION, Category.ADDRESS, Category.PLACE, Category.WARD, Category.NAME))
CODES = frozenset(
    (Category.ID, Category.SSN, Category.DEVICE, Category.VEHICLE, Category.ACCOUNT, Category.HEALTH_PLAN,
     Category.LICENSE, Category.USERNAME)
)  # fmt: skip
CODE_BEFORE, CODE_AFTER = (
    re.compile(r"(?<![\w.@/\\-])(?:[^\W_]+[-_])+\Z"),
    re.compile(r"[-_#]\w+(?:[-#]\w+)*(?![\w@]|[./-]\w)"),
)
ACCOUNT_BEFORE = re.compile(rf"(?<!\w)A/C[ ]?\Z|{CODE_BEFORE.pattern}")
BED_AFTER = re.compile(
    r"(?:[ \t](?i:bed|bay|room|rm|slot|cot|chair|pod)|[ \t]|-)[ \t]?(?:\d{1,3}[A-Za-z]?|[A-Z])"
    r"(?![\w/:%]|[.,]\d|\s?(?:mm|cm|ml|mg|days?|hours?|hrs?|h\b|weeks?|mins?|[x×]\s?\d))"
)


def wholes(words: Words, findings: Sequence[Finding]) -> list[Finding]:
    """Findings that reach further than those given: of names, places, institutions, addresses, wards, codes.

    Parameters
    ----------
    findings
        Sorted, without overlaps. None grows over its neighbour.
    """
    out: list[Finding] = []
    for n, finding in enumerate(findings):
        if finding.rule.startswith("known:"):
            continue
        least = findings[n - 1].end if n else 0
        most = findings[n + 1].start if n + 1 < len(findings) else len(words.text)
        grown = _grown(words, finding, least, most)
        if grown is not None and grown != finding and least <= grown.start and grown.end <= most:
            out.append(grown)
    return out


def _grown(words: Words, finding: Finding, least: int, most: int) -> Finding | None:
    """The finding with the rest of its name or code, between its neighbours."""
    if finding.category in CODES:
        return _code(words, finding, least, most)
    if words.lower or finding.category not in NAMED:
        return None
    first = bisect_right(words.all, finding.start, key=lambda word: word.end)
    last = bisect_left(words.all, finding.end, key=lambda word: word.start) - 1
    if finding.category is Category.WARD:
        bed = BED_AFTER.match(words.text, finding.end)
        start = words.all[_leftmost(words, first, least, plain=True)].start if first <= last else finding.start
        return replace(finding, start=min(start, finding.start), end=bed.end() if bed else finding.end)
    if first > last or (finding.category is Category.PLACE and not _is_followed(words, last)):
        return None
    if finding.category is Category.NAME:
        return replace(finding, end=max(finding.end, _family(words, first, last)))
    if finding.category is Category.PLACE:
        finding = replace(finding, category=Category.INSTITUTION, rule="place:institution")
    start = words.all[_leftmost(words, first, least)].start
    end = words.all[_rightmost(words, last, most)].end
    return replace(finding, start=min(start, finding.start), end=max(end, finding.end))


def _code(words: Words, finding: Finding, least: int, most: int) -> Finding:
    prefix = ACCOUNT_BEFORE if finding.category is Category.ACCOUNT else CODE_BEFORE
    before = prefix.search(words.text, max(least, finding.start - LOOK_BACK), finding.start)
    after = CODE_AFTER.match(words.text, finding.end, min(most, finding.end + LOOK_BACK))
    return replace(
        finding, start=before.start() if before else finding.start, end=after.end() if after else finding.end
    )


def _is_followed(words: Words, last: int) -> bool:
    """Whether what ends the name of an institution stands after a town: "Spokane Symphony"."""
    return last + 1 < len(words.all) and words.gap(last) == " " and _is_tail(words, words.all[last + 1])


def _family(words: Words, first: int, last: int) -> int:
    """Where a person's name ends of which word ``last`` was found: a surname that no list knows may follow."""
    if first < last or words.caps or last + 1 == len(words.all) or words.gap(last) != " ":
        return words.all[last].end
    one, other = words.all[last], words.all[last + 1]
    both = one.text[1:].islower() and other.cap and other.text[1:].islower() and len(other.text) > 2
    new = not lexicon.is_known(other.folded) or (other.named and not other.clinical)
    strange = (
        other.folded in NOT_NAMES
        or other.folded in STOPS
        or lexicon.is_eponym(other.folded)
        or lexicon.is_drug(other.folded)
    )
    return other.end if both and new and not strange else one.end


def _rightmost(words: Words, last: int, most: int) -> int:
    """Index of the last word of the name that goes on after word ``last``."""
    end = last
    for i in range(last + 1, min(last + 1 + 2 * REACH, len(words.all))):
        word = words.all[i]
        if word.end > most or words.gap(i - 1) not in (" ", " & "):
            break
        if word.folded in LINKS and not word.cap:
            if word.folded == "and" or i - end > 2:
                break
        elif _belongs(words, word) and not (i - end > 1 and word.folded in TAILS):
            end = i
        else:
            break
    return end


def _leftmost(words: Words, first: int, least: int, *, plain: bool = False) -> int:
    """Index of the first word of the name that began before word ``first``; ``plain`` for the name of a ward."""
    begin = first
    for i in range(first - 1, max(first - 1 - 2 * REACH, -1), -1):
        word, gap = words.all[i], words.gap(i)
        if word.start < least or gap not in (" ", ". ", " & ") or (gap == ". " and word.folded not in LEADS):
            break
        if word.folded in LINKS and (not word.cap or words.caps):
            if plain or word.folded in ("and", "on", "in") or begin - i > 2:
                break
        elif begin - i > 1:  # only an office is "of the …"
            if not word.cap or word.folded not in OFFICES:
                break
            begin = i
        elif (word.folded in LEADS and word.cap) or (
            (_names_ward(words, word) if plain else _belongs(words, word)) and not _heads(words, i)
        ):
            begin = i
        else:
            break
    before = words.all[begin - 1] if begin else None
    if before and before.folded == "outside" and before.start >= least and words.gap(begin - 1) == " ":
        return begin - 1 if words.all[begin].folded in TAILS else begin  # "from outside hospital Northgate"
    return begin


def _names_ward(words: Words, word: Word) -> bool:
    """Whether a word before that of a ward is a part of its name: a specialty, a letter, no finding and no organ."""
    if word.folded in WARD_WORDS:
        return word.cap
    if not word.cap or words.caps or word.folded in NOT_NAMES or word.folded in STOPS:
        return False
    return len(word.text) == 1 or not lexicon.is_clinical(word.folded) or lexicon.is_eponym(word.folded)


def _belongs(words: Words, word: Word) -> bool:
    """Whether a word is written as a part of a name and is nothing else."""
    if not word.cap:
        return False
    if _is_tail(words, word):
        return True
    if words.caps or word.folded in NOT_NAMES or word.folded in STOPS or word.folded in SIDES:
        return False
    if word.text.isupper() and len(word.text) > 1:
        return False
    return not lexicon.is_clinical(word.folded) and not lexicon.is_drug(word.folded)


def _is_tail(words: Words, word: Word) -> bool:
    return word.cap and word.folded in TAILS and not (word.text.isupper() and not words.caps and len(word.text) > 4)


def _heads(words: Words, i: int) -> bool:
    """Whether an ordinary word has its capital from the sentence, line or item that it begins."""
    start = words.all[i].start
    before = words.text[max(0, start - LOOK_BACK) : start].rstrip(" \t\"'“(*_")
    begins = not before or before[-1] in ".!?:;\n-–•|/"
    return begins and lexicon.is_known(words.all[i].folded)
