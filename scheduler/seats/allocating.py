"""How many of each class sit in which pool of a center and sitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from ortools.sat.python import cp_model

from models.errors import Defect
from scheduler import masks
from scheduler.seats.plainest import needless, plainest
from scheduler.seats.pools import Class, Pool
from scheduler.solver import Goal, Model, minimise_in_turn


def allocate(
    pools: Sequence[Pool], people: Mapping[Class, int], *, share: bool
) -> dict[tuple[Class, int], int]:
    """How many of each class sit in each pool (by index); zeros are left out.

    Fewest seats in use first, then fewest seats whose features their candidate does not need.
    There is somebody of each class.

    Raises:
        Defect: the people do not fit; the dates stage promises that they do.
    """
    allowed = {
        one: tuple([i for i, pool in enumerate(pools) if one in pool.takes]) for one in people
    }
    if not all(allowed.values()):
        raise Defect("somebody is in a center that has no seat for the subjects and needs")
    if all(len(choices) == 1 for choices in allowed.values()):
        counts = {(one, allowed[one][0]): number for one, number in people.items()}
    else:
        counts = plainest(pools, people, allowed, share=share) or dict(
            _allocate_by_solver(tuple(pools), tuple(sorted(people.items())), share=share)
        )
    taken = np.zeros((len(pools), masks.FULL + 1), dtype=np.int64)
    for (one, i), number in counts.items():
        taken[i, one.mask] += number
    used = masks.seats_of_each(taken) if share else taken.sum(axis=1)
    for pool, seats in zip(pools, used.tolist(), strict=True):
        if seats > pool.seats:
            raise Defect(f"{seats} seats are needed where {pool.seats} are open")
    return counts


@lru_cache(maxsize=1024)
def _allocate_by_solver(
    pools: tuple[Pool, ...], people: tuple[tuple[Class, int], ...], *, share: bool
) -> tuple[tuple[tuple[Class, int], int], ...]:
    model = Model()
    sits = {
        (one, i): model.new_int_var(0, number, "")
        for one, number in people
        for i, pool in enumerate(pools)
        if one in pool.takes
    }
    for one, number in people:
        own = [sits[one, i] for i in range(len(pools)) if (one, i) in sits]
        model.add(cp_model.LinearExpr.sum(own) == number)
    used = []
    for i, pool in enumerate(pools):
        seats = model.new_int_var(0, pool.seats, "")
        families = masks.families(masks.FULL) if share else (frozenset(masks.ALL_MASKS),)
        for family in families:
            members = [sits[one, i] for one, _ in people if one.mask in family and (one, i) in sits]
            if members:
                model.add(cp_model.LinearExpr.sum(members) <= seats)
        used.append(seats)
    features = sum(needless(pools[i], one) * number for (one, i), number in sits.items())
    solution, _ = minimise_in_turn(
        model, [Goal("seats of a center", sum(used)), Goal("needless seats", features)]
    )
    values = ((key, solution.value(variable)) for key, variable in sits.items())
    return tuple((key, value) for key, value in values if value)
