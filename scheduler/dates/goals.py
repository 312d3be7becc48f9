"""Goals 1 to 4 of docs/model.md as expressions over component variables."""

from __future__ import annotations

from collections.abc import Iterable

from ortools.sat.python import cp_model

from scheduler.dates.problem import DatesProblem
from scheduler.dates.variables import ComponentVariables
from scheduler.solver import Linear, total

UNITS = {
    1: "unplaced_candidates",
    2: "candidates_outside",
    3: "paper_group_sittings",
    4: "seats",
}


def fewest_unplaced(v: ComponentVariables) -> Linear:
    """Goal 1: candidates offered a sitting but not a seat."""
    return total(v.unplaced.values())


def fewest_outside(problem: DatesProblem, v: ComponentVariables) -> Linear:
    """Goal 2: candidates seated outside their home exam point."""
    part = problem.components[v.component]
    homes = problem.homes[v.component]
    return total(
        amount for (klass, _, p), amount in v.seated.items() if part.pools[p].host != homes[klass]
    )


def nearest_overflow(problem: DatesProblem, v: ComponentVariables) -> Linear:
    """Tie-break of goal 2: overflow points are used in the order written."""
    part = problem.components[v.component]
    ranks = problem.ranks[v.component]
    return total(
        ranks[klass][part.pools[p].host] * amount
        for (klass, _, p), amount in v.seated.items()
        if ranks[klass][part.pools[p].host]
    )


def lowest_peak(v: ComponentVariables) -> Linear:
    """Goal 4: seats on the busiest date, summed over host exam points."""
    return total(v.peak.values())


def fewest_papers(sits_on: Iterable[Iterable[cp_model.IntVar]]) -> Linear:
    """Goal 3: (paper group, sitting) pairs."""
    return sum(used for row in sits_on for used in row)
