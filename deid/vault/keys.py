"""Where the vault's key comes from. It is never in an argument vector, a log or a ``repr``."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import secrets
import shlex
import stat
import subprocess
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from deid.errors import VaultError

__all__ = ["KEY_LABEL", "Key", "decode_secret", "encode_secret", "read_private", "write_private"]

KEY_BYTES: Final = 32
KEY_LABEL: Final = "deid-key-1"
ENVIRONMENT: Final = "DEID_VAULT_KEY"
COMMAND_SECONDS: Final = 60
MAX_KEY_FILE_BYTES: Final = 4096
SALT_BYTES: Final = 16
ARGON2_KIB: Final = 262_144
PASSPHRASE_CHARACTERS: Final = 12


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
        return encode_secret(KEY_LABEL, self._secret)

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
    def from_passphrase(cls, path: str | os.PathLike[str], ask: Callable[[], str]) -> Key:
        """Key from a file that :meth:`protect` wrote; ``ask`` is called for the passphrase.

        Raises
        ------
        VaultError
            ``key-file-missing``, ``key-file-open``, ``key-malformed``, ``key-passphrase``.
        """
        sealed = decode_secret("deid-locked-1", read_private(Path(path)))
        if len(sealed) != SALT_BYTES + 12 + KEY_BYTES + 16:
            raise VaultError("key-malformed", "this is not a locked key")
        salt, nonce, box = sealed[:SALT_BYTES], sealed[SALT_BYTES : SALT_BYTES + 12], sealed[SALT_BYTES + 12 :]
        try:
            return cls(AESGCMSIV(_stretch(ask(), salt)).decrypt(nonce, box, b"deid-locked-1"))
        except InvalidTag:
            raise VaultError("key-passphrase", "the passphrase does not open the key file") from None

    def protect(self, path: str | os.PathLike[str], passphrase: str) -> None:
        """Write the key under a passphrase (Argon2id, 256 MiB, 3 passes) into a new file of mode 0600.

        Raises
        ------
        VaultError
            ``key-passphrase`` (shorter than 12 characters), ``key-file-exists``.
        """
        if len(passphrase) < PASSPHRASE_CHARACTERS:
            raise VaultError("key-passphrase", f"a passphrase has at least {PASSPHRASE_CHARACTERS} characters")
        salt, nonce = os.urandom(SALT_BYTES), os.urandom(12)
        box = AESGCMSIV(_stretch(passphrase, salt)).encrypt(nonce, self._secret, b"deid-locked-1")
        write_private(Path(path), encode_secret("deid-locked-1", salt + nonce + box) + "\n")

    @classmethod
    def from_keyring(cls, service: str = "deid-vault", name: str = "key") -> Key:
        """Key from the keyring of the operating system (extra ``keyring``).

        Raises
        ------
        VaultError
            ``key-no-keyring``, ``key-keyring-missing``, ``key-malformed``.
        """
        return cls.from_text(_keyring_read(service, name))

    def to_keyring(self, service: str = "deid-vault", name: str = "key") -> None:
        """Put the key into the keyring of the operating system.

        Raises
        ------
        VaultError
            ``key-no-keyring``.
        """
        keyring = _keyring()
        try:
            keyring.set_password(service, name, self.text())
        except keyring.errors.KeyringError:
            raise VaultError("key-no-keyring", "the keyring does not take the key") from None

    @classmethod
    def load(cls, spec: str = "", *, vault: str = "") -> Key:
        """Key from where ``spec`` says, else from the environment, else from the file ``VAULT.key`` beside the vault.

        Raises
        ------
        VaultError
            ``key-missing`` and those of :meth:`from_spec`.
        """
        if spec:
            return cls.from_spec(spec)
        if os.environ.get(ENVIRONMENT):
            return cls.from_env()
        beside = Path(f"{vault}.key")
        if vault and "://" not in vault and beside.exists():
            return cls.from_file(beside)
        raise VaultError("key-missing", "no key for the vault", hint=f"--key file:PATH, or {ENVIRONMENT}")

    @classmethod
    def from_spec(cls, spec: str) -> Key:
        """Key from where a short text says: never the key itself.

        ``file:PATH``, ``env`` or ``env:NAME``, ``command:PROGRAM ARGUMENTS``, ``keyring`` or ``keyring:SERVICE/NAME``,
        ``passphrase:PATH`` (asks on the terminal), ``hashicorp:MOUNT/PATH#FIELD``, ``transit:KEY@PATH`` or
        ``aws-kms:KEY@PATH`` (see :mod:`deid.vault.kms`).

        Raises
        ------
        VaultError
            ``key-spec`` and those of the source.
        """
        kind, _, rest = spec.partition(":")
        if kind == "file" and rest:
            return cls.from_file(rest)
        if kind == "env":
            return cls.from_env(rest or ENVIRONMENT)
        if kind == "command" and rest:
            return cls.from_command(shlex.split(rest))
        if kind == "keyring":
            service, _, name = (rest or "deid-vault/key").partition("/")
            return cls.from_keyring(service, name or "key")
        if kind == "passphrase" and rest:
            return cls.from_passphrase(rest, lambda: getpass.getpass("Passphrase of the vault's key: "))
        if kind in ("hashicorp", "transit", "aws-kms") and rest:
            from deid.vault.kms import key_from_kms

            return key_from_kms(spec)
        raise VaultError(
            "key-spec", "a key comes from file:, env, command:, keyring, passphrase:, hashicorp:, transit: or aws-kms:"
        )

    @classmethod
    def from_text(cls, text: str) -> Key:
        """Key from the text form that :meth:`generate` writes.

        Raises
        ------
        VaultError
            ``key-malformed`` without a word of what was read.
        """
        return cls(decode_secret(KEY_LABEL, text))


def _stretch(passphrase: str, salt: bytes) -> bytes:
    """Argon2id (RFC 9106) over the NFKC form of a passphrase."""
    text = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=3, lanes=4, memory_cost=ARGON2_KIB).derive(text)


def _keyring() -> Any:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise VaultError(
            "key-no-keyring", "the keyring needs an extra", hint="pip install 'deid-pipeline[keyring]'"
        ) from None
    return keyring


def _keyring_read(service: str, name: str) -> str:
    keyring = _keyring()
    try:
        text = keyring.get_password(service, name)
    except keyring.errors.KeyringError:
        raise VaultError("key-no-keyring", "the keyring does not answer") from None
    if not text:
        raise VaultError("key-keyring-missing", "the keyring has no such key")
    return str(text)


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
