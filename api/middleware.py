"""Around every request: load and body limits, HEAD, headers, access log, last net for errors.

One pure-ASGI class, since each layer that wraps ``send`` costs every request. It logs the route
template, never the path: paths hold calendar tokens, and a wrong path may hold anything.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import sys
import time
from pathlib import Path
from typing import TextIO

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ProblemCode, incident_problem, plain_problem
from api.limiting import retry_after
from scheduler.documents.ticket_page import STYLE_HASH

MOST_BODY = 4096
"""Bytes of a request's body; the one route that takes a body needs a few hundred."""

REQUEST_ID = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id that a proxy may give: 32 hex digits or a UUID, so that nothing personal fits in."""

_VIEWER = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)


def _security_headers(content: str) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex"),
        (b"content-security-policy", content.encode()),
    )


_SECURITY_HEADERS = _security_headers("default-src 'none'; frame-ancestors 'none'")
_PAGE_HEADERS = {
    # The viewer of the OpenAPI document runs a script from this server.
    "/docs": _security_headers(_VIEWER),
    "/docs/oauth2-redirect": _security_headers(_VIEWER),
    # The page of a ticket may use its own style sheet, which is known by its hash.
    "/v1/tickets/page": _security_headers(
        f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'"
    ),
}
"""For the pages that the strict policy would leave blank."""
_NOT_STORED = (b"cache-control", b"no-store")
_ALWAYS_ANSWERED = "/healthz"
"""However busy: whoever watches the process must not take load for death."""

LOG = logging.getLogger("paikao.api")


class AccessLog:
    """One line per request: time, method, route template, status, milliseconds, request id."""

    def __init__(self, stream: TextIO | None) -> None:
        """Write to ``stream``; None logs nothing."""
        self._stream = stream
        self._second = 0
        self._stamp = ""

    def write(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        """Write one line; a log that cannot be written does not stop the service."""
        if self._stream is None:
            return
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        line = f"{self._stamp} {method} {route} {status} {seconds * 1000:.1f}ms {request_id}\n"
        try:
            self._stream.write(line)
            self._stream.flush()
        except (OSError, ValueError):
            return


_PROCESS = secrets.token_hex(8)
"""Begins the ids of this process's requests; a counter ends them."""
_REQUESTS = itertools.count(1)
_LESS_BUSY = 2
"""Seconds after which a process that is too busy is worth another try; spread at random."""
_GONE = 499
"""In the log, for a client that left before its answer was ready (as nginx has it)."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Envelope:
    """What every request passes first and every answer last."""

    def __init__(self, app: ASGIApp, access_log: bool, most_at_once: int) -> None:
        """Wrap ``app``.

        Args:
            app: answers.
            access_log: whether requests are logged on standard output.
            most_at_once: requests in progress; one more is refused with 503 at once, so that those
                accepted are still answered while somebody waits for them.
        """
        self._app = app
        self._log = AccessLog(sys.stdout if access_log else None)
        self._most = most_at_once
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id, echoed, length = _read_head(scope)
        method, status = scope["method"], 0
        if method == "HEAD":  # is answered as GET without its body (RFC 9110, section 9.3.2)
            scope, send = {**scope, "method": "GET"}, _head_only(send)

        async def enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope, echoed)
            await send(message)

        self._running += 1
        try:
            if self._running > self._most and scope["path"] != _ALWAYS_ANSWERED:
                refusal = plain_problem(ProblemCode.UNAVAILABLE, retry_after(_LESS_BUSY))
                await refusal(scope, receive, enveloped)
                return
            # All that arrived together is counted before the first of it is answered.
            await asyncio.sleep(0)
            if length is None:
                receive = _counted(receive)
            elif length > MOST_BODY:
                await plain_problem(ProblemCode.BODY_TOO_LARGE)(scope, receive, enveloped)
                return
            await self._app(scope, receive, enveloped)
        except ClientDisconnect:
            status = _GONE
        except _TooLarge:
            await plain_problem(ProblemCode.BODY_TOO_LARGE)(scope, receive, enveloped)
        except Exception as error:
            LOG.error("incident %s: %s at %s", request_id, type(error).__name__, origin(error))
            if status:
                raise _Broken from None
            await incident_problem(request_id)(scope, receive, enveloped)
        finally:
            self._running -= 1
            elapsed = time.perf_counter() - started
            known = method if method in _METHODS else "-"
            self._log.write(known, _template(scope), status, elapsed, request_id)


class _TooLarge(Exception):
    """More body has come than is allowed."""


class _Broken(Exception):
    """An answer failed after its head was sent; the server closes the connection."""


def _read_head(scope: Scope) -> tuple[str, bytes | None, int | None]:
    """The id for the log, the same as a header where the sender gave it, and bytes to come.

    Bytes are 0 for a request without a body and None where the head does not tell.
    """
    given: bytes | None = None
    length, told = 0, True
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value) if value.isdigit() else MOST_BODY + 1
        elif name == b"transfer-encoding":
            told = False
        elif name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            given = value
    request_id = given.decode("ascii") if given else f"{_PROCESS}{next(_REQUESTS):016x}"
    return request_id, given, length if told else None


def _head_only(send: Send) -> Send:
    async def without_body(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return without_body


def _counted(receive: Receive) -> Receive:
    total = 0

    async def counting() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MOST_BODY:
            raise _TooLarge
        return message

    return counting


def _add_headers(message: Message, scope: Scope, echoed: bytes | None) -> None:
    headers = message["headers"]
    for name, _ in headers:
        if name == b"cache-control":
            break
    else:
        headers.append(_NOT_STORED)
    headers.extend(_PAGE_HEADERS.get(scope["path"], _SECURITY_HEADERS))
    if echoed is not None:
        headers.append((b"x-request-id", echoed))


def _template(scope: Scope) -> str:
    """The route as declared, such as ``/v1/calendars/{token}.ics``; ``-`` for no route."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) else "-"


def origin(error: BaseException) -> str:
    """File and line where an error arose, without its text, which may quote personal data."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        place = f"{file.parent.name}/{file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
