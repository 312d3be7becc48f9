"""The one place that chains the steps: check, cells, dates, centers, seats, plan directory.

Each step writes what the next one reads; with ``until`` a run stops after a step, with
``resume`` it goes on from the last step whose inputs are unchanged.
"""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.errors import UsageError
from models.exam import Mode
from models.findings import Finding
from models.plan import (
    Manifest,
    PapersInUse,
    RosterIdentity,
    Shortage,
    Totals,
)
from models.policy import OwnEmployer
from models.tables import PLAN_ROW_ORDER, SEATS, UNPLACED, names
from scheduler import solver
from scheduler.accounts import derived_tables
from scheduler.centers.stage import assign_centers
from scheduler.coded import Coded, Integers, coded, in_categories
from scheduler.dates.quotas import UNPLACED as NO_SITTING
from scheduler.decided_dates import decide_dates
from scheduler.draw import Draw, add_excluded_employer, cell_texts, draw_dates
from scheduler.execution.cluster import cluster
from scheduler.execution.workers import worker_pool
from scheduler.goal_lines import goal_lines, summed
from scheduler.ordering import in_order
from scheduler.places import Places, host_employers
from scheduler.plan import PlanContent, StageStore, require_free, write_plan
from scheduler.plan_inputs import STAGES, Inputs, PlanOptions, libraries, read_inputs
from scheduler.roster.cells import build_cells
from scheduler.seats.stage import seat_everybody
from scheduler.tickets import number_tickets


@dataclass(frozen=True)
class PlanOutcome:
    """What a run produced; ``root_hash`` is blank when it stopped before the plan."""

    root_hash: str
    placed: int
    unplaced: int
    findings: tuple[Finding, ...]
    reproducible: bool


