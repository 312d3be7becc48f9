from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import BLOCKING
from models.policy import Policy
from scheduler.roster.policy_file import load_dates_from, load_policy, policy_toml
from tests.builders import small_reference
from tests.scheduler.roster.policy_cases import DATES_CASES, POLICY_CASES, TextCase

REFERENCE = small_reference()


@pytest.mark.parametrize("case", POLICY_CASES, ids=lambda case: case.name)
def test_a_policy(case: TextCase, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(case.text, encoding="utf-8")
    policy, found = load_policy(path, REFERENCE)
    assert sorted((f.code, f.row, f.column) for f in found) == sorted(case.expected)
    assert {f.file for f in found} <= {"policy.toml"}
    assert (policy is None) == any(f.severity in BLOCKING for f in found)


def test_without_a_file_everything_is_default() -> None:
    assert load_policy(None, REFERENCE) == (Policy(), ())


def test_the_seed_of_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f'[draw]\nseed = "{"a" * 32}"\n')
    policy, _ = load_policy(path, seed_hex="b" * 32)
    assert policy is not None
    assert policy.draw.seed == "b" * 32
    assert [f.code for f in load_policy(None, seed_hex="xyz")[1]] == ["POLICY_FIELD"]


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    assert [f.code for f in load_policy(tmp_path / "no.toml")[1]] == ["FILE_NOT_FOUND"]


def test_the_right_group_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[dates.group.304]\nfixed = ["C1"]\n')
    _, (found,) = load_policy(path, REFERENCE)
    assert found.advice.endswith("304 belongs to paper group 303; write that.")


def test_the_default_policy_prints_every_key() -> None:
    printed = tomllib.loads(policy_toml(Policy()))
    assert {f"{table}.{key}" for table, values in printed.items() for key in values} == {
        "draw.seed", "dates.max_sittings", "dates.from", "dates.extra_pairs", "places.unplaced",
        "travel.decimals", "seats.share", "seats.neighbours", "seats.fill", "rules.own_employer",
        "goals.order", "ticket.prefix", "ticket.digits", "ticket.check_digit", "effort.level",
        "rooms.machines", "rooms.spare_ratio", "rooms.paper_seats", "staff.chiefs_per_center",
        "staff.invigilators_per_room", "staff.candidates_per_invigilator",
        "staff.computer_rooms_per_technician", "staff.technicians_per_center",
        "staff.reserve_ratio",
    }  # fmt: skip


sittings = st.sets(st.sampled_from(["C1", "C2", "C3", "C4"]), max_size=3).map(sorted)
decisions = st.fixed_dictionaries(
    {}, optional={"max_sittings": st.integers(3, 9), "fixed": sittings}
)
policies = st.fixed_dictionaries(
    {
        "draw": st.fixed_dictionaries({"seed": st.binary(min_size=16, max_size=64).map(bytes.hex)}),
        "dates": st.fixed_dictionaries(
            {
                "from": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
                "group": st.dictionaries(st.sampled_from(["368", "303", "a-b_"]), decisions),
            }
        ),
        "seats": st.fixed_dictionaries({"share": st.booleans()}),
        "goals": st.fixed_dictionaries(
            {"order": st.sampled_from([(1, 2, 3, 4, 5, 6), (1, 3, 2, 4, 5, 6)])}
        ),
        "rooms": st.fixed_dictionaries(
            {
                "machines": st.tuples(st.integers(1, 50), st.integers(50, 200)),
                "spare_ratio": st.decimals(0, "0.99", places=3),
            }
        ),
        "staff": st.fixed_dictionaries({"reserve_ratio": st.decimals(0, 1, places=2)}),
        "places": st.fixed_dictionaries({"unplaced": st.sampled_from(["fewest", "proportional"])}),
    }
)


@given(content=policies)
def test_what_is_printed_reads_back(
    content: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    policy = Policy.model_validate(content)
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(policy_toml(policy), encoding="utf-8")
    assert load_policy(path) == (policy, ())
    assert policy_toml(policy) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", DATES_CASES, ids=lambda case: case.name)
def test_given_dates(case: TextCase, tmp_path: Path) -> None:
    path = tmp_path / "sittings.csv"
    path.write_text(case.text)
    dates, found = load_dates_from(path, REFERENCE)
    assert sorted((f.code, f.row, f.column) for f in found) == sorted(case.expected)
    assert (dates is None) == any(f.severity in BLOCKING for f in found)


def test_given_dates_by_specialty(tmp_path: Path) -> None:
    path = tmp_path / "sittings.csv"
    path.write_text(DATES_CASES[0].text.replace("101,101,C1,5\n", ""))
    dates, _ = load_dates_from(path, REFERENCE)
    assert dates == {
        "101": (), "203": ("P1",), "303": ("C1",), "304": ("C2",), "368": ("C1", "C3"),
    }  # fmt: skip
