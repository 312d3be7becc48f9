"""Columns as whole numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scheduler.coded import coded, counted

SITTING = pd.Series(["C2", "C1", "C2", "C1"], dtype="str")
ROOM = pd.Series(["b", "a", "b", "中"], dtype="str")


def test_cells_ascend_and_come_back() -> None:
    column = coded(ROOM)
    assert column.cells.tolist() == ["a", "b", "中"]
    assert column.column().tolist() == ROOM.tolist()
    assert column.take(np.array([3, 0])).column().tolist() == ["中", "b"]


def test_rows_are_counted_in_order() -> None:
    rows, counts, place = counted([coded(SITTING), coded(ROOM)])
    assert [row.column().tolist() for row in rows] == [["C1", "C1", "C2"], ["a", "中", "b"]]
    assert counts.tolist() == [1, 1, 2]
    assert place.tolist() == [2, 0, 2, 1]


def test_rows_may_have_weights() -> None:
    _, counts, _ = counted([coded(SITTING)], np.array([5, 1, 2, 1]))
    assert counts.tolist() == [2, 7]


def test_no_rows() -> None:
    rows, counts, _ = counted([coded(SITTING[:0]), coded(ROOM[:0])])
    assert [row.column().tolist() for row in rows] == [[], []]
    assert counts.tolist() == []
