"""Which rooms of a center are opened, and how its chains are dealt over them."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ortools.sat.python import cp_model

from models.exam import Sitting
from models.policy import Fill
from scheduler.places import Places, RoomLayout, SeatKind
from scheduler.seats.neighbours import Grid, Papers, pair_curve
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
    numbers: tuple[int, ...]
    pools: tuple[int, ...]
    open_subjects: tuple[int, ...]

    def seats_of(self, pool: int) -> int:
        """Seats of one pool."""
        return self.pools.count(pool)


def seats_of_room(places: Places, layout: RoomLayout, sitting: Sitting) -> list[SeatKind | None]:
    """Kind of every present seat in the sitting; None for spare and closed ones.

    Rules ``spare_seats_kept`` and ``closed_seats_kept_free``.
    """
    masks = places.open_subjects(layout, sitting).tolist()
    if not layout.room.features:
        plain = {mask: SeatKind(mask, frozenset()) if mask else None for mask in set(masks)}
        return [plain[mask] for mask in masks]
    features = places.seat_features(layout)
    return [SeatKind(m, f) if m else None for m, f in zip(masks, features, strict=True)]


def usable_room(
    layout: RoomLayout, kinds: Sequence[SeatKind | None], pool_of: Mapping[SeatKind, int]
) -> UsableRoom:
    """The part of a room that belongs to a pool."""
    seats = sorted(
        (row, column, number, pool_of[kind], kind.open_subjects)
        for row, column, number, kind in zip(
            layout.rows.tolist(),
            layout.columns.tolist(),
            layout.numbers.tolist(),
            kinds,
            strict=True,
        )
        if kind is not None and kind in pool_of
    )
    return UsableRoom(
        room_id=layout.room.room_id,
        grid=Grid(tuple((row, column) for row, column, *_ in seats)),
        numbers=tuple(number for _, _, number, *_ in seats),
        pools=tuple(pool for *_, pool, _ in seats),
        open_subjects=tuple(mask for *_, mask in seats),
    )


def rooms_to_open(rooms: Sequence[UsableRoom], needed: Sequence[int], fill: Fill) -> list[int]:
    """Indices of the rooms that are opened for ``needed[pool]`` seats, ascending.

    ``even`` opens every room with a seat of a pool in use; ``fewest_rooms`` as few as possible,
    larger rooms first.
    """
    useful = [i for i, room in enumerate(rooms) if any(needed[pool] for pool in set(room.pools))]
    if fill is Fill.EVEN:
        return useful
    by_size = sorted(useful, key=lambda i: (-len(rooms[i].grid), rooms[i].room_id))
    if any(len({p for p in rooms[i].pools if needed[p]}) > 1 for i in useful):
        return _fewest_by_solver(rooms, by_size, needed)
    opened = []
    left = list(needed)
    for i in by_size:
        (pool,) = {p for p in rooms[i].pools if needed[p]}
        if left[pool] > 0:
            left[pool] -= rooms[i].seats_of(pool)
            opened.append(i)
    return sorted(opened)


def _fewest_by_solver(
    rooms: Sequence[UsableRoom], by_size: Sequence[int], needed: Sequence[int]
) -> list[int]:
    """Fewest rooms that cover every pool, then the larger ones among them."""
    model = cp_model.CpModel()
    opened = {i: model.new_bool_var("") for i in by_size}
    for pool, seats in enumerate(needed):
        model.add(sum(rooms[i].seats_of(pool) * opened[i] for i in by_size) >= seats)
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
    needed: Counter[int] = Counter()
    carried_by_all: Counter[tuple[int, int]] = Counter()
    for content, count in contents.items():
        needed[content.pool] += count
        for seat in enumerate(content.papers):
            carried_by_all[seat] += count
    space = {
        pool: shares([room.seats_of(pool) for room in rooms], count)
        for pool, count in needed.items()
    }
    curves = [pair_curve(room.grid) for room in rooms]
    carried: list[defaultdict[tuple[int, int], int]] = [defaultdict(int) for _ in rooms]
    dealt: list[dict[Content, int]] = [{} for _ in rooms]

    def papers_first(content: Content) -> tuple[int, Papers, int, Content]:
        seats = [(s, paper) for s, paper in enumerate(content.papers) if paper]
        most = max(carried_by_all[seat] for seat in seats)
        return -most, content.papers, -contents[content], content

    for content in sorted(contents, key=papers_first):
        papers = [(s, paper) for s, paper in enumerate(content.papers) if paper]
        free = space[content.pool]

        def cost(i: int, papers: list[tuple[int, int]] = papers) -> tuple[int, float, int]:
            counts = [carried[i][paper] for paper in papers]
            curve = curves[i]
            more = sum(curve[c + 1] - curve[c] for c in counts)
            return more, sum(counts) / len(rooms[i].grid), i

        queue = [cost(i) for i in range(len(rooms)) if free[i]]
        heapq.heapify(queue)
        for _ in range(contents[content]):
            i = queue[0][2]
            dealt[i][content] = dealt[i].get(content, 0) + 1
            for paper in papers:
                carried[i][paper] += 1
            free[i] -= 1
            if free[i]:
                heapq.heapreplace(queue, cost(i))
            else:
                heapq.heappop(queue)
    return dealt
