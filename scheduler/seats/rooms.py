"""Which rooms of a center are opened, and how its chains are dealt over them."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from models.exam import Sitting
from models.policy import Fill
from scheduler.places import Features, Places, RoomLayout, SeatKind
from scheduler.seats.neighbours import Grid, Papers, grid_of, pair_curve
from scheduler.solver import Goal, minimise_in_turn


class Content(NamedTuple):
    """What the neighbour rule and the seats can tell of a chain."""

    papers: Papers
    pool: int
    allowed: int
    """Bit i is set where the seats of pool i take everybody in the chain."""


@dataclass(frozen=True)
class UsableRoom:
    """The seats of a room that somebody present may use in one sitting, by cell of the grid."""

    room_id: str
    grid: Grid
    numbers: npt.NDArray[np.int64]
    pools: tuple[int, ...]
    open_subjects: tuple[int, ...]

    @cached_property
    def seats_of(self) -> Counter[int]:
        """Seats by pool."""
        return Counter(self.pools)


class RoomSeats(NamedTuple):
    """The seats of a room in one sitting: kinds of seat, and the kind of each present seat.

    ``kind_of`` is -1 for spare and closed seats; ``key`` tells rooms and closures apart.
    """

    key: tuple[str, str, bytes]
    layout: RoomLayout
    kinds: tuple[SeatKind, ...]
    kind_of: npt.NDArray[np.int64]
    counts: tuple[int, ...]


class RoomBook:
    """What the rooms offer, worked out once for the sittings in which they offer the same."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._features_of: dict[tuple[str, str], list[Features]] = {}
        self._seats: dict[tuple[str, str, bytes], RoomSeats] = {}
        self._usable: dict[tuple[str, str, bytes, tuple[int, ...]], UsableRoom] = {}

    def seats(self, layout: RoomLayout, sitting: Sitting) -> RoomSeats:
        """The seats of a room that are neither spare nor closed all day.

        Rules ``spare_seats_kept`` and ``closed_seats_kept_free``.
        """
        masks = self._places.open_subjects(layout, sitting)
        key = (layout.room.center_id, layout.room.room_id, masks.tobytes())
        if key not in self._seats:
            held = zip(masks.tolist(), self._features(layout), strict=True)
            index: dict[tuple[int, Features], int] = {}
            kind_of = np.array(
                [index.setdefault(h, len(index)) if h[0] else -1 for h in held], dtype=np.int64
            )
            counts = np.bincount(kind_of[kind_of >= 0], minlength=len(index))
            kinds = tuple(SeatKind(*kind) for kind in index)
            self._seats[key] = RoomSeats(key, layout, kinds, kind_of, tuple(counts.tolist()))
        return self._seats[key]

    def _features(self, layout: RoomLayout) -> list[Features]:
        """The needs that each present seat offers, worked out once for all sittings."""
        key = (layout.room.center_id, layout.room.room_id)
        if key not in self._features_of:
            self._features_of[key] = self._places.seat_features(layout)
        return self._features_of[key]

    def usable(self, seats: RoomSeats, pool_of: Mapping[SeatKind, int]) -> UsableRoom:
        """The part of a room that belongs to a pool."""
        pools = tuple(pool_of.get(kind, -1) for kind in seats.kinds)
        key = (*seats.key, pools)
        if key not in self._usable:
            self._usable[key] = _usable_room(seats, pools)
        return self._usable[key]


def _usable_room(seats: RoomSeats, pools: Sequence[int]) -> UsableRoom:
    """A room from the pool of each kind of seat, -1 for none."""
    layout = seats.layout
    pool = np.array([*pools, -1])[seats.kind_of]
    opened = np.array([*(kind.open_subjects for kind in seats.kinds), 0])[seats.kind_of]
    order = np.lexsort((layout.columns, layout.rows))
    order = order[pool[order] >= 0]
    rows, columns = layout.rows[order].tolist(), layout.columns[order].tolist()
    return UsableRoom(
        room_id=layout.room.room_id,
        grid=grid_of(tuple(zip(rows, columns, strict=True))),
        numbers=layout.numbers[order].astype(np.int64),
        pools=tuple(pool[order].tolist()),
        open_subjects=tuple(opened[order].tolist()),
    )


