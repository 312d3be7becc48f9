"""A plan that the planner made: clean, and every rule catches what breaks it in there too."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from stdnum.iso7064 import mod_11_10

from models.findings import mask_personal
from scheduler.cli import main
from scheduler.verify.run import CHECKS, verify_plan
from tests.scheduler.verify.mutants import mutants
from tests.scheduler.verify.mutating import Mutant, apply, judged, read_rows, swap
from tests.scheduler.verify.plan_factory import write_sums

pytestmark = pytest.mark.slow

PER_RULE = 2
"""Mutants tried of each rule, spread over all that the plan allows."""


@pytest.fixture(scope="session")
def by_rule(planned: tuple[Path, Path]) -> dict[str, list[Mutant]]:
    found: dict[str, list[Mutant]] = {}
    for mutant in mutants(*planned):
        found.setdefault(mutant.rule, []).append(mutant)
    return found


@pytest.fixture
def copy(planned: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    shutil.copytree(planned[0], tmp_path / "plan")
    return tmp_path / "plan", Path(shutil.copy(planned[1], tmp_path / "roster.csv"))


def test_the_plan_is_clean_and_worth_breaking(planned: tuple[Path, Path]) -> None:
    """Unplaced people, shared seats, two forms, a split group, same-employer pairs: all occur."""
    assert verify_plan(*planned) == ()
    seats = pd.DataFrame(read_rows(planned[0] / "seats.parquet"))
    assert len(read_rows(planned[0] / "unplaced.csv")) == 2
    assert seats.duplicated(["sitting", "center_id", "room_id", "seat"]).any()
    assert {"", "A", "B"} == set(seats["form"])
    assert seats.groupby("specialty")["sitting"].nunique().max() > 1
    neighbours = read_rows(planned[0] / "neighbours.csv")
    assert any(int(row["bound"]) for row in neighbours)


@pytest.mark.parametrize("rule", list(CHECKS))
def test_what_breaks_a_rule_is_reported_under_its_id(
    rule: str, by_rule: dict[str, list[Mutant]], planned: tuple[Path, Path], tmp_path: Path
) -> None:
    step = -(-len(by_rule[rule]) // PER_RULE)
    for number, mutant in enumerate(by_rule[rule][::step]):
        plan_dir, roster = tmp_path / str(number), tmp_path / f"{number}.csv"
        shutil.copytree(planned[0], plan_dir)
        shutil.copy(planned[1], roster)
        apply(mutant, plan_dir, roster)
        assert judged(rule, plan_dir, roster), mutant.label
        shutil.rmtree(plan_dir)


# ---------------------------------------------------------------- two people change places

Row = dict[str, object]
KIND = ("exam_point", "specialty", "subjects", "needs", "employer", "latitude", "longitude",
        "pinned_center", "pinned_sitting")  # fmt: skip


def _two(plan: tuple[Path, Path], same: Callable[[Row], object], differ: str) -> tuple[int, int]:
    """Two seat rows of people of one kind who differ in a column."""
    people = {r["candidate_id"]: r for r in read_rows(plan[1])}
    first: dict[object, int] = {}
    rows = read_rows(plan[0] / "seats.parquet")
    for i, row in enumerate(rows):
        kind = tuple(people[row["candidate_id"]].get(c, "") for c in KIND), same(row)
        before = first.setdefault(kind, i)
        if rows[before][differ] != row[differ]:
            return before, i
    raise AssertionError(f"nobody of one kind differs in {differ}")


@pytest.mark.parametrize(
    ("rule", "same", "differ"),
    [
        ("date_draw_recomputed", lambda _: None, "sitting"),
        ("center_draw_recomputed", lambda row: row["sitting"], "center_id"),
        ("seat_draw_recomputed", lambda row: (row["sitting"], row["center_id"]), "seat"),
    ],
)
def test_two_people_of_a_kind_who_change_places_are_found(
    rule: str, same: Callable[[Row], object], differ: str, copy: tuple[Path, Path]
) -> None:
    """By hand, with the sums rewritten: rule, masked persons and seats, and nobody's name."""
    one, other = _two(copy, same, differ)
    swap("seats.parquet", one, other, "candidate_id")(*copy)
    write_sums(copy[0])
    rows = read_rows(copy[0] / "seats.parquet")
    found = {v.where for v in verify_plan(*copy) if v.rule == rule}
    for i in (one, other):
        row = rows[i]
        seat = f"{row['sitting']} {row['center_id']}/{row['room_id']}/{row['seat']}"
        masked = mask_personal(row["candidate_id"])
        assert masked != row["candidate_id"]
        assert f"seats.parquet row {i + 2}: candidate {masked}, {seat}" in found
    shown = CliRunner().invoke(main, ["verify", *map(str, copy)])
    assert shown.exit_code == 6
    assert rule in shown.output
    people = {r["candidate_id"]: r for r in read_rows(copy[1])}
    for i in (one, other):
        person = people[rows[i]["candidate_id"]]
        assert person["name"] not in shown.output
        assert person["id_number"] not in shown.output
        assert person["candidate_id"] not in shown.output


def test_every_ticket_number_has_the_check_digit_of_the_standard(
    planned: tuple[Path, Path],
) -> None:
    numbers = [row["ticket_number"] for row in read_rows(planned[0] / "seats.parquet")]
    assert all(mod_11_10.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_the_copy_itself_is_clean(copy: tuple[Path, Path]) -> None:
    write_sums(copy[0])
    assert verify_plan(*copy) == ()
