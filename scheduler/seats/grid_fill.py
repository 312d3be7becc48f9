"""Constructions for one room: chessboard fills, then improvement by swaps.

The fills are those of docs/model.md, section 5; in a full grid with no paper above half one of
them has no pair at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from scheduler.seats.neighbours import SUBJECTS, Grid, pair_bound
from scheduler.seats.rooms import Content

Ints = npt.NDArray[np.int64]

_SWAPS = 300
"""Most swaps tried on a room that no fill brings to its bound."""
_PATIENCE = 40
"""Swaps without a new best after which the search ends; the exact model does the rest."""
_TABU = 10
"""Steps for which a cell does not take back what it gave away: leaves local optima."""


@dataclass(frozen=True)
class RoomProblem:
    """One room and what it must hold; equal problems have equal arrangements.

    ``contents`` with their ``counts``; ``pools`` and ``open_subjects`` run over the cells.
    An arrangement is the index of the content on each cell, ``len(contents)`` for a free cell.
    """

    grid: Grid
    pools: tuple[int, ...]
    open_subjects: tuple[int, ...]
    contents: tuple[Content, ...]
    counts: tuple[int, ...]

    @cached_property
    def bound(self) -> int:
        """Pairs that cannot be avoided."""
        held = ((c.papers, n) for c, n in zip(self.contents, self.counts, strict=True))
        return pair_bound(self.grid, self.open_subjects, held)

    @cached_property
    def weights(self) -> Ints:
        """Papers that two contents have in common; the last row and column are a free cell."""
        papers = np.zeros((len(self.contents) + 1, SUBJECTS), dtype=np.int64)
        papers[:-1] = [content.papers for content in self.contents]
        same = (papers[:, None] == papers[None]) & (papers[:, None] != 0)
        weights: Ints = same.sum(axis=2)
        return weights

    @cached_property
    def fits(self) -> npt.NDArray[np.bool_]:
        """May the content use the cell? Shape (cells, contents + 1).

        Rules ``needs_honoured`` and ``separate_room_kept_apart``: pools take only those whose
        needs they offer.
        """
        allowed = np.array([content.allowed for content in self.contents], dtype=object)
        fits = np.ones((len(self.grid), len(self.contents) + 1), dtype=bool)
        for i, pool in enumerate(self.pools):
            fits[i, :-1] = [mask >> pool & 1 for mask in allowed]
        return fits

    def pairs(self, arrangement: Ints) -> int:
        """Same-paper pairs of an arrangement."""
        edges = self.grid.edges
        return int(self.weights[arrangement[edges[:, 0]], arrangement[edges[:, 1]]].sum())


def construct(problem: RoomProblem) -> Ints:
    """The best of the fills, improved by swaps; stops as soon as the bound is reached."""
    fills = _fills(problem)
    best = next(fills)
    fewest = problem.pairs(best)
    while fewest > problem.bound:
        arrangement = next(fills, None)
        if arrangement is None:
            return improve(problem, best)
        pairs = problem.pairs(arrangement)
        if pairs < fewest:
            best, fewest = arrangement, pairs
    return best


def improve(problem: RoomProblem, start: Ints, bound: int | None = None) -> Ints:
    """Tabu search over swaps of two cells: the best swap each step, even if it worsens.

    Ends at the room's bound, or at ``bound`` where more is known.
    """
    bound = problem.bound if bound is None else bound
    now = start.copy()
    pairs = fewest = problem.pairs(start)
    best = start
    last = 0
    # Small whole numbers as float64: exact, and products of matrices are fast.
    weights, fits = problem.weights.astype(np.float64), problem.fits
    own = np.diagonal(weights)
    cells = np.arange(len(problem.grid))
    adjacent = np.zeros((len(cells), len(cells)))
    adjacent[tuple(problem.grid.edges.T)] = 1
    adjacent += adjacent.T
    released = np.zeros((len(cells), len(own)), dtype=np.int64)
    for step in range(_SWAPS):
        if fewest <= bound or step > last + _PATIENCE:
            break
        # cost[u, a]: pairs of cell u with its neighbours if it held content a.
        cost = adjacent @ weights[now]
        here = cost[cells, now]
        gain = cost[:, now] - here[:, None]
        # Neighbours that swap keep their own pair and do not meet themselves.
        met = weights[now][:, now] - own[now]
        change = gain + gain.T + adjacent * (met + met.T)
        may = fits[:, now]
        possible = may & may.T & (now[:, None] != now[None, :])
        old = released[:, now] > step
        possible &= ~(old | old.T) | (pairs + change < fewest)
        if not possible.any():
            break
        change[~possible] = 10**6
        u, v = divmod(int(change.argmin()), len(cells))
        pairs += int(change[u, v])
        released[[u, v], now[[u, v]]] = step + _TABU
        now[[u, v]] = now[[v, u]]
        if pairs < fewest:
            best, fewest, last = now.copy(), pairs, step
    return best


@dataclass(frozen=True)
class _Orders:
    """Cells of both colours in order along the short side; the larger colour comes first.

    ``relief``: those of the first colour, cells with few neighbours before others.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    relief: tuple[int, ...]


