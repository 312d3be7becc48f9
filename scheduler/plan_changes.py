"""Compares two versions of a plan, center by center."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import UsageError
from scheduler.documents.change_sheet import CenterChanges, Change, ChangeKind, Spot
from scheduler.plan import read_manifest, read_table

_PLACE = ("center_id", "sitting", "room_id", "seat")
_DATA = ("specialty", "subjects", "ticket_number")
Names = Callable[[Sequence[str]], list[str]]


def require_earlier(old: Path, new: Path) -> int:
    """The version number of ``old``, if it is an earlier version of the plan ``new``.

    Raises:
        UsageError: another exam's plan, or not an earlier version.
        PlanDirectoryError: one of them is not a finished plan.
    """
    before, now = read_manifest(old), read_manifest(new)
    if before.exam_code != now.exam_code or before.plan_version >= now.plan_version:
        raise UsageError(
            f"{old} is version {before.plan_version} of {before.exam_code}, no earlier version of "
            f"{new}, which is version {now.plan_version} of {now.exam_code}"
        )
    return before.plan_version


def center_changes(
    old: Path, new: Path, centers: Sequence[str], names: Names
) -> Iterator[CenterChanges]:
    """The changes of these centers, in their order.

    Args:
        old: an earlier version.
        new: the later one.
        centers: ids.
        names: tells the names of candidates.
    """
    columns = ["candidate_id", *_PLACE, *_DATA]
    both = read_table(old, "seats")[columns].merge(
        read_table(new, "seats")[columns], on="candidate_id", how="outer", suffixes=("_old", "_new")
    )
    for column in (*_PLACE, *_DATA):
        if column != "seat":
            for side in ("_old", "_new"):
                both[column + side] = both[column + side].fillna("")
    for center_id in centers:
        here = both[(both["center_id_old"] == center_id) | (both["center_id_new"] == center_id)]
        differs = pd.Series(False, index=here.index)
        for column in (*_PLACE, *_DATA):
            differs |= ~(here[f"{column}_old"] == here[f"{column}_new"])
        rows = here[differs]
        listed = names(rows["candidate_id"].tolist())
        changes = [
            _change(center_id, row, name)
            for row, name in zip(rows.to_dict("records"), listed, strict=True)
        ]
        changes.sort(key=lambda c: (c.ticket_number, c.name))
        yield CenterChanges(center_id, tuple(changes), len(here) - len(rows))


def _change(center_id: str, row: dict[Any, Any], name: str) -> Change:
    before, now = _spot(center_id, row, "_old"), _spot(center_id, row, "_new")
    if before is None:
        kind = ChangeKind.COMES
    elif now is None:
        kind = ChangeKind.LEAVES
    elif (before.sitting, before.room_id, before.seat) != (now.sitting, now.room_id, now.seat):
        kind = ChangeKind.MOVES
    else:
        kind = ChangeKind.DATA
    elsewhere = row["center_id_old"] != "" and row["center_id_new"] != ""
    ticket = row["ticket_number_new"] or row["ticket_number_old"]
    return Change(kind, ticket, name, before, now, elsewhere)


def _spot(center_id: str, row: dict[Any, Any], side: str) -> Spot | None:
    if row["center_id" + side] != center_id:
        return None
    return Spot(
        row["sitting" + side], row["room_id" + side], int(row["seat" + side]),
        row["specialty" + side], row["subjects" + side],
    )  # fmt: skip
