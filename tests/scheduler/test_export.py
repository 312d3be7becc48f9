"""Exports: the bytes of the server, whole folders, and clear refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient
from icalendar import Calendar

from api.app import create_app
from models.errors import PlanDirectoryError, UsageError
from scheduler.cli import main
from scheduler.export import Selection, export_calendars, export_seat_plans
from scheduler.export_sources import PlanEdition, StoreEdition
from scheduler.store.keys import load_key
from scheduler.store.lookups import HolderKind
from scheduler.store.publish import publish
from tests.api.world import NOW, World, facts, moved, people
from tests.scheduler.verify.plan_factory import make_plan

AT = datetime(2022, 3, 28, 2, tzinfo=UTC)
EVERYBODY = Selection(everything=True)


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def calendars(edition: PlanEdition | StoreEdition, out: Path, **chosen: object) -> dict[str, bytes]:
    selection = Selection(**chosen) if chosen else EVERYBODY  # type: ignore[arg-type]
    written = export_calendars(edition, selection, out)
    found = files(out)
    assert len(found) == written
    return found


def seat_plans(
    edition: PlanEdition | StoreEdition, out: Path, **chosen: object
) -> dict[str, bytes]:
    selection = Selection(**chosen) if chosen else EVERYBODY  # type: ignore[arg-type]
    written = export_seat_plans(edition, selection, out)
    found = files(out)
    assert len(found) == written
    return found


# ---------------------------------------------------------------- plan directory


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished plan and its roster."""
    return make_plan(tmp_path_factory.mktemp("plan"))


