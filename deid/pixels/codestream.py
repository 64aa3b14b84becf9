"""What stands between and inside compressed frames besides pixels, and how to remove it without touching one.

A codestream can carry comments, application segments, EXIF, boxes and bytes after its end; the items around it can
carry more frames than are declared, or offsets that point nowhere. :func:`strip_frame` returns the same bytes object
where there is nothing to remove, so that the caller can leave the whole value as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from deid.errors import InputError

__all__ = [
    "Frames",
    "Malformed",
    "encapsulated",
    "fragments",
    "frames_of",
    "join",
    "jpeg_segments",
    "precision",
    "strip_frame",
]

Span = tuple[int, int]

_ITEM: Final = b"\xfe\xff\x00\xe0"
_DELIMITER: Final = b"\xfe\xff\xdd\xe0"
_FRAGMENTS_MAX: Final = 1 << 20
_STARTS: Final = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")


class Malformed(Exception):  # noqa: N818 - says what the codestream is; never leaves this room
    """A codestream cannot be shown to hold nothing but pixels: it has to be decoded and written anew."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the codestreams lie in an encapsulated value.

    Attributes
    ----------
    spans
        For each frame the spans of its fragments.
    plain
        Whether nothing else is there: no fragment beyond the frames, no bytes after the last item, and a basic offset
        table that is empty or right.
    """

    spans: tuple[tuple[Span, ...], ...]
    plain: bool


def frames_of(value: bytes, frames: int, extended: tuple[bytes, bytes] | None = None) -> Frames:
    """Assign the fragments of an encapsulated value to frames (PS3.5 2026d A.4).

    Parameters
    ----------
    value
        Items, with or without the sequence delimiter.
    frames
        Number of Frames.
    extended
        Extended Offset Table and its lengths.

    Raises
    ------
    InputError
        ``codestream-malformed`` if the items are broken or cannot be assigned.
    """
    table, fragments, rest = _items(value)
    starts = [start - 8 for start, _ in fragments]
    base = starts[0] if starts else 0
    offsets = [n + base for n in struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])]
    spans: list[tuple[Span, ...]] | None = None
    plain = not rest
    if extended is not None and len(extended[0]) == 8 * frames:
        spans = _by_offsets(fragments, [n + base for n in struct.unpack(f"<{frames}Q", extended[0])])
        plain = plain and spans is not None and not table
    if spans is None and offsets and len(offsets) >= frames:
        spans = _by_offsets(fragments, offsets)
        plain = plain and spans is not None and len(offsets) == frames and len(table) == 4 * frames
    if spans is None:
        spans = _by_count(value, fragments, frames)
        plain = plain and not table
    if spans is None or len(spans) < frames:
        raise InputError("codestream-malformed", "the items of Pixel Data cannot be assigned to frames")
    return Frames(tuple(spans[:frames]), plain and len(spans) == frames)


def fragments(value: bytes) -> int:
    """Count the fragments of an encapsulated value."""
    return len(_items(value)[1])


def join(value: bytes, spans: Sequence[Span]) -> bytes:
    """Put the fragments of one frame together."""
    return b"".join([value[start:end] for start, end in spans])


def encapsulated(codestreams: Iterable[bytes]) -> bytes:
    """Wrap codestreams into one item per frame, with a basic offset table and the sequence delimiter.

    Notes
    -----
    Above 4 GiB the table stays empty, which PS3.5 2026d A.4 allows.
    """
    frames = [stream + b"\0" * (len(stream) % 2) for stream in codestreams]
    offsets, at = [], 0
    for frame in frames:
        offsets.append(at)
        at += 8 + len(frame)
    table = struct.pack(f"<{len(offsets)}I", *offsets) if at < 1 << 32 else b""
    parts = [_ITEM, struct.pack("<I", len(table)), table]
    for frame in frames:
        parts += [_ITEM, struct.pack("<I", len(frame)), frame]
    parts += [_DELIMITER, b"\0\0\0\0"]
    return b"".join(parts)


def _items(value: bytes) -> tuple[bytes, list[Span], bool]:
    """Offset table, spans of the fragments, and whether there are bytes after the last item."""
    spans: list[Span] = []
    at, size = 0, len(value)
    while at + 8 <= size and len(spans) <= _FRAGMENTS_MAX:
        tag, length = value[at : at + 4], int.from_bytes(value[at + 4 : at + 8], "little")
        if tag == _DELIMITER:
            at += 8
            break
        if tag != _ITEM or at + 8 + length > size:
            raise InputError("codestream-malformed", "the items of Pixel Data are broken")
        spans.append((at + 8, at + 8 + length))
        at += 8 + length
    if not spans:
        raise InputError("codestream-malformed", "Pixel Data has no items")
    table = value[slice(*spans[0])]
    return table, spans[1:], any(value[at:])


def _by_offsets(fragments: Sequence[Span], offsets: Sequence[int]) -> list[tuple[Span, ...]] | None:
    """Group fragments by where frames are said to start; None unless every offset is the start of one."""
    places = {start - 8: n for n, (start, _) in enumerate(fragments)}
    firsts = [places.get(offset) for offset in offsets]
    if not firsts or firsts[0] != 0 or None in firsts:
        return None
    edges = [n for n in firsts if n is not None] + [len(fragments)]
    if any(a >= b for a, b in pairwise(edges)):
        return None
    return [tuple(fragments[a:b]) for a, b in pairwise(edges)]


def _by_count(value: bytes, fragments: Sequence[Span], frames: int) -> list[tuple[Span, ...]] | None:
    """Group fragments without a table: one each, all for one frame, or by the marker that starts a codestream."""
    if len(fragments) == frames:
        return [(span,) for span in fragments]
    starts = [n for n, (start, end) in enumerate(fragments) if value[start : min(end, start + 6)].startswith(_STARTS)]
    if frames == 1 and len(starts) < 2:
        return [tuple(fragments)]
    if not starts or starts[0] != 0:
        return None
    edges = [*starts, len(fragments)]
    return [tuple(fragments[a:b]) for a, b in pairwise(edges)]


def strip_frame(stream: bytes, family: str, *, segment_bytes: int = 0) -> bytes:
    """Remove from one codestream what is no part of the picture; the same object if there is nothing to remove.

    Parameters
    ----------
    family
        As in ``source.FAMILIES``.
    segment_bytes
        Rows times columns: the decoded length of one RLE segment.

    Raises
    ------
    Malformed
        If what stands in it cannot be told.
    """
    try:
        if family.startswith("jpeg"):
            new = _strip_jpeg(stream, lossless_ls=False)
        elif family.startswith("jls"):
            new = _strip_jpeg(stream, lossless_ls=True)
        elif family.startswith(("j2k", "htj2k")):
            new = _strip_j2k(_codestream_of_jp2(stream))
        elif family == "rle":
            new = _strip_rle(stream, segment_bytes)
        else:
            raise Malformed(family)
    except (IndexError, struct.error) as error:
        raise Malformed(family) from error
    return stream if new == stream or _same_but_padding(new, stream) else new


def _same_but_padding(new: bytes, old: bytes) -> bool:
    """Whether the old stream is the new one and zeros."""
    return old.startswith(new) and not any(old[len(new) :])


def precision(stream: bytes, family: str, allocated: int) -> int:
    """Bits per sample that a codestream can hold; ``allocated`` where it does not say."""
    if family.startswith(("j2k", "htj2k")):
        at = stream.find(b"\xff\x51")
        # SIZ: length, capabilities, eight sizes of four bytes, the number of components, then Ssiz of the first.
        return (stream[at + 40] & 0x7F) + 1 if 0 <= at < len(stream) - 40 else allocated
    if family.startswith(("jpeg", "jls")):
        try:
            segments = jpeg_segments(stream, lossless_ls=family.startswith("jls"))
        except (Malformed, IndexError, struct.error):
            return allocated
        sizes = [s.data[0] for s in segments if s.marker in _FRAME_HEADERS and s.data]
        return sizes[0] if sizes else allocated
    return allocated


# JPEG and JPEG-LS (ITU-T T.81 B, T.87 C) ------------------------------------------------------------------------

_JPEG_END: Final = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_JLS_END: Final = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")  # a byte after FF in JPEG-LS data has its high bit clear
_KEPT: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF})
_FRAME_HEADERS: Final = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_KEPT_LS: Final = frozenset({0xF7, 0xF8})


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment; ``data`` is what follows its length, ``tail`` the entropy-coded bytes after a scan header."""

    marker: int
    data: bytes
    tail: bytes = b""

    def __bytes__(self) -> bytes:
        return bytes((0xFF, self.marker)) + struct.pack(">H", len(self.data) + 2) + self.data + self.tail


