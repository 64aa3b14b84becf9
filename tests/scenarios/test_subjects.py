"""Whose is it: strangers never merge, one patient is one subject, a report finds its patient."""

import subprocess
import sys
from functools import partial

import pydicom
import pytest

from deid import Key, Status, Vault
from deid.model import SubjectKey
from deid.pipeline.intake import pieces
from tests.exports import (
    ANAIS,
    ISSUER,
    REPORT,
    ROOT,
    ZELDA,
    fast_recipe,
    put_instance,
    put_report,
    run,
    seen_in,
)

PLAIN = "CT head. No haemorrhage. Old infarct of the left thalamus, 14 mm."


def reports(outcomes):
    return [o for o in outcomes if o.kind == "report"]


def subjects(outcomes) -> list[str]:
    assert {str(o.status) for o in outcomes} == {"clean"}, [(str(o.status), o.code) for o in outcomes]
    return [o.subject for o in sorted(outcomes, key=lambda o: o.unit)]


@pytest.mark.parametrize("patient_id", ["", "0", "UNKNOWN", "ANON", "99999999"])
def test_placeholder_ids_of_two_studies_do_not_merge_strangers(store, recipe, tmp_path, patient_id):
    for study in (1, 2):
        for number in (1, 2):
            path = tmp_path / "in" / f"{study}{number}.dcm"
            put_instance(path, study=study, number=number, PatientID=patient_id, IssuerOfPatientID="")
    first, second, third, fourth = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert first == second
    assert third == fourth
    assert first != third
    for path in (tmp_path / "out").rglob("*.dcm"):
        assert pydicom.dcmread(path).PatientID in {first, third}


def test_one_id_of_two_issuers_is_two_patients_until_the_vault_says_otherwise(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=2, IssuerOfPatientID="LAKESIDE", PatientID="LK99812")
    with store.open() as vault:
        vault.subject(SubjectKey(ZELDA.mrn, ISSUER))
        vault.link(SubjectKey(ZELDA.mrn, ISSUER), SubjectKey("LK99812", "LAKESIDE"), who="anna", reason="same person")
    one, other = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert one == other
    assert {pydicom.dcmread(p).PatientID for p in (tmp_path / "out").rglob("*.dcm")} == {one}
    put_instance(tmp_path / "more" / "c.dcm", study=3, IssuerOfPatientID="ELSEWHERE")
    assert subjects(run(store, recipe, tmp_path / "more", tmp_path / "out2")) != [one]


def test_an_instance_without_issuer_is_of_the_patient_whose_study_or_name_it_shares(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=1, number=2, IssuerOfPatientID="", PatientName="")
    put_instance(tmp_path / "in" / "c.dcm", study=2, IssuerOfPatientID="")
    first, same_study, same_name = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert first == same_study == same_name


def test_an_instance_without_issuer_under_another_name_is_another_patient(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=2, IssuerOfPatientID="", PatientName="Stranger^Ignatius")
    known, stranger = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert known != stranger


def test_the_same_patient_has_the_same_surrogates_in_another_run(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "later" / "b.dcm", study=2)
    first = run(store, recipe, tmp_path / "in", tmp_path / "out1")
    second = run(store, recipe, tmp_path / "later", tmp_path / "out2")
    assert subjects(first) == subjects(second)
    a, b = (pydicom.dcmread(next((tmp_path / name).rglob("*.dcm"))) for name in ("out1", "out2"))
    assert a.PatientName == b.PatientName
    assert a.StudyDate == b.StudyDate
    assert a.StudyInstanceUID != b.StudyInstanceUID


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("MRN: MRN7730912\n\n" + PLAIN, "reports"),
        ("Accession: ACX5520917\n\n" + PLAIN, "reports"),
        ("Study Instance UID: 1.3.6.1.4.1.14519.5.2.1.7001.1\n\n" + PLAIN, "reports"),
        (PLAIN, "zelda"),
    ],
    ids=["patient id", "accession", "study uid", "folder"],
)
def test_a_report_finds_its_patient(store, recipe, tmp_path, text, folder):
    put_instance(tmp_path / "in" / "zelda" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "other" / "b.dcm", study=2, person=ANAIS)
    put_report(tmp_path / "in" / folder / "r.txt", text)
    outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    (report,) = reports(outcomes)
    with store.open() as vault:
        assert report.subject == vault.find(ZELDA.mrn, ISSUER)
    assert not [a for a in report.alerts if a.code == "wrong-patient"]


def test_a_report_in_a_folder_of_two_patients_is_nobodys(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=2, person=ANAIS)
    put_report(tmp_path / "in" / "r.txt", PLAIN)
    outcomes = run(store, recipe, tmp_path / "in", tmp_path / "out")
    (report,) = reports(outcomes)
    assert len(set(subjects(outcomes))) == 3
    assert report.status is Status.CLEAN


