"""Independent items of a stage: one after the other here, or in the processes of an executor.

The answers are the same either way. What solves take elsewhere is added to the log of this
process, and an item that fails ends the run with its name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast
from uuid import uuid4

from models.errors import Defect, PaikaoError, WorkersLost
from scheduler.execution.failures import place_of, what_failed
from scheduler.solver import LOG, SolverLog

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_PROCESS = uuid4().hex
"""Names this process among those of all machines; containers often share process numbers."""
_TURN = threading.Lock()
"""A process has one log of its solves: with several threads it runs one part at a time."""


@dataclass(frozen=True)
class _Done(Generic[Answer]):
    """The answer of an item, or why there is none, and what it took in which process."""

    answer: Sequence[Answer]
    """One, or none."""
    failure: PaikaoError | None
    process: str
    figures: tuple[float, float, int, bool, float]
    """The first fields of :class:`scheduler.solver.SolverLog`."""


def run_all(
    work: Callable[[Item], Answer],
    items: Sequence[Item],
    *,
    name: Callable[[Item], str],
    split: Callable[[Item], Sequence[Item]] | None = None,
    executor: Executor | None = None,
) -> list[Answer]:
    """The answers in the order of the items; they do not depend on the executor.

    Args:
        work: what is done with an item; it is sent to a process once, so it may carry much.
        items: what there is to do.
        name: exam point and sitting of an item, for the message when it fails.
        split: the smaller items that one is made of; tried alone when it fails, to name the cause.
        executor: where to run; None for here.

    Raises:
        Defect: an item failed; the message says which.
        WorkersLost: the processes or machines of the executor are gone.
    """
    if executor is None:
        return [_answer(work, name, split, item) for item in items]
    answers: list[Answer] = []
    run = partial(_run, work, name, split)
    # Closed at once when an item fails: what has not begun yet is given up.
    with closing(cast("Generator[_Done[Answer], None, None]", executor.map(run, items))) as done:
        for item in items:
            try:
                task = next(done)
            except WorkersLost as lost:
                raise WorkersLost(f"{name(item)}: {lost}") from lost
            if task.process != _PROCESS:  # threads of this process have written into its log
                LOG.add(SolverLog(*task.figures))
            if task.failure is not None:
                raise task.failure
            answers += task.answer
    return answers


def _run(
    work: Callable[[Item], Answer],
    name: Callable[[Item], str],
    split: Callable[[Item], Sequence[Item]] | None,
    item: Item,
) -> _Done[Answer]:
    """Runs in any process. A failure is an answer: an engine logs what is raised, with its data."""
    with _TURN:
        wall, deterministic, solves = LOG.wall_seconds, LOG.deterministic_time, LOG.solves
        search = LOG.search_seconds
        so_far, LOG.reproducible = LOG.reproducible, True  # a process may have served other runs
        answer: list[Answer] = []
        failure: PaikaoError | None = None
        try:
            answer.append(_answer(work, name, split, item))
        except PaikaoError as error:
            failure = error
        figures = (
            LOG.wall_seconds - wall, LOG.deterministic_time - deterministic, LOG.solves - solves,
            LOG.reproducible, LOG.search_seconds - search,
        )  # fmt: skip
        LOG.reproducible = LOG.reproducible and so_far
    return _Done(answer, failure, _PROCESS, figures)


def _answer(
    work: Callable[[Item], Answer],
    name: Callable[[Item], str],
    split: Callable[[Item], Sequence[Item]] | None,
    item: Item,
) -> Answer:
    try:
        return work(item)
    except Exception as error:
        if isinstance(error, PaikaoError) and not isinstance(error, Defect):
            raise
        for smaller in split(item) if split is not None else ():
            _answer(work, name, None, smaller)
        named = Defect(f"{name(item)}: {what_failed(error)}")
        named.add_note(place_of(error))
        raise named from error
