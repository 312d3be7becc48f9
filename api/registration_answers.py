"""From what the registration found to answers; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from api import registration_schemas as schemas
from api.answers import subject_name
from scheduler.registration.register import Applied, Sat
from scheduler.registration.standing import changed_fields, review_status_shown
from scheduler.registration.windows import SCORES


def application(applied: Applied, now: datetime) -> schemas.ApplicationAnswer:
    """Where an application stands."""
    person, form = applied.person, applied.person.form
    at = review_status_shown(applied.facts, person, now)
    return schemas.ApplicationAnswer(
        exam=person.applicant.exam,
        candidate_id=person.candidate_id,
        revision=form.revision,
        check_code=applied.check_code,
        state=at.state,
        state_zh=at.state_zh,
        reason=at.reason,
        next_step=at.next_step,
        opens_at=at.opens,
        deadline=at.deadline,
        exam_point=form.exam_point,
        specialty=form.specialty,
        subjects=form.subjects,
        open_subjects=applied.proposal.open_subjects,
        standing=_standing(applied.proposal.standing),
        match=applied.proposal.match.value,
        changed_fields=changed_fields(applied.last_form, form),
        fee=at.fee,
    )


def scores(sat: Sat) -> schemas.ScoresAnswer:
    """The marks of one candidate."""
    one, exam = sat.examinee, sat.facts.exam
    return schemas.ScoresAnswer(
        exam=exam.code,
        candidate_id=one.candidate_id,
        ticket_number=one.ticket_number,
        name=one.name,
        id_last4=one.id_last4,
        specialty=one.specialty,
        subjects=tuple(
            schemas.SubjectScore(
                subject=m.subject,
                name_zh=subject_name(exam, m.subject),
                presence=m.presence,
                mark=m.mark,
                passed=m.subject in sat.result.passed,
            )
            for m in one.marks
        ),
        standing=_standing(sat.result.standing),
        qualified=sat.result.qualified,
        print_until=exam.window_times(SCORES)[1],
    )


def _standing(passes: Mapping[int, int]) -> tuple[schemas.Passed, ...]:
    return tuple(schemas.Passed(subject=s, year=y) for s, y in sorted(passes.items()))
