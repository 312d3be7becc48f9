"""Documents as files in bulk: parallel, resumable, and never half a file.

What is to be made streams in center by center, so a country's documents need the memory of a few
centers. A file appears whole or not at all; a run that was killed is taken up where it stopped and
ends with the bytes of an unbroken one. ``SHA256SUMS`` is written last: with it, a folder is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final

from models.errors import PlanDirectoryError
from models.publication import Placement, PublishedFacts
from scheduler.documents.center_files import PACKAGE, Printing, center_file
from scheduler.documents.ticket import TicketMaker, tickets_pdf
from scheduler.plan import SUMS, json_bytes, require_free

JOB: Final = ".job.json"
"""Names what an unfinished folder is of; gone from a finished one."""
TICKETS_PER_FILE: Final = 500
"""A printer's tray, and the most that is held at once."""

_PART: Final = ".part"
_AHEAD: Final = 2
"""Tasks waiting for each process."""

Progress = Callable[[int], None]
"""Told how many candidates a finished file holds."""


@dataclass(frozen=True)
class Task:
    """One file to make.

    Attributes:
        file: its name below the folder.
        people: placements in the order of the pages.
        photos: paths by archive number.
    """

    file: str
    people: Sequence[Placement]
    photos: Mapping[str, Path]

    def content(self, facts: PublishedFacts, how: Printing) -> bytes:
        """The bytes of the file."""
        raise NotImplementedError


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


# ---------------------------------------------------------------- the run


def print_files(
    tasks: Iterable[Task],
    out: Path,
    facts: PublishedFacts,
    how: Printing,
    *,
    job: Mapping[str, Any],
    processes: int = 1,
    progress: Progress = lambda _: None,
) -> int:
    """Make all files into ``out`` and return their number; files already there are kept.

    Args:
        tasks: in any order; names are below ``out``.
        out: a new folder, or one in which the same job was broken off.
        facts: of the version printed.
        how: language and labels.
        job: JSON that names everything the files depend on.
        processes: how many work at once; the bytes are the same.
        progress: told of every finished file.

    Raises:
        PlanDirectoryError: ``out`` is taken, or holds another unfinished job.
    """
    _begin(out, job)
    written: list[str] = []

    def missing_files() -> Iterator[Task]:
        for task in tasks:
            written.append(task.file)
            if (out / task.file).exists():
                progress(len(task.people))
            else:
                yield task

    if processes <= 1:
        for task in missing_files():
            _make(task, out, facts, how)
            progress(len(task.people))
    else:
        _in_processes(missing_files(), out, facts, how, processes, progress)
    _end(out, written)
    return len(written)


def _begin(out: Path, job: Mapping[str, Any]) -> None:
    content = json_bytes(dict(job))
    try:
        found = (out / JOB).read_bytes()
    except FileNotFoundError:
        require_free(out)
        out.mkdir(parents=True, exist_ok=True)
        _write(out / JOB, content)
        return
    if found != content:
        raise PlanDirectoryError(
            f"{out} holds an unfinished export of something else; name another folder"
        )
    for leftover in out.rglob(f".*{_PART}"):
        leftover.unlink(missing_ok=True)


def _end(out: Path, written: Sequence[str]) -> None:
    lines = []
    for name in sorted(written):
        with (out / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    _write(out / SUMS, "".join(lines).encode())
    (out / JOB).unlink()


def _make(task: Task, out: Path, facts: PublishedFacts, how: Printing) -> None:
    _write(out / task.file, task.content(facts, how))


def _write(path: Path, content: bytes) -> None:
    """A file whole or not at all, also if the machine stops."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


# ---------------------------------------------------------------- processes

_shared: tuple[Path, PublishedFacts, Printing] | None = None


def _start(out: Path, facts: PublishedFacts, how: Printing) -> None:
    """First thing in a worker; it ends with the process that made it, however that ends."""
    global _shared
    _shared = (out, facts, how)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _work(task: Task) -> int:
    assert _shared is not None
    _make(task, *_shared)
    return len(task.people)


def _in_processes(
    tasks: Iterator[Task], out: Path, facts: PublishedFacts, how: Printing, processes: int,
    progress: Progress,
) -> None:  # fmt: skip
    """Keep the processes busy and little in memory; an error ends the run after what is begun."""
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(out, facts, how)
    ) as pool:
        begun: set[Future[int]] = set()
        try:
            for task in tasks:
                begun.add(pool.submit(_work, task))
                if len(begun) >= processes * _AHEAD:
                    done, begun = wait(begun, return_when=FIRST_COMPLETED)
                    for future in done:
                        progress(future.result())
            for future in begun:
                progress(future.result())
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def job_of(facts: PublishedFacts, kind: str, **parts: Any) -> dict[str, Any]:
    """What names a job: the plan, what is made of it, and the version of paikao."""
    from importlib.metadata import version

    made = {"kind": kind, "root_hash": facts.root_hash, "paikao": version("paikao"), **parts}
    return dict(json.loads(json.dumps(made, default=str)))
