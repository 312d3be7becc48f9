"""How many people each center needs in each session, derived from a finished plan.

The ratios are ``[staff]`` of the plan's own policy. Nothing is written into the plan directory.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from models.exam import Mode
from models.policy import Policy, Staff
from models.reference import ReferenceData
from models.tables import STAFF, names
from scheduler.plan import read_manifest, read_table
from scheduler.plan_places import read_reference
from scheduler.terminal import table

SUMMED = (
    "rooms", "candidates", "chiefs", "invigilators", "technicians", "reserve", "total",
)  # fmt: skip


def staff_table(plan_dir: Path) -> pd.DataFrame:
    """Staff needed per center, sitting and session; a row where somebody sits.

    Raises:
        PlanDirectoryError: the folder is not a finished plan.
    """
    policy, reference = read_manifest(plan_dir).policy, read_reference(plan_dir)
    return staff_needed(read_table(plan_dir, "utilisation"), reference, policy)


def staff_needed(
    utilisation: pd.DataFrame, reference: ReferenceData, policy: Policy
) -> pd.DataFrame:
    """Rows by (center_id, sitting, subject) with the columns of ``STAFF``.

    A room in use has at least ``invigilators_per_room`` and one for each
    ``candidates_per_invigilator`` begun. Reserve rooms are not in use: the reserve covers them.
    """
    ratios = policy.staff
    used = utilisation[utilisation["occupied"] > 0]
    mode = used["sitting"].map({s.id: s.mode for s in reference.exam.sittings})
    in_room = np.maximum(
        ratios.invigilators_per_room, -(-used["occupied"] // ratios.candidates_per_invigilator)
    )
    counted = used.assign(
        rooms=1, computer_rooms=(mode == Mode.COMPUTER).astype("int64"),
        candidates=used["occupied"], invigilators=in_room,
    )  # fmt: skip
    keys = ["center_id", "sitting", "subject"]
    columns = ["rooms", "computer_rooms", "candidates", "invigilators"]
    rows = counted.groupby(keys, as_index=False)[columns].sum()
    return _with_times(_with_shared_staff(rows, ratios), reference)


def busiest_moments(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Per center, the moment that needs most staff.

    Sittings of two modes may meet: their rooms add up, the chief and the reserve are shared.

    Args:
        rows: of :func:`staff_needed`.
        policy: with the ratios.

    Returns:
        Rows by ``center_id`` with ``starts`` (the first such moment), ``sessions`` (joined by
        ``;``) and the columns of :data:`SUMMED`.
    """
    moments = []
    for center_id, own in rows.groupby("center_id", sort=True):
        for start in sorted(set(own["starts"])):
            now = own[(own["starts"] <= start) & (own["ends"] > start)]
            sessions = ";".join(
                f"{s}-{n}" for s, n in zip(now["sitting"], now["subject"], strict=True)
            )
            moments.append(
                {"center_id": center_id, "starts": start, "sessions": sessions}
                | now[["rooms", "computer_rooms", "candidates", "invigilators"]].sum().to_dict()
            )
    if not moments:
        return pd.DataFrame(columns=["center_id", "starts", "sessions", *SUMMED])
    needed = _with_shared_staff(pd.DataFrame(moments), policy.staff)
    ordered = needed.sort_values(
        ["center_id", "total", "starts"], ascending=[True, False, True], kind="stable"
    )
    first = ordered.drop_duplicates("center_id", ignore_index=True)
    return first[["center_id", "starts", "sessions", *SUMMED]]


def _with_shared_staff(rows: pd.DataFrame, ratios: Staff) -> pd.DataFrame:
    """Technicians, chiefs, reserve and total beside the rooms and their invigilators."""
    wanted = -(-rows["computer_rooms"] // ratios.computer_rooms_per_technician)
    technicians = np.where(
        rows["computer_rooms"] > 0, np.maximum(wanted, ratios.technicians_per_center), 0
    )
    working = rows["invigilators"] + technicians
    # Exact: the ratio is a decimal, and ceil(0.1 x 30) is 3, in binary floating point 4.
    top, bottom = ratios.reserve_ratio.as_integer_ratio()
    reserve = -(-working * top // bottom)
    return rows.assign(
        chiefs=ratios.chiefs_per_center, technicians=technicians, reserve=reserve,
        total=working + reserve + ratios.chiefs_per_center,
    )  # fmt: skip


def _with_times(rows: pd.DataFrame, reference: ReferenceData) -> pd.DataFrame:
    zone = ZoneInfo(reference.exam.timezone)
    times = {
        (sitting.id, s.subject): tuple(
            t.replace(tzinfo=zone).isoformat(timespec="minutes") for t in (s.start, s.end)
        )
        for sitting in reference.exam.sittings
        for s in sitting.session
    }
    at = [times[key] for key in zip(rows["sitting"], rows["subject"].tolist(), strict=True)]
    centers = rows["center_id"].map({c.center_id: c.name_zh for c in reference.centers})
    table = rows.assign(
        name_zh=centers.astype("str"), starts=[a for a, _ in at], ends=[b for _, b in at]
    )
    integers = {c.name: "int64" for c in STAFF if c.type == "integer"}
    return table[names(STAFF)].astype(integers)


def render_staff(rows: pd.DataFrame, policy: Policy) -> RenderableType:
    """The busiest moment of each center, for a terminal."""
    shown = [
        [r["center_id"], r["starts"][5:16].replace("T", " "), r["sessions"],
         *(int(r[c]) for c in SUMMED)]
        for r in busiest_moments(rows, policy).to_dict("records")
    ]  # fmt: skip
    note = Text(
        f"{len(rows):,} rows by center and session: --csv FILE or --json; ratios: [staff] of the "
        "plan's policy",
        style="dim",
    )
    return Group(table("Staff at the busiest moment", ["center", "from", "sessions", *SUMMED],
                       shown), note)  # fmt: skip
