"""One peer as a process: ``python -m benchmarks.peers.contestant WHO ROSTER DATA OUT``.

Writes ``OUT/plan.parquet`` (sitting and center of everybody, in the order of the roster) and
``OUT/said.json``; no plan where the peer has none in time.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers import (
    fewest_options,
    highs_centers,
    highs_dates,
    per_candidate,
    random_by_distance,
)
from benchmarks.peers.exam import ORIGIN_COLUMNS, Exam, plan_of, read_exam

SEED = 1

Result = tuple[pd.DataFrame | None, Mapping[str, Any]]


def main() -> None:
    """Run one peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.contestant")
    parser.add_argument("who", choices=sorted(CONTESTANTS))
    parser.add_argument("roster", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    exam = read_exam(arguments.roster, arguments.data)
    plan, said = CONTESTANTS[arguments.who](exam, arguments.seconds)
    arguments.out.mkdir(parents=True)
    (arguments.out / "said.json").write_text(json.dumps(said, indent=2) + "\n", "utf-8")
    if plan is not None:
        plan.to_parquet(arguments.out / "plan.parquet")


def _fewest_options(exam: Exam, _: float) -> Result:
    kinds = exam.kinds()
    return plan_of(exam, kinds, (fewest_options.fill(p, SEED) for p in kinds.parts), SEED), {}


def _random_by_distance(exam: Exam, _: float) -> Result:
    kinds = exam.kinds("employer", *ORIGIN_COLUMNS, subjects=False)
    return plan_of(exam, kinds, (random_by_distance.send(p, SEED) for p in kinds.parts), SEED), {}


def _highs(exam: Exam, seconds: float) -> Result:
    sitting, reached = highs_dates.sittings_of(exam, seconds)
    if sitting is None:
        return None, {"dates": reached}
    center, failed = highs_centers.centers_of(exam, sitting, seconds)
    plan = pd.DataFrame({"sitting": sitting.where(center != "", ""), "center_id": center})
    return plan, {"dates": reached, "pieces without centers": failed}


def _bounds(exam: Exam, _: float) -> Result:
    bounds = highs_dates.linear_bounds(exam)
    return None, {**bounds, "metres": highs_centers.metres_bound(exam)}


def _papers_bound(exam: Exam, seconds: float) -> Result:
    return None, {"papers": highs_dates.papers_bound(exam, seconds)}


def _per_candidate(exam: Exam, seconds: float) -> Result:
    return per_candidate.plan(exam, exam.kinds(*ORIGIN_COLUMNS), seconds), {}


CONTESTANTS: Mapping[str, Callable[[Exam, float], Result]] = {
    "fewest_options": _fewest_options,
    "random_by_distance": _random_by_distance,
    "highs": _highs,
    "bounds": _bounds,
    "papers_bound": _papers_bound,
    "per_candidate": _per_candidate,
}

if __name__ == "__main__":
    main()
