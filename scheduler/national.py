"""Dates from counts alone: a national center sets them without a name.

``paikao counts`` makes the counts of a roster; ``paikao plan COUNTS --until dates`` writes a folder
with ``sittings.csv``, which the provinces plan with (``dates.from``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import InputRefused, UsageError
from models.findings import Finding
from models.plan import GoalResult, goal_result
from models.policy import OwnEmployer
from models.reference import ReferenceData
from models.tables import COUNTS, SITTINGS, names
from scheduler import solver
from scheduler.decided_dates import DecidedDates, decide_dates
from scheduler.draw import add_excluded_employer
from scheduler.goal_lines import summed
from scheduler.places import Places, host_employers
from scheduler.plan import INPUTS, csv_bytes, json_bytes, require_free
from scheduler.plan_inputs import PlanOptions, read_ground, read_inputs
from scheduler.roster.cells import build_cells
from scheduler.roster.counts import load_counts
from scheduler.whole_folder import written_aside


@dataclass(frozen=True)
class NationalDates:
    """What the dates reach, and for how many."""

    people: int
    unplaced: int
    goals: tuple[GoalResult, ...]
    findings: tuple[Finding, ...]
    reproducible: bool


def write_counts(roster: Path, data: Path, out: Path, options: PlanOptions) -> int:
    """Write the counts of a checked roster; returns how many rows.

    Raises:
        InputRefused: the roster or the reference data has blocking findings.
        UsageError: ``out`` is neither ``.csv`` nor ``.parquet``.
    """
    if out.suffix not in (".csv", ".parquet"):
        raise UsageError("--out takes a file name that ends in .csv or .parquet")
    inputs = read_inputs(roster, data, options)
    forbid = inputs.policy.rules.own_employer is OwnEmployer.FORBID
    hosts = host_employers(inputs.reference) if forbid else frozenset()
    cells, _ = build_cells(add_excluded_employer(inputs.roster.candidates, hosts))
    if out.suffix == ".csv":
        out.write_bytes(csv_bytes(cells, COUNTS))
    else:
        table = pa.Table.from_pandas(cells[names(COUNTS)], preserve_index=False)
        pq.write_table(table.replace_schema_metadata(None), out, compression="zstd")
    return len(cells)


def plan_counts(
    counts: Path,
    data: Path,
    out: Path,
    *,
    options: PlanOptions,
    listener: Callable[[str], None] | None = None,
) -> NationalDates:
    """Choose the dates of counted people and write them into the new folder ``out``.

    Raises:
        InputRefused: with all findings; nothing is written.
        PlanDirectoryError: ``out`` is taken.
        UsageError: more than dates is asked for.
    """
    if options.until != "dates":
        raise UsageError("counts have no names: plan them with --until dates")
    require_free(out)
    solver.LOG.reset()
    tell = listener or (lambda _: None)
    tell("check")
    ground = read_ground(data, options)
    cells, found = load_counts(counts, ground.reference, ground.policy)
    findings = (*ground.findings, *found)
    if cells is None:
        raise InputRefused(findings)
    tell("dates")
    decided = decide_dates(cells, Places(ground.reference), ground.policy, ground.given)
    tell("write")
    goals = _goals(decided)
    with written_aside(out) as folder:
        sittings = _sittings(cells, decided.quotas, ground.reference)
        (folder / "sittings.csv").write_bytes(csv_bytes(sittings, SITTINGS))
        (folder / "goals.json").write_bytes(json_bytes([g.model_dump(mode="json") for g in goals]))
        (folder / "shortages.json").write_bytes(json_bytes(decided.facts["shortages"]))
        (folder / INPUTS).mkdir()
        for name, content in ground.files.items():
            (folder / INPUTS / name).write_bytes(content)
    tell("")
    people = int(cells["count"].sum())
    return NationalDates(people, goals[0].value, goals, findings, solver.LOG.reproducible)


def _goals(decided: DecidedDates) -> tuple[GoalResult, ...]:
    figures = summed(decided.facts["figures"])
    lines = (
        (1, "unplaced_candidates", "unplaced"), (2, "candidates_outside", "outside"),
        (3, "paper_group_sittings", "papers"), (3, "question_paper_sittings", "question_papers"),
        (4, "seats", "peak"),
    )  # fmt: skip
    return tuple(goal_result(g, u, figures[n].value, figures[n].bound) for g, u, n in lines)


def _sittings(
    cells: pd.DataFrame, quotas: Mapping[int, Mapping[str, int]], reference: ReferenceData
) -> pd.DataFrame:
    """Candidates by specialty and sitting, in the order of the file."""
    people: Counter[tuple[str, str, str]] = Counter()
    for row, specialty in enumerate(cells["specialty"].to_list()):
        for sitting, number in quotas[row].items():
            if sitting:
                people[reference.group_of[specialty], specialty, sitting] += number
    rows = [(*key, number) for key, number in sorted(people.items()) if number]
    return pd.DataFrame(rows, columns=names(SITTINGS))
