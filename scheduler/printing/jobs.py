"""What is printed in bulk: which files, of whom, from which version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import UsageError
from models.publication import Placement
from scheduler.documents.center_files import CENTER_FILES, Printing
from scheduler.export import Edition, Selection, centers_of
from scheduler.export_sources import PlanEdition
from scheduler.printing.files import Progress, job_of, print_files
from scheduler.printing.tasks import CenterTask, Task, ticket_tasks


@dataclass(frozen=True)
class PrintRun:
    """How files are made.

    Attributes:
        source: JSON that names where the people come from, such as the digest of the roster.
        processes: how many work at once.
        progress: told how many candidates a finished file holds.
    """

    out: Path
    how: Printing
    source: dict[str, Any] = field(default_factory=dict)
    processes: int = 1
    progress: Progress = lambda _: None

    def make(self, edition: Edition, kind: str, tasks: Iterator[Task], **parts: Any) -> int:
        """Make the files and return their number."""
        job = job_of(
            edition.facts, kind, source=self.source, language=self.how.language,
            labels=repr(self.how.labels), **parts,
        )  # fmt: skip
        return print_files(
            tasks, self.out, edition.facts, self.how, job=job, processes=self.processes,
            progress=self.progress,
        )  # fmt: skip


def print_center_files(
    edition: Edition, selection: Selection, run: PrintRun, only: Sequence[str] = ()
) -> int:
    """One package per center, ``ID.zip``; or only some of its files, ``ID/NAME``.

    Raises:
        UsageError: an id or a file name is unknown, or the version is withdrawn.
    """
    _require_in_force(edition)
    unknown = [name for name in only if name not in CENTER_FILES]
    if unknown:
        raise UsageError(f"there is no file {unknown[0]}; there are {', '.join(CENTER_FILES)}")
    centers = centers_of([edition.facts], selection)

    def tasks() -> Iterator[Task]:
        for center_id, people in edition.seated(centers):
            if not only:
                yield CenterTask(f"{center_id}.zip", people, {})
            for name in only:
                yield CenterTask(f"{center_id}/{name}", people, {})

    return run.make(edition, "center-files", tasks(), centers=centers, only=list(only))


def print_tickets(
    edition: Edition,
    selection: Selection,
    run: PrintRun,
    *,
    units: Sequence[str] = (),
    photos: Path | None = None,
) -> int:
    """Admission tickets, with the last four characters of each ID number.

    ``centers/ID-001.pdf`` by sitting, room and seat; ``units/EMPLOYER-001.pdf`` by ticket number;
    ``candidates/NUMBER-001.pdf``.

    Raises:
        UsageError: an id is unknown, a candidate has no seat, the version is withdrawn, or units
            or photos are asked of a database, which does not hold them.
    """
    _require_in_force(edition)
    plan = edition if isinstance(edition, PlanEdition) else None
    if plan is None and (units or photos is not None):
        raise UsageError("units and photos stand in the roster; name PLAN_DIR and ROSTER")
    chosen: dict[str, Placement] = {}
    for number in dict.fromkeys(selection.candidates):
        person = edition.person(number)
        if person is None or person.now is None:
            raise UsageError(f"no candidate has the number {number}")
        if not person.now.placed:
            raise UsageError(f"candidate {number} has no seat")
        chosen[number] = person.now
    named = bool(selection.everything or selection.centers or selection.exam_points)
    centers = centers_of([edition.facts], selection) if named else []

    def pictures(people: list[Placement]) -> dict[str, Path]:
        return plan.photos(photos, people) if plan is not None and photos is not None else {}

    def tasks() -> Iterator[Task]:
        for number, placement in chosen.items():
            yield from ticket_tasks(f"candidates/{number}", [placement], pictures([placement]))
        for unit in dict.fromkeys(units):
            people = plan.of_unit(unit) if plan is not None else []
            if not people:
                raise UsageError(f"nobody of the employer {unit} has a seat")
            yield from ticket_tasks(f"units/{unit}", people, pictures(people))
        for center_id, people in edition.seated(centers):
            yield from ticket_tasks(f"centers/{center_id}", people, pictures(people))

    return run.make(
        edition, "tickets", tasks(), centers=centers, candidates=sorted(chosen),
        units=list(units), photos=str(photos) if photos else "",
    )  # fmt: skip


def _require_in_force(edition: Edition) -> None:
    if edition.withdrawn_at is not None:
        raise UsageError("this version is withdrawn; there is nothing to print of it")
