"""Write the synthetic PACS export and its answer key: ``python -m sample_data.make [FOLDER]``.

The same bytes come out every time (fixed seeds, no clock). Without a folder, ``sample_data/ready`` is written.
"""

from __future__ import annotations

import json
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from sample_data import anatomy
from sample_data.key import AnswerKey
from sample_data.objects import Writer, code, encapsulated, item, jpeg, overlay, pdf_document, picture, un_sequence
from sample_data.people import PATIENTS
from sample_data.reports import write_reports

__all__ = ["make"]


def make(folder: Path) -> None:
    """Write ``export/`` and ``answer_key.json`` into a folder; an older set in it is replaced."""
    export = folder / "export"
    if export.exists():
        shutil.rmtree(export)
    export.mkdir(parents=True)
    key = AnswerKey()
    writer = Writer(export, key)
    known = config.replace_un_with_known_vr
    config.replace_un_with_known_vr = False  # a sequence shall stay UN when we say so
    for scene in (
        ct_abdomen,
        mammography,
        hands,
        ultrasound,
        brain,
        japanese_chest,
        two_sites,
        portable_chest,
        documents,
        elderly,
    ):
        scene(writer)
    config.replace_un_with_known_vr = known
    for patient in PATIENTS.values():
        _patient(key, patient.id)
    key.patients.append(
        {
            "id": "P11",
            "name": "HAUGEN^THALE",
            "sex": "",
            "birth_date": "19770519",
            "keys": [["90417752", ""]],
            "studies": [],
            "intervals_days": [],
        }
    )
    write_reports(export, key)
    _paths(key)
    (folder / "answer_key.json").write_text(
        json.dumps(key.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _patient(key: AnswerKey, number: str) -> None:
    patient = PATIENTS[number]
    dates = sorted({s.date for s in patient.studies})
    key.patients.append(
        {
            "id": patient.id,
            "name": patient.name,
            "sex": patient.sex,
            "birth_date": patient.birth,
            "keys": sorted({(s.patient_id, s.site.issuer) for s in patient.studies}),
            "studies": [
                {
                    "study_instance_uid": s.uid,
                    "accession": s.accession,
                    "date": s.date,
                    "modality": s.modality,
                    "patient_id": s.patient_id,
                    "issuer": s.site.issuer,
                }
                for s in patient.studies
            ],
            "intervals_days": [_days(a, b) for a, b in pairwise(dates)],
        }
    )


def _days(first: str, last: str) -> int:
    def day(text: str) -> np.datetime64:
        return np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}")

    return int((day(last) - day(first)).astype(int))


def _paths(key: AnswerKey) -> None:
    """Identifiers in folder and file names, as real exports have them."""
    for entry in list(key.files):
        for patient in PATIENTS.values():
            if entry["patient"] != patient.id:
                continue
            values = [("ID", s.patient_id) for s in patient.studies] + [("ACC", s.accession) for s in patient.studies]
            values += [("DATE", s.date) for s in patient.studies]
            for kind, value in values:
                if value in entry["file"]:
                    key.plant(patient.id, kind, value, entry["file"], "path")
            first = entry["file"].replace("\\", "/").split("/")
            for word in patient.name.split("=")[0].upper().replace("^", " ").split():
                if any(word in part.upper() for part in first):
                    key.plant(patient.id, "NAME", word, entry["file"], "path")


def ct_abdomen(w: Writer) -> None:
    """P01: contrast CT with follow-up 98 days later, overlay, private elements, tail padding, dose SC, SR."""
    p = PATIENTS["P01"]
    for study, slices, seed in ((p.studies[0], 4, 100), (p.studies[1], 2, 140)):
        for i in range(slices):
            ds = w.base(p, study, "CT", 2, i + 1)
            ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
            ds.SeriesDescription = (
                w.say("ABD PORTAL VENOUS 5MM") if i else w.say("ABD 5MM [[NAME|J SMITH]] ATTN [[STAFF|DR OKONKWO]]")
            )
            ds.BodyPartExamined, ds.KVP, ds.ContrastBolusAgent = "ABDOMEN", "120", "IOHEXOL 350"
            ds.SliceThickness, ds.ConvolutionKernel = "5", "B30f"
            ds.ImagePositionPatient, ds.ImageOrientationPatient = [-200, -200, -5.0 * i], [1, 0, 0, 0, 1, 0]
            ds.PixelSpacing = [1.5625, 1.5625]
            ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
            ds.WindowCenter, ds.WindowWidth = "50", "400"
            ds.ImageComments = w.say(
                "Pt [[NAME|John Smith]], MRN [[ID|40718253]], known [[KEEP|Crohn disease]]; call [[PHONE|555-0142-778]]"
            )
            ds.PatientComments = w.say(
                "Retired [[JOB|harbor pilot]] from [[PLACE|Millbrook]], wife [[RELATIVE|Eleanor Smith]]"
            )
            block = ds.private_block(0x0043, "GEMS_PARM_01", create=True)
            block.add_new(0x27, "SH", "0.984:1")
            leak = ds.private_block(0x0029, "ACME PACS 4", create=True)
            leak.add_new(0x01, "LO", w.say("[[NAME|SMITH JOHN]] [[ID|40718253]]"))
            nested = item(PatientName=p.name, PatientID=study.patient_id, StudyDate=study.date)
            leak.add_new(0x02, "SQ", Sequence([nested]))
            leak.add_new(0x03, "OB", b"SMITH^JOHN^ALAN\x0040718253")
            ds.ReferencedStudySequence = Sequence(
                [item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=study.uid)]
            )
            w.pixels(ds, np.clip(anatomy.ct_abdomen(0.15 + i / 5, seed + i) + 1024, 0, 4095).round(), bits=12)
            preamble = b""
            file = f"{study.folder}/IM{i + 1:04d}.dcm"
            if i == 0 and study is p.studies[0]:
                overlay(
                    ds,
                    [(12, 10, "SMITH JOHN"), (12, 232, "LESION SEG 7")],
                    w.say("[[NAME|SMITH JOHN]] [[DATE|14.03.2023]]"),
                )
                w.key.plant(p.id, "NAME", "SMITH JOHN", file, "(6000,3000) OverlayData", words="SMITH JOHN")
                preamble = b"II*\0 SMITH^JOHN^ALAN 40718253"
                w.key.plant(p.id, "NAME", "SMITH^JOHN^ALAN", file, "preamble")
                w.key.plant(p.id, "ID", "40718253", file, "preamble")
            if i == 1:
                ds.add(DataElement(0xFFFCFFFC, "OB", b"SMITH^JOHN^ALAN 1208 Alder Creek Road\0"))
                w.key.plant(p.id, "NAME", "SMITH^JOHN^ALAN", file, "(FFFC,FFFC) DataSetTrailingPadding")
                w.key.plant(p.id, "ADDRESS", "1208 Alder Creek Road", file, "(FFFC,FFFC) DataSetTrailingPadding")
            for kind, value in (("NAME", "SMITH^JOHN^ALAN"), ("ID", "40718253")):
                w.key.plant(p.id, kind, value, file, "(0029,1003) private OB")
            w.save(ds, p, study, file, preamble=preamble)
    _dose_page(w)
    _measurements(w)


