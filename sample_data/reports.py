"""The reports of the same studies: text in several styles, HL7 v2, a CSV table, a FHIR bundle, a CDA document."""

# ruff: noqa: E501  (a line of a report is as long as it is)

from __future__ import annotations

import base64
import csv
import io
from pathlib import Path

from sample_data.key import AnswerKey, plain
from sample_data.people import PATIENTS

__all__ = ["write_reports"]

# (patient, study number or None, file name, text). Clinical terms that must survive are marked KEEP.
TEXTS: list[tuple[str, int | None, str, str]] = [
    (
        "P01",
        0,
        "SMITH_JOHN_A23-004411.txt",
        """[[SITE|ST. VINCENT GENERAL HOSPITAL]]
DEPARTMENT OF RADIOLOGY                                    [[ADDRESS|410 Harbor Street, Millbrook 45219]]

Patient Name: [[NAME|SMITH, JOHN ALAN]]
MRN: [[ID|40718253]]
DOB: [[BIRTH|02/17/1948]]     Sex: M     Age: 75
Accession: [[ACC|A23-004411]]
Exam Date: [[DATE|03/14/2023]]
Referring Physician: [[STAFF|Dr. Helene Brandt]]

EXAM: CT ABDOMEN WITH CONTRAST

CLINICAL HISTORY: [[NAME|Mr. Smith]] is a 75-year-old retired [[JOB|harbor pilot]] with known [[KEEP|Crohn disease]] and right upper quadrant pain. [[KEEP|Murphy sign]] negative. Lives with his wife [[RELATIVE|Eleanor]] in [[PLACE|Millbrook]].

TECHNIQUE: Helical CT, 5 mm reconstructions, 90 mL iohexol. CTDIvol 9.84 mGy.

COMPARISON: None.

FINDINGS: Hepatic cyst in segment [[KEEP|7]], [[KEEP|12 mm]]. No [[KEEP|Riedel lobe]]. Gallbladder and bile ducts normal. [[KEEP|Couinaud]] segments otherwise unremarkable. Kidneys enhance symmetrically; [[KEEP|Bosniak II]] cyst on the left, [[KEEP|8 x 9 mm]]. Degenerative change at [[KEEP|L4/L5]]. [[KEEP|T12]] haemangioma. No free fluid. Left and right psoas symmetric.

IMPRESSION:
1. Benign hepatic cyst, [[KEEP|12 mm]].
2. No sign of active [[KEEP|Crohn disease]].
3. Follow-up in 3 months suggested to [[NAME|John Smith]], tel. [[PHONE|(555) 0142-778]].

Electronically signed by [[STAFF|Chidi Okonkwo, MD]] on [[DATE|March 14, 2023]] at 10:42. Dictated: [[STAFF|CO]]/transcribed: [[STAFF|rt]]
""",
    ),
    (
        "P01",
        1,
        "SMITH_JOHN_A23-009187.txt",
        """RADIOLOGY REPORT
Pt: [[NAME|SMITH,JOHN A]]   MRN [[ID|40718253]]   Acc# [[ACC|A23-009187]]   [[DATE|20-JUN-2023]]

CT ABD F/U. Prior [[DATE|14-Mar-2023]] ([[ACC|A23-004411]]). Cyst seg 7 unchanged [[KEEP|12 mm]]. [[KEEP|Bosniak II]] L kidney stable. [[KEEP|L4/L5]] degen. No new lesion.
D/w [[STAFF|Dr Brandt]] [[DATE|6/20]] 15:10. [[STAFF|C. Okonkwo]] pager [[PHONE|4471]].
""",
    ),
    (
        "P03",
        0,
        "HAND_PETER_XR_HAND.txt",
        """XR HAND LEFT, THREE VIEWS

Name: [[NAME|Hand, Peter]]     Hosp No: [[ID|50110432]]
DOB: [[BIRTH|4 May 1985]]      Date of exam: [[DATE|9 January 2024]]
Accession No: [[ACC|A24-000917]]

[[NAME|Mr. Hand]] fell onto his outstretched left [[KEEP|hand]]. The [[KEEP|hand]] and wrist are imaged in three views.
Undisplaced fracture of the distal radius ([[KEEP|Colles fracture]]) with 8 degrees of dorsal tilt. Scaphoid intact. No [[KEEP|Bennett fracture]]. Old [[KEEP|boxer's fracture]] of the fifth metacarpal.
Ring finger PIP joint space [[KEEP|2 mm]].

[[NAME|Peter]] was given a splint and an appointment for [[DATE|20/02/2024]] with [[STAFF|Dr. Park]], fracture clinic, [[WARD|Level 2 North]].
Reported by [[STAFF|Dr. Chidi Okonkwo]], GMC [[ID|7182930]]
""",
    ),
    (
        "P04",
        0,
        "us_ob_61002377.txt",
        """Dear [[STAFF|Dr. Brandt]],

thank you for referring [[NAME|Ms. Grace Park]] (born [[BIRTH|12 August 1993]], our ID [[ID|61002377]], accession [[ACC|A23-077120]]), whom I saw on [[DATE|5 September 2023]] with her partner [[RELATIVE|Daniel Rich]].

There is a single live intrauterine pregnancy. Crown-rump length [[KEEP|29 mm]], corresponding to [[KEEP|9 weeks 5 days]]. Fetal heart rate [[KEEP|172 bpm]]. No adnexal mass; a [[KEEP|Nabothian cyst]] of [[KEEP|6 mm]] is noted. The pouch of [[KEEP|Douglas]] is free of fluid.

Her last period began on [[DATE|1 July 2023]]. I have asked [[NAME|Grace]] to return on [[DATE|October 3rd, 2023]]. She may be reached at [[PHONE|555-0177-035]] or [[EMAIL|grace.park93@mail.example]].

Kind regards
[[STAFF|Chidi Okonkwo]]
[[SITE|St. Vincent General Hospital]], [[ADDRESS|410 Harbor Street, Millbrook 45219]]
""",
    ),
    (
        "P05",
        0,
        "MR_BRAIN_50992817.txt",
        """MRI BRAIN WITHOUT CONTRAST
PATIENT: [[NAME|JØRGEN MÜLLER-ØSTERGÅRD]]     MRN: [[ID|50992817]]
ACCESSION: [[ACC|A23-050066]]   DATE OF SERVICE: [[DATE|2023-04-18]]   LOCATION: [[WARD|6E-17]]

INDICATION: TREMOR, QUERY [[KEEP|PARKINSON DISEASE]]. [[NAME|MR MULLER-OSTERGARD]] IS A 65 YEAR OLD MAN.
FINDINGS: THREE WHITE MATTER FOCI, LARGEST [[KEEP|5 MM]], [[KEEP|FAZEKAS 1]]. NO [[KEEP|CHIARI MALFORMATION]]. [[KEEP|VIRCHOW-ROBIN SPACES]] PROMINENT. CIRCLE OF [[KEEP|WILLIS]] FLOW VOIDS PRESENT. [[KEEP|C2]] NORMAL.
IMPRESSION: NO ACUTE FINDING. LEFT AND RIGHT HIPPOCAMPUS SYMMETRIC.
READ BY [[STAFF|OKONKWO]] [[DATE|4/18/23]]. CC: [[STAFF|H. BRANDT]], FAX [[PHONE|555-0190-222]].
""",
    ),
    (
        "P06",
        0,
        "CHEST_YAMADA.txt",
        """Patient: [[NAME|Yamada, Tarou]] ([[NAME|山田 太郎]])
Patient ID: [[ID|73300518]]
Accession: [[ACC|A24-012201]]
Study date: [[DATE|2024/05/17]]

Chest PA. Cardiothoracic ratio [[KEEP|0.48]]. No [[KEEP|Kerley B lines]], no [[KEEP|Hampton hump]], no [[KEEP|Westermark sign]]. Calcified granuloma right upper lobe [[KEEP|4 mm]], compare film of [[DATE|March 2021]].
[[NAME|Yamada-san]] travels to [[PLACE|Osaka]] on [[DATE|May 25]]. Result given by [[STAFF|Nurse Ito]].
""",
    ),
    (
        "P07",
        0,
        "CT_CHEST_GARCIA.txt",
        """CT CHEST WITHOUT CONTRAST
Patient: [[NAME|María del Carmen García-López]]
MRN: [[ID|G-88120]]   Accession: [[ACC|A23-061904]]   Date: [[DATE|July 11, 2023]]

Solid nodule right lower lobe, [[KEEP|6 mm]], [[KEEP|Lung-RADS 3]]. No [[KEEP|Bochdalek hernia]]. [[KEEP|Fleischner]] guidance: CT in 6 to 12 months. [[KEEP|T8]] vertebral body height preserved.
[[NAME|Mrs. Garcia Lopez]] prefers calls to her daughter [[RELATIVE|Inés]], [[PHONE|555.0164.922]].
[[STAFF|Okonkwo, C.]]
""",
    ),
    (
        "P07",
        1,
        "KNEE_LK-23-20418.txt",
        """[[SITE|Lakeside Orthopedic Clinic]] - MR KNEE RIGHT
MRN: [[ID|LK004417]]
Name: [[NAME|GARCÍA LÓPEZ, MARÍA]]
Accession: [[ACC|LK-23-20418]]
Exam date: [[DATE|02.08.2023]]

[[KEEP|Baker cyst]], [[KEEP|31 x 12 mm]]. [[KEEP|Hoffa fat pad]] oedema. ACL intact. Medial meniscus: [[KEEP|grade 2]] signal. No [[KEEP|Segond fracture]]. [[KEEP|Outerbridge II]] patella.
Prior chest CT of [[DATE|11.07.2023]] at [[SITE|St. Vincent]] not available here.
Read by [[STAFF|Astrid Lindqvist]] for [[STAFF|Dr. A. Whitfield]].
""",
    ),
    (
        "P09",
        0,
        "ONEILL_SIOBHAN_CXR.txt",
        """Chest PA and lateral
Patient: [[NAME|O'Neill, Siobhán]]      MRN: [[ID|66419280]]
Accession: [[ACC|A24-020119]]           Date: [[DATE|06/06/2024]]

[[NAME|Siobhan O'Neill]]'s heart size is normal. [[KEEP|T7]] wedge compression of [[KEEP|20%]], new since [[DATE|Jan 2022]]. No [[KEEP|Kerley B lines]]. [[KEEP|Schmorl node]] at [[KEEP|T10]].
[[NAME|Ms. O'Neill]], a [[JOB|violin teacher]] at [[SITE|Bishop's Walk School]], was phoned on [[PHONE|555-0182-744]].
""",
    ),
    (
        "P11",
        None,
        "UNSIGNED_DRAFT.txt",
        """DRAFT - NOT VERIFIED
Patient: [[NAME|Haugen, Thale]]
MRN: [[ID|90417752]]
Accession: [[ACC|A24-777001]]
Date: [[DATE|3 October 2024]]

CT head. No haemorrhage. Cavum septi pellucidi. Old infarct right [[KEEP|PICA]] territory, [[KEEP|14 mm]]. [[KEEP|Glasgow Coma Scale 15]].
[[NAME|Thale Haugen]], [[BIRTH|19.05.1977]], lives at [[ADDRESS|60 Weaver Street]], [[PLACE|Oakdale]] [[POSTCODE|45301]].
""",
    ),
]

