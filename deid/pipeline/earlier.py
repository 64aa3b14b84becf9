"""What an output folder holds from earlier runs, and which recipe made each of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from deid.model import Outcome, Status

__all__ = ["Earlier", "recipes_of"]


def recipes_of(manifest: Path) -> dict[str, str]:
    """Digest of the recipe that made each unit, by the unit's key: what the manifest states last above its line.

    The lines are those of a manifest whose signatures were checked when it was opened or read.
    """
    found: dict[str, str] = {}
    recipe = ""
    with manifest.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                break  # cut short by a crash: never acknowledged
            record = json.loads(line)
            if "versions" in record:
                recipe = record["versions"].get("recipe-digest", "")
            else:
                found[record["key"]] = recipe
    return found


class Earlier:
    """What was published before: a unit that is done again replaces its own result, and nobody else's.

    Parameters
    ----------
    done
        Last record of each unit.
    """

    def __init__(self, done: Mapping[str, Outcome]) -> None:
        self._outputs = {key: one.output for key, one in done.items() if one.status is Status.CLEAN}
        self._holders = Counter(self._outputs.values())
        self._made: set[str] = set()

    def gives_way(self, outcome: Outcome) -> bool:
        """Whether what lies where this result goes is the unit's own of an earlier run."""
        return self._outputs.get(outcome.key) == outcome.output and outcome.output not in self._made

    def made(self, output: str) -> None:
        """Note that this run wrote an output."""
        self._made.add(output)

    def orphan(self, outcome: Outcome) -> str:
        """The output that was this unit's and is nobody's now; empty if there is none."""
        old = self._outputs.get(outcome.key, "")
        if not old or old == outcome.output:
            return ""
        del self._outputs[outcome.key]
        self._holders[old] -= 1
        return old if not self._holders[old] and old not in self._made else ""
