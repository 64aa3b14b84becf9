"""Every kind of pixel goes in, regions are filled, and what lies outside them is bit-identical."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.data.data_manager import DATA_ROOT
from pydicom.pixels import get_encoder
from pydicom.uid import (
    MPEG2MPML,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from deid.errors import InputError, Refusal
from deid.pixels import PixelLimits, clean_pixels, same_outside
from deid.pixels.fill import outside
from deid.settings import PixelSettings
from tests.pixel_instances import applied, box, finds, instance, texture
from tests.test_pixels_codestream import jpeg, with_segment

READ_ALL = PixelSettings(read="all")
BOX = box(5, 4, 21, 11)


def cleaned(ds, settings=READ_ALL, **options):
    result = clean_pixels(ds, settings, **options)
    return result, applied(ds, result)


def inside(ds, region=BOX, index=0):
    from deid.pixels.source import PixelSource

    source = PixelSource.of(ds)
    return source.stored(index)[region.top : region.bottom, region.left : region.right]


# --- every photometric interpretation, depth and layout ---------------------------------------------------------------

GREY = [
    ("MONOCHROME2", "u1", 8),
    ("MONOCHROME2", "u2", 16),
    ("MONOCHROME2", "u2", 12),
    ("MONOCHROME2", "u2", 10),
    ("MONOCHROME2", "i2", 16),
    ("MONOCHROME2", "i2", 12),
    ("MONOCHROME1", "u1", 8),
    ("MONOCHROME1", "u2", 12),
    ("MONOCHROME1", "i2", 16),
    ("MONOCHROME2", "u4", 32),
    ("MONOCHROME2", "i4", 32),
    ("MONOCHROME2", "f4", 32),
    ("MONOCHROME2", "f8", 64),
]


SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
# Float pixels came after big endian was retired.
KINDS = [(*kind, s) for kind in GREY for s in SYNTAXES if kind[1][0] != "f" or s != ExplicitVRBigEndian]


@pytest.mark.parametrize(("photometric", "dtype", "bits", "syntax"), KINDS)
def test_grey_frames_of_every_depth(monkeypatch, photometric, dtype, bits, syntax):
    finds(monkeypatch, BOX)
    frames = texture((3, 23, 31), dtype, bits)
    ds = instance(frames, photometric, bits_stored=bits, syntax=syntax)
    result, after = cleaned(ds)
    assert result.decision == "cleaned"
    assert same_outside(ds, after, result.regions)
    assert UID(result.transfer_syntax).is_little_endian
    for index in range(3):
        value = np.unique(inside(after, index=index))
        assert value.size == 1
        extreme = frames[index].max() if photometric == "MONOCHROME1" else frames[index].min()
        assert value[0] == (extreme if dtype[0] != "u" or photometric == "MONOCHROME1" else 0)


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize(
    ("photometric", "dtype", "black"),
    [
        ("RGB", "u1", (0, 0, 0)),
        ("RGB", "u2", (0, 0, 0)),
        ("YBR_FULL", "u1", (0, 128, 128)),
        ("YBR_FULL", "u2", (0, 32768, 32768)),
        ("YBR_PARTIAL", "u1", (16, 128, 128)),
        ("HSV", "u1", (0, 0, 0)),
        ("CMYK", "u1", (0, 0, 0, 255)),
        ("ARGB", "u1", (0, 0, 0, 0)),
    ],
)
def test_colour_frames_of_both_planar_configurations(monkeypatch, photometric, dtype, black, planar):
    finds(monkeypatch, BOX)
    ds = instance(texture((2, 23, 31, len(black)), dtype), photometric, planar=planar)
    result, after = cleaned(ds)
    assert result.decision == "cleaned"
    assert same_outside(ds, after, result.regions)
    assert np.array_equal(np.unique(inside(after).reshape(-1, len(black)), axis=0), [black])


def test_big_endian_bytes_in_words_of_odd_length(monkeypatch):
    finds(monkeypatch, box(1, 0, 2, 1))
    ds = instance(texture((1, 3, 3, 3)), "RGB")
    value = bytes(ds.PixelData)
    ds.PixelData = np.frombuffer(value, "u2").byteswap().tobytes()
    ds["PixelData"].VR = "OW"
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    assert result.data[:3] == value[:3]


def test_packed_422_is_filled_by_pairs_of_columns(monkeypatch):
    finds(monkeypatch, BOX)
    ds = instance(texture((1, 20, 30, 2)), "YBR_FULL_422")
    ds.SamplesPerPixel = 3
    result, after = cleaned(ds)
    assert [(r.left, r.right) for r in result.regions] == [(4, 22)]
    assert len(result.data) == len(ds.PixelData)
    assert same_outside(ds, after, result.regions)
    assert np.array_equal(np.unique(inside(after).reshape(-1, 3), axis=0), [(0, 128, 128)])


@pytest.mark.parametrize(("dtype", "first"), [("u1", 0), ("u2", 0), ("u1", 10)])
def test_palette_indices_become_the_darkest_entry_that_occurs(monkeypatch, dtype, first):
    finds(monkeypatch, BOX)
    entries = 60
    frames = (texture((1, 23, 31), "u1") % entries + first).astype(dtype)
    ds = instance(frames, "PALETTE COLOR", bits_stored=8 * frames.itemsize)
    levels = np.linspace(65535, 256, entries).astype("<u2")  # bright first: index 0 is white
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [entries, first, 16])
        setattr(ds, f"{name}PaletteColorLookupTableData", levels.tobytes())
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    assert set(np.unique(inside(after))) == {frames.max()}


@pytest.mark.parametrize("dtype", ["i1", "i2"])
def test_signed_palette_indices_below_zero_can_be_the_darkest(monkeypatch, dtype):
    finds(monkeypatch, BOX)
    frames = (texture((1, 23, 31), "u1") % 60 - 70).astype(dtype)
    ds = instance(frames, "PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [60, -70, 8])
        ds[f"{name}PaletteColorLookupTableDescriptor"].VR = "SS"
        setattr(ds, f"{name}PaletteColorLookupTableData", bytes(range(255, 195, -1)))
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    assert set(np.unique(inside(after))) == {frames.max()}


@pytest.mark.parametrize(("dtype", "syntax"), [("u1", ""), ("u2", ""), ("i2", ""), ("u2", "rle")])
def test_the_range_that_the_header_states_is_true_after_filling_or_goes(monkeypatch, dtype, syntax):
    finds(monkeypatch, BOX)
    frames = texture((1, 23, 31), dtype) // 2
    frames[0, 7, 9] = np.iinfo(dtype).max
    ds = instance(frames, syntax=ExplicitVRLittleEndian)
    ds.add_new("SmallestImagePixelValue", "SS" if dtype == "i2" else "US", int(frames.min()))
    ds.add_new("LargestImagePixelValue", "SS" if dtype == "i2" else "US", int(frames.max()))
    if syntax:
        ds.compress(RLELossless, generate_instance_uid=False, encoding_plugin="pydicom")
    _, after = cleaned(ds)
    if syntax or dtype == "i2":
        assert "LargestImagePixelValue" not in after
        assert "SmallestImagePixelValue" not in after
        return
    assert after.LargestImagePixelValue == after.pixel_array.max()
    assert after.SmallestImagePixelValue == after.pixel_array.min()


@pytest.mark.parametrize("encapsulated", [False, True])
@pytest.mark.parametrize("stated", [0, None])
def test_a_number_of_frames_of_none_becomes_what_is_there(monkeypatch, stated, encapsulated):
    finds(monkeypatch)
    ds = instance(texture((1, 23, 31)))
    if encapsulated:
        ds.compress(RLELossless, generate_instance_uid=False, encoding_plugin="pydicom")
    ds.NumberOfFrames = stated
    _, after = cleaned(ds)
    assert after.NumberOfFrames == 1


def test_a_segmentation_that_says_it_has_burned_in_text_is_read():
    _, ink = written((96, 288))
    ds = instance(ink.astype(np.uint8)[None])
    ds.SOPClassUID, ds.Modality, ds.BurnedInAnnotation = "1.2.840.10008.5.1.4.1.1.66.4", "SEG", "YES"
    result, after = cleaned(ds, PixelSettings())
    assert result.read
    assert not inside(after, box(0, 0, 288, 96))[ink].any()
    ds.BurnedInAnnotation = "NO"
    assert cleaned(ds, PixelSettings())[0].decision == "verbatim"


def written(shape=(96, 288), ink=220):
    """A picture of 8 bits with one line of text, and where its ink is."""
    frame = 40 + texture(shape, seed=4) // 4
    mark = np.zeros(shape, np.uint8)
    cv2.putText(mark, "SMITHERS 4471", (16, 56), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1, 2)
    frame[mark > 0] = ink
    return frame, mark > 0


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize(("factor", "offset"), [(1, 0), (16, 0), (1, 20000)])
def test_text_is_seen_in_colours_that_use_a_small_part_of_sixteen_bits(photometric, factor, offset):
    grey, ink = written()
    value = grey.astype(np.uint16) * factor
    frame = np.stack([value + np.uint16(offset)] * 3, axis=-1)
    if photometric == "YBR_FULL":
        frame[..., 1:] = 32768 if offset else 128 * factor
    _, after = cleaned(instance(frame[None], photometric))
    assert not inside(after, box(0, 0, 288, 96))[ink][:, 0].any()


@pytest.mark.parametrize("largest", [255, 4095, 65535])
def test_text_is_seen_through_palettes_of_sixteen_bits_with_smaller_entries(largest):
    grey, ink = written()
    ds = instance(grey[None], "PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        entries = (np.arange(256) * largest // 255).astype("<u2")
        setattr(ds, f"{name}PaletteColorLookupTableData", entries.tobytes())
    _, after = cleaned(ds)
    assert 220 not in inside(after, box(0, 0, 288, 96))[ink]


@pytest.mark.parametrize(("dtype", "keyword"), [("f4", "Float"), ("f8", "DoubleFloat")])
def test_text_is_seen_in_float_pixels_with_the_largest_number_as_padding(dtype, keyword):
    grey, ink = written()
    frame = grey.astype(dtype)
    frame[:, 200:] = padding = np.finfo(dtype).min
    ds = instance(frame[None])
    setattr(ds, f"{keyword}PixelPaddingValue", float(padding))
    _, after = cleaned(ds)
    assert 220 not in inside(after, box(0, 0, 288, 96))[ink]


def test_single_bit_frames(monkeypatch):
    finds(monkeypatch, BOX)
    bits = (texture((3, 23, 31)) > 90).astype(np.uint8)
    ds = instance(bits)
    ds.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes() + b"\0"
    ds.BitsAllocated = ds.BitsStored = 1
    ds.HighBit = 0
    ds["PixelData"].VR = "OB"
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    assert not inside(after, index=2).any()


def test_signed_values_below_the_range_of_the_picture_are_not_invented(monkeypatch):
    finds(monkeypatch, BOX)
    frames = np.clip(texture((1, 23, 31), "i2", 16) // 20, -1000, 1500)
    frames[0, 0, :5] = -2000
    ds = instance(frames, PixelPaddingValue=-2000)
    _, after = cleaned(ds)
    assert after.pixel_array.min() == -2000


def test_float_frames_keep_what_is_not_a_number(monkeypatch):
    finds(monkeypatch, BOX)
    frames = texture((1, 23, 31), "f4")
    frames[0, 15, 15] = np.nan
    frames[0, 16, 15] = np.inf
    ds = instance(frames)
    result, after = cleaned(ds)
    assert result.keyword == "FloatPixelData"
    assert same_outside(ds, after, result.regions)
    assert np.isfinite(inside(after)).all()


@pytest.mark.parametrize("how", ["constant", "blur"])
@pytest.mark.parametrize(("photometric", "shape"), [("MONOCHROME2", (1, 23, 31)), ("RGB", (1, 23, 31, 3))])
def test_other_fills_look_only_at_the_surroundings(monkeypatch, how, photometric, shape):
    finds(monkeypatch, BOX)
    one, two = texture(shape), texture(shape)
    two[:, BOX.top : BOX.bottom, BOX.left : BOX.right] = 255
    results = [cleaned(instance(f, photometric), PixelSettings(read="all", fill=how))[0] for f in (one, two)]
    assert results[0].data == results[1].data
    ring = one[0, BOX.top - 4 : BOX.bottom + 4, BOX.left - 4 : BOX.right + 4]
    filled = inside(applied(instance(one, photometric), results[0]))
    assert ring.min() <= filled.min() <= filled.max() <= ring.max()


def test_regions_of_one_frame_leave_the_others_alone(monkeypatch):
    finds(monkeypatch, box(5, 4, 21, 11, frame=2))
    ds = instance(texture((4, 23, 31)))
    result, after = cleaned(ds)
    assert [r.frame for r in result.regions] == [2]
    before, now = ds.pixel_array, after.pixel_array
    assert [bool((a != b).any()) for a, b in zip(before, now, strict=True)] == [False, False, True, False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    frames=st.integers(1, 3),
    rows=st.integers(1, 20),
    columns=st.integers(1, 20),
    kind=st.sampled_from(["u1", "u2", "i2", "u4"]),
    samples=st.sampled_from([1, 3]),
    planar=st.sampled_from([0, 1]),
)
def test_nothing_outside_any_region_ever_changes(monkeypatch, data, frames, rows, columns, kind, samples, planar):
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (frames, rows, columns) if samples == 1 else (frames, rows, columns, samples)
    info = np.iinfo(kind)
    values = random.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    bits = data.draw(st.integers(max(2, info.bits // 2), info.bits)) if kind == "u2" else info.bits
    values = values >> (info.bits - bits)
    edge = st.integers(-5, 25)
    regions = [
        box(*data.draw(st.tuples(edge, edge, edge, edge)), frame=None) for _ in range(data.draw(st.integers(1, 3)))
    ]
    with monkeypatch.context() as patch:
        finds(patch, *regions)
        ds = instance(values, "RGB" if samples == 3 else "MONOCHROME2", bits_stored=bits, planar=planar)
        result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    assert after.pixel_array.shape == ds.pixel_array.shape
    mask = outside(shape[1:], result.regions)
    assert np.array_equal(after.pixel_array.reshape(shape)[:, mask], values[:, mask])


# --- codecs -----------------------------------------------------------------------------------------------------------


PLUGINS = {RLELossless: "pylibjpeg", JPEGLSLossless: "pyjpegls", JPEG2000Lossless: "pylibjpeg"}


def encoded(frames, syntax, photometric="MONOCHROME2", bits_stored=None):
    ds = instance(frames, photometric, bits_stored=bits_stored)
    colour = "YBR_RCT" if photometric == "RGB" and syntax == JPEG2000Lossless else photometric
    ds.PhotometricInterpretation = colour
    streams = []
    for frame in frames:
        one = instance(frame[None], photometric, bits_stored=bits_stored)
        one.PhotometricInterpretation = colour
        del one.NumberOfFrames
        streams.append(get_encoder(syntax).encode(one, encoding_plugin=PLUGINS[syntax]))
    return instance(frames, colour, bits_stored=bits_stored, syntax=syntax, codestreams=streams)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize(
    ("photometric", "shape", "dtype", "bits"),
    [
        ("MONOCHROME2", (3, 45, 61), "u1", 8),
        ("MONOCHROME2", (2, 45, 61), "u2", 12),
        ("MONOCHROME1", (1, 45, 61), "u2", 16),
        ("MONOCHROME2", (1, 45, 61), "i2", 16),
        ("RGB", (2, 45, 61, 3), "u1", 8),
    ],
)
def test_lossless_families_stay_what_they_were(monkeypatch, syntax, photometric, shape, dtype, bits):
    finds(monkeypatch, BOX)
    ds = encoded(texture(shape, dtype, bits), syntax, photometric, bits)
    result, after = cleaned(ds)
    assert result.decision == "cleaned"
    assert (result.transfer_syntax, result.encapsulated) == (syntax, True)
    assert len(result.data) % 2 == 0
    assert same_outside(ds, after, result.regions)
    assert after.pixel_array.shape == ds.pixel_array.shape
    assert len(np.unique(inside(after).reshape(-1, shape[3] if len(shape) == 4 else 1), axis=0)) == 1


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_codestreams_without_company_are_copied(monkeypatch, syntax):
    finds(monkeypatch)
    ds = encoded(texture((2, 45, 61)), syntax)
    result, _ = cleaned(ds)
    expected = "stripped" if syntax == JPEG2000Lossless else "verbatim"  # openjpeg signs its work in a comment
    assert result.decision == expected
    assert result.read


def test_frames_without_a_region_keep_their_codestream(monkeypatch):
    finds(monkeypatch, box(5, 4, 21, 11, frame=1))
    ds = encoded(texture((3, 23, 31)), RLELossless)
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    from deid.pixels.source import PixelSource

    old, new = PixelSource.of(ds).codestreams(), PixelSource.of(after).codestreams()
    assert [a == b for a, b in zip(old, new, strict=True)] == [True, False, True]


def jpeg_instance(frames, photometric, **options):
    streams = [jpeg(f, **options) for f in frames]
    return instance(frames, photometric, syntax=JPEGBaseline8Bit, codestreams=streams)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_jpeg_baseline_stays_and_its_loss_is_told(monkeypatch, subsampling):
    finds(monkeypatch, BOX)
    ds = jpeg_instance(texture((3, 45, 61, 3)), "YBR_FULL_422", subsampling=subsampling)
    result, after = cleaned(ds)
    assert result.transfer_syntax == JPEGBaseline8Bit
    assert result.changes["LossyImageCompression"] == "01"
    assert result.changes["LossyImageCompressionMethod"] == "ISO_10918_1"
    assert same_outside(ds, after, result.regions)
    assert after.pixel_array.shape == (3, 45, 61, 3)
    assert inside(after)[..., 0].max() <= 1


def test_a_progressive_frame_is_decoded_for_good(monkeypatch):
    finds(monkeypatch, BOX)
    ds = jpeg_instance(texture((1, 45, 61, 3)), "YBR_FULL", progressive=True)
    result, after = cleaned(ds)
    assert (result.transfer_syntax, result.encapsulated) == (ExplicitVRLittleEndian, False)
    assert same_outside(ds, after, result.regions)
    assert after.LossyImageCompression == "01"
    assert after.PhotometricInterpretation == "YBR_FULL"


def test_comments_are_stripped_from_files_that_hold_no_text(monkeypatch):
    finds(monkeypatch)
    frames = texture((2, 45, 61))
    streams = [with_segment(jpeg(f), 0xFE, b"SMITH^JOHN") for f in frames]
    ds = instance(frames, syntax=JPEGBaseline8Bit, codestreams=streams)
    result, after = cleaned(ds)
    assert result.decision == "stripped"
    assert b"SMITH" not in result.data
    assert np.array_equal(after.pixel_array, ds.pixel_array)
    assert same_outside(ds, after, ())


def test_a_frame_that_its_encoder_refuses_is_written_uncompressed(monkeypatch):
    finds(monkeypatch, BOX)
    ds = encoded(texture((1, 45, 61)), JPEG2000Lossless)
    from deid.pixels import recode

    monkeypatch.setattr(recode, "encode_frame", lambda *a: None)
    result, after = cleaned(ds)
    assert (result.transfer_syntax, result.encapsulated) == (ExplicitVRLittleEndian, False)
    assert same_outside(ds, after, result.regions)
    assert "LossyImageCompression" not in after


def test_offset_tables_are_dropped_with_a_new_value(monkeypatch):
    finds(monkeypatch, BOX)
    from pydicom.encaps import encapsulate_extended

    ds = encoded(texture((2, 23, 31)), RLELossless)
    from deid.pixels.source import PixelSource

    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(
        PixelSource.of(ds).codestreams()
    )
    result, after = cleaned(ds)
    assert result.changes["ExtendedOffsetTable"] is None
    assert same_outside(ds, after, result.regions)


def test_excess_native_bytes_and_a_filled_padding_byte_are_removed(monkeypatch):
    finds(monkeypatch)
    ds = instance(texture((1, 5, 5)))
    ds.PixelData = ds.PixelData[:25] + b"J"
    assert cleaned(ds)[0].data == ds.PixelData[:25] + b"\0"
    ds.PixelData += b"SMITH JOHN"
    result, after = cleaned(ds)
    assert result.decision == "stripped"
    assert len(result.data) == 26
    assert same_outside(ds, after, ())


@pytest.mark.parametrize(("dtype", "padding"), [("u2", None), ("i2", None), ("u2", 0xF830)])
def test_unused_bits_are_cleared_and_values_stay(monkeypatch, dtype, padding):
    finds(monkeypatch)
    frames = texture((2, 23, 31), dtype, 12)
    hidden = frames.view("u2").copy()
    hidden[:, 3:9, 4:20] |= 0x8000
    hidden[:, 3:9, 4:20] &= 0xBFFF
    if padding:
        hidden[:, 10:] = padding
    ds = instance(hidden.view(dtype), bits_stored=12)
    if padding:
        ds.PixelPaddingValue = padding
    result, after = cleaned(ds)
    assert result.decision == "stripped"
    assert "unused bits" in result.reason
    assert np.array_equal(after.pixel_array, ds.pixel_array)
    values = np.frombuffer(result.data, dtype).reshape(frames.shape)
    assert np.array_equal(values[:, :10], frames[:, :10])
    if padding:
        assert (values[:, 10:] == padding).all()


@pytest.mark.parametrize("padding", [0x8000, 0xF000, 0x1000])
def test_an_overlay_in_unused_bits_goes_though_it_equals_padding(monkeypatch, padding):
    finds(monkeypatch)
    grey, ink = written()
    frame = np.where(grey > 60, grey, 0).astype(np.uint16)
    frame[ink] = padding  # an overlay of one or more bits, drawn on black
    ds = instance(frame[None], bits_stored=12, PixelPaddingValue=padding)
    _, after = cleaned(ds)
    assert not inside(after, box(0, 0, 288, 96))[ink].any()


def test_unused_bits_in_a_lossless_codestream_are_cleared(monkeypatch):
    finds(monkeypatch)
    frames = texture((1, 23, 31), "u2", 12)
    ds = encoded(frames | 0x8000, RLELossless, bits_stored=16)
    ds.BitsStored, ds.HighBit = 12, 11
    result, after = cleaned(ds)
    assert result.decision == "stripped"
    assert same_outside(ds, after, ())
    after.BitsStored, after.HighBit = 16, 15
    assert np.array_equal(after.pixel_array, frames[0])


# --- decisions --------------------------------------------------------------------------------------------------------


def ct(frames=None, **attributes) -> Dataset:
    ds = instance(texture((1, 64, 64), "i2", 16) if frames is None else frames)
    ds.SOPClassUID, ds.Modality, ds.Manufacturer = "1.2.840.10008.5.1.4.1.1.2", "CT", "ACME"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    del ds.NumberOfFrames
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def forbid(monkeypatch):
    from deid.pixels import detect

    def look(*arguments, **options):
        raise AssertionError("pixels were looked at")

    monkeypatch.setattr(detect, "look", look)


def test_no_pixel_data_is_no_work():
    ds = Dataset()
    assert clean_pixels(ds, PixelSettings()).decision == "none"


def test_labels_and_dose_are_data_whatever_the_recipe_says(monkeypatch):
    forbid(monkeypatch)
    ds = instance(texture((2, 10, 10), "u4"), SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2", Modality="RTDOSE")
    assert clean_pixels(ds, READ_ALL).decision == "verbatim"


@pytest.mark.parametrize("modality", ["US", "OT", "XC", "ES", "DX", "CR", "MG", "RF", "XA", "NM", "", "XX"])
def test_kinds_that_carry_text_are_read(monkeypatch, modality):
    finds(monkeypatch, BOX)
    ds = instance(texture((1, 40, 40)), Modality=modality, SOPClassUID="1.2.3")
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    result = clean_pixels(ds, PixelSettings())
    assert result.read
    assert result.changes["BurnedInAnnotation"] == "NO"


@pytest.mark.parametrize(
    "changes",
    [
        {"BurnedInAnnotation": "YES"},
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
        {"ConversionType": "WSD"},
        {"Manufacturer": ""},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
        {"BitsStored": 8, "HighBit": 7},
    ],
)
def test_anything_unusual_about_a_ct_makes_it_be_read(monkeypatch, changes):
    finds(monkeypatch, BOX)
    assert clean_pixels(ct(**changes), PixelSettings()).read


def test_remove_none_only_strips(monkeypatch):
    forbid(monkeypatch)
    ds = instance(texture((1, 20, 20)), Modality="US")
    result = clean_pixels(ds, PixelSettings(remove="none"))
    assert (result.decision, result.read) == ("verbatim", False)
    assert "BurnedInAnnotation" not in result.changes


def test_video_is_refused():
    ds = instance(texture((1, 16, 16)), syntax=MPEG2MPML, codestreams=[b"\0\0\1\xb3"])
    with pytest.raises(Refusal, match="pixels-video"):
        clean_pixels(ds, PixelSettings())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Rows": 40}, "pixels-inconsistent"),
        ({"Rows": 0}, "pixels-inconsistent"),
        ({"SamplesPerPixel": 2}, "pixels-inconsistent"),
        ({"BitsAllocated": 12}, "pixels-inconsistent"),
        ({"NumberOfFrames": 1000000}, "pixels-too-large"),
    ],
)
def test_headers_that_contradict_the_value_are_quarantined(changes, code):
    ds = instance(texture((1, 20, 20)))
    for name, value in changes.items():
        setattr(ds, name, value)
    with pytest.raises(InputError, match=code):
        clean_pixels(ds, PixelSettings(), limits=PixelLimits(frames=1000))


def test_an_unknown_transfer_syntax_is_quarantined():
    ds = instance(texture((1, 16, 16)), syntax=UID("1.2.840.10008.1.2.4.999"), codestreams=[b"ab"])
    with pytest.raises(InputError, match="pixels-syntax"):
        clean_pixels(ds, PixelSettings())


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless, JPEGBaseline8Bit])
def test_frames_that_nobody_can_decode_are_quarantined(syntax):
    ds = instance(texture((1, 16, 16)), syntax=syntax, codestreams=[b"SMITH^JOHN IS NO PICTURE"])
    with pytest.raises(InputError) as error:
        clean_pixels(ds, PixelSettings())
    assert error.value.code == "pixels-undecodable"
    assert "SMITH" not in str(error.value)


def test_the_dataset_is_not_changed(monkeypatch):
    finds(monkeypatch, BOX)
    ds = jpeg_instance(texture((2, 45, 61, 3)), "YBR_FULL_422")
    before = ds.to_json()
    cleaned(ds)
    assert ds.to_json() == before


def test_a_summary_is_short_and_names_runs_of_frames():
    from deid.model import Region
    from deid.pixels.result import PixelResult

    moving = [Region(1, 2, 3, 4, n, 0.5) for n in (0, 1, 2, 7)]
    result = PixelResult("cleaned", b"", regions=(Region(0, 0, 9, 9), *moving), words_found=2, read=True)
    assert result.summary()["regions"] == [[0, 0, 9, 9, 100, "detected", "*"], [1, 2, 3, 4, 50, "detected", "0-2,7"]]


# --- pydicom's own files ----------------------------------------------------------------------------------------------

BUNDLED = sorted(p for p in Path(DATA_ROOT).rglob("*") if p.is_file())
UNREADABLE = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "pixels-undecodable",  # its SIZ marker is broken on purpose
    "MR_truncated.dcm": "pixels-inconsistent",
    "meta_missing_tsyntax.dcm": "pixels-inconsistent",  # two bytes of Pixel Data without an Image Pixel module
    "nested_priv_SQ.dcm": "pixels-inconsistent",
}


def bundled():
    for path in BUNDLED:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ds = pydicom.dcmread(path)
                has = "PixelData" in ds
            except Exception:  # noqa: BLE001 - not every file there is DICOM
                continue
        if has:
            yield pytest.param(path, id=path.name)


@pytest.mark.parametrize("path", list(bundled()))
@pytest.mark.filterwarnings("ignore")
def test_every_bundled_image_is_filled_and_stays_the_same_outside(monkeypatch, path):
    ds = pydicom.dcmread(path)
    rows, columns = int(ds.get("Rows", 1)), int(ds.get("Columns", 1))
    region = box(columns // 4, rows // 3, max(columns // 2, columns // 4 + 1), max(rows // 2, rows // 3 + 1))
    finds(monkeypatch, region)
    if path.name in UNREADABLE:
        with pytest.raises(InputError, match=UNREADABLE[path.name]):
            clean_pixels(ds, READ_ALL)
        return
    result, after = cleaned(ds)
    assert same_outside(ds, after, result.regions)
    if result.decision == "cleaned":
        grown = box(region.left - 18, region.top - 18, region.right + 18, region.bottom + 18)
        assert all(
            grown.left <= r.left and r.right <= grown.right and grown.top <= r.top and r.bottom <= grown.bottom
            for r in result.regions
        )
        assert len(result.data) % 2 == 0
    if ds.file_meta.get("TransferSyntaxUID") != "1.2.840.10008.1.2.4.51":  # pydicom itself cannot decode 12-bit JPEG
        assert after.pixel_array.size
