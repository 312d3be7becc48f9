"""What centers and exam points may read, each with its own token."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api import examples, schemas, staff_pages
from api.access import CenterReader, ExamPointReader
from api.documented import csv_too, file_answer, json_answer, problems
from api.errors import ProblemCode
from scheduler.documents.center_files import CSV, PDF, XLSX, ZIP

FileName = Literal[
    "seat-plan.pdf", "seat-plan.xlsx", "seat-plan.csv", "sign-in.pdf", "door-notices.pdf",
    "stickers.pdf", "room-records.pdf", "papers.pdf", "package.zip",
]  # fmt: skip
"""The keys of :data:`CENTER_FILES`, and the package; a test holds them equal."""

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
    "/centers/{center_id}/files/{name}",
    response_class=Response,
    responses=file_answer(PDF, XLSX, CSV.partition(";")[0], ZIP, changes=True) | REFUSALS,
)
async def center_file(
    request: Request,
    holder: CenterReader,
    name: Annotated[FileName, Path(description="Which file; `package.zip` holds all.")],
    chosen: Annotated[schemas.PrintChoice, Query()],
) -> Response:
    """A file for printing: seat plan, sign-in sheet, door notices, stickers and so on.

    The bytes of `paikao export documents`.
    """
    return await staff_pages.center_file(request, holder, name, chosen.language)


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
