"""An unknown number and a wrong ID number cannot be told apart: not by bytes, headers or time."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.world import Person, World, facts, people

pytestmark = pytest.mark.slow

URL = "/v1/tickets/lookup"
NO_LIMIT = "1000000 per 10 minute"


def answer(client: TestClient, number: str, id_number: str, name: str | None = None) -> Any:
    body = {"number": number, "id_number": id_number} | ({"name": name} if name else {})
    got = client.post(URL, json=body)
    return got.status_code, tuple(got.headers.items()), got.content


def compare(client: TestClient, pairs: Iterable[tuple[Person, Person]]) -> int:
    """Eight tries of each pair, without and with a name; the number of pairs compared.

    Args:
        client: of a server without limits per address.
        pairs: somebody in the plan, and somebody of the same kind of number who is not.
    """
    compared = 0
    for i, (person, stranger) in enumerate(pairs):
        by_ticket = bool(i % 2 and person.placement.placed and stranger.placement.placed)
        for step in range(8):
            wrong = f"{step}{person.id_number[1:-1]}?"
            name = None if step < 6 else ("错" if step == 6 else person.name)
            known, unknown = (
                answer(
                    client,
                    p.placement.ticket_number if by_ticket else p.number,
                    wrong if step % 2 else stranger.id_number,
                    name,
                )
                for p in (person, stranger)
            )
            assert known == unknown
            assert known[0] == (403 if step == 5 else 404)
        compared += 1
    return compared


def halves(count: int) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """People to publish and strangers whose numbers lie between theirs."""
    everybody = people(2 * count)
    return everybody[::2], everybody[1::2]


@pytest.mark.parametrize("count", [40, pytest.param(1_000, marks=pytest.mark.soak)])
def test_pairs_are_equal_in_every_byte(
    count: int, world: World, serve: Callable[..., TestClient]
) -> None:
    published, strangers = halves(count)
    world.publish(facts(2), published)
    client = serve(failures_per_client=NO_LIMIT)
    assert compare(client, zip(published, strangers, strict=True)) == count


# ---------------------------------------------------------------- time


async def seconds(app: FastAPI, body: bytes) -> float:
    """CPU time of one request without a network; the answer must be the usual 404."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "path": URL, "raw_path": URL.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "server": ("127.0.0.1", 8000), "client": ("192.0.2.1", 40000),
        "headers": [(b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode())],
        "state": {},
    }  # fmt: skip
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    started = time.process_time()
    await app(scope, receive, send)
    spent = time.process_time() - started
    assert statuses[0] == 404
    return spent


def requests(
    known: Sequence[Person], unknown: Sequence[Person], each: int
) -> list[tuple[str, bytes]]:
    """``each`` requests of both classes, shuffled; five per number, so no name is asked for."""
    made: list[tuple[str, bytes]] = []
    for kind, persons in (("known", known), ("unknown", unknown)):
        for i, person in zip(range(each), itertools.cycle(persons), strict=False):
            body = {"number": person.number, "id_number": f"{i:05d}{person.id_number[5:]}"}
            made.append((kind, json.dumps(body).encode()))
    random.Random(1).shuffle(made)
    return made


def trimmed_mean(values: list[float]) -> float:
    """The mean without the largest twentieth: those were interrupted by something else."""
    kept = sorted(values)[: len(values) - len(values) // 20]
    return statistics.fmean(kept)


@pytest.mark.soak
def test_the_classes_differ_in_time_by_less_than_halves_of_one_class(world: World) -> None:
    """2 x 5,000 interleaved requests; of random halves of one class, one pair in twenty is wider.

    A thousand people are each tried five times, and as many numbers that are nobody's.
    """
    published, strangers = halves(1_000)
    world.publish(facts(2), published)
    app = create_app(world.settings(failures_per_client=NO_LIMIT))

    async def measure() -> dict[str, list[float]]:
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for _ in range(500):  # warm
            await seconds(app, b'{"number": "nobody", "id_number": "0", "name": "x"}')
        for kind, body in requests(published, strangers, 5_000):
            times[kind].append(await seconds(app, body))
        return times

    times = asyncio.run(measure())
    app.state.service.store.close()
    between = abs(trimmed_mean(times["known"]) - trimmed_mean(times["unknown"]))
    draw, noise = random.Random(2), []
    for kind in ("known", "unknown"):
        values = list(times[kind])
        for _ in range(100):
            draw.shuffle(values)
            noise.append(abs(trimmed_mean(values[:2500]) - trimmed_mean(values[2500:])))
    usual = sorted(noise)[len(noise) * 19 // 20]
    apart = f"apart by {between * 1e6:.2f} us, halves by {usual * 1e6:.2f} us"
    means = {kind: round(trimmed_mean(values) * 1e6, 1) for kind, values in times.items()}
    sys.stdout.write(f"{means} {apart}\n")
    assert between < usual, apart
