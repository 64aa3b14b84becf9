"""The vault under fire: racing processes, killed writers, a full disk, flipped bits.

``python -m tests.campaign.vault`` runs it in full size and prints figures; ``tests/test_vault_campaign.py`` runs the
same functions in small.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
from deid.vault.lifecycle import verify
from tests.campaign.damage import flipped_bits, mixed_rows, two_domains
from tests.campaign.figures import Figures
from tests.campaign.wal import flipped_log

BATCH = 200


# 1. Racing processes -----------------------------------------------------------------------------


def race(address: str, key: Key, *, processes: int, ids: int, seconds: int = 3600) -> Figures:
    """Processes that all ask for the same new patients, each in an order of its own, and store links."""
    figures = Figures(f"race on {kind_of(address)}")
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=_racer, args=(address, key.text(), n, ids, barrier, queue)) for n in range(processes)
    ]
    begun = time.monotonic()
    for worker in workers:
        worker.start()
    answers = [queue.get(timeout=seconds) for _ in workers]
    for worker in workers:
        worker.join(60)
    took = time.monotonic() - begun
    failed = [a["error"] for a in answers if a["error"]]
    codes: dict[int, set[str]] = {}
    for answer in answers:
        for number, code in answer["codes"]:
            codes.setdefault(number, set()).add(code)
    disagreements = sum(len(found) > 1 for found in codes.values())
    shared = len(codes) - len({code for found in codes.values() for code in found})
    figures.numbers = {
        "processes": processes,
        "ids": len(codes),
        "disagreements": disagreements,
        "codes given twice": max(shared, 0),
        "deadlocks": sum("busy" in error or "40P01" in error for error in failed),
        "answers a second": round(processes * ids / took),
    }
    figures.wrong = (
        failed + [f"{n} disagreements" for n in [disagreements] if n] + [f"{n} shared" for n in [shared] if n > 0]
    )
    if len(codes) != ids:
        figures.wrong.append("ids are missing")
    with Vault.open(address, key) as vault:
        figures.wrong += verify(vault).problems
    return figures


def _racer(address: str, text: str, number: int, ids: int, barrier: Any, queue: Any) -> None:
    answer: dict[str, Any] = {"codes": [], "error": ""}
    try:
        with Vault.open(address, Key.from_text(text)) as vault:
            order = list(range(ids))
            random.Random(number).shuffle(order)
            barrier.wait(120)
            for start in range(0, ids, BATCH):
                part = order[start : start + BATCH]
                found = vault.subjects([(SubjectKey(f"P-{n}", "S"), "", frozenset()) for n in part])
                answer["codes"] += [(n, s.code) for n, s in zip(part, found, strict=True)]
                vault.remember_many(
                    [(s.code, [Link("uid", f"1.2.{n}", s.uid(f"1.2.{n}"))]) for n, s in zip(part, found, strict=True)]
                )
    except (VaultError, OSError) as error:
        answer["error"] = str(error)
    queue.put(answer)


# 2. Killed writers -------------------------------------------------------------------------------

_WRITER = """
import sys
from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
def links(i, s):
    return [Link("uid", f"9.{i}.{j}", s.uid(f"9.{i}.{j}")) for j in range(3)]
address, text, first = sys.argv[1], sys.stdin.readline(), int(sys.argv[2])
with Vault.open(address, Key.from_text(text)) as vault:
    n = first
    while True:
        found = vault.subjects([(SubjectKey(f"K-{i}", "S"), "", frozenset()) for i in range(n, n + 5)])
        vault.remember_many([(s.code, links(i, s)) for i, s in zip(range(n, n + 5), found)])
        print(n, *(f"{s.code}:{s.shift_days}:{s.seed.hex()}" for s in found), flush=True)
        n += 5
