"""The first fills of many rooms at once; what they leave above its bound is solved room by room.

Most rooms of a real center reach their bound with one of the fills of docs/model.md, section 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.seats.grid_fill import heavy_orders, light_orders
from scheduler.seats.neighbours import Grid, fewest_pairs, side_by_side
from scheduler.seats.ordering import in_order, joined, runs
from scheduler.seats.papers import SUBJECTS, carried, of_seats
from scheduler.seats.rooms import UsableRoom

Ints = npt.NDArray[np.int64]


class Filled(NamedTuple):
    """The cell of each chain in its room; the pairs of each room, and their bound."""

    cell: Ints
    pairs: Ints
    bound: Ints


def fill_rooms(rooms: Sequence[UsableRoom], room: Ints, pool: Ints, papers: Ints) -> Filled:
    """Fill every room with its chains, and keep its first arrangement at the bound, or the last.

    Args:
        rooms: the rooms.
        room: of each chain.
        pool: of each chain, as the rooms number them; it takes cells of its own pool.
        papers: of each chain, shape (chains, 4), 0 for none.
    """
    counts = carried(room, papers)
    bound = _bounds(rooms, counts)
    own = of_seats(counts, room, papers)
    lines = _Lines(room, pool, papers, own)
    several = [len(one.seats_of) > 1 for one in rooms]
    most = np.max([count.max(axis=1, initial=0) for count in counts], axis=0)
    orders = [
        _orders(one.grid, 2 * int(m) > len(one.grid), lines.largest(r))
        for r, (one, m) in enumerate(zip(rooms, most, strict=True))
    ]
    cell = np.zeros(len(room), dtype=np.int64)
    pairs = np.full(len(rooms), -1, dtype=np.int64)
    open_rooms = np.arange(len(rooms))
    while len(open_rooms):
        tried, placed, chosen = [], [], []
        for r in open_rooms.tolist():
            step = next(orders[r], None)
            if step is not None:
                heavy, order = step
                line = (lines.heavy if heavy else lines.light)[lines.span(r)]
                tried.append(r)
                if several[r]:
                    order = _by_pool(order, rooms[r].pool, pool[line])
                placed.append(order[: len(line)])
                chosen.append(line)
        if not tried:
            break
        seats, at = np.concatenate(chosen), np.concatenate(placed)
        cell[seats] = at
        pairs[tried] = _pairs([rooms[r].grid for r in tried], [len(p) for p in placed], at,
                              papers[seats])  # fmt: skip
        open_rooms = np.array([r for r in tried if pairs[r] > bound[r]], dtype=np.int64)
    return Filled(lines.gathered(cell), pairs, bound)


def _by_pool(order: Ints, pool_of_cell: Ints, pools: Ints) -> Ints:
    """A cell for each of these pools, those of one pool in the order given."""
    cells = np.empty(len(pools), dtype=np.int64)
    for pool in np.unique(pools).tolist():
        there = pools == pool
        cells[there] = order[pool_of_cell[order] == pool][: np.count_nonzero(there)]
    return cells


def _bounds(rooms: Sequence[UsableRoom], counts: Sequence[Ints]) -> Ints:
    """Pairs that each room cannot avoid: the sum of e(seats carrying it) over its papers."""
    bounds = np.zeros(len(rooms), dtype=np.int64)
    for subject, count in enumerate(counts):
        grids = [one.open_grids[subject] for one in rooms]
        apart = np.array([grid.apart for grid in grids], dtype=np.int64)
        room, paper = np.nonzero(count > apart[:, None])
        for r, number in zip(room.tolist(), count[room, paper].tolist(), strict=True):
            bounds[r] += fewest_pairs(grids[r], number)
    return bounds


class _Lines:
    """The chains of each room in the order in which fills take them.

    ``light``: the largest paper of a chain decides, large ones first. ``heavy``: those that
    carry the most, summed over their papers, first.
    """

    def __init__(self, room: Ints, pool: Ints, papers: Ints, own: Ints) -> None:
        code = joined(*papers.T)
        most = int(own.max(initial=0))
        width = int(papers.max(initial=0)) + 1
        main = ((own * SUBJECTS + np.arange(SUBJECTS)[::-1]) * width + papers) * (papers > 0)
        by_main = joined(room, (most + 1) * SUBJECTS * width - main.max(axis=1))
        self.light = in_order(by_main, code)
        self.heavy = in_order(room, most * SUBJECTS - own.sum(axis=1), code, pool)
        self._alike = runs(room[self.heavy], code[self.heavy], pool[self.heavy])
        # Where each room begins, and where the main paper changes.
        in_line = by_main[self.light]
        heads = np.append(np.flatnonzero(np.diff(in_line, prepend=-1)), len(room))
        ends = np.cumsum(np.bincount(room))
        one = heads[np.searchsorted(heads, ends - np.bincount(room)) + 1]
        two = np.minimum(np.append(heads, len(room))[np.searchsorted(heads, one) + 1], ends)
        self._ends, self._one, self._two = ends.tolist(), one.tolist(), two.tolist()
        self._starts = [0, *self._ends[:-1]]

    def gathered(self, cell: Ints) -> Ints:
        """The cells of chains with equal papers and pool, in the order of the chains.

        They can change places; so seats that several people share become neighbours, and fewer
        people meet.
        """
        in_line = cell[self.heavy]
        order = np.argsort(joined(self._alike, in_line))
        gathered = np.empty_like(cell)
        gathered[self.heavy] = in_line[order]
        return gathered

    def span(self, room: int) -> slice:
        """Where the room's chains stand in both lines."""
        return slice(self._starts[room], self._ends[room])

    def largest(self, room: int) -> tuple[int, int]:
        """Chains of the room of which the largest, the second largest paper is the main one."""
        one, two = self._one[room], self._two[room]
        return one - self._starts[room], two - one


def _orders(grid: Grid, heavy: bool, largest: tuple[int, int]) -> Iterator[tuple[bool, Ints]]:
    """Orders of the cells to try, and whether the heavy line goes with them."""
    first = ((True, order) for order in heavy_orders(grid))
    if heavy:
        yield from first
    yield from ((False, order) for order in light_orders(grid, *largest))
    if not heavy:
        yield from first


def _pairs(grids: Sequence[Grid], seats: Sequence[int], cell: Ints, papers: Ints) -> Ints:
    """Same-paper pairs of each room whose chains have these cells."""
    joined = side_by_side(grids)
    on_cell = np.zeros((sum(map(len, grids)), SUBJECTS), dtype=papers.dtype)
    on_cell[np.repeat(joined.first, seats) + cell] = papers
    one, other = on_cell[joined.edges[:, 0]], on_cell[joined.edges[:, 1]]
    edge, _ = np.nonzero((one == other) & (one != 0))
    return np.bincount(joined.grid_of_edge[edge], minlength=len(grids))
