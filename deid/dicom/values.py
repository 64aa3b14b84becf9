"""Values as bytes: character sets, padding, and what a value of each VR may look like.

References
----------
PS3.5 6.1 (character sets), 6.2 (VRs), C.12.1.1.2 of PS3.3 (Specific Character Set).
"""

from __future__ import annotations

import codecs
import re
import warnings
from functools import lru_cache

from pydicom import charset as pydicom_charset

from deid.dicom.scan import Item

__all__ = [
    "CHARSET_VRS",
    "TEXT_VRS",
    "Charset",
    "charset_of",
    "is_date",
    "is_datetime",
    "is_number",
    "is_time",
    "item_charset",
    "pad",
    "valid_uid",
]

CHARACTER_SET = 0x00080005
#: VRs whose characters Specific Character Set governs.
CHARSET_VRS = frozenset(["LO", "LT", "PN", "SH", "ST", "UC", "UT"])
#: VRs whose value is a string of characters.
TEXT_VRS = CHARSET_VRS | frozenset(["AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"])
#: VRs in which a backslash separates values.
MULTI_VRS = TEXT_VRS - frozenset(["LT", "ST", "UT", "UR"])
#: Longest value in characters.
MAX_LENGTH = {
    "AE": 16, "AS": 4, "CS": 16, "DS": 16, "IS": 12, "LO": 64, "LT": 10240, "PN": 194, "SH": 16, "ST": 1024, "UI": 64,
}  # fmt: skip

_DATE = re.compile(r"(\d{4})(\.?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?:(:?)[0-5]\d(?:\1(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?")
_DATETIME = re.compile(
    r"\d{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])"
    r"(?:(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?)?)?)?(?:[+-](?:0\d|1[0-4])[0-5]\d)?"
)
_INTEGER = re.compile(r"[+-]?\d{1,12}")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_UID = re.compile(r"\d+(?:\.\d+)+")


def is_date(text: str) -> bool:
    """Whether ``text`` is one DA value (ACR-NEMA dots allowed)."""
    return _DATE.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Whether ``text`` is one TM value (ACR-NEMA colons allowed)."""
    return _TIME.fullmatch(text) is not None


def is_datetime(text: str) -> bool:
    """Whether ``text`` is one DT value, of any precision."""
    return _DATETIME.fullmatch(text) is not None


def is_number(text: str, vr: str) -> bool:
    """Whether ``text`` is one IS or DS value."""
    if vr == "IS":
        return _INTEGER.fullmatch(text) is not None or _DECIMAL.fullmatch(text) is not None
    return _DECIMAL.fullmatch(text) is not None


def valid_uid(text: str) -> bool:
    """Whether ``text`` has the form of a UID."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def pad(value: bytes, vr: str) -> bytes:
    """A value of even length (PS3.5 6.2: NUL for UI and bytes, space for the rest)."""
    if len(value) % 2:
        return value + (b"\0" if vr in ("UI", "OB", "UN") else b" ")
    return value


