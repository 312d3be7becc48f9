"""``python -m benchmarks.whole_country``: the synthetic country from roster to verified plan.

Each step is a process, watched with the memory of its whole tree: ``paikao plan`` (quick effort)
between two runs of the floor, and ``paikao verify``. The seconds of the solvers and of the searches
around them (for dates, for least travel, by swaps in rooms; with making the models) are taken off
the plan and printed beside it: how long to search is the planner's choice.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.watched import Taken, must_run, run_watched
from models.plan import GoalResult, Manifest
from scheduler.plan import read_manifest, read_run, root_hash

FOLDER = Path("build/whole-country")
MOST_RATIO = 10.0
MOST_BYTES = 4 * 2**30
MOST_PAPERS_OVER = 3
MOST_GAP = 0.01
PAIKAO = [sys.executable, "-m", "scheduler.cli"]
COLUMNS = (
    "candidates", "tightness", "unplaced", "outside", "papers", "peak", "gap", "wall", "CPU",
    "solver", "search", "deterministic", "floor", "ratio", "memory", "verify", "its CPU",
    "its memory", "root",
)  # fmt: skip


def main() -> int:
    """Print one row per instance; 1 when a goal is missed or ``verify`` finds something."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_country", description=__doc__)
    parser.add_argument("--candidates", type=int, default=250_000)
    parser.add_argument("--tightness", nargs="*", default=["0.97"])
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, "
        f"ortools {version('ortools')}, numpy {version('numpy')}\n"
    )
    print(_line(COLUMNS))
    print(_line(["---:"] * len(COLUMNS)), flush=True)
    met = [_row(arguments.candidates, t, arguments.processes) for t in arguments.tightness]
    return int(not all(met))


def _row(candidates: int, tightness: str, processes: int) -> bool:
    folder = FOLDER / f"{candidates}-{tightness}"
    roster, data, out = folder / "roster.parquet", folder / "data", folder / "plan"
    if not roster.exists():  # a draw of its own, the same every time
        must_run([*PAIKAO, "sample", "--country", "--candidates", str(candidates),
                  "--tightness", tightness, "--parquet", "--out", str(folder)])  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    floor = [sys.executable, "-m", "benchmarks.floor", str(roster), str(folder / "floor.parquet")]
    floors = [must_run(floor)]
    plan = must_run([*PAIKAO, "plan", str(roster), "--data", str(data), "--out", str(out),
                     "--effort", "quick", "--processes", str(processes)])  # fmt: skip
    floors.append(must_run(floor))
    verified = run_watched([*PAIKAO, "verify", str(out), str(roster)])

    run, manifest = read_run(out), read_manifest(out)
    least = sum(f.wall for f in floors) / len(floors)
    own = plan.wall - run.solver_seconds - run.search_seconds
    goals, papers = _goals(manifest), manifest.papers_in_use
    reached = [f"{goals[g].value:,} / {goals[g].bound:,}" for g in (1, 2, 4)]
    reached.insert(2, f"{papers.optimum} / {papers.bound}")
    print(
        _line([
            f"{candidates:,}", tightness, *reached, f"{100 * goals[4].gap:.2f} %",
            f"{plan.wall:.0f} s", f"{plan.cpu:.0f} s", f"{run.solver_seconds:.0f} s",
            f"{run.search_seconds:.0f} s", f"{run.deterministic_time:.1f}", f"{least:.1f} s",
            f"{own / least:.1f}", _mib(plan),
            f"exit {verified.code}", f"{verified.cpu:.0f} s", _mib(verified),
            root_hash(out)[:12],
        ]),
        flush=True,
    )  # fmt: skip
    memory = max(plan.peak_bytes, verified.peak_bytes)
    return (
        verified.code == 0 and _goals_met(manifest)
        and memory <= MOST_BYTES and own <= MOST_RATIO * least
    )  # fmt: skip


def _goals(manifest: Manifest) -> dict[int, GoalResult]:
    """The first line of each goal; the second tiers of goals 3, 5 and 6 are not asked for."""
    return {g.goal: g for g in reversed(manifest.goals)}


def _goals_met(manifest: Manifest) -> bool:
    goals, papers = _goals(manifest), manifest.papers_in_use
    return (
        goals[1].value == goals[2].value == 0
        and papers.optimum <= papers.bound + MOST_PAPERS_OVER
        and goals[4].gap <= MOST_GAP
    )


def _mib(taken: Taken) -> str:
    return f"{taken.peak_bytes / 2**20:,.0f} MiB"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
