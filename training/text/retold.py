"""Documents written by hand, told again without end: other people, places, days and numbers in the same written forms.

A marked document holds its identifiers as ``⟦CATEGORY|text⟧`` and terms that must survive as ``⟦+|text⟧``; documents
of a file are separated by lines ``====``.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from deid.text import lexicon
from deid.text.dates import parse_date, shift_mention
from deid.text.folding import squeeze
from deid.text.parts import CREDENTIALS, PARTICLES, TITLES, name_parts
from deid.text.replace import UNIT, in_case
from training.text.engine import Pieces
from training.text.names import fold
from training.text.slots import Scene

__all__ = ["KEEP", "WRITTEN", "Teller", "marked", "read"]

WRITTEN = Path(__file__).with_name("written")

#: The label of a term that must survive.
KEEP = "KEEP"

_MARK = re.compile("⟦([A-Z_]+|\\+)\\|([^⟧]*)⟧")
_LINE = re.compile(r"(?<=\n)")
_SENTENCE = re.compile(
    r"(?<=\n)|(?<=[\w)][.;!?] )(?<!\bDr. )(?<!\bMr. )(?<!\bMrs. )(?<!\bMs. )(?<!\bSt. )(?<!\b[A-Z]. )"
)
_ORDINARY = re.compile(r"(?<=[ \n])[a-z]{2,} ")
_LEVEL = re.compile(r"[CTLS]\d{1,2}(?:[-/][CTLS]?\d{1,2})?")
_CODED = frozenset(
    ["ID", "SSN", "PHONE", "IP", "UID", "DEVICE", "VEHICLE", "ACCOUNT", "HEALTH_PLAN", "LICENSE", "POSTCODE", "OTHER"]
)
_BUILT = frozenset(["EMAIL", "URL", "USERNAME"])
_NAMED = frozenset(["INSTITUTION", "WARD", "PLACE", "PROFESSION", "ADDRESS"])
_SLOTS = {
    "ID": ("ID:", "MRN:", "ACC:"), "SSN": ("SSN:",), "PHONE": ("PHONE:",), "EMAIL": ("EMAIL:",), "URL": ("URL:",),
    "IP": ("IP:",), "UID": ("UID:",), "USERNAME": ("USER:",), "DEVICE": ("DEVICE:", "STATION:"),
    "VEHICLE": ("VEHICLE:",), "ACCOUNT": ("ACCOUNT:",), "HEALTH_PLAN": ("PLAN:",), "LICENSE": ("LICENSE:",),
    "POSTCODE": ("ZIP:",), "ADDRESS": ("STREET:",), "PLACE": ("PLACE:",), "WARD": ("WARD:",), "PROFESSION": ("JOB:",),
    "INSTITUTION": ("HOSPITAL:", "HOSPITAL:short", "COMPANY:"), "DATE": ("DATE:",), "OTHER": ("SECRET:",),
}  # fmt: skip


def read(path: Path) -> list[Pieces]:
    """The documents of a file; none if there is no such file."""
    texts = path.read_text("utf-8").split("\n====\n") if path.exists() else []
    return [marked(text.strip("\n")) for text in texts if text.strip()]


def marked(text: str) -> Pieces:
    """The pieces of a marked document."""
    out, at = [], 0
    for mark in _MARK.finditer(text):
        out += [(text[at : mark.start()], ""), (mark[2], KEEP if mark[1] == "+" else mark[1])]
        at = mark.end()
    return [piece for piece in (*out, (text[at:], "")) if piece[0]]


def _split(pieces: Pieces, boundary: re.Pattern[str]) -> list[Pieces]:
    """The runs of pieces between boundaries; a boundary lies in ordinary text only."""
    parts: list[Pieces] = [[]]
    for text, label in pieces:
        for i, part in enumerate([text] if label else boundary.split(text)):
            if i:
                parts.append([])
            if part:
                parts[-1].append((part, label))
    return [part for part in parts if part]


def _form(text: str) -> tuple[bool, bool, int]:
    """What a value has in common with those that may take its place: letters only, digits, number of words."""
    return text.isupper() and len(text) < 6, any(map(str.isdigit, text)), min(3, len(text.split()))


def _is_personal(pieces: Pieces) -> bool:
    return any(label not in ("", KEEP) for _, label in pieces)


class _Cast:
    """Who stands in for whom in one text: a word of a name becomes the same word wherever it stands."""

    def __init__(self, scene: Scene, names: Iterable[str]) -> None:
        self.scene, self.rng = scene, scene.rng
        self.words: dict[str, str] = {}
        self.letters: dict[str, str] = {}
        for name in sorted(names, key=len, reverse=True):  # the fullest form tells what is the family name
            self._learn(name)

    def _learn(self, name: str) -> None:
        if self._is_initials(name):
            return
        parts = name_parts(UNIT.sub(lambda unit: squeeze(unit.group()), name))
        family, given = ([w for w in part if self._bears(w)] for part in (parts.family, parts.given))
        if len(family) == 1 and not given and family[0] in lexicon.given_names() - lexicon.surnames():
            family, given = given, family
        person = self.scene.names.person(self.scene.culture)
        sources = [(family, person.surname, self.scene.names.surname), (given, person.given, self._given)]
        for words, first, further in sources:
            for i, word in enumerate(words):
                fresh = first if not i else further(person.culture)
                self.words.setdefault(word, fresh)
                self.letters.setdefault(word[0], self.words[word][0].lower())

    def _given(self, culture: str) -> str:
        return self.scene.names.given(culture, self.rng.choice("MF"))

    @staticmethod
    def _bears(word: str) -> bool:
        return len(word) > 1 and word not in TITLES and word not in CREDENTIALS and word not in PARTICLES

    def _is_initials(self, name: str) -> bool:
        letters = squeeze(name)
        told = name.isupper() or name.islower()
        return len(letters) < 4 and told and letters not in lexicon.surnames() and letters not in lexicon.given_names()

    def renamed(self, name: str) -> str:
        """A name of the text, or the initials of one, for another person."""
        if self._is_initials(name):
            return "".join(self._letter(c) if c.isalpha() else c for c in name)
        return UNIT.sub(lambda unit: self._unit(unit.group()), name)

    def _unit(self, unit: str) -> str:
        word = squeeze(unit)
        if len(word) == 1:
            return self._letter(unit)
        if word not in self.words:
            return unit
        new = self.words[word]
        if "-" in unit and "-" not in new and self.rng.random() < 0.7:
            new += f"-{self.scene.names.surname('english')}"
        return in_case(new, unit)

    def _letter(self, letter: str) -> str:
        new = self.letters.setdefault(squeeze(letter) or letter, self.rng.choice("abcdefghijklmnoprstvwyz"))
        return fold(new).upper() if letter.isupper() else fold(new)

    def built(self, value: str) -> str:
        """A value with parts of names in it, such as an e-mail address."""
        for word, new in self.words.items():
            if len(word) > 2:
                plain = "".join(c for c in fold(new).lower() if c.isalnum() and c.isascii())
                value = re.sub(re.escape(word), plain, value, flags=re.IGNORECASE)
        return value


class Teller:
    """Tells marked documents again, whole, mixed or by sentences, and lends their words to other documents."""

    def __init__(self, scene: Scene, documents: list[Pieces]) -> None:
        self.scene, self.rng = scene, scene.rng
        self.documents = documents
        #: A document without any identifier is told more often: what looks like one is learned there.
        self._weights = [1.0 if _is_personal(document) else 2.0 for document in documents]
        sentences = [part for document in documents for part in _split(document, _SENTENCE)]
        self._personal = [part for part in sentences if _is_personal(part)]
        self._plain = [part for part in sentences if not _is_personal(part) and len(part[0][0]) > 8]
        self._pool: dict[tuple[str, tuple[bool, bool, int]], list[str]] = defaultdict(list)
        for text, label in (piece for document in documents for piece in document):
            if label:
                self._pool[label, _form(text)].append(text)

    def pieces(self) -> Pieces:
        """One document: told again, two of them mixed, or sentences of many."""
        roll = self.rng.random()
        if roll < 0.3:
            return self._medley()
        one = self._told(self._drawn())
        if roll < 0.5:
            one = self._mixed(one, self._told(self._drawn()))
        return self._thinned(one) if roll > 0.4 else one

    def sentence(self) -> Pieces:
        """One sentence told again, mostly one with an identifier."""
        rng = self.rng
        return self._told(rng.choice(self._personal if not self._plain or rng.random() < 0.7 else self._plain))

    def lent(self, pieces: Pieces) -> Pieces:
        """A document of the grammar, perhaps with words and sentences of the written ones."""
        rng = self.rng
        out: Pieces = []
        for text, label in pieces:
            words = self._pool.get((label, _form(text))) if label in _NAMED else None
            out.append((in_case(rng.choice(words), text), label) if words and rng.random() < 0.15 else (text, label))
        if rng.random() < 0.12:
            parts = _split(out, _SENTENCE)
            parts.insert(rng.randint(0, len(parts)), [*self.sentence(), (rng.choice([" ", "\n"]), "")])
            out = [piece for part in parts for piece in part]
        return out

    def _drawn(self) -> Pieces:
        return self.rng.choices(self.documents, self._weights)[0]

    def _medley(self) -> Pieces:
        between = self.rng.choice([" ", " ", "\n", "; "])
        out: Pieces = []
        for _ in range(self.rng.randint(1, 8)):
            sentence = self.sentence()
            last, label = sentence[-1]
            out += [*sentence[:-1], (last if label else last.rstrip(), label), (between, "")]
        return out[:-1]

    def _mixed(self, one: Pieces, two: Pieces) -> Pieces:
        """Lines of one document in the midst of another."""
        lines, others = _split([*one, ("\n", "")], _LINE), _split([*two, ("\n", "")], _LINE)
        start, end = sorted(self.rng.choices(range(len(others) + 1), k=2))
        at = self.rng.randint(0, len(lines))
        return [piece for line in (*lines[:at], *others[start:end], *lines[at:]) for piece in line]

    def _thinned(self, pieces: Pieces) -> Pieces:
        """Without some of its sentences and some of its words, so that no document is learned by heart."""
        rng = self.rng
        sentences, words = rng.choice([0.0, 0.15, 0.3]), rng.choice([0.0, 0.05, 0.1])
        return [
            (text if label else _ORDINARY.sub(lambda word: "" if rng.random() < words else word[0], text), label)
            for part in _split(pieces, _SENTENCE)
            if rng.random() >= sentences
            for text, label in part
        ]

    def _told(self, document: Pieces) -> Pieces:
        """The same document of other people, places, days and numbers."""
        rng = self.rng
        cast = _Cast(self.scene, [text for text, label in document if label == "NAME"])
        days = rng.randint(-9000, 900)
        asis = rng.random() < 0.1
        done: dict[tuple[str, str], str] = {}
        out: Pieces = []
        for text, label in document:
            if label and not asis:
                if (text, label) not in done:
                    done[text, label] = self._value(text, label, cast, days)
                out.append((done[text, label], label))
            else:
                out.append((text, label))
        return out

    def _value(self, text: str, label: str, cast: _Cast, days: int) -> str:
        rng = self.rng
        if label == KEEP:
            return self._kept(text)
        if label == "NAME":
            return cast.renamed(text)
        if label == "AGE":
            return re.sub(r"\d+", str(rng.randint(90, 106)), text)
        if label == "DATE" and rng.random() < 0.85:
            mention = parse_date(text)
            return (mention and shift_mention(text, mention, days)) or text
        if label in _BUILT and rng.random() < 0.6:
            return _recoded(cast.built(text), rng, letters=0.0)
        if label in _CODED and rng.random() < 0.75:
            return _recoded(text, rng, letters=rng.choice([0.0, 0.0, 0.8]))
        return self._named(text, label) if label in _NAMED else self._slot(text, label)

    def _named(self, text: str, label: str) -> str:
        """A place, a ward, an institution or a profession: as it is, another written one, or a made-up one."""
        roll = self.rng.random()
        new = text if roll < 0.25 else self.rng.choice(self._pool[label, _form(text)]) if roll < 0.5 else ""
        if not new and any(map(str.isdigit, text)) and self.rng.random() < 0.5:
            new = text
        return _recoded(new, self.rng, letters=0.5) if new else self._slot(text, label)

    def _slot(self, text: str, label: str) -> str:
        name, _, argument = self.rng.choice(_SLOTS[label]).partition(":")
        if label == "INSTITUTION" and text.isupper() and len(text) < 6:
            name, argument = "HOSPITAL", "code"
        new = next(value for value, kind in self.scene.grammar.slots[name](argument) if kind)
        return in_case(new, text) if label in _NAMED else new

    def _kept(self, text: str) -> str:
        """A clinical term, or another of its sort."""
        rng = self.rng
        head = UNIT.match(text)
        if _LEVEL.fullmatch(text):
            return re.sub(r"\d+", lambda _: str(rng.randint(1, 5)), text)
        if rng.random() < 0.15:
            return rng.choice(self._pool[KEEP, _form(text)])
        if not head:
            return text
        word, rest = head.group(), text[head.end() :]
        if lexicon.is_drug(word.lower()) and not rest:
            return in_case(self._free("DRUG"), text) if rng.random() < 0.5 else text
        if word[0].isupper() and rng.random() < (0.4 if lexicon.is_eponym(word.lower()) else 0.1):
            return in_case(self._free(rng.choice(["EP", "SYN"])), word) + rest
        return text

    def _free(self, slot: str) -> str:
        return "".join(text for text, _ in self.scene.grammar.slots[slot](""))


def _recoded(text: str, rng: random.Random, *, letters: float) -> str:
    """Other digits, and perhaps other letters in short runs of capitals beside them."""
    change = rng.random() < letters
    text = re.sub(r"\d", lambda _: str(rng.randrange(10)), text)
    if change:
        text = re.sub(
            r"(?<![^\W\d_])[A-Z]{1,3}(?![^\W\d_])",
            lambda run: "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in run.group()),
            text,
        )
    return text
