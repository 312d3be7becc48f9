"""What the service answers, as types; the OpenAPI document and its examples come from here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from models.base import Code, Frozen
from models.exam import Level, Mode
from models.publication import BalanceRow
from scheduler.documents.texts import Language


class Answer(Frozen):
    """Base of answers: clients may rely on every member being there."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


# ---------------------------------------------------------------- shared parts


class Version(Answer):
    """Which plan an answer is taken from; equal in all answers of one published version."""

    exam: Code = Field(examples=["WSZG-2022"])
    plan_version: int = Field(ge=1, examples=[1])
    root_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="Names the plan; `paikao verify` prints it."
    )
    published_at: AwareDatetime


class SubjectTime(Answer):
    """One session (场次) of a sitting."""

    subject: int = Field(ge=1, le=4)
    name_zh: str = Field(examples=["基础知识"])
    start: AwareDatetime = Field(examples=["2022-04-09T08:30:00+08:00"])
    end: AwareDatetime = Field(examples=["2022-04-09T10:00:00+08:00"])


class Place(Answer):
    """An exam point or a center, as people find it."""

    id: Code
    name_zh: str
    address: str
    latitude: float
    longitude: float


class ExamPointContact(Place):
    """The exam point (考点) that the candidate registered with."""

    phone: str
    website: str


# ---------------------------------------------------------------- public


class SubjectEntry(Answer):
    """A subject (科目) of the exam."""

    number: int = Field(ge=1, le=4)
    name_zh: str


class SittingEntry(Answer):
    """Up to four sessions that one candidate attends at one place."""

    id: Code
    mode: Mode
    name_zh: str
    sessions: tuple[SubjectTime, ...]


class WindowEntry(Answer):
    """A period of the notice; both days belong to it."""

    key: Code
    opens: date | None
    closes: date | None
    note: str


class ExamAnswer(Answer):
    """The exam: its windows and sittings."""

    version: Version
    code: Code
    name_zh: str
    year: int
    timezone: str
    subjects: tuple[SubjectEntry, ...]
    sittings: tuple[SittingEntry, ...]
    windows: tuple[WindowEntry, ...]


class SpecialtyEntry(Answer):
    """A specialty (专业) and the sittings that its candidates were given."""

    code: Code = Field(examples=["101"])
    name_zh: str = Field(examples=["药学"])
    level: Level
    mode: Mode
    sittings: tuple[Code, ...]


class SpecialtiesAnswer(Answer):
    """All specialties by code."""

    version: Version
    specialties: tuple[SpecialtyEntry, ...]


class SpecialtyAnswer(Answer):
    """One specialty with the times of its sittings."""

    version: Version
    code: Code
    name_zh: str
    level: Level
    mode: Mode
    sittings: tuple[SittingEntry, ...]


class BalanceAnswer(Answer):
    """How evenly people were treated, by small groups, never by person."""

    version: Version
    rows: tuple[BalanceRow, ...]


class Health(Answer):
    """Whether the process serves, and what."""

    status: Literal["ok", "nothing_published"]
    software: str = Field(examples=["0.1.0"])
    exam: Code | None
    plan_version: int | None
    root_hash: str | None
    published_at: AwareDatetime | None
    now: AwareDatetime = Field(description="The clock that openings and expiries are judged by.")
    clock: Literal["machine", "fixed"] = Field(description="`fixed` only in an example.")


# ---------------------------------------------------------------- candidates

_PERSONAL = StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
Number = Annotated[str, _PERSONAL]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class LookupRequest(Frozen):
    """What a candidate sends; full-width characters, blanks and a small x are understood."""

    model_config = ConfigDict(hide_input_in_errors=True)

    number: Number = Field(description="Archive number (档案号) or ticket number (准考证号).")
    id_number: Number = Field(description="ID number (证件号码), whole.")
    name: Name | None = Field(
        default=None, description="As registered; needed after five failures of this number."
    )


