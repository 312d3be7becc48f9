"""Strong ETags and conditional GET (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response

from models.publication import PublishedFacts

PUBLIC = "public, no-cache"
"""May be kept by anyone, asked again each time: a correction must not hide behind a cache."""
PRIVATE = "private, no-cache"


@cache
def software() -> str:
    """The version of paikao; another one may write other bytes of the same plan."""
    return version("paikao")


def etag(facts: PublishedFacts, *parts: str) -> str:
    """A strong ETag: software, published version, and what tells its representations apart.

    Args:
        facts: of the version.
        parts: the representation, its holder, a withdrawal, and whatever else its bytes depend on.
    """
    whole = (software(), facts.root_hash, facts.published_at.isoformat(), *parts)
    return f'"{hashlib.sha256(chr(31).join(whole).encode()).hexdigest()[:32]}"'


def unchanged(request: Request, tag: str, cache_control: str) -> Response | None:
    """304 when the client's copy is that of ``tag``; None when an answer has to be made."""
    for header in request.headers.getlist("if-none-match"):
        for given in header.split(","):
            if given.strip().removeprefix("W/") in (tag, "*"):
                return Response(
                    status_code=304, headers={"ETag": tag, "Cache-Control": cache_control}
                )
    return None


def answer(
    content: bytes, tag: str, cache_control: str, media_type: str, **headers: str
) -> Response:
    """A whole answer that may be asked for conditionally later."""
    return Response(
        content,
        headers={"ETag": tag, "Cache-Control": cache_control, **headers},
        media_type=media_type,
    )
