"""Scanning: spans agree with what pydicom reads, and nothing that is not understood passes."""

import contextlib
import io
import struct
import warnings
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from deid.dicom import Limits, parse_instance, peek, read_instance
from deid.dicom.scan import Element
from deid.errors import InputError

BUNDLED = sorted(p for p in (Path(pydicom.__file__).parent / "data").rglob("*") if p.is_file())
CT = "1.2.840.10008.5.1.4.1.1.2"


def small(syntax=ExplicitVRLittleEndian, **values) -> bytes:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3.4.5"
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "1234"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    inner = Dataset()
    inner.CodeValue, inner.CodeMeaning = "X", "Thing"
    dataset.ProcedureCodeSequence = Sequence([inner])
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def walk(elements: list[Element]):
    for element in elements:
        yield element
        for item in element.items or ():
            yield from walk(item.elements)


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_every_syntax_gives_the_same_values(syntax):
    instance = parse_instance(small(syntax, Rows=7, WindowCenter=1.5))
    assert instance.key.patient_id == "1234"
    assert instance.dataset().Rows == 7
    assert instance.dataset().ProcedureCodeSequence[0].CodeMeaning == "Thing"


def test_bundled_files_scan_to_what_pydicom_reads():
    seen = 0
    for path in BUNDLED:
        try:
            if not peek(path).is_dicom:
                continue
            instance = read_instance(path)
        except InputError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = pydicom.dcmread(path, force=True)
            assert {e.tag for e in instance.elements} == {int(e.tag) for e in theirs}
            # We enter private sequences that pydicom leaves as bytes.
            assert sum(1 for _ in walk(instance.elements)) >= sum(1 for _ in theirs.iterall())
        seen += 1
    assert seen > 150


def test_spans_cover_the_dataset_without_gap():
    instance = parse_instance(small())
    at = instance.begin
    for element in instance.elements:
        assert element.start == at
        at = element.end
    assert at == instance.end == len(instance.buffer)


@pytest.mark.parametrize(
    "path",
    [p for p in BUNDLED if p.name in ("CT_small.dcm", "rtplan.dcm", "test-SR.dcm", "JPEG2000.dcm")],
    ids=lambda p: p.name,
)
def test_no_truncation_passes_as_a_whole_file_with_fewer_values(path):
    data = path.read_bytes()
    whole = parse_instance(data)
    ends = {e.end for e in whole.elements if e.end <= whole.cut} | {whole.begin}
    for cut in range(0, len(data), max(1, len(data) // 300)):
        try:
            part = parse_instance(data[:cut])
        except InputError:
            continue
        assert part.end in ends or cut >= whole.size - 8 or not any(data[cut:])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_random_damage_ends_in_an_input_error_or_an_instance(data):
    raw = bytearray(small(data.draw(st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]))))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        parse_instance(bytes(raw))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_never_crash(raw):
    for data in (raw, bytes(128) + b"DICM" + raw):
        with contextlib.suppress(InputError):
            parse_instance(data)


def test_missing_preamble_is_read():
    data = small()
    assert parse_instance(data[132:]).key.patient_id == "1234"
    assert parse_instance(data[128:]).key.patient_id == "1234"


def test_a_dataset_without_meta_is_read():
    data = small(ImplicitVRLittleEndian)
    begin = parse_instance(data).begin
    assert parse_instance(data[begin:]).transfer_syntax == ImplicitVRLittleEndian


@pytest.mark.parametrize(
    ("said", "true"),
    [(ExplicitVRLittleEndian, ImplicitVRLittleEndian), (ImplicitVRLittleEndian, ExplicitVRLittleEndian)],
)
def test_a_file_that_lies_about_its_vr_is_read_as_it_is(said, true):
    honest = small(true)
    head = small(said)
    lie = head[: parse_instance(head).begin] + honest[parse_instance(honest).begin :]
    instance = parse_instance(lie)
    assert instance.transfer_syntax == true
    assert instance.key.patient_id == "1234"


def sequence_in_un(length: int | None) -> bytes:
    name = struct.pack("<HHI", 0x10, 0x10, 8) + b"Doe^Jane"
    item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(name)) + name
    end = b"\xfe\xff\xdd\xe0\0\0\0\0"
    stated = 0xFFFFFFFF if length is None else len(item)
    return struct.pack("<HH2s2xI", 0x0009, 0x1001, b"UN", stated) + item + (end if length is None else b"")


@pytest.mark.parametrize("length", [None, 0])
def test_a_sequence_hidden_in_un_is_entered(length):
    instance = parse_instance(small() + sequence_in_un(length))
    inner = instance.elements[-1]
    assert inner.items is not None
    assert inner.items[0].elements[0].tag == 0x00100010
    assert inner.items[0].implicit


def test_nested_sequences_have_a_limit():
    deep = b""
    for _ in range(200):
        item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(deep)) + deep
        deep = struct.pack("<HH2s2xI", 0x0040, 0xA730, b"SQ", len(item)) + item
    with pytest.raises(InputError, match="too-deep"):
        parse_instance(small() + deep)


def test_a_deflate_bomb_is_refused_early():
    head = small(DeflatedExplicitVRLittleEndian)
    begin = parse_instance(small()).begin  # same meta length but for the syntax
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeezer.compress(bytes(64 << 20)) + squeezer.flush()
    at = head.index(b"1.2.840.10008.1.2.1.99") + 22
    at += at % 2
    data = head[: max(at, begin)] + bomb
    with pytest.raises(InputError):
        parse_instance(head[:at] + bomb if data is None else data, limits=Limits(inflated_bytes=1 << 20))


def test_an_element_count_has_a_limit():
    many = b"".join(struct.pack("<HH2sH", 0x0040, n, b"LO", 0) for n in range(1, 500))
    with pytest.raises(InputError, match="too-many"):
        parse_instance(small() + many, limits=Limits(elements=100))


def test_a_large_file_keeps_its_pixels_on_disk(tmp_path):
    pixels = bytes(range(256)) * 4096
    data = small(Rows=1024, Columns=1024, BitsAllocated=8, PixelData=pixels)
    path = tmp_path / "large.dcm"
    path.write_bytes(data)
    large = read_instance(path, limits=Limits(in_memory_bytes=1000))
    assert large.pixel_value.data is None
    assert large.pixel_bytes() == pixels
    assert large.elements[-1].tag == 0x7FE00010
    assert len(large.buffer) < 2000


def test_a_file_that_is_not_dicom_says_so(tmp_path):
    path = tmp_path / "note.txt"
    path.write_bytes(b"Patient: Jane Doe\n" * 20)
    assert not peek(path).is_dicom
    with pytest.raises(InputError, match="not-dicom"):
        read_instance(path)
