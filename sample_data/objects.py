"""Writes the instances: real encodings of every kind that leaks, filled with invented identifiers."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from sample_data import anatomy
from sample_data.key import AnswerKey, plain
from sample_data.people import Patient, Study

__all__ = ["Writer"]

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "US-MF": "1.2.840.10008.5.1.4.1.1.3.1",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
    "SR": "1.2.840.10008.5.1.4.1.1.88.22",
    "SR-C": "1.2.840.10008.5.1.4.1.1.88.33",
    "PDF": EncapsulatedPDFStorage,
}
# What a header value is when its keyword says so; PN, DA, DT and UI say it by their VR.
KEYWORDS = {
    "PatientID": "ID",
    "OtherPatientIDs": "ID",
    "AccessionNumber": "ACC",
    "StudyID": "ACC",
    "AdmissionID": "ACC",
    "InstitutionName": "SITE",
    "InstitutionAddress": "SITE",
    "IssuerOfPatientID": "SITE",
    "InstitutionalDepartmentName": "WARD",
    "StationName": "DEVICE",
    "DeviceSerialNumber": "DEVICE",
    "PatientAddress": "ADDRESS",
    "PatientTelephoneNumbers": "PHONE",
    "RequestedProcedureID": "ACC",
    "ScheduledProcedureStepID": "ACC",
}
STAFF = {
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "NameOfPhysiciansReadingStudy",
    "RequestingPhysician",
    "PersonName",
    "VerifyingObserverName",
}


def item(**elements: Any) -> Dataset:
    """A dataset from keywords."""
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """A code sequence with one item."""
    return Sequence([item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)])


def pdf_document(lines: list[str], title: str, author: str) -> bytes:
    """A one-page PDF with a deflated text layer and an information dictionary."""

    def literal(text: str) -> str:
        return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")

    body = "BT /F1 11 Tf 60 770 Td 15 TL\n" + "".join(f"({literal(line)}) Tj T*\n" for line in lines) + "ET"
    stream = zlib.compress(body.encode("cp1252"), 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({literal(title)}) /Author ({literal(author)}) >>".encode("cp1252"),
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


class Writer:
    """Builds instances of one export and records what it plants."""

    def __init__(self, root: Path, key: AnswerKey) -> None:
        self.root, self.key = root, key
        self.pending: list[tuple[str, str, str]] = []  # kind, value, note

    def say(self, marked: str) -> str:
        """Text for an element, with its marks remembered until the instance is saved."""
        text, marks = plain(marked)
        self.pending += [(mark.kind, mark.value, text) for mark in marks]
        return text

    def base(self, patient: Patient, study: Study, kind: str, series: int, number: int) -> FileDataset:
        """The attributes that every instance of a study shares."""
        ds = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
        if patient.charset:
            ds.SpecificCharacterSet = list(patient.charset) if isinstance(patient.charset, tuple) else patient.charset
        ds.SOPClassUID = CLASSES[kind]
        ds.StudyInstanceUID = study.uid
        ds.SeriesInstanceUID = f"{study.uid}.{series}"
        ds.SOPInstanceUID = f"{study.uid}.{series}.{number}"
        ds.FrameOfReferenceUID = f"{study.uid}.{series}.9999"
        ds.PatientName, ds.PatientID, ds.IssuerOfPatientID = patient.name, study.patient_id, study.site.issuer
        ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = patient.birth, patient.sex, study.age
        ds.PatientAddress, ds.PatientTelephoneNumbers = patient.address, patient.phone
        if patient.other_id:
            ds.OtherPatientIDs = patient.other_id
        ds.StudyDate = ds.SeriesDate = ds.ContentDate = ds.AcquisitionDate = study.date
        ds.StudyTime = ds.SeriesTime = ds.ContentTime = study.time
        ds.AcquisitionDateTime = f"{study.date}{study.time}.000+0100"
        ds.AccessionNumber, ds.StudyID, ds.StudyDescription = study.accession, study.study_id, study.description
        ds.Modality = kind.partition("-")[0] if kind not in ("SC", "PDF") else {"SC": "OT", "PDF": "DOC"}[kind]
        ds.ReferringPhysicianName, ds.NameOfPhysiciansReadingStudy = study.referring, study.reading
        ds.OperatorsName = "TECH^ROWENA"
        ds.InstitutionName, ds.InstitutionAddress = study.site.name, study.site.address
        ds.InstitutionalDepartmentName, ds.StationName = (
            study.site.department,
            f"{study.site.ae[:9]}_{ds.Modality}"[:16],
        )
        ds.Manufacturer, ds.ManufacturerModelName, ds.DeviceSerialNumber = (
            "Example Imaging",
            "Phantom 3000",
            f"SN{study.study_id}4471",
        )
        ds.SeriesNumber, ds.InstanceNumber = series, number
        ds.RequestAttributesSequence = Sequence(
            [
                item(
                    RequestedProcedureID=f"RP{study.study_id}",
                    ScheduledProcedureStepID=f"SPS{study.study_id}",
                    RequestedProcedureDescription=study.description,
                )
            ]
        )
        for attribute in (patient.family,):
            if attribute.isascii() and attribute in study.description:
                self.pending.append(("NAME", attribute, study.description))
        return ds

    def pixels(self, ds: FileDataset, array: np.ndarray, *, bits: int, signed: bool = False, frames: int = 1) -> None:
        """Native pixels: 8-bit colour or up to 16-bit grayscale."""
        color = array.ndim >= 3 and array.shape[-1] == 3
        ds.SamplesPerPixel = 3 if color else 1
        ds.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
        ds.Rows, ds.Columns = array.shape[-3:-1] if color else array.shape[-2:]
        ds.BitsAllocated = 8 if bits <= 8 else 16
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(signed)
        if color:
            ds.PlanarConfiguration = 0
        if frames > 1:
            ds.NumberOfFrames = frames
        kind = np.uint8 if bits <= 8 else (np.int16 if signed else np.uint16)
        raw = np.ascontiguousarray(array.astype(kind)).tobytes()
        ds.add(DataElement(0x7FE00010, "OB" if bits <= 8 else "OW", raw + b"\0" * (len(raw) % 2)))

    def save(
        self,
        ds: FileDataset,
        patient: Patient,
        study: Study,
        file: str,
        syntax: UID = ExplicitVRLittleEndian,
        *,
        preamble: bytes = b"",
        private_meta: bytes = b"",
    ) -> None:
        """Write one instance, then read every planted value out of it for the key."""
        meta = ds.file_meta
        meta.FileMetaInformationVersion = b"\0\1"
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
        meta.TransferSyntaxUID = syntax
        meta.ImplementationClassUID, meta.ImplementationVersionName = UID("1.3.6.1.4.1.55555.1.1"), "PHANTOM_1"
        meta.SourceApplicationEntityTitle = study.site.ae
        if private_meta:
            meta.PrivateInformationCreatorUID, meta.PrivateInformation = UID("1.3.6.1.4.1.55555.1.2"), private_meta
        if syntax.is_compressed and "PixelData" in ds and not ds["PixelData"].is_undefined_length:
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
            self._compress(ds, syntax)
        if preamble:
            ds.preamble = preamble.ljust(128, b"\0")[:128]
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        ds.save_as(path, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
        self.key.plant(patient.id, "SITE", study.site.ae, file, "(0002,0016) SourceApplicationEntityTitle")
        self._record(ds, patient, file, "")
        self.pending.clear()
        self.key.files.append(
            {
                "file": file,
                "kind": "dicom",
                "patient": patient.id,
                "modality": str(ds.Modality),
                "study": study.uid,
                "sop_instance_uid": str(ds.SOPInstanceUID),
                "transfer_syntax": str(syntax),
            }
        )

    def _compress(self, ds: FileDataset, syntax: UID) -> None:
        if syntax == JPEG2000Lossless:
            ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
        elif syntax == RLELossless:
            ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)

    def _record(self, ds: Dataset, patient: Patient, file: str, at: str) -> None:
        for element in ds:
            where = f"{at}{element.tag} {element.keyword or 'private'}"
            if element.VR == "SQ":
                for i, nested in enumerate(element.value):
                    self._record(nested, patient, file, f"{at}{element.tag}[{i}]")
                continue
            values = element.value if element.VM > 1 else [element.value]
            for value in values:
                self._record_value(element, str(value), patient, file, where)

    def _record_value(self, element: DataElement, value: str, patient: Patient, file: str, where: str) -> None:
        if not value or element.VR in ("OB", "OW", "UN"):
            return
        kind = self._kind(element, value)
        if kind:
            self.key.plant(patient.id, kind, value, file, where)
            return
        for pending, inner, text in self.pending:
            if value == text:
                if pending == "KEEP":
                    self.key.keep.append({"value": inner, "file": file, "where": where})
                else:
                    self.key.plant(patient.id, pending, inner, file, where)

    def _kind(self, element: DataElement, value: str) -> str:
        if element.VR == "PN":
            return "STAFF" if element.keyword in STAFF else "NAME"
        if element.keyword == "PatientBirthDate":
            return "BIRTH"
        if element.VR in ("DA", "DT"):
            return "DATE"
        if element.VR == "UI":
            return "" if value.startswith("1.2.840.10008.") else "UID"
        if element.keyword == "PatientAge":
            return "AGE" if int(value[:3]) > 89 else ""
        if element.keyword == "PatientID" and value == "":
            return ""
        return KEYWORDS.get(element.keyword, "")


def picture(array: np.ndarray) -> Image.Image:
    """0..1 to an 8-bit grayscale picture."""
    return Image.fromarray((np.clip(array, 0, 1) * 255).round().astype(np.uint8))


def jpeg(image: Image.Image, *, comment: bytes = b"") -> bytes:
    """One JPEG baseline frame, with a comment segment if given."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, comment=comment, subsampling=1 if image.mode == "RGB" else -1)
    return out.getvalue()


