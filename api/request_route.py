"""A route that FastAPI documents and Starlette runs: its endpoint takes the request alone.

Solving dependencies costs more than a look-up does (docs/adr/0008-api.md has the figures). Only
the look-up, which all candidates ask for on the same morning, is worth it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class RequestRoute(APIRoute):
    """Calls its endpoint with the request; errors go to the handlers of the app as elsewhere."""

    endpoint: Callable[[Request], Awaitable[Response]]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; another method is refused as on any route."""
        if self.methods is None or scope["method"] not in self.methods:
            await super().handle(scope, receive, send)
            return
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)