def rooms_to_open(rooms: Sequence[UsableRoom], needed: Sequence[int], fill: Fill) -> list[int]:
    """Indices of the rooms that are opened for ``needed[pool]`` seats, ascending.

    ``even`` opens every room with a seat of a pool in use; ``fewest_rooms`` as few as possible,
    larger rooms first.
    """
    used = {pool for pool, seats in enumerate(needed) if seats}
    pools_in_use = [room.seats_of.keys() & used for room in rooms]
    useful = [i for i, pools in enumerate(pools_in_use) if pools]
    if fill is Fill.EVEN:
        return useful
    by_size = sorted(useful, key=lambda i: (-len(rooms[i].grid), rooms[i].room_id))
    if any(len(pools_in_use[i]) > 1 for i in useful):
        return _fewest_by_solver(rooms, by_size, needed)
    opened = []
    left = list(needed)
    for i in by_size:
        (pool,) = pools_in_use[i]
        if left[pool] > 0:
            left[pool] -= rooms[i].seats_of[pool]
            opened.append(i)
    return sorted(opened)


def _fewest_by_solver(
    rooms: Sequence[UsableRoom], by_size: Sequence[int], needed: Sequence[int]
) -> list[int]:
    """Fewest rooms that cover every pool, then the larger ones among them."""
    model = cp_model.CpModel()
    opened = {i: model.new_bool_var("") for i in by_size}
    for pool, seats in enumerate(needed):
        model.add(sum(rooms[i].seats_of[pool] * opened[i] for i in by_size) >= seats)
    rank = sum(position * opened[i] for position, i in enumerate(by_size))
    solution, _ = minimise_in_turn(
        model, [Goal("rooms of a center", sum(opened.values())), Goal("smaller rooms", rank)]
    )
    return sorted(i for i in by_size if solution.value(opened[i]))


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


def deal_over_rooms(
    rooms: Sequence[UsableRoom], contents: Mapping[Content, int]
) -> list[dict[Content, int]]:
    """How many chains of each content go to each of the opened rooms.

    Every room gets the same share of a pool's chains. Papers are dealt largest first, one seat
    at a time where it adds the fewest unavoidable pairs (the smallest e(k + 1) - e(k), summed
    over its papers), then where its papers are rarest: so a paper fills no room beyond half
    while another room has a place for it.
    """
    if len(rooms) == 1:
        return [dict(contents)]
    needed: Counter[int] = Counter()
    carried_by_all: Counter[tuple[int, int]] = Counter()
    papers_of: dict[Content, list[tuple[int, int]]] = {}
    for content, count in contents.items():
        needed[content.pool] += count
        papers_of[content] = [seat for seat in enumerate(content.papers) if seat[1]]
        for seat in papers_of[content]:
            carried_by_all[seat] += count
    space = {
        pool: shares([room.seats_of[pool] for room in rooms], count)
        for pool, count in needed.items()
    }
    steps = [_steps(pair_curve(room.grid)) for room in rooms]
    sizes = [len(room.grid) for room in rooms]
    carried: list[defaultdict[tuple[int, int], int]] = [defaultdict(int) for _ in rooms]
    dealt: list[dict[Content, int]] = [{} for _ in rooms]

    def papers_first(content: Content) -> tuple[int, Papers, int, Content]:
        most = max(carried_by_all[seat] for seat in papers_of[content])
        return -most, content.papers, -contents[content], content

    for content in sorted(contents, key=papers_first):
        papers = papers_of[content]
        free = space[content.pool]
        # The seats of each room that carry each of the papers; one more makes each one more.
        counts = {i: [carried[i][paper] for paper in papers] for i, left in enumerate(free) if left}
        taken = dict.fromkeys(counts, 0)
        queue = [
            (sum(steps[i][c] for c in held), sum(held) / sizes[i], i) for i, held in counts.items()
        ]
        heapq.heapify(queue)
        for _ in range(contents[content]):
            i = queue[0][2]
            taken[i] += 1
            if taken[i] == free[i]:
                heapq.heappop(queue)
                continue
            more = 0
            total = 0
            step = steps[i]
            for c in counts[i]:
                more += step[c + taken[i]]
                total += c + taken[i]
            heapq.heapreplace(queue, (more, total / sizes[i], i))
        for i, number in taken.items():
            if number:
                free[i] -= number
                dealt[i][content] = number
                for paper in papers:
                    carried[i][paper] += number
    return dealt


@lru_cache(maxsize=4096)
def _steps(curve: tuple[int, ...]) -> tuple[int, ...]:
    """e(k + 1) - e(k) for every k."""
    return tuple(after - before for before, after in pairwise(curve))
