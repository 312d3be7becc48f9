"""One center and sitting: pools, chains, rooms, neighbours, then the draw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from models.errors import Defect
from models.exam import Sitting
from models.policy import Policy
from scheduler.draw import Draw
from scheduler.places import Places
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
    UsableRoom,
    deal_over_rooms,
    rooms_to_open,
    seats_of_room,
    usable_room,
)
from scheduler.seats.seat_draw import Positions, draw_seats

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
    """Candidates by column, ascending by id."""

    candidate_ids: Sequence[str]
    kinds: Sequence[Kind]
    employers: Sequence[str]


class SeatRows(NamedTuple):
    """The columns of a seating as plain lists; frames are costly to make by the thousand."""

    room_ids: list[str]
    numbers: list[int]
    forms: list[str]
    rooms: list[tuple[str, int, int, int, int, int, bool]]


class SeatedRoom(NamedTuple):
    """A room, its arrangement, and the chain on each occupied cell."""

    room: UsableRoom
    arrangement: Arrangement
    chain_of_cell: dict[int, Chain]


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
    kinds = [Kind(*kind) for kind in zip(specialties, subjects, needs, strict=True)]
    rows = seat_people(places, policy, center_id, sitting, People(ids, kinds, employers))
    seats = pd.DataFrame(
        {
            "candidate_id": pd.Series(ids, dtype=str),
            "room_id": pd.Series(rows.room_ids, dtype=str),
            "seat": np.array(rows.numbers, dtype=np.int32),
            "form": pd.Series(rows.forms, dtype=str),
        }
    )
    return CenterSeating(seats, pd.DataFrame(rows.rooms, columns=list(ROOM_COLUMNS)))


def seat_people(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, people: People
) -> SeatRows:
    """:func:`seat_center` on plain lists.

    Rule ``one_person_per_seat_and_subject``: a seat holds one chain, and the masks of a chain
    are disjoint.
    """
    if not people.candidate_ids:
        return SeatRows([], [], [], [])
    seated = seat_kinds(places, policy, center_id, sitting, Counter(people.kinds))
    return _draw_people(places, policy, center_id, sitting, people, seated)


def seat_kinds(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, kinds: Mapping[Kind, int]
) -> list[SeatedRoom]:
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
    seat_kind_of = [seats_of_room(places, layout, sitting) for layout in layouts]
    classes: Counter[Class] = Counter()
    for kind, number in kinds.items():
        classes[kind.seat_class] += number
    usable = Counter(k for seats in seat_kind_of for k in seats if k is not None)
    pools, pool_of = pools_of(usable, sorted(classes))
    share = policy.seats.share
    split = split_over_pools(kinds, allocate(pools, classes, share=share), len(pools))

    group_of = places.reference.group_of
    chains = [
        chain
        for pool, members in enumerate(split)
        for chain in chains_of_pool(members, pool, group_of, share=share)
    ]
    needed = [sum(n for chain, n in chains if chain.pool == pool) for pool in range(len(pools))]
    rooms = [
        usable_room(layout, seats, pool_of)
        for layout, seats in zip(layouts, seat_kind_of, strict=True)
    ]
    opened = [rooms[i] for i in rooms_to_open(rooms, needed, policy.seats.fill)]

    waiting: dict[Content, list[Chain]] = defaultdict(list)
    for chain, number in chains:
        waiting[_content(chain, pools, _papers(places))].extend([chain] * number)
    dealt = deal_over_rooms(opened, {content: len(line) for content, line in waiting.items()})
    lines = {content: iter(line) for content, line in waiting.items()}
    seated = []
    for room, held in zip(opened, dealt, strict=True):
        if held:
            contents, arrangement = _arrange(room, held, policy)
            chain_of_cell = {
                cell: next(lines[contents[a]])
                for cell, a in enumerate(arrangement.cells)
                if a < len(contents)
            }
            seated.append(SeatedRoom(room, arrangement, chain_of_cell))
    return seated


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
    seated: Sequence[SeatedRoom],
) -> SeatRows:
    """Deal the people of each kind to its seats, and count what the draw decides."""
    kind_number = {kind: i for i, kind in enumerate(sorted(set(people.kinds)))}
    rooms: list[str] = []
    numbers: list[int] = []
    cells: list[tuple[int, int]] = []
    positions: list[tuple[int, int, int]] = []
    edges, edge_rooms, paper_pairs = [], [], []
    for r, (room, arrangement, chain_of_cell) in enumerate(seated):
        index = np.full(len(room.grid), -1, dtype=np.int64)
        for cell, chain in chain_of_cell.items():
            index[cell] = len(numbers)
            positions.extend(
                (kind_number[kind], kind.seat_class.mask, len(numbers)) for kind in chain.kinds
            )
            rooms.append(room.room_id)
            numbers.append(room.numbers[cell])
            cells.append(room.grid.cells[cell])
        both = index[room.grid.edges]
        both = both[(both >= 0).all(axis=1)]
        edges.append(both)
        edge_rooms.append(np.full(len(both), r, dtype=np.int64))
        paper_pairs.append(arrangement.pairs)

    exam = places.reference.exam
    names = [
        f"{sitting.id}/{center_id}/{room}/{number}"
        for room, number in zip(rooms, numbers, strict=True)
    ]
    employer_number = {e: i for i, e in enumerate(sorted({"", *people.employers}))}
    columns = np.array(positions, dtype=np.int64).T
    drawn = draw_seats(
        Draw(exam.code, policy.draw.seed),
        people.candidate_ids,
        np.array([kind_number[k] for k in people.kinds], dtype=np.int64),
        np.array([employer_number[e] for e in people.employers], dtype=np.int64),
        Positions(*columns),
        names,
        np.concatenate(edges),
    )
    employer_pairs = np.bincount(
        np.concatenate(edge_rooms), drawn.employer_pairs, minlength=len(seated)
    ).astype(np.int64)

    # Neighbours differ by one in row + column, so with two or more forms none has the same.
    forms = sitting.forms if len(sitting.forms) > 1 else ("",)
    form_of = [forms[(row + column) % len(forms)] for row, column in cells]
    taken = drawn.seat_of.tolist()
    return SeatRows(
        room_ids=[rooms[seat] for seat in taken],
        numbers=[numbers[seat] for seat in taken],
        forms=[form_of[seat] for seat in taken],
        rooms=[
            (
                s.room.room_id,
                s.arrangement.pairs,
                s.arrangement.bound,
                s.arrangement.pairs if len(forms) == 1 else 0,
                int(employer_pairs[r]),
                drawn.deal,
                s.arrangement.proved,
            )
            for r, s in enumerate(seated)
        ],
    )
