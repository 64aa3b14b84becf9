"""What the tables say, checked against PS3.15 2026d as printed."""

import pytest

from deid import standard

CT = "1.2.840.10008.5.1.4.1.1.2"
SR = "1.2.840.10008.5.1.4.1.1.88.33"


def test_every_row_of_the_table_is_there():
    rows = list(standard.all_rows())
    assert len(rows) == 657
    assert len({where for where, _ in rows}) == 657


def test_basic_action_counts_are_those_of_the_edition():
    counts: dict[str, int] = {}
    for _, row in standard.all_rows():
        counts[row.basic] = counts.get(row.basic, 0) + 1
    assert counts == {
        "X": 417,
        "D": 93,
        "U": 55,
        "Z": 42,
        "X/D": 23,
        "X/Z": 11,
        "X/Z/D": 8,
        "Z/D": 6,
        "X/Z/U*": 2,
    }


def test_option_names_are_the_ten_columns():
    named = {name for _, row in standard.all_rows() for name in row.options}
    assert named == set(standard.COLUMNS)


def test_tags_that_pydicom_lacks_can_be_looked_up():
    assert len(standard.EXTRA_DICTIONARY) == 26
    assert standard.dictionary_vr(0x00081301) == "SQ"
    assert standard.keyword_of(0x00100012) == "NameToUse"
    assert standard.tag_of("NameToUse") == 0x00100012


@pytest.mark.parametrize("tag", [0x00091001, 0x00090010, 0x7FE11010])
def test_private_tags_have_the_private_row(tag):
    row = standard.action_row(tag)
    assert row is not None
    assert (row.basic, dict(row.options)) == ("X", {"retain-safe-private": "C"})


@pytest.mark.parametrize(
    ("tag", "keyword"), [(0x50103000, "CurveData"), (0x50020020, "CurveData"), (0x601E3000, "OverlayData")]
)
def test_repeating_groups_are_found(tag, keyword):
    row = standard.action_row(tag)
    assert row is not None
    assert row.keyword == keyword


def test_types_depend_on_the_nesting_level():
    assert standard.attribute_type(CT, (0x00080020,)) == "2"
    assert standard.attribute_type(CT, (0x00081140, 0x00081155)) == "1"
    assert standard.attribute_type(CT, (0x00081155,)) is None


def test_an_unknown_class_has_the_types_of_the_modules_that_all_share():
    assert standard.attribute_type("1.2.3", (0x00080020,)) == "2"
    assert standard.attribute_type("1.2.3", (0x00080018,)) == "1"
    assert standard.attribute_type("1.2.3", (0x00080023,)) is None


def test_a_retired_class_has_the_types_of_its_successor():
    assert standard.attribute_type("1.2.840.10008.5.1.4.1.1.6", (0x00080020,)) == "2"
    for iod in standard.tables._SUCCESSORS.values():
        assert iod in standard.tables._types()[1]


def test_types_are_unknown_on_foreign_paths():
    assert standard.attribute_type(CT, (0x00091001, 0x00080020)) is None
    assert standard.attribute_type(CT, ()) is None


def test_content_sequences_nested_in_one_another_count_as_one():
    deep = (*[0x0040A730] * 7, 0x0040A123)
    assert standard.attribute_type(SR, deep) == standard.attribute_type(SR, (0x0040A730, 0x0040A123)) == "1C"


def test_safe_private_elements_are_found_by_creator_and_low_byte():
    found = standard.safe_private("SIEMENS MR HEADER ", 0x0019, 0x0C)
    assert found is not None
    assert found.source == "PS3.15 2026d E.3.10-1"
    assert found.disposition("IS") == ("k", "IS")
    assert found.disposition("UN") == ("k", "IS")
    assert standard.safe_private("SIEMENS MR HEADER", 0x0019, 0xEE) is None
    assert standard.safe_private("SOMEBODY ELSE", 0x0019, 0x0C) is None


def test_the_knowledge_base_decides_by_vr():
    found = standard.safe_private("GEMS_PETD_01", 0x0009, 0x37)
    assert found is not None
    assert found.disposition("LO") == ("k", "LO")
    assert found.disposition("UN") == ("d", "LO")


def test_a_vr_that_nobody_listed_gets_the_strictest_letter():
    found = standard.SafePrivate("x", {"LO": "k", "DT": "o"})
    assert found.disposition("SH") == ("o", "SH")


def test_registered_uids_stay_and_instances_under_the_dicom_root_do_not():
    assert standard.never_remap("1.2.840.10008.1.2.1", "SOPInstanceUID")
    assert standard.never_remap("1.2.840.10008.1.4.1.1", "FrameOfReferenceUID")
    assert not standard.never_remap("1.2.840.10008.99.1", "SOPInstanceUID")
    assert not standard.never_remap("1.3.6.1.4.1.5962.1", "SOPInstanceUID")


def test_private_classes_stay_and_local_coding_schemes_do_not():
    assert standard.never_remap("1.3.12.2.1107.5.9.1", "SOPClassUID")
    assert standard.never_remap("2.16.840.1.113883.6.96", "CodingSchemeUID")
    assert not standard.never_remap("1.3.6.1.4.1.99999.1", "CodingSchemeUID")


def test_retired_snomed_codes_are_found():
    found = standard.content_item_action("R-42B89", "SRT", "TEXT")
    assert found is not None
    assert found == standard.content_item_action("371524004", "SCT", "TEXT")


def test_concepts_are_found_by_code_and_scheme():
    assert standard.content_item_action("121022", "DCM", "TEXT").basic == "X"
    assert standard.content_item_action("0", "99LOCAL", "TEXT") is None
