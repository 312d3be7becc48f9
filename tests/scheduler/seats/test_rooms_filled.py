"""Filling one room: constructions, swaps and the exact model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations, product

import numpy as np
import pytest

from models.policy import Effort
from scheduler.seats.exact import arrange, solve_exactly
from scheduler.seats.grid_fill import Content, RoomProblem, construct, improve
from scheduler.seats.neighbours import Grid, Papers


def room_of(cells: Sequence[tuple[int, int]], mix: Sequence[tuple[Papers, int]]) -> RoomProblem:
    """A room of one pool."""
    return RoomProblem(
        grid=Grid(tuple(sorted(cells))),
        pools=(0,) * len(cells),
        open_subjects=(0b1111,) * len(cells),
        contents=tuple(Content(papers, 0, 1) for papers, _ in mix),
        counts=tuple(count for _, count in mix),
    )


def rectangle(rows: int, columns: int, counts: Sequence[int]) -> RoomProblem:
    """A full grid with ``counts[i]`` seats of paper i + 1 in one subject."""
    mix: list[tuple[Papers, int]] = [((i, 0, 0, 0), n) for i, n in enumerate(counts, start=1)]
    return room_of(list(product(range(rows), range(columns))), mix)


def partitions(total: int, most: int) -> Iterator[tuple[int, ...]]:
    """Descending parts of ``total``, none above ``most``."""
    if total == 0:
        yield ()
    for part in range(min(total, most), 0, -1):
        for rest in partitions(total - part, part):
            yield (part, *rest)


def best_by_enumeration(problem: RoomProblem) -> int:
    """Fewest pairs over all arrangements."""
    line = [i for i, n in enumerate(problem.counts) for _ in range(n)]
    line += [len(problem.contents)] * (len(problem.grid) - len(line))
    return min(problem.pairs(np.array(p)) for p in set(permutations(line)))


def assert_holds_everybody(problem: RoomProblem, cells: Sequence[int]) -> None:
    """Every content as often as asked, on seats that it fits."""
    held = Counter(cells)
    assert [held[i] for i in range(len(problem.counts))] == list(problem.counts)
    assert all(problem.fits[cell, content] for cell, content in enumerate(cells))


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (3, 3), (3, 4), (2, 7), (4, 4), (3, 5)])
def test_no_paper_above_half_means_no_pair(rows: int, columns: int) -> None:
    cells = rows * columns
    for counts in partitions(cells, (cells + 1) // 2):
        problem = rectangle(rows, columns, counts)
        arrangement = construct(problem)
        assert problem.pairs(arrangement) == 0, counts
        assert_holds_everybody(problem, arrangement.tolist())


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (5, 6), (5, 9)])
def test_a_paper_above_half_gets_its_bound_in_full_grids(rows: int, columns: int) -> None:
    cells = rows * columns
    for first in range(cells // 2 + 1, cells + 1):
        problem = rectangle(rows, columns, (first, cells - first))
        assert problem.bound > 0 or first == (cells + 1) // 2
        assert problem.pairs(construct(problem)) == problem.bound


def test_free_seats_go_where_they_separate_most() -> None:
    # 28 of 30 desks: two inner desks of one colour stay free, 49 - 2 x 4 pairs remain.
    problem = rectangle(5, 6, (28,))
    assert problem.pairs(construct(problem)) == problem.bound == 41


def test_t_of_four_seats_cannot_reach_its_bound() -> None:
    # Left, middle, right and one below the middle: whoever sits in the middle meets the others.
    mix: list[tuple[Papers, int]] = [((1, 0, 0, 0), 2), ((2, 0, 0, 0), 2)]
    problem = room_of([(0, 0), (0, 1), (0, 2), (1, 1)], mix)
    assert problem.bound == 0
    assert best_by_enumeration(problem) == 1
    arrangement = arrange(problem, Effort.STANDARD)
    assert (arrangement.pairs, arrangement.bound, arrangement.proved) == (1, 1, True)


@pytest.mark.parametrize("seed", range(25))
def test_small_rooms_are_optimal(seed: int) -> None:
    draw = random.Random(seed)
    cells = sorted(draw.sample(list(product(range(3), range(3))), draw.randint(5, 8)))
    mix: Counter[Papers] = Counter()
    for _ in range(draw.randint(3, len(cells))):
        specialty, mask = draw.randint(1, 2), draw.choice([15, 15, 15, 3, 12, 8, 7])
        a, b, c, d = (specialty if mask >> i & 1 else 0 for i in range(4))
        mix[a, b, c, d] += 1
    problem = room_of(cells, sorted(mix.items()))
    arrangement = arrange(problem, Effort.STANDARD)
    assert arrangement.proved
    assert arrangement.pairs == best_by_enumeration(problem) >= arrangement.bound
    assert_holds_everybody(problem, arrangement.cells.tolist())


def test_swaps_keep_seats_of_a_need_for_those_who_fit() -> None:
    # Two pools in a row of six: the first two seats take only content 0, the others both.
    problem = RoomProblem(
        grid=Grid(tuple((0, column) for column in range(6))),
        pools=(0, 0, 1, 1, 1, 1),
        open_subjects=(0b1111,) * 6,
        contents=(Content((1, 0, 0, 0), 0, 0b11), Content((2, 0, 0, 0), 1, 0b10)),
        counts=(2, 2),
    )
    arrangement = arrange(problem, Effort.STANDARD)
    assert arrangement.pairs == 0
    assert_holds_everybody(problem, arrangement.cells.tolist())


def test_improvement_and_exact_model_never_worsen() -> None:
    problem = rectangle(4, 5, (9, 6, 3))
    start = np.repeat([0, 1, 2, 3], [9, 6, 3, 2])
    better = improve(problem, start)
    assert problem.pairs(better) == 0 < problem.pairs(start)
    exact, bound = solve_exactly(problem, start, 5.0)
    assert problem.pairs(exact) == bound == 0
