"""Recipes: what a file may say, and the rule that every element gets."""

import pickle
import textwrap
import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary

from deid.dicom import Peek
from deid.errors import RecipeError
from deid.model import Action
from deid.recipe import Policy, Recipe, arguments, check, conformance, shipped_recipes
from deid.recipe.rules import BINARY_VRS, DATE_VRS
from deid.standard import COLUMNS, action_row, all_rows, dictionary_vr, tag_of

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
PLAN = "1.2.840.10008.5.1.4.1.1.481.5"

RESEARCH_OPTIONS = {
    "clean-pixel-data",
    "clean-graphics",
    "clean-structured-content",
    "clean-descriptors",
    "retain-longitudinal-modified-dates",
    "retain-patient-characteristics",
    "retain-device-identity",
    "retain-safe-private",
}


COMPILED = {name: Recipe.load(name).compile() for name in ("basic", "research", "safe-harbor", "limited-data-set")}


def policy_of(*options, **more) -> Policy:
    return Recipe.load("basic", overrides={"options": list(options), "documents": "dummy", **more}).compile()


def rule_of(policy, *keywords, sop_class=CT, vr=None):
    path = tuple(tag_of(keyword) for keyword in keywords)
    return policy.for_instance(sop_class).rule(path, vr or dictionary_vr(path[-1]))


def write(tmp_path, text, name="site.yaml"):
    path = tmp_path / name
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


@pytest.fixture(scope="module")
def research() -> Policy:
    return Recipe.load("research").compile()


@pytest.fixture(scope="module")
def basic() -> Policy:
    return Recipe.load("basic").compile()


# -- shipped recipes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["basic", "limited-data-set", "llm-dataset", "research", "safe-harbor"])
def test_shipped_recipes_load_without_a_complaint(name):
    assert name in shipped_recipes()
    assert check(name) == []
    recipe = Recipe.load(name)
    assert recipe.name == name
    assert recipe.legal_basis
    assert recipe.not_covered
    assert "Legal basis" in recipe.summary()
    assert "Not covered" in recipe.summary()


def test_research_is_exactly_the_combination_of_the_public_benchmark(research):
    assert research.options == RESEARCH_OPTIONS
    assert research.dates == "shift"
    codes = [code for code, _ in research.method_codes(pixels_cleaned=True)]
    assert codes == ["113100", "113101", "113103", "113104", "113105", "113107", "113108", "113109", "113111"]


def test_clean_pixel_data_is_claimed_only_if_pixels_were_looked_at(research):
    codes = [code for code, _ in research.method_codes(pixels_cleaned=False)]
    assert "113101" not in codes


def test_a_policy_travels_to_another_process(research):
    again = pickle.loads(pickle.dumps(research))
    for keyword in ("PatientName", "StudyDate", "DeviceSerialNumber"):
        assert rule_of(again, keyword) == rule_of(research, keyword)
    assert len(pickle.dumps(research)) < 20_000


# -- the profile, option by option ---------------------------------------------------------------------


def every_row(option=None):
    """(tag, vr, row) of plain tags that an option speaks about."""
    for where, row in all_rows():
        if "x" in where or "gggg" in where or (option and option not in row.options):
            continue
        tag = int(where[1:5] + where[6:10], 16)
        if tag >> 16 in (0, 2, 4):
            continue
        yield tag, row.vr.split("/")[0], row


def test_under_the_basic_profile_nothing_of_the_table_is_kept(basic):
    kept = {"EncapsulatedDocument"}
    for tag, vr, row in every_row():
        for sop_class in (CT, SR, ENHANCED_MR, "1.2.3"):
            rule = basic.for_instance(sop_class).rule((tag,), vr)
            assert rule.action not in (Action.KEEP, Action.CLEAN, Action.SHIFT), row.keyword
            letters = set(row.basic.replace("*", "").split("/"))
            if row.basic == "X" and rule.action is not Action.REMOVE and row.keyword not in kept:
                assert rule.action in (Action.DUMMY, Action.EMPTY, Action.SURROGATE)
            elif "X" not in letters:
                assert rule.action is not Action.REMOVE, row.keyword


@dataclass(frozen=True)
class Exempt:
    """Rows where our own rule is stricter than the option's cell."""

    device_dates = (
        "Calibration",
        "Manufacture",
        "Installation",
        "ContextGroup",
        "ProductExpiration",
        "TemplateVersion",
    )
    device_dates += (
        "TemplateLocalVersion",
        "EthicsCommitteeApprovalEffectiveness",
        "EffectiveDate",
        "InformationIssue",
    )


@pytest.mark.parametrize("option", [c for c in COLUMNS if c != "retain-safe-private"])
def test_each_option_speaks_for_every_cell_of_its_column(option):
    policy = policy_of(option)
    seen = 0
    for tag, vr, row in every_row(option):
        rule = policy.for_instance(CT).rule((tag,), vr)
        seen += 1
        if vr in DATE_VRS and any(word in row.keyword for word in Exempt.device_dates):
            assert rule.action not in (Action.KEEP, Action.SHIFT), row.keyword
            continue
        cell = row.options[option]
        if vr in DATE_VRS and option not in ("retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"):
            assert rule.action not in (Action.KEEP, Action.SHIFT), row.keyword
        elif vr in DATE_VRS:
            assert rule.action is (Action.KEEP if cell == "K" else Action.SHIFT), row.keyword
        elif cell == "K" and vr == "AS":
            assert arguments(rule)["above"] == "089Y"
        elif cell == "K" and rule.action is not Action.KEEP:
            assert rule.action in (Action.SURROGATE, Action.UID), row.keyword
            assert "serials" in rule.source
        elif cell == "C" and vr in BINARY_VRS:
            assert rule.action in (Action.REMOVE, Action.DUMMY), row.keyword
        elif cell == "C" and vr == "AE":
            assert rule.action is Action.SURROGATE
        elif cell == "C":
            assert rule.action is Action.CLEAN, row.keyword
        assert option in rule.source or rule.action in (Action.REMOVE, Action.DUMMY), row.keyword
    assert seen


