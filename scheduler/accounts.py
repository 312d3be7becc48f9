"""The accounts of a finished plan: sittings, utilisation, papers and balance.

Pure functions of the *placed* frame: one row per placed candidate with the columns
``candidate_id, specialty, subjects, needs, employer, exam_point, latitude, longitude, sitting,
form, center_id, room_id`` and the whole number ``seat``. Columns and row orders are those of
docs/formats.md, section 4. All work is on whole columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.exam import Mode, Sitting
from models.places import Use
from models.reference import ReferenceData
from models.tables import (
    BALANCE,
    PAPERS,
    PLAN_ROW_ORDER,
    SITTINGS,
    UTILISATION,
    Column,
    names,
)
from models.text import format_numbers, subjects_to_mask
from scheduler.coded import Coded, Integers, coded, counted
from scheduler.places import Places, RoomLayout
from scheduler.roster.columns import numbers
from scheduler.travel import great_circle_metres, round_degrees

OTHER = "other"
"""Stands for the specialties with too few people to be published one by one."""
SMALLEST_PUBLISHED_COUNT = 5
"""A balance row, or a mean, of fewer people could point at a person."""


def sittings_table(placed: pd.DataFrame, reference: ReferenceData) -> pd.DataFrame:
    """``sittings.csv``: placed candidates per specialty and sitting, with the paper group."""
    counts = _count(placed[["specialty", "sitting"]], "candidates")
    counts["paper_group"] = counts["specialty"].map(dict(reference.group_of))
    return _finished(counts, SITTINGS, "sittings.csv")


def papers_table(placed: pd.DataFrame, reference: ReferenceData) -> pd.DataFrame:
    """``papers.csv``: copies (or machine sessions) of each question paper needed in each room."""
    columns = ["center_id", "room_id", "sitting", "form", "specialty", "subjects"]
    kinds, people, _ = counted([coded(placed[column]) for column in columns])
    center, room, sitting, form, specialty, subjects = kinds
    known = np.array(_subject_numbers(reference), dtype=np.int64)
    # A row for every subject that a kind sits.
    kind, number = np.nonzero(_masks(subjects.cells)[subjects.codes, None] >> (known - 1) & 1)
    papers = {s.code: s.papers for s in reference.specialties}
    different = [papers[code][n - 1] for code in specialty.cells for n in known.tolist()]
    paper_of = coded(pd.Series(different, dtype="str"))
    keys = {
        "center_id": center.take(kind), "room_id": room.take(kind),
        "sitting": sitting.take(kind), "subject": Coded(number, pd.Index(known)),
        "paper": paper_of.take(specialty.codes[kind] * len(known) + number),
        "form": form.take(kind),
    }  # fmt: skip
    rows, copies, _ = counted([keys[name] for name in PLAN_ROW_ORDER["papers.csv"]], people[kind])
    table = {name: row.column() for name, row in zip(keys, rows, strict=True)}
    return pd.DataFrame({**table, "copies": copies})[names(PAPERS)]


def utilisation_table(placed: pd.DataFrame, places: Places) -> pd.DataFrame:
    """``utilisation.csv``: seats open, occupied and shared per room, sitting and subject.

    One row for every subject of every sitting of the room's mode, whether the room is used or
    not. ``shared`` counts the seats that two or more people use in the sitting. A reserve room
    has no seats.
    """
    used = _use_of_rooms(placed, _subject_numbers(places.reference))
    nobody = dict.fromkeys([0, *_subject_numbers(places.reference)], 0)
    exam = places.reference.exam
    sittings = {
        mode: [(s, sorted(t.subject for t in s.session)) for s in exam.sittings_of(mode)]
        for mode in Mode
    }
    rows: list[tuple[str, str, str, int, int, str, int, int]] = []
    for (center_id, room_id), layout in places.layouts.items():
        spare = format_numbers(layout.spare_numbers)
        for sitting, subjects in sittings[layout.room.mode]:
            people = used.get((center_id, room_id, sitting.id), nobody)
            open_seats = _open_seats(places, layout, sitting, subjects)
            rows += [
                (center_id, room_id, sitting.id, subject, seats, spare, people[subject], people[0])
                for subject, seats in zip(subjects, open_seats, strict=True)
            ]
    return _finished(pd.DataFrame(rows, columns=names(UTILISATION)), UTILISATION, "utilisation.csv")


def _open_seats(
    places: Places, layout: RoomLayout, sitting: Sitting, subjects: Sequence[int]
) -> list[int]:
    """How many seats of a room are open for each of these subjects of a sitting."""
    if layout.room.use is Use.EXAM and not places.closures_at(layout.room.center_id, sitting):
        return [len(layout.numbers) - int(layout.spare.sum())] * len(subjects)
    masks = places.open_subjects(layout, sitting)
    return [int((masks >> (subject - 1) & 1).sum()) for subject in subjects]


def peak_use(utilisation: pd.DataFrame, reference: ReferenceData) -> pd.DataFrame:
    """The busiest subject's share of the seats open, per (exam point of the centers, sitting).

    Returns:
        Columns ``exam_point, sitting, occupied, seats, share``: the figures of the subject
        whose share is largest; 0 where no seat is open.
    """
    point = {c.center_id: c.exam_point for c in reference.centers}
    sums = (
        utilisation.assign(exam_point=utilisation["center_id"].map(point))
        .groupby(["exam_point", "sitting", "subject"], as_index=False)[["occupied", "seats"]]
        .sum()
    )
    sums["share"] = np.where(
        sums["seats"] > 0, sums["occupied"] / np.maximum(sums["seats"], 1), 0.0
    )
    busiest = sums.sort_values("share", ascending=False, kind="stable").drop_duplicates(
        ["exam_point", "sitting"]
    )
    columns = ["exam_point", "sitting", "occupied", "seats", "share"]
    return busiest.sort_values(["exam_point", "sitting"])[columns].reset_index(drop=True)


def balance_table(
    placed: pd.DataFrame, places: Places, utilisation: pd.DataFrame, decimals: int
) -> pd.DataFrame:
    """``balance.csv``: how each specialty fares at each exam point on each sitting.

    ``exam_point`` is the candidate's own; ``peak_use`` is that of the centers at its home.
    Specialties of 1 to 4 people are merged into ``other``; while ``other`` itself has so few,
    the smallest remaining row (then the smallest code) joins it, so that no single small row can
    be told from the rest. A mean over fewer than five origins is left out: over one it would be
    that person's distance.

    Args:
        placed: see the module.
        places: the rooms.
        utilisation: the table of :func:`utilisation_table`.
        decimals: decimals of the coordinates that distances are measured between.
    """
    reference = places.reference
    metres = _metres(placed, reference, decimals)
    measured = metres >= 0
    people = placed[["sitting", "specialty", "exam_point"]].assign(
        candidates=1, measured=measured.astype(np.int64),
        metres=np.where(measured, metres, 0),
    )  # fmt: skip
    keys = ["sitting", "specialty", "exam_point"]
    rows = people.groupby(keys, sort=False, as_index=False).sum()
    rows["specialty"] = _merge_few(rows)
    rows = rows.groupby(keys, sort=False, as_index=False).sum()

    peak = peak_use(utilisation, reference)
    share = {
        (point, sitting): value
        for point, sitting, value in zip(
            peak["exam_point"], peak["sitting"], peak["share"], strict=True
        )
    }
    home = {p.exam_point: p.home for p in reference.exam_points}
    rows["peak_use"] = [
        f"{share.get((home[point], sitting), 0.0):.4f}"
        for point, sitting in zip(rows["exam_point"], rows["sitting"], strict=True)
    ]
    rows["mean_km"] = [
        f"{total / (1000 * count):.3f}" if count >= SMALLEST_PUBLISHED_COUNT else ""
        for total, count in zip(rows["metres"], rows["measured"], strict=True)
    ]
    return _finished(rows, BALANCE, "balance.csv")


def derived_tables(placed: pd.DataFrame, places: Places, decimals: int) -> dict[str, pd.DataFrame]:
    """All four accounts, by table name."""
    utilisation = utilisation_table(placed, places)
    return {
        "sittings": sittings_table(placed, places.reference),
        "utilisation": utilisation,
        "papers": papers_table(placed, places.reference),
        "balance": balance_table(placed, places, utilisation, decimals),
    }


def _merge_few(rows: pd.DataFrame) -> list[str]:
    """The specialty each row is published under."""
    published = rows["specialty"].tolist()
    codes, counts = rows["specialty"].tolist(), rows["candidates"].tolist()
    for positions in rows.groupby(["sitting", "exam_point"], sort=False).indices.values():
        ascending = sorted(map(int, positions), key=lambda i: (counts[i], codes[i]))
        merged = 0
        for i in ascending:
            few = counts[i] < SMALLEST_PUBLISHED_COUNT
            if not few and not 0 < merged < SMALLEST_PUBLISHED_COUNT:
                break
            merged += counts[i]
            published[i] = OTHER
    return published


def _use_of_rooms(
    placed: pd.DataFrame, subjects: Sequence[int]
) -> dict[tuple[str, str, str], dict[int, int]]:
    """Per used (center, room, sitting): seats used in each subject; under 0 the shared ones."""
    place = [coded(placed[column]) for column in ("center_id", "room_id", "sitting", "seat")]
    seats, people, seat_of = counted(place)
    # Masks on one seat are disjoint (rule of the model), so their sum is their union.
    used = np.bincount(seat_of, _masks(placed["subjects"]), minlength=len(people)).astype(np.int64)
    rooms, _, room_of = counted(seats[:3])
    counts = {0: people > 1} | {subject: used >> (subject - 1) & 1 for subject in subjects}
    sums = [np.bincount(room_of, c).astype(np.int64).tolist() for c in counts.values()]
    keys = zip(*(room.column().tolist() for room in rooms), strict=True)
    return {key: dict(zip(counts, row, strict=True)) for key, *row in zip(keys, *sums, strict=True)}


def _metres(placed: pd.DataFrame, reference: ReferenceData, decimals: int) -> Integers:
    """Whole metres from each origin to the center; -1 without an origin."""
    metres = np.full(len(placed), -1, dtype=np.int64)
    known = np.flatnonzero((placed["latitude"] != "") & (placed["longitude"] != ""))
    if len(known):
        people = placed[["center_id", "latitude", "longitude"]].iloc[known]
        center = pd.Index([c.center_id for c in reference.centers]).get_indexer(
            pd.Index(people["center_id"])
        )
        at = np.array(
            [
                [float(round_degrees(degrees, decimals)) for degrees in (c.latitude, c.longitude)]
                for c in reference.centers
            ]
        )[center]
        metres[known] = great_circle_metres(
            numbers(people["latitude"]), numbers(people["longitude"]), at[:, 0], at[:, 1]
        )
    return metres


def _subject_numbers(reference: ReferenceData) -> list[int]:
    return sorted(s.number for s in reference.exam.subjects)


def _masks(subjects: pd.Series | pd.Index) -> Integers:
    codes, cells = pd.factorize(subjects)
    table = np.array([subjects_to_mask(str(cell)) for cell in cells], dtype=np.int64)
    return table[codes] if len(codes) else np.zeros(0, dtype=np.int64)


def _count(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.groupby(list(frame.columns), sort=False).size().rename(name).reset_index()


def _finished(table: pd.DataFrame, columns: Sequence[Column], file: str) -> pd.DataFrame:
    """The columns and rows in file order; whole numbers as int64."""
    ordered = table.sort_values(list(PLAN_ROW_ORDER[file]), kind="stable", ignore_index=True)
    integers = {c.name: "int64" for c in columns if c.type == "integer"}
    return ordered[[c.name for c in columns]].astype(integers)
