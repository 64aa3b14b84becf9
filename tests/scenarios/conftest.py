"""One run of the Prefect flow over the sample export, in a process of its own, for every proof to look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deid import Key, Outcome, Vault
from deid.manifest import PURPOSE, read_manifest
from deid.vault import Policy

ROOT = Path(__file__).resolve().parents[2]
RECIPE = os.environ.get("DEID_PROOF_RECIPE", "research")  # another one while working on the tests
READY = ROOT / "sample_data" / "ready"

RUN_FLOW = """
import sys
from flows.batch import BatchJob, batch, save_job
from pathlib import Path
source, output, vault, key, jobs, recipe = sys.argv[1:]
print(batch(save_job(Path(jobs), BatchJob(source, output, recipe, vault, "file:" + key))))
"""


@dataclass(frozen=True)
class Site:
    """A folder with everything that a run leaves behind."""

    root: Path

    @property
    def output(self) -> Path:
        return self.root / "out"

    def vault(self) -> Vault:
        return Vault.open(self.root / "vault" / "links.vault", Key.from_file(self.root / "vault" / "key"))

    def outcomes(self) -> list[Outcome]:
        with self.vault() as vault:
            return list(read_manifest(self.output / "manifest.jsonl", vault.derive(PURPOSE)))

    def run_flow(self, source: Path = READY / "export") -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "PREFECT_HOME": str(self.root / "prefect"),
            "DEID_JOBS": str(self.root / "jobs"),
            "PREFECT_LOGGING_TO_API_ENABLED": "true",
        }
        arguments = [
            source,
            self.output,
            self.root / "vault" / "links.vault",
            self.root / "vault" / "key",
            self.root / "jobs",
            RECIPE,
        ]
        return subprocess.run(
            [sys.executable, "-c", RUN_FLOW, *map(str, arguments)],
            env=env,
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=900,
            check=False,
        )


def make_site(root: Path) -> Site:
    """An empty site with a fresh vault."""
    for name in ("vault", "prefect"):
        (root / name).mkdir(mode=0o700, parents=True)
    # Further than any two dates of the sample lie apart: no shifted date can be another planted one by chance.
    far = Policy(shift_days=(-4000, -3000))
    Vault.create(root / "vault" / "links.vault", Key.generate(root / "vault" / "key"), policy=far).close()
    return Site(root)


@pytest.fixture(scope="session")
def answer() -> dict[str, object]:
    return json.loads((READY / "answer_key.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample export after the flow ran over it."""
    made = make_site(tmp_path_factory.mktemp("site"))
    done = made.run_flow()
    (made.root / "console.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return made
