"""The canonical roster and its digest, restated (docs/formats.md, section 3)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.findings import Severity
from models.tables import CANONICAL_ROSTER, ROSTER, names
from scheduler.roster.read import read_table
from scheduler.roster.text_table import TextTable
from scheduler.verify.faults import Problem, Unreadable
from scheduler.verify.measure import rounded_coordinate

RULE = "roster_is_the_one_planned"
REQUIRED = ("candidate_id", "specialty", "exam_point", "subjects")

BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad"
)
"""Surrounding characters that mean nothing: white space, no-break and zero-width ones."""

_FULL_WIDTH_DIGITS = {0xFF10 + i: str(i) for i in range(10)}


def read_roster(
    path: Path,
    *,
    sheet: str | None,
    header_row: int = 1,
    ignore_columns: Collection[str],
    decimals: int,
) -> pd.DataFrame:
    """The canonical columns of every record, in file order.

    Names and identity numbers may be missing, so an auditor can verify without them; they are
    not looked at.

    Returns:
        The columns of ``CANONICAL_ROSTER`` as categories (``candidate_id`` as text) and
        ``record``, the record number.

    Raises:
        Unreadable: the file is refused, lacks a column or has one that is not known.
    """
    table = _readable(path, sheet, header_row)
    frame = table.frame
    missing = [name for name in REQUIRED if name not in frame.columns]
    unknown = sorted(set(frame.columns) - set(names(ROSTER)) - set(ignore_columns))
    problems = [Problem(RULE, path.name, f"lacks the column {name}") for name in missing]
    problems += [Problem(RULE, path.name, f"has an unknown column {name}") for name in unknown]
    if problems:
        raise Unreadable(problems)
    canonical = pd.DataFrame(index=frame.index)
    for name in CANONICAL_ROSTER:
        if name in frame.columns:
            canonical[name] = _plain(frame[name])
        else:
            canonical[name] = pd.Series("", index=frame.index, dtype="str")
        if name != "candidate_id":
            canonical[name] = canonical[name].astype("category")
    rewrites: dict[str, Callable[[str], str]] = {
        "needs": lambda cell: ";".join(sorted(cell.split(";"))),
        "latitude": lambda cell: rounded_coordinate(cell, decimals),
        "longitude": lambda cell: rounded_coordinate(cell, decimals),
    }
    for name, rewrite in rewrites.items():
        canonical[name] = _rewritten(canonical[name], rewrite).astype("category")
    canonical["record"] = table.rows
    return canonical


def _readable(
    path: Path, sheet: str | None = None, header_row: int = 1, *, may_be_empty: bool = False
) -> TextTable:
    table = read_table(path, sheet=sheet, header_row=header_row)
    refused = [
        f
        for f in table.findings
        if f.severity is Severity.REFUSE and not (may_be_empty and f.code == "FILE_EMPTY")
    ]
    if refused:
        raise Unreadable(
            Problem(RULE, f"{path.name} row {f.row}", f"refused: {f.code}") for f in refused
        )
    return table


def _plain(cells: pd.Series[str]) -> pd.Series[str]:
    stripped = cells.str.strip(BLANKS)
    ascii_only = stripped.str.isascii()
    if not ascii_only.all():
        stripped = stripped.where(ascii_only, stripped.str.translate(_FULL_WIDTH_DIGITS))
    return stripped.astype("str")


def _rewritten(cells: pd.Series[str], rewrite: Callable[[str], str]) -> pd.Series[str]:
    """Apply a function to the different values of a categorical column only; text comes back."""
    texts = pd.Series([rewrite(cell) for cell in cells.cat.categories], dtype="str")
    return texts.take(cells.cat.codes.to_numpy()).set_axis(cells.index)


def texts(column: pd.Series[str]) -> list[str]:
    """The cells of a text or categorical column; much faster than iterating over the column."""
    return list(column.to_numpy(dtype=object).tolist())


def canonical_digest(planned: pd.DataFrame) -> str:
    """SHA-256 of the canonical rows as CSV without header, LF, sorted by candidate id."""
    ordered = planned.sort_values("candidate_id", kind="stable")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(zip(*(texts(ordered[name]) for name in CANONICAL_ROSTER), strict=True))
    return hashlib.sha256(buffer.getvalue().encode()).hexdigest()


def read_set_aside(path: Path) -> npt.NDArray[np.int64]:
    """Record numbers that were set aside.

    Raises:
        Unreadable: the file is refused or lacks a column.
    """
    table = _readable(path, may_be_empty=True)
    if table.frame.empty:
        return np.empty(0, np.int64)
    if "row" not in table.frame.columns:
        raise Unreadable([Problem(RULE, path.name, "lacks the column row")])
    rows = pd.to_numeric(table.frame["row"].str.strip(), errors="coerce")
    if rows.isna().any():
        raise Unreadable([Problem(RULE, path.name, "holds a row that is no number")])
    return rows.to_numpy(np.int64)
