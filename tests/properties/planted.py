"""Instances made infeasible on purpose, by a number that is known before anything is planned.

Every instance has one exam point short of seats among others that have plenty. What was planted is
worked out in the docstring of its maker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from models.places import Center, Room
from models.reference import ReferenceData
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
)

DAYS = ("2022-04-09", "2022-04-10", "2022-04-16")
POINTS = ("2301", "2302", "2303")
CODES = ("101", "102", "103", "104")


@dataclass(frozen=True)
class Planted:
    """An instance and what its certificate must say."""

    reference: ReferenceData
    roster: pd.DataFrame
    point: str
    short: int
    demand: int
    seats: int
    need: str = ""
    sitting: str = "*"
    family: frozenset[str] = field(default_factory=frozenset)
    """Masks that the certificate's family must hold."""


Maker = Callable[[random.Random], Planted]
People = list[Mapping[str, str]]


def _planted(
    rng: random.Random,
    dates: int,
    victim: Callable[[str], tuple[Sequence[Center], Sequence[Room]]],
    people: Sequence[Mapping[str, str]],
    short: int,
    demand: int,
    seats: int,
    **more: object,
) -> Planted:
    """Put the victim among other exam points, and its people among other people."""
    point = rng.choice(POINTS)
    centers, rooms = victim(point)
    everyone: People = [{"exam_point": point, **one} for one in people]
    centers, rooms = list(centers), list(rooms)
    for other in POINTS:
        if other != point:
            centers.append(center(f"K{other}", other))
            rooms.append(room(f"K{other}", "R1", 4, 10))
            everyone += [
                {"exam_point": other, "subjects": rng.choice(["1234", "12", "34", "2"])}
                for _ in range(rng.randint(1, 12))
            ]
    rng.shuffle(everyone)
    columns = ("exam_point", "subjects", "needs", "employer", "pinned_center", "pinned_sitting")
    roster = roster_rows(
        len(everyone),
        specialty=[rng.choice(CODES) for _ in everyone],
        **{c: [one.get(c, "1234" if c == "subjects" else "") for one in everyone]
           for c in columns},
    )  # fmt: skip
    reference = small_reference(
        exam=small_exam(
            spare_ratio="0",
            sittings=[sitting(f"C{i + 1}", day) for i, day in enumerate(DAYS[:dates])],
        ),
        specialties=[specialty(code) for code in CODES],
        exam_points=[exam_point(p) for p in POINTS],
        centers=sorted(centers, key=lambda c: c.center_id),
        rooms=rooms,
    )
    return Planted(reference, roster, point, short, demand, seats, **more)  # type: ignore[arg-type]


def _one_room(seats: int, **options: object) -> Callable[[str], tuple[list[Center], list[Room]]]:
    return lambda point: ([center("A", point)], [room("A", "R1", 1, seats, **options)])  # type: ignore[arg-type]


def shared_seats(rng: random.Random) -> Planted:
    """n people each of 12, 23, 13 on 3n - k seats of one date: every session holds 2n of them and
    has a seat for each, yet the three masks meet pairwise, so k are left. Whoever sits 4 alone
    shares with anybody."""
    n = rng.randint(3, 8)
    k = rng.randint(1, n)
    seats = 3 * n - k
    a, b, c, d = rng.sample("1234", 4)
    pairs = ["".join(sorted(pair)) for pair in (a + b, b + c, a + c)]
    people: People = [{"subjects": s} for s in pairs * n]
    people += [{"subjects": d} for _ in range(rng.randint(0, seats // 2))]
    return _planted(rng, 1, _one_room(seats), people, k, 3 * n, seats, family=frozenset(pairs))


def need(rng: random.Random) -> Planted:
    """k more people who need an accessible seat, with one subject in common, than there are on
    all dates."""
    dates, accessible, k = rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 5)
    seats = dates * accessible
    common = rng.choice("1234")
    masks = [m for m in ("1234", "12", "34", "134", "234", "123", "1", "4") if common in m]
    people: People = [
        {"subjects": rng.choice(masks), "needs": "accessible"} for _ in range(seats + k)
    ]
    people += [{} for _ in range(rng.randint(0, 5))]
    victim = _one_room(accessible + 20, features={"accessible": tuple(range(1, accessible + 1))})
    return _planted(rng, dates, victim, people, k, seats + k, seats, need="accessible")


def pinned_center(rng: random.Random) -> Planted:
    """k more people pinned to a center than it has seats on all dates; next door is room."""
    dates, here, k = rng.randint(1, 3), rng.randint(2, 6), rng.randint(1, 5)
    people: People = [{"pinned_center": "B"} for _ in range(dates * here + k)]

    def victim(point: str) -> tuple[list[Center], list[Room]]:
        rooms = [room("A", "R1", 4, 10), room("B", "R1", 1, here)]
        return [center("A", point), center("B", point)], rooms

    return _planted(rng, dates, victim, people, k, dates * here + k, dates * here)


def pinned_sitting(rng: random.Random) -> Planted:
    """k more people pinned to a date than it has seats; the other dates are empty."""
    seats, k = rng.randint(3, 12), rng.randint(1, 5)
    dates = rng.randint(2, 3)
    on = f"C{rng.randint(1, dates)}"
    people: People = [{"pinned_sitting": on} for _ in range(seats + k)]
    return _planted(rng, dates, _one_room(seats), people, k, seats + k, seats, sitting=on)


def own_employer(rng: random.Random) -> Planted:
    """People of E1, whose own center is large; k more than the other center holds."""
    dates, here, k = rng.randint(1, 3), rng.randint(2, 6), rng.randint(1, 5)
    people: People = [{"employer": "E1"} for _ in range(dates * here + k)]

    def victim(point: str) -> tuple[list[Center], list[Room]]:
        rooms = [room("A", "R1", 4, 10), room("B", "R1", 1, here)]
        return [center("A", point, employer="E1"), center("B", point)], rooms

    return _planted(rng, dates, victim, people, k, dates * here + k, dates * here)


def too_few_seats(rng: random.Random) -> Planted:
    """k more people with all subjects than seats on all dates."""
    dates, seats, k = rng.randint(1, 3), rng.randint(3, 15), rng.randint(1, 9)
    people: People = [{} for _ in range(dates * seats + k)]
    return _planted(rng, dates, _one_room(seats), people, k, dates * seats + k, dates * seats)


MAKERS: tuple[Maker, ...] = (
    *[shared_seats] * 25, *[need] * 15, *[pinned_center] * 10, *[pinned_sitting] * 15,
    *[own_employer] * 10, *[too_few_seats] * 25,
)  # fmt: skip
"""One hundred instances; the number of each is its seed."""
