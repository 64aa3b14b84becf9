"""Read what was found and say what may stay: whole words of the allow-list that two readers agree on.

A box is read in each direction that text in it can have, with several margins. What could stay is then weighed as a
whole word: its likelihood under our reader's answer, whatever the reader took for the best text. Where that leaves a
doubt, another engine must read the same word every time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deid.model import Category, Finding, Passage, Role, Subject
from deid.pixels import engines
from deid.pixels.engines import Box, Engine, Word
from deid.pixels.engines.letters import likelihood
from deid.pixels.keep import (
    CAPITALS,
    DIGITS,
    NAMESAKES,
    alike,
    allowed,
    digits,
    measures,
    possible,
    tokens,
    units,
    vocabulary,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.settings import PixelSettings

__all__ = ["Find", "Pictures", "part", "read", "share", "upright"]

Find = Callable[[Passage, Subject | None], Sequence[Finding]]

SURE = 0.80  # a word read with less confidence than this is never kept
READ_MAX = 64  # words read per frame; what is beyond is removed unread
AGAIN_MAX = 8  # words of a frame that are read in another picture, cut out with
AROUND = 12  # so many px around
MARGINS = (1, 2, 4)  # px around a box in its readings
ALONE, LONG = 0.90, 0.50  # likelihood from which on our reader needs no second; and above which of three letters on
DOUBT = (0.15, 0.05)  # and below which no second is asked, of one or two letters and of longer words
SIDES = "LR"  # other single letters must be likely by themselves too: parts of words look like them
EDGE = 2  # px by which two boxes around one word differ
SPACED = 4.0  # letters of a name stand no more than so many of their heights apart
SECOND = 0.50  # what the second must be sure of


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the readers see: ours the stored values, others a picture of 8 bits."""

    frame: NDArray[Any]
    shown: NDArray[np.uint8]

    def of(self, engine: Engine) -> NDArray[Any]:
        """The one for this engine."""
        return self.frame if engine.name == "ours" else self.shown


def read(reader: Engine, pictures: Pictures, boxes: Sequence[Box], settings: PixelSettings) -> list[Word]:
    """Read every box, up to a limit; beyond it the words are empty and are removed.

    Returns
    -------
    list of Word
        One per box. What could stay has the score 1 if it was read beyond doubt, and 0 if not.
    """
    seconded = settings.second_reader and settings.second_reader != reader.name
    second = engines.load(settings.second_reader, settings) if seconded else None
    readings = _readings(reader, pictures.of(reader), boxes[:READ_MAX], settings)
    words = [_decided(r, pictures, second, settings) for r in readings]
    if "technique" in settings.keep:
        _pair(words, readings, pictures, second, settings)
    if reader.name == "ours":
        _otherwise(words, reader, pictures, second, settings)
    return words + [Word("", 0.0, box) for box in boxes[READ_MAX:]]


def _otherwise(
    words: list[Word], reader: Engine, pictures: Pictures, second: Engine | None, settings: PixelSettings
) -> None:
    """Read upright what could not be read in another picture of it: its brightest part, without outline and shadow."""
    unread = [i for i, word in enumerate(words) if word.score < LONG and _short(word.box)][:AGAIN_MAX]
    if not unread:
        return
    boxes = [words[i].box for i in unread]
    frame, places = _sheet(pictures.frame, boxes)
    sheet = Pictures(frame, _sheet(pictures.shown, boxes)[0])
    readings = _readings(reader, sheet.of(reader), places, settings, turns=(0,))
    for i, seen in zip(unread, readings, strict=True):
        found = _decided(seen, sheet, second, settings) if seen else words[i]
        if found.score == 1.0 and _is_view(found, settings):
            words[i] = replace(found, box=words[i].box)


def _sheet(picture: NDArray[Any], boxes: Sequence[Box]) -> tuple[NDArray[Any], list[Box]]:
    """Put the brightest parts of what stands in boxes below one another; and say where each box then is."""
    depth = [(0, 0)] * (picture.ndim - 2)
    wide = max(b.width for b in boxes) + 2 * AROUND
    parts, places, top = [], [], 0
    for b in boxes:
        up, left = max(b.top - AROUND, 0), max(b.left - AROUND, 0)
        part = picture[up : b.bottom + AROUND, left : b.right + AROUND]
        above, before = AROUND - b.top + up, AROUND - b.left + left
        high = b.height + 2 * AROUND
        below, after = high - above - part.shape[0], wide - before - part.shape[1]
        parts.append(_brightest(np.pad(part, [(above, below), (before, after), *depth], mode="edge")))
        places.append(Box(AROUND, top + AROUND, AROUND + b.width, top + AROUND + b.height, b.score))
        top += high
    return np.concatenate(parts), places


