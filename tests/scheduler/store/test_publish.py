"""What is published, when it is refused, and that readers see old or new, whole."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.plan import Manifest
from models.publication import PublishedFacts
from scheduler.plan import read_manifest
from scheduler.publication import read_publication
from scheduler.store import failpoints
from scheduler.store import publish as publish_module
from scheduler.store.counts import CenterSession, Expected, check_counts
from scheduler.store.database import create_tables, open_engine
from scheduler.store.errors import KeyRefused, PublishRefused, StoreError
from scheduler.store.failpoints import FailpointReached
from scheduler.store.history import history
from scheduler.store.keys import StoreKey
from scheduler.store.loading import Loader, Previous, begin_version
from scheduler.store.lookups import Store
from scheduler.store.pointer import withdraw
from scheduler.store.publish import (
    PlanNotVerified,
    expected_counts,
    latest_version,
    require_next,
)
from scheduler.store.purge import purge
from tests.scheduler.store.plans import (
    AFTER_THE_EXAM,
    EXAM,
    KEY,
    NOW,
    Planned,
    next_version,
    records,
)

pytestmark = pytest.mark.slow

Opened = Callable[[str], Store]


def states(url: str) -> list[tuple[int, str]]:
    return [(line.plan_version, line.state) for line in history(url).versions]


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


# ---------------------------------------------------------------- what is published


def test_every_candidate_stands_in_the_store_as_in_the_plan(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    people = planned.people().set_index("candidate_id")
    seats = planned.seats()
    for seat in records(seats):
        placement = store.find(seat.candidate_id).placement
        assert placement is not None
        person = people.loc[seat.candidate_id]
        assert (placement.name, placement.id_last4) == (person["name"], person.id_number[-4:])
        assert ";".join(placement.needs) == ";".join(sorted(filter(None, person.needs.split(";"))))
        where = (placement.sitting, placement.center_id, placement.room_id, placement.seat)
        assert where == (seat.sitting, seat.center_id, seat.room_id, seat.seat)
        what = (placement.specialty, placement.subjects, placement.exam_point, placement.form)
        assert what == (seat.specialty, seat.subjects, seat.exam_point, seat.form)
        assert (placement.ticket_number, placement.changed) == (seat.ticket_number, ())
    assert len(seats) == 300


def test_facts_hold_the_exam_and_no_person(
    published: str, planned: Planned, database: Path, opened: Opened
) -> None:
    store = opened(published)
    live = store.live()
    assert live is not None
    facts = store.facts(live.version_id)
    assert (facts.exam.code, facts.root_hash) == (EXAM, live.root_hash)
    assert facts.published_at == NOW == live.published_at
    assert len(facts.centers) > 10
    dates: dict[str, set[str]] = {}
    for seat in records(planned.seats()):
        dates.setdefault(seat.specialty, set()).add(seat.sitting)
    assert dict(facts.dates) == {code: tuple(sorted(ids)) for code, ids in dates.items()}
    (text,) = rows(database, "select json from facts")[0]
    assert PublishedFacts.model_validate_json(str(text)) == facts
    for person in records(planned.people()):
        assert person.candidate_id not in str(text)


def test_unplaced_candidates_are_found_with_their_reason(
    short: Planned, url: str, opened: Opened
) -> None:
    done = short.publish(url, accept_unplaced=37)
    assert (done.unplaced, done.outcome) == (37, "published")
    store = opened(url)
    unplaced = [
        found.placement
        for found in map(store.find, short.people()["candidate_id"])
        if found.placement is not None and not found.placement.placed
    ]
    assert len(unplaced) == 37
    assert {(p.ticket_number, p.center_id, p.seat) for p in unplaced} == {("", "", 0)}
    assert all(p.reason for p in unplaced)


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize("accepted", [None, 0, 36, 38])
def test_unplaced_candidates_must_be_accepted_by_their_exact_number(
    short: Planned, url: str, database: Path, accepted: int | None
) -> None:
    with pytest.raises(PublishRefused, match="37 candidates are unplaced"):
        short.publish(url, accept_unplaced=accepted)
    assert not database.exists()


def test_accepting_people_who_are_all_placed_is_refused(planned: Planned, url: str) -> None:
    with pytest.raises(PublishRefused, match="0 candidates are unplaced, not 3"):
        planned.publish(url, accept_unplaced=3)
    assert planned.publish(url, accept_unplaced=0).outcome == "published"


def test_a_plan_that_breaks_a_rule_is_refused(
    planned: Planned, url: str, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "plan"
    shutil.copytree(planned.plan, copy)
    balance = copy / "balance.csv"
    balance.write_bytes(balance.read_bytes() + b"\n")
    with pytest.raises(PlanNotVerified) as refused:
        Planned(copy, planned.roster).publish(url)
    assert refused.value.exit_code == 6
    assert "hashes_match" in {v.rule for v in refused.value.violations}
    assert not database.exists()


def test_the_reviewer_is_another_person(planned: Planned, url: str) -> None:
    with pytest.raises(PublishRefused, match="another person"):
        planned.publish(url, publisher="Wang", reviewer=" wang ")
    with pytest.raises(PublishRefused, match="nobody"):
        planned.publish(url, publisher=" ")
    planned.publish(url, publisher="wang", reviewer="li")
    line = history(url).versions[0]
    assert (line.publisher, line.reviewer) == ("wang", "li")


def test_another_key_is_refused_before_anything_is_written(
    published: str, second: Planned, database: Path
) -> None:
    before = rows(database, "select * from version")
    with pytest.raises(KeyRefused, match="wrong key"):
        second.publish(published, key=StoreKey(bytes(32)))
    with pytest.raises(KeyRefused, match="wrong key"):
        Store.open(published, StoreKey(bytes(32)))
    assert rows(database, "select * from version") == before


def test_a_database_of_something_else_is_refused(
    planned: Planned, url: str, database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("create table placement (x)")
    with pytest.raises(StoreError, match="something else"):
        planned.publish(url)
    text = tmp_path / "text.db"
    text.write_text("not a database at all, but long enough to be read as a header" * 20)
    with pytest.raises(StoreError, match="file is not a database"):
        planned.publish(f"sqlite:///{text}")


def test_a_store_is_opened_only_where_something_was_published(url: str, database: Path) -> None:
    with pytest.raises(StoreError, match="no database at"):
        Store.open(url, KEY)
    assert not database.exists()
    engine = open_engine(url, create=True)
    create_tables(engine, KEY)
    engine.dispose()
    with pytest.raises(StoreError, match="nothing is published"):
        Store.open(url, KEY)


# ---------------------------------------------------------------- versions


def test_the_second_version_takes_the_place_of_the_first(
    published: str, planned: Planned, second: Planned, opened: Opened
) -> None:
    reader = opened(published)
    first = reader.live()
    assert first is not None
    second.publish(published, now=NOW + timedelta(days=1))
    live = reader.live()
    assert live is not None
    assert (live.plan_version, live.previous_id) == (2, first.version_id)
    assert reader.facts(live.version_id).published_at == NOW + timedelta(days=1)
    assert states(published) == [(1, "replaced"), (2, "live")]
    number = planned.seats()["candidate_id"].iloc[0]
    found = reader.find(number)
    assert (found.version_id, found.placement and found.placement.changed) == (live.version_id, ())
    token = reader.calendar_token("candidate", number)
    holder = reader.calendar(token)
    assert holder is not None
    assert holder.placement == holder.previous == found.placement


def test_only_the_next_version_with_the_right_parent_is_published(
    published: str, planned: Planned, second: Planned, tmp_path: Path
) -> None:
    with pytest.raises(PublishRefused, match="parent"):
        next_version(planned, tmp_path / "a", parent="0" * 64).publish(published)
    second.publish(published)
    with pytest.raises(PublishRefused, match="published before"):
        planned.publish(published)
    # a number may be left out: versions 3 and 4 were never published
    third = next_version(second, tmp_path / "b", number=5)
    assert third.publish(published).plan_version == 5


@pytest.mark.parametrize(
    ("number", "parent", "text"),
    [
        (1, "live", "version 1 does not follow the published version 1"),
        (2, "", "parent"),
        (2, "0" * 64, "parent"),
        (2, "live", ""),
    ],
)
def test_what_follows_the_live_version(
    published: str, planned: Planned, number: int, parent: str, text: str
) -> None:
    """Asked directly: ``verify`` refuses some of these plans already."""
    engine = open_engine(published)
    with engine.begin() as connection:
        latest = latest_version(connection, EXAM)
        assert latest is not None
        manifest = read_manifest(planned.plan).model_copy(
            update={
                "plan_version": number,
                "parent_root_hash": latest.root_hash if parent == "live" else parent,
            }
        )
        if text:
            with pytest.raises(PublishRefused, match=text):
                require_next(connection, manifest, "1" * 64, latest)
        else:
            require_next(connection, manifest, "1" * 64, latest)
    engine.dispose()


def test_a_first_version_has_no_parent(second: Planned, url: str) -> None:
    with pytest.raises(PublishRefused, match="parent"):
        second.publish(url)


def test_publishing_the_live_version_again_changes_nothing(
    published: str, planned: Planned
) -> None:
    before = history(published)
    assert planned.publish(published).outcome == "already_live"
    assert history(published) == before


def test_a_withdrawn_version_is_published_again_by_flipping_back(
    published: str, planned: Planned, opened: Opened
) -> None:
    reader = opened(published)
    number = planned.seats()["candidate_id"].iloc[0]
    withdraw(EXAM, published, actor="li", now=NOW, note="a room is closed")
    live, found = reader.live(), reader.find(number)
    assert live is not None
    assert (live.withdrawn_at, found.version_id, found.placement) == (NOW, None, None)
    assert states(published) == [(1, "withdrawn")]
    with pytest.raises(StoreError, match="nothing is live"):
        withdraw(EXAM, published, actor="li", now=NOW)
    later = NOW + timedelta(hours=1)
    assert planned.publish(published, now=later).outcome == "live_again"
    again = reader.live()
    assert again is not None
    assert (again.withdrawn_at, again.restored_at) == (None, later)
    assert reader.find(number).placement is not None
    actions = [entry.action for entry in history(published).log]
    assert actions == ["publish", "withdraw", "publish"]


def test_a_new_version_ends_a_withdrawal(
    published: str, planned: Planned, second: Planned, opened: Opened
) -> None:
    withdraw(EXAM, published, actor="li", now=NOW)
    second.publish(published)
    live = opened(published).live()
    assert live is not None
    assert (live.plan_version, live.withdrawn_at, live.restored_at) == (2, None, None)


def test_a_moved_session_tells_those_who_stay_in_it(
    published: str, planned: Planned, tmp_path: Path, opened: Opened
) -> None:
    """The sitting keeps its id, so only its times differ (docs/formats.md, section 1)."""
    exam = (planned.plan / "inputs" / "exam.toml").read_text(encoding="utf-8")
    assert "2022-04-09T08:30" in exam
    moved = exam.replace("2022-04-09T", "2022-04-08T")
    later = next_version(planned, tmp_path / "plan", inputs={"exam.toml": moved.encode()})
    later.publish(published)
    reader = opened(published)
    live = reader.live()
    assert live is not None
    facts = reader.facts(live.version_id)
    ids = {s.id for s in facts.exam.sittings if any(t.start.day == 8 for t in s.session)}
    assert ids
    seen = set()
    for seat in records(planned.seats()):
        placement = reader.find(seat.candidate_id).placement
        assert placement is not None
        assert placement.changed == (("date",) if seat.sitting in ids else ())
        seen.add(placement.changed)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        (("C2", "c", "r", 1), ("date", "center", "room", "seat")),
        (("C1", "d", "r", 1), ("center", "room", "seat")),
        (("C1", "c", "s", 1), ("room", "seat")),
        (("C1", "c", "r", 2), ("seat",)),
        (("C1", "c", "r", 1), ()),
        (("", "", "", 0), ("date", "center", "room", "seat")),
        (None, ()),
    ],
)
def test_what_changed_is_the_first_difference_and_all_below_it(
    before: object, changed: tuple[str, ...], planned: Planned
) -> None:
    publication = read_publication(planned.plan, planned.roster, published_at=NOW)
    some = next(publication.people()).placement
    placement = replace(some, sitting="C1", center_id="c", room_id="r", seat=1)
    assert Previous(1, None, publication.facts).changed(before, placement) == changed


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize("what", ["placed", "unplaced", "session", "center"])
def test_a_count_that_differs_is_refused(published: str, planned: Planned, what: str) -> None:
    """No plan that ``verify`` accepts gets here, so the check is asked directly."""
    expected = expected_counts(planned.plan, read_manifest(planned.plan))
    one = next(iter(expected.occupied))
    wrong = {
        "placed": expected._replace(placed=expected.placed - 1),
        "unplaced": expected._replace(unplaced=1),
        "session": expected._replace(
            occupied={**expected.occupied, one: expected.occupied[one] + 1}
        ),
        "center": expected._replace(
            occupied={**expected.occupied, CenterSession("nowhere", "C1", 1): 1}
        ),
    }[what]
    engine = open_engine(published)
    with engine.begin() as connection:
        check_counts(connection, 1, expected)
        with pytest.raises(PublishRefused, match="in the database"):
            check_counts(connection, 1, wrong)
    engine.dispose()


def test_a_lost_row_is_noticed_and_nothing_goes_live(
    published: str, second: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Loader.people

    def one_less(self: Loader, batch: object) -> None:
        whole(self, list(batch)[:-1])  # type: ignore[call-overload]

    monkeypatch.setattr(Loader, "people", one_less)
    with pytest.raises(PublishRefused, match="placed candidates: 299 in the database, 300 in"):
        second.publish(published)
    assert states(published) == [(1, "live")]


def test_a_seat_given_twice_is_refused_by_the_database(
    published: str, second: Planned, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Loader.people

    def doubled(self: Loader, batch: Any) -> None:
        (first, _), (other, number) = next(
            (a, b) for a, b in pairwise(batch) if set(a[0].subjects) & set(b[0].subjects)
        )
        same = {"sitting", "center_id", "room_id", "seat"}
        moved = replace(other, **{name: getattr(first, name) for name in same})
        whole(self, [(moved, number) if p is other else (p, n) for p, n in batch])

    monkeypatch.setattr(Loader, "people", doubled)
    with pytest.raises(PublishRefused, match="two people are given one seat"):
        second.publish(published)
    assert states(published) == [(1, "live")]
    assert rows(database, "select count(*) from version") == [(1,)]


# ---------------------------------------------------------------- interruptions and races


def test_only_its_owner_may_read_the_file(
    planned: Planned, url: str, database: Path, opened: Opened
) -> None:
    """It holds names; SQLite gives what it writes beside the file the same mode."""
    planned.publish(url)
    store = opened(url)
    store.record_failure(store.find("nobody"), now=NOW)
    files = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        planned.publish(f"sqlite:///{database.parent / 'nowhere' / 'store.db'}")


@pytest.mark.parametrize("name", failpoints.PUBLISH[:-1])
def test_an_error_before_the_flip_leaves_the_old_version_and_no_leftovers(
    published: str,
    second: Planned,
    database: Path,
    opened: Opened,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, f"{name}:raise")
    with pytest.raises(FailpointReached, match=name):
        second.publish(published)
    monkeypatch.delenv(failpoints.VARIABLE)
    assert states(published) == [(1, "live")]
    assert rows(database, "select distinct version_id from placement") == [(1,)]
    assert rows(database, "select count(*) from version") == [(1,)]
    assert second.publish(published).outcome == "published"


@pytest.mark.parametrize("number", [3, 2], ids=["another plan", "the same plan"])
def test_of_two_runs_at_once_one_wins_and_the_other_is_told(
    first_published: Path,
    second: Planned,
    tmp_path: Path,
    number: int,
    planned: Planned,
    unverified: None,
) -> None:
    """Whatever else a run ends with stands in the results and fails the test."""
    rival = next_version(planned, tmp_path / "rival", number=number)
    for attempt in range(5):
        database = tmp_path / f"{attempt}.db"
        shutil.copy(first_published, database)
        results = race(f"sqlite:///{database}", second, rival)
        outcomes = sorted(result for result in results if result != "published")
        assert len(outcomes) == 1, results
        assert outcomes[0] in ("already_live", *(f"PublishRefused: {text}" for text in TOLD))
        live = [n for n, state in states(f"sqlite:///{database}") if state == "live"]
        assert live == [2 if results[0] == "published" else number]


TOLD = (
    "another run of publish took over",
    "another plan was published meanwhile",
    "this plan was published before and replaced; make a new version",
    "plan version 2 does not follow the published version 3",
    "the plan does not name the published version as its parent: ",
)
"""How a run may learn that another one was quicker; the last one goes on with the root hashes."""


def race(url: str, *plans: Planned) -> list[str]:
    """What each of the runs, all begun at once, came to."""
    together = threading.Barrier(len(plans))

    def run(plan: Planned) -> str:
        together.wait()
        try:
            return plan.publish(url).outcome
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    with ThreadPoolExecutor(len(plans)) as runs:
        return list(runs.map(run, plans))


def test_a_run_of_the_same_plan_that_began_first_is_told(
    published: str, second: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that the plan is next; the other one takes its number a moment earlier."""
    begun: list[bool] = []

    def begin_second(*arguments: Any) -> int:
        if not begun:
            begun.append(True)
            second.publish(published)
        return begin_version(*arguments)

    monkeypatch.setattr(publish_module, "begin_version", begin_second)
    with pytest.raises(PublishRefused, match="another run of publish took over"):
        second.publish(published)
    assert states(published) == [(1, "replaced"), (2, "live")]


