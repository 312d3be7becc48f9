"""Bounds by counting, before any date is chosen; valid for the whole problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.dates.components import ComponentResult, solve_component
from scheduler.dates.problem import DatesProblem
from scheduler.masks import FULL, families


@dataclass(frozen=True)
class FreeBounds:
    """What no choice of dates can beat, by component."""

    unplaced: Mapping[int, int]
    outside: Mapping[int, int]

    @property
    def total_unplaced(self) -> int:
        """Bound of goal 1."""
        return sum(self.unplaced.values())


def nothing_lost(problem: DatesProblem) -> FreeBounds:
    """The bounds that always hold: nobody unplaced, nobody outside."""
    zeros = dict.fromkeys(sorted(problem.cells_by_component), 0)
    return FreeBounds(zeros, dict(zeros))


def free_bounds(
    problem: DatesProblem, reached: Mapping[int, ComponentResult] | None = None
) -> FreeBounds:
    """Every component with all allowed sittings open to every group (bounds of goals 1, 2).

    Where ``reached`` leaves nobody out and seats nobody outside, nothing needs to be solved.
    """
    unplaced, outside = {}, {}
    for part in sorted(problem.cells_by_component):
        unplaced[part] = outside[part] = 0
        if reached is not None and not any(reached[part].outcomes[g].value for g in (1, 2)):
            continue
        outcomes = solve_component(problem, part, None, (1, 2)).outcomes
        unplaced[part], outside[part] = outcomes[1].bound, outcomes[2].bound
    return FreeBounds(unplaced, outside)


def counted_peak(problem: DatesProblem, part: int, unplaced: int = 0) -> int:
    """Seats of the busiest date that counting asks for, over the hosts of one component.

    The tightest family, less those who may be left out, over all sittings that have seats.
    """
    counts: dict[int, int] = defaultdict(int)
    for cell in problem.cells_by_component[part]:
        counts[cell.mask] += cell.count
    dates = len({pool.sitting for pool in problem.components[part].pools})
    demand = _tightest(problem, counts) - unplaced
    return max(-(-demand // dates), 0) if dates else 0


def peak_bound(
    problem: DatesProblem,
    unplaced: Mapping[int, int],
    reached: Mapping[int, ComponentResult] | None = None,
) -> int:
    """Bound of goal 4 for plans that leave out at most so many in each component.

    Where ``reached`` stands at the counted bound, nothing needs to be solved.
    """
    total = 0
    for part in sorted(problem.cells_by_component):
        bound = counted_peak(problem, part, unplaced[part])
        if reached is None or reached[part].outcomes[4].value != bound:
            solved = solve_component(problem, part, None, (4,), most_unplaced=unplaced[part])
            bound = max(bound, solved.outcomes[4].bound)
        total += bound
    return total


def _tightest(problem: DatesProblem, counts: Mapping[int, int]) -> int:
    """People of whom no two can share a seat, at the most."""
    if not problem.share:
        return sum(counts.values())
    held = counts.items()
    return max(sum([n for m, n in held if m in family]) for family in families(FULL))


def fewest_sittings(problem: DatesProblem, slack: Mapping[int, int]) -> list[int]:
    """Per paper group the least number of sittings it needs (bound of goal 3).

    At every exam point the largest k sittings must hold the group's tightest family, less what
    may be left out in that component.
    """
    seats: dict[tuple[int, int], list[int]] = {}
    needed = [0] * len(problem.groups)
    demand: dict[tuple[int, int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    pinned: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for cell in problem.cells:
        point = problem.components[cell.component].classes[cell.klass].exam_point
        demand[cell.group, cell.component, point][cell.mask] += cell.count
        if len(cell.allowed) == 1:
            pinned[cell.group][cell.allowed[0]] += 1
    for (group, part, point), counts in demand.items():
        remaining = _tightest(problem, counts) - slack[part]
        key = part, problem.components[part].points.index(point)
        if key not in seats:
            seats[key] = _seats_open_to(problem, part, point)
        allowed = problem.groups[group].allowed
        sizes = sorted((seats[key][t] for t in allowed), reverse=True)
        count = 0
        while remaining > 0 and count < len(sizes):
            remaining -= sizes[count]
            count += 1
        needed[group] = max(needed[group], count)
    nobody_left = not any(slack.values())
    for g, rule in enumerate(problem.groups):
        if rule.fixed:
            needed[g] = len(rule.allowed)
        elif nobody_left:
            needed[g] = max(needed[g], len(pinned[g]))
        needed[g] = min(needed[g], rule.max_sittings)
    return needed


def fewest_pairs(problem: DatesProblem, needed: Sequence[int]) -> int:
    """(paper group, sitting) pairs when every group with people uses ``needed[g]`` sittings."""
    active = {c.group for c in problem.cells}
    return sum(n for g, n in enumerate(needed) if g in active)


def _seats_open_to(problem: DatesProblem, part: int, point: str) -> list[int]:
    """Seats per sitting of the pools that take anybody from the exam point."""
    component = problem.components[part]
    classes = {i for i, c in enumerate(component.classes) if c.exam_point == point}
    seats = [0] * len(problem.sittings)
    for pool in component.pools:
        if classes & set(pool.takers):
            seats[problem.pool_sitting(pool)] += pool.seats
    return seats
