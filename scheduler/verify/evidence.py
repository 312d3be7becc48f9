"""Everything a check may look at, loaded once from files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.findings import mask_personal
from models.text import parse_numbers
from scheduler.verify.faults import Problem, Unreadable
from scheduler.verify.files import COMPLETE, PlanFiles, read_plan_files
from scheduler.verify.inputs import Inputs, read_inputs
from scheduler.verify.keys import Keys
from scheduler.verify.layout import Flags, Ints, Layout, build_layout
from scheduler.verify.measure import metres, rounded_coordinate
from scheduler.verify.roster import read_roster, read_set_aside

SUBJECTS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Occupancy:
    """Which seats are taken, sitting by sitting, and which taken seats are adjacent.

    A *slot* is a cell in a sitting with somebody on it.

    Attributes:
        rows: positions in ``Evidence.placed`` of the people looked at.
        slot: slot of each of ``rows``.
        sitting, cell: per slot.
        left, right: slots of each pair of adjacent taken seats of one sitting.
    """

    rows: Ints
    slot: Ints
    sitting: Ints
    cell: Ints
    left: Ints
    right: Ints

    def carried(self, values: Ints) -> Ints:
        """What each slot carries in each subject.

        Args:
            values: shape (rows, 4); negative where a person does not sit the subject.

        Returns:
            Shape (slots, 4), negative where nobody sits.
        """
        result = np.full((len(self.cell), values.shape[1]), -1, np.int64)
        for column in range(values.shape[1]):
            sat = values[:, column] >= 0
            result[self.slot[sat], column] = values[sat, column]
        return result


@dataclass(frozen=True)
class Evidence:
    """A plan directory and the roster it was made from.

    Attributes:
        plan_dir: the plan directory.
        plan: its own files.
        inputs: the copies in ``inputs/``.
        roster: canonical columns of every roster record.
        listed_aside: record numbers of the set-aside file, None when none is given.
    """

    plan_dir: Path
    plan: PlanFiles
    inputs: Inputs
    roster: pd.DataFrame
    listed_aside: Ints | None

    # ------------------------------------------------------------ tables

    @property
    def seats(self) -> pd.DataFrame:
        """``seats.parquet``."""
        return self.plan.tables["seats.parquet"]

    @property
    def unplaced(self) -> pd.DataFrame:
        """``unplaced.parquet``."""
        return self.plan.tables["unplaced.parquet"]

    @cached_property
    def mentioned(self) -> pd.Series[str]:
        """Candidate ids of ``seats.parquet``, then of ``unplaced.parquet``."""
        return pd.concat(
            [self.seats["candidate_id"], self.unplaced["candidate_id"]], ignore_index=True
        )

    @cached_property
    def _codes(self) -> tuple[Ints, Ints]:
        """Equal ids as equal numbers: those of the roster, then those that the plan mentions.

        Ids are compared as text once; everything after compares numbers.
        """
        ids = pd.concat([self.roster["candidate_id"], self.mentioned], ignore_index=True)
        codes = pd.factorize(ids)[0].astype(np.int64)
        return codes[: len(self.roster)], codes[len(self.roster) :]

    @cached_property
    def in_roster(self) -> Flags:
        """Per mentioned id: does the roster have it?"""
        ours, theirs = self._codes
        known = np.zeros(max(ours.max(initial=-1), theirs.max(initial=-1)) + 1, np.bool_)
        known[ours] = True
        found: Flags = known[theirs]
        return found

    @cached_property
    def person(self) -> Ints:
        """Per mentioned id: its (first) position in ``planned``, -1 for none."""
        ours, theirs = self._codes
        planned = ours[~self.aside]
        position = np.full(max(ours.max(initial=-1), theirs.max(initial=-1)) + 1, -1, np.int64)
        position[planned[::-1]] = np.arange(len(planned))[::-1]
        found: Ints = position[theirs]
        return found

    @cached_property
    def aside(self) -> Flags:
        """Per roster record: is it set aside?

        With a set-aside file those it lists; without one, when the manifest counts some, those
        the plan does not mention (and second records of an id).
        """
        if self.listed_aside is not None:
            return np.isin(self.roster["record"].to_numpy(), self.listed_aside)
        if self.plan.manifest.totals.set_aside == 0:
            return np.zeros(len(self.roster), np.bool_)
        ours, theirs = self._codes
        again = self.roster["candidate_id"].duplicated().to_numpy(np.bool_)
        return ~np.isin(ours, theirs) | again

    @cached_property
    def planned(self) -> pd.DataFrame:
        """Roster records that are not set aside, in roster order, index from 0.

        Besides the canonical columns: ``need_bits``; ``excluded``, the employer whose centers
        the person must avoid, or ""; ``mentions``, how often the plan mentions the id.
        """
        frame = self.roster[~self.aside].reset_index(drop=True)
        needs = [
            sum(self.layout.need_bit.get(need, 1 << 62) for need in set(cell.split(";")) if need)
            for cell in frame["needs"].cat.categories
        ]
        frame["need_bits"] = np.array([*needs, 0], np.int64)[frame["needs"].cat.codes]
        hosts = {c.employer for c in self.inputs.centers if c.employer}
        forbidden = hosts if self.inputs.policy.rules.own_employer.value == "forbid" else set()
        employers = frame["employer"].astype("str")
        frame["excluded"] = employers.where(employers.isin(forbidden), "").astype("category")
        ours, theirs = self._codes
        most = max(ours.max(initial=-1), theirs.max(initial=-1)) + 1
        frame["mentions"] = np.bincount(theirs, minlength=most)[ours[~self.aside]]
        return frame

    @cached_property
    def layout(self) -> Layout:
        """Rooms and seats, with the spare machines that ``utilisation.csv`` lists."""
        table = self.plan.tables["utilisation.csv"]
        spare: dict[tuple[str, str], tuple[int, ...]] = {}
        for center, room, cell in zip(
            table["center_id"], table["room_id"], table["spare_seats"], strict=True
        ):
            if (center, room) not in spare:
                spare[center, room] = parse_numbers(cell)
        return build_layout(self.inputs, spare)

    @cached_property
    def keys(self) -> Keys:
        """The keyed draw of this plan."""
        return Keys(bytes.fromhex(self.plan.manifest.seed), self.inputs.exam.code)

    # ------------------------------------------------------------ people and places as numbers

    @cached_property
    def placed(self) -> pd.DataFrame:
        """One row per row of ``seats.parquet``, everything as an index (-1: no such thing).

        ``person`` indexes ``planned``; ``specialty``, ``point``, ``center`` the tuples of
        ``inputs``; ``sitting``, ``room``, ``cell`` those of ``layout``; ``home`` and ``host`` are
        exam points: the one that seats the candidate's, and the one of the center. ``mask`` is 0
        for text that is no list of subjects; ``sat`` is the mask that counts for seat use (the
        whole sitting when seats are not shared).
        """
        seats, inputs, layout = self.seats, self.inputs, self.layout
        points = [p.exam_point for p in inputs.exam_points]
        frame = pd.DataFrame(index=range(len(seats)))
        frame["person"] = self.person[: len(seats)]
        frame["specialty"] = index_in(seats["specialty"], [s.code for s in inputs.specialties])
        frame["point"] = index_in(seats["exam_point"], points)
        frame["mask"] = masks_of(seats["subjects"])
        frame["sitting"] = index_in(seats["sitting"], [s.id for s in layout.sittings])
        frame["center"] = index_in(seats["center_id"], [c.center_id for c in inputs.centers])
        frame["room"] = self._room_index()
        frame["seat"] = seats["seat"].to_numpy()
        size = np.append(np.diff(layout.first_cell), 0)[frame["room"]]
        start = np.append(layout.first_cell[:-1], 0)[frame["room"]]
        inside = (frame["seat"] >= 1) & (frame["seat"] <= size)
        frame["cell"] = np.where(inside, start + frame["seat"] - 1, -1)
        number = {p: i for i, p in enumerate(points)}
        home = [number[inputs.home_of[p]] for p in points]
        host = [number[c.exam_point] for c in inputs.centers]
        frame["home"] = np.array([*home, -1], np.int64)[frame["point"]]
        frame["host"] = np.array([*host, -1], np.int64)[frame["center"]]
        whole = [sum(1 << (s.subject - 1) for s in t.session) for t in layout.sittings]
        frame["sat"] = frame["mask"]
        if not inputs.policy.seats.share:
            frame["sat"] = np.array([*whole, 0], np.int64)[frame["sitting"]]
        return frame

    def _room_index(self) -> Ints:
        """Index of the (center, room) of each seat row, -1 for rooms that do not exist."""
        centers, rooms = self.seats["center_id"].cat, self.seats["room_id"].cat
        width = max(len(rooms.categories), 1)
        pairs, inverse = np.unique(
            centers.codes.to_numpy(np.int64) * width + rooms.codes.to_numpy(np.int64),
            return_inverse=True,
        )
        known = [
            self.layout.room_number.get(
                (centers.categories[pair // width], rooms.categories[pair % width]), -1
            )
            for pair in pairs.tolist()
        ]
        return np.array([*known, -1], np.int64)[inverse]

    @cached_property
    def sound(self) -> Flags:
        """Rows of ``placed`` about which draws and recounts can speak.

        The person is known, mentioned once, and stands there with the roster's own facts; place
        and sitting exist.
        """
        placed, planned = self.placed, self.planned
        exists = (placed[["person", "specialty", "point", "sitting", "cell"]] >= 0).all(axis=1)
        once = np.append(planned["mentions"].to_numpy() == 1, False)[placed["person"]]
        masked = (placed["mask"] > 0).to_numpy(np.bool_)
        sound: Flags = exists.to_numpy(np.bool_) & once & masked & self.as_in_roster
        return sound

    @cached_property
    def as_in_roster(self) -> Flags:
        """Per row of ``placed``: specialty, subjects and exam point are the roster's."""
        return same_facts(self.seats, self.planned, self.placed["person"].to_numpy())

    @cached_property
    def occupancy(self) -> Occupancy:
        """Taken seats of all rows whose place and sitting exist."""
        placed, layout = self.placed, self.layout
        rows = np.flatnonzero((placed["cell"] >= 0) & (placed["sitting"] >= 0)).astype(np.int64)
        cells = len(layout.present)
        flat = placed["sitting"].to_numpy()[rows] * cells + placed["cell"].to_numpy()[rows]
        slots, slot = np.unique(flat, return_inverse=True)
        number = np.full(len(layout.sittings) * cells, -1, np.int64)
        number[slots] = np.arange(len(slots))
        left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for t in range(len(layout.sittings)):
            one, other = number[t * cells + layout.left], number[t * cells + layout.right]
            both = (one >= 0) & (other >= 0)
            left.append(one[both])
            right.append(other[both])
        return Occupancy(
            rows=rows,
            slot=slot.astype(np.int64),
            sitting=slots // max(cells, 1),
            cell=slots % max(cells, 1),
            left=np.concatenate(left),
            right=np.concatenate(right),
        )

    @cached_property
    def metres(self) -> Ints:
        """Distance of each placed row from its origin, -1 for people without one."""
        placed, planned = self.placed, self.planned
        result = np.full(len(placed), -1, np.int64)
        latitude = pd.to_numeric(planned["latitude"].astype("str"), errors="coerce").to_numpy()
        longitude = pd.to_numeric(planned["longitude"].astype("str"), errors="coerce").to_numpy()
        person, center = placed["person"].to_numpy(), placed["center"].to_numpy()
        known = (person >= 0) & (center >= 0)
        known[known] = ~np.isnan(latitude[person[known]]) & ~np.isnan(longitude[person[known]])
        decimals = self.inputs.policy.travel.decimals
        there = np.array(
            [
                [float(rounded_coordinate(str(x), decimals)) for x in (c.latitude, c.longitude)]
                for c in self.inputs.centers
            ]
        ).reshape(-1, 2)
        at = center[known]
        result[known] = metres(
            latitude[person[known]], longitude[person[known]], there[at, 0], there[at, 1]
        )
        return result

    @cached_property
    def papers(self) -> tuple[Sequence[str], Ints]:
        """Question paper ids, sorted, and the paper of (specialty, subject), shape (n, 4)."""
        ids = sorted({paper for s in self.inputs.specialties for paper in s.papers})
        number = {paper: i for i, paper in enumerate(ids)}
        table = [[number[paper] for paper in s.papers] for s in self.inputs.specialties]
        return ids, np.array(table, np.int64).reshape(-1, 4)

    def sat_papers(self, rows: Ints) -> Ints:
        """Papers that people sit, shape (rows, 4), -1 for subjects they do not sit."""
        placed = self.placed
        specialty, mask = placed["specialty"].to_numpy()[rows], placed["mask"].to_numpy()[rows]
        bits = np.array([1 << (i - 1) for i in SUBJECTS])
        sits = ((mask[:, None] & bits) != 0) & (specialty >= 0)[:, None]
        return np.where(sits, self.papers[1][specialty], -1)

    @cached_property
    def used_slots(self) -> Flags:
        """Is a slot of ``occupancy`` used in a subject? Shape (4, slots)."""
        taken = self.occupancy
        mask = self.placed["mask"].to_numpy()[taken.rows]
        used = np.zeros((len(SUBJECTS), len(taken.cell)), np.bool_)
        for i in range(len(SUBJECTS)):
            used[i, taken.slot[(mask >> i & 1) == 1]] = True
        return used

    # ------------------------------------------------------------ addresses

    def seat_row(self, row: int) -> str:
        """Address of a row of ``seats.parquet``; the row tells who it is, so the id is masked."""
        record = self.seats.iloc[row]
        return (
            f"seats.parquet row {row + 2}: candidate {mask_personal(record['candidate_id'])}, "
            f"{record['sitting']} {record['center_id']}/{record['room_id']}/{record['seat']}"
        )


