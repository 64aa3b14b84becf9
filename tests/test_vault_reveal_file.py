"""``deid vault reveal CODE --dicom FILE``: what goes on record is who was opened."""

import datetime as dt

import pydicom
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.exports import ANAIS, deid, fast_recipe, new_store, put_instance


def write_keys(folder):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "re-identifier")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(dt.datetime(2024, 1, 1)).not_valid_after(dt.datetime(2049, 1, 1))
    (folder / "owner.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def test_a_file_of_another_subject_is_not_opened(tmp_path):
    write_keys(tmp_path)
    store = new_store(tmp_path / "vault")
    put_instance(tmp_path / "in" / "a.dcm")
    put_instance(tmp_path / "in" / "b.dcm", person=ANAIS, study=3)
    recipe = fast_recipe(tmp_path, store="{seal_for: [owner.pem]}")  # beside the recipe, not where we stand
    done = deid("run", tmp_path / "in", tmp_path / "out", *store.options, "--recipe", recipe)
    assert done.returncode == 0, done.stderr
    files = {str(pydicom.dcmread(path).PatientID): path for path in (tmp_path / "out").rglob("*.dcm")}
    (one, own), (_, other) = files.items()
    keys = ("--private-key", tmp_path / "key.pem", "--certificate", tmp_path / "owner.pem", *store.options)
    reveal = ("vault", "reveal", one, "--reason", "ticket 914", "--out", tmp_path / "back.dcm", *keys, "--dicom")
    refused = deid(*reveal, other)
    assert refused.returncode == 3
    assert "reveal-other-subject" in refused.stderr
    assert not (tmp_path / "back.dcm").exists()
    assert "ticket 914" not in deid("vault", "audit", *store.options, "--json").stdout
    assert deid(*reveal, own).returncode == 0
    assert deid("vault", "audit", *store.options, "--json").stdout.count("ticket 914") == 1
