"""The format's own arithmetic: packing, normalisation, key derivation, sealing.

Everything here is pure and is written down in ``docs/vault-format.md``, section by section;
``tests/vectors/vault`` holds one vector for each function, good and broken.
"""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from deid.errors import VaultError
from deid.model import normalise_id

__all__ = [
    "FORMAT",
    "INDEX_BYTES",
    "NONCE_BYTES",
    "SCHEMA",
    "Mac",
    "blind",
    "decode",
    "derive_key",
    "encode",
    "hpke_open",
    "hpke_seal",
    "is_placeholder",
    "is_placeholder_folded",
    "normalise_id",
    "normalise_original",
    "open_box",
    "open_boxed",
    "open_sealed",
    "pack",
    "pad",
    "seal",
    "seal_box",
    "total",
    "unpack",
    "unpad",
]

FORMAT: Final = "deid-vault/1"
"""Bound into every derivation and every AAD; a change of meaning gets a new number."""

SCHEMA: Final = 2
"""Number of the schema; ``deid vault migrate`` lifts older ones."""

NONCE_BYTES: Final = 12
INDEX_BYTES: Final = 16
PAD_BYTES: Final = 32
_NUMBER: Final = struct.Struct(">Iq").pack
_LENGTH: Final = struct.Struct(">I").unpack_from
_LENGTHS: Final = tuple(size.to_bytes(4, "big") for size in range(256))

# RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode.
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

# What hospitals and modalities write when they do not know who the patient is. Compared after
# normalisation with everything but letters and digits removed;
# runs of one digit are added by rule.
_PLACEHOLDER_WORDS: Final = """
    anon anonym anonymous anonymized anonymised anonymouspatient anonymus blank default deid deidentified demo
    dummy emergency empty id john johndoe janedoe mrn na nn n nil no noid noname none noneavailable notapplicable
    notavailable notknown notset notspecified null patient patientid pat phantom qa qc removed service
    sample temp temporary test testpatient tbd trauma unassigned undefined unidentified unk unkn unknown
    unknownpatient unnamed unspecified void x xx xxx xxxx xxxxx xxxxxx xxxxxxx xxxxxxxx
"""
_PLACEHOLDERS: Final = frozenset(_PLACEHOLDER_WORDS.split())

_NUMBERED: Final = frozenset(("anon", "anonymous", "dummy", "noid", "noname", "none", "test", "unk", "unknown"))
_REPEATS: Final = {"0": 1, "9": 3}


def pack(*fields: bytes | str | int) -> bytes:
    """Fields as one byte string that cannot be read in two ways: each with its length before it.

    Text is UTF-8, whole numbers are 8 bytes, signed, big endian; lengths are 4 bytes, big endian.
    """
    parts: list[bytes] = []
    add = parts.append
    for field in fields:
        if isinstance(field, int):
            add(_NUMBER(8, field))
            continue
        value = field
        if isinstance(value, str):
            value = value.encode() if value.isascii() else encode(value)
        elif not isinstance(value, bytes):
            raise VaultError("vault-damaged", "a column holds a value of another type")
        size = len(value)
        add(_LENGTHS[size] if size < 256 else size.to_bytes(4, "big"))
        add(value)
    return b"".join(parts)


