"""Which pool takes whom, where a flow shows that nobody can do better: no solver is needed then.

Of people whose masks meet pairwise no two can share a seat. So a largest family F of such people
needs as many seats as it has members, and by the theorem (docs/model.md, section 2) that many are
enough if all seats are alike. Where pools together need no more, each of them uses as many seats
as it has members of F. Those members then have a seat each, in every pool as many at least as
people who can sit nowhere else need, and a flow finds the fewest needless features for that.
Everybody else sits where theirs are fewest. If no pool uses a seat beyond those of F, seats and
needless features are at their best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow

from models.exam import SEPARATE_ROOM
from scheduler import masks
from scheduler.seats.pools import Class, Pool

Ints = npt.NDArray[np.int64]
Counts = dict[tuple[Class, int], int]

_FAMILIES = 4
"""Most largest families that are tried."""
_REQUIRED = 1000
"""What it is worth to fill a seat that a pool must fill: more than any features."""


class _Group(NamedTuple):
    """Members of the largest family who have the same needs and pools."""

    needs: tuple[str, ...]
    allowed: tuple[int, ...]
    members: list[Class]


def needless(pool: Pool, one: Class) -> int:
    """Features of a seat that its candidate does not need."""
    return len(pool.features.difference(one.needs, [SEPARATE_ROOM]))


def plainest(
    pools: Sequence[Pool],
    people: Mapping[Class, int],
    allowed: Mapping[Class, tuple[int, ...]],
    *,
    share: bool,
) -> Counts | None:
    """How many of each class sit in each pool, or None where the flow does not show it.

    Args:
        pools: the pools.
        people: how many of each class there are, somebody of each.
        allowed: the pools that take each class, one at least.
        share: may two candidates with disjoint masks use one seat?
    """
    families = masks.family_members() if share else np.ones((masks.FULL + 1, 1), dtype=np.int64)
    size = np.bincount([one.mask for one in people], list(people.values()), masks.FULL + 1)
    sizes = size @ families
    plain = _plainest_of_each(pools, allowed)
    fixed = np.zeros((len(pools), masks.FULL + 1), dtype=np.int64)
    for one, own in allowed.items():
        if len(own) == 1:
            fixed[own[0], one.mask] += people[one]
    least = (fixed @ families).max(axis=1).tolist()
    for largest in np.flatnonzero(sizes == sizes.max())[:_FAMILIES].tolist():
        beyond = families - families[:, [largest]]
        groups: dict[tuple[tuple[str, ...], tuple[int, ...]], list[Class]] = defaultdict(list)
        members = families[:, largest].tolist()
        for one, own in allowed.items():
            if members[one.mask]:
                groups[one.needs, own].append(one)
        in_family = [_Group(*key, own) for key, own in groups.items()]
        counts = _around(pools, people, in_family, plain, least, beyond)
        if counts is not None:
            return counts
    return None


def _plainest_of_each(
    pools: Sequence[Pool], allowed: Mapping[Class, tuple[int, ...]]
) -> dict[Class, int]:
    """The pool in which each class has the fewest needless features, a large one on a tie."""
    by_needs: dict[tuple[str, ...], list[int]] = {}
    plain = {}
    for one, own in allowed.items():
        if one.needs not in by_needs:
            order = [(needless(pool, one), -pool.seats, i) for i, pool in enumerate(pools)]
            by_needs[one.needs] = [i for _, _, i in sorted(order)]
        plain[one] = next(i for i in by_needs[one.needs] if i in own)
    return plain


def _around(
    pools: Sequence[Pool],
    people: Mapping[Class, int],
    groups: Sequence[_Group],
    plain: Mapping[Class, int],
    least: Sequence[int],
    beyond: Ints,
) -> Counts | None:
    """As :func:`plainest`, with the seats that one of the largest families takes.

    Args:
        pools: the pools.
        people: how many of each class there are.
        groups: the members of the family.
        plain: the pool in which each class has the fewest needless features.
        least: seats that people who can sit nowhere else need, by pool.
        beyond: of each mask and family, is it in the family (1) less is it in the largest (1).
    """
    numbers = [sum(people[one] for one in group.members) for group in groups]
    flows = _flows(pools, groups, numbers, least)
    if flows is None:
        return None
    home = dict(plain)
    for group, flow in zip(groups, flows, strict=True):
        home.update(dict.fromkeys(group.members, max(group.allowed, key=flow.__getitem__)))
    taken = np.zeros((len(pools), masks.FULL + 1), dtype=np.int64)
    # Who is in no group sits already; groups come in their order.
    for one in people.keys() - {one for group in groups for one in group.members}:
        taken[home[one], one.mask] += people[one]
    counts: Counts = {}
    left = dict(people)
    for group, flow in zip(groups, flows, strict=True):
        at_home = home[group.members[0]]
        for one in group.members:
            taken[at_home, one.mask] += left[one]
        for pool in group.allowed:
            if pool != at_home and flow[pool]:
                counts.update(_move(group.members, left, taken, at_home, pool, flow[pool], beyond))
    if ((taken @ beyond) > 0).any():
        return None
    counts.update({(one, home[one]): number for one, number in left.items() if number})
    return counts


def _flows(
    pools: Sequence[Pool], groups: Sequence[_Group], numbers: Sequence[int], least: Sequence[int]
) -> list[list[int]] | None:
    """How many of each group sit in each pool, each on a seat of their own.

    Fewest needless features; None where a pool cannot have the least number of seats in use.
    """
    flow = min_cost_flow.SimpleMinCostFlow()
    sink = len(groups) + len(pools)
    arcs = []
    for g, (group, number) in enumerate(zip(groups, numbers, strict=True)):
        flow.set_node_supply(g, number)
        for pool in group.allowed:
            cost = needless(pools[pool], group.members[0])
            ends = g, len(groups) + pool
            arcs.append((g, pool, flow.add_arc_with_capacity_and_unit_cost(*ends, number, cost)))
    flow.set_node_supply(sink, -sum(numbers))
    required = []
    for pool, number in enumerate(least):
        ends = len(groups) + pool, sink
        more = pools[pool].seats - number
        if more < 0:
            return None
        required.append(flow.add_arc_with_capacity_and_unit_cost(*ends, number, -_REQUIRED))
        flow.add_arc_with_capacity_and_unit_cost(*ends, more, 0)
    if flow.solve() != flow.OPTIMAL or [flow.flow(arc) for arc in required] != list(least):
        return None
    found = [[0] * len(pools) for _ in groups]
    for g, pool, arc in arcs:
        found[g][pool] = flow.flow(arc)
    return found


def _move(
    members: Sequence[Class],
    left: dict[Class, int],
    taken: Ints,
    home: int,
    pool: int,
    number: int,
    beyond: Ints,
) -> Counts:
    """Some of a group move to another pool; ``left`` and ``taken`` are brought up to date.

    Nearly always those who sit every subject, for then no family gains on the largest; others
    where they share a seat there.

    Args:
        members: the classes of the group.
        left: how many of each class are at home.
        taken: people by pool and mask.
        home: where they are.
        pool: where they go.
        number: how many.
        beyond: of each mask and family, is it in the family (1) less is it in the largest (1).
    """
    moved: Counts = {}
    choices = sorted(members, key=lambda one: one.mask != masks.FULL)
    while number:
        choices = [one for one in choices if left[one]]
        change = beyond[[one.mask for one in choices]]
        here, there = taken[home] @ beyond - change, taken[pool] @ beyond + change
        gained = np.maximum(here, 0).sum(axis=1) + np.maximum(there, 0).sum(axis=1)
        one = choices[int(gained.argmin())]
        some = min(left[one], number) if one.mask == masks.FULL else 1
        taken[home, one.mask] -= some
        taken[pool, one.mask] += some
        left[one] -= some
        moved[one, pool] = moved.get((one, pool), 0) + some
        number -= some
    return moved
