"""A second look at cleaned text, with a different mix of detectors than the first.

The first look is long lists, cues and a model at its usual threshold. This one is short regular expressions written
apart from them, Presidio's own recognisers, capitalised words that no list explains, and the model at a low threshold. What it sees must lie
inside a span that we inserted or be a term that the recipe allows.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import copy
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from deid.errors import EngineError
from deid.model import Category, Finding, Subject
from deid.settings import TextSettings
from deid.text import lexicon
from deid.text.catalogues import is_published
from deid.text.checks import REGISTERED, is_registered_uid
from deid.text.dates import find_dates, is_fraction
from deid.text.folding import Folded, fold_text, fold_word, legible
from deid.text.guard import is_medicine, protected_spans
from deid.text.known import KnownMatcher
from deid.text.lexicon import group
from deid.text.ner import NONE, WEAK
from deid.text.result import Verdict
from deid.text.spans import Spans
from deid.text.words import NO_PERSON_AFTER, NOT_NAMES

__all__ = ["second_look", "second_looks"]

C = Category
CAPITAL = r"[A-Z\u00c0-\u00de][^\W\d_]+"
HARD: tuple[tuple[str, Category, re.Pattern[str]], ...] = (
    ("email", C.EMAIL, re.compile(r"[\w.+-]{1,64}+@[\w-]++\.[\w.-]+")),
    ("url", C.URL, re.compile(r"(?:https?|ftp)://[^\s>\"']+|www\.[^\s>\"']+")),
    (
        "uid",
        C.UID,
        re.compile(
            rf"(?<![\w.])(?!{REGISTERED.pattern}(?!\w|\.\d))(?:2\.25\.\d{{9,39}}|[0-2]\.\d{{1,39}}(?:\.\d{{1,39}}){{4,}})(?!\w|\.\d)"
        ),
    ),
    ("ssn", C.SSN, re.compile(r"(?<!\d)\d{3}-\d\d-\d{4}(?!\d)")),
    ("phone", C.PHONE, re.compile(r"(?<![\d.])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)")),
    (
        "date",
        C.DATE,
        re.compile(r"(?<![\d.])(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/](?:19|20)\d\d)(?![\d.])"),
    ),
    (
        "cued-number",
        C.ID,
        re.compile(
            r"(?i:\b(?:mrn|medical record|accession|account|ssn|patient id|policy|member id|npi|dob)\b[^\n\d]{0,12})(?P<v>\d[\d-]{3,})"
        ),
    ),
    ("titled", C.NAME, re.compile(rf"\b(?:Dr|Mr|Mrs|Ms|Prof)\.? (?P<v>{CAPITAL})")),
)
SOFT: tuple[tuple[str, Category, re.Pattern[str]], ...] = (
    ("month-date", C.DATE, re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?\b|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b")),
    ("day-month", C.DATE, re.compile(r"(?<![\w./-])(?P<v>\d{1,2}/\d{1,2})(?=[ ]?(?:$|[,;:)\n]))")),
    ("unit-code", C.WARD, re.compile(r"(?<![\w.-])(?P<v>\d{1,2}[A-Z]{1,2}(?:\d{2}|-\d{1,3})|\d{1,2} (?:North|South|East|West|Tower))(?![\w.%-])")),
    ("initials", C.NAME, re.compile(r"(?:(?:->|=>|→|[/:|]) ?|(?:\n|[.!?] +)[-–—]{0,2} ?|\b(?i:by|with|to|per|ok|told|rev|reader|and) )(?P<v>[A-Z]{2}|(?:[A-Z]\.){2,3})(?=[ \t.]*(?:\n|$|[;,)]| \d))")),
    ("number", C.ID, re.compile(r"(?<![\w.,/-])\d{6,}(?![\w.,/]|\s?(?:mm|cm|ml|mg|HU|mGy))")),
    ("signed", C.NAME, re.compile(rf"(?i:\b(?:signed|dictated|read|reviewed|interpreted|transcribed|discussed with|reported) (?:by|to|with)?:? ?)(?P<v>{CAPITAL}(?: {CAPITAL})?)")),
)  # fmt: skip
PAIR = re.compile(r"\d{1,2}/\d{1,2}")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
CAMEL = re.compile(r"[a-z]{3}[A-Z]|[A-Z]{2}")  # MitraClip is a product
MADE_BEFORE = re.compile(
    r"(?i)\bor\s$|\b(?:acquired|placed|performed|using|software|compatible)\s(?:with\s)?(?:the\s|an?\s)?(?:\w+\s)?$"
)
PIECES = re.compile(r"['’-]")
HEAD = re.compile(r"(?:^|[.!?:;\n(\-–•*]\s*|^\s*\d+[.)]\s*)$")
BIGRAM = re.compile(rf"(?<![\w.])(?P<a>{CAPITAL}) (?P<b>{CAPITAL})(?!\w)")
SMALL = NOT_NAMES | group("departments") | group("names_credentials") | group("no_initials") | {"ga"}
OLD = re.compile(r"9\d|\d{3}|ninet|hundred", re.IGNORECASE)  # an age below 90 identifies nobody
#: Below the first look's threshold; what is less likely counts only for a word that no list knows.
SCORE_LOW, SCORE_UNKNOWN = 0.12, 0.05
#: Below it even a word that no list knows is a term: an eponym, a device, a trial.
SCORE_NONE = 0.003
#: The same for the English model, whose written scores lean more.
ENGLISH_LOW, ENGLISH_UNKNOWN = 0.5, 0.25


def second_look(
    text: str,
    inserted: Sequence[tuple[int, int]],
    settings: TextSettings,
    subject: Subject | None = None,
    *,
    language: str = "",
) -> Verdict:
    """Verdict on a cleaned text; see :func:`second_looks`."""
    return second_looks([text], [inserted], settings, [subject], languages=[language])[0]


def second_looks(
    texts: Sequence[str],
    inserted: Sequence[Sequence[tuple[int, int]]],
    settings: TextSettings,
    subjects: Sequence[Subject | None],
    *,
    languages: Sequence[str],
) -> list[Verdict]:
    """Verdicts on cleaned texts, which the model reads in one batch; all sequences are in step.

    Parameters
    ----------
    texts
        What would be handed over.
    inserted
        Half-open spans that we put in: :attr:`TextPlan.inserted`.
    settings
        The recipe's ``text`` section; its ``never`` terms may stay.
    subjects
        Whose known identifiers must be gone.
    languages
        Of the texts; the recipe's where empty.
    """
    spoken = [language or settings.language for language in languages]
    read = [legible(text) for text in texts]
    ours = [[r.inner(*span) for span in spans] for r, spans in zip(read, inserted, strict=True)]
    guesses = _guesses([r.text for r in read], settings, spoken)
    rows = zip([r.text for r in read], ours, subjects, guesses, spoken, strict=True)
    verdicts = [_verdict(*row, settings) for row in rows]
    return [Verdict(v.status, r.placed(v.findings)) for r, v in zip(read, verdicts, strict=True)]


def _verdict(
    text: str,
    inserted: Sequence[tuple[int, int]],
    subject: Subject | None,
    guesses: list[Finding],
    language: str,
    settings: TextSettings,
) -> Verdict:
    folded = fold_text(text)
    seen: list[tuple[Finding, bool]] = []
    if subject is not None:
        seen += [(f, True) for f in KnownMatcher.of(subject).search(folded, language=language)]
    seen += [(f, True) for f in _regular(HARD, text)]
    seen += [(f, False) for f in _regular(SOFT, text)]
    seen += [(f, True) for f in _presidio(text)]
    denied = Spans((f.start, f.end) for f in guesses if f.rule == NONE)
    unknown = [*_bigrams(text, language), *_unknown(text, folded, language)]
    seen += [(f, False) for f in guesses if f.rule != NONE]
    seen += [(f, False) for f in unknown if not denied.hold(f.start, f.end)]
    allowed = _Allowed(folded, inserted, settings, language)
    outside = [(f, hard) for f, hard in seen if not allowed(f)]
    findings = tuple(sorted({f for f, _ in outside}, key=lambda f: (f.start, f.end, f.rule)))
    if any(hard for _, hard in outside):
        return Verdict("FAIL", findings)
    return Verdict("REVIEW" if outside else "PASS", findings)


class _Allowed:
    """Whether a finding of the second look is harmless: ours, or a term that may stand."""

    def __init__(
        self, folded: Folded, inserted: Sequence[tuple[int, int]], settings: TextSettings, language: str
    ) -> None:
        self.folded = folded
        self.foreign = language != "en"
        self.inserted = sorted(inserted)
        self.reached = list(accumulate((end for _, end in self.inserted), max))
        self.protected = Spans(protected_spans(folded))
        self.never = {fold_word(term) for term in settings.never}

    def __call__(self, finding: Finding) -> bool:  # noqa: C901, PLR0911
        start, end = finding.start, finding.end
        rest = self._uncovered(start, end)
        if not rest:
            return True
        if finding.rule.startswith("known:"):
            return False
        words = [w for a, b in rest for w in re.findall(r"[^\W_]+", fold_word(self.folded.original[a:b]))]
        if not words or all(w in self.never for w in words):
            return True
        if finding.rule == "second:initials":
            return self.folded.is_caps() or any(w in SMALL or lexicon.is_clinical(w) for w in ("".join(words), *words))
        if self.protected.hold(start, end) and finding.category not in (C.EMAIL, C.URL, C.SSN):
            return True
        if finding.rule == "second:capitals" and sum(b - a for a, b in rest) < end - start:
            return True  # a title before the name that we put in
        small = not self.folded.is_lower() and all(self.folded.original[a:b].islower() for a, b in rest)
        if sum(b - a for a, b in rest) < end - start and (
            small or all(lexicon.is_known(w) or len(w) < 3 for w in words)
        ):
            return True  # words around what we put in
        if self.foreign and finding.category in WORDED and all(map(_is_of_reports, words)):
            return True
        if finding.rule == "second:unknown" and self._is_called_so(finding):
            return True
        if finding.rule in ("model", "second:unknown"):
            return is_medicine(finding, self.folded) or self._is_young(finding)
        if finding.rule == "second:number":
            text = self.folded.original
            return is_published(text[start:end], text[max(0, start - 60) : start], text[end : end + 40])
        if finding.category in WORDED:
            return all(lexicon.is_known(w) or w in NOT_NAMES or w.isdigit() or len(w) < 3 for w in words)
        return self._is_young(finding)

    def _is_called_so(self, finding: Finding) -> bool:
        """Whether an unknown word begins a term: a scale, a stain, a criterion."""
        text = self.folded.original
        parts = re.findall(r"[^\W\d_]+", fold_word(text[finding.start : finding.end]))
        following = re.match(r"[ -]([^\W\d_]+)", text[finding.end : finding.end + 24])
        told = fold_word(following[1]) if following else ""
        return (
            all(map(lexicon.is_term_head, parts))
            or (len(parts) == 2 and lexicon.is_called_so(*parts))
            or lexicon.is_called_so(parts[-1], told)
        )

    def _is_young(self, finding: Finding) -> bool:
        return finding.category is C.AGE and not OLD.search(self.folded.original[finding.start : finding.end])

    def _uncovered(self, start: int, end: int) -> list[tuple[int, int]]:
        """Parts of a span that we did not insert and that hold a letter or digit."""
        rest, at = [], start
        for a, b in self.inserted[bisect_right(self.reached, start) : bisect_left(self.inserted, (end,))]:
            if b <= at:
                continue
            if a > at:
                rest.append((at, a))
            at = max(at, b)
        if at < end:
            rest.append((at, end))
        return [(a, b) for a, b in rest if any(c.isalnum() for c in self.folded.original[a:b])]


WORDED = (C.NAME, C.PLACE, C.INSTITUTION, C.PROFESSION, C.OTHER)


def _is_of_reports(word: str) -> bool:
    """Whether a folded word is one of radiology in some language, and no name: *MRT*, *Knie*, *IRM*, *derecha*."""
    named = word in lexicon.given_names() or word in lexicon.surnames()
    return lexicon.is_foreign(word) or (lexicon.is_clinical(word) and not named)


def _regular(table: Iterable[tuple[str, Category, re.Pattern[str]]], text: str) -> Iterable[Finding]:
    for name, category, pattern in table:
        for match in pattern.finditer(text):
            group = "v" if "v" in pattern.groupindex else 0
            if category is C.DATE and not _is_date(match.group(group), text[: match.start()], text[match.end() :]):
                continue
            yield Finding(*match.span(group), category, 0.8, f"second:{name}")


#: A scale, a chart or a duration whose values look like a day and a month: ``pain 4/10``, ``Snellen 6/9``.
SCALED = re.compile(
    r"(?i)\b(?:pain|nrs|vas|snellen|visus|va|vision|acuity|score\w*|scale|swabs?|counts?|er|pr|her2|quick|allred|power|mrc|apgar|bishop|for|x|after|course)\W{0,3}$"
)


def _is_date(value: str, before: str, after: str) -> bool:
    """Whether a calendar has it; a day and month alone must be no fraction."""
    if not PAIR.fullmatch(value):
        return bool(find_dates(value))
    first, second = map(int, value.split("/"))
    low, high = sorted((first, second))
    share = first <= second and second in (10, first)  # out of ten, all of them
    if share or SCALED.search(before[-24:]) or is_fraction(value, before[-48:].lower(), after[:24].lower()):
        return False
    return 0 < low <= 12 and 5 < high <= 31


def _bigrams(text: str, language: str) -> Iterable[Finding]:
    """Two capitalised words in a row that no list knows."""
    for match in BIGRAM.finditer(text):
        a, b = fold_word(match["a"]), fold_word(match["b"])
        if (
            lexicon.is_word_form(a)
            or lexicon.is_word_form(b)
            or a in NOT_NAMES
            or b in NOT_NAMES
            or b in NO_PERSON_AFTER
            or (language != "en" and (lexicon.is_foreign(a) or lexicon.is_foreign(b)))
        ):
            continue
        if match["a"].isupper() and match["b"].isupper():
            continue
        yield Finding(*match.span(), C.NAME, 0.5, "second:capitals")


def _unknown(text: str, folded: Folded, language: str) -> Iterable[Finding]:
    """Words that no list of words knows where a name would stand: with a capital inside a sentence, or of a list of names."""
    caps, lower = folded.is_caps() or language != "en", text.islower()
    for match in WORD.finditer(text):
        word = match.group()
        told = fold_word(word)
        if (
            len(told) < 3
            or lexicon.is_known(told)
            or all(lexicon.is_known(p) or len(p) < 3 for p in PIECES.split(told))
        ):
            continue
        listed = told in lexicon.given_names() or told in lexicon.surnames() or told in lexicon.cities()
        inside = HEAD.search(text, max(0, match.start() - 12), match.start()) is None
        plain = word[0].isupper() and not word.isupper() and inside and not caps
        plain = (
            plain and not CAMEL.search(word) and not MADE_BEFORE.search(text, max(0, match.start() - 40), match.start())
        )
        if plain or (listed and (caps or lower)):
            yield Finding(*match.span(), C.NAME, 0.5, "second:unknown")


@lru_cache(maxsize=8)
def _low_model(language: str) -> Callable[[Sequence[str]], list[list[Finding]]] | None:
    from deid.text import ner

    try:
        shared = ner.load(language)
    except EngineError:
        return None
    low = copy.copy(shared)  # the same weights, another threshold
    low.score_min, low.score_weak = (ENGLISH_LOW, ENGLISH_UNKNOWN) if language == "en" else (SCORE_LOW, SCORE_UNKNOWN)
    low.score_none = SCORE_NONE
    return low.find_many


def _guesses(texts: Sequence[str], settings: TextSettings, languages: Sequence[str]) -> list[list[Finding]]:
    """What the model finds at its low threshold, batched by language."""
    found: list[list[Finding]] = [[] for _ in texts]
    if settings.model in ("", "none"):
        return found
    for language in set(languages):
        find_many = _low_model(language)
        numbers = [i for i, one in enumerate(languages) if one == language]
        for i, guesses in zip(numbers, find_many([texts[i] for i in numbers]) if find_many else [], strict=False):
            found[i] = [f for f in guesses if f.rule == NONE or _counts(f, texts[i])]
    return found


def _counts(finding: Finding, text: str) -> bool:
    """Whether a guess is worth a look: likely, or of capitalised words that no list knows."""
    value = text[finding.start : finding.end].strip()
    if len(value) <= 2 or (finding.category is C.UID and is_registered_uid(value)):
        return False
    if finding.rule != WEAK:
        return True
    words = re.findall(r"[^\W_]+", value)
    if finding.category not in (C.NAME, C.PLACE, C.INSTITUTION):
        return False
    return all(w.isalpha() and len(w) > 2 and w[0].isupper() and not w.isupper() for w in words) and not all(
        lexicon.is_known(fold_word(w)) for w in words
    )


@lru_cache(maxsize=1)
def _recognizers() -> tuple[Any, ...]:
    """Presidio's own recognisers that need no model; the e-mail one gets a resolver that asks no network."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        UsSsnRecognizer,
    )

    offline = tldextract.TLDExtract(suffix_list_urls=())

    class OfflineEmailRecognizer(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(offline(pattern_text).fqdn)

    return (OfflineEmailRecognizer(), CreditCardRecognizer(), IbanRecognizer(), UsSsnRecognizer())


def _presidio(text: str) -> Iterable[Finding]:
    if not any(c.isdigit() for c in text) and "@" not in text:
        return
    categories = {"EMAIL_ADDRESS": C.EMAIL, "CREDIT_CARD": C.ACCOUNT, "IBAN_CODE": C.ACCOUNT, "US_SSN": C.SSN}
    for recognizer in _recognizers():
        for result in recognizer.analyze(text, recognizer.supported_entities, None) or ():
            if result.score >= 0.5:
                yield Finding(result.start, result.end, categories[result.entity_type], result.score, "second:presidio")
