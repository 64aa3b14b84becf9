"""Bytes of a dataset -> elements as spans: little or big endian, explicit or implicit VR, nested to the leaves.

The scanner decodes no value. It checks that every declared length is present, enters sequences of every kind
(defined and undefined length, UN with an implicit dataset inside, private ones that no dictionary knows) and refuses
whatever it cannot follow to the last byte: what it has not understood it cannot clean.

References
----------
PS3.5 7.1 (element structure), 7.5 (sequences), 6.2.2 note 2 and CP-246 (UN of undefined length), A.4 (fragments).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from deid.errors import InputError
from deid.standard import dictionary_vr

__all__ = ["UNDEFINED", "Element", "Item", "Limits", "Scan", "Scanner", "tag_name"]

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
#: Float Pixel Data, Double Float Pixel Data, Pixel Data: the elements whose value is left to the pixel room.
PIXEL_TAGS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))

SHORT_VRS = frozenset(
    (
        "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM",
        "UI", "UL", "US",
    )
)  # fmt: skip
LONG_VRS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
VR_BYTES = {vr.encode(): vr for vr in SHORT_VRS | LONG_VRS}
_LIMIT_CODES = ("input-too-deep", "input-too-many-elements")
#: VRs that are never a sequence, never encapsulated and never the VR of Pixel Data.
_PLAIN_VRS = (SHORT_VRS | LONG_VRS) - frozenset(["OB", "OW", "OF", "OD", "SQ", "UN"])


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on everything that comes from a file; crossing one is an :class:`InputError`.

    Attributes
    ----------
    depth
        Nested sequences.
    elements
        Data elements of one instance, all levels together.
    header_bytes
        Everything but the value of Pixel Data.
    inflated_bytes
        What a deflated dataset may become.
    in_memory_bytes
        Up to this size a file is read whole; above it, Pixel Data stays a range of the file.
    """

    depth: int = 32
    elements: int = 2_000_000
    header_bytes: int = 512 << 20
    inflated_bytes: int = 256 << 20
    in_memory_bytes: int = 64 << 20


class Item(NamedTuple):
    """One item of a sequence: ``start`` at its item tag, ``end`` after its delimiter."""

    start: int
    body: int
    end: int
    length: int
    implicit: bool
    elements: list[Element]


class Element(NamedTuple):
    """One data element as spans into the buffer; ``end`` lies after a delimiter, if there is one.

    ``vr`` is what the value is: from the file, or from the dictionary where the file says UN or nothing.
    ``length`` is as declared. ``items`` is None unless the value is a sequence of items.
    """

    tag: int
    vr: str
    start: int
    value: int
    end: int
    length: int
    implicit: bool
    items: tuple[Item, ...] | None = None

    @property
    def value_end(self) -> int:
        """Where the value ends, without the delimiter of an undefined length."""
        return self.end - 8 if self.length == UNDEFINED else self.end


class Scan(NamedTuple):
    """What a pass over a dataset gave; ``pixel`` is the element at which it stopped, its value unread."""

    elements: list[Element]
    end: int
    pixel: Element | None


