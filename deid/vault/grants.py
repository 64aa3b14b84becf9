"""Who may do what, and the signed slip without which nothing is read back.

A domain without principals trusts whoever holds its keys (a laptop). With the first principal, every act that
reads back or changes keys needs a role. A grant is signed by administrators outside the vault; the vault counts its
uses in the transaction of the reveal. Roles and grants bind honest stations; what binds everybody is the reveal key.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from deid.errors import VaultError
from deid.vault.act import Act, Ledger, settled_rows
from deid.vault.domain import Domain
from deid.vault.keys import decode_secret, encode_secret
from deid.vault.store import Row, Store, table_named
from deid.vault.wire import FORMAT, derive_key, open_box, pack, seal_box, unpack

__all__ = [
    "ROLES",
    "Grant",
    "Principal",
    "SigningKey",
    "add_principal",
    "authorise",
    "burn_totp",
    "check_totp",
    "permit",
    "principals",
    "remove_principal",
]

PRINCIPAL, SPENT = table_named("principal"), table_named("spent")

ROLES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "operator": frozenset(("lookup", "stats", "backup")),
        "reviewer": frozenset(("lookup", "stats")),
        "reidentifier": frozenset(("lookup", "reveal", "export")),
        "auditor": frozenset(("audit", "verify", "stats")),
        "admin": frozenset(
            (
                "lookup",
                "stats",
                "audit",
                "verify",
                "backup",
                "restore",
                "rotate",
                "erase",
                "link",
                "import",
                "migrate",
                "policy",
                "principal",
            )
        ),
    }
)
"""What a role may do. An administrator signs grants and cannot use one: two people are needed."""

TOTP_STEP_SECONDS: Final = 30
TOTP_STEPS_EITHER_SIDE: Final = 1
MAX_GRANT_SECONDS: Final = 90 * 86_400
MAX_GRANT_CODES: Final = 100_000


class SigningKey:
    """An administrator's Ed25519 key; the vault holds its public half."""

    __slots__ = ("_key",)

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    def __repr__(self) -> str:
        return "SigningKey(…)"

    def __reduce__(self) -> str:
        raise VaultError("key-not-portable", "a signing key does not travel")

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key."""
        return cls(os.urandom(32))

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Key from the text form of :meth:`text`."""
        return cls(decode_secret("deid-signer-1", text))

    def text(self) -> str:
        """The key as it is written into the administrator's file."""
        return encode_secret("deid-signer-1", self._key.private_bytes_raw())

    @property
    def public(self) -> bytes:
        """The 32 public bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to read back: who, which codes and kinds, why, from when to when, how often.

    Attributes
    ----------
    codes, kinds
        Empty: all. ``kinds`` are those of :class:`deid.model.Link`.
    not_before, expires
        Seconds since 1970, UTC.
    """

    id: str
    domain: str
    who: str
    reason: str
    not_before: int
    expires: int
    uses: int = 1
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()

    @classmethod
    def make(  # the fields of a form, all of them named
        cls,
        *,
        domain: str,
        who: str,
        reason: str,
        seconds: int,
        uses: int = 1,
        codes: Iterable[str] = (),
        kinds: Iterable[str] = (),
    ) -> Grant:
        """A new, unsigned grant that begins now.

        Raises
        ------
        VaultError
            ``grant-malformed``.
        """
        now = int(time.time())
        made = cls(secrets.token_hex(16), domain, who, reason, now, now + seconds, uses, tuple(codes), tuple(kinds))
        made.check_form()
        return made

    def check_form(self) -> None:
        """Bounds that no signature lifts.

        Raises
        ------
        VaultError
            ``grant-malformed``.
        """
        sound = (
            len(self.id) == 32
            and self.who.strip()
            and self.reason.strip()
            and 0 < self.expires - self.not_before <= MAX_GRANT_SECONDS
            and 1 <= self.uses <= MAX_GRANT_CODES
            and len(self.codes) <= MAX_GRANT_CODES
        )
        if not sound:
            raise VaultError("grant-malformed", "a grant needs a name, a reason, an end within 90 days and a count")

    def message(self) -> bytes:
        """The bytes that are signed."""
        return pack(
            "deid-grant/1", bytes.fromhex(self.id), self.domain, self.who, self.reason, self.not_before, self.expires,
            self.uses, pack(*self.codes), pack(*self.kinds),
        )  # fmt: skip

    def signed(self, name: str, key: SigningKey) -> Grant:
        """The grant with one more signature."""
        signature = base64.b64encode(key.sign(self.message())).decode()
        return replace(self, signatures=(*(s for s in self.signatures if s[0] != name), (name, signature)))

    def dump(self) -> str:
        """As JSON, for a file or a mail: it holds no original and no secret."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, indent=1, sort_keys=True)

    @classmethod
    def load(cls, text: str) -> Grant:
        """Undo :meth:`dump`.

        Raises
        ------
        VaultError
            ``grant-malformed``.
        """
        try:
            raw: dict[str, Any] = json.loads(text)
            if raw.keys() != set(cls.__slots__):
                raise VaultError("grant-malformed", "the grant lacks a name or has an unknown one")
            made = cls(
                id=bytes.fromhex(raw["id"]).hex(),
                domain=str(raw["domain"]),
                who=str(raw["who"]),
                reason=str(raw["reason"]),
                not_before=int(raw["not_before"]),
                expires=int(raw["expires"]),
                uses=int(raw["uses"]),
                codes=tuple(str(code) for code in raw["codes"]),
                kinds=tuple(str(kind) for kind in raw["kinds"]),
                signatures=tuple((str(name), str(value)) for name, value in raw["signatures"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise VaultError("grant-malformed", "this is not a grant") from None
        made.check_form()
        return made

    @classmethod
    def read(cls, path: Path) -> Grant:
        """Grant of a file.

        Raises
        ------
        VaultError
            ``grant-malformed``.
        """
        try:
            return cls.load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            raise VaultError("grant-malformed", "the grant cannot be read") from None


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whom the domain knows."""

    name: str
    role: str
    public: bytes
    has_totp: bool


