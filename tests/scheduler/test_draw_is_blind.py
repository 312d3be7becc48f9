"""What the draw may not see changes no seat: whole plans of one exam, written in many ways."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from scheduler.pipeline import run_plan
from scheduler.plan_inputs import PlanOptions
from tests.builders import resident_number
from tests.scheduler.verify.plan_factory import make_plan

pytestmark = pytest.mark.slow

Rewrite = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """Split groups, two forms, shared seats, pins, needs and employers, and two unplaced people."""
    made, roster = make_plan(tmp_path_factory.mktemp("made"))
    data = tmp_path_factory.mktemp("exam") / "data"
    shutil.copytree(made / "inputs", data)
    return data, pd.read_csv(roster, dtype=str, keep_default_na=False)


def plan(
    data: Path, frame: pd.DataFrame, folder: Path, **options: object
) -> tuple[pd.DataFrame, str]:
    """Seats and root hash."""
    folder.mkdir(exist_ok=True)
    roster = folder / "roster.csv"
    frame.to_csv(roster, index=False, lineterminator="\n")
    outcome = run_plan(roster, data, folder / "plan", options=PlanOptions(**options))  # type: ignore[arg-type]
    return pd.read_parquet(folder / "plan" / "seats.parquet"), outcome.root_hash


@pytest.fixture(scope="module")
def planned(
    exam: tuple[Path, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, str]:
    return plan(*exam, tmp_path_factory.mktemp("planned"))


def _numbers(frame: pd.DataFrame) -> list[str]:
    """Other valid identity numbers, in an order that has nothing to do with the old one."""
    return [resident_number(7_919 * (i + 1) % 5_000) for i in range(len(frame))]


def _permits(frame: pd.DataFrame) -> list[str]:
    return [f"{12_345_678 + i}" for i in range(len(frame))]


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda frame: frame.assign(name=[f"王{n}" for n in frame["name"].str[1:][::-1]]),
        lambda frame: frame.assign(id_number=_numbers(frame)),
        lambda frame: frame.assign(id_type="taiwan_permit", id_number=_permits(frame)),
        lambda frame: frame.iloc[::-1],
        lambda frame: frame.sample(frac=1, random_state=3),
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.assign(photo=[f"{i}.jpg" for i in range(len(frame))]),
    ],
    ids=["names", "numbers", "documents", "reversed", "shuffled", "columns", "photos"],
)
def test_what_a_person_is_called_and_where_the_row_stands(
    rewrite: Rewrite,
    exam: tuple[Path, pd.DataFrame],
    planned: tuple[pd.DataFrame, str],
    tmp_path: Path,
) -> None:
    assert plan(exam[0], rewrite(exam[1]), tmp_path)[1] == planned[1]


def test_the_number_of_processes(
    exam: tuple[Path, pd.DataFrame], planned: tuple[pd.DataFrame, str], tmp_path: Path
) -> None:
    assert plan(*exam, tmp_path, processes=2)[1] == planned[1]


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_the_hash_seed_of_the_interpreter(
    hash_seed: str,
    exam: tuple[Path, pd.DataFrame],
    planned: tuple[pd.DataFrame, str],
    tmp_path: Path,
) -> None:
    exam[1].to_csv(tmp_path / "roster.csv", index=False, lineterminator="\n")
    subprocess.run(
        [sys.executable, "-m", "scheduler.cli", "plan", str(tmp_path / "roster.csv"), "--data",
         str(exam[0]), "--out", str(tmp_path / "plan")],
        env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=False, capture_output=True,
    )  # fmt: skip
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "plan/seats.parquet"), planned[0])


def test_what_the_draw_may_see_does_change_seats(
    exam: tuple[Path, pd.DataFrame], planned: tuple[pd.DataFrame, str], tmp_path: Path
) -> None:
    """Otherwise the tests above would say nothing."""
    other_seed, _ = plan(*exam, tmp_path / "seed", seed_hex="ab" * 16)
    ids = exam[1]["candidate_id"].str.replace("T", "Z")
    other_ids, _ = plan(exam[0], exam[1].assign(candidate_id=ids), tmp_path / "ids")
    place = ["sitting", "center_id", "room_id", "seat"]

    def seat_of(seats: pd.DataFrame) -> dict[str, tuple[object, ...]]:
        rows = zip(seats["candidate_id"].str[1:], *(seats[c] for c in place), strict=True)
        return {candidate: where for candidate, *where in rows}  # type: ignore[misc]

    ours = seat_of(planned[0])
    for seats in (other_seed, other_ids):
        theirs = seat_of(seats)
        assert sum(theirs[c] != ours[c] for c in ours if c in theirs) > len(ours) // 5
