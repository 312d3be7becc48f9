"""The answers of :mod:`scheduler.who` as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from scheduler.plan_places import State
from scheduler.terminal import Cell, table
from scheduler.who import (
    ABSENT,
    UNPLACED,
    CandidateHistory,
    CandidateSession,
    SeatHistory,
    SeatSession,
    Version,
)


def render_history(history: SeatHistory | CandidateHistory) -> RenderableType:
    """Either answer."""
    if isinstance(history, SeatHistory):
        return render_seat(history)
    return render_candidate(history)


def render_seat(history: SeatHistory) -> RenderableType:
    """The answer as a table per version."""
    parts: list[RenderableType] = []
    for one in history.versions:
        place = f"{history.center_id} {one.center_zh}, {history.room_id} {one.room_zh}"
        parts.append(_heading(one.version, f"{place}, seat {history.seat}", one.changed))
        if one.problem:
            parts.append(Text(f"  {one.problem}\n"))
            continue
        if one.features:
            parts.append(Text(f"  offers {', '.join(one.features)}"))
        rows: list[list[Cell]] = [
            [
                *_when(s),
                s.state if s.state != State.TAKEN else s.candidate_id,
                s.ticket_number,
                f"{s.specialty} {s.specialty_zh}".strip(),
                f"{s.paper} {s.form}".strip(),
                ", ".join(s.changed),
            ]
            for s in one.sessions
        ]
        columns = ["session", "date", "time", "subject", "who", "ticket number", "specialty",
                   "paper", "changed"]  # fmt: skip
        parts.append(table("", *_without_blank(columns, rows)))
    return Group(*parts)


def render_candidate(history: CandidateHistory) -> RenderableType:
    """The answer as a table per version."""
    parts: list[RenderableType] = []
    for one in history.versions:
        what = f"candidate {history.candidate_id}"
        if one.state != ABSENT:
            what += f", {one.specialty} {one.specialty_zh}, subjects {one.subjects}"
        if one.ticket_number:
            what += f", ticket number {one.ticket_number}"
        parts.append(_heading(one.version, what, one.changed))
        if one.state == ABSENT:
            parts.append(Text("  not in this version\n"))
        elif one.state == UNPLACED:
            parts.append(Text(f"  unplaced: {one.reason} ({one.shortage_id})\n"))
        else:
            rows: list[list[Cell]] = [
                [
                    *_when(s), f"{s.center_id} {s.center_zh}", f"{s.room_id} {s.room_zh}",
                    str(s.seat), f"{s.paper} {s.form}".strip(), ", ".join(s.changed),
                ]
                for s in one.sessions
            ]  # fmt: skip
            columns = ["session", "date", "time", "subject", "center", "room", "seat", "paper",
                       "changed"]  # fmt: skip
            parts.append(table("", *_without_blank(columns, rows)))
    return Group(*parts)


def _heading(version: Version, what: str, changed: Sequence[str]) -> Text:
    lines = [f"Version {version.plan_version} ({version.root_hash[:12]}): {what}"]
    if version.note:
        lines.append(f"  {version.note}")
    if changed:
        lines.append(f"  changed: {', '.join(changed)}")
    return Text("\n".join(lines), style="bold")


def _when(session: SeatSession | CandidateSession) -> list[Cell]:
    date, _, start = session.starts.partition("T")
    time = f"{start[:5]}-{session.ends.partition('T')[2][:5]}"
    return [session.session, date, time, session.subject_zh]


def _without_blank(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> tuple[list[str], list[list[Cell]]]:
    """The columns that say anything."""
    kept = [i for i in range(len(columns)) if any(row[i] != "" for row in rows)]
    return [columns[i] for i in kept], [[row[i] for i in kept] for row in rows]
