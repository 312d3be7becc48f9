"""What the rooms of a center offer in a sitting, and which of them are opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.exam import Sitting
from models.policy import Fill
from scheduler.masks import FULL
from scheduler.places import Features, Places, RoomLayout, SeatKind
from scheduler.seats.neighbours import SUBJECTS, Grid, grid_of, open_grid
from scheduler.solver import Goal, Model, minimise_in_turn

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UsableSeats:
    """The seats of a room that somebody present may use in one sitting, by cell of the grid.

    ``pool`` and ``opened``, the mask of open subjects, run over the cells like ``numbers``. Rooms
    that offer the same share one object.
    """

    grid: Grid
    numbers: Ints
    pool: Ints
    opened: Ints
    seats_of: Mapping[int, int]
    """Seats by pool; pools without a seat are absent."""

    @cached_property
    def open_subjects(self) -> tuple[int, ...]:
        """The mask of open subjects of each cell."""
        return tuple(self.opened.tolist())

    @cached_property
    def open_grids(self) -> tuple[Grid, ...]:
        """The cells open for each subject."""
        if int(self.opened.min(initial=FULL)) == FULL:
            return (self.grid,) * SUBJECTS
        return tuple(open_grid(self.grid, self.open_subjects, s) for s in range(SUBJECTS))


class UsableRoom(NamedTuple):
    """A room of a center, and its seats that somebody present may use."""

    room_id: str
    seats: UsableSeats


class UsableRooms(NamedTuple):
    """The rooms of a center with the seats that somebody present may use.

    ``by_size``: the indices of those that have any, larger ones first.
    """

    rooms: tuple[UsableRoom, ...]
    by_size: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SeatOffer:
    """The present seats of a room by number in one sitting: the kinds, and the kind of each.

    ``kind_of`` is -1 for spare and closed seats; ``counts`` of each kind. Rooms that offer the
    same share one object where they can, with the ``layout`` of one of them.
    """

    layout: RoomLayout
    kinds: tuple[SeatKind, ...]
    kind_of: Ints
    counts: tuple[int, ...]


class Offered(NamedTuple):
    """The rooms of a center in one sitting by room id, and their seats by kind.

    ``key`` tells centers and closures apart.
    """

    key: tuple[object, ...]
    rooms: tuple[tuple[str, SeatOffer], ...]
    seats: Mapping[SeatKind, int]


class RoomBook:
    """What the rooms offer, worked out once for the sittings in which they offer the same."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._features_of: dict[tuple[str, str], list[Features]] = {}
        self._offered: dict[tuple[object, ...], Offered] = {}
        self._rooms: dict[tuple[object, ...], UsableRooms] = {}
        self._offers: dict[tuple[object, ...], SeatOffer] = {}
        self._seats: dict[tuple[SeatOffer, tuple[int, ...]], UsableSeats] = {}

    def offered(self, center_id: str, sitting: Sitting) -> Offered:
        """The seats of a center's rooms that are neither spare nor closed all day.

        Rules ``spare_seats_kept`` and ``closed_seats_kept_free``.
        """
        closed = bool(self._places.closures_at(center_id, sitting))
        key = center_id, sitting.mode, sitting.id if closed else sitting.mask
        if key not in self._offered:
            rooms = tuple(
                (layout.room.room_id, self._offer(layout, sitting, closed=closed))
                for layout in self._places.rooms_of_center.get(center_id, ())
                if layout.room.mode is sitting.mode
            )
            seats: dict[SeatKind, int] = {}
            for _, offer in rooms:
                for kind, count in zip(offer.kinds, offer.counts, strict=True):
                    seats[kind] = seats.get(kind, 0) + count
            self._offered[key] = Offered(key, rooms, seats)
        return self._offered[key]

    def _offer(self, layout: RoomLayout, sitting: Sitting, *, closed: bool) -> SeatOffer:
        room = layout.room
        shape = room.rows, room.columns, room.numbering, room.missing
        key: tuple[object, ...]
        if not room.features and not closed:
            key = *shape, sitting.mask, layout.spare.tobytes()
            if key not in self._offers:
                kind, kind_of = SeatKind(sitting.mask, frozenset()), -layout.spare.astype(np.int64)
                self._offers[key] = SeatOffer(layout, (kind,), kind_of, (layout.usable,))
            return self._offers[key]
        opened = self._places.open_subjects(layout, sitting).tolist()
        index: dict[SeatKind, int] = {}
        kind_of = np.array(
            [
                index.setdefault(SeatKind(mask, features), len(index)) if mask else -1
                for mask, features in zip(opened, self._features(layout), strict=True)
            ],
            dtype=np.int64,
        )
        kinds = tuple(index)
        key = *shape, kinds, kind_of.tobytes()
        if key not in self._offers:
            counts = np.bincount(kind_of[kind_of >= 0], minlength=len(kinds))
            self._offers[key] = SeatOffer(layout, kinds, kind_of, tuple(counts.tolist()))
        return self._offers[key]

    def _features(self, layout: RoomLayout) -> list[Features]:
        """The needs that each present seat offers, worked out once for all sittings."""
        key = (layout.room.center_id, layout.room.room_id)
        if key not in self._features_of:
            self._features_of[key] = self._places.seat_features(layout)
        return self._features_of[key]

    def usable(self, offered: Offered, pool_of: Mapping[SeatKind, int]) -> UsableRooms:
        """The rooms of a center with the seats that belong to a pool."""
        key = offered.key, tuple([pool_of.get(kind, -1) for kind in offered.seats])
        if key not in self._rooms:
            seats_of = {offer: self._usable(offer, pool_of) for _, offer in offered.rooms}
            rooms = tuple([UsableRoom(room, seats_of[offer]) for room, offer in offered.rooms])
            by_size = sorted(
                (-len(room.seats.grid), room.room_id, i) for i, room in enumerate(rooms)
            )
            self._rooms[key] = UsableRooms(rooms, tuple(i for size, _, i in by_size if size))
        return self._rooms[key]

    def _usable(self, offer: SeatOffer, pool_of: Mapping[SeatKind, int]) -> UsableSeats:
        pools = tuple([pool_of.get(kind, -1) for kind in offer.kinds])
        if (offer, pools) not in self._seats:
            self._seats[offer, pools] = _usable_seats(offer, pools)
        return self._seats[offer, pools]


