"""The seat draw of one center and sitting: the counts are fixed, the keyed draw decides who.

Kinds, orders and messages: docs/formats.md, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.draw import DEALS, Draw
from scheduler.seats.neighbours import SUBJECTS

Ints = npt.NDArray[np.int64]

_ROUNDS = ((0, 1), (1, 4), (4, DEALS))
"""Deals compared together; a round is skipped once a deal has no pair at all."""


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
        kinds: kind of each candidate.
        employers: employer of each candidate as a number, 0 for none.
        positions: as many of each kind as there are candidates of it.
        seat_names: ``sitting/center_id/room_id/seat`` of each seat.
        edges: adjacent seats, shape (edges, 2).

    Returns:
        Per candidate the seat's index; the deal of 0..15 with the fewest same-employer pairs,
        the smallest on a tie.
    """
    keys = draw.keys("seat", candidate_ids)
    order = sorted(range(len(keys)), key=lambda i: (kinds[i], keys[i]))
    people = np.array(order, dtype=np.int64)
    by_kind = np.sort(positions.kind)
    mask = positions.mask[np.argsort(positions.kind, kind="stable")]
    found: SeatDraw | None = None
    for low, high in _ROUNDS:
        ranks = [_seat_ranks(draw, seat_names, deal) for deal in range(low, high)]
        seats = np.stack(
            [positions.seat[np.lexsort((rank[positions.seat], positions.kind))] for rank in ranks]
        )
        pairs = _employer_pairs(employers[people], mask, seats, edges, len(seat_names))
        totals = pairs.sum(axis=1)
        best = int(totals.argmin())
        if found is None or totals[best] < found.employer_pairs.sum():
            seat_of = np.empty(len(by_kind), dtype=np.int64)
            seat_of[people] = seats[best]
            found = SeatDraw(seat_of, low + best, pairs[best])
        if not found.employer_pairs.any():
            break
    assert found is not None, "there is always a first deal"
    return found


def _seat_ranks(draw: Draw, seat_names: Sequence[str], deal: int) -> Ints:
    """Rank of each seat by (K("seat-place", name/deal), name/deal)."""
    messages = [f"{name}/{deal}" for name in seat_names]
    keys = draw.keys("seat-place", messages)
    words = np.frombuffer(b"".join(keys), dtype=">u8").reshape(-1, 4)
    order = np.argsort(words[:, 0], kind="stable")
    first = words[order, 0]
    if (first[1:] == first[:-1]).any():  # one chance in 2^40: compare whole keys
        order = np.array(sorted(range(len(keys)), key=lambda i: (keys[i], messages[i])))
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys))
    return ranks


def _employer_pairs(employers: Ints, mask: Ints, seats: Ints, edges: Ints, count: int) -> Ints:
    """Same-employer pairs of each adjacency in each deal, shape (deals, edges).

    Two cells may have one pair for each employer of which people sit on both in a common
    subject; an employer that they have in common in several subjects counts once.
    """
    deals = len(seats)
    at = np.zeros((SUBJECTS, deals, count), dtype=np.int64)
    for subject in range(SUBJECTS):
        sits = mask >> subject & 1 == 1
        at[subject][np.arange(deals)[:, None], seats[:, sits]] = employers[sits]
    left, right = at[:, :, edges[:, 0]], at[:, :, edges[:, 1]]
    common = np.where(left == right, left, 0)
    pairs = np.zeros((deals, len(edges)), dtype=np.int64)
    for subject in range(SUBJECTS):
        fresh = common[subject] != 0
        for earlier in range(subject):
            fresh &= common[earlier] != common[subject]
        pairs += fresh
    return pairs
