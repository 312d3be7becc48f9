"""Neighbouring cells of a room, and the fewest same-paper pairs that k cells can have.

A *pair* is two cells next to each other (left-right or front-back) and a question paper that
both carry in its session. Missing, spare and closed cells separate. ``e(k)``, the fewest
adjacent pairs among any k cells of a room, is the bound that every arrangement is measured
against (docs/model.md, section 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.graph.python import max_flow

from scheduler.solver import Goal, Model, minimise_in_turn

SUBJECTS = 4
PROFILE_WIDTH = 12
"""Widest room (shorter side) whose e(k) is computed by profiles; wider ones use the solver."""

Papers = tuple[int, int, int, int]
"""Question paper of each subject on one seat; 0 where nobody sits that subject there."""

_NEVER = 20_000
_SCALE = 12
"""Weights of a free cell are multiples of 1/12 pair."""
_WIDE_ROOM_TIME = 2.0


@dataclass(frozen=True)
class Grid:
    """The cells of a room that can be used, as ``(row, column)`` in ascending order."""

    cells: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.cells)

    def __hash__(self) -> int:
        """Of the cells, worked out once: grids are the keys of many caches."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.cells)

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Row of each cell."""
        return np.array([row for row, _ in self.cells], dtype=np.int64)

    @cached_property
    def columns(self) -> npt.NDArray[np.int64]:
        """Column of each cell."""
        return np.array([column for _, column in self.cells], dtype=np.int64)

    @cached_property
    def edges(self) -> npt.NDArray[np.int64]:
        """Adjacent cells, shape (edges, 2), as indices into ``cells``."""
        if not self.cells:
            return np.empty((0, 2), dtype=np.int64)
        index = np.full((self.rows.max() + 2, self.columns.max() + 2), -1, dtype=np.int64)
        index[self.rows, self.columns] = np.arange(len(self))
        near = np.stack(
            [index[self.rows, self.columns + 1], index[self.rows + 1, self.columns]], axis=1
        )
        cell, side = np.nonzero(near >= 0)
        return np.stack([cell, near[cell, side]], axis=1)

    @cached_property
    def adjacent(self) -> npt.NDArray[np.float64]:
        """1 where two cells are adjacent, shape (cells, cells)."""
        adjacent = np.zeros((len(self), len(self)))
        adjacent[tuple(self.edges.T)] = 1
        return adjacent + adjacent.T

    @cached_property
    def near(self) -> npt.NDArray[np.int64]:
        """The cells adjacent to each, shape (cells, 4); itself where it has fewer."""
        ends = np.concatenate([self.edges, self.edges[:, ::-1]])
        cell, other = ends[np.argsort(ends[:, 0], kind="stable")].T
        near = np.repeat(np.arange(len(self))[:, None], 4, axis=1)
        near[cell, np.arange(len(cell)) - np.searchsorted(cell, cell)] = other
        return near

    @cached_property
    def degrees(self) -> npt.NDArray[np.int64]:
        """Number of neighbours of each cell."""
        return np.bincount(self.edges.ravel(), minlength=len(self))

    @cached_property
    def colours(self) -> npt.NDArray[np.int64]:
        """Chessboard colour of each cell, 0 or 1; neighbours differ."""
        return self.diagonals % 2

    @cached_property
    def diagonals(self) -> npt.NDArray[np.int64]:
        """Row + column of each cell; neighbours differ by one."""
        return self.rows + self.columns

    @cached_property
    def is_full(self) -> bool:
        """Is this a rectangle without gaps?"""
        return not self.cells or int(np.ptp(self.rows) + 1) * int(np.ptp(self.columns) + 1) == len(
            self
        )

    @cached_property
    def is_wide(self) -> bool:
        """Are there more columns than rows?"""
        return int(np.ptp(self.columns)) > int(np.ptp(self.rows))

    @cached_property
    def apart(self) -> int:
        """So many cells are at least free of pairs: all of one chessboard colour."""
        return int(np.bincount(self.colours, minlength=1).max())

    @cached_property
    def exact_curve(self) -> tuple[int, ...] | None:
        """e(0), e(1), ..., e(cells); None in wide rooms with gaps."""
        return _exact_curve(self.shape)

    @cached_property
    def shape(self) -> Grid:
        """The same cells moved to the corner, shorter side as columns: the key of caches."""
        if not self.cells:
            return self
        top = min(row for row, _ in self.cells)
        left = min(column for _, column in self.cells)
        cells = [(row - top, column - left) for row, column in self.cells]
        if max(column for _, column in cells) > max(row for row, _ in cells):
            cells = [(column, row) for row, column in cells]
        return Grid(tuple(sorted(cells)))


@lru_cache(maxsize=4096)
def grid_of(width: int, places: bytes) -> Grid:
    """The grid of ascending ``row * width + column`` (int64); rooms alike share one object."""
    rows, columns = np.divmod(np.frombuffer(places, dtype=np.int64), width)
    return Grid(tuple(zip(rows.tolist(), columns.tolist(), strict=True)))


class SideBySide(NamedTuple):
    """Several grids as one: the first cell of each, the edges, and the grid of each edge."""

    first: npt.NDArray[np.int64]
    edges: npt.NDArray[np.int64]
    grid_of_edge: npt.NDArray[np.int64]


def side_by_side(grids: Sequence[Grid]) -> SideBySide:
    """All cells of some grids, numbered through."""
    size = np.array([len(grid) for grid in grids], dtype=np.int64)
    first = np.cumsum(size) - size
    edges = [grid.edges for grid in grids]
    of_edge = np.repeat(np.arange(len(grids)), [len(e) for e in edges])
    return SideBySide(first, np.concatenate(edges) + first[of_edge][:, None], of_edge)


def fewest_pairs(grid: Grid, occupied: int) -> int:
    """e(k): the least number of adjacent pairs among any ``occupied`` cells of the grid.

    Exact; for a room with gaps whose shorter side exceeds ``PROFILE_WIDTH`` it is the solver's
    bound, which is exact unless its limit is hit.
    """
    if occupied <= grid.apart:
        return 0
    curve = grid.exact_curve
    return curve[occupied] if curve is not None else fewest_by_cuts_and_solver(grid.shape, occupied)


def pair_bound(
    grid: Grid, open_subjects: tuple[int, ...], contents: Iterable[tuple[Papers, int]]
) -> int:
    """Pairs that a room cannot avoid: the sum of e(seats carrying it) over question papers.

    Args:
        grid: the room's cells.
        open_subjects: per cell the mask of subjects for which it is open; a paper can only use
            the cells open for its subject, so the bound counts only those.
        contents: papers of a seat, and how many seats carry exactly these.
    """
    carried: list[Counter[int]] = [Counter() for _ in range(SUBJECTS)]
    for papers, count in contents:
        for subject, paper in enumerate(papers):
            if paper:
                carried[subject][paper] += count
    bound = 0
    for subject, seats in enumerate(carried):
        if seats:
            cells = open_grid(grid, open_subjects, subject)
            bound += sum(fewest_pairs(cells, count) for count in seats.values() if count > 1)
    return bound


@lru_cache(maxsize=4096)
def open_grid(grid: Grid, open_subjects: tuple[int, ...], subject: int) -> Grid:
    """The cells open for one subject (0-based); a closed cell separates like a missing one."""
    cells = tuple(
        cell for cell, mask in zip(grid.cells, open_subjects, strict=True) if mask >> subject & 1
    )
    return grid if len(cells) == len(grid) else Grid(cells)


@lru_cache(maxsize=4096)
def _exact_curve(grid: Grid) -> tuple[int, ...] | None:
    if grid.is_full:
        return _colour_curve(grid)
    width = 1 + max(column for _, column in grid.cells)
    return profile_curve(grid, width) if width <= PROFILE_WIDTH else None


@lru_cache(maxsize=4096)
def _colour_curve(grid: Grid) -> tuple[int, ...]:
    """Pairs when the free cells are those with most neighbours of one chessboard colour.

    Such cells are never adjacent, so freeing them removes the sum of their degrees. In a full
    rectangle nothing is better (checked by enumeration).
    """
    cells, edges = len(grid), len(grid.edges)
    removed = np.zeros((2, cells + 1), dtype=np.int64)
    for colour in (0, 1):
        degrees = np.sort(grid.degrees[grid.colours == colour])[::-1]
        removed[colour, 1 : len(degrees) + 1] = np.cumsum(degrees)
        removed[colour, len(degrees) + 1 :] = edges
    return tuple(int(edges - most) for most in removed.max(axis=0)[::-1])


def profile_curve(grid: Grid, width: int) -> tuple[int, ...]:
    """e(k) for every k at once, cell by cell over the occupancy of the last ``width`` cells.

    ``fewest[profile, k]`` is the least number of pairs with k cells occupied so far; bit j of
    the profile tells whether the last cell seen in column j is occupied.
    """
    present = set(grid.cells)
    height = 1 + max(row for row, _ in grid.cells)
    fewest = np.full((1 << width, 1), _NEVER, dtype=np.int16)
    fewest[0, 0] = 0
    for row in range(height):
        for column in range(width):
            # Axes: later columns, the cell in front, earlier columns of this row, k.
            split = fewest.reshape(1 << (width - 1 - column), 2, 1 << column, -1)
            free, taken = split[:, 0], split[:, 1]
            after = np.full((*split.shape[:3], split.shape[3] + 1), _NEVER, dtype=np.int16)
            np.minimum(free, taken, out=after[:, 0, :, :-1])
            if (row, column) in present:
                here = np.minimum(free, taken + 1, out=after[:, 1, :, 1:])
                here[:, (1 << column) // 2 :] += int(column > 0)
            else:
                after = after[..., :-1]
            # What cannot be stays far above: a pair or two are added per cell.
            fewest = after.reshape(1 << width, -1)
    return tuple(fewest.min(axis=0).tolist())


@lru_cache(maxsize=4096)
def fewest_by_cuts_and_solver(grid: Grid, occupied: int) -> int:
    """The integer program: min sum z, x_u + x_v - z_uv <= 1, sum x = k.

    Run only where minimum cuts do not already prove the colour arrangement best.
    """
    free = len(grid) - occupied
    bound = max(-(-(cut - weight * free) // _SCALE) for weight, cut in _minimum_cuts(grid))
    if bound >= _colour_curve(grid)[occupied]:
        return bound
    model = Model()
    taken = [model.new_bool_var("") for _ in grid.cells]
    model.add(sum(taken) == occupied)
    both = [model.new_bool_var("") for _ in grid.edges]
    for pair, (u, v) in zip(both, grid.edges.tolist(), strict=True):
        model.add(taken[u] + taken[v] - pair <= 1)
    model.add(sum(both) >= bound)
    goal = Goal("fewest pairs of a room", sum(both), known_bound=bound)
    _, (outcome,) = minimise_in_turn(model, [goal], deterministic_time=_WIDE_ROOM_TIME)
    return outcome.bound


@lru_cache(maxsize=256)
def _minimum_cuts(grid: Grid) -> tuple[tuple[int, int], ...]:
    """Least ``pairs + weight * free cells`` over all choices of cells, by weight (both scaled).

    One colour's cells are taken on the source side, the other's on the sink side, so a pair is
    a cut arc and a free cell a cut arc to a terminal. For every weight this bounds e(k) from
    below (Lagrangian relaxation of the number of cells); together the weights give its convex
    envelope.
    """
    source, sink = len(grid), len(grid) + 1
    colours = grid.colours.tolist()
    cuts = []
    for weight in range(4 * _SCALE + 1):
        flow = max_flow.SimpleMaxFlow()
        for cell, colour in enumerate(colours):
            ends = (cell, sink) if colour else (source, cell)
            flow.add_arc_with_capacity(*ends, weight)
        for u, v in grid.edges.tolist():
            flow.add_arc_with_capacity(*((v, u) if colours[u] else (u, v)), _SCALE)
        flow.solve(source, sink)
        cuts.append((weight, int(flow.optimal_flow())))
    return tuple(cuts)
