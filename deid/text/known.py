"""Known identifiers of a subject, found in every form in which people write them.

The header (or HL7 segment, or CSV column) says who the patient is; here those values become a matcher
that is built once per subject. Names are looked up word by word in folded text, misspelt ones through
one-letter deletions; numbers and phrases in squeezed text, so that separators do not matter; birth
dates by parsing the dates of the text. A name that is also an ordinary word (*Hand*, *Rich*) counts
only where case, a cue or a neighbour makes it a name; any other is found wherever it stands.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

import ahocorasick

from deid.model import Category, Finding, Known, Role, Subject
from deid.text import lexicon
from deid.text.altered import Altered
from deid.text.dates import DateMention, find_dates, parse_date
from deid.text.folding import Folded, fold_text, fold_word, squeeze
from deid.text.lexicon import group
from deid.text.parts import PARTICLES, TITLES, NameParts, name_parts
from deid.text.quantities import is_side_or_level
from deid.text.scripts import is_latin, kana, romanised
from deid.text.shortest import find_shortest

__all__ = ["KnownMatcher"]

CUE_BEFORE = re.compile(
    r"(?:\b(?:mr|mrs|ms|miss|mx|dr|drs|doctor|prof|professor|sir|madam|dame|patient|pt|name|nurse|by|per|dear|signed|mother|father|wife|husband|son|daughter|"
    r"brother|sister|spouse|partner|parent|guardian|with|from|to|cc|attn|re|regarding|herr|frau|fr|sr|sra|senor|senora|madame|mme|monsieur|m|paciente|patientin|"
    r"physician|provider|radiologist|technologist|tech|sonographer|resident|fellow|surgeon|attending|referring|ordering|for|hi|hello|called|named|contact|md)\b[.:,]?\s*(?:is\s+|:\s*)?)$"
)
STRONG_CUE = re.compile(
    r"(?:\b(?:mr|mrs|ms|miss|mx|dr|drs|doctor|prof|professor|patient name|name|patient|pt|dear|signed by|dictated by|read by|reviewed by|nurse|herr|frau|mme|madame|monsieur|senor|senora|sra|"
    r"patient|mother|father|wife|husband|son|daughter|brother|sister)\b[.:,]?\s*(?:is\s+|:\s*)?)$"
)  # fmt: skip
#: A modality or a side before a part of the body.
PART_BEFORE = re.compile(r"(?<![^\W_])(?:MR|[LR]|LT|RT|[Ll]eft|[Rr]ight|[Bb]ilat)[ _]$")
PERSON_VERB = re.compile(
    r"^(?:'s)?,?\s+(?:presented|presents|denies|denied|reports|reported|complains|complained|states|stated|underwent|returns|returned|tolerated|is an?\s+\d|is\s+\d|was\s+(?:seen|admitted|referred|discharged|informed|called|notified|born)|"
    r"has\s+(?:a\s+history|been|had)|came|lives|works|called|agree[sd]|extubated|intubated|consented|refuse[sd]|decline[sd]|said|says|told|asked|wants|wanted|took|ate|slept|\d\d,|was\s+an?\s+\d|will\s+(?:return|follow|be\s+seen)|md\b|dob\b|mrn\b)"
)
GENERIC_PLACE = group("generic_place")
STREET_TYPES = {
    "street": "st", "avenue": "ave", "road": "rd", "boulevard": "blvd", "lane": "ln", "drive": "dr", "court": "ct", "place": "pl",
    "terrace": "ter", "circle": "cir", "highway": "hwy", "parkway": "pkwy", "square": "sq", "strasse": "str", "apartment": "apt", "suite": "ste",
    "north": "n", "south": "s", "east": "e", "west": "w", "avenida": "av", "crescent": "cres", "trail": "trl", "mount": "mt", "saint": "st", "fort": "ft",
}  # fmt: skip
NUMBERED = (
    Category.ID,
    Category.SSN,
    Category.PHONE,
    Category.ACCOUNT,
    Category.HEALTH_PLAN,
    Category.LICENSE,
    Category.DEVICE,
    Category.VEHICLE,
    Category.POSTCODE,
    Category.UID,
    Category.IP,
)
PHRASES = (Category.ADDRESS, Category.INSTITUTION)
SEPARATORS = frozenset(" -./_:()\t,#+\\|'\u00a0")
#: What may stand in a phrase besides: ``Head & Neck Clinic``, ``Sainte-Anne – Imagerie``.
PHRASE_SEPARATORS = SEPARATORS | frozenset('&\u2010\u2011\u2013\u2014\u2018\u2019"\u201c\u201d@*;')
#: The digits of a number with letters before or behind them, and those that are a day rather.
DIGITS_OF_NUMBER = re.compile(r"[^\W\d]*(\d+)[^\W\d]*")
COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
DIRECTIONS = lexicon.group("directions")
UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe"), ("æ", "ae"))
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """One searchable word: whose, which part, and whether it is an ordinary word as well."""

    known: Known
    part: str
    person: int
    doubtful: bool


class KnownMatcher:
    """Known identifiers compiled for searching.

    Parameters
    ----------
    known
        Values as written in their sources; blank ones and placeholders are passed over.
    """

    def __init__(self, known: Iterable[Known]) -> None:
        self._words: dict[str, list[Word]] = {}
        self._people: list[NameParts] = []
        self._cores: dict[str, Known] = {}
        self._phrases: dict[str, Known] = {}
        self._literals: list[tuple[str, Known]] = []
        self._digits: dict[str, Known] = {}
        self._characters: dict[str, Known] = {}
        self._births: list[tuple[tuple[int, int, int], Known]] = []
        self._initials: dict[str, Known] = {}
        self._asked: dict[tuple[str, Role | None], tuple[str, NameParts | None]] = {}
        for one in known:
            if not one.value.strip() or lexicon.is_placeholder(one.value):
                continue
            if one.category is Category.NAME and lexicon.is_stand_in(one.value):
                self._literals += [(fold_word(one.value.replace("^", mark)), one) for mark in "^," if "^" in one.value]
            else:
                self._add(one)
        self._long = [word for word in self._words if len(word) >= 5 and word.isalpha()]
        self._lengths = {n for size in set(map(len, self._long)) for n in (size - 1, size, size + 1) if n > 4}
        self._edges = {edge for word in self._long for edge in (word[:2], word[:-3:-1])}
        self._distinct = frozenset(self._words)
        self._plurals = {f"{word}s" for word in self._words}
        self._automaton = _automaton({**self._phrases, **self._cores})

    @staticmethod
    def of(subject: Subject) -> KnownMatcher:
        """The matcher of a subject, built once."""
        return _matcher(subject.known)

    def search(
        self, text: str | Folded, *, dates: Iterable[DateMention] | None = None, language: str = "en"
    ) -> list[Finding]:
        """Findings of all known identifiers, sorted, not overlapping.

        Parameters
        ----------
        text
            Original text, or one folded already.
        dates
            The text's date mentions where the caller has found them already.
        language
            ISO 639-1: in another language than English more of its words are expected.
        """
        folded = fold_text(text) if isinstance(text, str) else text
        if not folded.text:
            return []
        found = self._search_names(folded, language)
        if self._automaton is not None:
            found += self._search_squeezed(folded)
        found += self._search_literals(folded)
        if self._births:
            found += self._search_births(folded, dates)
        return _settle(found)

    def search_short(self, folded: Folded, *, dates: Iterable[DateMention] | None = None) -> list[Finding]:
        """As :meth:`search`, for a descriptor or a code: there names and numbers are glued to other characters."""
        altered = self._altered
        found = self.search(folded, dates=dates) + altered.search(folded)
        return _settle([*found, *find_shortest(altered.letters, folded)])

    def part_of(self, word: str, role: Role | None = None) -> tuple[str, NameParts | None]:
        """Which part of a known name a folded word is: ``family``, ``given``, ``other`` or ``""``."""
        key = word, role
        if key not in self._asked:
            rows = [w for w in self._words.get(word, ()) if role is None or w.known.role == role]
            if not rows and (near := self._nearest(word)):
                rows = [w for w in self._words[near] if role is None or w.known.role == role]
            person = self._people[rows[0].person] if rows and rows[0].person >= 0 else None
            self._asked[key] = (rows[0].part if rows else "", person)
        return self._asked[key]

    def words(self) -> frozenset[str]:
        """Every word of a known name or place: what a surrogate must not be equal to."""
        return self._distinct

    # Building

    def _add(self, one: Known) -> None:
        if one.category is Category.NAME:
            self._add_name(one)
        elif one.category is Category.DATE:
            self._add_birth(one)
        elif one.category is Category.UID or (one.category in (Category.IP, Category.EMAIL, Category.URL)):
            self._literals.append((fold_word(one.value.strip()), one))
        elif one.category in NUMBERED:
            self._add_number(one)
        elif one.category is Category.USERNAME:
            self._add_name_word(squeeze(one.value), one, "user", -1)
        elif one.category is not Category.AGE:
            self._add_phrase(one)

    def _add_name(self, one: Known) -> None:  # noqa: C901, PLR0912
        parts = name_parts(one.value)
        person = len(self._people)
        self._people.append(parts)
        for written in one.value.split("="):
            if not written.isascii():
                self._add_script(written, one, person)
        for part, words in (("family", parts.family), ("given", parts.given)):
            for word in words:
                if word not in PARTICLES or len(words) == 1 or part == "given":
                    for form in _spellings(word, one.value):
                        self._add_name_word(form, one, part, person)
            if len(words) > 1:
                self._add_name_word("".join(words), one, part, person)
            for left, right in pairwise(words):
                if len(left) <= 3 and len(words) > 2:
                    self._add_name_word(left + right, one, part, person)
        for word in parts.given:
            for nick in lexicon.nicknames().get(word, ()):
                self._add_name_word(nick, one, "given", person)
        family, given = "".join(parts.family), "".join(parts.given[:1])
        if len(family) > 1 and given:
            for handle in (given + family, family + given, given[0] + family, family + given[0]):
                if len(handle) >= 5 and not lexicon.is_word(handle):
                    self._add_name_word(handle, one, "user", person)
        if one.role is Role.PATIENT and parts.family and parts.given:
            first = [w[0] for w in parts.given]
            for letters in (first[0] + family[0], "".join(first) + family[0], family[0] + first[0]):
                self._initials.setdefault(letters, one)

    def _add_script(self, written: str, one: Known, person: int) -> None:
        """A component group in letters of another script, as it is and in Latin letters."""
        pieces = [p for p in re.split(r"[\s,^]+", written) if not is_latin(p)]  # not the title beside them
        ordered = CJK.search(written) is None and not re.search(r"[,^]", written)  # given names first
        family = name_parts(written).family
        for at, piece in enumerate(pieces):
            first = not at if not ordered else not set(_words(piece)).isdisjoint(family)
            part = "family" if first else "given"
            for form in (*map(fold_word, kana(piece)), *romanised(piece)):
                self._add_name_word(form, one, part, person)
            if len(piece) == 1:
                self._characters.setdefault(piece, one)
        if CJK.search(written):
            joined = "".join(pieces)
            self._add_name_word(fold_word(joined), one, "user", person)
            for piece in (joined, *pieces):
                if len(piece) >= 2 or (piece and piece == joined):
                    self._literals += [(fold_word(form), one) for form in kana(piece)]

    def _add_name_word(self, word: str, one: Known, part: str, person: int) -> None:
        if len(word) < 2:
            return
        own = one.role in (Role.PATIENT, Role.RELATIVE)  # an eponym stays, unless it is this patient's name
        is_other = lexicon.is_confusable if own else lexicon.is_word
        doubtful = len(word) == 2 or word in TITLES or word in PARTICLES or (part != "user" and is_other(word))
        self._words.setdefault(word, []).append(Word(one, part, person, doubtful))

    def _add_number(self, one: Known) -> None:
        core = squeeze(one.value)
        if len(core) < 2 or (not any(c.isdigit() for c in core) and (len(core) < 5 or lexicon.is_word(core))):
            return
        if one.category is Category.PHONE:
            digits = "".join(c for c in core if c.isdigit())
            core = digits[-10:] if len(digits) > 10 else digits
            if len(core) < 5:
                return
            if len(core) == 10:
                self._cores.setdefault(core.removeprefix("0"), one)
        if len(core) < 4 and not any(c.isalpha() for c in core):
            core = core.lstrip("0")
            self._cores.setdefault(f"mrn{core}", one) if core else None
            return
        stripped = core.lstrip("0")
        self._cores.setdefault(stripped if len(stripped) >= 4 else core, one)
        bare = DIGITS_OF_NUMBER.fullmatch(core)
        if bare is not None and not COMPACT_DATE.fullmatch(bare[1]):
            self._digits.setdefault(bare[1].lstrip("0"), one)
            if len(bare[1].lstrip("0")) >= 6:
                self._cores.setdefault(bare[1].lstrip("0"), one)

    def _add_birth(self, one: Known) -> None:
        mention = parse_date(one.value.strip())
        if mention is not None and mention.full:
            for year, month, day in mention.readings():
                self._births.append(((year, month, day), one))
                two = f"{year % 100:02d}"
                for digits in (
                    f"{year:04d}{month:02d}{day:02d}", f"{day:02d}{month:02d}{year:04d}", f"{month:02d}{day:02d}{year:04d}",
                    f"{two}{month:02d}{day:02d}", f"{day:02d}{month:02d}{two}", f"{month:02d}{day:02d}{two}",
                ):  # fmt: skip
                    self._cores.setdefault(digits, one)

    def _add_phrase(self, one: Known) -> None:
        pieces = [p for p in re.split(r"[\^,;\n|=]+", one.value) if p.strip()]
        whole = _words(one.value)
        if len(pieces) > 1 and len(whole) > 1:
            self._phrases.setdefault("".join(whole), one)
        for piece in pieces:
            self._add_forms(piece, one)

    def _add_forms(self, piece: str, one: Known) -> None:
        """A phrase as it is written, with less of it, and with its kinds of streets spelt out or short."""
        words = _words(piece)
        for form in _joined_forms(piece, one.category):
            self._add_piece(form, one, whole=True)
        if len(words) > 2 and words[0][0].isdigit() and (words[-1] in STREET_TYPES or words[-1] in _LONG_TYPES):
            for part in (words[:-1], words[:2], words[1:-1]):  # 1427 Juniper Hollow Rd: with less of it
                if len(part) > 1 and not all(w.isdigit() or w in DIRECTIONS or lexicon.is_anatomy(w) for w in part):
                    self._add_piece(part, one)
        for table in (STREET_TYPES, _LONG_TYPES):
            written = [table.get(w, w) for w in words]
            if written != words and len(words) > 1:
                self._phrases.setdefault("".join(written), one)
        if one.category is Category.INSTITUTION:
            telling = [w for w in words if w not in GENERIC_PLACE]
            if telling != words and telling:
                self._add_piece(telling, one)

    def _add_piece(self, words: list[str], one: Known, *, whole: bool = False) -> None:
        """Words that are searched as a phrase, or as a name if there is one only; ``whole`` if no word is left out."""
        joined = "".join(words)
        if len(words) == 1:
            if len(joined) >= 4 and any(c.isdigit() for c in joined):
                self._cores.setdefault(joined, one)
            elif len(joined) >= 4 and joined not in GENERIC_PLACE and not lexicon.is_region(joined):
                self._add_name_word(joined, one, "place", -1)
        elif len(joined) >= 5 and (
            not all(lexicon.is_clinical(w) or w in GENERIC_PLACE for w in words)
            or (whole and one.category is Category.INSTITUTION and not lexicon.is_department(words))
        ):
            self._phrases.setdefault(joined, one)

    # Searching

    @cached_property
    def _altered(self) -> Altered:
        rows = ((word, listed[0]) for word, listed in self._words.items() if not any(row.doubtful for row in listed))
        people = (
            (self._people[row.person], row) for listed in self._words.values() for row in listed if row.person >= 0
        )
        pairs = {
            parts.family[0]: row.known
            for parts, row in people
            if row.known.role is Role.PATIENT and len(parts.family) == 1 and len(parts.family[0]) == 2
        }
        return Altered({word: row.known for word, row in rows}, self._digits, self._characters, pairs)

    @cached_property
    def _near(self) -> dict[str, str]:
        """What is left of the long words when a letter is taken away, and they themselves -> word."""
        near: dict[str, str] = {}
        for word in self._long:
            for key in _deletions(word):
                near.setdefault(key, word)
        return near

    def _nearest(self, word: str) -> str | None:
        if len(word) < 5 or not word.isalpha():
            return None
        if word[:2] not in self._edges and word[:-3:-1] not in self._edges:
            return None  # one mistake spares the beginning or the end
        close = [known for known in self._long if _one_apart(word, known)]
        if not close:
            return None
        first = next((known for known in close if known == word or len(known) > len(word)), None)
        if first is not None and (first[0] == word[0] or len(first) > 6):
            return first  # what `_near` has for the word itself
        for key in _deletions(word):
            near = self._near.get(key)
            if near is not None and _one_apart(word, near) and (near[0] == word[0] or len(near) > 6):
                return near
        return None

    def _search_names(self, folded: Folded, language: str) -> list[Finding]:  # noqa: C901, PLR0912
        candidates = self._candidates(folded.words())
        if not candidates:
            return self._search_initials(folded)
        tokens = folded.tokens()
        caps = folded.is_caps()
        lower = not caps and folded.is_lower()
        hits: dict[int, list[Word]] = {}
        doubtful: dict[int, list[Word]] = {}
        foreign: set[int] = set()
        fuzzy: set[int] = set()
        for i, (start, end, word) in enumerate(tokens):
            if word not in candidates:
                continue
            rows = self._words.get(word)
            if rows is None:
                if end - start < 5 or not self._long or lexicon.is_word_form(word):
                    rows = self._with_s(word)
                elif lower or caps or _original(folded, start).isupper():
                    near = self._nearest(word)
                    rows = self._with_s(word) or (self._words[near] if near else None)
                    if near and rows is self._words.get(near):
                        fuzzy.add(i)
            if rows is None:
                continue
            if all(row.doubtful for row in rows):
                doubtful[i] = rows
            elif lexicon.is_report_word(word) and rows[0].part != "user":
                doubtful[i] = rows
                foreign.add(i)
            else:
                hits[i] = rows
        for i in sorted(doubtful):
            if (i in foreign and not _is_foreign_here(i, tokens, folded, language)) or self._is_name_here(
                i, doubtful, hits, tokens, folded, caps
            ):
                hits[i] = doubtful[i]
        hits = {i: rows for i, rows in hits.items() if not _is_term(i, hits, tokens, folded)}
        return self._name_runs(hits, fuzzy, tokens, folded) + self._search_initials(folded)

    def _candidates(self, words: frozenset[str]) -> set[str]:
        """The words of a text that can be a known name, a plural of one, or one letter away from one."""
        lengths, is_word_form = self._lengths, lexicon.is_word_form
        near = {word for word in words if len(word) in lengths and not is_word_form(word)}
        return near | (words & (self._words.keys() | self._plurals))

    def _with_s(self, word: str) -> list[Word] | None:
        """A plural or a possessive without its apostrophe: ``the Smiths``, ``SMITHS``."""
        if len(word) > 4 and word.endswith("s") and not lexicon.is_word(word):
            rows = self._words.get(word[:-1])
            if rows and not rows[0].doubtful:
                return rows
        return None

    def _is_name_here(  # noqa: C901, PLR0911
        self, i: int, doubtful: dict[int, list[Word]], hits: dict[int, list[Word]],
        tokens: list[tuple[int, int, str]], folded: Folded, caps: bool,
    ) -> bool:  # fmt: skip
        """Whether an ordinary word that is also a known name stands here as a name."""
        start, end, word = tokens[i]
        before, after = folded.text[max(0, start - 40) : start], folded.text[end : end + 40]
        original = folded.original[slice(*folded.span(start, end))]
        rows = doubtful[i]
        for j in (i - 1, i + 1):
            near = hits.get(j) or doubtful.get(j)
            if near and _close(tokens, min(i, j), folded) and _same_person(rows, near):
                return not original.islower() or folded.is_lower() or j in hits
        if (
            re.search(r"(?:^|[^\w])[a-z]\.\s?(?:[a-z]\.\s?)?$", before)
            and original[0].isupper()
            and any(w.part == "family" for w in rows)
        ):
            return True
        at = folded.span(start, end)[0]
        part = lexicon.is_anatomy(word) and PART_BEFORE.search(folded.original, max(0, at - 8), at)
        if part or (not caps and original.islower() and not folded.is_lower()):
            return False
        person = self._people[rows[0].person] if rows[0].person >= 0 else None
        initial = re.match(r",\s?([a-z])\b(?!\s?[a-z]\b)", after)  # "Ring, K."
        if initial and person and any(w[0] == initial[1] for w in person.given) and rows[0].part == "family":
            return True
        if STRONG_CUE.search(before):
            return True
        if PERSON_VERB.match(after):
            return True
        if caps:
            return False
        if CUE_BEFORE.search(before) and not lexicon.is_anatomy(word):
            return True
        if folded.is_lower():
            return False
        if re.search(r"(?:^|[.!?:;\n•*\-]\s*|^\s*\d+[.)]\s*)$", before):  # an ordinary word at a sentence's start
            return len(word) > 2 and after.startswith("'s ") and not lexicon.is_anatomy(word)
        if (
            not original[0].isupper()
            or (len(word) > 2 and original.isupper())
            or (len(word) == 2 and original.isupper())
        ):
            return False
        previous = tokens[i - 1] if i else None
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        heading = any(
            t is not None
            and _original(folded, t[0]).isupper()
            and lexicon.is_word(t[2])
            and "\n" not in folded.text[min(t[1], end) : max(t[0], start)]
            for t in (previous, following)
        )
        return not heading

    def _name_runs(
        self, hits: dict[int, list[Word]], fuzzy: set[int], tokens: list[tuple[int, int, str]], folded: Folded
    ) -> list[Finding]:
        """Neighbouring words of names become one finding, with initials and particles between and around them."""
        found: list[Finding] = []
        done = -1
        for i in sorted(hits):
            if i <= done:
                continue
            first = last = i
            rows = hits[i]
            seen = {tokens[i][2]}
            while (
                last + 1 in hits
                and _close(tokens, last, folded)
                and _joinable(rows, hits[last + 1])
                and tokens[last + 1][2] not in seen
            ):
                last += 1
                seen.add(tokens[last][2])
                rows = _shared(rows, hits[last])
            first, last = self._absorb(first, last, hits, tokens, folded, rows)
            done = last
            best = _choose(rows, folded.text[max(0, tokens[first][0] - 8) : tokens[first][0]])
            start, end = folded.span(tokens[first][0], tokens[last][1])
            score = 0.9 if any(k in fuzzy for k in range(first, last + 1)) else 1.0
            found.append(Finding(start, end, best.known.category, score, f"known:{best.known.source}", best.known.role))
        return found

    def _absorb(
        self,
        first: int,
        last: int,
        hits: dict[int, list[Word]],
        tokens: list[tuple[int, int, str]],
        folded: Folded,
        rows: list[Word],
    ) -> tuple[int, int]:
        """Widen a run by initials and particles that touch it, and by what bridges two of its parts."""
        if rows[0].known.category is not Category.NAME:
            return first, last
        person = self._people[rows[0].person] if rows[0].person >= 0 else None
        letters = person.initials if person else frozenset()
        low = first
        while low > 0 and first - low < 4 and _close(tokens, low - 1, folded):
            _, end, word = tokens[low - 1]
            single = (
                len(word) == 1
                and _original(folded, tokens[low - 1][0]).isupper()
                and (word in letters or (folded.text[end : end + 1] == "." and rows[0].part != "given"))
            )
            particle = word in PARTICLES and person is not None and word in (*person.family, *person.given)
            if not (single or particle):
                break
            low -= 1
        high = last
        while high + 1 < len(tokens) and high - last < 4 and _close(tokens, high, folded, comma=True):
            start, end, word = tokens[high + 1]
            caret = folded.text[start - 1] == "^"  # the middle name of HL7's name type
            single = (
                len(word) == 1
                and (word in letters or caret)
                and (_original(folded, start).isupper() or folded.is_lower())
                and not is_side_or_level(word, folded.text[end : end + 24])
            )
            particle = word in PARTICLES and person is not None and word in (*person.family, *person.given)
            bridge = high + 2 in hits and len(word) == 1
            if high + 1 in hits and high > last and _joinable(rows, hits[high + 1]):
                high += 1
                continue
            if not (single or bridge or particle):
                break
            high += 1
        return low, high

    def _search_initials(self, folded: Folded) -> list[Finding]:
        """The patient's initials with dots, or after a word that says whose they are."""
        words = folded.words()
        if not any(letters in words or words.issuperset(letters) for letters in self._initials):
            return []
        found = []
        for match in INITIALS.finditer(folded.text):
            letters = "".join(c for c in match["letters"] if c.isalpha())
            known = self._initials.get(letters)
            start, end = folded.span(*match.span("letters"))
            if known is None or not folded.original[start:end].replace(".", "").replace(" ", "").isupper():
                continue
            if "." in match["letters"] or match["cue"]:
                found.append(Finding(start, end, Category.NAME, 0.85, f"known:{known.source}", known.role))
        return found

    def _search_squeezed(self, folded: Folded) -> list[Finding]:
        tokens = folded.tokens()
        squeezed = "".join([word for _, _, word in tokens])
        ends = list(accumulate([len(word) for _, _, word in tokens]))

        def place(at: int) -> int:
            i = bisect_right(ends, at)
            return tokens[i][1] - (ends[i] - at)

        found = []
        assert self._automaton is not None
        for last, (core, known) in self._automaton.iter(squeezed):
            first = last - len(core) + 1
            start, end = place(first), place(last) + 1
            short = core.startswith("mrn") and core[3:].isdigit()
            if short and not CUE_OF_NUMBER.search(folded.text, max(0, start - 40), start):
                start = place(first + 3)
            if not _whole(folded.text, start, end, core):
                continue
            if not _tight(folded.text, start, end, known, core):
                continue
            while start > 0 and folded.text[start - 1] == "0" and core[0].isdigit():
                start -= 1
            found.append(Finding(*folded.span(start, end), known.category, 1.0, f"known:{known.source}", known.role))
        return found

    def _search_literals(self, folded: Folded) -> list[Finding]:
        found = []
        for literal, known in self._literals:
            at = folded.text.find(literal)
            while at >= 0:
                end = at + len(literal)
                edge = known.category is Category.NAME or not (
                    (folded.text[at - 1 : at] if at else "").isalnum() or folded.text[end : end + 1].isalnum()
                )
                if edge:
                    found.append(
                        Finding(*folded.span(at, end), known.category, 1.0, f"known:{known.source}", known.role)
                    )
                at = folded.text.find(literal, end)
        return found

    def _search_births(self, folded: Folded, dates: Iterable[DateMention] | None) -> list[Finding]:
        found = []
        for mention in find_dates(folded) if dates is None else dates:
            for birth, known in self._births:
                same = any(r == birth for r in mention.readings()) if mention.full else False
                if same or (mention.form == "born" and mention.year == birth[0]):
                    found.append(
                        Finding(mention.start, mention.end, known.category, 1.0, f"known:{known.source}", known.role)
                    )
                    break
        return found


