"""What to type after ``make demo``."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def command_name() -> str:
    """What to type for paikao: its bare name if the shell finds this one, else its path."""
    installed = Path(sys.executable).parent / "paikao"
    found = shutil.which("paikao")
    if not installed.exists() or (found and os.path.samefile(found, installed)):
        return "paikao"
    beside = os.path.relpath(installed)
    return shlex.quote(str(installed) if beside.startswith("..") else beside)


def next_steps(demo_dir: Path) -> list[str]:
    """Commands to type after ``make demo``, each on a line of its own; all succeed."""
    paikao = command_name()
    plan_dir, example = demo_dir / "plan", demo_dir / "example"
    roster = shlex.quote(str(example / "roster.csv"))
    data = shlex.quote(str(example / "data"))
    planning = f"{paikao} plan {roster} --data {data}"
    staged, quick = (_free(demo_dir / name) for name in ("plan-staged", "plan-quick"))
    return [
        f"{paikao} report {shlex.quote(str(plan_dir))} --json",
        f"{paikao} check {roster} --data {data} --json",
        f"{paikao} plan --data {data} --show-policy",
        f"{planning} --out {staged} --until dates",
        f"{planning} --out {staged} --resume",
        f"{planning} --out {quick} --effort quick --seed-hex 00112233445566778899aabbccddeeff",
        f"{paikao} verify {quick} {roster}",
    ]


def _free(folder: Path) -> str:
    """A folder name that is not taken, quoted for the shell."""
    candidate, number = folder, 2
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return shlex.quote(str(candidate))
