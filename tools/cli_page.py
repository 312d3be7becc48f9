"""Write ``docs/cli.md`` from the help texts of the commands.

Usage: ``python tools/cli_page.py``. A test compares the page with the commands.
"""

from __future__ import annotations

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
    """The page: the group, then each command that is not hidden, by name."""
    context = _context(main, "paikao")
    parts = [HEAD, _block(main.get_help(context))]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None and not command.hidden:
            own = _context(command, name, parent=context)
            parts.append(f"## paikao {name}\n\n{_block(command.get_help(own))}")
    return "\n".join(parts)


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
