"""A first pass over a file that reads only its head: enough to group instances by patient and study."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from deid.dicom.read import DEFLATED, EXPLICIT_BE, inflate, is_big, looks_explicit, read_meta
from deid.dicom.repeat import Repeats, identifiers
from deid.dicom.scan import UNDEFINED, Element, Limits, Scanner, truncated
from deid.dicom.values import CHARACTER_SET, Charset, charset_of, item_charset
from deid.errors import InputError
from deid.model import Known

__all__ = ["Peek", "peek"]

_PEEK_BYTES = 1 << 14
_LAST_TAG = 0x0020000E
_PATIENT_ID, _OTHER_IDS, _OTHER_IDS_SEQUENCE = 0x00100020, 0x00101000, 0x00101002
_SOP_INSTANCE, _META_INSTANCE = 0x00080018, "MediaStorageSOPInstanceUID"


@dataclass(frozen=True, slots=True, repr=False)
class Peek:
    """What the head of a file says: enough to group instances by patient and study, and for intake filters.

    ``is_dicom`` is False for anything else, and all other fields are empty then. Values are originals. ``known`` is
    None unless what was read holds everything but Pixel Data.
    """

    is_dicom: bool
    patient_id: str = ""
    issuer: str = ""
    study_uid: str = ""
    series_uid: str = ""
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    accession: str = ""
    modality: str = ""
    patient_name: str = ""
    sex: str = ""
    study_date: str = ""
    image_type: str = ""
    study_description: str = ""
    series_description: str = ""
    other_patient_ids: tuple[str, ...] = ()
    known: tuple[Known, ...] | None = None

    def __repr__(self) -> str:
        return f"Peek({'dicom' if self.is_dicom else 'other'}, {self.modality})"


def peek(path: Path | str, *, repeats: Repeats | None = None) -> Peek:
    """What the head of a file says, without reading the rest.

    Parameters
    ----------
    repeats
        What is known of headers that were read before.

    Raises
    ------
    InputError
        ``input-unreadable``, or as :func:`read_instance` for a DICOM file whose head is broken.
    """
    path = Path(path)
    limits = Limits()
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            data = b""
            want = _PEEK_BYTES
            while True:
                data += file.read(want - len(data)) or b""
                found = _peek_whole(data, size, limits, repeats) if repeats and want == _PEEK_BYTES else None
                found = found or _peek_bytes(data, limits, complete=len(data) >= size)
                if found is not None:
                    return found
                if len(data) < want:
                    raise truncated()
                want *= 4
    except OSError:
        raise InputError("input-unreadable", "the file cannot be read") from None


def _peek_whole(data: bytes, size: int, limits: Limits, repeats: Repeats) -> Peek | None:
    """The peek of a file of which everything but native Pixel Data is here; None of any other."""
    try:
        meta, begin = repeats.meta(data) or read_meta(data, limits)
        repeats.remember_meta(data, meta, begin)
        if meta.get("TransferSyntaxUID", "") in (*DEFLATED, EXPLICIT_BE) or is_big(data, begin):
            return None
        implicit = not looks_explicit(data, begin)
        scan, runs = repeats.scan(Scanner(data, limits), begin, len(data), implicit=implicit)
    except InputError:
        return None
    pixel = scan.pixel
    end = len(data) if pixel is None else scan.end + pixel.length if pixel.length != UNDEFINED else 0
    if end != size:
        return None
    notes = repeats.notes(runs, meta.get("MediaStorageSOPClassUID"))
    like: tuple[Peek, Charset] | None = notes.get("peek")
    if like is not None:
        uid = _instance_uid(data, scan.elements) or meta.get(_META_INSTANCE, "")
        return replace(like[0], sop_instance_uid=uid, known=identifiers(runs, like[1], notes))
    declared = next((element for element in scan.elements if element.tag == CHARACTER_SET), None)
    charset = charset_of(data[declared.value : declared.value_end] if declared else b"")
    found = _peek_elements(data, scan.elements, meta)
    notes["peek"] = found, charset
    return replace(found, known=identifiers(runs, charset, notes))


def _instance_uid(data: bytes, elements: list[Element]) -> str:
    found = next((element for element in elements if element.tag >= _SOP_INSTANCE), None)
    if found is None or found.tag != _SOP_INSTANCE:
        return ""
    return data[found.value : found.value_end].decode("latin-1").strip(" \0\t\r\n")


def _peek_bytes(data: bytes, limits: Limits, *, complete: bool) -> Peek | None:
    """The peek of the first bytes of a file; None if more are needed."""
    if len(data) < 132 and not complete:
        return None
    try:
        meta, begin = read_meta(data, limits)
        syntax = meta.get("TransferSyntaxUID", "")
        if syntax in DEFLATED:
            data, begin = inflate(data[begin:], max(16 * len(data), 1 << 20))[0], 0
    except InputError as error:
        if error.code == "input-not-dicom":
            return Peek(is_dicom=False)
        if complete:
            raise
        return None
    big = syntax == EXPLICIT_BE or is_big(data, begin)
    scanner = Scanner(data, limits, big=big)
    elements: list[Element] = []
    try:
        scanner.into(elements, begin, len(data), implicit=not big and not looks_explicit(data, begin))
    except InputError as error:
        if not _reached(elements) and (complete or error.code != "input-truncated"):
            raise
    if not _reached(elements) and scanner.pixel is None and not complete:
        return None
    return _peek_elements(data, elements, meta)


def _reached(elements: list[Element]) -> bool:
    return bool(elements) and elements[-1].tag > _LAST_TAG


def _peek_elements(data: bytes, elements: list[Element], meta: dict[str, str]) -> Peek:
    index = {element.tag: element for element in elements}
    declared = index.get(CHARACTER_SET)
    charset = charset_of(data[declared.value : declared.value_end] if declared else b"")

    def text(tag: int) -> str:
        element = index.get(tag)
        if element is None or element.items is not None:
            return ""
        return charset.decode(data[element.value : element.value_end], element.vr).strip(" \0\t\r\n")

    def others() -> Iterator[str]:
        yield from text(_OTHER_IDS).split("\\")
        sequence = index.get(_OTHER_IDS_SEQUENCE)
        for item in (sequence.items if sequence is not None else None) or ():
            for element in item.elements:
                if element.tag == _PATIENT_ID:
                    raw = data[element.value : element.value_end]
                    yield item_charset(item, data, charset).decode(raw, element.vr).strip(" \0\t\r\n")

    return Peek(
        is_dicom=True,
        patient_id=text(_PATIENT_ID),
        issuer=text(0x00100021),
        study_uid=text(0x0020000D),
        series_uid=text(0x0020000E),
        sop_instance_uid=text(0x00080018) or meta.get("MediaStorageSOPInstanceUID", ""),
        sop_class_uid=text(0x00080016) or meta.get("MediaStorageSOPClassUID", ""),
        accession=text(0x00080050),
        modality=text(0x00080060),
        patient_name=text(0x00100010),
        sex=text(0x00100040),
        study_date=text(0x00080020),
        image_type=text(0x00080008),
        study_description=text(0x00081030),
        series_description=text(0x0008103E),
        other_patient_ids=tuple(filter(None, others())),
    )
