"""A reveal key in shares: any two of three officers together, no one alone.

Shamir's scheme over GF(256) with the field of AES, one polynomial per byte.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from deid.errors import VaultError
from deid.vault.domain import RevealKey
from deid.vault.keys import decode_secret, encode_secret

__all__ = ["SHARE_LABEL", "join_reveal_key", "split_reveal_key"]

SHARE_LABEL: Final = "deid-share-1"
MAX_SHARES: Final = 16


def split_reveal_key(key: RevealKey, *, threshold: int = 2, shares: int = 3) -> list[str]:
    """Text of each share. Fewer than ``threshold`` of them say nothing about the key.

    Raises
    ------
    VaultError
        ``share-count``.
    """
    if not 2 <= threshold <= shares <= MAX_SHARES:
        raise VaultError("share-count", "at least two shares are needed, and no more than there are")
    secret = key.secret
    polynomials = [bytes([byte]) + os.urandom(threshold - 1) for byte in secret]
    head = bytes([threshold]) + key.public[:8]
    return [
        encode_secret(SHARE_LABEL, head + bytes([x]) + bytes(_evaluate(polynomial, x) for polynomial in polynomials))
        for x in range(1, shares + 1)
    ]


def join_reveal_key(shares: Sequence[str]) -> RevealKey:
    """The key from enough of its shares, in any order.

    Raises
    ------
    VaultError
        ``key-malformed``, ``share-mixed`` (of different keys, or one twice), ``share-count`` (too few).
    """
    parts = [decode_secret(SHARE_LABEL, share) for share in shares]
    if any(len(part) != 42 for part in parts):
        raise VaultError("key-malformed", "this is not a share of a reveal key")
    if len({part[:9] for part in parts}) != 1 or len({part[9] for part in parts}) != len(parts):
        raise VaultError("share-mixed", "the shares are of different keys, or one is there twice")
    threshold, mark = parts[0][0], parts[0][1:9]
    if len(parts) < threshold:
        raise VaultError("share-count", f"{threshold} shares are needed")
    points = [(part[9], part[10:]) for part in parts[:threshold]]
    key = RevealKey(bytes(_interpolate([(x, values[i]) for x, values in points]) for i in range(32)))
    if key.public[:8] != mark:
        raise VaultError("share-mixed", "the shares do not make the key that they were made from")
    return key


def _times(a: int, b: int) -> int:
    """Product in GF(2^8) with x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _inverse(a: int) -> int:
    result = 1
    for _ in range(254):
        result = _times(result, a)
    return result


def _evaluate(coefficients: bytes, x: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, x) ^ coefficient
    return value


def _interpolate(points: Sequence[tuple[int, int]]) -> int:
    """Value at 0 of the polynomial through the points."""
    value = 0
    for x, y in points:
        factor = y
        for other, _ in points:
            if other != x:
                factor = _times(factor, _times(other, _inverse(other ^ x)))
        value ^= factor
    return value
