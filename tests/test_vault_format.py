"""The format is what docs/vault-format.md says: vectors made without our code, good and broken."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from deid.errors import VaultError
from deid.model import Category, Known, Role, SubjectKey
from deid.vault import Key, RevealKey, Vault, is_placeholder
from deid.vault.codes import is_well_formed
from deid.vault.domain import Domain, Policy
from deid.vault.keys import decode_secret
from deid.vault.lifecycle import verify
from deid.vault.rows import link_index, link_row, make_dek, open_dek, open_link_row
from deid.vault.store import EVERY, schema_sql
from deid.vault.tokens import digests_of, subject_token_key
from deid.vault.upgrade import upgrade
from deid.vault.wire import (
    SCHEMA,
    Mac,
    blind,
    derive_key,
    hpke_open,
    hpke_seal,
    normalise_id,
    open_box,
    open_sealed,
    pack,
    pad,
    seal,
    seal_box,
    unpack,
    unpad,
)
from tests.services.postgres import postgres_server  # noqa: F401

VECTORS = Path(__file__).parent / "vectors" / "vault"
V: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_text("utf-8"))


def h(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize("case", V["pack"])
def test_pack(case: dict[str, Any]) -> None:
    fields = [h(f["hex"]) if isinstance(f, dict) else f for f in case["fields"]]
    assert pack(*fields).hex() == case["bytes"]
    assert len(unpack(h(case["bytes"]), len(fields))) == len(fields)


@pytest.mark.parametrize("case", V["unpack_broken"])
def test_broken_packing_is_refused(case: str) -> None:
    with pytest.raises(VaultError, match="vault-damaged"):
        unpack(h(case), 1)


@pytest.mark.parametrize("case", V["hkdf"])
def test_key_derivation(case: dict[str, Any]) -> None:
    assert derive_key(h(case["secret"]), *case["label"]).hex() == case["key"]


@pytest.mark.parametrize("case", V["normalise"])
def test_normalisation(case: dict[str, str]) -> None:
    assert normalise_id(case["from"]) == case["fold"]
    assert normalise_id(case["from"], case="exact") == case["exact"]


@pytest.mark.parametrize("case", V["blind"])
def test_blind_index(case: dict[str, Any]) -> None:
    assert blind(Mac(h(case["key"])), case["kind"], *case["values"]).hex() == case["idx"]


@pytest.mark.parametrize("case", V["pad"])
def test_padding(case: dict[str, str]) -> None:
    assert pad(h(case["from"])).hex() == case["to"]
    assert unpad(h(case["to"])).hex() == case["from"]


@pytest.mark.parametrize("case", V["unpad_broken"])
def test_broken_padding_is_refused(case: str) -> None:
    with pytest.raises(VaultError, match="vault-damaged"):
        unpad(h(case))


@pytest.mark.parametrize("case", V["seal"])
def test_seal(case: dict[str, str]) -> None:
    cipher = AESGCMSIV(h(case["key"]))
    assert seal(cipher, h(case["nonce"]), h(case["original"]), h(case["aad"])).hex() == case["sealed"]
    assert open_sealed(cipher, h(case["nonce"]), h(case["sealed"]), h(case["aad"])).hex() == case["original"]


@pytest.mark.parametrize("case", V["open_broken"], ids=lambda case: case["why"])
def test_broken_seal_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(VaultError, match="vault-damaged"):
        open_sealed(AESGCMSIV(h(case["key"])), h(case["nonce"]), h(case["sealed"]), h(case["aad"]))


@pytest.mark.parametrize("case", V["box"])
def test_box(case: dict[str, str]) -> None:
    assert open_box(h(case["key"]), h(case["box"]), h(case["aad"])).hex() == case["original"]
    fresh = seal_box(h(case["key"]), h(case["original"]), h(case["aad"]))
    assert fresh.hex() != case["box"]
    assert open_box(h(case["key"]), fresh, h(case["aad"])).hex() == case["original"]
    for bad in (None, "text", b"", fresh[:12], fresh[:-1], bytes([fresh[0] ^ 1]) + fresh[1:]):
        with pytest.raises(VaultError, match="vault-damaged"):
            open_box(h(case["key"]), bad, h(case["aad"]))


@pytest.mark.parametrize("case", V["token"])
def test_token_digests(case: dict[str, Any]) -> None:
    known = Known(case["known"], Category(case["category"]), Role.PATIENT, "PatientName")
    digests = digests_of(subject_token_key(h(case["seed"])), [known])
    assert sorted(d.hex() for d in digests) == case["digests"]


@pytest.mark.parametrize("case", V["code"])
def test_codes(case: dict[str, Any]) -> None:
    assert is_well_formed(case["code"], case["prefix"]) is case["good"]


def test_placeholders() -> None:
    assert [v for v in V["placeholder"]["yes"] if not is_placeholder(v)] == []
    assert [v for v in V["placeholder"]["no"] if is_placeholder(v)] == []


@pytest.mark.parametrize("case", V["text"])
def test_text_of_secrets(case: dict[str, Any]) -> None:
    if case["secret"]:
        assert decode_secret(case["label"], case["text"]).hex() == case["secret"]
        return
    with pytest.raises(VaultError, match="key-malformed"):
        decode_secret(case["label"], case["text"])


def test_hpke_opens_for_its_holder_and_its_purpose_only() -> None:
    key = RevealKey.generate()
    sealed = hpke_seal(key.public, b"x" * 32, b"purpose")
    assert hpke_open(key.secret, sealed, b"purpose") == b"x" * 32
    flipped = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
    for private, data, info in (
        (RevealKey.generate().secret, sealed, b"purpose"),
        (key.secret, sealed, b"another"),
        (key.secret, flipped, b"purpose"),
        (key.secret, sealed[:20], b"purpose"),
        (key.secret, b"", b"purpose"),
    ):
        with pytest.raises(VaultError, match="vault-reveal-key"):
            hpke_open(private, data, info)


@given(st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=20))), st.lists(st.binary(max_size=40)))
def test_packing_is_never_ambiguous(one: list[bytes | str], other: list[bytes]) -> None:
    same = [f.encode() if isinstance(f, str) else f for f in one] == other
    assert (pack(*one) == pack(*other)) is same
    assert unpack(pack(*other), len(other)) == other


@given(st.binary(max_size=200))
def test_padding_comes_off_again(data: bytes) -> None:
    assert unpad(pad(data)) == data
    assert len(pad(data)) % 32 == 0


def test_link_opens_only_in_its_own_place() -> None:
    """Domain, index, code, kind, surrogate and data key are bound: no row opens where another stood."""
    domain = Domain.make(1, "a", Policy(), None)
    other = Domain.make(1, "a", Policy(), None)
    from deid.model import Link

    link = Link("uid", "1.2.3", "2.25.1")
    dek = make_dek(domain, 5, "S-A", b"writer01")
    idx = link_index(domain, link.kind, link.original)
    row = (*link_row(domain, idx, 5, "S-A", link, dek), b"")
    assert open_link_row(domain, row, "S-A", dek) == link
    changes = {0: b"\0" * 16, 3: "name", 4: "2.25.2", 6: row[6][:-1] + b"\0"}
    wrong = [(domain, (*row[:at], value, *row[at + 1 :]), "S-A") for at, value in changes.items()]
    for where, changed, code in [*wrong, (domain, row, "S-B"), (other, row, "S-A")]:
        with pytest.raises(VaultError, match="vault-damaged"):
            open_link_row(where, changed, code, dek)
    stored = (*dek.row, b"")
    assert open_dek(domain, domain.reveal_private, "S-A", stored).number == dek.number
    for at, value in ((0, 1), (3, b"writer02"), (4, 2)):
        with pytest.raises(VaultError, match="vault-reveal-key"):
            open_dek(domain, domain.reveal_private, "S-A", (*stored[:at], value, *stored[at + 1 :]))


@pytest.mark.parametrize("schema", sorted(p.name for p in VECTORS.glob("schema-*")))
def test_store_of_every_released_schema_still_says_what_it_said(tmp_path: Path, schema: str) -> None:
    expected = json.loads((VECTORS / schema / "expected.json").read_text("utf-8"))
    path = tmp_path / "old.vault"
    shutil.copy(VECTORS / schema / "links.vault", path)
    path.chmod(0o600)
    key = Key.from_text(expected["key"])
    if schema != f"schema-{SCHEMA}":
        with pytest.raises(VaultError, match="vault-schema"):
            Vault.open(path, key)
    upgrade(path, key, who="test")
    with Vault.open(path, key) as vault:
        assert verify(vault).ok
        found = vault.subject(SubjectKey("4711-A", "GENERAL"))
        assert found.code == expected["code"]
        assert found.shift_days == expected["shift_days"]
        assert found.seed.hex() == expected["seed"]
        assert found.domain_seed.hex() == expected["domain_seed"]
        assert [found.person.family, found.person.given] == expected["person"]
        links = vault.reveal(found.code, reason="vector", who="test")
        assert sorted([x.kind, x.original, x.surrogate] for x in links) == expected["links"]
        assert [f.rule for f in vault.known_index(found.code).search("seen by astrom")] == ["known-index:word"]


@pytest.mark.slow
def test_store_of_schema_1_is_lifted_in_postgres_too(request: pytest.FixtureRequest) -> None:
    """The frozen rows, copied as they are into a server's store of their schema."""
    from deid.vault.backup import copy_rows
    from deid.vault.opening import open_store

    folder = VECTORS / "schema-1"
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    address, key = request.getfixturevalue("postgres_server").fresh_database(), Key.from_text(expected["key"])
    frozen = Path(shutil.copy(folder / "links.vault", request.getfixturevalue("tmp_path") / "old.vault"))
    frozen.chmod(0o600)
    old, new = open_store(frozen, older=True), open_store(address, create=True)
    with new.write():
        copy_rows(old, new, EVERY)
        new.lift(1)
    old.close()
    new.close()
    with pytest.raises(VaultError, match="vault-schema"):
        Vault.open(address, key)
    assert upgrade(address, key, who="test") == 1
    with Vault.open(address, key) as vault:
        assert verify(vault).ok
        assert vault.find("4711-A", "GENERAL") == expected["code"]


