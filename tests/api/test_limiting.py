"""Whose request it is, and how much one client may fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError
from starlette.requests import Request

from api.app import create_app
from api.counts import Counts
from api.limiting import ClientAddresses
from api.settings import Settings
from tests.api.world import Person, World


def client_of(peer: str, forwarded: list[str], trusted: str = "") -> str:
    settings = Settings.model_validate({"db": "sqlite:///x", "trusted_proxies": trusted})
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "headers": headers, "client": (peer, 1)}
    return ClientAddresses(settings.trusted_proxies).of(Request(scope))


@pytest.mark.parametrize(
    "forwarded",
    [
        [], ["203.0.113.9"], ["127.0.0.1"], ["203.0.113.9, 10.0.0.1"], ["10.0.0.1"], ["::1"],
        ["unknown"], [""], [","], ["192.0.2.1"], ["a" * 300], ["203.0.113.9:80"], ["[::1]:80"],
        ["203.0.113.9", "203.0.113.10"], ["\t10.0.0.1"], ["0x7f.1"], ["%00"], ["localhost"],
        ["203.0.113.9;10.0.0.1"], ["2001:db8::1"],
    ],
)  # fmt: skip
def test_without_a_trusted_proxy_no_header_changes_the_client(forwarded: list[str]) -> None:
    assert client_of("192.0.2.7", forwarded) == "192.0.2.7"
    assert client_of("192.0.2.7", forwarded, trusted="10.0.0.0/8") == "192.0.2.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ([], "10.0.0.1"),
        (["203.0.113.9:51112"], "203.0.113.9"),
        (["[2001:db8:1:2:3::4]:51112"], "2001:db8:1:2::/64"),
        (["[2001:db8:1:2:3::4]"], "2001:db8:1:2::/64"),
        (["203.0.113.9:51112, 10.1.2.3:80"], "203.0.113.9"),
        (["rubbish"], "unknown"),
        (["[]:80"], "unknown"),
        (["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
    ],
)
def test_behind_a_trusted_proxy_the_client_is_the_last_hop_that_is_none(
    forwarded: list[str], expected: str
) -> None:
    assert client_of("10.0.0.1", forwarded, trusted="10.0.0.0/8, fd00::/8") == expected


def test_an_ipv6_client_is_its_64_and_a_mapped_one_its_ipv4() -> None:
    assert client_of("2001:db8:1:2::3", []) == client_of("2001:db8:1:2:ffff::1", [])
    assert client_of("2001:db8:1:2::3", []) != client_of("2001:db8:1:3::3", [])
    assert client_of("::ffff:192.0.2.7", []) == "192.0.2.7"
    assert client_of("::ffff:10.0.0.1", ["203.0.113.9"], trusted="10.0.0.0/8") == "203.0.113.9"


def ask(client: TestClient, person: Person, **changes: str) -> int:
    body = {"number": person.number, "id_number": person.id_number} | changes
    return client.post("/v1/tickets/lookup", json=body).status_code


def test_three_hundred_visits_from_one_address_are_served(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve()
    assert {ask(client, persons[i % 100]) for i in range(300)} == {200}


def test_a_client_may_look_up_so_many_people_and_the_same_ones_again(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(people_per_client="10 per 10 minute")
    assert [ask(client, persons[i % 9]) for i in range(40)] == [200] * 40
    assert [ask(client, persons[i]) for i in range(9, 12)] == [200, 429, 429]


def test_failures_are_counted_per_client_and_also_refuse_right_answers(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(failures_per_client="3 per 10 minute", trusted_proxies="192.0.2.1")
    for person in persons[:3]:
        assert ask(client, person, id_number="0") == 404
    assert ask(client, persons[5]) == 429
    body = {"number": persons[5].number, "id_number": persons[5].id_number}
    elsewhere = client.post(
        "/v1/tickets/lookup", json=body, headers={"X-Forwarded-For": "203.0.113.9"}
    )
    assert elsewhere.status_code == 200


def test_when_shared_counts_are_lost_local_ones_hold_with_half_the_limits(
    world: World, persons: tuple[Person, ...], monkeypatch: Any
) -> None:
    """Not none: the service stays up, and a guesser gains nothing by breaking the store."""
    settings = world.settings(limiter_url="async+memory://", failures_per_client="5 per 10 minute")
    app = create_app(settings)

    async def lost(*_: object, **__: object) -> int:
        raise StorageError(ConnectionError("gone"))

    with TestClient(app) as client:
        assert ask(client, persons[0]) == 200
        monkeypatch.setattr(MemoryStorage, "get", lost)
        monkeypatch.setattr(MemoryStorage, "incr", lost)
        statuses = [ask(client, person, id_number="0") for person in persons[1:6]]
    assert statuses == [404, 404, 404, 429, 429]


def test_counts_run_out_after_their_period(monkeypatch: Any) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    async def check() -> None:
        counts = Counts()
        assert [await counts.incr("a", 60), await counts.incr("a", 60, 2)] == [1, 3]
        now[0] += 59.9
        assert await counts.get("a") == 3
        now[0] += 0.2
        assert await counts.get("a") == 0
        assert await counts.incr("a", 60) == 1
        await counts.clear("a")
        assert await counts.get("a") == 0
        assert await counts.get_expiry("never counted") <= time.time()
        assert await counts.check()

    asyncio.run(check())


def test_counts_forget_what_has_run_out_and_never_walk_through_all(monkeypatch: Any) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    async def check() -> None:
        counts = Counts()
        for i in range(1_000):
            await counts.incr(f"first {i}", 60)
        now[0] += 61
        await counts.incr("again", 60)
        assert len(counts) == 1_000 - 2 + 1  # two go for each that comes
        for i in range(600):
            await counts.incr(f"second {i}", 60)
        assert len(counts) == 601
        assert await counts.reset() == 601

    asyncio.run(check())