def test_clean_graphics_lets_overlays_and_annotations_in():
    with_option, without = policy_of("clean-graphics"), policy_of()
    for tag, vr in ((0x60003000, "OW"), (0x60020022, "LO"), (0x60021500, "LO"), (0x50000022, "LO")):
        assert with_option.for_instance(CT).rule((tag,), vr).action is Action.CLEAN
    for tag, vr in ((0x60003000, "OW"), (0x60020022, "LO"), (0x60020010, "US"), (0x50003000, "OW"), (0x50000005, "US")):
        assert without.for_instance(CT).rule((tag,), vr).action is Action.REMOVE
    assert with_option.for_instance(CT).rule((0x5000200C,), "OW").action is Action.REMOVE
    assert (
        rule_of(without, "GraphicAnnotationSequence", "TextObjectSequence", "UnformattedTextValue").action
        is Action.DUMMY
    )
    text = ("GraphicAnnotationSequence", "TextObjectSequence", "UnformattedTextValue")
    assert rule_of(policy_of("clean-graphics", "clean-descriptors"), *text).action is Action.CLEAN
    assert rule_of(with_option, "GraphicAnnotationSequence").action is Action.CLEAN


def test_retain_safe_private_keeps_what_the_tables_list():
    policy = policy_of("retain-safe-private").for_instance(CT)
    assert policy.private((0x0019100C,), "SIEMENS MR HEADER", "IS").action is Action.KEEP
    assert policy.private((0x0019AB0C,), "SIEMENS MR HEADER ", "IS").action is Action.KEEP
    assert arguments(policy.private((0x0019100C,), "SIEMENS MR HEADER", "UN"))["vr"] == "IS"
    assert policy.private((0x00190010,), "SIEMENS MR HEADER", "LO").action is Action.KEEP
    text = policy.private((0x0019109E,), "GEMS_ACQU_01", "LO")
    assert text.action is Action.CLEAN


@pytest.mark.parametrize(
    ("path", "creator", "vr"),
    [
        ((0x0019100C,), "SOMEBODY", "IS"),
        ((0x0019100C,), "", "IS"),
        ((0x00190002,), "SIEMENS MR HEADER", "IS"),
        ((0x00190010,), "DR ADA LOVELACE", "LO"),
        ((0x7E011012,), "HOLOGIC, Inc.", "OB"),
        ((0x200110FF,), "Philips Imaging DD 001", "OW"),
        ((0x00191000,), "SIEMENS MR HEADER", "UL"),
        ((0x00190000,), "", "UL"),
    ],
)
def test_other_private_elements_orphans_and_bytes_are_removed(path, creator, vr):
    assert policy_of("retain-safe-private").for_instance(CT).private(path, creator, vr).action is Action.REMOVE


def test_without_the_option_no_private_element_stays(basic):
    assert basic.for_instance(CT).private((0x0019100C,), "SIEMENS MR HEADER", "IS").action is Action.REMOVE
    assert basic.for_instance(CT).private((0x00190010,), "SIEMENS MR HEADER", "LO").action is Action.REMOVE
    assert basic.for_instance(CT).rule((0x0019100C,), "IS").action is Action.REMOVE


def test_private_dates_shift_and_private_uids_are_mapped(research):
    instance = research.for_instance(CT)
    assert instance.private((0x0009100D,), "GEMS_PETD_01", "DT").action is Action.SHIFT
    assert instance.private((0x00091007,), "GEMS_PETD_01", "UI").action is Action.UID
    assert (
        policy_of("retain-safe-private").for_instance(CT).private((0x0009100D,), "GEMS_PETD_01", "DT").action
        is Action.REMOVE
    )


def test_private_dates_stay_where_full_dates_do():
    policy = Recipe.load("limited-data-set").compile().for_instance(CT)
    assert policy.private((0x0009100D,), "GEMS_PETD_01", "DT").action is Action.KEEP
    assert policy.private((0x00131010,), "SIEMENS CM VA0  CMS", "DA").action is Action.KEEP


def test_what_an_instance_declares_about_its_private_elements_counts(research):
    instance = research.for_instance(CT)
    path, creator = (0x00991001,), "OUR OWN LAB"
    assert instance.private(path, creator, "DS").action is Action.REMOVE
    assert instance.private(path, creator, "DS", declared="SAFE").action is Action.KEEP
    assert instance.private(path, creator, "LO", declared="SAFE").action is Action.CLEAN
    assert instance.private(path, creator, "OB", declared="SAFE").action is Action.REMOVE
    assert instance.private((0x0019100C,), "SIEMENS MR HEADER", "IS", declared="X").action is Action.REMOVE