@pytest.mark.parametrize("meta", ["0", "3", "x", ""])
def test_store_of_an_unknown_schema_is_refused(tmp_path: Path, meta: str) -> None:
    import sqlite3

    path, key = tmp_path / "v" / "new.vault", Key.generate()
    Vault.create(path, key).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (meta,))
    db.close()
    for act in (lambda: Vault.open(path, key), lambda: upgrade(path, key, who="test")):
        with pytest.raises(VaultError, match="vault-schema"):
            act()


def test_both_dialects_have_the_tables_and_columns_of_the_code() -> None:
    for dialect in ("sqlite", "postgres"):
        text = " ".join(" ".join(schema_sql(dialect)).split())
        for table in EVERY:
            body = re.search(rf"CREATE TABLE {table.name} \( ?(.*?)\)(?: STRICT|;|$| CREATE)", text)
            assert body, (dialect, table.name)
            columns = re.findall(r"(?:^|, )([a-z_]+) (?:INTEGER|BLOB|TEXT|BIGINT|BYTEA)", body.group(1))
            assert tuple(columns) == table.columns, (dialect, table.name)
            assert dialect == "postgres" or f"CREATE TABLE {table.name} " in text
    assert all("STRICT" in s for s in schema_sql("sqlite") if "CREATE TABLE" in s)


def test_format_page_names_every_table_and_label() -> None:
    page = (Path(__file__).parents[1] / "docs" / "vault-format.md").read_text("utf-8")
    for table in EVERY:
        assert f"`{table.name}`" in page
    source = "".join(p.read_text("utf-8") for p in (Path(__file__).parents[1] / "deid" / "vault").glob("*.py"))
    for label in set(re.findall(r'derive_key\((?:root|self\.root|domain\.root|seed|key\.secret), "([a-z-]+)"', source)):
        assert f'"{label}"' in page or label == "kek-id", label
