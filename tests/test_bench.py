"""The benchmarks are no part of the package, but whoever doubts a figure must be able to start them."""

import runpy
import sys
from pathlib import Path

import pytest

#: A peer's script runs in an environment of its own.
BENCHES = sorted(
    path.stem
    for path in Path(__file__).parents[1].joinpath("bench").glob("*.py")
    if "__main__" in path.read_text("utf-8") and not path.stem.startswith("peer_")
)


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_says_what_it_measures(name: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module(f"bench.{name}", run_name="__main__")
    assert left.value.code == 0
    assert "--" in capsys.readouterr().out
