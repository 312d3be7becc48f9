"""The finished plans that the contract is checked on: real runs, one of them with unplaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.pipeline import run_plan
from scheduler.sample import write_sample

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="session", params=["everyone placed", "some unplaced"])
def finished_plan(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan directory as ``paikao plan`` leaves it; nothing else of it is used here."""
    folder = tmp_path_factory.mktemp("contract")
    if request.param == "everyone placed":
        write_sample(400, 1, folder)
        run_plan(folder / "roster.csv", folder / "data", folder / "plan")
    else:
        case = CASES / "point_short_of_37"
        run_plan(case / "roster.csv", case / "data", folder / "plan")
    return folder / "plan"
