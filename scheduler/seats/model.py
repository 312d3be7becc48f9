"""One center and sitting: pools, chains, rooms, neighbours, then the draw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import Defect
from models.exam import Sitting
from models.policy import Policy
from scheduler.draw import Draw
from scheduler.places import Places, SeatKind
from scheduler.seats.chains import (
    Chain,
    Kind,
    chains_of_pool,
    number_papers,
    papers_of_chain,
    split_over_pools,
)
from scheduler.seats.exact import Arrangement, arrange
from scheduler.seats.grid_fill import RoomProblem
from scheduler.seats.neighbours import Papers
from scheduler.seats.pools import Class, Pool, allocate, pools_of
from scheduler.seats.rooms import (
    Content,
    RoomBook,
    UsableRoom,
    deal_over_rooms,
    rooms_to_open,
)
from scheduler.seats.seat_draw import Positions, draw_seats

Ints = npt.NDArray[np.int64]

PEOPLE_COLUMNS = ("candidate_id", "specialty", "subjects", "needs", "employer")
SEAT_COLUMNS = ("candidate_id", "room_id", "seat", "form")
ROOM_COLUMNS = (
    "room_id", "pairs", "bound", "same_form_pairs", "same_employer_pairs", "deal", "proved",
)  # fmt: skip


@dataclass(frozen=True)
class CenterSeating:
    """Seats of one center and sitting.

    Attributes:
        seats: ``candidate_id, room_id, seat`` (int32)``, form``, by candidate_id.
        rooms: rooms with somebody in them, by room_id: ``pairs, bound, same_form_pairs,
            same_employer_pairs, deal``, and ``proved``: fewer pairs are impossible.
    """

    seats: pd.DataFrame
    rooms: pd.DataFrame


class People(NamedTuple):
    """Candidates by column, ascending by id.

    ``kind`` is an index into ``kinds``, which may hold kinds of people elsewhere; ``employer`` is
    a number, 0 for none.
    """

    candidate_ids: Sequence[str]
    kind: Ints
    kinds: Sequence[Kind]
    employer: Ints


class SeatRows(NamedTuple):
    """The columns of a seating as arrays; frames are costly to make by the thousand."""

    room_ids: npt.NDArray[np.object_]
    numbers: Ints
    forms: npt.NDArray[np.object_]
    rooms: list[tuple[str, int, int, int, int, int, bool]]


class SeatedRoom(NamedTuple):
    """A room and its arrangement; ``chains[i]`` sits on cell ``cells[i]``."""

    room: UsableRoom
    arrangement: Arrangement
    cells: Ints
    chains: Ints


class Seating(NamedTuple):
    """The rooms of a center in one sitting, and the chains that they index."""

    rooms: list[SeatedRoom]
    chains: list[Chain]


def seat_center(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, people: pd.DataFrame
) -> CenterSeating:
    """Seat everybody allocated to a center in a sitting.

    Args:
        places: the laid-out rooms.
        policy: the planner's decisions.
        center_id: the center.
        sitting: the sitting.
        people: ``candidate_id, specialty, subjects, needs, employer``, in any order.

    Raises:
        Defect: the people do not fit, which earlier stages promise, or the center has no rooms.
    """
    ordered = people.sort_values("candidate_id", kind="stable")
    ids, specialties, subjects, needs, employers = (ordered[c].tolist() for c in PEOPLE_COLUMNS)
    own = [Kind(*kind) for kind in zip(specialties, subjects, needs, strict=True)]
    kinds = sorted(set(own))
    number = {e: i for i, e in enumerate(sorted({"", *employers}))}
    columns = People(
        ids,
        np.array([kinds.index(kind) for kind in own], dtype=np.int64),
        kinds,
        np.array([number[e] for e in employers], dtype=np.int64),
    )
    rows = seat_people(places, policy, center_id, sitting, columns)
    seats = pd.DataFrame(
        {
            "candidate_id": pd.Series(ids, dtype=str),
            "room_id": pd.Series(rows.room_ids, dtype=str),
            "seat": rows.numbers.astype(np.int32),
            "form": pd.Series(rows.forms, dtype=str),
        }
    )
    return CenterSeating(seats, pd.DataFrame(rows.rooms, columns=list(ROOM_COLUMNS)))


def seat_people(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, people: People
) -> SeatRows:
    """:func:`seat_center` on arrays.

    Rule ``one_person_per_seat_and_subject``: a seat holds one chain, and the masks of a chain
    are disjoint.
    """
    if not len(people.kind):
        nobody = np.empty(0, dtype=object)
        return SeatRows(nobody, np.empty(0, dtype=np.int64), nobody, [])
    here, kind, count = np.unique(people.kind, return_inverse=True, return_counts=True)
    kinds = [people.kinds[i] for i in here.tolist()]
    held = dict(zip(kinds, count.tolist(), strict=True))
    seating = seat_kinds(places, policy, center_id, sitting, held)
    people = people._replace(kind=kind, kinds=kinds)
    return _draw_people(places, policy, center_id, sitting, people, seating)


def seat_kinds(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, kinds: Mapping[Kind, int]
) -> Seating:
    """Which kinds sit on which seats; nothing here knows a person.

    Raises:
        Defect: see :func:`seat_center`.
    """
    layouts = [
        layout
        for layout in places.rooms_of_center.get(center_id, ())
        if layout.room.mode is sitting.mode
    ]
    if not layouts:
        raise Defect(f"center {center_id} has people in {sitting.id} and no room of its mode")
    book = _room_book(places)
    offered = [book.seats(layout, sitting) for layout in layouts]
    classes: Counter[Class] = Counter()
    for kind, number in kinds.items():
        classes[kind.seat_class] += number
    usable: Counter[SeatKind] = Counter()
    for room_seats in offered:
        for seat_kind, number in zip(room_seats.kinds, room_seats.counts, strict=True):
            usable[seat_kind] += number
    pools, pool_of = pools_of(usable, sorted(classes))
    share = policy.seats.share
    split = split_over_pools(kinds, allocate(pools, classes, share=share), len(pools))

    group_of = places.reference.group_of
    chains = [
        chain
        for pool, members in enumerate(split)
        for chain in chains_of_pool(members, pool, group_of, share=share)
    ]
    needed = [0] * len(pools)
    for chain, number in chains:
        needed[chain.pool] += number
    rooms = [book.usable(room_seats, pool_of) for room_seats in offered]
    opened = [rooms[i] for i in rooms_to_open(rooms, needed, policy.seats.fill)]

    members_of: dict[Content, list[int]] = defaultdict(list)
    for i, (chain, number) in enumerate(chains):
        members_of[_content(chain, pools, _papers(places))].extend([i] * number)
    dealt = deal_over_rooms(opened, {content: len(m) for content, m in members_of.items()})
    lines = {content: np.array(members) for content, members in members_of.items()}
    begun = dict.fromkeys(lines, 0)
    seated = []
    for room, held in zip(opened, dealt, strict=True):
        if held:
            contents, arrangement = _arrange(room, held, policy)
            cells = np.argsort(arrangement.cells, kind="stable")[: sum(held.values())]
            parts = []
            for content in contents:
                start = begun[content]
                begun[content] = start + held[content]
                parts.append(lines[content][start : begun[content]])
            seated.append(SeatedRoom(room, arrangement, cells, np.concatenate(parts)))
    return Seating(seated, [chain for chain, _ in chains])


@lru_cache(maxsize=2)
def _room_book(places: Places) -> RoomBook:
    return RoomBook(places)


@lru_cache(maxsize=2)
def _papers(places: Places) -> Mapping[tuple[str, str], Papers]:
    return number_papers(places.reference.specialties)


def _content(
    chain: Chain, pools: Sequence[Pool], papers_of: Mapping[tuple[str, str], Papers]
) -> Content:
    allowed = 0
    for i, pool in enumerate(pools):
        if all(kind.seat_class in pool.takes for kind in chain.kinds):
            allowed |= 1 << i
    return Content(papers_of_chain(chain, papers_of), chain.pool, allowed)


def _arrange(
    room: UsableRoom, held: Mapping[Content, int], policy: Policy
) -> tuple[list[Content], Arrangement]:
    """Arrange a room; papers are renumbered first, so that rooms alike are solved once."""
    contents = sorted(held, key=lambda c: (-held[c], c))
    numbers: list[dict[int, int]] = [{0: 0} for _ in range(4)]
    renumbered = []
    for content in contents:
        a, b, c, d = (
            known.setdefault(paper, len(known))
            for known, paper in zip(numbers, content.papers, strict=True)
        )
        renumbered.append(content._replace(papers=(a, b, c, d)))
    problem = RoomProblem(
        grid=room.grid,
        pools=room.pools,
        open_subjects=room.open_subjects,
        contents=tuple(renumbered),
        counts=tuple(held[content] for content in contents),
    )
    return contents, arrange(problem, policy.effort.level)


def _draw_people(
    places: Places,
    policy: Policy,
    center_id: str,
    sitting: Sitting,
    people: People,
    seating: Seating,
) -> SeatRows:
    """Deal the people of each kind to its seats, and count what the draw decides."""
    seated = seating.rooms
    sizes = [len(one.cells) for one in seated]
    first = np.cumsum([0, *sizes])
    names: list[str] = []
    numbers, colours, edges = [], [], []
    # Neighbours differ by one in row + column, so with two or more forms none has the same.
    forms = sitting.forms if len(sitting.forms) > 1 else ("",)
    for start, (room, _, cells, _) in zip(first.tolist(), seated, strict=False):
        here = room.numbers[cells]
        prefix = f"{sitting.id}/{center_id}/{room.room_id}/"
        names += [f"{prefix}{number}" for number in here.tolist()]
        numbers.append(here)
        colours.append(room.grid.diagonals[cells] % len(forms))
        index = np.full(len(room.grid), -1, dtype=np.int64)
        index[cells] = np.arange(start, start + len(cells))
        both = index[room.grid.edges]
        edges.append(both[(both >= 0).all(axis=1)])
    exam = places.reference.exam
    drawn = draw_seats(
        Draw(exam.code, policy.draw.seed),
        people.candidate_ids,
        people.kind,
        people.employer,
        _positions(seating, people.kinds),
        names,
        np.concatenate(edges),
    )
    employer_pairs = np.bincount(
        np.repeat(np.arange(len(seated)), [len(e) for e in edges]),
        drawn.employer_pairs,
        minlength=len(seated),
    ).astype(np.int64)
    taken = drawn.seat_of
    room_ids = np.array([one.room.room_id for one in seated], dtype=object)
    form_of = np.array(forms, dtype=object)
    return SeatRows(
        room_ids=np.repeat(room_ids, sizes)[taken],
        numbers=np.concatenate(numbers)[taken],
        forms=form_of[np.concatenate(colours)][taken],
        rooms=[
            (
                one.room.room_id,
                one.arrangement.pairs,
                one.arrangement.bound,
                one.arrangement.pairs if len(forms) == 1 else 0,
                int(employer_pairs[r]),
                drawn.deal,
                one.arrangement.proved,
            )
            for r, one in enumerate(seated)
        ],
    )


def _positions(seating: Seating, kinds: Sequence[Kind]) -> Positions:
    """One position per candidate: its kind, mask and seat."""
    number = {kind: i for i, kind in enumerate(kinds)}
    masks = np.array([kind.seat_class.mask for kind in kinds], dtype=np.int64)
    most = max(len(chain.kinds) for chain in seating.chains)
    held = np.full((len(seating.chains), most), -1, dtype=np.int64)
    for i, chain in enumerate(seating.chains):
        for j, kind in enumerate(chain.kinds):
            held[i, j] = number[kind]
    on_seat = held[np.concatenate([one.chains for one in seating.rooms])]
    seat, _ = np.nonzero(on_seat >= 0)
    kind_of = on_seat[on_seat >= 0]
    return Positions(kind_of, masks[kind_of], seat)