# Segments per line; the file has carriage returns. Values with escapes are written as they stand in the message.
MESSAGES: list[tuple[str, int | None, str]] = [
    (
        "P02",
        0,
        """MSH|^~\\&|RIS|[[SITE|STVINCENT]]|EHR|[[SITE|MILLBROOK]]|[[DATE|20221102]]1130||ORU^R01^ORU_R01|MSG00021|P|2.5.1
PID|1||[[ID|40718299]]^^^[[SITE|STVINCENT]]^MR~[[SSN|900-55-1234]]^^^SSA^SS||[[NAME|SMITH^MARGARET^ROSE]]^^MRS||[[BIRTH|19610930]]|F|||[[ADDRESS|33 Juniper Court]]^^[[PLACE|Oakdale]]^OH^[[POSTCODE|45301]]||[[PHONE|555-0199-204]]^PRN^PH|||||[[ID|ACCT-5530917]]
NK1|1|[[RELATIVE|SMITH^HAROLD]]|SPO|[[ADDRESS|33 Juniper Court]]|[[PHONE|555-0199-205]]
PV1|1|O|[[WARD|MAMMO-2]]^^^[[SITE|STVINCENT]]|||||[[STAFF|BRANDT^HELENE]]|||||||||||[[ID|V-2204417]]
ORC|RE|[[ACC|ORD-33018]]|[[ACC|A22-118030]]
OBR|1|[[ACC|ORD-33018]]|[[ACC|A22-118030]]|77067^SCREENING MAMMOGRAM BILATERAL^C4|||[[DATE|20221102]]1015||||||||^|[[STAFF|1184^BRANDT^HELENE^^^DR]]||||||[[DATE|20221102]]1128|||F|||||||[[STAFF|OKONKWO&CHIDI]]
OBX|1|TX|77067^REPORT||SCREENING MAMMOGRAM [[DATE|11/02/2022]]||||||F
OBX|2|TX|77067^REPORT||[[NAME|Mrs. Smith]] (MRN [[ID|40718299]]) has no complaint. Mother [[RELATIVE|Ida Kessler]] had cancer at 61.||||||F
OBX|3|TX|77067^REPORT||Breast density ACR [[KEEP|C]]. [[KEEP|BI-RADS 2]]. Ligaments of [[KEEP|Cooper]] normal \\T\\ symmetric. Mass [[KEEP|7 mm]] L 2 o'clock, stable.||||||F
OBX|4|TX|77067^REPORT||Comparison: [[DATE|10/15/2021]], [[SITE|Oakdale Imaging \\T\\ Women's Center]].\\.br\\Letter sent to [[NAME|Margaret Rose]]||||||F
OBX|5|TX|77067^REPORT||[[NAME|Smith]] at [[ADDRESS|33 Juniper Court]]. Signed [[STAFF|Chidi Okonkwo MD]]||||||F
""",
    ),
    (
        "P08",
        0,
        """MSH|^~\\&|RIS|[[SITE|STVINCENT]]|EHR|[[SITE|MILLBROOK]]|[[DATE|20231021]]0312||ORU^R01^ORU_R01|MSG00022|P|2.5.1
PID|1||[[ID|58840021]]^^^[[SITE|STVINCENT]]^MR||[[NAME|NG^RICH]]||[[BIRTH|19790101]]|M|||[[ADDRESS|14 Signal Hill]]^^[[PLACE|Oakdale]]^OH^[[POSTCODE|45301]]||[[PHONE|555-0150-316]]
PV1|1|I|[[WARD|ICU 4B]]^7|||||[[STAFF|BRANDT^HELENE]]
OBR|1||[[ACC|A23-090713]]|71045^CR CHEST PORTABLE^C4|||[[DATE|20231021]]0208|||||||||[[STAFF|BRANDT^HELENE]]||||||[[DATE|20231021]]0310|||F
OBX|1|FT|71045^REPORT||Portable AP chest.\\.br\\ETT tip [[KEEP|4 cm]] above carina. [[KEEP|Swan-Ganz catheter]] in right PA.\\.br\\Seen by [[NAME|Ng]] family; [[NAME|Mr. Ng]] is intubated. [[NAME|Rich]]'s brother [[RELATIVE|Wei Ng]] informed [[DATE|21 Oct]].||||||F
ZPI|1|[[NAME|NG RICH]]|[[PHONE|555-0150-316]]
""",
    ),
    (
        "P10",
        0,
        """MSH|^~\\&|RIS|[[SITE|STVINCENT]]|EHR|[[SITE|MILLBROOK]]|[[DATE|20240912]]1100||ORU^R01^ORU_R01|MSG00023|P|2.5.1
PID|1||[[ID|11420077]]^^^[[SITE|STVINCENT]]^MR||[[NAME|LONG^AVERY]]||[[BIRTH|19310811]]|O|||[[ADDRESS|Sunrise Care Home]]^Room 12^[[PLACE|Oakdale]]^OH^[[POSTCODE|45301]]
OBR|1||[[ACC|A24-031555]]|76705^US ABDOMEN LIMITED^C4|||[[DATE|20240912]]1019|||||||||[[STAFF|BRANDT^HELENE]]||||||[[DATE|20240912]]1058|||F
OBX|1|TX|76705^REPORT||[[AGE|93]]-year-old. [[NAME|Long]] history of gallstones; [[KEEP|Murphy sign]] negative. CBD [[KEEP|6 mm]].~Spleen [[KEEP|11 cm]] long. No [[KEEP|Mirizzi syndrome]].||||||F
""",
    ),
]

