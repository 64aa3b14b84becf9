"""Keys under AWS KMS: real signed requests over HTTP to an emulator in a process of its own."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from deid.errors import VaultError
from deid.model import SubjectKey
from deid.vault import Key, Vault
from deid.vault.commands import app
from deid.vault.kms import write_wrapped
from tests.services.aws import Aws, aws_server, refusing  # noqa: F401

pytestmark = pytest.mark.slow
runner = CliRunner()
DEID = (sys.executable, "-c", "from deid.cli import main; main()")


@pytest.fixture
def aws(aws_server: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:  # noqa: F811 - the fixture
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    act_as(monkeypatch, aws_server, aws_server.allowed)
    return aws_server


def act_as(monkeypatch: pytest.MonkeyPatch, aws: Aws, credentials: tuple[str, str]) -> None:
    for name, value in aws.environment(credentials).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def wrapped(aws: Aws, tmp_path: Path) -> tuple[Key, str]:
    """A key, and where its ciphertext is."""
    key, spec = Key.generate(), f"aws-kms:{aws.key}@{tmp_path / 'kek'}"
    write_wrapped(key.text(), spec)
    return key, spec


def refusal(spec: str) -> VaultError:
    with pytest.raises(VaultError) as caught:
        Key.from_spec(spec)
    assert caught.value.__cause__ is None
    return caught.value


def test_wrapped_key_comes_back_and_the_file_holds_ciphertext(wrapped: tuple[Key, str], tmp_path: Path) -> None:
    key, spec = wrapped
    assert Key.from_spec(spec).secret == key.secret
    file = tmp_path / "kek"
    assert file.stat().st_mode & 0o777 == 0o600
    assert key.secret not in base64.b64decode(file.read_text())
    assert key.text() not in file.read_text()


def test_vault_is_made_and_read_on_the_command_line_with_nothing_secret_in_arguments(aws: Aws, tmp_path: Path) -> None:
    spec, vault = f"aws-kms:{aws.key}@{tmp_path / 'kek'}", str(tmp_path / "v" / "links.vault")
    for words in (
        ["keygen", "--key-file", spec],
        ["init", "-v", vault, "--key", spec],
        ["stats", "-v", vault, "--key", spec],
    ):
        done = subprocess.run([*DEID, "vault", *words], capture_output=True, text=True, check=True, timeout=300)
        assert "deid-key-1" not in done.stdout + done.stderr
    with Vault.open(vault, Key.from_spec(spec)) as opened:
        assert opened.domain.name == "default"


def test_ciphertext_is_bound_to_key_and_purpose(wrapped: tuple[Key, str], aws: Aws, tmp_path: Path) -> None:
    key, spec = wrapped
    assert refusal(spec.replace(aws.key, aws.other)).code in ("kms-ciphertext", "kms-denied")
    other = boto3.client("kms").encrypt(
        KeyId=aws.key, Plaintext=key.text().encode(), EncryptionContext={"deid": "something-else"}
    )
    (tmp_path / "kek").write_text(base64.b64encode(other["CiphertextBlob"]).decode())
    assert refusal(spec).code == "kms-ciphertext"


@pytest.mark.parametrize("change", ["flip", "cut", "no base64"])
def test_damaged_ciphertext_is_refused(wrapped: tuple[Key, str], tmp_path: Path, change: str) -> None:
    file = tmp_path / "kek"
    blob = bytearray(base64.b64decode(file.read_text()))
    blob[-1] ^= 1
    texts = {"flip": blob, "cut": blob[:-20]}
    file.write_text(base64.b64encode(texts[change]).decode() if change in texts else "§ no")
    assert refusal(wrapped[1]).code == "kms-ciphertext"


def test_who_may_not_use_the_key_is_told_so(
    wrapped: tuple[Key, str], aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, spec = wrapped
    act_as(monkeypatch, aws, aws.stranger)
    error = refusal(spec)
    assert error.code == "kms-denied"
    assert "stranger" not in str(error)
    with pytest.raises(VaultError, match="kms-denied"):
        write_wrapped(Key.generate().text(), spec + "2")
    assert not (tmp_path / "kek2").exists()
    for credentials in ((aws.allowed[0], "wrong"), ("AKIANOBODY", aws.allowed[1])):
        act_as(monkeypatch, aws, credentials)
        error = refusal(spec)
        assert error.code == "kms-denied"
        assert credentials[0] not in str(error)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert refusal(spec).code == "kms-token"
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert refusal(spec).code == "kms-token"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("AccessDeniedException", "kms-denied"),
        ("UnrecognizedClientException", "kms-token"),
        ("InvalidSignatureException", "kms-token"),
        ("ExpiredTokenException", "kms-token"),
        ("IncorrectKeyException", "kms-ciphertext"),
        ("DisabledException", "kms-refused"),
        ("KMSInvalidStateException", "kms-refused"),
    ],
)
def test_refusal_in_the_words_of_the_real_service(
    wrapped: tuple[Key, str], monkeypatch: pytest.MonkeyPatch, said: str, code: str
) -> None:
    with refusing(said) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", address)
        error = refusal(wrapped[1])
    assert error.code == code
    assert "arthur" not in str(error)


def test_unknown_key_dead_server_and_plain_address_are_told_apart(
    wrapped: tuple[Key, str], aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, spec = wrapped
    assert refusal(spec.replace(aws.key, "alias/nobody")).code == "kms-refused"
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    assert refusal(spec).code == "kms-refused"
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://kms.example")
    assert refusal(spec).code == "kms-address"
    for name in ("AWS_ENDPOINT_URL_KMS", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    assert refusal(spec).code == "kms-address"


def test_nothing_of_the_key_is_logged_even_when_everything_is(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, aws: Aws
) -> None:
    spec = f"aws-kms:{aws.key}@{tmp_path / 'kek'}"
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("botocore.parsers").setLevel(logging.DEBUG)
        write_wrapped((key := Key.generate()).text(), spec)
        Key.from_spec(spec)
        logging.getLogger("elsewhere").debug("still heard")
    assert "still heard" in caplog.text
    for form in (key.text(), base64.b64encode(key.text().encode()).decode(), aws.allowed[1]):
        assert form not in caplog.text


def test_missing_extra_is_named(wrapped: tuple[Key, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert refusal(wrapped[1]).code == "kms-no-aws"


@pytest.mark.parametrize("spec", ["aws-kms:", "aws-kms:key", "aws-kms:@file", "transit:key@"])
def test_half_a_place_is_none(spec: str) -> None:
    with pytest.raises(VaultError, match="key-spec"):
        Key.from_spec(spec)
    done = runner.invoke(app, ["keygen", "--officer", spec])
    assert done.exit_code == 3
    assert "key-spec" in done.stderr


def test_officer_keeps_the_reveal_key_under_a_key_that_workers_may_not_use(aws: Aws, tmp_path: Path) -> None:
    kek, vault = Key.generate(tmp_path / "kek"), str(tmp_path / "v" / "links.vault")
    officer = f"aws-kms:{aws.other}@{tmp_path / 'officer'}"
    place = ["-v", vault, "--key", f"file:{tmp_path / 'kek'}"]
    assert runner.invoke(app, ["init", *place, "--officer", officer]).exit_code == 0
    with Vault.open(vault, kek) as opened:
        code = opened.subject(SubjectKey("P-1")).code
    refused = runner.invoke(app, ["reveal", code, *place, "--reason", "recall"])
    assert "reveal-no-key" in refused.stderr
    shown = runner.invoke(app, ["reveal", code, *place, "--reason", "recall", "--reveal-key", officer])
    assert "original=P-1" in shown.stdout
    swapped = runner.invoke(app, ["reveal", code, *place[:2], "--key", officer, "--reason", "recall"])
    assert "kms-ciphertext" in swapped.stderr, "a reveal key is no vault key"
