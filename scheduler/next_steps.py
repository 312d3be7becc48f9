"""What to type after ``make demo``."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import sys
from pathlib import Path

DATABASE = "paikao.db"
"""File of the demo's store, in the demo's folder."""
CLOCK = "2022-04-05T09:00"
"""Where the clock of the demo's server stands: tickets may be printed, the exam is days ahead."""
SERVER = "http://127.0.0.1:8000"


def command_name() -> str:
    """What to type for paikao: its bare name if the shell finds this one, else its path."""
    installed = Path(sys.executable).parent / "paikao"
    found = shutil.which("paikao")
    if not installed.exists() or (found and os.path.samefile(found, installed)):
        return "paikao"
    beside = os.path.relpath(installed)
    return shlex.quote(str(installed) if beside.startswith("..") else beside)


def next_steps(demo_dir: Path) -> list[str]:
    """Commands to type after ``make demo``, each on a line of its own; all succeed.

    A line that begins with ``#`` tells about the one below it. The server runs until it is
    stopped, and the look-up after it needs it.
    """
    paikao = command_name()
    plan_dir, example = demo_dir / "plan", demo_dir / "example"
    roster = shlex.quote(str(example / "roster.csv"))
    data = shlex.quote(str(example / "data"))
    planning = f"{paikao} plan {roster} --data {data}"
    staged, quick = (_free(demo_dir / name) for name in ("plan-staged", "plan-quick"))
    steps = [
        f"{paikao} report {shlex.quote(str(plan_dir))} --json",
        f"{paikao} check {roster} --data {data} --json",
        f"{paikao} plan --data {data} --show-policy",
        f"{planning} --out {staged} --until dates",
        f"{planning} --out {staged} --resume",
        f"{planning} --out {quick} --effort quick --seed-hex 00112233445566778899aabbccddeeff",
        f"{paikao} verify {quick} {roster}",
    ]
    if (demo_dir / DATABASE).exists():
        steps += _published_steps(demo_dir, paikao)
    return steps


def _published_steps(demo_dir: Path, paikao: str) -> list[str]:
    """Commands on the published plan: for a center, the server, and a candidate's look-up."""
    database = shlex.quote(f"sqlite:///{demo_dir / DATABASE}")
    example = demo_dir / "example"
    person = _first_row(example / "roster.csv")
    center = _first_row(example / "data" / "centers.csv")["center_id"]
    asked = {"number": person["candidate_id"], "id_number": person["id_number"]}
    return [
        f"{paikao} versions --db {database}",
        f"{paikao} export seat-plan --db {database} --center {center} "
        f"--out {_free(demo_dir / 'seat-plans')}",
        "# the service, its clock fixed in the example's spring; Ctrl-C ends it",
        f"{paikao} serve --db {database} --now {CLOCK}",
        "# in a second terminal: the ticket of a synthetic candidate; nobody in the example exists",
        f"curl -s {SERVER}/v1/tickets/lookup -H 'Content-Type: application/json' "
        f"-d {shlex.quote(json.dumps(asked))}",
    ]


def _first_row(table: Path) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as lines:
        return next(csv.DictReader(lines))


def _free(folder: Path) -> str:
    """A folder name that is not taken, quoted for the shell."""
    candidate, number = folder, 2
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return shlex.quote(str(candidate))
