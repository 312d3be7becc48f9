"""Whether the process serves, and which plan."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import examples, schemas
from api.conditional import software
from api.documented import json_answer, problems
from api.errors import ProblemCode
from api.service import Shared

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    response_model=schemas.Health,
    responses=json_answer(examples.health, changes=False)
    | problems(ProblemCode.INVALID_REQUEST, ProblemCode.UNAVAILABLE),
)
async def health(service: Shared, _: Annotated[schemas.NoParameters, Query()]) -> Response:
    """The version in force and the clock; 503 when the store does not answer."""
    live = await service.ask(service.store.live)
    serving = live is not None and live.withdrawn_at is None
    made = schemas.Health(
        status="ok" if serving else "nothing_published",
        software=software(),
        exam=service.store.exam,
        plan_version=live.plan_version if live is not None and serving else None,
        root_hash=live.root_hash if live is not None and serving else None,
        published_at=live.published_at if live is not None and serving else None,
        now=service.clock.now(),
        clock="machine" if service.clock.fixed is None else "fixed",
    )
    return Response(made.model_dump_json(), media_type="application/json")
