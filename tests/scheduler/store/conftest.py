"""Plans made once; every test publishes into a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.store import publish
from scheduler.store.lookups import Store
from tests.scheduler.store.plans import KEY, Planned, next_version, plan_with_unplaced, small_plan


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return small_plan(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="session")
def second(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return next_version(planned, tmp_path_factory.mktemp("second") / "plan")


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """37 candidates have no seat."""
    return plan_with_unplaced(tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="session")
def first_published(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with version 1; copy it, never write to it."""
    database = tmp_path_factory.mktemp("published") / "store.db"
    planned.publish(f"sqlite:///{database}")
    return database


@pytest.fixture
def unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishes without verifying first, for tests of what comes after."""
    monkeypatch.setattr(publish, "verify_plan", lambda *_, **__: ())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


@pytest.fixture
def published(first_published: Path, database: Path, url: str) -> str:
    """The URL of a database in which version 1 is live."""
    shutil.copy(first_published, database)
    return url


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores and closes them after the test."""
    stores: list[Store] = []

    def open_store(url: str) -> Store:
        stores.append(Store.open(url, KEY))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()
