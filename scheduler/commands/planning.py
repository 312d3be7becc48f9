"""Runs of the planner as a command shows them: progress, refusals, what came out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.commands.errors import STOPPED, UNPLACED, say

if TYPE_CHECKING:
    from models.findings import Finding
    from scheduler.national import NationalDates
    from scheduler.pipeline import PlanOutcome

    Outcome = TypeVar("Outcome", PlanOutcome, NationalDates)


def plan_from_counts(counts: Path, data: Path, out: Path, options: Any) -> None:
    """Set dates from counts, print what they reach, and exit with 4 where people are left out."""
    from scheduler.national import plan_counts

    outcome, stopped = _planned(plan_counts, counts, data, out, options)
    for goal in outcome.goals:
        click.echo(f"goal {goal.goal} {goal.unit}: {goal.value:,}, bound {goal.bound:,}")
    click.echo(f"{outcome.people:,} counted, {outcome.unplaced:,} unplaced: {out / 'sittings.csv'}")
    if not outcome.reproducible:
        say("the search was cut short; another run may give other dates")
    if stopped:
        sys.exit(STOPPED)
    if outcome.unplaced:
        click.echo(f"why: {out / 'shortages.json'}")
        sys.exit(UNPLACED)


def plan_from_roster(roster: Path, data: Path, out: Path, options: Any) -> tuple[PlanOutcome, bool]:
    """What came out, and whether somebody asked to stop."""
    from scheduler.pipeline import run_plan

    return _planned(run_plan, roster, data, out, options)


def _planned(
    run: Callable[..., Outcome], source: Path, data: Path, out: Path, options: Any
) -> tuple[Outcome, bool]:
    """Plan with progress; refused input leaves its findings beside ``out``."""
    from models.errors import InputRefused
    from scheduler import solver
    from scheduler.execution.interrupt import stop_on_interrupt
    from scheduler.terminal import StageListener, console, print_findings

    reports = [Path(f"{out}.findings{suffix}") for suffix in (".csv", ".json")]
    listener = StageListener(stop=solver.LOG.stop)
    solver.LOG.listener = listener.progress if listener.shown else None
    gc.freeze()  # what is imported by now stays: the collector need not walk through it each time
    try:
        with listener, stop_on_interrupt(solver.LOG.stop, solver.LOG.abandon):
            outcome = run(source, data, out, options=options, listener=listener.stage)
            stopped = solver.LOG.stop.is_set()
    except InputRefused as refused:
        for path in reports:
            write_findings(refused.findings, path)
        say(f"all findings: {reports[0]} and {reports[1].name}")
        raise
    finally:
        gc.unfreeze()
        solver.LOG.listener = None
    for path in reports:  # of an earlier, refused run
        path.unlink(missing_ok=True)
    if outcome.findings:
        print_findings(console(stderr=True), outcome.findings)
    return outcome, stopped


def write_findings(found: Sequence[Finding], path: Path, *, csv_bom: bool = False) -> None:
    """Findings as a file, CSV or JSON by its name."""
    from scheduler.roster.findings_io import findings_csv, findings_json

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_bytes(findings_json(found).encode())
    else:
        path.write_bytes(findings_csv(found).encode("utf-8-sig" if csv_bom else "utf-8"))
