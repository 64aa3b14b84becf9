"""Write the vectors of docs/vault-format.md and a store of the schema. Run once per schema; the result is committed.

The vectors are computed here from the primitives alone, not with the code that they test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = Path(__file__).parent
F = "deid-vault/1"


def p(*fields: object) -> bytes:
    out = b""
    for field in fields:
        raw = (
            field.encode()
            if isinstance(field, str)
            else field.to_bytes(8, "big", signed=True)
            if isinstance(field, int)
            else field
        )
        out += len(raw).to_bytes(4, "big") + raw  # type: ignore[arg-type]
    return out


def hkdf(secret: bytes, *label: object) -> bytes:
    return HKDF(SHA256(), 32, None, p(F, *label)).derive(secret)


def hm(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def pad(data: bytes) -> bytes:
    out = data + b"\x80"
    while len(out) % 32:
        out += b"\0"
    return out


def vectors() -> dict[str, object]:
    root, uuid = bytes(range(32)), bytes(range(16))
    dek, seed = bytes(range(64, 96)), bytes(range(96, 128))
    index = hkdf(root, "index")
    idx = hm(index, p("link:uid", "1.2.840.99"))[:16]
    aad = p(F, "link", uuid, idx, "S-D7SF8Y2NM6", "uid", "2.25.4", 17, 1)
    sealed = AESGCMSIV(dek).encrypt(idx[:12], pad(b"1.2.840.99"), aad)
    box_key, box_aad, nonce = hkdf(root, "policy"), p(F, "policy", uuid), bytes(range(200, 212))
    box = nonce + AESGCMSIV(box_key).encrypt(nonce, pad(b"{}"), box_aad)
    flipped = bytearray(sealed)
    flipped[3] ^= 1
    nopad = AESGCMSIV(dek).encrypt(idx[:12], b"\0" * 32, aad)
    common = {"key": dek.hex(), "nonce": idx[:12].hex(), "aad": aad.hex(), "sealed": sealed.hex()}
    words = ("smith", "smithal", "alsmith")  # as they stand and joined; "al" is a particle
    tokens = [kind + word for word in words for kind in "wp"]
    tokens += ["d" + word[:at] + word[at + 1 :] for word in words for at in range(len(word))]
    return {
        "pack": [
            {"fields": ["a", 1, {"hex": "00ff"}], "bytes": p("a", 1, b"\0\xff").hex()},
            {"fields": ["", -1], "bytes": p("", -1).hex()},
            {"fields": ["ü"], "bytes": p("ü").hex()},
        ],
        "unpack_broken": ["000000", "00000005aa", "ffffffff", p("a").hex() + "00"],
        "hkdf": [
            {"secret": root.hex(), "label": ["index"], "key": index.hex()},
            {"secret": root.hex(), "label": ["purpose", "manifest"], "key": hkdf(root, "purpose", "manifest").hex()},
        ],
        "normalise": [
            {"from": "  ab  12 \u0000", "fold": "ab 12", "exact": "ab 12"},
            {"from": "ＡＢ-０1", "fold": "ab-01", "exact": "AB-01"},
            {"from": "STRASSE/ß", "fold": "strasse/ss", "exact": "STRASSE/ß"},
        ],
        "blind": [
            {
                "kind": "subject",
                "values": ["4711-a", "general"],
                "key": index.hex(),
                "idx": hm(index, p("subject", "4711-a", "general"))[:16].hex(),
            },
            {"kind": "link:uid", "values": ["1.2.840.99"], "key": index.hex(), "idx": idx.hex()},
        ],
        "pad": [{"from": data.hex(), "to": pad(data).hex()} for data in (b"", b"\0" * 31, b"\x80" * 32)],
        "unpad_broken": ["", "00" * 32, "41" * 32],
        "seal": [{**common, "original": b"1.2.840.99".hex()}],
        "open_broken": [
            {**common, "why": "one bit of the ciphertext", "sealed": bytes(flipped).hex()},
            {**common, "why": "another surrogate", "aad": aad.replace(b"2.25.4", b"2.25.5").hex()},
            {**common, "why": "another key", "key": root.hex()},
            {**common, "why": "another nonce", "nonce": "00" * 12},
            {**common, "why": "cut short", "sealed": sealed[:20].hex()},
            {**common, "why": "no padding inside", "sealed": nopad.hex()},
        ],
        "box": [{"key": box_key.hex(), "box": box.hex(), "aad": box_aad.hex(), "original": b"{}".hex()}],
        "token": [
            {
                "seed": seed.hex(),
                "known": "SMITH^AL",
                "category": "NAME",
                "digests": sorted(hm(hkdf(seed, "token"), token.encode())[:8].hex() for token in tokens),
            },
        ],
        "code": [
            {"prefix": "S-", "code": "S-D7SF8Y2NM6", "good": True},
            {"prefix": "S-", "code": "S-D7SF8Y2NM7", "good": False},
            {"prefix": "S-", "code": "S-D7SF8Y2N6M", "good": False},
            {"prefix": "S-", "code": "D7SF8Y2NM6", "good": False},
        ],
        "placeholder": {
            "yes": [
                "",
                " ",
                "0",
                "0000",
                "999",
                "1111",
                "12345",
                "UNKNOWN",
                "Anon",
                "NONE",
                "TEST",
                "test 7",
                "n/a",
                "--",
            ],
            "no": ["1", "9", "111", "4711", "ANON-00123", "TESTA", "10000", "D0", "13245"],
        },
        "text": _texts(),
    }


def _texts() -> list[dict[str, str | None]]:
    secret = bytes(range(32))
    check = hashlib.sha256(b"deid-key-1" + secret).digest()[:4]
    good = "deid-key-1:" + base64.urlsafe_b64encode(secret + check).decode().rstrip("=")
    return [
        {"label": "deid-key-1", "text": good, "secret": secret.hex()},
        {"label": "deid-key-1", "text": "# a comment\n" + good + "\n", "secret": secret.hex()},
        {"label": "deid-key-1", "text": good[:-1], "secret": None},
        {"label": "deid-key-1", "text": good.replace("A", "B", 1), "secret": None},
        {"label": "deid-reveal-1", "text": good, "secret": None},
    ]


def store() -> None:
    """A vault of the present schema with one patient, and what it must still say in every later version."""
    from deid.model import Category, Known, Link, Role, SubjectKey
    from deid.vault import Key, Vault
    from deid.vault.wire import SCHEMA

    path, key = HERE / f"schema-{SCHEMA}" / "links.vault", Key(bytes(range(32)))
    with Vault.create(path, key) as vault:
        surrogates = vault.subject(SubjectKey("4711-A", "GENERAL"), sex="F")
        vault.remember(surrogates.code, [Link("uid", "1.2.840.99", "2.25.4"), Link("name", "ÅSTRÖM^Ida", "Fir^Ash")])
        vault.known(surrogates.code, [Known("ÅSTRÖM^Ida", Category.NAME, Role.PATIENT, "PatientName")])
        found = vault.reveal(surrogates.code, reason="vector", who="maker")
        expected = {
            "key": key.text(),
            "code": surrogates.code,
            "shift_days": surrogates.shift_days,
            "seed": surrogates.seed.hex(),
            "domain_seed": surrogates.domain_seed.hex(),
            "person": [surrogates.person.family, surrogates.person.given],
            "links": sorted([x.kind, x.original, x.surrogate] for x in found),
        }
        vault.store.checkpoint()
    (path.parent / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    (HERE / "vectors.json").write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    if sys.argv[1:] == ["--store"]:
        store()
