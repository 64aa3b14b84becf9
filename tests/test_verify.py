"""The second look catches by itself what a planner may get wrong, and says where without saying what."""

import io
from functools import cache
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from deid.dicom import Planner, parse_instance, write_instance
from deid.errors import ResidueError
from deid.model import Category, Known, Role, Subject
from deid.pipeline.work import Worker
from deid.recipe import Recipe
from deid.reread import UnclearError, meta_end, tokens
from deid.surrogates import PersonSurrogate, Surrogates
from deid.verify import (
    WHOLE_EVERY,
    InstanceVerifier,
    Look,
    Residue,
    check_pixels_decoded_alike,
    same_object,
)
from tests.dicom_corpus import CHARSETS, build, cases, encode

ZELDA = CHARSETS["ascii"]
SURROGATES = Surrogates("S-7Q3K9M2", -400, b"s" * 32, b"d" * 32, PersonSurrogate("Nodovorre", "Drapraya"))
BORN = str(build("CT", ZELDA).PatientBirthDate)
PATIENT = Known("QUUXLEY^ZELDABETH", Category.NAME, Role.PATIENT, "PatientName")
PHYSICIAN = Known("WOLFENBARG^OTTOKAR", Category.NAME, Role.STAFF, "ReferringPhysicianName")
MRN = Known("MRN7730912", Category.ID, Role.PATIENT, "PatientID")
PLACE = Known("Saint Bartolph Infirmary", Category.INSTITUTION, Role.SITE, "InstitutionName")


@cache
def policy():
    return Recipe.load("research").compile()


@cache
def planned() -> tuple[bytes, Subject]:
    """A CT as our own plan writes it, and whom it is about."""
    instance = parse_instance(encode(build("CT", ZELDA), ExplicitVRLittleEndian))
    worker = Worker(policy(), bytes(32), Path())
    subject = Subject(instance.key, tuple(worker.identifying(instance.known)), sex=instance.sex)
    plan = Planner(policy(), SURROGATES, subject, worker.find).plan(instance)
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return out.getvalue(), subject


def harmless() -> Dataset:
    return pydicom.dcmread(io.BytesIO(planned()[0]))


def as_bytes(made: Dataset) -> bytes:
    out = io.BytesIO()
    made.save_as(out)
    return out.getvalue()


def verifier(**changes) -> InstanceVerifier:
    _, subject = planned()
    person = SURROGATES.person
    residue = Residue(subject.known, (SURROGATES.code, person.family, person.given))
    given = {"residue": residue, "policy": policy(), "person": person.pn, "code": SURROGATES.code, **changes}
    return InstanceVerifier(**given)


def caught(made: Dataset | bytes) -> ResidueError:
    with pytest.raises(ResidueError) as raised:
        verifier().check(made if isinstance(made, bytes) else as_bytes(made))
    told = str(raised.value).casefold()
    assert not [w for w in ("quuxley", "zeldabeth", "7730912", "bartolph", "wolfenbarg") if w in told]
    return raised.value


def test_what_was_planned_well_passes():
    assert verifier().check(as_bytes(harmless())).PatientID == SURROGATES.code


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyDescription", "CT chest of Zeldabeth"),
        ("StudyDescription", "QUÜXLEY chest"),
        ("SeriesDescription", "for Ottokar Wolfenbarg"),
        ("ProtocolName", "MRN 7730912"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "MRN7730912"]),
    ],
    ids=["name", "diacritics", "staff pair", "separated id", "code string"],
)
def test_a_planted_identifier_is_caught_with_its_tag(keyword, value):
    made = harmless()
    setattr(made, keyword, value)
    error = caught(made)
    assert error.code in ("residue-text", "residue-bytes")
    tag = made[keyword].tag
    assert error.code == "residue-bytes" or f"({tag.group:04X},{tag.element:04X})" in error.message


def test_a_name_nested_in_a_sequence_is_caught():
    made, item = harmless(), Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99X", "Knee of Quuxley"
    made.ProcedureCodeSequence = Sequence([item])
    assert caught(made).code == "residue-text"


def test_an_identifier_in_binary_is_caught():
    made = harmless()
    made.RedPaletteColorLookupTableData = b"..Saint Bartolph Infirmary.."
    assert caught(made).code.startswith(("residue-", "verify-"))