def jpeg_segments(stream: bytes, *, lossless_ls: bool = False) -> list[Segment]:
    """Cut a JPEG or JPEG-LS codestream into marker segments, up to EOI and without it.

    Raises
    ------
    Malformed
        If a marker is missing where one must be, or EOI is.
    """
    if stream[:2] != b"\xff\xd8":
        raise Malformed("no SOI")
    end = _JLS_END if lossless_ls else _JPEG_END
    segments: list[Segment] = []
    at = 2
    while True:
        if stream[at] != 0xFF:
            raise Malformed("no marker")
        while stream[at] == 0xFF:
            at += 1
        marker = stream[at]
        if marker == 0xD9:
            return segments
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            raise Malformed("marker out of place")
        (length,) = struct.unpack_from(">H", stream, at + 1)
        start, stop = at + 3, at + 1 + length
        if length < 2 or stop > len(stream):
            raise Malformed("segment length")
        tail = b""
        if marker == 0xDA:
            found = end.search(stream, stop)
            if found is None:
                raise Malformed("no EOI")
            tail = stream[stop : found.start()]
        segments.append(Segment(marker, stream[start:stop], tail))
        at = stop + len(tail)


def _strip_jpeg(stream: bytes, *, lossless_ls: bool) -> bytes:
    kept = [_canonical(s, lossless_ls=lossless_ls) for s in jpeg_segments(stream, lossless_ls=lossless_ls)]
    return b"\xff\xd8" + b"".join(bytes(s) for s in kept if s is not None) + b"\xff\xd9"


