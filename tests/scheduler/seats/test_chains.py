"""Chains: the theorem's number of seats, disjoint masks, equal papers together."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import subjects_to_mask
from scheduler.masks import seats_needed
from scheduler.seats.chains import Crowd, chain_up, split_over_pools
from scheduler.seats.kinds import Kind, KindTable
from scheduler.seats.pools import Class
from tests.builders import exam_point, small_reference, specialty

REFERENCE = small_reference()
SPECIALTIES = ("101", "303", "304", "368")
SUBJECTS = ["1", "2", "3", "4", "12", "34", "13", "24", "123", "234", "1234"]
KINDS = st.builds(Kind, st.sampled_from(SPECIALTIES), st.sampled_from(SUBJECTS), st.just(""))
POOLS = st.lists(st.dictionaries(KINDS, st.integers(1, 9), min_size=1), min_size=1, max_size=3)


def chains_of(*pools: dict[Kind, int], share: bool = True) -> list[list[tuple[Kind | None, ...]]]:
    """Who sits the four subjects on each seat, by pool."""
    table = KindTable.of(sorted({kind for kinds in pools for kind in kinds}), REFERENCE)
    rows = [
        (pool, table.kinds.index(kind), number)
        for pool, kinds in enumerate(pools)
        for kind, number in kinds.items()
    ]
    crowd = Crowd(*np.array(rows, dtype=np.int64).T)
    chains = chain_up(crowd, len(pools), table, share=share)
    seats: list[list[tuple[Kind | None, ...]]] = [[] for _ in pools]
    for pool, held in zip(chains.pool.tolist(), chains.held.tolist(), strict=True):
        seats[pool].append(tuple(table.kinds[i] if i >= 0 else None for i in held))
    return seats


@given(POOLS)
def test_chains_seat_everybody_on_the_theorems_seats(pools: list[dict[Kind, int]]) -> None:
    for kinds, seats in zip(pools, chains_of(*pools), strict=True):
        seated: Counter[Kind] = Counter()
        for held in seats:
            for kind in set(held) - {None}:
                assert kind is not None
                # Nobody else has one of this person's subjects on the seat.
                subjects = "".join(str(s) for s, other in enumerate(held, 1) if other == kind)
                assert subjects == kind.subjects
                seated[kind] += 1
        assert seated == kinds
        counts: Counter[int] = Counter()
        for kind, number in kinds.items():
            counts[subjects_to_mask(kind.subjects)] += number
        assert len(seats) == seats_needed(counts)


def test_partners_have_the_same_specialty_then_the_same_group() -> None:
    kinds = {
        Kind("101", "12", ""): 2,
        Kind("101", "34", ""): 2,
        Kind("303", "12", ""): 3,
        Kind("304", "34", ""): 3,
        Kind("368", "12", "accessible"): 1,
        Kind("368", "34", ""): 1,
    }
    (seats,) = chains_of(kinds)
    partners = Counter(tuple(kind.specialty for kind in held[::2] if kind) for held in seats)
    assert partners == {("101", "101"): 2, ("303", "304"): 3, ("368", "368"): 1}


def test_whoever_finds_no_partner_so_close_takes_another() -> None:
    kinds = {Kind("101", "12", ""): 2, Kind("368", "34", ""): 1, Kind("303", "3", ""): 1}
    (seats,) = chains_of(kinds)
    assert len(seats) == 2
    assert all(held[0] == Kind("101", "12", "") for held in seats)


def test_without_sharing_a_chain_is_one_person() -> None:
    kinds = {Kind("101", "12", ""): 2, Kind("101", "34", ""): 2}
    (seats,) = chains_of(kinds, share=False)
    early, late = kinds
    assert Counter(seats) == {(early, early, None, None): 2, (None, None, late, late): 2}


def test_kinds_are_dealt_to_the_pools_of_their_class() -> None:
    large, small = Kind("101", "12", ""), Kind("303", "12", "")
    needy = Kind("303", "12", "accessible")
    counts = {
        (Class(0b0011, ()), 0): 4,
        (Class(0b0011, ()), 1): 3,
        (Class(0b0011, ("accessible",)), 1): 2,
    }
    table = KindTable.of([large, small, needy], REFERENCE)
    split = split_over_pools({0: 5, 1: 2, 2: 2}, counts, 2, table)
    assert split == [{0: 3, 1: 1}, {0: 2, 1: 1, 2: 2}]


def test_papers_are_numbered_within_a_subject() -> None:
    reference = small_reference(
        specialties=[
            specialty("101"),
            specialty("303", papers=("NK", "NK-2", "303-3", "303-4")),
            specialty("304", papers=("NK", "NK-2", "304-3", "304-4")),
        ],
        exam_points=[exam_point("2301")],
        centers=[],
        rooms=[],
    )
    kinds = [Kind("101", "34", ""), Kind("303", "12", ""), Kind("303", "1234", ""),
             Kind("304", "1", "")]  # fmt: skip
    early, morning, whole, first = KindTable.of(kinds, reference).papers.tolist()
    assert early[:2] == morning[2:] == [0, 0]
    assert morning[:2] == whole[:2]
    assert first == [whole[0], 0, 0, 0]
    assert 0 not in whole
    assert early[2:] != whole[2:]


@pytest.mark.parametrize("needs", ["a;b", "b;a"])
def test_needs_are_a_set(needs: str) -> None:
    assert Kind("101", "12", needs).seat_class == Class(0b0011, ("a", "b"))
