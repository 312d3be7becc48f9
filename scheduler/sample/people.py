"""What candidates bring along: needs, employers, origins, and the planner's pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.exam import SEPARATE_ROOM, Mode
from models.places import Center
from scheduler.sample import assumptions as assume
from scheduler.sample.demand import Demand
from scheduler.sample.drawing import Flags, Integers, choose, spread

Texts = list[str]


def draw_needs(demand: Demand, rng: np.random.Generator) -> Texts:
    """The needs of every candidate, blank for nearly all.

    Needs occur at the larger exam points only; a separate room only at a province's largest.
    """
    count = max(assume.FEWEST_SPECIAL, len(demand) // assume.CANDIDATES_PER_NEED)
    here = np.flatnonzero(np.isin(demand.point, demand.larger_points))
    largest = np.isin(demand.point, demand.largest_points)
    needs = [""] * len(demand)
    queue = [int(person) for person in rng.permutation(here)]
    for need, wanted in zip(
        assume.NEED_WEIGHTS, spread(list(assume.NEED_WEIGHTS.values()), count, rng), strict=True
    ):
        at_largest = need == SEPARATE_ROOM
        fit = [p for p in queue if not at_largest or largest[p]]
        chosen = set(fit[: int(wanted)])
        for person in chosen:
            needs[person] = need
        queue = [p for p in queue if p not in chosen]
    return needs


@dataclass(frozen=True)
class Employment:
    """Where candidates work and travel from; one entry per candidate, blank where unknown."""

    employer: Texts
    latitude: Texts
    longitude: Texts


def largest_employer(exam_point: str) -> str:
    """The employer that most people of an exam point are drawn to."""
    return f"E{exam_point}-001"


def draw_employment(demand: Demand, rng: np.random.Generator) -> Employment:
    """Employers of uneven size per exam point, each at one spot its people travel from."""
    size = len(demand)
    employed = rng.integers(1000, size=size) < assume.EMPLOYED_PER_MILLE
    located = employed & (rng.integers(1000, size=size) < assume.LOCATED_PER_MILLE)
    codes = np.full(size, "", dtype="U16")
    latitude = np.zeros(size, dtype=np.int64)
    longitude = np.zeros(size, dtype=np.int64)
    for index, point in enumerate(demand.facts.points):
        people = np.flatnonzero(employed & (demand.point == index))
        employers = 2 + len(people) // assume.PEOPLE_PER_EMPLOYER
        weights = 1_000_000 // (np.arange(employers) + 1 + assume.EMPLOYER_RANK_OFFSET)
        of_person = choose(weights, len(people), rng)
        names = [f"E{point.exam_point}-{rank:03d}" for rank in range(1, employers + 1)]
        codes[people] = np.array(names)[of_person]
        provincial = point.exam_point == assume.PROVINCIAL_POINT
        spots = _employer_spots(employers, rng, in_town_only=provincial)
        latitude[people] = _on_grid(point.latitude + spots[:, 0])[of_person]
        longitude[people] = _on_grid(point.longitude + spots[:, 1])[of_person]
    jitter = rng.integers(-assume.ORIGIN_JITTER, assume.ORIGIN_JITTER + 1, size=(2, size))
    return Employment(
        codes.tolist(),
        _degrees(latitude + jitter[0], located),
        _degrees(longitude + jitter[1], located),
    )


def _employer_spots(employers: int, rng: np.random.Generator, *, in_town_only: bool) -> Integers:
    """Offsets from the prefecture seat in millionths of a degree; shape (employers, 2).

    The largest employer is in town; the others are in town or out in the counties.
    """
    in_town = rng.integers(100, size=employers) < assume.TOWN_EMPLOYERS_PERCENT
    in_town[0] = True
    radius = np.where(in_town | in_town_only, assume.TOWN_RADIUS, assume.COUNTY_RADIUS)
    return rng.integers(-1000, 1001, size=(employers, 2)) * radius[:, None] // 1000


def _on_grid(millionths: Integers) -> Integers:
    return millionths // assume.ORIGIN_GRID * assume.ORIGIN_GRID


def _degrees(millionths: Integers, known: Flags) -> Texts:
    """Text with six decimals; all coordinates of the example are positive."""
    return [
        f"{value // 1_000_000}.{value % 1_000_000:06d}" if there else ""
        for value, there in zip(millionths.tolist(), known.tolist(), strict=True)
    ]


@dataclass(frozen=True)
class Pins:
    """The planner's decisions for single people; one entry per candidate, mostly blank."""

    center: Texts
    sitting: Texts


def draw_pins(
    demand: Demand,
    needs: Sequence[str],
    employer: Sequence[str],
    centers: Sequence[Center],
    split_dates: Sequence[str],
    rng: np.random.Generator,
) -> Pins:
    """Half of the pins name a center, the others a sitting.

    No pin takes away a place or adds a date: a center is of the candidate's exam point and mode
    and not hosted by an employer of anyone pinned; a computer sitting is pinned only for the
    split specialty, to dates that it needs anyway.

    Args:
        demand: the candidates.
        needs: needs of each; nobody with a need is pinned.
        employer: employer of each; nobody of a hosting employer is pinned.
        centers: all centers.
        split_dates: dates that the split specialty cannot do without.
        rng: the stream of the pins.
    """
    count = max(assume.FEWEST_SPECIAL, len(demand) // assume.CANDIDATES_PER_PIN)
    hosts = {c.employer for c in centers if c.employer}
    free = np.array([n == "" and e not in hosts for n, e in zip(needs, employer, strict=True)])
    order = rng.permutation(len(demand))
    order = order[free[order]]
    pins = Pins([""] * len(demand), [""] * len(demand))

    to_center = order[: count // 2]
    for person in to_center.tolist():
        mode = Mode.PAPER if demand.on_paper[person] else Mode.COMPUTER
        point = demand.facts.points[demand.point[person]].exam_point
        fit = [c.center_id for c in centers if c.exam_point == point and c.seats(mode)]
        pins.center[person] = fit[int(rng.integers(len(fit)))]

    rest = order[count // 2 :]
    to_sitting = count - count // 2
    on_paper = rest[demand.on_paper[rest]][: to_sitting * 2 // 5]
    for person in on_paper.tolist():
        pins.sitting[person] = demand.facts.sittings[Mode.PAPER][0]
    split = rest[demand.of_specialty(assume.SPLIT_SPECIALTY)[rest]]
    for i, person in enumerate(split[: to_sitting - len(on_paper)].tolist()):
        pins.sitting[person] = split_dates[i % len(split_dates)]
    return pins
