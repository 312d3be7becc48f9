"""Consistency: no placed candidate breaks a rule of the exam or a decision of the planner."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

import numpy as np
import pandas as pd

from models.exam import SEPARATE_ROOM, Mode
from models.places import Use
from models.plan import Family
from models.policy import OwnEmployer
from models.text import parse_numbers
from scheduler.verify.check import check
from scheduler.verify.evidence import SUBJECTS, Evidence, index_in
from scheduler.verify.families import membership
from scheduler.verify.faults import Fault
from scheduler.verify.layout import Flags, Ints


def _seat_faults(
    evidence: Evidence, wrong: Flags | pd.Series[bool], message: str
) -> Iterator[Fault]:
    for row in np.flatnonzero(np.asarray(wrong)).tolist():
        yield Fault(evidence.seat_row(row), message)


def _at_cell(values: Ints, cell: Ints, missing: int = 0) -> Ints:
    """Values per cell looked up for placed rows; ``missing`` where the seat does not exist."""
    return np.append(values, missing)[cell]


@check(Family.CONSISTENCY)
def one_sitting_per_candidate(evidence: Evidence) -> Iterator[Fault]:
    """A candidate attends one sitting, on one seat."""
    again = evidence.seats["candidate_id"].duplicated()
    yield from _seat_faults(evidence, again, "has another seat above")


@check(Family.CONSISTENCY)
def sitting_of_own_mode(evidence: Evidence) -> Iterator[Fault]:
    """Who answers on a computer sits a computer sitting, who writes on paper a paper sitting."""
    placed = evidence.placed
    modes = [s.mode for s in evidence.layout.sittings]
    sitting_mode = np.array([*(m.value for m in modes), "no such sitting"])[placed["sitting"]]
    specialty = [*(s.mode.value for s in evidence.inputs.specialties), "no such specialty"]
    specialty_mode = np.array(specialty)[placed["specialty"]]
    yield from _seat_faults(
        evidence, sitting_mode != specialty_mode, "the sitting is not of the specialty's mode"
    )


@check(Family.CONSISTENCY)
def subjects_in_sitting(evidence: Evidence) -> Iterator[Fault]:
    """Every subject that a candidate sits has a session in the sitting."""
    placed = evidence.placed
    masks = [sum(1 << (s.subject - 1) for s in t.session) for t in evidence.layout.sittings]
    offered = np.array([*masks, 0], np.int64)[placed["sitting"]]
    mask = placed["mask"].to_numpy()
    yield from _seat_faults(
        evidence, (mask == 0) | ((mask & ~offered) != 0), "the sitting lacks a subject"
    )


@check(Family.CONSISTENCY)
def seat_exists(evidence: Evidence) -> Iterator[Fault]:
    """The seat is a present one, in a room of that center, of the sitting's mode."""
    placed, layout = evidence.placed, evidence.layout
    room, cell = placed["room"].to_numpy(), placed["cell"].to_numpy()
    yield from _seat_faults(evidence, room < 0, "there is no such room in that center")
    present = np.append(layout.present, False)[cell]
    yield from _seat_faults(evidence, (room >= 0) & ~present, "there is no such seat")
    room_mode = np.array([*(r.mode.value for r in layout.rooms), ""])[room]
    sitting_mode = np.array([*(s.mode.value for s in layout.sittings), ""])[placed["sitting"]]
    other = (room_mode != "") & (sitting_mode != "") & (room_mode != sitting_mode)
    yield from _seat_faults(evidence, other, "the room is not of the sitting's mode")