"""


class Writer:
    """A process that stores patients and says so after each commit; killed at a random moment."""

    def __init__(self, address: str, key: Key, first: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, address, str(first)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdin
        self.process.stdin.write(key.text() + "\n")
        self.process.stdin.flush()

    def kill_after(self, seconds: float) -> dict[int, str]:
        """Kill it some time after its first acknowledged batch; gives what it acknowledged."""
        assert self.process.stdout
        first = self.process.stdout.readline()
        time.sleep(seconds)
        self.process.send_signal(signal.SIGKILL)
        rest = self.process.stdout.read()
        self.finish()
        return _acknowledged([first, *rest.splitlines(keepends=True)])

    def finish(self) -> str:
        """What it said at its end, on its standard error."""
        assert self.process.stderr
        assert self.process.stdin
        assert self.process.stdout
        errors = self.process.stderr.read()
        self.process.wait(60)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
        return errors


def killed_writers(address: str, key: Key, *, kills: int, together: int = 4, seed: int = 1) -> Figures:
    """Kill -9 writers, several at a time; every acknowledged row must be there, unchanged, and nothing be torn."""
    figures, draw = Figures(f"kill -9 of writers on {kind_of(address)}"), random.Random(seed)
    said: dict[int, str] = {}
    done = 0
    while done < kills:
        writers = [Writer(address, key, (done + n) * 10_000) for n in range(min(together, kills - done))]
        for writer in writers:
            said.update(writer.kill_after(draw.uniform(0, 0.15)))
        done += len(writers)
    figures.numbers = {"kills": done, "acknowledged rows": len(said) * 4}
    figures.wrong = compare(address, key, said)
    return figures


def compare(address: str, key: Key, said: dict[int, str]) -> list[str]:
    """What was acknowledged against what is there."""
    wrong = []
    with Vault.open(address, key) as vault:
        for number, state in said.items():
            code = vault.find(f"K-{number}", "S")
            if code is None:
                wrong.append(f"K-{number} is lost")
                continue
            found = vault.surrogates(code)
            if f"{found.code}:{found.shift_days}:{found.seed.hex()}" != state:
                wrong.append(f"K-{number} changed")
            elif vault.lookup(code)["links"] != {"uid": 3}:
                wrong.append(f"K-{number} lost links")
        wrong += verify(vault).problems
    return wrong


def killed_servers(server: Any, key: Key, *, kills: int, seed: int = 2) -> Figures:
    """Kill the PostgreSQL server itself while clients write, start it again, and look."""
    figures, draw = Figures("kill -9 of the PostgreSQL server"), random.Random(seed)
    address = server.fresh_database()
    Vault.create(address, key).close()
    said: dict[int, str] = {}
    for number in range(kills):
        writer = Writer(address, key, number * 10_000)
        assert writer.process.stdout
        first = writer.process.stdout.readline()
        time.sleep(draw.uniform(0, 0.3))
        server.kill()
        rest = writer.process.stdout.read()
        errors = writer.finish()
        if "VaultError" not in errors:
            figures.wrong.append("a client did not get our error when its server died")
        said.update(_acknowledged([first, *rest.splitlines(keepends=True)]))
        server.start()
    figures.numbers = {"kills": kills, "acknowledged rows": len(said) * 4}
    figures.wrong += compare(address, key, said)
    return figures


# 3. A full disk and other errors of writing -------------------------------------------------------

_FAULTS_C = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <stdio.h>
/* Lets a number of writes and syncs to the store through, then fails each one with the given errno. */
long deid_left = -1; int deid_errno = 0; long deid_seen = 0;
static int ours(int fd) {
    char link[64], path[4096]; snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1); if (n < 0) return 0; path[n] = 0;
    return strstr(path, ".vault") != NULL;
}
static int fails(int fd) {
    if (!ours(fd)) return 0;
    deid_seen++;
    if (deid_left < 0) return 0;
    if (deid_left > 0) { deid_left--; return 0; }
    errno = deid_errno; return 1;
}
#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
    REAL(pwrite64); return fails(fd) ? -1 : real(fd, b, n, o); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); return fails(fd) ? -1 : real(fd, b, n, o); }
ssize_t write(int fd, const void *b, size_t n) { REAL(write); return fails(fd) ? -1 : real(fd, b, n); }
int fsync(int fd) { REAL(fsync); return fails(fd) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return fails(fd) ? -1 : real(fd); }
int ftruncate64(int fd, off64_t o) { REAL(ftruncate64); return fails(fd) ? -1 : real(fd, o); }
int ftruncate(int fd, off_t o) { REAL(ftruncate); return fails(fd) ? -1 : real(fd, o); }
"""

_FAULTY = """
import ctypes, json, os, shutil, sys
from pathlib import Path
from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
faults = ctypes.CDLL(sys.argv[1])
left, number, seen = (ctypes.c_long.in_dll(faults, "deid_" + n) for n in ("left", "errno", "seen"))
base, key = Path(sys.argv[2]), Key.from_text(sys.stdin.readline())
def links(i, s):
    return [Link("uid", f"9.{i}.{j}", s.uid(f"9.{i}.{j}")) for j in range(3)]
def run(path):
    said, refused = {}, []
    try:
        vault = Vault.open(path, key)
    except VaultError as error:
        left.value = -1
        return said, [error.code]
    for n in range(0, 20, 5):
        try:
            found = vault.subjects([(SubjectKey(f"K-{i}", "S"), "", frozenset()) for i in range(n, n + 5)])
            vault.remember_many([(s.code, links(i, s)) for i, s in zip(range(n, n + 5), found)])
            said.update({i: f"{s.code}:{s.shift_days}:{s.seed.hex()}" for i, s in zip(range(n, n + 5), found)})
        except VaultError as error:
            refused.append(error.code)
    left.value = -1
    try:
        vault.close()
    except VaultError as error:
        refused.append(error.code)
    return said, refused
for line in sys.stdin:
    after, code, folder = line.split()
    os.mkdir(folder, 0o700)
    path = Path(folder) / "links.vault"
    shutil.copy(base, path)
    number.value, seen.value = int(code), 0
    left.value = int(after)
    said, refused = run(path)
    print(json.dumps([said, refused, seen.value]), flush=True)
"""


