"""The seat draw: the counts are fixed, the keyed draw decides who (docs/formats.md, section 6).

All centers and sittings at hand are drawn together: arrays of everybody cost little more than
arrays of a room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.draw import DEALS, Draw

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
    """Positions on adjacent seats with a subject in common; arrays run parallel.

    ``again``: two meetings of one edge (rows: the later, the earlier), in which an employer is
    to be counted once.
    """

    left: Ints
    right: Ints
    edge: Ints
    again: Ints


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
    deals = _Deals(lines, line, turns, employer[people], find_meetings(mask, seat, edges))
    best = deals.best()
    seat_of = np.empty(len(line), dtype=np.int64)
    seat_of[people[deals.on_positions(best)]] = seat
    return SeatDraw(seat_of, best, deals.pairs_by_edge(best, len(edges)))


def _in_drawn_order(
    draw: Draw, positions: Positions, seats: Seats, room_names: Sequence[str]
) -> Ints:
    """Positions by line, then by the number drawn for the seat, then by room and seat."""
    room, number = seats.room[positions.seat], seats.number[positions.seat]
    drawn = draw.numbers("seat-place", room_names, room, number)
    order = np.lexsort((drawn, positions.line))
    line, key = positions.line[order], drawn[order]
    if ((line[1:] == line[:-1]) & (key[1:] == key[:-1])).any():
        order = np.lexsort((number, room, drawn, positions.line))
    return order


def _people_in_line(draw: Draw, lines: Lines, line_of: Ints) -> tuple[Ints, Ints]:
    """People by line and drawn number, and by how much each deal turns each line."""
    size = lines.size
    people = np.argsort(line_of, kind="stable")
    line = line_of[people]
    nth = np.arange(1, len(line) + 1) - (np.cumsum(size) - size)[line]
    # Whoever is alone has one position in every deal.
    several = np.flatnonzero(size > 1)
    whose = zip(lines.place[several].tolist(), lines.kind[several].tolist(), strict=True)
    names = [f"{lines.place_names[place]}/{lines.kind_names[kind]}" for place, kind in whose]
    index = np.full(len(size), -1, dtype=np.int64)
    index[several] = np.arange(len(several))
    drawn = np.flatnonzero(size[line] > 1)
    deal, of = np.divmod(np.arange((DEALS - 1) * len(several)), max(len(several), 1))
    numbers = draw.numbers(
        "seat",
        names,
        np.concatenate([index[line[drawn]], of]),
        np.concatenate([nth[drawn], size[several[of]] + deal + 1]),
    )
    people[drawn] = people[drawn][np.lexsort((numbers[: len(drawn)], line[drawn]))]
    turns = np.zeros((DEALS, len(size)), dtype=np.int64)
    turned = numbers[len(drawn) :].reshape(DEALS - 1, len(several))
    turns[1:, several] = turned % size[several].astype(np.uint64)
    return people, turns


def find_meetings(mask: Ints, seat: Ints, edges: Ints) -> Meetings:
    """Who meets whom, by positions; the masks on one seat are disjoint."""
    sits = np.full((int(seat.max(initial=-1)) + 1, 4), -1, dtype=np.int64)
    for subject in range(4):
        there = np.flatnonzero(mask >> subject & 1)
        sits[seat[there], subject] = there
    left, right = sits[edges[:, 0]], sits[edges[:, 1]]
    met = (left >= 0) & (right >= 0)
    for subject in range(1, 4):
        for earlier in range(subject):
            known = (left[:, subject] == left[:, earlier]) & (
                right[:, subject] == right[:, earlier]
            )
            met[:, subject] &= ~known
    edge, _ = np.nonzero(met)
    again = [np.empty((2, 0), dtype=np.int64)]
    for apart in range(1, 4):
        later = np.flatnonzero(edge[apart:] == edge[:-apart]) + apart
        again.append(np.stack([later, later - apart]))
    return Meetings(left[met], right[met], edge, np.concatenate(again, axis=1))


class _Deals:
    """The sixteen deals of every place; people and positions run by line."""

    def __init__(
        self, lines: Lines, line: Ints, turns: Ints, employer: Ints, meetings: Meetings
    ) -> None:
        self._place = lines.place
        self._line = line
        self._first = (np.cumsum(lines.size) - lines.size)[line]
        self._size = lines.size[line]
        self._nth = np.arange(len(line)) - self._first
        self._turns = turns
        self._employer = employer
        self._meetings = meetings

    def best(self) -> Ints:
        """Of each place the deal with the fewest pairs, the smallest on a tie."""
        places = int(self._place.max(initial=-1)) + 1
        place = self._place[self._line[self._meetings.left]]
        pairs = np.zeros((DEALS, places), dtype=np.int64)
        for deal in range(DEALS):
            same = self._same_employer(np.full(places, deal))
            pairs[deal] = np.bincount(place[same], minlength=places)
        best: Ints = pairs.argmin(axis=0)
        return best

    def on_positions(self, deals: Ints) -> Ints:
        """Index of the person on each position, given the deal of each place."""
        turn = self._turns[deals[self._place], np.arange(len(self._place))][self._line]
        back = self._nth - turn
        there: Ints = self._first + back + self._size * (back < 0)
        return there

    def pairs_by_edge(self, deals: Ints, edges: int) -> Ints:
        """Same-employer pairs of each edge."""
        same = self._same_employer(deals)
        return np.bincount(self._meetings.edge[same], minlength=edges)

    def _same_employer(self, deals: Ints) -> Flags:
        """Is a meeting a same-employer pair?"""
        employer = self._employer[self.on_positions(deals)]
        left = employer[self._meetings.left]
        same: Flags = (left == employer[self._meetings.right]) & (left != 0)
        later, earlier = self._meetings.again
        same[later[same[later] & same[earlier] & (left[later] == left[earlier])]] = False
        return same
