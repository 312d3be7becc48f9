"""Constructions for one room: chessboard fills, then improvement by swaps.

The fills are those of docs/model.md, section 5; in a full grid with no paper above half one of
them has no pair at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.seats.neighbours import SUBJECTS, Grid, Papers, pair_bound

Ints = npt.NDArray[np.int64]

CORNERS = 8
"""Orders of the cells: four corners, and either chessboard colour first."""
_SWAPS = 300
"""Most swaps tried on a room that no fill brings to its bound."""
_PATIENCE = 6
"""Swaps without a new best after which the search ends; the exact model does the rest."""
_NEVER = 10**6
"""Change of a swap that is out of the question."""
_TABU = 10
"""Steps for which a cell does not take back what it gave away: leaves local optima."""


class Content(NamedTuple):
    """What the neighbour rule and the seats can tell of a chain."""

    papers: Papers
    pool: int
    allowed: int
    """Bit i is set where the seats of pool i take everybody in the chain."""


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
        pools = np.array(self.pools, dtype=np.int64)
        allowed = np.array([*(content.allowed for content in self.contents), -1], dtype=np.int64)
        fits: npt.NDArray[np.bool_] = allowed >> pools[:, None] & 1 == 1
        return fits

    def pairs(self, arrangement: Ints) -> int:
        """Same-paper pairs of an arrangement."""
        edges = self.grid.edges
        return int(self.weights[arrangement[edges[:, 0]], arrangement[edges[:, 1]]].sum())


def construct(problem: RoomProblem) -> Ints:
    """The best of the fills, improved by swaps unless it is at the bound."""
    fills = np.stack(list(_fills(problem)))
    one, other = problem.grid.edges.T
    pairs = problem.weights[fills[:, one], fills[:, other]].sum(axis=1)
    best = int(pairs.argmin())
    return fills[best] if pairs[best] <= problem.bound else improve(problem, fills[best])


def improve(problem: RoomProblem, start: Ints, bound: int | None = None) -> Ints:
    """Tabu search over swaps of two cells, one of which has a pair: the best, even if it worsens.

    Ends at the room's bound, or at ``bound`` where more is known.
    """
    bound = problem.bound if bound is None else bound
    now = start.copy()
    pairs = fewest = problem.pairs(start)
    best = start
    last = 0
    # Small whole numbers as float64: exact, and products of matrices are fast.
    weights, adjacent = problem.weights.astype(np.float64), problem.grid.adjacent
    own = np.diagonal(weights)
    # Neighbours that swap keep their own pair and do not meet themselves.
    between = 2 * weights - own - own[:, None]
    everywhere = bool(problem.fits.all())
    released = np.zeros((len(problem.grid), len(own)), dtype=np.int64)
    for step in range(_SWAPS):
        if fewest <= bound or step > last + _PATIENCE:
            break
        # cost[u, a]: pairs of cell u with its neighbours if it held content a.
        cost = adjacent @ weights.take(now, axis=0)
        here = cost[np.arange(len(now)), now]
        # One of the two cells has a pair: other swaps mend nothing.
        crowded = np.flatnonzero(here)
        its = now[crowded]
        change = cost[crowded].take(now, axis=1) + cost.take(its, axis=1).T
        change -= here + here[crowded, None]
        near = problem.grid.near[crowded]
        change[np.arange(len(crowded))[:, None], near] += between[its[:, None], now[near]]
        possible = its[:, None] != now
        if not everywhere:
            possible &= problem.fits[crowded][:, now] & problem.fits[:, its].T
        if step:
            old = np.maximum(released[crowded][:, now], released[:, its].T) > step
            possible &= ~old | (pairs + change < fewest)
        np.putmask(change, ~possible, _NEVER)
        i, w = divmod(int(change.argmin()), len(now))
        if change[i, w] == _NEVER:
            break
        swapped = np.array([crowded[i], w])
        pairs += int(change[i, w])
        released[swapped, now[swapped]] = step + _TABU
        now[swapped] = now[swapped[::-1]]
        if pairs < fewest:
            best, fewest, last = now.copy(), pairs, step
    return best


@lru_cache(maxsize=16384)
def by_corner(grid: Grid, corner: int) -> tuple[Ints, Ints]:
    """Cells of both colours in order along the short side, from one of four corners.

    The larger colour comes first from corners 0 to 3, the other one from 4 to 7.
    """
    if corner >= 4:
        first, second = by_corner(grid, corner - 4)
        return second, first
    if corner >= 2:  # the opposite corner
        first, second = by_corner(grid, 3 - corner)
        return first[::-1], second[::-1]
    axes = (-grid.columns if corner else grid.columns), grid.rows
    order = np.lexsort(axes[::-1] if grid.is_wide else axes)
    is_larger = grid.colours[order] == np.bincount(grid.colours, minlength=2).argmax()
    return order[is_larger], order[~is_larger]


def light_orders(grid: Grid, one: int, two: int) -> Iterator[Ints]:
    """Cells for papers largest first: Fill 1 and Fill 2 from every corner and colour.

    Args:
        grid: the room's cells.
        one: seats with the largest paper.
        two: seats with the second largest.
    """
    for corner in range(CORNERS):
        first, second = by_corner(grid, corner)
        both = np.concatenate([first, second])
        yield both
        rest = second[max(one - len(first), 0) :]
        cut = max(len(rest) - two, 0)
        yield np.concatenate([both[:one], rest[cut:][::-1], first[one:][::-1], rest[:cut]])


def heavy_orders(grid: Grid) -> Iterator[Ints]:
    """Cells for a paper above half: those with many neighbours are for who carries it least.

    First of all they stay free, where the room is not full.
    """
    yield relieved(grid, 0)
    yield relieved(grid, 4)


@lru_cache(maxsize=16384)
def relieved(grid: Grid, corner: int) -> Ints:
    """Cells with few neighbours first, one colour and then the other."""
    first, second = by_corner(grid, corner)
    return np.concatenate([second, first[np.argsort(grid.degrees[first], kind="stable")]])


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
    for cells in light_orders(problem.grid, one, two):
        yield _place(problem, line, cells)


def _heavy_fills(problem: RoomProblem, carried: Mapping[tuple[int, int], int]) -> Iterator[Ints]:
    """Those who carry the papers above half most go first."""
    burden = [
        sum(carried[paper] for paper in enumerate(content.papers) if paper[1])
        for content in problem.contents
    ]
    line = [i for i, count in enumerate(problem.counts) for _ in range(count)]
    line.sort(key=lambda i: (-burden[i], i))
    for cells in heavy_orders(problem.grid):
        yield _place(problem, line, cells)


def _place(problem: RoomProblem, line: Sequence[int], cells: Ints) -> Ints:
    """Put the contents of ``line`` on ``cells`` in order, each on the seats of its own pool."""
    arrangement = np.full(len(problem.grid), len(problem.contents), dtype=np.int64)
    if len(set(problem.pools)) == 1:
        arrangement[cells[: len(line)]] = line
        return arrangement
    queues: dict[int, Iterator[int]] = {
        pool: iter([c for c in cells.tolist() if problem.pools[c] == pool])
        for pool in set(problem.pools)
    }
    for content in line:
        arrangement[next(queues[problem.contents[content].pool])] = content
    return arrangement
