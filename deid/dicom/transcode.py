"""Re-encode a dataset as Explicit VR Little Endian, in memory: big endian, and implicit under a compressed syntax."""

from __future__ import annotations

import struct

from deid.dicom.scan import LONG_VRS, UNDEFINED, Element, Scanner

__all__ = ["to_explicit_little"]

#: Width of the words whose bytes are swapped between byte orders.
_WORD = {
    "AT": 2, "OW": 2, "SS": 2, "US": 2, "FL": 4, "OF": 4, "OL": 4, "SL": 4, "UL": 4,
    "FD": 8, "OD": 8, "OV": 8, "SV": 8, "UV": 8,
}  # fmt: skip
_PIXEL_DATA, _BITS_ALLOCATED = 0x7FE00010, 0x00280100
_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def to_explicit_little(scanner: Scanner, elements: list[Element]) -> bytes:
    """Bytes of the same dataset, every sequence and item of defined length.

    Parameters
    ----------
    scanner
        The scanner that made ``elements``; knows the buffer and its byte order.
    elements
        Top level elements, Pixel Data included if it has been scanned.
    """
    return b"".join(
        _swapped_pixels(scanner, element, elements)
        if scanner.big and element.tag == _PIXEL_DATA
        else _element(scanner, element)
        for element in elements
    )


def _swapped_pixels(scanner: Scanner, element: Element, elements: list[Element]) -> bytes:
    """Pixel Data of 32 and 64 bits in OW: pixels, not 16-bit words, are what is written big endian."""
    bits = next((scanner.data[e.value : e.value_end] for e in elements if e.tag == _BITS_ALLOCATED), b"")
    width = int.from_bytes(bits, "big") // 8
    return _element(scanner, element, width if element.vr == "OW" and width in (4, 8) else 0)


def _element(scanner: Scanner, element: Element, width: int = 0) -> bytes:
    vr = element.vr
    if element.items is not None:
        vr = "SQ"
        parts = []
        for item in element.items:
            body = b"".join(_element(scanner, inner) for inner in item.elements)
            parts.append(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body)
        value = b"".join(parts)
    else:
        value = scanner.data[element.value : element.value_end]
        width = width or _WORD.get(vr, 0)
        if scanner.big and width and len(value) % width == 0:
            value = swap(value, width)
    head = struct.pack("<HH2s", element.tag >> 16, element.tag & 0xFFFF, vr.encode())
    if vr in LONG_VRS or len(value) > 0xFFFF:
        if vr not in LONG_VRS:
            head = head[:4] + b"UN"
        length = UNDEFINED if element.length == UNDEFINED and element.items is None else len(value)
        return head + b"\0\0" + struct.pack("<I", length) + value + (_END if length == UNDEFINED else b"")
    return head + struct.pack("<H", len(value)) + value


def swap(value: bytes, width: int) -> bytes:
    """The same words in the other byte order; ``len(value)`` is a multiple of ``width``."""
    out = bytearray(len(value))
    for at in range(width):
        out[at::width] = value[width - 1 - at :: width]
    return bytes(out)
