"""The first five minutes of planner, center and candidate: the README's commands, as printed."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.serving import at_port, port_of_the_page, run, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
AUDIENCES = ("planners", "centers", "candidates")


def commands(audience: str) -> list[str]:
    """The lines of the shell blocks of one audience's section, in order."""
    section = re.search(rf"^## For {audience} .*?(?=^## )", README, re.M | re.S)
    assert section is not None, audience
    blocks = re.findall(r"^```sh\n(.*?)^```", section[0], re.M | re.S)
    assert blocks, audience
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every command was typed, the server's staying on to the end."""
    folder = tmp_path_factory.mktemp("readme")
    with ExitStack() as until_the_end, port_of_the_page() as port:
        for line in (at_port(line, port) for one in AUDIENCES for line in commands(one)):
            if line.startswith("paikao serve "):
                until_the_end.enter_context(serving(line, folder, port))
                continue
            ran = run(line, folder)
            assert ran.returncode == 0, f"{line}\n{ran.stdout}\n{ran.stderr}"
        until_the_end.close()
    return folder


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_planner_goes_from_a_roster_to_a_service(done: Path) -> None:
    verbs = [line.split()[1] for line in commands("planners")]
    assert verbs == ["sample", "check", "plan", "verify", "report", "publish", "serve"]
    assert (done / "paikao.db").is_file()
    assert (done / "paikao.db.key").stat().st_mode & 0o777 == 0o600


def test_center_has_its_seat_plan_and_its_calendar(done: Path) -> None:
    plan = (done / "seat-plan.csv").read_bytes()
    assert plan == (done / "seat-plans/centers/2301-01.csv").read_bytes()
    assert plan.count(b"\r\n") > 2
    sessions = read(done / "sessions.json")
    assert sessions["version"]["plan_version"] == 1
    assert "calendar_url" in sessions
    calendar = Calendar.from_ical((done / "calendars/centers/2301-01.ics").read_bytes())
    assert len(calendar.walk("VEVENT")) > 2


def test_candidate_has_ticket_and_calendar(done: Path) -> None:
    ticket, asked = read(done / "ticket.json"), read(done / "lookup.json")
    assert ticket["candidate_id"] == asked["number"]
    assert ticket["id_last4"] == asked["id_number"][-4:]
    content = (done / "my-exam.ics").read_bytes()
    events = Calendar.from_ical(content).walk("VEVENT")
    starts = [event["DTSTART"].dt.isoformat() for event in events]  # type: ignore[union-attr]
    assert starts == [session["start"] for session in ticket["seat"]["sessions"]]
    assert asked["id_number"] not in (done / "ticket.json").read_text() + content.decode()


def test_the_server_logs_no_number_and_no_link(done: Path) -> None:
    log = (done / "server.log").read_text(encoding="utf-8")
    asked, ticket = read(done / "lookup.json"), read(done / "ticket.json")
    token = ticket["calendar_url"].rsplit("/", 1)[1].removesuffix(".ics")
    for secret in (asked["id_number"], asked["number"], token, (done / "token.txt").read_text()):
        assert secret.strip() not in log
