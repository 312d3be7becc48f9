"""Families, patterns and chains of one seat; the theorem against plain enumeration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.masks import (
    ALL_MASKS,
    FULL,
    chain_repeats,
    families,
    patterns,
    seats_needed,
    submasks,
)


def chain_patterns(counts: Mapping[int, int], seats: int) -> list[tuple[tuple[int, ...], int]]:
    """The patterns of one pool and how often each is used; a pool beside it changes nothing."""
    by_mask = np.array([[counts.get(mask, 0) for mask in range(FULL + 1)], [3] * (FULL + 1)])
    by_mask[1, 0] = 0
    repeats, _ = chain_repeats(by_mask, np.array([seats, 100])).tolist()
    return [(p, n) for p, n in zip(patterns(), repeats, strict=True) if n]


SMALL_COUNTS = st.dictionaries(st.sampled_from(ALL_MASKS), st.integers(1, 3), max_size=6)


def _masks(*subjects: str) -> Counter[int]:
    """Counts by mask of subject texts such as ``"134"``."""
    return Counter(sum(1 << (int(s) - 1) for s in text) for text in subjects)


def _fewest_seats(people: Iterable[int]) -> int:
    """Least number of seats by trying every seat, used or new, for one person after another."""
    order = sorted(people, key=lambda m: (-m.bit_count(), m))

    @cache
    def fits(i: int, free: tuple[int, ...]) -> bool:
        if i == len(order):
            return True
        return any(
            fits(i + 1, tuple(sorted((*free[:s], free[s] & ~order[i], *free[s + 1 :]))))
            for s in range(len(free))
            if order[i] & ~free[s] == 0 and free[s] not in free[:s]
        )

    every = max((1 << m.bit_length()) - 1 for m in (*order, 1))
    return next(n for n in range(len(order) + 1) if fits(0, (every,) * n))


@pytest.mark.parametrize(
    ("open_subjects", "number"), [(FULL, 12), (0b0111, 4), (0b0011, 2), (0b1000, 1), (0, 0)]
)
def test_number_of_families(open_subjects: int, number: int) -> None:
    assert len(families(open_subjects)) == number


@pytest.mark.parametrize("subjects", [1, 2, 3, 4])
def test_the_number_of_families_depends_on_how_many_subjects_are_open_only(subjects: int) -> None:
    sizes = {len(families(m)) for m in ALL_MASKS if m.bit_count() == subjects}
    assert len(sizes) == 1


@pytest.mark.parametrize("open_subjects", ALL_MASKS)
def test_families_are_the_maximal_pairwise_intersecting_sets(open_subjects: int) -> None:
    masks = submasks(open_subjects)
    meeting = [
        frozenset(chosen)
        for size in range(1, len(masks) + 1)
        for chosen in combinations(masks, size)
        if all(a & b for a, b in combinations(chosen, 2))
    ]
    # A set that no single mask can join is maximal.
    maximal = {f for f in meeting if not any(all(m & a for a in f) for m in set(masks) - f)}
    assert set(families(open_subjects)) == maximal
    assert list(families(open_subjects)) == sorted(maximal, key=sorted)


def test_fifty_one_patterns_each_of_disjoint_masks() -> None:
    expected = {
        chosen
        for size in range(1, 5)
        for chosen in combinations(ALL_MASKS, size)
        if not any(a & b for a, b in combinations(chosen, 2))
    }
    assert len(expected) == 51
    assert {tuple(sorted(p)) for p in patterns()} == expected
    assert len(patterns()) == 51


@given(SMALL_COUNTS)
def test_the_theorem_equals_enumeration(counts: dict[int, int]) -> None:
    assert seats_needed(counts) == _fewest_seats(Counter(counts).elements())


@given(st.sampled_from(ALL_MASKS), st.data())
def test_the_theorem_holds_with_fewer_open_subjects(
    open_subjects: int, data: st.DataObject
) -> None:
    masks = st.sampled_from(submasks(open_subjects))
    counts = data.draw(st.dictionaries(masks, st.integers(1, 3), max_size=5))
    assert seats_needed(counts, open_subjects) == _fewest_seats(Counter(counts).elements())


def test_three_masks_that_meet_pairwise_need_three_seats() -> None:
    counts = _masks("12", "23", "13")
    assert max(sum(n for m, n in counts.items() if m >> s & 1) for s in range(4)) == 2
    assert seats_needed(counts) == _fewest_seats(counts.elements()) == 3


def test_no_such_theorem_for_five_subjects() -> None:
    """A ring of five masks: at most two meet pairwise, yet no seat carries three of them."""
    ring = _masks("12", "23", "34", "45", "51")
    largest = max(
        len(chosen)
        for size in range(1, 6)
        for chosen in combinations(ring, size)
        if all(a & b for a, b in combinations(chosen, 2))
    )
    assert largest == 2
    assert _fewest_seats(ring.elements()) == 3


def test_a_mask_that_is_not_open_is_refused() -> None:
    with pytest.raises(ValueError, match="not open"):
        seats_needed({0b1000: 1}, 0b0111)
    assert seats_needed({0b1000: 0, 0b0001: 2}, 0b0111) == 2


@given(st.dictionaries(st.sampled_from(ALL_MASKS), st.integers(0, 40)))
def test_chains_close_on_exactly_the_seats_needed(counts: dict[int, int]) -> None:
    seats = seats_needed(counts)
    chains = chain_patterns(counts, seats)
    carried: Counter[int] = Counter()
    for pattern, repeat in chains:
        assert repeat > 0
        assert pattern in patterns()
        for mask in pattern:
            carried[mask] += repeat
    assert carried == Counter({m: n for m, n in counts.items() if n})
    assert sum(repeat for _, repeat in chains) == seats


def test_one_seat_less_is_refused() -> None:
    counts = _masks("12", "23", "13", "4", "4", "4")
    with pytest.raises(ValueError, match="3 seats are needed, 2 are given"):
        chain_patterns(counts, 2)


@given(SMALL_COUNTS, st.integers(0, 5))
def test_spare_seats_never_make_chains_longer_than_given(counts: dict[int, int], more: int) -> None:
    seats = seats_needed(counts) + more
    chains = chain_patterns(counts, seats)
    assert sum(repeat for _, repeat in chains) <= seats
    assert sum(len(p) * repeat for p, repeat in chains) == sum(counts.values())
