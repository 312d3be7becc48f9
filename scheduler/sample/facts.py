"""The part of the sample that is copied, not made: the facts in the reference data folder."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from models.exam import Mode

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


@dataclass(frozen=True)
class Facts:
    """What the generator needs to know of the reference data.

    Attributes:
        points: the exam points, by id.
        specialties: the code of each specialty, ascending, with its mode.
        sittings: the ids of the sittings of each mode, ascending.
        spare_ratio: share of the machines of a computer room that stays free.
    """

    points: tuple[Point, ...]
    specialties: Mapping[str, Mode]
    sittings: Mapping[Mode, tuple[str, ...]]
    spare_ratio: Decimal


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
            _millionths(row["latitude"]),
            _millionths(row["longitude"]),
        )
        for row in _rows(folder / "exam_points.csv")
    )
    specialties = {row["code"]: Mode(row["mode"]) for row in _rows(folder / "specialties.csv")}
    return Facts(
        points=tuple(sorted(points, key=lambda p: p.exam_point)),
        specialties=dict(sorted(specialties.items())),
        sittings=sittings,
        spare_ratio=Decimal(exam["exam"]["spare_ratio"]),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _millionths(degrees: str) -> int:
    return int(Decimal(degrees) * 1_000_000)
