"""Pictures without text: textures, phantoms, sectors, radiograph-like fields, real anatomy, and things like rulers.

Every function returns float32 in about 0..1 and has a name in ``SCENES``; the names in ``HELD_OUT`` are never seen in
training.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

__all__ = ["HELD_OUT", "SCENES", "clutter", "scene"]

Rng = np.random.Generator


def _octaves(rng: Rng, size: tuple[int, int], *, slope: float, finest: int = 2) -> np.ndarray:
    rows, columns = size
    out = np.zeros(size, np.float32)
    cell, weight = 128.0, 1.0
    while cell >= finest:
        small = rng.standard_normal((max(2, int(rows / cell) + 2), max(2, int(columns / cell) + 2))).astype(np.float32)
        out += weight * cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC)
        cell, weight = cell / 2, weight * slope
    out -= out.min()
    return out / max(float(out.max()), 1e-6)


def flat(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """One value, or a slow gradient, mostly dark."""
    value = rng.choice([0.0, 0.0, 0.02, rng.random()])
    out = np.full(size, value, np.float32)
    if rng.random() < 0.4:
        ramp = np.linspace(0, rng.uniform(-0.5, 0.5), size[1], dtype=np.float32)
        out = out + ramp[None, :]
    return out


def cloud(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Smooth to rough random fields: soft tissue, film, fog."""
    return _octaves(rng, size, slope=float(rng.uniform(0.35, 0.85)), finest=int(rng.choice([2, 4, 8, 16])))


