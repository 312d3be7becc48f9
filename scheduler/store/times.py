"""Times as the store keeps them: UTC, whole seconds, text that compares in order of time."""

from __future__ import annotations

from datetime import UTC, datetime

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def stored(moment: datetime) -> str:
    """A moment as text; fractions of a second are dropped.

    Raises:
        ValueError: the moment has no offset.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset is not stored")
    return moment.astimezone(UTC).strftime(_FORM)


def moment(text: str) -> datetime:
    """The inverse of :func:`stored`."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def moment_or_none(text: str) -> datetime | None:
    """The inverse of :func:`stored`; the empty text is "not yet"."""
    return moment(text) if text else None
