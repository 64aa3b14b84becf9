"""Every file that pydicom ships goes through: clean, refused or quarantined, and never a crash."""

import io
import warnings
from pathlib import Path

import pydicom
import pytest

from deid import Outcome
from deid.surrogates import fold
from tests.exports import fast_recipe, new_store, run

# Values that stand in many files without being anybody's.
GENERIC = {
    "anonymous",
    "anonymized",
    "patient",
    "unknown",
    "first",
    "lastname",
    "firstname",
    "phantom",
    "default",
    "study",
}
# What is no instance of a patient's that could be carried over, with the code that says so.
NO_INSTANCE = frozenset(
    ("input-dicomdir", "input-other", "input-truncated", "conflict-instance", "input-not-dicom", "input-malformed")
)


def files() -> list[Path]:
    """Those that lie in the wheel: nothing is downloaded."""
    import pydicom.data

    root = Path(pydicom.data.__file__).parent
    return sorted(p for p in root.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc", ".json", ".md"))


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> tuple[Path, dict[Path, Outcome]]:
    """One export of all of them, and how each ended."""
    import shutil

    root = tmp_path_factory.mktemp("pydicom")
    (root / "in").mkdir()
    by_number = {}
    for number, path in enumerate(files(), start=1):
        # A name that sorts as the numbers do, so that a unit's number tells its file.
        shutil.copy(path, root / "in" / f"{number:04d}{path.suffix}")
        by_number[number] = path
    outcomes = run(new_store(root / "vault"), fast_recipe(root), root / "in", root / "out")
    instances = {by_number[o.unit]: o for o in outcomes if o.unit in by_number}
    reports = [o for o in outcomes if o.unit not in by_number]
    assert len(instances) + len(reports) >= len(by_number)
    return root / "out", instances


def test_every_file_ends_clean_refused_or_quarantined_with_a_reason(place):
    _, outcomes = place
    assert len(outcomes) > 80
    for path, outcome in outcomes.items():
        status = str(outcome.status)
        assert status in ("clean", "refused", "quarantined")
        assert (status == "clean") == bool(outcome.output), path.name
        assert status == "clean" or outcome.code, path.name
    crashed = [path.name for path, o in outcomes.items() if o.code == "internal"]
    assert crashed == []


def test_nearly_all_that_hold_a_patients_object_end_clean(place):
    _, outcomes = place
    judged = {path: o for path, o in outcomes.items() if o.code not in NO_INSTANCE}
    failed = {path.name: o.code for path, o in judged.items() if str(o.status) != "clean"}
    assert len(judged) > 60
    assert len(failed) <= 0.05 * len(judged), failed


def test_what_is_no_instance_is_no_pretext(place):
    """The codes that excuse a file stand only at files that deserve them."""
    _, outcomes = place
    for path, outcome in outcomes.items():
        if outcome.code == "input-dicomdir":
            assert "DICOMDIR" in path.as_posix() or "dicomdir" in path.as_posix().lower()
        if outcome.code in ("input-other", "input-not-dicom"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    dataset = pydicom.dcmread(path)
                except Exception:  # noqa: BLE001  # as it should be
                    continue
            assert "PatientName" not in dataset, path.name
    excused = sum(o.code in NO_INSTANCE for o in outcomes.values())
    assert excused < 0.4 * len(outcomes)


def test_patient_names_and_ids_are_absent_from_the_outputs(place):
    root, outcomes = place
    checked, leaks = 0, []
    for path, outcome in outcomes.items():
        if not outcome.output:
            continue
        values = identifying(path)
        checked += bool(values)
        content = (root / outcome.output).read_bytes()
        after = pydicom.dcmread(io.BytesIO(content))
        text = fold("\n".join(str(e.value) for e in after.iterall() if e.VR not in ("SQ", "OB", "OW", "UI", "DS")))
        leaks += [(path.name, value) for value in values if fold(value) in text or value in outcome.output]
    assert checked > 25
    assert leaks == []


def identifying(path: Path) -> list[str]:
    """Name and number of the patient where they are somebody's, in parts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, force=True)
            name, number = str(dataset.get("PatientName", "")), str(dataset.get("PatientID", ""))
        except Exception:  # noqa: BLE001  # what pydicom cannot read has no values to look for
            return []
    words = [part for group in name.split("=") for part in group.replace("^", " ").split()]
    values = [w for w in [*words, number.strip()] if len(w) > 4 and fold(w) not in GENERIC]
    return [v for v in values if any(c.isalpha() for c in v) or len(v) > 5]


def test_the_outputs_decode_as_the_originals(place):
    root, outcomes = place
    compared = 0
    for path, outcome in outcomes.items():
        if not outcome.output or path.stat().st_size > 500_000:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                before = pydicom.dcmread(path, force=True).pixel_array
            except Exception:  # noqa: BLE001  # no pixels, or no decoder: nothing to compare
                continue
            after = pydicom.dcmread(root / outcome.output).pixel_array
        assert (before == after).all(), path.name
        compared += 1
    assert compared > 20