def _short(box: Box) -> bool:
    return max(box.width, box.height) <= 5 * min(box.width, box.height)


def _brightest(picture: NDArray[Any]) -> NDArray[Any]:
    """What is brighter than the edge of a picture: letters without their dark outline or shadow."""
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    brightest: NDArray[Any] = np.maximum(picture, np.median(edge, axis=0).astype(picture.dtype))
    return brightest


def _is_view(word: Word, settings: PixelSettings) -> bool:
    """Whether a word of two letters and more stays by itself; single letters are parts of words."""
    folded = "".join(_folded_tokens(word))
    return len(folded) > 1 and folded in vocabulary(settings.keep, settings.allow)


def _readings(
    reader: Engine, picture: Any, boxes: Sequence[Box], settings: PixelSettings, turns: Sequence[int] = (0, 1, 3, 2)
) -> list[list[list[Word]]]:
    """Read boxes in every direction, and where something could stay, with every margin: by box and direction."""
    found: list[list[list[Word]]] = [[] for _ in boxes]
    settled: set[int] = set()
    known = vocabulary(settings.keep, settings.allow)
    for turn in turns:
        todo = [i for i, box in enumerate(boxes) if i not in settled and turn in _directions(box)]
        first = _read_turned(reader, picture, [boxes[i] for i in todo], turn, MARGINS[0])
        doubt = [n for n, word in enumerate(first) if _near_what_may_stay(word, known, settings)]
        more = [_read_turned(reader, picture, [boxes[todo[n]] for n in doubt], turn, m) for m in MARGINS[1:]]
        for n, word in enumerate(first):
            again = [margin[doubt.index(n)] for margin in more] if n in doubt else []
            found[todo[n]].append([word, *again])
            if word.score >= SURE and len(word.text) > 2 and not again:
                settled.add(todo[n])  # a word, read the right way up
    return found


def _near_what_may_stay(word: Word, known: Sequence[str], settings: PixelSettings) -> bool:
    """Whether a first reading may be one of a word that stays: short, possible, or one letter away."""
    folded = _folded_tokens(word)
    if len("".join(folded)) <= 2 or _measures(word, settings):
        return True
    return _possible(folded, settings) or (len(folded) == 1 and any(alike(folded[0].upper(), k) for k in known))


def _measures(word: Word, settings: PixelSettings) -> bool:
    """Whether a first reading may be a number, or a number with its unit."""
    return "technique" in settings.keep and bool(digits(word.text) or measures(word.text, tuple(settings.keep)))


def _possible(folded: Sequence[str], settings: PixelSettings) -> bool:
    return bool(folded) and all(possible(token, settings.keep, settings.allow) for token in folded)


def _decided(readings: list[list[Word]], pictures: Pictures, second: Engine | None, settings: PixelSettings) -> Word:
    """Choose the best reading of a box; what could stay is sure or worth nothing."""
    best = max((words[0] for words in readings), key=lambda w: w.score)
    choices = sorted((c for words in readings for c in _choices(words, settings)), key=lambda c: -c[0])
    for chance, choice in choices[:2]:
        long = len(choice.text) > 2
        likely = chance > LONG if long else chance >= ALONE
        alone = likely and (second is None or len(choice.text) > 1) and not _other_word(readings, choice)
        if alone or (second is not None and _seconded(second, pictures, choice, misread=int(likely or long))):
            return replace(choice, score=1.0)
    return replace(best, score=0.0) if choices or _possible(_folded_tokens(best), settings) else best


def _other_word(readings: list[list[Word]], choice: Word) -> bool:
    """Whether a reading of what is written in capitals has small letters, or is another word: ``Rcc``, ``Acc``."""
    if choice.text.upper() not in CAPITALS:
        return False
    texts = [w.text for words in readings for w in words if w.turn == choice.turn and w.text]
    view = _squeezed(choice.text).upper()
    return any(t.istitle() or (len(_squeezed(t)) == len(view) and _squeezed(t).upper() != view) for t in texts)


