"""Admission tickets against a bare script that draws the same pages with the same calls.

``python -m benchmarks.printing`` records every call that paikao makes of reportlab while it prints
tickets, then lets the two run in turn in one process: paikao from placements to a PDF, and a loop
that repeats the recorded calls on a plain canvas with the fonts ready, making each QR code as any
script must. Both are CPU seconds. Then it prints few and many tickets, each in a process of its
own, and compares their peak memory.
"""

from __future__ import annotations

import argparse
import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import segno
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from models.publication import Placement, PublishedFacts
from scheduler.data_folder import default_data_folder
from scheduler.documents import page as pages
from scheduler.documents import qr
from scheduler.documents.center_files import Printing
from scheduler.documents.ticket import TicketMaker, tickets_pdf
from scheduler.printing.files import print_files
from scheduler.printing.tasks import ticket_tasks
from scheduler.roster.reference import load_reference

LEAST_RATIO = 0.7
MOST_GROWTH = 1.2
"""Peak memory of many tickets over that of few."""

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


@cache
def facts() -> PublishedFacts:
    """The example province as if published."""
    reference, _ = load_reference(default_data_folder())
    assert reference is not None
    return PublishedFacts(
        root_hash="0a" * 32, plan_version=1, published_at=datetime(2022, 3, 31).astimezone(),
        exam=reference.exam, specialties=reference.specialties, exam_points=reference.exam_points,
        centers=reference.centers, rooms=reference.rooms, dates={},
    )  # fmt: skip


def placements(count: int) -> Iterator[Placement]:
    """So many candidates in rooms of the example; nobody in it exists."""
    what = facts()
    rooms = [r for r in what.rooms if r.usable(Decimal("0.1")) and r.mode.value == "computer"]
    codes = [s.code for s in what.specialties if s.mode.value == "computer"]
    point_of = {c.center_id: c.exam_point for c in what.centers}
    base = Placement("", "", "", "0038", "", "1234", "", (), "C1", "A", "", "", 1)
    for i in range(count):
        room = rooms[i // 40 % len(rooms)]
        family, given = "王李张刘陈杨赵黄周吴"[i % 10], "芳伟敏静磊洋艳勇军杰"[i // 10 % 10]
        yield replace(
            base, candidate_id=f"A{i:08d}", ticket_number=f"2022{i:09d}",
            name=family + given + ("" if i % 3 else "海"), specialty=codes[i % len(codes)],
            exam_point=point_of[room.center_id], center_id=room.center_id, room_id=room.room_id,
            seat=i % 40 + 1, sitting=f"C{i % 4 + 1}", subjects=("1234", "12", "34")[i % 3],
        )  # fmt: skip


class Recorder(Canvas):  # type: ignore[misc]
    """A canvas that notes what is asked of it from outside."""

    calls: ClassVar[list[list[Call]]] = [[]]
    _NOTED = frozenset({
        "setFont", "drawString", "setFillGray", "setLineWidth", "line", "rect", "setDash",
        "drawPath", "setPageSize", "showPage",
    })  # fmt: skip
    _inside = False

    def __getattribute__(self, name: str) -> Any:
        """The method, noted when it is called from outside the canvas."""
        found = super().__getattribute__(name)
        if name not in Recorder._NOTED or Recorder._inside:
            return found

        def noted(*args: Any, **options: Any) -> Any:
            if name == "drawPath":
                Recorder.calls[-1].append((name, (args[0].getCode(),), options))
            else:
                Recorder.calls[-1].append((name, args, options))
            Recorder._inside = True
            try:
                return found(*args, **options)
            finally:
                Recorder._inside = False
                if name == "showPage":
                    Recorder.calls.append([])

        return noted


def recorded(people: list[Placement]) -> tuple[list[list[Call]], list[list[tuple[float, ...]]]]:
    """The calls of every page, and the squares of its QR code."""
    squares: list[list[tuple[float, ...]]] = []
    draw = pages.Page.qr

    def noted(self: Any, x: float, y: float, size: float, content: str) -> None:
        modules, dark = qr.bars(content)
        side, top = size / modules, self.size[1] - y
        squares.append([(x + c * side, top - (r + 1) * side, n * side, side) for r, c, n in dark])
        draw(self, x, y, size, content)

    Recorder.calls = [[]]
    with patch.object(pages, "Canvas", Recorder), patch.object(pages.Page, "qr", noted):
        _paikao(people)
    return Recorder.calls[:-1], squares


def _paikao(people: list[Placement]) -> bytes:
    maker = TicketMaker(facts())
    return tickets_pdf(facts(), (maker.ticket(p) for p in people))


def _bare(
    people: list[Placement], calls: list[list[Call]], squares: list[list[tuple[float, ...]]]
) -> bytes:
    """What a script does that knows every page by heart."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    for person, page, bars in zip(people, calls, squares, strict=True):
        content = qr.ticket_code(facts(), person.ticket_number)
        segno.make(content, error="m", mask=4, micro=False, boost_error=False)
        for name, args, options in page:
            if name == "drawPath":
                path = canvas.beginPath()
                for bar in bars:
                    path.rect(*bar)
                canvas.drawPath(path, **options)
            else:
                getattr(canvas, name)(*args, **options)
    canvas.save()
    return buffer.getvalue()


def _rounds(count: int, rounds: int) -> float:
    """Pages per second of paikao over those of the bare script, as the median over rounds."""
    people = list(placements(count))
    calls, squares = recorded(people)
    ratios = []
    for n in range(rounds):
        seconds = []
        for make in (partial(_paikao, people), partial(_bare, people, calls, squares)):
            qr.bars.cache_clear()
            started = time.process_time()
            make()
            seconds.append(time.process_time() - started)
        ours, bare = seconds
        ratios.append(bare / ours)
        print(
            f"round {n + 1}: paikao {count / ours:,.0f} pages/s, bare {count / bare:,.0f}, "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    return statistics.median(ratios)


def _peak(count: int) -> int:
    """Peak memory in KiB of a process that prints so many tickets into files."""
    command = [sys.executable, "-m", "benchmarks.printing", "--only-print", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def _print_many(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tasks = ticket_tasks("tickets", placements(count))
        print_files(tasks, Path(folder) / "out", facts(), Printing(), job={})
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> int:
    """Run both comparisons; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.printing", description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--only-print", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_print:
        _print_many(arguments.only_print)
        return 0
    ratio = _rounds(arguments.pages, arguments.rounds)
    print(f"median ratio {ratio:.2f}, at least {LEAST_RATIO} wanted")
    few, many = _peak(arguments.few), _peak(arguments.many)
    print(
        f"peak memory: {few / 1024:,.0f} MiB for {arguments.few:,} tickets, {many / 1024:,.0f} MiB "
        f"for {arguments.many:,}; at most {MOST_GROWTH} times wanted"
    )
    return int(ratio < LEAST_RATIO or many > MOST_GROWTH * few)


if __name__ == "__main__":
    sys.exit(main())
