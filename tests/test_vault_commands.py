"""``deid vault``: what each verb prints, and what none of them ever prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deid.model import Link, SubjectKey
from deid.vault import Key, Vault
from deid.vault.commands import app

RUN = CliRunner()
SECRET = "Zaphod-4711"


class Desk:
    """A vault with one patient, and a shell in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = folder / "store" / "links.vault"

    def deid(self, *arguments: object, say: str = "", ends: int = 0) -> Any:
        done = RUN.invoke(app, [str(a) for a in arguments], input=say, env={"DEID_VAULT": str(self.vault)})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code == ends, (arguments, done.stdout, done.stderr)
        return done

    def rows(self, *arguments: object, **more: Any) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.deid(*arguments, "--json", **more).stdout.splitlines()]

    def fill(self) -> str:
        with Vault.open(self.vault, Key.load(vault=str(self.vault))) as vault:
            code = vault.subject(SubjectKey(SECRET, "SITE")).code
            vault.remember(code, [Link("uid", "1.2.840.7", "2.25.77"), Link("name", "Beeblebrox", "Fir^Ash")])
        return code


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("DEID_VAULT_KEY", raising=False)
    monkeypatch.setenv("LOGNAME", "arthur")
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def test_laptop_makes_a_vault_looks_up_and_reveals(desk: Desk) -> None:
    done = desk.deid("init")
    assert "simple mode" in done.stderr
    assert done.stdout == ""
    assert (desk.folder / "store" / "links.vault.key").stat().st_mode & 0o777 == 0o600
    code = desk.fill()
    assert desk.rows("lookup", code)[0]["links"] == {"name": 1, "uid": 1}
    assert SECRET not in desk.deid("lookup", code).stdout
    assert desk.deid("find", say=f"{SECRET}\tSITE\nnobody\n").stdout == f"line=1  code={code}\nline=2  code=None\n"
    found = desk.rows("reveal", code, "--reason", "ticket 42")
    assert {"kind": "patient-id", "original": SECRET, "surrogate": code} in found
    record = desk.rows("audit")[-1]
    assert (record["act"], record["who"], record["reason"], record["code"]) == ("reveal", "arthur", "ticket 42", code)
    assert desk.rows("verify")[0]["ok"] is True
    assert desk.rows("stats")[0]["rows"]["link"] == 2
    assert "vault-exists" in desk.deid("init", ends=3).stderr


def test_key_goes_where_it_is_told_and_is_used_again(desk: Desk) -> None:
    assert "a new key was made" in desk.deid("init", "--key-file", "vault.key").stderr
    assert "a new key" not in desk.deid("init", "--key-file", "vault.key", "--vault", "two/links.vault").stderr
    for vault in (desk.vault, "two/links.vault"):
        desk.deid("stats", "--vault", vault, "--key", "file:vault.key")


def test_failed_init_leaves_no_key_behind(desk: Desk) -> None:
    desk.folder.chmod(0o755)
    failed = desk.deid("init", "--vault", "here.vault", "--officer", "officer.key", ends=3)
    assert "vault-parent-open" in failed.stderr
    assert "a new key" not in failed.stderr
    assert not list(desk.folder.iterdir())


def test_refusals_end_with_status_3_and_one_line_without_originals(desk: Desk) -> None:
    desk.deid("init")
    code = desk.fill()
    for arguments in (
        ("lookup", "S-NOBODY"),
        ("lookup", code, "--domain", "nowhere"),
        ("lookup", code, "--key", "file:/nowhere"),
        ("lookup", code, "--key", "env:NOT_THERE"),
        ("reveal", code, "--reason", " "),
        ("lookup", code, "--vault", "/nowhere/at.all"),
        ("export", "--reason", "r"),
        ("rotate", "key", "--new-key", "nonsense"),
    ):
        done = desk.deid(*arguments, ends=3)
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("deid: ")
        assert SECRET not in done.stderr


