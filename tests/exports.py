"""Small exports for tests of the whole way: real instances and reports of invented patients, and a vault of their own."""

from __future__ import annotations

import subprocess
import sys
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
DEID = (sys.executable, "-c", "from deid.cli import main; main()")
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


def deid(*arguments: object, stdin: str = "", cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    import os

    return subprocess.run(
        [*DEID, *map(str, arguments)],
        input=stdin,
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run(store: Store, recipe: Recipe | str | Path, source: Path, into: Path, *, workers: int = 1) -> list[Outcome]:
    """One pass over an export in this process."""
    with store.deidentifier(recipe) as d:
        return list(d.folder(source, into=into, workers=workers))


def seen_in(*texts: str) -> list[str]:
    """Which secrets stand in texts."""
    joined = "\n".join(texts).casefold()
    return [secret for secret in SECRETS if secret in joined]
