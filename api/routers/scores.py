"""What candidates may read after the exam: marks and the score sheet, while the window is open."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import examples, registration_answers, registration_examples
from api import registration_schemas as schemas
from api.documented import json_answer, json_body, pdf_answer, problems
from api.errors import ProblemCode
from api.lookup import read_lookup
from api.registration_service import Client, Registration
from api.routers.applications import BODY, JUDGED
from api.schemas import LookupRequest
from scheduler.registration.papers import score_sheet

router = APIRouter(prefix="/v1", tags=["scores"])
REFUSALS = BODY | problems(
    ProblemCode.NOT_OPEN,
    ProblemCode.WINDOW_CLOSED,
    ProblemCode.NAME_REQUIRED,
)
REFUSALS |= {404: JUDGED[404]}


@router.post(
    "/scores/lookup",
    response_model=schemas.ScoresAnswer,
    responses=json_answer(registration_examples.scores, changes=False) | REFUSALS,
    openapi_extra=json_body(LookupRequest, examples.LOOKUP),
)
async def look_up(request: Request, registration: Registration, client: Client) -> Response:
    """Marks, passes that stand, and whether all subjects are passed; by ticket number."""
    sat = await registration.scores(client, await read_lookup(request))
    made = registration_answers.scores(sat)
    return Response(made.model_dump_json(), media_type="application/json")


@router.post(
    "/scores/sheet",
    response_class=Response,
    responses=pdf_answer() | REFUSALS,
    openapi_extra=json_body(LookupRequest, examples.LOOKUP),
)
async def sheet(request: Request, registration: Registration, client: Client) -> Response:
    """The score sheet (成绩单) as PDF; never after the window."""
    sat = await registration.scores(client, await read_lookup(request))
    content = score_sheet(sat, registration.clock.now())
    return Response(content, media_type="application/pdf")
