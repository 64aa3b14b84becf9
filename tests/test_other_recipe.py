"""An output knows the recipe that made each of its units: none passes off another's work as its own."""

import json

import pytest

from deid import InputError, Recipe, RecipeError, Status
from deid.dataset import write_chat
from deid.pipeline import verify_output
from tests.exports import ANAIS, REPORT, deid, fast_recipe, new_store, put_instance, put_report, run


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return new_store(tmp_path_factory.mktemp("other") / "vault")


@pytest.fixture
def made(store, tmp_path):
    """An output of ``fast``, and a stricter recipe that refuses what the patient's report is."""
    put_instance(tmp_path / "in" / "a.dcm")
    put_report(tmp_path / "in" / "r.txt")
    put_report(tmp_path / "in" / "no" / "body.txt", "CT head. No haemorrhage.")
    lax = fast_recipe(tmp_path)
    (tmp_path / "strict").mkdir()
    strict = fast_recipe(tmp_path / "strict", text="{unlinked: refuse, replace: label}")
    assert {o.status for o in run(store, lax, tmp_path / "in", tmp_path / "out")} == {Status.CLEAN}
    return tmp_path / "in", tmp_path / "out", lax, strict


def texts(output):
    return sorted(path.read_text("utf-8") for path in output.rglob("*.txt"))


def test_a_run_under_another_recipe_says_so_and_touches_nothing(store, made):
    source, output, lax, strict = made
    before = texts(output)
    done = deid("run", source, output, *store.options, "--recipe", strict)
    assert done.returncode == 2
    assert "output-recipe" in done.stderr
    assert "--again" in done.stderr
    assert texts(output) == before
    again = run(store, lax, source, output)  # the recipe that made it goes on
    assert {o.status for o in again} == {Status.CLEAN}


def test_again_does_all_anew_and_takes_the_place_of_what_was(store, made):
    source, output, _, strict = made
    with store.deidentifier(strict) as d:
        outcomes = list(d.folder(source, into=output, resume=False))
        assert sorted((o.kind, str(o.status)) for o in outcomes) == [
            ("instance", "clean"),
            ("report", "clean"),
            ("report", "quarantined"),
        ]
        (text,) = texts(output)  # the one that may not pass any more is gone
        assert "[NAME]" in text
        assert verify_output(output, d.vault) == []
        assert {r.recipe for r in d.clean_reports(output)} == {d.recipe.digest}
        assert len(list(d.folder(source, into=output))) == 3  # and may be resumed now


def test_again_does_not_let_one_input_take_the_place_of_another(store, made):
    source, output, lax, _ = made
    put_instance(source / "0.dcm", StudyDescription="KNEE SECOND")
    conflict = run(store, lax, source, output)
    assert [o.code for o in conflict if o.code] == ["conflict-instance"]
    with store.deidentifier(lax) as d:
        again = list(d.folder(source, into=output, resume=False))
        assert [o.code for o in again if o.code] == ["conflict-instance"]
        assert verify_output(output, d.vault) == []


def test_an_export_attests_the_recipe_that_made_the_text(store, made, tmp_path):
    _, output, lax, strict = made
    with store.deidentifier(strict) as d:
        assert {r.recipe for r in d.clean_reports(output)} == {Recipe.load(lax).digest}
        with pytest.raises(RecipeError, match="output-recipe"):
            write_chat(d, output, tmp_path / "chat.jsonl", recipe=d.recipe.digest)
    assert not (tmp_path / "chat.jsonl").exists()
    named = deid("export", output, tmp_path / "chat.jsonl", *store.options, "--recipe", strict)
    assert (named.returncode, "output-recipe" in named.stderr) == (2, True)
    done = deid("export", output, tmp_path / "chat.jsonl", *store.options)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "chat.jsonl").read_text("utf-8").splitlines()]
    assert {row["deid"]["recipe"] for row in rows} == {Recipe.load(lax).digest}
    assert deid("gate", "check", tmp_path / "chat.jsonl", *store.options).returncode == 0


def test_what_a_retry_lets_through_is_attested_under_the_recipe_of_the_retry(store, tmp_path):
    put_report(tmp_path / "in" / "r.txt")
    put_report(tmp_path / "in" / "no" / "body.txt", "CT head. No haemorrhage.")
    (tmp_path / "strict").mkdir()
    strict, lax = fast_recipe(tmp_path / "strict", text="{unlinked: refuse}"), fast_recipe(tmp_path)
    run(store, strict, tmp_path / "in", tmp_path / "out")
    with store.deidentifier(lax) as d:
        (tried,) = d.retry(tmp_path / "out")
        assert tried.status is Status.CLEAN
        found = {("haemorrhage" in r.text): r.recipe for r in d.clean_reports(tmp_path / "out")}
    assert found == {True: Recipe.load(lax).digest, False: Recipe.load(strict).digest}


def test_a_retry_says_what_is_no_longer_there(store, made, tmp_path):
    source, output, _, strict = made
    with store.deidentifier(strict) as d:
        list(d.folder(source, into=output, resume=False))
    (source / "no" / "body.txt").unlink()
    done = deid("quarantine", "retry", output, *store.options, "--recipe", strict)
    assert done.returncode == 1
    assert "quarantined input-missing" in done.stderr
    assert len(deid("quarantine", "list", output).stdout.splitlines()) == 1


@pytest.mark.parametrize("verb", ["list", "retry"])
def test_a_folder_that_is_no_output_has_no_quarantine_and_gets_none(store, tmp_path, verb):
    options = store.options if verb == "retry" else ()
    (tmp_path / "export").mkdir()
    for name in ("TYPO", "export"):
        done = deid("quarantine", verb, tmp_path / name, *options)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_an_empty_export_is_an_error_unless_asked_for(store, tmp_path):
    recipe = fast_recipe(tmp_path)
    (tmp_path / "in" / "below").mkdir(parents=True)
    with pytest.raises(InputError, match="input-empty"):
        run(store, recipe, tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    options = (*store.options, "--recipe", recipe)
    assert "--allow-empty" in deid("run", tmp_path / "in", tmp_path / "out", *options).stderr
    assert deid("run", tmp_path / "in", tmp_path / "out", *options, "--allow-empty").returncode == 0


def test_alerts_are_counted_by_the_run_and_stand_in_the_export(store, tmp_path):
    recipe = fast_recipe(tmp_path)
    put_instance(tmp_path / "in" / "a.dcm", person=ANAIS)
    put_report(tmp_path / "in" / "r.txt", REPORT.replace("ACX5520917", ANAIS.accession))
    options = (*store.options, "--recipe", recipe)
    done = deid("run", tmp_path / "in", tmp_path / "out", *options)
    assert "1 alert wrong-patient" in done.stderr
    told = deid("export", tmp_path / "out", tmp_path / "chat.jsonl", *store.options)
    assert "1 alert wrong-patient" in told.stderr
    (row,) = map(json.loads, (tmp_path / "chat.jsonl").read_text("utf-8").splitlines())
    assert row["deid"]["alerts"] == ["wrong-patient"]
