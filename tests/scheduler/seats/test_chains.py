"""Chains: the theorem's number of seats, disjoint masks, equal papers together."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import subjects_to_mask
from scheduler.masks import ALL_MASKS, seats_needed
from scheduler.seats.chains import (
    Chain,
    Kind,
    chains_of_pool,
    number_papers,
    papers_of_chain,
    split_over_pools,
)
from scheduler.seats.pools import Class
from tests.builders import specialty

GROUPS = {"101": "101", "303": "303", "304": "303", "368": "368"}
SUBJECTS = ["1", "2", "3", "4", "12", "34", "13", "24", "123", "234", "1234"]
KINDS = st.builds(Kind, st.sampled_from(sorted(GROUPS)), st.sampled_from(SUBJECTS), st.just(""))


@given(st.dictionaries(KINDS, st.integers(1, 9), min_size=1))
def test_chains_seat_everybody_on_the_theorems_seats(kinds: dict[Kind, int]) -> None:
    chains = chains_of_pool(kinds, 0, GROUPS, share=True)
    seated: Counter[Kind] = Counter()
    for chain, number in chains:
        masks = [subjects_to_mask(kind.subjects) for kind in chain.kinds]
        assert sum(masks) in ALL_MASKS  # disjoint masks add up without carrying
        assert sum(mask.bit_count() for mask in masks) == sum(masks).bit_count()
        for kind in chain.kinds:
            seated[kind] += number
    assert seated == kinds
    counts: Counter[int] = Counter()
    for kind, number in kinds.items():
        counts[subjects_to_mask(kind.subjects)] += number
    assert sum(number for _, number in chains) == seats_needed(counts)


def test_partners_have_the_same_specialty_then_the_same_group() -> None:
    kinds = {
        Kind("101", "12", ""): 2,
        Kind("101", "34", ""): 2,
        Kind("303", "12", ""): 3,
        Kind("304", "34", ""): 3,
        Kind("368", "12", "accessible"): 1,
        Kind("368", "34", ""): 1,
    }
    partners = {
        tuple(sorted(kind.specialty for kind in chain.kinds)): number
        for chain, number in chains_of_pool(kinds, 0, GROUPS, share=True)
    }
    assert partners == {("101", "101"): 2, ("303", "304"): 3, ("368", "368"): 1}


def test_without_sharing_a_chain_is_one_person() -> None:
    kinds = {Kind("101", "12", ""): 2, Kind("101", "34", ""): 2}
    chains = chains_of_pool(kinds, 3, GROUPS, share=False)
    assert chains == [(Chain((kind,), 3), 2) for kind in sorted(kinds)]


def test_kinds_are_dealt_to_the_pools_of_their_class() -> None:
    large, small = Kind("101", "12", ""), Kind("303", "12", "")
    needy = Kind("303", "12", "accessible")
    counts = {
        (Class(0b0011, ()), 0): 4,
        (Class(0b0011, ()), 1): 3,
        (Class(0b0011, ("accessible",)), 1): 2,
    }
    split = split_over_pools({large: 5, small: 2, needy: 2}, counts, 2)
    assert split == [{large: 4}, {large: 1, small: 2, needy: 2}]


def test_papers_of_a_chain_are_those_of_its_people() -> None:
    papers_of = number_papers(
        [specialty("303", papers=("NK", "NK-2", "303-3", "303-4")), specialty("101")]
    )
    first = papers_of_chain(Chain((Kind("303", "12", ""), Kind("101", "34", "")), 0), papers_of)
    second = papers_of_chain(Chain((Kind("303", "1", ""),), 0), papers_of)
    assert first[0] == second[0] > 0
    assert second[1:] == (0, 0, 0)
    assert len(set(first)) == 4


@pytest.mark.parametrize("needs", ["a;b", "b;a"])
def test_needs_are_a_set(needs: str) -> None:
    assert Kind("101", "12", needs).seat_class == Class(0b0011, ("a", "b"))
