"""Who meets whom: people on adjacent seats with a subject in common."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.seats.papers import SUBJECTS

Ints = npt.NDArray[np.int64]


class Meetings(NamedTuple):
    """Positions on adjacent seats with a subject in common; arrays run parallel.

    ``edge`` says on which adjacency; the meetings of one follow each other.
    """

    left: Ints
    right: Ints
    edge: Ints


def find_meetings(mask: Ints, seat: Ints, edges: Ints) -> Meetings:
    """Who meets whom, by positions; the masks on one seat are disjoint.

    Args:
        mask: subjects of each position.
        seat: of each position; every seat has one.
        edges: adjacent seats, shape (edges, 2).
    """
    one, other = edges[:, 0], edges[:, 1]
    alone = np.bincount(seat) == 1
    there = np.empty(len(alone), dtype=np.int64)
    there[seat] = np.arange(len(seat))
    simple = alone[one] & alone[other]
    edge = np.flatnonzero(simple)
    left, right = there[one[edge]], there[other[edge]]
    met = np.flatnonzero(mask[left] & mask[right])
    shared = _on_shared_seats(mask, seat, edges, np.flatnonzero(~simple))
    parts = zip((left[met], right[met], edge[met]), shared, strict=True)
    return Meetings(*(np.concatenate(part) for part in parts))


def _on_shared_seats(mask: Ints, seat: Ints, edges: Ints, chosen: Ints) -> Meetings:
    """The meetings of some adjacencies, subject by subject; each counts once."""
    shared = np.zeros(int(seat.max(initial=-1)) + 1, dtype=np.bool_)
    shared[edges[chosen]] = True
    people = np.flatnonzero(shared[seat])
    number = np.cumsum(shared) - 1
    sits = np.full((int(number[-1]) + 1 if len(number) else 0, SUBJECTS), -1, dtype=np.int64)
    for subject in range(SUBJECTS):
        there = people[mask[people] & (1 << subject) != 0]
        sits[number[seat[there]], subject] = there
    left, right = (number[edges[chosen, side]] for side in (0, 1))
    left, right = np.take(sits, left, axis=0), np.take(sits, right, axis=0)
    met = (left >= 0) & (right >= 0)
    for subject in range(1, SUBJECTS):
        for earlier in range(subject):
            known = left[:, subject] == left[:, earlier]
            known &= right[:, subject] == right[:, earlier]
            met[:, subject] &= ~known
    edge, _ = np.nonzero(met)
    return Meetings(left[met], right[met], chosen[edge])
