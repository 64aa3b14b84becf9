"""The plug is pulled; running again gives the tree that an undisturbed run gives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.conftest import READY, RECIPE, ROOT, make_site

DEID = [sys.executable, "-c", "from deid.cli import main; main()"]
SOURCE = READY / "export"


def tree(output: Path) -> dict[str, bytes]:
    return {
        p.relative_to(output).as_posix(): p.read_bytes()
        for p in output.rglob("*")
        if p.is_file() and p.suffix != ".jsonl"
    }


def command(site, output: Path, *more: str) -> list[str]:
    return [
        *DEID,
        "run",
        str(SOURCE),
        str(output),
        "--vault",
        str(site.root / "vault" / "links.vault"),
        "--key",
        f"file:{site.root / 'vault' / 'key'}",
        "--recipe",
        RECIPE,
        *more,
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    site = make_site(tmp_path_factory.mktemp("undisturbed"))
    done = subprocess.run(command(site, site.output), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return site


def test_a_run_that_is_killed_and_resumed_gives_the_same_tree(undisturbed, tmp_path):
    """Killed again and again, at whatever step it is, until it comes through."""
    output = tmp_path / "out"
    expected = tree(undisturbed.output)
    kills = 0
    for seconds in (4.0, 6.0, 8.0, 11.0, 15.0):
        process = subprocess.Popen(
            command(undisturbed, output),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
            break
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            published = {name: content for name, content in tree(output).items() if not name.startswith(".incoming")}
            assert published.items() <= expected.items()  # whatever is visible is whole and right
    assert kills >= 2
    done = subprocess.run(command(undisturbed, output), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert tree(output) == expected
    assert not (output / ".incoming").exists()


def test_running_again_does_nothing_twice(undisturbed):
    before = {p: p.stat().st_mtime_ns for p in undisturbed.output.rglob("*.dcm")}
    began = time.monotonic()
    done = subprocess.run(
        command(undisturbed, undisturbed.output, "--json"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1)
    assert {p: p.stat().st_mtime_ns for p in undisturbed.output.rglob("*.dcm")} == before
    assert time.monotonic() - began < 30


def test_the_same_instance_with_other_bytes_is_a_conflict_and_with_the_same_bytes_is_done_already(
    undisturbed, tmp_path
):
    from deid import Deidentifier, Key, Vault

    folder = tmp_path / "in"
    folder.mkdir()
    source = next((SOURCE / "SMITH_JOHN_40718253" / "20230620_CT_FU").glob("*.dcm"))
    shutil.copy(source, folder / "a.dcm")
    shutil.copy(source, folder / "b.dcm")
    changed = bytearray(source.read_bytes())
    at = changed.index(b"\xe0\x7f\x10\x00") + 2000
    changed[at] ^= 1
    (folder / "c.dcm").write_bytes(changed)
    with (
        Vault.open(
            undisturbed.root / "vault" / "links.vault", Key.from_file(undisturbed.root / "vault" / "key")
        ) as vault,
        Deidentifier("research", vault=vault) as d,
    ):
        outcomes = list(d.folder(folder, into=tmp_path / "out"))
    assert [(str(o.status), o.code) for o in outcomes] == [
        ("clean", ""),
        ("clean", ""),
        ("quarantined", "conflict-instance"),
    ]
    assert len({o.output for o in outcomes[:2]}) == 1
