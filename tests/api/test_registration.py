"""Applications and scores over the web: windows, equal answers, revisions, limits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from api.lookup import MOST_FAILURES, MOST_NAMED_FAILURES
from api.registration_app import create_app
from api.settings import Settings
from models.registration import Event, State
from models.registration_tables import APPLICATIONS, MARKS
from scheduler.registration.applications import load_applications
from scheduler.registration.opening import open_registration
from scheduler.registration.register import Register, scores_by_ticket_and_document
from scheduler.registration.session import changing, loading_marks
from scheduler.registration.standing import review_status_shown
from scheduler.store.keys import load_key
from tests.scheduler.registration.cases import PHOTO, POINT, edges, event, facts, local
from tests.scheduler.registration.commands import ID_NUMBERS, application, write

OPEN = local("2021-12-21T09:00")
SCORES_OPEN = local("2022-06-20T09:00")
NAMES = ("张三", "李四", "王五")
NOBODY = "99999999999999"


def body(i: int = 0, **changes: object) -> dict[str, object]:
    """What candidate ``i`` sends."""
    made: dict[str, object] = dict(application(name=NAMES[i], id_number=ID_NUMBERS[i]))
    return made | changes


class Portal:
    """A registration of 2022 and servers on it at any time."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "registration.db"
        self.url = f"sqlite:///{self.file}"
        self.key = load_key(self.url, create=True)
        self.clients: list[TestClient] = []
        open_registration(facts(), self.url, key=self.key, actor="office", now=OPEN)

    def at(self, now: datetime, **settings: object) -> TestClient:
        values = {"db": self.url, "now": now, "access_log": False} | settings
        app = create_app(Settings.model_validate(values))
        client = TestClient(app, raise_server_exceptions=False, client=("192.0.2.1", 40000))
        client.__enter__()
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.__exit__(None, None, None)

    def decide(self, candidate: str, *steps: tuple[Event, str, dict[str, object]]) -> None:
        for kind, at, more in steps:
            actor = "payments:" if kind is Event.PAY else f"point:{POINT}"
            with changing(self.url, self.key, None, action="decide", actor="x",
                          now=local(at)) as desk:  # fmt: skip
                one = event(kind, local(at), actor, candidate_id=candidate, **more)
                assert desk.decide(one) == ()

    def marks(self, folder: Path, candidate: str, ticket: str, i: int, *cells: int) -> None:
        rows = [
            {
                "candidate_id": candidate, "ticket_number": ticket, "subject": str(n),
                "presence": "present", "mark": str(cell), "name": NAMES[i],
                "id_type": "resident", "id_number": ID_NUMBERS[i], "exam_point": POINT,
                "specialty": "101",
            }
            for n, cell in enumerate(cells, start=1)
        ]  # fmt: skip
        path = write(folder / "marks.csv", MARKS, rows)
        with loading_marks(self.url, self.key, None, actor="x", now=SCORES_OPEN) as loader:
            loader.load(path)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    made = Portal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(portal: Portal) -> TestClient:
    return portal.at(OPEN)


def submitted(client: TestClient, i: int = 0) -> dict[str, Any]:
    answer = client.post("/v1/applications", json=body(i))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


# ---------------------------------------------------------------- submitting


@pytest.mark.parametrize("edge", list(edges("pre_registration")))
def test_pre_registration_opens_and_closes_to_the_second(portal: Portal, edge: str) -> None:
    at, within = edges("pre_registration")[edge]
    answer = portal.at(at).post("/v1/applications", json=body())
    assert (answer.status_code == 200) is within
    if not within:
        before = edge == "last second before"
        assert answer.json()["code"] == ("not_open" if before else "window_closed")
        assert answer.json().get("opens_at") == ("2021-12-20T00:00:00+08:00" if before else None)


def test_a_new_applicant_gets_a_number_and_is_told_what_comes_next(client: TestClient) -> None:
    made = submitted(client)
    assert made["candidate_id"] == f"22{POINT}00000001"
    assert made["check_code"].endswith("-01")
    assert (made["state"], made["state_zh"]) == ("submitted", "网上预报名成功，待现场确认")
    assert (made["next_step"], made["deadline"]) == ("confirmation", "2022-01-01T00:00:00+08:00")
    assert (made["subjects"], made["match"], made["changed_fields"]) == ("1234", "none", [])
    assert ID_NUMBERS[0] not in str(made)


