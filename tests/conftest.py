"""What holds for every test."""

import os
from pathlib import Path

import pytest

from tests.exports import fast_recipe, new_store


@pytest.fixture
def store(tmp_path):
    return new_store(tmp_path / "vault")


@pytest.fixture
def recipe(tmp_path) -> Path:
    return fast_recipe(tmp_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was skipped because something is missing is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("skipped in CI: something that should be installed is missing", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
