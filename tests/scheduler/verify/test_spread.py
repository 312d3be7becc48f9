from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.verify.spread import Shape, least_pairs, shared_values


def full(rows: int, columns: int) -> Shape:
    return ((True,) * columns,) * rows


def by_trying(shape: Shape, cells: int) -> int:
    """Fewest adjacent pairs over all choices of cells."""
    places = [(i, j) for i, row in enumerate(shape) for j, counts in enumerate(row) if counts]
    return min(
        sum(((i + 1, j) in chosen) + ((i, j + 1) in chosen) for i, j in chosen)
        for chosen in map(set, combinations(places, cells))
    )


shapes = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.tuples(*[st.booleans()] * columns), min_size=1, max_size=4).map(
        tuple
    )
)


@given(shapes)
@settings(max_examples=60, deadline=None)
def test_least_pairs_against_all_choices(shape: Shape) -> None:
    for cells in range(sum(map(sum, shape)) + 1):
        assert least_pairs(shape, cells) == by_trying(shape, cells)


@pytest.mark.parametrize(("cells", "pairs"), [(15, 0), (16, 2), (20, 13), (30, 49)])
def test_the_desks_of_the_model_document(cells: int, pairs: int) -> None:
    assert least_pairs(full(5, 6), cells) == pairs


@pytest.mark.parametrize(("rows", "columns"), [(5, 10), (10, 5), (8, 10), (12, 12), (1, 30)])
def test_formula_and_profile_agree(rows: int, columns: int) -> None:
    """A further room line with one lonely cell changes nothing but the way of counting."""
    gap = (*full(rows, columns), (False,) * columns, (True, *[False] * (columns - 1)))
    if columns > 12 and rows + 2 > 12:
        pytest.skip("too wide to count exactly")
    for cells in range(rows * columns // 2, rows * columns + 1):
        assert least_pairs(gap, cells + 1) == least_pairs(full(rows, columns), cells)


def test_a_hall_too_wide_and_uneven_is_left_open() -> None:
    hall = ((True,) * 12 + (False,), *full(13, 13))
    assert least_pairs(hall, 20) == 0
    assert least_pairs(hall, 150) is None
    assert least_pairs(full(14, 14), 150) is not None


def test_more_cells_than_there_are_is_an_error() -> None:
    with pytest.raises(ValueError, match="7 cells"):
        least_pairs(full(2, 3), 7)


def test_shared_values_count_each_value_once() -> None:
    left = np.array([[1, 1, 2, -1], [1, 2, 3, 4], [-1, -1, -1, -1]])
    right = np.array([[1, 1, 2, -1], [2, 1, 3, -1], [-1, -1, -1, -1]])
    assert shared_values(left, right).tolist() == [
        [True, False, True, False],
        [False, False, True, False],
        [False] * 4,
    ]
