"""What a registration is: people, forms, events, marks, and the terms of an exam.

There is no state in here that is kept: a state follows from events, windows and clock
(:mod:`scheduler.registration.states`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from models.base import Code, Frozen
from models.reference import Catalogue


class Event(StrEnum):
    """Everything that can happen to an application; no event gives a fee back."""

    SAVE = "save"
    SUBMIT = "submit"
    CONFIRM_UNCHANGED = "confirm_unchanged"
    CONFIRM_ON_SITE = "confirm_on_site"
    APPROVE = "approve"
    REJECT = "reject"
    PAY = "pay"


class State(StrEnum):
    """Where an application stands; :data:`STATE_ZH` has the notice's words."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"
    LAPSED = "lapsed"


STATE_ZH: Mapping[State, str] = {
    State.DRAFT: "报考信息已保存，尚未提交",
    State.SUBMITTED: "网上预报名成功，待现场确认",
    State.CONFIRMED: "已确认，待资格审核",
    State.APPROVED: "资格审核通过，待网上缴费",
    State.REJECTED: "资格审核未通过",
    State.PAID: "已缴费，报名完成",
    State.LAPSED: "未在规定时间内完成现场确认或网上缴费，视为放弃报名",
}


class Source(StrEnum):
    """How an application came: over the web, or in the file of a military unit."""

    WEB = "web"
    UNIT = "unit"


class Presence(StrEnum):
    """Whether a subject was sat; a void one (a breach of the rules) has no mark."""

    PRESENT = "present"
    ABSENT = "absent"
    VOID = "void"


class Shown(StrEnum):
    """What was laid on the counter at the confirmation on site."""

    FORM = "form"
    ORIGINALS = "originals"
    LICENCE = "licence"
    LAST_TICKET = "last_ticket"


UNCHANGED_FIELDS: Mapping[str, str] = {
    "region": "报考考区",
    "exam_point": "考点",
    "candidate_id": "档案号",
    "specialty": "报考专业",
    "level": "报考级别",
    "school": "毕业学校",
    "school_note": "学校备注",
    "graduated_on": "毕业时间",
    "major": "毕业专业",
    "degree": "学位",
    "study_years": "学制",
    "education": "最高学历",
    "certificate_number": "学历证书编号",
    "employer_name": "单位名称",
    "employer_affiliation": "单位所属",
    "employer_kind": "单位性质",
}
"""The sixteen fields of the notice (一（二）) that must be as last year for automatic
confirmation, each with the notice's name."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies; fixed with the first save, and without the number of the document.

    Attributes:
        candidate_id: archive number (档案号); a repeat candidate keeps it.
        id_hash: keyed hash bound to exam and candidate, as the published store keeps it.
        document: keyed hash of document type and number, equal wherever the document is.
        unit: of a military application.
    """

    exam: str
    candidate_id: str
    name: str = field(repr=False)
    id_type: str
    id_last4: str = field(repr=False)
    id_hash: bytes = field(repr=False)
    document: bytes = field(repr=False)
    source: Source = Source.WEB
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """One revision of the form (申报表).

    Attributes:
        revision: counts the saves from 1; the check code of the printed form ends in it.
        graduated_on: ``YYYY-MM`` or ``YYYY-MM-DD``.
        photo_hash: SHA-256 of the photo, 64 hex digits; blank until it is uploaded.
        previous_archive_number: last year's, where name or document changed since.
        subjects: to sit, ascending digits.
        needs: ids joined by ``;``.
    """

    candidate_id: str
    revision: int
    region: str
    exam_point: str
    specialty: str
    level: str
    school: str = ""
    school_note: str = ""
    graduated_on: str = ""
    major: str = ""
    degree: str = ""
    study_years: str = ""
    education: str = ""
    certificate_number: str = ""
    employer_name: str = ""
    employer_affiliation: str = ""
    employer_kind: str = ""
    photo_hash: str = ""
    licence_number: str = ""
    previous_archive_number: str = ""
    subjects: str = ""
    needs: str = ""
    employer: str = ""
    latitude: str = ""
    longitude: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationEvent:
    """One line of the append-only list of events.

    Attributes:
        at: with offset.
        actor: ``kind:id``, such as ``point:2301``, ``division:D01``, ``candidate:``.
        note: the reason of a rejection.
        revision: of the form that the event is about.
        shown: what the counter saw.
        check_code: of the form that was handed in.
        amount: yuan paid.
    """

    candidate_id: str
    event: Event
    at: datetime
    actor: str
    note: str = ""
    revision: int = 0
    shown: tuple[Shown, ...] = ()
    check_code: str = ""
    amount: int = 0
    seq: int = 0

    @property
    def actor_kind(self) -> str:
        """``candidate``, ``point``, ``unit``, ``division``, ``payments`` or ``system``."""
        return self.actor.partition(":")[0]

    @property
    def actor_id(self) -> str:
        """What follows the colon."""
        return self.actor.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Mark:
    """The result of one subject; ``mark`` is None unless it was sat."""

    subject: int
    presence: Presence
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Examinee:
    """One candidate of one year's exam with all marks."""

    year: int
    candidate_id: str
    ticket_number: str
    name: str = field(repr=False)
    id_last4: str = field(repr=False)
    document: bytes = field(repr=False)
    exam_point: str = ""
    specialty: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def took_part(self) -> bool:
        """Whether any subject was sat."""
        return any(m.presence is Presence.PRESENT for m in self.marks)


class CodeChange(Frozen):
    """From exam ``year`` on, passes of a subject under ``old_code`` count as ``new_code``."""

    year: int = Field(ge=2000, le=2100)
    old_code: Code
    subject: int = Field(ge=1, le=4)
    new_code: Code


class Terms(Frozen):
    """``registration.toml``: what an exam decides about fees, marks and years.

    Attributes:
        fee: yuan per subject; by level where it differs.
        pass_mark: of every subject; by province where a province decided otherwise.
        extended: year to the last year in which its passes stand, where a decision lengthened it.
    """

    fee: int = Field(default=0, ge=0)
    fee_by_level: Mapping[str, int] = Field(default_factory=dict)
    pass_mark: int = Field(default=60, ge=0, le=100)
    pass_mark_by_province: Mapping[Code, int] = Field(default_factory=dict)
    extended: Mapping[int, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for year, until in self.extended.items():
            if until <= year:
                raise ValueError(f"passes of {year} cannot end before the year after")
        if any(not 0 <= mark <= 100 for mark in self.pass_mark_by_province.values()):
            raise ValueError("a pass mark is 0 to 100")
        if any(fee < 0 for fee in self.fee_by_level.values()):
            raise ValueError("a fee is not negative")
        return self

    def stands_until(self, year: int) -> int:
        """The last exam year in which passes of ``year`` stand: two consecutive years."""
        return self.extended.get(year, year + 1)

    def pass_mark_in(self, province: str) -> int:
        """The pass mark of a province."""
        return self.pass_mark_by_province.get(province, self.pass_mark)

    def fee_of(self, level: str, subjects: str) -> int:
        """Yuan for these subjects."""
        return self.fee_by_level.get(level, self.fee) * len(subjects)


class RegistrationFacts(Catalogue):
    """The impersonal part of one exam's registration; stored whole, as JSON."""

    terms: Terms = Terms()
    code_map: tuple[CodeChange, ...] = ()

    @cached_property
    def all_subjects(self) -> str:
        """Every subject of the exam, ascending digits."""
        return "".join(str(n) for n in sorted(s.number for s in self.exam.subjects))

    def fee(self, application: Application) -> int:
        """Yuan that the application costs."""
        return self.terms.fee_of(application.level, application.subjects)
