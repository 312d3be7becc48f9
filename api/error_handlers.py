"""Turns whatever a request raises into a problem."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ApiError, Fault, ProblemCode, plain_problem
from api.limiting import retry_after
from api.middleware import origin
from scheduler.store.errors import StoreError

LOG = logging.getLogger("paikao.api")
_STORE_BACK = 5
"""Seconds after which a store that was busy is worth another try."""

_BY_STATUS: Mapping[int, ProblemCode] = {
    400: ProblemCode.BAD_JSON,
    404: ProblemCode.NOT_FOUND,
    405: ProblemCode.METHOD_NOT_ALLOWED,
    413: ProblemCode.BODY_TOO_LARGE,
}


async def _api_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, ApiError)
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, HTTPException)
    headers = error.headers
    if headers is not None and headers.get("Allow") == "GET":
        headers = {**headers, "Allow": "GET, HEAD"}  # the middleware answers HEAD
    return plain_problem(_BY_STATUS.get(error.status_code, ProblemCode.NOT_FOUND), headers)


async def _store_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """The store did not answer, or a failure could not be counted: no answer then either."""
    LOG.error("store: %s at %s", type(error).__name__, origin(error))
    return plain_problem(ProblemCode.UNAVAILABLE, retry_after(_STORE_BACK))


async def _invalid(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    return invalid_request(error.errors()).response()


def invalid_request(errors: object) -> ApiError:
    """The 422 of pydantic's findings: place and kind, never the value or a name that was sent."""
    assert isinstance(errors, list | tuple)
    faults = [Fault(where=_place(e["type"], e["loc"]), kind=str(e["type"])) for e in errors]
    return ApiError(ProblemCode.INVALID_REQUEST, errors=faults)


def _place(kind: str, location: tuple[str | int, ...]) -> str:
    """Where it is; the name of an unknown member is the sender's text, so it is left out."""
    known = location[:-1] if kind == "extra_forbidden" else location
    return ".".join(str(part) for part in known)


def add_error_handlers(app: FastAPI) -> None:
    """Register the handlers; unexpected errors are the outermost middleware's."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _store_error)
