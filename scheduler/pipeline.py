"""The one place that chains the steps: check, cells, dates, centers, seats, plan directory.

Each step writes what the next one reads; with ``until`` a run stops after a step, with
``resume`` it goes on from the last step whose inputs are unchanged.
"""

from __future__ import annotations

import hashlib
import json
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.errors import InputRefused, UsageError
from models.exam import Mode
from models.findings import Finding, Severity
from models.plan import (
    Libraries,
    Manifest,
    PapersInUse,
    RosterIdentity,
    Shortage,
    Totals,
    goal_result,
)
from models.policy import Effort, OwnEmployer, Policy
from models.reference import ReferenceData
from models.tables import SEATS, UNPLACED, names
from scheduler import solver
from scheduler.accounts import derived_tables
from scheduler.centers.stage import assign_centers
from scheduler.dates.explain import explain
from scheduler.dates.problem import SpecialtySittings, build_problem
from scheduler.dates.repairs import Workshop
from scheduler.dates.stage import DatesResult, Reached, choose_dates
from scheduler.draw import Draw, add_excluded_employer, cell_texts, draw_dates
from scheduler.places import Places, host_employers, modes
from scheduler.plan import PlanContent, StageStore, require_free, write_plan
from scheduler.roster.cells import build_cells
from scheduler.roster.check import CheckedRoster, check_roster
from scheduler.roster.policy_file import load_dates_from, load_policy, policy_toml
from scheduler.roster.reference import load_reference
from scheduler.seats.stage import seat_everybody
from scheduler.tickets import number_tickets

STAGES = ("cells", "dates", "centers", "seats")
INPUT_FILES = ("exam.toml", "specialties.csv", "exam_points.csv", "centers.csv", "rooms.csv")


@dataclass(frozen=True)
class PlanOptions:
    """How a run was asked for; all optional."""

    policy: Path | None = None
    seed_hex: str | None = None
    set_aside: Path | None = None
    expect_rows: int | None = None
    ignore_columns: tuple[str, ...] = ()
    sheet: str | None = None
    until: str | None = None
    resume: bool = False
    processes: int = 1
    effort: str | None = None


@dataclass(frozen=True)
class PlanOutcome:
    """What a run produced; ``root_hash`` is blank when it stopped before the plan."""

    root_hash: str
    placed: int
    unplaced: int
    findings: tuple[Finding, ...]
    reproducible: bool


