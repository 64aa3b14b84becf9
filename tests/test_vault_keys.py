"""Keys: where they come from, and that they stay there."""

from __future__ import annotations

import itertools
import pickle
import sys
from pathlib import Path

import pytest

from deid.errors import VaultError
from deid.vault import Key, RevealKey
from deid.vault.keys import decode_secret
from deid.vault.kms import write_wrapped
from deid.vault.shares import join_reveal_key, split_reveal_key
from tests.services.kms import TOKEN, key_server


def test_generated_key_file_is_private_and_reads_back(tmp_path: Path) -> None:
    key = Key.generate(tmp_path / "kek")
    assert (tmp_path / "kek").stat().st_mode & 0o777 == 0o600
    assert Key.from_file(tmp_path / "kek").secret == key.secret
    with pytest.raises(VaultError, match="key-file-exists"):
        Key.generate(tmp_path / "kek")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    Key.generate(tmp_path / "kek")
    (tmp_path / "kek").chmod(mode)
    with pytest.raises(VaultError, match="key-file-open"):
        Key.from_file(tmp_path / "kek")


def test_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key.generate()
    monkeypatch.setenv("DEID_VAULT_KEY", key.text())
    assert Key.from_env().secret == key.secret
    monkeypatch.delenv("DEID_VAULT_KEY")
    with pytest.raises(VaultError, match="key-env-missing"):
        Key.from_env()


def test_key_comes_from_a_command(tmp_path: Path) -> None:
    key = Key.generate(tmp_path / "kek")
    argv = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(tmp_path / "kek")]
    assert Key.from_command(argv).secret == key.secret
    for bad in ([sys.executable, "-c", "raise SystemExit(3)"], ["/nowhere/to-be-found"]):
        with pytest.raises(VaultError, match="key-command-failed"):
            Key.from_command(bad)


@pytest.mark.parametrize("change", ["truncate", "flip", "label", "empty", "two"])
def test_damaged_key_text_is_refused_without_being_quoted(change: str) -> None:
    text = Key.generate().text()
    swapped = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    bad = {
        "truncate": text[:-3],
        "flip": swapped,
        "label": text.replace("deid-key-1", "deid-key-2"),
        "empty": "",
        "two": text + "\n" + text,
    }[change]
    with pytest.raises(VaultError, match="key-malformed") as caught:
        Key.from_text(bad)
    assert text[15:25] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_reveal_key_text_is_not_taken_for_a_vault_key() -> None:
    with pytest.raises(VaultError, match="key-malformed"):
        Key.from_text(RevealKey.generate().text())


def test_keys_hide_in_repr_and_do_not_pickle() -> None:
    for key in (Key.generate(), RevealKey.generate()):
        assert key.text() not in repr(key)
        assert key.secret.hex() not in repr(key)
        with pytest.raises(VaultError, match="key-not-portable"):
            pickle.dumps(key)


def test_passphrase_opens_its_key_file_and_no_other_phrase_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deid.vault.keys.ARGON2_KIB", 1024)
    key, phrase = Key.generate(), "correct horse ﬀ battery"
    key.protect(tmp_path / "locked", phrase)
    assert (tmp_path / "locked").stat().st_mode & 0o777 == 0o600
    assert key.text() not in (tmp_path / "locked").read_text()
    assert Key.from_passphrase(tmp_path / "locked", lambda: "correct horse ff battery").secret == key.secret
    with pytest.raises(VaultError, match="key-passphrase"):
        Key.from_passphrase(tmp_path / "locked", lambda: "correct horse")
    with pytest.raises(VaultError, match="key-passphrase"):
        key.protect(tmp_path / "short", "too short")
    with pytest.raises(VaultError, match="key-malformed"):
        Key.from_file(tmp_path / "locked")


