"""What our own files say of themselves: file meta information and the attributes of de-identification.

References
----------
PS3.10 7.1 (file meta information), PS3.15 E.1.1 and E.3.6, PS3.3 C.12.1.1 (SOP Common), CID 7050.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from deid.dicom.rewrite import encode_element
from deid.standard import EDITION

if TYPE_CHECKING:
    from deid.recipe import Policy

__all__ = ["IMPLEMENTATION_UID", "file_meta", "statements"]

#: Names this program, not an installation; drawn once.
IMPLEMENTATION_UID = "2.25.201738904571150627383450173926481037452"
IMPLEMENTATION_VERSION = "DEID_PIPELINE_01"

PATIENT_IDENTITY_REMOVED = 0x00120062
METHOD = 0x00120063
METHOD_CODES = 0x00120064
LONGITUDINAL = 0x00280303

_LONGITUDINAL_OF = {"remove": b"REMOVED", "year": b"MODIFIED", "shift": b"MODIFIED", "keep": b"UNMODIFIED"}


def file_meta(sop_class: str, sop_instance: str, transfer_syntax: str) -> bytes:
    """File meta information with what PS3.10 requires and nothing from the source."""
    body = b"".join(
        (
            encode_element(0x00020001, "OB", b"\0\1", implicit=False),
            encode_element(0x00020002, "UI", sop_class.encode("ascii", "replace"), implicit=False),
            encode_element(0x00020003, "UI", sop_instance.encode("ascii", "replace"), implicit=False),
            encode_element(0x00020010, "UI", transfer_syntax.encode("ascii", "replace"), implicit=False),
            encode_element(0x00020012, "UI", IMPLEMENTATION_UID.encode(), implicit=False),
            encode_element(0x00020013, "SH", IMPLEMENTATION_VERSION.encode(), implicit=False),
        )
    )
    return encode_element(0x00020000, "UL", struct.pack("<I", len(body)), implicit=False) + body


def statements(policy: Policy, *, pixels_cleaned: bool, implicit: bool) -> dict[int, bytes]:
    """The elements that say what was done, encoded, by tag."""
    recipe = policy.recipe
    items = []
    for code, meaning in policy.method_codes(pixels_cleaned=pixels_cleaned):
        body = b"".join(
            encode_element(tag, vr, text.encode("ascii"), implicit=implicit)
            for tag, vr, text in ((0x00080100, "SH", code), (0x00080102, "SH", "DCM"), (0x00080104, "LO", meaning))
        )
        items.append(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body)
    method = f"deid {recipe.name} v{recipe.version}\\PS3.15 {EDITION} Annex E".encode("ascii", "replace")
    return {
        PATIENT_IDENTITY_REMOVED: encode_element(PATIENT_IDENTITY_REMOVED, "CS", b"YES", implicit=implicit),
        METHOD: encode_element(METHOD, "LO", method, implicit=implicit),
        METHOD_CODES: encode_element(METHOD_CODES, "SQ", b"".join(items), implicit=implicit),
        LONGITUDINAL: encode_element(LONGITUDINAL, "CS", _LONGITUDINAL_OF[policy.dates], implicit=implicit),
    }