def principals(store: Store, domain: Domain, ledger: Ledger | None = None) -> list[Principal]:
    """Everybody whom the domain knows; ``ledger`` is that of the act under way."""
    return [
        Principal(row[0], row[2], row[3], bool(_totp_state(domain, row)[0]))
        for row in settled_rows(store, domain, PRINCIPAL, ledger)
    ]


def permit(store: Store, domain: Domain, who: str, verb: str, ledger: Ledger | None = None) -> None:
    """Let pass whom a role lets pass; a domain without principals lets everybody pass.

    Raises
    ------
    VaultError
        ``role-missing``.
    """
    known = principals(store, domain, ledger)
    if known and not any(p.name == who and verb in ROLES[p.role] for p in known):
        raise VaultError("role-missing", f"no role of this person permits {verb}")


def add_principal(act: Act, store: Store, domain: Domain, principal: Principal, *, who: str) -> str:
    """Let the domain know somebody; the first one must be an administrator.

    Returns
    -------
    str
        Secret for a TOTP app in base 32, shown once; empty if ``has_totp`` is False.

    Raises
    ------
    VaultError
        ``role-unknown``, ``role-first``, ``role-missing``, ``principal-exists``.
    """
    name = principal.name
    if principal.role not in ROLES or not name.strip() or len(principal.public) not in (0, 32):
        raise VaultError("role-unknown", f"a principal has a name and one of the roles {', '.join(ROLES)}")
    if not principals(store, domain, act.ledger) and (principal.role != "admin" or not principal.public):
        raise VaultError("role-first", "the first principal is an administrator with a signing key")
    permit(store, domain, who, "principal", act.ledger)
    secret = os.urandom(20) if principal.has_totp else b""
    row = _principal_row(domain, principal, secret, 0)
    if not act.insert(PRINCIPAL, [row]):
        raise VaultError("principal-exists", "the domain knows somebody of that name")
    act.record("principal-add", who=who, detail={"name": name, "role": principal.role})
    return base64.b32encode(secret).decode()


def remove_principal(act: Act, store: Store, domain: Domain, name: str, *, who: str) -> None:
    """Forget somebody; the last administrator stays.

    Raises
    ------
    VaultError
        ``principal-unknown``, ``role-missing``, ``role-first``.
    """
    permit(store, domain, who, "principal", act.ledger)
    rows = store.fetch(PRINCIPAL, domain.number, "name", [name])
    if not rows:
        raise VaultError("principal-unknown", "the domain knows nobody of that name")
    admins = [p.name for p in principals(store, domain, act.ledger) if p.role == "admin"]
    if admins == [name]:
        raise VaultError("role-first", "the last administrator cannot be removed")
    act.delete(PRINCIPAL, rows)
    act.record("principal-remove", who=who, detail={"name": name})


