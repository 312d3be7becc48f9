"""A closed-loop load generator: connections that each ask, read the whole answer, and ask again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Check = Callable[[int, int, bytes], None]
"""Called with the number of the request, the status and the body of its answer."""


@dataclass
class Outcome:
    """What one run came to."""

    answers: int = 0
    failed: int = 0
    body_bytes: int = 0
    seconds: float = 0.0
    first_failure: str = ""
    statuses: dict[int, int] = field(default_factory=dict)


def post(path: str, body: bytes) -> bytes:
    """A request as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Asks one request after the other."""

    def __init__(
        self, numbers: Iterator[int], requests: list[bytes], outcome: Outcome, check: Check
    ) -> None:
        self._numbers = numbers
        self._requests = requests
        self._outcome = outcome
        self._check = check
        self._buffer = b""
        self._asked = -1
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = next(self._numbers, -1)
        if self._asked < 0:
            self._transport.close()
            return
        self._transport.write(self._requests[self._asked % len(self._requests)])

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        start = head.lower().index(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = b""
        status = int(head[9:12])
        self._outcome.answers += 1
        self._outcome.body_bytes += length
        self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
        self._check(self._asked, status, body)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked >= 0:
            self._outcome.failed += 1
            self._outcome.first_failure = self._outcome.first_failure or f"lost: {exc}"
        if not self.done.done():
            self.done.set_result(None)


async def run(
    port: int,
    requests: list[bytes],
    check: Check,
    *,
    connections: int,
    seconds: float | None = None,
    answers: int | None = None,
) -> Outcome:
    """Ask round robin for so many seconds, or so many answers."""
    outcome = Outcome()
    started = time.perf_counter()

    def numbers() -> Iterator[int]:
        number = 0
        while (answers is None or number < answers) and (
            seconds is None or time.perf_counter() - started < seconds
        ):
            yield number
            number += 1

    shared = numbers()
    loop = asyncio.get_running_loop()
    protocols = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: _Connection(shared, requests, outcome, check), "127.0.0.1", port
        )
        protocols.append(protocol)
    await asyncio.gather(*(p.done for p in protocols))
    outcome.seconds = time.perf_counter() - started
    return outcome
