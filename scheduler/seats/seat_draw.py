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
from scheduler.ordering import in_drawn_order
from scheduler.seats.deals import Deals
from scheduler.seats.meetings import find_meetings

Ints = npt.NDArray[np.int64]


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
    """Where each line sits: an entry per candidate.

    ``line`` is a number that ascends with the lines, ``seat`` an index into the seats.
    """

    line: Ints
    mask: Ints
    seat: Ints


class SeatDraw(NamedTuple):
    """Who sits where, the deal of each place, and the same-employer pairs of each adjacency."""

    seat_of: Ints
    deals: Ints
    employer_pairs: Ints


def draw_seats(
    draw: Draw,
    lines: Lines,
    in_line: Ints,
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
        in_line: the candidates by line; those of a line ascend by ``candidate_id``.
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
    mask, seat = positions.mask[taken], positions.seat[taken]
    people, turns = _drawn_people(draw, lines, in_line)
    employer = employer[people]
    meetings = find_meetings(mask, seat, edges)
    deals = Deals(lines.place, lines.size, turns, employer, meetings)
    best = deals.best()
    seat_of = np.empty(len(seat), dtype=np.int64)
    seat_of[people[deals.on_positions(best)]] = seat
    return SeatDraw(seat_of, best, deals.pairs_by_edge(best, len(edges)))


def _in_drawn_order(
    draw: Draw, positions: Positions, seats: Seats, room_names: Sequence[str]
) -> Ints:
    """Positions by line, then by the number drawn for the seat, then by room and seat."""
    starts = draw.starts("seat-place", room_names)
    drawn = stream_numbers(starts[seats.room], seats.number)

    def ties(rows: Ints) -> tuple[Ints, Ints]:
        seat = positions.seat[rows]
        return seats.room[seat], seats.number[seat]

    return in_drawn_order(positions.line, drawn[positions.seat], ties)


def _drawn_people(draw: Draw, lines: Lines, in_line: Ints) -> tuple[Ints, Ints]:
    """People by line and drawn number, and by how much each deal turns each line."""
    size = lines.size
    starts = draw.starts("seat", lines.place_names)[lines.place]
    present = np.bincount(lines.kind) > 0
    kind_names = [lines.kind_names[kind] for kind in np.flatnonzero(present).tolist()]
    starts ^= draw.starts("seat", kind_names)[(np.cumsum(present) - 1)[lines.kind]]
    line = np.repeat(np.arange(len(size)), size)
    nth = np.arange(1, len(line) + 1) - (np.cumsum(size) - size)[line]
    people = in_line[in_drawn_order(line, stream_numbers(starts[line], nth))]
    turns = np.zeros((DEALS, len(size)), dtype=np.int64)
    longer = np.flatnonzero(size > 1)
    deals = np.arange(1, DEALS)[:, None]
    number = stream_numbers(starts[longer], size[longer] + deals)
    number %= size[longer].astype(np.uint64)
    turns[1:, longer] = number
    return people, turns