def test_a_standard_element_inside_a_private_sequence_gets_its_own_rule(research):
    instance = research.for_instance(CT)
    path = (0x20011050, 0x00100010)
    assert instance.private(path, "", "PN") == instance.rule(path, "PN")
    assert instance.rule(path, "PN").action is Action.SURROGATE


def test_the_stricter_of_two_options_wins():
    both = policy_of("retain-patient-characteristics", "clean-descriptors")
    assert rule_of(both, "Allergies").action is Action.CLEAN
    device_and_dates = policy_of("retain-device-identity", "retain-longitudinal-modified-dates")
    rule = rule_of(device_and_dates, "BeamHoldTransitionDateTime", sop_class=PLAN)
    assert rule.action is Action.SHIFT
    assert rule_of(policy_of("retain-device-identity"), "BeamHoldTransitionDateTime").action is Action.DUMMY


# -- compound codes ------------------------------------------------------------------------------------


def test_compound_codes_follow_the_type_of_the_iod(basic):
    # Acquisition DateTime is X/Z/D: Type 3 in CT, Type 1C in Enhanced MR.
    assert rule_of(basic, "AcquisitionDateTime", sop_class=CT).action is Action.REMOVE
    assert rule_of(basic, "AcquisitionDateTime", sop_class=ENHANCED_MR).action is Action.DUMMY
    assert rule_of(basic, "AcquisitionDateTime", sop_class="1.2.3").action is Action.REMOVE


def test_compound_codes_follow_the_nesting_level(basic):
    inside = ("ReferencedImageSequence", "ReferencedSOPInstanceUID")
    assert rule_of(basic, *inside).action is Action.UID
    assert rule_of(basic, "ContentDate", sop_class=SR).action is Action.DUMMY
    assert rule_of(basic, "ContentDate", sop_class=CT).action in (Action.EMPTY, Action.DUMMY)


def test_type_1_is_never_emptied_and_type_2_never_removed():
    from deid.standard import attribute_type
    from deid.standard.tables import _types

    seen = 0
    for name in ("basic", "research", "safe-harbor"):
        policy = Recipe.load(name, overrides={"documents": "dummy"}).compile()
        for sop_class in _types()[2]:
            for tag, vr, row in every_row():
                kind = attribute_type(sop_class, (tag,))
                if kind not in ("1", "2"):
                    continue
                action = policy.for_instance(sop_class).rule((tag,), vr).action
                seen += 1
                assert action is not Action.REMOVE, (name, sop_class, row.keyword)
                assert kind == "2" or action is not Action.EMPTY, (name, sop_class, row.keyword)
    assert seen > 5000


# -- rules that hold under every recipe ----------------------------------------------------------------


@pytest.mark.parametrize("options", [(), tuple(RESEARCH_OPTIONS), ("retain-longitudinal-full-dates",)])
def test_birth_dates_are_emptied_under_every_option(options):
    policy = policy_of(*options)
    assert rule_of(policy, "PatientBirthDate").action is Action.EMPTY
    assert rule_of(policy, "PatientBirthTime").action is Action.EMPTY
    assert rule_of(policy, "PatientBirthDateInAlternativeCalendar").action is Action.REMOVE


def test_dates_that_give_the_shift_away_do_not_shift(research):
    for keyword in ("DateOfLastCalibration", "DateOfManufacture", "DateOfInstallation", "TimeOfLastCalibration"):
        assert rule_of(research, keyword).action is Action.REMOVE
    assert rule_of(research, "ContextGroupVersion").action is Action.DUMMY


def test_serials_are_pseudonymised_unless_the_recipe_says_otherwise(research):
    assert rule_of(research, "DeviceSerialNumber").action is Action.SURROGATE
    assert rule_of(research, "UDISequence", "UniqueDeviceIdentifier").action is Action.SURROGATE
    assert rule_of(research, "DeviceUID").action is Action.UID
    kept = Recipe.load("research", overrides={"serials": "keep"}).compile()
    assert rule_of(kept, "DeviceSerialNumber").action is Action.KEEP
    assert rule_of(kept, "DeviceUID").action is Action.KEEP


def test_the_patient_gets_a_surrogate_at_every_level(research, basic):
    for policy in (research, basic):
        for path in (("PatientID",), ("RequestAttributesSequence", "PatientID")):
            assert arguments(rule_of(policy, *path)) == {"kind": "patient-id", "role": "patient"}
        assert arguments(rule_of(policy, "PatientName"))["kind"] == "patient-name"


def test_ages_above_89_become_90(research):
    given = arguments(rule_of(research, "PatientAge"))
    assert (given["above"], given["to"]) == ("089Y", "090Y")


def test_group_lengths_meta_and_directory_elements_do_not_stay(research):
    instance = research.for_instance(CT)
    for tag in (0x00080000, 0x00100000, 0x00020010, 0x00041130, 0x00000900):
        assert instance.rule((tag,), "UL").action is Action.REMOVE


def test_a_tag_that_ps36_does_not_know_is_removed_or_refused(research):
    assert research.for_instance(CT).rule((0x00180099,), "LO").action is Action.REMOVE
    refusing = Recipe.load("research", overrides={"unknown": "refuse"}).compile()
    assert refusing.for_instance(CT).rule((0x00180099,), "LO").action is Action.REFUSE


