"""Stage 1: choose the sittings of every paper group, and how many of each cell go where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.errors import NoPlanInTime
from models.exam import Mode
from models.policy import Policy
from scheduler.dates.bounds import FreeBounds, fewest_sittings, free_bounds, peak_bound
from scheduler.dates.components import (
    ComponentResult,
    Item,
    SpecialtyDates,
    item_of,
    solve_component,
)
from scheduler.dates.model import DatesModel, KnownBounds
from scheduler.dates.problem import Cell, DatesProblem
from scheduler.dates.search import search_dates
from scheduler.draw import proportional_sequence
from scheduler.solver import DETERMINISTIC_TIME

SMALL_PROBLEM = 1200
"""(cell, sitting) counts up to which the model with every group free is solved."""
UNPLACED = ""
"""Stands among the sittings of a quota for "no seat"."""


@dataclass(frozen=True)
class Reached:
    """Value and proven bound of one figure."""

    value: int
    bound: int


@dataclass(frozen=True)
class DatesResult:
    """Dates of one mode. ``quotas``: by cell row, people per sitting id (``""`` = unplaced)."""

    mode: Mode
    problem: DatesProblem
    dates: SpecialtyDates
    quotas: Mapping[int, Mapping[str, int]]
    peaks: Mapping[str, int]
    unplaced: Reached
    outside: Reached
    papers: Reached
    papers_used: int
    question_papers: Reached
    peak: Reached
    free: FreeBounds

    def unplaced_in(self, part: int) -> int:
        """People without a seat in one component."""
        cells = self.problem.cells_by_component.get(part, ())
        return sum(self.quotas[c.row].get(UNPLACED, 0) for c in cells)


def choose_dates(problem: DatesProblem, policy: Policy) -> DatesResult:
    """Choose dates for one mode and count people on them.

    Start by greedy and local search; where that does not meet the bounds, CP-SAT takes over:
    with every group free on small problems, with the largest groups free on large ones.
    """
    order = [g for g in policy.goals.order if g <= 4]
    free = free_bounds(problem)
    needed = fewest_sittings(problem, dict.fromkeys(free.unplaced, 0))
    decided = all(r.fixed or len(r.allowed) <= 1 or r.max_sittings == 0 for r in problem.groups)
    if decided:
        every = [frozenset(r.allowed) for r in problem.groups]
        best = _Evaluated(problem, _by_specialty(problem, every), order)
        surplus = best.values[1] - free.total_unplaced
        optimum, bounds = best.papers, _bounds(problem, free, surplus, needed)
    else:
        ideal = _bounds(problem, free, 0, needed)
        best, optimum = _search(problem, needed, order, policy, ideal)
        surplus = best.values[1] - free.total_unplaced
        bounds = _bounds(problem, free, surplus, needed) if surplus else ideal
        if not _proven(best, optimum, bounds):
            start = best, optimum, bounds
            best, optimum, bounds = _solve(problem, policy, order, start, free, needed)
    final = [
        solve_component(problem, part, best.dates, _component_order(order), fair=True)
        for part in sorted(problem.cells_by_component)
    ]
    return _result(problem, best.dates, final, bounds, optimum, free, needed)


def is_small(problem: DatesProblem) -> bool:
    """Can the model with every group free be solved in no time?"""
    return sum(len(c.allowed) for c in problem.cells) <= SMALL_PROBLEM


class _Evaluated:
    """Dates with what they reach, exactly, by component."""

    def __init__(self, problem: DatesProblem, dates: SpecialtyDates, order: Sequence[int]) -> None:
        self.dates = dates
        self.results = {
            part: solve_component(problem, part, dates, _component_order(order))
            for part in sorted(problem.cells_by_component)
        }
        self.papers = _papers_used(problem, dates)
        self.values = {
            g: sum(r.outcomes[g].value for r in self.results.values()) for g in (1, 2, 4)
        } | {3: self.papers}

    def rank(self, order: Sequence[int], extra_pairs: int, fewest: int) -> tuple[int, ...]:
        """Lexicographic value; pairs within what goal 4 may spend count last."""
        spent = max(self.papers - fewest - extra_pairs, 0)
        values = self.values | {3: spent}
        return (*(values[g] for g in order), self.papers)


def _component_order(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(g for g in order if g != 3)


def _papers_used(problem: DatesProblem, dates: SpecialtyDates) -> int:
    pairs = {
        (cell.group, t) for cell in problem.cells for t in dates.get(cell.specialty, frozenset())
    }
    return len(pairs)


def _by_specialty(problem: DatesProblem, sittings: Sequence[frozenset[int]]) -> SpecialtyDates:
    return {
        c.specialty: sittings[c.group] & (frozenset(range(len(problem.sittings))))
        for c in problem.cells
    }


def _search(
    problem: DatesProblem,
    needed: Sequence[int],
    order: Sequence[int],
    policy: Policy,
    ideal: KnownBounds,
) -> tuple[_Evaluated, int]:
    """The best of the searches with 0, 1, ... extra pairs, and the fewest pairs that do.

    "Do" means: as good as the best in every goal before goal 3.
    """
    allowance = policy.dates.extra_pairs
    found: list[_Evaluated] = []
    for extra in range(allowance + 1):
        sittings = search_dates(problem, needed, extra)
        found.append(_Evaluated(problem, _by_specialty(problem, sittings), order))
        if extra == 0 and _proven(found[0], found[0].papers, ideal):
            break
    best = min(found, key=lambda f: f.rank(order, allowance, sum(needed)))
    earlier = order[: order.index(3)]
    equal = [f for f in found if all(f.values[g] == best.values[g] for g in earlier)]
    return best, min(f.papers for f in equal)


def _proven(best: _Evaluated, optimum: int, bounds: KnownBounds) -> bool:
    """Does every goal stand at its counting bound?"""
    return (
        best.values[1] == bounds.unplaced
        and best.values[2] == bounds.outside
        and optimum == bounds.papers
        and best.values[4] == bounds.peak
    )


def _bounds(
    problem: DatesProblem, free: FreeBounds, surplus: int, needed: Sequence[int]
) -> KnownBounds:
    """Counting bounds, valid for plans that leave out at most ``surplus`` over the least."""
    most = {part: low + surplus for part, low in free.unplaced.items()}
    if any(most.values()):
        needed = fewest_sittings(problem, most)
    active = {c.group for c in problem.cells}
    return KnownBounds(
        unplaced=free.total_unplaced,
        outside=sum(free.outside.values()) if surplus == 0 else 0,
        papers=sum(n for g, n in enumerate(needed) if g in active),
        peak=peak_bound(problem, most),
    )


def _solve(
    problem: DatesProblem,
    policy: Policy,
    order: Sequence[int],
    start: tuple[_Evaluated, int, KnownBounds],
    free: FreeBounds,
    needed: Sequence[int],
) -> tuple[_Evaluated, int, KnownBounds]:
    """Hand over to CP-SAT where counting has not already proven the search's answer."""
    best, optimum, bounds = start
    extra = policy.dates.extra_pairs
    everything = is_small(problem)
    many = {g for g, n in enumerate(needed) if n > 1}
    weight = _weights(problem)
    largest = sorted(range(len(problem.groups)), key=lambda g: (-weight[g], g))[: extra + 1]
    chosen = range(len(problem.groups)) if everything else sorted(many | set(largest))
    model = DatesModel(problem, chosen)
    model.hint(best.dates)
    try:
        result = model.solve(
            order,
            bounds,
            extra_pairs=extra,
            deterministic_time=DETERMINISTIC_TIME[policy.effort.level],
            workers=1 if everything else 8,
        )
    except NoPlanInTime:  # what the search found is a plan all the same
        return start
    found = _Evaluated(problem, result.dates, order)
    reached = result.outcomes["papers"].value
    earlier = order[: order.index(3)]
    same = all(found.values[g] == best.values[g] for g in earlier)
    fewest = min(reached, optimum)
    if same:
        optimum = fewest
    # Both are judged by the fewest pairs known: who needs more must not count them as spent.
    if found.rank(order, extra, fewest) < best.rank(order, extra, fewest):
        best = found
        optimum = fewest if same else reached
    # What the whole model proves holds for the problem; a restricted one proves nothing.
    if everything:
        proven_now = {k: o.bound for k, o in result.outcomes.items()}
        bounds = replace(
            bounds,
            unplaced=max(bounds.unplaced, proven_now.get("unplaced", 0)),
            outside=max(bounds.outside, proven_now.get("outside", 0)),
            papers=max(bounds.papers, proven_now["papers"]),
            peak=max(bounds.peak, proven_now.get("peak", 0)),
        )
    surplus = best.values[1] - free.total_unplaced
    most = {part: low + surplus for part, low in free.unplaced.items()}
    bounds = replace(bounds, peak=max(bounds.peak, peak_bound(problem, most)))
    return best, optimum, bounds


