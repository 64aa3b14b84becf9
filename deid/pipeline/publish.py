"""From temporary files to visible ones: links durable first, then names, then the record.

A crash between any two steps leaves nothing that is visible and unverified, and nothing that running
again does not repair: what was renamed but not recorded is made again and found to be the same bytes.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from deid.attestation import file_digest
from deid.manifest import Manifest
from deid.model import Known, Link, Outcome, Role, Status
from deid.pipeline.earlier import Earlier
from deid.pipeline.quarantine import Quarantine
from deid.pipeline.work import Result, hushed
from deid.vault import Vault
from deid.verify import same_object

__all__ = ["Publisher", "written_whole"]

INCOMING = ".incoming"
DISK_THREADS = 8  # that wait for the disk together: it takes in many folders in the time of one


class Publisher:
    """Publishes batches of results into one output folder; one process does.

    Parameters
    ----------
    output
        Made if needed. Temporary files lie in a folder of mode 0700 inside it, since a rename must not
        cross file systems; what an earlier run left there is removed.
    earlier
        What was published before; a unit that is done again takes the place of its own result.
    """

    def __init__(
        self, output: Path, manifest: Manifest, quarantine: Quarantine, vault: Vault, earlier: Earlier
    ) -> None:
        self._earlier = earlier
        self.output, self.manifest, self.quarantine, self.vault = output, manifest, quarantine, vault
        self.incoming = output / INCOMING
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(mode=0o700, parents=True)
        self._disk = ThreadPoolExecutor(DISK_THREADS)
        self._claimed: dict[str, Path] = {}
        self._known: dict[str, set[Known]] = {}

    def close(self) -> None:
        """Remove the folder of temporary files."""
        self._disk.shutdown(cancel_futures=True)
        shutil.rmtree(self.incoming, ignore_errors=True)

    def publish(self, batches: Iterable[Sequence[Result]]) -> Iterator[Outcome]:
        """Make clean results visible, batch by batch, and record all of them; the outcomes as recorded.

        The disk takes in one batch while the next one is made.
        """
        ahead: tuple[Sequence[Result], Future[None]] | None = None
        for batch in batches:
            # Before the disk gets more to do: what has to be durable now would wait for all of that.
            done = self._finish(*ahead) if ahead is not None else []
            temporaries = [result.temporary for result in batch if result.temporary is not None]
            ahead = batch, self._disk.submit(_sync_files, temporaries, self.incoming)
            yield from done
        if ahead is not None:
            yield from self._finish(*ahead)

    def _finish(self, results: Sequence[Result], synced: Future[None]) -> list[Outcome]:
        """Publish a batch whose files are on the disk."""
        synced.result()
        self._claimed.clear()  # what earlier batches claimed is visible by now
        decided = [self._decide(result) for result in results]
        fresh = [r for r in decided if r.temporary is not None]
        self.vault.remember_many(_links(fresh))
        folders: set[Path] = set()
        for result in fresh:
            assert result.temporary is not None
            final = self.output / result.outcome.output
            _make_folders(final.parent, self.output, folders)
            result.temporary.replace(final)
            folders.add(final.parent)
        list(self._disk.map(_sync_folder, folders))
        self._remember_known(fresh)
        self.quarantine.add(decided)
        outcomes = [r.outcome for r in decided]
        for orphan in filter(None, map(self._earlier.orphan, outcomes)):
            (self.output / orphan).unlink(missing_ok=True)  # made by what would not let it pass, or not so, any more
        self.manifest.record(o for o in outcomes if o.key and not self._recorded(o))
        return outcomes

    def _remember_known(self, results: Sequence[Result]) -> None:
        """Let the vault recognise these identifiers in texts that come later."""
        news: dict[str, dict[Known, None]] = {}
        for result in results:
            code = result.outcome.subject
            seen = self._known.setdefault(code, set())
            # Not of stations and sites: their names share words with texts.
            persons = [item for item in result.known if item.role is not Role.SITE]
            if not seen.issuperset(persons):
                seen.update(persons)
                news.setdefault(code, {}).update(dict.fromkeys(persons))
        self.vault.known_many([(code, list(known)) for code, known in news.items()])

    def _recorded(self, outcome: Outcome) -> bool:
        before = self.manifest.done.get(outcome.key)
        return before is not None and replace(before, unit=outcome.unit) == outcome

    def _decide(self, result: Result) -> Result:
        """Tell a conflict (same instance, other bytes) from what is done already."""
        outcome = result.outcome
        if result.temporary is None or outcome.status is not Status.CLEAN:
            return result
        final = self.output / outcome.output
        there = final.exists() and not self._earlier.gives_way(outcome)
        holder = self._claimed.get(outcome.output) or (final if there else None)
        if holder is None:
            self._claimed[outcome.output] = result.temporary
            self._earlier.made(outcome.output)
            return result
        content = holder.read_bytes()
        digest = file_digest(content)
        same = digest == outcome.digest
        if same or (outcome.kind == "instance" and _same_object(result.temporary, content)):
            result.temporary.unlink()
            done = replace(outcome, code="" if same else "other-encoding", digest=digest)
            return Result(done, result.source, None, result.links, result.known)
        result.temporary.unlink()
        clash = Outcome(
            outcome.unit, outcome.key, outcome.kind, Status.QUARANTINED, "conflict-instance", outcome.subject
        )
        return Result(clash, result.source)


def _same_object(path: Path, content: bytes) -> bool:
    with hushed():  # a decoder that gives up logs a traceback before the next one is asked
        return same_object(path.read_bytes(), content)


@contextmanager
def written_whole(path: Path) -> Iterator[IO[str]]:
    """A text file to write that gets its name, durably, when it is complete; otherwise nothing of it stays."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _links(results: Iterable[Result]) -> list[tuple[str, Sequence[Link]]]:
    by_code: dict[str, dict[Link, None]] = {}
    for result in results:
        by_code.setdefault(result.outcome.subject, {}).update(dict.fromkeys(result.links))
    return [(code, list(links)) for code, links in by_code.items()]


def _make_folders(folder: Path, root: Path, made: set[Path]) -> None:
    if folder in made or folder.is_dir():
        return
    if folder != root:
        _make_folders(folder.parent, root, made)
    folder.mkdir(mode=0o755, exist_ok=True)
    made.update((folder, folder.parent))


def _sync_files(paths: Sequence[Path], folder: Path) -> None:
    """Bring file contents to the disk: one call for the file system where there are many files."""
    if not paths:
        return
    if len(paths) > 4:
        libc = ctypes.CDLL(None, use_errno=True)
        if hasattr(libc, "syncfs"):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                if libc.syncfs(descriptor) == 0:
                    return
            finally:
                os.close(descriptor)
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
