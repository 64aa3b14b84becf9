"""Small exports for tests of the whole way: instances and reports of invented patients, and a vault."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.uid import ExplicitVRLittleEndian

from deid import Deidentifier, Key, Outcome, Recipe, Vault
from tests.dicom_corpus import CHARSETS, Person, build, encode

ROOT = Path(__file__).resolve().parents[1]
ZELDA = CHARSETS["ascii"]
ANAIS = replace(ZELDA, family="Harkonby", given="Marigolda", mrn="MRN5550143", accession="ACX7781203")
ISSUER = "BARTOLPH"
# What stands in every instance and report of Zelda and must never be seen again.
SECRETS = ("quuxley", "zeldabeth", "wolfenbarg", "mrn7730912", "acx5520917", "thistledown", "617-555-0188")

REPORT = """Patient Name: QUUXLEY, ZELDABETH
MRN: MRN7730912
Accession: ACX5520917
Exam date: 04/17/2023

FINDINGS: Mild osteoarthritis of the left knee, 12 mm effusion. Baker cyst. Mrs. Quuxley was called at 617-555-0188.

IMPRESSION: No fracture.
"""


@dataclass(frozen=True)
class Store:
    """A vault and its key, closed."""

    vault: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--vault", str(self.vault), "--key", f"file:{self.key}")

    @contextmanager
    def open(self) -> Iterator[Vault]:
        with Vault.open(self.vault, Key.from_file(self.key)) as vault:
            yield vault

    @contextmanager
    def deidentifier(self, recipe: Recipe | str | Path) -> Iterator[Deidentifier]:
        with self.open() as vault, Deidentifier(recipe, vault=vault) as d:
            yield d


def new_store(folder: Path) -> Store:
    folder.mkdir(mode=0o700, parents=True)
    Vault.create(folder / "links.vault", Key.generate(folder / "key")).close()
    return Store(folder / "links.vault", folder / "key")


def fast_recipe(folder: Path, **sections: str) -> Path:
    """``research`` without looking at pixels, and what else a test wants, as YAML in flow style."""
    path = folder / "fast.yaml"
    lines = {"pixels": "{remove: none}", **sections}
    path.write_text("recipe: fast\nextends: research\n" + "".join(f"{k}: {v}\n" for k, v in lines.items()))
    return path


def put_instance(
    path: Path, kind: str = "CT", person: Person = ZELDA, *, study: int = 0, number: int = 1, **changes: object
) -> Path:
    """Write an instance; ``changes`` are keywords and values, None deletes."""
    made = build(kind, person, study=study, number=number)
    for keyword, value in changes.items():
        if value is None:
            delattr(made, keyword)
        else:
            setattr(made, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(made, ExplicitVRLittleEndian))
    return path


def put_report(path: Path, text: str = REPORT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Done:
    """How a process ended."""

    returncode: int
    stdout: str
    stderr: str


# Commands are processes of their own, forked from one that has imported what all of them import.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["deid.cli", "deid.vault.commands", "deid.pipeline", "deid.text.presidio", "deid.llm"]
)


def deid(*arguments: object, stdin: str = "", cwd: Path = ROOT, **env: str) -> Done:
    """Run the command line as a user does."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_text(stdin, encoding="utf-8")
        process = _PROCESSES.Process(target=_command, args=([*map(str, arguments)], streams, cwd, env))
        process.start()
        process.join(300)
        assert process.exitcode is not None, "the command does not end"
        return Done(process.exitcode, *(path.read_text("utf-8") for path in streams[1:]))


def _command(arguments: list[str], streams: list[Path], cwd: Path, env: dict[str, str]) -> None:
    for number, path in enumerate(streams):
        descriptor = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    os.chdir(cwd)
    os.environ.update(env)
    sys.argv = ["deid", *arguments]
    from deid.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def run(store: Store, recipe: Recipe | str | Path, source: Path, into: Path, *, workers: int = 1) -> list[Outcome]:
    """One pass over an export in this process."""
    with store.deidentifier(recipe) as d:
        return list(d.folder(source, into=into, workers=workers))


def seen_in(*texts: str) -> list[str]:
    """Which secrets stand in texts."""
    joined = "\n".join(texts).casefold()
    return [secret for secret in SECRETS if secret in joined]
