"""The deals of the seat draw and their same-employer pairs (docs/formats.md, section 6).

A deal turns the people of each line by some places. All lines are turned at once, and employers are
small numbers: all deals of everybody are looked up and compared.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scheduler.seats.meetings import Meetings
from scheduler.seats.papers import SUBJECTS

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_BLOCK = 8192
"""Positions whose deals are looked up at a time: few enough for the processor's cache."""
_LANE = 255
"""So many flags are added in a byte."""


class Deals:
    """The deals of every place; people and positions run by line."""

    def __init__(
        self, place: Ints, size: Ints, turns: Ints, employer: Ints, meetings: Meetings
    ) -> None:
        """Prepare to turn the lines.

        Args:
            place: of each line.
            size: of each line.
            turns: of each deal and line, shape (deals, lines), less than the size; the number of
                deals is a multiple of eight.
            employer: of each person as a number, 0 for none.
            meetings: of positions.
        """
        self._place = place
        self._turns = turns
        self._meetings = meetings
        edge = meetings.edge
        # From here on edges may have several meetings.
        self._several = int(np.argmax(np.append(edge[1:] == edge[:-1], True)))
        self._line = np.repeat(np.arange(len(size)), size)
        # Two rounds of every line, so that its people can be read on from any of them. The person
        # on each position, when its line is turned by nothing, stands in the second round.
        first = np.cumsum(size) - size
        start = np.arange(len(employer)) + first[self._line]
        self._unturned = start + size[self._line]
        self._people = np.empty(2 * len(employer), dtype=np.int64)
        for there in (start, self._unturned):
            self._people[there] = np.arange(len(employer))
        self._employer = _told_apart(employer)[self._people]

    def best(self) -> Ints:
        """Of each place the deal with the fewest pairs, the smallest on a tie."""
        same = self._same_employer(self._in_every_deal())
        place = self._place[self._line][self._meetings.left]
        # A place has two runs of meetings: those of edges with one, then those of the others.
        begins = np.flatnonzero(np.diff(place, prepend=-1))
        pairs = np.zeros((int(self._place.max(initial=-1)) + 1, len(self._turns)), dtype=np.int64)
        np.add.at(pairs, place[begins], _sums(same, begins))
        best: Ints = np.argmin(pairs, axis=1)
        return best

    def on_positions(self, deals: Ints) -> Ints:
        """Index of the person on each position, given the deal of each place."""
        people: Ints = self._people[self._read(deals)]
        return people

    def pairs_by_edge(self, deals: Ints, edges: int) -> Ints:
        """Same-employer pairs of each edge."""
        same = self._same_employer(self._employer[self._read(deals)][:, None])
        return np.bincount(self._meetings.edge[same[:, 0]], minlength=edges)

    def _in_every_deal(self) -> npt.NDArray[np.unsignedinteger]:
        """The employer on each position in each deal."""
        turns = np.ascontiguousarray(self._turns.T)
        employer = np.empty((len(self._line), len(self._turns)), dtype=self._employer.dtype)
        for first in range(0, len(employer), _BLOCK):
            block = slice(first, first + _BLOCK)
            read = np.take(turns, self._line[block], axis=0)
            np.subtract(self._unturned[block, None], read, out=read)
            # Every place is there; with the mode "raise" the output would be copied.
            np.take(self._employer, read, out=employer[block], mode="clip")
        return employer

    def _read(self, deals: Ints) -> Ints:
        """Where in the two rounds the person on each position stands, by the deal of each place."""
        turns = self._turns[deals[self._place], np.arange(len(self._place))]
        there: Ints = self._unturned - turns[self._line]
        return there

    def _same_employer(self, employer: npt.NDArray[np.unsignedinteger]) -> Flags:
        """Which meetings are same-employer pairs; by position and deal, by meeting and deal."""
        left = np.take(employer, self._meetings.left, axis=0)
        same: Flags = left == np.take(employer, self._meetings.right, axis=0)
        # An employer counts once in an edge.
        several, own, edge = (
            column[self._several :] for column in (same, left, self._meetings.edge)
        )
        repeated = np.zeros_like(several)
        for apart in range(1, SUBJECTS):
            again = own[apart:] == own[:-apart]
            again &= several[:-apart]
            again &= (edge[apart:] == edge[:-apart])[:, None]
            repeated[apart:] |= again
        several &= ~repeated
        return same


def _told_apart(employer: Ints) -> npt.NDArray[np.unsignedinteger]:
    """Employers as short numbers; without one, everybody has a number of their own."""
    alone = np.flatnonzero(employer == 0)
    number = employer.copy()
    most = int(employer.max(initial=0)) + len(alone)
    number[alone] = np.arange(most - len(alone), most) + 1
    return number.astype(np.uint16 if most < 2**16 else np.uint32)


def _sums(flags: Flags, start: Ints) -> Ints:
    """Sums of runs of rows, shape (runs, columns); of the columns there is a multiple of eight."""
    # Eight flags of a row are added as one number, so few rows at a time that no byte is carried.
    part = np.union1d(start, np.arange(0, len(flags), _LANE))
    lanes = np.add.reduceat(flags.view(np.uint64), part, axis=0).view(np.uint8)
    return np.add.reduceat(lanes, np.searchsorted(part, start), axis=0, dtype=np.int64)
