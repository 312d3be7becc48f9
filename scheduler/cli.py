"""The commands: parsing and printing only; each calls one importable function.

Heavy libraries load inside the commands, so ``paikao --help`` is instant.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.cli_errors import FAILED, NO_PLAN, REFUSED, STOPPED, UNPLACED, Commands, say
from scheduler.next_steps import command_name, next_steps

if TYPE_CHECKING:
    from models.findings import Finding
    from scheduler.pipeline import PlanOutcome

STAGES = ("cells", "dates", "centers", "seats")
EFFORTS = ("quick", "standard", "thorough")
Command = TypeVar("Command", bound=Callable[..., Any])


# ---------------------------------------------------------------- shared options


def _folder(*, exists: bool) -> click.Path:
    return click.Path(exists=exists, file_okay=not exists, path_type=Path)


def _file(*, exists: bool = True) -> click.Path:
    return click.Path(exists=exists, dir_okay=False, path_type=Path)


def _columns(ctx: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(part.strip() for part in value.split(",") if part.strip())


ROSTER_OPTIONS = (
    click.option("--set-aside", type=_file(), help="Rows to leave out: row, candidate_id, reason."),
    click.option(
        "--ignore-columns",
        default="",
        metavar="A,B",
        callback=_columns,
        help="Columns of the roster to drop without a word.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook with several."),
)
INPUT_OPTIONS = (
    click.option(
        "--data",
        type=_folder(exists=True),
        help="Folder of the reference data.  [default: that of the example province]",
    ),
    click.option(
        "--policy",
        type=_file(),
        help="The planner's decisions.  [default: DATA/policy.toml, else all defaults]",
    ),
    click.option(
        "--expect-rows",
        type=click.IntRange(min=0),
        metavar="N",
        help="Announced number of rows; another number refuses the file.",
    ),
)


def _with(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _data_folder(data: Path | None) -> Path:
    from scheduler.data_folder import default_data_folder

    return data if data is not None else default_data_folder()


# ---------------------------------------------------------------- the commands


@click.group(cls=Commands, context_settings={"max_content_width": 100})
@click.version_option(package_name="paikao", prog_name="paikao")
def main() -> None:
    """Arrange an exam (排考): from a roster of candidates to a verified plan.

    Exit codes: 0 done, everyone placed; 1 a defect; 2 wrong usage; 3 input refused; 4 done, some
    candidates unplaced and explained; 5 stopped before any complete plan; 6 verification failed;
    130 stopped with a complete plan kept.
    """


def _decimal(ctx: click.Context, option: click.Parameter, value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise click.BadParameter(f"{value!r} is not a number", ctx, option) from None


@main.command()
@click.option("--candidates", type=int, required=True, metavar="N", help="Rows of the roster.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="S", help="0, 1, 2, ...")
@click.option("--out", type=_folder(exists=False), required=True, help="Folder to write.")
@click.option(
    "--tightness",
    default="0.92",
    show_default=True,
    callback=_decimal,
    metavar="SHARE",
    help="Seats needed / usable seats; above 1 people stay unplaced.",
)
def sample(candidates: int, seed: int, out: Path, tightness: Decimal) -> None:
    """Make a synthetic roster and the reference data of the example province.

    Writes OUT/roster.csv and OUT/data. Nobody in it exists.
    """
    from scheduler.sample import write_sample

    write_sample(candidates, seed, out, tightness=tightness)
    click.echo(f"{candidates:,} candidates: {out / 'roster.csv'}; reference data: {out / 'data'}")


@main.command()
@click.argument("roster", type=_file())
@_with(*INPUT_OPTIONS, *ROSTER_OPTIONS)
@click.option(
    "--findings",
    type=_file(exists=False),
    help="Write all findings to this file, .csv or .json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--csv-bom", is_flag=True, help="Begin a CSV with a byte-order mark, for Excel.")
def check(
    roster: Path,
    data: Path | None,
    findings: Path | None,
    as_json: bool,
    csv_bom: bool,
    **options: Any,
) -> None:
    """Check ROSTER and reference data: all findings at once, nothing else.

    Prints the roster digest, so that it can be published before the seed of the draw is taken.
    """
    from models.errors import InputRefused, UsageError
    from models.findings import BLOCKING
    from scheduler.plan_inputs import PlanOptions, read_inputs
    from scheduler.roster.findings_io import findings_json
    from scheduler.terminal import console, print_findings

    if findings is not None and findings.suffix not in (".csv", ".json"):
        raise UsageError("--findings takes a file name that ends in .csv or .json")
    digest = rows = None
    try:
        inputs = read_inputs(roster, _data_folder(data), PlanOptions(**options))
        found = inputs.findings
        digest, rows = inputs.roster.digest, inputs.roster.rows
    except InputRefused as refused:
        found = refused.findings
    if findings is not None:
        _write_findings(found, findings, csv_bom=csv_bom)
    if as_json:
        click.echo(findings_json(found), nl=False)
    else:
        print_findings(console(), found)
        if digest is not None:
            click.echo(f"{rows:,} rows; roster digest {digest}")
    if digest is None or any(f.severity in BLOCKING for f in found):
        sys.exit(REFUSED)


@main.command()
@click.argument("roster", type=_file(), required=False)
@click.option("--out", type=_folder(exists=False), metavar="PLAN_DIR", help="Folder to make.")
@_with(*INPUT_OPTIONS)
@click.option("--seed-hex", metavar="HEX", help="Seed of the draw, at least 32 hex digits.")
@_with(*ROSTER_OPTIONS)
@click.option("--until", type=click.Choice(STAGES), help="Stop after this stage and keep it.")
@click.option("--resume", is_flag=True, help="Go on from stages kept in PLAN_DIR.")
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes for centers and seats; the plan is the same.",
)
@click.option("--effort", type=click.Choice(EFFORTS), help="How long to search for better plans.")
@click.option("--show-policy", is_flag=True, help="Print every decision in force and stop.")
def plan(
    roster: Path | None,
    out: Path | None,
    data: Path | None,
    show_policy: bool,
    **options: Any,
) -> None:
    """Plan ROSTER into the new folder PLAN_DIR: dates, centers, rooms and seats.

    Ctrl-C ends the search and keeps the best plan so far; twice, it stops at once.
    """
    from scheduler.plan_inputs import PlanOptions

    plan_options = PlanOptions(**options)
    if show_policy:
        _print_policy(_data_folder(data), plan_options.policy, plan_options.seed_hex)
        return
    if roster is None or out is None:
        raise click.UsageError("plan takes ROSTER and --out PLAN_DIR (or --show-policy)")
    outcome, stopped = _run_plan(roster, _data_folder(data), out, plan_options)
    if not outcome.root_hash:
        click.echo(f"stopped after {plan_options.until}; the same command with --resume goes on")
    else:
        click.echo(f"{outcome.placed:,} placed, {outcome.unplaced:,} unplaced: {out}")
        click.echo(f"root hash {outcome.root_hash}")
    if not outcome.reproducible:
        say("the search was cut short; another run may give another plan")
    if stopped:
        sys.exit(STOPPED if outcome.root_hash else NO_PLAN)
    if outcome.unplaced:
        click.echo(f"who and why: {command_name()} report {shlex.quote(str(out))}")
        sys.exit(UNPLACED)


@main.command()
@click.argument("plan_dir", type=_folder(exists=True))
@click.argument("roster", type=_file())
@_with(*ROSTER_OPTIONS)
@click.option("--json", "as_json", is_flag=True, help="Print the violations as JSON.")
def verify(plan_dir: Path, roster: Path, as_json: bool, **options: Any) -> None:
    """Check every rule on the files of PLAN_DIR again, without a solver.

    Answers 0 or 6, whether or not people are unplaced.
    """
    from scheduler.verify.run import verify_plan

    violations = verify_plan(plan_dir, roster, **options)
    if as_json:
        from scheduler.plan import json_bytes

        content = [v.model_dump(mode="json") for v in violations]
        click.echo(json_bytes(content).decode(), nl=False)
    elif violations:
        from scheduler.terminal import console, print_violations

        print_violations(console(), violations)
    else:
        from scheduler.plan import root_hash

        click.echo(f"verified: every rule holds; root hash {root_hash(plan_dir)}")
    if violations:
        sys.exit(FAILED)


@main.command()
@click.argument("plan_dir", type=_folder(exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def report(plan_dir: Path, as_json: bool) -> None:
    """Show what the plan in PLAN_DIR comes to."""
    from scheduler.plan import json_bytes
    from scheduler.report import render, report_data
    from scheduler.terminal import console

    content = report_data(plan_dir)
    if as_json:
        click.echo(json_bytes(content).decode(), nl=False)
    else:
        console().print(render(content))


@main.command()
@click.argument("plan_dir", type=_folder(exists=True))
@click.option("--apply", "which", required=True, metavar="SHORTAGE:RANK", help="Such as S1:1.")
@click.option("--out", type=_folder(exists=False), required=True, help="Folder to make.")
def repair(plan_dir: Path, which: str, out: Path) -> None:
    """Make one repair that PLAN_DIR offers: its reference data, mended, in the new folder OUT."""
    from scheduler.repair import apply_repair

    shortage_id, separator, rank = which.rpartition(":")
    if not separator or not rank.isdecimal():
        raise click.BadParameter("write SHORTAGE:RANK, such as S1:1", param_hint="--apply")
    made = apply_repair(plan_dir, shortage_id, int(rank), out)
    click.echo(f"{made.text_en} ({made.text_zh})")
    click.echo(
        f"plan with it: {command_name()} plan ROSTER --data {shlex.quote(str(out))} --out ..."
    )


@main.command("next-steps", hidden=True)
@click.argument("demo_dir", type=_folder(exists=True))
def show_next_steps(demo_dir: Path) -> None:
    """Print the commands to try after ``make demo``."""
    click.echo("\nNext, try:\n")
    for line in next_steps(demo_dir):
        click.echo(f"    {line}")


# ---------------------------------------------------------------- what the commands share


def _run_plan(roster: Path, data: Path, out: Path, options: Any) -> tuple[PlanOutcome, bool]:
    """Plan with progress; refused input leaves its findings beside ``out``."""
    from models.errors import InputRefused
    from scheduler import solver
    from scheduler.interrupt import stop_on_interrupt
    from scheduler.pipeline import run_plan
    from scheduler.terminal import StageListener, console, print_findings

    reports = [Path(f"{out}.findings{suffix}") for suffix in (".csv", ".json")]
    listener = StageListener()
    solver.LOG.listener = listener.progress if listener.shown else None
    try:
        with listener, stop_on_interrupt(solver.LOG.stop):
            outcome = run_plan(roster, data, out, options=options, listener=listener.stage)
            stopped = solver.LOG.stop.is_set()
    except InputRefused as refused:
        for path in reports:
            _write_findings(refused.findings, path)
        say(f"all findings: {reports[0]} and {reports[1].name}")
        raise
    finally:
        solver.LOG.listener = None
    for path in reports:  # of an earlier, refused run
        path.unlink(missing_ok=True)
    if outcome.findings:
        print_findings(console(stderr=True), outcome.findings)
    return outcome, stopped


def _print_policy(data: Path, policy: Path | None, seed_hex: str | None) -> None:
    from models.errors import InputRefused
    from scheduler.roster.policy_file import load_policy, policy_toml
    from scheduler.roster.reference import load_reference

    reference, findings = load_reference(data)
    if reference is None:
        raise InputRefused(findings)
    default = data / "policy.toml"
    if policy is None and default.exists():
        policy = default
    decisions, findings = load_policy(policy, reference, seed_hex=seed_hex)
    if decisions is None:
        raise InputRefused(findings)
    click.echo(policy_toml(decisions), nl=False)


def _write_findings(found: Sequence[Finding], path: Path, *, csv_bom: bool = False) -> None:
    from scheduler.roster.findings_io import findings_csv, findings_json

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_bytes(findings_json(found).encode())
    else:
        path.write_bytes(findings_csv(found).encode("utf-8-sig" if csv_bom else "utf-8"))


if __name__ == "__main__":
    main()
