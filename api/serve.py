"""Starts the server process; ``paikao serve`` calls :func:`run` by its import string."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping

import uvicorn
from pydantic import ValidationError

from api.service import Service, key_of
from api.settings import Settings
from models.errors import UsageError
from models.publication import PublishedFacts
from scheduler.registration.register import Register

_PREFIX = "PAIKAO_"
_LAST_SECONDS = 10
"""After which a server that is told to stop no longer waits for requests that do not end."""


def run(
    options: Mapping[str, str | None],
    *,
    host: str,
    port: int,
    workers: int,
    factory: str = "api.app:create_app",
) -> None:
    """Serve until stopped.

    Options become the variables that :class:`api.settings.Settings` reads, so every worker sees the
    same. Settings, key and store are tried here first: a mistake is told once, not per worker.

    Args:
        options: name of a setting to its text; None leaves the variable alone.
        host: address to bind.
        port: 0 takes any free one.
        workers: processes.
        factory: import string of what makes the application.

    Raises:
        UsageError: a setting is missing, malformed, or names an unknown province.
        KeyRefused, StoreError: as :meth:`api.service.Service.start`.
    """
    for name, value in {**options, "host": host}.items():
        if value is not None:
            os.environ[_PREFIX + name.upper()] = value
    if options.get("key_file") is not None:
        os.environ.pop(f"{_PREFIX}KEY", None)  # what is typed wins
    if not os.environ.get(f"{_PREFIX}PUBLIC_URL"):
        os.environ[f"{_PREFIX}PUBLIC_URL"] = f"http://{_in_url(host)}:{port}"
    settings = _checked_settings()
    what = _published if factory == "api.app:create_app" else _registered
    clock = f"; the clock stands at {settings.now.isoformat()}" if settings.now else ""
    sys.stderr.write(f"paikao: {what(settings)} on http://{_in_url(host)}:{port}{clock}\n")
    sys.stderr.flush()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,  # it would write calendar tokens; api.middleware logs templates
        proxy_headers=False,  # api.limiting believes configured proxies only
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=_LAST_SECONDS,
    )


def _checked_settings() -> Settings:
    try:
        return Settings()  # from the environment
    except ValidationError as error:
        raise UsageError("; ".join(_text(e["loc"], e["msg"]) for e in error.errors())) from None


def _text(location: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ")
    where = ".".join(str(part) for part in location)
    return f"{_PREFIX}{where.upper()}: {reason}" if where else reason


def _published(settings: Settings) -> str:
    """Open the store once and say which plan is served."""
    service = Service.start(settings)
    try:
        live = service.store.live()
        if live is not None:
            _require_provinces(settings, service.store.facts(live.version_id))
        what = "nothing is published"
        if live is not None and live.withdrawn_at is None:
            what = f"version {live.plan_version}, root hash {live.root_hash[:12]}"
        return f"{service.store.exam} ({what})"
    finally:
        service.store.close()


def _require_provinces(settings: Settings, facts: PublishedFacts) -> None:
    """Refuse an opening for a province that the exam has not: its own would open by default."""
    known = {point.province for point in facts.exam_points}
    strange = sorted(settings.opening.keys() - known)
    if strange:
        raise UsageError(
            f"{_PREFIX}OPENING names {', '.join(strange)}; "
            f"the provinces of the exam are {', '.join(sorted(known))}"
        )


def _registered(settings: Settings) -> str:
    """Open the registration once and say whose it is."""
    register = Register.open(settings.db, key_of(settings), settings.exam)
    try:
        return f"{register.exam} (registration)"
    finally:
        register.close()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
