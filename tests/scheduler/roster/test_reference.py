from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from models.exam import Mode
from models.findings import BLOCKING
from models.places import Closure
from models.policy import Rooms
from models.reference import ReferenceData
from scheduler.roster.reference import load_reference
from tests.builders import (
    center,
    exam_point,
    exam_toml,
    room,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
)
from tests.scheduler.roster.reference_cases import FAR_SWAPPED, REFERENCE_CASES, ReferenceCase

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("case", REFERENCE_CASES, ids=lambda case: case.name)
def test_a_folder(case: ReferenceCase, tmp_path: Path) -> None:
    folder = write_data_folder(tmp_path / "data", edits=case.edits, files=case.files)
    reference, found = load_reference(folder)
    assert sorted((f.code, f.file, f.row, f.column) for f in found) == sorted(case.expected)
    assert (reference is None) == any(f.severity in BLOCKING for f in found)


@pytest.mark.parametrize(
    "reference",
    [
        small_reference(),
        small_reference(
            closures=[
                Closure(center_id="230101", room_id="R1", seats=(1, 2, 9), subjects="34"),
                Closure(exam_point="2302", mode=Mode.PAPER, sitting="P1", reason="停电"),
            ]
        ),
        small_reference(
            exam_points=[
                exam_point("2301"),
                exam_point("2302", overflow_to=("2301", "2303")),
                exam_point("2303", address="中山路1号", website="example.org"),
            ],
            rooms=[
                room("230101", "R1", missing=(7, 8), spare=6, numbering="column_snake"),
                room("230101", "R2", features=("separate_room", "extra_time", "accessible")),
                room("230201", "B1", 2, 5, use="reserve", note="备用"),
                room("230201", "B2"),
            ],
            centers=[center("230101", "2301"), center("230201", "2302", employer="E9")],
        ),
    ],
)
def test_what_was_written_comes_back(reference: ReferenceData, tmp_path: Path) -> None:
    folder = write_data_folder(tmp_path / "data", reference)
    loaded, found = load_reference(folder)
    assert not any(f.severity in BLOCKING for f in found)
    assert loaded == reference


def test_the_order_of_rows_leaves_no_trace(tmp_path: Path) -> None:
    first = write_data_folder(tmp_path / "a")
    second = write_data_folder(tmp_path / "b")
    for file in ("specialties.csv", "exam_points.csv", "centers.csv", "rooms.csv"):
        header, *records = (first / file).read_text(encoding="utf-8").splitlines()
        (second / file).write_text("\n".join([header, *reversed(records)]), encoding="utf-8")
    assert load_reference(first)[0] == load_reference(second)[0] == small_reference()


def test_ratios_are_exact(tmp_path: Path) -> None:
    """ceil(0.07 x 100) is 7; in binary floating point it is 8."""
    folder = write_data_folder(
        tmp_path / "data",
        small_reference(
            exam=small_exam(spare_ratio=Decimal("0.07")),
            centers=[center("230101", "2301"), center("230201", "2302")],
            rooms=[room("230101", "R1", 10, 10), room("230201", "R1", 10, 10)],
        ),
    )
    loaded, _ = load_reference(folder)
    assert loaded is not None
    assert loaded.exam.spare_ratio == Decimal("0.07")
    assert loaded.center_by_id["230101"].computer_seats == 93


def test_midnight_is_the_end_of_the_day(tmp_path: Path) -> None:
    text = exam_toml(small_exam()).replace("2022-04-17T17:45", "2022-04-17T24:00")
    loaded, found = load_reference(write_data_folder(tmp_path / "data", files={"exam.toml": text}))
    assert loaded is not None
    assert [f.code for f in found] == ["SESSION_TIME_NORMALISED"]
    assert loaded.exam.sitting("C4").session[-1].end == datetime(2022, 4, 18)


def test_a_center_that_swapping_would_mend_says_so(tmp_path: Path) -> None:
    _, found = load_reference(write_data_folder(tmp_path / "data", FAR_SWAPPED))
    (far,) = [f for f in found if f.code == "COORDINATE_FAR"]
    assert far.advice.endswith("swapped?")


