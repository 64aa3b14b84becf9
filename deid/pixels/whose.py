"""Whose picture it is: burned-in words that give its patient another name, number or birth date than the header.

A claim is what a label of the patient says (``Name:``, ``MRN``, ``DOB``), or a full name that stands by itself. What a
person of staff, an institution or an examination is called is none. Any word that is the subject's own outweighs all
claims: words are misread, and a picture with the right name on it is the right one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from deid.model import Alert, Category, Finding, Passage, Role, Subject
from deid.pixels.engines import Box, Word

__all__ = ["contradictions"]

Find = Callable[[Passage, Subject | None], Sequence[Finding]]

READ = 0.6  # a word read with less confidence says nothing
ALIKE = 0.75  # two readings of one value are at least so much alike
NAMED = 0.75  # a finding of at least this score is a name
SPACE = 4.0  # words of one line stand no more than so many of their heights apart

_LABELS = {
    "name": "NAME PATIENT PATIENTNAME PATNAME PAT PT PATIENTIN PACIENTE NOM NOMBRE",
    "id": "ID MRN PID PATID PTID PATIENTID",
    "birth": "DOB BORN BIRTH BIRTHDATE BIRTHDAY GEB",
    "": "DATE OF NO NR",  # parts of labels: date of birth, ID no.
    "other": (
        "REF REFERRING REFERRED REFPHYS DR DOCTOR PROF MD RN OPERATOR OPER TECH TECHNOLOGIST TECHNICIAN RADIOGRAPHER "
        "SONOGRAPHER PHYSICIAN PHYS PERFORMED PERFORMING READ READING READER RADIOLOGIST ATTENDING REQUESTING "
        "REQUESTED CONSULTANT NURSE SURGEON BY STUDY EXAM ORDER ACC ACCESSION SERIES STATION DEVICE SYSTEM PROBE CASE "
        "VISIT PROTOCOL HOSPITAL CLINIC CLINICA CLINIQUE KLINIK KLINIKUM HOPITAL OSPEDALE INSTITUTION INSTITUTE "
        "MEDICAL CENTER CENTRE CTR RADIOLOGY IMAGING DIAGNOSTICS UNIVERSITY HEALTH HEALTHCARE MVZ PRAXIS WARD ROOM "
        "DEPT DEPARTMENT TEL PHONE FAX"
    ),
}
_KIND = {word: kind for kind, listed in _LABELS.items() for word in listed.split()}
# A star before a date is a birth date; no reader knows the sign.
_STAR = re.compile(r"(?<!\S)[*#+kxX][:;]?(?=\d\d?[./-]\d\d?[./-]\d\d)")
_LETTERS = str.maketrans("01589", "OISBG")
_DIGITS = str.maketrans("OQDILZSBG", "000112586")


@dataclass(slots=True)
class _Line:
    """Words that stand side by side, and what they say of whom."""

    words: list[Word]
    boxes: list[Box] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What could be read of it."""
        return " ".join(w.text for w in self.words if w.score >= READ and w.text.strip())


def contradictions(words: Sequence[Word], places: Sequence[Box], find: Find, subject: Subject) -> list[Alert]:
    """``wrong-patient`` where what is burned in names another patient than the subject, and the subject nowhere.

    Parameters
    ----------
    words
        As they were read.
    places
        Where each of them stands when it is turned upright.
    """
    lines = _lines(list(zip(words, places, strict=True)))
    text = "\n".join(line.text for line in lines)
    findings = find(Passage(text, origin="ocr"), subject)
    if any(f.rule.startswith("known") and f.role in (None, Role.PATIENT) for f in findings):
        return []
    claims = [*_labelled(lines), *_bare(lines, findings)]
    own = [k.value for k in subject.known if k.role is Role.PATIENT]
    if not own or any(_is_own(word, own) for line in lines for word in line.text.split()):
        return []
    strange = [claim for claim in claims if _is_strange(*claim, subject)]
    return [Alert("wrong-patient", f"burned-in: {len(strange)}")] if strange else []


