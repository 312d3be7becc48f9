"""Seat pools: seats that no candidate can tell apart, and who may sit in them.

Written per pool, the twelve families say exactly whether everybody can be seated; written over
all seats they are only necessary (docs/model.md, section 2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from models.exam import Sitting
from models.places import Center
from scheduler.masks import families
from scheduler.places import Places, SeatKind, host_points


class CandidateClass(NamedTuple):
    """What decides in which seats a candidate may sit, besides subjects and sitting."""

    exam_point: str
    needs: frozenset[str]
    excluded_employer: str
    pinned_center: str


class Pool(NamedTuple):
    """Identical seats of one host exam point in one sitting."""

    host: str
    sitting: str
    open_subjects: int
    takers: tuple[int, ...]
    seats: int


@dataclass(frozen=True)
class Component:
    """Exam points linked by delegation or overflow: their classes and the seats they share."""

    points: tuple[str, ...]
    classes: tuple[CandidateClass, ...]
    pools: tuple[Pool, ...]

    @cached_property
    def pools_of(self) -> Mapping[tuple[int, str], Sequence[int]]:
        """The pools that take a class in a sitting, by index."""
        found: dict[tuple[int, str], list[int]] = defaultdict(list)
        for p, pool in enumerate(self.pools):
            for klass in pool.takers:
                found[klass, pool.sitting].append(p)
        return found

    @cached_property
    def seats_of(self) -> Mapping[str, int]:
        """Seats of each host over all its pools, by host."""
        seats: dict[str, int] = defaultdict(int)
        for pool in self.pools:
            seats[pool.host] += pool.seats
        return dict(sorted(seats.items()))

    def home_of(self, places: Places, index: int) -> str:
        """The exam point whose centers are home to a class."""
        return places.reference.point_by_id[self.classes[index].exam_point].home


def own_employer_avoided(candidate: CandidateClass, center: Center) -> bool:
    """Nobody sits in a center hosted by the own employer."""
    return not candidate.excluded_employer or candidate.excluded_employer != center.employer


def pins_honoured(candidate: CandidateClass, center: Center) -> bool:
    """Who is pinned to a center sits there and nowhere else."""
    return candidate.pinned_center in ("", center.center_id)


def may_sit(
    candidate: CandidateClass, center: Center, kind: SeatKind, hosts: Sequence[str]
) -> bool:
    """May the class sit in seats of this kind in this center (subjects apart)?"""
    return (
        center.exam_point in hosts
        and own_employer_avoided(candidate, center)
        and pins_honoured(candidate, center)
        and kind.takes(0, candidate.needs)
    )


def seat_pools(
    places: Places, classes: Sequence[CandidateClass], points: Sequence[str], sitting: Sitting
) -> tuple[Pool, ...]:
    """The pools of a component in one sitting, sorted; seats that take nobody are left out."""
    reference = places.reference
    hosts_of = {point: host_points(reference, point) for point in {c.exam_point for c in classes}}
    hosts = [hosts_of[c.exam_point] for c in classes]
    hosting = {h for options in hosts for h in options} & set(points)
    seats: dict[tuple[str, int, tuple[int, ...]], int] = defaultdict(int)
    for center in (c for host in hosting for c in places.centers_of_point.get(host, ())):
        for kind, number in places.seat_kinds(center.center_id, sitting).items():
            takers = tuple(i for i, c in enumerate(classes) if may_sit(c, center, kind, hosts[i]))
            if takers:
                seats[center.exam_point, kind.open_subjects, takers] += number
    return tuple(
        Pool(host, sitting.id, open_subjects, takers, number)
        for (host, open_subjects, takers), number in sorted(seats.items())
    )


@cache
def families_present(masks: frozenset[int], share: bool) -> tuple[frozenset[int], ...]:
    """Maximal sets of the given masks that pairwise need different seats.

    The families of :mod:`scheduler.masks` cut down to masks that occur; one inside another says
    nothing more. Without sharing everybody needs a seat alone: one family of all masks.
    """
    if not share:
        return (masks,) if masks else ()
    union = 0
    for mask in masks:
        union |= mask
    cut = sorted({family & masks for family in families(union)} - {frozenset()}, key=sorted)
    return tuple(a for a in cut if not any(a < b for b in cut))
