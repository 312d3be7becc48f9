"""e(k) against enumeration, the bound of a room, and the named counterexample."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.seats.grid_fill import Content, RoomProblem, construct
from scheduler.seats.neighbours import (
    Grid,
    fewest_by_cuts_and_solver,
    fewest_pairs,
    pair_bound,
    profile_curve,
)


def rectangle(rows: int, columns: int, without: tuple[tuple[int, int], ...] = ()) -> Grid:
    """A full grid less some cells."""
    return Grid(tuple(c for c in product(range(rows), range(columns)) if c not in without))


def enumerate_curve(grid: Grid) -> tuple[int, ...]:
    """e(0..n) by trying every set of cells."""
    chosen = np.arange(1 << len(grid))
    taken = [chosen >> cell & 1 for cell in range(len(grid))]
    size = np.sum(taken, axis=0)
    pairs = np.zeros_like(chosen)
    for u, v in grid.edges.tolist():
        pairs += taken[u] & taken[v]
    return tuple(int(pairs[size == k].min()) for k in range(len(grid) + 1))


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_full_grids_match_enumeration(rows: int, columns: int) -> None:
    grid = rectangle(rows, columns)
    assert grid.is_full
    assert grid.exact_curve == enumerate_curve(grid)


@pytest.mark.parametrize(("rows", "columns"), [(4, 5), (5, 6), (3, 9), (7, 7)])
def test_closed_formula_equals_the_profiles(rows: int, columns: int) -> None:
    grid = rectangle(rows, columns).shape
    width = min(rows, columns)
    assert grid.exact_curve == profile_curve(grid, width)


def test_figures_of_the_model() -> None:
    # docs/model.md, section 5: all 30 desks of 5 x 6 give 49 pairs, 20 of them 13.
    assert fewest_pairs(rectangle(5, 6), 30) == 49
    assert fewest_pairs(rectangle(5, 6), 20) == 13


@settings(max_examples=40, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_grids_with_gaps_match_enumeration(cells: set[tuple[int, int]]) -> None:
    grid = Grid(tuple(sorted(cells)))
    assert grid.exact_curve == enumerate_curve(grid)


def test_wide_rooms_by_cuts_and_solver_match_the_profiles() -> None:
    grid = rectangle(6, 7, ((1, 1), (3, 4), (0, 2))).shape
    by_solver = tuple(fewest_by_cuts_and_solver(grid, k) for k in range(len(grid) + 1))
    assert by_solver == grid.exact_curve


def test_wide_rooms_have_a_bound_below_what_can_be_attained() -> None:
    grid = rectangle(13, 14, ((1, 1), (3, 4)))
    assert fewest_pairs(grid, 90) == 0
    cells = len(grid)
    one_paper = Content((1, 0, 0, 0), 0, 1)
    room = RoomProblem(grid, (0,) * cells, (0b1111,) * cells, (one_paper,), (100,))
    assert 0 < fewest_pairs(grid, 100) <= room.pairs(construct(room))


def test_position_and_orientation_do_not_matter() -> None:
    cells = ((0, 0), (0, 1), (0, 2), (1, 1), (2, 1))
    turned = Grid(tuple(sorted((7 + column, 3 + row) for row, column in cells)))
    assert Grid(cells).exact_curve == turned.exact_curve


def test_bound_adds_up_over_papers_and_subjects() -> None:
    grid = rectangle(1, 3)
    whole = (0b1111,) * 3
    # Three seats in a row with one paper in subject 1: two pairs; two papers in subject 2: none.
    assert pair_bound(grid, whole, [((1, 1, 0, 0), 2), ((1, 2, 0, 0), 1)]) == 2


def test_bound_counts_only_cells_open_for_the_subject() -> None:
    grid = rectangle(1, 3)
    # The right seat is closed in subject 1, so its two people meet: e over two cells.
    assert pair_bound(grid, (0b1111, 0b1111, 0b1110), [((1, 0, 0, 0), 2)]) == 1
    assert pair_bound(grid, (0b1111,) * 3, [((1, 0, 0, 0), 2)]) == 0
