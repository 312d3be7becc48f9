"""The OpenAPI document: complete, with examples, and kept to under generated requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from api import examples, schemas
from api.app import create_app
from api.errors import TEXTS, Problem, ProblemCode
from tests.api.world import World, facts, people

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
NO_LIMIT = "1000000 per 10 minute"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, FastAPI]]:
    world = World(tmp_path_factory.mktemp("openapi"))
    world.publish(facts(), people(120))
    app = create_app(
        world.settings(failures_per_client=NO_LIMIT, polls_per_calendar=NO_LIMIT)
    )  # fmt: skip
    yield world, app
    app.state.service.store.close()
    world.engine.dispose()


@pytest.fixture
def document(shared: tuple[World, FastAPI]) -> dict[str, Any]:
    made: dict[str, Any] = shared[1].openapi()
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_answer_has_an_example_and_every_problem_its_shape(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if kind == "application/json":
                    assert content["example"], name
                    assert content["schema"]["$ref"], name
                elif kind == "application/problem+json":
                    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                    for example in content["examples"].values():
                        assert Problem.model_validate(example["value"]).status == int(status)
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]
            for example in body["examples"].values():
                schemas.LookupRequest.model_validate(example["value"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_examples_come_from_the_code_of_real_answers() -> None:
    ticket = examples.ticket()
    assert ticket.seat is not None
    assert [s.name_zh for s in ticket.seat.sessions] == ["基础知识", "相关专业知识"]
    assert examples.seat_plan().rooms[0].candidates[0].name == ticket.name
    assert examples.sessions().centers[0].sessions[0].candidates == 1
    assert examples.exam().windows[0].key == "ticket_printing"


def test_every_problem_code_is_explained_and_in_two_languages() -> None:
    headed = set(re.findall(r"^\| `(\w+)` \| \d{3} \|", DOCS.read_text("utf-8"), re.MULTILINE))
    assert headed == set(ProblemCode) == set(TEXTS)
    for text in TEXTS.values():
        assert re.search("[一-鿿]", text.title + text.detail)
        assert (text.title_en + text.detail_en).isascii()


def test_every_route_stands_in_the_docs(document: dict[str, Any]) -> None:
    page = DOCS.read_text("utf-8")
    for name, _ in operations(document):
        assert f"`{name}`" in page, name


def test_the_viewer_of_the_document_comes_from_this_server(
    shared: tuple[World, FastAPI],
) -> None:
    """Offline too, and nobody else learns who reads it."""
    client = TestClient(shared[1])
    page = client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) == 3
    assert "://" not in page.text.replace("http://www.w3.org", "")
    for source in sources:
        answer = client.get(source)
        assert (answer.status_code, len(answer.content) > 1_000) == (200, True)
    assert client.get("/redoc").status_code == 404


def test_every_route_may_answer_that_it_is_too_busy(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert "503" in operation["responses"], name


# ---------------------------------------------------------------- generated requests

NAMES = (
    "GET /healthz", "GET /v1/exam", "GET /v1/exam/calendar.ics", "GET /v1/specialties",
    "GET /v1/specialties/{code}", "GET /v1/balance", "GET /v1/centers/{center_id}/seat-plan",
    "GET /v1/centers/{center_id}/sessions", "GET /v1/exam-points/{exam_point}/seat-plan",
    "GET /v1/exam-points/{exam_point}/sessions", "POST /v1/tickets/lookup",
    "POST /v1/tickets/pdf", "POST /v1/tickets/page", "GET /v1/calendars/{token}.ics",
    "GET /v1/centers/{center_id}/files/{name}",
)  # fmt: skip

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.allow_header_conformance,
]


def exercise(shared: tuple[World, FastAPI], name: str, mode: GenerationMode, most: int) -> None:
    """Requests within the document or outside it; none may give 5xx or anything undocumented."""
    world, app = shared
    method, path = name.split(" ")
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    kind, holder = ("exam_point", "2301") if "exam-points" in path else ("center", "230101")
    token = world.token(kind, holder)
    headers = {"Authorization": f"Bearer {token}"} if method == "GET" else {}

    @settings(
        max_examples=most, derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


UNCONSTRAINED = {
    "GET /healthz", "GET /v1/exam", "GET /v1/exam/calendar.ics", "GET /v1/specialties",
    "GET /v1/balance", "GET /v1/calendars/{token}.ics",
}  # fmt: skip
"""Nothing that could be sent is outside the document: no parameter, or any text."""

RUNS = [(name, GenerationMode.POSITIVE) for name in NAMES] + [
    (name, GenerationMode.NEGATIVE) for name in NAMES if name not in UNCONSTRAINED
]


@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_generated_requests_meet_documented_answers_only(
    shared: tuple[World, FastAPI], name: str, mode: GenerationMode
) -> None:
    exercise(shared, name, mode, 10)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_many_generated_requests_meet_documented_answers_only(
    shared: tuple[World, FastAPI], name: str, mode: GenerationMode
) -> None:
    exercise(shared, name, mode, 300)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_has_the_documented_shape(shared: tuple[World, FastAPI], name: str) -> None:
    """Generated ids rarely exist, so the 200 of every route is checked here."""
    world, app = shared
    method, path = name.split(" ")
    me = people(120)[7]
    link = app.state.service.store.calendar_token("candidate", me.number)
    ids = {"code": "101", "center_id": "230101", "exam_point": "2301", "token": link,
           "name": "sign-in.pdf"}  # fmt: skip
    kind, holder = ("exam_point", "2301") if "exam-points" in path else ("center", "230101")
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    queries = [{}, {"format": "csv"}] if "seat-plan" in path else [{}]
    for query in queries:
        body = {"number": me.number, "id_number": me.id_number}
        sent: dict[str, Any] = {"body": body, "media_type": "application/json"}
        case = operation.Case(
            path_parameters={k: v for k, v in ids.items() if f"{{{k}}}" in path},
            query=query,
            **(sent if method == "POST" else {}),
        )
        answer = case.call(headers={"Authorization": f"Bearer {world.token(kind, holder)}"})
        assert answer.status_code == 200
        case.validate_response(answer, checks=CHECKS)


def test_the_list_above_is_complete(document: dict[str, Any]) -> None:
    assert {name for name, _ in operations(document)} == set(NAMES)
