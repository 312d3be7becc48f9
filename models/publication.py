"""What is published of a plan: facts that everybody may read, and what one candidate may read.

Calendars, documents and the API are made from these types alone, so a file exported from a plan
directory and an answer of the server cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import Field

from models.base import Code, Frozen
from models.exam import Exam, Sitting
from models.reference import Sites


class BalanceRow(Frozen):
    """One row of ``balance.csv``: how a small group fared, never a person."""

    sitting: Code
    specialty: Code
    exam_point: Code
    candidates: int = Field(ge=0)
    peak_use: str
    mean_km: str


class PublishedFacts(Sites):
    """The impersonal part of one published version; stored whole, as JSON.

    Attributes:
        root_hash: names the plan, 64 hex digits.
        plan_version: counts the versions of this exam's plan from 1.
        published_at: when this version went live, with offset, whole seconds.
        dates: specialty code to the ids of the sittings that its candidates were given.
    """

    root_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    plan_version: int = Field(ge=1)
    published_at: datetime
    dates: Mapping[str, tuple[str, ...]]
    balance: tuple[BalanceRow, ...] = ()

    @cached_property
    def sitting_by_id(self) -> Mapping[str, Sitting]:
        """Sittings by id."""
        return {s.id: s for s in self.exam.sittings}


@dataclass(frozen=True, slots=True)
class Placement:
    """One candidate of a published version, without the ID number.

    Attributes:
        candidate_id: archive number (档案号).
        ticket_number: blank for an unplaced candidate.
        name: as in the roster; centers print it, calendars never hold it.
        id_last4: the last four characters of the ID number.
        subjects: ascending digits, such as ``134``.
        needs: ids of needs, sorted.
        sitting: blank, with ``center_id`` and ``room_id``, for an unplaced candidate.
        form: blank where the sitting has one form.
        seat: 0 for an unplaced candidate.
        reason: why a candidate is unplaced; blank for a placed one.
        changed: what differs from the version published before: ``date``, ``center``, ``room``,
            ``seat`` (the first that differs and all below it); empty if nothing, or if new.
    """

    candidate_id: str
    ticket_number: str
    name: str
    id_last4: str
    specialty: str
    subjects: str
    exam_point: str
    needs: tuple[str, ...]
    sitting: str
    form: str
    center_id: str
    room_id: str
    seat: int
    reason: str = ""
    changed: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether the candidate has a seat."""
        return self.sitting != ""


@dataclass(frozen=True, slots=True)
class SessionTime:
    """When a candidate sits one subject, with offset; the end includes extra time."""

    subject: int
    start: datetime
    end: datetime


def session_times(exam: Exam, placement: Placement) -> tuple[SessionTime, ...]:
    """The sessions of a placed candidate by start, each end lengthened by the largest extra time.

    Extra time is ``Need.extra_time_ratio`` of the session's length, rounded up to a minute.
    """
    if not placement.placed:
        return ()
    return sitting_times(exam, exam.sitting(placement.sitting), placement.subjects, placement.needs)


def sitting_times(
    exam: Exam, sitting: Sitting, subjects: str = "1234", needs: tuple[str, ...] = ()
) -> tuple[SessionTime, ...]:
    """The sessions of a sitting that these subjects attend, by start."""
    ratio = max((n.extra_time_ratio for n in exam.needs if n.id in needs), default=Decimal(0))
    zone = ZoneInfo(exam.timezone)
    times = []
    for session in sorted(sitting.session, key=lambda s: s.start):
        if str(session.subject) not in subjects:
            continue
        length = int((session.end - session.start).total_seconds()) // 60
        extra = int((ratio * length).to_integral_value(ROUND_CEILING))
        times.append(
            SessionTime(
                session.subject,
                session.start.replace(tzinfo=zone),
                (session.end + timedelta(minutes=extra)).replace(tzinfo=zone),
            )
        )
    return tuple(times)
