"""What is never stored, and what is gone after a purge; both shown on the bytes of the files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from scheduler.cli import main
from scheduler.store.errors import PublishRefused, StoreError
from scheduler.store.history import history
from scheduler.store.lookups import Store
from scheduler.store.purge import purge
from scheduler.store.tokens import give_token, list_tokens
from tests.scheduler.store.plans import (
    AFTER_THE_EXAM,
    EXAM,
    KEY,
    NOW,
    Planned,
    file_bytes,
    next_version,
    records,
    small_plan,
)

Opened = Callable[[str], Store]


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """1,000 ID numbers that must show up nowhere."""
    return small_plan(tmp_path_factory.mktemp("canaries"), 1_000)


def found_in(content: bytes, texts: Sequence[str]) -> list[str]:
    """Which of the texts stand in the bytes, in UTF-8 or UTF-16."""
    return [
        text for text in texts if text.encode() in content or text.encode("utf-16-le") in content
    ]


def paikao(*arguments: object, **environment: str) -> tuple[int, str]:
    """Run a command; its exit code and everything that it printed."""
    done = CliRunner().invoke(
        main, [str(a) for a in arguments], env={"PAIKAO_KEY": KEY.secret.hex()} | environment
    )
    return done.exit_code, done.output


@pytest.mark.slow
def test_canaries_are_nowhere_in_store_and_output_and_after_a_purge_no_name_either(
    canaries: Planned, url: str, database: Path, tmp_path: Path, opened: Opened
) -> None:
    people = canaries.people()
    numbers = people["id_number"].tolist()
    assert len(set(numbers)) == 1_000
    said = []

    def run(expected: int, *arguments: object, **environment: str) -> None:
        code, text = paikao(*arguments, **environment)
        assert code == expected, text
        said.append(text)

    plan, roster = canaries.plan, canaries.roster
    run(0, "publish", plan, roster, "--db", url, "--by", "wang")
    run(3, "publish", plan, roster, "--db", url, PAIKAO_KEY="ab" * 32)
    run(3, "publish", plan, roster, "--db", url, "--accept-unplaced", 5)
    broken = tmp_path / "broken"
    shutil.copytree(plan, broken)
    (broken / "seats.parquet").write_bytes(b"PAR1")
    run(6, "publish", broken, roster, "--db", url)
    doubled = tmp_path / "doubled.csv"
    pd.concat([people, people.head(3)]).to_csv(doubled, index=False, lineterminator="\n")
    run(6, "publish", plan, doubled, "--db", url)
    run(1, "publish", plan, roster, "--db", url, PAIKAO_FAILPOINT="publish_verified:raise")
    run(0, "versions", "--db", url)
    run(0, "token", "list", "--db", url)

    store = opened(url)
    for number in people["candidate_id"].head(20):
        store.record_failure(store.find(number), now=NOW)
    found = store.find(people["candidate_id"].iloc[0])
    assert not store.matches_id(found, numbers[1])
    said.append(repr(found) + repr(store.live()))
    content = b"".join(file_bytes(database))
    assert found_in(content, numbers) == []
    assert found_in("".join(said).encode(), numbers) == []
    # the search does find what is there
    names = [str(name) for name in people["name"]]
    assert len(found_in(content, names)) == 1_000
    tickets = canaries.seats()["ticket_number"].tolist()
    assert len(found_in(content, tickets)) == 1_000

    hashes = [KEY.id_hash(EXAM, p.candidate_id, p.id_number) for p in records(people)]
    assert all(value in content for value in hashes)
    store.close()
    run(3, "purge", "--exam", "OTHER", "--db", url)
    run(0, "purge", "--exam", EXAM, "--db", url, "--dry-run")
    assert len(found_in(b"".join(file_bytes(database)), names)) == 1_000
    run(0, "purge", "--exam", EXAM, "--db", url)
    content = b"".join(file_bytes(database))
    for texts in (numbers, names, tickets, people["candidate_id"].tolist()):
        assert found_in(content, texts) == []
    assert not any(value in content for value in hashes)
    assert found_in("".join(said).encode(), [*numbers, *names]) == []


def test_a_dry_run_counts_and_deletes_nothing(
    published: str, planned: Planned, database: Path
) -> None:
    before = b"".join(file_bytes(database))
    done = purge(EXAM, published, actor="li", now=NOW, dry_run=True)
    seats = int(planned.seats()["subjects"].str.len().sum())
    assert (done.versions, done.rows["placement"], done.rows["occupancy"]) == (1, 300, seats)
    assert done.rows["facts"] == 1
    assert done.rows["calendar_link"] > 300
    assert b"".join(file_bytes(database)) == before


def test_a_purge_before_the_end_of_the_exam_is_refused(published: str) -> None:
    with pytest.raises(StoreError, match="not over before 2022-04-17"):
        purge(EXAM, published, actor="li", now=NOW)
    assert purge(EXAM, published, actor="li", now=NOW, force=True).rows["placement"] == 300


def test_every_version_goes_and_the_log_stays(
    published: str, planned: Planned, second: Planned, database: Path, tmp_path: Path
) -> None:
    second.publish(published, now=NOW + timedelta(days=1))
    center = planned.seats()["center_id"].iloc[0]
    give_token("center", center, published, now=NOW, actor="li")
    before = history(published)
    done = purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    assert (done.versions, done.rows["placement"], done.rows["token"]) == (2, 600, 1)
    after = history(published)
    assert [(v.root_hash, v.state) for v in after.versions] == [
        (v.root_hash, "purged") for v in before.versions
    ]
    assert after.log[:-1] == before.log
    assert (after.log[-1].action, after.log[-1].actor) == ("purge", "li")
    assert "placement 600" in after.log[-1].note
    assert list_tokens(published) == ()
    content = b"".join(file_bytes(database))
    assert found_in(content, planned.people()["candidate_id"].tolist()) == []
    again = purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    assert set(again.rows.values()) == {0}
    third = next_version(second, tmp_path / "plan")
    for plan in (second, third):
        with pytest.raises(PublishRefused, match="purged"):
            plan.publish(published)


def test_after_a_purge_look_ups_find_nothing(
    published: str, planned: Planned, opened: Opened
) -> None:
    store = opened(published)
    number = planned.people()["candidate_id"].iloc[0]
    token = store.calendar_token("candidate", number)
    assert store.calendar(token) is not None
    purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    assert store.live() is None
    assert store.find(number).placement is None
    assert store.calendar(token) is None
    assert list(store.seat_plan("center", "2301-01")) == []


def test_another_exam_in_the_same_database_stays(
    published: str, planned: Planned, short: Planned
) -> None:
    other = short.publish(published, accept_unplaced=37).exam
    assert other != EXAM
    purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    states = {line.exam: line.state for line in history(published).versions}
    assert states == {EXAM: "purged", other: "live"}
    store = Store.open(published, KEY, other)
    assert store.find(short.people()["candidate_id"].iloc[0]).placement is not None
    store.close()