def test_every_unlisted_text_is_searched_and_every_unlisted_number_kept(research):
    instance = research.for_instance(CT)
    for tag, entry in DicomDictionary.items():
        if action_row(tag) is not None or tag >> 16 in (0, 2, 4) or tag & 0xFFFF == 0:
            continue
        rule = instance.rule((tag,), entry[0])
        if entry[0] in ("LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"):
            searched = rule.action in (Action.CLEAN, Action.SURROGATE, Action.REMOVE)
            assert searched or arguments(rule).get("search") == "known", entry[4]
        elif entry[0] in ("US", "FD", "DS", "IS", "CS", "AT") and entry[4] != "PatientAlternativeCalendar":
            assert rule.action is Action.KEEP, entry[4]
        elif entry[0] in DATE_VRS:
            assert rule.action is not Action.KEEP, entry[4]


def test_a_vr_that_contradicts_the_dictionary_does_not_hide_text(research):
    instance = research.for_instance(CT)
    for keyword in ("PatientAge", "StationName", "Manufacturer", "BodyPartExamined", "SmokingStatus"):
        assert instance.rule((tag_of(keyword),), "OB").action in (Action.REMOVE, Action.EMPTY, Action.DUMMY)
    assert instance.rule((tag_of("Rows"),), "LO").action is Action.CLEAN


def test_a_vr_that_ps35_does_not_know_is_read_by_the_dictionary(research):
    assert rule_of(research, "StudyDescription", vr="??") == rule_of(research, "StudyDescription")
    assert rule_of(research, "PatientSpeciesDescription", vr="Z9").action is Action.KEEP
    assert research.for_instance(CT).private((0x00091037,), "GEMS_PETD_01", "??").action is Action.REMOVE


@pytest.mark.parametrize("path", [(0x00880200, 0x7FE00010), (0x00081140, 0x7FE00010), (0x7F020010,), (0x7FE00020,)])
def test_pixels_that_nobody_looks_at_go(research, path):
    assert research.for_instance(CT).rule(path, "OW").action is Action.REMOVE
    assert research.for_instance(CT).rule((0x7FE00010,), "OW").action is Action.KEEP


def test_a_descriptor_that_a_rule_keeps_is_searched_for_known_identifiers(tmp_path):
    text = "recipe: s\nextends: basic\ntags:\n  - {match: StudyDescription, action: keep, because: b}\n"
    rule = rule_of(Recipe.load(write(tmp_path, text)).compile(), "StudyDescription")
    assert arguments(rule) == {"search": "known"}


def test_un_is_read_by_the_dictionary(research):
    assert rule_of(research, "StudyDescription", vr="UN") == rule_of(research, "StudyDescription")


def test_references_are_kept_with_new_uids_where_the_recipe_says_so(research, basic):
    assert rule_of(research, "ReferencedImageSequence").action is Action.UID
    assert rule_of(basic, "ReferencedImageSequence").action is Action.UID
    literal = policy_of(references="table")
    assert rule_of(literal, "ReferencedImageSequence").action is Action.REMOVE
    assert rule_of(literal, "ReferencedStudySequence").action in (Action.REMOVE, Action.EMPTY)


def test_who_assigned_an_identifier_gets_a_surrogate_of_the_site(research):
    rule = rule_of(research, "IssuerOfAccessionNumberSequence", "LocalNamespaceEntityID")
    assert rule.action is Action.SURROGATE
    assert arguments(rule)["role"] == "site"


def test_sequences_that_name_a_person_and_are_not_in_the_table_go(research):
    assert rule_of(research, "RequestingPhysicianIdentificationSequence").action is Action.REMOVE
    assert rule_of(research, "HangingProtocolUserIdentificationCodeSequence").action is Action.EMPTY  # Type 2


def test_every_name_in_our_own_lists_is_a_keyword():
    from pydicom._dicom_dict import RepeatersDictionary
    from pydicom.datadict import keyword_dict

    from deid.recipe.rules import lists
    from deid.standard import EXTRA_KEYWORDS

    known = {*keyword_dict, *EXTRA_KEYWORDS, *(entry[4] for entry in RepeatersDictionary.values())}
    for name, words in lists().items():
        assert words <= known, name


def test_class_like_uids_stay(research):
    for keyword in ("SOPClassUID", "ReferencedSOPClassUID", "MappingResourceUID"):
        assert rule_of(research, keyword).action is Action.KEEP
    for keyword in ("SOPInstanceUID", "MultiFrameSourceSOPInstanceUID", "TargetFrameOfReferenceUID", "CodingSchemeUID"):
        assert rule_of(research, keyword).action is Action.UID


def test_an_identifier_that_must_be_a_dummy_is_the_same_for_the_same_original(basic):
    assert rule_of(basic, "SpecimenIdentifier").action is Action.SURROGATE
    assert rule_of(basic, "ClinicalTrialSubjectID").action is Action.SURROGATE


ANY_TAG = st.one_of(
    st.sampled_from(sorted(DicomDictionary)),
    st.sampled_from([int(w[1:5] + w[6:10], 16) for w, _ in all_rows() if "x" not in w and "g" not in w]),
    st.integers(0, 0xFFFFFFFF),
)
VRS = [
    "AE",
    "AS",
    "AT",
    "CS",
    "DA",
    "DS",
    "DT",
    "FD",
    "FL",
    "IS",
    "LO",
    "LT",
    "OB",
    "OD",
    "OF",
    "OL",
    "OV",
    "OW",
    "PN",
    "SH",
    "SL",
    "SQ",
    "SS",
    "ST",
    "SV",
    "TM",
    "UC",
    "UI",
    "UL",
    "UN",
    "UR",
    "US",
    "UT",
    "UV",
]


