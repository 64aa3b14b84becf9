"""What the device catalog says about a header, and what a series teaches it."""

import datetime as dt

import numpy as np
import pytest

from deid.errors import InputError, RecipeError, Refusal
from deid.model import Region
from deid.pixels import clean_pixels, detect
from deid.pixels.catalog import Catalog, Header
from deid.pixels.clean import decide
from deid.pixels.learn import entry_yaml, learn
from deid.settings import PixelSettings
from tests.pixel_instances import applied, box, finds, instance, texture

CATALOG = """
catalog: site
version: 2
unmatched: {unmatched}
extends: {extends}
entries:
  - id: acme-one
    match: {{manufacturer: ["ACME*"], model: [One], rows: 40, columns: [50, 70]}}
    pixels: {way}
    blank:
      - {{box: [0, 0, 60, 8], note: banner}}
      - {{box: [0, 0.9, 0.5, 1], unit: fraction}}
    keep:
      - {{box: [40, 10, 60, 40], note: grey scale}}
    provenance: seen on our own console
    date: 2026-11-22
"""


def site(tmp_path, way="blank", unmatched="read", extends='""'):
    path = tmp_path / "site.yaml"
    path.write_text(CATALOG.format(way=way, unmatched=unmatched, extends=extends))
    return PixelSettings(catalog=str(path))


def acme(**attributes):
    return instance(texture((1, 40, 60)), Manufacturer="Acme Ltd", ManufacturerModelName="ONE", **attributes)


def test_the_shipped_catalog_is_valid_and_says_where_each_entry_comes_from():
    catalog = Catalog.load()
    names = [e.id for e in catalog.entries]
    assert len(set(names)) == len(names) > 8
    assert all(e.provenance and e.date for e in catalog.entries)
    assert catalog.unmatched == "read"


def test_boxes_of_an_entry_are_filled_beside_what_is_detected(monkeypatch, tmp_path):
    finds(monkeypatch, box(20, 20, 30, 26))
    ds = acme()
    result = clean_pixels(ds, site(tmp_path))
    after = applied(ds, result)
    assert {(r.left, r.top, r.right, r.bottom, r.rule) for r in result.regions} == {
        (0, 0, 60, 8, "catalog:acme-one"),
        (0, 36, 30, 40, "catalog:acme-one"),
        (20, 20, 30, 26, "detected"),
    }
    assert not after.pixel_array[:8].any()
    assert result.reason == "catalog: acme-one"


@pytest.mark.parametrize(("rule", "stays"), [("detected", True), ("known:PatientName", False)])
def test_a_kept_box_protects_what_is_no_known_identifier(monkeypatch, tmp_path, rule, stays):
    found = Region(45, 15, 55, 20, None, 0.9, rule)
    monkeypatch.setattr(detect, "look", lambda *a, **k: detect.Detection((found,), (), (), 1))
    result = clean_pixels(acme(), site(tmp_path))
    assert (found in result.regions) is not stays


def test_a_device_without_an_entry_is_read_or_refused_as_the_catalog_says(tmp_path):
    other = instance(texture((1, 40, 60)), Manufacturer="OTHER")
    assert decide(other, site(tmp_path)).way == "read"
    with pytest.raises(Refusal, match="pixels-unmatched-device"):
        decide(other, site(tmp_path, unmatched="refuse"))


def test_an_entry_can_refuse(tmp_path):
    with pytest.raises(Refusal, match="pixels-refused"):
        decide(acme(), site(tmp_path, way="refuse"))


def test_own_entries_come_before_those_that_are_shipped(tmp_path):
    settings = site(tmp_path, extends="devices.yaml")
    assert Catalog.load(settings.catalog).digest not in ("", Catalog.load().digest)
    assert decide(acme(Modality="US"), settings).entry == "acme-one"
    assert decide(instance(texture((1, 9, 9)), Modality="US"), settings).entry == "ultrasound"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("catalog: [", "no YAML"),
        ("catalog: x\nversion: 1\nunmatched: pass\nentries: []", "unmatched"),
        (
            "catalog: x\nversion: 1\nunmatched: read\nentries: [{id: a, match: {modalty: [US]}, pixels: read,"
            " provenance: because we say, date: 2026-11-22}]",
            "modalty",
        ),
        (
            "catalog: x\nversion: 1\nunmatched: read\nentries: [{id: a, match: {}, pixels: blank,"
            " blank: [{box: [9, 0, 1, 5]}], provenance: because we say, date: 2026-11-22}]",
            "box",
        ),
    ],
)
def test_a_catalog_that_is_wrong_says_where(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match="catalog-invalid") as error:
        Catalog.load(str(path))
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["nowhere.yaml", "/nowhere/devices.yaml", "../devices.yaml"])
def test_a_catalog_that_is_not_there_is_an_error(name):
    with pytest.raises(RecipeError, match="catalog-missing"):
        Catalog.load(name)


