"""Tickets and center files over the service: right content, equal refusals, the export's bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from api.routers.centers import FileName
from scheduler.documents.center_files import CENTER_FILES, PACKAGE, Printing, center_file
from scheduler.documents.ticket import TicketMaker, tickets_pdf
from scheduler.documents.ticket_page import STYLE_HASH
from tests.api.world import Person, World, facts
from tests.printed import needs_poppler, pages_of

FORMS = ("pdf", "page")


def ask(client: TestClient, form: str, person: Person, query: str = "", **changes: str) -> Any:
    body = {"number": person.number, "id_number": person.id_number} | changes
    return client.post(f"/v1/tickets/{form}{query}", json=body)


def test_a_ticket_holds_the_id_number_as_it_was_sent(
    client: TestClient, persons: tuple[Person, ...]
) -> None:
    me = persons[7]
    answer = ask(client, "pdf", me)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    what = facts()
    ticket = TicketMaker(what).ticket(me.placement, id_number=me.id_number)
    assert answer.content == tickets_pdf(what, [ticket])
    page = ask(client, "page", me)
    for text in (me.id_number, me.name, me.placement.ticket_number, "考生须知"):
        assert text in page.text
    assert f"style-src '{STYLE_HASH}'" in page.headers["content-security-policy"]
    assert "Please note" in ask(client, "page", me, "?language=en").text
    assert ask(client, "page", me, "?lang=en").status_code == 422


@needs_poppler
def test_paper_and_page_say_the_same(client: TestClient, persons: tuple[Person, ...]) -> None:
    me = persons[7]
    (paper,) = pages_of(ask(client, "pdf", me).content)
    page = ask(client, "page", me).text
    for text in (me.id_number, me.placement.ticket_number, "08:30–10:23", "考场地址"):
        assert text in paper
        assert text in page


@pytest.mark.parametrize("form", FORMS)
def test_refusals_are_those_of_the_look_up(
    client: TestClient, persons: tuple[Person, ...], form: str
) -> None:
    """Unknown number and wrong ID number: the same bytes as each other and as the look-up's."""
    me = persons[7]
    wrong = "9" * 18
    for body in (
        {"number": me.number, "id_number": wrong},
        {"number": "1" * 14, "id_number": wrong},
    ):
        answers = [client.post(f"/v1/tickets/{route}", json=body) for route in (form, "lookup")]
        assert {a.status_code for a in answers} == {404}
        assert answers[0].content == answers[1].content
    for _ in range(3):
        ask(client, form, me, id_number=wrong)
    assert ask(client, form, me).json()["code"] == "name_required"


@pytest.mark.parametrize("form", FORMS)
def test_whoever_has_no_seat_has_no_ticket(
    client: TestClient, persons: tuple[Person, ...], form: str
) -> None:
    unplaced = next(p for p in persons if not p.placement.placed)
    answer = ask(client, form, unplaced)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_ticket")


def test_printing_is_limited_like_polls(
    serve: Callable[..., TestClient], persons: tuple[Person, ...]
) -> None:
    client = serve(polls_per_calendar="2 per 10 minute")
    assert [ask(client, "page", persons[7]).status_code for _ in range(3)] == [200, 200, 429]


def test_a_center_gets_the_bytes_of_the_export(
    client: TestClient, world: World, persons: tuple[Person, ...]
) -> None:
    token = {"Authorization": f"Bearer {world.token('center', '230101')}"}
    here = [p.placement for p in persons if p.placement.center_id == "230101"]
    for name in ("stickers.pdf", "seat-plan.xlsx", PACKAGE):
        answer = client.get(f"/v1/centers/230101/files/{name}", headers=token)
        assert answer.status_code == 200
        assert answer.content == center_file(facts(), here, name, Printing())
        again = {**token, "If-None-Match": answer.headers["etag"]}
        assert client.get(f"/v1/centers/230101/files/{name}", headers=again).status_code == 304
    assert client.get("/v1/centers/230101/files/x.pdf", headers=token).status_code == 422


def test_the_names_of_the_route_are_those_of_the_files() -> None:
    assert get_args(FileName) == (*CENTER_FILES, PACKAGE)


def test_no_answer_of_a_center_holds_a_whole_id_number(
    client: TestClient, world: World, persons: tuple[Person, ...]
) -> None:
    token = {"Authorization": f"Bearer {world.token('center', '230101')}"}
    content = client.get("/v1/centers/230101/files/seat-plan.csv", headers=token).text
    assert not any(p.id_number in content for p in persons)
