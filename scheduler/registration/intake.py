"""What the files of a registration share: times, rules as findings, personal cells masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.errors import InputRefused
from models.exam import Exam
from models.finding_codes import finding
from models.findings import BLOCKING, Finding
from scheduler.registration.rules import Rule
from scheduler.roster.examined import shown
from scheduler.roster.findings_io import in_order
from scheduler.roster.records import Record

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")


def time_of(cell: str, exam: Exam, now: datetime) -> datetime | None:
    """A local time in the exam's zone as UTC; blank is now, and None is no time at all."""
    if cell == "":
        return now
    if not _TIME.fullmatch(cell):
        return None
    try:
        local = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo(exam.timezone)).astimezone(UTC)


def recorded_time(record: Record, exam: Exam, now: datetime) -> datetime:
    """The time of a record, reported where it is none or lies ahead; then it is now."""
    at = time_of(record["time"], exam, now)
    if at is None:
        record.report("TIME_FORM", "time")
    elif at > now:
        record.report("TIME_AHEAD", "time")
    return at if at is not None else now


def broken(
    rules: Sequence[Rule], file: str, row: int, candidate_id: str, *, sheet: str = ""
) -> Iterator[Finding]:
    """One finding per broken rule: its id as value, what it asks as advice."""
    for one in rules:
        yield finding(
            "RULE_BROKEN", file, sheet=sheet, row=row, candidate_id=candidate_id,
            value=one.name, hint=f"{one.zh} {one.en}",
        )  # fmt: skip


def masked(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings with personal cells masked."""
    for one in findings:
        yield one.model_copy(update={"value": shown(one.column, one.value)})


def refuse_whole(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in order, or an error if any of them blocks: a file is taken whole or not.

    Raises:
        InputRefused: with every finding.
    """
    ordered = in_order(findings)
    if any(f.severity in BLOCKING for f in ordered):
        raise InputRefused(ordered)
    return ordered
