"""``kill -9`` at any moment of a publication: the old version or the new one, whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scheduler.store import failpoints
from scheduler.store.pointer import withdraw
from scheduler.store.purge import purge
from tests.scheduler.store.killing import SIGKILL_EXIT, require_whole, start
from tests.scheduler.store.plans import AFTER_THE_EXAM, EXAM, KEY, NOW, Planned, file_bytes

pytestmark = pytest.mark.slow

AFTER_THE_FLIP = "publish_committed"


@pytest.mark.parametrize("name", failpoints.PUBLISH)
def test_killed_at_a_failpoint_while_replacing_a_version(
    published: str,
    planned: Planned,
    second: Planned,
    database: Path,
    name: str,
    unverified: None,
) -> None:
    process = start(second, published, name)
    process.join(60)
    assert process.exitcode == SIGKILL_EXIT
    plans = {1: planned, 2: second}
    assert require_whole(database, plans) == (2 if name == AFTER_THE_FLIP else 1)
    outcome = second.publish(published).outcome
    assert outcome == ("already_live" if name == AFTER_THE_FLIP else "published")
    assert require_whole(database, plans) == 2


@pytest.mark.parametrize("name", failpoints.PUBLISH)
def test_killed_at_a_failpoint_of_the_first_publication(
    url: str, planned: Planned, database: Path, name: str, unverified: None
) -> None:
    process = start(planned, url, name)
    process.join(60)
    assert process.exitcode == SIGKILL_EXIT
    assert require_whole(database, {1: planned}) == (1 if name == AFTER_THE_FLIP else 0)
    planned.publish(url)
    assert require_whole(database, {1: planned}) == 1


def test_killed_at_random_moments(
    first_published: Path, planned: Planned, second: Planned, tmp_path: Path, unverified: None
) -> None:
    """Five moments here; a hundred of the real command in the soak test."""
    moments = random.Random(1)
    undisturbed = tmp_path / "undisturbed.db"
    shutil.copy(first_published, undisturbed)
    began = time.monotonic()
    process = start(second, f"sqlite:///{undisturbed}")
    process.join(60)
    assert process.exitcode == 0
    seconds = time.monotonic() - began
    for number in range(5):
        database = tmp_path / f"{number}.db"
        shutil.copy(first_published, database)
        process = start(second, f"sqlite:///{database}")
        process.join(moments.uniform(0, seconds))
        process.kill()
        process.join(60)
        assert process.exitcode in (0, SIGKILL_EXIT)
        plans = {1: planned, 2: second}
        assert require_whole(database, plans) in (1, 2)
        assert second.publish(f"sqlite:///{database}").outcome in ("published", "already_live")
        assert require_whole(database, plans) == 2


@pytest.mark.soak
def test_the_command_killed_at_a_hundred_random_moments(
    first_published: Path, planned: Planned, second: Planned, tmp_path: Path
) -> None:
    moments = random.Random(2)
    command = [sys.executable, "-m", "scheduler.cli", "publish"]
    environment = os.environ | {"PAIKAO_KEY": KEY.secret.hex()}

    def run(database: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, str(second.plan), str(second.roster), "--db", f"sqlite:///{database}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    undisturbed = tmp_path / "undisturbed.db"
    shutil.copy(first_published, undisturbed)
    began = time.monotonic()
    with run(undisturbed) as process:
        assert process.wait() == 0
    seconds = time.monotonic() - began
    ends = {0: 0, -signal.SIGKILL: 0}
    versions = {1: 0, 2: 0}
    for number in range(100):
        database = tmp_path / f"{number}.db"
        shutil.copy(first_published, database)
        with run(database) as process:
            try:
                process.wait(moments.uniform(0, seconds))
            except subprocess.TimeoutExpired:
                process.kill()
            ends[process.wait()] += 1
        versions[require_whole(database, {1: planned, 2: second})] += 1
        assert second.publish(f"sqlite:///{database}").outcome in ("published", "already_live")
        assert require_whole(database, {1: planned, 2: second}) == 2
        database.unlink()
    assert ends[-signal.SIGKILL] > 50
    assert versions[1] > 50


@pytest.mark.parametrize("name", failpoints.WITHDRAW)
def test_an_interrupted_withdrawal_happened_or_did_not(
    published: str, planned: Planned, database: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, f"{name}:raise")
    with pytest.raises(failpoints.FailpointReached):
        withdraw(EXAM, published, actor="li", now=NOW)
    monkeypatch.delenv(failpoints.VARIABLE)
    outcome = planned.publish(published).outcome
    assert outcome == ("already_live" if name == "withdraw_written" else "live_again")


@pytest.mark.parametrize("name", failpoints.PURGE)
def test_an_interrupted_purge_is_finished_by_the_next(
    published: str, planned: Planned, database: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, f"{name}:raise")
    with pytest.raises(failpoints.FailpointReached):
        purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    monkeypatch.delenv(failpoints.VARIABLE)
    purge(EXAM, published, actor="li", now=AFTER_THE_EXAM)
    content = b"".join(file_bytes(database))
    for number in planned.people()["candidate_id"]:
        assert number.encode() not in content


def test_every_place_in_the_code_is_a_named_one() -> None:
    folder = Path(failpoints.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    assert all(text.count(f'failpoint("{name}")') == 1 for name in failpoints.FAILPOINTS)
    assert text.count('failpoint("') == len(failpoints.FAILPOINTS)