def test_the_policy_says_which_rooms_are_usual(tmp_path: Path) -> None:
    folder = write_data_folder(
        tmp_path / "data",
        small_reference(
            centers=[center("230101", "2301"), center("230201", "2302")],
            rooms=[
                room("230101", "R1", 3, 10),
                room("230101", "R2", 10, 12, spare=24),
                room("230101", "R3", 5, 10, spare=5),
                room("230101", "S1", 2, 3, features=("separate_room",)),
                room("230101", "X1", 1, 4, use="reserve"),
                room("230201", "P1", 6, 6, mode=Mode.PAPER),
            ],
        ),
    )

    def warned(limits: Rooms) -> set[tuple[str, int]]:
        found = load_reference(folder, limits)[1]
        codes = ("ROOM_SIZE_UNUSUAL", "SPARE_BELOW_STANDARD")
        return {(f.code, f.row) for f in found if f.code in codes}

    size, spare = "ROOM_SIZE_UNUSUAL", "SPARE_BELOW_STANDARD"
    # Rows 2, 3 and 7 are R1 with 30 machines, R2 with 120 and P1 with 36 desks.
    assert warned(Rooms()) == {(size, 2), (size, 3), (size, 7)}
    assert warned(Rooms(machines=(30, 120), paper_seats=36)) == set()
    assert warned(Rooms(machines=(30, 120), paper_seats=35)) == {(size, 7)}
    # 20 % of the exam's 10 % is too few as a whole; R2 states 24 of 120, R3 only 5 of 50.
    wide = Rooms(machines=(30, 120), paper_seats=36, spare_ratio=Decimal("0.2"))
    assert warned(wide) == {(spare, 0), (spare, 4)}


def test_lost_zeros_name_the_code_that_was_meant(tmp_path: Path) -> None:
    folder = write_data_folder(
        tmp_path / "data",
        small_reference(
            centers=[center("001", "2301"), center("002", "2302")],
            rooms=[room("001", "R1"), room("002", "R1")],
        ),
        edits={"rooms.csv": [(2, "center_id", "1")]},
    )
    _, found = load_reference(folder)
    (unknown,) = [f for f in found if f.code == "UNKNOWN_REFERENCE"]
    assert unknown.advice.endswith("centers.csv has 001: leading zeros were lost.")


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    folder = write_data_folder(
        tmp_path / "data",
        edits={
            "centers.csv": [(2, "computer_seats", "many")],
            "rooms.csv": [(3, "rows", "0")],
            "exam_points.csv": [(2, "latitude", "x")],
            "specialties.csv": [(2, "mode", "oral")],
            "closures.csv": [(2, "sitting", "C1")],
        },
        files={"exam.toml": exam_toml(small_exam()).replace("year = 2022", "year = 22")},
    )
    _, found = load_reference(folder)
    assert {(f.code, f.file) for f in found} == {
        ("NUMBER_FORM", "centers.csv"),
        ("NUMBER_RANGE", "rooms.csv"),
        ("COORDINATE_FORM", "exam_points.csv"),
        ("CHOICE_UNKNOWN", "specialties.csv"),
        ("CLOSURE_PLACE", "closures.csv"),
        ("EXAM_FIELD", "exam.toml"),
    }


def test_five_hundred_specialties_are_fine(tmp_path: Path) -> None:
    """S16."""
    many = [specialty(f"{i:04d}") for i in range(500)]
    many.append(specialty("9999", mode=Mode.PAPER))
    loaded, found = load_reference(
        write_data_folder(tmp_path / "data", small_reference(specialties=many))
    )
    assert found == ()
    assert loaded is not None
    assert len(loaded.specialties) == 501


def test_a_leap_day_is_a_day(tmp_path: Path) -> None:
    """S15."""
    text = exam_toml(small_exam(year=2024)).replace("2022-04-17T", "2024-02-29T")
    text = text.replace('"2022-', '"2024-')
    loaded, found = load_reference(write_data_folder(tmp_path / "data", files={"exam.toml": text}))
    assert found == ()
    assert loaded is not None


def test_the_folder_of_the_checkout_is_sound() -> None:
    reference, found = load_reference(CHECKOUT / "data")
    assert [f for f in found if f.severity in BLOCKING] == []
    assert "ROOM_SIZE_UNUSUAL" not in {f.code for f in found}
    assert reference is not None
    assert len(reference.specialties) == 119
