"""The whole exam as every peer gets it: people, and where each kind of them may sit.

A *place* is the seats of one kind of one center in one sitting. Exam points linked by delegation
or overflow share places, others never do: so people and places fall apart into *parts*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.exam import Mode
from models.policy import OwnEmployer, Policy
from models.reference import ReferenceData
from models.tables import CANONICAL_ROSTER
from models.text import parse_items, subjects_to_mask
from scheduler.dates.problem import DatesProblem, build_problem
from scheduler.draw import CELL_COLUMNS, add_excluded_employer
from scheduler.places import Places, SeatKind, components, host_employers, host_points, modes
from scheduler.plan_inputs import PlanOptions, read_ground
from scheduler.pools import CandidateClass, may_sit
from scheduler.roster.cells import build_cells
from scheduler.travel import metres_to_centers
from scheduler.verify.roster import read_roster

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SEAT_COLUMNS = (
    "mode", "exam_point", "needs", "excluded_employer", "pinned_center", "pinned_sitting",
)  # fmt: skip
"""What decides in which seats somebody may sit, besides subjects."""
ORIGIN_COLUMNS = ("latitude", "longitude")


class Place(NamedTuple):
    """Seats of one center and sitting that nobody can tell apart."""

    center: str
    sitting: str
    kind: SeatKind
    seats: int


@dataclass(frozen=True)
class Part:
    """The kinds of people of one component and mode, and the places open to some of them.

    ``first`` is the number of the first kind in :class:`Kinds`; ``metres`` and ``forbidden`` have
    the shape (kinds, places).
    """

    first: int
    people: Integers
    masks: Integers
    places: tuple[Place, ...]
    metres: Integers
    forbidden: Flags


@dataclass(frozen=True)
class Kinds:
    """People whom a peer does not tell apart: the kind of each, and the kinds part by part."""

    of_person: Integers
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Exam:
    """One roster with its reference data.

    ``people`` has the canonical columns, ``excluded_employer`` and ``mode``, as categories, in
    the order of the roster.
    """

    people: pd.DataFrame
    places: Places
    policy: Policy

    def kinds(self, *columns: str, subjects: bool = True) -> Kinds:
        """People told apart by where they may sit, and by ``columns``.

        Metres are 0 without origins among the columns; so are masks without ``subjects``.
        """
        by = [*SEAT_COLUMNS, *(["subjects"] if subjects else []), *columns]
        grouped = self.people.groupby(by, observed=True, sort=True)
        of_person = grouped.ngroup().to_numpy(dtype=np.int64)
        table = grouped.size().reset_index(name="count")
        part_of = {p: i for i, part in enumerate(self._components) for p in part}
        key = pd.DataFrame({"mode": table["mode"].astype(str)})
        key["part"] = table["exam_point"].astype(str).map(part_of)
        order = np.lexsort((key["part"], key["mode"]))
        table, key = table.iloc[order].reset_index(drop=True), key.iloc[order]
        renumbered = np.empty(len(order), dtype=np.int64)
        renumbered[order] = np.arange(len(order))
        starts = np.flatnonzero(~key.duplicated().to_numpy())
        parts = tuple(
            self._part(int(a), table.iloc[a:b])
            for a, b in zip(starts, [*starts[1:], len(table)], strict=True)
        )
        return Kinds(renumbered[of_person], parts)

    def dates_problems(self) -> Iterator[tuple[DatesProblem, Integers]]:
        """What paikao's dates stage is asked, for each mode; and the cell of everybody."""
        cells, cell_of = build_cells(self.people[list(CELL_COLUMNS)])
        cells = cells.astype(dict.fromkeys(CELL_COLUMNS, str))
        for mode in modes(self.places.reference):
            yield build_problem(cells, self.places, self.policy, mode), cell_of

    @cached_property
    def _components(self) -> tuple[tuple[str, ...], ...]:
        return components(self.places.reference)

    @cached_property
    def _centers(self) -> Mapping[str, list[str]]:
        centers = defaultdict(list)
        for center in self.places.reference.centers:
            centers[center.exam_point].append(center.center_id)
        return centers

    def _part(self, first: int, table: pd.DataFrame) -> Part:
        reference = self.places.reference
        hosts = {p: host_points(reference, p) for p in sorted(set(table["exam_point"]))}
        places = tuple(
            Place(center, sitting.id, kind, seats)
            for host in sorted({h for options in hosts.values() for h in options})
            for center in self._centers[host]
            for sitting in reference.exam.sittings_of(Mode(table["mode"].iloc[0]))
            for kind, seats in self.places.seat_kinds(center, sitting).items()
        )
        masks = np.zeros(len(table), dtype=np.int64)
        if "subjects" in table:
            masks[:] = [subjects_to_mask(s) for s in table["subjects"]]
        return Part(
            first=first,
            people=table["count"].to_numpy(dtype=np.int64),
            masks=masks,
            places=places,
            metres=self._metres(table, places),
            forbidden=self._forbidden(table, masks, places, hosts),
        )

    def _metres(self, table: pd.DataFrame, places: Sequence[Place]) -> Integers:
        if not set(ORIGIN_COLUMNS) <= set(table.columns):
            return np.zeros((len(table), len(places)), dtype=np.int64)
        ids = list(dict.fromkeys(place.center for place in places))
        metres = metres_to_centers(
            table["latitude"].astype(str).tolist(),
            table["longitude"].astype(str).tolist(),
            [self.places.reference.center_by_id[c] for c in ids],
            self.policy.travel.decimals,
        )
        column = {center: i for i, center in enumerate(ids)}
        return metres[:, [column[place.center] for place in places]]

    def _forbidden(
        self,
        table: pd.DataFrame,
        masks: Integers,
        places: Sequence[Place],
        hosts: Mapping[str, Sequence[str]],
    ) -> Flags:
        texts = [table[c].astype(str).tolist() for c in SEAT_COLUMNS[1:5]]
        keys = list(zip(*texts, strict=True))
        row_of = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        centers = [self.places.reference.center_by_id[p.center] for p in places]
        open_to = np.zeros((len(row_of), len(places)), dtype=bool)
        for (point, needs, employer, pinned), row in row_of.items():
            one = CandidateClass(point, frozenset(parse_items(needs)), employer, pinned)
            open_to[row] = [
                may_sit(one, center, place.kind, hosts[point])
                for center, place in zip(centers, places, strict=True)
            ]
        opened = np.array([place.kind.open_subjects for place in places], dtype=np.int64)
        sitting = np.array([place.sitting for place in places], dtype=object)
        pinned = table["pinned_sitting"].astype(str).to_numpy(dtype=object)[:, None]
        allowed = open_to[[row_of[key] for key in keys]] & (masks[:, None] & ~opened == 0)
        return np.asarray(~(allowed & ((pinned == "") | (pinned == sitting))), dtype=bool)