_LONG_TYPES = {short: long for long, short in STREET_TYPES.items() if len(short) > 1}
INITIALS = re.compile(
    r"(?:(?P<cue>\b(?:pt|patient|initials|name)\b\.?\s?:?\s?(?:is\s)?\(?))?(?<![\w.])(?P<letters>[a-z]\.\s?[a-z]\.(?:\s?[a-z]\.)?|[a-z]{2,3})(?!\w)"
)


@lru_cache(maxsize=512)
def _matcher(known: tuple[Known, ...]) -> KnownMatcher:
    return KnownMatcher(known)


def _automaton(cores: dict[str, Known]) -> ahocorasick.Automaton | None:
    if not cores:
        return None
    automaton = ahocorasick.Automaton()
    for core, known in cores.items():
        automaton.add_word(core, (core, known))
    automaton.make_automaton()
    return automaton


def _words(text: str) -> list[str]:
    return [w for _, _, w in fold_text(text).tokens()]


def _joined_forms(piece: str, category: Category) -> list[list[str]]:
    """Words of a phrase; those of an institution with and without *and*, which may be a sign in text or header."""
    words = _words(piece)
    if category is not Category.INSTITUTION:
        return [words]
    forms = (words, [w for w in words if w != "and"], _words(piece.replace("&", " and ")))
    return [form for i, form in enumerate(forms) if form not in forms[:i]]


