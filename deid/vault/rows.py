"""Rows made and opened: which key seals what, and what each seal is bound to.

Pure functions over an open :class:`~deid.vault.domain.Domain`; section 5 of ``docs/vault-format.md``.
"""

from __future__ import annotations

import os
import secrets
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.surrogates import PersonSurrogate, Surrogates
from deid.vault.domain import Domain
from deid.vault.store import Row, Table, table_named
from deid.vault.wire import (
    FORMAT,
    INDEX_BYTES,
    NONCE_BYTES,
    blind,
    decode,
    derive_key,
    encode,
    hpke_open,
    hpke_seal,
    is_placeholder_folded,
    normalise_id,
    normalise_original,
    open_sealed,
    pack,
    seal,
    seal_box,
    unpack,
    unpad,
)

__all__ = [
    "DEK",
    "ERASED",
    "KEY",
    "LINK",
    "STUDY_ISSUER",
    "SUBJECT",
    "TOKEN",
    "Dek",
    "SealedRows",
    "draw_shift",
    "key_index",
    "key_row",
    "keyed_bytes",
    "link_index",
    "link_row",
    "make_dek",
    "open_dek",
    "open_found",
    "open_key_row",
    "open_link_row",
    "open_rows",
    "open_states",
    "open_subject_row",
    "random_number",
    "subject_row",
]

SUBJECT, KEY, DEK, LINK, TOKEN, ERASED = (
    table_named(n) for n in ("subject", "subject_key", "dek", "link", "token", "erased")
)
STUDY_ISSUER: Final = "deid:study"
"""Issuer of keys that stand for one study of an unknown patient."""

# What `pack` makes of fields whose sizes are fixed, in one call: a look-up is mostly packing.
_KIND: Final = pack("subject")
_KEY_FIELDS: Final = struct.Struct(">I16s" + "Iq" * 4 + "I")
_SUBJECT_FIELDS: Final = struct.Struct(">IqI")
_STATE_FIELDS: Final = struct.Struct(">IqI32sI")


@dataclass(frozen=True, slots=True, repr=False)
class Dek:
    """Data-encryption key of one writer for one subject; in memory only as long as the writer lives."""

    number: int
    version: int
    cipher: AESGCMSIV
    row: Row = ()


def key_index(domain: Domain, key: SubjectKey) -> bytes:
    """Blind index of a subject's key.

    Raises
    ------
    VaultError
        ``subject-placeholder``.
    """
    policy, patient_id = domain.policy, key.patient_id
    if key.issuer == STUDY_ISSUER:
        return blind(domain.index_mac, "study", patient_id)
    folded = normalise_id(patient_id)
    if is_placeholder_folded(folded):
        raise VaultError("subject-placeholder", "a blank or placeholder Patient ID finds nobody")
    compared = folded if policy.id_case == "fold" else normalise_id(patient_id, case=policy.id_case)
    # blind(domain.index_mac, "subject", compared, issuer), the parts that repeat packed once
    value, issuer = encode(compared), _packed_issuer(key.issuer, policy.default_issuer)
    return domain.index_mac(_KIND + len(value).to_bytes(4, "big") + value + issuer)[:INDEX_BYTES]


@lru_cache(maxsize=1024)
def _packed_issuer(issuer: str, default: str) -> bytes:
    return pack(normalise_id(issuer) or normalise_id(default))


def link_index(domain: Domain, kind: str, original: str) -> bytes:
    """Blind index of a link's original."""
    return blind(domain.index_mac, f"link:{kind}", normalise_original(original))


def make_dek(domain: Domain, subject: int, code: str, writer: bytes) -> Dek:
    """A new data key, sealed to the reveal key at once: its maker cannot read it back later."""
    secret, number = os.urandom(32), random_number()
    sealed = hpke_seal(domain.reveal_public, secret, _dek_info(domain, code, number, writer, domain.version))
    row = (number, domain.number, subject, writer, domain.version, sealed)
    return Dek(number, domain.version, AESGCMSIV(secret), row)


