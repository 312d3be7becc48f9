"""The seats stage against writing its table, and how near its rooms come to their bounds.

``python -m benchmarks.seats`` plans the example province with quick effort, then runs the seats
stage (with standard effort, the default) and the floor in turn in one process. The floor sorts
and writes the finished ``seats.parquet``, as the plan directory has it. Both are CPU seconds, so
other work on the machine disturbs little. What the solver takes, with building the models of the
rooms that it has to solve, is taken off the stage and printed beside it, and so is CP-SAT alone.
"""

from __future__ import annotations

import argparse
import gc
import io
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ortools.sat.python import cp_model

from models.policy import Effort, Policy
from models.reference import ReferenceData
from models.tables import SEATS, names
from scheduler.coded import in_categories
from scheduler.pipeline import run_plan
from scheduler.places import Places
from scheduler.plan import read_table
from scheduler.plan_inputs import PlanOptions, read_inputs
from scheduler.sample import write_sample
from scheduler.seats import exact
from scheduler.seats.stage import seat_everybody

FOLDER = Path("build/bench-seats")
MOST_RATIO = 3.0
_HEAD = """
| candidates | stage without solver | solver | of it CP-SAT | floor | ratio | aim |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
ORDER = ["center_id", "sitting", "room_id", "seat", "subjects"]


class Clock:
    """CPU seconds of this process inside some functions."""

    def __init__(self) -> None:
        """Nothing is timed yet."""
        self.seconds = 0.0
        self._depth = 0

    def time(self, owner: Any, name: str) -> None:
        """Time every call of a method or of a module's function from now on.

        A call inside another one that is timed does not count twice.
        """
        function: Callable[..., Any] = getattr(owner, name)

        @wraps(function)
        def timed(*args: Any, **options: Any) -> Any:
            started = time.process_time()
            self._depth += 1
            try:
                return function(*args, **options)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.process_time() - started

        setattr(owner, name, timed)


class Run(NamedTuple):
    """CPU seconds of the stage without the solver, of it, of CP-SAT alone and of the floor."""

    stage: float
    solver: float
    cp_sat: float
    floor: float


def main() -> int:
    """Run the comparison; 1 when a ratio is above the aim."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seats", description=__doc__)
    parser.add_argument("--candidates", type=int, nargs="+", default=[40_000, 250_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    solver, cp_sat = Clock(), Clock()
    cp_sat.time(cp_model.CpSolver, "solve")
    solver.time(cp_model.CpSolver, "solve")
    solver.time(exact, "solve_exactly")
    lines, tables, most = [], [], 0.0
    for candidates in arguments.candidates:
        reference, policy, people, table = _planned(candidates)
        runs, neighbours = [], pd.DataFrame()
        for _ in range(arguments.runs):
            _forget()
            places = Places(reference)
            assert places.layouts  # the stages before have laid the rooms out
            before = solver.seconds, cp_sat.seconds
            started = time.process_time()
            _, neighbours = seat_everybody(places, policy, people)
            stage = time.process_time() - started
            solving = solver.seconds - before[0]
            started = time.process_time()
            _write(table)
            floor = time.process_time() - started
            runs.append(Run(stage - solving, solving, cp_sat.seconds - before[1], floor))
        ratio = statistics.median(run.stage / run.floor for run in runs)
        figures = (f"{statistics.median(column):.2f} s" for column in zip(*runs, strict=True))
        lines.append(
            f"| {len(people):,} | {' | '.join(figures)} | {ratio:.1f} | {MOST_RATIO:.0f} |"
        )
        tables.append(f"{len(people):,} candidates\n\n{_rooms(neighbours)}\n")
        most = max(most, ratio)
    print(_HEAD, *lines, "", *tables, sep="\n")
    return int(most > MOST_RATIO)


def _planned(candidates: int) -> tuple[ReferenceData, Policy, pd.DataFrame, pd.DataFrame]:
    """People as the stages before hand them over, and the finished table in their order."""
    example, out = FOLDER / f"example-{candidates}", FOLDER / f"plan-{candidates}"
    options = PlanOptions(effort=Effort.QUICK.value)
    if not (example / "roster.csv").exists():
        write_sample(candidates, 1, example)
    shutil.rmtree(out, ignore_errors=True)
    run_plan(example / "roster.csv", example / "data", out, options=options)
    inputs = read_inputs(example / "roster.csv", example / "data", options)
    people = inputs.roster.candidates
    table = read_table(out, "seats").set_index("candidate_id")
    people = people[people["candidate_id"].isin(table.index)].reset_index(drop=True)
    table = table.loc[people["candidate_id"]].reset_index()
    place = table[["sitting", "center_id"]]
    policy = inputs.policy.model_copy(update={"effort": Policy().effort})
    people = in_categories(pd.concat([people, place], axis=1))
    return inputs.reference, policy, people, table


def _write(table: pd.DataFrame) -> None:
    """Sort and write as the plan directory has it; into memory, since CPU time is compared."""
    placed = table.sort_values(ORDER, kind="stable").reset_index(drop=True)[names(SEATS)]
    rows = pa.Table.from_pandas(placed, preserve_index=False)
    pq.write_table(rows, io.BytesIO(), compression="zstd", row_group_size=1_000_000)


def _forget() -> None:
    """Empty every cache, as in a process that has planned nothing yet."""
    gc.collect()
    for name, module in sorted(sys.modules.items()):
        if name.startswith("scheduler."):
            for value in vars(module).values():
                clear = getattr(value, "cache_clear", None)
                if clear is not None:
                    clear()


def _rooms(neighbours: pd.DataFrame) -> str:
    """Pairs and bounds by sitting, as a Markdown table; ``proved`` rooms cannot have fewer."""
    lines = ["| sitting | pairs | bound | proved | rooms |", "| --- | ---: | ---: | ---: | ---: |"]
    by_sitting = [(str(s), rooms) for s, rooms in neighbours.groupby("sitting")]
    for sitting, rooms in [*by_sitting, ("all", neighbours)]:
        figures = rooms["pairs"].sum(), rooms["bound"].sum(), rooms["proved"].sum(), len(rooms)
        lines.append("| " + " | ".join([sitting, *(f"{int(n):,}" for n in figures)]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
