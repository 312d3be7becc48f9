"""Counts what stands in the database against what the plan says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from scheduler.store.errors import PublishRefused
from scheduler.store.tables import OCCUPANCY, PLACEMENT


class CenterSession(NamedTuple):
    """One subject of one sitting at one center."""

    center_id: str
    sitting: str
    subject: int


class Expected(NamedTuple):
    """What ``manifest.json`` and ``utilisation.csv`` say.

    Attributes:
        placed, unplaced: totals of the manifest.
        occupied: candidates per center and session; sums of ``occupied``.
    """

    placed: int
    unplaced: int
    occupied: Mapping[CenterSession, int]


def check_counts(connection: Connection, version_id: int, expected: Expected) -> None:
    """Refuse a version whose rows are not as many as the plan says.

    Compares the placed and the unplaced, the candidates of every session at every center, and
    that each placed candidate holds one seat per subject.

    Raises:
        PublishRefused: a number differs.
    """
    table = PLACEMENT.c
    is_placed = table.sitting != ""
    people, placed, places = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((is_placed, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_placed, func.length(table.subjects)), else_=0)), 0),
        ).where(table.version_id == version_id)
    ).one()
    _require("placed candidates", placed, expected.placed)
    _require("unplaced candidates", people - placed, expected.unplaced)
    key = (OCCUPANCY.c.center_id, OCCUPANCY.c.sitting, OCCUPANCY.c.subject)
    found = {
        CenterSession(*row[:3]): int(row[3])
        for row in connection.execute(
            select(*key, func.count()).where(OCCUPANCY.c.version_id == version_id).group_by(*key)
        )
    }
    _require("occupied seats", sum(found.values()), places)
    for one in sorted(found.keys() | expected.occupied.keys()):
        where = f"candidates of {one.sitting}-{one.subject} at center {one.center_id}"
        _require(where, found.get(one, 0), expected.occupied.get(one, 0))


def _require(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise PublishRefused(f"{what}: {found} in the database, {expected} in the plan")
