"""What applicants may write and read: their own application and its form."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import examples, registration_answers, registration_examples
from api import registration_schemas as schemas
from api.documented import json_answer, json_body, pdf_answer, problems
from api.errors import ProblemCode
from api.lookup import read_body, read_lookup
from api.registration_service import Client, Registration
from api.schemas import LookupRequest
from scheduler.registration.papers import application_form

router = APIRouter(prefix="/v1", tags=["applications"])
BODY = problems(
    ProblemCode.BAD_JSON,
    ProblemCode.BODY_TOO_LARGE,
    ProblemCode.JSON_REQUIRED,
    ProblemCode.INVALID_REQUEST,
    ProblemCode.TOO_MANY_REQUESTS,
    ProblemCode.UNAVAILABLE,
)
"""What any request with a body may be refused with."""
JUDGED = problems(ProblemCode.NAME_REQUIRED, ProblemCode.NO_SUCH_CANDIDATE)


@router.post(
    "/applications",
    response_model=schemas.ApplicationAnswer,
    responses=json_answer(registration_examples.application, changes=False)
    | BODY
    | problems(
        ProblemCode.NOT_OPEN,
        ProblemCode.WINDOW_CLOSED,
        ProblemCode.NO_SUCH_CANDIDATE,
        ProblemCode.APPLICATION_REFUSED,
    ),
    openapi_extra=json_body(schemas.ApplicationRequest, registration_examples.SUBMIT),
)
async def submit(request: Request, registration: Registration, client: Client) -> Response:
    """Save or submit an application while pre-registration is open.

    Whoever is unchanged since last year in all sixteen fields is confirmed at once. A revision
    names the archive number and is taken from whoever has the document's number too.
    """
    asked = await read_body(request, schemas.ApplicationRequest)
    applied = await registration.submit(client, asked)
    made = registration_answers.application(applied, registration.clock.now())
    return Response(made.model_dump_json(), media_type="application/json")


@router.post(
    "/applications/lookup",
    response_model=schemas.ApplicationAnswer,
    responses=json_answer(registration_examples.application, changes=False) | BODY | JUDGED,
    openapi_extra=json_body(LookupRequest, examples.LOOKUP),
)
async def look_up(request: Request, registration: Registration, client: Client) -> Response:
    """State in the notice's words, reason, what comes next and until when.

    Failures are counted as those of the ticket look-up are, and answered alike.
    """
    applied = await registration.application(client, await read_lookup(request))
    made = registration_answers.application(applied, registration.clock.now())
    return Response(made.model_dump_json(), media_type="application/json")


@router.post(
    "/applications/form",
    response_class=Response,
    responses=pdf_answer() | BODY | JUDGED,
    openapi_extra=json_body(LookupRequest, examples.LOOKUP),
)
async def form(request: Request, registration: Registration, client: Client) -> Response:
    """The application form (申报表) of the last revision, to print and sign."""
    applied = await registration.application(client, await read_lookup(request))
    person = applied.person
    content = application_form(
        applied.facts, person.applicant, person.form, applied.proposal, applied.check_code
    )
    return Response(content, media_type="application/pdf")
