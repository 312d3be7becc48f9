"""The chains of all rooms put on cells: by fills, then one by one in rooms above their bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.policy import Effort
from scheduler.ordering import in_order, joined, runs
from scheduler.seats.exact import arrange
from scheduler.seats.fills import fill_rooms
from scheduler.seats.grid_fill import Content, RoomProblem
from scheduler.seats.papers import SUBJECTS
from scheduler.seats.rooms import UsableSeats

Ints = npt.NDArray[np.int64]


class Placed(NamedTuple):
    """Chains in rooms; arrays run parallel.

    Attributes:
        room: of each chain, every room has one.
        pool: of each chain, as the room numbers them.
        papers: shape (chains, 4), 0 for none.
        code: of the papers together.
        allowed: bit i is set where pool i takes everybody in the chain; of a chain in a room of
            one pool only the bit of that need be set.
    """

    room: Ints
    pool: Ints
    papers: Ints
    code: Ints
    allowed: Ints


class Arranged(NamedTuple):
    """The cell of each chain; by room the pairs, their bound, and are fewer impossible?"""

    cell: Ints
    pairs: Ints
    bound: Ints
    proved: npt.NDArray[np.bool_]


def arrange_rooms(rooms: Sequence[UsableSeats], chains: Placed, effort: Effort) -> Arranged:
    """Seat every room with as few same-paper pairs as the effort allows."""
    cell, pairs, bound = fill_rooms(rooms, *chains[:4])
    proved = np.ones(len(rooms), dtype=bool)
    for r, members, problem in _problems(rooms, chains, np.flatnonzero(pairs > bound)):
        start = np.full(len(problem.grid), len(problem.contents), dtype=np.int64)
        start[cell[members]] = np.repeat(np.arange(len(problem.counts)), problem.counts)
        found = arrange(problem, effort, tuple(start.tolist()), int(bound[r]))
        cell[members] = np.argsort(found.cells, kind="stable")[: len(members)]
        pairs[r], bound[r], proved[r] = found.pairs, found.bound, found.proved
    return Arranged(cell, pairs, bound, proved)


def _problems(
    rooms: Sequence[UsableSeats], chains: Placed, chosen: Ints
) -> Iterator[tuple[int, Ints, RoomProblem]]:
    """Some rooms, their chains by content, and what is to be solved.

    Contents come by number of chains, most first, and papers are numbered as they come: so rooms
    alike are solved once.
    """
    is_chosen = np.zeros(len(rooms), dtype=bool)
    is_chosen[chosen] = True
    some = np.flatnonzero(is_chosen[chains.room])
    room, pool, papers, code, allowed = (column[some] for column in chains)
    content = np.empty(len(some), dtype=np.int64)
    order = in_order(room, code, pool, allowed)
    content[order] = runs(*(column[order] for column in (room, code, pool, allowed)))
    count = np.bincount(content)
    one = np.empty(len(count), dtype=np.int64)
    one[content] = np.arange(len(some))
    by_count = in_order(room[one], count.max(initial=0) - count, content[one])
    rank = np.empty(len(count), dtype=np.int64)
    rank[by_count] = np.arange(len(count))
    members = some[in_order(rank[content])]
    one, count = one[by_count], count[by_count]
    ends = np.searchsorted(room[one], chosen, side="right").tolist()
    contents = [
        Content((a, b, c, d), *seat)
        for (a, b, c, d), *seat in zip(
            _renumbered(room[one], papers[one]).tolist(),
            pool[one].tolist(),
            allowed[one].tolist(),
            strict=True,
        )
    ]
    counts = count.tolist()
    start = seats = 0
    for r, end in zip(chosen.tolist(), ends, strict=True):
        number = sum(counts[start:end])
        problem = RoomProblem(
            grid=rooms[r].grid,
            pools=tuple(rooms[r].pool.tolist()),
            open_subjects=rooms[r].open_subjects,
            contents=tuple(contents[start:end]),
            counts=tuple(counts[start:end]),
        )
        yield r, members[seats : seats + number], problem
        start, seats = end, seats + number


def _renumbered(room: Ints, papers: Ints) -> Ints:
    """Papers numbered from 1 within room and subject as they come; rooms ascend, 0 is none."""
    numbers = np.zeros_like(papers)
    for subject in range(SUBJECTS):
        there = np.flatnonzero(papers[:, subject])
        paper = joined(room[there], papers[there, subject])
        _, first, which = np.unique(paper, return_index=True, return_inverse=True)
        come = np.sort(first)
        number = np.arange(len(come)) - np.searchsorted(room[there][come], room[there][come]) + 1
        numbers[there, subject] = number[np.searchsorted(come, first)][which]
    return numbers
