"""The seat draw of one center and sitting: the counts are fixed, the keyed draw decides who.

Kinds, orders and messages: docs/formats.md, section 6. Nearly all of the time goes into the keys
of the sixteen deals, so a deal is drawn kind after kind and given up as soon as it has more
same-employer pairs than a finished one: pairs among the kinds drawn so far never go away.
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

_ROUNDS = (0.5, 0.7, 0.85)
"""Shares of a deal's keys after which deals are compared."""
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
    seat_of = np.empty(len(kind), dtype=np.int64)
    seat_of[people] = seat[deals.order(deal)]
    same = _same_employer(deals.employers_of(deal)[None], meetings)[0]
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
    both = (left >= 0) & (right >= 0)
    if most > 1:
        both &= mask[left] & mask[right] != 0
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


class _Round(NamedTuple):
    """A part of a deal: positions, the seats whose keys are new, the meetings decided by it."""

    positions: Ints
    seats: Ints
    meetings: Meetings


class _Deals:
    """The sixteen deals of one center and sitting, each drawn as far as it is needed.

    Positions run by kind, and so do people; ``employer`` is that of the people. A kind is
    *settled* if no order of its people can change a pair: all have one employer, or one that
    nobody else here has.
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
        self._heads: Heads = np.zeros((DEALS, len(seat_names)), dtype=np.uint64)
        self._at = np.tile(employer, (DEALS, 1))

    def best(self) -> int:
        """The deal with the fewest pairs, the smallest on a tie."""
        rounds = self._rounds()
        pairs = np.zeros(DEALS, dtype=np.int64)

        def play(deals: Ints, these: Sequence[_Round]) -> None:
            for one in these:
                self._draw_keys(deals, one.seats)
                self._sit(deals, one.positions)
                pairs[deals] += _same_employer(self._at[deals], one.meetings).sum(axis=1)

        first = np.zeros(1, dtype=np.int64)
        play(first, rounds)
        best = 0
        going = np.arange(1, DEALS)
        for i, one in enumerate(rounds):
            # A larger number must be better, a smaller one at least as good.
            going = going[pairs[going] < pairs[best] + (going < best)]
            if not len(going):
                break
            play(going, [one])
            if i == 0:
                leader = int(going[pairs[going].argmin()])
                going = going[going != leader]
                play(np.array([leader]), rounds[1:])
                best = leader if pairs[leader] < pairs[best] else best
        else:
            going = going[pairs[going] < pairs[best] + (going < best)]
            if len(going):
                best = int(going[pairs[going].argmin()])
        return best

    def order(self, deal: int) -> Ints:
        """Positions in the order in which their people take them."""
        seats = np.arange(len(self._names))
        self._draw_keys(np.array([deal]), seats)
        by_key = np.lexsort((self._heads[deal, self._seat], self._kind))
        if _has_tie(self._kind[by_key], self._heads[deal, self._seat[by_key]]):
            by_key = self._exact_order(deal, np.arange(len(self._kind)))
        self._at[deal, by_key] = self._employer
        return by_key

    def employers_of(self, deal: int) -> Ints:
        """Employer on each position."""
        found: Ints = self._at[deal]
        return found

    def _rounds(self) -> list[_Round]:
        """The kinds that are not settled, those first that bring most pairs per key."""
        kinds = int(self._kind.max()) + 1
        size = np.bincount(self._kind, minlength=kinds)
        _, group, often = np.unique(self._employer, return_inverse=True, return_counts=True)
        group = np.where(often[group] > 1, group, -1)
        start = np.cumsum(size) - size
        settled = np.minimum.reduceat(group, start) == np.maximum.reduceat(group, start)
        employers = len(often)
        shared = np.flatnonzero(group >= 0)
        cells = self._kind[shared] * employers + group[shared]
        staff = np.bincount(cells, minlength=kinds * employers).reshape(kinds, employers)
        meets = self._kind[self._meetings.left] * kinds + self._kind[self._meetings.right]
        expected = np.bincount(meets, minlength=kinds * kinds).reshape(kinds, kinds) * (
            staff @ staff.T / np.outer(size, size)
        )
        gain = np.where(settled, -1.0, (expected.sum(axis=0) + expected.sum(axis=1)) / size)
        order = np.argsort(-gain, kind="stable")[: kinds - int(settled.sum())]
        before = np.cumsum(size[order]) - size[order]
        round_of_kind = np.full(kinds, -1)
        whole = max(int(size[order].sum()), 1)
        round_of_kind[order] = np.searchsorted(_ROUNDS, before / whole, side="right")
        return self._split(round_of_kind[self._kind])

    def _split(self, round_of: Ints) -> list[_Round]:
        """Rounds from the round of each position, -1 for positions that are settled."""
        meetings = self._meetings
        decided = np.maximum(round_of[meetings.left], round_of[meetings.right])
        if meetings.again.size:  # an edge is decided as a whole: its pairs are counted together
            of_edge = np.full(int(meetings.edge[-1]) + 1, -1)
            np.maximum.at(of_edge, meetings.edge, decided)
            decided = of_edge[meetings.edge]
        rounds = []
        known = np.zeros(len(self._names), dtype=bool)
        for number in range(len(_ROUNDS) + 1):
            positions = np.flatnonzero(round_of == number)
            if len(positions):
                seats = np.unique(self._seat[positions])
                rounds.append(
                    _Round(positions, seats[~known[seats]], _part(meetings, decided == number))
                )
                known[seats] = True
        return rounds

    def _draw_keys(self, deals: Ints, seats: Ints) -> None:
        names = [self._names[seat] for seat in seats.tolist()]
        keys = self._draw.keys(
            "seat-place", [f"{name}/{deal}" for deal in deals.tolist() for name in names]
        )
        self._heads[deals[:, None], seats] = _heads(keys).reshape(len(deals), len(seats))

    def _sit(self, deals: Ints, positions: Ints) -> None:
        """People of whole kinds take their positions: one sort by kind, then head of the key."""
        kind = self._kind[positions].astype(np.uint64)
        bits = max(int(kind[-1]).bit_length(), 1)
        heads = self._heads[deals[:, None], self._seat[positions]]
        joined = (kind << np.uint64(64 - bits)) | (heads >> np.uint64(bits))
        order = joined.argsort(axis=1)
        in_order = np.take_along_axis(joined, order, axis=1)
        by_key = positions[order]
        for i in np.flatnonzero((in_order[:, 1:] == in_order[:, :-1]).any(axis=1)).tolist():
            by_key[i] = self._exact_order(int(deals[i]), positions)
        self._at[deals[:, None], by_key] = self._employer[positions]

    def _exact_order(self, deal: int, positions: Ints) -> Ints:
        """Positions by (kind, whole key): heads tie once in 2^40 or so."""
        names = [f"{self._names[seat]}/{deal}" for seat in self._seat[positions].tolist()]
        keys = self._draw.keys("seat-place", names)
        kind = self._kind[positions].tolist()
        return positions[sorted(range(len(keys)), key=lambda i: (kind[i], keys[i], names[i]))]


def _part(meetings: Meetings, chosen: Flags) -> Meetings:
    """The chosen meetings: of an edge all or none."""
    number = np.cumsum(chosen) - 1
    again = meetings.again[:, chosen[meetings.again].all(axis=0)]
    return Meetings(
        meetings.left[chosen], meetings.right[chosen], meetings.edge[chosen], number[again]
    )
