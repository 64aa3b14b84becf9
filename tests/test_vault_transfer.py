"""Mappings in and out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.vault import Key, Policy, RevealKey, Vault
from deid.vault.transfer import (
    KeyedSubjects,
    export_csv,
    export_sealed,
    import_csv,
    import_uids,
    open_export,
    public_bytes,
    public_text,
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault.create(tmp_path / "v" / "t.vault", Key.generate())
    for name in ("A-1", "B-2"):
        code = made.subject(SubjectKey(name)).code
        made.remember(code, [Link("uid", f"1.2.{name[2:]}", f"2.25.{name[2:]}"), Link("name", name, "Fir^Ash")])
    return made


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_exported_csv_has_the_form_of_the_validator_and_comes_back(vault: Vault, tmp_path: Path) -> None:
    a, b = (vault.find(p) or "" for p in ("A-1", "B-2"))
    patients, uids = tmp_path / "patients.csv", tmp_path / "uids.csv"
    assert export_csv(vault, patients=patients, uids=uids, who="rita", reason="validation") == 4
    assert rows(patients) == [["id_old", "id_new"], ["A-1", a], ["B-2", b]]
    assert rows(uids) == [["id_old", "id_new"], ["1.2.1", "2.25.1"], ["1.2.2", "2.25.2"]]
    assert patients.stat().st_mode & 0o777 == 0o600
    assert [row.act for row in vault.audit()][-1] == "export"
    with pytest.raises(VaultError, match="export-exists"):
        export_csv(vault, patients=patients, uids=None, who="rita", reason="again")
    other = Vault.create(tmp_path / "w" / "t.vault", Key.generate())
    with vault, other:
        assert import_csv(other, patients, who="anna") == 2
        assert import_csv(other, patients, who="anna") == 2
        assert [other.find(p) for p in ("a-1", "b-2")] == [a, b]
        assert import_uids(other, uids, a, who="anna") == 2
        assert other.lookup(a)["origin"] == "assigned"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old,new\na,b\n",
        "id_old,id_new\na\n",
        "id_old,id_new\na,\n",
        "id_old,id_new\na,b\na,c\n",
        "id_old,id_new\na,c\nb,c\n",
        'id_old,id_new\n"a,b\n',
    ],
)
def test_malformed_mapping_is_refused_without_being_quoted(vault: Vault, tmp_path: Path, text: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with vault, pytest.raises(VaultError, match="import-malformed"):
        import_csv(vault, tmp_path / "m.csv", who="anna")


def test_import_takes_all_or_nothing(vault: Vault, tmp_path: Path) -> None:
    taken = vault.find("A-1")
    (tmp_path / "m.csv").write_text(f"id_old,id_new\nC-3,TRIAL-3\nD-4,{taken}\n")
    with vault:
        with pytest.raises(VaultError, match="code-taken"):
            import_csv(vault, tmp_path / "m.csv", who="anna")
        assert vault.find("C-3") is None
        (tmp_path / "p.csv").write_text("id_old,id_new\nUNKNOWN,TRIAL-5\n")
        with pytest.raises(VaultError, match="subject-placeholder"):
            import_csv(vault, tmp_path / "p.csv", who="anna")


def test_release_of_a_cohort_opens_for_its_recipient_only(vault: Vault, tmp_path: Path) -> None:
    recipient = RevealKey.generate()
    code, out = vault.find("A-1") or "", tmp_path / "release"
    with vault:
        public = public_bytes(public_text(recipient.public))
        assert export_sealed(vault, out, public, codes=[code], who="rita", reason="registry") == 1
        with pytest.raises(VaultError, match="export-cohort"):
            export_sealed(vault, tmp_path / "all", public, codes=[], who="rita", reason="registry")
        with pytest.raises(VaultError, match="code-unknown"):
            export_sealed(vault, tmp_path / "x", public, codes=["S-NOBODY"], who="rita", reason="registry")
    assert b"A-1" not in out.read_bytes()
    found = open_export(out, recipient)
    assert list(found) == [code]
    assert Link("uid", "1.2.1", "2.25.1") in found[code]
    with pytest.raises(VaultError, match="vault-reveal-key"):
        open_export(out, RevealKey.generate())
    out.write_bytes(out.read_bytes().replace(b"registry", b"reGistry"))
    with pytest.raises(VaultError, match="vault-reveal-key"):
        open_export(out, recipient)
    for bad in (b"", b"nonsense", out.read_bytes()[:-1]):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(VaultError, match="export-malformed"):
            open_export(tmp_path / "bad", recipient)


def test_export_without_the_reveal_key_is_refused(tmp_path: Path) -> None:
    officer = RevealKey.generate()
    with Vault.create(tmp_path / "s" / "t.vault", Key.generate(), reveal_public=officer.public) as worker:
        worker.subject(SubjectKey("A-1"))
        with pytest.raises(VaultError, match="reveal-no-key"):
            export_csv(worker, patients=tmp_path / "p.csv", uids=None, who="w", reason="r")


def test_keyed_workers_agree_with_the_vault_and_the_vault_says_what_that_costs(tmp_path: Path) -> None:
    key = SubjectKey("A-1", "SITE")
    with Vault.create(tmp_path / "k" / "t.vault", Key.generate(), policy=Policy(pseudonyms="keyed")) as vault:
        alone = KeyedSubjects.of(vault)
        assert alone.subject(key, sex="F") == vault.subject(key, sex="F")
        assert [alert.code for alert in vault.alerts] == ["vault-keyed-pseudonyms"]
        assert "164.514(c)" in vault.alerts[0].detail
    with Vault.create(tmp_path / "r" / "t.vault", Key.generate()) as vault:
        assert vault.alerts == ()
        with pytest.raises(VaultError, match="policy-pseudonyms"):
            KeyedSubjects.of(vault)
