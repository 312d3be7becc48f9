"""What every request to the registration shares, and the order of its checks.

Clock, limits, client addresses, bodies and the judgement of a number are those of the ticket
look-up; only what is found differs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends
from starlette.requests import Request as HttpRequest

from api import registration_schemas as schemas
from api.clock import Clock
from api.errors import ApiError, Fault, ProblemCode, Reason
from api.limiting import ClientAddresses, Limiter
from api.lookup import admits, plain_number, refusal
from api.schemas import LookupRequest
from api.service import key_of
from api.settings import Settings
from models.exam import Exam
from models.identity_number import comparable_name, normalised_number
from scheduler.registration.desk import Request
from scheduler.registration.form import completed, form_faults
from scheduler.registration.person_faults import name_is_sound, number_is_sound
from scheduler.registration.register import (
    Applied,
    FoundPerson,
    Register,
    Sat,
    scores_by_ticket_and_document,
)
from scheduler.registration.windows import PRE_REGISTRATION, SCORES

P = ParamSpec("P")
T = TypeVar("T")
_STRIPES = 64


class RegistrationService:
    """The parts of one server process; made once, by ``api.registration_app.create_app``."""

    def __init__(self, settings: Settings, register: Register) -> None:
        """Put the parts together."""
        self.register = register
        self.clock = Clock(settings.now)
        self.limiter = Limiter(settings)
        self.addresses = ClientAddresses(settings.trusted_proxies)
        self._locks = [asyncio.Lock() for _ in range(_STRIPES)]

    @classmethod
    def start(cls, settings: Settings) -> RegistrationService:
        """Open the registration with its key.

        Raises:
            KeyRefused: no key, or not the one of the registration.
            StoreError: no such registration, or no such exam.
        """
        return cls(settings, Register.open(settings.db, key_of(settings), settings.exam))

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the registration: at once where that takes microseconds, in a thread elsewhere."""
        if self.register.quick:
            return call(*args, **kwargs)
        return await asyncio.to_thread(call, *args, **kwargs)

    # ------------------------------------------------------------ applications

    async def submit(self, client: str, asked: schemas.ApplicationRequest) -> Applied:
        """Save or submit an application.

        Raises:
            ApiError: 403 outside the window, 404 for a revision of somebody else's, 409 with
                every broken rule, 422, 429.
        """
        await self.limiter.admit(client)
        now, facts = self.clock.now(), await self.ask(self.register.facts)
        _require_open(facts.exam, PRE_REGISTRATION, now)
        form = completed(asked.model_dump(), facts)
        faults = [Fault(where=f"body.{name}", kind=code) for code, name in form_faults(form, facts)]
        if form["exam_point"] not in facts.point_by_id:
            faults.append(Fault(where="body.exam_point", kind="EXAM_POINT_UNKNOWN"))
        number = normalised_number(asked.id_number)
        if not number_is_sound(asked.id_type, number, facts.exam.year):
            faults.append(Fault(where="body.id_number", kind="ID_FORM"))
        if not name_is_sound(comparable_name(asked.name)):
            faults.append(Fault(where="body.name", kind="NAME_PLACEHOLDER"))
        if faults:
            raise ApiError(ProblemCode.INVALID_REQUEST, errors=faults)
        if asked.candidate_id is not None:
            ask = LookupRequest(
                number=asked.candidate_id, id_number=asked.id_number, name=asked.name
            )
            await self._judged(client, self.register.find_applicant, ask, now)
        request = Request(
            name=asked.name, id_type=asked.id_type, id_number=asked.id_number, form=form, at=now,
            candidate_id=asked.candidate_id or "", submit=asked.submit,
        )  # fmt: skip
        outcome = await asyncio.to_thread(self.register.submit, request)
        if outcome.person is None:
            # Whether a document has applied is worth guessing, so a refusal counts as a failure.
            await self.limiter.failed(client)
            reasons = [Reason(rule=r.name, detail=r.zh, detail_en=r.en) for r in outcome.refused]
            raise ApiError(ProblemCode.APPLICATION_REFUSED, reasons=reasons)
        candidate_id = outcome.person.candidate_id
        await self.limiter.answered(client, outcome.person.applicant.id_hash.hex())
        return await self.ask(self.register.applied, candidate_id)

    async def application(self, client: str, ask: LookupRequest) -> Applied:
        """The application of whoever has its archive number and the document's number.

        Raises:
            ApiError: 403 ``name_required``, 404, 429.
        """
        await self.limiter.admit(client)
        found = await self._judged(
            client, self.register.find_applicant, ask, self.clock.now(), answered=True
        )
        return await self.ask(self.register.applied, found.compared_to)

    # ------------------------------------------------------------ scores

    async def scores(self, client: str, ask: LookupRequest) -> Sat:
        """The marks of whoever has the ticket number and the document's number.

        Raises:
            ApiError: 403 ``not_open``, ``window_closed`` or ``name_required``, 404, 429.
        """
        await self.limiter.admit(client)
        now, facts = self.clock.now(), await self.ask(self.register.facts)
        _require_open(facts.exam, SCORES, now)

        def find(number: str) -> FoundPerson:
            return scores_by_ticket_and_document(self.register, number)

        found = await self._judged(client, find, ask, now, answered=True)
        return await self.ask(self.register.sat, found.compared_to)

    # ------------------------------------------------------------ parts

    async def _judged(
        self,
        client: str,
        find: Callable[[str], FoundPerson],
        ask: LookupRequest,
        now: datetime,
        *,
        answered: bool = False,
    ) -> FoundPerson:
        """Whose number it is, if the document's number is right; every other case is one answer.

        Tries of one number wait for each other, or many at once would outrun the count.
        """
        number = plain_number(ask.number)
        async with self._locks[hash(number) % _STRIPES]:
            found = await self.ask(find, number)
            right = await self.ask(admits, self.register, found, ask, now)
        if not right:
            await self.limiter.failed(client)
            raise refusal(found, ask)
        if answered:
            await self.limiter.answered(client, found.compared_id.hex())
        return found


def _require_open(exam: Exam, window: str, now: datetime) -> None:
    """Outside a window everybody gets the same answer, whatever was sent.

    Raises:
        ApiError: 403 ``not_open`` with the opening, where it is stated, or ``window_closed``.
    """
    opens, after = exam.window_times(window)
    if opens is None or now < opens:
        raise ApiError(ProblemCode.NOT_OPEN, opens_at=opens)
    if after is not None and now >= after:
        raise ApiError(ProblemCode.WINDOW_CLOSED)


async def registration_of(request: HttpRequest) -> RegistrationService:
    """The service of the app that a request came to."""
    service = request.app.state.registration
    assert isinstance(service, RegistrationService)
    return service


async def client_of(
    request: HttpRequest, service: Annotated[RegistrationService, Depends(registration_of)]
) -> str:
    """The name under which limits are counted for a request."""
    return service.addresses.of(request)


Registration = Annotated[RegistrationService, Depends(registration_of)]
Client = Annotated[str, Depends(client_of)]
