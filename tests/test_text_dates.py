"""Dates: recognised in every form, shifted in the form in which they stand."""
# ruff: noqa: E501 - rows of a table read better whole

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deid.text.births import births
from deid.text.dates import day_first, find_dates, is_fraction, parse_date, reference_date, shift_mention
from deid.text.folding import fold_text


def found(text: str, language: str = "en") -> list[str]:
    return [text[m.start : m.end] for m in find_dates(text, language)]


@pytest.mark.parametrize(
    "written",
    [
        "03/14/2020", "3/4/19", "2020-03-14", "14.03.2020", "14-MAR-2020", "14MAR2020", "March 14, 2020", "Mar 3rd", "3 March", "14th of March, 2020", "20200314", "20200314123000",
        "2020-03-14T12:30:00Z", "2020 Mar", "Saturday, March 14, 2020", "March 2020", "03/2020", "March third, 2020", "the third of March"[4:], "14.III.2020", "2020年3月14日", "Mon, 3rd of MARCH '19", "winter 2019",
        "05JAN24", "Febuary 11, 2024", "11 Novemeber 2023",
    ],
)  # fmt: skip
def test_a_date_is_found_whole_in_every_form(written: str) -> None:
    assert found(f"Seen {written}. No change.") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "strength 5/5", "grade 3/6 murmur", "image 3/12", "lower 2/3 of the lobe", "10/12 lymph nodes", "L4/5 disc", "pain 7/10", "3.4 x 2.1 cm", "software version 2.3.15", "may be normal", "T1/T2", "5/5 bilaterally",
        "1.2.840.10008.20200101", "Gleason 3+4", "we march on", "BP 120/80", "B1000",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_date_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("compared to 1/20 and 1/22", ["1/20", "1/22"]),
        ("seen in March", ["March"]),
        ("on the 14th.", ["14th"]),
        ("from 3/4-3/6/2020", ["3/4", "3/6/2020"]),
        ("3-6 March 2020", ["3", "6 March 2020"]),
        ("last seen on Christmas Eve", ["Christmas Eve"]),
        ("born in 1950", ["1950"]),
        ("present in 10/18, in 2/3 of cases", ["10/18"]),
        ("compared with January of 2012 and 05/11", ["January of 2012", "05/11"]),
        ("March 3, 2/3 of the lesion", ["March 3"]),
        ("seen again 4/2 in clinic", ["4/2"]),
        ("by Dr. Kovacs (01/07), strength (5/5)", ["01/07"]),
        ("D.O.B......3rd June 1956", ["3rd June 1956"]),
        ("cf. 11/12; 11/2023 and 6/11", ["11/12", "11/2023", "6/11"]),
        ("Normal.\nKV 11/22\n", ["11/22"]),
        ("fell on the ice, New Year's Eve", ["New Year's Eve"]),
        ("Admitted 2/11/2024-2/15/2024.", ["2/11/2024", "2/15/2024"]),
        ("2/11/24-2/15/24", ["2/11/24", "2/15/24"]),
        ("seen 2/11/2024,2/15/2024 and", ["2/11/2024", "2/15/2024"]),
        ("2024-02-11-2024-02-15", ["2024-02-11", "2024-02-15"]),
        ("01/01/2024–12/31/2024", ["01/01/2024", "12/31/2024"]),
        ("chemo 3/2022-6/2022", ["3/2022", "6/2022"]),
        ("11 Feb 2024-15 Feb 2024", ["11 Feb 2024", "15 Feb 2024"]),
        ("11 Feb-15 Feb 2024", ["11 Feb", "15 Feb 2024"]),
        ("January 3-7, 2022.", ["January 3", "7, 2022"]),
        ("Feb 11-15", ["Feb 11", "15"]),
        ("Chemo March-June 2022", ["March", "June 2022"]),
        ("Since 2/3, the mass decreased by 2/3.", ["2/3"]),
        ("order 12-11-2024-33", []),
        ("Date20240211", ["20240211"]),
        ("2/11/2024CT", ["2/11/2024"]),
        ("O2/11/2024", ["2/11/2024"]),
        ("02/11/202414:32", ["02/11/2024"]),
    ],
)
def test_partial_dates_need_a_cue_and_ranges_have_two_ends(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Untersuchung vom 14. März 2020", "de", ["14. März 2020"]),
        ("el 3 de marzo de 2019", "es", ["3 de marzo de 2019"]),
        ("le 3 février 2019", "fr", ["3 février 2019"]),
        ("CT vom 12.3.", "de", ["12.3."]),
    ],
)
def test_other_languages_have_their_months(text: str, language: str, expected: list[str]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("written", "days", "expected"),
    [
        ("03/14/2020", -40, "02/03/2020"),
        ("3/4/19", -40, "1/23/19"),
        ("14-MAR-2020", -40, "03-FEB-2020"),
        ("14MAR2020", -40, "03FEB2020"),
        ("Mon, 3rd of MARCH '19", -40, "Wed, 22nd of JANUARY '19"),
        ("20200314123000", -40, "20200203123000"),
        ("March 14, 2020", -40, "February 3, 2020"),
        ("2/29/2020", -365, "3/1/2019"),
        ("14. März 2020", -14, "29. Februar 2020"),
        ("March third, 2020", 1, "March fourth, 2020"),
        ("01Jul2021", 62, "01Sep2021"),
        ("22-May-2022", 31, "22-Jun-2022"),
        ("22 May 2022", 31, "22 June 2022"),
        ("Saturday, March 14, 2020", -1, "Friday, March 13, 2020"),
        ("05JAN24", -40, "26NOV23"),
        ("Febuary 11, 2024", -40, "January 2, 2024"),
        ("Feb-11-15", -40, "Jan-2-15"),
    ],
)
def test_a_shifted_date_keeps_its_form(written: str, days: int, expected: str) -> None:
    mention = find_dates(written, "de" if "ä" in written else "en")[0]
    assert shift_mention(written, mention, days) == expected


