"""What look-ups answer; types only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from models.publication import Placement
from scheduler.store.times import moment_or_none

HolderKind = Literal["candidate", "center", "exam_point"]
StaffKind = Literal["center", "exam_point"]

NAME_WINDOW = timedelta(hours=24)
"""Within which failures with the right name are counted (``Found.name_failures_at``)."""

CALENDAR_DAYS = timedelta(days=7)
"""Calendar tokens work this long after the end of the exam's last session."""


@dataclass(frozen=True, slots=True)
class Live:
    """The version that was published last.

    Attributes:
        version_id: names it in this store.
        previous_id: the version published before it, None for the first.
        exam_ends: end of the last session.
        withdrawn_at: None while it is live.
        restored_at: when it was published again after a withdrawal.
    """

    version_id: int
    root_hash: str
    plan_version: int
    published_at: datetime
    exam_ends: datetime
    previous_id: int | None
    withdrawn_at: datetime | None
    restored_at: datetime | None


class NameFailures:
    """What counts failures with the right name; part of whatever a look-up finds."""

    __slots__ = ()
    name_failures: int
    name_since: str

    def name_failures_at(self, now: datetime) -> tuple[int, datetime | None]:
        """Failures with the right name in the 24 hours now running, and when these end."""
        since = moment_or_none(self.name_since)
        if since is None or now >= since + NAME_WINDOW:
            return 0, None
        return self.name_failures, since + NAME_WINDOW


@dataclass(frozen=True, slots=True)
class Found(NameFailures):
    """Whose number it is, if anybody's; made with the same work for a number that is nobody's.

    Attributes:
        number: as it was given.
        version_id: of the live version; None while the exam is withdrawn.
        placement: None for a number that is nobody's.
        calendar_serial: for :meth:`Store.calendar_token`.
        failures: failed look-ups of this number so far, in total.
        name_failures: of these, with the right name, since ``name_since``.
        failure_key: under which failures are counted.
        compared_name, compared_id: what an answer is compared with; a stranger's, if unknown.
    """

    number: str
    version_id: int | None
    placement: Placement | None = field(repr=False)
    calendar_serial: int
    failures: int
    name_failures: int
    name_since: str
    failure_key: str
    compared_to: str = field(repr=False)
    compared_name: str = field(repr=False)
    compared_id: bytes = field(repr=False)

    @property
    def known(self) -> bool:
        """Whether the number is anybody's."""
        return self.placement is not None


@dataclass(frozen=True, slots=True)
class StaffScope:
    """Whose staff token it is. ``state`` is for our own tests: outside, only ``valid`` differs."""

    kind: StaffKind
    holder: str
    exam: str
    state: Literal["valid", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class CalendarHolder:
    """Whose calendar token it is, and what the calendar is made of.

    Attributes:
        version_id: the version published last, withdrawn or not.
        previous_id: the version before it.
        placement: the candidate's in ``version_id``; None for centers, and if not in it.
        previous: the candidate's in ``previous_id``.
        withdrawn_at: None while the version is live.
        restored_at: when it was published again after a withdrawal.
        expires_at: after this moment the token answers nobody.
    """

    kind: HolderKind
    holder: str
    version_id: int
    previous_id: int | None
    placement: Placement | None
    previous: Placement | None
    withdrawn_at: datetime | None
    restored_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RoomSession:
    """How many candidates sit one subject in one room."""

    sitting: str
    room_id: str
    subject: int
    candidates: int
