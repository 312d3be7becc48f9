"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def folder_path(*, exists: bool) -> click.Path:
    """The type of an option that names a folder."""
    return click.Path(exists=exists, file_okay=not exists, path_type=Path)


def file_path(*, exists: bool = True) -> click.Path:
    """The type of an option that names a file."""
    return click.Path(exists=exists, dir_okay=False, path_type=Path)


def _columns(ctx: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(part.strip() for part in value.split(",") if part.strip())


ROSTER_OPTIONS = (
    click.option(
        "--set-aside", type=file_path(), help="Rows to leave out: row, candidate_id, reason."
    ),
    click.option(
        "--ignore-columns",
        default="",
        metavar="A,B",
        callback=_columns,
        help="Columns of the roster to drop without a word.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook with several."),
    click.option(
        "--header-row",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Row of the column names, where titles stand above them.  [default: 1]",
    ),
)
INPUT_OPTIONS = (
    click.option(
        "--data",
        type=folder_path(exists=True),
        help="Folder of the reference data.  [default: that of the example province]",
    ),
    click.option(
        "--policy",
        type=file_path(),
        help="The planner's decisions.  [default: DATA/policy.toml, else all defaults]",
    ),
    click.option(
        "--expect-rows",
        type=click.IntRange(min=0),
        metavar="N",
        help="Announced number of rows; another number refuses the file.",
    ),
    click.option(
        "--ids-checked-by",
        default="",
        metavar="NAME",
        help="Second person who has compared resident numbers of which none ends in X.",
    ),
)


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Give a command these options, in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
