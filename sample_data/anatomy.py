"""Pictures that look like radiology without being anybody: phantoms of soft ellipses, capsules and textures.

Every function takes a seed and gives a float array in 0..1 (CT: Hounsfield units), shape (rows, columns).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.float64]


class Canvas:
    """Coordinates from -1 to 1 (x to the right, y down) and soft-edged shapes on them."""

    def __init__(self, rows: int, columns: int, seed: int) -> None:
        self.rows, self.columns = rows, columns
        self.rng = np.random.default_rng(seed)
        scale = max(rows, columns) / 2
        y, x = np.mgrid[0:rows, 0:columns]
        self.x = (x - (columns - 1) / 2) / scale
        self.y = (y - (rows - 1) / 2) / scale
        self.edge = 1.4 / scale

    def soft(self, distance: Array) -> Array:
        """1 inside (negative distance), 0 outside, with an edge of about two pixels."""
        return 1 / (1 + np.exp(np.clip(distance / self.edge, -40, 40)))

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, angle: float = 0, wobble: float = 0) -> Array:
        """Ellipse, with a wavy border if ``wobble`` is given."""
        a = np.deg2rad(angle)
        dx, dy = self.x - cx, self.y - cy
        u = (dx * np.cos(a) + dy * np.sin(a)) / rx
        v = (-dx * np.sin(a) + dy * np.cos(a)) / ry
        radius = np.hypot(u, v)
        if wobble:
            theta = np.arctan2(v, u)
            phase = self.rng.uniform(0, 6.28, 4)
            for k, p in enumerate(phase, start=2):
                radius = radius + wobble / k * np.sin(k * theta + p)
        return self.soft((radius - 1) * min(rx, ry))

    def capsule(self, x0: float, y0: float, x1: float, y1: float, r0: float, r1: float) -> Array:
        """Rounded bar from one point to another whose radius changes along it: bones, fingers, ribs."""
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((self.x - x0) * dx + (self.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        waist = 1 - 0.28 * np.sin(np.pi * t)
        radius = (r0 + (r1 - r0) * t) * waist
        return self.soft(np.hypot(self.x - x0 - t * dx, self.y - y0 - t * dy) - radius)

    def texture(self, grain_px: float, stretch: float = 1.0) -> Array:
        """Smooth noise with zero mean and unit deviation; ``stretch`` elongates it along x."""
        noise = self.rng.standard_normal((self.rows, self.columns))
        fy = np.fft.fftfreq(self.rows)[:, None]
        fx = np.fft.fftfreq(self.columns)[None, :]
        smooth = np.exp(-2 * (np.pi * grain_px) ** 2 * ((fx * stretch) ** 2 + fy**2))
        out = np.fft.ifft2(np.fft.fft2(noise) * smooth).real
        return np.asarray((out - out.mean()) / (out.std() or 1))


def mix(image: Array, mask: Array, value: float | Array) -> Array:
    """Put a value where the mask is."""
    return image * (1 - mask) + mask * value


def ct_abdomen(level: float, seed: int, size: int = 256) -> Array:
    """Axial CT at a level between 0 (upper) and 1 (lower), in Hounsfield units."""
    c = Canvas(size, size, seed)
    body = c.ellipse(0, 0.04, 0.86, 0.64, wobble=0.02)
    image = mix(np.full((size, size), -1000.0), body, -95 + 12 * c.texture(3))
    image = mix(image, c.ellipse(0, 0.03, 0.76, 0.54, wobble=0.02), 48 + 8 * c.texture(2))
    image = mix(image, c.ellipse(0, 0.0, 0.70, 0.47, wobble=0.03), -85 + 15 * c.texture(4))
    image = mix(
        image,
        c.ellipse(-0.36 + 0.05 * level, -0.08, 0.38 - 0.16 * level, 0.36 - 0.14 * level, -20, 0.06),
        108 + 7 * c.texture(2),
    )
    image = mix(
        image,
        c.ellipse(0.50, -0.02 - 0.1 * level, 0.15 - 0.08 * level, 0.24 - 0.1 * level, 20, 0.05),
        118 + 7 * c.texture(2),
    )
    image = mix(image, c.ellipse(0.22, -0.24, 0.20, 0.13, 25, 0.08), 35 + 9 * c.texture(3))
    image = mix(image, c.ellipse(0.20, -0.29, 0.10, 0.05, 25), -950)
    for side in (-1, 1):
        kidney = c.ellipse(side * 0.36, 0.24, 0.12, 0.16 * (0.4 + level), side * 20, 0.03)
        image = mix(image, kidney, 168 + 8 * c.texture(2))
        image = mix(image, c.ellipse(side * 0.32, 0.24, 0.045, 0.07 * (0.4 + level), side * 20), -40)
        image = mix(image, c.ellipse(side * 0.17, 0.30, 0.085, 0.11, 0, 0.04), 58 + 5 * c.texture(2))
        image = mix(image, c.ellipse(side * 0.19, 0.50, 0.17, 0.09, 0, 0.05), 55 + 7 * c.texture(2))
    for _ in range(7):
        x, y = c.rng.uniform(-0.35, 0.45), c.rng.uniform(-0.30, 0.10) + 0.05 * level
        if level > 0.35:
            image = mix(image, c.ellipse(x, y, 0.085, 0.06, c.rng.uniform(0, 180), 0.1), 62 + 9 * c.texture(2))
            image = mix(image, c.ellipse(x, y, 0.035, 0.022, 0), 160 if c.rng.random() > 0.4 else -900)
    image = mix(image, c.ellipse(0.05, 0.17, 0.055, 0.055), 236)
    image = mix(image, c.ellipse(-0.10, 0.17, 0.07, 0.05), 168)
    image = mix(image, c.ellipse(0, 0.33, 0.125, 0.10, 0, 0.03), 330 + 40 * c.texture(1.5))
    image = mix(image, c.ellipse(0, 0.33, 0.10, 0.075), 205 + 35 * c.texture(1.2))
    image = mix(image, c.ellipse(0, 0.45, 0.05, 0.045), 30)
    for x0, y0, x1, y1 in ((-0.06, 0.42, -0.2, 0.40), (0.06, 0.42, 0.2, 0.40), (0, 0.49, 0, 0.58)):
        image = mix(image, c.capsule(x0, y0, x1, y1, 0.035, 0.02), 420)
    for angle in np.arange(20, 340, 29):
        a = np.deg2rad(angle + 90)
        image = mix(image, c.ellipse(0.73 * np.cos(a), 0.02 + 0.51 * np.sin(a), 0.055, 0.022, np.rad2deg(a) + 90), 520)
    table = c.soft(np.abs(c.y - 0.76 + 0.16 * c.x**2) - 0.012)
    return mix(image, table, -250) + 11 * c.texture(0.7)


def ct_chest(level: float, seed: int, size: int = 256) -> Array:
    """Axial CT through the lungs, in Hounsfield units."""
    c = Canvas(size, size, seed)
    image = mix(np.full((size, size), -1000.0), c.ellipse(0, 0.03, 0.88, 0.60, wobble=0.02), -100 + 10 * c.texture(3))
    image = mix(image, c.ellipse(0, 0.02, 0.80, 0.52, wobble=0.02), 50 + 8 * c.texture(2))
    for side in (-1, 1):
        lung = c.ellipse(side * 0.40, -0.02, 0.31, 0.42, side * 6, 0.05)
        image = mix(image, lung, -850 + 30 * c.texture(3))
        for _ in range(46):
            a, r = c.rng.uniform(0, 6.28), np.sqrt(c.rng.uniform(0, 1)) * 0.9
            x, y = side * 0.40 + 0.29 * r * np.cos(a), -0.02 + 0.40 * r * np.sin(a)
            w = 0.006 + 0.016 * (1 - r) * c.rng.random()
            image = mix(image, c.ellipse(x, y, w * c.rng.uniform(1, 3), w, np.rad2deg(a)) * lung, -20)
    image = mix(
        image, c.ellipse(0.10, -0.06 + 0.05 * level, 0.27 + 0.06 * level, 0.23, 25, 0.05), 70 + 8 * c.texture(2)
    )
    image = mix(image, c.ellipse(0.06, -0.08, 0.12, 0.10, 20), 230 + 9 * c.texture(2))
    image = mix(image, c.ellipse(0.12, 0.22, 0.07, 0.07), 240)
    image = mix(image, c.ellipse(-0.02, 0.13, 0.04, 0.035), -950)
    image = mix(image, c.ellipse(-0.36, 0.12, 0.035, 0.033, 0, 0.1), 38)
    image = mix(image, c.ellipse(0, 0.33, 0.11, 0.09, 0, 0.03), 340 + 50 * c.texture(1.5))
    image = mix(image, c.ellipse(0, 0.44, 0.045, 0.04), 30)
    image = mix(image, c.capsule(0, -0.46, 0.0, -0.44, 0.08, 0.08), 300)
    for angle in np.arange(0, 360, 24):
        a = np.deg2rad(angle)
        image = mix(image, c.ellipse(0.77 * np.cos(a), 0.02 + 0.49 * np.sin(a), 0.065, 0.022, angle + 90), 560)
    return image + 13 * c.texture(0.7)


def mr_brain(level: float, seed: int, size: int = 256) -> Array:
    """Axial T2-like head slice."""
    c = Canvas(size, size, seed)
    shrink = 1 - 0.14 * level
    image = mix(
        np.zeros((size, size)), c.ellipse(0, 0, 0.70 * shrink, 0.88 * shrink, wobble=0.01), 0.62 + 0.05 * c.texture(3)
    )
    image = mix(image, c.ellipse(0, 0, 0.655 * shrink, 0.835 * shrink), 0.06)
    image = mix(image, c.ellipse(0, 0, 0.615 * shrink, 0.79 * shrink), 0.90)
    brain = c.ellipse(0, 0, 0.585 * shrink, 0.755 * shrink, 0, 0.012)
    folds = np.sin(9 * np.pi * np.hypot(c.x / 0.6, c.y / 0.78) + 2.3 * c.texture(9))
    depth = np.hypot(c.x / (0.585 * shrink), c.y / (0.755 * shrink))
    cortex = np.where(depth > 0.66, 0.50 + 0.16 * folds * np.clip((depth - 0.6) * 3, 0, 1), 0.36)
    image = mix(image, brain, cortex + 0.025 * c.texture(1.6))
    image = mix(image, c.soft(np.abs(c.x + 0.008 * np.sin(9 * c.y)) - 0.008) * brain * (np.abs(c.y) > 0.30), 0.86)
    for side in (-1, 1):
        image = mix(image, c.ellipse(side * 0.11, -0.16, 0.045, 0.19 * shrink, side * 16, 0.06), 0.96)
        image = mix(image, c.ellipse(side * 0.17, 0.22, 0.05, 0.15 * shrink, -side * 28, 0.06), 0.95)
        image = mix(image, c.ellipse(side * 0.20, -0.05, 0.065, 0.13, side * 14), 0.47)
        image = mix(image, c.ellipse(side * 0.11, 0.06, 0.075, 0.09, side * 8), 0.50)
    for x, y, r in ((0.27, -0.30, 0.018), (-0.30, 0.12, 0.022), (0.31, 0.20, 0.014)):
        image = mix(image, c.ellipse(x, y, r, r * 0.8, 20, 0.1), 0.88)
    return np.clip(image + 0.016 * c.texture(0.6), 0, 1)


def mr_knee(level: float, seed: int, size: int = 256) -> Array:
    """Sagittal PD-like knee."""
    c = Canvas(size, size, seed)
    leg = c.soft(np.abs(c.x - 0.03 * np.sin(3 * c.y)) - 0.60 - 0.05 * np.cos(3 * c.y))
    image = mix(np.zeros((size, size)), leg, 0.72 + 0.05 * c.texture(4))
    image = mix(image, c.ellipse(0.22, -0.55, 0.26, 0.55, 4, 0.05), 0.38 + 0.05 * c.texture(2, 0.3))
    image = mix(image, c.ellipse(0.30, 0.62, 0.24, 0.50, -6, 0.05), 0.36 + 0.05 * c.texture(2, 0.3))
    femur = np.maximum(c.capsule(-0.08, -1.1, -0.06, -0.25, 0.23, 0.22), c.ellipse(0.0, -0.17, 0.36, 0.25, -8, 0.03))
    tibia = np.maximum(c.capsule(-0.06, 0.28, -0.02, 1.1, 0.30, 0.20), c.ellipse(-0.02, 0.24, 0.36, 0.14, 4, 0.02))
    for bone in (femur, tibia):
        image = mix(image, np.clip(bone, 0, 1), 0.10)
    image = mix(
        image,
        np.maximum(c.capsule(-0.08, -1.1, -0.06, -0.25, 0.20, 0.19), c.ellipse(0.0, -0.17, 0.33, 0.22, -8)),
        0.60 + 0.05 * c.texture(1.5),
    )
    image = mix(
        image,
        np.maximum(c.capsule(-0.06, 0.30, -0.02, 1.1, 0.27, 0.17), c.ellipse(-0.02, 0.25, 0.33, 0.11, 4)),
        0.60 + 0.05 * c.texture(1.5),
    )
    image = mix(image, c.ellipse(-0.47, -0.22, 0.085, 0.19, 12, 0.04), 0.10)
    image = mix(image, c.ellipse(-0.47, -0.22, 0.065, 0.165, 12), 0.61 + 0.05 * c.texture(1.5))
    image = mix(image, c.capsule(-0.46, -0.02, -0.33, 0.40, 0.028, 0.028), 0.07)
    image = mix(image, c.capsule(-0.47, -0.42, -0.40, -0.95, 0.03, 0.03), 0.07)
    image = mix(image, c.capsule(0.10, -0.06, -0.10, 0.16, 0.035, 0.03), 0.14 + 0.06 * level)
    image = mix(image, c.ellipse(-0.26, 0.09, 0.07, 0.032, 10), 0.06)
    image = mix(image, c.ellipse(0.27, 0.09, 0.08, 0.035, -10), 0.06)
    image = mix(image, c.ellipse(-0.30, -0.34, 0.05, 0.13, 20, 0.1), 0.95)
    return np.clip(image * (0.9 + 0.1 * np.cos(c.y * 2)) + 0.018 * c.texture(0.6), 0, 1)


def cr_hand(seed: int, rows: int = 480, columns: int = 384) -> Array:
    """Postero-anterior radiograph of a hand."""
    c = Canvas(rows, columns, seed)
    tips = ((-0.40, -0.52), (-0.17, -0.80), (0.06, -0.86), (0.27, -0.76))
    roots = ((-0.25, 0.06), (-0.10, 0.0), (0.05, 0.01), (0.19, 0.06))
    bases = ((-0.14, 0.42), (-0.06, 0.41), (0.02, 0.41), (0.10, 0.43))
    soft = np.maximum(c.ellipse(-0.02, 0.24, 0.29, 0.34, 0, 0.03), c.capsule(0.0, 0.5, 0.02, 1.1, 0.21, 0.22))
    bones = np.zeros((rows, columns))
    for tip, root, base in zip(tips, roots, bases, strict=True):
        soft = np.maximum(soft, c.capsule(*root, *tip, 0.095, 0.065))
        bones = np.maximum(bones, c.capsule(*base, root[0], root[1] + 0.015, 0.045, 0.05))
        at = np.array(root)
        step = np.array(tip) - at
        for first, last, r0, r1 in ((0.02, 0.47, 0.045, 0.036), (0.51, 0.77, 0.037, 0.03), (0.81, 0.97, 0.03, 0.022)):
            bones = np.maximum(bones, c.capsule(*(at + step * first), *(at + step * last), r0, r1))
    thumb = ((0.14, 0.42), (0.33, 0.22), (0.44, 0.02), (0.50, -0.13))
    for (x0, y0), (x1, y1) in pairwise(thumb):
        soft = np.maximum(soft, c.capsule(x0, y0, x1, y1, 0.10, 0.08))
        bones = np.maximum(bones, c.capsule(x0 + 0.01, y0 - 0.01, x1 - 0.01, y1 + 0.015, 0.046, 0.038))
    for x, y, r in (
        (-0.10, 0.50, 0.05),
        (-0.02, 0.50, 0.055),
        (0.06, 0.50, 0.05),
        (0.13, 0.50, 0.045),
        (-0.08, 0.58, 0.05),
        (0.0, 0.59, 0.055),
        (0.08, 0.58, 0.05),
    ):
        bones = np.maximum(bones, 0.9 * c.ellipse(x, y, r, r * 0.8, 0, 0.06))
    bones = np.maximum(bones, c.capsule(0.08, 0.70, 0.11, 1.2, 0.10, 0.065))
    bones = np.maximum(bones, c.capsule(-0.10, 0.73, -0.10, 1.2, 0.065, 0.055))
    trabecular = 1 + 0.09 * c.texture(1.2)
    image = 0.06 + 0.26 * soft * (1 + 0.06 * c.texture(6)) + 0.46 * bones * trabecular
    return np.clip(image + 0.010 * c.texture(0.6), 0, 1)


def dx_chest(seed: int, rows: int = 448, columns: int = 448, lean: float = 0.0) -> Array:
    """Postero-anterior radiograph of a chest."""
    c = Canvas(rows, columns, seed)
    body = np.maximum(c.ellipse(0, 0.45, 0.94, 1.15, 0, 0.02), c.capsule(0, -1.1, 0, -0.5, 0.22, 0.3))
    for side in (-1, 1):
        body = np.maximum(body, c.capsule(0, -0.45, side * 0.86, -0.48, 0.30, 0.30))
    image = 0.05 + 0.60 * body
    for side in (-1, 1):
        lung = c.ellipse(side * (0.40 + lean), 0.0, 0.30, 0.62, side * 5, 0.03)
        image -= 0.42 * lung * (1 + 0.10 * c.texture(10))
        for _ in range(26):
            a = c.rng.uniform(0.3, 2.8)
            x1, y1 = (
                side * (0.14 + 0.42 * np.sin(a) * c.rng.uniform(0.5, 1)),
                0.05 + 0.5 * np.cos(a) * c.rng.uniform(0.4, 1),
            )
            image += (
                0.05
                * c.capsule(side * c.rng.uniform(0.10, 0.19), c.rng.uniform(-0.06, 0.14), x1, y1, 0.020, 0.005)
                * lung
            )
        for i in range(8):
            y = -0.58 + 0.155 * i
            bend = (np.abs(c.x) - 0.40) ** 2 * 1.1
            rib = (
                c.soft(np.abs(c.y - y - 0.22 * (0.62 - np.abs(c.x)) * -1 - bend) - 0.024)
                * (c.x * side > 0.06)
                * (np.abs(c.x) < 0.74)
            )
            image += 0.075 * rib * body
        image += 0.13 * c.capsule(side * 0.06, -0.60, side * 0.66, -0.74, 0.032, 0.03)
        image += 0.22 * body * c.soft(-(c.y - 0.54 + 0.10 * np.cos((c.x - side * 0.38) * 5))) * (c.x * side > 0)
    image += 0.20 * c.ellipse(0.13, 0.25, 0.30, 0.30, 30, 0.03) + 0.10 * c.ellipse(0.16, -0.22, 0.10, 0.11)
    image += 0.10 * c.soft(np.abs(c.x) - 0.085) * (1 + 0.25 * np.sin(c.y * 38))
    image -= 0.09 * c.soft(np.abs(c.x - 0.01) - 0.035) * (c.y < -0.15)
    return np.clip(image * 0.95 + 0.012 * c.texture(0.6), 0, 1)


def mammogram(seed: int, rows: int = 512, columns: int = 400) -> Array:
    """Cranio-caudal view, the chest wall to the left."""
    c = Canvas(rows, columns, seed)
    left = c.x.min()
    breast = c.soft((np.hypot((c.x - left) / 1.05, c.y / 0.80) - 1) * 0.8)
    rim = np.clip(1 - np.hypot((c.x - left) / 1.05, c.y / 0.80), 0, 1)
    gland = np.exp(-(((c.x - left - 0.42) / 0.34) ** 2) - (c.y / 0.36) ** 2)
    strands = np.abs(c.texture(7, 1.6)) + 0.6 * np.abs(c.texture(3, 2.2))
    image = breast * (0.16 + 0.20 * np.sqrt(rim) + gland * (0.16 + 0.16 * strands) + 0.02 * c.texture(1.5))
    image += 0.12 * c.ellipse(left + 1.03, 0.02, 0.035, 0.04)
    image += 0.22 * c.ellipse(left + 0.50, -0.14, 0.045, 0.04, 20, 0.18)
    for _ in range(9):
        image += 0.30 * c.ellipse(left + 0.42 + c.rng.normal(0, 0.035), 0.20 + c.rng.normal(0, 0.03), 0.006, 0.006)
    return np.clip(image + 0.008 * c.texture(0.6), 0, 1)


def us_sector(frame: int, frames: int, seed: int, size: tuple[int, int] = (288, 384), *, stones: int = 0) -> Array:
    """One frame of a curved-array loop: an early pregnancy that moves, or a gall bladder with stones."""
    rows, columns = size
    c = Canvas(rows, columns, seed)
    phase = 2 * np.pi * frame / frames
    apex = -1.02
    radius = np.hypot(c.x, c.y - apex)
    angle = np.arctan2(c.x, c.y - apex)
    fan = c.soft(np.abs(angle) * radius - 0.62 * radius) * c.soft(radius - 1.62) * c.soft(0.34 - radius)
    speckle = np.abs(c.texture(1.1, 2.0) + 1j * c.texture(1.1, 2.0)) * 0.55
    tissue = 0.34 + 0.10 * np.tanh(c.texture(10)) + 0.07 * np.sin(11 * radius)
    shift = 0.02 * np.sin(phase)
    wall = c.ellipse(0.05, 0.02 + shift, 0.40, 0.24, 8, 0.03)
    fluid = c.ellipse(0.05, 0.02 + shift, 0.37, 0.21, 8)
    tissue = mix(tissue, wall, 0.62)
    tissue = mix(tissue, fluid, 0.035)
    for stone in range(stones):
        x = -0.12 + 0.09 * stone
        tissue = mix(tissue, c.soft(np.abs(c.x - x * (c.y + 1.02) / 1.16) - 0.035) * (c.y > 0.15), 0.10)
        tissue = mix(tissue, c.ellipse(x, 0.16, 0.038, 0.026, 10, 0.1), 0.95)
    if not stones:
        tissue = _embryo(c, tissue, shift, phase)
    tissue = tissue + 0.25 * c.soft(np.abs(c.y - 0.27 - shift) - 0.05) * c.soft(np.abs(c.x - 0.05) - 0.25)
    return np.clip(fan * tissue * (0.35 + speckle) * (1.25 - 0.4 * radius), 0, 1)


def _embryo(c: Canvas, tissue: Array, shift: float, phase: float) -> Array:
    head = c.ellipse(-0.06, 0.06 + shift, 0.115, 0.09, -15 + 6 * np.sin(phase))
    tissue = mix(tissue, head, 0.60)
    tissue = mix(tissue, c.ellipse(-0.06, 0.06 + shift, 0.095, 0.07, -15 + 6 * np.sin(phase)), 0.20)
    tissue = mix(tissue, c.capsule(0.03, 0.08 + shift, 0.20, 0.11 + 0.6 * shift, 0.065, 0.04), 0.48)
    return mix(tissue, c.capsule(0.10, 0.05 + shift, 0.14, 0.0 + 1.5 * shift, 0.018, 0.012), 0.50)


def words(image: Image.Image, lines: list[tuple[int, int, str]], size: int = 14, fill: object = 255) -> list[list[int]]:
    """Burn text into a picture; gives the box of each line in px, half-open."""
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    boxes = []
    for x, y, text in lines:
        draw.text((x, y), text, font=font, fill=fill)  # type: ignore[arg-type]
        left, top, right, bottom = draw.textbbox((x, y), text, font=font)
        boxes.append([int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))])
    return boxes
