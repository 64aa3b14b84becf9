"""Find identifiers in a passage: the union of detectors, each with its authority.

Known identifiers come first and nothing overrules them. Cues and validated patterns follow, then names by rule,
then the model; what any of them found is found throughout the document. The clinical guard speaks last, and only against
findings that rest on looks.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import copy
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import accumulate

from deid.errors import EngineError
from deid.model import Category, Finding, Passage, Role, Subject
from deid.settings import TextSettings
from deid.text.births import births
from deid.text.cues import PATIENT_ID
from deid.text.dates import DateMention, find_dates
from deid.text.descriptor import coded_spans, find_initials, find_unlisted, spelled_apart
from deid.text.evidence import WEAK_MIN, is_supported
from deid.text.folding import Folded, fold_document, fold_text, fold_word, legible
from deid.text.guard import NAMING, SURE, protected_spans, vetoes
from deid.text.known import CUE_BEFORE, KnownMatcher
from deid.text.names import find_names
from deid.text.ner import NONE, WEAK
from deid.text.occupations import find_occupations
from deid.text.patterns import find_patterns
from deid.text.places import find_institutions, find_places
from deid.text.repeats import companions, propagate
from deid.text.select import read_where_needed
from deid.text.trims import TOKEN, WRITTEN, before_terms, is_measured, is_term, trimmed, unmeasured, within
from deid.text.wholes import wholes
from deid.text.words import Words

__all__ = ["Finder"]

Detector = Callable[[Sequence[str]], list[list[Finding]]]
MEMO_LIMIT = 20_000


#: A name without a cue of which the model thinks less is none.
NONE_MAX = 0.01


class Finder:
    """Searches passages for identifiers.

    Parameters
    ----------
    settings
        The recipe's ``text`` section.
    language
        ISO 639-1; a passage's own language wins.

    Notes
    -----
    Picklable: a worker process gets the settings and builds its own tables. Descriptors are memoised per subject.
    """

    def __init__(self, settings: TextSettings, *, language: str = "en") -> None:
        self.settings = settings
        self.language = language
        self._memo: dict[int, tuple[KnownMatcher | None, dict[tuple[str, str], tuple[Finding, ...]]]] = {}
        self._last: tuple[Subject | None, KnownMatcher | None] = (None, None)
        self._never = tuple(sorted({fold_word(term) for term in settings.never}))
        self._detectors: dict[str, list[Detector]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.settings, self.language)

    def find(self, passage: Passage, subject: Subject | None = None) -> list[Finding]:
        """Findings of one passage, sorted, not overlapping."""
        return self.find_many([passage], [subject])[0]

    def find_many(
        self, passages: Iterable[Passage], subjects: Sequence[Subject | None] | None = None
    ) -> list[list[Finding]]:
        """Findings of many passages; the model reads all prose in one batch.

        Parameters
        ----------
        passages
            Any origin and language.
        subjects
            In step with ``passages``, or None if no subject is known.
        """
        given = list(passages)
        read = [legible(passage.text) for passage in given]
        listed = [replace(p, text=r.text) if r.text is not p.text else p for p, r in zip(given, read, strict=True)]
        whose = subjects if subjects is not None else [None] * len(listed)
        guesses = self._guesses(listed)
        out = []
        for i, (passage, subject) in enumerate(zip(listed, whose, strict=True)):
            matcher = self._matcher(subject)
            if passage.origin == "descriptor":
                out.append(list(self._descriptor(passage, matcher)))
            else:
                out.append(self._prose(passage, matcher, guesses.get(i, [])))
        return [list(r.placed(found)) for found, r in zip(out, read, strict=True)]

    def _matcher(self, subject: Subject | None) -> KnownMatcher | None:
        if subject is None:
            return None
        if self._last[0] is not subject:
            self._last = (subject, KnownMatcher.of(subject))
        return self._last[1]

    def _guesses(self, passages: Sequence[Passage]) -> dict[int, list[Finding]]:
        """What the model, plug-ins and the site's recognisers find in prose, batched by language."""
        by_language: dict[str, list[int]] = {}
        for i, passage in enumerate(passages):
            if passage.origin != "descriptor" and len(passage.text) > 2:
                by_language.setdefault(passage.language or self.language, []).append(i)
        guesses: dict[int, list[Finding]] = {}
        for language, numbers in by_language.items():
            if language not in self._detectors:
                self._detectors[language] = _load_detectors(self.settings, language)
            texts = [passages[i].text for i in numbers]
            for detect in self._detectors[language]:
                for i, found in zip(numbers, detect(texts), strict=True):
                    guesses.setdefault(i, []).extend(found)
        return guesses

    def _descriptor(self, passage: Passage, matcher: KnownMatcher | None) -> tuple[Finding, ...]:
        owner, memo = self._memo.get(id(matcher), (None, {}))
        if owner is not matcher or len(memo) > MEMO_LIMIT:
            memo = {}
            if len(self._memo) > 256:
                self._memo.clear()
            self._memo[id(matcher)] = (matcher, memo)
        elif id(matcher) not in self._memo:
            self._memo[id(matcher)] = (matcher, memo)
        key = (passage.text, passage.language)
        found = memo.get(key)
        if found is None:
            found = memo[key] = tuple(self._search_descriptor(passage, matcher))
        return found

    def _search_descriptor(self, passage: Passage, matcher: KnownMatcher | None) -> list[Finding]:
        if not passage.text or passage.text.isspace():
            return []
        language = passage.language or self.language
        folded = fold_text(passage.text)
        spelled = spelled_apart(passage.text)
        apart = folded if spelled == passage.text else fold_text(spelled)
        dates = find_dates(apart, language)
        found = matcher.search_short(folded, dates=dates) if matcher else []
        found += date_findings(dates, apart)
        protected = protected_spans(apart)
        patterns = [
            f
            for f in find_patterns(apart, language, dates)
            if f.rule == "pattern:city-state" or not vetoes(f, apart, protected)
        ]
        # ``LOC 03/14/2012`` is a localizer's date, no ward 03.
        found += [f for f in patterns if f.category is not Category.WARD or not _meets(f, dates)]
        if " " in passage.text.strip():
            found += [
                f
                for f in find_names(folded, language)
                if f.rule in ("name:title", "name:key", "name:credential", "name:role", "name:initials")
            ]
            found += [*find_places(folded), *find_initials(folded)]
            sites = [f for f in find_institutions(folded) if f.rule in ("place:site", "place:institution")]
            found += [f for f in sites if not vetoes(f, folded, protected)]
        codes = coded_spans(folded)
        found = _bounded([unmeasured(f, folded) for f in found], found, folded)
        found = self._allow(settle([f for f in found if not _is_coded(f, codes)]), folded)
        unlisted = [
            f
            for f in find_unlisted(folded, found, language)
            if not self._is_never(passage.text[f.start : f.end]) and not _is_coded(f, codes)
        ]
        return settle(found + unlisted)

    def _prose(self, passage: Passage, matcher: KnownMatcher | None, guesses: list[Finding]) -> list[Finding]:
        text = passage.text
        if not text or text.isspace():
            return []
        language = passage.language or self.language
        folded = fold_document(text)
        dates = find_dates(folded, language)
        known = matcher.search(folded, dates=dates, language=language) if matcher else []
        found = date_findings(dates, folded)
        found += find_patterns(folded, language, dates)
        found += find_names(folded, language)
        found += find_institutions(folded)
        found += find_places(folded)
        found += find_occupations(folded)
        protected = protected_spans(folded)
        denied = [(guess.start, guess.end) for guess in guesses if guess.rule == NONE]
        guesses = [guess for guess in guesses if guess.rule != NONE]
        found = [trimmed(f, folded) for f in found]
        found = _bounded(found, [*known, *found], folded)
        guesses = [trimmed(guess, folded) for guess in guesses if not is_measured(guess, folded)]
        guesses = _bounded(guesses, [*known, *found], folded)
        if passage.origin == "sr":
            guesses = [guess for guess in guesses if not _is_labelled(guess, folded)]
        found = known + [f for f in found if not vetoes(f, folded, protected) and not _is_denied(f, denied)]
        for guess, new in _compared(guesses, found):
            sure = guess.rule != WEAK or is_supported(guess, folded, language)
            if not new or (sure and not vetoes(guess, folded, protected)):
                found.append(guess)
        found = self._allow(settle(found), folded)
        words = Words.of(folded)
        for more in (wholes(words, found), companions(words, found), propagate(text, found, caps=words.caps)):
            if more:
                found = settle(found + self._allow([f for f in more if not vetoes(f, folded, protected)], folded))
        return [_bearer(f, text) for f in _numbered(found, text)]

    def _allow(self, found: list[Finding], folded: Folded) -> list[Finding]:
        """Drop what the recipe's ``never`` list names, unless it is a known identifier."""
        if not self._never:
            return found
        return [f for f in found if f.rule.startswith("known:") or not self._is_never(folded.original[f.start : f.end])]

    def _is_never(self, value: str) -> bool:
        return bool(self._never) and fold_word(value).strip(" .,;:'") in self._never