def read_exam(roster: Path, data: Path) -> Exam:
    """Read what every peer reads, without the checks of ``paikao check`` on the roster."""
    ground = read_ground(data, PlanOptions())
    people = read_roster(
        roster, sheet=None, ignore_columns=(), decimals=ground.policy.travel.decimals
    )
    return exam_of(people, ground.reference, ground.policy)


def exam_of(people: pd.DataFrame, reference: ReferenceData, policy: Policy) -> Exam:
    """The exam of people with the canonical columns."""
    forbid = policy.rules.own_employer is OwnEmployer.FORBID
    hosts = host_employers(reference) if forbid else frozenset()
    mode = {s.code: s.mode.value for s in reference.specialties}
    people = add_excluded_employer(
        people[list(CANONICAL_ROSTER)].assign(
            employer=people["employer"].astype("str"),
            mode=people["specialty"].astype("str").map(mode),
        ),
        hosts,
    )
    columns = [*CANONICAL_ROSTER[1:], "excluded_employer", "mode"]
    return Exam(people.astype(dict.fromkeys(columns, "category")), Places(reference), policy)


def plan_of(exam: Exam, kinds: Kinds, allotted: Iterator[Integers], seed: int) -> pd.DataFrame:
    """Who goes where, by lot within a kind: ``sitting`` and ``center_id``, blank for unplaced.

    Args:
        exam: the people.
        kinds: their kinds.
        allotted: of each part, people by (kind, place).
        seed: of the lot.
    """
    centers, sittings, numbers = [""], [""], []
    counts = np.bincount(kinds.of_person)
    for part, matrix in zip(kinds.parts, allotted, strict=True):
        base = len(centers)
        centers += [place.center for place in part.places]
        sittings += [place.sitting for place in part.places]
        for kind, row in enumerate(matrix):
            left = counts[part.first + kind] - row.sum()
            numbers += [np.repeat(np.arange(base, len(centers)), row), np.zeros(left, np.int64)]
    lot = np.random.default_rng(seed).random(len(exam.people))
    place = np.empty(len(exam.people), dtype=np.int64)
    place[np.lexsort((lot, kinds.of_person))] = np.concatenate(numbers)
    columns = {"sitting": sittings, "center_id": centers}
    return pd.DataFrame({c: pd.array(v, dtype="str").take(place) for c, v in columns.items()})


def in_roster_order(exam: Exam, seats: pd.DataFrame) -> pd.DataFrame:
    """``sitting`` and ``center_id`` of everybody from a plan's seats; blank without a seat."""
    places = seats.set_index("candidate_id")[["sitting", "center_id"]]
    return places.reindex(exam.people["candidate_id"], fill_value="").reset_index(drop=True)
