"""Folders given to `deid report`, and what stands in quarantine of what is no file."""

import os

import pytest

from tests.exports import deid, fast_recipe, new_store


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    root = tmp_path_factory.mktemp("folder")
    return (*new_store(root / "vault").options, "--recipe", fast_recipe(root))


def put_odd(folder, elsewhere):
    elsewhere.write_text("Mrs. Elsewhere has a cyst.")
    folder.mkdir()
    (folder / "a.txt").write_text("No fracture.")
    (folder / "b.txt").symlink_to(elsewhere)
    os.mkfifo(folder / "c.txt")


def test_links_and_pipes_in_a_folder_are_counted_and_not_followed(options, tmp_path):
    put_odd(tmp_path / "in", tmp_path / "secret.txt")
    done = deid("report", tmp_path / "in", *options)
    assert done.returncode == 1
    assert done.stdout.strip() == "No fracture."
    assert done.stderr.count("input-irregular") == 2
    assert "Elsewhere" not in done.stdout


def test_a_file_that_is_named_is_read_whatever_leads_to_it(options, tmp_path):
    put_odd(tmp_path / "in", tmp_path / "secret.txt")
    done = deid("report", tmp_path / "in" / "b.txt", *options)
    assert done.returncode == 0, done.stderr
    assert "cyst" in done.stdout


def test_quarantine_says_where_a_link_lies_and_not_where_it_leads(options, tmp_path):
    put_odd(tmp_path / "in", tmp_path / "secret.txt")
    assert deid("run", tmp_path / "in", tmp_path / "out", *options).returncode == 1
    lines = deid("quarantine", "list", tmp_path / "out", "--sources").stdout.splitlines()
    assert sorted(line.split() for line in lines) == [
        ["2", "-", "quarantined", "input-irregular", str(tmp_path / "in" / "b.txt")],
        ["3", "-", "quarantined", "input-irregular", str(tmp_path / "in" / "c.txt")],
    ]


def test_an_empty_folder_is_an_error(options, tmp_path):
    (tmp_path / "in").mkdir()
    done = deid("report", tmp_path / "in", *options)
    assert (done.returncode, "input-empty" in done.stderr) == (1, True)
    back = ("reidentify", tmp_path / "in", tmp_path / "back", "--reason", "x", "--who", "y", *options[:4])
    done = deid(*back)
    assert (done.returncode, "input-empty" in done.stderr) == (1, True)


def test_a_table_in_parquet_without_its_extra_is_quarantined_with_the_reason(monkeypatch, tmp_path):
    import sys

    from deid.errors import EngineError
    from deid.sources import read_report_bytes

    for name in [*sys.modules]:
        if name.partition(".")[0] == "pyarrow":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(EngineError, match=r"extra-missing: .*pip install deid-pipeline\[dataset\]"):
        read_report_bytes(b"PAR1nothingPAR1", "parquet", mapping={}, language="en")
