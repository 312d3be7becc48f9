"""``paikao export documents`` and its kin: what is printed; parsing and printing only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.commands.errors import NO_PLAN, say
from scheduler.commands.export import HOLDERS, SOURCES, chosen, opened_edition
from scheduler.commands.options import ROSTER_OPTIONS, file_path, folder_path, with_options

if TYPE_CHECKING:
    from scheduler.documents.center_files import Printing
    from scheduler.export_sources import PlanEdition
    from scheduler.printing.jobs import PrintRun

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
    from scheduler.printing.jobs import print_tickets

    selection = Selection(everything, candidates, centers, exam_points)
    if not units:
        chosen(selection)
    edition = opened_edition(published_at=None, **source)
    with _run(out, Printing(Language(language)), processes, source) as run:
        written = print_tickets(edition, selection, run, units=units, photos=photos)
    click.echo(f"{written:,} files of tickets: {out}")


@click.command("report")
@click.argument("plan_dir", type=folder_path(exists=True))
@click.argument("roster", type=file_path())
@click.option("--out", type=folder_path(exists=False), required=True, help="Folder to make.")
@with_options(*ROSTER_OPTIONS, LANGUAGE)
def report(plan_dir: Path, roster: Path, out: Path, language: str, **reading: Any) -> None:
    """Write the report of a plan into the new folder OUT: report.pdf and report.xlsx.

    Use per center and session, load per date, busiest exam points, travel, a map, shortages and
    balance. No person is in it.
    """
    from scheduler.documents.plan_report import plan_report_pdf, plan_report_workbook
    from scheduler.documents.texts import Language
    from scheduler.plan_figures import plan_figures

    facts = _verified(plan_dir, roster, reading).facts
    figures = plan_figures(plan_dir, roster, sheet=reading["sheet"])
    chosen_language = Language(language)
    made = {
        "report.pdf": plan_report_pdf(facts, figures, chosen_language),
        "report.xlsx": plan_report_workbook(facts, figures, chosen_language),
    }
    _write_whole(out, made.items())
    click.echo(f"{', '.join(made)}: {out}")


@click.command("changes")
@click.argument("plan_dir", type=folder_path(exists=True))
@click.argument("roster", type=file_path())
@click.option(
    "--parent", type=folder_path(exists=True), required=True, metavar="PLAN_DIR",
    help="The earlier version.",
)  # fmt: skip
@click.option("--out", type=folder_path(exists=False), required=True, help="Folder to make.")
@with_options(*HOLDERS, *ROSTER_OPTIONS, LANGUAGE)
def changes(
    plan_dir: Path,
    roster: Path,
    parent: Path,
    out: Path,
    centers: tuple[str, ...],
    exam_points: tuple[str, ...],
    everything: bool,
    language: str,
    **reading: Any,
) -> None:
    """Write what changed for each center since the version --parent into the new folder OUT.

    One ID.pdf per center: who comes, leaves, moves, and which rooms need new papers.
    """
    from scheduler.documents.change_sheet import change_sheet_pdf
    from scheduler.documents.texts import Language
    from scheduler.export import Selection, centers_of
    from scheduler.plan import root_hash
    from scheduler.plan_changes import center_changes, require_earlier

    selection = chosen(Selection(everything, (), centers, exam_points))
    old_version, old_hash = require_earlier(parent, plan_dir), root_hash(parent)
    edition = _verified(plan_dir, roster, reading)
    wanted = centers_of([edition.facts], selection)
    made = (
        (
            f"{changed.center_id}.pdf",
            change_sheet_pdf(
                edition.facts, changed, old_version=old_version, old_hash=old_hash,
                language=Language(language),
            ),
        )
        for changed in center_changes(parent, plan_dir, wanted, edition.names)
    )  # fmt: skip
    click.echo(f"{_write_whole(out, made):,} change sheets: {out}")


def _verified(plan_dir: Path, roster: Path, reading: dict[str, Any]) -> PlanEdition:
    """A plan directory that keeps every rule."""
    from scheduler.export_sources import PlanEdition

    edition = opened_edition(
        plan_dir=plan_dir, roster=roster, db=None, exam=None, key_file=None, published_at=None,
        **reading,
    )  # fmt: skip
    assert isinstance(edition, PlanEdition)
    return edition


def _write_whole(out: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """A new folder with these files, or none; returns their number."""
    from scheduler.plan import require_free
    from scheduler.whole_folder import written_aside

    require_free(out)
    with written_aside(out) as folder:
        for name, content in files:
            (folder / name).write_bytes(content)
        return sum(1 for _ in folder.iterdir())


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
    from scheduler.printing.jobs import print_center_files

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

    from scheduler.printing.files import file_digest
    from scheduler.printing.jobs import PrintRun
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


COMMANDS = (changes, documents, report, stickers, tickets)
