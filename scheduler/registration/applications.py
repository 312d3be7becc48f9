"""Applications as a file: an authority's list, or that of a military unit.

The cells that become the roster are checked by the rules of the roster itself, so what is taken
here is accepted there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.errors import InputRefused
from models.finding_codes import finding
from models.findings import BLOCKING, Finding
from models.policy import Policy
from models.reference import ReferenceData
from models.registration import RegistrationFacts, State
from models.registration_tables import APPLICATIONS
from models.tables import names
from scheduler.registration.desk import Desk, Request
from scheduler.registration.form import completed, form_faults
from scheduler.registration.intake import broken, refuse_whole, time_of
from scheduler.roster import exam_rules
from scheduler.roster.check import as_findings, clean, examine, header_findings
from scheduler.roster.columns import is_blank, trimmed
from scheduler.roster.examined import Roster, shown
from scheduler.roster.read import read_table
from scheduler.roster.roster_rules import RULES
from scheduler.roster.text_table import TextTable

_LEFT_OUT = {exam_rules.provinces, exam_rules.pins, exam_rules.open_specialties}
"""Rules of the roster as a whole, or of what the planner decides later."""

_RULES = tuple(rule for rule in RULES if rule not in _LEFT_OUT)


@dataclass(frozen=True)
class Loaded:
    """What a file of applications came to."""

    rows: int
    confirmed: int
    findings: tuple[Finding, ...]


def load_applications(
    desk: Desk,
    path: Path,
    *,
    now: datetime,
    unit: str = "",
    sheet: str | None = None,
    ignore_columns: Sequence[str] = (),
) -> Loaded:
    """Submit every application of a file; the caller writes.

    Args:
        desk: of all people of the exam.
        path: CSV, Parquet or XLSX with the columns of ``APPLICATIONS``.
        now: time of rows without one; later times are refused.
        unit: code of the military unit whose file it is.
        sheet: sheet of a workbook.
        ignore_columns: columns to drop without a word.

    Raises:
        InputRefused: with every reason; nothing is to be written then.
    """
    table = read_table(path, sheet=sheet)
    found = list(table.findings)
    found += header_findings(table, ignore_columns, APPLICATIONS)
    if table.frame.empty or any(f.code == "HEADER_MISSING" for f in found):
        raise InputRefused(found)
    cells, more = _checked(table, desk.facts, now)
    found += more
    if any(f.severity in BLOCKING for f in found):
        refuse_whole(found)
    at = partial(broken, file=table.file, sheet=table.sheet)
    confirmed = 0
    requests = [
        (int(row), _request(record, desk.facts, now, unit))
        for row, record in zip(table.rows, cells.to_dict("records"), strict=True)
    ]
    for row, request in sorted(requests, key=lambda one: (one[1].at, one[0])):
        outcome = desk.submit(request)
        found += at(outcome.refused, row=row, candidate_id=request.candidate_id)
        if outcome.person is not None:
            confirmed += outcome.person.state(desk.facts, request.at) is State.CONFIRMED
    return Loaded(table.records, confirmed, refuse_whole(found))


def _request(
    record: Mapping[Any, Any], facts: RegistrationFacts, now: datetime, unit: str
) -> Request:
    at = time_of(record["time"], facts.exam, now)
    assert at is not None  # checked before
    return Request(
        name=record["name"],
        id_type=record["id_type"],
        id_number=record["id_number"],
        form=completed(record, facts),
        at=at,
        candidate_id=record["candidate_id"],
        unit=unit,
        trusted=True,
    )


def _checked(
    table: TextTable, facts: RegistrationFacts, now: datetime
) -> tuple[pd.DataFrame, list[Finding]]:
    """All columns, normalised, and every finding about single rows."""
    checked, normalised = clean(table)
    blank = pd.Series("", index=table.frame.index, dtype="str")
    cells = pd.DataFrame(
        {
            name: checked[name]
            if name in checked
            else (trimmed(table.frame[name]) if name in table.frame else blank)
            for name in names(APPLICATIONS)
        }
    )
    # The roster asks for what is given out later: a stand-in where it is blank.
    numbers = pd.Series([f"row-{row}" for row in table.rows], index=blank.index, dtype="str")
    stand_ins = {"candidate_id": numbers, "subjects": blank + facts.all_subjects}
    for name, stand_in in stand_ins.items():
        checked[name] = checked[name].where(~is_blank(checked[name]), stand_in)
    reference = ReferenceData(
        exam=facts.exam,
        specialties=facts.specialties,
        exam_points=facts.exam_points,
        centers=(),
        rooms=(),
    )
    roster = Roster(checked, table.numeric_cells, reference, Policy())
    found = [
        one
        for hits in [*normalised, *examine(roster, _RULES)]
        for one in as_findings(hits, cells, table.rows, table)
    ]
    return cells, [*found, *_own_findings(cells, table, facts, now)]


def _own_findings(
    cells: pd.DataFrame, table: TextTable, facts: RegistrationFacts, now: datetime
) -> Iterator[Finding]:
    for column in APPLICATIONS:
        if column.name in ("candidate_id", "subjects") or not column.required:
            continue
        if column.pattern or column.name in ("name", "id_type", "id_number"):
            continue  # the roster's rules report these
        for position in np.flatnonzero(is_blank(cells[column.name])).tolist():
            yield finding(
                "TEXT_MISSING", table.file, sheet=table.sheet, row=int(table.rows[position]),
                column=column.name, candidate_id=str(cells["candidate_id"].iat[position]),
            )  # fmt: skip
    for row, record in zip(table.rows, cells.to_dict("records"), strict=True):
        at = partial(
            finding, file=table.file, sheet=table.sheet, row=int(row),
            candidate_id=record["candidate_id"],
        )  # fmt: skip
        time = time_of(record["time"], facts.exam, now)
        if time is None or time > now:
            code = "TIME_FORM" if time is None else "TIME_AHEAD"
            yield at(code, column="time", value=shown("time", record["time"]))
        form = {str(name): str(cell) for name, cell in record.items()}
        for code, name in form_faults(form, facts):
            yield at(code, column=name, value=shown(name, form[name]))
