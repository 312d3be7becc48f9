from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.exam import Mode
from models.places import Closure, Numbering
from models.reference import ReferenceData
from scheduler.verify.faults import Unreadable
from scheduler.verify.inputs import read_inputs
from scheduler.verify.layout import Layout, build_layout, grid_positions
from tests.builders import room, small_reference, write_data_folder


def layout_of(folder: Path, reference: ReferenceData) -> Layout:
    return build_layout(
        read_inputs(write_data_folder(folder, reference)), {("230101", "R1"): (2, 9)}
    )


@pytest.mark.parametrize(
    ("numbering", "numbers"),
    [
        (Numbering.ROW, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (Numbering.ROW_SNAKE, [[1, 2, 3], [6, 5, 4], [7, 8, 9]]),
        (Numbering.COLUMN, [[1, 4, 7], [2, 5, 8], [3, 6, 9]]),
        (Numbering.COLUMN_SNAKE, [[1, 6, 7], [2, 5, 8], [3, 4, 9]]),
    ],
)
def test_numbers_run_over_the_grid(numbering: Numbering, numbers: list[list[int]]) -> None:
    row, column = grid_positions(room("C", "R", 3, 3, numbering=numbering))
    found = np.zeros((3, 3), np.int64)
    found[row, column] = np.arange(1, 10)
    assert found.tolist() == numbers


def test_adjacent_are_side_by_side_and_front_and_back(tmp_path: Path) -> None:
    """2 x 3, row by row, seat 2 missing: 1-4, 3-6, 4-5, 5-6 remain."""
    rooms = [room("230101", "R1", 2, 3, numbering="row", missing=(2,))]
    layout = layout_of(tmp_path, small_reference(rooms=rooms))
    edges = {(a + 1, b + 1) for a, b in zip(layout.left, layout.right, strict=True)}
    assert edges == {(1, 4), (3, 6), (4, 5), (5, 6)}


def test_open_subjects_by_sitting(tmp_path: Path) -> None:
    closures = (
        Closure(center_id="230101", room_id="R1", seats=(1, 3), sitting="C2", subjects="34"),
        Closure(exam_point="2302", sitting="C1"),
        Closure(exam_point="2301", center_id="230102", mode="paper"),
    )
    rooms = [
        room("230101", "R1", 2, 5, missing=(4,)),
        room("230101", "R9", 2, 2, use="reserve"),
        room("230102", "P1", 1, 2, mode=Mode.PAPER),
        room("230201", "R1", 1, 2),
    ]
    layout = layout_of(tmp_path, small_reference(rooms=rooms, closures=closures))
    sitting = {s.id: i for i, s in enumerate(layout.sittings)}
    first = {r: layout.first_cell[i] for r, i in layout.room_number.items()}

    def opened(sitting_id: str, center_id: str, room_id: str) -> list[int]:
        start = first[center_id, room_id]
        size = layout.cells_of(layout.room_number[center_id, room_id]).stop - start
        found: list[int] = layout.open[sitting[sitting_id], start : start + size].tolist()
        return found

    assert opened("C1", "230101", "R1") == [15, 15, 15, 0, *[15] * 6]
    assert opened("C2", "230101", "R1") == [3, 15, 3, 0, *[15] * 6]
    assert opened("P1", "230101", "R1") == [0] * 10
    assert opened("C1", "230101", "R9") == [0] * 4
    assert opened("P1", "230102", "P1") == [0, 0]
    assert opened("C1", "230201", "R1") == [0, 0]
    assert opened("C2", "230201", "R1") == [15, 15]
    assert np.flatnonzero(layout.spare).tolist() == [1, 8]
    assert layout.usable()[sitting["C1"], :3].tolist() == [15, 0, 15]


def test_features_of_rooms_and_seats(tmp_path: Path) -> None:
    rooms = [
        room("230101", "R1", 1, 4, features={"accessible": (2, 3), "extra_time": ()}),
        room("230101", "R2", 1, 2, features=("separate_room",)),
    ]
    layout = layout_of(tmp_path, small_reference(rooms=rooms))
    accessible, extra = layout.need_bit["accessible"], layout.need_bit["extra_time"]
    assert layout.features[:4].tolist() == [extra, extra | accessible, extra | accessible, extra]
    assert layout.separate.tolist() == [False] * 4 + [True] * 2


def test_all_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    edits = {
        "rooms.csv": [(2, "rows", "0"), (3, "mode", "tablet")],
        "centers.csv": [(2, "latitude", "x")],
    }
    folder = write_data_folder(tmp_path, edits=edits)
    with pytest.raises(Unreadable) as caught:
        read_inputs(folder)
    assert [p.where for p in caught.value.problems] == [
        "inputs/centers.csv row 2",
        "inputs/rooms.csv row 2",
        "inputs/rooms.csv row 3",
    ]


def test_paper_groups_are_connected_components(tmp_path: Path) -> None:
    assert read_inputs(write_data_folder(tmp_path)).group_of == {
        "101": "101",
        "203": "203",
        "303": "303",
        "304": "303",
        "368": "368",
    }
