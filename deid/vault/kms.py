"""Keys that a server holds: HashiCorp Vault (or OpenBao), by its key-value store or its transit engine, and AWS KMS.

``hashicorp:MOUNT/PATH#FIELD`` reads the key itself from a KV version 2 secret. ``transit:KEY@FILE`` and
``aws-kms:KEY@FILE`` keep the key as ciphertext in a file, and only the server, which writes its own audit log, can open
it. Address and token of HashiCorp's come from ``VAULT_ADDR`` and ``VAULT_TOKEN`` or ``VAULT_TOKEN_FILE``, as its own
tools have it; AWS is in :mod:`deid.vault.aws`. Google and Azure go through ``command:`` with their own tools.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final

from deid.errors import VaultError
from deid.vault import aws
from deid.vault.keys import KEY_LABEL, Key, read_private, write_private

__all__ = ["is_wrapped", "key_from_kms", "read_wrapped", "write_wrapped"]

WRAPPING: Final = ("transit", "aws-kms")
"""Kinds of server that keep a key as ciphertext in a file of ours."""

TIMEOUT_SECONDS: Final = 20
MAX_ANSWER_BYTES: Final = 1 << 20


def key_from_kms(spec: str) -> Key:
    """Key from a server.

    Parameters
    ----------
    spec
        ``hashicorp:MOUNT/PATH#FIELD``, ``transit:KEY@FILE`` or ``aws-kms:KEY@FILE``.

    Raises
    ------
    VaultError
        ``kms-...``, ``key-file-...``, ``key-malformed``.
    """
    if is_wrapped(spec):
        return Key.from_text(read_wrapped(spec, KEY_LABEL))
    path, _, field = spec.partition(":")[2].partition("#")
    mount, _, rest = path.partition("/")
    secret = _ask(f"{_quoted(mount)}/data/{urllib.parse.quote(rest)}", None).get("data")
    value = secret.get(field or "key") if isinstance(secret, dict) else None
    if not isinstance(value, str):
        raise VaultError("kms-answer", "the server's secret has no such field")
    return Key.from_text(value)


def is_wrapped(spec: str) -> bool:
    """Whether a place is one of a wrapped key: ``transit:KEY@FILE`` or ``aws-kms:KEY@FILE``.

    Raises
    ------
    VaultError
        ``key-spec``: half of such a place, which must not become the name of a file in clear.
    """
    kind, name, path = _parts(spec)
    if kind not in WRAPPING:
        return False
    if not name or not path.name:
        raise VaultError("key-spec", "a wrapped key's place is transit:KEY@FILE or aws-kms:KEY@FILE")
    return True


def write_wrapped(text: str, spec: str) -> None:
    """Let a server encrypt the text form of a key and keep the ciphertext in a new file of mode 0600.

    Raises
    ------
    VaultError
        ``kms-...``, ``key-file-...``.
    """
    kind, name, path = _parts(spec)
    label = text.partition(":")[0]
    write_private(path, (aws.wrap(name, label, text) if kind == "aws-kms" else _transit_wrap(name, text)) + "\n")


def read_wrapped(spec: str, label: str) -> str:
    """Undo :func:`write_wrapped`; ``label`` is how the text must begin.

    Raises
    ------
    VaultError
        ``kms-...``, ``key-file-...``.
    """
    kind, name, path = _parts(spec)
    ciphertext = read_private(path).strip()
    text = aws.unwrap(name, label, ciphertext) if kind == "aws-kms" else _transit_unwrap(name, ciphertext)
    return text.decode("ascii", "replace")


def _parts(spec: str) -> tuple[str, str, Path]:
    kind, _, place = spec.partition(":")
    name, _, path = place.partition("@")
    return kind, name, Path(path)


def _transit_wrap(name: str, text: str) -> str:
    body = {"plaintext": base64.b64encode(text.encode()).decode()}
    ciphertext = _ask(f"transit/encrypt/{_quoted(name)}", body).get("ciphertext")
    if not isinstance(ciphertext, str) or not ciphertext.isascii():
        raise VaultError("kms-answer", "the server gave no ciphertext")
    return ciphertext


def _transit_unwrap(name: str, ciphertext: str) -> bytes:
    plaintext = _ask(f"transit/decrypt/{_quoted(name)}", {"ciphertext": ciphertext}).get("plaintext")
    try:
        return base64.b64decode(str(plaintext), validate=True)
    except ValueError:
        raise VaultError("kms-answer", "the key server's answer is not base64") from None


def _ask(path: str, body: dict[str, str] | None) -> dict[str, Any]:
    """One call; nothing of the answer is ever quoted in an error."""
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked in _address
        f"{_address()}/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"X-Vault-Token": _token(), "X-Vault-Request": "true", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            data = json.loads(answer.read(MAX_ANSWER_BYTES))["data"]
    except urllib.error.HTTPError as error:
        error.close()
        raise VaultError("kms-refused", f"the key server answered {error.code}") from None
    except OSError:
        raise VaultError("kms-refused", "the key server does not answer") from None
    except (ValueError, KeyError, TypeError):
        raise VaultError("kms-answer", "the key server's answer is not what its API says") from None
    if not isinstance(data, dict):
        raise VaultError("kms-answer", "the key server's answer is not what its API says")
    return data


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token does not follow a redirect."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Refuse: the redirect ends as the error that it is."""


def _address() -> str:
    """Address of the server: https, or http on loopback."""
    address = os.environ.get("VAULT_ADDR", "").rstrip("/")
    parts = urllib.parse.urlsplit(address)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise VaultError("kms-address", "VAULT_ADDR is not an https address")
    return address


def _token() -> str:
    file = os.environ.get("VAULT_TOKEN_FILE")
    token = read_private(Path(file)).strip() if file else os.environ.get("VAULT_TOKEN", "")
    if not token or not token.isascii() or not token.isprintable():
        raise VaultError("kms-token", "the environment has no VAULT_TOKEN or VAULT_TOKEN_FILE")
    return token


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
