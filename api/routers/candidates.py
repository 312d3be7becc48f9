"""What candidates may read: their own ticket and calendar."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api import calendars, examples, schemas
from api.access import Client
from api.documented import calendar_answer, file_answer, json_answer, json_body, problems
from api.errors import ProblemCode
from api.lookup import TicketLookup, read_lookup
from api.request_route import RequestRoute
from api.service import Shared
from scheduler.documents.center_files import PDF

HTML = "text/html"
router = APIRouter(prefix="/v1", tags=["candidates"])
lookups = APIRouter(prefix="/v1", tags=["candidates"], route_class=RequestRoute)


_REFUSALS = (
    ProblemCode.BAD_JSON,
    ProblemCode.NOT_OPEN,
    ProblemCode.NAME_REQUIRED,
    ProblemCode.NO_SUCH_CANDIDATE,
    ProblemCode.NOT_PUBLISHED,
    ProblemCode.BODY_TOO_LARGE,
    ProblemCode.JSON_REQUIRED,
    ProblemCode.INVALID_REQUEST,
    ProblemCode.TOO_MANY_REQUESTS,
    ProblemCode.UNAVAILABLE,
)
Choice = Annotated[schemas.PrintChoice, Query()]


def lookup_of(request: Request) -> TicketLookup:
    """The look-up of the app that a request came to."""
    lookup = request.app.state.lookup
    assert isinstance(lookup, TicketLookup)
    return lookup


@lookups.post(
    "/tickets/lookup",
    response_model=schemas.TicketAnswer,
    responses=json_answer(examples.ticket, changes=False) | problems(*_REFUSALS),
    openapi_extra=json_body(schemas.LookupRequest, examples.LOOKUP),
)
async def look_up_ticket(request: Request) -> Response:
    """Date, sessions, center, room and seat of one candidate.

    An unknown number and a wrong ID number get the same answer. After five failures of a number,
    in total, the name is asked for as well.
    """
    lookup = lookup_of(request)
    client = lookup.client(request)
    ask = await read_lookup(request)
    return Response(await lookup.answer(client, ask), media_type="application/json")


@router.post(
    "/tickets/pdf",
    response_class=Response,
    responses=file_answer(PDF) | problems(*_REFUSALS, ProblemCode.NO_TICKET),
    openapi_extra=json_body(schemas.LookupRequest, examples.LOOKUP),
)
async def ticket_as_pdf(request: Request, chosen: Choice) -> Response:
    """The admission ticket for printing, A4; the same body, limits and refusals as the look-up.

    The ID number is printed as it was sent.
    """
    lookup = lookup_of(request)
    client = lookup.client(request)
    ask = await read_lookup(request)
    content = await lookup.printed(client, ask, "pdf", chosen.language)
    named = {"Content-Disposition": 'attachment; filename="ticket.pdf"'}
    return Response(content, media_type=PDF, headers=named)


@router.post(
    "/tickets/page",
    response_class=Response,
    responses=file_answer(HTML) | problems(*_REFUSALS, ProblemCode.NO_TICKET),
    openapi_extra=json_body(schemas.LookupRequest, examples.LOOKUP),
)
async def ticket_as_page(request: Request, chosen: Choice) -> Response:
    """The same as a page that prints on one sheet; it loads nothing and runs nothing."""
    lookup = lookup_of(request)
    client = lookup.client(request)
    ask = await read_lookup(request)
    content = await lookup.printed(client, ask, "page", chosen.language)
    return Response(content, media_type=f"{HTML}; charset=utf-8")


@router.get(
    "/calendars/{token}.ics",
    response_class=Response,
    responses=calendar_answer()
    | problems(
        ProblemCode.NOT_FOUND,
        ProblemCode.INVALID_REQUEST,
        ProblemCode.TOO_MANY_REQUESTS,
        ProblemCode.UNAVAILABLE,
    ),
)
async def calendar(
    request: Request,
    service: Shared,
    client: Client,
    token: Annotated[str, Path(description="From `calendar_url`.")],
    _: Annotated[schemas.NoParameters, Query()],
) -> Response:
    """A calendar to subscribe to: a candidate's, a center's or an exam point's."""
    return await calendars.calendar(request, service, client, token)
