"""Malformed, hostile and unlucky calls, by id (A..: what a trustworthy service answers to them).

Those of the list that concern routes which do not exist here (uploads, jobs, idempotency keys) have
no test; the ones from A31 on are more of the same kind.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.limiting import SPREAD
from tests.api.world import NOW, Person, World, facts, people

URL = "/v1/tickets/lookup"
JSON = {"Content-Type": "application/json"}


def ask(client: TestClient, person: Person, **changes: Any) -> Any:
    body = {"number": person.number, "id_number": person.id_number} | changes
    return client.post(URL, json=body)


def code(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:paikao:problem:{problem['code']}"
    return str(problem["code"])


@pytest.fixture
def token(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token('center', '230101')}"}


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


def test_a01_id_numbers_are_read_as_the_import_reads_them(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    me = persons[3]
    assert me.id_number.endswith("X")
    spellings = [
        me.id_number.lower(),
        full_width(me.id_number),
        f"  {me.id_number[:6]} {me.id_number[6:14]} {me.id_number[14:]}\u3000",
        f"\ufeff{me.id_number}",
    ]
    answers = [ask(client, me, id_number=spelling) for spelling in spellings]
    answers.append(ask(client, me, number=f"\u3000{full_width(me.number)} "))
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1


def test_a04_a_ticket_of_another_exam_gets_the_usual_404(
    world: World, serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    world.publish(facts(code="OTHER-2022"), people(130))
    client = serve(exam="WSZG-2022")
    stranger = people(130)[125]
    assert ask(serve(exam="OTHER-2022"), stranger).status_code == 200
    answer = ask(client, stranger)
    assert code(answer) == "no_such_candidate"
    assert answer.content == ask(client, persons[3], id_number="0").content


def test_a05_after_a_new_version_the_answer_says_what_changed(
    world: World, serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    """Ticket numbers stay with their holders over the versions of a plan."""
    client, me = serve(), persons[89]
    before = ask(client, me).json()
    placed = {p.number: p.placement for p in people(120, shift=1)}
    numbered = {p.number: p.placement.ticket_number for p in persons}
    world.publish(
        facts(2),
        tuple(
            dataclasses.replace(
                p,
                placement=dataclasses.replace(placed[p.number], ticket_number=numbered[p.number]),
            )
            for p in persons
        ),
    )
    after = ask(client, me, number=before["ticket_number"]).json()
    assert after["changed"] == ["room", "seat"]
    assert after["seat"]["room"]["id"] != before["seat"]["room"]["id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "Sun, 10 Apr 2022 00:00:00 GMT"},
        {"X-Forwarded-Date": "2022-04-10"},
        {"If-Unmodified-Since": "Sun, 10 Apr 2022 00:00:00 GMT"},
        {"X-Now": "2022-04-10T00:00:00"},
    ],
)
def test_a06_no_header_moves_the_clock(
    serve: Callable[..., TestClient], persons: tuple[Person, ...], headers: dict[str, str]
) -> None:
    client = serve(now=NOW - timedelta(days=10))
    body = {"number": persons[3].number, "id_number": persons[3].id_number}
    answers = [client.post(URL, json=body, headers=h) for h in ({}, headers)]
    assert {a.content for a in answers} == {answers[0].content}
    assert code(answers[1]) == "not_open"


BODIES = {
    "10 MB": (b'{"number":"' + b"1" * 10_000_000 + b'"}', "body_too_large"),
    "depth 10,000": (b"[" * 10_000, "body_too_large"),
    "depth 2,000": (b'{"a":' * 800, "bad_json"),
    "brackets": (b"[" * 4_000, "bad_json"),
    "duplicate members": (b'{"number":"1","id_number":"2","number":"3"}', "bad_json"),
    "duplicate members below": (b'{"number":"1","id_number":{"a":1,"a":2}}', "bad_json"),
    "invalid UTF-8": (b'{"number":"\xff\xfe","id_number":"2"}', "bad_json"),
    "overlong UTF-8": (b'{"number":"\xc0\xaf","id_number":"2"}', "bad_json"),
    "UTF-16": ('{"number":"1","id_number":"2"}'.encode("utf-16"), "bad_json"),
    "byte-order mark": (b'\xef\xbb\xbf{"number":"1","id_number":"2"}', "bad_json"),
    "NaN": (b'{"number":NaN,"id_number":"2"}', "bad_json"),
    "Infinity": (b'{"number":"1","id_number":-Infinity}', "bad_json"),
    "empty": (b"", "bad_json"),
    "cut": (b'{"number":"1"', "bad_json"),
    "two values": (b'{"number":"1","id_number":"2"}{}', "bad_json"),
    "comment": (b'{"number":"1","id_number":"2"}//', "bad_json"),
    "single quotes": (b"{'number':'1','id_number':'2'}", "bad_json"),
    "raw control character": (b'{"number":"1\n","id_number":"2"}', "bad_json"),
    "huge integer": (b'{"number":' + b"9" * 3_900 + b',"id_number":"2"}', "invalid_request"),
    "integer of too many digits": (b'{"number":1' + b"0" * 4_070 + b"}", "invalid_request"),
    "number, not text": (b'{"number":1,"id_number":"2"}', "invalid_request"),
    "exponent": (b'{"number":1e400,"id_number":"2"}', "invalid_request"),
    "array": (b'["1","2"]', "invalid_request"),
    "null": (b"null", "invalid_request"),
    "list for text": (b'{"number":["1"],"id_number":"2"}', "invalid_request"),
    "missing": (b'{"number":"1"}', "invalid_request"),
    "unknown member": (b'{"number":"1","id_number":"2","admin":true}', "invalid_request"),
    "blank": (b'{"number":"","id_number":"2"}', "invalid_request"),
    "too long": (b'{"number":"' + b"1" * 65 + b'","id_number":"2"}', "invalid_request"),
    "NUL": (b'{"number":"1\\u0000","id_number":"2"}', "invalid_request"),
    "lone surrogate": (b'{"number":"\\ud800","id_number":"2"}', "invalid_request"),
    "lone surrogate as ID": (b'{"number":"1","id_number":"\\udfff"}', "invalid_request"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a08_a_malformed_body_is_refused_at_once_without_being_quoted(
    client: TestClient, name: str
) -> None:
    content, expected = BODIES[name]
    client.get("/healthz")
    started = time.process_time()
    answer = client.post(URL, content=content, headers=JSON)
    assert time.process_time() - started < 0.05
    assert code(answer) == expected
    assert answer.status_code in (400, 413, 422)
    assert "admin" not in answer.text


def test_a08_a_body_without_a_length_is_cut_off(client: TestClient) -> None:
    def pieces() -> Any:
        for _ in range(1_000):
            yield b" " * 1_000

    assert code(client.post(URL, content=pieces(), headers=JSON)) == "body_too_large"
    short = [b'{"number":"1",', b'"id_number":"2"}']
    answer = client.post(URL, content=iter(short), headers=JSON)
    assert code(answer) == "no_such_candidate"


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/xml", "application/jsonp", "json", "application/json-patch+json"],
)  # fmt: skip
def test_a09_a_body_that_is_not_declared_as_json_is_refused(
    client: TestClient, persons: tuple[Person, ...], kind: str
) -> None:
    body = json.dumps({"number": persons[3].number, "id_number": persons[3].id_number})
    answer = client.post(URL, content=body, headers={"Content-Type": kind} if kind else {})
    assert (answer.status_code, code(answer)) == (415, "json_required")
    charset = client.post(
        URL, content=body, headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert charset.status_code == 200


def test_a10_the_sixth_wrong_try_is_challenged_not_locked(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    answers = [ask(client, persons[3], id_number="0") for _ in range(6)]
    assert [code(a) for a in answers] == ["no_such_candidate"] * 5 + ["name_required"]
    assert ask(client, persons[3], name=persons[3].name).status_code == 200


def test_a11_refusals_say_when_to_come_back_each_at_another_moment(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(failures_per_client="2 per 10 minute")
    for person in persons[:2]:
        ask(client, person, id_number="0")
    answers = [ask(client, persons[5]) for _ in range(40)]
    assert {code(a) for a in answers} == {"too_many_requests"}
    waits = {int(a.headers["retry-after"]) for a in answers}
    assert all(590 <= wait <= 600 + SPREAD for wait in waits)
    assert len(waits) > 5


def test_a11_a_store_that_is_busy_answers_503_and_nothing_else(
    serve: Callable[..., TestClient], persons: tuple[Person, ...], monkeypatch: Any
) -> None:
    from scheduler.store.errors import StoreBusy

    client = serve()
    store = client.app.state.service.store  # type: ignore[attr-defined]

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("another process is writing")

    monkeypatch.setattr(type(store), "record_failure", busy)
    answer = ask(client, persons[3], id_number="0")
    assert (answer.status_code, code(answer)) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert ask(client, persons[3]).status_code == 200


def test_a14_a_candidates_link_opens_no_staff_page(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    link = ask(client, persons[3]).json()["calendar_url"]
    token = link.rpartition("/")[2].removesuffix(".ics")
    answer = client.get(
        "/v1/centers/230101/seat-plan", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, code(answer)) == (403, "wrong_scope")


@pytest.mark.parametrize("query", ["page=-1", "page=1000000000", "offset=x", "limit=10", "page="])
def test_a16_there_are_no_pages_so_paging_is_refused(
    client: TestClient, token: dict[str, str], query: str
) -> None:
    for path in ("/v1/specialties", "/v1/balance", "/v1/centers/230101/seat-plan"):
        answer = client.get(f"{path}?{query}", headers=token)
        assert (answer.status_code, code(answer)) == (422, "invalid_request")


@pytest.mark.parametrize(
    "query",
    ["sort=name", "filter=id_hash", "sitting=C1'--", "sitting=C1%20OR%201=1", "room=../../etc",
     "sitting=%00", "format=xml", "format=CSV%0d%0aX: y", "name=王伟", "sitting=" + "C" * 33],
)  # fmt: skip
def test_a17_what_is_not_offered_cannot_be_filtered_by(
    client: TestClient, token: dict[str, str], query: str
) -> None:
    answer = client.get(f"/v1/centers/230101/seat-plan?{query}", headers=token)
    assert (answer.status_code, code(answer)) == (422, "invalid_request")
    assert "1=1" not in answer.text
    assert "id_hash" not in answer.text


def test_a17_a_sitting_or_room_that_does_not_exist_is_told(
    client: TestClient, token: dict[str, str]
) -> None:
    for query in ("sitting=C9", "room=R99"):
        answer = client.get(f"/v1/centers/230101/seat-plan?{query}", headers=token)
        assert (answer.status_code, code(answer)) == (404, "not_found")
    empty = client.get("/v1/centers/230101/seat-plan?sitting=C2", headers=token)
    assert (empty.status_code, empty.json()["rooms"]) == (200, [])


def test_a26_a_page_and_its_tag_are_of_one_version(
    world: World, client: TestClient, token: dict[str, str]
) -> None:
    first = facts()
    second, after = facts(2), people(120, shift=1)
    before_id = client.app.state.service.store.live().version_id  # type: ignore[attr-defined]
    after_id = world.load(second, after, before_id, first)
    tags: dict[int, set[str]] = {1: set(), 2: set()}
    for i in range(20):
        world.flip(*((after_id, second) if i % 2 == 0 else (before_id, first)))
        answer = client.get("/v1/centers/230101/seat-plan", headers=token)
        made = answer.json()
        number = made["version"]["plan_version"]
        tags[number].add(answer.headers["etag"])
        seats = {
            c["ticket_number"]: c["seat"] for room in made["rooms"] for c in room["candidates"]
        }
        planned = {
            p.placement.ticket_number: p.placement.seat
            for p in (people(120) if number == 1 else after)
            if p.placement.center_id == "230101"
        }
        assert seats == planned
    assert [len(t) for t in tags.values()] == [1, 1]
    assert not tags[1] & tags[2]


def test_a28_a_calendar_may_be_polled_but_not_every_second(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(polls_per_calendar="5 per 10 minute")
    link = ask(client, persons[3]).json()["calendar_url"]
    tag = client.get(link).headers["etag"]
    again = [client.get(link, headers={"If-None-Match": tag}).status_code for _ in range(4)]
    assert again == [304] * 4
    refused = client.get(link, headers={"If-None-Match": tag})
    assert (refused.status_code, code(refused)) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 590
    other = ask(client, persons[4]).json()["calendar_url"]
    assert client.get(other).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/v0/exam", "/v2/exam", "/api/../v1", "/v1", "/v1/", "/v1/exam/", "//v1/exam", "/V1/exam",
     "/v1/exam%00", "/.env", "/v1/specialties/", "/admin", "/v1/tickets"],
)  # fmt: skip
def test_a29_an_unknown_path_is_404(client: TestClient, path: str) -> None:
    answer = client.get(f"http://testserver{path}")
    assert (answer.status_code, code(answer)) == (404, "not_found")


def test_a30_an_unexpected_error_gives_an_incident_id_and_no_value(
    serve: Callable[..., TestClient],
    persons: tuple[Person, ...],
    monkeypatch: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = serve()
    store = client.app.state.service.store  # type: ignore[attr-defined]

    def breaks(_: object, number: str) -> None:
        raise RuntimeError(f"could not look up {number}")

    monkeypatch.setattr(type(store), "find", breaks)
    answer = ask(client, persons[3])
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    incident = answer.json()["incident"]
    assert re.fullmatch("[0-9a-f]{32}", incident)
    assert persons[3].number not in answer.text
    assert "RuntimeError" not in answer.text
    assert incident in caplog.text
    assert "RuntimeError at api/test_calls.py:" in caplog.text
    assert persons[3].number not in caplog.text


# ---------------------------------------------------------------- others like them


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_a31_other_methods_are_refused_and_the_offered_ones_are_named(
    client: TestClient, method: str
) -> None:
    for path, allowed in (("/v1/exam", "GET, HEAD"), (URL, "POST")):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "bearer x", "Basic eDp5", "Bearer " + "A" * 8000, "Bearer a b",
     "Bearer \x7f", "Token abc", "Bearer ' OR 1=1 --"],
)  # fmt: skip
def test_a32_a_malformed_authorization_is_401(client: TestClient, header: str) -> None:
    answer = client.get("/v1/centers/230101/sessions", headers={"Authorization": header})
    assert (answer.status_code, code(answer)) == (401, "token_required")


def test_a33_guessing_tokens_and_links_ends_soon(serve: Callable[..., TestClient]) -> None:
    client = serve(failures_per_client="10 per 10 minute")
    statuses = []
    for i in range(8):
        token = f"{i:043d}"
        statuses.append(client.get(f"/v1/calendars/{token}.ics").status_code)
        bearer = {"Authorization": f"Bearer {token}"}
        statuses.append(client.get("/v1/centers/230101/sessions", headers=bearer).status_code)
    assert set(statuses[:10]) == {404, 401}
    assert set(statuses[10:]) == {429}


@pytest.mark.parametrize(
    "number",
    ["%", "_" * 14, "22230100000003 --", "' OR '1'='1", "22230100000003\u0301", "２２" * 20, "🎓",
     "\u202e22230100000003", "../22230100000003", "22230100000003;", "null", "-1"],
)  # fmt: skip
def test_a34_no_pattern_or_injection_finds_anybody(
    client: TestClient, persons: tuple[Person, ...], number: str
) -> None:
    assert code(ask(client, persons[3], number=number)) == "no_such_candidate"


def test_a35_an_unplaced_candidate_has_no_ticket_number_to_be_found_by(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    unplaced = next(p for p in persons if not p.placement.placed)
    assert ask(client, unplaced).json()["seat"] is None
    blank = ask(client, unplaced, number=" ")
    assert code(blank) == "no_such_candidate"


def test_a36_a_request_id_is_echoed_only_if_nothing_personal_fits_in_it(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert client.get("/healthz", headers={"X-Request-ID": uuid}).headers["x-request-id"] == uuid
    for forged in (persons[3].id_number, "a" * 31, "x" * 32, f"{uuid}\t"):
        answer = client.get("/healthz", headers={"X-Request-ID": forged})
        assert "x-request-id" not in answer.headers


def test_a37_every_answer_carries_the_security_headers(
    client: TestClient, persons: tuple[Person, ...], token: dict[str, str]
) -> None:
    link = ask(client, persons[3]).json()["calendar_url"]
    answers = [
        client.get("/healthz"), client.get("/v1/exam"), client.get("/nowhere"),
        client.get("/v1/centers/230101/seat-plan?format=csv", headers=token),
        client.get("/v1/centers/230101/seat-plan"), client.get(link),
        ask(client, persons[3]), ask(client, persons[3], id_number="0"),
        client.post(URL, content=b"x" * 5000, headers=JSON),
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        control = answer.headers["cache-control"]
        personal = answer.status_code == 200 and answer.request.method == "POST"
        assert control == "no-store" if personal else control
    assert ask(client, persons[3]).headers["cache-control"] == "no-store"
    assert client.get(link).headers["cache-control"] == "private, no-cache"
    assert client.get("/nowhere").headers["cache-control"] == "no-store"


def test_a38_head_is_answered_as_get_without_its_body(
    client: TestClient, persons: tuple[Person, ...], token: dict[str, str]
) -> None:
    """RFC 9110, section 9.1: every server answers GET and HEAD."""
    link = ask(client, persons[3]).json()["calendar_url"]
    for path in (
        "/healthz", "/v1/exam", "/v1/exam/calendar.ics", "/v1/specialties/999", "/nowhere",
        "/v1/centers/230101/seat-plan", "/v1/centers/230102/sessions", link,
    ):  # fmt: skip
        whole, head = (client.request(method, path, headers=token) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert dict(head.headers) == dict(whole.headers)
    tag = client.head("/v1/exam").headers["etag"]
    assert client.head("/v1/exam", headers={"If-None-Match": tag}).status_code == 304
    refused = client.head(URL)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_a39_failures_of_neighbours_stop_no_valid_token_and_no_valid_link(
    serve: Callable[..., TestClient], persons: tuple[Person, ...], token: dict[str, str]
) -> None:
    """A hospital's staff, its candidates and a calendar service each have one address."""
    client = serve(failures_per_client="3 per 10 minute")
    link = ask(client, persons[3]).json()["calendar_url"]
    for person in persons[:3]:
        ask(client, person, id_number="0")
    assert code(ask(client, persons[3])) == "too_many_requests"
    assert client.get("/v1/centers/230101/sessions", headers=token).status_code == 200
    assert client.get(link).status_code == 200
    assert client.get(f"/v1/calendars/{'A' * 43}.ics").status_code == 429
    unknown = {"Authorization": f"Bearer {'A' * 43}"}
    for headers in (unknown, {}):
        assert client.get("/v1/centers/230101/sessions", headers=headers).status_code == 429


def test_a40_what_does_not_exist_is_not_unchanged(
    client: TestClient, token: dict[str, str]
) -> None:
    for query in ("sitting=C9", "room=R99"):
        answer = client.get(
            f"/v1/centers/230101/seat-plan?{query}", headers=token | {"If-None-Match": "*"}
        )
        assert (answer.status_code, code(answer)) == (404, "not_found")


def test_a41_a_browser_page_elsewhere_may_not_read_answers(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    origin = {"Origin": "https://evil.example"}
    preflight = client.options(URL, headers=origin | {"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 405
    body = {"number": persons[3].number, "id_number": persons[3].id_number}
    for answer in (preflight, client.post(URL, json=body, headers=origin)):
        assert not [name for name in answer.headers if name.startswith("access-control")]