@given(
    path=st.lists(ANY_TAG, min_size=1, max_size=4).map(tuple),
    vr=st.sampled_from([*VRS, "", "??", "US or SS"]),
    name=st.sampled_from(["basic", "research", "safe-harbor", "limited-data-set"]),
    sop_class=st.sampled_from([CT, SR, ENHANCED_MR, "", "1.2.3"]),
    creator=st.sampled_from(["", "SIEMENS MR HEADER", "DR WHO", "GEMS_PETD_01"]),
)
@settings(max_examples=600, deadline=None)
def test_every_element_gets_a_rule_and_no_text_stays_unsearched(path, vr, name, sop_class, creator):
    instance = COMPILED[name].for_instance(sop_class)
    rule = instance.private(path, creator, vr) if path[-1] >> 16 & 1 else instance.rule(path, vr)
    assert rule.source
    assert all(mark not in rule.argument.partition("text=")[0] for mark in ("\n", ";"))
    if rule.action is Action.KEEP and vr in ("LO", "LT", "SH", "ST", "UC", "UR", "UT", "PN"):
        is_creator = path[-1] >> 16 & 1 and 0x10 <= path[-1] & 0xFFFF <= 0xFF
        assert is_creator or arguments(rule).get("search") == "known"
    if vr == "PN":
        assert rule.action is not Action.KEEP or arguments(rule).get("search") == "known"
    if path[-1] >> 16 & 1 and vr in ("OB", "OW", "PN"):
        assert rule.action is Action.REMOVE
    if vr in DATE_VRS and name in ("basic", "safe-harbor"):
        assert rule.action is not Action.KEEP


# -- inside sequences that are dummies -----------------------------------------------------------------


def test_what_a_dummy_sequence_contains_is_dummy_too(basic):
    code = ("VerifyingObserverSequence", "PersonIdentificationCodeSequence", "CodeMeaning")
    assert rule_of(basic, *code, sop_class=SR).action is Action.DUMMY
    assert rule_of(basic, "ContentSequence", "TextValue", sop_class=SR).action is Action.DUMMY
    assert rule_of(basic, "ContentSequence", "ContentSequence", "TextValue", sop_class=SR).action is Action.DUMMY
    concept = ("ContentSequence", "ConceptNameCodeSequence", "CodeValue")
    assert rule_of(basic, *concept, sop_class=SR).action is Action.KEEP


def test_a_kept_institution_stays_with_its_code():
    policy = policy_of("retain-institution-identity")
    assert rule_of(policy, "InstitutionCodeSequence", "CodeMeaning").action is Action.KEEP
    assert rule_of(policy_of(), "InstitutionCodeSequence", "CodeMeaning").action is not Action.KEEP


# -- structured content --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("concept", "action"),
    [
        (("121022", "DCM", "TEXT"), Action.REMOVE),  # Accession Number
        (("126201", "DCM", "DATE"), Action.SHIFT),  # Acquisition Date
        (("125203", "DCM", "TEXT"), Action.CLEAN),  # Acquisition Protocol
        (("0", "99LOCAL", "TEXT"), Action.CLEAN),
        (("0", "99LOCAL", "PNAME"), Action.SURROGATE),
        (("0", "99LOCAL", "DATETIME"), Action.SHIFT),
        (("0", "99LOCAL", "UIDREF"), Action.UID),
        (("0", "99LOCAL", "NUM"), Action.KEEP),
        (("0", "99LOCAL", "CONTAINER"), Action.KEEP),
        (("121033", "DCM", "NUM"), Action.CLEAN),  # Subject Age
        (("30525-0", "LN", "NUM"), Action.CLEAN),
        (("121032", "DCM", "CODE"), Action.KEEP),  # Subject Sex
    ],
)
def test_content_items_follow_their_concept(research, concept, action):
    assert research.content_item(*concept).action is action


def test_without_the_option_content_items_are_dummies(basic):
    assert basic.content_item("0", "99LOCAL", "TEXT").action is Action.DUMMY
    assert basic.content_item("0", "99LOCAL", "NUM").action is Action.REMOVE


# -- dates ---------------------------------------------------------------------------------------------


def test_safe_harbor_keeps_the_year_alone():
    policy = Recipe.load("safe-harbor").compile()
    assert policy.dates == "year"
    assert arguments(rule_of(policy, "StudyDate"))["mode"] == "year"
    assert rule_of(policy, "SeriesDate").action is Action.REMOVE
    assert rule_of(policy, "StudyTime").action is Action.EMPTY
    for keyword in (
        "DeviceSerialNumber",
        "StationName",
        "InstitutionName",
        "PatientAddress",
        "EthicsCommitteeApprovalEffectivenessEndDate",
    ):
        assert rule_of(policy, keyword).action is Action.REMOVE
    assert arguments(rule_of(policy, "PatientAge"))["to"] == "090Y"


def test_full_dates_stay_but_for_birth_and_devices():
    policy = Recipe.load("limited-data-set").compile()
    assert policy.dates == "keep"
    assert rule_of(policy, "StudyDate").action is Action.KEEP
    assert rule_of(policy, "PatientBirthDate").action is Action.EMPTY


