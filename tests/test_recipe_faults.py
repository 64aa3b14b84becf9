"""What a recipe may not say: refused when it is loaded, with file, line and what would be right."""

import datetime as dt
import textwrap

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from deid.errors import RecipeError
from deid.recipe import Recipe, check


def write(folder, text, name="site.yaml"):
    path = folder / name
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


def refused(path) -> RecipeError:
    """The complaint that keeps a recipe from being used; ``check`` says the same."""
    with pytest.raises(RecipeError) as caught:
        Recipe.load(path)
    assert [(p.level, p.code) for p in check(path)] == [("error", caught.value.code)]
    return caught.value


def rules(folder, *lines, options="", base="basic"):
    head = f"recipe: site\nextends: {base}\n" + (f"options: [{options}]\n" if options else "")
    return write(folder, head + "tags:\n" + "".join(f"  - {{{line}}}\n" for line in lines))


MODIFIED = "retain-longitudinal-modified-dates"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("", "match: StudyDate, action: shift"),
        ("retain-longitudinal-full-dates", "match: StudyDate, action: shift"),
        ("", 'match: "(0019,xx0C)", creator: OUR LAB, action: shift'),
        (MODIFIED, "match: SeriesDate, action: keep, because: we want it"),
        (MODIFIED, "match: AcquisitionDateTime, action: keep, because: we want it"),
    ],
)
def test_a_shifted_date_never_stands_beside_a_true_one(tmp_path, options, line):
    error = refused(rules(tmp_path, line, options=options))
    assert f"site.yaml:{5 if options else 4}" in error.message
    assert error.hint


def test_a_rule_may_shift_where_the_option_says_that_dates_are_shifted(tmp_path):
    path = rules(tmp_path, "match: StudyDate, action: shift", options=MODIFIED)
    assert [problem for problem in check(path) if problem.level == "error"] == []


@pytest.mark.parametrize(
    "line",
    [
        "match: StudyDate, action: replace, with: hello",
        "match: PatientAge, action: replace, with: 45 years",
        "match: PatientWeight, action: replace, with: heavy",
        "match: BodyPartExamined, action: replace, with: Left Knee (proximal part)",
        "match: StationName, action: replace, with: a station with a long name",
        "match: RequestAttributesSequence, action: replace, with: abc",
        'match: ExposureInmAs, action: replace, with: "1"',
        "match: SOPInstanceUID, action: replace, with: 1.2.3",
        'match: "(0018,xxxx)", action: replace, with: abc',
        "match: PatientID, action: remove",
        "match: PatientName, action: replace, with: Nobody",
        "match: SOPClassUID, action: remove",
        "match: PixelData, action: remove",
        "match: SpecificCharacterSet, action: empty",
        'match: "(0010,xxxx)", action: keep, because: x',
        'match: "(xxxx,xxxx)", action: keep, because: x',
        "match: '', action: remove",
        "match: RequestAttributesSequence/, action: remove",
        "match: StudyID, action: surrogate, kind: bananas",
        "match: StudyID, action: remove, kind: id",
    ],
)
def test_a_rule_that_breaks_instances_or_lets_patients_stay_is_refused(tmp_path, line):
    assert "site.yaml:4" in refused(rules(tmp_path, line)).message


@pytest.mark.parametrize(
    "line",
    [
        'match: StudyDate, action: replace, with: "20000101"',
        "match: PatientAge, action: replace, with: 045Y",
        "match: InstitutionName, action: replace, with: Hospital A",
        'match: PatientWeight, action: replace, with: "70.5"',
        "match: ImageType, action: replace, with: 'DERIVED\\SECONDARY'",
        "match: RequestedProcedureDescription, action: replace, with: CT",
        'match: "(0018,xxxx)", action: remove',
        'match: "(60xx,3000)", action: keep, because: our own overlays',
        "match: RequestAttributesSequence/ScheduledProcedureStepID, action: surrogate, kind: id",
        "match: ReferencedPatientSequence/PatientID, action: remove",
        "match: PixelData, action: refuse",
    ],
)
def test_a_rule_that_fits_is_not_refused(tmp_path, line):
    assert [problem for problem in check(rules(tmp_path, line)) if problem.level == "error"] == []


@pytest.mark.parametrize("option", ["retain-uids", "retain-device-identity", "retain-institution-identity"])
def test_what_safe_harbor_excludes_cannot_be_added_to_it(tmp_path, option):
    path = write(tmp_path, f"recipe: site\nextends: safe-harbor\noptions: [{option}]\n")
    error = refused(path)
    assert "site.yaml:3" in error.message
    assert option in error.message
    kept = write(
        tmp_path,
        "recipe: site\nextends: safe-harbor\ntags:\n  - {match: StudyDate, action: keep, because: x}\n",
    )
    assert "site.yaml:4" in refused(kept).message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("filters: {studied_from: 2020-02-30}\n", 2),
        ('filters: {studied_until: "2020-13-45"}\n', 2),
        ("filters: {studied_from: 2020-02-01 10:00:00}\n", 2),
        ("title: !!python/object/apply:os.system ['id']\n", 2),
        ("title: !!binary aGVsbG8=\n", 2),
        ("options: !!set {clean-graphics}\n", 2),
        ("title: !ours x\n", 2),
        ("text: {language: klingon}\n", 2),
        ("text: {never: ['']}\n", 2),
        ("filters: {not_descriptions: [' ']}\n", 2),
        ("tags: PatientID\n", 2),
        ("filters: {modalities: CT}\n", 2),
        ("assign: {csv: none.csv, columns: {ClinicalTrialSiteID: site}}\n", 2),
        ("filters: {opt_out: none.txt}\n", 2),
        ("options: [retain-longitudinal-full-dates, retain-longitudinal-modified-dates]\n", 2),
        ("store: {seal_for: [none.pem]}\n", 2),
    ],
)
def test_a_mistake_has_a_line_and_no_traceback(tmp_path, text, line):
    error = refused(write(tmp_path, "recipe: x\n" + text))
    assert f"site.yaml:{line}:" in error.message
    assert str(tmp_path) not in str(error)