def _lines(words: Sequence[tuple[Word, Box]]) -> list[_Line]:
    """Group words into lines, from top to bottom and from left to right, each direction of text by itself."""
    lines: list[_Line] = []
    for turn in sorted({w.turn for w, _ in words}):
        some: list[_Line] = []
        for word, box in sorted(((w, b) for w, b in words if w.turn == turn), key=lambda x: x[1].left):
            home = next((line for line in some if _goes_on(line.boxes[-1], box)), None)
            if home is None:
                home = _Line([])
                some.append(home)
            home.words.append(word)
            home.boxes.append(box)
        some = [line for line in some if line.text]
        lines += sorted(some, key=lambda line: (line.boxes[0].top, line.boxes[0].left))
    return lines


def _goes_on(last: Box, box: Box) -> bool:
    low, high = sorted((last.height, box.height))
    level = min(last.bottom, box.bottom) - max(last.top, box.top)
    return level > 0.5 * low and high <= 2 * low and box.left - last.right <= SPACE * high


def _labelled(lines: Sequence[_Line]) -> Iterator[tuple[str, str]]:
    """What stands behind a label, or below one that ends its line."""
    for at, line in enumerate(lines):
        told, open_ = _told(line.text, "")
        if open_ and at + 1 < len(lines) and _below(line, lines[at + 1]):
            told += _told(lines[at + 1].text, open_)[0][:1]
        yield from ((kind, value) for kind, value in told if kind in ("name", "id", "birth"))


def _told(text: str, kind: str) -> tuple[list[tuple[str, str]], str]:
    """Values and what they are, in the order of a line; and the label at its end that no value follows."""
    told: list[tuple[str, list[str]]] = []
    fresh = bool(kind)
    if kind:
        told.append((kind, []))
    for token in re.findall(r"[^\s:=#]+", _STAR.sub(" DOB ", text)):
        label = _label(token)
        if label is None:
            if told:
                told[-1][1].append(token)
            fresh = False
        elif told and told[-1][0] == "other" and (fresh or label in ("id", "name", "")):
            fresh = True  # Operator ID, Station name, Ref. physician
        elif fresh and told and not label:
            continue
        elif fresh and told and told[-1][0] == "name":
            told[-1] = (label, [])  # Patient ID
            fresh = True
        elif label:
            told.append((label, []))
            fresh = True
    values = [(what, " ".join(value)) for what, value in told if value]
    return values, told[-1][0] if told and not told[-1][1] else ""


def _label(token: str) -> str | None:
    """What a token labels; a colon that was read as a letter may hang on it. None if it is no label."""
    word = re.sub(r"[^A-Z]", "", _plain(token).translate(_LETTERS))
    if not word or sum(map(str.isdigit, token)) > 1:
        return None
    for spelling in (word, word[:-1] if len(word) > 2 and not token[:-1].isupper() else ""):
        if spelling in _KIND:
            return _KIND[spelling]
    near = (
        kind
        for label, kind in _KIND.items()
        if len(label) > 5 and _ratio(word, label) >= (0.8 if len(label) > 7 else 0.85)
    )
    return next(near, None)


def _below(line: _Line, other: _Line) -> bool:
    first, second = line.boxes[0], other.boxes[0]
    if line.words[0].turn != other.words[0].turn:
        return False
    return 0 <= second.top - first.top <= 2.5 * first.height and second.left < line.boxes[-1].right


