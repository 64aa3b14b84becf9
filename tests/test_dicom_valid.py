"""An outside judge: dciodvfy finds nothing in our output that it did not find in the input."""

import io
import shutil
import subprocess
from collections import Counter

import pytest
from pydicom.uid import ExplicitVRLittleEndian

from deid.dicom import parse_instance, plan_instance, write_instance
from deid.model import Subject
from deid.recipe import Recipe
from deid.surrogates import PersonSurrogate, Surrogates
from deid.text import Finder
from tests.dicom_corpus import CHARSETS, KINDS, build, encode, torture

SURROGATES = Surrogates("S-7KQ2M8XA", -100, b"s" * 32, b"d" * 32, PersonSurrogate("Miller", "Ann"))
POLICIES = {name: Recipe.load(name).compile() for name in ("basic", "research", "limited-data-set")}
FINDERS = {name: Finder(policy.recipe.text) for name, policy in POLICIES.items()}


def written(data: bytes, recipe: str) -> bytes:
    instance = parse_instance(data)
    subject = Subject(instance.key, instance.known, instance.sex)
    plan = plan_instance(instance, POLICIES[recipe], SURROGATES, subject, FINDERS[recipe].find)
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return out.getvalue()


def errors(data: bytes, path) -> Counter:
    path.write_bytes(data)
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, check=False)
    text = (done.stderr + done.stdout).decode("latin-1")
    return Counter(line for line in text.splitlines() if line.startswith("Error"))


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="Debian's dicom3tools is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_object_becomes_less_valid(kind, tmp_path):
    data = encode(build(kind, CHARSETS["latin1"]), ExplicitVRLittleEndian)
    before = errors(data, tmp_path / "in.dcm")
    for recipe in POLICIES:
        after = errors(written(data, recipe), tmp_path / "out.dcm")
        assert not after - before, recipe


@pytest.mark.parametrize("recipe", POLICIES)
@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
def test_a_name_in_every_attribute_of_the_standard_is_found(recipe, nested):
    out = written(torture(CHARSETS["ascii"], nested=nested), recipe)
    assert b"Quuxley" not in out
    assert b"Zeldabeth" not in out
