"""``paikao scores``: parsing and printing only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scheduler.commands.options import file_path, folder_path, with_options
from scheduler.commands.register import (
    COMMON,
    DATABASE,
    FILE_OPTIONS,
    key_of,
    moment,
    show,
    write_file,
)
from scheduler.commands.store import ACTOR, actor_name


@click.group()
def scores() -> None:
    """Take marks and tell what came of them: after the plan."""


@scores.command()
@click.argument("marks", type=file_path())
@click.option("--correct", is_flag=True, help="A mark that was loaded before may change.")
@with_options(*COMMON, ACTOR, *FILE_OPTIONS)
def load(
    marks: Path,
    correct: bool,
    url: str,
    key_file: Path | None,
    exam: str | None,
    at: str | None,
    actor: str | None,
    **reading: Any,
) -> None:
    """Load the marks of a file, or none with all reasons."""
    from scheduler.registration.session import loading_marks

    key, now = key_of(url, key_file), moment(at)
    with loading_marks(url, key, exam, actor=actor_name(actor), now=now) as loader:
        done = loader.load(marks, correct=correct, **reading)
    show(done.findings)
    click.echo(
        f"{done.marks:,} marks of {done.candidates:,} candidates; {done.corrected:,} corrected"
    )


@scores.command()
@click.option("--out", type=file_path(exists=False), required=True, help="CSV to write.")
@with_options(*DATABASE)
def roll(out: Path, url: str, key_file: Path | None, exam: str | None) -> None:
    """Write what everybody has to sit next year in the same specialty."""
    from models.registration_tables import PROPOSALS
    from scheduler.plan import csv_bytes
    from scheduler.registration import lists
    from scheduler.registration.session import read

    with read(url, key_of(url, key_file), exam) as here:
        made = lists.proposals(here.facts, here.history, here.examinees)
    write_file(out, csv_bytes(made, PROPOSALS))
    click.echo(f"{len(made):,} candidates: {out}")


@scores.command()
@click.option("--out", type=folder_path(exists=False), required=True, help="Folder to make.")
@with_options(*DATABASE)
def certificates(out: Path, url: str, key_file: Path | None, exam: str | None) -> None:
    """Write who is qualified, one list per exam point, into the folder OUT."""
    from models.registration_tables import CERTIFICATES
    from scheduler.plan import csv_bytes
    from scheduler.registration import lists
    from scheduler.registration.session import read
    from scheduler.whole_folder import written_aside

    with read(url, key_of(url, key_file), exam) as here:
        made = lists.certificates_by_exam_point(here.facts, here.history, here.examinees)
    with written_aside(out) as folder:
        for point, frame in made.items():
            (folder / f"{point}.csv").write_bytes(csv_bytes(frame, CERTIFICATES))
    people = sum(len(frame) for frame in made.values())
    click.echo(f"{people:,} qualified at {len(made)} exam points: {out}")
