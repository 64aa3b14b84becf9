"""Codecs may die or hang on damaged frames; the instance is quarantined and the next one is decoded."""

import os
import random
import warnings

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.uid import UID

from deid.errors import DeidError, InputError
from deid.model import Region
from deid.pixels import PixelResult, clean_pixels, sandbox
from deid.pixels.source import FAMILIES, PixelSource
from tests.pixel_instances import box, finds, instance, texture
from tests.test_pixels_clean import READ_ALL
from tests.test_pixels_codestream import jpeg

FILES = [
    "SC_rgb_jpeg_gdcm.dcm",
    "JPGExtended.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_RLE.dcm",
]


def bundled(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PixelSource.of(pydicom.dcmread(get_testdata_file(name)))


def damaged(stream, number):
    rng = random.Random(number)
    new = bytearray(stream)
    for _ in range(rng.choice([1, 3, 30])):
        new[rng.randrange(len(new))] = rng.randrange(256)
    return bytes(new[: rng.randrange(2, len(new))] if rng.random() < 0.3 else new)


@pytest.mark.parametrize("name", FILES)
def test_damaged_frames_are_an_input_error_or_a_frame(name):
    source = bundled(name)
    stream = source.codestreams()[0]
    whole, _ = source.decode(stream)
    for number in range(12):
        try:
            frame, _ = source.decode(damaged(stream, number))
        except InputError:
            continue
        assert frame.dtype.kind in "iu"
    assert np.array_equal(source.decode(stream)[0], whole)


def test_damaged_frames_do_not_end_blanking():
    stream = jpeg(texture((1, 96, 96))[0])
    for number in range(20):
        new = sandbox.blank(damaged(stream, number), [Region(2, 2, 30, 20)], ybr=False, inverted=False, flat=False)
        assert new is None or new.startswith(b"\xff\xd8")
    assert sandbox.blank(stream, [Region(2, 2, 30, 20)], ybr=False, inverted=False, flat=False)


def test_a_codec_that_takes_too_long_is_ended(monkeypatch):
    source = bundled("MR_small_RLE.dcm")
    stream = source.codestreams()[0]
    source.decode(stream)
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "SECONDS", -1000.0)
        with pytest.raises(InputError, match="pixels-undecodable"):
            source.decode(stream)
    assert source.decode(stream)[0].shape == (64, 64)


def test_a_child_that_was_killed_is_started_again():
    source = bundled("MR_small_RLE.dcm")
    stream = source.codestreams()[0]
    source.decode(stream)
    child = sandbox._child(os.getpid()).process
    child.kill()
    child.wait()
    assert source.decode(stream)[0].shape == (64, 64)


def test_the_child_ends_with_its_pipe():
    child = sandbox._Child().process
    child.stdin.close()
    assert child.wait(60) == 0
    child.stdout.close()


NUMBERS = st.integers(-2, 70) | st.sampled_from([0, 1, 8, 12, 16, 32, 64, 65535])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.fixed_dictionaries(
        {},
        optional={
            "Rows": NUMBERS,
            "Columns": NUMBERS,
            "BitsAllocated": NUMBERS,
            "BitsStored": NUMBERS,
            "HighBit": NUMBERS,
            "SamplesPerPixel": NUMBERS,
            "PixelRepresentation": st.integers(0, 3),
            "PlanarConfiguration": st.integers(0, 3),
            "NumberOfFrames": NUMBERS,
            "PhotometricInterpretation": st.sampled_from(
                ["", "RGB", "YBR_FULL_422", "PALETTE COLOR", "MONOCHROME1", "CMYK", "YBR_PARTIAL_420", "XYZ"]
            ),
            "PixelPaddingValue": st.integers(-40000, 70000),
        },
    ),
    value=st.binary(max_size=300),
    syntax=st.sampled_from(["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", *FAMILIES]),
)
def test_hostile_headers_end_in_a_result_or_a_named_error(monkeypatch, header, value, syntax):
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = instance(texture((1, 8, 8)))
        for keyword, number in header.items():
            ds.add_new(keyword, pydicom.datadict.dictionary_VR(keyword).split()[0], number)
        ds.PixelData = value
        ds.file_meta.TransferSyntaxUID = UID(syntax)
        finds(patch, box(1, 1, 4, 3))
        try:
            result = clean_pixels(ds, READ_ALL)
        except DeidError:
            return
    assert isinstance(result, PixelResult)
