"""Errors of commands: a short text on stderr, never a traceback, and the exit code of the kind."""

from __future__ import annotations

import errno
import os
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
    from scheduler.execution.failures import place_of, what_failed

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
    say(
        f"a defect of paikao, not of your input: {what_failed(error)} (at {place_of(error)}).\n"
        f"Please report it with the command line; {DEBUG}=1 shows where it happened."
    )
    return DEFECT


def say(text: str) -> None:
    """One line to stderr."""
    click.echo(f"paikao: {text}", err=True)
