"""``python -m benchmarks.peers``: paikao and its peers on one instance, in one run, one judge.

Every row is a process of its own; figures are counted anew from the plans. paikao's plan is also
verified, and the judge has to agree with it.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers.exam import Exam, in_roster_order, read_exam
from benchmarks.peers.judge import Judgement, judge
from benchmarks.peers.verdict import disagreements, known_bounds, shortcomings
from benchmarks.watched import Taken, run_watched
from models.plan import Manifest
from scheduler.plan import read_manifest, read_table
from scheduler.sample import write_sample
from scheduler.sample.assumptions import DEFAULT_TIGHTNESS

FOLDER = Path("build/peers")
PEERS = {
    "fewest_options": "(a) fewest options first",
    "random_by_distance": "(b) random order by distance",
    "highs": "(c) HiGHS, whole numbers",
}
PER_CANDIDATE = "(d) CP-SAT per candidate"
EVERY_SECONDS = 0.2


@dataclass
class Contest:
    """One instance, and what came of it."""

    folder: Path
    roster: Path
    data: Path
    seconds: float
    faults: list[str] = field(default_factory=list)

    def contestant(self, who: str) -> tuple[Path, Taken]:
        """Run a peer; the folder with what it wrote, and what it took."""
        out = self.folder / who
        shutil.rmtree(out, ignore_errors=True)
        module = [sys.executable, "-m", "benchmarks.peers.contestant", who]
        paths = [str(self.roster), str(self.data), str(out)]
        taken = run_watched([*module, *paths, "--seconds", str(self.seconds)], EVERY_SECONDS)
        return out, taken

    def paikao(self, policy: str = "") -> tuple[pd.DataFrame, Manifest, Taken]:
        """Plan and verify as a user would; everybody's sitting and center by candidate id."""
        out = self.folder / "paikao"
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, "-m", "scheduler.cli"]
        plan = [*command, "plan", str(self.roster), "--data", str(self.data), "--out", str(out),
                "--effort", "quick"]  # fmt: skip
        if policy:
            (self.folder / "policy.toml").write_text(policy, "utf-8")
            plan += ["--policy", str(self.folder / "policy.toml")]
        taken = run_watched(plan, EVERY_SECONDS, quiet=True)
        verify = [*command, "verify", str(out), str(self.roster)]
        if taken.code or subprocess.run(verify, stdout=subprocess.DEVNULL, check=False).returncode:
            raise SystemExit("paikao has no plan that its verifier passes")
        seats = read_table(out, "seats")[["candidate_id", "sitting", "center_id"]]
        return seats, read_manifest(out), taken

    def floor(self) -> Taken:
        """What any planner must do, and nothing else."""
        command = [sys.executable, "-m", "benchmarks.floor", str(self.roster)]
        return run_watched([*command, str(self.folder / "floor.parquet")], EVERY_SECONDS)


