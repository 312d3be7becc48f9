"""What an applicant is told: the state in the notice's words, the reason, the next deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.registration import (
    STATE_ZH,
    UNCHANGED_FIELDS,
    Application,
    Event,
    RegistrationFacts,
    Source,
    State,
)
from scheduler.registration.guards import unchanged_fields
from scheduler.registration.ledger import Person
from scheduler.registration.rules import rule
from scheduler.registration.windows import (
    CONFIRMATION,
    PAYMENT,
    PRE_REGISTRATION,
    TICKETS,
    has_closed,
)

_NEXT: Mapping[State, str] = {
    State.DRAFT: PRE_REGISTRATION,
    State.SUBMITTED: CONFIRMATION,
    State.CONFIRMED: PAYMENT,
    State.APPROVED: PAYMENT,
    State.PAID: TICKETS,
    State.REJECTED: PRE_REGISTRATION,
}
"""The window of what comes next."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one application stands.

    Attributes:
        state: by events, windows and clock.
        reason: of a rejection.
        next_step: key of the window that matters next; blank if none does.
        opens: when it opens, with offset.
        deadline: the first moment after it.
        fee: yuan for the subjects.
    """

    state: State
    reason: str
    next_step: str
    opens: datetime | None
    deadline: datetime | None
    fee: int

    @property
    def state_zh(self) -> str:
        """In the notice's words."""
        return STATE_ZH[self.state]


@rule(
    "请报名人员及时登陆报名系统查询审核状态。",
    "按提示进行网上缴费",
)
def review_status_shown(facts: RegistrationFacts, person: Person, now: datetime) -> Standing:
    """An applicant is told state, reason and what to do by when.

    Raises:
        ValueError: nothing has happened to the application by then.
    """
    state = person.state(facts, now)
    if state is None:
        raise ValueError("the application does not exist yet")
    step = _NEXT.get(state, "") if person.applicant.source is Source.WEB else ""
    if state is State.PAID:
        step = TICKETS  # printed by everybody
    if step and has_closed(facts.exam, step, now):
        step = ""
    opens, deadline = facts.exam.window_times(step) if step else (None, None)
    rejection = next((e for e in reversed(person.events) if e.event is Event.REJECT), None)
    reason = rejection.note if rejection is not None and state is State.REJECTED else ""
    return Standing(state, reason, step, opens, deadline, facts.fee(person.form))


def changed_fields(last: Application | None, form: Application) -> tuple[str, ...]:
    """The notice's names of the fields because of which nothing was confirmed automatically."""
    return () if last is None else tuple(UNCHANGED_FIELDS[f] for f in unchanged_fields(last, form))
