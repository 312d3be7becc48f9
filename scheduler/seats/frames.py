"""Rooms side by side in one array, in which neighbours are a fixed number of places apart.

A country has thousands of rooms and few different grids, so what a grid says of its cells is worked
out once and looked up for all rooms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scheduler.seats.neighbours import SUBJECTS
from scheduler.seats.rooms import UsableSeats

Ints = npt.NDArray[np.int64]


class SeatTable:
    """The different offers of seats of some rooms.

    Attributes:
        different: the different offers.
        of_room: index into ``different`` of each room.
        cells: number of cells of each.
    """

    def __init__(self, rooms: Sequence[UsableSeats]) -> None:
        """Number the seats of the rooms."""
        index: dict[UsableSeats, int] = {}
        self.of_room = np.array([index.setdefault(seats, len(index)) for seats in rooms], np.int64)
        self.different = tuple(index)
        self.cells = np.array([len(seats.grid) for seats in self.different], dtype=np.int64)


class Frames:
    """A frame for each room: its cells row by row, with an empty column and an empty row after."""

    def __init__(self, table: SeatTable) -> None:
        """Lay out the different grids of some rooms."""
        self._table = table
        grids = [seats.grid for seats in table.different]
        self._width = 2 + max((int(grid.columns.max(initial=0)) for grid in grids), default=0)
        places = [grid.rows * self._width + grid.columns for grid in grids]
        self._place = np.concatenate([np.empty(0, np.int64), *places])
        self._first = np.cumsum(table.cells) - table.cells
        height = [2 + int(grid.rows.max(initial=0)) for grid in grids]
        self._size = np.array(height, dtype=np.int64) * self._width

    def same_paper_pairs(self, rooms: Ints, chains: Ints, cell: Ints, papers: Ints) -> Ints:
        """Same-paper pairs of some rooms.

        Args:
            rooms: the rooms, by index.
            chains: how many of each of them.
            cell: of each chain in its room, room by room.
            papers: of each chain, one number of 8 bytes for its four papers of 2 bytes.
        """
        grid = self._table.of_room[rooms]
        size = self._size[grid]
        start = np.cumsum(size) - size
        packed = np.zeros(int(size.sum()) + self._width, dtype=np.int64)
        place = self._place[np.repeat(self._first[grid], chains) + cell]
        packed[np.repeat(start, chains) + place] = papers
        carried = packed.view(np.int16)
        there = carried[: -self._width * SUBJECTS] != 0
        pairs = np.zeros(len(there) // SUBJECTS, dtype=np.uint8)
        for step in (1, self._width):
            ahead = step * SUBJECTS
            same = carried[: len(there)] == carried[ahead : ahead + len(there)]
            same &= there
            pairs += np.bitwise_count(same.view(np.uint32))
        return np.add.reduceat(pairs, start, dtype=np.int64)


def packed(papers: Ints) -> Ints:
    """The four papers of each chain as one number."""
    return np.ascontiguousarray(papers, dtype=np.int16).view(np.int64)[:, 0]
