"""The theorem's families, found again by brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from scheduler.verify.families import intersecting_families, membership

FULL = 0b1111


def by_adding(open_subjects: int) -> set[frozenset[int]]:
    """Maximal families the slow way: add masks in every order that still intersects."""
    masks = [m for m in range(1, 16) if m & ~open_subjects == 0]
    found: set[frozenset[int]] = set()

    def grow(family: frozenset[int]) -> None:
        more = [m for m in masks if m not in family and all(m & o for o in family)]
        if not more:
            found.add(family)
        for mask in more:
            if not family or mask > max(family) or not any(m < mask for m in more):
                grow(family | {mask})

    grow(frozenset())
    return {f for f in found if all(any(not m & o for o in f) for m in masks if m not in f)}


@pytest.mark.parametrize(
    ("open_subjects", "count"), [(0, 0), (1, 1), (0b11, 2), (0b111, 4), (FULL, 12)]
)
def test_number_of_families(open_subjects: int, count: int) -> None:
    assert len(intersecting_families(open_subjects)) == count


def test_four_three_or_two_open_subjects_are_alike_whichever_they_are() -> None:
    counts = {m: len(intersecting_families(m)) for m in range(1, 16)}
    assert counts == {m: {1: 1, 2: 2, 3: 4, 4: 12}[m.bit_count()] for m in range(1, 16)}


def test_the_twelve_are_those_of_the_theorem() -> None:
    """Four "contains i", four "two of three", four "three, or a pair with i"."""
    masks = range(1, 16)
    contains = {frozenset(m for m in masks if m >> i & 1) for i in range(4)}
    two_of = {
        frozenset(m for m in masks if sum(m >> i & 1 for i in three) >= 2)
        for three in combinations(range(4), 3)
    }
    pairs = {
        frozenset(m for m in masks if m.bit_count() >= 3 or (m.bit_count() == 2 and m >> i & 1))
        for i in range(4)
    }
    assert set(intersecting_families(FULL)) == contains | two_of | pairs


@pytest.mark.parametrize("open_subjects", range(1, 16))
def test_every_family_is_intersecting_and_maximal(open_subjects: int) -> None:
    families = intersecting_families(open_subjects)
    masks = [m for m in range(1, 16) if m & ~open_subjects == 0]
    for family in families:
        assert all(a & b for a in family for b in family)
        assert all(any(not m & o for o in family) for m in masks if m not in family)
    assert set(families) >= by_adding(open_subjects)
    assert len(set(families)) == len(families)


def test_every_intersecting_set_lies_in_a_family() -> None:
    families = intersecting_families(FULL)
    for size in (1, 2, 3, 4):
        for chosen in combinations(range(1, 16), size):
            if all(a & b for a, b in combinations(chosen, 2)):
                assert any(set(chosen) <= family for family in families)


def test_membership_is_the_families_as_a_matrix() -> None:
    matrix = membership(FULL)
    assert matrix.shape == (12, 16)
    rows = {frozenset(np.flatnonzero(row).tolist()) for row in matrix}
    assert rows == set(intersecting_families(FULL))
