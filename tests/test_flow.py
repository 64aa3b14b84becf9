"""The flow: what a job's mistakes say, and how it ends where not all is clean."""

from dataclasses import replace

import pytest

import deid
from flows.batch import BatchJob, batch, load_job, save_job
from tests.exports import fast_recipe, new_store, put_instance, put_report, seen_in


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setenv("DEID_JOBS", str(tmp_path / "jobs"))
    store, recipe = new_store(tmp_path / "vault"), fast_recipe(tmp_path)
    put_instance(tmp_path / "in" / "a.dcm")
    places = (str(tmp_path / "in"), str(tmp_path / "out"), str(recipe), str(store.vault))
    return tmp_path / "jobs", BatchJob(*places, key=f"file:{store.key}")


@pytest.fixture(scope="module")
def prefect():
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.mark.parametrize("number", ["deadbeefdeadbeef", "../../etc/passwd", "QUUXLEY", None, ""])
def test_a_number_that_is_no_jobs_says_what_to_do(job, number):
    with pytest.raises(deid.InputError, match=r"job-missing: .*save_job"):
        load_job(number)


def test_a_job_without_its_folder_says_what_to_do(job, monkeypatch):
    folder, described = job
    number = save_job(folder, described)
    assert load_job(number) == described
    monkeypatch.delenv("DEID_JOBS")
    with pytest.raises(deid.InputError, match="job-folder: DEID_JOBS is not set"):
        load_job(number)


@pytest.mark.parametrize("text", ['{"source": "QUUXLEY",', "[]", '{"patient": "QUUXLEY"}'])
def test_a_damaged_job_says_what_to_do_and_nothing_of_what_it_holds(job, text):
    folder, described = job
    number = save_job(folder, described)
    (folder / f"{number}.json").write_text(text)
    with pytest.raises(deid.InputError, match="job-form") as caught:
        load_job(number)
    assert seen_in(str(caught.value)) == []


def test_the_state_says_whether_all_is_clean(job, prefect, tmp_path):
    folder, described = job
    done = batch(save_job(folder, described), return_state=True)
    assert (done.name, done.result()) == ("Completed", {"clean": 1})
    put_report(tmp_path / "in" / "empty.txt", "")
    some = batch(save_job(folder, described), return_state=True)
    assert (some.name, some.message, some.result()) == (
        "NotAllClean",
        "clean=1 quarantined=1",
        {"clean": 1, "quarantined": 1},
    )
    assert batch(save_job(folder, described)) == some.result()
    strict = batch(save_job(folder, replace(described, all_clean=True)), return_state=True)
    assert strict.is_failed()
    assert "not-all-clean: clean=1 quarantined=1" in strict.message


def test_a_flow_from_which_nothing_came_or_that_had_nothing_fails(job, prefect, tmp_path):
    folder, described = job
    (tmp_path / "in" / "a.dcm").write_bytes(bytes(range(256)))
    none = batch(save_job(folder, described), return_state=True)
    assert none.is_failed()
    assert "not-all-clean: quarantined=1" in none.message
    (tmp_path / "empty").mkdir()
    empty = replace(described, source=str(tmp_path / "empty"))
    failed = batch(save_job(folder, empty), return_state=True)
    assert "input-empty" in failed.message
    assert batch(save_job(folder, replace(empty, allow_empty=True))) == {}
