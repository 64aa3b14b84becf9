"""Statement, under a key of the vault's domain, that these bytes passed the second look.

The gate and the exports recompute it: a text that was changed, or that another process invented,
has none. The key is derived for this purpose only and never leaves the machine.
"""

from __future__ import annotations

import hashlib
import hmac

__all__ = ["attest", "file_digest", "holds", "sha256_hex"]

PURPOSE = "attestation"  # the purpose under which the vault derives the key
SCHEME = "deid-attest-1"


def sha256_hex(content: bytes | str) -> str:
    """Digest of output; never used on an original."""
    return hashlib.sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()


def file_digest(content: bytes) -> str:
    """BLAKE2b-256 of an output file, as the manifest states it: the fastest of the good ones on any machine."""
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def attest(key: bytes, *, digest: str, subject: str, recipe: str) -> str:
    """MAC over the SHA-256 of the output, the subject's code and the recipe's digest."""
    message = "\0".join((SCHEME, digest, subject, recipe)).encode("utf-8")
    return f"{SCHEME}:{hmac.digest(key, message, 'sha256').hex()}"


def holds(key: bytes, attestation: str, *, digest: str, subject: str, recipe: str) -> bool:
    """Whether an attestation was made with this key over these statements."""
    return hmac.compare_digest(attestation, attest(key, digest=digest, subject=subject, recipe=recipe))
