"""Engines behind one protocol: what they return, and what happens when one cannot work."""

from __future__ import annotations

import hashlib
import logging
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from deid.errors import EngineError
from deid.pixels import engines
from deid.pixels.engines import Box
from deid.pixels.engines.own import OwnEngine
from deid.pixels.engines.rapid import RapidEngine
from deid.settings import PixelSettings


def written(text: str, *, size: tuple[int, int] = (200, 320), scale: float = 0.8) -> np.ndarray:
    picture = np.full(size, 20, np.uint8)
    cv2.putText(picture, text, (20, size[0] // 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 230, 2, cv2.LINE_AA)
    return picture


def covered(picture: np.ndarray, boxes: list[Box]) -> float:
    ink = picture > 120
    mask = np.zeros(picture.shape, bool)
    for box in boxes:
        mask[box.top : box.bottom, box.left : box.right] = True
    return float(mask[ink].mean())


@pytest.fixture(scope="module")
def rapid() -> RapidEngine:
    return RapidEngine(1)


def test_unknown_engine_names_the_ones_there_are() -> None:
    with pytest.raises(EngineError) as caught:
        engines.load("tesseract", PixelSettings())
    assert caught.value.code == "engine-unknown"
    assert "rapidocr" in str(caught.value)


def test_engine_is_loaded_once() -> None:
    assert engines.load("ours", PixelSettings()) is engines.load("ours", PixelSettings())


def test_recipe_may_name_a_union() -> None:
    assert [e.name for e in engines.load_all(PixelSettings(engine=("ours", "rapidocr")))] == ["ours", "rapidocr"]


def test_doctor_speaks_of_every_engine_and_loads_none(tmp_path: Path) -> None:
    found = engines.doctor(str(tmp_path))
    assert set(found) == set(engines.ENGINES)
    assert found["ours"] == "ok"
    assert found["rapidocr"] == "ok"
    assert found["easyocr"].startswith("missing")


def test_rapidocr_covers_a_word(rapid: RapidEngine) -> None:
    picture = written("SMITH 4711")
    assert covered(picture, rapid.detect(picture)) > 0.95


def test_rapidocr_modes_do_not_stick(rapid: RapidEngine) -> None:
    picture = written("SMITH 4711")
    first = rapid.detect(picture)
    words = rapid.read(picture, first)
    assert rapid.detect(picture) == first
    assert "4711" in words[0].text
    assert words[0].score > 0.8


def test_rapidocr_finds_nothing_in_an_empty_picture(rapid: RapidEngine) -> None:
    assert rapid.detect(np.zeros((128, 128), np.uint8)) == []


def test_rapidocr_reads_an_empty_box_as_nothing(rapid: RapidEngine) -> None:
    words = rapid.read(np.zeros((64, 64), np.uint8), [Box(0, 0, 64, 64)])
    assert len(words) == 1
    assert words[0].score < 0.9


def test_rapidocr_logs_nothing_that_it_reads(rapid: RapidEngine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        rapid.read(written("SMITH"), [Box(0, 0, 320, 200)])
    assert "SMITH" not in caplog.text


def test_a_word_hides_its_text() -> None:
    assert "SMITH" not in repr(engines.Word("SMITH", 0.9, Box(0, 0, 1, 1)))


def test_own_engine_covers_a_word_in_any_depth() -> None:
    own = engines.load("ours", PixelSettings())
    eight = written("SMITH 4711")
    sixteen = (eight.astype(np.uint16) * 3 + 20000).astype(np.uint16)
    assert covered(eight, own.detect(eight)) > 0.9
    assert covered(eight, own.detect(sixteen)) > 0.9


def test_own_engine_covers_text_that_crosses_tiles() -> None:
    from deid.pixels.engines.own import TILE, _cuts

    for length in (TILE, TILE + 32, 3 * TILE + 64):
        seen = np.zeros(length, int)
        for start, end, lead in _cuts(length):
            assert end - start <= TILE
            seen[start + lead : end] += 1
        assert seen.min() >= 1
    assert _cuts(100) == [(0, 100, 0)]


def test_a_corner_is_covered_by_two_boxes_not_by_its_hull() -> None:
    from deid.pixels.engines.own import boxes_of

    chance = np.zeros((60, 60), np.float32)
    chance[5:9, 5:50] = 0.9
    chance[5:55, 5:9] = 0.9
    boxes = boxes_of(chance)
    assert sum(b.area for b in boxes) < 1.2 * float((chance > 0).sum())
    mask = np.zeros(chance.shape, bool)
    for b in boxes:
        mask[b.top : b.bottom, b.left : b.right] = True
    assert mask[chance > 0].all()


@pytest.mark.parametrize("upright", [True, False])
def test_a_line_goes_on_over_letters_that_are_less_surely_text(upright, monkeypatch):
    chance = np.zeros((60, 60), np.float32)
    chance[20:24, 10:30] = 0.9
    chance[20:24, 30:34] = chance[20:24, 7:9] = 0.33
    chance[20:24, 37:40] = 0.33  # too far away to be of the line
    chance[27:31, 10:30] = 0.33  # nor is what stands below it
    chance = chance if upright else np.ascontiguousarray(chance.T)
    monkeypatch.setattr(OwnEngine, "chance", lambda *_, **__: chance)
    found, _ = OwnEngine().look_plane(np.arange(14400, dtype=np.float32).reshape(120, 120))
    edges = [(b.left, b.top, b.right, b.bottom) for b in found]
    assert edges == ([(14, 40, 68, 48)] if upright else [(40, 14, 48, 68)])


def test_easyocr_without_weights_is_an_error_and_no_fallback(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        engines.load("easyocr", PixelSettings(engine="easyocr", easyocr_models=str(tmp_path)))
    assert caught.value.code in ("engine-missing", "engine-weights-missing")
    assert caught.value.hint
    assert str(tmp_path) not in str(caught.value)


@pytest.fixture(scope="module")
def easy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write weights of EasyOCR's shapes; a network that has learned nothing still runs every line of the way."""
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from deid.pixels.engines.easy import _let_torchvision_import

        pytest.importorskip("scipy")
        if engines.easy.find_spec("easyocr") is None:
            pytest.skip("the extra easyocr is not installed")
        _let_torchvision_import()
        from easyocr.config import detection_models, recognition_models
        from easyocr.craft import CRAFT
        from easyocr.model.vgg_model import Model

        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("weights")
        craft = CRAFT(pretrained=False)
        with torch.no_grad():  # every place is the middle of a letter
            craft.conv_cls[-1].weight.zero_()
            craft.conv_cls[-1].bias.copy_(torch.tensor([0.9, 0.1]))
        english = recognition_models["gen2"]["english_g2"]
        reader = Model(1, 256, 256, len(english["characters"]) + 1)
        torch.save(craft.state_dict(), folder / "craft_mlt_25k.pth")
        torch.save({f"module.{k}": v for k, v in reader.state_dict().items()}, folder / "english_g2.pth")
    patch = pytest.MonkeyPatch()
    for entry, name in ((detection_models["craft"], "craft_mlt_25k.pth"), (english, "english_g2.pth")):
        patch.setitem(entry, "md5sum", hashlib.md5((folder / name).read_bytes(), usedforsecurity=False).hexdigest())
    yield folder
    patch.undo()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_easyocr_runs_its_real_code(easy_weights: Path) -> None:
    settings = PixelSettings(engine="easyocr", easyocr_models=str(easy_weights))
    engine = engines.load("easyocr", settings)
    picture = written("SMITH", size=(96, 160))
    boxes = engine.detect(picture)
    assert boxes
    assert all(0 <= b.left < b.right <= 160 and 0 <= b.top < b.bottom <= 96 for b in boxes)
    words = engine.read(picture, boxes)
    assert len(words) == len(boxes)
    assert engines.doctor(str(easy_weights))["easyocr"] == "ok"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_easyocr_refuses_weights_with_another_checksum(easy_weights: Path, tmp_path: Path) -> None:
    for name in ("craft_mlt_25k.pth", "english_g2.pth"):
        (tmp_path / name).write_bytes((easy_weights / name).read_bytes() + b"x")
    with pytest.raises(EngineError) as caught:
        engines.load("easyocr", PixelSettings(engine="easyocr", easyocr_models=str(tmp_path)))
    assert caught.value.code == "engine-weights-wrong"