def _choices(words: Sequence[Word], settings: PixelSettings) -> Iterator[tuple[float, Word]]:
    """Yield words that could stay, of readings of one box in one direction, and how likely they are."""
    texts = {w.text for w in words if _possible(_folded_tokens(w), settings)}
    folded = {t[0].upper() for t in (_folded_tokens(w) for w in words) if len(t) == 1}
    known = vocabulary(settings.keep, settings.allow)
    near = {k for k in known if len(k) > 2 and any(alike(f, k) for f in folded)}
    if "technique" in settings.keep:
        near.update(
            *(measures(w.text, tuple(settings.keep)) for w in words), filter(None, (digits(w.text) for w in words))
        )
    for text in sorted(texts | near):
        option = replace(words[0], text=text)
        chance = float(np.mean([_chance(w, text) for w in words]))
        least = ALONE if len(text) == 1 and text not in SIDES else DOUBT[len(text) > 2]
        if chance >= least and _fits(option):
            yield chance, option


def _chance(word: Word, text: str) -> float:
    """How likely it is that this text stands where the word was read."""
    if word.answer is not None:
        # A number in which no digit was read is a word, until another reader says so.
        like = DIGITS if any(map(str.isdigit, word.text)) else None
        return likelihood(word.answer, text, exact=not NAMESAKES.isdisjoint(text.split()), like=like)
    return word.score if _squeezed(word.text) == _squeezed(text) else 0.0


def _pair(
    words: list[Word],
    readings: Sequence[list[list[Word]]],
    pictures: Pictures,
    second: Engine | None,
    settings: PixelSettings,
) -> None:
    """Weigh again what is unsure beside what is sure: a number that a unit follows, a unit after a number.

    Little else stands there, and both stand upright in one direction: that of the unit, since ``06`` may be 90.
    """
    shape = pictures.frame.shape
    upright = {turn: [_turned(w.box, turn, shape) for w in words] for turn in {w.turn for w in words}}
    for wanted, other in ((digits, units), (units, digits)):
        for i, word in enumerate(words):
            places = upright[word.turn]
            if word.score < 1 or not _is(word, other, settings):
                continue
            ahead = wanted is digits
            near = [
                j
                for j in range(len(readings))
                if j != i and _beside(*(places[k] for k in ((j, i) if ahead else (i, j))))
            ]
            for j in near:
                if words[j].score < 1 or (ahead and words[j].turn != word.turn):
                    words[j] = _measured(words[j], readings[j], word.turn, ahead, pictures, second, settings)


def _is(word: Word, what: Callable[..., Any], settings: PixelSettings) -> bool:
    """Whether a word is a number, or a unit of two letters and more."""
    if what is digits:
        return digits(word.text) == word.text
    return any(word.text.upper() == unit.upper() for unit in units(word.text, tuple(settings.keep)))


def _measured(
    word: Word,
    readings: list[list[Word]],
    turn: int,
    number: bool,
    pictures: Pictures,
    second: Engine | None,
    settings: PixelSettings,
) -> Word:
    """Read a box as a number or a unit of this direction, if that is likely or if another engine reads it so."""
    seen = next((words for words in readings if words[0].turn == turn), [])
    options = {o for w in seen for o in ([digits(w.text)] if number else units(w.text, tuple(settings.keep))) if o}
    choices = [(float(np.mean([_chance(w, o) for w in seen])), replace(seen[0], text=o)) for o in sorted(options)]
    for chance, choice in sorted(choices, key=lambda c: -c[0])[:1]:
        often = sum(_squeezed(w.text) == _squeezed(choice.text) for w in seen)
        likely = chance > LONG or often >= len(MARGINS) - 1
        if _fits(choice) and (
            likely or (chance >= DOUBT[1] and second is not None and _seconded(second, pictures, choice, misread=1))
        ):
            return replace(choice, score=1.0)
    return word


def _seconded(second: Engine, pictures: Pictures, choice: Word, *, misread: int) -> bool:
    """Whether another engine reads the same, with every margin but so many."""
    scores: list[float] = []
    for number, margin in enumerate(MARGINS, 1):
        again = _read_turned(second, pictures.of(second), [choice.box], choice.turn, margin)[0]
        if _squeezed(again.text) == _squeezed(choice.text):
            scores.append(again.score)
        if number - len(scores) > misread:
            return False
    return float(np.mean(scores)) >= SECOND


def _directions(box: Box) -> tuple[int, ...]:
    """Say by how many quarter turns text in a box may have to be turned back; one letter can be narrow."""
    if box.width > 3 * box.height:
        return (0, 2)
    return (1, 3) if box.height > 3 * box.width else (0, 1, 3, 2)


