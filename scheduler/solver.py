"""The only file that runs CP-SAT: parameters, determinism, statuses, progress, goals in turn.

A stop is on deterministic time, so the same input and effort give the same answer; the
wall-clock cap is for safety, and hitting it marks the run as not reproducible. Every model of
paikao is elastic, so an INFEASIBLE is a defect to raise, never an answer.

A request to stop (``LOG.stop``) keeps what is there: a goal with an answer is not solved again,
one without gets a moment and then takes the first answer, so the plan can still be finished.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from ortools.sat.python import cp_model

from models.errors import Defect, NoPlanInTime
from models.policy import Effort
from scheduler.execution.interrupt import StopSignal

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
SECONDS_AFTER_STOP = 1.0
"""How long a solve without any answer may improve on its first one once a stop is asked for."""
_WATCH_SECONDS = 0.05


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
    slack: Linear = 0
    """How far later goals may exceed the value reached; may depend on what they spend."""


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
    search_seconds: float = 0.0
    """In searches for dates, for least travel and by swaps in rooms, less the solvers in them.

    What these are asked is made in them as well: models, and columns of linear programs.
    """
    listener: Callable[[Progress], None] | None = None
    stop: StopSignal = field(default_factory=threading.Event)
    abandon: StopSignal = field(default_factory=threading.Event)
    """Set when nobody waits for an answer any more: every solve ends at once."""

    def reset(self) -> None:
        """Forget earlier runs of this process; whoever listens keeps listening."""
        self.wall_seconds = self.search_seconds = self.deterministic_time = 0.0
        self.solves = 0
        self.reproducible = True

    def asked_to_stop(self) -> bool:
        """Is a search to be cut short? Whoever asks and is told so ends its search."""
        if not self.stop.is_set():
            return False
        self.reproducible = False
        return True

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Time a search of our own; what solvers take in it is their time, not counted twice."""
        started, before = time.perf_counter(), self.wall_seconds
        try:
            yield
        finally:
            solvers = self.wall_seconds - before
            self.search_seconds += time.perf_counter() - started - solvers

    def add(self, other: SolverLog) -> None:
        """Take over what another process measured."""
        self.wall_seconds += other.wall_seconds
        self.search_seconds += other.search_seconds
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
        self._values: list[int] = list(solver.response_proto.solution)

    def value(self, expression: Linear) -> int:
        """The value of an integer expression."""
        if isinstance(expression, cp_model.IntVar):
            return self._values[expression.index]
        return int(self._solver.value(expression))

    def values(self) -> list[int]:
        """The value of every variable, by index; a complete hint."""
        return list(self._values)


class Model(cp_model.CpModel):
    """A model without the deprecated camel-case twin of every method.

    Tying those to each model takes longer than a small component, and makes a cycle of it that
    stays in memory until the collector comes by.
    """

    def _add_pre_pep8_methods(self) -> None:
        """Add none."""

    @classmethod
    def copy_of(cls, model: cp_model.CpModel) -> Model:
        """A model of its own with the same variables and constraints."""
        copy = cls()
        copy.proto.copy_from(model.proto)
        return copy


def new_count(model: cp_model.CpModel, most: int) -> cp_model.IntVar:
    """A whole number from 0 to ``most``, without a name: texts by the hundred thousand cost."""
    return cp_model.IntVar(model.model_proto).with_domain(_up_to(most))


@lru_cache(maxsize=4096)
def _up_to(most: int) -> cp_model.Domain:
    return cp_model.Domain(0, most)


def total(terms: Iterable[Linear]) -> Linear:
    """The sum, made in one step where ``sum`` makes an expression of each."""
    summands = list(terms)
    if len(summands) < 2:
        return summands[0] if summands else 0
    if isinstance(summands[0], int) and all(isinstance(term, int) for term in summands):
        return sum(summands)
    return cp_model.LinearExpr.sum(summands)


def hint_all(model: cp_model.CpModel, values: Sequence[int]) -> None:
    """Hint every variable of the model, in index order."""
    model.clear_hints()
    hint = model.proto.solution_hint  # in one go: a call per variable costs seconds in a country
    hint.vars.extend(range(len(values)))
    hint.values.extend(values)


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
        elif solution is not None and LOG.asked_to_stop():
            value, bound = solution.value(goal.expression), goal.known_bound
            status = Status.FEASIBLE
        else:
            model.minimize(goal.expression)
            try:
                solution, bound, status = _solve(
                    model, goal, deterministic_time, workers, linearization,
                    answered=solution is not None,
                )  # fmt: skip
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


