"""One instance, read once: where its elements lie, what it is, and which identifiers it names.

The source is opened once and never mapped, so a file that shrinks under us is an error and not a signal. Of a large
file only the header and what follows Pixel Data are held in memory.
"""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from deid.dicom.known import known_values
from deid.dicom.repeat import Repeats, Run, identifiers
from deid.dicom.scan import UNDEFINED, VR_BYTES, Element, Limits, Scan, Scanner, malformed, tag_name, truncated
from deid.dicom.transcode import to_explicit_little
from deid.dicom.values import CHARACTER_SET, Charset, charset_of
from deid.errors import InputError
from deid.model import Known, SubjectKey
from deid.standard import dictionary_vr, keyword_of

if TYPE_CHECKING:
    import pydicom

__all__ = ["Instance", "PixelValue", "parse_instance", "read_head", "read_instance"]

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED_LE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
#: Transfer syntaxes whose dataset is deflated as a whole (the second: JPIP Referenced Deflate, the third: HTJ2K JPIP).
DEFLATED = frozenset((DEFLATED_LE, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"))
_BLOCK, _HEAD = 1 << 20, 1 << 14


class PixelValue(NamedTuple):
    """The value of Pixel Data: bytes in memory, or a range of the source file."""

    data: memoryview | None
    offset: int
    length: int


@dataclass(frozen=True, repr=False, eq=False)
class Instance:
    """One instance as spans into an immutable buffer.

    Attributes
    ----------
    buffer
        Everything but the value of Pixel Data. Spans of ``elements`` are offsets into it; ``buffer[begin:cut]`` is the
        dataset up to and including the header of Pixel Data, ``buffer[cut:end]`` what follows its value.
    elements
        Top level elements, Pixel Data and what follows it included.
    pixel, pixel_value
        The element of Pixel Data (or its float kinds) and its value; None if there is none.
    meta
        File meta information, decoded: keyword to value. Empty if the file has none.
    transfer_syntax
        As the dataset is really encoded, which is not always what its meta information says.
    runs
        The same elements, up to the header of Pixel Data, by what repeats from instance to instance.
    notes
        Whatever was found out that holds for every instance that differs from this one in free elements only
        (:class:`deid.dicom.repeat.Run`) and in the value of Pixel Data; None if elements follow Pixel Data.
    size, digest
        Of the source in bytes; SHA-256 of the source as far as it was read into memory, None for large files.
    """

    path: Path | None
    size: int
    buffer: bytes
    begin: int
    cut: int
    end: int
    implicit: bool
    elements: list[Element]
    pixel: Element | None
    pixel_value: PixelValue | None
    meta: dict[str, str]
    transfer_syntax: str
    declared_syntax: str
    source: bytes | None = field(default=None)
    runs: tuple[Run, ...] = ()
    notes: dict[Any, Any] | None = None

    def __repr__(self) -> str:
        return f"Instance({len(self.elements)} elements, {self.size} bytes)"

    @cached_property
    def index(self) -> dict[int, Element]:
        """Top level elements by tag."""
        return {element.tag: element for element in self.elements}

    @cached_property
    def charset(self) -> Charset:
        """Character set of the top level."""
        element = self.index.get(CHARACTER_SET)
        return charset_of(self.buffer[element.value : element.value_end] if element else b"")

    def text(self, tag: int) -> str:
        """A top level value as characters without padding; empty if absent."""
        element = self.index.get(tag)
        if element is None or element.items is not None:
            return ""
        raw = self.buffer[element.value : element.value_end]
        return self.charset.decode(raw, element.vr).strip(" \0\t\r\n")

    @cached_property
    def sop_class_uid(self) -> str:
        """SOP Class of the dataset, or of the file meta information."""
        return self.text(0x00080016) or self.meta.get("MediaStorageSOPClassUID", "")

    @cached_property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID of the dataset, or of the file meta information."""
        return self.text(0x00080018) or self.meta.get("MediaStorageSOPInstanceUID", "")

    @property
    def study_uid(self) -> str:
        """Study Instance UID."""
        return self.text(0x0020000D)

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return self.text(0x0020000E)

    @property
    def accession(self) -> str:
        """Accession Number."""
        return self.text(0x00080050)

    @property
    def modality(self) -> str:
        """Modality."""
        return self.text(0x00080060)

    @property
    def image_type(self) -> str:
        """Image Type, its values joined by backslashes."""
        return self.text(0x00080008)

    @property
    def body_part(self) -> str:
        """Body Part Examined."""
        return self.text(0x00180015)

    @property
    def study_description(self) -> str:
        """Study Description."""
        return self.text(0x00081030)

    @property
    def series_description(self) -> str:
        """Series Description."""
        return self.text(0x0008103E)

    @property
    def protocol_name(self) -> str:
        """Protocol Name."""
        return self.text(0x00181030)

    @property
    def procedure_descriptions(self) -> str:
        """Requested Procedure, Performed Procedure Step and Acquisition Protocol in words."""
        tags = (0x00321060, 0x00400254, 0x00189423)
        return "\\".join(filter(None, (self.text(tag) for tag in tags)))

    @property
    def region_codes(self) -> str:
        """Code values of Anatomic Region Sequence, joined by backslashes."""
        return self._of_regions(0x00080100)

    @property
    def region_meanings(self) -> str:
        """Code meanings of Anatomic Region Sequence, joined by backslashes."""
        return self._of_regions(0x00080104)

    def _of_regions(self, tag: int) -> str:
        sequence = self.index.get(0x00082218)
        return "\\".join(
            self.charset.decode(self.buffer[e.value : e.value_end], e.vr).strip(" \0")
            for item in (sequence.items if sequence is not None else None) or ()
            for e in item.elements
            if e.tag == tag
        )

    @property
    def study_date(self) -> str:
        """Study Date."""
        return self.text(0x00080020)

    @property
    def key(self) -> SubjectKey:
        """How the patient is found in the vault."""
        return SubjectKey(self.text(0x00100020), self.text(0x00100021))

    @property
    def sex(self) -> str:
        """Patient's Sex, if it is one of M, F, O."""
        sex = self.text(0x00100040).upper()
        return sex if sex in ("M", "F", "O") else ""

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """Identifiers that the header names, at every level."""
        if self.notes is not None:
            return identifiers(self.runs, self.charset, self.notes)
        return known_values(self.elements, self.buffer, self.charset)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the source."""
        if self.source is not None:
            return hashlib.sha256(self.source).hexdigest()
        if self.path is None:
            raise ValueError("no source")
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def pixel_bytes(self) -> bytes:
        """The value of Pixel Data, read from the source if it is not in memory."""
        value = self.pixel_value
        if value is None:
            return b""
        if value.data is not None:
            return bytes(value.data)
        if self.path is None:
            raise ValueError("no source")
        with self.path.open("rb") as file:
            file.seek(value.offset)
            data = file.read(value.length)
        if len(data) != value.length:
            raise truncated(self.pixel.tag if self.pixel else 0)
        return data

    def pixel_view(self) -> bytes | memoryview:
        """As :meth:`pixel_bytes`, without a copy where the value is in memory."""
        value = self.pixel_value
        return value.data if value is not None and value.data is not None else self.pixel_bytes()

    def filled(self, data: bytes) -> Instance | None:
        """The same with its Pixel Data in memory, if it is the head of these bytes and Pixel Data stands last."""
        value = self.pixel_value
        if value is None or self.source is not None or not value.offset == self.cut == len(self.buffer):
            return None
        if not value.offset + value.length == self.size == len(data) or not data.startswith(self.buffer):
            return None
        return replace(self, pixel_value=value._replace(data=memoryview(data)[value.offset :]), source=data)

    def parts(self) -> Iterator[bytes]:
        """The dataset again, as a whole part 10 file would hold it, in pieces."""
        yield self.buffer[self.begin : self.cut]
        yield self.pixel_bytes()
        yield self.buffer[self.cut : self.end]

    def dataset(self) -> pydicom.Dataset:
        """The instance as pydicom reads it, values undecoded; for pixels."""
        import pydicom
        from pydicom.dataset import FileMetaDataset
        from pydicom.filereader import read_dataset
        from pydicom.uid import UID

        raw = read_dataset(io.BytesIO(b"".join(self.parts())), self.implicit, True)
        dataset = pydicom.FileDataset(None, raw, is_implicit_VR=self.implicit, is_little_endian=True)  # type: ignore[arg-type]
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(self.transfer_syntax)
        if self.sop_class_uid:
            dataset.file_meta.MediaStorageSOPClassUID = UID(self.sop_class_uid)
        return dataset


def read_instance(
    path: Path | str,
    *,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    repeats: Repeats | None = None,
    head: Instance | None = None,
) -> Instance:
    """One instance of a file, which is read once.

    Parameters
    ----------
    repeats
        What is known of headers that were read before.
    head
        What :func:`read_head` has read of the same file; it need not be taken apart again.

    Raises
    ------
    InputError
        ``input-not-dicom``, ``input-truncated``, ``input-malformed``, ``input-too-deep``,
        ``input-too-many-elements``, ``input-too-large``, ``input-unreadable``.
    """
    path = Path(path)
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.in_memory_bytes:
                large = _read_large(path, file, size, limits)
                if large is not None:
                    return large
                if size > limits.header_bytes:
                    raise InputError("input-too-large", "the header is larger than the limit")
            data = file.readall()
    except OSError:
        raise InputError("input-unreadable", "the file cannot be read") from None
    whole = head.filled(data) if head is not None else None
    return whole or parse_instance(data, path=path, limits=limits, repeats=repeats)


def read_head(path: Path | str, *, repeats: Repeats | None = None) -> Instance:
    """One instance of a file of which Pixel Data stays where it is, unless the file must be read whole.

    Raises
    ------
    InputError
        As :func:`read_instance`.
    """
    path, limits = Path(path), Limits()
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            found = _read_large(path, file, size, limits, first=_HEAD, repeats=repeats)
    except OSError:
        raise InputError("input-unreadable", "the file cannot be read") from None
    return found or read_instance(path, repeats=repeats)


def parse_instance(
    data: bytes,
    *,
    path: Path | None = None,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    repeats: Repeats | None = None,
) -> Instance:
    """One instance of bytes in memory; see :func:`read_instance`."""
    repeats = repeats or Repeats()
    meta, begin = repeats.meta(data) or _read_meta_anew(data, limits, repeats)
    declared = meta.get("TransferSyntaxUID", "")
    source = _Source(path, len(data), meta, declared, limits, repeats, data)
    if declared in DEFLATED:
        return _whole(source._replace(believed=EXPLICIT_LE), _inflated(data[begin:], limits), 0)
    if declared == EXPLICIT_BE:
        return _whole(source._replace(believed=EXPLICIT_LE), _reencoded(data, begin, limits, big=True), 0)
    return _whole(source._replace(believed=declared), data, begin)


def _read_meta_anew(data: bytes, limits: Limits, repeats: Repeats) -> tuple[dict[str, str], int]:
    found = read_meta(data, limits)
    repeats.remember_meta(data, *found)
    return found


def read_meta(data: bytes, limits: Limits) -> tuple[dict[str, str], int]:
    """File meta information and where the dataset begins.

    A file without preamble, or without file meta information, is accepted if its first element can be one.
    """
    if data[128:132] == b"DICM":
        at = 132
    elif data[:4] == b"DICM":
        at = 4
    elif _can_begin(data):
        at = 0
    else:
        raise InputError("input-not-dicom", "not a DICOM file")
    meta: dict[str, str] = {}
    scanner = Scanner(data, limits)
    while data[at : at + 2] == b"\x02\x00":
        element = scanner.one(at, len(data), implicit=not looks_explicit(data, at))
        if element.items is None:
            raw = data[element.value : element.value_end]
            meta[keyword_of(element.tag) or tag_name(element.tag)] = raw.decode("latin-1").strip(" \0")
        at = element.end
    return meta, at


def _can_begin(data: bytes) -> bool:
    """Whether a dataset can begin with these bytes: group 0002 or 0008, a known VR or a known tag of fitting length."""
    if len(data) < 8:
        return False
    if data[:2] in (b"\x02\x00", b"\x08\x00"):
        if looks_explicit(data, 0):
            return True
        tag = int.from_bytes(data[:2], "little") << 16 | int.from_bytes(data[2:4], "little")
        length = int.from_bytes(data[4:8], "little")
        return (tag & 0xFFFF == 0 or dictionary_vr(tag) is not None) and length + 8 <= len(data)
    return is_big(data, 0)


def is_big(data: bytes, at: int) -> bool:
    """Whether a dataset begins with group 0008 in big endian, whatever its meta information says."""
    return data[at : at + 2] == b"\x00\x08" and looks_explicit(data, at)


def looks_explicit(data: bytes, at: int) -> bool:
    return data[at + 4 : at + 6] in VR_BYTES


class _Source(NamedTuple):
    """A file and what its meta information says; ``believed`` is its transfer syntax as far as that can be so."""

    path: Path | None
    size: int
    meta: dict[str, str]
    declared: str
    limits: Limits
    repeats: Repeats
    data: bytes | None = None
    believed: str = ""

    def __repr__(self) -> str:
        return f"_Source({self.size} bytes)"


class _Scanned(NamedTuple):
    """A dataset in a buffer, up to the header of Pixel Data."""

    begin: int
    implicit: bool
    scan: Scan
    runs: tuple[Run, ...] = ()


def _whole(source: _Source, data: bytes, begin: int) -> Instance:
    """The instance of a dataset that is in memory and little endian (or turns out not to be)."""
    if is_big(data, begin):
        source = source._replace(believed=EXPLICIT_LE)
        return _whole(source, _reencoded(data, begin, source.limits, big=True), 0)
    implicit = not looks_explicit(data, begin)
    scanner = Scanner(data, source.limits)
    scan, runs = source.repeats.scan(scanner, begin, len(data), implicit=implicit)
    pixel, cut, found = scan.pixel, scan.end, _Scanned(begin, implicit, scan, runs)
    if pixel is None:
        return _instance(source, data, found)
    encapsulated = pixel.length == UNDEFINED
    value_end = scanner.fragments(cut, len(data)) - 8 if encapsulated else cut + pixel.length
    if value_end > len(data):
        raise truncated(pixel.tag)
    if encapsulated and implicit:
        return _whole(source, _reencoded(data, begin, source.limits, big=False), 0)
    value = PixelValue(memoryview(data)[cut:value_end], cut, value_end - cut)
    return _instance(source, data[:cut], found, value, data[value_end:])


def _instance(
    source: _Source, buffer: bytes, found: _Scanned, value: PixelValue | None = None, tail: bytes = b""
) -> Instance:
    """Join what precedes the value of Pixel Data with what follows it."""
    begin, implicit, scan, runs = found
    elements, pixel, cut, end = scan.elements, scan.pixel, scan.end, scan.end
    encapsulated, after = None, False
    if pixel is not None:
        encapsulated = pixel.length == UNDEFINED
        pixel = pixel._replace(end=cut + 8 if encapsulated else cut)
        elements, end = [*elements, pixel], pixel.end
        if tail:
            buffer += tail
            behind = Scanner(buffer, source.limits).dataset(end, len(buffer), implicit=implicit)
            if behind.pixel is not None:
                raise malformed("a second Pixel Data", behind.pixel.tag)
            elements, end, after = elements + behind.elements, behind.end, bool(behind.elements)
    if not elements:
        raise malformed("a dataset without elements")
    syntax = _true_syntax(source.believed, implicit=implicit, encapsulated=encapsulated)
    alike = (source.meta.get("MediaStorageSOPClassUID"), syntax, source.declared, pixel and (pixel.tag, pixel.vr))
    return Instance(
        path=source.path,
        size=source.size,
        buffer=buffer,
        begin=begin,
        cut=cut,
        end=end,
        implicit=implicit,
        elements=elements,
        pixel=pixel,
        pixel_value=value,
        meta=source.meta,
        transfer_syntax=syntax,
        declared_syntax=source.declared,
        source=source.data,
        runs=runs,
        notes=source.repeats.notes(runs, *alike) if runs and not after else None,
    )


def _true_syntax(declared: str, *, implicit: bool, encapsulated: bool | None) -> str:
    """The transfer syntax that fits the bytes; the declared one as far as it can be believed.

    ``encapsulated`` is None if there is no Pixel Data to tell.
    """
    if declared and not declared.startswith("1.2.840.10008.1.2"):
        raise InputError("input-transfer-syntax-private", "a private transfer syntax cannot be followed")
    native = declared in ("", IMPLICIT_LE, EXPLICIT_LE)
    if encapsulated and native:
        raise InputError("input-transfer-syntax", "Pixel Data is encapsulated under a syntax that does not say how")
    if implicit:
        return IMPLICIT_LE
    if native or encapsulated is False:
        # Encapsulated Uncompressed (1.2.840.10008.1.2.1.98) of defined length is what it says without the capsule.
        return EXPLICIT_LE
    return declared


def _reencoded(data: bytes, begin: int, limits: Limits, *, big: bool) -> bytes:
    """The same dataset in Explicit VR Little Endian."""
    implicit = not looks_explicit(data, begin)
    scanner = Scanner(data, limits, big=big)
    elements: list[Element] = []
    at = begin
    while at < len(data):
        scan = scanner.dataset(at, len(data), implicit=implicit)
        elements += scan.elements
        if scan.pixel is None:
            break
        pixel = scan.pixel
        at = scanner.fragments(scan.end, len(data)) if pixel.length == UNDEFINED else scan.end + pixel.length
        if at > len(data):
            raise truncated(pixel.tag)
        elements.append(pixel._replace(end=at))
    return to_explicit_little(scanner, elements)


def _inflated(data: bytes, limits: Limits) -> bytes:
    """A deflated dataset, bounded in size (PS3.5 A.5)."""
    inflated, whole = inflate(data, limits.inflated_bytes + 1)
    if len(inflated) > limits.inflated_bytes:
        raise InputError("input-too-large", "the inflated dataset is larger than the limit")
    if not whole:
        raise truncated()
    return inflated


def inflate(data: bytes, limit: int) -> tuple[bytes, bool]:
    """At most ``limit`` bytes of a deflated dataset, and whether that is all of it."""
    for bits in (-15, 15):
        stream = zlib.decompressobj(bits)
        try:
            inflated = stream.decompress(data, limit)
        except zlib.error:
            continue
        return inflated, stream.eof
    raise malformed("a deflated dataset that cannot be inflated")


def _read_large(
    path: Path, file: io.FileIO, size: int, limits: Limits, *, first: int = _BLOCK, repeats: Repeats | None = None
) -> Instance | None:
    """A file whose Pixel Data stays where it is; None if it must be read whole."""
    found = _large_head(path, file, size, limits, first, repeats or Repeats())
    if found is None:
        return None
    source, data, dataset = found
    scan = dataset.scan
    if scan.pixel is None or (scan.pixel.length == UNDEFINED and dataset.implicit):
        return None
    cut, encapsulated = scan.end, scan.pixel.length == UNDEFINED
    value_end = _fragments_end(file, cut, size) - 8 if encapsulated else cut + scan.pixel.length
    if value_end > size:
        raise truncated(scan.pixel.tag)
    if size - value_end > limits.header_bytes:
        raise InputError("input-too-large", "what follows Pixel Data is larger than the limit")
    tail = _range(file, value_end, size - value_end)
    return _instance(source, data[:cut], dataset, PixelValue(None, cut, value_end - cut), tail)


def _large_head(
    path: Path, file: io.FileIO, size: int, limits: Limits, want: int, repeats: Repeats
) -> tuple[_Source, bytes, _Scanned] | None:
    """What precedes Pixel Data, read in growing pieces; None if it must be read whole."""
    while want <= limits.header_bytes:
        data = _range(file, 0, min(want, size))
        try:
            meta, begin = repeats.meta(data) or read_meta(data, limits)
            declared = meta.get("TransferSyntaxUID", "")
            if declared in DEFLATED or declared == EXPLICIT_BE or is_big(data, begin):
                return None
            implicit = not looks_explicit(data, begin)
            scan, runs = repeats.scan(Scanner(data, limits), begin, len(data), implicit=implicit)
        except InputError as error:
            if error.code != "input-truncated" or want >= size:
                raise
        else:
            if scan.pixel is not None or want >= size:
                source = _Source(path, size, meta, declared, limits, repeats, believed=declared)
                return source, data, _Scanned(begin, implicit, scan, runs)
        want *= 4
    raise InputError("input-too-large", "the header is larger than the limit")


def _range(file: io.FileIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    parts = []
    while length > 0:
        part = file.read(length)
        if not part:
            raise truncated()
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _fragments_end(file: io.FileIO, at: int, size: int) -> int:
    """Where encapsulated fragments end in the file, their sequence delimiter included."""
    while at + 8 <= size:
        head = _range(file, at, 8)
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"\xfe\xff\xdd\xe0":
            return at + 8
        if head[:4] != b"\xfe\xff\x00\xe0" or length == UNDEFINED:
            raise malformed("something that is not a fragment")
        at += 8 + length
    raise truncated()