def _read_turned(reader: Engine, picture: Any, boxes: Sequence[Box], turn: int, margin: int) -> list[Word]:
    """Read boxes of a picture after so many quarter turns, each with a margin around it."""
    if not boxes:
        return []
    turned = np.ascontiguousarray(np.rot90(picture, turn))
    rows, columns = turned.shape[:2]
    grown = []
    for box in (_turned(b, turn, picture.shape) for b in boxes):
        left, top = max(box.left - margin, 0), max(box.top - margin, 0)
        grown.append(Box(left, top, min(box.right + margin, columns), min(box.bottom + margin, rows)))
    words = reader.read(turned, grown)
    return [replace(word, box=box, turn=turn) for word, box in zip(words, boxes, strict=True)]


def _turned(box: Box, turn: int, shape: tuple[int, ...]) -> Box:
    """Return where a box of a picture of this shape lies after so many turns of np.rot90."""
    width, height = shape[1], shape[0]
    for _ in range(turn):
        box = Box(box.top, width - box.right, box.bottom, width - box.left, box.score)
        width, height = height, width
    return box


def upright(words: Sequence[Word], shape: tuple[int, ...]) -> list[Box]:
    """Return where each word of a picture of this shape stands when the picture is turned to read it."""
    return [_turned(w.box, w.turn, shape) for w in words]


def _folded_tokens(word: Word) -> list[str]:
    return [token for _, _, token in tokens(word.text)]


def _squeezed(text: str) -> str:
    folded = "".join(token for _, _, token in tokens(text))
    return folded.upper() if len(folded) > 1 else folded


def _fits(word: Word) -> bool:
    """Say whether a box is no longer than so many letters are: one letter in a long box is a word misread."""
    short, long = sorted((word.box.width, word.box.height))
    return long <= short * (1.6 * len(word.text) + 1.4)


# --- which of them may stay where they stand ----------------------------------------------------------------------


def part(
    boxes: Sequence[Box],
    words: Sequence[Word],
    shape: tuple[int, ...],
    settings: PixelSettings,
    find: Find | None,
    subject: Subject | None,
) -> tuple[list[Box], list[Box]]:
    """Part boxes into those whose text may stay and those to fill."""
    if len(words) != len(boxes):
        return [], list(boxes)
    stay = [False] * len(boxes)
    for i, sure in _in_lines(boxes, words, shape, settings):
        stay[i] = sure and not _protected(words[i].text, find, subject)
        if settings.remove == "identifiers" and not stay[i] and words[i].score >= SURE and words[i].text.strip():
            stay[i] = find is not None and not find(Passage(words[i].text, origin="ocr"), subject)
    parts = [i for i, s in enumerate(stay) if s and _part_of_name(i, boxes, words, stay, shape)]
    stay = [s and i not in parts for i, s in enumerate(stay)]
    kept = [b for b, s in zip(boxes, stay, strict=True) if s]
    fill = [b for b, s in zip(boxes, stay, strict=True) if not s]
    # A box inside another was read with it; what a larger or another box covers goes with that.
    fill = [f for f in fill if not any(share(_inner(f), k) > 0.95 and f.area < k.area for k in kept)]
    covered = [k for k in kept if any(share(k, f) > 0.2 for f in fill)]
    return [k for k in kept if k not in covered], [*fill, *covered]


def _inner(box: Box) -> Box:
    """A box without the px at its edge that it is wider than its letters."""
    return Box(box.left + EDGE, box.top + EDGE, max(box.right - EDGE, box.left), max(box.bottom - EDGE, box.top))