@pytest.mark.parametrize(
    ("text", "fraction", "expected"),
    [
        ("completed |10/15| fractions", "10/15", True), ("Katz |4/6|.", "4/6", True), ("LLL (|4/31|)", "4/31", True), ("positive (|2/18|)", "2/18", True), ("Session |3/6|", "3/6", True),
        ("|6/6| vertebral bodies", "6/6", True), ("score |2|/18 today", "2", True), ("told |4/19| of last year", "4/19", False), ("|06/21| Day room", "06/21", False), ("line out |3/4|", "3/4", False),
        ("CABG |3/98|", "3/98", False),
    ],
)  # fmt: skip
def test_a_share_or_a_score_is_no_date_whatever_a_model_says(text: str, fraction: str, expected: bool) -> None:
    before, middle, after = text.lower().split("|")
    assert middle == fraction
    assert is_fraction(middle, before, after) is expected


def test_an_ambiguous_date_follows_the_clear_ones_of_its_document() -> None:
    text = "CT 25/12/2019. MRI 03/04/2020."
    mentions = find_dates(text)
    assert day_first(mentions)
    assert shift_mention(text, mentions[1], 1, dmy=True) == "04/04/2020"
    assert shift_mention(text, mentions[1], 1, dmy=False) == "03/05/2020"


def test_a_date_of_equal_numbers_follows_the_others_and_so_does_one_of_the_header() -> None:
    text = "CT 08/08/2020, MRI 27/03/2019."
    mentions = find_dates(text)
    assert shift_mention(text, mentions[0], 1, dmy=day_first(mentions)) == "09/08/2020"
    assert day_first(find_dates("born 08/02/1922"), known=["19220208"])
    assert not day_first(find_dates("born 02/08/1922"), known=["19220208"])


@given(day=st.dates(dt.date(1925, 1, 1), dt.date(2035, 12, 31)), days=st.integers(-730, 730))
def test_shift_moves_every_full_form_by_the_same_days(day: dt.date, days: int) -> None:
    moved = day + dt.timedelta(days=days)
    for form in ("%Y-%m-%d", "%Y%m%d", "%B %d, %Y", "%d %B %Y", "%d-%b-%Y", "%m/%d/%Y"):
        text = f"on {day.strftime(form)} or so"
        mention = find_dates(text)[0]
        assert (mention.year, mention.month, mention.day) == (day.year, day.month, day.day)
        shifted = shift_mention(text, mention, days)
        again = find_dates(f"on {shifted} or so")[0]
        assert (again.year, again.month, again.day) == (moved.year, moved.month, moved.day)


