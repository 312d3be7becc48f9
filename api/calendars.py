"""The calendar behind a secret link: a candidate's, a center's or an exam point's."""

from __future__ import annotations

import asyncio
import re

from starlette.requests import Request
from starlette.responses import Response

from api.conditional import PRIVATE, answer, etag, unchanged
from api.errors import ApiError, ProblemCode
from api.service import Service
from api.staff_pages import session_uses_of
from models.publication import PublishedFacts
from scheduler.documents.calendar import candidate_calendar, center_calendar, exam_point_calendar
from scheduler.documents.sessions import SessionUse
from scheduler.store.errors import StoreError
from scheduler.store.lookups import CalendarHolder, StaffKind

MEDIA_TYPE = "text/calendar; charset=utf-8"
_TOKEN = re.compile("[A-Za-z0-9_-]{43}")


async def calendar(request: Request, service: Service, client: str, token: str) -> Response:
    """The calendar of a link; unknown, revoked and expired links get the same 404.

    Failures of others behind the same address never stop a valid link: calendars are fetched by a
    few machines for everybody.

    Raises:
        ApiError: 404; 429 when asked too often, or after too many unknown links.
    """
    held = None
    if _TOKEN.fullmatch(token):
        held = await service.ask(service.store.calendar, token)
    if held is None or service.clock.now() >= held.expires_at:
        await service.limiter.admit(client)
        await service.limiter.failed(client)
        raise ApiError(ProblemCode.NOT_FOUND)
    publication = await service.publication(held.version_id)
    said = (held.withdrawn_at or held.restored_at or publication.facts.published_at).isoformat()
    tag = etag(publication.facts, "calendar", held.kind, held.holder, said)
    await service.limiter.polled(client, tag)
    kept = unchanged(request, tag, PRIVATE)
    if kept is not None:
        return kept
    content = await _content(service, held, publication.facts)
    return answer(
        content, tag, PRIVATE, MEDIA_TYPE,
        **{"Content-Disposition": 'inline; filename="exam.ics"'},
    )  # fmt: skip


async def _content(service: Service, held: CalendarHolder, facts: PublishedFacts) -> bytes:
    before = await _previous_facts(service, held.previous_id)
    if held.kind == "candidate":
        return await asyncio.to_thread(
            candidate_calendar,
            facts,
            held.placement,
            held.previous,
            previous_facts=before,
            withdrawn_at=held.withdrawn_at,
            restored_at=held.restored_at,
        )
    kind: StaffKind = "center" if held.kind == "center" else "exam_point"
    now = await session_uses_of(service, kind, held.holder, held.version_id)
    then: tuple[SessionUse, ...] = ()
    if held.previous_id is not None and before is not None:
        then = await session_uses_of(service, kind, held.holder, held.previous_id)
    return await asyncio.to_thread(
        center_calendar if kind == "center" else exam_point_calendar,
        facts,
        held.holder,
        now,
        then,
        previous_facts=before,
        withdrawn_at=held.withdrawn_at,
        restored_at=held.restored_at,
    )


async def _previous_facts(service: Service, previous_id: int | None) -> PublishedFacts | None:
    """Facts of the version before; None for the first one, or where it was removed."""
    if previous_id is None:
        return None
    try:
        return (await service.publication(previous_id)).facts
    except StoreError:
        return None
