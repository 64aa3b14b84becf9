"""Append-only, signed, PHI-free record of outcomes: the truth for resume.

One JSON object a line. The first states the versions that decide what the output looks like; every
line carries ``mac``, an HMAC-SHA256 over the previous line's and its own content, so that an edit, a
deletion or a swap is found. A line that a crash cut short is dropped when the file is opened again.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deid.errors import InputError
from deid.model import Alert, Outcome, Status

__all__ = ["PURPOSE", "Manifest", "read_manifest"]

PURPOSE = "manifest"  # the purpose under which the vault derives the key
START = "0" * 64
_FIELDS = tuple(f.name for f in fields(Outcome))


class Manifest:
    """The open manifest of one output folder; one process writes.

    Parameters
    ----------
    path
        Made, 0600, if it does not exist.
    key
        Derived by the vault for this purpose.
    versions
        Tool, recipe, models and codecs; written when it differs from what the file says last.

    Raises
    ------
    InputError
        ``manifest-broken`` if a line was changed, removed or signed with another key; ``output-busy`` if another
        run has it open.
    """

    def __init__(self, path: Path, key: bytes, *, versions: Mapping[str, str]) -> None:
        self._key = key
        self.done: dict[str, Outcome] = {}
        end, self._mac, stated = 0, START, None
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise InputError("output-busy", "another run writes to this output") from None
        try:
            for end, self._mac, record in _lines(path, key):  # noqa: B007  # the last end is what holds
                if "versions" in record:
                    stated = record["versions"]
                else:
                    outcome = _outcome(record)
                    self.done[outcome.key] = outcome
        except InputError:
            self.close()
            raise
        os.ftruncate(self._fd, end)
        os.lseek(self._fd, end, os.SEEK_SET)
        if stated != dict(versions):
            self._append([{"versions": dict(versions)}])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(self, outcomes: Iterable[Outcome]) -> None:
        """Append outcomes, durably, in one write."""
        rows = list(outcomes)
        self._append([_row(outcome) for outcome in rows])
        self.done.update((outcome.key, outcome) for outcome in rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Let units be tried again; the record of the first try stays in the file."""
        for key in keys:
            self.done.pop(key, None)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _append(self, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        lines = []
        for record in records:
            body = json.dumps(record, sort_keys=True, separators=(",", ":"))
            self._mac = _mac(self._key, self._mac, body)
            lines.append(f'{body[:-1]},"mac":"{self._mac}"}}\n')
        view = memoryview("".join(lines).encode("utf-8"))
        while view:
            view = view[os.write(self._fd, view) :]
        os.fsync(self._fd)


def read_manifest(path: Path, key: bytes) -> Iterator[Outcome]:
    """Outcomes of a manifest in order, each line checked.

    Raises
    ------
    InputError
        ``manifest-broken``.
    """
    for _, _, record in _lines(path, key):
        if "versions" not in record:
            yield _outcome(record)


def _lines(path: Path, key: bytes) -> Iterator[tuple[int, str, dict[str, Any]]]:
    end, before = 0, START
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                return  # cut short by a crash: never acknowledged
            body, found, rest = raw.decode("utf-8", "replace").rpartition(',"mac":"')
            mac = rest[:64]
            body += "}"
            if (
                not found
                or rest[64:] != '"}\n'
                or not hmac.compare_digest(mac.encode(), _mac(key, before, body).encode())
            ):
                raise InputError("manifest-broken", f"line after byte {end} was changed or signed with another key")
            end, before = end + len(raw), mac
            yield end, mac, json.loads(body)


def _mac(key: bytes, before: str, body: str) -> str:
    return hmac.digest(key, f"{before}\n{body}".encode(), "sha256").hex()


def _row(outcome: Outcome) -> dict[str, Any]:
    row = {name: getattr(outcome, name) for name in _FIELDS}
    row["alerts"] = [asdict(alert) for alert in outcome.alerts]
    return {k: v for k, v in row.items() if v not in ("", (), {}, [])}


def _outcome(record: dict[str, Any]) -> Outcome:
    fields = {k: v for k, v in record.items() if k != "mac"}
    fields["status"] = Status(fields["status"])
    fields["alerts"] = tuple(Alert(**alert) for alert in fields.get("alerts", ()))
    return Outcome(**fields)
