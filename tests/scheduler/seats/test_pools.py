"""Allocation of classes to pools against brute force."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from models.errors import Defect
from models.exam import SEPARATE_ROOM
from scheduler.masks import seats_needed
from scheduler.places import SeatKind
from scheduler.seats.allocating import allocate
from scheduler.seats.pools import Class, pools_of

PLAIN = frozenset[str]()


def kind(open_subjects: int = 15, *features: str) -> SeatKind:
    """A seat kind."""
    return SeatKind(open_subjects, frozenset(features))


def seats_in_use(counts: dict[tuple[Class, int], int], pools: int) -> list[int]:
    """The theorem's seats of each pool."""
    by_pool: list[Counter[int]] = [Counter() for _ in range(pools)]
    for (one, pool), number in counts.items():
        by_pool[pool][one.mask] += number
    return [seats_needed(masks) for masks in by_pool]


def test_seats_that_nobody_can_tell_apart_are_one_pool() -> None:
    seats = {kind(): 10, kind(15, "accessible"): 2, kind(0b0111): 3}
    pools, pool_of = pools_of(seats, [Class(0b0011, ())])
    assert [pool.seats for pool in pools] == [15]
    assert set(pool_of.values()) == {0}


def test_separate_rooms_stay_apart() -> None:
    """Rule ``separate_room_kept_apart``."""
    seats = {kind(): 10, kind(15, SEPARATE_ROOM): 4}
    alone, plain = Class(15, (SEPARATE_ROOM,)), Class(15, ())
    pools, pool_of = pools_of(seats, [alone, plain])
    counts = allocate(pools, {alone: 2, plain: 5}, share=True)
    assert counts == {
        (alone, pool_of[kind(15, SEPARATE_ROOM)]): 2,
        (plain, pool_of[kind()]): 5,
    }
    with pytest.raises(Defect):
        allocate(pools, {alone: 5}, share=True)
    assert kind(15, SEPARATE_ROOM) not in pools_of(seats, [plain])[1]


def test_a_need_without_a_seat_is_a_defect() -> None:
    """Rule ``needs_honoured``."""
    needy, plain = Class(15, ("accessible",)), Class(15, ())
    pools, _ = pools_of({kind(): 10}, [needy, plain])
    with pytest.raises(Defect):
        allocate(pools, {needy: 1, plain: 1}, share=True)


def test_scarce_seats_are_left_to_those_who_need_them() -> None:
    needy, plain = Class(15, ("accessible",)), Class(15, ())
    pools, pool_of = pools_of({kind(): 5, kind(15, "accessible"): 3}, [needy, plain])
    counts = allocate(pools, {needy: 1, plain: 5}, share=True)
    assert counts == {(needy, pool_of[kind(15, "accessible")]): 1, (plain, pool_of[kind()]): 5}


def test_sharing_across_needs_saves_a_seat() -> None:
    # Subject 1 with a need and subject 2 without share the accessible seat.
    needy, plain = Class(0b0001, ("accessible",)), Class(0b0010, ())
    pools, _ = pools_of({kind(): 5, kind(15, "accessible"): 3}, [needy, plain])
    counts = allocate(pools, {needy: 1, plain: 1}, share=True)
    assert sum(seats_in_use(counts, len(pools))) == 1
    assert sum(counts.values()) == 2


def test_without_sharing_everybody_has_a_seat() -> None:
    one, two = Class(0b0001, ()), Class(0b0010, ())
    pools, _ = pools_of({kind(): 1}, [one, two])
    assert sum(allocate(pools, {one: 1, two: 1}, share=True).values()) == 2
    with pytest.raises(Defect):
        allocate(pools, {one: 1, two: 1}, share=False)


def splits(number: int, ways: int) -> Iterator[tuple[int, ...]]:
    """``number`` over ``ways`` places."""
    if ways == 1:
        yield (number,)
        return
    for first in range(number + 1):
        for rest in splits(number - first, ways - 1):
            yield (first, *rest)


def fewest_by_enumeration(
    seats: dict[SeatKind, int], people: list[tuple[Class, int]]
) -> int | None:
    """Fewest seats over all ways to put people on seat kinds; None if they do not fit."""
    kinds = list(seats)

    def extend(i: int, held: list[Counter[int]]) -> int | None:
        needed = [seats_needed(masks) for masks in held]
        if any(n > seats[k] for n, k in zip(needed, kinds, strict=True)):
            return None
        if i == len(people):
            return sum(needed)
        one, number = people[i]
        places = [j for j, k in enumerate(kinds) if k.takes(one.mask, frozenset(one.needs))]
        found = []
        for split in splits(number, len(places)) if places else ():
            after = [Counter(masks) for masks in held]
            for j, n in zip(places, split, strict=True):
                after[j][one.mask] += n
            value = extend(i + 1, after)
            if value is not None:
                found.append(value)
        return min(found, default=None)

    return extend(0, [Counter() for _ in kinds])


@pytest.mark.parametrize("seed", range(60))
def test_allocation_matches_enumeration(seed: int) -> None:
    draw = random.Random(seed)
    seats = {
        kind(draw.choice([15, 15, 0b0011, 0b1110]), *draw.sample(["a", "t"], draw.randint(0, 2))):
        draw.randint(1, 3)
        for _ in range(draw.randint(1, 3))
    }  # fmt: skip
    people: Counter[Class] = Counter()
    for _ in range(draw.randint(1, 4)):
        needs = tuple(sorted(draw.sample(["a", "t"], draw.choice([0, 0, 1]))))
        people[Class(draw.choice([1, 2, 3, 6, 8, 12, 15]), needs)] += draw.randint(1, 2)
    # Merging kinds that nobody can tell apart must not cost a seat either.
    fewest = fewest_by_enumeration(seats, sorted(people.items()))
    pools, _ = pools_of(seats, sorted(people))
    if fewest is None:
        with pytest.raises(Defect):
            allocate(pools, people, share=True)
    else:
        counts = allocate(pools, people, share=True)
        used = seats_in_use(counts, len(pools))
        assert sum(used) == fewest
        assert all(n <= pool.seats for n, pool in zip(used, pools, strict=True))
        assert sum(counts.values()) == sum(people.values())
