"""The state of an application: a pure function of events, windows and clock; it is kept nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from models.errors import Defect
from models.exam import Exam
from models.registration import ApplicationEvent, Event, Source, State
from scheduler.registration.rules import rule
from scheduler.registration.windows import CONFIRMATION, PAYMENT, PRE_REGISTRATION, has_closed

TABLE: Mapping[State | None, Mapping[Event, State]] = {
    None: {Event.SAVE: State.DRAFT, Event.SUBMIT: State.SUBMITTED},
    State.DRAFT: {Event.SAVE: State.DRAFT, Event.SUBMIT: State.SUBMITTED},
    State.SUBMITTED: {
        Event.SUBMIT: State.SUBMITTED,
        Event.CONFIRM_UNCHANGED: State.CONFIRMED,
        Event.CONFIRM_ON_SITE: State.CONFIRMED,
        Event.APPROVE: State.APPROVED,
        Event.REJECT: State.REJECTED,
    },
    State.CONFIRMED: {Event.APPROVE: State.APPROVED, Event.REJECT: State.REJECTED},
    State.APPROVED: {Event.PAY: State.PAID, Event.REJECT: State.REJECTED},
    State.PAID: {Event.REJECT: State.REJECTED},
    State.REJECTED: {Event.SUBMIT: State.SUBMITTED},
    State.LAPSED: {},
}
"""What may follow what; guards narrow it (a unit's application alone is approved unconfirmed)."""

_LAPSES_WITH: Mapping[State, str] = {
    State.DRAFT: PRE_REGISTRATION,
    State.SUBMITTED: CONFIRMATION,
    State.CONFIRMED: PAYMENT,
    State.APPROVED: PAYMENT,
}
"""The window whose end a state does not outlive."""


def step(state: State | None, event: Event) -> State | None:
    """The state after an event; None where the table has none."""
    return TABLE[state].get(event)


def state_of(
    events: Sequence[ApplicationEvent], exam: Exam, source: Source, now: datetime
) -> State | None:
    """Where an application stands.

    Args:
        events: of one application, in the order of the list; those after ``now`` do not count.
        exam: for the windows.
        source: a unit's application knows no web window and never lapses.
        now: with offset.

    Returns:
        None before the first event.

    Raises:
        Defect: the events leave the table, which guards prevent.
    """
    state: State | None = None
    for event in events:
        if event.at > now:
            break
        after = step(state, event.event)
        if after is None:
            raise Defect(f"event {event.seq} ({event.event}) cannot follow {state}")
        state = after
    if state is not None and late_is_withdrawn(state, exam, source, now):
        return State.LAPSED
    return state


@rule(
    "未在规定时间内完成现场确认或网上缴费，视为放弃报名。",
    "注意：逾期未缴费者视为自动放弃。",
    zh="未在规定时间内完成现场确认或网上缴费，视为放弃报名。",
    en="The application was not confirmed or paid in time and counts as withdrawn.",
    window=PAYMENT,
)
def late_is_withdrawn(state: State, exam: Exam, source: Source, now: datetime) -> bool:
    """Whoever is not submitted, confirmed or paid when that window ends has withdrawn."""
    window = _LAPSES_WITH.get(state)
    return source is Source.WEB and window is not None and has_closed(exam, window, now)


def funnel(states: Iterable[State | None]) -> Mapping[str, int]:
    """How many applications stand where; ``in`` is the sum of all the others."""
    counts = Counter(state for state in states if state is not None)
    return {"in": counts.total(), **{state.value: counts[state] for state in State}}
