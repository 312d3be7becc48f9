"""One clock for every question of time that the server answers."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """The time now; fixed where an example plays in the past."""

    def __init__(self, fixed: datetime | None = None) -> None:
        """Take the clock of the machine, or stand still at ``fixed`` (with offset)."""
        self.fixed = None if fixed is None else fixed.astimezone(UTC)

    def now(self) -> datetime:
        """The time in UTC, with offset."""
        return self.fixed if self.fixed is not None else datetime.now(UTC)
