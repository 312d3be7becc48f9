"""A small registration for tests: facts of the notice's windows, people, attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.exam import Session, Specialty, Window
from models.reference import ReferenceData
from models.registration import (
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    Examinee,
    Mark,
    Presence,
    RegistrationFacts,
    Shown,
    Source,
    State,
    Terms,
)
from scheduler.registration.guards import Attempt
from scheduler.registration.rolling import Match, Proposal
from tests.builders import small_reference, specialty

ZONE = ZoneInfo("Asia/Shanghai")
WINDOWS = {
    "pre_registration": ("2021-12-20", "2021-12-30"),
    "confirmation": ("2021-12-27", "2021-12-31"),
    "payment": ("2022-02-15", "2022-02-25"),
    "ticket_printing": ("2022-04-01", "2022-04-17"),
    "receipts": ("2022-05-09", "2022-05-13"),
    "scores": ("2022-06-17", "2022-08-17"),
}
"""Those of the notice; that of the scores is ours, for the notice has no date."""

SPECIALTIES: tuple[Specialty, ...] = (
    specialty("101"),
    specialty("301", needs_licence=True),
    specialty("303", needs_licence=True),
    specialty("304", needs_licence=True),
)
_SECOND = timedelta(seconds=1)


def reference_of(year: int = 2022) -> ReferenceData:
    """An exam with the notice's windows; those of other years are shifted by whole years."""
    shift = year - 2022

    def day(text: str) -> date:
        at = date.fromisoformat(text)
        return at.replace(year=at.year + shift)

    def session(one: Session) -> Session:
        start, end = (t.replace(year=t.year + shift) for t in (one.start, one.end))
        return one.model_copy(update={"start": start, "end": end})

    reference = small_reference(specialties=SPECIALTIES)
    exam = reference.exam.model_copy(
        update={
            "year": year,
            "code": f"WSZG-{year}",
            "sittings": tuple(
                s.model_copy(update={"session": tuple(map(session, s.session))})
                for s in reference.exam.sittings
            ),
            "windows": tuple(
                Window(key=key, opens=day(opens), closes=day(closes))
                for key, (opens, closes) in WINDOWS.items()
            ),
        }
    )
    return reference.model_copy(update={"exam": exam})


def facts(year: int = 2022, **terms: Any) -> RegistrationFacts:
    """What a registration keeps of such an exam."""
    reference = reference_of(year)
    return RegistrationFacts(
        exam=reference.exam,
        specialties=reference.specialties,
        exam_points=reference.exam_points,
        terms=Terms.model_validate({"fee": 60} | terms),
    )


