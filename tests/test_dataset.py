"""Rows for a model: attested text, frames as a viewer shows them, nothing that was not published."""

import json

import numpy as np
import pydicom
import pytest

from deid import Gate, GateError, InputError
from deid.dataset import read_chat, write_chat
from deid.dataset.chat import shown_frame
from tests.dicom_corpus import CHARSETS, build
from tests.exports import fast_recipe, new_store, put_instance, put_report, seen_in


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("dataset")
    store, recipe = new_store(root / "vault"), fast_recipe(root)
    put_instance(root / "in" / "a.dcm")
    put_report(root / "in" / "r.txt")
    with store.deidentifier(recipe) as d:
        assert {str(o.status) for o in d.folder(root / "in", into=root / "out")} == {"clean"}
    return store, recipe, root / "out"


def test_rows_pass_the_gate_as_they_were_written_and_no_otherwise(place, tmp_path):
    store, recipe, output = place
    chat = tmp_path / "chat.jsonl"
    with store.deidentifier(recipe) as d:
        assert write_chat(d, output, chat, instruction="Summarise.", frames=True) == 1
        (report,) = read_chat(chat)
        gate = Gate(vault=d.vault)
        assert gate.admit(report)
        row = json.loads(chat.read_text("utf-8"))
        assert seen_in(json.dumps(row)) == []
        row["deid"]["subject"] = "S-0000000000"
        chat.write_text(json.dumps(row) + "\n")
        (moved,) = read_chat(chat)
        with pytest.raises(GateError):
            gate.admit(moved)
    assert len(row["images"]) == 1
    assert (tmp_path / row["images"][0]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("line", ["nonsense", "[]", "{}", '{"messages": []}', '{"messages": [{"role": "user"}]}'])
def test_a_row_of_another_form_is_named_by_number(tmp_path, line):
    (tmp_path / "chat.jsonl").write_text(line + "\n")
    with pytest.raises(GateError, match="row 1"):
        list(read_chat(tmp_path / "chat.jsonl"))


def test_an_instance_that_was_changed_gives_no_frame(place, tmp_path):
    import shutil

    store, recipe, output = place
    shutil.copytree(output, tmp_path / "out")
    (path,) = (tmp_path / "out").rglob("*.dcm")
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with store.deidentifier(recipe) as d, pytest.raises(InputError, match="output-changed"):
        write_chat(d, tmp_path / "out", tmp_path / "chat.jsonl", frames=True)
    assert not (tmp_path / "chat.jsonl").exists()


def test_a_frame_is_windowed_and_an_inverted_one_inverted():
    made = build("CT", CHARSETS["ascii"])
    made.file_meta = pydicom.dataset.FileMetaDataset()
    frame = np.linspace(0, 2047, 64 * 64).reshape(64, 64).astype("<u2")
    shown = shown_frame(made, frame)
    assert shown.dtype == np.uint8
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255
    made.PhotometricInterpretation = "MONOCHROME1"
    inverted = shown_frame(made, frame).astype(int)
    assert abs(inverted - (255 - shown.astype(int))).max() <= 1
