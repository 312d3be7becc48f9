"""Stage 1: choose the sittings of every paper group, and how many of each cell go where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.errors import NoPlanInTime
from models.exam import Mode
from models.policy import Effort, Policy
from scheduler.dates.bounds import (
    FreeBounds,
    fewest_pairs,
    fewest_sittings,
    free_bounds,
    nothing_lost,
    peak_bound,
)
from scheduler.dates.components import (
    ComponentResult,
    SpecialtyDates,
    meet_component,
)
from scheduler.dates.country import is_country, search_country
from scheduler.dates.evaluated import Evaluated, by_specialty, papers_of_a_set
from scheduler.dates.level import level_dates
from scheduler.dates.model import DatesModel, KnownBounds
from scheduler.dates.packing import pack
from scheduler.dates.problem import DatesProblem
from scheduler.dates.quotas import UNPLACED, deal_quotas
from scheduler.dates.search import search_dates
from scheduler.dates.spread import SPREAD_TIME, spread_evenly
from scheduler.solver import DETERMINISTIC_TIME, LOG

SMALL_PROBLEM = 3000
"""(cell, sitting) counts up to which the model with every group free is solved."""

SPREAD_BUDGET = 20.0
"""Deterministic time of the even spread in all components together."""


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
    with every group free on small problems, with the largest groups free on large ones. A
    country has a search of its own, which CP-SAT follows with thorough effort only.
    """
    order = [g for g in policy.goals.order if g <= 4]
    decided = all(r.fixed or len(r.allowed) <= 1 or r.max_sittings == 0 for r in problem.groups)
    with LOG.searching():
        start = _start(problem, order, policy, decided)
        best, optimum, bounds = start.best, start.optimum, start.bounds
        if not decided:
            if _worth_solving(problem, policy, start) and not LOG.asked_to_stop():
                best, optimum, bounds = _solve(problem, policy, order, start)
            best = _levelled(problem, best)
        steps = 2 * len(best.results)
        final = [
            spread_evenly(problem, best.dates, result, min(SPREAD_TIME, SPREAD_BUDGET / steps))
            for _, result in sorted(best.results.items())
        ]
    return _result(problem, best.dates, final, bounds, optimum, start.free)


@dataclass(frozen=True)
class _Start:
    """The answer of the quick search, or the given dates, with the bounds that counting gives."""

    best: Evaluated
    optimum: int
    """Fewest pairs known that do as well in the goals before goal 3."""
    bounds: KnownBounds
    free: FreeBounds


def _start(problem: DatesProblem, order: Sequence[int], policy: Policy, decided: bool) -> _Start:
    if decided:
        every = [frozenset(r.allowed) for r in problem.groups]
        best = Evaluated(problem, by_specialty(problem, every), order)
        optimum = best.papers
    else:
        search = search_country if is_country(problem) else _search
        best, optimum = search(problem, order, policy)
        if search is _search and not is_small(problem):
            best, optimum = _widened(problem, order, policy, best, optimum)
    # Most plans lose nobody; only where this one does is the bound to be solved for.
    free = free_bounds(problem, best.results)
    return _Start(best, optimum, _bounds(problem, free, best), free)


def _widened(
    problem: DatesProblem, order: Sequence[int], policy: Policy, best: Evaluated, optimum: int
) -> tuple[Evaluated, int]:
    """Where somebody is left out who need not be: a packing, or more dates for large groups."""
    lost = best.values[1]
    if not lost:
        return best, optimum
    free = free_bounds(problem, best.results)
    if lost <= free.total_unplaced:
        return best, optimum
    packed = pack(problem, order, policy, free)
    wider, fewest = (packed, packed.papers) if packed else search_country(problem, order, policy)
    ranks = [e.rank(order, policy.dates.extra_pairs, fewest) for e in (best, wider)]
    return (wider, fewest) if ranks[1] < ranks[0] else (best, optimum)


def _worth_solving(problem: DatesProblem, policy: Policy, start: _Start) -> bool:
    """Is there something left to prove or to find that CP-SAT has a chance of?"""
    if is_country(problem) and policy.effort.level is not Effort.THOROUGH:
        return False
    return not _proven(start.best, start.optimum, start.bounds)


def is_small(problem: DatesProblem) -> bool:
    """Can the model with every group free be solved in no time?"""
    return problem.options <= SMALL_PROBLEM


def _search(problem: DatesProblem, order: Sequence[int], policy: Policy) -> tuple[Evaluated, int]:
    """The best of the searches with 0, 1, ... extra pairs, and the fewest pairs that do.

    "Do" means: as good as the best in every goal before goal 3.
    """
    allowance = policy.dates.extra_pairs
    nobody_lost = nothing_lost(problem)
    needed = fewest_sittings(problem, nobody_lost.unplaced)
    found: list[Evaluated] = []
    for extra in range(allowance + 1):
        if found and LOG.asked_to_stop():
            break
        sittings = search_dates(problem, needed, extra)
        evaluated = Evaluated(problem, by_specialty(problem, sittings), order)
        found.append(evaluated)
        if (
            extra == 0
            and evaluated.values[1] == evaluated.values[2] == 0
            and _proven(evaluated, evaluated.papers, _bounds(problem, nobody_lost, evaluated))
        ):
            break
    best = min(found, key=lambda f: f.rank(order, allowance, sum(needed)))
    earlier = order[: order.index(3)]
    equal = [f for f in found if all(f.values[g] == best.values[g] for g in earlier)]
    return best, min(f.papers for f in equal)