def _dose_page(w: Writer) -> None:
    p, study = PATIENTS["P01"], PATIENTS["P01"].studies[0]
    ds = w.base(p, study, "SC", 501, 1)
    ds.ImageType, ds.SeriesDescription, ds.ConversionType = (
        ["DERIVED", "SECONDARY", "SCREEN SAVE"],
        "DOSE REPORT",
        "WSD",
    )
    ds.BurnedInAnnotation = "YES"
    image = picture(np.full((288, 384), 0.05))
    lines = [
        (14, 12, "Patient: SMITH, JOHN ALAN"),
        (14, 32, "ID: 40718253   DOB: 17-Feb-1948"),
        (14, 52, "Acc: A23-004411   14-Mar-2023 09:15"),
        (14, 72, "St. Vincent General Hospital"),
        (14, 112, "Series   Type      CTDIvol    DLP"),
        (14, 132, "1        Scout     0.10 mGy   5.2 mGy cm"),
        (14, 152, "2        Helical   9.84 mGy   471.3 mGy cm"),
        (14, 186, "Total DLP 476.5 mGy cm"),
        (14, 250, "Operator: R. Tech   Ref: Dr. Brandt"),
    ]
    boxes = anatomy.words(image, lines, 15, 235)
    file = f"{study.folder}/DOSE/SC0001"
    for kind, value, line in (
        ("NAME", "SMITH, JOHN ALAN", 0),
        ("ID", "40718253", 1),
        ("BIRTH", "17-Feb-1948", 1),
        ("ACC", "A23-004411", 2),
        ("DATE", "14-Mar-2023", 2),
        ("SITE", "St. Vincent General Hospital", 3),
        ("STAFF", "R. Tech", 8),
        ("STAFF", "Dr. Brandt", 8),
    ):
        w.key.plant(p.id, kind, value, file, "pixels", box=boxes[line])
    w.pixels(ds, np.asarray(image), bits=8)
    w.save(ds, p, study, file)


