"""A corpus of our own: 24 kinds of object, planted strings in every text attribute, many encodings.

``cases()`` yields instances as bytes with the strings planted in them. Nothing here is a real person's.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from deid.dicom.pdf import text_pdf

__all__ = ["CHARSETS", "KINDS", "SYNTAXES", "Case", "Person", "build", "cases", "encode", "torture"]

SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEG2000Lossless,
)


@dataclass(frozen=True)
class Person:
    """An invented patient with a physician, in a character set."""

    charset: str | list[str]
    family: str
    given: str
    physician: str
    ideographic: str = ""
    mrn: str = "MRN7730912"
    accession: str = "ACX5520917"
    institution: str = "Saint Bartolph Infirmary"
    phone: str = "617-555-0188"

    @property
    def pn(self) -> str:
        return f"{self.family}^{self.given}" + (f"={self.ideographic}" if self.ideographic else "")

    @property
    def spoken(self) -> str:
        return f"{self.given} {self.family}"


CHARSETS = {
    "ascii": Person("", "Quuxley", "Zeldabeth", "Wolfenbarg^Ottokar"),
    "latin1": Person("ISO_IR 100", "Müllbräu", "Jörgfried", "Grévillon^Anaïs"),
    "latin2": Person("ISO_IR 101", "Dvořáčkova", "Žofinka", "Šmerdović^Čeněk"),
    "cyrillic": Person("ISO_IR 144", "Загоруйченко", "Пелагеина", "Щербаковец^Фёдор"),
    "utf8": Person("ISO_IR 192", "Łukaszewicz", "Bożydara", "Þorgrímsson^Ýmir"),
    "japanese": Person(["", "ISO 2022 IR 87"], "Yamamotoya", "Tarouemon", "Suzukihara^Jirou", "山本屋^太郎衛門"),
    "chinese": Person("GB18030", "欧阳锋", "慕容雪", "司马懿德^诸葛"),
    "greek": Person("ISO_IR 126", "Παπαδόγλου", "Διονυσία", "Καραμανλίδης^Αχιλλέας"),
}


CHARSETS = {
    name: replace(person, mrn=f"MRN77309{at}2", accession=f"ACX55209{at}7")
    for at, (name, person) in enumerate(CHARSETS.items(), 1)
}


@dataclass
class Case:
    """One instance: its bytes, what was planted, and what must still be there."""

    name: str
    data: bytes
    person: Person
    planted: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)


def seq(*items: Dataset) -> Sequence:
    return Sequence(list(items))


def item(**values: object) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def code(value: str, scheme: str, meaning: str) -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


class Uids:
    """UIDs of an institution, as real ones look: below a registered root, not the standard's."""

    def __init__(self, study: int) -> None:
        self.root = f"1.3.6.1.4.1.14519.5.2.1.{7000 + study}"

    def __call__(self, *parts: int) -> str:
        return ".".join((self.root, *map(str, parts)))


def common(person: Person, modality: str, sop_class: str, uids: Uids, number: int) -> Dataset:
    made = Dataset()
    if person.charset:
        made.SpecificCharacterSet = person.charset
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = uids(2, number)
    made.StudyDate, made.SeriesDate, made.ContentDate = "20230417", "20230417", "20230417"
    made.StudyTime, made.SeriesTime, made.ContentTime = "101530", "101700", "101812.123"
    made.InstanceCreationDate, made.InstanceCreationTime = "20230417", "101812"
    made.AccessionNumber = person.accession
    made.Modality = modality
    made.Manufacturer, made.ManufacturerModelName = "ACME MEDICAL", "Visio 64"
    made.SoftwareVersions, made.DeviceSerialNumber, made.StationName = "VB40C", "SN-449182", "BARTCT02"
    made.InstitutionName, made.InstitutionAddress = person.institution, "12 Gorse Lane, Bartolphshire"
    made.InstitutionalDepartmentName = "Radiology West"
    made.ReferringPhysicianName = person.physician
    made.OperatorsName = "Technikova^Irma"
    made.StudyDescription = "CT CHEST W CONTRAST" if modality == "CT" else f"{modality} KNEE LEFT"
    made.SeriesDescription = "AX T1 POST 3mm"
    made.PatientName, made.PatientID = person.pn, person.mrn
    made.PatientBirthDate, made.PatientSex = "19310229"[:6] + "28", "F"
    made.PatientAge, made.PatientWeight, made.PatientSize = "092Y", "61.5", "1.63"
    made.OtherPatientNames = "Alias^Annika"
    made.EthnicGroup = "B1"
    made.PatientAddress = "77 Thistledown Road"
    made.PatientTelephoneNumbers = person.phone
    made.AdditionalPatientHistory = "No prior surgery."
    made.StudyInstanceUID, made.SeriesInstanceUID = uids(1), uids(1, 1)
    made.StudyID, made.SeriesNumber, made.InstanceNumber = "7719", 3, number
    made.PatientComments = f"{person.spoken} was called at {person.phone} on 04/12/2023"
    made.RequestedProcedureDescription = "Knee left"
    made.RequestAttributesSequence = seq(
        item(
            RequestedProcedureID="RP99182",
            ScheduledProcedureStepID="SPS77123",
            ScheduledProcedureStepDescription=f"for {person.spoken}",
        )
    )
    made.ProcedureCodeSequence = seq(code("99KNEE", "99BART", f"Knee of {person.family}"))
    made.ReferencedStudySequence = seq(
        item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=uids(9, 1))
    )
    made.IssuerOfPatientID = "BARTOLPH"
    return made