def _spellings(word: str, value: str) -> set[str]:
    """Folded forms of a name: ü as u and as ue, and back where the header wrote ue."""
    forms = {word}
    lower = value.lower()
    if any(mark in lower for mark, _ in UMLAUTS):
        for original in re.findall(r"[^\W\d_]+", lower):
            if fold_word(original) == word:
                for mark, two in UMLAUTS:
                    original = original.replace(mark, two)  # noqa: PLW2901
                forms.add(fold_word(original))
    for two, one in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        short = word.replace(two, one)
        if short != word and len(short) >= 4 and (lexicon.is_eponym(short) or not lexicon.is_word(short)):
            forms.add(short)
    return forms


def _deletions(word: str) -> list[str]:
    return [word, *[word[:i] + word[i + 1 :] for i in range(len(word))]]


def _one_apart(a: str, b: str) -> bool:
    """One insertion, deletion, substitution or transposition of neighbours."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    long, short = (a, b) if len(a) > len(b) else (b, a)
    i = 0
    while i < len(short) and long[i] == short[i]:
        i += 1
    if len(long) > len(short):
        return long[i + 1 :] == short[i:]
    swapped = long[i : i + 2] == short[i : i + 2][::-1] and long[i + 2 :] == short[i + 2 :]
    return swapped or long[i + 1 :] == short[i + 1 :]


def _original(folded: Folded, at: int) -> str:
    return folded.original[folded.span(at, at + 1)[0]]


def _close(tokens: list[tuple[int, int, str]], i: int, folded: Folded, *, comma: bool = True) -> bool:
    """Whether only spaces and name punctuation stand between token ``i`` and the next one."""
    between = folded.text[tokens[i][1] : tokens[i + 1][0]]
    return len(between) <= 4 and all(c in " .'-^_\t" or (comma and c == ",") for c in between)


def _same_person(a: list[Word], b: list[Word]) -> bool:
    return any(x.person == y.person and x.person >= 0 for x in a for y in b)


def _is_foreign_here(i: int, tokens: list[tuple[int, int, str]], folded: Folded, language: str) -> bool:
    """Whether a name that is a word of another language's reports stands among words of that language."""
    start, end, _ = tokens[i]
    mixed = not folded.is_caps() and not folded.is_lower()
    reach = 2 if mixed and folded.original[slice(*folded.span(start, end))].islower() else 1
    if reach == 2 and language != "en":
        return True
    beside = [word for _, _, word in (*tokens[max(0, i - reach) : i], *tokens[i + 1 : i + 1 + reach])]
    return any(
        (lexicon.is_foreign(w) and not lexicon.is_word(w)) or (language != "en" and lexicon.is_clinical(w))
        for w in beside
    )


