"""Counts instead of a roster: how many people of each kind, and no name.

What the choice of dates needs, in the columns of ``models.tables.COUNTS``; rows of equal cells add
up, so the files of the provinces may be put one below the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from models.finding_codes import CODES, finding
from models.findings import BLOCKING, Finding
from models.policy import Policy
from models.reference import ReferenceData
from models.tables import COUNTS, ROSTER, names
from scheduler.draw import CELL_COLUMNS
from scheduler.roster.columns import contains, rewritten, trimmed
from scheduler.roster.exam_rules import known_codes, needs, open_specialties, pins, subjects
from scheduler.roster.examined import Hits, Roster, Rule, shown
from scheduler.roster.findings_io import in_order
from scheduler.roster.person_rules import code_forms, garbled_text, spreadsheet_errors
from scheduler.roster.read import read_table
from scheduler.roster.text_table import TextTable

MOST = 10_000_000
"""People in one row, at the most."""


def is_counts(path: Path) -> bool:
    """Does the header of a CSV or Parquet file say that it holds counts?"""
    if path.suffix == ".parquet":
        header = pq.read_schema(path).names
    else:
        with path.open("rb") as file:
            line = file.readline(10_000).decode("utf-8-sig", errors="replace")
        header = [cell.strip(' "\r\n') for cell in line.split(",")]
    return "count" in header and "candidate_id" not in header


def load_counts(
    path: Path, reference: ReferenceData, policy: Policy
) -> tuple[pd.DataFrame | None, tuple[Finding, ...]]:
    """Read and check counts.

    Args:
        path: CSV or Parquet with the columns of ``COUNTS``.
        reference: checked reference data.
        policy: for pins and sittings that are closed to a specialty.

    Returns:
        Cells as :func:`scheduler.roster.cells.build_cells` makes them, ``None`` if a finding
        blocks; and all findings.
    """
    table = read_table(path)
    found = [*table.findings, *_header_findings(table)]
    if table.frame.empty or any(f.code == "HEADER_MISSING" for f in found):
        return None, in_order(found)
    blank = pd.Series("", index=table.frame.index, dtype="str")
    frame = pd.DataFrame(
        {name: trimmed(table.frame[name]) if name in table.frame.columns else blank
         for name in dict.fromkeys((*names(ROSTER), *names(COUNTS)))}
    )  # fmt: skip
    frame["candidate_id"] = "-"  # nobody, yet not missing
    frame["employer"] = frame["excluded_employer"]  # under the name that the rules know
    roster = Roster(frame, {}, reference, policy)
    for hits in _examine(roster):
        found += _as_findings(hits, frame, table)
    if any(f.severity in BLOCKING for f in found):
        return None, in_order(found)
    frame["needs"] = rewritten(frame["needs"], lambda cell: ";".join(sorted(cell.split(";"))))
    counted = frame.assign(count=frame["count"].astype(np.int64))
    cells = counted.groupby(list(CELL_COLUMNS), sort=True)["count"].sum().reset_index()
    return cells, in_order(found)


def _header_findings(table: TextTable) -> Iterator[Finding]:
    known = names(COUNTS)
    for column in COUNTS:
        if column.required and column.name not in table.frame.columns:
            yield finding("HEADER_MISSING", table.file, row=1, column=column.name)
    for name in table.frame.columns:
        if name not in known:
            yield finding("UNKNOWN_COLUMN", table.file, row=1, column=name[:60])


def _examine(roster: Roster) -> Iterator[Hits]:
    for rule in _RULES:
        for hits in rule(roster):
            if CODES[hits.code].severity in BLOCKING:
                roster.reject(hits)
            yield hits


def _whole_counts(roster: Roster) -> Iterator[Hits]:
    """Every row counts somebody."""
    cells = roster.frame["count"]
    formed = contains(cells, "^[0-9]{1,8}$")
    if not formed.all():
        yield Hits("NUMBER_FORM", np.flatnonzero(~formed), "count")
    value = cells.where(formed, "1").astype(np.int64).to_numpy()
    beyond = np.flatnonzero((value < 1) | (value > MOST))
    if len(beyond):
        yield Hits("NUMBER_RANGE", beyond, "count", hints=[f"1 to {MOST}."] * len(beyond))


def _as_findings(hits: Hits, frame: pd.DataFrame, table: TextTable) -> Iterator[Finding]:
    column = "excluded_employer" if hits.column == "employer" else hits.column
    for i, position in enumerate(hits.positions.tolist()):
        yield finding(
            hits.code, table.file, row=int(table.rows[position]), column=column,
            value=shown(column, frame[column].iloc[position]),
            hint=hits.hints[i] if hits.hints is not None else "",
        )  # fmt: skip


_RULES: tuple[Rule, ...] = (
    spreadsheet_errors, garbled_text, code_forms, known_codes, subjects, open_specialties, needs,
    pins, _whole_counts,
)  # fmt: skip