PLANTED = (
    "SN-449182", "Gorse Lane", "Bartolph", "Technikova", "Irma", "Alias", "Annika", "Thistledown",
    "RP99182", "SPS77123",
)  # fmt: skip


def image(
    made: Dataset, *, bits: int = 16, rows: int = 64, columns: int = 64, frames: int = 0, rgb: bool = False
) -> Dataset:
    made.SamplesPerPixel = 3 if rgb else 1
    made.PhotometricInterpretation = "RGB" if rgb else "MONOCHROME2"
    made.Rows, made.Columns = rows, columns
    made.BitsAllocated, made.BitsStored, made.HighBit = (
        bits,
        min(bits, 12) if bits == 16 else bits,
        (12 if bits == 16 else bits) - 1,
    )
    made.PixelRepresentation = 0
    if rgb:
        made.PlanarConfiguration = 0
    count = max(frames, 1) * rows * columns * (3 if rgb else 1)
    values = (np.arange(count) * 37 % 251).astype("u1" if bits == 8 else "<u2")
    if frames:
        made.NumberOfFrames = frames
    made.PixelData = values.tobytes()
    return made


def geometry(made: Dataset, uids: Uids) -> Dataset:
    made.FrameOfReferenceUID = uids(3)
    made.PositionReferenceIndicator = ""
    made.ImagePositionPatient, made.ImageOrientationPatient = [0, 0, 1], [1, 0, 0, 0, 1, 0]
    made.PixelSpacing, made.SliceThickness = [0.7, 0.7], "3"
    made.AcquisitionNumber = 1
    made.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    return made


def ct(p: Person, u: Uids, n: int) -> Dataset:
    made = geometry(image(common(p, "CT", "1.2.840.10008.5.1.4.1.1.2", u, n)), u)
    made.KVP, made.RescaleIntercept, made.RescaleSlope, made.RescaleType = "120", "-1024", "1", "HU"
    made.BodyPartExamined, made.ProtocolName, made.ConvolutionKernel = "CHEST", "CHEST ROUTINE", "B30f"
    made.AcquisitionDate, made.AcquisitionTime = "20230417", "101755"
    made.WindowCenter, made.WindowWidth = ["40", "-600"], ["400", "1500"]
    made.ContrastBolusAgent = "Omnipaque 300"
    made.ImageComments = f"Reviewed by Dr {p.physician.split('^')[0]}"
    block = made.private_block(0x0009, "GEMS_IDEN_01", create=True)
    block.add_new(0x01, "LO", f"GE {p.family}")
    block = made.private_block(0x0043, "GEMS_PARM_01", create=True)
    block.add_new(0x10, "US", 400)
    return made


def mr(p: Person, u: Uids, n: int) -> Dataset:
    made = geometry(image(common(p, "MR", "1.2.840.10008.5.1.4.1.1.4", u, n)), u)
    made.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    made.ScanningSequence, made.SequenceVariant, made.ScanOptions = "SE", "SK", ""
    made.MRAcquisitionType, made.EchoTime, made.EchoTrainLength, made.RepetitionTime = "2D", "14", 1, "500"
    made.SequenceName, made.MagneticFieldStrength = "*se2d1", "1.5"
    block = made.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x0E, "FD", [0.1, 0.2, 0.3])
    block.add_new(0x77, "UN", f"{p.mrn} ".encode())
    return made