#: What stands between a name and a Patient ID: ``Anna Berg (MRN 4471982``.
BEHIND_NAME = re.compile(r"\s?[,(\[]\s?[^\d\n]{3,20}")


def _numbered(found: list[Finding], text: str) -> list[Finding]:
    """The findings, where the name before the only Patient ID of a text is the patient's."""
    ids = [
        i
        for i, f in enumerate(found)
        if f.category is Category.ID and PATIENT_ID.search(text, max(0, f.start - 24), f.start)
    ]
    if len({text[found[i].start : found[i].end] for i in ids}) != 1:
        return found
    named = (i - 1 for i in ids if i and BEHIND_NAME.fullmatch(text, found[i - 1].end, found[i].start))
    own = {i for i in named if found[i].category is Category.NAME and found[i].role is None}
    return [replace(f, role=Role.PATIENT) if i in own else f for i, f in enumerate(found)]


OWNING = ("'s", "’s", "'S", "’S")


def _bearer(finding: Finding, text: str) -> Finding:
    """A name without the possessive that ends it: of "Garcia's" the surrogate stands for "Garcia"."""
    owning = finding.category is Category.NAME and text[finding.end - 2 : finding.end] in OWNING
    if owning and finding.end - finding.start > 4:
        return replace(finding, end=finding.end - 2)
    return finding