@check(Family.CONSISTENCY)
def spare_seats_kept(evidence: Evidence) -> Iterator[Fault]:
    """As many spare machines as required stay free all day, the same ones in every sitting."""
    layout, ratio = evidence.layout, evidence.inputs.exam.spare_ratio
    on_spare = np.append(layout.spare, False)[evidence.placed["cell"]]
    yield from _seat_faults(evidence, on_spare, "sits on a spare machine")
    table = evidence.plan.tables["utilisation.csv"]
    lists: dict[tuple[str, str], str] = {}
    columns = (table["center_id"], table["room_id"], table["spare_seats"])
    for row, (center, room_id, cell) in enumerate(zip(*columns, strict=True), start=2):
        if lists.setdefault((center, room_id), cell) != cell:
            yield Fault(f"utilisation.csv row {row}", "lists other spare machines than above")
    for number, room in enumerate(layout.rooms):
        listed = parse_numbers(lists.get((room.center_id, room.room_id), ""))
        where = f"utilisation.csv room {room.center_id}/{room.room_id}"
        cells = layout.cells_of(number)
        if int(layout.spare[cells].sum()) != len(listed):
            yield Fault(where, "lists spare machines that the room does not have")
        if room.use is Use.RESERVE:
            continue
        required = room.spare
        if required is None:
            present = int(layout.present[cells].sum())
            share = ratio if room.mode is Mode.COMPUTER else Decimal(0)
            required = int((share * present).to_integral_value(ROUND_CEILING))
        if len(listed) != required:
            yield Fault(where, f"keeps {len(listed)} machines spare, {required} are required")


@check(Family.CONSISTENCY)
def reserve_rooms_kept_free(evidence: Evidence) -> Iterator[Fault]:
    """Nobody is planned into a reserve (isolation) room."""
    reserve = np.array([*(r.use is Use.RESERVE for r in evidence.layout.rooms), False])
    yield from _seat_faults(evidence, reserve[evidence.placed["room"]], "sits in a reserve room")


@check(Family.CONSISTENCY)
def closed_seats_kept_free(evidence: Evidence) -> Iterator[Fault]:
    """No subject is sat on a seat while a closure holds."""
    layout, placed = evidence.layout, evidence.placed
    there = np.append(layout.present, False)[placed["cell"]] & _same_mode_exam_room(evidence)
    known = ((placed["cell"] >= 0) & (placed["sitting"] >= 0)).to_numpy() & there
    opened = layout.open[placed["sitting"], placed["cell"]]
    whole = np.array([*(sum(1 << (s.subject - 1) for s in t.session) for t in layout.sittings), 0])
    closed = whole[placed["sitting"]] & ~opened
    yield from _seat_faults(
        evidence, known & ((placed["mask"].to_numpy() & closed) != 0), "the seat is closed then"
    )


def _same_mode_exam_room(evidence: Evidence) -> Flags:
    layout, placed = evidence.layout, evidence.placed
    modes = np.array([*(r.mode.value if r.use is Use.EXAM else "" for r in layout.rooms), ""])
    sitting = np.array([*(s.mode.value for s in layout.sittings), "-"])[placed["sitting"]]
    same: Flags = modes[placed["room"]] == sitting
    return same


@check(Family.CONSISTENCY)
def one_person_per_seat_and_subject(evidence: Evidence) -> Iterator[Fault]:
    """People on one seat of a sitting have no subject in common; alone when sharing is off."""
    placed = evidence.placed
    where = placed[["sitting", "room", "seat"]]
    reported = np.zeros(len(placed), np.bool_)
    for subject in SUBJECTS:
        sat = (placed["sat"] & (1 << (subject - 1))) != 0
        again = np.zeros(len(placed), np.bool_)
        again[sat.to_numpy()] = where[sat].duplicated().to_numpy()
        yield from _seat_faults(
            evidence, again & ~reported, "shares the seat with somebody who needs it at that time"
        )
        reported |= again


@check(Family.CONSISTENCY)
def needs_honoured(evidence: Evidence) -> Iterator[Fault]:
    """The seat offers everything that the candidate needs."""
    placed = evidence.placed
    needs = np.append(evidence.planned["need_bits"].to_numpy(), 0)[placed["person"]]
    offers = _at_cell(evidence.layout.features, placed["cell"].to_numpy())
    yield from _seat_faults(
        evidence, (needs & ~offers) != 0, "the seat lacks something that the candidate needs"
    )


