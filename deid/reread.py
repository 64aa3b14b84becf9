"""An own small reader for the second look: where the top level elements of a written instance lie.

It shares no line with the scanner in :mod:`deid.dicom`, whose work it helps to check, decodes nothing, and gives up
where bytes are not plain: then pydicom reads the whole instance.

References
----------
PS3.5 7.1 (element structure), 7.5 (sequences), A.4 (fragments); PS3.10 7.1 (file meta information).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Token", "UnclearError", "meta_end", "tokens"]

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_explicit = struct.Struct("<HH2sH").unpack_from
_implicit = struct.Struct("<HHI").unpack_from
_length = struct.Struct("<I").unpack_from


class UnclearError(Exception):
    """The bytes are not as plain as this reader wants them; says nothing about whether they are right."""


class Token(NamedTuple):
    """One element: its tag, where it starts, where its value starts, and where it ends."""

    tag: int
    start: int
    value: int
    end: int


def meta_end(data: bytes) -> int:
    """Where file meta information ends, by its group length.

    Raises
    ------
    UnclearError
    """
    if data[128:140] != b"DICM\x02\x00\x00\x00UL\x04\x00" or len(data) < 144:
        raise UnclearError
    return 144 + int(_length(data, 140)[0])


def tokens(data: bytes, start: int, end: int, *, implicit: bool) -> list[Token]:
    """The elements of a dataset in little endian, in ascending order to the last byte.

    Raises
    ------
    UnclearError
    """
    found: list[Token] = []
    append, new = found.append, tuple.__new__
    at, before = start, -1
    try:
        while at < end:
            tag, value, stop = _element(data, at, end, implicit=implicit)
            if tag <= before:
                raise UnclearError
            append(new(Token, (tag, at, value, stop)))
            at, before = stop, tag
    except struct.error:
        raise UnclearError from None
    return found


def _element(data: bytes, at: int, end: int, *, implicit: bool) -> tuple[int, int, int]:
    """Tag, start of the value, end."""
    if implicit:
        group, element, length = _implicit(data, at)
        value, vr = at + 8, b""
    else:
        group, element, vr, length = _explicit(data, at)
        value = at + 8
        if vr not in SHORT:
            if vr not in LONG:
                raise UnclearError
            length = _length(data, value)[0]
            value += 4
    stop = value + length if length != UNDEFINED else _items_end(data, value, end, implicit=implicit or vr == b"UN")
    if stop > end or group == 0xFFFE:
        raise UnclearError
    return group << 16 | element, value, stop


def _items_end(data: bytes, at: int, end: int, *, implicit: bool) -> int:
    """Where a sequence, or fragments, of undefined length end."""
    while at < end:
        group, element, length = _implicit(data, at)
        tag = group << 16 | element
        at += 8
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM:
            raise UnclearError
        at = at + length if length != UNDEFINED else _item_end(data, at, end, implicit=implicit)
    raise UnclearError


def _item_end(data: bytes, at: int, end: int, *, implicit: bool) -> int:
    while at < end:
        if data[at : at + 4] == b"\xfe\xff\x0d\xe0":
            return at + 8
        at = _element(data, at, end, implicit=implicit)[2]
    raise UnclearError
