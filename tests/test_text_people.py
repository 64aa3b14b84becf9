"""Names taken apart, degrees behind them, and one person under one surrogate through the documents of a project."""
# ruff: noqa: E501 - a table row reads better whole

import re

import pytest

from deid.model import Category, Known, Passage, Role, Subject, SubjectKey, splice
from deid.settings import TextSettings
from deid.surrogates import Surrogates, draw_person
from deid.text import Finder, plan_text
from deid.text.parts import as_pn, name_parts, without_credentials

SETTINGS = TextSettings()
FINDER = Finder(SETTINGS)
SEED, DOMAIN = b"s" * 32, b"d" * 32
SURROGATES = Surrogates("S-7K2M9Q", -40, SEED, DOMAIN, draw_person(SEED, "patient"))


def clean(text: str, *known: Known) -> str:
    """A text as it leaves, with what the header says of the patient and others."""
    subject = Subject(SubjectKey("1"), known) if known else None
    passage = Passage(text)
    return splice(text, plan_text(passage, FINDER.find(passage, subject), SURROGATES, SETTINGS, subject).edits)


def header(value: str, role: Role = Role.PATIENT) -> Known:
    return Known(value, Category.NAME, role, "PatientName" if role is Role.PATIENT else "ReferringPhysicianName")


@pytest.mark.parametrize(
    ("value", "family", "given"),
    [
        ("Loredana Dell'Orto", "dell orto", "loredana"),
        ("Mary Smith-Jones", "smith jones", "mary"),
        ("Siobhán O'Dowd", "o dowd", "siobhan"),
        ("María José García López", "garcia lopez", "maria jose"),
        ("Johan van der Merwe", "van der merwe", "johan"),
        ("Kim Min-jun", "kim", "min jun"),
        ("Min-jun Kim", "kim", "min jun"),
        ("Nguyễn Văn An", "nguyen", "van an"),
        ("DUPONT Jean-Luc", "dupont", "jean luc"),
        ("Jean-Luc DUPONT", "dupont", "jean luc"),
        ("Nagy Péter", "nagy", "peter"),
        ("John Parker", "parker", "john"),
        ("Lee, DO", "lee", ""),
        ("Do, Van", "do", "van"),
        ("Smith, John R", "smith", "john r"),
        ("John Smith, MBBS, FRCR", "smith", "john"),
    ],
)
def test_a_name_is_taken_apart_in_every_order(value: str, family: str, given: str) -> None:
    parts = name_parts(value)
    assert (" ".join(parts.family), " ".join(parts.given)) == (family, given)


@pytest.mark.parametrize(
    "credential",
    [
        ", DNB", ", DMRD", ", FRANZCR", ", FACC", ", MRCS", ", DABR", ", CRNP", ", MMed", ", MBBCh BAO", ", FFR RCSI", ", BM BS",
        ", MD DABR", ", MPH", ", M.D., Ph.D.", ", M. D.", ", PA-C", " MBBS FRCR", ", MBBS, FRCR, EDiR", " (MD)", ", BSc (Hons)",
        ", R.T.(R)(CT)", ", Consultant Radiologist", ", Attending Physician", ", Neuroradiologist", " MD", ", MD; FACR",
    ],
)  # fmt: skip
def test_what_stands_behind_a_name_is_no_part_of_it(credential: str) -> None:
    assert without_credentials(f"Jane Whitfield{credential}") == "Jane Whitfield"
    assert as_pn(f"Jane Whitfield{credential}") == "whitfield^jane"
    assert clean(f"Radiologist: Jane Whitfield{credential}\nNo mass.").count(credential) == 1


@pytest.mark.parametrize(
    "name",
    ["Anna Ma", "ANNA MA", "García López, ANA", "Ian McDonald", "Amy Lead", "Fellow, John", "LEE, DO", "Smith, JK"],
)
def test_a_name_like_a_degree_stays_whole(name: str) -> None:
    assert without_credentials(name) == name


@pytest.mark.parametrize(
    "value", ["Martin^Renée", "O'Dowd^Siobhán", "García^José", "Ñandú^Íñigo", "Şahin^Çağla", "Kędziora^Łucja"]
)
def test_diacritics_keep_family_and_given_apart(value: str) -> None:
    family, given = value.split("^")
    person = SURROGATES.person
    text = f"{given} is well. {family}, {given} was seen. Ms {family} left. {given} {family}."
    expected = (
        f"{person.given} is well. {person.family}, {person.given} was seen. Ms {person.family} left. "
        f"{person.given} {person.family}."
    )
    assert clean(text, header(value)) == expected


def test_names_in_cyrillic_letters_keep_their_order() -> None:
    for value in ("Иванов^Пётр", "Пётр Иванов"):
        assert clean("Mr Ivanov left.", header(value)) == f"Mr {SURROGATES.person.family} left."


@pytest.mark.parametrize(
    "text",
    [
        "Dear Dr. Kebede,\nNo mass.",
        "Referred by Haile Kebede.",
        "Referring Physician: Kebede, Haile\nNo mass.",
        "Referring Physician: Haile Kebede, FRCR\nSeen by Dr. Kebede.",
        "Referring Physician: HAILE KEBEDE\nNo mass.",
    ],
)
def test_a_physician_has_one_family_name_through_the_project(text: str) -> None:
    expected = SURROGATES.other_person("KEBEDE^HAILE")
    new = clean(text)
    assert expected.family.lower() in new.lower()
    assert "haile" not in text.lower() or expected.given.lower() in new.lower()


