"""The application of the registration: a process of its own, apart from the published plan.

``paikao register serve`` starts :func:`create_app` by its import string.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from api import registration_examples
from api.app import new_app
from api.conditional import software
from api.documented import describe_problems, json_answer, problems
from api.errors import ProblemCode
from api.registration_schemas import RegistrationHealth
from api.registration_service import Registration, RegistrationService
from api.routers import applications, scores
from api.settings import Settings

_DESCRIPTION = """\
Takes applications and tells scores (报名、成绩); the plan is served elsewhere.

Errors are problem details (RFC 9457) with a `code`; texts are Chinese and English. Times carry
their offset.
"""

health_router = APIRouter(tags=["health"])


@health_router.get(
    "/healthz",
    response_model=RegistrationHealth,
    responses=json_answer(registration_examples.health, changes=False)
    | problems(ProblemCode.UNAVAILABLE),
)
async def health(registration: Registration) -> Response:
    """The exam and the clock; 503 when the registration does not answer."""
    facts = await registration.ask(registration.register.facts)
    made = RegistrationHealth(
        status="ok",
        software=software(),
        exam=facts.exam.code,
        now=registration.clock.now(),
        clock="machine" if registration.clock.fixed is None else "fixed",
    )
    return Response(made.model_dump_json(), media_type="application/json")


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application on an open registration.

    Args:
        settings: read from the environment when absent; ``db`` is that of the registration.

    Raises:
        KeyRefused: no key, or not the one of the registration.
        StoreError: no such registration, or no such exam.
        ValidationError: a setting is missing or malformed.
    """
    settings = settings or Settings()
    service = RegistrationService.start(settings)
    app = new_app(_DESCRIPTION, settings, close=service.register.close)
    app.state.registration = service
    for router in (applications.router, scores.router, health_router):
        app.include_router(router)
    describe_problems(app)
    return app
