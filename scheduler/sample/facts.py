"""The part of the sample that is copied, not made: the facts in the reference data folder."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from models.exam import Mode
from scheduler.sample import assumptions as assume

COPIED_FILES = (
    "README.md", "exam.toml", "exam_points.csv", "specialties.csv", "registration.toml",
    "code_map.csv",
)  # fmt: skip
"""Files of ``data/`` that are the same in every sample."""


@dataclass(frozen=True)
class Point:
    """An exam point; coordinates in millionths of a degree, so that arithmetic stays exact."""

    exam_point: str
    name_zh: str
    latitude: int
    longitude: int

    @property
    def province(self) -> str:
        """The first two digits of the exam point."""
        return self.exam_point[:2]


@dataclass(frozen=True)
class Facts:
    """What the generator needs to know of the reference data.

    A province has its ``larger_points`` largest exam points, where needs and reserve rooms occur,
    and one largest, whose last center is hosted by an employer.

    Attributes:
        points: the exam points, by id.
        specialties: the code of each specialty, ascending, with its mode.
        sittings: the ids of the sittings of each mode, ascending.
        spare_ratio: share of the machines of a computer room that stays free.
        regions: county-level region codes of each exam point, for identity numbers.
        larger_points: at so many exam points of each province needs occur.
        grids: rows and columns of usual computer rooms.
        computer_rooms: computer rooms of a center, at most.
        paper_rooms: paper rooms of a center, at most.
    """

    points: tuple[Point, ...]
    specialties: Mapping[str, Mode]
    sittings: Mapping[Mode, tuple[str, ...]]
    spare_ratio: Decimal
    regions: Mapping[str, tuple[int, ...]]
    larger_points: int = assume.LARGER_POINTS
    grids: tuple[tuple[int, int], ...] = assume.COMPUTER_GRIDS
    computer_rooms: int = assume.COMPUTER_ROOMS_PER_CENTER
    paper_rooms: int = assume.PAPER_ROOMS_PER_CENTER


REGIONS: Final = {
    "2301": (230102, 230103, 230104), "2302": (230202, 230203), "2303": (230302, 230303),
    "2304": (230402, 230403), "2305": (230502, 230503), "2306": (230602, 230603),
    "2307": (230702, 230703), "2308": (230803, 230804), "2309": (230902, 230903),
    "2310": (231002, 231003), "2311": (231102, 231121), "2312": (231202, 231221),
    "2327": (232721, 232722),
}  # fmt: skip
"""County-level region codes of Heilongjiang (GB/T 2260), a few of each prefecture."""


def read_facts(folder: Path) -> Facts:
    """Read the facts from a reference data folder that is known to be sound."""
    exam = tomllib.loads((folder / "exam.toml").read_text("utf-8"), parse_float=Decimal)
    sittings = {
        mode: tuple(sorted(s["id"] for s in exam["sitting"] if s["mode"] == mode)) for mode in Mode
    }
    points = tuple(
        Point(
            row["exam_point"],
            row["name_zh"],
            millionths(row["latitude"]),
            millionths(row["longitude"]),
        )
        for row in read_rows(folder / "exam_points.csv")
    )
    specialties = {row["code"]: Mode(row["mode"]) for row in read_rows(folder / "specialties.csv")}
    return Facts(
        points=tuple(sorted(points, key=lambda p: p.exam_point)),
        specialties=dict(sorted(specialties.items())),
        sittings=sittings,
        spare_ratio=Decimal(exam["exam"]["spare_ratio"]),
        regions=REGIONS | {assume.PROVINCIAL_POINT: REGIONS["2301"]},
    )


def read_rows(path: Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def millionths(degrees: str) -> int:
    """Degrees as a whole number of millionths."""
    return int(Decimal(degrees) * 1_000_000)
