"""After a run of the flow no planted identifier is anywhere but in the vault and the restricted area."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import itertools
import re
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from deid.attestation import file_digest
from deid.pipeline.work import unit_digest
from deid.surrogates import fold
from tests.scenarios.conftest import READY, Site

EXPORT = READY / "export"


@cache
def text_of(path: Path) -> str:
    """Everything that a reader could find in a file, joined."""
    return "\n".join(texts_of(path))


def texts_of(path: Path) -> Iterator[str]:
    """A file's bytes and what is inflated, decoded and unpickled from them."""
    raw = path.read_bytes()
    yield path.name
    yield from unwrapped(raw)
    if raw[128:132] == b"DICM":
        dataset = pydicom.dcmread(io.BytesIO(raw))
        yield str(dataset.file_meta)
        for element in dataset.iterall():
            if element.VR != "SQ" and element.tag != 0x7FE00010:
                yield str(element.value)
            if isinstance(element.value, bytes):
                yield from unwrapped(element.value)
    if raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for line in database.iterdump():
                yield line
                yield from unwrapped(line.encode())


def unwrapped(raw: bytes, depth: int = 2) -> Iterator[str]:
    yield raw.decode("utf-8", "replace")
    yield raw.decode("latin-1")
    if b"\0" in raw[:200]:
        yield raw.decode("utf-16-le", "replace")
    if depth == 0:
        return
    for attempt in (gzip.decompress, zlib.decompress):
        try:
            yield from unwrapped(attempt(raw), depth - 1)
        except (OSError, zlib.error, EOFError):
            continue
    for blob in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", raw[: 8 << 20]):
        try:
            yield from unwrapped(base64.b64decode(blob[: len(blob) // 4 * 4]), depth - 1)
        except binascii.Error:
            continue


def visible_files(site: Site) -> list[Path]:
    """What anybody but the vault's and the restricted area's owner may see."""
    places = [site.output, site.root / "prefect", site.root / "console.txt"]
    return [p for place in places for p in ([place] if place.is_file() else sorted(place.rglob("*"))) if p.is_file()]


def outputs_by_source(site: Site, answer) -> dict[tuple[str, int], Path]:
    """What was published of each unit of the answer key: source relative to the export, and number within it."""
    with site.vault() as vault:
        key = vault.derive("unit")
    published = {o.key: site.output / o.output for o in site.outcomes() if o.status == "clean"}
    found = {}
    for f in answer["files"]:
        index = f.get("index", 0)
        place = "" if f["kind"] == "dicom" else str(index)
        output = published.get(unit_digest(key, EXPORT / f["file"], place))
        if output is not None:
            found[f["file"], index] = output
    return found


def test_every_unit_of_the_export_ends_clean(site, answer):
    outcomes = site.outcomes()
    counts = Counter((str(o.status), o.code) for o in outcomes)
    # The one draft that belongs to nobody and the encapsulated PDF are the recipe's to decide; nothing is lost.
    assert set(counts) <= {("clean", ""), ("refused", "encapsulated-document")}, counts
    assert counts["clean", ""] >= len(answer["files"]) - 1


def test_no_planted_identifier_is_anywhere_in_sight(site, answer):
    everywhere = [i["value"] for i in answer["identifiers"] if i["search"] == "anywhere"]
    assert len(everywhere) > 300
    leaks = []
    for path in visible_files(site):
        content = fold(text_of(path))
        squeezed = re.sub(r"[\W_]+", " ", content)
        for value in everywhere:
            bare = re.sub(r"[\W_]+", " ", fold(value)).strip()
            if fold(value) in content or f" {bare} " in squeezed:
                leaks.append((path.relative_to(site.root).as_posix()[-40:], value))
    assert leaks == []


def test_short_values_are_not_in_the_outputs_of_their_own_patient(site, answer):
    sources = outputs_by_source(site, answer)
    own = defaultdict(list)
    for f in answer["files"]:
        own[f["patient"]] += [path for path in [sources.get((f["file"], f.get("index", 0)))] if path]
    leaks = []
    for item in answer["identifiers"]:
        if item["search"] != "own":
            continue
        pattern = re.compile(rf"(?<![a-z0-9]){re.escape(fold(item['value']))}(?![a-z0-9])")
        leaks += [item["value"] for p in own[item["patient"]] if pattern.search(fold(text_of(p)))]
    assert leaks == []


def test_what_could_stand_elsewhere_by_chance_is_not_where_it_was_planted(site, answer):
    """Names that are words, short values and dates: looked for in the element, text, pixels or name they stood in."""
    sources = outputs_by_source(site, answer)
    kinds = {f["file"]: f["kind"] for f in answer["files"]}
    checked, leaks = Counter(), []
    for item in answer["identifiers"]:
        for place in item["places"] if item["search"] == "place" else ():
            file, where = place["file"], place["where"]
            index = int(digits[0]) if (digits := re.findall(r"^(?:message|row) (\d+)", where)) else 0
            output = sources.get((file, index))
            if output is None:
                continue
            if where == "path":
                gone = fold(item["value"]) not in re.split(r"[^a-z0-9]+", fold(str(output.relative_to(site.output))))
            elif where == "pixels":
                gone = ink_left(EXPORT / file, output, place["box"]) < 0.2
            elif kinds[file] == "dicom" and value_is_body_part(item["value"], EXPORT / file):
                continue  # XR HAND of Mr. Hand
            elif kinds[file] == "dicom":
                gone = not stands_in_element(item["value"], EXPORT / file, output, where)
            else:
                before, after = spoken(EXPORT / file), spoken(output)
                gone = count(item["value"], after) < max(1, count(item["value"], before))
                if any(c.isdigit() for c in item["value"]):
                    gone = count(item["value"], after) == 0
            checked[kinds[file], where if where in ("path", "pixels") else ""] += 1
            if not gone:
                leaks.append((item["value"], file[-40:], where))
    assert leaks == [], "\n".join(map(str, leaks))
    assert checked["dicom", ""] > 150
    assert checked["dicom", "pixels"] > 5
    assert checked["text", ""] > 20


def count(value: str, text: str) -> int:
    return len(re.findall(rf"(?<![a-z0-9]){re.escape(fold(value))}(?![a-z0-9])", fold(text)))


def spoken(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def value_is_body_part(value: str, path: Path) -> bool:
    return fold(value) in fold(str(pydicom.dcmread(path).get("BodyPartExamined", ""))).split()


def stands_in_element(value: str, before: Path, after: Path, where: str) -> bool:
    """Whether as many elements of the place's tag hold the value after as before."""
    tag = int("".join(re.findall(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)", where)[-1]), 16)

    def held(path: Path) -> int:
        dataset = pydicom.dcmread(path)
        found = [e for e in (*dataset.file_meta, *dataset.iterall()) if int(e.tag) == tag and e.VR != "SQ"]
        return sum(count(value, str(e.value)) for e in found)

    return held(after) > 0 and (any(c.isdigit() for c in value) or held(after) >= held(before))


def ink_left(before: Path, after: Path, box: list[int]) -> float:
    """Part of the bright pixels in a box that is as it was."""
    left, top, right, bottom = box
    frames = []
    for path in (before, after):
        pixels = pydicom.dcmread(path).pixel_array
        frame = pixels[0] if pixels.ndim == 4 or (pixels.ndim == 3 and pixels.shape[-1] > 4) else pixels
        frames.append(np.asarray(frame[top:bottom, left:right], dtype=np.int64))
    far = np.abs(frames[0] - np.median(frames[0]))
    ink = far > far.max() / 2
    return float((frames[0][ink] == frames[1][ink]).mean())


def test_one_patient_has_one_code_in_header_sr_report_and_path(site, answer):
    sources = outputs_by_source(site, answer)
    with site.vault() as vault:
        for patient in answer["patients"]:
            codes = {vault.find(*key) for key in patient["keys"]}
            assert None not in codes
            mine = [(f["file"], f.get("index", 0)) for f in answer["files"] if f["patient"] == patient["id"]]
            files = [sources[unit] for unit in mine if unit in sources]
            assert files
            assert {p.relative_to(site.output).parts[0] for p in files} <= codes
            names = set()
            for path in files:
                if path.suffix == ".dcm":
                    dataset = pydicom.dcmread(path)
                    assert dataset.PatientID == path.relative_to(site.output).parts[0]
                    names.add(str(dataset.PatientName))
            assert len(names) <= len(codes)


def test_intervals_between_the_dates_of_a_patient_are_kept(site, answer):
    sources = outputs_by_source(site, answer)
    seen = 0
    for patient in answer["patients"]:
        if len(patient["keys"]) > 1:
            continue
        before, after = {}, {}
        for f in answer["files"]:
            if f["patient"] == patient["id"] and f["kind"] == "dicom" and (f["file"], 0) in sources:
                before[f["file"]] = pydicom.dcmread(EXPORT / f["file"]).StudyDate
                after[f["file"]] = pydicom.dcmread(sources[f["file"], 0]).StudyDate
        for a, b in itertools.combinations(before, 2):
            assert days(after[a], after[b]) == days(before[a], before[b])
            seen += before[a] != before[b]
            assert after[a] != before[a]
    assert seen


def days(a: str, b: str) -> int:
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def test_clinical_words_stay(site, answer):
    sources = outputs_by_source(site, answer)
    texts = defaultdict(str)
    for (source, _), path in sources.items():
        texts[source] += text_of(path)
    wanted = [k for k in answer["keep"] if k["file"] in texts and k["where"] != "pixels"]
    assert len(wanted) > 50
    lost = [(k["file"], k["value"]) for k in wanted if k["value"] not in texts[k["file"]]]
    assert lost == []


def test_the_output_is_as_the_manifest_says(site):
    for outcome in site.outcomes():
        if outcome.status == "clean":
            assert file_digest((site.output / outcome.output).read_bytes()) == outcome.digest
    assert not (site.output / ".incoming").exists()


def test_the_vault_answers_who_a_code_is_and_keeps_a_record(site, answer):
    patient = answer["patients"][0]
    with site.vault() as vault:
        code = vault.find(*patient["keys"][0])
        links = vault.reveal(code, reason="the proof", who="a test")
        assert any(link.original == patient["name"] for link in links if link.kind == "name")
        assert any(link.original == patient["keys"][0][0] for link in links if link.kind == "patient-id")
        assert [row for row in vault.audit() if row.act == "reveal" and row.code == code]


def test_a_second_run_in_another_place_gives_the_same_files(site, tmp_path):
    from deid import Deidentifier

    first = {p.relative_to(site.output): file_digest(p.read_bytes()) for p in site.output.rglob("*.dcm")}
    study = EXPORT / "SMITH_JOHN_40718253"
    with site.vault() as vault, Deidentifier("research", vault=vault) as d:
        outcomes = list(d.folder(study, into=tmp_path / "again"))
    again = {Path(o.output): o.digest for o in outcomes if o.status == "clean"}
    assert len(again) >= 7
    assert again.keys() <= first.keys()


@pytest.mark.parametrize("mode", [0o077])
def test_only_the_owner_can_look_into_the_restricted_area_and_the_vault(site, mode):
    for path in (site.root / "out.restricted", site.root / "vault", site.root / "vault" / "links.vault"):
        assert path.stat().st_mode & mode == 0
