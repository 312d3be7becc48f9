"""Cells: who cannot be told apart is counted together, in an order that rows do not change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scheduler.draw import CELL_COLUMNS
from scheduler.roster.cells import build_cells


def _people(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    options = {
        "exam_point": ["2301", "2302"], "specialty": ["101", "203", "368"],
        "subjects": ["1234", "12"], "needs": ["", "accessible"], "excluded_employer": ["", "E1"],
        "pinned_center": ["", "A"], "pinned_sitting": ["", "C1"],
    }  # fmt: skip
    columns = {name: rng.choice(values, rows) for name, values in options.items()}
    return pd.DataFrame(columns, dtype="str").assign(name="张伟", employer="E9")


def test_cells_are_the_distinct_rows_counted_and_sorted() -> None:
    people = _people()
    cells, cell_of = build_cells(people)
    columns = list(CELL_COLUMNS)
    expected = people.groupby(columns).size().reset_index(name="count")
    pd.testing.assert_frame_equal(cells, expected, check_dtype=False)
    pd.testing.assert_frame_equal(
        cells.iloc[cell_of][columns].reset_index(drop=True), people[columns]
    )
    assert cells["count"].sum() == len(people)


def test_the_order_of_rows_does_not_matter() -> None:
    people = _people()
    shuffled = people.sample(frac=1, random_state=3)
    cells, cell_of = build_cells(people)
    again, again_of = build_cells(shuffled.reset_index(drop=True))
    pd.testing.assert_frame_equal(cells, again)
    assert (cell_of[shuffled.index] == again_of).all()


def test_other_columns_do_not_split_cells() -> None:
    people = _people(5).assign(**dict.fromkeys(CELL_COLUMNS, "x"))
    people["name"] = list("abcde")
    cells, cell_of = build_cells(people)
    assert list(cells["count"]) == [5]
    assert list(cell_of) == [0] * 5


def test_nobody_makes_no_cell() -> None:
    cells, cell_of = build_cells(_people().iloc[:0])
    assert (len(cells), len(cell_of)) == (0, 0)
    assert [*CELL_COLUMNS, "count"] == list(cells.columns)
