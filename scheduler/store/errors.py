"""Errors of the store, for a person to read; no text of them holds personal data."""

from __future__ import annotations

from models.errors import PaikaoError


class StoreError(PaikaoError):
    """The database is not one of ours, is damaged, or does not allow what was asked."""

    code = "STORE"
    exit_code = 3


class StoreBusy(StoreError):
    """Another writer held the database longer than we wait; the same call may work later."""

    code = "STORE_BUSY"


class KeyRefused(StoreError):
    """The key of the store is missing, malformed, readable by others, or not the one in use."""

    code = "KEY"


class PublishRefused(StoreError):
    """A plan may not be published: not the next version, an unconfirmed number, a wrong count."""

    code = "PUBLISH_REFUSED"
