"""Strong ETags, 304, and what changes them; calendars over versions and a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from api.schemas import SeatPlanAnswer, SessionsAnswer
from scheduler.documents.calendar import candidate_calendar
from scheduler.documents.seat_plan import seat_plan_csv, seat_plan_rows
from tests.api.world import NOW, Person, World, facts, people

PUBLIC = (
    "/v1/exam", "/v1/exam/calendar.ics", "/v1/specialties", "/v1/specialties/101", "/v1/balance",
)  # fmt: skip
STAFF = (
    "/v1/centers/230101/seat-plan", "/v1/centers/230101/seat-plan?format=csv",
    "/v1/centers/230101/seat-plan?room=R01", "/v1/centers/230101/sessions",
    "/v1/exam-points/2301/seat-plan", "/v1/exam-points/2301/sessions",
)  # fmt: skip


def link_of(client: TestClient, person: Person) -> str:
    body = {"number": person.number, "id_number": person.id_number}
    url: str = client.post("/v1/tickets/lookup", json=body).json()["calendar_url"]
    return url


def events(content: bytes) -> dict[str, Any]:
    return {str(e["UID"]): e for e in Calendar.from_ical(content).walk("VEVENT")}


@pytest.fixture
def headers(world: World) -> dict[str, dict[str, str]]:
    center = {"Authorization": f"Bearer {world.token('center', '230101')}"}
    point = {"Authorization": f"Bearer {world.token('exam_point', '2301')}"}
    return {path: point if "exam-points" in path else center for path in STAFF} | {
        path: {} for path in PUBLIC
    }


@pytest.mark.parametrize("path", PUBLIC + STAFF)
def test_a_warm_copy_is_confirmed_without_a_body(
    client: TestClient, headers: dict[str, dict[str, str]], path: str
) -> None:
    first = client.get(path, headers=headers[path])
    tag = first.headers["etag"]
    assert first.status_code == 200
    assert tag.startswith('"')
    assert (
        first.headers["cache-control"] == f"{'public' if path in PUBLIC else 'private'}, no-cache"
    )
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers=headers[path] | {"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        for name in ("cache-control", "vary"):
            assert again.headers.get(name) == first.headers.get(name)
    changed = client.get(path, headers=headers[path] | {"If-None-Match": '"other"'})
    assert (changed.status_code, changed.content) == (200, first.content)


def test_every_representation_has_its_own_tag_and_a_new_version_new_ones(
    world: World, client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    def tags() -> list[str]:
        return [client.get(p, headers=headers[p]).headers["etag"] for p in PUBLIC + STAFF]

    before = tags()
    world.publish(facts(2), people(120, shift=1))
    assert len({*before, *tags()}) == 2 * len(PUBLIC + STAFF)


def test_a_calendar_of_a_candidate_is_that_of_the_documents_and_is_confirmed(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    link = link_of(client, persons[7])
    answer = client.get(link)
    assert answer.content == candidate_calendar(facts(), persons[7].placement)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    tag = answer.headers["etag"]
    assert client.get(link, headers={"If-None-Match": tag}).status_code == 304
    for secret in (persons[7].name, persons[7].number, persons[7].placement.ticket_number):
        assert secret not in answer.text


def test_after_a_date_move_the_same_events_have_another_time_and_a_higher_sequence(
    world: World, client: TestClient, persons: tuple[Person, ...]
) -> None:
    link = link_of(client, persons[7])
    first = client.get(link)
    world.publish(facts(2, moved=True), people(120))
    second = client.get(link, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    before, after = events(first.content), events(second.content)
    assert set(before) == set(after)
    for uid, event in after.items():
        assert event["DTSTART"].dt - before[uid]["DTSTART"].dt == timedelta(days=7)
        assert (before[uid]["SEQUENCE"], event["SEQUENCE"]) == (0, 1)


def test_a_withdrawal_cancels_every_event_and_changes_the_tag(
    world: World, client: TestClient, persons: tuple[Person, ...]
) -> None:
    link = link_of(client, persons[7])
    first = client.get(link)
    world.withdraw(NOW)
    cancelled = client.get(link, headers={"If-None-Match": first.headers["etag"]})
    assert cancelled.status_code == 200
    made = events(cancelled.content)
    assert set(made) == set(events(first.content))
    assert {str(e["STATUS"]) for e in made.values()} == {"CANCELLED"}
    for path in PUBLIC:
        assert client.get(path).json()["code"] == "not_published"
    health = client.get("/healthz").json()
    assert (health["status"], health["root_hash"]) == ("nothing_published", None)


def test_a_withdrawn_plan_that_is_live_again_confirms_every_event_later_than_the_cancellation(
    world: World, client: TestClient, persons: tuple[Person, ...]
) -> None:
    """With one SEQUENCE the later DTSTAMP counts (RFC 5546, section 2.1.5)."""
    link, back = link_of(client, persons[7]), NOW + timedelta(hours=2)
    first = client.get(link)
    world.withdraw(NOW)
    cancelled = client.get(link)
    world.restore(back)
    again = client.get(link, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    stamps = [
        {(e["DTSTAMP"].dt, int(e["SEQUENCE"]), str(e["STATUS"])) for e in events(c).values()}
        for c in (first.content, cancelled.content, again.content)
    ]
    assert stamps == [
        {(facts().published_at, 0, "CONFIRMED")},
        {(NOW, 0, "CANCELLED")},
        {(back, 0, "CONFIRMED")},
    ]
    assert set(events(again.content)) == set(events(first.content))
    world.publish(facts(2), people(120))
    newest = events(client.get(link).content)
    assert {e["DTSTAMP"].dt for e in newest.values()} == {facts(2).published_at}


def test_another_public_address_changes_the_tag_of_what_names_it(
    world: World, serve: Callable[..., TestClient], headers: dict[str, dict[str, str]]
) -> None:
    path = "/v1/centers/230101/sessions"
    answers = [
        serve(public_url=url).get(path, headers=headers[path])
        for url in ("https://a.example", "https://b.example")
    ]
    assert answers[0].content != answers[1].content
    assert answers[0].headers["etag"] != answers[1].headers["etag"]


def test_a_link_ends_seven_days_after_the_exam(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """The last session ends on 2022-04-10 at 17:45, with a quarter more at 18:08 Beijing time."""
    link = link_of(serve(), persons[7])
    last = NOW.replace(day=17, hour=10, minute=7)
    assert serve(now=last).get(link).status_code == 200
    assert serve(now=last + timedelta(minutes=1)).get(link).status_code == 404


def test_the_seat_plan_of_a_center_holds_whom_the_plan_holds(
    client: TestClient, headers: dict[str, dict[str, str]], persons: tuple[Person, ...]
) -> None:
    path = "/v1/centers/230101/seat-plan"
    content = client.get(path, headers=headers[path]).content
    made = SeatPlanAnswer.model_validate_json(content)
    assert made.model_dump_json().encode() == content
    here = [p.placement for p in persons if p.placement.center_id == "230101"]
    rows = [(r.sitting, r.room_id, c.seat, c.ticket_number, c.name, c.id_last4)
            for r in made.rooms for c in r.candidates]  # fmt: skip
    assert rows == [
        (p.sitting, p.room_id, p.seat, p.ticket_number, p.name, p.id_last4) for p in here
    ]
    for person in persons:
        assert person.id_number not in content.decode()
        assert person.number not in content.decode()


@pytest.mark.parametrize(
    "asked", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}]
)
def test_the_csv_has_the_bytes_of_the_export(
    client: TestClient,
    headers: dict[str, dict[str, str]],
    persons: tuple[Person, ...],
    asked: dict[str, Any],
) -> None:
    path = "/v1/centers/230101/seat-plan"
    answer = client.get(
        path, params=asked.get("params", {}), headers=headers[path] | asked.get("headers", {})
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="seat-plan-230101.csv"'
    rows = seat_plan_rows(facts(), (p.placement for p in persons), center_id="230101")
    assert answer.content == seat_plan_csv(facts(), rows)


def test_a_seat_plan_is_narrowed_by_sitting_and_room(
    client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    path = "/v1/centers/230101/seat-plan"
    whole = client.get(path, headers=headers[path]).json()["rooms"]
    narrow = client.get(f"{path}?sitting=C1&room=R02", headers=headers[path]).json()["rooms"]
    assert narrow == [r for r in whole if (r["sitting"], r["room_id"]) == ("C1", "R02")]
    assert 0 < len(narrow) < len(whole)


def test_sessions_count_the_candidates_of_each_room_and_lead_to_a_calendar(
    client: TestClient, headers: dict[str, dict[str, str]], persons: tuple[Person, ...]
) -> None:
    path = "/v1/centers/230101/sessions"
    made = SessionsAnswer.model_validate(client.get(path, headers=headers[path]).json())
    (center,) = made.centers
    for session in center.sessions:
        for room in session.rooms:
            assert room.candidates == sum(
                p.placement.room_id == room.room_id
                and p.placement.center_id == "230101"
                and str(session.subject) in p.placement.subjects
                for p in persons
            )
    assert [s.subject for s in center.sessions] == [1, 2, 3, 4]
    assert center.sessions[0].latest_end > center.sessions[0].end
    calendar = client.get(made.calendar_url)
    assert len(events(calendar.content)) == len(center.sessions)
    point = "/v1/exam-points/2301/sessions"
    both = SessionsAnswer.model_validate(client.get(point, headers=headers[point]).json())
    assert [c.center.id for c in both.centers] == ["230101", "230102"]
    assert both.calendar_url != made.calendar_url
    assert client.get(both.calendar_url).status_code == 200