class Faulty:
    """A process whose writes to a store can be made to fail."""

    def __init__(self, folder: Path, base: Path, key: Key) -> None:
        library = folder / "faults.so"
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise FileNotFoundError("no C compiler for the fault library")
        build = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), "-xc", "-", "-ldl"]
        subprocess.run(build, input=_FAULTS_C, text=True, check=True)
        self._folder, self._count = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FAULTY, str(library), str(base)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "LD_PRELOAD": str(library)},
        )  # fmt: skip
        self._say(key.text())

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def run(self, after: int, code: int) -> tuple[Path, dict[int, str], list[str], int]:
        """One run in a fresh copy, in which every write after so many fails."""
        self._count += 1
        folder = self._folder / str(self._count)
        self._say(f"{after} {code} {folder}")
        assert self.process.stdout
        said, refused, seen = json.loads(self.process.stdout.readline())
        return folder / "links.vault", {int(n): state for n, state in said.items()}, refused, seen

    def close(self) -> None:
        self.process.communicate(timeout=60)


def failing_writes(key: Key, *, step: int = 1) -> Figures:
    """Fail with ENOSPC, then with EIO, from every single write and sync of a run on, one run for each."""
    figures = Figures("ENOSPC and EIO from every write on")
    with tempfile.TemporaryDirectory(prefix="deid-faults-") as name:
        base = Path(name) / "base" / "links.vault"
        Vault.create(base, key).close()
        with contextlib.closing(Faulty(Path(name), base, key)) as faulty:
            total = faulty.run(-1, 0)[3]
            runs = refusals = rows = 0
            for code, after in itertools.product((errno.ENOSPC, errno.EIO), range(0, total, step)):
                path, said, refused, _ = faulty.run(after, code)
                runs, refusals, rows = runs + 1, refusals + len(refused), rows + len(said) * 4
                figures.wrong += [f"{code}@{after}: {w}" for w in compare(str(path), key, said)]
                strange = set(refused) - {"vault-io", "vault-disk-full", "vault-busy"}
                figures.wrong += [f"{code}@{after}: {c}" for c in strange]
                shutil.rmtree(path.parent)
    figures.numbers = {
        "writes and syncs in a run": total,
        "runs": runs,
        "refusals": refusals,
        "acknowledged rows": rows,
    }
    return figures


# 4. A server whose disk is full or broken ---------------------------------------------------------

_SERVER_FAULTS_C = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
/* While a file FOLDER/full (or broken) is there, writes to tables and log fail with ENOSPC (or EIO, syncs too). */
static int fault(int fd, int sync) {
    char link[64], path[4096]; int was = errno;
    int code = access(FOLDER "/broken", F_OK) == 0 ? EIO : !sync && access(FOLDER "/full", F_OK) == 0 ? ENOSPC : 0;
    errno = was;
    if (!code) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1); errno = was; if (n < 0) return 0; path[n] = 0;
    return strstr(path, "/base/") || strstr(path, "/pg_wal/") ? code : 0;
}
#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define FAIL(fd, sync) do { int code = fault(fd, sync); if (code) { errno = code; return -1; } } while (0)
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(pwrite64); FAIL(fd, 0); return real(fd, b, n, o); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); FAIL(fd, 0); return real(fd, b, n, o); }
ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t o) {
    REAL(pwritev64); FAIL(fd, 0); return real(fd, v, n, o); }
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t o) { REAL(pwritev); FAIL(fd, 0); return real(fd, v, n, o); }
ssize_t write(int fd, const void *b, size_t n) { REAL(write); FAIL(fd, 0); return real(fd, b, n); }
int posix_fallocate64(int fd, off64_t o, off64_t n) {
    REAL(posix_fallocate64); int code = fault(fd, 0); return code ? code : real(fd, o, n); }
int posix_fallocate(int fd, off_t o, off_t n) {
    REAL(posix_fallocate); int code = fault(fd, 0); return code ? code : real(fd, o, n); }