#: Findings whose border the text itself shows, besides those of the header.
EXACT = ("pattern:uid", "pattern:url", "pattern:email")
ADDRESSED = ("name:title", "name:key", "name:credential")


def _bounded(found: Sequence[Finding], sure: Sequence[Finding], folded: Folded) -> list[Finding]:
    """Findings without the terms beside what the header, a title or the text's form tells exactly."""
    told = sorted((f for f in sure if f.rule.startswith(("known:", *EXACT, *ADDRESSED))), key=lambda f: f.start)
    if not told:
        return list(found)
    starts = [f.start for f in told]
    longest = max(f.end - f.start for f in told)
    out = []
    for finding in found:
        near = told[bisect_right(starts, finding.start - longest) : bisect_right(starts, finding.end)]
        exact = [f for f in near if not f.rule.startswith(ADDRESSED)]
        addressed = [f for f in near if f.rule.startswith(ADDRESSED)]
        if finding.rule.startswith(EXACT):
            out.append(finding)
        elif not _is_spaced(finding, exact, folded):
            out.append(before_terms(within(finding, exact, folded), addressed, folded))
    return out


def _is_spaced(guess: Finding, exact: Sequence[Finding], folded: Folded) -> bool:
    """Whether a guessed address of the network has a blank in it, beside the address: ``lobe - ng731@example.org``."""
    if (
        guess.rule.startswith(EXACT)
        or guess.category not in WRITTEN
        or " " not in folded.original[guess.start : guess.end]
    ):
        return False
    return any(f.category is guess.category and guess.start <= f.start and f.end <= guess.end for f in exact)


#: A line in which a sentence ends and another begins is no label.
SENTENCES = re.compile(r"[^\s\d][.!?]\s+[^\W\d_]")
LABEL_LENGTH = 80
TERMED = frozenset(
    (Category.NAME, Category.PLACE, Category.INSTITUTION, Category.OTHER, Category.WARD, Category.USERNAME)
)


def _is_labelled(guess: Finding, folded: Folded) -> bool:
    """Whether a guess is a term in a line that is a label and no sentence: there the model has nothing to go by."""
    text = folded.original
    start, end = text.rfind("\n", 0, guess.start) + 1, text.find("\n", guess.end)
    line = text[start : end if end >= 0 else len(text)]
    if guess.category not in TERMED or len(line) > LABEL_LENGTH or SENTENCES.search(line):
        return False
    if CUE_BEFORE.search(fold_word(text[max(start, guess.start - 24) : guess.start])):
        return False
    words = list(TOKEN.finditer(text, guess.start, guess.end))
    return bool(words) and all(is_term(m[0], text[m.end() : m.end() + 24].lower()) for m in words)


def _is_denied(finding: Finding, stretches: Sequence[tuple[int, int]]) -> bool:
    """Whether the model sees nothing where a rule went by the looks of a name alone, without a cue."""
    if finding.category not in NAMING or finding.rule.startswith(SURE):
        return False
    at = bisect_right(stretches, (finding.start, math.inf))
    return at > 0 and finding.end <= stretches[at - 1][1]