def enhanced_mr(p: Person, u: Uids, n: int) -> Dataset:
    made = image(common(p, "MR", "1.2.840.10008.5.1.4.1.1.4.1", u, n), frames=2)
    made.ImageType = ["ORIGINAL", "PRIMARY", "ANGIO", "NONE"]
    made.AcquisitionDateTime, made.AcquisitionDuration = "20230417101700.5", 3.5
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = u(3), ""
    made.ContentQualification, made.PixelPresentation = "PRODUCT", "MONOCHROME"
    made.ResonantNucleus, made.KSpaceFiltering, made.MagneticFieldStrength = "1H", "NONE", 1.5
    made.ApplicableSafetyStandardAgency = "IEC"
    made.BurnedInAnnotation, made.LossyImageCompression = "NO", "00"
    made.PresentationLUTShape, made.VolumetricProperties = "IDENTITY", "VOLUME"
    made.VolumeBasedCalculationTechnique, made.ComplexImageComponent, made.AcquisitionContrast = (
        "NONE",
        "MAGNITUDE",
        "T1",
    )
    made.AcquisitionContextSequence = Sequence([])
    made.DimensionOrganizationSequence = seq(item(DimensionOrganizationUID=u(5)))
    pointer = Dataset()
    pointer.DimensionIndexPointer, pointer.DimensionOrganizationUID = 0x00200032, u(5)
    pointer.FunctionalGroupPointer = 0x00209113
    made.DimensionIndexSequence = seq(pointer)
    shared = Dataset()
    shared.PixelMeasuresSequence = seq(item(PixelSpacing=[1, 1], SliceThickness="2"))
    shared.PlaneOrientationSequence = seq(item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]))
    made.SharedFunctionalGroupsSequence = seq(shared)
    frames = []
    for frame in range(2):
        group = Dataset()
        group.FrameContentSequence = seq(
            item(
                FrameAcquisitionDateTime="20230417101700",
                FrameReferenceDateTime="20230417101701",
                FrameAcquisitionDuration=1.0,
                DimensionIndexValues=[frame + 1],
                FrameComments=f"frame of {p.spoken}",
                FrameLabel=p.family,
            )
        )
        group.PlanePositionSequence = seq(item(ImagePositionPatient=[0, 0, frame]))
        frames.append(group)
    made.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return made


def projection(modality: str, sop_class: str) -> Callable[[Person, Uids, int], Dataset]:
    def make(p: Person, u: Uids, n: int) -> Dataset:
        made = image(common(p, modality, sop_class, u, n))
        made.ImageType = ["ORIGINAL", "PRIMARY", ""]
        made.PatientOrientation, made.BodyPartExamined = ["L", "F"], "KNEE"
        if modality == "CR":
            made.ViewPosition, made.CassetteID, made.PlateID = "AP", "CAS4471", "PL88213"
            return made
        made.ImageLaterality, made.BurnedInAnnotation, made.PresentationIntentType = "L", "NO", "FOR PRESENTATION"
        made.PixelIntensityRelationship, made.PixelIntensityRelationshipSign = "LOG", 1
        made.RescaleIntercept, made.RescaleSlope, made.RescaleType = "0", "1", "US"
        made.PresentationLUTShape, made.LossyImageCompression = "IDENTITY", "00"
        made.DetectorType, made.DetectorID, made.ImagerPixelSpacing = "DIRECT", "DET88213", [0.1, 0.1]
        made.DateOfLastDetectorCalibration = "20230101"
        made.WindowCenter, made.WindowWidth = "2000", "4000"
        made.AnatomicRegionSequence = seq(code("72696002", "SCT", "Knee region"))
        made.ViewCodeSequence = seq(code("399067008", "SCT", "lateral projection"))
        made.AcquisitionContextSequence = Sequence([])
        if modality == "MG":
            made.PositionerType, made.OrganExposed, made.BreastImplantPresent = "MAMMOGRAPHIC", "BREAST", "NO"
            made.AnatomicRegionSequence = seq(code("76752008", "SCT", "Breast"))
            view = code("399162004", "SCT", "cranio-caudal")
            view.ViewModifierCodeSequence = Sequence([])
            made.ViewCodeSequence = seq(view)
        return made

    return make


def ultrasound(frames: int) -> Callable[[Person, Uids, int], Dataset]:
    def make(p: Person, u: Uids, n: int) -> Dataset:
        sop_class = "1.2.840.10008.5.1.4.1.1.3.1" if frames else "1.2.840.10008.5.1.4.1.1.6.1"
        made = image(common(p, "US", sop_class, u, n), bits=8, frames=frames, rgb=True)
        made.ImageType, made.PatientOrientation = ["ORIGINAL", "PRIMARY", "", "0001"], ""
        made.LossyImageCompression, made.UltrasoundColorDataPresent = "00", 1
        made.SequenceOfUltrasoundRegions = seq(
            item(
                RegionSpatialFormat=1, RegionDataType=1, RegionFlags=0, RegionLocationMinX0=0, RegionLocationMinY0=0,
                RegionLocationMaxX1=63, RegionLocationMaxY1=63, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3,
                PhysicalDeltaX=0.1, PhysicalDeltaY=0.1,
            )
        )  # fmt: skip
        if frames:
            made.FrameTime, made.FrameIncrementPointer = "33", 0x00181063
        return made

    return make


