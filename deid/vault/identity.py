"""Who is calling, for the web: a token of the hospital's identity provider (OpenID Connect), checked without a network.

The provider's public keys (JWKS) are fetched by the deployment and given as a file; a token is accepted only if
signature, issuer, audience and times hold. Nothing of a token is ever quoted in an error.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from deid.errors import VaultError
from deid.vault.grants import ROLES

__all__ = ["Identity", "Provider"]

LEEWAY_SECONDS: Final = 60
MAX_TOKEN_CHARACTERS: Final = 16_384
MIN_RSA_BITS: Final = 2048
ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller: name as the provider has it, and the roles that this package knows."""

    name: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that a deployment trusts.

    Attributes
    ----------
    issuer, audience
        What a token must name.
    jwks
        The provider's key set (RFC 7517).
    name_claim, roles_claim
        Where name and roles stand in a token.
    """

    issuer: str
    audience: str
    jwks: Mapping[str, Any]
    name_claim: str = "sub"
    roles_claim: str = "roles"

    @classmethod
    def from_file(cls, path: str | Path, *, issuer: str, audience: str) -> Provider:
        """Provider whose key set is in a file.

        Raises
        ------
        VaultError
            ``oidc-keys``.
        """
        try:
            jwks = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError):
            raise VaultError("oidc-keys", "the key set of the identity provider cannot be read") from None
        return cls(issuer, audience, jwks)

    def identify(self, token: str) -> Identity:
        """Caller of a token (JWS compact form, RFC 7515).

        Raises
        ------
        VaultError
            ``oidc-token`` (malformed, or signed by nobody known), ``oidc-claims`` (issuer, audience or time).
        """
        header, claims, message, signature = _parts(token)
        if header.get("alg") not in ALGORITHMS or "crit" in header:
            raise VaultError("oidc-token", "the token is signed in a way that is not accepted")
        keys = [key for key in self.jwks.get("keys", ()) if header.get("kid") in (None, key.get("kid"))]
        if not any(_verified(str(header["alg"]), key, message, signature) for key in keys):
            raise VaultError("oidc-token", "the token is not signed by the identity provider")
        self._check(claims)
        name, roles = claims.get(self.name_claim), claims.get(self.roles_claim, ())
        if not isinstance(name, str) or not name.strip() or not isinstance(roles, (list, tuple)):
            raise VaultError("oidc-claims", "the token names nobody")
        return Identity(name, frozenset(str(role) for role in roles) & ROLES.keys())

    def _check(self, claims: Mapping[str, Any]) -> None:
        now = time.time()
        audience = claims.get("aud")
        begins, ends = claims.get("nbf", 0), claims.get("exp")
        sound = (
            claims.get("iss") == self.issuer
            and self.audience in (audience if isinstance(audience, list) else [audience])
            and isinstance(ends, (int, float))
            and isinstance(begins, (int, float))
            and begins - LEEWAY_SECONDS <= now < ends + LEEWAY_SECONDS
        )
        if not sound:
            raise VaultError("oidc-claims", "the token is for somebody else, or not of this time")


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    pieces = token.split(".") if len(token) <= MAX_TOKEN_CHARACTERS else []
    try:
        header, claims = (json.loads(_decode(piece)) for piece in pieces[:2])
        signed, signature = ".".join(pieces[:2]).encode("ascii"), _decode(pieces[2])
    except (ValueError, IndexError):
        header = None
    if len(pieces) != 3 or not isinstance(header, dict) or not isinstance(claims, dict):
        raise VaultError("oidc-token", "this is not a token")
    return header, claims, signed, signature


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _verified(algorithm: str, key: Mapping[str, Any], message: bytes, signature: bytes) -> bool:
    """Whether this key signed; its type, not the token, decides how it is used."""
    if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    try:
        if algorithm == "RS256" and key.get("kty") == "RSA":
            numbers = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"]))
            public = numbers.public_key()
            if public.key_size < MIN_RSA_BITS:
                return False
            public.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif algorithm == "ES256" and key.get("kty") == "EC" and key.get("crv") == "P-256" and len(signature) == 64:
            point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        elif algorithm == "EdDSA" and key.get("kty") == "OKP" and key.get("crv") == "Ed25519":
            Ed25519PublicKey.from_public_bytes(_decode(key["x"])).verify(signature, message)
        else:
            return False
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def _number(text: str) -> int:
    return int.from_bytes(_decode(text), "big")