CSV_ROWS: list[tuple[str, int | None, dict[str, str]]] = [
    (
        "P02",
        0,
        {
            "mrn": "[[ID|40718299]]",
            "patient_name": "[[NAME|Smith, Margaret Rose]]",
            "dob": "[[BIRTH|09/30/1961]]",
            "accession": "[[ACC|A22-118030]]",
            "study_date": "[[DATE|11/02/2022]]",
            "radiologist": "[[STAFF|Okonkwo, Chidi]]",
            "report": 'Addendum: [[NAME|Ms. Smith]] called; prior films from [[SITE|Oakdale Imaging]] arrived [[DATE|11/09/2022]]. "Stable" mass, [[KEEP|7 mm]], [[KEEP|BI-RADS 2]].',
        },
    ),
    (
        "P03",
        1,
        {
            "mrn": "[[ID|50110432]]",
            "patient_name": "[[NAME|Hand, Peter]]",
            "dob": "[[BIRTH|05/04/1985]]",
            "accession": "[[ACC|A24-003305]]",
            "study_date": "[[DATE|02/20/2024]]",
            "radiologist": "[[STAFF|Okonkwo, Chidi]]",
            "report": "Left [[KEEP|hand]], follow-up of [[DATE|1/9/24]].\n[[KEEP|Colles fracture]] healing, tilt 6 degrees. [[NAME|Mr Hand]] back to work as [[JOB|stonemason]]; [[NAME|Peter]] discharged.",
        },
    ),
    (
        "P10",
        0,
        {
            "mrn": "[[ID|11420077]]",
            "patient_name": "[[NAME|Long, Avery]]",
            "dob": "[[BIRTH|08/11/1931]]",
            "accession": "[[ACC|A24-031555]]",
            "study_date": "[[DATE|09/12/2024]]",
            "radiologist": "[[STAFF|Okonkwo, Chidi]]",
            "report": "[[NAME|Avery Long]], age [[AGE|93]]: gallstones to [[KEEP|9 mm]]. [[KEEP|Murphy sign]] negative. A [[KEEP|long]] cystic duct.",
        },
    ),
]


