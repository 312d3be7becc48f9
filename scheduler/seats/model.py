"""Centers and sittings seated: pools, chains, rooms, neighbours, then the draw.

Those at hand are seated together, in arrays over everybody: only what is decided per center or per
room is a loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import Defect
from models.exam import Sitting
from models.policy import Policy
from models.tables import NEIGHBOURS, names
from scheduler.draw import Draw
from scheduler.ordering import in_order, runs
from scheduler.places import Places
from scheduler.seats.allocating import allocate
from scheduler.seats.arranging import Arranged, Placed, arrange_rooms
from scheduler.seats.chains import Chains, Crowd, chain_up, split_over_pools
from scheduler.seats.dealing import Shares, deal_over_rooms, shares
from scheduler.seats.kinds import Kind, KindTable
from scheduler.seats.neighbours import side_by_side
from scheduler.seats.papers import codes
from scheduler.seats.pools import Pool, pools_of
from scheduler.seats.rooms import RoomBook, UsableRoom, UsableRooms, rooms_to_open
from scheduler.seats.seat_draw import Lines, Positions, Seats, draw_seats

Ints = npt.NDArray[np.int64]

FIGURES = (*names(NEIGHBOURS), "proved")
"""What is told of a room in use: fewer pairs are impossible where that is ``proved``."""


class People(NamedTuple):
    """Candidates by column, ascending by place and then by ``candidate_id``.

    ``place`` is an index into ``places``, pairs of center and sitting; ``kind`` an index into
    ``kinds``, which ascend; ``employer`` a number, 0 for none.
    """

    place: Ints
    kind: Ints
    employer: Ints
    places: Sequence[tuple[str, str]]
    kinds: Sequence[Kind]

    def between(self, first: int, end: int) -> People:
        """The people of the places from ``first`` to before ``end``."""
        start, stop = np.searchsorted(self.place, [first, end]).tolist()
        place, kind, employer = (column[start:stop] for column in self[:3])
        return People(place - first, kind, employer, self.places[first:end], self.kinds)


class Seating(NamedTuple):
    """Per candidate the index of the room, the number of the seat, the index of the form.

    ``rooms``: those with somebody in them, with the columns of ``neighbours.csv`` and ``proved``.
    """

    room: Ints
    number: Ints
    form: Ints
    rooms: pd.DataFrame
    forms: list[str]


class _Offer(NamedTuple):
    """The rooms of a center in a sitting and their pools, which are numbered through."""

    usable: UsableRooms
    pools: tuple[Pool, ...]
    first_pool: int


class _Opened(NamedTuple):
    """A room in use, and the index of its center and sitting."""

    room: UsableRoom
    place: int


def seat_people(places: Places, policy: Policy, people: People) -> Seating:
    """Seat everybody allocated to some centers and sittings.

    Rule ``one_person_per_seat_and_subject``: a seat holds one chain, and the masks of a chain
    are disjoint.

    Raises:
        Defect: the people of a center and sitting do not fit its rooms, which earlier stages
            promise, or it has no rooms.
    """
    if not len(people.kind):
        nobody = np.empty(0, dtype=np.int64)
        return Seating(nobody, nobody, nobody, pd.DataFrame(columns=FIGURES), [])
    table = _kind_table(places, tuple(people.kinds))
    lines, in_line = _lines(people, table)
    offers = _offers(places, people, table, lines)
    crowd = _crowd(table, lines, offers, share=policy.seats.share)
    pools = sum(len(offer.pools) for offer in offers)
    chains = chain_up(crowd, pools, table, share=policy.seats.share)
    opened, given = _open(offers, chains, policy)
    papers = table.papers_of(chains.held)
    code = codes(papers)
    room_of = deal_over_rooms(chains.pool, papers, code, given)
    pool, allowed = _pools_in_rooms(opened, room_of, chains, table, offers)
    placed = Placed(room_of, pool, papers, code, allowed)
    arranged = arrange_rooms([one.room.seats for one in opened], placed, policy.effort.level)
    return _draw(places, policy, people, table, lines, in_line, opened, room_of, chains, arranged)


def _lines(people: People, table: KindTable) -> tuple[Lines, Ints]:
    """The people of one kind in one place are a line; and the people by line."""
    in_line = in_order(people.place, people.kind)
    place, kind = people.place[in_line], people.kind[in_line]
    line = runs(place, kind)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    place_names = [f"{sitting}/{center_id}" for center_id, sitting in people.places]
    size = np.bincount(line)
    return Lines(place[first], kind[first], size, place_names, table.names), in_line


def _offers(places: Places, people: People, table: KindTable, lines: Lines) -> list[_Offer]:
    """What each place offers the classes that are there."""
    book = _room_book(places)
    width = len(table.classes)
    there = np.flatnonzero(
        np.bincount(lines.place * width + table.class_of[lines.kind],
                    minlength=len(people.places) * width)
    )  # fmt: skip
    classes: list[list[int]] = [[] for _ in people.places]
    for number in there.tolist():
        classes[number // width].append(number % width)
    offers = []
    first = 0
    for (center_id, sitting_id), present in zip(people.places, classes, strict=True):
        sitting = places.reference.exam.sitting(sitting_id)
        offered = book.offered(center_id, sitting)
        if not offered.rooms:
            raise Defect(f"center {center_id} has people in {sitting.id} and no room of its mode")
        pools, pool_of = pools_of(offered.seats, [table.classes[i] for i in present])
        offers.append(_Offer(book.usable(offered, pool_of), pools, first))
        first += len(pools)
    return offers


@lru_cache(maxsize=2)
def _kind_table(places: Places, kinds: tuple[Kind, ...]) -> KindTable:
    return KindTable.of(kinds, places.reference)


@lru_cache(maxsize=2)
def _room_book(places: Places) -> RoomBook:
    return RoomBook(places)


def _crowd(table: KindTable, lines: Lines, offers: Sequence[_Offer], *, share: bool) -> Crowd:
    """How many of each kind take seats of which pool."""
    first = np.array([offer.first_pool for offer in offers], dtype=np.int64)
    simple = np.array([len(offer.pools) == 1 for offer in offers])
    chosen = simple[lines.place]
    rows: list[tuple[int, int, int]] = []
    ends = np.searchsorted(lines.place, np.arange(len(offers) + 1)).tolist()
    for place in np.flatnonzero(~simple).tolist():
        here = slice(ends[place], ends[place + 1])
        kind, size = lines.kind[here], lines.size[here]
        of_class = np.bincount(table.class_of[kind], size).astype(np.int64)
        people = {table.classes[i]: int(of_class[i]) for i in np.flatnonzero(of_class).tolist()}
        pools = offers[place].pools
        counts = allocate(pools, people, share=share)
        kinds = dict(zip(kind.tolist(), size.tolist(), strict=True))
        split = split_over_pools(kinds, counts, len(pools), table)
        for pool, members in enumerate(split, start=offers[place].first_pool):
            rows += [(pool, kind, count) for kind, count in members.items()]
    more = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Crowd(
        np.concatenate([first[lines.place[chosen]], more[:, 0]]),
        np.concatenate([lines.kind[chosen], more[:, 1]]),
        np.concatenate([lines.size[chosen], more[:, 2]]),
    )


def _open(offers: Sequence[_Offer], chains: Chains, policy: Policy) -> tuple[list[_Opened], Shares]:
    """The rooms opened, those without a chain left out, and their shares of the pools."""
    needed = np.bincount(chains.pool, minlength=sum(len(o.pools) for o in offers)).tolist()
    opened: list[_Opened] = []
    rows: list[tuple[int, int, int]] = []
    for place, (usable, pools, first) in enumerate(offers):
        here = needed[first : first + len(pools)]
        for pool, seats in zip(pools, here, strict=True):
            if seats > pool.seats:
                raise Defect(f"{seats} seats are needed where {pool.seats} are open")
        chosen = [usable.rooms[i] for i in rooms_to_open(usable, here, policy.seats.fill)]
        parts = [
            shares([room.seats.seats_of.get(pool, 0) for room in chosen], seats)
            for pool, seats in enumerate(here)
        ]
        for room, *own in zip(chosen, *parts, strict=True):
            if any(own):
                rows += [(first + i, len(opened), n) for i, n in enumerate(own) if n]
                opened.append(_Opened(room, place))
    pool, room_of, seats_of = np.array(rows, dtype=np.int64).T
    return opened, Shares(pool, room_of, seats_of)


def _pools_in_rooms(
    opened: Sequence[_Opened],
    room_of: Ints,
    chains: Chains,
    table: KindTable,
    offers: Sequence[_Offer],
) -> tuple[Ints, Ints]:
    """The pool of each chain as its room numbers them, and the bits of those that take it."""
    first_pool = np.array([offers[one.place].first_pool for one in opened], dtype=np.int64)
    several = np.array([len(one.room.seats.seats_of) > 1 for one in opened], dtype=bool)[room_of]
    pool = chains.pool - first_pool[room_of]
    allowed = 1 << pool
    # Bits of each place and class; the last column is for nobody.
    takes = np.full((len(offers), len(table.classes) + 1), -1, dtype=np.int64)
    index = {one: i for i, one in enumerate(table.classes)}
    for place, offer in enumerate(offers):
        if len(offer.pools) > 1:
            takes[place, :-1] = 0
            for bit, own in enumerate(offer.pools):
                takes[place, np.array([index[one] for one in own.takes])] |= 1 << bit
    place = np.array([one.place for one in opened], dtype=np.int64)[room_of[several]]
    class_of = np.append(table.class_of, len(table.classes))
    held = [takes[place, class_of[kind]] for kind in chains.held[several].T]
    allowed[several] = np.bitwise_and.reduce(held)
    return pool, allowed


def _draw(
    places: Places,
    policy: Policy,
    people: People,
    table: KindTable,
    lines: Lines,
    in_line: Ints,
    opened: Sequence[_Opened],
    room_of: Ints,
    chains: Chains,
    arranged: Arranged,
) -> Seating:
    """Deal the people of each kind to its seats, and count what the draw decides."""
    rooms = [one.room.seats for one in opened]
    joined = side_by_side([room.grid for room in rooms])
    cell = joined.first[room_of] + arranged.cell
    number = np.concatenate([room.numbers for room in rooms])[cell]
    diagonals = np.concatenate([room.grid.diagonals for room in rooms])
    chain = np.full(sum(len(room.numbers) for room in rooms), -1, dtype=np.int64)
    chain[cell] = np.arange(len(cell))
    edges = chain[joined.edges]
    both = np.flatnonzero((edges[:, 0] >= 0) & (edges[:, 1] >= 0))
    place_of = np.array([one.place for one in opened], dtype=np.int64)
    exam = places.reference.exam
    drawn = draw_seats(
        Draw(exam.code, policy.draw.seed),
        lines,
        in_line,
        people.employer,
        _positions(table, chains, place_of[room_of]),
        Seats(room_of, number),
        [f"{lines.place_names[one.place]}/{one.room.room_id}" for one in opened],
        edges.take(both, axis=0),
    )
    employer_pairs = np.bincount(
        joined.grid_of_edge[both], drawn.employer_pairs, minlength=len(rooms)
    )
    sittings = [exam.sitting(sitting) for _, sitting in people.places]
    one_form = np.array([len(sitting.forms) <= 1 for sitting in sittings])
    forms, form = _forms(sittings, place_of[room_of], diagonals[cell])
    figures = {
        "center_id": [people.places[one.place][0] for one in opened],
        "room_id": [one.room.room_id for one in opened],
        "sitting": [people.places[one.place][1] for one in opened],
        "pairs": arranged.pairs,
        "bound": arranged.bound,
        "same_form_pairs": np.where(one_form[place_of], arranged.pairs, 0),
        "same_employer_pairs": employer_pairs.astype(np.int64),
        "deal": drawn.deals[place_of],
        "proved": arranged.proved,
    }
    taken = drawn.seat_of
    return Seating(room_of[taken], number[taken], form[taken], pd.DataFrame(figures), forms)


def _positions(table: KindTable, chains: Chains, place: Ints) -> Positions:
    """One position per candidate; the seat is that of the chain, which is in ``place``."""
    seats, kinds = [], []
    for subject, kind in enumerate(chains.held.T):
        seat = np.flatnonzero(table.met_in[subject][kind])
        seats.append(seat)
        kinds.append(kind[seat])
    seat, kind = np.concatenate(seats), np.concatenate(kinds)
    return Positions(place[seat] * len(table.kinds) + kind, table.mask[kind], seat)


def _forms(sittings: Sequence[Sitting], place: Ints, diagonal: Ints) -> tuple[list[str], Ints]:
    """Forms, and which of them each seat has: a blank one where the sitting has only one.

    Neighbours differ by one in row + column, so with two or more forms none has the same.
    """
    own = [s.forms if len(s.forms) > 1 else ("",) for s in sittings]
    number = np.array([len(forms) for forms in own], dtype=np.int64)
    first = np.cumsum(number) - number
    return [form for forms in own for form in forms], first[place] + diagonal % number[place]