def _measurements(w: Writer) -> None:
    """Enhanced SR of the follow-up: PNAME, DATE, TEXT, UIDREF, NUM and IMAGE content."""
    p, study = PATIENTS["P01"], PATIENTS["P01"].studies[1]
    ds = w.base(p, study, "SR", 700, 1)
    ds.SeriesDescription = "CT MEASUREMENTS"
    first = p.studies[0]
    ds.ValueType, ds.ConceptNameCodeSequence, ds.ContinuityOfContent = (
        "CONTAINER",
        code("18748-4", "LN", "Diagnostic imaging report"),
        "SEPARATE",
    )
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "VERIFIED"
    ds.VerifyingObserverSequence = Sequence(
        [
            item(
                VerifyingOrganization=study.site.name,
                VerificationDateTime=f"{study.date}160500",
                VerifyingObserverName=study.reading,
            )
        ]
    )
    w.pending.append(("SITE", study.site.name, study.site.name))
    ds.CurrentRequestedProcedureEvidenceSequence = Sequence(
        [_evidence(study.uid, f"{study.uid}.2", f"{study.uid}.2.1", "1.2.840.10008.5.1.4.1.1.2")]
    )
    unit = code("mm", "UCUM", "millimeter")
    content = [
        item(
            RelationshipType="HAS OBS CONTEXT",
            ValueType="PNAME",
            ConceptNameCodeSequence=code("121008", "DCM", "Person Observer Name"),
            PersonName=study.reading,
        ),
        item(
            RelationshipType="HAS OBS CONTEXT",
            ValueType="PNAME",
            ConceptNameCodeSequence=code("121029", "DCM", "Subject Name"),
            PersonName=p.name,
        ),
        item(
            RelationshipType="HAS OBS CONTEXT",
            ValueType="DATE",
            ConceptNameCodeSequence=code("121031", "DCM", "Subject Birth Date"),
            Date=p.birth,
        ),
        item(
            RelationshipType="HAS OBS CONTEXT",
            ValueType="TEXT",
            ConceptNameCodeSequence=code("121030", "DCM", "Subject ID"),
            TextValue=w.say("[[ID|40718253]]"),
        ),
        item(
            RelationshipType="HAS OBS CONTEXT",
            ValueType="UIDREF",
            ConceptNameCodeSequence=code("121018", "DCM", "Procedure Study Instance UID"),
            UID=study.uid,
        ),
        item(
            RelationshipType="CONTAINS",
            ValueType="TEXT",
            ConceptNameCodeSequence=code("121071", "DCM", "Finding"),
            TextValue=w.say(
                "Comparison with [[DATE|03/14/2023]]: hepatic cyst in [[KEEP|segment 7]] unchanged at [[KEEP|12 mm]]. "
                "Mr. [[NAME|Smith]] has known [[KEEP|Crohn disease]]; no [[KEEP|Riedel lobe]]. "
                "[[KEEP|L5]] haemangioma. Discussed with [[STAFF|Dr. Helene Brandt]] by phone [[PHONE|555-0190]]."
            ),
        ),
        item(
            RelationshipType="CONTAINS",
            ValueType="NUM",
            ConceptNameCodeSequence=code("103339001", "SCT", "Long axis"),
            MeasuredValueSequence=Sequence([item(NumericValue="12.0", MeasurementUnitsCodeSequence=unit)]),
        ),
        item(
            RelationshipType="CONTAINS",
            ValueType="DATE",
            ConceptNameCodeSequence=code("111060", "DCM", "Study Date"),
            Date=first.date,
        ),
        item(
            RelationshipType="CONTAINS",
            ValueType="CODE",
            ConceptNameCodeSequence=code("121071", "DCM", "Finding"),
            ConceptCodeSequence=code("103375000", "SCT", "Hepatic cyst"),
        ),
    ]
    ds.ContentSequence = Sequence(content)
    w.save(ds, p, study, f"{study.folder}/SR/REPORT_SMITH.dcm")


