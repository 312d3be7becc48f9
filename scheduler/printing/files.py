"""Documents as files in bulk: parallel, resumable, and never half a file.

What is to be made streams in center by center, so a country's documents need the memory of a few
centers. A file appears whole or not at all; a run that was killed is taken up where it stopped and
ends with the bytes of an unbroken one. ``SHA256SUMS`` is written last: with it, a folder is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from models.errors import PlanDirectoryError
from models.publication import PublishedFacts
from scheduler.documents.center_files import Printing
from scheduler.plan import SUMS, json_bytes, require_free
from scheduler.printing.tasks import PART, Task, make_file, start_worker, work, write_file

JOB: Final = ".job.json"
"""Names what an unfinished folder is of; gone from a finished one."""
_AHEAD: Final = 2
"""Tasks waiting for each process."""

Progress = Callable[[int], None]
"""Told how many candidates a finished file holds."""


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
            make_file(task, out, facts, how)
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
        write_file(out / JOB, content)
        return
    if found != content:
        raise PlanDirectoryError(
            f"{out} holds an unfinished export of something else; name another folder"
        )
    for leftover in out.rglob(f".*{PART}"):
        leftover.unlink(missing_ok=True)


def _end(out: Path, written: Sequence[str]) -> None:
    lines = []
    for name in sorted(written):
        with (out / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    write_file(out / SUMS, "".join(lines).encode())
    (out / JOB).unlink()


# ---------------------------------------------------------------- processes


def _in_processes(
    tasks: Iterator[Task], out: Path, facts: PublishedFacts, how: Printing, processes: int,
    progress: Progress,
) -> None:  # fmt: skip
    """Keep the processes busy and little in memory; an error ends the run after what is begun."""
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=start_worker,
        initargs=(out, facts, how),
    ) as pool:
        begun: set[Future[int]] = set()
        try:
            for task in tasks:
                begun.add(pool.submit(work, task))
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
