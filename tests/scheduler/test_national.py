"""Dates from counts alone are those that the names would give."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from models.tables import COUNTS, names
from scheduler.cli import main
from scheduler.draw import add_excluded_employer
from scheduler.places import host_employers
from scheduler.plan_inputs import PlanOptions, read_inputs
from scheduler.roster.cells import build_cells
from scheduler.roster.counts import is_counts, load_counts
from scheduler.sample import write_sample


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample, its counts, and the dates set from them."""
    folder = tmp_path_factory.mktemp("world")
    write_sample(300, 1, folder)
    result = run("counts", folder / "roster.csv", "--data", folder / "data",
                 "--out", folder / "counts.parquet")  # fmt: skip
    assert result.exit_code == 0, result.output
    result = run("plan", folder / "counts.parquet", "--data", folder / "data",
                 "--until", "dates", "--effort", "quick", "--out", folder / "dates")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "300 counted, 0 unplaced" in result.output
    return folder


def test_counts_hold_everybody_and_nobody(world: Path) -> None:
    counts = pd.read_parquet(world / "counts.parquet")
    assert list(counts.columns) == names(COUNTS)
    assert counts["count"].sum() == 300
    roster = pd.read_csv(world / "roster.csv", dtype=str)
    assert not set(counts.astype(str).to_numpy().ravel()) & set(roster["candidate_id"])


def test_a_province_plans_with_the_dates_set_without_its_names(world: Path) -> None:
    policy = world / "policy.toml"
    policy.write_text('[draw]\nseed = "%s"\n[dates]\nfrom = "dates/sittings.csv"\n' % ("0" * 32))
    given = world / "given"
    result = run("plan", world / "roster.csv", "--data", world / "data", "--policy", policy,
                 "--effort", "quick", "--out", given)  # fmt: skip
    assert result.exit_code == 0, result.output
    # The same dates, and the same numbers on them, as the counts gave.
    assert (given / "sittings.csv").read_bytes() == (world / "dates/sittings.csv").read_bytes()
    goals = json.loads((given / "manifest.json").read_text())["goals"]
    set_before = json.loads((world / "dates/goals.json").read_text())
    assert [g["value"] for g in goals[:2]] == [g["value"] for g in set_before[:2]]


def test_counts_are_the_cells_of_the_roster(world: Path) -> None:
    inputs = read_inputs(world / "roster.csv", world / "data", PlanOptions())
    hosts = host_employers(inputs.reference)
    cells, _ = build_cells(add_excluded_employer(inputs.roster.candidates, hosts))
    read, _ = load_counts(world / "counts.parquet", inputs.reference, inputs.policy)
    assert read is not None
    pd.testing.assert_frame_equal(read, cells)
    # Files of provinces, one below the other: rows of equal cells add up.
    counts = pd.read_parquet(world / "counts.parquet")
    halves = counts.assign(count=counts["count"] // 2)
    both = pd.concat([counts.assign(count=counts["count"] - halves["count"]), halves])
    both[both["count"] > 0].to_csv(world / "both.csv", index=False)
    assert is_counts(world / "both.csv")
    read, _ = load_counts(world / "both.csv", inputs.reference, inputs.policy)
    assert read is not None
    pd.testing.assert_frame_equal(read, cells)


def test_bad_rows_are_refused_all_at_once(world: Path, tmp_path: Path) -> None:
    csv = tmp_path / "counts.csv"
    csv.write_text(
        "exam_point,specialty,subjects,needs,count\n"
        "2301,101,1234,,5\n"
        "9999,101,1234,,5\n"
        "2301,999,1234,,5\n"
        "2301,101,4321,,5\n"
        "2301,101,1234,wings,5\n"
        "2301,101,1234,,many\n"
        "2301,101,1234,,0\n"
    )
    out = tmp_path / "dates"
    result = run("plan", csv, "--data", world / "data", "--until", "dates", "--out", out)
    assert result.exit_code == 3
    assert not out.exists()
    found = json.loads((tmp_path / "dates.findings.json").read_text())["findings"]
    assert [(f["row"], f["column"], f["code"]) for f in found if f["severity"] != "warn"] == [
        (3, "exam_point", "EXAM_POINT_UNKNOWN"),
        (4, "specialty", "SPECIALTY_UNKNOWN"),
        (5, "subjects", "SUBJECTS_FORM"),
        (6, "needs", "NEED_UNKNOWN"),
        (7, "count", "NUMBER_FORM"),
        (8, "count", "NUMBER_RANGE"),
    ]


@pytest.mark.parametrize(
    ("header", "code"),
    [("exam_point,specialty,count", "HEADER_MISSING"),
     ("exam_point,specialty,subjects,count,colour", "UNKNOWN_COLUMN")],
)  # fmt: skip
def test_a_wrong_header_is_refused(world: Path, tmp_path: Path, header: str, code: str) -> None:
    csv = tmp_path / "counts.csv"
    csv.write_text(f"{header}\n2301,101,1234,5,red\n"[: None if "colour" in header else -5])
    out = tmp_path / "dates"
    result = run("plan", csv, "--data", world / "data", "--until", "dates", "--out", out)
    assert result.exit_code == 3
    found = json.loads((tmp_path / "dates.findings.json").read_text())["findings"]
    assert code in {f["code"] for f in found}


def test_counts_are_planned_no_further_than_dates(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    result = run("plan", world / "counts.parquet", "--data", world / "data", "--out", out)
    assert result.exit_code == 2
    assert not out.exists()


def test_who_stays_out_is_explained(world: Path, tmp_path: Path) -> None:
    counts = pd.read_parquet(world / "counts.parquet")
    here = (counts["exam_point"] == "2304") & (counts["specialty"] == "203")
    counts.loc[here, "count"] += 60
    counts.to_parquet(tmp_path / "more.parquet", index=False)
    out = tmp_path / "dates"
    result = run("plan", tmp_path / "more.parquet", "--data", world / "data", "--until", "dates",
                 "--effort", "quick", "--out", out)  # fmt: skip
    assert result.exit_code == 4
    goals = json.loads((out / "goals.json").read_text())
    assert goals[0]["value"] == goals[0]["bound"] > 0
    shortages = json.loads((out / "shortages.json").read_text())
    assert {s["exam_point"] for s in shortages} == {"2304"}