def test_split_mode_with_shares_grant_of_two_and_erasure(desk: Desk) -> None:
    shares = [desk.folder / f"{n}.share" for n in "abc"]
    desk.deid("init", *(x for s in shares for x in ("--officer", s)), "--signatures", 2)
    code = desk.fill()
    for name in ("anna", "bert"):
        desk.deid("principal", "add", name, "admin", "--signing-key", f"{name}.key", "--who", "anna")
    desk.deid("principal", "add", "rita", "reidentifier", "--who", "anna")
    desk.deid("principal", "add", "olaf", "operator", "--who", "anna")
    desk.deid("principal", "add", "audrey", "auditor", "--who", "anna")
    assert [p["name"] for p in desk.rows("principal", "list")] == ["anna", "audrey", "bert", "olaf", "rita"]
    grant = desk.folder / "grant.json"
    grant.write_text(desk.deid("grant", "new", "--who", "rita", "--reason", "recall", "--code", code).stdout)
    for name in ("anna", "bert"):
        desk.deid("grant", "sign", grant, "--name", name, "--signing-key", f"{name}.key")
    asked = ("reveal", code, "--reason", "recall", "--who", "rita", "--grant", grant)
    assert "reveal-no-key" in desk.deid(*asked, ends=3).stderr
    assert "key-malformed" in desk.deid(*asked, "--reveal-key", shares[0], ends=3).stderr
    opened = ("--reveal-key", shares[2], "--reveal-key", shares[0])
    assert SECRET in desk.deid(*asked, *opened).stdout
    assert "grant-spent" in desk.deid(*asked, *opened, ends=3).stderr
    assert "role-missing" in desk.deid("audit", "--who", "olaf", ends=3).stderr
    assert [r["act"] for r in desk.rows("audit", "--who", "audrey")][-2:] == ["reveal", "reveal-refused"]
    assert desk.rows("verify", "--who", "audrey", *opened)[0]["opened"] == 3
    proof = desk.rows("erase", code, "--reason", "Art. 17", "--who", "anna")[0]
    assert proof["found"] == 0
    assert "role-missing" in desk.deid("lookup", code, "--who", "nobody", ends=3).stderr
    assert "code-erased" in desk.deid("lookup", code, "--who", "olaf", ends=3).stderr
    assert code in (desk.folder / "store" / "links.vault.erasures").read_text()


def test_second_factor_is_asked_for_not_passed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.deid("init", "--need-totp")
    code = desk.fill()
    desk.deid("principal", "add", "anna", "admin", "--signing-key", "anna.key", "--who", "anna")
    shown = desk.deid("principal", "add", "rita", "reidentifier", "--who", "anna", "--totp").stdout
    assert shown.startswith("otpauth://totp/deid:rita?secret=")
    monkeypatch.setattr("deid.vault.commands.getpass.getpass", lambda prompt: "000000")
    done = desk.deid("reveal", code, "--reason", "r", "--who", "rita", "--totp", ends=3)
    assert "totp-wrong" in done.stderr


def test_restored_vault_is_anchored_anew_and_a_copied_one_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEID_ANCHOR", f"file:{desk.folder / 'anchor'}")
    desk.deid("init")
    desk.deid("domain", "two")
    code = desk.fill()
    desk.deid("backup", "shelf/a.data", "shelf/a.keys")
    copied = desk.vault.read_bytes()
    desk.deid("reveal", code, "--reason", "ticket 1")
    desk.vault.write_bytes(copied)
    assert "audit-rolled-back" in desk.deid("lookup", code, ends=3).stderr
    key = ("--key", f"file:{desk.vault}.key")
    desk.deid("restore", "shelf/a.data", "shelf/a.keys", "--vault", "back/links.vault", *key, "--no-erasures")
    for domain in ("default", "two"):
        desk.deid("stats", "--vault", "back/links.vault", *key, "--domain", domain)
    assert desk.rows("lookup", code, "--vault", "back/links.vault", *key)[0]["code"] == code


def test_domain_rotation_anchor_backup_restore_migrate(desk: Desk) -> None:
    desk.deid("init")
    code = desk.fill()
    desk.deid("domain", "trial", "--prefix", "T-")
    assert desk.rows("stats", "--domain", "trial")[0]["rows"]["subject"] == 0
    desk.deid("keygen", "--key-file", "new.key")
    desk.deid("rotate", "key", "--new-key", "file:new.key")
    assert "key-wrong" in desk.deid("lookup", code, ends=3).stderr
    key = ("--key", "file:new.key")
    desk.deid("keygen", "--officer", "officer.key", "--public-file", "officer.pub")
    assert "1 subjects" in desk.deid("rotate", "data", *key, "--new-public", "officer.pub").stderr
    assert "reveal-no-key" in desk.deid("reveal", code, "--reason", "r", *key, ends=3).stderr
    opened = ("--reveal-key", "officer.key", *key)
    line = desk.deid("anchor", "--anchor", "file:anchor", *key).stdout
    assert Path("anchor").read_text() == line
    desk.deid("audit", "--anchor-file", "anchor", *key)
    assert SECRET in desk.deid("reveal", code, "--reason", "r", *opened, "--anchor", "file:anchor").stdout
    assert len(Path("anchor").read_text().splitlines()) == 2
    desk.deid("backup", "shelf/a.data", "shelf/a.keys", *key)
    back = ("restore", "shelf/a.data", "shelf/a.keys", "--vault", "back/links.vault", *key)
    assert "erasures-missing" in desk.deid(*back, ends=3).stderr
    back = desk.rows(*back, "--no-erasures")
    assert back[0]["orphans"] == 0
    desk.deid("migrate", "moved/links.vault")
    for vault in ("back/links.vault", "moved/links.vault"):
        assert desk.rows("verify", "--vault", vault, *opened)[0]["ok"]
        assert SECRET in desk.deid("reveal", code, "--reason", "r", "--vault", vault, *opened).stdout


