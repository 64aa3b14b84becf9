"""What an erasure takes with it, and what belongs to others and stays."""

import contextlib
import os
import re
import sqlite3
import stat
import time
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from deid import Key, Outcome, Status, Vault
from deid.model import Link, SubjectKey
from deid.pipeline import Quarantine
from deid.pipeline.work import Result
from deid.vault.lifecycle import erase, search_bytes, verify
from tests.exports import ANAIS, deid, new_store, put_instance, run

PATIENTS = [SubjectKey(f"P-{n:03}", "SITE") for n in range(20)]


@pytest.fixture
def vault(tmp_path):
    """Twenty patients, of the same physicians and the same hospital."""
    with Vault.create(tmp_path / "store" / "links.vault", Key.generate()) as vault:
        for number, surrogates in enumerate(vault.subjects([(p, "", frozenset()) for p in PATIENTS])):
            shared = [Link("name", f"PHYSICIAN{n}", f"Surrogate{n}") for n in range(20)]
            own = [Link("uid", f"1.2.{number}.{n}", surrogates.uid(f"{number}.{n}")) for n in range(40)]
            vault.remember(surrogates.code, [Link("institution", "ST VINCENT", "Hillcrest"), *shared, *own])
        yield vault


def test_originals_that_patients_share_are_no_residue_and_stay_with_the_others(vault):
    codes = [vault.find(p.patient_id, p.issuer) for p in PATIENTS]
    for erased, code in enumerate(codes, start=1):
        proof = erase(vault, code, who="dpo", reason="Art. 17")
        assert proof.found == 0, erased
        if erased < len(codes):
            originals = {link.original for link in vault.reveal(codes[-1], reason="x", who="y")}
            assert {"ST VINCENT", "PHYSICIAN19"} <= originals
    assert verify(vault).ok


def test_bytes_that_an_orderly_page_leaves_behind_go_too(vault, tmp_path):
    path = tmp_path / "store" / "links.vault"
    code = vault.find("P-005", "SITE")
    with contextlib.closing(sqlite3.connect(path)) as db:
        (sealed,) = db.execute("SELECT sealed FROM link ORDER BY surrogate LIMIT 1").fetchone()
        db.execute("PRAGMA secure_delete = OFF")
        # A copy of every row of links, freed without being overwritten, as SQLite leaves one when it orders a page.
        db.execute("CREATE TABLE copy AS SELECT * FROM link")
        db.execute("DROP TABLE copy")
        db.commit()
    assert search_bytes(vault.store, [sealed])[1] == 1
    assert erase(vault, code, who="dpo", reason="Art. 17").found == 0
    assert verify(vault).ok


def banner() -> bytes:
    """16-bit values of 256 x 256 pixels with the patient's name in a corner."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.fromarray(np.full((256, 256), 40, np.uint8))
    ImageDraw.Draw(picture).text((8, 8), "QUUXLEY ZELDABETH", fill=250, font=ImageFont.load_default(18))
    return np.asarray(picture).astype("<u2").tobytes()


@pytest.fixture
def place(tmp_path):
    """An output of two patients with a filled banner each, and a text of one that waits for a reviewer."""
    store = new_store(tmp_path / "vault")
    recipe = tmp_path / "read.yaml"
    recipe.write_text("recipe: read\nextends: research\npixels: {read: all, second_reader: ''}\n")
    pixels = {"Rows": 256, "Columns": 256, "PixelData": banner(), "BurnedInAnnotation": "YES"}
    put_instance(tmp_path / "in" / "z.dcm", **pixels)
    put_instance(tmp_path / "in" / "a.dcm", person=ANAIS, study=1, number=2, **pixels)
    outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert {(str(o.status), o.pixels.get("decision")) for o in outcomes} == {("clean", "cleaned")}
    codes = {("zelda" if o.unit == 2 else "anais"): o.subject for o in outcomes}
    return store, codes, tmp_path / "out", tmp_path / "out.restricted"


def sheets(restricted):
    return sorted((restricted / "review").glob("*.png"))


def test_names_of_review_material_say_nothing_of_whose_it_is(place):
    _, codes, output, restricted = place
    uids = {str(pydicom.dcmread(path).SeriesInstanceUID) for path in output.rglob("*.dcm")}
    assert len(sheets(restricted)) == 2
    for path in sheets(restricted):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert re.fullmatch(r"[0-9a-f]{20}-[0-9a-f]{40}", path.stem)
        assert not any(name in path.name for name in {*codes.values(), *uids})


def test_an_erasure_takes_the_review_material_of_its_subject_along(place):
    store, codes, _, restricted = place
    command = ("vault", "erase", codes["zelda"], "--reason", "Art. 17", "--who", "dpo", *store.options)
    wrong = deid(*command, "--restricted", restricted.with_name("nowhere"))
    assert "restricted-missing" in wrong.stderr
    before = sheets(restricted)
    done = deid(*command, "--restricted", restricted)
    assert done.returncode == 0, done.stderr
    (left,) = sheets(restricted)
    assert left in before


def test_review_material_is_purged_by_subject_and_by_age(place):
    store, codes, output, restricted = place
    purge = ("quarantine", "purge", output, *store.options)
    assert "0 files removed" in deid(*purge, "--older-than", "30").stderr
    assert "1 files removed" in deid(*purge, "--subject", codes["anais"]).stderr
    (left,) = sheets(restricted)
    long_ago = time.time() - 31 * 86400
    os.utime(left, (long_ago, long_ago))
    assert "1 files removed" in deid(*purge, "--older-than", "30").stderr
    assert sheets(restricted) == []


def test_a_withheld_text_goes_with_its_subject_and_when_it_has_come_through(tmp_path):
    folder = tmp_path / "out.restricted"
    area = Quarantine(folder, review_key=bytes(32))
    outcome = Outcome(1, "ab" * 20, "report", Status.QUARANTINED, "second-look", "S-1")
    area.add([Result(outcome, tmp_path / "r.txt", material={"seen": "x"})])
    area.keep("row-3", {"seen": "y"}, subject="S-2")
    assert len(list(area.review.iterdir())) == 2
    area.add([Result(replace(outcome, status=Status.CLEAN, code=""), tmp_path / "r.txt")])
    (left,) = area.review.iterdir()
    assert left.name.endswith("-row-3.json")
    assert area.purge(subject="S-1") == 0
    assert area.purge(subject="S-2") == 1
