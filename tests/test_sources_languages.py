"""Which language a report is in, and which columns a table of another country has."""
# ruff: noqa: E501 - rows of a table read better whole

from __future__ import annotations

import pytest

from deid.sources import plan_fields, read_report_bytes
from deid.sources.columns import column_meaning, meaning_of
from deid.sources.languages import named_language, plain_language
from deid.surrogates import PersonSurrogate, Surrogates

SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Keine Fraktur.", "de"), ("MRT LWS mit Bandscheibenvorfall L5/S1, kein Nachweis einer Stenose", "de"),
        ("Leber: 22 mm große Läsion in Segment VII. Keine freie Flüssigkeit. Morbus Crohn bekannt.", "de"),
        ("TC de abdomen sin contraste. No se observan lesiones.", "es"), ("Radio du genou gauche. Pas de lésion.", "fr"),
        ("No fracture. The left kidney is normal and there was no stone.", "en"), ("MRT LWS", ""), ("El Paso TX", ""), ("Los Angeles motor scale 3", ""),
        ("Dr. van der Berg und Partner called", ""), ("Seen with Dr. de la Cruz and Mr. du Bois at the clinic for a cough.", "en"), ("", ""),
    ],
)  # fmt: skip
def test_a_language_is_told_only_where_it_is_plain(text: str, language: str) -> None:
    assert plain_language(text) == language


def test_formats_name_a_language_in_many_ways() -> None:
    names = [named_language(name) for name in ("de-DE", "GER", "fr^French", "Español", "sv", "")]
    assert names == ["de", "de", "fr", "es", "", ""]


def test_a_row_of_few_words_is_in_the_language_of_its_table() -> None:
    table = "Patientennummer;Befund\n1;Herr Ott: 22 mm große Läsion, keine Fraktur\n2;MRT LWS\n"
    units = read_report_bytes(table.encode())
    assert {p.language for unit in units for p in unit.passages.values()} == {"de"}


def test_a_table_of_two_languages_stays_apart() -> None:
    table = "mrn;report\n1;Keine Fraktur. Leber unauffällig.\n2;No fracture of the left hip and the knee.\n3;CT LWS\n"
    units = read_report_bytes(table.encode(), language="en")
    assert [p.language for unit in units for p in unit.passages.values()] == ["de", "en", "en"]


@pytest.mark.parametrize("language", ["DE", "ger^German^ISO639"])
def test_a_message_says_its_language(language: str) -> None:
    header = f"MSH|^~\\&|RIS|HOSP|EHR|HOSP|202303141030||ORU^R01|M1|P|2.5.1|||||DEU|8859/1|{language}\r"
    unit = read_report_bytes((header + "PID|1||123456\rOBX|1|TX|BEF^Befund||MRT LWS||||||F\r").encode())[0]
    assert {p.language for p in unit.passages.values()} == {"de"}


@pytest.mark.parametrize(
    ("names", "keywords"),
    [
        ("UR No,D.O.B.,Medicare No,Suburb", "PatientID,PatientBirthDate,PatientInsurancePlanCodeSequence,PatientCity"),
        ("PAT_LAST_NAME,PtFirstName,BIRTH_DT,PAT_ENC_CSN_ID", "PatientFamilyName,PatientGivenName,PatientBirthDate,AdmissionID"),
        ("UHID No,Ref. By,Father's Name,Pincode", "PatientID,ReferringPhysicianName,ResponsiblePerson,PatientPostcode"),
        ("PatNr,Geb.-Datum,Straße,Versicherten-Nr.", "PatientID,PatientBirthDate,PatientAddress,PatientInsurancePlanCodeSequence"),
        ("N° dossier,Nom de naissance,Médecin prescripteur,Compte-rendu", "PatientID,PatientFamilyName,ReferringPhysicianName,report"),
        ("Nº Historia,Fecha nacimiento,DNI,Informe", "PatientID,PatientBirthDate,PatientSSN,report"),
        ("Patiëntnummer,BSN,Achternaam,Verslag", "PatientID,PatientSSN,PatientFamilyName,report"),
        ("Personnummer,Förnamn,Remittent,Utlåtande", "PatientSSN,PatientGivenName,ReferringPhysicianName,report"),
        ("Health Card No,Family Physician,Postal Code", "PatientSSN,PhysiciansOfRecord,PatientPostcode"),
    ],
)  # fmt: skip
def test_columns_of_many_countries_have_a_meaning(names: str, keywords: str) -> None:
    meanings = [column_meaning(name) for name in names.split(",")]
    assert [m.keyword if m else "" for m in meanings] == keywords.split(",")


def test_names_of_columns_that_are_common_words_are_no_labels_of_a_report() -> None:
    assert column_meaning("service")
    assert not meaning_of("service")
    assert not any(map(column_meaning, ("score", "status", "title", "user", "label")))


def test_a_provider_by_number_stays_a_number_and_a_nurses_note_is_searched() -> None:
    note = "slept well, ate half of her breakfast, asked for the doctor twice, no pain at rest"
    unit = read_report_bytes(f'mrn,provider,nurse,report\n123,0192837X,"{note}",Fine.\n'.encode())[0]
    values = plan_fields(unit, SUBJECT).values
    assert [v for v in values.values() if v[:1].isdigit()]
    assert note in {p.text for p in unit.passages.values()}
