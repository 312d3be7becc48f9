"""Worker processes that end their search when this process is asked to, and never by Ctrl-C.

A terminal sends Ctrl-C to every process of a command. Only the first process may act on it: it
passes the request on through a shared event, and a worker that is asked finishes what it has.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from models.errors import WorkersLost
from scheduler.execution.interrupt import StopSignal, uninterrupted
from scheduler.solver import LOG

_POLL_SECONDS = 0.1
GO_ON = "No plan was written. The same command with --resume keeps finished stages and goes on"
GRACE_SECONDS = 1.0
"""How long workers may take to notice that nobody waits for them any more."""


class _Worker(SpawnProcess):
    """A process born deaf to SIGINT: even while it starts, Ctrl-C must not break the pool."""

    def start(self) -> None:
        """Start; a child keeps the signal mask of the thread that makes it.

        A child that is left before it has been told all prints a traceback.
        """
        with uninterrupted():
            if not hasattr(signal, "pthread_sigmask"):  # Windows
                super().start()
                return
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                super().start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    Process = _Worker


def _begin(stop: StopSignal, abandon: StopSignal) -> None:
    """First thing in a worker: it hears what the first process was asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    LOG.stop, LOG.abandon = stop, abandon


class _Pool(ProcessPoolExecutor):
    """Pickles what all tasks share once; a worker that has it does not unpickle it again."""

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **options: Any) -> Any:
        """As of every executor."""
        return super().map(partial(_call, pickle.dumps(fn)), *iterables, **options)


def _call(shared: bytes, *arguments: object) -> Any:
    return _unpickled(shared)(*arguments)


@lru_cache(maxsize=1)
def _unpickled(shared: bytes) -> Callable[..., Any]:
    function: Callable[..., Any] = pickle.loads(shared)
    return function


@contextmanager
def worker_pool(processes: int) -> Iterator[Executor | None]:
    """An executor of so many processes; None for one, which is this process.

    ``LOG.stop`` of this process reaches the workers. When the block ends by an exception the
    workers are ended with it, whatever they are at.

    Raises:
        WorkersLost: a worker was ended from outside.
    """
    if processes <= 1:
        yield None
        return
    context = _Context()
    stop, abandon = context.Event(), context.Event()
    done = threading.Event()

    def pass_on() -> None:
        while not done.is_set():
            if LOG.stop.wait(_POLL_SECONDS):
                stop.set()
                return

    threading.Thread(target=pass_on, daemon=True).start()
    with _Pool(
        processes, mp_context=context, initializer=_begin, initargs=(stop, abandon)
    ) as executor:
        try:
            yield executor
        except BaseException as error:
            abandon.set()
            stop.set()
            executor.shutdown(wait=False, cancel_futures=True)
            _end_workers()
            if isinstance(error, BrokenProcessPool):
                raise WorkersLost(
                    "a worker process was ended from outside, most often for want of memory. "
                    f"{GO_ON}; fewer --processes need less memory"
                ) from error
            raise
        finally:
            done.set()


def _end_workers() -> None:
    """Wait a moment for the workers, then end them.

    The pool needs the moment as well: it must have forgotten what it cancelled before it breaks.
    """
    until = time.monotonic() + GRACE_SECONDS
    workers = [c for c in multiprocessing.active_children() if isinstance(c, _Worker)]
    for worker in workers:
        worker.join(max(until - time.monotonic(), 0.0))
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
