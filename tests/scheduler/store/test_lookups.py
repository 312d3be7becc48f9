"""What the service reads: one candidate, seat plans, calendars, staff tokens, failures."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.store import statements
from scheduler.store.errors import StoreBusy, StoreError
from scheduler.store.history import history
from scheduler.store.keys import StoreKey, token_hash
from scheduler.store.lookups import CALENDAR_DAYS, Store
from scheduler.store.pointer import withdraw
from scheduler.store.tokens import give_token, list_tokens, renew_calendar, revoke_token
from tests.scheduler.store.plans import EXAM, KEY, NOW, Planned, records

Opened = Callable[[str], Store]


# ---------------------------------------------------------------- one candidate


def test_archive_and_ticket_number_find_the_same_candidate(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    for seat in records(planned.seats()):
        by_archive, by_ticket = store.find(seat.candidate_id), store.find(seat.ticket_number)
        assert by_archive.placement is not None
        assert by_archive.placement == by_ticket.placement
        assert by_archive.failure_key == by_ticket.failure_key
        assert by_archive.placement.candidate_id == seat.candidate_id


def test_only_the_own_id_number_and_name_match(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    people = planned.people().head(40)
    for person in records(people):
        found = store.find(person.candidate_id)
        matching = [
            other.candidate_id
            for other in records(people)
            if store.matches_id(found, other.id_number)
        ]
        assert matching == [person.candidate_id]
        spaced = f" {person.id_number[:6]} {person.id_number[6:].lower()}"
        assert store.matches_id(found, spaced)
        assert store.matches_name(found, f"\u3000{person.name} ")
        assert not store.matches_name(found, f"{person.name}x")


@pytest.mark.parametrize(
    "number",
    ["", "0", "zzzz", "~", "A2300000000", "' or 1=1 --", "\0", "\ud800", "张", "x" * 10_000, "%"],
)
def test_a_number_that_is_nobodys_matches_nobody(
    published: str, planned: Planned, opened: Opened, number: str
) -> None:
    """A row is read all the same; whoever it belongs to, neither ID nor name ever match."""
    store = opened(published)
    found = store.find(number)
    assert (found.placement, found.version_id) == (None, 1)
    assert found.compared_name != ""
    for person in records(planned.people()):
        assert not store.matches_id(found, person.id_number)
        assert not store.matches_name(found, person.name)
    assert found.failure_key.startswith("u:")


def test_known_and_unknown_numbers_take_one_statement_and_no_scan(
    published: str,
    planned: Planned,
    database: Path,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = opened(published)
    asked: list[str] = []
    whole = Store._all  # noqa: SLF001 - what the store sends is the point

    def listening(self: Store, name: str, **values: object) -> list[object]:
        asked.append(name)
        return whole(self, name, **values)

    monkeypatch.setattr(Store, "_all", listening)
    store.find(planned.people()["candidate_id"].iloc[0])
    store.find("nobody")
    assert asked == ["find", "find"]
    with closing(sqlite3.connect(database)) as connection:
        for name, statement in statements.READING.items():
            if name in ("fail", "live", "sessions"):
                continue
            text = str(statement.compile(compile_kwargs={"render_postcompile": True}))
            plan = connection.execute(f"explain query plan {text}", _blank(text)).fetchall()
            assert not [row for row in plan if row[3].startswith("SCAN")], name


def _blank(text: str) -> dict[str, str]:
    import re

    return dict.fromkeys(re.findall(r":(\w+)", text), "")


def test_an_id_number_of_one_candidate_does_not_open_another_exam(
    published: str, planned: Planned, short: Planned, opened: Opened
) -> None:
    other = short.publish(published, accept_unplaced=37).exam
    with pytest.raises(StoreError, match=f"several exams: name one of .*{EXAM}"):
        opened(published)
    with pytest.raises(StoreError, match="nothing is published of NONE"):
        Store.open(published, KEY, "NONE")
    store = Store.open(published, KEY, other)
    assert store.find(planned.people()["candidate_id"].iloc[0]).placement is None
    store.close()


# ---------------------------------------------------------------- failures


def test_failures_of_archive_and_ticket_number_count_together(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    seat = planned.seats().iloc[0]
    assert store.record_failure(store.find(seat["candidate_id"]), now=NOW) == (1, 0)
    assert store.record_failure(store.find(seat["ticket_number"]), now=NOW) == (2, 0)
    assert store.find(seat["candidate_id"]).failures == 2
    other = planned.seats()["candidate_id"].iloc[1]
    assert store.find(other).failures == 0


def test_failures_of_a_number_that_is_nobodys_count_too_and_not_for_its_neighbour(
    published: str, planned: Planned, opened: Opened, database: Path
) -> None:
    store = opened(published)
    first = min(planned.people()["candidate_id"])
    nobody = first[:-1]  # sorts right before it
    for count in range(1, 8):
        assert store.record_failure(store.find(nobody), now=NOW) == (count, 0)
    assert store.find(nobody).failures == 7
    assert store.find(first).failures == 0
    with closing(sqlite3.connect(database)) as connection:
        keys = connection.execute("select key from failure").fetchall()
    assert keys == [(f"u:{KEY.unknown_number(EXAM, nobody)}",)]


def test_failures_with_the_right_name_count_within_a_day(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]

    def fail(hours: float, *, named: bool) -> tuple[int, int]:
        now = NOW + timedelta(hours=hours)
        return store.record_failure(store.find(number), with_right_name=named, now=now)

    assert fail(0, named=False) == (1, 0)
    assert fail(1, named=True) == (2, 1)
    assert fail(2, named=True) == (3, 2)
    assert fail(3, named=False) == (4, 2)
    found = store.find(number)
    window_ends = NOW + timedelta(hours=25)
    assert found.name_failures_at(NOW + timedelta(hours=24)) == (2, window_ends)
    assert found.name_failures_at(window_ends) == (0, None)
    assert fail(25, named=True) == (5, 1)  # a new window
    assert fail(26, named=False) == (6, 1)
    assert fail(60, named=False) == (7, 0)
    assert store.find(number).name_failures_at(NOW + timedelta(hours=60)) == (0, None)


def test_every_failure_of_many_threads_is_counted(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]

    def fail() -> None:
        for _ in range(50):
            store.record_failure(store.find(number), now=NOW)

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.find(number).failures == 200


def test_failures_are_kept_by_the_next_version(
    published: str, planned: Planned, second: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    store.record_failure(store.find(number), now=NOW)
    second.publish(published)
    assert store.find(number).failures == 1


def test_a_failure_that_cannot_be_counted_is_an_error(
    published: str,
    planned: Planned,
    database: Path,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scheduler.store import sqlite

    monkeypatch.setattr(sqlite, "WAIT_MILLISECONDS", 20)
    store = opened(published)
    found = store.find(planned.people()["candidate_id"].iloc[0])
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreBusy, match="another process is writing"):
            store.record_failure(found, now=NOW)
        assert store.find(found.number).failures == 0  # reading never waits
        other.execute("rollback")
    assert store.record_failure(found, now=NOW) == (1, 0)


# ---------------------------------------------------------------- centers and exam points


def test_the_seat_plan_of_a_center_is_that_of_the_plan(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    seats = planned.seats()
    for center_id, group in seats.groupby("center_id"):
        rows = list(store.seat_plan("center", str(center_id)))
        order = ["sitting", "room_id", "seat", "subjects"]
        wanted = group.sort_values(order)["candidate_id"].tolist()
        assert [row.candidate_id for row in rows] == wanted
        one = group.iloc[0]
        part = group[(group["sitting"] == one["sitting"]) & (group["room_id"] == one["room_id"])]
        chosen = store.seat_plan("center", str(center_id), one["sitting"], one["room_id"])
        assert {row.candidate_id for row in chosen} == set(part["candidate_id"])
    assert list(store.seat_plan("center", "unknown")) == []


def test_an_exam_point_sees_all_its_centers_and_no_other(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    facts = store.facts(1)
    seats = planned.seats()
    for point in facts.exam_points:
        centers = {c.center_id for c in facts.centers if c.exam_point == point.exam_point}
        wanted = set(seats[seats["center_id"].isin(centers)]["candidate_id"])
        rows = list(store.seat_plan("exam_point", point.exam_point))
        assert {row.candidate_id for row in rows} == wanted
        assert [r.center_id for r in rows] == sorted(r.center_id for r in rows)


def test_sessions_of_a_center_are_counted_by_room(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    seats = planned.seats()
    center_id = seats["center_id"].iloc[0]
    mine = seats[seats["center_id"] == center_id]
    wanted: dict[tuple[str, str, int], int] = {}
    for seat in records(mine):
        for digit in seat.subjects:
            key = (seat.sitting, seat.room_id, int(digit))
            wanted[key] = wanted.get(key, 0) + 1
    rows = store.room_sessions(center_id, 1)
    assert [((r.sitting, r.room_id, r.subject), r.candidates) for r in rows] == sorted(
        wanted.items()
    )


def test_nobody_is_listed_while_the_exam_is_withdrawn(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    center_id = planned.seats()["center_id"].iloc[0]
    withdraw(EXAM, published, actor="li", now=NOW)
    assert list(store.seat_plan("center", center_id)) == []


# ---------------------------------------------------------------- tokens


def test_a_staff_token_is_valid_expires_and_is_revoked(
    published: str, planned: Planned, opened: Opened, database: Path
) -> None:
    store = opened(published)
    center_id = planned.seats()["center_id"].iloc[0]
    token = give_token("center", center_id, published, now=NOW, actor="li", days=2)
    scope = store.staff(token, now=NOW)
    assert scope is not None
    assert (scope.kind, scope.holder, scope.exam, scope.state) == (
        "center", center_id, EXAM, "valid",
    )  # fmt: skip
    almost = store.staff(token, now=NOW + timedelta(days=2, seconds=-1))
    over = store.staff(token, now=NOW + timedelta(days=2))
    assert (almost and almost.state, over and over.state) == ("valid", "expired")
    (line,) = list_tokens(published)
    assert (line.holder, line.revoked_at) == (center_id, "")
    revoke_token(line.short, published, now=NOW, actor="li")
    revoked = store.staff(token, now=NOW)
    assert revoked is not None
    assert revoked.state == "revoked"
    with pytest.raises(StoreError, match="no token in force"):
        revoke_token(token, published, now=NOW, actor="li")
    for wrong in ("", token[:-1], f"{token}=", token.swapcase(), "\ud800"):
        assert store.staff(wrong, now=NOW) is None
    assert token.encode() not in database.read_bytes()


def test_a_token_is_given_for_what_exists(published: str, planned: Planned) -> None:
    with pytest.raises(StoreError, match="no center 9999"):
        give_token("center", "9999", published, now=NOW, actor="li")
    with pytest.raises(StoreError, match="no exam point 2301-01"):
        give_token("exam_point", "2301-01", published, now=NOW, actor="li")
    token = give_token("exam_point", "2301", published, now=NOW, actor="li")
    revoke_token(token, published, now=NOW, actor="li")
    actions = [entry.action for entry in history(published).log]
    assert actions == ["publish", "token", "revoke"]


def test_every_holder_has_a_calendar_link_that_leads_back(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    live = store.live()
    assert live is not None
    facts = store.facts(live.version_id)
    holders = [("candidate", number) for number in planned.people()["candidate_id"]]
    holders += [("center", c.center_id) for c in facts.centers]
    holders += [("exam_point", p.exam_point) for p in facts.exam_points]
    tokens = set()
    for kind, holder in holders:
        token = store.calendar_token(kind, holder)  # type: ignore[arg-type]
        tokens.add(token)
        found = store.calendar(token)
        assert found is not None
        assert (found.kind, found.holder) == (kind, holder)
        assert found.expires_at == live.exam_ends + CALENDAR_DAYS
        assert (found.withdrawn_at, found.previous) == (None, None)
        if kind == "candidate":
            assert found.placement == store.find(holder).placement
        else:
            assert found.placement is None
    assert len(tokens) == len(holders)
    assert store.calendar("x" * 43) is None


def test_the_look_up_knows_the_token_without_another_statement(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    serial = store.find(number).calendar_serial
    assert store.calendar_token("candidate", number, serial) == store.calendar_token(
        "candidate", number
    )


def test_a_renewed_calendar_link_answers_under_the_new_token_only(
    published: str, planned: Planned, second: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    old = store.calendar_token("candidate", number)
    for expected in (1, 2):
        renew_calendar("candidate", number, published, key=KEY, now=NOW, actor="li")
        assert store.find(number).calendar_serial == expected
        new = store.calendar_token("candidate", number, expected)
        assert store.calendar(old) is None
        assert store.calendar(new) is not None
        old = new
    second.publish(published)  # adds no link that was revoked
    assert store.find(number).calendar_serial == 2
    assert store.calendar(old) is not None
    assert store.calendar(KEY.calendar_token(EXAM, "candidate", number, 0)) is None
    with pytest.raises(StoreError, match="no calendar link"):
        renew_calendar("candidate", "nobody", published, key=KEY, now=NOW, actor="li")
    assert number not in "".join(entry.note for entry in history(published).log)


def test_a_withdrawn_calendar_tells_since_when(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    before = store.find(number).placement
    token = store.calendar_token("candidate", number)
    withdraw(EXAM, published, actor="li", now=NOW + timedelta(hours=1))
    holder = store.calendar(token)
    assert holder is not None
    assert holder.withdrawn_at == NOW + timedelta(hours=1)
    assert holder.placement == before


def test_tokens_are_kept_as_hashes_only(
    published: str, planned: Planned, opened: Opened, database: Path
) -> None:
    store = opened(published)
    content = database.read_bytes()
    for number in planned.people()["candidate_id"]:
        token = store.calendar_token("candidate", number)
        assert token.encode() not in content
        assert token_hash(token) in content
    assert KEY.secret not in content
    assert KEY.secret.hex().encode() not in content
    assert StoreKey(bytes(32)).check_value() != KEY.check_value()


def test_a_copy_made_while_the_service_runs_is_whole(
    published: str, planned: Planned, database: Path, tmp_path: Path, opened: Opened
) -> None:
    """The backup of docs/operations.md."""
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    store.record_failure(store.find(number), now=NOW)
    copy = tmp_path / "backup.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"vacuum into '{copy}'")
    restored = f"sqlite:///{copy}"
    assert history(restored) == history(published)
    found = opened(restored).find(number)
    assert (found.failures, found.placement) == (1, store.find(number).placement)
    with closing(sqlite3.connect(copy)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("delete from placement")
