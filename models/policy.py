"""The planner's decisions (``policy.toml``); every key has a default."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.base import Code, Frozen, Ratio

EXAMPLE_SEED = hashlib.sha256(b"paikao example").hexdigest()


class Unplaced(StrEnum):
    """Who is left out when seats do not suffice."""

    FEWEST = "fewest"
    PROPORTIONAL = "proportional"


class Neighbours(StrEnum):
    """Which cells count as adjacent."""

    SIDE_FRONT = "side_front"


class Fill(StrEnum):
    """How the rooms of a center are filled."""

    FEWEST_ROOMS = "fewest_rooms"
    EVEN = "even"


class OwnEmployer(StrEnum):
    """May a candidate sit in a center hosted by the own employer?"""

    FORBID = "forbid"
    ALLOW = "allow"


class Effort(StrEnum):
    """How much deterministic solver time a run may use."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


class Draw(Frozen):
    """The public seed of the draw."""

    seed: str = Field(default=EXAMPLE_SEED, pattern=r"^[0-9a-f]{32,128}$")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.seed) % 2:
            raise ValueError("the seed is whole bytes: an even number of hex digits")
        return self


class GroupDates(Frozen):
    """Decisions about one paper group; ``fixed`` are exactly the sittings it uses."""

    max_sittings: int | None = Field(default=None, ge=1)
    fixed: tuple[Code, ...] = ()
    forbidden: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if set(self.fixed) & set(self.forbidden):
            raise ValueError("a sitting is fixed and forbidden")
        if self.fixed and self.max_sittings is not None and len(self.fixed) > self.max_sittings:
            raise ValueError("more sittings are fixed than max_sittings allows")
        return self


class Dates(Frozen):
    """How paper groups may use sittings."""

    max_sittings: int = Field(default=4, ge=1)
    group: dict[Code, GroupDates] = Field(default_factory=dict)
    from_: str = Field(default="", alias="from")
    extra_pairs: int = Field(default=3, ge=0)

    model_config = ConfigDict(populate_by_name=True)


class Places(Frozen):
    """Who is left out."""

    unplaced: Unplaced = Unplaced.FEWEST


class Travel(Frozen):
    """Precision of origins, decimals of a degree."""

    decimals: int = Field(default=2, ge=0, le=6)


class Seats(Frozen):
    """Rooms and seats."""

    share: bool = True
    neighbours: Neighbours = Neighbours.SIDE_FRONT
    fill: Fill = Fill.FEWEST_ROOMS


class Rules(Frozen):
    """Hard rules that may be switched."""

    own_employer: OwnEmployer = OwnEmployer.FORBID


class Goals(Frozen):
    """The order of the goals (docs/model.md, section 4); the order is data."""

    order: tuple[int, ...] = (1, 2, 3, 4, 5, 6)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sorted(self.order) != [1, 2, 3, 4, 5, 6]:
            raise ValueError("order names each of the goals 1 to 6 once")
        if self.order[0] != 1:
            raise ValueError("goal 1 stays first: nobody loses a place for another goal")
        if self.order[4:] != (5, 6):
            raise ValueError("goals 5 and 6 stay last: they are decided after the dates")
        return self


class Ticket(Frozen):
    """Ticket numbers: prefix, serial, check digit."""

    prefix: str = Field(
        default="{year}{exam_point}", pattern=r"^(?:[0-9]|\{year\}|\{exam_point\})*$"
    )
    digits: int = Field(default=6, ge=4, le=9)
    check_digit: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        if "{exam_point}" not in self.prefix:
            raise ValueError("prefix holds {exam_point}: serials start anew at every exam point")
        return self


class Rooms(Frozen):
    """What is usual of rooms; ``check`` warns of others.

    Defaults: a computer room has 40 to 100 machines and 10 % more that stay free
    (机考机构认定标准, the standard for computer exam sites); a paper room seats 30.
    """

    machines: tuple[int, int] = (40, 100)
    spare_ratio: Ratio = Field(default=Decimal("0.10"), ge=0, lt=1)
    paper_seats: int = Field(default=30, ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.machines
        if not 1 <= low <= high:
            raise ValueError("machines are the smallest and the largest usual number")
        return self


class Staff(Frozen):
    """How many people a center needs in a session (``paikao report --staff``).

    Two technicians per center and one per computer room follow the standard for computer exam
    sites (机考机构认定标准); the other ratios are conventions, for the planner to set.
    """

    chiefs_per_center: int = Field(default=1, ge=0)
    invigilators_per_room: int = Field(default=2, ge=1)
    candidates_per_invigilator: int = Field(default=40, ge=1)
    computer_rooms_per_technician: int = Field(default=1, ge=1)
    technicians_per_center: int = Field(default=2, ge=0)
    reserve_ratio: Ratio = Field(default=Decimal("0.10"), ge=0, le=1)


class EffortLevel(Frozen):
    """Search effort."""

    level: Effort = Effort.STANDARD


class Policy(Frozen):
    """All decisions of the planner."""

    draw: Draw = Draw()
    dates: Dates = Dates()
    places: Places = Places()
    travel: Travel = Travel()
    seats: Seats = Seats()
    rooms: Rooms = Rooms()
    staff: Staff = Staff()
    rules: Rules = Rules()
    goals: Goals = Goals()
    ticket: Ticket = Ticket()
    effort: EffortLevel = EffortLevel()
