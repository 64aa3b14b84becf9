"""A clean process to fork workers from: it has neither our threads nor our open files.

It imports what workers need once, and beside us: the earlier it begins, the less of that is waited for.
"""

from __future__ import annotations

import multiprocessing

__all__ = ["START_METHOD", "preload"]

_FORKING = "forkserver" in multiprocessing.get_all_start_methods()
START_METHOD = "forkserver" if _FORKING else "spawn"


def preload() -> None:
    """Begin; without effect where it has begun, or where there is no such process."""
    if _FORKING:
        from multiprocessing import forkserver  # not everywhere

        forkserver.set_forkserver_preload(["__main__", "deid.ready"])
        forkserver.ensure_running()
