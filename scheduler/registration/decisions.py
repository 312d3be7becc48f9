"""Decision files: confirmations at the counter, reviews, payments; taken whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from models.findings import Finding
from models.registration import ApplicationEvent, Event, Shown
from models.registration_tables import DECISIONS
from scheduler.registration.desk import Desk
from scheduler.registration.intake import broken, masked, recorded_time, refuse_whole
from scheduler.roster.records import Record, read_records

MOST_FEE = 100_000


class Decision(StrEnum):
    """What a file may decide; forms and automatic confirmation come with applications."""

    CONFIRM_ON_SITE = Event.CONFIRM_ON_SITE.value
    APPROVE = Event.APPROVE.value
    REJECT = Event.REJECT.value
    PAY = Event.PAY.value


class Actor(StrEnum):
    """Who decides: an exam point, a division, or the payments that came in."""

    POINT = "point"
    DIVISION = "division"
    PAYMENTS = "payments"


@dataclass(frozen=True)
class Decided:
    """What a decision file came to."""

    events: int
    findings: tuple[Finding, ...]


def load_decisions(
    desk: Desk,
    path: Path,
    *,
    now: datetime,
    sheet: str | None = None,
    ignore_columns: Sequence[str] = (),
) -> Decided:
    """Record every decision of a file, in the order of their times; the caller writes.

    Raises:
        InputRefused: with every reason of every row; nothing is to be written then.
    """
    records, found = read_records(path, DECISIONS, sheet=sheet, ignore_columns=ignore_columns)
    wanted: list[tuple[datetime, int, ApplicationEvent]] = []
    for record in records:
        event = _event(record, desk, now)
        found += masked(record.found)
        if event is not None:
            wanted.append((event.at, record.row, event))
    for _, row, event in sorted(wanted, key=lambda one: one[:2]):
        found += broken(desk.decide(event), path.name, row, event.candidate_id)
    return Decided(len(wanted), refuse_whole(found))


def _event(record: Record, desk: Desk, now: datetime) -> ApplicationEvent | None:
    decision = record.choice("event", Decision)
    kind, _, holder = record["actor"].partition(":")
    if kind not in set(Actor):
        record.report("CHOICE_UNKNOWN", "actor", hint="Write point:2301, division:D01, payments:.")
    if record["candidate_id"] and record["candidate_id"] not in desk.people:
        record.report("APPLICANT_UNKNOWN", "candidate_id")
    if not set(filter(None, record["shown"].split(";"))) <= set(Shown):
        record.report("CHOICE_UNKNOWN", "shown", hint=f"Allowed: {'; '.join(Shown)}.")
    amount = record.whole("amount", 0, MOST_FEE) if record["amount"] else 0
    at = recorded_time(record, desk.facts.exam, now)
    if not record.sound or decision is None or amount is None:
        return None
    return ApplicationEvent(
        candidate_id=record["candidate_id"],
        event=Event(decision.value),
        at=at,
        actor=f"{kind}:{holder}",
        note=record["note"],
        shown=tuple(Shown(word) for word in record["shown"].split(";") if word),
        check_code=record["check_code"],
        amount=amount,
    )
