"""For fixed dates the problem falls apart into one small exact program per component.

Evaluation, bounds, the final counts and (later) re-planning all stand on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ortools.sat.python import cp_model

from scheduler.dates import constraints as rules
from scheduler.dates import goals
from scheduler.dates.columns import NOBODY, Cell, Demand
from scheduler.dates.problem import DatesProblem
from scheduler.dates.variables import ComponentVariables, Key, Offer, component_variables
from scheduler.pools import families_present
from scheduler.solver import (
    Goal,
    GoalOutcome,
    Linear,
    Model,
    Solution,
    Status,
    meet_bounds,
    minimise_in_turn,
    new_count,
    total,
)

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
    solution: tuple[int, ...] = ()
    """Every variable of :func:`component_model`, for a solve that builds on this one."""
    held: Mapping[str, int] = field(default_factory=dict)
    """What the solution makes of :attr:`ComponentModel.goals`."""
    built: ComponentModel | None = field(default=None, repr=False, compare=False)
    """The model solved, to be copied for one solve more; none if it holds more than its rules."""


def items_of(demand: Demand, dates: SpecialtyDates | None) -> dict[Item, int]:
    """People by item. Without dates every allowed sitting may be used (the bound of goal 1)."""
    items: dict[Item, int] = defaultdict(int)
    for used, people in demand.on(dates).items():
        for (klass, mask, allowed), count in zip(demand.kinds, people, strict=True):
            if count:
                items[klass, mask, _both(allowed, used)] += count
    return dict(sorted(items.items()))


def item_of(cell: Cell, dates: SpecialtyDates | None) -> Item:
    """The item of a cell under the given dates."""
    used = None if dates is None else dates[cell.specialty]
    return cell.klass, cell.mask, _both(cell.allowed, used)


@cache
def _both(allowed: tuple[int, ...], used: frozenset[int] | None) -> tuple[int, ...]:
    """The allowed sittings that are used; of many cells the same few."""
    return allowed if used is None else tuple(t for t in allowed if t in used)


@dataclass
class ComponentModel:
    """The program of one component for fixed dates, before any goal."""

    model: cp_model.CpModel
    items: Mapping[Item, int]
    people: Mapping[tuple[Item, int], cp_model.IntVar]
    left: Mapping[Item, Linear]
    """People of each item who get no seat."""
    variables: ComponentVariables
    goals: Mapping[str, Linear]
    """Expressions by name: unplaced, outside, overflow order, peak."""


def component_model(
    problem: DatesProblem, component: int, dates: SpecialtyDates | None
) -> ComponentModel:
    """Variables and constraints of one component; the same input gives the same numbering.

    Args:
        problem: the date problem.
        component: which component.
        dates: sittings of every group, or None for "any allowed sitting".
    """
    items = items_of(problem.demand.get(component, NOBODY), dates)
    model = Model()
    people: dict[tuple[Item, int], cp_model.IntVar] = {}
    left: dict[Item, Linear] = {}
    terms: dict[Key, list[cp_model.IntVar]] = defaultdict(list)
    limit: dict[Key, int] = defaultdict(int)
    for item, count in items.items():
        klass, mask, allowed = item
        for t in allowed:
            people[item, t] = sent = new_count(model, count)
            terms[klass, mask, t].append(sent)
            limit[klass, mask, t] += count
        seated = total(people[item, t] for t in allowed)
        left[item] = count - seated
        if len(allowed) > 1:  # one sitting is offered to no more than there are
            model.add(seated <= count)
    offered = {key: Offer(total(terms[key]), limit[key]) for key in sorted(terms)}
    v = component_variables(model, problem, component, offered, elastic=False)
    rules.everyone_accounted_for(model, problem, v)
    rules.families_within_seats(model, problem, v)
    rules.peak_covers_every_sitting(model, problem, v)
    if problem.proportional:
        _proportional(model, items, left)
    expressions: dict[str, Linear] = {
        "unplaced": total(left.values()),
        "outside": goals.fewest_outside(problem, v),
        "overflow order": goals.nearest_overflow(problem, v),
        "peak": goals.lowest_peak(v),
    }
    return ComponentModel(model, items, people, left, v, expressions)


def solve_component(
    problem: DatesProblem,
    component: int,
    dates: SpecialtyDates | None,
    order: Sequence[int] = (1, 2, 4),
    *,
    previous: PreviousCounts | None = None,
    most_unplaced: int | None = None,
    peak_bound: int = 0,
) -> ComponentResult:
    """Solve one component exactly for fixed dates, goals in the given order.

    Args:
        problem: the date problem.
        component: which component.
        dates: sittings of every group, or None for "any allowed sitting".
        order: goals among 1, 2 and 4.
        previous: counts of an earlier plan; most of them are kept right after goal 1.
        most_unplaced: leave out at most so many (for bounds of later goals).
        peak_bound: what goal 4 cannot beat when nobody is left out (:func:`counted_peak`).
    """
    cells = problem.cells_by_component.get(component, ())
    built = component_model(problem, component, dates)
    model, bare = built.model, previous is None and most_unplaced is None
    if most_unplaced is not None and built.left:
        model.add(built.goals["unplaced"] <= most_unplaced)
    names = {1: "unplaced", 2: "outside", 4: "peak"}
    turn: list[tuple[int, str, Linear]] = []
    fixed: dict[int, GoalOutcome] = {}
    for g in order:
        expression = built.goals[names[g]]
        if isinstance(expression, int):
            fixed[g] = GoalOutcome(names[g], expression, expression, Status.OPTIMAL)
            continue
        turn.append((g, names[g], expression))
        if g == 2:
            turn.append((0, "overflow order", built.goals["overflow order"]))
        if g == 1 and previous is not None:
            turn.append((0, "moved", _moved(model, cells, dates, built.people, previous)))
    turn = [entry for entry in turn if not isinstance(entry[2], int)]
    if not turn:
        return ComponentResult(component, {item: {} for item in built.items}, fixed, {})
    sought = [Goal(name, expression) for _, name, expression in turn]
    met = None
    if peak_bound:
        # Once people are left out the peak may be lower: the bound is for this attempt only.
        bounds = {"peak": peak_bound}
        met = meet_bounds(model, [replace(g, known_bound=bounds.get(g.name, 0)) for g in sought])
    solution, outcomes = met or minimise_in_turn(model, sought)
    reached = {g: o for (g, _, _), o in zip(turn, outcomes, strict=True) if g}
    result = _result(problem, built, solution, fixed | reached)
    return replace(result, built=built) if met and bare else result


def meet_component(
    problem: DatesProblem, dates: SpecialtyDates, goal: ComponentResult
) -> ComponentResult | None:
    """An answer for other dates that is as good as ``goal`` in every goal, if one is found."""
    if not goal.solution:
        return goal
    built = component_model(problem, goal.component, dates)
    wanted = [
        Goal(name, expression, goal.held[name])
        for name, expression in built.goals.items()
        if not isinstance(expression, int)
    ]
    met = meet_bounds(built.model, wanted)
    if met is None:
        return None
    return replace(_result(problem, built, met[0], goal.outcomes), built=built)


def _result(
    problem: DatesProblem,
    built: ComponentModel,
    solution: Solution,
    outcomes: Mapping[int, GoalOutcome],
) -> ComponentResult:
    # A peak may stand above what the people seated need: it is counted, not read.
    peaks = seats_at_peak(problem, built.variables, solution)
    if 4 in outcomes:
        outcomes = {**outcomes, 4: replace(outcomes[4], value=sum(peaks.values()))}
    values = tuple(solution.values())
    counts = {
        item: {t: values[built.people[item, t].index] for t in item[2]} for item in built.items
    }
    held = {name: solution.value(e) for name, e in built.goals.items()}
    return ComponentResult(built.variables.component, counts, outcomes, peaks, values, held)


def seats_at_peak(
    problem: DatesProblem, v: ComponentVariables, solution: Solution
) -> dict[str, int]:
    """Seats needed on the busiest sitting by the people seated, by host exam point."""
    pools = problem.components[v.component].pools
    seated: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (_, mask, p), amount in v.seated.items():
        seated[p][mask] += solution.value(amount)
    needed: dict[str, dict[str, int]] = {host: defaultdict(int) for host in v.peak}
    for p, by_mask in seated.items():
        needed[pools[p].host][pools[p].sitting] += max(
            sum(by_mask[m] for m in family)
            for family in families_present(frozenset(by_mask), problem.share)
        )
    return {host: max(by_sitting.values(), default=0) for host, by_sitting in needed.items()}


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
