"""One candidate's whole year, through the commands and the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app as plan_app
from api.registration_app import create_app as registration_app
from api.settings import Settings
from tests.scheduler.registration.cases import POINT
from tests.scheduler.registration.commands import (
    ID_NUMBERS,
    Office,
    application,
    marks,
    paikao,
    rows_of,
    year_of_steps,
)


@contextmanager
def served(make: Any, db: str, now: str) -> Iterator[TestClient]:
    app: FastAPI = make(Settings.model_validate({"db": db, "now": now, "access_log": False}))
    with TestClient(app, client=("192.0.2.1", 40000)) as client:
        yield client


@pytest.mark.slow
def test_a_whole_year(tmp_path: Path) -> None:
    office = Office(tmp_path)

    # 2021: registered, confirmed on site, seated elsewhere; two of four subjects passed.
    office.open(2021)
    office.load(application(), at="2020-12-21T09:00")
    office.take(year_of_steps(2021))
    (row,) = rows_of(office.roster("2021-02-26T00:00"))
    me = row["candidate_id"]
    assert (row["subjects"], row["id_number"], row["name"]) == ("1234", ID_NUMBERS[0], "张三")
    office.run("scores", "load", marks(tmp_path / "m.csv", me, "2021T1", "70,60,59,40"),
               at="2021-04-20T10:00")  # fmt: skip

    # December: the same form over the web is confirmed at once, with the open subjects proposed.
    data = office.open(2022)
    form = {k: v for k, v in application().items() if k != "time"}
    with served(registration_app, office.url, "2021-12-21T09:00") as web:
        answer = web.post("/v1/applications", json=form)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["candidate_id"] == me, "a repeat candidate keeps the archive number"
        assert (body["state"], body["match"]) == ("confirmed", "name_and_document")
        assert (body["subjects"], body["open_subjects"]) == ("34", "34")
        assert body["standing"] == [{"subject": 1, "year": 2021}, {"subject": 2, "year": 2021}]
        assert body["fee"] == 120
        ask = {"number": me, "id_number": ID_NUMBERS[0]}
        assert web.post("/v1/applications/lookup", json=ask).json() == body
        printed = web.post("/v1/applications/form", json=ask)
        assert printed.headers["content-type"] == "application/pdf"
        assert printed.content.startswith(b"%PDF")

    # January and February: reviewed and paid, through decision files.
    point = f"point:{POINT}"
    office.decide({"candidate_id": me, "event": "approve", "actor": point}, at="2022-01-10T10:00")
    with served(registration_app, office.url, "2022-02-15T00:00") as web:
        body = web.post("/v1/applications/lookup", json=ask).json()
        assert (body["state"], body["next_step"]) == ("approved", "payment")
        assert body["deadline"] == "2022-02-26T00:00:00+08:00"
    office.decide({"candidate_id": me, "event": "pay", "actor": "payments:", "amount": "120"},
                  at="2022-02-15T00:00")  # fmt: skip

    # The roster is the only edge: checked without a finding, planned, published.
    roster = office.roster("2022-02-26T00:00")
    checked = paikao("check", roster, "--data", data)
    assert roster.name not in checked.output
    paikao("plan", roster, "--data", data, "--out", tmp_path / "plan", "--effort", "quick")
    store = f"sqlite:///{tmp_path / 'plan.db'}"
    paikao("publish", tmp_path / "plan", roster, "--db", store, "--by", "wang",
           "--published-at", "2022-03-25T09:00")  # fmt: skip
    with served(plan_app, store, "2022-04-05T09:00") as web:
        ticket = web.post("/v1/tickets/lookup", json=ask).json()
        assert ticket["seat"] is not None
        assert ticket["subjects"] == "34"

    # After the exam: one subject passed, one not.
    number = ticket["ticket_number"]
    loaded = office.run("scores", "load", marks(tmp_path / "m.csv", me, number, "-,-,61,59"),
                        at="2022-05-20T10:00")  # fmt: skip
    assert "2 marks of 1 candidates" in loaded.output
    office.run("register", "receipts", "--out", tmp_path / "receipts.csv", at="2022-05-09T00:00")
    (receipt,) = rows_of(tmp_path / "receipts.csv")
    assert (receipt["candidate_id"], receipt["amount"]) == (me, "120")
    ask = {"number": number, "id_number": ID_NUMBERS[0]}
    with served(registration_app, office.url, "2022-06-17T00:00") as web:
        scores = web.post("/v1/scores/lookup", json=ask).json()
        found = [(s["subject"], s["mark"], s["passed"]) for s in scores["subjects"]]
        assert found == [(3, 61, True), (4, 59, False)]
        assert [s["subject"] for s in scores["standing"]] == [1, 2]
        assert scores["qualified"] is False
        sheet = web.post("/v1/scores/sheet", json=ask)
        assert sheet.headers["content-type"] == "application/pdf"
        assert sheet.content.startswith(b"%PDF")
    office.run("scores", "certificates", "--out", tmp_path / "certificates")
    assert list((tmp_path / "certificates").iterdir()) == []

    # Next year's proposal: the passes of 2021 are over, that of 2022 stands.
    office.run("scores", "roll", "--out", tmp_path / "next.csv")
    (proposal,) = rows_of(tmp_path / "next.csv")
    assert (proposal["candidate_id"], proposal["passed"]) == (me, "3")
    assert (proposal["standing"], proposal["open_subjects"]) == ("3:2022", "124")

    # A correction on review makes four of four: qualified, with the years that it took.
    office.run("scores", "load", marks(tmp_path / "m.csv", me, number, "-,-,61,60"), code=3,
               at="2022-06-01T10:00")  # fmt: skip
    office.run("scores", "load", tmp_path / "m.csv", "--correct", at="2022-06-01T10:00")
    paikao("scores", "certificates", "--out", tmp_path / "certificates", "--db", office.url)
    (certificate,) = rows_of(tmp_path / "certificates" / f"{POINT}.csv")
    assert (certificate["candidate_id"], certificate["years"]) == (me, "2021;2022")
    office.run("scores", "roll", "--out", tmp_path / "next.csv")
    assert rows_of(tmp_path / "next.csv")[0]["open_subjects"] == ""