int fsync(int fd) { REAL(fsync); FAIL(fd, 1); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); FAIL(fd, 1); return real(fd); }
"""


def failing_servers(key: Key, *, runs: int, seed: int = 5) -> Figures:
    """Let a PostgreSQL server's disk be full, then broken, while a client writes; make room, and look."""
    from tests.services.postgres import Postgres

    figures, draw = Figures("ENOSPC and EIO under the PostgreSQL server"), random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="deid-pg-"))
    library = folder / "faults.so"
    build = ["cc", "-shared", "-fPIC", "-O1", f'-DFOLDER="{folder}"', "-o", str(library), "-xc", "-", "-ldl"]
    subprocess.run(build, input=_SERVER_FAULTS_C, text=True, check=True)
    server = Postgres(folder, preload=library)
    server.start()
    try:
        address = server.fresh_database()
        Vault.create(address, key).close()
        said: dict[int, str] = {}
        codes: dict[str, int] = {}
        restarts = 0
        for number in range(runs):
            writer = Writer(address, key, number * 10_000)
            assert writer.process.stdout
            first = writer.process.stdout.readline()
            time.sleep(draw.uniform(0, 0.3))
            flag = folder / ("full" if number % 2 else "broken")
            flag.touch()
            rest = writer.process.stdout.read()
            found = re.search(r"VaultError: (vault-[a-z-]+)", writer.finish())
            code = found.group(1) if found else "no error of ours"
            codes[code] = codes.get(code, 0) + 1
            said.update(_acknowledged([first, *rest.splitlines(keepends=True)]))
            flag.unlink()
            if not server.is_up():
                restarts += 1
                server.kill()
                server.start()
        figures.numbers = {"runs": runs, **codes, "restarts": restarts, "acknowledged rows": len(said) * 4}
        if codes.keys() - {"vault-io", "vault-disk-full", "vault-busy"}:
            figures.wrong.append(f"errors: {codes}")
        figures.wrong += compare(address, key, said)
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def _acknowledged(lines: list[str]) -> dict[int, str]:
    """What a writer said; a line cut by a kill acknowledges nothing."""
    said: dict[int, str] = {}
    for line in lines:
        if line.endswith("\n") and line[0].isdigit():
            number, *states = line.split()
            said.update({int(number) + at: state for at, state in enumerate(states)})
    return said


# Running it --------------------------------------------------------------------------------------


def kind_of(address: str) -> str:
    return "PostgreSQL" if "://" in str(address) else "SQLite"


@contextlib.contextmanager
def scratch(key: Key) -> Iterator[str]:
    """A fresh SQLite vault."""
    with tempfile.TemporaryDirectory(prefix="deid-campaign-") as name:
        path = Path(name) / "v" / "links.vault"
        Vault.create(path, key).close()
        yield str(path)


@contextlib.contextmanager
def server() -> Iterator[Any]:
    """A PostgreSQL server of our own."""
    from tests.services.postgres import Postgres

    folder = Path(tempfile.mkdtemp(prefix="deid-pg-"))
    made = Postgres(folder)
    made.start()
    try:
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", help="race, kill, servers, faults, rows, domains, log, flips")
    options.add_argument("--scale", type=float, default=1.0, help="1.0 is the full size")
    chosen = options.parse_args()

    def size(full: int) -> int:
        return max(1, int(full * chosen.scale))

    key = Key.generate()

    def on_sqlite(part: Callable[[str], Figures]) -> Figures:
        with scratch(key) as path:
            return part(path)

    def on_postgres(part: Callable[[Any], Figures]) -> Figures:
        with server() as made:
            return part(made)

    def fresh(made: Any) -> str:
        address: str = made.fresh_database()
        Vault.create(address, key).close()
        return address

    parts: list[tuple[str, Callable[[], Figures]]] = [
        ("race", lambda: on_sqlite(lambda path: race(path, key, processes=8, ids=size(100_000)))),
        ("race", lambda: on_postgres(lambda made: race(fresh(made), key, processes=8, ids=size(100_000)))),
        ("kill", lambda: on_sqlite(lambda path: killed_writers(path, key, kills=size(1000)))),
        ("kill", lambda: on_postgres(lambda made: killed_writers(fresh(made), key, kills=size(100)))),
        ("servers", lambda: on_postgres(lambda made: killed_servers(made, key, kills=size(20)))),
        ("faults", lambda: failing_writes(key, step=max(1, round(1 / chosen.scale)))),
        ("faults", lambda: failing_servers(key, runs=size(40))),
        ("rows", lambda: mixed_rows(key, rows=size(1000), states=size(40))),
        ("domains", lambda: two_domains(key, patients=size(1000))),
        ("log", lambda: flipped_log(key, transactions=12, share=min(1.0, chosen.scale))),
        ("flips", lambda: flipped_bits(key, rows=1000, share=min(1.0, chosen.scale))),
    ]
    wrong = 0
    for name, part in parts:
        if chosen.only in (None, name):
            begun = time.monotonic()
            figures = part()
            print(f"{figures} ({time.monotonic() - begun:.0f} s)", flush=True)
            wrong += len(figures.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
