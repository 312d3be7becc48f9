"""The only file that runs CP-SAT: parameters, determinism, statuses, progress, goals in turn.

A stop is on deterministic time, so the same input and effort give the same answer; the
wall-clock cap is for safety, and hitting it marks the run as not reproducible. Every model of
paikao is elastic, so an INFEASIBLE is a defect to raise, never an answer.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ortools.sat.python import cp_model

from models.errors import Defect, NoPlanInTime
from models.policy import Effort

Linear = cp_model.LinearExpr | int
"""A linear expression, or a constant."""

WALL_CAP_SECONDS = 3600.0
"""Safety cap of one solve; never the reason why a healthy run stops."""

DETERMINISTIC_TIME: Mapping[Effort, float] = {
    Effort.QUICK: 0.2,
    Effort.STANDARD: 0.5,
    Effort.THOROUGH: 20.0,
}
"""Deterministic time of one goal of a large model, by effort."""

SMALL_MODEL_TIME = 10.0
"""Deterministic time of one goal of a component, center or room; rarely used up."""


class Status(StrEnum):
    """``OPTIMAL`` is proven; ``FEASIBLE`` is a solution at a limit; ``UNKNOWN`` is neither."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Goal:
    """One expression to minimise, with a bound that is known without the solver."""

    name: str
    expression: Linear
    known_bound: int = 0
    slack: int = 0
    """How far later goals may exceed the value reached."""


@dataclass(frozen=True)
class GoalOutcome:
    """What one goal reached; ``bound <= value``."""

    name: str
    value: int
    bound: int
    status: Status


@dataclass(frozen=True)
class Progress:
    """One line of news from a running solve."""

    goal: str
    elapsed: float
    incumbent: int | None
    bound: int | None


