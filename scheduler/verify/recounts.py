"""Evidence: every derived table counted again from ``seats.parquet``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from models.places import Use
from models.plan import Family
from scheduler.verify.check import check
from scheduler.verify.evidence import SUBJECTS, Evidence
from scheduler.verify.faults import Fault
from scheduler.verify.layout import Ints
from scheduler.verify.pairs import employer_pairs, employers, paper_pairs, same_form
from scheduler.verify.spread import Shape, least_pairs

OTHER = "other"
SMALLEST_GROUP = 5
"""Rows of ``balance.csv`` with fewer candidates would point at persons."""

Counts = Mapping[tuple[Any, ...], tuple[Any, ...]]


def _compared(name: str, found: Counts, counted: Counts, columns: Sequence[str]) -> Iterator[Fault]:
    """Differences between a table and its recount, both by the columns that order it."""
    if found == counted:
        return
    for key in sorted(found.keys() | counted.keys()):
        where = f"{name} {'/'.join(map(str, key))}"
        if key not in counted:
            yield Fault(where, "stands there and should not")
        elif key not in found:
            yield Fault(where, "is missing")
        else:
            for column, value, due in zip(columns, found[key], counted[key], strict=True):
                if value != due:
                    yield Fault(where, f"{column} is {value}, counted {due}")


def _rows(table: pd.DataFrame, key: Iterable[str], values: Iterable[str]) -> Counts:
    keys = zip(*(table[c].tolist() for c in key), strict=True)
    return dict(zip(keys, zip(*(table[c].tolist() for c in values), strict=True), strict=True))


def _sizes(frame: pd.DataFrame, key: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
    """Rows by combination of columns that occurs."""
    sizes = frame.groupby(list(key), observed=True).size()
    return dict(zip(sizes.index.tolist(), sizes.tolist(), strict=True))


def _repeated(name: str, table: pd.DataFrame, key: Sequence[str]) -> Iterator[Fault]:
    for row in np.flatnonzero(table.duplicated(list(key))).tolist():
        yield Fault(f"{name} row {row + 2}", "repeats a row above")


@check(Family.EVIDENCE)
def sittings_recounted(evidence: Evidence) -> Iterator[Fault]:
    """``sittings.csv`` counts the placed candidates of each specialty and sitting."""
    table = evidence.plan.tables["sittings.csv"]
    key = ("paper_group", "specialty", "sitting")
    yield from _repeated("sittings.csv", table, key)
    group_of = evidence.inputs.group_of
    sizes = _sizes(evidence.seats, ("specialty", "sitting"))
    counted = {
        (group_of.get(specialty, specialty), specialty, sitting): (number,)
        for (specialty, sitting), number in sizes.items()
    }
    found = _rows(table, key, ("candidates",))
    yield from _compared("sittings.csv", found, counted, ("candidates",))


@check(Family.EVIDENCE)
def utilisation_recounted(evidence: Evidence) -> Iterator[Fault]:
    """``utilisation.csv`` has usable, occupied and shared seats of every room and session."""
    table = evidence.plan.tables["utilisation.csv"]
    key = ("center_id", "room_id", "sitting", "subject")
    yield from _repeated("utilisation.csv", table, key)
    layout, taken = evidence.layout, evidence.occupancy
    usable = layout.usable()
    rooms, sittings = len(layout.rooms), len(layout.sittings)
    on_seat = np.bincount(taken.slot, minlength=len(taken.cell))
    place = layout.room_of[taken.cell] * sittings + taken.sitting
    shared = np.bincount(place[on_seat >= 2], minlength=rooms * sittings)
    counted: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for subject in SUBJECTS:
        bit = 1 << (subject - 1)
        used = evidence.used_slots[subject - 1]
        occupied = np.bincount(place[used], minlength=rooms * sittings)
        for t, sitting in enumerate(layout.sittings):
            if all(session.subject != subject for session in sitting.session):
                continue
            opened = np.bincount(layout.room_of[(usable[t] & bit) != 0], minlength=rooms)
            for r, room in enumerate(layout.rooms):
                if room.mode is sitting.mode:
                    at = r * sittings + t
                    counted[room.center_id, room.room_id, sitting.id, subject] = (
                        int(opened[r]),
                        int(occupied[at]),
                        int(shared[at]),
                    )
    columns = ("seats", "occupied", "shared")
    yield from _compared("utilisation.csv", _rows(table, key, columns), counted, columns)


@check(Family.EVIDENCE)
def papers_recounted(evidence: Evidence) -> Iterator[Fault]:
    """``papers.csv`` counts the copies of each question paper and form in each room."""
    table = evidence.plan.tables["papers.csv"]
    key = ("center_id", "room_id", "sitting", "subject", "paper", "form")
    yield from _repeated("papers.csv", table, key)
    ids = evidence.papers[0]
    seats = evidence.seats
    sat = evidence.sat_papers(np.arange(len(seats)))
    parts = []
    for subject in SUBJECTS:
        paper = sat[:, subject - 1]
        here = seats.loc[paper >= 0, ["center_id", "room_id", "sitting", "form"]]
        parts.append(here.assign(subject=subject, paper=paper[paper >= 0]))
    frame = pd.concat(parts, ignore_index=True)
    counted = {
        (center, room, sitting, subject, ids[paper], form): (copies,)
        for (center, room, sitting, subject, paper, form), copies in _sizes(frame, key).items()
    }
    yield from _compared("papers.csv", _rows(table, key, ("copies",)), counted, ("copies",))


@check(Family.EVIDENCE)
def neighbours_recounted(evidence: Evidence) -> Iterator[Fault]:
    """``neighbours.csv`` has the pairs of each room in use, and a bound that holds."""
    table = evidence.plan.tables["neighbours.csv"]
    key = ("center_id", "room_id", "sitting")
    yield from _repeated("neighbours.csv", table, key)
    layout, taken = evidence.layout, evidence.occupancy
    sittings = len(layout.sittings)
    place = layout.room_of[taken.cell] * sittings + taken.sitting
    edge_place = place[taken.left]
    size = len(layout.rooms) * sittings
    papers = paper_pairs(evidence)

    def summed(pairs: Ints) -> Ints:
        return np.bincount(edge_place, pairs, size).astype(np.int64)

    pairs, form_pairs = summed(papers), summed(papers * same_form(evidence))
    employer = summed(employer_pairs(evidence, employers(evidence)))
    counted = {}
    for at in np.unique(place).tolist():
        room = layout.rooms[at // sittings]
        counted[room.center_id, room.room_id, layout.sittings[at % sittings].id] = (
            int(pairs[at]),
            int(form_pairs[at]),
            int(employer[at]),
        )
    columns = ("pairs", "same_form_pairs", "same_employer_pairs")
    found = _rows(table, key, columns)
    yield from _compared("neighbours.csv", found, counted, columns)
    bounds = _rows(table, key, ("pairs", "bound"))
    for row, due in _room_bounds(evidence, place).items():
        if row not in bounds:
            continue
        value, bound = bounds[row]
        where = f"neighbours.csv {'/'.join(row)}"
        if bound > value:
            yield Fault(where, f"bound {bound} is above the pairs {value}")
        elif due is not None and bound < due:
            yield Fault(where, f"bound is {bound}, counting gives {due}")


def _room_bounds(evidence: Evidence, place: Ints) -> Mapping[tuple[str, str, str], int | None]:
    """Sum over question papers of the least pairs of the seats that carry it.

    A paper can only stand on cells that are open for its subject. None for a room whose cells
    are too wide and uneven to count exactly.
    """
    layout, taken = evidence.layout, evidence.occupancy
    sittings = len(layout.sittings)
    shapes: dict[tuple[int, int, int], int] = {}
    number: dict[Shape, int] = {}
    least: dict[tuple[int, int], int | None] = {}
    sums: dict[int, int | None] = dict.fromkeys(np.unique(place).tolist(), 0)
    for subject, papers in enumerate(taken.carried(evidence.sat_papers(taken.rows)).T):
        carrying = papers >= 0
        width = len(evidence.papers[0])
        keys, sizes = np.unique(place[carrying] * width + papers[carrying], return_counts=True)
        several = sizes > 1  # one seat has no neighbour
        for at, size in zip(
            (keys[several] // width).tolist(), sizes[several].tolist(), strict=True
        ):
            before = sums[at]
            if before is None:
                continue
            cells = at // sittings, at % sittings, subject
            if cells not in shapes:
                shape = _shape(evidence, *cells)
                shapes[cells] = number.setdefault(shape, len(number))
            key = shapes[cells], size
            if key not in least:
                shape = _shape(evidence, *cells)
                # People on spare or closed machines are another rule's business.
                fits = size <= sum(map(sum, shape))
                least[key] = least_pairs(shape, size) if fits else None
            found = least[key]
            sums[at] = None if found is None else before + found
    bounds = {}
    for at, bound in sums.items():
        room = layout.rooms[at // sittings]
        bounds[room.center_id, room.room_id, layout.sittings[at % sittings].id] = bound
    return bounds


def _shape(evidence: Evidence, number: int, sitting: int, subject: int) -> Shape:
    """Cells of a room that are present, not spare, and open for the subject (from 0) then."""
    layout, room = evidence.layout, evidence.layout.rooms[number]
    cells = layout.cells_of(number)
    grid = np.zeros((room.rows, room.columns), np.bool_)
    counts = (layout.open[sitting, cells] >> subject & 1 == 1) & ~layout.spare[cells]
    grid[layout.row_of[cells], layout.column_of[cells]] = counts
    return tuple(tuple(row) for row in grid.tolist())


@check(Family.EVIDENCE)
def balance_recounted(evidence: Evidence) -> Iterator[Fault]:
    """``balance.csv`` compares specialties without pointing at persons."""
    table = evidence.plan.tables["balance.csv"]
    key = ("sitting", "specialty", "exam_point")
    yield from _repeated("balance.csv", table, key)
    rows = _balance(evidence)
    found = _rows(table, key, ("candidates",))
    counted = {row: (number,) for row, (number, _, _) in rows.items()}
    yield from _compared("balance.csv", found, counted, ("candidates",))
    uses = _peak_use(evidence)
    texts = _rows(table, key, ("peak_use", "mean_km"))
    for row, (_, distance, travelling) in rows.items():
        if row not in texts:
            continue
        use, mean = texts[row]
        where = f"balance.csv {'/'.join(row)}"
        due = uses.get((row[0], row[2]), Fraction(0))
        if not _says(use, due, 4):
            yield Fault(where, f"peak_use is {use}, counted {float(due):.4f}")
        km = Fraction(distance, 1000 * travelling) if travelling >= SMALLEST_GROUP else None
        if (km is None and mean != "") or (km is not None and not _says(mean, km, 3)):
            counted_km = "" if km is None else f"{float(km):.3f}"
            yield Fault(where, f"mean_km is {mean}, counted {counted_km}")


def _says(text: str, value: Fraction, decimals: int) -> bool:
    """Is the text the value with that many decimals, rounded either way at a tie?"""
    if re.fullmatch(rf"[0-9]+\.[0-9]{{{decimals}}}", text) is None:
        return False
    tolerance = Fraction(1, 2 * 10**decimals) + Fraction(1, 10**9)
    return abs(Fraction(text) - value) <= tolerance


def _balance(evidence: Evidence) -> Mapping[tuple[str, str, str], tuple[int, int, int]]:
    """Candidates, metres and people with an origin by (sitting, specialty, exam point)."""
    frame = evidence.seats[["sitting", "exam_point", "specialty"]].assign(
        metres=np.maximum(evidence.metres, 0), travelling=evidence.metres >= 0
    )
    sums = frame.groupby(["sitting", "exam_point", "specialty"], observed=True).agg(
        number=("metres", "size"), metres=("metres", "sum"), travelling=("travelling", "sum")
    )
    by_place: dict[tuple[str, str], list[tuple[int, str, int, int]]] = {}
    for (sitting, point, specialty), number, distance, travelling in sums.itertuples():
        by_place.setdefault((sitting, point), []).append(
            (int(number), specialty, int(distance), int(travelling))
        )
    rows: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    for (sitting, point), entries in by_place.items():
        entries.sort()
        merged = sum(1 for entry in entries if entry[0] < SMALLEST_GROUP)
        while 0 < merged < len(entries) and sum(e[0] for e in entries[:merged]) < SMALLEST_GROUP:
            merged += 1
        for number, specialty, distance, travelling in entries[merged:]:
            rows[sitting, specialty, point] = number, distance, travelling
        if merged:
            columns = list(zip(*entries[:merged], strict=True))
            rows[sitting, OTHER, point] = sum(columns[0]), sum(columns[2]), sum(columns[3])
    return rows


def _peak_use(evidence: Evidence) -> Mapping[tuple[str, str], Fraction]:
    """Share of open seats taken in the busiest subject, by (sitting, exam point of candidates)."""
    layout, taken, inputs = evidence.layout, evidence.occupancy, evidence.inputs
    point_of = {c.center_id: c.exam_point for c in inputs.centers}
    host = np.array([point_of[r.center_id] for r in layout.rooms])
    usable = layout.usable()
    uses: dict[tuple[str, str], Fraction] = {}
    for t, sitting in enumerate(layout.sittings):
        exam_room = np.array([r.mode is sitting.mode and r.use is Use.EXAM for r in layout.rooms])
        for session in sitting.session:
            bit = 1 << (session.subject - 1)
            used = evidence.used_slots[session.subject - 1] & (taken.sitting == t)
            occupied = np.bincount(layout.room_of[taken.cell[used]], minlength=len(layout.rooms))
            opened = np.bincount(
                layout.room_of[(usable[t] & bit) != 0], minlength=len(layout.rooms)
            )
            for point in inputs.exam_points:
                there = (host == inputs.home_of[point.exam_point]) & exam_room
                seats = int(opened[there].sum())
                use = Fraction(int(occupied[there].sum()), seats) if seats else Fraction(0)
                at = sitting.id, point.exam_point
                uses[at] = max(uses.get(at, Fraction(0)), use)
    return uses
