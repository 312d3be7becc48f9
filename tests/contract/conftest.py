"""The finished plan that the contract is checked on."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.plan import write_plan
from tests.finished import plan_content


@pytest.fixture(scope="session")
def finished_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan directory as ``paikao plan`` leaves it; nothing else of it is used here."""
    folder = tmp_path_factory.mktemp("contract")
    write_plan(folder / "plan", plan_content(folder / "data"))
    return folder / "plan"