def tag_name(tag: int) -> str:
    """``(0010,0010)``, as messages and decisions write a tag."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def truncated(tag: int = 0) -> InputError:
    """The error for a declared length that is not present."""
    where = f" in {tag_name(tag)}" if tag else ""
    return InputError("input-truncated", f"a declared length is not present{where}")


def malformed(what: str, tag: int = 0) -> InputError:
    """The error for bytes that cannot be followed."""
    where = f" at {tag_name(tag)}" if tag else ""
    return InputError("input-malformed", f"{what}{where}")


class Scanner:
    """One pass over one buffer.

    Parameters
    ----------
    data
        The buffer; spans are offsets into it.
    limits
        Bounds on depth and count.
    big
        Big endian (explicit VR only); for :func:`deid.dicom.transcode.transcode`.
    """

    def __init__(self, data: bytes, limits: Limits, *, big: bool = False) -> None:
        self.data = data
        self.left = limits.elements
        self.depth_max = limits.depth
        self.big = big
        self.pixel: Element | None = None
        order = ">" if big else "<"
        self._head = _big_head if big else _explicit_head
        self._u32 = struct.Struct(order + "I").unpack_from
        self._tag_length = struct.Struct(order + "HHI").unpack_from

    def dataset(self, start: int, end: int, *, implicit: bool) -> Scan:
        """Top level elements up to ``end``, or up to the header of Pixel Data."""
        elements: list[Element] = []
        at = self.into(elements, start, end, implicit=implicit)
        return Scan(elements, at, self.pixel)

    def into(self, elements: list[Element], start: int, end: int, *, implicit: bool) -> int:
        """Append top level elements to a list, which keeps what was read before an error."""
        at, self.pixel = self._elements(elements, start, end, implicit=implicit, depth=0, delimited=False)
        return at

    def one(self, at: int, end: int, *, implicit: bool) -> Element:
        """The element at ``at``; for file meta information, which ends where its group does."""
        if at + 8 > end:
            raise truncated()
        tag, vr, length = (_implicit_head if implicit else self._head)(self.data[at : at + 8])
        value = at + 8
        if length < 0:
            if vr == "" or at + 12 > end:
                raise truncated(tag) if vr else malformed("an unknown VR", tag)
            length = self._u32(self.data, value)[0]
            value += 4
        if vr in _PLAIN_VRS and value + length <= end:
            return Element(tag, vr, at, value, value + length, length, implicit)
        return self._compound(Element(tag, vr, at, value, value, length, implicit), end, depth=0)

    def _elements(  # noqa: C901, PLR0912  # one hot loop: a call per branch would double its time
        self, out: list[Element], at: int, end: int, *, implicit: bool, depth: int, delimited: bool
    ) -> tuple[int, Element | None]:
        """Append the elements of one dataset; stop at ``end``, at an item delimiter or at Pixel Data."""
        data, u32 = self.data, self._u32
        head = _implicit_head if implicit else self._head
        before = len(out)
        limit = before + self.left
        append, new = out.append, tuple.__new__
        while at < end:
            value = at + 8
            if value > end:
                if depth == 0 and not any(data[at:end]):
                    break  # NUL padding after the last element
                raise truncated()
            tag, vr, length = head(data[at:value])
            if length >= 0 and vr in _PLAIN_VRS:
                stop = value + length
                if stop > end:
                    if length == UNDEFINED:
                        raise malformed("a value of undefined length", tag)
                    raise truncated(tag)
                if len(out) >= limit:
                    raise InputError("input-too-many-elements", "more data elements than the limit")
                append(new(Element, (tag, vr, at, value, stop, length, implicit, None)))
                at = stop
                continue
            if length < 0:
                if vr == "":
                    if depth == 0 and not any(data[at:end]):
                        break
                    raise malformed("an unknown VR", tag)
                value += 4
                if value > end:
                    raise truncated(tag)
                length = u32(data, value - 4)[0]
            elif vr == "":  # a delimiter or an item tag
                if tag == ITEM_END and delimited:
                    self._spend(len(out) - before)
                    return at, None
                raise malformed("an item or delimiter outside a sequence", tag)
            if depth == 0 and tag in PIXEL_TAGS:
                self._spend(len(out) - before)
                return value, Element(tag, vr, at, value, value, length, implicit)
            element = self._compound(Element(tag, vr, at, value, value, length, implicit), end, depth=depth)
            append(element)
            at = element.end
        if delimited:
            raise truncated()
        self._spend(len(out) - before)
        return at, None

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise InputError("input-too-many-elements", "more data elements than the limit")

    def _compound(self, head: Element, end: int, *, depth: int) -> Element:
        """The whole of an element that may be a sequence or of undefined length; ``head`` ends at its value."""
        tag, vr, _, value, _, length, implicit, _ = head
        stop = end if length == UNDEFINED else value + length
        if stop > end:
            raise truncated(tag)
        true_vr = _standard_vr(tag) if vr == "UN" else vr
        if length != UNDEFINED and true_vr not in ("SQ", "UN"):
            return head._replace(vr=true_vr, end=stop)
        if true_vr in ("OB", "OW") and (vr != "UN" or self._fragments_follow(value, end)):
            return head._replace(vr=true_vr, end=self.fragments(value, end))
        if true_vr == "SQ" or length == UNDEFINED:
            # The content of a UN sequence is Implicit VR Little Endian (CP-246); an item decides for itself.
            inner = implicit or vr == "UN"
            items, after = self._items(value, stop, implicit=inner, depth=depth + 1, delimited=length == UNDEFINED)
            return head._replace(vr="SQ", end=after, items=items)
        entered = self._guess_items(value, stop, depth=depth + 1) if length >= 8 else None
        return head._replace(vr="UN" if entered is None else "SQ", end=stop, items=entered)

    def _fragments_follow(self, at: int, end: int) -> bool:
        try:
            self.fragments(at, end)
        except InputError:
            return False
        return True

    def _guess_items(self, at: int, stop: int, *, depth: int) -> tuple[Item, ...] | None:
        """Items of a UN value of defined length, if it is a sequence to its last byte."""
        if self._tag_length(self.data, at)[:2] != (0xFFFE, 0xE000):
            return None
        try:
            return self._items(at, stop, implicit=True, depth=depth, delimited=False)[0]
        except InputError as error:
            if error.code in _LIMIT_CODES:
                raise
            return None

    def _items(self, at: int, end: int, *, implicit: bool, depth: int, delimited: bool) -> tuple[tuple[Item, ...], int]:
        if depth > self.depth_max:
            raise InputError("input-too-deep", "sequences are nested deeper than the limit")
        items: list[Item] = []
        while at < end:
            if at + 8 > end:
                raise truncated()
            group, element, length = self._tag_length(self.data, at)
            tag = group << 16 | element
            if tag == SEQUENCE_END:
                if delimited:
                    return tuple(items), at + 8
                at += 8  # a stray delimiter after a sequence of defined length: tolerated, and dropped when rewritten
                continue
            if tag != ITEM:
                raise malformed("something that is not an item inside a sequence", tag)
            items.append(self._item(at, end, length, implicit=implicit, depth=depth))
            at = items[-1].end
        if delimited:
            raise truncated()
        return tuple(items), at

    def _item(self, at: int, end: int, length: int, *, implicit: bool, depth: int) -> Item:
        body = at + 8
        stop = end if length == UNDEFINED else body + length
        if stop > end:
            raise truncated(ITEM)
        looks_explicit = self.data[body + 4 : body + 6] in VR_BYTES
        # As pydicom does: explicit is assumed only where it shows, implicit is kept unless it cannot be read.
        if implicit or self.big:
            readings = (implicit, not implicit) if looks_explicit and not self.big else (implicit,)
        else:
            readings = (False, True) if looks_explicit else (True, False)
        for reading in readings:
            self._spend(1)
            elements: list[Element] = []
            try:
                after, _ = self._elements(
                    elements, body, stop, implicit=reading, depth=depth, delimited=length == UNDEFINED
                )
            except InputError as error:
                if reading == readings[-1] or error.code in _LIMIT_CODES:
                    raise
                continue
            end_at = after + 8 if length == UNDEFINED else after
            return Item(at, body, end_at, length, reading, elements)
        raise malformed("an item", ITEM)

    def fragments(self, at: int, end: int) -> int:
        """Where a value of encapsulated fragments ends, its sequence delimiter included."""
        while at + 8 <= end:
            group, element, length = self._tag_length(self.data, at)
            tag = group << 16 | element
            if tag == SEQUENCE_END:
                return at + 8
            if tag != ITEM or length == UNDEFINED:
                raise malformed("something that is not a fragment", tag)
            at += 8 + length
        raise truncated()


@lru_cache(maxsize=65536)
def _explicit_head(head: bytes) -> tuple[int, str, int]:
    """Tag, VR and length; length -1 if it stands in four bytes after the head (VR empty: unknown)."""
    group, element, vr, length = struct.unpack("<HH2sH", head)
    return _parsed_head(group << 16 | element, vr, length)


@lru_cache(maxsize=4096)
def _big_head(head: bytes) -> tuple[int, str, int]:
    group, element, vr, length = struct.unpack(">HH2sH", head)
    return _parsed_head(group << 16 | element, vr, length)


def _parsed_head(tag: int, vr: bytes, length: int) -> tuple[int, str, int]:
    if tag >> 16 == 0xFFFE:
        return tag, "", 0
    name = VR_BYTES.get(vr)
    if name is None:
        # PS3.5 7.1.2: a VR of later editions has a length of four bytes. What else stands there is an error.
        return (tag, "UN", -1) if vr.isalpha() and vr.isupper() else (tag, "", -1)
    return (tag, name, -1) if name in LONG_VRS else (tag, name, length)


@lru_cache(maxsize=65536)
def _implicit_head(head: bytes) -> tuple[int, str, int]:
    group, element, length = struct.unpack("<HHI", head)
    tag = group << 16 | element
    return tag, "" if group == 0xFFFE else _standard_vr(tag), length


#: Where the dictionary leaves a choice, all candidates are numbers; the width is what matters to us.
_CHOICE = {"US or SS": "US", "OB or OW": "OW", "US or SS or OW": "OW", "US or OW": "OW", "NONE": "UN", "": "UN"}


@lru_cache(maxsize=16384)
def _standard_vr(tag: int) -> str:
    """VR by the dictionary; UN where there is none."""
    if tag >> 16 & 1:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
    if tag & 0xFFFF == 0:
        return "UL"
    vr = dictionary_vr(tag) or "UN"
    vr = _CHOICE.get(vr, vr)
    return vr if vr in SHORT_VRS or vr in LONG_VRS else vr.split(" or ", maxsplit=1)[0]