def test_a_report_that_contradicts_its_study_raises_an_alarm(store, recipe, tmp_path):
    """The text names Anais by her number and Zelda's study by its accession number."""
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=2, person=ANAIS)
    put_report(tmp_path / "in" / "r" / "r.txt", f"MRN: {ANAIS.mrn}\nAccession: {ZELDA.accession}\n\n{PLAIN}")
    (report,) = reports(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert "wrong-patient" in {a.code for a in report.alerts}
    with store.open() as vault:
        assert report.subject == vault.find(ANAIS.mrn, ISSUER)


def test_a_report_of_another_patient_among_the_images_of_one_raises_an_alarm(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "zelda" / "a.dcm", study=1)
    for folder in ("zelda", "reports"):
        put_report(tmp_path / "in" / folder / "r.txt", f"MRN: {ANAIS.mrn}\n\n{PLAIN}")
    alerts = [
        [a.code for a in report.alerts] for report in reports(run(store, recipe, tmp_path / "in", tmp_path / "o"))
    ]
    assert sorted(alerts) == [[], ["wrong-patient"]]


def test_a_report_with_another_name_than_the_images_of_its_study_raises_an_alarm(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_report(tmp_path / "in" / "r.txt", f"Patient Name: HARKONBY, MARIGOLDA\nAccession: {ZELDA.accession}\n\n{PLAIN}")
    put_report(tmp_path / "in" / "s.txt", f"Patient Name: QUUXLEY, Z.\nAccession: {ZELDA.accession}\n\n{PLAIN}")
    strange, own = reports(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert [a.code for a in strange.alerts] == ["wrong-patient"]
    assert own.alerts == ()


def test_reports_that_we_wrote_are_refused_when_they_are_given_again(store, recipe, tmp_path):
    put_report(tmp_path / "in" / "r.txt", f"MRN: {ZELDA.mrn}\n\n{PLAIN}")
    (tmp_path / "in" / "t.csv").write_text(f"mrn,patient_name,report\n{ANAIS.mrn},Harkonby,No cyst.\n")
    assert {o.status for o in run(store, recipe, tmp_path / "in", tmp_path / "out")} == {Status.CLEAN}
    again = run(store, recipe, tmp_path / "out", tmp_path / "out2")
    assert {(o.status, o.code) for o in again if o.kind == "report"} >= {(Status.REFUSED, "already-deidentified")}
    assert not [*(tmp_path / "out2").rglob("*.txt"), *(tmp_path / "out2").rglob("*.csv")]


def test_an_unlinked_report_is_its_own_subject_or_refused_as_the_recipe_says(store, recipe, tmp_path):
    put_report(tmp_path / "in" / "r.txt", PLAIN)
    put_report(tmp_path / "in" / "s.txt", PLAIN.replace("14", "15"))
    own = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    assert len(set(own)) == 2
    assert subjects(run(store, recipe, tmp_path / "in", tmp_path / "again")) == own
    (tmp_path / "strict").mkdir()
    strict = fast_recipe(tmp_path / "strict", text="{unlinked: refuse}")
    refused = run(store, strict, tmp_path / "in", tmp_path / "refused")
    assert {o.code for o in refused} == {"report-unlinked"}
    assert not list((tmp_path / "refused").rglob("*.txt"))


def test_two_processes_agree_on_the_code_of_a_new_patient(store, recipe, tmp_path):
    """Both runs meet the patient at the same time; one draws, the other takes what was drawn."""
    for name in ("one", "two"):
        for number in range(3):
            put_instance(tmp_path / name / f"{number}.dcm", study=number + 1, number=7)
    code = "from deid.cli import main; main()"
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                code,
                "run",
                tmp_path / name,
                tmp_path / f"out-{name}",
                "--recipe",
                recipe,
                *store.options,
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said.decode()
    ids = {pydicom.dcmread(p).PatientID for p in tmp_path.rglob("out-*/**/*.dcm")}
    names = {p.name for p in tmp_path.glob("out-one/*/*/*/*.dcm")}
    with store.open() as vault:
        assert ids == {vault.find(ZELDA.mrn, ISSUER)}
    assert names == {p.name for p in tmp_path.glob("out-two/*/*/*/*.dcm")}
    assert len(names) == 3


def test_who_opted_out_is_left_out_with_all_reports(store, tmp_path):
    (tmp_path / "said-no.txt").write_text(f"{ZELDA.mrn}\n")
    recipe = fast_recipe(tmp_path, filters=f"{{opt_out: {tmp_path}/said-no.txt}}")
    put_instance(tmp_path / "in" / "a.dcm", study=1)
    put_instance(tmp_path / "in" / "b.dcm", study=2, person=ANAIS)
    put_report(tmp_path / "in" / "r" / "r.txt", REPORT)
    with store.deidentifier(recipe) as d, d.run(tmp_path / "in", into=tmp_path / "out") as work:
        outcomes = list(work.outcomes())
        assert sum(work.left_out.values()) == 2
    assert len(outcomes) == 1
    with store.open() as vault:
        assert vault.find(ZELDA.mrn, ISSUER) is None
        assert outcomes[0].subject == vault.find(ANAIS.mrn, ISSUER)


@pytest.mark.parametrize(("faces", "status"), [("warn", "clean"), ("refuse", "refused")])
def test_a_head_from_which_a_face_can_be_rendered(store, tmp_path, faces, status):
    recipe = fast_recipe(tmp_path, faces=faces)
    put_instance(tmp_path / "in" / "head.dcm", BodyPartExamined="HEAD", StudyDescription="CT HEAD W/O")
    put_instance(tmp_path / "in" / "knee.dcm", number=2, BodyPartExamined="KNEE", StudyDescription="CT KNEE")
    head, knee = sorted(run(store, recipe, tmp_path / "in", tmp_path / "out"), key=lambda o: o.unit)
    assert str(head.status) == status
    assert knee.status is Status.CLEAN
    assert not knee.alerts
    if faces == "warn":
        assert "face-may-be-seen" in {a.code for a in head.alerts}
        codes = pydicom.dcmread(tmp_path / "out" / head.output).DeidentificationMethodCodeSequence
        assert "113102" not in {item.CodeValue for item in codes}
    else:
        assert head.code == "face-may-be-seen"


def test_a_later_report_loses_what_only_the_vault_remembers(store, recipe, tmp_path):
    """No cue, no list of names and no header tells that these words are names."""
    put_instance(tmp_path / "in" / "a.dcm")
    (code,) = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    text = "effusion stable since quuxley, seen with zeldabet 3 mm"
    with store.deidentifier(recipe) as d:
        told = d.report(text, subject=code)
        control = d.report("effusion stable since quuxley, 3 mm")
    assert seen_in(told.text) == []
    assert "zeldabet" not in told.text
    assert told.text.startswith("effusion stable since")
    assert told.subject == code != control.subject


def test_a_later_report_gets_the_code_for_a_patient_id_that_only_the_vault_remembers(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    (code,) = subjects(run(store, recipe, tmp_path / "in", tmp_path / "out"))
    with store.deidentifier(recipe) as d:
        told = d.report(f"MRN {ZELDA.mrn}: no effusion, 3 mm.", subject=code)
    assert told.text == f"MRN {code}: no effusion, 3 mm."


def test_a_later_run_searches_reports_for_what_the_vault_remembers(store, recipe, tmp_path):
    put_instance(tmp_path / "in" / "a.dcm")
    run(store, recipe, tmp_path / "in", tmp_path / "out")
    put_report(tmp_path / "later" / "r.txt", f"MRN: {ZELDA.mrn}\n\neffusion stable since zeldabeth, 3 mm\n")
    # Only the header of the earlier run had the names.
    put_instance(tmp_path / "later" / "b.dcm", number=2, PatientName="", OtherPatientNames="", PatientComments="")
    (report,) = reports(run(store, recipe, tmp_path / "later", tmp_path / "out2"))
    with store.open() as vault:
        assert report.subject == vault.find(ZELDA.mrn, ISSUER)
    assert seen_in((tmp_path / "out2" / report.output).read_text("utf-8")) == []


def test_two_domains_share_nothing(tmp_path, recipe):
    (tmp_path / "vault").mkdir(mode=0o700)
    key = Key.generate(tmp_path / "vault" / "key")
    from deid import Deidentifier

    put_instance(tmp_path / "in" / "a.dcm")
    with Vault.create(tmp_path / "vault" / "links.vault", key) as vault:
        vault.add_domain("trial", key)
    seen = []
    for domain in ("default", "trial"):
        with Deidentifier(recipe, vault=tmp_path / "vault" / "links.vault", key=key, domain=domain) as d:
            (outcome,) = d.folder(tmp_path / "in", into=tmp_path / domain)
            made = pydicom.dcmread(tmp_path / domain / outcome.output)
            seen.append({made.PatientID, str(made.PatientName), made.StudyInstanceUID, made.SOPInstanceUID})
    assert seen[0].isdisjoint(seen[1])


def test_a_study_in_pieces_knows_the_names_of_all_of_them(store, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("deid.pipeline.pieces", partial(pieces, limit_units=2))
    comments = {1: "discussed with ermintrude wolfstonecraft, left knee", 4: "tel 0211 7788991 of WOLFSTONECRAFT"}
    for number in range(1, 6):
        changes = {"ImageComments": comments[number]} if number in comments else {}
        put_instance(tmp_path / "in" / f"{number}.dcm", number=number, **changes)
    last = pydicom.dcmread(tmp_path / "in" / "5.dcm")
    last.PerformingPhysicianName = "Wolfstonecraft^Ermintrude"
    last.save_as(tmp_path / "in" / "5.dcm")
    assert len(set(subjects(run(store, recipe, tmp_path / "in", tmp_path / "out")))) == 1
    written = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    said = " ".join(str(one.get("ImageComments", "")) for one in written).casefold()
    assert "left knee" in said
    assert "wolfstonecraft" not in said
    assert "ermintrude" not in said
    assert len({str(one.PatientName) for one in written}) == 1
    assert len({one.StudyDate for one in written}) == 1
