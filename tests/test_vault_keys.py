"""Keys: where they come from, and that they stay there."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from deid.errors import VaultError
from deid.vault import Key, RevealKey


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