def test_times_shift_only_if_the_recipe_says_so(research):
    assert arguments(rule_of(research, "StudyTime"))["time"] == "keep"
    shifting = Recipe.load("research", overrides={"dates": {"times": "shift"}}).compile()
    assert arguments(rule_of(shifting, "StudyTime"))["time"] == "shift"


# -- rules of the recipe -------------------------------------------------------------------------------


def test_the_first_rule_that_matches_decides(tmp_path):
    path = write(
        tmp_path,
        """\
        recipe: site
        extends: research
        tags:
          - {match: RequestAttributesSequence/ScheduledProcedureStepID, action: surrogate}
          - {match: ScheduledProcedureStepID, action: remove}
          - {match: "(0019,xx0C)", creator: SIEMENS MR HEADER, action: remove}
          - {match: "(0099,xx01)", creator: OUR LAB, action: keep, because: b-value of our sequence}
          - {match: "(0018,11xx)", action: remove}
          - {match: StudyDescription, action: replace, with: "CT, chest"}
        """,
    )
    policy = Recipe.load(path).compile()
    instance = policy.for_instance(CT)
    assert rule_of(policy, "RequestAttributesSequence", "ScheduledProcedureStepID").action is Action.SURROGATE
    assert rule_of(policy, "ScheduledProcedureStepID").action is Action.REMOVE
    assert rule_of(policy, "ScheduledProcedureStepID").source == "site.yaml:5"
    assert instance.private((0x0019AA0C,), "SIEMENS MR HEADER", "IS").action is Action.REMOVE
    assert instance.private((0x00991101,), "OUR LAB", "DS").action is Action.KEEP
    assert instance.private((0x00991101,), "OUR LAB", "LO").action is Action.CLEAN
    assert instance.private((0x00991101,), "OUR LAB", "OB").action is Action.REMOVE
    assert instance.private((0x00990011,), "OUR LAB", "LO").action is Action.KEEP
    assert rule_of(policy, "DistanceSourceToDetector").action is Action.REMOVE
    assert arguments(rule_of(policy, "StudyDescription")) == {"text": "CT, chest"}


def test_a_rule_of_the_recipe_does_not_empty_type_1(tmp_path):
    path = write(tmp_path, "recipe: site\nextends: basic\ntags:\n  - {match: SOPInstanceUID, action: remove}\n")
    assert rule_of(Recipe.load(path).compile(), "SOPInstanceUID").action is Action.UID


def test_a_rule_may_be_bound_to_sop_classes(tmp_path):
    text = "recipe: s\nextends: basic\ntags:\n  - {match: FilterType, action: remove, sop_classes: [CTImageStorage]}\n"
    policy = Recipe.load(write(tmp_path, text)).compile()
    assert rule_of(policy, "FilterType", sop_class=CT).action is Action.REMOVE
    assert rule_of(policy, "FilterType", sop_class=SR).action is Action.KEEP


def test_recipes_extend_one_another_without_losing_a_rule(tmp_path):
    write(tmp_path, "recipe: a\nextends: research\ntags:\n  - {match: KVP, action: remove}\n", "a.yaml")
    child = write(
        tmp_path,
        "recipe: b\nextends: a.yaml\nwithout: [retain-safe-private]\noptions: [retain-institution-identity]\n"
        "text: {never: [Parkinson]}\ntags:\n  - {match: Exposure, action: remove}\n",
        "b.yaml",
    )
    recipe = Recipe.load(child)
    assert [rule.match for rule in recipe.tags] == ["Exposure", "KVP", "AccessionNumber"]
    assert set(recipe.options) == RESEARCH_OPTIONS - {"retain-safe-private"} | {"retain-institution-identity"}
    assert recipe.references == "map"
    assert recipe.name == "b"
    assert recipe.text.never == ("Parkinson",)


def test_a_circle_of_recipes_is_an_error(tmp_path):
    write(tmp_path, "recipe: a\nextends: b.yaml\n", "a.yaml")
    path = write(tmp_path, "recipe: b\nextends: a.yaml\n", "b.yaml")
    with pytest.raises(RecipeError, match="circle"):
        Recipe.load(path)


def test_the_digest_names_what_changes_output_and_nothing_else(tmp_path):
    one = Recipe.load(write(tmp_path, "recipe: a\nextends: research\n", "a.yaml"))
    commented = Recipe.load(write(tmp_path, "# why\nrecipe: a\n\nextends: research\n", "b.yaml"))
    other = Recipe.load(write(tmp_path, "recipe: a\nextends: research\nreferences: table\n", "c.yaml"))
    assert one.digest == commented.digest != other.digest


