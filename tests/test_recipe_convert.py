"""Recipes of other tools, converted: what can be said, and the list of what cannot."""

import pytest

from deid.errors import RecipeError
from deid.model import Action
from deid.recipe import Recipe, check, convert_ctp, convert_deid
from deid.standard import dictionary_vr, tag_of

CT = "1.2.840.10008.5.1.4.1.1.2"

CTP_XML = """\
<script>
<p t="DATEINC">-3210</p><p t="PROJECTNAME">TEST</p><p t="UIDROOT">1.3.6.1.4.1</p>
<e en="T" t="00080005" n="SpecificCharacterSet">@keep()</e>
<e en="T" t="00080018" n="SOPInstanceUID">@hashuid(@UIDROOT,this)</e>
<e en="T" t="00080020" n="StudyDate">@incrementdate(this,@DATEINC)</e>
<e en="T" t="00080050" n="AccessionNumber">@hash(this,16)</e>
<e en="T" t="00100010" n="PatientName">@hashptid(@SITEID,this)</e>
<e en="F" t="00100020" n="PatientID">@hash(this)</e>
<e en="T" t="00101010" n="PatientAge">@round(this,10)</e>
<e en="T" t="00081030" n="StudyDescription">@keep()</e>
<e en="T" t="00081090" n="ManufacturerModelName">@if(this,exists){@keep()}{@remove()}</e>
<e en="T" t="00120010" n="ClinicalTrialSponsorName">@param(@PROJECTNAME)</e>
<e en="T" t="00120020">CTP text: with, comma</e>
<e en="T" t="00080081" n="InstitutionAddress">@always()@empty()</e>
<e en="T" t="00130010">CTP</e>
<e en="T" t="0019[SIEMENS MR HEADER]0C">@keep()</e>
<e en="T" t="00420011" n="EncapsulatedDocument">@quarantine()</e>
<e en="T" t="00120064" n="DeIdentificationMethodCodeSeq">113100/113105/113107/113108</e>
<e en="T" t="00181200" n="DateofLastCalibration">@incrementdate(this,@DATEINC)</e>
<e en="T" t="00102160" n="EthnicGroup">@keep()</e>
<e en="T" t="0020000d" n="StudyInstanceUID">@select(){@keep()}{@hashuid(@UIDROOT,this)}</e>
<k en="T" t="18">Keep group 18</k>
<r en="T" t="overlays">x</r><r en="T" t="privategroups">y</r><r en="F" t="curves">y</r>
</script>
"""

CTP_LINES = """\
param.UIDROOT=1.2.3
set.[00080018]SOPInstanceUID=@hashuid(@UIDROOT,this)
#set.[00080020]StudyDate=@keep()
set.[0010,1010]PatientAge=@remove()
remove.curves=Remove curves
keep.group18=Keep
"""

DEID = """\
FORMAT dicom
%filter graylist
LABEL CT Dose Series
  contains Modality CT
  ctpcoordinates 0,0,512,200
%fields mine
FIELD PatientBirthName
FIELD StudyID
%header
ADD PatientIdentityRemoved Yes
REPLACE PatientID var:id
REPLACE SOPInstanceUID func:uid
JITTER StudyDate var:jitter
BLANK AccessionNumber
REMOVE contains:Comments
REMOVE AccessionNumber
KEEP BodyPartExamined
REMOVE BodyPartExamined
REMOVE fields:mine
REMOVE (0009,"GEMS_IDEN_01",01)
REPLACE InstitutionName Hospital A # ours
REPLACE PatientComments func:something
REMOVE ALL func:x
FOO PatientSex
"""


def loaded(tmp_path, text):
    path = tmp_path / "converted.yaml"
    path.write_text(text, "utf-8")
    assert [p for p in check(path) if p.level == "error"] == []
    return Recipe.load(path).compile()


def action(policy, keyword):
    tag = tag_of(keyword)
    return policy.for_instance(CT).rule((tag,), dictionary_vr(tag)).action


