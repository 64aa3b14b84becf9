"""docs/vault.md: what it shows can be typed, and its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from deid.vault.commands import app
from tests import vault_session

GUIDE = (Path(__file__).parents[1] / "docs" / "vault.md").read_text("utf-8")


def commands() -> list[list[str]]:
    lines = re.findall(r"^\$ deid vault (.*)$", GUIDE, re.MULTILINE)
    return [shlex.split(line.split(" #")[0].split(" > ")[0].split(" < ")[0]) for line in lines]


def test_every_command_of_the_guide_exists_with_its_options() -> None:
    assert len(commands()) > 20
    for words in commands():
        command = typer.main.get_command(app)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, words


def test_python_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code
    exec(compile(code.group(1), "guide", "exec"), {})
    assert "patient-id 4711-A" in capsys.readouterr().out


def test_page_of_verbs_shows_what_each_verb_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = vault_session.PAGE.read_text("utf-8")
    group = typer.main.get_command(app)
    typed = [line.split("deid vault ")[1].split() for line in vault_session.commands(page) if "deid vault " in line]
    shown = {" ".join(words[:count]) for words in typed for count in (1, 2)}
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for verb in getattr(command, "commands", {"": None}):
            assert f"{name} {verb}".strip() in shown, (name, verb)
    monkeypatch.setenv("LOGNAME", "arthur")
    monkeypatch.setenv("DEID_VAULT", "")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("DEID_VAULT_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    again = vault_session.rewritten(page)
    # Rows of a subject come in the order of their blind indexes, which are another's in each vault.
    assert sorted(vault_session.masked(again).splitlines()) == sorted(vault_session.masked(page).splitlines())