def test_a_name_in_the_bytes_of_the_pixels_is_no_business_of_the_header_check_but_of_its_own():
    residue = Residue([PATIENT])
    assert residue.in_bytes(b"\0\0quuxley^zeldabeth\0")
    assert residue.in_bytes("QUUXLEY^ZELDABETH".encode("latin-1"))
    assert not residue.in_bytes(b"\0\0nothing here\0")


def test_an_element_that_the_recipe_removes_is_caught_whatever_it_holds():
    made = harmless()
    made.PatientTelephoneNumbers = "1"
    error = caught(made)
    assert (error.code, "(0010,2154)" in error.message) == ("verify-unplanned", True)


def test_a_private_element_that_nobody_planned_is_caught():
    made = harmless()
    made.private_block(0x0011, "UNHEARD OF", create=True).add_new(0x01, "LO", "x")
    assert caught(made).code == "verify-unplanned"


def test_another_patient_id_is_caught():
    made = harmless()
    made.PatientID = "S-OTHER"
    assert caught(made).code == "verify-subject"


@pytest.mark.parametrize(
    ("keyword", "value"), [("PatientIdentityRemoved", "NO"), ("DeidentificationMethodCodeSequence", None)]
)
def test_missing_marks_are_caught(keyword, value):
    made = harmless()
    setattr(made, keyword, value)
    assert caught(made).code == "verify-marks"


def test_a_preamble_that_is_not_empty_is_caught():
    written = bytearray(as_bytes(harmless()))
    written[7] = 1
    assert caught(bytes(written)).code == "residue-preamble"


def test_what_pydicom_cannot_read_is_caught():
    written = as_bytes(harmless())
    assert caught(bytes(128) + b"NODICOM" + written[135:200]).code == "verify-unreadable"


def test_a_second_instance_is_checked_as_the_first_was():
    """What was seen to be harmless is remembered by place and value, not by instance."""
    look = verifier()
    look.check(as_bytes(harmless()))
    look.check(as_bytes(harmless()))
    bad = harmless()
    bad.StudyDescription = "Quuxley"
    with pytest.raises(ResidueError):
        look.check(as_bytes(bad))


def test_the_same_value_is_harmless_in_one_class_and_not_in_another():
    """A memo that forgot where a value stood would let a removed element through."""
    made = harmless()
    made.SeriesDescription = "7"
    look = verifier()
    look.check(as_bytes(made))
    made.PatientTelephoneNumbers = "7"
    with pytest.raises(ResidueError, match="verify-unplanned"):
        look.check(as_bytes(made))


# Instances of a series that pydicom has read


def of_series(**changes) -> bytes:
    """Another instance of the series of :func:`harmless`."""
    made = harmless()
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    return as_bytes(made)


def looked(*further: bytes) -> InstanceVerifier:
    look = verifier()
    for written in (as_bytes(harmless()), *further):
        look.look(written)
    return look


def test_what_repeats_is_not_decoded_again(monkeypatch):
    look = looked()
    others = of_series(InstanceNumber="77"), of_series(InstanceNumber="78", StudyDescription="Head")
    monkeypatch.setattr(pydicom, "dcmread", None)
    assert [look.look(other).written for other in others] == list(others)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"StudyDescription": "Quuxley"}, "residue-text"),
        ({"ContentDate": BORN}, "residue-text"),
        ({"ImageComments": "of Zeldabeth"}, "residue-text"),
        ({"PatientTelephoneNumbers": "7"}, "verify-unplanned"),
        ({"PatientIdentityRemoved": "NO"}, "verify-marks"),
        ({"DeidentificationMethodCodeSequence": []}, "verify-marks"),
        ({"PatientID": "S-OTHER"}, "verify-subject"),
    ],
)
@pytest.mark.parametrize("varied", [0, 5])
def test_a_later_instance_is_caught_as_the_first_is(changes, code, varied):
    """Also in an element that differed in every instance before."""
    before = [
        of_series(
            InstanceNumber=str(n),
            StudyDescription=f"Head {n}",
            ImageComments="xy"[n % 2],
            ContentDate=f"2020010{n + 1}",
        )
        for n in range(varied)
    ]
    look = looked(of_series(InstanceNumber="5"), *before)
    bad = of_series(**changes)
    with pytest.raises(ResidueError) as whole:
        verifier().check(bad)
    assert whole.value.code == code
    for _ in range(2):  # what was caught once is not harmless the next time
        with pytest.raises(ResidueError) as raised:
            look.look(bad)
        assert raised.value.code == code


