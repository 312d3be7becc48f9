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

from collections import Counter, defaultdict
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


def plainest(pools: Sequence[Pool], people: Mapping[Class, int], *, share: bool) -> Counts | None:
    """How many of each class sit in each pool, or None where the flow does not show it."""
    present = {one: number for one, number in people.items() if number}
    allowed = {
        one: tuple(i for i, pool in enumerate(pools) if one in pool.takes) for one in present
    }
    if not all(allowed.values()):
        return None
    families = masks.family_members() if share else np.ones((masks.FULL + 1, 1), dtype=np.int64)
    size = np.bincount([one.mask for one in present], list(present.values()), masks.FULL + 1)
    sizes = size @ families
    for largest in np.flatnonzero(sizes == sizes.max())[:_FAMILIES].tolist():
        counts = _around(pools, present, allowed, families, largest)
        if counts is not None:
            return counts
    return None


def _around(
    pools: Sequence[Pool],
    people: Mapping[Class, int],
    allowed: Mapping[Class, tuple[int, ...]],
    families: Ints,
    largest: int,
) -> Counts | None:
    """As :func:`plainest`, with the seats that one of the largest families takes."""
    counts: Counts = {}
    taken = np.zeros((len(pools), masks.FULL + 1), dtype=np.int64)
    fixed = np.zeros_like(taken)
    groups: dict[tuple[tuple[str, ...], tuple[int, ...]], list[Class]] = defaultdict(list)
    for one, number in people.items():
        if families[one.mask, largest]:
            groups[one.needs, allowed[one]].append(one)
        else:
            plain = min(allowed[one], key=lambda i: (needless(pools[i], one), -pools[i].seats, i))
            counts[one, plain] = number
            taken[plain, one.mask] += number
        if len(allowed[one]) == 1:
            fixed[allowed[one][0], one.mask] += number
    members = [_Group(*key, own) for key, own in groups.items()]
    numbers = [sum(people[one] for one in group.members) for group in members]
    flows = _flows(pools, members, numbers, (fixed @ families).max(axis=1))
    if flows is None:
        return None
    beyond = families - families[:, [largest]]
    for group, flow in zip(members, flows, strict=True):
        home = max(group.allowed, key=lambda i: flow[i])
        left = Counter({one: people[one] for one in group.members})
        for one, number in left.items():
            taken[home, one.mask] += number
        for pool in group.allowed:
            if pool != home:
                moved = _move(left, taken, home, pool, flow[pool], beyond)
                counts.update({(one, pool): number for one, number in moved.items()})
        counts.update({(one, home): number for one, number in left.items()})
    if ((taken @ beyond) > 0).any():
        return None
    return {key: number for key, number in counts.items() if number}


def _flows(
    pools: Sequence[Pool], groups: Sequence[_Group], numbers: Sequence[int], least: Ints
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
    for pool, number in enumerate(least.tolist()):
        ends = len(groups) + pool, sink
        more = pools[pool].seats - number
        if more < 0:
            return None
        required.append(flow.add_arc_with_capacity_and_unit_cost(*ends, number, -_REQUIRED))
        flow.add_arc_with_capacity_and_unit_cost(*ends, more, 0)
    if flow.solve() != flow.OPTIMAL or [flow.flow(arc) for arc in required] != least.tolist():
        return None
    found = [[0] * len(pools) for _ in groups]
    for g, pool, arc in arcs:
        found[g][pool] = flow.flow(arc)
    return found


def _move(
    left: Counter[Class], taken: Ints, home: int, pool: int, number: int, beyond: Ints
) -> Counter[Class]:
    """Some of a group move to another pool; ``left`` and ``taken`` are brought up to date.

    Nearly always those who sit every subject, for then no family gains on the largest; others
    where they share a seat there.

    Args:
        left: who is at home.
        taken: people by pool and mask.
        home: where they are.
        pool: where they go.
        number: how many.
        beyond: of each mask and family, is it in the family (1) less is it in the largest (1).
    """
    moved: Counter[Class] = Counter()
    choices = sorted(left, key=lambda one: one.mask != masks.FULL)
    while moved.total() < number:
        choices = [one for one in choices if left[one]]
        change = beyond[[one.mask for one in choices]]
        here, there = taken[home] @ beyond - change, taken[pool] @ beyond + change
        gained = np.maximum(here, 0).sum(axis=1) + np.maximum(there, 0).sum(axis=1)
        one = choices[int(gained.argmin())]
        some = min(left[one], number - moved.total()) if one.mask == masks.FULL else 1
        taken[home, one.mask] -= some
        taken[pool, one.mask] += some
        left[one] -= some
        moved[one] += some
    return moved
