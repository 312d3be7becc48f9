"""The fills of docs/model.md, section 5, in many rooms at once.

Most rooms of a real center reach their bound with one of them; what they leave above it is solved
room by room.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.ordering import in_order, joined, runs
from scheduler.seats.frames import Frames, SeatTable, packed
from scheduler.seats.grid_fill import CORNERS, by_corner, relieved
from scheduler.seats.neighbours import Grid, fewest_pairs
from scheduler.seats.papers import SUBJECTS, carried
from scheduler.seats.rooms import UsableSeats

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_HEAVY_CORNERS = (0, 4)
"""Corners from which rooms with a paper above half are filled: one of each colour."""


class Filled(NamedTuple):
    """The cell of each chain in its room; the pairs of each room, and their bound."""

    cell: Ints
    pairs: Ints
    bound: Ints


def fill_rooms(
    rooms: Sequence[UsableSeats], room: Ints, pool: Ints, papers: Ints, code: Ints
) -> Filled:
    """Fill every room with its chains, and keep its first arrangement with the fewest pairs.

    Args:
        rooms: the seats of each room, which has a chain.
        room: of each chain.
        pool: of each chain, as the rooms number them; it takes cells of its own pool.
        papers: of each chain, shape (chains, 4), 0 for none.
        code: of each chain, of its papers together.
    """
    table = SeatTable(rooms)
    lines = _Lines(room, pool, papers, code)
    bound = _bounds(table, lines)
    frames, fills = Frames(table), _Fills(table, lines)
    by_pool = _ByPool(rooms)
    crowded = 2 * lines.most > table.cells[table.of_room]
    size = np.bincount(room)
    in_one = packed(papers)
    cell = np.zeros(len(room), dtype=np.int64)
    pairs = np.full(len(rooms), np.iinfo(np.int64).max)
    in_line = np.arange(len(room))
    for step in range(_Fills.STEPS):
        above = pairs > bound
        tried = np.flatnonzero(above)
        if not len(tried):
            break
        in_line = in_line[above[lines.room[in_line]]]
        here, nth = lines.room[in_line], lines.nth[in_line]
        fill = fills.order_of(step, crowded)
        chains = np.where(fills.is_heavy(fill)[here], lines.heavy[in_line], lines.light[in_line])
        cells = fills.cells(fill, here, nth)
        split = by_pool.several[here]
        if split.any():
            whole, places = by_pool.rooms_of(above)
            order = fills.cells(fill, whole, places)
            cells[split] = by_pool.cells(whole, order, here[split], pool[chains[split]])
        found = frames.same_paper_pairs(tried, size[tried], cells, in_one[chains])
        fewer = np.zeros(len(rooms), dtype=np.bool_)
        fewer[tried] = found < pairs[tried]
        pairs[tried] = np.minimum(found, pairs[tried])
        kept = fewer[here]
        cell[chains[kept]] = cells[kept]
    return Filled(lines.gathered(cell), pairs, bound)


def _bounds(table: SeatTable, lines: _Lines) -> Ints:
    """Pairs that each room cannot avoid: the sum of e(seats carrying it) over its papers."""
    bounds = np.zeros(len(table.of_room), dtype=np.int64)
    for subject, (paper, carry) in enumerate(zip(lines.papers.T, lines.carry, strict=True)):
        grids = [seats.open_grids[subject] for seats in table.different]
        apart = np.array([grid.apart for grid in grids], dtype=np.int64)[table.of_room]
        crowd = np.flatnonzero(carry > apart[lines.content_room])
        _, one = np.unique(joined(lines.content_room[crowd], paper[crowd]), return_index=True)
        room, seats = lines.content_room[crowd[one]], carry[crowd[one]]
        width = int(seats.max(initial=0)) + 1
        asked, which = np.unique(table.of_room[room] * width + seats, return_inverse=True)
        fewest = [fewest_pairs(grids[n // width], n % width) for n in asked.tolist()]
        np.add.at(bounds, room, np.array(fewest, dtype=np.int64)[which])
    return bounds


class _Lines:
    """The chains of each room in the order in which fills take them.

    ``light``: the largest paper of a chain decides, large ones first, then how many chains are
    like it. ``heavy``: those that carry the most, summed over their papers, first. In both, room
    and place in the line are ``room`` and ``nth``. ``one`` and ``two``: chains of each room of
    which the largest, the second largest paper is the main one. Chains with equal papers and pool
    are one content of their room, ``content_room``; ``papers`` of each content, and by subject
    how many chains of the room ``carry`` them; ``most``: of each room the largest of these.
    """

    def __init__(self, room: Ints, pool: Ints, papers: Ints, code: Ints) -> None:
        self._alike = in_order(room, code, pool)
        self.room = room[self._alike]
        self._content = runs(self.room, code[self._alike], pool[self._alike])
        self._size = np.bincount(self._content)
        self._start = np.cumsum(self._size) - self._size
        first = self._alike[self._start]
        self.content_room, self.papers = room[first], papers[first]
        self.carry = carried(self.content_room, self.papers, self._size)
        largest, burden = np.maximum.reduce(self.carry), np.add.reduce(self.carry)
        most = int(largest.max(initial=0))
        width = int(papers.max(initial=0)) + 1
        main = np.zeros_like(first)
        for subject, (paper, number) in enumerate(zip(self.papers.T, self.carry, strict=True)):
            size = (number * SUBJECTS + SUBJECTS - 1 - subject) * width + paper
            np.maximum(main, size * (paper > 0), out=main)
        by_main = joined(self.content_room, (most + 1) * SUBJECTS * width - main)
        # Of contents that come together the one of the smaller code is first already.
        light = in_order(by_main, self._size.max(initial=0) - self._size)
        self.light = self._chains(light)
        self.heavy = self._chains(in_order(self.content_room, most * SUBJECTS - burden))
        begins = np.flatnonzero(np.diff(self.content_room, prepend=-1))
        self.most = np.maximum.reduceat(largest, begins)
        # Where each room begins, and where the main paper changes.
        ends = np.cumsum(np.bincount(room))
        starts = ends - np.bincount(room)
        self.nth = np.arange(len(room)) - starts[self.room]
        changes = np.flatnonzero(np.diff(by_main[light], prepend=-1))
        heads = np.append((np.cumsum(self._size[light]) - self._size[light])[changes], len(room))
        one = heads[np.searchsorted(heads, starts) + 1]
        two = np.minimum(np.append(heads, len(room))[np.searchsorted(heads, one) + 1], ends)
        self.one, self.two = one - starts, two - one

    def _chains(self, contents: Ints) -> Ints:
        """The chains of some contents in turn."""
        size = self._size[contents]
        ahead = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        chains: Ints = self._alike[np.repeat(self._start[contents], size) + ahead]
        return chains

    def gathered(self, cell: Ints) -> Ints:
        """The cells of chains with equal papers and pool, in the order of the chains.

        They can change places; so seats that several people share become neighbours, and fewer
        people meet.
        """
        in_line = cell[self._alike]
        order = np.argsort(joined(self._content, in_line))
        gathered = np.empty_like(cell)
        gathered[self._alike] = in_line[order]
        return gathered


class _Fills:
    """Fill 1 and Fill 2 from every corner and colour, and the fill for a paper above half.

    Light fills are numbered from 0, the corner times two, one more for Fill 2; heavy ones follow.
    """

    LIGHT = 2 * CORNERS
    STEPS = LIGHT + len(_HEAVY_CORNERS)

    def __init__(self, table: SeatTable, lines: _Lines) -> None:
        self._lines = lines
        grids = [seats.grid for seats in table.different]
        self._cell = np.concatenate([_orders(grid) for grid in grids])
        self._cells = table.cells[table.of_room]
        rows = CORNERS + len(_HEAVY_CORNERS)
        self._start = (rows * (np.cumsum(table.cells) - table.cells))[table.of_room]
        first = [[len(by_corner(grid, c)[0]) for c in range(CORNERS)] for grid in grids]
        self._first_colour = np.array(first, dtype=np.int64)[table.of_room]

    def order_of(self, step: int, crowded: Flags) -> Ints:
        """The fill that each room tries in a step: heavy ones first where a paper is above half."""
        heavy = len(_HEAVY_CORNERS)
        if step < heavy:
            return np.where(crowded, self.LIGHT + step, step)
        if step < self.LIGHT:
            return np.where(crowded, step - heavy, step)
        return np.where(crowded, step - heavy, step)

    def is_heavy(self, fill: Ints) -> Flags:
        """Does the heavy line go with the fill?"""
        heavy: Flags = fill >= self.LIGHT
        return heavy

    def cells(self, fill: Ints, room: Ints, nth: Ints) -> Ints:
        """The cells that the fill of each room gives to the nth of its line.

        Args:
            fill: number of the fill of each room.
            room: of each chain.
            nth: its place in the room's line.
        """
        light = fill < self.LIGHT
        row = np.where(light, fill // 2, CORNERS + fill - self.LIGHT)
        index = nth
        second = (light & (fill % 2 == 1))[room]
        if second.any():
            index = nth.copy()
            index[second] = self._fill_2(row, room[second], nth[second])
        cell: Ints = self._cell[(self._start + row * self._cells)[room] + index]
        return cell

    def _fill_2(self, corner: Ints, room: Ints, nth: Ints) -> Ints:
        """Places in the cells of Fill 1.

        The largest paper comes first, the second largest last, the others into the rest of the
        first colour from its end, then into the rest of the second from its start.
        """
        one = self._lines.one
        first = self._first_colour[np.arange(len(corner)), np.minimum(corner, CORNERS - 1)]
        rest = np.maximum(first, one)
        last = np.minimum(self._lines.two, self._cells - rest)
        back = np.maximum(first - one, 0)
        after_one = nth - one[room]
        after_two = after_one - last[room]
        after_back = after_two - back[room]
        return np.select(
            [after_one < 0, after_two < 0, after_back < 0],
            [nth, self._cells[room] - 1 - after_one, first[room] - 1 - after_two],
            rest[room] + after_back,
        )


@lru_cache(maxsize=4096)
def _orders(grid: Grid) -> Ints:
    """The cells in the order of Fill 1 from every corner, then of every heavy fill."""
    light = [np.concatenate(by_corner(grid, corner)) for corner in range(CORNERS)]
    return np.concatenate([*light, *(relieved(grid, corner) for corner in _HEAVY_CORNERS)])


class _ByPool:
    """Rooms with several pools: each chain takes the next cell of its own pool."""

    def __init__(self, rooms: Sequence[UsableSeats]) -> None:
        self.several = np.array([len(one.seats_of) > 1 for one in rooms], dtype=np.bool_)
        split = np.flatnonzero(self.several)
        pools = [rooms[r].pool for r in split.tolist()]
        self._room = np.repeat(split, [len(pool) for pool in pools])
        self._nth = np.concatenate([np.empty(0, np.int64), *(np.arange(len(p)) for p in pools)])
        self._pool = np.concatenate([np.empty(0, np.int64), *pools])
        size = np.bincount(self._room, minlength=len(rooms))
        self._first = np.cumsum(size) - size

    def rooms_of(self, chosen: Flags) -> tuple[Ints, Ints]:
        """Room and number from 0 of all cells of the chosen rooms with several pools."""
        there = chosen[self._room]
        return self._room[there], self._nth[there]

    def cells(self, room: Ints, order: Ints, of: Ints, pool: Ints) -> Ints:
        """A cell for each chain.

        Args:
            room: of each cell.
            order: the cells in the order of each room.
            of: room of each chain, in the order of the rooms' lines.
            pool: of each chain.
        """
        own = self._pool[self._first[room] + order]
        width = int(max(own.max(initial=0), pool.max(initial=0))) + 1
        offered, wanted = room * width + own, of * width + pool
        cells, chains = in_order(offered), in_order(wanted)
        queue = wanted[chains]
        ahead = np.arange(len(queue)) - np.searchsorted(queue, queue)
        taken = np.empty(len(chains), dtype=np.int64)
        taken[chains] = order[cells][np.searchsorted(offered[cells], queue) + ahead]
        return taken