class OwnTime(SubjectTime):
    """One session of the candidate; the end includes extra time."""

    extra_time: bool = Field(description="Whether the end is later than that of the session.")


class CenterPlace(Place):
    """The center (考场) to go to."""


class RoomName(Answer):
    """The room (试室)."""

    id: Code
    name_zh: str


class Seat(Answer):
    """When and where the candidate sits; one seat for all sessions."""

    sitting: Code
    sitting_name_zh: str
    mode: Mode
    form: str
    sessions: tuple[OwnTime, ...]
    center: CenterPlace
    room: RoomName
    seat: int = Field(ge=1)


class DoorRules(Answer):
    """What to know before the day, one sentence each."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class SpecialtyName(Answer):
    """The specialty of the candidate."""

    code: Code
    name_zh: str
    level: Level
    mode: Mode


class TicketAnswer(Answer):
    """What a candidate reads. ``seat`` is null, with a ``reason``, for whoever has none yet."""

    version: Version
    candidate_id: str = Field(description="Archive number.")
    ticket_number: str | None
    name: str
    id_last4: str = Field(max_length=4)
    subjects: str = Field(examples=["1234"])
    needs: tuple[Code, ...]
    specialty: SpecialtyName
    seat: Seat | None
    reason: str = Field(description="Why there is no seat; empty for whoever has one.")
    changed: tuple[str, ...] = Field(
        description="What differs from the version before: `date`, `center`, `room`, `seat`."
    )
    exam_point: ExamPointContact
    report_errors_by: date | None
    door_rules: DoorRules
    calendar_url: str = Field(description="Subscribe to it; whoever has the link sees the dates.")


# ---------------------------------------------------------------- centers and exam points


class SeatPlanSession(Answer):
    """One session of a candidate; ``own_end`` includes extra time."""

    subject: int
    start: AwareDatetime
    end: AwareDatetime
    own_end: AwareDatetime


class SeatPlanCandidate(Answer):
    """One candidate in a seat, as the invigilator needs it."""

    seat: int
    ticket_number: str
    name: str
    id_last4: str
    specialty: Code
    specialty_name: str
    exam_point: Code
    subjects: str
    form: str
    needs: tuple[Code, ...]
    sessions: tuple[SeatPlanSession, ...]


class SeatPlanRoom(Answer):
    """One room in one sitting, by seat."""

    center_id: Code
    sitting: Code
    room_id: Code
    room: str
    candidates: tuple[SeatPlanCandidate, ...]


class SeatPlanAnswer(Answer):
    """Everybody with a seat there, by center, sitting and room."""

    version: Version
    rooms: tuple[SeatPlanRoom, ...]


class RoomUse(Answer):
    """A room in one session."""

    room_id: Code
    room: str
    candidates: int
    end: AwareDatetime = Field(description="When the last of its candidates ends.")


class CenterSession(SubjectTime):
    """One session that the center holds."""

    sitting: Code
    latest_end: AwareDatetime
    candidates: int
    rooms: tuple[RoomUse, ...]


class CenterSessions(Answer):
    """One center and its sessions."""

    center: CenterPlace
    sessions: tuple[CenterSession, ...]


class SessionsAnswer(Answer):
    """The sessions of one center, or of every center of an exam point."""

    version: Version
    centers: tuple[CenterSessions, ...]
    calendar_url: str


class SeatPlanFilter(Frozen):
    """How a seat plan is narrowed; any other parameter is refused."""

    sitting: Code | None = Field(default=None, description="Only this sitting.")
    room: Code | None = Field(default=None, description="Only rooms of this id.")
    format: Literal["json", "csv"] | None = Field(
        default=None, description="Instead of the Accept header."
    )


class PrintChoice(Frozen):
    """How a document is wanted; any other parameter is refused."""

    language: Language = Field(default=Language.ZH, description="Words; names stay as they are.")


class NoParameters(Frozen):
    """No parameter is offered, so any is refused."""