def encapsulated(ds: FileDataset, frames: list[bytes]) -> None:
    """Put compressed frames in."""
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True


def un_sequence(nested: Dataset) -> bytes:
    """A sequence as a UN value holds it: implicit VR, little endian (PS3.5 6.2.2 note 2)."""
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = True, True
    write_dataset(stream, nested)
    raw = stream.getvalue()
    return b"\xfe\xff\x00\xe0" + len(raw).to_bytes(4, "little") + raw


def overlay(ds: FileDataset, lines: list[tuple[int, int, str]], description: str) -> None:
    """A graphics overlay with words in its bits and in its description (PS3.3 C.9.2)."""
    image = Image.new("L", (ds.Columns, ds.Rows), 0)
    anatomy.words(image, lines, 15)
    bits = (np.asarray(image) > 127).astype(np.uint8).ravel()
    packed = np.packbits(bits, bitorder="little").tobytes()
    for element, vr, value in (
        (0x0010, "US", int(ds.Rows)),
        (0x0011, "US", int(ds.Columns)),
        (0x0022, "LO", description),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x1500, "LO", "PHYSICIAN NOTE"),
        (0x3000, "OW", packed + b"\0" * (len(packed) % 2)),
    ):
        ds.add(DataElement(0x60000000 + element, vr, value))
