"""Was the whole file received, and which of its rows are left out on purpose?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from models.finding_codes import finding
from models.findings import BLOCKING, Finding
from models.tables import SET_ASIDE, names
from scheduler.roster.columns import Mask, trimmed
from scheduler.roster.read import read_table
from scheduler.roster.text_table import TextTable, shown_name

SHEET_ROW_LIMITS = frozenset({65_536, 1_048_576})
"""Rows of an ``.xls`` and of an ``.xlsx`` sheet: a file of exactly this length was perhaps cut."""

_SUM_LINE = re.compile(r"^\\?([0-9a-fA-F]{64}) [ *](.+)$")


def control_findings(path: Path, table: TextTable, expect_rows: int | None) -> list[Finding]:
    """Compare the file with what was announced.

    Args:
        path: the roster; ``PATH.sha256`` beside it is used if it exists (``sha256sum`` format).
        table: the roster as read.
        expect_rows: announced number of records, header not counted.
    """
    found: list[Finding] = []
    confirmed = False
    if expect_rows is not None:
        if table.records == expect_rows:
            confirmed = True
        else:
            value = f"{table.records} records, announced {expect_rows}"
            found.append(finding("CONTROL_COUNT_DIFFERS", table.file, value=value))
    announced = path.with_name(f"{path.name}.sha256")
    if announced.is_file():
        sums = _read_sums(announced)
        wanted = sums.get(path.name) or (next(iter(sums.values())) if len(sums) == 1 else None)
        if wanted is None:
            found.append(finding("CONTROL_FILE_UNREADABLE", shown_name(announced.name)))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            found.append(finding("CONTROL_HASH_DIFFERS", table.file))
        else:
            confirmed = True
    last = int(table.rows[-1]) if table.records else 0
    if not confirmed and {last, last - 1} & SHEET_ROW_LIMITS:
        found.append(
            finding("FILE_MAYBE_TRUNCATED", table.file, sheet=table.sheet, value=f"row {last}")
        )
    return found


def _read_sums(path: Path) -> dict[str, str]:
    """Digest by file name; empty where the file is no list of sums."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return {}
    matches = [_SUM_LINE.match(line) for line in lines if line.strip()]
    if any(match is None for match in matches):
        return {}
    return {match[2]: match[1].lower() for match in matches if match is not None}


def apply_set_aside(
    set_aside: Path, table: TextTable, candidate_ids: pd.Series[str]
) -> tuple[Mask, list[Finding]]:
    """Which rows are set aside.

    Args:
        set_aside: table with ``row``, ``candidate_id``, ``reason``.
        table: the roster as read.
        candidate_ids: its trimmed archive numbers.

    Returns:
        A mask over the rows of ``table``, and findings: ``ROW_SET_ASIDE`` for each row left out,
        refusals for entries that match no row, stand twice or give no reason.
    """
    entries = read_table(set_aside)
    found = [f for f in entries.findings if f.code != "FILE_EMPTY"]
    mask = np.zeros(table.records, dtype=bool)
    if any(f.severity in BLOCKING for f in found):
        return mask, found
    for missing in [name for name in names(SET_ASIDE) if name not in entries.frame.columns]:
        found.append(finding("HEADER_MISSING", entries.file, row=1, column=missing))
        return mask, found
    position_of: Mapping[int, int] = {int(row): i for i, row in enumerate(table.rows)}
    cells = entries.frame.apply(trimmed)
    for at_row, row, candidate_id, reason in zip(
        entries.rows, cells["row"], cells["candidate_id"], cells["reason"], strict=True
    ):
        at = partial(finding, file=entries.file, row=int(at_row), candidate_id=candidate_id)
        position = position_of.get(int(row), -1) if re.fullmatch("[0-9]{1,9}", row) else -1
        if position < 0 or candidate_ids.iat[position] != candidate_id:
            found.append(at("SET_ASIDE_NO_MATCH", column="row", value=row))
        elif mask[position]:
            found.append(at("SET_ASIDE_TWICE", column="row", value=row))
        elif not reason:
            found.append(at("SET_ASIDE_REASON", column="reason"))
        else:
            mask[position] = True
            found.append(
                finding(
                    "ROW_SET_ASIDE", table.file, sheet=table.sheet, row=int(row),
                    candidate_id=candidate_id, value=reason,
                )
            )  # fmt: skip
    return mask, found
