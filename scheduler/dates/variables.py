"""Variables of the date models: who is offered a sitting, and how the offer meets the pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from scheduler.dates.problem import DatesProblem
from scheduler.solver import Linear, new_count

Key = tuple[int, int, int]
"""(class, mask, sitting), all of one component."""


@dataclass
class Offer:
    """How many of a key are sent to a sitting, and the most that can be."""

    amount: Linear
    limit: int


@dataclass
class ComponentVariables:
    """Seats of one component: what is offered, left out, seated, needed."""

    component: int
    offered: Mapping[Key, Offer]
    unplaced: dict[Key, Linear] = field(default_factory=dict)
    seated: dict[tuple[int, int, int], Linear] = field(default_factory=dict)
    """By (class, mask, pool index)."""
    needed: dict[int, cp_model.IntVar] = field(default_factory=dict)
    """Seats that a pool needs, by pool index."""
    peak: dict[str, cp_model.IntVar] = field(default_factory=dict)
    """Seats used on the busiest sitting, by host exam point."""
    settled: set[Key] = field(default_factory=set)
    """Keys with a single pool, which takes by definition who is not left out."""


def component_variables(
    model: cp_model.CpModel,
    problem: DatesProblem,
    component: int,
    offered: Mapping[Key, Offer],
    *,
    elastic: bool,
) -> ComponentVariables:
    """Create the variables of one component.

    They have no names, for texts by the hundred thousand take longer than they are worth.
    With ``elastic`` every key may leave people unplaced; without, the offer itself is elastic
    and an offer that no pool takes is fixed to nothing by the constraints.
    """
    part = problem.components[component]
    v = ComponentVariables(component, offered)
    for p, pool in enumerate(part.pools):
        v.needed[p] = new_count(model, pool.seats)
    for host, seats in part.seats_of.items():
        v.peak[host] = model.new_int_var(0, seats, f"peak_{host}")
    for (klass, mask, t), offer in offered.items():
        takers = part.pools_of.get((klass, problem.sittings[t]), ())
        open_pools = [p for p in takers if mask & ~part.pools[p].open_subjects == 0]
        if not open_pools:
            v.unplaced[klass, mask, t] = offer.amount if elastic else 0
            continue
        left: Linear = 0
        if elastic:
            left = new_count(model, offer.limit)
            model.add(left <= offer.amount)  # nobody is left out who was not offered
            v.unplaced[klass, mask, t] = left
        if len(open_pools) == 1:
            v.seated[klass, mask, open_pools[0]] = offer.amount - left
            v.settled.add((klass, mask, t))
            continue
        for p in open_pools:
            most = min(offer.limit, part.pools[p].seats)  # equal masks never share a seat
            v.seated[klass, mask, p] = new_count(model, most)
    return v
