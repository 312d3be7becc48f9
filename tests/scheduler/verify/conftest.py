from __future__ import annotations

from pathlib import Path

import pytest

from tests.scheduler.verify.plan_factory import make_plan


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished plan and its roster; tests change copies only."""
    return make_plan(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def plan_dir(finished: tuple[Path, Path]) -> Path:
    return finished[0]


@pytest.fixture
def roster(finished: tuple[Path, Path]) -> Path:
    return finished[1]