@check(Family.CONSISTENCY)
def separate_room_kept_apart(evidence: Evidence) -> Iterator[Fault]:
    """Separate rooms take those who need one, and nobody else."""
    placed, layout = evidence.placed, evidence.layout
    bit = layout.need_bit.get(SEPARATE_ROOM, 0)
    needs = np.append(evidence.planned["need_bits"].to_numpy(), 0)[placed["person"]]
    offers = _at_cell(layout.features, placed["cell"].to_numpy())
    known = ((placed["person"] >= 0) & (placed["cell"] >= 0)).to_numpy()
    wrong = known & (((needs ^ offers) & bit) != 0)
    yield from _seat_faults(evidence, wrong, "separate rooms are for those who need one")


@check(Family.CONSISTENCY)
def own_employer_avoided(evidence: Evidence) -> Iterator[Fault]:
    """Nobody sits in a center hosted by the own employer (unless the policy allows it)."""
    if evidence.inputs.policy.rules.own_employer is OwnEmployer.ALLOW:
        return
    placed = evidence.placed
    employers = [c.employer for c in evidence.inputs.centers]
    ids = sorted({e for e in employers if e})
    own = np.append(index_in(evidence.planned["employer"], ids), -1)[placed["person"]]
    host = np.array([*(ids.index(e) if e else -2 for e in employers), -2])[placed["center"]]
    yield from _seat_faults(evidence, own == host, "the own employer hosts the center")


@check(Family.CONSISTENCY)
def pins_honoured(evidence: Evidence) -> Iterator[Fault]:
    """Who is pinned to a center or a sitting is there."""
    for name, column in (("pinned_center", "center_id"), ("pinned_sitting", "sitting")):
        there = evidence.seats[column]
        ids = list(there.cat.categories)
        pinned = evidence.planned[name]
        number = np.where(pinned == "", -2, index_in(pinned, ids))
        wanted = np.append(number, -2)[evidence.placed["person"]]
        wrong = (wanted != -2) & (wanted != there.cat.codes.to_numpy())
        yield from _seat_faults(evidence, wrong, f"is not at the {name.replace('_', ' ')}")


@check(Family.CONSISTENCY)
def home_point_or_overflow(evidence: Evidence) -> Iterator[Fault]:
    """Centers are those of the own exam point, of the one it delegates to, or an overflow."""
    placed, points = evidence.placed, evidence.inputs.exam_points
    number = {p.exam_point: i for i, p in enumerate(points)}
    allowed = np.zeros((len(points) + 1, len(points) + 1), np.bool_)
    for i, point in enumerate(points):
        for host in (evidence.inputs.home_of[point.exam_point], *point.overflow_to):
            allowed[i, number[host]] = not points[number[host]].delegates_to
    known = (placed["point"] >= 0) & (placed["host"] >= 0)
    wrong = known & ~allowed[placed["point"], placed["host"]]
    message = "the center is of an exam point that may not take them"
    yield from _seat_faults(evidence, wrong, message)


@check(Family.CONSISTENCY)
def group_sittings_allowed(evidence: Evidence) -> Iterator[Fault]:
    """A paper group uses no more and no other sittings than the policy lets it."""
    inputs, dates = evidence.inputs, evidence.inputs.policy.dates
    used = evidence.seats[["specialty", "sitting"]].drop_duplicates()
    pairs = sorted(zip(used["specialty"], used["sitting"], strict=True))
    if dates.from_:
        for specialty, sitting in pairs:
            if (specialty, sitting) not in (inputs.given_dates or ()):
                yield Fault(f"specialty {specialty}", f"{sitting} is not in {dates.from_}")
        return
    by_group: dict[str, set[str]] = {}
    for specialty, sitting in pairs:
        by_group.setdefault(inputs.group_of.get(specialty, specialty), set()).add(sitting)
    for group, sittings in sorted(by_group.items()):
        own = dates.group.get(group)
        most = dates.max_sittings
        if own is not None and own.max_sittings is not None:
            most = own.max_sittings
        if own is not None and own.fixed:
            most = len(own.fixed)
        where = f"paper group {group}"
        if len(sittings) > most:
            yield Fault(where, f"uses {len(sittings)} sittings, {most} are allowed")
        if own is not None and own.fixed and sittings - set(own.fixed):
            yield Fault(where, f"uses {_listed(sittings - set(own.fixed))}, which is not fixed")
        if own is not None and sittings & set(own.forbidden):
            yield Fault(where, f"uses {_listed(sittings & set(own.forbidden))}, which is forbidden")


