"""The floor of a look-up: what anybody would write with FastAPI and SQLite, and nothing else.

Reads the same rows as the service (the live version, the candidate's placement, the calendar link,
the count of failures) through one held connection and returns as many bytes. No key, no limit, no
comparison of ID numbers, no log.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
_connection = sqlite3.connect(os.environ["BARE_DB"], isolation_level=None)
_padding = "x" * int(os.environ.get("BARE_PADDING", "0"))
_SELECT = """
select p.*, l.serial, f.failures, f.name_failures, f.name_since
from live v
join placement p on p.version_id = v.version_id and p.candidate_id = ?
left join calendar_link l on l.exam = v.exam and l.kind = 'candidate'
    and l.holder = p.candidate_id and l.revoked_at = ''
left join failure f on f.exam = v.exam and f.key = 'c:' || p.candidate_id
where v.exam = ?
"""
_EXAM = os.environ["BARE_EXAM"]


class Ask(BaseModel):
    """The body of a look-up."""

    number: str
    id_number: str


@app.post("/v1/tickets/lookup")
async def look_up(ask: Ask) -> dict[str, Any]:
    """The row as it is."""
    row = _connection.execute(_SELECT, (ask.number, _EXAM)).fetchone()
    return {
        "candidate_id": row[1],
        "ticket_number": row[2],
        "name": row[3],
        "id_last4": row[4],
        "specialty": row[6],
        "subjects": row[7],
        "exam_point": row[8],
        "needs": row[9],
        "sitting": row[10],
        "form": row[11],
        "center_id": row[12],
        "room_id": row[13],
        "seat": row[14],
        "changed": row[16],
        "padding": _padding,
    }
