"""Errors of commands: a short text on stderr, never a traceback, and the exit code of the kind."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click

DONE, DEFECT, REFUSED, UNPLACED, NO_PLAN, FAILED, STOPPED = 0, 1, 3, 4, 5, 6, 130
"""Exit codes (docs/formats.md, section 7); 2, wrong usage, is click's own."""

DEBUG = "PAIKAO_DEBUG"
"""Environment variable: set, a defect shows its traceback (it may quote personal data)."""


class Commands(click.Group):
    """Turns every error into a short text on stderr and the exit code of its kind."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: D102 - of click
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            say("stopped before any complete plan")
            ctx.exit(NO_PLAN)
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            ctx.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Print what went wrong and return the exit code; never the data that it happened on."""
    from models.errors import Defect, InputRefused, PaikaoError

    if isinstance(error, InputRefused):
        from scheduler.terminal import console, print_findings

        print_findings(console(stderr=True), error.findings)
        say(f"input refused [{error.code}]")
        return error.exit_code
    if isinstance(error, PaikaoError) and not isinstance(error, Defect):
        say(f"{error} [{error.code}]")
        return error.exit_code
    if isinstance(error, OSError) and error.filename is not None:
        say(f"{error.filename}: {error.strerror}")
        return DEFECT
    what = str(error) if isinstance(error, Defect) else type(error).__name__
    say(
        f"a defect of paikao, not of your input: {what} (at {_place(error)}).\n"
        f"Please report it with the command line; {DEBUG}=1 shows where it happened."
    )
    return DEFECT


def _place(error: Exception) -> str:
    """File and line of ours that is nearest to the error."""
    package = Path(__file__).parent.parent
    place, trace = "unknown", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if package in file.parents:
            place = f"{file.relative_to(package.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def say(text: str) -> None:
    """One line to stderr."""
    click.echo(f"paikao: {text}", err=True)