def pet(p: Person, u: Uids, n: int) -> Dataset:
    made = geometry(image(common(p, "PT", "1.2.840.10008.5.1.4.1.1.128", u, n)), u)
    made.ImageType = ["ORIGINAL", "PRIMARY"]
    made.AcquisitionDate, made.AcquisitionTime = "20230417", "101755"
    made.RescaleIntercept, made.RescaleSlope, made.Units, made.CountsSource = "0", "1", "BQML", "EMISSION"
    made.SeriesType, made.NumberOfSlices, made.CorrectedImage = ["STATIC", "IMAGE"], 1, ["DECY", "ATTN"]
    made.DecayCorrection, made.CollimatorType, made.FrameReferenceTime = "START", "NONE", "0"
    made.ImageIndex, made.ActualFrameDuration = 1, "60000"
    made.RadiopharmaceuticalInformationSequence = seq(
        item(
            Radiopharmaceutical="FDG", RadionuclideTotalDose="370000000", RadiopharmaceuticalStartTime="091500",
            RadiopharmaceuticalStartDateTime="20230417091500",
            RadionuclideCodeSequence=seq(code("77004003", "SCT", "^18^Fluorine")),
        )
    )  # fmt: skip
    made.PatientOrientationCodeSequence = seq(code("102538003", "SCT", "recumbent"))
    made.PatientGantryRelationshipCodeSequence = seq(code("102540001", "SCT", "headfirst"))
    made.PatientOrientationCodeSequence[0].PatientOrientationModifierCodeSequence = seq(
        code("40199007", "SCT", "supine")
    )
    return made


def secondary(p: Person, u: Uids, n: int) -> Dataset:
    made = image(common(p, "OT", "1.2.840.10008.5.1.4.1.1.7", u, n), bits=8)
    made.ConversionType = "WSD"
    made.SecondaryCaptureDeviceID, made.SecondaryCaptureDeviceManufacturer = "SCD-77121", "ACME"
    made.DateOfSecondaryCapture, made.TimeOfSecondaryCapture = "20230417", "120000"
    made.add_new(0x60000010, "US", 64)
    made.add_new(0x60000011, "US", 64)
    made.add_new(0x60000040, "CS", "G")
    made.add_new(0x60000050, "SS", [1, 1])
    made.add_new(0x60000100, "US", 1)
    made.add_new(0x60000102, "US", 0)
    made.add_new(0x60000022, "LO", f"overlay {p.family}")
    made.add_new(0x60001500, "LO", p.spoken)
    made.add_new(0x60003000, "OW", bytes(512))
    icon = image(Dataset(), bits=8)
    made.IconImageSequence = seq(icon)
    return made


def content(relation: str, kind: str, concept: Dataset | None, **values: object) -> Dataset:
    made = item(RelationshipType=relation, ValueType=kind, **values)
    if concept is not None:
        made.ConceptNameCodeSequence = seq(concept)
    return made


def report(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "SR", "1.2.840.10008.5.1.4.1.1.88.22", u, n)
    made.ReferencedPerformedProcedureStepSequence = Sequence([])
    made.PerformedProcedureCodeSequence = Sequence([])
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "VERIFIED"
    made.VerifyingObserverSequence = seq(
        item(
            VerifyingOrganization=p.institution,
            VerificationDateTime="20230418090000",
            VerifyingObserverName=p.physician,
            VerifyingObserverIdentificationCodeSequence=Sequence([]),
        )
    )
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = seq(code("18748-4", "LN", "Diagnostic imaging report"))
    made.ContentSequence = seq(
        content("HAS CONCEPT MOD", "CODE", code("121049", "DCM", "Language of Content Item and Descendants"),
                ConceptCodeSequence=seq(code("en", "RFC5646", "English"))),
        content("HAS OBS CONTEXT", "CODE", code("121005", "DCM", "Observer Type"),
                ConceptCodeSequence=seq(code("121006", "DCM", "Person"))),
        content("HAS OBS CONTEXT", "PNAME", code("121008", "DCM", "Person Observer Name"), PersonName=p.physician),
        content("HAS OBS CONTEXT", "TEXT", code("121030", "DCM", "Subject ID"), TextValue=p.mrn),
        content("HAS OBS CONTEXT", "PNAME", code("121029", "DCM", "Subject Name"), PersonName=p.pn),
        content("HAS OBS CONTEXT", "DATE", code("121031", "DCM", "Subject Birth Date"), Date="19310228"),
        content("HAS OBS CONTEXT", "UIDREF", code("121018", "DCM", "Procedure Study Instance UID"), UID=u(1)),
        content("HAS OBS CONTEXT", "DATETIME", code("126201", "DCM", "Acquisition Date"), DateTime="20230417101700"),
        content("CONTAINS", "CONTAINER", code("121070", "DCM", "Findings"), ContinuityOfContent="SEPARATE",
                ContentSequence=seq(
                    content("CONTAINS", "TEXT", code("121071", "DCM", "Finding"),
                            TextValue=f"{p.spoken} has a nodule of 8 mm in the left upper lobe, seen 17 April 2023."),
                    content("CONTAINS", "TEXT", code("99FREE", "99BART", f"Note on {p.family}"),
                            TextValue=f"Call {p.phone} for {p.spoken}"),
                    content("CONTAINS", "NUM", code("410668003", "SCT", "Length"),
                            MeasuredValueSequence=seq(item(
                                NumericValue="8", MeasurementUnitsCodeSequence=seq(code("mm", "UCUM", "mm"))))),
                )),
    )  # fmt: skip
    return made


