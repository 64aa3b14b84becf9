"""The way back inside the instance: Encrypted Attributes Sequence, sealed for whoever holds a private key.

An opt-in. What is released in this way cannot be shredded later by destroying the vault: every copy carries its
originals, and only the private key stands before them.

References
----------
PS3.15 2026d E.1.1 and E.1.2 (de-identifier and re-identifier), PS3.3 C.12.1.1.4, RFC 5652 (CMS, EnvelopedData).
"""

from __future__ import annotations

import io
import os
import struct
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deid.dicom.meta import LONGITUDINAL, METHOD, METHOD_CODES, PATIENT_IDENTITY_REMOVED, file_meta
from deid.dicom.plan import NewUIDs, Plan
from deid.dicom.read import EXPLICIT_LE, IMPLICIT_LE, Instance, parse_instance
from deid.dicom.rewrite import encode_element
from deid.dicom.scan import Element, Limits, Scanner
from deid.dicom.write import write_instance
from deid.errors import InputError, VaultError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

__all__ = ["open_file", "opened", "restored", "sealed"]

SEQUENCE, SYNTAX, CONTENT, MODIFIED = 0x04000500, 0x04000510, 0x04000520, 0x04000550
#: Larger elements (documents, overlays) are not carried along.
_ELEMENT_BYTES = 1 << 20


def sealed(instance: Instance, plan: Plan, certificates: Sequence[Certificate]) -> Plan:
    """The plan with one element more: the originals of all changed attributes, readable by the certificates' owners.

    Notes
    -----
    Not a function of its arguments alone: the content key of CMS is drawn at random.
    """
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256  # an opt-in
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import (
        PKCS7EnvelopeBuilder,
        PKCS7Options,
    )

    implicit = instance.implicit
    body = b"".join(_originals(instance, plan))
    item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body
    clear = encode_element(MODIFIED, "SQ", item, implicit=implicit)
    builder = PKCS7EnvelopeBuilder().set_data(clear).set_content_encryption_algorithm(AES256)
    for certificate in certificates:
        builder = builder.add_recipient(certificate)
    content = builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
    inner = encode_element(SYNTAX, "UI", (IMPLICIT_LE if implicit else EXPLICIT_LE).encode(), implicit=implicit)
    inner += encode_element(CONTENT, "OB", content, implicit=implicit)
    outer = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner
    new = encode_element(SEQUENCE, "SQ", outer, implicit=implicit)
    changes = [change for change in plan.changes if not _is_at(instance, change, SEQUENCE)]
    place = _place(instance.elements, SEQUENCE, instance.end)
    found = instance.index.get(SEQUENCE)
    changes.append((found.start, found.end, new) if found else (place, place, new))
    return replace(plan, changes=tuple(sorted(changes)))


def opened(data: bytes, key: RSAPrivateKey, certificate: Certificate) -> bytes:
    """The instance with its original attributes again.

    Raises
    ------
    InputError
        ``input-not-sealed``, if it has no Encrypted Attributes Sequence.
    VaultError
        ``key-does-not-open``, if the key opens none of its items.
    """
    instance = parse_instance(data)
    element = instance.index.get(SEQUENCE)
    if element is None or not element.items:
        raise InputError("input-not-sealed", "the instance carries no encrypted attributes")
    clear, implicit = _decrypted(instance, element, key, certificate)
    if implicit != instance.implicit:
        raise InputError("input-transfer-syntax", "the attributes were sealed in another encoding")
    scan = Scanner(clear, Limits()).dataset(0, len(clear), implicit=implicit)
    modified = next((e for e in scan.elements if e.tag == MODIFIED and e.items), None)
    if modified is None or not modified.items:
        raise InputError("input-not-sealed", "nothing was sealed")
    originals = {e.tag: clear[e.start : e.end] for e in modified.items[0].elements}
    return restored(instance, originals)


def open_file(source: Path, output: Path, *, private_key: Path, certificate: Path) -> None:
    """Write an instance with the originals that travelled inside it, readable by its owner only.

    Raises
    ------
    VaultError
        ``key-unreadable``, or ``key-does-not-open``.
    InputError
        ``input-not-sealed``.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        key = load_pem_private_key(private_key.read_bytes(), None)
        owner = load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError, TypeError):
        raise VaultError("key-unreadable", "the private key or the certificate cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise VaultError("key-unreadable", "the standard seals to RSA keys")
    content = opened(source.read_bytes(), key, owner)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def restored(instance: Instance, originals: Mapping[int, bytes]) -> bytes:
    """Originals in place of what stands there; the statements of de-identification withdrawn."""
    withdrawn: dict[int, bytes] = dict.fromkeys((METHOD, METHOD_CODES, LONGITUDINAL, SEQUENCE), b"")
    withdrawn[PATIENT_IDENTITY_REMOVED] = encode_element(
        PATIENT_IDENTITY_REMOVED, "CS", b"NO", implicit=instance.implicit
    )
    changes = []
    for tag, new in sorted((withdrawn | dict(originals)).items()):
        element = instance.index.get(tag)
        if element is not None:
            changes.append((element.start, element.end, new))
        elif new:
            place = _place(instance.elements, tag, instance.end)
            changes.append((place, place, new))
    identity = originals.get(0x00080018)
    uid = identity[8:].decode("ascii").strip(" \0") if identity else instance.sop_instance_uid
    plan = Plan(
        changes=tuple(sorted(changes, key=lambda change: change[:2])),
        results=(),
        refusal=None,
        new_uids=NewUIDs(instance.study_uid, instance.series_uid, uid),
        transfer_syntax=instance.transfer_syntax,
        meta=file_meta(instance.sop_class_uid, uid, instance.transfer_syntax),
    )
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return out.getvalue()


def _originals(instance: Instance, plan: Plan) -> list[bytes]:
    """Top level elements that the plan changes, as they were."""
    changed = {start for start, end, _ in plan.changes if end > start}
    return [
        instance.buffer[element.start : element.end]
        for element in instance.elements
        if element.start in changed
        and element.tag & 0xFFFF
        and element is not instance.pixel
        and element.end - element.start <= _ELEMENT_BYTES
    ]


def _decrypted(
    instance: Instance, element: Element, key: RSAPrivateKey, certificate: Certificate
) -> tuple[bytes, bool]:
    """What the first item that the key opens holds, and whether it is implicit VR."""
    from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der

    for item in element.items or ():
        index = {inner.tag: inner for inner in item.elements}
        content, syntax = index.get(CONTENT), index.get(SYNTAX)
        if content is None or syntax is None:
            continue
        said = instance.buffer[syntax.value : syntax.value_end].strip(b" \0").decode("latin-1")
        raw = _without_padding(instance.buffer[content.value : content.value_end])
        try:
            return pkcs7_decrypt_der(raw, certificate, key, []), said == IMPLICIT_LE
        except ValueError:
            continue
    raise VaultError("key-does-not-open", "the key opens none of the sealed items")


def _without_padding(raw: bytes) -> bytes:
    """One DER value: the byte that makes an OB value even does not belong to it."""
    if len(raw) < 2:
        return raw
    size = raw[1]
    if size < 0x80:
        return raw[: 2 + size]
    count = size & 0x7F
    return raw[: 2 + count + int.from_bytes(raw[2 : 2 + count], "big")]


def _place(elements: Sequence[Element], tag: int, end: int) -> int:
    at = bisect_left([element.tag for element in elements], tag)
    return elements[at].start if at < len(elements) else end


def _is_at(instance: Instance, change: tuple[int, int, bytes], tag: int) -> bool:
    element = instance.index.get(tag)
    return element is not None and change[0] == element.start
