"""Where the exam is held: exam points (考点), centers (考场), rooms (试室), closures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.base import Code, Frozen, OptionalCode
from models.exam import SEPARATE_ROOM, Mode


class ExamPoint(Frozen):
    """考点: the authority that a candidate registers with."""

    exam_point: Code
    name_zh: str = Field(min_length=1)
    province: Code
    latitude: Decimal = Field(ge=-90, le=90)
    longitude: Decimal = Field(ge=-180, le=180)
    address: str = ""
    phone: str = ""
    website: str = ""
    delegates_to: OptionalCode = ""
    overflow_to: tuple[Code, ...] = ()

    @property
    def home(self) -> str:
        """The exam point whose centers seat this point's candidates."""
        return self.delegates_to or self.exam_point


class Center(Frozen):
    """考场: a site. Seats are usable seats after spare machines."""

    center_id: Code
    name_zh: str = Field(min_length=1)
    exam_point: Code
    address: str = ""
    latitude: Decimal = Field(ge=-90, le=90)
    longitude: Decimal = Field(ge=-180, le=180)
    employer: OptionalCode = ""
    computer_seats: int = Field(ge=0)
    paper_seats: int = Field(ge=0)

    def seats(self, mode: Mode) -> int:
        """Declared usable seats of one mode."""
        return self.computer_seats if mode is Mode.COMPUTER else self.paper_seats


class Numbering(StrEnum):
    """How seat numbers run over the grid; row 1 is the front row."""

    ROW_SNAKE = "row_snake"
    COLUMN_SNAKE = "column_snake"
    ROW = "row"
    COLUMN = "column"


def numbered_grid(
    rows: int, columns: int, numbering: Numbering, missing: tuple[int, ...]
) -> Iterator[tuple[int, int, int]]:
    """``(number, row, column)`` of every present seat, by number; rows and columns from 0."""
    absent = set(missing)
    by_row = numbering in (Numbering.ROW, Numbering.ROW_SNAKE)
    outer, inner = (rows, columns) if by_row else (columns, rows)
    snake = numbering in (Numbering.ROW_SNAKE, Numbering.COLUMN_SNAKE)
    number = 0
    for i in range(outer):
        for j in range(inner - 1, -1, -1) if snake and i % 2 else range(inner):
            number += 1
            if number not in absent:
                yield (number, i, j) if by_row else (number, j, i)


class Use(StrEnum):
    """``reserve`` is an isolation room: counted in no capacity, printed in the plan."""

    EXAM = "exam"
    RESERVE = "reserve"


class RoomFeature(Frozen):
    """A need that the room offers, at all its seats (``seats`` empty) or at some."""

    need: Code
    seats: tuple[int, ...] = ()


class Room(Frozen):
    """试室: a grid of seats, numbered over all rows x columns; missing numbers are not reused."""

    center_id: Code
    room_id: Code
    name_zh: str = Field(min_length=1)
    mode: Mode
    rows: int = Field(ge=1, le=200)
    columns: int = Field(ge=1, le=200)
    numbering: Numbering = Numbering.ROW_SNAKE
    missing: tuple[int, ...] = ()
    spare: int | None = Field(default=None, ge=0)
    use: Use = Use.EXAM
    features: tuple[RoomFeature, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        cells = self.rows * self.columns
        for number in self.missing:
            if not 1 <= number <= cells:
                raise ValueError(f"missing seat {number} is outside 1..{cells}")
        absent = set(self.missing)
        needs = [f.need for f in self.features]
        if len(set(needs)) != len(needs):
            raise ValueError("a need stands twice in features")
        for feature in self.features:
            if feature.need == SEPARATE_ROOM and feature.seats:
                raise ValueError("separate_room is declared for a whole room, not for seats")
            for number in feature.seats:
                if not 1 <= number <= cells or number in absent:
                    raise ValueError(f"feature {feature.need}: there is no seat {number}")
        if self.spare is not None and self.spare > self.present:
            raise ValueError(f"{self.spare} spare machines of {self.present} present")
        return self

    @property
    def present(self) -> int:
        """Seats that exist."""
        return self.rows * self.columns - len(set(self.missing))

    def spare_seats(self, spare_ratio: Decimal) -> int:
        """Machines kept free all day: declared, else the ratio rounded up; none on paper."""
        if self.spare is not None:
            return self.spare
        if self.mode is Mode.PAPER:
            return 0
        return int((spare_ratio * self.present).to_integral_value(ROUND_CEILING))

    def usable(self, spare_ratio: Decimal) -> int:
        """Seats after missing and spare ones; 0 for a reserve room."""
        return 0 if self.use is Use.RESERVE else self.present - self.spare_seats(spare_ratio)

    def grid(self) -> Iterator[tuple[int, int, int]]:
        """``(number, row, column)`` of every present seat, by number; rows and columns from 0."""
        return numbered_grid(self.rows, self.columns, self.numbering, self.missing)

    def features_of(self, number: int) -> frozenset[str]:
        """The needs that this seat offers."""
        return frozenset(f.need for f in self.features if not f.seats or number in f.seats)


class Closure(Frozen):
    """Seats that cannot be used; a blank field means all."""

    exam_point: OptionalCode = ""
    center_id: OptionalCode = ""
    room_id: OptionalCode = ""
    seats: tuple[int, ...] = ()
    mode: Mode | None = None
    sitting: OptionalCode = ""
    subjects: str = ""
    reason: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.exam_point and not self.center_id:
            raise ValueError("a closure names an exam point or a center")
        if self.room_id and not self.center_id:
            raise ValueError("a closed room needs its center")
        if self.seats and not self.room_id:
            raise ValueError("closed seats need their room")
        return self