def key_object(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "KO", "1.2.840.10008.5.1.4.1.1.88.59", u, n)
    made.ReferencedPerformedProcedureStepSequence = Sequence([])
    made.CurrentRequestedProcedureEvidenceSequence = evidence(u)
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = seq(code("113000", "DCM", "Of Interest"))
    made.ContentTemplateSequence = seq(item(MappingResource="DCMR", TemplateIdentifier="2010"))
    made.ContentSequence = seq(
        content("CONTAINS", "TEXT", code("113012", "DCM", "Key Object Description"), TextValue=f"for {p.spoken}"),
        content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=reference(u)),
    )
    return made


def reference(u: Uids, sop_class: str = "1.2.840.10008.5.1.4.1.1.2") -> Sequence:
    return seq(item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=u(2, 1)))


def evidence(u: Uids) -> Sequence:
    series = item(SeriesInstanceUID=u(1, 1), ReferencedSOPSequence=reference(u))
    return seq(item(StudyInstanceUID=u(1), ReferencedSeriesSequence=seq(series)))


def presentation(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "PR", "1.2.840.10008.5.1.4.1.1.11.1", u, n)
    made.PresentationCreationDate, made.PresentationCreationTime = "20230417", "130000"
    made.ContentLabel, made.ContentDescription, made.ContentCreatorName = "NOTE", f"for {p.spoken}", p.physician
    made.ReferencedSeriesSequence = seq(item(SeriesInstanceUID=u(1, 1), ReferencedImageSequence=reference(u)))
    made.GraphicLayerSequence = seq(
        item(GraphicLayer="LAYER1", GraphicLayerOrder=1, GraphicLayerDescription=f"layer {p.family}")
    )
    text = item(
        UnformattedTextValue=f"{p.spoken} {p.mrn}", AnchorPointAnnotationUnits="PIXEL", AnchorPoint=[1, 1],
        AnchorPointVisibility="Y",
    )  # fmt: skip
    made.GraphicAnnotationSequence = seq(item(GraphicLayer="LAYER1", TextObjectSequence=seq(text)))
    made.DisplayedAreaSelectionSequence = seq(
        item(DisplayedAreaTopLeftHandCorner=[1, 1], DisplayedAreaBottomRightHandCorner=[64, 64],
             PresentationSizeMode="SCALE TO FIT", PresentationPixelAspectRatio=[1, 1])
    )  # fmt: skip
    made.PresentationLUTShape = "IDENTITY"
    return made


def segmentation(p: Person, u: Uids, n: int) -> Dataset:
    made = image(common(p, "SEG", "1.2.840.10008.5.1.4.1.1.66.4", u, n), bits=8, frames=1)
    made.ImageType, made.BitsAllocated, made.BitsStored, made.HighBit = ["DERIVED", "PRIMARY"], 1, 1, 0
    made.PixelData = bytes(512)
    made.SegmentationType, made.LossyImageCompression = "BINARY", "00"
    made.ContentLabel, made.ContentDescription, made.ContentCreatorName = "SEG", f"of {p.spoken}", p.physician
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = u(3), ""
    made.SegmentSequence = seq(
        item(
            SegmentNumber=1, SegmentLabel=f"lesion {p.family}", SegmentDescription=p.spoken,
            SegmentAlgorithmType="MANUAL",
            SegmentedPropertyCategoryCodeSequence=seq(code("49755003", "SCT", "Morphologically Altered Structure")),
            SegmentedPropertyTypeCodeSequence=seq(code("108369006", "SCT", "Neoplasm")),
            TrackingID=p.mrn, TrackingUID=u(6),
        )
    )  # fmt: skip
    made.DimensionOrganizationSequence = seq(item(DimensionOrganizationUID=u(5)))
    made.DimensionIndexSequence = seq(
        item(DimensionIndexPointer=0x00200032, DimensionOrganizationUID=u(5), FunctionalGroupPointer=0x00209113)
    )
    shared = Dataset()
    shared.PixelMeasuresSequence = seq(item(PixelSpacing=[1, 1], SliceThickness="2"))
    shared.PlaneOrientationSequence = seq(item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]))
    made.SharedFunctionalGroupsSequence = seq(shared)
    group = Dataset()
    group.FrameContentSequence = seq(item(DimensionIndexValues=[1]))
    group.PlanePositionSequence = seq(item(ImagePositionPatient=[0, 0, 0]))
    group.SegmentIdentificationSequence = seq(item(ReferencedSegmentNumber=1))
    made.PerFrameFunctionalGroupsSequence = seq(group)
    return made


