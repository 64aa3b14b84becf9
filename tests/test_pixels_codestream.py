"""What stands between and inside compressed frames is found and removed without touching a pixel."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate

from deid.errors import InputError
from deid.pixels.codestream import Malformed, encapsulated, frames_of, join, jpeg_segments, strip_frame

NAME = b"SMITH^JOHN 1964-02-29"


def picture(rows: int = 40, columns: int = 56, seed: int = 0) -> np.ndarray:
    grid = np.indices((rows, columns)).sum(axis=0)
    noise = np.random.default_rng(seed).integers(0, 40, (rows, columns))
    return (grid * 2 % 200 + noise).astype(np.uint8)


def jpeg(image: np.ndarray, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", **options)
    return out.getvalue()


def j2k(image: np.ndarray, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG2000", irreversible=False, **options)
    return out.getvalue()


def pixels(stream: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(stream)))


def with_segment(stream: bytes, marker: int, data: bytes) -> bytes:
    return stream[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data + stream[2:]


def test_a_plain_jpeg_comes_back_as_the_same_object():
    stream = jpeg(picture())
    assert strip_frame(stream, "jpeg") is stream


@pytest.mark.parametrize("marker", [0xFE, 0xE1, 0xE2, 0xED, 0xE5])
def test_comments_and_application_segments_are_removed(marker):
    stream = jpeg(picture())
    dirty = with_segment(stream, marker, b"Exif\0\0" + NAME)
    clean = strip_frame(dirty, "jpeg")
    assert NAME not in clean
    assert np.array_equal(pixels(clean), pixels(dirty))


def test_a_thumbnail_in_jfif_is_removed_and_the_marker_stays():
    stream = jpeg(picture())
    at = stream.index(b"JFIF\0")
    head = bytearray(stream[at : at + 14])
    head[12:14] = b"\x07\x01"
    dirty = stream[:2] + b"\xff\xe0" + struct.pack(">H", 16 + 21) + bytes(head) + NAME + stream[at + 14 :]
    clean = strip_frame(dirty, "jpeg")
    assert NAME not in clean
    assert b"JFIF\0" in clean
    assert np.array_equal(pixels(clean), pixels(stream))


def test_the_adobe_marker_keeps_its_colour_transform_and_loses_the_rest():
    rgb = np.dstack([picture(seed=n) for n in range(3)])
    stream = jpeg(rgb, keep_rgb=True)
    dirty = with_segment(stream, 0xEE, b"Adobe\0\x64\0\0\0\0\0" + NAME)
    clean = strip_frame(dirty, "jpeg")
    assert NAME not in clean
    assert [s.data[11] for s in jpeg_segments(clean) if s.marker == 0xEE]
    assert np.array_equal(pixels(clean), pixels(dirty))


def test_bytes_after_the_end_of_a_jpeg_are_removed_but_padding_may_stay():
    stream = jpeg(picture())
    assert strip_frame(stream + b"\0", "jpeg") == stream + b"\0"
    assert strip_frame(stream + NAME + b"\xff\xd9", "jpeg") == stream


def test_restart_markers_are_part_of_the_scan():
    stream = jpeg(picture(), restart_marker_blocks=1)
    assert b"\xff\xd1" in stream
    assert strip_frame(stream, "jpeg") is stream


def test_a_jpeg_without_an_end_is_not_believed():
    with pytest.raises(Malformed):
        strip_frame(jpeg(picture())[:-2], "jpeg")


def test_comments_in_jpeg_2000_are_removed_and_decoding_does_not_change():
    stream = j2k(picture(), no_jp2=True, comment=NAME.decode(), tile_size=(32, 32))
    clean = strip_frame(stream, "j2k")
    assert NAME in stream
    assert NAME not in clean
    assert np.array_equal(pixels(clean), pixels(stream))


def test_a_comment_in_a_tile_part_header_is_removed_and_its_length_is_patched():
    stream = strip_frame(j2k(picture(), no_jp2=True), "j2k")
    sot = stream.index(b"\xff\x90")
    (size,) = struct.unpack_from(">I", stream, sot + 6)
    comment = b"\xff\x64" + struct.pack(">HH", 4 + len(NAME), 1) + NAME
    longer = struct.pack(">I", size + len(comment))
    dirty = stream[: sot + 6] + longer + stream[sot + 10 : sot + 12] + comment + stream[sot + 12 :]
    assert np.array_equal(pixels(dirty), picture())
    assert strip_frame(dirty, "j2k") == stream


def test_the_boxes_of_a_jp2_file_are_removed():
    stream = j2k(picture(), comment=NAME.decode())
    dirty = stream + struct.pack(">I4s", 8 + len(NAME), b"xml ") + NAME
    clean = strip_frame(dirty, "j2k")
    assert clean.startswith(b"\xff\x4f\xff\x51")
    assert NAME not in clean
    assert np.array_equal(pixels(clean), picture())


def test_bytes_after_the_end_of_a_codestream_are_removed():
    stream = strip_frame(j2k(picture(), no_jp2=True), "j2k")
    assert strip_frame(stream + NAME, "j2k") == stream


@pytest.mark.parametrize("family", ["jpeg", "j2k", "jls", "rle"])
@given(data=st.binary(max_size=80))
def test_hostile_bytes_are_malformed_and_nothing_else(family, data):
    try:
        result = strip_frame(data, family, segment_bytes=16)
    except Malformed:
        return
    assert len(result) <= len(data) + 16


def rle(segments: list[bytes], *, gap: bytes = b"", tail: bytes = b"") -> bytes:
    offsets, at, body = [], 64 + len(gap), b""
    for segment in segments:
        offsets.append(at + len(body))
        body += segment
    header = struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(segments)))
    return header + gap + body + tail


def test_a_plain_rle_frame_is_left_alone():
    stream = rle([b"\xfd\x07\x03abcd", b"\xf9\x00"])
    assert strip_frame(stream, "rle", segment_bytes=8) is stream


@pytest.mark.parametrize("place", ["gap", "tail"])
def test_what_hides_between_rle_segments_is_removed(place):
    dirty = rle([b"\xfd\x07\x03abcd", b"\xf9\x00"], **{place: NAME + b"\0"})
    assert strip_frame(dirty, "rle", segment_bytes=8) == rle([b"\xfd\x07\x03abcd\0", b"\xf9\x00"])


def test_unused_offsets_of_an_rle_header_are_zeroed():
    stream = bytearray(rle([b"\xf9\x00"]))
    stream[60:64] = b"JOHN"
    assert b"JOHN" not in strip_frame(bytes(stream), "rle", segment_bytes=8)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6))
def test_frames_are_found_as_pydicom_wrote_them(frames):
    for value in (encapsulate(frames), encapsulate(frames, has_bot=False), encapsulated(frames)):
        found = frames_of(value, len(frames))
        assert [join(value, s)[: len(f)] for s, f in zip(found.spans, frames, strict=True)] == frames
        assert found.plain


def test_fragments_of_one_frame_are_joined():
    stream = jpeg(picture())
    value = encapsulate([stream], fragments_per_frame=3, has_bot=False)
    assert join(value, frames_of(value, 1).spans[0]).startswith(stream)


def test_frames_in_several_fragments_are_told_by_where_a_codestream_starts():
    streams = [jpeg(picture(seed=n)) for n in range(3)]
    value = encapsulate(streams, fragments_per_frame=2, has_bot=False)
    found = frames_of(value, 3)
    assert [join(value, s)[: len(f)] for s, f in zip(found.spans, streams, strict=True)] == streams


def test_frames_beyond_the_declared_number_and_bytes_after_the_items_are_noticed():
    streams = [jpeg(picture(seed=n)) for n in range(3)]
    value = encapsulate(streams, has_bot=False)
    found = frames_of(value, 2)
    assert len(found.spans) == 2
    assert not found.plain
    assert not frames_of(value + b"\xfe\xff\xdd\xe0\0\0\0\0" + NAME, 3).plain


def test_a_table_that_points_nowhere_is_noticed():
    value = bytearray(encapsulate([b"ab", b"cd"]))
    value[12:16] = b"JOHN"
    assert not frames_of(bytes(value), 2).plain


@pytest.mark.parametrize("value", [b"", b"\xfe\xff\x00\xe0", b"JPEGJPEGJPEG", b"\xfe\xff\x00\xe0\xff\xff\xff\x7f"])
def test_broken_items_are_quarantined(value):
    with pytest.raises(InputError, match="codestream-malformed"):
        frames_of(value, 1)
