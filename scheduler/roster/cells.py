"""Cells: candidates that the choice of dates cannot tell apart, counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scheduler.draw import CELL_COLUMNS


def build_cells(
    candidates: pd.DataFrame,
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Group candidates into cells.

    Args:
        candidates: canonical columns and ``excluded_employer``, one row per candidate.

    Returns:
        ``cells`` (the cell columns and ``count``, sorted by the cell columns) and, per
        candidate row, the index of its cell.
    """
    columns = list(CELL_COLUMNS)
    codes = np.zeros(len(candidates), dtype=np.int64)
    for column in columns:
        values, uniques = pd.factorize(candidates[column], sort=True)
        codes = codes * max(len(uniques), 1) + values
    cell_of, distinct = pd.factorize(codes, sort=True)
    first = np.empty(len(distinct), dtype=np.int64)
    first[cell_of[::-1]] = np.arange(len(codes))[::-1]  # what is written last stays
    counts = np.bincount(cell_of, minlength=len(distinct))
    cells = candidates[columns].iloc[first].reset_index(drop=True).astype("str")
    return cells.assign(count=counts.astype(np.int64)), cell_of.astype(np.int64)
