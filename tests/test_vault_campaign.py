"""The campaign in small: racing processes, killed writers, failing writes, flipped bits."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deid.vault import Key, Vault
from tests.campaign.damage import flipped_bits, mixed_rows, two_domains
from tests.campaign.figures import Figures
from tests.campaign.vault import failing_servers, failing_writes, killed_servers, killed_writers, race
from tests.campaign.wal import flipped_log
from tests.services.postgres import Postgres, postgres_server  # noqa: F401


@pytest.fixture
def key() -> Key:
    return Key.generate()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path: Path, key: Key) -> str:
    made = str(tmp_path / "v" / "links.vault")
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres_server")
        made = server.fresh_database()
    Vault.create(made, key).close()
    return made


def holds(figures: Figures) -> None:
    assert figures.wrong == [], str(figures)


def test_racing_processes_never_disagree(address: str, key: Key) -> None:
    figures = race(address, key, processes=4, ids=600)
    holds(figures)
    assert figures.numbers["ids"] == 600


def test_killed_writer_loses_nothing_that_it_acknowledged(address: str, key: Key) -> None:
    figures = killed_writers(address, key, kills=4, together=2)
    holds(figures)
    assert figures.numbers["acknowledged rows"] > 0


@pytest.mark.slow
def test_killed_server_loses_nothing_that_it_acknowledged(key: Key, request: pytest.FixtureRequest) -> None:
    server: Postgres = request.getfixturevalue("postgres_server")
    holds(killed_servers(server, key, kills=1))


@pytest.mark.skipif(not (shutil.which("gcc") or shutil.which("cc")), reason="no C compiler for the fault library")
def test_failing_write_is_an_error_and_loses_nothing(key: Key) -> None:
    figures = failing_writes(key, step=7)
    holds(figures)
    assert figures.numbers["refusals"] > 0


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler for the fault library")
def test_server_without_room_or_with_a_broken_disk_loses_nothing(key: Key) -> None:
    figures = failing_servers(key, runs=2)
    holds(figures)
    assert figures.numbers["acknowledged rows"] > 0


def test_flipped_bit_is_found_or_changes_nothing(key: Key) -> None:
    figures = flipped_bits(key, rows=60, share=0.01)
    holds(figures)
    assert figures.numbers["found"] > 0


def test_flipped_bit_of_a_log_is_found_or_changes_nothing_or_loses_what_an_anchor_shows(key: Key) -> None:
    figures = flipped_log(key, transactions=3, share=0.01)
    holds(figures)
    assert figures.numbers["transactions gone, found by the anchor"] > 0
    assert figures.numbers["found there"] > 0


def test_deleted_and_mixed_rows_and_rollbacks_are_found(key: Key) -> None:
    holds(mixed_rows(key, rows=30, states=4))


def test_domains_of_one_store_share_no_bytes(key: Key) -> None:
    holds(two_domains(key, patients=20))
