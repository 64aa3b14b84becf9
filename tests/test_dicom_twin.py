"""A header that differs from one before in a few values is planned as if none had been there before."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from deid.dicom import Planner, Repeats, parse_instance, write_instance
from deid.dicom.twin import Twin
from deid.errors import InputError
from deid.model import Subject
from deid.recipe import Recipe
from deid.surrogates import Surrogates
from tests.dicom_corpus import CHARSETS, Uids, cases, code, ct, encode

SURROGATES = Surrogates.preview()
RECIPES = ("research", "basic", "safe-harbor", "limited-data-set")
#: What may differ between the instances of a series, and some things that should not and do.
CHANGES = {
    "SliceLocation": ("1", "-12.5", "100000.25"),
    "ImagePositionPatient": ([0, 0, 1], [0, 0, 22.75]),
    "ContentTime": ("101112", "101113.5"),
    "WindowCenter": ("40", "1200"),
    "ImageComments": ("", "seen by Dr. Quuxley", "slice 4"),
    "PatientComments": ("", "tel. 617-555-0188"),
    "StudyDate": ("20240102", "20240103"),
    "PatientName": ("Quuxley^Zeldabeth", "Quuxley^Z"),
    "PatientAge": (None, "", "093Y", "040Y"),
    "PatientBirthDate": ("19500101", "19810101", ""),
    "OperatorsName": ("Bartolph^A", "Bartolph^B", ""),
    "BodyPartExamined": ("HEAD", "ABDOMEN"),
    "AnatomicRegionSequence": ([code("T-D1100", "SRT", "Head")], [code("T-D4000", "SRT", "Abdomen")], []),
    "PatientIdentityRemoved": (None, "YES", "NO"),
    "LongitudinalTemporalInformationModified": (None, "REMOVED", "UNMODIFIED"),
}


def instance(number, changes, syntax, private):
    made = ct(CHARSETS["latin1"], Uids(0), number)
    for keyword, value in changes.items():
        if value is None:
            if keyword in made:
                delattr(made, keyword)
        else:
            setattr(made, keyword, value)
    block = made.private_block(0x0019, "GEMS_ACQU_01", create=True)
    kind, value = (("DS", "12"), ("DS", "13"), ("OB", b"\1\2"), ("OB", b"\3\4"))[private]
    block.add_new(0x23, kind, value)  # bytes go, and the creator with them
    made.private_block(0x0029, "ACME 1.1", create=True).add_new(0x10, "LO", f"Zeldabeth {private}")
    return encode(made, syntax)


def planned(data, planner, repeats=None):
    """Bytes that are written, links, alerts and decisions; the code of the error if there are none."""
    out = io.BytesIO()
    try:
        read = parse_instance(data, repeats=repeats)
        plan = planner.plan(read)
        write_instance(read, plan, out)
    except InputError as error:
        return error.code
    return out.getvalue(), set(plan.links), set(plan.alerts), plan.decisions, plan.refusal


def planner(recipe, known):
    return Planner(Recipe.load(recipe).compile(), SURROGATES, Subject(known[0].key, known[0].known), lambda *_: [])


@pytest.mark.parametrize("recipe", RECIPES)
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_a_series_is_planned_as_if_each_instance_were_the_first(recipe, data):
    varying = data.draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=4, unique=True))
    syntax = data.draw(st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]))
    series = [
        instance(n, {k: data.draw(st.sampled_from(CHANGES[k])) for k in varying}, syntax, data.draw(st.integers(0, 3)))
        for n in range(5)
    ]
    known = [parse_instance(series[0])]
    remembering, repeats = planner(recipe, known), Repeats()
    for one in series:
        assert planned(one, remembering, repeats) == planned(one, planner(recipe, known))


def test_a_creator_goes_with_the_last_element_of_its_block():
    series = [instance(0, {"SliceLocation": str(n)}, ExplicitVRLittleEndian, n % 4) for n in range(12)]
    known = [parse_instance(series[0])]
    remembering, repeats = planner("research", known), Repeats()
    for one in series:
        assert planned(one, remembering, repeats) == planned(one, planner("research", known))


def test_an_age_that_is_blank_is_computed():
    ages = ("040Y", "041Y", "", "042Y", "")
    series = [instance(n, {"PatientAge": age}, ExplicitVRLittleEndian, 0) for n, age in enumerate(ages)]
    known = [parse_instance(series[0])]
    remembering, repeats = planner("research", known), Repeats()
    for one in series:
        assert planned(one, remembering, repeats) == planned(one, planner("research", known))


@pytest.mark.filterwarnings("ignore")
def test_mixed_objects_are_planned_as_if_each_were_the_first():
    every = [case.data for case in cases() if case.data[128:132] == b"DICM"]
    random.Random(3).shuffle(every)
    read = parse_instance(every[0])
    remembering, repeats = planner("research", [read]), Repeats()
    for one in every[:60]:
        assert planned(one, remembering, repeats) == planned(one, planner("research", [read]))


def test_a_plain_series_is_planned_once(monkeypatch):
    """Otherwise nothing of the above would be tested."""
    served = []
    plain = Twin.decide
    monkeypatch.setattr(Twin, "decide", lambda *a: served.append(plain(*a)) or served[-1])
    series = [instance(n, {"SliceLocation": str(n)}, ExplicitVRLittleEndian, 0) for n in range(6)]
    remembering, repeats = planner("research", [parse_instance(series[0])]), Repeats()
    for one in series:
        planned(one, remembering, repeats)
    assert len(served) == 4
    assert None not in served
