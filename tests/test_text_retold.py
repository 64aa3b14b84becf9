import functools
import re
from pathlib import Path

import pytest

from deid.model import Category
from training.text.corpus import RETOLD, Writer, joined
from training.text.engine import Pieces
from training.text.heldout import BY_HAND, written
from training.text.retold import KEEP, WRITTEN, Teller, marked, read
from training.text.slots import Scene
from training.text.train import MIX

FILES = sorted(WRITTEN.glob("*.txt"))
LETTER = """Re: ⟦NAME|OKONJO, Beatrix M⟧, seen ⟦DATE|03/14/2019⟧ at ⟦INSTITUTION|Mercy⟧ (⟦ID|MR-48213⟧).
Mrs ⟦NAME|Okonjo⟧ has a ⟦+|Baker's cyst⟧ at ⟦+|L4⟧. She is ⟦AGE|93⟧. ⟦NAME|BO⟧ / ⟦NAME|mlr⟧
Write to ⟦EMAIL|b.okonjo@mercyridge.example⟧ or see Mrs ⟦NAME|okonjo⟧."""


@functools.cache
def scene() -> Scene:
    return Writer(1, evaluation=True).scene


def teller(seed: int, *documents: Pieces) -> Teller:
    scene().rng.seed(seed)
    return Teller(scene(), list(documents))


def told(seed: int) -> Pieces:
    return teller(seed, marked(LETTER))._told(marked(LETTER))


def test_a_marked_text_is_read_as_pieces_that_join_to_spans() -> None:
    document = joined(marked("Seen by ⟦NAME|Ng⟧ for a ⟦+|Segond fracture⟧."))
    assert document.text == "Seen by Ng for a Segond fracture."
    assert document.spans == [(8, 10, "NAME")]
    assert document.protected == [(17, 32)]


def test_a_file_holds_documents_between_lines_of_equals_signs(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("One ⟦ID|7⟧\n====\nTwo\n====\n\n", encoding="utf-8")
    assert read(path) == [[("One ", ""), ("7", "ID")], [("Two", "")]]
    assert read(tmp_path / "none.txt") == []


@pytest.mark.parametrize("seed", range(30))
def test_a_told_document_keeps_its_words_and_the_order_of_its_identifiers(seed: int) -> None:
    out = told(seed)
    assert [label for _, label in out] == [label for _, label in marked(LETTER)]
    assert [t for t, label in out if not label] == [t for t, label in marked(LETTER) if not label]
    assert all(text.strip() for text, label in out if label)


def test_a_name_becomes_the_same_name_in_every_form_it_has() -> None:
    forms = set()
    for seed in range(40):
        full, surname, initials, typist, lower = [text for text, label in told(seed) if label == "NAME"]
        forms.add(surname)
        family, _, given = full.partition(", ")
        assert family == surname.upper()
        assert lower == surname.lower()
        assert re.fullmatch(r".+ [A-Z]", given)
        assert re.fullmatch(r"[A-Z]{2}", initials)
        assert re.fullmatch(r"[a-z]{3}", typist)
    assert len(forms) > 25
    assert "Okonjo" in forms  # some documents are told as they are


def test_an_address_built_from_a_name_follows_the_name() -> None:
    built = 0
    for seed in range(40):
        out = told(seed)
        surname = next(text for text, label in out if label == "NAME").partition(",")[0].lower()
        mail = next(text for text, label in out if label == "EMAIL")
        built += surname in mail
        assert "@" in mail
    assert built > 12


def test_numbers_and_dates_keep_their_shape() -> None:
    for seed in range(20):
        values = {label: text for text, label in told(seed) if label}
        assert re.fullmatch(r"\d{2,3}", values["AGE"])
        assert int(values["AGE"]) >= 90
        assert any(map(str.isdigit, values["DATE"]))
        assert any(map(str.isdigit, values["ID"]))


def test_a_clinical_term_stays_one() -> None:
    for seed in range(30):
        kept = [text for text, label in told(seed) if label == KEEP]
        assert len(kept) == 2
        assert all(kept)


def test_sentences_and_words_are_lent_to_other_documents() -> None:
    lender = teller(3, marked(LETTER))
    plain: Pieces = [("No effusion. ", ""), ("Harlow", "INSTITUTION"), (" was told. Unchanged.", "")]
    lent = [lender.lent(plain) for _ in range(200)]
    assert any(("Mercy", "INSTITUTION") in pieces for pieces in lent)
    longer = [pieces for pieces in lent if len(pieces) > 4]
    assert 5 < len(longer) < 80
    assert all(any(label not in ("", KEEP) for _, label in pieces) for pieces in lent)


def test_documents_without_identifiers_are_told_more_often() -> None:
    free = marked("No ⟦+|Kerley B⟧ lines.")
    chosen = teller(1, free, marked(LETTER))
    drawn = [chosen._drawn() for _ in range(600)]
    assert 340 < drawn.count(free) < 460


def test_english_training_tells_written_documents_and_evaluation_does_not() -> None:
    assert RETOLD in MIX
    assert RETOLD in Writer(1).kinds()
    assert RETOLD not in Writer(1, evaluation=True).kinds()
    assert RETOLD not in Writer(1, language="de").kinds()


def test_told_documents_are_labelled_in_order() -> None:
    writer = Writer(8)
    for document in (writer.document(RETOLD) for _ in range(300)):
        at = 0
        for start, end, label in document.spans:
            assert at <= start < end <= len(document.text)
            assert Category(label)
            at = end


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_marks_of_written_documents_are_whole(path: Path) -> None:
    documents = read(path)
    assert documents
    for pieces in documents:
        assert not [text for text, _ in pieces if "⟦" in text or "⟧" in text]
        assert {label for _, label in pieces} <= {"", KEEP, *(c.value for c in Category)}


def test_training_reads_no_document_of_an_evaluation_file() -> None:
    learned = {joined(pieces).text for pieces in read(WRITTEN / "learned_en.txt")}
    assert len(learned) > 20
    assert not learned & {row["text"] for kind in BY_HAND for row in written(kind=kind)}


def test_the_same_seed_tells_the_same_documents() -> None:
    one, two = (Writer(3) for _ in range(2))
    assert [one.document(RETOLD) for _ in range(20)] == [two.document(RETOLD) for _ in range(20)]
