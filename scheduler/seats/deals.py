"""The deals of the seat draw and their same-employer pairs (docs/formats.md, section 6).

A deal turns the people of each line by some places. All lines are turned at once, and employers are
small numbers: sixteen deals of everybody are looked up and compared.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scheduler.seats.meetings import Meetings
from scheduler.seats.papers import SUBJECTS

Ints = npt.NDArray[np.int64]


class Deals:
    """The deals of every place; people and positions run by line."""

    def __init__(
        self, place: Ints, size: Ints, turns: Ints, employer: Ints, meetings: Meetings
    ) -> None:
        """Prepare to turn the lines.

        Args:
            place: of each line.
            size: of each line.
            turns: of each deal and line, shape (deals, lines), less than the size.
            employer: of each person as a number, 0 for none.
            meetings: of positions.
        """
        self._place = place
        self._size = size
        self._turns = turns
        self._meetings = meetings
        edge = meetings.edge
        # From here on edges may have several meetings.
        self._several = int(np.argmax(np.append(edge[1:] == edge[:-1], True)))
        self._line = np.repeat(np.arange(len(size)), size)
        # Two rounds of every line, so that its people can be read on from any of them.
        first = np.cumsum(size) - size
        self._start = np.arange(len(employer)) + first[self._line]
        self._people = np.empty(2 * len(employer), dtype=np.int64)
        for turn in (0, size[self._line]):
            self._people[self._start + turn] = np.arange(len(employer))
        self._nobody = int(employer.max(initial=0)) + 1
        small = np.uint16 if self._nobody < 2**16 else np.uint32
        self._employer = employer.astype(small)[self._people]

    def best(self) -> Ints:
        """Of each place the deal with the fewest pairs, the smallest on a tie."""
        places = int(self._place.max(initial=-1)) + 1
        place = self._place[self._line][self._meetings.left]
        pairs = [
            np.bincount(place[self._same_employer(turns)], minlength=places)
            for turns in self._turns
        ]
        best: Ints = np.argmin(pairs, axis=0)
        return best

    def on_positions(self, deals: Ints) -> Ints:
        """Index of the person on each position, given the deal of each place."""
        people: Ints = self._people[self._read(self._turns_in(deals))]
        return people

    def pairs_by_edge(self, deals: Ints, edges: int) -> Ints:
        """Same-employer pairs of each edge."""
        same = self._same_employer(self._turns_in(deals))
        return np.bincount(self._meetings.edge[same], minlength=edges)

    def _turns_in(self, deals: Ints) -> Ints:
        turns: Ints = self._turns[deals[self._place], np.arange(len(self._place))]
        return turns

    def _read(self, turns: Ints) -> Ints:
        """Where in the two rounds the person on each position stands when lines are turned so."""
        there: Ints = self._start + (self._size - turns)[self._line]
        return there

    def _same_employer(self, turns: Ints) -> Ints:
        """The meetings that are same-employer pairs, each line being turned so far."""
        employer = self._employer[self._read(turns)]
        left = employer[self._meetings.left]
        # Without an employer one is unlike everybody.
        employer[employer == 0] = self._nobody
        same = np.flatnonzero(left == employer[self._meetings.right])
        # An employer counts once in an edge.
        simple, several = np.split(same, np.searchsorted(same, [self._several]))
        edge, own = self._meetings.edge[several], left[several]
        repeated = np.zeros(len(several), dtype=np.bool_)
        for apart in range(1, SUBJECTS):
            repeated[apart:] |= (edge[apart:] == edge[:-apart]) & (own[apart:] == own[:-apart])
        return np.concatenate([simple, several[~repeated]])