def _bare(lines: Sequence[_Line], findings: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    """Full names that stand on lines of their own."""
    from deid.text.folding import fold_word
    from deid.text.lexicon import is_clinical, is_eponym, is_known, is_name

    persons = (Category.NAME, Category.INSTITUTION, Category.PLACE)  # a lone name may be anything to a model
    found = [(f.start, f.end) for f in findings if f.category in persons and f.score >= NAMED]
    start = 0
    previous: _Line | None = None
    for line in lines:
        end = start + len(line.text)
        tokens = [t for t in re.findall(r"[^\s:=#,^-]+", line.text) if len(t) > 1 and not t[-1].isdigit()]
        folded = [fold_word(t.translate(_LETTERS)) for t in tokens]
        labelled = any(_label(t) is not None for t in re.findall(r"[^\s:=#]+", line.text))
        headed = previous is not None and bool(_told(previous.text, "")[1]) and _below(previous, line)
        terms = [w for w in folded if is_clinical(w) and not is_name(w) and not is_eponym(w)]
        here = any(a < end and start < b for a, b in found)
        if here and not (labelled or headed or terms):
            if (
                len(tokens) > 1
                and all(is_name(w) or is_eponym(w) or not is_known(w) for w in folded)
                and any(map(is_name, folded))
            ):
                yield "name", " ".join(tokens)
            elif len(tokens) == 1 and (parts := _parted(folded[0])):
                yield "name", parts
        start, previous = end + 1, line


def _parted(word: str) -> str:
    """A family name and a given name between which no reader knows the sign: ``PETROV^MAX`` is read as one word."""
    from deid.text.lexicon import given_names, is_known, surnames

    if is_known(word) or word in surnames():
        return ""
    cuts = ((word[:at], word[at + skip :]) for at in range(3, len(word) - 2) for skip in (0, 1))
    return next((f"{family} {given}" for family, given in cuts if family in surnames() and given in given_names()), "")


def _is_own(word: str, own: Sequence[str]) -> bool:
    """Whether a word is, or nearly is, a value or a word of a name of the subject."""
    parts = [part for value in own for part in (value, *re.split(r"[\s^,=-]+", value))]
    read = _folded(word)
    near = (_ratio(read, _folded(part)) >= ALIKE for part in parts if len(_folded(part)) > 2)
    return len(read) > 2 and any(near)


def _is_strange(kind: str, value: str, subject: Subject) -> bool:
    """Whether a claim is of another than the subject, where the header says who or what that is."""
    if kind == "birth":
        return _is_strange_birth(value, subject)
    category = Category.NAME if kind == "name" else Category.ID
    if not any(k.category is category and k.role is Role.PATIENT for k in subject.known):
        return False
    tokens = value.split()
    if kind == "id":
        tokens = [t for t in tokens if sum(map(str.isdigit, t.translate(_DIGITS))) >= 4][:1]
        return bool(tokens) and not _is_own(tokens[0], [k.value for k in subject.known])
    tokens = [t for t in tokens if len(t) > 1 and sum(map(str.isdigit, t)) <= len(t) // 3]
    others = [k.value for k in subject.known if k.category is Category.NAME]
    return sum(map(len, tokens)) >= 4 and not any(_is_own(t, others) for t in tokens)


def _is_strange_birth(value: str, subject: Subject) -> bool:
    """Whether two of day, month and year are others: one may have been misread."""
    from deid.text.dates import parse_date

    own = [parse_date(k.value) for k in subject.known if k.category is Category.DATE and k.role is Role.PATIENT]
    days = [day for mention in own if mention is not None and mention.full for day in mention.readings()]
    value = re.sub(r"(?<=\d)[A-Z](?=\d)", lambda m: m.group().translate(_DIGITS), value)
    value = re.sub(r"0(?=[A-Za-z]{2})", "O", value)
    told = parse_date(re.sub(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)", " ", value))
    if told is not None and told.full:
        return bool(days) and not any(_common(a, b) >= 2 for a in told.readings() for b in days)
    figures = re.sub(r"\D", "", value)  # a sign between them was lost
    forms = [f"{a}{b}{c}" for y, m, d in days for a, b, c in _orders(y, m, d)]
    return len(figures) >= 5 and bool(days) and all(_ratio(figures, form) < ALIKE for form in forms)


def _orders(year: int, month: int, day: int) -> Iterator[tuple[str, str, str]]:
    """The orders in which a date is written, with and without its century and noughts."""
    for y in (f"{year:04}", f"{year % 100:02}"):
        for m, d in ((f"{month:02}", f"{day:02}"), (str(month), str(day))):
            yield from ((y, m, d), (d, m, y), (m, d, y))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _common(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    """How many of year, month and day are the same; of years, the two figures that all write."""
    return (one[0] % 100 == other[0] % 100) + (one[1] == other[1]) + (one[2] == other[2])


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))


def _folded(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", _plain(text)).translate(_DIGITS)