def test_a_day_without_quotes_is_read_as_it_is_written(tmp_path):
    path = write(tmp_path, "recipe: x\nfilters: {studied_from: 2020-02-29}\n")
    assert Recipe.load(path).filters.studied_from == "2020-02-29"


def test_a_recipe_that_is_nested_without_end_is_refused(tmp_path):
    assert "nested too deep" in refused(write(tmp_path, "recipe: x\ntitle: " + "[" * 3000 + "]" * 3000 + "\n")).message


def test_keys_that_are_merged_from_an_anchor_do_not_stop_the_check(tmp_path):
    text = """\
        recipe: x
        extends: basic
        tags:
          - &one {match: PatientComments, action: remove}
          - {<<: *one, match: StudyComments}
        """
    assert [rule.match for rule in Recipe.load(write(tmp_path, text)).tags] == ["PatientComments", "StudyComments"]


def test_a_circle_is_named_where_it_closes(tmp_path):
    write(tmp_path, "recipe: b\nextends: a.yaml\n", "b.yaml")
    path = write(tmp_path, "recipe: a\nextends: b.yaml\n", "a.yaml")
    assert "b.yaml:2" in refused(path).message


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (
            "tags:\n  - {match: RequestAttributesSequence, action: remove}\n"
            "  - {match: RequestAttributesSequence/ScheduledProcedureStepID, action: surrogate}\n",
            "rule-never-matches",
            5,
        ),
        ("without: [retain-uids]\n", "options-contradict", 3),
        ("options: [clean-graphics, clean-graphics]\n", "options-contradict", 3),
        ("filters: {descriptions: [knee], not_descriptions: [Knee]}\n", "filters-contradict", 3),
        ("filters: {modalities: [CT], not_modalities: [ct]}\n", "filters-contradict", 3),
        ("filters: {modalities: [CT], sop_classes: [MRImageStorage]}\n", "filters-contradict", 3),
        ("filters: {image_types: [ORIGINL]}\n", "filter-unknown-image-type", 3),
        ("tags:\n  - {match: KVP, action: remove, sop_classes: [1.2.3.4]}\n", "class-unknown", 4),
        ("tags:\n  - {match: '(0018,FFFE)', action: keep, because: x}\n", "rule-unknown-tag", 4),
        ("text: {language: sv}\n", "text-language", 3),
    ],
)
def test_what_has_no_effect_is_told_with_its_line(tmp_path, text, code, line):
    problems = check(write(tmp_path, "recipe: site\nextends: basic\n" + text))
    assert (code, f"site.yaml:{line}") in [(problem.code, problem.where) for problem in problems]


@pytest.mark.parametrize(
    "filters",
    [
        "{modalities: [CT], sop_classes: [CTImageStorage]}",
        "{modalities: [MR], sop_classes: [EnhancedMRImageStorage]}",
        "{modalities: [CT], sop_classes: [SecondaryCaptureImageStorage]}",
        "{modalities: [CT, MR], sop_classes: [MRImageStorage]}",
        "{image_types: [ORIGINAL], not_image_types: [LOCALIZER, MOSAIC]}",
    ],
)
def test_filters_that_agree_are_not_told(tmp_path, filters):
    assert check(write(tmp_path, f"recipe: site\nextends: basic\nfilters: {filters}\n")) == []


def certificate(folder, key, name):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "re-identifier")])
    day = dt.datetime(2024, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=9999))
        .sign(key, hashes.SHA256())
    )
    (folder / name).write_bytes(made.public_bytes(serialization.Encoding.PEM))


def test_a_certificate_lies_beside_the_recipe_and_must_be_one_that_can_be_sealed_to(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    certificate(tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=2048), "rsa.pem")
    certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()), "ec.pem")
    text = "recipe: x\nextends: basic\nstore:\n  seal_for:\n    - {}\n"
    sealing = Recipe.load(write(tmp_path, text.format("rsa.pem")))
    assert sealing.store.seal_for == (str(tmp_path / "rsa.pem"),)
    assert sealing.digest != Recipe.load(write(tmp_path, "recipe: x\nextends: basic\n")).digest
    error = refused(write(tmp_path, text.format("ec.pem")))
    assert error.code == "seal-certificate"
    assert "site.yaml:5" in error.message
    assert "RSA" in error.message


def test_what_overrides_may_not_say_is_refused_by_their_name():
    with pytest.raises(RecipeError, match="overrides: 'shift' of StudyDate"):
        Recipe.load("basic", overrides={"tags": [{"match": "StudyDate", "action": "shift"}]})
