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
    so people and seats are upper limits.
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
    people = _people(evidence, shortage.mode)
    counts = [
        (
            int(people["mask"][people["class"].isin(scope)].isin(family).sum()),
            _seats(evidence, scope, sittings, family),
        )
        for scope in _scopes(evidence, people, shortage)
    ]
    clique = not evidence.inputs.policy.seats.share or all(a & b for a in family for b in family)
    if shortage.sitting == "*":
        fits = any(
            seats == shortage.seats and (demand == shortage.demand or not clique or demand <= seats)
            for demand, seats in counts
        )
    else:
        fits = any(
            seats >= shortage.seats and (demand >= shortage.demand or not clique)
            for demand, seats in counts
        )
    if not fits:
        recounted = ", ".join(sorted({f"{d} for {s}" for d, s in counts})) or "nobody"
        yield f"{shortage.demand} people for {shortage.seats} seats; counted again: {recounted}"


def _people(evidence: Evidence, mode: str) -> pd.DataFrame:
    """Planned people of a mode: ``mask`` and ``class``."""
    planned = evidence.planned
    of_mode = {s.code for s in evidence.inputs.specialties if s.mode.value == mode}
    chosen = planned[planned["specialty"].isin(of_mode)]
    columns = ("exam_point", "needs", "excluded", "pinned_center")
    kinds = map(_Class, *(chosen[name].astype("str") for name in columns))
    classes = pd.Series(list(kinds), dtype=object)
    return pd.DataFrame({"mask": masks_of(chosen["subjects"]), "class": classes})


def _scopes(
    evidence: Evidence, people: pd.DataFrame, shortage: Shortage
) -> Iterator[frozenset[_Class]]:
    classes: set[_Class] = set(people["class"])
    needs = {need for need in shortage.need.split(";") if need}
    here = {c for c in classes if c.exam_point == shortage.exam_point}
    yield frozenset(c for c in here if needs <= set(c.needs.split(";")))
    for one in sorted(here):
        yield frozenset({one})
    linked = _linked_points(evidence, shortage.exam_point)
    yield frozenset(c for c in classes if c.exam_point in linked)
    yield frozenset(here)


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


def _seats(
    evidence: Evidence, scope: frozenset[_Class], sittings: list[int], family: frozenset[int]
) -> int:
    """Seats that somebody of the scope may use in the sittings for some mask of the family."""
    layout, inputs = evidence.layout, evidence.inputs
    center_by_id = {c.center_id: c for c in inputs.centers}
    centers = [center_by_id[r.center_id] for r in layout.rooms]
    points = {p.exam_point: p for p in inputs.exam_points}
    usable = np.zeros(len(layout.present), np.bool_)
    for one in scope:
        point = points.get(one.exam_point)
        if point is None:
            continue
        hosts = {inputs.home_of[one.exam_point], *point.overflow_to}
        rooms = np.array(
            [
                center.exam_point in hosts
                and not points[center.exam_point].delegates_to
                and (not one.excluded or center.employer != one.excluded)
                and one.pinned_center in ("", center.center_id)
                for center in centers
            ],
            np.bool_,
        )
        usable |= rooms[layout.room_of] & _offers(evidence, one.needs)
    opened = layout.usable()[sittings]
    fits = np.zeros_like(opened, np.bool_)
    for mask in family:
        fits |= (opened & mask) == mask
    return int((fits & usable).sum())


def _offers(evidence: Evidence, needs: str) -> Flags:
    layout = evidence.layout
    wanted = [need for need in needs.split(";") if need]
    bits = sum(layout.need_bit.get(need, 1 << 62) for need in wanted)
    apart = layout.separate == (SEPARATE_ROOM in wanted)
    offers: Flags = ((layout.features & bits) == bits) & apart
    return offers
