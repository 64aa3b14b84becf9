"""What was found once is found everywhere in the document, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import fold_text
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER, NOT_NAMES, PARTICLES, SUFFIXES, WORD

__all__ = ["propagate"]


@lru_cache(maxsize=64)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w])(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + r")(?![\w])")


def propagate(text: str, findings: Sequence[Finding], *, caps: bool = False) -> list[Finding]:  # noqa: C901, PLR0912
    """The names that were found, wherever else they stand in the document, whole or in part."""
    parts: dict[str, tuple[Role | None, Category]] = {}
    for finding in findings:
        if finding.category not in (Category.NAME, Category.INSTITUTION) or finding.score < 0.6:
            continue
        if finding.category is Category.INSTITUTION:
            continue
        for match in WORD.finditer(text, finding.start, finding.end):
            word = match.group()
            folded = fold_text(word).text
            if len(word) < 3 and not (len(word) == 2 and word[1].islower() and word[0].isupper()):
                continue
            if folded in PARTICLES or folded in CREDENTIALS or folded in NOT_NAMES or folded in SUFFIXES:
                continue
            if lexicon.is_word(folded) and (caps or lexicon.is_clinical(folded)):
                continue
            parts.setdefault(word, (finding.role, Category.NAME))
            if not lexicon.is_word(folded):
                parts.setdefault(word.upper(), (finding.role, Category.NAME))
                parts.setdefault(word.capitalize(), (finding.role, Category.NAME))
    if not parts:
        return []
    taken = [(f.start, f.end) for f in findings]
    out = []
    for match in _word_pattern(tuple(sorted(parts))).finditer(text):
        if any(a <= match.start() and match.end() <= b for a, b in taken):
            continue
        if lexicon.is_word(match.group().lower()) and (
            re.search(r"(?:^|[.!?:\n])\s*$", text[: match.start()][-4:]) or not match.group()[0].isupper()
        ):
            continue
        following = re.match(r"(?:['’]s)?\s+([a-z]+)", text[match.end() : match.end() + 24])
        if following and following[1] in NO_PERSON_AFTER:
            continue
        out.append(Finding(match.start(), match.end(), Category.NAME, 0.75, "name:propagated", parts[match.group()][0]))
    return out