def test_of_a_plain_series_only_what_differs_is_read(monkeypatch):
    import deid.verify as module

    plain = bytes(64)
    look = looked(*(of_series(InstanceNumber=str(n), PixelData=plain) for n in range(3)))
    monkeypatch.setattr(module, "tokens", None)
    for n in range(3, 6):
        look.look(of_series(InstanceNumber=str(n), PixelData=plain))
    with pytest.raises(ResidueError, match="residue-pixels"):
        look.look(of_series(InstanceNumber="7", PixelData=b"  Quuxley^Zeldabeth".ljust(64, b"\0")))


def test_private_elements_may_differ_too():
    made = harmless()
    look = looked()
    for n in range(5):
        made.private_block(0x0019, "SIEMENS MR HEADER", create=n == 0).add_new(0x0C, "IS", str(1000 + n))
        look.look(as_bytes(made))
    made.private_block(0x0019, "SIEMENS MR HEADER").add_new(0x0C, "LO", "Zeldabeth")
    with pytest.raises(ResidueError, match="residue-text"):
        look.look(as_bytes(made))


def test_a_creator_that_changes_is_a_new_element():
    made = harmless()
    made.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    look = looked()
    made.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "1000")
    look.look(as_bytes(made))
    other = harmless()
    other.private_block(0x0019, "ACME OTHER", create=True).add_new(0x0C, "IS", "1000")
    with pytest.raises(ResidueError, match="verify-unplanned"):
        look.look(as_bytes(other))


def test_two_readers_must_see_the_same(monkeypatch):
    import deid.verify as module

    plain = module.tokens
    monkeypatch.setattr(module, "tokens", lambda *a, **k: plain(*a, **k)[:-1])
    with pytest.raises(ResidueError, match="verify-readers"):
        verifier().look(as_bytes(harmless()))


def test_pydicom_reads_one_in_so_many_as_a_whole(monkeypatch):
    look, whole, plain = looked(), [], pydicom.dcmread
    others = [of_series(InstanceNumber=str(number)) for number in range(2 * WHOLE_EVERY)]
    monkeypatch.setattr(pydicom, "dcmread", lambda *a, **k: whole.append(1) or plain(*a, **k))
    for other in others:
        look.look(other)
    assert len(whole) == 2


def test_pixels_of_a_look_are_those_that_were_written():
    made = harmless()
    look = verifier().look(as_bytes(made))
    look.check_pixels(0x7FE00010, made.PixelData)
    made.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    look = verifier().look(as_bytes(made))
    look.check_pixels(0x7FE00010, look.dataset.get_item("PixelData").value)


# The reader of this room


@pytest.mark.filterwarnings("ignore")
def test_tokens_are_the_elements_that_pydicom_sees():
    for case in cases():
        dataset = pydicom.dcmread(io.BytesIO(case.data))
        if dataset.file_meta.TransferSyntaxUID not in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
            continue
        found = tokens(case.data, meta_end(case.data), len(case.data), implicit=dataset.original_encoding[0])
        assert [t.tag for t in found] == sorted(int(tag) for tag in dataset.keys())  # noqa: SIM118
        assert found[-1].end == len(case.data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\0\x05\0CS\x08\0ISO",  # truncated
        b"\x08\0\x05\0??\0\0",  # no VR
        b"\x10\0\x10\0PN\0\0\x08\0\x05\0CS\0\0",  # descending
        b"\x08\0\x05\0CS\0\0" * 2,  # twice
        b"\xfe\xff\x0d\xe0\0\0\0\0",  # a delimiter
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\x08\0\x05\0CS\0\0",  # no item
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff",  # no end
    ],
)
def test_what_is_not_plain_is_left_to_pydicom(data):
    with pytest.raises(UnclearError):
        tokens(data, 0, len(data), implicit=False)


# Pixels


def test_pixels_that_should_be_verbatim_are_compared():
    written = b"header" + b"\1\2\3" + b"tail"
    look = Look(written, (6, 9), None)
    look.check_pixels(0x7FE00010, memoryview(b"\1\2\3"))
    for other in (b"\1\2\4", b"\1\2", b"\1\2\3t", b""):
        with pytest.raises(ResidueError) as raised:
            look.check_pixels(0x7FE00010, other)
        assert raised.value.code == "verify-pixels"


