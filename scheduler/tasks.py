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
from scheduler.failures import place_of, what_failed
from scheduler.solver import LOG, SolverLog

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_PROCESS = uuid4().hex
"""Names this process among those of all machines; containers often share process numbers."""
_TURN = threading.Lock()
"""A process has one log of its solves: with several threads it runs one part at a time."""


@dataclass(frozen=True)
class _Part(Generic[Answer]):
    """Answers of some items, or why there are none, and what they took in which process."""

    answers: Sequence[Answer]
    failure: PaikaoError | None
    process: str
    figures: tuple[float, float, int, bool]
    """The first fields of :class:`scheduler.solver.SolverLog`."""


def run_all(
    work: Callable[[Item], Answer],
    items: Sequence[Item],
    *,
    name: Callable[[Item], str],
    executor: Executor | None = None,
    parts: int | None = None,
) -> list[Answer]:
    """The answers in the order of the items; they do not depend on the executor.

    Args:
        work: what is done with an item; it is sent to a process once, so it may carry much.
        items: what there is to do.
        name: exam point and sitting of an item, for the message when it fails.
        executor: where to run; None for here.
        parts: how many pieces of work to make of the items. [default: one per item]

    Raises:
        Defect: an item failed; the message says which.
        WorkersLost: the processes or machines of the executor are gone.
    """
    if executor is None:
        return [_answer(work, name, item) for item in items]
    step = max(1, min(parts or len(items), len(items)))
    dealt = [items[i::step] for i in range(step)]
    found: dict[int, Answer] = {}
    run_part = partial(_run_part, work, name)
    # Closed at once when an item fails: what has not begun yet is given up.
    with closing(cast("Generator[_Part[Answer], None, None]", executor.map(run_part, dealt))) as on:
        for i, here in enumerate(dealt):
            try:
                part = next(on)
            except WorkersLost as lost:
                more = f" or one of {len(here) - 1} others" if len(here) > 1 else ""
                raise WorkersLost(f"{name(here[0])}{more}: {lost}") from lost
            if part.process != _PROCESS:  # threads of this process have written into its log
                LOG.add(SolverLog(*part.figures))
            if part.failure is not None:
                raise part.failure
            found.update(zip(range(i, len(items), step), part.answers, strict=True))
    return [found[i] for i in range(len(items))]


def _run_part(
    work: Callable[[Item], Answer], name: Callable[[Item], str], items: Sequence[Item]
) -> _Part[Answer]:
    """Runs in any process. Failures are answers: an engine logs what is raised, with its data."""
    with _TURN:
        wall, deterministic, solves = LOG.wall_seconds, LOG.deterministic_time, LOG.solves
        so_far, LOG.reproducible = LOG.reproducible, True  # a process may have served other runs
        answers: list[Answer] = []
        failure: PaikaoError | None = None
        try:
            answers += [_answer(work, name, item) for item in items]
        except PaikaoError as error:
            failure = error
        figures = (
            LOG.wall_seconds - wall, LOG.deterministic_time - deterministic, LOG.solves - solves,
            LOG.reproducible,
        )  # fmt: skip
        LOG.reproducible = LOG.reproducible and so_far
    return _Part(answers, failure, _PROCESS, figures)


def _answer(work: Callable[[Item], Answer], name: Callable[[Item], str], item: Item) -> Answer:
    try:
        return work(item)
    except Exception as error:
        if isinstance(error, PaikaoError) and not isinstance(error, Defect):
            raise
        named = Defect(f"{name(item)}: {what_failed(error)}")
        named.add_note(place_of(error))
        raise named from error
