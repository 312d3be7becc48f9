"""Completeness: every candidate has an answer, every file is there and as it should be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.parquet

from models.findings import mask_personal
from models.plan import Family, Shortage
from models.tables import PLAN_TABLES
from scheduler.verify.check import check
from scheduler.verify.evidence import Evidence
from scheduler.verify.faults import Fault
from scheduler.verify.layout import Ints
from scheduler.verify.shortfall import counted_figures_hold

ROW_ORDER = {
    "seats.parquet": ("center_id", "sitting", "room_id", "seat", "subjects"),
    "unplaced.parquet": ("candidate_id",),
    "unplaced.csv": ("candidate_id",),
    "sittings.csv": ("paper_group", "specialty", "sitting"),
    "utilisation.csv": ("center_id", "room_id", "sitting", "subject"),
    "papers.csv": ("center_id", "room_id", "sitting", "subject", "paper", "form"),
    "neighbours.csv": ("center_id", "room_id", "sitting"),
    "balance.csv": ("sitting", "specialty", "exam_point"),
}
ROW_GROUP = 1_000_000


@check(Family.COMPLETENESS)
def everyone_accounted_for(evidence: Evidence) -> Iterator[Fault]:
    """In = placed + unplaced + set aside, and nobody twice."""
    totals = evidence.plan.manifest.totals
    mentioned = evidence.mentioned
    for candidate in mentioned[mentioned.duplicated()].drop_duplicates():
        yield Fault(f"candidate {candidate}", "stands in the plan more than once")
    for candidate in mentioned[~evidence.in_roster].drop_duplicates():
        yield Fault(f"candidate {candidate}", "is not in the roster")
    planned = evidence.planned
    for candidate in planned.loc[planned["mentions"] == 0, "candidate_id"]:
        yield Fault(f"candidate {candidate}", "is neither placed nor unplaced nor set aside")
    aside = int(evidence.aside.sum())
    if aside != totals.set_aside:
        message = f"{aside} records are set aside, the manifest counts {totals.set_aside}"
        yield Fault("manifest.json totals", message)
    only_aside = evidence.in_roster & (evidence.person < 0)
    for candidate in mentioned[only_aside].drop_duplicates():
        yield Fault(f"candidate {candidate}", "is set aside, and yet in the plan")


@check(Family.COMPLETENESS)
def files_complete(evidence: Evidence) -> Iterator[Fault]:
    """Every file is there with its columns, types and order of rows.

    Missing and unreadable files are found while reading; here follow order and patterns.
    """
    for name, order in ROW_ORDER.items():
        table = evidence.plan.tables[name]
        row = _first_out_of_order(table, order)
        if row is not None:
            yield Fault(f"{name} row {row + 2}", f"is not in the order of {', '.join(order)}")
        yield from _off_pattern(name, table)
    one, other = (evidence.plan.tables[f"unplaced.{kind}"] for kind in ("parquet", "csv"))
    if not np.array_equal(one.astype("str").to_numpy(), other.to_numpy()):
        yield Fault("unplaced.csv", "does not hold what unplaced.parquet holds")
    for name in ("seats.parquet", "unplaced.parquet"):
        yield from _off_layout(evidence, name)


def _first_out_of_order(table: pd.DataFrame, order: Iterable[str]) -> int | None:
    """The first row that sorts before the one above it (UTF-8 bytes sort as code points do)."""
    after = np.zeros(max(len(table) - 1, 0), np.bool_)
    before = after.copy()
    for name in order:
        codes = _rank(table[name])
        step = np.diff(codes)
        before |= ~after & (step < 0)
        after |= step > 0
    return int(np.flatnonzero(before)[0]) + 1 if before.any() else None


def _rank(column: pd.Series[str]) -> Ints:
    if column.dtype == "int64":
        return np.asarray(column, np.int64)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, np.int64)
    return np.asarray(column.astype("category").cat.codes, np.int64)


def _off_pattern(name: str, table: pd.DataFrame) -> Iterator[Fault]:
    for column in PLAN_TABLES[name]:
        if not column.pattern:
            continue
        matches = re.compile(column.pattern).match
        cells = table[column.name]
        different = cells.cat.categories if hasattr(cells, "cat") else cells.drop_duplicates()
        for cell in different:
            if matches(cell) is None:
                row = int(np.flatnonzero(cells == cell)[0])
                yield Fault(f"{name} row {row + 2}", f"{column.name} is not as it should be")


def _off_layout(evidence: Evidence, name: str) -> Iterator[Fault]:
    """Zstandard, and row groups of one million rows."""
    metadata = pyarrow.parquet.read_metadata(evidence.plan_dir / name)
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    if any(group.num_rows != ROW_GROUP for group, _ in pairwise(groups)) or (
        groups and groups[-1].num_rows > ROW_GROUP
    ):
        yield Fault(name, "its row groups do not hold 1,000,000 rows each")
    codecs = {g.column(i).compression for g in groups for i in range(g.num_columns) if g.num_rows}
    if codecs - {"ZSTD"}:
        yield Fault(name, f"is compressed with {', '.join(sorted(codecs))}, not ZSTD")


@check(Family.COMPLETENESS)
def unplaced_explained(evidence: Evidence) -> Iterator[Fault]:
    """Who has no place has a reason, and a shortage whose figures can be counted again."""
    shortages: dict[str, Shortage] = {}
    for shortage in evidence.plan.shortages:
        if shortage.shortage_id in shortages:
            yield Fault(f"shortages.json {shortage.shortage_id}", "stands twice")
        shortages[shortage.shortage_id] = shortage
    table = evidence.unplaced
    rows = zip(table["candidate_id"], table["reason"], table["shortage_id"], strict=True)
    for row, (candidate, reason, shortage_id) in enumerate(rows, start=2):
        where = f"unplaced.parquet row {row}: candidate {mask_personal(candidate)}"
        if not reason:
            yield Fault(where, "has no reason")
        if shortage_id not in shortages:
            yield Fault(where, f"names shortage {shortage_id}, which shortages.json lacks")
        elif reason and reason != shortages[shortage_id].reason:
            yield Fault(where, f"gives another reason than shortage {shortage_id}")
    for idle in sorted(set(shortages) - set(table["shortage_id"])):
        yield Fault(f"shortages.json {idle}", "explains nobody")
    for shortage in evidence.plan.shortages:
        for message in counted_figures_hold(evidence, shortage):
            yield Fault(f"shortages.json {shortage.shortage_id}", message)