def _evidence(study: str, series: str, instance: str, sop_class: str) -> Dataset:
    reference = item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
    return item(
        StudyInstanceUID=study,
        ReferencedSeriesSequence=Sequence(
            [item(SeriesInstanceUID=series, ReferencedSOPSequence=Sequence([reference]))]
        ),
    )


def mammography(w: Writer) -> None:
    """P02: same surname as P01; burned-in laterality that may stay and a label that may not."""
    p, study = PATIENTS["P02"], PATIENTS["P02"].studies[0]
    for i, (side, seed) in enumerate((("L", 210), ("R", 211))):
        ds = w.base(p, study, "MG", 1, i + 1)
        ds.ImageType, ds.ImageLaterality, ds.PatientOrientation = ["ORIGINAL", "PRIMARY"], side, ["A", side]
        ds.PresentationIntentType, ds.BodyPartExamined, ds.ViewPosition = "FOR PRESENTATION", "BREAST", "CC"
        ds.SeriesDescription = f"{side} CC"
        ds.KVP, ds.CompressionForce, ds.BodyPartThickness = "28", "110", "52"
        ds.WindowCenter, ds.WindowWidth = "2048", "4096"
        ds.BurnedInAnnotation = "YES"
        array = anatomy.mammogram(seed)
        image = picture(array if side == "L" else array[:, ::-1])
        right = 262 if side == "L" else 14
        boxes = anatomy.words(
            image,
            [
                (right, 14, f"{side} CC"),
                (right, 40, "SMITH MARGARET"),
                (right, 58, "40718299"),
                (right, 76, "02.11.2022"),
            ],
            14,
            225,
        )
        file = f"{study.folder}/{side}CC.dcm"
        for kind, value, line in (("NAME", "SMITH MARGARET", 1), ("ID", "40718299", 2), ("DATE", "02.11.2022", 3)):
            w.key.plant(p.id, kind, value, file, "pixels", box=boxes[line])
        w.key.keep.append({"value": f"{side} CC", "file": file, "where": "pixels", "box": boxes[0]})
        w.pixels(ds, np.asarray(image).astype(np.uint16) * 16, bits=12)
        w.save(ds, p, study, file)


def hands(w: Writer) -> None:
    """P03, Mr. Hand, whose hand is shown: the name must go and the body part must stay."""
    p = PATIENTS["P03"]
    for i, (study, seed) in enumerate(zip(p.studies, (310, 310), strict=True)):
        ds = w.base(p, study, "CR", 1, 1)
        ds.pop("PatientComments", None)
        ds.ImageType, ds.BodyPartExamined, ds.ViewPosition, ds.Laterality = ["ORIGINAL", "PRIMARY"], "HAND", "PA", "L"
        ds.SeriesDescription = "HAND PA"
        ds.WindowCenter, ds.WindowWidth = "512", "1024"
        ds.AdditionalPatientHistory = w.say(
            "Fall on outstretched hand. Mr. [[NAME|Hand]] works as [[JOB|stonemason]]. R/O [[KEEP|Colles fracture]]."
        )
        nested = item(PatientName=p.name, PatientBirthDate=p.birth, PatientID=study.patient_id)
        file = f"{study.folder}/HAND_PA_{i + 1}.dcm"
        # A sequence written as UN, as old archives do when they do not know the element.
        ds.add(DataElement(0x00101002, "UN", un_sequence(nested)))
        for kind, value in (("NAME", p.name), ("BIRTH", p.birth), ("ID", study.patient_id)):
            w.key.plant(p.id, kind, value, file, "(0010,1002) OtherPatientIDsSequence as UN")
        w.pixels(ds, (anatomy.cr_hand(seed) * 1023).round(), bits=10)
        w.save(ds, p, study, file, private_meta=f"{p.name} {study.patient_id}".encode())
        w.key.plant(p.id, "NAME", p.name, file, "(0002,0102) PrivateInformation")