def structures(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "RTSTRUCT", "1.2.840.10008.5.1.4.1.1.481.3", u, n)
    made.StructureSetLabel, made.StructureSetName = "PLAN1", f"set {p.family}"
    made.StructureSetDate, made.StructureSetTime = "20230417", "140000"
    made.ReferencedFrameOfReferenceSequence = seq(item(FrameOfReferenceUID=u(3)))
    made.StructureSetROISequence = seq(
        item(
            ROINumber=1, ReferencedFrameOfReferenceUID=u(3), ROIName=f"GTV {p.family}", ROIGenerationAlgorithm="MANUAL"
        ),
        item(ROINumber=2, ReferencedFrameOfReferenceUID=u(3), ROIName="Left lung", ROIGenerationAlgorithm=""),
    )
    contour = item(ContourGeometricType="POINT", NumberOfContourPoints=1, ContourData=[1, 2, 3])
    made.ROIContourSequence = seq(item(ReferencedROINumber=1, ContourSequence=seq(contour)))
    made.RTROIObservationsSequence = seq(
        item(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="GTV", ROIInterpreter=p.physician)
    )
    made.ApprovalStatus, made.ReviewDate, made.ReviewTime, made.ReviewerName = (
        "APPROVED",
        "20230418",
        "080000",
        p.physician,
    )
    return made


def plan(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "RTPLAN", "1.2.840.10008.5.1.4.1.1.481.5", u, n)
    made.RTPlanLabel, made.RTPlanName, made.RTPlanDescription = "PLAN1", p.family, f"for {p.spoken}"
    made.RTPlanDate, made.RTPlanTime, made.RTPlanGeometry = "20230417", "150000", "TREATMENT_DEVICE"
    made.FractionGroupSequence = seq(
        item(FractionGroupNumber=1, NumberOfFractionsPlanned=30, NumberOfBeams=0, NumberOfBrachyApplicationSetups=0)
    )
    made.PatientSetupSequence = seq(
        item(PatientSetupNumber=1, PatientPosition="HFS", SetupTechniqueDescription=p.spoken)
    )
    made.ApprovalStatus = "UNAPPROVED"
    return made


def dose(p: Person, u: Uids, n: int) -> Dataset:
    made = geometry(image(common(p, "RTDOSE", "1.2.840.10008.5.1.4.1.1.481.2", u, n)), u)
    del made.ImageType
    made.BitsStored, made.HighBit = 16, 15
    made.DoseUnits, made.DoseType, made.DoseSummationType, made.DoseGridScaling = "GY", "PHYSICAL", "PLAN", "0.001"
    made.DoseComment = f"dose of {p.spoken}"
    made.ReferencedRTPlanSequence = reference(u, "1.2.840.10008.5.1.4.1.1.481.5")
    return made


def ecg(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "ECG", "1.2.840.10008.5.1.4.1.1.9.1.2", u, n)
    made.AcquisitionDateTime, made.AcquisitionContextSequence = "20230417101700", Sequence([])
    channel = item(
        ChannelLabel="Lead I", ChannelSourceSequence=seq(code("2:1", "MDC", "Lead I")), ChannelSensitivity="1",
        ChannelSensitivityUnitsSequence=seq(code("uV", "UCUM", "microvolt")), ChannelSensitivityCorrectionFactor="1",
        ChannelBaseline="0", ChannelSampleSkew="0", WaveformBitsStored=16, FilterLowFrequency="0.05",
    )  # fmt: skip
    made.WaveformSequence = seq(
        item(
            WaveformOriginality="ORIGINAL", NumberOfWaveformChannels=1, NumberOfWaveformSamples=4,
            SamplingFrequency="500",
            ChannelDefinitionSequence=seq(channel), WaveformBitsAllocated=16, WaveformSampleInterpretation="SS",
            WaveformData=struct.pack("<4h", 1, 2, 3, 4), MultiplexGroupLabel=f"RHYTHM {p.family}",
        )
    )  # fmt: skip
    made.WaveformAnnotationSequence = seq(
        item(UnformattedTextValue=f"{p.spoken} normal sinus rhythm", ReferencedWaveformChannels=[1, 1]),
    )
    return made


