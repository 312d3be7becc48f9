"""A run that is killed at any moment goes on to the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scheduler.plan import root_hash
from scheduler.sample import write_sample

ROOT = Path(__file__).parents[2]


def _command(example: Path, out: Path, processes: int) -> list[str]:
    return [
        sys.executable, "-m", "scheduler.cli", "plan", str(example / "roster.csv"),
        "--data", str(example / "data"), "--out", str(out), "--effort", "quick", "--resume",
        "--processes", str(processes),
    ]  # fmt: skip


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def _killed_and_resumed(candidates: int, kills: int, folder: Path, processes: int) -> None:
    """Kill the command so often, each time a little later, and compare with a run left alone."""
    example = folder / "example"
    write_sample(candidates, 3, example)
    started = time.monotonic()
    assert _start(_command(example, folder / "alone", processes)).wait() == 0
    whole = time.monotonic() - started
    moments = random.Random(candidates)
    out, ended = folder / "plan", 0
    for kill in range(kills):
        process = _start(_command(example, out, processes))
        try:
            process.wait(whole * moments.uniform(kill / kills, (kill + 1) / kills))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            ended += 1
            if (out / "SHA256SUMS").exists():  # the kill came after the plan was whole
                break
            # Nothing else that a killed run leaves looks like a plan.
            assert not out.exists() or {p.name for p in out.iterdir()} <= {".stages"}
        else:  # resumed stages made it quicker than the moment that was drawn
            break
    assert ended
    if not (out / "SHA256SUMS").exists():
        assert _start(_command(example, out, processes)).wait() == 0
    assert root_hash(out) == root_hash(folder / "alone")
    assert not (out / ".stages").exists()
    assert {p.name for p in folder.iterdir()} == {"example", "alone", "plan"}


@pytest.mark.slow
def test_a_run_killed_at_random_moments_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    _killed_and_resumed(300, 3, tmp_path, 1)


@pytest.mark.soak
@pytest.mark.parametrize("processes", [1, 2])
def test_a_province_killed_at_ten_random_moments(tmp_path: Path, processes: int) -> None:
    _killed_and_resumed(20_000, 10, tmp_path, processes)
