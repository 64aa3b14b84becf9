"""A domain: one project's keys, policy and reveal key. Two domains share nothing that can be compared."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from deid.errors import VaultError
from deid.vault.keys import Key, decode_secret, encode_secret
from deid.vault.store import DOMAIN, Row
from deid.vault.wire import FORMAT, Mac, derive_key, open_box, pack, seal_box

__all__ = ["REVEAL_LABEL", "Domain", "Policy", "RevealKey"]

REVEAL_LABEL: Final = "deid-reveal-1"


class RevealKey:
    """The officer's private key (X25519): the only thing that opens what workers sealed.

    A worker gets :attr:`public` only.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = X25519PrivateKey.from_private_bytes(secret).private_bytes_raw()

    def __repr__(self) -> str:
        return "RevealKey(…)"

    def __reduce__(self) -> str:
        raise VaultError("key-not-portable", "a reveal key does not travel")

    @classmethod
    def generate(cls) -> RevealKey:
        """A new key pair."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> RevealKey:
        """Key from the text form of :meth:`text`."""
        return cls(decode_secret(REVEAL_LABEL, text))

    def text(self) -> str:
        """The private key as it is written into the officer's file."""
        return encode_secret(REVEAL_LABEL, self._secret)

    @property
    def secret(self) -> bytes:
        """The 32 private bytes."""
        return self._secret

    @property
    def public(self) -> bytes:
        """The 32 public bytes."""
        return X25519PrivateKey.from_private_bytes(self._secret).public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain was set up with; sealed in the store, so that it cannot be weakened there.

    Attributes
    ----------
    prefix
        Before each code, at most four characters.
    shift_days
        Range of the whole-day offset, both ends included; 0 is never drawn.
    id_case
        ``fold``: Patient IDs that differ in case only are one patient; ``exact``: they are two.
    default_issuer
        Stands in for a blank issuer.
    pseudonyms
        ``random``, or ``keyed``: derived from the Patient ID, so that workers agree without a common store.
        Keyed codes do not meet HIPAA 164.514(c).
    signatures
        Grants with that many signatures are needed to reveal; 0: a reason is enough.
    totp
        Whether a revealer's second factor is asked for.
    """

    prefix: str = "S-"
    shift_days: tuple[int, int] = (-730, -31)
    id_case: Literal["fold", "exact"] = "fold"
    default_issuer: str = ""
    pseudonyms: Literal["random", "keyed"] = "random"
    signatures: int = 0
    totp: bool = False

    def __post_init__(self) -> None:
        low, high = self.shift_days
        if low > high or low == high == 0 or max(abs(low), abs(high)) > 36_500:
            raise VaultError("policy-shift", "the range of day shifts is empty or too wide")
        if len(self.prefix) > 4 or not self.prefix.isascii() or not self.prefix.isprintable() or "\\" in self.prefix:
            raise VaultError("policy-prefix", "a code's prefix is at most four plain characters")
        if self.id_case not in ("fold", "exact") or self.pseudonyms not in ("random", "keyed"):
            raise VaultError("policy-value", "the policy has a value that this version does not know")
        if not 0 <= self.signatures <= 8:
            raise VaultError("policy-signatures", "a grant needs between 0 and 8 signatures")

    def dump(self) -> bytes:
        """Canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Policy:
        """Undo :meth:`dump`; an unknown name is an error, never ignored."""
        raw: dict[str, Any] = json.loads(data)
        unknown = raw.keys() - {f.name for f in fields(cls)}
        if unknown:
            raise VaultError("policy-value", "the policy has a name that this version does not know")
        return cls(**{**raw, "shift_days": tuple(raw["shift_days"])})


