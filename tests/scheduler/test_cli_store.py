"""The commands of the store as processes: what they print, and their exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.store.failpoints import PUBLISH
from scheduler.store.keys import KEY_FILE_VARIABLE, KEY_VARIABLE, load_key
from scheduler.store.lookups import Store
from tests.scheduler.store.plans import EXAM, Planned, plan_with_unplaced


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return plan_with_unplaced(tmp_path_factory.mktemp("short"))


def paikao(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in (KEY_VARIABLE, KEY_FILE_VARIABLE)}
    return subprocess.run(
        [sys.executable, "-m", "scheduler.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=clean | environment,
    )


@pytest.mark.slow
def test_from_publish_to_purge(short: Planned, tmp_path: Path) -> None:
    database = tmp_path / "store.db"
    url = f"sqlite:///{database}"
    publish = ("publish", short.plan, short.roster, "--db", url, "--by", "wang")

    refused = paikao(*publish)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "give --accept-unplaced 37 [PUBLISH_REFUSED]" in refused.stderr
    killed = paikao(*publish, "--accept-unplaced", 37, PAIKAO_FAILPOINT=PUBLISH[4])
    assert killed.returncode == -9
    done = paikao(
        *publish, "--accept-unplaced", 37, "--reviewed-by", "li",
        "--published-at", "2022-04-05T09:00",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    exam = done.stdout.split()[1].rstrip(",")
    assert "published; " in done.stdout
    assert "37 unplaced" in done.stdout
    assert stat.S_IMODE((tmp_path / "store.db.key").stat().st_mode) == 0o600

    again = paikao(*publish, "--accept-unplaced", 37)
    assert "live already, nothing to do" in again.stdout
    listed = paikao("versions", PAIKAO_DB=url)
    assert f"{exam} version 1 live: " in listed.stdout
    # 09:00 in the zone of the exam
    assert "published 2022-04-05T01:00:00Z by wang, reviewed by li" in listed.stdout
    content = json.loads(paikao("versions", "--db", url, "--json").stdout)
    assert content["versions"][0]["unplaced"] == 37
    assert content["log"][0]["action"] == "publish"

    store = Store.open(url, load_key(url))
    live = store.live()
    assert live is not None
    center = store.facts(live.version_id).centers[0]
    token = paikao("token", "center", center.center_id, "--db", url, "--days", 3)
    assert (token.returncode, len(token.stdout.strip())) == (0, 43)
    assert paikao("token", "point", center.exam_point, "--db", url).returncode == 0
    lines = paikao("token", "list", "--db", url).stdout.splitlines()
    assert len(lines) == 2
    assert token.stdout.strip() not in "".join(lines)
    assert paikao("token", "revoke", lines[0].split()[0], "--db", url).returncode == 0
    assert "revoked" in paikao("token", "list", "--db", url).stdout
    renewed = paikao("token", "renew-calendar", "center", center.center_id, "--db", url)
    assert renewed.returncode == 0

    assert paikao("withdraw", "--exam", exam, "--db", url, "--note", "x").returncode == 0
    assert "withdrawn" in paikao("versions", "--db", url).stdout
    counted = paikao("purge", "--exam", exam, "--db", url, "--dry-run")
    assert "nothing was deleted" in counted.stdout
    store.close()
    assert paikao("purge", "--exam", exam, "--db", url, "--force").returncode == 0
    assert f"{exam} version 1 purged" in paikao("versions", "--db", url).stdout


def test_a_key_is_never_made_for_a_database_that_has_one(short: Planned, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    key_file = tmp_path / "store.db.key"
    publish = ("publish", short.plan, short.roster, "--db", url, "--accept-unplaced", 37)
    assert paikao(*publish).returncode == 0
    key_file.unlink()
    lost = paikao(*publish)
    assert lost.returncode == 3
    assert "store.db.key does not exist" in lost.stderr
    assert not key_file.exists()
    wrong = paikao(*publish, PAIKAO_KEY="ab" * 32)
    assert (wrong.returncode, "wrong key" in wrong.stderr) == (3, True)


def test_wrong_use_is_told(short: Planned, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    wrong: tuple[tuple[object, ...], ...] = (
        ("publish", short.plan, short.roster),
        ("publish", short.plan, short.roster, "--db", url, "--published-at", "today"),
        ("purge", "--db", url),
        ("withdraw", "--db", url),
    )
    for arguments in wrong:
        assert paikao(*arguments).returncode == 2
    absent: tuple[tuple[object, ...], ...] = (("versions",), ("token", "list"))
    for arguments in (*absent, ("purge", "--exam", EXAM)):
        done = paikao(*arguments, "--db", url)
        assert (done.returncode, "no database at" in done.stderr) == (3, True)
    assert paikao("versions", "--db", "store.db").returncode == 3
    assert list(tmp_path.iterdir()) == []
