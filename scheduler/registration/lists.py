"""The lists that a registration gives out: roster, receipts, proposals, certificates.

All are tables of text in a fixed order, so the same registration at the same instant gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import select
from sqlalchemy.engine import Connection

from models.errors import UsageError
from models.registration import (
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    Examinee,
    RegistrationFacts,
    Shown,
    Source,
    State,
)
from models.registration_tables import CERTIFICATES, DECISIONS, PROPOSALS, RECEIPTS
from models.tables import ROSTER, Column, names
from scheduler.registration.ledger import Person
from scheduler.registration.rolling import Claim, History, qualified_within_two_years, roll
from scheduler.registration.rules import rule
from scheduler.registration.sealing import unseal
from scheduler.registration.standing import review_status_shown
from scheduler.registration.states import funnel
from scheduler.registration.tables import APPLICANT
from scheduler.store.keys import StoreKey

Row = Mapping[str, object]


def as_frame(rows: Iterable[Row], columns: tuple[Column, ...]) -> pd.DataFrame:
    """Rows as the table of a file; a column that a row lacks is blank."""
    listed = list(rows)
    return pd.DataFrame(
        {
            c.name: pd.Series(
                [row.get(c.name, "") for row in listed],
                dtype="int64" if c.type == "integer" else "str",
            )
            for c in columns
        },
        columns=names(columns),
    )


def roster(
    connection: Connection,
    key: StoreKey,
    facts: RegistrationFacts,
    people: Mapping[str, Person],
    now: datetime,
) -> pd.DataFrame:
    """Everybody who is confirmed, approved and has paid, as the roster of docs/formats.md.

    The one place where sealed document numbers are opened.
    """
    exam = facts.exam.code
    sealed: dict[str, bytes] = {
        row.candidate_id: bytes(row.id_sealed)
        for row in connection.execute(
            select(APPLICANT.c.candidate_id, APPLICANT.c.id_sealed).where(APPLICANT.c.exam == exam)
        )
    }

    def row(person: Person) -> Row:
        a, form = person.applicant, person.form
        columns = ("specialty", "exam_point", "subjects", "needs", "employer")
        return {
            "candidate_id": a.candidate_id,
            "name": a.name,
            "id_type": a.id_type,
            "id_number": unseal(key, exam, a.candidate_id, sealed[a.candidate_id]),
            **{name: getattr(form, name) for name in (*columns, "latitude", "longitude")},
        }

    paid = (p for p in people.values() if p.state(facts, now) is State.PAID)
    return as_frame(map(row, _by_number(paid)), ROSTER)


def status(
    facts: RegistrationFacts, people: Mapping[str, Person], now: datetime
) -> Mapping[str, Mapping[str, int]]:
    """How many applications stand where, by exam point and in all (``*``)."""
    states: dict[str, list[State | None]] = {}
    for person in people.values():
        states.setdefault(person.form.exam_point, []).append(person.state(facts, now))
    every = [state for listed in states.values() for state in listed]
    return {"*": funnel(every), **{point: funnel(states[point]) for point in sorted(states)}}


def one_status(
    facts: RegistrationFacts, people: Mapping[str, Person], candidate_id: str, now: datetime
) -> dict[str, object]:
    """One application for the eyes of an exam point: no number, and the name is left out.

    Raises:
        UsageError: nobody with that archive number applied by then.
    """
    person = people.get(candidate_id)
    if person is None or person.state(facts, now) is None:
        raise UsageError(f"nobody with archive number {candidate_id} applied")
    zone = ZoneInfo(facts.exam.timezone)
    at = review_status_shown(facts, person, now)
    return {
        "candidate_id": candidate_id,
        "state": at.state.value,
        "state_zh": at.state_zh,
        "reason": at.reason,
        "next_step": at.next_step,
        "deadline": "" if at.deadline is None else at.deadline.isoformat(),
        "revision": person.form.revision,
        "exam_point": person.form.exam_point,
        "specialty": person.form.specialty,
        "subjects": person.form.subjects,
        "fee": at.fee,
        "events": [
            f"{e.at.astimezone(zone):%Y-%m-%dT%H:%M:%S} {e.event} {e.actor}"
            + (f" ({e.note})" if e.note else "")
            for e in person.events
            if e.at <= now
        ],
    }


def worklist(
    facts: RegistrationFacts,
    people: Mapping[str, Person],
    event: Event,
    now: datetime,
    code_of: Callable[[Person], str],
) -> pd.DataFrame:
    """A decision file of everybody who may take a step now; strike out who does not take it.

    ``shown`` names what has to be shown; the counter leaves what it has seen.

    Args:
        facts: of the exam.
        people: everybody who applied.
        event: ``confirm_on_site``, ``approve`` or ``pay``.
        now: for the states.
        code_of: the check code of somebody's form.
    """

    def row(person: Person) -> Row:
        form = person.form
        specialty = facts.specialty_by_code[form.specialty]
        on_site = event is Event.CONFIRM_ON_SITE
        shown = [Shown.FORM, Shown.ORIGINALS, Shown.LAST_TICKET]
        if specialty.needs_licence:
            shown.append(Shown.LICENCE)
        return {
            "candidate_id": person.candidate_id,
            "event": event.value,
            "actor": "payments:" if event is Event.PAY else _reviewer(person),
            "shown": ";".join(shown) if on_site else "",
            "check_code": code_of(person) if on_site else "",
            "amount": str(facts.fee(form)) if event is Event.PAY else "",
        }

    before = {
        (Event.CONFIRM_ON_SITE, Source.WEB): State.SUBMITTED,
        (Event.APPROVE, Source.WEB): State.CONFIRMED,
        (Event.APPROVE, Source.UNIT): State.SUBMITTED,
        (Event.PAY, Source.WEB): State.APPROVED,
        (Event.PAY, Source.UNIT): State.APPROVED,
    }
    waiting = (
        p
        for p in people.values()
        if (event, p.applicant.source) in before
        and p.state(facts, now) is before[event, p.applicant.source]
    )
    return as_frame(map(row, _by_number(waiting)), DECISIONS)


def _reviewer(person: Person) -> str:
    """Who decides about an application; the division of a unit is written in by hand."""
    if person.applicant.source is Source.UNIT:
        return f"division:{person.applicant.unit}"
    return f"point:{person.form.exam_point}"


def payments(
    people: Mapping[str, Person], now: datetime
) -> list[tuple[Applicant, Application, ApplicationEvent]]:
    """Everybody who paid, by exam point and number; a payment stays after a rejection."""
    paid = [
        (p.applicant, p.form, event)
        for p in people.values()
        for event in p.events
        if event.event is Event.PAY and event.at <= now
    ]
    return sorted(paid, key=lambda one: (one[1].exam_point, one[1].candidate_id))


def receipts(
    facts: RegistrationFacts, paid: Iterable[tuple[Applicant, Application, ApplicationEvent]]
) -> pd.DataFrame:
    """What the counters hand receipts out by: the :func:`payments` as a table."""
    zone = ZoneInfo(facts.exam.timezone)
    rows = (
        {
            "candidate_id": a.candidate_id, "name": a.name, "id_last4": a.id_last4,
            "exam_point": form.exam_point, "specialty": form.specialty,
            "subjects": form.subjects, "amount": event.amount,
            "paid_at": f"{event.at.astimezone(zone):%Y-%m-%dT%H:%M}",
        }
        for a, form, event in paid
    )  # fmt: skip
    return as_frame(rows, RECEIPTS)


def proposals(
    facts: RegistrationFacts, history: History, examinees: Iterable[Examinee]
) -> pd.DataFrame:
    """What everybody of this year has to sit next year, were it in the same specialty.

    Args:
        facts: of this year's exam.
        history: this year's examinees and those before.
        examinees: of this year.
    """
    exam = facts.exam.model_copy(update={"year": facts.exam.year + 1})
    following = facts.model_copy(update={"exam": exam})

    def row(one: Examinee) -> Row:
        result = qualified_within_two_years(facts, history, one)
        claim = Claim(one.name, one.document, one.candidate_id)
        proposal = roll(following, history, claim, one.specialty)
        return {
            "candidate_id": one.candidate_id,
            "specialty": one.specialty,
            "passed": "".join(map(str, sorted(result.passed))),
            "standing": ";".join(f"{s}:{y}" for s, y in sorted(proposal.standing.items())),
            "open_subjects": proposal.open_subjects,
        }

    return as_frame(map(row, _in_order(examinees)), PROPOSALS)


@rule(
    "报考省直考点的考生请关注黑龙江省人事考试网（www.hljrsks.org.cn）的“证书办理”栏目，"
    "报考其他考点的考生，请关注报考考点考试管理机构的网站，按网站通知要求办理证书。",
)
def certificates_by_exam_point(
    facts: RegistrationFacts, history: History, examinees: Iterable[Examinee]
) -> Mapping[str, pd.DataFrame]:
    """Who is qualified, one list per exam point: certificates are given out there."""
    rows: dict[str, list[Row]] = {}
    for one in _in_order(examinees):
        result = qualified_within_two_years(facts, history, one)
        if not result.qualified:
            continue
        specialty = facts.specialty_by_code[one.specialty]
        years = {facts.exam.year, *result.standing.values()}
        rows.setdefault(one.exam_point, []).append(
            {
                "candidate_id": one.candidate_id, "ticket_number": one.ticket_number,
                "name": one.name, "id_last4": one.id_last4, "specialty": one.specialty,
                "specialty_name": specialty.name_zh, "level": specialty.level.value,
                "exam_point": one.exam_point, "years": ";".join(map(str, sorted(years))),
            }
        )  # fmt: skip
    return {point: as_frame(rows[point], CERTIFICATES) for point in sorted(rows)}


def _by_number(people: Iterable[Person]) -> Iterator[Person]:
    yield from sorted(people, key=lambda p: p.candidate_id)


def _in_order(examinees: Iterable[Examinee]) -> Iterator[Examinee]:
    yield from sorted(examinees, key=lambda one: one.candidate_id)