def _weights(problem: DatesProblem) -> list[int]:
    weight = [0] * len(problem.groups)
    for cell in problem.cells:
        weight[cell.group] += cell.count
    return weight


def _result(
    problem: DatesProblem,
    dates: SpecialtyDates,
    final: Sequence[ComponentResult],
    bounds: KnownBounds,
    optimum: int,
    free: FreeBounds,
    needed: Sequence[int],
) -> DatesResult:
    def reached(goal: int, bound: int) -> Reached:
        value = sum(r.outcomes[goal].value for r in final)
        return Reached(value, min(bound, value))

    quotas: dict[int, Mapping[str, int]] = {}
    for result in final:
        quotas |= _quotas(problem, dates, result)
    peaks: dict[str, int] = {}
    for result in final:
        peaks |= result.peaks
    used = {
        (cell.group, t)
        for cell in problem.cells
        for t, n in quotas[cell.row].items()
        if n and t != UNPLACED
    }
    placed = {row for row, quota in quotas.items() if set(quota) != {UNPLACED}}
    question_papers = {
        (paper, t)
        for c in problem.cells
        for t, n in quotas[c.row].items()
        if n and t != UNPLACED
        for paper in problem.papers[c.specialty]
    }
    return DatesResult(
        mode=problem.mode,
        problem=problem,
        dates=dates,
        quotas=quotas,
        peaks=peaks,
        unplaced=reached(1, bounds.unplaced),
        outside=reached(2, bounds.outside),
        papers=Reached(min(optimum, len(used)), min(bounds.papers, optimum, len(used))),
        papers_used=len(used),
        question_papers=Reached(
            len(question_papers),
            min(_question_paper_bound(problem, needed, placed), len(question_papers)),
        ),
        peak=reached(4, bounds.peak),
        free=free,
    )