def _levelled(problem: DatesProblem, best: Evaluated) -> Evaluated:
    """Dates on which groups on several dates can sit evenly, every goal as ``best`` has it.

    What costs any exam point a seat, or anybody a place, is not taken.
    """
    union: dict[int, frozenset[int]] = {}
    for specialty, group in problem.group_of.items():
        union[group] = union.get(group, frozenset()) | best.dates[specialty]
    before = [union.get(g, frozenset()) for g in range(len(problem.groups))]
    hard: list[int] = []
    for after in level_dates(problem, before):
        if LOG.asked_to_stop():
            break
        dates = {
            specialty: after[group] if after[group] != before[group] else best.dates[specialty]
            for specialty, group in problem.group_of.items()
        }  # fmt: skip
        met: dict[int, ComponentResult] = {}
        for part in [*hard, *(p for p in best.results if p not in hard)]:
            result = meet_component(problem, dates, best.results[part])
            if result is None:
                hard = [part, *(p for p in hard if p != part)]
                break
            met[part] = result
        else:
            return best.with_dates(dates, met)
    return best


def _proven(best: Evaluated, optimum: int, bounds: KnownBounds) -> bool:
    """Does every goal stand at its counting bound?"""
    spent = papers_of_a_set(best.problem) * (best.papers - optimum)
    return (
        best.values[1] == bounds.unplaced
        and best.values[2] == bounds.outside
        and optimum == bounds.papers
        and best.question_papers - spent <= bounds.question_papers
        and best.values[4] == bounds.peak
    )


def _bounds(problem: DatesProblem, free: FreeBounds, best: Evaluated) -> KnownBounds:
    """Counting bounds, valid for plans that leave out no more than ``best`` does."""
    surplus = best.values[1] - free.total_unplaced
    most = {part: low + surplus for part, low in free.unplaced.items()}
    needed = fewest_sittings(problem, most)
    return KnownBounds(
        unplaced=free.total_unplaced,
        outside=sum(free.outside.values()) if surplus == 0 else 0,
        papers=fewest_pairs(problem, needed),
        question_papers=_fewest_question_papers(problem, needed),
        peak=peak_bound(problem, most, best.results),
    )


def _solve(
    problem: DatesProblem,
    policy: Policy,
    order: Sequence[int],
    start: _Start,
) -> tuple[Evaluated, int, KnownBounds]:
    """Hand over to CP-SAT where counting has not already proven the search's answer."""
    best, optimum, bounds, free = start.best, start.optimum, start.bounds, start.free
    extra = policy.dates.extra_pairs
    everything = is_small(problem)
    needed = fewest_sittings(problem, nothing_lost(problem).unplaced)
    many = {g for g, n in enumerate(needed) if n > 1}
    largest = problem.largest_groups[: extra + 1]
    several = {g for s, g in problem.group_of.items() if len(best.dates[s]) > 1}
    may = {g for g, rule in enumerate(problem.groups) if rule.max_sittings > 1}
    some = sorted((many | several | set(largest)) & may)
    chosen = range(len(problem.groups)) if everything else some
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
        return best, optimum, bounds
    found = Evaluated(problem, result.dates, order)
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
            question_papers=max(
                bounds.question_papers,
                papers_of_a_set(problem) * optimum + proven_now.get("question papers", 0),
            ),
            peak=max(bounds.peak, proven_now.get("peak", 0)),
        )
    surplus = best.values[1] - free.total_unplaced
    most = {part: low + surplus for part, low in free.unplaced.items()}
    peak = peak_bound(problem, most, best.results)
    bounds = replace(bounds, peak=max(bounds.peak, peak))
    return best, optimum, bounds


def _result(
    problem: DatesProblem,
    dates: SpecialtyDates,
    final: Sequence[ComponentResult],
    bounds: KnownBounds,
    optimum: int,
    free: FreeBounds,
) -> DatesResult:
    def reached(goal: int, bound: int) -> Reached:
        value = sum(r.outcomes[goal].value for r in final)
        return Reached(value, min(bound, value))

    quotas: dict[int, Mapping[str, int]] = {}
    for result in final:
        quotas |= deal_quotas(problem, dates, result)
    peaks: dict[str, int] = {}
    for result in final:
        peaks |= result.peaks
    sat = {
        (cell.specialty, t)
        for cell in problem.cells
        for t, n in quotas[cell.row].items()
        if n and t != UNPLACED
    }
    used = {(problem.group_of[specialty], t) for specialty, t in sat}
    question_papers = {(paper, t) for specialty, t in sat for paper in problem.papers[specialty]}
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
            len(question_papers), min(bounds.question_papers, len(question_papers))
        ),
        peak=reached(4, bounds.peak),
        free=free,
    )


def _fewest_question_papers(problem: DatesProblem, needed: Sequence[int]) -> int:
    """Fewest (question paper, sitting) pairs: each paper once, a set per sitting of its group."""
    papers: dict[int, set[str]] = defaultdict(set)
    fewest: dict[int, int] = {}
    for specialty, group in problem.group_of.items():
        own = set(problem.papers[specialty])
        papers[group] |= own
        fewest[group] = min(fewest.get(group, len(own)), len(own))
    return sum(max(len(p), needed[g] * fewest[g]) for g, p in papers.items())