def test_a_ctp_script_becomes_a_recipe_that_loads(tmp_path):
    text, notes = convert_ctp(CTP_XML)
    policy = loaded(tmp_path, text)
    assert action(policy, "SOPInstanceUID") is Action.UID
    assert action(policy, "StudyDate") is Action.SHIFT
    assert action(policy, "AccessionNumber") is Action.SURROGATE
    assert action(policy, "StudyDescription") is Action.CLEAN
    assert action(policy, "InstitutionAddress") is Action.EMPTY
    assert action(policy, "EncapsulatedDocument") is Action.REFUSE
    assert (
        policy.for_instance(CT).rule((tag_of("ClinicalTrialProtocolID"),), "LO").argument
        == "text=CTP text: with, comma"
    )
    assert policy.for_instance(CT).private((0x0019AA0C,), "SIEMENS MR HEADER", "IS").action is Action.KEEP
    assert policy.for_instance(CT).private((0x00130010,), "CTP", "LO").action is Action.REMOVE
    assert policy.for_instance(CT).rule((0x60003000,), "OW").action is Action.REMOVE
    said = "\n".join(notes)
    for word in ("PatientName", "@if", "PatientAge", "StudyDescription", "keep 18", "privategroups", "00130010"):
        assert word in said
    assert "PatientID" not in said  # that rule was switched off


def test_what_a_ctp_script_claims_becomes_its_options(tmp_path):
    policy = loaded(tmp_path, convert_ctp(CTP_XML)[0])
    claimed = {"clean-descriptors", "retain-longitudinal-modified-dates", "retain-patient-characteristics"}
    assert policy.options == claimed | {"clean-pixel-data"}
    assert policy.dates == "shift"
    assert action(policy, "SeriesDate") is Action.SHIFT


def test_a_date_that_gives_the_shift_away_is_not_shifted_after_conversion(tmp_path):
    policy = loaded(tmp_path, convert_ctp(CTP_XML)[0])
    assert action(policy, "DateOfLastCalibration") is Action.REMOVE


def test_of_two_levels_the_inner_treatment_is_taken(tmp_path):
    policy = loaded(tmp_path, convert_ctp(CTP_XML)[0])
    assert action(policy, "StudyInstanceUID") is Action.UID


def test_a_kept_age_is_clipped(tmp_path):
    script = '<script><e en="T" t="00101010" n="PatientAge">@keep()</e></script>'
    policy = loaded(tmp_path, convert_ctp(script)[0])
    assert "to=090Y" in policy.for_instance(CT).rule((0x00101010,), "AS").argument


def test_what_has_no_counterpart_is_removed(tmp_path):
    policy = loaded(tmp_path, convert_ctp(CTP_XML)[0])
    assert action(policy, "ManufacturerModelName") is Action.REMOVE


def test_the_older_form_of_a_ctp_script_is_read(tmp_path):
    text, notes = convert_ctp(CTP_LINES)
    policy = loaded(tmp_path, text)
    assert action(policy, "SOPInstanceUID") is Action.UID
    assert action(policy, "PatientAge") is Action.REMOVE
    assert "StudyDate" not in text
    assert any("keep 18" in note for note in notes)


