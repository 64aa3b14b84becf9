"""What the opt-out list and the look for heads read of real instances."""

from pathlib import Path

import pydicom
import pytest

from deid.dicom import peek, read_instance
from deid.recipe import Recipe
from tests.exports import put_instance

HEAD = pydicom.Dataset()
HEAD.CodeValue, HEAD.CodingSchemeDesignator, HEAD.CodeMeaning = "69536005", "SCT", "Head"


def test_another_patient_id_is_opted_out(tmp_path: Path) -> None:
    other = pydicom.Dataset()
    other.PatientID, other.TypeOfPatientID = "OLD-9", "TEXT"
    path = put_instance(tmp_path / "a.dcm", OtherPatientIDs="OLD-7", OtherPatientIDsSequence=[other])
    assert {"OLD-7", "OLD-9"} <= set(peek(path).other_patient_ids)
    (tmp_path / "no.txt").write_text("old-9\n")
    (tmp_path / "site.yaml").write_text("recipe: site\nextends: basic\nfilters: {opt_out: no.txt}\n")
    assert Recipe.load(tmp_path / "site.yaml").compile().admits(peek(path)) == "opted-out"


@pytest.mark.parametrize(
    ("attributes", "answer"),
    [({}, ""), ({"ProtocolName": "HEAD"}, "refuse"), ({"AnatomicRegionSequence": [HEAD]}, "refuse")],
)
def test_a_protocol_or_a_region_tells_of_a_head(tmp_path: Path, attributes: dict[str, object], answer: str) -> None:
    path = put_instance(
        tmp_path / "a.dcm", StudyDescription="x", SeriesDescription="y", BodyPartExamined="CHEST", **attributes
    )
    assert Recipe.load("safe-harbor").compile().face(read_instance(path)) == answer