def noise(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """White or slightly blurred noise."""
    out = rng.standard_normal(size).astype(np.float32)
    sigma = float(rng.choice([0, 0, 0.7, 1.2, 2.0]))
    out = cv2.GaussianBlur(out, (0, 0), sigma) if sigma else out
    return 0.5 + out * float(rng.uniform(0.03, 0.25)) / max(float(out.std()), 1e-6)


def phantom(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Nested ellipses with edges of any sharpness: slices of a body."""
    rows, columns = size
    out = np.zeros(size, np.float32)
    centre = (int(columns * rng.uniform(0.3, 0.7)), int(rows * rng.uniform(0.3, 0.7)))
    axes = (int(columns * rng.uniform(0.3, 0.7)), int(rows * rng.uniform(0.3, 0.7)))
    cv2.ellipse(out, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.2, 0.7)), -1)
    for _ in range(int(rng.integers(3, 16))):
        c = (int(rng.normal(centre[0], axes[0] / 2)), int(rng.normal(centre[1], axes[1] / 2)))
        a = (int(rng.uniform(3, 0.3 * axes[0] + 4)), int(rng.uniform(3, 0.3 * axes[1] + 4)))
        thick = -1 if rng.random() < 0.7 else int(rng.integers(1, 6))
        cv2.ellipse(out, c, a, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0, 1)), thick)
    out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.4, 3)))
    return out + rng.uniform(0, 0.08) * rng.standard_normal(size).astype(np.float32)


def sector(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Speckle in a fan on black: ultrasound."""
    rows, columns = size
    base = _octaves(rng, size, slope=0.6, finest=8)
    speckle = np.abs(rng.standard_normal(size) + 1j * rng.standard_normal(size)).astype(np.float32)
    speckle = cv2.GaussianBlur(speckle, (0, 0), float(rng.uniform(0.6, 2.2)), sigmaY=float(rng.uniform(0.5, 1.2)))
    mask = np.zeros(size, np.float32)
    apex = (columns // 2 + int(rng.integers(-columns // 5, columns // 5 + 1)), int(rng.integers(-rows // 4, rows // 6)))
    half = float(rng.uniform(25, 60))
    cv2.ellipse(mask, apex, (rows, rows), 90, -half, half, 1.0, -1)
    cv2.circle(mask, apex, int(rng.integers(2, max(rows // 5, 4))), 0.0, -1)
    return mask * np.clip(base * speckle * float(rng.uniform(0.5, 1.2)), 0, 1.2)


def radiograph(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Soft shadows, ribs, a collimated border: a chest or a limb."""
    rows, columns = size
    out = 0.7 * _octaves(rng, size, slope=0.4, finest=16)
    ribs = np.zeros(size, np.float32)
    for i in range(int(rng.integers(0, 12))):
        y = int((i + rng.uniform(0, 0.6)) * rows / 9)
        c = (columns // 2 + int(rng.integers(-40, 40)), y + rows // 5)
        a = (int(columns * rng.uniform(0.3, 0.6)), int(rows * rng.uniform(0.1, 0.35)))
        cv2.ellipse(ribs, c, a, float(rng.uniform(-10, 10)), 180, 360, 1.0, int(rng.integers(2, 14)))
    out += float(rng.uniform(0.05, 0.3)) * cv2.GaussianBlur(ribs, (0, 0), float(rng.uniform(1, 4)))
    out += rng.uniform(0.005, 0.05) * rng.standard_normal(size).astype(np.float32)
    if rng.random() < 0.4:
        top, left = int(rows * rng.uniform(0, 0.2)), int(columns * rng.uniform(0, 0.2))
        border = np.zeros(size, np.float32)
        border[top : rows - int(rows * rng.uniform(0, 0.2)), left : columns - int(columns * rng.uniform(0, 0.2))] = 1
        out *= border
    return out


def breast(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """A half disc of fibrous texture on black."""
    rows, columns = size
    mask = np.zeros(size, np.float32)
    cv2.ellipse(mask, (0, rows // 2), (int(columns * rng.uniform(0.5, 0.9)), int(rows * 0.48)), 0, -90, 90, 1.0, -1)
    texture = _octaves(rng, size, slope=0.8)
    return mask * (0.25 + 0.6 * texture)


def fibres(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Streaks along one direction: muscle, hair, trabeculae."""
    out = rng.standard_normal(size).astype(np.float32)
    length = int(rng.integers(7, 31))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    dx, dy = np.cos(angle) * length / 2, np.sin(angle) * length / 2
    c = length / 2
    cv2.line(kernel, (int(c - dx), int(c - dy)), (int(c + dx), int(c + dy)), 1.0, 1)
    out = cv2.filter2D(out, -1, kernel / max(float(kernel.sum()), 1.0))
    return 0.5 + 0.2 * out / max(float(out.std()), 1e-6)


def mesh(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Trabecula-like cells: thresholded noise of one scale."""
    field = cv2.GaussianBlur(rng.standard_normal(size).astype(np.float32), (0, 0), float(rng.uniform(1.5, 4)))
    edge = np.abs(field) < 0.25 * field.std()
    out = cv2.GaussianBlur(edge.astype(np.float32), (0, 0), float(rng.uniform(0.5, 1.2)))
    return 0.2 + float(rng.uniform(0.1, 0.6)) * out + 0.3 * _octaves(rng, size, slope=0.4, finest=32)


def flow(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Bright blobs with sharp, branching edges on tissue: colour Doppler, contrast medium, calcifications."""
    rows, columns = size
    out = 0.35 * (sector(rng, size) if rng.random() < 0.5 else cloud(rng, size))
    field = _octaves(rng, size, slope=float(rng.uniform(0.6, 0.95)), finest=int(rng.choice([2, 4, 8])))
    place = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(columns)), int(rng.integers(rows)))
        axes = (int(rng.uniform(0.08, 0.5) * columns), int(rng.uniform(0.08, 0.4) * rows))
        cv2.ellipse(place, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    field = field + 0.3 * cv2.GaussianBlur(place, (0, 0), 9)
    inside = field[place > 0]
    if inside.size:
        mask = ((field > np.quantile(inside, rng.uniform(0.3, 0.8))) & (place > 0)).astype(np.float32)
        value = float(rng.uniform(0.6, 1.0)) + 0.2 * (field - 0.5) * float(rng.random())
        soft = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.3, 0.8)))
        out = out * (1 - soft) + value * soft
    if rng.random() < 0.3:
        cv2.rectangle(out, (columns // 6, rows // 6), (columns * 5 // 6, rows * 5 // 6), 1.0, 1)
    return out.astype(np.float32)


def chart(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Test pattern: bars, checks, line pairs."""
    out = np.full(size, float(rng.random()), np.float32)
    for _ in range(int(rng.integers(4, 20))):
        h, w = int(rng.integers(6, 70)), int(rng.integers(6, 70))
        y, x = int(rng.integers(0, max(size[0] - h, 1))), int(rng.integers(0, max(size[1] - w, 1)))
        kind = rng.integers(3)
        patch = np.full((h, w), float(rng.random()), np.float32)
        if kind == 1:
            period = int(rng.integers(2, 12))
            patch = np.broadcast_to((np.arange(w) // period % 2).astype(np.float32), (h, w)).copy()
            patch = patch if rng.random() < 0.5 else cv2.resize(patch.T.copy(), (w, h))
        elif kind == 2:
            period = int(rng.integers(4, 16))
            patch = ((np.arange(h)[:, None] // period + np.arange(w)[None] // period) % 2).astype(np.float32)
        patch = patch * float(rng.uniform(0.1, 1.0)) + float(rng.uniform(0, 0.3))
        out[y : y + h, x : x + w] = patch[: out.shape[0] - y, : out.shape[1] - x]
    return out


@lru_cache(maxsize=1)
def _anatomy() -> dict[str, np.ndarray]:
    """Return real pictures from pydicom's wheel that hold no text, by name."""
    import pydicom

    folder = Path(pydicom.__file__).parent / "data"
    crops = {
        "693_J2KI.dcm": (0, 512, 0, 512),
        "CT_small.dcm": (0, 128, 0, 128),
        "examples_overlay.dcm": (0, 300, 0, 484),
        "JPEG2000.dcm": (0, 1024, 0, 256),
        "examples_ybr_color.dcm": (35, 195, 95, 245),
        "examples_palette.dcm": (75, 330, 230, 600),
        "MR_small.dcm": (0, 64, 0, 64),
        "examples_jpeg2k.dcm": (115, 330, 60, 590),
    }
    result = {}
    for name, (top, bottom, left, right) in crops.items():
        path = next(folder.rglob(name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = pydicom.dcmread(path).pixel_array
        while values.ndim > 3:
            values = values[0]
        values = values[..., 0] if values.ndim == 3 else values
        values = values[top:bottom, left:right].astype(np.float32)
        low, high = np.percentile(values, (0.5, 99.8))
        result[name] = (values - low) / max(float(high - low), 1e-6)
    return result


_ANATOMY_HELD_OUT = ("MR_small.dcm", "examples_jpeg2k.dcm")


def _from(rng: Rng, size: tuple[int, int], names: tuple[str, ...]) -> np.ndarray:
    source = _anatomy()[names[int(rng.integers(len(names)))]]
    rows, columns = source.shape
    scale = max(size[0] / rows, size[1] / columns) * float(rng.uniform(1.0, 1.8))
    if min(rows, columns) > 200:
        scale = max(min(size[0] / rows, size[1] / columns) * 0.8, float(rng.uniform(0.6, 1.6)))
    large = cv2.resize(source, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    out = np.zeros(size, np.float32)
    h, w = min(size[0], large.shape[0]), min(size[1], large.shape[1])
    y, x = int(rng.integers(large.shape[0] - h + 1)), int(rng.integers(large.shape[1] - w + 1))
    oy, ox = int(rng.integers(size[0] - h + 1)), int(rng.integers(size[1] - w + 1))
    out[oy : oy + h, ox : ox + w] = np.rot90(large[y : y + h, x : x + w], 2 * int(rng.integers(2)))
    return out + rng.choice([0, 0, 0.01, 0.04]) * rng.standard_normal(size).astype(np.float32)


def anatomy(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Real CT, MR, NM and ultrasound."""
    return _from(rng, size, tuple(n for n in _anatomy() if n not in _ANATOMY_HELD_OUT))


def anatomy_held_out(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Real pictures that training does not see."""
    return _from(rng, size, _ANATOMY_HELD_OUT)


def doppler(rng: Rng, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Colour flow: how much it covers the tissue, and its colours, in blocks of a few px that wrap round in hue.

    Returns
    -------
    tuple of ndarray
        The cover, shape (rows, columns), and RGB, shape (rows, columns, 3), both 0..1.
    """
    rows, columns = size
    cell = int(rng.integers(1, 7))
    coarse = (-(-rows // cell), -(-columns // cell))
    speed = _octaves(rng, coarse, slope=float(rng.uniform(0.4, 0.9)), finest=2) - 0.5
    speed = speed * float(rng.uniform(1.5, 8)) + float(rng.uniform(0, 0.5)) * rng.standard_normal(coarse)
    speed = (speed + 1) % 2 - 1
    cover = _tubes(rng, coarse, int(rng.integers(1, 7)), float(rng.uniform(2, 40)) / cell)
    cover *= _octaves(rng, coarse, slope=0.8) > float(rng.uniform(0.2, 0.55))
    how = cv2.INTER_NEAREST if rng.random() < 0.5 else cv2.INTER_LINEAR
    speed, cover = (
        cv2.resize(v.astype(np.float32), (cell * coarse[1], cell * coarse[0]), interpolation=how)[:rows, :columns]
        for v in (speed, cover)
    )
    fast = np.abs(speed)
    toward = np.stack([0.4 + 0.6 * fast, fast**2, 0.2 * fast**3], -1)
    away = np.stack([0.1 * fast, fast**1.5, 0.4 + 0.6 * fast], -1)
    power = rng.random() < 0.25
    colours = np.where((speed > 0)[..., None] | power, toward, away)
    return cover, np.clip(colours * rng.uniform(0.7, 1.2), 0, 1).astype(np.float32)


def _tubes(rng: Rng, size: tuple[int, int], count: int, wide: float) -> np.ndarray:
    """Draw winding branches that grow thinner, 0 or 1."""
    out = np.zeros(size, np.float32)
    branches = [(rng.uniform(0, 1, 2) * size, rng.uniform(0, 2 * np.pi), wide) for _ in range(count)]
    for _ in range(40):
        if not branches:
            break
        at, angle, thick = branches.pop(0)
        for _ in range(int(rng.integers(4, 16))):
            angle += rng.normal(0, 0.35)
            to = at + np.array([np.sin(angle), np.cos(angle)]) * max(thick, 3) * rng.uniform(0.8, 2)
            ends = [(int(p[1]), int(p[0])) for p in (at, to)]
            cv2.line(out, ends[0], ends[1], 1.0, max(round(thick), 1), cv2.LINE_AA if rng.random() < 0.5 else 8)
            at, thick = to, thick * rng.uniform(0.9, 1.0)
            if rng.random() < 0.15:
                branches.append((at, angle + rng.choice([-1, 1]) * rng.uniform(0.3, 1.2), thick * 0.7))
    return out


def vessels(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Branching lines, bright or dark, of a few px: contrast medium, bronchi, retina."""
    under = cloud(rng, size) if rng.random() < 0.7 else sector(rng, size)
    tree = _tubes(rng, size, int(rng.integers(2, 9)), float(rng.uniform(1, 9)))
    tree = cv2.GaussianBlur(tree, (0, 0), float(rng.uniform(0.3, 1.2)))
    return under * float(rng.uniform(0.2, 0.8)) + tree * float(rng.choice([-0.5, 0.3, 0.6, 0.9]))


def spectrum(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Beats over time in noise, above and below a line: spectral Doppler, M-mode."""
    rows, columns = size
    time = np.arange(columns) / float(rng.uniform(20, 120)) + rng.random()
    beat = np.exp(-6 * (time % 1)) + 0.4 * np.exp(-40 * ((time % 1) - 0.4) ** 2) + 0.1
    base, high = rows * float(rng.uniform(0.3, 0.9)), rows * float(rng.uniform(0.1, 0.6))
    above = (base - np.arange(rows)[:, None]) / high
    inside = np.clip(1.2 - np.abs(above / beat[None] - 0.7) * float(rng.uniform(1, 3)), 0, 1) * (above > 0)
    grain = cv2.GaussianBlur(rng.random(size).astype(np.float32), (0, 0), float(rng.uniform(0.5, 1.5)))
    out = inside * (0.3 + grain) + 0.15 * grain * float(rng.random())
    out[int(base) :, :] *= float(rng.random())
    cv2.line(out, (0, int(base)), (columns, int(base)), 1.0, 1)
    return out.astype(np.float32)


def warped(rng: Rng, size: tuple[int, int]) -> np.ndarray:
    """Bend real anatomy, change its tones, sharpen it: more bodies than there are files."""
    out = anatomy(rng, size)
    if rng.random() < 0.4:
        share = float(rng.uniform(0.2, 0.8))
        out = share * out + (1 - share) * anatomy(rng, size)
    rows, columns = size
    bend = float(rng.uniform(2, 16))
    cell = int(rng.choice([24, 48, 96]))
    small = rng.normal(0, bend, (2, rows // cell + 2, columns // cell + 2)).astype(np.float32)
    down, across = (cv2.resize(v, (columns, rows), interpolation=cv2.INTER_CUBIC) for v in small)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    out = cv2.remap(out.astype(np.float32), x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    out = np.sign(out) * np.abs(out) ** float(rng.uniform(0.4, 2.2))
    if rng.random() < 0.4:
        out = out + float(rng.uniform(0.5, 3)) * (out - cv2.GaussianBlur(out, (0, 0), float(rng.uniform(1, 3))))
    return np.clip(1 - out if rng.random() < 0.2 else out, -0.2, 1.5)


SCENES: dict[str, tuple[float, Callable[[Rng, tuple[int, int]], np.ndarray]]] = {
    "flat": (1.5, flat),
    "cloud": (2, cloud),
    "noise": (1.5, noise),
    "phantom": (2, phantom),
    "sector": (1.5, sector),
    "radiograph": (2, radiograph),
    "fibres": (1, fibres),
    "chart": (0.7, chart),
    "flow": (2.5, flow),
    "anatomy": (4, anatomy),
    "breast": (1, breast),
    "mesh": (1, mesh),
    "anatomy-held-out": (3, anatomy_held_out),
    "vessels": (1.5, vessels),
    "spectrum": (1, spectrum),
    "warped": (4, warped),
}
HELD_OUT = ("breast", "mesh", "anatomy-held-out")
MORE = {"sector": 2.5}  # in training: words over speckle are missed most
TAUGHT = ("vessels", "spectrum", "warped")  # never among the held-out pictures, whose numbers keep their meaning


def scene(rng: Rng, size: tuple[int, int], *, held_out: bool) -> tuple[str, np.ndarray]:
    """Draw a picture without text; half of the held-out ones are of kinds that training does not see."""
    unseen = held_out and rng.random() < 0.5
    names = [n for n in SCENES if (n in HELD_OUT) == unseen and not (held_out and n in TAUGHT)]
    weights = np.array([SCENES[n][0] * (1.0 if held_out else MORE.get(n, 1.0)) for n in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    return name, SCENES[name][1](rng, size).astype(np.float32)


def clutter(rng: Rng, picture: np.ndarray) -> None:  # noqa: C901 - one branch per kind of thing
    """Draw things that are no text, in place: rulers, callipers, boxes, traces, wires, grey bars, clips."""
    rows, columns = picture.shape
    for _ in range(int(rng.integers(1, 5))):
        value = float(rng.choice([1.0, 1.0, 0.0, rng.random()]))
        kind = int(rng.integers(10))
        x, y = int(rng.integers(columns)), int(rng.integers(rows))
        if kind == 0:  # ruler
            step, long = int(rng.integers(4, 24)), int(rng.integers(3, 12))
            for i, at in enumerate(range(0, rows, step)):
                cv2.line(picture, (x, at), (x + (long * 2 if i % 5 == 0 else long), at), value, 1)
        elif kind == 1:
            step, long = int(rng.integers(4, 24)), int(rng.integers(3, 12))
            for i, at in enumerate(range(0, columns, step)):
                cv2.line(picture, (at, y), (at, y + (long * 2 if i % 5 == 0 else long)), value, 1)
        elif kind == 2:  # calliper: dotted line with crosses
            end = (int(rng.integers(columns)), int(rng.integers(rows)))
            n = max(int(np.hypot(end[0] - x, end[1] - y) / rng.uniform(4, 10)), 1)
            for t in np.linspace(0, 1, n):
                cv2.circle(picture, (int(x + t * (end[0] - x)), int(y + t * (end[1] - y))), 0, value, -1)
            for p in ((x, y), end):
                cv2.drawMarker(picture, p, value, int(rng.choice([0, 1, 3])), int(rng.integers(5, 13)), 1)
        elif kind == 3:
            end = (int(rng.integers(columns)), int(rng.integers(rows)))
            cv2.line(picture, (x, y), end, value, int(rng.integers(1, 4)), cv2.LINE_AA)
        elif kind == 4:
            cv2.rectangle(picture, (x, y), (x + int(rng.integers(10, 200)), y + int(rng.integers(10, 200))), value, 1)
        elif kind == 5:
            cv2.ellipse(picture, (x, y), (int(rng.integers(4, 60)), int(rng.integers(4, 60))), 0, 0, 360, value, 1)
        elif kind == 6:  # trace
            xs = np.arange(columns)
            ys = (
                y
                + 12 * rng.random() * np.sin(xs / rng.uniform(2, 20))
                + rng.standard_normal(columns) * rng.uniform(0, 3)
            )
            ys[:: int(rng.integers(20, 60))] -= rng.uniform(5, 40)
            cv2.polylines(picture, [np.stack([xs, ys], 1).astype(np.int32)], False, value, 1, cv2.LINE_AA)
        elif kind == 7:  # grey bar
            w, h = int(rng.integers(6, 20)), int(rng.integers(40, 160))
            bar = np.linspace(1, 0, h, dtype=np.float32)[:, None] * np.ones((1, w), np.float32)
            part = picture[y : y + h, x : x + w]
            part[:] = bar[: part.shape[0], : part.shape[1]]
        elif kind == 8:  # clips, screws, seeds
            for _ in range(int(rng.integers(2, 9))):
                px, py = x + int(rng.normal(0, 30)), y + int(rng.normal(0, 30))
                dx, dy = rng.normal(0, 6, 2)
                cv2.line(picture, (px, py), (int(px + dx), int(py + dy)), value, int(rng.integers(1, 4)), cv2.LINE_AA)
        else:  # arrow, cross hairs
            end = (x + int(rng.integers(-60, 60)), y + int(rng.integers(-60, 60)))
            cv2.arrowedLine(picture, (x, y), end, value, 1, cv2.LINE_AA, 0, 0.3)