def ultrasound(w: Writer) -> None:
    """P04: RGB loop with a burned-in banner (native), and one still as RLE."""
    p, study = PATIENTS["P04"], PATIENTS["P04"].studies[0]
    banner = [
        (6, 4, "PARK, GRACE MIN-JI"),
        (6, 19, "ID 61002377"),
        (150, 4, "05/09/2023 11:30:20"),
        (150, 19, "St. Vincent General Hospital"),
        (330, 4, "MI 0.9"),
        (330, 19, "TIs 0.2"),
    ]
    frames = []
    boxes: list[list[int]] = []
    for f in range(5):
        image = picture(anatomy.us_sector(f, 5, 410, (272, 384))).convert("RGB")
        image.paste((12, 16, 40), (0, 0, 384, 37))
        boxes = anatomy.words(image, banner, 11, (235, 235, 160))
        anatomy.words(image, [(6, 250, "C5-1 OB"), (330, 250, "12 cm")], 11, (120, 220, 120))
        frames.append(np.asarray(image))
    for kind, name, count, syntax in (("US-MF", "LOOP01", 5, None), ("US", "STILL02.ima", 1, RLELossless)):
        ds = w.base(p, study, kind, 1, 1 if count > 1 else 2)
        ds.ImageType, ds.SeriesDescription, ds.TransducerData = ["ORIGINAL", "PRIMARY"], "OB 1ST TRIM", "C5-1"
        ds.PatientComments = w.say("G1P0, LMP [[DATE|20230701]], partner [[RELATIVE|Daniel Rich]]")
        if count > 1:
            ds.FrameTime, ds.FrameIncrementPointer = "66.7", 0x00181063
        region = item(
            RegionSpatialFormat=1,
            RegionDataType=1,
            RegionFlags=0,
            RegionLocationMinX0=0,
            RegionLocationMinY0=37,
            RegionLocationMaxX1=383,
            RegionLocationMaxY1=271,
            PhysicalUnitsXDirection=3,
            PhysicalUnitsYDirection=3,
            PhysicalDeltaX=0.05,
            PhysicalDeltaY=0.05,
        )
        ds.SequenceOfUltrasoundRegions = Sequence([region])
        file = f"{study.folder}/{name}"
        for mark, value, line in (
            ("NAME", "PARK, GRACE MIN-JI", 0),
            ("ID", "61002377", 1),
            ("DATE", "05/09/2023", 2),
            ("SITE", "St. Vincent General Hospital", 3),
        ):
            w.key.plant(p.id, mark, value, file, "pixels", box=boxes[line])
        w.pixels(ds, np.stack(frames[:count]) if count > 1 else frames[0], bits=8, frames=count)
        w.save(ds, p, study, file, *([syntax] if syntax else []))


def brain(w: Writer) -> None:
    """P05: Latin-1 diacritics, implicit VR, safe private b-value beside private text."""
    p, study = PATIENTS["P05"], PATIENTS["P05"].studies[0]
    for i in range(3):
        ds = w.base(p, study, "MR", 3, i + 1)
        ds.ImageType, ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = (
            ["ORIGINAL", "PRIMARY", "M", "ND"],
            "SE",
            "SK",
            "PFP",
        )
        ds.MRAcquisitionType, ds.RepetitionTime, ds.EchoTime, ds.MagneticFieldStrength = "2D", "4200", "98", "3"
        ds.BodyPartExamined, ds.ProtocolName = "HEAD", w.say("T2 TSE AX [[NAME|Müller-Østergård]]")
        ds.SeriesDescription, ds.SliceThickness, ds.PixelSpacing = "T2 TSE AX", "5", [0.9, 0.9]
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [-115, -115, 5.0 * i], [1, 0, 0, 0, 1, 0]
        ds.RequestedProcedureDescription = w.say(
            "MR brain, query [[KEEP|Parkinson disease]], GP [[STAFF|Dr. Brandt]], ward [[WARD|6E-17]]"
        )
        siemens = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        siemens.add_new(0x0C, "IS", "0")
        siemens.add_new(0x0E, "FD", [0.0, 0.0, 1.0])
        notes = ds.private_block(0x0051, "LOCAL WORKLIST", create=True)
        notes.add_new(
            0x08, "LT", w.say("[[NAME|JØRGEN MÜLLER-ØSTERGÅRD]] seen [[DATE|18 April 2023]], [[PHONE|555-0111-609]]")
        )
        w.pixels(ds, (anatomy.mr_brain(i / 4, 510 + i, 256) * 1500).round(), bits=12)
        ds.WindowCenter, ds.WindowWidth = "750", "1500"
        w.save(ds, p, study, f"{study.folder}/MR.{i + 1}", ImplicitVRLittleEndian)