def _canonical(segment: Segment, *, lossless_ls: bool) -> Segment | None:
    """Keep what decoding needs: of application segments only the fields that tell a decoder the colour space."""
    marker, data = segment.marker, segment.data
    if marker in _KEPT or (lossless_ls and marker in _KEPT_LS):
        return segment
    if marker == 0xE0 and data.startswith(b"JFIF\0"):
        # Version and density may stay as they are; a thumbnail or an extension may not.
        small = len(data) == 14 and data[5] == 1 and data[7] <= 2 and data[12:] == b"\0\0"
        return segment if small else Segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    if marker == 0xEE and data.startswith(b"Adobe") and len(data) >= 12:
        usual = len(data) == 12 and data[5] == 0 and data[6] in (100, 101, 102)
        return segment if usual else Segment(0xEE, b"Adobe\0\x64\0\0\0\0" + data[11:12])
    hp_transform = lossless_ls and marker == 0xE8 and data.startswith(b"mrfx") and len(data) == 5
    return segment if hp_transform else None


# JPEG 2000 (ITU-T T.800 A, I; T.814) ----------------------------------------------------------------------------

_J2K_KEPT: Final = frozenset(
    {0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63}
    | {0x72, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79}
)
_TLM: Final = 0x55
_COM: Final = 0x64


def _codestream_of_jp2(stream: bytes) -> bytes:
    """Take the contiguous codestream out of a JP2 file; boxes that change pixels cannot be dropped."""
    if not stream.startswith(b"\x00\x00\x00\x0cjP  "):
        return stream
    at = 0
    while at + 8 <= len(stream):
        length, kind = struct.unpack_from(">I4s", stream, at)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", stream, at + 8)
            head = 16
        stop = len(stream) if length == 0 else at + length
        if length != 0 and length < head:
            raise Malformed("box length")
        if kind == b"jp2h" and re.search(rb"pclr|cmap|cdef|\x00\x00\x00\x12", stream[at:stop]):
            raise Malformed("boxes that change pixels")
        if kind == b"jp2c":
            return stream[at + head : stop]
        at = stop
    raise Malformed("no codestream box")


