"""Repairs: the edits that a shortage offers, made in a copy of the inputs."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from models.errors import PlanDirectoryError, UsageError
from models.plan import Edit
from scheduler.plan import PlanContent, write_plan
from scheduler.repair import apply_repair
from scheduler.roster.read import read_table
from tests.finished import plan_content


@pytest.fixture
def content(tmp_path: Path) -> PlanContent:
    return plan_content(tmp_path / "data")


def plan_with(tmp_path: Path, content: PlanContent, *edits: Edit) -> Path:
    """A plan whose only repair has the given edits."""
    (shortage,) = content.shortages
    repair = shortage.repairs[0].model_copy(update={"edits": edits})
    shortages = (shortage.model_copy(update={"repairs": (repair,)}),)
    write_plan(tmp_path / "plan", dataclasses.replace(content, shortages=shortages))
    return tmp_path / "plan"


def test_rows_where_the_cells_match_are_set(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    repair = apply_repair(tmp_path / "plan", "S1", 1, tmp_path / "data2")
    assert repair.rank == 1
    rooms = read_table(tmp_path / "data2" / "rooms.csv").frame
    before = read_table(tmp_path / "data" / "rooms.csv").frame
    changed = rooms.compare(before, result_names=("new", "old"))
    assert changed.values.tolist() == [["6", "5"]]
    centers = read_table(tmp_path / "data2" / "centers.csv").frame.set_index("center_id")
    assert centers.loc["230201", "paper_seats"] == "36"


def test_files_without_an_edit_are_byte_copies(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    apply_repair(tmp_path / "plan", "S1", 1, tmp_path / "data2")
    for name in content.inputs.keys() - {"rooms.csv", "centers.csv"}:
        assert (tmp_path / "data2" / name).read_bytes() == content.inputs[name]
    assert {p.name for p in (tmp_path / "data2").iterdir()} == set(content.inputs)


def test_policy_keys_are_set_and_comments_stay(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    apply_repair(tmp_path / "plan", "S1", 2, tmp_path / "data2")
    text = (tmp_path / "data2" / "policy.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {
        "dates": {"max_sittings": 4, "group": {"368": {"max_sittings": 3}}},
        "seats": {"share": False},
    }
    assert "# decisions of the planner" in text


def test_a_row_is_appended_to_a_table_without_rows(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    apply_repair(tmp_path / "plan", "S1", 2, tmp_path / "data2")
    (row,) = read_table(tmp_path / "data2" / "closures.csv").frame.to_dict("records")
    assert {k: v for k, v in row.items() if v} == {"center_id": "230201", "reason": "test"}


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "dates.extra_pairs = 1\n",
        "[dates.group.368]\nforbidden = ['C1']\n",
        "[dates]\ngroup.368.forbidden = ['C1']\n",
        "[dates.group.101]\nmax_sittings = 1\n[travel]\ndecimals = 2\n",
    ],
)
def test_a_key_is_set_whatever_way_the_policy_is_written(
    tmp_path: Path, content: PlanContent, policy: str
) -> None:
    inputs = {**content.inputs, "policy.toml": policy.encode()}
    content = dataclasses.replace(content, inputs=inputs)
    edit = Edit(
        file="policy.toml",
        set={"dates.group.368.max_sittings": "2", "dates.group.368.fixed": '["C2", "C3"]'},
    )
    apply_repair(plan_with(tmp_path, content, edit), "S1", 1, tmp_path / "data2")
    new = tomllib.loads((tmp_path / "data2" / "policy.toml").read_text(encoding="utf-8"))
    group = new["dates"]["group"]["368"]
    assert (group["max_sittings"], group["fixed"]) == (2, ["C2", "C3"])
    old = tomllib.loads(policy)
    assert new.keys() >= old.keys()
    assert new.get("travel") == old.get("travel")


def test_an_optional_column_that_the_file_lacks_is_added(
    tmp_path: Path, content: PlanContent
) -> None:
    points = (
        "exam_point,name_zh,province,latitude,longitude\n2301,甲,23,45,126\n2302,乙,23,46,127\n"
    )
    inputs = {**content.inputs, "exam_points.csv": points.encode("gb18030")}
    edit = Edit(file="exam_points.csv", where={"exam_point": "2302"}, set={"overflow_to": "2301"})
    plan = plan_with(tmp_path, dataclasses.replace(content, inputs=inputs), edit)
    apply_repair(plan, "S1", 1, tmp_path / "data2")
    assert (tmp_path / "data2" / "exam_points.csv").read_text(encoding="utf-8") == (
        "exam_point,name_zh,province,latitude,longitude,overflow_to\n"
        "2301,甲,23,45,126,\n2302,乙,23,46,127,2301\n"
    )


@pytest.mark.parametrize(
    "edit",
    [
        Edit(file="rooms.csv", where={"center_id": "999999"}, set={"rows": "6"}),
        Edit(file="rooms.csv", where={"room": "R1"}, set={"rows": "6"}),
        Edit(file="rooms.csv", set={"rows": "6"}),
        Edit(file="rooms.csv", append={"center": "230101"}),
        Edit(file="../data/rooms.csv", where={"center_id": "230201"}, set={"rows": "6"}),
        Edit(file="policy.toml", append={"seats.share": "false"}),
        Edit(file="policy.toml", set={"seats.share.deeper": "false"}),
        Edit(file="policy.toml", set={"seats.share": "maybe"}),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(
    tmp_path: Path, content: PlanContent, edit: Edit
) -> None:
    plan = plan_with(tmp_path, content, edit)
    before = (tmp_path / "data" / "rooms.csv").read_bytes()
    with pytest.raises(PlanDirectoryError):
        apply_repair(plan, "S1", 1, tmp_path / "data2")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]
    assert (tmp_path / "data" / "rooms.csv").read_bytes() == before


def test_a_repair_that_is_not_offered_is_a_usage_error(
    tmp_path: Path, content: PlanContent
) -> None:
    write_plan(tmp_path / "plan", content)
    with pytest.raises(UsageError, match="there are: S1"):
        apply_repair(tmp_path / "plan", "S9", 1, tmp_path / "data2")
    with pytest.raises(UsageError, match="S1:1, S1:2"):
        apply_repair(tmp_path / "plan", "S1", 3, tmp_path / "data2")


def test_an_existing_folder_is_not_written_to(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    (tmp_path / "data2").mkdir()
    with pytest.raises(PlanDirectoryError, match="exists already"):
        apply_repair(tmp_path / "plan", "S1", 1, tmp_path / "data2")
    assert not list((tmp_path / "data2").iterdir())
