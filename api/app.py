"""The application: routers, errors, middleware, one service.

``paikao serve`` starts :func:`create_app` by its import string.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.documented import describe_problems
from api.error_handlers import add_error_handlers
from api.lookup import TicketLookup
from api.middleware import Envelope
from api.routers import candidates, centers, health, public
from api.service import Service
from api.settings import Settings

_DESCRIPTION = """\
Reads one published plan: dates, centers, rooms, seats (排考).

Every answer is taken from one version of the plan, wholly, and names it. Errors are problem details
(RFC 9457) with a `code`; texts are Chinese and English. Times carry their offset.
"""


ROUTERS = (candidates.router, public.router, centers.router, health.router)


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application on an open store.

    Args:
        settings: read from the environment when absent.

    Raises:
        KeyRefused: no key, or not the one of the store.
        StoreError: no such store, nothing published in it, or the exam must be named.
        ValidationError: a setting is missing or malformed.
    """
    settings = settings or Settings()
    service = Service.start(settings)
    app = new_app(_DESCRIPTION, settings, close=service.store.close)
    app.state.service = service
    app.state.lookup = TicketLookup(service)
    # What nearly every request asks for is matched first, without the detour over a router.
    app.router.routes[:0] = candidates.lookups.routes
    for router in ROUTERS:
        app.include_router(router)
    describe_problems(app)
    return app


def new_app(description: str, settings: Settings, *, close: Callable[[], None]) -> FastAPI:
    """An application without routes: errors as problems, envelope, no telemetry.

    Args:
        description: of the OpenAPI document.
        settings: for the access log.
        close: is called when the process ends.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        close()

    app = FastAPIOffline(
        title="paikao",
        version=version("paikao"),
        description=description,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        redoc_url=None,
        redirect_slashes=False,
    )
    add_error_handlers(app)
    app.add_middleware(Envelope, access_log=settings.access_log, most_at_once=settings.most_at_once)
    return app
