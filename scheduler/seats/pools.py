"""Which candidates of one center and sitting use which seats, as counts.

Seats that nobody present can tell apart form a *pool*; a pool needs the theorem's number of
seats for the masks put on it (docs/model.md, section 2). Nearly everywhere there is one pool,
or every candidate has only one, and nothing is left to decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from models.errors import Defect
from models.exam import SEPARATE_ROOM
from scheduler import masks
from scheduler.places import SeatKind
from scheduler.solver import Goal, minimise_in_turn


class Class(NamedTuple):
    """What decides where a candidate may sit: the mask, and the needs in ascending order."""

    mask: int
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """Seats that take the same classes of the candidates present."""

    takes: frozenset[Class]
    features: frozenset[str]
    """The features of these seats that somebody present needs."""
    seats: int


def pools_of(
    seats: Mapping[SeatKind, int], classes: Sequence[Class]
) -> tuple[tuple[Pool, ...], dict[SeatKind, int]]:
    """Group seat kinds by the classes that they take.

    Returns:
        The pools in a fixed order, and the pool of each seat kind; kinds that take nobody
        present are absent, so rooms for a need that nobody has stay closed.
    """
    pools: list[Pool] = []
    pool_of: dict[SeatKind, int] = {}
    for takes, features, members in _alike(tuple(seats), tuple(classes)):
        pool_of.update(dict.fromkeys(members, len(pools)))
        pools.append(Pool(takes, features, sum(seats[k] for k in members)))
    return tuple(pools), pool_of


@lru_cache(maxsize=4096)
def _alike(
    kinds: tuple[SeatKind, ...], classes: tuple[Class, ...]
) -> tuple[tuple[frozenset[Class], frozenset[str], tuple[SeatKind, ...]], ...]:
    """Seat kinds that take the same classes: the classes, the features needed, the kinds."""
    needed = frozenset(need for c in classes for need in c.needs)
    alike: dict[frozenset[Class], list[SeatKind]] = defaultdict(list)
    for kind in kinds:
        takes = frozenset(c for c in classes if kind.takes(c.mask, frozenset(c.needs)))
        if takes:
            alike[takes].append(kind)
    return tuple(
        (takes, frozenset.intersection(*(k.features for k in alike[takes])) & needed,
         tuple(alike[takes]))
        for takes in sorted(alike, key=sorted)
    )  # fmt: skip


def seats_used(counts: Mapping[int, int], *, share: bool) -> int:
    """Seats that ``counts[mask]`` candidates take in one pool: the theorem, or one each."""
    return masks.seats_needed(counts) if share else sum(counts.values())


def allocate(
    pools: Sequence[Pool], people: Mapping[Class, int], *, share: bool
) -> dict[tuple[Class, int], int]:
    """How many of each class sit in each pool (by index); zeros are left out.

    Fewest seats in use first, then fewest seats whose features their candidate does not need.

    Raises:
        Defect: the people do not fit; the dates stage promises that they do.
    """
    allowed = {c: [i for i, pool in enumerate(pools) if c in pool.takes] for c in people}
    if all(len(choices) == 1 for choices in allowed.values()):
        counts = {(c, allowed[c][0]): n for c, n in people.items() if n}
    else:
        counts = _plainest(pools, people, allowed, share=share) or dict(
            _allocate_by_solver(tuple(pools), tuple(sorted(people.items())), share=share)
        )
    for i, pool in enumerate(pools):
        used = seats_used(_by_mask(counts, i), share=share)
        if used > pool.seats:
            raise Defect(f"{used} seats are needed where {pool.seats} are open")
    if sum(counts.values()) != sum(people.values()):
        raise Defect("somebody is in a center that has no seat for the subjects and needs")
    return counts


def _needless(pool: Pool, one: Class) -> int:
    """Features of a seat that its candidate does not need."""
    return len(pool.features.difference(one.needs, [SEPARATE_ROOM]))


def _plainest(
    pools: Sequence[Pool],
    people: Mapping[Class, int],
    allowed: Mapping[Class, Sequence[int]],
    *,
    share: bool,
) -> dict[tuple[Class, int], int] | None:
    """Everybody where the fewest features are needless, if what the solver wants follows.

    From there people move, as cheaply as anybody can: onto seats that somebody of
    another pool leaves half empty, then, those who sit every subject, out of pools that are too
    small. In the end no seat more is taken than if all were alike, which nobody can better; and
    as many had to move as seats were to be saved, or were missing in the pools too small. None
    where that cannot be shown.
    """
    if not all(allowed.values()):
        return None
    counts: Counter[tuple[Class, int]] = Counter()
    taken = np.zeros((len(pools), masks.FULL + 1), dtype=np.int64)
    for one, number in people.items():
        _, pool = min((_needless(pools[i], one), i) for i in allowed[one])
        counts[one, pool] += number
        taken[pool, one.mask] += number
    seats = np.array([pool.seats for pool in pools])
    seats_of = masks.seats_of_each if share else _one_each
    used = seats_of(taken)
    fewest = int(seats_of(taken.sum(axis=0, keepdims=True))[0])
    must_move = max(int(used.sum()) - fewest, int(np.maximum(used - seats, 0).sum()))
    costs = {
        (one, here, there): _needless(pools[there], one) - _needless(pools[here], one)
        for one, here in sorted(counts, key=lambda key: (used[key[1]] <= seats[key[1]], key))
        for there in allowed[one]
        if there != here
    }
    moves = [move for move, cost in costs.items() if cost == min(costs.values())]
    moved = 0
    for one, here, there in moves:
        while taken[there].any() and counts[one, here] and used.sum() > fewest:
            trial = taken.copy()
            trial[here, one.mask] -= 1
            trial[there, one.mask] += 1
            if seats_of(trial).sum() == used.sum():
                break
            counts[one, here] -= 1
            counts[one, there] += 1
            taken, used, moved = trial, seats_of(trial), moved + 1
    for one, here, there in moves:
        missing, free = int(used[here] - seats[here]), int(seats[there] - used[there])
        number = min(counts[one, here], missing, free)
        if one.mask == masks.FULL and number > 0:
            counts[one, here] -= number
            counts[one, there] += number
            used[here] -= number
            used[there] += number
            moved += number
    if (used > seats).any() or used.sum() > fewest or moved > must_move:
        return None
    return {key: number for key, number in counts.items() if number}


def _one_each(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Seats of each pool where nobody shares one."""
    seats: npt.NDArray[np.int64] = counts.sum(axis=1)
    return seats


