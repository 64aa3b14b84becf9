"""Known identifiers are found in every written form, and ordinary words survive."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deid.model import Category, Known, Role
from deid.text.folding import fold_text
from deid.text.known import KnownMatcher
from deid.text.parts import name_parts


def name(value: str, role: Role = Role.PATIENT) -> Known:
    return Known(value, Category.NAME, role, "PatientName" if role is Role.PATIENT else "ReferringPhysicianName")


def spans(matcher: KnownMatcher, text: str) -> list[str]:
    return [text[f.start : f.end] for f in matcher.search(text)]


SMITH = KnownMatcher([name("SMITH^JOHN^Q^DR")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. John Q. Smith came", "John Q. Smith"),
        ("SMITH, JOHN", "SMITH, JOHN"),
        ("seen J. Smith today", "J. Smith"),
        ("Smith's scan", "Smith"),
        ("smith john q", "smith john q"),
        ("Smiht was called", "Smiht"),
        ("Jack Smith", "Jack Smith"),
        ("user jsmith", "jsmith"),
        ("J.S., a 45-year-old", "J.S."),
    ],
)
def test_a_name_is_found_in_every_form(text: str, expected: str) -> None:
    assert expected in spans(SMITH, text)


@pytest.mark.parametrize(
    "text",
    [
        "right hand radiograph",
        "Hand fracture is seen.",
        "Right Hand Radiograph",
        "HAND RADIOGRAPH",
        "rich vascular supply",
        "The hand is rich in vessels.",
    ],
)
def test_a_name_that_is_a_word_survives_as_a_word(text: str) -> None:
    assert spans(KnownMatcher([name("Hand^Rich")]), text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Hand called", "Hand"),
        ("seen by Hand today", "Hand"),
        ("RICH HAND", "RICH HAND"),
        ("Hand, Rich", "Hand, Rich"),
        ("R. Hand", "R. Hand"),
        ("patient Hand has", "Hand"),
    ],
)
def test_a_name_that_is_a_word_goes_where_it_is_a_name(text: str, expected: str) -> None:
    assert spans(KnownMatcher([name("Hand^Rich")]), text) == [expected]


@pytest.mark.parametrize("text", ["Mueller", "Müller", "MULLER", "Muller", "MÜLLER"])
def test_umlauts_are_found_however_they_are_written(text: str) -> None:
    for value in ("Müller^Jürgen", "MUELLER^JUERGEN"):
        assert spans(KnownMatcher([name(value)]), f"bei {text} unauffällig") == [text]


@pytest.mark.parametrize("text", ["12345678", "1234-5678", "12 34 56 78", "0012345678", "MRN12345678"])
def test_a_number_is_found_with_any_separators_and_zeros(text: str) -> None:
    matcher = KnownMatcher([Known("0012345678", Category.ID, Role.PATIENT, "PatientID")])
    assert len(spans(matcher, f"no. {text}.")) == 1
    assert spans(matcher, "no. 9123456780") == []


@pytest.mark.parametrize(
    "text", ["3/12/1950", "12.03.1950", "March 12th 1950", "12-MAR-50", "19500312", "03121950", "1950-03-12"]
)
def test_a_birth_date_is_found_in_every_form(text: str) -> None:
    matcher = KnownMatcher([Known("19500312", Category.DATE, Role.PATIENT, "PatientBirthDate")])
    assert spans(matcher, f"DOB {text} seen 4/4/2020") == [text]


def test_phones_addresses_and_institutions_are_found_in_parts() -> None:
    matcher = KnownMatcher(
        [
            Known("(617) 555-0199", Category.PHONE, Role.PATIENT, "PatientTelephoneNumbers"),
            Known("12 High Street^^Springfield^MA^02115", Category.ADDRESS, Role.PATIENT, "PatientAddress"),
        ]
    )
    assert spans(matcher, "call +1 617.555.0199 at 12 High St, Springfield 02115") == [
        "617.555.0199",
        "12 High St",
        "Springfield",
        "02115",
    ]


def test_a_cjk_name_is_found_without_word_boundaries() -> None:
    assert "山田太郎" in "".join(spans(KnownMatcher([name("Yamada^Tarou=山田^太郎")]), "患者山田太郎は"))


def test_placeholders_are_no_identifiers() -> None:
    assert (
        KnownMatcher([name("ANONYMOUS"), Known("UNKNOWN", Category.ID, Role.PATIENT, "PatientID")]).search(
            "unknown anonymous 0"
        )
        == []
    )


def test_a_misspelling_is_not_sought_among_clinical_words() -> None:
    assert spans(KnownMatcher([name("Carina^Nodal")]), "The modal nodule near the carinal angle") == []


def test_parts_of_a_name_are_told_apart() -> None:
    assert name_parts("Dr. Ludwig van der Berg").family == ("van", "der", "berg")
    assert name_parts("Smith, John Q., MD").given == ("john", "q")


letters = st.text(alphabet=string.ascii_letters + "äöüßéøłñ -'", min_size=1, max_size=12)


@given(st.text(max_size=80))
def test_offsets_of_folded_text_lead_back_into_the_original(text: str) -> None:
    folded = fold_text(text)
    for start, end, _ in folded.tokens():
        a, b = folded.span(start, end)
        assert 0 <= a < b <= len(text)
        assert any(c.isalnum() for c in text[a:b])


@given(
    family=st.text(alphabet=string.ascii_lowercase, min_size=6, max_size=10),
    given_name=st.text(alphabet=string.ascii_lowercase, min_size=5, max_size=8),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_a_full_name_is_found_in_any_surroundings(family: str, given_name: str, before: str, after: str) -> None:
    matcher = KnownMatcher([name(f"{family}^{given_name}")])
    text = f"{before} {given_name.title()} {family.title()} {after}"
    at = len(before) + 1
    found = matcher.search(text)
    for i in range(at, at + len(given_name) + 1 + len(family)):
        if text[i].isalnum():
            assert any(f.start <= i < f.end for f in found)


def test_a_middle_initial_after_a_caret_belongs_to_the_name() -> None:
    assert spans(KnownMatcher([name("GARCIA^MARIA")]), "PID|GARCIA^MARIA^L|19610412") == ["GARCIA^MARIA^L"]
    assert spans(KnownMatcher([name("GARCIA^MARIA")]), "GARCIA, MARIA F 61") == ["GARCIA, MARIA"]


def test_a_name_of_particles_and_one_word_is_a_family_name() -> None:
    assert name_parts("von Hohenfels").family == ("von", "hohenfels")
    assert name_parts("Peter de la Cruz, M.D.") == name_parts("de la Cruz^Peter")


def test_a_name_that_is_a_word_is_told_by_its_initial_its_age_and_what_people_do() -> None:
    matcher = KnownMatcher([name("RING^KAY"), name("WALL^GEORGE")])
    assert spans(matcher, "Ring artifact. Ring, K. went home. Ring, 50, has pain. Ring shadow.") == ["Ring, K", "Ring"]
    assert spans(matcher, "Wall thickened. Wall extubated.") == ["Wall"]


def test_a_letter_that_ends_the_sentence_before_a_given_name_is_no_initial() -> None:
    assert spans(KnownMatcher([name("LINDQVIST^JENS")]), "Okuda I. Jens agreed with J. Lindqvist.") == [
        "Jens",
        "J. Lindqvist",
    ]


def test_the_title_beside_a_name_in_characters_is_no_name() -> None:
    name = Known("司馬^相如^^Dr", Category.NAME, Role.PATIENT, "PatientName")
    text = "Took Benadryl for the headrest; 司馬相如 agreed."
    found = [text[f.start : f.end] for f in KnownMatcher([name]).search(fold_text(text))]
    assert found == ["司馬相如"]


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        ("Black^Joe", "T2 Black blood", []),
        ("Black^Joe", "Joe Black blood work", ["Joe Black"]),
        ("Black^Joe", "Mr. Black blood drawn", ["Black"]),
        ("Power^Anne", "POWER DOPPLER", []),
        ("Day^Anne", "Cycle 2 Day 1, seen by Day", ["Day"]),
        ("Power^Anne", "Power", ["Power"]),
        ("Young^Mary", "Young adult", []),
        ("Young^Mary", "YOUNG CT CHEST", ["YOUNG"]),
        ("Baker^Jane", "Baker cyst", ["Baker"]),
        ("Brain^Mike", "MR Brain", []),
        ("Brain^Mike", "Mr. Brain", ["Brain"]),
        ("Hand^Learned", "L Hand", []),
        ("Test^Patient", "Test bolus, patient supine", []),
        ("Test^Patient", "TEST^PATIENT", ["TEST^PATIENT"]),
        ("Phantom^ACR", "ACR phantom", []),
        ("Van^Thi", "leichter Grad van der Lippe; gezien van achter", []),
        ("Van^Thi", "Seen by Dr. Van, then gone", ["Van"]),
        ("van der Berg^Jan", "no der; Mr van der Berg", ["van der Berg"]),
    ],
)
def test_a_term_of_two_words_is_no_name_and_a_name_for_nobody_takes_no_words(
    known: str, text: str, expected: list[str]
) -> None:
    assert spans(KnownMatcher([name(known)]), text) == expected


@pytest.mark.parametrize("text", ["1427 Tansy Hollow", "1427 TANSY", "Tansy Hollow", "1427 Tansy Hollow Road"])
def test_a_street_is_found_with_less_of_it(text: str) -> None:
    address = Known("1427 Tansy Hollow Rd^^Springfield^NY", Category.ADDRESS, Role.PATIENT, "PatientAddress")
    assert spans(KnownMatcher([address]), f"lives {text}, and") == [text]


def test_a_street_of_clinical_words_takes_none_of_them() -> None:
    address = Known("12 Left Hand Rd", Category.ADDRESS, Role.PATIENT, "PatientAddress")
    assert spans(KnownMatcher([address]), "left hand, 12 left") == []


@pytest.mark.parametrize(
    ("known", "language", "text", "expected"),
    [
        ("Izquierdo^Juan", "es", "Lado izquierdo normal. Izquierdo: normal. Lado derecho.", []),
        ("Izquierdo^Juan", "en", "Pulmón izquierdo normal.", []),
        ("Izquierdo^Juan", "es", "PULMON IZQUIERDO NORMAL", []),
        ("Izquierdo^Juan", "es", "El Sr. Izquierdo refiere dolor; izquierdo juan", ["Izquierdo", "izquierdo juan"]),
        ("Petit^Luc", "fr", "On note un petit nodule. Petit nodule stable.", []),
        ("Petit^Luc", "fr", "Monsieur Petit est venu. Luc Petit", ["Petit", "Luc Petit"]),
        ("Kurz^Eva", "de", "Die Läsion ist kurz beschrieben.", []),
        ("Klein^Eva", "de", "Herd klein und rund. Patientin Klein.", ["Klein"]),
        ("Klein^Eva", "en", "Klein was seen at noon. We saw klein again. KLEIN", ["Klein", "klein", "KLEIN"]),
        ("Klein^Eva", "en", "KLEIN CHEST CT", ["KLEIN"]),
    ],
)
def test_a_name_that_is_a_word_of_another_language_survives_in_it(
    known: str, language: str, text: str, expected: list[str]
) -> None:
    matcher = KnownMatcher([name(known)])
    assert [text[f.start : f.end] for f in matcher.search(text, language=language)] == expected