def _is_coded(finding: Finding, codes: Sequence[tuple[int, int]]) -> bool:
    """Whether a finding, unless it is a known identifier, lies in a code of a public scheme."""
    inside = any(start < finding.end and finding.start < end for start, end in codes)
    return inside and not finding.rule.startswith("known:")


def _meets(finding: Finding, dates: Iterable[DateMention]) -> bool:
    return any(date.start < finding.end and finding.start < date.end for date in dates)


def _compared(guesses: Sequence[Finding], found: Sequence[Finding]) -> list[tuple[Finding, bool]]:
    """Guesses of the model, each with whether it reaches beyond what is found; one that does not needs no second check."""
    spans = sorted((f.start, f.end) for f in found)
    starts = [start for start, _ in spans]
    ends = list(accumulate((end for _, end in spans), max, initial=0))
    return [(guess, ends[bisect_right(starts, guess.start)] < guess.end) for guess in guesses]


def date_findings(mentions: Iterable[DateMention], folded: Folded) -> list[Finding]:
    """Dates as findings; a birth date's rule says that it is one."""
    mentions = tuple(mentions)
    born = births(mentions, folded)
    out = []
    for mention in mentions:
        if mention.form == "weekday":
            continue  # alone it says nothing once the dates around it are shifted
        rule = "date:birth" if mention.start in born else f"date:{mention.form}"
        score = 0.7 if mention.form in ("weekday", "month", "holiday", "season") else 0.95
        out.append(Finding(mention.start, mention.end, Category.DATE, score, rule))
    return out


RANK = (
    "known:",
    "pattern:email",
    "pattern:url",
    "pattern:uid",
    "pattern:path",
    "date:",
    "pattern:",
    "name:",
    "place:",
    "cue:",
    "site:",
    "model",
    "plugin",
    "descriptor:",
)


@lru_cache(maxsize=1024)
def _rank(rule: str) -> int:
    return next((i for i, prefix in enumerate(RANK) if rule.startswith(prefix)), len(RANK))


def settle(found: list[Finding]) -> list[Finding]:
    """Sorted and without overlaps: what overlaps becomes one span, named by the finding of most authority.

    A contact or number that holds a known name (``john.smith@…``) stays what it is as a whole.
    """
    if len(found) < 2:
        return [f for f in found if f.end > f.start]
    ordered = sorted((f for f in found if f.end > f.start), key=lambda f: (f.start, -f.end))
    out: list[Finding] = []
    for finding in ordered:
        if out and finding.start < out[-1].end:
            out[-1] = _union(out[-1], finding)
        else:
            out.append(finding)
    return out


WHOLE = (Category.EMAIL, Category.URL, Category.UID, Category.IP)


def _union(a: Finding, b: Finding) -> Finding:
    start, end = a.start, max(a.end, b.end)
    if a.category in WHOLE and a.end >= b.end:
        return a
    ranks = _rank(a.rule), _rank(b.rule)
    best, other = (a, b) if (ranks[0], -a.score, a.start - a.end) <= (ranks[1], -b.score, b.start - b.end) else (b, a)
    if best.category is Category.OTHER and other.category is not Category.OTHER:
        best = replace(best, category=other.category) if best.rule.startswith("known:") else other
    covers = other.end - other.start > best.end - best.start
    if (
        covers
        and other.category is not best.category
        and other.score >= 0.85
        and not (best.rule.startswith("known:") and best.category is not Category.NAME)
    ):
        # A street named like the patient, a date inside a number: the larger, sure finding says what the whole is.
        return Finding(start, end, other.category, other.score, other.rule, other.role)
    role = best.role if best.role is not None else (other.role if other.category is best.category else None)
    if best is a and end == a.end and a.score >= b.score and role is a.role:
        return a
    return Finding(start, end, best.category, max(a.score, b.score), best.rule, role)


def _load_detectors(settings: TextSettings, language: str) -> list[Detector]:
    detectors: list[Detector] = []
    if settings.model not in ("", "none"):
        from deid.text import ner

        try:
            reader = copy.copy(ner.load(language))  # the same weights
            reader.score_weak = WEAK_MIN
            reader.score_none = NONE_MAX
            detectors.append(partial(read_where_needed, reader.find_many))
        except EngineError:
            if language == "en" or settings.model != "shipped":
                raise  # other languages make do with rules where no model is shipped
    if settings.recognizers or settings.plugins:
        from deid.text import presidio

        site = presidio.site_detector(settings, language)
        detectors += [site] if site is not None else []
        detectors += presidio.plugin_detectors(settings)
    return detectors


def _rebuild(settings: TextSettings, language: str) -> Finder:
    return Finder(settings, language=language)