# A FHIR bundle as an interface engine writes it; the attachment is kept apart, since it is encoded.
FHIR_ATTACHMENT = """MRI BRAIN
[[NAME|Jørgen Müller-Østergård]], MRN [[ID|50992817]], seen [[DATE|18 April 2023]]
[[KEEP|Fazekas 1]]. Copy to [[STAFF|Dr. Helene Brandt]].
"""
FHIR = """{
 "resourceType": "Bundle", "type": "collection", "timestamp": "[[DATE|2023-04-18]]T12:02:00Z",
 "entry": [
  {"fullUrl": "http://fhir.stvincent.example/Patient/[[ID|50992817]]", "resource": {
   "resourceType": "Patient", "id": "[[ID|50992817]]",
   "text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p><b>[[NAME|Jørgen]]</b> [[NAME|Müller-Østergård]], born [[BIRTH|23.06.1957]]</p></div>"},
   "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}, "value": "[[ID|50992817]]", "assigner": {"display": "[[SITE|STVINCENT]]"}}],
   "name": [{"use": "official", "family": "[[NAME|Müller-Østergård]]", "given": ["[[NAME|Jørgen]]"]}], "gender": "male", "birthDate": "[[BIRTH|1957-06-23]]",
   "telecom": [{"system": "phone", "value": "[[PHONE|555-0111-609]]"}], "address": [{"line": ["[[ADDRESS|Nørre Allé 14]]"], "city": "[[PLACE|Fernhill]]", "postalCode": "[[POSTCODE|80113]]"}],
   "contact": [{"name": {"family": "[[RELATIVE|Østergård]]", "given": ["[[RELATIVE|Birgitte]]"]}}]}},
  {"resource": {
   "resourceType": "DiagnosticReport", "id": "rep-1", "status": "final",
   "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}, "value": "[[ACC|A23-050066]]"}],
   "code": {"coding": [{"system": "http://loinc.org", "code": "24590-2", "display": "MR Brain"}]},
   "subject": {"reference": "Patient/[[ID|50992817]]", "display": "[[NAME|Jørgen Müller-Østergård]]"},
   "effectiveDateTime": "[[DATE|2023-04-18]]T07:33:11Z", "performer": [{"reference": "Practitioner/p7", "display": "[[STAFF|Okonkwo, Chidi]]"}],
   "conclusion": "Three foci, largest [[KEEP|5 mm]], [[KEEP|Fazekas 1]]. No [[KEEP|Chiari malformation]]. Mr. [[NAME|Müller-Østergård]] was told by phone [[PHONE|555-0111-609]].",
   "presentedForm": [{"contentType": "text/plain", "title": "MR brain", "data": "ATTACHMENT"}]}},
  {"resource": {"resourceType": "ImagingStudy", "id": "img-1", "status": "available", "subject": {"reference": "Patient/[[ID|50992817]]"},
   "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:[[UID|1.3.6.1.4.1.55555.9.51.20230418]]"}]}}
 ]
}
"""
CDA = """<?xml version="1.0" encoding="UTF-8"?>
<!-- exported for [[NAME|Yamada]] -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <id root="1.3.6.1.4.1.55555.9.600" extension="[[ACC|DOC-73391]]"/>
  <code code="18748-4" codeSystem="2.16.840.1.113883.6.1" displayName="Diagnostic imaging report"/>
  <title>Chest radiograph</title>
  <effectiveTime value="[[DATE|20240517]]163000"/>
  <languageCode code="en-US"/>
  <recordTarget><patientRole>
    <id root="1.3.6.1.4.1.55555.9.601" extension="[[ID|73300518]]" assigningAuthorityName="[[SITE|STVINCENT]]"/>
    <addr><streetAddressLine>[[ADDRESS|2-11 Harbor View]]</streetAddressLine><city>[[PLACE|Millbrook]]</city><postalCode>[[POSTCODE|45221]]</postalCode></addr>
    <telecom value="tel:[[PHONE|555-0128-450]]"/>
    <patient>
      <name use="ABC"><family>[[NAME|Yamada]]</family><given>[[NAME|Tarou]]</given></name>
      <name use="IDE"><family>[[NAME|山田]]</family><given>[[NAME|太郎]]</given></name>
      <administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="[[BIRTH|19711127]]"/>
    </patient>
  </patientRole></recordTarget>
  <author><time value="[[DATE|20240517]]"/><assignedAuthor><id root="1.3.6.1.4.1.55555.9.602" extension="[[USER|cokonkwo7]]"/>
    <assignedPerson><name><given>[[STAFF|Chidi]]</given><family>[[STAFF|Okonkwo]]</family></name></assignedPerson></assignedAuthor></author>
  <inFulfillmentOf><order><id root="1.3.6.1.4.1.55555.9.603" extension="[[ACC|A24-012201]]"/></order></inFulfillmentOf>
  <component><structuredBody><component><section>
    <code code="59776-5" codeSystem="2.16.840.1.113883.6.1" displayName="Procedure findings"/>
    <title>Findings</title>
    <text><paragraph>No [[KEEP|Kerley B lines]]. <content styleCode="Bold">[[NAME|Tarou]]</content> [[NAME|Yamada]] has a granuloma of [[KEEP|4 mm]], unchanged since [[DATE|2 March 2021]].</paragraph>
      <table><tbody><tr><th>Read by</th><td>[[STAFF|Chidi Okonkwo]]</td></tr></tbody></table></text>
    <entry><observation classCode="OBS" moodCode="EVN"><code code="103339001" codeSystem="2.16.840.1.113883.6.96"/>
      <effectiveTime value="[[DATE|20240517]]"/><value xsi:type="PQ" value="4" unit="mm"/></observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
"""


