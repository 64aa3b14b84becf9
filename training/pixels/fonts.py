"""Ways to write a word: outline and bitmap fonts and OpenCV's text, each returning the coverage of its ink.

OpenCV's text is called ``stroke`` for the sake of figures that were counted before: its version 4 draws Hershey's
strokes, version 5 draws one smooth outline font under all of those names. ``HELD_OUT`` names the families that training
never sees.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

__all__ = ["HELD_OUT", "Face", "faces", "ink_of"]

# Families kept for the comparison: sans, serif, monospaced, condensed, pixel, typewriter, hand.
HELD_OUT = (
    "arimo", "b612", "cantarell", "cousine", "dejavusans", "gentium", "hack", "hershey-complex", "hershey-triplex",
    "ibmvga", "jetbrains", "lato", "libertine", "lutrs", "nanumgothic", "nimbusroman", "notomono", "ocra", "osifont",
    "ptsans", "pxplus", "px437ibmvga", "roboto", "spleen", "terminus", "ter-", "tlwgmono", "yanone", "courR", "helvB",
)  # fmt: skip
# Not letters, or no Latin letters, or seven-segment shapes.
_UNUSABLE = (
    "dseg", "standardsymbols", "dingbat", "d050000l", "symbol", "keyboard", "initials", "cursor", "csur", "upper",
    "nil", "opensymbol", "fallback", "deccurs", "decsess", "olcursor", "olgl", "hanglm", "hanglg", "gb16", "gb24",
    "jiskan", "k14", "rk14", "micro", "unifont_jp", "arabic", "weather", "libertineinitials", "hangl",
)  # fmt: skip
_HERSHEY = {
    "simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "plain": cv2.FONT_HERSHEY_PLAIN,
    "duplex": cv2.FONT_HERSHEY_DUPLEX,
    "complex": cv2.FONT_HERSHEY_COMPLEX,
    "triplex": cv2.FONT_HERSHEY_TRIPLEX,
    "complex-small": cv2.FONT_HERSHEY_COMPLEX_SMALL,
    "italic": cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
}


@dataclass(frozen=True, slots=True)
class Face:
    """One way to write; ``kind`` is ``outline``, ``bitmap`` or ``stroke`` (OpenCV's text)."""

    name: str
    kind: str
    path: str
    latin_only: bool = True

    @property
    def held_out(self) -> bool:
        """Whether training must not see it."""
        plain = self.name.lower()
        return any(key.lower() in plain for key in HELD_OUT)


def _listed() -> list[str]:
    out = subprocess.run(["fc-list", ":", "file"], capture_output=True, text=True, check=True).stdout
    return sorted({line.rstrip(": ").strip() for line in out.splitlines()})


@lru_cache(maxsize=1)
def faces() -> tuple[Face, ...]:
    """Return every face found on this machine: font files, X11 bitmaps, OpenCV's text, PIL's own."""
    result = [Face(f"hershey-{name}", "stroke", name) for name in _HERSHEY]
    result += [Face("pil-default", "outline", ""), Face("pil-bitmap", "bitmap", "")]
    paths = _listed()
    paths += [
        str(p) for folder in ("misc", "75dpi", "100dpi") for p in Path("/usr/share/fonts/X11", folder).glob("*.pcf.gz")
    ]
    for path in sorted(set(paths)):
        stem = Path(path).name.split(".")[0]
        suffix = Path(path).name.lower()
        if any(bad in stem.lower() for bad in _UNUSABLE):
            continue
        if suffix.endswith((".ttf", ".otf", ".ttc")):
            if _writes_latin(path):
                result.append(Face(stem.replace("_", "").replace("-", "").lower(), "outline", path))
        elif suffix.endswith(".pcf.gz"):
            if "iso8859" in stem.lower() or "koi8" in stem.lower():  # the same glyphs are in the ISO 10646 file
                continue
            if _writes_latin(path, pixel=True):
                result.append(Face(stem, "bitmap", path))
    return tuple(result)


def _writes_latin(path: str, *, pixel: bool = False) -> bool:
    try:
        font = ImageFont.truetype(path, _pcf_size(path) if pixel else 24)
        wide, narrow = font.getmask("W"), font.getmask("i")
        missing = bytes(font.getmask("\uf8f7"))
        boxes = [bytes(font.getmask(c)) for c in "AB8g"]
    except (OSError, ValueError, RuntimeError):
        return False
    return wide.size[0] >= narrow.size[0] > 0 and len(set(boxes)) == 4 and missing not in boxes


@lru_cache(maxsize=512)
def _pcf_size(path: str) -> int:
    for size in range(4, 40):
        try:
            ImageFont.FreeTypeFont(path, size)  # truetype() would look through every folder of fonts
        except OSError:
            continue
        return size
    return 0


@lru_cache(maxsize=4096)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@lru_cache(maxsize=1)
def _pil_bitmap() -> ImageFont.ImageFont:
    return ImageFont.load_default_imagefont()


@lru_cache(maxsize=64)
def _pil_outline(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def ink_of(face: Face, text: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """Write ``text`` about ``size`` px high and return the coverage, 0..1, cropped to the ink.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        Empty (0, 0) if the face has no glyph for the text.
    """
    if face.kind == "stroke":
        ink = _stroke(face, text, size, rng)
    elif face.kind == "bitmap":
        ink = _bitmap(face, text, size)
    else:
        font = _font(face.path, size) if face.path else _pil_outline(size)
        ink = _write(font, text, "1" if rng.random() < 0.25 else "L")
    rows, columns = np.any(ink > 0.25, axis=1), np.any(ink > 0.25, axis=0)
    if not rows.any():
        return np.zeros((0, 0), np.float32)
    top, bottom = np.flatnonzero(rows)[[0, -1]]
    left, right = np.flatnonzero(columns)[[0, -1]]
    return np.ascontiguousarray(ink[top : bottom + 1, left : right + 1])


def _write(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str, mode: str) -> np.ndarray:
    left, top, right, bottom = (int(v) for v in font.getbbox(text))
    picture = Image.new("L", (max(right - min(left, 0), 1) + 4, max(bottom - min(top, 0), 1) + 4))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = mode
    draw.text((2 - min(left, 0), 2 - min(top, 0)), text, fill=255, font=font)
    return np.asarray(picture, np.float32) / 255.0


def _bitmap(face: Face, text: str, size: int) -> np.ndarray:
    if face.path:
        own = _pcf_size(face.path)
        ink = _write(_font(face.path, own), text, "1")
    else:
        own = 11
        ink = _write(_pil_bitmap(), text, "1")
    times = max(1, min(4, round(size / max(own, 1))))
    return np.repeat(np.repeat(ink, times, axis=0), times, axis=1) if times > 1 else ink


def _stroke(face: Face, text: str, size: int, rng: np.random.Generator) -> np.ndarray:
    font = _HERSHEY[face.path]
    text = text.encode("ascii", "replace").decode()
    unit = 9.0 if "plain" in face.path else 21.0 if "small" not in face.path else 16.0
    scale = 0.72 * size / unit
    thick = 1 if size < 14 else int(rng.integers(1, 2 + size // 14))
    (width, height), base = cv2.getTextSize(text, font, scale, thick)
    canvas = np.zeros((height + base + 2 * thick + 8, width + 2 * thick + 8), np.uint8)
    kind = cv2.LINE_AA if rng.random() < 0.6 else cv2.LINE_8
    cv2.putText(canvas, text, (thick + 4, height + thick + 4), font, scale, 255, thick, kind)
    return canvas.astype(np.float32) / 255.0
