"""Edits on decoded text become edits on the escaped original."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deid.model import Edit, splice
from deid.sources import read_report_bytes
from deid.sources.hl7text import Separators, decode_field, encode_field
from deid.sources.unit import changes
from deid.sources.weave import Piece, weave

MARKS = Separators("|", "^", "~", "\\", "&")
RAW = st.lists(
    st.sampled_from(["a", "Smith", " ", "\\T\\", "\\S\\", "\\.br\\", "\\X4A\\", "\\H\\", "é", "12"]), max_size=12
).map("".join)


def encode(text: str) -> str:
    return encode_field(text, MARKS, "utf-8")


@given(RAW)
def test_no_edits_change_nothing(raw: str) -> None:
    pieces = decode_field(raw, 0, MARKS, "utf-8", lines=True).pieces
    assert splice(raw, weave(pieces).back([], encode)) == raw


@given(RAW, st.data())
def test_an_edit_on_the_text_is_the_same_edit_after_reading_again(raw: str, data: st.DataObject) -> None:
    woven = weave(decode_field(raw, 0, MARKS, "utf-8", lines=True).pieces)
    text = woven.text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    edit = Edit(start, end, "N|w^&")
    new = splice(raw, woven.back([edit], encode))
    again = "".join(piece.text for piece in decode_field(new, 0, MARKS, "utf-8", lines=True).pieces)
    assert again == splice(text, [edit])


@given(st.text("ab \n.", max_size=30), st.text("ab \n.", max_size=30))
def test_changes_make_one_text_of_another(old: str, new: str) -> None:
    assert splice(old, changes(old, new)) == new


def test_a_whole_new_text_keeps_its_lines() -> None:
    message = "MSH|^~\\&|R|H|||2023||ORU^R01|1|P|2.5\r"
    message += "OBX|1|FT|R||Seen by\\.br\\Smith.||||||F\rOBX|2|FT|R||Smith \\T\\ son||||||F\r"
    unit = read_report_bytes(message.encode())[0]
    new = {key: passage.text.replace("Smith", "Berg") for key, passage in unit.passages.items()}
    out = unit.rebuild(new, {key: field.value for key, field in unit.fields.items()})
    assert out.decode() == message.replace("Smith", "Berg")


def test_an_edit_over_a_joint_stays_in_the_lines_it_touches() -> None:
    source = "one John|two Smith."
    woven = weave([Piece("one John", 0, 8), Piece("\n", 9, 9), Piece("two Smith.", 9, 19)])
    assert woven.text == "one John\ntwo Smith."
    kept = splice(source, woven.back([Edit(4, 18, "Ann\nthree Berg")]))
    assert kept == "one Ann|three Berg."
    joined = splice(source, woven.back([Edit(4, 18, "Ann Berg")]))
    assert joined == "one Ann Berg|."
