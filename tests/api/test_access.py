"""Every route x every kind of caller. The routes come from the app; a route without a row fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.world import NOW, Person, World, facts

ANYBODY = {
    "no token": 200,
    "wrong candidate": 200,
    "wrong center": 200,
    "expired": 200,
    "revoked": 200,
    "right one": 200,
}
"""A public route answers the same whatever is sent along."""

STAFF = {
    "no token": 401,
    "wrong candidate": 403,
    "wrong center": 403,
    "expired": 401,
    "revoked": 401,
    "right one": 200,
}

TABLE: Mapping[str, Mapping[str, int]] = {
    "GET /docs": ANYBODY,
    "GET /docs/oauth2-redirect": ANYBODY,
    "GET /healthz": ANYBODY,
    "GET /v1/exam": ANYBODY,
    "GET /v1/exam/calendar.ics": ANYBODY,
    "GET /v1/specialties": ANYBODY,
    "GET /v1/specialties/{code}": ANYBODY,
    "GET /v1/balance": ANYBODY,
    "GET /v1/centers/{center_id}/seat-plan": STAFF,
    "GET /v1/centers/{center_id}/sessions": STAFF,
    "GET /v1/centers/{center_id}/files/{name}": STAFF,
    "GET /v1/exam-points/{exam_point}/seat-plan": STAFF,
    "GET /v1/exam-points/{exam_point}/sessions": STAFF,
    # the ID number is the candidate's secret; a staff token opens no ticket
    "POST /v1/tickets/lookup": {
        "no token": 422,
        "wrong candidate": 404,
        "wrong center": 422,
        "expired": 404,
        "revoked": 422,
        "right one": 200,
    },
    **{
        f"POST /v1/tickets/{form}": {
            "no token": 422,
            "wrong candidate": 404,
            "wrong center": 422,
            "expired": 404,
            "revoked": 422,
            "right one": 200,
        }
        for form in ("pdf", "page")
    },
    # the link is the secret; somebody else's link opens somebody else's calendar, never this one
    "GET /v1/calendars/{token}.ics": {
        "no token": 404,
        "wrong candidate": 404,
        "wrong center": 404,
        "expired": 404,
        "revoked": 404,
        "right one": 200,
    },
}
CALLERS = tuple(ANYBODY)


@pytest.fixture
def app(world: World) -> Iterator[FastAPI]:
    made = create_app(world.settings())
    yield made
    made.state.service.store.close()


def routes(app: FastAPI) -> set[str]:
    contexts = iter_route_contexts(app.routes)
    return {
        f"{method} {context.path}"
        for context in contexts
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }


def test_every_route_has_its_row(app: FastAPI) -> None:
    assert routes(app) == set(TABLE)
    assert len(TABLE) == 17
    assert all(tuple(row) == CALLERS for row in TABLE.values())


class Callers:
    """Calls a route as one of the kinds of callers."""

    def __init__(self, world: World, persons: tuple[Person, ...], serve: Callable[..., TestClient]):
        self.world = world
        self.me, self.other = persons[7], persons[8]
        self.client = serve()
        self.late = serve(now=NOW + timedelta(days=365))
        self.store = self.client.app.state.service.store  # type: ignore[attr-defined]

    def call(self, route: str, caller: str) -> tuple[int, str]:
        method, path = route.split(" ")
        client = self.late if caller == "expired" and "calendars" in path else self.client
        path = path.replace("{code}", "101").replace("{token}", self.link(caller))
        path = path.replace("{center_id}", "230101").replace("{exam_point}", "2301")
        path = path.replace("{name}", "door-notices.pdf")
        answer = client.request(
            method, path, headers=self.headers(route, caller), json=self.body(method, caller)
        )
        return answer.status_code, answer.text

    def headers(self, route: str, caller: str) -> dict[str, str]:
        kind, mine, other = "center", "230101", "230102"
        if "exam-points" in route:
            kind, mine, other = "exam_point", "2301", "2201"
        token = {
            "no token": "",
            "wrong candidate": self.store.calendar_token("candidate", self.other.number),
            "wrong center": self.world.token(kind, other),
            "expired": self.world.token(kind, mine, expires=NOW),
            "revoked": self.world.token(kind, mine, revoked=True),
            "right one": self.world.token(kind, mine),
        }[caller]
        return {"Authorization": f"Bearer {token}"} if token else {}

    def body(self, method: str, caller: str) -> dict[str, str] | None:
        if method == "GET":
            return None
        me, other = self.me, self.other
        return {
            "no token": {"number": me.number},
            "wrong candidate": {"number": me.number, "id_number": other.id_number},
            "wrong center": {"number": me.number},
            "expired": {"number": me.placement.ticket_number + "9", "id_number": me.id_number},
            "revoked": {"id_number": me.id_number},
            "right one": {"number": me.number, "id_number": me.id_number},
        }[caller]

    def link(self, caller: str) -> str:
        mine: str = self.store.calendar_token("candidate", self.me.number)
        if caller == "revoked":
            return self.revoked_link(self.store.calendar_token("candidate", self.other.number))
        changed = mine[:-2] + ("AA" if mine[-2:] != "AA" else "BB")
        staff = self.world.token("center", "230101")
        return {"no token": changed, "wrong candidate": changed, "wrong center": staff}.get(
            caller, mine
        )

    def revoked_link(self, token: str) -> str:
        from sqlalchemy import update

        from scheduler.store.keys import token_hash
        from scheduler.store.tables import CALENDAR_LINK

        with self.world.engine.begin() as connection:
            connection.execute(
                update(CALENDAR_LINK)
                .where(CALENDAR_LINK.c.token_hash == token_hash(token))
                .values(revoked_at="2022-04-05T00:00:00Z")
            )
        return token


@pytest.fixture
def callers(world: World, persons: tuple[Person, ...], serve: Callable[..., TestClient]) -> Callers:
    return Callers(world, persons, serve)


@pytest.mark.parametrize("route", TABLE)
def test_each_caller_gets_what_the_table_says(callers: Callers, route: str) -> None:
    got = {caller: callers.call(route, caller) for caller in CALLERS}
    assert {caller: status for caller, (status, _) in got.items()} == TABLE[route]
    for status, text in got.values():
        if status != 200:
            assert callers.me.name not in text
            assert callers.other.name not in text
            assert facts().root_hash not in text


def test_unknown_expired_and_revoked_tokens_get_the_same_bytes(callers: Callers) -> None:
    url = "/v1/centers/230101/sessions"
    world = callers.world
    tokens = [
        "A" * 43,
        "not even a token",
        world.token("center", "230101", expires=NOW),
        world.token("center", "230101", revoked=True),
        world.token("center", "230102", revoked=True),
    ]
    answers = [callers.client.get(url, headers={"Authorization": f"Bearer {t}"}) for t in tokens]
    answers += [callers.client.get(url), callers.client.get(url, headers={"Authorization": "x y"})]
    assert {(a.status_code, a.content, tuple(a.headers.items())) for a in answers} == {
        (401, answers[0].content, tuple(answers[0].headers.items()))
    }
    assert answers[0].headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_scope_does_not_tell_whether_the_center_exists(callers: Callers) -> None:
    token = {"Authorization": f"Bearer {callers.world.token('center', '230101')}"}
    there = callers.client.get("/v1/centers/220101/sessions", headers=token)
    nowhere = callers.client.get("/v1/centers/999999/sessions", headers=token)
    assert there.status_code == nowhere.status_code == 403
    assert there.content == nowhere.content
    point = {"Authorization": f"Bearer {callers.world.token('exam_point', '2301')}"}
    other = callers.client.get("/v1/centers/220101/sessions", headers=point)
    none = callers.client.get("/v1/centers/999999/sessions", headers=point)
    assert (other.status_code, other.content) == (none.status_code, none.content)
    assert other.status_code == 403


def test_an_exam_point_reads_its_centers_and_no_other(callers: Callers) -> None:
    token = {"Authorization": f"Bearer {callers.world.token('exam_point', '2301')}"}
    assert callers.client.get("/v1/centers/230102/sessions", headers=token).status_code == 200
    mine = callers.client.get("/v1/exam-points/2301/seat-plan", headers=token).json()
    assert {room["center_id"] for room in mine["rooms"]} <= {"230101", "230102"}
    center = {"Authorization": f"Bearer {callers.world.token('center', '230101')}"}
    answer = callers.client.get("/v1/exam-points/2301/seat-plan", headers=center)
    assert answer.status_code == 403


def test_a_token_of_another_exam_opens_nothing(callers: Callers) -> None:
    token = callers.world.token("center", "230101", code="OTHER-2022")
    answer = callers.client.get(
        "/v1/centers/230101/sessions", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403


def test_every_row_of_a_seat_plan_is_of_the_center(callers: Callers) -> None:
    """Access is decided by the path; the rows must be of it, also as CSV."""
    token = {"Authorization": f"Bearer {callers.world.token('center', '230101')}"}
    made = callers.client.get("/v1/centers/230101/seat-plan", headers=token).json()
    assert {room["center_id"] for room in made["rooms"]} == {"230101"}
    seen = {c["ticket_number"] for room in made["rooms"] for c in room["candidates"]}
    assert callers.me.placement.ticket_number in seen
    csv = callers.client.get("/v1/centers/230101/seat-plan?format=csv", headers=token).text
    rows = csv.strip().splitlines()[1:]
    assert len(rows) == len(seen)
    assert all(row.startswith("230101,") for row in rows)
