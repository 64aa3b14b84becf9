"""An own small reader for the second look: where the top level elements of a written instance lie.

It shares no line with the scanner in :mod:`deid.dicom`, whose work it helps to check, decodes nothing, and gives up
where bytes are not plain: then pydicom reads the whole instance.

References
----------
PS3.5 7.1 (element structure), 7.5 (sequences), A.4 (fragments); PS3.10 7.1 (file meta information).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Mould", "Token", "UnclearError", "meta_end", "tokens"]

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


class Mould:
    """The bytes of a written instance that passed, with gaps where the instances of its series differ.

    Parameters
    ----------
    data
        The instance.
    found
        Its elements, those of file meta information first; they must follow each other without a gap.
    varying
        Tags of the elements that differ.
    """

    def __init__(self, data: bytes, found: Sequence[Token], varying: frozenset[int], *, implicit: bool) -> None:
        self.varying, self.implicit = varying, implicit
        self.tags = [token.tag for token in found]
        self.count = len(found)
        self._data, self._found = data[: found[-1].value], found
        self._steps: list[tuple[bytes, int]] = []
        at = 0
        for token in found:
            if token.tag in varying:
                self._steps.append((data[at : token.start], token.tag))
                at = token.end
        self._steps.append((data[at : found[-1].end], -1))

    def differing(self, data: bytes, found: Sequence[Token]) -> frozenset[int] | None:
        """Tags in which an instance with the same elements differs; None if it has others."""
        if [token.tag for token in found] != self.tags:
            return None
        mine = self._data
        return frozenset(
            token.tag
            for token, own in zip(found, self._found, strict=True)
            if data[token.start : token.end] != mine[own.start : own.end]
        )

    def gaps(self, data: bytes) -> list[Token] | None:
        """The varying elements of an instance that is like this one in everything else; None for any other."""
        gaps: list[Token] = []
        at, end = 0, len(data)
        for same, tag in self._steps:
            if not data.startswith(same, at):
                return None
            at += len(same)
            if tag < 0:
                return gaps if at == end else None
            try:
                found, value, stop = _element(data, at, end, implicit=self.implicit and tag >> 16 != 2)
            except (struct.error, UnclearError):
                return None
            if found != tag:
                return None
            gaps.append(Token(tag, at, value, stop))
            at = stop
        return None
