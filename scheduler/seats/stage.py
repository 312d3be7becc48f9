"""The seats stage: every center and sitting on its own, in one process or several."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.policy import Policy
from models.tables import PLAN_ROW_ORDER
from scheduler.execution.tasks import run_all
from scheduler.ordering import in_order, runs
from scheduler.places import Places
from scheduler.seats.kinds import Kind
from scheduler.seats.model import FIGURES, People, Seating, seat_people

Ints = npt.NDArray[np.int64]

_ROW_ORDER = PLAN_ROW_ORDER["neighbours.csv"]
CHUNKS = 16
"""Least pieces of work given to an executor: each carries its people; enough to share out."""
TOGETHER = 80_000
"""About so many people are seated together, whole places: their arrays are few megabytes each."""


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
        ``form``, texts as categories, rows as given; and the neighbours table by center_id,
        room_id, sitting, with the column ``proved`` beside those of the file.

    Raises:
        Defect: the people of a center and sitting do not fit its rooms.
    """
    people, rows = _people(candidates)
    pieces = -(-len(rows) // TOGETHER)
    chunks = _chunks(people, pieces if executor is None else max(pieces, CHUNKS))
    seatings = run_all(
        partial(seat_people, places, policy), chunks, name=partial(_name, places),
        split=_one_by_one, executor=executor,
    )  # fmt: skip
    return _with_seats(candidates, rows, seatings), _neighbours(seatings)


def _people(candidates: pd.DataFrame) -> tuple[People, Ints]:
    """The placed people by center, sitting and candidate_id, and their rows."""
    # Blank ids of the unplaced sort first.
    place, centers = _numbered(candidates["center_id"])
    date, sittings = _numbered(candidates["sitting"])
    placed = np.flatnonzero((place >= centers.count("")) & (date >= sittings.count("")))
    number = place * len(sittings) + date
    ids = candidates["candidate_id"]
    texts = ids.array
    if not bool((texts[:-1] <= texts[1:]).all()):
        placed = placed[np.argsort(_numbered(ids)[0][placed])]
    rows = placed[in_order(number[placed])]
    index = runs(number[rows])
    there = np.flatnonzero(np.bincount(number[rows]))
    kind, kinds = _kinds(candidates)
    employer, employers = _numbered(candidates["employer"])
    employer += 1 - employers.count("")  # blank comes first
    names = [(centers[n // len(sittings)], sittings[n % len(sittings)]) for n in there.tolist()]
    return People(index, kind[rows], employer[rows], names, kinds), rows


def _chunks(people: People, most: int) -> list[People]:
    """The people in runs of whole places of about the same size."""
    ends = np.cumsum(np.bincount(people.place, minlength=len(people.places)))
    wanted = len(people.place) * np.arange(1, most) // most
    cuts = [0, *np.unique(np.searchsorted(ends, wanted, side="right")).tolist(), len(ends)]
    return [people.between(first, end) for first, end in pairwise(cuts) if first < end]


def _numbered(column: pd.Series) -> tuple[Ints, list[str]]:
    """The number of each row's text in a list that ascends, and the list.

    That of a column of categories may hold texts which are in no row.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, texts = column.cat.codes.to_numpy(), column.cat.categories.tolist()
    else:
        codes, index = pd.factorize(column)
        texts = index.tolist()
    ascending = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[ascending] = np.arange(len(texts))
    return rank[codes], [texts[i] for i in ascending]


def _kinds(candidates: pd.DataFrame) -> tuple[Ints, list[Kind]]:
    """The kind of each row as an index into the kinds, which ascend."""
    (specialty, specialties), (mask, masks), (need, needs) = (
        _numbered(candidates[name]) for name in Kind._fields
    )
    shape = len(specialties), len(masks), len(needs)
    number = (specialty * len(masks) + mask) * len(needs) + need
    there = np.flatnonzero(np.bincount(number))
    index = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
    index[there] = np.arange(len(there))
    names = (
        [texts[i] for i in codes.tolist()]
        for codes, texts in zip(
            np.unravel_index(there, shape), (specialties, masks, needs), strict=True
        )
    )
    kinds = list(map(Kind._make, zip(*names, strict=True)))
    return index[number], kinds


def _one_by_one(people: People) -> list[People]:
    return [people.between(i, i + 1) for i in range(len(people.places))]


def _name(places: Places, people: People) -> str:
    """Where these people are; of several places the first, and how many there are."""
    center_id, sitting = people.places[0]
    exam_point = places.reference.center_by_id[center_id].exam_point
    more = len(people.places) - 1
    others = f" or one of {more} others" if more else ""
    return f"exam point {exam_point}, center {center_id}, sitting {sitting}{others}"


def _with_seats(candidates: pd.DataFrame, rows: Ints, seatings: Sequence[Seating]) -> pd.DataFrame:
    """The candidates with room, seat and form; ``rows`` are those of the seatings in turn."""
    number = np.zeros(len(candidates), dtype=np.int32)
    room = np.zeros(len(candidates), dtype=np.int64)
    form = np.zeros(len(candidates), dtype=np.int64)
    rooms, forms = [""], [""]
    if seatings:
        number[rows] = np.concatenate([seating.number for seating in seatings])
        numbered = []
        for seating in seatings:
            numbered.append(seating.room + len(rooms))
            rooms += seating.rooms["room_id"].tolist()
        room[rows] = np.concatenate(numbered)
        forms = sorted({"", *(text for seating in seatings for text in seating.forms)})
        form[rows] = np.concatenate(
            [np.array([forms.index(f) for f in s.forms])[s.form] for s in seatings]
        )
    index = candidates.index
    return candidates.assign(
        room_id=_texts(rooms, room, index), seat=number, form=_texts(forms, form, index)
    )


def _texts(texts: Sequence[str], of: Ints, index: pd.Index) -> pd.Series:
    """The text of each row, as pandas categories."""
    different = sorted(set(texts))
    code = {text: i for i, text in enumerate(different)}
    codes = np.array([code[text] for text in texts])[of]
    return pd.Series(
        pd.Categorical.from_codes(codes, pd.Index(different, dtype="str")), index=index
    )


def _neighbours(seatings: Sequence[Seating]) -> pd.DataFrame:
    if not seatings:
        return pd.DataFrame(columns=FIGURES)
    rooms = pd.concat([seating.rooms for seating in seatings])
    key = list(zip(*(rooms[name].tolist() for name in _ROW_ORDER), strict=True))
    return rooms.iloc[sorted(range(len(key)), key=key.__getitem__)].reset_index(drop=True)
