"""Presidio as host: our recognisers in its engine, a site's own in YAML, further models by name, never the network."""

import socket
from pathlib import Path

import pytest

from deid.errors import EngineError, RecipeError
from deid.model import Category, Known, Passage, Role, Subject, SubjectKey
from deid.settings import TextSettings
from deid.text import Finder
from deid.text.presidio import analyzer, known_recognizer

pytestmark = pytest.mark.slow
TEXT = "Patient Name: Maria Garcia, MRN 00482913, seen 3/14/2020 by Dr. Okafor at St. Mary's Hospital. Mail a.b@hosp.org. BI-RADS 4A."  # noqa: E501
YAML = """
recognizers:
  - name: Badge
    supported_languages: [en]
    supported_entity: BADGE
    patterns:
      - {name: badge, regex: "ZZ-[0-9]{3}", score: 0.9}
"""


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.usefixtures("no_network")
def test_the_engine_finds_what_the_finder_finds() -> None:
    settings = TextSettings(model="none")
    engine = analyzer(settings, languages=["en"])
    subject = Subject(SubjectKey("1"), (Known("GARCIA^MARIA", Category.NAME, Role.PATIENT, "PatientName"),))
    results = engine.analyze(TEXT, "en", ad_hoc_recognizers=[known_recognizer(subject)])
    for finding in Finder(settings).find(Passage(TEXT), subject):
        covered = {i for r in results if r.start < finding.end and finding.start < r.end for i in range(r.start, r.end)}
        assert set(range(finding.start, finding.end)) <= covered
    assert {"PERSON", "DATE_TIME", "EMAIL_ADDRESS", "ORGANIZATION", "ID"} <= {r.entity_type for r in results}
    assert not any("BI-RADS" in TEXT[r.start : r.end] for r in results)


@pytest.mark.usefixtures("no_network")
def test_a_site_adds_its_own_recogniser_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(YAML, "utf-8")
    found = Finder(TextSettings(model="none", recognizers=(str(path),))).find(Passage("badge ZZ-123 read"))
    assert [(f.start, f.end, f.rule) for f in found] == [(6, 12, "site:badge")]


def test_a_missing_or_broken_file_of_recognisers_is_a_recipe_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="text-recognizers-missing"):
        Finder(TextSettings(model="none", recognizers=(str(tmp_path / "no.yaml"),))).find(Passage("some text"))
    broken = tmp_path / "broken.yaml"
    broken.write_text("recognizers: 7\n", "utf-8")
    with pytest.raises(RecipeError, match="text-recognizers-invalid"):
        Finder(TextSettings(model="none", recognizers=(str(broken),))).find(Passage("some text"))


@pytest.mark.parametrize("plugin", ["en_core_web_nothing", "transformer:/nowhere"])
def test_a_missing_plugin_is_a_clear_error(plugin: str) -> None:
    with pytest.raises(EngineError, match="text-plugin-missing"):
        Finder(TextSettings(model="none", plugins=(plugin,))).find(Passage("some text"))
