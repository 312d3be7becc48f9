"""How the chains of a center are dealt over its rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduler.ordering import in_order, joined, runs
from scheduler.seats.papers import carried

Ints = npt.NDArray[np.int64]


class Shares(NamedTuple):
    """Seats of a pool that a room gives; arrays run parallel."""

    pool: Ints
    room: Ints
    seats: Ints


def shares(capacities: Sequence[int], seats: int) -> list[int]:
    """``seats`` over rooms in proportion to their capacities, largest remainders first."""
    total = sum(capacities)
    if total == 0:
        return [0] * len(capacities)
    whole = [seats * capacity // total for capacity in capacities]
    by_remainder = sorted(
        range(len(capacities)), key=lambda i: (-(seats * capacities[i] % total), i)
    )
    for i in by_remainder[: seats - sum(whole)]:
        whole[i] += 1
    return whole


def deal_over_rooms(pool: Ints, papers: Ints, code: Ints, given: Shares) -> Ints:
    """The room of each chain; every room gets its share of a pool's chains.

    The chains of a pool stand in a line, those of the largest papers first and equal ones
    together, and the rooms take turns in proportion to their shares. So every room gets its
    proportional part of every paper, to rounding: no paper has more than half of one room where
    another room has a place for it, and above half, where every further seat costs more than the
    one before (docs/model.md, section 5), the parts are the cheapest as well. Of chains with
    equal papers the first go to the first room that takes some: seats that several people share
    are then neighbours, and fewer people meet.

    Args:
        pool: of each chain.
        papers: of each chain, shape (chains, 4), 0 for none.
        code: of each chain, of its papers together.
        given: as many seats of each pool as it has chains.
    """
    most = np.maximum.reduce(carried(pool, papers))
    line = in_order(pool, most.max(initial=0) - most, code)
    index = np.repeat(np.arange(len(given.seats)), given.seats)
    first = np.cumsum(given.seats) - given.seats
    turn = 2 * (np.arange(len(index)) - first[index]) + 1
    # Turn / seats as whole numbers: rooms have fewer than 2^10 seats, so equal ones stay equal.
    turn = (turn << 20) // given.seats[index]
    dealt = given.room[index][in_order(given.pool[index], turn)]
    dealt = dealt[np.argsort(joined(runs(pool[line], code[line]), dealt))]
    room = np.empty(len(pool), dtype=np.int64)
    room[line] = dealt
    return room