def local(text: str) -> datetime:
    """A time in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def edges(window: str, year: int = 2022) -> dict[str, tuple[datetime, bool]]:
    """The four moments around a window, and whether they lie within."""
    opens, closes = (local(day) for day in WINDOWS[window])
    opens, closes = (day.replace(year=day.year + year - 2022) for day in (opens, closes))
    after = closes + timedelta(days=1)
    return {
        "last second before": (opens - _SECOND, False),
        "first second": (opens, True),
        "last second": (after - _SECOND, True),
        "first second after": (after, False),
    }


POINT = small_reference().exam_points[0].exam_point
REGION = small_reference().exam_points[0].province
PHOTO = "5f" * 32


def form(**changes: Any) -> Application:
    """A complete form of a repeat candidate."""
    made = Application(
        candidate_id="A1", revision=1, region=REGION, exam_point=POINT, specialty="101",
        level=SPECIALTIES[0].level.value, school="示例医科大学", school_note="原示例医学院",
        graduated_on="2012-07", major="药学", degree="学士", study_years="5", education="本科",
        certificate_number="100001201205000001", employer_name="示例医院",
        employer_affiliation="市属", employer_kind="公立医院", photo_hash=PHOTO, subjects="1234",
    )  # fmt: skip
    return replace(made, **changes)


def applicant(**changes: Any) -> Applicant:
    made = Applicant("WSZG-2022", "A1", "张三", "resident", "0038", b"h" * 32, b"d" * 32)
    return replace(made, **changes)


def examinee(year: int = 2021, marks: str = "70,70,50,50", **changes: Any) -> Examinee:
    """Who sat; marks by subject, ``-`` not sat, ``A`` absent, ``V`` void."""
    made = Examinee(
        year, "A1", f"T{year}A1", "张三", "0038", b"d" * 32, POINT, "101", marks_of(marks)
    )
    return replace(made, **changes)


def marks_of(text: str) -> tuple[Mark, ...]:
    """``60,-,A,V`` as marks of subjects 1 to 4."""
    words = {"A": Presence.ABSENT, "V": Presence.VOID}
    return tuple(
        Mark(n, words[m]) if m in words else Mark(n, Presence.PRESENT, int(m))
        for n, m in enumerate(text.split(","), start=1)
        if m != "-"
    )


NOTHING_STANDS = Proposal("1234", {}, Match.NONE, None, None, False)


def event(kind: Event, at: datetime, actor: str = "candidate:", **changes: Any) -> ApplicationEvent:
    return replace(ApplicationEvent("A1", kind, at, actor), **changes)


def history_of(*kinds: Event) -> tuple[ApplicationEvent, ...]:
    """Events long ago, in order."""
    start = datetime(2021, 12, 1, tzinfo=UTC)
    return tuple(event(k, start + timedelta(minutes=i)) for i, k in enumerate(kinds))


BEFORE: dict[Event, tuple[State | None, Sequence[Event]]] = {
    Event.SAVE: (None, ()),
    Event.SUBMIT: (None, ()),
    Event.CONFIRM_UNCHANGED: (State.SUBMITTED, (Event.SUBMIT,)),
    Event.CONFIRM_ON_SITE: (State.SUBMITTED, (Event.SUBMIT,)),
    Event.APPROVE: (State.CONFIRMED, (Event.SUBMIT, Event.CONFIRM_ON_SITE)),
    Event.REJECT: (State.CONFIRMED, (Event.SUBMIT, Event.CONFIRM_ON_SITE)),
    Event.PAY: (State.APPROVED, (Event.SUBMIT, Event.CONFIRM_ON_SITE, Event.APPROVE)),
}
AT = {
    Event.SAVE: "2021-12-21T09:00",
    Event.SUBMIT: "2021-12-21T09:00",
    Event.CONFIRM_UNCHANGED: "2021-12-21T09:00",
    Event.CONFIRM_ON_SITE: "2021-12-28T09:00",
    Event.APPROVE: "2022-01-10T09:00",
    Event.REJECT: "2022-01-10T09:00",
    Event.PAY: "2022-02-16T09:00",
}


def good(kind: Event, at: datetime | None = None) -> Attempt:
    """An attempt that breaks no rule: the base that each test changes in one place."""
    state, before = BEFORE[kind]
    made = event(kind, at if at is not None else local(AT[kind]))
    if kind is Event.CONFIRM_ON_SITE:
        made = replace(
            made, actor=f"point:{POINT}", check_code="CODE-01",
            shown=tuple(SHOWN), revision=1,
        )  # fmt: skip
    elif kind in (Event.APPROVE, Event.REJECT):
        made = replace(
            made, actor=f"point:{POINT}", note="材料不符" if kind is Event.REJECT else ""
        )
    elif kind is Event.PAY:
        made = replace(made, actor="payments:", amount=240)
    elif kind is Event.CONFIRM_UNCHANGED:
        made = replace(made, actor="system:")
    attempt = Attempt(
        facts=facts(), event=made, state=state, events=history_of(*before),
        applicant=applicant(), form=form(), proposal=NOTHING_STANDS, check_code="CODE-01",
    )  # fmt: skip
    if kind is Event.CONFIRM_UNCHANGED:
        last = examinee()
        repeat = Proposal("34", {1: 2021, 2: 2021}, Match.DOCUMENT, last, last, False)
        attempt = replace(attempt, proposal=repeat, last_form=form(), form=form(subjects="34"))
    return attempt


SHOWN = (Shown.FORM, Shown.ORIGINALS, Shown.LICENCE, Shown.LAST_TICKET)


def military(attempt: Attempt) -> Attempt:
    """The same for one of a unit's people."""
    return replace(
        attempt,
        applicant=replace(attempt.applicant, id_type="military", source=Source.UNIT, unit="U1"),
    )
