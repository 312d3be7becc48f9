"""One small world for the tests of this folder; each test gets its own app on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.world import Person, World, facts, people


@pytest.fixture(scope="session")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"))
    made.publish(facts(), people(120))
    return made


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> Iterator[World]:
    """A world of the test's own with 120 people in version 1."""
    made = first_world.copy(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def persons() -> tuple[Person, ...]:
    return people(120)


@pytest.fixture
def serve(world: World) -> Iterator[Callable[..., TestClient]]:
    """Makes a client of a server with these settings; errors come back as answers."""
    clients = []

    def make(**settings: object) -> TestClient:
        app = create_app(world.settings(**settings))
        client = TestClient(app, raise_server_exceptions=False, client=("192.0.2.1", 40000))
        client.__enter__()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()
