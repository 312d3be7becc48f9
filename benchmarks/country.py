"""``python -m benchmarks.country``: dates of the synthetic country, with a bound beside every goal.

The cells come straight from the sample's draws: no roster is written or read, so that even five
million candidates cost seconds. What is measured is the dates stage alone.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from models.exam import Mode
from models.policy import Dates as DatesPolicy
from models.policy import Effort, EffortLevel, Policy
from scheduler import solver
from scheduler.dates.problem import build_problem
from scheduler.dates.stage import DatesResult, choose_dates
from scheduler.draw import add_excluded_employer
from scheduler.places import Places, host_employers
from scheduler.roster.cells import build_cells
from scheduler.roster.reference import load_reference
from scheduler.sample import write_country_cells

FOLDER = Path("build/country")


def main() -> int:
    """Print one table row per instance; 1 when a goal of the issue is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.country", description=__doc__)
    parser.add_argument("--candidates", type=int, default=250_000)
    parser.add_argument("--tightness", nargs="*", default=["0.90", "0.97", "0.70-0.97"])
    parser.add_argument("--extra-pairs", type=int, default=3)
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, "
        f"ortools {version('ortools')}, numpy {version('numpy')}\n\n"
        "| candidates | tightness | unplaced | outside | papers | peak | gap | CPU | solver wall "
        "| deterministic | peak memory |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    missed = 0
    for text in arguments.tightness:
        low, _, high = text.partition("-")
        missed += _row(arguments.candidates, Decimal(low), Decimal(high or low),
                       text, arguments.extra_pairs)  # fmt: skip
    return int(missed > 0)


def _row(candidates: int, low: Decimal, high: Decimal, text: str, extra: int) -> bool:
    problem_cells, places = country_cells(candidates, low, high)
    policy = Policy(dates=DatesPolicy(extra_pairs=extra), effort=EffortLevel(level=Effort.STANDARD))
    solver.LOG.reset()
    problem = build_problem(problem_cells, places, policy, Mode.COMPUTER)
    started = time.process_time()
    result = choose_dates(problem, policy)
    cpu = time.process_time() - started
    gap = (result.peak.value - result.peak.bound) / max(result.peak.value, 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {candidates:,} | {text} | {_pair(result, 'unplaced')} | {_pair(result, 'outside')} "
        f"| {_pair(result, 'papers')} | {_pair(result, 'peak')} | {100 * gap:.2f} % | {cpu:.0f} s "
        f"| {solver.LOG.wall_seconds:.0f} s | {solver.LOG.deterministic_time:.1f} "
        f"| {memory:,.0f} MiB |",
        flush=True,
    )
    return (
        result.unplaced.value > result.unplaced.bound
        or result.outside.value > result.outside.bound
        or result.papers.value > result.papers.bound + 3
        or (extra >= 3 and gap > 0.01)
    )


def country_cells(candidates: int, low: Decimal, high: Decimal) -> tuple[pd.DataFrame, Places]:
    """Cells and places of the synthetic country (seed 1)."""
    data = FOLDER / "data"
    people = write_country_cells(candidates, 1, data, tightness=(low, high))
    reference, findings = load_reference(data, None)
    if reference is None:
        raise SystemExit(f"the sample is refused: {findings[:3]}")
    people = add_excluded_employer(people, host_employers(reference))
    return build_cells(people)[0], Places(reference)


def _pair(result: DatesResult, name: str) -> str:
    reached = getattr(result, name)
    return f"{reached.value:,} / {reached.bound:,}"


if __name__ == "__main__":
    sys.exit(main())