def index_in(column: pd.Series[str], ids: Sequence[str]) -> Ints:
    """Position in ``ids`` of each cell of a categorical column, -1 where it is not there."""
    number = {one: i for i, one in enumerate(ids)}
    known = [number.get(text, -1) for text in column.cat.categories]
    return np.array([*known, -1], np.int64)[column.cat.codes.to_numpy()]


def masks_of(column: pd.Series[str]) -> Ints:
    """Subject masks of a categorical column; 0 for text that is no ascending list of 1 to 4."""
    masks = []
    for text in column.cat.categories:
        ordered = "".join(str(i) for i in SUBJECTS if str(i) in text)
        masks.append(sum(1 << (int(c) - 1) for c in text) if text and text == ordered else 0)
    return np.array([*masks, 0], np.int64)[column.cat.codes.to_numpy()]


def same_facts(rows: pd.DataFrame, planned: pd.DataFrame, person: Ints) -> Flags:
    """Do specialty, subjects and exam point of ``rows`` equal those of the persons?"""
    same: npt.NDArray[np.bool_] = person >= 0
    for name in ("specialty", "subjects", "exam_point"):
        theirs = index_in(planned[name], list(rows[name].cat.categories))
        same = same & (rows[name].cat.codes.to_numpy() == np.append(theirs, -2)[person])
    return same


