"""Adjacent cells: who is a neighbour of whom, and how few pairs k cells can have.

Docs/model.md, section 5; docs/formats.md, section 4 ("Pair").
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

MAX_WIDTH = 12
"""Widest grid with gaps (its shorter side) for which the exact least number is computed."""

Shape = tuple[tuple[bool, ...], ...]
"""Rows of a grid, True where a cell counts."""

_FAR = np.int32(1 << 20)


def shared_values(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Where both ends of an edge carry the same value in the same column, each value once.

    Args:
        left: what one end carries, shape (edges, columns), negative for nothing.
        right: the same for the other end.

    Returns:
        Shape (edges, columns); a value that both ends carry in two columns is marked once.
    """
    equal = (left == right) & (left >= 0)
    first: npt.NDArray[np.bool_] = equal.copy()
    for column in range(1, left.shape[1]):
        for earlier in range(column):
            first[:, column] &= ~(equal[:, earlier] & (left[:, earlier] == left[:, column]))
    return first


def least_pairs(shape: Shape, cells: int) -> int | None:
    """The least number of adjacent pairs among any ``cells`` cells of ``shape``.

    Returns:
        The number, or None for a shape with gaps wider than :data:`MAX_WIDTH` in which one colour
        of a chessboard does not suffice.

    Raises:
        ValueError: the shape has fewer cells.
    """
    if cells < 0 or cells > sum(map(sum, shape)):
        raise ValueError(f"{cells} cells are not to be had")
    if cells <= _larger_colour(shape):
        return 0
    if all(map(all, shape)):
        return _in_full_grid(len(shape), len(shape[0]), cells)
    if min(len(shape), len(shape[0])) > MAX_WIDTH:
        return None
    return int(_profile(_upright(shape))[cells])


@cache
def _larger_colour(shape: Shape) -> int:
    colours = [0, 0]
    for i, row in enumerate(shape):
        for j, counts in enumerate(row):
            colours[(i + j) % 2] += counts
    return max(colours)


def _in_full_grid(rows: int, columns: int, cells: int) -> int:
    """Closed formula for more cells than half: leave out those of one colour with most edges."""
    edges = rows * (columns - 1) + columns * (rows - 1)
    degrees: tuple[list[int], list[int]] = ([], [])
    for i in range(rows):
        for j in range(columns):
            degree = (i > 0) + (i < rows - 1) + (j > 0) + (j < columns - 1)
            degrees[(i + j) % 2].append(degree)
    out = rows * columns - cells
    return edges - max(sum(sorted(colour, reverse=True)[:out]) for colour in degrees)


def _upright(shape: Shape) -> Shape:
    """The same cells with the shorter side across, in one of its mirror images."""
    if len(shape) < len(shape[0]):
        shape = tuple(zip(*shape, strict=True))
    images = [shape, shape[::-1]]
    images += [tuple(row[::-1] for row in image) for image in images]
    return min(images)


@cache
def _profile(shape: Shape) -> npt.NDArray[np.int32]:
    """Least pairs by number of cells, cell after cell over the state of the last row of cells.

    ``best[state, k]``: fewest pairs with ``k`` cells chosen so far; bit ``j`` of ``state`` tells
    whether the latest cell of column ``j`` is chosen.
    """
    width = len(shape[0])
    total = sum(map(sum, shape))
    best = np.full((1 << width, total + 1), _FAR, dtype=np.int32)
    best[0, 0] = 0
    for row in shape:
        for column, counts in enumerate(row):
            # Axis 1 is the bit of this column: the cell in front. The upper half of axis 2 are
            # the states in which the cell to the left is chosen.
            split = best.reshape(1 << (width - column - 1), 2, 1 << column, total + 1)
            free, taken = split[:, 0], split[:, 1]
            after = np.full_like(split, _FAR)
            after[:, 0] = np.minimum(free, taken)
            if counts:
                chosen = np.minimum(free, taken + 1)
                if column:
                    chosen[:, 1 << (column - 1) :] += 1
                after[:, 1, :, 1:] = chosen[:, :, :-1]
            best = after.reshape(1 << width, total + 1)
    least: npt.NDArray[np.int32] = best.min(axis=0)
    return least
