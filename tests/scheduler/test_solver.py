"""Goals in turn: lexicographic, proven or not, and honest about defects and limits."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from ortools.sat.python import cp_model

from models.errors import Defect, NoPlanInTime
from scheduler import solver
from scheduler.solver import (
    LOG,
    Goal,
    Progress,
    SolverLog,
    Status,
    meet_bounds,
    minimise_in_turn,
)


@pytest.fixture(autouse=True)
def _fresh_log() -> Iterator[None]:
    LOG.reset()
    yield
    LOG.reset()
    LOG.stop.clear()
    LOG.abandon.clear()
    LOG.listener = None


def _pair() -> tuple[cp_model.CpModel, cp_model.IntVar, cp_model.IntVar]:
    """x + y >= 10 with x and y in 0..9."""
    model = cp_model.CpModel()
    x, y = (model.new_int_var(0, 9, name) for name in "xy")
    model.add(x + y >= 10)
    return model, x, y


def test_the_first_goal_is_kept_for_the_second() -> None:
    model, x, y = _pair()
    solution, outcomes = minimise_in_turn(model, [Goal("x", x), Goal("y", y)])
    assert (solution.value(x), solution.value(y)) == (1, 9)
    assert [(o.value, o.bound, o.status) for o in outcomes] == [
        (1, 1, Status.OPTIMAL),
        (9, 9, Status.OPTIMAL),
    ]


def test_the_order_of_goals_decides() -> None:
    model, x, y = _pair()
    solution, _ = minimise_in_turn(model, [Goal("y", y), Goal("x", x)])
    assert (solution.value(x), solution.value(y)) == (9, 1)


def test_slack_may_be_spent_by_later_goals() -> None:
    model, x, y = _pair()
    solution, outcomes = minimise_in_turn(model, [Goal("x", x, slack=3), Goal("y", y)])
    assert (solution.value(x), solution.value(y)) == (4, 6)
    assert outcomes[0].value == 1


def test_a_goal_at_its_known_bound_is_not_solved_again() -> None:
    model, x, y = _pair()
    minimise_in_turn(model, [Goal("x", x), Goal("sum", x + y, known_bound=10)])
    assert LOG.solves == 1


def test_values_of_expressions_and_of_all_variables() -> None:
    model, x, y = _pair()
    solution, _ = minimise_in_turn(model, [Goal("x", x), Goal("y", y)])
    assert solution.value(2 * x + y) == 11
    assert solution.values() == [1, 9]


def test_a_hint_is_accepted_and_need_not_be_good() -> None:
    model, x, _ = _pair()
    solution, _ = minimise_in_turn(model, [Goal("x", x)], hint=[9, 9])
    assert solution.value(x) == 1


def test_an_infeasible_model_is_a_defect_and_is_saved() -> None:
    model, x, y = _pair()
    model.add(x + y <= 3)
    with pytest.raises(Defect, match=r"x: INFEASIBLE; model saved as .*model\.pb\.txt"):
        minimise_in_turn(model, [Goal("x", x)])


def test_a_model_without_goals_is_a_defect() -> None:
    with pytest.raises(Defect, match="without goals"):
        minimise_in_turn(cp_model.CpModel(), [])


def test_a_search_is_timed_without_the_solvers_in_it() -> None:
    model, x, y = _pair()
    started = time.perf_counter()
    with LOG.searching():
        minimise_in_turn(model, [Goal("x", x), Goal("y", y)])
    assert LOG.wall_seconds > 0
    assert 0 <= LOG.search_seconds <= time.perf_counter() - started - LOG.wall_seconds


def test_the_log_counts_and_resets() -> None:
    model, x, y = _pair()
    minimise_in_turn(model, [Goal("x", x), Goal("y", y)])
    assert 1 <= LOG.solves <= 2
    assert LOG.wall_seconds > 0
    assert LOG.reproducible
    total = SolverLog()
    total.add(LOG)
    total.add(SolverLog(solves=3, reproducible=False))
    assert (total.solves, total.reproducible) == (LOG.solves + 3, False)
    LOG.reset()
    assert (LOG.solves, LOG.wall_seconds, LOG.reproducible) == (0, 0.0, True)


def test_a_wall_clock_cap_marks_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a safety cap cut short may come out otherwise elsewhere."""
    monkeypatch.setattr(solver, "WALL_CAP_SECONDS", 1e-9)
    model, x, _ = _pair()
    with suppress(NoPlanInTime):
        minimise_in_turn(model, [Goal("x", x)])
    assert not LOG.reproducible


