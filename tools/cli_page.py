"""Write ``docs/cli.md`` from the help texts of the commands.

Usage: ``python tools/cli_page.py``. A test compares the page with the commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from scheduler.cli import main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 100
HEAD = """\
# Commands

Generated from the commands' own help by `tools/cli_page.py`; a test compares the two.
"""


def cli_page() -> str:
    """The page: the group, then each command that is not hidden, by name, then those below it."""
    context = _context(main, "paikao")
    return "\n".join([HEAD, _block(main.get_help(context)), *_commands(main, context)])


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = _context(command, name, parent=context)
        yield f"## {own.command_path}\n\n{_block(command.get_help(own))}"
        if isinstance(command, click.Group):
            yield from _commands(command, own)


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    return click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(cli_page(), encoding="utf-8")
