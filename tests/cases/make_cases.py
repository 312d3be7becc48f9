"""Writes the worked shortage cases: one folder each with ``data/`` and ``roster.csv``.

Run ``python -m tests.cases.make_cases`` after a change; a test asserts that the files are
current. The right answer of each case is worked out in its docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from models.exam import Exam, Mode
from models.places import Center, ExamPoint, Room
from models.reference import ReferenceData
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
    write_roster,
)

HERE = Path(__file__).parent
COMPUTER_DAYS = ("2022-04-09", "2022-04-10", "2022-04-16", "2022-04-17")

Case = tuple[ReferenceData, pd.DataFrame, str]


def _exam(dates: int, *, paper: bool = False) -> Exam:
    sittings = [sitting(f"C{i + 1}", day) for i, day in enumerate(COMPUTER_DAYS[:dates])]
    if paper:
        sittings.append(sitting("P1", "2022-04-09", mode=Mode.PAPER))
    return small_exam(sittings=sittings)


def _reference(
    exam: Exam,
    centers: Sequence[Center],
    rooms: Sequence[Room],
    *,
    points: Sequence[ExamPoint] = (),
    codes: Sequence[str] = ("101", "102"),
) -> ReferenceData:
    return small_reference(
        exam=exam,
        specialties=[specialty(c) for c in codes if c != "203"]
        + [specialty(c, mode=Mode.PAPER) for c in codes if c == "203"],
        exam_points=points or [exam_point("2301")],
        centers=centers,
        rooms=rooms,
    )


def paper_room_of_two() -> Case:
    """203 with subjects 12, 23, 13 and two paper seats: every session holds two, yet the three
    masks meet pairwise, so three seats are needed. 1 unplaced."""
    reference = _reference(
        _exam(1, paper=True),
        [center("A", "2301")],
        [room("A", "R1", 1, 2, mode=Mode.PAPER), room("A", "R2", 4, 10)],
        codes=("101", "203"),
    )
    return reference, roster_rows(3, specialty="203", subjects=["12", "23", "13"]), ""


def point_short_of_37() -> Case:
    """45 usable seats on each of four dates are 180; 217 candidates sit all subjects. 37 over."""
    reference = _reference(
        _exam(4), [center("A", "2301")], [room("A", "R1", 5, 10)], codes=("101", "102", "103")
    )
    people = 45 * 4 + 37
    return reference, roster_rows(people, specialty=[("101", "102", "103")[i % 3]
                                                     for i in range(people)]), ""  # fmt: skip


def one_accessible_seat() -> Case:
    """One accessible seat on one date; two candidates who need it, with masks 12 and 23."""
    reference = _reference(
        _exam(1),
        [center("A", "2301")],
        [room("A", "R1", 4, 10, features={"accessible": (1,)})],
    )
    return reference, roster_rows(2, subjects=["12", "23"], needs="accessible"), ""


def interlocked_needs() -> Case:
    """Two seats, one accessible; with the need {1}, {2}; without {134}, {234}.

    All four masks fit two seats by every family over all seats, and the needy fit the accessible
    seat; but they fill its subjects 1 and 2, so both others would need the other seat. 1 unplaced.
    """
    exam = small_exam(spare_ratio="0", sittings=[sitting("C1", COMPUTER_DAYS[0])])
    reference = _reference(
        exam, [center("A", "2301")], [room("A", "R1", 1, 2, features={"accessible": (1,)})]
    )
    needs = ["accessible", "accessible", "", ""]
    return reference, roster_rows(4, subjects=["1", "2", "134", "234"], needs=needs), ""


def group_larger_than_a_date() -> Case:
    """60 candidates of one specialty, 45 usable seats a date, ``max_sittings = 1``: 15 unplaced.
    A second date mends it."""
    reference = _reference(_exam(2), [center("A", "2301")], [room("A", "R1", 5, 10)])
    return reference, roster_rows(60), "[dates]\nmax_sittings = 1\n"


def own_employer_only() -> Case:
    """The only center of 2301 is hosted by E1, and so is the candidate's employer."""
    reference = _reference(
        _exam(1),
        [center("A", "2301", employer="E1"), center("B", "2302")],
        [room("A", "R1", 5, 10), room("B", "R1", 5, 10)],
        points=[exam_point("2301"), exam_point("2302")],
    )
    return reference, roster_rows(3, employer=["E1", "E2", ""]), ""


CASES: dict[str, Callable[[], Case]] = {
    f.__name__: f
    for f in (
        paper_room_of_two,
        point_short_of_37,
        one_accessible_seat,
        interlocked_needs,
        group_larger_than_a_date,
        own_employer_only,
    )
}


def write_case(name: str, folder: Path) -> None:
    """Write one case below ``folder``."""
    reference, roster, policy = CASES[name]()
    data = folder / name / "data"
    write_data_folder(data, reference)
    write_roster(folder / name / "roster.csv", roster)
    if policy:
        (data / "policy.toml").write_text(policy, encoding="utf-8")


if __name__ == "__main__":
    for case in CASES:
        write_case(case, HERE)
