"""Small finished plans, and their next versions, for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from scheduler.pipeline import run_plan
from scheduler.plan import (
    INPUTS,
    TABLE_FILES,
    PlanContent,
    read_manifest,
    read_shortages,
    read_table,
    write_plan,
)
from scheduler.plan_inputs import PlanOptions
from scheduler.sample import write_sample
from scheduler.store.keys import StoreKey
from scheduler.store.publish import PublishedVersion, publish

NOW = datetime(2022, 4, 5, 1, 0, tzinfo=UTC)
AFTER_THE_EXAM = datetime(2022, 5, 1, tzinfo=UTC)
EXAM = "WSZG-2022"
KEY = StoreKey(bytes(range(32)))
CASES = Path(__file__).parents[2] / "cases"


@dataclass(frozen=True)
class Planned:
    """A finished plan and its roster."""

    plan: Path
    roster: Path

    def publish(self, url: str, **options: object) -> PublishedVersion:
        """Publish it with sensible defaults."""
        given: dict[str, object] = {"key": KEY, "publisher": "wang", "now": NOW}
        return publish(self.plan, self.roster, url, **(given | options))  # type: ignore[arg-type]

    def people(self) -> pd.DataFrame:
        """The roster as text."""
        return pd.read_csv(self.roster, dtype=str, keep_default_na=False)

    def seats(self) -> pd.DataFrame:
        """``seats.parquet``."""
        return read_table(self.plan, "seats")


def small_plan(folder: Path, candidates: int = 300) -> Planned:
    """Everybody placed."""
    write_sample(candidates, 1, folder)
    run_plan(
        folder / "roster.csv", folder / "data", folder / "plan", options=PlanOptions(effort="quick")
    )
    return Planned(folder / "plan", folder / "roster.csv")


def plan_with_unplaced(folder: Path) -> Planned:
    """37 seats short at one exam point."""
    case = CASES / "point_short_of_37"
    run_plan(case / "roster.csv", case / "data", folder / "plan")
    return Planned(folder / "plan", case / "roster.csv")


def next_version(
    before: Planned,
    out: Path,
    *,
    inputs: Mapping[str, bytes] | None = None,
    number: int | None = None,
    parent: str | None = None,
) -> Planned:
    """The same seats as the plan version that follows; input files may be replaced."""
    from scheduler.plan import root_hash

    manifest = read_manifest(before.plan)
    files = {path.name: path.read_bytes() for path in sorted((before.plan / INPUTS).iterdir())}
    content = PlanContent(
        manifest=manifest.model_copy(
            update={
                "plan_version": number or manifest.plan_version + 1,
                "parent_root_hash": root_hash(before.plan) if parent is None else parent,
            }
        ),
        shortages=read_shortages(before.plan),
        tables={name: read_table(before.plan, name) for name in TABLE_FILES},
        inputs=files | dict(inputs or {}),
    )
    write_plan(out, content)
    return Planned(out, before.roster)


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows, with the columns as attributes."""
    yield from frame.itertuples()


def file_bytes(database: Path) -> Iterator[bytes]:
    """The bytes of a SQLite file, its write-ahead log and its shared memory."""
    for suffix in ("", "-wal", "-shm"):
        path = Path(f"{database}{suffix}")
        if path.exists():
            yield path.read_bytes()
