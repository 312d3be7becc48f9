"""The seat plan of a center: who sits where, room by room, as rows and as CSV.

It names people, because an invigilator must; of an ID number it holds the last four characters and
of the archive number nothing, for with it a candidate is looked up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.exam import Exam
from models.publication import Placement, PublishedFacts, sitting_times
from scheduler.documents.sessions import SessionClock
from scheduler.documents.texts import room_text

BOM: Final = "\ufeff"
"""Begins every seat plan: without it, a Chinese spreadsheet program takes the file for GBK."""
INERT: Final = "'"
"""Stands before a text that a spreadsheet would take for a formula; see :func:`inert`."""

_TAKEN_FOR_FORMULAS: Final = (*"=+-@\t\r\n\0＝＋－＠", INERT)


@dataclass(frozen=True, slots=True)
class SeatPlanSession:
    """One session of one candidate; ``own_end`` is later than ``end`` by the extra time."""

    subject: int
    start: datetime
    end: datetime
    own_end: datetime


@dataclass(frozen=True, slots=True)
class SeatPlanRow:
    """One candidate in a seat; texts as published, not made inert.

    Attributes:
        exam_point: of the candidate, not always that of the center.
        room: name and id of the room, as its door shows it.
        id_last4: the last four characters of the ID number.
        needs: ids of needs, sorted.
        sessions: by start.
    """

    exam_point: str
    center_id: str
    sitting: str
    room_id: str
    room: str
    seat: int
    ticket_number: str
    name: str
    id_last4: str
    specialty: str
    specialty_name: str
    subjects: str
    form: str
    needs: tuple[str, ...]
    sessions: tuple[SeatPlanSession, ...]


def seat_plan_rows(
    facts: PublishedFacts,
    placements: Iterable[Placement],
    *,
    center_id: str | None = None,
    sitting: str | None = None,
    room_id: str | None = None,
) -> list[SeatPlanRow]:
    """Everybody who has a seat, by center, sitting, room, seat and subjects.

    Args:
        facts: of the version that the placements are of.
        placements: in any order; the unplaced are passed over.
        center_id: only this center; likewise ``sitting`` and ``room_id``.
        sitting: only this sitting.
        room_id: only rooms of this id.
    """
    chosen = [
        p
        for p in placements
        if p.placed
        and center_id in (None, p.center_id)
        and sitting in (None, p.sitting)
        and room_id in (None, p.room_id)
    ]
    chosen.sort(
        key=lambda p: (p.center_id, p.sitting, p.room_id, p.seat, p.subjects, p.candidate_id)
    )
    clock = SessionClock(facts.exam)
    ends = {
        (s.id, time.subject): time.end
        for s in facts.exam.sittings
        for time in sitting_times(facts.exam, s)
    }
    return [
        SeatPlanRow(
            exam_point=p.exam_point,
            center_id=p.center_id,
            sitting=p.sitting,
            room_id=p.room_id,
            room=room_text(p.room_id, facts.room_by_id.get((p.center_id, p.room_id))),
            seat=p.seat,
            ticket_number=p.ticket_number,
            name=p.name,
            id_last4=p.id_last4,
            specialty=p.specialty,
            specialty_name=facts.specialty_by_code[p.specialty].name_zh,
            subjects=p.subjects,
            form=p.form,
            needs=p.needs,
            sessions=tuple(
                SeatPlanSession(time.subject, time.start, ends[p.sitting, time.subject], time.end)
                for time in clock.own(p)
            ),
        )
        for p in chosen
    ]  # fmt: skip


# ---------------------------------------------------------------- as CSV


def seat_plan_columns(exam: Exam) -> tuple[str, ...]:
    """The columns of the CSV; two for every subject of the exam."""
    subjects = sorted(subject.number for subject in exam.subjects)
    return (
        "center_id", "sitting", "room_id", "room", "seat", "ticket_number", "name", "id_last4",
        "specialty", "specialty_name", "exam_point", "subjects", "form", "needs",
        *(f"{column}_{n}" for n in subjects for column in ("session", "extra_time_end")),
    )  # fmt: skip


def seat_plan_csv(facts: PublishedFacts, rows: Iterable[SeatPlanRow]) -> bytes:
    """RFC 4180 with CRLF, in UTF-8 with byte-order mark; every text made inert.

    ``session_N`` is the local time of subject N (``2022-04-09 08:30-10:00``), blank where the
    candidate does not sit it; ``extra_time_end_N`` is the own end (``10:23``), blank without extra
    time.
    """
    columns = seat_plan_columns(facts.exam)
    text = io.StringIO(newline="")
    text.write(BOM)
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        cells: dict[str, str | int] = {
            "center_id": inert(row.center_id),
            "sitting": inert(row.sitting),
            "room_id": inert(row.room_id),
            "room": inert(row.room),
            "seat": row.seat,
            "ticket_number": inert(row.ticket_number),
            "name": inert(row.name),
            "id_last4": inert(row.id_last4),
            "specialty": inert(row.specialty),
            "specialty_name": inert(row.specialty_name),
            "exam_point": inert(row.exam_point),
            "subjects": row.subjects,
            "form": inert(row.form),
            "needs": inert(";".join(row.needs)),
        }
        for session in row.sessions:
            cells[f"session_{session.subject}"] = _span(session.start, session.end)
            if session.own_end > session.end:
                cells[f"extra_time_end_{session.subject}"] = _clock(session.own_end, session.start)
        writer.writerow(cells)
    return text.getvalue().encode()


def inert(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula.

    That is a first character ``= + - @``, tab, CR, LF or NUL, also full-width, also after blanks
    (OWASP, "CSV injection"). A text that begins with an apostrophe gets a second one, so
    :func:`plain` is the exact inverse.
    """
    first = text.lstrip(" \u00a0\u3000")[:1]
    return INERT + text if first in _TAKEN_FOR_FORMULAS else text


def plain(cell: str) -> str:
    """The text that :func:`inert` was given."""
    return cell[1:] if cell.startswith(INERT) else cell


def _span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}-{_clock(end, start)}"


def _clock(moment: datetime, start: datetime) -> str:
    """``10:00``; with the day when it is not that of the start."""
    return f"{moment:%H:%M}" if moment.date() == start.date() else f"{moment:%Y-%m-%d %H:%M}"