@given(st.text(max_size=120), st.integers(-2000, 2000))
def test_any_text_is_read_without_error_and_spans_lie_inside(text: str, days: int) -> None:
    mentions = find_dates(text)
    reference = reference_date(mentions)
    last = 0
    for mention in mentions:
        assert last <= mention.start < mention.end <= len(text)
        last = mention.end
        shift_mention(text, mention, days, reference=reference)


@pytest.mark.parametrize("value", ["19500312", "03121950", "1950-03-12", "12 Mar 1950", "3/12/50"])
def test_a_value_is_parsed_in_looser_forms(value: str) -> None:
    mention = parse_date(value)
    assert mention is not None
    assert (1950, 3, 12) in mention.readings() or mention.readings()[0][0] == 1950


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20210314_101500", "20201204_101500"),
        ("20210314.101500", "20201204.101500"),
        ("20210314-101500.123", "20201204-101500.123"),
        ("2021-03-14_10-15-00", "2020-12-04_10-15-00"),
        ("2021. 3. 14.", "2020. 12. 4."),
        ("2021년 3월 14일", "2020년 12월 4일"),
        ("2021年3月", "2020年12月"),
        ("3月14日", "12月4日"),
        ("3월 14일", "12월 4일"),
        ("14 марта 2021", "4 декабря 2020"),
        ("14 мар. 2021", "4 дек. 2020"),
        ("Март 2021", "Декабрь 2020"),
        ("14 Μαρτίου 2021", "4 Δεκεμβρίου 2020"),
        ("14 أبريل 2021", "4 يناير 2021"),
    ],
)
def test_dates_of_file_names_and_of_other_scripts_keep_their_form(text: str, expected: str) -> None:
    (mention,) = find_dates(text)
    moved = shift_mention(text, mention, -100)
    assert text[: mention.start] + str(moved) + text[mention.end :] == expected


def test_a_fraction_of_radiotherapy_is_no_date() -> None:
    assert not find_dates("fx 3/7")
    assert not find_dates("frac 12/25")


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("DOB: 01/05/1970, seen 3/14/2024", ["01/05/1970"]),
        ("<b>DOB:</b> 01/05/1970", ["01/05/1970"]),
        ("birth_date: 1970-07-22; PatientBirthDate=19700722; StudyDate=20240314", ["1970-07-22", "19700722"]),
        ("her dob's july 22 1970, mri march 2 2024", ["july 22 1970"]),
        ("Alvarado, Ximena (01/05/1970, F) seen (3/14/2024)", ["01/05/1970"]),
        ("age 54 (01/05/1970), last CT (01/05/2023)", ["01/05/1970"]),
        (
            "name,dob,exam\nAlvarado,01/05/1970,03/02/2024\nQuill,02/06/1981,04/02/2024\nend 05/02/2024",
            ["01/05/1970", "02/06/1981"],
        ),
        ("| Name | DOB | Seen |\n|---|---|---|\n| Quill | 01/05/1970 | 03/02/2024 |", ["01/05/1970"]),
        ("Name        DOB          Seen\nQuill       01/05/1970   03/02/2024\n\n01/05/2024", ["01/05/1970"]),
        ("PID|1||448812||ALVARADO^X||19700722|F\nOBR|1||22||||20240314", ["19700722"]),
        ("born in 1950, seen 3/14/2024", ["1950"]),
        ("Compared with CT of 01/05/2020 (01/06/2020)", []),
    ],
)
def test_a_birth_date_is_told_by_its_cue_its_neighbour_or_its_column(text: str, born: list[str]) -> None:
    mentions = find_dates(text)
    told = births(mentions, fold_text(text))
    assert [text[m.start : m.end] for m in mentions if m.start in told] == born


def test_a_year_of_an_era_is_counted_on_in_its_era() -> None:
    text = "昭和50年3月14日, 民國110年3月14日"
    first, second = find_dates(text)
    assert (first.year, second.year) == (1975, 2021)
    assert shift_mention(text, first, -100) == "49年12月4日"
    assert shift_mention(text, second, -100) == "109年12月4日"


@pytest.mark.parametrize("text", ["fat sat, {}", "T1 fat-sat {}", "O2 sat {}"])
def test_saturation_before_a_date_is_no_saturday(text: str) -> None:
    assert found(text.format("Jan 10, 2014")) == ["Jan 10, 2014"]
    assert found("seen Sat, Jan 10, 2014") == ["Sat, Jan 10, 2014"]
