"""Statement, under a key of the vault's domain, that these bytes passed the second look.

The gate and the exports recompute it: a text that was changed, or that another process invented,
has none. The key is derived for this purpose only and never leaves the machine.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from blake3 import blake3

__all__ = ["attest", "file_digest", "holds", "review_mark", "sha256_hex"]

PURPOSE = "attestation"  # the purpose under which the vault derives the key
INSTRUCTION = "instruction"  # that of the key for texts of the operator's own that an export puts beside reports
REVIEW = "review"  # that of the key under which review material of a subject is found
SCHEME = "deid-attest-1"


def sha256_hex(content: bytes | str) -> str:
    """Digest of output; never used on an original."""
    return hashlib.sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()


def file_digest(content: bytes | Path, *, key: bytes | None = None, place: str = "", length: int = 32) -> str:
    """BLAKE3 of a file or its bytes: a seventh of the time of BLAKE2b.

    Parameters
    ----------
    key
        Makes it a MAC: it recognises an input, and tells nothing to whoever lacks the key.
    place
        Tells one part of a file from another.
    length
        Of the digest in bytes.
    """
    digest = blake3(key=key) if key else blake3()
    if isinstance(content, bytes):
        digest.update(content)
    else:
        with content.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    digest.update(place.encode())
    return digest.hexdigest(length=length)


def attest(key: bytes, *, digest: str, subject: str, recipe: str) -> str:
    """MAC over the SHA-256 of the output, the subject's code and the recipe's digest."""
    message = "\0".join((SCHEME, digest, subject, recipe)).encode("utf-8", "surrogatepass")
    return f"{SCHEME}:{hmac.digest(key, message, 'sha256').hex()}"


def holds(key: bytes, attestation: str, *, digest: str, subject: str, recipe: str) -> bool:
    """Whether an attestation was made with this key over these statements."""
    made = attest(key, digest=digest, subject=subject, recipe=recipe)
    return hmac.compare_digest(attestation.encode("utf-8", "surrogatepass"), made.encode("utf-8"))


def review_mark(key: bytes, code: str) -> str:
    """How names of review material of a subject begin: whoever lacks the key cannot tell whose it is."""
    return file_digest(code.encode("utf-8"), key=key, place=REVIEW, length=10)