@dataclass(frozen=True)
class Inputs:
    """Checked inputs of a run."""

    reference: ReferenceData
    policy: Policy
    roster: CheckedRoster
    given: SpecialtySittings | None
    files: Mapping[str, bytes]
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> str:
        """Names everything that a stage result depends on."""
        parts = {
            "roster": self.roster.digest,
            "policy": self.policy.model_dump(mode="json", by_alias=True),
            "files": {n: hashlib.sha256(b).hexdigest() for n, b in sorted(self.files.items())},
            "libraries": libraries().model_dump(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


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


def libraries() -> Libraries:
    """Versions of the libraries that shape the bytes of a plan."""
    return Libraries(
        paikao=version("paikao"), ortools=version("ortools"), pyarrow=version("pyarrow")
    )


def run_plan(
    roster: Path,
    data: Path,
    out: Path,
    *,
    options: PlanOptions = PlanOptions(),
    listener: Callable[[str], None] | None = None,
) -> PlanOutcome:
    """Plan a roster into a new plan directory.

    Raises:
        InputRefused: with all findings; nothing is written.
        PlanDirectoryError: ``out`` is taken.
        UsageError: an option names nothing that exists.
    """
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
    with _executor(options.processes) as executor:
        content = run.stages(executor, options.until)
    if content is None:
        return PlanOutcome("", 0, 0, inputs.findings, solver.LOG.reproducible)
    clock.enter("write")
    manifest, tables, shortages = content
    clock.enter("")
    record = {
        "command_line": tuple(sys.argv),
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": clock.seconds,
        "solver_seconds": round(solver.LOG.wall_seconds, 3),
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


def read_inputs(roster: Path, data: Path, options: PlanOptions) -> Inputs:
    """Read and check everything; raises :class:`InputRefused` with all blocking findings."""
    reference, found = load_reference(data)
    findings = list(found)
    if reference is None:
        raise InputRefused(findings)
    policy_path = options.policy
    if policy_path is None and (data / "policy.toml").exists():
        policy_path = data / "policy.toml"
    policy, found = load_policy(policy_path, reference, seed_hex=options.seed_hex)
    findings += found
    if policy is None:
        raise InputRefused(findings)
    if options.effort is not None:
        level = policy.effort.model_copy(update={"level": Effort(options.effort)})
        policy = policy.model_copy(update={"effort": level})
    given: SpecialtySittings | None = None
    files = {name: (data / name).read_bytes() for name in INPUT_FILES}
    closures = data / "closures.csv"
    files["closures.csv"] = closures.read_bytes() if closures.exists() else _no_closures()
    if policy.dates.from_:
        folder = policy_path.parent if policy_path is not None else Path()
        source = folder / policy.dates.from_
        given, found = load_dates_from(source, reference)
        findings += found
        if given is None:
            raise InputRefused(findings)
        files[source.name] = source.read_bytes()
        dates = policy.dates.model_copy(update={"from_": source.name})
        policy = policy.model_copy(update={"dates": dates})
    files["policy.toml"] = policy_toml(policy).encode()
    checked, found = check_roster(
        roster, reference, policy, set_aside=options.set_aside, expect_rows=options.expect_rows,
        ignore_columns=options.ignore_columns, sheet=options.sheet,
    )  # fmt: skip
    findings += found
    if checked is None:
        raise InputRefused(findings)
    without_rooms = {c.center_id for c in reference.centers} - {
        r.center_id for r in reference.rooms
    }
    if without_rooms and options.until not in STAGES[:3]:
        findings += [_center_without_rooms(c) for c in sorted(without_rooms)]
        raise InputRefused(findings)
    return Inputs(reference, policy, checked, given, files, tuple(findings))


def _center_without_rooms(center_id: str) -> Finding:
    return Finding(
        severity=Severity.FIX, file="centers.csv", column="center_id", value=center_id,
        code="CENTER_WITHOUT_ROOMS",
        advice="list its rooms in rooms.csv, or plan with --until centers",
    )  # fmt: skip


def _no_closures() -> bytes:
    return b"exam_point,center_id,room_id,seats,mode,sitting,subjects,reason\n"


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
        people = add_excluded_employer(inputs.roster.candidates, hosts)
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
                people = pd.concat([people, added.set_index(people.index)], axis=1)
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
        results: list[DatesResult] = []
        shortages: list[Shortage] = []
        reasons: dict[int, tuple[str, str]] = {}
        quotas: dict[int, Mapping[str, int]] = {}
        for mode in modes(inputs.reference):
            problem = build_problem(cells, self.places, inputs.policy, mode, inputs.given)
            result = choose_dates(problem, inputs.policy)
            workshop = Workshop(inputs.reference, inputs.policy, cells, result, inputs.given)
            for found in explain(result, workshop.repairs_for, len(shortages) + 1):
                shortages.append(found.shortage)
                entry = found.shortage.reason, found.shortage.shortage_id
                reasons |= dict.fromkeys(found.people, entry)
            quotas |= result.quotas
            results.append(result)
        draw = Draw(inputs.reference.exam.code, inputs.policy.draw.seed)
        sitting = _draw_sittings(draw, people, cells, cell_of, quotas)
        left_out = sitting == ""
        entries = [
            reasons[c] if out else ("", "") for c, out in zip(cell_of, left_out, strict=True)
        ]
        frame = pd.DataFrame(
            {
                "sitting": sitting,
                "reason": [r for r, _ in entries],
                "shortage_id": [s for _, s in entries],
            },
            dtype="str",
        )
        facts = {
            "figures": {r.mode.value: _figures(r) for r in results},
            "peaks": [[h, r.mode.value, n] for r in results for h, n in sorted(r.peaks.items())],
            "shortages": [s.model_dump(mode="json") for s in shortages],
        }
        return frame, facts

    def _centers(
        self, people: pd.DataFrame, dates: Mapping[str, Any], executor: Executor | None
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        peaks = {(host, Mode(mode)): seats for host, mode, seats in dates["peaks"]}
        result = assign_centers(self.places, self.inputs.policy, people, peaks, executor)
        facts = {o.name: {"value": o.value, "bound": o.bound} for o in result.outcomes}
        return pd.DataFrame({"center_id": result.center_ids.to_numpy()}, dtype="str"), facts

    def _seats(
        self, people: pd.DataFrame, executor: Executor | None
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        placed = people[people["sitting"] != ""]
        seated, neighbours = seat_everybody(
            self.places, self.inputs.policy, placed, executor=executor
        )
        frame = pd.DataFrame({"room_id": "", "form": "", "seat": 0}, index=people.index)
        frame.loc[seated.index, ["room_id", "form"]] = seated[["room_id", "form"]]
        frame.loc[seated.index, "seat"] = seated["seat"].astype(np.int64)
        return frame.reset_index(drop=True), {"neighbours": neighbours.to_dict(orient="list")}

    def _content(self, people: pd.DataFrame, facts: Mapping[str, Any]) -> Content:
        inputs = self.inputs
        exam, policy = inputs.reference.exam, inputs.policy
        placed = people[people["sitting"] != ""]
        order = ["center_id", "sitting", "room_id", "seat", "subjects"]
        placed = placed.sort_values(order, kind="stable").reset_index(drop=True)
        placed["ticket_number"] = number_tickets(placed, policy.ticket, exam.year)
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
        figures = _summed(facts["dates"]["figures"])
        return (
            Manifest(
                exam_code=exam.code,
                plan_version=1,
                roster=RosterIdentity(digest=inputs.roster.digest, rows=inputs.roster.rows),
                seed=policy.draw.seed,
                policy=policy,
                goals=_goals(figures, facts["centers"], neighbours, placed),
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
    cell_of: np.ndarray[Any, np.dtype[np.int64]],
    quotas: Mapping[int, Mapping[str, int]],
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """The sitting of every candidate; cells with one sitting need no draw."""
    texts = cell_texts(cells).to_numpy()
    sitting = np.empty(len(people), dtype=object)
    only = np.array(
        [next(iter(quotas[i])) if len(quotas[i]) == 1 else None for i in range(len(cells))],
        dtype=object,
    )
    sitting[:] = only[cell_of]
    members: dict[int, list[int]] = {}
    for row, (cell, decided) in enumerate(zip(cell_of.tolist(), sitting, strict=True)):
        if decided is None:
            members.setdefault(cell, []).append(row)
    ids = people["candidate_id"].to_numpy()
    employers = people["employer"].to_numpy()
    for cell, rows in members.items():
        dealt = draw_dates(draw, texts[cell], {ids[r]: employers[r] for r in rows}, quotas[cell])
        for row in rows:
            sitting[row] = dealt[ids[row]]
    return sitting


def _figures(result: DatesResult) -> dict[str, dict[str, int]]:
    return {
        "unplaced": asdict(result.unplaced),
        "outside": asdict(result.outside),
        "papers": asdict(result.papers),
        "papers_used": {"value": result.papers_used, "bound": result.papers.bound},
        "question_papers": asdict(result.question_papers),
        "peak": asdict(result.peak),
    }


def _summed(figures: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Reached]:
    """Figures of both modes together; modes share neither seats nor papers."""
    total: dict[str, Reached] = {}
    for by_name in figures.values():
        for name, reached in by_name.items():
            old = total.get(name, Reached(0, 0))
            total[name] = Reached(old.value + reached["value"], old.bound + reached["bound"])
    return total


def _goals(
    figures: Mapping[str, Reached],
    centers: Mapping[str, Mapping[str, int]],
    neighbours: pd.DataFrame,
    placed: pd.DataFrame,
) -> tuple[Any, ...]:
    """All goal lines; values of what the finished plan holds, bounds as proven."""
    del placed
    pairs = int(neighbours["pairs"].sum()) if len(neighbours) else 0
    pair_bound = int(neighbours["bound"].sum()) if len(neighbours) else 0
    employer_pairs = int(neighbours["same_employer_pairs"].sum()) if len(neighbours) else 0
    lines = [
        (1, "unplaced_candidates", figures["unplaced"]),
        (2, "candidates_outside", figures["outside"]),
        (3, "paper_group_sittings", figures["papers"]),
        (3, "question_paper_sittings", figures["question_papers"]),
        (4, "seats", figures["peak"]),
        (5, "metres", Reached(**centers["metres"])),
        (5, "center_sittings", Reached(**centers["center_sittings"])),
        (6, "same_paper_pairs", Reached(pairs, pair_bound)),
        (6, "same_employer_pairs", Reached(employer_pairs, 0)),
    ]
    return tuple(goal_result(g, unit, r.value, r.bound) for g, unit, r in lines)


def _executor(processes: int) -> AbstractContextManager[Executor | None]:
    if processes <= 1:
        return nullcontext()
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _peak_memory() -> int:
    """Largest resident size of this process and its children, in bytes (Linux counts KiB)."""
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * unit