def test_key_lives_in_the_keyring_of_the_system() -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def __init__(self) -> None:
            super().__init__()
            self.held: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.held[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        with pytest.raises(VaultError, match="key-keyring-missing"):
            Key.from_keyring()
        key = Key.generate()
        key.to_keyring()
        assert Key.from_spec("keyring").secret == key.secret
        assert Key.from_spec("keyring:deid-vault/key").secret == key.secret
    finally:
        keyring.set_keyring(before)


def test_key_comes_from_a_key_value_server(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key.generate()
    with key_server() as server:
        server.secrets["/v1/secret/data/deid/vault"] = {"key": key.text(), "other": "nonsense"}
        monkeypatch.setenv("VAULT_ADDR", server.address)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        assert Key.from_spec("hashicorp:secret/deid/vault#key").secret == key.secret
        assert Key.from_spec("hashicorp:secret/deid/vault").secret == key.secret
        with pytest.raises(VaultError, match="kms-answer"):
            Key.from_spec("hashicorp:secret/deid/vault#nothing")
        with pytest.raises(VaultError, match="key-malformed"):
            Key.from_spec("hashicorp:secret/deid/vault#other")
        with pytest.raises(VaultError, match="kms-refused: the key server answered 404"):
            Key.from_spec("hashicorp:secret/elsewhere")
        monkeypatch.setenv("VAULT_TOKEN", "hvs.wrong")
        with pytest.raises(VaultError, match="kms-refused: the key server answered 403"):
            Key.from_spec("hashicorp:secret/deid/vault#key")


def test_key_is_unwrapped_by_a_server_that_keeps_the_wrapping_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, file = Key.generate(), tmp_path / "wrapped"
    with key_server() as server:
        monkeypatch.setenv("VAULT_ADDR", server.address)
        (tmp_path / "token").write_text(TOKEN + "\n")
        (tmp_path / "token").chmod(0o600)
        monkeypatch.setenv("VAULT_TOKEN_FILE", str(tmp_path / "token"))
        write_wrapped(key.text(), f"transit:deid@{file}")
        assert file.read_text().startswith("vault:v1:")
        assert Key.from_spec(f"transit:deid@{file}").secret == key.secret
        file.write_text(file.read_text().replace("vault:v1:", "vault:v1:AAAA"))
        with pytest.raises(VaultError, match="kms-refused"):
            Key.from_spec(f"transit:deid@{file}")


def test_token_is_not_sent_over_plain_http_or_after_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    for address in ("http://vault.example:8200", "ftp://127.0.0.1", ""):
        monkeypatch.setenv("VAULT_ADDR", address)
        with pytest.raises(VaultError, match="kms-address"):
            Key.from_spec("hashicorp:secret/x#y")
    with key_server() as server, key_server() as other:
        server.redirect = other.address + "/v1/secret/data/x"
        monkeypatch.setenv("VAULT_ADDR", server.address)
        with pytest.raises(VaultError, match="kms-refused"):
            Key.from_spec("hashicorp:secret/x#y")
        assert other.seen == []
    monkeypatch.setenv("VAULT_ADDR", server.address)
    with pytest.raises(VaultError, match="kms-refused: the key server does not answer"):
        Key.from_spec("hashicorp:secret/x#y")
    monkeypatch.delenv("VAULT_TOKEN")
    with pytest.raises(VaultError, match="kms-token"):
        Key.from_spec("hashicorp:secret/x#y")


def test_key_is_looked_for_where_it_is_named_then_in_the_environment_then_beside_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEID_VAULT_KEY", raising=False)
    vault = str(tmp_path / "links.vault")
    with pytest.raises(VaultError, match="key-missing"):
        Key.load(vault=vault)
    beside = Key.generate(vault + ".key")
    assert Key.load(vault=vault).secret == beside.secret
    other = Key.generate()
    monkeypatch.setenv("DEID_VAULT_KEY", other.text())
    assert Key.load(vault=vault).secret == other.secret
    assert Key.load(f"file:{vault}.key", vault=vault).secret == beside.secret
    for spec in ("file:", other.text(), "nonsense", "hashicorp:"):
        with pytest.raises(VaultError, match="key-spec") as caught:
            Key.load(spec)
        assert other.text()[12:20] not in str(caught.value)


@pytest.mark.parametrize(("threshold", "count"), [(2, 3), (3, 5), (2, 2)])
def test_enough_shares_make_the_reveal_key_and_fewer_do_not(threshold: int, count: int) -> None:
    key = RevealKey.generate()
    shares = split_reveal_key(key, threshold=threshold, shares=count)
    for chosen in itertools.permutations(shares, threshold):
        assert join_reveal_key(chosen).secret == key.secret
    with pytest.raises(VaultError, match="share-count"):
        join_reveal_key(shares[: threshold - 1])


def test_shares_of_two_keys_do_not_mix_and_damaged_ones_are_refused() -> None:
    one, two = (split_reveal_key(RevealKey.generate()) for _ in range(2))
    for bad in ([one[0], two[1]], [one[0], one[0]]):
        with pytest.raises(VaultError, match="share-mixed"):
            join_reveal_key(bad)
    with pytest.raises(VaultError, match="key-malformed"):
        join_reveal_key([one[0], one[1][:-4]])
    with pytest.raises(VaultError, match="share-count"):
        split_reveal_key(RevealKey.generate(), threshold=4, shares=3)


def test_one_share_is_as_likely_under_every_key() -> None:
    """The first byte of a share takes every value whatever the key's first byte is."""
    key = RevealKey.generate()
    seen = {decode_secret("deid-share-1", split_reveal_key(key)[0])[10] for _ in range(3000)}
    assert len(seen) > 230