# -- what is wrong with a recipe -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "hint"),
    [
        ("recipe: x\noptons: [clean-graphics]\n", "recipe-unknown-key", 2, "'options'"),
        ("recipe: x\ntext:\n  langage: en\n", "recipe-unknown-key", 3, "'language'"),
        ("recipe: x\ntags:\n  - match: PatientAge\n    acton: remove\n", "recipe-unknown-key", 4, "'action'"),
        ("recipe: x\ntags:\n  - {match: PatientNane, action: remove}\n", "recipe-invalid", 3, "'PatientName'"),
        ("recipe: x\noptions:\n  - clean-graphics\n  - clean-descriptor\n", "recipe-invalid", 4, "'clean-descriptors'"),
        ("recipe: x\ntags:\n  - {match: Rows, action: delete}\n", "recipe-invalid", 3, ""),
        ("recipe: x\ntags:\n  - {match: Rows, action: uid}\n", "recipe-invalid", 3, ""),
        ("recipe: x\ntags:\n  - {match: StudyDate, action: keep}\n", "recipe-invalid", 3, ""),
        ('recipe: x\ntags:\n  - {match: "(0019,xx0C)", action: keep}\n', "recipe-invalid", 3, ""),
        ("recipe: x\ntags:\n  - {match: 00100010, action: remove}\n", "recipe-invalid", 3, "quotes"),
        ("recipe: x\nrecipe: y\n", "recipe-syntax", 2, ""),
        ("recipe: x\nstandard: 2019a\n", "recipe-invalid", 2, ""),
        ("recipe: x\n  version: 1\n", "recipe-syntax", 2, ""),
        ("recipe: x\nextends: reserch\n", "recipe-not-found", 2, "'research'"),
        ("version: 1\n", "recipe-invalid", None, ""),
        (
            "recipe: x\noptions: [retain-longitudinal-full-dates, retain-longitudinal-modified-dates]\n",
            "recipe-invalid",
            None,
            "",
        ),
        ("recipe: x\noptions: [clean-recognizable-visual-features]\n", "recipe-invalid", None, ""),
    ],
)
def test_a_mistake_is_named_with_file_line_and_the_nearest_word(tmp_path, text, code, line, hint):
    with pytest.raises(RecipeError) as caught:
        Recipe.load(write(tmp_path, text))
    assert caught.value.code == code
    assert "site.yaml" in caught.value.message
    if line:
        assert f"site.yaml:{line}" in caught.value.message
    assert hint in caught.value.hint
    assert str(tmp_path) not in str(caught.value)
    assert [problem.level for problem in check(tmp_path / "site.yaml")] == ["error"]


def test_aliases_cannot_blow_a_recipe_up(tmp_path):
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 9)]
    path = write(tmp_path, "\n".join(["recipe: x", "x0: &x0 [a, a]", *levels]) + "\n")
    with pytest.raises(RecipeError, match="too large"):
        Recipe.load(path)


def test_a_recipe_that_is_not_there_names_the_nearest(tmp_path):
    with pytest.raises(RecipeError, match="did you mean 'safe-harbor'"):
        Recipe.load("safe-harbour")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (
            'tags:\n  - {match: "(0018,xxxx)", action: remove}\n  - {match: KVP, action: remove}\n',
            "rule-never-matches",
            5,
        ),
        ("tags:\n  - {match: Rows/Columns, action: remove}\n", "rule-never-matches", 4),
        ('tags:\n  - {match: "(0002,0010)", action: remove}\n', "rule-never-matches", 4),
        ("tags:\n  - {match: PatientID, action: keep, because: we want it}\n", "rule-keeps-identifier", 4),
        ("tags:\n  - {match: InstitutionName, action: keep, because: our own}\n", "rule-weakens-profile", 4),
        (
            'tags:\n  - {match: "(0019,xx0C)", creator: SIEMENS MR HAEDER, action: keep, because: b}\n',
            "rule-unknown-creator",
            4,
        ),
        ("tags:\n  - {match: DateOfLastCalibration, action: keep, because: b}\n", "rule-gives-shift-away", 4),
        ("filters: {modalities: [MRI]}\n", "filter-unknown-modality", None),
        ("filters: {modalities: [CT], not_modalities: [CT]}\n", "filters-contradict", None),
        ('filters: {studied_from: "2024-05-02", studied_until: "2024-05-01"}\n', "filters-contradict", None),
        ("serials: keep\n", "options-contradict", None),
        ("pixels: {remove: none}\n", "options-contradict", None),
    ],
)
def test_check_finds_what_is_legal_but_not_meant(tmp_path, text, code, line):
    head = "recipe: site\nextends: basic\n"
    problems = check(write(tmp_path, head + text))
    assert code in [problem.code for problem in problems]
    if line:
        assert any(problem.where == f"site.yaml:{line}" for problem in problems)


# -- tables of the site and filters --------------------------------------------------------------------


def test_clinical_trial_identifiers_come_from_the_sites_table(tmp_path):
    write(tmp_path, "PatientID,subject,site\nMRN1,T-001,07\n", "trial.csv")
    text = """\
        recipe: site
        extends: research
        assign:
          csv: trial.csv
          columns: {ClinicalTrialSubjectID: subject, ClinicalTrialSiteID: site}
        """
    recipe = Recipe.load(write(tmp_path, text))
    policy = recipe.compile()
    assert policy.assigned("MRN1") == ((0x00120040, "T-001"), (0x00120030, "07"))
    assert policy.assigned("MRN2") is None
    assert "MRN1" not in repr(recipe) + repr(policy) + recipe.summary() + conformance(policy)
    write(tmp_path, "PatientID,subject,site\nMRN1,T-002,07\n", "trial.csv")
    assert Recipe.load(tmp_path / "site.yaml").digest != recipe.digest


def test_a_column_that_the_table_lacks_is_an_error(tmp_path):
    write(tmp_path, "PatientID,subjct\nMRN1,T-001\n", "trial.csv")
    text = "recipe: s\nextends: basic\nassign: {csv: trial.csv, columns: {ClinicalTrialSubjectID: subject}}\n"
    with pytest.raises(RecipeError, match="did you mean 'subjct'"):
        Recipe.load(write(tmp_path, text))


