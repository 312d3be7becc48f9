"""A command as a process, with what its whole tree of processes takes.

Memory is the proportional set size (PSS) summed over the tree: what processes share counts once.
Linux only, for it is read from ``/proc``. Also ``python -m benchmarks.watched COMMAND ...``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Taken:
    """Seconds by the clock and of CPU, and bytes at the worst moment; of a command that ended."""

    code: int
    wall: float
    cpu: float
    peak_bytes: int

    def __str__(self) -> str:
        mib = self.peak_bytes / 2**20
        return f"{self.wall:.1f} s, CPU {self.cpu:.1f} s, peak of the tree {mib:,.0f} MiB (PSS)"


def run_watched(
    command: Sequence[str], every: float = EVERY_SECONDS, *, quiet: bool = False
) -> Taken:
    """Run a command to its end; what it prints to stdout is dropped, and to stderr if ``quiet``."""
    before, started = os.times(), time.perf_counter()
    stderr = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
    done = threading.Event()
    peak = 0

    def watch() -> None:
        nonlocal peak
        while not done.wait(every):
            peak = max(peak, tree_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    wall, after = time.perf_counter() - started, os.times()
    done.set()
    watcher.join()
    user = after.children_user - before.children_user
    return Taken(code, wall, user + after.children_system - before.children_system, peak)


def must_run(command: Sequence[str]) -> Taken:
    """Run a command, watched; the benchmark ends where it fails."""
    taken = run_watched(command)
    if taken.code:
        raise SystemExit(f"{' '.join(command)} ended with {taken.code}")
    return taken


def tree_bytes(process: int) -> int:
    """PSS of a process and of everything below it, in bytes."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        # The name stands in brackets and may hold anything; the parent is the second field after.
        children[int(text.rpartition(")")[2].split()[1])].append(int(stat.parent.name))
    total, waiting = 0, [process]
    while waiting:
        here = waiting.pop()
        waiting += children[here]
        total += _pss(here)
    return total


def _pss(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    taken = run_watched(sys.argv[1:])
    print(taken)
    sys.exit(taken.code)
