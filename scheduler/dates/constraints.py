"""The rules that decide whether dates leave everybody a place; one function per rule.

Which pool takes whom (needs, pins, own employer, closures, delegation) is data by now: see
``scheduler.pools``. Here are the rules that the solver weighs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from scheduler.dates.problem import DatesProblem, GroupRule
from scheduler.dates.variables import ComponentVariables
from scheduler.pools import families_present
from scheduler.solver import Linear, total


def everyone_accounted_for(
    model: cp_model.CpModel, problem: DatesProblem, v: ComponentVariables
) -> None:
    """Everybody offered a sitting is seated in one pool of it or counted as unplaced."""
    sitting_of = [problem.pool_sitting(pool) for pool in problem.components[v.component].pools]
    seated: dict[tuple[int, int, int], list[Linear]] = defaultdict(list)
    for (klass, mask, p), amount in v.seated.items():
        seated[klass, mask, sitting_of[p]].append(amount)
    for key, offer in v.offered.items():
        if key not in v.settled:
            _require(model, total([*seated[key], v.unplaced.get(key, 0)]) == offer.amount)


def families_within_seats(
    model: cp_model.CpModel, problem: DatesProblem, v: ComponentVariables
) -> None:
    """In every pool each family of pairwise intersecting masks fits the seats."""
    people: dict[int, dict[int, list[Linear]]] = defaultdict(lambda: defaultdict(list))
    for (_, mask, p), amount in v.seated.items():
        people[p][mask].append(amount)
    for p, by_mask in people.items():
        for family in families_present(frozenset(by_mask), problem.share):
            terms = [a for mask in family for a in by_mask[mask]]
            _require(model, total(terms) <= v.needed[p])


def peak_covers_every_sitting(
    model: cp_model.CpModel, problem: DatesProblem, v: ComponentVariables
) -> None:
    """The peak of a host exam point is at least its seats needed in each sitting."""
    part = problem.components[v.component]
    needed: dict[tuple[str, str], list[cp_model.IntVar]] = defaultdict(list)
    for p, pool in enumerate(part.pools):
        needed[pool.host, pool.sitting].append(v.needed[p])
    for (host, _), terms in sorted(needed.items()):
        model.add(total(terms) <= v.peak[host])


def group_sittings_allowed(
    model: cp_model.CpModel, rule: GroupRule, sits_on: Sequence[cp_model.IntVar]
) -> None:
    """A paper group uses allowed sittings only, all fixed ones, and at most its maximum."""
    for t, used in enumerate(sits_on):
        if t not in rule.allowed:
            model.add(used == 0)
        elif rule.fixed:
            model.add(used == 1)
    model.add(sum(sits_on) <= rule.max_sittings)


def unplaced_in_proportion(
    model: cp_model.CpModel, unplaced: Mapping[int, Linear], people: Mapping[int, int]
) -> None:
    """Each mask of a class loses its share of the unplaced, to within one person."""
    total = sum(people.values())
    everyone = sum(unplaced.values())
    for mask, left in unplaced.items():
        difference = total * left - people[mask] * everyone
        _require(model, difference <= total)
        _require(model, difference >= -total)


def _require(model: cp_model.CpModel, condition: cp_model.BoundedLinearExpression | bool) -> None:
    """Add a condition; one without any variable is already True or False."""
    if condition is True:
        return
    model.add(condition)
