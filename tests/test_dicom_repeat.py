"""What repeats from header to header is taken over, and never differs from what a scan would give."""

import random
import struct
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from deid.dicom import Instance, Repeats, parse_instance, peek, read_head, read_instance
from deid.errors import InputError
from tests.dicom_corpus import CHARSETS, cases, ct, encode
from tests.test_dicom_scan import BUNDLED, small

FIELDS = ("elements", "buffer", "cut", "end", "pixel", "known", "transfer_syntax", "meta")


def same(one: Instance, other: Instance) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in FIELDS)


def series(count: int, syntax: str = ExplicitVRLittleEndian) -> list[bytes]:
    from tests.dicom_corpus import Uids

    made = []
    for number in range(count):
        one = ct(CHARSETS["ascii"], Uids(0), number)
        one.SliceLocation = "1" * (number % 9 + 1)
        one.ImagePositionPatient = [0, 0, number * 1.25]
        made.append(encode(one, syntax))
    return made


def outcome(read, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read(**options)
        except InputError as error:
            return str(error)


def agree(read, repeats: Repeats) -> None:
    plain, again = outcome(read), outcome(read, repeats=repeats)
    assert plain == again if isinstance(plain, str) else same(plain, again)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_series_is_read_as_without_memory(syntax):
    repeats = Repeats()
    for data in series(24, syntax):
        agree(lambda data=data, **options: parse_instance(data, **options), repeats)


@pytest.mark.filterwarnings("ignore")
def test_mixed_series_and_odd_files_are_read_as_without_memory():
    repeats = Repeats()
    reads = [lambda path=path, **options: read_instance(path, **options) for path in BUNDLED]
    reads += [lambda data=case.data, **options: parse_instance(data, **options) for case in cases()]
    reads += [lambda data=data, **options: parse_instance(data, **options) for data in series(12)]
    random.Random(5).shuffle(reads)
    for read in reads:
        agree(read, repeats)


@example(857, 0, 0)  # a sequence in the middle that was not there before
@given(st.integers(0, 2000), st.integers(0, 255), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_anywhere_is_seen(place, value, cut):
    first, second = series(2)
    repeats = Repeats()
    parse_instance(first, repeats=repeats)
    at = 132 + place % (len(second) - 132)
    broken = second[:at] + bytes([value]) + second[at + 1 :]
    broken = broken[: len(broken) - cut * 100]
    agree(lambda **options: parse_instance(broken, **options), repeats)
    agree(lambda **options: parse_instance(second, **options), repeats)


def test_an_element_that_comes_or_goes_is_seen():
    repeats = Repeats()
    for changes in ({}, {"StudyDescription": "x"}, {"PatientSex": "F", "SliceLocation": "1"}, {}):
        data = small(**changes)
        agree(lambda data=data, **options: parse_instance(data, **options), repeats)


def test_an_instance_is_the_same_whether_its_head_was_read_before(tmp_path):
    """Also where Pixel Data is not last or not native, and where the file is another one by then."""
    repeats = Repeats()
    for path in (*BUNDLED, None):
        if path is None:
            path = tmp_path / "ct.dcm"  # noqa: PLW2901
            path.write_bytes(series(1)[0])
        head = outcome(read_head, path=path)
        if isinstance(head, str):
            continue
        whole, again = outcome(read_instance, path=path), outcome(read_instance, path=path, head=head, repeats=repeats)
        assert whole == again if isinstance(whole, str) else same(whole, again)
        if not isinstance(whole, str):
            assert (whole.pixel_value, whole.source) == (again.pixel_value, again.source)
    for change in (lambda data: data[:-1] + b"?", lambda data: data.replace(b"Quux", b"Quix"), lambda data: data[:-2]):
        path.write_bytes(series(1)[0])
        head = read_head(path)
        path.write_bytes(change(path.read_bytes()))
        agree(lambda head=head, **options: read_instance(path, **(options and {"head": head})), repeats)


def test_a_peek_knows_what_the_header_names(tmp_path):
    repeats = Repeats()
    for number, data in enumerate(series(8)):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(data)
        found = peek(path, repeats=repeats)
        assert found.known == read_instance(path).known
        assert (found.patient_id, found.study_uid) == (peek(path).patient_id, peek(path).study_uid)


def test_a_peek_does_not_claim_to_know_what_it_has_not_read(tmp_path):
    path = tmp_path / "tail.dcm"
    tail = struct.pack("<HH2s2xI", 0xFFFC, 0xFFFC, b"OB", 4) + b"\0" * 4
    path.write_bytes(series(1)[0] + tail)
    assert peek(path, repeats=Repeats()).known is None
    path.write_bytes(small(ImageComments="x" * 9000, StudyDescription="y"))
    assert peek(path, repeats=Repeats()).known is not None
    path.write_bytes(small(TextValue="x" * 40000))
    assert peek(path, repeats=Repeats()).known is None
