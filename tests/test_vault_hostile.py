"""The vault among thieves: what a person with the file, an older file or a worker's keys can and cannot do."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deid.errors import VaultError
from deid.model import Category, Known, Link, Role, SubjectKey
from deid.vault import Key, Policy, RevealKey, Vault
from deid.vault.anchors import check_anchor
from deid.vault.backup import backup, restore
from deid.vault.grants import Grant, Principal, SigningKey, add_principal
from deid.vault.lifecycle import ErasureLog, erase, rotate_data_keys, verify
from deid.vault.rows import KEY, key_index, open_found, open_rows

ALICE, BOB = SubjectKey("A-1", "S"), SubjectKey("B-1", "S")
ANNA = SigningKey.generate()


@pytest.fixture
def key() -> Key:
    return Key.generate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "links.vault"


def filled(path: Path, key: Key, **options: Any) -> Vault:
    vault = Vault.create(path, key, **options)
    for patient in (ALICE, BOB):
        code = vault.subject(patient).code
        vault.remember(code, [Link("uid", f"1.2.{patient.patient_id}", "2.25.1")])
        vault.known(code, [Known(f"NAME{patient.patient_id}^ANY", Category.NAME, Role.PATIENT, "PatientName")])
    return vault


def guarded(path: Path, key: Key, **policy: Any) -> tuple[Vault, str]:
    """A vault with an administrator and a re-identifier; and a code."""
    vault = filled(path, key, policy=Policy(**policy))
    for name, role, public in (("anna", "admin", ANNA.public), ("rita", "reidentifier", b"")):
        with vault.acting() as act:
            add_principal(act, vault.store, vault.domain, Principal(name, role, public, has_totp=False), who="anna")
    return vault, vault.find("A-1", "S") or ""


def grant(vault: Vault, uses: int = 1, *, seconds_ago: int = 0) -> Grant:
    made = Grant.make(domain=vault.domain.uuid.hex(), who="rita", reason="recall", seconds=3600, uses=uses)
    return replace(made, not_before=made.not_before - seconds_ago).signed("anna", ANNA)


def behind(path: Path, *statements: str) -> None:
    """Statements on the file, without a key."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            assert db.execute(statement).rowcount > 0, statement


def put_back(path: Path, older: Path, *tables: str) -> None:
    """Rows of an older copy in the place of those of today."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("ATTACH ? AS older", (str(older),))
        with db:
            for table in tables:
                db.execute(f"DELETE FROM main.{table}")
                db.execute(f"INSERT INTO main.{table} SELECT * FROM older.{table}")
        db.execute("DETACH older")


def copied(path: Path, name: str) -> Path:
    """The file as it is now, elsewhere."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(path, path.with_name(name)))


