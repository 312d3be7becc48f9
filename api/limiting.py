"""Limits per client address: failures and different people count, successes do not.

A hospital with hundreds of candidates sits behind one address, so a limit on requests would shut
them out; a limit on failures and on different people stops guessing and harvesting instead
(OWASP API4 and API6). The address is that of the connection unless a configured proxy forwards.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from limits.aio.storage import Storage
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.requests import Request

import api.counts  # noqa: F401  (registers async+counts://)
from api.errors import ApiError, ProblemCode
from api.settings import Limits, Networks, Settings

LOG = logging.getLogger("paikao.api")
SPREAD = 30
"""Seconds over which Retry-After is spread, so that those refused do not come back together."""
_V6_CLIENT = 64
"""Bits of an IPv6 address that name a client: one household or office has a whole /64."""


def retry_after(seconds: float) -> dict[str, str]:
    """The Retry-After header: at least 1 second, spread at random."""
    return {"Retry-After": str(max(1, round(seconds)) + random.randint(0, SPREAD))}


# ---------------------------------------------------------------- whose request it is


class ClientAddresses:
    """Names the client of a request: its IPv4 address or IPv6 /64."""

    def __init__(self, trusted: Networks) -> None:
        """Believe ``X-Forwarded-For`` only where it was added by one of these networks."""
        self._trusted = trusted
        self._direct = lru_cache(maxsize=65536)(_client)

    def of(self, request: Request) -> str:
        """The client's name; an unknown peer (a Unix socket) is one client."""
        peer = request.client.host if request.client is not None else ""
        if self._trusted and self._is_trusted(peer):
            hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
            for hop in reversed([h.strip() for h in hops if h.strip()]):
                peer = hop
                if not self._is_trusted(hop):
                    break
        return self._direct(peer)

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(
            address in network for network in self._trusted if network.version == address.version
        )


_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")
"""Some proxies write the port too: ``203.0.113.9:51112``, ``[2001:db8::1]:51112``."""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is not None:
        text = with_port[1] or with_port[2] or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _client(text: str) -> str:
    address = _address(text)
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _V6_CLIENT), strict=False))
    return str(address)


# ---------------------------------------------------------------- the counts


class Limiter:
    """Counts per client; when shared counts are lost, local ones with half the limits."""

    def __init__(self, settings: Settings) -> None:
        """Count where ``limiter_url`` says."""
        storage = storage_from_string(settings.limiter_url, wrap_exceptions=True)
        if not isinstance(storage, Storage):
            raise ValueError("limiter_url names an asynchronous storage, such as async+redis://")
        local = storage_from_string("async+counts://")
        assert isinstance(local, Storage)
        limits = settings.limits
        self._counts = _Counts(limits, storage)
        self._local = _Counts(limits.halved(), local)

    async def admit(self, client: str) -> None:
        """Refuse a client that has failed too often or looked up too many people.

        Raises:
            ApiError: 429 with Retry-After.
        """
        await self._refuse_unless(lambda counts: counts.admits(client))

    async def failed(self, client: str) -> None:
        """Count a failed look-up, or an unknown link or token."""
        await self._ask(lambda counts: counts.failed(client))

    async def answered(self, client: str, person: str) -> None:
        """Count a candidate whom the client looked up; the same one again does not count.

        Args:
            client: from :class:`ClientAddresses`.
            person: a keyed hash, for counts may be kept outside this process.
        """
        await self._ask(lambda counts: counts.answered(client, person))

    async def polled(self, client: str, calendar: str) -> None:
        """Count a fetch of a calendar.

        Raises:
            ApiError: 429 with Retry-After.
        """
        await self._refuse_unless(lambda counts: counts.polled(client, calendar))

    async def _refuse_unless(self, question: Callable[[_Counts], Awaitable[float]]) -> None:
        wait = await self._ask(question)
        if wait > 0:
            raise ApiError(ProblemCode.TOO_MANY_REQUESTS, headers=retry_after(wait))

    async def _ask(self, question: Callable[[_Counts], Awaitable[float]]) -> float:
        try:
            return await question(self._counts)
        except StorageError as error:
            LOG.warning("limits: shared counts lost (%s), local ones hold", type(error).__name__)
            return await question(self._local)


class _Counts:
    """The questions, on one storage; each answers the seconds to wait, 0 for none.

    Fixed windows, as in ``limits.aio.strategies``; called here without it because the name of a
    count is worth making once per client rather than once per request.
    """

    def __init__(self, limits: Limits, storage: Storage) -> None:
        self._limits = limits
        self._storage = storage
        self._period = limits.people.get_expiry()
        self._failures = lru_cache(maxsize=65536)(partial(limits.failures.key_for, "failures"))
        self._people = lru_cache(maxsize=65536)(partial(limits.people.key_for, "people"))

    async def admits(self, client: str) -> float:
        failures = self._failures(client)
        if await self._storage.get(failures) >= self._limits.failures.amount:
            return await self._wait(failures)
        people = self._people(client)
        if await self._storage.get(people) >= self._limits.people.amount:
            return await self._wait(people)
        return 0.0

    async def failed(self, client: str) -> float:
        await self._storage.incr(self._failures(client), self._limits.failures.get_expiry())
        return 0.0

    async def answered(self, client: str, person: str) -> float:
        people = self._people(client)
        if await self._storage.incr(f"{people}/{person}", self._period) == 1:
            await self._storage.incr(people, self._period)
        return 0.0

    async def polled(self, client: str, calendar: str) -> float:
        polls = self._limits.polls
        key = polls.key_for("polls", client, calendar)
        if await self._storage.incr(key, polls.get_expiry()) <= polls.amount:
            return 0.0
        return await self._wait(key)

    async def _wait(self, key: str) -> float:
        return max(1.0, await self._storage.get_expiry(key) - time.time())
