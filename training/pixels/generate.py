"""Pictures with burned-in text and the truth about every word of it."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from training.pixels.fonts import Face, faces, ink_of
from training.pixels.scenes import Rng, clutter, doppler, scene

__all__ = ["Sample", "WordTruth", "hand", "measure", "paint", "pick_face", "pick_text", "sample"]


@dataclass(slots=True)
class WordTruth:
    """One word: where its ink is, and how well it can be seen.

    Attributes
    ----------
    box
        ``(left, top, right, bottom)`` around the ink.
    ink
        Boolean, of the box's size: the letters, without outline, shadow or banner.
    contrast
        Difference between ink and surroundings over the deviation of the surroundings, in stored values.
    levels
        The difference in grey levels of the picture's own 8-bit rendering (its range between 0.5 and 99.5%).
    marker
        A laterality marker or a technique word that may stay.
    """

    text: str
    box: tuple[int, int, int, int]
    ink: np.ndarray
    size: int
    kind: str
    style: str
    turn: int
    marker: bool = False
    contrast: float = 0.0
    levels: float = 0.0

    @property
    def legible(self) -> bool:
        """Whether a person could read it in some window."""
        return self.contrast >= 2.0 and self.levels >= 12 and min(self.ink.shape) >= 5

    @property
    def telling(self) -> bool:
        """Whether it is a name, or a number of four digits and more: what a tool for identifiers alone removes."""
        return self.text.upper() in f"{_FIRST} {_LAST}".split() or sum(c.isdigit() for c in self.text) >= 4

    @property
    def visible(self) -> bool:
        """Whether it is taught as text: also what a keen eye alone can read; legible words alone are counted."""
        return self.contrast >= 1.3 and self.levels >= 8 and min(self.ink.shape) >= 4


@dataclass(slots=True)
class Sample:
    """A stored frame and its words."""

    frame: np.ndarray
    words: list[WordTruth]
    scene: str
    encoding: str
    window: tuple[float, float] | None = None
    meta: dict[str, Any] = field(default_factory=dict)


# fmt: off
_FIRST = "ANNA JOHN MARIA WEI OLGA PETER JOSÉ LUCÍA HANS FATIMA MOHAMMED KEIKO RENÉ ZOË IVAN SVEN LI TOM EVA AMY BO"
_LAST = "SMITH MÜLLER GARCIA NGUYEN KOWALSKI O'BRIEN ROSSI IVANOV HANSEN KIM PARK DUBOIS NOVÁK LEE JANSEN STONE HILL NG"
_WORDS = (
    "Hospital Clinic General St. University Radiology Dept Acc MRN ID: DOB: Name: Patient Study Series Exam Ward Room "
    "Dr. Tech Ref by Institution City Center Image Date Time Sex M F Portable Chest Abdomen Pelvis Knee Hand ICU ER"
)
_MARKERS = "L R L R LT RT LEFT RIGHT LCC RCC LMLO RMLO"
_TECHNIQUE = "AP PA LAT kVp mAs cm mm MI TIS ms Hz dB 120kV 5mm W:400 L:40"
# fmt: on


def _one(rng: Rng, words: str) -> str:
    return str(rng.choice(words.split()))


def pick_text(rng: Rng) -> str:
    kind = rng.random()
    if kind < 0.28:
        word = _one(rng, _FIRST if rng.random() < 0.5 else _LAST)
        return word.title() if rng.random() < 0.4 else word.lower() if rng.random() < 0.1 else word
    if kind < 0.46:
        return "".join(rng.choice(list(string.digits), int(rng.integers(2, 11))))
    if kind < 0.60:
        d, m, y = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1930, 2026))
        day, dotted = f"{d:02}/{m:02}/{y}", f"{d:02}.{m:02}.{y % 100:02}"
        clock, written = f"{d:02}:{m:02}:{y % 60:02}", f"{d}-JAN-{y}"
        forms = (day, dotted, clock, written, f"{y}-{m:02}-{d:02}", f"{y}{m:02}{d:02}")
        return str(rng.choice(forms))
    if kind < 0.72:
        letters = list(string.ascii_uppercase + string.digits)
        return "".join(rng.choice(letters, int(rng.integers(1, 9))))
    if kind < 0.86:
        return _one(rng, _WORDS)
    if kind < 0.93:
        letters = list(string.ascii_letters + string.digits + "#%&()*+-./:<=>?@[]_")
        return "".join(rng.choice(letters, int(rng.integers(2, 12))))
    return _one(rng, _TECHNIQUE)


@lru_cache(maxsize=2)
def _by_kind(held_out: bool) -> dict[str, list[list[Face]]]:
    """Group faces by kind and family, so that a family with forty weights is not drawn forty times."""
    groups: dict[str, dict[str, list[Face]]] = {"outline": {}, "bitmap": {}, "stroke": {}}
    for face in faces():
        if face.held_out == held_out:
            groups[face.kind].setdefault(face.name[:5], []).append(face)
    return {kind: list(families.values()) for kind, families in groups.items()}


def pick_face(rng: Rng, held_out: bool) -> Face:
    kinds = _by_kind(held_out)
    families = kinds[str(rng.choice(["outline", "bitmap", "stroke"], p=[0.5, 0.25, 0.25]))]
    family = families[int(rng.integers(len(families)))]
    return family[int(rng.integers(len(family)))]


def _ink(rng: Rng, text: str, size: int, held_out: bool) -> tuple[np.ndarray, Write, Face]:
    for _ in range(8):
        face = pick_face(rng, held_out)
        if face.kind == "bitmap":  # take one of the family that is near the size
            near = [pick_face(rng, held_out) for _ in range(3)]
            face = next((f for f in near if f.kind == "bitmap"), face)
        write = hand(rng, face, size, held_out)
        ink = write(text)
        if ink.size and 4 <= ink.shape[0] <= TALLEST and ink.shape[1] <= 600:
            return ink, write, face
    return np.zeros((0, 0), np.float32), write, face


STYLES = ("plain", "outlined", "hollow", "banner", "shadow", "faint")
_STYLES = {True: (0.48, 0.14, 0.05, 0.12, 0.06, 0.15), False: (0.34, 0.13, 0.05, 0.12, 0.06, 0.30)}  # by held-out
_SMALL = {True: 0.35, False: 0.5}  # training dwells on what is hard to see
_LARGE = 0.12  # and sees larger letters than it is judged by
_FLUSH = 0.15  # and words at the very edge of the picture, which the held-out pictures do not have
TALLEST = 90


def _place(rng: Rng, taken: np.ndarray, h: int, w: int, near: str) -> tuple[int, int] | None:
    rows, columns = taken.shape
    if h + 6 >= rows or w + 6 >= columns:
        return None
    for _ in range(12):
        if near == "edge":  # flush with one side of the picture, or cut by the last pixels before it
            y, x = int(rng.integers(rows - h)), int(rng.integers(columns - w))
            gap = int(rng.integers(0, 3))
            side = int(rng.integers(4))
            y, x = ((gap, x), (rows - h - gap, x), (y, gap), (y, columns - w - gap))[side]
            if not taken[y : y + h, x : x + w].any():
                return y, x
            continue
        if near == "corner":
            y = int(rng.integers(2, max(rows // 4, 3)))
            x = int(rng.integers(2, max(columns // 5, 3)))
            y = min(y if rng.random() < 0.5 else rows - h - y, rows - h - 2)
            x = min(x if rng.random() < 0.5 else columns - w - x, columns - w - 2)
        else:
            y, x = int(rng.integers(1, rows - h - 1)), int(rng.integers(1, columns - w - 1))
        y, x = max(y, 1), max(x, 1)
        if not taken[y : y + h, x : x + w].any():
            return y, x
    return None


def _size(rng: Rng, held_out: bool) -> int:
    """Height of a letter box in px: a share small, where most misses are; the rest evenly in the logarithm."""
    low, high = (7.0, 14.0) if rng.random() < _SMALL[held_out] else (8.0, 42.0)
    if not held_out and rng.random() < _LARGE:
        low, high = 30.0, 72.0
    return int(np.exp(rng.uniform(np.log(low), np.log(high))))


def _short(rng: Rng) -> str:
    """Two or three letters, as initials and the shortest names are written."""
    letters = "".join(rng.choice(list(string.ascii_uppercase), int(rng.integers(2, 4))))
    form = int(rng.integers(5))
    return (letters, letters.title(), ".".join(letters) + ".", f"{letters[0]}.{letters[1:]}", letters.lower())[form]


Write = Callable[[str], np.ndarray]


def hand(rng: Rng, face: Face, size: int, held_out: bool) -> Write:
    """How one face writes a word here; in training also squeezed, slanted, in dots or in blocks."""

    def plain(text: str) -> np.ndarray:
        return ink_of(face, text, size, rng)

    draw = 1.0 if held_out else rng.random()
    if draw < 0.18:
        wide = float(rng.choice([rng.uniform(0.5, 0.85), rng.uniform(1.15, 1.6)]))
        return lambda text: _scaled(plain(text), wide)
    if draw < 0.24:
        slant = float(rng.uniform(-0.35, 0.35))
        return lambda text: _slanted(plain(text), slant)
    if draw < 0.38:
        cell, dots = int(rng.integers(2, 5)), bool(rng.random() < 0.6)
        coarse = max(round(size / cell), 7)
        return lambda text: _blocks(ink_of(face, text, coarse, rng), cell, dots=dots)
    return plain


def _scaled(ink: np.ndarray, wide: float) -> np.ndarray:
    if not ink.size:
        return ink
    return cv2.resize(ink, (max(round(ink.shape[1] * wide), 2), ink.shape[0]), interpolation=cv2.INTER_AREA)


def _slanted(ink: np.ndarray, slant: float) -> np.ndarray:
    if not ink.size:
        return ink
    rows, columns = ink.shape
    extra = int(abs(slant) * rows) + 1
    move = np.array([[1, -slant, slant * rows if slant > 0 else 0], [0, 1, 0]], np.float32)
    return cv2.warpAffine(ink, move, (columns + extra, rows), flags=cv2.INTER_LINEAR)


def _blocks(ink: np.ndarray, cell: int, *, dots: bool) -> np.ndarray:
    """Letters of few pixels, each a block or a dot: pixel fonts, dot-matrix printers, panels."""
    grid = (ink > 0.45).astype(np.float32)
    one = np.ones((cell, cell), np.float32)
    if dots and cell > 2:
        one[:, -1] = one[-1, :] = 0
    elif dots:
        one[-1, -1] = 0
    return np.kron(grid, one)


def _line(
    rng: Rng, texts: list[str], write: Write, size: int, limit: int, given: np.ndarray | None
) -> tuple[np.ndarray, list[tuple[str, int, int]]] | None:
    """Write words side by side: the coverage, and where each word stands across."""
    inks = [given if given is not None and n == 0 else write(t) for n, t in enumerate(texts)]
    pairs = [(t, i) for t, i in zip(texts, inks, strict=True) if i.size and i.shape[0] <= TALLEST]
    gap = max(int(size * rng.uniform(0.3, 0.9)), 3)
    while pairs and sum(i.shape[1] for _, i in pairs) + gap * (len(pairs) - 1) > limit:
        pairs.pop()
    if not pairs:
        return None
    base = max(i.shape[0] for _, i in pairs)
    line = np.zeros((base, sum(i.shape[1] for _, i in pairs) + gap * (len(pairs) - 1)), np.float32)
    spans, x = [], 0
    for text, ink in pairs:
        y = base - ink.shape[0] if not set(text) & set("gjpqy,;_()@/") else 0
        line[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
        spans.append((text, x, x + ink.shape[1]))
        x += ink.shape[1] + gap
    return line, spans


def _draw(  # noqa: C901 - a scene is drawn in the order in which one reads it
    rng: Rng, picture: np.ndarray, taken: np.ndarray, words: list[WordTruth], *, held_out: bool
) -> None:
    """Draw one to five lines of one to five words in one face, style, size and direction."""
    size = _size(rng, held_out)
    marker = rng.random() < 0.08
    brief = 0.0 if held_out else 0.12
    texts_of = [_short if rng.random() < brief else pick_text for _ in range(26)]
    first = _one(rng, _MARKERS) if marker else texts_of.pop()(rng)
    ink, write, face = _ink(rng, first, size, held_out)
    if not ink.size:
        return
    turn = int(rng.choice([0, 1, 2, 3], p=[0.66, 0.12, 0.12, 0.10]))
    limit = (picture.shape[1] if turn % 2 == 0 else picture.shape[0]) - 12
    many = 1 if marker else int(rng.choice([1, 1, 1, 2, 3, 5]))
    lines: list[tuple[np.ndarray, list[tuple[str, int, int]]]] = []
    for n in range(many):
        count = 1 if marker else int(rng.choice([1, 1, 2, 3, 4, 5]))
        texts = [first if n == 0 and k == 0 else texts_of.pop()(rng) for k in range(count)]
        written = _line(rng, texts, write, size, limit, ink if n == 0 else None)
        if written is not None:
            lines.append(written)
    if not lines:
        return
    step = max(int(max(line.shape[0] for line, _ in lines) * rng.uniform(1.12, 1.7)), 6)
    width = max(line.shape[1] for line, _ in lines)
    block = np.zeros((max(n * step + line.shape[0] for n, (line, _) in enumerate(lines)), width), np.float32)
    owner = np.zeros(block.shape, np.int16)
    names: list[str] = []
    right = rng.random() < 0.3
    for n, (line, spans) in enumerate(lines):
        across = width - line.shape[1] if right else 0
        part = (slice(n * step, n * step + line.shape[0]), slice(across, across + line.shape[1]))
        block[part] = np.maximum(block[part], line)
        for text, a, b in spans:
            names.append(text)
            owner[part[0], across + a : across + b] = len(names)
    style = str(rng.choice(STYLES, p=_STYLES[held_out]))
    pad = 3
    near = "corner" if rng.random() < 0.45 else "any"
    if not held_out and rng.random() < _FLUSH:
        near, pad = "edge", int(rng.integers(0, 3))
    alpha, owner = (np.pad(np.rot90(v, turn), pad) for v in (block, owner))
    place = _place(rng, taken, alpha.shape[0], alpha.shape[1], near)
    if place is None:
        return
    y, x = place
    rows, columns = slice(y, y + alpha.shape[0]), slice(x, x + alpha.shape[1])
    taken[rows, columns] = True
    under = picture[rows, columns]
    if (style == "hollow" and size < 18) or (style == "outlined" and size < 8):
        style = "plain"
    letters = paint(rng, under, alpha, style)
    for n, text in enumerate(names, 1):
        mine = (letters > 0.5) & (owner == n)
        where_r, where_c = np.flatnonzero(mine.any(1)), np.flatnonzero(mine.any(0))
        if not where_r.size:
            continue
        t, b, le, r = int(where_r[0]), int(where_r[-1]) + 1, int(where_c[0]), int(where_c[-1]) + 1
        words.append(
            WordTruth(text, (x + le, y + t, x + r, y + b), mine[t:b, le:r].copy(), size, face.kind, style, turn, marker)
        )


def paint(rng: Rng, under: np.ndarray, alpha: np.ndarray, style: str) -> np.ndarray:
    """Blend letters into the picture, in place; returns the coverage of what carries the reading."""
    mean, spread = float(under.mean()), float(under.std())
    tone = rng.random()
    if style == "faint":
        step = float(rng.uniform(0.05, 0.18)) + float(rng.uniform(1.2, 3)) * spread
        value = mean + (step if rng.random() < 0.65 or mean < step else -step)
    elif tone < 0.55:
        value = float(rng.uniform(0.85, 1.05))
    elif tone < 0.70:
        value = float(rng.uniform(-0.05, 0.05))
    elif tone < 0.95:
        value = float(rng.uniform(0.3, 0.85))
    else:
        value = float(rng.uniform(1.1, 6.0))  # far outside what the anatomy uses
    if style != "faint" and abs(value - mean) < 0.12 + 1.2 * spread:
        value = 1.0 if mean < 0.5 else 0.0
    k3 = np.ones((3, 3), np.uint8)
    if style == "banner":
        back = float(rng.uniform(0, 0.3)) if value > 0.5 else float(rng.uniform(0.7, 1.0))
        under[:] = back
    elif style in ("outlined", "hollow"):
        rim = cv2.dilate(alpha, np.ones((5, 5), np.uint8) if rng.random() < 0.3 else k3)
        edge = 0.0 if value > 0.5 else 1.0
        if style == "hollow":
            edge, inner = value, cv2.erode(alpha, k3)
            ring = np.clip(rim - inner, 0, 1) if rng.random() < 0.5 else np.clip(alpha - inner, 0, 1)
            under[:] = under * (1 - ring) + edge * ring
            return ring
        under[:] = under * (1 - rim) + edge * rim
    elif style == "shadow":
        dark = np.roll(alpha, (1, 1), (0, 1))
        under[:] = under * (1 - dark) + (0.0 if value > 0.5 else 1.0) * dark
    solid = float(rng.uniform(0.6, 1.0)) if rng.random() < 0.1 else 1.0
    under[:] = under * (1 - solid * alpha) + value * solid * alpha
    return alpha


def _encode(rng: Rng, picture: np.ndarray) -> tuple[np.ndarray, str, tuple[float, float] | None]:
    """Turn a float picture into stored values of some photometric interpretation and depth."""
    draw = rng.random()
    if draw < 0.45:
        grey = np.clip(picture, 0, 1)
        if rng.random() < 0.2:
            grey = 1 - grey  # MONOCHROME1
        out = np.round(255 * grey).astype(np.uint8)
        if rng.random() < 0.25:
            ok, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))])
            out = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if ok else out
        return out, "grey8", None
    if draw < 0.75:
        bits = int(rng.choice([10, 12, 12, 14, 16]))
        top = 2.0**bits - 1
        share = float(rng.choice([1.0, 0.5, 0.15, 0.05]))  # how much of the range the anatomy uses
        base = float(rng.uniform(0, 0.5)) * top * (1 - share)
        values = np.clip(base + picture * share * top, 0, top)
        centre, width = base + share * top * rng.uniform(0.3, 0.6), share * top * rng.uniform(0.2, 0.9)
        if rng.random() < 0.4:
            return (np.round(values) - 2 ** (bits - 1)).astype(np.int16), "signed", (centre - 2 ** (bits - 1), width)
        return np.round(values).astype(np.uint16), "grey16", (centre, width)
    grey = np.clip(picture, 0, 1)
    if draw < 0.88 or rng.random() < 0.3:
        out = np.repeat(np.round(255 * grey).astype(np.uint8)[..., None], 3, axis=2)
    else:
        table = np.stack([np.interp(np.arange(256), [0, 128, 255], rng.integers(0, 256, 3)) for _ in range(3)], 1)
        table[0] = 0
        table[-1] = rng.choice([[255, 255, 255], [255, 255, 0], [0, 255, 255], [255, 160, 0], [0, 255, 0]])
        out = np.round(table[np.round(255 * grey).astype(np.uint8)]).astype(np.uint8)
        return out, "palette", None
    if rng.random() < 0.5:
        tint = rng.uniform(0.4, 1.0, 3)
        bright = grey > 0.8
        out[bright] = np.round(255 * grey[bright][:, None] * tint).astype(np.uint8)
    if rng.random() < 0.4:
        ok, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))])
        out = cv2.imdecode(data, cv2.IMREAD_COLOR) if ok else out
    return np.ascontiguousarray(out), "rgb", None


def _coloured(
    rng: Rng, picture: np.ndarray, bare: np.ndarray, flow: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, str, None]:
    """Give colour flow its colours, but for what was written over it."""
    cover, colours = flow
    cover = (cover * (picture == bare))[..., None]
    grey = np.clip(picture, 0, 1)[..., None]
    out = np.round(255 * (grey * (1 - cover) + colours * cover)).astype(np.uint8)
    if rng.random() < 0.4:
        ok, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))])
        out = cv2.imdecode(data, cv2.IMREAD_COLOR) if ok else out
    return np.ascontiguousarray(out), "rgb", None


def _grey(frame: np.ndarray) -> np.ndarray:
    if frame.ndim == 2:
        return frame.astype(np.float32)
    return (frame.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)


def measure(frame: np.ndarray, words: list[WordTruth]) -> None:
    """Fill in how well each word can be seen in the stored values."""
    grey = _grey(frame)
    low, high = np.percentile(grey, (0.5, 99.5))
    taken = np.zeros(grey.shape, bool)
    for word in words:
        le, t, r, b = word.box
        taken[t:b, le:r] |= word.ink
    for word in words:
        le, t, r, b = word.box
        t2, le2 = max(t - 3, 0), max(le - 3, 0)
        part, busy = grey[t2 : b + 3, le2 : r + 3], taken[t2 : b + 3, le2 : r + 3]
        near = cv2.dilate(busy.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~cv2.dilate(
            busy.astype(np.uint8), np.ones((3, 3), np.uint8)
        ).astype(bool)
        around = part[near] if near.sum() > 8 else part[~busy]
        around = around if around.size else np.zeros(1)
        ink = grey[t:b, le:r][word.ink]
        step = abs(float(ink.mean()) - float(around.mean()))
        word.contrast = step / (float(around.std()) + 1e-3)
        word.levels = 255 * step / max(float(high - low), 1.0) if frame.dtype != np.uint8 else step


def sample(rng: Rng, size: tuple[int, int], *, held_out: bool = False, lines: tuple[int, int] = (0, 9)) -> Sample:
    """Draw one picture.

    Parameters
    ----------
    size
        Rows and columns.
    held_out
        Draw faces and half of the scenes from those that training never sees.
    lines
        How many lines of text to try, half-open.
    """
    name, picture = scene(rng, size, held_out=held_out)
    if rng.random() < 0.45:
        clutter(rng, picture)
    words: list[WordTruth] = []
    taken = np.zeros(size, bool)
    flow = doppler(rng, size) if not held_out and rng.random() < 0.12 else None
    if flow is not None:
        picture = np.clip(picture * (1 - flow[0]) + flow[0] * _grey(flow[1]), 0, 1)
    bare = picture.copy()
    for _ in range(int(rng.integers(*lines))):
        _draw(rng, picture, taken, words, held_out=held_out)
    if flow is None and rng.random() < 0.12:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 0.9)))
    if flow is None and rng.random() < 0.35:
        picture = picture + float(rng.uniform(0.005, 0.05)) * rng.standard_normal(size).astype(np.float32)
    frame, encoding, window = _encode(rng, picture) if flow is None else _coloured(rng, picture, bare, flow)
    measure(frame, words)
    return Sample(frame, words, name, encoding, window)