def test_pixels_that_were_encoded_anew_must_decode_to_the_same(tmp_path):
    made = build("CT", ZELDA)
    path = tmp_path / "a.dcm"
    path.write_bytes(encode(made, ExplicitVRLittleEndian))
    again = pydicom.dcmread(path)
    check_pixels_decoded_alike(path, again)
    again.PixelData = b"\1" + again.PixelData[1:]
    with pytest.raises(ResidueError, match="verify-pixels"):
        check_pixels_decoded_alike(path, again)
    again.Rows = 63
    with pytest.raises(ResidueError, match="verify-pixels"):
        check_pixels_decoded_alike(path, again)


# Residue


def test_a_patient_is_found_by_any_one_word_of_the_name():
    residue = Residue([PATIENT])
    assert residue.in_text("seen by quuxley.")
    assert residue.in_text("Zëldabeth came")
    assert not residue.in_text("Quux came")  # a word is a whole word
    assert residue.in_text("Quuxleys")
    assert residue.in_text("Q u u x l e y")


def test_staff_are_found_by_two_words_side_by_side_only():
    residue = Residue([PHYSICIAN])
    assert residue.in_text("Ottokar Wolfenbarg")
    assert residue.in_text("Wolfenbarg, Ottokar")
    assert not residue.in_text("Wolfenbarg sign")
    assert not residue.in_text("Ottokar and Wolfenbarg")


def test_a_patient_whose_name_is_a_word_of_radiology_is_found_by_the_pair():
    residue = Residue([Known("HAND^LONG", Category.NAME, Role.PATIENT, "PatientName")])
    assert not residue.in_text("long axis of the left hand")
    assert residue.in_text("Hand, Long")
    assert residue.in_text("Long Hand was seen")


def test_numbers_are_found_without_their_separators():
    residue = Residue([MRN, Known("617-555-0188", Category.PHONE, Role.PATIENT, "PatientTelephoneNumbers")])
    for text in ("mrn7730912", "MRN 7730912", "call (617) 555 0188", "617.555.0188"):
        assert residue.in_text(text), text
    assert not residue.in_text("617-555-0189")


def test_a_short_number_must_stand_alone():
    residue = Residue([Known("4711", Category.ID, Role.PATIENT, "PatientID")])
    assert residue.in_text("id 4711.")
    assert not residue.in_text("at 14711 ms")
    assert not residue.in_text("4 711")


def test_six_digits_in_a_uid_a_decimal_or_a_time_are_no_accession_number():
    number = Known("410008", Category.ID, Role.STUDY, "AccessionNumber")
    residue = Residue([number])
    for text in ("acc 410008", "Ref 00410008.", "41-00-08", "see 1.2.276.410008.7"):
        assert residue.in_text(text), text
    assert not residue.in_text("sent as 1.2.276.0.74100081.2")
    assert not residue.in_text("2.25.190781189527812931725001533241000842")
    for content in (b"ACC 410008 ", b"\x00\x00410008.", b"x410008\x00"):
        assert residue.in_bytes(content), content
    for content in (b"2.25.1907811895241000842", b"1.2.276.410008.7", b"-63.410008\\1", b"141000.8410008"):
        assert not residue.in_bytes(content), content
    assert Residue([Known("904100089", Category.ID, Role.STUDY, "AccessionNumber")]).in_bytes(b"1.2.39041000895")


@pytest.mark.parametrize(
    ("keyword", "value", "stays"),
    [
        ("SliceLocation", "-63.410008", True),
        ("SliceLocation", "410008", False),
        ("AcquisitionTime", "101500.410008", True),
        ("FrameOfReferenceUID", "2.25.190781189527812931725001533241000842", True),
        ("FrameOfReferenceUID", "1.2.276.410008.7", False),
        ("SeriesDate", BORN, False),
        ("PatientComments", "call 410008", False),
    ],
)
def test_a_number_counts_as_an_identifier_only_as_a_whole(keyword, value, stays):
    _, subject = planned()
    known = (*subject.known, Known("410008", Category.ID, Role.STUDY, "AccessionNumber"))
    look = verifier(residue=Residue(known, (SURROGATES.code, "Nodovorre", "Drapraya")))
    made = harmless()
    setattr(made, keyword, value)
    if stays:
        look.check(as_bytes(made))
        return
    with pytest.raises(ResidueError, match="identifier"):
        look.check(as_bytes(made))


def test_a_place_is_found_as_a_phrase_and_not_by_its_words():
    residue = Residue([PLACE])
    assert residue.in_text("SAINT BARTOLPH INFIRMARY, ward 3")
    assert not residue.in_text("transferred from an infirmary")


