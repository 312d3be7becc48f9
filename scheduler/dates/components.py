"""For fixed dates the problem falls apart into one small exact program per component.

Evaluation, bounds, the final counts and (later) re-planning all stand on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.dates import constraints as rules
from scheduler.dates import goals
from scheduler.dates.problem import Cell, DatesProblem
from scheduler.dates.variables import Key, Offer, component_variables
from scheduler.solver import Goal, GoalOutcome, Linear, Solution, Status, minimise_in_turn

Item = tuple[int, int, tuple[int, ...]]
"""(class, mask, sittings that may be used)."""

SpecialtyDates = Mapping[str, frozenset[int]]
"""Sitting indices that each specialty uses."""

PreviousCounts = Mapping[tuple[int, int], int]
"""People that an earlier plan has on (cell row, sitting)."""


@dataclass(frozen=True)
class ComponentResult:
    """Exact answer for one component: people per item and sitting, and what the goals reached."""

    component: int
    counts: Mapping[Item, Mapping[int, int]]
    """Sitting index to people; what is missing to the item's count is unplaced."""
    outcomes: Mapping[int, GoalOutcome]
    """By goal number: 1, 2 and 4."""
    peaks: Mapping[str, int]
    """Seats used on the busiest sitting, by host exam point."""


def items_of(cells: Sequence[Cell], dates: SpecialtyDates | None) -> dict[Item, int]:
    """People by item. Without dates every allowed sitting may be used (the bound of goal 1)."""
    items: dict[Item, int] = defaultdict(int)
    for cell in cells:
        items[item_of(cell, dates)] += cell.count
    return dict(sorted(items.items()))


def item_of(cell: Cell, dates: SpecialtyDates | None) -> Item:
    """The item of a cell under the given dates."""
    allowed = cell.allowed
    if dates is not None:
        allowed = tuple(t for t in allowed if t in dates[cell.specialty])
    return cell.klass, cell.mask, allowed


def solve_component(
    problem: DatesProblem,
    component: int,
    dates: SpecialtyDates | None,
    order: Sequence[int] = (1, 2, 4),
    *,
    previous: PreviousCounts | None = None,
    most_unplaced: int | None = None,
    fair: bool = False,
) -> ComponentResult:
    """Solve one component exactly for fixed dates, goals in the given order.

    Args:
        problem: the date problem.
        component: which component.
        dates: sittings of every group, or None for "any allowed sitting".
        order: goals among 1, 2 and 4.
        previous: counts of an earlier plan; most of them are kept right after goal 1.
        most_unplaced: leave out at most so many (for bounds of later goals).
        fair: share dates over masks in proportion where the goals leave room.
    """
    cells = problem.cells_by_component.get(component, ())
    items = items_of(cells, dates)
    model = cp_model.CpModel()
    people: dict[tuple[Item, int], cp_model.IntVar] = {}
    left: dict[Item, Linear] = {}
    offered: dict[Key, Offer] = {}
    terms: dict[Key, list[cp_model.IntVar]] = defaultdict(list)
    limit: dict[Key, int] = defaultdict(int)
    for item, count in items.items():
        klass, mask, allowed = item
        for t in allowed:
            people[item, t] = model.new_int_var(0, count, f"people_{item}_{t}")
            terms[klass, mask, t].append(people[item, t])
            limit[klass, mask, t] += count
        left[item] = count - sum(people[item, t] for t in allowed)
        if allowed:
            model.add(sum(people[item, t] for t in allowed) <= count)
    for key in sorted(terms):
        offered[key] = Offer(sum(terms[key]), limit[key])
    v = component_variables(model, problem, component, offered, elastic=False)
    rules.everyone_accounted_for(model, problem, v)
    rules.families_within_seats(model, problem, v)
    rules.peak_covers_every_sitting(model, problem, v)
    if problem.proportional:
        _proportional(model, items, left)

    if most_unplaced is not None and left:
        model.add(sum(left.values()) <= most_unplaced)

    expressions = {
        1: Goal("unplaced", sum(left.values())),
        2: Goal("outside", goals.fewest_outside(problem, v)),
        4: Goal("peak", goals.lowest_peak(v)),
    }
    numbers = [g for g in order if not isinstance(expressions[g].expression, int)]
    turn = [expressions[g] for g in numbers]
    if 2 in numbers:
        at = numbers.index(2) + 1
        turn.insert(at, Goal("overflow order", goals.nearest_overflow(problem, v)))
        numbers.insert(at, 0)
    if previous is not None:
        moved = _moved(model, cells, dates, people, previous)
        if not isinstance(moved, int):
            turn.insert(1, Goal("moved", moved))
            numbers.insert(1, 0)
    fixed = {
        g: _fixed(e.name, e.expression)
        for g, e in expressions.items()
        if isinstance(e.expression, int)
    }
    fixed = {g: o for g, o in fixed.items() if g in order}
    if not turn:
        return ComponentResult(component, {item: {} for item in items}, fixed, {})
    solution, outcomes = minimise_in_turn(model, turn)
    if fair:
        solution = _share_dates(model, problem, component, items, people, solution)
    counts = {item: {t: solution.value(people[item, t]) for t in item[2]} for item in items}
    reached = {g: o for g, o in zip(numbers, outcomes, strict=True) if g}
    peaks = {host: solution.value(peak) for host, peak in v.peak.items()}
    return ComponentResult(component, counts, fixed | reached, peaks)


