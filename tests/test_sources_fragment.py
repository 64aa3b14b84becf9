"""HTML inside a field: searched as its readers see it, written back as well-formed as it came."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from deid.model import Edit, splice
from deid.sources import plan_fields, read_report_bytes
from deid.sources.fragment import BLOCKS, INLINE, fragment
from deid.surrogates import Surrogates


def replaced(source: str, old: str, new: str) -> str:
    part = fragment(source)
    assert part is not None
    start = part.text.text.index(old)
    return splice(source, part.back([Edit(start, start + len(old), new)]))


@pytest.mark.parametrize("text", ["nodule < 5 mm & stable", "a <b and c> d", "T2 <Smith>", "R&D; fine", ""])
def test_a_text_without_html_is_none(text: str) -> None:
    assert fragment(text) is None


@pytest.mark.parametrize(
    ("source", "old", "clean"),
    [
        ("<p>Dr. <b>Quill</b>on has it</p>", "Quillon", "<p>Dr. <b>X&lt;Y</b> has it</p>"),
        ("Dr.&nbsp;Quill&#111;n<br/>fine", "Dr.\xa0Quillon", "X&lt;Y<br/>fine"),
        ("<td title='Quillon' class=a>Quillon</td>", "Quillon", "<td>X&lt;Y</td>"),
        ("<!-- Quillon --><img src=q alt=Quillon>by Quillon", "Quillon", "by X&lt;Y"),
    ],
)
def test_names_are_found_across_tags_and_entities_and_the_tags_stay(source: str, old: str, clean: str) -> None:
    assert replaced(source, old, "X<Y") == clean


PIECES = st.lists(
    st.sampled_from(
        [
            *(f"<{t}>" for t in sorted(BLOCKS | INLINE)[::4]),
            "</b>",
            "<br/>",
            "&amp;",
            "&nbsp;",
            "<p id='a'>",
            " ",
            "ab",
            "1 < 2",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@given(PIECES, st.data())
def test_an_edit_changes_the_words_that_it_covers_and_nothing_else(source: str, data: st.DataObject) -> None:
    part = fragment(source)
    if part is None:
        return
    text = part.text.text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = splice(source, part.back([Edit(start, end, "XX")] if text[start:end].strip("\n") else []))
    again = fragment(new)
    words = (again.text.text if again else new).split()
    expected = splice(text, [Edit(start, end, "XX")] if text[start:end].strip("\n") else []).split()
    assert "".join(words) == "".join(expected) or "\n" in text[start:end]
    assert "id=" not in new


def test_a_table_with_html_is_searched_and_stays_a_table() -> None:
    data = b'mrn,patient_name,report\n7,"Thwaite, Os","<p title=""Thwaite"">Mrs.&nbsp;Th<i>waite</i>, 4 mm</p>"\n'
    (unit,) = read_report_bytes(data)
    ((place, passage),) = unit.passages.items()
    assert passage.text == "\nMrs.\xa0Thwaite, 4 mm\n"
    start = passage.text.index("Thwaite")
    fields = plan_fields(unit, Surrogates.preview()).values
    new = unit.rebuild({place: [Edit(start, start + 7, "Name")]}, fields).decode()
    assert html.fromstring(new.split(',"')[-1]).text_content().startswith("Mrs.\xa0Name")


def test_a_key_that_holds_a_name_of_the_record_gets_a_number() -> None:
    row = {
        "patient": {"name": {"family": "Brannigan-Thwaite", "given": ["Oswaldine"]}},
        "Brannigan-Thwaite": 1,
        "note": 2,
    }
    (unit,) = read_report_bytes(json.dumps(row).encode())
    assert {k.value for k in unit.known} >= {"Brannigan-Thwaite^", "^Oswaldine"}
    new = json.loads(unit.rebuild({k: [] for k in unit.passages}, plan_fields(unit, Surrogates.preview()).values))
    assert list(new) == ["patient", "key_1", "note"]
    assert new["patient"] == {"name": {"family": "Preview", "given": ["Name"]}}
