"""Plans on a real Dask cluster of two worker processes, and on spawned processes that are lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.errors import Defect, UsageError, WorkersLost
from scheduler import solver
from scheduler.cli import main
from scheduler.execution.cluster import cluster
from scheduler.execution.tasks import run_all
from scheduler.execution.workers import worker_pool
from scheduler.pipeline import run_plan
from scheduler.plan_inputs import PlanOptions
from scheduler.sample import write_sample

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[3]
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of two worker processes of one thread each on this machine."""
    script = tmp_path_factory.mktemp("cluster") / "cluster.py"
    script.write_text(CLUSTER)
    # A task may take one worker with it, and is given up when it takes a second one.
    setting = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | setting, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_sample(300, 3, folder)
    return folder


@pytest.fixture(scope="module")
def alone(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float, int]:
    """Root hash, deterministic time and solves of a run in one process."""
    root = plan(example, tmp_path_factory.mktemp("alone") / "plan")
    return root, solver.LOG.deterministic_time, solver.LOG.solves


def plan(example: Path, out: Path, **options: object) -> str:
    return run_plan(
        example / "roster.csv", example / "data", out,
        options=PlanOptions(effort="quick", **options),  # type: ignore[arg-type]
    ).root_hash  # fmt: skip


def test_a_cluster_gives_the_same_root_hash_and_its_figures(
    example: Path, address: str, alone: tuple[str, float, int], tmp_path: Path
) -> None:
    assert plan(example, tmp_path / "plan", dask=address) == alone[0]
    assert solver.LOG.deterministic_time == pytest.approx(alone[1])
    assert solver.LOG.solves == alone[2] > 0


def process_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), number * number


def label(number: int) -> str:
    return f"exam point {number}, sitting C1"


def poisoned(number: int) -> int:
    if number == 7:
        raise KeyError("110101199003070011")
    return number


def kills_its_worker(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def kills_the_first_worker(mark: str, number: int) -> int:
    """Ends one worker in the middle of its work, once."""
    if number == 7 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number * number


def test_both_workers_work_and_answers_keep_their_order(address: str) -> None:
    with cluster(address) as executor:
        got = run_all(process_and_square, range(40), name=label, executor=executor)
    assert [answer for _, answer in got] == [n * n for n in range(40)]
    assert len({process for process, _ in got}) == 2
    assert os.getpid() not in {process for process, _ in got}


def test_a_worker_that_is_killed_in_the_middle_is_made_good_for(
    address: str, tmp_path: Path
) -> None:
    work = partial(kills_the_first_worker, str(tmp_path / "mark"))
    with cluster(address) as executor:
        got = run_all(work, range(40), name=label, executor=executor)
    assert got == [n * n for n in range(40)]
    assert (tmp_path / "mark").exists()


def test_a_plan_survives_the_death_of_a_worker_and_a_request_to_stop(
    example: Path, address: str, alone: tuple[str, float, int], tmp_path: Path
) -> None:
    """What is on the cluster is finished there, so a stop that comes then changes no byte."""
    with distributed.Client(address, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))

    def at(stage: str) -> None:
        if stage == "centers":
            os.kill(victim, signal.SIGKILL)
            solver.LOG.stop.set()

    options = PlanOptions(effort="quick", dask=address)
    data = example / "data"
    try:
        outcome = run_plan(
            example / "roster.csv", data, tmp_path / "plan", options=options, listener=at
        )
    finally:
        solver.LOG.stop.clear()
    assert outcome.root_hash == alone[0]


@pytest.mark.parametrize("where", ["here", "processes", "cluster"])
def test_a_poisoned_task_is_named_without_its_data(where: str, address: str) -> None:
    pool = cluster(address) if where == "cluster" else worker_pool(2 if where == "processes" else 1)
    with pytest.raises(Defect) as caught, pool as executor:
        run_all(poisoned, range(20), name=label, executor=executor)
    assert str(caught.value) == "exam point 7, sitting C1: KeyError"
    assert "1990" not in "".join(caught.value.__notes__)


@pytest.mark.soak
def test_a_task_that_kills_every_worker_is_named(address: str) -> None:
    lost = r"^exam point 7, sitting C1: several workers .* --resume"
    with pytest.raises(WorkersLost, match=lost), cluster(address) as executor:
        run_all(kills_its_worker, range(8), name=label, executor=executor)


def test_a_spawned_process_that_is_killed_ends_the_run_with_advice() -> None:
    with pytest.raises(WorkersLost, match="--resume"), worker_pool(2) as executor:
        run_all(kills_its_worker, range(8), name=label, executor=executor)


def test_nothing_is_written_when_a_task_is_poisoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = ROOT / "tests/cases/one_accessible_seat"

    def poison(*_: object) -> None:
        raise KeyError("110101199003070011")

    monkeypatch.setattr("scheduler.seats.stage.seat_people", poison)
    out = tmp_path / "plan"
    command = ["plan", str(example / "roster.csv"), "--data", str(example / "data"),
               "--effort", "quick", "--out", str(out)]  # fmt: skip
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "exam point 23" in result.stderr
    assert "sitting C1: KeyError" in result.stderr
    assert "1990" not in result.output
    assert list(tmp_path.iterdir()) == []
    # Stages that were whole stay where they are asked for, and nothing looks like a plan.
    assert CliRunner().invoke(main, [*command, "--resume"]).exit_code == 1
    assert [p.name for p in out.iterdir()] == [".stages"]
    assert {p.name for p in (out / ".stages").iterdir()} == {"dates", "centers"}


def test_an_address_where_nobody_answers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.execution.cluster.PATIENCE_SECONDS", 0.5)
    with pytest.raises(UsageError, match="no Dask scheduler"), cluster("tcp://127.0.0.1:1"):
        pass
