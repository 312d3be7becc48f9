"""The look-up: what a candidate reads, what counts as a failure, what nobody learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from fastapi.testclient import TestClient

from api.schemas import TicketAnswer
from models.publication import session_times
from tests.api.world import NOW, Person, World, facts, moved, people

BEIJING = timezone(timedelta(hours=8))
URL = "/v1/tickets/lookup"


def ask(client: TestClient, person: Person, **changes: str) -> Any:
    body = {"number": person.number, "id_number": person.id_number} | changes
    return client.post(URL, json=body)


def test_everybody_gets_the_seat_of_the_plan_in_the_bytes_of_the_model(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    published = facts()
    for person in persons:
        answer = ask(client, person)
        assert answer.status_code == 200
        ticket = TicketAnswer.model_validate_json(answer.content)
        assert ticket.model_dump_json().encode() == answer.content
        placed = person.placement
        assert ticket.candidate_id == placed.candidate_id
        assert (ticket.name, ticket.id_last4) == (placed.name, placed.id_last4)
        assert ticket.ticket_number == (placed.ticket_number or None)
        assert ticket.specialty.name_zh == published.specialty_by_code[placed.specialty].name_zh
        assert ticket.exam_point.id == placed.exam_point
        assert ticket.report_errors_by == datetime(2022, 4, 17).date()
        assert person.id_number not in answer.text
        if not placed.placed:
            assert ticket.seat is None
            assert ticket.reason == "no_seat_left"
            continue
        seat = ticket.seat
        assert seat is not None
        assert (seat.sitting, seat.center.id, seat.room.id, seat.seat) == (
            placed.sitting, placed.center_id, placed.room_id, placed.seat,
        )  # fmt: skip
        own = session_times(published.exam, placed)
        assert [(s.subject, s.start, s.end) for s in seat.sessions] == [
            (t.subject, t.start, t.end) for t in own
        ]
        assert {s.extra_time for s in seat.sessions} == {"extra_time" in placed.needs}
        assert {s.end.utcoffset() for s in seat.sessions} == {timedelta(hours=8)}


def test_extra_time_is_a_quarter_rounded_up_to_a_minute(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    """90 minutes and a quarter are 112.5, so 113: 08:30 to 10:23."""
    ticket = ask(client, persons[7]).json()
    assert ticket["needs"] == ["accessible", "extra_time"]
    first = ticket["seat"]["sessions"][0]
    assert first["start"] == "2022-04-09T08:30:00+08:00"
    assert first["end"] == "2022-04-09T10:23:00+08:00"
    usual = ask(client, persons[1]).json()["seat"]["sessions"][0]
    assert usual["end"] == "2022-04-09T10:00:00+08:00"


def test_the_ticket_number_serves_as_well(client: TestClient, persons: tuple[Person, ...]) -> None:
    person = persons[5]
    by_ticket = ask(client, person, number=person.placement.ticket_number)
    assert by_ticket.content == ask(client, person).content


def test_a_name_that_needs_escaping_arrives_whole(world: World, serve: Any) -> None:
    name = '欧阳"\\\u2028🎓\t</script>'
    persons = moved(people(1), name=name)
    world.publish(facts(2), persons)
    answer = ask(serve(), persons[0])
    assert answer.json()["name"] == name
    made = TicketAnswer.model_validate_json(answer.content)
    assert made.model_dump_json().encode() == answer.content


# ---------------------------------------------------------------- failures


def codes(answers: list[Any]) -> list[str]:
    return [a.json().get("code", "ok") for a in answers]


def test_after_five_failures_the_name_is_asked_for_and_the_owner_gets_in(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    me = persons[3]
    wrong = [ask(client, me, id_number=f"23010119900101{i:04d}") for i in range(6)]
    assert codes(wrong) == ["no_such_candidate"] * 5 + ["name_required"]
    assert codes([ask(client, me)]) == ["name_required"]
    assert codes([ask(client, me, name="王某某")]) == ["no_such_candidate"]
    assert codes([ask(client, me, name=f" {me.name}　")]) == ["ok"]
    # nothing is ever forgotten: the next try without a name is refused again
    assert codes([ask(client, me)]) == ["name_required"]
    assert codes([ask(client, persons[4])]) == ["ok"]


def test_failures_are_those_of_the_candidate_whichever_number_is_given(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    me = persons[3]
    for i in range(5):
        number = me.number if i % 2 else me.placement.ticket_number
        ask(client, me, number=number, id_number="0")
    assert (
        codes([ask(client, me), ask(client, me, number=me.placement.ticket_number)])
        == ["name_required"] * 2
    )


def test_the_name_is_not_compared_before_it_is_due(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    assert codes([ask(client, persons[3], name="somebody else")]) == ["ok"]


def test_failures_outlive_the_process(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    first = serve()
    for _ in range(5):
        ask(first, persons[3], id_number="0")
    assert codes([ask(serve(), persons[3])]) == ["name_required"]


def test_guessing_with_the_right_name_ends_after_three_tries_a_day(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """The fourth gets 404 even with the right ID number, as any stranger's does; a day later not.

    429 would tell that number and name belong together.
    """
    me, client = persons[3], serve()
    for _ in range(5):
        ask(client, me, id_number="0")
    for i in range(3):
        assert codes([ask(client, me, id_number=str(i), name=me.name)]) == ["no_such_candidate"]
    assert codes([ask(client, me, name=me.name)]) == ["no_such_candidate"]
    later = serve(now=NOW + timedelta(hours=23))
    assert codes([ask(later, me, name=me.name)]) == ["no_such_candidate"]
    tomorrow = serve(now=NOW + timedelta(hours=24, minutes=1))
    assert codes([ask(tomorrow, me, name=me.name)]) == ["ok"]


def test_wrong_names_never_keep_the_owner_out(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    me, client = persons[3], serve(failures_per_client="1000 per 10 minute")
    for i in range(50):
        ask(client, me, id_number=str(i), name=f"错{i}")
    assert codes([ask(client, me, name=me.name)]) == ["ok"]


def test_of_many_guesses_only_five_are_judged_and_no_owner_is_locked_out(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """With 500 ID numbers possible, five tries find one in a hundred."""
    client = serve(failures_per_client="100000 per 10 minute")
    judged = 0
    for person in persons[:20]:
        for guess in range(12):
            answer = ask(client, person, id_number=f"guess {guess}")
            judged += answer.json()["code"] == "no_such_candidate"
    assert judged == 20 * 5
    assert codes([ask(client, person, name=person.name) for person in persons[:20]]) == ["ok"] * 20


# ---------------------------------------------------------------- opening


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_before_the_window_opens_everybody_gets_the_same(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(now=at("2022-03-31T23:59:59"))
    answers = [
        ask(client, persons[3]),
        ask(client, persons[3], id_number="0"),
        ask(client, persons[3], number="nobody"),
    ]
    assert {(a.status_code, a.content) for a in answers} == {(403, answers[0].content)}
    assert answers[0].json()["code"] == "not_open"
    assert answers[0].json()["opens_at"] == "2022-04-01T00:00:00+08:00"
    assert codes([ask(serve(now=at("2022-04-01T00:00:00")), persons[3])]) == ["ok"]


def test_the_end_of_the_window_closes_nothing(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """Scores are asked for with the ticket number two months later; a purge ends look-ups."""
    for moment in ("2022-04-17T23:59:59", "2022-04-18T00:00:00", "2022-06-17T09:00:00"):
        assert codes([ask(serve(now=at(moment)), persons[3])]) == ["ok"]


def test_a_later_province_learns_its_opening_only_after_the_right_id_number(
    world: World, serve: Callable[..., TestClient]
) -> None:
    """Jilin (22) opens at ten; Heilongjiang (23) opened at midnight with the window."""
    everybody = people(800)
    jilin = next(p for p in everybody if p.placement.exam_point == "2201")
    world.publish(facts(2), everybody)
    opening = {"22": at("2022-04-01T10:00:00")}
    early = serve(now=at("2022-04-01T09:59:59"), opening=opening)
    right, wrong = ask(early, jilin), ask(early, jilin, id_number="0")
    assert (right.status_code, right.json()["opens_at"]) == (403, "2022-04-01T10:00:00+08:00")
    assert wrong.json()["code"] == "no_such_candidate"
    assert codes([ask(early, everybody[3])]) == ["ok"]
    assert codes([ask(serve(now=at("2022-04-01T10:00:00"), opening=opening), jilin)]) == ["ok"]


# ---------------------------------------------------------------- versions


def test_a_new_version_is_answered_at_once_with_what_changed(
    world: World, serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client, me = serve(), persons[3]
    before = ask(client, me).json()
    world.publish(facts(2), people(120, shift=1))
    after = ask(client, me).json()
    assert (before["version"]["plan_version"], after["version"]["plan_version"]) == (1, 2)
    assert after["seat"]["seat"] == before["seat"]["seat"] + 1
    assert (before["changed"], after["changed"]) == ([], ["seat"])
    assert after["calendar_url"] == before["calendar_url"]


def test_a_withdrawn_plan_answers_nobody(
    world: World, serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve()
    assert ask(client, persons[3]).status_code == 200
    world.withdraw()
    answers = [ask(client, persons[3]), ask(client, persons[3], number="nobody")]
    assert [a.status_code for a in answers] == [404, 404]
    assert {a.json()["code"] for a in answers} == {"not_published"}


def test_the_answer_names_no_url_but_the_one_of_the_settings(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """A forged Host header must not end in a link that people subscribe to."""
    client = serve(public_url="https://tickets.example.org")
    answer = client.post(
        URL,
        content=json.dumps({"number": persons[3].number, "id_number": persons[3].id_number}),
        headers={"Content-Type": "application/json", "Host": "evil.example"},
    )
    assert answer.json()["calendar_url"].startswith("https://tickets.example.org/v1/calendars/")
    assert "evil" not in answer.text
