"""Who may read a center's or an exam point's pages: the holder of its token, and the point above.

Unknown, expired and revoked tokens get the same 401; a token for something else gets 403, whether
or not what was asked for exists.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from api.errors import ApiError, ProblemCode
from api.publications import Publication
from api.service import Service, Shared
from models.base import CODE_PATTERN
from scheduler.store.lookups import Live, StaffKind, StaffScope

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="staff token",
    description="From `paikao token center ID` or `paikao token point ID`.",
)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="paikao"'}


async def client_of(request: Request, service: Shared) -> str:
    """The name under which limits are counted for this request."""
    return service.addresses.of(request)


Client = Annotated[str, Depends(client_of)]


async def staff_scope(
    service: Shared,
    client: Client,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> StaffScope:
    """The scope of the token of this request.

    A valid one is never refused for the failures of others behind the same address: candidates
    and staff share that of a center.

    Raises:
        ApiError: 401; 403 for a calendar's token; 429 after too many unknown ones.
    """
    if credentials is None:
        await service.limiter.admit(client)
        raise ApiError(ProblemCode.TOKEN_REQUIRED, headers=_CHALLENGE)
    token = credentials.credentials
    scope = await service.ask(service.store.staff, token, now=service.clock.now())
    if scope is not None and scope.state == "valid":
        return scope
    await service.limiter.admit(client)
    await service.limiter.failed(client)
    if scope is None and await service.ask(service.store.calendar, token) is not None:
        raise ApiError(ProblemCode.WRONG_SCOPE)
    raise ApiError(ProblemCode.TOKEN_REQUIRED, headers=_CHALLENGE)


Scope = Annotated[StaffScope, Depends(staff_scope)]


class Holder:
    """What was asked for and may be read: one center, or one exam point with its centers."""

    def __init__(
        self, service: Service, kind: StaffKind, holder: str, live: Live, publication: Publication
    ) -> None:
        """Keep it; access was decided before."""
        self.service = service
        self.kind = kind
        self.id = holder
        self.version_id = live.version_id
        self.publication = publication

    @property
    def centers(self) -> tuple[str, ...]:
        """Its centers by id."""
        return self.service.store.centers_of(self.kind, self.id, self.version_id)


async def center_reader(
    service: Shared,
    scope: Scope,
    center_id: Annotated[str, Path(pattern=CODE_PATTERN, examples=["230101"])],
) -> Holder:
    """The center of the path, for its own token or that of its exam point.

    Raises:
        ApiError: 403 ``wrong_scope``, 404 ``not_published``; as :func:`staff_scope`.
    """
    _same_exam(service, scope)
    if scope.kind == "center" and scope.holder != center_id:
        raise ApiError(ProblemCode.WRONG_SCOPE)
    live, publication = await service.live()
    center = publication.facts.center_by_id.get(center_id)
    if scope.kind == "exam_point" and (center is None or center.exam_point != scope.holder):
        raise ApiError(ProblemCode.WRONG_SCOPE)
    if center is None:
        raise ApiError(ProblemCode.NOT_FOUND)
    return Holder(service, "center", center_id, live, publication)


async def exam_point_reader(
    service: Shared,
    scope: Scope,
    exam_point: Annotated[str, Path(pattern=CODE_PATTERN, examples=["2301"])],
) -> Holder:
    """The exam point of the path, for its own token.

    Raises:
        ApiError: 403 ``wrong_scope``, 404 ``not_published``; as :func:`staff_scope`.
    """
    _same_exam(service, scope)
    if scope.kind != "exam_point" or scope.holder != exam_point:
        raise ApiError(ProblemCode.WRONG_SCOPE)
    live, publication = await service.live()
    if exam_point not in publication.facts.point_by_id:
        raise ApiError(ProblemCode.NOT_FOUND)
    return Holder(service, "exam_point", exam_point, live, publication)


def _same_exam(service: Service, scope: StaffScope) -> None:
    if scope.exam != service.store.exam:
        raise ApiError(ProblemCode.WRONG_SCOPE)


CenterReader = Annotated[Holder, Depends(center_reader)]
ExamPointReader = Annotated[Holder, Depends(exam_point_reader)]
