"""Work in worker processes, results in the order of the work, and never more of it in memory than is being done."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing.process import BaseProcess
from typing import TypeVar

from deid.errors import EngineError
from deid.forks import START_METHOD, preload
from deid.pipeline.work import Worker

__all__ = ["Pool"]

J = TypeVar("J")
R = TypeVar("R")

AHEAD = 2  # jobs of a process: one that it does, one that waits for it


class Pool:
    """Processes of one worker each; with one process the work is done in this one.

    Parameters
    ----------
    worker
        Picklable; every process gets its own.
    """

    def __init__(self, worker: Worker, processes: int) -> None:
        self._worker, self._processes = worker, max(1, processes)
        self._executors: list[ProcessPoolExecutor] = []

    def close(self) -> None:
        """Stop the processes; what was not begun is not done."""
        for executor in self._executors:
            executor.shutdown(cancel_futures=True)
        self._executors.clear()

    def do(
        self, task: Callable[[Worker, J], R], jobs: Iterable[J], *, kin: Callable[[J], Hashable] = lambda _: None
    ) -> Iterator[R]:
        """Results of ``task``, a function of a module, for each job, in order.

        Parameters
        ----------
        kin
            What jobs have in common of which a process remembers something: it gets them as long as there are any.

        Raises
        ------
        EngineError
            ``worker-died`` if a process was killed, for instance for its memory.
        """
        if self._processes == 1:
            yield from (task(self._worker, job) for job in jobs)
            return
        if not self._executors:
            preload()
            context = multiprocessing.get_context(START_METHOD)
            self._executors = [ProcessPoolExecutor(1, context, _start, (self._worker,)) for _ in range(self._processes)]
        try:
            yield from self._spread(task, enumerate(jobs), kin)
        except BrokenProcessPool:
            raise EngineError(
                "worker-died",
                "a worker process was stopped from outside, or did not start",
                hint='memory; or a script that starts processes without `if __name__ == "__main__":`',
            ) from None

    def _spread(
        self, task: Callable[[Worker, J], R], jobs: Iterator[tuple[int, J]], kin: Callable[[J], Hashable]
    ) -> Iterator[R]:
        """A few jobs ahead for each process, of the next that there are."""
        waiting = list(islice(jobs, AHEAD * self._processes))
        begun: dict[int, Future[R]] = {}
        running: list[list[Future[R]]] = [[] for _ in self._executors]
        last: list[Hashable] = [None] * len(running)
        out = 0
        while waiting or begun:
            process = min(range(len(running)), key=lambda at: len(running[at]))
            full = len(begun) >= 2 * AHEAD * self._processes
            if waiting and len(running[process]) < AHEAD and not (full and out in begun):
                # What all wait for is done now, whoever's kin it is.
                at = 0 if full else _choice([kin(job) for _, job in waiting], process, last)
                number, job = waiting.pop(at)
                begun[number] = self._executors[process].submit(_do, task, job)
                running[process].append(begun[number])
                last[process] = kin(job)
                waiting += islice(jobs, 1)
                continue
            wait(chain(*running), return_when=FIRST_COMPLETED)
            running = [[future for future in some if not future.done()] for some in running]
            while out in begun and begun[out].done():
                yield begun.pop(out).result()
                out += 1


def _choice(kin: Sequence[Hashable], process: int, last: Sequence[Hashable]) -> int:
    """Which job a process is given: kin of its last one, else of no other's, else the first."""
    others = {*last[:process], *last[process + 1 :]}
    mine = (at for at, one in enumerate(kin) if one == last[process])
    free = (at for at, one in enumerate(kin) if one not in others)
    return next(mine, next(free, 0))


_worker: list[Worker] = []  # one per process, set once when the process starts


def _start(worker: Worker) -> None:
    _worker[:] = [worker]
    gc.freeze()  # what was imported stays: no collection need go through it again
    gc.enable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """End when the process that wants the work has been killed: nobody would end this one."""
    parent.join()
    os._exit(1)


def _do(task: Callable[[Worker, J], R], job: J) -> R:
    return task(_worker[0], job)
