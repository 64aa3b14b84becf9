"""The way back: sealed originals inside an instance, and results that get their identifiers again."""

import datetime as dt
import io

import pydicom
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from deid.dicom import (
    opened,
    parse_instance,
    plan_instance,
    reidentify_instance,
    reidentify_table,
    sealed,
    write_instance,
)
from deid.errors import InputError, VaultError
from deid.model import Link, Subject
from deid.recipe import Recipe
from deid.surrogates import PersonSurrogate, Surrogates
from deid.text import Finder
from tests.dicom_corpus import CHARSETS, build, encode

POLICY = Recipe.load("research").compile()
SURROGATES = Surrogates("S-7KQ2M8XA", -100, b"s" * 32, b"d" * 32, PersonSurrogate("Miller", "Ann"))


FINDER = Finder(POLICY.recipe.text)


@pytest.fixture(scope="module")
def keys():
    made = []
    for _ in range(2):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "re-identifier")])
        day = dt.datetime(2024, 1, 1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(day)
            .not_valid_after(day + dt.timedelta(days=9999))
            .sign(key, hashes.SHA256())
        )
        made.append((key, certificate))
    return made


def deidentified(data, certificates=()):
    instance = parse_instance(data)
    plan = plan_instance(instance, POLICY, SURROGATES, Subject(instance.key, instance.known), FINDER.find)
    if certificates:
        plan = sealed(instance, plan, certificates)
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return plan, out.getvalue()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_sealed_originals_come_back_with_the_key(keys, syntax):
    data = encode(build("CT", CHARSETS["latin1"]), syntax)
    (key, certificate), (other, _) = keys
    _, written = deidentified(data, [certificate])
    for original in ("Müllbräu".encode("latin-1"), b"MRN7730912", b"Bartolph"):
        assert original not in written
    back = pydicom.dcmread(io.BytesIO(opened(written, key, certificate)))
    before = pydicom.dcmread(io.BytesIO(data))
    assert back.PatientIdentityRemoved == "NO"
    assert "DeidentificationMethod" not in back
    assert "DeidentificationMethodCodeSequence" not in back
    assert "EncryptedAttributesSequence" not in back
    assert back.file_meta.MediaStorageSOPInstanceUID == before.SOPInstanceUID
    del back.PatientIdentityRemoved
    assert list(back) == list(before)
    with pytest.raises(VaultError, match="key-does-not-open"):
        opened(written, other, keys[1][1])


def test_what_was_not_sealed_says_so(keys):
    _, written = deidentified(encode(build("MR", CHARSETS["ascii"]), ExplicitVRLittleEndian))
    with pytest.raises(InputError, match="not-sealed"):
        opened(written, *keys[0])


@pytest.mark.parametrize("charset", ["ascii", "japanese", "cyrillic", "utf8"])
def test_a_result_gets_its_originals_again(charset):
    person = CHARSETS[charset]
    ct = encode(build("CT", person), ExplicitVRLittleEndian)
    plan, written = deidentified(ct)
    clean = pydicom.dcmread(io.BytesIO(written))
    result = build("SEG", CHARSETS["ascii"], number=77)
    result.PatientName, result.PatientID = clean.PatientName, clean.PatientID
    result.StudyInstanceUID, result.StudyDate = clean.StudyInstanceUID, clean.StudyDate
    result.AccessionNumber = clean.AccessionNumber
    result.ContentDate = "20260101"
    result.FrameOfReferenceUID = clean.FrameOfReferenceUID
    found = reidentify_instance(
        parse_instance(encode(result, ExplicitVRLittleEndian)), plan.links, shift_days=SURROGATES.shift_days
    )
    back, before = pydicom.dcmread(io.BytesIO(found.data)), pydicom.dcmread(io.BytesIO(ct))
    assert found.ambiguous == 0
    assert found.restored >= 6
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "AccessionNumber"):
        assert back[keyword].value == before[keyword].value
    assert back.FrameOfReferenceUID == before.FrameOfReferenceUID
    assert back.ContentDate == "20260101"
    assert back.SOPInstanceUID == result.SOPInstanceUID
    assert back.PatientIdentityRemoved == "NO"


def test_a_table_of_measurements_gets_its_originals_again():
    links = [
        Link("patient-id", "MRN1", "S-AAAA"),
        Link("uid", "1.2.3", "2.25.9"),
        Link("id", "x", "dup"),
        Link("id", "y", "dup"),
    ]
    table = "subject;image;volume\nS-AAAA;2.25.9;13.5\nS-BBBB;2.25.8;dup\n"
    found = reidentify_table(table, links)
    assert found.data.decode() == "subject;image;volume\r\nMRN1;1.2.3;13.5\r\nS-BBBB;2.25.8;dup\r\n"
    assert (found.restored, found.ambiguous) == (2, 1)


def method(*codes):
    items = []
    for code in codes:
        item = pydicom.Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", "x"
        items.append(item)
    return items


@pytest.mark.parametrize(
    ("said", "day", "back"),
    [
        ({"DeidentificationMethodCodeSequence": method("113100", "113107")}, "20210506", "20210814"),
        ({"DeidentificationMethodCodeSequence": method("113100", "113106")}, "20210506", "20210506"),
        (
            {
                "DeidentificationMethodCodeSequence": method("113100"),
                "LongitudinalTemporalInformationModified": "MODIFIED",
            },
            "20210101",
            "20210101",
        ),
        ({"LongitudinalTemporalInformationModified": "UNMODIFIED"}, "20210506", "20210506"),
        ({"LongitudinalTemporalInformationModified": "REMOVED"}, "20210506", "20210506"),
        ({"LongitudinalTemporalInformationModified": "MODIFIED"}, "20210506", "20210814"),
        ({}, "20210506", "20210814"),
        ({}, "20210101", "20210101"),
    ],
)
def test_a_day_that_was_never_shifted_is_not_moved_back(said, day, back):
    result = build("SEG", CHARSETS["ascii"])
    result.StudyDate = day
    for keyword, value in said.items():
        setattr(result, keyword, value)
    found = reidentify_instance(parse_instance(encode(result, ExplicitVRLittleEndian)), [], shift_days=-100)
    assert pydicom.dcmread(io.BytesIO(found.data)).StudyDate == back


def test_a_code_that_stands_for_patient_id_and_name_goes_back_to_each():
    links = [
        Link("patient-id", "MRN1", "S-AAAA"),
        Link("name", "Doe, Jane", "S-AAAA"),
        Link("name", "DOE^JANE", "S-AAAA"),
    ]
    result = build("SEG", CHARSETS["ascii"])
    result.PatientID = result.PatientName = "S-AAAA"
    found = reidentify_instance(parse_instance(encode(result, ExplicitVRLittleEndian)), links)
    back = pydicom.dcmread(io.BytesIO(found.data))
    assert (back.PatientID, back.PatientName) == ("MRN1", "DOE^JANE")
    assert b"MRN1" in reidentify_table("subject;volume\nS-AAAA;3\n", links).data
