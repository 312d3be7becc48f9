"""Look-ups per second against a bare endpoint, and every answer compared with the plan.

``python -m benchmarks.lookups`` plans and publishes two versions of the example province, then

1. asks the service and :mod:`benchmarks.bare_endpoint` in turn, one worker process each, and prints
   the ratio of look-ups per second (wall time, and per second of the server's own CPU time);
2. asks 200,000 look-ups while the live version is flipped 50 times, and compares each answer with
   the plan that it names: wrong, mixed or failed ones are counted.

Answers 1 when the ratio is below 0.8 or any answer is wrong, mixed or failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmarks import load
from scheduler.store.database import open_engine
from scheduler.store.keys import load_key
from scheduler.store.lookups import Store
from scheduler.store.pointer import flip

FOLDER = Path("build/bench-lookups")
LEAST_RATIO = 0.8
PATH = "/v1/tickets/lookup"
NO_LIMIT = "1000000000 per 10 minute"
CONNECTIONS = 16
FIELDS = ("ticket_number", "sitting", "center_id", "room_id", "seat", "form")


class Server(NamedTuple):
    """A running server process."""

    port: int
    pid: int


# ---------------------------------------------------------------- what is asked


def prepare(candidates: int) -> None:
    """Plan and publish two versions; the second from another seed, with the first as parent."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    _paikao("sample", "--candidates", str(candidates), "--out", str(FOLDER / "example"))
    roster = str(FOLDER / "example" / "roster.csv")
    data = ["--data", str(FOLDER / "example" / "data"), "--effort", "quick"]
    first, second = FOLDER / "plan1", FOLDER / "plan2"
    _paikao("plan", roster, *data, "--out", str(first), "--seed-hex", "11" * 32)
    _paikao(
        "plan", roster, *data, "--out", str(second), "--seed-hex", "22" * 32,
        "--parent", str(first),
    )  # fmt: skip
    for plan in (first, second):
        manifest = json.loads((plan / "manifest.json").read_text(encoding="utf-8"))
        unplaced = manifest["totals"]["unplaced"]
        accepted = ["--accept-unplaced", str(unplaced)] if unplaced else []
        _paikao("publish", str(plan), roster, "--db", _url(), "--by", "benchmark", *accepted)