def pdf(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "DOC", "1.2.840.10008.5.1.4.1.1.104.1", u, n)
    made.ConversionType, made.BurnedInAnnotation = "WSD", "YES"
    made.AcquisitionDateTime, made.DocumentTitle = "20230417101700", f"Report {p.spoken}"
    made.ConceptNameCodeSequence = Sequence([])
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data = text_pdf([f"Patient {p.spoken} {p.mrn}\nThe lungs are clear.\nCall {p.phone}."])
    made.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
    return made


def cda(p: Person, u: Uids, n: int) -> Dataset:
    made = common(p, "DOC", "1.2.840.10008.5.1.4.1.1.104.2", u, n)
    made.ConversionType, made.BurnedInAnnotation = "WSD", "YES"
    made.AcquisitionDateTime, made.DocumentTitle = "20230417101700", f"Report {p.spoken}"
    made.ConceptNameCodeSequence = seq(code("18748-4", "LN", "Diagnostic imaging report"))
    made.MIMETypeOfEncapsulatedDocument, made.HL7InstanceIdentifier = "text/XML", f"{u(8)}^HL7ID7712"
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3">'
        f'<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="{u(8)}" extension="HL7ID7712"/>'
        '<code code="18748-4" codeSystem="2.16.840.1.113883.6.1"/><title>CT of '
        f'{p.spoken}</title><effectiveTime value="20230417101700+0100"/><recordTarget><patientRole>'
        f'<id extension="{p.mrn}" root="1.3.6.4.1.7.7"/>'
        "<addr><streetAddressLine>77 Thistledown Road</streetAddressLine></addr>"
        f'<telecom value="tel:{p.phone}"/><patient><name><given>{p.given}</given><family>{p.family}</family></name>'
        '<birthTime value="19310228"/></patient></patientRole></recordTarget><component><structuredBody><component>'
        f"<section><text>{p.spoken} has a nodule of 8 mm.<paragraph>MRN {p.mrn}</paragraph></text></section>"
        "</component></structuredBody></component></ClinicalDocument>"
    ).encode()
    made.EncapsulatedDocument = xml + b" " * (len(xml) % 2)
    return made


def parametric(p: Person, u: Uids, n: int) -> Dataset:
    made = segmentation(p, u, n)
    for keyword in ("SegmentSequence", "SegmentationType", "PixelRepresentation"):
        del made[keyword]
    made.SOPClassUID, made.Modality = "1.2.840.10008.5.1.4.1.1.30", "OT"
    made.ImageType = ["DERIVED", "PRIMARY", "QUANTITY", "NONE"]
    made.BitsAllocated = 32
    del made.BitsStored, made.HighBit, made.PixelData
    made.FloatPixelData = np.zeros(4096, "<f4").tobytes()
    made.RecognizableVisualFeatures, made.BurnedInAnnotation, made.ContentQualification = "NO", "NO", "RESEARCH"
    made.PresentationLUTShape, made.InstanceNumber = "IDENTITY", n
    mapping = item(
        RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=1, RealWorldValueIntercept=0.0,
        RealWorldValueSlope=1.0, LUTExplanation="ADC", LUTLabel="ADC",
        MeasurementUnitsCodeSequence=seq(code("mm2/s", "UCUM", "mm2/s")),
    )  # fmt: skip
    group = made.PerFrameFunctionalGroupsSequence[0]
    del group.SegmentIdentificationSequence
    made.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence = seq(mapping)
    return made


def radiotherapy_image(p: Person, u: Uids, n: int) -> Dataset:
    made = image(common(p, "RTIMAGE", "1.2.840.10008.5.1.4.1.1.481.1", u, n))
    made.ImageType, made.ConversionType = ["DERIVED", "SECONDARY", "DRR"], "WSD"
    made.RTImageLabel, made.RTImageName, made.RTImageDescription = "IMG1", p.family, f"for {p.spoken}"
    made.RTImagePlane, made.ImagePlanePixelSpacing = "NORMAL", [1, 1]
    return made