@pytest.fixture(scope="module")
def url(plan: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same plan, published."""
    made = f"sqlite:///{tmp_path_factory.mktemp('store') / 'paikao.db'}"
    key = load_key(made, create=True)
    publish(*plan, made, key=key, publisher="lead", now=AT, accept_unplaced=2)
    return made


def test_two_exports_give_equal_bytes(plan: tuple[Path, Path], tmp_path: Path) -> None:
    first = calendars(PlanEdition(*plan, AT), tmp_path / "a")
    assert first == calendars(PlanEdition(*plan, AT), tmp_path / "b")
    assert "exam.ics" in first
    plans = seat_plans(PlanEdition(*plan), tmp_path / "c")
    assert plans == seat_plans(PlanEdition(*plan), tmp_path / "d")
    placed = sum(content.count(b"\r\n") - 1 for content in plans.values())
    assert placed == sum(name.startswith("candidates/") for name in first) > 0


def test_a_plan_directory_gives_the_bytes_of_its_publication(
    plan: tuple[Path, Path], url: str, tmp_path: Path
) -> None:
    here, there = PlanEdition(*plan, AT), StoreEdition(url)
    assert calendars(here, tmp_path / "a") == calendars(there, tmp_path / "b")
    assert seat_plans(here, tmp_path / "c") == seat_plans(there, tmp_path / "d")


def test_one_of_each_equals_its_file_among_all(plan: tuple[Path, Path], tmp_path: Path) -> None:
    edition = PlanEdition(*plan, AT)
    everything = calendars(edition, tmp_path / "all")
    names = [next(n for n in everything if n.startswith(f"{kind}/")) for kind in
             ("candidates", "centers", "exam-points")]  # fmt: skip
    person, center, point = (Path(name).stem for name in names)
    one = calendars(
        edition, tmp_path / "one", candidates=(person,), centers=(center,), exam_points=(point,)
    )
    assert one == {name: everything[name] for name in names}


def test_a_ticket_number_finds_the_same_person(plan: tuple[Path, Path], tmp_path: Path) -> None:
    edition = PlanEdition(*plan, AT)
    person = next(p.now for p in edition.people())
    assert person is not None
    by_archive = calendars(edition, tmp_path / "a", candidates=(person.candidate_id,))
    by_ticket = calendars(edition, tmp_path / "t", candidates=(person.ticket_number,))
    assert by_archive == by_ticket


@pytest.mark.parametrize(
    "selection",
    [
        Selection(candidates=("NOBODY",)),
        Selection(centers=("NOWHERE",)),
        Selection(exam_points=("NOWHERE",)),
    ],
)
def test_an_unknown_id_leaves_nothing_behind(
    plan: tuple[Path, Path], url: str, tmp_path: Path, selection: Selection
) -> None:
    for edition in (PlanEdition(*plan, AT), StoreEdition(url)):
        with pytest.raises(UsageError, match=r"NOBODY|NOWHERE"):
            export_calendars(edition, selection, tmp_path / "out")
        with pytest.raises(UsageError, match=r"NOWHERE|not of a candidate"):
            export_seat_plans(edition, selection, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_touched(
    plan: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PlanDirectoryError, match="exists already"):
        calendars(PlanEdition(*plan, AT), tmp_path)
    assert files(tmp_path) == {"mine.txt": b"mine"}


# ---------------------------------------------------------------- the store, against the server


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Version 1 with 120 people; version 2 puts C1 a week later, seats all anew, drops ten."""
    (tmp_path / "world").mkdir()
    made = World(tmp_path / "world")
    made.publish(facts(), people(120))
    second = tuple(people(120, shift=200)[:110])
    some, others = second[:20], second[20:]
    kept = moved(some, subjects="1") + others
    made.publish(facts(2, moved=True), kept)
    yield made
    made.engine.dispose()


def served(world: World) -> Callable[[HolderKind, str], bytes]:
    """Fetches the calendar of a holder from a server in this process."""
    client = TestClient(create_app(world.settings(polls_per_calendar="100000 per 1 minute")))
    edition = StoreEdition(world.url)

    def fetch(kind: HolderKind, holder: str) -> bytes:
        token = edition.calendar_token(kind, holder)
        answer = client.get(f"/v1/calendars/{token}.ics")
        assert answer.status_code == 200, answer.text
        return answer.content

    return fetch


KINDS: dict[str, HolderKind] = {
    "candidates": "candidate",
    "centers": "center",
    "exam-points": "exam_point",
}


def check_against_server(world: World, exported: dict[str, bytes]) -> None:
    fetch = served(world)
    for name, content in exported.items():
        if name != "exam.ics":
            folder, file = name.split("/")
            assert content == fetch(KINDS[folder], file.removesuffix(".ics")), name


def test_calendars_have_the_bytes_of_the_server(world: World, tmp_path: Path) -> None:
    exported = calendars(StoreEdition(world.url), tmp_path / "out")
    # ten people are in version 1 only; people 97 and 110-119 never had or lost their seat
    assert len([n for n in exported if n.startswith("candidates/")]) == 120 - 1
    check_against_server(world, exported)
    client = TestClient(create_app(world.settings()))
    assert exported["exam.ics"] == client.get("/v1/exam/calendar.ics").content


def test_a_warm_conditional_fetch_is_304(world: World) -> None:
    client = TestClient(create_app(world.settings()))
    token = StoreEdition(world.url).calendar_token("candidate", people(1)[0].number)
    first = client.get(f"/v1/calendars/{token}.ics")
    again = client.get(
        f"/v1/calendars/{token}.ics", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_version_two_moves_cancels_and_keeps_uids(world: World, tmp_path: Path) -> None:
    exported = calendars(StoreEdition(world.url), tmp_path / "out")

    def events(number: str) -> dict[str, tuple[str, int]]:
        found = Calendar.from_ical(exported[f"candidates/{number}.ics"]).walk("VEVENT")
        return {str(e["UID"]): (str(e["STATUS"]), int(str(e["SEQUENCE"]))) for e in found}

    first, gone = people(120)[0], people(120)[119]
    assert first.placement.subjects == "1234"  # and only subject 1 in version 2
    assert sorted(events(first.number).values()) == [("CANCELLED", 1)] * 3 + [("CONFIRMED", 1)]
    assert set(events(gone.number).values()) == {("CANCELLED", 1)}


def test_seat_plans_have_the_bytes_of_the_server(world: World, tmp_path: Path) -> None:
    edition = StoreEdition(world.url)
    exported = seat_plans(edition, tmp_path / "out")
    exported |= seat_plans(edition, tmp_path / "points", exam_points=("2301",))
    assert {"centers/230101.csv", "exam-points/2301.csv"} <= exported.keys()
    client = TestClient(create_app(world.settings()))
    for name, content in exported.items():
        folder, file = name.split("/")
        holder = file.removesuffix(".csv")
        token = world.token(KINDS[folder], holder)
        answer = client.get(
            f"/v1/{folder}/{holder}/seat-plan?format=csv",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert (answer.status_code, answer.content) == (200, content), name


def test_a_withdrawn_version_has_cancelled_calendars_and_no_seat_plan(
    world: World, tmp_path: Path
) -> None:
    world.withdraw(NOW + timedelta(minutes=1))
    edition = StoreEdition(world.url)
    exported = calendars(edition, tmp_path / "out")
    assert "exam.ics" not in exported
    for content in exported.values():
        assert b"STATUS:CONFIRMED" not in content
        assert b"DTSTAMP:20220405T010100Z" in content
    check_against_server(world, exported)
    with pytest.raises(UsageError, match="withdrawn"):
        seat_plans(edition, tmp_path / "plans")


def test_a_switch_during_an_export_is_noticed(world: World, tmp_path: Path) -> None:
    edition = StoreEdition(world.url)
    world.publish(facts(3), people(120))
    with pytest.raises(Exception, match="another version was published meanwhile"):
        calendars(edition, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- the command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_the_command_writes_calendars_and_seat_plans(
    plan: tuple[Path, Path], url: str, tmp_path: Path
) -> None:
    # 10:00 without offset is local to the exam: 02:00 in UTC
    here = run("calendar", *plan, "--published-at", "2022-03-28T10:00", "--all",
               "--out", tmp_path / "a")  # fmt: skip
    assert (here.exit_code, here.stderr) == (0, "")
    assert f"calendars: {tmp_path / 'a'}" in here.stdout
    there = run("calendar", "--db", url, "--all", "--out", tmp_path / "b")
    assert there.exit_code == 0, there.stderr
    assert files(tmp_path / "a") == files(tmp_path / "b")
    plans = run("seat-plan", "--db", url, "--all", "--out", tmp_path / "c")
    assert plans.exit_code == 0, plans.stderr
    assert f"seat plans: {tmp_path / 'c'}" in plans.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("calendar", "PLAN", "ROSTER", "--all"), 2, "--published-at"),
        (("calendar", "--all", "--published-at", "2022-03-28"), 2, "PLAN_DIR and ROSTER, or --db"),
        (("calendar", "PLAN", "ROSTER", "--published-at", "soon", "--all"), 2, "soon"),
        (("calendar", "--db", "URL", "--published-at", "2022-03-28", "--all"), 2, "leave out"),
        (("calendar", "PLAN", "ROSTER", "--db", "URL", "--all"), 2, "not both"),
        (("calendar", "--db", "URL"), 2, "or --all"),
        (("calendar", "--db", "URL", "--all", "--center", "x"), 2, "nobody besides"),
        (("calendar", "--db", "URL", "--center", "x"), 2, "no center x"),
        (("seat-plan", "--db", "URL", "--candidate", "x"), 2, "--candidate"),
        (("calendar", "--db", "sqlite:///nowhere.db", "--all"), 3, "nowhere.db"),
    ],
)
def test_wrong_usage_is_told_clearly(
    plan: tuple[Path, Path],
    url: str,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    text: str,
) -> None:
    names = {"PLAN": plan[0], "ROSTER": plan[1], "URL": url}
    done = run(*(names.get(a, a) for a in arguments), "--out", tmp_path / "out")
    assert done.exit_code == code, done.stderr
    assert text in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_plan_that_breaks_a_rule_is_not_exported(tmp_path: Path) -> None:
    plan_dir, roster = make_plan(tmp_path / "made")
    manifest = plan_dir / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"placed": ', '"placed": 1'))
    done = run("seat-plan", plan_dir, roster, "--all", "--out", tmp_path / "out")
    assert done.exit_code == 6
    assert "paikao verify" in done.stderr
    assert not (tmp_path / "out").exists()