def share(a: Box, b: Box) -> float:
    """Return the part of ``a`` that ``b`` covers."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return width * height / a.area if width > 0 and height > 0 and a.area else 0.0


def _in_lines(
    boxes: Sequence[Box], words: Sequence[Word], shape: tuple[int, ...], settings: PixelSettings
) -> Iterator[tuple[int, bool]]:
    """Say of each box whether all of its tokens may stay, beside what stands on its line in its own direction."""
    for turn in sorted({w.turn for w in words}):
        across = [w.turn != turn and w.score >= SURE and len(w.text) > 2 for w in words]
        for line in _lines([_turned(b, turn, shape) for b in boxes], across):
            folded: list[tuple[int, str]] = []
            for i in line:
                sure = words[i].turn == turn and words[i].score >= SURE and _fits(words[i])
                folded += [(i, token) for token in _folded_tokens(words[i]) if sure] or [(i, "")]
            flags = allowed([t for _, t in folded], settings.keep, settings.allow)
            for i in line:
                if words[i].turn == turn:
                    yield i, all(ok for (j, _), ok in zip(folded, flags, strict=True) if j == i)


def _part_of_name(
    i: int, boxes: Sequence[Box], words: Sequence[Word], stay: Sequence[bool], shape: tuple[int, ...]
) -> bool:
    """Whether what would stay may be part of a name: a surname over a given name, a spaced or a stacked letter."""
    folded = _folded_tokens(words[i])
    others = [j for j in range(len(boxes)) if j != i]
    if len(folded) == 1 and len(folded[0]) == 1:
        few = [j for j in others if len("".join(_folded_tokens(words[j]))) <= (1 if stay[j] else 2)]
        few = [j for j in few if not any(map(str.isdigit, words[j].text))]
        spaced = [j for j in others if not stay[j] and not _fits(words[j])]
        same = [j for j in few if stay[j] and words[j].text == words[i].text]  # a side said twice, unless it is close
        few = [j for j in few if j not in same or _next_letter(boxes[i], boxes[j], 1.0)]
        return any(_next_letter(boxes[i], boxes[j]) for j in (*few, *spaced))
    if NAMESAKES.isdisjoint(folded):
        return False
    box = _turned(boxes[i], words[i].turn, shape)
    going = [j for j in others if not stay[j] and not words[j].text.strip().isdigit()]
    return any(_flush(box, _turned(boxes[j], words[i].turn, shape)) for j in going)


def _next_letter(letter: Box, other: Box, reach: float = SPACED) -> bool:
    """Whether one or two letters of one size stand in the row or column of another, no further than in a name."""
    short, long = sorted((other.width, other.height))
    pair = long > 1.6 * short and long > 1.4 * max(letter.width, letter.height)
    low, high = sorted((max(letter.width, letter.height), short if pair else long))
    across = max(letter.left, other.left) - min(letter.right, other.right)
    down = max(letter.top, other.top) - min(letter.bottom, other.bottom)
    near = min(across, down) < -0.3 * low and max(across, down) <= (reach / 2 if pair else reach) * high
    return near and high <= (1.6 if pair else 1.8) * low and long <= 8 * short


def _flush(a: Box, b: Box) -> bool:
    """Whether two lines of one size stand below one another, with one edge or their middles in common."""
    low, high = sorted((a.height, b.height))
    gap = max(a.top, b.top) - min(a.bottom, b.bottom)
    edges = abs(a.left - b.left), abs(a.right - b.right), abs(a.left + a.right - b.left - b.right) // 2
    return -2 <= gap <= high <= 1.6 * low and min(edges) <= 0.6 * high


def _lines(boxes: Sequence[Box], across: Sequence[bool]) -> list[list[int]]:
    """Group indices of boxes that stand on one line, left to right, with no more than a wide space between them.

    Boxes of one line are at least half as high as each other; a word that is read ``across`` is a line by itself.
    """
    order = sorted(range(len(boxes)), key=lambda i: boxes[i].left)
    lines: list[list[int]] = []
    for i in order:
        for line in lines:
            if not across[i] and not across[line[-1]] and _beside(boxes[line[-1]], boxes[i]):
                line.append(i)
                break
        else:
            lines.append([i])
    return lines


def _beside(last: Box, box: Box) -> bool:
    low, high = sorted((box.height, last.height))
    level = min(box.bottom, last.bottom) - max(box.top, last.top) > 0.5 * low
    return level and 2 * low >= high and -2 <= box.left - last.right <= 1.2 * high


def _protected(text: str, find: Find | None, subject: Subject | None) -> bool:
    """Say whether a word that could stay is a known identifier, or a word of one: LONG, if that is the name."""
    if subject is not None:
        from deid.text import KnownMatcher

        names = {*KnownMatcher.of(subject).words(), *_one_letter_names(subject)}
        if any(token.casefold() in names for _, _, token in tokens(text)):
            return True
    return find is not None and any(f.rule.startswith("known") for f in find(Passage(text, origin="ocr"), subject))


def _one_letter_names(subject: Subject) -> Iterable[str]:
    """Family and given names of one letter; further initials are no more the patient's than a side is."""
    for known in subject.known:
        if known.category is Category.NAME and known.role in (Role.PATIENT, Role.RELATIVE):
            for group in known.value.split("="):
                names = (component.strip(" .").casefold() for component in re.split(r"[\^,]", group)[:2])
                yield from (name for name in names if len(name) == 1)
