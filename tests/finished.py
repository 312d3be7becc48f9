"""A small finished plan made by hand: nine candidates placed, one unplaced and explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.plan import (
    Edit,
    Libraries,
    Manifest,
    PapersInUse,
    Repair,
    RepairKind,
    RosterIdentity,
    Shortage,
    Totals,
    goal_result,
)
from models.policy import Policy
from models.reference import ReferenceData
from models.tables import NEIGHBOURS, SEATS, UNPLACED, names
from scheduler.accounts import derived_tables
from scheduler.places import Places
from scheduler.plan import PlanContent
from scheduler.tickets import number_tickets
from tests.builders import small_reference, write_data_folder

POLICY_TEXT = """# decisions of the planner
[dates]
max_sittings = 4

[seats]
share = true  # two candidates may use one seat
"""

# candidate, specialty, subjects, exam point, sitting, center, room, seat
PLACED = (
    ("A1", "101", "1234", "2301", "C1", "230101", "R1", 1),
    ("A2", "101", "12", "2301", "C1", "230101", "R2", 1),
    ("A3", "303", "34", "2301", "C1", "230101", "R2", 1),
    ("A4", "368", "1234", "2301", "C1", "230101", "R2", 2),
    ("A5", "368", "1234", "2301", "C2", "230101", "R2", 2),
    ("A6", "368", "4", "2302", "C2", "230201", "R1", 1),
    ("A7", "203", "1234", "2302", "P1", "230201", "R2", 1),
    ("A8", "203", "13", "2302", "P1", "230201", "R2", 3),
    ("A9", "203", "24", "2302", "P1", "230201", "R2", 3),
)


def placed_frame(rows: tuple[tuple[object, ...], ...] = PLACED) -> pd.DataFrame:
    """Placed candidates in the row order of ``seats.parquet``, as the allocation hands them on."""
    columns = [
        "candidate_id", "specialty", "subjects", "exam_point", "sitting", "center_id", "room_id",
        "seat",
    ]  # fmt: skip
    frame = pd.DataFrame(list(rows), columns=columns).astype(
        {c: "str" for c in columns if c != "seat"}
    )
    blank = dict.fromkeys(["needs", "employer", "latitude", "longitude", "form"], "")
    frame = frame.assign(**blank).astype(dict.fromkeys(blank, "str"))
    return frame.sort_values(
        ["center_id", "sitting", "room_id", "seat", "subjects"], ignore_index=True
    )


def shortage() -> Shortage:
    """One paper seat short at 2302, with a repair of each kind of edit."""
    return Shortage(
        shortage_id="S1",
        exam_point="2302",
        mode="paper",
        sitting="P1",
        need="",
        subjects=("12", "13", "23"),
        demand=3,
        seats=2,
        short=1,
        reason="seats",
        repairs=(
            Repair(
                rank=1,
                kind=RepairKind.ADD_SEATS,
                text_zh="试室R2增加一行",
                text_en="one more row in room R2",
                seats=6,
                edits=(
                    Edit(
                        file="rooms.csv",
                        where={"center_id": "230201", "room_id": "R2"},
                        set={"rows": "6"},
                    ),
                    Edit(
                        file="centers.csv", where={"center_id": "230201"}, set={"paper_seats": "36"}
                    ),
                ),
            ),
            Repair(
                rank=2,
                kind=RepairKind.ALLOW_SITTING,
                text_zh="368 可用三天",
                text_en="368 may use three dates",
                seats=0,
                edits=(
                    Edit(
                        file="policy.toml",
                        set={"dates.group.368.max_sittings": "3", "seats.share": "false"},
                    ),
                    Edit(file="closures.csv", append={"center_id": "230201", "reason": "test"}),
                ),
            ),
        ),
    )


def plan_content(folder: Path, *, reference: ReferenceData | None = None) -> PlanContent:
    """The content of the plan; the data folder is written to ``folder`` on the way."""
    reference = reference or small_reference()
    places = Places(reference)
    policy = Policy()
    data = write_data_folder(folder, reference, files={"policy.toml": POLICY_TEXT})
    inputs = {path.name: path.read_bytes() for path in sorted(data.iterdir())}
    inputs.setdefault(
        "closures.csv", b"exam_point,center_id,room_id,seats,mode,sitting,subjects,reason\n"
    )
    placed = placed_frame()
    seats = placed.assign(
        seat=placed["seat"].astype(np.int32),
        ticket_number=number_tickets(placed, policy.ticket, reference.exam.year),
    )[names(SEATS)]
    unplaced = pd.DataFrame(
        [("B1", "203", "1234", "2302", "no_seat", "S1")], columns=names(UNPLACED), dtype="str"
    )
    rooms = placed[["center_id", "room_id", "sitting"]].drop_duplicates()
    neighbours = rooms.assign(
        pairs=1, bound=1, same_form_pairs=1, same_employer_pairs=0, deal=0
    ).sort_values(["center_id", "room_id", "sitting"], ignore_index=True)[names(NEIGHBOURS)]
    tables = derived_tables(placed, places, policy.travel.decimals)
    manifest = Manifest(
        exam_code=reference.exam.code,
        plan_version=1,
        roster=RosterIdentity(digest="0" * 64, rows=10),
        seed=policy.draw.seed,
        policy=policy,
        goals=(
            goal_result(1, "candidates", 1, 1),
            goal_result(2, "candidates", 0, 0),
            goal_result(3, "pairs", 5, 5),
            goal_result(4, "seats", 4, 3),
            goal_result(5, "metres", 0, 0),
            goal_result(6, "pairs", 6, 6),
        ),
        papers_in_use=PapersInUse(optimum=5, used=5, bound=5, extra_pairs_allowed=3),
        totals=Totals(**{"in": 11}, placed=9, unplaced=1, set_aside=1),
        libraries=Libraries(paikao="0", ortools="0", pyarrow="0"),
        reproducible=True,
    )
    return PlanContent(
        manifest=manifest,
        shortages=(shortage(),),
        tables={"seats": seats, "unplaced": unplaced, "neighbours": neighbours, **tables},
        inputs=inputs,
        run=lambda: {"command_line": ["paikao", "plan"], "seconds": {"dates": 1.5, "seats": 0.25}},
    )