def main() -> int:
    """Print the tables; 1 when paikao is behind a peer, or level where the peer misses a bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--candidates", type=int, default=40_000)
    parser.add_argument("--country", action="store_true")
    parser.add_argument("--tightness", type=Decimal, default=Decimal("0.97"))
    parser.add_argument("--folder", type=Path, help="an instance that exists: roster.parquet, data")
    parser.add_argument("--seconds", type=float, default=60, help="for each goal of (c) and (d)")
    parser.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=list(PEERS))
    parser.add_argument("--papers-bound", action="store_true", help="HiGHS's, of goal 3: slow")
    ladder = "sizes of the example province for (d), until one has no answer"
    parser.add_argument("--per-candidate", nargs="*", type=int, default=[], help=ladder)
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, "
        f"ortools {version('ortools')}, numpy {version('numpy')}"
    )
    instance = arguments.folder or _sample(
        arguments.candidates, arguments.tightness, country=arguments.country
    )
    faults = _compare(instance, arguments)
    faults += _per_candidate(arguments.per_candidate, arguments.seconds)
    print("", *(f"NOT MET: {fault}" for fault in faults), sep="\n")
    return int(bool(faults))


def _sample(
    candidates: int, tightness: Decimal = DEFAULT_TIGHTNESS, *, country: bool = False
) -> Path:
    folder = FOLDER / f"{'country' if country else 'province'}_{candidates}"
    shutil.rmtree(folder, ignore_errors=True)
    write_sample(candidates, 1, folder, tightness=tightness, country=country, parquet=True)
    return folder


def _contest(instance: Path, seconds: float) -> Contest:
    folder = FOLDER / f"contest_{instance.name}"
    folder.mkdir(parents=True, exist_ok=True)
    return Contest(folder, instance / "roster.parquet", instance / "data", seconds)


def _compare(instance: Path, arguments: argparse.Namespace) -> list[str]:
    contest = _contest(instance, arguments.seconds)
    floor = contest.floor()
    seats, manifest, taken = contest.paikao()
    exam = read_exam(contest.roster, contest.data)
    ours = _judged(exam, seats)
    _print_head(f"{len(exam.people):,} candidates")
    _print_row("paikao, quick", ours, taken, floor)
    judged: dict[str, Judgement] = {}
    said: dict[str, Any] = {}
    for who in arguments.peers:
        name = PEERS[who]
        out, taken = contest.contestant(who)
        said[name] = _said(out)
        plan = out / "plan.parquet"
        judged_plan = judge(exam, pd.read_parquet(plan)) if plan.exists() else None
        _print_row(name, judged_plan, taken, floor)
        if judged_plan is not None:
            judged[name] = judged_plan
    print(f"| floor | | | | | | | {floor.wall:.1f} | {floor.cpu:.1f} "
          f"| {floor.peak_bytes / 2**20:,.0f} | 1 |\n")  # fmt: skip
    for name, words in said.items():
        if words:
            print(f"{name}: {json.dumps(words)}")
    _print_bounds(contest, ours, papers=arguments.papers_bound)
    faults = [*disagreements(ours, manifest), *shortcomings(ours, judged, known_bounds(manifest))]
    faults += [f"{name} ended with an error" for name, words in said.items() if words is None]
    return faults


def _per_candidate(sizes: list[int], seconds: float) -> list[str]:
    """(d) on growing provinces, beside paikao without extra pairs: (d) has no goal for the peak."""
    faults: list[str] = []
    if sizes:
        _print_head("the example province, papers before everything else")
    for size in sizes:
        contest = _contest(_sample(size), seconds)
        floor = contest.floor()
        seats, manifest, taken = contest.paikao("[dates]\nextra_pairs = 0\n")
        exam = read_exam(contest.roster, contest.data)
        ours = _judged(exam, seats)
        _print_row(f"paikao, {size:,}", ours, taken, floor)
        out, taken = contest.contestant("per_candidate")
        plan = out / "plan.parquet"
        peer = judge(exam, pd.read_parquet(plan)) if plan.exists() else None
        _print_row(f"{PER_CANDIDATE}, {size:,}", peer, taken, floor)
        faults += disagreements(ours, manifest)
        if peer is None:
            print(f"\n{PER_CANDIDATE}: no plan of {size:,} candidates in {seconds:.0f} s")
            break
        faults += shortcomings(ours, {f"(d), {size:,}": peer}, known_bounds(manifest))
    return faults


def _judged(exam: Exam, seats: pd.DataFrame) -> Judgement:
    """Paikao's plan in the order of the roster; who has no seat is unplaced."""
    return judge(exam, in_roster_order(exam, seats))


def _said(out: Path) -> Any:
    said = out / "said.json"
    return json.loads(said.read_text("utf-8")) if said.exists() else None


def _print_head(instance: str) -> None:
    print(f"\n{instance}\n\n| who | unplaced | over capacity | own employer | papers in use | peak "
          "| mean km | s | CPU s | MiB | floors (CPU) |")  # fmt: skip
    print("| --- | " + " | ".join(["---:"] * 10) + " |", flush=True)


def _print_row(name: str, judged: Judgement | None, taken: Taken, floor: Taken) -> None:
    """Mean km of lawful plans only: the others travel less by breaking rules."""
    figures = ["-"] * 6
    if judged is not None:
        counts = judged.unplaced, judged.over, judged.own, judged.papers, judged.peak
        km = f"{judged.mean_km:.3f}" if judged.lawful else "-"
        figures = [*(f"{n:,}" for n in counts), km]
    took = [f"{taken.wall:.1f}", f"{taken.cpu:.1f}", f"{taken.peak_bytes / 2**20:,.0f}",
            f"{taken.cpu / max(floor.cpu, 0.01):.1f}"]  # fmt: skip
    print("| " + " | ".join([name, *figures, *took]) + " |", flush=True)


def _print_bounds(contest: Contest, ours: Judgement, *, papers: bool) -> None:
    """HiGHS's linear bounds over all dates, and how far paikao is above them."""
    out, taken = contest.contestant("bounds")
    bounds = _said(out) or {}
    if papers:
        bounds |= _said(contest.contestant("papers_bound")[0]) or {}
    for figure, bound in bounds.items():
        value = getattr(ours, figure)
        if bound is None:
            print(f"HiGHS, linear: {figure} no bound in time")
            continue
        gap = 100 * (value - bound) / max(value, 1)
        print(f"HiGHS, linear: {figure} {bound:,}; paikao {value:,}, gap {gap:.3f} %")
    print(f"HiGHS, linear: {taken}")


if __name__ == "__main__":
    sys.exit(main())
