"""The rooms of ``docs/pictures``: three crowds kept as CSV, which paikao seats and draws.

``python -m tests.scheduler.documents.room_cases`` draws the pictures again. The exam and the
specialties are those of the example province; center, rooms and people are made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from models.places import Closure, Numbering, Room
from models.policy import Policy
from models.reference import ReferenceData
from scheduler.documents.room_legend import legend_of
from scheduler.documents.room_plan import RoomPlan, draw_room
from scheduler.places import Places
from scheduler.plan_places import view_room
from scheduler.roster.reference import load_reference
from tests.builders import center, exam_point, room
from tests.seating import CenterSeating, seat_center

ROOT = Path(__file__).parents[3]
PICTURES = ROOT / "docs" / "pictures"
CROWDS = Path(__file__).parent / "rooms"
CENTER = "2301-01"


@dataclass(frozen=True)
class RoomCase:
    """One room in one sitting."""

    room: Room
    sitting: str
    closures: tuple[Closure, ...] = ()


CASES: Mapping[str, RoomCase] = {
    "full_grid": RoomCase(
        room(CENTER, "J02", 10, 10, name_zh="第2机房"),
        "C2",
        (Closure(center_id=CENTER, room_id="J02", seats=tuple(range(93, 101)), sitting="C2",
                 subjects="34", reason="下午停电检修"),),
    ),
    "missing_cells": RoomCase(
        room(
            CENTER, "J03", 7, 9, name_zh="第3机房", numbering=Numbering.COLUMN_SNAKE,
            missing=(7, 8, 14, 25, 26, 31, 32, 57, 63),
            features={"accessible": (1, 2, 3), "extra_time": (1, 2, 3, 4, 5)},
            note="一层，有坡道；25、26、31、32 处为立柱",
        ),
        "C1",
    ),
    "one_paper_above_half": RoomCase(
        room(CENTER, "J04", 6, 8, name_zh="第4机房", features=("extra_time",)), "C3"
    ),
}  # fmt: skip


def reference_of(case: RoomCase) -> ReferenceData:
    """The example's exam and specialties with one center of one room."""
    example, _ = load_reference(ROOT / "data")
    assert example is not None
    home = center(
        CENTER, "2301", name_zh="哈尔滨市示例第1考场",
        computer_seats=case.room.usable(example.exam.spare_ratio),
    )  # fmt: skip
    exam = example.exam.model_copy(update={"provinces": ()})
    return example.model_copy(
        update={
            "exam": exam, "exam_points": (exam_point("2301"),), "centers": (home,),
            "rooms": (case.room,), "closures": case.closures,
        }
    )  # fmt: skip


def crowd(name: str) -> pd.DataFrame:
    """The people of a room, none with an employer."""
    frame = pd.read_csv(CROWDS / f"{name}.csv", dtype="str", keep_default_na=False)
    return frame.assign(exam_point="2301", employer="")


@cache
def seating(name: str) -> tuple[Places, CenterSeating]:
    """The crowd of a case on its seats."""
    case = CASES[name]
    places = Places(reference_of(case))
    sitting = places.reference.exam.sitting(case.sitting)
    return places, seat_center(places, Policy(), CENTER, sitting, crowd(name))


@cache
def room_plan(name: str) -> RoomPlan:
    """What the picture of a case shows; the root hash is made up, for there is no plan."""
    case = CASES[name]
    places, seated = seating(name)
    reference = places.reference
    sitting = reference.exam.sitting(case.sitting)
    rows = crowd(name).merge(seated.seats, on="candidate_id")
    rows = rows.assign(sitting=case.sitting, center_id=CENTER)
    view = view_room(places, CENTER, case.room.room_id, sitting, rows)
    (figures,) = seated.rooms.to_dict("records")
    return RoomPlan(
        exam=reference.exam,
        center=reference.center_by_id[CENTER],
        view=view,
        legend=legend_of(view, reference),
        plan_version=1,
        root_hash=hashlib.sha256(name.encode()).hexdigest(),
        pairs=int(figures["pairs"]),
        pairs_bound=int(figures["bound"]),
    )


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for each in CASES:
        (PICTURES / f"{each}.svg").write_bytes(draw_room(room_plan(each)))
