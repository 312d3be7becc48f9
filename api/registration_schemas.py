"""What the registration takes and answers, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from api.schemas import Answer, Name, Number
from models.base import Code, Frozen
from models.registration import Presence, State

Line = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line of free text; blank is allowed."""

WebDocument = Literal["resident", "hmt_residence", "hk_macau_permit", "taiwan_permit", "foreign_pr"]


class ApplicationRequest(Frozen):
    """What an applicant fills in; the same again with `candidate_id` is a revision."""

    model_config = ConfigDict(hide_input_in_errors=True)

    candidate_id: Code | None = Field(
        default=None, description="Archive number (档案号), for a revision; else it is given."
    )
    submit: bool = Field(default=True, description="False saves a draft.")
    name: Name
    id_type: WebDocument
    id_number: Number = Field(description="ID number (证件号码), whole.")
    exam_point: Code = Field(examples=["2301"])
    specialty: Code = Field(examples=["301"])
    subjects: str = Field(
        default="", pattern=r"^1?2?3?4?$", description="Blank: those that are open."
    )
    school: Line = ""
    school_note: Line = ""
    graduated_on: str = Field(
        default="", pattern=r"^([0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
    )
    major: Line = ""
    degree: Line = ""
    study_years: Line = ""
    education: Line = ""
    certificate_number: Line = ""
    employer_name: Line = ""
    employer_affiliation: Line = ""
    employer_kind: Line = ""
    photo_hash: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the uploaded photo."
    )
    licence_number: Line = ""
    previous_archive_number: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,32}$",
        description="Last year's, where name or document changed since.",
    )


class Passed(Answer):
    """A subject that stands from an earlier year."""

    subject: int = Field(ge=1, le=4)
    year: int


class ApplicationAnswer(Answer):
    """Where an application stands; the state is computed, in the notice's words."""

    exam: Code
    candidate_id: Code
    revision: int = Field(ge=1)
    check_code: str = Field(description="Printed on the form; ends in the revision.")
    state: State
    state_zh: str
    reason: str = Field(description="Of a rejection.")
    next_step: str = Field(description="Key of the window that matters next; blank if none.")
    opens_at: AwareDatetime | None
    deadline: AwareDatetime | None = Field(description="The first moment after that window.")
    exam_point: Code
    specialty: Code
    subjects: str
    open_subjects: str = Field(description="What rolling scores leave to sit.")
    standing: tuple[Passed, ...]
    match: str = Field(description="How earlier years were found.")
    changed_fields: tuple[str, ...] = Field(
        description="Why nothing was confirmed automatically: fields that differ from last year."
    )
    fee: int = Field(ge=0, description="Yuan.")


class SubjectScore(Answer):
    """One subject of this year."""

    subject: int = Field(ge=1, le=4)
    name_zh: str
    presence: Presence
    mark: int | None
    passed: bool


class ScoresAnswer(Answer):
    """The marks of one candidate."""

    exam: Code
    candidate_id: Code
    ticket_number: Code
    name: str
    id_last4: str
    specialty: Code
    subjects: tuple[SubjectScore, ...]
    standing: tuple[Passed, ...]
    qualified: bool
    print_until: AwareDatetime | None = Field(
        description="The score sheet is printed before this moment, and never after."
    )


class RegistrationHealth(Answer):
    """Whether the process serves, and which exam."""

    status: Literal["ok"]
    software: str
    exam: Code
    now: AwareDatetime
    clock: Literal["machine", "fixed"]
