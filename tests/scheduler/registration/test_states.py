"""Random events at random times never leave the table, and the funnel adds up at any instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from models.errors import Defect
from models.registration import ApplicationEvent, Event, Source, State
from scheduler.registration.guards import Attempt, refusals
from scheduler.registration.states import TABLE, funnel, state_of, step
from tests.scheduler.registration.cases import (
    BEFORE,
    event,
    facts,
    good,
    history_of,
    local,
    military,
)

FACTS = facts()
START = local("2021-12-18T00:00")
DAYS = 80
"""From before pre-registration to after payment."""
TIMES = [START + timedelta(minutes=m) for m in range(0, DAYS * 24 * 60, 7)]


def sequence(rng: random.Random) -> tuple[list[ApplicationEvent], Source]:
    """Up to twenty wishes of one applicant, each in the form that could be right, in any order."""
    source = rng.choice(tuple(Source))
    events: list[ApplicationEvent] = []
    at = START + timedelta(minutes=rng.randrange(12 * 24 * 60))
    for _ in range(rng.randrange(1, 20)):
        at += timedelta(minutes=int(rng.expovariate(1 / (3 * 24 * 60))))
        attempt = wish(rng.choice(tuple(Event)), events, source, rng)
        attempt = replace(
            attempt,
            event=replace(attempt.event, at=at, seq=len(events) + 1),
            events=tuple(events),
            state=state_of(events, FACTS.exam, source, at),
        )
        if not refusals(attempt):
            events.append(attempt.event)
    return events, source


def wish(
    kind: Event, events: list[ApplicationEvent], source: Source, rng: random.Random
) -> Attempt:
    """A well-formed attempt, now and then by the wrong person or without what is needed."""
    attempt = good(kind)
    if source is Source.UNIT:
        attempt = military(attempt)
        actor = "division:D1" if kind in (Event.APPROVE, Event.REJECT) else "unit:U1"
        attempt = replace(attempt, event=replace(attempt.event, actor=actor))
    if rng.random() < 0.1:
        attempt = replace(attempt, event=replace(attempt.event, actor="point:9999", note=""))
    return attempt


def sequences(count: int, seed: int) -> Iterator[tuple[list[ApplicationEvent], Source]]:
    rng = random.Random(seed)
    for _ in range(count):
        yield sequence(rng)


def check(count: int, seed: int) -> set[State]:
    """Walk the sequences; the states that were met."""
    met: set[State] = set()
    rng = random.Random(seed + 1)
    for events, source in sequences(count, seed):
        state: State | None = None
        for one in events:
            after = step(state, one.event)
            assert after is not None, "a recorded event is always in the table"
            state = after
        for now in rng.sample(TIMES, 3):
            found = state_of(events, FACTS.exam, source, now)
            assert found in (None, *State)
            met |= {found} - {None} if found is not None else set()
            if found is State.LAPSED:
                assert source is Source.WEB
        paid = [e for e in events if e.event is Event.PAY]
        assert len(paid) <= 1, "nothing is paid twice"
        final = state_of(events, FACTS.exam, source, local("2030-01-01"))
        if final is State.PAID:
            kinds = [e.event for e in events]
            assert Event.APPROVE in kinds
            confirmed = {Event.CONFIRM_ON_SITE, Event.CONFIRM_UNCHANGED} & set(kinds)
            assert confirmed or source is Source.UNIT
    return met


def test_random_events_never_leave_the_table() -> None:
    assert check(500, seed=7) == set(State), (
        "every state is met, so the walk is no walk on the spot"
    )


@pytest.mark.soak
def test_ten_thousand_random_sequences_never_leave_the_table() -> None:
    assert check(10_000, seed=11) == set(State)


def test_the_funnel_adds_up_at_any_instant() -> None:
    """in = draft + submitted + confirmed + approved + rejected + paid + lapsed."""
    people = list(sequences(300, seed=3))
    before = 0
    for now in TIMES[:: len(TIMES) // 40]:
        counts = dict(funnel(state_of(e, FACTS.exam, s, now) for e, s in people))
        everybody = counts.pop("in")
        assert everybody == sum(counts.values())
        assert set(counts) == {state.value for state in State}
        assert everybody == sum(bool(e) and e[0].at <= now for e, _ in people)
        assert everybody >= before, "nobody leaves"
        before = everybody
    assert before > 100


def test_events_outside_the_table_are_a_defect() -> None:
    with pytest.raises(Defect):
        state_of(history_of(Event.PAY), FACTS.exam, Source.WEB, local("2022-01-01"))


def test_every_event_is_possible_somewhere_and_lapsed_is_the_end() -> None:
    assert {event for row in TABLE.values() for event in row} == set(Event)
    assert set(TABLE) == {None, *State}
    assert TABLE[State.LAPSED] == {}
    assert all(step(state, kind) is not None for kind, (state, _) in BEFORE.items())


def test_a_state_needs_no_order_of_reading() -> None:
    """The same events, the same state: nothing is kept between two questions."""
    events = (event(Event.SUBMIT, local("2021-12-21")),)
    asked = [
        state_of(events, FACTS.exam, Source.WEB, local(t)) for t in ("2022-02-01", "2021-12-22")
    ]
    assert asked == [State.LAPSED, State.SUBMITTED]
