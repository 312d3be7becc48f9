"""Bounds by counting, before any date is chosen; valid for the whole problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.dates.components import ComponentResult, solve_component
from scheduler.dates.problem import DatesProblem
from scheduler.masks import FULL


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
    zeros = dict.fromkeys(problem.demand, 0)
    return FreeBounds(zeros, dict(zeros))


def free_bounds(
    problem: DatesProblem, reached: Mapping[int, ComponentResult] | None = None
) -> FreeBounds:
    """Every component with all allowed sittings open to every group (bounds of goals 1, 2).

    Where ``reached`` leaves nobody out and seats nobody outside, nothing needs to be solved.
    """
    unplaced, outside = {}, {}
    for part in problem.demand:
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
    dates = len({pool.sitting for pool in problem.components[part].pools})
    demand = int(problem.tightest(problem.demand[part].by_mask)) - unplaced
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
    for part in problem.demand:
        bound = counted_peak(problem, part, unplaced[part])
        if reached is None or reached[part].outcomes[4].value != bound:
            solved = solve_component(problem, part, None, (4,), most_unplaced=unplaced[part])
            bound = max(bound, solved.outcomes[4].bound)
        total += bound
    return total


def fewest_sittings(problem: DatesProblem, slack: Mapping[int, int]) -> list[int]:
    """Per paper group the least number of sittings it needs (bound of goal 3).

    At every exam point the largest k sittings must hold the group's tightest family, less what
    may be left out in that component.
    """
    columns, parts = problem.columns, problem.components
    places = [(i, point) for i, part in enumerate(parts) for point in part.points]
    place_of = {point: place for place, (_, point) in enumerate(places)}
    place = problem.by_class([[place_of[c.exam_point] for c in part.classes] for part in parts])
    people = np.zeros((len(problem.groups), len(places), FULL + 1), dtype=np.int64)
    np.add.at(people, (columns.group, place, columns.mask), columns.count)
    lost = np.array([slack.get(part, 0) for part, _ in places], dtype=np.int64)
    demand = problem.tightest(people) - lost
    seats = np.array([_seats_open_to(problem, part, point) for part, point in places])
    needed = []
    for of_group, rule in zip(demand, problem.groups, strict=True):
        held = np.cumsum(-np.sort(-seats[:, list(rule.allowed)], axis=1), axis=1)
        count = (of_group > 0) + (held < of_group[:, None]).sum(axis=1)
        needed.append(min(int(count.max(initial=0)), len(rule.allowed)))
    pinned: dict[int, set[int]] = defaultdict(set)
    for group, allowed in problem.choices_of_groups:
        if len(allowed) == 1:
            pinned[group] |= set(allowed)
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
    active = set(problem.group_of.values())
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
