"""More requests than one process can answer: the rest is refused, and told when to return."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from scheduler.store.lookups import Store
from tests.api.world import Person, World, facts, people

URL = "/v1/tickets/lookup"


@pytest.fixture
def app(world: World) -> Iterator[FastAPI]:
    made = create_app(world.settings(most_at_once=3))
    yield made
    made.state.service.store.close()


async def call(app: FastAPI, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """One request below any server; status and headers."""
    heads: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            heads.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "server": ("127.0.0.1", 8000), "client": ("192.0.2.1", 40000),
        "headers": headers, "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    return heads[0]["status"], dict(heads[0]["headers"])


def test_what_arrives_beyond_the_limit_is_refused_and_the_rest_is_answered(
    app: FastAPI, persons: tuple[Person, ...]
) -> None:
    bodies = [
        json.dumps({"number": p.number, "id_number": p.id_number}).encode() for p in persons[:8]
    ]

    async def storm() -> list[tuple[int, Any]]:
        return await asyncio.gather(*(call(app, "POST", URL, body) for body in bodies))

    for _ in range(2):  # the second storm finds no trace of the first
        answers = asyncio.run(storm())
        refused = [headers for status, headers in answers if status == 503]
        assert [status for status, _ in answers] == [200] * 3 + [503] * 5  # first come
        for headers in refused:
            assert int(headers[b"retry-after"]) >= 1
            assert headers[b"content-type"] == b"application/problem+json"
            assert headers[b"cache-control"] == b"no-store"
    assert asyncio.run(call(app, "POST", URL, bodies[0]))[0] == 200


def test_the_health_of_a_busy_process_is_told(app: FastAPI) -> None:
    async def storm() -> list[tuple[int, Any]]:
        return await asyncio.gather(
            *(call(app, "GET", "/v1/exam") for _ in range(5)), call(app, "GET", "/healthz")
        )

    statuses = [status for status, _ in asyncio.run(storm())]
    assert statuses[-1] == 200
    assert sorted(statuses[:-1])[-1] == 503


def test_requests_that_fail_or_leave_do_not_count_for_ever(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> None:
        raise RuntimeError

    async def many() -> list[int]:
        return [(await call(app, "GET", "/v1/exam"))[0] for _ in range(10)]

    with monkeypatch.context() as patch:
        patch.setattr(Store, "live", breaks)
        assert set(asyncio.run(many())) == {500}
    assert set(asyncio.run(many())) == {200}


def test_a_new_version_is_read_once_however_many_wait_for_it(
    world: World,
    serve: Callable[..., TestClient],
    persons: tuple[Person, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the first second of a new version would be spent on reading it over and over."""
    app = create_app(world.settings())
    read: list[int] = []
    whole = Store.facts

    def counted(store: Store, version_id: int) -> Any:
        read.append(version_id)
        return whole(store, version_id)

    monkeypatch.setattr(Store, "facts", counted)
    body = json.dumps({"number": persons[3].number, "id_number": persons[3].id_number}).encode()

    async def storm() -> set[int]:
        asked = [call(app, "POST", URL, body) for _ in range(40)]
        asked += [call(app, "GET", "/v1/exam") for _ in range(40)]
        return {status for status, _ in await asyncio.gather(*asked)}

    async def twice() -> list[set[int]]:
        first = await storm()
        world.publish(facts(2), people(120, shift=1))
        return [first, await storm()]

    assert asyncio.run(twice()) == [{200}, {200}]
    assert len(read) == 2
    app.state.service.store.close()