def _paikao(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scheduler.cli", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode not in (0, 4):  # 4: some unplaced, and explained
        raise SystemExit(f"paikao {arguments[0]} answered {done.returncode}")


def _url() -> str:
    return f"sqlite:///{FOLDER / 'paikao.db'}"


def people() -> tuple[list[str], list[bytes]]:
    """Archive numbers and requests of everybody, in the order of the roster."""
    roster = pd.read_csv(FOLDER / "example" / "roster.csv", dtype=str, keep_default_na=False)
    asked = [
        load.post(PATH, json.dumps({"number": number, "id_number": secret}).encode())
        for number, secret in zip(roster["candidate_id"], roster["id_number"], strict=True)
    ]
    return list(roster["candidate_id"]), asked


def plan_of(folder: Path) -> Mapping[str, tuple[Any, ...]]:
    """Candidate to what the plan directory gives: ticket, sitting, center, room, seat, form."""
    seats = pd.read_parquet(folder / "seats.parquet")
    columns = [seats[name].tolist() for name in FIELDS]
    return dict(zip(seats["candidate_id"].tolist(), zip(*columns, strict=True), strict=True))


def given(answer: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The same out of an answer; None for somebody without a seat."""
    seat = answer["seat"]
    if seat is None:
        return None
    return (
        answer["ticket_number"], seat["sitting"], seat["center"]["id"], seat["room"]["id"],
        seat["seat"], seat["form"],
    )  # fmt: skip


# ---------------------------------------------------------------- servers


@contextlib.contextmanager
def service() -> Iterator[Server]:
    """One worker of ``paikao serve`` with everything on, limits too high to be met."""
    port = _free_port()
    command = ["-m", "scheduler.cli", "serve", "--db", _url(), "--port", str(port),
               "--now", "2022-04-05T09:00"]  # fmt: skip
    limits = ("FAILURES_PER_CLIENT", "PEOPLE_PER_CLIENT", "POLLS_PER_CALENDAR")
    with _process(command, port, "/healthz", {f"PAIKAO_{n}": NO_LIMIT for n in limits}) as server:
        yield server


@contextlib.contextmanager
def bare(exam: str, padding: int) -> Iterator[Server]:
    """One worker of the bare endpoint, started as the service is."""
    port = _free_port()
    command = ["-m", "uvicorn", "benchmarks.bare_endpoint:app", "--port", str(port),
               "--no-access-log", "--log-level", "warning", "--no-proxy-headers"]  # fmt: skip
    variables = {"BARE_DB": str(FOLDER / "paikao.db"), "BARE_EXAM": exam,
                 "BARE_PADDING": str(padding)}  # fmt: skip
    with _process(command, port, "/openapi.json", variables) as server:
        yield server


@contextlib.contextmanager
def _process(
    command: list[str], port: int, ready: str, variables: Mapping[str, str]
) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.DEVNULL, env={**os.environ, **variables}
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5),
            ):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[1]} did not start")
            time.sleep(0.1)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process; not a number where the system has no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- 1: the ratio


class Rate(NamedTuple):
    """Look-ups per second of wall time and of the server's CPU time; mean bytes per answer."""

    wall: float
    cpu: float
    size: float


def rate(server: Server, requests: list[bytes], seconds: float) -> Rate:
    """One round; any answer but 200 stops the benchmark."""

    def check(_: int, status: int, body: bytes) -> None:
        if status != 200:
            raise SystemExit(f"{status}: {body[:200]!r}")

    before = _cpu_seconds(server.pid)
    outcome = asyncio.run(
        load.run(server.port, requests, check, connections=CONNECTIONS, seconds=seconds)
    )
    spent = _cpu_seconds(server.pid) - before
    return Rate(
        outcome.answers / outcome.seconds,
        outcome.answers / spent,
        outcome.body_bytes / outcome.answers,
    )


def compare(exam: str, requests: list[bytes], rounds: int, seconds: float) -> float:
    """Alternate the two; print every round, and return the median of the ratios."""
    with service() as ours:
        size = rate(ours, requests, 2).size  # also warms up
        with bare(exam, 0) as floor:
            unpadded = rate(floor, requests, 1).size
        with bare(exam, round(size - unpadded)) as floor:
            assert abs(rate(floor, requests, 2).size - size) < size / 100
            walls, cpus, rates = [], [], []
            for number in range(1, rounds + 1):
                mine, theirs = rate(ours, requests, seconds), rate(floor, requests, seconds)
                walls.append(mine.wall / theirs.wall)
                cpus.append(mine.cpu / theirs.cpu)
                rates.append((mine.wall, theirs.wall))
                print(
                    f"round {number}: service {mine.wall:,.0f}/s, bare {theirs.wall:,.0f}/s, "
                    f"ratio {walls[-1]:.2f}; per CPU second {mine.cpu:,.0f} and {theirs.cpu:,.0f}, "
                    f"ratio {cpus[-1]:.2f}",
                    flush=True,
                )
    ratio = statistics.median(walls)
    print(f"""
| look-ups/s | bare | bytes | ratio | least | ratio per CPU second |
| ---: | ---: | ---: | ---: | ---: | ---: |
| {statistics.median(r[0] for r in rates):,.0f} | {statistics.median(r[1] for r in rates):,.0f} \
| {size:,.0f} | {ratio:.2f} | {LEAST_RATIO} | {statistics.median(cpus):.2f} |
""")
    return ratio


# ---------------------------------------------------------------- 2: every answer


class Comparison:
    """Compares answers with the plan that they name, and flips versions on the way."""

    def __init__(self, numbers: list[str], answers: int, flips: int) -> None:
        """Read both plans."""
        self._numbers = numbers
        plans = [plan_of(FOLDER / name) for name in ("plan1", "plan2")]
        self._plans = dict(enumerate(plans, start=1))
        self._every = answers // (flips + 1)
        self._flips_left = flips
        self._engine = open_engine(_url())
        self._versions = self._both_versions()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen = 0
        self.flipped = 0
        self.counts = {"right": 0, "wrong": 0, "mixed": 0, "failed": 0}
        self.of_version = {1: 0, 2: 0}

    def _both_versions(self) -> list[tuple[int, str, str]]:
        """(version id, exam, root hash) of version 1 and 2."""
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "select version_id, exam, root_hash from version order by plan_version"
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def check(self, number: int, status: int, body: bytes) -> None:
        """Judge one answer; start a flip when it is time."""
        who = self._numbers[number % len(self._numbers)]
        self.counts[self._judged(who, status, body)] += 1
        self._seen += 1
        if self._flips_left and self._seen % self._every == 0:
            self._flips_left -= 1
            task = asyncio.get_running_loop().create_task(asyncio.to_thread(self._flip))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _judged(self, who: str, status: int, body: bytes) -> str:
        if status != 200:
            return "failed"
        answer = json.loads(body)
        named = answer["version"]["plan_version"]
        self.of_version[named] += 1
        got = given(answer)
        if answer["candidate_id"] == who and got == self._plans[named].get(who):
            return "right"
        return "mixed" if got == self._plans[3 - named].get(who) else "wrong"

    def _flip(self) -> None:
        """As ``publish`` ends: one transaction moves the pointer."""
        version_id, exam, root = self._versions[self.flipped % 2]
        with self._engine.begin() as connection:
            flip(
                connection, exam, version_id,
                at=datetime.now(UTC), actor="benchmark", root_hash=root,
            )  # fmt: skip
        self.flipped += 1


def compare_with_plan(numbers: list[str], requests: list[bytes], answers: int, flips: int) -> bool:
    """Ask and compare; whether nothing was wrong, mixed or failed."""
    comparison = Comparison(numbers, answers, flips)
    with service() as server:
        outcome = asyncio.run(
            load.run(
                server.port, requests, comparison.check, connections=CONNECTIONS, answers=answers
            )
        )
    counts = comparison.counts
    counts["failed"] += outcome.failed
    print(
        f"{sum(counts.values()):,} look-ups at {outcome.answers / outcome.seconds:,.0f}/s, "
        f"{comparison.flipped} flips: {counts['right']:,} right, {counts['wrong']} wrong, "
        f"{counts['mixed']} mixed, {counts['failed']} failed "
        f"(version 1: {comparison.of_version[1]:,}, version 2: {comparison.of_version[2]:,})"
        f" {outcome.first_failure}"
    )
    return counts["right"] == answers and comparison.flipped == flips


def main() -> int:
    """Run both parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lookups", description=__doc__)
    parser.add_argument("--candidates", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--answers", type=int, default=200_000)
    parser.add_argument("--flips", type=int, default=50)
    parser.add_argument("--keep", action="store_true", help="use what an earlier run published")
    arguments = parser.parse_args()
    if not arguments.keep:
        prepare(arguments.candidates)
    numbers, requests = people()
    store = Store.open(_url(), load_key(_url()))
    exam = store.exam
    store.close()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, "
        f"fastapi {version('fastapi')}, uvicorn {version('uvicorn')}; "
        f"{len(numbers):,} candidates, {CONNECTIONS} connections",
        flush=True,
    )
    ratio = compare(exam, requests, arguments.rounds, arguments.seconds)
    right = compare_with_plan(numbers, requests, arguments.answers, arguments.flips)
    return int(ratio < LEAST_RATIO or not right)


if __name__ == "__main__":
    sys.exit(main())
