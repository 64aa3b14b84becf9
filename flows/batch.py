"""The batch over a PACS export, as a Prefect flow.

Prefect keeps what it is given: parameters, names, logs, exception texts, results. So the flow's only
parameter is the opaque number of a job whose description lies in a folder of mode 0700; nothing is
persisted; an error leaves with its code and nothing else. Resuming is the manifest's business.
"""

from __future__ import annotations

import json
import os
import re
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
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

import deid

__all__ = ["BatchJob", "batch", "load_job", "save_job"]

NUMBER = re.compile(r"[0-9a-f]{16}")
UNITS_PER_TASK = 4000  # a task run costs about 40 ms; an instance about 2


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What one batch does; lies in a file that only its owner can read.

    Attributes
    ----------
    key
        Where the vault's key is: ``file:PATH``, ``env`` or ``command:...``; never the key.
    all_clean
        The flow fails unless every unit is clean. Otherwise it ends as ``NotAllClean`` where some are not, and fails
        only where none is.
    allow_empty
        An export without a file is no error.
    """

    source: str
    output: str
    recipe: str
    vault: str
    key: str
    domain: str = "default"
    workers: int = 1
    all_clean: bool = False
    allow_empty: bool = False

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
    """Read the description of a job from ``DEID_JOBS``.

    Raises
    ------
    InputError
        ``job-folder`` if ``DEID_JOBS`` is not set, ``job-missing``, or ``job-form``.
    """
    folder = os.environ.get("DEID_JOBS", "")
    if not folder:
        raise deid.InputError("job-folder", "DEID_JOBS is not set", hint="set it to the folder given to save_job")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise deid.InputError("job-missing", "this is not the number of a job", hint="save_job returns it")
    try:
        return BatchJob(**json.loads(Path(folder, f"{number}.json").read_text("utf-8")))
    except OSError:
        raise deid.InputError("job-missing", "no such job lies in DEID_JOBS", hint="save_job writes it") from None
    except (TypeError, ValueError):
        raise deid.InputError("job-form", "the job's file is not what save_job writes", hint="save it again") from None


@flow(name="deid-batch", persist_result=False, log_prints=False, validate_parameters=False)
def batch(job: str) -> dict[str, int] | State:
    """De-identify the export that a job describes; returns counts by status.

    Where units are not clean the state is ``NotAllClean``, and its result the same counts.

    Parameters
    ----------
    job
        Number from :func:`save_job`; says nothing about anybody.

    Raises
    ------
    RuntimeError
        With the code of what went wrong and what can be done about it; the flow fails and can be run again.
    """
    counts: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    try:
        described = load_job(job)
        key = deid.Key.load(described.key)
        with (
            deid.Deidentifier(
                described.recipe, vault=described.vault, key=key, domain=described.domain
            ) as deidentifier,
            deidentifier.run(
                described.source,
                into=described.output,
                workers=described.workers,
                allow_empty=described.allow_empty,
            ) as run,
        ):
            counts.update(str(o.status) for o in run.rejected())
            for number, jobs in enumerate(run.shards(size=UNITS_PER_TASK), start=1):
                done, told = shard(partial(run.process, jobs), number)
                counts.update(done)
                alerts.update(told)
    except deid.DeidError as error:
        raise RuntimeError(_said(error)) from None
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RuntimeError(type(error).__name__) from None
    logger = get_run_logger()
    said = _counted(counts)
    logger.info("units: %s", said)
    if alerts:
        logger.warning("alerts: %s", _counted(alerts))
    if counts.total() == counts["clean"]:
        return dict(counts)
    logger.warning("not all units are clean: `deid quarantine list` says which and why")
    if described.all_clean or not counts["clean"]:
        raise RuntimeError(f"not-all-clean: {said}")
    return Completed(name="NotAllClean", message=said, data=dict(counts))


def _said(error: deid.DeidError) -> str:
    """Code and hint: both are ours, and hold nothing of an input's."""
    return f"{error.code} ({error.hint})" if error.hint else error.code


def _counted(counts: Counter[str]) -> str:
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items()))


@task(
    name="shard",
    persist_result=False,
    cache_policy=NO_CACHE,
    log_prints=False,
    retries=1,
    task_run_name="shard-{number}",
)
def shard(work: Callable[[], Iterator[deid.Outcome]], number: int) -> tuple[Counter[str], Counter[str]]:
    """Work on one portion of the export; counts by status, and of units by alert.

    ``work`` is opaque, so that Prefect does not walk it.
    """
    counts: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    try:
        for outcome in work():
            counts[str(outcome.status)] += 1
            alerts.update({alert.code.partition(":")[0] for alert in outcome.alerts})
    except deid.DeidError as error:
        raise RuntimeError(_said(error)) from None
    get_run_logger().info("shard %d: %s", number, _counted(counts))
    return counts, alerts
