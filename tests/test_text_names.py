"""What the rules take for a person or an institution, and what looks like one and is medicine."""
# ruff: noqa: E501 - rows of a table read better whole

import pytest

from deid.model import Category, Passage
from deid.settings import TextSettings
from deid.text import Finder

RULES = Finder(TextSettings(model="none"))
PEOPLE = (Category.NAME, Category.INSTITUTION)


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in RULES.find(Passage(text)) if f.category in PEOPLE]


STAY = [
    # eponyms and diseases after kin and patients
    "Child Pugh B", "CHILD PUGH B", "child pugh b", "Child Turcotte Pugh score", "Mother Alzheimer's, father Parkinson's", "sister, Lupus", "son Asthma", "Mother Diabetes", "Child Abuse", "Infant Formula", "Baby Gram",
    "Baby Aspirin daily", "patient Parkinson's disease", "Patient Safety", "formerly known as Wegener's granulomatosis", "formerly known as Churg-Strauss", "brother Crohn's",
    # titles that are modalities and diagnoses
    "DR CHEST 2 VIEWS", "Exam: DR Abdomen 2 views", "Examination: DR Shoulder", "DR HAND PA AND LATERAL", "BREAST MR. BIOPSY", "MILD MR. LA ENLARGED", "MILD MR. EF 55", "HX OF MS. GAIT DISTURBANCE", "INDICATION: MS. TYSABRI",
    # drugs, methods and departments after roles
    "followed by Lasix", "followed by Keytruda", "followed by Gadavist", "followed by Neulasta", "followed by Rituximab", "obtained by Seldinger technique", "treated by Nissen fundoplication", "performed by Kocher maneuver",
    "confirmed by Angiography", "via Foley", "via Kumpe", "per Fleischner", "per Bosniak", "per Light's criteria", "under Valsalva", "performed under General Anesthesia", "Discussed with Tumor Board", "Discussed with Palliative care",
    "Discussed with Stroke team", "Seen by Ophthalmology", "Seen by Physio", "Seen by Speech Therapy", "Approved by Ethics Committee", "Approved by FDA", "Driver Restrained", "Passenger Airbag", "driver mutation",
    # keys of forms
    "CC: Knee", "cc: Headache", "cc: Fall", "CC: Chest pain", "Father: Hemophilia", "Mother: Alzheimer's", "Patient: Supine", "Patient: Stable", "Contact: Isolation", "Chaperone: Declined", "Technologist: Notified", "Nurse: Aware",
    # two findings, parameters, drugs and authorities with a comma
    "PATIENT FELL, HIT HEAD", "PT ALERT, ORIENTED", "PATIENT DENIES PAIN, FEVER, CHILLS", "PT ON ASPIRIN, PLAVIX", "HISTORY: PATIENT FEBRILE, TACHYCARDIC", "PATIENT HYPOTENSIVE, ON PRESSORS", "PATIENT UNRESPONSIVE, GCS 3",
    "T2-weighted FLAIR, TR 4000 ms, TE 90 ms.", "Dixon, TR 4000", "WBC, Hb 1234", "ATS, ERS 2022", "McDonald, Criteria 2017", "Abraxane, Gemzar (cycle 3)", "Graves, Hashimoto (2019)", "COLLES, SMITH (FRACTURE)",
    # organisms, structures and sides
    "C. Difficile", "C. DIFFICILE COLITIS", "E. Coli", "S. Aureus", "B. Fragilis", "P. Jirovecii", "M. Avium", "V. Cava", "N. Facialis", "R. CCA 80 cm/s",
    # abbreviations where initials might stand
    "Contrast given IV at 10:00", "Given IM on arrival", "Informed GP by phone", "TOLD PT TO COME BACK", "confirmed by TVS", "RT SH", "RT IJ", "annotated LT", "prep: NPO", "Views.\nAP/LAT", "Views.\nCC/MLO", "Negative.\nER/PR",
    "Given.\nIV/PO", "Seen.\nLAO/RAO",
    # authorities and classifications
    "ACR (American College of Radiology)", "Royal College of Radiologists guidelines", "Kaiser score 5", "University of Texas classification", "MGH criteria", "Stanford B dissection", "MSKCC nomogram",
    "Hospital Acquired Pneumonia.", "Hospital Discharge Summary", "Ascension of the diaphragm",
    # what was met later, of every kind
    "PATIENT COUGHING, MOTION", "PT MVC, RESTRAINED", "sister Hodgkin lymphoma", "patient Ehlers-Danlos", "TSE, TR 3500", "Breslow, Clark 2002", "S. Epidermidis", "A. Renalis", "DR THORACIC SPINE", "MODERATE MR. MILD TR.",
    "KNOWN MS. PROGRESSION", "followed by Gastrografin", "followed by Tamoxifen, then Arimidex.", "obtained by Micropuncture technique", "placed via Transgluteal approach", "per Kellgren-Lawrence", "Recommended by NCCN, RSNA and others",
    "Recommended by Fleischner Society", "confirmed by Doppler", "Given SC at 8:00", "Physician: Hospitalist", "Guardian: Mother", "Operator: Robot", "Per Institutional protocol.", "National Comprehensive Cancer Network", "Hospital Employee Health",
    "Referring Physician: Unassigned", "Test name: Troponin", "Drug name: Omnipaque", "Sequence name: Ax T2 Flair", "File name: Localizer", "Author: System", "Interpreter: Spanish",
]  # fmt: skip


