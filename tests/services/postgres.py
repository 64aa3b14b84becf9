"""A real PostgreSQL server for tests: own cluster in a temporary folder, free port, loopback, unprivileged user."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["Postgres", "postgres_server"]


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).parent
    raise FileNotFoundError("no PostgreSQL server here: make services")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A cluster that can be started, stopped, killed and started again."""

    def __init__(self, folder: Path, *, preload: Path | None = None) -> None:
        self.folder = folder
        self._env = {**os.environ, **({"LD_PRELOAD": str(preload)} if preload else {})}
        self.port = _free_port()
        self._bin = _programs()
        # The server refuses to run as root: then the service's own user runs it, else the caller.
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._password = secrets.token_hex(16)
        self._count = 0
        data = folder / "data"
        secret = folder / "password"
        secret.write_text(self._password)
        if self._user:
            for path in (folder, secret):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb",
            "-D",
            data,
            "-U",
            "deid",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )

    def _run(self, program: str, *arguments: object) -> None:
        user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        done = subprocess.run(
            [str(self._bin / program), *map(str, arguments)],
            check=False, capture_output=True, text=True, cwd=self.folder, timeout=120,
            env=self._env if program == "pg_ctl" else None, **user,  # type: ignore[call-overload]
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(done.stderr + (log.read_text() if log.exists() else ""))

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._run(
            "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-t", "60", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill the server as a power failure would end it: no goodbye, no checkpoint."""
        noted = self.folder / "data" / "postmaster.pid"
        pid = int(noted.read_text().split()[0]) if noted.exists() else 0
        if not Path(f"/proc/{pid}/task/{pid}/children").exists():  # it ended by itself
            noted.unlink(missing_ok=True)
            return
        children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for process in (pid, *children):
            try:
                os.kill(process, 9)
            except ProcessLookupError:
                continue
        for process in children:  # the next server waits until their shared memory is free
            while Path(f"/proc/{process}").exists() and Path(f"/proc/{process}/stat").read_text().split()[2] != "Z":
                os.sched_yield()
        noted.unlink(missing_ok=True)

    def is_up(self) -> bool:
        """Whether it takes connections."""
        import psycopg

        try:
            psycopg.connect(self.address(), connect_timeout=5).close()
        except psycopg.Error:
            return False
        return True

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://deid:{self._password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self) -> str:
        """Address of a new, empty database."""
        import psycopg

        self._count += 1
        name = f"vault_{os.getpid()}_{self._count}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.address(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running server; each test asks it for a fresh database."""
    folder = Path(tempfile.mkdtemp(prefix="deid-pg-"))
    server = Postgres(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