def open_dek(domain: Domain, private: bytes, code: str, row: Row) -> Dek:
    """A stored data key, with the reveal key.

    Raises
    ------
    VaultError
        ``vault-reveal-key``.
    """
    number, _, _, writer, version, sealed, _ = row
    secret = hpke_open(private, sealed, _dek_info(domain, code, number, writer, version))
    return Dek(number, version, AESGCMSIV(secret))


def _dek_info(domain: Domain, code: str, number: int, writer: bytes, version: int) -> bytes:
    return pack(FORMAT, "dek", domain.uuid, code, number, writer, version)


def subject_row(domain: Domain, surrogates: Surrogates, *, origin: str) -> Row:
    """Row of a new subject; offset, seed and name are sealed under the domain's state key."""
    number = random_number()
    person = surrogates.person
    state = pack(surrogates.shift_days, surrogates.seed, person.family, person.given)
    sealed = seal_box(domain.state_key, state, domain.subject_aad + pack(number, surrogates.code))
    return (number, domain.number, surrogates.code, int(time.time()) // 86_400, origin, sealed)


def open_subject_row(domain: Domain, row: Row) -> Surrogates:
    """Surrogates of a subject's row.

    Raises
    ------
    VaultError
        ``vault-damaged``.
    """
    number, _, code, _, _, box, _ = row
    return open_states(domain, [(number, code, box)])[0]


def open_found(domain: Domain, rows: Sequence[Row]) -> list[Surrogates]:
    """Surrogates of rows of ``subject_key``, each followed by code and sealed state of its subject.

    Raises
    ------
    VaultError
        ``vault-damaged``.
    """
    digest, head, pack_fields = domain.row_mac, KEY.head, _KEY_FIELDS.pack
    try:
        for idx, number, subject, home, dek, sealed, mac, _, _ in rows:
            fields = pack_fields(16, idx, 8, number, 8, subject, 8, home, 8, dek, len(sealed))
            if digest(head + fields + sealed)[:16] != mac:
                raise VaultError("vault-damaged", "a row of subject_key was changed")
    except (struct.error, TypeError):
        raise VaultError("vault-damaged", "a column holds a value of another type") from None
    return open_states(domain, map(itemgetter(2, 7, 8), rows))


def open_states(domain: Domain, states: Iterable[tuple[int, str, bytes]]) -> list[Surrogates]:
    """Surrogates of numbers, codes and sealed states of subjects.

    Raises
    ------
    VaultError
        ``vault-damaged``.
    """
    found, decrypt, seed_of_domain = [], domain.state_cipher.decrypt, domain.seed
    fields, head, size_of_head = _STATE_FIELDS.unpack_from, domain.subject_aad, _STATE_FIELDS.size
    try:
        for number, code, box in states:
            name = code.encode()
            aad = head + _SUBJECT_FIELDS.pack(8, number, len(name)) + name
            state = unpad(decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], aad))
            _, shift, _, seed, size = fields(state)
            end = size_of_head + size
            person = PersonSurrogate(state[size_of_head:end].decode(), state[end + 4 :].decode())
            found.append(Surrogates(code, shift, seed, seed_of_domain, person))
    except (InvalidTag, ValueError, TypeError, AttributeError, struct.error):
        raise VaultError("vault-damaged", "a subject's state is gone or does not open where it stands") from None
    return found


def key_row(domain: Domain, idx: bytes, subject: int, code: str, key: SubjectKey, dek: Dek) -> Row:
    """Row that finds a subject by its key; Patient ID and issuer are sealed as they were written."""
    sealed = seal(dek.cipher, idx[:12], pack(key.patient_id, key.issuer), _key_aad(domain, idx, code, dek))
    return (idx, domain.number, subject, subject, dek.number, sealed)