@pytest.mark.parametrize(
    ("header", "way"),
    [
        ({"modality": "US"}, "read"),
        ({"modality": "XX"}, "read"),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.66.4"}, "data"),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.77.1.6", "image_type": ("ORIGINAL", "PRIMARY", "LABEL")}, "refuse"),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.77.1.6", "image_type": ("ORIGINAL", "PRIMARY", "VOLUME")}, "verbatim"),
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.77.1.4"}, "read"),
    ],
)
def test_what_the_shipped_catalog_says_about_some_headers(header, way):
    assert Catalog.load().verdict(Header(**header)).way == way


# --- learning ---------------------------------------------------------------------------------------------------------


def series(monkeypatch, places):
    """Instances in which text is found at the places given for each."""
    instances = [acme(SoftwareVersions="v[1]", ImageType=["ORIGINAL", "PRIMARY"]) for _ in places]
    left = iter(places)
    monkeypatch.setattr(detect, "look", lambda *a, **k: detect.Detection(tuple(box(*p) for p in next(left)), (), (), 1))
    return instances


BANNER, SOMETIMES = (2, 2, 40, 9), (10, 20, 30, 26)


def test_text_that_stands_in_most_instances_becomes_a_box(monkeypatch, tmp_path):
    instances = series(monkeypatch, [[BANNER], [BANNER, SOMETIMES], [BANNER], [], [BANNER]])
    entry = learn(instances, PixelSettings(), today=dt.date(2026, 11, 22))
    assert [a.box for a in entry.blank] == [(0, 0, 42, 11)]
    assert entry.id == "acme-ltd-one-60x40"
    assert "5 instances" in entry.provenance
    path = tmp_path / "learnt.yaml"
    path.write_text("catalog: learnt\nversion: 1\nunmatched: read\nentries:\n" + entry_yaml(entry))
    again = Catalog.load(str(path))
    assert again.entries == (entry,)
    assert again.verdict(Header.of(instances[0])).entry == entry.id
    assert again.verdict(Header.of(acme(SoftwareVersions="v1"))).entry == ""


def test_a_series_without_static_text_is_proposed_to_be_read(monkeypatch):
    entry = learn(series(monkeypatch, [[], [SOMETIMES], []]), PixelSettings(), today=dt.date(2026, 11, 22))
    assert (entry.pixels, entry.blank) == ("read", ())


def test_too_few_or_mixed_instances_teach_nothing(monkeypatch):
    with pytest.raises(InputError, match="learn-few"):
        learn(series(monkeypatch, [[BANNER]] * 2), PixelSettings(), today=dt.date(2026, 11, 22))
    mixed = series(monkeypatch, [[BANNER]] * 4)
    mixed[2].ManufacturerModelName = "Two"
    with pytest.raises(InputError, match="learn-mixed"):
        learn(mixed, PixelSettings(), today=dt.date(2026, 11, 22))


def test_a_verdict_is_remembered():
    catalog = Catalog.load()
    header = Header(modality="US", rows=int(np.int64(5)))
    assert catalog.verdict(header) is catalog.verdict(Header(modality="US", rows=5))


@pytest.mark.parametrize(("header", "entry", "boxes"), [
    ({"modality": "US", "model": "iU22", "rows": 768, "columns": 1024}, "philips-iu22-768", [(0, 0, 1024, 75)]),
    ({"modality": "US", "model": "iU22", "rows": 900, "columns": 1200}, "ultrasound", []),
    ({"modality": "US", "manufacturer": "SIEMENS", "model": "ACUSON S2000", "rows": 600, "columns": 800},
     "siemens-acuson", [(0, 0, 800, 43), (128, 56, 144, 72)]),
    ({"modality": "CT", "manufacturer": "Philips", "rows": 512, "columns": 512, "image_type": ("DERIVED", "DOSE_INFO")},
     "philips-ct-dose", [(0, 0, 512, 135)]),
    ({"modality": "CT", "manufacturer": "X", "image_type": ("DERIVED", "SECONDARY", "DOSE")}, "dose-screen", []),
    ({"modality": "DX"}, "dx-markers", []),
    ({"modality": "OT", "sop_class": "1.2.840.10008.5.1.4.1.1.7", "conversion": "WSD"}, "secondary-capture", []),
    ({"modality": "CR", "conversion": "DF"}, "film-scan", []),
    ({"modality": "XX", "manufacturer": "nobody"}, "", []),
])  # fmt: skip
def test_the_shipped_catalog_knows_kinds_and_consoles(header, entry, boxes):
    verdict = Catalog.load().verdict(Header(**header))
    assert verdict.entry == entry
    assert [(r.left, r.top, r.right, r.bottom) for r in verdict.blank] == boxes
    assert verdict.way in ("read", "blank")
