"""What is found, what may stay, and what views show: behaviour of detection on drawn pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from deid.model import Category, Finding, Known, Passage, Region, Role, Subject, SubjectKey
from deid.pixels import detect as detecting
from deid.pixels import views
from deid.pixels.detect import Hints, detect, look, project
from deid.pixels.engines import Box, Image, Word, letters
from deid.pixels.keep import alike, allowed, tokens
from deid.settings import PixelSettings

GROUPS = ("laterality", "technique")
MIX = PixelSettings(engine=("ours", "rapidocr"))
ALONE = PixelSettings(second_reader="")


def picture(*words: tuple[str, int, int], size: tuple[int, int] = (256, 384), scale: float = 0.6) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 25, size)
    out = (40 + noise).astype(np.uint8)
    for text, x, y in words:
        cv2.putText(out, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 235, 1, cv2.LINE_AA)
    return out


def ink_of(text: str, x: int, y: int, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.putText(mask, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1, 2)
    return mask > 0


def filled(regions: Sequence[Region], shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape[:2], bool)
    for r in regions:
        mask[r.top : r.bottom, r.left : r.right] = True
    return mask


def remains(frame: np.ndarray, regions: Sequence[Region], *, above: int = 150) -> float:
    ink = frame > above
    return 1 - float(filled(regions, frame.shape)[ink].mean())


def ground(seed: int = 0, size: tuple[int, int] = (160, 320)) -> np.ndarray:
    return cv2.GaussianBlur(np.random.default_rng(seed).normal(500, 900, size), (0, 0), 9)


@pytest.mark.parametrize(("extreme", "windows"), [(60_000, ()), (60_000, ((550, 900),)), (-32_768, ()), (1e30, ())])
def test_text_is_found_beside_values_that_widen_the_range_a_hundredfold(extreme: float, windows: tuple) -> None:
    frame = ground()
    ink = ink_of("SMITHERS", 20, 40, frame.shape)
    frame[ink] += 250
    frame[100:150, 200:300] = extreme
    hints = Hints(windows)
    regions = detect([frame.astype(np.float32)], PixelSettings(engine="ours"), hints=hints)
    assert filled(regions, frame.shape)[ink].mean() > 0.95


@pytest.mark.parametrize("size", [(256, 384), (700, 900)])
def test_a_coloured_word_of_the_luminance_of_its_ground_is_found_however_large_the_picture(size: tuple) -> None:
    grey = (76 + np.random.default_rng(3).normal(0, 4, size)).clip(0, 255).astype(np.uint8)
    frame = np.repeat(grey[..., None], 3, axis=2)
    mask = np.zeros(size, np.uint8)
    cv2.putText(mask, "SMITHERS", (40, 130), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1, 1)
    frame[mask > 0] = (255, 0, 0)
    regions = detect([frame], PixelSettings(engine="ours"))
    assert filled(regions, size)[mask > 0].mean() > 0.95
    assert filled(regions, size).mean() < 0.03


@pytest.mark.parametrize("size", [(500, 760), (620, 800)])
def test_letters_of_a_fifth_of_a_picture_are_found(size: tuple) -> None:
    frame = (40 + ground(2, size) / 50).clip(0, 255).astype(np.uint8)
    mask = np.zeros(size, np.uint8)
    cv2.putText(mask, "MRN44", (30, 250), cv2.FONT_HERSHEY_SIMPLEX, 5, 1, 16)
    frame[mask > 0] = 235
    regions = detect([frame], PixelSettings(engine="ours"))
    assert filled(regions, size)[mask > 0].mean() > 0.9


@pytest.mark.parametrize(("size", "at"), [((7, 120), 6), ((12, 120), 10), ((30, 40), 18)])
def test_text_that_fills_a_tiny_picture_is_found(size: tuple, at: int) -> None:
    frame = np.full(size, 40, np.uint8)
    cv2.putText(frame, "ANNA", (2, at), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 220, 1)
    assert remains(frame, detect([frame], PixelSettings(engine="ours"))) < 0.1


def test_a_paragraph_is_not_filled_as_one_giant_line() -> None:
    frame = picture(*[("ASPHE 3JM 4711", 40, 300 + 40 * n) for n in range(4)], size=(520, 620), scale=0.7)
    regions = detect([frame], PixelSettings(engine="ours"))
    assert max(r.bottom - r.top for r in regions) < 40


def test_grey_pictures_and_coloured_words_that_were_found_cost_no_further_look() -> None:
    frame = np.repeat(picture()[..., None], 3, axis=2)
    frame[100:112, 100:180:2] = (255, 0, 0)
    nothing = np.zeros(frame.shape[:2], bool)
    assert views.specks(picture(), nothing) is None
    assert views.specks(frame[:90], nothing[:90]) is None
    assert views.specks(frame, ~nothing) is None


def test_ordinary_planes_are_looked_at_once() -> None:
    plane = ground().astype(np.float32)
    assert views.narrow(plane, Hints()) == []
    assert views.narrow(plane, Hints(((500, 400),))) == []
    assert views.narrow(np.zeros((40, 40), np.float32), Hints()) == []


class Scripted:
    """An engine that finds and reads what it is told: boxes in the upright picture, words by their order."""

    name = "scripted"
    reads = True

    def __init__(self, found: dict[Box, str], score: float = 0.95) -> None:
        self.found, self.score = found, score
        self.shape: tuple[int, ...] | None = None
        self.readings = 0

    def detect(self, image: Image) -> list[Box]:
        self.shape = self.shape or image.shape
        return list(self.found) if image.shape == self.shape else []

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
        self.readings += 1
        words = []
        for box in boxes:
            inside = [b for b in self.found if box.left <= b.left and b.right <= box.right]
            here = [b for b in inside if box.top <= b.top and b.bottom <= box.bottom and image.shape == self.shape]
            words.append(Word(self.found[here[0]] if here else "", self.score, box))
        return words


def scripted(monkeypatch: pytest.MonkeyPatch, found: dict[Box, str], score: float = 0.95) -> None:
    monkeypatch.setattr(detecting.engines, "load_all", lambda settings: [Scripted(found, score)])


FRAME = np.tile(np.arange(200, dtype=np.uint8), (150, 1))


# --- keeping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["L", "R", "LT", "RIGHT", "LCC", "RMLO", "AP", "PA", "LAT", "120KV", "5MM", "W:400"])
def test_markers_and_technique_may_stay(word: str) -> None:
    assert allowed([word], GROUPS) == [True]


@pytest.mark.parametrize("word", [
    "SMITH", "4711", "12/03/1970", "", "LX", "M", "1234567MM", "C4711", "L123", "L15", "Z0", "2T", "13S", "-22", "I",
])  # fmt: skip
def test_other_words_may_not(word: str) -> None:
    assert allowed([word], GROUPS) == [False]


def test_a_number_stays_only_beside_its_unit() -> None:
    assert allowed(["120", "KVP", "4711"], GROUPS) == [False, True, False]
    assert allowed(["ZOOM", "2.5"], GROUPS) == [True, True]
    assert allowed(["4711", "MM"], GROUPS) == [False, False]
    assert allowed(["SMITH", "303", "MM"], GROUPS) == [False, False, False]
    assert allowed(["SMITH", "120KV"], GROUPS) == [False, True]
    assert allowed(["SMITH", "L04"], GROUPS) == [False, False]


def test_groups_that_the_recipe_does_not_name_keep_nothing() -> None:
    assert allowed(["L", "120", "KVP"], ()) == [False, False, False]
    assert allowed(["LEFT", "KVP"], ("laterality",)) == [True, False]
    assert allowed(["WARD7"], (), ("ward7",)) == [True]


def test_an_initial_is_no_side() -> None:
    assert allowed(["R", "SMITH"], GROUPS) == [False, False]
    assert allowed(["SMITH", "L"], GROUPS) == [False, False]
    assert allowed(["L", "LAT"], GROUPS) == [True, True]


def test_two_letters_on_a_line_are_initials() -> None:
    assert allowed(["R", "S"], GROUPS) == [False, False]
    assert allowed(["R", "LAT"], GROUPS) == [True, True]
    assert allowed(["R", "5", "MM"], GROUPS) == [True, True, True]


def test_a_surname_goes_with_the_name_beside_it_and_an_angle_stays_with_its_number() -> None:
    assert allowed(["RAO", "PRIYA"], GROUPS) == [False, False]
    assert allowed(["", "LONG"], GROUPS) == [False, False]
    assert allowed(["RAO", "P"], GROUPS)[0] is False
    assert allowed(["RAO", "30"], GROUPS)[0] is True
    assert allowed(["LONG", "MAG", "1.5", "X"], GROUPS)[0] is True


def test_two_letters_of_technique_measure_something_or_are_initials() -> None:
    assert not any(allowed([word], GROUPS)[0] for word in ("MS", "DR", "TR", "MI"))
    assert all(allowed([word], GROUPS)[0] for word in ("AP", "PA", "RT"))
    assert allowed(["TR", "500", "MS"], GROUPS) == [True, True, True]


def test_the_two_letters_of_mammography_stay_in_mammograms() -> None:
    words = ["LM", "ML", "CC", "AT", "CV", "LLM", "RML"]
    assert [allowed([word], ("sides",)) for word in words] == [[False]] * len(words)
    assert [allowed([word], ("laterality",)) for word in words] == [[True]] * len(words)
    assert all(allowed([word], ("sides",)) == [True] for word in ("L", "RT", "LAT", "LMLO", "RCC", "MLO"))


def spaced(word: str, pitch: float, *, stacked: bool) -> dict[Box, str]:
    places = [int(20 + pitch * 14 * i) for i in range(len(word))]
    boxes = [Box(20, at, 31, at + 14) if stacked else Box(at, 20, at + 11, 34) for at in places]
    return dict(zip(boxes, word, strict=True))


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("pitch", [2.4, 3.5])
def test_letters_in_a_row_or_column_are_a_name(monkeypatch: pytest.MonkeyPatch, pitch: float, stacked: bool) -> None:
    scripted(monkeypatch, spaced("RAL", pitch, stacked=stacked))
    assert not look([FRAME], ALONE).kept


def test_markers_far_apart_and_beside_larger_or_longer_words_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    far = {Box(10, 10, 21, 24): "L", Box(160, 10, 171, 24): "R", Box(10, 60, 80, 74): "SUPINE"}
    scripted(monkeypatch, {**far, Box(10, 30, 30, 44): "R4"})
    assert [k.left for k in look([FRAME], ALONE).kept] == [10, 160, 10]


@pytest.mark.parametrize(("second", "stays"), [(Box(10, 34, 80, 48), False), (Box(100, 90, 170, 104), True)])
def test_a_surname_over_a_given_name_goes_with_it(monkeypatch: pytest.MonkeyPatch, second: Box, stays: bool) -> None:
    scripted(monkeypatch, {Box(10, 16, 50, 30): "RAO", second: "VENKAT"})
    assert bool(look([FRAME], ALONE).kept) == stays


def test_a_marker_is_recognised_in_brackets() -> None:
    assert [t for _, _, t in tokens("(L)  R.")] == ["L", "R"]


@pytest.mark.parametrize("text", ["Left", "kVp", "mAs", "120kV", "RAO", "LONG", "Supine"])
def test_a_marker_is_written_as_people_write_it(text: str) -> None:
    assert allowed([t for _, _, t in tokens(text)], GROUPS) == [True]


@pytest.mark.parametrize("text", ["l", "r", "RcC", "Rao", "Long", "Ma", "Tr"])
def test_what_nobody_writes_so_was_misread_or_is_a_name(text: str) -> None:
    assert allowed([t for _, _, t in tokens(text)], GROUPS) == [False]


@pytest.mark.parametrize(("a", "b", "same"), [
    ("RIGHT", "RICHT", True), ("RIGHT", "RIGHTT", True), ("RIGHT", "RIHT", True), ("RT", "AT", False),
    ("LEFT", "LEE", False), ("LAT", "LA", False),
])  # fmt: skip
def test_readings_with_one_letter_different_are_alike(a: str, b: str, same: bool) -> None:
    assert alike(a, b) is same
    assert alike(b, a) is same


def test_a_confident_marker_stays_and_a_name_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 25, 30): "L", Box(60, 10, 130, 31): "SMITH"})
    found = look([FRAME], ALONE)
    assert [(k.left, k.rule) for k in found.kept] == [(10, "kept")]
    assert [r.left for r in found.regions] == [60]
    assert found.words == 2


def test_a_marker_read_without_confidence_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 25, 30): "L"}, score=0.5)
    assert len(look([FRAME], ALONE).regions) == 1


def test_a_marker_that_two_readings_take_for_different_words_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wavering(Scripted):
        def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
            return [Word("L" if box.width == 15 + 2 else "LI", 0.95, box) for box in boxes]

    engine = Wavering({Box(10, 10, 25, 30): "L"})
    monkeypatch.setattr(detecting.engines, "load_all", lambda settings: [engine])
    assert len(look([FRAME], ALONE).regions) == 1


@pytest.mark.parametrize(("first", "second", "score", "stays"), [
    ("RIGHT", "RIGHT", 0.97, True), ("RIGHT", "RIGHT", 0.4, False), ("RIGHT", "RICHT", 0.97, False),
    ("RICHTER", "RIGHT", 0.97, False), ("L", "L", 0.97, True), ("L", "l", 0.97, False), ("LI", "LT", 0.97, False),
])  # fmt: skip
def test_a_word_in_doubt_stays_if_a_second_reader_reads_the_same(
    monkeypatch: pytest.MonkeyPatch, first: str, second: str, score: float, stays: bool
) -> None:
    box = Box(10, 10, 20 + 14 * len(first), 30)
    scripted(monkeypatch, {box: first}, score=0.5)
    other = Scripted({box: second}, score)
    other.shape = FRAME.shape
    monkeypatch.setattr(detecting.engines, "load", lambda name, settings: other)
    assert bool(look([FRAME], PixelSettings()).kept) == stays


def test_the_likelihood_of_a_word_is_weighed_over_all_its_spellings() -> None:
    steps = np.full((12, 1 + len(letters.CHARACTERS)), 1e-6)
    steps[:, 0] = 1.0
    for at, (character, chance) in zip((1, 4, 7), [("R", 0.9), ("C", 0.5), ("c", 0.6)], strict=True):
        steps[at, 0] = 0.05
        steps[at, letters.CHARACTERS.index(character) + 1] = chance
    steps[4, letters.CHARACTERS.index("c") + 1] = 0.4
    steps /= steps.sum(axis=1, keepdims=True)
    assert letters.likelihood(steps, "RCC") > 0.7
    assert letters.likelihood(steps, "RCC", exact=True) < 0.4
    assert letters.likelihood(steps, "LCC") < 0.01
    assert letters.likelihood(steps, "R") < 0.01
    assert letters.likelihood(steps, "Ü") == letters.likelihood(steps, "") == 0.0


@pytest.mark.parametrize(("name", "word", "stays"), [
    ("SMITH^JOHN", "L", True), ("SMITH^L", "L", False), ("R^ANNA", "R", False), ("SMITH^JOHN^R", "R", True),
    ("LONG^ANNA", "LONG", False), ("RIGHT^ANNA", "RIGHT", False),
])  # fmt: skip
def test_a_patient_whose_name_is_a_marker_keeps_none(
    monkeypatch: pytest.MonkeyPatch, name: str, word: str, stays: bool
) -> None:
    scripted(monkeypatch, {Box(10, 10, 20 + 12 * len(word), 30): word})
    who = Subject(SubjectKey("4711"), (Known(name, Category.NAME, Role.PATIENT, "PatientName"),))
    assert bool(look([FRAME], ALONE, find=nothing, subject=who).kept) == stays


def test_a_large_word_near_a_small_marker_is_not_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 90, 50): "SMITH", Box(110, 22, 118, 34): "L"})
    assert [k.left for k in look([FRAME], ALONE).kept] == [110]


def test_letters_beside_a_word_that_lies_on_its_side_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lying(Scripted):
        def read(self, image: Image, boxes: Sequence[Box]) -> list[Word]:
            lying = image.shape == FRAME.shape[::-1]  # turned by a quarter, text reads downwards
            return [Word(("L" if b.width < 40 else "SMITH") if lying else "", 0.95, b) for b in boxes]

    engine = Lying({Box(50, 10, 65, 30): "", Box(50, 34, 65, 120): ""})
    monkeypatch.setattr(detecting.engines, "load_all", lambda settings: [engine])
    assert not look([FRAME], ALONE).kept


def test_a_recipe_that_keeps_nothing_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Scripted({Box(10, 10, 25, 30): "L"})
    monkeypatch.setattr(detecting.engines, "load_all", lambda settings: [engine])
    assert len(look([FRAME], PixelSettings(keep=())).regions) == 1
    assert engine.readings == 0


def test_one_letter_in_a_long_box_is_a_word_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 68, 24): "I"})
    assert not look([FRAME], ALONE).kept


def test_only_whole_tokens_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 90, 30): "L SMITH"})
    assert len(look([FRAME], ALONE).regions) == 1


def test_a_known_identifier_never_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 50, 30): "LONG"})

    def find(passage: Passage, subject: Subject | None) -> list[Finding]:
        return [Finding(0, len(passage.text), Category.NAME, 1.0, "known:PatientName", Role.PATIENT)]

    assert look([FRAME], ALONE).kept
    assert not look([FRAME], ALONE, find=find).kept


def test_a_finding_that_is_not_known_does_not_take_a_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 25, 30): "L"})

    def find(passage: Passage, subject: Subject | None) -> list[Finding]:
        return [Finding(0, 1, Category.NAME, 0.4, "model")]

    assert look([FRAME], ALONE, find=find).kept


def test_a_mark_inside_a_larger_find_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 25, 30): "L", Box(5, 20, 130, 47): "SMITH"})
    found = look([FRAME], ALONE)
    assert not found.kept


def test_remove_none_looks_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(10, 10, 25, 30): "SMITH"})
    assert look([FRAME], PixelSettings(remove="none")).words == 0


def test_identifiers_only_still_removes_what_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = PixelSettings(remove="identifiers")

    def find(passage: Passage, subject: Subject | None) -> list[Finding]:
        return [Finding(0, 5, Category.NAME, 1.0, "known")] if "SMITH" in passage.text else []

    scripted(monkeypatch, {Box(10, 10, 90, 30): "Liver", Box(10, 60, 91, 82): "SMITH"})
    assert [r.top for r in look([FRAME], settings, find=find).regions] == [60]
    scripted(monkeypatch, {Box(10, 10, 90, 30): "Liver"}, score=0.4)
    assert [r.top for r in look([FRAME], settings, find=find).regions] == [10]
    scripted(monkeypatch, {Box(10, 10, 90, 30): "Liver"})
    assert [r.top for r in look([FRAME], settings).regions] == [10]


# --- whose picture ---------------------------------------------------------------------------------------------


def subject() -> Subject:
    known = (Known("GARCIA^ANA", Category.NAME, Role.PATIENT, "PatientName"),)
    return Subject(SubjectKey("4711"), (*known, Known("4711778", Category.ID, Role.PATIENT, "PatientID")))


def nothing(passage: Passage, who: Subject | None) -> list[Finding]:
    return []


@pytest.mark.parametrize(("text", "alerts"), [("ID: 9900331", 1), ("ID: 47II778", 0), ("Liver", 0)])
def test_a_contradicting_identity_raises_an_alert(monkeypatch: pytest.MonkeyPatch, text: str, alerts: int) -> None:
    scripted(monkeypatch, {Box(10, 10, 130, 30): text})
    found = look([FRAME], PixelSettings(), find=nothing, subject=subject())
    assert [a.code for a in found.alerts] == ["wrong-patient"] * alerts
    assert "99" not in "".join(a.detail for a in found.alerts)


# --- geometry --------------------------------------------------------------------------------------------------


def test_merge_joins_what_says_the_same_and_nothing_else() -> None:
    same = detecting.merge([Box(10, 10, 60, 30), Box(12, 9, 62, 31)], 100, 100)
    apart = detecting.merge([Box(10, 10, 60, 30), Box(10, 50, 60, 70)], 100, 100)
    crossing = detecting.merge([Box(0, 45, 100, 55), Box(45, 0, 55, 100)], 100, 100)
    assert same == [Box(10, 9, 62, 31)]
    assert len(apart) == 2
    assert len(crossing) == 2


def test_merge_clips_to_the_picture() -> None:
    assert detecting.merge([Box(-5, -5, 20, 20), Box(200, 0, 220, 9)], 100, 100) == [Box(0, 0, 20, 20)]


def test_a_second_engine_adds_only_what_is_missing() -> None:
    have = [Box(10, 10, 60, 30)]
    assert detecting._missing([Box(8, 8, 63, 32, 0.9)], have, []) == []
    added = detecting._missing([Box(8, 8, 160, 32, 0.9)], have, [])
    assert len(added) == 1
    assert added[0].left >= 60


def test_a_second_engine_that_is_not_sure_needs_a_sign_of_ours() -> None:
    unsure = [Box(8, 8, 160, 32, 0.6)]
    assert detecting._missing(unsure, [], []) == []
    assert len(detecting._missing(unsure, [], [Box(100, 10, 110, 20, 0.25)])) == 1


def test_an_oversized_box_is_looked_at_again_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {Box(0, 0, 190, 140): ""})
    found = look([FRAME], PixelSettings())
    assert not found.regions
    assert [a.code for a in found.alerts] == ["pixel-oversized"]


def test_a_box_found_in_a_turned_view_lands_where_it_was() -> None:
    frame = np.zeros((40, 90), np.uint8)
    frame[5:12, 60:80] = 255
    turned, back = detecting._turns(frame)[1]
    rows, columns = np.flatnonzero(turned.any(1)), np.flatnonzero(turned.any(0))
    box = back(Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    assert (box.left, box.top, box.right, box.bottom) == (60, 5, 80, 12)


# --- views -----------------------------------------------------------------------------------------------------


def test_text_outside_the_window_shows_in_the_local_view() -> None:
    frame = np.full((128, 256), 30000, np.uint16)
    frame[:, :64] = 0
    frame[ink_of("SMITH", 90, 70, frame.shape)] = 31500
    seen = views.local(views.planes(frame)[0], 16)
    ink = frame == 31500
    assert float(seen[ink].mean()) - float(seen[:, 200:][~ink[:, 200:]].mean()) > 40


def test_a_grey_rgb_picture_has_one_plane_and_a_coloured_word_shows() -> None:
    grey = np.repeat(picture()[..., None], 3, axis=2)
    assert len(views.planes(grey)) == 1
    coloured = grey.copy()
    coloured[40:60, 40:140] = (200, 20, 60)
    assert len(views.planes(coloured)) == 3


def test_padding_does_not_use_up_the_range() -> None:
    plane = np.full((64, 64), -2000, np.float32)
    plane[16:48, 16:48] = np.linspace(0, 100, 32)[None]
    assert np.ptp(views.percentile(plane, padding=-2000)[16:48, 16:48]) > 200


def test_equal_views_are_looked_at_once() -> None:
    pictures = detecting.pictures_of(picture(("A", 20, 40)).astype(np.uint16), Hints(windows=((50.0, 100.0),)))
    prints = [views.signature(p) for p in pictures]
    assert len(prints) == len(set(prints))


def test_projection_keeps_text_that_stands_still() -> None:
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 120, (12, 60, 80)).astype(np.uint8)
    frames[:, 10:14, 10:60] = 250
    mean, low, high, *rest = project(frames)
    assert low[10:14, 10:60].min() == 250
    assert low[30:].max() < high[30:].max()
    assert mean.dtype == frames.dtype
    assert len(rest) == 4
    assert len(project(frames[:1])) == 1


# --- the shipped engines ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ours", "rapidocr", ("ours", "rapidocr")])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_words_are_covered_in_every_direction(engine: str | tuple[str, ...], turn: int) -> None:
    frame = np.ascontiguousarray(np.rot90(picture(("SMITH JOHN", 20, 40), ("ID 4711778", 150, 200)), turn))
    assert remains(frame, detect([frame], PixelSettings(engine=engine))) < 0.2


@pytest.mark.slow
def test_hardly_anything_else_is_filled() -> None:
    frame = picture(("SMITH JOHN", 20, 40), ("ID 4711778", 150, 200))
    mask = filled(detect([frame], MIX), frame.shape)
    text = cv2.dilate((frame > 150).astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool)
    assert float((mask & ~text).mean()) < 0.005


@pytest.mark.slow
def test_text_outside_the_window_is_found() -> None:
    base = np.random.default_rng(2).normal(1000, 20, (256, 384))
    base[ink_of("SMITH 4711", 40, 90, base.shape)] = 60000
    base[ink_of("DOB 1970", 40, 200, base.shape)] = 300
    frame = np.clip(base, 0, 65535).astype(np.uint16)
    regions = detect([frame], MIX, hints=Hints(windows=((1000.0, 200.0),)))
    assert remains(frame, regions, above=30000) < 0.2
    dark = filled(regions, frame.shape)[frame < 600]
    assert 1 - float(dark.mean()) < 0.2


@pytest.mark.slow
def test_moving_text_is_found_where_it_is() -> None:
    frames = [picture((f"SMITH {i}", 10 + 40 * i, 60 + 50 * i)) for i in range(3)]
    found = look(frames, MIX, per_frame=True)
    for i, frame in enumerate(frames):
        assert remains(frame, [r for r in found.regions if r.frame == i]) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("text", ["R", "RIGHT", "AP", "LAT", "5 mm"])
def test_a_real_marker_stays(text: str) -> None:
    found = look([picture((text, 200, 60), scale=0.9)], PixelSettings())
    assert not found.regions
    assert found.kept


@pytest.mark.slow
def test_a_real_name_goes_though_it_is_as_short_as_a_marker() -> None:
    frame = picture(("LEE", 60, 60), ("RAY", 200, 60), ("47", 60, 160), ("LR9", 200, 160), scale=0.9)
    assert remains(frame, look([frame], PixelSettings()).regions) < 0.2


@pytest.mark.slow
def test_a_tiny_frame_is_no_error() -> None:
    for shape in ((1, 1), (3, 3, 3), (5, 200), (16, 16)):
        assert detect([np.zeros(shape, np.uint8)], MIX) == []
