"""The look-up of one ticket: who is asked for what, and what counts as a failure.

Nothing that a stranger can provoke tells whether a number exists: an unknown number and a wrong ID
number take the same statements and get the same bytes, also once the name is asked for.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.error_handlers import invalid_request
from api.errors import ApiError, ProblemCode
from api.publications import Publication
from api.schemas import LookupRequest
from api.service import Service
from models.identity_number import BLANKS, normalised_number
from models.publication import Placement
from scheduler.documents.texts import Language
from scheduler.documents.ticket import TicketMaker, tickets_pdf
from scheduler.documents.ticket_page import ticket_page
from scheduler.store.judged import Compared, Judged
from scheduler.store.lookups import Found

MOST_FAILURES = 5
"""Failures of one number, in total, after which the exact name is asked for as well.

With the area and the birth date known about 500 ID numbers are left to guess; five tries find one
in a hundred. The number is not locked, or anybody could lock out anybody.
"""

MOST_NAMED_FAILURES = 3
"""Failures with the right name in 24 hours, after which even the right ID number gets 404.

The same 404 as ever, whose text says so: 429 would tell that number and name belong together.
"""

_STRIPES = 64
Body = TypeVar("Body", bound=BaseModel)


class TicketLookup:
    """Answers look-ups of one service.

    Where the store is asked in threads, tries of one number wait for each other, or many at once
    would outrun the count of failures.
    """

    def __init__(self, service: Service) -> None:
        """Prepare the locks."""
        self._service = service
        self._locks = [asyncio.Lock() for _ in range(_STRIPES)]

    def client(self, request: Request) -> str:
        """The name under which limits are counted for a request."""
        return self._service.addresses.of(request)

    async def answer(self, client: str, ask: LookupRequest) -> bytes:
        """The JSON of the candidate's ticket.

        Raises:
            ApiError: 403 ``not_open`` or ``name_required``, 404, 429.
        """
        placement, publication, found = await self.admitted(client, ask)
        store = self._service.store
        token = store.calendar_token("candidate", placement.candidate_id, found.calendar_serial)
        return publication.tickets.write(placement, token)

    async def printed(
        self, client: str, ask: LookupRequest, form: Literal["pdf", "page"], language: Language
    ) -> bytes:
        """The candidate's admission ticket as PDF or as a page, made in a thread.

        The ID number is printed as the holder gave it; it comes from nowhere else.

        Raises:
            ApiError: as :meth:`answer`, and 409 ``no_ticket``.
        """
        placement, publication, found = await self.admitted(client, ask)
        if not placement.placed:
            raise ApiError(ProblemCode.NO_TICKET)
        await self._service.limiter.polled(client, found.compared_id.hex())
        id_number = normalised_number(ask.id_number)

        def make() -> bytes:
            facts = publication.facts
            ticket = TicketMaker(facts, language).ticket(placement, id_number=id_number)
            if form == "page":
                return ticket_page(facts, ticket, language)
            return tickets_pdf(facts, [ticket], language)

        return await asyncio.to_thread(make)

    async def admitted(
        self, client: str, ask: LookupRequest
    ) -> tuple[Placement, Publication, Found]:
        """Who asks, once proved: placement, version, what was found.

        Raises:
            ApiError: as :meth:`answer`.
        """
        service = self._service
        await service.limiter.admit(client)
        number = plain_number(ask.number)
        if service.store.quick:  # nothing else runs between the steps, so no try is uncounted
            return await self._judged(client, number, ask)
        async with self._locks[hash(number) % _STRIPES]:
            return await self._judged(client, number, ask)

    async def _judged(
        self, client: str, number: str, ask: LookupRequest
    ) -> tuple[Placement, Publication, Found]:
        service = self._service
        found, publication = await self._find(number)
        publication.opening.refuse_before_any(service.clock.now())
        placement = found.placement
        now = service.clock.now()
        if await service.ask(admits, service.store, found, ask, now) and placement is not None:
            publication.opening.refuse_before(placement.exam_point, service.clock.now())
            await service.limiter.answered(client, found.compared_id.hex())
            return placement, publication, found
        await service.limiter.failed(client)
        raise refusal(found, ask)

    async def _find(self, number: str) -> tuple[Found, Publication]:
        """The number and its version, read once more if the version had to be loaded first."""
        service = self._service
        while True:
            found = await service.ask(service.store.find, number)
            if found.version_id is None:
                raise ApiError(ProblemCode.NOT_PUBLISHED)
            publication = service.publications.get(found.version_id)
            if publication is not None:
                return found, publication
            await service.publication(found.version_id)


def admits(store: Judged, found: Compared, ask: LookupRequest, now: datetime) -> bool:
    """Whether the answer may be given; counts a failure otherwise.

    A try without the name that is due is not judged, so it neither counts nor tells anything.
    """
    due = found.failures >= MOST_FAILURES
    if due and ask.name is None:
        return False
    right = store.matches_id(found, ask.id_number)
    named = False
    if due and ask.name is not None:
        named = store.matches_name(found, ask.name)
        failed_named, _ = found.name_failures_at(now)
        right = right and named and failed_named < MOST_NAMED_FAILURES
    if not right:
        store.record_failure(found, with_right_name=named, now=now)
    return right


def refusal(found: Compared, ask: LookupRequest) -> ApiError:
    """What everybody is answered who was not admitted, whether or not the number is anybody's."""
    if found.failures >= MOST_FAILURES and ask.name is None:
        return ApiError(ProblemCode.NAME_REQUIRED)
    return ApiError(ProblemCode.NO_SUCH_CANDIDATE)


def plain_number(number: str) -> str:
    """A number as printed: full-width characters made plain, no blanks around it."""
    if number.isascii() and number.isalnum():
        return number
    return unicodedata.normalize("NFKC", number).strip(BLANKS)


# ---------------------------------------------------------------- the body


async def read_lookup(request: Request) -> LookupRequest:
    """The body of a look-up, as :func:`read_body`."""
    return await read_body(request, LookupRequest)


async def read_body(request: Request, model: type[Body]) -> Body:
    """The body of a request; strict JSON, in which no member stands twice.

    Raises:
        ApiError: 400 ``bad_json``, 415, 422 with places and kinds but no values.
    """
    kinds = [value for name, value in request.scope["headers"] if name == b"content-type"]
    if not kinds or kinds[0].partition(b";")[0].strip().lower() != b"application/json":
        raise ApiError(ProblemCode.JSON_REQUIRED)
    content = _strict_json(await request.body())
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid_request([{**e, "loc": ("body", *e["loc"])} for e in found]) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member stands twice")
    return made


def _refuse(_: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_refuse)


def _strict_json(body: bytes) -> Any:
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ApiError(ProblemCode.BAD_JSON) from None