@dataclass
class Head:
    modality: str = "CT"
    sop_class_uid: str = CT
    patient_id: str = "MRN1"
    study_date: str = "20240501"
    image_type: str = "ORIGINAL\\PRIMARY\\AXIAL"
    study_description: str = "CT chest"
    series_description: str = "lung 1.0"


@pytest.mark.parametrize(
    ("filters", "head", "reason"),
    [
        ("modalities: [MR]", Head(), "modality"),
        ("modalities: [CT, MR]", Head(), None),
        ("not_modalities: [CT]", Head(), "modality"),
        ("sop_classes: [MRImageStorage]", Head(), "sop-class"),
        ("not_sop_classes: [CTImageStorage]", Head(), "sop-class"),
        ("not_image_types: [LOCALIZER]", Head(image_type="ORIGINAL\\PRIMARY\\LOCALIZER"), "image-type"),
        ("image_types: [PRIMARY]", Head(), None),
        ("descriptions: [abdomen]", Head(), "description"),
        ("descriptions: [CHEST]", Head(), None),
        ("not_descriptions: [lung]", Head(), "description"),
        ('studied_from: "2024-05-02"', Head(), "study-date"),
        ('studied_until: "2024-04-30"', Head(), "study-date"),
        ('studied_from: "2024-05-01"', Head(), None),
        ('studied_from: "2024-05-01"', Head(study_date=""), "study-date"),
        ("opt_out: no.txt", Head(), "opted-out"),
        ("opt_out: no.txt", Head(patient_id="MRN2"), None),
    ],
)
def test_filters_leave_out_what_the_recipe_says(tmp_path, filters, head, reason):
    write(tmp_path, "MRN1\n", "no.txt")
    path = write(tmp_path, f"recipe: site\nextends: basic\nfilters: {{{filters}}}\n")
    assert Recipe.load(path).compile().admits(head) == reason


def test_an_opt_out_can_be_asked_by_patient_id(tmp_path):
    write(tmp_path, "MRN1\n\n", "no.txt")
    policy = Recipe.load(write(tmp_path, "recipe: s\nextends: basic\nfilters: {opt_out: no.txt}\n")).compile()
    assert policy.opted_out("MRN1 ")
    assert not policy.opted_out("MRN2")
    assert not policy.opted_out("")
    assert "MRN1" not in repr(policy.recipe)


def test_filters_ask_for_nothing_that_the_first_pass_does_not_know(tmp_path):
    write(tmp_path, "MRN1\n", "no.txt")
    text = """\
        recipe: site
        extends: basic
        filters: {modalities: [CT], sop_classes: [CTImageStorage], image_types: [AXIAL], descriptions: [chest],
                  studied_from: "2024-01-01", opt_out: no.txt}
        """
    policy = Recipe.load(write(tmp_path, text)).compile()
    head = Peek(
        is_dicom=True,
        patient_id="MRN2",
        modality="CT",
        sop_class_uid=CT,
        image_type="ORIGINAL\\PRIMARY\\AXIAL",
        study_date="20240501",
        study_description="CT Chest",
    )
    assert policy.admits(head) is None
    with pytest.raises(AttributeError):
        policy.admits(object())


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        (Head(study_description="CT HEAD W/O CONTRAST"), "refuse"),
        (Head(modality="MR", series_description="t1_mprage_brain_sag"), "refuse"),
        (Head(modality="XC", study_description=""), "refuse"),
        (Head(image_type="ORIGINAL\\PRIMARY\\LOCALIZER", study_description="CT head"), ""),
        (Head(modality="CR", study_description="skull ap"), ""),
        (Head(study_description="overhead"), ""),
        (Head(), ""),
    ],
)
def test_where_a_face_may_be_seen_the_recipe_decides(head, verdict):
    assert Recipe.load("safe-harbor").compile().face(head) == verdict


# -- the statement and the speed -----------------------------------------------------------------------


def test_the_conformance_statement_has_a_line_for_every_row(research):
    text = conformance(research)
    for _, row in all_rows():
        if row.keyword:
            assert f" {row.keyword} |" in text
    assert "113109 Retain Device Identity Option" in text
    assert "research.yaml:" in text


def test_a_second_question_is_a_look_up(research):
    instance = research.for_instance(CT)
    path = (0x00100010,)
    instance.rule(path, "PN")
    start = time.perf_counter()
    for _ in range(10_000):
        instance.rule(path, "PN")
    assert time.perf_counter() - start < 0.2


def test_the_guide_names_every_key_action_and_option():
    from pathlib import Path

    from deid.recipe.model import ACTIONS, OPTIONS, AssignSettings, FilterSettings, RecipeModel

    guide = (Path(__file__).parents[1] / "docs" / "recipe.md").read_text("utf-8")
    words = [*RecipeModel.model_fields, *AssignSettings.model_fields, *ACTIONS, *OPTIONS]
    words += [name.removeprefix("not_") for name in FilterSettings.model_fields]
    assert [word for word in words if f"`{word}" not in guide and f"{word}`" not in guide] == []


def test_the_example_of_the_guide_loads(tmp_path):
    from pathlib import Path

    guide = (Path(__file__).parents[1] / "docs" / "recipe.md").read_text("utf-8")
    text = guide.split("```yaml\n")[1].split("```")[0]
    assert Recipe.load(write(tmp_path, text)).name == "our-mr-study"
    assert check(tmp_path / "site.yaml") == []
