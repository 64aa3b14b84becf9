"""What is looked at, how often, and what moves, stands in margins or lies in overlays."""

import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.tag import Tag

from deid.dicom import Head, parse_instance
from deid.model import Alert, Region
from deid.pixels import SeriesMemo, clean_pixels, detect, look_through, same_outside, views
from deid.pixels.follow import followed, standing
from deid.settings import PixelSettings
from tests.pixel_instances import applied, box, finds, instance, texture
from tests.test_pixels_clean import cleaned, ct, forbid


class Looks:
    """Stands in for detection: finds rectangles of the value 255 and remembers what it was shown."""

    def __init__(self, monkeypatch):
        self.calls = []
        monkeypatch.setattr(detect, "look", self)

    def __call__(self, frames, settings, *, per_frame=False, find=None, subject=None, hints=None):
        pictures = [np.array(f) for f in frames]
        self.calls.append((len(pictures), per_frame, settings.engine, hints))
        regions = []
        for index, picture in enumerate(pictures):
            ink = (picture if picture.ndim == 2 else picture[..., 0]) == 255
            if ink.any():
                rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
                place = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
                regions.append(Region(*place, index if per_frame else None))
        return detect.Detection(tuple(dict.fromkeys(regions)), (), (), len(regions))


def loop(frames=12):
    return (texture((frames, 40, 60), seed=3) // 2).astype(np.uint8)


def test_text_that_stands_still_is_read_once_and_filled_in_every_frame(monkeypatch):
    looks = Looks(monkeypatch)
    frames = loop()
    frames[:, 2:8, 5:30] = 255
    settings = PixelSettings(engine=("ours", "rapidocr"))
    result, after = cleaned(instance(frames, Modality="US"), settings)
    engines = [engine for _, _, engine, _ in looks.calls]
    assert engines == [("ours", "rapidocr"), *["ours"] * 5]  # the minimum; maximum and mean of each half, samples
    assert {r.frame for r in result.regions} == {None}
    assert after.pixel_array.max() < 255


def test_text_that_moves_is_filled_where_it_stands_in_each_frame(monkeypatch):
    looks = Looks(monkeypatch)
    frames = loop()
    frames[:, 30:36, 5:30] = 255
    monkeypatch.setattr(views, "extremes", lambda f: [np.zeros((40, 60), np.uint8)] * 3)
    for n in range(12):
        frames[n, 2 + n : 6 + n, 5:20] = 255
    ds = instance(frames, Modality="US")
    result, after = cleaned(ds)
    assert [(n, each) for n, each, *_ in looks.calls] == [(1, False)] * 5 + [(12, True)]
    assert {r.frame for r in result.regions} == set(range(12))
    assert after.pixel_array.max() < 255
    assert same_outside(ds, after, result.regions)


def test_where_a_moving_word_has_been_is_not_filled_in_every_frame(monkeypatch):
    Looks(monkeypatch)
    frames = loop()
    for n in range(12):
        frames[n, 2 + 3 * n : 6 + 3 * n, 5:20] = 255
    result, after = cleaned(instance(frames, Modality="US"))
    assert {r.frame for r in result.regions} == set(range(12))
    assert after.pixel_array.max() < 255


def test_dark_text_that_stands_still_shows_in_both_halves_of_the_maximum(monkeypatch):
    Looks(monkeypatch)
    frames = loop()
    frames[::2, 2:8, 5:30] = 255  # gone in the minimum, there in both halves
    result, _ = cleaned(instance(frames, Modality="US"))
    assert (2, 5, 8, 30, None) in {(r.top, r.left, r.bottom, r.right, r.frame) for r in result.regions}


def moving_word(frames=9):
    """A word that wanders over a ground that stands still, and where it is in each frame."""
    pictures = (texture((1, 60, 120), seed=3)[0] // 4)[None].repeat(frames, axis=0).astype(np.float32)
    word = np.where(texture((1, 8, 20), seed=4)[0] > 127, 250, 90).astype(np.float32)
    boxes = [box(5 + 4 * n, 10 + 3 * (n % 3), 25 + 4 * n, 18 + 3 * (n % 3), frame=n) for n in range(frames)]
    for picture, b in zip(pictures, boxes, strict=True):
        picture[b.top : b.bottom, b.left : b.right] = word
    return pictures, boxes


def places(regions):
    return sorted((r.frame, r.left, r.top, r.right, r.bottom) for r in regions)


def test_a_moving_word_that_is_missed_in_some_frames_is_followed_through_them():
    pictures, boxes = moving_word()
    found = followed(pictures.__getitem__, 9, [boxes[2], boxes[5]], [])
    assert places(found) == places(boxes)
    assert [r.rule for r in found].count("followed") == 7


def test_a_moving_word_of_which_a_part_was_found_is_filled_whole():
    pictures, boxes = moving_word(3)
    part = replace(boxes[1], right=boxes[1].left + 8)
    found = followed(pictures.__getitem__, 3, [boxes[0], part, boxes[2]], [])
    assert set(places(boxes)) <= set(places(found))


def test_a_word_that_is_gone_is_not_followed():
    pictures, boxes = moving_word(3)
    pictures[2] = np.random.default_rng(1).integers(0, 250, (60, 120))
    assert {r.frame for r in followed(pictures.__getitem__, 3, boxes[:1], [])} == {0, 1}


def test_a_word_that_is_hardly_sure_is_not_looked_for_in_other_frames():
    pictures, boxes = moving_word()
    doubtful = replace(boxes[2], score=0.7)
    assert followed(pictures.__getitem__, 9, [doubtful], []) == (doubtful,)


@pytest.mark.parametrize(
    ("shown", "filled"),
    [((3, 4), {3, 4}), (range(12), {None}), (range(0, 12, 2), {None}), ((), {None})],
    ids=["a moment", "always", "every other frame", "a projection's own"],
)
def test_a_word_in_a_few_frames_of_a_loop_is_no_word_in_all_of_them(shown, filled):
    frames = texture((12, 60, 120), seed=3).astype(np.float32) / 2
    word, where = texture((1, 8, 30), seed=4)[0], box(40, 20, 70, 28)
    for n in shown:
        frames[n, 20:28, 40:70] = np.where(word > 127, 250, 0)
    projection = frames[list(shown)].mean(axis=0) if shown else texture((1, 60, 120), seed=9)[0].astype(np.float32)
    regions = standing(frames.__getitem__, [(range(12), projection)], [where])
    assert {r.frame for r in regions} == filled
    assert {(r.left, r.top, r.right, r.bottom) for r in regions} == {(40, 20, 70, 28)}


def test_what_is_filled_in_every_frame_is_not_filled_again():
    pictures, boxes = moving_word(3)
    assert followed(pictures.__getitem__, 3, boxes[:1], [box(0, 0, 60, 40)]) == (boxes[0],)
    assert followed(pictures.__getitem__, 3, [], []) == ()


def test_text_in_one_frame_only_shows_in_the_maximum(monkeypatch):
    Looks(monkeypatch)
    frames = loop(30)
    frames[17, 2:8, 5:30] = 255
    _, after = cleaned(instance(frames, Modality="US"))
    assert after.pixel_array.max() < 255


@pytest.mark.parametrize(
    ("seen", "filled"), [((18, 8, 40, 30), False), ((20, 10, 30, 28), False), ((10, 8, 60, 30), True)]
)
def test_a_marker_that_stays_in_a_loop_is_not_filled_where_it_is_found_again(monkeypatch, seen, filled):
    """A later look finds the rim of what was painted over, or a part of it; what is wider is other text."""

    def look(frames, settings, *, per_frame=False, **others):
        if settings.keep:
            return detect.Detection((), (box(20, 10, 38, 28),), (), 1)
        return detect.Detection(
            tuple(box(*seen, frame=n if per_frame else None) for n in range(len(frames))), (), (), 1
        )

    monkeypatch.setattr(detect, "look", look)
    result, _ = cleaned(instance(loop(), Modality="US"))
    assert bool(result.regions) == filled


def test_windows_and_padding_reach_detection_in_stored_values(monkeypatch):
    looks = Looks(monkeypatch)
    ds = ct(WindowCenter=[40, 600], WindowWidth=[400, 2000], RescaleSlope=2, RescaleIntercept=-1024)
    ds.PixelPaddingValue = -2000
    cleaned(ds)
    hints = looks.calls[0][3]
    assert hints.windows == ((532.0, 200.0), (812.0, 1000.0))
    assert hints.padding == -2000


def test_windows_of_functional_groups_are_found(monkeypatch):
    looks = Looks(monkeypatch)
    ds = instance(texture((1, 20, 20), "u2", 12), bits_stored=12)
    voi, group = Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = 100, 50
    group.FrameVOILUTSequence = [voi]
    ds.SharedFunctionalGroupsSequence = [group]
    cleaned(ds)
    assert looks.calls[0][3].windows == ((100.0, 50.0),)


# --- trusted classes --------------------------------------------------------------------------------------------------


def test_a_trusted_instance_is_checked_once_by_our_own_detector_and_copied(monkeypatch):
    looks = Looks(monkeypatch)
    settings = PixelSettings(engine=("ours", "rapidocr"))
    result = clean_pixels(ct(), settings)
    assert [(n, engine) for n, _, engine, _ in looks.calls] == [(1, "ours")]
    assert (result.decision, result.read, dict(result.changes)) == ("verbatim", False, {})


def series(count, *, dirty=(), **changes):
    """Trusted instances of one series as the scanner gives them; a bar of the value 255 in some."""
    heads = []
    for number in range(count):
        values = texture((1, 64, 64), "i2", 16) // 256
        if number in dirty:
            values[:, 3:9, 4:40] = 255
        made = ct(values, SeriesInstanceUID="1.2.3", SOPInstanceUID=f"1.2.3.{number}", **changes)
        out = io.BytesIO()
        pydicom.dcmwrite(out, made, enforce_file_format=False)
        heads.append(Head(parse_instance(out.getvalue())))
    return heads


def test_text_in_a_trusted_series_ends_the_trust(monkeypatch):
    Looks(monkeypatch)
    memo = SeriesMemo()
    heads = series(5, dirty=[1])
    assert [clean_pixels(head, PixelSettings(), memo=memo).decision for head in heads[:2]] == ["verbatim", "cleaned"]
    assert all(memo.due(head) for head in heads[2:])


def test_what_is_looked_at_singly_is_looked_at_ever_more_rarely():
    memo = SeriesMemo()
    due = [memo.due(head) for head in series(40)]
    assert [n for n, d in enumerate(due, 1) if d] == [1, 2, 4, 8, 16, 32]
    assert memo.due(series(1, Rows=32)[0]), "another geometry is another kind"
    assert all(memo.due(ct(SeriesInstanceUID="")) for _ in range(9))


def test_the_first_of_a_series_is_looked_at_by_itself_and_the_others_together(monkeypatch):
    looks = Looks(monkeypatch)
    memo, heads = SeriesMemo(), series(30)
    look_through(heads, PixelSettings(), memo)
    assert len(looks.calls) == 1
    assert {clean_pixels(head, PixelSettings(), memo=memo).decision for head in heads} == {"verbatim"}
    assert len(looks.calls) == 2
    look_through(heads, PixelSettings(), memo)
    assert all(memo.passed(head) for head in heads), "the second piece of a series has no first"


@pytest.mark.parametrize("place", [0, 1, 17, 29])
def test_text_in_one_instance_of_many_is_found_and_filled(monkeypatch, place):
    Looks(monkeypatch)
    memo, heads = SeriesMemo(), series(30, dirty=[place])
    look_through(heads, PixelSettings(), memo)
    decisions = [clean_pixels(head, PixelSettings(), memo=memo).decision for head in heads]
    assert [n for n, decision in enumerate(decisions) if decision == "cleaned"] == [place]


def test_what_cannot_be_looked_at_together_is_looked_at_singly(monkeypatch):
    looks = Looks(monkeypatch)
    memo = SeriesMemo()
    heads = [*series(1), *series(1, Columns=32), *series(1, NumberOfFrames=0)]
    look_through(heads, PixelSettings(), memo)
    assert not looks.calls
    assert all(memo.due(head) for head in heads)


def test_nothing_is_looked_at_where_the_recipe_trusts_the_catalog(monkeypatch):
    forbid(monkeypatch)
    heads = series(3)
    look_through(heads, PixelSettings(check="none"), SeriesMemo())
    assert {clean_pixels(h, PixelSettings(check="none")).decision for h in heads} == {"verbatim"}


def test_a_recipe_can_trust_the_catalog_without_a_check(monkeypatch):
    forbid(monkeypatch)
    assert clean_pixels(ct(), PixelSettings(check="none")).decision == "verbatim"


# --- margins of ultrasound --------------------------------------------------------------------------------------------


def ultrasound(frames, *regions):
    ds = instance(frames, Modality="US")
    items = []
    for left, top, right, bottom in regions:
        item = Dataset()
        item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
        item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, bottom
        items.append(item)
    ds.SequenceOfUltrasoundRegions = items
    return ds


def test_strips_around_calibrated_regions_are_looked_at_by_themselves(monkeypatch):
    frames = loop(1)
    frames[0, 1:5, 10:30] = 254
    original = detect.look
    looks = Looks(monkeypatch)
    assert original is not looks
    frames[0, 1:5, 10:30] = 255
    ds = ultrasound(frames, (10, 12, 29, 39), (35, 12, 49, 30))
    result, after = cleaned(ds)
    assert [n for n, *_ in looks.calls] == [1, 1, 1, 1]  # the frame; above, to the left, to the right
    assert after.pixel_array.max() < 255
    assert len(result.regions) == 1


@pytest.mark.parametrize("broken", [(30, 30, 5, 5), (900, 900, 950, 950)])
def test_calibrated_regions_that_make_no_sense_are_no_hint(monkeypatch, broken):
    looks = Looks(monkeypatch)
    cleaned(ultrasound(loop(1), broken))
    assert len(looks.calls) == 1


# --- overlays ---------------------------------------------------------------------------------------------------------


def with_overlay(ds, bits, group=0x6000, **changes):
    frames, rows, columns = bits.shape
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    values = {
        0x0010: ("US", rows),
        0x0011: ("US", columns),
        0x0015: ("IS", frames),
        0x0040: ("CS", "G"),
        0x0050: ("SS", [1, 1]),
        0x0100: ("US", 1),
        0x0102: ("US", 0),
        0x3000: ("OW", packed + b"\0" * (len(packed) % 2)),
    }
    values.update(changes.get("changes", {}))
    for element, (vr, value) in values.items():
        ds.add_new(Tag(group, element), vr, value)
    return ds


def test_text_in_an_overlay_is_cleared_and_the_rest_stays(monkeypatch):
    finds(monkeypatch)
    bits = np.zeros((2, 40, 60), np.uint8)
    bits[:, 30, 5:50] = 1
    ds = with_overlay(instance(texture((1, 40, 60))), bits)

    def look(frames, settings, **options):
        found = (box(5, 28, 51, 33),) if np.asarray(frames[0]).max() == 255 and len(np.unique(frames[0])) == 2 else ()
        return detect.Detection(found, (), (Alert("seen"),) if found else (), len(found))

    bits[:, 5, 5] = 1
    ds = with_overlay(ds, bits)
    monkeypatch.setattr(detect, "look", look)
    result, _ = cleaned(ds)
    new = np.unpackbits(np.frombuffer(result.overlays[0x6000], np.uint8), bitorder="little")[: bits.size]
    new = new.reshape(bits.shape)
    assert not new[:, 28:33].any()
    assert new[:, 5, 5].all()
    assert result.words_found == 1
    assert result.alerts == (Alert("seen"),)


def test_an_overlay_without_text_is_handed_on_as_it_is(monkeypatch):
    finds(monkeypatch)
    bits = (texture((1, 41, 61)) > 200).astype(np.uint8)
    ds = with_overlay(instance(texture((1, 41, 61))), bits)
    result, _ = cleaned(ds)
    assert result.overlays == {0x6000: ds[0x60003000].value}


@pytest.mark.parametrize(
    "changes",
    [
        {0x0102: ("US", 12), 0x0100: ("US", 16)},
        {0x3000: ("OW", b"ab")},
        {0x0010: ("US", 0)},
        {0x0011: ("US", 60000), 0x0010: ("US", 60000)},
    ],
)
def test_overlays_that_cannot_be_drawn_have_to_go(monkeypatch, changes):
    finds(monkeypatch)
    ds = with_overlay(instance(texture((1, 40, 60))), np.ones((1, 40, 60), np.uint8), changes=changes)
    assert cleaned(ds)[0].overlays == {0x6000: None}


def test_an_overlay_in_unused_bits_is_cleared_with_them(monkeypatch):
    finds(monkeypatch)
    frames = texture((1, 40, 60), "u2", 12)
    hidden = frames.copy()
    hidden[0, 5:9, 5:40] |= 0x1000
    ds = instance(hidden, bits_stored=12)
    with_overlay(ds, np.ones((1, 40, 60), np.uint8), changes={0x0100: ("US", 16), 0x0102: ("US", 12)})
    del ds[0x60003000]
    result, after = cleaned(ds)
    assert result.overlays == {0x6000: None}
    assert np.array_equal(np.frombuffer(after.PixelData, "u2").reshape(frames.shape), frames)


# --- with engines -----------------------------------------------------------------------------------------------------


def test_values_that_are_no_numbers_are_not_shown_to_detection(monkeypatch):
    frames = texture((5, 20, 30), "f4")
    frames[:, 3, 3], frames[:, 4, 4] = np.nan, np.inf
    shown = []

    def look(pictures, settings, **options):
        shown.extend(np.array(p) for p in pictures)
        return detect.Detection()

    monkeypatch.setattr(detect, "look", look)
    cleaned(instance(frames))
    assert len(shown) > 3
    assert all(np.isfinite(p).all() for p in shown)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grey", "rgb", "ybr-jpeg", "monochrome1", "palette", "loop"])
def test_drawn_words_are_gone_from_every_kind(kind):
    import cv2

    from tests.test_pixels_codestream import jpeg

    frame = (60 + texture((1, 200, 320), seed=5)[0] // 8).astype(np.uint8)
    clean = frame.copy()
    cv2.putText(frame, "SMITH JOHN 12345678", (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 250, 2)
    ink = frame.astype(int) - clean > 100
    ink[:, :] &= frame > 200
    if kind == "rgb":
        ds = instance(np.repeat(frame[None, ..., None], 3, axis=-1), "RGB")
    elif kind == "ybr-jpeg":
        from pydicom.uid import JPEGBaseline8Bit

        rgb = np.repeat(frame[..., None], 3, axis=-1)
        ds = instance(rgb[None], "YBR_FULL_422", syntax=JPEGBaseline8Bit, codestreams=[jpeg(rgb, quality=90)])
    elif kind == "monochrome1":
        ds = instance((4095 - 16 * frame.astype(np.uint16))[None], "MONOCHROME1", bits_stored=12)
    elif kind == "palette":
        ds = instance(frame[None], "PALETTE COLOR")
        for name in ("Red", "Green", "Blue"):
            setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
            table = (np.arange(256) * 257).astype("<u2").tobytes()
            setattr(ds, f"{name}PaletteColorLookupTableData", table)
    else:
        ds = instance(np.repeat(frame[None], 4, axis=0) if kind == "loop" else frame[None])
    ds.Modality = "US"
    result = clean_pixels(ds, PixelSettings(engine="ours"))
    assert result.decision == "cleaned"
    after = applied(ds, result)
    assert same_outside(ds, after, result.regions)
    from deid.pixels.fill import outside

    remains = outside(ink.shape, result.regions)[ink].mean()
    assert remains < 0.2


@pytest.mark.parametrize(("attributes", "group"), [
    ({"Modality": "MG"}, "laterality"), ({"Modality": "CR", "BodyPartExamined": "BREAST"}, "laterality"),
    ({"Modality": "DX"}, "sides"), ({}, "sides"),
])  # fmt: skip
def test_the_views_of_mammography_are_kept_in_mammograms(monkeypatch, attributes, group):
    groups = []

    def seen(frames, settings, **options):
        groups.append(settings.keep)
        return detect.Detection()

    monkeypatch.setattr(detect, "look", seen)
    cleaned(instance(loop(1), **attributes), PixelSettings(read="all"))
    assert groups[0] == (group, "technique")


def test_a_trusted_loop_is_looked_at_in_single_frames_too(monkeypatch):
    looks = Looks(monkeypatch)
    kind = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4.1", "Modality": "MR"}
    ds = ct(loop(6).astype("u2"), NumberOfFrames=6, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], **kind)
    monkeypatch.setattr(Looks, "__call__", lambda self, frames, *_, **__: (self.calls.append(1), detect.Detection())[1])
    assert cleaned(ds, PixelSettings())[0].decision == "verbatim"
    assert len(looks.calls) == 2 + 6  # the extremes, and each of six frames
