"""The seat draw of one center and sitting: the counts are fixed, the keyed draw decides who.

Kinds, orders and messages: docs/formats.md, section 6. Nearly all of the time goes into the keys
of the sixteen deals. Giving up deals half-way does not pay: so few pairs tell them apart that
four fifths of the keys are needed to be sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.draw import DEALS, Draw

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Heads = npt.NDArray[np.uint64]

_WORDS = 4
"""Numbers of eight bytes in a key."""


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
    by_kind = np.argsort(positions.kind, kind="stable")
    kind, mask, seat = (column[by_kind] for column in positions)
    people = _in_drawn_order(kinds, draw.keys("seat", candidate_ids))
    # Nobody has an employer in common with those who have none.
    employer = employers[people]
    employer = np.where(employer == 0, -1 - np.arange(len(employer)), employer)
    meetings = find_meetings(mask, seat, edges)
    deals = _Deals(draw, kind, seat, seat_names, employer, meetings)
    deal = deals.best()
    order = deals.order(deal)
    seat_of = np.empty(len(kind), dtype=np.int64)
    seat_of[people] = seat[order]
    same = _same_employer(deals.employers_of(order)[None], meetings)[0]
    return SeatDraw(seat_of, deal, np.bincount(meetings.edge[same], minlength=len(edges)))


def find_meetings(mask: Ints, seat: Ints, edges: Ints) -> Meetings:
    """Who meets whom, by positions; the masks on one seat are disjoint."""
    by_seat = np.argsort(seat, kind="stable")
    first = np.searchsorted(seat[by_seat], np.arange(int(seat.max(initial=-1)) + 2))
    most = int(np.diff(first).max(initial=0))
    on_seat = np.full((len(first) - 1, most), -1, dtype=np.int64)
    for i in range(most):
        held = np.flatnonzero(np.diff(first) > i)
        on_seat[held, i] = by_seat[first[held] + i]
    left = np.repeat(on_seat[edges[:, 0]], most, axis=1)
    right = np.tile(on_seat[edges[:, 1]], most)
    both = (left >= 0) & (right >= 0) & (mask[left] & mask[right] != 0)
    edge, _ = np.nonzero(both)
    again = [np.empty((2, 0), dtype=np.int64)]
    for apart in range(1, most * most):
        later = np.flatnonzero(edge[apart:] == edge[:-apart]) + apart
        if not len(later):
            break
        again.append(np.stack([later, later - apart]))
    return Meetings(left[both], right[both], edge, np.concatenate(again, axis=1))


def _same_employer(employer: Ints, meetings: Meetings) -> Flags:
    """Is a meeting a same-employer pair? Shape (deals, meetings), from (deals, positions)."""
    left = employer[:, meetings.left]
    same: Flags = left == employer[:, meetings.right]
    later, earlier = meetings.again
    if len(later):
        repeated = same[:, later] & same[:, earlier] & (left[:, later] == left[:, earlier])
        deal, i = np.nonzero(repeated)
        same[deal, later[i]] = False
    return same


def _in_drawn_order(group: Ints, keys: Sequence[bytes]) -> Ints:
    """Indices by (group, key); equal keys keep their order."""
    heads = _heads(keys)
    order: Ints = np.lexsort((heads, group))
    if _has_tie(group[order], heads[order]):
        order = np.array(sorted(range(len(keys)), key=lambda i: (group[i], keys[i])))
    return order


def _heads(keys: Sequence[bytes]) -> Heads:
    """The first eight bytes of each key as a number."""
    return np.frombuffer(b"".join(keys), dtype=">u8")[::_WORDS].astype(np.uint64)


def _has_tie(group: Ints, heads: Heads) -> bool:
    """Do two neighbours agree in the group and in the head of the key?"""
    return bool(((group[1:] == group[:-1]) & (heads[1:] == heads[:-1])).any())


class _Deals:
    """The sixteen deals of one center and sitting.

    Positions run by kind, and so do people; ``employer`` is that of the people. Keys are drawn
    only for kinds of which the order of the people can change a pair.
    """

    def __init__(
        self,
        draw: Draw,
        kind: Ints,
        seat: Ints,
        seat_names: Sequence[str],
        employer: Ints,
        meetings: Meetings,
    ) -> None:
        self._draw = draw
        self._kind = kind
        self._seat = seat
        self._names = seat_names
        self._employer = employer
        self._meetings = meetings
        self._positions = np.flatnonzero(self._unsettled()[kind])
        self._orders = np.empty((0, len(self._positions)), dtype=np.int64)

    def best(self) -> int:
        """The deal with the fewest pairs, the smallest on a tie."""
        if not len(self._positions):
            return 0
        self._orders = self._by_key(range(1), self._positions)
        first = int(self._pairs(self._orders)[0])
        if first == 0:
            return 0
        others = self._by_key(range(1, DEALS), self._positions)
        self._orders = np.concatenate([self._orders, others])
        pairs = self._pairs(others)
        return 1 + int(pairs.argmin()) if pairs.min() < first else 0

    def order(self, deal: int) -> Ints:
        """Positions in the order in which their people take them, of a deal that is drawn."""
        order = np.arange(len(self._kind))
        settled = np.delete(order, self._positions)
        if len(settled):
            order[settled] = self._by_key(range(deal, deal + 1), settled)[0]
        if len(self._positions):
            order[self._positions] = self._orders[deal]
        return order

    def employers_of(self, order: Ints) -> Ints:
        """Employer on each position, given the order in which they are taken."""
        employer = np.empty_like(self._employer)
        employer[order] = self._employer
        return employer

    def _unsettled(self) -> Flags:
        """Kinds whose people differ in the employers that more than one person here has."""
        start = np.searchsorted(self._kind, np.arange(int(self._kind[-1]) + 1))
        _, group, often = np.unique(self._employer, return_inverse=True, return_counts=True)
        group = np.where(often[group] > 1, group, -1)
        different: Flags = np.minimum.reduceat(group, start) != np.maximum.reduceat(group, start)
        return different

    def _pairs(self, by_key: Ints) -> Ints:
        """Same-employer pairs of each deal, from its order of the unsettled positions.

        Settled kinds stand anyhow: their part is the same in every deal.
        """
        employer = np.tile(self._employer, (len(by_key), 1))
        employer[np.arange(len(by_key))[:, None], by_key] = self._employer[self._positions]
        pairs: Ints = _same_employer(employer, self._meetings).sum(axis=1)
        return pairs

    def _by_key(self, deals: range, positions: Ints) -> Ints:
        """Positions of whole kinds by (kind, key), shape (deals, positions)."""
        seats, seat = np.unique(self._seat[positions], return_inverse=True)
        names = [f"{self._names[i]}/" for i in seats.tolist()]
        drawn = self._draw.keys_of_parts("seat-place", names, map(str, deals))
        heads = _heads(drawn).reshape(len(deals), len(seats))[:, seat]
        # One sort by kind and as much of the key as fits beside it.
        kind = self._kind[positions].astype(np.uint64)
        bits = max(int(kind[-1]).bit_length(), 1)
        joined = (kind << np.uint64(64 - bits)) | (heads >> np.uint64(bits))
        order = joined.argsort(axis=1)
        in_order = np.take_along_axis(joined, order, axis=1)
        for i in np.flatnonzero((in_order[:, 1:] == in_order[:, :-1]).any(axis=1)).tolist():
            keys = drawn[i * len(names) : (i + 1) * len(names)]
            whole = [(k, keys[s]) for k, s in zip(kind.tolist(), seat.tolist(), strict=True)]
            order[i] = sorted(range(len(whole)), key=whole.__getitem__)
        by_key: Ints = positions[order]
        return by_key
