"""The verifier as a whole: clean plans stay clean, broken files give answers, not tracebacks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from models.plan import Family
from scheduler.verify.faults import LISTED, Fault, violations
from scheduler.verify.run import CHECKS, verify_plan
from tests.scheduler.verify.mutating import drop, read_rows, set_cells, set_json
from tests.scheduler.verify.plan_factory import write_sums


@pytest.fixture
def copy(finished: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    plan_dir, roster = tmp_path / "plan", tmp_path / "roster.csv"
    shutil.copytree(finished[0], plan_dir)
    shutil.copy(finished[1], roster)
    return plan_dir, roster


def rules(plan_dir: Path, roster: Path, **options: object) -> set[str]:
    return {v.rule for v in verify_plan(plan_dir, roster, **options)}  # type: ignore[arg-type]


def test_a_plan_made_by_another_reading_of_the_contract_is_clean(
    plan_dir: Path, roster: Path
) -> None:
    assert verify_plan(plan_dir, roster) == ()


def test_the_example_is_worth_verifying(plan_dir: Path) -> None:
    """Shared seats, two forms, a deal above 0, unplaced people, overflow: all occur."""
    neighbours = read_rows(plan_dir / "neighbours.csv")
    assert any(int(row["deal"]) > 0 for row in neighbours)
    assert any(int(row["same_employer_pairs"]) > 0 for row in neighbours)
    assert any(int(row["bound"]) > 0 for row in neighbours)
    assert any(int(row["shared"]) > 0 for row in read_rows(plan_dir / "utilisation.csv"))
    seats = pd.read_parquet(plan_dir / "seats.parquet")
    assert set(seats["form"]) == {"", "A", "B"}
    assert len(read_rows(plan_dir / "unplaced.csv")) == 2
    goals = json.loads((plan_dir / "manifest.json").read_text(encoding="utf-8"))["goals"]
    assert next(g["value"] for g in goals if g["goal"] == 2) > 0


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda frame: frame.iloc[::-1],
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.drop(columns=["name", "id_type", "id_number"]),
        lambda frame: frame.assign(
            candidate_id="\u00a0" + frame["candidate_id"] + " ",
            specialty=frame["specialty"] + "\u200b",
        ),
        lambda frame: frame.assign(latitude=frame["latitude"].str.replace("4", "\uff14")),
        lambda frame: frame.assign(photo=""),
    ],
    ids=["rows", "columns", "no names", "blanks", "full-width digits", "photo"],
)
def test_how_a_roster_is_written_does_not_matter(
    rewrite: Callable[[pd.DataFrame], pd.DataFrame], plan_dir: Path, roster: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(roster, dtype=str, keep_default_na=False)
    path = tmp_path / "other.csv"
    rewrite(frame).to_csv(path, index=False)
    assert verify_plan(plan_dir, path) == ()


def test_unknown_columns_are_refused_unless_ignored(
    plan_dir: Path, roster: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(roster, dtype=str, keep_default_na=False)
    path = tmp_path / "wide.csv"
    frame.assign(shoe_size="44").to_csv(path, index=False)
    assert rules(plan_dir, path) == {"roster_is_the_one_planned"}
    assert rules(plan_dir, path, ignore_columns=("shoe_size",)) == set()


# ---------------------------------------------------------------- set aside


@pytest.fixture
def with_aside(copy: tuple[Path, Path]) -> tuple[Path, Path, Path]:
    """A roster with one more record, which was set aside: a second one of an id that is planned."""
    plan_dir, roster = copy
    frame = pd.read_csv(roster, dtype=str, keep_default_na=False)
    wide = pd.concat([frame, frame.iloc[[0]].assign(subjects="3")], ignore_index=True)
    wide.to_csv(roster, index=False)
    set_json("manifest.json", "totals", **{"in": len(wide), "set_aside": 1})(plan_dir, roster)
    set_json("manifest.json", "roster", rows=len(wide))(plan_dir, roster)
    write_sums(plan_dir)
    aside = roster.with_name("aside.csv")
    aside.write_text(
        f"row,candidate_id,reason\n{len(wide) + 1},{frame['candidate_id'].iat[0]},twice\n",
        encoding="utf-8",
    )
    return plan_dir, roster, aside


def test_set_aside_records_are_not_planned(with_aside: tuple[Path, Path, Path]) -> None:
    plan_dir, roster, aside = with_aside
    assert rules(plan_dir, roster, set_aside=aside) == set()
    assert rules(plan_dir, roster) == set()


def test_somebody_missing_cannot_hide_behind_set_aside_records(
    with_aside: tuple[Path, Path, Path],
) -> None:
    plan_dir, roster, aside = with_aside
    drop("seats.parquet", 7)(plan_dir, roster)
    write_sums(plan_dir)
    assert "everyone_accounted_for" in rules(plan_dir, roster, set_aside=aside)
    assert "everyone_accounted_for" in rules(plan_dir, roster)


def test_a_set_aside_file_that_lists_others_is_noticed(
    with_aside: tuple[Path, Path, Path],
) -> None:
    plan_dir, roster, aside = with_aside
    aside.write_text("row,candidate_id,reason\n2,T0001,other\n3,T0002,other\n", encoding="utf-8")
    found = rules(plan_dir, roster, set_aside=aside)
    assert {"everyone_accounted_for", "roster_is_the_one_planned"} <= found


# ---------------------------------------------------------------- answers, not tracebacks


def test_a_folder_that_is_no_plan(tmp_path: Path, roster: Path) -> None:
    found = rules(tmp_path, roster)
    assert {"files_complete", "inputs_are_copies", "hashes_match"} <= found


def test_a_roster_that_is_not_there(plan_dir: Path, tmp_path: Path) -> None:
    assert rules(plan_dir, tmp_path / "none.csv") == {"roster_is_the_one_planned"}


@pytest.mark.parametrize(
    "name", ["SHA256SUMS", "manifest.json", "seats.parquet", "papers.csv", "inputs/exam.toml"]
)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"[[[", b"a,b\n1\n"])
def test_any_content_gives_violations(name: str, content: bytes, copy: tuple[Path, Path]) -> None:
    plan_dir, roster = copy
    (plan_dir / name).write_bytes(content)
    assert "hashes_match" in rules(plan_dir, roster)


def test_ids_that_exist_nowhere_defeat_no_check(copy: tuple[Path, Path]) -> None:
    plan_dir, roster = copy
    strange = {
        "specialty": "999", "exam_point": "0000", "sitting": "X9", "center_id": "NO",
        "room_id": "NO", "subjects": "4321", "candidate_id": "NOBODY",
    }  # fmt: skip
    for row, (column, value) in enumerate(strange.items()):
        set_cells("seats.parquet", row, **{column: value})(plan_dir, roster)
    found = verify_plan(plan_dir, roster)
    assert not [v for v in found if v.message.startswith("cannot be judged")]
    assert len({v.rule for v in found}) > 10


def test_no_name_or_number_is_repeated(copy: tuple[Path, Path]) -> None:
    plan_dir, roster = copy
    frame = pd.read_csv(roster, dtype=str, keep_default_na=False)
    frame.assign(specialty="101", needs="accessible").to_csv(roster, index=False)
    text = " ".join(f"{v.where} {v.message}" for v in verify_plan(plan_dir, roster))
    assert text
    for column in ("name", "id_number"):
        assert not [value for value in frame[column] if value in text]


# ---------------------------------------------------------------- reports


def test_long_lists_are_counted() -> None:
    faults = [Fault(f"row {i}", "is wrong") for i in range(LISTED + 5)]
    found = violations("rule", Family.CONSISTENCY, faults)
    assert len(found) == LISTED + 1
    assert found[-1].message.startswith("5 more")
    assert len(violations("rule", Family.CONSISTENCY, faults[:LISTED])) == LISTED


def test_a_check_that_fails_is_a_violation(
    plan_dir: Path, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defeated(evidence: object) -> list[Fault]:
        raise KeyError("T0001")

    broken = CHECKS["seat_exists"]
    monkeypatch.setattr(
        "scheduler.verify.run.CHECKS",
        {"seat_exists": type(broken)(broken.rule, broken.family, defeated)},
    )
    (found,) = verify_plan(plan_dir, roster)
    assert found.rule == "seat_exists"
    assert found.message == "cannot be judged: KeyError"


def test_every_check_says_what_its_rule_is() -> None:
    for name, check in CHECKS.items():
        assert check.rule == name == check.examine.__name__
        assert (check.examine.__doc__ or "").split("\n")[0].endswith(".")
    assert {check.family for check in CHECKS.values()} == set(Family)


def test_no_solver_and_no_planner_is_loaded() -> None:
    code = (
        "import sys, scheduler.verify.run;"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] in ('ortools', 'scheduler')))"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    reading = (
        f"scheduler.roster.{name}" for name in ("read", "csv_text", "text_table", "workbook")
    )
    allowed = ("scheduler.verify", *reading)
    assert loaded - {"scheduler", "scheduler.roster"} == {
        name for name in loaded if name.startswith(allowed)
    }
