"""Parts of the OpenAPI document: answers with examples, problems, bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.errors import MEDIA_TYPE, TEXTS, Problem, ProblemCode, problem

Responses = dict[int | str, dict[str, Any]]

_TAG = {"ETag": {"description": "Strong; for If-None-Match.", "schema": {"type": "string"}}}
_UNCHANGED: Responses = {304: {"description": "The copy that If-None-Match names is current."}}
_HEADERS: Mapping[int, Mapping[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}


def json_answer(example: Callable[[], BaseModel], *, changes: bool = True) -> Responses:
    """The 200 of a route with an example of its model.

    Args:
        example: makes it; the same code that makes real answers.
        changes: whether the answer has an ETag, so that 304 is possible.
    """
    content = {"application/json": {"example": example().model_dump(mode="json")}}
    made: dict[str, Any] = {"description": "The answer.", "content": content}
    if changes:
        made["headers"] = _TAG
    return {200: made} | (_UNCHANGED if changes else {})


def csv_too(responses: Responses) -> Responses:
    """The same answer as CSV."""
    responses[200]["content"]["text/csv"] = {"schema": {"type": "string"}}
    return responses


def file_answer(*kinds: str, changes: bool = False) -> Responses:
    """The 200 of a file for printing, of one of these media types.

    Args:
        kinds: media types.
        changes: whether the answer has an ETag, so that 304 is possible.
    """
    shape = {"schema": {"type": "string", "format": "binary"}}
    made: dict[str, Any] = {"description": "The file.", "content": dict.fromkeys(kinds, shape)}
    if changes:
        made["headers"] = _TAG
    return {200: made} | (_UNCHANGED if changes else {})


def calendar_answer() -> Responses:
    """The 200 of a calendar."""
    content = {"text/calendar": {"schema": {"type": "string"}}}
    return {200: {"description": "RFC 5545.", "content": content, "headers": _TAG}} | _UNCHANGED


def pdf_answer() -> Responses:
    """The 200 of a document to print."""
    content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "One page, A4.", "content": content}}


def problems(*codes: ProblemCode) -> Responses:
    """What a route refuses, by status; each code has its example."""
    made: Responses = {}
    for code in codes:
        text = TEXTS[code]
        entry = made.setdefault(
            text.status,
            {
                "description": text.title_en,
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        if text.title_en not in entry["description"]:
            entry["description"] += f"; {text.title_en}"
        example = problem(code).model_dump(mode="json", exclude_none=True)
        entry["content"][MEDIA_TYPE]["examples"][code.value] = {"value": example}
        if text.status in _HEADERS:
            entry["headers"] = _HEADERS[text.status]
    return made


def json_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a route that reads it itself."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": model.model_json_schema(),
                    "examples": {name: {"value": value} for name, value in examples.items()},
                }
            },
        }
    }


def describe_problems(app: FastAPI) -> None:
    """Add the shape of problems, which no route declares as a model, to the document."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        shapes = document["components"]["schemas"]
        if "Problem" not in shapes:
            schema = Problem.model_json_schema(
                mode="serialization", ref_template="#/components/schemas/{model}"
            )
            shapes.update(schema.pop("$defs"))
            shapes["Problem"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]
