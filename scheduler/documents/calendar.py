"""Calendars (RFC 5545) of candidates, centers, exam points and the exam; same facts, same bytes.

Nothing here reads a clock or draws a number: UIDs are hashes of ids (docs/formats.md, section 6),
DTSTAMP is the time of publication and SEQUENCE the version of the plan. No name, no ID number and
no ticket number enters a calendar, for its address may be passed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from models.exam import Exam
from models.publication import Placement, PublishedFacts, session_times, sitting_times
from scheduler.documents.ical import Entry, calendar_bytes, revision_of, uid
from scheduler.documents.sessions import SessionUse
from scheduler.documents.texts import (
    Language,
    contact_text,
    door_rules,
    room_text,
    span_text,
    specialty_text,
    texts,
    zone_name,
)

# ---------------------------------------------------------------- the four calendars


def candidate_calendar(
    facts: PublishedFacts,
    placement: Placement | None,
    previous: Placement | None = None,
    *,
    previous_facts: PublishedFacts | None = None,
    withdrawn_at: datetime | None = None,
    restored_at: datetime | None = None,
    language: Language = Language.ZH,
) -> bytes:
    """One event per session that the candidate sits; the end is the own one, with extra time.

    Args:
        facts: of the version in force, or of the withdrawn one.
        placement: the candidate in that version; None if the version does not hold the candidate.
        previous: the candidate in the version before. A session held there and not here stays for
            this version as a cancelled event; a moved session is the same event at another time.
        previous_facts: of the version before; ``facts`` when absent.
        withdrawn_at: when the version was withdrawn: every event is cancelled as of then.
        restored_at: when it was published again after that: every event is confirmed as of then.
        language: of the words; names stay as they are.

    Raises:
        ValueError: neither placement nor previous one, or two people.
    """
    holder = placement or previous
    if holder is None:
        raise ValueError("a calendar needs the candidate of this version or of the one before")
    if previous is not None and previous.candidate_id != holder.candidate_id:
        raise ValueError("the placement before is of somebody else")
    revision = revision_of(facts, withdrawn_at, restored_at, language)
    entries = _candidate_entries(facts, placement, language)
    before = _candidate_entries(previous_facts or facts, previous, language)
    name = texts(language).calendar_of_candidate.format(exam=facts.exam.name_zh)
    who = ("candidate", holder.candidate_id)
    return calendar_bytes(facts.exam, who, name, revision, entries, before)


def center_calendar(
    facts: PublishedFacts,
    center_id: str,
    uses: Sequence[SessionUse],
    previous: Sequence[SessionUse] = (),
    *,
    previous_facts: PublishedFacts | None = None,
    withdrawn_at: datetime | None = None,
    restored_at: datetime | None = None,
    language: Language = Language.ZH,
) -> bytes:
    """One event per session that the center holds, until its last candidate ends.

    Args:
        facts: as for a candidate.
        center_id: whose sessions; uses of other centers are passed over.
        uses: from :func:`scheduler.documents.sessions.session_uses`.
        previous: uses in the version before; those that are gone are cancelled.
        previous_facts: as for a candidate.
        withdrawn_at: as for a candidate.
        restored_at: as for a candidate.
        language: as for a candidate.
    """
    centers = frozenset([center_id])
    revision = revision_of(facts, withdrawn_at, restored_at, language)
    entries = _center_entries(facts, uses, centers, language, alarms=True)
    before = _center_entries(previous_facts or facts, previous, centers, language, alarms=True)
    center = facts.center_by_id.get(center_id)
    name = f"{facts.exam.name_zh} {center.name_zh if center else center_id}"
    return calendar_bytes(facts.exam, ("center", center_id), name, revision, entries, before)


def exam_point_calendar(
    facts: PublishedFacts,
    exam_point: str,
    uses: Sequence[SessionUse],
    previous: Sequence[SessionUse] = (),
    *,
    previous_facts: PublishedFacts | None = None,
    withdrawn_at: datetime | None = None,
    restored_at: datetime | None = None,
    language: Language = Language.ZH,
) -> bytes:
    """The events of all centers of an exam point, as in their own calendars but without alarms.

    Arguments as in :func:`center_calendar`; uses of other exam points' centers are passed over.
    """
    older = previous_facts or facts
    revision = revision_of(facts, withdrawn_at, restored_at, language)
    entries = _center_entries(facts, uses, _centers_of(facts, exam_point), language)
    before = _center_entries(older, previous, _centers_of(older, exam_point), language)
    point = facts.point_by_id.get(exam_point)
    name = f"{facts.exam.name_zh} {point.name_zh if point else exam_point}"
    return calendar_bytes(facts.exam, ("exam_point", exam_point), name, revision, entries, before)


def exam_calendar(facts: PublishedFacts, *, language: Language = Language.ZH) -> bytes:
    """Windows as whole days, and every session with the specialties that sit it; for everybody.

    A window without any date (such as "two months after the exam") has no event.
    """
    revision = revision_of(facts, None, None, language)
    entries = _exam_entries(facts, language)
    name = texts(language).calendar_of_exam.format(exam=facts.exam.name_zh)
    return calendar_bytes(facts.exam, ("exam", facts.exam.code), name, revision, entries)


# ---------------------------------------------------------------- entries


def _candidate_entries(
    facts: PublishedFacts, placement: Placement | None, language: Language
) -> list[Entry]:
    if placement is None or not placement.placed:
        return []
    words, exam = texts(language), facts.exam
    center = facts.center_by_id[placement.center_id]
    specialty = facts.specialty_by_code[placement.specialty]
    point = facts.point_by_id.get(placement.exam_point)
    room = room_text(
        placement.room_id, facts.room_by_id.get((placement.center_id, placement.room_id))
    )
    regular = {
        time.subject: time.end
        for time in sitting_times(exam, exam.sitting(placement.sitting), placement.subjects)
    }
    contact = contact_text(point, language) if point else ""
    rules = [f"{n}. {rule}" for n, rule in enumerate(door_rules(exam, language), start=1)]
    entries = []
    for time in session_times(exam, placement):
        subject = _subject_name(exam, time.subject)
        when = span_text(time.start, time.end, language)
        longer = time.end > regular[time.subject]
        pattern = words.when_extra if longer else words.when
        entries.append(
            Entry(
                uid=uid(exam.code, placement.candidate_id, str(time.subject)),
                start=time.start,
                end=time.end,
                summary=f"{subject}（{specialty.name_zh}，{words.modes[specialty.mode]}）",
                lines=(
                    pattern.format(when=when, zone=zone_name(exam.timezone, language)),
                    words.center.format(name=center.name_zh),
                    *([words.address.format(address=center.address)] if center.address else []),
                    words.room.format(room=room),
                    words.seat.format(seat=placement.seat),
                    words.specialty.format(
                        code=specialty.code, name=specialty.name_zh, level=specialty.level
                    ),
                    *([words.exam_point.format(contact=contact)] if contact else []),
                    "",
                    words.door_rules,
                    *rules,
                    *_closing(facts, language),
                ),
                location=words.comma.join(
                    part
                    for part in (
                        center.name_zh,
                        center.address,
                        room,
                        words.seat.format(seat=placement.seat),
                    )
                    if part
                ),
                center=center,
                contact=contact,
                private=True,
                alarms=True,
            )
        )
    return entries


def _center_entries(
    facts: PublishedFacts,
    uses: Iterable[SessionUse],
    centers: frozenset[str],
    language: Language,
    *,
    alarms: bool = False,
) -> list[Entry]:
    words, exam = texts(language), facts.exam
    entries = []
    for use in uses:
        if use.center_id not in centers:
            continue
        center = facts.center_by_id[use.center_id]
        rooms = []
        for room in use.rooms:
            name = room_text(room.room_id, facts.room_by_id.get((use.center_id, room.room_id)))
            pattern = words.room_until if room.end > use.end else words.room_use
            rooms.append(pattern.format(room=name, count=room.candidates, end=f"{room.end:%H:%M}"))
        subject = _subject_name(exam, use.subject)
        when = span_text(use.start, use.end, language)
        entries.append(
            Entry(
                uid=uid(exam.code, use.center_id, use.session),
                start=use.start,
                end=use.latest_end,
                summary=f"{use.session} {subject}（{center.name_zh}）",
                lines=(
                    words.when.format(when=when, zone=zone_name(exam.timezone, language)),
                    words.candidates.format(count=use.candidates),
                    *rooms,
                    *_closing(facts, language),
                ),
                location=words.comma.join(
                    part for part in (center.name_zh, center.address) if part
                ),
                center=center,
                private=True,
                alarms=alarms,
            )
        )
    return entries


def _exam_entries(facts: PublishedFacts, language: Language) -> list[Entry]:
    words, exam = texts(language), facts.exam
    entries = []
    for window in exam.windows:
        first, last = window.opens or window.closes, window.closes or window.opens
        if first is None or last is None:
            continue
        entries.append(
            Entry(
                uid=uid(exam.code, "window", window.key),
                start=first,
                end=last + timedelta(days=1),
                summary=window.note or window.key,
                lines=_closing(facts, language),
            )
        )
    for sitting in exam.sittings:
        here = [
            specialty_text(facts.specialty_by_code[code])
            for code, sittings in sorted(facts.dates.items())
            if sitting.id in sittings
        ]
        listed = words.specialties.format(specialties=words.sequence.join(here))
        for time in sitting_times(exam, sitting):
            when = span_text(time.start, time.end, language)
            entries.append(
                Entry(
                    uid=uid(exam.code, "sitting", f"{sitting.id}-{time.subject}"),
                    start=time.start,
                    end=time.end,
                    summary=(
                        f"{_subject_name(exam, time.subject)}"
                        f"（{words.modes[sitting.mode]}，{sitting.id}）"
                    ),
                    lines=(
                        words.when.format(when=when, zone=zone_name(exam.timezone, language)),
                        *([listed] if here else []),
                        *_closing(facts, language),
                    ),
                )
            )
    return entries


def _closing(facts: PublishedFacts, language: Language) -> tuple[str, ...]:
    words = texts(language)
    version = words.version.format(version=facts.plan_version, hash=facts.root_hash[:12])
    return ("", words.feed_lags, version)


def _subject_name(exam: Exam, number: int) -> str:
    return next(s.name_zh for s in exam.subjects if s.number == number)


def _centers_of(facts: PublishedFacts, exam_point: str) -> frozenset[str]:
    return frozenset(c.center_id for c in facts.centers if c.exam_point == exam_point)
