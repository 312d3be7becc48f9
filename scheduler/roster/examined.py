"""A roster under examination, and what a rule says of the rows that break it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.findings import mask_personal
from models.policy import Policy
from models.reference import ReferenceData
from scheduler.roster.columns import Mask, is_blank, numbers

PERSONAL_COLUMNS = frozenset({"name", "id_number", "photo"})


@dataclass(frozen=True)
class Hits:
    """Rows that break a rule.

    Attributes:
        code: finding code.
        positions: row positions, 0-based; empty for a finding about the whole file.
        column: the column, the first of several.
        values: what to show, in the order of ``positions``, already masked; by default the cell.
        hints: what to add to the advice, in the order of ``positions``.
        whole_file: one finding without a row, shown with ``values[0]``.
    """

    code: str
    positions: npt.NDArray[np.int64]
    column: str
    values: list[str] | None = None
    hints: list[str] | None = None
    whole_file: bool = False


@dataclass
class Roster:
    """A cleaned roster under examination; every column of the format is there.

    Attributes:
        frame: text columns.
        numeric_cells: masks of the cells that were numbers in the file, by column.
        unsound: masks of the cells that have a blocking finding already, by column.
        ids_checked_by: who vouches for identity numbers that look as if digits were lost.
    """

    frame: pd.DataFrame
    numeric_cells: Mapping[str, Mask]
    reference: ReferenceData
    policy: Policy
    unsound: dict[str, Mask] = field(default_factory=dict)
    ids_checked_by: str = ""

    def sound(self, *columns: str) -> Mask:
        """Rows whose cells in these columns have no blocking finding."""
        mask = np.ones(len(self.frame), dtype=bool)
        for column in columns:
            if column in self.unsound:
                mask &= ~self.unsound[column]
        return mask

    def filled(self, *columns: str) -> Mask:
        """Sound rows where all of these cells are filled."""
        mask = self.sound(*columns)
        for column in columns:
            mask &= ~is_blank(self.frame[column])
        return mask

    def reject(self, hits: Hits) -> None:
        """Take cells out of further examination."""
        mask = self.unsound.setdefault(hits.column, np.zeros(len(self.frame), dtype=bool))
        mask[hits.positions] = True

    @cached_property
    def degrees(self) -> dict[str, npt.NDArray[np.float64]]:
        """Coordinates as numbers, NaN where blank or not a number."""
        return {
            name: numbers(self.frame[name].where(self.sound(name), ""))
            for name in ("latitude", "longitude")
        }


Rule = Callable[[Roster], Iterator[Hits]]


def hits_where(code: str, column: str, mask: Mask) -> Iterator[Hits]:
    """The rows of a mask, if there are any."""
    if mask.any():
        yield Hits(code, np.flatnonzero(mask), column)


def hits_at(code: str, column: str, positions: npt.NDArray[np.int64]) -> Iterator[Hits]:
    """The rows at some positions, if there are any."""
    if len(positions):
        yield Hits(code, positions, column)


def shown(column: str, cell: str) -> str:
    """A cell as a report may show it: personal text masked, long text cut.

    A long run of digits in another column may be an ID number in the wrong place.
    """
    if column in PERSONAL_COLUMNS or re.search(r"[0-9]{14}", cell):
        return mask_personal(cell)
    return cell if len(cell) <= 60 else f"{cell[:57]}..."