def nuclear(p: Person, u: Uids, n: int) -> Dataset:
    made = image(common(p, "NM", "1.2.840.10008.5.1.4.1.1.20", u, n), frames=2)
    made.ImageType = ["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]
    made.FrameIncrementPointer = [0x00540010, 0x00540020]
    made.EnergyWindowVector, made.NumberOfEnergyWindows = [1, 1], 1
    made.DetectorVector, made.NumberOfDetectors = [1, 2], 2
    made.EnergyWindowInformationSequence = seq(item(EnergyWindowName=p.family))
    made.RadiopharmaceuticalInformationSequence = seq(item(RadionuclideCodeSequence=Sequence([])))
    made.DetectorInformationSequence = seq(item(CollimatorType="PARA"), item(CollimatorType="PARA"))
    return made


KINDS: dict[str, Callable[[Person, Uids, int], Dataset]] = {
    "CT": ct,
    "MR": mr,
    "EnhancedMR": enhanced_mr,
    "CR": projection("CR", "1.2.840.10008.5.1.4.1.1.1"),
    "DX": projection("DX", "1.2.840.10008.5.1.4.1.1.1.1"),
    "MG": projection("MG", "1.2.840.10008.5.1.4.1.1.1.2"),
    "US": ultrasound(0),
    "US-MF": ultrasound(3),
    "PT": pet,
    "NM": nuclear,
    "SC": secondary,
    "SR": report,
    "KO": key_object,
    "PR": presentation,
    "SEG": segmentation,
    "PM": parametric,
    "RTSTRUCT": structures,
    "RTPLAN": plan,
    "RTDOSE": dose,
    "RTIMAGE": radiotherapy_image,
    "ECG": ecg,
    "PDF": pdf,
    "CDA": cda,
}


def build(kind: str, person: Person, *, study: int = 0, number: int = 1) -> Dataset:
    """One instance of a kind."""
    return KINDS[kind](person, Uids(study), number)


def planted_in(person: Person) -> list[str]:
    """Strings of a person that no output may hold."""
    words = [*person.pn.replace("=", "^").split("^"), *person.physician.split("^")]
    return [*words, person.mrn, person.accession, person.institution, person.phone, *PLANTED]


def encode(made: Dataset, syntax: str) -> bytes:
    """The instance as a part 10 file with a preamble and meta information that give the patient away."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.SourceApplicationEntityTitle = "BARTOLPH"
    made.file_meta = meta
    made.preamble = b"Bartolph".ljust(128, b"\0")
    if syntax in (RLELossless, JPEG2000Lossless):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            made.compress(syntax, generate_instance_uid=False)
    if syntax == ExplicitVRBigEndian and "PixelData" in made and made.BitsAllocated == 16:
        made.PixelData = np.frombuffer(made.PixelData, "<u2").astype(">u2").tobytes()
    if syntax == ExplicitVRBigEndian and "FloatPixelData" in made:
        made.FloatPixelData = np.frombuffer(made.FloatPixelData, "<f4").astype(">f4").tobytes()
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def cases() -> Iterator[Case]:
    """Every kind in every character set, the syntaxes in turn, and every syntax for what has pixels."""
    number = 0
    for kind in KINDS:
        for at, (charset, person) in enumerate(CHARSETS.items()):
            for syntax in SYNTAXES if at == 0 else (SYNTAXES[(at + number) % 4],):
                if syntax in (RLELossless, JPEG2000Lossless) and kind not in (
                    "CT",
                    "MR",
                    "US",
                    "US-MF",
                    "CR",
                    "SC",
                    "MG",
                ):
                    continue
                number += 1
                made = build(kind, person, study=at, number=number)
                name = f"{kind}-{charset}-{syntax.name.replace(' ', '')}"
                yield Case(name, encode(made, syntax), person, planted_in(person))


_TEXT = (
    "LO",
    "SH",
    "ST",
    "LT",
    "UT",
    "UC",
    "PN",
    "CS",
    "AE",
    "UR",
    "UI",
    "DA",
    "DT",
    "TM",
    "AS",
    "DS",
    "IS",
    "UN",
    "OB",
)


def torture(person: Person, syntax: str = ExplicitVRLittleEndian, *, nested: bool = False) -> bytes:
    """A CT in which every attribute of PS3.6 that can hold characters holds the patient's name."""
    made = ct(person, Uids(99), 1)
    header = encode(made, syntax)
    base = {int(element.tag) for element in made}
    from deid.dicom.rewrite import encode_element

    implicit = syntax == ImplicitVRLittleEndian
    parts: list[tuple[int, bytes]] = []
    for tag, (vr, *_rest) in sorted(DicomDictionary.items()):
        first = vr.split(" or ")[0]
        if first not in _TEXT or tag in base or tag >> 16 in (0, 2, 4) or tag >= 0x7FE00000 or tag & 0xFFFF == 0:
            continue
        if tag in (0x00080005, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00280002):
            continue
        value = f"{person.family} {person.given}".encode()
        if first == "DA":
            value = person.family.encode()
        parts.append((tag, encode_element(tag, first, value, implicit=implicit)))
    if nested:
        body = b"".join(part for _, part in parts)
        body = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body
        parts = [(0x00400275, encode_element(0x00400275, "SQ", body, implicit=implicit)),
                 (0x00189321, encode_element(0x00189321, "SQ", body, implicit=implicit))]  # fmt: skip
    from deid.dicom import parse_instance

    instance = parse_instance(header)
    for element in instance.elements:
        if element.tag not in dict(parts):
            end = instance.cut if element is instance.pixel else element.end
            raw = instance.buffer[element.start : end]
            parts.append((element.tag, raw + (instance.pixel_bytes() if element is instance.pixel else b"")))
    return header[: instance.begin] + b"".join(part for _, part in sorted(parts, key=lambda p: p[0]))
