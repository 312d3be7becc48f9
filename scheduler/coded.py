"""Columns as whole numbers: their rows are counted in one sort, and texts written at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]


class Coded(NamedTuple):
    """A column: the place of each row's cell in ``cells``, which are different and ascend."""

    codes: Integers
    cells: pd.Index

    def column(self) -> pd.Series:
        """The cells of all rows."""
        return self.cells.take(self.codes).to_series(index=pd.RangeIndex(len(self.codes)))

    def take(self, rows: Integers) -> Coded:
        """The column of these rows."""
        return Coded(self.codes[rows], self.cells)


def coded(column: pd.Series) -> Coded:
    """A column of texts or of ascending categories, coded; text ascends by UTF-8 bytes."""
    codes, cells = pd.factorize(column, sort=True)
    return Coded(codes.astype(np.int64), pd.Index(cells))


def in_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its text columns as pandas categories, but for ``candidate_id``.

    A cell is then compared and counted as a number wherever the column goes. Categories ascend,
    so that they sort as the texts do.
    """
    text: list[str] = frame.select_dtypes("str").columns.tolist()
    return frame.astype({name: "category" for name in text if name != "candidate_id"})


def counted(
    columns: Sequence[Coded], weights: Integers | None = None
) -> tuple[list[Coded], Integers, Integers]:
    """The different rows of some columns.

    Args:
        columns: of equal length.
        weights: what each row counts; 1 by default.

    Returns:
        The columns of the different rows, ascending; how often each occurs; and for each row
        given its place among them.
    """
    sizes = [max(len(column.cells), 1) for column in columns]
    key = np.ravel_multi_index([column.codes for column in columns], sizes)
    different, place = np.unique(key, return_inverse=True)
    found = np.unravel_index(different, sizes)
    counts = np.bincount(place, weights, minlength=len(different)).astype(np.int64)
    rows = [Coded(codes, c.cells) for codes, c in zip(found, columns, strict=True)]
    return rows, counts, place
