from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scheduler.pipeline import run_plan
from tests.scheduler.verify.plan_factory import make_plan


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished plan and its roster; tests change copies only."""
    return make_plan(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def planned(
    finished: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The same exam planned by the planner itself, and its roster."""
    folder = tmp_path_factory.mktemp("planned")
    shutil.copytree(finished[0] / "inputs", folder / "data")
    roster = Path(shutil.copy(finished[1], folder / "roster.csv"))
    run_plan(roster, folder / "data", folder / "plan")
    return folder / "plan", roster


@pytest.fixture
def plan_dir(finished: tuple[Path, Path]) -> Path:
    return finished[0]


@pytest.fixture
def roster(finished: tuple[Path, Path]) -> Path:
    return finished[1]
