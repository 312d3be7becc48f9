"""One shape for every error: problem details (RFC 9457), in Chinese and English.

A problem never repeats what was sent. The texts stand in one table; an answer differs from another
with the same code only in the members that :class:`Problem` declares as optional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field
from starlette.responses import Response

from models.base import Frozen

MEDIA_TYPE = "application/problem+json"


class ProblemCode(StrEnum):
    """Every way in which a request fails; the heading of its line in docs/api.md."""

    BAD_JSON = "bad_json"
    TOKEN_REQUIRED = "token_required"
    WRONG_SCOPE = "wrong_scope"
    NOT_OPEN = "not_open"
    WINDOW_CLOSED = "window_closed"
    NAME_REQUIRED = "name_required"
    NO_SUCH_CANDIDATE = "no_such_candidate"
    NOT_FOUND = "not_found"
    NOT_PUBLISHED = "not_published"
    NO_TICKET = "no_ticket"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    APPLICATION_REFUSED = "application_refused"
    BODY_TOO_LARGE = "body_too_large"
    JSON_REQUIRED = "json_required"
    INVALID_REQUEST = "invalid_request"
    TOO_MANY_REQUESTS = "too_many_requests"
    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"


class _Text(NamedTuple):
    status: int
    title: str
    title_en: str
    detail: str
    detail_en: str


TEXTS: Mapping[ProblemCode, _Text] = {
    ProblemCode.BAD_JSON: _Text(
        400, "请求内容不是有效的JSON", "The body is not valid JSON",
        "请求内容须为UTF-8编码的JSON对象，且同一字段不得重复。",
        "Send one JSON object in UTF-8 in which no member stands twice.",
    ),
    ProblemCode.TOKEN_REQUIRED: _Text(
        401, "需要有效的访问令牌", "A valid token is required",
        "请在Authorization请求头中提供有效的令牌；令牌可能不存在、已过期或已撤销。",
        "Send a valid bearer token; this one is missing, unknown, expired or revoked.",
    ),
    ProblemCode.WRONG_SCOPE: _Text(
        403, "令牌无权访问此内容", "The token does not open this",
        "此令牌只能用于签发时指定的考点或考场。",
        "A token opens only the center or exam point that it was issued for.",
    ),
    ProblemCode.NOT_OPEN: _Text(
        403, "查询尚未开放", "Look-ups are not open yet",
        "请在开放时间之后查询。", "Come back after the opening time.",
    ),
    ProblemCode.WINDOW_CLOSED: _Text(
        403, "不在规定时间内", "The window has closed",
        "规定时间已过，不再受理。", "This was possible until the window closed.",
    ),
    ProblemCode.NAME_REQUIRED: _Text(
        403, "还需要填写姓名", "The name is required as well",
        "此号码查询失败次数过多，请同时填写与报名时完全一致的姓名。",
        "This number has failed too often; send the name exactly as registered as well.",
    ),
    ProblemCode.NO_SUCH_CANDIDATE: _Text(
        404, "没有找到与所填信息一致的考生", "No candidate matches what was sent",
        "请核对档案号或准考证号、证件号码和姓名。连续多次有误后，24小时内可能不再受理，请联系报名考点。",
        "Check the archive or ticket number, the ID number and the name. After several errors a"
        " number may not be answered for 24 hours; the exam point helps.",
    ),
    ProblemCode.NOT_FOUND: _Text(
        404, "没有此内容", "There is nothing here",
        "地址有误，或链接已失效。", "The address is wrong, or the link is no longer valid.",
    ),
    ProblemCode.NOT_PUBLISHED: _Text(
        404, "尚未公布", "Nothing is published",
        "本次考试的安排尚未公布或已撤回。",
        "The plan of this exam has not been published, or was withdrawn.",
    ),
    ProblemCode.METHOD_NOT_ALLOWED: _Text(
        405, "不支持此请求方法", "This method is not offered here",
        "允许的方法见Allow响应头。", "The Allow header names the methods.",
    ),
    ProblemCode.NO_TICKET: _Text(
        409, "暂无准考证", "There is no admission ticket",
        "尚未为您安排座位，暂无准考证可打印；原因见查询结果，请联系报名考点。",
        "No seat has been assigned to you; the look-up tells why, and the exam point helps.",
    ),
    ProblemCode.APPLICATION_REFUSED: _Text(
        409, "报名信息不符合规定", "A rule refuses the application",
        "请按reasons中的说明更正。", "The member reasons names every rule that is broken.",
    ),
    ProblemCode.BODY_TOO_LARGE: _Text(
        413, "请求内容过大", "The body is too large",
        "请求内容不得超过4 KiB。", "A body has at most 4 KiB.",
    ),
    ProblemCode.JSON_REQUIRED: _Text(
        415, "请求内容须为JSON", "The body must be JSON",
        "请将Content-Type设为application/json。", "Send Content-Type: application/json.",
    ),
    ProblemCode.INVALID_REQUEST: _Text(
        422, "请求参数有误", "A parameter is missing or malformed",
        "请按errors中的位置更正。", "Correct what the member errors points at.",
    ),
    ProblemCode.TOO_MANY_REQUESTS: _Text(
        429, "请求过于频繁", "Too many requests",
        "请在Retry-After所示秒数之后再试。", "Try again after the seconds in Retry-After.",
    ),
    ProblemCode.INTERNAL_ERROR: _Text(
        500, "服务器内部错误", "Internal error",
        "请向管理员提供事件编号。", "Give the incident id to the operator.",
    ),
    ProblemCode.UNAVAILABLE: _Text(
        503, "服务暂时不可用", "Temporarily unavailable",
        "请在Retry-After所示秒数之后再试。", "Try again after the seconds in Retry-After.",
    ),
}  # fmt: skip


class Fault(Frozen):
    """Where a request is wrong, and how; never the value."""

    where: str = Field(examples=["body.number"])
    kind: str = Field(examples=["string_pattern_mismatch"])


class Reason(Frozen):
    """A rule of docs/rules.md that would be broken."""

    rule: str = Field(examples=["photo_uploaded"])
    detail: str
    detail_en: str


class Problem(Frozen):
    """What every error answers.

    ``type``, ``title``, ``status`` and ``detail`` are those of RFC 9457.
    """

    type: str = Field(examples=["urn:paikao:problem:not_found"])
    title: str
    title_en: str
    status: int = Field(ge=400, le=599)
    code: ProblemCode
    detail: str
    detail_en: str
    opens_at: datetime | None = Field(default=None, description="Of `not_open`, where known.")
    errors: tuple[Fault, ...] | None = Field(default=None, description="Of `invalid_request`.")
    reasons: tuple[Reason, ...] | None = Field(
        default=None, description="Of `application_refused`."
    )
    incident: str | None = Field(default=None, description="Of `internal_error`.")


def problem(
    code: ProblemCode,
    *,
    opens_at: datetime | None = None,
    errors: Sequence[Fault] | None = None,
    reasons: Sequence[Reason] | None = None,
    incident: str | None = None,
) -> Problem:
    """The problem of a code, with the texts of :data:`TEXTS`."""
    text = TEXTS[code]
    return Problem(
        type=f"urn:paikao:problem:{code}",
        title=text.title,
        title_en=text.title_en,
        status=text.status,
        code=code,
        detail=text.detail,
        detail_en=text.detail_en,
        opens_at=opens_at,
        errors=None if errors is None else tuple(errors),
        reasons=None if reasons is None else tuple(reasons),
        incident=incident,
    )


def problem_bytes(value: Problem) -> bytes:
    """The JSON of a problem; members that do not apply are left out."""
    return value.model_dump_json(exclude_none=True).encode()


_PLAIN: Mapping[ProblemCode, bytes] = {code: problem_bytes(problem(code)) for code in ProblemCode}


class ApiError(Exception):
    """Ends a request with a problem; raised anywhere below a route."""

    def __init__(
        self,
        code: ProblemCode,
        *,
        headers: Mapping[str, str] | None = None,
        opens_at: datetime | None = None,
        errors: Sequence[Fault] | None = None,
        reasons: Sequence[Reason] | None = None,
    ) -> None:
        """Keep what the answer needs; the optional members as in :class:`Problem`."""
        super().__init__(code.value)
        self.code = code
        self.headers = headers
        self.opens_at = opens_at
        self.errors = errors
        self.reasons = reasons

    def response(self) -> Response:
        """The answer; serialised beforehand where nothing but the code matters."""
        if self.opens_at is None and self.errors is None and self.reasons is None:
            return plain_problem(self.code, self.headers)
        made = problem(self.code, opens_at=self.opens_at, errors=self.errors, reasons=self.reasons)
        content = problem_bytes(made)
        return _response(self.code, content, self.headers)


def plain_problem(code: ProblemCode, headers: Mapping[str, str] | None = None) -> Response:
    """The answer of a code that carries nothing besides."""
    return _response(code, _PLAIN[code], headers)


def incident_problem(incident: str) -> Response:
    """The 500 answer: an incident id and nothing else."""
    code = ProblemCode.INTERNAL_ERROR
    return _response(code, problem_bytes(problem(code, incident=incident)), None)


def _response(code: ProblemCode, content: bytes, headers: Mapping[str, str] | None) -> Response:
    return Response(content, TEXTS[code].status, headers, media_type=MEDIA_TYPE)
