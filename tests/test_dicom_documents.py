"""Encapsulated documents, structured content, graphics: what is embedded is cleaned as what surrounds it is."""

import io
import struct

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from deid.dicom import Planner, parse_instance, plan_instance, write_instance
from deid.dicom.documents import DocumentCleaner, clean_document, empty_document
from deid.dicom.pdf import text_pdf
from deid.model import Subject
from deid.recipe import Recipe
from deid.surrogates import PersonSurrogate, Surrogates
from deid.text import Finder
from tests.dicom_corpus import CHARSETS, KINDS, build, code, content, encode, planted_in, seq

POLICY = Recipe.load("research").compile()
FINDER = Finder(POLICY.recipe.text)
SURROGATES = Surrogates("S-7KQ2M8XA", -100, b"s" * 32, b"d" * 32, PersonSurrogate("Miller", "Ann"))
PERSON = CHARSETS["ascii"]


def clean(made, policy=POLICY, syntax=ExplicitVRLittleEndian):
    instance = parse_instance(encode(made, syntax))
    plan = plan_instance(instance, policy, SURROGATES, Subject(instance.key, instance.known), FINDER.find)
    out = io.BytesIO()
    write_instance(instance, plan, out)
    return plan, pydicom.dcmread(io.BytesIO(out.getvalue())), out.getvalue()


def cleaner(subject):
    return DocumentCleaner(FINDER.find, SURROGATES, POLICY.recipe.text, subject, shift=True)


