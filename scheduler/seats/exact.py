"""The exact model of one room, for rooms that no construction brings to the bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from models.errors import NoPlanInTime
from models.policy import Effort
from scheduler.seats.grid_fill import Ints, RoomProblem, construct, improve
from scheduler.seats.neighbours import fewest_pairs, open_grid
from scheduler.seats.relaxation import lift, without_small_papers
from scheduler.solver import LOG, Goal, Model, minimise_in_turn

EXACT_TIME: Mapping[Effort, float] = {
    Effort.QUICK: 0.5,
    Effort.STANDARD: 2.0,
    Effort.THOROUGH: 20.0,
}
"""Deterministic time of one room, by effort."""


class Arrangement(NamedTuple):
    """A finished room: content by cell (``len(contents)`` = free), its pairs and their bound.

    ``bound`` is the sum of e(k) over the question papers, or what the exact model has proven
    where that is more. ``proved``: fewer pairs are impossible.
    """

    cells: Ints
    pairs: int
    bound: int
    proved: bool


@lru_cache(maxsize=8192)
def arrange(
    problem: RoomProblem,
    effort: Effort,
    start: tuple[int, ...] | None = None,
    bound: int | None = None,
) -> Arrangement:
    """Seat one room with as few same-paper pairs as the effort allows.

    Construction first; the exact model only above the bound. Equal rooms are solved once.

    Args:
        problem: the room.
        effort: how long the exact model may take.
        start: an arrangement to improve; without it, the best of the fills.
        bound: that of the problem, where it is known.
    """
    bound = problem.bound if bound is None else bound
    with LOG.searching():
        best = construct(problem) if start is None else improve(problem, np.array(start), bound)
    pairs = problem.pairs(best)
    if pairs > bound:
        best, bound = solve_exactly(problem, best, EXACT_TIME[effort])
        pairs = problem.pairs(best)
    return Arrangement(best, pairs, bound, pairs == bound)


def solve_exactly(problem: RoomProblem, start: Ints, limit: float) -> tuple[Ints, int]:
    """The best arrangement found and a proven bound, from a known arrangement.

    The room is first solved without its small papers: far fewer variables, and what is proven
    of it holds for the whole room. Small papers usually find places of their own among the cells
    that are left, and then the room is proven too; only otherwise all papers are modelled.

    Args:
        problem: the room.
        start: an arrangement, returned if nothing better is found.
        limit: deterministic time of a model.
    """
    best, bound = start, problem.bound
    core = without_small_papers(problem)
    if core is not None:
        fewest, bound = _solve_core(core.problem, limit)
        bound = max(bound, problem.bound)
        lifted = improve(problem, lift(problem, core, fewest), bound)
        if problem.pairs(lifted) < problem.pairs(best):
            best = lifted
        if problem.pairs(best) <= max(bound, core.problem.pairs(fewest)):
            return best, bound
    return _solve_model(problem, best, bound, limit)


@lru_cache(maxsize=8192)
def _solve_core(problem: RoomProblem, limit: float) -> tuple[Ints, int]:
    start = construct(problem)
    if problem.pairs(start) == problem.bound:
        return start, problem.bound
    return _solve_model(problem, start, problem.bound, limit)


def _solve_model(
    problem: RoomProblem, start: Ints, known_bound: int, limit: float
) -> tuple[Ints, int]:
    """CP-SAT on one room, hinted with ``start``.

    Two things make proofs quick (without them rooms of 8 x 10 are not proven at all): the cuts
    "pairs of a paper >= e(k)" for every paper (docs/model.md, section 5), and the full linear
    relaxation, which sees that papers compete for the cells with most neighbours.
    """
    room = _RoomModel(problem, start.tolist())
    goal = Goal("same-paper pairs of a room", room.pairs(), known_bound=known_bound)
    try:
        solution, (outcome,) = minimise_in_turn(
            room.model, [goal], deterministic_time=limit, hint=room.hint, linearization=2
        )
    except NoPlanInTime:
        return start, known_bound
    found = np.full(len(problem.grid), len(problem.contents), dtype=np.int64)
    for u, held in enumerate(room.holds):
        for a, variable in held.items():
            if solution.value(variable):
                found[u] = a
    better = problem.pairs(found) < problem.pairs(start)
    return (found if better else start), outcome.bound


class _RoomModel:
    """Which cell holds which content; pairs are counted once for papers on the same seats.

    Attributes:
        model: the model, without a goal.
        hint: the value of every variable at the start.
        holds: per cell the literal of each content that fits.
    """

    def __init__(self, problem: RoomProblem, start: Sequence[int]) -> None:
        self.model = Model()
        self.hint: list[int] = []
        self._problem = problem
        self._start = start
        contents = range(len(problem.contents))
        fits = problem.fits.tolist()
        self.holds: list[dict[int, cp_model.IntVar]] = [
            {a: self._literal(start[u] == a) for a in contents if fits[u][a]}
            for u in range(len(problem.grid))
        ]
        for held in self.holds:
            self.model.add_at_most_one(held.values())
        for a, count in enumerate(problem.counts):
            column = [held[a] for held in self.holds if a in held]
            self.model.add(cp_model.LinearExpr.sum(column) == count)

    def pairs(self) -> cp_model.LinearExpr | int:
        """Same-paper pairs of the room; adds the variables and cuts of each paper."""
        carriers: dict[tuple[int, int], list[int]] = defaultdict(list)
        for a, content in enumerate(self._problem.contents):
            for subject, paper in enumerate(content.papers):
                if paper:
                    carriers[subject, paper].append(a)
        subjects_of: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for (subject, _), members in sorted(carriers.items()):
            subjects_of[tuple(members)].append(subject)
        terms: list[cp_model.LinearExprT] = []
        weights: list[int] = []
        for group, subjects in sorted(subjects_of.items()):
            count = sum(self._problem.counts[a] for a in group)
            if count > 1:
                terms.append(self._pairs_among(group, count, subjects))
                weights.append(len(subjects))
        total = cp_model.LinearExpr.weighted_sum(terms, weights)
        assert isinstance(total, cp_model.LinearExpr | int)
        return total

    def _pairs_among(
        self, members: tuple[int, ...], count: int, subjects: Sequence[int]
    ) -> cp_model.LinearExprT:
        """Adjacent cells that both hold one of the contents, and the cut that bounds them."""
        problem = self._problem
        inside = [content in members for content in self._start]
        on = [self._any_of(u, members, here) for u, here in enumerate(inside)]
        crowded = 2 * count > len(problem.grid)
        terms: list[cp_model.IntVar] = []
        always = 0
        for u, v in problem.grid.edges.tolist():
            one, other = on[u], on[v]
            if one is None or other is None:
                continue
            if crowded:
                # A paper on most cells: count the few adjacencies that lack it on both sides.
                lacking = self._literal(not inside[u] and not inside[v])
                self.model.add_bool_or(one, other, lacking)
                terms += (one, other, lacking)
                always -= 1
            else:
                pair = self._literal(inside[u] and inside[v])
                self.model.add_bool_or(~one, ~other, pair)
                terms.append(pair)
        unavoidable = max(
            fewest_pairs(open_grid(problem.grid, problem.open_subjects, s), count) for s in subjects
        )
        pairs = cp_model.LinearExpr.sum(terms) + always
        if terms:
            self.model.add(pairs >= unavoidable)
        return pairs

    def _any_of(self, cell: int, members: Sequence[int], now: bool) -> cp_model.IntVar | None:
        """Does the cell hold one of the contents? None where none of them fits."""
        held = [self.holds[cell][a] for a in members if a in self.holds[cell]]
        if len(held) <= 1:
            return held[0] if held else None
        literal = self._literal(now)
        self.model.add(cp_model.LinearExpr.sum(held) == literal)
        return literal

    def _literal(self, now: bool) -> cp_model.IntVar:
        self.hint.append(int(now))
        return self.model.new_bool_var("")
