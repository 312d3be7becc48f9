"""A candidate's answer, put together from parts that were serialised once per version.

The parts that many candidates share (specialty, exam point, sessions, center, room, closing) are
JSON already; of each candidate only a few short texts are left to serialise. The bytes are those
that pydantic gives for the same :class:`api.schemas.TicketAnswer`; a test holds them to it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from api import schemas
from api.answers import center_place, exam_point_contact, subject_name, version
from models.publication import Placement, PublishedFacts, session_times, sitting_times
from scheduler.documents.texts import Language, door_rules, error_deadline

_DATE: TypeAdapter[date | None] = TypeAdapter(date | None)


class TicketWriter:
    """Writes the answers of one published version."""

    def __init__(self, facts: PublishedFacts, public_url: str) -> None:
        """Serialise what all candidates share; the rest when first met."""
        self._facts = facts
        self._head = b'{"version":' + _json(version(facts)) + b',"candidate_id":'
        deadline = _DATE.dump_json(error_deadline(facts.exam))
        rules = schemas.DoorRules(
            zh=door_rules(facts.exam), en=door_rules(facts.exam, Language.EN)
        )  # fmt: skip
        self._closing = (
            b',"report_errors_by":' + deadline + b',"door_rules":' + _json(rules)
            + b',"calendar_url":"' + calendar_url(public_url, "").removesuffix(".ics").encode()
        )  # fmt: skip
        self._specialties: dict[str, bytes] = {}
        self._points: dict[str, bytes] = {}
        self._sessions: dict[tuple[str, str, str, tuple[str, ...]], bytes] = {}
        self._centers: dict[str, bytes] = {}
        self._rooms: dict[tuple[str, str], bytes] = {}

    def write(self, placement: Placement, calendar_token: str) -> bytes:
        """The JSON of one candidate's answer."""
        p = placement
        return b"".join((
            self._head, to_json(p.candidate_id),
            b',"ticket_number":', to_json(p.ticket_number or None),
            b',"name":', to_json(p.name),
            b',"id_last4":', to_json(p.id_last4),
            b',"subjects":', to_json(p.subjects),
            b',"needs":', to_json(p.needs) if p.needs else b"[]",
            b',"specialty":', self._specialties.get(p.specialty) or self._specialty(p.specialty),
            b',"seat":', self._seat(p) if p.placed else b"null",
            b',"reason":', to_json(p.reason) if p.reason else b'""',
            b',"changed":', to_json(p.changed) if p.changed else b"[]",
            b',"exam_point":', self._points.get(p.exam_point) or self._point(p.exam_point),
            self._closing, calendar_token.encode("ascii"), b'.ics"}',
        ))  # fmt: skip

    def _specialty(self, code: str) -> bytes:
        s = self._facts.specialty_by_code[code]
        made = _json(
            schemas.SpecialtyName(code=s.code, name_zh=s.name_zh, level=s.level, mode=s.mode)
        )
        self._specialties[code] = made
        return made

    def _point(self, point: str) -> bytes:
        made = _json(exam_point_contact(self._facts.point_by_id[point]))
        self._points[point] = made
        return made

    def _seat(self, p: Placement) -> bytes:
        kind, room = (p.sitting, p.form, p.subjects, p.needs), (p.center_id, p.room_id)
        return b"".join((
            self._sessions.get(kind) or self._own_sessions(p),
            b',"center":', self._centers.get(p.center_id) or self._center(p.center_id),
            b',"room":', self._rooms.get(room) or self._room(*room),
            b',"seat":', str(p.seat).encode("ascii"), b"}",
        ))  # fmt: skip

    def _own_sessions(self, p: Placement) -> bytes:
        """The beginning of a seat: sitting, mode, form and the candidate's own sessions."""
        exam, sitting = self._facts.exam, self._facts.sitting_by_id[p.sitting]
        ends = {t.subject: t.end for t in sitting_times(exam, sitting)}
        own = tuple(
            schemas.OwnTime(
                subject=t.subject,
                name_zh=subject_name(exam, t.subject),
                start=t.start,
                end=t.end,
                extra_time=t.end > ends[t.subject],
            )
            for t in session_times(exam, p)
        )
        made = b"".join((
            b'{"sitting":', to_json(sitting.id),
            b',"sitting_name_zh":', to_json(sitting.name_zh),
            b',"mode":', to_json(sitting.mode),
            b',"form":', to_json(p.form),
            b',"sessions":[', b",".join(_json(time) for time in own), b"]",
        ))  # fmt: skip
        self._sessions[p.sitting, p.form, p.subjects, p.needs] = made
        return made

    def _center(self, center_id: str) -> bytes:
        made = _json(center_place(self._facts.center_by_id[center_id]))
        self._centers[center_id] = made
        return made

    def _room(self, center_id: str, room_id: str) -> bytes:
        room = self._facts.room_by_id[center_id, room_id]
        made = _json(schemas.RoomName(id=room_id, name_zh=room.name_zh))
        self._rooms[center_id, room_id] = made
        return made


def calendar_url(public_url: str, token: str) -> str:
    """Where a calendar is fetched."""
    return f"{public_url}/v1/calendars/{token}.ics"


def _json(value: Any) -> bytes:
    return value.model_dump_json().encode()  # type: ignore[no-any-return]
