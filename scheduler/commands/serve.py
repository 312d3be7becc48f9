"""``paikao serve``: options to the service, which is started by its import string."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from scheduler.commands.options import file_path, with_options

SERVER_OPTIONS = (
    click.option("--exam", metavar="CODE", help="Needed where the store holds several exams."),
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind."),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=8000,
        show_default=True,
        help="Port to bind.",
    ),
    click.option(
        "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes."
    ),
    click.option(
        "--public-url", metavar="URL", help="How people reach it; calendar links begin so."
    ),
    click.option(
        "--key-file", type=file_path(), help="Key of the store.  [default: beside the store]"
    ),
    click.option(
        "--now", metavar="TIME", help="Fix the clock, for an example on this machine only."
    ),
)


@click.command()
@click.option(
    "--db",
    required=True,
    metavar="URL",
    envvar="PAIKAO_DB",
    show_envvar=True,
    help="Such as sqlite:///paikao.db.",
)
@with_options(*SERVER_OPTIONS)
def serve(**options: Any) -> None:
    """Serve a published plan to candidates and centers, read-only.

    Everything else is set by variables of the environment (docs/api.md).
    """
    start("api.app:create_app", options)


def start(factory: str, options: Mapping[str, Any]) -> None:
    """Serve an application, named by the import string of what makes it."""
    own = ("host", "port", "workers")
    texts = {
        name: None if value is None else str(value)
        for name, value in options.items()
        if name not in own
    }
    run = import_module("api.serve").run
    run(texts, factory=factory, **{name: options[name] for name in own})
