"""A second place for the head of the audit chain, because a rollback is invisible from inside.

An anchor is a function that takes one line; the line holds no identifier and no key. Whoever keeps the lines
can tell with :func:`check_anchor` that a vault was put back to an earlier state or that its record was rewritten.
"""

from __future__ import annotations

import os
import subprocess
import syslog
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deid.errors import VaultError
from deid.vault.store import AUDIT
from deid.vault.wire import FORMAT

if TYPE_CHECKING:
    from deid.vault.vault import Vault

__all__ = ["ENVIRONMENT", "check_anchor", "compare", "from_spec", "last_line", "to_command", "to_file", "to_syslog"]

COMMAND_SECONDS: Final = 60
ENVIRONMENT: Final = "DEID_ANCHOR"


def to_file(path: str | os.PathLike[str]) -> Callable[[str], None]:
    """Anchor that adds a line to a file (mode 0600, synced): best on another machine's disk."""

    def send(line: str) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError:
            raise VaultError("anchor-failed", "the anchor file cannot be written") from None
        with os.fdopen(descriptor, "a", encoding="ascii") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    return send


def to_syslog(identity: str = "deid-vault") -> Callable[[str], None]:
    """Anchor that writes to the system log (facility auth)."""

    def send(line: str) -> None:
        syslog.openlog(identity, 0, syslog.LOG_AUTH)
        syslog.syslog(syslog.LOG_NOTICE, line)

    return send


def to_command(argv: Sequence[str]) -> Callable[[str], None]:
    """Anchor that gives the line to a command on its standard input."""

    def send(line: str) -> None:
        try:
            subprocess.run(  # noqa: S603 - the administrator's own command, no shell
                list(argv), input=line + "\n", text=True, capture_output=True, timeout=COMMAND_SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError):
            raise VaultError("anchor-failed", "the anchor command did not take the line") from None

    return send


def from_spec(spec: str) -> Callable[[str], None]:
    """``file:PATH``, ``syslog`` or ``command:PROGRAM ARGUMENTS``.

    Raises
    ------
    VaultError
        ``anchor-spec``.
    """
    kind, _, rest = spec.partition(":")
    if kind == "file" and rest:
        return to_file(rest)
    if kind == "syslog":
        return to_syslog(rest or "deid-vault")
    if kind == "command" and rest:
        return to_command(rest.split())
    raise VaultError("anchor-spec", "an anchor is file:PATH, syslog or command:PROGRAM")


def compare(vault: Vault, spec: str) -> None:
    """Compare a vault with the newest line about it, if the anchor is a file that has one.

    Raises
    ------
    VaultError
        ``anchor-missing`` (it cannot be read), ``anchor-malformed``, ``audit-rolled-back``.
    """
    kind, _, path = spec.partition(":")
    lines = _lines(path, vault.domain.uuid.hex()) if kind == "file" and Path(path).exists() else []
    if lines:
        check_anchor(vault, lines[-1])


def last_line(path: str | os.PathLike[str], domain_uuid: str) -> str:
    """The newest line about a domain in an anchor file.

    Raises
    ------
    VaultError
        ``anchor-missing``.
    """
    lines = _lines(path, domain_uuid)
    if not lines:
        raise VaultError("anchor-missing", "the anchor file has no line about this domain")
    return lines[-1]


def _lines(path: str | os.PathLike[str], domain_uuid: str) -> list[str]:
    try:
        lines = Path(path).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise VaultError("anchor-missing", "the anchor file cannot be read") from None
    return [line for line in lines if line.split()[1:2] == [domain_uuid]]


def check_anchor(vault: Vault, line: str) -> None:
    """Compare a vault with an anchored line about it.

    Raises
    ------
    VaultError
        ``anchor-malformed``; ``audit-rolled-back`` if the vault is older than the line or has another record.
    """
    parts = line.split()
    if len(parts) != 5 or parts[0] != FORMAT or not (parts[2].isdigit() and parts[3].isdigit()):
        raise VaultError("anchor-malformed", "this is not an anchor line")
    uuid, epoch, seq, link = parts[1], int(parts[2]), int(parts[3]), parts[4]
    now = vault.head().split()
    rows = vault.store.fetch(AUDIT, vault.domain.number, "seq", [seq])
    if uuid != now[1] or int(now[2]) < epoch or not rows or rows[0][AUDIT.at("mac")].hex() != link:
        raise VaultError(
            "audit-rolled-back",
            "the vault is not the one that was anchored: it was put back or rewritten",
            hint="if that was meant, begin a new anchor file",
        )
