"""``exam.toml``: the identity of the exam, its subjects, sittings, windows and needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.exam import Exam, Mode, Session, Sitting
from models.finding_codes import finding
from models.findings import BLOCKING, Finding
from scheduler.roster.text_table import shown_name
from scheduler.roster.toml_file import field_findings, read_toml, unknown_keys

SHORT_BREAK = timedelta(minutes=10)
"""Shorter than this, a room cannot be cleared and opened again."""

MAX_SESSIONS = 4

_KEYS = {
    "": ("exam", "subject", "sitting", "window", "need"),
    "exam": ("code", "name_zh", "year", "timezone", "provinces", "spare_ratio"),
    "subject": ("number", "key", "name_zh"),
    "sitting": ("id", "mode", "name_zh", "forms", "session"),
    "session": ("subject", "start", "end"),
    "window": ("key", "opens", "closes", "note"),
    "need": ("id", "extra_time_ratio"),
}
_NAMING_KEY = {"subject": "number", "sitting": "id", "window": "key", "need": "id"}
_TIME = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::00)?$")
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})$", re.IGNORECASE)


def load_exam(path: Path) -> tuple[Exam | None, list[Finding]]:
    """Read ``exam.toml``; the exam is ``None`` if anything in it blocks.

    Sittings, subjects and needs come back sorted by id, sessions by start, windows as written.
    """
    content, found = read_toml(path)
    if content is None:
        return None, found
    return _ExamReader(content, shown_name(path.name)).read()


class _ExamReader:
    """Collects every finding of one parsed file."""

    def __init__(self, content: dict[str, Any], file: str) -> None:
        self.content = content
        self.file = file
        self.found: list[Finding] = []

    def read(self) -> tuple[Exam | None, list[Finding]]:
        self._check_keys()
        sittings = [self._sitting(entry) for entry in self._entries("sitting")]
        fields = {
            **self._exam_table(),
            "subjects": self._entries("subject"),
            "windows": self._entries("window"),
            "needs": self._entries("need"),
        }
        complete = [s for s in sittings if s is not None]
        if len(complete) == len(sittings):
            fields["sittings"] = complete
        else:  # already reported; the rest of the file is examined all the same
            fields["sittings"] = complete or [_STAND_IN]
        try:
            exam = Exam.model_validate(fields)
        except ValidationError as error:
            self.found += field_findings(error, "exam", "EXAM_FIELD", self.file)
            return None, self.found
        self.found += self._calendar(exam)
        if any(f.severity in BLOCKING for f in self.found):
            return None, self.found
        return _sorted(exam), self.found

    # ------------------------------------------------------------ shape

    def _exam_table(self) -> dict[str, Any]:
        table = self.content.get("exam", {})
        return (
            {k: v for k, v in table.items() if k in _KEYS["exam"]}
            if isinstance(table, dict)
            else {}
        )

    def _entries(self, kind: str) -> list[dict[str, Any]]:
        """The tables ``[[kind]]`` without unknown keys."""
        entries = self.content.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            return []
        return [{k: v for k, v in entry.items() if k in _KEYS[kind]} for entry in entries]

    def _check_keys(self) -> None:
        self.found += unknown_keys(self.content, _KEYS[""], "", "EXAM_KEY_UNKNOWN", self.file)
        for kind in _KEYS[""]:
            value = self.content.get(kind, {} if kind == "exam" else [])
            tables = [value] if kind == "exam" else value
            if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
                bracket = f"[{kind}]" if kind == "exam" else f"[[{kind}]]"
                self.found.append(
                    finding("EXAM_FIELD", self.file, column=kind, hint=f"Write {bracket}.")
                )
                continue
            for table in tables:
                name = table.get(_NAMING_KEY.get(kind, ""), "")
                prefix = f"{kind}.{name}" if name else kind
                self.found += unknown_keys(
                    table, _KEYS[kind], prefix, "EXAM_KEY_UNKNOWN", self.file
                )

    # ------------------------------------------------------------ sittings

    def _sitting(self, entry: Mapping[str, Any]) -> Sitting | None:
        name = f"sitting.{entry.get('id', '?')}"
        entries = entry.get("session", [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self.found.append(
                finding("EXAM_FIELD", self.file, column=name, hint="Write [[sitting.session]].")
            )
            return None
        before = len(self.found)
        if len(entries) > MAX_SESSIONS:
            value = f"{len(entries)} sessions"
            self.found.append(
                finding("SITTING_TOO_MANY_SESSIONS", self.file, column=name, value=value)
            )
        sessions = [s for e in entries if (s := self._session(e, name)) is not None]
        self.found += self._overlaps(sessions, name)
        if any(f.severity in BLOCKING for f in self.found[before:]):
            return None
        try:
            return Sitting.model_validate(
                {**entry, "session": sorted(sessions, key=lambda s: s.start)}
            )
        except ValidationError as error:
            self.found += field_findings(error, name, "EXAM_FIELD", self.file)
            return None

    def _session(self, entry: Mapping[str, Any], sitting: str) -> Session | None:
        name = f"{sitting}.session.{entry.get('subject', '?')}"
        before = len(self.found)
        self.found += unknown_keys(entry, _KEYS["session"], name, "EXAM_KEY_UNKNOWN", self.file)
        start = self._time(entry.get("start", ""), f"{name}.start")
        end = self._time(entry.get("end", ""), f"{name}.end")
        if any(f.severity in BLOCKING for f in self.found[before:]):
            return None
        try:
            return Session.model_validate(
                {"subject": entry.get("subject"), "start": start, "end": end}
            )
        except ValidationError as error:
            self.found += field_findings(error, name, "EXAM_FIELD", self.file)
            return None

    def _time(self, value: object, name: str) -> datetime | None:
        """A local time; ``24:00`` is midnight at the end of the day."""
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                self.found.append(
                    finding("SESSION_ZONE", self.file, column=name, value=value.isoformat())
                )
            return value.replace(tzinfo=None)
        text = str(value)
        plain = text.strip().replace("\uff1a", ":")
        if _ZONE.search(plain) and "T" in plain:
            self.found.append(finding("SESSION_ZONE", self.file, column=name, value=text[:60]))
            return None
        match = _TIME.match(plain)
        try:
            if match is None:
                raise ValueError(text)
            day, hour, minute = date.fromisoformat(match[1]), int(match[2]), int(match[3])
            midnight = (hour, minute) == (24, 0)
            time = datetime(day.year, day.month, day.day, 0 if midnight else hour, minute)
        except ValueError:
            self.found.append(finding("SESSION_TIME", self.file, column=name, value=text[:60]))
            return None
        if midnight or plain != text:
            self.found.append(
                finding("SESSION_TIME_NORMALISED", self.file, column=name, value=text)
            )
        return time + timedelta(days=1) if midnight else time

    def _overlaps(self, sessions: Sequence[Session], name: str) -> Iterator[Finding]:
        for subject, count in Counter(s.subject for s in sessions).items():
            if count > 1:
                value = f"subject {subject} stands twice"
                yield finding("SESSION_OVERLAP", self.file, column=name, value=value)
        for before, after in pairwise(sorted(sessions, key=lambda s: s.start)):
            if after.start < before.end and after.subject != before.subject:
                value = f"subjects {before.subject} and {after.subject}"
                yield finding("SESSION_OVERLAP", self.file, column=name, value=value)

    # ------------------------------------------------------------ calendar

    def _calendar(self, exam: Exam) -> Iterator[Finding]:
        """Years, windows, breaks, extra time."""
        window = next((w for w in exam.windows if w.key == "exam"), None)
        for sitting in exam.sittings:
            if sitting is _STAND_IN:
                continue
            ordered = sorted(sitting.session, key=lambda s: s.start)
            for session in ordered:
                name = f"sitting.{sitting.id}.session.{session.subject}"
                value = f"{session.start:%Y-%m-%dT%H:%M}"
                if session.start.year != exam.year:
                    yield finding("SESSION_OUTSIDE_YEAR", self.file, column=name, value=value)
                opens = window.opens if window is not None else None
                closes = window.closes if window is not None else None
                day = session.start.date()
                if (opens is not None and day < opens) or (closes is not None and day > closes):
                    yield finding("SESSION_OUTSIDE_WINDOW", self.file, column=name, value=value)
            for before, after in pairwise(ordered):
                name = f"sitting.{sitting.id}.session.{before.subject}"
                if after.start - before.end < SHORT_BREAK:
                    minutes = (after.start - before.end) // timedelta(minutes=1)
                    yield finding("BREAK_SHORT", self.file, column=name, value=f"{minutes} minutes")
                for need in _overrunning(exam, before, after):
                    yield finding("NEED_OVERRUN", self.file, column=name, value=need)
        yield from self._between_sittings(exam)

    def _between_sittings(self, exam: Exam) -> Iterator[Finding]:
        """Sittings of one mode use the same rooms, so their sessions must not meet either."""
        for mode in Mode:
            ordered = sorted(
                (
                    (session, sitting.id)
                    for sitting in exam.sittings
                    for session in sitting.session
                    if sitting.mode is mode and sitting is not _STAND_IN
                ),
                key=lambda one: (one[0].start, one[1]),
            )
            for (before, sitting_id), (after, other_id) in pairwise(ordered):
                if sitting_id == other_id:
                    continue
                name = f"sitting.{sitting_id}.session.{before.subject}"
                if after.start < before.end:
                    value = f"{sitting_id}-{before.subject} and {other_id}-{after.subject}"
                    yield finding("SESSION_OVERLAP", self.file, column=name, value=value)
                    continue
                for need in _overrunning(exam, before, after):
                    yield finding("NEED_OVERRUN", self.file, column=name, value=need)


def _overrunning(exam: Exam, before: Session, after: Session) -> Iterator[str]:
    """Needs whose extra time takes a session past the start of the next."""
    # Whole seconds: a ratio of a third would otherwise depend on rounding.
    length = int((before.end - before.start).total_seconds())
    for need in exam.needs:
        extra = timedelta(seconds=int(length * need.extra_time_ratio))
        if extra and before.end + extra > after.start:
            yield need.id


_STAND_IN = Sitting.model_validate(
    {
        "id": "stand-in",
        "mode": "computer",
        "name_zh": "-",
        "session": [{"subject": 1, "start": datetime(2000, 1, 1), "end": datetime(2000, 1, 2)}],
    }
)
"""Takes the place of sittings that were refused, so that the other fields are examined."""


def _sorted(exam: Exam) -> Exam:
    return exam.model_copy(
        update={
            "subjects": tuple(sorted(exam.subjects, key=lambda s: s.number)),
            "sittings": tuple(sorted(exam.sittings, key=lambda s: s.id)),
            "needs": tuple(sorted(exam.needs, key=lambda n: n.id)),
            "provinces": tuple(sorted(exam.provinces)),
        }
    )