def load_evidence(
    plan_dir: Path,
    roster: Path,
    *,
    ignore_columns: Collection[str] = (),
    sheet: str | None = None,
    header_row: int = 1,
    set_aside: Path | None = None,
) -> Evidence:
    """Read a plan directory and its roster.

    Raises:
        Unreadable: with everything that cannot be read as the contract says.
    """
    problems: list[Problem] = []
    plan = inputs = aside = None
    try:
        plan = read_plan_files(plan_dir)
    except Unreadable as unreadable:
        problems += unreadable.problems
    try:
        inputs = read_inputs(plan_dir / "inputs")
    except Unreadable as unreadable:
        problems += unreadable.problems
    decimals = inputs.policy.travel.decimals if inputs is not None else 2
    frame = None
    try:
        frame = read_roster(
            roster,
            sheet=sheet,
            header_row=header_row,
            ignore_columns=ignore_columns,
            decimals=decimals,
        )
        if set_aside is not None:
            aside = read_set_aside(set_aside)
    except Unreadable as unreadable:
        problems += unreadable.problems
    if plan is not None:
        problems += _bad_number_lists(plan)
    if problems or plan is None or inputs is None or frame is None:
        raise Unreadable(problems)
    return Evidence(plan_dir, plan, inputs, frame, aside)


def _bad_number_lists(plan: PlanFiles) -> list[Problem]:
    problems = []
    for row, cell in enumerate(plan.tables["utilisation.csv"]["spare_seats"], start=2):
        try:
            parse_numbers(cell)
        except ValueError as error:
            problems.append(
                Problem(COMPLETE, f"utilisation.csv row {row}", f"spare_seats: {error}")
            )
    return problems
