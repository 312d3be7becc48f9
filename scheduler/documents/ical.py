"""Events as RFC 5545 bytes: identity, revision and time zone of every calendar of paikao."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

from icalendar import Alarm, Calendar, Event, Timezone, vDuration

from models.exam import Exam
from models.places import Center
from models.publication import PublishedFacts
from scheduler.documents.texts import Language, texts

REFRESH: Final = timedelta(hours=6)
"""How often a subscriber is asked to look again; many look when they please."""
ALARMS: Final = (timedelta(days=-1), timedelta(hours=-1))
ZONE_BEGINS: Final = date(1992, 1, 1)
"""Later than China's summer time of 1986-1991, whose onsets icalendar 7 writes an hour late."""

_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True)
class Revision:
    """What all events of one calendar share: when and in which version they were said."""

    at: datetime
    sequence: int
    language: Language
    withdrawn: bool


@dataclass(frozen=True)
class Entry:
    """One event before it is written; ``end`` of a whole-day entry is the day after the last."""

    uid: str
    start: date
    end: date
    summary: str
    lines: tuple[str, ...]
    location: str = ""
    center: Center | None = None
    contact: str = ""
    private: bool = False
    alarms: bool = False


def revision_of(
    facts: PublishedFacts,
    withdrawn_at: datetime | None,
    restored_at: datetime | None,
    language: Language,
) -> Revision:
    """DTSTAMP and SEQUENCE of a version, or of its withdrawal, or of its return.

    The three have one SEQUENCE, so DTSTAMP tells which is said last (RFC 5546, section 2.1.5).
    """
    at = (withdrawn_at or restored_at or facts.published_at).astimezone(UTC).replace(microsecond=0)
    return Revision(at, facts.plan_version - 1, language, withdrawn=withdrawn_at is not None)


def calendar_bytes(
    exam: Exam,
    holder: tuple[str, str],
    name: str,
    revision: Revision,
    entries: Sequence[Entry],
    before: Sequence[Entry] = (),
) -> bytes:
    """All entries in force, then those that only the version before had, cancelled."""
    calendar = Calendar.new(
        uid=uid(exam.code, "calendar", *holder),
        prodid=f"-//paikao//{holder[0]}//{revision.language.upper()}",
        calscale="GREGORIAN",
        method="PUBLISH",
        name=name,
        last_modified=revision.at,
        refresh_interval=REFRESH,
    )
    # RFC 7986, 5.7 wants the type spelled out, and icalendar 7 leaves it away. Outlook reads TTL.
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    calendar.add("X-WR-TIMEZONE", exam.timezone)
    calendar.add_component(_zone(exam.timezone, exam.year))
    kept = {entry.uid for entry in entries}
    for entry in entries:
        calendar.add_component(_event(entry, revision, cancelled=revision.withdrawn))
    for entry in before:
        if entry.uid not in kept:
            calendar.add_component(_event(entry, revision, cancelled=True))
    content: bytes = calendar.to_ical()
    return content


@cache
def _zone(timezone: str, year: int) -> Timezone:
    """The VTIMEZONE of every calendar of an exam; built once, for icalendar walks the years."""
    zone = Timezone.from_tzid(
        timezone, first_date=ZONE_BEGINS, last_date=date(max(year, 2000) + 3, 1, 1)
    )
    zone.pop("COMMENT", None)  # RFC 5545, 3.6.5 has none here
    return zone


def _event(entry: Entry, revision: Revision, *, cancelled: bool) -> Event:
    words = texts(revision.language)
    lines = entry.lines
    if cancelled:
        lines = (words.withdrawn if revision.withdrawn else words.cancelled, "", *lines)
    event = Event.new(
        uid=entry.uid,
        stamp=revision.at,
        last_modified=revision.at,
        sequence=revision.sequence,
        start=entry.start,
        end=entry.end,
        summary=entry.summary,
        description="\n".join(lines).lstrip("\n"),
        location=entry.location or None,
        contacts=[entry.contact] if entry.contact else None,
    )
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    whole_day = not isinstance(entry.start, datetime)
    event.add("TRANSP", "TRANSPARENT" if cancelled or whole_day else "OPAQUE")
    event.add("CLASS", "PRIVATE" if entry.private else "PUBLIC")
    if entry.center is not None:
        event.add("GEO", (entry.center.latitude, entry.center.longitude))
    if entry.alarms and not cancelled:
        for before, pattern in zip(ALARMS, (words.alarm_day, words.alarm_hour), strict=True):
            event.add_component(
                Alarm.new_display(
                    description=pattern.format(what=entry.summary),
                    trigger=before,
                    uid=uid(entry.uid, str(int(before.total_seconds()))),
                )
            )
    return event


def uid(*parts: str) -> str:
    """First 32 hex digits of the SHA-256 of the parts joined by U+001F, at ``paikao``."""
    return f"{hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()[:32]}@paikao"
