"""Escapes of HL7 v2 text: decoded for the search, and kept on the way back (HL7 v2.5.1 2.7)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from deid.model import Edit
from deid.sources.weave import Piece

__all__ = ["Decoded", "Separators", "decode_field", "encode_field"]

FORMATTING = re.compile(r"\.(?:br|sp|in|ti|fi|nf|ce|sk)[+-]?\d{0,3}", re.IGNORECASE)
HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
HIDDEN = re.compile(r"[CMZ][0-9A-Za-z]{0,200}")


@dataclass(frozen=True, slots=True)
class Separators:
    """The five characters that MSH-1 and MSH-2 give."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


@dataclass(frozen=True, slots=True, repr=False)
class Decoded:
    """Pieces of a field in order, and escapes whose content nobody can read: these are dropped."""

    pieces: tuple[Piece, ...]
    dropped: tuple[Edit, ...]

    @property
    def text(self) -> str:
        """The decoded field."""
        return "".join(piece.text for piece in self.pieces)


def decode_field(raw: str, at: int, separators: Separators, encoding: str, *, lines: bool = False) -> Decoded:
    r"""Take a field apart into verbatim runs and escapes.

    Parameters
    ----------
    at
        Where the field starts in the message.
    lines
        Whether ``\.br\`` and its like become line ends (in text) or nothing.
    """
    mark = separators.escape
    if mark not in raw:
        return Decoded((Piece(raw, at, at + len(raw)),), ())
    pieces: list[Piece] = []
    dropped: list[Edit] = []
    start = 0
    while start < len(raw):
        opening = raw.find(mark, start)
        closing = raw.find(mark, opening + 1) if opening >= 0 else -1
        if closing < 0:
            pieces.append(Piece(raw[start:], at + start, at + len(raw)))
            break
        text = _meaning(raw[opening + 1 : closing], separators, encoding, lines=lines)
        if text is None:  # no escape: a lone mark, as in a Windows path
            pieces.append(Piece(raw[start:closing], at + start, at + closing))
            start = closing
            continue
        if opening > start:
            pieces.append(Piece(raw[start:opening], at + start, at + opening))
        pieces.append(Piece(text, at + opening, at + closing + 1, verbatim=False))
        if HIDDEN.fullmatch(raw[opening + 1 : closing]):
            dropped.append(Edit(at + opening, at + closing + 1, ""))
        start = closing + 1
    return Decoded(tuple(pieces), tuple(dropped))


def _meaning(code: str, separators: Separators, encoding: str, *, lines: bool) -> str | None:
    """What an escape stands for, or None if it is none."""
    literal = {
        "F": separators.field,
        "S": separators.component,
        "R": separators.repetition,
        "E": separators.escape,
        "T": separators.subcomponent,
        "P": "#",
        "H": "",
        "N": "",
    }
    if code in literal:
        return literal[code]
    if FORMATTING.fullmatch(code):
        return "\n" if lines and code[1:3].lower() in ("br", "sp", "ce") else " " if not lines else ""
    hexadecimal = HEX.fullmatch(code)
    if hexadecimal:
        return bytes.fromhex(hexadecimal[1]).decode(encoding, "replace").replace("\r", "\n")
    return "" if HIDDEN.fullmatch(code) else None


def encode_field(text: str, separators: Separators, encoding: str) -> str:
    """Escape new text; characters that the message's encoding lacks lose their diacritics."""
    mark = separators.escape
    table = {
        separators.escape: f"{mark}E{mark}",
        separators.field: f"{mark}F{mark}",
        separators.component: f"{mark}S{mark}",
        separators.repetition: f"{mark}R{mark}",
        separators.subcomponent: f"{mark}T{mark}",
        "\n": f"{mark}.br{mark}",
        "\r": "",
        "\v": "",
        "\x1c": "",
    }
    escaped = "".join(table.get(character, character) for character in text)
    try:
        escaped.encode(encoding)
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFKD", escaped)
        escaped = "".join(c for c in bare if not unicodedata.combining(c))
    return escaped
