"""What everybody may read: the exam, its specialties, how balanced the plan is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api import examples, schemas
from api.calendars import MEDIA_TYPE
from api.conditional import PUBLIC, answer, unchanged
from api.documented import calendar_answer, json_answer, problems
from api.errors import ProblemCode
from api.publications import Publication, Representation
from api.service import Shared
from models.base import CODE_PATTERN

router = APIRouter(prefix="/v1", tags=["public"])
NO_PARAMETERS = Annotated[schemas.NoParameters, Query()]
_ALWAYS = (ProblemCode.NOT_PUBLISHED, ProblemCode.INVALID_REQUEST, ProblemCode.UNAVAILABLE)
ALWAYS = problems(*_ALWAYS)


async def current(service: Shared, _: NO_PARAMETERS) -> Publication:
    """The version in force; any parameter is refused."""
    return (await service.live())[1]


Current = Annotated[Publication, Depends(current)]


def _served(
    request: Request, made: Representation, media_type: str = "application/json"
) -> Response:
    kept = unchanged(request, made.tag, PUBLIC)
    return kept or answer(made.content, made.tag, PUBLIC, media_type)


@router.get(
    "/exam",
    response_model=schemas.ExamAnswer,
    responses=json_answer(examples.exam) | ALWAYS,
)
async def exam(request: Request, publication: Current) -> Response:
    """Windows and sittings of the exam."""
    return _served(request, publication.exam)


@router.get("/exam/calendar.ics", response_class=Response, responses=calendar_answer() | ALWAYS)
async def exam_calendar(request: Request, publication: Current) -> Response:
    """The same as a calendar to subscribe to."""
    return _served(request, publication.exam_calendar, MEDIA_TYPE)


@router.get(
    "/specialties",
    response_model=schemas.SpecialtiesAnswer,
    responses=json_answer(examples.specialties) | ALWAYS,
)
async def specialties(request: Request, publication: Current) -> Response:
    """All specialties with the sittings that their candidates were given."""
    return _served(request, publication.specialties)


@router.get(
    "/specialties/{code}",
    response_model=schemas.SpecialtyAnswer,
    responses=json_answer(examples.specialty) | problems(ProblemCode.NOT_FOUND, *_ALWAYS),
)
async def specialty(
    request: Request,
    publication: Current,
    code: Annotated[str, Path(pattern=CODE_PATTERN, examples=["101"])],
) -> Response:
    """Dates and sessions of one specialty."""
    return _served(request, publication.specialty(code))


@router.get(
    "/balance",
    response_model=schemas.BalanceAnswer,
    responses=json_answer(examples.balance) | ALWAYS,
)
async def balance(request: Request, publication: Current) -> Response:
    """How evenly the plan treats small groups of candidates; no person is in it."""
    return _served(request, publication.balance)
