"""``make bench``: ``paikao plan`` as a process against the floor process, alternated.

Prints medians and ratios; these machines differ, so only the ratios are worth quoting. Solver
time is subtracted (and printed): it is a budget that the planner sets, not overhead.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.watched import must_run
from scheduler.sample import write_sample

FOLDER = Path("build/bench")
MOST_RATIO = 10.0
"""What is allowed at 400,000 candidates; docs/benchmarks.md tells how far it is met."""


def main() -> int:
    """Run the comparison; 1 when the ratio is above the allowed one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--candidates", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    example = FOLDER / "example"
    write_sample(arguments.candidates, 1, example)
    plans, floors, records, cpu = [], [], [], []
    for run in range(arguments.runs):
        out = FOLDER / "plan"
        shutil.rmtree(out, ignore_errors=True)
        plan = must_run(
            [sys.executable, "-m", "scheduler.cli", "plan", str(example / "roster.csv"),
             "--data", str(example / "data"), "--out", str(out), "--effort", "quick"]
        )  # fmt: skip
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        records.append(record)
        plans.append(plan.wall - record["solver_seconds"])
        floor = must_run(
            [sys.executable, "-m", "benchmarks.floor", str(example / "roster.csv"),
             str(FOLDER / "floor.parquet")]
        )  # fmt: skip
        floors.append(floor.wall)
        cpu.append((plan.cpu, floor.cpu))
        print(
            f"run {run + 1}: plan {plan.wall:.1f} s of which solver "
            f"{record['solver_seconds']:.1f} s, floor {floor.wall:.1f} s; "
            f"CPU {plan.cpu:.1f} s and {floor.cpu:.1f} s",
            flush=True,
        )
    ratio = _print_result(arguments.candidates, plans, floors, records)
    plan_cpu, floor_cpu = (statistics.median(times) for times in zip(*cpu, strict=True))
    print(f"\n  CPU with solver {plan_cpu:.1f} s, of the floor {floor_cpu:.1f} s (medians)")
    return int(ratio > MOST_RATIO)


def _print_result(
    candidates: int, plans: list[float], floors: list[float], records: list[dict[str, Any]]
) -> float:
    plan, floor = statistics.median(plans), statistics.median(floors)
    ratio = statistics.median(p / f for p, f in zip(plans, floors, strict=True))
    peak = max(r["peak_memory_bytes"] for r in records) / 2**20
    solver = statistics.median(r["solver_seconds"] for r in records)
    effort = statistics.median(r["deterministic_time"] for r in records)
    print(f"""
{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, \
ortools {version("ortools")}, pandas {version("pandas")}, pyarrow {version("pyarrow")}

| candidates | plan without solver | floor | ratio | allowed | solver | deterministic | peak |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| {candidates:,} | {plan:.1f} s | {floor:.1f} s | {ratio:.1f} | {MOST_RATIO:.0f} | {solver:.1f} s \
| {effort:.1f} | {peak:,.0f} MiB |
""")
    for stage, seconds in records[-1]["seconds"].items():
        print(f"  {stage:<10}{seconds:8.1f} s")
    return ratio


if __name__ == "__main__":
    sys.exit(main())