def test_older_row_of_a_domain_does_not_bring_back_a_weaker_policy(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        weak = copied(path, "weak")
        vault.set_policy(who="anna", reason="board", signatures=2)
    put_back(path, weak, "domain")
    with pytest.raises(VaultError, match="vault-damaged"):
        Vault.open(path, key)


def test_older_row_of_a_domain_does_not_bring_back_an_older_officer(path: Path, key: Key) -> None:
    before, after = RevealKey.generate(), RevealKey.generate()
    with filled(path, key, reveal_public=before.public) as vault:
        old = copied(path, "old")
        rotate_data_keys(vault, who="anna", old=before, public=after.public)
    put_back(path, old, "domain")
    with pytest.raises(VaultError, match="vault-damaged"):
        Vault.open(path, key)


def test_writer_that_is_at_work_notices_an_older_row_of_its_domain(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        weak = copied(path, "weak")
        vault.set_policy(who="anna", reason="board", signatures=2)
        put_back(path, weak, "domain")
        with pytest.raises(VaultError, match="vault-damaged"):
            vault.reveal(vault.find("A-1", "S") or "", reason="r", who="rita")


def test_older_ledger_put_back_alone_is_found(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        old = copied(path, "old")
        vault.reveal(vault.find("A-1", "S") or "", reason="r", who="rita")  # changes the record, no row
    put_back(path, old, "ledger")
    with Vault.open(path, key) as vault:
        assert not verify(vault).ok
        with pytest.raises(VaultError, match="vault-damaged"):
            vault.reveal(vault.find("A-1", "S") or "", reason="again", who="rita")


def test_record_cut_short_together_with_its_ledger_is_found_against_the_anchor(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        old = copied(path, "old")
        vault.reveal(vault.find("A-1", "S") or "", reason="r", who="rita")
        line = vault.anchor()
    put_back(path, old, "ledger", "audit")
    with Vault.open(path, key) as vault:
        assert verify(vault).ok  # from inside nothing is wrong
        with pytest.raises(VaultError, match="audit-rolled-back"):
            check_anchor(vault, line)


def test_without_principals_rows_nobody_gets_a_role(path: Path, key: Key) -> None:
    vault, code = guarded(path, key)
    vault.close()
    behind(path, "DELETE FROM principal")
    with Vault.open(path, key) as vault, pytest.raises(VaultError, match="vault-damaged"):
        vault.reveal(code, reason="r", who="olaf")


def test_spent_grant_does_not_come_back_when_its_row_goes(path: Path, key: Key) -> None:
    vault, code = guarded(path, key, signatures=1)
    slip = grant(vault)
    vault.reveal(code, reason="r", who="rita", grant=slip)
    vault.close()
    behind(path, "DELETE FROM spent")
    with Vault.open(path, key) as vault, pytest.raises(VaultError, match="vault-damaged"):
        vault.reveal(code, reason="r", who="rita", grant=slip)


def test_restoration_gives_no_use_of_a_grant_back(path: Path, key: Key, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir(mode=0o700)
    vault, code = guarded(path, key, signatures=1)
    slip = grant(vault, seconds_ago=60)
    backup(vault, shelf / "data", shelf / "keys", who="anna")
    vault.reveal(code, reason="r", who="rita", grant=slip)
    vault.close()
    restore(shelf / "data", shelf / "keys", tmp_path / "new" / "v", key, who="anna")
    with Vault.open(tmp_path / "new" / "v", key) as again:
        with pytest.raises(VaultError, match="grant-restored"):
            again.reveal(code, reason="r", who="rita", grant=slip)
        assert again.reveal(code, reason="r", who="rita", grant=grant(again))


@pytest.mark.parametrize("uses", [1, 3])
def test_grant_is_used_no_more_often_than_it_says_by_many_at_once(path: Path, key: Key, uses: int) -> None:
    vault, code = guarded(path, key, signatures=1)
    slip = grant(vault, uses)
    vault.close()
    got: list[str] = []

    def try_it() -> None:
        with Vault.open(path, key) as mine:
            try:
                mine.reveal(code, reason="r", who="rita", grant=slip)
                got.append("revealed")
            except VaultError as error:
                got.append(error.code)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ["grant-spent"] * (8 - uses) + ["revealed"] * uses
    with Vault.open(path, key) as vault:
        acts = [row.act for row in vault.audit()]
        assert acts.count("reveal") == uses
        assert acts.count("reveal-refused") == 8 - uses


def test_stolen_worker_opens_no_sealed_row_and_its_guesses_are_all_it_has(path: Path, key: Key) -> None:
    officer = RevealKey.generate()
    filled(path, key, reveal_public=officer.public).close()
    with Vault.open(path, key) as thief:  # file and key-encryption key, as on a worker
        code = thief.find("A-1", "S")  # a guess, confirmed
        assert code
        assert thief.known_index(code).search("seen: nameA any")  # another
        assert thief.find("A-2", "S") is None
        rows = thief.sealed_rows(code)
        domain = thief.domain
        for secret in (domain.root, domain.seed, domain.seal_key, domain.state_key, key.secret, domain.reveal_public):
            with pytest.raises(VaultError, match="vault-reveal-key"):
                open_rows(domain, secret, rows)
        with pytest.raises(VaultError, match="reveal-no-key"):
            thief.reveal(code, reason="r", who="thief")
    with Vault.open(path, key, reveal=officer) as vault:
        assert ("patient-id", "A-1") in {(x.kind, x.original) for x in vault.reveal(code, reason="r", who="officer")}


def test_writer_keeps_nothing_that_would_open_what_an_earlier_writer_sealed(path: Path, key: Key) -> None:
    officer = RevealKey.generate()
    with filled(path, key, reveal_public=officer.public) as vault:
        kept = vault._sealer._deks
        assert len(kept) == 2
    assert not kept  # let go at the end
    with Vault.open(path, key) as vault:
        vault.subjects([(ALICE, "", frozenset())])
        assert not vault._sealer._deks


@pytest.mark.parametrize("table", ["link", "subject_key", "subject", "dek", "token"])
def test_row_moved_between_domains_of_one_store_is_found(path: Path, key: Key, table: str) -> None:
    with filled(path, key) as vault:
        vault.add_domain("other", key)
    with Vault.open(path, key, domain="other") as other:
        code = other.subject(ALICE).code
        other.remember(code, [Link("uid", "1.2.A-1", "2.25.9")])
        other.known(code, [Known("NAME^ANY", Category.NAME, Role.PATIENT, "PatientName")])
    column = {"link": "idx", "subject_key": "idx", "token": "subject"}.get(table, "id")
    behind(path, f"UPDATE {table} SET domain = 2 WHERE {column} = (SELECT min({column}) FROM {table} WHERE domain = 1)")
    for domain in ("default", "other"):
        with Vault.open(path, key, domain=domain) as vault:
            assert not verify(vault).ok


def test_log_of_the_writer_holds_nothing_after_it_closed(path: Path, key: Key) -> None:
    filled(path, key).close()
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_erased_subject_stays_away_though_an_older_file_of_data_comes_back(
    path: Path, key: Key, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir(mode=0o700)
    log = ErasureLog(tmp_path / "erasures")
    with filled(path, key) as vault:
        backup(vault, shelf / "data", shelf / "keys", who="anna")
        code = vault.find("A-1", "S") or ""
        erase(vault, code, who="anna", reason="Art. 17", log=log)
        backup(vault, shelf / "data2", shelf / "keys2", who="anna")
    with pytest.raises(VaultError, match="erasures-missing"):
        restore(shelf / "data", shelf / "keys", tmp_path / "n0" / "v", key, who="anna", erasures=ErasureLog("nowhere"))
    for number, (keys, erasures) in enumerate([("keys", log), ("keys2", None)], 1):
        target = tmp_path / f"n{number}" / "v"
        restore(shelf / "data", shelf / keys, target, key, who="anna", erasures=erasures)
        with Vault.open(target, key) as again:
            assert again.find("A-1", "S") is None
            with pytest.raises(VaultError, match="code-erased"):
                again.surrogates(code)
            assert again.find("B-1", "S")
            assert verify(again).ok


def test_secrets_do_not_pickle_and_do_not_show(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        code = vault.find("A-1", "S") or ""
        sealed = vault.sealed_rows(code)
        for thing in (vault, vault.domain, vault.domain.row_mac, sealed, vault.surrogates(code), key, ALICE):
            shown = repr(thing) + str(thing)
            assert "A-1" not in shown
            assert vault.domain.root.hex() not in shown
            assert str(vault.domain.root) not in shown
        for thing in (vault.domain, key, ANNA, RevealKey.generate()):
            with pytest.raises((VaultError, TypeError)):
                pickle.dumps(thing)


def test_found_row_with_any_column_changed_or_of_another_type_is_refused(path: Path, key: Key) -> None:
    with filled(path, key) as vault:
        index, domain = key_index(vault.domain, ALICE), vault.domain
        [row] = vault.store.fetch(KEY, domain.number, "idx", [index], states=True)
        assert open_found(domain, [row])[0] == vault.subject(ALICE)
        for at, value in enumerate(row):
            for other in (None, 1.5, 7, "text", b"", b"x" * 16):
                assert other != value
                with pytest.raises(VaultError, match="vault-damaged"):
                    open_found(domain, [(*row[:at], other, *row[at + 1 :])])