def test_whoever_listens_hears_incumbents() -> None:
    heard: list[Progress] = []
    LOG.listener = heard.append
    model, x, y = _pair()
    minimise_in_turn(model, [Goal("pairs", 3 * x + 2 * y)])
    assert heard[-1].goal == "pairs"
    assert heard[-1].incumbent == 21
    assert all(p.elapsed >= 0 for p in heard)


def test_all_known_bounds_are_met_at_once_or_not_at_all() -> None:
    model, x, y = _pair()
    met = meet_bounds(model, [Goal("x", x, known_bound=4), Goal("y", y, known_bound=7)])
    assert met is not None
    solution, outcomes = met
    assert solution.value(x) <= 4
    assert solution.value(y) <= 7
    assert [(o.value, o.bound) for o in outcomes] == [(4, 4), (7, 7)]
    assert meet_bounds(model, [Goal("x", x, known_bound=4), Goal("y", y, known_bound=5)]) is None
    assert LOG.solves == 2
    assert minimise_in_turn(model, [Goal("x", x)])[0].value(x) == 1, "the model is as it was"


def test_what_later_goals_spend_may_be_a_variable() -> None:
    """x may exceed its least value by what is spent, which has a price of its own before y."""
    model, x, y = _pair()
    spent = model.new_int_var(0, 3, "spent")
    goals = [Goal("x", x, slack=spent), Goal("none spent", spent, slack=2), Goal("y", y)]
    solution, outcomes = minimise_in_turn(model, goals)
    assert [o.value for o in outcomes] == [1, 0, 7]
    assert (solution.value(x), solution.value(spent)) == (3, 2)


def test_asked_to_stop_a_goal_without_an_answer_gets_one_and_the_next_is_left() -> None:
    LOG.stop.set()
    model, x, y = _pair()
    solution, outcomes = minimise_in_turn(model, [Goal("x", x), Goal("y", y)])
    assert solution.value(x) + solution.value(y) >= 10
    assert (LOG.solves, LOG.reproducible) == (1, False)
    assert outcomes[1].bound <= outcomes[1].value == solution.value(y)


def _endless() -> tuple[cp_model.CpModel, cp_model.IntVar]:
    """Vector packing without end: an answer at once, the proof not in hours."""
    model = cp_model.CpModel()
    rng = random.Random(5)
    bins = [[model.new_bool_var("") for _ in range(4)] for _ in range(80)]
    peak = model.new_int_var(0, 10**6, "peak")
    sizes = [[rng.randint(1, 10_000) for _ in range(8)] for _ in bins]
    for row in bins:
        model.add_exactly_one(row)
    for t in range(4):
        for k in range(8):
            load = sum(size[k] * row[t] for size, row in zip(sizes, bins, strict=True))
            model.add(load <= peak)
    return model, peak


@pytest.mark.parametrize("signal", ["stop", "abandon"])
def test_a_running_solve_ends_when_asked(signal: str) -> None:
    model, peak = _endless()

    def ask() -> None:
        if signal == "abandon":
            LOG.abandon.set()
        LOG.stop.set()

    threading.Timer(0.5, ask).start()
    started = time.monotonic()
    with suppress(NoPlanInTime):
        _, (outcome,) = minimise_in_turn(model, [Goal("peak", peak)], deterministic_time=1e4)
        assert outcome.status is Status.FEASIBLE
    assert time.monotonic() - started < 60
    assert not LOG.reproducible
