"""What is printed into one file, and the writing of it; light, for every worker loads it."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import parent_process
from pathlib import Path
from typing import Final

from models.publication import Placement, PublishedFacts
from scheduler.documents.center_files import PACKAGE, Printing, center_file
from scheduler.documents.ticket import TicketMaker, tickets_pdf

TICKETS_PER_FILE: Final = 500
"""A printer's tray, and the most that is held at once."""
PART: Final = ".part"
"""Ends the name of a file that is being written."""


@dataclass(frozen=True)
class Task(ABC):
    """One file to make.

    Attributes:
        file: its name below the folder.
        people: placements in the order of the pages.
        photos: paths by archive number.
    """

    file: str
    people: Sequence[Placement]
    photos: Mapping[str, Path]

    @abstractmethod
    def content(self, facts: PublishedFacts, how: Printing) -> bytes:
        """The bytes of the file."""


class CenterTask(Task):
    """A file of a center, or its package."""

    def content(self, facts: PublishedFacts, how: Printing) -> bytes:
        """As the service gives it."""
        name = self.file.rpartition("/")[2]
        return center_file(facts, self.people, name if "/" in self.file else PACKAGE, how)


class TicketTask(Task):
    """Admission tickets, one page each, with the last four characters of the ID number."""

    def content(self, facts: PublishedFacts, how: Printing) -> bytes:
        """The PDF."""
        maker = TicketMaker(facts, how.language)
        tickets = (maker.ticket(p, photo=self._photo(p)) for p in self.people)
        return tickets_pdf(facts, tickets, how.language)

    def _photo(self, placement: Placement) -> bytes | None:
        path = self.photos.get(placement.candidate_id)
        return path.read_bytes() if path is not None else None


def ticket_tasks(
    name: str, people: Iterable[Placement], photos: Mapping[str, Path] | None = None
) -> Iterator[TicketTask]:
    """Files of at most :data:`TICKETS_PER_FILE` tickets: ``name-001.pdf`` and so on."""
    left, number = iter(people), 0
    while part := list(islice(left, TICKETS_PER_FILE)):
        number += 1
        known = {p.candidate_id for p in part}
        own = {c: path for c, path in (photos or {}).items() if c in known}
        yield TicketTask(f"{name}-{number:03d}.pdf", part, own)


# ---------------------------------------------------------------- writing


def make_file(task: Task, out: Path, facts: PublishedFacts, how: Printing) -> None:
    """Make one file below a folder."""
    write_file(out / task.file, task.content(facts, how))


def write_file(path: Path, content: bytes) -> None:
    """A file whole or not at all, also if the machine stops."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


# ---------------------------------------------------------------- in a worker

_shared: tuple[Path, PublishedFacts, Printing] | None = None


def start_worker(out: Path, facts: PublishedFacts, how: Printing) -> None:
    """First thing in a worker; it ends with the process that made it, however that ends."""
    global _shared
    _shared = (out, facts, how)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def work(task: Task) -> int:
    """Make one file in a worker; returns how many candidates it holds."""
    assert _shared is not None
    make_file(task, *_shared)
    return len(task.people)
