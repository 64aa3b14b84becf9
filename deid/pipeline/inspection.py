"""Looking at what is there: an output folder against its manifest, a machine against its needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from deid.attestation import file_digest
from deid.errors import InputError
from deid.manifest import PURPOSE, read_manifest
from deid.model import Status
from deid.vault import Vault

__all__ = ["MANIFEST_NAME", "Finding", "check_installation", "verify_output"]

MANIFEST_NAME = "manifest.jsonl"


def verify_output(folder: Path, vault: Vault) -> list[str]:
    """Compare an output folder with its signed manifest.

    Returns
    -------
    list of str
        ``output-missing``, ``output-changed`` and ``output-unknown``, one per file; empty if all is as
        published.

    Raises
    ------
    InputError
        ``manifest-broken``, or ``manifest-missing``.
    """
    manifest = folder / MANIFEST_NAME
    if not manifest.exists():
        raise InputError("manifest-missing", "this folder has no manifest")
    last = {o.key: o for o in read_manifest(manifest, vault.derive(PURPOSE))}
    expected = {o.output: o.digest for o in last.values() if o.status is Status.CLEAN}
    problems = []
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            problems.append("output-missing")
        elif file_digest(path) != digest:
            problems.append("output-changed")
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST_NAME}
    return problems + ["output-unknown"] * len(present - expected.keys())


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a machine needs or may have."""

    name: str
    ok: bool
    detail: str
    needed: bool = True


def check_installation() -> Iterator[Finding]:
    """What is installed, which weights are there, and how to get what is not."""
    for package in ("pydicom", "presidio-analyzer", "spacy", "rapidocr", "onnxruntime", "prefect", "cryptography"):
        yield _package(package)
    for package, extra in (
        ("easyocr", "easyocr"),
        ("psycopg", "postgres"),
        ("pyarrow", "dataset"),
        ("openai", "llm"),
        ("pynetdicom", "pacs"),
        ("prefect-dask", "dask"),
        ("pylibjpeg-libjpeg", "gpl-codecs"),
    ):
        yield _package(package, extra)
    model = resources.files("deid.text").joinpath("model")
    yield Finding(
        "text model",
        model.is_dir(),
        "shipped with the package" if model.is_dir() else "the package is incomplete: install it again",
    )
    yield from _engines()


def _package(name: str, extra: str = "") -> Finding:
    try:
        return Finding(name, True, version(name), not extra)
    except PackageNotFoundError:
        wanted = f"deid-pipeline[{extra}]" if extra else "deid-pipeline"
        return Finding(name, False, f"pip install '{wanted}'", not extra)


def _engines() -> Iterator[Finding]:
    from deid.pixels import engines

    for name, state in engines.doctor().items():
        yield Finding(f"engine {name}", state.startswith("ok"), state, needed=name != "easyocr")