@pytest.mark.parametrize("text", STAY)
def test_medicine_after_a_cue_is_nobody(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Child: Hodgkin, Anna", "Hodgkin, Anna"), ("mother Grace at bedside", "Grace"), ("Mother Graves is here", "Graves"), ("her partner Åsa came", "Åsa"), ("Patient Baker was seen", "Baker"), ("formerly Graves", "Graves"),
        ("DR CHEN", "CHEN"), ("DR YOUNG REVIEWED", "YOUNG"), ("Dr. Hand", "Hand"), ("DR. HEAD", "HEAD"), ("DR SMITH, DR HAND", "HAND"), ("MS. YOUNG IS A 40 YEAR OLD", "YOUNG"), ("MR. SMITH WAS SEEN", "SMITH"),
        ("seen by Young", "Young"), ("seen by Hand", "Hand"), ("followed by Baker", "Baker"), ("followed by Hodgkin", "Hodgkin"), ("per Young", "Young"), ("via Ortiz", "Ortiz"), ("discussed with Foley", "Foley"), ("Called Tosh today", "Tosh"),
        ("Discussed with Parkinson by phone", "Parkinson"), ("Accompanied by Faith", "Faith"), ("told Rose to come back", "Rose"), ("Driver Smith was hurt", "Smith"), ("per Baker's note", "Baker"),
        ("Father: Crohn, Peter", "Crohn, Peter"), ("cc: Lee; Hand", "Hand"), ("cc: Baker", "Baker"), ("Patient: Hand", "Hand"), ("Contact: Rose", "Rose"), ("Chaperone: Rose", "Rose"), ("Nurse: Grace", "Grace"), ("Author: Stone", "Stone"),
        ("PATIENT SMITH, JOHN", "SMITH, JOHN"), ("PATIENT HAND, ROSEMARY", "HAND, ROSEMARY"), ("PT BŁASZCZYK, WITOLD DOB 04 JUL 1985", "BŁASZCZYK, WITOLD"), ("PT AL SABAH, WALEED", "AL SABAH, WALEED"), ("NAME HORVÁTH, ERZSÉBET", "HORVÁTH"),
        ("GRAVES, PETER 1234567", "GRAVES, PETER"), ("LONG, MARY (F)", "LONG, MARY"), ("AL QAHTANI, YOUSEF K    00985702", "AL QAHTANI, YOUSEF K"), ("C. Baker", "C. Baker"), ("E. Coley", "E. Coley"), ("R. Long", "R. Long"),
        ("Given to JK at 10:00", "JK"), ("Communicated to TA via secure chat", "TA"), ("RT KB", "KB"), ("prep: JK", "JK"), ("Read.\nKL/MT", "KL/MT"), ("tr: ti, rev: RN", "RN"), ("OUTSIDE FILM, KGH, 09/25. LUNGS CLEAR.", "KGH"),
        ("at Stanford B was seen", "Stanford"), ("transferred from MGH", "MGH"), ("University of Texas", "University of Texas"), ("seen at American Oncology Institute", "American Oncology Institute"), ("Hospital San Juan de Dios", "San Juan"),
        ("MR. NG WAS SEEN IN CLINIC", "NG"), ("MR. ÇAM WAS SEEN", "ÇAM"), ("Contact: Çin", "Çin"), ("CT Exam Name: Smith, John", "Smith, John"), ("PATIENT STEFANO, GÁL", "STEFANO, GÁL"), ("SILVER, DAWN (F)", "SILVER, DAWN"),
        ("daughter Ginger", "Ginger"), ("Per Moody, no change", "Moody"), ("reviewed with Stone and Wood", "Wood"), ("OK LL; CT DECLINED BC", "LL"), ("Patient name: Stable", "Stable"), ("First name: Flair", "Flair"), ("Patient name: Knee, Anna", "Knee, Anna"), ("Typist: HR", "HR"),
    ],
)  # fmt: skip
def test_people_after_a_cue_are_found(text: str, name: str) -> None:
    assert any(name in value for value in found(text))