def test_a_run_whose_version_was_taken_away_stops(
    published: str, planned: Planned, second: Planned, tmp_path: Path, opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A second run begins while the first one has loaded half."""
    rival = next_version(planned, tmp_path / "rival", number=3)
    counted = publish_module.expected_counts
    begun: list[bool] = []

    def publish_meanwhile(plan_dir: Path, manifest: Manifest) -> Expected:
        if not begun:
            begun.append(True)
            rival.publish(published)
        return counted(plan_dir, manifest)

    monkeypatch.setattr(publish_module, "expected_counts", publish_meanwhile)
    with pytest.raises(PublishRefused, match="another run of publish took over"):
        second.publish(published)
    assert states(published) == [(1, "replaced"), (3, "live")]


def test_an_exam_that_is_purged_meanwhile_stays_purged(
    published: str, second: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purge comes between the check and the first row, so it finds nothing to abandon."""
    begun: list[bool] = []

    def begin_later(*arguments: Any) -> int:
        if not begun:
            begun.append(True)
            purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
        return begin_version(*arguments)

    monkeypatch.setattr(publish_module, "begin_version", begin_later)
    with pytest.raises(PublishRefused, match="was purged"):
        second.publish(published)
    assert states(published) == [(1, "purged")]


def test_readers_see_old_or_new_and_never_a_mixture(
    published: str, planned: Planned, second: Planned, opened: Opened
) -> None:
    """Withdrawn or live, the answer is of one version, whole, while the pointer flips."""
    reader = opened(published)
    numbers = planned.seats()["candidate_id"].tolist()
    expected = {number: reader.find(number).placement for number in numbers}
    stop = threading.Event()
    wrong: list[object] = []
    asked = [0]

    def read() -> None:
        while not stop.is_set():
            for number in numbers:
                found = reader.find(number)
                asked[0] += 1
                if found.version_id is None and found.placement is None:
                    continue
                if found.version_id not in (1, 2) or found.placement != expected[number]:
                    wrong.append(found)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(5):
            withdraw(EXAM, published, actor="li", now=NOW)
            planned.publish(published)
        second.publish(published)
        while asked[0] < 2_000 and thread.is_alive():
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join()
    assert (wrong, reader.find(numbers[0]).version_id) == ([], 2)
