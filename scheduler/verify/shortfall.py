"""The figures of a shortage, counted again from people and seats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from models.exam import SEPARATE_ROOM
from models.plan import Shortage
from models.text import subjects_to_mask
from scheduler.verify.evidence import Evidence, masks_of
from scheduler.verify.layout import Flags

NO_SITTING = "NO_SITTING_ALLOWED"
"""Reason of people to whom no sitting is open; they lack a date, not a seat."""


class _Class(NamedTuple):
    """People who may sit in the same seats, whatever their subjects and sitting."""

    exam_point: str
    needs: str
    excluded: str
    pinned_center: str


def counted_figures_hold(evidence: Evidence, shortage: Shortage) -> Iterator[str]:
    """What is wrong with demand, seats and short.

    Who is counted follows from the exam point and the need: all its people with the need, one
    kind of people among them, or everybody of the exam points that share seats with it. One of
    these readings must give the seats, and the demand too where one family of pairwise
    intersecting masks shows the shortage by itself; otherwise the demand is the seats and the
    least number to add, which takes a solver. As many seats as people are unplaced always do.
    Where the shortage holds for some sittings only, who could sit in others is not in the files,
    so people and seats are upper limits. Who has no sitting at all has no seat to count.
    """
    if shortage.short != shortage.demand - shortage.seats:
        yield f"short is {shortage.short}, demand less seats {shortage.demand - shortage.seats}"
    if not 1 <= shortage.short <= len(evidence.unplaced):
        yield f"{shortage.short} seats are short, {len(evidence.unplaced)} people are unplaced"
    try:
        family = frozenset(subjects_to_mask(subjects) for subjects in shortage.subjects)
    except ValueError as error:
        yield f"subjects: {error}"
        return
    if shortage.reason == NO_SITTING:
        yield from _without_sitting(evidence, shortage, family)
        return
    sittings = [
        t
        for t, sitting in enumerate(evidence.layout.sittings)
        if sitting.mode.value == shortage.mode
        and (shortage.sitting == "*" or sitting.id in shortage.sitting.split(";"))
    ]
    named = 0 if shortage.sitting == "*" else len(shortage.sitting.split(";"))
    if not sittings or (named and named != len(sittings)):
        yield f"sitting {shortage.sitting} is not one of mode {shortage.mode}"
        return
    here = _Surroundings(evidence, shortage, sittings)
    counts = [
        (demand, seats)
        for scope in here.scopes()
        for seats in [here.seats(scope, family)]
        for demand in here.demands(scope, family)
    ]
    clique = not evidence.inputs.policy.seats.share or all(a & b for a in family for b in family)
    if shortage.sitting == "*":
        fits = any(
            seats == shortage.seats and (demand == shortage.demand or not clique or demand <= seats)
            for demand, seats in counts
        )
    else:
        fits = any(
            seats >= shortage.seats
            and (demand >= shortage.demand or not clique or seats == shortage.seats)
            for demand, seats in counts
        )
    if not fits:
        recounted = ", ".join(sorted({f"{d} for {s}" for d, s in counts})) or "nobody"
        yield f"{shortage.demand} people for {shortage.seats} seats; counted again: {recounted}"


def _without_sitting(
    evidence: Evidence, shortage: Shortage, family: frozenset[int]
) -> Iterator[str]:
    """The people have no sitting: none on which others of the specialty sit is open to them."""
    unplaced = evidence.unplaced
    explained = (unplaced["shortage_id"] == shortage.shortage_id).to_numpy()
    demand = int(np.isin(masks_of(unplaced["subjects"])[explained], list(family)).sum())
    if shortage.seats != 0 or shortage.demand != demand:
        yield f"{shortage.demand} people for {shortage.seats} seats; counted again: {demand} for 0"
    table = evidence.plan.tables["sittings.csv"]
    used: dict[str, set[str]] = {}
    for specialty, sitting in zip(table["specialty"], table["sitting"], strict=True):
        used.setdefault(specialty, set()).add(sitting)
    person = evidence.person[len(evidence.seats) :][explained]
    people = evidence.planned.iloc[person[person >= 0]]
    for candidate, specialty, pinned in zip(
        people["candidate_id"], people["specialty"], people["pinned_sitting"], strict=True
    ):
        others = used.get(specialty, set())
        if pinned in others or (pinned == "" and others):
            yield f"candidate {candidate} might have sat with others of specialty {specialty}"


class _Surroundings:
    """People and seats of one mode at the exam points that share seats with a shortage's."""

    def __init__(self, evidence: Evidence, shortage: Shortage, sittings: list[int]) -> None:
        self._evidence, self._shortage = evidence, shortage
        inputs, layout, planned = evidence.inputs, evidence.layout, evidence.planned
        known = {p.exam_point for p in inputs.exam_points}
        linked = _linked_points(evidence, shortage.exam_point) & known
        point_of = {c.center_id: c.exam_point for c in inputs.centers}
        self._rooms = [i for i, r in enumerate(layout.rooms) if point_of[r.center_id] in linked]
        cells = [np.arange(layout.first_cell[i], layout.first_cell[i + 1]) for i in self._rooms]
        self._cells = np.concatenate([np.empty(0, np.int64), *cells])
        opened = layout.open[:, self._cells][sittings]
        self._open = np.where(layout.spare[self._cells], 0, opened)
        of_mode = {s.code for s in inputs.specialties if s.mode.value == shortage.mode}
        chosen = planned["specialty"].isin(of_mode) & planned["exam_point"].isin(linked)
        people = planned[chosen]
        columns = ("exam_point", "needs", "excluded", "pinned_center")
        kinds = list(map(_Class, *(people[name].astype("str") for name in columns)))
        unplaced = evidence.unplaced
        dateless = unplaced["candidate_id"][unplaced["reason"] == NO_SITTING]
        self._people = pd.DataFrame(
            {
                "mask": masks_of(people["subjects"]),
                "class": pd.Series(kinds, dtype=object),
                "dateless": people["candidate_id"].isin(set(dateless)).to_numpy(),
            }
        )
        self._usable = {one: self._usable_cells(one) for one in sorted(set(kinds))}

    def scopes(self) -> Iterator[frozenset[_Class]]:
        """Whom a shortage may speak of: by need, by equal seats, of one point or of all."""
        classes = list(self._usable)
        needs = {need for need in self._shortage.need.split(";") if need}
        here = [c for c in classes if c.exam_point == self._shortage.exam_point]
        yield frozenset(c for c in here if needs <= set(c.needs.split(";")))
        alike: dict[bytes, set[_Class]] = {}
        for one in here:
            yield frozenset({one})
            alike.setdefault(self._usable[one].tobytes(), set()).add(one)
        yield from map(frozenset, alike.values())
        yield frozenset(classes)
        yield frozenset(here)

    def demands(self, scope: frozenset[_Class], family: frozenset[int]) -> tuple[int, int]:
        """People of the scope with a mask of the family: all, and those who have a sitting."""
        people = self._people
        counted = people["class"].isin(scope) & people["mask"].isin(family)
        return int(counted.sum()), int((counted & ~people["dateless"]).sum())

    def seats(self, scope: frozenset[_Class], family: frozenset[int]) -> int:
        """Seats that somebody of the scope may use for some mask of the family."""
        usable = np.zeros(len(self._cells), np.bool_)
        for one in scope:
            usable |= self._usable[one]
        fits = np.zeros(self._open.shape, np.bool_)
        for mask in family:
            fits |= (self._open & mask) == mask
        return int((fits & usable).sum())

    def _usable_cells(self, one: _Class) -> Flags:
        """Per cell: may the class sit there, subjects and sitting apart?"""
        inputs, layout = self._evidence.inputs, self._evidence.layout
        centers = {c.center_id: c for c in inputs.centers}
        points = {p.exam_point: p for p in inputs.exam_points}
        hosts = {inputs.home_of[one.exam_point], *points[one.exam_point].overflow_to}
        rooms = np.zeros(len(layout.rooms), np.bool_)
        for i in self._rooms:
            center = centers[layout.rooms[i].center_id]
            rooms[i] = (
                center.exam_point in hosts
                and not points[center.exam_point].delegates_to
                and (not one.excluded or center.employer != one.excluded)
                and one.pinned_center in ("", center.center_id)
            )
        needs = [need for need in one.needs.split(";") if need]
        bits = sum(layout.need_bit.get(need, 1 << 62) for need in needs)
        offers = (layout.features[self._cells] & bits) == bits
        separate = (layout.features[self._cells] & layout.need_bit.get(SEPARATE_ROOM, 0)) != 0
        apart = separate == (SEPARATE_ROOM in needs)
        usable: Flags = rooms[layout.room_of[self._cells]] & offers & apart
        return usable


def _linked_points(evidence: Evidence, exam_point: str) -> set[str]:
    """Exam points linked with one by delegation or overflow, in either direction."""
    links = [
        {p.exam_point, *filter(None, [p.delegates_to]), *p.overflow_to}
        for p in evidence.inputs.exam_points
    ]
    reached = {exam_point}
    while more := set().union(*(link for link in links if link & reached)) - reached:
        reached |= more
    return reached
