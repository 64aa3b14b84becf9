"""What was found once is found everywhere in the document, whole or in part, and so is who stands beside it."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import ahocorasick

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import fold_word
from deid.text.lexicon import group
from deid.text.spans import Spans
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER, NOT_NAMES, PARTICLES, SUFFIXES, WORD, Words, compiled

__all__ = ["companions", "propagate"]

SURE = 0.7
LONGEST = 60  # what is longer is no word
HEAD = re.compile(r"(?:^|[.!?:;\n(\-–•*]\s*)$")
STARTING = re.compile(r"(?:^|[.!?:\n])\s*$")
FOLLOWING = re.compile(r"(?:['’]s)?\s+([a-z]+)")
NO_COMPANIONS = group("subjects") | group("departments")


def propagate(text: str, findings: Sequence[Finding], *, caps: bool = False) -> list[Finding]:  # noqa: C901
    """The names that were found, wherever else they stand in the document, whole or in part."""
    parts: dict[str, Role | None] = {}
    for finding in findings:
        if finding.category is not Category.NAME or finding.score < 0.6:
            continue
        for match in WORD.finditer(text, finding.start, finding.end):
            word = match.group()
            folded = fold_word(word)
            short = len(word) == 2 and word[1].islower() and word[0].isupper()
            if not (short or 3 <= len(word) <= LONGEST):
                continue
            if folded in PARTICLES or folded in CREDENTIALS or folded in NOT_NAMES or folded in SUFFIXES:
                continue
            if lexicon.is_word(folded) and (caps or lexicon.is_clinical(folded)):
                continue
            parts.setdefault(word, finding.role)
            if not lexicon.is_word(folded):
                parts.setdefault(word.upper(), finding.role)
                parts.setdefault(word.capitalize(), finding.role)
    if not parts:
        return []
    taken = Spans((f.start, f.end) for f in findings)
    out = []
    for start, end in _standing(text, parts):
        if taken.hold(start, end):
            continue
        word = text[start:end]
        if lexicon.is_word(word.lower()) and (
            STARTING.search(text[max(0, start - 4) : start]) or not word[0].isupper()
        ):
            continue
        following = FOLLOWING.match(text[end : end + 24])
        if following and following[1] in NO_PERSON_AFTER:
            continue
        out.append(Finding(start, end, Category.NAME, 0.75, "name:propagated", parts[word]))
    return out


def _standing(text: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where words stand by themselves, in order; of two that overlap the first one, of two that start together the longer."""
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, len(word))
    automaton.make_automaton()
    places = [
        (last + 1 - length, -last - 1)
        for last, length in automaton.iter(text)
        if not (_is_inner(text[last + 1 : last + 2]) or _is_inner(text[last - length : last - length + 1]))
    ]
    reached = 0
    for start, end in sorted(places):
        if start >= reached:
            reached = -end
            yield start, reached


def _is_inner(character: str) -> bool:
    return character.isalnum() or character == "_"


#: what joins names of one kind: "Hand and Ng", "Patel/de la Cruz", "Lee; Hand"
JOINED_AFTER = compiled(
    r"(?:\s?/\s?|,?\s(?:and|&|und|y|et|AND)\s|;\s)(?P<v>(?:(?:van|von|de|la|di|da|del|der|den|el|al|bin|dos|das|Van|De|La|Di|El|Al)[ ]){0,2}[~][\w'’-]+)(?=\s*(?:$|[\n,.;)(/]|\s(?:and|&|are|were|will|who|at|on|to|in|for|aware|notified|informed)\b|[ ]{2}))"
)
JOINED_BEFORE = compiled(r"(?<![\w'’./-])(?P<v>[~][\w'’-]+)(?:\s?/\s?|,?\s(?:and|&|und|y|et|AND)\s|;\s)$")
BRACKETED = compiled(r"[ ]?[(\[](?:(?P<i>[~]{2,4}|[a-z]{2,3})|(?P<u>[a-z][a-z0-9._-]{2,15}))[)\]]")


#: what somebody does or is, in short
TRADES = frozenset(
    "onco surg anesth anaes anaesth biomed husb neuro ortho cardio gastro pulm nephro neurosurg oculoplastics orthoptist dietician radonc medonc gyne gynae obgyn psych paeds peds vasc plastics maxfax".split()  # noqa: SIM905
)


def companions(words: Words, findings: Sequence[Finding]) -> list[Finding]:
    """Who stands beside a name that was found: joined to it, or its initials or login in brackets."""
    out: list[Finding] = []
    for finding in findings:
        if finding.category is not Category.NAME or finding.score < SURE:
            continue
        after = BRACKETED.match(words.text, finding.end)
        if after is not None:
            out += _bracketed(words.text[finding.start : finding.end], after)
        if words.caps or words.lower:
            continue
        before = JOINED_BEFORE.search(words.text, max(0, finding.start - 40), finding.start)
        for match in (JOINED_AFTER.match(words.text, finding.end), before):
            if match is not None and _is_companion(words, match):
                out.append(Finding(*match.span("v"), Category.NAME, 0.7, "name:joined", finding.role))
    return out


def _bracketed(name: str, match: re.Match[str]) -> list[Finding]:
    """``Anna Berg (AB)``, ``Anna Berg (aberg)``."""
    if match["i"]:
        heads = {fold_word(w)[0] for w in WORD.findall(name)}
        letters = fold_word(match["i"])
        if set(letters) <= heads:
            return [Finding(*match.span("i"), Category.NAME, 0.85, "name:initials", Role.STAFF)]
    value = match["u"] or (match["i"] if match["i"].islower() else "")
    if len(value) > 3 and value not in TRADES and not lexicon.is_known(value):
        return [Finding(*match.span(match.lastgroup or 0), Category.USERNAME, 0.85, "pattern:username")]
    return []


def _is_companion(words: Words, match: re.Match[str]) -> bool:
    at = words.ending_at(match.end("v"))
    if at is None:
        return False
    word = words.all[at]
    head = HEAD.search(words.text, max(0, word.start - 12), word.start) is not None
    if head and not word.named and lexicon.is_known(word.folded) and "/" not in match.group():
        return False
    if words.nouns and not word.named:
        return False
    return not (
        word.folded in NOT_NAMES
        or lexicon.is_foreign(word.folded)
        or word.folded in NO_COMPANIONS
        or word.folded in CREDENTIALS
        or (word.text.isupper() and not word.named)
        or lexicon.is_drug(word.folded)
        or (word.clinical and not word.named and "/" not in match.group() and match["v"] != word.text)
        or (lexicon.is_eponym(word.folded) and word.folded not in lexicon.surnames() and not word.named)
    )