def _by_mask(counts: Mapping[tuple[Class, int], int], pool: int) -> Counter[int]:
    by_mask: Counter[int] = Counter()
    for (one, i), number in counts.items():
        if i == pool:
            by_mask[one.mask] += number
    return by_mask


@lru_cache(maxsize=1024)
def _allocate_by_solver(
    pools: tuple[Pool, ...], people: tuple[tuple[Class, int], ...], *, share: bool
) -> tuple[tuple[tuple[Class, int], int], ...]:
    model = cp_model.CpModel()
    sits = {
        (one, i): model.new_int_var(0, number, "")
        for one, number in people
        for i, pool in enumerate(pools)
        if one in pool.takes
    }
    for one, number in people:
        choices = [sits[one, i] for i in range(len(pools)) if (one, i) in sits]
        if not choices:
            raise Defect("somebody is in a center that has no seat for the subjects and needs")
        model.add(sum(choices) == number)
    used = []
    for i, pool in enumerate(pools):
        seats = model.new_int_var(0, pool.seats, "")
        families = masks.families(masks.FULL) if share else (frozenset(masks.ALL_MASKS),)
        for family in families:
            members = [sits[one, i] for one, _ in people if one.mask in family and (one, i) in sits]
            if members:
                model.add(sum(members) <= seats)
        used.append(seats)
    needless = sum(_needless(pools[i], one) * number for (one, i), number in sits.items())
    solution, _ = minimise_in_turn(
        model, [Goal("seats of a center", sum(used)), Goal("needless seats", needless)]
    )
    values = ((key, solution.value(variable)) for key, variable in sits.items())
    return tuple((key, value) for key, value in values if value)
