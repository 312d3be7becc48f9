"""The seat draw of one center and sitting: the counts are fixed, the keyed draw decides who.

Kinds, orders and messages: docs/formats.md, section 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.draw import DEALS, Draw

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_ROUNDS = (0.5, 0.7, 0.85, 1.0)
"""Shares of the keys that are drawn before deals are compared again."""
_KIND_BITS = 20


class Positions(NamedTuple):
    """Where each kind sits: one entry per candidate, ``seat`` an index into the seat names."""

    kind: Ints
    mask: Ints
    seat: Ints


class SeatDraw(NamedTuple):
    """Who sits where, the deal taken, and the same-employer pairs of each adjacency."""

    seat_of: Ints
    deal: int
    employer_pairs: Ints


def draw_seats(
    draw: Draw,
    candidate_ids: Sequence[str],
    kinds: Ints,
    employers: Ints,
    positions: Positions,
    seat_names: Sequence[str],
    edges: Ints,
) -> SeatDraw:
    """Deal the people of each kind to its positions.

    Args:
        draw: the keyed draw.
        candidate_ids: ascending.
        kinds: kind of each candidate, from 0.
        employers: employer of each candidate as a number, 0 for none.
        positions: as many of each kind as there are candidates of it.
        seat_names: ``sitting/center_id/room_id/seat`` of each seat.
        edges: adjacent seats, shape (edges, 2).

    Returns:
        Per candidate the seat's index; the deal of 0..15 with the fewest same-employer pairs,
        the smallest on a tie.
    """
    order = np.argsort(positions.kind, kind="stable")
    kind, mask, seat = (column[order] for column in positions)
    people = _drawn_order(kinds, draw, "seat", candidate_ids)
    meetings = _Meetings.of(kind, mask, seat, edges)
    choice = _Deals(draw, kind, seat, seat_names, employers[people], meetings).best()
    seat_of = np.empty(len(kind), dtype=np.int64)
    seat_of[people[choice.person]] = seat
    pairs = meetings.per_edge(choice.employers, len(edges))
    return SeatDraw(seat_of, choice.deal, pairs)
