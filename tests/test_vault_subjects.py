"""Subjects and links: one patient, one code, in every process."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from deid.errors import VaultError
from deid.model import Category, Known, Link, Role, SubjectKey
from deid.surrogates import fold
from deid.vault import Key, Policy, RevealKey, Vault, is_placeholder, study_only
from deid.vault.codes import is_well_formed
from tests.services.postgres import postgres_server  # noqa: F401

ALICE = SubjectKey("4711-A", "GENERAL")
BOB = SubjectKey("4712-B", "GENERAL")


@pytest.fixture
def key() -> Key:
    return Key.generate()


@pytest.fixture
def file(tmp_path: Path, key: Key) -> Path:
    where = tmp_path / "store" / "links.vault"
    Vault.create(where, key).close()
    return where


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def path(request: pytest.FixtureRequest, key: Key) -> Path | str:
    """A vault in each kind of store."""
    if request.param == "sqlite":
        where: Path = request.getfixturevalue("file")
        return where
    address: str = request.getfixturevalue("postgres_server").fresh_database()
    Vault.create(address, key).close()
    return address


def test_the_same_patient_gets_the_same_surrogates_after_reopening(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        first = vault.subject(ALICE, sex="F")
        assert vault.subject(BOB) != first
    with Vault.open(path, key) as vault:
        assert vault.subject(ALICE) == first
        assert vault.surrogates(first.code) == first
        assert vault.find("4711-A", "GENERAL") == first.code
        assert vault.find("nobody-here") is None


def test_code_fits_sh_and_offset_lies_in_the_range_and_is_never_zero(path: Path | str, key: Key) -> None:
    with Vault.open(path, key, prefix="AB-", shift_days=(-1, 1)) as vault:
        drawn = vault.subjects([(SubjectKey(f"P-{n}"), "", frozenset()) for n in range(60)])
    assert {s.shift_days for s in drawn} == {-1, 1}
    assert all(len(s.code) <= 16 and is_well_formed(s.code, "AB-") for s in drawn)
    assert len({s.code for s in drawn}) == len({s.seed for s in drawn}) == 60


def test_surrogate_name_avoids_words_known_when_it_is_drawn(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        first = vault.subject(ALICE, sex="M")
        words = frozenset({fold(first.person.family), fold(first.person.given)})
        names = [vault.subject(SubjectKey(f"Q-{n}"), sex="M", avoid=words).person for n in range(40)]
    assert all(not {fold(n.family), fold(n.given)} & words for n in names)


def test_case_padding_and_width_of_a_patient_id_do_not_make_a_second_patient(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        code = vault.subject(SubjectKey("ab 12", "Site")).code
        assert vault.subject(SubjectKey("  AB  12 \0", " SITE ")).code == code
        assert vault.subject(SubjectKey("ＡＢ 12", "site")).code == code
        assert vault.subject(SubjectKey("ab12", "site")).code != code
        assert vault.subject(SubjectKey("0ab 12", "site")).code != code
        assert vault.subject(SubjectKey("ab 12", "other")).code != code


def test_exact_policy_keeps_case_apart_and_default_issuer_fills_a_blank_one(tmp_path: Path, key: Key) -> None:
    policy = Policy(id_case="exact", default_issuer="HERE")
    with Vault.create(tmp_path / "v" / "x.vault", key, policy=policy) as vault:
        assert vault.subject(SubjectKey("abc")).code != vault.subject(SubjectKey("ABC")).code
        assert vault.subject(SubjectKey("abc", "here")).code == vault.subject(SubjectKey("abc")).code


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "\0",
        "0",
        "000000",
        "UNKNOWN",
        "anon",
        "NONE",
        "Test",
        "test1",
        "N/A",
        "---",
        "99999999",
        "123456",
        "ANON 2",
    ],
)
def test_placeholder_is_recognised_and_finds_nobody(file: Path, key: Key, value: str) -> None:
    assert is_placeholder(value)
    with Vault.open(file, key) as vault:
        assert vault.find(value) is None
        with pytest.raises(VaultError, match="subject-placeholder"):
            vault.subject(SubjectKey(value, "GENERAL"))


@pytest.mark.parametrize(
    "value", ["1", "17", "4711", "ANON00123", "123457", "Testa", "PAT-9", "0815", "D2000", "10000"]
)
def test_real_patient_id_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)


def test_study_only_subjects_of_two_studies_are_two_strangers(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        first = vault.subject(study_only("1.2.3.4"))
        assert vault.subject(study_only("1.2.3.4 ")).code == first.code
        assert vault.subject(study_only("1.2.3.5")).code != first.code
        assert vault.find("1.2.3.4") is None
    with pytest.raises(VaultError, match="subject-no-study"):
        study_only(" ")


def test_links_come_back_with_reason_and_are_on_record(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        code = vault.subject(ALICE).code
        links = [
            Link("uid", "1.2.840.99.1", "2.25.17"),
            Link("name", "ÅSTRÖM^Ida", "Fir^Ash"),
            Link("accession", "A1", "B2"),
        ]
        assert vault.remember(code, links) == 3
        assert vault.remember_many([(code, links), (code, links[:1])]) == 0
        found = vault.reveal(code, reason="recall of a finding", who="dr.who")
        assert found[:2] == [Link("patient-id", "4711-A", code), Link("issuer", "GENERAL", "")]
        assert found[2] == Link("date-offset", str(vault.surrogates(code).shift_days), "")
        assert sorted(found[3:], key=repr) == sorted(links, key=repr)
        acts = [(row.act, row.who, row.reason, row.code) for row in vault.audit()]
    assert acts == [("create", "", "", ""), ("reveal", "dr.who", "recall of a finding", code)]


def test_patient_id_that_was_replaced_in_a_header_is_revealed_once(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        code = vault.subject(ALICE).code
        vault.remember(code, [Link("patient-id", "4711-A", code), Link("patient-id", "4711-a", code)])
        found = [link.original for link in vault.reveal(code, reason="recall", who="rita") if link.kind == "patient-id"]
    assert found == ["4711-A", "4711-a"]


@pytest.mark.parametrize("original", ["", " ", "x" * 5000, "M\udcfcller", "山田^太郎", "a\0b", "\U0001f600"])
def test_any_original_comes_back_as_it_was(path: Path | str, key: Key, original: str) -> None:
    odd = SubjectKey(f"7{original}", f"I{original}"[:64])
    with Vault.open(path, key) as vault:
        code = vault.subject(odd).code
        vault.remember(code, [Link("name", original, "Fir^Ash")])
        found = vault.reveal(code, reason="r", who="w")
    assert found[0].original == odd.patient_id
    assert found[1].original == odd.issuer
    assert found[3].original == original


def test_key_whose_subject_is_gone_is_damage_and_not_a_new_patient(file: Path, key: Key) -> None:
    with Vault.open(file, key) as vault:
        vault.subject(ALICE)
    db = sqlite3.connect(file)
    db.execute("DELETE FROM subject")
    db.commit()
    db.close()
    with Vault.open(file, key) as vault, pytest.raises(VaultError, match="vault-damaged"):
        vault.subject(ALICE)


def test_another_surrogate_for_the_same_original_is_remembered_too(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        code = vault.subject(ALICE).code
        vault.remember(code, [Link("name", "SMITH^J", "Fir^Ash")])
        assert vault.remember(code, [Link("name", "SMITH^J", "S-XXXX")]) == 1
        assert {link.surrogate for link in vault.reveal(code, reason="r", who="w")} >= {"Fir^Ash", "S-XXXX"}


@pytest.mark.parametrize(("reason", "who"), [("", "me"), ("  ", "me"), ("why", "")])
def test_reveal_without_reason_or_name_is_refused(path: Path | str, key: Key, reason: str, who: str) -> None:
    with Vault.open(path, key) as vault:
        code = vault.subject(ALICE).code
        with pytest.raises(VaultError, match="reveal-reason"):
            vault.reveal(code, reason=reason, who=who)


def test_worker_cannot_open_what_it_sealed_and_the_officer_can(tmp_path: Path, key: Key) -> None:
    officer = RevealKey.generate()
    where = tmp_path / "v" / "split.vault"
    with Vault.create(where, key, reveal_public=officer.public) as worker:
        code = worker.subject(ALICE).code
        worker.remember(code, [Link("uid", "1.2.3", "2.25.1")])
        with pytest.raises(VaultError, match="reveal-no-key"):
            worker.reveal(code, reason="curious", who="worker")
        with pytest.raises(VaultError, match="vault-reveal-key"):
            Vault.open(where, key, reveal=RevealKey.generate())
        with Vault.open(where, key, reveal=RevealKey.from_text(officer.text())) as office:
            assert Link("uid", "1.2.3", "2.25.1") in office.reveal(code, reason="asked", who="officer")


def test_lookup_says_how_much_is_known_and_no_original(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        surrogates = vault.subject(ALICE)
        vault.remember(surrogates.code, [Link("uid", "1.2.3", "2.25.1"), Link("uid", "1.2.4", "2.25.2")])
        vault.known(surrogates.code, [Known("MÜLLER^EVA", Category.NAME, Role.PATIENT, "PatientName")])
        said = vault.lookup(surrogates.code)
        with pytest.raises(VaultError, match="code-unknown"):
            vault.lookup("S-NOBODY")
    assert said["links"] == {"uid": 2}
    assert said["keys"] == 1
    assert said["known_digests"] > 2
    assert "4711" not in repr(said)
    assert str(surrogates.shift_days) not in repr(said)


def test_known_identifiers_are_found_again_in_another_process_object(path: Path | str, key: Key) -> None:
    def known(name: str, number: str) -> list[Known]:
        return [
            Known(name, Category.NAME, Role.PATIENT, "PatientName"),
            Known(number, Category.ID, Role.PATIENT, "PatientID"),
            Known("19520314", Category.DATE, Role.PATIENT, "PatientBirthDate"),
        ]

    with Vault.open(path, key) as vault:
        a, b = vault.subject(ALICE).code, vault.subject(BOB).code
        vault.known_many([(a, known("Müller^Eva", "0012345")), (b, known("SMITH^AL", "99-87-65"))])
        epoch = vault.head().split()[2]
        vault.known(a, known("MULLER^EVA", "12345"))  # nothing new: no transaction
        assert vault.head().split()[2] == epoch
        vault.known(a, [Known("Eva Maria", Category.NAME, Role.PATIENT, "OtherPatientNames")])
    dates = "14.03.1952, 3/14/52, March 14, 1952, Mar 14 1952 or 14 Mar 1952"
    text = f"Frau Mueler, Eva (MRN 0012345, born {dates}), not 998765. Maria."
    with Vault.open(path, key) as vault:
        roles = {text[f.start : f.end]: f.role for f in vault.known_index(a).search(text)}
        found = list(roles)
        other = [text[f.start : f.end] for f in vault.known_index(b).search(text)]
        assert vault.known_index(vault.subject(SubjectKey("nobody-yet")).code).search(text) == []
    assert "Eva" in found
    assert "Maria" in found
    assert roles["Eva"] is Role.PATIENT
    assert "0012345" in found
    assert "14.03.1952" in found
    assert "3/14/52" in found
    assert {"14 Mar 1952", "March 14, 1952", "Mar 14 1952"} <= set(found)
    assert "998765" not in found
    assert "998765" in other


def test_linked_keys_find_one_subject_and_can_be_unlinked(path: Path | str, key: Key) -> None:
    third = SubjectKey("4713-C")
    with Vault.open(path, key) as vault:
        a, b, c = (vault.subject(k).code for k in (ALICE, BOB, third))
        assert vault.link(BOB, third, who="mpi", reason="merge") == b
        assert vault.link(ALICE, BOB, who="mpi", reason="merge") == a
        assert [vault.subject(k).code for k in (ALICE, BOB, third)] == [a, a, a]
        assert vault.lookup(b)["merged_into"] == [a]
        assert vault.reveal(b, reason="old output", who="w")[0].original == "4712-B"
        assert vault.unlink(BOB, who="mpi", reason="wrong merge") == b
        assert [vault.subject(k).code for k in (ALICE, BOB, third)] == [a, b, a]
        with pytest.raises(VaultError, match="subject-not-linked"):
            vault.unlink(ALICE, who="mpi", reason="never was")
        assert vault.unlink(third, who="mpi", reason="wrong merge") == c


def test_assigned_code_is_taken_and_a_second_one_refused(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        assert vault.assign(ALICE, "TRIAL-007").code == "TRIAL-007"
        assert vault.assign(ALICE, "TRIAL-007").code == "TRIAL-007"
        with pytest.raises(VaultError, match="subject-exists"):
            vault.assign(ALICE, "TRIAL-008")
        with pytest.raises(VaultError, match="code-taken"):
            vault.assign(BOB, "TRIAL-007")
        with pytest.raises(VaultError, match="code-malformed"):
            vault.assign(BOB, "A code that is much too long")


def test_code_collision_is_drawn_again_and_an_exhausted_range_is_an_error(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        codes = iter(["S-1", "S-1", "S-1", "S-2"])
        vault._sealer.draw = lambda prefix: next(codes)
        drawn = vault.subjects([(ALICE, "", frozenset()), (BOB, "", frozenset())])
        assert {s.code for s in drawn} == {"S-1", "S-2"}
        vault._sealer.draw = lambda prefix: "S-2"
        with pytest.raises(VaultError, match="codes-exhausted"):
            vault.subject(SubjectKey("4713-C"))
        assert vault.find("4713-C") is None


def test_domains_of_one_store_share_nothing_that_compares(file: Path, key: Key) -> None:
    with Vault.open(file, key) as vault:
        vault.add_domain("trial", key)
        with pytest.raises(VaultError, match="domain-exists"):
            vault.add_domain("trial", key)
        here = vault.subject(ALICE)
        vault.remember(here.code, [Link("uid", "1.2.3.4", here.uid("1.2.3.4"))])
        with Vault.open(file, key, domain="trial") as other:
            there = other.subject(ALICE)
            other.remember(there.code, [Link("uid", "1.2.3.4", there.uid("1.2.3.4"))])
            assert other.derive("manifest") != vault.derive("manifest")
            with pytest.raises(VaultError, match="code-unknown"):
                other.lookup(here.code)
    assert here.code != there.code
    assert here.seed != there.seed
    assert here.uid("1.2.3.4") != there.uid("1.2.3.4")
    db = sqlite3.connect(file)
    for table, columns in (
        ("subject_key", "idx, sealed, mac"),
        ("link", "idx, surrogate, sealed, mac"),
        ("dek", "sealed, mac"),
    ):
        rows = db.execute(f"SELECT domain, {columns} FROM {table}").fetchall()
        first, second = ({v for r in rows if r[0] == d for v in r[1:]} for d in (1, 2))
        assert first
        assert not first & second
    db.close()
    with pytest.raises(VaultError, match="domain-missing"):
        Vault.open(file, key, domain="nowhere")


def test_wrong_key_opens_nothing(path: Path | str) -> None:
    with pytest.raises(VaultError, match="key-wrong"):
        Vault.open(path, Key.generate())


def test_keyed_domain_draws_the_same_again_in_a_fresh_store_with_the_same_root(tmp_path: Path, key: Key) -> None:
    where = tmp_path / "v" / "keyed.vault"
    with Vault.create(where, key, policy=Policy(pseudonyms="keyed")) as vault:
        vault.store.checkpoint()
        copy = where.with_name("copy.vault")
        shutil.copy(where, copy)
        copy.chmod(0o600)
        first = vault.subject(ALICE)
    with Vault.open(copy, key) as vault:
        assert vault.subject(ALICE) == first


def test_file_is_private_and_an_open_one_is_refused(file: Path, key: Key) -> None:
    with Vault.open(file, key) as vault:
        vault.subject(ALICE)
        assert file.stat().st_mode & 0o777 == 0o600
        assert all(p.stat().st_mode & 0o077 == 0 for p in file.parent.iterdir())
        assert file.parent.stat().st_mode & 0o777 == 0o700
    file.chmod(0o640)
    with pytest.raises(VaultError, match="vault-open"):
        Vault.open(file, key)


def test_vault_is_not_made_where_the_world_can_look(tmp_path: Path, key: Key) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(VaultError, match="vault-parent-open"):
        Vault.create(folder / "x.vault", key)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"x" * 5000])
def test_other_files_are_not_taken_for_a_vault(tmp_path: Path, key: Key, content: bytes) -> None:
    where = tmp_path / "x"
    where.write_bytes(content)
    where.chmod(0o600)
    with pytest.raises(VaultError, match="vault-not-a-vault"):
        Vault.open(where, key)
    with pytest.raises(VaultError, match="vault-exists"):
        Vault.create(where, key)


def test_originals_do_not_stand_in_the_store_or_in_errors_and_reprs(file: Path, key: Key) -> None:
    secret = "Zaphodius-Quux"
    with Vault.open(file, key) as vault:
        surrogates = vault.subject(SubjectKey(secret, "ISSUER-" + secret))
        vault.remember(surrogates.code, [Link("name", secret, "Fir^Ash")])
        vault.known(surrogates.code, [Known(secret, Category.NAME, Role.PATIENT, "PatientName")])
        vault.reveal(surrogates.code, reason="check", who="me")
        said = repr((vault, surrogates, key, vault.domain, vault._reveal))
        assert key.text() not in said
        for one in file.parent.iterdir():
            data = one.read_bytes()
            for form in (secret, secret.lower(), "zaphodius", "check"):
                assert form.encode() not in data
                assert form.encode("utf-16-le") not in data


def _ask(path: str, text: str, barrier: multiprocessing.synchronize.Barrier, queue: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    with Vault.open(path, Key.from_text(text)) as vault:
        barrier.wait()
        found = {}
        for start in range(0, 300, 20):
            batch = [(SubjectKey(f"P-{n}"), "", frozenset[str]()) for n in range(start, start + 20)]
            found.update({k.patient_id: s.code for (k, _, _), s in zip(batch, vault.subjects(batch), strict=True)})
            vault.remember_many(
                [(found[f"P-{n}"], [Link("uid", f"1.2.{n}", f"2.25.{n}")]) for n in range(start, start + 20)]
            )
        queue.put(found)


def test_racing_processes_agree_on_new_patients(path: Path | str, key: Key) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_ask, args=(str(path), key.text(), barrier, queue)) for _ in range(3)]
    for worker in workers:
        worker.start()
    answers = [queue.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join(timeout=30)
        assert worker.exitcode == 0
    assert len(answers[0]) == 300
    assert answers[0] == answers[1] == answers[2]
    assert len(set(answers[0].values())) == 300


def test_open_vault_refuses_to_work_after_a_fork(path: Path | str, key: Key) -> None:
    with Vault.open(path, key) as vault:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                vault.find("4711-A")
                os.write(write, b"worked")
            except VaultError as error:
                os.write(write, error.code.encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 100) == b"vault-forked"
        os.close(read)
        os.close(write)
