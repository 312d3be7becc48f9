"""Whole runs: same input, same bytes; stages and resume; dates from above; sharing; tampering."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from models.errors import InputRefused
from scheduler.pipeline import run_plan
from scheduler.plan_inputs import STAGES, PlanOptions
from scheduler.sample import write_sample
from scheduler.verify.run import verify_plan
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
    write_roster,
)
from tests.builders import sitting as one_sitting

pytestmark = pytest.mark.slow

QUICK = "quick"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample; the control sum is left out so that rows may be shuffled."""
    folder = tmp_path_factory.mktemp("example")
    write_sample(500, 3, folder)
    (folder / "roster.csv.sha256").unlink()
    return folder


@pytest.fixture(scope="module")
def planned(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A plan of the example and its root hash."""
    out = tmp_path_factory.mktemp("planned") / "plan"
    return out, _plan(example, out)


def _plan(example: Path, out: Path, roster: Path | None = None, **options: object) -> str:
    return run_plan(
        roster or example / "roster.csv",
        example / "data",
        out,
        options=PlanOptions(**({"effort": QUICK} | options)),  # type: ignore[arg-type]
    ).root_hash


def test_a_plan_is_clean(example: Path, planned: tuple[Path, str]) -> None:
    assert verify_plan(planned[0], example / "roster.csv") == ()


def test_shuffled_rows_give_the_same_root_hash(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    rows = pd.read_csv(example / "roster.csv", dtype=str, keep_default_na=False)
    shuffled = write_roster(tmp_path / "roster.csv", rows.sample(frac=1, random_state=7))
    assert _plan(example, tmp_path / "plan", shuffled) == planned[1]


def test_two_processes_give_the_same_root_hash(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    assert _plan(example, tmp_path / "plan", processes=2) == planned[1]


def test_another_hash_seed_and_time_zone_give_the_same_root_hash(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    subprocess.run(
        [sys.executable, "-m", "scheduler.cli", "plan", str(example / "roster.csv"), "--data",
         str(example / "data"), "--out", str(tmp_path / "plan"), "--effort", QUICK],
        env={**os.environ, "PYTHONHASHSEED": "4242", "TZ": "America/New_York"},
        check=True, capture_output=True,
    )  # fmt: skip
    ours = (tmp_path / "plan/SHA256SUMS").read_bytes()
    assert ours == (planned[0] / "SHA256SUMS").read_bytes()


def test_stage_by_stage_gives_the_same_root_hash(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "plan"
    for stage in STAGES:
        assert _plan(example, out, until=stage, resume=True) == ""
        assert (out / ".stages" / stage).is_dir()
    assert _plan(example, out, resume=True) == planned[1]
    assert not (out / ".stages").exists()


def test_dates_from_above_are_kept(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "sittings.csv").write_bytes((planned[0] / "sittings.csv").read_bytes())
    (given / "policy.toml").write_text('[dates]\nfrom = "sittings.csv"\n[draw]\nseed = "%s"\n' % (
        "ab" * 16), encoding="utf-8")  # fmt: skip
    _plan(example, tmp_path / "plan", policy=given / "policy.toml")
    columns = ["paper_group", "specialty", "sitting"]
    old, new = (
        pd.read_csv(p / "sittings.csv", dtype=str)[columns].apply(tuple, axis=1)
        for p in (planned[0], tmp_path / "plan")
    )
    assert set(new) <= set(old)
    assert verify_plan(tmp_path / "plan", example / "roster.csv") == ()


def test_what_does_not_fit_dates_from_above_is_explained(tmp_path: Path) -> None:
    """Two dates of 9 usable seats; both specialties are told to sit on C1: 12 for 9 seats."""
    reference = small_reference(
        exam=small_exam(
            sittings=[one_sitting("C1", "2022-04-09"), one_sitting("C2", "2022-04-10")]
        ),
        specialties=[specialty("101"), specialty("102")],
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301")],
        rooms=[room("A", "R1", 2, 5)],
    )  # fmt: skip
    data = tmp_path / "data"
    write_data_folder(data, reference)
    roster = write_roster(
        tmp_path / "roster.csv", roster_rows(12, specialty=["101"] * 6 + ["102"] * 6)
    )
    (data / "dates.csv").write_text(
        "paper_group,specialty,sitting,candidates\n101,101,C1,6\n102,102,C1,6\n", encoding="utf-8"
    )
    (data / "policy.toml").write_text('[dates]\nfrom = "dates.csv"\n', encoding="utf-8")
    outcome = run_plan(roster, data, tmp_path / "plan")
    assert outcome.unplaced == 3
    (shortage,) = json.loads((tmp_path / "plan/shortages.json").read_bytes())
    assert (shortage["sitting"], shortage["demand"], shortage["seats"]) == ("C1", 12, 9)
    assert shortage["reason"] == "DATES_LIMITED"


@pytest.mark.parametrize(("share", "unplaced"), [("true", 0), ("false", 18)])
def test_sharing_matters(tmp_path: Path, share: str, unplaced: int) -> None:
    """9 usable seats on each of 4 dates are 36: enough for 18 x 1234 and 18 pairs of 12 and 34,
    and 18 too few for 54 people who need a seat each."""
    dates = ("2022-04-09", "2022-04-10", "2022-04-16", "2022-04-17")
    reference = small_reference(
        exam=small_exam(sittings=[one_sitting(f"C{i + 1}", d) for i, d in enumerate(dates)]),
        specialties=[specialty("101")],
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301")],
        rooms=[room("A", "R1", 2, 5)],
    )
    data = tmp_path / "data"
    write_data_folder(data, reference)
    (data / "policy.toml").write_text(f"[seats]\nshare = {share}\n", encoding="utf-8")
    roster = write_roster(
        tmp_path / "roster.csv", roster_rows(54, subjects=["1234", "12", "34"] * 18)
    )
    assert run_plan(roster, data, tmp_path / "plan").unplaced == unplaced
    assert verify_plan(tmp_path / "plan", roster) == ()


def test_one_flipped_byte_anywhere_is_found(
    example: Path, planned: tuple[Path, str], tmp_path: Path
) -> None:
    copy = tmp_path / "plan"
    subprocess.run(["cp", "-r", str(planned[0]), str(copy)], check=True)
    files = sorted(p for p in copy.rglob("*") if p.is_file() and p.name != "run.json")
    assert len(files) > 10
    for file in files:
        content = file.read_bytes()
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        broken = verify_plan(copy, example / "roster.csv")
        assert broken, file.name
        file.write_bytes(content)
    assert verify_plan(copy, example / "roster.csv") == ()


def test_center_without_rooms_can_be_planned_until_centers_only(tmp_path: Path) -> None:
    reference = small_reference(
        exam_points=[exam_point("2301")],
        centers=[center("A", "2301", computer_seats=40, paper_seats=10)],
        rooms=[],
        count_seats=False,
    )
    write_data_folder(tmp_path / "data", reference)
    roster = write_roster(tmp_path / "roster.csv", roster_rows(6))
    with pytest.raises(InputRefused) as refused:
        run_plan(roster, tmp_path / "data", tmp_path / "plan")
    assert "CENTER_WITHOUT_ROOMS" in {f.code for f in refused.value.findings}
    run_plan(roster, tmp_path / "data", tmp_path / "p2", options=PlanOptions(until="centers"))
    assert (tmp_path / "p2/.stages/centers").is_dir()
