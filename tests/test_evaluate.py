import json
from pathlib import Path

import pytest

from deid.errors import InputError
from deid.text.evaluate import Row, Tally, compare, evaluate, read_rows

TEXT = "Seen by Anna-Maria Ng on 3/4. Baker cyst at L4."


def rows(**spans: tuple[tuple[int, int, str], ...]) -> list[Row]:
    return [Row(name, TEXT, found) for name, found in spans.items()]


def gold() -> list[Row]:
    return [
        Row("a", TEXT, ((8, 21, "NAME"), (25, 28, "DATE")), protected=((30, 40), (44, 46))),
        Row("b", "No acute finding.", (), protected=((3, 8),)),
    ]


def answers(*found: tuple[int, int], status: str = "") -> dict[str, Row]:
    return {"a": Row("a", "", tuple((a, b, "X") for a, b in found), status=status), "b": Row("b", "")}


def test_a_span_counts_only_if_every_letter_and_digit_is_covered() -> None:
    almost = compare(gold(), answers((8, 20), (25, 28)))
    assert (almost.recall.hits, almost.recall.total) == (1, 2)
    assert almost.by_category["NAME"].share == 0.0
    assert almost.leak == 1.0


def test_punctuation_inside_a_span_need_not_be_covered() -> None:
    report = compare(gold(), answers((8, 12), (13, 18), (19, 21), (25, 26), (27, 28)))
    assert report.recall.share == 1.0
    assert report.leak == 0.0


def test_precision_counts_words_and_damage_counts_protected_terms() -> None:
    report = compare(gold(), answers((8, 21), (25, 28), (30, 35)))
    assert (report.precision.hits, report.precision.total) == (5, 6)
    assert (report.damage.hits, report.damage.total) == (1, 3)
    assert report.untouched.share == 1.0


def test_a_prediction_in_a_document_without_identifiers_touches_it() -> None:
    touched = {"b": Row("b", "", ((3, 8, "NAME"),))}
    report = compare(gold(), touched)
    assert report.untouched.share == 0.0
    assert report.missing == 1
    assert report.recall.share == 0.0


def test_a_withheld_document_leaks_nothing_that_is_released() -> None:
    report = compare(gold(), answers(status="review"))
    assert report.withheld == 1
    assert report.leak == 1.0
    assert report.released_clean.total == 0


def test_half_open_spans_outside_the_text_are_clipped_in_predictions() -> None:
    report = compare(gold(), answers((-3, 21), (25, 900)))
    assert report.recall.share == 1.0


def test_predicted_rows_that_the_gold_standard_lacks_are_refused() -> None:
    with pytest.raises(InputError) as error:
        compare(gold(), {"zzz": Row("zzz", "")})
    assert error.value.code == "eval-row-unknown"


def test_nothing_to_count_is_no_failure() -> None:
    assert Tally().share == 1.0
    assert compare([], {}).recall.share == 1.0


def write(path: Path, *values: object) -> Path:
    path.write_text("".join(json.dumps(v) + "\n" for v in values), encoding="utf-8")
    return path


def test_files_are_compared_and_the_table_lists_each_category(tmp_path: Path) -> None:
    g = write(
        tmp_path / "gold.jsonl",
        {"id": 1, "text": TEXT, "spans": [{"start": 8, "end": 21, "category": "NAME"}], "protected": []},
    )
    p = write(tmp_path / "pred.jsonl", {"id": 1, "spans": [{"start": 8, "end": 21, "category": "PERSON"}]})
    report = evaluate(g, p)
    assert report.recall.share == 1.0
    assert "NAME" in report.table()
    assert "documents without a leak" in report.table()
    assert report.as_dict()["recall_all"] == 1.0
    assert "Anna" not in report.table()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": 1}',
        '{"id": 1, "text": "ab", "spans": [{"start": 1, "end": 9, "category": "NAME"}]}',
        '{"id": 1, "text": 5, "spans": []}',
    ],
)
def test_a_bad_gold_row_is_refused_with_its_line_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_rows(path)
    assert error.value.code == "eval-row-invalid"
    assert "line 2" in str(error.value)


def test_an_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    row = {"id": 1, "text": "a", "spans": []}
    with pytest.raises(InputError) as error:
        read_rows(write(tmp_path / "gold.jsonl", row, row))
    assert error.value.code == "eval-row-twice"


@pytest.mark.parametrize(
    ("prediction", "code"),
    [
        ({"id": 1, "spans": [{"start": 9, "end": 3}]}, "eval-row-invalid"),
        ({"id": 1, "spans": [{"start": 0, "end": 999}]}, "eval-row-invalid"),
        ({"id": 1, "spans": [{"start": -1, "end": 3}]}, "eval-row-invalid"),
        ({"id": "Anna", "spans": []}, "eval-row-unknown"),
    ],
)
def test_a_prediction_that_cannot_be_of_the_text_is_refused_with_its_line(
    tmp_path: Path, prediction: dict, code: str
) -> None:
    g = write(tmp_path / "gold.jsonl", {"id": 1, "text": TEXT, "spans": []}, {"id": 2, "text": TEXT, "spans": []})
    p = write(tmp_path / "pred.jsonl", {"id": 2, "spans": []}, prediction)
    with pytest.raises(InputError) as error:
        evaluate(g, p)
    assert error.value.code == code
    assert "line 2" in str(error.value)
    assert "Anna" not in str(error.value)


def test_an_empty_file_is_no_result(tmp_path: Path) -> None:
    full, empty = write(tmp_path / "a.jsonl", {"id": 1, "text": TEXT, "spans": []}), write(tmp_path / "b.jsonl")
    for pair in ((full, empty), (empty, full)):
        with pytest.raises(InputError) as error:
            evaluate(*pair)
        assert error.value.code == "eval-empty"


def test_no_repr_holds_text() -> None:
    assert "Anna" not in repr(gold())
    assert rows(a=())[0].text == TEXT
