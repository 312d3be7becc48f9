"""Rules that are nothing but a window, at its four edges; and what lapses with one."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.registration import Event, Source, State
from scheduler.registration.rules import RULES
from scheduler.registration.states import late_is_withdrawn, state_of
from tests.scheduler.registration.cases import edges, event, facts, history_of, local


def _at_edges(rule: str) -> None:
    moments = edges(RULES[rule].window)
    assert len(moments) == 4
    for edge, (at, within) in moments.items():
        assert RULES[rule].decide(facts().exam, at) is within, edge


def test_ticket_printed_in_window() -> None:
    _at_edges("ticket_printed_in_window")


def test_ticket_errors_until_close() -> None:
    _at_edges("ticket_errors_until_close")


def test_receipts_in_window() -> None:
    _at_edges("receipts_in_window")


def test_scores_in_window() -> None:
    _at_edges("scores_in_window")


def test_sheet_only_in_window() -> None:
    _at_edges("sheet_only_in_window")


def test_a_window_without_a_date_has_not_opened() -> None:
    exam = facts().exam
    bare = exam.model_copy(update={"windows": ()})
    assert RULES["scores_in_window"].decide(bare, local("2030-01-01")) is False


LAPSES = (
    (State.DRAFT, (Event.SAVE,), "pre_registration"),
    (State.SUBMITTED, (Event.SUBMIT,), "confirmation"),
    (State.CONFIRMED, (Event.SUBMIT, Event.CONFIRM_ON_SITE), "payment"),
    (State.APPROVED, (Event.SUBMIT, Event.CONFIRM_ON_SITE, Event.APPROVE), "payment"),
)


@pytest.mark.parametrize(("state", "kinds", "window"), LAPSES)
def test_late_is_withdrawn(state: State, kinds: tuple[Event, ...], window: str) -> None:
    """Nobody lapses in the last second; everybody has in the next."""
    exam, events = facts().exam, history_of(*kinds)
    last, _ = edges(window)["last second"]
    after, _ = edges(window)["first second after"]
    assert state_of(events, exam, Source.WEB, last) is state
    assert state_of(events, exam, Source.WEB, after) is State.LAPSED
    assert state_of(events, exam, Source.UNIT, after) is state
    assert late_is_withdrawn(state, exam, Source.WEB, after)


@pytest.mark.parametrize("state", [State.REJECTED, State.PAID])
def test_what_is_decided_does_not_lapse(state: State) -> None:
    assert not late_is_withdrawn(state, facts().exam, Source.WEB, local("2030-01-01"))


def test_an_event_counts_from_its_own_second() -> None:
    at = local("2021-12-21T09:00:00")
    events = (event(Event.SUBMIT, at),)

    def state(now: datetime) -> State | None:
        return state_of(events, facts().exam, Source.WEB, now)

    assert state(local("2021-12-21T08:59:59")) is None
    assert state(at) is State.SUBMITTED