def _fixed(name: str, value: object) -> GoalOutcome:
    number = int(value) if isinstance(value, int) else 0
    return GoalOutcome(name, number, number, Status.OPTIMAL)


def _proportional(
    model: cp_model.CpModel,
    items: Mapping[Item, int],
    left: Mapping[Item, Linear],
) -> None:
    classes: dict[int, dict[int, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        classes[item[0]][item[1]].append(item)
    for by_mask in classes.values():
        rules.unplaced_in_proportion(
            model,
            {mask: sum(left[i] for i in group) for mask, group in by_mask.items()},
            {mask: sum(items[i] for i in group) for mask, group in by_mask.items()},
        )


def _moved(
    model: cp_model.CpModel,
    cells: Sequence[Cell],
    dates: SpecialtyDates | None,
    people: Mapping[tuple[Item, int], cp_model.IntVar],
    previous: PreviousCounts,
) -> Linear:
    """People of an earlier plan who do not keep their sitting."""
    before: dict[tuple[Item, int], int] = defaultdict(int)
    lost = 0
    for cell in cells:
        item = item_of(cell, dates)
        for (row, t), count in previous.items():
            if row != cell.row:
                continue
            if (item, t) in people:
                before[item, t] += count
            else:
                lost += count
    moved: Linear = lost
    for (item, t), count in sorted(before.items()):
        kept = model.new_int_var(0, count, f"kept_{item}_{t}")
        model.add(kept <= people[item, t])
        moved = moved + (count - kept)
    return moved


def _share_dates(
    model: cp_model.CpModel,
    problem: DatesProblem,
    component: int,
    items: Mapping[Item, int],
    people: Mapping[tuple[Item, int], cp_model.IntVar],
    solution: Solution,
) -> Solution:
    """Masks of an exam point that share dates share them in proportion, where there is room."""
    classes = problem.components[component].classes
    groups: dict[tuple[str, tuple[int, ...]], list[Item]] = defaultdict(list)
    for item in items:
        if len(item[2]) > 1:
            groups[classes[item[0]].exam_point, item[2]].append(item)
    distances: list[cp_model.IntVar] = []
    for (_, allowed), members in sorted(groups.items()):
        if len(members) < 2:
            continue
        total = sum(items[i] for i in members)
        for t in allowed:
            on_t = sum(solution.value(people[i, t]) for i in members)
            for item in members:
                target = round(items[item] * on_t / total)
                distance = model.new_int_var(0, items[item], "")
                model.add(distance >= people[item, t] - target)
                model.add(distance >= target - people[item, t])
                distances.append(distance)
    if not distances:
        return solution
    values = solution.values()
    values += [0] * (len(model.proto.variables) - len(values))
    better, _ = minimise_in_turn(
        model, [Goal("fair dates", sum(distances))], deterministic_time=2.0, hint=values
    )
    return better