def open_key_row(domain: Domain, row: Row, code: str, dek: Dek) -> SubjectKey:
    """The key as it was written; ``code`` is that of the subject in ``home``."""
    idx, sealed = row[0], row[5]
    parts = unpack(open_sealed(dek.cipher, idx[:12], sealed, _key_aad(domain, idx, code, dek)), 2)
    return SubjectKey(decode(parts[0]), decode(parts[1]))


def _key_aad(domain: Domain, idx: bytes, code: str, dek: Dek) -> bytes:
    return domain.key_aad + pack(idx, code, dek.number, dek.version)


def link_row(domain: Domain, idx: bytes, subject: int, code: str, link: Link, dek: Dek) -> Row:
    """Row of an original and its surrogate."""
    aad = _link_aad(domain, idx, code, link.kind, link.surrogate, dek)
    sealed = seal(dek.cipher, idx[:12], encode(link.original), aad)
    return (idx, domain.number, subject, link.kind, link.surrogate, dek.number, sealed)


def open_link_row(domain: Domain, row: Row, code: str, dek: Dek) -> Link:
    """The link as it was given."""
    idx, kind, surrogate, sealed = row[0], row[3], row[4], row[6]
    if not (isinstance(kind, str) and isinstance(surrogate, str)):
        raise VaultError("vault-damaged", "a column holds a value of another type")
    original = open_sealed(dek.cipher, idx[:12], sealed, _link_aad(domain, idx, code, kind, surrogate, dek))
    return Link(kind, decode(original), surrogate)


def _link_aad(domain: Domain, idx: bytes, code: str, kind: str, surrogate: str, dek: Dek) -> bytes:
    return domain.link_aad + pack(idx, code, kind, surrogate, dek.number, dek.version)


@dataclass(frozen=True, slots=True, repr=False)
class SealedRows:
    """Everything that is sealed under one subject, as it stands in the store."""

    subject: Row
    keys: list[Row]
    links: list[Row]
    deks: list[Row]


def open_rows(domain: Domain, private: bytes, sealed: SealedRows) -> list[Link]:
    """Keys first, then the offset, then the links, with the reveal key.

    Raises
    ------
    VaultError
        ``vault-reveal-key``, ``vault-damaged``.
    """
    code = sealed.subject[SUBJECT.at("code")]
    deks = {row[0]: open_dek(domain, private, code, row) for row in sealed.deks}

    def dek_of(table: Table, row: Row) -> Dek:
        dek = deks.get(row[table.at("dek")])
        if dek is None:
            raise VaultError("vault-damaged", "the data key of a sealed row is gone")
        return dek

    found = []
    for row in sealed.keys:
        key = open_key_row(domain, row, code, dek_of(KEY, row))
        if key.issuer == STUDY_ISSUER:
            found.append(Link("study-only", key.patient_id, code))
            continue
        found.append(Link("patient-id", key.patient_id, code))
        if key.issuer:
            found.append(Link("issuer", key.issuer, ""))
    found.append(Link("date-offset", str(open_subject_row(domain, sealed.subject).shift_days), ""))
    found.extend(open_link_row(domain, row, code, dek_of(LINK, row)) for row in sealed.links)
    return list(dict.fromkeys(found))  # a Patient ID is the key, and a link where it was replaced


def keyed_bytes(root: bytes, idx: bytes) -> Callable[[int], bytes]:
    """A stream that depends on the domain's key and the patient only."""
    key, count = derive_key(root, "keyed", idx), iter(range(1 << 20))
    return lambda size: derive_key(key, str(next(count)))[:size]


def draw_shift(span: tuple[int, int], source: Callable[[int], bytes]) -> int:
    """A whole number of days in ``span``, never 0 (128 bits reduced: the bias is below 2^-100)."""
    days = [day for day in range(span[0], span[1] + 1) if day]
    return days[int.from_bytes(source(16), "big") % len(days)]


def random_number() -> int:
    """Number of a row: 62 random bits, so that two writers need not ask each other."""
    return secrets.randbits(62) + 1
