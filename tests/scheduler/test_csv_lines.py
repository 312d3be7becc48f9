"""Lines of CSV by the column are those that the csv module writes row by row."""

from __future__ import annotations

import csv
import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from scheduler.csv_lines import csv_lines

CELLS = st.text('a中,"\n\U00020000 ', max_size=4)


@given(rows=st.lists(st.tuples(CELLS, st.integers(-(10**12), 10**12), CELLS)))
def test_lines_are_those_of_the_csv_module(rows: list[tuple[str, int, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    columns = [
        pd.Series([row[i] for row in rows], dtype=kind)
        for i, kind in enumerate(("str", "int64", "str"))
    ]
    assert csv_lines(columns) == text.getvalue().encode()


def test_a_return_inside_a_cell_is_quoted() -> None:
    assert csv_lines([pd.Series(["a\rb"]), pd.Series(["c"])]) == b'"a\rb",c\n'


def test_a_part_of_a_column_is_written_alone() -> None:
    assert csv_lines([pd.Series(["a", "b", "c"], dtype="str")[1:2], pd.Series([7])]) == b"b,7\n"
