"""The seat draw: the counts are fixed, the keyed draw decides who (docs/formats.md, section 6).

All centers and sittings at hand are drawn together: arrays of everybody cost little more than
arrays of a room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.draw import DEALS, Draw, stream_numbers
from scheduler.seats.ordering import in_drawn_order, in_order
from scheduler.seats.papers import SUBJECTS

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Lines(NamedTuple):
    """The people of one kind in one center and sitting form a line; lines ascend by place.

    Attributes:
        place: number of the center and sitting of each line.
        kind: number of its kind.
        size: how many they are.
        place_names: ``sitting/center_id`` of each place.
        kind_names: ``specialty/subjects/needs`` of each kind.
    """

    place: Ints
    kind: Ints
    size: Ints
    place_names: Sequence[str]
    kind_names: Sequence[str]


class Seats(NamedTuple):
    """The seats in use: index of the room, ascending by place and id, and number in it."""

    room: Ints
    number: Ints


class Positions(NamedTuple):
    """Where each line sits: an entry per candidate; ``seat`` is an index into the seats."""

    line: Ints
    mask: Ints
    seat: Ints


class SeatDraw(NamedTuple):
    """Who sits where, the deal of each place, and the same-employer pairs of each adjacency."""

    seat_of: Ints
    deals: Ints
    employer_pairs: Ints


class Meetings(NamedTuple):
    """Positions on adjacent seats with a subject in common, by edge; arrays run parallel."""

    left: Ints
    right: Ints
    edge: Ints


def draw_seats(
    draw: Draw,
    lines: Lines,
    line_of: Ints,
    employer: Ints,
    positions: Positions,
    seats: Seats,
    room_names: Sequence[str],
    edges: Ints,
) -> SeatDraw:
    """Deal the people of each line to its positions.

    Args:
        draw: the keyed draw.
        lines: the lines.
        line_of: the line of each candidate; those of a line ascend by ``candidate_id``.
        employer: of each candidate as a number, 0 for none.
        positions: as many of each line as it has candidates.
        seats: the seats.
        room_names: ``sitting/center_id/room_id`` of each room.
        edges: adjacent seats, shape (edges, 2).

    Returns:
        Per candidate the index of the seat; per place the deal of 0..15 with the fewest
        same-employer pairs, the smallest on a tie.
    """
    taken = _in_drawn_order(draw, positions, seats, room_names)
    line, mask, seat = (column[taken] for column in positions)
    people, turns = _people_in_line(draw, lines, line_of)
    employer = employer[people]
    meetings = find_meetings(mask, seat, edges)
    meetings = _of_common_employers(line, employer, meetings)
    deals = _Deals(lines, line, turns, employer, meetings)
    best = deals.best()
    seat_of = np.empty(len(line), dtype=np.int64)
    seat_of[people[deals.on_positions(best)]] = seat
    return SeatDraw(seat_of, best, deals.pairs_by_edge(best, len(edges)))


def _in_drawn_order(
    draw: Draw, positions: Positions, seats: Seats, room_names: Sequence[str]
) -> Ints:
    """Positions by line, then by the number drawn for the seat, then by room and seat."""
    by_seat = in_order(seats.room[positions.seat], seats.number[positions.seat])
    starts = draw.starts("seat-place", room_names)
    drawn = stream_numbers(starts[seats.room], seats.number)[positions.seat[by_seat]]
    order: Ints = by_seat[in_drawn_order(positions.line[by_seat], drawn)]
    return order


def _people_in_line(draw: Draw, lines: Lines, line_of: Ints) -> tuple[Ints, Ints]:
    """People by line and drawn number, and by how much each deal turns each line."""
    size = lines.size
    starts = draw.starts("seat", lines.place_names)[lines.place]
    starts ^= draw.starts("seat", lines.kind_names)[lines.kind]
    people = in_order(line_of)
    line = line_of[people]
    nth = np.arange(1, len(line) + 1) - (np.cumsum(size) - size)[line]
    people = people[in_drawn_order(line, stream_numbers(starts[line], nth))]
    turns = np.zeros((DEALS, len(size)), dtype=np.int64)
    for deal in range(1, DEALS):
        turns[deal] = stream_numbers(starts, size + deal) % size.astype(np.uint64)
    return people, turns


def find_meetings(mask: Ints, seat: Ints, edges: Ints) -> Meetings:
    """Who meets whom, by positions; the masks on one seat are disjoint."""
    sits = np.full((int(seat.max(initial=-1)) + 1, SUBJECTS), -1, dtype=np.int32)
    for subject in range(SUBJECTS):
        there = np.flatnonzero(mask >> subject & 1)
        sits[seat[there], subject] = there
    left, right = sits[edges[:, 0]], sits[edges[:, 1]]
    met = (left >= 0) & (right >= 0)
    for subject in range(1, SUBJECTS):
        for earlier in range(subject):
            known = (left[:, subject] == left[:, earlier]) & (
                right[:, subject] == right[:, earlier]
            )
            met[:, subject] &= ~known
    edge, _ = np.nonzero(met)
    return Meetings(left[met].astype(np.int64), right[met].astype(np.int64), edge)


def _of_common_employers(line: Ints, employer: Ints, meetings: Meetings) -> Meetings:
    """Meetings of lines that may have an employer in common; most others are left out.

    A line has a bit for each of its employers, a bit of 64 by its number.
    """
    bit = np.where(employer > 0, np.uint64(1) << (employer % 64).astype(np.uint64), np.uint64(0))
    first = np.flatnonzero(np.diff(line, prepend=-1))
    bits = np.bitwise_or.reduceat(bit, first)[line]
    common = np.flatnonzero(bits[meetings.left] & bits[meetings.right])
    return Meetings(*(column[common] for column in meetings))


class _Deals:
    """The sixteen deals of every place; people and positions run by line."""

    def __init__(
        self, lines: Lines, line: Ints, turns: Ints, employer: Ints, meetings: Meetings
    ) -> None:
        self._place = lines.place
        self._size = lines.size
        self._first = np.cumsum(lines.size) - lines.size
        self._line = line
        self._turns = turns
        self._employer = employer
        self._meetings = meetings
        self._sides = [
            _Side(side, line, self._first, lines.size) for side in (meetings.left, meetings.right)
        ]
        # An employer counts once in an edge: meetings of one edge, the later and the earlier.
        again = [np.empty((2, 0), dtype=np.int64)]
        for apart in range(1, SUBJECTS):
            same = meetings.edge[apart:] == meetings.edge[: max(len(meetings.edge) - apart, 0)]
            later = np.flatnonzero(same) + apart
            again.append(np.stack([later, later - apart]))
        self._again = np.concatenate(again, axis=1)

    def best(self) -> Ints:
        """Of each place the deal with the fewest pairs, the smallest on a tie."""
        places = int(self._place.max(initial=-1)) + 1
        place = self._place[self._line[self._meetings.left]]
        pairs = np.zeros((DEALS, places), dtype=np.int64)
        for deal in range(DEALS):
            same = np.flatnonzero(self._same_employer(self._turns[deal]))
            pairs[deal] = np.bincount(place[same], minlength=places)
        best: Ints = pairs.argmin(axis=0)
        return best

    def on_positions(self, deals: Ints) -> Ints:
        """Index of the person on each position, given the deal of each place."""
        every = _Side(np.arange(len(self._line)), self._line, self._first, self._size)
        return every.people(self._turns_in(deals))

    def pairs_by_edge(self, deals: Ints, edges: int) -> Ints:
        """Same-employer pairs of each edge."""
        same = self._same_employer(self._turns_in(deals))
        return np.bincount(self._meetings.edge[same], minlength=edges)

    def _turns_in(self, deals: Ints) -> Ints:
        turns: Ints = self._turns[deals[self._place], np.arange(len(self._place))]
        return turns

    def _same_employer(self, turns: Ints) -> Flags:
        """Is a meeting a same-employer pair, each line being turned so far?"""
        left, right = (self._employer[side.people(turns)] for side in self._sides)
        same: Flags = (left == right) & (left != 0)
        later, earlier = self._again
        same[later[same[later] & same[earlier] & (left[later] == left[earlier])]] = False
        return same


class _Side:
    """Some positions, and where the lines of their people begin and how long they are."""

    def __init__(self, position: Ints, line_of: Ints, first: Ints, size: Ints) -> None:
        self._position = position
        self._line = line_of[position]
        self._first = first[self._line]
        self._size = size[self._line]

    def people(self, turns: Ints) -> Ints:
        """Index of the person on each position when each line is turned so far."""
        there: Ints = self._position - turns[self._line]
        there += self._size * (there < self._first)
        return there