def meet_bounds(
    model: cp_model.CpModel, goals: Sequence[Goal], *, deterministic_time: float = 2.0
) -> tuple[Solution, tuple[GoalOutcome, ...]] | None:
    """A solution at the known bound of every goal, if one is found; the model stays as it is.

    One solve without objective: where it succeeds, far quicker than the goals in turn.
    """
    trial = Model.copy_of(model)
    for goal in goals:
        trial.add(goal.expression <= goal.known_bound)
    solver = _new_solver(deterministic_time, 1, 1)
    if _run(solver, trial, None, answered=False) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    outcomes = (GoalOutcome(g.name, g.known_bound, g.known_bound, Status.OPTIMAL) for g in goals)
    return Solution(solver), tuple(outcomes)


def _solve(
    model: cp_model.CpModel,
    goal: Goal,
    deterministic_time: float,
    workers: int,
    linearization: int,
    *,
    answered: bool,
) -> tuple[Solution, int, Status]:
    solver = _new_solver(deterministic_time, workers, linearization)
    code = _run(solver, model, goal.name, answered=answered)
    if code in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID):
        raise Defect(f"{goal.name}: {solver.status_name(code)}; model saved as {_save(model)}")
    if code == cp_model.UNKNOWN:
        raise NoPlanInTime(f"{goal.name}: no solution within deterministic time")
    status = Status.OPTIMAL if code == cp_model.OPTIMAL else Status.FEASIBLE
    return Solution(solver), int(-(-solver.best_objective_bound // 1)), status


def _new_solver(deterministic_time: float, workers: int, linearization: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = workers
    parameters.interleave_search = workers > 1
    parameters.random_seed = 0
    parameters.linearization_level = linearization
    parameters.max_deterministic_time = deterministic_time
    parameters.max_time_in_seconds = WALL_CAP_SECONDS
    parameters.catch_sigint_signal = False  # Ctrl-C arrives through LOG.stop, for all solves
    return solver


def _run(
    solver: cp_model.CpSolver, model: cp_model.CpModel, goal: str | None, *, answered: bool
) -> cp_model.CpSolverStatus:
    """Run the solver under the watch of ``LOG``, and log what it took.

    Args:
        solver: with its parameters.
        model: what to solve.
        goal: name of the goal, for the news; None for a solve that is not to be heard of.
        answered: an earlier solve has an answer to fall back on.
    """
    started = time.perf_counter()
    callback = _Listener(goal, started)
    if goal is not None and LOG.listener is not None:
        solver.best_bound_callback = callback.on_bound
    with _WATCH.over(solver, None if answered else callback):
        code = solver.solve(model, callback)
    wall = time.perf_counter() - started
    LOG.wall_seconds += wall
    LOG.deterministic_time += solver.response_proto.deterministic_time
    LOG.solves += 1
    if wall >= WALL_CAP_SECONDS:
        LOG.reproducible = False
    LOG.asked_to_stop()
    return code


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes incumbents and bounds on to whoever listens; knows whether there is an answer."""

    def __init__(self, goal: str | None, started: float) -> None:
        super().__init__()
        self.answered = False
        self.started = started
        self._goal = goal
        self._incumbent: int | None = None
        self._bound: int | None = None

    def on_solution_callback(self) -> None:
        self.answered = True
        self._incumbent = int(self.objective_value)
        self._bound = int(-(-self.best_objective_bound // 1))
        self._tell()

    def on_bound(self, bound: float) -> None:
        self._bound = int(-(-bound // 1))
        self._tell()

    def _tell(self) -> None:
        if LOG.listener is not None and self._goal is not None:
            elapsed = time.perf_counter() - self.started
            LOG.listener(Progress(self._goal, elapsed, self._incumbent, self._bound))


class _Watch:
    """Stops searches from a thread of its own: a callback would wait for the next solution.

    One thread watches all solves of the process, for starting one takes longer than many a solve.
    While a solve has no answer yet and needs one, and for a moment after its start, it goes on.
    """

    def __init__(self) -> None:
        self._running: dict[cp_model.CpSolver, _Listener | None] = {}
        self._busy = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @contextmanager
    def over(self, solver: cp_model.CpSolver, needed: _Listener | None) -> Iterator[None]:
        """Watch a solve; ``needed`` hears of its answers, where it has to have one."""
        with self._lock:
            self._running[solver] = needed
            self._busy.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._running[solver]
                if not self._running:
                    self._busy.clear()

    def _watch(self) -> None:
        while self._busy.wait():
            if not LOG.stop.is_set():
                LOG.stop.wait(_WATCH_SECONDS)  # true at once when set, and then the loop goes on
                continue
            with self._lock:
                enough = [solver for solver, needed in self._running.items() if _enough(needed)]
            for solver in enough:
                solver.stop_search()
            time.sleep(_WATCH_SECONDS)


_WATCH = _Watch()


def _enough(needed: _Listener | None) -> bool:
    if LOG.abandon.is_set() or needed is None:
        return True
    return needed.answered and time.perf_counter() - needed.started >= SECONDS_AFTER_STOP


def _save(model: cp_model.CpModel) -> Path:
    path = Path(tempfile.mkdtemp(prefix="paikao-")) / "model.pb.txt"
    model.export_to_file(str(path))
    return path