def japanese_chest(w: Writer) -> None:
    """P06: three component groups in ISO 2022, implicit VR."""
    p, study = PATIENTS["P06"], PATIENTS["P06"].studies[0]
    ds = w.base(p, study, "DX", 1, 1)
    _dx(ds, "PA")
    ds.PatientComments = w.say("[[NAME|山田 太郎]] [[ADDRESS|2-11 Harbor View]]")
    image = picture(anatomy.dx_chest(610, 416, 416))
    boxes = anatomy.words(image, [(392, 16, "L"), (6, 10, "YAMADA TAROU"), (6, 28, "73300518")], 15, 255)
    file = f"{study.folder}/CHEST_PA.dcm"
    w.key.keep.append({"value": "L", "file": file, "where": "pixels", "box": boxes[0]})
    w.key.plant(p.id, "NAME", "YAMADA TAROU", file, "pixels", box=boxes[1])
    w.key.plant(p.id, "ID", "73300518", file, "pixels", box=boxes[2])
    w.pixels(ds, np.asarray(image).astype(np.uint16) * 16, bits=12)
    w.save(ds, p, study, file, ImplicitVRLittleEndian)


def _dx(ds: Dataset, view: str) -> None:
    ds.ImageType, ds.PresentationIntentType, ds.BodyPartExamined = (
        ["ORIGINAL", "PRIMARY", ""],
        "FOR PRESENTATION",
        "CHEST",
    )
    ds.ViewPosition, ds.ImageLaterality, ds.PatientOrientation, ds.SeriesDescription = (
        view,
        "U",
        ["L", "F"],
        f"CHEST {view}",
    )
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType, ds.PresentationLUTShape = "0", "1", "US", "IDENTITY"
    ds.WindowCenter, ds.WindowWidth, ds.KVP = "2048", "4096", "125"


def two_sites(w: Writer) -> None:
    """P07: one woman, two hospitals, two Patient IDs; UTF-8."""
    p = PATIENTS["P07"]
    chest, knee = p.studies
    for i in range(2):
        ds = w.base(p, chest, "CT", 2, i + 1)
        ds.ImageType, ds.SeriesDescription, ds.BodyPartExamined, ds.KVP = (
            ["ORIGINAL", "PRIMARY", "AXIAL"],
            "CHEST LUNG",
            "CHEST",
            "120",
        )
        ds.SliceThickness, ds.PixelSpacing, ds.ConvolutionKernel = "3", [1.5, 1.5], "B60f"
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [-190, -190, -3.0 * i], [1, 0, 0, 0, 1, 0]
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType, ds.WindowCenter, ds.WindowWidth = (
            "-1024",
            "1",
            "HU",
            "-500",
            "1500",
        )
        ds.ImageComments = w.say("[[NAME|María García-López]], nódulo [[KEEP|6 mm]], [[KEEP|Lung-RADS 3]]")
        w.pixels(ds, np.clip(anatomy.ct_chest(i / 3, 710 + i) + 1024, 0, 4095).round(), bits=12)
        w.save(ds, p, chest, f"{chest.folder}/CT{i + 1:03d}")
    for i in range(2):
        ds = w.base(p, knee, "MR", 4, i + 1)
        ds.ImageType, ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = ["ORIGINAL", "PRIMARY"], "SE", "SK", ""
        ds.MRAcquisitionType, ds.RepetitionTime, ds.EchoTime, ds.BodyPartExamined, ds.Laterality = (
            "2D",
            "3100",
            "32",
            "KNEE",
            "R",
        )
        ds.SeriesDescription, ds.SliceThickness, ds.PixelSpacing = "PD FS SAG", "3", [0.6, 0.6]
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [3.0 * i, -77, 77], [0, 1, 0, 0, 0, -1]
        ds.WindowCenter, ds.WindowWidth = "600", "1200"
        ds.AdditionalPatientHistory = w.say(
            "Referred by [[STAFF|Dr. Amos Whitfield]]; prior CT at [[SITE|St. Vincent General Hospital]] "
            "[[DATE|11/07/2023]], MRN there [[ID|G-88120]]"
        )
        w.pixels(ds, (anatomy.mr_knee(i / 3, 720 + i) * 1200).round(), bits=12)
        w.save(ds, p, knee, f"{knee.folder}/{i + 1:08d}.DCM")


