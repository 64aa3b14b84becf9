"""Family names of two letters in a label: ``MRI KNEE R NG``, never ``NG TUBE`` or ``45 HU``.

In prose such a name stands with a capital and a small letter, and cues or a neighbour tell it. In a label all is in
capitals, and what the same letters abbreviate is told by what stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from deid.model import Category, Finding, Known
from deid.text import lexicon
from deid.text.folding import Folded

__all__ = ["find_shortest"]

NOTHING = r"(?!)"
#: Letters, and what stands before and behind them where they abbreviate. Others that mean more are not looked for:
#: LE, LA, OU, IM, HA and the words DO and HE.
BESIDE: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    letters: (re.compile(rf"(?:{before})[\s:,/-]*$"), re.compile(rf"[\s:,/-]*(?:{after})"))
    for letters, before, after in (
        (
            "ng",
            r"\d|\b(?:via|og|ett?|ngt|with|w|for|of|and|new|post|s/p|check|confirm|insert(?:ed|ion)?|plac(?:ed|ement)|per|units?|conc\w*)",
            r"tubes?\b|feed|plac|pos|tip|cath|lavage|suction|asp|insert|remov|in\b|og\b|check|ml\b|dl\b|drain|decomp",
        ),
        (
            "hu",
            r"^|\d|\b(?:mean|avg|average|max|min|density|attenuation|in|of|units?|type|[<>=~]+)",
            r"$|\d|[<>=]|units?\b|values?\b|numbers?\b|thresh|scale|map|range|mean|max|min|av",
        ),
        ("li", r"\b(?:lithium|serum|re|u|und)", r"rads\b|carbonate|level|therapy|u\b|und\b|re\b"),
        ("ma", r"\d|\b(?:low|auto|care|smart|mod\w*|tube|kvp?|eff\w*|ref\w*)", r"\d|s\b|mod|kv|eff|ref"),
        ("bi", NOTHING, r"rads\b|lat|phas|plan|ventric"),
        ("lo", NOTHING, r"dose|res|contrast|osm"),
        ("vu", r"\d|\bdeja", NOTHING),
        *((letters, NOTHING, NOTHING) for letters in ("jo", "ni", "oh", "su")),
    )
}


def find_shortest(names: Mapping[str, Known], folded: Folded) -> list[Finding]:
    """Family names of two letters that are words as well, where nothing beside them says the word.

    Parameters
    ----------
    names
        Folded letters and whose they are.
    folded
        A label.
    """
    tokens = folded.tokens()
    places: dict[str, list[Finding]] = {}
    meant = set()
    for i, (start, end, word) in enumerate(tokens):
        if word not in names or word not in BESIDE:
            continue
        a, b = folded.span(start, end)
        following = tokens[i + 1][2] if i + 1 < len(tokens) else ""
        if _abbreviates(word, folded, start, end, following):
            meant.add(word)  # here, and wherever else it stands in this label
        elif folded.original[a:b].isupper() or _is_alone(folded.text, start, end):
            finding = Finding(a, b, Category.NAME, 0.9, "descriptor:surname", names[word].role)
            places.setdefault(word, []).append(finding)
    return [finding for word, listed in places.items() if word not in meant for finding in listed]


#: What parts fields of a label.
FIELD_BEFORE, FIELD_AFTER = re.compile(r"(?:^|[-;:,(\n])\s*$"), re.compile(r"\s*(?:$|[-;,)\n\r])")


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether letters fill a field: ``arterial phase - ng``."""
    return FIELD_BEFORE.search(text, max(0, start - 4), start) is not None and FIELD_AFTER.match(text, end) is not None


def _abbreviates(letters: str, folded: Folded, start: int, end: int, following: str) -> bool:
    before, after = BESIDE[letters]
    if before.search(folded.text, max(0, start - 24), start) or after.match(folded.text, end):
        return True
    # "LI KNIE" is the left one in a German label.
    return letters == "li" and (lexicon.is_anatomy(following) or lexicon.is_foreign(following))
