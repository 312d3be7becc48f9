"""The seats stage: every center and sitting on its own, in one process or several."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.policy import Policy
from models.tables import NEIGHBOURS, names
from scheduler.places import Places
from scheduler.seats.chains import Kind
from scheduler.seats.model import People, SeatRows, seat_people
from scheduler.tasks import run_all

Ints = npt.NDArray[np.int64]

CHUNKS = 16
"""Pieces of work given to an executor: few, since each carries its people; enough to share out."""


class Job(NamedTuple):
    """The people of one center and sitting."""

    center_id: str
    sitting: str
    people: People


def seat_everybody(
    places: Places, policy: Policy, candidates: pd.DataFrame, executor: Executor | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give every placed candidate a room, a seat and a form.

    Args:
        places: the laid-out rooms.
        policy: the planner's decisions.
        candidates: with ``candidate_id, specialty, subjects, needs, employer, center_id,
            sitting``; a blank sitting or center means unplaced.
        executor: where to run; the answer does not depend on it.

    Returns:
        The candidates with ``room_id`` ("" for unplaced), ``seat`` (int32, 0 for unplaced) and
        ``form``, rows as given; and the neighbours table by center_id, room_id, sitting, with
        the column ``proved`` beside those of the file.

    Raises:
        Defect: the people of a center and sitting do not fit its rooms.
    """
    jobs, rows = _jobs(candidates)
    seated = run_all(
        partial(_seat_job, places, policy), jobs, name=partial(_job_name, places),
        executor=executor, parts=CHUNKS,
    )  # fmt: skip
    return _with_seats(candidates, rows, seated), _neighbours(jobs, seated)


def _jobs(candidates: pd.DataFrame) -> tuple[list[Job], list[Ints]]:
    """Jobs by center and sitting, their people by candidate_id, and the rows of each job."""
    # Blank ids of the unplaced sort first, so they form the head of the order.
    place, centers = _numbered(candidates["center_id"])
    date, sittings = _numbered(candidates["sitting"])
    ids = candidates["candidate_id"]
    by_id = np.arange(len(ids)) if ids.is_monotonic_increasing else _numbered(ids)[0]
    order = np.lexsort((by_id, date, place))
    placed = np.array([text != "" for text in centers])[place] if len(place) else np.empty(0, bool)
    if len(place):
        placed &= np.array([text != "" for text in sittings])[date]
    order = order[placed[order]]
    if not len(order):
        return [], []
    same = (np.diff(place[order]) == 0) & (np.diff(date[order]) == 0)
    rows = np.split(order, np.flatnonzero(~same) + 1)
    kind, kinds = _kinds(candidates)
    employer, employers = _numbered(candidates["employer"])
    if employers[0] != "":
        employer = employer + 1
    names = ids.to_numpy(dtype=object)
    jobs = []
    for here in rows:
        people = People(names[here].tolist(), kind[here], kinds, employer[here])
        jobs.append(Job(centers[place[here[0]]], sittings[date[here[0]]], people))
    return jobs, rows


def _numbered(column: pd.Series[str]) -> tuple[Ints, list[str]]:
    """The rank of each text among those of the column, and the texts."""
    codes, texts = pd.factorize(column, sort=True)
    return codes.astype(np.int64), list(texts)


def _kinds(candidates: pd.DataFrame) -> tuple[Ints, list[Kind]]:
    """The kind of each row as an index into the kinds, which ascend."""
    columns = [_numbered(candidates[name]) for name in Kind._fields]
    joined = np.zeros(len(candidates), dtype=np.int64)
    for codes, texts in columns:
        joined = joined * len(texts) + codes
    _, first, kind = np.unique(joined, return_index=True, return_inverse=True)
    kinds = [Kind(*(texts[codes[i]] for codes, texts in columns)) for i in first.tolist()]
    return kind.astype(np.int64), kinds


def _seat_job(places: Places, policy: Policy, job: Job) -> SeatRows:
    """Seat one center and sitting; runs in any process."""
    sitting = places.reference.exam.sitting(job.sitting)
    return seat_people(places, policy, job.center_id, sitting, job.people)


def _job_name(places: Places, job: Job) -> str:
    points = {c.center_id: c.exam_point for c in places.reference.centers}
    return f"exam point {points[job.center_id]}, center {job.center_id}, sitting {job.sitting}"


def _with_seats(
    candidates: pd.DataFrame, rows: Sequence[Ints], seated: Sequence[SeatRows]
) -> pd.DataFrame:
    room_id = np.full(len(candidates), "", dtype=object)
    seat = np.zeros(len(candidates), dtype=np.int32)
    form = np.full(len(candidates), "", dtype=object)
    for here, seating in zip(rows, seated, strict=True):
        room_id[here] = seating.room_ids
        seat[here] = seating.numbers
        form[here] = seating.forms
    texts = {
        name: pd.Series(values, index=candidates.index, dtype=str)
        for name, values in (("room_id", room_id), ("form", form))
    }
    return candidates.assign(room_id=texts["room_id"], seat=seat, form=texts["form"])


def _neighbours(jobs: Sequence[Job], seated: Sequence[SeatRows]) -> pd.DataFrame:
    records = sorted(
        (job.center_id, room_id, job.sitting, *counts)
        for job, seating in zip(jobs, seated, strict=True)
        for room_id, *counts in seating.rooms
    )
    return pd.DataFrame(records, columns=[*names(NEIGHBOURS), "proved"])
