"""From published types to answers; pure functions, one per answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from api import schemas
from models.exam import Exam, Sitting
from models.places import Center, ExamPoint
from models.publication import PublishedFacts, sitting_times
from scheduler.documents.seat_plan import SeatPlanRow
from scheduler.documents.sessions import SessionUse
from scheduler.documents.texts import room_text

# ---------------------------------------------------------------- shared parts


def version(facts: PublishedFacts) -> schemas.Version:
    """Which plan it is."""
    return schemas.Version(
        exam=facts.exam.code,
        plan_version=facts.plan_version,
        root_hash=facts.root_hash,
        published_at=facts.published_at,
    )


def subject_name(exam: Exam, number: int) -> str:
    """The name of a subject."""
    return next(s.name_zh for s in exam.subjects if s.number == number)


def center_place(center: Center) -> schemas.CenterPlace:
    """A center as people find it."""
    return schemas.CenterPlace(**_place(center.center_id, center))


def exam_point_contact(point: ExamPoint) -> schemas.ExamPointContact:
    """An exam point as people reach it."""
    place = _place(point.exam_point, point)
    return schemas.ExamPointContact(**place, phone=point.phone, website=point.website)


def _place(place_id: str, place: Center | ExamPoint) -> dict[str, Any]:
    return {
        "id": place_id,
        "name_zh": place.name_zh,
        "address": place.address,
        "latitude": float(place.latitude),
        "longitude": float(place.longitude),
    }


def sitting_entry(exam: Exam, sitting: Sitting) -> schemas.SittingEntry:
    """A sitting with its sessions by start."""
    return schemas.SittingEntry(
        id=sitting.id,
        mode=sitting.mode,
        name_zh=sitting.name_zh,
        sessions=tuple(
            schemas.SubjectTime(
                subject=time.subject,
                name_zh=subject_name(exam, time.subject),
                start=time.start,
                end=time.end,
            )
            for time in sitting_times(exam, sitting)
        ),
    )


# ---------------------------------------------------------------- public


def exam_answer(facts: PublishedFacts) -> schemas.ExamAnswer:
    """``GET /v1/exam``."""
    exam = facts.exam
    return schemas.ExamAnswer(
        version=version(facts),
        code=exam.code,
        name_zh=exam.name_zh,
        year=exam.year,
        timezone=exam.timezone,
        subjects=tuple(
            schemas.SubjectEntry(number=s.number, name_zh=s.name_zh) for s in exam.subjects
        ),
        sittings=tuple(sitting_entry(exam, s) for s in exam.sittings),
        windows=tuple(
            schemas.WindowEntry(key=w.key, opens=w.opens, closes=w.closes, note=w.note)
            for w in exam.windows
        ),
    )


def specialties_answer(facts: PublishedFacts) -> schemas.SpecialtiesAnswer:
    """``GET /v1/specialties``."""
    return schemas.SpecialtiesAnswer(
        version=version(facts),
        specialties=tuple(
            schemas.SpecialtyEntry(
                code=s.code,
                name_zh=s.name_zh,
                level=s.level,
                mode=s.mode,
                sittings=facts.dates.get(s.code, ()),
            )
            for s in sorted(facts.specialties, key=lambda s: s.code)
        ),
    )


def specialty_answer(facts: PublishedFacts, code: str) -> schemas.SpecialtyAnswer:
    """``GET /v1/specialties/{code}``; KeyError when there is none."""
    specialty = facts.specialty_by_code[code]
    return schemas.SpecialtyAnswer(
        version=version(facts),
        code=specialty.code,
        name_zh=specialty.name_zh,
        level=specialty.level,
        mode=specialty.mode,
        sittings=tuple(
            sitting_entry(facts.exam, facts.sitting_by_id[s]) for s in facts.dates.get(code, ())
        ),
    )


def balance_answer(facts: PublishedFacts) -> schemas.BalanceAnswer:
    """``GET /v1/balance``."""
    return schemas.BalanceAnswer(version=version(facts), rows=facts.balance)


# ---------------------------------------------------------------- centers and exam points


def seat_plan_answer(facts: PublishedFacts, rows: Iterable[SeatPlanRow]) -> schemas.SeatPlanAnswer:
    """A seat plan; the rows come by center, sitting and room."""
    rooms = tuple(
        schemas.SeatPlanRoom(
            center_id=center_id,
            sitting=sitting,
            room_id=room_id,
            room=room,
            candidates=tuple(_seat_plan_candidate(row) for row in here),
        )
        for (center_id, sitting, room_id, room), here in groupby(
            rows, key=lambda row: (row.center_id, row.sitting, row.room_id, row.room)
        )
    )
    return schemas.SeatPlanAnswer(version=version(facts), rooms=rooms)


def _seat_plan_candidate(row: SeatPlanRow) -> schemas.SeatPlanCandidate:
    return schemas.SeatPlanCandidate(
        seat=row.seat,
        ticket_number=row.ticket_number,
        name=row.name,
        id_last4=row.id_last4,
        specialty=row.specialty,
        specialty_name=row.specialty_name,
        exam_point=row.exam_point,
        subjects=row.subjects,
        form=row.form,
        needs=row.needs,
        sessions=tuple(
            schemas.SeatPlanSession(
                subject=s.subject, start=s.start, end=s.end, own_end=s.own_end
            )
            for s in row.sessions
        ),
    )  # fmt: skip


def sessions_answer(
    facts: PublishedFacts, centers: Sequence[str], uses: Iterable[SessionUse], calendar_url: str
) -> schemas.SessionsAnswer:
    """The sessions of these centers, one entry per center even where it has none."""
    by_center: dict[str, list[SessionUse]] = {center: [] for center in centers}
    for use in uses:
        by_center[use.center_id].append(use)
    return schemas.SessionsAnswer(
        version=version(facts),
        centers=tuple(
            schemas.CenterSessions(
                center=center_place(facts.center_by_id[center]),
                sessions=tuple(_center_session(facts, use) for use in here),
            )
            for center, here in by_center.items()
        ),
        calendar_url=calendar_url,
    )


def _center_session(facts: PublishedFacts, use: SessionUse) -> schemas.CenterSession:
    return schemas.CenterSession(
        sitting=use.sitting,
        subject=use.subject,
        name_zh=subject_name(facts.exam, use.subject),
        start=use.start,
        end=use.end,
        latest_end=use.latest_end,
        candidates=use.candidates,
        rooms=tuple(
            schemas.RoomUse(
                room_id=room.room_id,
                room=room_text(room.room_id, facts.room_by_id.get((use.center_id, room.room_id))),
                candidates=room.candidates,
                end=room.end,
            )
            for room in use.rooms
        ),
    )