def _is_term(i: int, hits: dict[int, list[Word]], tokens: list[tuple[int, int, str]], folded: Folded) -> bool:
    """Whether a name makes a term with the word behind it, and nothing before it says that it is a name here."""
    if i + 1 >= len(tokens) or i - 1 in hits or i + 1 in hits or not lexicon.is_pair(tokens[i][2], tokens[i + 1][2]):
        return False
    start = tokens[i][0]
    return _close(tokens, i, folded, comma=False) and not CUE_BEFORE.search(folded.text[max(0, start - 40) : start])


def _joinable(a: list[Word], b: list[Word]) -> bool:
    return _same_person(a, b) or (a[0].person < 0 and b[0].person < 0 and a[0].known is b[0].known)


def _shared(a: list[Word], b: list[Word]) -> list[Word]:
    people = {w.person for w in b}
    return [w for w in a if w.person in people] or a


STAFF_BEFORE = re.compile(r"\b(?:dr|drs|doctor|prof|professor)\.?\s*$")


def _choose(rows: list[Word], before: str) -> Word:
    staff = STAFF_BEFORE.search(before) is not None
    order = {Role.PATIENT: 0, Role.RELATIVE: 1, Role.STAFF: 2, Role.SITE: 3, Role.STUDY: 4}
    return min(rows, key=lambda w: (staff and w.known.role is not Role.STAFF, order[w.known.role]))


