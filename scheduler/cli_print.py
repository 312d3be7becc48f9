"""``paikao export documents`` and its kin: what is printed; parsing and printing only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli_errors import NO_PLAN, say
from scheduler.cli_export import HOLDERS, SOURCES, chosen, opened_edition
from scheduler.cli_options import folder_path, with_options

if TYPE_CHECKING:
    from scheduler.documents.center_files import Printing
    from scheduler.print_jobs import PrintRun

LANGUAGE = click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="Words; names stay as they are.",
)  # fmt: skip
_PROCESSES = click.option(
    "--processes", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="How many work at once; the bytes are the same.",
)  # fmt: skip
_LABELS = click.option(
    "--labels", default="3x8", show_default=True, metavar="SHEET",
    help="Sheet of the stickers: 3x8, 3x7, 2x7, 2x5, 4x10, or such as 3x8:70x37@0,0.5+0,0 in mm.",
)  # fmt: skip


@click.command("documents")
@with_options(*SOURCES)
@with_options(*HOLDERS)
@click.option(
    "--only", multiple=True, metavar="NAME",
    help="Only this file, unpacked: seat-plan.pdf, seat-plan.xlsx, seat-plan.csv, sign-in.pdf, "
    "door-notices.pdf, stickers.pdf, room-records.pdf, papers.pdf.",
)  # fmt: skip
@with_options(_LABELS, LANGUAGE, _PROCESSES)
def documents(only: tuple[str, ...], **options: Any) -> None:
    """Write what centers need into the folder OUT: one package ID.zip per center.

    Seat plans, sign-in sheets, door notices, stickers, room records and question papers, with a
    manifest of hashes. The same command goes on where it was broken off. Files hold names: give
    each center its own only.
    """
    _print_center_files(only, **options)


@click.command("stickers")
@with_options(*SOURCES)
@with_options(*HOLDERS)
@with_options(_LABELS, LANGUAGE, _PROCESSES)
def stickers(**options: Any) -> None:
    """Write the seat stickers of centers into the folder OUT: ID/stickers.pdf."""
    _print_center_files(("stickers.pdf",), **options)


@click.command("tickets")
@with_options(*SOURCES)
@click.option(
    "--candidate", "candidates", multiple=True, metavar="NUMBER",
    help="Of this candidate: archive or ticket number.",
)  # fmt: skip
@click.option(
    "--unit", "units", multiple=True, metavar="EMPLOYER", help="Of this employer's candidates."
)
@with_options(*HOLDERS)
@click.option(
    "--photos", type=folder_path(exists=True), help="Folder of the photos that the roster names."
)
@with_options(LANGUAGE, _PROCESSES)
def tickets(
    candidates: tuple[str, ...],
    units: tuple[str, ...],
    centers: tuple[str, ...],
    exam_points: tuple[str, ...],
    everything: bool,
    photos: Path | None,
    language: str,
    processes: int,
    out: Path,
    **source: Any,
) -> None:
    """Write admission tickets (PDF) into the folder OUT, 500 a file, for printing by others.

    Of an ID number they show the last four characters. The same command goes on where it was
    broken off.
    """
    from scheduler.documents.center_files import Printing
    from scheduler.documents.texts import Language
    from scheduler.export import Selection
    from scheduler.print_jobs import print_tickets

    selection = Selection(everything, candidates, centers, exam_points)
    if not units:
        chosen(selection)
    edition = opened_edition(published_at=None, **source)
    with _run(out, Printing(Language(language)), processes, source) as run:
        written = print_tickets(edition, selection, run, units=units, photos=photos)
    click.echo(f"{written:,} files of tickets: {out}")


def _print_center_files(
    only: tuple[str, ...],
    *,
    centers: tuple[str, ...],
    exam_points: tuple[str, ...],
    everything: bool,
    labels: str,
    language: str,
    processes: int,
    out: Path,
    **source: Any,
) -> None:
    from scheduler.documents.center_files import Printing
    from scheduler.documents.stickers import label_sheet
    from scheduler.documents.texts import Language
    from scheduler.export import Selection
    from scheduler.print_jobs import print_center_files

    selection = chosen(Selection(everything, (), centers, exam_points))
    how = Printing(Language(language), label_sheet(labels))
    edition = opened_edition(published_at=None, **source)
    with _run(out, how, processes, source) as run:
        written = print_center_files(edition, selection, run, only)
    click.echo(f"{written:,} {'files' if only else 'packages'}: {out}")


@contextmanager
def _run(out: Path, how: Printing, processes: int, source: dict[str, Any]) -> Iterator[PrintRun]:
    """A run with a count on stderr where that is a terminal; Ctrl-C says how to go on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from scheduler.print_jobs import PrintRun
    from scheduler.printing import file_digest
    from scheduler.terminal import console

    roster: Path | None = source["roster"]
    named = {"db": source["db"] or "", "roster": file_digest(roster) if roster else ""}
    output = console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=output, transient=True, disable=not output.is_terminal,
    )  # fmt: skip
    with shown:
        counting = shown.add_task("candidates", total=None)
        try:
            yield PrintRun(out, how, named, processes, lambda count: shown.advance(counting, count))
        except KeyboardInterrupt:
            say(f"stopped; the same command goes on in {out}")
            sys.exit(NO_PLAN)


COMMANDS = (documents, stickers, tickets)
