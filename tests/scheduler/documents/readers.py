"""Two readers of calendars that share no code with the writer: ical.js (npm) and vobject.

Both read the time zone from the file, not from a database, and give the same plain facts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject

JS = Path(__file__).resolve().parents[2] / "js"
UNKNOWN_ZONE = "Paikao/Test"
"""In place of the real id, no reader can look the zone up and must read the file's own."""


@dataclass(frozen=True)
class ReadEvent:
    """One event as a reader understood it; ``start`` and ``end`` local, as text in ISO form."""

    uid: str
    sequence: int
    status: str
    start: str
    end: str
    start_utc: datetime | None
    end_utc: datetime | None
    summary: str
    description: str
    location: str
    alarms: tuple[timedelta, ...]


def read_with_vobject(content: bytes) -> list[ReadEvent]:
    """The events as vobject reads them, in file order."""
    text = content.decode().replace("Asia/Shanghai", UNKNOWN_ZONE)
    calendar = vobject.readOne(text)
    assert calendar.vtimezone.tzid.value == UNKNOWN_ZONE
    return [_of_vobject(event) for event in calendar.contents.get("vevent", [])]


def _of_vobject(event: Any) -> ReadEvent:
    start, end = event.dtstart.value, event.dtend.value
    timed = isinstance(start, datetime)
    plain = [(m.replace(tzinfo=None) if timed else m).isoformat() for m in (start, end)]
    utc = [m.astimezone(UTC) if timed else None for m in (start, end)]
    return ReadEvent(
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        status=event.status.value,
        start=plain[0],
        end=plain[1],
        start_utc=utc[0],
        end_utc=utc[1],
        summary=event.summary.value,
        description=event.description.value,
        location=event.location.value if "location" in event.contents else "",
        alarms=tuple(alarm.trigger.value for alarm in event.contents.get("valarm", [])),
    )


def ical_js() -> Sequence[str]:
    """The command that reads calendars with ical.js, installed by ``npm ci`` if need be.

    Skips where there is no node: paikao itself needs none.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node on this machine; vobject reads the same calendars")
    if not (JS / "node_modules" / "ical.js").is_dir():
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True
        )
    return ["node", str(JS / "read_calendars.mjs")]


def read_raw_with_ical_js(
    folder: Path, contents: Sequence[bytes], zone: str = "America/New_York"
) -> list[dict[str, Any]]:
    """What ``tests/js/read_calendars.mjs`` prints, read by a process that lives in ``zone``."""
    paths = [folder / f"{number}.ics" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    done = subprocess.run(
        [*ical_js(), *map(str, paths)],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def read_with_ical_js(folder: Path, contents: Sequence[bytes]) -> list[list[ReadEvent]]:
    """The events of each calendar as ical.js reads them, in file order."""
    replaced = [c.replace(b"Asia/Shanghai", UNKNOWN_ZONE.encode()) for c in contents]
    read = read_raw_with_ical_js(folder, replaced)
    assert all(calendar["zones"] == [UNKNOWN_ZONE] for calendar in read)
    return [[_of_ical_js(event) for event in calendar["events"]] for calendar in read]


def _of_ical_js(event: Mapping[str, Any]) -> ReadEvent:
    def utc(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return ReadEvent(
        uid=event["uid"],
        sequence=event["sequence"],
        status=event["status"],
        start=event["start"],
        end=event["end"],
        start_utc=utc(event["startUtc"]),
        end_utc=utc(event["endUtc"]),
        summary=event["summary"],
        description=event["description"],
        location=event["location"] or "",
        alarms=tuple(timedelta(seconds=alarm["seconds"]) for alarm in event["alarms"]),
    )
