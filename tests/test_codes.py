"""Codes that users meet when they run, export, send or go back are explained in docs/codes.md or docs/gate.md."""

import re

import pytest

from tests.exports import ROOT

RAISED = re.compile(r'(?:\w+Error|Refusal)\(\s*f?"([a-z0-9]+(?:-[a-z0-9]+)+)"')
ROOMS = ("deid/cli.py", "deid/manifest.py", "deid/pipeline", "deid/llm", "deid/dataset", "flows")
SOURCES = sorted(path for room in ROOMS for path in [ROOT / room, *(ROOT / room).rglob("*.py")] if path.is_file())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_code_is_explained(path):
    told = (ROOT / "docs" / "codes.md").read_text("utf-8") + (ROOT / "docs" / "gate.md").read_text("utf-8")
    whole = set(re.findall(r"`([a-z0-9-]+)`", told))
    begun = tuple(re.findall(r"`([a-z0-9]+-(?:[a-z]+-)?)\.\.\.`", told))
    missing = {
        code for code in RAISED.findall(path.read_text("utf-8")) if code not in whole and not code.startswith(begun)
    }
    assert missing == set()
