"""Tables and the live line: shown to a person, silent in a pipe."""

from __future__ import annotations

import io
import re
import threading
import time

from rich.console import Console

from models.findings import Finding, Severity
from scheduler.solver import Progress
from scheduler.terminal import SHOWN, STOPPING, StageListener, print_findings, table


def page(*, terminal: bool) -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(file=output, width=100, force_terminal=terminal), output


def finding(row: int) -> Finding:
    return Finding(severity=Severity.WARN, file="r.csv", row=row, code="ODD", advice="look")


def test_the_live_line_shows_stage_incumbent_and_bound() -> None:
    console, output = page(terminal=True)
    with StageListener(console) as listener:
        listener.stage("dates")
        listener.progress(Progress("papers", 1.0, None, 1200))
        shown_within(output, "papers: none yet, bound 1,200")
        listener.progress(Progress("papers", 1.0, 1234, 1200))
        shown_within(output, "papers: 1,234, bound 1,200")
        listener.stage("centers")
    assert re.search(r"dates  \d+\.\d s\n", output.getvalue())
    assert re.search(r"centers  \d+\.\d s\n", output.getvalue())


def test_the_live_line_says_that_a_stop_was_heard() -> None:
    console, output = page(terminal=True)
    stop = threading.Event()
    with StageListener(console, stop) as listener:
        listener.stage("dates")
        shown_within(output, "dates")
        assert STOPPING not in output.getvalue()
        stop.set()
        shown_within(output, STOPPING)


def shown_within(output: io.StringIO, text: str, seconds: float = 10.0) -> None:
    """The line is redrawn a few times a second."""
    deadline = time.monotonic() + seconds
    while text not in output.getvalue():
        assert time.monotonic() < deadline, output.getvalue()
        time.sleep(0.02)


def test_a_stage_that_fails_is_not_called_finished() -> None:
    console, output = page(terminal=True)
    try:
        with StageListener(console) as listener:
            listener.stage("dates")
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert re.search(r"\.\d s\n", output.getvalue()) is None


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    console, output = page(terminal=False)
    with StageListener(console) as listener:
        assert not listener.shown
        listener.stage("dates")
        listener.progress(Progress("papers", 1.0, 3, 2))
    assert output.getvalue() == ""


def test_numbers_stand_right_and_codes_stay_as_they_are() -> None:
    console, output = page(terminal=False)
    console.print(table("T", ["code", "people"], [["0011", 1234567], ["A", 5]]))
    lines = output.getvalue().splitlines()
    assert lines[0] == "T"
    assert any(line.split() == ["0011", "1,234,567"] for line in lines)
    assert any(line.rstrip().endswith("        5") for line in lines)


def test_findings_beyond_the_first_are_counted() -> None:
    console, output = page(terminal=False)
    print_findings(console, [finding(row) for row in range(2, SHOWN + 5)])
    text = output.getvalue()
    assert "3 more" in text
    assert f"{SHOWN + 3} warn" in text
    assert "candidate" not in text


def test_no_findings_are_said_to_be_none() -> None:
    console, output = page(terminal=False)
    print_findings(console, [])
    assert output.getvalue() == "no findings\n"