def _question_paper_bound(problem: DatesProblem, needed: Sequence[int], placed: set[int]) -> int:
    """Fewest (question paper, sitting) pairs of the specialties that sit.

    Each paper is used at least once, and a whole set on every sitting that its group needs.
    """
    papers: dict[int, set[str]] = defaultdict(set)
    for cell in problem.cells:
        if cell.row in placed:
            papers[cell.group] |= set(problem.papers[cell.specialty])
    fewest = {c.group: len(set(problem.papers[c.specialty])) for c in problem.cells}
    return sum(max(len(p), needed[g] * fewest[g]) for g, p in papers.items())


def _quotas(
    problem: DatesProblem, dates: SpecialtyDates, result: ComponentResult
) -> dict[int, Mapping[str, int]]:
    """Deal the counts of each item to its cells, every cell in proportion."""
    cells_of: dict[Item, list[Cell]] = defaultdict(list)
    for cell in problem.cells_by_component[result.component]:
        cells_of[item_of(cell, dates)].append(cell)
    quotas: dict[int, Mapping[str, int]] = {}
    for item, cells in cells_of.items():
        counts = {problem.sittings[t]: n for t, n in result.counts[item].items() if n}
        left = sum(c.count for c in cells) - sum(counts.values())
        if left:
            counts[UNPLACED] = left
        if len(counts) == 1:
            (only,) = counts
            quotas |= {c.row: {only: c.count} for c in cells}
            continue
        sequence = proportional_sequence(counts)
        start = 0
        for cell in cells:
            dealt: dict[str, int] = defaultdict(int)
            for t in sequence[start : start + cell.count]:
                dealt[t] += 1
            start += cell.count
            quotas[cell.row] = dict(sorted(dealt.items()))
    return quotas
