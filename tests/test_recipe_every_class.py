"""For every SOP Class: an instance with all that Table E.1-1 lists there, at every level, stays legal."""

import io
import re
import shutil
import subprocess
from collections import Counter, defaultdict

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from deid.dicom import Planner, read_instance, write_instance
from deid.model import Subject
from deid.recipe import Recipe
from deid.standard import attribute_type, dictionary_vr, keyword_of
from deid.standard.tables import _types
from deid.surrogates import PersonSurrogate, Surrogates

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

DEPTH = 3
VALUES = {
    "AE": "AETITLE", "AS": "094Y", "CS": "CODE", "DA": "20230102", "DS": "1.5", "DT": "20230102101112", "IS": "3",
    "LO": "Some words", "LT": "Some words", "PN": "Smith^John", "SH": "words", "ST": "Some words", "TM": "101112",
    "UC": "words", "UI": "1.2.3.4.5", "UR": "http://a.b/c", "UT": "Some words", "US": 7, "OB": b"\1\2", "OW": b"\1\2",
    "UN": b"ab", "FL": 1.5, "FD": 1.5, "UL": 7,
}  # fmt: skip
SURROGATES = Surrogates("S-0001", -100, b"a" * 32, b"b" * 32, PersonSurrogate("Doe", "Jo"))


def build(roots, depth=0):
    """A dataset with every attribute of the trees of modules."""
    nodes = _types()[0]
    below = defaultdict(set)
    for root in roots:
        for tag, (_, child) in nodes[root].items():
            below[tag].add(child)
    dataset = Dataset()
    for tag, children in sorted(below.items()):
        vr = dictionary_vr(tag).split(" or ")[0]
        if tag >> 16 in (0, 2, 4) or (vr == "SQ" and depth == DEPTH):
            continue
        if vr != "SQ":
            dataset.add_new(tag, vr, VALUES[vr])
            continue
        item = build([child for child in children if child >= 0], depth + 1)
        if not item:
            item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "10200004", "SCT", "Liver"
        dataset.add_new(tag, "SQ", [item])
    return dataset


def illegal(before, after, sop_class, path=()):
    """What breaks the Type of an attribute: (why, keyword)."""
    for element in before:
        here = (*path, int(element.tag))
        kind = attribute_type(sop_class, here)
        left = after.get(element.tag)
        gone = left is None
        empty = not gone and (left.value is None or (hasattr(left.value, "__len__") and not len(left.value)))
        if (kind == "1" and (gone or empty)) or (kind == "2" and gone) or (kind == "1C" and empty):
            yield kind, "removed" if gone else "emptied", keyword_of(here[-1])
        if element.VR == "SQ" and not gone and not empty:
            if not len(left.value[0]):
                yield kind, "empty item", keyword_of(here[-1])
            yield from illegal(element.value[0], left.value[0], sop_class, here)


def written(dataset, path, policy):
    """What the planner makes of a dataset: the bytes of the result."""
    dataset.SOPInstanceUID = "1.2.3.4.5.6"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.save_as(path, enforce_file_format=True)
    instance = read_instance(path)
    subject = Subject(instance.key, instance.known, instance.sex)
    plan = Planner(policy, SURROGATES, subject, lambda _passage, _subject: []).plan(instance)
    assert plan.refusal is None, dataset.SOPClassUID
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return out.getvalue()


# The inventory and the directory are no patient's objects.
SKIPPED = ("1.2.840.10008.1.3.10", "1.2.840.10008.5.1.4.1.1.201.1")


@pytest.mark.parametrize(("name", "step"), [("research", 2), ("basic", 5), ("safe-harbor", 7)])
def test_no_iod_loses_what_it_requires(tmp_path, name, step):
    _, iods, sop_classes = _types()
    policy = Recipe.load(name, overrides={"documents": "dummy", "faces": "warn"}).compile()
    seen = 0
    for sop_class, iod in list(sop_classes.items())[::step]:
        if sop_class in SKIPPED:
            continue
        dataset = build(iods[iod])
        dataset.SOPClassUID = sop_class
        after = pydicom.dcmread(io.BytesIO(written(dataset, tmp_path / "x.dcm", policy)))
        assert sorted(set(illegal(dataset, after, sop_class))) == [], sop_class
        seen += 1
    assert seen > 150 // step


def complaints(path):
    """Errors of the validator, without the values that they quote."""
    run = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", check=False)
    errors = (line for line in run.stderr.splitlines() if line.startswith("Error"))
    return Counter(re.sub(r"= <[^>]*>|\b[0-9.]{12,}\b", "", line) for line in errors)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed")
def test_the_validator_finds_nothing_new(tmp_path):
    _, iods, sop_classes = _types()
    policy = Recipe.load("research", overrides={"documents": "dummy"}).compile()
    for sop_class, iod in list(sop_classes.items())[::3]:
        if sop_class in SKIPPED:
            continue
        dataset = build(iods[iod], depth=DEPTH - 1)
        dataset.SOPClassUID = sop_class
        after = tmp_path / "y.dcm"
        after.write_bytes(written(dataset, tmp_path / "x.dcm", policy))
        assert complaints(after) - complaints(tmp_path / "x.dcm") == Counter(), sop_class
