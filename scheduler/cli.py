"""The commands: parsing and printing only; each calls one importable function.

Heavy libraries load inside the commands, so ``paikao --help`` is instant.
"""

from __future__ import annotations

import shlex
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from scheduler.commands.errors import FAILED, NO_PLAN, REFUSED, STOPPED, UNPLACED, Commands, say
from scheduler.commands.export import export
from scheduler.commands.options import INPUT_OPTIONS, ROSTER_OPTIONS
from scheduler.commands.options import file_path as _file
from scheduler.commands.options import folder_path as _folder
from scheduler.commands.options import with_options as _with
from scheduler.commands.planning import plan_from_counts, plan_from_roster, write_findings
from scheduler.commands.printing import COMMANDS as PRINT_COMMANDS
from scheduler.commands.register import register
from scheduler.commands.scores import scores
from scheduler.commands.serve import serve
from scheduler.commands.store import COMMANDS as STORE_COMMANDS
from scheduler.next_steps import command_name, next_steps

STAGES = ("cells", "dates", "centers", "seats")
EFFORTS = ("quick", "standard", "thorough")

# ---------------------------------------------------------------- shared options


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


def _tightness(ctx: click.Context, option: click.Parameter, value: str) -> tuple[Decimal, Decimal]:
    low, _, high = value.partition("-")
    try:
        return Decimal(low), Decimal(high or low)
    except InvalidOperation:
        raise click.BadParameter(f"{value!r} is no number or range", ctx, option) from None


@main.command()
@click.option("--candidates", type=int, required=True, metavar="N", help="Rows of the roster.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="S", help="0, 1, 2, ...")
@click.option("--out", type=_folder(exists=False), required=True, help="Folder to write.")
@click.option("--country", is_flag=True, help="338 exam points instead of one province.")
@click.option(
    "--tightness",
    default="0.92",
    show_default=True,
    callback=_tightness,
    metavar="SHARE",
    help="Seats needed / usable seats; above 1 people stay unplaced. 0.70-0.97: uneven.",
)
@click.option("--parquet", is_flag=True, help="Write the roster as Parquet, for large ones.")
@click.option("--applications", is_flag=True, help="Also applications, to register them.")
def sample(
    candidates: int,
    seed: int,
    out: Path,
    country: bool,
    tightness: tuple[Decimal, Decimal],
    parquet: bool,
    applications: bool,
) -> None:
    """Make a synthetic roster and the reference data of the example province or of a country.

    Writes OUT/roster.csv and OUT/data. Nobody in it exists, and its sizes are synthetic.
    """
    from scheduler.sample import write_sample
    from scheduler.sample.applications import write_applications

    if applications and parquet:
        raise click.UsageError("--applications reads the roster as CSV: leave out --parquet")
    write_sample(candidates, seed, out, tightness=tightness, country=country, parquet=parquet)
    roster = out / ("roster.parquet" if parquet else "roster.csv")
    click.echo(f"{candidates:,} candidates: {roster}; reference data: {out / 'data'}")
    if applications:
        web, unit = write_applications(out)
        click.echo(f"{web:,} applications: {out / 'applications.csv'}; {unit:,} of a unit's file")


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
        write_findings(found, findings, csv_bom=csv_bom)
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
@click.option("--resume", is_flag=True, help="Keep finished stages; go on from them.")
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes for centers and seats; the plan is the same.",
)
@click.option("--dask", metavar="ADDRESS", help="tcp://HOST:PORT of a cluster to use instead.")
@click.option("--effort", type=click.Choice(EFFORTS), help="How long to search for better plans.")
@click.option(
    "--parent",
    "parents",
    multiple=True,
    type=_folder(exists=True),
    metavar="PLAN_DIR",
    help="An earlier version of this plan; name all of them. Ticket numbers are kept.",
)
@click.option("--show-policy", is_flag=True, help="Print every decision in force and stop.")
def plan(
    roster: Path | None,
    out: Path | None,
    data: Path | None,
    show_policy: bool,
    **options: Any,
) -> None:
    """Plan ROSTER into the new folder PLAN_DIR: dates, centers, rooms and seats.

    With --until dates, ROSTER may be the counts that `paikao counts` makes: dates without a name.
    PLAN_DIR then holds sittings.csv, which others plan with (dates.from in policy.toml).

    Ctrl-C ends the search and keeps the best plan so far; twice, it stops at once.
    """
    from scheduler.plan_inputs import PlanOptions

    plan_options = PlanOptions(**options)
    if show_policy:
        _print_policy(_data_folder(data), plan_options.policy, plan_options.seed_hex)
        return
    if roster is None or out is None:
        raise click.UsageError("plan takes ROSTER and --out PLAN_DIR (or --show-policy)")
    from scheduler.roster.counts import is_counts

    if is_counts(roster):
        plan_from_counts(roster, _data_folder(data), out, plan_options)
        return
    outcome, stopped = plan_from_roster(roster, _data_folder(data), out, plan_options)
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
@click.argument("roster", type=_file())
@click.option(
    "--out", type=_file(exists=False), required=True, metavar="COUNTS", help=".parquet or .csv"
)
@_with(*INPUT_OPTIONS, *ROSTER_OPTIONS)
def counts(roster: Path, out: Path, data: Path | None, **options: Any) -> None:
    """Count ROSTER by what dates depend on: no names, no ID numbers.

    `paikao plan COUNTS --until dates` sets the dates of a country from the counts of its provinces.
    """
    from scheduler.national import write_counts
    from scheduler.plan_inputs import PlanOptions

    rows = write_counts(roster, _data_folder(data), out, PlanOptions(**options))
    click.echo(f"{rows:,} rows: {out}")


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
@click.option(
    "--rooms",
    nargs=2,
    metavar="CENTER SITTING",
    help="Draw the center's used rooms, seat by seat, as SVG pictures for A4.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    help="With --rooms: where to; a FILE ends in .svg and takes one room.  [default: .]",
)
@click.option("--staff", is_flag=True, help="Staff needed per center and session.")
@click.option(
    "--csv", "csv_file", type=_file(exists=False), help="With --staff: write all rows to this file."
)
@click.option("--csv-bom", is_flag=True, help="Begin the CSV with a byte-order mark, for Excel.")
def report(
    plan_dir: Path,
    as_json: bool,
    rooms: tuple[str, str] | None,
    out: Path | None,
    staff: bool,
    csv_file: Path | None,
    csv_bom: bool,
) -> None:
    """Show what the plan in PLAN_DIR comes to; or draw its rooms, or count its staff."""
    if rooms and (staff or as_json):
        raise click.UsageError("--rooms writes pictures: leave out --staff and --json")
    if (out and not rooms) or (csv_file and not staff) or (csv_bom and not csv_file):
        raise click.UsageError("--out goes with --rooms, --csv with --staff, --csv-bom with --csv")
    if rooms:
        from scheduler.documents.room_plan import write_rooms

        for path in write_rooms(plan_dir, *rooms, out or Path()):
            click.echo(path)
        return
    if staff:
        _report_staff(plan_dir, csv_file, csv_bom=csv_bom, as_json=as_json)
        return
    from scheduler.plan import json_bytes
    from scheduler.report import render, report_data
    from scheduler.terminal import console

    content = report_data(plan_dir)
    if as_json:
        click.echo(json_bytes(content).decode(), nl=False)
    else:
        console().print(render(content))