def test_a_birth_date_is_found_and_a_study_date_is_not():
    birth = Known("19310228", Category.DATE, Role.PATIENT, "PatientBirthDate")
    study = Known("20230417", Category.DATE, Role.STUDY, "StudyDate")
    residue = Residue([birth, study])
    assert residue.in_text("born 19310228")
    assert not residue.in_text("20230417")


def test_a_surrogate_is_no_residue_even_if_it_is_somebodys_name():
    residue = Residue([PATIENT], ("Quuxley", "Drapraya"))
    assert not residue.in_text("Mrs. Quuxley")
    assert residue.in_text("Zeldabeth")


def test_neither_residue_nor_verifier_shows_a_value():
    assert "uuxley" not in repr(Residue([PATIENT, MRN]))
    assert "7730912" not in repr(Residue([PATIENT, MRN]))


# One object in two encodings


def test_an_object_and_its_lossless_copy_are_the_same():
    made = build("CT", ZELDA)
    plain, packed = encode(made, ExplicitVRLittleEndian), encode(build("CT", ZELDA), RLELossless)
    assert same_object(plain, packed)


@pytest.mark.parametrize("change", ["pixel", "attribute", "none", "garbage"])
def test_what_differs_or_cannot_be_compared_is_not_the_same(change):
    plain = encode(build("CT", ZELDA), ExplicitVRLittleEndian)
    other = pydicom.dcmread(io.BytesIO(plain))
    if change == "pixel":
        other.PixelData = other.PixelData[:-1] + b"\x07"
    elif change == "attribute":
        other.SeriesDescription = "another"
    elif change == "none":
        del other.PixelData
    content = b"garbage" if change == "garbage" else as_bytes(other)
    assert not same_object(plain, content)
    assert not same_object(content, plain)


def test_a_private_block_that_the_instance_calls_safe_may_stay_and_no_other():
    made = harmless()
    block = made.private_block(0x0009, "ACME WIDGETS", create=True)
    block.add_new(0x02, "LO", "HEAD COIL 32")
    assert caught(made).code == "verify-unplanned"
    said = Dataset()
    said.PrivateGroupReference, said.PrivateCreatorReference = 0x0009, "ACME WIDGETS"
    said.BlockIdentifyingInformationStatus = "SAFE"
    made.PrivateDataElementCharacteristicsSequence = Sequence([said])
    assert verifier().check(as_bytes(made)).PatientID == SURROGATES.code
    block[0x02].value = "QUUXLEY COIL"
    assert caught(made).code == "residue-text"


def test_noughts_before_a_number_hide_nothing() -> None:
    residue = Residue([Known("00482913", Category.ID, Role.PATIENT, "PatientID")])
    assert all(residue.is_value(number) for number in ("482913", "00482913", "+00482913"))
    assert not any(residue.is_value(number) for number in ("48291", "4829130"))


def test_a_term_of_two_words_is_no_residue_and_neither_are_words_of_nobodys_name():
    def residue(name):
        return Residue([Known(name, Category.NAME, Role.PATIENT, "PatientName")])

    assert not residue("YOUNG^JOSEF").in_text("CT young adult")
    assert residue("YOUNG^JOSEF").in_text("Young was seen")
    assert residue("YOUNG^JOSEF").in_text("josef young adult")
    assert not residue("TEST^PATIENT").in_text("patient supine, test bolus")
    assert residue("TEST^PATIENT").in_bytes(b"..TEST^PATIENT..")


def test_a_department_called_like_an_examination_withholds_no_examination():
    def residue(name):
        return Residue([Known(name, Category.INSTITUTION, Role.SITE, "RequestingService")])

    assert not residue("Breast Imaging").in_text("Breast imaging, bilateral")
    assert not residue("Breast Imaging").in_bytes(b"..Breast Imaging..")
    assert residue("Saint Bartolph Infirmary").in_text("seen at Saint Bartolph Infirmary")


def test_the_particles_of_a_name_are_no_residue():
    def residue(name):
        return Residue([Known(name, Category.NAME, Role.PATIENT, "PatientName")])

    assert not residue("Etxeberría^María del Carmen").in_text("TC del tórax normal.")
    assert residue("Etxeberría^María del Carmen").in_text("Carmen: TC del tórax normal.")
    assert not residue("von der Quuxel^Jan").in_text("Zeichen von der Blutung, links")
    assert residue("von der Quuxel^Jan").in_text("Zeichen bei von der Quuxel")
    assert not residue("von der Heide^Jan").in_text("Ausgehend von der Leber")
