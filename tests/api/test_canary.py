"""ID numbers go through every route and every failure; none is found anywhere after."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.world import World, facts, people

URL = "/v1/tickets/lookup"
JSON = {"Content-Type": "application/json"}
LIKE_AN_ID = re.compile(r"(?=(\d{17}[\dX]))")
NO_LIMIT = "1000000 per 10 minute"


@pytest.mark.parametrize("count", [200, pytest.param(1_000, marks=pytest.mark.soak)])
def test_no_id_number_is_in_any_log_answer_or_file(
    count: int,
    world: World,
    serve: Callable[..., TestClient],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: Any,
) -> None:
    everybody = people(count)
    secrets = {p.id_number for p in everybody}
    assert len(secrets) == count
    world.publish(facts(2), everybody)
    caplog.set_level(logging.DEBUG)
    for client_side in ("httpx", "httpx2"):  # they log the URLs that this test asks for
        logging.getLogger(client_side).setLevel(logging.CRITICAL)
    client = serve(
        access_log=True, failures_per_client=NO_LIMIT, people_per_client=NO_LIMIT,
        polls_per_calendar=NO_LIMIT,
    )  # fmt: skip
    bearer = {"Authorization": f"Bearer {world.token('center', '230101')}"}
    answers = []
    for i, person in enumerate(everybody):
        secret = person.id_number
        right = client.post(URL, json={"number": person.number, "id_number": secret})
        assert right.status_code == 200
        answers.append(right)
        answers.append(client.post(URL, json={"number": secret, "id_number": secret, "name": "王"}))
        if i % 10:
            continue
        answers += [
            client.get(right.json()["calendar_url"]),
            client.post(URL, json={"number": everybody[i - 1].number, "id_number": secret}),
            client.post(URL, json={"number": [secret], "id_number": secret, secret: secret}),
            client.post(URL, content=f'{{"id": "{secret}', headers=JSON),
            client.post(URL, data={"id_number": secret}),
            client.post(f"{URL}/{secret}"),
            client.get(f"/v1/specialties/{secret}"),
            client.get(f"/v1/exam?id_number={secret}"),
            client.get(f"/v1/{secret}/exam"),
            client.get(f"/v1/calendars/{secret}.ics"),
            client.get(f"/v1/centers/{secret}/seat-plan", headers=bearer),
            client.get(f"/v1/centers/230101/seat-plan?room={secret}", headers=bearer),
            client.get("/healthz", headers={"X-Request-ID": secret, "User-Agent": secret}),
            client.get("/v1/exam", headers={"If-None-Match": secret, "Cookie": secret}),
            client.get("/v1/exam-points/2301/sessions", headers={"Authorization": secret}),
            client.request(f"X{secret}", "/v1/exam"),
        ]  # fmt: skip
    store = client.app.state.service.store  # type: ignore[attr-defined]

    def breaks(_: object, found: object, id_number: str) -> None:
        raise RuntimeError(f"broken at {id_number} of {found}")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "matches_id", breaks)
        for person in everybody[:50]:
            body = {"number": person.number, "id_number": person.id_number}
            answers.append(client.post(URL, json=body))
            assert answers[-1].status_code == 500
    answers.append(client.get("/v1/centers/230101/seat-plan", headers=bearer))
    answers.append(client.get("/v1/centers/230101/seat-plan?format=csv", headers=bearer))

    out, err = capfd.readouterr()
    assert out.count("POST /v1/tickets/lookup 200") == count
    assert out.count("500") >= 50
    assert "RuntimeError" in caplog.text
    told = "".join([a.text + str(dict(a.headers)) for a in answers])
    files = b"".join(p.read_bytes() for p in world.folder.glob("paikao.db*"))
    for where in (out, err, caplog.text, told, files.decode("latin-1")):
        assert secrets & set(LIKE_AN_ID.findall(where)) == set()


def test_no_calendar_token_is_in_the_log(
    serve: Callable[..., TestClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = serve(access_log=True)
    person = people(120)[3]
    body = {"number": person.number, "id_number": person.id_number}
    link = client.post(URL, json=body).json()["calendar_url"]
    assert client.get(link).status_code == 200
    out = capfd.readouterr().out
    token = link.rpartition("/")[2].removesuffix(".ics")
    assert token not in out
    assert "GET /v1/calendars/{token}.ics 200" in out
