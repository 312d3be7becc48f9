"""One rule, one id, four places: the deciding function, the check, the test, the document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from scheduler.verify.run import CHECKS
from tests.scheduler.verify.mutants import rules_with_mutants

ROOT = Path(__file__).parents[1]
RULES, _, LIFE_CYCLE = (
    (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    .partition("\n## Registration and scores\n")
)  # fmt: skip
"""The rules of the plan, and those before and after it (tests/scheduler/registration)."""

CONSTRAINT_RULES: Mapping[str, tuple[str, ...]] = {
    "everyone_accounted_for": ("scheduler.dates.constraints", "scheduler.centers.constraints"),
    "families_within_seats": ("scheduler.dates.constraints", "scheduler.centers.constraints"),
    "group_sittings_allowed": ("scheduler.dates.constraints",),
    "own_employer_avoided": ("scheduler.pools",),
    "pins_honoured": ("scheduler.pools",),
}
"""Rules that a function of the planner decides, and the modules where it has the rule's name."""


def sections() -> dict[str, str]:
    """Text under each rule's heading."""
    parts = re.split(r"(?m)^###? ", RULES)[1:]
    named = (part.partition("\n") for part in parts)
    return {title: body for title, _, body in named if re.fullmatch("[a-z][a-z_]+", title)}


def test_the_rules_before_and_after_the_plan_stand_apart() -> None:
    assert set(re.findall(r"(?m)^### ([a-z_]+)$", LIFE_CYCLE)) & set(CHECKS) == set()


def test_every_check_has_a_heading_and_every_heading_a_check() -> None:
    assert list(sections()) == list(CHECKS)


@pytest.mark.parametrize("rule", list(CHECKS))
def test_every_rule_names_source_kind_and_place(rule: str) -> None:
    text = sections()[rule]
    assert re.search(r"(?m)^- Source: ", text)
    assert re.search(r"\b(hard|evidence)\b", text)
    places = re.findall(r"`(scheduler/[a-z_/]+\.py)`", text.partition("- Decided in ")[2])
    assert places
    assert [place for place in places if not (ROOT / place).is_file()] == []


def test_rules_stand_under_their_family() -> None:
    families = re.split(r"(?m)^## ", RULES)[1:]
    found = {
        rule: family.partition("\n")[0].lower()
        for family in families
        for rule in re.findall(r"(?m)^### ([a-z_]+)$", family)
    }
    assert found == {rule: check.family.value for rule, check in CHECKS.items()}


def test_every_rule_has_mutants() -> None:
    assert set(rules_with_mutants()) == set(CHECKS)


@pytest.mark.parametrize(
    ("rule", "module"), [(rule, m) for rule, modules in CONSTRAINT_RULES.items() for m in modules]
)
def test_the_planner_decides_the_rule_under_the_same_name(rule: str, module: str) -> None:
    assert rule in CHECKS
    function = getattr(import_module(module), rule)
    assert callable(function)
    assert inspect.getdoc(function)
    assert f"{module.replace('.', '/')}.py" in sections()[rule]
