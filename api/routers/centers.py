"""What centers and exam points may read, each with its own token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import examples, schemas, staff_pages
from api.access import CenterReader, ExamPointReader
from api.documented import csv_too, json_answer, problems
from api.errors import ProblemCode

router = APIRouter(prefix="/v1", tags=["centers"])
NO_PARAMETERS = Annotated[schemas.NoParameters, Query()]
FILTER = Annotated[schemas.SeatPlanFilter, Query()]
REFUSALS = problems(
    ProblemCode.TOKEN_REQUIRED,
    ProblemCode.WRONG_SCOPE,
    ProblemCode.NOT_FOUND,
    ProblemCode.NOT_PUBLISHED,
    ProblemCode.INVALID_REQUEST,
    ProblemCode.TOO_MANY_REQUESTS,
    ProblemCode.UNAVAILABLE,
)
SEAT_PLAN = csv_too(json_answer(examples.seat_plan)) | REFUSALS
SESSIONS = json_answer(examples.sessions) | REFUSALS


@router.get(
    "/centers/{center_id}/seat-plan", response_model=schemas.SeatPlanAnswer, responses=SEAT_PLAN
)
async def center_seat_plan(request: Request, holder: CenterReader, chosen: FILTER) -> Response:
    """Who sits where in one center, by sitting and room; as CSV with `format=csv`."""
    return await staff_pages.seat_plan(request, holder, chosen)


@router.get(
    "/centers/{center_id}/sessions", response_model=schemas.SessionsAnswer, responses=SESSIONS
)
async def center_sessions(request: Request, holder: CenterReader, _: NO_PARAMETERS) -> Response:
    """The sessions that a center holds, its rooms and numbers, and its calendar."""
    return await staff_pages.sessions(request, holder)


@router.get(
    "/exam-points/{exam_point}/seat-plan",
    response_model=schemas.SeatPlanAnswer,
    responses=SEAT_PLAN,
)
async def exam_point_seat_plan(
    request: Request, holder: ExamPointReader, chosen: FILTER
) -> Response:
    """Who sits where in all centers of an exam point."""
    return await staff_pages.seat_plan(request, holder, chosen)


@router.get(
    "/exam-points/{exam_point}/sessions",
    response_model=schemas.SessionsAnswer,
    responses=SESSIONS,
)
async def exam_point_sessions(
    request: Request, holder: ExamPointReader, _: NO_PARAMETERS
) -> Response:
    """The sessions of all centers of an exam point, and its calendar."""
    return await staff_pages.sessions(request, holder)