def write_reports(export: Path, key: AnswerKey) -> None:
    """Write ``reports/`` and record every mark with its place."""
    folder = export / "reports"
    folder.mkdir(parents=True)
    for patient, study, name, marked in TEXTS:
        text, marks = plain(marked)
        file = f"reports/{name}"
        (export / file).write_bytes(text.encode("utf-8"))
        key.mark(patient, marks, file, "text")
        _file(key, file, "text", patient, study)
    _hl7(export, key)
    _csv(export, key)
    _structured(export, key)


def _file(key: AnswerKey, file: str, kind: str, patient: str, study: int | None, **more: object) -> None:
    found = PATIENTS[patient].studies[study] if study is not None else None
    link = {"study": found.uid, "accession": found.accession} if found else {"study": None, "accession": ""}
    key.files.append({"file": file, "kind": kind, "patient": patient, **link, **more})


def _hl7(export: Path, key: AnswerKey) -> None:
    file = "reports/ORU_SMITH_NG_20231021.hl7"
    whole = "\n".join(message.rstrip("\n") for _, _, message in MESSAGES) + "\n"
    (export / file).write_bytes(plain(whole)[0].replace("\n", "\r").encode("utf-8"))
    for index, (patient, study, message) in enumerate(MESSAGES):
        _, marks = plain(message)
        for mark in marks:
            value = mark.value.replace("\\T\\", "&")
            if mark.kind == "KEEP":
                key.keep.append({"value": value, "file": file, "where": f"message {index}"})
            else:
                key.plant(patient, mark.kind, value, file, f"message {index}")
        _file(key, file, "hl7", patient, study, index=index)


