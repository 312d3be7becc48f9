"""Whatever a candidate or a center reads, it says the same: every format against the others.

Each form is read back by a program that did not write it: poppler and pdfium (PDF), zxing (QR
codes), calamine after LibreOffice (XLSX), csv, vobject (calendars), json.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pypdfium2
import pytest
import vobject
import zxingcpp
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from api.app import create_app
from api.settings import Settings
from scheduler.documents.center_files import Printing, center_file
from scheduler.documents.seat_plan import plain
from scheduler.documents.typefaces import printable
from scheduler.export import Selection, export_calendars
from scheduler.export_sources import PlanEdition
from scheduler.pipeline import run_plan
from scheduler.plan_inputs import PlanOptions
from scheduler.printing.jobs import PrintRun, print_tickets
from scheduler.sample import write_sample
from scheduler.store.keys import load_key
from scheduler.store.publish import publish
from tests.printed import OFFICE, needs_poppler, pages_of, resaved
from tests.scheduler.verify.plan_factory import make_plan

AT = datetime(2022, 3, 28, 2, tzinfo=UTC)
NO_LIMIT = "1000000000 per 10 minute"
ZONE = ZoneInfo("Asia/Shanghai")

Sessions = tuple[tuple[str, str], ...]
"""Start and end of every session, as ``2022-04-09 08:30``."""


@dataclass(frozen=True)
class Facts:
    """What every form must say of one candidate, as the service says it."""

    candidate_id: str
    ticket_number: str
    name: str
    id_number: str
    specialty: str
    center: str
    room: str
    seat: int
    sessions: Sessions


def moments(*pairs: tuple[datetime, datetime]) -> Sessions:
    return tuple(sorted((f"{a:%Y-%m-%d %H:%M}", f"{b:%Y-%m-%d %H:%M}") for a, b in pairs))


def looked_up(plan: Path, roster: Path, folder: Path) -> list[Facts]:
    """Everybody with a seat, asked of the service one by one."""
    url = f"sqlite:///{folder / 'paikao.db'}"
    key = load_key(url, create=True)
    unplaced = len(pd.read_parquet(plan / "unplaced.parquet"))
    publish(plan, roster, url, key=key, publisher="lead", now=AT, accept_unplaced=unplaced)
    settings = Settings(
        db=url, now=datetime(2022, 4, 5, 9, tzinfo=ZONE), access_log=False,
        failures_per_client=NO_LIMIT, people_per_client=NO_LIMIT,
    )  # fmt: skip
    made = []
    with TestClient(create_app(settings)) as client:
        people = pd.read_csv(roster, dtype="str", keep_default_na=False)
        for number, id_number in zip(people["candidate_id"], people["id_number"], strict=True):
            body = {"number": number, "id_number": id_number}
            answer = client.post("/v1/tickets/lookup", json=body).json()
            if answer["seat"] is None:
                continue
            seat = answer["seat"]
            own = [
                (datetime.fromisoformat(s["start"]), datetime.fromisoformat(s["end"]))
                for s in seat["sessions"]
            ]
            made.append(
                Facts(
                    number, answer["ticket_number"], answer["name"], id_number,
                    answer["specialty"]["code"], seat["center"]["id"], seat["room"]["id"],
                    seat["seat"], moments(*own),
                )
            )  # fmt: skip
    return made


def compare(plan: Path, roster: Path, folder: Path, *, office: bool) -> tuple[int, list[str]]:
    """The number of candidates compared, and every difference."""
    people = looked_up(plan, roster, folder)
    by_ticket = {p.ticket_number: p for p in people}
    edition = PlanEdition(plan, roster, AT)
    different = list(_tickets(edition, by_ticket, folder / "tickets"))
    different += _calendars(edition, people, folder / "calendars")
    seated = edition.seated([c.center_id for c in edition.facts.centers])
    for center_id, placements in seated:
        here = {p.ticket_number: p for p in people if p.center == center_id}
        content = center_file(edition.facts, placements, "seat-plan.csv", Printing())
        different += _csv(content, here)
        book = center_file(edition.facts, placements, "seat-plan.xlsx", Printing())
        if office:
            work = folder / "office" / center_id
            work.mkdir(parents=True)
            book = resaved(book, work).read_bytes()
        different += _workbook(book, here)
    return len(people), different


def _tickets(edition: PlanEdition, by_ticket: dict[str, Facts], out: Path) -> Iterator[str]:
    """Text by poppler, QR codes by zxing from the page as pdfium draws it."""
    print_tickets(edition, Selection(everything=True), PrintRun(out, Printing()))
    seen = set()
    version = f"/{edition.facts.plan_version}/{edition.facts.root_hash[:12].upper()}"
    centers = edition.facts.center_by_id
    for file in sorted(out.rglob("*.pdf")):
        content = file.read_bytes()
        document = pypdfium2.PdfDocument(content)
        for number, page in enumerate(pages_of(content)):
            text = "".join(page.split())
            area = document[number].render(scale=2, crop=(400, 250, 0, 280)).to_pil()
            (code,) = (found.text for found in zxingcpp.read_barcodes(area))
            person = by_ticket.get(code.removesuffix(version))
            if person is None or not code.endswith(version):
                yield f"{file.name} page {number}: code {code}"
                continue
            seen.add(person.ticket_number)
            days = re.findall(r"(\d+)年(\d+)月(\d+)日(\d\d:\d\d)–(\d\d:\d\d)", text)
            found = tuple(
                (f"{y}-{m:0>2}-{d:0>2} {a}", f"{y}-{m:0>2}-{d:0>2} {b}") for y, m, d, a, b in days
            )
            wanted = (
                person.ticket_number, "".join(printable(person.name).split()),
                person.id_number[-4:], f"{person.specialty}", centers[person.center].name_zh,
                f"（{person.room}）", f"{person.seat}号",
            )  # fmt: skip
            missing = [part for part in wanted if part not in text]
            if missing or tuple(sorted(found)) != person.sessions:
                yield f"ticket {person.ticket_number}: {missing} {found}"
            if person.id_number in text:
                yield f"ticket {person.ticket_number}: whole ID number"
        document.close()
    yield from (f"no ticket of {number}" for number in by_ticket.keys() - seen)


def _calendars(edition: PlanEdition, people: list[Facts], out: Path) -> list[str]:
    numbers = tuple(p.candidate_id for p in people)
    export_calendars(edition, Selection(candidates=numbers), out)
    different = []
    for person in people:
        text = (out / "candidates" / f"{person.candidate_id}.ics").read_text(encoding="utf-8")
        events = vobject.readOne(text).vevent_list
        found = moments(*(
            (e.dtstart.value.astimezone(ZONE), e.dtend.value.astimezone(ZONE)) for e in events
        ))  # fmt: skip
        places = {e.location.value for e in events}
        said = all(
            f"（{person.room}）" in place and f"{person.seat} 号" in place for place in places
        )
        if found != person.sessions or len(places) != 1 or not said:
            different.append(f"calendar of {person.ticket_number}")
    return different


def _csv(content: bytes, here: dict[str, Facts]) -> list[str]:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    different = [] if len(rows) == len(here) else [f"{len(rows)} rows, not {len(here)}"]
    for row in rows:
        person = here.get(plain(row["ticket_number"]))
        if person is None:
            different.append(f"csv: {row['ticket_number']}")
            continue
        own = []
        for n in "1234":
            if row.get(f"session_{n}"):
                day, hours = row[f"session_{n}"].split(" ")
                start, end = hours.split("-")
                own.append((f"{day} {start}", f"{day} {row[f'extra_time_end_{n}'] or end}"))
        said = (
            plain(row["name"]), plain(row["id_last4"]), row["specialty"], row["room_id"],
            int(row["seat"]), tuple(sorted(own)),
        )  # fmt: skip
        if said != (
            person.name, person.id_number[-4:], person.specialty, person.room, person.seat,
            person.sessions,
        ):  # fmt: skip
            different.append(f"csv: {person.ticket_number}")
    return different


def _workbook(content: bytes, here: dict[str, Facts]) -> list[str]:
    """Every sheet; ids must come back as text, also after a spreadsheet program saved them."""
    book, seen, different = CalamineWorkbook.from_filelike(io.BytesIO(content)), set(), []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        room, heads = name.split(" ")[1], rows[1]
        for row in rows[2:]:
            person = here.get(str(row[1]))
            if person is None or not isinstance(row[1], str):
                different.append(f"xlsx: {row[1]!r}")
                continue
            seen.add(person.ticket_number)
            sat = {
                str(h).split("\n")[1][6:11] for h, c in zip(heads[6:], row[6:], strict=True) if c
            }
            said = (
                row[2],
                row[3],
                str(row[4]).split(" ")[0],
                room,
                int(str(row[0]).partition(".")[0]),
                sat,
            )
            starts = {start[11:] for start, _ in person.sessions}
            if said != (
                person.name, person.id_number[-4:], person.specialty, person.room, person.seat,
                starts,
            ):  # fmt: skip
                different.append(f"xlsx: {person.ticket_number} {said}")
    return different + [f"no row of {number}" for number in here.keys() - seen]


@needs_poppler
def test_a_small_plan_says_the_same_everywhere(tmp_path: Path) -> None:
    count, different = compare(*make_plan(tmp_path / "plan"), tmp_path, office=False)
    assert count > 20
    assert different == []


@pytest.mark.soak
@needs_poppler
@pytest.mark.parametrize("candidates", [1_000, 10_000], ids=["thousand", "ten-thousand"])
def test_a_province_says_the_same_everywhere(candidates: int, tmp_path: Path) -> None:
    """The XLSX of every center is opened and saved again by LibreOffice where it is installed."""
    example = tmp_path / "example"
    write_sample(candidates, 1, example)
    plan = tmp_path / "plan"
    run_plan(example / "roster.csv", example / "data", plan, options=PlanOptions(effort="quick"))
    count, different = compare(plan, example / "roster.csv", tmp_path, office=OFFICE is not None)
    assert count > 0.9 * candidates
    assert different == []
