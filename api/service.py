"""What every request of one process shares: store, clock, limits, versions kept."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends
from starlette.requests import Request

from api.clock import Clock
from api.errors import ApiError, ProblemCode
from api.limiting import ClientAddresses, Limiter
from api.publications import Publication, Publications
from api.settings import Settings
from scheduler.store.keys import StoreKey, load_key
from scheduler.store.lookups import Live, Store

P = ParamSpec("P")
T = TypeVar("T")


class Service:
    """The parts of one server process; made once, by :func:`api.app.create_app`."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Put the parts together; nothing is read yet."""
        self.settings = settings
        self.store = store
        self.clock = Clock(settings.now)
        self.limiter = Limiter(settings)
        self.addresses = ClientAddresses(settings.trusted_proxies)
        self.publications = Publications(settings)
        self._reading = asyncio.Lock()
        self.printing = asyncio.Semaphore(1)

    @classmethod
    def start(cls, settings: Settings) -> Service:
        """Open the store with its key.

        Raises:
            KeyRefused: no key, or not the one of the store.
            StoreError: no such store, nothing published in it, or the exam must be named.
        """
        return cls(settings, Store.open(settings.db, key_of(settings), settings.exam))

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store: at once where that takes microseconds, in a thread elsewhere."""
        if self.store.quick:
            return call(*args, **kwargs)
        return await asyncio.to_thread(call, *args, **kwargs)

    async def live(self) -> tuple[Live, Publication]:
        """The version in force.

        Raises:
            ApiError: 404 ``not_published``.
        """
        live = await self.ask(self.store.live)
        if live is None or live.withdrawn_at is not None:
            raise ApiError(ProblemCode.NOT_PUBLISHED)
        return live, await self.publication(live.version_id)

    async def publication(self, version_id: int) -> Publication:
        """What is kept of a version, read when first met, once however many wait for it."""
        kept = self.publications.get(version_id)
        if kept is not None:
            return kept
        async with self._reading:
            kept = self.publications.get(version_id)
            if kept is None:
                facts = await asyncio.to_thread(self.store.facts, version_id)
                kept = self.publications.keep(version_id, facts)
                gc.freeze()  # rooms by the ten thousand live long; no collection need walk them
        return kept


def key_of(settings: Settings) -> StoreKey:
    """The key that the settings name, or the one beside the store."""
    if settings.key is not None:
        return StoreKey(bytes.fromhex(settings.key.get_secret_value()))
    return load_key(settings.db, settings.key_file)


async def service_of(request: Request) -> Service:
    """The service of the app that a request came to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


Shared = Annotated[Service, Depends(service_of)]