@pytest.mark.parametrize("text", ["<script><e></script>", "nothing at all", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_what_is_no_ctp_script_is_an_error(text):
    with pytest.raises(RecipeError, match="convert-unreadable"):
        convert_ctp(text)


def test_a_pydicom_deid_recipe_becomes_a_recipe_that_loads(tmp_path):
    text, notes = convert_deid(DEID)
    policy = loaded(tmp_path, text)
    assert action(policy, "SOPInstanceUID") is Action.UID
    assert action(policy, "StudyDate") is Action.SHIFT
    assert action(policy, "AccessionNumber") is Action.EMPTY
    assert action(policy, "BodyPartExamined") is Action.KEEP
    assert action(policy, "StudyComments") is Action.REMOVE
    assert action(policy, "PatientBirthName") is Action.REMOVE
    assert action(policy, "PatientComments") is Action.SURROGATE
    assert action(policy, "PatientSex") is Action.EMPTY  # FOO: removed, and Type 2 stays as an empty element
    assert policy.for_instance(CT).rule((tag_of("InstitutionName"),), "LO").argument == "text=Hospital A"
    assert policy.for_instance(CT).private((0x00091001,), "GEMS_IDEN_01", "LO").action is Action.REMOVE
    said = "\n".join(notes)
    for word in ("pixel rules", "'ALL'", "FOO", "PatientID", "written out as"):
        assert word in said


def test_what_is_no_pydicom_deid_recipe_is_an_error():
    with pytest.raises(RecipeError, match="convert-unreadable"):
        convert_deid("FORMAT dicom\n")


def ctp(*lines):
    return f"<script>{''.join(lines)}</script>"


def element(tag, script):
    return f'<e en="T" t="{tag}" n="{tag}">{script}</e>'


@pytest.mark.parametrize(
    "script",
    [
        ctp(element("00080020", "@hashdate(this,PatientID)")),
        ctp(element("00080020", "@incrementdate(this,3)")),
        ctp(element("00080020", "@incrementdate(this,3)"), element("00120064", "113100/113106")),
        ctp(element("00080020", "@incrementdate(this,3)"), element("00080021", "@keep()")),
    ],
)
def test_a_script_that_shifts_a_date_shifts_them_all_and_says_so(tmp_path, script):
    text, notes = convert_ctp(script)
    policy = loaded(tmp_path, text)
    assert policy.dates == "shift"
    assert action(policy, "SeriesDate") is Action.SHIFT
    assert any("all of them move" in note for note in notes)


def test_a_deid_recipe_that_jitters_shifts_all_dates(tmp_path):
    policy = loaded(tmp_path, convert_deid("FORMAT dicom\n%header\nJITTER StudyDate 31\n")[0])
    assert policy.dates == "shift"
    assert action(policy, "SeriesDate") is Action.SHIFT


def test_private_elements_that_a_script_removes_do_not_stay_because_it_claims_an_option(tmp_path):
    script = ctp(element("00120064", "113100/113111"), '<r en="T" t="privategroups">x</r>')
    text, notes = convert_ctp(script)
    assert "retain-safe-private" not in loaded(tmp_path, text).options
    assert any("Retain Safe Private is not taken over" in note for note in notes)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ((element("00101040", "@keep()"), element("00101040", "@remove()")), Action.REMOVE),
        ((element("00101040", "@remove()"), element("00101040", "@keep()")), Action.REMOVE),
        ((element("00101040", "@select(){@remove()}{@keep()}"),), Action.REMOVE),
        ((element("00101040", "@select(){@keep()}{@empty()}"),), Action.EMPTY),
        ((element("00101040", "ID: @contents(PatientName)"),), Action.REMOVE),
        ((element("00101040", "Site @integer(PatientID,x,3)"),), Action.REMOVE),
        ((element("00101040", "@param(@NOBODY)"),), Action.EMPTY),
    ],
)
def test_of_what_a_ctp_script_says_of_an_element_the_stricter_counts(tmp_path, lines, wanted):
    assert action(loaded(tmp_path, convert_ctp(ctp(*lines))[0]), "PatientAddress") is wanted


def test_parameters_inside_a_literal_are_written_out(tmp_path):
    text, _ = convert_ctp(ctp('<p t="SITE">07</p>', element("00120031", "Site @param(@SITE) b")))
    rule = loaded(tmp_path, text).for_instance(CT).rule((tag_of("ClinicalTrialSiteName"),), "LO")
    assert rule.argument == "text=Site 07 b"


@pytest.mark.parametrize("function", ["lookup(this,x)", "initials(this)", "encrypt(this,k)", "integer(this,x,3)"])
def test_a_value_that_is_not_taken_over_is_listed(function):
    _, notes = convert_ctp(ctp(element("00080080", f"@{function}")))
    assert any(function.partition("(")[0] in note and "surrogate" in note for note in notes)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("KEEP contains:Institution\nREPLACE InstitutionName ANON", "text=ANON"),
        ("REPLACE InstitutionName first\nREPLACE InstitutionName second", "text=second"),
        ("REPLACE InstitutionName ANON\nREMOVE contains:InstitutionName", "text=ANON"),
        ("KEEP contains:Institution\nREMOVE InstitutionName", ""),
        ("KEEP select:group:0008", ""),
    ],
)
def test_of_what_a_deid_recipe_says_of_a_field_nothing_becomes_weaker(tmp_path, lines, wanted):
    text, notes = convert_deid(f"FORMAT dicom\n%header\n{lines}\n")
    rule = loaded(tmp_path, text).for_instance(CT).rule((tag_of("InstitutionName"),), "LO")
    assert (rule.action is Action.DUMMY and rule.argument == wanted) if wanted else rule.action is Action.REMOVE
    assert notes