def pdf_text(data: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_object_loses_what_was_planted(kind):
    _, after, written = clean(build(kind, PERSON))
    for original in planted_in(PERSON):
        assert original.encode() not in written, original
    assert after.PatientID == SURROGATES.code


def test_a_pdf_keeps_its_findings_and_loses_its_patient():
    _, after, _ = clean(build("PDF", PERSON))
    text = pdf_text(after.EncapsulatedDocument)
    assert "lungs are clear" in text
    assert "Quuxley" not in text
    assert PERSON.mrn not in text


@pytest.mark.parametrize("kind", ["PDF", "CDA"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_length_of_a_document_is_that_of_the_new_one(kind, syntax):
    made = build(kind, PERSON)
    made.EncapsulatedDocumentLength = 40718253
    _, after, _ = clean(made, syntax=syntax)
    assert after.EncapsulatedDocumentLength == len(after.EncapsulatedDocument)
    assert not after.EncapsulatedDocument.endswith(b"\0")


def test_a_broken_pdf_is_emptied():
    made = build("PDF", PERSON)
    made.EncapsulatedDocument = b"%PDF-1.4\nQuuxley" + b"\xff" * 51
    plan, after, written = clean(made)
    assert b"Quuxley" not in written
    assert "removed" in pdf_text(after.EncapsulatedDocument)
    assert "document-emptied" in {alert.code for alert in plan.alerts}


def test_a_cda_keeps_its_structure():
    _, after, _ = clean(build("CDA", PERSON))
    xml = after.EncapsulatedDocument.decode()
    assert '<typeId root="2.16.840.1.113883.1.3"' in xml
    assert "nodule of 8 mm" in xml
    assert "20230107101700+0100" in xml
    assert f'extension="{SURROGATES.code}"' in xml
    assert "<given>Ann</given>" in xml


def test_xml_with_entities_is_emptied():
    made = build("CDA", PERSON)
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "Quuxley">]><a>&x;</a> '
    made.EncapsulatedDocument = bomb
    _, _, written = clean(made)
    assert b"Quuxley" not in written


def test_surface_models_keep_their_geometry():
    stl = b"solid Quuxley".ljust(80) + struct.pack("<I", 1) + struct.pack("<12f", *range(12)) + b"QX"
    done = clean_document(stl, "model/stl", cleaner(Subject(None)))
    assert b"Quuxley" not in done.data
    assert done.data[84:132] == stl[84:132]
    assert done.data[132:] == b"\0\0"
    obj = b"# Quuxley\no Quuxley\nmtllib Quuxley.mtl\nv 1 2 3\nusemtl Quuxley\nf 1 1 1\n"
    done = clean_document(obj, "model/obj", cleaner(Subject(None)))
    assert b"Quuxley" not in done.data
    assert b"v 1 2 3" in done.data
    assert b"f 1 1 1" in done.data


@pytest.mark.parametrize("mime", ["application/pdf", "text/XML", "model/stl", "model/obj", "application/x-odd"])
def test_an_empty_document_of_every_kind_has_bytes(mime):
    assert empty_document(mime)


def test_our_pdf_is_one(tmp_path):
    assert pdf_text(text_pdf(["a (b) \\c"])).strip() == "a (b) \\c"


def test_a_report_keeps_its_tree():
    _, after, _ = clean(build("SR", PERSON))
    findings = after.ContentSequence[-1]
    assert findings.ValueType == "CONTAINER"
    text = findings.ContentSequence[0].TextValue
    assert "nodule of 8 mm in the left upper lobe" in text
    assert "17 April 2023" not in text
    number = findings.ContentSequence[2].MeasuredValueSequence[0]
    assert number.NumericValue == 8
    observer = [i for i in after.ContentSequence if i.ValueType == "PNAME"]
    assert all("Quuxley" not in str(i.PersonName) for i in observer)
    (subject,) = [i for i in after.ContentSequence if i.ConceptNameCodeSequence[0].CodeValue == "121030"]
    assert subject.TextValue == SURROGATES.code
    study = [i for i in after.ContentSequence if i.ValueType == "UIDREF"]
    assert all(after.StudyInstanceUID == i.UID for i in study)


def test_items_named_by_position_are_not_taken_away():
    made = build("SR", PERSON)
    pointer = Dataset()
    pointer.RelationshipType = "INFERRED FROM"
    pointer.ReferencedContentItemIdentifier = [1, 9, 1]
    made.ContentSequence[-1].ContentSequence.append(pointer)
    _, after, written = clean(made)
    assert len(after.ContentSequence) == len(made.ContentSequence)
    assert b"Quuxley" not in written
    assert PERSON.mrn.encode() not in written


def test_a_sequence_of_content_is_never_left_empty():
    made = build("SR", PERSON)
    made.ContentSequence = seq(
        content("HAS OBS CONTEXT", "TEXT", code("121030", "DCM", "Subject ID"), TextValue=PERSON.mrn)
    )
    _, after, written = clean(made)
    assert len(after.ContentSequence) == 1
    assert PERSON.mrn.encode() not in written


def test_overlays_go_as_a_whole_unless_somebody_cleaned_them():
    made = build("SC", PERSON)
    _, after, _ = clean(made)
    assert not [e for e in after if e.tag.group == 0x6000]
    assert "IconImageSequence" not in after


def test_declared_safe_private_elements_stay_if_nothing_is_found_in_them():
    made = build("CT", PERSON)
    block = made.private_block(0x0011, "UNHEARD OF 1.0", create=True)
    block.add_new(0x01, "LO", "contrast phase")
    block.add_new(0x02, "LO", f"of {PERSON.family}")
    block.add_new(0x03, "OB", b"\1\2")
    said = Dataset()
    said.PrivateGroupReference, said.PrivateCreatorReference = 0x0011, "UNHEARD OF 1.0"
    said.BlockIdentifyingInformationStatus = "SAFE"
    made.PrivateDataElementCharacteristicsSequence = Sequence([said])
    _, after, written = clean(made)
    kept = after.private_block(0x0011, "UNHEARD OF 1.0")
    assert kept[0x01].value == "contrast phase"
    assert 0x03 not in kept
    assert PERSON.family.encode() not in written


def test_a_colour_profile_is_replaced_by_a_standard_one():
    made = build("US", PERSON)
    made.ICCProfile = b"Quuxley's own profile   "
    _, after, written = clean(made)
    assert b"Quuxley" not in written
    assert after.ICCProfile[36:40] == b"acsp"


def test_a_slide_label_is_refused():
    made = build("SC", PERSON)
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.6"
    made.ImageType = ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]
    plan, _, _ = clean(made)
    assert plan.refusal == "whole-slide-label"


def test_a_clinical_trial_gets_its_identifiers_from_the_site(tmp_path):
    (tmp_path / "trial.csv").write_text(f"PatientID,subject\n{PERSON.mrn},T-001\n")
    (tmp_path / "r.yaml").write_text(
        "recipe: trial\nextends: research\nassign: {csv: trial.csv, columns: {ClinicalTrialSubjectID: subject}}\n"
    )
    policy = Recipe.load(tmp_path / "r.yaml").compile()
    _, after, _ = clean(build("CT", PERSON), policy)
    assert after.ClinicalTrialSubjectID == "T-001"
    other = build("CT", PERSON)
    other.PatientID = "SOMEBODY ELSE"
    plan, _, _ = clean(other, policy)
    assert plan.refusal == "not-assigned"


def test_characteristics_of_private_blocks_go_with_the_blocks():
    made = build("CT", PERSON)
    block = made.private_block(0x0011, "GROBZK WORKS", create=True)
    block.add_new(0x01, "OB", b"\1\2")
    said = Dataset()
    said.PrivateGroupReference, said.PrivateCreatorReference = 0x0011, "GROBZK WORKS"
    said.BlockIdentifyingInformationStatus = "SAFE"
    made.PrivateDataElementCharacteristicsSequence = Sequence([said])
    _, after, written = clean(made)
    assert "PrivateDataElementCharacteristicsSequence" not in after
    assert b"GROBZK" not in written


def test_what_one_instance_declares_says_nothing_about_the_next():
    made = build("CT", PERSON)
    inner = Dataset()
    block = inner.private_block(0x0011, "UNHEARD OF 1.0", create=True)
    block.add_new(0x01, "LO", "contrast phase")
    made.RequestAttributesSequence = Sequence([inner])
    silent = encode(made, ExplicitVRLittleEndian)
    said = Dataset()
    said.PrivateGroupReference, said.PrivateCreatorReference = 0x0011, "UNHEARD OF 1.0"
    said.BlockIdentifyingInformationStatus = "SAFE"
    made.PrivateDataElementCharacteristicsSequence = Sequence([said])
    declaring = encode(made, ExplicitVRLittleEndian)
    first = parse_instance(declaring)
    planner = Planner(POLICY, SURROGATES, Subject(first.key, first.known), FINDER.find)
    kept = []
    for data in (declaring, silent):
        instance = parse_instance(data)
        out = io.BytesIO()
        write_instance(instance, planner.plan(instance), out)
        kept.append(b"contrast phase" in out.getvalue())
    assert kept == [True, False]