def _listed(ids: set[str]) -> str:
    return ", ".join(sorted(ids))


@check(Family.CONSISTENCY)
def families_within_seats(evidence: Evidence) -> Iterator[Fault]:
    """In every pool of identical seats each family of pairwise intersecting masks fits.

    A pool is an exam point, a sitting, a set of open subjects, features and host employer.
    """
    layout, placed = evidence.layout, evidence.placed
    usable = layout.usable()
    center = {c.center_id: i for i, c in enumerate(evidence.inputs.centers)}
    employers = sorted({c.employer for c in evidence.inputs.centers})
    points = [p.exam_point for p in evidence.inputs.exam_points]
    of_room = [evidence.inputs.centers[center[r.center_id]] for r in layout.rooms]
    host = np.array([points.index(c.exam_point) for c in of_room], np.int64)[layout.room_of]
    employer = np.array([employers.index(c.employer) for c in of_room], np.int64)[layout.room_of]
    for t, sitting in enumerate(layout.sittings):
        seats = np.flatnonzero(usable[t])
        if not len(seats):
            continue
        kinds = np.stack([host, usable[t], layout.features, employer], axis=1)[seats]
        pools, pool_of = np.unique(kinds, axis=0, return_inverse=True)
        pool_at = np.full(len(layout.present), -1, np.int64)
        pool_at[seats] = pool_of.reshape(-1)
        sizes = np.bincount(pool_of.reshape(-1), minlength=len(pools))
        here = placed[(placed["sitting"] == t) & (placed["cell"] >= 0)]
        pool = pool_at[here["cell"]]
        counts = np.zeros((len(pools), 16), np.int64)
        np.add.at(counts, (pool[pool >= 0], here["sat"].to_numpy()[pool >= 0]), 1)
        for i, (point, opened, _, _) in enumerate(pools.tolist()):
            most = int((membership(opened) @ counts[i]).max())
            if not evidence.inputs.policy.seats.share:
                most = int(counts[i].sum())
            if most > sizes[i]:
                where = f"exam point {points[point]}, {sitting.id}"
                message = f"{most} people who cannot share have {sizes[i]} identical seats"
                yield Fault(where, message)


@check(Family.CONSISTENCY)
def forms_alternate(evidence: Evidence) -> Iterator[Fault]:
    """Neighbours get different forms: (row + column) counts through the sitting's forms."""
    placed, layout = evidence.placed, evidence.layout
    diagonal = _at_cell(layout.row_of + layout.column_of, placed["cell"].to_numpy())
    known = (placed["cell"] >= 0).to_numpy()
    forms = evidence.seats["form"]
    for t, sitting in enumerate(layout.sittings):
        here = known & (placed["sitting"] == t).to_numpy()
        due = np.array([""] if len(sitting.forms) == 1 else sitting.forms)
        wanted = due[diagonal % len(due)]
        wrong = here & (np.asarray(forms.astype("str")) != wanted)
        yield from _seat_faults(evidence, wrong, "has another form than due")


@check(Family.CONSISTENCY)
def center_has_rooms(evidence: Evidence) -> Iterator[Fault]:
    """A center that seats candidates is listed in rooms.csv."""
    with_rooms = {r.center_id for r in evidence.inputs.rooms}
    for center in evidence.seats["center_id"].cat.categories:
        if center not in with_rooms:
            yield Fault(f"center {center}", "seats candidates and has no room")