@lru_cache(maxsize=4096)
def _orders(grid: Grid) -> tuple[_Orders, ...]:
    """Both colours first, from each of the four corners."""
    found = []
    rows = [row for row, _ in grid.cells]
    columns = [column for _, column in grid.cells]
    along_rows = max(columns) - min(columns) > max(rows) - min(rows)
    size = np.bincount(grid.colours, minlength=2)
    colours, degrees = grid.colours.tolist(), grid.degrees.tolist()
    for larger in (0, 1) if size[0] >= size[1] else (1, 0):
        for down in (1, -1):
            for right in (1, -1):
                order = sorted(
                    range(len(grid)),
                    key=lambda i: (
                        (right * columns[i], down * rows[i])
                        if along_rows
                        else (down * rows[i], right * columns[i])
                    ),
                )
                first = [i for i in order if colours[i] == larger]
                second = [i for i in order if colours[i] != larger]
                relief = sorted(first, key=degrees.__getitem__)
                found.append(_Orders(tuple(first), tuple(second), tuple(relief)))
    return tuple(found)


def _fills(problem: RoomProblem) -> Iterator[Ints]:
    """Fill 1 and Fill 2 from every corner and colour, and the fill for a paper above half."""
    carried: Counter[tuple[int, int]] = Counter()
    for content, count in zip(problem.contents, problem.counts, strict=True):
        for subject, paper in enumerate(content.papers):
            if paper:
                carried[subject, paper] += count
    if 2 * max(carried.values(), default=0) > len(problem.grid):
        yield from _heavy_fills(problem, carried)
        yield from _light_fills(problem, carried)
    else:
        yield from _light_fills(problem, carried)
        yield from _heavy_fills(problem, carried)


def _light_fills(problem: RoomProblem, carried: Mapping[tuple[int, int], int]) -> Iterator[Ints]:
    """Papers largest first, over one colour and then the other (docs/model.md, section 5)."""

    def main(content: Content) -> tuple[int, int, int]:
        held = ((carried[s, p], -s, p) for s, p in enumerate(content.papers) if p)
        return max(held, default=(0, 0, 0))

    mains = [main(content) for content in problem.contents]
    order = sorted(range(len(mains)), key=lambda i: (mains[i], problem.counts[i], -i), reverse=True)
    line = [i for i in order for _ in range(problem.counts[i])]
    heads = sorted(set(mains), reverse=True)
    one, two = (
        sum(n for m, n in zip(mains, problem.counts, strict=True) if m in heads[h : h + 1])
        for h in (0, 1)
    )
    for cells in _orders(problem.grid):
        yield _place(problem, line, (*cells.first, *cells.second))
        largest = (*cells.first, *cells.second)[:one]
        overflow = one - min(one, len(cells.first))
        rest = cells.second[overflow:]
        cut = max(len(rest) - two, 0)
        yield _place(
            problem,
            line,
            (*largest, *reversed(rest[cut:]), *reversed(cells.first[one:]), *rest[:cut]),
        )


def _heavy_fills(problem: RoomProblem, carried: Mapping[tuple[int, int], int]) -> Iterator[Ints]:
    """A paper above half: the cells with many neighbours are for those who carry it least.

    First of all they stay free, where the room is not full.
    """
    burden = [
        sum(carried[paper] for paper in enumerate(content.papers) if paper[1])
        for content in problem.contents
    ]
    line = [i for i, count in enumerate(problem.counts) for _ in range(count)]
    line.sort(key=lambda i: (-burden[i], i))
    for cells in _orders(problem.grid)[::4]:
        yield _place(problem, line, (*cells.second, *cells.relief))


def _place(problem: RoomProblem, line: Sequence[int], cells: Sequence[int]) -> Ints:
    """Put the contents of ``line`` on ``cells`` in order, each on the seats of its own pool."""
    arrangement = np.full(len(problem.grid), len(problem.contents), dtype=np.int64)
    if len(set(problem.pools)) == 1:
        arrangement[list(cells[: len(line)])] = line
        return arrangement
    queues: dict[int, Iterator[int]] = {
        pool: iter([c for c in cells if problem.pools[c] == pool]) for pool in set(problem.pools)
    }
    for content in line:
        arrangement[next(queues[problem.contents[content].pool])] = content
    return arrangement