def _whole(text: str, start: int, end: int, core: str) -> bool:
    """Whether a match is not the middle of a longer number or word; a glued cue (``MRN123456``) is fine."""
    before, after = text[start - 1 : start], text[end : end + 1]
    while before == "0" and core[0].isdigit() and start > 1:
        start -= 1
        before = text[start - 1 : start]
    if before.isalnum() and before != "0" and not (core[0].isdigit() and before.isalpha() and len(core) >= 6):
        return False
    if after.isalnum() and not (core[-1].isdigit() and after.isalpha() and len(core) >= 6):
        return False
    if len(core) > 5 or not core.isdigit():
        return True
    return not (re.match(r"\.\d", text[end : end + 2]) or re.search(r"\d[.,]$", text[max(0, start - 3) : start]))


#: what makes a figure of less than four digits a number
CUE_OF_NUMBER = re.compile(r"(?:mrn|id|no|number|#)\W{0,3}0*$")
UNIT_AFTER, POINT_BEFORE = re.compile(r"\s?(?:mm|cm|ml|mg|hu|/|%|x\s)"), re.compile(r"[/.]$")


def _tight(text: str, start: int, end: int, known: Known, core: str) -> bool:
    """Whether the match is written like one value: short gaps, and no sentence runs through it."""
    inside = text[start:end]
    separators = PHRASE_SEPARATORS if known.category in PHRASES else SEPARATORS
    gap = 0
    for character in inside:
        if character.isalnum():
            gap = 0
            continue
        gap += 1
        if gap > 3 or (character not in separators and character != "\n"):
            return False
    if known.category in NUMBERED or known.category is Category.DATE:
        extra = len(inside) - len(core)
        if extra > max(4, len(core) // 2 + 2) or ("\n" in inside and len(core) < 7):
            return False
        if known.category is Category.DATE and extra and len(core) < 8:
            return False
        if len(core) <= 5 and extra > 1:
            return False
        if len(core) == 4 and core.isdigit():
            return not UNIT_AFTER.match(text, end) and not POINT_BEFORE.search(text, max(0, start - 2), start)
    return True


def _settle(found: list[Finding]) -> list[Finding]:
    """Sorted, the longer of two overlapping ones kept, widened to the union where they cross."""
    found.sort(key=lambda f: (f.start, -f.end))
    out: list[Finding] = []
    for finding in found:
        if out and finding.start < out[-1].end:
            last = out[-1]
            if finding.end > last.end:
                out[-1] = Finding(
                    last.start, finding.end, last.category, max(last.score, finding.score), last.rule, last.role
                )
            continue
        out.append(finding)
    return out
