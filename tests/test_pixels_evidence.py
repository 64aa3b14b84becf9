"""Contact sheets show before and after, and only where originals may lie."""

import stat

import numpy as np
import pytest
from PIL import Image

from deid.errors import InputError
from deid.pixels.evidence import CELL, pair, sheet, write_sheet
from tests.pixel_instances import box, finds, instance, texture
from tests.test_pixels_clean import cleaned


@pytest.mark.parametrize(
    ("shape", "dtype", "photometric"),
    [
        ((1, 60, 90), "u1", "MONOCHROME2"),
        ((5, 60, 90), "u2", "MONOCHROME1"),
        ((1, 900, 40), "f4", "MONOCHROME2"),
        ((2, 60, 90, 3), "u1", "RGB"),
        ((1, 1, 1), "i2", "MONOCHROME2"),
    ],
)
def test_a_pair_shows_what_was_filled(monkeypatch, shape, dtype, photometric):
    finds(monkeypatch, box(5, 5, 40, 20))
    ds = instance(texture(shape, dtype), photometric)
    result, after = cleaned(ds)
    shown = pair(ds, after, result, unit=7)
    assert shown.before.shape == shown.after.shape
    assert max(shown.before.shape) <= CELL
    assert shown.caption.startswith(f"7 {result.decision} frame ")
    if result.regions:
        assert (shown.before == (255, 64, 64)).all(axis=-1).any()


def test_a_sheet_is_written_for_its_owner_only(tmp_path, monkeypatch):
    finds(monkeypatch, box(5, 5, 40, 20))
    ds = instance(texture((1, 60, 90)))
    result, after = cleaned(ds)
    folder = tmp_path / "review"
    folder.mkdir(mode=0o700)
    path = write_sheet(folder, "S-1_2.25.9", [pair(ds, after, result)] * 5, output=tmp_path / "out")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Image.open(path) as image:
        assert image.size[0] == 2 * (2 * CELL + 12)


@pytest.mark.parametrize("place", ["open", "output"])
def test_a_sheet_is_not_written_where_others_can_read(tmp_path, monkeypatch, place):
    finds(monkeypatch)
    folder = tmp_path / "out" / "review"
    folder.mkdir(parents=True)
    folder.chmod(0o755 if place == "open" else 0o700)
    with pytest.raises(InputError, match="evidence-open"):
        write_sheet(folder, "x", [], output=tmp_path / "out" if place == "output" else None)
    assert not list(folder.iterdir())


def test_a_sheet_says_how_many_pairs_it_leaves_out():
    from deid.pixels.evidence import PAIRS_MAX, Pair

    one = Pair(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), "c")
    assert sheet([one] * (PAIRS_MAX + 3)).size[1] < (PAIRS_MAX // 2 + 1) * (CELL + 18) + 20
    assert sheet([]).size[1] > 0
