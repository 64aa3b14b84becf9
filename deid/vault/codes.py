"""Subject codes: eight random characters and two that check them.

The alphabet is Crockford's base 32 (no I, L, O, U). The ten characters form a word of a shortened
Reed-Solomon code over GF(32), so any two codes of one prefix differ in at least three places: a single wrong
character, a swap or two wrong characters never turn one subject's code into another's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

__all__ = ["ALPHABET", "CODE_CHARACTERS", "check_characters", "draw_code", "is_well_formed"]

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATA_CHARACTERS: Final = 8
CODE_CHARACTERS: Final = DATA_CHARACTERS + 2


def _tables() -> tuple[list[int], list[int]]:
    """Powers and logarithms of GF(32) with x^5 + x^2 + 1."""
    power, value = [], 1
    for _ in range(31):
        power.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    log = [0] * 32
    for exponent, element in enumerate(power):
        log[element] = exponent
    return power * 2, log


_POWER, _LOG = _tables()


def _times(a: int, b: int) -> int:
    return _POWER[_LOG[a] + _LOG[b]] if a and b else 0


def check_characters(data: str) -> str:
    """The two characters that make ``data`` a word of the code (remainder by (x - 2)(x - 4))."""
    # (x + a)(x + a^2) = x^2 + (a + a^2) x + a^3, with a = 2 in GF(32)
    one, zero = _POWER[1] ^ _POWER[2], _POWER[3]
    high, low = 0, 0
    for character in data:
        lead = high ^ ALPHABET.index(character)
        high, low = low ^ _times(lead, one), _times(lead, zero)
    return ALPHABET[high] + ALPHABET[low]


def draw_code(prefix: str, *, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A random code; its first character is a letter but E, so no program takes it for a number."""
    while True:
        data = "".join(ALPHABET[b & 31] for b in random_bytes(DATA_CHARACTERS))
        if data[0] in "ABCDFGHJKMNPQRSTVWXYZ":
            return prefix + data + check_characters(data)


def is_well_formed(code: str, prefix: str) -> bool:
    """Whether this could be a code that :func:`draw_code` made."""
    body = code.removeprefix(prefix)
    if not code.startswith(prefix) or len(body) != CODE_CHARACTERS or any(c not in ALPHABET for c in body):
        return False
    return check_characters(body[:DATA_CHARACTERS]) == body[DATA_CHARACTERS:]