def test_two_physicians_of_one_family_name_are_two() -> None:
    first, second = SURROGATES.other_person("SMITH^JOHN"), SURROGATES.other_person("SMITH^ANNA")
    assert first.family == second.family
    assert first.given != second.given
    assert SURROGATES.other_person("JONES^JOHN").family != first.family


def test_a_header_that_knows_less_than_the_text_does_not_name_a_third() -> None:
    new = clean("Dr. Kebede asked. Reported to Haile Kebede.", header("Kebede", Role.STAFF))
    person = SURROGATES.other_person("KEBEDE^HAILE")
    assert new == f"Dr. {person.family} asked. Reported to {person.given} {person.family}."


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Cc John Smith, Mary Jones, Anna Berg", ["SMITH^JOHN", "JONES^MARY", "BERG^ANNA"]),
        ("Cc Dewi Prasetyo, Okafor, John\nDov Rabinowitz", ["PRASETYO^DEWI", "RABINOWITZ^DOV"]),
        ("Dear Dr. Kebede,\nCc Dewi Prasetyo, Kebede, Haile\nDov Rabinowitz", ["PRASETYO^DEWI", "RABINOWITZ^DOV"]),
    ],
)
def test_the_people_of_a_list_stay_apart(text: str, people: list[str]) -> None:
    new = clean(text)
    for value in people:
        person = SURROGATES.other_person(value)
        assert f"{person.given} {person.family}" in new
    assert new.count("\n") == text.count("\n")


def test_family_and_given_name_behind_each_other_are_one_person() -> None:
    person = SURROGATES.other_person("KEBEDE^HAILE")
    assert f"{person.family}, {person.given}\n" in clean("Dear Dr. Kebede,\nCc Dewi Prasetyo, Kebede, Haile\nNo mass.")


def test_an_article_in_a_family_name_goes_with_it() -> None:
    person = SURROGATES.person
    new = clean("Sjoerd van 't Hoff is well. Mr. van 't Hoff left.", header("van 't Hoff^Sjoerd"))
    assert new == f"{person.given} {person.family} is well. Mr. {person.family} left."


def test_a_double_family_name_behind_a_title_is_one() -> None:
    new = clean("Ordered by Rosa Quispe Mamani. Discussed with Dr. Quispe Mamani.")
    assert new.endswith(f"Discussed with Dr. {SURROGATES.other_person('MAMANI^ROSA').family}.")


@pytest.mark.parametrize("original", ["aaaaaa9", "abc1234", "R12345", "kz9", "a.b-77", "y_simsek"])
def test_a_user_name_with_figures_keeps_its_shape(original: str) -> None:
    new = clean(f"User ID: {original}").removeprefix("User ID: ")
    assert new != original
    shape = lambda value: re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub(r"\d", "9", value)))  # noqa: E731
    assert shape(new) == shape(original)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Scan on 26 Sep 08:35.", "08:35."),
        ("Seen 12 Jan, 14:30", ", 14:30"),
        ("26 Sep\n08:35", "\n08:35"),
        ("26-Sep 23:10", " 23:10"),
        ("20 Jul 2021  15:22", "  15:22"),
        ("26 Sep 08.35", " 08.35"),
        ("26 Sep\n12 nodules", "\n12 nodules"),
    ],
)
def test_the_hour_behind_a_day_is_no_year(text: str, left: str) -> None:
    assert clean(text).endswith(left)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ADDENDUM #1 27 April 2021", "ADDENDUM #1 "),
        ("Page 1 5 May 2022", "Page 1 "),
        ("1. 7 February 2021: CT", "1. "),
        ("2) 3 March 2021: MRI", "2) "),
        ("Impression 2 3 March 2021", "Impression 2 "),
        ("08:35 27 April 2021", "08:35 "),
    ],
)
def test_a_number_before_a_date_is_no_part_of_it(text: str, kept: str) -> None:
    new = clean(text)
    assert new.startswith(kept)
    assert "[DATE]" not in new


@pytest.mark.parametrize("text", ["3, 5 May 2022", "3-5 May 2022", "3 and 5 May 2022"])
def test_a_day_that_is_part_of_a_date_goes_with_it(text: str) -> None:
    assert not clean(text).startswith("3")


@pytest.mark.parametrize(
    "text",
    [
        "At Hôpital Sainte-Odile\nConsent was given.",
        "Clínica San Rafael\nNo mass.",
        "Klinikum Oberfeld\nFINDINGS: No mass.",
        "Centre hospitalier de Beaulieu\nTECHNIQUE: CT",
    ],
)
def test_a_hospital_ends_with_its_line(text: str) -> None:
    assert clean(text).partition("\n")[2] == text.partition("\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "scanner at 41.8949, -88.5184",
        "GPS 51.5074 N, 0.1278 W",
        "Found at (48.85837, 2.29448).",
        "Coordinates: 40.712/-74.006",
        "Seen at -33.8688, 151.2093.",
        "41°24'12.2\"N 2°10'26.5\"E",
    ],
)
def test_coordinates_go_as_a_whole(text: str) -> None:
    new = clean(text)
    assert "[PLACE]" in new
    assert not any(map(str.isdigit, new))


@pytest.mark.parametrize("text", ["position 12.5, 3.4", "lat 4.5 cm", "size 41.89, 88.51 mm", "HU 41.89, -88.52"])
def test_measurements_are_no_coordinates(text: str) -> None:
    assert clean(text) == text
