"""Staff per center and session, each figure worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from models.policy import Policy, Staff
from models.tables import STAFF, UTILISATION, names
from scheduler.plan import csv_bytes, write_plan
from scheduler.staff import busiest_moments, staff_needed, staff_table
from tests.builders import small_reference
from tests.finished import plan_content

REFERENCE = small_reference()


def used(*rows: tuple[str, str, str, int, int]) -> pd.DataFrame:
    """Rows of ``utilisation.csv``: center, room, sitting, subject, occupied."""
    full = [(c, r, s, subject, 90, "", n, 0) for c, r, s, subject, n in rows]
    return pd.DataFrame(full, columns=names(UTILISATION))


def figures(table: pd.DataFrame) -> list[tuple[object, ...]]:
    columns = ["rooms", "computer_rooms", "candidates", "chiefs", "invigilators", "technicians",
               "reserve", "total"]  # fmt: skip
    return list(table[columns].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("occupied", "invigilators"), [(1, 2), (40, 2), (80, 2), (81, 3), (90, 3), (120, 3), (121, 4)]
)
def test_a_room_has_at_least_two_and_one_per_forty(occupied: int, invigilators: int) -> None:
    table = staff_needed(used(("230101", "R1", "C1", 1, occupied)), REFERENCE, Policy())
    # Two technicians per center; a tenth of the five to eight people in reserve is one.
    assert figures(table) == [
        (1, 1, occupied, 1, invigilators, 2, 1, invigilators + 4),
    ]  # fmt: skip


def test_rooms_of_a_session_add_up_and_empty_ones_need_nobody() -> None:
    rows = used(
        ("230101", "R1", "C1", 1, 90), ("230101", "R2", "C1", 1, 45), ("230101", "R3", "C1", 1, 3),
        ("230101", "R1", "C1", 2, 0), ("230101", "R2", "C1", 2, 10),
    )  # fmt: skip
    table = staff_needed(rows, REFERENCE, Policy())
    assert table["subject"].tolist() == [1, 2]
    # 3 + 2 + 2 invigilators and 3 technicians: ten, so one in reserve.
    assert figures(table)[0] == (3, 3, 138, 1, 7, 3, 1, 12)
    assert figures(table)[1] == (1, 1, 10, 1, 2, 2, 1, 6)


def test_paper_needs_no_technician() -> None:
    table = staff_needed(used(("230201", "R2", "P1", 4, 30)), REFERENCE, Policy())
    assert figures(table) == [(1, 0, 30, 1, 2, 0, 1, 4)]
    assert table[["name_zh", "starts", "ends"]].iloc[0].tolist() == [
        "考场230201", "2022-04-10T14:00+08:00", "2022-04-10T16:00+08:00",
    ]  # fmt: skip


def test_every_ratio_is_the_policys() -> None:
    ratios = Staff.model_validate(
        {
            "chiefs_per_center": 2, "invigilators_per_room": 1, "candidates_per_invigilator": 25,
            "computer_rooms_per_technician": 2, "technicians_per_center": 0, "reserve_ratio": "0.5",
        }
    )  # fmt: skip
    rows = used(*(("230101", f"R{i}", "C1", 1, n) for i, n in ((1, 10), (2, 26), (3, 75))))
    # 1 + 2 + 3 invigilators, ceil(3 / 2) technicians, half of the eight in reserve.
    table = staff_needed(rows, REFERENCE, Policy(staff=ratios))
    assert figures(table) == [(3, 3, 111, 2, 6, 2, 4, 14)]


def test_the_reserve_is_counted_exactly() -> None:
    # 28 + 2: ceil(0.1 x 30) is 3; in binary floating point 30 x 0.1 is above 3.
    ratios = Staff.model_validate({"candidates_per_invigilator": 1, "reserve_ratio": "0.1"})
    table = staff_needed(used(("230101", "R1", "C1", 1, 28)), REFERENCE, Policy(staff=ratios))
    assert figures(table) == [(1, 1, 28, 1, 28, 2, 3, 34)]


def test_the_busiest_moment_adds_sittings_that_meet_and_shares_the_chief() -> None:
    # C1-1 is 08:30-10:00, P1-1 is 09:00-11:00, C1-2 begins at 10:45 within P1-1.
    rows = staff_needed(
        used(
            ("230102", "R1", "C1", 1, 90), ("230102", "R1", "C1", 2, 40),
            ("230102", "R2", "P1", 1, 30), ("230201", "R2", "P1", 1, 9),
        ),
        REFERENCE,
        Policy(),
    )  # fmt: skip
    busiest = busiest_moments(rows, Policy())
    assert busiest[["center_id", "starts", "sessions"]].values.tolist() == [
        ["230102", "2022-04-09T09:00+08:00", "C1-1;P1-1"],
        ["230201", "2022-04-09T09:00+08:00", "P1-1"],
    ]
    # 3 + 2 invigilators, 2 technicians, 1 in reserve, one chief.
    assert busiest["total"].tolist() == [9, 4]
    assert busiest["chiefs"].tolist() == [1, 1]


def test_a_finished_plan_gives_a_row_per_session_in_use(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan", plan_content(tmp_path / "data"))
    table = staff_table(tmp_path / "plan")
    assert list(table.columns) == names(STAFF)
    got = {
        (c, s, n): (rooms, people)
        for c, s, n, rooms, people in zip(
            *(table[k] for k in ("center_id", "sitting", "subject", "rooms", "candidates")),
            strict=True,
        )
    }
    assert got == {
        **{("230101", "C1", n): (2, 3) for n in range(1, 5)},
        **{("230101", "C2", n): (1, 1) for n in range(1, 5)},
        ("230201", "C2", 4): (1, 1),
        **{("230201", "P1", n): (1, 2) for n in range(1, 5)},
    }
    header = csv_bytes(table, STAFF).decode().splitlines()[0]
    assert header == ",".join(names(STAFF))


def test_a_plan_without_anybody_needs_nobody() -> None:
    rows = staff_needed(used(("230101", "R1", "C1", 1, 0)), REFERENCE, Policy())
    assert list(rows.columns) == names(STAFF)
    assert rows.empty
    assert busiest_moments(rows, Policy()).empty
