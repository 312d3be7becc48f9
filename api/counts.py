"""In-process counts for the ``limits`` library that cost the same however many keys there are.

The memory storage of ``limits`` (5.8) walks through all its keys after every count. On the day
tickets open there is a key per candidate, and the walk would take longer than the look-up. Here
keys stand in the order in which they run out, one queue per length of period, and every count
removes at most two that have.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque

from limits.aio.storage import Storage


class Counts(Storage):
    """Fixed-window counts of one process; ``async+counts://``."""

    STORAGE_SCHEME = ["async+counts"]  # noqa: RUF012 - declared so by the base class

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._counts: dict[str, tuple[int, float]] = {}
        self._ends: defaultdict[int, deque[tuple[float, str]]] = defaultdict(deque)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a lost storage raises; this one cannot be lost."""
        return ConnectionError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; a key that has run out starts anew, for ``expiry`` seconds."""
        now = time.monotonic()
        self._sweep(expiry, now)
        count, ends = self._counts.get(key, (0, 0.0))
        if ends <= now:
            count, ends = 0, now + expiry
            self._ends[expiry].append((ends, key))
        self._counts[key] = (count + amount, ends)
        return count + amount

    async def get(self, key: str) -> int:
        """The count of a key; 0 when it has run out."""
        found = self._counts.get(key)
        return found[0] if found is not None and found[1] > time.monotonic() else 0

    async def get_expiry(self, key: str) -> float:
        """When the key runs out, in seconds since the epoch."""
        now = time.monotonic()
        found = self._counts.get(key)
        return time.time() + (max(0.0, found[1] - now) if found is not None else 0.0)

    async def check(self) -> bool:
        """Whether the storage works."""
        return True

    async def reset(self) -> int | None:
        """Forget everything; the number of keys forgotten."""
        number = len(self._counts)
        self._counts.clear()
        self._ends.clear()
        return number

    async def clear(self, key: str) -> None:
        """Forget one key."""
        self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)

    def _sweep(self, expiry: int, now: float) -> None:
        queue = self._ends[expiry]
        for _ in range(2):
            if not queue or queue[0][0] > now:
                return
            ends, key = queue.popleft()
            found = self._counts.get(key)
            if found is not None and found[1] == ends:
                del self._counts[key]
