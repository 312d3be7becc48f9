"""``paikao register``: parsing and printing only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.commands.options import file_path, folder_path, with_options
from scheduler.commands.serve import SERVER_OPTIONS, start
from scheduler.commands.store import ACTOR, EXAM, KEY_FILE, actor_name, present

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.findings import Finding
    from scheduler.store.keys import StoreKey

REGISTRATION_DB = click.option(
    "--db",
    "url",
    required=True,
    envvar="PAIKAO_REGISTRATION_DB",
    metavar="URL",
    help="Database of the registration, such as sqlite:///registration.db.  "
    "[env: PAIKAO_REGISTRATION_DB]",
)
AT = click.option(
    "--at",
    "at",
    metavar="TIME",
    help="For examples: the time now, such as 2021-12-20T08:00.  [default: now]",
)
FILE_OPTIONS = (
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook with several."),
    click.option(
        "--ignore-columns",
        default="",
        metavar="A,B",
        callback=lambda _ctx, _option, value: tuple(p for p in value.split(",") if p),
        help="Columns of the file to drop without a word.",
    ),
)
DATABASE = (REGISTRATION_DB, KEY_FILE, EXAM)
COMMON = (*DATABASE, AT)


def moment(text: str | None) -> datetime:
    """The time of ``--at``, in Beijing where it has no offset; now where it is not given."""
    from zoneinfo import ZoneInfo

    made = present(text, "--at")
    return made if made.tzinfo is not None else made.replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def key_of(url: str, key_file: Path | None) -> StoreKey:
    """The key of a registration that exists."""
    from scheduler.store.keys import load_key

    return load_key(url, key_file)


def show(findings: Iterable[Finding]) -> None:
    """Findings that did not block, on stderr."""
    from scheduler.terminal import console, print_findings

    listed = list(findings)
    if listed:
        print_findings(console(stderr=True), listed)


@click.group()
def register() -> None:
    """Take applications up to the roster: before the plan.

    The registration is a database of its own; the plan sees the roster alone.
    """


@register.command("open")
@click.option(
    "--data",
    type=folder_path(exists=True),
    help="Folder of the reference data.  [default: that of the example province]",
)
@with_options(REGISTRATION_DB, KEY_FILE, ACTOR, AT)
def open_(
    data: Path | None, url: str, key_file: Path | None, actor: str | None, at: str | None
) -> None:
    """Open the registration of an exam, or give an open one new windows and terms.

    Makes the database and its key with the first exam.
    """
    from scheduler.data_folder import default_data_folder
    from scheduler.registration.opening import open_registration, read_facts
    from scheduler.registration.tables import REGISTRATION
    from scheduler.store.database import is_made
    from scheduler.store.keys import load_key

    facts = read_facts(data if data is not None else default_data_folder())
    key = load_key(url, key_file, create=not is_made(url, REGISTRATION))
    new = open_registration(facts, url, key=key, actor=actor_name(actor), now=moment(at))
    click.echo(f"exam {facts.exam.code}: {'opened' if new else 'opened before, facts renewed'}")


@register.command()
@click.argument("applications", type=file_path())
@click.option("--unit", default="", metavar="CODE", help="Military unit whose file it is.")
@with_options(*COMMON, ACTOR, *FILE_OPTIONS)
def load(
    applications: Path,
    unit: str,
    url: str,
    key_file: Path | None,
    exam: str | None,
    at: str | None,
    actor: str | None,
    **reading: Any,
) -> None:
    """Submit every application of a file, or none with all reasons.

    Those unchanged since last year are confirmed at once.
    """
    from scheduler.registration.applications import load_applications
    from scheduler.registration.session import changing

    now, key, who = moment(at), key_of(url, key_file), actor_name(actor)
    with changing(url, key, exam, action="load", actor=who, now=now) as desk:
        done = load_applications(desk, applications, now=now, unit=unit, **reading)
    show(done.findings)
    click.echo(f"{done.rows:,} applications, {done.confirmed:,} confirmed automatically")


@register.command()
@click.argument("decisions", type=file_path())
@with_options(*COMMON, ACTOR, *FILE_OPTIONS)
def decide(
    decisions: Path,
    url: str,
    key_file: Path | None,
    exam: str | None,
    at: str | None,
    actor: str | None,
    **reading: Any,
) -> None:
    """Record confirmations, reviews and payments of a file, or none with all reasons."""
    from scheduler.registration.decisions import load_decisions
    from scheduler.registration.session import changing

    now, key, who = moment(at), key_of(url, key_file), actor_name(actor)
    with changing(url, key, exam, action="decide", actor=who, now=now) as desk:
        done = load_decisions(desk, decisions, now=now, **reading)
    show(done.findings)
    click.echo(f"{done.events:,} decisions recorded")


@register.command()
@click.option("--candidate", metavar="ID", help="One application: its state and events.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@with_options(*COMMON)
def status(
    candidate: str | None,
    as_json: bool,
    url: str,
    key_file: Path | None,
    exam: str | None,
    at: str | None,
) -> None:
    """Count how many applications stand where, by exam point; or show one."""
    from scheduler.plan import json_bytes
    from scheduler.registration import lists
    from scheduler.registration.session import read
    from scheduler.terminal import console, table

    now = moment(at)
    with read(url, key_of(url, key_file), exam) as here:
        if candidate is not None:
            answer: Mapping[str, Any] = lists.one_status(here.facts, here.people, candidate, now)
        else:
            answer = lists.status(here.facts, here.people, now)
    if as_json:
        click.echo(json_bytes(answer).decode(), nl=False)
    elif candidate is not None:
        for name, value in answer.items():
            click.echo(f"{name}: {value}")
    else:
        columns = ["exam point", *next(iter(answer.values()))]
        rows = [[point, *counts.values()] for point, counts in answer.items()]
        console().print(table(f"Applications at {now:%Y-%m-%d %H:%M}", columns, rows))


@register.command()
@click.argument("event", type=click.Choice(["confirm_on_site", "approve", "pay"]))
@click.option("--out", type=file_path(exists=False), required=True, help="CSV to write.")
@with_options(*COMMON)
def worklist(
    event: str, out: Path, url: str, key_file: Path | None, exam: str | None, at: str | None
) -> None:
    """Write a decision file of everybody who may take the step EVENT now.

    Exam points strike out who does not take it, and give the rest to ``register decide``.
    """
    from models.registration import Event
    from models.registration_tables import DECISIONS
    from scheduler.plan import csv_bytes
    from scheduler.registration import lists
    from scheduler.registration.sealing import check_code
    from scheduler.registration.session import read

    with read(url, key_of(url, key_file), exam) as here:
        made = lists.worklist(
            here.facts, here.people, Event(event), moment(at),
            lambda p: check_code(here.key, p.applicant, p.form),
        )  # fmt: skip
    write_file(out, csv_bytes(made, DECISIONS))
    click.echo(f"{len(made):,} applications: {out}")


def write_file(path: Path, content: bytes) -> None:
    """A file that appears whole or not at all."""
    import os

    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@register.command()
@click.option(
    "--out", type=file_path(exists=False), required=True, help="CSV to write, and its .sha256."
)
@with_options(*COMMON)
def roster(out: Path, url: str, key_file: Path | None, exam: str | None, at: str | None) -> None:
    """Write the roster: everybody who is confirmed, approved and has paid."""
    import hashlib

    from models.tables import ROSTER
    from scheduler.plan import csv_bytes
    from scheduler.registration import lists
    from scheduler.registration.session import read

    with read(url, key_of(url, key_file), exam) as here:
        made = lists.roster(here.connection, here.key, here.facts, here.people, moment(at))
    content = csv_bytes(made, ROSTER)
    write_file(out, content)
    control = f"{hashlib.sha256(content).hexdigest()}  {out.name}\n"
    write_file(out.with_name(f"{out.name}.sha256"), control.encode())
    click.echo(f"{len(made):,} candidates: {out}")


@register.command()
@click.option("--out", type=file_path(exists=False), required=True, help="CSV to write.")
@click.option("--pdf", type=file_path(exists=False), help="Also the receipts, a page each.")
@with_options(*COMMON)
def receipts(
    out: Path,
    pdf: Path | None,
    url: str,
    key_file: Path | None,
    exam: str | None,
    at: str | None,
) -> None:
    """Write the list by which exam points hand out receipts, in their window only."""
    from models.errors import UsageError
    from models.registration_tables import RECEIPTS
    from scheduler.plan import csv_bytes
    from scheduler.registration import lists, papers
    from scheduler.registration.rules import RULES
    from scheduler.registration.session import read
    from scheduler.registration.windows import receipts_in_window

    now = moment(at)
    with read(url, key_of(url, key_file), exam) as here:
        if not receipts_in_window(here.facts.exam, now):
            raise UsageError(RULES["receipts_in_window"].en)
        paid = lists.payments(here.people, now)
    write_file(out, csv_bytes(lists.receipts(here.facts, paid), RECEIPTS))
    if pdf is not None:
        write_file(pdf, papers.receipts(here.facts, paid))
    click.echo(f"{len(paid):,} receipts: {out}")


@register.command()
@click.option("--exam", required=True, metavar="CODE", help="Which exam; type it out.")
@with_options(REGISTRATION_DB, ACTOR, AT)
@click.option("--dry-run", is_flag=True, help="Count what would go, delete nothing.")
@click.option("--force", is_flag=True, help="Also while the year may still be asked for.")
def purge(
    exam: str, url: str, actor: str | None, at: str | None, dry_run: bool, force: bool
) -> None:
    """Delete everything about the people of an exam, for good; the log stays."""
    from scheduler.registration.purge import purge as delete_people

    rows = delete_people(
        exam, url, actor=actor_name(actor), now=moment(at), dry_run=dry_run, force=force
    )
    click.echo(f"exam {exam}: " + ", ".join(f"{name} {count:,}" for name, count in rows.items()))
    click.echo("nothing was deleted (--dry-run)" if dry_run else "deleted; the file is rewritten")


@register.command("serve")
@click.option(
    "--db",
    required=True,
    metavar="URL",
    envvar="PAIKAO_REGISTRATION_DB",
    show_envvar=True,
    help="Database of the registration, such as sqlite:///registration.db.",
)
@with_options(*SERVER_OPTIONS)
def serve_registration(**options: Any) -> None:
    """Serve applications and scores: a process of its own, apart from the published plan."""
    start("api.registration_app:create_app", options)
