"""Where the vault's key comes from. It is never in an argument vector, a log or a ``repr``."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deid.errors import VaultError

__all__ = ["Key", "decode_secret", "encode_secret", "read_private", "write_private"]

KEY_BYTES: Final = 32
ENVIRONMENT: Final = "DEID_VAULT_KEY"
COMMAND_SECONDS: Final = 60
MAX_KEY_FILE_BYTES: Final = 4096


class Key:
    """A key-encryption key: 32 secret bytes that open the domains of a vault.

    Made by one of the ``from_*`` constructors; ``repr`` hides it, pickling is refused.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise VaultError("key-malformed", "a key is 32 bytes")
        self._secret = bytes(secret)

    def __repr__(self) -> str:
        return "Key(…)"

    def __reduce__(self) -> str:
        raise VaultError("key-not-portable", "a key does not travel: give a worker surrogates instead")

    @property
    def secret(self) -> bytes:
        """The 32 bytes."""
        return self._secret

    def text(self) -> str:
        """The key as it is written into a file: a label, base64 and a checksum."""
        return encode_secret("deid-key-1", self._secret)

    @classmethod
    def generate(cls, path: str | os.PathLike[str] | None = None) -> Key:
        """A new random key; with ``path``, written there with mode 0600 (an existing file is refused)."""
        key = cls(secrets.token_bytes(KEY_BYTES))
        if path is not None:
            write_private(Path(path), key.text() + "\n")
        return key

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Key:
        """Key from a file that only its owner can read.

        Raises
        ------
        VaultError
            ``key-file-missing``, ``key-file-open`` (mode wider than 0600 or another owner), ``key-malformed``.
        """
        return cls.from_text(read_private(Path(path)))

    @classmethod
    def from_env(cls, variable: str = ENVIRONMENT) -> Key:
        """Key from an environment variable (``DEID_VAULT_KEY``).

        Raises
        ------
        VaultError
            ``key-env-missing``, ``key-malformed``.
        """
        text = os.environ.get(variable, "")
        if not text:
            raise VaultError("key-env-missing", f"the environment has no {variable}")
        return cls.from_text(text)

    @classmethod
    def from_command(cls, argv: Sequence[str]) -> Key:
        """Key from the standard output of a command (a password manager, a hardware token's tool).

        Raises
        ------
        VaultError
            ``key-command-failed``, ``key-malformed``.
        """
        try:
            done = subprocess.run(  # noqa: S603 - the administrator's own command, no shell
                list(argv), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError):
            raise VaultError("key-command-failed", "the key command did not give a key") from None
        return cls.from_text(done.stdout[:MAX_KEY_FILE_BYTES].decode("ascii", "replace"))

    @classmethod
    def from_text(cls, text: str) -> Key:
        """Key from the text form that :meth:`generate` writes.

        Raises
        ------
        VaultError
            ``key-malformed`` without a word of what was read.
        """
        return cls(decode_secret("deid-key-1", text))


def encode_secret(label: str, secret: bytes) -> str:
    """``label:base64url`` of the secret and four bytes of checksum (against typing errors)."""
    check = hashlib.sha256(label.encode() + secret).digest()[:4]
    return f"{label}:{base64.urlsafe_b64encode(secret + check).decode().rstrip('=')}"


def decode_secret(label: str, text: str) -> bytes:
    """Undo :func:`encode_secret`; lines that start with ``#`` are comments.

    Raises
    ------
    VaultError
        ``key-malformed``.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found, _, body = (lines[0] if len(lines) == 1 else "").partition(":")
    try:
        data = base64.b64decode((body + "=" * (-len(body) % 4)).encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    secret, check = data[:-4], data[-4:]
    if found != label or not secret or hashlib.sha256(label.encode() + secret).digest()[:4] != check:
        raise VaultError("key-malformed", f"this is not a {label} key, or it was damaged", hint="one line, as written")
    return secret


def write_private(path: Path, text: str) -> None:
    """Write a new file of mode 0600, synced; an existing one is refused."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise VaultError("key-file-exists", "there is a file already where the key should go") from None
    except OSError:
        raise VaultError("key-file-unwritable", "the key file cannot be written there") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_private(path: Path) -> str:
    """Text of a small file that only its owner (or root) can read or write.

    Raises
    ------
    VaultError
        ``key-file-missing``, ``key-file-open``, ``key-malformed``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise VaultError("key-file-missing", "the key file cannot be read") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise VaultError("key-file-missing", "the key file is not a plain file")
        if status.st_mode & 0o077 or status.st_uid not in (os.geteuid(), 0):
            raise VaultError("key-file-open", "others can read the key file", hint="chmod 600 it, and own it")
        data = file.read(MAX_KEY_FILE_BYTES + 1)
    if len(data) > MAX_KEY_FILE_BYTES:
        raise VaultError("key-malformed", "the key file is too long for a key")
    return data.decode("ascii", "replace")
