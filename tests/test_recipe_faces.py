"""Who is left out, and where a face may be seen: questions that a recipe asks of a head."""

from types import SimpleNamespace

import pytest

from deid.dicom import Peek
from deid.model import Category, Known, Role
from deid.recipe import Recipe
from deid.recipe.faces import may_show_face

HEADS = """
    CTHEAD; MRBRAIN W/O; brain1; Hd CT; CTA COW; PNS; CCT; NNH; IRM cérébrale; encéphale; tete; Tête; Hersenen; 頭部
    T1 MPRAGE; HeadNeck; Kopf-MRT; cMRT; Schädel nativ; NASENNEBENHÖHLEN; RM cráneo; TC massiccio facciale; cabeza
    CT sinuses; CT neck; NEUROCT; orbita; max-face; CTFACE; skull base to mid-thigh; eyes to thighs; Ganzkörper; mózg
    głowa; головной мозг; 头颅; 뇌 MRI; رأس; mandibular head; Unterkiefer; RADIOLOGY HEAD CT; CT FEMUR, HEAD
    hippocampus head; temporal bone; WB PET; CT Head and femoral head; Gesichtsschädel; koponya; hjärna
"""
OTHERS = """
    head of pancreas; CT femoral head; radial head; femoral neck; neck of femur; neck of the left femur; Hüftkopf
    Radiusköpfchen; tête fémorale; tête du pancréas; cabeza del pancreas; testa del femore; overhead; HEAD FIRST SUPINE
    coronary sinus; sinus of Valsalva; sinus tarsi; craniocaudal; surface coil knee; interface; HD LUNG; HD CT CHEST
    cardiac CCT; спинной мозг; головка бедра; 大腿骨頭; 股骨头; 膵頭部; C-SPINE NECK; neuroma foot; bladder neck
    metatarsal heads; hlavice femuru; linear; hearing; CT chest; fascial; biceps long head; nasogastric; arms over head
    HWS Hals; temporal resolution; cervical spine; brachial neurography; cow milk allergy, CT chest
"""
PARTS = "HEAD SKULL BRAIN FACE EYE EAR NOSE JAW MAXILLA MANDIBLE ZYGOMA TMJ SELLA PAROTID TONGUE ORBIT SINUS NECK"
OTHER_PARTS = "CHEST ABDOMEN HIP KNEE CSPINE HEART PELVIS FEMUR HUMERUS RADIUS SHOULDER BREAST PANCREAS BLADDER"


def words(text: str) -> list[str]:
    return [word.strip() for line in text.strip().splitlines() for word in line.split(";")]


@pytest.mark.parametrize("field", ["study_description", "series_description", "protocol_name"])
def test_a_head_is_known_in_whatever_words_it_is_named(field):
    missed = [w for w in words(HEADS) if not may_show_face(SimpleNamespace(modality="CT", **{field: w}))]
    assert missed == []


def test_what_is_only_spelt_like_a_head_is_none():
    wrong = [w for w in words(OTHERS) if may_show_face(SimpleNamespace(modality="CT", study_description=w))]
    assert wrong == []


def test_body_parts_and_regions_by_code_are_known():
    assert [p for p in PARTS.split() if not may_show_face(SimpleNamespace(modality="MR", body_part=p))] == []
    assert [p for p in OTHER_PARTS.split() if may_show_face(SimpleNamespace(modality="MR", body_part=p))] == []
    assert may_show_face(SimpleNamespace(modality="MR", region_codes="69536005"))
    assert not may_show_face(SimpleNamespace(modality="MR", region_codes="15776009", region_meanings="Pancreas"))
    assert may_show_face(SimpleNamespace(modality="CT", study_description="CT femur", series_description="head"))


def opted_out(folder, text: str) -> Recipe:
    (folder / "no.txt").write_text(text, "utf-8")
    (folder / "site.yaml").write_text("recipe: site\nextends: basic\nfilters: {opt_out: no.txt}\n")
    return Recipe.load(folder / "site.yaml")


@pytest.mark.parametrize("patient_id", ["MRN-a1", "mrn-A1", " MRN-A1\0", "ＭＲＮ-A1", "B 7", "C-3", "D-4", "#5"])
def test_who_opted_out_is_out_however_the_id_is_written(tmp_path, patient_id):
    recipe = opted_out(tmp_path, "# said no in March\nmrn-A1\nb  7\nC-3 # by letter\nD-4\tHOSPITAL\n#5\n\n")
    policy = recipe.compile()
    assert policy.opted_out(patient_id)
    assert policy.admits(Peek(is_dicom=True, patient_id=patient_id)) == "opted-out"


@pytest.mark.parametrize("patient_id", ["", "# said no in March", "said", "mrn-A", "A1", "C"])
def test_who_did_not_opt_out_stays_in(tmp_path, patient_id):
    policy = opted_out(tmp_path, "# said no in March\nmrn-A1\nC-3 # by letter\n").compile()
    assert not policy.opted_out(patient_id)


def test_another_id_of_the_patient_counts_as_well(tmp_path):
    policy = opted_out(tmp_path, "OLD-1\n").compile()
    other = Known("old-1", Category.ID, Role.PATIENT, "OtherPatientIDs")
    assert policy.admits(Peek(is_dicom=True, patient_id="NEW-1", known=(other,))) == "opted-out"
    assert policy.admits(SimpleNamespace(patient_id="NEW-1", other_patient_ids=("OLD-1",))) == "opted-out"
    accession = Known("old-1", Category.ID, Role.STUDY, "AccessionNumber")
    assert policy.admits(Peek(is_dicom=True, patient_id="NEW-1", known=(accession,))) is None
