"""The exact model of one room, for rooms that no construction brings to the bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from models.errors import NoPlanInTime
from models.policy import Effort
from scheduler.seats.grid_fill import Ints, RoomProblem, construct
from scheduler.seats.neighbours import fewest_pairs, open_grid
from scheduler.solver import Goal, minimise_in_turn

EXACT_TIME: Mapping[Effort, float] = {
    Effort.QUICK: 0.5,
    Effort.STANDARD: 2.0,
    Effort.THOROUGH: 20.0,
}
"""Deterministic time of one room, by effort."""


class Arrangement(NamedTuple):
    """A finished room: content by cell (``len(contents)`` = free), its pairs and their bound.

    ``proved``: fewer pairs are impossible, by the bound or by the exact model.
    """

    cells: tuple[int, ...]
    pairs: int
    bound: int
    proved: bool


@lru_cache(maxsize=8192)
def arrange(problem: RoomProblem, effort: Effort) -> Arrangement:
    """Seat one room with as few same-paper pairs as the effort allows.

    Construction first; the exact model only above the bound. Equal rooms are solved once.
    """
    best = construct(problem)
    lower = problem.bound
    if problem.pairs(best) > lower:
        best, lower = solve_exactly(problem, best, EXACT_TIME[effort])
    pairs = problem.pairs(best)
    return Arrangement(tuple(best.tolist()), pairs, problem.bound, pairs == lower)


def solve_exactly(problem: RoomProblem, start: Ints, limit: float) -> tuple[Ints, int]:
    """The best arrangement found and a proven bound, from a known arrangement.

    Two things make proofs quick (without them rooms of 8 x 10 are not proven at all): the cuts
    "pairs of a paper >= e(k)" for every paper (docs/model.md, section 5), and the full linear
    relaxation, which sees that papers compete for the cells with most neighbours.

    Args:
        problem: the room.
        start: the arrangement hinted, and returned if nothing better is found.
        limit: deterministic time.
    """
    model = cp_model.CpModel()
    hint: list[int] = []

    def variable(value: int) -> cp_model.IntVar:
        hint.append(value)
        return model.new_bool_var("")

    cells, contents = len(problem.grid), len(problem.contents)
    holds = {
        (u, a): variable(int(start[u] == a))
        for u in range(cells)
        for a in range(contents)
        if problem.fits[u, a]
    }
    for u in range(cells):
        model.add_at_most_one(holds[u, a] for a in range(contents) if (u, a) in holds)
    for a, count in enumerate(problem.counts):
        model.add(sum(holds[u, a] for u in range(cells) if (u, a) in holds) == count)

    carriers: dict[tuple[int, int], list[int]] = defaultdict(list)
    for a, content in enumerate(problem.contents):
        for subject, paper in enumerate(content.papers):
            if paper:
                carriers[subject, paper].append(a)
    total: list[cp_model.LinearExprT] = []
    for (subject, _), members in sorted(carriers.items()):
        count = sum(problem.counts[a] for a in members)
        if count < 2:
            continue
        on: list[cp_model.LinearExprT] = [
            cp_model.LinearExpr.sum([holds[u, a] for a in members if (u, a) in holds])
            for u in range(cells)
        ]
        crowded = 2 * count > cells
        terms: list[cp_model.LinearExprT] = []
        for u, v in problem.grid.edges.tolist():
            ends = int(start[u] in members) + int(start[v] in members)
            if crowded:
                # A paper on most cells: count the few adjacencies that lack it on both sides.
                lacking = variable(int(ends == 0))
                model.add(on[u] + on[v] + lacking >= 1)
                terms.append(on[u] + on[v] - 1 + lacking)
            else:
                pair = variable(int(ends == 2))
                model.add(on[u] + on[v] - pair <= 1)
                terms.append(pair)
        unavoidable = fewest_pairs(open_grid(problem.grid, problem.open_subjects, subject), count)
        model.add(cp_model.LinearExpr.sum(terms) >= unavoidable)
        total.extend(terms)

    pairs = cp_model.LinearExpr.sum(total)
    goal = Goal("same-paper pairs of a room", pairs, known_bound=problem.bound)
    try:
        solution, (outcome,) = minimise_in_turn(
            model, [goal], deterministic_time=limit, hint=hint, linearization=2
        )
    except NoPlanInTime:
        return start, problem.bound
    found = np.full(cells, contents, dtype=np.int64)
    for (u, a), variable_ in holds.items():
        if solution.value(variable_):
            found[u] = a
    better = problem.pairs(found) < problem.pairs(start)
    return (found if better else start), outcome.bound
