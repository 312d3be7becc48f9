"""What a finished plan says of its places: the copies in ``inputs/``, and who sits in one room.

Neither the roster nor a data folder is needed, and no name is known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import PlanDirectoryError
from models.exam import Session, Sitting
from models.places import Room, Use
from models.reference import ReferenceData
from models.tables import SEATS, UNPLACED, Column, names
from models.text import mask_to_subjects, subjects_to_mask
from scheduler.places import Places
from scheduler.plan import INPUTS
from scheduler.roster.reference import load_reference


class State(StrEnum):
    """What a place is to a session; only a taken one has a candidate."""

    TAKEN = "taken"
    FREE = "free"
    SPARE = "spare"
    CLOSED = "closed"
    MISSING = "missing"
    RESERVE = "reserve"


def read_reference(plan_dir: Path) -> ReferenceData:
    """The reference data that a plan was made from.

    Raises:
        PlanDirectoryError: ``inputs/`` is missing or was changed.
    """
    reference, found = load_reference(plan_dir / INPUTS)
    if reference is None:
        what = ", ".join(sorted({f"{f.file} {f.code}" for f in found}))
        raise PlanDirectoryError(f"{plan_dir}: inputs/ cannot be read ({what})")
    return reference


def seats_where(plan_dir: Path, **equal: str) -> pd.DataFrame:
    """Rows of ``seats.parquet`` whose text columns equal the values, in file order.

    Only these rows become Python objects, so one seat of a large plan is found at once.
    """
    return _rows_where(plan_dir, "seats.parquet", SEATS, equal)


def unplaced_where(plan_dir: Path, **equal: str) -> pd.DataFrame:
    """Rows of ``unplaced.parquet`` whose text columns equal the values, in file order."""
    return _rows_where(plan_dir, "unplaced.parquet", UNPLACED, equal)


def _rows_where(
    plan_dir: Path, file: str, columns: Sequence[Column], equal: Mapping[str, str]
) -> pd.DataFrame:
    wanted = [(column, "==", value) for column, value in sorted(equal.items())]
    try:
        data = io.BytesIO((plan_dir / file).read_bytes())
        table = pq.read_table(data, columns=names(tuple(columns)), filters=wanted)
        integers = {c.name: "int64" for c in columns if c.type == "integer"}
        frame: pd.DataFrame = table.to_pandas()
        return frame.astype(integers)
    except OSError as error:
        raise PlanDirectoryError(f"{plan_dir} is not a finished plan: no {file}") from error
    except (ValueError, KeyError, pa.ArrowException) as error:
        raise PlanDirectoryError(f"{plan_dir}: {file} is damaged ({error})") from error


@dataclass(frozen=True)
class Occupant:
    """One person on one seat in one sitting, as the plan names people."""

    candidate_id: str
    ticket_number: str
    specialty: str
    subjects: str
    form: str

    @property
    def mask(self) -> int:
        """Bit mask of the subjects sat."""
        return subjects_to_mask(self.subjects)


@dataclass(frozen=True)
class Cell:
    """One cell of a room's grid in one sitting; rows and columns from 0, row 0 in front.

    Attributes:
        number: of the seat; cells without one are missing seats and have a number too.
        open_subjects: mask of the sitting's subjects that the seat is open for.
        features: needs that the seat offers, sorted.
        occupants: by their first subject.
    """

    number: int
    row: int
    column: int
    missing: bool
    spare: bool
    open_subjects: int
    features: tuple[str, ...]
    occupants: tuple[Occupant, ...] = ()

    def at(self, subject: int) -> Occupant | None:
        """Who sits here in a subject."""
        bit = 1 << (subject - 1)
        return next((one for one in self.occupants if one.mask & bit), None)


@dataclass(frozen=True)
class RoomView:
    """One room in one sitting, every cell of the grid by number."""

    room: Room
    sitting: Sitting
    cells: tuple[Cell, ...]

    def state(self, cell: Cell, subject: int) -> State:
        """What the cell is in a subject of the sitting."""
        if cell.missing:
            return State.MISSING
        if cell.at(subject) is not None:
            return State.TAKEN
        if self.room.use is Use.RESERVE:
            return State.RESERVE
        if cell.spare:
            return State.SPARE
        return State.FREE if cell.open_subjects >> (subject - 1) & 1 else State.CLOSED

    def closed_subjects(self, cell: Cell) -> str:
        """Subjects of the sitting in which a closure takes the seat; blank for spare ones."""
        if cell.missing or cell.spare or self.room.use is Use.RESERVE:
            return ""
        return mask_to_subjects(self.sitting.mask & ~cell.open_subjects)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sitting's sessions in order of time."""
        return tuple(sorted(self.sitting.session, key=lambda s: s.start))


def view_room(
    places: Places, center_id: str, room_id: str, sitting: Sitting, seats: pd.DataFrame
) -> RoomView:
    """One room as it is in a sitting of its mode.

    Args:
        places: of the plan's own reference data.
        center_id: of the room.
        room_id: of the room.
        sitting: of the room's mode.
        seats: rows of ``seats.parquet``; others than this room's and sitting's are left out.

    Raises:
        KeyError: there is no such room.
    """
    layout = places.layouts[center_id, room_id]
    room = layout.room
    here = seats[
        (seats["center_id"] == center_id)
        & (seats["room_id"] == room_id)
        & (seats["sitting"] == sitting.id)
    ]
    people: dict[int, list[Occupant]] = {}
    columns = ["candidate_id", "ticket_number", "specialty", "subjects", "form"]
    for number, rest in zip(
        here["seat"].tolist(), here[columns].itertuples(index=False, name=None), strict=True
    ):
        people.setdefault(int(number), []).append(Occupant(*rest))
    present = dict(
        zip(
            layout.numbers.tolist(),
            zip(layout.spare.tolist(), places.open_subjects(layout, sitting).tolist(), strict=True),
            strict=True,
        )
    )
    cells = []
    for number, row, column in room.model_copy(update={"missing": ()}).grid():
        spare, open_subjects = present.get(number, (False, 0))
        cells.append(
            Cell(
                number=number,
                row=row,
                column=column,
                missing=number not in present,
                spare=spare,
                open_subjects=open_subjects,
                features=tuple(sorted(room.features_of(number))) if number in present else (),
                occupants=tuple(sorted(people.get(number, []), key=lambda o: o.subjects)),
            )
        )
    return RoomView(room, sitting, tuple(sorted(cells, key=lambda c: c.number)))
