"""Work in worker processes, results in the order of the work, and never more of it in memory than is being done."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import TypeVar

from deid.errors import EngineError
from deid.forks import START_METHOD, preload
from deid.pipeline.work import Worker

__all__ = ["Pool"]

J = TypeVar("J")
R = TypeVar("R")


class Pool:
    """Processes of one worker each; with one process the work is done in this one.

    Parameters
    ----------
    worker
        Picklable; every process gets its own.
    """

    def __init__(self, worker: Worker, processes: int) -> None:
        self._worker, self._processes = worker, max(1, processes)
        self._executor: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """Stop the processes; what was not begun is not done."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def do(self, task: Callable[[Worker, J], R], jobs: Iterable[J]) -> Iterator[R]:
        """Results of ``task``, a function of a module, for each job, in order.

        Raises
        ------
        EngineError
            ``worker-died`` if a process was killed, for instance for its memory.
        """
        if self._processes == 1:
            yield from (task(self._worker, job) for job in jobs)
            return
        if self._executor is None:
            preload()
            context = multiprocessing.get_context(START_METHOD)
            self._executor = ProcessPoolExecutor(self._processes, context, _start, (self._worker,))
        ahead: deque[Future[R]] = deque()
        try:
            for job in jobs:
                ahead.append(self._executor.submit(_do, task, job))
                if len(ahead) > 2 * self._processes:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        except BrokenProcessPool:
            raise EngineError("worker-died", "a worker process was stopped from outside") from None


_worker: list[Worker] = []  # one per process, set once when the process starts


def _start(worker: Worker) -> None:
    _worker[:] = [worker]
    gc.freeze()  # what was imported stays: no collection need go through it again
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """End when the process that wants the work has been killed: nobody would end this one."""
    parent.join()
    os._exit(1)


def _do(task: Callable[[Worker, J], R], job: J) -> R:
    return task(_worker[0], job)