def test_a_draft_is_saved_and_submitted_later(client: TestClient) -> None:
    saved = client.post("/v1/applications", json=body(submit=False, photo_hash="")).json()
    assert (saved["state"], saved["next_step"]) == ("draft", "pre_registration")
    again = body(candidate_id=saved["candidate_id"])
    done = client.post("/v1/applications", json=again).json()
    assert (done["state"], done["revision"]) == ("submitted", 2)
    assert done["check_code"].endswith("-02")
    assert done["check_code"] != saved["check_code"]


def test_every_broken_rule_is_named(client: TestClient) -> None:
    answer = client.post(
        "/v1/applications", json=body(photo_hash="", certificate_number="", specialty="999")
    )
    assert answer.status_code == 409
    problem = answer.json()
    assert [r["rule"] for r in problem["reasons"]] == [
        "photo_uploaded", "specialty_of_catalogue", "certificate_number_since_2002",
    ]  # fmt: skip
    assert all(r["detail"] and r["detail_en"].isascii() for r in problem["reasons"])


def test_one_document_applies_once(client: TestClient) -> None:
    submitted(client)
    for name in NAMES[:2]:  # the same answer whether the name is right or not
        answer = client.post("/v1/applications", json=body(name=name))
        assert answer.status_code == 409
        assert [r["rule"] for r in answer.json()["reasons"]] == ["one_application_per_document"]


def test_name_and_number_stay_those_of_the_first_save(client: TestClient) -> None:
    mine = submitted(client)["candidate_id"]
    other_name = client.post("/v1/applications", json=body(candidate_id=mine, name="张四"))
    assert [r["rule"] for r in other_name.json()["reasons"]] == ["name_and_number_fixed"]
    other = client.post("/v1/applications", json=body(1, candidate_id=mine))
    assert other.status_code == 404, "another number does not even find it"


def test_a_units_application_is_not_revised_over_the_web(portal: Portal, tmp_path: Path) -> None:
    path = write(tmp_path / "unit.csv", APPLICATIONS, [application(candidate_id="M1")])
    with changing(portal.url, portal.key, None, action="load", actor="x", now=OPEN) as desk:
        load_applications(desk, path, now=OPEN, unit="U1")
    answer = portal.at(OPEN).post("/v1/applications", json=body(candidate_id="M1"))
    assert [r["rule"] for r in answer.json()["reasons"]] == ["military_by_unit"]


def test_nothing_changes_after_confirmation(portal: Portal) -> None:
    client = portal.at(local("2021-12-28T09:00"))
    mine = submitted(client)
    shown = {"shown": ("form", "originals"), "check_code": mine["check_code"]}
    portal.decide(mine["candidate_id"], (Event.CONFIRM_ON_SITE, "2021-12-28T10:00", shown))
    later = portal.at(local("2021-12-28T11:00"))
    answer = later.post("/v1/applications", json=body(candidate_id=mine["candidate_id"]))
    assert [r["rule"] for r in answer.json()["reasons"]] == ["steps_in_order"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id_number": "230102199003070032"}, "body.id_number"),
        ({"id_number": "23010219900307003X"}, "body.id_number"),
        ({"id_type": "taiwan_permit"}, "body.id_number"),
        ({"name": "无"}, "body.name"),
        ({"name": "张三😀"}, "body.name"),
        ({"exam_point": "9999"}, "body.exam_point"),
        ({"graduated_on": "2012"}, "body.graduated_on"),
        ({"photo_hash": "5F" * 32}, "body.photo_hash"),
        ({"id_type": "military"}, "body.id_type"),
        ({"state": "paid"}, "body"),
    ],
)
def test_malformed_fields_are_told_by_place_not_by_value(
    client: TestClient, changes: dict[str, Any], where: str
) -> None:
    answer = client.post("/v1/applications", json=body(**changes))
    assert answer.status_code == 422
    assert where in {fault["where"] for fault in answer.json()["errors"]}
    assert not any(str(value) in answer.text for value in changes.values() if len(str(value)) > 3)


# ---------------------------------------------------------------- look-ups


