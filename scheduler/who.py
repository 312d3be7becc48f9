"""Who sits at a place, session by session, or where a candidate sits, over versions of a plan.

Everything comes from plan directories. They hold no name and no ID number, so neither does an
answer: people are named by candidate id and ticket number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from models.errors import UsageError
from models.exam import Session, Sitting
from models.reference import ReferenceData
from models.text import subjects_to_mask
from scheduler.places import Places
from scheduler.plan import read_manifest, root_hash
from scheduler.plan_places import (
    RoomView,
    read_reference,
    seats_where,
    unplaced_where,
    view_room,
)

PLACED, UNPLACED, ABSENT = "placed", "unplaced", "absent"
"""What a version knows of a candidate; ``absent``: not in it, so not in its roster either, or set
aside."""


@dataclass(frozen=True)
class Version:
    """One version of a plan; ``note`` says where the chain of parents has a gap."""

    plan_dir: str
    plan_version: int
    root_hash: str
    parent_root_hash: str
    note: str = ""


@dataclass(frozen=True)
class SeatSession:
    """A seat in one session. Times are ISO 8601 with the offset of the exam's zone.

    Attributes:
        session: such as ``C1-3``: sitting, subject.
        state: a value of :class:`scheduler.plan_places.State`.
        paper: the question paper, blank unless taken; so are the fields of the candidate.
        changed: fields that differ from the version before.
    """

    session: str
    subject: int
    subject_zh: str
    starts: str
    ends: str
    state: str
    candidate_id: str = ""
    ticket_number: str = ""
    specialty: str = ""
    specialty_zh: str = ""
    paper: str = ""
    form: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeatVersion:
    """A seat in one version; with a ``problem`` it does not exist there and has no sessions."""

    version: Version
    problem: str = ""
    center_zh: str = ""
    room_zh: str = ""
    features: tuple[str, ...] = ()
    sessions: tuple[SeatSession, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeatHistory:
    """The answer to *who sits there*; versions from the oldest."""

    exam_code: str
    center_id: str
    room_id: str
    seat: int
    versions: tuple[SeatVersion, ...]


@dataclass(frozen=True)
class CandidateSession:
    """Where a candidate is in one session; times as in :class:`SeatSession`."""

    session: str
    subject: int
    subject_zh: str
    starts: str
    ends: str
    center_id: str
    center_zh: str
    address: str
    room_id: str
    room_zh: str
    seat: int
    paper: str
    form: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class CandidateVersion:
    """A candidate in one version: ``placed``, ``unplaced`` (with the reason) or ``absent``."""

    version: Version
    state: str
    ticket_number: str = ""
    specialty: str = ""
    specialty_zh: str = ""
    exam_point: str = ""
    subjects: str = ""
    reason: str = ""
    shortage_id: str = ""
    sessions: tuple[CandidateSession, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class CandidateHistory:
    """The answer to *where does this candidate sit*; versions from the oldest."""

    exam_code: str
    candidate_id: str
    versions: tuple[CandidateVersion, ...]


Dated = TypeVar("Dated", SeatSession, CandidateSession)
Kept = TypeVar("Kept", SeatVersion, CandidateVersion)

_SEAT_FIELDS = ("starts", "ends", "state", "candidate_id", "ticket_number", "paper", "form")
_CANDIDATE_SESSION_FIELDS = (
    "session", "starts", "ends", "center_id", "room_id", "seat", "paper", "form",
)  # fmt: skip
_CANDIDATE_FIELDS = (
    "state", "ticket_number", "specialty", "exam_point", "subjects", "reason", "shortage_id",
)  # fmt: skip


# ---------------------------------------------------------------- the two questions


def who_sits(
    plan_dirs: Sequence[Path], center_id: str, room_id: str, seat: int, sitting: str | None = None
) -> SeatHistory:
    """Who sits at a place in each session, over all versions given.

    Args:
        plan_dirs: versions of one exam's plan, in any order.
        center_id: of the place.
        room_id: of the place.
        seat: its number.
        sitting: only this one; ``None`` for all of the room's mode.

    Raises:
        UsageError: no version has such a center, room, seat or sitting, or the directories do not
            belong together. A seat that exists and is free is no error.
        PlanDirectoryError: a folder is not a finished plan.
    """
    exam_code, versions = plan_versions(plan_dirs)
    found = [
        _seat_version(Path(v.plan_dir), v, center_id, room_id, seat, sitting) for v in versions
    ]
    if all(one.problem for one in found):
        raise UsageError(found[-1].problem)
    marked = _with_changes(found, "session", _SEAT_FIELDS, ("problem", "features"))
    return SeatHistory(exam_code, center_id, room_id, seat, marked)


def where_sits(plan_dirs: Sequence[Path], candidate_id: str) -> CandidateHistory:
    """Where a candidate sits in each session, over all versions given.

    Raises:
        UsageError: no version knows the candidate, or the directories do not belong together.
        PlanDirectoryError: a folder is not a finished plan.
    """
    exam_code, versions = plan_versions(plan_dirs)
    found = [_candidate_version(Path(v.plan_dir), v, candidate_id) for v in versions]
    if all(one.state == ABSENT for one in found):
        where = "the plan" if len(found) == 1 else "any of the plans"
        raise UsageError(f"candidate {candidate_id!r} is not in {where}")
    marked = _with_changes(found, "subject", _CANDIDATE_SESSION_FIELDS, _CANDIDATE_FIELDS)
    return CandidateHistory(exam_code, candidate_id, marked)


def plan_versions(plan_dirs: Sequence[Path]) -> tuple[str, tuple[Version, ...]]:
    """The exam's code and the versions from the oldest, gaps in the chain of parents noted.

    Raises:
        UsageError: no directory, plans of different exams, or one plan twice.
        PlanDirectoryError: a folder is not a finished plan.
    """
    if not plan_dirs:
        raise UsageError("name at least one plan directory")
    manifests = [(read_manifest(path), root_hash(path), path) for path in plan_dirs]
    codes = sorted({m.exam_code for m, _, _ in manifests})
    if len(codes) > 1:
        raise UsageError(f"plans of different exams: {', '.join(codes)}")
    if len({root for _, root, _ in manifests}) < len(manifests):
        raise UsageError("the same plan is given twice")
    versions: list[Version] = []
    for manifest, root, path in sorted(manifests, key=lambda m: (m[0].plan_version, m[1])):
        before = versions[-1] if versions else None
        note = ""
        if before is not None and before.plan_version == manifest.plan_version:
            note = f"another version {before.plan_version} than the one above"
        elif manifest.parent_root_hash != (before.root_hash if before else ""):
            parent = manifest.parent_root_hash[:12] or "none"
            note = f"its parent ({parent}) is not the plan above" if before else (
                f"its parent ({parent}) is not given"
            )  # fmt: skip
        versions.append(
            Version(str(path), manifest.plan_version, root, manifest.parent_root_hash, note)
        )
    return codes[0], tuple(versions)


# ---------------------------------------------------------------- one version


def _seat_version(
    plan_dir: Path, version: Version, center_id: str, room_id: str, seat: int, sitting: str | None
) -> SeatVersion:
    reference = read_reference(plan_dir)
    problem = _unknown(reference, center_id, room_id, seat, sitting)
    if problem:
        return SeatVersion(version, problem)
    room = reference.room_by_id[center_id, room_id]
    places = Places(reference)
    seats = seats_where(plan_dir, center_id=center_id, room_id=room_id)
    sessions: list[SeatSession] = []
    features: tuple[str, ...] = ()
    for one in reference.exam.sittings_of(room.mode):
        if sitting in (None, one.id):
            view = view_room(places, center_id, room_id, one, seats)
            features = view.cells[seat - 1].features
            sessions += [_seat_session(reference, view, seat, s) for s in view.sessions]
    center = reference.center_by_id[center_id]
    return SeatVersion(
        version, "", center.name_zh, room.name_zh, features,
        tuple(sorted(sessions, key=lambda s: (s.starts, s.session))),
    )  # fmt: skip


def _unknown(
    reference: ReferenceData, center_id: str, room_id: str, seat: int, sitting: str | None
) -> str:
    """Why the place does not exist, blank if it does."""
    if center_id not in reference.center_by_id:
        return f"there is no center {center_id!r}"
    room = reference.room_by_id.get((center_id, room_id))
    if room is None:
        rooms = [r.room_id for r in reference.rooms if r.center_id == center_id]
        return f"center {center_id} has no room {room_id!r}, but {', '.join(rooms) or 'none'}"
    if not 1 <= seat <= room.rows * room.columns:
        return f"room {room_id} of {center_id} has seats 1 to {room.rows * room.columns}"
    ids = [s.id for s in reference.exam.sittings_of(room.mode)]
    if sitting is not None and sitting not in ids:
        known = sitting in {s.id for s in reference.exam.sittings}
        what = f"is used in {room.mode} sittings" if known else "has the sittings"
        return f"room {room_id} of {center_id} {what} {', '.join(ids)}, not {sitting!r}"
    return ""


def _seat_session(
    reference: ReferenceData, view: RoomView, seat: int, session: Session
) -> SeatSession:
    cell = view.cells[seat - 1]
    one = cell.at(session.subject)
    free = SeatSession(
        **_session(reference, view.sitting, session), state=view.state(cell, session.subject).value
    )
    if one is None:
        return free
    specialty = reference.specialty_by_code[one.specialty]
    return replace(
        free, candidate_id=one.candidate_id, ticket_number=one.ticket_number,
        specialty=one.specialty, specialty_zh=specialty.name_zh,
        paper=specialty.papers[session.subject - 1], form=one.form,
    )  # fmt: skip


def _candidate_version(plan_dir: Path, version: Version, candidate_id: str) -> CandidateVersion:
    reference = read_reference(plan_dir)
    for row in seats_where(plan_dir, candidate_id=candidate_id).to_dict("records"):
        specialty = reference.specialty_by_code[row["specialty"]]
        center = reference.center_by_id[row["center_id"]]
        room = reference.room_by_id[row["center_id"], row["room_id"]]
        sitting = reference.exam.sitting(row["sitting"])
        mask = subjects_to_mask(row["subjects"])
        sessions = [
            CandidateSession(
                **_session(reference, sitting, session),
                center_id=center.center_id, center_zh=center.name_zh, address=center.address,
                room_id=room.room_id, room_zh=room.name_zh, seat=int(row["seat"]),
                paper=specialty.papers[session.subject - 1], form=row["form"],
            )
            for session in sorted(sitting.session, key=lambda s: s.start)
            if mask >> (session.subject - 1) & 1
        ]  # fmt: skip
        return CandidateVersion(
            version, PLACED, row["ticket_number"], specialty.code, specialty.name_zh,
            row["exam_point"], row["subjects"], sessions=tuple(sessions),
        )  # fmt: skip
    for row in unplaced_where(plan_dir, candidate_id=candidate_id).to_dict("records"):
        specialty = reference.specialty_by_code[row["specialty"]]
        return CandidateVersion(
            version, UNPLACED, "", specialty.code, specialty.name_zh, row["exam_point"],
            row["subjects"], row["reason"], row["shortage_id"],
        )  # fmt: skip
    return CandidateVersion(version, ABSENT)


def _session(reference: ReferenceData, sitting: Sitting, session: Session) -> dict[str, Any]:
    zone = ZoneInfo(reference.exam.timezone)
    name = next(s.name_zh for s in reference.exam.subjects if s.number == session.subject)
    return {
        "session": f"{sitting.id}-{session.subject}", "subject": session.subject,
        "subject_zh": name, "starts": _local(session.start, zone),
        "ends": _local(session.end, zone),
    }  # fmt: skip


def _local(time: datetime, zone: ZoneInfo) -> str:
    return time.replace(tzinfo=zone).isoformat(timespec="minutes")


# ---------------------------------------------------------------- what changed


def _with_changes(
    found: Sequence[Kept], key: str, session_fields: Sequence[str], fields: Sequence[str]
) -> tuple[Kept, ...]:
    """Each version with the names of what differs from the one before it."""
    marked: list[Kept] = []
    for i, one in enumerate(found):
        if i == 0:
            marked.append(one)
            continue
        before = found[i - 1]
        earlier = {getattr(s, key): s for s in before.sessions}
        sessions = tuple(
            replace(s, changed=_differing(earlier.get(getattr(s, key)), s, session_fields))
            for s in one.sessions
        )
        changed = [f for f in fields if getattr(one, f) != getattr(before, f)]
        if {getattr(s, key) for s in one.sessions} != earlier.keys():
            changed.append("sessions")
        marked.append(replace(one, sessions=sessions, changed=tuple(changed)))
    return tuple(marked)


def _differing(before: Dated | None, now: Dated, fields: Sequence[str]) -> tuple[str, ...]:
    if before is None:
        return ("session",)
    return tuple(f for f in fields if getattr(before, f) != getattr(now, f))
