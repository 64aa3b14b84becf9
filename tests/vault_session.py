"""docs/vault-verbs.md: every verb, run as shown. ``python -m tests.vault_session`` writes the page again."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from deid.vault.commands import app

PAGE = Path(__file__).parents[1] / "docs" / "vault-verbs.md"
FILES = {
    "codes.csv": "id_old,id_new\nP-1,TRIAL-001\nP-2,TRIAL-002\n",
    "uids.csv": "id_old,id_new\n1.2.840.99.1,2.25.1\n1.2.840.99.2,2.25.2\n",
    "ids.txt": "P-1\tHOSP\nP-9\tHOSP\n",
}


def commands(page: str) -> list[str]:
    """Lines after a prompt."""
    return re.findall(r"^\$ (.*)$", page, re.MULTILINE)


def run(line: str) -> str:
    """What one line prints, words and data; knows pipes from ``printf``, redirections, ``export`` and ``mv``."""
    say = ""
    if line.startswith("printf "):
        text, line = line.split(" | ")
        say = shlex.split(text)[1].encode().decode("unicode_escape")
    line, _, target = line.partition(" > ")
    line, _, source = line.partition(" < ")
    words = shlex.split(line)
    if words[0] == "export":
        os.environ.update([words[1].split("=", 1)])
        return ""
    if words[0] == "mv":
        Path(words[1]).replace(words[2])
        return ""
    assert words[:2] == ["deid", "vault"], line
    done = CliRunner().invoke(app, words[2:], input=Path(source).read_text("utf-8") if source else say)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if target:
        Path(target).write_text(done.stdout, "utf-8")
        return done.stderr
    return done.output


def rewritten(page: str) -> str:
    """The page with what its commands print now, each in a console block of its own lines."""
    for name, text in FILES.items():
        Path(name).write_text(text, "utf-8")
    out, inside, prompt = [], False, False
    for line in page.splitlines():
        if line.startswith("```"):
            inside = line == "```console"
        if line.startswith("$ ") and inside:
            out += [line, *run(line[2:]).splitlines()]
            prompt = True
        elif not (inside and prompt and line != "```"):
            out.append(line)
        if not inside:
            prompt = False
    return "\n".join(out) + "\n"


def masked(page: str) -> str:
    """The page without what differs from run to run: keys, codes drawn, times and sizes."""
    page = re.sub(r"[0-9a-f]{16,}", "HEX", page)
    page = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "DAY", page)
    return re.sub(r"(searched_bytes|bytes|born|epoch)=\d+|date-offset  original=-?\d+", r"\1=N", page)


if __name__ == "__main__":
    import tempfile

    text = PAGE.read_text("utf-8")
    os.environ["LOGNAME"] = "arthur"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        text = rewritten(text)
    PAGE.write_text(text, "utf-8")