def _usable_seats(offer: SeatOffer, pools: Sequence[int]) -> UsableSeats:
    """A room from the pool of each kind of seat, -1 for none."""
    layout = offer.layout
    width = int(layout.columns.max(initial=0)) + 1
    place = layout.rows.astype(np.int64) * width + layout.columns
    order = np.argsort(place)
    pool = np.array([*pools, -1], dtype=np.int64)[offer.kind_of[order]]
    used = pool >= 0
    order = order[used]
    opened = np.array([*(kind.open_subjects for kind in offer.kinds), 0], dtype=np.int64)
    seats_of: Counter[int] = Counter()
    for i, count in zip(pools, offer.counts, strict=True):
        if i >= 0:
            seats_of[i] += count
    return UsableSeats(
        grid=grid_of(width, place[order].tobytes()),
        numbers=layout.numbers[order].astype(np.int64),
        pool=pool[used],
        opened=opened[offer.kind_of[order]],
        seats_of=seats_of,
    )


def rooms_to_open(usable: UsableRooms, needed: Sequence[int], fill: Fill) -> list[int]:
    """Indices of the rooms that are opened for ``needed[pool]`` seats, ascending.

    ``even`` opens every room with a seat of a pool in use; ``fewest_rooms`` as few as possible,
    larger rooms first.
    """
    rooms = usable.rooms
    used = {pool for pool, seats in enumerate(needed) if seats}
    by_size = [i for i in usable.by_size if not used.isdisjoint(rooms[i].seats.seats_of)]
    if fill is Fill.EVEN:
        return sorted(by_size)
    if any(len(used.intersection(rooms[i].seats.seats_of)) > 1 for i in by_size):
        opened = _largest_that_cover(rooms, by_size, needed)
        return sorted(opened) if opened else _fewest_by_solver(rooms, by_size, needed)
    opened = []
    left = {pool: needed[pool] for pool in used}
    for i in by_size:
        if not left:
            break
        (pool,) = left.keys() & rooms[i].seats.seats_of or (None,)
        if pool is not None:
            opened.append(i)
            left[pool] -= rooms[i].seats.seats_of[pool]
            if left[pool] <= 0:
                del left[pool]
    return sorted(opened)


def _largest_that_cover(
    rooms: Sequence[UsableRoom], by_size: Sequence[int], needed: Sequence[int]
) -> Sequence[int]:
    """As many of the largest rooms as all seats together take, if they cover every pool.

    Or all but the last of them and the largest room of a pool that is not covered. No choice has
    fewer rooms or larger ones; empty where neither will do.
    """

    def lacking(chosen: Sequence[int]) -> list[int]:
        return [
            pool
            for pool, seats in enumerate(needed)
            if sum(rooms[i].seats.seats_of.get(pool, 0) for i in chosen) < seats
        ]

    number, seats = 0, 0
    while number < len(by_size) and seats < sum(needed):
        seats += len(rooms[by_size[number]].seats.grid)
        number += 1
    largest = by_size[:number]
    missing = lacking(largest)
    if not missing:
        return largest
    with_pool = [i for i in by_size[number:] if missing[0] in rooms[i].seats.seats_of]
    other = [*by_size[: number - 1], *with_pool[:1]]
    return other if len(other) == number and not lacking(other) else ()


def _fewest_by_solver(
    rooms: Sequence[UsableRoom], by_size: Sequence[int], needed: Sequence[int]
) -> list[int]:
    """Fewest rooms that cover every pool, then the larger ones among them."""
    model = Model()
    opened = {i: model.new_bool_var("") for i in by_size}
    for pool, seats in enumerate(needed):
        model.add(sum(rooms[i].seats.seats_of.get(pool, 0) * opened[i] for i in by_size) >= seats)
    rank = sum(position * opened[i] for position, i in enumerate(by_size))
    solution, _ = minimise_in_turn(
        model, [Goal("rooms of a center", sum(opened.values())), Goal("smaller rooms", rank)]
    )
    return sorted(i for i in by_size if solution.value(opened[i]))