def _strip_j2k(stream: bytes) -> bytes:
    if stream[:2] != b"\xff\x4f":
        raise Malformed("no SOC")
    head, at, _ = _j2k_header(stream, 2)
    parts = [b"\xff\x4f", *(stream[a:b] for a, b in head)]
    has_tlm = any(stream[a + 1] == _TLM for a, _ in head)
    while stream[at : at + 2] == b"\xff\x90":
        part, at, shorter = _tile_part(stream, at)
        if shorter and has_tlm:
            raise Malformed("tile-part lengths would have to change")
        parts.append(part)
    if stream[at : at + 2] != b"\xff\xd9":
        raise Malformed("no EOC")
    return b"".join(parts) + b"\xff\xd9"


def _j2k_header(stream: bytes, at: int) -> tuple[list[Span], int, int]:
    """Spans of the segments to keep, where the header ends (at SOT or SOD), and how many bytes were dropped."""
    kept: list[Span] = []
    dropped = 0
    while True:
        if stream[at] != 0xFF:
            raise Malformed("no marker")
        marker = stream[at + 1]
        if marker in (0x90, 0x93):
            return kept, at, dropped
        (length,) = struct.unpack_from(">H", stream, at + 2)
        stop = at + 2 + length
        if length < 2 or stop > len(stream):
            raise Malformed("segment length")
        if marker == _COM:
            dropped += stop - at
        elif marker in _J2K_KEPT:
            kept.append((at, stop))
        else:
            raise Malformed("unknown marker")
        at = stop


def _tile_part(stream: bytes, at: int) -> tuple[bytes, int, bool]:
    """One tile-part without comments, where the next begins, and whether it became shorter."""
    length, index, size, number, count = struct.unpack_from(">HHIBB", stream, at + 2)
    if length != 10:
        raise Malformed("SOT length")
    if size == 0:  # the last one: up to EOC
        end = stream.rfind(b"\xff\xd9")
        if end < at + 12:
            raise Malformed("no EOC")
        size = end - at
    stop = at + size
    kept, sod, dropped = _j2k_header(stream, at + 12)
    if stop > len(stream) or stream[sod + 1] != 0x93 or sod + 2 > stop:
        raise Malformed("tile-part length")
    head = struct.pack(">2sHHIBB", b"\xff\x90", 10, index, size - dropped, number, count)
    return head + b"".join([stream[a:b] for a, b in kept]) + stream[sod:stop], stop, bool(dropped)


# RLE (PS3.5 2026d Annex G) --------------------------------------------------------------------------------------


def _strip_rle(stream: bytes, segment_bytes: int) -> bytes:
    """Follow every run to find where each segment really ends."""
    header = struct.unpack_from("<16I", stream)
    count = header[0]
    if not 1 <= count <= 15:
        raise Malformed("RLE header")
    segments: list[bytes] = []
    plain = not any(header[1 + count :]) and header[1] == 64
    for n in range(count):
        start = header[1 + n]
        stop = header[2 + n] if n + 1 < count else len(stream)
        if not 64 <= start < stop <= len(stream):
            raise Malformed("RLE offsets")
        end = _rle_end(stream, start, stop, segment_bytes)
        # One byte of padding makes a segment even; more, or other than zero, is no part of the picture.
        plain = plain and stop - end <= 1 + (n + 1 == count) and not any(stream[end:stop])
        segments.append(stream[start:end] + b"\0" * ((end - start) % 2))
    if plain:
        return stream
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    return struct.pack("<16I", count, *offsets, *[0] * (15 - count)) + b"".join(segments)


def _rle_end(stream: bytes, at: int, stop: int, wanted: int) -> int:
    """Where the runs of one segment have given ``wanted`` bytes."""
    done = 0
    while done < wanted:
        if at >= stop:
            raise Malformed("RLE segment too short")
        n = stream[at]
        if n < 128:
            at += n + 2
            done += n + 1
        elif n > 128:
            at += 2
            done += 257 - n
        else:
            at += 1
    if at > stop:
        raise Malformed("RLE segment too short")
    return at
