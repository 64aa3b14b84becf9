"""Rotation, erasure, verification, backup: the life of a vault and its end."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from deid.errors import VaultError
from deid.model import Category, Known, Link, Role, SubjectKey
from deid.vault import Key, RevealKey, Vault
from deid.vault.anchors import check_anchor, from_spec, last_line, to_command, to_file
from deid.vault.backup import backup, migrate, restore
from deid.vault.lifecycle import ErasureLog, erase, rotate_data_keys, rotate_key, stats, verify
from deid.vault.rows import SUBJECT
from deid.vault.store import SqliteStore
from tests.services.postgres import Postgres, postgres_server  # noqa: F401

PATIENTS = [SubjectKey(f"P-{n:03}", "SITE") for n in range(12)]


@pytest.fixture
def key() -> Key:
    return Key.generate()


@pytest.fixture
def path(tmp_path: Path, key: Key) -> Path:
    where = tmp_path / "store" / "links.vault"
    with Vault.create(where, key) as vault:
        fill(vault)
    return where


def fill(vault: Vault) -> dict[str, str]:
    """Twelve patients with five links and a known name each."""
    codes = {}
    for patient, surrogates in zip(PATIENTS, vault.subjects([(p, "", frozenset()) for p in PATIENTS]), strict=True):
        codes[patient.patient_id] = surrogates.code
        links = [
            Link("uid", f"1.2.{patient.patient_id[2:]}.{n}", surrogates.uid(f"{patient.patient_id}{n}"))
            for n in range(5)
        ]
        vault.remember(surrogates.code, links)
        vault.known(surrogates.code, [Known(f"FAMILY{patient.patient_id}", Category.NAME, Role.PATIENT, "PatientName")])
    return codes


def ask(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows as they stand in the file, behind the vault's back."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(sql, values).fetchall()


def everything(vault: Vault) -> dict[str, set[tuple[str, str, str]]]:
    codes = [vault.find(p.patient_id, p.issuer) for p in PATIENTS]
    found = {}
    for code in filter(None, codes):
        found[code] = {(x.kind, x.original, x.surrogate) for x in vault.reveal(code, reason="compare", who="test")}
    return found


def test_rotated_vault_key_opens_everything_and_the_old_one_nothing(path: Path, key: Key) -> None:
    new = Key.generate()
    with Vault.open(path, key) as vault:
        vault.add_domain("second", key)
        before = everything(vault)
    old_root = ask(path, "SELECT root FROM domain WHERE id = 1")[0][0]
    assert rotate_key(path, key, new, who="admin") == 2
    with pytest.raises(VaultError, match="key-wrong"):
        Vault.open(path, key)
    assert all(old_root not in file.read_bytes() for file in path.parent.iterdir())
    with Vault.open(path, new) as vault:
        assert everything(vault) == before
        assert "rotate-key" in [row.act for row in vault.audit()]
        assert verify(vault).ok
    with Vault.open(path, new, domain="second") as vault:
        assert verify(vault).ok


def test_data_keys_rotate_under_a_working_writer_and_nothing_else_changes(path: Path, key: Key) -> None:
    with Vault.open(path, key) as vault, Vault.open(path, key) as worker:
        before = everything(vault)
        code = vault.find("P-003", "SITE") or ""
        worker.remember(code, [Link("name", "OLD^NAME", "New^Name")])
        sealed = {row[0] for row in ask(path, "SELECT sealed FROM link")}
        assert rotate_data_keys(vault, who="admin") == 12
        worker.remember(code, [Link("accession", "A-17", "Q-99")])  # its cached data key is gone: it makes another
        worker.subject(SubjectKey("P-NEW"))
        assert not sealed & {row[0] for row in ask(path, "SELECT sealed FROM link")}
        after = everything(vault)
        assert verify(vault).ok
    extra = {("name", "OLD^NAME", "New^Name"), ("accession", "A-17", "Q-99")}
    assert {c: links - extra for c, links in after.items()} == before
    assert extra <= after[code]


def test_rotation_that_was_interrupted_goes_on_where_it_stopped(
    path: Path, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deid.vault.lifecycle.SUBJECTS_PER_BATCH", 4)
    with Vault.open(path, key) as vault:
        before = everything(vault)
        calls = []

        def interrupt(*arguments: object) -> None:
            calls.append(1)
            if len(calls) == 6:
                raise KeyboardInterrupt
            real(*arguments)  # type: ignore[arg-type]

        from deid.vault import lifecycle

        real = lifecycle._seal_anew
        monkeypatch.setattr(lifecycle, "_seal_anew", interrupt)
        with pytest.raises(KeyboardInterrupt):
            rotate_data_keys(vault, who="admin")
        monkeypatch.setattr(lifecycle, "_seal_anew", real)
        assert verify(vault).ok
        assert everything(vault) == before
        assert rotate_data_keys(vault, who="admin") == 8
        assert everything(vault) == before
        assert {row[4] for row in vault.store.fetch(lifecycle.DEK, 1, "domain", [1])} == {2}


def test_simple_vault_becomes_an_officers_and_the_officer_can_be_exchanged(path: Path, key: Key) -> None:
    first, second = RevealKey.generate(), RevealKey.generate()
    with Vault.open(path, key) as vault:
        before = everything(vault)
        rotate_data_keys(vault, who="admin", public=first.public)
        with pytest.raises(VaultError, match="reveal-no-key"):
            vault.reveal(next(iter(before)), reason="r", who="w")
    with Vault.open(path, key, reveal=first) as vault:
        assert everything(vault) == before
        rotate_data_keys(vault, who="admin", old=first, public=second.public)
    with pytest.raises(VaultError, match="vault-reveal-key"):
        Vault.open(path, key, reveal=first)
    with Vault.open(path, key, reveal=second) as vault:
        assert everything(vault) == before
        assert verify(vault).ok
        assert stats(vault)["reveal"] == "split"


def test_erased_subject_is_gone_from_every_byte_of_the_files(path: Path, key: Key, tmp_path: Path) -> None:
    log = ErasureLog(tmp_path / "erasures")
    with Vault.open(path, key) as vault:
        code = vault.find("P-005", "SITE") or ""
        proof = erase(vault, code, who="dpo", reason="Art. 17", log=log)
        assert proof.codes == (code,)
        assert proof.rows == 1 + 1 + 1 + 5 + 1  # data key, subject, key, links, tokens
        assert proof.found == 0
        assert proof.searched_bytes > 10_000
        assert vault.find("P-005", "SITE") is None
        for call in (vault.lookup, vault.surrogates):
            with pytest.raises(VaultError, match="code-erased"):
                call(code)
        with pytest.raises(VaultError, match="code-erased"):
            vault.remember(code, [Link("uid", "1.2", "2.25.3")])
        with pytest.raises(VaultError, match="code-taken"):
            vault.assign(SubjectKey("somebody-else"), code)
        assert vault.subject(SubjectKey("P-005", "SITE")).code != code
        assert verify(vault).ok
        assert log.codes(vault.domain) == [code]


def test_erasing_takes_linked_subjects_along(path: Path, key: Key) -> None:
    with Vault.open(path, key) as vault:
        a, b = (vault.find(f"P-00{n}", "SITE") for n in (1, 2))
        vault.link(PATIENTS[1], PATIENTS[2], who="mpi", reason="merge")
        assert set(erase(vault, a or "", who="dpo", reason="Art. 17").codes) == {a, b}
        assert vault.find("P-002", "SITE") is None
        assert verify(vault).ok


def test_worker_that_sealed_before_an_erasure_cannot_bring_the_subject_back(path: Path, key: Key) -> None:
    with Vault.open(path, key) as worker, Vault.open(path, key) as vault:
        code = worker.find("P-005", "SITE") or ""
        worker.remember(code, [Link("uid", "9.9", "2.25.9")])
        erase(vault, code, who="dpo", reason="Art. 17")
        with pytest.raises(VaultError, match="code-erased"):
            worker.remember(code, [Link("uid", "9.10", "2.25.10")])
        assert verify(vault).ok


def test_backup_is_useless_without_its_keys_and_comes_back_with_them(path: Path, key: Key, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    with Vault.open(path, key) as vault:
        before = everything(vault)
        backup(vault, shelf / "a.data", shelf / "a.keys", who="operator")
    with pytest.raises(VaultError, match="domain-missing"):
        Vault.open(shelf / "a.data", key)
    assert ask(shelf / "a.data", "SELECT count(*) FROM dek") == [(0,)]
    assert ask(shelf / "a.keys", "SELECT count(*) FROM link") == [(0,)]
    done = restore(shelf / "a.data", shelf / "a.keys", tmp_path / "back" / "links.vault", key, who="operator")
    assert (done.orphans, done.erased) == (0, 0)
    with Vault.open(tmp_path / "back" / "links.vault", key) as vault:
        assert everything(vault) == before
        assert verify(vault).ok
        assert [row.act for row in vault.audit()][-13] == "restore"


def test_restoring_an_old_backup_does_not_bring_an_erased_subject_back(path: Path, key: Key, tmp_path: Path) -> None:
    shelf, log = tmp_path / "shelf", ErasureLog(tmp_path / "erasures")
    with Vault.open(path, key) as vault:
        backup(vault, shelf / "old.data", shelf / "old.keys", who="operator")
        code = vault.find("P-005", "SITE") or ""
        sealed = ask(path, "SELECT sealed FROM dek WHERE subject = (SELECT id FROM subject WHERE code = ?)", code)[0][0]
        erase(vault, code, who="dpo", reason="Art. 17", log=log)
        backup(vault, shelf / "new.data", shelf / "new.keys", who="operator")
    for data, keys in (("old.data", "old.keys"), ("old.data", "new.keys")):
        target = tmp_path / f"{data}-{keys}" / "links.vault"
        done = restore(shelf / data, shelf / keys, target, key, who="operator", erasures=log)
        assert done.orphans == 7 if keys == "new.keys" else done.erased == 1
        assert all(sealed not in file.read_bytes() for file in target.parent.iterdir())
        with Vault.open(target, key) as vault:
            assert vault.find("P-005", "SITE") is None
            with pytest.raises(VaultError, match="code-erased"):
                vault.lookup(code)
            assert len(everything(vault)) == 11
            assert verify(vault).ok
    assert sealed not in (shelf / "old.data").read_bytes()


def test_changed_log_of_erasures_is_refused(path: Path, key: Key, tmp_path: Path) -> None:
    log = ErasureLog(tmp_path / "erasures")
    with Vault.open(path, key) as vault:
        code = vault.find("P-005", "SITE") or ""
        erase(vault, code, who="dpo", reason="Art. 17", log=log)
        text = log.path.read_text()
        log.path.write_text(text.replace(code, "S-AAAAAAAAAA"))
        with pytest.raises(VaultError, match="erasures-damaged"):
            log.codes(vault.domain)


@pytest.mark.slow
def test_vault_moves_to_postgres_and_back_row_by_row(
    path: Path, key: Key, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Postgres = request.getfixturevalue("postgres_server")
    address, home = server.fresh_database(), tmp_path / "home" / "links.vault"
    with Vault.open(path, key) as vault:
        before = everything(vault)
    count = migrate(path, address)
    assert count > 12 * 8
    with Vault.open(address, key) as vault:
        assert verify(vault).ok
        assert rotate_data_keys(vault, who="admin") == 12
        code = vault.find("P-005", "SITE") or ""
        erase(vault, code, who="dpo", reason="Art. 17")
        shelf = tmp_path / "shelf"
        backup(vault, shelf / "pg.data", shelf / "pg.keys", who="operator")
    migrate(address, home)
    with pytest.raises(VaultError, match="vault-exists"):
        migrate(address, home)
    with Vault.open(home, key) as vault:
        after = everything(vault)
        assert verify(vault).ok
    assert after == {c: links for c, links in before.items() if c != code}
    with pytest.raises(VaultError, match="vault-missing"):
        Vault.open(server.fresh_database(), key)


def sound(path: Path, key: Key) -> bool:
    """Whether a vault opens and every row of it is as it was written."""
    try:
        with Vault.open(path, key) as vault:
            return verify(vault).ok
    except VaultError as error:
        assert error.code in ("vault-damaged", "vault-not-a-vault"), error  # noqa: PT017
        return False


ONE_LINK = "idx = (SELECT min(idx) FROM link)"
LAST_SUBJECT = "(SELECT max(id) FROM subject)"
TAMPERING = {
    "link row deleted": f"DELETE FROM link WHERE {ONE_LINK}",
    "surrogate changed": f"UPDATE link SET surrogate = 'x' || surrogate WHERE {ONE_LINK}",
    "kind changed": f"UPDATE link SET kind = 'name' WHERE {ONE_LINK}",
    "key moved to another subject": f"UPDATE subject_key SET subject = {LAST_SUBJECT} "
    f"WHERE idx = (SELECT min(idx) FROM subject_key WHERE subject <> {LAST_SUBJECT})",
    "code changed": "UPDATE subject SET code = 'S-AAAAAAAAAA' WHERE id = (SELECT min(id) FROM subject)",
    "states swapped": f"UPDATE subject SET sealed = (SELECT s.sealed FROM subject s WHERE s.id = {LAST_SUBJECT})",
    "data key deleted": "DELETE FROM dek WHERE id = (SELECT min(id) FROM dek)",
    "tokens deleted": "DELETE FROM token WHERE subject = (SELECT min(subject) FROM token)",
    "row duplicated": "INSERT INTO link SELECT zeroblob(16), domain, subject, kind, surrogate, dek, sealed, mac "
    f"FROM link WHERE {ONE_LINK}",
    "audit tail cut": "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "audit changed": "UPDATE audit SET at = at + 1 WHERE seq = 1",
    "ledger deleted": "DELETE FROM ledger",
    "erasure invented": "INSERT INTO erased VALUES ('S-X', 1, 0, zeroblob(16))",
}


def test_every_kind_of_tampering_is_found(path: Path, key: Key, tmp_path: Path) -> None:
    with Vault.open(path, key) as vault:
        vault.reveal(vault.find("P-001", "SITE") or "", reason="so that there is an audit row", who="me")
        assert verify(vault).ok
    for number, (name, sql) in enumerate(TAMPERING.items()):
        copy = tmp_path / f"copy{number}" / "links.vault"
        copy.parent.mkdir(mode=0o700)
        shutil.copy(path, copy)
        db = sqlite3.connect(copy)
        changed = db.execute(sql).rowcount
        db.commit()
        db.close()
        assert changed > 0, name
        assert not sound(copy, key), name


def test_tampered_mapping_is_never_used(path: Path, key: Key) -> None:
    with Vault.open(path, key) as vault:
        codes = {patient.patient_id: vault.subject(patient).code for patient in PATIENTS}
    db = sqlite3.connect(path)
    db.execute("UPDATE subject_key SET subject = (SELECT max(id) FROM subject)")
    db.commit()
    db.close()
    with Vault.open(path, key) as vault:
        target = max(vault.store.scan(SUBJECT))[SUBJECT.at("code")]
        for patient in PATIENTS:
            code = codes[patient.patient_id]
            if code == target:
                assert vault.subject(patient).code == code
                continue
            with pytest.raises(VaultError, match="vault-damaged"):
                vault.subject(patient)


def test_rollback_is_found_against_the_anchor(path: Path, key: Key, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    earlier = tmp_path / "earlier"
    with Vault.open(path, key, anchor=to_file(anchor)) as vault:
        code = vault.find("P-001", "SITE") or ""
        vault.reveal(code, reason="first", who="me")
    shutil.copy(path, earlier)
    with Vault.open(path, key, anchor=from_spec(f"file:{anchor}")) as vault:
        uuid = vault.domain.uuid.hex()
        check_anchor(vault, last_line(anchor, uuid))
        vault.reveal(code, reason="second, to be hidden", who="me")
    line = last_line(anchor, uuid)
    assert len(anchor.read_text().splitlines()) == 2
    with Vault.open(path, key) as vault:
        check_anchor(vault, line)
    shutil.copy(earlier, path)
    with Vault.open(path, key) as vault:
        with pytest.raises(VaultError, match="audit-rolled-back"):
            check_anchor(vault, line)
        for _ in range(20):  # working on does not hide it
            vault.reveal(code, reason="work on", who="me")
        with pytest.raises(VaultError, match="audit-rolled-back"):
            check_anchor(vault, line)
        with pytest.raises(VaultError, match="anchor-malformed"):
            check_anchor(vault, "deid-vault/1 what")
    with pytest.raises(VaultError, match="anchor-missing"):
        last_line(tmp_path / "nowhere", uuid)


def test_vault_older_than_its_anchor_is_refused_before_it_gives_a_patient_a_second_code(
    path: Path, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = path.read_bytes()
    monkeypatch.setenv("DEID_ANCHOR", f"file:{tmp_path / 'anchor'}")
    with Vault.open(path, key) as vault:
        code = vault.subject(SubjectKey("NEW-1")).code
    with Vault.open(path, key) as vault:
        assert vault.subject(SubjectKey("NEW-1")).code == code
    path.write_bytes(earlier)
    with pytest.raises(VaultError, match="audit-rolled-back"):
        Vault.open(path, key)
    assert path.read_bytes() == earlier
    monkeypatch.setenv("DEID_ANCHOR", f"file:{tmp_path / 'another'}")
    Vault.open(path, key).close()
    monkeypatch.setenv("DEID_ANCHOR", f"file:{tmp_path}")
    with pytest.raises(VaultError, match="anchor-missing"):
        Vault.open(path, key)


def test_anchor_command_gets_the_line_on_its_input(path: Path, key: Key, tmp_path: Path) -> None:
    script = tmp_path / "take"
    script.write_text(f"#!/bin/sh\ncat >> {tmp_path}/taken\n")
    script.chmod(0o700)
    with Vault.open(path, key, anchor=to_command([str(script)])) as vault:
        vault.reveal(vault.find("P-001", "SITE") or "", reason="r", who="w")
    assert (tmp_path / "taken").read_text().split()[0] == "deid-vault/1"
    with (
        Vault.open(path, key, anchor=to_command(["/bin/false"])) as vault,
        pytest.raises(VaultError, match="anchor-failed"),
    ):
        vault.anchor()


def test_anchor_goes_to_the_system_log(path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr("deid.vault.anchors.syslog.syslog", lambda level, line: lines.append(line))
    with Vault.open(path, key, anchor=from_spec("syslog:deid-test")) as vault:
        vault.reveal(vault.find("P-001", "SITE") or "", reason="r", who="w")
    with Vault.open(path, key) as vault:
        check_anchor(vault, lines[0])
    for bad in ("", "file:", "mail:me", "command:"):
        with pytest.raises(VaultError, match="anchor-spec"):
            from_spec(bad)


def test_backup_of_a_busy_sqlite_vault_is_of_one_moment(path: Path, key: Key, tmp_path: Path) -> None:
    with Vault.open(path, key) as vault, Vault.open(path, key) as worker:
        backup(vault, tmp_path / "s" / "d", tmp_path / "s" / "k", who="op")
        worker.subject(SubjectKey("later"))
        assert isinstance(vault.store, SqliteStore)
    restore(tmp_path / "s" / "d", tmp_path / "s" / "k", tmp_path / "t" / "v", key, who="op")
    with Vault.open(tmp_path / "t" / "v", key) as vault:
        assert vault.find("later") is None
        assert verify(vault).ok