@main.command()
@click.argument(
    "plan_dirs", type=_folder(exists=True), nargs=-1, required=True, metavar="PLAN_DIR..."
)
@click.option("--center", metavar="C", help="Center of the place.")
@click.option("--room", metavar="R", help="Its room.")
@click.option("--seat", type=int, metavar="S", help="Its number.")
@click.option("--sitting", metavar="X", help="Only this sitting of the place.")
@click.option("--candidate", metavar="ID", help="Where this candidate sits instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def who(
    plan_dirs: tuple[Path, ...],
    center: str | None,
    room: str | None,
    seat: int | None,
    sitting: str | None,
    candidate: str | None,
    as_json: bool,
) -> None:
    """Tell who sits at a place, session by session, or where a candidate sits.

    Takes --center, --room and --seat, or --candidate. Several versions of a plan are shown from the
    oldest, with what changed. People are named by candidate id and ticket number.
    """
    from dataclasses import asdict

    from scheduler.plan import json_bytes
    from scheduler.terminal import console
    from scheduler.who import where_sits, who_sits
    from scheduler.who_page import render_history

    place = (center, room, seat, sitting)
    if candidate is not None and place == (None,) * 4:
        answer: Any = where_sits(plan_dirs, candidate)
    elif candidate is None and center is not None and room is not None and seat is not None:
        answer = who_sits(plan_dirs, center, room, seat, sitting)
    else:
        raise click.UsageError("who takes --center, --room and --seat, or --candidate")
    if as_json:
        click.echo(json_bytes(asdict(answer)).decode(), nl=False)
    else:
        console().print(render_history(answer))


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


for _command in PRINT_COMMANDS:
    export.add_command(_command)
main.add_command(export)
main.add_command(register)
main.add_command(scores)
main.add_command(serve)
for _command in STORE_COMMANDS:
    main.add_command(_command)


@main.command("next-steps", hidden=True)
@click.argument("demo_dir", type=_folder(exists=True))
def show_next_steps(demo_dir: Path) -> None:
    """Print the commands to try after ``make demo``."""
    click.echo("\nNext, try:\n")
    for line in next_steps(demo_dir):
        click.echo(f"    {line}")


# ---------------------------------------------------------------- what the commands share


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


def _report_staff(plan_dir: Path, csv_file: Path | None, *, csv_bom: bool, as_json: bool) -> None:
    from models.tables import STAFF
    from scheduler.plan import csv_bytes, json_bytes, read_manifest
    from scheduler.staff import render_staff, staff_table
    from scheduler.terminal import console

    rows = staff_table(plan_dir)
    if csv_file is not None:
        csv_file.parent.mkdir(parents=True, exist_ok=True)
        csv_file.write_bytes((b"\xef\xbb\xbf" if csv_bom else b"") + csv_bytes(rows, STAFF))
    if as_json:
        click.echo(json_bytes(rows.to_dict("records")).decode(), nl=False)
    elif csv_file is None:
        console().print(render_staff(rows, read_manifest(plan_dir).policy))
    else:
        click.echo(f"{len(rows):,} rows: {csv_file}")


if __name__ == "__main__":
    main()
