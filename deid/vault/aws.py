"""AWS KMS (extra ``aws``): encrypts and decrypts a vault's keys under a key that never leaves the service.

Region, credentials and endpoint come from where AWS's own tools have them: ``AWS_REGION``, ``AWS_PROFILE``, the role of
a machine, ``AWS_ENDPOINT_URL_KMS``. What kind of key it is stands in the encryption context ``deid``, so that a key
policy may ask for it and no ciphertext made for something else opens here.
"""

from __future__ import annotations

import base64
import logging
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from deid.errors import VaultError

__all__ = ["unwrap", "wrap"]

TIMEOUT_SECONDS: Final = 20
_CREDENTIALS: Final = ("UnrecognizedClient", "InvalidClientTokenId", "InvalidSignature", "SignatureDoesNotMatch",
                       "ExpiredToken", "IncompleteSignature", "MissingAuthentication")  # fmt: skip


def wrap(name: str, label: str, text: str) -> str:
    """Ciphertext, in base64, of a key's text form under a key of the service (an id, an ARN or ``alias/...``).

    Raises
    ------
    VaultError
        Those of :func:`unwrap`.
    """
    with _client() as client:
        answer = client.encrypt(KeyId=name, Plaintext=text.encode(), EncryptionContext={"deid": label})
    return base64.b64encode(answer["CiphertextBlob"]).decode()


def unwrap(name: str, label: str, ciphertext: str) -> bytes:
    """Undo :func:`wrap`.

    Raises
    ------
    VaultError
        ``kms-no-aws`` (the extra is missing), ``kms-address`` (no region, or an endpoint without TLS), ``kms-token``
        (credentials that are missing, wrong or expired), ``kms-denied``, ``kms-ciphertext`` (changed, of another key
        or purpose), ``kms-refused``.
    """
    try:
        blob = base64.b64decode(ciphertext, validate=True)
    except ValueError:
        raise VaultError("kms-ciphertext", "the wrapped key is not base64") from None
    with _client() as client:
        answer: dict[str, bytes] = client.decrypt(KeyId=name, CiphertextBlob=blob, EncryptionContext={"deid": label})
    return answer["Plaintext"]


@contextmanager
def _client() -> Iterator[Any]:
    """A client for one call; nothing that the library or the service says is quoted or logged."""
    try:
        from boto3 import Session
        from botocore import exceptions
        from botocore.config import Config
    except ImportError:
        raise VaultError("kms-no-aws", "AWS KMS needs an extra", hint="pip install 'deid-pipeline[aws]'") from None
    limits = Config(
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    muted = logging.root.manager.disable
    logging.disable(max(muted, logging.DEBUG))  # the library's debugging log quotes bodies
    try:
        client = Session().client("kms", config=limits)
        _check_endpoint(client.meta.endpoint_url)
        yield client
    except exceptions.ClientError as error:
        raise _refusal(str(error.response["Error"]["Code"])) from None
    except (exceptions.NoRegionError, exceptions.InvalidEndpointConfigurationError):
        raise VaultError("kms-address", "AWS KMS needs a region", hint="AWS_REGION or a profile") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError,
            exceptions.ProfileNotFound, exceptions.SSOError, exceptions.TokenRetrievalError):  # fmt: skip
        raise VaultError("kms-token", "there are no credentials for AWS KMS, or they cannot be had") from None
    except exceptions.BotoCoreError:
        raise VaultError("kms-refused", "AWS KMS does not answer, or was asked wrongly") from None
    finally:
        logging.disable(muted)


def _check_endpoint(address: str) -> None:
    """The key comes back in the answer's body: TLS, or loopback."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise VaultError("kms-address", "the endpoint of AWS KMS is not an https address")


def _refusal(code: str) -> VaultError:
    """Our error for one of the service's; of its words only the code, which names nothing, is repeated."""
    if code.startswith(_CREDENTIALS):
        return VaultError("kms-token", "AWS does not accept the credentials")
    if code.startswith("AccessDenied") or code in ("401", "403"):  # a bare status: from something on the way
        return VaultError("kms-denied", "these credentials may not use the key", hint="kms:Decrypt in the key's policy")
    if code.startswith(("InvalidCiphertext", "IncorrectKey")):
        return VaultError("kms-ciphertext", "the wrapped key was changed, or is of another key or purpose")
    return VaultError("kms-refused", f"AWS KMS refused ({code if code.isalnum() else 'no code'})")
