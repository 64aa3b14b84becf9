"""JPEG baseline is blanked block by block: every other coefficient stays bit by bit."""

import io

import numpy as np
import pytest
from PIL import Image

from deid.model import Region
from deid.pixels import dct
from deid.pixels.codestream import Malformed, jpeg_segments, strip_frame
from tests.test_pixels_codestream import jpeg, picture, pixels, with_segment

BOX = Region(17, 10, 50, 21)


def coefficients(stream):
    return dct._read(stream, dct._header(jpeg_segments(stream)))[0]


def colour(rows=61, columns=83):
    return np.dstack([picture(rows, columns, seed=n) for n in range(3)])


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [30, 75, 100])
def test_only_the_blocks_under_a_region_change(subsampling, quality):
    stream = jpeg(colour(), subsampling=subsampling, quality=quality)
    across, down, margin = dct.cell(stream)
    new = dct.blank_frame(stream, [BOX], ybr=True, inverted=False)
    changed = np.argwhere((pixels(new) != pixels(stream)).any(axis=-1))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0) + 1
    assert left >= BOX.left // across * across - margin[0]
    assert top >= BOX.top // down * down - margin[1]
    assert right <= -(-BOX.right // across) * across + margin[0]
    assert bottom <= -(-BOX.bottom // down) * down + margin[1]
    assert pixels(new)[BOX.top : BOX.bottom, BOX.left : BOX.right].max() <= 1
    for old, fresh in zip(coefficients(stream), coefficients(new), strict=True):
        assert (old != fresh).any(axis=(2, 3)).mean() < 0.5


def test_the_headers_of_the_frame_stay_as_they_were():
    stream = jpeg(colour(), subsampling="4:2:0")
    new = dct.blank_frame(stream, [BOX], ybr=True, inverted=False)
    kept = [(s.marker, s.data) for s in jpeg_segments(stream) if s.marker in (0xE0, 0xDB, 0xC0)]
    assert [(s.marker, s.data) for s in jpeg_segments(new) if s.marker in (0xE0, 0xDB, 0xC0)] == kept


def test_rgb_without_colour_transform_becomes_black():
    stream = jpeg(colour(), keep_rgb=True, subsampling="4:4:4")
    new = dct.blank_frame(stream, [BOX], ybr=False, inverted=False)
    assert pixels(new)[BOX.top : BOX.bottom, BOX.left : BOX.right].max() == 0
    assert np.array_equal(pixels(new)[32:], pixels(stream)[32:])


@pytest.mark.parametrize(("inverted", "value"), [(False, 0), (True, 255)])
def test_black_of_a_grey_frame_follows_its_photometric_interpretation(inverted, value):
    stream = jpeg(picture(50, 70))
    new = dct.blank_frame(stream, [BOX], ybr=False, inverted=inverted)
    assert set(np.unique(pixels(new)[BOX.top : BOX.bottom, BOX.left : BOX.right])) == {value}


def test_a_flat_fill_is_no_brighter_or_darker_than_what_is_around():
    stream = jpeg(picture(50, 70))
    new = dct.blank_frame(stream, [BOX], ybr=False, inverted=False, flat=True)
    inside = pixels(new)[BOX.top : BOX.bottom, BOX.left : BOX.right]
    assert pixels(stream).min() <= inside.min() <= inside.max() <= pixels(stream).max()


def test_restart_intervals_survive():
    stream = jpeg(picture(50, 70), restart_marker_blocks=2)
    new = dct.blank_frame(stream, [BOX], ybr=False, inverted=False)
    assert np.array_equal(pixels(new)[24:], pixels(stream)[24:])


def test_unusual_component_numbers_are_kept():
    stream = bytearray(jpeg(colour(), subsampling="4:4:4"))
    sof, sos = stream.index(b"\xff\xc0"), stream.index(b"\xff\xda")
    for n, number in enumerate((0x20, 0x21, 0x22)):
        stream[sof + 10 + 3 * n] = stream[sos + 5 + 2 * n] = number
    new = dct.blank_frame(bytes(stream), [BOX], ybr=True, inverted=False)
    assert [s.data[6::3] for s in jpeg_segments(new) if s.marker == 0xC0] == [b"\x20\x21\x22"]
    assert np.array_equal(pixels(new)[32:], pixels(bytes(stream))[32:])


def test_a_region_over_nothing_returns_the_same_bytes():
    black = jpeg(np.zeros((16, 16), np.uint8))
    assert dct.blank_frame(black, [Region(0, 0, 8, 8)], ybr=False, inverted=False) is black


def test_progressive_frames_are_left_to_another_way():
    with pytest.raises(Malformed):
        dct.cell(jpeg(picture(), progressive=True))


def test_a_frame_with_comments_is_read_too():
    dirty = with_segment(jpeg(picture(50, 70)), 0xFE, b"SMITH")
    new = dct.blank_frame(strip_frame(dirty, "jpeg"), [BOX], ybr=False, inverted=False)
    assert b"SMITH" not in new


def test_a_damaged_scan_does_not_pass():
    stream = jpeg(picture(160, 160))
    at = stream.index(b"\xff\xda") + 20
    broken = stream[:at] + b"\xff\xd9"
    try:
        new = dct.blank_frame(broken, [BOX], ybr=False, inverted=False)
    except Malformed:
        return
    assert Image.open(io.BytesIO(new)).size == (160, 160)