def test_vault_of_an_earlier_schema_is_lifted_when_it_is_told_so(desk: Desk) -> None:
    frozen = Path(__file__).parent / "vectors" / "vault" / "schema-1"
    expected = json.loads((frozen / "expected.json").read_text("utf-8"))
    desk.vault.parent.mkdir(mode=0o700)
    desk.vault.write_bytes((frozen / "links.vault").read_bytes())
    desk.vault.chmod(0o600)
    key = desk.vault.with_name("links.vault.key")
    key.write_text(expected["key"])
    key.chmod(0o600)
    assert "deid vault migrate" in desk.deid("lookup", expected["code"], ends=3).stderr
    assert "schema 1 was found, 2 is there now" in desk.deid("migrate").stderr
    assert desk.rows("lookup", expected["code"])[0]["links"] == {"name": 1, "uid": 1}
    assert desk.rows("verify")[0]["ok"]
    assert desk.rows("audit")[-1]["act"] == "upgrade"
    assert "schema 2 was found, 2 is there now" in desk.deid("migrate").stderr


def test_damaged_vault_fails_verification(desk: Desk) -> None:
    import sqlite3

    desk.deid("init")
    desk.fill()
    db = sqlite3.connect(desk.vault)
    db.execute("DELETE FROM link")
    db.commit()
    db.close()
    done = desk.deid("verify", "--json", ends=3)
    assert json.loads(done.stdout)["ok"] is False


def test_mapping_goes_out_and_comes_in(desk: Desk) -> None:
    desk.deid("init", "--default-issuer", "SITE")
    code = desk.fill()
    desk.deid("export", "--patients", "p.csv", "--uids", "u.csv", "--reason", "validation")
    assert Path("p.csv").read_text() == f"id_old,id_new\n{SECRET},{code}\n"
    desk.deid("keygen", "--officer", "registry.key", "--public-file", "registry.pub")
    desk.deid("export", "--sealed", "release", "--recipient", "registry.pub", "--code", code, "--reason", "registry")
    assert SECRET.encode() not in Path("release").read_bytes()
    other = ("--vault", "other/links.vault")
    desk.deid("init", *other)
    assert "1 patients" in desk.deid("import", "p.csv", *other).stderr
    assert "1 links" in desk.deid("import", "u.csv", "--uids-of", code, *other).stderr
    assert desk.deid("find", *other, say=f"{SECRET}\n").stdout.strip() == f"line=1  code={code}"


def test_patients_are_linked_and_unlinked_without_an_id_in_an_argument(desk: Desk) -> None:
    desk.deid("init")
    code = desk.fill()
    linked = desk.deid("link", "--reason", "merge", say=f"{SECRET}\tSITE\nB-7\t\n").stdout.strip()
    assert linked == code
    other = desk.deid("unlink", "--reason", "wrong", say="B-7\n").stdout.strip()
    assert other not in ("", code)
    assert "input-lines" in desk.deid("link", "--reason", "merge", say="one\n", ends=3).stderr


def test_keyed_domain_says_what_it_costs(desk: Desk) -> None:
    assert "164.514(c)" in desk.deid("init", "--keyed").stderr
    assert "164.514(c)" in desk.deid("stats").stderr


def test_locked_key_asks_for_its_passphrase(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deid.vault.keys.ARGON2_KIB", 1024)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "a long enough phrase")
    desk.deid("keygen", "--key-file", "locked.key", "--locked")
    desk.deid("init", "--key", "passphrase:locked.key")
    assert desk.rows("stats", "--key", "passphrase:locked.key")[0]["domain"] == "default"


def verbs(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for child, sub in command.commands.items():
            yield from verbs(sub, f"{name} {child}".strip())
    else:
        yield name, command


def test_every_verb_has_an_example_that_parses(desk: Desk) -> None:
    import shlex

    group = typer.main.get_command(app)
    found = dict(verbs(group))
    assert len(found) >= 20
    for name, command in found.items():
        lines = [x for x in (command.help or "").splitlines() if "Example: " in x]
        assert lines, name
        words = shlex.split(lines[0].split("Example: ")[1].split(" < ")[0].split(" > ")[0].split(" | ")[-1])
        assert words[:2] == ["deid", "vault"], name
        assert " ".join(words[2:]).startswith(name), name
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, name
