"""Known identifiers in the altered forms of short header values: ``SMITHCT1``, ``S m i t h``, ``SN4455``, ``Смит``.

In a station's name, a software version or a protocol there are no blanks that say where a word ends. A name counts
where it is glued to technique, or so long that chance makes no such word; the digits of a number count where they
stand alone between letters and signs, never as a part of a longer number, of a decimal or of a UID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from deid.model import Finding, Known
from deid.text import lexicon
from deid.text.folding import Folded
from deid.text.scripts import is_romanisable, romanised

__all__ = ["Altered"]

#: Fewest letters of a name that counts with anything glued to it, with technique, with a modality.
LONG, MIDDLE, SHORT = 6, 5, 3
MODALITIES = frozenset(("ct", "mr", "mri", "us", "xr", "cr", "dx", "dr", "mg", "nm", "pt", "pet", "rf", "xa", "ws"))
#: Fewest digits of a number that counts by itself, and in a value that is nothing but numbers.
DIGITS_MIN, LISTED_MIN = 5, 6
#: Fewest letters of a name that is spelled out, and most letters of an ending.
SPELLED_MIN, ENDING_MAX = 4, 3
LENGTH_MAX = 64
RUN = re.compile(r"\d+|[^\W\d_]+")
NUMBERS_ONLY = re.compile(r"(?:[-+]?\d+(?:\.\d+)?(?:[\s,;/]+|$)){4,}")
CUE = re.compile(
    r"(?:mrn|s/?n|ser|serial|id|pid|acc|accession|no|nr|nbr|number|pt|patient|case|exam|study|#)"
    r"(?:[\W_]{0,3}(?:no|nr|number|id))?[\W_]{0,3}$"
)
ADDRESSED = re.compile(
    r"(?<![^\W_])[\u3400-\u9fff\uac00-\ud7a3](?=$|[\W_]|先生|女士|小姐|太太|同志|某|氏|様|さん|殿|医[生师師]|大夫|씨|님)"
)
SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .\-_]{1,3}[^\W\d_]){3,}(?![^\W_])")


@dataclass(frozen=True, slots=True, repr=False)
class Altered:
    """The names and numbers of a subject that are looked for in altered forms.

    Attributes
    ----------
    names
        Folded words of names, none of which is an ordinary word as well.
    numbers
        Digits of four figures and more, without leading noughts.
    characters
        Family names of one Chinese character.
    letters
        Family names of two Latin letters, the patient's.
    """

    names: Mapping[str, Known]
    numbers: Mapping[str, Known]
    characters: Mapping[str, Known]
    letters: Mapping[str, Known]

    def search(self, folded: Folded) -> list[Finding]:
        """Findings, in no order; they may overlap."""
        hits = [*self._glued(folded), *self._digits(folded), *self._spelled(folded), *self._two_letters(folded)]
        if not folded.original.isascii():
            hits += [*self._other_scripts(folded), *self._addressed(folded)]
        return [
            Finding(*folded.span(start, end), known.category, 0.95, f"known:{known.source}", known.role)
            for start, end, known in hits
        ]

    def _glued(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """Names among the letters of a longer token: ``SMITHCT1``, ``smith2``."""
        for start, _, token in folded.tokens():
            for run in RUN.finditer(token):
                word = run[0]
                whole = word == token and word in self.names  # found as it is
                if whole or word.isdigit() or not SHORT <= len(word) <= LENGTH_MAX:
                    continue
                if (hit := self._inside(word)) is not None:
                    known, a, b = hit
                    yield start + run.start() + a, start + run.start() + b, known

    def _inside(self, word: str) -> tuple[Known, int, int] | None:
        """The longest name in a word that is on no list, or the name that it begins.

        The whole word goes where the rest of it is no technique.
        """
        if word in self.names:
            return self.names[word], 0, len(word)
        ends = range(SHORT, len(word) + 1)
        found = [(a, b) for b in ends for a in range(b - SHORT + 1) if word[a:b] in self.names]
        if _is_listed(word):
            return None
        if not found:
            whole = next((name for name in self.names if name.startswith(word)), None) if len(word) >= LONG else None
            return (self.names[whole], 0, len(word)) if whole else None
        a, b = max(found, key=lambda span: (span[1] - span[0], -span[0]))
        known, rest = self.names[word[a:b]], [piece for piece in (word[:a], word[b:]) if piece]
        least = MIDDLE - (len(rest) == 1 and len(rest[0]) >= MIDDLE - 1)
        doubtful = b - a < least or _is_ordinary(word[a:b])
        if all(piece in MODALITIES or (not doubtful and _is_technique(piece)) for piece in rest):
            return known, a, b
        return (known, 0, len(word)) if b - a >= LONG and not doubtful else None

    def _digits(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """The digits of a number without the letters before them: ``CT88213`` of ``MRN-88213``."""
        if not self.numbers:
            return
        shortest = LISTED_MIN if NUMBERS_ONLY.match(folded.text.strip()) else DIGITS_MIN
        for start, _, token in folded.tokens():
            for run in RUN.finditer(token):
                bare = run[0].lstrip("0")
                known = self.numbers.get(bare) if len(bare) >= DIGITS_MIN - 1 else None
                if known is None or _is_part(folded.text, start + run.start(), start + run.end()):
                    continue
                at = start + run.start()
                if len(bare) >= shortest or CUE.search(folded.text, max(0, at - 24), at):
                    yield at, start + run.end(), known

    def _spelled(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """Names with blanks or signs between all of their letters, and in two pieces."""
        for spelled in SPELLED.finditer(folded.text):
            places = [at for at in range(spelled.start(), spelled.end()) if folded.text[at].isalpha()]
            letters = "".join(folded.text[at] for at in places)
            for a in range(len(letters) - SPELLED_MIN + 1):
                for b in range(len(letters), a + SPELLED_MIN - 1, -1):
                    if (known := self.names.get(letters[a:b])) is not None:
                        yield places[a], places[b - 1] + 1, known
                        break
        tokens = folded.tokens()
        for (start, middle, left), (again, end, right) in pairwise(tokens):
            known = self.names.get(left + right) if again - middle <= 2 and len(left + right) >= SPELLED_MIN else None
            words = [word for word in (left, right) if lexicon.is_known(word)]
            if len(right) == 1 and left in self.names:
                continue  # the name is found as it is; the letter may be a side
            if known is not None and len(words) < 2 and not (words and min(len(left), len(right)) == 1):
                yield start, end, known

    def _two_letters(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """Family names such as Li where they stand alone and are written as no abbreviation is."""
        if self.letters.keys().isdisjoint(folded.words()):
            return
        for start, end, word in folded.tokens():
            alone = not set(folded.text[max(0, start - 1) : start] + folded.text[end : end + 1]) & set("-/.'&+")
            written = folded.original[slice(*folded.span(start, end))]
            named = written.istitle() or (written.isupper() and not _is_listed(word))
            if word in self.letters and alone and named:
                yield start, end, self.letters[word]

    def _addressed(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """Family names of one character that stand alone or before a form of address."""
        for family in ADDRESSED.finditer(folded.text):
            if (known := self.characters.get(family[0])) is not None:
                yield *family.span(), known

    def _other_scripts(self, folded: Folded) -> Iterator[tuple[int, int, Known]]:
        """Names that the header has in Latin letters, in the letters and with the endings of another language."""
        for start, end, word in folded.tokens():
            if not is_romanisable(word):
                continue
            original = folded.original[slice(*folded.span(start, end))]
            forms = (word, *romanised(original))
            stems = (form[: len(form) - n] for form in forms for n in range(ENDING_MAX + 1))
            known = next((self.names[s] for s in stems if s in self.names and (s in forms or len(s) >= MIDDLE)), None)
            if known is None and "α" <= word[0] <= "ω":  # Papadopoulos and Papadopoulou
                known = next((self.names[name] for form in forms if (name := f"{form[:-1]}s") in self.names), None)
            if known is not None:
                yield start, end, known


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether digits are a part of a decimal, of a UID or of another number with points."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return re.search(r"\d[.,]$|^[.,]$", before) is not None or re.match(r"[.,]\d", after) is not None


@lru_cache(maxsize=65536)
def _is_listed(word: str) -> bool:
    """Whether a word is on any list, so that a name in it stands there by chance."""
    lists = (lexicon.cities(), *map(lexicon.words, ("foreign", "descriptors")))
    return lexicon.is_known(word) or lexicon.is_region(word) or any(word in listed for listed in lists)


@lru_cache(maxsize=65536)
def _is_ordinary(word: str) -> bool:
    """Whether a name is an ordinary word rather than a common name."""
    return lexicon.is_known(word) and word not in lexicon.surnames()


@lru_cache(maxsize=65536)
def _is_technique(piece: str) -> bool:
    """Whether letters beside a name are a word."""
    return (len(piece) > 2 and lexicon.is_known(piece)) or piece in lexicon.words("radiology")
