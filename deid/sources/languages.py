"""Which language a report is written in: what its function words show, what its format says, else the recipe's.

Only the languages that a model is shipped for are told apart; any other is read as the recipe says.
"""
# ruff: noqa: E501 - a row of words reads better whole

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from deid.sources.unit import ReportUnit

__all__ = ["named_language", "plain_language", "spoken"]

NAMES = {
    "de": "de", "deu": "de", "ger": "de", "german": "de", "deutsch": "de", "es": "es", "esp": "es", "spa": "es", "spanish": "es", "español": "es",
    "castellano": "es", "fr": "fr", "fra": "fr", "fre": "fr", "french": "fr", "français": "fr", "en": "en", "eng": "en", "english": "en",
}  # fmt: skip
#: Words that a text is held together by, or that every report has; none that English has too.
WORDS = {
    "de": "und der das nicht kein keine keinen keiner keines mit ohne bei beim zur zum vom nach ist sind wurde wurden wird sich eine einen einem einer eines im auf für über aus sowie oder rechts links beidseits unauffällig nachweis befund beurteilung regelrecht sehr geehrte geehrter frau herr herrn wir ihre zeigt zeigen hinweis anhalt bekannt bekannte deutlich deutliche beide beiden jahre seit wegen leber lunge niere nieren große keinerlei freie",
    "es": "el los las del y con sin por para una en se que es son no al lo su como derecho derecha izquierdo izquierda hallazgos paciente años hígado riñón pulmón fractura observa observan",
    "fr": "le les des du et est une avec sans dans pour sur par au aux pas ce cette sont été chez plus droit droite gauche absence ans visible foie rein poumon genou lésion lésions",
    "en": "the of and is are with to for was were there has not this that at on from without which or by be right left",
}  # fmt: skip
TABLE: dict[str, list[str]] = {}
for _language, _words in WORDS.items():
    for _word in _words.split():
        TABLE.setdefault(_word, []).append(_language)
#: Of a few words one of these is enough.
SURE = {
    "de": frozenset("nicht kein keine keinen keiner ohne unauffällig beurteilung beidseits".split()),  # noqa: SIM905
    "es": frozenset("hallazgos izquierdo izquierda derecho derecha".split()),  # noqa: SIM905
    "fr": frozenset("avec dans lésion lésions".split()),  # noqa: SIM905
}
WORD = re.compile(r"[^\W\d_]+")
LIMIT = 6000  # characters that tell enough
FEW = 8  # words of a text that may be told by one
LEAST, SHARE, TIMES = 3, 0.08, 3


def named_language(told: str) -> str:
    """ISO 639-1 for what a format calls a language (``de-DE``, ``GER``, ``fr^French``), empty for any other."""
    first = WORD.match(told.strip())
    return NAMES.get(first.group().lower(), "") if first else ""


def plain_language(text: str) -> str:
    """``de``, ``es``, ``fr`` or ``en`` if a text is plainly in it, else empty.

    Examples
    --------
    >>> plain_language("Keine Fraktur."), plain_language("No fracture."), plain_language("MRT LWS")
    ('de', '', '')
    """
    words = WORD.findall(text[:LIMIT].lower())
    hits = dict.fromkeys(WORDS, 0)
    for word in TABLE.keys() & words:
        for language in TABLE[word]:
            hits[language] += words.count(word)
    best, second = sorted(hits, key=lambda language: -hits[language])[:2]
    if hits[best] >= LEAST and hits[best] >= SHARE * len(words) and hits[best] >= TIMES * hits[second] // 2:
        return best if best == "en" or hits[best] >= TIMES * hits["en"] else ""
    few = len(words) <= FEW and not hits["en"]
    return next((language for language, listed in SURE.items() if few and not listed.isdisjoint(words)), "")


def spoken(units: Sequence[ReportUnit]) -> list[ReportUnit]:
    """The units of a file, each with the language that its passages are plainly in, or that the others all are."""
    told = [plain_language(" ".join(p.text for p in unit.passages.values())) for unit in units]
    all_told = {language for language in told if language}
    shared = next(iter(all_told)) if len(all_told) == 1 else ""
    return [_in(unit, language or shared) for unit, language in zip(units, told, strict=True)]


def _in(unit: ReportUnit, language: str) -> ReportUnit:
    if not language or all(p.language == language for p in unit.passages.values()):
        return unit
    return replace(unit, passages={key: replace(p, language=language) for key, p in unit.passages.items()})
