"""The restricted area: where authorised staff find the source of a unit that did not come through.

A folder of mode 0700 beside the output, never inside it. It holds records, not copies: the path of the
source (which may name a patient), the unit's key and the code of the reason. Below ``review`` lies what reviewers
look at, which shows originals: texts with findings, and contact sheets of filled images. Its names begin with the keyed
mark of the subject, by which it is removed with the subject; see :func:`deid.attestation.review_mark`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deid.attestation import review_mark
from deid.errors import InputError
from deid.model import Status
from deid.pipeline.inspection import MANIFEST_NAME

if TYPE_CHECKING:
    from deid.pipeline.work import Result

__all__ = ["Quarantine", "Record"]

NAME = "quarantine.jsonl"


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One unit that was quarantined or refused; ``root`` is the export that it came with."""

    unit: int
    key: str
    status: Status
    code: str
    source: Path
    root: Path

    def __repr__(self) -> str:
        return f"Record({self.unit}, {self.status}, {self.code})"


class Quarantine:
    """Records of one output folder's failures.

    Parameters
    ----------
    folder
        Made with mode 0700.
    root
        The export that is being worked on: whose a report is can only be told from all of it.
    review_key
        Key of the marks of subjects.

    Raises
    ------
    InputError
        ``restricted-open`` if the folder exists and others may look into it.
    """

    def __init__(self, folder: Path, *, root: Path | None = None, review_key: bytes = b"") -> None:
        self.folder, self._root, self._review_key = folder, root, review_key
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            raise InputError("restricted-open", "the restricted folder can be read by others", hint="chmod 700")
        self._seen = {(r.key, os.fspath(r.source), r.code) for r in self.records()}

    @classmethod
    def beside(cls, output: Path, *, root: Path | None = None, review_key: bytes = b"") -> Quarantine:
        """The default place: ``out.restricted`` beside ``out``."""
        folder = output.resolve().with_name(output.resolve().name + ".restricted")
        return cls(folder, root=root, review_key=review_key)

    @classmethod
    def of(cls, output: Path, *, review_key: bytes = b"") -> Quarantine:
        """That of an output that is there; none is made for what is no output.

        Raises
        ------
        InputError
            ``manifest-missing``.
        """
        if not (output / MANIFEST_NAME).is_file():
            raise InputError("manifest-missing", "this folder has no manifest", hint="name the output of a run")
        return cls.beside(output, review_key=review_key)

    def add(self, results: Iterable[Result]) -> None:
        """Record failures, durably, and what came through after it had failed; nothing is repeated."""
        lines = []
        for result in results:
            if result.outcome.status is Status.CLEAN and not self._seen:
                continue
            # Where the input lies, not what a link leads to: that was not given to us.
            outcome, source = result.outcome, os.fspath(result.source.parent.resolve() / result.source.name)
            if outcome.status is Status.CLEAN:
                failures = {seen for seen in self._seen if seen[:2] == (outcome.key, source)}
                if not failures:
                    continue
                self._seen -= failures
                self.forget(outcome.key)
            elif (outcome.key, source, outcome.code) in self._seen:
                continue
            else:
                self._seen.add((outcome.key, source, outcome.code))
            if result.material is not None:
                self.keep(outcome.key, result.material, subject=outcome.subject)
            row = {
                "unit": outcome.unit,
                "key": outcome.key,
                "status": outcome.status,
                "code": outcome.code,
                "source": source,
                "root": os.fspath(self._root.resolve()) if self._root is not None else source,
            }
            lines.append(json.dumps(row) + "\n")
        if not lines:
            return
        descriptor = os.open(self.folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, "".join(lines).encode("utf-8", "surrogateescape"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @property
    def review(self) -> Path:
        """Folder of what reviewers look at: texts with findings, contact sheets of filled images."""
        folder = self.folder / "review"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def keep(self, name: str, material: object, *, subject: str = "") -> None:
        """Lay down what a reviewer needs of a text that was withheld; it quotes the text."""
        named = f"{review_mark(self._review_key, subject)}-{name}" if subject and self._review_key else name
        descriptor = os.open(self.review / f"{named}.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(material, file, ensure_ascii=False, indent=1)

    def forget(self, name: str) -> None:
        """Remove what was laid down of a text that has come through since."""
        for path in self.review.glob(f"*{name}.json"):
            path.unlink(missing_ok=True)

    def purge(self, *, subject: str = "", older_than: dt.timedelta = dt.timedelta(0)) -> int:
        """Remove review material of one subject, or of all, that is older than this.

        Returns
        -------
        int
            How many files are gone.
        """
        mark = review_mark(self._review_key, subject) if subject else ""
        before = time.time() - older_than.total_seconds()
        old = [p for p in self.review.iterdir() if p.name.startswith(mark) and p.stat().st_mtime <= before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def records(self) -> Iterator[Record]:
        """What is in quarantine, the last word on each source; what came through since is not."""
        path = self.folder / NAME
        if not path.exists():
            return
        last: dict[tuple[str, str], Record] = {}
        for line in path.read_text("utf-8", "surrogateescape").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # cut short by a crash
            source, root = Path(row["source"]), Path(row.get("root", row["source"]))
            record = Record(row["unit"], row["key"], Status(row["status"]), row["code"], source, root)
            last[(record.key, row["source"])] = record
        yield from (record for record in last.values() if record.status is not Status.CLEAN)
