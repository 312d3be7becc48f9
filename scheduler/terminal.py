"""What a person sees in a terminal: plain tables, and one live line while a plan is made.

Output that is not a terminal gets the tables without colour and no live line.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from models.findings import Finding
    from models.plan import Violation
    from scheduler.execution.interrupt import StopSignal
    from scheduler.solver import Progress

Cell = str | int
PIPE_WIDTH = 120
"""Columns of a table when nobody's window sets them."""

SHOWN = 50
"""Lines of findings or violations printed; files hold all of them."""

ALIKE = 3
"""Findings printed of those that differ in row, candidate and value alone."""

STOPPING = "stopping; Ctrl-C again to abandon"
"""What the live line adds between the first Ctrl-C and the end."""

_FINDING_COLUMNS = (
    "severity", "file", "sheet", "row", "column", "candidate", "value", "code", "advice",
)  # fmt: skip


def console(*, stderr: bool = False) -> Console:
    """A console on the present stdout or stderr; of fixed width when it is not a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Group:
    """A titled table; numbers and percentages stand right, whole numbers with separators."""
    grid = Table(box=SIMPLE_HEAD)
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(_is_number(row[i]) for row in rows)
        grid.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        grid.add_row(*(Text(f"{c:,}" if isinstance(c, int) else c) for c in row))
    return Group(Text(title, style="bold"), grid)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int) or cell == "" or cell.rstrip("%").replace(".", "").isdecimal()


def print_findings(output: Console, found: Sequence[Finding]) -> None:
    """The findings as a table without its blank columns, and their number by severity.

    Of many alike, which differ in row, candidate and value alone, the first few stand for all.
    """
    if not found:
        output.print("no findings")
        return
    rows = _finding_rows(found)[:SHOWN]
    kept = [i for i in range(len(_FINDING_COLUMNS)) if any(row[i] for row in rows)]
    columns = [_FINDING_COLUMNS[i] for i in kept]
    output.print(table("Findings", columns, [[row[i] for i in kept] for row in rows]))
    if len(rows) < len(found):
        output.print("check --findings FILE.csv writes every one")
    counts = Counter(f.severity.value for f in found)
    output.print(", ".join(f"{count:,} {severity}" for severity, count in counts.items()))


def _finding_rows(found: Sequence[Finding]) -> list[list[str]]:
    groups: dict[Hashable, list[Finding]] = {}
    for f in found:
        groups.setdefault((f.severity, f.file, f.sheet, f.column, f.code, f.advice), []).append(f)
    rows = []
    for alike in groups.values():
        shown = alike if len(alike) <= ALIKE + 1 else alike[:ALIKE]
        rows += [
            [
                f.severity.value, f.file, f.sheet, str(f.row or ""), f.column, f.candidate_id,
                f.value, f.code, f.advice,
            ]
            for f in shown
        ]  # fmt: skip
        if len(shown) < len(alike):
            more = f"and {len(alike) - len(shown):,} more like these"
            rows.append(["", "", "", "...", "", "", "", "", more])
    return rows


def print_violations(output: Console, violations: Sequence[Violation]) -> None:
    """The first broken rules as a table, and their number by rule."""
    rows = [[v.family.value, v.rule, v.where, v.message] for v in violations[:SHOWN]]
    output.print(table("Broken rules", ["family", "rule", "where", "what"], rows))
    if len(violations) > SHOWN:
        output.print(f"{len(violations) - SHOWN:,} more; --json prints all of them")
    counts = Counter(v.rule for v in violations)
    output.print(", ".join(f"{rule}: {count:,}" for rule, count in sorted(counts.items())))


class StageListener:
    """Shows stage, elapsed time, incumbent and bound on stderr; silent where it is no terminal.

    Use it as a context manager: the live line is gone when the block ends.
    """

    def __init__(self, output: Console | None = None, stop: StopSignal | None = None) -> None:
        """Listen; ``output`` defaults to stderr. Once ``stop`` is set, the line says so."""
        self._console = output or console(stderr=True)
        self._stop = stop
        self._stage = ""
        self._since = time.monotonic()
        self._progress: Progress | None = None
        self._live: Live | None = None
        if self.shown:
            self._live = Live(
                get_renderable=self._line,
                console=self._console,
                refresh_per_second=4,
                transient=True,
            )

    @property
    def shown(self) -> bool:
        """Does anybody see it?"""
        return self._console.is_terminal

    def stage(self, name: str) -> None:
        """A stage begins; the one before it is finished."""
        self._finish_stage()
        self._stage, self._since, self._progress = name, time.monotonic(), None

    def progress(self, news: Progress) -> None:
        """News of the running solve; called from the solver's threads."""
        self._progress = news

    def __enter__(self) -> Self:
        """Start the live line."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the live line; a stage that failed is not called finished."""
        if kind is None:
            self._finish_stage()
        if self._live is not None:
            self._live.stop()

    def _finish_stage(self) -> None:
        if self._stage and self.shown:
            elapsed = time.monotonic() - self._since
            self._console.print(f"{self._stage}  {elapsed:.1f} s", highlight=False)
        self._stage = ""

    def _line(self) -> Text:
        if not self._stage:
            return Text("")
        line = f"{self._stage}  {time.monotonic() - self._since:.0f} s"
        news = self._progress
        if news is not None:
            line += f"  {news.goal}: {_known(news.incumbent)}, bound {_known(news.bound)}"
        if self._stop is not None and self._stop.is_set():
            line += f"  {STOPPING}"
        return Text(line, style="bold")


def _known(value: int | None) -> str:
    return "none yet" if value is None else f"{value:,}"
