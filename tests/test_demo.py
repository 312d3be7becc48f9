"""``make demo`` in small: its commands, and the next ones that it prints, exactly as printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CANDIDATES = 600


def _run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo's own commands have run."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "build/demo").mkdir(parents=True)
    example, plan = "build/demo/example", "build/demo/plan"
    for line in (
        f"paikao sample --candidates {CANDIDATES} --seed 1 --out {example}",
        f"paikao check {example}/roster.csv --data {example}/data",
        f"paikao plan {example}/roster.csv --data {example}/data --out {plan}",
        f"paikao verify {plan} {example}/roster.csv",
    ):
        done = _run(line, folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return folder


def test_report_shows_what_a_person_asks_for(demo: Path) -> None:
    done = _run("paikao report build/demo/plan", demo)
    assert done.returncode == 0, done.stderr
    for word in (f"{CANDIDATES}", "unplaced", "usable seats", "busiest exam point", "Papers in use",
                 "Same-paper", "bound", "OPTIMAL", "Seconds per stage"):  # fmt: skip
        assert word in done.stdout, word


def test_next_commands_run_exactly_as_printed(demo: Path) -> None:
    printed = _run("paikao next-steps build/demo", demo)
    lines = [line.strip() for line in printed.stdout.splitlines() if "paikao " in line]
    assert len(lines) >= 5
    for line in lines:
        done = _run(line, demo)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_no_progress_where_output_is_not_a_terminal(demo: Path) -> None:
    example = "build/demo/example"
    planning = f"paikao plan {example}/roster.csv --data {example}/data --effort quick"
    done = _run(f"{planning} --out build/demo/quiet", demo)
    assert done.returncode == 0
    for trace in ("\x1b", "\r", "elapsed", "incumbent"):
        assert trace not in done.stderr + done.stdout