@dataclass
class SolverLog:
    """What the solves of this process took, and whether all stopped deterministically."""

    wall_seconds: float = 0.0
    deterministic_time: float = 0.0
    solves: int = 0
    reproducible: bool = True
    listener: Callable[[Progress], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """Forget earlier runs of this process; whoever listens keeps listening."""
        self.wall_seconds = self.deterministic_time = 0.0
        self.solves = 0
        self.reproducible = True

    def add(self, other: SolverLog) -> None:
        """Take over what another process measured."""
        self.wall_seconds += other.wall_seconds
        self.deterministic_time += other.deterministic_time
        self.solves += other.solves
        self.reproducible = self.reproducible and other.reproducible


LOG = SolverLog()
"""The log of this process; the pipeline reads and resets it."""


class Solution:
    """Values of a solved model, by variable or expression."""

    def __init__(self, solver: cp_model.CpSolver) -> None:
        """Keep the solver of a feasible answer."""
        self._solver = solver

    def value(self, expression: Linear) -> int:
        """The value of an integer expression."""
        return int(self._solver.value(expression))

    def values(self) -> list[int]:
        """The value of every variable, by index; a complete hint."""
        return [int(v) for v in self._solver.response_proto.solution]


def hint_all(model: cp_model.CpModel, values: Sequence[int]) -> None:
    """Hint every variable of the model, in index order."""
    model.clear_hints()
    for i, value in enumerate(values):
        model.add_hint(model.get_int_var_from_proto_index(i), value)


def minimise_in_turn(
    model: cp_model.CpModel,
    goals: Sequence[Goal],
    *,
    deterministic_time: float = SMALL_MODEL_TIME,
    workers: int = 1,
    hint: Sequence[int] | None = None,
    linearization: int = 1,
) -> tuple[Solution, tuple[GoalOutcome, ...]]:
    """Minimise goals lexicographically; each answer is kept and hinted to the next.

    A goal whose value already equals its known bound is not solved again. The model is changed:
    one constraint per goal. ``linearization`` 2 keeps the whole model in the linear relaxation:
    slower, stronger bounds.

    Raises:
        Defect: the solver calls the model infeasible or invalid (it is saved beside the text).
        NoPlanInTime: not even a first solution within the limit.
    """
    if hint is not None:
        hint_all(model, hint)
    solution: Solution | None = None
    outcomes: list[GoalOutcome] = []
    for goal in goals:
        if solution is not None and solution.value(goal.expression) == goal.known_bound:
            value = bound = goal.known_bound
            status = Status.OPTIMAL
        else:
            model.minimize(goal.expression)
            try:
                solution, bound, status = _solve(
                    model, goal, deterministic_time, workers, linearization
                )
            except NoPlanInTime:
                if solution is None:
                    raise
                # The answer of the goal before is an answer still, with nothing proven.
                bound, status = goal.known_bound, Status.FEASIBLE
            value = solution.value(goal.expression)
            bound = min(max(bound, goal.known_bound), value)
            status = Status.OPTIMAL if bound == value else status
            hint_all(model, solution.values())
        model.add(goal.expression <= value + goal.slack)
        outcomes.append(GoalOutcome(goal.name, value, bound, status))
    if solution is None:
        raise Defect("a model without goals was given to the solver")
    model.clear_objective()
    return solution, tuple(outcomes)


def _solve(
    model: cp_model.CpModel,
    goal: Goal,
    deterministic_time: float,
    workers: int,
    linearization: int,
) -> tuple[Solution, int, Status]:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = workers
    parameters.interleave_search = workers > 1
    parameters.random_seed = 0
    parameters.linearization_level = linearization
    parameters.max_deterministic_time = deterministic_time
    parameters.max_time_in_seconds = WALL_CAP_SECONDS
    parameters.catch_sigint_signal = False  # Ctrl-C arrives through LOG.stop, for all solves
    started = time.perf_counter()
    callback = None if LOG.listener is None else _Listener(goal.name, started)
    if callback is not None:
        solver.best_bound_callback = callback.on_bound
    with _stop_when_asked(solver):
        code = solver.solve(model, callback)
    wall = time.perf_counter() - started
    LOG.wall_seconds += wall
    LOG.deterministic_time += solver.response_proto.deterministic_time
    LOG.solves += 1
    if LOG.stop.is_set() or wall >= WALL_CAP_SECONDS:
        LOG.reproducible = False
    if code in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID):
        raise Defect(f"{goal.name}: {solver.status_name(code)}; model saved as {_save(model)}")
    if code == cp_model.UNKNOWN:
        raise NoPlanInTime(f"{goal.name}: no solution within deterministic time")
    status = Status.OPTIMAL if code == cp_model.OPTIMAL else Status.FEASIBLE
    return Solution(solver), int(-(-solver.best_objective_bound // 1)), status


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes incumbents and bounds on to whoever listens."""

    def __init__(self, goal: str, started: float) -> None:
        super().__init__()
        self._goal = goal
        self._started = started
        self._incumbent: int | None = None
        self._bound: int | None = None

    def on_solution_callback(self) -> None:
        self._incumbent = int(self.objective_value)
        self._bound = int(-(-self.best_objective_bound // 1))
        self._tell()

    def on_bound(self, bound: float) -> None:
        self._bound = int(-(-bound // 1))
        self._tell()

    def _tell(self) -> None:
        if LOG.listener is not None:
            elapsed = time.perf_counter() - self._started
            LOG.listener(Progress(self._goal, elapsed, self._incumbent, self._bound))


@contextmanager
def _stop_when_asked(solver: cp_model.CpSolver) -> Iterator[None]:
    """Stop the search from a watcher thread: a callback would wait for the next solution."""
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if LOG.stop.wait(0.2) and not done.is_set():
                solver.stop_search()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()


def _save(model: cp_model.CpModel) -> Path:
    path = Path(tempfile.mkdtemp(prefix="paikao-")) / "model.pb.txt"
    model.export_to_file(str(path))
    return path