def portable_chest(w: Writer) -> None:
    """P08: a two-letter family name and a given name that is a word; JPEG with a comment segment."""
    p, study = PATIENTS["P08"], PATIENTS["P08"].studies[0]
    ds = w.base(p, study, "CR", 1, 1)
    ds.ImageType, ds.BodyPartExamined, ds.ViewPosition, ds.SeriesDescription = (
        ["ORIGINAL", "PRIMARY"],
        "CHEST",
        "AP",
        "PORTABLE AP",
    )
    ds.WindowCenter, ds.WindowWidth = "128", "256"
    ds.AdditionalPatientHistory = w.say(
        "[[NAME|Ng]], [[NAME|Rich]]; seen in [[WARD|ICU 4B]]. ETT position? On [[KEEP|Swan-Ganz catheter]]."
    )
    image = picture(anatomy.dx_chest(810, 448, 448, 0.02))
    boxes = anatomy.words(
        image, [(12, 10, "NG RICH"), (12, 28, "21/10/23 02:08"), (400, 10, "AP"), (12, 46, "SUPINE PORTABLE")], 15, 250
    )
    file = f"{study.folder}/1.2.3_CR_NG.dcm"
    for kind, value, line in (("NAME", "NG RICH", 0), ("DATE", "21/10/23", 1)):
        w.key.plant(p.id, kind, value, file, "pixels", box=boxes[line])
    w.key.keep.append({"value": "AP", "file": file, "where": "pixels", "box": boxes[2]})
    w.pixels(ds, np.asarray(image), bits=8)
    encapsulated(ds, [jpeg(image, comment=b"NG^RICH 58840021 20231021")])
    ds.LossyImageCompression, ds.LossyImageCompressionMethod, ds.LossyImageCompressionRatio = "01", "ISO_10918_1", "8.0"
    w.key.plant(p.id, "ID", "58840021", file, "JPEG comment segment")
    w.save(ds, p, study, file, JPEGBaseline8Bit)