def test_review_status_shown(portal: Portal) -> None:
    """State in the notice's words, reason, next deadline: at each step of the way."""
    first = portal.at(local("2021-12-28T09:00"))
    mine = submitted(first)
    number = mine["candidate_id"]
    ask = {"number": number, "id_number": ID_NUMBERS[0]}
    shown = {"shown": ("form", "originals"), "check_code": mine["check_code"]}
    portal.decide(
        number,
        (Event.CONFIRM_ON_SITE, "2021-12-28T10:00", shown),
        (Event.APPROVE, "2022-01-10T10:00", {}),
        (Event.PAY, "2022-02-16T10:00", {"amount": 240}),
        (Event.REJECT, "2022-03-01T10:00", {"note": "学历信息失实"}),
    )
    for at, state, step in (
        ("2021-12-28T09:30", "submitted", "confirmation"),
        ("2021-12-28T10:00", "confirmed", "payment"),
        ("2022-01-10T10:00", "approved", "payment"),
        ("2022-02-16T10:00", "paid", "ticket_printing"),
        ("2022-03-01T10:00", "rejected", ""),
    ):
        answer = portal.at(local(at)).post("/v1/applications/lookup", json=ask).json()
        assert (answer["state"], answer["next_step"]) == (state, step)
        assert answer["reason"] == ("学历信息失实" if state == "rejected" else "")


def test_review_status_of_nobody_yet(portal: Portal) -> None:
    number = submitted(portal.at(OPEN))["candidate_id"]
    found = Register.open(portal.url, portal.key).applied(number)
    with pytest.raises(ValueError, match="does not exist yet"):
        review_status_shown(found.facts, found.person, OPEN - timedelta(days=1))
    assert review_status_shown(found.facts, found.person, OPEN).state is State.SUBMITTED


def _asked(portal: Portal, path: str) -> tuple[TestClient, str]:
    """A server at a good time and a number that is somebody's there."""
    number = submitted(portal.at(OPEN))["candidate_id"]
    if "scores" not in path:
        return portal.at(OPEN), number
    return portal.at(SCORES_OPEN), "T1"


PATHS = ("/v1/applications/lookup", "/v1/applications/form", "/v1/scores/lookup",
         "/v1/scores/sheet")  # fmt: skip


def _sat(portal: Portal, folder: Path) -> None:
    """Candidate 1 sat in 2022 without having applied here."""
    portal.marks(folder, "B1", "T1", 0, 71, 60, 59, 40)


def _same(one: Any, other: Any) -> bool:
    return (one.status_code, one.content) == (other.status_code, other.content)


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_learns_nothing(portal: Portal, tmp_path: Path, path: str) -> None:
    """An unknown number and a wrong document number get the same bytes, also after failures."""
    _sat(portal, tmp_path)
    client, number = _asked(portal, path)
    assert client.post(path, json={"number": number, "id_number": ID_NUMBERS[0]}).is_success
    for _ in range(MOST_FAILURES + 2):
        known = client.post(path, json={"number": number, "id_number": ID_NUMBERS[2]})
        unknown = client.post(path, json={"number": NOBODY, "id_number": ID_NUMBERS[2]})
        assert _same(known, unknown)
        assert known.status_code in (403, 404)
    assert known.json()["code"] == "name_required"
    right = {"number": number, "id_number": ID_NUMBERS[0], "name": NAMES[0]}
    assert client.post(path, json=right).is_success
    for _ in range(MOST_NAMED_FAILURES):
        wrong = right | {"id_number": ID_NUMBERS[2]}
        assert client.post(path, json=wrong).status_code == 404
    assert client.post(path, json=right).status_code == 404, "judged no more today"


def test_scores_by_ticket_and_document(portal: Portal, tmp_path: Path) -> None:
    _sat(portal, tmp_path)
    register = Register.open(portal.url, portal.key)
    assert scores_by_ticket_and_document(register, "T1").known
    assert not scores_by_ticket_and_document(register, "B1").known, "no archive number here"
    client = portal.at(SCORES_OPEN)
    answer = client.post("/v1/scores/lookup", json={"number": "T1", "id_number": ID_NUMBERS[0]})
    found = answer.json()
    assert [(s["subject"], s["mark"], s["passed"]) for s in found["subjects"]] == [
        (1, 71, True), (2, 60, True), (3, 59, False), (4, 40, False),
    ]  # fmt: skip
    assert (found["candidate_id"], found["id_last4"]) == ("B1", ID_NUMBERS[0][-4:])
    assert found["print_until"] == "2022-08-18T00:00:00+08:00"
    assert ID_NUMBERS[0] not in answer.text