def authorise(
    act: Act, store: Store, domain: Domain, grant: Grant | None, *, codes: Sequence[str], who: str
) -> Grant | None:
    """Check a grant against policy and count its use, inside the transaction of the act.

    Raises
    ------
    VaultError
        ``grant-needed``, ``grant-domain``, ``grant-holder``, ``grant-time``, ``grant-scope``, ``grant-signatures``,
        ``grant-spent``, ``grant-restored`` (older than the backup's restoration, which gave its uses back).
    """
    needed = domain.policy.signatures
    if grant is None:
        if needed:
            raise VaultError("grant-needed", f"this domain needs a grant with {needed} signatures")
        return None
    grant.check_form()
    now = time.time()
    failed = next(
        (
            name
            for name, holds in (
                ("grant-domain", grant.domain == domain.uuid.hex()),
                ("grant-holder", grant.who == who),
                ("grant-time", grant.not_before <= now < grant.expires),
                ("grant-scope", not grant.codes or set(codes) <= set(grant.codes)),
                ("grant-restored", grant.not_before >= act.ledger.restored),
                ("grant-signatures", _signers(principals(store, domain, act.ledger), grant) >= max(needed, 1)),
            )
            if not holds
        ),
        "",
    )
    if failed:
        raise VaultError(failed, "the grant does not cover this reveal")
    _spend(act, store, domain, grant)
    return grant


def _signers(known: Iterable[Principal], grant: Grant) -> int:
    """How many administrators, other than the holder, signed validly."""
    admins = {p.name: p.public for p in known if p.role == "admin" and p.public}
    return len(
        {
            name
            for name, signature in grant.signatures
            if name != grant.who and _valid(admins.get(name), grant, signature)
        }
    )


def _valid(public: bytes | None, grant: Grant, signature: str) -> bool:
    if not public:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature, validate=True), grant.message())
    except (InvalidSignature, ValueError):
        return False
    return True


def _spend(act: Act, store: Store, domain: Domain, grant: Grant) -> None:
    key = bytes.fromhex(grant.id)
    rows = settled_rows(store, domain, SPENT, act.ledger)  # all: a row taken away would give uses back
    before = next((row for row in rows if row[0] == key), None)
    used = before[SPENT.at("uses")] if before else 0
    if used >= grant.uses:
        raise VaultError("grant-spent", "the grant was used as often as it allows")
    act.change(SPENT, before, (key, domain.number, used + 1))


def check_totp(act: Act, store: Store, domain: Domain, who: str, digits: str) -> None:
    """Check a second factor (RFC 6238, SHA-1, 30 s, 6 digits) and burn it.

    Raises
    ------
    VaultError
        ``totp-unknown`` (nobody of that name has one), ``totp-wrong``, ``totp-used``.
    """
    rows = store.fetch(PRINCIPAL, domain.number, "name", [who])
    secret, last = _totp_state(domain, rows[0]) if rows else (b"", 0)
    if not secret:
        raise VaultError("totp-unknown", "this person has no second factor in this domain")
    step = _matching_step(secret, digits)
    if step is None:
        raise VaultError("totp-wrong", "the second factor is wrong")
    if step <= last:
        raise VaultError("totp-used", "this second factor was used already", hint="wait for the next one")
    row = rows[0]
    act.change(PRINCIPAL, row, _principal_row(domain, Principal(row[0], row[2], row[3], has_totp=True), secret, step))


def burn_totp(act: Act, store: Store, domain: Domain, who: str) -> None:
    """After a wrong second factor, take none from this time step: one guess per 30 seconds."""
    rows = store.fetch(PRINCIPAL, domain.number, "name", [who])
    secret, last = _totp_state(domain, rows[0]) if rows else (b"", 0)
    if secret:
        row, step = rows[0], max(last, int(time.time()) // TOTP_STEP_SECONDS)
        act.change(
            PRINCIPAL, row, _principal_row(domain, Principal(row[0], row[2], row[3], has_totp=True), secret, step)
        )


def _matching_step(secret: bytes, digits: str) -> int | None:
    now = int(time.time()) // TOTP_STEP_SECONDS
    generator = TOTP(secret, 6, SHA1(), TOTP_STEP_SECONDS)  # noqa: S303 - what authenticator apps compute (RFC 6238)
    for step in range(now - TOTP_STEPS_EITHER_SIDE, now + TOTP_STEPS_EITHER_SIDE + 1):
        if secrets.compare_digest(
            generator.generate(step * TOTP_STEP_SECONDS), digits.strip().encode("ascii", "replace")
        ):
            return step
    return None


def _principal_aad(domain: Domain, name: str, role: str, public: bytes) -> bytes:
    return pack(FORMAT, "principal", domain.uuid, name, role, public)


def _principal_row(domain: Domain, principal: Principal, secret: bytes, step: int) -> Row:
    aad = _principal_aad(domain, principal.name, principal.role, principal.public)
    sealed = seal_box(derive_key(domain.root, "principal"), pack(secret, step), aad)
    return (principal.name, domain.number, principal.role, principal.public, sealed)


def _totp_state(domain: Domain, row: Row) -> tuple[bytes, int]:
    name, _, role, public, sealed, _ = row
    fields: Sequence[bytes] = unpack(
        open_box(derive_key(domain.root, "principal"), sealed, _principal_aad(domain, name, role, public)), 2
    )
    return fields[0], int.from_bytes(fields[1], "big")
