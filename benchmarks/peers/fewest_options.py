"""Peer (a): whoever has the fewest open seats to choose from is next, and chooses at random.

The idea of open seating tools for university exams (Berkeley's exam seating among them). A seat
is open to somebody who may sit there if it is still free in all the subjects sat.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.peers.exam import Part
from benchmarks.peers.instance import Instance, Integers
from scheduler.masks import FULL

_STATES = np.arange(FULL + 1)
"""Subjects in which a seat is still free, as a mask."""
_FREE_FOR = (_STATES[:, None] & _STATES[None, :]) == _STATES[None, :]
"""[state, mask]: is a seat of the state free for the mask?"""


def allot(instance: Instance, seed: int) -> Integers:
    """Head counts ``[kind, center]``: everybody sits all subjects."""
    kinds, centers = instance.metres.shape
    full = np.full(max(kinds, centers), FULL)
    return _filled(instance.people, full[:kinds], instance.seats, full[:centers], instance.own,
                   np.random.default_rng(seed))  # fmt: skip


def fill(part: Part, seed: int) -> Integers:
    """People by (kind, place) of one part of an exam; a seat is taken for a whole sitting."""
    seats = np.array([place.seats for place in part.places], dtype=np.int64)
    opened = np.array([place.kind.open_subjects for place in part.places], dtype=np.int64)
    rng = np.random.default_rng((seed, part.first))
    return _filled(part.people, part.masks, seats, opened, part.forbidden, rng)


def _filled(
    people: Integers,
    masks: Integers,
    seats: Integers,
    opened: Integers,
    forbidden: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> Integers:
    """People of a kind choose one after the other, and nobody is moved again.

    Whoever is served has one option less afterwards, and nobody else loses more: the kind with
    the fewest options stays the one until all of it are served.
    """
    free = np.zeros((len(seats), len(_STATES)), dtype=np.int64)
    free[np.arange(len(seats)), opened] = seats
    allotted = np.zeros(forbidden.shape, dtype=np.int64)
    waiting = people.copy()
    order = rng.permutation(len(waiting))
    while waiting.any():
        options = np.where(forbidden, 0, (free @ _FREE_FOR)[:, masks].T).sum(axis=1)
        options[waiting == 0] = np.iinfo(np.int64).max
        kind = int(order[np.argmin(options[order])])
        mask = int(masks[kind])
        usable = np.where(forbidden[kind][:, None] | ~_FREE_FOR[:, mask], 0, free)
        number = min(int(waiting[kind]), int(usable.sum()))
        if number:
            chosen = rng.multivariate_hypergeometric(usable.ravel(), number).reshape(free.shape)
            allotted[kind] += chosen.sum(axis=1)
            free -= chosen
            for state in _STATES:
                free[:, state & ~mask] += chosen[:, state]
        waiting[kind] = 0
    return allotted