@pytest.mark.parametrize("path", ["/v1/scores/lookup", "/v1/scores/sheet"])
@pytest.mark.parametrize("edge", list(edges("scores")))
def test_scores_open_and_close_to_the_second(
    portal: Portal, tmp_path: Path, edge: str, path: str
) -> None:
    _sat(portal, tmp_path)
    at, within = edges("scores")[edge]
    client = portal.at(at)
    right = client.post(path, json={"number": "T1", "id_number": ID_NUMBERS[0]})
    wrong = client.post(path, json={"number": NOBODY, "id_number": ID_NUMBERS[1]})
    assert right.is_success is within
    assert within or _same(right, wrong), "outside the window everybody gets the same answer"


def test_failures_of_one_client_are_limited(portal: Portal) -> None:
    client = portal.at(OPEN, failures_per_client="3 per 10 minute")
    ask = {"number": NOBODY, "id_number": ID_NUMBERS[0]}
    answers = [client.post("/v1/applications/lookup", json=ask).status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert client.post("/v1/applications", json=body()).status_code == 429


def test_guessing_who_applied_is_limited_as_well(portal: Portal) -> None:
    submitted(portal.at(OPEN))
    client = portal.at(OPEN, failures_per_client="2 per 10 minute")
    answers = [client.post("/v1/applications", json=body()).status_code for _ in range(3)]
    assert answers == [409, 409, 429]


# ---------------------------------------------------------------- what is kept, what is told


def test_no_document_number_stands_in_the_database(portal: Portal, tmp_path: Path) -> None:
    client = portal.at(OPEN)
    for i in range(3):
        submitted(client, i)
    _sat(portal, tmp_path)
    portal.close()
    portal.clients.clear()
    content = b"".join(p.read_bytes() for p in portal.file.parent.glob("registration.db*"))
    assert all(number.encode() not in content for number in ID_NUMBERS)
    assert NAMES[0].encode() in content, "the file is read as it should be"


def test_what_was_written_stays(portal: Portal) -> None:
    submitted(portal.at(OPEN))
    with sqlite3.connect(portal.file) as connection:
        for statement in (
            "update application_event set event = 'pay'",
            "delete from application_event",
            "update applicant set name = 'x'",
            "update application set specialty = '303'",
            "delete from application",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
        tables = connection.execute("select sql from sqlite_master where type = 'table'").fetchall()
    assert not any(" state " in sql for (sql,) in tables if sql), "no state is kept"


def test_the_document_describes_every_route(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    document = app.openapi()
    assert set(document["paths"]) == {
        "/v1/applications", "/v1/applications/lookup", "/v1/applications/form",
        "/v1/scores/lookup", "/v1/scores/sheet", "/healthz",
    }  # fmt: skip
    page = (Path(__file__).parents[2] / "docs" / "registration.md").read_text("utf-8")
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page
    health = client.get("/healthz").json()
    assert (health["status"], health["exam"], health["clock"]) == ("ok", "WSZG-2022", "fixed")


ROUTES = (
    "POST /v1/applications", "POST /v1/applications/lookup", "POST /v1/applications/form",
    "POST /v1/scores/lookup", "POST /v1/scores/sheet", "GET /healthz",
)  # fmt: skip
RUNS = [(route, GenerationMode.POSITIVE) for route in ROUTES] + [
    (route, GenerationMode.NEGATIVE) for route in ROUTES[:-1]
]


@pytest.mark.parametrize(("route", "mode"), RUNS)
def test_generated_requests_meet_documented_answers_only(
    portal: Portal, route: str, mode: GenerationMode
) -> None:
    """Requests within the document or outside it; none may give 5xx or anything undocumented."""
    client = portal.at(OPEN, failures_per_client="1000000 per 10 minute")
    method, path = route.split(" ")
    operation = schemathesis.openapi.from_asgi("/openapi.json", client.app)[path][method]

    @settings(
        max_examples=5, derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


def test_examples_are_taken(portal: Portal) -> None:
    from api.registration_examples import SUBMIT

    sent = dict(SUBMIT["first"])  # type: ignore[call-overload]
    assert portal.at(OPEN).post("/v1/applications", json=sent).status_code == 200
    assert sent["photo_hash"] == PHOTO