def documents(w: Writer) -> None:
    """P09: a J2K chest image, an encapsulated PDF that names her, and a Comprehensive SR."""
    p, study = PATIENTS["P09"], PATIENTS["P09"].studies[0]
    ds = w.base(p, study, "DX", 1, 1)
    _dx(ds, "PA")
    image = picture(anatomy.dx_chest(910, 448, 448, -0.01))
    file = f"{study.folder}/DX000001.dcm"
    boxes = anatomy.words(image, [(418, 14, "L")], 18, 255)
    w.key.keep.append({"value": "L", "file": file, "where": "pixels", "box": boxes[0]})
    w.pixels(ds, np.asarray(image).astype(np.uint16) * 16, bits=12)
    w.save(ds, p, study, file, JPEG2000Lossless)

    ds = w.base(p, study, "PDF", 900, 1)
    ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument, ds.BurnedInAnnotation = (
        w.say("Report for [[NAME|Siobhán O'Neill]]"),
        "application/pdf",
        "YES",
    )
    ds.ConceptNameCodeSequence = code("18748-4", "LN", "Diagnostic imaging report")
    lines = [
        "St. Vincent General Hospital - Department of Radiology",
        "",
        "Patient: O'Neill, Siobhán        DOB: 28 February 1989",
        "MRN: 66419280        Accession: A24-020119",
        "",
        "Chest PA and lateral, 6 June 2024",
        "",
        "Heart size normal. No Kerley B lines. T7 wedge compression, 20 %.",
        "Ms. O'Neill was told by telephone (555-0182-744).",
        "",
        "Signed: Dr. Chidi Okonkwo",
    ]
    pdf = pdf_document(lines, "Chest report Siobhán O'Neill", "Dr. Chidi Okonkwo")
    ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    ds.EncapsulatedDocumentLength = len(pdf)
    file = f"{study.folder}/REPORT.dcm"
    for kind, value in (
        ("NAME", "O'Neill, Siobhán"),
        ("NAME", "O'Neill"),
        ("BIRTH", "28 February 1989"),
        ("ID", "66419280"),
        ("ACC", "A24-020119"),
        ("DATE", "6 June 2024"),
        ("PHONE", "555-0182-744"),
        ("STAFF", "Dr. Chidi Okonkwo"),
        ("SITE", "St. Vincent General Hospital"),
    ):
        w.key.plant(p.id, kind, value, file, "(0042,0011) EncapsulatedDocument text layer")
    w.key.plant(p.id, "NAME", "Siobhán O'Neill", file, "(0042,0011) EncapsulatedDocument Title")
    w.save(ds, p, study, file)

    ds = w.base(p, study, "SR-C", 901, 1)
    ds.ValueType, ds.ConceptNameCodeSequence, ds.ContinuityOfContent = (
        "CONTAINER",
        code("18748-4", "LN", "Diagnostic imaging report"),
        "SEPARATE",
    )
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.CurrentRequestedProcedureEvidenceSequence = Sequence(
        [_evidence(study.uid, f"{study.uid}.1", f"{study.uid}.1.1", "1.2.840.10008.5.1.4.1.1.1.1")]
    )
    reference = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.1.1", ReferencedSOPInstanceUID=f"{study.uid}.1.1")
    section = item(
        RelationshipType="CONTAINS",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=code("121070", "DCM", "Findings"),
        ContinuityOfContent="SEPARATE",
        ContentSequence=Sequence(
            [
                item(
                    RelationshipType="CONTAINS",
                    ValueType="TEXT",
                    ConceptNameCodeSequence=code("121071", "DCM", "Finding"),
                    TextValue=w.say(
                        "[[KEEP|T7]] wedge deformity. No [[KEEP|Kerley B lines]]. [[NAME|Siobhán]] is a "
                        "[[JOB|violin teacher]]; images sent to [[EMAIL|h.brandt@stvincent.example]]."
                    ),
                ),
                item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=Sequence([reference])),
            ]
        ),
    )
    ds.ContentSequence = Sequence(
        [
            item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType="PNAME",
                ConceptNameCodeSequence=code("121008", "DCM", "Person Observer Name"),
                PersonName=study.reading,
            ),
            section,
        ]
    )
    w.save(ds, p, study, f"{study.folder}/SR.dcm")


def elderly(w: Writer) -> None:
    """P10: 93 years old; colour JPEG still with a banner."""
    p, study = PATIENTS["P10"], PATIENTS["P10"].studies[0]
    ds = w.base(p, study, "US", 1, 1)
    ds.ImageType, ds.SeriesDescription, ds.BodyPartExamined = ["ORIGINAL", "PRIMARY"], "ABD LTD", "ABDOMEN"
    ds.AdditionalPatientHistory = w.say(
        "[[AGE|93]]-year-old from [[ADDRESS|Sunrise Care Home]]. [[KEEP|Murphy sign]] negative."
    )
    image = picture(anatomy.us_sector(0, 3, 1010, (304, 400), stones=2)).convert("RGB")
    image.paste((0, 0, 0), (0, 0, 400, 34))
    boxes = anatomy.words(
        image,
        [
            (6, 3, "LONG AVERY  93Y"),
            (6, 18, "11420077"),
            (200, 3, "12-Sep-2024 10:19"),
            (200, 18, "ST VINCENT GENERAL"),
            (340, 280, "15 cm"),
        ],
        12,
        (240, 240, 240),
    )
    file = f"{study.folder}/I0000001"
    for kind, value, line in (
        ("NAME", "LONG AVERY", 0),
        ("AGE", "93Y", 0),
        ("ID", "11420077", 1),
        ("DATE", "12-Sep-2024", 2),
        ("SITE", "ST VINCENT GENERAL", 3),
    ):
        w.key.plant(p.id, kind, value, file, "pixels", box=boxes[line])
    w.pixels(ds, np.asarray(image), bits=8)
    ds.PhotometricInterpretation = "YBR_FULL_422"
    encapsulated(ds, [jpeg(image)])
    ds.LossyImageCompression = "01"
    w.save(ds, p, study, file, JPEGBaseline8Bit)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "ready")