def _csv(export: Path, key: AnswerKey) -> None:
    file = "reports/addenda_2022_2024.csv"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(CSV_ROWS[0][2].keys())
    for index, (patient, study, row) in enumerate(CSV_ROWS):
        writer.writerow([plain(value)[0] for value in row.values()])
        for column, value in row.items():
            for mark in plain(value)[1]:
                if mark.kind == "KEEP":
                    key.keep.append({"value": mark.value, "file": file, "where": f"row {index} {column}"})
                else:
                    key.plant(patient, mark.kind, mark.value, file, f"row {index} {column}")
        _file(key, file, "csv", patient, study, index=index)
    (export / file).write_bytes(buffer.getvalue().encode("utf-8"))


def _structured(export: Path, key: AnswerKey) -> None:
    """FHIR and CDA: what the documents say is written and marked as it stands."""
    inside, marks = plain(FHIR_ATTACHMENT)
    coded = base64.b64encode(inside.encode("utf-8")).decode("ascii")
    for patient, name, kind, marked in (
        ("P05", "bundle-50992817.json", "fhir", FHIR),
        ("P06", "cda_YAMADA.xml", "cda", CDA),
    ):
        file = f"reports/{name}"
        text, more = plain(marked)
        (export / file).write_bytes(text.replace("ATTACHMENT", coded).encode("utf-8"))
        key.mark(patient, more, file, kind, spans=False)
        if kind == "fhir":
            key.mark(patient, [mark for mark in marks if mark.kind != "KEEP"], file, "fhir attachment", spans=False)
        _file(key, file, kind, patient, 0)