class Charset:
    """Decodes and encodes values under one Specific Character Set.

    A value that is UTF-8 under a declared set of one byte a character is read and written as UTF-8. One that the
    declared set cannot decode is read as UTF-8, if it is that, and as Latin-1 otherwise, which loses no byte: what is
    not edited goes back as it came.
    """

    __slots__ = ("codec", "names", "terms")

    def __init__(self, terms: tuple[str, ...]) -> None:
        self.terms = terms
        table = pydicom_charset.python_encoding
        self.names = [table.get(_spelled(term), "iso8859") for term in terms] or ["iso8859"]
        # Without a declared set only ASCII is certain; what stands there beyond it is decided value by value.
        plain = all(_spelled(term) in ("", "ISO_IR 6", "ISO 2022 IR 6") for term in terms)
        self.codec = "ascii" if plain else self.names[0] if len(self.names) == 1 else ""

    def decode(self, raw: bytes, vr: str) -> str:
        """Characters of a value, its padding included."""
        if b"\x1b" not in raw:
            if raw.isascii():
                return raw.decode("ascii")
            if vr not in CHARSET_VRS:
                return raw.decode("latin-1")
        try:
            if self._is_misdeclared(raw):
                return raw.decode("utf-8")
            if self.codec and b"\x1b" not in raw:
                return raw.decode(self.codec)
            return self._decode_iso2022(raw, vr)
        except (UnicodeDecodeError, LookupError):
            return _decode_anyhow(raw)

    def encode(self, text: str, vr: str, original: bytes) -> bytes:
        """Bytes of an edited value; ``original`` says how it was decoded.

        Characters that the set cannot hold become ``?``: they can only come from a damaged original.
        """
        if text.isascii():
            return text.encode("ascii")
        if vr not in CHARSET_VRS:
            return text.encode("latin-1", "replace")
        try:
            if self._is_misdeclared(original):
                return text.encode("utf-8")
            if self.codec:
                original.decode(self.codec)
                return text.encode(self.codec)
            return self._encode_iso2022(text, vr)
        except (UnicodeError, LookupError):
            codec = "utf-8" if _is_utf8(original) else "latin-1"
            return text.encode(codec, "replace")

    def _is_misdeclared(self, raw: bytes) -> bool:
        """Whether bytes are UTF-8 where a set of one byte a character is declared: in that every byte has a meaning."""
        return self.codec.startswith(("latin", "iso8859", "iso_ir")) and not raw.isascii() and _is_utf8(raw)

    def holds(self, text: str) -> bool:
        """Whether the set can write these characters."""
        if text.isascii():
            return True
        try:
            return bool(text.encode(self.codec) if self.codec else self._encode_iso2022(text, "LO"))
        except (UnicodeError, LookupError):
            return False

    def _decode_iso2022(self, raw: bytes, vr: str) -> str:
        delimiters = {0x5C, 0x5E, 0x3D} if vr == "PN" else {0x5C, 0x0A, 0x0D, 0x09, 0x0C}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return pydicom_charset.decode_bytes(raw, self.names, delimiters)
            except (UserWarning, ValueError) as error:
                raise LookupError from error

    def _encode_iso2022(self, text: str, vr: str) -> bytes:
        # pydicom encodes a whole string; each value, and each line, starts from the initial state again.
        marks = "\\^=" if vr == "PN" else "\\\n\r\t\f"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                parts = re.split(f"([{re.escape(marks)}])", text)
                return b"".join(
                    part.encode("ascii") if part.isascii() else pydicom_charset.encode_string(part, self.names)
                    for part in parts
                )
            except (UserWarning, ValueError) as error:
                raise LookupError from error


def _spelled(term: str) -> str:
    """A defined term as the standard spells it (``ISO-IR 100`` and ``ISO_IR_100`` occur)."""
    term = term.strip().upper()
    if term in pydicom_charset.python_encoding:
        return term
    found = re.fullmatch(r"ISO[ _-]*(2022[ _-]*)?IR[ _-]*(\d+)", term)
    if found is None:
        return term
    return f"ISO 2022 IR {found[2]}" if found[1] else f"ISO_IR {found[2]}"


def _decode_anyhow(raw: bytes) -> str:
    return raw.decode("utf-8" if _is_utf8(raw) else "latin-1")


def _is_utf8(raw: bytes) -> bool:
    try:
        codecs.decode(raw, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=256)
def charset_of(raw: bytes) -> Charset:
    """The character set that a value of (0008,0005) declares."""
    text = raw.decode("latin-1").strip(" \0")
    return Charset(tuple(term.strip(" \0") for term in text.split("\\")) if text else ())


def item_charset(item: Item, data: bytes, outer: Charset) -> Charset:
    """The character set of an item: its own (0008,0005), or the one around it."""
    for element in item.elements:
        if element.tag >= CHARACTER_SET:
            if element.tag == CHARACTER_SET:
                return charset_of(data[element.value : element.value_end])
            break
    return outer
