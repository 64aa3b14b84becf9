"""The batch over a PACS export, as a Prefect flow.

Prefect keeps what it is given: parameters, names, logs, exception texts, results. So the flow's only
parameter is the opaque number of a job whose description lies in a folder of mode 0700; nothing is
persisted; an error leaves with its code and nothing else. Resuming is the manifest's business.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

# Set before Prefect is imported: it phones out by default, and its first server start can take a minute.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

import deid

__all__ = ["BatchJob", "batch", "load_job", "save_job"]

UNITS_PER_TASK = 4000  # a task run costs about 40 ms; an instance about 2


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What one batch does; lies in a file that only its owner can read.

    Attributes
    ----------
    key
        Where the vault's key is: ``file:PATH``, ``env`` or ``command:...``; never the key.
    """

    source: str
    output: str
    recipe: str
    vault: str
    key: str
    domain: str = "default"
    workers: int = 1

    def __repr__(self) -> str:
        return "BatchJob(…)"


def save_job(folder: Path, job: BatchJob) -> str:
    """Write a job's description (0600, in a folder of mode 0700) and return its number."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = secrets.token_hex(8)
    descriptor = os.open(folder / f"{number}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(job), file)
    return number


def load_job(number: str) -> BatchJob:
    """Read the description of a job from ``DEID_JOBS``."""
    folder = Path(os.environ["DEID_JOBS"])
    return BatchJob(**json.loads((folder / f"{number}.json").read_text("utf-8")))


@flow(name="deid-batch", persist_result=False, log_prints=False, validate_parameters=False)
def batch(job: str) -> dict[str, int]:
    """De-identify the export that a job describes; returns counts by status.

    Parameters
    ----------
    job
        Number from :func:`save_job`; says nothing about anybody.

    Raises
    ------
    RuntimeError
        With the code of what went wrong; the flow fails and can be run again.
    """
    counts: Counter[str] = Counter()
    try:
        described = load_job(job)
        key = deid.Key.load(described.key)
        with (
            deid.Deidentifier(
                described.recipe, vault=described.vault, key=key, domain=described.domain
            ) as deidentifier,
            deidentifier.run(described.source, into=described.output, workers=described.workers) as run,
        ):
            counts.update(o.status for o in run.rejected())
            for number, jobs in enumerate(run.shards(size=UNITS_PER_TASK), start=1):
                counts.update(shard(partial(run.process, jobs), number))
    except deid.DeidError as error:
        raise RuntimeError(error.code) from None
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RuntimeError(type(error).__name__) from None
    get_run_logger().info("units: %s", " ".join(f"{k}={v}" for k, v in sorted(counts.items())))
    return dict(counts)


@task(
    name="shard",
    persist_result=False,
    cache_policy=NO_CACHE,
    log_prints=False,
    retries=1,
    task_run_name="shard-{number}",
)
def shard(work: Callable[[], Iterator[deid.Outcome]], number: int) -> dict[str, int]:
    """Work on one portion of the export; counts by status. ``work`` is opaque, so that Prefect does not walk it."""
    try:
        counts = Counter(outcome.status for outcome in work())
    except deid.DeidError as error:
        raise RuntimeError(error.code) from None
    get_run_logger().info("shard %d: %s", number, " ".join(f"{k}={v}" for k, v in sorted(counts.items())))
    return {str(status): count for status, count in counts.items()}
