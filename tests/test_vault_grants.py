"""Grants, roles, second factors, callers from the web."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Policy, Vault
from deid.vault.grants import Grant, Principal, SigningKey, add_principal, principals, remove_principal
from deid.vault.identity import Provider
from deid.vault.lifecycle import verify

ALICE, BOB = SubjectKey("A-1"), SubjectKey("B-1")
ANNA, BERT = SigningKey.generate(), SigningKey.generate()


def make(tmp_path: Path, **policy: Any) -> Vault:
    vault = Vault.create(tmp_path / "v" / "g.vault", Key.generate(), policy=Policy(**policy))
    for key in (ALICE, BOB):
        code = vault.subject(key).code
        vault.remember(code, [Link("uid", f"1.2.{key.patient_id}", "2.25.1"), Link("name", "X^Y", "Fir^Ash")])
    know(vault, "anna", "admin", who="anna", public=ANNA.public)
    know(vault, "bert", "admin", who="anna", public=BERT.public)
    know(vault, "rita", "reidentifier", who="anna")
    know(vault, "olaf", "operator", who="anna")
    return vault


def know(vault: Vault, name: str, role: str, *, who: str, public: bytes = b"", totp: bool = False) -> str:
    with vault.acting() as act:
        return add_principal(act, vault.store, vault.domain, Principal(name, role, public, totp), who=who)


def grant_for(vault: Vault, *, uses: int = 1, codes: tuple[str, ...] = (), kinds: tuple[str, ...] = ()) -> Grant:
    return Grant.make(
        domain=vault.domain.uuid.hex(), who="rita", reason="recall", seconds=3600, uses=uses, codes=codes, kinds=kinds
    )


def test_reveal_needs_a_grant_with_two_signatures_and_counts_it(tmp_path: Path) -> None:
    with make(tmp_path, signatures=2) as vault:
        code = vault.find("A-1") or ""
        grant = grant_for(vault, uses=2, codes=(code,))
        with pytest.raises(VaultError, match="grant-needed"):
            vault.reveal(code, reason="recall", who="rita")
        once = grant.signed("anna", ANNA)
        with pytest.raises(VaultError, match="grant-signatures"):
            vault.reveal(code, reason="recall", who="rita", grant=once)
        twice = Grant.load(once.signed("bert", BERT).dump())
        for _ in range(2):
            assert vault.reveal(code, reason="recall", who="rita", grant=twice)[0].original == "A-1"
        with pytest.raises(VaultError, match="grant-spent"):
            vault.reveal(code, reason="recall", who="rita", grant=twice)
        acts = [(row.act, row.detail.get("because"), row.detail.get("grant")) for row in vault.audit()][5:]
        assert acts == [
            ("reveal-refused", "grant-needed", None),
            ("reveal-refused", "grant-signatures", None),
            ("reveal", None, grant.id),
            ("reveal", None, grant.id),
            ("reveal-refused", "grant-spent", None),
        ]
        assert verify(vault, who="anna").ok


def test_grant_covers_only_what_was_signed(tmp_path: Path) -> None:
    with make(tmp_path, signatures=1) as vault:
        a, b = (vault.find(p) or "" for p in ("A-1", "B-1"))
        good = grant_for(vault, uses=9, codes=(a,)).signed("anna", ANNA)
        now = int(time.time())
        cases = {
            "grant-scope": (b, good),
            "grant-signatures": (a, replace(good, uses=10)),
            "grant-holder": (a, replace(good, who="olaf")),
            "grant-domain": (a, replace(good, domain="00" * 16).signed("anna", ANNA)),
            "grant-time": (a, replace(good, not_before=now - 90, expires=now - 30).signed("anna", ANNA)),
        }
        for code, (subject, grant) in cases.items():
            with pytest.raises(VaultError, match=code):
                vault.reveal(subject, reason="recall", who="rita", grant=grant)
        forged = replace(good, signatures=(("anna", base64.b64encode(BERT.sign(good.message())).decode()),))
        nobody = replace(good, signatures=()).signed("mallory", SigningKey.generate())
        for grant in (forged, nobody):
            with pytest.raises(VaultError, match="grant-signatures"):
                vault.reveal(a, reason="recall", who="rita", grant=grant)
        assert vault.reveal(a, reason="recall", who="rita", grant=good)


def test_one_administrator_who_signs_twice_is_one(tmp_path: Path) -> None:
    with make(tmp_path, signatures=2) as vault:
        code = vault.find("A-1") or ""
        grant = grant_for(vault).signed("anna", ANNA)
        grant = replace(grant, signatures=grant.signatures * 2)
        with pytest.raises(VaultError, match="grant-signatures"):
            vault.reveal(code, reason="recall", who="rita", grant=grant)


def test_grant_limits_the_kinds_that_come_back(tmp_path: Path) -> None:
    with make(tmp_path, signatures=1) as vault:
        code = vault.find("A-1") or ""
        grant = grant_for(vault, kinds=("uid",)).signed("anna", ANNA)
        found = vault.reveal(code, reason="recall", who="rita", grant=grant)
        assert [link.kind for link in found] == ["uid"]


@pytest.mark.parametrize(
    "change", [{"uses": 0}, {"expires": 0}, {"reason": " "}, {"who": ""}, {"id": "ff"}, {"extra": 1}, {"uses": "many"}]
)
def test_malformed_grant_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with make(tmp_path) as vault:
        text = json.dumps({**json.loads(grant_for(vault).dump()), **change})
    for bad in (text, "{}", "[]", "nonsense"):
        with pytest.raises(VaultError, match="grant-malformed"):
            Grant.load(bad)


def test_role_permits_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    with make(tmp_path) as vault:
        code = vault.find("A-1") or ""
        assert vault.reveal(code, reason="recall", who="rita")
        for who in ("olaf", "anna", "nobody"):
            with pytest.raises(VaultError, match="role-missing"):
                vault.reveal(code, reason="recall", who=who)
        with pytest.raises(VaultError, match="role-missing"):
            vault.link(ALICE, BOB, who="rita", reason="merge")
        with pytest.raises(VaultError, match="role-missing"):
            know(vault, "eve", "admin", who="rita")
        assert vault.link(ALICE, BOB, who="anna", reason="merge")


def test_first_principal_is_an_administrator_and_the_last_one_stays(tmp_path: Path) -> None:
    with Vault.create(tmp_path / "v" / "g.vault", Key.generate()) as vault:
        with pytest.raises(VaultError, match="role-first"):
            know(vault, "rita", "reidentifier", who="rita")
        with pytest.raises(VaultError, match="role-unknown"):
            know(vault, "rita", "king", who="rita")
        know(vault, "anna", "admin", who="anna", public=ANNA.public)
        with pytest.raises(VaultError, match="principal-exists"):
            know(vault, "anna", "operator", who="anna")
        with pytest.raises(VaultError, match="role-first"), vault.acting() as act:
            remove_principal(act, vault.store, vault.domain, "anna", who="anna")
        know(vault, "rita", "reidentifier", who="anna")
        with vault.acting() as act:
            remove_principal(act, vault.store, vault.domain, "rita", who="anna")
        assert [p.name for p in principals(vault.store, vault.domain)] == ["anna"]
        assert verify(vault, who="anna").ok


def test_second_factor_works_once_and_a_wrong_one_closes_its_time_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr("deid.vault.grants.time.time", lambda: now[0])
    with make(tmp_path, totp=True) as vault:
        code = vault.find("A-1") or ""
        secret = base64.b32decode(know(vault, "theo", "reidentifier", who="anna", totp=True))

        def digits() -> str:
            return TOTP(secret, 6, SHA1(), 30).generate(int(now[0])).decode()

        with pytest.raises(VaultError, match="totp-unknown"):
            vault.reveal(code, reason="r", who="rita", totp="000000")
        assert vault.reveal(code, reason="r", who="theo", totp=digits())
        with pytest.raises(VaultError, match="totp-used"):
            vault.reveal(code, reason="r", who="theo", totp=digits())
        now[0] += 60
        wrong = f"{(int(digits()) + 1) % 1_000_000:06}"
        with pytest.raises(VaultError, match="totp-wrong"):
            vault.reveal(code, reason="r", who="theo", totp=wrong)
        with pytest.raises(VaultError, match="totp-used"):
            vault.reveal(code, reason="r", who="theo", totp=digits())
        now[0] += 31
        assert vault.reveal(code, reason="r", who="theo", totp=digits())
        for bad in ("", "12345", "abcdef", "１２３４５６"):
            now[0] += 90
            with pytest.raises(VaultError, match="totp-wrong"):
                vault.reveal(code, reason="r", who="theo", totp=bad)


def test_policy_changes_on_record_and_only_where_it_may(tmp_path: Path) -> None:
    with make(tmp_path) as vault:
        assert vault.set_policy(who="anna", reason="board", signatures=1, prefix="T-").signatures == 1
        code = vault.find("A-1") or ""
        with pytest.raises(VaultError, match="grant-needed"):
            vault.reveal(code, reason="r", who="rita")
        assert vault.subject(SubjectKey("C-1")).code.startswith("T-")
        for change in ({"id_case": "exact"}, {"default_issuer": "X"}, {"pseudonyms": "keyed"}):
            with pytest.raises(VaultError, match="policy-fixed"):
                vault.set_policy(who="anna", reason="board", **change)
        for bad in ({"signatures": 99}, {"prefix": "TOO-LONG"}, {"shift_days": (0, 0)}, {"colour": "red"}):
            with pytest.raises(VaultError, match="policy-"):
                vault.set_policy(who="anna", reason="board", **bad)
        with pytest.raises(VaultError, match="role-missing"):
            vault.set_policy(who="rita", reason="to get round it", signatures=0)
        acts = [(row.act, row.who, row.detail) for row in vault.audit() if row.act.startswith("policy")]
        assert acts[0] == ("policy", "anna", {"changed": ["prefix", "signatures"]})
        assert acts[-1] == ("policy-refused", "rita", {"because": "role-missing"})
        assert verify(vault, who="anna").ok


def test_signing_key_hides_and_reads_back() -> None:
    assert SigningKey.from_text(ANNA.text()).public == ANNA.public
    assert ANNA.text() not in repr(ANNA)


# Tokens of an identity provider ------------------------------------------------------------------


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


RSA_KEY = rsa.generate_private_key(65537, 2048)
WEAK_KEY = rsa.generate_private_key(65537, 1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = Ed25519PrivateKey.generate()


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}


def jwks() -> dict[str, Any]:
    point = EC_KEY.public_key().public_numbers()
    coordinates = {"x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))}
    return {
        "keys": [
            rsa_jwk(RSA_KEY, "r"),
            rsa_jwk(WEAK_KEY, "weak"),
            {"kty": "EC", "crv": "P-256", "kid": "e", **coordinates},
            {"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": b64(ED_KEY.public_key().public_bytes_raw())},
        ]
    }


def token(claims: dict[str, Any], *, alg: str = "RS256", kid: str | None = "r") -> str:
    head = {"alg": alg, "typ": "JWT", **({"kid": kid} if kid else {})}
    message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}".encode()
    if alg == "RS256":
        signature = (WEAK_KEY if kid == "weak" else RSA_KEY).sign(message, padding.PKCS1v15(), SHA256())
    elif alg == "ES256":
        r, s = decode_dss_signature(EC_KEY.sign(message, ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    elif alg == "EdDSA":
        signature = ED_KEY.sign(message)
    elif alg == "HS256":
        signature = hmac.digest(rsa_jwk(RSA_KEY, "r")["n"].encode(), message, "sha256")
    else:
        signature = b""
    return message.decode() + "." + b64(signature)


def claims(**changes: Any) -> dict[str, Any]:
    now = time.time()
    base = {"iss": "https://idp", "aud": "deid", "sub": "rita", "exp": now + 300, "roles": ["reidentifier", "king"]}
    return {**base, **changes}


@pytest.mark.parametrize(("alg", "kid"), [("RS256", "r"), ("ES256", "e"), ("EdDSA", "o"), ("RS256", None)])
def test_token_of_the_identity_provider_names_its_bearer(tmp_path: Path, alg: str, kid: str | None) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(jwks()))
    provider = Provider.from_file(tmp_path / "jwks.json", issuer="https://idp", audience="deid")
    caller = provider.identify(token(claims(aud=["other", "deid"]), alg=alg, kid=kid))
    assert caller.name == "rita"
    assert caller.roles == {"reidentifier"}


def test_token_that_is_forged_or_for_others_is_refused() -> None:
    provider = Provider("https://idp", "deid", jwks())
    good = token(claims())
    head, body, signature = good.split(".")
    forged = b64(json.dumps(claims(sub="anna")).encode())
    for bad in (
        f"{head}.{forged}.{signature}",
        token(claims(), alg="none"),
        token(claims(), alg="HS256"),
        token(claims(), kid="weak"),
        token(claims(), kid="nobody"),
        token(claims(), alg="ES256", kid="r"),
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "a.b.c",
        f"{b64(b'[]')}.{b64(b'[]')}.{signature}",
        good + "x" * 20_000,
    ):
        with pytest.raises(VaultError, match="oidc-token"):
            provider.identify(bad)
    for change in (
        {"iss": "https://other"},
        {"aud": "other"},
        {"aud": None},
        {"exp": time.time() - 3600},
        {"exp": None},
        {"nbf": time.time() + 3600},
        {"sub": ""},
        {"roles": "admin"},
    ):
        with pytest.raises(VaultError, match="oidc-claims"):
            provider.identify(token(claims(**change)))


def test_missing_key_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="oidc-keys"):
        Provider.from_file(tmp_path / "none", issuer="i", audience="a")
