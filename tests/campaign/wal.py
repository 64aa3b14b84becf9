"""Damage to a write-ahead log that holds acknowledged transactions: after a crash, and under an open store.

After a crash SQLite reads the log frame by frame, drops the first one whose checksum does not fit and all that follow:
what is left is an earlier state, sound in itself, and only an anchor tells that transactions are gone. Under an open
store no checksum is looked at, and what is read from a damaged frame must be found wrong as in the file itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
from deid.vault.anchors import check_anchor
from deid.vault.lifecycle import verify
from tests.campaign.damage import Page, owners
from tests.campaign.figures import Figures

LOG_HEADER, FRAME_HEADER = 32, 24


class Crashed:
    """A store as a crash leaves it: the file as of its last checkpoint, everything since then in the log."""

    def __init__(self, folder: Path, key: Key, *, transactions: int) -> None:
        self.folder, self.path = folder, folder / "w" / "links.vault"
        self.log = self.path.with_name("links.vault-wal")
        self._key = key
        self.path.parent.mkdir(mode=0o700)
        source = folder / "v" / "links.vault"
        with Vault.create(source, key) as vault:
            _store(vault, 0)
            vault.store.checkpoint()
            for number in range(1, transactions):
                _store(vault, number)
            self.anchored = vault.anchor()
            for end in ("", "-wal"):
                shutil.copy(f"{source}{end}", f"{self.path}{end}")
        self.page_size = int.from_bytes(self.path.read_bytes()[16:18], "big")
        data = self.log.read_bytes()
        self.frames = range(LOG_HEADER, len(data), FRAME_HEADER + self.page_size)
        self.commits = [at for at in self.frames if data[at + 4 : at + 8] != bytes(4)]

    def recovered(self) -> bytes:
        """Digest of what SQLite reads after a crash; the log stays as it is."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            return hashlib.sha256(db.serialize()).digest()

    def states(self) -> dict[bytes, str]:
        """Every state at the end of a transaction, and what the vault says of it."""
        data, found = self.log.read_bytes(), {}
        for end in (0, *(at + FRAME_HEADER + self.page_size for at in self.commits)):
            self.log.write_bytes(data[:end])
            found[self.recovered()] = self._said(end)
        self.log.write_bytes(data)
        return found

    def _said(self, end: int) -> str:
        copy = self.folder / f"state-{end}" / "links.vault"
        shutil.copytree(self.path.parent, copy.parent)
        copy.parent.chmod(0o700)
        with Vault.open(copy, self._key) as vault:
            if not verify(vault).ok:
                return "found by verify"
            try:
                check_anchor(vault, self.anchored)
            except VaultError:
                return "transactions gone, found by the anchor"
            return "without effect"

    @contextlib.contextmanager
    def flipped(self, place: int) -> Iterator[None]:
        """One bit of the log flipped."""
        log = os.open(self.log, os.O_RDWR)
        try:
            byte = os.pread(log, 1, place // 8)
            os.pwrite(log, bytes([byte[0] ^ 1 << place % 8]), place // 8)
            yield
            os.pwrite(log, byte, place // 8)
        finally:
            os.close(log)


def _store(vault: Vault, number: int) -> None:
    subject = vault.subject(SubjectKey(f"W-{number}"))
    vault.remember(subject.code, [Link("uid", f"5.{number}.{j}", subject.uid(f"5.{number}.{j}")) for j in range(7)])


def flipped_log(key: Key, *, transactions: int, share: float = 1.0, seed: int = 4) -> Figures:
    """Flip bits of a log, one at a time: all bits of its headers, one in each four bytes of its pages."""
    figures, draw = Figures("bit flips in the write-ahead log"), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="deid-wal-") as name:
        store = Crashed(Path(name), key, transactions=transactions)
        crashed, opened = _after_a_crash(store, draw, share, figures), _while_open(store, key, draw, share)
    figures.numbers = {
        "frames": len(store.frames),
        "transactions": len(store.commits),
        "bits after a crash": crashed.total(),
        **crashed,
        "bits under an open store": opened.total(),
        **{f"{what} there": count for what, count in opened.items()},
        "missed": len(figures.wrong) + opened["changed"],
    }
    figures.wrong += [f"{opened['changed']} flips under an open store changed rows unnoticed"] * bool(opened["changed"])
    return figures


def _after_a_crash(store: Crashed, draw: random.Random, share: float, figures: Figures) -> Counter[str]:
    states, counts = store.states(), Counter[str]()
    order = list(states)
    for place in _places(store, draw, share):
        with store.flipped(place):
            found = store.recovered()
        # The frame that is hit and all that follow are dropped: what was committed before it is there, all of it.
        intact = sum(at + FRAME_HEADER + store.page_size <= place // 8 for at in store.commits)
        said = states.get(found, "changed")
        if found != order[intact]:
            figures.wrong.append(f"bit {place}: not the state before the frame that was hit")
        elif intact < len(store.commits) and said == "without effect":
            figures.wrong.append(f"bit {place}: nobody says that transactions are gone")
        counts[said] += 1
    return counts


def _while_open(store: Crashed, key: Key, draw: random.Random, share: float) -> Counter[str]:
    data, counts = store.log.read_bytes(), Counter[str]()
    newest = {
        int.from_bytes(data[at : at + 4], "big"): at for at in store.frames
    }  # the frame that is read of each page
    with Vault.open(store.path, key) as vault:
        page = Page(vault.store._db, owners(store.path), vault)  # type: ignore[attr-defined]
        for number, at in newest.items():
            for word in range(at + FRAME_HEADER, at + FRAME_HEADER + store.page_size, 4):
                if share < 1 and draw.random() >= share:
                    continue
                with store.flipped(word * 8 + draw.randrange(32)):
                    page.db = sqlite3.connect(store.path)
                    counts[page.judge(number - 1)] += 1
                    page.db.close()
    return counts


def _places(store: Crashed, draw: random.Random, share: float) -> Iterator[int]:
    for start, end in ((0, LOG_HEADER), *((at, at + FRAME_HEADER) for at in store.frames)):
        yield from (place for place in range(start * 8, end * 8) if share == 1 or draw.random() < share)
    for at in store.frames:
        for word in range(at + FRAME_HEADER, at + FRAME_HEADER + store.page_size, 4):
            if share == 1 or draw.random() < share:
                yield word * 8 + draw.randrange(32)
