"""Known identifiers in the altered forms of short header values, and what stands there by chance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deid.model import Category, Known, Passage, Role, Subject, SubjectKey
from deid.settings import TextSettings
from deid.text import Finder
from deid.text.folding import fold_text
from deid.text.known import KnownMatcher
from deid.text.scripts import kana, romanised


def spans(known: str, text: str, category: Category = Category.NAME) -> list[str]:
    source = "PatientName" if category is Category.NAME else "PatientID"
    matcher = KnownMatcher([Known(known, category, Role.PATIENT, source)])
    return [text[f.start : f.end] for f in matcher.search_short(fold_text(text))]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Wolfenstein^Otto", "WOLFENSTEINCT1", ["WOLFENSTEIN"]),
        ("Wolfenstein^Otto", "CTWOLFENSTEIN", ["WOLFENSTEIN"]),
        ("Wolfenstein^Otto", "xwolfensteinq", ["xwolfensteinq"]),
        ("Quux^Zelda", "QUUXCT1", ["QUUX"]),
        ("Quux^Zelda", "quux2", ["quux"]),
        ("Quux^Zelda", "Quuxscan", ["Quux"]),
        ("Wolfenstein^Otto", "WOLFENST", ["WOLFENST"]),
        ("Philipsen^Otto", "Philips", []),
        ("Li^Mei", "Li t2_tse_sag", ["Li"]),
        ("Wu^Mei", "CT WU", ["WU"]),
        ("Li^Mei", "LI-RADS 4 LI", []),
        ("Ng^Mei", "NG tube", []),
        ("Lee^Ann", "LEECT1", ["LEE"]),
        ("Müller^Jürgen", "MUELLERMR3", ["MUELLER"]),
        ("Quux^Zelda", "ax Q u u x 3 mm", ["Q u u x"]),
        ("Quux^Zelda", "Q.U.U.X", ["Q.U.U.X"]),
        ("Wolfenstein^Otto", "wolfen stein", ["wolfen stein"]),
        ("Ott^Bo", "BOTTOM", []),
        ("Lee^Ann", "PLEEDX1", []),
        ("Roman^Ann", "ROMANCE", []),
        ("Hand^Ann", "HANDCT2", []),
        ("Ting^Ai", "Nottingham grade", []),
        ("Galic^Ann", "Galician", []),
        ("Power^Ann", "POWERSCAN", []),
    ],
)
def test_a_name_glued_to_technique_is_found(name: str, text: str, expected: list[str]) -> None:
    assert spans(name, text) == expected


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("MRN-88213", "CT88213", ["88213"]),
        ("MRN-88213", "CT_0088213", ["0088213"]),
        ("MRN-88213", "88213", ["88213"]),
        ("4455", "SN4455", ["4455"]),
        ("SN-4455", "serial no. 4455", ["4455"]),
        ("HX55254-3", "55254/3", ["55254/3"]),
        ("4455", "VB44550", []),
        ("SN-4455", "4455 images", []),
        ("MRN-88213", "882130", []),
        ("MRN-88213", "1.2.840.88213.1", []),
        ("MRN-88213", "0.88213", []),
        ("MRN-88213", "88213.5", []),
        ("MRN-88213", "12 512 88213 1024 7", []),
        ("CT20240301", "T1 20240301", []),
    ],
)
def test_a_number_without_its_letters_is_found_and_chance_digits_are_not(
    number: str, text: str, expected: list[str]
) -> None:
    assert spans(number, text, Category.ID) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Ivanov^Petr=Иванов^Пётр", "Рентген Иванова П.", ["Иванова"]),
        ("Ivanov^Petr=Иванов^Пётр", "ИВАНОВ-КТ1", ["ИВАНОВ"]),
        ("Ivanov^Petr", "МРТ Ивановым", ["Ивановым"]),
        ("Иванов^Пётр", "IVANOV CT", ["IVANOV"]),
        ("Papadopoulos^G", "Παπαδοπούλου θώρακας", ["Παπαδοπούλου"]),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ﾔﾏﾀﾞ 胸部", ["ﾔﾏﾀﾞ"]),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", "YAMADA chest", ["YAMADA"]),
        ("Hong^Gildong=洪^吉洞=홍^길동", "홍길동 흉부", ["홍길동"]),
        ("홍^길동", "Hong Gildong", ["Hong Gildong"]),
        ("Ahmed^Ali=أحمد^علي", "أحمد الصدر", ["أحمد"]),
        ("Qu^Ze=屈^泽", "屈先生 胸部", ["屈"]),
        ("Qu^Ze=屈^泽", "屈", ["屈"]),
        ("Qu^Ze=屈^泽", "屈曲位", []),
        ("Ivanov^Petr=Иванов^Пётр", "КТ грудной клетки", []),
    ],
)
def test_a_name_is_found_in_every_script_that_the_header_or_a_reader_writes(
    name: str, text: str, expected: list[str]
) -> None:
    assert spans(name, text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Щербаков", "shcherbakov"),
        ("Шевченко", "shevchenko"),
        ("Юлия", "iuliia"),
        ("Χατζής", "hatzis"),
        ("さとう", "sato"),
        ("しょうへい", "shohei"),
        ("はっとり", "hattori"),
        ("박", "park"),
        ("길동", "gildong"),
    ],
)
def test_a_name_is_read_as_its_bearers_spell_it(word: str, expected: str) -> None:
    assert expected in romanised(word)


def test_what_cannot_be_read_has_no_latin_letters() -> None:
    assert not romanised("Müller")
    assert not romanised("屈泽")
    assert not romanised("أحمد")
    assert kana("ﾔﾏﾀﾞ") == ("やまだ", "ヤマダ")
    assert kana("Yamada") == ("Yamada",)


FINDER = Finder(TextSettings())
LETTERS = st.text("aQu xЖ-é屈山ヤﾔﾞ홍가دא\u0e1b\u0e34β19_.=^年月일 ", max_size=24)


@settings(max_examples=200, deadline=None)
@given(LETTERS, LETTERS, LETTERS)
def test_findings_of_any_script_lie_in_order_inside_the_text(text: str, name: str, number: str) -> None:
    known = (
        Known(name, Category.NAME, Role.PATIENT, "PatientName"),
        Known(number, Category.ID, Role.PATIENT, "PatientID"),
    )
    found = FINDER.find(Passage(text, "descriptor"), Subject(SubjectKey("x"), known))
    edges = [edge for f in found for edge in (f.start, f.end)]
    assert edges == sorted(edges)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