@dataclass(frozen=True, slots=True, repr=False)
class Domain:
    """An open domain: number, identity, policy, the keys derived from its root, and how additional data begins."""

    number: int
    uuid: bytes
    name: str
    policy: Policy
    root: bytes
    version: int
    reveal_public: bytes
    reveal_private: bytes
    index_mac: Mac
    state_key: bytes
    state_cipher: AESGCMSIV
    row_mac: Mac
    audit_mac: Mac
    seal_key: bytes
    seed: bytes
    subject_aad: bytes
    key_aad: bytes
    link_aad: bytes

    def __repr__(self) -> str:
        return f"Domain({self.name})"

    @classmethod
    def make(cls, number: int, name: str, policy: Policy, reveal_public: bytes | None) -> Domain:
        """A new domain with random root; without ``reveal_public`` (simple mode) its reveal key is kept with it."""
        pair = None if reveal_public else RevealKey.generate()
        public, private = (pair.public, pair.secret) if pair else (reveal_public or b"", b"")
        return cls._with_keys(number, os.urandom(16), name, policy, os.urandom(32), (1, public, private))

    @classmethod
    def load(cls, row: Row, key: Key) -> Domain:
        """Open a row of the table ``domain``.

        Raises
        ------
        VaultError
            ``key-wrong``: another key's vault. ``vault-damaged``: the row was changed.
        """
        _, uuid, _, kek, root_box, *_ = row
        if kek != _kek_id(key):
            raise VaultError("key-wrong", "this key is not the one of the vault's domain")
        root = open_box(derive_key(key.secret, "wrap", uuid), root_box, pack(FORMAT, "root", uuid))
        return cls._from_row(row, root)

    def reload(self, row: Row) -> Domain:
        """The same domain after its row was rewritten (other reveal key, other policy, other wrapping)."""
        return self._from_row(row, self.root)

    @classmethod
    def _from_row(cls, row: Row, root: bytes) -> Domain:
        number, uuid, name, _, _, version, public, private_box, policy_box, mac = row
        if Mac(derive_key(root, "row"))(pack("domain", *row[:-1]))[:16] != mac:
            raise VaultError("vault-damaged", "the row of the domain was changed")
        private = b""
        if private_box:
            private = open_box(derive_key(root, "reveal"), private_box, pack(FORMAT, "reveal", uuid, version))
        policy = Policy.load(open_box(derive_key(root, "policy"), policy_box, pack(FORMAT, "policy", uuid)))
        return cls._with_keys(number, uuid, name, policy, root, (version, public, private))

    @classmethod
    def _with_keys(
        cls, number: int, uuid: bytes, name: str, policy: Policy, root: bytes, reveal: tuple[int, bytes, bytes]
    ) -> Domain:
        state = derive_key(root, "state")
        return cls(
            number=number,
            uuid=uuid,
            name=name,
            policy=policy,
            root=root,
            version=reveal[0],
            reveal_public=reveal[1],
            reveal_private=reveal[2],
            index_mac=Mac(derive_key(root, "index")),
            state_key=state,
            state_cipher=AESGCMSIV(state),
            row_mac=Mac(derive_key(root, "row")),
            audit_mac=Mac(derive_key(root, "audit")),
            seal_key=derive_key(root, "seal"),
            seed=derive_key(root, "seed"),
            subject_aad=pack(FORMAT, "subject", uuid),
            key_aad=pack(FORMAT, "key", uuid),
            link_aad=pack(FORMAT, "link", uuid),
        )

    def row(self, key: Key) -> Row:
        """The row to store (without ``mac``): root wrapped under ``key``, everything else under the root."""
        uuid = self.uuid
        root_box = seal_box(derive_key(key.secret, "wrap", uuid), self.root, pack(FORMAT, "root", uuid))
        return self._sealed_row(_kek_id(key), root_box)

    def row_under(self, before: Row) -> Row:
        """The row to store in the place of ``before``, wrapped as that one is: for changes without the vault's key."""
        return self._sealed_row(before[DOMAIN.at("kek")], before[DOMAIN.at("root")])

    def _sealed_row(self, kek: bytes, root_box: bytes) -> Row:
        uuid, private_box = self.uuid, b""
        if self.reveal_private:
            aad = pack(FORMAT, "reveal", uuid, self.version)
            private_box = seal_box(derive_key(self.root, "reveal"), self.reveal_private, aad)
        policy_box = seal_box(derive_key(self.root, "policy"), self.policy.dump(), pack(FORMAT, "policy", uuid))
        return (self.number, uuid, self.name, kek, root_box, self.version, self.reveal_public, private_box, policy_box)

    def with_policy(self, policy: Policy) -> Domain:
        """The same domain under another policy."""
        return replace(self, policy=policy)

    def rekeyed(self, public: bytes) -> Domain:
        """The domain one key version on; an old private key of simple mode stays until the rotation is done."""
        return replace(self, version=self.version + 1, reveal_public=public)

    def without_private(self) -> Domain:
        """The domain as workers of split mode have it."""
        return replace(self, reveal_private=b"")

    def purpose(self, name: str) -> bytes:
        """32 bytes for a named purpose outside the vault."""
        return derive_key(self.root, "purpose", name)


def _kek_id(key: Key) -> bytes:
    return derive_key(key.secret, "kek-id")[:8]