def encode(text: str) -> bytes:
    """UTF-8; lone surrogates, which stand for bytes that a character set could not decode, survive."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """Undo :func:`encode`."""
    return data.decode("utf-8", "surrogatepass")


def unpack(data: bytes, count: int) -> list[bytes]:
    """Fields of :func:`pack`.

    Raises
    ------
    VaultError
        ``vault-damaged`` when there are more or fewer fields than ``count`` or a length is wrong.
    """
    fields, at, end = [], 0, len(data)
    while at <= end - 4:
        begin = at + 4
        at = begin + _LENGTH(data, at)[0]
        fields.append(data[begin:at])
    if at != end or len(fields) != count:
        raise VaultError("vault-damaged", "a packed value is cut short or has the wrong number of fields")
    return fields


def derive_key(secret: bytes, *label: str | bytes) -> bytes:
    """32 bytes by HKDF-SHA256 without salt; ``info`` is the format and the packed label."""
    return HKDF(SHA256(), 32, None, pack(FORMAT, *label)).derive(secret)


class Mac:
    """HMAC-SHA256 under one key, which is scheduled once: half the time of a fresh one."""

    __slots__ = ("_fresh",)

    def __init__(self, key: bytes) -> None:
        self._fresh = HMAC(key, SHA256())

    def __call__(self, data: bytes) -> bytes:
        """32 bytes for some data."""
        state = self._fresh.copy()
        state.update(data)
        return state.finalize()


def blind(index: Mac, kind: str, *values: str) -> bytes:
    """Blind index of normalised values: the first 16 bytes of an HMAC over kind and values."""
    return index(pack(kind, *values))[:INDEX_BYTES]


def normalise_original(value: str) -> str:
    """Any other original as it is indexed: NFC, without the padding that DICOM adds at the ends."""
    return (value if value.isascii() else unicodedata.normalize("NFC", value)).strip(" \0\t\r\n")


def is_placeholder(patient_id: str) -> bool:
    """Whether a Patient ID says nothing about who the patient is.

    Blank, made of punctuation only, one digit repeated (``0``, ``000000``, ``99999999``),
    ``12345`` and its like, or a word such as ``UNKNOWN``, ``ANON``, ``NONE``, ``TEST``, some of them with one or
    two digits after it. Such a value must never find a subject: it would merge strangers.
    """
    return is_placeholder_folded(normalise_id(patient_id))


def is_placeholder_folded(text: str) -> bool:
    """:func:`is_placeholder` of an ID that is normalised already."""
    core = text if text.isalnum() else "".join(c for c in text if c.isalnum())
    if not core or core in _PLACEHOLDERS:
        return True
    if core.isdigit():
        same = core.count(core[0]) == len(core)
        return (same and len(core) >= _REPEATS.get(core[0], 4)) or (len(core) >= 4 and core in "01234567890123456789")
    word = core.rstrip("0123456789")
    return word in _NUMBERED and len(core) - len(word) <= 2


def pad(data: bytes) -> bytes:
    """Padded to a multiple of 32 bytes (ISO/IEC 7816-4), so that a length does not tell a name."""
    return data + b"\x80" + b"\0" * (-(len(data) + 1) % PAD_BYTES)


def unpad(data: bytes) -> bytes:
    """Undo :func:`pad`."""
    bare = data.rstrip(b"\0")
    if not bare.endswith(b"\x80"):
        raise VaultError("vault-damaged", "a sealed value has no padding")
    return bare[:-1]


def seal(cipher: AESGCMSIV, nonce: bytes, original: bytes, aad: bytes) -> bytes:
    """AES-256-GCM-SIV (RFC 8452) over the padded original; 16 bytes of tag at the end."""
    return cipher.encrypt(nonce, pad(original), aad)


def open_sealed(cipher: AESGCMSIV, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Undo :func:`seal`.

    Raises
    ------
    VaultError
        ``vault-damaged``: other key, other place, or changed bytes.
    """
    try:
        return unpad(cipher.decrypt(nonce, sealed, aad))
    except (InvalidTag, ValueError, TypeError):
        raise VaultError("vault-damaged", "a sealed value does not open where it stands") from None


def seal_box(key: bytes, original: bytes, aad: bytes) -> bytes:
    """Sealed under a random nonce, which comes first: for values that are rewritten in place."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + seal(AESGCMSIV(key), nonce, original, aad)


def open_box(key: bytes, box: bytes, aad: bytes) -> bytes:
    """Undo :func:`seal_box`."""
    return open_boxed(AESGCMSIV(key), box, aad)


def open_boxed(cipher: AESGCMSIV, box: bytes, aad: bytes) -> bytes:
    """:func:`open_box` with a cipher at hand."""
    if not isinstance(box, bytes):  # what a damaged file may give
        raise VaultError("vault-damaged", "a column holds a value of another type")
    return open_sealed(cipher, box[:NONCE_BYTES], box[NONCE_BYTES:], aad)


def hpke_seal(public_key: bytes, secret: bytes, info: bytes) -> bytes:
    """Seal to the holder of a private key: HPKE base mode, encapsulated key first."""
    return _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public_key), info)


def hpke_open(private_key: bytes, sealed: bytes, info: bytes) -> bytes:
    """Undo :func:`hpke_seal`.

    Raises
    ------
    VaultError
        ``vault-reveal-key``: not the private key for this, or changed bytes.
    """
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private_key), info)
    except (InvalidTag, ValueError):
        raise VaultError("vault-reveal-key", "the reveal key does not open this") from None


def total(values: Iterable[bytes]) -> int:
    """Sum of 16-byte numbers modulo 2^128: equal for equal multisets, in any order."""
    return sum(int.from_bytes(v, "big") for v in values) % (1 << 128)