@dataclass
class Clock:
    """Seconds per stage, and news of which stage runs."""

    listener: Callable[[str], None] | None
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = 0.0

    def enter(self, stage: str) -> None:
        """A stage begins; the one before has ended."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = round(now - self._since, 3)
        self._stage, self._since = stage, now
        if stage and self.listener is not None:
            self.listener(stage)


def run_plan(
    roster: Path,
    data: Path,
    out: Path,
    *,
    options: PlanOptions | None = None,
    listener: Callable[[str], None] | None = None,
) -> PlanOutcome:
    """Plan a roster into a new plan directory.

    Raises:
        InputRefused: with all findings; nothing is written.
        PlanDirectoryError: ``out`` is taken.
        UsageError: an option names nothing that exists.
    """
    options = options or PlanOptions()
    if options.until is not None and options.until not in STAGES:
        raise UsageError(f"--until takes one of {', '.join(STAGES)}")
    require_free(out)
    started = datetime.now(UTC)
    solver.LOG.reset()
    clock = Clock(listener)
    clock.enter("check")
    inputs = read_inputs(roster, data, options)
    store = StageStore(out) if options.until or options.resume else None
    run = _Run(inputs, Places(inputs.reference), store, options.resume, clock)
    workers = cluster(options.dask) if options.dask else worker_pool(options.processes)
    with workers as executor:
        content = run.stages(executor, options.until)
    if content is None:
        return PlanOutcome("", 0, 0, inputs.findings, solver.LOG.reproducible)
    clock.enter("write")
    manifest, tables, shortages = content

    def record() -> dict[str, Any]:
        clock.enter("")
        return {
            "command_line": tuple(sys.argv),
            "started": started.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": clock.seconds,
            "solver_seconds": round(solver.LOG.wall_seconds, 3),
            "search_seconds": round(solver.LOG.search_seconds, 3),
            "deterministic_time": round(solver.LOG.deterministic_time, 3),
            "peak_memory_bytes": _peak_memory(),
            "machine": {"system": platform.system(), "machine": platform.machine(),
                        "python": platform.python_version()},
        }  # fmt: skip

    root = write_plan(out, PlanContent(manifest, shortages, tables, inputs.files, record))
    return PlanOutcome(
        root,
        manifest.totals.placed,
        manifest.totals.unplaced,
        inputs.findings,
        manifest.reproducible,
    )


Content = tuple[Manifest, dict[str, pd.DataFrame], tuple[Shortage, ...]]


@dataclass
class _Run:
    """One run: the candidates frame grows a few columns per stage."""

    inputs: Inputs
    places: Places
    store: StageStore | None
    resume: bool
    clock: Clock

    def stages(self, executor: Executor | None, until: str | None) -> Content | None:
        """Run the stages in order; None when stopped by ``until``."""
        inputs = self.inputs
        forbid = inputs.policy.rules.own_employer is OwnEmployer.FORBID
        hosts = host_employers(inputs.reference) if forbid else frozenset()
        people = in_categories(add_excluded_employer(inputs.roster.candidates, hosts))
        facts: dict[str, Any] = {}
        steps: dict[str, Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, Any]]]] = {
            "cells": lambda frame: (build_cells(frame)[0], {}),
            "dates": lambda frame: self._dates(frame),
            "centers": lambda frame: self._centers(frame, facts["dates"], executor),
            "seats": lambda frame: self._seats(frame, executor),
        }
        for stage in STAGES:
            self.clock.enter(stage)
            if stage == "cells" and until != "cells":
                continue
            added, facts[stage] = self._stage(stage, people, steps[stage])
            if stage != "cells":
                added = in_categories(added).set_index(people.index)
                people = pd.concat([people, added], axis=1)
            if stage == until:
                self.clock.enter("")
                return None
        self.clock.enter("accounts")
        return self._content(people, facts)

    def _stage(
        self,
        stage: str,
        people: pd.DataFrame,
        step: Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, Any]]],
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        if self.store is not None and self.resume:
            kept = self.store.load(stage, self.inputs.digest)
            if kept is not None:
                return kept[0]["result"], kept[1]
        frame, facts = step(people)
        if self.store is not None:
            self.store.save(stage, self.inputs.digest, {"result": frame}, facts)
        return frame, facts

    def _dates(self, people: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
        inputs = self.inputs
        cells, cell_of = build_cells(people)
        decided = decide_dates(cells, self.places, inputs.policy, inputs.given)
        draw = Draw(inputs.reference.exam.code, inputs.policy.draw.seed)
        sitting = _draw_sittings(draw, people, cells, cell_of, decided.quotas)
        columns = {"sitting": sitting.column(), "reason": "", "shortage_id": ""}
        frame = pd.DataFrame(columns, dtype="str")
        left_out = np.flatnonzero(sitting.codes == sitting.cells.get_loc(NO_SITTING))
        if len(left_out):
            why = [decided.reasons[cell] for cell in cell_of[left_out].tolist()]
            frame.loc[left_out, ["reason", "shortage_id"]] = why
        return frame, decided.facts

    def _centers(
        self, people: pd.DataFrame, dates: Mapping[str, Any], executor: Executor | None
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        peaks = {(host, Mode(mode)): seats for host, mode, seats in dates["peaks"]}
        result = assign_centers(self.places, self.inputs.policy, people, peaks, executor)
        facts = {o.name: {"value": o.value, "bound": o.bound} for o in result.outcomes}
        return result.center_ids.reset_index(drop=True).to_frame(), facts

    def _seats(
        self, people: pd.DataFrame, executor: Executor | None
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        placed = people[people["sitting"] != ""]
        seated, neighbours = seat_everybody(
            self.places, self.inputs.policy, placed, executor=executor
        )
        nowhere = {"room_id": "", "form": "", "seat": 0}
        frame = seated[list(nowhere)].reindex(people.index).fillna(nowhere)
        frame = frame.astype({"seat": np.int64})
        return frame.reset_index(drop=True), {"neighbours": neighbours.to_dict(orient="list")}

    def _content(self, people: pd.DataFrame, facts: Mapping[str, Any]) -> Content:
        inputs = self.inputs
        exam, policy = inputs.reference.exam, inputs.policy
        placed = people[people["sitting"] != ""]
        order = in_order(*(coded(placed[name]).codes for name in PLAN_ROW_ORDER["seats.parquet"]))
        placed = placed.take(order).reset_index(drop=True)
        placed["ticket_number"] = number_tickets(
            placed, policy.ticket, exam.year, inputs.lineage.numbered
        )
        neighbours = pd.DataFrame(facts["seats"]["neighbours"])
        tables = derived_tables(placed, self.places, policy.travel.decimals)
        tables["seats"] = placed[names(SEATS)]
        tables["unplaced"] = people.loc[people["sitting"] == "", names(UNPLACED)]
        tables["neighbours"] = neighbours
        shortages = tuple(Shortage.model_validate(s) for s in facts["dates"]["shortages"])
        totals = Totals(
            in_=inputs.roster.rows, placed=len(placed), unplaced=len(people) - len(placed),
            set_aside=inputs.roster.set_aside,
        )  # fmt: skip
        figures = summed(facts["dates"]["figures"])
        return (
            Manifest(
                exam_code=exam.code,
                plan_version=inputs.lineage.version,
                parent_root_hash=inputs.lineage.parent_root_hash,
                roster=RosterIdentity(digest=inputs.roster.digest, rows=inputs.roster.rows),
                seed=policy.draw.seed,
                policy=policy,
                goals=goal_lines(figures, facts["centers"], neighbours),
                papers_in_use=PapersInUse(
                    optimum=figures["papers"].value,
                    used=figures["papers_used"].value,
                    bound=figures["papers"].bound,
                    extra_pairs_allowed=policy.dates.extra_pairs,
                ),
                totals=totals,
                libraries=libraries(),
                reproducible=solver.LOG.reproducible,
            ),
            tables,
            shortages,
        )


def _draw_sittings(
    draw: Draw,
    people: pd.DataFrame,
    cells: pd.DataFrame,
    cell_of: Integers,
    quotas: Mapping[int, Mapping[str, int]],
) -> Coded:
    """The sitting of every candidate; cells with one sitting need no draw."""
    names = sorted({NO_SITTING}.union(*quotas.values()))
    code = {name: i for i, name in enumerate(names)}
    only = np.full(len(cells), code[NO_SITTING], dtype=np.int64)
    several = np.zeros(len(cells), dtype=bool)
    for cell, counts in quotas.items():
        only[cell] = code[next(iter(counts))]
        several[cell] = len(counts) > 1
    sitting = only[cell_of]
    drawn = np.flatnonzero(several[cell_of])
    drawn = drawn[np.argsort(cell_of[drawn], kind="stable")]
    ids, employers = (people[c].iloc[drawn].tolist() for c in ("candidate_id", "employer"))
    ends = np.cumsum(np.bincount(cell_of[drawn], minlength=len(cells)))
    split = np.flatnonzero(several)
    dealt: list[int] = []
    for cell, text in zip(split.tolist(), cell_texts(cells.iloc[split]).tolist(), strict=True):
        here = slice(len(dealt), int(ends[cell]))
        staff = dict(zip(ids[here], employers[here], strict=True))
        sitting_of = draw_dates(draw, text, staff, quotas[cell])
        dealt.extend(code[sitting_of[candidate]] for candidate in staff)
    sitting[drawn] = dealt
    return Coded(sitting, pd.Index(names, dtype="str"))


def _peak_memory() -> int:
    """Largest resident size of this process and its children, in bytes (Linux counts KiB)."""
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * unit
