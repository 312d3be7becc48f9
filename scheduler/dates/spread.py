"""Even spread: the people of a group on several dates, as equal on each as goals 1 to 4 leave room.

A question paper that fills most of an exam point on one date puts equal papers side by side,
whatever the rooms do afterwards. So once goals 1 to 4 have their values, the counts of one
component are settled in this order (docs/model.md, section 4, "Even dates"):

1. those who share the same dates at an exam point equal on each, large differences first;
2. each kind of people among them in proportion, to within a person.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.errors import NoPlanInTime
from scheduler.dates.components import (
    ComponentModel,
    ComponentResult,
    Item,
    SpecialtyDates,
    component_model,
    seats_at_peak,
)
from scheduler.dates.problem import DatesProblem
from scheduler.solver import LOG, Goal, Linear, Model, Solution, minimise_in_turn, new_count, total

SPREAD_TIME = 1.0
"""Deterministic time of one step in one component."""
STEPS = (0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
"""Above the even share, by so much of it, one more person costs one more: nearly the square."""

Shared = tuple[str, tuple[int, ...]]
"""(exam point, sittings): people who share these dates."""


@dataclass(frozen=True)
class _Crowd:
    """Items of one exam point that may use the same sittings; ``placed`` people in all."""

    point: str
    sittings: tuple[int, ...]
    items: tuple[Item, ...]
    placed: Mapping[Item, int]

    @property
    def people(self) -> int:
        """How many they are."""
        return sum(self.placed.values())

    @property
    def even(self) -> int:
        """The even share of a date, rounded up."""
        return -(-self.people // len(self.sittings))


def spread_evenly(
    problem: DatesProblem,
    dates: SpecialtyDates,
    result: ComponentResult,
    time: float = SPREAD_TIME,
) -> ComponentResult:
    """The component's counts levelled over dates; goals 1, 2 and 4 and who is left out stay.

    Args:
        problem: the date problem.
        dates: sittings of every specialty.
        result: the exact answer for these dates (:func:`solve_component`).
        time: deterministic time of one step.
    """
    placed = {item: sum(counts.values()) for item, counts in result.counts.items()}
    crowds = _crowds(problem, result.component, placed)
    if not crowds or _is_even(result, crowds) or LOG.asked_to_stop():
        return result
    built = result.built or component_model(problem, result.component, dates)
    built = replace(built, model=Model.copy_of(built.model))
    _hold(built, result, placed)
    solution = _level(built, result, crowds, time)
    if solution is None:
        return result
    values = solution.values()
    counts = {
        item: {t: values[built.people[item, t].index] for t in item[2]} for item in built.items
    }
    peaks = seats_at_peak(problem, built.variables, solution)
    outcomes = {**result.outcomes}
    if 4 in outcomes:
        outcomes[4] = replace(outcomes[4], value=sum(peaks.values()))
    return replace(result, counts=counts, peaks=peaks, outcomes=outcomes, built=None)


def _crowds(problem: DatesProblem, component: int, placed: Mapping[Item, int]) -> list[_Crowd]:
    classes = problem.components[component].classes
    members: dict[Shared, list[Item]] = defaultdict(list)
    for item, count in sorted(placed.items()):
        if len(item[2]) > 1 and count:
            members[classes[item[0]].exam_point, item[2]].append(item)
    return [
        _Crowd(point, sittings, tuple(items), {i: placed[i] for i in items})
        for (point, sittings), items in sorted(members.items())
    ]


def _is_even(result: ComponentResult, crowds: Sequence[_Crowd]) -> bool:
    """Is there nothing to gain: every item within a person of equal on its dates?"""
    return all(
        max(counts.values()) - min(counts.values()) <= 1
        for crowd in crowds
        for counts in (
            *(result.counts[item] for item in crowd.items),
            {t: sum(result.counts[i][t] for i in crowd.items) for t in crowd.sittings},
        )
    )


def _hold(built: ComponentModel, result: ComponentResult, placed: Mapping[Item, int]) -> None:
    """Keep what the goals reached, and who is left out."""
    for item, left in built.left.items():
        if not isinstance(left, int):
            built.model.add(left == built.items[item] - placed[item])
    for name in ("outside", "overflow order", "peak"):
        expression = built.goals[name]
        if not isinstance(expression, int):
            built.model.add(expression <= result.held[name])


def _level(
    built: ComponentModel, result: ComponentResult, crowds: Sequence[_Crowd], time: float
) -> Solution | None:
    """Crowds level first, then their items in proportion; None if stopped before an answer."""
    model = built.model
    hint = list(result.solution)
    steep: list[Linear] = []
    for crowd in crowds:
        for t in crowd.sittings:
            people = total(built.people[item, t] for item in crowd.items)
            now = sum(result.counts[item][t] for item in crowd.items)
            for least in sorted({math.ceil(crowd.even * (1 + step)) for step in STEPS}):
                if least >= crowd.people:
                    continue
                above = new_count(model, crowd.people - least)
                model.add(above >= people - least)
                hint.append(max(now - least, 0))
                steep.append(above)
    solution = _minimum(built, "even dates", steep, hint, time)
    if solution is None:
        return None
    hint = solution.values()
    apart: list[Linear] = []
    for crowd in crowds:
        for t in crowd.sittings:
            on_t = sum(solution.value(built.people[item, t]) for item in crowd.items)
            for item in crowd.items:
                low, rest = divmod(crowd.placed[item] * on_t, crowd.people)
                high = low + (rest > 0)
                now = solution.value(built.people[item, t])
                distance = new_count(model, crowd.placed[item])
                model.add(distance >= built.people[item, t] - high)
                model.add(distance >= low - built.people[item, t])
                hint.append(max(now - high, low - now, 0))
                apart.append(distance)
    return _minimum(built, "fair dates", apart, hint, time) or solution


def _minimum(
    built: ComponentModel, name: str, terms: Sequence[Linear], hint: Sequence[int], time: float
) -> Solution | None:
    """The least sum that is found from a complete solution as hint."""
    try:
        solution, _ = minimise_in_turn(
            built.model, [Goal(name, total(terms))], deterministic_time=time, hint=hint
        )
    except NoPlanInTime:
        return None
    return solution
