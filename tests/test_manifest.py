"""The manifest: what was recorded is found again, and every change to it is noticed."""

import json

import pytest

from deid.errors import InputError
from deid.manifest import Manifest, read_manifest
from deid.model import Alert, Outcome, Status

KEY = b"k" * 32
VERSIONS = {"deid-pipeline": "0.1.0"}


def outcome(number: int, **more: object) -> Outcome:
    return Outcome(
        number, f"{number:040x}", "instance", Status.CLEAN, subject="S-1", output=f"{number}.dcm", digest="d", **more
    )


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "manifest.jsonl"
    with Manifest(path, KEY, versions=VERSIONS) as manifest:
        manifest.record([outcome(1), outcome(2, alerts=(Alert("wrong-patient"),), counts={"words": 3})])
        manifest.record([outcome(3)])
    return path


def test_what_was_recorded_is_read_again(path):
    with Manifest(path, KEY, versions=VERSIONS) as manifest:
        assert list(manifest.done.values()) == [
            outcome(1),
            outcome(2, alerts=(Alert("wrong-patient"),), counts={"words": 3}),
            outcome(3),
        ]
    assert len(path.read_text().splitlines()) == 4  # the same versions are not stated twice


def test_other_versions_are_stated(path):
    with Manifest(path, KEY, versions={"deid-pipeline": "0.2.0"}):
        pass
    assert json.loads(path.read_text().splitlines()[-1])["versions"] == {"deid-pipeline": "0.2.0"}


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], lines[1].replace("1.dcm", "9.dcm"), *lines[2:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[0], lines[2], lines[1], lines[3]],
        lambda lines: [*lines, lines[1]],
        lambda lines: [lines[0], "not a record\n", *lines[1:]],
    ],
)
def test_a_changed_removed_swapped_or_added_line_is_found(path, change):
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    with pytest.raises(InputError, match="manifest-broken"):
        list(read_manifest(path, KEY))


def test_another_key_does_not_open_it(path):
    with pytest.raises(InputError, match="manifest-broken"):
        Manifest(path, b"x" * 32, versions=VERSIONS)


def test_a_line_cut_short_by_a_crash_is_dropped_and_the_chain_goes_on(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with Manifest(path, KEY, versions=VERSIONS) as manifest:
        assert [o.unit for o in manifest.done.values()] == [1, 2]
        manifest.record([outcome(3)])
    assert path.read_bytes() == whole


def test_only_its_owner_can_read_it(path):
    assert path.stat().st_mode & 0o077 == 0
