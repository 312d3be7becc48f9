"""Every rule catches what breaks it, at the first, the last and a random item."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scheduler.verify.run import CHECKS
from tests.scheduler.verify.mutants import mutants
from tests.scheduler.verify.mutating import Mutant, apply, judged


@pytest.fixture(scope="session")
def by_rule(finished: tuple[Path, Path]) -> dict[str, list[Mutant]]:
    found: dict[str, list[Mutant]] = {}
    for mutant in mutants(*finished):
        found.setdefault(mutant.rule, []).append(mutant)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("rule", list(CHECKS))
def test_every_mutant_is_caught_by_its_own_checker(
    rule: str, by_rule: dict[str, list[Mutant]], finished: tuple[Path, Path], tmp_path: Path
) -> None:
    missed = []
    assert by_rule[rule]
    for number, mutant in enumerate(by_rule[rule]):
        plan_dir, roster = tmp_path / str(number), tmp_path / f"{number}.csv"
        shutil.copytree(finished[0], plan_dir)
        shutil.copy(finished[1], roster)
        apply(mutant, plan_dir, roster)
        found = judged(rule, plan_dir, roster)
        shutil.rmtree(plan_dir)
        if not found:
            missed.append(mutant.label)
        assert all(v.rule == rule and v.family is CHECKS[rule].family for v in found)
        assert all(v.message and (v.where or "more of this rule" in v.message) for v in found)
    assert missed == []


def test_no_mutant_is_without_a_rule(by_rule: dict[str, list[Mutant]]) -> None:
    assert set(by_rule) == set(CHECKS)
