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

    People are then moved one by one onto seats that somebody of another pool leaves half empty.
    That no seat more is taken than if all were alike proves the first goal; that each move saved a
    seat and cost one needless feature, the second. None where either is not so.
    """
    if not all(allowed.values()):
        return None
    counts: Counter[tuple[Class, int]] = Counter()
    for one, number in people.items():
        _, pool = min((_needless(pools[i], one), i) for i in allowed[one])
        counts[one, pool] += number
    of_all: Counter[int] = Counter()
    for one, number in people.items():
        of_all[one.mask] += number
    fewest = seats_used(of_all, share=share)
    taken = [_by_mask(counts, i) for i in range(len(pools))]
    used = [seats_used(by_mask, share=share) for by_mask in taken]
    moves = [
        (one, here, there)
        for one, here in sorted(counts)
        for there in allowed[one]
        if _needless(pools[there], one) == _needless(pools[here], one) + 1
    ]
    while sum(used) > fewest:
        for one, here, there in moves:
            if counts[one, here] and taken[there]:
                left, joined = taken[here] - Counter([one.mask]), taken[there] + Counter([one.mask])
                seats = seats_used(left, share=share), seats_used(joined, share=share)
                if seats == (used[here] - 1, used[there]):
                    break
        else:
            return None
        counts[one, here] -= 1
        counts[one, there] += 1
        taken[here], taken[there], used[here] = left, joined, used[here] - 1
    fits = all(seats <= pool.seats for seats, pool in zip(used, pools, strict=True))
    return {key: number for key, number in counts.items() if number} if fits else None


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
