"""Seat plans and sessions of a center or an exam point; made in a thread, for they may be long."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api import answers
from api.access import Holder
from api.conditional import PRIVATE, answer, etag, unchanged
from api.errors import ApiError, ProblemCode
from api.schemas import SeatPlanFilter
from api.service import Service
from api.ticket import calendar_url
from scheduler.documents.center_files import CENTER_FILES, CSV, PACKAGE, ZIP, Printing
from scheduler.documents.center_files import center_file as made_center_file
from scheduler.documents.seat_plan import seat_plan_csv, seat_plan_rows
from scheduler.documents.sessions import SessionUse, session_uses
from scheduler.documents.texts import Language
from scheduler.store.lookups import StaffKind

JSON = "application/json"


async def seat_plan(request: Request, holder: Holder, chosen: SeatPlanFilter) -> Response:
    """The seat plan as JSON or CSV; the CSV has the bytes of ``paikao export seat-plan``.

    Raises:
        ApiError: 404, there is no such sitting or room.
    """
    _require_known(holder, chosen)
    form = chosen.format or _accepted(request)
    tag = etag(
        holder.publication.facts, "seat-plan", holder.kind, holder.id,
        chosen.sitting or "", chosen.room or "", form,
    )  # fmt: skip
    kept = unchanged(request, tag, PRIVATE)
    if kept is not None:
        kept.headers["Vary"] = "Accept, Authorization"
        return kept
    content = await asyncio.to_thread(_seat_plan, holder, chosen, form)
    headers = {"Vary": "Accept, Authorization"}
    if form == "csv":
        headers["Content-Disposition"] = f'attachment; filename="seat-plan-{holder.id}.csv"'
    return answer(content, tag, PRIVATE, CSV if form == "csv" else JSON, **headers)


def _accepted(request: Request) -> str:
    wanted = request.headers.get("accept", "").lower()
    return "csv" if "text/csv" in wanted and "application/json" not in wanted else "json"


def _require_known(holder: Holder, chosen: SeatPlanFilter) -> None:
    facts = holder.publication.facts
    if chosen.sitting is not None and chosen.sitting not in facts.sitting_by_id:
        raise ApiError(ProblemCode.NOT_FOUND)
    if chosen.room is not None and not any(
        (center, chosen.room) in facts.room_by_id for center in holder.centers
    ):
        raise ApiError(ProblemCode.NOT_FOUND)


def _seat_plan(holder: Holder, chosen: SeatPlanFilter, form: str) -> bytes:
    facts = holder.publication.facts
    placements = holder.service.store.seat_plan(
        holder.kind, holder.id, chosen.sitting, chosen.room, version_id=holder.version_id
    )
    rows = seat_plan_rows(facts, placements)
    if form == "csv":
        return seat_plan_csv(facts, rows)
    return answers.seat_plan_answer(facts, rows).model_dump_json().encode()


async def center_file(request: Request, holder: Holder, name: str, language: Language) -> Response:
    """A file of a center for printing, with the bytes of ``paikao export documents``.

    Raises:
        ApiError: 404, nobody sits in this center.
    """
    tag = etag(holder.publication.facts, "file", holder.id, name, language)
    kept = unchanged(request, tag, PRIVATE)
    if kept is not None:
        kept.headers["Vary"] = "Authorization"
        return kept
    async with holder.service.printing:  # one at a time: a package takes seconds of a core
        content = await asyncio.to_thread(_center_file, holder, name, language)
    if content is None:
        raise ApiError(ProblemCode.NOT_FOUND)
    kind = ZIP if name == PACKAGE else CENTER_FILES[name][0]
    headers = {
        "Vary": "Authorization",
        "Content-Disposition": f'attachment; filename="{holder.id}-{name}"',
    }
    return answer(content, tag, PRIVATE, kind, **headers)


def _center_file(holder: Holder, name: str, language: Language) -> bytes | None:
    people = list(holder.service.store.seat_plan("center", holder.id, version_id=holder.version_id))
    if not people:
        return None
    return made_center_file(holder.publication.facts, people, name, Printing(language))


async def sessions(request: Request, holder: Holder) -> Response:
    """The sessions of every center of the holder, with the address of its calendar."""
    service = holder.service
    token = await service.ask(service.store.calendar_token, holder.kind, holder.id)
    url = calendar_url(service.settings.public_url, token)
    tag = etag(holder.publication.facts, "sessions", holder.kind, holder.id, url)
    kept = unchanged(request, tag, PRIVATE)
    if kept is not None:
        kept.headers["Vary"] = "Authorization"
        return kept
    uses = await session_uses_of(service, holder.kind, holder.id, holder.version_id)
    made = answers.sessions_answer(holder.publication.facts, holder.centers, uses, url)
    return answer(made.model_dump_json().encode(), tag, PRIVATE, JSON, Vary="Authorization")


# ---------------------------------------------------------------- shared with calendars


async def session_uses_of(
    service: Service, kind: StaffKind, holder: str, version_id: int
) -> tuple[SessionUse, ...]:
    """How the centers of a holder are used in one version; counted once."""
    publication = await service.publication(version_id)
    known = publication.session_uses.get((kind, holder))
    if known is None:

        def count() -> tuple[SessionUse, ...]:
            placements = service.store.seat_plan(kind, holder, version_id=version_id)
            return session_uses(publication.facts.exam, placements)

        known = publication.session_uses[kind, holder] = await asyncio.to_thread(count)
    return known
