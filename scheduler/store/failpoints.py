"""Named places where a test ends the process as a power cut would.

``PAIKAO_FAILPOINT=NAME`` kills the process with SIGKILL when it comes to that place;
``PAIKAO_FAILPOINT=NAME:raise`` raises :class:`FailpointReached` there instead. The variable is
read when the place is reached; unset, a place costs one look into the environment.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "PAIKAO_FAILPOINT"

PUBLISH = (
    "publish_verified",
    "publish_tables_made",
    "publish_leftovers_abandoned",
    "publish_version_begun",
    "publish_batch_written",
    "publish_batch_committed",
    "publish_loaded",
    "publish_counted",
    "publish_sealed",
    "publish_flipped",
    "publish_committed",
)
"""In the order in which ``publish`` reaches them; only the last stands after the flip."""

WITHDRAW = ("withdraw_written", "withdraw_committed")
PURGE = ("purge_stamped", "purge_deleted", "purge_compacted")
FAILPOINTS = (*PUBLISH, *WITHDRAW, *PURGE)


class FailpointReached(Exception):
    """Raised at a place instead of a kill."""


def failpoint(name: str) -> None:
    """End here if the environment says so."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    wanted, _, mode = wanted.partition(":")
    if wanted != name:
        return
    if mode == "raise":
        raise FailpointReached(name)
    os.kill(os.getpid(), signal.SIGKILL)
